//! What a person may read of raw bytes: secrets are cut out, and nothing in it acts on who looks at it.

use anyhow::Result;
use serde_json::Value;
use store::unreadable::UnreadableId;

use crate::Engine;
use crate::secrets::spelled;

/// Bytes that are shown at most.
const MOST: usize = 64 * 1024;
const HIDDEN: &str = "••••";
/// A field whose name holds one of these has a value that nobody needs to see.
const SECRET_NAMES: &[&str] = &["token", "secret", "passw", "authorization", "signature", "api_key", "apikey", "cookie", "credential"];
/// What [`crate::seal`] adds to the bytes it seals.
const SEAL_BYTES: i64 = 41;

/// The bytes of something that is put aside, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownBytes {
    pub text: String,
    /// There is more than is shown.
    pub cut: bool,
    /// How it came, e.g. `POST /in/sms/KA…`, without what stands behind the path.
    pub came: String,
    pub content_type: String,
}

/// How many bytes something had that is kept sealed with this many.
pub fn unsealed_bytes(kept: i64) -> i64 {
    (kept - SEAL_BYTES).max(0)
}

impl Engine {
    /// What is put aside, as far as it may be seen; `None` where its bytes are kept no longer, or it is not aside any more.
    pub async fn unreadable_bytes(&self, ws: i64, id: UnreadableId) -> Result<Option<ShownBytes>> {
        let delivery = match id {
            UnreadableId::Event(id) => {
                let body = self.0.db.read(move |tx| Box::pin(async move { store::unreadable::event(tx, ws, id).await })).await?;
                let told = |body: String| {
                    let event: Value = serde_json::from_str(&body).unwrap_or_default();
                    let text = serde_json::to_string_pretty(&event).unwrap_or(body);
                    let (text, cut) = shown(text.as_bytes(), &[]);
                    ShownBytes { text, cut, came: String::new(), content_type: "application/json".into() }
                };
                return Ok(body.map(told));
            }
            UnreadableId::Delivery(id) => id,
        };
        let kept = self.0.db.read(move |tx| Box::pin(async move { store::unreadable::delivery(tx, ws, delivery).await })).await?;
        let Some(kept) = kept else { return Ok(None) };
        let config = self.config(ws).await?;
        let body = config.open(&format!("delivery:{delivery}"), &kept.sealed)?;
        let secrets =
            config.accounts.get(&kept.channel_account_id).map(|account| spelled(&account.secrets, &account.settings)).unwrap_or_default();
        let (text, cut) = shown(&body, &secrets);
        let told: Value = serde_json::from_str(&kept.headers).unwrap_or_default();
        let word = |key: &str| told[key].as_str().unwrap_or_default();
        // What stands behind the path may be a secret.
        let path = word("target").split('?').next().unwrap_or_default();
        let came = if path.is_empty() { String::new() } else { plain(&format!("{} {path}", word("method"))) };
        let headers: Vec<(String, String)> = serde_json::from_value(told["headers"].clone()).unwrap_or_default();
        let kind = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        Ok(Some(ShownBytes { text, cut, came, content_type: plain(&kind.map_or(String::new(), |(_, value)| value)) }))
    }
}

/// The text of raw bytes without these secrets, and whether there was more.
fn shown(body: &[u8], secrets: &[String]) -> (String, bool) {
    // Hidden before it is cut, so that no half of a secret stands at the end.
    let mut text = String::from_utf8_lossy(body).into_owned();
    for secret in secrets {
        text = text.replace(secret.as_str(), HIDDEN);
    }
    text = without_secret_fields(&text);
    messaging::mask_text(&mut text);
    let cut = text.len() > MOST;
    if cut {
        let end = (0..=MOST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
    }
    (plain(&text), cut)
}

/// Signs that act on the screen are written out: they can hide what stands there.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => plain.push(c),
            '\r' => {}
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}' => {
                plain.push_str(&format!("<U+{:04X}>", u32::from(c)));
            }
            c if c.is_control() => plain.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c => plain.push(c),
        }
    }
    plain
}

