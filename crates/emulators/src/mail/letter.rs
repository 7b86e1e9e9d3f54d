//! Letters as bytes: made, and read as far as a mail server and a mail app need.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;

/// A letter that somebody wrote in an app, or that a server writes.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub message_id: String,
    /// Name and address.
    pub from: (String, String),
    pub to: String,
    pub subject: String,
    pub in_reply_to: String,
    /// With angle brackets, as they stand in the head.
    pub references: String,
    pub text: String,
    /// Empty: text alone.
    pub html: String,
    /// Type, name, bytes.
    pub files: Vec<(String, String, Bytes)>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
}

impl Draft {
    /// The letter as it leaves, in CRLF lines of ASCII.
    pub fn render(&self, at: Timestamp) -> Vec<u8> {
        let mut out = String::new();
        let mut head = |name: &str, value: &str| {
            if !value.is_empty() {
                let _ = write!(out, "{name}: {}\r\n", value.replace(['\r', '\n'], " "));
            }
        };
        head("From", &mailbox(&self.from.0, &self.from.1));
        head("To", &format!("<{}>", self.to));
        head("Subject", &word(&self.subject));
        head("Date", &at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string());
        head("Message-ID", &format!("<{}>", self.message_id));
        if !self.in_reply_to.is_empty() {
            head("In-Reply-To", &format!("<{}>", self.in_reply_to));
        }
        head("References", &self.references);
        for (name, value) in &self.headers {
            head(name, value);
        }
        head("MIME-Version", "1.0");
        // Dots and letters of the id alone, so that a boundary never stands within a line of Base64.
        let mark: String = self.message_id.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
        let text = part("text/plain; charset=utf-8", "", self.text.as_bytes());
        let words = match self.html.is_empty() {
            true => text,
            false => {
                let html = part("text/html; charset=utf-8", "", self.html.as_bytes());
                several("alternative", &format!("alt_{mark}"), &[text, html])
            }
        };
        let body = if self.files.is_empty() {
            words
        } else {
            let files = self.files.iter().map(|(kind, name, bytes)| {
                let said = format!("Content-Disposition: attachment; filename*=utf-8''{}\r\n", escaped(name));
                part(kind, &said, bytes)
            });
            several("mixed", &format!("mix_{mark}"), &std::iter::once(words).chain(files).collect::<Vec<_>>())
        };
        out.push_str(&body);
        out.into_bytes()
    }
}

/// A part with its own head; the bytes in Base64.
pub fn part(kind: &str, more: &str, bytes: &[u8]) -> String {
    let coded = STANDARD.encode(bytes);
    let mut lines = String::with_capacity(coded.len() + coded.len() / 38 + 128);
    let _ = write!(lines, "Content-Type: {}\r\n{more}Content-Transfer-Encoding: base64\r\n\r\n", kind.replace(['\r', '\n'], " "));
    for line in coded.as_bytes().chunks(76) {
        lines.push_str(&String::from_utf8_lossy(line));
        lines.push_str("\r\n");
    }
    lines
}

/// Parts together, with the head that says so.
pub fn several(kind: &str, boundary: &str, parts: &[String]) -> String {
    let mut out = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n");
    for part in parts {
        let _ = write!(out, "--{boundary}\r\n{part}\r\n");
    }
    let _ = write!(out, "--{boundary}--\r\n");
    out
}

fn mailbox(name: &str, address: &str) -> String {
    if name.is_empty() { format!("<{address}>") } else { format!("{} <{address}>", word(name)) }
}

/// A word of a head: as it is, or coded (RFC 2047), a few letters each, so that none is longer than 75 characters.
fn word(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b',') {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let coded = letters.chunks(11).map(|some| format!("=?utf-8?B?{}?=", STANDARD.encode(some.iter().collect::<String>())));
    coded.collect::<Vec<_>>().join(" ")
}

fn escaped(name: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    name.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Where the head ends: the first byte after the empty line.
pub fn head_end(bytes: &[u8]) -> usize {
    let after = |mark: &[u8]| bytes.windows(mark.len()).position(|some| some == mark).map(|at| at + mark.len());
    match (after(b"\r\n\r\n"), after(b"\n\n")) {
        (Some(one), Some(other)) => one.min(other),
        (one, other) => one.or(other).unwrap_or(bytes.len()),
    }
}

/// Every header line with its continuation, name first, as it stands there.
pub fn headers(bytes: &[u8]) -> Vec<(String, String)> {
    let head = String::from_utf8_lossy(bytes.get(..head_end(bytes)).unwrap_or_default()).into_owned();
    let mut lines: Vec<String> = Vec::new();
    for line in head.split_inclusive('\n').filter(|line| !line.trim().is_empty()) {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
    }
    let named = |line: String| line.split_once(':').map(|(name, _)| (name.trim().to_owned(), line.clone()));
    lines.into_iter().filter_map(named).collect()
}

/// A header's value on one line; empty for none.
pub fn header(bytes: &[u8], name: &str) -> String {
    let found = headers(bytes).into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let value = found.and_then(|(_, line)| line.split_once(':').map(|(_, value)| value.replace(['\r', '\n'], "")));
    value.unwrap_or_default().trim().to_owned()
}

/// An id without its angle brackets.
pub fn id_of(bytes: &[u8], name: &str) -> String {
    header(bytes, name).trim_matches(['<', '>', ' ']).to_owned()
}

/// The address within `Name <address>`, in lower case.
pub fn address_in(text: &str) -> String {
    let inner = text.rsplit_once('<').map_or(text, |(_, rest)| rest.split('>').next().unwrap_or_default());
    inner.trim().to_lowercase()
}

/// The address without what stands behind a plus.
pub fn without_plus(address: &str) -> String {
    let address = address.to_lowercase();
    match address.split_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or_default()),
        None => address,
    }
}
