//! What business hours mean at a moment: open or closed, until when, and why.
//!
//! Invariants: times are those of the clock on the wall of the hours' own place, in summer and in winter; a moment of change belongs to
//! what comes. It knows no queues and no channels, and nothing looks further ahead than [`HORIZON_DAYS`].

mod check;
mod openings;

#[cfg(test)]
mod tests;

use model::{BusinessHours, Closed, Timestamp};

pub use check::{Fault, check};
use openings::Place;

/// How far ahead an opening is looked for.
pub const HORIZON_DAYS: i64 = 400;

/// What holds at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub open: bool,
    /// When that changes next; none where it does not within the horizon.
    pub until: Option<Timestamp>,
    pub because: Because,
    /// What the date or closure is called that decides; else empty.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    Weekly,
    Date,
    Closure,
}

impl Because {
    pub fn code(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Date => "date",
            Self::Closure => "closure",
        }
    }
}

/// Whether it is open now, until when, and why.
pub fn look(hours: &BusinessHours, now: Timestamp) -> Moment {
    let place = Place::of(hours);
    let first = place.openings(now).next();
    let open = first.is_some_and(|(from, _)| from <= now);
    let horizon = now.plus_secs(HORIZON_DAYS * 86_400);
    let change = first.map(|(from, to)| if open { to } else { from });
    let (because, name) = place.because(now);
    Moment { open, until: change.filter(|at| *at < horizon), because, name }
}

/// Whether it is open at a moment: quicker than a whole look.
pub fn is_open(hours: &BusinessHours, at: Timestamp) -> bool {
    Place::of(hours).spans(at, 0).any(|(from, _)| from <= at)
}

/// That it is closed now, until when by the clock of the place, and why.
pub fn closed(hours: &BusinessHours, now: Timestamp) -> Option<Closed> {
    if is_open(hours, now) {
        return None;
    }
    let moment = look(hours, now);
    Some(Closed { opens_at: moment.until.map(|at| local(hours, at)), reason: moment.name })
}

/// When this many seconds of opening have passed since `from`; the horizon where there are not as many before it.
pub fn after(hours: &BusinessHours, from: Timestamp, secs: i64) -> Timestamp {
    let mut left = secs.max(0).saturating_mul(1_000_000);
    for (start, end) in Place::of(hours).spans(from, HORIZON_DAYS) {
        let start = start.max(from);
        if left <= end.since(start) {
            return start + left;
        }
        left -= end.since(start);
    }
    from.plus_secs(HORIZON_DAYS * 86_400)
}

/// Microseconds of opening between two moments at most the horizon apart.
pub fn open_between(hours: &BusinessHours, from: Timestamp, to: Timestamp) -> i64 {
    if to <= from {
        return 0;
    }
    let place = Place::of(hours);
    let spans = place.spans(from, to.since(from) / 86_400_000_000).take_while(|(start, _)| *start < to);
    spans.map(|(start, end)| end.min(to).since(start.max(from))).sum()
}

/// A moment as the clock of the place shows it: RFC 3339 with its offset.
pub fn local(hours: &BusinessHours, at: Timestamp) -> String {
    Place::of(hours).local(at)
}

/// Whether there is such a time zone.
pub fn is_zone(name: &str) -> bool {
    openings::zone(name).is_some()
}
