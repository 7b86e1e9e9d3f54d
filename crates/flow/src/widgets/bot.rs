//! `seaway-bot`: the customer's text to a bot, its answer to the customer. Exits `answered`, `handover`, `failed`.
//! The built-in bot and one behind `url` speak the same documents. What customers write meanwhile is kept and asked next.

use model::Waiting;
use model::job::{HttpAnswer, HttpRequest};
use serde_json::{Map, Value, json};

use super::http;
use crate::advance::unexpected;
use crate::context;
use crate::effect::Effect;
use crate::input::Input;
use crate::visit::{Heard, Move, Visit};
use crate::{HTTP_TIMEOUT_MS, MAX_ANSWER_BYTES};

/// Messages kept while the bot thinks; what comes after them is shown to agents only.
const MAX_KEPT: usize = 20;
/// Facts one answer may teach.
const MAX_LEARNED: usize = 20;
/// Longest key and value of a learned fact, in characters.
const MAX_FACT: usize = 500;
/// Longest summary, in characters, so that it fits a task's attributes.
const MAX_SUMMARY: usize = 1000;
/// Largest memory, in bytes of JSON.
const MAX_MEMORY: usize = 16 * 1024;
/// Longest text of an answer, in characters.
const MAX_TEXT: usize = 10_000;

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    let (text, media) = question(visit);
    let context = &visit.execution.context;
    let facts = context["contact"]["facts"].clone();
    let memory = context["seaway"]["memory"].clone();
    let known = template::text_of(&context["contact"]["language"]);
    let language = visit.word("language").unwrap_or(known);
    let step_no = visit.step_no();
    let request = json!({ "text": text, "media": media, "language": language, "facts": facts, "memory": memory });
    let Some(url) = visit.word("url") else {
        visit.say(Effect::Bot { step_no, request });
        return Move::Wait(Waiting::Bot);
    };
    match http::address(&url) {
        Ok((url, mut headers)) => {
            headers.push(("Content-Type".to_owned(), "application/json;charset=utf-8".to_owned()));
            let request =
                HttpRequest { method: "POST".to_owned(), url: url.into(), headers, body: request.to_string(), timeout_ms: HTTP_TIMEOUT_MS };
            visit.say(Effect::Http { step_no, request });
            Move::Wait(Waiting::Bot)
        }
        Err(why) => Move::Fail { port: "failed", code: 81016, why },
    }
}

pub(crate) fn hear(visit: &mut Visit<'_>, input: &Input<'_>) -> Heard {
    let step_no = visit.step_no();
    match input {
        Input::BotAnswer { step_no: of, answer } if *of == step_no => Heard::Goes(take(visit, answer)),
        Input::HttpAnswer { step_no: of, answer } if *of == step_no => Heard::Goes(match read(answer) {
            Ok(answer) => take(visit, &answer),
            Err(why) => Move::Fail { port: "failed", code: 81016, why },
        }),
        Input::Reply { message } => {
            let kept = visit.step_notes().entry("kept").or_insert_with(|| json!([]));
            match kept.as_array_mut().filter(|kept| kept.len() < MAX_KEPT) {
                Some(kept) => kept.push(message.clone()),
                None => visit.warn(81002, "too many messages while the bot is busy"),
            }
            Heard::Noted
        }
        other => unexpected(visit, other),
    }
}

/// What to ask: a message kept from before, the widget's own text, or the customer's last message.
fn question(visit: &mut Visit<'_>) -> (String, i64) {
    let kept = visit.step_notes().get_mut("kept").and_then(Value::as_array_mut);
    let first = kept.filter(|kept| !kept.is_empty()).map(|kept| kept.remove(0));
    let message = match first {
        Some(kept) => {
            visit.hears(&kept);
            kept
        }
        None => {
            if let Some(text) = visit.text("text") {
                return (text, 0);
            }
            context::note(visit.execution, "message").clone()
        }
    };
    let media = template::text_of(&message["NumMedia"]).trim().parse().unwrap_or(0);
    (template::text_of(&message["Body"]), media)
}

/// An answer over HTTP is read as hostile: its size, status and shape are checked.
fn read(answer: &HttpAnswer) -> Result<Value, String> {
    match answer {
        HttpAnswer::Failed { reason } => Err(reason.clone()),
        HttpAnswer::Response { status, body, .. } => {
            if !(200..300).contains(status) {
                return Err(format!("the bot's server answered {status}"));
            }
            if body.len() > MAX_ANSWER_BYTES {
                return Err("the bot's answer is larger than 64 kB".to_owned());
            }
            serde_json::from_str(body).map_err(|error| format!("the bot's answer is no JSON: {error}"))
        }
    }
}

fn take(visit: &mut Visit<'_>, answer: &Value) -> Move {
    let word = |key: &str, limit: usize| cut(answer[key].as_str().unwrap_or_default(), limit);
    let outcome = word("outcome", 20);
    let (text, summary) = (word("text", MAX_TEXT), word("summary", MAX_SUMMARY));
    visit.outputs().clear();
    visit.output("outcome", outcome.as_str());
    visit.output("text", text.as_str());
    visit.output("summary", summary.as_str());
    visit.output("language", word("language", 20));
    let learned = learned(answer);
    visit.output("learned", learned.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Value>());
    for (key, value) in learned {
        visit.learn(key, value);
    }
    if let Some(memory) = answer.get("memory") {
        remember(visit, memory);
    }
    if !text.trim().is_empty() {
        let choices = answer["choices"].as_array().into_iter().flatten();
        let choices = choices.filter_map(Value::as_str).take(20).map(|choice| cut(choice, 100));
        visit.say(Effect::Send {
            text,
            media: Vec::new(),
            choices: choices.collect(),
            cards: Vec::new(),
            native: Map::new(),
            attributes: Value::Null,
            from: String::new(),
            await_delivery: false,
        });
    }
    let waiting = visit.step_notes().get("kept").and_then(Value::as_array).is_some_and(|kept| !kept.is_empty());
    match outcome.as_str() {
        "answered" if waiting => Move::Again("answered"),
        "answered" => Move::Leave("answered"),
        "handover" => {
            if !summary.trim().is_empty() {
                visit.say(Effect::Note { text: summary });
            }
            Move::Leave("handover")
        }
        "failed" => Move::Fail { port: "failed", code: 81017, why: "the bot could not answer".to_owned() },
        other => Move::Fail { port: "failed", code: 81017, why: format!("the bot's outcome is \"{other}\"") },
    }
}

fn learned(answer: &Value) -> Vec<(String, String)> {
    let list = answer["learned"].as_array().into_iter().flatten();
    let pairs = list.filter_map(|fact| {
        let key = cut(fact["key"].as_str()?.trim(), MAX_FACT);
        let value = cut(template::text_of(&fact["value"]).trim(), MAX_FACT);
        (!key.is_empty() && !value.is_empty()).then_some((key, value))
    });
    pairs.take(MAX_LEARNED).collect()
}

fn remember(visit: &mut Visit<'_>, memory: &Value) {
    if memory.to_string().len() > MAX_MEMORY {
        return visit.warn(81017, "the bot's memory is larger than 16 kB and was not kept");
    }
    context::notes(&mut visit.execution.context).insert("memory".to_owned(), memory.clone());
    visit.say(Effect::Remember { memory: memory.clone() });
}

fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}
