//! LINE's doors: tokens, the bot's own data, webhook settings, profiles, content, typing and read marks.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{Faults, Kind, Platforms, Refused, Where, later, request::Request, since_ms, stickers},
    EVENTS, digits, event, extra, is_group, see, send,
};
use crate::carrier::{HttpAnswer, keep};

/// How long a token lives that was drawn with id and secret, in seconds.
const DRAWN_S: i64 = 900;
/// Said of a token without an end, in seconds; LINE does not document it.
const ENDLESS_S: i64 = 100 * 365 * 86_400;
/// The longest address of a webhook, in characters.
const ENDPOINT_CHARS: usize = 500;

/// A refusal: the status, and the body that says why.
pub(super) type Refusal = (u16, Value);

pub(super) fn refusal(status: u16, message: impl Into<String>) -> Refusal {
    (status, json!({ "message": message.into() }))
}

/// Answers a request at `line` or `line-data`.
pub(in crate::platform) fn answer(world: &mut Platforms, request: &Request, now: Timestamp) -> HttpAnswer {
    let path = request.path.trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let (data, post) = (request.door() == "line-data", request.method == "POST");
    match parts.as_slice() {
        ["oauth2", "v3", "token"] if !data && post => return draw(world, request, now),
        ["v2", "oauth", "verify"] if !data && post => return verify(world, &request.field("access_token").unwrap_or_default(), false, now),
        ["oauth2", "v2.1", "verify"] if !data && !post => {
            return verify(world, request.query("access_token").unwrap_or_default(), true, now);
        }
        ["stickershop", "v1", "sticker", id, ..] if data => return picture(id),
        _ => {}
    }
    let token = request.bearer().unwrap_or_default().to_owned();
    let Some(account) = opened(world, &token, now) else {
        return HttpAnswer::json(
            401,
            &json!({ "message": "Authentication failed. Confirm that the access token in the authorization header is valid." }),
        );
    };
    let id = digits(&mut world.chance, 32);
    let told = troubled(world, &account).unwrap_or_else(|| {
        let rest = parts.strip_prefix(&["v2", "bot"]).unwrap_or_default();
        if data { content(world, &account, rest, now) } else { told(world, (request, &id), &account, rest, now) }
    });
    let mut answer = match told {
        Ok(answer) => answer,
        Err((status, body)) => {
            if let Some(held) = world.accounts.get_mut(&account) {
                let (method, path) = (request.method.clone(), request.path.clone());
                keep(&mut held.ledger.refused, Refused { at: now, method, path, status, code: u32::from(status), subcode: None });
            }
            let mut answer = HttpAnswer::json(status, &body);
            let wait = world.account(&account).and_then(|held| held.faults.retry_after_s).filter(|_| status == 429);
            answer.headers.extend(wait.map(|seconds| ("retry-after".to_owned(), seconds.to_string())));
            answer
        }
    };
    answer.headers.push(("x-line-request-id".into(), id));
    if let Some(held) = world.account(&account)
        && answer.after_ms == 0
    {
        answer.after_ms = held.faults.answer_delay_ms;
    }
    answer
}

/// The account that a token opens: its lasting one, or one that was drawn and has not ended.
fn opened(world: &Platforms, token: &str, now: Timestamp) -> Option<String> {
    let holds = |held: &super::super::Account| {
        let lasting = held.token.value == token && held.token.expires_at.is_none_or(|end| end > now) && !held.token.revoked;
        let drawn = held.profile["drawn"][token].as_i64().is_some_and(|until_ms| until_ms > now.as_millisecond());
        held.config.kind == Kind::Line && (lasting || drawn) && !held.faults.expired_token
    };
    let held = world.accounts.values().find(|held| !token.is_empty() && holds(held))?;
    Some(held.config.id.clone())
}

