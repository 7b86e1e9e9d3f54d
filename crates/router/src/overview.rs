//! How things stand, for a board: counted in one walk over the open tasks, without asking any expression.

use std::collections::BTreeMap;

use model::{Reservation, TaskQueueId, TaskStatus, Timestamp, WorkerId};

use crate::router::Router;
use crate::state::QueueState;

/// What stands in a queue, and who could take of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    pub pending: i64,
    pub reserved: i64,
    pub assigned: i64,
    pub wrapping: i64,
    /// Since when whoever waits longest waits.
    pub waiting_since: Option<Timestamp>,
    /// Members who are available, and at a desk if they need one; whether they have room or not.
    pub available: i64,
    /// By its business hours.
    pub closed: bool,
}

impl Router {
    /// Of every queue, also of those where nothing stands.
    pub fn queue_counts(&self) -> BTreeMap<TaskQueueId, QueueCounts> {
        let people = |queue: &QueueState| QueueCounts {
            available: queue.people.there as i64,
            closed: self.is_closed(queue.row.id),
            ..QueueCounts::default()
        };
        let mut counts: BTreeMap<_, _> = self.queues.iter().map(|(id, queue)| (*id, people(queue))).collect();
        for task in self.tasks() {
            let Some(count) = task.queue_id.and_then(|id| counts.get_mut(&id)) else { continue };
            match task.status {
                TaskStatus::Pending => count.pending += 1,
                TaskStatus::Reserved => count.reserved += 1,
                TaskStatus::Assigned => count.assigned += 1,
                TaskStatus::Wrapping => count.wrapping += 1,
                TaskStatus::Completed | TaskStatus::Canceled => {}
            }
            if matches!(task.status, TaskStatus::Pending | TaskStatus::Reserved) {
                let since = count.waiting_since.unwrap_or(task.virtual_start_time);
                count.waiting_since = Some(since.min(task.virtual_start_time));
            }
        }
        counts
    }

    /// Counts everybody into their queues, which a router just made does with its first command.
    pub fn count_people(&mut self) {
        self.stand_all();
    }

    /// The open reservations of a worker, the oldest first.
    pub fn held_by(&self, worker: WorkerId) -> impl Iterator<Item = &Reservation> {
        const NONE: &std::collections::BTreeSet<model::ReservationId> = &std::collections::BTreeSet::new();
        let open = self.workers.get(&worker).map_or(NONE, |worker| &worker.open);
        open.iter().filter_map(|id| self.reservations.get(id))
    }

    /// How many open reservations a worker has.
    pub fn load_of(&self, worker: WorkerId) -> usize {
        self.workers.get(&worker).map_or(0, |worker| worker.open.len())
    }
}
