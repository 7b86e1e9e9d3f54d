//! A task's way through its workflow: filters from the top, targets one after another, then the next filter that matches.

use expression::Json;
use model::{Because, Reading, ReservationStatus, RoutingEventKind, Task, TaskId, TaskNews, TaskOutcome, TaskStatus, WorkflowId};
use serde_json::Value;

use crate::TASK_TIMEOUT_S;
use crate::router::Router;
use crate::state::TaskState;
use crate::turn::Turn;

/// A step of a workflow; `filter = None` is the default filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub filter: Option<i64>,
    pub target: i64,
}

/// Whether a task has come into a step of this workflow. Rows that were written before this was noted say so by their filter alone.
fn is_in(row: &Task, workflow: Option<WorkflowId>) -> bool {
    row.entered_workflow == workflow || row.entered_workflow.is_none() && row.filter.is_some()
}

impl Router {
    /// The first filter at or below `from` that matches.
    pub(crate) fn match_filter(&self, workflow: WorkflowId, attributes: &Value, from: i64) -> Option<Step> {
        let plan = &self.workflows.get(&workflow)?.plan;
        let from = usize::try_from(from).ok()?;
        let mut below = plan.filters.iter().enumerate().skip(from);
        let (no, _) = below.find(|(_, filter)| filter.expression.matches(&Json(attributes)))?;
        Some(Step { filter: Some(no as i64), target: 0 })
    }

    fn default_step(&self, workflow: WorkflowId) -> Option<Step> {
        let plan = &self.workflows.get(&workflow)?.plan;
        plan.default.as_ref().map(|_| Step { filter: None, target: 0 })
    }

    /// Where a workflow begins for a task.
    pub(crate) fn first_step(&self, workflow: WorkflowId, attributes: &Value) -> Option<Step> {
        let step = self.match_filter(workflow, attributes, 0);
        step.or_else(|| self.default_step(workflow))
    }

