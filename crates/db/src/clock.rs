//! The database's time: the host's clock beside SQLite, a settable one in inline mode. It never goes back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the settable clock of an inline database starts: 2026-01-01T00:00:00Z in microseconds.
pub const INLINE_START: i64 = 1_767_225_600_000_000;

pub(crate) struct Clock {
    last: AtomicI64,
    host: bool,
}

impl Clock {
    pub fn host() -> Self {
        Clock { last: AtomicI64::new(0), host: true }
    }

    pub fn settable() -> Self {
        Clock { last: AtomicI64::new(INLINE_START), host: false }
    }

    /// Microseconds since 1970, never less than an earlier answer.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the host's clock")]
    pub fn now(&self) -> i64 {
        if !self.host {
            return self.last.load(Ordering::SeqCst);
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        self.last.fetch_max(now, Ordering::SeqCst).max(now)
    }

    /// Moves a settable clock forward; an earlier time, or a host clock, is left alone.
    pub fn set(&self, micros: i64) {
        if !self.host {
            self.last.fetch_max(micros, Ordering::SeqCst);
        }
    }
}
