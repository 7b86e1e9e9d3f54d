//! What Discord's errors mean for us.

use model::Timestamp;
use serde_json::Value;

use super::bad;
use crate::contract::Outcome;
use crate::wire::{failed, header, list, text};

/// The pause after an error that passes without saying when, in milliseconds.
const PAUSE_MS: i64 = 2_000;
/// Opening direct messages too fast is remembered for a while.
const DM_PAUSE_MS: i64 = 60_000;

/// Errors that pass by waiting: too fast, or Discord in trouble. A pause for one channel is that thread's own; the bot's and a shared one
/// stop the account.
pub(super) fn passing(status: u16, headers: &[(String, String)], json: &Value, now: Timestamp) -> Option<Outcome> {
    let said = json.get("retry_after").and_then(Value::as_f64).filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    let by_body = said.map(|seconds| ((seconds * 1000.0).ceil() as i64).clamp(0, 3_600_000));
    let ms = by_body.or_else(|| crate::wire::retry_after_ms(headers, now));
    match (status, code(json)) {
        (_, 40_003) => {
            Some(Outcome::RetryAfter { ms: ms.unwrap_or(DM_PAUSE_MS), why: "Discord lets us open direct messages more slowly only".into() })
        }
        (_, 20_016 | 20_028) => {
            Some(Outcome::HoldThread { ms: ms.unwrap_or(PAUSE_MS), why: "the channel takes messages more slowly only".into() })
        }
        (429, _) => {
            let global = json.get("global").and_then(Value::as_bool).unwrap_or_else(|| header(headers, "x-ratelimit-global").is_some());
            let scope = header(headers, "x-ratelimit-scope").unwrap_or("user");
            let ms = ms.unwrap_or(PAUSE_MS);
            let why = format!("Discord asks to slow down ({})", if global { "global" } else { scope });
            // A bot that goes on against a limit of its own is shut out by address; what others used up of a channel is not its fault.
            Some(if global { Outcome::RetryAfter { ms, why } } else { Outcome::HoldThread { ms, why } })
        }
        (500.., _) => Some(Outcome::RetryAfter { ms: PAUSE_MS, why: format!("Discord answered {status}") }),
        _ => None,
    }
}

pub(super) fn code(json: &Value) -> i64 {
    json.get("code").and_then(Value::as_i64).unwrap_or_default()
}

pub(super) fn token() -> Outcome {
    bad("bot_token", "bad_credentials", "Discord refuses the bot token: reset it in the developer portal under Bot and enter the new one")
}

/// An error that waiting does not mend.
pub(super) fn of(status: u16, json: &Value) -> Outcome {
    let said = text(json, "message");
    match (status, code(json)) {
        (401, _) | (_, 40_001) => token(),
        (_, 10_003) => failed("unknown_channel", "Discord no longer has this channel, or the bot cannot see it"),
        (_, 10_004) => failed("unknown_channel", "The bot is no longer in this server"),
        (_, 10_008) => failed("unknown_message", "Discord no longer has the message this is about"),
        (_, 10_013) => failed("unknown_recipient", "Discord knows nobody by this id"),
        (413, _) | (_, 40_005) => failed("too_big", "Discord takes 25 MB at once and files of 10 MB"),
        (_, 50_001) => failed("no_permission", "The bot may not see this channel: give it the permission View Channel there"),
        (_, 50_013) => failed(
            "no_permission",
            "The bot may not do this here: give it Send Messages, Send Messages in Threads, Attach Files and Add Reactions",
        ),
        (_, 50_005) => failed("not_ours", "Discord lets nobody change another one's message"),
        (_, 50_006) => failed("empty_message", "There is nothing in this message"),
        (_, 50_007) => {
            failed("recipient_closed", "This person takes no direct messages from the bot: they are switched off, or they blocked it")
        }
        (_, 50_278) => failed("recipient_closed", "This person shares no server with the bot any more, so it cannot write to them"),
        (_, 50_035) => failed("content_refused", format!("Discord refuses this message: {}", invalid(json))),
        (_, 50_081) => failed("unknown_sticker", "Discord knows no such sticker, or the bot may not use it in this place"),
        (_, 50_083 | 160_005) => failed("thread_closed", "This Discord thread is closed and locked"),
        (_, 200_000 | 200_001) => failed("content_refused", "The server's AutoMod blocks this message"),
        (_, 240_000) => failed("content_refused", "Discord takes a link in this message for harmful"),
        (403, _) => failed("no_permission", format!("Discord does not allow this: {said}")),
        (404, _) => failed("unknown_channel", format!("Discord knows no such place: {said}")),
        _ => failed("content_refused", format!("Discord refuses this: {said} ({status})")),
    }
}

/// What is wrong with a form, and where: errors stand under the names of the fields they are about.
fn invalid(json: &Value) -> String {
    let mut found = Vec::new();
    if let Some(errors) = json.get("errors") {
        collect(errors, "", 0, &mut found);
    }
    if found.is_empty() { text(json, "message").to_owned() } else { found.join("; ") }
}

fn collect(errors: &Value, place: &str, depth: usize, found: &mut Vec<String>) {
    let Some(fields) = errors.as_object().filter(|_| depth < 16) else { return };
    found.extend(list(errors, "_errors").map(|error| format!("{place}: {}", text(error, "message"))));
    for (name, inner) in fields.iter().filter(|(name, _)| *name != "_errors") {
        let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        collect(inner, &place, depth + 1, found);
    }
}
