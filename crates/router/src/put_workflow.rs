use std::sync::Arc;

use model::{Refusal, RouterAnswer, TaskStatus, Workflow, WorkflowId};

use crate::check::{check_name, check_range, in_use, not_found, with};
use crate::put_queue::next_version;
use crate::router::Router;
use crate::state::WorkflowState;
use crate::turn::Turn;

impl Router {
    /// Tasks waiting in a changed workflow go through it anew, in their old place in line;
    /// an offer that stands is not withdrawn.
    pub(crate) fn put_workflow(&mut self, workflow: &Workflow, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
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
        let plan = Arc::new(self.plan(&row.configuration)?);

        turn.effects.workflows.insert(id, Some(row.clone()));
        turn.settings_event("workflow", Some(id.to_string()));
        self.workflows.insert(id, WorkflowState { row, plan });
        if changed {
            self.reroute(id, turn);
        }
        Ok(RouterAnswer::Done)
    }

    fn reroute(&mut self, workflow: WorkflowId, turn: &mut Turn) {
        let tasks = self.tasks.values().filter(|task| {
            task.row.workflow_id == Some(workflow) && task.waits() && task.row.routing_worker.is_none() && task.row.routing_queue.is_none()
        });
        let tasks: Vec<_> = tasks.map(|task| (task.row.id, task.row.status)).collect();
        for (id, status) in tasks {
            if status == TaskStatus::Pending {
                self.restart(id, turn);
            } else {
                self.put_in_place(id, turn.now);
                self.unsettled.tasks.insert(id);
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
        self.workflows.remove(&id);
        turn.effects.workflows.insert(id, None);
        turn.settings_event("workflow", Some(id.to_string()));
        Ok(RouterAnswer::Done)
    }
}
