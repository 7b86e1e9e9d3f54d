//! Approved texts: written, reviewed, listed, filled.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Kind, Platforms, Step, later,
        screen::{Choice, Media, Shown, Style},
    },
    error::GraphError,
    graph::Call,
};
use crate::carrier::HttpAnswer;

const CATEGORIES: [&str; 3] = ["AUTHENTICATION", "MARKETING", "UTILITY"];

/// Answers a request for an account's templates.
pub(super) fn answer(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    match call.request.method.as_str() {
        "POST" => create(world, call),
        "DELETE" => {
            let name = call.request.field("name").unwrap_or_default();
            let Some(held) = world.accounts.get_mut(&call.account) else { return Err(GraphError::unknown_path(&call.request.path)) };
            let before = held.templates.len();
            held.templates.retain(|(known, _), _| *known != name);
            match held.templates.len() < before {
                true => Ok(HttpAnswer::json(200, &json!({ "success": true }))),
                false => Err(GraphError::parameter("Message template not found").sub(2_593_002)),
            }
        }
        _ => {
            let wanted = |template: &&Value, name: &str| call.request.query(name).is_none_or(|wanted| template[name] == wanted);
            let list: Vec<&Value> = world
                .account(&call.account)
                .into_iter()
                .flat_map(|held| held.templates.values())
                .filter(|template| ["name", "status", "language", "category"].iter().all(|name| wanted(template, name)))
                .collect();
            let most = call.request.query("limit").and_then(|limit| limit.parse::<usize>().ok()).unwrap_or(25).max(1);
            let from = call.request.query("after").and_then(|after| after.parse::<usize>().ok()).unwrap_or(0);
            let page: Vec<&&Value> = list.iter().skip(from).take(most).collect();
            let mut paging = json!({ "cursors": { "before": from.to_string(), "after": (from + page.len()).to_string() } });
            if from + page.len() < list.len() {
                let path = format!("{}{}?limit={most}&after={}", "https://graph.facebook.com", call.request.path, from + page.len());
                paging["next"] = json!(path);
            }
            Ok(HttpAnswer::json(200, &json!({ "data": page, "paging": paging })))
        }
    }
}

fn create(world: &mut Platforms, call: &Call) -> Result<HttpAnswer, GraphError> {
    let body = call.request.object().unwrap_or(Value::Null);
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, language, category) = (text("name"), text("language"), text("category"));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > 512 || !name.chars().all(plain) {
        return Err(GraphError::parameter("Param name must be lowercase alphanumeric characters and underscores, at most 512"));
    }
    if language.is_empty() {
        return Err(GraphError::parameter("The parameter language is required."));
    }
    if !CATEGORIES.contains(&category.as_str()) {
        return Err(GraphError::parameter(format!("Param category must be one of {{{}}}", CATEGORIES.join(", "))));
    }
    let components = body.get("components").cloned().unwrap_or_else(|| json!([]));
    let has_body = components.as_array().is_some_and(|list| list.iter().any(|part| is_part(part, "BODY")));
    if !has_body {
        return Err(GraphError::parameter("A template needs a component of type BODY"));
    }
    let key = (name.clone(), language.clone());
    let now = call.now;
    let Some(held) = world.accounts.get_mut(&call.account) else { return Err(GraphError::unknown_path(&call.request.path)) };
    if held.templates.contains_key(&key) {
        return Err(GraphError::parameter("Content in this language already exists").sub(2_388_024));
    }
    let id = super::digits(&format!("template:{}:{name}:{language}", call.account));
    let review_ms = held.delays.review_ms;
    held.templates.insert(
        key.clone(),
        json!({ "id": id, "name": name, "language": language, "status": "PENDING", "category": category, "components": components }),
    );
    let step = Step::Review { account: call.account.clone(), template: key, status: "APPROVED".into() };
    world.plan(later(now, review_ms), step);
    Ok(HttpAnswer::json(200, &json!({ "id": id, "status": "PENDING", "category": category })))
}

/// A review has ended, or the provider changed its mind later.
pub(in crate::platform) fn reviewed(world: &mut Platforms, account: &str, template: &(String, String), status: &str, now: Timestamp) {
    let Some(held) = world.accounts.get_mut(account) else { return };
    let Some(known) = held.templates.get_mut(template) else { return };
    known["status"] = json!(status);
    let reason = if status == "REJECTED" { "INVALID_FORMAT" } else { "NONE" };
    let (object, field, owner) = match held.config.kind {
        Kind::Whatsapp => ("whatsapp_business_account", "message_template_status_update", held.config.waba_id.clone()),
        _ => ("page", "messenger_template_status_update", held.config.id.clone()),
    };
    let value = json!({
        "event": status,
        "message_template_id": known["id"],
        "message_template_name": template.0,
        "message_template_language": template.1,
        "reason": reason,
    });
    let time = if object == "page" { now.as_millisecond() } else { now.as_second() };
    let body = json!({ "object": object, "entry": [{ "id": owner, "time": time, "changes": [{ "field": field, "value": value }] }] });
    world.tell(account, field, "template", &template.0, &body, now);
}

