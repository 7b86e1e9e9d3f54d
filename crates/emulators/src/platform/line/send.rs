//! Messages of the business: answers by token, pushes that count, retry keys, and what LINE says is wrong with a message.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Kind, Platforms, Where,
        files::File,
        provider,
        request::Request,
        screen::{Choice, Media, Shown, Style, Thread},
        since_ms,
    },
    api::{Refusal, answered, refusal, too_many},
    extra, sticker,
};
use crate::carrier::HttpAnswer;

const PER_SECOND: u32 = 2_000;
/// So many retry keys are remembered, which hold for a day.
const KEYS: usize = 2_000;
const KEY_MS: i64 = 86_400_000;
/// Bytes of a body.
const BODY_BYTES: usize = 2 * 1024 * 1024;

/// What is wrong with one property.
pub(super) fn invalid(property: &str, why: &str) -> Refusal {
    let details = json!([{ "message": why, "property": property }]);
    (400, json!({ "message": "The request body has 1 error(s)", "details": details }))
}

/// The most messages of a month; none where there is no limit.
pub(super) fn quota(world: &Platforms, account: &str) -> Option<u64> {
    world.account(account).and_then(|held| extra(&held.config, "quota").parse().ok())
}

pub(super) fn used(world: &Platforms, account: &str) -> u64 {
    world.account(account).and_then(|held| held.profile["used"].as_u64()).unwrap_or(0)
}

pub(super) fn reply(world: &mut Platforms, request: &Request, account: &str, body: Value, now: Timestamp) -> Result<HttpAnswer, Refusal> {
    if request.header("x-line-retry-key").is_some() {
        return Err(refusal(400, "The retry key is not supported by this API"));
    }
    let drafts = check(world, request, account, &body, now)?;
    let place = answered(world, account, body["replyToken"].as_str().unwrap_or_default(), now)?;
    Ok(sent(world, &place, drafts, &body, now).0)
}

pub(super) fn push(
    world: &mut Platforms,
    (request, id): (&Request, &str),
    account: &str,
    body: Value,
    now: Timestamp,
) -> Result<HttpAnswer, Refusal> {
    let key = request.header("x-line-retry-key").unwrap_or_default().to_owned();
    if !key.is_empty() && !is_uuid(&key) {
        return Err(refusal(400, "The retry key is invalid"));
    }
    if let Some(known) = world.account(account).map(|held| held.profile["keys"][key.as_str()].clone()).filter(Value::is_object)
        && known["until_ms"].as_i64().is_some_and(|until| until > now.as_millisecond())
    {
        let told = json!({ "message": "The retry key is already accepted", "sentMessages": known["sent"] });
        let mut answer = HttpAnswer::json(409, &told);
        let accepted = known["request"].as_str().unwrap_or_default().to_owned();
        answer.headers.push(("x-line-accepted-request-id".into(), accepted));
        return Ok(answer);
    }
    let to = body["to"].as_str().unwrap_or_default();
    let person = world.account(account).and_then(|held| held.ids.get(to).cloned());
    let person = person.ok_or_else(|| refusal(400, "The property, 'to', in the request body is invalid (line: -, column: -)"))?;
    let place = Where::new(account, &person);
    // Who never wrote nor followed cannot be reached; who blocked us is, as far as LINE tells.
    if !world.thread_of(&place).is_some_and(|thread| thread.opened) {
        return Err(refusal(400, "Failed to send messages"));
    }
    let drafts = check(world, request, account, &body, now)?;
    let used = used(world, account);
    if quota(world, account).is_some_and(|most| used >= most) {
        return Err(refusal(429, "You have reached your monthly limit."));
    }
    let (answer, ids) = sent(world, &place, drafts, &body, now);
    if let Some(held) = world.accounts.get_mut(account) {
        held.profile["used"] = (used + 1).into();
        if !key.is_empty() {
            remember(&mut held.profile, &key, json!({ "until_ms": now.as_millisecond() + KEY_MS, "sent": ids, "request": id }));
        }
    }
    Ok(answer)
}

fn remember(profile: &mut Value, key: &str, what: Value) {
    if !profile["keys"].is_object() {
        profile["keys"] = json!({});
    }
    if let Some(keys) = profile["keys"].as_object_mut() {
        if keys.len() >= KEYS
            && let Some(oldest) = keys.keys().next().cloned()
        {
            keys.shift_remove(&oldest);
        }
        keys.insert(key.to_owned(), what);
    }
}

fn is_uuid(key: &str) -> bool {
    key.len() == 36 && key.char_indices().all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}

