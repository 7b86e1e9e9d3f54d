//! How much one visitor may do: so many at once, and the same number again spread over the period.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use model::Timestamp;

/// Keys remembered before those at rest are forgotten.
const MOST: usize = 20_000;

/// For each key the time at which all its past events will have been paid for.
pub struct Floods<K> {
    paid_at: Mutex<HashMap<K, Timestamp>>,
}

impl<K> Default for Floods<K> {
    fn default() -> Self {
        Self { paid_at: Mutex::default() }
    }
}

impl<K: Hash + Eq> Floods<K> {
    /// Counts one event; `Err` is the seconds to wait when `limit` per `period_s` is used up. `limit` ≥ 1.
    pub fn take(&self, key: K, limit: i64, period_s: i64, now: Timestamp) -> Result<(), u64> {
        let period = period_s * 1_000_000;
        let each = period / limit.max(1);
        let mut paid_at = self.paid_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if paid_at.len() >= MOST {
            paid_at.retain(|_, at| *at > now);
        }
        let start = paid_at.get(&key).copied().filter(|at| *at > now).unwrap_or(now);
        let over = (start + each) - (now + period);
        if over > 0 {
            return Err((over as u64).div_ceil(1_000_000));
        }
        paid_at.insert(key, start + each);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_one_by_one() {
        let floods = Floods::default();
        let now = Timestamp::from_secs(10);
        for _ in 0..30 {
            floods.take("a", 30, 60, now).unwrap();
        }
        assert_eq!(floods.take("a", 30, 60, now), Err(2));
        floods.take("b", 30, 60, now).unwrap();
        floods.take("a", 30, 60, now.plus_secs(2)).unwrap();
        assert!(floods.take("a", 30, 60, now.plus_secs(2)).is_err());
        floods.take("a", 30, 60, now.plus_secs(600)).unwrap();
    }
}
