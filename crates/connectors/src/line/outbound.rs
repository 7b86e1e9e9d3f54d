//! What we say on LINE: by the reply token while it lasts, since that is free, else pushed under a key by which LINE tells a repeat.

use std::collections::BTreeSet;

use model::{ChannelAccount, Timestamp};
use serde_json::{Value, json};

use super::{base, card, refused_token, slower, sticker, token};
use crate::contract::*;
use crate::native::{self, Native};
use crate::repeat;
use crate::text::cut;
use crate::wire::{bearer, failed, list, post_json, text, wrong};

/// A reply token is taken for a minute; this leaves some of it for the way, in seconds.
const TOKEN_S: i64 = 50;
/// LINE knows a retry key for 24 hours; this leaves one of them for clocks and the way, in seconds.
const KEY_S: i64 = 23 * 3600;
/// How many UTF-16 units a button's label has.
const LABEL: usize = 20;
/// Bytes of sound in a millisecond, at the usual 128 kbit/s: LINE wants to be told how long it is, and shows that only.
const SOUND_BYTES_PER_MS: i64 = 16;

/// Whether one can tell the buttons apart by what fits on them.
pub(super) fn labels_differ(choices: &[String]) -> bool {
    choices.iter().map(|choice| label(choice)).collect::<BTreeSet<_>>().len() == choices.len()
}

pub(super) fn label(choice: &str) -> String {
    if choice.encode_utf16().count() <= LABEL {
        return choice.to_owned();
    }
    let head = cut(choice, LABEL - 1, model::TextUnit::Utf16).into_iter().next().unwrap_or_default();
    format!("{head}…")
}

pub(super) const NATIVE: Native = Native {
    what: "one message object of the Messaging API",
    one_of: &["type"],
    ours: &["to", "messages", "replyToken", "quoteToken"],
    typed: false,
};

/// A push is begun by an empty step that notes it. Without that note a second try could find a newer reply token and say it twice.
pub(super) fn next(account: &ChannelAccount, work: &Work, progress: &Progress, now: Timestamp) -> Step {
    let Work::Part { part, to, thread, context, message, no, .. } = work else { return Step::Nothing };
    // A push that was noted may have reached LINE: it is asked again under its key, and without a token LINE's 401 asks for one.
    if standby(context) || (token(account).is_empty() && !pushed(progress)) {
        return Step::Nothing;
    }
    let send = format!("{}/v2/bot/message", base(account, "api_base_url"));
    let messages = messages(part, context);
    if pushed(progress) {
        let to = if thread.is_empty() { to } else { thread };
        let mut headers = vec![bearer(token(account))];
        if let Some(message) = message {
            headers.push(("x-line-retry-key".into(), repeat::key(*message, &format!("{to}/{no}"))));
        }
        let body = json!({ "to": to, "messages": messages });
        return Step::Http(post_json(format!("{send}/push"), headers, &body, repeat::keyed(*message, KEY_S)));
    }
    match fresh(context, now) {
        Some(reply) => {
            let body = json!({ "replyToken": reply, "messages": messages });
            Step::Http(post_json(format!("{send}/reply"), vec![bearer(token(account))], &body, false))
        }
        None => Step::Nothing,
    }
}

pub(super) fn outcome(account: &ChannelAccount, work: &Work, progress: &Progress, reply: &Reply, now: Timestamp) -> Outcome {
    let (Work::Part { context, message, .. }, Reply::Http { status, headers, body }) = (work, reply) else {
        return failed("not_sent", "LINE was asked for nothing");
    };
    let push = json!({ "push": true });
    if headers.is_empty() && body.is_empty() && *status == 200 {
        // Nobody was asked: an answer of LINE always says something.
        if standby(context) {
            return failed("standby", "Another service of this LINE account holds the chat");
        }
        return if token(account).is_empty() { Outcome::NeedsRefresh } else { Outcome::More(push) };
    }
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = said(&json);
    let ids = || list(&json, "sentMessages").map(|sent| text(sent, "id").to_owned()).filter(|id| !id.is_empty()).collect();
    let pushed = pushed(progress);
    match status {
        200..=299 => Outcome::Sent(ids()),
        // The key was taken at an earlier try.
        409 if pushed => Outcome::Sent(ids()),
        400 if !pushed && said.contains("Invalid reply token") => Outcome::More(push),
        400 if said.contains("'to'") => failed("unknown_recipient", "LINE knows nobody by this id, or they never wrote to this account"),
        401 => refused_token(account),
        403 => {
            Outcome::Problem(wrong("channel_access_token", "no_permission", format!("LINE does not allow this account to send: {said}")))
        }
        404 | 410 => failed("unknown_recipient", format!("LINE knows nobody by this id: {said}")),
        413 => failed("too_big", "LINE takes at most 2 MB at once"),
        429 if said.contains("monthly limit") => failed("quota_used", "The LINE account has used up its messages of this month"),
        429 => slower(headers, now),
        // Under its key a push can be repeated; a reply may have been sent.
        500.. if pushed && message.is_some() => Outcome::RetryAfter { ms: 2_000, why: format!("LINE answered {status}") },
        500.. => Outcome::Uncertain(format!("LINE answered {status}")),
        _ => failed("content_refused", format!("LINE refuses this message: {said} ({status})")),
    }
}

