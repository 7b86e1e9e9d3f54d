//! Small words that every HTTP channel needs: reading headers and JSON, making requests, judging what did not come back.

use model::{ChannelAccount, Problem, Timestamp};
use serde_json::Value;

use crate::contract::{Body, Outcome, Repeatable, Request, SettingProblem, Work};

/// A header's value; names are compared without case.
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A text field of a JSON object; empty where there is none.
pub fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The elements of an array field; none where there is none.
pub fn list<'a>(json: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    json.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A time in milliseconds since 1970, as a number or as text; seconds are understood, too, as some providers mix them.
pub fn millis(json: &Value) -> Option<Timestamp> {
    let number = json.as_i64().or_else(|| json.as_str()?.parse().ok())?;
    let millis = if number.abs() < 100_000_000_000 { number.checked_mul(1000)? } else { number };
    Some(Timestamp::from_micros(millis.checked_mul(1000)?))
}

/// A request with a JSON body. `repeatable`: `true` = always, `false` = never.
pub fn post_json(url: String, headers: Vec<(String, String)>, body: &Value, repeatable: impl Into<Repeatable>) -> Request {
    let mut headers = headers;
    headers.push(("content-type".into(), "application/json".into()));
    Request {
        method: "POST",
        url,
        headers,
        body: Body::Bytes(body.to_string().into_bytes()),
        repeatable: repeatable.into(),
        follow_redirects: 0,
        max_response_bytes: 1 << 20,
    }
}

/// A request without a body.
pub fn get(url: String, headers: Vec<(String, String)>) -> Request {
    Request {
        method: "GET",
        url,
        headers,
        body: Body::Empty,
        repeatable: Repeatable::Always,
        follow_redirects: 0,
        max_response_bytes: 1 << 20,
    }
}

pub fn bearer(token: &str) -> (String, String) {
    ("authorization".into(), format!("Bearer {token}"))
}

/// `Retry-After` in milliseconds, whole seconds or a date; at most ten minutes.
pub fn retry_after_ms(headers: &[(String, String)], now: Timestamp) -> Option<i64> {
    let said = header(headers, "retry-after")?.trim();
    let ms = match said.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => (seconds * 1000.0).ceil() as i64,
        _ => (jiff::fmt::rfc2822::parse(said).ok()?.timestamp().as_microsecond() - now.micros()) / 1000,
    };
    Some(ms.clamp(0, 600_000))
}

/// A setting that holds no http or https address; an empty one is judged by whoever requires it.
pub fn bad_url(account: &ChannelAccount, key: &str) -> Option<SettingProblem> {
    let said = account.setting(key);
    let fine = said.is_empty() || url::Url::parse(said).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    (!fine).then(|| wrong(key, "bad_url", format!("{said} is not an http or https address")))
}

/// What is wrong with a setting, and the mend.
pub fn wrong(setting: &str, code: &str, detail: impl Into<String>) -> SettingProblem {
    SettingProblem { setting: setting.into(), code: code.into(), detail: detail.into() }
}

/// The first of these settings that holds anything, with what it holds: what the provider calls the account.
pub fn named(account: &ChannelAccount, settings: &[&'static str]) -> Option<(&'static str, String)> {
    settings.iter().map(|setting| (*setting, account.setting(setting).trim().to_owned())).find(|(_, key)| !key.is_empty())
}

/// A work that failed for good.
pub fn failed(code: &str, detail: impl Into<String>) -> Outcome {
    Outcome::Failed(Problem { code: code.into(), detail: detail.into() })
}

/// The bytes of a file that was fetched, with the type its server says it has.
pub fn file(headers: &[(String, String)], body: &[u8]) -> Outcome {
    Outcome::File { bytes: body.to_vec(), media_type: header(headers, "content-type").unwrap_or_default().to_owned() }
}

/// A part of a path or query, so that no id can reach beyond its place.
pub fn quoted(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// What became of a work whose request never left: tried again, but for a check, which tells whoever asked.
pub fn not_sent(work: &Work, setting: &str, why: &str) -> Outcome {
    match work {
        Work::Check(_) => Outcome::Problem(wrong(setting, "unreachable", format!("the provider cannot be reached: {why}"))),
        _ => Outcome::RetryAfter { ms: 2_000, why: why.to_owned() },
    }
}

/// What became of a work whose answer never came: a send may have arrived, everything else is tried again.
pub fn unknown(work: &Work, why: &str) -> Outcome {
    match work {
        Work::Part { .. } => Outcome::Uncertain(why.to_owned()),
        _ => Outcome::RetryAfter { ms: 2_000, why: why.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_mix_their_times() {
        for json in [serde_json::json!(1_735_689_600_000_i64), "1735689600000".into(), "1735689600".into(), 1_735_689_600.into()] {
            assert_eq!(millis(&json), Some(Timestamp::from_secs(1_735_689_600)), "{json}");
        }
        assert_eq!(millis(&"soon".into()), None);
    }

    #[test]
    fn an_id_stays_in_its_place() {
        assert_eq!(quoted("../a b?c"), "..%2Fa%20b%3Fc");
    }

    #[test]
    fn a_pause_is_read_in_seconds_or_as_a_date() {
        let at = |value: &str| retry_after_ms(&[("Retry-After".into(), value.into())], Timestamp::from_secs(1_735_689_600));
        assert_eq!(at("3"), Some(3_000));
        assert_eq!(at("0.25"), Some(250));
        assert_eq!(at("99999"), Some(600_000));
        assert_eq!(at("Wed, 01 Jan 2025 00:00:05 GMT"), Some(5_000));
        assert_eq!(at("soon"), None);
    }
}
