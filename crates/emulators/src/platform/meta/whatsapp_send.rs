//! The doors of a WhatsApp number: sending, files, templates, profile, blocked people.

use serde_json::{Value, json};

use super::{
    super::{
        Faults, Platforms, Where,
        files::File,
        later, provider,
        screen::{By, Choice, Contact, Media, Place, Reaction, Shown, Style},
        since_ms,
    },
    app,
    error::GraphError,
    graph::{Call, check_rate, check_scope},
    page_send::{see, unknown_key},
    template, webp, whatsapp_event,
};
use crate::carrier::HttpAnswer;

const DAY_MS: i64 = 86_400_000;
const TYPING_MS: u64 = 25_000;
/// How long a link to a file holds, in seconds.
const LINK_S: i64 = 300;
/// So many messages to one person at once, then one each so many milliseconds.
const PAIR_BURST: u32 = 45;
const PAIR_EVERY_MS: u64 = 6_000;

/// Answers a request for a number, its business account, or one of its files.
pub(super) fn answer(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let node = call.parts.first().copied().unwrap_or_default();
    let Some(config) = world.account(&call.account).map(|held| held.config.clone()) else {
        return Err(GraphError::unknown_path(&call.request.path));
    };
    let number = node == config.id;
    let business = node == config.waba_id;
    let done = || Ok(HttpAnswer::json(200, &json!({ "success": true })));
    let manage = "whatsapp_business_management";
    match (call.request.method.as_str(), call.parts.get(1..).unwrap_or_default()) {
        ("POST", ["messages"]) if number => {
            check_scope(world, &call.account, "whatsapp_business_messaging")?;
            send(world, call)
        }
        ("POST", ["media"]) if number => {
            check_scope(world, &call.account, "whatsapp_business_messaging")?;
            upload(world, call)
        }
        (_, ["whatsapp_business_profile"]) if number => profile(world, call),
        ("POST", ["register" | "deregister" | "request_code" | "verify_code"]) if number => done(),
        (_, ["block_users"]) if number => block(world, call),
        ("GET", []) if number => {
            check_scope(world, &call.account, manage)?;
            Ok(HttpAnswer::json(200, &about(&config)))
        }
        ("GET", []) if business => {
            check_scope(world, &call.account, manage)?;
            Ok(HttpAnswer::json(
                200,
                &json!({ "id": config.waba_id, "name": config.name, "message_template_namespace": super::short_hash(&config.waba_id) }),
            ))
        }
        ("GET", ["phone_numbers"]) if business => {
            check_scope(world, &call.account, manage)?;
            let all: Vec<Value> = world.accounts().filter(|other| other.waba_id == config.waba_id).map(about).collect();
            Ok(HttpAnswer::json(200, &json!({ "data": all })))
        }
        (_, ["message_templates"]) if business => {
            check_scope(world, &call.account, manage)?;
            template::answer(world, call)
        }
        (_, ["subscribed_apps"]) if business => {
            check_scope(world, &call.account, manage)?;
            subscribed_apps(world, call)
        }
        ("GET", []) => media(world, call, node),
        ("DELETE", []) if world.files.get(node).is_some_and(|file| file.account == call.account) => {
            world.drop_file(node);
            done()
        }
        _ => Err(GraphError::unknown_path(&call.request.path)),
    }
}

fn about(config: &super::super::PlatformAccount) -> Value {
    json!({
        "id": config.id,
        "verified_name": config.name,
        "display_phone_number": config.display_number,
        "code_verification_status": "VERIFIED",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": { "level": "STANDARD" },
        "webhook_configuration": { "application": config.webhook_url },
    })
}

