//! The Graph API's door: who asks, which account is meant, whether they may, and what stands in the way.

use jiff::Timestamp;
use serde_json::json;

use super::{
    super::{Faults, Kind, Platforms, Refused, request::Request},
    VERSION, app,
    error::GraphError,
    page, whatsapp_send,
};
use crate::carrier::{HttpAnswer, keep};

/// A request for one account, whose token holds.
pub(super) struct Call<'a> {
    pub request: &'a Request,
    /// The path without version.
    pub parts: &'a [&'a str],
    pub account: String,
    pub kind: Kind,
    pub now: Timestamp,
}

/// Answers a request at `graph` or `instagram`.
pub(in crate::platform) fn answer(world: &mut Platforms, request: &Request, now: Timestamp) -> HttpAnswer {
    let path = request.path.trim_matches('/');
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts.first().is_some_and(|first| is_version(first)) {
        parts.remove(0);
    }
    let token = request.bearer().map(str::to_owned).or_else(|| request.field("access_token")).unwrap_or_default();
    if let Some(answer) = app::answer(world, request, &parts, &token, now) {
        return answer.unwrap_or_else(HttpAnswer::from);
    }
    let found = account_of(world, request, &parts, &token);
    let (account, answer) = match found {
        Ok(account) => {
            let answer = told(world, request, &parts, &account, &token, now);
            (Some(account), answer)
        }
        Err(error) => (None, Err(error)),
    };
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            if let Some(held) = account.as_deref().and_then(|id| world.accounts.get_mut(id)) {
                let refused = Refused {
                    at: now,
                    method: request.method.clone(),
                    path: request.path.clone(),
                    status: error.status,
                    code: error.code,
                    subcode: error.subcode,
                };
                keep(&mut held.ledger.refused, refused);
            }
            HttpAnswer::from(error)
        }
    };
    answer.headers.push(("facebook-api-version".into(), VERSION.into()));
    if let Some(held) = account.and_then(|id| world.accounts.get(&id)) {
        let share = held.recent.len() as u64 * 100 / u64::from(held.limits.per_second.unwrap_or(per_second(held.config.kind)).max(1));
        let usage = json!({ "call_count": share, "total_cputime": share / 2, "total_time": share / 2 });
        answer.headers.push(("x-app-usage".into(), usage.to_string()));
        let usage = json!({ held.config.id.clone(): [{
            "type": held.config.kind.name(), "call_count": share, "total_cputime": share / 2, "total_time": share / 2,
            "estimated_time_to_regain_access": if share >= 100 { 1 } else { 0 },
        }] });
        answer.headers.push(("x-business-use-case-usage".into(), usage.to_string()));
        if answer.after_ms == 0 {
            answer.after_ms = held.faults.answer_delay_ms;
        }
    }
    answer
}

fn told(
    world: &mut Platforms,
    request: &Request,
    parts: &[&str],
    account: &str,
    token: &str,
    now: Timestamp,
) -> Result<HttpAnswer, GraphError> {
    if let Some(held) = world.accounts.get_mut(account)
        && Faults::strike(&mut held.faults.lose_request)
    {
        return Ok(HttpAnswer { lost: true, ..HttpAnswer::empty(500) });
    }
    check_token(world, account, token, now)?;
    check_trouble(world, account)?;
    let Some(kind) = world.account(account).map(|held| held.config.kind) else {
        return Err(GraphError::unknown_path(&request.path));
    };
    let call = Call { request, parts, account: account.to_owned(), kind, now };
    match kind {
        Kind::Whatsapp => whatsapp_send::answer(world, &call),
        _ => page::answer(world, &call),
    }
}

