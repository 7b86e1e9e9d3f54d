//! Hints shorten a wait; they carry no truth. A poll every second finds whatever a lost hint meant.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Mutex;

use model::{ChannelAccountId, Lane};
use tokio::sync::Notify;

/// What a commit may have given others to do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hints {
    /// Lanes with something due now.
    pub lanes: BTreeSet<(i64, Lane)>,
    /// Workspaces whose router has something on its lane.
    pub routers: BTreeSet<i64>,
    /// Channel accounts with something to send.
    pub accounts: BTreeSet<(i64, ChannelAccountId)>,
    pub outside: bool,
    /// Workspaces with new events.
    pub events: BTreeSet<i64>,
    /// A job was written that is due later: the timer may have to wake sooner.
    pub timer: bool,
}

impl Hints {
    pub fn everything() -> Self {
        Self { outside: true, timer: true, ..Self::default() }
    }
    pub fn merge(&mut self, other: Hints) {
        self.lanes.extend(other.lanes);
        self.routers.extend(other.routers);
        self.accounts.extend(other.accounts);
        self.outside |= other.outside;
        self.events.extend(other.events);
        self.timer |= other.timer;
    }
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Turn workers; a lane always goes to the same one.
pub(crate) const TURN_WORKERS: usize = 2;

/// Collects hints for the actors; each takes its own kind.
#[derive(Default)]
pub(crate) struct Bell {
    waiting: Mutex<Hints>,
    pub lanes: [Notify; TURN_WORKERS],
    pub routers: Notify,
    pub accounts: Notify,
    pub outside: Notify,
    pub events: Notify,
    pub timer: Notify,
}

impl Bell {
    pub fn ring(&self, hints: &Hints) {
        let mut waiting = self.lock();
        waiting.merge(hints.clone());
        drop(waiting);
        let all = *hints == Hints::everything();
        for (worker, bell) in self.lanes.iter().enumerate() {
            if all || hints.lanes.iter().any(|lane| owner(lane) == worker) {
                bell.notify_one();
            }
        }
        for (wanted, bell) in [
            (!hints.routers.is_empty(), &self.routers),
            (!hints.accounts.is_empty(), &self.accounts),
            (hints.outside, &self.outside),
            (!hints.events.is_empty(), &self.events),
            (hints.timer, &self.timer),
        ] {
            if wanted || all {
                bell.notify_one();
            }
        }
    }
    /// The lanes of one turn worker.
    pub fn take_lanes(&self, worker: usize) -> BTreeSet<(i64, Lane)> {
        let mut waiting = self.lock();
        let (mine, others) = std::mem::take(&mut waiting.lanes).into_iter().partition(|lane| owner(lane) == worker);
        waiting.lanes = others;
        mine
    }
    pub fn take_routers(&self) -> BTreeSet<i64> {
        std::mem::take(&mut self.lock().routers)
    }
    pub fn take_accounts(&self) -> BTreeSet<(i64, ChannelAccountId)> {
        std::mem::take(&mut self.lock().accounts)
    }
    pub fn take_events(&self) -> BTreeSet<i64> {
        std::mem::take(&mut self.lock().events)
    }
    pub fn take_outside(&self) -> bool {
        std::mem::take(&mut self.lock().outside)
    }
    pub fn take_all(&self) -> Hints {
        std::mem::take(&mut *self.lock())
    }
    pub fn take_timer(&self) -> bool {
        std::mem::take(&mut self.lock().timer)
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, Hints> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn owner(lane: &(i64, Lane)) -> usize {
    let mut hash = std::hash::DefaultHasher::new();
    lane.hash(&mut hash);
    (hash.finish() as usize) % TURN_WORKERS
}
