//! What LINE tells an account.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{Platforms, Where, provider::Event, screen::Shown, stickers},
    EVENTS, digits, extra, is_group, user_id,
};

/// A reply token is good for a minute; one that came again, at most until so long after its event. Milliseconds.
const TOKEN_MS: i64 = 60_000;
const TOKEN_END_MS: i64 = 20 * 60_000;
/// So many reply tokens are remembered.
const TOKENS: usize = 2_000;

pub(super) fn announce(world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
    match event {
        Event::Said { id, .. } => {
            let Some(message) = message_json(world, place, &id) else { return };
            tell(world, place, "message", &id, json!({ "type": "message", "message": message }), true, now);
        }
        Event::Tapped { on, choice, said } => tapped(world, place, &on, &choice, said, now),
        Event::Edited(id) if tells_edits(world, place) => {
            let Some(message) = message_json(world, place, &id) else { return };
            tell(world, place, "edit", &id, json!({ "type": "messageEdited", "message": message }), true, now);
        }
        Event::Unsent(id) => tell(world, place, "unsend", &id, json!({ "type": "unsend", "unsend": { "messageId": id } }), false, now),
        // A button of the menu.
        Event::Started { payload: Some(data), .. } => {
            tell(world, place, "postback", "", json!({ "type": "postback", "postback": { "data": data } }), true, now);
        }
        Event::Started { .. } => followed(world, place, false, now),
        Event::Blocked(false) => followed(world, place, true, now),
        Event::Blocked(true) => tell(world, place, "unfollow", "", json!({ "type": "unfollow" }), false, now),
        Event::Raw { json, id, .. } => tell(world, place, "raw", &id, json, true, now),
        Event::Edited(_)
        | Event::Reacted { .. }
        | Event::Read(_)
        | Event::Typing(_)
        | Event::Marketing { .. }
        | Event::StaffSaid(_)
        | Event::Accepted(_)
        | Event::Sent(_)
        | Event::Delivered(_)
        | Event::Failed(..) => {}
    }
}

/// Only people of groups can change what they said, unless a test wants it of everybody.
fn tells_edits(world: &Platforms, place: &Where) -> bool {
    is_group(&place.person) || world.account(&place.account).is_some_and(|held| extra(&held.config, "edits") == "everywhere")
}

fn followed(world: &mut Platforms, place: &Where, again: bool, now: Timestamp) {
    tell(world, place, "follow", "", json!({ "type": "follow", "follow": { "isUnblocked": again } }), true, now);
}

/// A button that says something is a message, one that carries data a postback, with what is said beside it on the screen only.
fn tapped(world: &mut Platforms, place: &Where, on: &str, choice: &str, said: Option<String>, now: Timestamp) {
    let Some(choice) = world.shown(place, on).and_then(|shown| shown.every_choice().find(|one| one.id == choice).cloned()) else { return };
    let id = said.unwrap_or_default();
    if choice.payload.is_empty() {
        world.touch(place, &id, |shown| shown.reply_to = None);
        return announce(world, place, Event::Said { id, quick_reply: None }, now);
    }
    tell(world, place, "postback", &id, json!({ "type": "postback", "postback": { "data": choice.payload } }), true, now);
}

/// One event in its envelope. `answerable`: it brings a reply token.
fn tell(world: &mut Platforms, place: &Where, what: &str, message: &str, event: Value, answerable: bool, now: Timestamp) {
    let Some(held) = world.account(&place.account) else { return };
    let (destination, standby) = (held.config.id.clone(), held.faults.standby);
    let source = source(world, place);
    let id = format!("01{}", digits(&mut world.chance, 24).to_ascii_uppercase());
    let mut told = json!({
        "type": "",
        "mode": if standby { "standby" } else { "active" },
        "timestamp": now.as_millisecond(),
        "source": source,
        "webhookEventId": id,
        "deliveryContext": { "isRedelivery": false },
    });
    if answerable && !standby {
        told["replyToken"] = new_token(world, place, now).into();
    }
    if let (Some(told), Value::Object(members)) = (told.as_object_mut(), event) {
        told.extend(members);
    }
    let body = json!({ "destination": destination, "events": [told] });
    let account = place.account.clone();
    world.tell(&account, EVENTS, what, message, &body, now);
}

