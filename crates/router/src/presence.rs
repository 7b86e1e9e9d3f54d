use model::{ActivityId, Refusal, ReservationStatus, RouterAnswer, WorkerId};

use crate::check::not_found;
use crate::router::Router;
use crate::turn::Turn;

impl Router {
    pub(crate) fn set_activity(&mut self, id: WorkerId, activity: ActivityId, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        if !self.workers.contains_key(&id) {
            return Err(not_found("worker"));
        }
        if !self.activities.contains_key(&activity) {
            return Err(not_found("activity"));
        }
        self.move_to(id, activity, "self", turn);
        Ok(RouterAnswer::Worker { worker_id: id })
    }

    /// Changes an activity. Who becomes unavailable refuses the offers they have: closing the door is an answer.
    pub(crate) fn move_to(&mut self, id: WorkerId, activity: ActivityId, cause: &str, turn: &mut Turn) {
        if !self.change_activity(id, activity, cause, turn) {
            return;
        }
        let Some(worker) = self.workers.get(&id) else {
            return;
        };
        if self.is_available(worker) {
            return;
        }
        for offer in worker.open.clone() {
            let status = self.reservations.get(&offer).map(|offer| offer.status);
            if status == Some(ReservationStatus::Pending) {
                self.refuse(offer, ReservationStatus::Rejected, turn);
            }
        }
    }

    /// Changes an activity and nothing else; false when they are in it already.
    pub(crate) fn change_activity(&mut self, id: WorkerId, activity: ActivityId, cause: &str, turn: &mut Turn) -> bool {
        let Some(worker) = self.workers.get(&id).filter(|worker| worker.row.activity_id != activity) else {
            return false;
        };
        self.activity_left(&worker.row, Some(activity), turn);
        let now = turn.now;
        self.change_worker(id, Some(cause), turn, |row| {
            row.activity_id = activity;
            row.activity_since = now;
        });
        // A queue may ask for an activity by name.
        self.join_by_activity(id);
        true
    }

    /// A first desk opened, or the last one closed. What they hold is kept for now.
    pub(crate) fn desk(&mut self, id: WorkerId, connected: bool, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let worker = self.workers.get(&id).ok_or_else(|| not_found("worker"))?;
        if worker.row.connected != connected {
            self.change_worker(id, Some("system"), turn, |row| row.connected = connected);
        }
        Ok(RouterAnswer::Worker { worker_id: id })
    }
}
