//! The carrier in real time: a lock around the value, a clock beside it, and the loop that drives it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::{
    carrier::{Callback, Carrier, CarrierConfig},
    post::Post,
};

/// So many callbacks are under way at once; more wait their turn.
const AT_ONCE: usize = 64;
/// The loop looks at least this often, should the clock be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// A shared carrier. Clones are the same carrier.
#[derive(Clone)]
pub struct Network {
    carrier: Arc<Mutex<Carrier>>,
    /// Rung when something was planned.
    planned: Arc<Notify>,
    /// Counts whenever a phone's screen changed.
    screens: watch::Sender<u64>,
}

impl Network {
    pub fn new(config: &CarrierConfig, seed: Option<u64>) -> Self {
        // A version 7 uuid holds the time and chance; folded, it is a seed that no other start has.
        let seed = seed.unwrap_or_else(|| {
            let fresh = uuid::Uuid::now_v7().as_u128();
            (fresh as u64) ^ ((fresh >> 64) as u64)
        });
        Self { carrier: Arc::new(Mutex::new(Carrier::new(config, seed))), planned: Arc::new(Notify::new()), screens: watch::Sender::new(0) }
    }

    /// Does something to the carrier now, and lets the loop and the phones' pages know.
    pub fn with<T>(&self, act: impl FnOnce(&mut Carrier, Timestamp) -> T) -> T {
        let result = self.step(act);
        self.planned.notify_one();
        result
    }

    /// Reads the carrier.
    pub fn read<T>(&self, look: impl FnOnce(&Carrier) -> T) -> T {
        look(&self.lock())
    }

    /// Told whenever a phone's screen has changed.
    pub fn screens(&self) -> watch::Receiver<u64> {
        self.screens.subscribe()
    }

    /// Sends out what is due and takes the answers, for ever.
    pub(crate) async fn drive(self, post: Arc<dyn Post>) {
        let mut waiting: VecDeque<Callback> = VecDeque::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            let (due, pause) = self.step(|carrier, now| {
                let due = carrier.due(now);
                let next = carrier.next_due();
                (due, next.map_or(LONGEST_SLEEP, |at| until(now, at)))
            });
            waiting.extend(due);
            while under_way.len() < AT_ONCE
                && let Some(callback) = waiting.pop_front()
            {
                let id = callback.id;
                let answer = post.post(callback);
                under_way.push(async move { (id, answer.await) });
            }
            tokio::select! {
                Some((id, answer)) = under_way.next(), if !under_way.is_empty() => {
                    self.step(|carrier, now| carrier.callback_answer(id, answer, now));
                }
                () = tokio::time::sleep(pause) => {}
                () = self.planned.notified() => {}
            }
        }
    }

    fn step<T>(&self, act: impl FnOnce(&mut Carrier, Timestamp) -> T) -> T {
        let mut carrier = self.lock();
        let mark = |carrier: &Carrier| (carrier.handset_position(), carrier.epoch().to_owned());
        let before = mark(&carrier);
        let result = act(&mut carrier, now());
        let changed = mark(&carrier) != before;
        drop(carrier);
        if changed {
            self.screens.send_modify(|count| *count += 1);
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Carrier> {
        self.carrier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one place where the emulators read the clock.
#[allow(clippy::disallowed_methods)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    now.duration_until(at).try_into().unwrap_or(Duration::ZERO).min(LONGEST_SLEEP)
}
