//! Which worker belongs to which queue: whoever its expression asks for.
//!
//! Most expressions need one text at one path (`skills HAS "billing"`): those queues are found by what the worker has, so that a worker
//! among very many queues asks few of them.

use std::collections::{BTreeMap, BTreeSet};

use expression::{Lookup, Path};
use model::{TaskQueueId, WorkerId};
use serde_json::Value;

use crate::lookup::WorkerFacts;
use crate::router::Router;
use crate::state::QueueState;

/// The queues by what they need of a worker at least.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    by_path: BTreeMap<Path, BTreeMap<String, BTreeSet<TaskQueueId>>>,
    /// Those that are asked about everybody.
    others: BTreeSet<TaskQueueId>,
}

impl Needs {
    pub fn insert(&mut self, queue: &QueueState) {
        let id = queue.row.id;
        let Some(need) = &queue.need else {
            self.others.insert(id);
            return;
        };
        let by_text = self.by_path.entry(need.path.clone()).or_default();
        for text in &need.texts {
            by_text.entry(text.clone()).or_default().insert(id);
        }
    }

    pub fn remove(&mut self, queue: &QueueState) {
        let id = queue.row.id;
        let Some(need) = &queue.need else {
            self.others.remove(&id);
            return;
        };
        let Some(by_text) = self.by_path.get_mut(&need.path) else { return };
        for text in &need.texts {
            if let Some(queues) = by_text.get_mut(text) {
                queues.remove(&id);
            }
        }
        by_text.retain(|_, queues| !queues.is_empty());
        if by_text.is_empty() {
            self.by_path.remove(&need.path);
        }
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty() && self.others.is_empty()
    }

    /// The queues that may ask for somebody.
    fn met_by(&self, facts: &WorkerFacts) -> BTreeSet<TaskQueueId> {
        let mut queues = self.others.clone();
        for (path, by_text) in &self.by_path {
            let value = facts.get(path.segments());
            let texts = texts_of(&value).filter_map(|text| by_text.get(text));
            queues.extend(texts.flatten());
        }
        queues
    }
}

/// A text, or the texts of a list.
fn texts_of(value: &Value) -> impl Iterator<Item = &str> {
    let alone = value.as_str();
    let listed = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    alone.into_iter().chain(listed)
}

impl Router {
    /// A worker comes to belong to a queue.
    fn join(&mut self, id: WorkerId, queue: TaskQueueId) {
        let (Some(worker), Some(state)) = (self.workers.get_mut(&id), self.queues.get_mut(&queue)) else { return };
        if worker.queues.insert(queue) {
            state.members.insert(id);
            if let Some(standing) = &worker.standing {
                state.people.count(id, standing);
            }
        }
    }

    /// A worker belongs to a queue no longer.
    fn leave(&mut self, id: WorkerId, queue: TaskQueueId) {
        let (Some(worker), Some(state)) = (self.workers.get_mut(&id), self.queues.get_mut(&queue)) else { return };
        if worker.queues.remove(&queue) {
            state.members.remove(&id);
            if let Some(standing) = &worker.standing {
                state.people.discount(id, standing);
            }
        }
    }

    pub(crate) fn leave_all(&mut self, id: WorkerId) {
        let queues = self.workers.get(&id).map(|worker| worker.queues.clone());
        queues.into_iter().flatten().for_each(|queue| self.leave(id, queue));
    }

    /// Asks anew to which queues a worker belongs.
    pub(crate) fn join_queues(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.get(&id) else { return };
        let mut asked = self.needs.met_by(&WorkerFacts::in_queue(self, worker));
        asked.extend(&worker.queues);
        asked.into_iter().for_each(|queue| self.join_or_leave(id, queue));
    }

    /// Asks the queues that ask for an activity.
    pub(crate) fn join_by_activity(&mut self, id: WorkerId) {
        let queues: Vec<_> = self.queues.values().filter(|queue| queue.asks_activity).map(|queue| queue.row.id).collect();
        queues.into_iter().for_each(|queue| self.join_or_leave(id, queue));
    }

    /// Asks a changed queue who belongs to it.
    pub(crate) fn join_members(&mut self, queue: TaskQueueId) {
        let workers: Vec<_> = self.workers.keys().copied().collect();
        workers.into_iter().for_each(|worker| self.join_or_leave(worker, queue));
    }

    fn join_or_leave(&mut self, id: WorkerId, queue: TaskQueueId) {
        let (Some(worker), Some(state)) = (self.workers.get(&id), self.queues.get(&queue)) else { return };
        if state.expression.matches(&WorkerFacts::in_queue(self, worker)) {
            self.join(id, queue);
        } else {
            self.leave(id, queue);
        }
    }
}
