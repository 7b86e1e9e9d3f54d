//! `make-http-request`: one request, its answer as variables.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use model::Waiting;
use model::job::{HttpAnswer, HttpRequest};
use serde_json::Value;
use url::Url;

use crate::advance::unexpected;
use crate::effect::Effect;
use crate::input::Input;
use crate::visit::{Heard, Move, Visit, short};
use crate::{HTTP_TIMEOUT_MS, MAX_ANSWER_BYTES};

const FORM: &str = "application/x-www-form-urlencoded;charset=utf-8";

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    match request(visit) {
        Ok(request) => ask(visit, request),
        Err(why) => Move::Fail { port: "failed", code: 81016, why },
    }
}

pub(crate) fn ask(visit: &mut Visit<'_>, request: HttpRequest) -> Move {
    visit.say(Effect::Http { step_no: visit.step_no(), request });
    Move::Wait(Waiting::Http)
}

pub(crate) fn hear(visit: &mut Visit<'_>, input: &Input<'_>) -> Heard {
    match input {
        Input::HttpAnswer { step_no, answer } if *step_no == visit.step_no() => {
            visit.outputs().remove("parsed");
            Heard::Goes(match keep(visit, answer) {
                Ok(parsed) => {
                    if let Some(parsed) = parsed {
                        visit.output("parsed", parsed);
                    }
                    Move::Leave("success")
                }
                Err(why) => Move::Fail { port: "failed", code: 81016, why },
            })
        }
        other => unexpected(visit, other),
    }
}

/// Puts an answer into the outputs; its body as an object if it is one.
pub(crate) fn keep(visit: &mut Visit<'_>, answer: &HttpAnswer) -> Result<Option<Value>, String> {
    let (status, content_type, body) = match answer {
        HttpAnswer::Response { status, content_type, body } => (*status, content_type, body),
        HttpAnswer::Failed { reason } => {
            for key in ["status_code", "content_type", "body"] {
                visit.outputs().remove(key);
            }
            return Err(reason.clone());
        }
    };
    visit.output("status_code", status);
    visit.output("content_type", content_type.as_str());
    if body.len() > MAX_ANSWER_BYTES {
        visit.output("body", "");
        return Err("the answer is larger than 64 kB".to_owned());
    }
    visit.output("body", body.as_str());
    let parsed = serde_json::from_str::<Value>(body).ok().filter(Value::is_object);
    if (200..300).contains(&status) {
        return Ok(parsed);
    }
    if let Some(parsed) = parsed {
        visit.output("parsed", parsed);
    }
    Err(format!("the server answered {status}"))
}

fn request(visit: &mut Visit<'_>) -> Result<HttpRequest, String> {
    let method = visit.word("method").unwrap_or_else(|| "GET".to_owned()).to_ascii_uppercase();
    if !matches!(method.as_str(), "GET" | "POST") {
        return Err(format!("the method is \"{}\": only GET and POST are known", short(&method)));
    }
    let (mut url, mut headers) = address(&visit.word("url").unwrap_or_default())?;
    if visit.state.flag("add_twilio_auth") {
        return Err("add_twilio_auth sends Twilio's own credentials, which are not kept here; put user:password@ into the URL".to_owned());
    }
    let parameters = visit.pairs("parameters");
    if parameters.iter().any(|(key, _)| key == "method") {
        return Err("a parameter must not be called \"method\"".to_owned());
    }
    let mut body = String::new();
    if method == "GET" {
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(&parameters);
        }
    } else {
        let content_type = visit.word("content_type").unwrap_or_else(|| FORM.to_owned());
        let body_is_json = content_type.to_ascii_lowercase().contains("json");
        body = if body_is_json { visit.json("body") } else { visit.text("body") }.unwrap_or_default();
        if !parameters.is_empty() && content_type.starts_with("application/x-www-form-urlencoded") {
            let form = Serializer::new(String::new()).extend_pairs(&parameters).finish();
            body = if body.trim().is_empty() { form } else { format!("{body}&{form}") };
        }
        headers.push(("Content-Type".to_owned(), content_type));
    }
    Ok(HttpRequest { method, url: url.into(), headers, body, timeout_ms: HTTP_TIMEOUT_MS })
}

/// Reads an address; `user:password@` becomes a header.
pub(crate) fn address(text: &str) -> Result<(Url, Vec<(String, String)>), String> {
    if text.is_empty() {
        return Err("the URL is empty".to_owned());
    }
    let bad = |why: &str| format!("\"{}\" is no URL to ask: {why}", short(text));
    let mut url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(bad("it must begin with http:// or https://"));
    }
    url.set_fragment(None);
    let mut headers = Vec::new();
    if !url.username().is_empty() || url.password().is_some() {
        let plain = [url.username(), url.password().unwrap_or_default()].map(decoded).join(":");
        headers.push(("Authorization".to_owned(), format!("Basic {}", STANDARD.encode(plain))));
        if url.set_username("").and_then(|()| url.set_password(None)).is_err() {
            return Err(bad("its user and password cannot be read"));
        }
    }
    Ok((url, headers))
}

fn decoded(text: &str) -> String {
    // A form's `+` would mean a blank, which it does not in this place of a URL.
    let plain = text.replace('+', "%2B");
    form_urlencoded::parse(plain.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}
