//! What LINE tells us, event by event.

use model::inbound::{Edit, Sender};
use model::{ChannelAccount, Extra, InboundEvent, InboundFile, InboundMessage, Timestamp};
use serde_json::{Map, Value, json};

use crate::contract::{Arrived, Health};
use crate::wire::{list, millis, quoted, text, wrong};

/// A redelivered event's reply token ends this long after the event, in seconds; a minute is left for using it.
const TOKEN_AGE_S: i64 = 19 * 60;

pub(super) struct Understood {
    pub arrived: Vec<Arrived>,
    pub health: Option<Health>,
}

/// One event of a delivery. `destination` is our own user id, `now` when it came in.
pub(super) fn understand(account: &ChannelAccount, destination: &str, event: &Value, now: Timestamp) -> Result<Understood, String> {
    let kind = text(event, "type");
    if let Some(health) = health(kind, event) {
        return Ok(Understood { arrived: vec![], health: Some(health) });
    }
    let id = text(event, "webhookEventId");
    if id.is_empty() {
        return Err(format!("an event {kind} without an id"));
    }
    let (key, from) = who(event).ok_or_else(|| format!("an event {kind} of nobody"))?;
    let happened = happened(account, destination, kind, id, &key, from, event, now)?;
    let at = event.get("timestamp").and_then(millis);
    let arrived = happened.into_iter().map(|(suffix, event)| {
        let external_id = if suffix.is_empty() { id.to_owned() } else { format!("{id}:{suffix}") };
        Arrived { external_id, keys: vec![key.clone()], event, provider_at: at }
    });
    Ok(Understood { arrived: arrived.collect(), health: None })
}

/// What an event says of the account itself.
fn health(kind: &str, event: &Value) -> Option<Health> {
    let warning = |code: &str, detail: &str| Some(Health::Warning(wrong("basic_id", code, detail)));
    match kind {
        "botSuspended" => warning("bot_suspended", "LINE has suspended this account: nothing reaches customers until that is lifted"),
        "botResumed" => Some(Health::Well),
        "module" => match event.get("module").map(|module| text(module, "type")).unwrap_or_default() {
            "detached" => warning("module_detached", "this module was detached from the LINE account"),
            _ => Some(Health::Well),
        },
        _ => None,
    }
}

/// The thread's key and who did it. In a group or room the person may be unnamed: then it is the group itself.
fn who(event: &Value) -> Option<(String, Sender)> {
    let source = event.get("source")?;
    let key = ["groupId", "roomId", "userId"].into_iter().map(|key| text(source, key)).find(|id| !id.is_empty())?;
    Some((key.to_owned(), member(text(source, "userId"), key)))
}

fn member(user: &str, place: &str) -> Sender {
    let named = !user.is_empty();
    let external_id = if named { user } else { place }.to_owned();
    Sender { external_id, scoped: true, name: String::new(), verified: named, facts: vec![] }
}

