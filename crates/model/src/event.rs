//! A past fact on a workspace's stream. Its number is given by the commit.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ContactId, ConversationId, ReservationId, TaskId, Timestamp, WorkerId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    #[serde(rename = "message.added")]
    MessageAdded,
    #[serde(rename = "message.updated")]
    MessageUpdated,
    #[serde(rename = "conversation.updated")]
    ConversationUpdated,
    #[serde(rename = "reservation.created")]
    ReservationCreated,
    #[serde(rename = "reservation.updated")]
    ReservationUpdated,
    #[serde(rename = "task.updated")]
    TaskUpdated,
    #[serde(rename = "worker.updated")]
    WorkerUpdated,
    #[serde(rename = "person.updated")]
    PersonUpdated,
    #[serde(rename = "seen.updated")]
    SeenUpdated,
    #[serde(rename = "settings.updated")]
    SettingsUpdated,
}

impl EventKind {
    pub const ALL: [EventKind; 10] = [
        Self::MessageAdded,
        Self::MessageUpdated,
        Self::ConversationUpdated,
        Self::ReservationCreated,
        Self::ReservationUpdated,
        Self::TaskUpdated,
        Self::WorkerUpdated,
        Self::PersonUpdated,
        Self::SeenUpdated,
        Self::SettingsUpdated,
    ];
    pub fn code(self) -> &'static str {
        match self {
            Self::MessageAdded => "message.added",
            Self::MessageUpdated => "message.updated",
            Self::ConversationUpdated => "conversation.updated",
            Self::ReservationCreated => "reservation.created",
            Self::ReservationUpdated => "reservation.updated",
            Self::TaskUpdated => "task.updated",
            Self::WorkerUpdated => "worker.updated",
            Self::PersonUpdated => "person.updated",
            Self::SeenUpdated => "seen.updated",
            Self::SettingsUpdated => "settings.updated",
        }
    }
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Message events carry the whole message in `body`; the others name what changed, and whoever delivers them reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// 0 until committed.
    pub seq: i64,
    pub kind: EventKind,
    pub at: Timestamp,
    pub conversation_id: Option<ConversationId>,
    pub task_id: Option<TaskId>,
    pub reservation_id: Option<ReservationId>,
    pub worker_id: Option<WorkerId>,
    pub contact_id: Option<ContactId>,
    pub body: Value,
}

impl Event {
    pub fn new(kind: EventKind, at: Timestamp) -> Self {
        Self {
            seq: 0,
            kind,
            at,
            conversation_id: None,
            task_id: None,
            reservation_id: None,
            worker_id: None,
            contact_id: None,
            body: Value::Null,
        }
    }
    pub fn conversation(mut self, id: ConversationId) -> Self {
        self.conversation_id = Some(id);
        self
    }
    pub fn task(mut self, id: TaskId) -> Self {
        self.task_id = Some(id);
        self
    }
    pub fn reservation(mut self, id: ReservationId) -> Self {
        self.reservation_id = Some(id);
        self
    }
    pub fn worker(mut self, id: WorkerId) -> Self {
        self.worker_id = Some(id);
        self
    }
    pub fn contact(mut self, id: ContactId) -> Self {
        self.contact_id = Some(id);
        self
    }
    pub fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }
}
