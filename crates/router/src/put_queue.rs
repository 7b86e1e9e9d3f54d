use model::{Refusal, RouterAnswer, RoutingEvent, RoutingEventKind, TaskId, TaskQueue, TaskQueueId};
use serde_json::json;

use crate::check::{check_name, check_range, in_use, invalid, not_found, with};
use crate::line::Pool;
use crate::router::Router;
use crate::state::QueueState;
use crate::turn::Turn;

fn happened(kind: RoutingEventKind, row: &TaskQueue, turn: &mut Turn) {
    let detail = json!({ "task_queue_name": row.name, "task_queue_target_expression": row.target_workers });
    turn.happened(RoutingEvent { queue_id: Some(row.id), detail, ..RoutingEvent::new(kind, turn.now) });
}

impl Router {
    pub(crate) fn put_queue(&mut self, queue: &TaskQueue, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let id = queue.id;
        let old = self.queues.get(&id).map(|old| &old.row);
        let mut row = queue.clone();
        row.version = next_version(old.map(|old| old.version), queue.version)?;
        let kind = match old {
            None => Some(RoutingEventKind::QueueCreated),
            Some(old) => (old.target_workers != row.target_workers).then_some(RoutingEventKind::QueueExpression),
        };
        row.updated_at = turn.now;
        let others = self.queues.values().map(|other| &other.row);
        let others = others.filter(|other| other.id != id);
        check_name(&row.name, others.map(|other| other.name.as_str()))?;
        check_range("max_reserved_workers", row.max_reserved_workers, 1..=50)?;
        Self::check_expression(&row.target_workers)?;
        if row.business_hours_id.is_some_and(|hours| !self.hours.contains_key(&hours)) {
            return Err(invalid("business_hours_id", "unknown", "there are no such business hours"));
        }

        if let Some(kind) = kind {
            happened(kind, &row, turn);
        }
        let closed = self.closed_queues();
        self.forget_queue(id);
        self.keep_queue(row.clone());
        turn.effects.queues.insert(id, Some(row));
        turn.settings_event("queue", Some(id.to_string()));
        self.join_members(id);
        for task in self.waiting_in(id) {
            self.put_in_place(task, turn.now);
            self.unsettled.tasks.insert(task);
        }
        self.hours_turned(&closed);
        Ok(RouterAnswer::Done)
    }

    pub(crate) fn delete_queue(&mut self, id: TaskQueueId, version: i64, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let queue = self.queues.get(&id).ok_or_else(|| not_found("queue"))?;
        if queue.row.version != version {
            return Err(Refusal::StaleVersion);
        }
        let mut workflows = self.workflows.values();
        let user = workflows.find(|workflow| workflow.plan.queues().any(|queue| queue == id));
        if let Some(workflow) = user {
            let name = &workflow.row.name;
            return Err(with(in_use("workflow", format!("the workflow {name} sends tasks to this queue")), "name", name));
        }
        let open = self.tasks.values();
        let open = open.filter(|task| task.row.routing_queue == Some(id) || task.row.queue_id == Some(id));
        let open = open.count();
        if open > 0 {
            return Err(with(in_use("queue_tasks", format!("{open} open tasks are in this queue")), "count", open));
        }
        let waiting = self.tasks.values().filter(|task| task.waits()).count();
        if self.queues.len() == 1 && waiting > 0 {
            let detail = format!("this is the last queue and {waiting} tasks wait");
            return Err(with(in_use("last_queue", detail), "count", waiting));
        }
        let row = queue.row.clone();
        happened(RoutingEventKind::QueueDeleted, &row, turn);
        self.forget_queue(id);
        turn.effects.queues.insert(id, None);
        turn.settings_event("queue", Some(id.to_string()));
        Ok(RouterAnswer::Done)
    }

    /// Takes a row into memory; nobody belongs to it yet.
    pub(crate) fn keep_queue(&mut self, row: TaskQueue) {
        let queue = QueueState::new(row, &self.settings.readings);
        self.needs.insert(&queue);
        self.queues.insert(queue.row.id, queue);
    }

    /// Nobody belongs to it any more.
    fn forget_queue(&mut self, id: TaskQueueId) {
        let Some(queue) = self.queues.remove(&id) else { return };
        self.needs.remove(&queue);
        for worker in queue.members {
            if let Some(worker) = self.workers.get_mut(&worker) {
                worker.queues.remove(&id);
            }
        }
    }

    fn waiting_in(&self, queue: TaskQueueId) -> Vec<TaskId> {
        let full = self.tasks.values().filter(|task| task.spot.is_none() && task.waits() && task.row.queue_id == Some(queue));
        let full = full.map(|task| task.row.id);
        self.lines.waiting(Pool::Queue(queue)).chain(full).collect()
    }
}

/// The version of a row to be written: 1 for a new one, one more than the stored one otherwise.
/// A row that was changed or deleted since it was read is refused.
pub(crate) fn next_version(stored: Option<i64>, given: i64) -> Result<i64, Refusal> {
    match stored {
        Some(stored) if stored == given => Ok(stored + 1),
        None if given <= 1 => Ok(1),
        _ => Err(Refusal::StaleVersion),
    }
}
