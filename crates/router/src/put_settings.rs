use model::{Refusal, RouterAnswer, RoutingEvent, RoutingEventKind, Settings};

use crate::check::{check_range, check_url, invalid};
use crate::router::Router;
use crate::turn::Turn;

/// A week, in seconds.
const LONGEST_S: i64 = 604_800;

impl Router {
    /// The row of the workspace is written by whoever sent the command.
    pub(crate) fn put_settings(&mut self, settings: &Settings, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        check_range("wrap_up_s", settings.wrap_up_s, 0..=LONGEST_S)?;
        check_range("reoffer_after_s", settings.reoffer_after_s, 0..=LONGEST_S)?;
        check_range("grace_s", settings.grace_s, 0..=LONGEST_S)?;
        check_range("service_level_percent", settings.service_level_percent, 1..=100)?;
        check_range("service_level_s", settings.service_level_s, 1..=LONGEST_S)?;
        check_url("event_callback_url", &settings.event_callback_url)?;
        for (field, activity) in
            [("timeout_activity_id", settings.timeout_activity_id), ("default_activity_id", settings.default_activity_id)]
        {
            if let Some(id) = activity
                && !self.activities.contains_key(&id)
            {
                let detail = format!("there is no activity {id}");
                return Err(invalid(field, "unknown", detail));
            }
        }
        let reordered = self.settings.prioritize_queue_order != settings.prioritize_queue_order;
        let reread = self.settings.readings != settings.readings;
        self.settings = settings.clone();
        if reread {
            self.read_again(turn);
        }
        turn.settings_event("settings", None);
        turn.happened(RoutingEvent::new(RoutingEventKind::WorkspaceUpdated, turn.now));
        let refused = self.tasks.values().filter(|task| task.waits());
        let refused = refused.filter(|task| reordered || reread || !task.row.refused.is_empty());
        let refused: Vec<_> = refused.map(|task| task.row.id).collect();
        for task in refused {
            self.put_in_place(task, turn.now);
            self.unsettled.tasks.insert(task);
        }
        Ok(RouterAnswer::Done)
    }

    /// Every expression and workflow is read anew, as after a start: who belongs where, and what waits where, may be otherwise. Offers
    /// and targets that stand are left as they are.
    fn read_again(&mut self, turn: &mut Turn) {
        let past = std::mem::take(&mut self.past);
        *self = Router { past, ..Router::new(self.rows()) };
        self.turn_hours(turn);
    }
}