/// A token for a quarter of an hour, for who knows the channel's id and secret.
fn draw(world: &mut Platforms, request: &Request, now: Timestamp) -> HttpAnswer {
    let field = |name: &str| request.field(name).unwrap_or_default();
    let (id, secret) = (field("client_id"), field("client_secret"));
    let token = format!("line-{}", digits(&mut world.chance, 40));
    let held = world
        .accounts
        .values_mut()
        .find(|held| held.config.kind == Kind::Line && held.config.app_id == id && held.config.app_secret == secret);
    match held {
        Some(held) if field("grant_type") == "client_credentials" => {
            // What ended needs no place any more.
            if let Some(drawn) = held.profile["drawn"].as_object_mut() {
                drawn.retain(|_, until| until.as_i64().is_some_and(|until| until > now.as_millisecond()));
            }
            held.profile["drawn"][token.as_str()] = (now.as_millisecond() + DRAWN_S * 1000).into();
            HttpAnswer::json(200, &json!({ "token_type": "Bearer", "access_token": token, "expires_in": DRAWN_S }))
        }
        Some(_) => {
            HttpAnswer::json(400, &json!({ "error": "unsupported_grant_type", "error_description": "client_credentials is wanted" }))
        }
        None => HttpAnswer::json(400, &json!({ "error": "invalid_client", "error_description": "invalid client" })),
    }
}

/// How long a token holds. Tokens of version 2.1 are web tokens, which the older door does not know, nor the newer one others.
fn verify(world: &Platforms, token: &str, web: bool, now: Timestamp) -> HttpAnswer {
    let held = opened(world, token, now).filter(|_| token.starts_with("eyJ") == web).and_then(|id| world.account(&id));
    let Some(held) = held else {
        return HttpAnswer::json(400, &json!({ "error": "invalid_request", "error_description": "The access token expired" }));
    };
    let drawn = held.profile["drawn"][token].as_i64().and_then(|until| Timestamp::from_millisecond(until).ok());
    let left_s = drawn.or(held.token.expires_at).map_or(ENDLESS_S, |end| since_ms(now, end) / 1_000);
    HttpAnswer::json(200, &json!({ "client_id": held.config.app_id, "expires_in": left_s, "scope": "message:send" }))
}

/// What goes wrong on purpose, before anything is done.
fn troubled(world: &mut Platforms, account: &str) -> Option<Result<HttpAnswer, Refusal>> {
    let faults = &mut world.accounts.get_mut(account)?.faults;
    if Faults::strike(&mut faults.lose_request) {
        return Some(Ok(HttpAnswer { lost: true, ..HttpAnswer::empty(500) }));
    }
    if Faults::strike(&mut faults.server_error) {
        let status = if faults.server_error_status == 0 { 500 } else { faults.server_error_status };
        return Some(Err(refusal(status, "Internal error")));
    }
    Faults::strike(&mut faults.too_many).then(|| Err(too_many()))
}

pub(super) fn too_many() -> Refusal {
    refusal(429, "The API rate limit has been exceeded. Try again later.")
}

/// What is asked for with the account's token; beside the request the id it is answered with.
fn told(
    world: &mut Platforms,
    (request, id): (&Request, &str),
    account: &str,
    parts: &[&str],
    now: Timestamp,
) -> Result<HttpAnswer, Refusal> {
    let body = request.object().unwrap_or_default();
    match (request.method.as_str(), parts) {
        ("GET", ["info"]) => Ok(info(world, account)),
        (_, ["channel", "webhook", "endpoint"]) => endpoint(world, request.method.as_str(), account, &body),
        ("POST", ["channel", "webhook", "test"]) => Ok(test(world, account, &body, now)),
        ("POST", ["message", "validate", "reply" | "push"]) => {
            send::check_messages(world, account, &body).map(|_| HttpAnswer::json(200, &json!({})))
        }
        ("POST", ["message", "reply"]) => send::reply(world, request, account, body, now),
        ("POST", ["message", "push"]) => send::push(world, (request, id), account, body, now),
        ("GET", ["message", "quota"]) => Ok(HttpAnswer::json(
            200,
            &match send::quota(world, account) {
                Some(most) => json!({ "type": "limited", "value": most }),
                None => json!({ "type": "none" }),
            },
        )),
        ("GET", ["message", "quota", "consumption"]) => Ok(HttpAnswer::json(200, &json!({ "totalUsage": send::used(world, account) }))),
        ("GET", ["profile", id]) => profile(world, account, None, id),
        ("GET", ["group" | "room", place, "member", id]) => profile(world, account, Some(place), id),
        ("GET", ["group", place, "summary"]) => summary(world, account, place),
        ("POST", ["chat", "loading", "start"]) => loading(world, account, &body, now),
        ("POST", ["chat", "markAsRead"]) => mark(world, account, &body, now),
        _ => Err(refusal(404, "Not found")),
    }
}

