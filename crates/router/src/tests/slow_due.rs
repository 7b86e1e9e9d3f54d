//! What falls due in the slow model.

use ::model::*;

use super::slow_model::{Route, Slow, SlowTask};

impl Slow {
    pub fn step_over(&mut self, id: TaskId) {
        let task = self.task(id).clone();
        if matches!(task.route, Route::Worker(_)) {
            self.give_back(id);
        } else if let Some((queue, timeout)) = self.stays(&task) {
            let ends = timeout.map(|timeout| self.time_in(queue, timeout));
            self.task(id).step_ends = ends;
        } else if let Some(route) = self.next_step(&task) {
            self.enter(id, route);
        } else {
            self.end(id, TaskStatus::Canceled);
        }
    }

    /// The queue and time of a step that ran out behind closed doors.
    fn stays(&self, task: &SlowTask) -> Option<(usize, Option<i64>)> {
        let target = self.target(task)?;
        self.ran_out_closed(target.queue, task.step_ends?).then_some((target.queue, target.timeout))
    }

    fn expire(&mut self, id: TaskId) {
        let task = self.task(id).clone();
        let queue = task.queue.filter(|queue| !matches!(task.route, Route::Worker(_)) && self.ran_out_closed(*queue, task.expires));
        match queue {
            Some(queue) => {
                let own = (task.expires - task.created).clamp(1, 86_400);
                self.task(id).expires = self.time_in(queue, own);
            }
            None => self.end(id, TaskStatus::Canceled),
        }
    }

    /// Everything due, one after another by its time.
    pub fn due(&mut self) {
        loop {
            let mut due = Vec::new();
            for hours in &self.hours {
                due.extend(hours.turns.map(|at| (at, -1, hours.id.to_string(), TaskId(Default::default()), 0)));
            }
            for task in &self.tasks {
                if Self::waits(task) {
                    due.push((task.expires, 0, task.id.to_string(), task.id, 0));
                }
                if let Some(at) = task.step_ends.filter(|_| task.status == TaskStatus::Pending) {
                    due.push((at, 2, task.id.to_string(), task.id, 0));
                }
                if let Some(at) = task.wrap_until.filter(|_| task.status == TaskStatus::Wrapping) {
                    due.push((at, 3, task.id.to_string(), task.id, 0));
                }
            }
            for (no, offer) in self.offers.iter().enumerate() {
                if offer.status == ReservationStatus::Pending {
                    let name = offer.id.map(|id| id.to_string()).unwrap_or_default();
                    due.push((offer.deadline, 1, name, offer.task, no));
                }
            }
            due.retain(|(at, ..)| *at <= self.now);
            let Some((_, kind, _, task, no)) = due.into_iter().min() else {
                return;
            };
            match kind {
                -1 => self.turn_hours(),
                0 => self.expire(task),
                1 => self.miss(no),
                2 => self.step_over(task),
                _ => self.end(task, TaskStatus::Completed),
            }
        }
    }

    fn miss(&mut self, no: usize) {
        let worker = self.offers[no].worker;
        self.refuse(no, ReservationStatus::Timeout);
        if self.workers[worker].activity == 0 {
            self.workers[worker].activity = 2;
        }
    }
}