fn subscribed_apps(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let all = provider::of(call.kind).fields();
    let Some(held) = world.accounts.get_mut(&call.account) else { return Err(GraphError::unknown_path(&call.request.path)) };
    match call.request.method.as_str() {
        "POST" => {
            held.fields = app::fields(&all.join(","), all)?;
            if let Some(url) = call.request.field("override_callback_uri") {
                held.config.webhook_url = url;
                held.config.verify_token = call.request.field("verify_token").unwrap_or_default();
                let ticket = world.new_ticket();
                world.shake_hands(&call.account, Some(ticket), call.now);
                return Ok(HttpAnswer { ticket: Some(ticket), ..HttpAnswer::empty(202) });
            }
        }
        "DELETE" => held.fields.clear(),
        _ => {
            let one = json!({ "whatsapp_business_api_data": { "id": held.config.app_id, "name": held.config.name, "link": "" } });
            let list = if held.fields.is_empty() { json!([]) } else { json!([one]) };
            return Ok(HttpAnswer::json(200, &json!({ "data": list })));
        }
    }
    Ok(HttpAnswer::json(200, &json!({ "success": true })))
}

fn profile(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let Some(held) = world.accounts.get_mut(&call.account) else { return Err(GraphError::unknown_path(&call.request.path)) };
    if call.request.method == "GET" {
        let mut data = json!({ "messaging_product": "whatsapp" });
        for (name, value) in held.profile.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        return Ok(HttpAnswer::json(200, &json!({ "data": [data] })));
    }
    for (name, value) in call.request.object().as_ref().and_then(Value::as_object).into_iter().flatten() {
        if name == "about" && value.as_str().is_some_and(|about| about.chars().count() > 139) {
            return Err(GraphError::parameter("Param about must be at most 139 characters"));
        }
        if !matches!(name.as_str(), "messaging_product" | "access_token") {
            held.profile[name.as_str()] = value.clone();
        }
    }
    Ok(HttpAnswer::json(200, &json!({ "success": true })))
}

fn block(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    if call.request.method == "GET" {
        let list: Vec<Value> = world
            .threads
            .iter()
            .filter(|((account, _), thread)| *account == call.account && thread.banned)
            .filter_map(|((account, person), _)| world.id_of(account, person))
            .map(|id| json!({ "messaging_product": "whatsapp", "wa_id": id }))
            .collect();
        return Ok(HttpAnswer::json(200, &json!({ "data": list })));
    }
    let body = call.request.object().unwrap_or(Value::Null);
    let banned = call.request.method == "POST";
    let mut done = Vec::new();
    for user in body["block_users"].as_array().into_iter().flatten().filter_map(|one| one["user"].as_str()) {
        let digits = user.trim_start_matches('+');
        let person = world.account(&call.account).and_then(|held| held.ids.get(digits).cloned());
        let person = person.ok_or_else(|| GraphError::whatsapp(131_009, format!("{user} is not a WhatsApp user")))?;
        world.touch_thread(&Where::new(&call.account, &person), |thread| thread.banned = banned);
        done.push(json!({ "input": user, "wa_id": digits }));
    }
    let name = if banned { "added_users" } else { "removed_users" };
    Ok(HttpAnswer::json(200, &json!({ "messaging_product": "whatsapp", "block_users": { name: done } })))
}

fn upload(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let fields = call.request.fields();
    let text = |name: &str| fields.iter().find(|part| part.name == name && part.file_name.is_empty()).map(|part| part.text());
    if text("messaging_product").as_deref() != Some("whatsapp") {
        return Err(GraphError::parameter("The parameter messaging_product is required."));
    }
    let part = fields.iter().find(|part| part.name == "file").ok_or_else(|| GraphError::parameter("The parameter file is required."))?;
    let said = text("type").unwrap_or_else(|| part.content_type.clone()).to_ascii_lowercase();
    let kind = match super::super::act::kind_of(&said) {
        _ if said == "image/webp" => "sticker",
        kind => kind,
    };
    if let Some(why) = provider::of(call.kind).misfit(kind, &said, part.bytes.len()) {
        return Err(GraphError::parameter(format!("Param file must be a file with one of the supported types: {why}")).details(why));
    }
    let id = world.keep_file(File {
        account: call.account.clone(),
        content_type: said,
        name: part.file_name.clone(),
        bytes: part.bytes.clone(),
        created_at: call.now,
        guarded: true,
    });
    Ok(HttpAnswer::json(200, &json!({ "id": id })))
}