    /// Sends a waiting task through its workflow from the top, or into the queue it was routed to.
    /// A task that fits nowhere any more is canceled.
    pub(crate) fn restart(&mut self, id: TaskId, because: Because, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id) else {
            return;
        };
        let now = turn.now;
        if let Some(queue) = task.row.routing_queue {
            self.change_task(id, turn, |row| {
                row.queue_id = Some(queue);
                row.filter = None;
                row.target = 0;
                row.target_entered_at = now;
                row.target_deadline_at = None;
            });
            self.note_visit(id, because, turn);
            self.unsettle_step(id);
            return;
        }
        let workflow = task.row.workflow_id;
        match workflow.and_then(|workflow| self.first_step(workflow, task.attributes())) {
            Some(step) => self.enter(id, step, because, turn),
            None => self.give_up(id, "no filter matches", TaskOutcome::Canceled, turn),
        }
    }

    pub(crate) fn enter(&mut self, id: TaskId, step: Step, because: Because, turn: &mut Turn) {
        let workflow = self.tasks.get(&id).and_then(|task| task.row.workflow_id);
        let plan = workflow.and_then(|id| self.workflows.get(&id));
        let plan = plan.map(|workflow| workflow.plan.clone());
        let target = plan.as_ref().and_then(|plan| plan.target(step.filter, step.target));
        let Some(target) = target else {
            return;
        };
        let (now, new) = (turn.now, self.tasks.get(&id).is_some_and(|task| workflow.is_some() && !is_in(&task.row, workflow)));
        // A task in the default filter waits there until its own time is over.
        let over_at = step.filter.and(target.timeout_s).map(|timeout| self.time_in(target.queue, now, timeout));
        self.change_task(id, turn, |row| {
            row.queue_id = Some(target.queue);
            row.priority = target.priority.unwrap_or(row.priority);
            row.filter = step.filter;
            row.target = step.target;
            row.target_entered_at = now;
            row.target_deadline_at = over_at;
            row.entered_workflow = workflow;
        });
        self.target_entered(id, new, turn);
        self.note_visit(id, because, turn);
        self.unsettle_step(id);
    }

    pub(crate) fn unsettle_step(&mut self, id: TaskId) {
        self.unsettled.tasks.insert(id);
        self.unsettled.steps.insert(id);
    }

    /// Whether the end of its target's time ends a task's offers, too. What one worker was asked for is in no target.
    pub(crate) fn ends_offers(&self, task: &TaskState) -> bool {
        task.row.routing_worker.is_none() && self.settings.reads(Reading::TimeoutEndsOffers)
    }

    /// The target's time is over and no offer stands, or none is waited for.
    pub(crate) fn leave_in_time(&mut self, id: TaskId, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id) else {
            return;
        };
        let interrupted = task.row.status == TaskStatus::Reserved && self.ends_offers(task);
        if task.row.status != TaskStatus::Pending && !interrupted {
            return;
        }
        if task.row.routing_worker.is_some() {
            self.give_back(id, turn);
            return;
        }
        let deadline = task.row.target_deadline_at.unwrap_or(turn.now);
        if let Some(target) = self.target(task).filter(|target| self.ran_out_closed(target.queue, deadline)) {
            // It has its time anew, from the next opening.
            let over_at = target.timeout_s.map(|timeout| self.time_in(target.queue, turn.now, timeout));
            self.change_task(id, turn, |row| row.target_deadline_at = over_at);
            return;
        }
        if interrupted {
            // It comes back here once it is in line again, if its way still leads on from where it stood.
            self.rescind_offers(id, turn);
            self.return_to_line(id, turn);
            return;
        }
        self.task_happened(RoutingEventKind::QueueTimeout, id, turn);
        match self.next_step(id) {
            Some(step) => self.enter(id, step, Because::Timeout, turn),
            None => {
                self.task_happened(RoutingEventKind::WorkflowTimeout, id, turn);
                self.give_up(id, "workflow timeout", TaskOutcome::TimedOut, turn);
            }
        }
    }

    /// `skip_if` holds: a filter left by skipping counts as not matched, so the default filter is still open.
    pub(crate) fn leave_skipped(&mut self, id: TaskId, turn: &mut Turn) {
        self.task_happened(RoutingEventKind::WorkflowSkipped, id, turn);
        let in_default = self.tasks.get(&id).is_some_and(|task| task.row.filter.is_none());
        let workflow = self.tasks.get(&id).and_then(|task| task.row.workflow_id);
        let default = workflow.filter(|_| !in_default).and_then(|workflow| self.default_step(workflow));
        match self.next_step(id).or(default) {
            Some(step) => self.enter(id, step, Because::Skipped, turn),
            None => self.give_up(id, "workflow skipped", TaskOutcome::Canceled, turn),
        }
    }

    /// The next target of the filter, else the next filter below that matches.
    fn next_step(&self, id: TaskId) -> Option<Step> {
        let task = self.tasks.get(&id)?;
        let workflow = task.row.workflow_id?;
        let filter = task.row.filter?;
        let next = task.row.target + 1;
        let plan = &self.workflows.get(&workflow)?.plan;
        if plan.target(Some(filter), next).is_some() {
            return Some(Step { filter: Some(filter), target: next });
        }
        self.match_filter(workflow, task.attributes(), filter + 1)
    }

    /// The worker asked for directly will not have it: it takes the way of all tasks.
    pub(crate) fn give_back(&mut self, id: TaskId, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id) else {
            return;
        };
        if task.row.workflow_id.is_none() && task.row.routing_queue.is_none() {
            let there = task.row.routing_worker.is_some_and(|worker| self.workers.contains_key(&worker));
            if there && self.settings.reads(Reading::DirectRefusalWaits) {
                return;
            }
            let reason = "routing target refused";
            self.give_up(id, reason, TaskOutcome::Canceled, turn);
            return;
        }
        self.change_task(id, turn, |row| {
            row.routing_worker = None;
            row.ignore_capacity = false;
            row.target_deadline_at = None;
        });
        self.restart(id, Because::Returned, turn);
    }

    /// Cancels a waiting task and tells its conversation.
    pub(crate) fn give_up(&mut self, id: TaskId, reason: &str, outcome: TaskOutcome, turn: &mut Turn) {
        let conversation = self.end_task(id, TaskStatus::Canceled, Some(reason), turn);
        turn.news(conversation, TaskNews::Ended { task_id: id, outcome, reason: reason.to_string() });
    }

    /// Nobody ended it for a day: it is deleted, and its reservation with it.
    pub(crate) fn delete_overdue(&mut self, id: TaskId, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id).filter(|task| task.row.status == TaskStatus::Assigned) else { return };
        if let Some(accepted) = task.accepted {
            self.end_reservation(accepted, ReservationStatus::Canceled, None, turn);
        }
        self.end_task_as(id, TaskStatus::Canceled, Some("assigned for 24 hours"), RoutingEventKind::TaskSystemDeleted, turn);
    }

    pub(crate) fn expire(&mut self, id: TaskId, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&id).filter(|task| task.waits()) else { return };
        let (deadline, made) = (task.row.expires_at, task.row.created_at);
        let closed = task.row.queue_id.filter(|queue| task.row.routing_worker.is_none() && self.ran_out_closed(*queue, deadline));
        if let Some(queue) = closed {
            let own = (deadline.since(made) / 1_000_000).clamp(1, TASK_TIMEOUT_S);
            let expires_at = self.time_in(queue, turn.now, own);
            self.change_task(id, turn, |row| row.expires_at = expires_at);
        } else {
            self.give_up(id, "Task TTL Exceeded", TaskOutcome::TimedOut, turn);
        }
    }
}
