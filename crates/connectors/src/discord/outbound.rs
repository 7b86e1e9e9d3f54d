//! What we say on Discord. Each message has a nonce made of our id, by which Discord tells a repeat, so that a send can be tried again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Capabilities, ChannelAccount, MessageId};
use serde_json::{Value, json};

use super::{base, bot, card, own_id, refusal};
use crate::contract::*;
use crate::native::{self, Native};
use crate::repeat;
use crate::text::apart;
use crate::wire::{failed, get, list, post_json, quoted, text};

/// The most files of one message, and their bytes together: a request has at most 25 MiB.
const FILES: usize = 10;
const FILE_BYTES: i64 = 24 << 20;
const FILE_FIELDS: [&str; FILES] =
    ["files[0]", "files[1]", "files[2]", "files[3]", "files[4]", "files[5]", "files[6]", "files[7]", "files[8]", "files[9]"];
/// Buttons in a row, of at most five rows.
const PER_ROW: usize = 5;
/// Characters of a nonce, and of our id in it.
const NONCE: usize = 25;
const NONCE_ID: usize = 22;
/// Discord knows a nonce for "the past few minutes": two of them, in seconds.
const NONCE_S: i64 = 120;
/// A thread was begun at this message before.
const HAS_THREAD: i64 = 160_004;

/// Whom it calls, and what it answers, is said by us.
pub(super) const NATIVE: Native = Native {
    what: "a message as it is posted to /channels/{id}/messages",
    one_of: &["content", "embeds", "components", "poll", "sticker_ids"],
    ours: &["nonce", "enforce_nonce", "message_reference", "attachments", "allowed_mentions", "payload_json"],
    typed: false,
};

/// Texts first; files and a sticker go with the text before them as far as one message takes them.
pub(super) fn split(can: &Capabilities, message: &Outbound) -> Vec<Part> {
    let mut can = can.clone();
    // Buttons of one message are told apart by what they carry.
    let mut differ = message.choices.clone();
    differ.sort();
    differ.dedup();
    if differ.len() != message.choices.len() || message.choices.iter().any(|choice| choice.trim().is_empty()) {
        can.choices = None;
    }
    let mut parts: Vec<Part> = Vec::new();
    for mut part in apart(message, &can, Some(card::LIMIT)) {
        let more: i64 = part.files.iter().map(|file| file.bytes).sum();
        match parts.last_mut() {
            Some(last) if !part.extras.is_empty() && last.cards.is_empty() => last.extras.append(&mut part.extras),
            Some(last) if part.text.is_empty() && part.extras.is_empty() && part.cards.is_empty() && fits(last, more) => {
                last.files.append(&mut part.files)
            }
            _ => parts.push(part),
        }
    }
    parts
}

fn fits(part: &Part, more: i64) -> bool {
    part.files.len() < FILES && part.files.iter().map(|file| file.bytes).sum::<i64>() + more <= FILE_BYTES
}

/// The nonce of one part: our id in short, and the number of the part.
pub(super) fn nonce(message: MessageId, no: i64) -> String {
    let id = URL_SAFE_NO_PAD.encode(message.0.as_bytes());
    let nonce = format!("{id}{no}");
    if nonce.len() <= NONCE { nonce } else { repeat::key(message, &no.to_string()).chars().take(NONCE).collect() }
}

/// The message and the number of the part that a nonce of ours names; `None` for a nonce that somebody else made.
pub(super) fn part_of(nonce: &str) -> Option<(MessageId, i64)> {
    let (id, no) = nonce.split_at_checked(NONCE_ID)?;
    let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
    let id = format!("IM{}", crate::signature::hex(&bytes)).parse().ok()?;
    Some((id, no.parse().ok().filter(|no| *no >= 0)?))
}

