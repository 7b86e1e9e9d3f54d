//! What happened in routing: TaskRouter's events, from which statistics are counted.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{ActivityId, EventId, Id, ReservationId, TaskChannelId, TaskId, TaskQueueId, TaskStatus, Timestamp, WorkerId, WorkflowId};

/// One thing that happened, with where the task stood then. Kept for 30 days.
#[derive(Debug, Clone, PartialEq)]
pub struct RoutingEvent {
    pub kind: RoutingEventKind,
    pub at: Timestamp,
    pub task_id: Option<TaskId>,
    pub reservation_id: Option<ReservationId>,
    pub worker_id: Option<WorkerId>,
    /// Of a task that moved on: the queue it left.
    pub queue_id: Option<TaskQueueId>,
    pub workflow_id: Option<WorkflowId>,
    /// Unique name of the task channel.
    pub channel: Option<String>,
    pub task_channel_id: Option<TaskChannelId>,
    /// Of a worker: the activity that ended.
    pub activity_id: Option<ActivityId>,
    /// What the task was then.
    pub status: Option<TaskStatus>,
    /// Since the task was made, without the time it was held by agents who are lost or its queue was closed; of an activity how long it lasted. In microseconds.
    pub lasted: i64,
    /// The same since the task came into its queue, in microseconds.
    pub queued: i64,
    /// Its place among the events of one instant.
    pub no: i64,
    /// What no row says afterwards, by TaskRouter's names: the name of what was deleted, a capacity before it changed.
    pub detail: Value,
}

/// Named as TaskRouter names its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum RoutingEventKind {
    TaskCreated,
    TaskUpdated,
    TaskCanceled,
    TaskWrapup,
    TaskCompleted,
    TaskDeleted,
    WorkflowEntered,
    /// A target was entered.
    WorkflowMatched,
    WorkflowSkipped,
    /// The task was canceled because it had waited too long for its workflow.
    WorkflowTimeout,
    QueueEntered,
    QueueMoved,
    /// A target's time was over.
    QueueTimeout,
    ReservationCreated,
    ReservationAccepted,
    ReservationRejected,
    ReservationTimeout,
    ReservationCanceled,
    ReservationRescinded,
    ReservationWrapup,
    ReservationCompleted,
    WorkerCreated,
    WorkerActivity,
    WorkerAttributes,
    WorkerCapacity,
    WorkerAvailability,
    WorkerDeleted,
    ActivityCreated,
    ActivityUpdated,
    ActivityDeleted,
    TaskChannelCreated,
    TaskChannelUpdated,
    TaskChannelDeleted,
    QueueCreated,
    QueueExpression,
    QueueDeleted,
    WorkflowCreated,
    WorkflowUpdated,
    WorkflowDeleted,
    WorkspaceUpdated,
    WorkspaceDeleted,
    /// Nobody ended it for a day.
    TaskSystemDeleted,
    // TaskRouter's, which nothing that happens here is: a filter may name them.
    WorkspaceCreated,
    ReservationFailed,
    TransferInitiated,
    TransferAttemptFailed,
    TransferFailed,
    TransferCanceled,
    TransferCompleted,
}

