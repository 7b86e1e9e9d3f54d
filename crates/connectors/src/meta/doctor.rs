//! What the doctor asks of Meta, one thing after the other, so that each mistake has its own name:
//! a wrong secret, token, id, permission, subscription or webhook address.

use model::{ChannelAccount, Timestamp};
use serde_json::Value;

use super::graph::{self, Fault, Graph, Read};
use crate::contract::*;
use crate::wire::{bearer, list, text};

/// In the order in which they are asked: each supposes the ones before.
pub const CHECKS: &[&str] = &["secret", "token", "id", "scopes", "subscription", "webhook", "reachability"];
pub const WHATSAPP_CHECKS: &[&str] = &["secret", "token", "id", "waba", "scopes", "subscription", "webhook", "reachability"];

/// No such app, or another secret than its own.
const BAD_APP: i64 = 101;

/// What an account of a kind needs.
struct Needs {
    /// What its app's webhook is subscribed to.
    object: &'static str,
    /// The setting that holds the id, and what it is the id of.
    id: &'static str,
    /// The id whose subscriptions are asked for.
    subscriber: &'static str,
    scopes: &'static [&'static str],
    fields: &'static [&'static str],
}

fn needs(account: &ChannelAccount) -> Needs {
    match account.kind.as_str() {
        "whatsapp" => Needs {
            object: "whatsapp_business_account",
            id: "phone_number_id",
            subscriber: "waba_id",
            scopes: &["whatsapp_business_messaging", "whatsapp_business_management"],
            fields: &[],
        },
        "instagram" => Needs {
            object: "instagram",
            id: "instagram_id",
            subscriber: if by_instagram(account) { "instagram_id" } else { "page_id" },
            scopes: if by_instagram(account) { &[] } else { &["instagram_basic", "instagram_manage_messages"] },
            fields: &["messages"],
        },
        _ => Needs {
            object: "page",
            id: "page_id",
            subscriber: "page_id",
            scopes: &["pages_messaging", "pages_manage_metadata"],
            fields: &["messages", "messaging_postbacks"],
        },
    }
}

/// The Instagram login says nothing of permissions but by refusing, and whether its host tells of the app is not documented:
/// there only a plain no counts, and what is not told is proven by the first delivery.
fn by_instagram(account: &ChannelAccount) -> bool {
    account.kind == "instagram" && account.setting("login") != "facebook"
}

pub fn ask(graph: &Graph, account: &ChannelAccount, name: &str, progress: &Progress) -> Step {
    let needs = needs(account);
    match name {
        // An app's address that serves several accounts is not known here.
        "reachability" if by_instagram(account) || account.app_id.is_some() || account.setting("app_id").is_empty() => Step::Nothing,
        "reachability" if progress.get("fields").is_some() => enter_again(graph, account, &needs, text(progress, "fields")),
        "reachability" => as_app(graph, account, &format!("{}/subscriptions", account.setting("app_id")), &[]),
        "scopes" if by_instagram(account) => Step::Nothing,
        "secret" | "webhook" if account.setting("app_id").is_empty() => Step::Nothing,
        "token" if by_instagram(account) => graph.get("me", &[("fields", "user_id,username")]),
        // As the app itself: only the right id and secret may ask.
        "secret" | "token" | "scopes" => as_app(graph, account, "debug_token", &[("input_token", account.secret("access_token"))]),
        // A business and a number may each have an address of their own; the number knows which one counts.
        "webhook" if account.kind == "whatsapp" => graph.get(account.setting(needs.id), &[("fields", "webhook_configuration")]),
        "webhook" => as_app(graph, account, &format!("{}/subscriptions", account.setting("app_id")), &[]),
        "waba" => graph.get(&format!("{}/phone_numbers", account.setting("waba_id")), &[("fields", "id"), ("limit", "200")]),
        "subscription" => graph.get(&format!("{}/subscribed_apps", account.setting(needs.subscriber)), &[]),
        "id" if by_instagram(account) => graph.get("me", &[("fields", "user_id,username")]),
        "id" if account.kind == "whatsapp" => {
            graph.get(account.setting(needs.id), &[("fields", "id,display_phone_number,verified_name,quality_rating")])
        }
        "id" => graph.get(account.setting(needs.id), &[("fields", "id")]),
        _ => Step::Nothing,
    }
}

/// The app's own token is its id and its secret; it goes in a header, where addresses that are logged do not show it.
fn as_app(graph: &Graph, account: &ChannelAccount, path: &str, query: &[(&str, &str)]) -> Step {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    let token = format!("{}|{}", account.setting("app_id"), account.secret("app_secret"));
    Step::Http(crate::wire::get(format!("{}/{path}{mark}{query}", graph.base()), vec![bearer(&token)]))
}