fn info(world: &Platforms, account: &str) -> HttpAnswer {
    let Some(held) = world.account(account) else { return HttpAnswer::empty(500) };
    let config = &held.config;
    let told = json!({
        "userId": config.id, "basicId": config.username, "displayName": config.name, "chatMode": "bot", "markAsReadMode": "manual"
    });
    HttpAnswer::json(200, &told)
}

fn endpoint(world: &mut Platforms, method: &str, account: &str, body: &Value) -> Result<HttpAnswer, Refusal> {
    let held = world.accounts.get_mut(account).ok_or_else(|| refusal(404, "Not found"))?;
    if method == "PUT" {
        let endpoint = body["endpoint"].as_str().unwrap_or_default();
        if !endpoint.starts_with("http") || endpoint.chars().count() > ENDPOINT_CHARS {
            return Err(refusal(400, "Invalid webhook endpoint URL"));
        }
        endpoint.clone_into(&mut held.config.webhook_url);
        return Ok(HttpAnswer::json(200, &json!({})));
    }
    if held.config.webhook_url.is_empty() {
        return Err(refusal(404, "Not found"));
    }
    Ok(HttpAnswer::json(200, &json!({ "endpoint": held.config.webhook_url, "active": held.fields.contains(EVENTS) })))
}

/// Sends an empty delivery to the address now, and tells how that went.
fn test(world: &mut Platforms, account: &str, body: &Value, now: Timestamp) -> HttpAnswer {
    let Some(held) = world.account(account) else { return HttpAnswer::empty(500) };
    let url = body["endpoint"].as_str().unwrap_or(&held.config.webhook_url).to_owned();
    let post = super::super::provider::of(Kind::Line).handshake(&held.config, "");
    let ticket = world.new_ticket();
    world.shake_hands_at(account, url, String::new(), post, Some(ticket), now);
    HttpAnswer { ticket: Some(ticket), ..HttpAnswer::empty(202) }
}

/// A friend is known; a member of a group to the group.
fn profile(world: &Platforms, account: &str, group: Option<&str>, id: &str) -> Result<HttpAnswer, Refusal> {
    let unknown = || refusal(404, "Not found");
    let held = world.account(account).ok_or_else(unknown)?;
    let person = held.ids.get(id).and_then(|key| world.people.get(key)).filter(|person| !is_group(&person.key)).ok_or_else(unknown)?;
    let thread = world.thread_of(&Where::new(account, &person.key));
    let friend = thread.is_some_and(|thread| thread.opened && !thread.blocked);
    let in_group = group.is_some_and(|group| held.ids.get(group).is_some_and(|key| is_group(key)));
    if !friend && !in_group {
        return Err(unknown());
    }
    Ok(HttpAnswer::json(200, &json!({ "userId": id, "displayName": person.name, "language": person.lang })))
}

fn summary(world: &Platforms, account: &str, id: &str) -> Result<HttpAnswer, Refusal> {
    let unknown = || refusal(404, "Not found");
    let key = world.account(account).and_then(|held| held.ids.get(id)).filter(|key| is_group(key)).ok_or_else(unknown)?;
    let group = world.people.get(key).ok_or_else(unknown)?;
    Ok(HttpAnswer::json(200, &json!({ "groupId": id, "groupName": group.name })))
}

