use expression::{OrderKey, Roots};
use model::{Timestamp, WorkerId};

use crate::line::Pool;
use crate::lookup::WorkerFacts;
use crate::router::Router;
use crate::rules::idle_on;
use crate::state::{TaskState, WorkerState};

/// A candidate's rank: whoever has not refused it first, then the oldest refusal, `order_by`, the longest idle.
pub(crate) type Rank = (Option<Timestamp>, OrderKey, Timestamp, WorkerId);

impl Router {
    /// Who is offered the task now, if anybody.
    pub(crate) fn choose(&self, task: &TaskState, now: Timestamp) -> Option<WorkerId> {
        let (pool, channel) = self.home(task)?;
        let queue = match pool {
            Pool::Queue(queue) if self.is_closed(queue) => return None,
            Pool::Queue(queue) if !task.row.ignore_capacity => self.queues.get(&queue)?,
            pool => {
                let fit = self.candidates(pool).filter(|worker| self.against(task, worker).is_none());
                return self.first_of(task, fit, now);
            }
        };
        let free = queue.people.with_room(channel).filter_map(|(_, id)| self.workers.get(id));
        let mut fit = free.filter(|worker| !self.holds(task, worker) && self.has_skill(task, worker));
        if self.is_ordered(task) {
            return self.first_of(task, fit, now);
        }
        // They come in their order: the first who has not refused it, else who refused it longest ago.
        let mut refused: Option<(Timestamp, WorkerId)> = None;
        let first = fit.find(|worker| match task.refused_at(worker.row.id) {
            None => true,
            Some(at) => {
                let asked_again = self.may_be_asked(task, worker, now).then_some((at, worker.row.id));
                refused = refused.into_iter().chain(asked_again).min_by_key(|(at, _)| *at);
                false
            }
        });
        first.map(|worker| worker.row.id).or(refused.map(|(_, id)| id))
    }

    /// Whether its target says who of those who fit comes first.
    pub(crate) fn is_ordered(&self, task: &TaskState) -> bool {
        self.target(task).is_some_and(|target| !target.order_by.clauses().is_empty())
    }

    fn first_of<'a>(&self, task: &TaskState, fit: impl Iterator<Item = &'a WorkerState>, now: Timestamp) -> Option<WorkerId> {
        let asked = fit.filter(|worker| self.may_be_asked(task, worker, now));
        asked.map(|worker| self.rank(task, worker)).min().map(|rank| rank.3)
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
        (task.refused_at(row.id), order, self.idle_since(task, worker), row.id)
    }

    /// Since when they had no task like this one.
    pub(crate) fn idle_since(&self, task: &TaskState, worker: &WorkerState) -> Timestamp {
        self.channels.named(&task.row.channel).map_or(worker.row.idle_since, |channel| idle_on(worker, channel))
    }
}