/// Everything that is judged before a message counts.
fn check(world: &mut Platforms, request: &Request, account: &str, body: &Value, now: Timestamp) -> Result<Vec<Shown>, Refusal> {
    if request.body.len() > BODY_BYTES {
        return Err(refusal(413, "Request entity too large"));
    }
    let drafts = check_messages(world, account, body)?;
    let held = world.accounts.get_mut(account).ok_or_else(|| refusal(404, "Not found"))?;
    if let Some(code) = held.faults.fail_code {
        if held.faults.fail_count > 0 {
            held.faults.fail_count -= 1;
            held.faults.fail_code = (held.faults.fail_count > 0).then_some(code);
        }
        let status = u16::try_from(code).ok().filter(|code| (400..600).contains(code)).unwrap_or(400);
        return Err(refusal(status, "Failed on purpose"));
    }
    while held.recent.front().is_some_and(|at| since_ms(*at, now) >= 1000) {
        held.recent.pop_front();
    }
    if held.recent.len() >= held.limits.per_second.unwrap_or(PER_SECOND) as usize {
        return Err(too_many());
    }
    held.recent.push_back(now);
    Ok(drafts)
}

/// Messages as they will stand on the screen, or the first thing that is wrong with one.
pub(super) fn check_messages(world: &Platforms, account: &str, body: &Value) -> Result<Vec<Shown>, Refusal> {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=5).contains(&messages.len()) {
        return Err(invalid("messages", "Size must be between 1 and 5"));
    }
    let threads: Vec<&Thread> = world.threads.iter().filter(|((of, _), _)| of == account).map(|(_, thread)| thread).collect();
    messages.iter().enumerate().map(|(place, message)| draft(message, &format!("messages[{place}]"), &threads)).collect()
}

fn draft(message: &Value, at: &str, threads: &[&Thread]) -> Result<Shown, Refusal> {
    let wrong = |property: &str, why: &str| invalid(&format!("{at}.{property}"), why);
    let mut draft = Shown::default();
    let kind = message["type"].as_str().unwrap_or_default();
    match kind {
        "text" => {
            let text = message["text"].as_str().unwrap_or_default();
            if text.is_empty() {
                return Err(wrong("text", "May not be empty"));
            }
            if text.encode_utf16().count() > 5000 {
                return Err(wrong("text", "Length must be between 0 and 5000"));
            }
            draft.text = text.to_owned();
        }
        "image" | "video" | "audio" => {
            let names: &[&str] = if kind == "audio" { &["originalContentUrl"] } else { &["originalContentUrl", "previewImageUrl"] };
            for name in names {
                link(message, name).map_err(|why| wrong(name, why))?;
            }
            if kind == "audio" && message["duration"].as_i64().is_none_or(|ms| ms <= 0) {
                return Err(wrong("duration", "May not be null"));
            }
            let file = message["originalContentUrl"].as_str().unwrap_or_default().to_owned();
            draft.media.push(Media { file, ..Media::default() });
        }
        "location" => {
            let (text, degrees) = (|name: &str| message[name].as_str().unwrap_or_default().to_owned(), |name: &str| message[name].as_f64());
            let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) else {
                return Err(wrong("latitude", "May not be null"));
            };
            draft.place = Some(super::super::Place { latitude, longitude, name: text("title"), address: text("address") });
        }
        "sticker" => {
            let text = |name: &str| message[name].as_str().unwrap_or_default();
            for name in ["packageId", "stickerId"] {
                if text(name).is_empty() {
                    return Err(wrong(name, "May not be empty"));
                }
            }
            if !sticker::sendable(text("packageId"), text("stickerId")) {
                return Err(wrong("stickerId", "The sticker cannot be sent"));
            }
            draft.text = text("stickerId").to_owned();
        }
        "template" | "flex" | "imagemap" => {
            let alt = message["altText"].as_str().unwrap_or_default();
            if alt.is_empty() || alt.chars().count() > 1500 {
                return Err(wrong("altText", "Length must be between 1 and 1500"));
            }
            draft.cards = super::card::cards(message).map_err(|(property, why)| wrong(&property, &why))?;
            // What the list of chats says is not shown beside the cards.
            draft.text = if draft.cards.is_empty() { alt.to_owned() } else { String::new() };
        }
        _ => return Err(wrong("type", "invalid type")),
    }
    draft.kind = if matches!(kind, "flex" | "imagemap") { "template" } else { kind }.to_owned();
    if let Some(token) = message["quoteToken"].as_str() {
        let id = token.strip_prefix("q-").and_then(|rest| rest.split('-').next()).unwrap_or_default();
        let known = threads.iter().any(|thread| thread.message(id).is_some());
        draft.reply_to = Some(Some(id.to_owned()).filter(|_| known).ok_or_else(|| wrong("quoteToken", "Invalid quote token"))?);
    }
    if let Some(name) = message["sender"]["name"].as_str()
        && (name.chars().count() > 20 || name.to_lowercase().contains("line"))
    {
        return Err(wrong("sender.name", "Invalid sender name"));
    }
    draft.header = message["sender"]["name"].as_str().unwrap_or_default().to_owned();
    draft.choices = quick_replies(message, &wrong)?;
    Ok(draft)
}

