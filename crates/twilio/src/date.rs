//! Twilio's dates: ISO 8601 in UTC, whole seconds, `2026-11-22T08:30:00Z`. Its SDKs parse exactly this.

use model::{Id, Timestamp};

/// Before this nothing may have begun to wait.
const EARLIEST: &str = "1900-01-01T00:00:00Z";

pub fn iso(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.secs()).map(|at| at.to_string()).unwrap_or_default()
}

/// When something was made, by its id. An id made of a request's key says nothing of time; then it is `else_at`.
pub fn born(id: impl Id, else_at: Timestamp) -> Timestamp {
    let Some(at) = id.uuid().get_timestamp() else { return else_at };
    let (secs, nanos) = at.to_unix();
    Timestamp::from_micros(secs as i64 * 1_000_000 + i64::from(nanos / 1000))
}

/// When something was changed last. Rows of earlier releases do not say; they were made at least.
pub fn changed(updated_at: Timestamp, made: Timestamp) -> String {
    iso(updated_at.max(made))
}

/// Reads a date as SDKs send it: with or without fractions, an offset, or (UTC then) neither.
pub fn parse(text: &str) -> Option<Timestamp> {
    let at = Timestamp::parse_rfc3339(text).or_else(|| Timestamp::parse_rfc3339(&format!("{text}Z")))?;
    (at >= Timestamp::parse_rfc3339(EARLIEST)?).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_no_fractions_and_are_read_with_them() {
        let at = Timestamp::from_micros(1_795_000_000_999_999);
        assert_eq!(iso(at), "2026-11-18T11:06:40Z");
        assert_eq!(parse("2026-11-18T11:06:40.999999Z"), Some(at));
        assert_eq!(parse("2026-11-18T12:06:40+01:00"), parse("2026-11-18T11:06:40"));
        assert_eq!(parse("1899-12-31T23:59:59Z"), None);
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn an_id_knows_when_it_was_made() {
        let made = Timestamp::from_millis(1_795_000_000_123);
        let id: model::TaskId = model::Ids::new(made, 7).next();
        assert_eq!(born(id, Timestamp::default()), made);
        let keyed = model::TaskId(uuid::Builder::from_custom_bytes([7; 16]).into_uuid());
        assert_eq!(born(keyed, made), made);
    }
}
