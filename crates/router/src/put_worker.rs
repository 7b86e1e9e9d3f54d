use std::sync::Arc;

use model::{Refusal, RouterAnswer, RoutingEventKind, Worker, WorkerId};

use crate::check::{check_attributes, check_channel, check_name, check_range, in_use, invalid, not_found, with};
use crate::line::Pool;
use crate::put_queue::next_version;
use crate::router::Router;
use crate::state::WorkerState;
use crate::turn::Turn;

impl Router {
    /// Name, attributes, channels, sign-in and activity are the caller's; connection and idle time stay the router's.
    pub(crate) fn put_worker(&mut self, worker: &Worker, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let id = worker.id;
        let old = self.workers.get(&id).map(|old| old.row.clone());
        let version = next_version(old.as_ref().map(|old| old.version), worker.version)?;
        self.check_worker(worker)?;
        for name in worker.channels.keys().filter(|name| self.channels.get(name).is_none()).cloned().collect::<Vec<_>>() {
            self.add_channel(&name);
        }
        let Some(old) = old else {
            self.add_worker(worker, version, turn);
            return Ok(RouterAnswer::Worker { worker_id: id });
        };
        self.worker_changed(&old, worker, turn);
        let attributes = serde_json::from_str(&worker.attributes).unwrap_or_default();
        if let Some(state) = self.workers.get_mut(&id) {
            state.attributes = Arc::new(attributes);
        }
        self.change_worker(id, Some("supervisor"), turn, |row| {
            row.name = worker.name.clone();
            row.attributes = worker.attributes.clone();
            row.channels = worker.channels.clone();
            row.user_id = worker.user_id;
        });
        self.move_to(id, worker.activity_id, "supervisor", turn);
        self.join_queues(id);
        Ok(RouterAnswer::Worker { worker_id: id })
    }

    fn add_worker(&mut self, worker: &Worker, version: i64, turn: &mut Turn) {
        let row = Worker {
            activity_since: turn.now,
            connected: false,
            idle_since: turn.now,
            deleted: false,
            updated_at: turn.now,
            version,
            ..worker.clone()
        };
        self.worker_happened(RoutingEventKind::WorkerCreated, &row, turn);
        self.workers.insert(worker.id, WorkerState::new(row));
        self.join_queues(worker.id);
        self.unsettle_worker(worker.id);
        turn.touch_worker(worker.id);
        turn.worker_event(worker.id, "supervisor");
    }

    fn check_worker(&self, worker: &Worker) -> Result<(), Refusal> {
        let others = self.workers.values().map(|other| &other.row);
        let others = others.filter(|other| other.id != worker.id);
        check_name(&worker.name, others.map(|other| other.name.as_str()))?;
        check_attributes(&worker.attributes)?;
        for (name, channel) in &worker.channels {
            check_channel(name)?;
            check_range(&format!("channels.{name}.capacity"), channel.capacity, 0..=1_000)?;
        }
        if !self.activities.contains_key(&worker.activity_id) {
            let detail = format!("there is no activity {}", worker.activity_id);
            return Err(invalid("activity_id", "unknown", detail));
        }
        Ok(())
    }

    pub(crate) fn delete_worker(&mut self, id: WorkerId, version: i64, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let worker = self.workers.get(&id).ok_or_else(|| not_found("worker"))?;
        if worker.row.version != version {
            return Err(Refusal::StaleVersion);
        }
        let open = worker.open.len();
        if open > 0 {
            let name = &worker.row.name;
            let refusal = in_use("worker_tasks", format!("{name} has {open} open tasks or offers"));
            return Err(with(with(refusal, "name", name), "count", open));
        }
        let waiting = self.tasks.values().filter(|task| task.waits()).count();
        if self.workers.len() == 1 && waiting > 0 {
            let detail = format!("this is the last worker and {waiting} tasks wait");
            return Err(with(in_use("last_worker", detail), "count", waiting));
        }
        let theirs: Vec<_> = self.lines.waiting(Pool::Worker(id)).collect();
        self.leave_all(id);
        if let Some(state) = self.workers.remove(&id) {
            let mut row = state.row;
            self.activity_left(&row, None, turn);
            self.worker_happened(RoutingEventKind::WorkerDeleted, &row, turn);
            row.deleted = true;
            row.updated_at = turn.now;
            row.connected = false;
            row.version += 1;
            turn.worker_event(id, "supervisor");
            turn.end_worker(row);
        }
        self.unsettled.workers.remove(&id);
        self.unsettled.standing.remove(&id);
        for task in theirs {
            self.give_back(task, turn);
        }
        Ok(RouterAnswer::Done)
    }
}
