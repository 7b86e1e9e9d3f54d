//! Handing on: the old task ends, a new one continues it in the same place in line. What nobody accepted yet simply moves.

use model::{
    Because, MoveReason, Refusal, ReservationStatus, RouterAnswer, Task, TaskId, TaskNews, TaskQueueId, TaskStatus, TransferTo, WorkerId,
};

use crate::check::{invalid, not_found, state_of};
use crate::router::Router;
use crate::state::TaskState;
use crate::turn::Turn;

/// Where a handed-on task goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Onward {
    Worker(WorkerId),
    Queue(TaskQueueId),
    /// Through its workflow again.
    Workflow,
}

/// How the conversation is told.
pub(crate) struct Move<'a> {
    pub reason: MoveReason,
    pub note: &'a str,
    pub by: Option<WorkerId>,
}

impl Router {
    pub(crate) fn transfer(
        &mut self,
        id: TaskId,
        to: &TransferTo,
        note: &str,
        by: Option<WorkerId>,
        new_id: TaskId,
        turn: &mut Turn,
    ) -> Result<RouterAnswer, Refusal> {
        let task = self.open_task(id)?;
        let holder = task.row.worker_id.filter(|_| !task.waits());
        let onward = match to {
            TransferTo::Worker { worker_id } => {
                if !self.workers.contains_key(worker_id) {
                    return Err(not_found("worker"));
                }
                if holder == Some(*worker_id) {
                    let detail = "the task is theirs already";
                    return Err(invalid("to", "same_worker", detail));
                }
                Onward::Worker(*worker_id)
            }
            TransferTo::Queue { queue_id } => {
                if !self.queues.contains_key(queue_id) {
                    return Err(not_found("queue"));
                }
                Onward::Queue(*queue_id)
            }
            TransferTo::Flow => return self.back_to_flow(id, note, by, turn),
        };
        let passing = [holder, by].into_iter().flatten().collect::<Vec<_>>();
        let told = Move { reason: MoveReason::Transferred, note, by };
        self.hand_on(id, new_id, onward, &passing, &told, turn)
    }

    fn back_to_flow(&mut self, id: TaskId, note: &str, by: Option<WorkerId>, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let task = self.open_task(id)?;
        if task.row.conversation_id.is_none() {
            let detail = "a task without a conversation has no flow to go back to";
            return Err(invalid("to", "no_conversation", detail));
        }
        let status = if task.waits() { TaskStatus::Canceled } else { TaskStatus::Completed };
        let conversation = self.end_task(id, status, Some("transferred"), turn);
        turn.news(conversation, TaskNews::BackToFlow { task_id: id, note: note.to_string(), by });
        Ok(RouterAnswer::Task { task_id: id })
    }

    pub(crate) fn requeue(
        &mut self,
        id: TaskId,
        reason: MoveReason,
        by: Option<WorkerId>,
        new_id: TaskId,
        turn: &mut Turn,
    ) -> Result<RouterAnswer, Refusal> {
        self.open_task(id)?;
        let passing = by.into_iter().collect::<Vec<_>>();
        let told = Move { reason, note: "", by };
        self.hand_on(id, new_id, Onward::Workflow, &passing, &told, turn)
    }

    /// Whoever passes it on counts as having refused it, so that it does not come straight back.
    pub(crate) fn hand_on(
        &mut self,
        id: TaskId,
        new_id: TaskId,
        onward: Onward,
        passing: &[WorkerId],
        told: &Move,
        turn: &mut Turn,
    ) -> Result<RouterAnswer, Refusal> {
        let task = self.open_task(id)?;
        let to = match task.row.status {
            TaskStatus::Pending | TaskStatus::Reserved => {
                self.withdraw_offers(id, turn);
                id
            }
            TaskStatus::Assigned | TaskStatus::Wrapping => {
                self.check_new_task(new_id)?;
                let mut row = continued(&task.row, new_id, turn);
                self.begin_elsewhere(&mut row, onward);
                self.end_task(id, TaskStatus::Completed, Some(reason_code(told.reason)), turn);
                self.add_task(TaskState::new(row), turn);
                new_id
            }
            TaskStatus::Completed | TaskStatus::Canceled => return Err(state_of(&task.row)),
        };
        let conversation = self.tasks.get(&to).and_then(|task| task.row.conversation_id);
        turn.news(conversation, TaskNews::Moved { from: id, to, reason: told.reason, note: told.note.to_string(), by: told.by });
        for worker in passing {
            self.note_refusal(to, *worker, turn);
        }
        self.send(to, onward, turn);
        Ok(RouterAnswer::Task { task_id: to })
    }

