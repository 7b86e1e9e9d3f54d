use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::{self, BrokenDownTime, Config};
use jiff::fmt::{rfc2822, temporal};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};
use serde_json::Value;

use super::{Given, Result};
use crate::error::RenderErrorKind;
use crate::text_of;

const MAX_FORMAT_BYTES: usize = 1024;

/// The zones that came with the program: a replay on another machine reads the same ones.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Formats `now`, `today`, seconds since 1970 or a written date by `strftime` directives.
/// What is no date, and what has no format, stays as it is.
pub fn date(input: Value, given: &Given<'_>) -> Result<Value> {
    let format = given.text(0);
    if format.len() > MAX_FORMAT_BYTES {
        return Err(RenderErrorKind::DateFormatTooLong);
    }
    let Some(moment) = moment(&input, given.now) else {
        return Ok(input);
    };
    if format.is_empty() {
        return Ok(input);
    }
    // Milliseconds have another letter in the formatter.
    let format = format.replace("%L", "%3f");
    let config = Config::new().lenient(true);
    let mut text = String::new();
    let formatted = BrokenDownTime::from(&moment).format_with_config(&config, format.as_str(), &mut text);
    Ok(match formatted {
        Ok(()) => text.into(),
        Err(_) => input,
    })
}

/// The same moment on another place's clock, as ISO 8601 with its offset, for a `date` behind it.
pub fn timezone(input: Value, given: &Given<'_>) -> Result<Value> {
    let Ok(zone) = ZONES.get(given.text(0).trim()) else {
        return Err(RenderErrorKind::UnknownTimeZone);
    };
    let Some(moment) = moment(&input, given.now) else {
        return Ok(input);
    };
    let there = moment.with_time_zone(zone);
    let text = strtime::format("%Y-%m-%dT%H:%M:%S%:z", &there);
    Ok(text.map_or(input, Value::from))
}

/// Without an offset a date is UTC.
fn moment(input: &Value, now: i64) -> Option<Zoned> {
    let utc = |timestamp: Timestamp| timestamp.to_zoned(TimeZone::UTC);
    let text = match input {
        Value::Number(_) | Value::String(_) => text_of(input),
        _ => return None,
    };
    let text = text.trim();
    if text.eq_ignore_ascii_case("now") || text.eq_ignore_ascii_case("today") {
        return Timestamp::from_microsecond(now).ok().map(utc);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok().map(utc);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        // Casting saturates, and what is out of range is no moment.
        return Timestamp::from_microsecond((seconds * 1e6) as i64).ok().map(utc);
    }
    written(text)
}

fn written(text: &str) -> Option<Zoned> {
    let offset = temporal::DateTimeParser::new().parse_pieces(text).ok().and_then(|pieces| pieces.to_numeric_offset());
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.to_zoned(TimeZone::fixed(offset.unwrap_or(Offset::UTC))));
    }
    if let Ok(zoned) = rfc2822::DateTimeParser::new().parse_zoned(text) {
        return Some(zoned);
    }
    let civil = text
        .parse::<DateTime>()
        .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M", text))
        .or_else(|_| DateTime::strptime("%B %d, %Y %H:%M", text))
        .or_else(|_| Date::strptime("%B %d, %Y", text).map(|date| date.at(0, 0, 0, 0)))
        .or_else(|_| Date::strptime("%m/%d/%Y", text).map(|date| date.at(0, 0, 0, 0)))
        .ok()?;
    civil.to_zoned(TimeZone::UTC).ok()
}
