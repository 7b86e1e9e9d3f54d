//! Google's door: tokens for a service account's assertion, messages, events, receipts and surveys.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Faults, Kind, Platforms, Refused, Where, later,
        request::Request,
        screen::{Card, Choice, Media, Shown, Style},
        since_ms,
    },
    extra,
};
use crate::carrier::{HttpAnswer, keep};

/// How long a token lives, in seconds.
const TOKEN_S: i64 = 3_600;
pub(super) const SCOPE: &str = "https://www.googleapis.com/auth/businessmessages";
/// How long typing is shown unless it is stopped, in milliseconds.
const TYPING_MS: u64 = 20_000;
/// After the customer's last message one may write for so long, in milliseconds.
const WINDOW_MS: i64 = 30 * 86_400_000;
/// At most one survey in so long, in milliseconds.
const SURVEY_MS: i64 = 86_400_000;
const PER_SECOND: u32 = 100;
const KEYS: [&str; 8] = ["messageId", "name", "representative", "text", "image", "richCard", "suggestions", "fallback"];

type Refusal = (u16, &'static str, String);

fn refuse(status: u16, word: &'static str, why: impl Into<String>) -> Refusal {
    (status, word, why.into())
}

fn bad(why: impl Into<String>) -> Refusal {
    refuse(400, "INVALID_ARGUMENT", why)
}

/// Google's envelope of errors.
pub(super) fn error(status: u16, word: &str, why: &str) -> HttpAnswer {
    HttpAnswer::json(status, &json!({ "error": { "code": status, "message": why, "status": word } }))
}

/// Answers a request at `gbm`.
pub(in crate::platform) fn answer(world: &mut Platforms, request: &Request, now: Timestamp) -> HttpAnswer {
    let path = request.path.trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    if request.method == "POST" && parts == ["token"] {
        return exchange(world, request, now);
    }
    let token = request.bearer().unwrap_or_default();
    let opens = |held: &&super::super::Account| {
        let alive = held.token.expires_at.is_none_or(|end| end > now) && !held.token.revoked && !held.faults.expired_token;
        held.config.kind == Kind::Gbm && !token.is_empty() && held.token.value == token && alive
    };
    let Some(account) = world.accounts.values().find(opens).map(|held| held.config.id.clone()) else {
        return error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    };
    let told = troubled(world, &account).unwrap_or_else(|| told(world, request, &account, &parts, now));
    let mut answer = told.unwrap_or_else(|(status, word, why)| {
        let mut answer = error(status, word, &why);
        if let Some(held) = world.accounts.get_mut(&account) {
            let (method, path) = (request.method.clone(), request.path.clone());
            keep(&mut held.ledger.refused, Refused { at: now, method, path, status, code: u32::from(status), subcode: None });
            let wait = held.faults.retry_after_s.filter(|_| status == 429);
            answer.headers.extend(wait.map(|seconds| ("retry-after".to_owned(), seconds.to_string())));
        }
        answer
    });
    if let Some(held) = world.account(&account)
        && answer.after_ms == 0
    {
        answer.after_ms = held.faults.answer_delay_ms;
    }
    answer
}

/// A token for who shows a fresh assertion of the account's service account. That it is signed is seen, by whom is not judged here.
fn exchange(world: &mut Platforms, request: &Request, now: Timestamp) -> HttpAnswer {
    let refused = |why: &str| HttpAnswer::json(400, &json!({ "error": "invalid_grant", "error_description": why }));
    if request.field("grant_type").as_deref() != Some("urn:ietf:params:oauth:grant-type:jwt-bearer") {
        return HttpAnswer::json(400, &json!({ "error": "unsupported_grant_type" }));
    }
    let assertion = request.field("assertion").unwrap_or_default();
    let mut parts = assertion.split('.');
    let mut part = || parts.next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    let read = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap_or_default();
    let (header, claims, signature) = (read(part()), read(part()), part());
    let seconds = |name: &str| claims[name].as_i64().unwrap_or_default();
    if header["alg"] != "RS256" || signature.len() < 128 {
        return refused("Invalid JWT Signature.");
    }
    if seconds("iat") > now.as_second() + 300 || seconds("exp") <= now.as_second() || seconds("exp") - seconds("iat") > TOKEN_S {
        return refused("Invalid JWT: Token must be a short-lived token and in a reasonable timeframe");
    }
    if claims["scope"] != SCOPE || !claims["aud"].as_str().is_some_and(|audience| audience.ends_with("/token")) {
        return refused("Invalid JWT: scope or audience");
    }
    let email = claims["iss"].as_str().unwrap_or_default();
    let fresh = format!("ya29.{:016x}{:016x}", world.chance.up_to(u64::MAX - 1), world.chance.up_to(u64::MAX - 1));
    let held = world
        .accounts
        .values_mut()
        .find(|held| held.config.kind == Kind::Gbm && !email.is_empty() && extra(&held.config, "client_email") == email);
    let Some(held) = held.filter(|held| !held.faults.expired_token) else { return refused("Invalid grant: account not found") };
    held.token.value.clone_from(&fresh);
    held.token.issued_at = Some(now);
    held.token.expires_at = Some(later(now, TOKEN_S.unsigned_abs() * 1000));
    HttpAnswer::json(200, &json!({ "access_token": fresh, "token_type": "Bearer", "expires_in": TOKEN_S }))
}

/// What goes wrong on purpose, before anything is done.
fn troubled(world: &mut Platforms, account: &str) -> Option<Result<HttpAnswer, Refusal>> {
    let held = world.accounts.get_mut(account)?;
    let faults = &mut held.faults;
    if Faults::strike(&mut faults.lose_request) {
        return Some(Ok(HttpAnswer { lost: true, ..HttpAnswer::empty(500) }));
    }
    if Faults::strike(&mut faults.server_error) {
        let status = if faults.server_error_status == 0 { 500 } else { faults.server_error_status };
        return Some(Err(refuse(status, "INTERNAL", "Internal error encountered.")));
    }
    if Faults::strike(&mut faults.too_many) {
        return Some(Err(refuse(429, "RESOURCE_EXHAUSTED", "Quota exceeded.")));
    }
    // Who is not linked to the project, or not launched, may nothing.
    let scoped = held.token.scopes.as_ref().is_none_or(|scopes| scopes.contains("businessmessages"));
    (!scoped).then(|| Err(refuse(403, "PERMISSION_DENIED", "The caller does not have permission")))
}

fn told(world: &mut Platforms, request: &Request, account: &str, parts: &[&str], now: Timestamp) -> Result<HttpAnswer, Refusal> {
    let ["v1", "conversations", conversation, rest @ ..] = parts else { return Err(refuse(404, "NOT_FOUND", "Method not found.")) };
    let unknown = || refuse(404, "NOT_FOUND", "Requested entity was not found.");
    let person = world.account(account).and_then(|held| held.ids.get(*conversation).cloned()).ok_or_else(unknown)?;
    let place = Where::new(account, &person);
    // Who deleted or blocked the conversation is as if they had never been.
    if !world.thread_of(&place).is_some_and(|thread| thread.opened && !thread.blocked) {
        return Err(unknown());
    }
    let body = request.object().unwrap_or_default();
    match (request.method.as_str(), rest) {
        ("POST", ["messages"]) => send(world, &place, conversation, body, now),
        ("POST", ["events"]) => event(world, &place, request.query("eventId").unwrap_or_default(), &body, now),
        ("POST", ["surveys"]) => survey(world, &place, request.query("surveyId").unwrap_or_default(), now),
        ("PATCH", ["messages", id, "receipt"]) => receipt(world, &place, id, &body, now),
        _ => Err(unknown()),
    }
}

fn send(world: &mut Platforms, place: &Where, conversation: &str, body: Value, now: Timestamp) -> Result<HttpAnswer, Refusal> {
    let id = body["messageId"].as_str().filter(|id| !id.is_empty()).ok_or_else(|| bad("message_id is required"))?;
    let name = format!("conversations/{conversation}/messages/{id}");
    if world.shown(place, &name).is_some() {
        return Err(refuse(409, "ALREADY_EXISTS", format!("Message {name} already exists.")));
    }
    let held = world.accounts.get_mut(&place.account).ok_or_else(|| bad("no such agent"))?;
    if let Some(code) = held.faults.fail_code {
        if held.faults.fail_count > 0 {
            held.faults.fail_count -= 1;
            held.faults.fail_code = (held.faults.fail_count > 0).then_some(code);
        }
        let status = u16::try_from(code).ok().filter(|code| (400..600).contains(code)).unwrap_or(400);
        return Err(refuse(status, "INVALID_ARGUMENT", "Failed on purpose"));
    }
    while held.recent.front().is_some_and(|at| since_ms(*at, now) >= 1000) {
        held.recent.pop_front();
    }
    if held.recent.len() >= held.limits.per_second.unwrap_or(PER_SECOND) as usize {
        return Err(refuse(429, "RESOURCE_EXHAUSTED", "Quota exceeded."));
    }
    held.recent.push_back(now);
    let last_in = world.thread_of(place).and_then(|thread| thread.last_in);
    if last_in.is_none_or(|at| since_ms(at, now) > WINDOW_MS) {
        return Err(refuse(400, "FAILED_PRECONDITION", "The conversation is older than 30 days."));
    }
    let mut draft = draft(&body)?;
    draft.id.clone_from(&name);
    let told = json!({ "name": name, "messageId": id, "representative": body["representative"], "text": body["text"], "createTime": now.to_string() });
    Ok(world.take(place, draft, body, HttpAnswer::json(200, &told), true, now))
}

/// A message as it will stand on the screen.
fn draft(body: &Value) -> Result<Shown, Refusal> {
    let known = |key: &&String| !KEYS.contains(&key.as_str()) && key.as_str() != "containsRichText";
    if let Some(key) = body.as_object().and_then(|body| body.keys().find(known)) {
        return Err(bad(format!("Invalid JSON payload received. Unknown name \"{key}\"")));
    }
    let speaker = &body["representative"];
    if !matches!(speaker["representativeType"].as_str(), Some("BOT" | "HUMAN")) {
        return Err(bad("representative.representative_type is required"));
    }
    let mut draft = Shown { kind: "text".into(), note: speaker.clone(), ..Shown::default() };
    draft.header = speaker["displayName"].as_str().unwrap_or_default().to_owned();
    let contents = ["text", "image", "richCard"].into_iter().filter(|key| !body[*key].is_null()).count();
    if contents != 1 {
        return Err(bad("exactly one of text, image and rich_card is required"));
    }
    if let Some(text) = body["text"].as_str() {
        if text.is_empty() || text.chars().count() > 3072 {
            return Err(bad("text must have 1 to 3072 characters"));
        }
        draft.text = text.to_owned();
    }
    if body["image"].is_object() {
        draft.kind = "image".into();
        draft.media.push(Media { file: address(&body["image"]["contentInfo"])?, ..Media::default() });
    }
    if body["richCard"].is_object() {
        draft.kind = "template".into();
        draft.cards = cards(&body["richCard"])?;
    }
    draft.choices = chips(&body["suggestions"], "s", 13)?;
    Ok(draft)
}

fn address(info: &Value) -> Result<String, Refusal> {
    let url = info["fileUrl"].as_str().unwrap_or_default();
    if url.starts_with("https://") || url.starts_with("http://") {
        Ok(url.to_owned())
    } else {
        Err(bad("content_info.file_url is no public URL"))
    }
}

fn cards(rich: &Value) -> Result<Vec<Card>, Refusal> {
    let one = rich["standaloneCard"]["cardContent"].as_object().map(|card| vec![Value::Object(card.clone())]);
    let several = rich["carouselCard"]["cardContents"].as_array().cloned();
    let contents = match (one, several) {
        (Some(one), None) => one,
        (None, Some(several)) if (2..=10).contains(&several.len()) => several,
        _ => return Err(bad("a standalone card, or a carousel of 2 to 10, is required")),
    };
    contents.iter().enumerate().map(|(place, content)| card(content, place)).collect()
}

fn card(content: &Value, place: usize) -> Result<Card, Refusal> {
    let text = |key: &str, most: usize| {
        let text = content[key].as_str().unwrap_or_default();
        if text.chars().count() > most { Err(bad(format!("{key} has more than {most} characters"))) } else { Ok(text.to_owned()) }
    };
    let info = &content["media"]["contentInfo"];
    let image = if info.is_object() { address(info)? } else { String::new() };
    let choices = chips(&content["suggestions"], &format!("c{place}"), 4)?;
    Ok(Card { title: text("title", 200)?, subtitle: text("description", 2000)?, image, choices })
}

fn chips(list: &Value, prefix: &str, most: usize) -> Result<Vec<Choice>, Refusal> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.len() > most {
        return Err(bad(format!("at most {most} suggestions are allowed")));
    }
    let mut choices = Vec::with_capacity(list.len());
    for (place, chip) in list.iter().enumerate() {
        let part = ["reply", "action"].into_iter().map(|kind| &chip[kind]).find(|part| part.is_object());
        let id = format!("{prefix}{place}");
        let Some(part) = part else {
            if chip["liveAgentRequest"].is_object() {
                choices.push(Choice { id, title: "Chat with a person".into(), ..Choice::default() });
                continue;
            }
            return Err(bad("a suggestion is a reply, an action or a live_agent_request"));
        };
        let (title, payload) = (part["text"].as_str().unwrap_or_default(), part["postbackData"].as_str().unwrap_or_default());
        if title.is_empty() || title.chars().count() > 25 || payload.is_empty() || payload.chars().count() > 2048 {
            return Err(bad("a suggestion has a text of 1 to 25 and postback_data of 1 to 2048 characters"));
        }
        let url = part["openUrlAction"]["url"].as_str().unwrap_or_default().to_owned();
        let style = match () {
            () if !url.is_empty() => Style::Link,
            () if part["dialAction"].is_object() => Style::Call,
            () => Style::QuickReply,
        };
        choices.push(Choice { id, style, title: title.to_owned(), payload: payload.to_owned(), url, ..Choice::default() });
    }
    Ok(choices)
}