fn media(world: &mut Platforms, call: &Call, id: &str) -> Result<HttpAnswer, GraphError> {
    let missing = world.account(&call.account).is_some_and(|held| held.faults.media_missing);
    let only = call.request.query("phone_number_id");
    let file = world.files.get(id).filter(|file| file.account == call.account && !missing && only.is_none_or(|only| only == file.account));
    let Some(file) = file else {
        return Err(GraphError::new(404, 100, format!("Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation")).sub(33));
    };
    Ok(HttpAnswer::json(
        200,
        &json!({
            "url": world.link(id, Some(LINK_S), call.now),
            "mime_type": world.said_type(file),
            "sha256": file.sha256(),
            "file_size": file.bytes.len(),
            "id": id,
            "messaging_product": "whatsapp",
        }),
    ))
}

/// Takes a message, or a read mark.
///
/// # Errors
/// The provider's own number for whatever is wrong with the form; the rest fails later, by a status.
fn send(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let body = call.request.object().ok_or_else(|| GraphError::parameter("The parameter messaging_product is required."))?;
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::parameter("The parameter messaging_product is required."));
    }
    if body["status"] == "read" {
        return read(world, call, &body);
    }
    refuse_by_fault(world, call)?;
    let kind = body["type"].as_str().unwrap_or("text");
    const KEYS: [&str; 12] = [
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        "context",
        "biz_opaque_callback_data",
        "status",
        "message_id",
        "typing_indicator",
        "access_token",
        "preview_url",
    ];
    if let Some(name) = unknown_key(&body, &KEYS).filter(|name| *name != kind) {
        return Err(GraphError::parameter(format!("Unexpected key \"{name}\" on param \"{kind}\"")));
    }
    if body["biz_opaque_callback_data"].as_str().is_some_and(|data| data.len() > 512) {
        return Err(GraphError::whatsapp(131_009, "biz_opaque_callback_data has at most 512 characters"));
    }
    let input = body["to"].as_str().or_else(|| body["recipient"].as_str()).unwrap_or_default().to_owned();
    let to: String = match input.contains('.') {
        true => input.clone(),
        false => input.chars().filter(char::is_ascii_digit).collect(),
    };
    if to.is_empty() {
        return Err(GraphError::parameter("The parameter to is required."));
    }
    let Some(held) = world.account(&call.account) else { return Err(GraphError::unknown_path(&call.request.path)) };
    let own: String = held.config.display_number.chars().filter(char::is_ascii_digit).collect();
    if to == own {
        return Err(GraphError::whatsapp(131_021, "The sender and the recipient are the same number"));
    }
    let person = held.ids.get(&to).cloned();
    let place = Where::new(&call.account, person.as_deref().unwrap_or_default());
    let mut draft = draft_of(world, call, &place, kind, &body)?;
    check_rate(world, &call.account, call.now)?;
    draft.id = provider::of(call.kind).message_id(&mut world.chance);
    let mut contact = json!({ "input": input, "wa_id": to });
    if to.contains('.') {
        contact = json!({ "input": input, "user_id": to });
    }
    let told =
        json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [{ "id": draft.id, "message_status": "accepted" }] });
    let answer = HttpAnswer::json(200, &told);
    if person.is_none() {
        let data = body.get("biz_opaque_callback_data");
        whatsapp_event::tell_nobody(world, &call.account, &draft.id, &to, data, call.now);
        return Ok(world.after_send(&call.account, answer));
    }
    check_pair(world, call, &place)?;
    if kind == "reaction" {
        return react(world, call, &place, &body, draft, answer);
    }
    draft.note["biz_opaque_callback_data"] = body["biz_opaque_callback_data"].clone();
    let open = world.thread_of(&place).and_then(|thread| thread.last_in).is_some_and(|at| since_ms(at, call.now) <= DAY_MS);
    if !open && kind != "template" {
        draft.note["why"] =
            json!("Message failed to send because more than 24 hours have passed since the customer last replied to this number.");
        return Ok(world.refuse_later(&place, draft, body, answer, 131_047, call.now));
    }
    if world.thread_of(&place).is_some_and(|thread| thread.banned) {
        return Ok(world.refuse_later(&place, draft, body, answer, 131_026, call.now));
    }
    Ok(world.take(&place, draft, body, answer, false, call.now))
}

