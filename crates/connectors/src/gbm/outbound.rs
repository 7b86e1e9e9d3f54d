//! What we say through Google: each message under an id of ours, by which a repeat is told.

use model::{ChannelAccount, MessageId, Timestamp};
use serde_json::{Value, json};

use super::{base, card, no_permission, said, slower};
use crate::contract::*;
use crate::native::{self, Native};
use crate::repeat;
use crate::wire::{bearer, failed, post_json, quoted, text};

/// Nobody says for how long Google knows a message's id, which is part of its name: a day is taken for granted, less an hour, in seconds.
const ID_S: i64 = 23 * 3600;

pub(super) const NATIVE: Native = Native {
    what: "a ConversationMessage of Business Messages",
    one_of: &["text", "richCard", "image"],
    ours: &["name", "messageId", "representative", "createTime"],
    typed: false,
};

/// The one step is the message. Where the customer had asked for a person and one writes, Google is told first that they are there.
pub(super) fn next(account: &ChannelAccount, work: &Work, progress: &Progress) -> Step {
    let Work::Part { part, to, thread, context, message, no, .. } = work else { return Step::Nothing };
    // Also before the first token is drawn: Google then refuses, and a try whose end nobody saw is known as one that may be made again.
    let token = account.secret("access_token");
    let place = conversation(account, to, thread);
    if joins(part, context) && progress.get("joined").is_none() {
        let body = json!({ "eventType": "REPRESENTATIVE_JOINED", "representative": representative(&part.speaker) });
        let id = repeat::of(&format!("joined {} {}", text(context, "wish"), part.speaker.name));
        return Step::Http(post_json(format!("{place}/events?eventId={id}"), vec![bearer(token)], &body, true));
    }
    let mut body = native::of(part).cloned().unwrap_or_else(|| json!({}));
    body["representative"] = representative(&part.speaker);
    if let Some(message) = message {
        body["messageId"] = repeat::id(*message, *no).into();
    }
    match part.files.first() {
        _ if native::of(part).is_some() => {}
        _ if !part.cards.is_empty() => {
            body["richCard"] = card::rich(&part.cards);
            body["fallback"] = card::fallback(&part.cards).into();
        }
        Some(file) if matches!(file.media_type.as_str(), "image/jpeg" | "image/png") => {
            body["image"] = json!({ "contentInfo": { "fileUrl": file.url, "altText": file.name, "forceRefresh": false } });
            body["fallback"] = link(file).into();
        }
        Some(file) => body["text"] = link(file).into(),
        None => body["text"] = part.text.as_str().into(),
    }
    if !part.choices.is_empty() {
        let chips = part.choices.iter().map(|choice| json!({ "reply": { "text": choice, "postbackData": choice } }));
        body["suggestions"] = chips.collect();
    }
    Step::Http(post_json(format!("{place}/messages"), vec![bearer(token)], &body, repeat::keyed(*message, ID_S)))
}

pub(super) fn outcome(work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
    let (Work::Part { part, to, thread, context, message, no, .. }, Reply::Http { status, headers, body }) = (work, reply) else {
        return failed("not_sent", "Google was asked for nothing");
    };
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    match status {
        401 => Outcome::NeedsRefresh,
        429 => slower(headers, now),
        // Whether they are shown as there or not, what they say goes out.
        _ if joins(part, context) && progress.get("joined").is_none() => Outcome::More(json!({ "joined": true })),
        200..=299 => Outcome::Sent(vec![named(&json, to, thread, *message, *no)]),
        // An earlier try arrived.
        409 if message.is_some() => Outcome::Sent(vec![named(&Value::Null, to, thread, *message, *no)]),
        403 => no_permission(&json),
        404 => failed("unknown_recipient", "The customer has deleted or blocked this conversation"),
        // Under its id a message can be sent again.
        500.. if message.is_some() => Outcome::RetryAfter { ms: 2_000, why: format!("Google answered {status}") },
        500.. => Outcome::Uncertain(format!("Google answered {status}")),
        _ => failed("content_refused", format!("Google refuses this message: {} ({status})", said(&json))),
    }
}

/// Typing is told as it begins and ends. A read mark names the customer's message by Google's full name for it.
pub(super) fn signal(account: &ChannelAccount, to: &str, thread: &str, signal: Signal, last: Option<&str>, now: Timestamp) -> Step {
    let token = vec![bearer(account.secret("access_token"))];
    match (signal, last) {
        (Signal::Typing(on), _) => {
            let event = if on { "TYPING_STARTED" } else { "TYPING_STOPPED" };
            let id = repeat::of(&format!("{thread} {event} {}", now.micros()));
            let body = json!({ "eventType": event, "representative": { "representativeType": "HUMAN" } });
            let place = conversation(account, to, thread);
            Step::Http(post_json(format!("{place}/events?eventId={id}"), token, &body, true))
        }
        (Signal::Read, Some(name)) if name.starts_with("conversations/") => {
            let name: Vec<String> = name.split('/').map(quoted).collect();
            let url = format!("{}/v1/{}/receipt", base(account, "api_base_url"), name.join("/"));
            Step::Http(Request { method: "PATCH", ..post_json(url, token, &json!({ "receiptType": "READ" }), true) })
        }
        (Signal::Read, _) => Step::Nothing,
    }
}

/// Asks for something that harms nobody, to see whether the account may: the conversation is nobody's.
pub(super) fn probe(account: &ChannelAccount, token: &str, now: Timestamp) -> Request {
    let place = conversation(account, "seaway-check", "");
    let id = repeat::of(&format!("check {}", now.micros()));
    let body = json!({ "eventType": "TYPING_STOPPED", "representative": { "representativeType": "BOT" } });
    post_json(format!("{place}/events?eventId={id}"), vec![bearer(token)], &body, true)
}

fn joins(part: &Part, context: &Value) -> bool {
    part.speaker.person && !text(context, "wish").is_empty()
}

fn conversation(account: &ChannelAccount, to: &str, thread: &str) -> String {
    format!("{}/v1/conversations/{}", base(account, "api_base_url"), quoted(whom(to, thread)))
}

fn whom<'a>(to: &'a str, thread: &'a str) -> &'a str {
    if thread.is_empty() { to } else { thread }
}

fn named(json: &Value, to: &str, thread: &str, message: Option<MessageId>, no: i64) -> String {
    match (text(json, "name"), message) {
        ("", Some(message)) => format!("conversations/{}/messages/{}", whom(to, thread), repeat::id(message, no)),
        (name, _) => name.to_owned(),
    }
}

fn representative(speaker: &Speaker) -> Value {
    let mut made = json!({ "representativeType": if speaker.person { "HUMAN" } else { "BOT" } });
    if !speaker.name.is_empty() {
        made["displayName"] = speaker.name.as_str().into();
    }
    made
}

fn link(file: &FileRef) -> String {
    format!("{}\n{}", file.name, file.url)
}
