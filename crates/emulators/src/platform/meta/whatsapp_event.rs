//! What a number hears: messages of people, statuses of its own, what staff wrote in the phone app.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Platforms, Where,
        provider::Event,
        screen::{Shown, Style},
    },
    error::whatsapp_error,
    whatsapp::scoped_id,
};

pub(super) fn announce(world: &mut Platforms, place: &Where, event: Event, now: Timestamp) {
    match event {
        Event::Said { id, quick_reply: _ } => {
            let Some(shown) = world.shown(place, &id).cloned() else { return };
            for message in said(world, &shown, now) {
                tell_message(world, place, "message", &id, message, now);
            }
        }
        Event::Tapped { on, choice, said } => {
            let Some(shown) = world.shown(place, &on).cloned() else { return };
            let Some(choice) = shown.every_choice().find(|one| one.id == choice) else { return };
            let id = said.unwrap_or_default();
            let reply = match (shown.kind.as_str(), choice.style) {
                ("template", _) => json!({ "type": "button", "button": { "text": choice.title, "payload": choice.payload } }),
                (_, Style::Row) => {
                    let mut row = json!({ "id": choice.payload, "title": choice.title });
                    if !choice.description.is_empty() {
                        row["description"] = json!(choice.description);
                    }
                    json!({ "type": "interactive", "interactive": { "type": "list_reply", "list_reply": row } })
                }
                _ => {
                    let button = json!({ "id": choice.payload, "title": choice.title });
                    json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": button } })
                }
            };
            let mut message = json!({ "id": id, "context": context(world, place, &on) });
            extend(&mut message, reply);
            tell_message(world, place, "postback", &id, message, now);
        }
        Event::Reacted { on, emoji, added } => {
            let id = super::super::provider::of(super::super::Kind::Whatsapp).message_id(&mut world.chance);
            let mut reaction = json!({ "message_id": on });
            if added {
                reaction["emoji"] = json!(emoji);
            }
            world.thread(place).last_in = Some(now);
            tell_message(world, place, "reaction", &on, json!({ "id": id, "type": "reaction", "reaction": reaction }), now);
        }
        Event::Edited(id) => {
            let Some(text) = world.shown(place, &id).map(|shown| shown.text.clone()) else { return };
            let change = json!({ "original_message_id": id, "message": { "type": "text", "text": { "body": text } } });
            tell_change(world, place, "edit", &id, change, now);
        }
        Event::Unsent(id) => tell_change(world, place, "revoke", &id.clone(), json!({ "original_message_id": id }), now),
        Event::Read(ids) => {
            if world.account(&place.account).is_some_and(|held| held.faults.no_read) {
                return;
            }
            for id in ids {
                let business = world.shown(place, &id).is_some_and(|shown| shown.by == super::super::By::Business);
                if business {
                    tell_status(world, place, &id, "read", None, now);
                }
            }
        }
        Event::Sent(id) => {
            // What cannot reach anybody is told to have failed instead.
            let failed = world
                .account(&place.account)
                .is_some_and(|held| held.faults.fail_code.is_some_and(|code| code >= 130_000) && world.shown(place, &id).is_some());
            if failed {
                return fail_by_fault(world, place, &id, now);
            }
            tell_status(world, place, &id, "sent", None, now);
        }
        Event::Delivered(id) => {
            if !world.account(&place.account).is_some_and(|held| held.faults.no_delivered) {
                tell_status(world, place, &id, "delivered", None, now);
            }
        }
        Event::Failed(id, code) => tell_status(world, place, &id, "failed", Some(code), now),
        Event::StaffSaid(id) => echo(world, place, &id, now),
        Event::Marketing { wanted } => {
            let Some(held) = world.account(&place.account) else { return };
            let mut preference = json!({
                "category": "marketing_messages",
                "value": if wanted { "resume" } else { "stop" },
                "detail": if wanted { "User requested to resume marketing messages" } else { "User requested to stop marketing messages" },
                "timestamp": now.as_second(),
            });
            extend(&mut preference, who(world, place, "wa_id", "user_id"));
            let mut value =
                json!({ "messaging_product": "whatsapp", "metadata": metadata(&held.config), "user_preferences": [preference] });
            value["contacts"] = json!([contact(world, place)]);
            tell_field(world, place, "user_preferences", "marketing", "", value, now);
        }
        Event::Started { referral, .. } => {
            // A click on an advertisement is told with the first message only.
            let referral = referral.unwrap_or_else(|| json!({ "source_type": "ad", "source_id": "0", "source_url": "https://fb.me/ad" }));
            let id = super::super::provider::of(super::super::Kind::Whatsapp).message_id(&mut world.chance);
            let message = json!({ "id": id, "type": "text", "text": { "body": "Hello! I saw your ad." }, "referral": referral });
            tell_message(world, place, "referral", &id, message, now);
        }
        Event::Raw { field, json, id } => match field.filter(|field| field != "messages") {
            Some(field) => tell_field(world, place, &field, "raw", &id, json, now),
            None => {
                let mut message = serde_json::json!({ "id": id });
                extend(&mut message, json);
                tell_message(world, place, "raw", &id, message, now);
            }
        },
        Event::Accepted(_) | Event::Blocked(_) | Event::Typing(_) => {}
    }
}