fn refuse_by_fault(world: &mut Platforms, call: &Call) -> Result<(), GraphError> {
    let Some(held) = world.accounts.get_mut(&call.account) else { return Ok(()) };
    // From 130000 on the number is told by a status; those of rates come at once.
    let at_once =
        |code: u32| code < 130_000 || matches!(code, 130_429 | 131_056 | 131_048 | 131_000 | 131_016 | 131_005 | 131_031 | 133_010);
    let Some(code) = held.faults.fail_code.filter(|code| at_once(*code)) else { return Ok(()) };
    if held.faults.fail_count > 0 && {
        Faults::strike(&mut held.faults.fail_count);
        held.faults.fail_count == 0
    } {
        held.faults.fail_code = None;
    }
    Err(GraphError::whatsapp(code, "This error was asked for"))
}

fn read(world: &mut Platforms, call: &Call, body: &Value) -> Result<HttpAnswer, GraphError> {
    let id = body["message_id"].as_str().ok_or_else(|| GraphError::whatsapp(131_008, "message_id is missing"))?;
    let found = world.threads.iter().find(|((account, _), thread)| *account == call.account && thread.message(id).is_some());
    let place = found.map(|((account, person), _)| Where::new(account, person));
    let place = place.ok_or_else(|| GraphError::whatsapp(131_009, format!("message_id {id} is not valid")))?;
    see(world, &place, Some(id));
    world.signal(&place, "mark_seen", id, call.now);
    if body.get("typing_indicator").is_some() {
        world.touch_thread(&place, |thread| thread.typing_until = Some(later(call.now, TYPING_MS)));
        world.signal(&place, "typing_on", id, call.now);
    }
    Ok(HttpAnswer::json(200, &json!({ "success": true })))
}

fn check_pair(world: &mut Platforms, call: &Call, place: &Where) -> Result<(), GraphError> {
    let Some(held) = world.account(&call.account) else { return Ok(()) };
    let burst = u64::from(held.limits.pair_burst.unwrap_or(PAIR_BURST)) * 1000;
    let every_ms = held.limits.pair_every_ms.unwrap_or(PAIR_EVERY_MS).max(1);
    let thread = world.thread(place);
    let (at, left) = thread.pair.unwrap_or((call.now, burst));
    let grown = since_ms(at, call.now).max(0).unsigned_abs() * 1000 / every_ms;
    let left = (left + grown).min(burst);
    if left < 1000 {
        return Err(GraphError::whatsapp(
            131_056,
            "Message failed to send because there were too many messages sent from the sender phone number to the same recipient phone number in a short period of time",
        ));
    }
    thread.pair = Some((call.now, left - 1000));
    Ok(())
}

fn react(
    world: &mut Platforms,
    call: &Call,
    place: &Where,
    body: &Value,
    draft: Shown,
    answer: HttpAnswer,
) -> Result<HttpAnswer, GraphError> {
    let about = body["reaction"]["message_id"].as_str().unwrap_or_default().to_owned();
    let emoji = body["reaction"]["emoji"].as_str().unwrap_or_default().to_owned();
    world.touch(place, &about, |shown| {
        shown.reactions.retain(|reaction| reaction.by == By::Person);
        if !emoji.is_empty() {
            shown.reactions.push(Reaction { by: By::Business, emoji: emoji.clone() });
        }
    });
    world.signal(place, if emoji.is_empty() { "unreact" } else { "react" }, &about, call.now);
    // Reactions are told as sent, and no further.
    world.plan_sent(place, &draft.id, call.now);
    Ok(world.after_send(&call.account, answer))
}