/// Which account a request is about. The error names what is wrong with who asks, as the provider does.
fn account_of(world: &Platforms, request: &Request, parts: &[&str], token: &str) -> Result<String, GraphError> {
    let node = parts.first().copied().unwrap_or_default();
    let instagram = request.door() == "instagram";
    let here = |kind: Kind| match kind {
        Kind::Instagram => true,
        Kind::Messenger | Kind::Whatsapp => !instagram,
        _ => false,
    };
    let accounts = || world.accounts.values().filter(|held| here(held.config.kind));
    let named = accounts().find(|held| held.config.id == node || held.config.waba_id == node && !node.is_empty());
    let named =
        named.or_else(|| accounts().find(|held| held.config.kind == Kind::Instagram && held.config.page_id == node && !node.is_empty()));
    if let Some(held) = named {
        return Ok(held.config.id.clone());
    }
    let holders: Vec<_> = accounts().filter(|held| held.token.value == token && !token.is_empty()).collect();
    if holders.is_empty() {
        return Err(token_error(instagram));
    }
    // A token may open several accounts: then whom or what it is about decides.
    let about = request.object().and_then(|body| Some(body.get("recipient")?.get("id")?.as_str()?.to_owned()));
    let knows = |id: &str| holders.iter().find(|held| held.ids.contains_key(id));
    let held = about
        .as_deref()
        .and_then(knows)
        .or_else(|| knows(node))
        .or_else(|| holders.iter().find(|held| world.files.get(node).is_some_and(|file| file.account == held.config.id)))
        .or_else(|| holders.first());
    held.map(|held| held.config.id.clone()).ok_or_else(|| GraphError::unknown_path(&request.path))
}

fn token_error(instagram: bool) -> GraphError {
    let status = if instagram { 400 } else { 401 };
    GraphError::new(status, 190, "Invalid OAuth access token - Cannot parse access token")
}

/// Whether the token opens the account.
pub(super) fn check_token(world: &Platforms, account: &str, token: &str, now: Timestamp) -> Result<(), GraphError> {
    let Some(held) = world.account(account) else {
        return Err(token_error(false));
    };
    if token.is_empty() || held.token.value != token {
        // A token of another account is a good token without the right.
        return match world.accounts.values().any(|other| !token.is_empty() && other.token.value == token) {
            true => Err(GraphError::unknown_path(&format!("/{account}"))),
            false => Err(token_error(false)),
        };
    }
    if held.token.revoked {
        return Err(GraphError::new(
            401,
            190,
            "Error validating access token: The session has been invalidated because the user changed their password",
        )
        .sub(460));
    }
    if held.faults.expired_token || held.token.expires_at.is_some_and(|end| end <= now) {
        return Err(GraphError::new(401, 190, "Error validating access token: Session has expired").sub(463));
    }
    Ok(())
}

/// Whether the token has a scope.
pub(super) fn check_scope(world: &Platforms, account: &str, scope: &str) -> Result<(), GraphError> {
    let scopes = world.account(account).and_then(|held| held.token.scopes.as_ref());
    match scopes {
        Some(scopes) if !scopes.contains(scope) => Err(GraphError::permission(scope)),
        _ => Ok(()),
    }
}

fn check_trouble(world: &mut Platforms, account: &str) -> Result<(), GraphError> {
    let Some(held) = world.accounts.get_mut(account) else { return Ok(()) };
    let faults = &mut held.faults;
    if Faults::strike(&mut faults.server_error) {
        let status = if faults.server_error_status == 0 { 500 } else { faults.server_error_status };
        return Err(GraphError::new(status, 2, "An unexpected error has occurred. Please retry your request later."));
    }
    if Faults::strike(&mut faults.too_many) {
        let retry = faults.retry_after_s;
        let mut error = too_many(held.config.kind);
        error.status = 429;
        error.headers.extend(retry.map(|seconds| ("retry-after".to_owned(), seconds.to_string())));
        return Err(error);
    }
    Ok(())
}

/// Counts a message against the account's messages of one second.
pub(super) fn check_rate(world: &mut Platforms, account: &str, now: Timestamp) -> Result<(), GraphError> {
    let Some(held) = world.accounts.get_mut(account) else { return Ok(()) };
    let most = held.limits.per_second.unwrap_or(per_second(held.config.kind));
    while held.recent.front().is_some_and(|at| super::super::since_ms(*at, now) >= 1000) {
        held.recent.pop_front();
    }
    if held.recent.len() >= most as usize {
        return Err(too_many(held.config.kind));
    }
    held.recent.push_back(now);
    Ok(())
}

fn per_second(kind: Kind) -> u32 {
    match kind {
        Kind::Whatsapp => 80,
        _ => 300,
    }
}

fn too_many(kind: Kind) -> GraphError {
    match kind {
        Kind::Whatsapp => GraphError::whatsapp(
            130_429,
            "Message failed to send because there were too many messages sent from this phone number in a short period of time",
        ),
        _ => GraphError::new(400, 613, "(#613) Calls to this api have exceeded the rate limit."),
    }
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').and_then(|rest| rest.split_once('.')).is_some_and(|(major, minor)| {
        [major, minor].iter().all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
