//! What a connector understood of what came in.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ChannelAccountId, DeliveryId, InboundId, Job, Lane, MessageState, Timestamp};

/// One journal row: an event of a provider, kept before anything is decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    pub id: InboundId,
    pub delivery_id: DeliveryId,
    pub channel_account_id: ChannelAccountId,
    /// The provider's id of this event: unique per channel account.
    pub external_id: String,
    /// Every thread key the event knows, canonical first.
    pub keys: Vec<String>,
    pub event: InboundEvent,
    pub provider_at: Option<Timestamp>,
    pub received_at: Timestamp,
    pub attempts: i64,
}

impl Inbound {
    pub fn lane(&self) -> Lane {
        Lane::Thread(self.channel_account_id, self.keys.first().cloned().unwrap_or_default())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InboundEvent {
    Message(InboundMessage),
    Receipt(Receipt),
    /// Everything up to this thread position arrived at, or was seen on, the other side's device.
    Watermark {
        delivered: i64,
        read: i64,
    },
    OptOut {
        from: Sender,
        text: String,
        message: Option<InboundMessage>,
    },
    OptIn {
        from: Sender,
        text: String,
        message: Option<InboundMessage>,
    },
}

/// Who sent it, as the channel knows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Sender {
    pub external_id: String,
    /// True for ids that mean something only within this channel account.
    pub scoped: bool,
    pub name: String,
    /// The channel authenticates this address.
    pub verified: bool,
    /// What the channel itself knows, e.g. the browser's language.
    #[serde(default)]
    pub facts: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct InboundMessage {
    pub from: Sender,
    /// The provider's message id; receipts will name it.
    pub provider_id: String,
    /// Made by the client that wrote it, where we own that client.
    pub client_id: Option<String>,
    pub text: String,
    #[serde(default)]
    pub files: Vec<InboundFile>,
    /// The channel's own fields as a Studio flow expects them (`From`, `To`, `Body`, …).
    #[serde(default)]
    pub raw: Value,
    /// The connector's notes for the thread.
    #[serde(default)]
    pub context: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum InboundFile {
    /// Still at the provider: fetched after the message is visible.
    Url { url: String, media_type: String, name: String },
    /// Already uploaded to us by our own client.
    Uploaded { id: crate::AttachmentId },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub provider_id: String,
    pub state: MessageState,
    pub problem: Option<crate::Problem>,
    /// A message id of ours that we gave along when sending, if the channel echoes it.
    pub ours: Option<crate::MessageId>,
}

/// Everything a lane has waiting.
#[derive(Debug, Clone, Default)]
pub struct Pending {
    pub inbound: Vec<Inbound>,
    pub jobs: Vec<Job>,
}