/// Enters the address that stands there already, with the same fields: Meta then asks at it before it answers.
fn enter_again(graph: &Graph, account: &ChannelAccount, needs: &Needs, fields: &str) -> Step {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("object", needs.object)
        .append_pair("callback_url", &account.webhook_url)
        .append_pair("verify_token", account.secret("verify_token"))
        .append_pair("fields", fields)
        .finish();
    match as_app(graph, account, &format!("{}/subscriptions", account.setting("app_id")), &[]) {
        Step::Http(mut request) => {
            request.method = "POST";
            request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
            request.body = Body::Bytes(form.into_bytes());
            Step::Http(request)
        }
        step => step,
    }
}

fn problem(setting: &str, code: &str, detail: impl Into<String>) -> Outcome {
    Outcome::Problem(crate::wire::wrong(setting, code, detail))
}

pub fn judge(graph: &Graph, account: &ChannelAccount, name: &str, progress: &Progress, read: &Read, now: Timestamp) -> Outcome {
    if read.ok() && read.body.is_empty() {
        return Outcome::Fine;
    }
    let needs = needs(account);
    let entered = progress.get("fields").is_some();
    if !read.ok() {
        let fault = Fault::of(&read.json).filter(|fault| entered && !matches!(fault.code_name(), "provider_trouble" | "too_many_messages"));
        return match fault {
            Some(fault) => problem("webhook_url", "webhook_unreachable", format!("Meta does not reach our webhook URL: {}", fault.said)),
            None => refused(graph, account, &needs, name, read, now),
        };
    }
    if !read.json.is_object() {
        return Outcome::Problem(graph::unexpected(read.status));
    }
    let found = match name {
        "token" | "scopes" if !by_instagram(account) => token(account, &needs, name, &read.json, now),
        "id" => id(account, &needs, &read.json),
        "waba" => {
            let own = account.setting(needs.id);
            let listed = list(&read.json, "data").any(|number| text(number, "id") == own);
            (!listed)
                .then(|| problem("waba_id", "other_waba", format!("the phone number {own} is not one of this WhatsApp Business account")))
        }
        "subscription" => subscription(account, &needs, &read.json),
        "webhook" => webhook(account, &needs, &read.json),
        "reachability" if !entered => entry(account, &needs, &read.json),
        _ => None,
    };
    found.unwrap_or(Outcome::Fine)
}

/// The same refusal has another cause in each check.
fn refused(graph: &Graph, account: &ChannelAccount, needs: &Needs, name: &str, read: &Read, now: Timestamp) -> Outcome {
    let Some(fault) = Fault::of(&read.json) else {
        return match read.status {
            500..=599 | 429 => graph::undone(graph, read, now),
            status => Outcome::Problem(graph::unexpected(status)),
        };
    };
    let said = &fault.said;
    let as_its_app = match name {
        "secret" => true,
        "token" | "scopes" => !by_instagram(account),
        "webhook" => account.kind != "whatsapp",
        "reachability" => true,
        _ => false,
    };
    if as_its_app && by_instagram(account) && fault.code != BAD_APP && !said.contains("signature") {
        return Outcome::Fine;
    }
    match (name, fault.code_name()) {
        (_, "provider_trouble" | "too_many_messages") => graph::undone(graph, read, now),
        _ if as_its_app => problem(
            "app_secret",
            "bad_app_secret",
            format!("Meta does not accept the app id with this secret: copy both from the app's basic settings: {said}"),
        ),
        (_, "bad_token") => {
            // What a check finds is for whoever reads it; nobody makes the token anew here.
            let mut graph = *graph;
            graph.renews = false;
            graph::judge(&graph, &fault, read.headers, now).unwrap_or(Outcome::Fine)
        }
        (_, "missing_permission") => problem("access_token", "missing_permission", fault.problem().detail),
        (name, _) => {
            let setting = match name {
                "waba" => "waba_id",
                "subscription" => needs.subscriber,
                _ => needs.id,
            };
            problem(setting, "unknown_id", format!("Meta knows no {} for this token: {said}", account.setting(setting)))
        }
    }
}

/// What the app learns of the token.
fn token(account: &ChannelAccount, needs: &Needs, name: &str, json: &Value, now: Timestamp) -> Option<Outcome> {
    let data = json.get("data").unwrap_or(&Value::Null);
    if name == "scopes" {
        let missing: Vec<&str> = needs.scopes.iter().copied().filter(|scope| !list(data, "scopes").any(|own| own == scope)).collect();
        let detail = || format!("the access token lacks {}: draw a new one with these permissions", missing.join(", "));
        return (!missing.is_empty()).then(|| problem("access_token", "missing_permission", detail()));
    }
    // 0 stands for never.
    let ends = data.get("expires_at").and_then(Value::as_i64).filter(|at| *at > 0).map(Timestamp::from_secs);
    if data.get("is_valid").and_then(Value::as_bool) != Some(true) {
        let fault = data.get("error").map(Fault::read).unwrap_or_default();
        return Some(Outcome::Problem(fault.of_token(ends.is_some_and(|at| at <= now))));
    }
    let app = super::content::id_text(data, "app_id");
    let other = !app.is_empty() && app != account.setting("app_id");
    Some(match other {
        true => problem("access_token", "other_app", format!("the access token was drawn for the app {app}, not for this one")),
        false => Outcome::Lasts(ends),
    })
}

