//! The one place that asks for the time. Everyone else receives `now`.

use std::sync::Mutex;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use model::Timestamp;

pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The host's clock read once, then carried on by the monotonic one, so that jumps of the wall clock change nothing.
pub struct SystemClock {
    base: Timestamp,
    since: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64);
        Self { base: Timestamp::from_micros(micros), since: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.base + self.since.elapsed().as_micros() as i64
    }
}

/// A clock that stands still until it is moved; for tests, and for making history under a past date.
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub fn new(at: Timestamp) -> Self {
        Self(Mutex::new(at))
    }
    pub fn set(&self, at: Timestamp) {
        let mut now = self.lock();
        *now = at.max(*now);
    }
    pub fn advance_ms(&self, ms: i64) -> Timestamp {
        let mut now = self.lock();
        *now = now.plus_millis(ms);
        *now
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let mut now = self.lock();
        // Two readings are never equal, so that order of arrival is order of time.
        *now = *now + 1;
        *now
    }
}
