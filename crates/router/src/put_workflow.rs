use std::sync::Arc;

use expression::Json;
use model::{Because, Refusal, RouterAnswer, RoutingEvent, RoutingEventKind, TaskStatus, Workflow, WorkflowId};
use serde_json::json;

use crate::check::{check_name, check_range, check_url, in_use, not_found, with};
use crate::plan::Plan;
use crate::put_queue::next_version;
use crate::router::Router;
use crate::state::{TaskState, WorkflowState};
use crate::turn::Turn;

fn happened(kind: RoutingEventKind, row: &Workflow, turn: &mut Turn) {
    let detail = json!({ "workflow_name": row.name });
    turn.happened(RoutingEvent { workflow_id: Some(row.id), detail, ..RoutingEvent::new(kind, turn.now) });
}

impl Router {
    /// Tasks waiting in a changed workflow go through it anew, in their old place in line, or stay where they stand if that place is
    /// still there; an offer that stands is not withdrawn. A change that leaves a waiting task no place at all is refused.
    pub(crate) fn put_workflow(&mut self, workflow: &Workflow, re_evaluate: bool, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let id = workflow.id;
        let old = self.workflows.get(&id).map(|old| &old.row);
        let changed = old.is_some_and(|old| old.configuration != workflow.configuration);
        let mut row = workflow.clone();
        row.version = next_version(old.map(|old| old.version), workflow.version)?;
        let others = self.workflows.values().map(|other| &other.row);
        let others = others.filter(|other| other.id != id);
        check_name(&row.name, others.map(|other| other.name.as_str()))?;
        let timeout = row.task_reservation_timeout_s;
        check_range("task_reservation_timeout_s", timeout, 1..=86_400)?;
        check_url("assignment_callback_url", &row.assignment_callback_url)?;
        check_url("fallback_assignment_callback_url", &row.fallback_assignment_callback_url)?;
        let plan = Arc::new(self.plan(&row.configuration)?);
        if changed {
            self.check_nobody_stranded(id, &plan)?;
        }
        row.updated_at = turn.now;
        happened(if old.is_some() { RoutingEventKind::WorkflowUpdated } else { RoutingEventKind::WorkflowCreated }, &row, turn);

        turn.effects.workflows.insert(id, Some(row.clone()));
        turn.settings_event("workflow", Some(id.to_string()));
        self.workflows.insert(id, WorkflowState { row, plan });
        if changed {
            self.reroute(id, re_evaluate, turn);
        }
        Ok(RouterAnswer::Done)
    }

    /// What saving a workflow would be refused for on account of the tasks that wait in it.
    pub(crate) fn check_draft(&self, draft: &Workflow) -> Result<(), Refusal> {
        self.check_nobody_stranded(draft.id, &self.plan(&draft.configuration)?)
    }

    /// That every task which waits in a workflow finds a way through its new plan.
    fn check_nobody_stranded(&self, workflow: WorkflowId, plan: &Plan) -> Result<(), Refusal> {
        if plan.default.is_some() {
            return Ok(());
        }
        let stranded =
            self.on_their_way(workflow).filter(|task| !plan.filters.iter().any(|filter| filter.expression.matches(&Json(&task.glance()))));
        match stranded.count() {
            0 => Ok(()),
            count => Err(with(
                in_use("strands_tasks", format!("{count} waiting tasks would match no filter; add a default filter")),
                "count",
                count,
            )),
        }
    }

    /// Waiting tasks that a workflow routes.
    fn on_their_way(&self, workflow: WorkflowId) -> impl Iterator<Item = &TaskState> {
        let routed = move |task: &&TaskState| {
            task.row.workflow_id == Some(workflow) && task.waits() && task.row.routing_worker.is_none() && task.row.routing_queue.is_none()
        };
        self.tasks.values().map(|task| &**task).filter(routed)
    }

    fn reroute(&mut self, workflow: WorkflowId, re_evaluate: bool, turn: &mut Turn) {
        let tasks = self.on_their_way(workflow);
        let tasks: Vec<_> = tasks.map(|task| (task.row.id, task.row.status, self.target(task).is_none())).collect();
        for (id, status, lost) in tasks {
            if status == TaskStatus::Pending && (re_evaluate || lost) {
                self.restart(id, Because::Changed, turn);
            } else {
                self.put_in_place(id, turn.now);
                self.unsettled.tasks.insert(id);
                // Behind closed doors the new plan may have a way on.
                if self.tasks.get(&id).is_some_and(|task| self.way_round(task).is_some()) {
                    self.unsettle_step(id);
                }
            }
        }
    }

    pub(crate) fn delete_workflow(&mut self, id: WorkflowId, version: i64, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let workflow = self.workflows.get(&id).ok_or_else(|| not_found("workflow"))?;
        if workflow.row.version != version {
            return Err(Refusal::StaleVersion);
        }
        let open = self.tasks.values();
        let open = open.filter(|task| task.row.workflow_id == Some(id)).count();
        if open > 0 {
            return Err(with(in_use("workflow_tasks", format!("{open} open tasks are in this workflow")), "count", open));
        }
        let row = workflow.row.clone();
        happened(RoutingEventKind::WorkflowDeleted, &row, turn);
        self.workflows.remove(&id);
        turn.effects.workflows.insert(id, None);
        turn.settings_event("workflow", Some(id.to_string()));
        Ok(RouterAnswer::Done)
    }
}
