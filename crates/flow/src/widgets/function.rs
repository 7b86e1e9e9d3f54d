//! `run-function`: a POST to the function's own address. Answers of several runs are merged key by key.

use form_urlencoded::Serializer;
use model::job::HttpRequest;
use serde_json::Value;

use super::http;
use crate::HTTP_TIMEOUT_MS;
use crate::advance::unexpected;
use crate::context;
use crate::input::Input;
use crate::visit::{Heard, Move, Visit};

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    let url = visit.word("url").unwrap_or_default();
    let (url, mut headers) = match http::address(&url) {
        Ok(address) => address,
        Err(why) => {
            return Move::Fail { port: "fail", code: 81010, why };
        }
    };
    let parameters = visit.pairs("parameters");
    headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded;charset=utf-8".to_owned()));
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: url.into(),
        headers,
        body: Serializer::new(String::new()).extend_pairs(&parameters).finish(),
        timeout_ms: HTTP_TIMEOUT_MS,
    };
    http::ask(visit, request)
}

pub(crate) fn hear(visit: &mut Visit<'_>, input: &Input<'_>) -> Heard {
    match input {
        Input::HttpAnswer { step_no, answer } if *step_no == visit.step_no() => Heard::Goes(match http::keep(visit, answer) {
            Ok(parsed) => {
                merge(visit, parsed);
                Move::Leave("success")
            }
            Err(why) => Move::Fail { port: "fail", code: 81017, why },
        }),
        other => unexpected(visit, other),
    }
}

fn merge(visit: &mut Visit<'_>, parsed: Option<Value>) {
    if let Some(Value::Object(new)) = parsed {
        let known = visit.outputs().entry("parsed").or_insert(Value::Null);
        context::object(known).extend(new);
    }
}
