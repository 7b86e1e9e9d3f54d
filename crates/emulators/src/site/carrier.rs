//! The carrier's REST API and control door over HTTP.

use std::{io, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures::stream;

use crate::{
    carrier::{HttpAnswer, Refusal, Request},
    network::Network,
};

/// Ten pictures of a phone in Base64, with some room.
const BODY_BYTES: usize = 8 * 1024 * 1024;

pub fn router(network: Network) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(network)
}

async fn answer(State(network): State<Network>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let control = uri.path() == "/control" || uri.path().starts_with("/control/");
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let form = kind.starts_with("application/x-www-form-urlencoded");
    let request = Request {
        method: method.to_string(),
        path: decoded(uri.path()),
        query: pairs(uri.query().unwrap_or_default().as_bytes()),
        authorization: headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok()).map(str::to_owned),
        form: if form && !control { pairs(&body) } else { Vec::new() },
    };
    if !control {
        let answer = network.with(|carrier, now| carrier.handle_request(&request, now));
        return respond(answer).await;
    }
    // A page of another site cannot send JSON without asking first, and nobody answers that question.
    if method != Method::GET && !kind.starts_with("application/json") {
        return respond(Refusal::new(415, 20001, "The control door takes JSON").into()).await;
    }
    let answer = network.with(|carrier, now| carrier.control(&request, &body, now));
    respond(answer).await
}

/// Sends an answer; one that shall be lost ends the connection before its first byte.
pub async fn respond(answer: HttpAnswer) -> Response {
    if answer.after_ms > 0 {
        tokio::time::sleep(Duration::from_millis(answer.after_ms)).await;
    }
    if answer.lost {
        let cut = io::Error::new(io::ErrorKind::ConnectionAborted, "the answer is lost");
        return Body::from_stream(stream::iter([Err::<Bytes, _>(cut)])).into_response();
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

pub(super) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

/// A path with its percent signs resolved; a plus sign stays what it is.
pub(super) fn decoded(path: &str) -> String {
    let kept = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(kept.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
