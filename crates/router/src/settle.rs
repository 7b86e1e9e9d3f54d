//! After a change: offers are made in the order of the tasks until nobody free stands beside a task they could take.

use std::collections::{BTreeMap, BTreeSet};

use model::{Because, Reading, TaskId, TaskNews, WorkerId};

use crate::line::{Place, Pool};
use crate::lookup::QueueFacts;
use crate::router::Router;
use crate::rules::has_room;
use crate::state::TaskState;
use crate::turn::Turn;

/// What changed since nobody free stood beside a task they could take.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unsettled {
    pub tasks: BTreeSet<TaskId>,
    pub workers: BTreeSet<WorkerId>,
    /// Workers to be counted anew in their queues.
    pub standing: BTreeSet<WorkerId>,
    /// Tasks that entered a target or came back from an offer: `skip_if` is asked once when nobody could be reserved.
    pub steps: BTreeSet<TaskId>,
}

impl Unsettled {
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.workers.is_empty() && self.steps.is_empty()
    }
}

/// Which task each unsettled worker would take first.
#[derive(Default)]
struct Wanted {
    first: BTreeSet<(Place, WorkerId)>,
    of: BTreeMap<WorkerId, Place>,
}

impl Wanted {
    fn note(&mut self, worker: WorkerId, place: Option<Place>) {
        if let Some(old) = self.of.remove(&worker) {
            self.first.remove(&(old, worker));
        }
        if let Some(place) = place {
            self.of.insert(worker, place);
            self.first.insert((place, worker));
        }
    }
    fn first(&self) -> Option<(Place, WorkerId)> {
        self.first.first().copied()
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
        let mut wanted = Wanted::default();
        loop {
            for id in std::mem::take(&mut self.unsettled.tasks) {
                places.extend(self.tasks.get(&id).and_then(|task| task.stands()));
            }
            self.stand_all();
            for id in std::mem::take(&mut self.unsettled.workers) {
                wanted.note(id, self.first_task_for(id, turn));
            }
            // What a worker wants is only ever taken away: they look again before they get it.
            let (next, wants) = match (places.first().copied(), wanted.first()) {
                (Some(place), Some((first, _))) if place <= first => (place, None),
                (Some(place), None) => (place, None),
                (None, None) => return,
                (_, Some((first, worker))) => {
                    let still = self.first_task_for(worker, turn);
                    if still != Some(first) {
                        wanted.note(worker, still);
                        continue;
                    }
                    (first, Some(worker))
                }
            };
            places.remove(&next);
            let Some(task) = self.tasks.get(&next.task) else {
                continue;
            };
            // Its place has changed since it was noted: once more, from there.
            let stands = task.stands();
            if stands != Some(next) {
                places.extend(stands);
                continue;
            }
            if let Some(worker) = self.choose(task, turn.now) {
                self.reserve(next.task, worker, turn);
                self.unsettled.tasks.insert(next.task);
            } else if let Some(worker) = wants {
                // Both ask the same questions, so this cannot be; but an endless loop would hold up the workspace.
                debug_assert!(false, "a worker could take a task that nobody can take");
                wanted.note(worker, None);
            }
        }
    }

    /// The first task that a worker could take.
    fn first_task_for(&self, id: WorkerId, turn: &Turn) -> Option<Place> {
        let worker = self.workers.get(&id).filter(|worker| self.is_there(worker))?;
        let available = self.is_available(worker);
        let open = worker.queues.iter().filter(|queue| !self.is_closed(**queue));
        let pools = open.map(|queue| Pool::Queue(*queue)).chain([Pool::Worker(id)]);
        let mut best: Option<Place> = None;
        for (channel, waiting) in pools.flat_map(|pool| self.lines.of(pool)) {
            let room = available && self.channels.of(channel).is_some_and(|channel| has_room(worker, channel, &self.reservations));
            if !room && !waiting.any_ignores_capacity() {
                continue;
            }
            for (front, line) in waiting.in_order() {
                if best.is_some_and(|best| best <= front) {
                    break;
                }
                if !(room || line.ignores_capacity()) || !self.tasks.get(&front.task).is_some_and(|first| self.has_skill(first, worker)) {
                    continue;
                }
                let takes = |place: &&Place| {
                    self.tasks.get(&place.task).is_some_and(|task| !self.holds(task, worker) && self.may_be_asked(task, worker, turn.now))
                };
                best = line.places().find(takes).copied().into_iter().chain(best).min();
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
        if let Some(step) = self.way_round(task) {
            self.enter(id, step, Because::Closed, turn);
            return;
        }
        if self.skips(id) {
            self.leave_skipped(id, turn);
            return;
        }
        // Whoever was offered to somebody is only told when nobody is left who might come back to it.
        let nobody = task.row.offers == 0 || self.closed(task, turn.now).is_some() || !self.anybody_there(task);
        if nobody && !task.row.nobody_told && task.row.conversation_id.is_some() {
            let (conversation, standing) = (task.row.conversation_id, self.standing_of(task, turn.now));
            self.change_task(id, turn, |row| row.nobody_told = true);
            turn.news(conversation, TaskNews::NobodyAvailable { task_id: id, standing });
        }
    }

    /// Whether somebody who could take the task is at work, be they busy or have they refused it.
    fn anybody_there(&self, task: &TaskState) -> bool {
        let mut candidates = self.home(task).into_iter().flat_map(|(pool, _)| self.candidates(pool));
        candidates.any(|worker| self.is_there(worker) && self.is_available(worker) && self.has_skill(task, worker))
    }

    /// Whether somebody has refused the task since it entered its target.
    fn refused_here(&self, id: TaskId) -> bool {
        let row = self.tasks.get(&id).map(|task| &task.row);
        row.is_some_and(|row| row.refused.iter().any(|(_, at)| *at > row.target_entered_at))
    }

    fn skips(&self, id: TaskId) -> bool {
        let target = self.tasks.get(&id).and_then(|task| self.target(task));
        let Some(target) = target else {
            return false;
        };
        let Some(queue) = self.queues.get(&target.queue) else {
            return false;
        };
        if self.settings.reads(Reading::SkipIfOnce) && self.refused_here(id) {
            return false;
        }
        let facts = QueueFacts { queue };
        let skip_if = target.skip_if.as_ref();
        skip_if.is_some_and(|skip_if| skip_if.matches(&facts))
    }
}
