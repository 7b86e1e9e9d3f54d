//! Other words for a message of the bot's, and taking it back. What an edit does not name stays: files, embeds and buttons.

use model::ChannelAccount;
use serde_json::{Value, json};

use super::outbound::{Way, open_direct, way};
use super::{base, bot, refusal};
use crate::contract::*;
use crate::wire::{failed, get, post_json, quoted, text};

pub(super) fn next(account: &ChannelAccount, work: &Work, progress: &Progress) -> Step {
    let Work::Revise { provider_id, part, to, thread, context, .. } = work else { return Step::Nothing };
    if provider_id.is_empty() {
        return Step::Nothing;
    }
    let channel = match way(to, thread, context, progress) {
        Way::OpenDirect(person) => return open_direct(account, person),
        // Begun at the message that asked for it, a thread has that message's id.
        Way::OpenThread(_) => thread,
        Way::Channel(channel) => channel,
    };
    let url = format!("{}/channels/{}/messages/{}", base(account, "api_base_url"), quoted(channel), quoted(provider_id));
    Step::Http(match part {
        Some(part) => {
            let body = json!({ "content": part.text, "allowed_mentions": { "parse": [] } });
            Request { method: "PATCH", ..post_json(url, bot(account), &body, true) }
        }
        None => Request { method: "DELETE", ..get(url, bot(account)) },
    })
}

pub(super) fn done(work: &Work, progress: &Progress, status: u16, json: &Value) -> Outcome {
    let Work::Revise { part, to, thread, context, .. } = work else { return failed("not_sent", "Discord was asked for nothing") };
    let opening = matches!(way(to, thread, context, progress), Way::OpenDirect(_));
    match (status, refusal::code(json)) {
        // What is gone cannot be taken back twice.
        (404, 10_008) if part.is_none() => Outcome::Fine,
        (400.., _) => refusal::of(status, json),
        _ if opening && text(json, "id").is_empty() => failed("unknown_channel", "Discord opened no channel"),
        _ if opening => Outcome::More(json!({ "channel": text(json, "id") })),
        _ => Outcome::Fine,
    }
}
