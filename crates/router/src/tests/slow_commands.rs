//! Commands of the slow model. Each answers whether it was taken.

use ::model::*;

use super::slow_model::{Route, Slow, SlowTask, SlowWorkflow};

impl Slow {
    pub fn request(&mut self, mut task: SlowTask) -> bool {
        if matches!(task.route, Route::Step(..)) {
            let Some(route) = self.first_step(&task) else {
                return false;
            };
            task.in_workflow = true;
            task.expires = self.step(route).map_or(task.expires, |target| self.time_in(target.queue, task.expires - task.created));
            self.tasks.push(task.clone());
            self.enter(task.id, route);
            return true;
        }
        if let Some(queue) = task.routing_queue {
            task.expires = self.time_in(queue, task.expires - task.created);
        }
        self.tasks.push(task);
        true
    }

    fn offer(&self, id: ReservationId) -> Option<usize> {
        self.offers.iter().position(|offer| offer.id == Some(id) && offer.status == ReservationStatus::Pending)
    }

    pub fn accept(&mut self, id: ReservationId) -> bool {
        let Some(no) = self.offer(id) else {
            return false;
        };
        let (task, worker, now) = (self.offers[no].task, self.offers[no].worker, self.now);
        self.offers[no].status = ReservationStatus::Accepted;
        for sibling in self.pending(task) {
            self.end_offer(sibling, ReservationStatus::Rescinded);
        }
        self.workers[worker].idle_since = now;
        let task = self.task(task);
        task.status = TaskStatus::Assigned;
        task.worker = Some(worker);
        task.step_ends = None;
        true
    }

    pub fn reject(&mut self, id: ReservationId, activity: Option<usize>) -> bool {
        let Some(no) = self.offer(id) else {
            return false;
        };
        let worker = self.offers[no].worker;
        self.refuse(no, ReservationStatus::Rejected);
        if let Some(activity) = activity {
            self.set_activity(worker, activity);
        }
        true
    }

    /// As refused by its worker, who stays as they are.
    pub fn withdraw(&mut self, id: ReservationId) -> bool {
        let offer = self.offer(id);
        if let Some(no) = offer {
            self.refuse(no, ReservationStatus::Canceled);
        }
        offer.is_some()
    }

    pub fn set_activity(&mut self, worker: usize, activity: usize) -> bool {
        if self.workers[worker].activity == activity {
            return true;
        }
        self.workers[worker].activity = activity;
        if activity != 0 {
            for no in 0..self.offers.len() {
                let offer = &self.offers[no];
                if offer.worker == worker && offer.status == ReservationStatus::Pending {
                    self.refuse(no, ReservationStatus::Rejected);
                }
            }
        }
        true
    }

    fn status(&mut self, id: TaskId) -> TaskStatus {
        self.task(id).status
    }

    fn held(&mut self, id: TaskId) -> bool {
        let status = self.status(id);
        matches!(status, TaskStatus::Assigned | TaskStatus::Wrapping)
    }

    pub fn wrap(&mut self, id: TaskId) -> bool {
        if self.status(id) != TaskStatus::Assigned {
            return false;
        }
        for offer in &mut self.offers {
            if offer.task == id && offer.status == ReservationStatus::Accepted {
                offer.status = ReservationStatus::Wrapping;
            }
        }
        let until = self.now + self.wrap_up;
        let task = self.task(id);
        task.status = TaskStatus::Wrapping;
        task.wrap_until = Some(until);
        true
    }

    pub fn complete(&mut self, id: TaskId) -> bool {
        let held = self.held(id);
        if held {
            self.end(id, TaskStatus::Completed);
        }
        held
    }

    pub fn cancel(&mut self, id: TaskId) -> bool {
        let waits = !self.held(id) && !self.status(id).ended();
        if waits {
            self.end(id, TaskStatus::Canceled);
        }
        waits
    }

    pub fn update(&mut self, id: TaskId, priority: i64) -> bool {
        let open = !self.status(id).ended();
        if open {
            self.task(id).priority = priority;
        }
        open
    }

    pub fn transfer(&mut self, id: TaskId, to: Route, by: Option<usize>, new: TaskId) -> bool {
        let held = self.held(id);
        let holder = self.task(id).worker.filter(|_| held);
        if holder.is_some() && Route::Worker(holder.unwrap_or_default()) == to {
            return false;
        }
        let passing: Vec<usize> = holder.into_iter().chain(by).collect();
        self.hand_on(id, to, &passing, new)
    }

