//! A platform that nobody knows: it joined by the product's own published contract (docs/custom-channel.md), and speaks it both ways.
//!
//! Written from the contract's words and its vector, not from the code that checks them.

mod api;
mod event;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;

use super::{
    Act, Platforms, Where,
    config::{Person, PlatformAccount},
    provider::{Abilities, Event, Provider},
};
use crate::carrier::{Chance, HttpAnswer, signature::hex};

pub(super) use api::answer;

/// The one thing there is to subscribe to.
const EVENTS: &str = "events";
const SIGNATURE: &str = "x-seaway-signature";
/// A signature holds for so long, in seconds, by either side's clock.
const FRESH_S: i64 = 300;
const FILE_BYTES: usize = 10 * 1024 * 1024;
/// A webhook that is not taken is said again for so long.
const GIVE_UP_MS: u64 = 14 * 86_400_000;
const LONGEST_MS: u64 = 3_600_000;

pub(super) struct Custom;

impl Provider for Custom {
    fn person_ids(&self, _account: &PlatformAccount, person: &Person) -> Vec<String> {
        vec![person_id(&person.key)]
    }

    fn message_id(&self, chance: &mut Chance) -> String {
        format!("m-{:016x}", chance.up_to(u64::MAX - 1))
    }

    fn abilities(&self, _account: &PlatformAccount) -> Abilities {
        Abilities {
            reply: true,
            edit: true,
            unsend: true,
            react: vec!["👍", "❤", "😂"],
            sticker: true,
            location: true,
            contact: true,
            file: true,
            voice: true,
            seen: true,
            typing: true,
            opt_out: true,
        }
    }

    fn fields(&self) -> &'static [&'static str] {
        &[EVENTS]
    }

    fn refuses(&self, _account: &PlatformAccount, act: &Act) -> Option<&'static str> {
        matches!(act, Act::Share { .. }).then_some("This platform has nothing to share")
    }

    fn misfit(&self, kind: &str, content_type: &str, bytes: usize) -> Option<String> {
        (bytes > FILE_BYTES).then(|| format!("{content_type} of {bytes} bytes is too large for a {kind}"))
    }

    fn not_fetched(&self, why: &str) -> HttpAnswer {
        api::error(400, "content_refused", why)
    }

    fn bytes(&self, body: &Value) -> Bytes {
        Bytes::from(body.to_string())
    }

    fn proof(&self, account: &PlatformAccount, body: &[u8], now: Timestamp) -> Vec<(String, String)> {
        vec![(SIGNATURE.into(), sign(&account.app_secret, body, now.as_second()))]
    }

    /// Nothing is asked before the first event: the signature is all the proof there is.
    fn strict(&self) -> bool {
        false
    }

    /// Twice as long each time, up to an hour, for two weeks.
    fn again_after_ms(&self, attempt: u32, spent_ms: u64) -> Option<u64> {
        let wait_ms = 500_u64.saturating_mul(1 << attempt.min(20)).min(LONGEST_MS);
        (spent_ms.saturating_add(wait_ms) <= GIVE_UP_MS).then_some(wait_ms)
    }

    fn announce(&self, world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
        event::announce(world, place, event, now);
    }
}

/// `t=<seconds>,v1=<hex of HMAC-SHA256 over time, a dot and the body>`.
fn sign(secret: &str, body: &[u8], seconds: i64) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={seconds},v1={}", hex(&mac.finalize().into_bytes()))
}

/// Whether a signature is one that we would have made within the last minutes.
fn genuine(secret: &str, said: &str, body: &[u8], now: Timestamp) -> bool {
    let seconds = said.split(',').find_map(|field| field.trim().strip_prefix("t=")).and_then(|text| text.parse::<i64>().ok());
    seconds.is_some_and(|seconds| now.as_second().abs_diff(seconds) <= FRESH_S.unsigned_abs() && said == sign(secret, body, seconds))
}

fn person_id(key: &str) -> String {
    format!("u-{key}")
}

/// The name of the talk with a person.
fn room(key: &str) -> String {
    format!("room-{key}")
}
