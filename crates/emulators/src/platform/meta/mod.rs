//! The three platforms of one provider: Messenger, Instagram and the WhatsApp Cloud API.
//! They share the Graph API's doors, its errors, its way of signing, and the shape of tokens.

mod app;
mod bytes;
mod error;
mod graph;
mod instagram;
mod messenger;
mod page;
mod page_send;
mod template;
#[cfg(test)]
mod tests;
mod webp;
mod whatsapp;
mod whatsapp_event;
mod whatsapp_send;

use sha2::{Digest, Sha256};

pub use bytes::{ascii_json, sign};
pub(super) use error::not_verified;
pub(super) use graph::answer;
pub(super) use instagram::Instagram;
pub(super) use messenger::Messenger;
pub(super) use page_send::see;
pub(super) use template::reviewed;
pub(super) use whatsapp::Whatsapp;

use super::{Chance, config::PlatformAccount};
use crate::carrier::signature::hex;

/// The version said in answers; any is understood in paths.
const VERSION: &str = "v25.0";

/// Sixteen digits that are always the same for the same words.
fn digits(words: &str) -> String {
    let hash = Sha256::digest(words.as_bytes());
    let number = hash.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    (1_000_000_000_000_000 + number % 9_000_000_000_000_000).to_string()
}

/// Letters and digits as in the provider's ids.
fn letters(chance: &mut Chance, count: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..count)
        .map(|_| usize::try_from(chance.up_to(61)).ok().and_then(|at| LETTERS.get(at)).map_or('A', |byte| char::from(*byte)))
        .collect()
}

fn proof(account: &PlatformAccount, body: &[u8]) -> Vec<(String, String)> {
    vec![("user-agent".into(), "facebookexternalua".into()), ("x-hub-signature-256".into(), sign(&account.app_secret, body))]
}

/// A few tries at once, then fewer and fewer, for `give_up_ms` in all.
fn again_after_ms(attempt: u32, spent_ms: u64, give_up_ms: u64) -> Option<u64> {
    const WAITS_S: [u64; 11] = [0, 1, 5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800];
    let place = usize::try_from(attempt).unwrap_or(usize::MAX).saturating_sub(1);
    let wait_ms = WAITS_S.get(place).copied().unwrap_or(43_200) * 1000;
    (spent_ms.saturating_add(wait_ms) <= give_up_ms).then_some(wait_ms)
}

/// A stable name for a thing of an account, in hexadecimal.
fn short_hash(words: &str) -> String {
    let mut text = hex(&Sha256::digest(words.as_bytes()));
    text.truncate(20);
    text
}
