//! A request to a foreign server on behalf of a message, waiting or done.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ChannelAccountId, ConversationId, MessageId, OutboxId, Revision, ThreadId, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboxState {
    Queued,
    Sending,
    Sent,
    Failed,
    Uncertain,
}

impl OutboxState {
    pub fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
        }
    }
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Queued, Self::Sending, Self::Sent, Self::Failed, Self::Uncertain].into_iter().find(|s| s.code() == code)
    }
}

/// What a row wants that sends nothing new: a message that left gets other words, or is taken back. Such a row has no `message_id`, since it is no
/// part of the message, and stands in its `body` as `revise`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revise {
    pub message_id: MessageId,
    pub revision: Revision,
    /// The new parts by number, as the connector cuts them; empty where the message is taken back.
    #[serde(default)]
    pub parts: Vec<(i64, Value)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    pub id: OutboxId,
    /// `None` for what belongs to no conversation, such as a proof code.
    pub conversation_id: Option<ConversationId>,
    pub thread_id: ThreadId,
    pub channel_account_id: ChannelAccountId,
    pub message_id: Option<MessageId>,
    /// FIFO per thread: (conversation opened, seq, part).
    pub opened_at: Timestamp,
    pub seq: i64,
    pub part: i64,
    pub state: OutboxState,
    /// The connector's own part: text, files, address.
    pub body: Value,
    /// What dependent requests have achieved so far.
    pub progress: Value,
    pub not_before: Timestamp,
    pub expires_at: Timestamp,
    pub attempts: i64,
    pub epoch: i64,
    /// When the first try was begun that may have arrived and is repeated under the same key; `None` = nothing is in doubt, or a person was
    /// asked.
    pub doubt_since: Option<Timestamp>,
}

impl Outbox {
    /// The change that it carries to a message which left before; `None` for what is sent.
    pub fn revise(&self) -> Option<Revise> {
        serde_json::from_value(self.body.get("revise")?.clone()).ok()
    }
}
