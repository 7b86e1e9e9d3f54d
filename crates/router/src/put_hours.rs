use model::{BusinessHours, BusinessHoursId, Refusal, RouterAnswer};

use crate::check::{check_name, in_use, invalid, not_found, with};
use crate::hours::HoursState;
use crate::put_queue::next_version;
use crate::router::Router;
use crate::turn::Turn;

impl Router {
    pub(crate) fn put_business_hours(&mut self, hours: &BusinessHours, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let old = self.hours.get(&hours.id).map(|old| &old.row);
        let version = next_version(old.map(|old| old.version), hours.version)?;
        let others = self.hours.values().filter(|other| other.row.id != hours.id);
        check_name(&hours.name, others.map(|other| other.row.name.as_str()))?;
        calendar::check(hours).map_err(|fault| {
            let refusal = invalid(&fault.field, fault.code, fault.detail);
            fault.limit.into_iter().fold(refusal, |refusal, limit| with(refusal, "limit", limit))
        })?;
        let row = BusinessHours { version, updated_at: turn.now, ..hours.clone() };
        turn.effects.business_hours.insert(row.id, Some(row.clone()));
        turn.settings_event("business_hours", Some(row.id.to_string()));
        let closed = self.closed_queues();
        self.forget_hours(row.id);
        self.keep_hours(HoursState::new(row, turn.now));
        self.hours_turned(&closed);
        Ok(RouterAnswer::Done)
    }

    pub(crate) fn delete_business_hours(&mut self, id: BusinessHoursId, version: i64, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let hours = self.hours.get(&id).ok_or_else(|| not_found("business_hours"))?;
        if hours.row.version != version {
            return Err(Refusal::StaleVersion);
        }
        if let Some(queue) = self.queues.values().find(|queue| queue.row.business_hours_id == Some(id)) {
            let name = &queue.row.name;
            return Err(with(in_use("hours_queue", format!("the queue {name} has these hours")), "name", name));
        }
        self.forget_hours(id);
        turn.effects.business_hours.insert(id, None);
        turn.settings_event("business_hours", Some(id.to_string()));
        Ok(RouterAnswer::Done)
    }
}