/// Remembers an id in a list of the account; false if it was there.
fn first_time(world: &mut Platforms, account: &str, list: &str, id: &str, at: i64) -> bool {
    let Some(held) = world.accounts.get_mut(account) else { return false };
    let known = &mut held.profile[list];
    if !known.is_object() {
        *known = json!({});
    }
    let Some(known) = known.as_object_mut() else { return false };
    if known.len() >= 2_000
        && let Some(oldest) = known.keys().next().cloned()
    {
        known.shift_remove(&oldest);
    }
    known.insert(id.to_owned(), at.into()).is_none()
}

fn event(world: &mut Platforms, place: &Where, id: &str, body: &Value, now: Timestamp) -> Result<HttpAnswer, Refusal> {
    if id.is_empty() {
        return Err(bad("event_id is required"));
    }
    let kind = body["eventType"].as_str().unwrap_or_default();
    if !matches!(kind, "TYPING_STARTED" | "TYPING_STOPPED" | "REPRESENTATIVE_JOINED" | "REPRESENTATIVE_LEFT") {
        return Err(bad("event_type is unknown"));
    }
    if !first_time(world, &place.account, "events", id, now.as_millisecond()) {
        return Err(refuse(409, "ALREADY_EXISTS", "Event already exists."));
    }
    match kind {
        "TYPING_STARTED" => world.touch_thread(place, |thread| thread.typing_until = Some(later(now, TYPING_MS))),
        "TYPING_STOPPED" => world.touch_thread(place, |thread| thread.typing_until = None),
        _ => {}
    }
    world.signal(place, &kind.to_lowercase(), "", now);
    Ok(HttpAnswer::json(200, &json!({ "name": format!("conversations/-/events/{id}"), "eventType": kind })))
}

