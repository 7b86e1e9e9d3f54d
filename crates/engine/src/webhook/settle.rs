//! What a try changes: the delivery's next time or its end, and how its endpoint is doing. Times and chance are arguments.

use model::Timestamp;
use store::webhook::{Delivery, DeliveryState, Health};

/// Seconds between the tries of one delivery: the first is made at once, so there are eight.
const WAITS_S: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
/// Failures in a row after which an endpoint is left alone for a while.
const PATIENCE: i64 = 5;
/// The first pause and the longest one, in seconds.
const PAUSE_S: i64 = 60;
const LONGEST_PAUSE_S: i64 = 600;
/// An endpoint that only failed for so long is switched off.
const OFF_AFTER_S: i64 = 5 * 86_400;
/// What an endpoint may ask us to wait, in seconds.
const LONGEST_WISH_S: i64 = 86_400;

/// Why a webhook was switched off by us, and why its deliveries ended.
pub mod problem {
    /// The endpoint said that it is gone for good.
    pub const GONE: &str = "gone";
    /// It failed for five days.
    pub const FAILING: &str = "failing";
    /// The webhook was switched off while the delivery waited.
    pub const OFF: &str = "switched_off";
    /// It waited for three days.
    pub const EXPIRED: &str = "expired";
    /// The event is older than events are kept.
    pub const NO_EVENT: &str = "event_gone";
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    pub outcome: &'static str,
    /// `410`: never again.
    pub gone: bool,
    pub taken: bool,
    /// Seconds the endpoint asked us to wait.
    pub wish_s: Option<i64>,
}

/// Notes a try in both; the reason when the webhook is to be switched off. `chance` is any number.
pub fn settle(delivery: &mut Delivery, health: &mut Health, tried: &Tried, now: Timestamp, chance: u64) -> Option<&'static str> {
    delivery.attempts += 1;
    delivery.outcome = tried.outcome.to_owned();
    if tried.taken {
        end(delivery, DeliveryState::Delivered, now);
        *health = Health::default();
        return None;
    }
    // Ended by a person or another end while it was tried.
    if delivery.state == DeliveryState::Waiting {
        delivery.tries += 1;
        match usize::try_from(delivery.tries - 1).ok().and_then(|no| WAITS_S.get(no)) {
            Some(wait) if !tried.gone => delivery.next_at = now.plus_millis(later(*wait, tried.wish_s, chance)),
            _ => end(delivery, DeliveryState::Dead, now),
        }
    }
    health.failures += 1;
    let since = *health.failing_since.get_or_insert(now);
    if tried.gone {
        return Some(problem::GONE);
    }
    if now.since(since) >= OFF_AFTER_S * 1_000_000 {
        return Some(problem::FAILING);
    }
    if let Ok(over) = u32::try_from(health.failures - PATIENCE) {
        let pause = PAUSE_S.saturating_mul(1 << over.min(10)).min(LONGEST_PAUSE_S);
        health.paused_until = Some(now.plus_millis(later(pause, None, chance)));
    }
    None
}

pub fn end(delivery: &mut Delivery, state: DeliveryState, now: Timestamp) {
    delivery.state = state;
    delivery.ended_at = Some(now);
}

/// Whether only one may be tried, to see whether the endpoint is back.
pub fn is_probe(health: &Health) -> bool {
    health.failures >= PATIENCE
}

/// Milliseconds to wait: what is due or wished, and up to a tenth more, so that what failed together does not come back together.
fn later(wait_s: i64, wish_s: Option<i64>, chance: u64) -> i64 {
    let ms = wait_s.max(wish_s.unwrap_or(0).clamp(0, LONGEST_WISH_S)) * 1_000;
    ms + ms / 1_000 * (chance % 101) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery() -> Delivery {
        let now = Timestamp::from_secs(0);
        let nil = model::Id::from_uuid(Default::default());
        Delivery {
            id: nil,
            webhook_id: model::Id::from_uuid(Default::default()),
            seq: 1,
            kind: "message.added".into(),
            state: DeliveryState::Waiting,
            tries: 0,
            attempts: 0,
            next_at: now,
            expires_at: now,
            made_at: now,
            ended_at: None,
            outcome: String::new(),
        }
    }

    fn failed() -> Tried {
        Tried { outcome: "status", gone: false, taken: false, wish_s: None }
    }

    #[test]
    fn eight_tries_at_the_promised_times_and_no_ninth() {
        let (mut one, mut health, mut now) = (delivery(), Health::default(), Timestamp::from_secs(0));
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert_eq!(settle(&mut one, &mut health, &failed(), now, 0), None);
            if one.state == DeliveryState::Waiting {
                waits.push(one.next_at.since(now) / 1_000_000);
                now = one.next_at;
            }
        }
        assert_eq!((waits, one.state, one.tries), (WAITS_S.to_vec(), DeliveryState::Dead, 8));
    }

    #[test]
    fn a_wish_to_wait_is_heard_and_chance_adds_a_tenth_at_most() {
        let (mut one, mut health) = (delivery(), Health::default());
        settle(&mut one, &mut health, &Tried { wish_s: Some(90), ..failed() }, Timestamp::from_secs(0), 100);
        assert_eq!(one.next_at, Timestamp::from_secs(99));
        let (mut one, mut health) = (delivery(), Health::default());
        settle(&mut one, &mut health, &Tried { wish_s: Some(i64::MAX), ..failed() }, Timestamp::from_secs(0), 0);
        assert_eq!(one.next_at, Timestamp::from_secs(LONGEST_WISH_S));
    }

    #[test]
    fn five_failures_in_a_row_pause_it_longer_and_longer_and_a_good_one_ends_that() {
        let (mut health, mut pauses) = (Health::default(), Vec::new());
        for at in 1..=10 {
            settle(&mut delivery(), &mut health, &failed(), Timestamp::from_secs(0), 0);
            pauses.extend(health.paused_until.map(Timestamp::secs));
            assert_eq!(is_probe(&health), at >= 5);
        }
        assert_eq!(pauses, [60, 120, 240, 480, 600, 600]);
        settle(&mut delivery(), &mut health, &Tried { taken: true, outcome: "taken", ..failed() }, Timestamp::from_secs(0), 0);
        assert_eq!(health, Health::default());
    }

    #[test]
    fn it_is_switched_off_when_gone_or_after_five_failing_days() {
        let (mut one, mut health) = (delivery(), Health::default());
        assert_eq!(settle(&mut one, &mut health, &Tried { gone: true, ..failed() }, Timestamp::from_secs(0), 0), Some(problem::GONE));
        let mut health = Health::default();
        let day = |days: i64| Timestamp::from_secs(days * 86_400);
        assert_eq!(settle(&mut delivery(), &mut health, &failed(), day(0), 0), None);
        assert_eq!(settle(&mut delivery(), &mut health, &failed(), day(4), 0), None);
        assert_eq!(settle(&mut delivery(), &mut health, &failed(), day(5), 0), Some(problem::FAILING));
    }
}
