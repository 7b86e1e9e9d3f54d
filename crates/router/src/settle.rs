//! After a change: offers are made in the order of the tasks until nobody free stands beside a task they could take.

use std::collections::BTreeSet;

use model::{TaskId, TaskNews, WorkerId};

use crate::line::{Place, Pool};
use crate::lookup::QueueFacts;
use crate::router::Router;
use crate::state::{TaskState, WorkerState};
use crate::turn::Turn;

/// What changed since nobody free stood beside a task they could take.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unsettled {
    pub tasks: BTreeSet<TaskId>,
    pub workers: BTreeSet<WorkerId>,
    /// Tasks that entered a target or came back from an offer: `skip_if` is asked once when nobody could be reserved.
    pub steps: BTreeSet<TaskId>,
}

impl Unsettled {
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.workers.is_empty() && self.steps.is_empty()
    }
}

impl Router {
    /// Ends: each round makes an offer (bounded by capacity), moves a task down its workflow, or shrinks what is unsettled.
    pub(crate) fn settle(&mut self, turn: &mut Turn) {
        let mut places = BTreeSet::new();
        loop {
            self.make_offers(&mut places, turn);
            let steps = self.unsettled.steps.iter();
            let first = steps.filter_map(|id| self.tasks.get(id)).map(|task| self.place(task)).min();
            let Some(first) = first else {
                self.unsettled.steps.clear();
                return;
            };
            self.unsettled.steps.remove(&first.task);
            self.judge_step(first.task, turn);
        }
    }

    fn make_offers(&mut self, places: &mut BTreeSet<Place>, turn: &mut Turn) {
        loop {
            for id in std::mem::take(&mut self.unsettled.tasks) {
                let spot = self.tasks.get(&id).and_then(|task| task.spot.as_ref());
                places.extend(spot.map(|spot| spot.place));
            }
            let wanted = self.best_for_workers(turn);
            let next = match (places.first().copied(), wanted) {
                (Some(task), Some(wanted)) => task.min(wanted),
                (Some(task), None) => task,
                (None, Some(wanted)) => wanted,
                (None, None) => return,
            };
            places.remove(&next);
            let Some(task) = self.tasks.get(&next.task) else {
                continue;
            };
            // Its place has changed since it was noted: once more, from there.
            if task.spot.as_ref().map(|spot| spot.place) != Some(next) {
                places.extend(task.spot.as_ref().map(|spot| spot.place));
                continue;
            }
            if let Some(worker) = self.choose(task, turn.now) {
                self.reserve(next.task, worker, turn);
                self.unsettled.tasks.insert(next.task);
            } else if wanted == Some(next) {
                // Both ask the same questions, so this cannot be; but an endless loop would hold up the workspace.
                debug_assert!(false, "a worker could take a task that nobody can take");
                self.unsettled.workers.clear();
            }
        }
    }

    /// The first task that some unsettled worker could take; workers who can take none are settled.
    fn best_for_workers(&mut self, turn: &Turn) -> Option<Place> {
        let mut best: Option<Place> = None;
        let workers: Vec<WorkerId> = self.unsettled.workers.iter().copied().collect();
        for id in workers {
            let worker = self.workers.get(&id);
            match worker.and_then(|worker| self.first_task_for(worker, turn)) {
                Some(place) => best = Some(best.map_or(place, |best| best.min(place))),
                None => {
                    self.unsettled.workers.remove(&id);
                }
            }
        }
        best
    }

    fn first_task_for(&self, worker: &WorkerState, turn: &Turn) -> Option<Place> {
        if !self.is_there(worker) {
            return None;
        }
        let available = self.is_available(worker);
        let pools = worker.queues.iter().map(|queue| Pool::Queue(*queue));
        let pools = pools.chain([Pool::Worker(worker.row.id)]);
        let mut best: Option<Place> = None;
        for (key, line) in pools.flat_map(|pool| self.lines.of(pool)) {
            if !(available || key.ignores_capacity()) || !self.has_capacity(worker, &key.channel, key.ignores_capacity()) {
                continue;
            }
            let Some(first) = line.first().and_then(|place| self.tasks.get(&place.task)) else {
                continue;
            };
            if best.is_some_and(|best| line.first().is_some_and(|first| best < *first)) || !self.has_skill(first, worker) {
                continue;
            }
            let takes = |place: &&Place| {
                self.tasks.get(&place.task).is_some_and(|task| !self.holds(task, worker) && self.may_be_asked(task, worker, turn.now))
            };
            if let Some(place) = line.iter().find(takes) {
                best = Some(best.map_or(*place, |best| best.min(*place)));
            }
        }
        best
    }

    /// Nobody could be reserved: on to the next target if `skip_if` says so, else it waits here.
    fn judge_step(&mut self, id: TaskId, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id) else {
            return;
        };
        if !task.waits() || !task.offers.is_empty() {
            return;
        }
        if self.skips(id) {
            self.leave_skipped(id, turn);
            return;
        }
        // Whoever was offered to somebody is only told when nobody is left who might come back to it.
        let nobody = task.row.offers == 0 || !self.anybody_there(task);
        if nobody && !task.row.nobody_told && task.row.conversation_id.is_some() {
            let conversation = task.row.conversation_id;
            self.change_task(id, turn, |row| row.nobody_told = true);
            turn.news(conversation, TaskNews::NobodyAvailable { task_id: id });
        }
    }

    /// Whether somebody who could take the task is at work, be they busy or have they refused it.
    fn anybody_there(&self, task: &TaskState) -> bool {
        let pool = task.spot.as_ref().map(|spot| spot.pool);
        let mut candidates = pool.into_iter().flat_map(|pool| self.candidates(pool));
        candidates.any(|worker| self.is_there(worker) && self.is_available(worker) && self.has_skill(task, worker))
    }

    fn skips(&self, id: TaskId) -> bool {
        let target = self.tasks.get(&id).and_then(|task| self.target(task));
        let Some(target) = target else {
            return false;
        };
        let Some(queue) = self.queues.get(&target.queue) else {
            return false;
        };
        let facts = QueueFacts { router: self, queue };
        let skip_if = target.skip_if.as_ref();
        skip_if.is_some_and(|skip_if| skip_if.matches(&facts))
    }
}
