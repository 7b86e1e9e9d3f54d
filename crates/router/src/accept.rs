use model::{EventKind, Refusal, ReservationId, ReservationStatus, RouterAnswer, TaskNews, TaskStatus};

use crate::check::{not_found, wrong_state};
use crate::deadline::Due;
use crate::router::Router;
use crate::turn::Turn;

impl Router {
    /// The first accept in time wins; the other offers of the task are withdrawn.
    pub(crate) fn accept(&mut self, id: ReservationId, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let now = turn.now;
        let reservation = self.pending(id)?;
        let (task_id, worker_id, channel) = (reservation.task_id, reservation.worker_id, reservation.channel.clone());
        let deadline = reservation.deadline_at;
        // A task whose row is gone cannot be taken; rows are loaded together, so this is a damaged store.
        let task = self.tasks.get_mut(&task_id).ok_or_else(|| not_found("task"))?;
        task.offers.remove(&id);
        task.accepted = Some(id);
        let siblings: Vec<_> = task.offers.iter().copied().collect();
        let conversation = task.row.conversation_id;
        if let Some(at) = deadline {
            self.deadlines.remove(&(at, Due::Miss(id)));
        }
        if let Some(reservation) = self.reservations.get_mut(&id) {
            reservation.status = ReservationStatus::Accepted;
            reservation.accepted_at = Some(now);
            turn.touch_reservation(EventKind::ReservationUpdated, reservation, conversation);
        }
        self.change_task(task_id, turn, |row| {
            row.status = TaskStatus::Assigned;
            row.worker_id = Some(worker_id);
            row.assigned_at = Some(now);
            row.target_deadline_at = None;
        });
        self.offer_happened(id, turn);
        if let Some((task, channel)) = self.tasks.get(&task_id).zip(self.channels.get(&channel)) {
            let row = task.row.clone();
            self.note_pace(&row, channel);
        }
        for sibling in siblings {
            self.end_reservation(sibling, ReservationStatus::Rescinded, Some(worker_id), turn);
        }
        self.rest(worker_id, &channel, turn);
        turn.news(conversation, TaskNews::Joined { task_id, worker_id, reservation_id: id });
        Ok(RouterAnswer::Reservation { reservation_id: id })
    }

    /// The offer if it still stands, else what became of it.
    pub(crate) fn pending(&self, id: ReservationId) -> Result<&model::Reservation, Refusal> {
        if let Some(reservation) = self.reservations.get(&id) {
            if reservation.status == ReservationStatus::Pending {
                return Ok(reservation);
            }
            return Err(Refusal::AlreadyTaken { winner: reservation.worker_id });
        }
        Err(match self.past.reservation(id) {
            None => not_found("reservation"),
            Some((_, Some(winner))) => Refusal::AlreadyTaken { winner },
            Some((ReservationStatus::Rejected | ReservationStatus::Completed, None)) => {
                let status = self.past.reservation(id).map(|(status, _)| status.code());
                wrong_state(status.unwrap_or_default())
            }
            Some(_) => Refusal::OfferOver,
        })
    }
}
