//! One exchange with its participants, over one or more threads.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AddressId, ChannelAccountId, ContactId, ConversationId, ParticipantId, TaskId, ThreadId, Timestamp, WorkerId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConversationState {
    Open,
    Closed,
}

/// Who is responsible for the customer; there is exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    None,
    Flow,
    Requested,
    Task,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub state: ConversationState,
    pub holder: Holder,
    /// The customer: the contact who opened it.
    pub contact_id: ContactId,
    /// The thread of the customer's last message; the composer's default.
    pub thread_id: ThreadId,
    pub last_seq: i64,
    /// Where its positions in the thread begin: a message's `pos` is this plus its `seq`.
    pub pos_base: i64,
    pub task_id: Option<TaskId>,
    /// Whose accepted task it is, as the router told it.
    pub worker_id: Option<WorkerId>,
    pub created_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub closed_reason: Option<String>,
    /// First customer message no agent has answered yet.
    pub waiting_since: Option<Timestamp>,
    pub last_activity_at: Timestamp,
    /// `seq` of the customer's last message; 0 before the first.
    pub last_customer_seq: i64,
    /// When the customer last wrote on `thread_id`: the provider's time, where it tells one and it is not ahead of ours.
    #[serde(default)]
    pub last_customer_at: Option<Timestamp>,
    /// What the agent who is completing the task had seen: a later customer message is not closed away.
    pub completing_seq: Option<i64>,
    /// How many tasks were asked for; numbers `request_no`.
    pub requests: i64,
    /// The bot's memory of this conversation and what else its rooms keep: an object.
    pub attributes: Value,
    pub version: i64,
}

/// A channel's own unit of talk: a sender, a group, a mail thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    pub id: ThreadId,
    pub channel_account_id: ChannelAccountId,
    /// Canonical key.
    pub key: String,
    /// The latest conversation, open or closed.
    pub conversation_id: Option<ConversationId>,
    /// Whoever wrote last on it: where an answer on a 1:1 channel goes.
    pub address_id: Option<AddressId>,
    /// The connector's own notes, e.g. a reply token: an object.
    pub context: Value,
    /// By the provider's clock, where it tells times instead of messages: what left before arrived, and was seen.
    #[serde(default)]
    pub delivered_until: Option<Timestamp>,
    #[serde(default)]
    pub read_until: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Participant {
    pub id: ParticipantId,
    pub conversation_id: ConversationId,
    pub thread_id: Option<ThreadId>,
    pub address_id: Option<AddressId>,
    pub contact_id: Option<ContactId>,
    pub worker_id: Option<WorkerId>,
    pub name: String,
    pub active: bool,
}
