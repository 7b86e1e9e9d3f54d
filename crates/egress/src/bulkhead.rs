use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// Keys kept before idle ones are forgotten.
const MANY_KEYS: usize = 1_024;

/// A number of places for each key.
pub(crate) struct Bulkheads {
    places: usize,
    keys: Mutex<BTreeMap<String, Arc<Semaphore>>>,
}

impl Bulkheads {
    pub fn new(places: usize) -> Bulkheads {
        Bulkheads { places, keys: Mutex::default() }
    }

    /// A place, or nothing when none came free in time. It is given back when dropped.
    pub async fn enter(&self, key: &str, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        let semaphore = self.semaphore(key);
        let entered = timeout_at(deadline, semaphore.acquire_owned()).await;
        entered.ok()?.ok()
    }

    fn semaphore(&self, key: &str) -> Arc<Semaphore> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MANY_KEYS {
            // Who waits or works holds a second reference, or a place.
            keys.retain(|_, semaphore| Arc::strong_count(semaphore) > 1 || semaphore.available_permits() < self.places);
        }
        let semaphore = keys.entry(key.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.places)));
        Arc::clone(semaphore)
    }
}