fn survey(world: &mut Platforms, place: &Where, id: &str, now: Timestamp) -> Result<HttpAnswer, Refusal> {
    let last = world.account(&place.account).and_then(|held| held.profile["surveys"][place.person.as_str()].as_i64());
    if last.is_some_and(|at| now.as_millisecond() - at < SURVEY_MS) {
        return Err(refuse(429, "RESOURCE_EXHAUSTED", "A survey was sent within the last 24 hours."));
    }
    first_time(world, &place.account, "surveys", &place.person, now.as_millisecond());
    world.signal(place, "survey", id, now);
    Ok(HttpAnswer::json(200, &json!({ "name": format!("conversations/-/surveys/{id}") })))
}

fn receipt(world: &mut Platforms, place: &Where, id: &str, body: &Value, now: Timestamp) -> Result<HttpAnswer, Refusal> {
    if body["receiptType"] != "READ" {
        return Err(bad("receipt_type must be READ"));
    }
    if world.shown(place, id).is_none() {
        return Err(refuse(404, "NOT_FOUND", "Requested entity was not found."));
    }
    super::super::meta::see(world, place, Some(id));
    world.signal(place, "read", id, now);
    Ok(HttpAnswer::json(200, &json!({ "name": format!("conversations/-/messages/{id}/receipt"), "receiptType": "READ" })))
}
