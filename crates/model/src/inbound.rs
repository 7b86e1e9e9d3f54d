//! What a connector understood of what came in.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::Extra;
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
    /// One of our own messages as the provider shows it to whoever answers for us: sent by us, or written in the provider's own app.
    Echo(Echo),
    /// The customer wrote a message of theirs anew.
    Edit(Edit),
    /// The customer took a message of theirs back: its content must go.
    Unsend {
        from: Sender,
        provider_id: String,
    },
    Reaction(Reaction),
    /// Something the customer did that is no message: followed us, came by an advertisement, was added to a group.
    Touch {
        from: Sender,
        /// A word for translation: `followed`, `referred`, `linked`, `joined`, `left`, ...
        what: String,
    },
    /// The customer shut us out, or let us in again: while shut out nothing we send reaches them.
    Reach {
        from: Sender,
        reachable: bool,
    },
    /// The customer has another id from now on, e.g. a new phone number.
    Renumber {
        from: Sender,
        external_id: String,
    },
    Receipt(Receipt),
    /// Everything up to this thread position arrived at, or was seen on, the other side's device.
    Watermark {
        delivered: i64,
        read: i64,
    },
    /// Everything that left before these times, by the provider's clock, arrived at or was seen on the other side's device.
    Marks {
        delivered: Option<Timestamp>,
        read: Option<Timestamp>,
    },
    OptOut {
        from: Sender,
        text: String,
        /// Why it was taken for one: a word's rule, or `provider`.
        #[serde(default)]
        rule: String,
        message: Option<InboundMessage>,
    },
    OptIn {
        from: Sender,
        text: String,
        #[serde(default)]
        rule: String,
        message: Option<InboundMessage>,
    },
}

impl InboundEvent {
    /// Whoever it names as the one who did it, or to whom it went.
    pub fn senders_mut(&mut self) -> Vec<&mut Sender> {
        match self {
            Self::Message(message) => vec![&mut message.from],
            Self::Echo(echo) => vec![&mut echo.to],
            Self::Edit(edit) => vec![&mut edit.from],
            Self::Reaction(reaction) => vec![&mut reaction.from],
            Self::Unsend { from, .. } | Self::Touch { from, .. } | Self::Reach { from, .. } | Self::Renumber { from, .. } => vec![from],
            Self::OptOut { from, message, .. } | Self::OptIn { from, message, .. } => {
                [from].into_iter().chain(message.as_mut().map(|message| &mut message.from)).collect()
            }
            Self::Receipt(_) | Self::Watermark { .. } | Self::Marks { .. } => vec![],
        }
    }
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
    /// What is neither text nor file: places, contact cards, shared posts.
    #[serde(default)]
    pub extras: Vec<Extra>,
    /// What a tapped button or chosen quick reply carries; its title is the text.
    #[serde(default)]
    pub choice: Option<String>,
    /// The provider's id of the message this one answers.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Keys of threads it says to belong to, likeliest first: it joins one only where its sender takes part already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// What the account says to a call for help; no flow hears of it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// A machine wrote it, and no machine of ours may answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
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
    Url {
        url: String,
        media_type: String,
        name: String,
        /// Sent as a sticker: shown small, without a frame.
        #[serde(default)]
        sticker: bool,
    },
    /// A piece of the delivery that brought the message, by the connector's own name for the piece.
    Kept { piece: String, media_type: String, name: String },
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
    /// Which part of that message it is, from 0, if the channel echoes that, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<i64>,
    /// Whoever has seen this message has seen everything before it, too.
    #[serde(default)]
    pub through: bool,
    /// Which of a letter's recipients it is about, as a bare address; empty where there is only one, or the channel does not say.
    #[serde(default)]
    pub recipient: String,
}

/// A message of our side, seen through the provider's eyes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Echo {
    /// The customer it went to; `message.from` is us and is not looked at.
    pub to: Sender,
    pub message: InboundMessage,
    /// A message id of ours that we gave along when sending, if the channel echoes it.
    pub ours: Option<crate::MessageId>,
    /// Which part of that message it is, from 0, if the channel echoes that, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<i64>,
    /// Certainly not sent through us: somebody wrote it in the provider's own app.
    pub elsewhere: bool,
    /// Where that was, e.g. `Page inbox`; empty where the provider does not say.
    pub app: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Edit {
    pub from: Sender,
    pub provider_id: String,
    pub text: String,
    /// Counts the edits of one message where the provider does, so that an older one that comes late is passed over; else 0.
    pub no: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Reaction {
    pub from: Sender,
    /// The provider's id of the message reacted to, of either side.
    pub provider_id: String,
    /// Empty with `added` false: whatever this sender had put there. Without a sender it is everybody's that goes.
    pub emoji: String,
    pub added: bool,
    /// A sender has one reaction per message: a new one takes the place of the one before.
    pub alone: bool,
}

/// Everything a lane has waiting.
#[derive(Debug, Clone, Default)]
pub struct Pending {
    pub inbound: Vec<Inbound>,
    pub jobs: Vec<Job>,
}
