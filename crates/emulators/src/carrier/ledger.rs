//! What really happened, kept apart from what the API says, so that a test can judge by it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many records of each sort are kept; the oldest go first.
pub const KEPT: usize = 200_000;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// Each message the API took, in order, also those whose answer was lost.
    pub accepted: Vec<Accepted>,
    /// What each phone wrote and got, in order.
    pub handsets: BTreeMap<String, Vec<OnHandset>>,
    /// Each try of each webhook and status callback, in the order of leaving.
    pub webhooks: Vec<WebhookTry>,
    /// Who has told which number to stop: (number of the shop, phone).
    pub opted_out: Vec<(String, String)>,
    /// Requests that were refused, in order.
    pub refused: Vec<Refused>,
    /// What the carrier would have mailed the account's owner about.
    pub alerts: Vec<Alert>,
    pub answers_lost: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub sid: String,
    pub at: Timestamp,
    pub account_sid: String,
    pub from: Option<String>,
    pub to: String,
    pub body: String,
    pub media_urls: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnHandset {
    pub sid: String,
    pub at: Timestamp,
    /// The number at the other end.
    pub peer: String,
    /// True when the phone's owner wrote it.
    pub mine: bool,
    /// True for the carrier's own confirmations of STOP, START and HELP.
    pub by_carrier: bool,
    pub body: String,
    /// SHA-256 of each picture or file, in hexadecimal.
    pub media_sha256: Vec<String>,
    pub acknowledged_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookKind {
    /// A phone wrote to a number.
    Inbound,
    /// A message got another status.
    Status,
    /// The provider fetches a picture that it shall send.
    Media,
    /// The provider asks whether the address is its owner's.
    Handshake,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookTry {
    pub id: u64,
    pub kind: WebhookKind,
    pub message_sid: String,
    /// The message's status that it tells; "received" for inbound.
    pub status: String,
    pub url: String,
    /// 1 for the first.
    pub attempt: u32,
    pub left_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub answer_status: Option<u16>,
    pub error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub code: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub at: Timestamp,
    pub code: u32,
    pub message_sid: String,
    pub text: String,
}

/// Adds to a list that must not grow for ever.
pub fn keep<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= KEPT {
        list.drain(..KEPT / 10);
    }
    list.push(item);
}
