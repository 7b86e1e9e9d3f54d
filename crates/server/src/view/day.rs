//! When a day began, where the workspace is.

use jiff::tz::TimeZone;
use model::Timestamp;

/// The first instant of the day it is in that time zone; of the day in UTC where the zone is unknown.
pub fn day_began(now: Timestamp, zone: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let began = jiff::Timestamp::from_microsecond(now.micros()).and_then(|now| now.to_zoned(zone).start_of_day());
    began.map_or(now, |began| Timestamp::from_micros(began.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn began(now: &str, zone: &str) -> String {
        day_began(Timestamp::parse_rfc3339(now).unwrap(), zone).rfc3339()
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_place() {
        assert_eq!(began("2026-11-21T12:00:00Z", "UTC"), "2026-11-21T00:00:00.000Z");
        assert_eq!(began("2026-11-21T12:00:00Z", "Europe/Berlin"), "2026-11-20T23:00:00.000Z");
        assert_eq!(began("2026-11-21T14:59:59Z", "Asia/Seoul"), "2026-11-20T15:00:00.000Z");
        assert_eq!(began("2026-11-21T15:00:00Z", "Asia/Seoul"), "2026-11-21T15:00:00.000Z");
        assert_eq!(began("2026-11-21T04:00:00Z", "America/New_York"), "2026-11-20T05:00:00.000Z");
        assert_eq!(began("2026-11-21T12:00:00Z", "Nowhere/At_All"), "2026-11-21T00:00:00.000Z");
    }

    #[test]
    fn days_on_which_clocks_change_are_shorter_and_longer() {
        // Spring: 23 hours, begun at UTC+1, ended at UTC+2.
        assert_eq!(began("2026-03-29T21:59:59Z", "Europe/Berlin"), "2026-03-28T23:00:00.000Z");
        assert_eq!(began("2026-03-29T22:00:00Z", "Europe/Berlin"), "2026-03-29T22:00:00.000Z");
        // Autumn: 25 hours, begun at UTC+2, ended at UTC+1.
        assert_eq!(began("2026-10-25T22:59:59Z", "Europe/Berlin"), "2026-10-24T22:00:00.000Z");
        assert_eq!(began("2026-10-25T23:00:00Z", "Europe/Berlin"), "2026-10-25T23:00:00.000Z");
        // Where the clock jumps at midnight the day begins at one.
        assert_eq!(began("2026-04-24T12:00:00Z", "Africa/Cairo"), "2026-04-23T22:00:00.000Z");
    }
}
