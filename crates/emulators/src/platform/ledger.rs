//! What really happened at one account, kept apart from what the API says, so that a test can judge by it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::carrier::WebhookKind;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// Each message the API took, in order, also those whose answer was lost.
    pub accepted: Vec<Accepted>,
    /// What each person wrote and what came to their screen, in order.
    pub shown: Vec<OnScreen>,
    /// Typing, seen marks and reactions that the business sent.
    pub signals: Vec<Signal>,
    /// Each try of each webhook, in the order of leaving.
    pub webhooks: Vec<WebhookTry>,
    /// Requests that were refused, in order.
    pub refused: Vec<Refused>,
    /// What the provider would have mailed the account's owner about.
    pub alerts: Vec<Alert>,
    pub answers_lost: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accepted {
    pub id: String,
    pub at: Timestamp,
    /// The person's key.
    pub person: String,
    pub kind: String,
    pub text: String,
    /// The request's body as it came.
    pub body: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnScreen {
    pub id: String,
    pub at: Timestamp,
    pub person: String,
    /// `person`, `business` or `staff`.
    pub by: String,
    pub kind: String,
    pub text: String,
    /// SHA-256 of each file, in hexadecimal.
    pub media_sha256: Vec<String>,
    pub reply_to: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    pub at: Timestamp,
    pub person: String,
    /// Such as `typing_on`, `mark_seen`, `react`.
    pub what: String,
    /// The message it is about, if any.
    pub message: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookTry {
    pub id: u64,
    pub kind: WebhookKind,
    /// Such as `message`, `echo`, `delivery`, `read`, `reaction`.
    pub what: String,
    /// The message it is about, if any.
    pub message: String,
    pub url: String,
    /// 1 for the first.
    pub attempt: u32,
    pub left_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub answer_status: Option<u16>,
    pub error: Option<String>,
    /// True when the signature was spoilt on purpose.
    pub wrong_signature: bool,
}

impl WebhookTry {
    /// The first try, which left at this time.
    pub fn first(id: u64, kind: WebhookKind, url: String, left_at: Timestamp) -> Self {
        Self {
            id,
            kind,
            what: String::new(),
            message: String::new(),
            url,
            attempt: 1,
            left_at,
            answered_at: None,
            answer_status: None,
            error: None,
            wrong_signature: false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub code: u32,
    pub subcode: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub at: Timestamp,
    pub text: String,
}
