//! Google Business Messages, as it was documented until its end: conversations with an agent of a brand.

mod api;
mod event;
#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::{
    Act, Platforms, Where,
    config::{Person, PlatformAccount},
    provider::{Abilities, Event, Provider},
};
use crate::carrier::{CallbackAnswer, Chance, HttpAnswer, signature::hex};

pub(super) use api::answer;

/// The one thing a webhook is subscribed to.
const EVENTS: &str = "events";
/// A webhook is tried for a week.
const WEEK_MS: u64 = 7 * 86_400_000;
/// An hour: the longest pause between two tries, in milliseconds.
const LONGEST_MS: u64 = 3_600_000;
const PICTURE_BYTES: usize = 5 * 1024 * 1024;

pub(super) struct Gbm;

impl Provider for Gbm {
    /// The conversation is all that is known of a person.
    fn person_ids(&self, account: &PlatformAccount, person: &Person) -> Vec<String> {
        let mut id = hex(&Sha256::digest(format!("gbm:{}:{}", account.id, person.key)));
        id.truncate(32);
        vec![format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..])]
    }

    fn message_id(&self, chance: &mut Chance) -> String {
        format!("m-{:016x}", chance.up_to(u64::MAX - 1))
    }

    fn abilities(&self, _account: &PlatformAccount) -> Abilities {
        Abilities { seen: true, typing: true, ..Abilities::default() }
    }

    fn fields(&self) -> &'static [&'static str] {
        &[EVENTS]
    }

    fn refuses(&self, _account: &PlatformAccount, act: &Act) -> Option<&'static str> {
        match act {
            Act::Say { text, media, .. } if media.len() > 1 || !text.is_empty() && !media.is_empty() => {
                Some("A picture is a message of its own")
            }
            Act::Say { media, .. } if media.iter().any(|file| !file.content_type.starts_with("image/")) => {
                Some("People send pictures only")
            }
            Act::Say { reply_to: Some(_), .. } | Act::Share { .. } | Act::Marketing { .. } | Act::StaffSays { .. } => {
                Some("Google Business Messages has no such thing")
            }
            _ => None,
        }
    }

    fn misfit(&self, _kind: &str, content_type: &str, bytes: usize) -> Option<String> {
        let fits = matches!(content_type, "image/jpeg" | "image/png") && bytes <= PICTURE_BYTES;
        (!fits).then(|| format!("{content_type} of {bytes} bytes: a JPEG or PNG of at most 5 MB is wanted"))
    }

    fn not_fetched(&self, why: &str) -> HttpAnswer {
        api::error(400, "INVALID_ARGUMENT", &format!("The media could not be reached: {why}"))
    }

    fn bytes(&self, body: &Value) -> Bytes {
        Bytes::from(body.to_string())
    }

    fn proof(&self, account: &PlatformAccount, body: &[u8], _now: Timestamp) -> Vec<(String, String)> {
        vec![("x-goog-signature".into(), sign(&account.app_secret, body))]
    }

    /// The console posts its token and a secret that wants to come back.
    fn handshake(&self, account: &PlatformAccount, challenge: &str) -> Option<(Bytes, Vec<(String, String)>)> {
        Some((Bytes::from(json!({ "clientToken": account.app_secret, "secret": challenge }).to_string()), Vec::new()))
    }

    fn shaken_answer(&self, answer: &CallbackAnswer, right: bool, _now: Timestamp) -> HttpAnswer {
        if right {
            HttpAnswer::json(200, &json!({}))
        } else {
            api::error(400, "INVALID_ARGUMENT", &format!("The webhook was not verified: {answer:?}"))
        }
    }

    /// Twice as long each time, up to an hour, for a week.
    fn again_after_ms(&self, attempt: u32, spent_ms: u64) -> Option<u64> {
        let wait_ms = 1_000_u64.saturating_mul(1 << attempt.min(20)).min(LONGEST_MS);
        (spent_ms.saturating_add(wait_ms) <= WEEK_MS).then_some(wait_ms)
    }

    fn announce(&self, world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
        event::announce(world, place, event, now);
    }
}

/// The value of `X-Goog-Signature` over the exact bytes.
fn sign(key: &str, body: &[u8]) -> String {
    let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn extra<'a>(account: &'a PlatformAccount, name: &str) -> &'a str {
    account.extra.get(name).map_or("", String::as_str)
}
