use model::{BusinessHours, Day, Span};

use crate::is_zone;

/// Spans of a week, and of one date.
const MOST_SPANS: usize = 100;
const MOST_DATES: usize = 1_000;
const MOST_CLOSURES: usize = 100;
/// Characters of what a date or a closure is called.
const LONGEST_NAME: usize = 200;

/// What is wrong with business hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The path to it, e.g. `dates/3/open/0/to`.
    pub field: String,
    pub code: &'static str,
    pub detail: String,
    /// The most there may be, where that is the fault.
    pub limit: Option<usize>,
}

fn fault(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Fault {
    Fault { field: field.into(), code, detail: detail.into(), limit: None }
}

fn at_most(field: &str, count: usize, most: usize) -> Result<(), Fault> {
    match count <= most {
        true => Ok(()),
        false => Err(Fault { limit: Some(most), ..fault(field, "too_many", format!("there may be at most {most}")) }),
    }
}

fn short(field: String, text: &str) -> Result<(), Fault> {
    match text.chars().count() <= LONGEST_NAME {
        true => Ok(()),
        false => Err(Fault { limit: Some(LONGEST_NAME), ..fault(field, "too_long", format!("at most {LONGEST_NAME} characters")) }),
    }
}

/// Whether such hours can be kept; their name is the caller's to judge.
///
/// # Errors
/// The first [`Fault`] with its place.
pub fn check(hours: &BusinessHours) -> Result<(), Fault> {
    if !is_zone(&hours.time_zone) {
        return Err(fault("time_zone", "unknown", "there is no such time zone; they are named as Europe/Berlin or Asia/Seoul"));
    }
    at_most("weekly", hours.weekly.len(), MOST_SPANS)?;
    for day in Day::ALL {
        let spans = hours.weekly.iter().enumerate().filter(|(_, one)| one.day == day);
        check_spans(spans.map(|(no, one)| (format!("weekly/{no}"), one.span)).collect())?;
    }
    at_most("dates", hours.dates.len(), MOST_DATES)?;
    for (no, date) in hours.dates.iter().enumerate() {
        short(format!("dates/{no}/name"), &date.name)?;
        at_most(&format!("dates/{no}/open"), date.open.len(), MOST_SPANS)?;
        check_spans(date.open.iter().enumerate().map(|(at, span)| (format!("dates/{no}/open/{at}"), *span)).collect())?;
        let same = |other: &&model::SpecialDate| other.yearly == date.yearly && other.date == date.date;
        if hours.dates[..no].iter().any(|other| same(&other)) {
            return Err(fault(format!("dates/{no}/date"), "taken", "this date is already there"));
        }
    }
    at_most("closures", hours.closures.len(), MOST_CLOSURES)?;
    for (no, closure) in hours.closures.iter().enumerate() {
        short(format!("closures/{no}/reason"), &closure.reason)?;
        if closure.until.is_some_and(|until| until <= closure.from) {
            return Err(fault(format!("closures/{no}/until"), "ends_before_it_begins", "the end is not after the beginning"));
        }
    }
    Ok(())
}

/// The spans of one day with their places.
fn check_spans(mut spans: Vec<(String, Span)>) -> Result<(), Fault> {
    if let Some((place, _)) = spans.iter().find(|(_, span)| span.from >= span.to) {
        return Err(fault(
            format!("{place}/to"),
            "ends_before_it_begins",
            "the end is not after the beginning; a night ends at 24:00 and goes on the next day",
        ));
    }
    spans.sort_by_key(|(_, span)| *span);
    match spans.windows(2).find(|pair| pair[1].1.from < pair[0].1.to) {
        Some(pair) => {
            Err(fault(format!("{}/from", pair[1].0), "overlaps", format!("it begins before {}, when the other one ends", pair[0].1.to)))
        }
        None => Ok(()),
    }
}