fn loading(world: &mut Platforms, account: &str, body: &Value, now: Timestamp) -> Result<HttpAnswer, Refusal> {
    let seconds = body["loadingSeconds"].as_i64().unwrap_or(20);
    if !(5..=60).contains(&seconds) || seconds % 5 != 0 {
        return Err(send::invalid("loadingSeconds", "The value must be between 5 and 60 and a multiple of 5"));
    }
    let id = body["chatId"].as_str().unwrap_or_default();
    let key = world.account(account).and_then(|held| held.ids.get(id)).filter(|key| !is_group(key)).cloned();
    let key = key.ok_or_else(|| send::invalid("chatId", "The value for the 'chatId' parameter is invalid"))?;
    let place = Where::new(account, &key);
    world.touch_thread(&place, |thread| thread.typing_until = Some(later(now, seconds.unsigned_abs() * 1000)));
    world.signal(&place, "typing", "", now);
    Ok(HttpAnswer::json(202, &json!({})))
}

fn mark(world: &mut Platforms, account: &str, body: &Value, now: Timestamp) -> Result<HttpAnswer, Refusal> {
    let message = body["markAsReadToken"].as_str().and_then(|token| token.strip_prefix("m-")).unwrap_or_default();
    let place = place_of(world, account, message).ok_or_else(|| refusal(400, "Invalid markAsReadToken"))?;
    see(world, &place, message);
    world.signal(&place, "mark_as_read", message, now);
    Ok(HttpAnswer::json(200, &json!({})))
}

/// The talk that a message stands in.
pub(super) fn place_of(world: &Platforms, account: &str, message: &str) -> Option<Where> {
    let found = world.threads.iter().find(|((of, _), thread)| of == account && thread.message(message).is_some());
    found.map(|((of, person), _)| Where::new(of, person))
}

/// A customer's file, for a while also 202: what moves or sounds is prepared first.
fn content(world: &Platforms, account: &str, parts: &[&str], now: Timestamp) -> Result<HttpAnswer, Refusal> {
    let ["message", id, "content", rest @ ..] = parts else { return Err(refusal(404, "Not found")) };
    let gone = || refusal(404, "Not found");
    let (held, place) = (world.account(account).ok_or_else(gone)?, place_of(world, account, id).ok_or_else(gone)?);
    let shown = world.shown(&place, id).ok_or_else(gone)?;
    if shown.unsent {
        return Err(refusal(410, "Gone"));
    }
    let file =
        shown.media.first().and_then(|media| world.files.get(&media.file)).filter(|_| !held.faults.media_missing).ok_or_else(gone)?;
    let prepared_ms: i64 = extra(&held.config, "transcoding_ms").parse().unwrap_or(0);
    let age_ms = Timestamp::from_millisecond(shown.at_ms).map_or(i64::MAX, |at| since_ms(at, now));
    let ready = !matches!(shown.kind.as_str(), "video" | "audio") || age_ms >= prepared_ms;
    match rest {
        ["transcoding"] => Ok(HttpAnswer::json(200, &json!({ "status": if ready { "succeeded" } else { "processing" } }))),
        _ if !ready => Ok(HttpAnswer::empty(202)),
        _ => Ok(HttpAnswer::bytes(&world.said_type(file), file.bytes.clone())),
    }
}

fn picture(id: &str) -> HttpAnswer {
    let number: Option<u64> = id.parse().ok();
    if let Some(face) = number.and_then(super::sticker::picture) {
        return HttpAnswer::bytes(super::sticker::CONTENT_TYPE, bytes::Bytes::from(face));
    }
    match number.and_then(stickers::numbered).and_then(stickers::of) {
        Some((_, bytes)) => HttpAnswer::bytes(stickers::CONTENT_TYPE, bytes::Bytes::from_static(bytes)),
        None => HttpAnswer::empty(404),
    }
}

/// Whose talk a reply token opens, or LINE's no.
pub(super) fn answered(world: &mut Platforms, account: &str, token: &str, now: Timestamp) -> Result<Where, Refusal> {
    event::use_token(world, account, token, now).ok_or_else(|| refusal(400, "Invalid reply token"))
}
