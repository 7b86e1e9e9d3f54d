//! What really happened, kept apart from what the API and the gateway say.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Ledger {
    /// Each message that the API took, once, in order.
    pub accepted: Vec<Accepted>,
    /// Messages that came again under a nonce that was taken.
    pub repeats: u64,
    pub refused: Vec<Refused>,
    /// What happened at the gateway, in order.
    pub gateway: Vec<Noted>,
    pub interactions: Vec<Tapped>,
    /// Each time messages were listed: the channel, and from where on (`5 after 7`).
    pub listed: Vec<String>,
    /// Signs of typing by the bot: channels.
    pub typing: Vec<String>,
    pub answers_lost: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Accepted {
    pub id: String,
    pub at: Timestamp,
    pub channel: String,
    /// The other side of a direct message.
    pub person: Option<String>,
    pub text: String,
    pub files: Vec<String>,
    pub nonce: Option<String>,
    pub body: Value,
}

#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub code: i64,
}

/// One thing at the gateway: `open`, `identify`, `resume`, `beat`, `told`, `closed`, … with the connection it was on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Noted {
    pub at: Timestamp,
    pub link: u64,
    pub what: &'static str,
    /// The event's name, the close code, the session: whatever belongs to it.
    pub detail: String,
    pub number: u64,
}

/// A tap or command, and how it was acknowledged.
#[derive(Clone, Debug, Serialize)]
pub struct Tapped {
    pub id: String,
    pub at: Timestamp,
    pub person: String,
    pub channel: String,
    /// Over HTTP: the status that came back.
    pub status: Option<u16>,
    pub answer: Option<Value>,
    pub answered_after_ms: Option<i64>,
    pub wrong_signature: bool,
}

impl Ledger {
    /// How often something happened at the gateway.
    pub fn count(&self, what: &str) -> usize {
        self.gateway.iter().filter(|noted| noted.what == what).count()
    }
}