fn fail_by_fault(world: &mut Platforms, place: &Where, id: &str, now: Timestamp) {
    let Some(held) = world.accounts.get_mut(&place.account) else { return };
    let code = held.faults.fail_code.unwrap_or(131_000);
    if held.faults.fail_count > 0 {
        held.faults.fail_count -= 1;
        if held.faults.fail_count == 0 {
            held.faults.fail_code = None;
        }
    }
    world.cancel_arrival(place, id);
    tell_status(world, place, id, "failed", Some(code), now);
}

/// A person's words and files; each file is a message of its own, the text the first one's caption.
fn said(world: &Platforms, shown: &Shown, now: Timestamp) -> Vec<Value> {
    let place = Where::new(&shown.account, &shown.person);
    let mut first = json!({ "id": shown.id });
    if let Some(reply_to) = &shown.reply_to {
        first["context"] = context(world, &place, reply_to);
    }
    let with = |rest: Value| {
        let mut message = first.clone();
        extend(&mut message, rest);
        vec![message]
    };
    match shown.kind.as_str() {
        "location" => {
            let Some(spot) = &shown.place else { return Vec::new() };
            let mut location = json!({ "latitude": spot.latitude, "longitude": spot.longitude });
            for (name, text) in [("name", &spot.name), ("address", &spot.address)] {
                if !text.is_empty() {
                    location[name] = json!(text);
                }
            }
            with(json!({ "type": "location", "location": location }))
        }
        "contact" => {
            let Some(card) = &shown.contact else { return Vec::new() };
            let wa_id = card.phone.trim_start_matches('+').replace(' ', "");
            let mut one = json!({ "name": { "formatted_name": card.name, "first_name": card.name } });
            if !card.phone.is_empty() {
                one["phones"] = json!([{ "phone": card.phone, "wa_id": wa_id, "type": "CELL" }]);
            }
            if !card.email.is_empty() {
                one["emails"] = json!([{ "email": card.email, "type": "WORK" }]);
            }
            with(json!({ "type": "contacts", "contacts": [one] }))
        }
        "sticker" => shown.media.first().map_or_else(Vec::new, |media| {
            let sticker = file(world, &media.file, now, json!({ "animated": false }));
            with(json!({ "type": "sticker", "sticker": sticker }))
        }),
        "share" => {
            let words = [shown.text.as_str(), shown.note["url"].as_str().unwrap_or_default()].join(" ");
            with(json!({ "type": "text", "text": { "body": words.trim() } }))
        }
        _ if shown.media.is_empty() => with(json!({ "type": "text", "text": { "body": shown.text } })),
        _ => shown
            .media
            .iter()
            .enumerate()
            .map(|(at, media)| {
                let kind = match super::super::act::kind_of(&media.content_type) {
                    "file" => "document",
                    kind => kind,
                };
                let mut more = json!({});
                if at == 0 && !shown.text.is_empty() && kind != "audio" {
                    more["caption"] = json!(shown.text);
                }
                if kind == "document" {
                    more["filename"] = json!(media.name);
                }
                if kind == "audio" {
                    more["voice"] = json!(media.voice);
                }
                let mut message = first.clone();
                if at > 0 {
                    // The id must be another one, and the same at every retry: it is made from the first.
                    message["id"] = json!(format!("{}{at}==", shown.id.trim_end_matches('=')));
                }
                extend(&mut message, json!({ "type": kind, kind: file(world, &media.file, now, more) }));
                message
            })
            .collect(),
    }
}

fn file(world: &Platforms, id: &str, now: Timestamp, more: Value) -> Value {
    let Some(file) = world.files.get(id) else { return json!({ "id": id }) };
    let mut told =
        json!({ "id": id, "mime_type": world.said_type(file), "sha256": file.sha256_base64(), "url": world.link(id, Some(300), now) });
    extend(&mut told, more);
    told
}

fn context(world: &Platforms, place: &Where, id: &str) -> Value {
    let number =
        world.account(&place.account).map(|held| held.config.display_number.chars().filter(char::is_ascii_digit).collect::<String>());
    let by_person = world.shown(place, id).is_some_and(|shown| shown.by == super::super::By::Person);
    let from = if by_person { world.id_of(&place.account, &place.person).map(str::to_owned) } else { number };
    json!({ "from": from.unwrap_or_default(), "id": id })
}

/// Edits and unsends, unless the provider currently tells them as something unknown.
fn tell_change(world: &mut Platforms, place: &Where, kind: &str, about: &str, change: Value, now: Timestamp) {
    let id = super::super::provider::of(super::super::Kind::Whatsapp).message_id(&mut world.chance);
    let unsupported = world.account(&place.account).is_some_and(|held| held.faults.edits_unsupported);
    let message = match unsupported {
        true => {
            let error = json!({
                "code": 131_051, "title": "Message type unknown", "message": "Message type unknown",
                "error_data": { "details": "Message type is currently not supported." },
            });
            json!({ "id": id, "type": "unsupported", "errors": [error], "unsupported": { "type": kind } })
        }
        false => json!({ "id": id, "type": kind, kind: change }),
    };
    tell_message(world, place, kind, about, message, now);
}

