//! Who could be offered something, kept beside each queue so that nobody is asked who cannot: its members by activity, and on each
//! channel those with room, the longest idle first.
//!
//! Invariant: after [`Router::stand_all`] every member of a queue is counted there once, as their row and open reservations say.

use std::collections::{BTreeMap, BTreeSet};

use model::{ActivityId, Timestamp, WorkerId};

use crate::channels::ChannelNo;
use crate::router::Router;
use crate::rules::{has_room, idle_on};
use crate::state::WorkerState;

/// The longest idle first.
pub(crate) type Idle = (Timestamp, WorkerId);

/// How a worker is counted in their queues.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    activity: ActivityId,
    available: bool,
    /// Available, and at a desk if they need one.
    there: bool,
    /// The channels they have room on, and since when they are idle there.
    room: Vec<(ChannelNo, Timestamp)>,
}

/// A queue's members, counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    activities: BTreeMap<ActivityId, usize>,
    pub available: usize,
    pub there: usize,
    room: Vec<BTreeSet<Idle>>,
}

impl People {
    pub fn in_activity(&self, activity: ActivityId) -> usize {
        self.activities.get(&activity).copied().unwrap_or_default()
    }

    /// Who is there with room on a channel.
    pub fn with_room(&self, channel: ChannelNo) -> impl ExactSizeIterator<Item = &Idle> {
        const NOBODY: &BTreeSet<Idle> = &BTreeSet::new();
        self.room.get(channel.index()).unwrap_or(NOBODY).iter()
    }

    pub fn count(&mut self, id: WorkerId, standing: &Standing) {
        *self.activities.entry(standing.activity).or_default() += 1;
        self.available += usize::from(standing.available);
        self.there += usize::from(standing.there);
        standing.room.iter().for_each(|room| self.make_room(id, *room));
    }

    pub fn discount(&mut self, id: WorkerId, standing: &Standing) {
        if let Some(count) = self.activities.get_mut(&standing.activity) {
            *count -= 1;
        }
        self.available -= usize::from(standing.available);
        self.there -= usize::from(standing.there);
        standing.room.iter().for_each(|room| self.take_room(id, *room));
    }

    fn make_room(&mut self, id: WorkerId, (channel, since): (ChannelNo, Timestamp)) {
        if self.room.len() <= channel.index() {
            self.room.resize_with(channel.index() + 1, BTreeSet::new);
        }
        self.room[channel.index()].insert((since, id));
    }

    fn take_room(&mut self, id: WorkerId, (channel, since): (ChannelNo, Timestamp)) {
        if let Some(idle) = self.room.get_mut(channel.index()) {
            idle.remove(&(since, id));
        }
    }
}

impl Router {
    /// Something about the worker changed: they may want a task, and are counted anew before the next choice.
    pub(crate) fn unsettle_worker(&mut self, id: WorkerId) {
        self.unsettled.workers.insert(id);
        self.unsettled.standing.insert(id);
    }

    /// A number for a new channel: all are counted anew.
    pub(crate) fn add_channel(&mut self, name: &str) -> ChannelNo {
        self.unsettled.standing.extend(self.workers.keys());
        self.channels.meet(name)
    }

    /// Counts everybody whose change was noted.
    pub(crate) fn stand_all(&mut self) {
        for id in std::mem::take(&mut self.unsettled.standing) {
            self.stand(id);
        }
    }

    fn stand(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.get(&id) else { return };
        let new = self.standing(worker);
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let old = worker.standing.replace(new.clone());
        if old.as_ref() == Some(&new) {
            return;
        }
        for queue in &worker.queues {
            let Some(people) = self.queues.get_mut(queue).map(|queue| &mut queue.people) else { continue };
            if let Some(old) = &old {
                people.discount(id, old);
            }
            people.count(id, &new);
        }
    }

    fn standing(&self, worker: &WorkerState) -> Standing {
        let available = self.is_available(worker);
        let there = available && self.is_there(worker);
        let channels = self.channels.numbered().filter(|(_, channel)| there && has_room(worker, channel, &self.reservations));
        let room = channels.map(|(no, channel)| (no, idle_on(worker, channel))).collect();
        Standing { activity: worker.row.activity_id, available, there, room }
    }
}
