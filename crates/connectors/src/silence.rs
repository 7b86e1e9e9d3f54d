//! Whether an account that is usually busy has fallen silent, judged by the same hours of the weeks before.
//!
//! What counts is how many quarters of an hour brought something, not how much they brought: one talk of forty messages is one guest.
//! So nights and closed days are never missed, and an account that never was busy is never silent.

use std::collections::BTreeMap;

use model::Timestamp;

/// A quarter of an hour, in seconds.
pub const SLOT_S: i64 = 900;
const WEEK: i64 = 7 * 24 * 3_600 / SLOT_S;
/// Weeks that are looked at. Of as many the poorest is left out: it may hold a holiday.
const WEEKS: usize = 5;
/// With fewer weeks behind it, nobody knows what is usual.
const LEAST_WEEKS: usize = 3;
/// In each of these weeks so many quarters of an hour, or more, must have brought something in the hours that are silent now.
const BUSY: usize = 8;
/// Where clocks are put forward or back, the same hour comes this much later or sooner.
const CLOCK_CHANGE: i64 = 3_600 / SLOT_S;
/// How long what was heard is of use, in quarters of an hour before it.
pub const KEPT: i64 = (WEEKS as i64 + 1) * WEEK;

/// Longer silent than ever in these hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Seconds since the last delivery.
    pub lasts_s: i64,
    /// Of how many weeks the same hours were looked at.
    pub weeks: usize,
    /// Deliveries that came in these hours in the poorest of them.
    pub usual: i64,
}

/// The quarter of an hour that a moment belongs to, counted since 1970.
pub fn slot_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(SLOT_S * 1_000_000)
}

/// True where a silence since then is too short to be judged.
pub fn too_short(since: Timestamp, now: Timestamp) -> bool {
    slot_of(now) - slot_of(since) <= BUSY as i64 + CLOCK_CHANGE
}

/// Judges a silence that lasts since `since`: the last delivery, or when we began to listen. `heard` holds the deliveries of each quarter
/// of an hour that brought any.
pub fn silence(heard: &BTreeMap<i64, i64>, since: Timestamp, now: Timestamp) -> Option<Silence> {
    let first = *heard.keys().next()?;
    // Whole quarters only. After a week all hours were silent, and more of them say nothing more.
    let begin = slot_of(since) + 1;
    let length = (slot_of(now) - begin).min(WEEK);
    if too_short(since, now) {
        return None;
    }
    let mut weeks = Vec::new();
    for back in 1..=WEEKS as i64 {
        let then = begin - back * WEEK;
        if then < first {
            break;
        }
        // The day may begin or end an hour later than it did then.
        let found = [0, CLOCK_CHANGE].map(|later| {
            let from = then + later;
            let (mut busy, mut deliveries) = (0_usize, 0_i64);
            for count in heard.range(from..from + length - CLOCK_CHANGE).map(|(_, count)| count) {
                busy += 1;
                deliveries = deliveries.saturating_add(*count);
            }
            (busy, deliveries)
        });
        weeks.extend(found.into_iter().min());
    }
    weeks.sort_unstable();
    let judged = weeks.get(usize::from(weeks.len() == WEEKS)..)?;
    if weeks.len() < LEAST_WEEKS || judged.iter().any(|(busy, _)| *busy < BUSY) {
        return None;
    }
    let usual = judged.iter().map(|(_, deliveries)| *deliveries).min()?;
    Some(Silence { lasts_s: (now - since) / 1_000_000, weeks: judged.len(), usual })
}

#[cfg(test)]
#[path = "silence_tests.rs"]
mod tests;