fn draft_of(world: &mut Platforms, call: &Call, place: &Where, kind: &str, body: &Value) -> Result<Shown, GraphError> {
    let missing = |name: &str| GraphError::whatsapp(131_008, format!("Required parameter {name} is missing"));
    let part = body.get(kind).filter(|part| part.is_object() || part.is_array()).ok_or_else(|| missing(kind))?;
    let text = |name: &str| part[name].as_str().unwrap_or_default().to_owned();
    let mut draft = Shown { kind: kind.into(), note: json!({}), ..Shown::default() };
    if let Some(id) = body["context"]["message_id"].as_str() {
        if world.shown(place, id).is_none() {
            return Err(GraphError::whatsapp(131_009, "context.message_id is not valid"));
        }
        draft.reply_to = Some(id.to_owned());
    }
    match kind {
        "text" => {
            draft.text = limited(part, "body", 4096)?;
            if draft.text.is_empty() {
                return Err(missing("text.body"));
            }
        }
        "image" | "video" | "audio" | "document" | "sticker" => {
            if kind == "document" {
                draft.kind = "file".into();
            }
            if part.get("caption").is_some() && matches!(kind, "audio" | "sticker") {
                return Err(GraphError::parameter(format!("Unexpected key \"caption\" on param \"{kind}\"")));
            }
            draft.text = limited(part, "caption", 1024)?;
            let file = media_of(world, call, kind, part)?;
            draft.media.push(Media { name: text("filename"), voice: part["voice"] == true, ..file });
        }
        "location" => {
            let number = |name: &str| part[name].as_f64().or_else(|| part[name].as_str()?.parse().ok()).ok_or_else(|| missing(name));
            draft.place = Some(Place {
                latitude: number("latitude")?,
                longitude: number("longitude")?,
                name: text("name"),
                address: text("address"),
            });
        }
        "contacts" => {
            draft.kind = "contact".into();
            let one = part.as_array().and_then(|list| list.first()).ok_or_else(|| missing("contacts"))?;
            let name = one["name"]["formatted_name"].as_str().ok_or_else(|| missing("contacts[0].name.formatted_name"))?;
            draft.contact = Some(Contact {
                name: name.to_owned(),
                phone: one["phones"][0]["phone"].as_str().unwrap_or_default().to_owned(),
                email: one["emails"][0]["email"].as_str().unwrap_or_default().to_owned(),
            });
        }
        "reaction" => {
            let about = part["message_id"].as_str().ok_or_else(|| missing("reaction.message_id"))?;
            if world.shown(place, about).is_none() {
                return Err(GraphError::whatsapp(131_009, "reaction.message_id is not valid"));
            }
        }
        "interactive" => interactive(world, call, part, &mut draft)?,
        "template" => {
            let known = template::find(world, &call.account, part)?;
            draft.note["category"] = json!(known["category"].as_str().unwrap_or_default().to_ascii_lowercase());
            template::fill(&known, part, &mut draft)?;
        }
        _ => return Err(GraphError::whatsapp(131_051, format!("Message type {kind} is not supported"))),
    }
    Ok(draft)
}

fn media_of(world: &Platforms, call: &Call, kind: &str, part: &Value) -> Result<Media, GraphError> {
    if let Some(link) = part["link"].as_str() {
        if !link.starts_with("http://") && !link.starts_with("https://") {
            return Err(GraphError::whatsapp(131_009, format!("{kind}.link is not a valid URI")));
        }
        return Ok(Media { file: link.to_owned(), ..Media::default() });
    }
    let id = part["id"].as_str().ok_or_else(|| GraphError::whatsapp(131_008, format!("{kind}.id or {kind}.link is required")))?;
    let file = world.files.get(id).filter(|file| file.account == call.account);
    let file = file.ok_or_else(|| GraphError::whatsapp(131_009, format!("{kind}.id {id} is not valid")))?;
    if let Some(why) = provider::of(call.kind).misfit(kind, &file.content_type, file.bytes.len()) {
        return Err(GraphError::whatsapp(131_053, why));
    }
    if let Some(why) = webp::no_sticker(&file.bytes).filter(|_| kind == "sticker") {
        return Err(GraphError::whatsapp(131_053, why));
    }
    Ok(Media { file: id.to_owned(), content_type: file.content_type.clone(), ..Media::default() })
}

