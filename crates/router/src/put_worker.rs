use std::collections::BTreeSet;
use std::sync::Arc;

use model::{ActivityId, Refusal, RouterAnswer, RoutingEventKind, Worker, WorkerId};

use crate::check::{check_attributes, check_channel, check_name, check_range, in_use, invalid, not_found, with};
use crate::line::Pool;
use crate::put_queue::next_version;
use crate::router::Router;
use crate::state::WorkerState;
use crate::turn::Turn;

impl Router {
    /// Name, attributes, channels, sign-in and activity are the caller's; connection and idle time stay the router's.
    pub(crate) fn put_worker(&mut self, worker: &Worker, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        self.check_version(worker)?;
        let others = self.workers.values().map(|other| &other.row).filter(|other| other.id != worker.id);
        check_name(&worker.name, others.map(|other| other.name.as_str()))?;
        check_worker(worker, |id| self.activities.contains_key(&id))?;
        self.write_worker(worker, turn);
        Ok(RouterAnswer::Worker { worker_id: worker.id })
    }

    /// Every one is checked before the first is changed.
    pub(crate) fn put_workers(&mut self, workers: &[Worker], turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        workers.iter().try_for_each(|worker| self.check_version(worker))?;
        let held = self.workers.values().map(|held| &held.row);
        if let Some((no, refusal)) = check_workers(workers, held, |id| self.activities.contains_key(&id)).into_iter().next() {
            return Err(within(refusal, &format!("workers[{no}]")));
        }
        workers.iter().for_each(|worker| self.write_worker(worker, turn));
        Ok(RouterAnswer::Done)
    }

    fn check_version(&self, worker: &Worker) -> Result<(), Refusal> {
        let held = self.workers.get(&worker.id).map(|held| held.row.version);
        next_version(held, worker.version).map(drop)
    }

    fn write_worker(&mut self, worker: &Worker, turn: &mut Turn) {
        let id = worker.id;
        for name in worker.channels.keys().filter(|name| self.channels.get(name).is_none()).cloned().collect::<Vec<_>>() {
            self.add_channel(&name);
        }
        let Some(old) = self.workers.get(&id).map(|old| old.row.clone()) else {
            self.add_worker(worker, turn);
            return;
        };
        self.worker_changed(&old, worker, turn);
        if old.attributes != worker.attributes {
            let attributes = serde_json::from_str(&worker.attributes).unwrap_or_default();
            if let Some(state) = self.workers.get_mut(&id) {
                state.attributes = Arc::new(attributes);
            }
        }
        self.change_worker(id, Some("supervisor"), turn, |row| {
            row.name = worker.name.clone();
            row.attributes = worker.attributes.clone();
            row.channels = worker.channels.clone();
            row.user_id = worker.user_id;
        });
        self.move_to(id, worker.activity_id, "supervisor", turn);
        // Queues ask for nothing else of a worker.
        if old.attributes != worker.attributes || old.name != worker.name {
            self.join_queues(id);
        }
    }

    fn add_worker(&mut self, worker: &Worker, turn: &mut Turn) {
        let row = Worker {
            activity_since: turn.now,
            connected: false,
            idle_since: turn.now,
            deleted: false,
            updated_at: turn.now,
            version: 1,
            ..worker.clone()
        };
        self.worker_happened(RoutingEventKind::WorkerCreated, &row, turn);
        self.workers.insert(worker.id, WorkerState::new(row));
        self.join_queues(worker.id);
        self.unsettle_worker(worker.id);
        turn.touch_worker(worker.id);
        turn.worker_event(worker.id, "supervisor");
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

/// What is wrong with workers that are put together, by their place among them. `held` is who is there already, those to be changed
/// included; two may exchange their names.
pub fn check_workers<'a>(
    workers: &[Worker],
    held: impl Iterator<Item = &'a Worker>,
    activity: impl Fn(ActivityId) -> bool,
) -> Vec<(usize, Refusal)> {
    let mut ids = BTreeSet::new();
    let twice: BTreeSet<usize> = workers.iter().enumerate().filter(|(_, worker)| !ids.insert(worker.id)).map(|(no, _)| no).collect();
    let mut names: BTreeSet<String> = held.filter(|held| !ids.contains(&held.id)).map(|held| held.name.to_lowercase()).collect();
    let mut wrong = Vec::new();
    for (no, worker) in workers.iter().enumerate() {
        let new = names.insert(worker.name.to_lowercase());
        let same = (!new).then_some(worker.name.as_str());
        let judged = match twice.contains(&no) {
            true => Err(invalid("id", "twice", format!("{} is there twice", worker.id))),
            false => check_name(&worker.name, same.into_iter()).and_then(|()| check_worker(worker, &activity)),
        };
        wrong.extend(judged.err().map(|refusal| (no, refusal)));
    }
    wrong
}

/// All but the name, which depends on the others.
fn check_worker(worker: &Worker, activity: impl Fn(ActivityId) -> bool) -> Result<(), Refusal> {
    check_attributes(&worker.attributes)?;
    for (name, channel) in &worker.channels {
        check_channel(name)?;
        check_range(&format!("channels.{name}.capacity"), channel.capacity, 0..=1_000)?;
    }
    if !activity(worker.activity_id) {
        let detail = format!("there is no activity {}", worker.activity_id);
        return Err(invalid("activity_id", "unknown", detail));
    }
    Ok(())
}

/// The refusal of a part, as that of the whole.
fn within(mut refusal: Refusal, whole: &str) -> Refusal {
    if let Refusal::Invalid { field, .. } = &mut refusal {
        *field = format!("{whole}.{field}");
    }
    refusal
}
