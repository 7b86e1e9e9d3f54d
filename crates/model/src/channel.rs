//! A channel account: one connected number, page or site; and what its channel can do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{BusinessHoursId, ChannelAccountId, ChannelAppId, FlowId};

#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
    /// What the provider calls this account, also inside an app-level webhook.
    pub provider_key: Option<String>,
    pub flow_id: Option<FlowId>,
    /// When somebody is there to answer; none = always. Messages are taken at all times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_hours_id: Option<BusinessHoursId>,
    /// Where the provider reaches us; part of what some providers sign.
    pub webhook_url: String,
    pub version: i64,
}

impl std::fmt::Debug for ChannelAccount {
    /// Without the secrets: accounts are logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChannelAccount({} {} {:?})", self.id, self.kind, self.name)
    }
}

impl ChannelAccount {
    pub fn setting(&self, key: &str) -> &str {
        self.settings.get(key).map_or("", String::as_str)
    }
    pub fn secret(&self, key: &str) -> &str {
        self.secrets.get(key).map_or("", String::as_str)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextUnit {
    #[default]
    Chars,
    Utf16,
    Bytes,
    GsmSegments,
}

/// Something beside plain text that a channel may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    Image,
    Audio,
    Video,
    File,
    Sticker,
    Location,
    ContactCard,
    /// A message that answers another one.
    Quote,
    Edit,
    Unsend,
    Reaction,
    /// Buttons or quick replies that come back as what they carry.
    Choice,
    /// Cards with a picture and buttons; elsewhere they are written out.
    Card,
    Typing,
    Delivered,
    Read,
    /// Our own messages told back to us.
    Echo,
    /// What somebody of ours writes in the provider's own app.
    Staff,
    /// The person says that they shut us out.
    Block,
    /// Words by which a person opts out and in.
    OptOut,
    Template,
    /// Messages in the provider's own form.
    Native,
    /// Buttons of ours that stand there by themselves, before anything is said: a menu, a first question.
    Menu,
    /// What the person is called.
    Name,
    /// That a message which was taken did not arrive after all.
    Failed,
}

/// Answers offered as buttons: how many, and how long their titles may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceLimit {
    pub most: u32,
    /// In characters.
    pub title: u32,
}

/// Cards side by side: how many one message of the channel holds, and how long a text of theirs may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardLimit {
    pub most: u32,
    /// In characters; a longer text is said before its card.
    pub text: u32,
}

/// What drives the composer and what the engine promises on a channel.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Capabilities {
    /// The most one message of the channel takes, in `text_unit`; longer texts are cut into several.
    pub text_limit: u32,
    pub text_unit: TextUnit,
    pub max_attachments: u32,
    /// Media types by prefix (`image/`) or whole (`application/pdf`).
    pub attachment_types: Vec<String>,
    pub max_attachment_bytes: u64,
    /// Whether we see that the customer is typing.
    pub typing: bool,
    pub delivery_receipts: bool,
    pub read_receipts: bool,
    /// Whether messages are letters: they may go to others as copies, and end with a signature.
    pub letters: bool,
    /// Whether messages travel by our own stream instead of the outbox.
    pub streamed: bool,
    /// Seconds after the customer's last message in which we may write freely; `None` = always.
    pub reply_window_s: Option<i64>,
    /// Seconds after the customer's last message in which a person of ours, but no bot, may still write.
    pub human_window_s: Option<i64>,
    /// `None` = choices become a numbered menu in the text.
    pub choices: Option<ChoiceLimit>,
    /// `None` = cards are written out.
    pub cards: Option<CardLimit>,
    /// The only reactions we may send; empty = any.
    pub reaction_set: Vec<String>,
    /// What customers can send us.
    pub hears: BTreeSet<Feature>,
    /// What we can send them.
    pub says: BTreeSet<Feature>,
}

/// A text that the provider has approved, to be sent with its gaps filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageTemplate {
    pub name: String,
    /// The provider's own code, e.g. `en_US`.
    pub language: String,
    /// The provider's own word in lower case, e.g. `utility`, `marketing`.
    pub category: String,
    /// Only an approved one can be sent.
    pub approved: bool,
    /// The provider's own word for its state, e.g. `PENDING`.
    pub state: String,
    /// With gaps `{{1}}`, `{{2}}`, … or `{{name}}`, as the provider writes them; heading and footer are lines of it.
    pub text: String,
    /// The gaps in the order in which they are filled.
    pub gaps: Vec<String>,
    /// As the provider described it, for the connector that sends it.
    pub raw: serde_json::Value,
}
