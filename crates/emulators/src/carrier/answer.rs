//! Requests to the carrier and its answers, as values.

use bytes::Bytes;
use serde_json::{Value, json};

/// A request, read so far that no web framework is needed to decide on it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Decoded, in the order given.
    pub query: Vec<(String, String)>,
    /// The whole `Authorization` header.
    pub authorization: Option<String>,
    /// Decoded, in the order given; names may repeat.
    pub form: Vec<(String, String)>,
}

impl Request {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        first(&self.form, name)
    }
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// What the carrier answers.
#[derive(Clone, Debug, Default)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The work is done but this answer never reaches the caller.
    pub lost: bool,
    /// Held back for so long, in milliseconds; `NEVER_MS` for an answer that does not come.
    pub after_ms: u64,
    /// Nothing is decided yet: the answer is had under this ticket when something outside has answered.
    pub ticket: Option<u64>,
}

impl HttpAnswer {
    /// The delay of an answer that is never given.
    pub const NEVER_MS: u64 = u64::MAX;

    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: Bytes::from(body.to_string()),
            ..Self::default()
        }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn redirect(location: String) -> Self {
        Self { status: 307, headers: vec![("location".into(), location)], ..Self::default() }
    }

    pub fn bytes(content_type: &str, body: Bytes) -> Self {
        Self { status: 200, headers: vec![("content-type".into(), content_type.to_owned())], body, ..Self::default() }
    }

    /// The body as JSON; `null` when it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// A refusal, with the provider's number for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: u32,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub fn not_found(path: &str) -> Self {
        Self::new(404, 20404, format!("The requested resource {path} was not found"))
    }

    pub fn too_many() -> Self {
        Self::new(429, 20429, "Too Many Requests")
    }
}

impl From<Refusal> for HttpAnswer {
    fn from(refusal: Refusal) -> Self {
        let mut answer = Self::json(
            refusal.status,
            &json!({
                "code": refusal.code,
                "message": refusal.message,
                "more_info": format!("https://www.twilio.com/docs/errors/{}", refusal.code),
                "status": refusal.status,
            }),
        );
        match refusal.status {
            401 => answer.headers.push(("www-authenticate".into(), "Basic realm=\"Carrier API\"".into())),
            429 => answer.headers.push(("retry-after".into(), "1".into())),
            _ => {}
        }
        answer
    }
}
