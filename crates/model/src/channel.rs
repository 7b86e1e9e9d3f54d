//! A channel account: one connected number, page or site; and what its channel can do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ChannelAccountId, ChannelAppId, FlowId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelAccount {
    pub id: ChannelAccountId,
    /// The connector's kind, e.g. `sms`.
    pub kind: String,
    pub name: String,
    /// Our own address on that channel: a number, a page id, a site's name.
    pub address: String,
    pub enabled: bool,
    /// Public settings by key; a list is stored as JSON text.
    pub settings: BTreeMap<String, String>,
    /// Secret settings by key, in clear only in memory.
    #[serde(skip)]
    pub secrets: BTreeMap<String, String>,
    pub app_id: Option<ChannelAppId>,
    /// What the provider calls this account inside an app-level webhook.
    pub provider_key: Option<String>,
    pub flow_id: Option<FlowId>,
    /// Where the provider reaches us; part of what some providers sign.
    pub webhook_url: String,
    pub version: i64,
}

impl ChannelAccount {
    pub fn setting(&self, key: &str) -> &str {
        self.settings.get(key).map_or("", String::as_str)
    }
    pub fn secret(&self, key: &str) -> &str {
        self.secrets.get(key).map_or("", String::as_str)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextUnit {
    Chars,
    Utf16,
    Bytes,
    GsmSegments,
}

/// What drives the composer and what the engine promises on a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capabilities {
    pub text_limit: u32,
    pub text_unit: TextUnit,
    pub max_attachments: u32,
    /// Media types by prefix (`image/`) or whole (`application/pdf`).
    pub attachment_types: Vec<String>,
    pub max_attachment_bytes: u64,
    pub typing: bool,
    pub delivery_receipts: bool,
    pub read_receipts: bool,
    /// Whether messages travel by our own stream instead of the outbox.
    pub streamed: bool,
    /// Seconds after the customer's last message in which we may write freely; `None` = always.
    pub reply_window_s: Option<i64>,
}
