//! What the platform tells: events, in the words of the contract.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{Platforms, Where, provider::Event, screen::Shown};
use super::{EVENTS, person_id, room};

pub(super) fn announce(world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
    match event {
        Event::Said { id, quick_reply } => {
            let Some(mut message) = content(world, place, &id, now) else { return };
            if let Some(choice) = quick_reply {
                message["choice"] = choice.into();
            }
            tell(world, place, "message", &id, message, now);
        }
        Event::Tapped { on, choice, said } => {
            let id = said.unwrap_or_default();
            let tapped = world.shown(place, &on).and_then(|shown| shown.every_choice().find(|one| one.id == choice)).cloned();
            let (Some(mut message), Some(tapped)) = (content(world, place, &id, now), tapped) else { return };
            message["choice"] = tapped.payload.into();
            tell(world, place, "message", &id, message, now);
        }
        Event::Started { payload: Some(choice), title, .. } => {
            let id = fresh(world, "m");
            tell(world, place, "message", &id, json!({ "type": "message", "id": id, "text": title, "choice": choice }), now);
        }
        Event::Started { .. } => happened(world, place, "touch", "", json!({ "type": "touch", "what": "followed" }), now),
        Event::Reacted { on, emoji, added } => {
            let told = json!({ "type": "reaction", "message": on, "emoji": emoji, "added": added, "alone": true });
            happened(world, place, "reaction", &on, told, now);
        }
        Event::Edited(id) => {
            let Some((text, edits)) = world.shown(place, &id).map(|shown| (shown.text.clone(), shown.edits)) else { return };
            happened(world, place, "edit", &id, json!({ "type": "edit", "message": id, "text": text, "no": edits }), now);
        }
        Event::Unsent(id) => happened(world, place, "unsend", &id, json!({ "type": "unsend", "message": id }), now),
        Event::Read(ids) if !faulty(world, place, |faults| faults.no_read) => {
            let id = ids.last().cloned().unwrap_or_default();
            happened(world, place, "read", &id, json!({ "type": "read" }), now);
        }
        Event::Marketing { wanted } => {
            let kind = if wanted { "opt_in" } else { "opt_out" };
            happened(world, place, kind, "", json!({ "type": kind }), now);
        }
        Event::Blocked(blocked) => {
            let kind = if blocked { "block" } else { "unblock" };
            happened(world, place, kind, "", json!({ "type": kind }), now);
        }
        Event::Typing(on) => tell(world, place, "typing", "", json!({ "type": "typing", "on": on }), now),
        Event::StaffSaid(id) => {
            let Some(mut message) = content(world, place, &id, now) else { return };
            message["type"] = "echo".into();
            message["app"] = "Platform".into();
            tell(world, place, "echo", &id, message, now);
        }
        // Our own words come back to us, whatever became of the answer.
        Event::Accepted(id) => {
            let Some(ours) = ours(world, place, &id) else { return };
            let Some(text) = world.shown(place, &id).map(|shown| shown.text.clone()) else { return };
            let echo = json!({ "type": "echo", "id": id, "text": text, "ours": ours });
            tell(world, place, "echo", &id, echo, now);
        }
        Event::Sent(id) => receipt(world, place, &id, "sent", Value::Null, now),
        Event::Delivered(id) if !faulty(world, place, |faults| faults.no_delivered) => {
            receipt(world, place, &id, "delivered", Value::Null, now);
        }
        Event::Failed(id, code) => {
            let error = json!({ "code": "not_delivered", "message": format!("it could not be delivered ({code})") });
            receipt(world, place, &id, "failed", error, now);
        }
        Event::Raw { json, id, .. } => {
            let mut told = json!({ "type": "something_new", "id": id });
            if let (Some(told), Value::Object(members)) = (told.as_object_mut(), json) {
                told.extend(members);
            }
            tell(world, place, "raw", &id, told, now);
        }
        Event::Read(_) | Event::Delivered(_) => {}
    }
}

fn faulty(world: &Platforms, place: &Where, fault: fn(&super::super::Faults) -> bool) -> bool {
    world.account(&place.account).is_some_and(|held| fault(&held.faults))
}

fn fresh(world: &mut Platforms, letter: &str) -> String {
    format!("{letter}-{:016x}", world.chance.up_to(u64::MAX - 1))
}

/// The id that the product gave to a message of its own.
fn ours(world: &Platforms, place: &Where, id: &str) -> Option<String> {
    let ours = world.shown(place, id)?.note["ours"].as_str()?;
    (!ours.is_empty()).then(|| ours.to_owned())
}

fn receipt(world: &mut Platforms, place: &Where, id: &str, state: &str, error: Value, now: Timestamp) {
    let named = ours(world, place, id).unwrap_or_else(|| id.to_owned());
    let mut told = json!({ "type": "receipt", "message": named, "state": state });
    if !error.is_null() {
        told["error"] = error;
    }
    happened(world, place, "status", id, told, now);
}

/// Something that happened to a message or a person: it has an id of its own.
fn happened(world: &mut Platforms, place: &Where, what: &str, message: &str, mut event: Value, now: Timestamp) {
    event["id"] = fresh(world, "e").into();
    tell(world, place, what, message, event, now);
}

fn tell(world: &mut Platforms, place: &Where, what: &str, message: &str, mut event: Value, now: Timestamp) {
    let Some(person) = world.people.get(&place.person) else { return };
    event["conversation"] = room(&place.person).into();
    event["at"] = now.to_string().into();
    event["from"] = json!({ "id": person_id(&person.key), "name": person.name, "locale": person.lang });
    let account = place.account.clone();
    world.tell(&account, EVENTS, what, message, &json!({ "events": [event] }), now);
}

/// A message as it is told.
fn content(world: &Platforms, place: &Where, id: &str, now: Timestamp) -> Option<Value> {
    let shown = world.shown(place, id)?;
    let sticker = shown.kind == "sticker";
    let mut message = json!({ "type": "message", "id": shown.id, "text": if sticker { "" } else { shown.text.as_str() } });
    let files: Vec<Value> = files(world, shown, sticker, now);
    if !files.is_empty() {
        message["attachments"] = files.into();
    }
    if let Some(place) = &shown.place {
        message["location"] =
            json!({ "latitude": place.latitude, "longitude": place.longitude, "name": place.name, "address": place.address });
    }
    if let Some(card) = &shown.contact {
        let all = |one: &str| if one.is_empty() { json!([]) } else { json!([one]) };
        message["contact"] = json!({ "name": card.name, "phones": all(&card.phone), "emails": all(&card.email) });
    }
    if let Some(quoted) = &shown.reply_to {
        message["reply_to"] = quoted.as_str().into();
    }
    Some(message)
}

fn files(world: &Platforms, shown: &Shown, sticker: bool, now: Timestamp) -> Vec<Value> {
    let told = |media: &super::super::Media| {
        let file = world.files.get(&media.file)?;
        let link = world.link(&media.file, None, now);
        Some(json!({ "url": link, "media_type": world.said_type(file), "name": media.name, "sticker": sticker }))
    };
    shown.media.iter().filter_map(told).collect()
}
