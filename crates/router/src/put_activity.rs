use model::{Activity, ActivityId, Refusal, RouterAnswer, RoutingEvent, RoutingEventKind};
use serde_json::json;

use crate::check::{check_name, in_use, not_found, with};
use crate::router::Router;
use crate::turn::Turn;

fn happened(kind: RoutingEventKind, row: &Activity, turn: &mut Turn) {
    let detail = json!({ "activity_name": row.name, "activity_available": row.available });
    turn.happened(RoutingEvent { activity_id: Some(row.id), detail, ..RoutingEvent::new(kind, turn.now) });
}

impl Router {
    /// Whether an activity is available is decided when it is made; later only its name changes.
    pub(crate) fn put_activity(&mut self, activity: &Activity, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let id = activity.id;
        let others = self.activities.values().filter(|other| other.id != id);
        check_name(&activity.name, others.map(|other| other.name.as_str()))?;
        let mut row = Activity { updated_at: turn.now, ..activity.clone() };
        let mut kind = RoutingEventKind::ActivityCreated;
        if let Some(old) = self.activities.get(&id) {
            row.available = old.available;
            kind = RoutingEventKind::ActivityUpdated;
        }
        happened(kind, &row, turn);
        self.activities.insert(id, row.clone());
        turn.effects.activities.insert(id, Some(row));
        turn.settings_event("activity", Some(id.to_string()));
        // A queue may ask for an activity by name.
        for worker in self.workers_in(id) {
            self.join_by_activity(worker);
            self.unsettle_worker(worker);
        }
        Ok(RouterAnswer::Done)
    }

    pub(crate) fn delete_activity(&mut self, id: ActivityId, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let activity = self.activities.get(&id).cloned().ok_or_else(|| not_found("activity"))?;
        if let Some(worker) = self.workers_in(id).first() {
            let name = self.worker_name(*worker);
            return Err(with(in_use("activity_worker", format!("{name} is in this activity")), "name", name));
        }
        let settings = &self.settings;
        if settings.timeout_activity_id == Some(id) {
            return Err(in_use("activity_missed", "a missed offer puts agents into this activity"));
        }
        if settings.default_activity_id == Some(id) {
            return Err(in_use("activity_new", "new workers start in this activity"));
        }
        self.activities.remove(&id);
        happened(RoutingEventKind::ActivityDeleted, &activity, turn);
        turn.effects.activities.insert(id, None);
        turn.settings_event("activity", Some(id.to_string()));
        Ok(RouterAnswer::Done)
    }

    fn workers_in(&self, activity: ActivityId) -> Vec<model::WorkerId> {
        let workers = self.workers.values();
        let workers = workers.filter(|worker| worker.row.activity_id == activity);
        workers.map(|worker| worker.row.id).collect()
    }
}