/// The events that one of LINE's is for us, each with what makes its id unique.
fn happened(
    account: &ChannelAccount,
    destination: &str,
    kind: &str,
    id: &str,
    key: &str,
    from: Sender,
    event: &Value,
    now: Timestamp,
) -> Result<Vec<(String, InboundEvent)>, String> {
    let one = |event| Ok(vec![(String::new(), event)]);
    let body = event.get(kind).unwrap_or(&Value::Null);
    let touch = |from: Sender, what: &str| InboundEvent::Touch { from, what: what.to_owned() };
    let with = |from: &Sender, fact: &str, value: &str| {
        let facts = if value.is_empty() { vec![] } else { vec![(fact.to_owned(), value.to_owned())] };
        Sender { facts, ..from.clone() }
    };
    match kind {
        "message" => {
            let made = message(account, body);
            let raw = raw(destination, &from, event, &made.text);
            one(InboundEvent::Message(InboundMessage { raw, context: notes(event, now), from, ..made }))
        }
        "messageEdited" => {
            let message = event.get("message").unwrap_or(&Value::Null);
            let no = event.get("timestamp").and_then(millis).map_or(0, Timestamp::millis);
            let text_now = readable(message);
            one(InboundEvent::Edit(Edit { from, provider_id: text(message, "id").to_owned(), text: text_now, no }))
        }
        "unsend" => one(InboundEvent::Unsend { from, provider_id: text(body, "messageId").to_owned() }),
        "follow" => Ok(vec![
            ("reach".into(), InboundEvent::Reach { from: from.clone(), reachable: true }),
            (String::new(), touch(from, "followed")),
        ]),
        "unfollow" => one(InboundEvent::Reach { from, reachable: false }),
        "join" => one(touch(from, "bot_joined")),
        "leave" => one(touch(from, "bot_left")),
        "memberJoined" | "memberLeft" => {
            let (field, what) = if kind == "memberJoined" { ("joined", "joined") } else { ("left", "left") };
            let members = event.get(field).into_iter().flat_map(|members| list(members, "members"));
            Ok(members.map(|person| text(person, "userId")).map(|user| (user.to_owned(), touch(member(user, key), what))).collect())
        }
        "postback" => one(postback(destination, id, from, event, now)),
        "videoPlayComplete" => one(touch(with(&from, "video", text(body, "trackingId")), "video_watched")),
        "beacon" => one(touch(with(&from, "beacon", text(body, "hwid")), "beacon")),
        "accountLink" => {
            let link = event.get("link").unwrap_or(&Value::Null);
            let what = if text(link, "result") == "ok" { "linked" } else { "link_failed" };
            one(touch(with(&from, "link_nonce", text(link, "nonce")), what))
        }
        "membership" => {
            let fact = body.get("membershipId").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).unwrap_or_default();
            let what = match text(body, "type") {
                "left" => "membership_left",
                "renewed" => "membership_renewed",
                _ => "membership_joined",
            };
            one(touch(with(&from, "membership", &fact), what))
        }
        "activated" => one(touch(from, "control_gained")),
        "deactivated" => one(touch(from, "control_lost")),
        // A notification that was sent by phone number, which is not ours to send, reached its reader.
        "delivery" => one(touch(from, "notification_delivered")),
        _ => Err(format!("an unknown event {kind}")),
    }
}

/// A tapped button that says something to us alone. What its label was LINE does not tell; a date or time chosen is the text, else the data.
fn postback(destination: &str, id: &str, from: Sender, event: &Value, now: Timestamp) -> InboundEvent {
    let body = event.get("postback").unwrap_or(&Value::Null);
    let params = body.get("params").unwrap_or(&Value::Null);
    if params.get("newRichMenuAliasId").is_some() {
        // The customer leafed in the menu and said nothing.
        let facts = vec![("menu".to_owned(), text(params, "newRichMenuAliasId").to_owned())];
        return InboundEvent::Touch { from: Sender { facts, ..from }, what: "menu_switched".into() };
    }
    let chosen = ["datetime", "date", "time"].into_iter().map(|key| text(params, key)).find(|value| !value.is_empty());
    let said = chosen.map_or_else(|| text(body, "data").to_owned(), |chosen| chosen.replace('T', " "));
    InboundEvent::Message(InboundMessage {
        raw: raw(destination, &from, event, &said),
        context: notes(event, now),
        from,
        provider_id: id.to_owned(),
        text: said,
        choice: Some(text(body, "data").to_owned()),
        ..InboundMessage::default()
    })
}

/// The fields as a Studio flow expects them, and LINE's own beside them without what is a credential.
fn raw(destination: &str, from: &Sender, event: &Value, body: &str) -> Value {
    let own: Map<String, Value> = ["source", "message", "postback", "mode", "timestamp"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), event.get(key)?.clone())))
        .collect();
    json!({ "From": from.external_id, "To": destination, "Body": body, "Source": "line", "Line": own })
}