fn source(world: &Platforms, place: &Where) -> Value {
    let Some(held) = world.account(&place.account) else { return Value::Null };
    let id = user_id(&held.config, &place.person);
    if !is_group(&place.person) {
        return json!({ "type": "user", "userId": id });
    }
    let speaks = world.people.keys().find(|key| !is_group(key)).filter(|_| extra(&held.config, "unnamed") != "on");
    match speaks {
        Some(key) => json!({ "type": "group", "groupId": id, "userId": user_id(&held.config, key) }),
        None => json!({ "type": "group", "groupId": id }),
    }
}

/// A fresh reply token, good once and for a minute.
fn new_token(world: &mut Platforms, place: &Where, now: Timestamp) -> String {
    let token = digits(&mut world.chance, 32);
    if let Some(held) = world.accounts.get_mut(&place.account) {
        let tokens = &mut held.profile["tokens"];
        if !tokens.is_object() {
            *tokens = json!({});
        }
        if let Some(tokens) = tokens.as_object_mut() {
            if tokens.len() >= TOKENS
                && let Some(oldest) = tokens.keys().next().cloned()
            {
                tokens.shift_remove(&oldest);
            }
            tokens.insert(token.clone(), json!({ "person": place.person, "until_ms": now.as_millisecond() + TOKEN_MS }));
        }
    }
    token
}

/// Whose talk a reply token opens; it opens it once.
pub(super) fn use_token(world: &mut Platforms, account: &str, token: &str, now: Timestamp) -> Option<Where> {
    let held = world.accounts.get_mut(account)?;
    let known = held.profile["tokens"].as_object_mut()?.shift_remove(token)?;
    (known["until_ms"].as_i64()? >= now.as_millisecond()).then(|| Where::new(account, known["person"].as_str().unwrap_or_default()))
}

/// The same delivery once more: said to be that, and with reply tokens that work again.
pub(super) fn redelivered(world: &mut Platforms, account: &str, body: &Bytes, now: Timestamp) -> Option<Bytes> {
    let mut told: Value = serde_json::from_slice(body).ok()?;
    for event in told["events"].as_array_mut()? {
        event["deliveryContext"]["isRedelivery"] = json!(true);
        let young = event["timestamp"].as_i64().is_some_and(|at| at + TOKEN_END_MS > now.as_millisecond());
        let whose = ["groupId", "roomId", "userId"].iter().find_map(|key| event["source"][*key].as_str().map(str::to_owned));
        if event.get("replyToken").is_none() {
            continue;
        }
        let person = whose.and_then(|id| world.account(account)?.ids.get(&id).cloned());
        if let (true, Some(person)) = (young, person) {
            event["replyToken"] = new_token(world, &Where::new(account, &person), now).into();
        }
    }
    Some(Bytes::from(told.to_string()))
}

/// A message as LINE tells it. Its tokens name it, so that they are known again.
fn message_json(world: &Platforms, place: &Where, id: &str) -> Option<Value> {
    let shown = world.shown(place, id)?;
    let mut message = content(world, shown);
    message["id"] = shown.id.as_str().into();
    if matches!(message["type"].as_str(), Some("text" | "sticker" | "image" | "video")) {
        message["quoteToken"] = format!("q-{}-{}", shown.id, shown.edits).into();
    }
    message["markAsReadToken"] = format!("m-{}", shown.id).into();
    if let Some(quoted) = &shown.reply_to {
        message["quotedMessageId"] = quoted.as_str().into();
    }
    Some(message)
}

fn content(world: &Platforms, shown: &Shown) -> Value {
    let own = json!({ "type": "line" });
    let file = shown.media.first();
    match shown.kind.as_str() {
        "image" => json!({ "type": "image", "contentProvider": own }),
        "video" => json!({ "type": "video", "duration": 5_000, "contentProvider": own }),
        "audio" => json!({ "type": "audio", "duration": 3_000, "contentProvider": own }),
        "file" => {
            let name = file.map_or("", |file| &file.name);
            let bytes = file.and_then(|file| world.files.get(&file.file)).map_or(0, |file| file.bytes.len());
            json!({ "type": "file", "fileName": name, "fileSize": bytes })
        }
        "sticker" => {
            let name = file.map_or("", |file| &file.name);
            let number = stickers::number(name).to_string();
            json!({ "type": "sticker", "packageId": "446", "stickerId": number, "stickerResourceType": "STATIC", "keywords": [name] })
        }
        "location" => {
            let spot = shown.place.clone().unwrap_or_default();
            json!({ "type": "location", "title": spot.name, "address": spot.address, "latitude": spot.latitude, "longitude": spot.longitude })
        }
        _ => json!({ "type": "text", "text": shown.text }),
    }
}
