//! What an app's owner asks about the app itself: tokens, scopes, where webhooks go.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{Kind, Platforms, provider, request::Request},
    VERSION,
    error::GraphError,
};
use crate::carrier::HttpAnswer;

/// A user's token for so long, in seconds: sixty days.
const LONG_S: i64 = 60 * 86_400;
/// A token may be renewed when it is this old, in seconds.
const YOUNG_S: i64 = 86_400;

/// Answers what is about an app rather than an account; `None` for anything else.
pub(super) fn answer(
    world: &mut Platforms,
    request: &Request,
    parts: &[&str],
    token: &str,
    now: Timestamp,
) -> Option<Result<HttpAnswer, GraphError>> {
    let method = request.method.as_str();
    match (method, parts) {
        ("GET", ["debug_token"]) => Some(debug_token(world, request, token, now)),
        ("GET", ["refresh_access_token"]) => Some(refresh(world, token, now)),
        ("GET", ["access_token"]) => Some(exchange(world, request, token, now)),
        ("GET" | "POST", ["oauth", "access_token"]) => Some(oauth(world, request, now)),
        ("GET", ["me", "permissions"]) => Some(permissions(world, token)),
        ("GET" | "POST" | "DELETE", [app, "subscriptions"]) => {
            let app = if *app == "app" { token.split('|').next().unwrap_or_default() } else { app };
            Some(subscriptions(world, request, app, token, now))
        }
        _ => None,
    }
}

fn scopes_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Messenger => &["pages_show_list", "pages_messaging", "pages_manage_metadata", "pages_read_engagement"],
        Kind::Instagram => {
            &["instagram_business_basic", "instagram_business_manage_messages", "instagram_basic", "instagram_manage_messages"]
        }
        Kind::Whatsapp => &["whatsapp_business_management", "whatsapp_business_messaging"],
        _ => &[],
    }
}

fn debug_token(world: &Platforms, request: &Request, token: &str, now: Timestamp) -> Result<HttpAnswer, GraphError> {
    let input = request.query("input_token").unwrap_or_default();
    let by_app = world.accounts.values().any(|held| is_app_token(token, &held.config.app_id, &held.config.app_secret));
    let by_itself = !token.is_empty() && world.accounts.values().any(|held| held.token.value == token);
    if !by_app && !by_itself {
        return Err(GraphError::new(400, 190, "Invalid OAuth access token signature."));
    }
    let Some(held) = world.accounts.values().find(|held| held.token.value == input && !input.is_empty()) else {
        let error = json!({ "code": 190, "message": "Invalid OAuth access token." });
        return Ok(HttpAnswer::json(200, &json!({ "data": { "error": error, "is_valid": false, "scopes": [] } })));
    };
    let expired = held.faults.expired_token || held.token.expires_at.is_some_and(|end| end <= now);
    let valid = !expired && !held.token.revoked;
    let scopes: Vec<String> = match &held.token.scopes {
        Some(scopes) => scopes.iter().cloned().collect(),
        None => scopes_of(held.config.kind).iter().map(|scope| (*scope).to_owned()).collect(),
    };
    let target = if held.config.waba_id.is_empty() { &held.config.id } else { &held.config.waba_id };
    let granular: Vec<Value> = scopes.iter().map(|scope| json!({ "scope": scope, "target_ids": [target] })).collect();
    let mut data = json!({
        "app_id": held.config.app_id,
        "type": if held.config.kind == Kind::Messenger { "PAGE" } else { "USER" },
        "application": held.config.name,
        "data_access_expires_at": now.as_second() + 90 * 86_400,
        "expires_at": held.token.expires_at.map_or(0, Timestamp::as_second),
        "is_valid": valid,
        "issued_at": held.token.issued_at.map_or(0, Timestamp::as_second),
        "profile_id": held.config.id,
        "scopes": scopes,
        "granular_scopes": granular,
        "user_id": super::digits(&held.config.app_id),
    });
    if !valid {
        let subcode = if expired { 463 } else { 460 };
        data["error"] =
            json!({ "code": 190, "message": "Error validating access token: the session is no longer valid", "subcode": subcode });
    }
    Ok(HttpAnswer::json(200, &json!({ "data": data })))
}

fn permissions(world: &Platforms, token: &str) -> Result<HttpAnswer, GraphError> {
    let held = world.accounts.values().find(|held| held.token.value == token && !token.is_empty());
    let held = held.ok_or_else(|| GraphError::new(401, 190, "Invalid OAuth access token."))?;
    let list: Vec<Value> = scopes_of(held.config.kind)
        .iter()
        .map(|scope| {
            let granted = held.token.scopes.as_ref().is_none_or(|scopes| scopes.contains(*scope));
            json!({ "permission": scope, "status": if granted { "granted" } else { "declined" } })
        })
        .collect();
    Ok(HttpAnswer::json(200, &json!({ "data": list })))
}

/// Instagram: sixty more days, for a token that is neither over nor younger than a day.
fn refresh(world: &mut Platforms, token: &str, now: Timestamp) -> Result<HttpAnswer, GraphError> {
    let id = world.accounts.values().find(|held| held.token.value == token && !token.is_empty()).map(|held| held.config.id.clone());
    let id = id.ok_or_else(|| GraphError::new(400, 190, "Invalid OAuth access token."))?;
    super::graph::check_token(world, &id, token, now)?;
    let young = world.account(&id).and_then(|held| held.token.issued_at).is_some_and(|at| now.as_second() - at.as_second() < YOUNG_S);
    if young {
        return Err(GraphError::new(400, 10, "(#10) The access token is not old enough to be refreshed"));
    }
    Ok(renewed(world, &id, now))
}

