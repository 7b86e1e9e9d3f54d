//! Rests an account whose provider does not answer, and then tries with one message whether it does again.

use model::Timestamp;

/// Failures in a row, over all threads of the account, after which it rests.
const FAILURES: u32 = 5;
/// The first rest, in seconds; each further one is twice as long.
const FIRST_REST_S: i64 = 5;
const MOST_REST_S: i64 = 300;

/// What may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admits {
    Everything,
    /// One message, to see whether the provider is back.
    One,
    Nothing,
}

/// A change that somebody should be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    Down,
    Back,
}

#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    rests: u32,
    until: Option<Timestamp>,
}

impl Breaker {
    pub fn admits(&self, now: Timestamp) -> Admits {
        match self.until {
            None => Admits::Everything,
            Some(until) if until <= now => Admits::One,
            Some(_) => Admits::Nothing,
        }
    }

    /// What came of a request: `answered` = the provider said something of its own, be it a refusal.
    pub fn hear(&mut self, answered: bool, now: Timestamp) -> Option<News> {
        if answered {
            let was_down = self.until.is_some();
            *self = Self::default();
            return was_down.then_some(News::Back);
        }
        self.failures += 1;
        if self.failures < FAILURES || self.until.is_some_and(|until| now < until) {
            return None;
        }
        let first = self.until.is_none();
        let rest_s = FIRST_REST_S.saturating_mul(1 << self.rests.min(10)).min(MOST_REST_S);
        self.rests += 1;
        self.until = Some(now.plus_secs(rest_s));
        first.then_some(News::Down)
    }
}

/// Up to a fifth of `ms` more, the same for the same try of the same send: many that failed together do not come back together.
pub fn spread(id: u128, attempts: i64, ms: i64) -> i64 {
    // FNV-1a over what tells tries apart.
    let bytes = id.to_le_bytes().into_iter().chain(attempts.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let fifth = u64::try_from(ms / 5).unwrap_or(0);
    ms.saturating_add(i64::try_from(hash % (fifth + 1)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_provider_is_asked_ever_more_rarely_and_one_answer_ends_it() {
        let at = Timestamp::from_secs;
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert_eq!(breaker.hear(false, at(100)), None);
            assert_eq!(breaker.admits(at(100)), Admits::Everything);
        }
        assert_eq!(breaker.hear(false, at(100)), Some(News::Down));
        assert_eq!(breaker.hear(false, at(100)), None, "what was under way changes nothing");
        assert_eq!((breaker.admits(at(104)), breaker.admits(at(105))), (Admits::Nothing, Admits::One));
        assert_eq!(breaker.hear(false, at(105)), None, "told once");
        assert_eq!((breaker.admits(at(114)), breaker.admits(at(115))), (Admits::Nothing, Admits::One));
        let mut now = 115;
        for _ in 0..20 {
            breaker.hear(false, at(now));
            now += MOST_REST_S;
        }
        assert_eq!(breaker.admits(at(now)), Admits::One, "never longer than that");
        assert_eq!(breaker.hear(true, at(now)), Some(News::Back));
        assert_eq!((breaker.admits(at(now)), breaker.hear(true, at(now))), (Admits::Everything, None));
    }

    #[test]
    fn tries_are_spread_and_never_early() {
        let tries: Vec<i64> = (0..50).map(|id| spread(id, 3, 10_000)).collect();
        assert!(tries.iter().all(|ms| (10_000..=12_000).contains(ms)));
        assert!(tries.iter().collect::<std::collections::BTreeSet<_>>().len() > 40, "{tries:?}");
        assert_eq!(spread(7, 1, 3), 3);
        assert_eq!(spread(7, 2, 10_000), spread(7, 2, 10_000));
    }
}