/// The approved template that a message names.
pub(super) fn find(world: &Platforms, account: &str, asked: &Value) -> Result<Value, GraphError> {
    let name = asked.get("name").and_then(Value::as_str).unwrap_or_default();
    let language = asked.get("language").and_then(|language| language.get("code")).and_then(Value::as_str).unwrap_or_default();
    let held = world.account(account);
    let whatsapp = held.is_some_and(|held| held.config.kind == Kind::Whatsapp);
    let refused = |code: u32, why: String| if whatsapp { GraphError::whatsapp(code, why) } else { GraphError::parameter(why) };
    let found = held.and_then(|held| held.templates.get(&(name.to_owned(), language.to_owned())));
    let found = found.ok_or_else(|| refused(132_001, format!("template name ({name}) does not exist in {language}")))?;
    match found["status"].as_str().unwrap_or_default() {
        "APPROVED" => Ok(found.clone()),
        "PAUSED" => Err(refused(132_015, format!("template ({name}) is paused"))),
        "DISABLED" => Err(refused(132_016, format!("template ({name}) is disabled"))),
        _ => Err(refused(132_001, format!("template name ({name}) does not exist in {language}"))),
    }
}

/// Puts a template's words onto the screen, with what the message gives for its gaps.
pub(super) fn fill(template: &Value, asked: &Value, draft: &mut Shown) -> Result<(), GraphError> {
    draft.kind = "template".into();
    for part in template["components"].as_array().into_iter().flatten() {
        let text = part["text"].as_str().unwrap_or_default();
        if is_part(part, "BODY") {
            draft.text = filled("body", text, &parameters(asked, "body", None))?;
        } else if is_part(part, "FOOTER") {
            text.clone_into(&mut draft.footer);
        } else if is_part(part, "HEADER") {
            let given = parameters(asked, "header", None);
            match part["format"].as_str().unwrap_or("TEXT") {
                "TEXT" => draft.header = filled("header", text, &given)?,
                format => header_file(format, &given, draft)?,
            }
        } else if is_part(part, "BUTTONS") {
            for (place, button) in part["buttons"].as_array().into_iter().flatten().enumerate() {
                draft.choices.push(choice(place, button, asked));
            }
        }
    }
    Ok(())
}

fn header_file(format: &str, given: &[Value], draft: &mut Shown) -> Result<(), GraphError> {
    let kind = format.to_ascii_lowercase();
    let file = given.iter().find_map(|parameter| parameter.get(&kind));
    let file = file.ok_or_else(|| GraphError::whatsapp(132_012, format!("header: Format mismatch, expected {format}")))?;
    if kind == "location" {
        return Ok(());
    }
    let named = file.get("link").or_else(|| file.get("id")).and_then(Value::as_str).unwrap_or_default();
    draft.media.push(Media { file: named.to_owned(), ..Media::default() });
    Ok(())
}

fn choice(place: usize, button: &Value, asked: &Value) -> Choice {
    let text = |name: &str| button[name].as_str().unwrap_or_default().to_owned();
    let given = parameters(asked, "button", Some(place));
    let payload = given.iter().find_map(|parameter| parameter["payload"].as_str()).map_or_else(|| text("text"), str::to_owned);
    let (style, url) = match button["type"].as_str().unwrap_or_default() {
        "URL" => (Style::Link, text("url")),
        "PHONE_NUMBER" => (Style::Call, format!("tel:{}", text("phone_number"))),
        _ => (Style::Button, String::new()),
    };
    Choice { id: format!("t{place}"), style, title: text("text"), payload, url, ..Choice::default() }
}

fn parameters(asked: &Value, kind: &str, index: Option<usize>) -> Vec<Value> {
    let list = asked.get("components").and_then(Value::as_array).into_iter().flatten();
    let number = |part: &Value| part["index"].as_u64().or_else(|| part["index"].as_str()?.parse().ok());
    list.filter(|part| is_part(part, kind) && index.is_none_or(|index| number(part) == Some(index as u64)))
        .flat_map(|part| part["parameters"].as_array().cloned().unwrap_or_default())
        .collect()
}

/// A text with its gaps `{{1}}` or `{{name}}` filled, as many as there are.
fn filled(part: &str, text: &str, given: &[Value]) -> Result<String, GraphError> {
    let gaps: std::collections::BTreeSet<&str> =
        text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim()).collect();
    if gaps.len() != given.len() {
        let details =
            format!("{part}: number of localizable_params ({}) does not match the expected number of params ({})", given.len(), gaps.len());
        return Err(GraphError::whatsapp(132_000, details));
    }
    let mut words = text.to_owned();
    for (place, parameter) in given.iter().enumerate() {
        let value = match parameter["type"].as_str().unwrap_or("text") {
            "text" => parameter["text"].as_str(),
            "currency" => parameter["currency"]["fallback_value"].as_str(),
            "date_time" => parameter["date_time"]["fallback_value"].as_str(),
            _ => None,
        };
        let value = value.ok_or_else(|| {
            GraphError::whatsapp(132_012, format!("{part}: Parameter format does not match format in the created template"))
        })?;
        let name = parameter["parameter_name"].as_str().map_or_else(|| (place + 1).to_string(), str::to_owned);
        words = words.replace(&format!("{{{{{name}}}}}"), value);
    }
    Ok(words)
}

fn is_part(part: &Value, kind: &str) -> bool {
    part["type"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(kind))
}