/// Where a message goes, and what has to be done before.
pub(super) enum Way<'a> {
    Channel(&'a str),
    /// Somebody we have no channel with yet.
    OpenDirect(&'a str),
    /// A ticket: a thread is begun at the message that asked for it, in this channel.
    OpenThread(&'a str),
}

pub(super) fn way<'a>(to: &'a str, thread: &'a str, context: &'a Value, progress: &'a Value) -> Way<'a> {
    let channel = text(context, "channel");
    if !text(progress, "channel").is_empty() {
        return Way::Channel(text(progress, "channel"));
    }
    if context.get("open") == Some(&Value::Bool(true)) && !channel.is_empty() {
        return Way::OpenThread(channel);
    }
    match (thread, channel) {
        ("", "") => Way::OpenDirect(to),
        (thread, "") if thread == to => Way::OpenDirect(to),
        // Begun by us, and answered since.
        (thread, channel) if thread.is_empty() || thread == to => Way::Channel(channel),
        (thread, _) => Way::Channel(thread),
    }
}

pub(super) fn next(account: &ChannelAccount, work: &Work, progress: &Progress) -> Step {
    let Work::Part { part, to, thread, context, message, no, .. } = work else { return Step::Nothing };
    let api = base(account, "api_base_url");
    match way(to, thread, context, progress) {
        Way::OpenDirect(person) => open_direct(account, person),
        Way::OpenThread(channel) => {
            let url = format!("{api}/channels/{}/messages/{}/threads", quoted(channel), quoted(thread));
            let name = format!("#{}", thread.chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect::<String>());
            Step::Http(post_json(url, bot(account), &json!({ "name": name, "auto_archive_duration": 1440 }), true))
        }
        Way::Channel(channel) => {
            let url = format!("{api}/channels/{}/messages", quoted(channel));
            let repeatable = repeat::keyed(*message, NONCE_S);
            let nonce = message.map(|message| nonce(message, *no));
            Step::Http(Request { repeatable, ..send(account, url, part, nonce) })
        }
    }
}

pub(super) fn open_direct(account: &ChannelAccount, person: &str) -> Step {
    let url = format!("{}/users/@me/channels", base(account, "api_base_url"));
    Step::Http(post_json(url, bot(account), &json!({ "recipient_id": person }), true))
}

fn send(account: &ChannelAccount, url: String, part: &Part, nonce: Option<String>) -> Request {
    // Nobody is called by a mention that a customer's words put into an answer.
    let mut body = native::of(part).cloned().unwrap_or_else(|| json!({ "content": part.text }));
    body["allowed_mentions"] = json!({ "parse": [] });
    if let Some(nonce) = nonce {
        body["nonce"] = nonce.into();
        body["enforce_nonce"] = true.into();
    }
    if let Some(answered) = &part.reply_to {
        body["message_reference"] = json!({ "message_id": answered, "fail_if_not_exists": false });
    }
    if !part.choices.is_empty() {
        let button = |choice: &String| json!({ "type": 2, "style": 2, "label": choice, "custom_id": choice });
        let rows = part.choices.chunks(PER_ROW).map(|row| json!({ "type": 1, "components": row.iter().map(button).collect::<Vec<_>>() }));
        body["components"] = rows.collect::<Vec<_>>().into();
    }
    if let Some(shown) = part.cards.first() {
        card::put(shown, &mut body);
    }
    let stickers = stickers(part);
    if !stickers.is_empty() {
        body["sticker_ids"] = json!(stickers);
    }
    let files: Vec<FileRef> = part.files.iter().cloned().chain(part.cards.iter().filter_map(card::picture)).collect();
    if files.is_empty() {
        return post_json(url, bot(account), &body, false);
    }
    let attached = files.iter().enumerate().map(|(no, file)| json!({ "id": no, "filename": file.name }));
    body["attachments"] = attached.collect::<Vec<_>>().into();
    let mut form = vec![FormField::Text { name: "payload_json", value: body.to_string() }];
    form.extend(files.into_iter().zip(FILE_FIELDS).map(|(file, name)| FormField::File { name, file }));
    Request { method: "POST", body: Body::Form(form), ..get(url, bot(account)) }
}

fn stickers(part: &Part) -> Vec<&str> {
    let ids = part.extras.iter().map(|extra| if let model::Extra::Sticker { id, .. } = extra { id.as_str() } else { "" });
    ids.filter(|id| !id.is_empty()).collect()
}

pub(super) fn sent(work: &Work, progress: &Progress, status: u16, json: &Value) -> Outcome {
    let Work::Part { to, thread, context, .. } = work else { return failed("not_sent", "Discord was asked for nothing") };
    let opened = |channel: &str| Outcome::More(json!({ "channel": channel }));
    match (way(to, thread, context, progress), status) {
        (Way::OpenThread(_), 200..=299) => opened(thread),
        (Way::OpenThread(_), _) if refusal::code(json) == HAS_THREAD => opened(thread),
        // Where no thread can be begun, the answer stands below the question.
        (Way::OpenThread(channel), _) if refusal::code(json) == 50_024 => opened(channel),
        (_, 400..) => refusal::of(status, json),
        (_, _) if text(json, "id").is_empty() => Outcome::Uncertain("Discord answered without an id".into()),
        (Way::OpenDirect(_), _) => opened(text(json, "id")),
        (_, _) => Outcome::Sent(vec![text(json, "id").to_owned()]),
    }
}

pub(super) fn typing(account: &ChannelAccount, work: &Work) -> Step {
    let Work::Signal { to, thread, context, .. } = work else { return Step::Nothing };
    let channel = match way(to, thread, context, &Value::Null) {
        Way::Channel(channel) | Way::OpenThread(channel) => channel,
        Way::OpenDirect(_) => return Step::Nothing,
    };
    let url = format!("{}/channels/{}/typing", base(account, "api_base_url"), quoted(channel));
    Step::Http(Request { method: "POST", ..get(url, bot(account)) })
}

/// A reaction of ours takes the place of the one before. Discord lets a bot have many, so the others are looked up and taken away one by one.
pub(super) fn react(account: &ChannelAccount, work: &Work, progress: &Progress) -> Step {
    let Work::React { to, thread, context, provider_id, emoji } = work else { return Step::Nothing };
    let channel = match way(to, thread, context, &Value::Null) {
        Way::Channel(channel) | Way::OpenThread(channel) => channel,
        Way::OpenDirect(_) => return Step::Nothing,
    };
    let message = format!("{}/channels/{}/messages/{}", base(account, "api_base_url"), quoted(channel), quoted(provider_id));
    let one =
        |method, emoji: &str| Step::Http(Request { method, ..get(format!("{message}/reactions/{}/@me", quoted(emoji)), bot(account)) });
    match (emoji, list(progress, "remove").next().and_then(Value::as_str)) {
        (_, Some(old)) => one("DELETE", old),
        (Some(emoji), None) if progress.is_null() => one("PUT", emoji),
        _ => Step::Http(get(message, bot(account))),
    }
}

pub(super) fn reacted(work: &Work, progress: &Progress, status: u16, json: &Value) -> Outcome {
    let Work::React { emoji, .. } = work else { return Outcome::Fine };
    let waiting: Vec<&Value> = list(progress, "remove").collect();
    if !waiting.is_empty() {
        // One that is gone already is what was wanted.
        let rest = waiting.get(1..).unwrap_or_default();
        return if rest.is_empty() { Outcome::Fine } else { Outcome::More(json!({ "remove": rest })) };
    }
    if status >= 400 {
        return refusal::of(status, json);
    }
    if emoji.is_some() && progress.is_null() {
        return Outcome::More(json!({ "put": true }));
    }
    let kept = emoji.as_deref().map(plain);
    let ours = list(json, "reactions").filter(|reaction| reaction.get("me") == Some(&Value::Bool(true)));
    let named = ours.filter_map(|reaction| reaction.get("emoji")).map(|emoji| match (text(emoji, "id"), text(emoji, "name")) {
        ("", name) => name.to_owned(),
        (id, name) => format!("{name}:{id}"),
    });
    let others: Vec<String> = named.filter(|name| Some(plain(name)) != kept).collect();
    if others.is_empty() { Outcome::Fine } else { Outcome::More(json!({ "remove": others })) }
}

/// An emoji without the mark that asks for colour: Discord may leave it out.
fn plain(emoji: &str) -> String {
    emoji.replace('\u{fe0f}', "")
}

/// A send of unknown fate is looked for among the last messages of a direct channel. Threads of guilds are not named here, so a person
/// decides there; and what is not found may be in such a one.
pub(super) fn find(account: &ChannelAccount, work: &Work, progress: &Progress) -> Step {
    let Work::Find { to, .. } = work else { return Step::Nothing };
    match text(progress, "channel") {
        "" => open_direct(account, to),
        channel => {
            let url = format!("{}/channels/{}/messages?limit=50", base(account, "api_base_url"), quoted(channel));
            let headers = bot(account);
            Step::Http(Request { max_response_bytes: 4 << 20, ..get(url, headers) })
        }
    }
}

pub(super) fn found(account: &ChannelAccount, work: &Work, progress: &Progress, status: u16, json: &Value) -> Outcome {
    let unknown = || Outcome::Uncertain("Discord does not show it".into());
    let Work::Find { part, sent_after, .. } = work else { return unknown() };
    if status >= 400 {
        return unknown();
    }
    if text(progress, "channel").is_empty() {
        return match text(json, "id") {
            "" => unknown(),
            channel => Outcome::More(json!({ "channel": channel })),
        };
    }
    let own = own_id(account);
    // Our clock and Discord's may differ a little.
    let from = sent_after.plus_secs(-5);
    let own_form = native::of(part);
    let said = own_form.map_or(part.text.as_str(), |own| text(own, "content")).trim();
    let embeds = own_form.into_iter().flat_map(|own| list(own, "embeds")).map(|embed| text(embed, "title"));
    let titles: Vec<&str> = part.cards.iter().map(|card| card.title.as_str()).chain(embeds).collect();
    let mine = json.as_array().into_iter().flatten().find(|message| {
        let author = message.get("author").map(|author| text(author, "id")).unwrap_or_default();
        let late = super::made_at(text(message, "id")).is_some_and(|at| at >= from);
        let same = text(message, "content").trim() == said
            && list(message, "attachments").count() == part.files.len()
            && list(message, "sticker_items").map(|sticker| text(sticker, "id")).eq(stickers(part));
        // Discord makes an embed of a link, too.
        author == own
            && late
            && same
            && (titles.is_empty() || list(message, "embeds").map(|embed| text(embed, "title")).eq(titles.iter().copied()))
    });
    mine.map_or_else(unknown, |message| Outcome::Sent(vec![text(message, "id").to_owned()]))
}
