//! What happened today in each queue: counted on from where the last look ended, so that a look costs what is new and not the day.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use db::Tx;
use model::{RoutingEvent, RoutingEventKind, Task, TaskQueueId, Timestamp};

/// Why the router ends tasks that waited too long.
const TIMED_OUT: &[&str] = &["Task TTL Exceeded", "workflow timeout"];
/// What is younger is read again each time: another node's clock may be behind ours.
const SETTLES_MS: i64 = 5_000;
/// Timed out tasks that are kept to be named, the newest.
const NAMED: usize = 200;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    pub accepted: i64,
    /// Of these, within the service level's seconds.
    pub in_time: i64,
    pub completed: i64,
    pub timed_out: i64,
}

impl Day {
    pub fn add(&mut self, other: &Day) {
        self.accepted += other.accepted;
        self.in_time += other.in_time;
        self.completed += other.completed;
        self.timed_out += other.timed_out;
    }
}

#[derive(Debug, Clone)]
pub struct Tally {
    began: Timestamp,
    level_s: i64,
    until: Timestamp,
    pub queues: BTreeMap<Option<TaskQueueId>, Day>,
    /// The oldest first.
    pub timed_out: Vec<Task>,
}

impl Tally {
    fn new(began: Timestamp, level_s: i64) -> Self {
        Self { began, level_s, until: began, queues: BTreeMap::new(), timed_out: Vec::new() }
    }

    /// Reads on to `until`.
    async fn read(&mut self, tx: &mut Tx<'_>, ws: i64, until: Timestamp) -> Result<()> {
        let ids = RoutingEvent::first_id(self.until)..RoutingEvent::first_id(until);
        for (kind, queue, lasted) in store::routing_event::accepted_and_completed(tx, ws, ids.start, ids.end).await? {
            let day = self.queues.entry(queue).or_default();
            if kind == RoutingEventKind::TaskCompleted {
                day.completed += 1;
            } else {
                day.accepted += 1;
                day.in_time += i64::from(lasted <= self.level_s * 1_000_000);
            }
        }
        let canceled = store::board::canceled(tx, ws, self.until, until).await?;
        let over = canceled.into_iter().filter(|task| task.reason.as_deref().is_some_and(|reason| TIMED_OUT.contains(&reason)));
        for task in over {
            self.queues.entry(task.queue_id).or_default().timed_out += 1;
            self.timed_out.push(task);
        }
        let many = self.timed_out.len().saturating_sub(NAMED);
        self.timed_out.drain(..many);
        self.until = until;
        Ok(())
    }
}

/// The counts of each workspace, as far as they are settled.
#[derive(Default)]
pub struct Tallies(Mutex<BTreeMap<i64, Arc<Tally>>>);

impl Tallies {
    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<i64, Arc<Tally>>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The day that began then, up to now.
    pub async fn of(&self, tx: &mut Tx<'_>, ws: i64, began: Timestamp, level_s: i64, now: Timestamp) -> Result<Tally> {
        let settled = now.plus_millis(-SETTLES_MS).max(began);
        let fits = |held: &&Arc<Tally>| held.began == began && held.level_s == level_s && held.until <= settled;
        let held = self.held().get(&ws).filter(fits).cloned();
        let mut tally = held.map_or_else(|| Tally::new(began, level_s), |held| (*held).clone());
        tally.read(tx, ws, settled).await?;
        self.held().insert(ws, Arc::new(tally.clone()));
        tally.read(tx, ws, Timestamp::from_micros(now.micros().max(settled.micros()) + 1_000_000)).await?;
        Ok(tally)
    }
}