impl RoutingEventKind {
    pub const ALL: [RoutingEventKind; 49] = [
        Self::TaskCreated,
        Self::TaskUpdated,
        Self::TaskCanceled,
        Self::TaskWrapup,
        Self::TaskCompleted,
        Self::TaskDeleted,
        Self::WorkflowEntered,
        Self::WorkflowMatched,
        Self::WorkflowSkipped,
        Self::WorkflowTimeout,
        Self::QueueEntered,
        Self::QueueMoved,
        Self::QueueTimeout,
        Self::ReservationCreated,
        Self::ReservationAccepted,
        Self::ReservationRejected,
        Self::ReservationTimeout,
        Self::ReservationCanceled,
        Self::ReservationRescinded,
        Self::ReservationWrapup,
        Self::ReservationCompleted,
        Self::WorkerCreated,
        Self::WorkerActivity,
        Self::WorkerAttributes,
        Self::WorkerCapacity,
        Self::WorkerAvailability,
        Self::WorkerDeleted,
        Self::ActivityCreated,
        Self::ActivityUpdated,
        Self::ActivityDeleted,
        Self::TaskChannelCreated,
        Self::TaskChannelUpdated,
        Self::TaskChannelDeleted,
        Self::QueueCreated,
        Self::QueueExpression,
        Self::QueueDeleted,
        Self::WorkflowCreated,
        Self::WorkflowUpdated,
        Self::WorkflowDeleted,
        Self::WorkspaceUpdated,
        Self::WorkspaceDeleted,
        Self::TaskSystemDeleted,
        Self::WorkspaceCreated,
        Self::ReservationFailed,
        Self::TransferInitiated,
        Self::TransferAttemptFailed,
        Self::TransferFailed,
        Self::TransferCanceled,
        Self::TransferCompleted,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::TaskCreated => "task.created",
            Self::TaskUpdated => "task.updated",
            Self::TaskCanceled => "task.canceled",
            Self::TaskWrapup => "task.wrapup",
            Self::TaskCompleted => "task.completed",
            Self::TaskDeleted => "task.deleted",
            Self::TaskSystemDeleted => "task.system-deleted",
            Self::WorkflowEntered => "workflow.entered",
            Self::WorkflowMatched => "workflow.target-matched",
            Self::WorkflowSkipped => "workflow.skipped",
            Self::WorkflowTimeout => "workflow.timeout",
            Self::QueueEntered => "task-queue.entered",
            Self::QueueMoved => "task-queue.moved",
            Self::QueueTimeout => "task-queue.timeout",
            Self::ReservationCreated => "reservation.created",
            Self::ReservationAccepted => "reservation.accepted",
            Self::ReservationRejected => "reservation.rejected",
            Self::ReservationTimeout => "reservation.timeout",
            Self::ReservationCanceled => "reservation.canceled",
            Self::ReservationRescinded => "reservation.rescinded",
            Self::ReservationWrapup => "reservation.wrapup",
            Self::ReservationCompleted => "reservation.completed",
            Self::WorkerCreated => "worker.created",
            Self::WorkerActivity => "worker.activity.update",
            Self::WorkerAttributes => "worker.attributes.update",
            Self::WorkerCapacity => "worker.capacity.update",
            Self::WorkerAvailability => "worker.channel.availability.update",
            Self::WorkerDeleted => "worker.deleted",
            Self::ActivityCreated => "activity.created",
            Self::ActivityUpdated => "activity.updated",
            Self::ActivityDeleted => "activity.deleted",
            Self::TaskChannelCreated => "task-channel.created",
            Self::TaskChannelUpdated => "task-channel.updated",
            Self::TaskChannelDeleted => "task-channel.deleted",
            Self::QueueCreated => "task-queue.created",
            Self::QueueExpression => "task-queue.expression.updated",
            Self::QueueDeleted => "task-queue.deleted",
            Self::WorkflowCreated => "workflow.created",
            Self::WorkflowUpdated => "workflow.updated",
            Self::WorkflowDeleted => "workflow.deleted",
            Self::WorkspaceUpdated => "workspace.updated",
            Self::WorkspaceDeleted => "workspace.deleted",
            Self::WorkspaceCreated => "workspace.created",
            Self::ReservationFailed => "reservation.failed",
            Self::TransferInitiated => "task.transfer-initiated",
            Self::TransferAttemptFailed => "task.transfer-attempt-failed",
            Self::TransferFailed => "task.transfer-failed",
            Self::TransferCanceled => "task.transfer-canceled",
            Self::TransferCompleted => "task.transfer-completed",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl From<RoutingEventKind> for &'static str {
    fn from(kind: RoutingEventKind) -> Self {
        kind.code()
    }
}

impl TryFrom<String> for RoutingEventKind {
    type Error = String;
    fn try_from(code: String) -> Result<Self, String> {
        Self::parse(&code).ok_or_else(|| format!("{code} is no kind of event"))
    }
}

impl RoutingEvent {
    pub fn new(kind: RoutingEventKind, at: Timestamp) -> Self {
        Self {
            kind,
            at,
            task_id: None,
            reservation_id: None,
            worker_id: None,
            queue_id: None,
            workflow_id: None,
            channel: None,
            task_channel_id: None,
            activity_id: None,
            status: None,
            lasted: 0,
            queued: 0,
            no: 0,
            detail: Value::Null,
        }
    }

    /// Made of what it says, so that the same event told twice is one; in the order of time, and of their places in an instant.
    pub fn id(&self) -> EventId {
        let part = |id: Option<Uuid>, turn: u32| id.map_or(0, |id| (id.as_u128() as u64).rotate_left(turn));
        let said = part(self.task_id.map(Id::uuid), 0)
            ^ part(self.reservation_id.map(Id::uuid), 11)
            ^ part(self.queue_id.map(Id::uuid), 23)
            ^ part(self.worker_id.map(Id::uuid), 37)
            ^ part(self.activity_id.map(Id::uuid), 47)
            ^ part(self.workflow_id.map(Id::uuid), 5)
            ^ part(self.task_channel_id.map(Id::uuid), 29)
            ^ self.digest()
            ^ (self.kind as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let low = (self.no as u64 & 0x3fff) << 48 | said >> 16;
        EventId(Uuid::from_u128(Self::first_id(self.at).0.as_u128() | u128::from(low)))
    }

    /// The lowest id of that moment: ids are in the order of time.
    pub fn first_id(at: Timestamp) -> EventId {
        let millis = (at.micros() / 1_000) as u128 & 0xffff_ffff_ffff;
        let micros = (at.micros() % 1_000) as u128;
        EventId(Uuid::from_u128(millis << 80 | 0x7 << 76 | micros << 64 | 0b10 << 62))
    }

    /// FNV-1a of the detail.
    fn digest(&self) -> u64 {
        if self.detail.is_null() {
            return 0;
        }
        let text = self.detail.to_string();
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for kind in RoutingEventKind::ALL {
            assert_eq!(RoutingEventKind::parse(kind.code()), Some(kind));
        }
        assert_eq!(RoutingEventKind::parse("task.lost"), None);
    }

    #[test]
    fn an_event_is_known_by_what_it_says_and_when() {
        let task = TaskId(Uuid::from_u128(7));
        let event = RoutingEvent {
            task_id: Some(task),
            ..RoutingEvent::new(RoutingEventKind::TaskCreated, Timestamp::from_micros(1_800_000_000_000_001))
        };
        assert_eq!(event.id(), event.clone().id());
        let later = RoutingEvent { at: Timestamp::from_micros(1_800_000_000_000_002), ..event.clone() };
        let other = RoutingEvent { kind: RoutingEventKind::TaskCanceled, ..event.clone() };
        let elsewhere = RoutingEvent { queue_id: Some(TaskQueueId(Uuid::from_u128(9))), ..event.clone() };
        let next = RoutingEvent { no: 1, ..event.clone() };
        assert!(event.id() < next.id() && next.id() < later.id());
        assert!(event.id() != other.id() && event.id() != elsewhere.id());
        assert_eq!(event.id().0.get_version_num(), 7);
        assert!(RoutingEvent::first_id(event.at) <= event.id() && event.id() < RoutingEvent::first_id(later.at));
    }
}
