use serde_json::Value;

use super::{Given, Result};
use crate::MAX_VALUE_BYTES;
use crate::error::RenderErrorKind;
use crate::number::Num;
use crate::text_of;

/// Stops a text that grows beyond what a filter may make.
pub(super) fn bounded(text: &str) -> Result<()> {
    if text.len() > MAX_VALUE_BYTES {
        return Err(RenderErrorKind::ValueTooLong);
    }
    Ok(())
}

fn mapped(input: &Value, change: impl FnOnce(&str) -> String) -> Result<Value> {
    let text = change(&text_of(input));
    bounded(&text)?;
    Ok(text.into())
}

pub fn append(input: Value, given: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| text.to_owned() + &given.text(0))
}

pub fn prepend(input: Value, given: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| given.text(0) + text)
}

pub fn upcase(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, str::to_uppercase)
}

pub fn downcase(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, str::to_lowercase)
}

pub fn capitalize(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| {
        let mut rest = text.chars();
        match rest.next() {
            Some(first) => first.to_uppercase().collect::<String>() + &rest.as_str().to_lowercase(),
            None => String::new(),
        }
    })
}

pub fn strip(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| text.trim().to_owned())
}

pub fn lstrip(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| text.trim_start().to_owned())
}

pub fn rstrip(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| text.trim_end().to_owned())
}

pub fn strip_newlines(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| text.replace(['\r', '\n'], ""))
}

pub fn newline_to_br(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| text.replace("\r\n", "\n").replace('\n', "<br />\n"))
}

pub fn remove(input: Value, given: &Given<'_>) -> Result<Value> {
    substitute(&input, &given.text(0), "", usize::MAX)
}

pub fn remove_first(input: Value, given: &Given<'_>) -> Result<Value> {
    substitute(&input, &given.text(0), "", 1)
}

pub fn replace(input: Value, given: &Given<'_>) -> Result<Value> {
    substitute(&input, &given.text(0), &given.text(1), usize::MAX)
}

pub fn replace_first(input: Value, given: &Given<'_>) -> Result<Value> {
    substitute(&input, &given.text(0), &given.text(1), 1)
}

/// An empty text is found nowhere. The size is checked while the result grows, because it can grow by far.
fn substitute(input: &Value, wanted: &str, by: &str, most: usize) -> Result<Value> {
    let text = text_of(input);
    if wanted.is_empty() {
        return Ok(text.into());
    }
    let mut result = String::new();
    let mut at = 0;
    for (found, _) in text.match_indices(wanted).take(most) {
        result.push_str(&text[at..found]);
        result.push_str(by);
        at = found + wanted.len();
        bounded(&result)?;
    }
    result.push_str(&text[at..]);
    bounded(&result)?;
    Ok(result.into())
}

pub fn escape(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| escaped(text, false))
}

pub fn escape_once(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| escaped(text, true))
}

fn escaped(text: &str, keep_entities: bool) -> String {
    let mut result = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '&' if keep_entities && begins_entity(&text[at..]) => result.push('&'),
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            other => result.push(other),
        }
    }
    result
}

fn begins_entity(text: &str) -> bool {
    // The longest entity names are about thirty letters.
    let body: &str = &text[1..];
    let length = body.bytes().take(32).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
    length > 0 && body[length..].starts_with(';')
}

/// Scripts, styles and comments go with their contents, other tags alone.
pub fn strip_html(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| {
        let mut result = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('<') {
            result.push_str(&rest[..open]);
            rest = &rest[open..];
            let Some(end) = tag_end(rest) else {
                break;
            };
            rest = &rest[end..];
        }
        result.push_str(rest);
        result
    })
}

fn tag_end(text: &str) -> Option<usize> {
    for (open, close) in [("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->")] {
        let begins = text.get(..open.len()).is_some_and(|start| start.eq_ignore_ascii_case(open));
        if begins && let Some(end) = find_ignoring_case(text, close) {
            return Some(end + close.len());
        }
    }
    text.find('>').map(|end| end + 1)
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes().windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

fn length(given: &Given<'_>, otherwise: usize) -> usize {
    match given.argument(0).map(Num::of) {
        Some(Num::Whole(length)) => usize::try_from(length).unwrap_or(0),
        Some(Num::Decimal(length)) => length as usize,
        None => otherwise,
    }
}

fn ellipsis(given: &Given<'_>) -> String {
    given.argument(1).map_or_else(|| "...".to_owned(), text_of)
}

/// At most so many characters (50 if not said), the ellipsis among them.
pub fn truncate(input: Value, given: &Given<'_>) -> Result<Value> {
    let (length, ellipsis) = (length(given, 50), ellipsis(given));
    mapped(&input, |text| {
        if text.chars().nth(length).is_none() {
            return text.to_owned();
        }
        let kept = length.saturating_sub(ellipsis.chars().count());
        text.chars().take(kept).collect::<String>() + &ellipsis
    })
}

/// At most so many words (15 if not said).
pub fn truncatewords(input: Value, given: &Given<'_>) -> Result<Value> {
    let (length, ellipsis) = (length(given, 15).max(1), ellipsis(given));
    mapped(&input, |text| {
        let mut words = text.split_whitespace();
        let kept: Vec<&str> = words.by_ref().take(length).collect();
        match words.next() {
            Some(_) => kept.join(" ") + &ellipsis,
            None => text.to_owned(),
        }
    })
}

/// As in a form: a blank becomes `+`.
pub fn url_encode(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| {
        let mut result = String::with_capacity(text.len());
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    result.push(char::from(byte));
                }
                b' ' => result.push('+'),
                other => result.push_str(&format!("%{other:02X}")),
            }
        }
        result
    })
}

/// What is no escape stays; bytes that are no UTF-8 become U+FFFD.
pub fn url_decode(input: Value, _: &Given<'_>) -> Result<Value> {
    mapped(&input, |text| {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match (byte, after.get(..2).and_then(hex)) {
                (b'%', Some(decoded)) => {
                    bytes.push(decoded);
                    rest = &after[2..];
                }
                (b'+', _) => bytes.push(b' '),
                _ => bytes.push(byte),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn hex(digits: &[u8]) -> Option<u8> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