/// What an answer will need: the token that makes it free, what may be quoted and marked as read, and where we are.
fn notes(event: &Value, now: Timestamp) -> Value {
    let mut notes = Map::new();
    let mut note = |key: &str, value: &str| {
        if !value.is_empty() {
            notes.insert(key.to_owned(), value.into());
        }
    };
    let none = Value::Null;
    let (message, source) = (event.get("message").unwrap_or(&none), event.get("source").unwrap_or(&none));
    let old = event.get("timestamp").and_then(millis).is_some_and(|at| now > at.plus_secs(TOKEN_AGE_S));
    if !old {
        note("replyToken", text(event, "replyToken"));
    }
    note("markAsReadToken", text(message, "markAsReadToken"));
    note("quoteToken", text(message, "quoteToken"));
    note("messageId", text(message, "id"));
    note("group", text(source, "groupId"));
    note("room", text(source, "roomId"));
    notes.insert("at".into(), now.millis().into());
    if text(event, "mode") == "standby" {
        notes.insert("standby".into(), true.into());
    }
    Value::Object(notes)
}

/// Content of a message. Each picture of a set is a message of its own, as LINE sends them: they come in any order, and some may never come.
fn message(account: &ChannelAccount, message: &Value) -> InboundMessage {
    let mut made = InboundMessage { provider_id: text(message, "id").to_owned(), ..InboundMessage::default() };
    let quoted = text(message, "quotedMessageId");
    made.reply_to = (!quoted.is_empty()).then(|| quoted.to_owned());
    match text(message, "type") {
        "text" => made.text = readable(message),
        "image" => made.files = vec![content(account, message, "image.jpg", "image/jpeg")],
        "video" => made.files = vec![content(account, message, "video.mp4", "video/mp4")],
        "audio" => made.files = vec![content(account, message, "audio.m4a", "audio/mp4")],
        "file" => made.files = vec![content(account, message, text(message, "fileName"), "application/octet-stream")],
        "sticker" => {
            made.text = text(message, "text").to_owned();
            made.files = vec![sticker(account, message)];
        }
        "location" => {
            let degrees = |key: &str| message.get(key).and_then(Value::as_f64).unwrap_or_default();
            made.extras = vec![Extra::Location {
                latitude: degrees("latitude"),
                longitude: degrees("longitude"),
                name: text(message, "title").to_owned(),
                address: text(message, "address").to_owned(),
            }];
        }
        other => made.extras = vec![Extra::Unsupported { what: other.to_owned() }],
    }
    made
}

fn content(account: &ChannelAccount, message: &Value, name: &str, media_type: &str) -> InboundFile {
    let elsewhere = message.get("contentProvider").map(|provider| text(provider, "originalContentUrl")).unwrap_or_default();
    let own = || format!("{}/v2/bot/message/{}/content", super::base(account, "data_base_url"), quoted(text(message, "id")));
    let url = if elsewhere.is_empty() { own() } else { elsewhere.to_owned() };
    InboundFile::Url { url, media_type: media_type.to_owned(), name: name.to_owned(), sticker: false }
}

/// A sticker's picture, named after what it expresses: that is what is read where the picture cannot be had.
fn sticker(account: &ChannelAccount, message: &Value) -> InboundFile {
    let words: Vec<&str> = list(message, "keywords").filter_map(Value::as_str).collect();
    let name = if words.is_empty() { "sticker".to_owned() } else { words.join(", ") };
    let url = super::sticker::picture(account, text(message, "stickerId"));
    InboundFile::Url { url, media_type: "image/png".into(), name, sticker: true }
}

/// A text in which LINE's own emojis, which stand as a bare `$`, can be read. A mention is written out by LINE already.
fn readable(message: &Value) -> String {
    let said = text(message, "text");
    let mut marks: Vec<usize> = list(message, "emojis")
        .filter(|emoji| emoji.get("length").and_then(Value::as_u64) == Some(1))
        .filter_map(|emoji| usize::try_from(emoji.get("index")?.as_u64()?).ok())
        .collect();
    if marks.is_empty() {
        return said.to_owned();
    }
    marks.sort_unstable();
    let mut made = String::with_capacity(said.len() + marks.len() * 6);
    let mut at = 0;
    for c in said.chars() {
        if c == '$' && marks.binary_search(&at).is_ok() {
            made.push_str("(emoji)");
        } else {
            made.push(c);
        }
        // LINE counts in units of UTF-16.
        at += c.len_utf16();
    }
    made
}