/// A link to a file: HTTPS as LINE wants it; plain HTTP where everything runs on one machine.
pub(super) fn link(message: &Value, name: &str) -> Result<(), &'static str> {
    let Some(text) = message[name].as_str().filter(|text| !text.is_empty()) else { return Err("May not be empty") };
    if text.chars().count() > 2000 {
        return Err("Length must be between 0 and 2000");
    }
    let host = url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let here = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
    if text.starts_with("https://") || here { Ok(()) } else { Err("Must be a valid HTTPS URL") }
}

fn quick_replies(message: &Value, wrong: &dyn Fn(&str, &str) -> Refusal) -> Result<Vec<Choice>, Refusal> {
    let items = message["quickReply"]["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.len() > 13 {
        return Err(wrong("quickReply.items", "Size must be between 1 and 13"));
    }
    let mut choices = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let action = &item["action"];
        let at = |name: &str| format!("quickReply.items[{place}].action.{name}");
        let text = |name: &str| action[name].as_str().unwrap_or_default();
        let label = text("label");
        if label.is_empty() || label.encode_utf16().count() > 20 {
            return Err(wrong(&at("label"), "Length must be between 1 and 20"));
        }
        let mut choice = Choice { id: format!("q{place}"), style: Style::Button, title: label.to_owned(), ..Choice::default() };
        match text("type") {
            "message" if (1..=300).contains(&text("text").chars().count()) => choice.says = text("text").to_owned(),
            "message" => return Err(wrong(&at("text"), "Length must be between 1 and 300")),
            "postback" if (1..=300).contains(&text("data").chars().count()) => {
                choice.payload = text("data").to_owned();
                choice.says = text("displayText").to_owned();
            }
            "postback" => return Err(wrong(&at("data"), "Length must be between 1 and 300")),
            "location" => choice.style = Style::AskPlace,
            "uri" => (choice.style, choice.url) = (Style::Link, text("uri").to_owned()),
            _ => return Err(wrong(&at("type"), "invalid type")),
        }
        choices.push(choice);
    }
    Ok(choices)
}

/// A sticker's picture, which LINE's app has and the request does not bring.
fn face(world: &mut Platforms, place: &Where, number: &str, now: Timestamp) -> Option<Media> {
    let bytes = bytes::Bytes::from(sticker::picture(number.parse().ok()?)?);
    let (account, content_type) = (place.account.clone(), sticker::CONTENT_TYPE.to_owned());
    let file = File { account, content_type: content_type.clone(), name: format!("{number}.png"), bytes, created_at: now, guarded: false };
    Some(Media { file: world.keep_file(file), content_type, name: number.to_owned(), voice: false })
}

/// Takes all messages of a request; the answer names them. An answer that is cut off is so for all of them.
fn sent(world: &mut Platforms, place: &Where, drafts: Vec<Shown>, body: &Value, now: Timestamp) -> (HttpAnswer, Value) {
    let mut ids = Vec::new();
    let mut worst = HttpAnswer::empty(200);
    for (at, mut draft) in drafts.into_iter().enumerate() {
        draft.id = provider::of(Kind::Line).message_id(&mut world.chance);
        if draft.kind == "sticker" {
            draft.media.extend(face(world, place, &draft.text, now));
        }
        ids.push(json!({ "id": draft.id, "quoteToken": format!("q-{}-0", draft.id) }));
        let one = json!({ "to": body["to"], "replyToken": body["replyToken"], "messages": [body["messages"][at]] });
        let answer = world.take(place, draft, one, HttpAnswer::empty(200), false, now);
        if answer.lost || answer.after_ms > worst.after_ms {
            worst = HttpAnswer { lost: answer.lost || worst.lost, after_ms: answer.after_ms.max(worst.after_ms), ..worst };
        }
    }
    let ids = Value::Array(ids);
    let answer = HttpAnswer::json(200, &json!({ "sentMessages": ids }));
    (HttpAnswer { lost: worst.lost, after_ms: worst.after_ms, ..answer }, ids)
}