/// Hides the values of fields that are named like secrets: in JSON, also in JSON that stands in a text, in forms and in heads of letters.
fn without_secret_fields(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut values: Vec<(usize, usize)> = Vec::new();
    for name in SECRET_NAMES {
        for (at, _) in lower.match_indices(name) {
            values.extend(value_behind(text, at));
        }
    }
    values.sort_unstable();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (from, to) in values {
        if from < at {
            continue;
        }
        out.push_str(text.get(at..from).unwrap_or_default());
        out.push_str(HIDDEN);
        at = to;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Where the value stands of the field whose name holds this place; `None` where it is no field.
fn value_behind(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let skip = |mut at: usize, what: &dyn Fn(u8) -> bool| {
        while bytes.get(at).copied().is_some_and(what) {
            at += 1;
        }
        at
    };
    let end = skip(at, &of_name);
    let mark = skip(end, &|byte| matches!(byte, b'"' | b'\\' | b'\'' | b' '));
    let separator = *bytes.get(mark).filter(|byte| matches!(byte, b':' | b'='))?;
    let begin = skip(mark + 1, &|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    let escapes = skip(begin, &|byte| byte == b'\\');
    let quote = bytes.get(escapes).filter(|byte| matches!(byte, b'"' | b'\''));
    if escapes == begin && matches!(bytes.get(begin), Some(b'[' | b'{')) {
        return Some((begin, end_of_list(bytes, begin)));
    }
    let Some(quote) = quote else {
        // A head of a letter goes to the end of its line; a number, a list or an object ends in other ways.
        let ends: &dyn Fn(u8) -> bool = match (separator, end == mark) {
            (b':', true) => &|byte| byte != b'\n',
            (b':', false) => &|byte| !matches!(byte, b',' | b'}' | b']' | b'\n'),
            _ => &|byte| !matches!(byte, b'&' | b';' | b' ' | b'\n' | b'\r'),
        };
        let to = skip(begin, ends);
        return (to > begin).then_some((begin, to));
    };
    let depth = escapes - begin;
    let from = escapes + 1;
    let mut at = from;
    let mut slashes = 0;
    while let Some(byte) = bytes.get(at) {
        if byte == quote && slashes <= depth {
            // The signs that escape the closing quote are no part of the value.
            return (at - slashes > from).then_some((from, at - slashes));
        }
        slashes = if *byte == b'\\' { slashes + 1 } else { 0 };
        at += 1;
    }
    (bytes.len() > from).then_some((from, bytes.len()))
}

/// Behind the bracket that closes the list or object that begins here.
fn end_of_list(bytes: &[u8], begin: usize) -> usize {
    let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
    for (at, byte) in bytes.iter().enumerate().skip(begin) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => inside = !inside,
            b'[' | b'{' if !inside => depth += 1,
            b']' | b'}' if !inside => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let secrets = [("app_secret".to_owned(), "hush-hush".to_owned()), ("pin".to_owned(), "1".to_owned())].into();
        shown(text.as_bytes(), &spelled(&secrets, &[].into())).0
    }

    #[test]
    fn secrets_are_cut_out_wherever_they_stand() {
        for (raw, seen) in [
            (r#"{"a":"hush-hush","n":1}"#, r#"{"a":"••••","n":1}"#),
            (r#"{"access_token": "abc", "x": "y"}"#, r#"{"access_token": "••••", "x": "y"}"#),
            (r#"{"replyToken":"a\"b","x":1}"#, r#"{"replyToken":"••••","x":1}"#),
            (r#"{"inner":"{\"secret\":\"abc\",\"x\":1}"}"#, r#"{"inner":"{\"secret\":\"••••\",\"x\":1}"}"#),
            (r#"{"tokens":12,"x":1}"#, r#"{"tokens":••••,"x":1}"#),
            (r#"{"token":["a]",{"b":"c"}],"x":1}"#, r#"{"token":••••,"x":1}"#),
            ("Body=hi&auth_token=abc&x=1", "Body=hi&auth_token=••••&x=1"),
            ("Authorization: Bearer a b\nSubject: hi", "Authorization: ••••\nSubject: hi"),
            ("my card is 4111 1111 1111 1111", "my card is •••• 1111"),
            ("the token is lost", "the token is lost"),
            (r#"{"password":"never closed"#, r#"{"password":"••••"#),
        ] {
            assert_eq!(said(raw), seen);
        }
    }

    #[test]
    fn nothing_in_it_acts() {
        assert_eq!(said("a\u{202e}b\u{0}c\u{1b}[2Jd\re\n"), "a<U+202E>b<U+0000>c<U+001B>[2Jde\n");
        assert_eq!(shown(&[0xff, b'a'], &[]), ("\u{fffd}a".to_owned(), false));
        let (long, cut) = shown("ä".repeat(MOST).as_bytes(), &[]);
        assert!(cut && long.len() <= MOST);
    }

    #[test]
    fn a_value_ends_somewhere_in_every_text() {
        for text in ["token", "token:", "token=", "token\"", "token\":\"", "token: \\\"", "\"token\\\":\\\"a\\\"", "token='ä", "secret=ä&x"]
        {
            let _ = said(text);
        }
    }

    #[test]
    fn the_seal_is_no_part_of_the_size() {
        let sealed = crate::seal(&[1; 32], "x", b"12345").unwrap();
        assert_eq!(unsealed_bytes(sealed.len() as i64), 5);
    }
}
