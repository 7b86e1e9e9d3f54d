use model::{EventKind, Refusal, ReservationStatus, RouterAnswer, RoutingEventKind, TaskId, TaskNews, TaskOutcome, TaskStatus};

use crate::check::state_of;
use crate::router::Router;
use crate::turn::Turn;

impl Router {
    pub(crate) fn wrap(&mut self, id: TaskId, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let task = self.open_task(id)?;
        if task.row.status != TaskStatus::Assigned {
            return Err(state_of(&task.row));
        }
        let accepted = task.accepted;
        let conversation = task.row.conversation_id;
        let limit = Some(self.settings.wrap_up_s).filter(|limit| *limit > 0);
        let until = limit.map(|limit| turn.now.plus_secs(limit));
        if let Some(reservation) = accepted.and_then(|id| self.reservations.get_mut(&id)) {
            reservation.status = ReservationStatus::Wrapping;
            turn.touch_reservation(EventKind::ReservationUpdated, reservation, conversation);
            let worker = reservation.worker_id;
            self.unsettle_worker(worker);
        }
        self.change_task(id, turn, |row| {
            row.status = TaskStatus::Wrapping;
            row.wrap_up_until = until;
        });
        if let Some(reservation) = accepted {
            self.offer_happened(reservation, turn);
        }
        self.task_happened(RoutingEventKind::TaskWrapup, id, turn);
        turn.news(conversation, TaskNews::Wrapping { task_id: id });
        Ok(RouterAnswer::Task { task_id: id })
    }

    pub(crate) fn complete(
        &mut self,
        id: TaskId,
        disposition: Option<String>,
        note: Option<String>,
        turn: &mut Turn,
    ) -> Result<RouterAnswer, Refusal> {
        let task = self.open_task(id)?;
        if task.waits() {
            return Err(state_of(&task.row));
        }
        self.change_task(id, turn, |row| {
            row.disposition = disposition.or_else(|| row.disposition.take());
            row.note = note.or_else(|| row.note.take());
        });
        self.conclude(id, "completed", turn);
        Ok(RouterAnswer::Task { task_id: id })
    }

    pub(crate) fn end_wrap_up(&mut self, id: TaskId, turn: &mut Turn) {
        let task = self.tasks.get(&id);
        if task.is_some_and(|task| task.row.status == TaskStatus::Wrapping) {
            self.conclude(id, "wrap-up time over", turn);
        }
    }

    /// Completes an assigned or wrapping task and tells its conversation.
    pub(crate) fn conclude(&mut self, id: TaskId, reason: &str, turn: &mut Turn) {
        let conversation = self.end_task(id, TaskStatus::Completed, Some(reason), turn);
        turn.news(conversation, TaskNews::Ended { task_id: id, outcome: TaskOutcome::Completed, reason: reason.to_string() });
    }
}
