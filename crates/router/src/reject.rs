use model::{ActivityId, Refusal, Reservation, ReservationId, ReservationStatus, RouterAnswer, TaskId, WorkerId};

use crate::check::invalid;
use crate::router::Router;
use crate::turn::Turn;

impl Router {
    pub(crate) fn reject(&mut self, id: ReservationId, activity_id: Option<ActivityId>, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let reservation = self.pending(id)?;
        let worker = reservation.worker_id;
        if let Some(activity) = activity_id
            && !self.activities.contains_key(&activity)
        {
            let detail = format!("there is no activity {activity}");
            return Err(invalid("activity_id", "unknown", detail));
        }
        self.refuse(id, ReservationStatus::Rejected, turn);
        if let Some(activity) = activity_id {
            self.move_to(worker, activity, "self", turn);
        }
        Ok(RouterAnswer::Reservation { reservation_id: id })
    }

    /// The offer ends as canceled; its worker did nothing, and stays where they are.
    pub(crate) fn withdraw(&mut self, id: ReservationId, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        self.pending(id)?;
        self.refuse(id, ReservationStatus::Canceled, turn);
        Ok(RouterAnswer::Reservation { reservation_id: id })
    }

    /// Nobody answered in time: the agent is moved to the timeout activity, other offers to them stand.
    pub(crate) fn miss(&mut self, id: ReservationId, turn: &mut Turn) {
        let Some(worker_id) = self.reservations.get(&id).map(|offer| offer.worker_id) else {
            return;
        };
        self.refuse(id, ReservationStatus::Timeout, turn);
        let worker = self.workers.get(&worker_id);
        let available = worker.is_some_and(|worker| self.is_available(worker));
        let away = self.settings.timeout_activity_id;
        let away = away.filter(|away| self.activities.contains_key(away));
        if let Some(away) = away.filter(|_| available) {
            self.change_activity(worker_id, away, "missed_offer", turn);
        }
    }

    /// Ends an offer that its worker did not want, and remembers that.
    pub(crate) fn refuse(&mut self, id: ReservationId, status: ReservationStatus, turn: &mut Turn) {
        let Some(Reservation { task_id, worker_id, .. }) = self.reservations.get(&id) else {
            return;
        };
        let (task_id, worker_id) = (*task_id, *worker_id);
        self.end_reservation(id, status, None, turn);
        self.note_refusal(task_id, worker_id, turn);
        self.return_to_line(task_id, turn);
    }

    pub(crate) fn note_refusal(&mut self, task: TaskId, worker: WorkerId, turn: &mut Turn) {
        let now = turn.now;
        self.change_task(task, turn, |row| {
            row.refused.retain(|(id, _)| *id != worker);
            row.refused.push((worker, now));
        });
    }
}
