use expression::{OrderKey, Roots};
use model::{Timestamp, WorkerId};

use crate::line::Pool;
use crate::lookup::WorkerFacts;
use crate::router::Router;
use crate::state::{TaskState, WorkerState};

/// A candidate's rank: whoever has not refused it first, then the oldest refusal, `order_by`, the longest idle.
pub(crate) type Rank = (Option<Timestamp>, OrderKey, Timestamp, WorkerId);

impl Router {
    /// Who is offered the task now, if anybody.
    pub(crate) fn choose(&self, task: &TaskState, now: Timestamp) -> Option<WorkerId> {
        let pool = task.spot.as_ref()?.pool;
        let candidates =
            self.candidates(pool).filter(|worker| self.against(task, worker).is_none() && self.may_be_asked(task, worker, now));
        let first = candidates.map(|worker| self.rank(task, worker)).min()?;
        Some(first.3)
    }

    pub(crate) fn candidates(&self, pool: Pool) -> impl Iterator<Item = &WorkerState> {
        let (members, one) = match pool {
            Pool::Queue(queue) => (self.queues.get(&queue).map(|queue| &queue.members), None),
            Pool::Worker(worker) => (None, Some(worker)),
        };
        let ids = members.into_iter().flatten().copied().chain(one);
        ids.filter_map(|id| self.workers.get(&id))
    }

    pub(crate) fn rank(&self, task: &TaskState, worker: &WorkerState) -> Rank {
        let order = match self.target(task) {
            Some(target) if !target.order_by.clauses().is_empty() => {
                let facts = WorkerFacts::in_target(self, worker);
                target.order_by.key(&Roots(&[("worker", &facts)]))
            }
            _ => OrderKey::default(),
        };
        let row = &worker.row;
        (task.refused_at(row.id), order, row.idle_since, row.id)
    }
}
