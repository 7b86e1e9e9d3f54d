//! Queues that are closed offer nothing. What waits there keeps its place, its time passes only while the queue is open, and it goes
//! on to a later target of its filter where that one is open.

use std::collections::BTreeSet;

use calendar::{Because, Moment};
use model::{BusinessHours, BusinessHoursId, Closed, Task, TaskId, TaskQueueId, Timestamp};

use crate::advance::Step;
use crate::deadline::Due;
use crate::line::Pool;
use crate::router::Router;
use crate::state::TaskState;
use crate::turn::Turn;

#[derive(Debug, Clone)]
pub(crate) struct HoursState {
    pub row: BusinessHours,
    /// As of the last change.
    pub moment: Moment,
}

impl HoursState {
    pub fn new(row: BusinessHours, now: Timestamp) -> Self {
        Self { moment: calendar::look(&row, now), row }
    }

    /// Nobody has looked yet: that is due before anything else happens.
    pub fn stored(row: BusinessHours) -> Self {
        let moment = Moment { open: true, until: Some(Timestamp::default()), because: Because::Weekly, name: String::new() };
        Self { moment, row }
    }
}

impl Router {
    pub(crate) fn keep_hours(&mut self, hours: HoursState) {
        let id = hours.row.id;
        self.deadlines.extend(hours.moment.until.map(|at| (at, Due::Change(id))));
        self.hours.insert(id, hours);
    }

    pub(crate) fn forget_hours(&mut self, id: BusinessHoursId) {
        if let Some(at) = self.hours.remove(&id).and_then(|hours| hours.moment.until) {
            self.deadlines.remove(&(at, Due::Change(id)));
        }
    }

    /// The hours of a queue that has any.
    fn hours_of(&self, queue: TaskQueueId) -> Option<&HoursState> {
        self.hours.get(&self.queues.get(&queue)?.row.business_hours_id?)
    }

    pub(crate) fn is_closed(&self, queue: TaskQueueId) -> bool {
        self.hours_of(queue).is_some_and(|hours| !hours.moment.open)
    }

    /// That a waiting task's queue is closed, until when, and why: a holiday may have begun since it closed. One for a certain worker asks
    /// no queue.
    pub(crate) fn closed(&self, task: &TaskState, now: Timestamp) -> Option<Closed> {
        let queue = task.row.queue_id.filter(|_| task.row.routing_worker.is_none())?;
        calendar::closed(&self.hours_of(queue)?.row, now)
    }

    /// When time spent in a queue is over.
    pub(crate) fn time_in(&self, queue: TaskQueueId, now: Timestamp, secs: i64) -> Timestamp {
        match self.hours_of(queue) {
            None => now.plus_secs(secs),
            // Nothing opens it within the horizon, so no day has to be looked at.
            Some(HoursState { moment: Moment { open: false, until: None, .. }, .. }) => now.plus_secs(calendar::HORIZON_DAYS * 86_400),
            Some(hours) => calendar::after(&hours.row, now, secs),
        }
    }

    /// That a queue was closed already when a time in it ran out: its hours have changed since the time was reckoned. Where the time
    /// ends as the queue closes, it has run out. Whoever slept then and comes back after the opening says the same.
    pub(crate) fn ran_out_closed(&self, queue: TaskQueueId, deadline: Timestamp) -> bool {
        self.hours_of(queue).is_some_and(|hours| !calendar::is_open(&hours.row, deadline + -1))
    }

    /// Microseconds that count as waiting: those in which the task's queue was open.
    pub(crate) fn open_time(&self, task: &Task, from: Timestamp, to: Timestamp) -> i64 {
        let hours = task.queue_id.filter(|_| task.routing_worker.is_none()).and_then(|queue| self.hours_of(queue));
        hours.map_or_else(|| to.since(from), |hours| calendar::open_between(&hours.row, from, to))
    }

    /// Whether a queue was open all the time between two moments.
    pub(crate) fn open_through(&self, queue: TaskQueueId, from: Timestamp, to: Timestamp) -> bool {
        self.hours_of(queue).is_none_or(|hours| calendar::open_between(&hours.row, from, to) == to.since(from))
    }

    /// Hours begin or end. All that do by now are looked at before anybody is asked what is open.
    pub(crate) fn turn_hours(&mut self, turn: &mut Turn) {
        let closed = self.closed_queues();
        let turning = self.hours.values().filter(|hours| hours.moment.until.is_some_and(|at| at <= turn.now));
        for row in turning.map(|hours| hours.row.clone()).collect::<Vec<_>>() {
            self.forget_hours(row.id);
            self.keep_hours(HoursState::new(row, turn.now));
        }
        self.hours_turned(&closed);
    }

    pub(crate) fn closed_queues(&self) -> BTreeSet<TaskQueueId> {
        let timed = self.queues.values().filter(|queue| queue.row.business_hours_id.is_some());
        timed.map(|queue| queue.row.id).filter(|id| self.is_closed(*id)).collect()
    }

    /// Where other queues are closed than before: the people of those that opened look for tasks, and what waits behind closed doors for
    /// another way.
    pub(crate) fn hours_turned(&mut self, before: &BTreeSet<TaskQueueId>) {
        let closed = self.closed_queues();
        if closed == *before {
            return;
        }
        let waits = |id: &&TaskQueueId| self.lines.of(Pool::Queue(**id)).next().is_some();
        let opened = before.difference(&closed).filter(waits).filter_map(|id| self.queues.get(id));
        let people: BTreeSet<_> = opened.flat_map(|queue| &queue.members).copied().collect();
        let ways = closed.iter().flat_map(|id| self.lines.lines_of(Pool::Queue(*id)));
        let ways =
            ways.filter(|line| line.step().is_some_and(|(workflow, filter, target)| self.open_target(workflow, filter, target).is_some()));
        let leaving: Vec<TaskId> = ways.flat_map(|line| line.places().map(|place| place.task)).collect();
        people.into_iter().for_each(|worker| self.unsettle_worker(worker));
        for task in leaving {
            self.unsettle_step(task);
        }
    }

    /// Leaves out the changes of hours that are none of the queues a task may come to.
    pub(crate) fn forget_hours_beside(&mut self, task: TaskId) {
        let Some(row) = self.tasks.get(&task).map(|task| &task.row) else { return };
        let plan = row.workflow_id.and_then(|id| self.workflows.get(&id)).map(|workflow| &workflow.plan);
        let queues = plan.into_iter().flat_map(|plan| plan.queues()).chain(row.routing_queue);
        let hours: BTreeSet<_> = queues.filter_map(|id| self.queues.get(&id)?.row.business_hours_id).collect();
        self.deadlines.retain(|(_, due)| !matches!(due, Due::Change(id) if !hours.contains(id)));
    }

    /// The first later target of the same filter whose queue is open.
    fn open_target(&self, workflow: model::WorkflowId, filter: Option<i64>, target: i64) -> Option<Step> {
        let plan = &self.workflows.get(&workflow)?.plan;
        filter?;
        let later = (target + 1..).map_while(|target| Some((target, plan.target(filter, target)?)));
        let open = later.filter(|(_, one)| !self.is_closed(one.queue)).map(|(target, _)| Step { filter, target });
        open.take(1).next()
    }

    /// Where a task goes on to whose queue is closed.
    pub(crate) fn way_round(&self, task: &TaskState) -> Option<Step> {
        let queue = task.row.queue_id?;
        if !self.is_closed(queue) || self.target(task).is_none() {
            return None;
        }
        self.open_target(task.row.workflow_id?, task.row.filter, task.row.target)
    }
}
