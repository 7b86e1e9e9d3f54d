//! The rules that decide for or against a worker. Each is one question; the order in which they are asked is the order in `against`.

use std::collections::BTreeMap;

use expression::{Json, Lookup, Roots};
use model::{Reservation, ReservationId, Rule, Timestamp, WorkerChannel};

use crate::channels::Channel;
use crate::lookup::WorkerFacts;
use crate::plan::{KnownWorker, Target};
use crate::router::Router;
use crate::state::{TaskState, WorkerState};

impl Router {
    /// The first rule against a worker for a task, refusals and order aside.
    pub(crate) fn against(&self, task: &TaskState, worker: &WorkerState) -> Option<Rule> {
        let row = &task.row;
        if !self.has_skill(task, worker) {
            return Some(Rule::Skill);
        }
        if !row.ignore_capacity && !self.is_available(worker) {
            return Some(Rule::Activity);
        }
        if !self.is_there(worker) {
            return Some(Rule::Connection);
        }
        if self.holds(task, worker) {
            return Some(Rule::Held);
        }
        if !self.has_capacity(worker, &row.channel, row.ignore_capacity) {
            return Some(Rule::Capacity);
        }
        None
    }

    pub(crate) fn has_skill(&self, task: &TaskState, worker: &WorkerState) -> bool {
        if let Some(only) = task.row.routing_worker {
            return only == worker.row.id;
        }
        if !self.in_queue(task, worker) {
            return false;
        }
        if task.row.routing_queue.is_some() {
            return true;
        }
        self.target(task).is_some_and(|target| self.is_known_worker(target, task, worker) && self.fits_target(target, task, worker))
    }

    pub(crate) fn in_queue(&self, task: &TaskState, worker: &WorkerState) -> bool {
        let queue = task.row.queue_id;
        queue.is_some_and(|queue| worker.queues.contains(&queue))
    }

    pub(crate) fn fits_target(&self, target: &Target, task: &TaskState, worker: &WorkerState) -> bool {
        let Some(expression) = &target.expression else {
            return true;
        };
        let facts = WorkerFacts::in_target(self, worker);
        let attributes = Json(task.attributes());
        expression.matches(&Roots(&[("task", &attributes), ("worker", &facts)]))
    }

    pub(crate) fn is_known_worker(&self, target: &Target, task: &TaskState, worker: &WorkerState) -> bool {
        let Some(known) = &target.known_worker else {
            return true;
        };
        let attributes = Json(task.attributes());
        let value = attributes.get(&known.path().segments()[1..]);
        let Some(wanted) = value.as_str() else {
            return false;
        };
        match known {
            KnownWorker::Sid(_) => wanted.parse() == Ok(worker.row.id),
            KnownWorker::Name(_) => wanted.to_lowercase() == worker.row.name.to_lowercase(),
        }
    }

    /// Whether their activity allows offers.
    pub(crate) fn is_available(&self, worker: &WorkerState) -> bool {
        let activity = self.activities.get(&worker.row.activity_id);
        activity.is_some_and(|activity| activity.available)
    }

    /// Who has a sign-in needs a connected desk.
    pub(crate) fn is_there(&self, worker: &WorkerState) -> bool {
        worker.row.user_id.is_none() || worker.row.connected
    }

    pub(crate) fn holds(&self, task: &TaskState, worker: &WorkerState) -> bool {
        let mut offers = task.offers.iter().chain(&task.accepted);
        offers.any(|id| worker.open.contains(id))
    }

    pub(crate) fn has_capacity(&self, worker: &WorkerState, channel: &str, ignore_capacity: bool) -> bool {
        ignore_capacity || self.channels.named(channel).is_some_and(|channel| has_room(worker, channel, &self.reservations))
    }

    /// Who refused a task may be asked again when the time has come and nobody else has the offer.
    pub(crate) fn may_be_asked(&self, task: &TaskState, worker: &WorkerState, now: Timestamp) -> bool {
        task.refused_at(worker.row.id).is_none_or(|at| task.offers.is_empty() && now >= self.asked_again_at(at))
    }
}

/// Whether one more task of a channel fits, presence aside.
pub(crate) fn has_room(worker: &WorkerState, channel: &Channel, reservations: &BTreeMap<ReservationId, Reservation>) -> bool {
    let WorkerChannel { capacity, available } = worker.row.channel(&channel.name);
    let mut taken = 0;
    for open in worker.open.iter().filter_map(|id| reservations.get(id)) {
        if channel.held_off_by(&open.channel) {
            return false;
        }
        taken += i64::from(open.slot.is_some() && open.channel == channel.name);
    }
    available && taken < capacity
}

/// The task channel that keeps a worker from another one just now.
pub(crate) fn held_off<'a>(
    worker: &WorkerState,
    channel: &Channel,
    reservations: &'a BTreeMap<ReservationId, Reservation>,
) -> Option<&'a str> {
    let open = worker.open.iter().filter_map(|id| reservations.get(id));
    open.map(|open| open.channel.as_str()).find(|other| channel.held_off_by(other))
}

/// Since when a worker had no task: of any channel, or of this one where it measures by itself. Who never had one comes first.
pub(crate) fn idle_on(worker: &WorkerState, channel: &Channel) -> Timestamp {
    if !channel.own_idleness() {
        return worker.row.idle_since;
    }
    worker.row.idle_by_channel.get(&channel.name).copied().unwrap_or_default()
}
