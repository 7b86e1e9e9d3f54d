//! What Google tells of a conversation.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Platforms, Where,
        provider::Event,
        screen::{By, Choice},
    },
    EVENTS, extra,
};

/// How long the link to a picture holds, in seconds.
const LINK_S: i64 = 7 * 86_400;

pub(super) fn announce(world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
    match event {
        Event::Said { id, quick_reply: None } => said(world, place, &id, now),
        // A chip: what it carries is told, and which message it stood below.
        Event::Said { id, quick_reply: Some(payload) } => {
            let on = world.thread_of(place).and_then(|thread| {
                let offers = |choices: &[Choice]| choices.iter().any(|choice| choice.payload == payload);
                thread.messages.iter().rev().find(|shown| shown.by == By::Business && offers(&shown.choices)).map(|shown| shown.id.clone())
            });
            let text = world.shown(place, &id).map(|shown| shown.text.clone()).unwrap_or_default();
            suggested(world, place, on.as_deref().unwrap_or_default(), &id, &text, &payload, "REPLY", now);
        }
        Event::Tapped { on, choice, said } => {
            let Some(choice) = world.shown(place, &on).and_then(|shown| shown.every_choice().find(|one| one.id == choice).cloned()) else {
                return;
            };
            let kind = if choice.payload.is_empty() { "LIVE_AGENT" } else { "REPLY" };
            suggested(world, place, &on, &said.unwrap_or_default(), &choice.title, &choice.payload, kind, now);
        }
        Event::Read(ids) => {
            if !world.account(&place.account).is_some_and(|held| held.faults.no_read) {
                receipts(world, place, &ids, "READ", now);
            }
        }
        Event::Delivered(id) => {
            if !world.account(&place.account).is_some_and(|held| held.faults.no_delivered) {
                receipts(world, place, &[id], "DELIVERED", now);
            }
        }
        Event::Typing(on) => {
            let status = json!({ "isTyping": truth(world, place, on), "createTime": time(now) });
            tell(world, place, "typing", "", json!({ "userStatus": status }), now);
        }
        // One of the starters that stand there before anything is said.
        Event::Started { payload: Some(payload), title, .. } => suggested(world, place, "", "", &title, &payload, "REPLY", now),
        Event::Started { .. } => {
            let status = json!({ "requestedLiveAgent": truth(world, place, true), "createTime": time(now) });
            tell(world, place, "live_agent", "", json!({ "userStatus": status }), now);
        }
        Event::Raw { json, id, .. } => tell(world, place, "raw", &id, json, now),
        Event::Blocked(_)
        | Event::Edited(_)
        | Event::Unsent(_)
        | Event::Reacted { .. }
        | Event::Marketing { .. }
        | Event::StaffSaid(_)
        | Event::Accepted(_)
        | Event::Sent(_)
        | Event::Failed(..) => {}
    }
}

fn said(world: &mut Platforms, place: &Where, id: &str, now: Timestamp) {
    let Some(shown) = world.shown(place, id) else { return };
    let text = match shown.media.first() {
        Some(media) => world.link(&media.file, Some(LINK_S), now),
        None => shown.text.clone(),
    };
    let name = name_of(world, place, id);
    let message = json!({ "messageId": id, "name": name, "text": text, "createTime": time(now) });
    tell(world, place, "message", id, json!({ "message": message }), now);
}

fn suggested(world: &mut Platforms, place: &Where, on: &str, id: &str, text: &str, payload: &str, kind: &str, now: Timestamp) {
    let response = json!({ "message": on, "postbackData": payload, "text": text, "createTime": time(now), "suggestionType": kind });
    tell(world, place, "suggestion", id, json!({ "suggestionResponse": response }), now);
}

fn receipts(world: &mut Platforms, place: &Where, ids: &[String], kind: &str, now: Timestamp) {
    let list: Vec<Value> = ids.iter().map(|id| json!({ "message": id, "receiptType": kind })).collect();
    let last = ids.last().cloned().unwrap_or_default();
    let what = if kind == "READ" { "read" } else { "delivery" };
    tell(world, place, what, &last, json!({ "receipts": { "receipts": list, "createTime": time(now) } }), now);
}

/// One event in its envelope.
fn tell(world: &mut Platforms, place: &Where, what: &str, message: &str, event: Value, now: Timestamp) {
    let request = format!("r-{:016x}", world.chance.up_to(u64::MAX - 1));
    let Some(held) = world.account(&place.account) else { return };
    let Some(person) = world.people.get(&place.person) else { return };
    let mut context = json!({
        "entryPoint": if extra(&held.config, "near").is_empty() { "NON_LOCAL" } else { "PLACESHEET" },
        "userInfo": { "displayName": person.name, "userDeviceLocale": person.lang },
        "resolvedLocale": person.lang,
    });
    if !extra(&held.config, "near").is_empty() {
        context["placeId"] = extra(&held.config, "near").into();
    }
    let mut body = json!({
        "agent": extra(&held.config, "agent"),
        "conversationId": held.person_ids.get(&place.person),
        "customAgentId": held.config.username,
        "requestId": request,
        "context": context,
        "sendTime": time(now),
    });
    if let (Some(body), Value::Object(members)) = (body.as_object_mut(), event) {
        body.extend(members);
    }
    let account = place.account.clone();
    world.tell(&account, EVENTS, what, message, &body, now);
}

/// A truth value as the account gets it: some of Google's own examples write it as a text.
fn truth(world: &Platforms, place: &Where, value: bool) -> Value {
    let as_text = world.account(&place.account).is_some_and(|held| extra(&held.config, "truth") == "text");
    if as_text { value.to_string().into() } else { value.into() }
}

/// Google's full name of a customer's message; those of the business have it as their id.
fn name_of(world: &Platforms, place: &Where, id: &str) -> String {
    let conversation = world.id_of(&place.account, &place.person).unwrap_or_default();
    format!("conversations/{conversation}/messages/{id}")
}

fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}