fn id(account: &ChannelAccount, needs: &Needs, json: &Value) -> Option<Outcome> {
    let own = account.setting(needs.id);
    let ids = ["id", "user_id"].map(|key| super::content::id_text(json, key));
    if !ids.iter().any(|id| id == own) {
        return Some(problem(
            needs.id,
            "other_id",
            format!(
                "the access token is for {}, not for {own}",
                ids.iter().find(|id| !id.is_empty()).map_or("another account", String::as_str)
            ),
        ));
    }
    let digits = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>();
    let (number, shown) = (digits(account.setting("number")), text(json, "display_phone_number"));
    let other = account.kind == "whatsapp" && !shown.is_empty() && digits(shown) != number;
    other.then(|| problem("number", "other_number", format!("this phone number id belongs to {shown}")))
}

fn subscription(account: &ChannelAccount, needs: &Needs, json: &Value) -> Option<Outcome> {
    let app_id = account.setting("app_id");
    let app_of = |entry: &Value| match entry.get("whatsapp_business_api_data") {
        Some(app) => super::content::id_text(app, "id"),
        None => super::content::id_text(entry, "id"),
    };
    // Where we do not know our app's id, any app that listens may be ours.
    let ours = list(json, "data").find(|entry| app_id.is_empty() || app_of(entry) == app_id);
    let Some(ours) = ours else {
        let detail =
            format!("the app is not subscribed to {}: subscribe it in the app's webhook settings", account.setting(needs.subscriber));
        return Some(problem(needs.subscriber, "not_subscribed", detail));
    };
    let has = |field: &str| list(ours, "subscribed_fields").any(|own| own == field || text(own, "name") == field);
    let missing: Vec<&str> = needs.fields.iter().copied().filter(|field| !has(field)).collect();
    if !missing.is_empty() {
        let detail = format!("the app is not subscribed to {}: tick these fields in the app's webhook settings", missing.join(", "));
        return Some(problem(needs.subscriber, "not_subscribed", detail));
    }
    None
}

fn webhook(account: &ChannelAccount, needs: &Needs, json: &Value) -> Option<Outcome> {
    let url = if account.kind == "whatsapp" {
        let known = json.get("webhook_configuration").unwrap_or(&Value::Null);
        ["phone_number", "whatsapp_business_account", "application"].into_iter().map(|key| text(known, key)).find(|url| !url.is_empty())
    } else {
        let active = |entry: &&Value| entry.get("active").and_then(Value::as_bool) != Some(false);
        list(json, "data").find(|entry| text(entry, "object") == needs.object).filter(active).map(|entry| text(entry, "callback_url"))
    };
    let Some(url) = url else {
        let detail = format!("the app has no webhook for {}: enter this account's webhook address there", needs.object);
        return Some(problem("app_id", "no_webhook", detail));
    };
    (!is_ours(account, url)).then(|| other_url(url))
}

/// What the app tells of our kind of account, and whether it tells it to us; then it can be entered again.
fn entry(account: &ChannelAccount, needs: &Needs, json: &Value) -> Option<Outcome> {
    let ours = |entry: &&Value| text(entry, "object") == needs.object && is_ours(account, text(entry, "callback_url"));
    // A number may have an address of its own, which the app's settings do not know.
    let entry = list(json, "data").find(ours)?;
    let fields: Vec<&str> = list(entry, "fields").map(|field| field.as_str().unwrap_or_else(|| text(field, "name"))).collect();
    if !fields.contains(&"messages") {
        let detail = "the app is not subscribed to messages: tick this field in the app's webhook settings";
        return Some(problem(needs.subscriber, "not_subscribed", detail));
    }
    Some(Outcome::More(serde_json::json!({ "fields": fields.join(",") })))
}

/// An app's URL serves many accounts and stands for each of them.
fn is_ours(account: &ChannelAccount, url: &str) -> bool {
    account.app_id.is_some() || url.trim_end_matches('/') == account.webhook_url.trim_end_matches('/')
}

fn other_url(url: &str) -> Outcome {
    problem("app_id", "other_webhook_url", format!("Meta sends this account's events to {url}: enter this account's webhook address there"))
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
