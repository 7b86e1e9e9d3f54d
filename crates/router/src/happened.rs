//! What happened, told as TaskRouter's events: for statistics and for the record.

use model::{
    ActivityId, Reservation, ReservationId, ReservationStatus, RoutingEvent, RoutingEventKind, Task, TaskChannel, TaskId, TaskQueueId,
    Timestamp, Worker,
};
use serde_json::{Value, json};

use crate::router::Router;
use crate::turn::Turn;

/// When a task came into the queue where it stands.
fn queued_since(task: &Task) -> Timestamp {
    let here = task.way.iter().rev().take_while(|visit| visit.queue_id == task.queue_id);
    here.last().map_or(task.target_entered_at, |visit| visit.at)
}

fn of_worker(kind: RoutingEventKind, row: &Worker, now: Timestamp) -> RoutingEvent {
    RoutingEvent { worker_id: Some(row.id), ..RoutingEvent::new(kind, now) }
}

/// A task channel was made, changed or taken away.
pub(crate) fn channel_happened(kind: RoutingEventKind, row: &TaskChannel, turn: &mut Turn) {
    let detail = json!({ "task_channel_name": row.name, "task_channel_optimized_routing": row.channel_optimized_routing });
    let channel = Some(row.unique_name.clone());
    turn.happened(RoutingEvent { channel, task_channel_id: Some(row.id), detail, ..RoutingEvent::new(kind, turn.now) });
}

impl Router {
    fn of_task(&self, kind: RoutingEventKind, task: &Task, now: Timestamp) -> RoutingEvent {
        let waited = |since, held: i64| (self.open_time(task, since, now) - held).max(0);
        RoutingEvent {
            task_id: Some(task.id),
            worker_id: task.worker_id,
            queue_id: task.queue_id,
            workflow_id: task.workflow_id,
            channel: Some(task.channel.clone()),
            status: Some(task.status),
            lasted: waited(task.created_at, task.held_for),
            queued: waited(queued_since(task), task.held_here),
            ..RoutingEvent::new(kind, now)
        }
    }

    pub(crate) fn task_happened(&self, kind: RoutingEventKind, id: TaskId, turn: &mut Turn) {
        if let Some(task) = self.tasks.get(&id) {
            turn.happened(self.of_task(kind, &task.row, turn.now));
        }
    }

    /// A task came to where it stands now, from another queue or from outside.
    pub(crate) fn queue_entered(&self, id: TaskId, from: Option<TaskQueueId>, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id) else { return };
        let row = &task.row;
        if row.queue_id.is_none() || row.queue_id == from {
            return;
        }
        if from.is_some() {
            turn.happened(RoutingEvent { queue_id: from, ..self.of_task(RoutingEventKind::QueueMoved, row, turn.now) });
        }
        turn.happened(self.of_task(RoutingEventKind::QueueEntered, row, turn.now));
    }

    /// The same of an offer that stands, by its id.
    pub(crate) fn offer_happened(&self, id: ReservationId, turn: &mut Turn) {
        if let Some(row) = self.reservations.get(&id) {
            self.reservation_happened(row, turn);
        }
    }

    /// An offer was made, or is now what its row says.
    pub(crate) fn reservation_happened(&self, row: &Reservation, turn: &mut Turn) {
        use RoutingEventKind as Kind;
        let kind = match row.status {
            ReservationStatus::Pending => Kind::ReservationCreated,
            ReservationStatus::Accepted => Kind::ReservationAccepted,
            ReservationStatus::Rejected => Kind::ReservationRejected,
            ReservationStatus::Timeout => Kind::ReservationTimeout,
            ReservationStatus::Canceled => Kind::ReservationCanceled,
            ReservationStatus::Rescinded => Kind::ReservationRescinded,
            ReservationStatus::Wrapping => Kind::ReservationWrapup,
            ReservationStatus::Completed => Kind::ReservationCompleted,
        };
        let about = self.tasks.get(&row.task_id).map_or_else(
            || RoutingEvent { task_id: Some(row.task_id), channel: Some(row.channel.clone()), ..RoutingEvent::new(kind, turn.now) },
            |task| self.of_task(kind, &task.row, turn.now),
        );
        turn.happened(RoutingEvent { reservation_id: Some(row.id), worker_id: Some(row.worker_id), ..about });
    }

    /// A task came to a target of its workflow, for the first time if it is `new` there.
    pub(crate) fn target_entered(&self, id: TaskId, new: bool, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id) else { return };
        let row = &task.row;
        if new {
            turn.happened(self.of_task(RoutingEventKind::WorkflowEntered, row, turn.now));
        }
        let plan = row.workflow_id.and_then(|workflow| self.workflows.get(&workflow)).map(|workflow| &workflow.plan);
        let filter = plan.zip(row.filter).and_then(|(plan, no)| plan.filters.get(usize::try_from(no).ok()?));
        let detail = filter.and_then(|filter| filter.name.as_ref()).map_or(Value::Null, |name| json!({ "workflow_filter_name": name }));
        turn.happened(RoutingEvent { detail, ..self.of_task(RoutingEventKind::WorkflowMatched, row, turn.now) });
    }

    /// The worker leaves the activity that their row still names, for another or for good.
    pub(crate) fn activity_left(&self, row: &Worker, to: Option<ActivityId>, turn: &mut Turn) {
        turn.happened(RoutingEvent {
            activity_id: Some(row.activity_id),
            lasted: turn.now.since(row.activity_since),
            detail: to.map_or(Value::Null, |to| json!({ "worker_activity_sid": to })),
            ..of_worker(RoutingEventKind::WorkerActivity, row, turn.now)
        });
    }

    pub(crate) fn worker_happened(&self, kind: RoutingEventKind, row: &Worker, turn: &mut Turn) {
        let deleted = kind == RoutingEventKind::WorkerDeleted;
        let detail = if deleted { json!({ "worker_name": row.name }) } else { Value::Null };
        turn.happened(RoutingEvent { detail, ..of_worker(kind, row, turn.now) });
    }

    /// A worker's row was written by somebody: what of it is another than before.
    pub(crate) fn worker_changed(&self, old: &Worker, new: &Worker, turn: &mut Turn) {
        if old.attributes != new.attributes {
            self.worker_happened(RoutingEventKind::WorkerAttributes, new, turn);
        }
        for channel in old.channels.keys().chain(new.channels.keys().filter(|name| !old.channels.contains_key(*name))) {
            let (before, after) = (old.channel(channel), new.channel(channel));
            let mut tell = |kind, detail| {
                turn.happened(RoutingEvent { channel: Some(channel.clone()), detail, ..of_worker(kind, new, turn.now) });
            };
            if before.capacity != after.capacity {
                let detail =
                    json!({ "worker_channel_available_capacity": after.capacity, "worker_channel_previous_capacity": before.capacity });
                tell(RoutingEventKind::WorkerCapacity, detail);
            }
            if before.available != after.available {
                tell(RoutingEventKind::WorkerAvailability, json!({ "worker_channel_available": after.available }));
            }
        }
    }
}
