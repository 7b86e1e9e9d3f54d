//! LINE: an account's webhooks, its reply tokens and pushes, its content and its quota.

mod api;
mod card;
mod event;
mod send;
mod sticker;
#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    Act, Platforms, Where,
    config::{Person, PlatformAccount},
    meta,
    provider::{Abilities, Event, Provider},
};
use crate::carrier::{CallbackAnswer, Chance, HttpAnswer, signature::hex};

pub(super) use api::answer;

/// The one thing a webhook is subscribed to; an account without it has its webhook switched off.
const EVENTS: &str = "events";
const MIB: usize = 1024 * 1024;
/// What LINE is said to wait between its tries, in seconds: it does not tell.
const WAITS_S: [u64; 5] = [10, 60, 300, 900, 3_600];

pub(super) struct Line;

impl Provider for Line {
    /// `U` and 32 digits for a person, `C` for a group.
    fn person_ids(&self, account: &PlatformAccount, person: &Person) -> Vec<String> {
        vec![user_id(account, &person.key)]
    }

    fn message_id(&self, chance: &mut Chance) -> String {
        (400_000_000_000_000_000 + chance.up_to(99_999_999_999_999_999)).to_string()
    }

    fn abilities(&self, _account: &PlatformAccount) -> Abilities {
        Abilities {
            reply: true,
            edit: true,
            unsend: true,
            sticker: true,
            location: true,
            file: true,
            voice: true,
            seen: true,
            ..Abilities::default()
        }
    }

    fn fields(&self) -> &'static [&'static str] {
        &[EVENTS]
    }

    fn refuses(&self, _account: &PlatformAccount, act: &Act) -> Option<&'static str> {
        match act {
            Act::Say { text, media, .. } if media.len() > 1 || !text.is_empty() && !media.is_empty() => {
                Some("In LINE each file is a message of its own")
            }
            Act::Share { .. } | Act::Marketing { .. } => Some("LINE has no such thing"),
            _ => None,
        }
    }

    fn misfit(&self, kind: &str, content_type: &str, bytes: usize) -> Option<String> {
        let (types, most): (&[&str], usize) = match kind {
            "image" => (&["image/jpeg", "image/png"], 10 * MIB),
            "video" => (&["video/mp4"], 200 * MIB),
            _ => (&["audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/m4a"], 200 * MIB),
        };
        let fits = types.contains(&content_type) && bytes <= most;
        (!fits).then(|| format!("{content_type} of {bytes} bytes is not shown as {kind}"))
    }

    fn not_fetched(&self, why: &str) -> HttpAnswer {
        HttpAnswer::json(400, &json!({ "message": why }))
    }

    fn bytes(&self, body: &Value) -> Bytes {
        Bytes::from(body.to_string())
    }

    fn proof(&self, account: &PlatformAccount, body: &[u8], _now: Timestamp) -> Vec<(String, String)> {
        proof(account, body)
    }

    fn handshake(&self, account: &PlatformAccount, _challenge: &str) -> Option<(Bytes, Vec<(String, String)>)> {
        let body = Bytes::from(json!({ "destination": account.id, "events": [] }).to_string());
        let headers = proof(account, &body);
        Some((body, headers))
    }

    fn shaken(&self, answer: &CallbackAnswer, _challenge: &str) -> bool {
        matches!(answer, CallbackAnswer::Answered { status: 200, .. })
    }

    fn shaken_answer(&self, answer: &CallbackAnswer, right: bool, now: Timestamp) -> HttpAnswer {
        let (status, reason, detail) = match answer {
            CallbackAnswer::Answered { status, .. } if right => (*status, "OK", status.to_string()),
            CallbackAnswer::Answered { status, .. } => (*status, "ERROR_STATUS_CODE", status.to_string()),
            CallbackAnswer::NoConnection(why) => (0, "COULD_NOT_CONNECT", why.clone()),
            CallbackAnswer::Timeout => (0, "REQUEST_TIMEOUT", "the endpoint did not answer in time".into()),
            CallbackAnswer::Broken(why) => (0, "UNCLASSIFIED", why.clone()),
        };
        let told = json!({ "success": right, "timestamp": now.to_string(), "statusCode": status, "reason": reason, "detail": detail });
        HttpAnswer::json(200, &told)
    }

    fn strict(&self) -> bool {
        false
    }

    /// Off unless the account's owner has switched it on.
    fn repeats(&self, account: &PlatformAccount) -> bool {
        extra(account, "redelivery") == "on"
    }

    fn again(&self, world: &mut Platforms, account: &str, body: &Bytes, now: Timestamp) -> Option<Bytes> {
        event::redelivered(world, account, body, now)
    }

    fn again_after_ms(&self, attempt: u32, _spent_ms: u64) -> Option<u64> {
        let place = usize::try_from(attempt).ok()?.checked_sub(1)?;
        WAITS_S.get(place).map(|seconds| seconds * 1000)
    }

    fn announce(&self, world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
        event::announce(world, place, event, now);
    }
}

fn proof(account: &PlatformAccount, body: &[u8]) -> Vec<(String, String)> {
    vec![("user-agent".into(), "LineBotWebhook/2.0".into()), ("x-line-signature".into(), sign(&account.app_secret, body))]
}

/// The value of `x-line-signature` over the exact bytes.
fn sign(channel_secret: &str, body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(channel_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn user_id(account: &PlatformAccount, key: &str) -> String {
    let mut digits = hex(&Sha256::digest(format!("line:{}:{key}", account.app_id)));
    digits.truncate(32);
    format!("{}{digits}", if is_group(key) { 'C' } else { 'U' })
}

fn is_group(key: &str) -> bool {
    key.starts_with("group-")
}

fn extra<'a>(account: &'a PlatformAccount, name: &str) -> &'a str {
    account.extra.get(name).map_or("", String::as_str)
}

/// Lowercase digits of base 16, as LINE's tokens have.
fn digits(chance: &mut Chance, count: usize) -> String {
    (0..count).map(|_| char::from_digit(chance.up_to(15) as u32, 16).unwrap_or('0')).collect()
}

/// The business has seen what somebody wrote, up to a message.
fn see(world: &mut Platforms, place: &Where, message: &str) {
    meta::see(world, place, Some(message));
}
