use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{ToSpan, Zoned};
use model::{BusinessHours, Closure, Day, DayTime, Span, SpecialDate, Timestamp};

use crate::{Because, HORIZON_DAYS};

/// The zones that came with the program: a replay on another machine reads the same ones.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

pub fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// Hours with the clock of their place.
pub struct Place<'a> {
    hours: &'a BusinessHours,
    zone: TimeZone,
}

impl<'a> Place<'a> {
    pub fn of(hours: &'a BusinessHours) -> Self {
        Self { hours, zone: zone(&hours.time_zone).unwrap_or(TimeZone::UTC) }
    }

    /// What is open and ends after `from`, in order, so many days of 24 hours ahead and a little more. Where it is open over midnight
    /// one touches the next.
    pub fn spans(&self, from: Timestamp, days: i64) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let first = self.on_the_wall(from).date().saturating_sub(1.day());
        let days = (0..days.clamp(0, HORIZON_DAYS) + 4).map(move |no| first.saturating_add(no.days()));
        let spans = days.flat_map(|day| self.of_day(day)).flat_map(|span| self.without_closures(span));
        spans.filter(move |(_, end)| *end > from)
    }

    /// The openings that end after `from`, one after another, within the horizon. None touches the next: open around the clock, the
    /// first takes the whole horizon to find.
    pub fn openings(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let mut spans = self.spans(from, HORIZON_DAYS).peekable();
        std::iter::from_fn(move || {
            let (start, mut end) = spans.next()?;
            while let Some((_, later)) = spans.next_if(|(next, _)| *next <= end) {
                end = end.max(later);
            }
            Some((start, end))
        })
    }

    /// What decides whether it is open: a closure, a date of its own, or the week.
    pub fn because(&self, now: Timestamp) -> (Because, String) {
        if let Some(closure) = self.hours.closures.iter().find(|closure| holds(closure, now)) {
            return (Because::Closure, closure.reason.clone());
        }
        match self.special(self.on_the_wall(now).date()) {
            Some(date) => (Because::Date, date.name.clone()),
            None => (Because::Weekly, String::new()),
        }
    }

    pub fn local(&self, at: Timestamp) -> String {
        let there = self.on_the_wall(at);
        format!("{}{}", there.datetime(), jiff::fmt::strtime::format("%:z", &there).unwrap_or_default())
    }

    fn on_the_wall(&self, at: Timestamp) -> Zoned {
        let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
        at.to_zoned(self.zone.clone())
    }

    /// A date of its own year wins over one of every year.
    fn special(&self, day: Date) -> Option<&'a SpecialDate> {
        let dates = &self.hours.dates;
        let every_year = |date: &&SpecialDate| date.yearly && (date.date.month(), date.date.day()) == (day.month(), day.day());
        dates.iter().find(|date| !date.yearly && date.date == day).or_else(|| dates.iter().find(every_year))
    }

    fn of_day(&self, day: Date) -> Vec<(Timestamp, Timestamp)> {
        let mut spans: Vec<Span> = match self.special(day) {
            Some(date) => date.open.clone(),
            None => self.hours.weekly.iter().filter(|one| one.day == Day::of(day)).map(|one| one.span).collect(),
        };
        spans.sort_unstable();
        spans.dedup_by(|later, span| {
            let overlaps = later.from <= span.to;
            span.to = if overlaps { span.to.max(later.to) } else { span.to };
            overlaps
        });
        spans.iter().map(|span| (self.moment(day, span.from), self.moment(day, span.to))).filter(|(from, to)| from < to).collect()
    }

    /// A time that the clocks leave out is the one after it, and of one that comes twice it is the first.
    fn moment(&self, day: Date, time: DayTime) -> Timestamp {
        let minutes = time.minutes();
        let (day, minutes) = if time == DayTime::MIDNIGHT { (day.saturating_add(1.day()), 0) } else { (day, minutes) };
        let clock = Time::new((minutes / 60) as i8, (minutes % 60) as i8, 0, 0).unwrap_or(Time::midnight());
        let there = self.zone.to_zoned(day.to_datetime(clock));
        Timestamp::from_micros(there.map_or(i64::MAX, |there| there.timestamp().as_microsecond()))
    }

    fn without_closures(&self, span: (Timestamp, Timestamp)) -> Vec<(Timestamp, Timestamp)> {
        let mut left = vec![span];
        for closure in &self.hours.closures {
            let until = closure.until.unwrap_or(Timestamp::from_micros(i64::MAX));
            let around = |(from, to): (Timestamp, Timestamp)| [(from, to.min(closure.from)), (from.max(until), to)];
            left = left
                .into_iter()
                .flat_map(|(from, to)| if closure.from < to && until > from { around((from, to)).to_vec() } else { vec![(from, to)] })
                .collect();
            left.retain(|(from, to)| from < to);
        }
        left
    }
}

fn holds(closure: &Closure, now: Timestamp) -> bool {
    closure.from <= now && closure.until.is_none_or(|until| now < until)
}
