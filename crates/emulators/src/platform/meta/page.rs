//! What Messenger and Instagram share: the doors of a page or business account, and the envelope of events.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{Kind, Platforms, Where, provider, screen::Shown},
    app,
    error::GraphError,
    graph::{Call, check_scope},
    page_send, template,
};
use crate::carrier::HttpAnswer;

/// Answers a request for a page or an Instagram account.
pub(super) fn answer(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let node = call.parts.first().copied().unwrap_or_default();
    let method = call.request.method.as_str();
    let own = node == "me" || is_own(world, call, node);
    match (method, call.parts.get(1..).unwrap_or_default()) {
        ("POST", ["messages"]) if own => {
            check_scope(world, &call.account, scope(call.kind, call.request.door()))?;
            page_send::send(world, call)
        }
        ("POST", ["message_attachments"]) if own => page_send::upload(world, call),
        (_, ["subscribed_apps"]) if own => subscribed_apps(world, call),
        (_, ["messenger_profile"]) if own => profile_settings(world, call),
        (_, ["message_templates"]) if own && call.kind == Kind::Messenger => template::answer(world, call),
        ("GET", ["conversations"]) if own => conversations(world, call),
        ("POST", ["personas"]) if own => Ok(HttpAnswer::json(200, &json!({ "id": super::digits(&call.request.body.len().to_string()) }))),
        ("POST", ["pass_thread_control" | "take_thread_control" | "request_thread_control" | "release_thread_control"]) if own => {
            Ok(HttpAnswer::json(200, &json!({ "success": true })))
        }
        ("GET", []) if own => Ok(about(world, call)),
        ("GET", []) => person(world, call, node),
        _ => Err(GraphError::unknown_path(&call.request.path)),
    }
}

fn is_own(world: &Platforms, call: &Call, node: &str) -> bool {
    world.account(&call.account).is_some_and(|held| held.config.id == node || held.config.page_id == node && !node.is_empty())
}

fn scope(kind: Kind, door: &str) -> &'static str {
    match (kind, door) {
        (Kind::Messenger, _) => "pages_messaging",
        (_, "instagram") => "instagram_business_manage_messages",
        _ => "instagram_manage_messages",
    }
}

fn about(world: &Platforms, call: &Call) -> HttpAnswer {
    let Some(held) = world.account(&call.account) else { return HttpAnswer::empty(500) };
    let mut about = json!({ "id": held.config.id, "name": held.config.name });
    if call.kind == Kind::Instagram {
        about["user_id"] = json!(held.config.id);
        about["username"] = json!(held.config.username);
        about["account_type"] = json!("BUSINESS");
    }
    HttpAnswer::json(200, &about)
}

/// Who somebody is, as far as the platform tells a business they wrote to.
fn person(world: &Platforms, call: &Call, id: &str) -> Result<HttpAnswer, GraphError> {
    let unknown = || {
        GraphError::new(
            400,
            100,
            format!("Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions"),
        )
        .sub(33)
    };
    let held = world.account(&call.account).ok_or_else(unknown)?;
    let person = held.ids.get(id).and_then(|key| world.people.get(key)).ok_or_else(unknown)?;
    let opened = world.thread_of(&Where::new(&call.account, &person.key)).is_some_and(|thread| thread.opened);
    let (first, last) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    let picture = format!("{}/people/{id}.jpg", world.origin);
    let all = match call.kind {
        Kind::Instagram if !opened => {
            return Err(GraphError::new(403, 230, "(#230) User consent is required to access user profile"));
        }
        Kind::Instagram => json!({
            "name": person.name,
            "username": person.key,
            "profile_pic": picture,
            "follower_count": 120,
            "is_user_follow_business": true,
            "is_business_follow_user": false,
            "is_verified_user": false,
            "id": id,
        }),
        _ if !opened => return Err(unknown().sub(2_018_247)),
        _ => json!({ "first_name": first, "last_name": last, "profile_pic": picture, "name": person.name, "id": id }),
    };
    let asked = call.request.query("fields").unwrap_or("name,id");
    let mut told = serde_json::Map::new();
    for name in asked.split(',').map(str::trim).chain(["id"]) {
        if let Some(value) = all.get(name) {
            told.insert(name.to_owned(), value.clone());
        }
    }
    Ok(HttpAnswer::json(200, &Value::Object(told)))
}

fn conversations(world: &Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let held = world.account(&call.account).ok_or_else(|| GraphError::unknown_path(&call.request.path))?;
    let only = call.request.query("user_id");
    let list: Vec<Value> = held
        .person_ids
        .iter()
        .filter(|(_, id)| only.is_none_or(|only| only == id.as_str()))
        .filter_map(|(key, id)| {
            let thread = world.thread_of(&Where::new(&call.account, key))?;
            let name = world.people.get(key).map_or("", |person| &person.name);
            let last = thread.messages.last()?;
            Some(json!({
                "id": format!("t_{}", super::short_hash(&format!("{}:{key}", call.account))),
                "updated_time": time(last.at_ms),
                "participants": { "data": [{ "name": name, "id": id }, { "name": held.config.name, "id": held.config.id }] },
                "messages": { "data": thread.messages.iter().rev().take(25).map(|shown| json!({
                    "id": shown.id, "created_time": time(shown.at_ms), "message": shown.text,
                })).collect::<Vec<_>>() },
            }))
        })
        .collect();
    Ok(HttpAnswer::json(200, &json!({ "data": list })))
}

fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|at| at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()).unwrap_or_default()
}

/// Which events the page's app hears of.
fn subscribed_apps(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    check_scope(
        world,
        &call.account,
        if call.kind == Kind::Messenger { "pages_manage_metadata" } else { "instagram_business_manage_messages" },
    )?;
    let known = provider::of(call.kind).fields();
    let Some(held) = world.accounts.get_mut(&call.account) else { return Err(GraphError::unknown_path(&call.request.path)) };
    match call.request.method.as_str() {
        "POST" => {
            let asked = call.request.field("subscribed_fields").unwrap_or_default();
            let fields = app::fields(&asked, known)?;
            if fields.is_empty() {
                return Err(GraphError::parameter("The parameter subscribed_fields is required."));
            }
            held.fields = fields;
        }
        "DELETE" => held.fields.clear(),
        _ => {
            let list = match held.fields.is_empty() {
                true => json!([]),
                false => json!([{ "id": held.config.app_id, "name": held.config.name, "link": "", "subscribed_fields": held.fields }]),
            };
            return Ok(HttpAnswer::json(200, &json!({ "data": list })));
        }
    }
    Ok(HttpAnswer::json(200, &json!({ "success": true })))
}

/// Greeting, first button, ice breakers and menu.
fn profile_settings(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    const KNOWN: [&str; 9] = [
        "get_started",
        "greeting",
        "ice_breakers",
        "persistent_menu",
        "commands",
        "whitelisted_domains",
        "account_linking_url",
        "home_url",
        "platform",
    ];
    let Some(held) = world.accounts.get_mut(&call.account) else { return Err(GraphError::unknown_path(&call.request.path)) };
    let body = call.request.object().unwrap_or_else(|| json!({}));
    match call.request.method.as_str() {
        "GET" => return Ok(HttpAnswer::json(200, &json!({ "data": [held.profile] }))),
        "DELETE" => {
            for name in body["fields"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                held.profile.as_object_mut().map(|profile| profile.shift_remove(name));
            }
        }
        _ => {
            let members = body.as_object().cloned().unwrap_or_default();
            for (name, value) in members.into_iter().filter(|(name, _)| name != "access_token") {
                if !KNOWN.contains(&name.as_str()) {
                    return Err(GraphError::parameter(format!("Invalid keys \"{name}\" were found in param \"messenger_profile\".")));
                }
                if name == "ice_breakers" && value.as_array().is_some_and(|list| list.len() > 4) {
                    return Err(GraphError::parameter("Param ice_breakers has too many elements."));
                }
                held.profile[name] = value;
            }
        }
    }
    Ok(HttpAnswer::json(200, &json!({ "result": "success" })))
}

/// One event in its envelope, as the webhook of a page or Instagram account.
/// `of_business`: the business is the sender, as in an echo.
pub(super) fn tell(
    world: &mut Platforms,
    place: &Where,
    (field, what, message): (&str, &str, &str),
    of_business: bool,
    at_ms: i64,
    event: Value,
    now: Timestamp,
) {
    let Some(held) = world.account(&place.account) else { return };
    let Some(person) = held.person_ids.get(&place.person) else { return };
    let account = &held.config.id;
    let (from, to) = if of_business { (account, person) } else { (person, account) };
    let mut item = json!({ "sender": { "id": from }, "recipient": { "id": to }, "timestamp": at_ms });
    let mut event = event;
    let standby = held.faults.standby;
    if standby && let Some(postback) = event.get_mut("postback").and_then(Value::as_object_mut) {
        postback.shift_remove("payload");
    }
    if let (Some(item), Value::Object(members)) = (item.as_object_mut(), event) {
        item.extend(members);
    }
    let object = if held.config.kind == Kind::Instagram { "instagram" } else { "page" };
    let list = if standby { "standby" } else { "messaging" };
    let body = json!({ "object": object, "entry": [{ "id": account, "time": now.as_millisecond(), list: [item] }] });
    let account = place.account.clone();
    world.tell(&account, field, what, message, &body, now);
}

/// A message as an event carries it, and as its echo does.
pub(super) fn message_json(world: &Platforms, shown: &Shown, attachments: Vec<Value>, now: Timestamp) -> Value {
    let mut message = json!({ "mid": shown.id });
    if !shown.text.is_empty() && shown.kind != "sticker" {
        message["text"] = json!(shown.text);
    }
    let files = shown.media.iter().filter(|_| shown.kind != "sticker").map(|media| {
        let kind = match super::super::act::kind_of(&media.content_type) {
            kind @ ("image" | "video" | "audio") => kind,
            _ => "file",
        };
        json!({ "type": kind, "payload": { "url": world.link(&media.file, None, now) } })
    });
    let all: Vec<Value> = files.chain(attachments).collect();
    if !all.is_empty() {
        message["attachments"] = json!(all);
    }
    if let Some(mid) = &shown.reply_to {
        message["reply_to"] = json!({ "mid": mid });
    }
    message
}