    /// To a worker, a queue, or (any step) through the workflow again.
    pub fn hand_on(&mut self, id: TaskId, to: Route, passing: &[usize], new: TaskId) -> bool {
        if self.status(id).ended() {
            return false;
        }
        let now = self.now;
        let mut id = id;
        if self.held(id) {
            let old = self.task(id).clone();
            self.end(id, TaskStatus::Completed);
            self.tasks.push(SlowTask {
                id: new,
                status: TaskStatus::Pending,
                step_ends: None,
                created: now,
                expires: now + old.expires - old.created,
                wrap_until: None,
                refused: Vec::new(),
                offers: 0,
                told: false,
                worker: None,
                ..old
            });
            id = new;
        } else {
            for no in self.pending(id) {
                self.end_offer(no, ReservationStatus::Rescinded);
            }
            self.task(id).status = TaskStatus::Pending;
        }
        for worker in passing {
            let task = self.task(id);
            task.refused.retain(|(who, _)| who != worker);
            task.refused.push((*worker, now));
        }
        let offer_time = self.offer_time;
        let task = self.task(id);
        match to {
            Route::Worker(worker) => {
                let wait = if task.in_workflow { offer_time } else { 120 };
                let has_way = task.in_workflow || task.routing_queue.is_some();
                task.route = to;
                task.ignore_capacity = false;
                task.step_ends = has_way.then_some(now + wait);
                task.refused.retain(|(who, _)| *who != worker);
                task.fresh = true;
            }
            Route::Queue(queue) => {
                task.ignore_capacity = false;
                task.routing_queue = Some(queue);
                self.restart(id);
            }
            Route::Step(..) => {
                // There is one workflow: also what was routed directly goes through it now.
                task.in_workflow = true;
                task.routing_queue = None;
                task.ignore_capacity = false;
                self.restart(id);
            }
        }
        true
    }

    pub fn gone(&mut self, worker: usize) -> bool {
        self.workers[worker].connected = false;
        let mut held: Vec<usize> = (0..self.offers.len()).collect();
        held.retain(|no| self.offers[*no].worker == worker && self.offers[*no].status.open());
        held.sort_by_key(|no| self.offers[*no].id);
        for no in held {
            let id = self.offers[no].task;
            let status = self.offers[no].status;
            match status {
                ReservationStatus::Pending => {
                    self.end_offer(no, ReservationStatus::Rescinded);
                    self.back_to_line(id);
                }
                ReservationStatus::Wrapping => self.end(id, TaskStatus::Completed),
                _ if self.task(id).conversation => {
                    let new = self.fresh_ids.pop_front().expect("the router moved it too");
                    self.hand_on(id, Route::Step(None, 0), &[], new);
                }
                _ => {
                    self.end_offer(no, ReservationStatus::Canceled);
                    let now = self.now;
                    let task = self.task(id);
                    task.status = TaskStatus::Pending;
                    task.worker = None;
                    task.expires = now + task.expires - task.created;
                    if !matches!(task.route, Route::Worker(_)) {
                        self.restart(id);
                    }
                }
            }
        }
        true
    }

    /// Refused where a waiting task would have no way at all.
    pub fn put_workflow(&mut self, to: &SlowWorkflow, offer_time: i64, re_evaluate: bool) -> bool {
        let on_their_way = self.tasks.iter().filter(|task| Self::waits(task) && matches!(task.route, Route::Step(..)));
        let on_their_way: Vec<SlowTask> = on_their_way.cloned().collect();
        let fits = |task: &SlowTask| to.filters.iter().any(|filter| filter.kind.is_none_or(|kind| kind == task.kind));
        let changed = self.workflow != *to;
        if changed && to.default.is_none() && !on_their_way.iter().all(fits) {
            return false;
        }
        self.workflow = to.clone();
        self.offer_time = offer_time;
        for task in on_their_way {
            let lost = self.target(&task).is_none();
            if changed && task.status == TaskStatus::Pending && (re_evaluate || lost) {
                self.restart(task.id);
            } else if changed && self.way_round(&task).is_some() {
                self.task(task.id).fresh = true;
            }
        }
        true
    }
}