/// What LINE says is wrong, and where.
fn said(json: &Value) -> String {
    let details = list(json, "details").map(|detail| format!("; {}: {}", text(detail, "property"), text(detail, "message")));
    [text(json, "message").to_owned()].into_iter().chain(details).collect()
}

fn pushed(progress: &Progress) -> bool {
    progress.get("push") == Some(&Value::Bool(true))
}

fn standby(context: &Value) -> bool {
    context.get("standby") == Some(&Value::Bool(true))
}

fn fresh(context: &Value, now: Timestamp) -> Option<&str> {
    let at = Timestamp::from_millis(context.get("at")?.as_i64()?);
    context.get("replyToken")?.as_str().filter(|_| now < at.plus_secs(TOKEN_S))
}

/// How many of LINE's messages a part is.
pub(super) fn count(part: &Part) -> usize {
    usize::from(!part.text.is_empty()) + part.files.len() + part.extras.len() + usize::from(!part.cards.is_empty())
}

/// A part as LINE's messages: its text, then its files, places and stickers, then its cards, with the quick replies below the last.
fn messages(part: &Part, context: &Value) -> Vec<Value> {
    let mut messages = Vec::new();
    if !part.text.is_empty() {
        messages.push(json!({ "type": "text", "text": part.text }));
    }
    messages.extend(part.files.iter().map(attached));
    match native::of(part) {
        Some(own) => messages.push(own.clone()),
        None => messages.extend(part.extras.iter().map(shared)),
    }
    // A quote needs a token, and that of the newest message is the one we know; texts and stickers alone can quote.
    let quote = text(context, "quoteToken");
    if let Some(first) = messages.first_mut().filter(|first| matches!(text(first, "type"), "text" | "sticker"))
        && !quote.is_empty()
        && part.reply_to.as_deref().is_some_and(|id| id == text(context, "messageId"))
    {
        first["quoteToken"] = quote.into();
    }
    if !part.cards.is_empty() {
        messages.push(card::message(&part.cards));
    }
    if let Some(last) = messages.last_mut()
        && !part.choices.is_empty()
    {
        let items = part
            .choices
            .iter()
            .map(|choice| json!({ "type": "action", "action": { "type": "message", "label": label(choice), "text": choice } }));
        last["quickReply"] = json!({ "items": items.collect::<Vec<_>>() });
    }
    if let Some(name) = speaker(&part.speaker) {
        for message in &mut messages {
            message["sender"] = json!({ "name": name });
        }
    }
    messages
}

/// A person of ours by name, as far as LINE shows it. Names that could be taken for LINE's own are refused, so they are left out.
fn speaker(speaker: &Speaker) -> Option<String> {
    let name = speaker.name.trim();
    let taken = name.to_lowercase().contains("line");
    (speaker.person && !name.is_empty() && !taken).then(|| label(name))
}

/// A sticker, or a place: of that LINE wants a title and an address, and has none of its own to show.
fn shared(extra: &model::Extra) -> Value {
    let (latitude, longitude, name, address) = match extra {
        model::Extra::Location { latitude, longitude, name, address } => (latitude, longitude, name, address),
        model::Extra::Sticker { set, id, .. } => return sticker::message(set, id),
        other => return json!({ "type": "text", "text": other.written_out() }),
    };
    let point = format!("{latitude}, {longitude}");
    let first = |texts: [&String; 2]| texts.into_iter().find(|text| !text.is_empty()).unwrap_or(&point).clone();
    json!({
        "type": "location", "title": first([name, address]), "address": first([address, name]), "latitude": latitude, "longitude": longitude
    })
}

/// A file by its link: shown where LINE shows its kind, else as a line to tap.
fn attached(file: &FileRef) -> Value {
    match file.media_type.as_str() {
        "image/jpeg" | "image/png" => {
            // LINE takes a preview of 1 MB; without one of ours the picture has to do.
            let preview = if file.preview_url.is_empty() { &file.url } else { &file.preview_url };
            json!({ "type": "image", "originalContentUrl": file.url, "previewImageUrl": preview })
        }
        "video/mp4" => json!({ "type": "video", "originalContentUrl": file.url, "previewImageUrl": file.url }),
        "audio/mpeg" | "audio/mp4" | "audio/x-m4a" | "audio/m4a" => {
            let duration = (file.bytes / SOUND_BYTES_PER_MS).max(1000);
            json!({ "type": "audio", "originalContentUrl": file.url, "duration": duration })
        }
        _ => json!({ "type": "text", "text": format!("{}\n{}", file.name, file.url) }),
    }
}
