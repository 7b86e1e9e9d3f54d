//! Where tasks wait. Tasks that are alike to every worker share a line, so a worker's event asks once per line, not per task.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use expression::{Json, Lookup};
use model::{TaskId, TaskOrder, TaskQueueId, WorkerId, WorkflowId};

use crate::plan::Target;
use crate::router::Router;
use crate::state::TaskState;

/// Whose task it may become: a queue's members, or one worker asked for directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pool {
    Queue(TaskQueueId),
    Worker(WorkerId),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    pub channel: String,
    ignore_capacity: bool,
    /// Workflow, filter and target, unless routed directly.
    step: Option<(WorkflowId, Option<i64>, i64)>,
    /// The task's attributes that the target's rules name, as JSON.
    facts: String,
}

impl LineKey {
    pub fn ignores_capacity(&self) -> bool {
        self.ignore_capacity
    }
}

/// A task's place among all: higher priority, then first-in queues before last-in ones, then age by the queue's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    priority: Reverse<i64>,
    lifo: bool,
    at: i64,
    pub task: TaskId,
}

#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub pool: Pool,
    pub line: LineKey,
    pub place: Place,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(BTreeMap<Pool, BTreeMap<LineKey, BTreeSet<Place>>>);

impl Lines {
    pub fn insert(&mut self, spot: &Spot) {
        let pool = self.0.entry(spot.pool).or_default();
        if let Some(line) = pool.get_mut(&spot.line) {
            line.insert(spot.place);
        } else {
            pool.insert(spot.line.clone(), BTreeSet::from([spot.place]));
        }
    }

    pub fn remove(&mut self, spot: &Spot) {
        let Some(pool) = self.0.get_mut(&spot.pool) else {
            return;
        };
        if let Some(line) = pool.get_mut(&spot.line) {
            line.remove(&spot.place);
            if line.is_empty() {
                pool.remove(&spot.line);
            }
        }
        if pool.is_empty() {
            self.0.remove(&spot.pool);
        }
    }

    pub fn of(&self, pool: Pool) -> impl Iterator<Item = (&LineKey, &BTreeSet<Place>)> {
        self.0.get(&pool).into_iter().flatten()
    }

    pub fn waiting(&self, pool: Pool) -> impl Iterator<Item = TaskId> {
        self.of(pool).flat_map(|(_, line)| line.iter().map(|place| place.task))
    }
}

impl Router {
    /// Where the task stands while somebody may still be reserved for it.
    pub(crate) fn spot(&self, task: &TaskState) -> Option<Spot> {
        if !task.waits() || task.offers.len() as i64 >= self.max_offers(task) {
            return None;
        }
        let (pool, step, facts) = if let Some(worker) = task.row.routing_worker {
            (Pool::Worker(worker), None, String::new())
        } else if let Some(queue) = task.row.routing_queue {
            (Pool::Queue(queue), None, String::new())
        } else {
            let target = self.target(task)?;
            let step = (task.row.workflow_id?, task.row.filter, task.row.target);
            (Pool::Queue(target.queue), Some(step), facts(task, target))
        };
        Some(Spot {
            pool,
            line: LineKey { channel: task.row.channel.clone(), ignore_capacity: task.row.ignore_capacity, step, facts },
            place: self.place(task),
        })
    }

    pub(crate) fn place(&self, task: &TaskState) -> Place {
        let queue = task.row.queue_id.and_then(|id| self.queues.get(&id));
        let lifo = queue.is_some_and(|queue| queue.row.task_order == TaskOrder::Lifo);
        let at = task.row.virtual_start_time.micros();
        Place { priority: Reverse(task.row.priority), lifo, at: if lifo { at.saturating_neg() } else { at }, task: task.row.id }
    }

    /// How many offers may stand at once.
    fn max_offers(&self, task: &TaskState) -> i64 {
        if task.row.routing_worker.is_some() {
            return 1;
        }
        let queue = task.row.queue_id.and_then(|id| self.queues.get(&id));
        queue.map_or(1, |queue| queue.row.max_reserved_workers.max(1))
    }
}

fn facts(task: &TaskState, target: &Target) -> String {
    let attributes = Json(&task.attributes);
    let values = target.task_paths.iter().map(|path| attributes.get(&path.segments()[1..]).to_string());
    values.collect::<Vec<_>>().join("\n")
}