fn exchange(world: &mut Platforms, request: &Request, token: &str, now: Timestamp) -> Result<HttpAnswer, GraphError> {
    let secret = request.query("client_secret").unwrap_or_default();
    let id = world
        .accounts
        .values()
        .find(|held| held.token.value == token && !token.is_empty() && held.config.app_secret == secret)
        .map(|held| held.config.id.clone());
    let id = id.ok_or_else(|| GraphError::new(400, 190, "Invalid OAuth access token."))?;
    Ok(renewed(world, &id, now))
}

fn oauth(world: &mut Platforms, request: &Request, now: Timestamp) -> Result<HttpAnswer, GraphError> {
    let field = |name: &str| request.field(name).unwrap_or_default();
    let (app, secret) = (field("client_id"), field("client_secret"));
    if !world.accounts.values().any(|held| held.config.app_id == app && held.config.app_secret == secret) {
        return Err(GraphError::new(400, 101, "Error validating client secret."));
    }
    if field("grant_type") == "client_credentials" {
        return Ok(HttpAnswer::json(200, &json!({ "access_token": format!("{app}|{secret}"), "token_type": "bearer" })));
    }
    let token = field("fb_exchange_token");
    let id = world.accounts.values().find(|held| held.token.value == token && held.config.app_id == app).map(|held| held.config.id.clone());
    let id = id.ok_or_else(|| GraphError::new(400, 190, "Invalid OAuth access token."))?;
    Ok(renewed(world, &id, now))
}

fn renewed(world: &mut Platforms, id: &str, now: Timestamp) -> HttpAnswer {
    let fresh = format!("EAA{}", super::letters(&mut world.chance, 60));
    if let Some(held) = world.accounts.get_mut(id) {
        held.token.value.clone_from(&fresh);
        held.token.issued_at = Some(now);
        held.token.expires_at = Some(super::super::later(now, LONG_S.unsigned_abs() * 1000));
        held.token.revoked = false;
    }
    HttpAnswer::json(200, &json!({ "access_token": fresh, "token_type": "bearer", "expires_in": LONG_S }))
}

/// Where an app's webhooks go. A new address is asked before anything is answered.
fn subscriptions(world: &mut Platforms, request: &Request, app: &str, token: &str, now: Timestamp) -> Result<HttpAnswer, GraphError> {
    let ids: Vec<String> = world
        .accounts
        .values()
        .filter(|held| held.config.app_id == app && is_app_token(token, app, &held.config.app_secret))
        .map(|held| held.config.id.clone())
        .collect();
    if ids.is_empty() {
        return Err(GraphError::new(400, 190, "This method must be called with an app access_token."));
    }
    let object_of = |kind: Kind| match kind {
        Kind::Messenger => "page",
        Kind::Instagram => "instagram",
        Kind::Whatsapp => "whatsapp_business_account",
        _ => "",
    };
    if request.method == "GET" {
        let list: Vec<Value> = ids
            .iter()
            .filter_map(|id| world.account(id))
            .filter(|held| !held.config.webhook_url.is_empty())
            .map(|held| {
                let fields: Vec<Value> = held.fields.iter().map(|name| json!({ "name": name, "version": VERSION })).collect();
                json!({
                    "object": object_of(held.config.kind),
                    "callback_url": held.config.webhook_url,
                    "active": held.verified != Some(false),
                    "fields": fields,
                })
            })
            .collect();
        return Ok(HttpAnswer::json(200, &json!({ "data": list })));
    }
    let object = request.field("object").unwrap_or_default();
    let mine: Vec<String> =
        ids.into_iter().filter(|id| world.account(id).is_some_and(|held| object_of(held.config.kind) == object)).collect();
    let Some(first) = mine.first().cloned() else {
        return Err(GraphError::parameter("Param object must be one of {page, instagram, whatsapp_business_account}"));
    };
    if request.method == "DELETE" {
        for id in &mine {
            if let Some(held) = world.accounts.get_mut(id) {
                held.fields.clear();
            }
        }
        return Ok(HttpAnswer::json(200, &json!({ "success": true })));
    }
    let url = request.field("callback_url").ok_or_else(|| GraphError::parameter("The parameter callback_url is required."))?;
    let word = request.field("verify_token").unwrap_or_default();
    let asked = request.field("fields").unwrap_or_default();
    for id in &mine {
        if let Some(held) = world.accounts.get_mut(id) {
            held.config.webhook_url.clone_from(&url);
            held.config.verify_token.clone_from(&word);
            held.fields = fields(&asked, provider::of(held.config.kind).fields())?;
        }
    }
    let ticket = world.new_ticket();
    world.shake_hands(&first, Some(ticket), now);
    Ok(HttpAnswer { ticket: Some(ticket), ..HttpAnswer::empty(202) })
}

/// A list of webhook fields with commas between; one that there is not is refused.
pub(super) fn fields(asked: &str, known: &[&str]) -> Result<BTreeSet<String>, GraphError> {
    let names: BTreeSet<String> = asked.split([',', '[', ']', '"', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            Err(GraphError::parameter(format!("Param subscribed_fields must be one of {{{}}} - got \"{name}\"", known.join(", "))))
        }
        None => Ok(names),
    }
}

fn is_app_token(token: &str, app_id: &str, app_secret: &str) -> bool {
    !app_id.is_empty() && token == format!("{app_id}|{app_secret}")
}
