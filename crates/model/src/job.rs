//! A job is an input with a date: written in the commit that caused it, deleted in the commit that used it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::beside::Beside;
use crate::routing::{RouterCommand, TaskNews, TaskRequest};
use crate::{ChannelAccountId, ConversationId, EventId, ExecutionId, Id, JobId, MessageId, ReservationId, Timestamp, WorkerId};

/// What must be handled in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Channel account and canonical thread key; known before the thread's row exists.
    Thread(ChannelAccountId, String),
    Conversation(ConversationId),
    Router,
    /// Outside work: HTTP, media.
    Egress,
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thread(account, key) => write!(f, "t:{}:{key}", account.0.as_simple()),
            Self::Conversation(id) => write!(f, "c:{}", id.0.as_simple()),
            Self::Router => f.write_str("router"),
            Self::Egress => f.write_str("egress"),
        }
    }
}

impl FromStr for Lane {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("not a lane: {text}");
        match text {
            "router" => return Ok(Self::Router),
            "egress" => return Ok(Self::Egress),
            _ => {}
        }
        let (kind, rest) = text.split_once(':').ok_or_else(bad)?;
        match kind {
            "c" => Uuid::try_parse(rest).map(|id| Self::Conversation(ConversationId(id))).map_err(|_| bad()),
            "t" => {
                let (account, key) = rest.split_once(':').ok_or_else(bad)?;
                let account = Uuid::try_parse(account).map_err(|_| bad())?;
                Ok(Self::Thread(ChannelAccountId::from_uuid(account), key.to_owned()))
            }
            _ => Err(bad()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    #[serde(with = "lane_text")]
    pub lane: Lane,
    /// Unique per workspace: a second job of the same key replaces nothing and is not made.
    pub key: String,
    pub run_at: Timestamp,
    pub kind: JobKind,
    pub attempts: i64,
    /// Claim of outside work: only the claimer of this epoch may finish it.
    pub epoch: i64,
}

impl Job {
    /// Outside work that tells of an event.
    pub fn of_event(id: JobId, event_id: EventId, now: Timestamp) -> Self {
        let kind = JobKind::RoutingEvent { event_id };
        Self { id, lane: Lane::Egress, key: format!("event:{event_id}"), run_at: now, kind, attempts: 0, epoch: 0 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum JobKind {
    /// Router: a conversation asks for a task.
    Task(TaskRequest),
    /// Router: an agent's last desk is gone since the grace time.
    WorkerGone { worker_id: WorkerId },
    /// Router: a conversation is to be closed although a task is open.
    CloseTasks { conversation_id: ConversationId, reason: String },
    /// Router: a command of another node, whose answer goes into the request row of this key.
    Route {
        actor: String,
        request: String,
        /// Of what was asked under the key.
        #[serde(default)]
        fingerprint: String,
        command: Box<RouterCommand>,
        #[serde(default)]
        beside: Box<Beside>,
    },
    /// Conversation: what became of its task.
    News(TaskNews),
    /// Conversation: a flow's wait is over.
    Wait { execution_id: ExecutionId, step_no: i64 },
    /// Conversation: an HTTP widget's answer, or that none came.
    HttpAnswer { execution_id: ExecutionId, step_no: i64, answer: HttpAnswer },
    /// Conversation: close after silence.
    Close { reason: String },
    /// Conversation: more of the same lane, after the fuel of one turn was spent.
    Continue,
    /// Conversation: the outcome of a send, where a message's state changes with it.
    Sent { message_id: MessageId },
    /// Conversation: a message could not be delivered; a waiting flow may want to know.
    DeliveryFailed { message_id: MessageId },
    /// Egress: a flow's HTTP request.
    Http { conversation_id: ConversationId, execution_id: ExecutionId, step_no: i64, request: HttpRequest, give_up_at: Timestamp },
    /// Egress: fetch a file of an inbound message.
    Media {
        conversation_id: ConversationId,
        message_id: MessageId,
        attachment_id: crate::AttachmentId,
        channel_account_id: ChannelAccountId,
        url: String,
    },
    /// Egress: who is it that wrote?
    Profile { conversation_id: ConversationId, channel_account_id: ChannelAccountId, external_id: String },
    /// Conversation: what the provider says of whoever wrote; an empty name is none.
    Profiled { external_id: String, name: String, facts: Vec<(String, String)> },
    /// Egress: our reaction to a message of the customer's goes to its provider, or leaves it.
    React { conversation_id: ConversationId, channel_account_id: ChannelAccountId, provider_id: String, emoji: Option<String> },
    /// Egress: what happened in routing is told to the workspace's address.
    RoutingEvent { event_id: EventId },
    /// Egress: a workflow's address is asked about an offer.
    Assignment { reservation_id: ReservationId },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub timeout_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum HttpAnswer {
    Response { status: u16, content_type: String, body: String },
    Failed { reason: String },
}

mod lane_text {
    use super::Lane;
    use serde::{Deserialize, Deserializer, Serializer};
    pub fn serialize<S: Serializer>(lane: &Lane, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(lane)
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Lane, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Kept beside a job that a later version may not know.
pub type JobBody = Value;
