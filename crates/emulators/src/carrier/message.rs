//! A message as the carrier keeps and shows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{answer::Refusal, errors};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Accepted,
    Scheduled,
    Queued,
    Sending,
    Sent,
    Delivered,
    Undelivered,
    Failed,
    Canceled,
    Received,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Received => "received",
        }
    }

    /// Nothing comes after it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Undelivered | Self::Failed | Self::Canceled | Self::Received)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    #[serde(rename = "inbound")]
    Inbound,
    #[serde(rename = "outbound-api")]
    OutboundApi,
}

/// One text or picture message, either way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    pub sid: String,
    pub account_sid: String,
    pub service_sid: Option<String>,
    /// Unknown until a messaging service has picked a number.
    pub from: Option<String>,
    pub to: String,
    pub body: String,
    pub status: Status,
    pub direction: Direction,
    /// The sids of the media at hand.
    pub media: Vec<String>,
    /// How many media belong to it, at hand or still to be fetched.
    pub num_media: usize,
    pub num_segments: u32,
    pub error_code: Option<u32>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub status_callback: String,
    /// Given up when the phone was not reached in so many seconds.
    pub validity_s: u32,
}

impl Message {
    /// The resource as the API shows it: counts are strings, absent values are null.
    pub fn show(&self) -> Value {
        let uri = uri(&self.account_sid, &self.sid);
        json!({
            "body": self.body,
            "num_segments": self.num_segments.to_string(),
            "direction": self.direction,
            "from": self.from,
            "date_updated": date(self.updated_at),
            "price": null,
            "error_message": self.error_code.map(errors::text),
            "uri": format!("{uri}.json"),
            "account_sid": self.account_sid,
            "num_media": self.num_media.to_string(),
            "to": self.to,
            "date_created": date(self.created_at),
            "status": self.status.name(),
            "sid": self.sid,
            "date_sent": self.sent_at.map(date),
            "messaging_service_sid": self.service_sid,
            "error_code": self.error_code,
            "price_unit": "USD",
            "api_version": super::API_VERSION,
            "subresource_uris": { "media": format!("{uri}/Media.json") },
        })
    }
}

/// The path of a message, without `.json`.
pub fn uri(account_sid: &str, sid: &str) -> String {
    format!("/{}/Accounts/{account_sid}/Messages/{sid}", super::API_VERSION)
}

/// A moment in the form of RFC 2822, always in UTC.
pub fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Checks an E.164 number, ignoring the blanks and signs that people put into it.
///
/// # Errors
/// 21211 when there is no number in it.
pub fn e164(text: &str) -> Result<String, Refusal> {
    let number: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    let digits = number.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if fits { Ok(number) } else { Err(Refusal::new(400, 21211, format!("The 'To' number {text} is not a valid phone number"))) }
}

/// The country of a number, as far as the sample phones need it.
pub fn country(number: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 12] = [
        ("+1", "US"),
        ("+31", "NL"),
        ("+33", "FR"),
        ("+34", "ES"),
        ("+39", "IT"),
        ("+41", "CH"),
        ("+43", "AT"),
        ("+44", "GB"),
        ("+46", "SE"),
        ("+49", "DE"),
        ("+81", "JP"),
        ("+82", "KR"),
    ];
    PREFIXES.iter().find(|(prefix, _)| number.starts_with(prefix)).map_or("", |(_, country)| country)
}