    /// Where the task that continues another one is made: it never was where the other one stood.
    fn begin_elsewhere(&self, row: &mut Task, onward: Onward) {
        (row.filter, row.target) = (None, 0);
        row.queue_id = match onward {
            // It counts for the queue it came from.
            Onward::Worker(_) => row.queue_id,
            Onward::Queue(queue) => Some(queue),
            Onward::Workflow if row.workflow_id.or(self.only_workflow()).is_some() => None,
            Onward::Workflow => row.routing_queue.or(row.queue_id),
        };
    }

    /// Takes back what was offered; nobody refused anything.
    pub(crate) fn withdraw_offers(&mut self, id: TaskId, turn: &mut Turn) {
        self.rescind_offers(id, turn);
        self.change_task(id, turn, |row| row.status = TaskStatus::Pending);
    }

    pub(crate) fn rescind_offers(&mut self, id: TaskId, turn: &mut Turn) {
        let offers = self.tasks.get(&id).map(|task| task.offers.clone());
        for offer in offers.unwrap_or_default() {
            self.end_reservation(offer, ReservationStatus::Rescinded, None, turn);
        }
    }

    fn send(&mut self, id: TaskId, onward: Onward, turn: &mut Turn) {
        let only = self.only_workflow();
        let Some(task) = self.tasks.get(&id) else {
            return;
        };
        let has_way = task.row.workflow_id.is_some() || task.row.routing_queue.is_some();
        let give_back_at = turn.now.plus_secs(self.offer_time_s(task));
        let now = turn.now;
        match onward {
            Onward::Worker(worker) => {
                self.change_task(id, turn, |row| {
                    row.routing_worker = Some(worker);
                    row.ignore_capacity = false;
                    row.filter = None;
                    row.target = 0;
                    row.target_entered_at = now;
                    // One who is busy or away must not keep the customer waiting: then its workflow has it again.
                    row.target_deadline_at = has_way.then_some(give_back_at);
                    row.refused.retain(|(id, _)| *id != worker);
                });
                self.note_visit(id, Because::Moved, turn);
                self.unsettle_step(id);
            }
            Onward::Queue(queue) => {
                self.change_task(id, turn, |row| {
                    row.routing_worker = None;
                    row.ignore_capacity = false;
                    row.routing_queue = Some(queue);
                });
                self.restart(id, Because::Moved, turn);
            }
            Onward::Workflow => {
                self.change_task(id, turn, |row| {
                    row.workflow_id = row.workflow_id.or(only);
                    if row.workflow_id.is_some() {
                        row.routing_queue = None;
                    }
                    if row.workflow_id.is_some() || row.routing_queue.is_some() {
                        row.routing_worker = None;
                        row.ignore_capacity = false;
                    }
                });
                let task = self.tasks.get(&id);
                if task.is_some_and(|task| task.row.routing_worker.is_none()) {
                    self.restart(id, Because::Moved, turn);
                } else {
                    self.unsettle_step(id);
                }
            }
        }
    }
}

/// The row that continues an accepted task: same customer, same place in line, its time to wait begun anew.
fn continued(old: &Task, id: TaskId, turn: &Turn) -> Task {
    let now = turn.now;
    Task {
        id,
        status: TaskStatus::Pending,
        target_entered_at: now,
        target_deadline_at: None,
        expires_at: now + old.expires_at.since(old.created_at).max(1),
        wrap_up_until: None,
        // The key stays with the task that the request made.
        request_key: None,
        created_at: now,
        assigned_at: None,
        ended_at: None,
        reason: None,
        disposition: None,
        note: None,
        worker_id: None,
        refused: Vec::new(),
        offers: 0,
        entered_workflow: None,
        held_for: 0,
        held_here: 0,
        way: Vec::new(),
        nobody_told: false,
        updated_at: now,
        version: 1,
        ..old.clone()
    }
}

fn reason_code(reason: MoveReason) -> &'static str {
    match reason {
        MoveReason::Transferred => "transferred",
        MoveReason::Requeued => "requeued",
        MoveReason::AgentLost => "agent lost",
    }
}
