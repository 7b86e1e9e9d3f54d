use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Hosts remembered before those whose pause is over are forgotten.
const MANY_HOSTS: usize = 4_096;

/// Leaves a host alone after several failures in a row, then lets one request try it.
pub(crate) struct Breakers {
    failures: u32,
    pause: Duration,
    hosts: Mutex<BTreeMap<String, Host>>,
}

/// A host without an entry is in order.
#[derive(Default)]
struct Host {
    failures: u32,
    open_until: Option<Instant>,
    probing: bool,
}

/// Permission for one request. Dropped without a verdict it counts neither way.
pub(crate) struct Pass {
    breakers: Arc<Breakers>,
    host: String,
    probe: bool,
}

impl Breakers {
    pub fn new(failures: u32, pause: Duration) -> Breakers {
        Breakers { failures, pause, hosts: Mutex::default() }
    }

    /// # Errors
    /// How long the host still has to be left alone.
    pub fn admit(self: &Arc<Self>, host: &str, now: Instant) -> Result<Pass, Duration> {
        let mut probe = false;
        if let Some(state) = self.lock().get_mut(host)
            && let Some(open_until) = state.open_until
        {
            if now < open_until {
                return Err(open_until - now);
            }
            if state.probing {
                return Err(Duration::from_secs(1));
            }
            state.probing = true;
            probe = true;
        }
        Ok(Pass { breakers: Arc::clone(self), host: host.to_owned(), probe })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    pub fn succeeded(self) {
        self.breakers.lock().remove(&self.host);
    }

    pub fn failed(self, now: Instant) {
        let breakers = &self.breakers;
        let mut hosts = breakers.lock();
        if hosts.len() >= MANY_HOSTS {
            hosts.retain(|_, host| host.open_until.is_some_and(|until| until > now));
        }
        let host = hosts.entry(self.host.clone()).or_default();
        host.failures = host.failures.saturating_add(1);
        if host.failures >= breakers.failures {
            host.open_until = Some(now + breakers.pause);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.probe
            && let Some(host) = self.breakers.lock().get_mut(&self.host)
        {
            host.probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(10);

    fn fail(breakers: &Arc<Breakers>, times: usize, now: Instant) {
        for _ in 0..times {
            breakers.admit("h", now).expect("closed").failed(now);
        }
    }

    #[test]
    fn opens_after_failures_in_a_row_and_probes_once() {
        let breakers = Arc::new(Breakers::new(5, PAUSE));
        let start = Instant::now();
        fail(&breakers, 4, start);
        breakers.admit("h", start).expect("closed").succeeded();
        fail(&breakers, 5, start);
        assert_eq!(breakers.admit("h", start).err(), Some(PAUSE));
        assert!(breakers.admit("other", start).is_ok());

        let later = start + PAUSE;
        let probe = breakers.admit("h", later).expect("half open");
        assert!(breakers.admit("h", later).is_err(), "one probe at a time");
        drop(probe);
        breakers.admit("h", later).expect("the first probe gave up").failed(later);
        assert_eq!(breakers.admit("h", later).err(), Some(PAUSE), "open again");

        let much_later = later + PAUSE;
        breakers.admit("h", much_later).expect("half open").succeeded();
        fail(&breakers, 4, much_later);
        assert!(breakers.admit("h", much_later).is_ok(), "counting began anew");
    }
}
