//! The router once more, slow and obvious: plain lists, everything scanned after every change, no index, no expression.
//! Times are whole seconds.

use std::collections::VecDeque;

use ::model::*;

use super::slow_hours::SlowHours;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Skill {
    Everybody,
    Nobody,
    /// Speaks the language of that number.
    Speaks(u8),
    /// Their level is at least this.
    Level(i64),
}

#[derive(Debug, Clone)]
pub struct SlowQueue {
    pub id: TaskQueueId,
    pub skill: Skill,
    pub max: usize,
    pub lifo: bool,
    /// When it is open; none = always.
    pub hours: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SlowTarget {
    pub queue: usize,
    pub priority: Option<i64>,
    pub timeout: Option<i64>,
    /// `worker.level >= task.tier`
    pub level_for_tier: bool,
    /// `workers.available == 0`, or always.
    pub skip_if_none: bool,
    pub skip: bool,
    /// `worker.level DESC`
    pub best_first: bool,
    /// Only who the task says.
    pub known: Option<Known>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known {
    Sid,
    Name,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SlowFilter {
    pub kind: Option<i64>,
    pub targets: Vec<SlowTarget>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SlowWorkflow {
    pub filters: Vec<SlowFilter>,
    pub default: Option<SlowTarget>,
}

#[derive(Debug, Clone)]
pub struct SlowWorker {
    pub id: WorkerId,
    pub languages: Vec<u8>,
    pub level: i64,
    pub capacity: [i64; 2],
    /// 0 is available, 1 a break, 2 where missed offers lead.
    pub activity: usize,
    pub has_user: bool,
    pub connected: bool,
    pub idle_since: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Route {
    Step(Option<usize>, usize),
    Queue(usize),
    Worker(usize),
}

#[derive(Debug, Clone)]
pub struct SlowTask {
    pub id: TaskId,
    pub kind: i64,
    pub tier: i64,
    /// Whom it names, by id and by name.
    pub friend: Option<usize>,
    pub channel: usize,
    pub priority: i64,
    pub status: TaskStatus,
    pub route: Route,
    pub queue: Option<usize>,
    pub in_workflow: bool,
    pub routing_queue: Option<usize>,
    pub ignore_capacity: bool,
    pub step_ends: Option<i64>,
    pub created: i64,
    pub expires: i64,
    pub since: i64,
    pub wrap_until: Option<i64>,
    pub conversation: bool,
    pub refused: Vec<(usize, i64)>,
    pub offers: i64,
    pub told: bool,
    pub worker: Option<usize>,
    /// `skip_if` is still to be asked.
    pub fresh: bool,
}

#[derive(Debug, Clone)]
pub struct SlowOffer {
    /// Learned from the router after the step.
    pub id: Option<ReservationId>,
    pub task: TaskId,
    pub worker: usize,
    pub channel: usize,
    pub status: ReservationStatus,
    pub slot: Option<i64>,
    pub offer_no: i64,
    pub deadline: i64,
    pub losers: Vec<(usize, Rule)>,
}

#[derive(Debug, Clone)]
pub struct Slow {
    pub now: i64,
    pub reoffer: i64,
    pub wrap_up: i64,
    pub offer_time: i64,
    pub hours: Vec<SlowHours>,
    pub queues: Vec<SlowQueue>,
    pub workflow: SlowWorkflow,
    pub workers: Vec<SlowWorker>,
    pub tasks: Vec<SlowTask>,
    pub offers: Vec<SlowOffer>,
    /// Ids the router gave to tasks of lost agents, in order.
    pub fresh_ids: VecDeque<TaskId>,
}

impl Slow {
    pub fn task(&mut self, id: TaskId) -> &mut SlowTask {
        let task = self.tasks.iter_mut().find(|task| task.id == id);
        task.expect("a task of the model")
    }

    pub fn pending(&self, id: TaskId) -> Vec<usize> {
        let all = 0..self.offers.len();
        all.filter(|no| self.offers[*no].task == id && self.offers[*no].status == ReservationStatus::Pending).collect()
    }

    pub fn waits(task: &SlowTask) -> bool {
        matches!(task.status, TaskStatus::Pending | TaskStatus::Reserved)
    }

    pub fn step(&self, route: Route) -> Option<&SlowTarget> {
        match route {
            Route::Step(None, _) => self.workflow.default.as_ref(),
            Route::Step(Some(filter), target) => self.workflow.filters.get(filter)?.targets.get(target),
            _ => None,
        }
    }

    /// Where a task stands, if the workflow still has that place.
    pub fn target(&self, task: &SlowTask) -> Option<&SlowTarget> {
        self.step(task.route).filter(|target| Some(target.queue) == task.queue)
    }

    fn place(&self, task: &SlowTask) -> (i64, bool, i64, TaskId) {
        let lifo = task.queue.is_some_and(|queue| self.queues[queue].lifo);
        let since = if lifo { -task.since } else { task.since };
        (-task.priority, lifo, since, task.id)
    }

    fn belongs(&self, queue: usize, worker: usize) -> bool {
        let worker = &self.workers[worker];
        match self.queues[queue].skill {
            Skill::Everybody => true,
            Skill::Nobody => false,
            Skill::Speaks(language) => worker.languages.contains(&language),
            Skill::Level(level) => worker.level >= level,
        }
    }

    fn has_skill(&self, task: &SlowTask, worker: usize) -> bool {
        match task.route {
            Route::Worker(only) => only == worker,
            Route::Queue(queue) => self.belongs(queue, worker),
            Route::Step(..) => self.target(task).is_some_and(|target| {
                let known = target.known.is_none() || task.friend == Some(worker);
                let level = !target.level_for_tier || self.workers[worker].level >= task.tier;
                self.belongs(target.queue, worker) && known && level
            }),
        }
    }

    fn there(&self, worker: usize) -> bool {
        !self.workers[worker].has_user || self.workers[worker].connected
    }

    fn slots(&self, worker: usize, channel: usize) -> Vec<i64> {
        let held = self.offers.iter().filter(|offer| offer.worker == worker && offer.channel == channel && offer.status.open());
        held.filter_map(|offer| offer.slot).collect()
    }

    fn rule_against(&self, task: &SlowTask, worker: usize) -> Option<Rule> {
        let holds = self.offers.iter().any(|offer| offer.task == task.id && offer.worker == worker && offer.status.open());
        let used = self.slots(worker, task.channel).len() as i64;
        if !self.has_skill(task, worker) {
            Some(Rule::Skill)
        } else if self.workers[worker].activity != 0 && !task.ignore_capacity {
            Some(Rule::Activity)
        } else if !self.there(worker) {
            Some(Rule::Connection)
        } else if holds {
            Some(Rule::Held)
        } else if used >= self.workers[worker].capacity[task.channel] && !task.ignore_capacity {
            Some(Rule::Capacity)
        } else {
            None
        }
    }

    fn refused_at(task: &SlowTask, worker: usize) -> Option<i64> {
        let refusal = task.refused.iter().find(|(who, _)| *who == worker);
        refusal.map(|(_, at)| *at)
    }

    /// Those who refused come only when no offer stands and nobody else could have it.
    fn best(&self, task: &SlowTask) -> Option<usize> {
        if self.shut_out(task) {
            return None;
        }
        let able: Vec<usize> = (0..self.workers.len()).filter(|worker| self.rule_against(task, *worker).is_none()).collect();
        let order = |worker: &usize| {
            let best_first = self.target(task).is_some_and(|target| target.best_first);
            let level = if best_first { -self.workers[*worker].level } else { 0 };
            (level, self.workers[*worker].idle_since, self.workers[*worker].id)
        };
        let willing = able.iter().filter(|worker| Self::refused_at(task, **worker).is_none());
        if let Some(first) = willing.min_by_key(|worker| order(worker)) {
            return Some(*first);
        }
        if !self.pending(task.id).is_empty() {
            return None;
        }
        let asked_again = able
            .iter()
            .filter_map(|worker| Some((Self::refused_at(task, *worker)?, *worker)))
            .filter(|(at, _)| at + self.reoffer <= self.now);
        let first = asked_again.min_by_key(|(at, worker)| (*at, order(worker)));
        first.map(|(_, worker)| worker)
    }

    pub fn room(&self, task: &SlowTask) -> bool {
        let max = match (task.route, task.queue) {
            (Route::Worker(_), _) | (_, None) => 1,
            (_, Some(queue)) => self.queues[queue].max,
        };
        Self::waits(task) && self.pending(task.id).len() < max
    }

    pub fn settle(&mut self) {
        loop {
            let mut line: Vec<&SlowTask> = self.tasks.iter().filter(|task| self.room(task)).collect();
            line.sort_by_key(|task| self.place(task));
            let match_made = line.iter().find_map(|task| Some((task.id, self.best(task)?)));
            if let Some((task, worker)) = match_made {
                self.reserve(task, worker);
                continue;
            }
            let fresh = self.tasks.iter().filter(|task| task.fresh);
            let Some(id) = fresh.min_by_key(|task| self.place(task)).map(|task| task.id) else {
                return;
            };
            self.judge_step(id);
        }
    }

    fn losers(&self, task: &SlowTask, winner: usize) -> Vec<(usize, Rule)> {
        let others = (0..self.workers.len()).filter(|worker| *worker != winner);
        let rule = |worker: usize| {
            if let Some(rule) = self.rule_against(task, worker) {
                return rule;
            }
            match Self::refused_at(task, worker) {
                None => Rule::Order,
                Some(_) if Self::refused_at(task, winner).is_none() => Rule::RejectedRecently,
                Some(at) if at + self.reoffer > self.now => Rule::RejectedRecently,
                Some(_) => Rule::Order,
            }
        };
        others.map(|worker| (worker, rule(worker))).collect()
    }

    fn reserve(&mut self, id: TaskId, worker: usize) {
        let task = self.task(id).clone();
        let slots = self.slots(worker, task.channel);
        let taken: Vec<i64> = self.pending(id).iter().map(|no| self.offers[*no].offer_no).collect();
        let wait = if task.in_workflow { self.offer_time } else { 120 };
        self.offers.push(SlowOffer {
            id: None,
            task: id,
            worker,
            channel: task.channel,
            status: ReservationStatus::Pending,
            slot: (!task.ignore_capacity).then(|| (0..).find(|no| !slots.contains(no)).unwrap_or(0)),
            offer_no: (0..).find(|no| !taken.contains(no)).unwrap_or(0),
            deadline: self.now + wait,
            losers: self.losers(&task, worker),
        });
        let task = self.task(id);
        task.offers += i64::from(task.status == TaskStatus::Pending);
        task.status = TaskStatus::Reserved;
    }

    fn judge_step(&mut self, id: TaskId) {
        self.task(id).fresh = false;
        let task = self.task(id).clone();
        if !Self::waits(&task) || !self.pending(id).is_empty() {
            return;
        }
        if let Some(route) = self.way_round(&task) {
            self.enter(id, route);
            return;
        }
        let skips = self.target(&task).is_some_and(|target| {
            let nobody = (0..self.workers.len())
                .all(|worker| !self.belongs(target.queue, worker) || self.workers[worker].activity != 0 || !self.there(worker));
            target.skip || target.skip_if_none && nobody
        });
        if !skips {
            let there = |worker: usize| self.has_skill(&task, worker) && self.workers[worker].activity == 0 && self.there(worker);
            let nobody = task.offers == 0 || self.shut_out(&task) || !(0..self.workers.len()).any(there);
            self.task(id).told |= nobody && task.conversation;
            return;
        }
        let default = match (task.route, &self.workflow.default) {
            (Route::Step(Some(_), _), Some(_)) => Some(Route::Step(None, 0)),
            _ => None,
        };
        match self.next_step(&task).or(default) {
            Some(route) => self.enter(id, route),
            None => self.end(id, TaskStatus::Canceled),
        }
    }

    fn matching(&self, task: &SlowTask, from: usize) -> Option<Route> {
        let filters = (from..self.workflow.filters.len()).find(|no| self.workflow.filters[*no].kind.is_none_or(|kind| kind == task.kind));
        filters.map(|no| Route::Step(Some(no), 0))
    }

    pub fn first_step(&self, task: &SlowTask) -> Option<Route> {
        let default = self.workflow.default.as_ref().map(|_| Route::Step(None, 0));
        self.matching(task, 0).or(default)
    }

    pub fn next_step(&self, task: &SlowTask) -> Option<Route> {
        let Route::Step(Some(filter), target) = task.route else {
            return None;
        };
        let next = Route::Step(Some(filter), target + 1);
        if self.step(next).is_some() {
            return Some(next);
        }
        self.matching(task, filter + 1)
    }

    pub fn enter(&mut self, id: TaskId, route: Route) {
        let target = self.step(route).cloned();
        let ends = target.as_ref().and_then(|target| Some(self.time_in(target.queue, target.timeout?)));
        let task = self.task(id);
        task.route = route;
        task.fresh = true;
        task.step_ends = None;
        if let Route::Queue(queue) = route {
            task.queue = Some(queue);
        }
        if let Some(target) = target {
            task.queue = Some(target.queue);
            task.priority = target.priority.unwrap_or(task.priority);
            if matches!(route, Route::Step(Some(_), _)) {
                task.step_ends = ends;
            }
        }
    }

    /// Into the queue it was sent to, or through its workflow from the top.
    pub fn restart(&mut self, id: TaskId) {
        let task = self.task(id).clone();
        if let Some(queue) = task.routing_queue {
            self.enter(id, Route::Queue(queue));
        } else if let Some(route) = self.first_step(&task).filter(|_| task.in_workflow) {
            self.enter(id, route);
        } else {
            self.end(id, TaskStatus::Canceled);
        }
    }

    pub fn give_back(&mut self, id: TaskId) {
        self.task(id).ignore_capacity = false;
        self.restart(id);
    }

    pub fn end_offer(&mut self, no: usize, status: ReservationStatus) {
        if self.offers[no].status != ReservationStatus::Pending {
            let worker = self.offers[no].worker;
            self.workers[worker].idle_since = self.now;
        }
        self.offers[no].status = status;
    }

    pub fn end(&mut self, id: TaskId, status: TaskStatus) {
        for no in 0..self.offers.len() {
            if self.offers[no].task == id && self.offers[no].status.open() {
                let pending = self.offers[no].status == ReservationStatus::Pending;
                let end = if pending { ReservationStatus::Canceled } else { ReservationStatus::Completed };
                self.end_offer(no, end);
            }
        }
        let task = self.task(id);
        task.status = status;
        task.fresh = false;
    }

    pub fn refuse(&mut self, no: usize, status: ReservationStatus) {
        let (id, worker, now) = (self.offers[no].task, self.offers[no].worker, self.now);
        self.end_offer(no, status);
        let task = self.task(id);
        task.refused.retain(|(who, _)| *who != worker);
        task.refused.push((worker, now));
        self.back_to_line(id);
    }

    pub fn back_to_line(&mut self, id: TaskId) {
        let task = self.task(id).clone();
        if task.status != TaskStatus::Reserved || !self.pending(id).is_empty() {
            return;
        }
        self.task(id).status = TaskStatus::Pending;
        self.task(id).fresh = true;
        match task.route {
            Route::Worker(worker) if Self::refused_at(&task, worker).is_some() => self.give_back(id),
            Route::Step(..) if self.target(&task).is_none() => self.restart(id),
            _ if task.step_ends.is_some_and(|at| at <= self.now) => self.step_over(id),
            _ => {}
        }
    }
}
