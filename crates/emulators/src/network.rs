//! The carrier and the platforms in real time: a lock around each value, a clock beside it, and the loop that drives them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::{
    carrier::{Callback, CallbackAnswer, Carrier, CarrierConfig, HttpAnswer},
    platform::{Platforms, PlatformsConfig, Request},
    post::Post,
};

/// So many callbacks are under way at once; more wait their turn.
const AT_ONCE: usize = 64;
/// The loop looks at least this often, should the clock be set.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// A shared carrier and its neighbours, the platforms. Clones are the same ones.
#[derive(Clone)]
pub struct Network {
    carrier: Arc<Mutex<Carrier>>,
    platforms: Arc<Mutex<Platforms>>,
    /// Rung when something was planned.
    planned: Arc<Notify>,
    /// Counts whenever a phone's screen changed.
    screens: watch::Sender<u64>,
    /// Counts whenever a callback of a platform was answered: somebody may wait for it.
    answered: watch::Sender<u64>,
}

/// Whose callback it is: both count theirs from one.
#[derive(Clone, Copy)]
enum Whose {
    Carrier(u64),
    Platforms(u64),
}

impl Network {
    pub fn new(config: &CarrierConfig, platforms: &PlatformsConfig, seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(fresh_seed);
        Self {
            carrier: Arc::new(Mutex::new(Carrier::new(config, seed))),
            platforms: Arc::new(Mutex::new(Platforms::new(platforms, seed))),
            planned: Arc::new(Notify::new()),
            screens: watch::Sender::new(0),
            answered: watch::Sender::new(0),
        }
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

    /// Does something to the platforms now, and lets the loop and the phones' pages know.
    pub fn with_platforms<T>(&self, act: impl FnOnce(&mut Platforms, Timestamp) -> T) -> T {
        let result = self.step_platforms(act);
        self.planned.notify_one();
        result
    }

    /// Reads the platforms.
    pub fn read_platforms<T>(&self, look: impl FnOnce(&Platforms) -> T) -> T {
        look(&self.lock_platforms())
    }

    /// Answers a request to a platform, as late as what it waits for outside.
    pub async fn ask_platforms(&self, request: &Request) -> HttpAnswer {
        let mut answered = self.answered.subscribe();
        let mut answer = self.with_platforms(|platforms, now| platforms.handle_request(request, now));
        while let Some(ticket) = answer.ticket {
            match self.with_platforms(|platforms, _| platforms.answer_of(ticket)) {
                Some(decided) => answer = decided,
                None if answered.changed().await.is_err() => break,
                None => {}
            }
        }
        answer
    }

    /// Told whenever a phone's screen has changed.
    pub fn screens(&self) -> watch::Receiver<u64> {
        self.screens.subscribe()
    }

    /// Sends out what is due and takes the answers, for ever.
    pub(crate) async fn drive(self, post: Arc<dyn Post>) {
        let mut waiting: VecDeque<(Whose, Callback)> = VecDeque::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            let (due, next) = self.step(|carrier, now| (carrier.due(now), carrier.next_due()));
            waiting.extend(due.into_iter().map(|callback| (Whose::Carrier(callback.id), callback)));
            let (due, other_next) = self.step_platforms(|platforms, now| (platforms.due(now), platforms.next_due()));
            waiting.extend(due.into_iter().map(|callback| (Whose::Platforms(callback.id), callback)));
            let pause = next.into_iter().chain(other_next).min().map_or(LONGEST_SLEEP, |at| until(now(), at));
            while under_way.len() < AT_ONCE
                && let Some((whose, callback)) = waiting.pop_front()
            {
                let answer = post.post(callback);
                under_way.push(async move { (whose, answer.await) });
            }
            tokio::select! {
                Some((whose, answer)) = under_way.next(), if !under_way.is_empty() => self.take(whose, answer),
                () = tokio::time::sleep(pause) => {}
                () = self.planned.notified() => {}
            }
        }
    }

    fn take(&self, whose: Whose, answer: CallbackAnswer) {
        match whose {
            Whose::Carrier(id) => self.step(|carrier, now| carrier.callback_answer(id, answer, now)),
            Whose::Platforms(id) => {
                self.step_platforms(|platforms, now| platforms.callback_answer(id, answer, now));
                self.answered.send_modify(|count| *count += 1);
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

    fn step_platforms<T>(&self, act: impl FnOnce(&mut Platforms, Timestamp) -> T) -> T {
        let mut platforms = self.lock_platforms();
        let mark = |platforms: &Platforms| (platforms.position(), platforms.epoch().to_owned());
        let before = mark(&platforms);
        let result = act(&mut platforms, now());
        let changed = mark(&platforms) != before;
        drop(platforms);
        if changed {
            self.screens.send_modify(|count| *count += 1);
        }
        result
    }

    fn lock_platforms(&self) -> MutexGuard<'_, Platforms> {
        self.platforms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Carrier> {
        self.carrier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A version 7 uuid holds the time and chance; folded, it is a seed that no other start has.
pub(crate) fn fresh_seed() -> u64 {
    let fresh = uuid::Uuid::now_v7().as_u128();
    (fresh as u64) ^ ((fresh >> 64) as u64)
}

/// The one place where the emulators read the clock.
#[allow(clippy::disallowed_methods)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn until(now: Timestamp, at: Timestamp) -> Duration {
    now.duration_until(at).try_into().unwrap_or(Duration::ZERO).min(LONGEST_SLEEP)
}