fn interactive(world: &Platforms, call: &Call, part: &Value, draft: &mut Shown) -> Result<(), GraphError> {
    let wrong = |why: &str| GraphError::whatsapp(131_009, why);
    let sort = part["type"].as_str().unwrap_or_default();
    let action = &part["action"];
    draft.text = limited(&part["body"], "text", if sort == "list" { 4096 } else { 1024 })?;
    draft.footer = limited(&part["footer"], "text", 60)?;
    match part["header"]["type"].as_str() {
        None => {}
        Some("text") => draft.header = limited(&part["header"], "text", 60)?,
        Some(kind @ ("image" | "video" | "document")) => draft.media.push(media_of(world, call, kind, &part["header"][kind])?),
        Some(_) => return Err(wrong("interactive.header.type is not valid")),
    }
    if draft.text.is_empty() {
        return Err(GraphError::whatsapp(131_008, "interactive.body.text is missing"));
    }
    draft.kind = "buttons".into();
    match sort {
        "button" => {
            let buttons = action["buttons"].as_array().map_or(&[][..], Vec::as_slice);
            if buttons.is_empty() || buttons.len() > 3 {
                return Err(wrong("interactive.action.buttons must have 1 to 3 elements"));
            }
            for (place, button) in buttons.iter().enumerate() {
                let (id, title) = (limited(&button["reply"], "id", 256)?, limited(&button["reply"], "title", 20)?);
                if id.is_empty() || title.is_empty() || draft.choices.iter().any(|choice| choice.payload == id || choice.title == title) {
                    return Err(wrong("each button needs an id and a title of its own"));
                }
                draft.choices.push(Choice { id: format!("b{place}"), title, payload: id, ..Choice::default() });
            }
        }
        "list" => {
            draft.kind = "list".into();
            draft.list_label = limited(action, "button", 20)?;
            let sections = action["sections"].as_array().map_or(&[][..], Vec::as_slice);
            if draft.list_label.is_empty() || sections.is_empty() || sections.len() > 10 {
                return Err(wrong("interactive.action needs a button and 1 to 10 sections"));
            }
            for section in sections {
                let title = limited(section, "title", 24)?;
                if title.is_empty() && sections.len() > 1 {
                    return Err(wrong("sections need titles when there are several"));
                }
                for row in section["rows"].as_array().into_iter().flatten() {
                    let choice = Choice {
                        id: format!("r{}", draft.choices.len()),
                        style: Style::Row,
                        title: limited(row, "title", 24)?,
                        description: limited(row, "description", 72)?,
                        section: title.clone(),
                        payload: limited(row, "id", 200)?,
                        says: String::new(),
                        url: String::new(),
                    };
                    if choice.title.is_empty() || choice.payload.is_empty() {
                        return Err(wrong("each row needs an id and a title"));
                    }
                    draft.choices.push(choice);
                }
            }
            if draft.choices.is_empty() || draft.choices.len() > 10 {
                return Err(wrong("a list has 1 to 10 rows"));
            }
        }
        "cta_url" => {
            let title = limited(&action["parameters"], "display_text", 20)?;
            let url = action["parameters"]["url"].as_str().unwrap_or_default().to_owned();
            if title.is_empty() || !url.starts_with("http") || url.chars().count() > 2000 {
                return Err(wrong("interactive.action.parameters needs a display_text and a url"));
            }
            draft.choices.push(Choice { id: "u0".into(), style: Style::Link, title, url, ..Choice::default() });
        }
        "location_request_message" => draft.choices.push(Choice { id: "l0".into(), style: Style::AskPlace, ..Choice::default() }),
        "flow" => {
            let title = limited(&action["parameters"], "flow_cta", 30)?;
            draft.choices.push(Choice { id: "f0".into(), style: Style::Link, title, ..Choice::default() });
        }
        "product" | "product_list" | "catalog_message" | "carousel" | "address_message" | "voice_call" => {}
        _ => return Err(wrong("interactive.type is not valid")),
    }
    Ok(())
}

fn limited(of: &Value, name: &str, most: usize) -> Result<String, GraphError> {
    let text = of[name].as_str().unwrap_or_default();
    if text.chars().count() > most {
        return Err(GraphError::whatsapp(131_009, format!("{name} has at most {most} characters")));
    }
    Ok(text.to_owned())
}
