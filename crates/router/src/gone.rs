use model::{Because, MoveReason, Refusal, ReservationId, ReservationStatus, RouterAnswer, TaskId, TaskStatus, WorkerId};

use crate::check::not_found;
use crate::router::Router;
use crate::transfer::{Move, Onward};
use crate::turn::Turn;

impl Router {
    /// No desk came back in time: what they hold goes to others. An answer kept open by nobody helps no customer.
    pub(crate) fn worker_gone(&mut self, id: WorkerId, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let worker = self.workers.get(&id).ok_or_else(|| not_found("worker"))?;
        let open = worker.open.clone();
        if worker.row.connected {
            self.change_worker(id, Some("system"), turn, |row| row.connected = false);
        }
        for reservation in open {
            self.let_go(reservation, turn);
        }
        Ok(RouterAnswer::Worker { worker_id: id })
    }

    fn let_go(&mut self, id: ReservationId, turn: &mut Turn) {
        let Some(reservation) = self.reservations.get(&id) else {
            return;
        };
        let task = reservation.task_id;
        match reservation.status {
            ReservationStatus::Pending => {
                self.end_reservation(id, ReservationStatus::Rescinded, None, turn);
                self.return_to_line(task, turn);
            }
            ReservationStatus::Wrapping => self.conclude(task, "agent lost", turn),
            _ => self.orphan(task, id, turn),
        }
    }

    fn orphan(&mut self, task_id: TaskId, reservation: ReservationId, turn: &mut Turn) {
        let Some(task) = self.tasks.get(&task_id) else {
            return;
        };
        if task.row.conversation_id.is_some() {
            let new_id = turn.ids.next();
            let told = Move { reason: MoveReason::AgentLost, note: "", by: None };
            // Cannot be refused: the task is assigned and the id is fresh.
            let moved = self.hand_on(task_id, new_id, Onward::Workflow, &[], &told, turn);
            debug_assert!(moved.is_ok());
            return;
        }
        self.end_reservation(reservation, ReservationStatus::Canceled, None, turn);
        let now = turn.now;
        // What they talked was no waiting, whoever takes it next.
        let row = self.tasks.get(&task_id).map(|task| &task.row);
        let held = row.and_then(|row| Some(self.open_time(row, row.assigned_at?, now))).unwrap_or_default();
        self.change_task(task_id, turn, |row| {
            row.held_for += held;
            row.held_here += held;
            row.status = TaskStatus::Pending;
            row.worker_id = None;
            row.assigned_at = None;
            // Its time to wait did not run while it was assigned.
            row.expires_at = now + row.expires_at.since(row.created_at).max(1);
        });
        if self.tasks.get(&task_id).is_some_and(|task| task.row.routing_worker.is_none()) {
            self.restart(task_id, Because::Moved, turn);
        }
        debug_assert!(self.tasks.get(&task_id).is_none_or(|task| task.row.status == TaskStatus::Pending));
    }
}
