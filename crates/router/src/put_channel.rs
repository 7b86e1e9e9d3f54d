use model::{Refusal, RouterAnswer, RoutingEventKind, TaskChannel, TaskChannelId};

use crate::check::{check_channel_name, check_name, in_use, invalid, not_found, with};
use crate::happened::channel_happened;
use crate::put_queue::next_version;
use crate::router::Router;
use crate::turn::Turn;

/// Characters of a task channel's name, and channels that one may be held off by.
const MOST_HELD_OFF: usize = 50;

impl Router {
    pub(crate) fn put_task_channel(&mut self, channel: &TaskChannel, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let old = self.channels.row(channel.id);
        let version = next_version(old.map(|old| old.version), channel.version)?;
        check_channel_name("unique_name", &channel.unique_name)?;
        check_name(&channel.name, std::iter::empty())?;
        if old.is_some_and(|old| old.unique_name != channel.unique_name) {
            return Err(invalid("unique_name", "fixed", "a task channel keeps its unique name"));
        }
        let namesake = self.channels.rows().find(|other| other.unique_name == channel.unique_name);
        if namesake.is_some_and(|other| other.id != channel.id) {
            return Err(invalid("unique_name", "taken", "there is a task channel of that name"));
        }
        if channel.held_off_by.len() > MOST_HELD_OFF {
            return Err(with(invalid("held_off_by", "too_many", "too many channels"), "limit", MOST_HELD_OFF));
        }
        for other in &channel.held_off_by {
            if *other == channel.unique_name {
                return Err(invalid("held_off_by", "itself", "a channel's own limit is its capacity"));
            }
            if self.channels.named(other).is_none() {
                return Err(invalid("held_off_by", "unknown", format!("there is no task channel {other}")));
            }
        }
        let kind = if old.is_some() { RoutingEventKind::TaskChannelUpdated } else { RoutingEventKind::TaskChannelCreated };
        let row = TaskChannel { version, updated_at: turn.now, ..channel.clone() };
        channel_happened(kind, &row, turn);
        turn.effects.task_channels.insert(row.id, Some(row.clone()));
        turn.settings_event("task_channel", Some(row.id.to_string()));
        self.channels.put(row);
        self.unsettle_all();
        Ok(RouterAnswer::Done)
    }

    pub(crate) fn delete_task_channel(&mut self, id: TaskChannelId, version: i64, turn: &mut Turn) -> Result<RouterAnswer, Refusal> {
        let row = self.channels.row(id).ok_or_else(|| not_found("task_channel"))?;
        if row.version != version {
            return Err(Refusal::StaleVersion);
        }
        let row = row.clone();
        let name = row.unique_name.clone();
        if crate::channels::BUILT_IN.contains(&name.as_str()) {
            return Err(in_use("channel_built_in", "every workspace has this task channel"));
        }
        let open = self.tasks.values().filter(|task| task.row.channel == name).count();
        if open > 0 {
            return Err(with(in_use("channel_tasks", format!("{open} open tasks are of this task channel")), "count", open));
        }
        let offered = self.reservations.values().filter(|reservation| reservation.channel == name).count();
        if offered > 0 {
            return Err(with(in_use("channel_tasks", format!("{offered} open tasks are of this task channel")), "count", offered));
        }
        let holding: Vec<_> = self.channels.rows().filter(|other| other.held_off_by.contains(&name)).cloned().collect();
        for mut other in holding {
            other.held_off_by.remove(&name);
            self.put_task_channel(&other, turn)?;
        }
        let users: Vec<_> =
            self.workers.values().filter(|worker| worker.row.channels.contains_key(&name)).map(|worker| worker.row.id).collect();
        for worker in users {
            self.change_worker(worker, Some("supervisor"), turn, |row| {
                row.channels.remove(&name);
                row.idle_by_channel.remove(&name);
            });
        }
        turn.effects.task_channels.insert(id, None);
        channel_happened(RoutingEventKind::TaskChannelDeleted, &row, turn);
        turn.settings_event("task_channel", Some(id.to_string()));
        self.unsettle_all();
        // Counted out of every queue before its number means nothing any more.
        self.channels.remove(&name);
        self.stand_all();
        Ok(RouterAnswer::Done)
    }

    /// A channel that a task or a worker brought along, or that every workspace has, gets its row.
    pub(crate) fn make_channels(&mut self, turn: &mut Turn) {
        for name in self.channels.lacking() {
            let row = TaskChannel::named(turn.ids.next(), &name, turn.now);
            channel_happened(RoutingEventKind::TaskChannelCreated, &row, turn);
            turn.effects.task_channels.insert(row.id, Some(row.clone()));
            self.channels.put(row);
        }
    }

    fn unsettle_all(&mut self) {
        let all: Vec<_> = self.workers.keys().copied().collect();
        all.into_iter().for_each(|worker| self.unsettle_worker(worker));
    }
}
