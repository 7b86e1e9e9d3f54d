//! How things stand, for a board: looked up in what is counted anyway, without a walk over the tasks and without asking any expression.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use model::{Reservation, Task, TaskOrder, TaskQueue, TaskQueueId, Timestamp, WorkerId};

use crate::line::{Place, Pool};
use crate::lookup::WorkerFacts;
use crate::present::Numbers;
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
        let mut counts: BTreeMap<_, _> = self.queues.values().map(|queue| (queue.row.id, self.counts_of(queue))).collect();
        let newest_first = |id| self.queues.get(&id).is_some_and(|queue| queue.row.task_order == TaskOrder::Lifo);
        let in_lines = self.lines.all().filter_map(|(pool, line)| match pool {
            Pool::Queue(queue) => Some((queue, line.waiting_since(newest_first(queue))?)),
            Pool::Worker(_) => None,
        });
        let for_workers = self.lines.all().filter(|(pool, _)| matches!(pool, Pool::Worker(_)));
        let for_workers = for_workers.flat_map(|(_, line)| line.places().map(|place| place.task));
        let alone = for_workers.chain(self.present.aside()).filter_map(|id| self.task(id));
        let alone = alone.filter_map(|task| Some((task.queue_id?, task.virtual_start_time)));
        for (queue, since) in in_lines.chain(alone) {
            if let Some(count) = counts.get_mut(&queue) {
                count.waiting_since = Some(count.waiting_since.map_or(since, |other| other.min(since)));
            }
        }
        counts
    }

    fn counts_of(&self, queue: &QueueState) -> QueueCounts {
        let Numbers { pending, reserved, assigned, wrapping } = self.present.of(queue.row.id);
        QueueCounts {
            pending,
            reserved,
            assigned,
            wrapping,
            waiting_since: None,
            available: queue.people.there as i64,
            closed: self.is_closed(queue.row.id),
        }
    }

    /// How many tasks wait in a queue, offered or not.
    pub fn waiting_count(&self, queue: TaskQueueId) -> i64 {
        let Numbers { pending, reserved, .. } = self.present.of(queue);
        pending + reserved
    }

    /// Whether any worker is one whom this queue, put or not, asks for. What asks for activities may be met by anybody in time.
    pub fn anybody_for(&self, queue: &TaskQueue) -> bool {
        let QueueState { expression: wanted, asks_activity, .. } = QueueState::new(queue.clone(), &self.settings.readings);
        asks_activity || self.workers.values().any(|worker| wanted.matches(&WorkerFacts::in_queue(self, worker)))
    }

    /// Tasks that wait in these queues, whoever is first in line first: `count` of them behind the first `from`.
    pub fn waiting(&self, seen: impl Fn(Option<TaskQueueId>) -> bool, from: usize, count: usize) -> Vec<&Task> {
        let mut aside: Vec<Place> = self.present.aside().filter_map(|id| Some(self.place(self.tasks.get(&id)?))).collect();
        aside.sort_unstable();
        let lines = self.lines.all().filter(|(pool, _)| match pool {
            Pool::Queue(queue) => seen(Some(*queue)),
            Pool::Worker(_) => true,
        });
        let mut lines: Vec<Box<dyn Iterator<Item = &Place>>> = lines.map(|(_, line)| Box::new(line.places()) as Box<_>).collect();
        lines.push(Box::new(aside.iter()));
        let fronts = lines.iter_mut().enumerate().filter_map(|(no, line)| Some(Reverse((*line.next()?, no))));
        let mut fronts: BinaryHeap<Reverse<(Place, usize)>> = fronts.collect();
        let in_order = std::iter::from_fn(|| {
            let Reverse((place, no)) = fronts.pop()?;
            fronts.extend(lines[no].next().map(|next| Reverse((*next, no))));
            Some(place.task)
        });
        let tasks = in_order.filter_map(|id| self.task(id)).filter(|task| seen(task.queue_id));
        tasks.skip(from).take(count).collect()
    }

    /// Tasks of these queues that are in progress or being wrapped up, the longest in progress first.
    pub fn active(&self, seen: impl Fn(Option<TaskQueueId>) -> bool) -> impl Iterator<Item = &Task> {
        self.present.active().filter_map(|id| self.task(id)).filter(move |task| seen(task.queue_id))
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