fn tell_message(world: &mut Platforms, place: &Where, what: &str, about: &str, mut message: Value, now: Timestamp) {
    let Some(held) = world.account(&place.account) else { return };
    let mut whole = who(world, place, "from", "from_user_id");
    if message.get("timestamp").is_none() {
        message["timestamp"] = json!(now.as_second().to_string());
    }
    extend(&mut whole, message);
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": metadata(&held.config),
        "contacts": [contact(world, place)],
        "messages": [whole],
    });
    tell_field(world, place, "messages", what, about, value, now);
}

fn tell_status(world: &mut Platforms, place: &Where, id: &str, status: &str, code: Option<u32>, now: Timestamp) {
    let Some(held) = world.account(&place.account) else { return };
    let mut told = json!({ "id": id, "status": status, "timestamp": now.as_second().to_string() });
    extend(&mut told, who(world, place, "recipient_id", "recipient_user_id"));
    let note = world.shown(place, id).map(|shown| shown.note.clone()).unwrap_or_default();
    if let Some(data) = note.get("biz_opaque_callback_data").filter(|data| !data.is_null()) {
        told["biz_opaque_callback_data"] = data.clone();
    }
    match code {
        Some(code) => told["errors"] = json!([whatsapp_error(code, note["why"].as_str().unwrap_or_default())]),
        None => {
            let template = note["category"].as_str();
            told["pricing"] = json!({
                "billable": template.is_some(),
                "pricing_model": "PMP",
                "type": if template.is_some() { "regular" } else { "free_customer_service" },
                "category": template.unwrap_or("service"),
            });
        }
    }
    let value = json!({ "messaging_product": "whatsapp", "metadata": metadata(&held.config), "statuses": [told] });
    tell_field(world, place, "messages", "status", id, value, now);
}

/// A message to a number that is nobody's: accepted, and failed a little later.
pub(super) fn tell_nobody(world: &mut Platforms, account: &str, id: &str, to: &str, data: Option<&Value>, now: Timestamp) {
    let Some(held) = world.account(account) else { return };
    let mut told = json!({
        "id": id, "status": "failed", "timestamp": now.as_second().to_string(), "recipient_id": to,
        "errors": [whatsapp_error(131_026, "Message Undeliverable.")],
    });
    if let Some(data) = data {
        told["biz_opaque_callback_data"] = data.clone();
    }
    let value = json!({ "messaging_product": "whatsapp", "metadata": metadata(&held.config), "statuses": [told] });
    tell_field(world, &Where::new(account, ""), "messages", "status", id, value, now);
}

fn echo(world: &mut Platforms, place: &Where, id: &str, now: Timestamp) {
    let Some(held) = world.account(&place.account) else { return };
    let Some(shown) = world.shown(place, id) else { return };
    let number: String = held.config.display_number.chars().filter(char::is_ascii_digit).collect();
    let message = json!({
        "from": number,
        "to": held.person_ids.get(&place.person),
        "id": id,
        "timestamp": now.as_second().to_string(),
        "type": "text",
        "text": { "body": shown.text },
    });
    let value = json!({ "messaging_product": "whatsapp", "metadata": metadata(&held.config), "message_echoes": [message] });
    tell_field(world, place, "smb_message_echoes", "echo", id, value, now);
}

fn tell_field(world: &mut Platforms, place: &Where, field: &str, what: &str, about: &str, value: Value, now: Timestamp) {
    let Some(held) = world.account(&place.account) else { return };
    let change = json!({ "field": field, "value": value });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": held.config.waba_id, "changes": [change] }] });
    let account = place.account.clone();
    world.tell(&account, field, what, about, &body, now);
}

fn metadata(config: &super::super::PlatformAccount) -> Value {
    let number: String = config.display_number.chars().filter(char::is_ascii_digit).collect();
    json!({ "display_phone_number": number, "phone_number_id": config.id })
}

/// Number and business-scoped id under the names given; who hides the number has none.
fn who(world: &Platforms, place: &Where, number: &str, scoped: &str) -> Value {
    let (Some(held), Some(person)) = (world.account(&place.account), world.people.get(&place.person)) else {
        return json!({});
    };
    let id = scoped_id(&held.config, person);
    match person.hides_phone {
        true => json!({ scoped: id }),
        false => json!({ number: person.phone.trim_start_matches('+'), scoped: id }),
    }
}

fn contact(world: &Platforms, place: &Where) -> Value {
    let name = world.people.get(&place.person).map_or("", |person| &person.name);
    let mut contact = json!({ "profile": { "name": name } });
    if world.people.get(&place.person).is_some_and(|person| person.hides_phone) {
        contact["profile"]["username"] = json!(place.person);
    }
    extend(&mut contact, who(world, place, "wa_id", "user_id"));
    contact
}

fn extend(of: &mut Value, with: Value) {
    if let (Some(of), Value::Object(members)) = (of.as_object_mut(), with) {
        of.extend(members);
    }
}
