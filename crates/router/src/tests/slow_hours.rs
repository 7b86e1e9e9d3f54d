//! Business hours of the slow model: always open but for closures, gone through second by second.

use ::model::*;

use super::slow_model::{Route, Slow, SlowTask};

#[derive(Debug, Clone)]
pub struct SlowHours {
    pub id: BusinessHoursId,
    pub closures: Vec<SlowClosure>,
    /// As of the last look, and when that changes.
    pub closed: bool,
    pub turns: Option<i64>,
}

/// From, until; none = until further notice.
pub type SlowClosure = (i64, Option<i64>);

/// No closure begins or ends after this second.
pub const LAST: i64 = 600;
/// Farther than this nobody looks.
const HORIZON: i64 = 400 * 86_400;

impl SlowHours {
    pub fn new(id: BusinessHoursId, closures: Vec<SlowClosure>) -> Self {
        let mut hours = Self { id, closures, closed: false, turns: None };
        hours.look(0);
        hours
    }

    fn closed_at(&self, second: i64) -> bool {
        self.closures.iter().any(|(from, until)| *from <= second && until.is_none_or(|until| second < until))
    }

    fn look(&mut self, now: i64) {
        self.closed = self.closed_at(now);
        self.turns = (now + 1..=LAST).find(|second| self.closed_at(*second) != self.closed);
    }

    /// When so many open seconds are over.
    fn after(&self, now: i64, seconds: i64) -> i64 {
        let mut left = seconds;
        for second in now..LAST {
            if left == 0 {
                return second;
            }
            left -= i64::from(!self.closed_at(second));
        }
        if left > 0 && self.closed_at(LAST) { now + HORIZON } else { now.max(LAST) + left }
    }
}

impl Slow {
    fn hours_of(&self, queue: usize) -> Option<&SlowHours> {
        self.queues[queue].hours.map(|no| &self.hours[no])
    }

    pub fn is_closed(&self, queue: usize) -> bool {
        self.hours_of(queue).is_some_and(|hours| hours.closed)
    }

    /// Whether it waits behind closed doors: whoever was asked for directly is asked whatever the hour.
    pub fn shut_out(&self, task: &SlowTask) -> bool {
        !matches!(task.route, Route::Worker(_)) && task.queue.is_some_and(|queue| self.is_closed(queue))
    }

    pub fn time_in(&self, queue: usize, seconds: i64) -> i64 {
        self.hours_of(queue).map_or(self.now + seconds, |hours| hours.after(self.now, seconds))
    }

    /// The hours have changed since the time was reckoned: it was closed already in the second before.
    pub fn ran_out_closed(&self, queue: usize, deadline: i64) -> bool {
        self.hours_of(queue).is_some_and(|hours| hours.closed_at(deadline - 1))
    }

    /// A later target of the same filter that is open.
    pub fn way_round(&self, task: &SlowTask) -> Option<Route> {
        let Route::Step(Some(filter), target) = task.route else {
            return None;
        };
        if !self.shut_out(task) || self.target(task).is_none() {
            return None;
        }
        let targets = &self.workflow.filters[filter].targets;
        let open = (target + 1..targets.len()).find(|no| !self.is_closed(targets[*no].queue));
        open.map(|target| Route::Step(Some(filter), target))
    }

    fn closed_queues(&self) -> Vec<usize> {
        (0..self.queues.len()).filter(|queue| self.is_closed(*queue)).collect()
    }

    pub fn put_hours(&mut self, no: usize, closures: &[SlowClosure]) -> bool {
        let (before, now) = (self.closed_queues(), self.now);
        self.hours[no].closures = closures.to_vec();
        self.hours[no].look(now);
        self.hours_turned(&before);
        true
    }

    pub fn turn_hours(&mut self) {
        let (before, now) = (self.closed_queues(), self.now);
        self.hours.iter_mut().for_each(|hours| hours.look(now));
        self.hours_turned(&before);
    }

    /// Where other queues are closed than before, what waits looks for another way.
    fn hours_turned(&mut self, before: &[usize]) {
        if self.closed_queues() == before {
            return;
        }
        for no in 0..self.tasks.len() {
            let leaves = self.room(&self.tasks[no]) && self.way_round(&self.tasks[no]).is_some();
            self.tasks[no].fresh |= leaves;
        }
    }
}
