//! What every API request passes before a handler sees it: deadline and limit of its body, the Origin of cookie writes, the request's key.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use sha2::{Digest, Sha256};

use crate::Server;
use crate::agents::sheet::MOST_BYTES;
use crate::input::too_big;
use crate::origin::Door;
use crate::problem::Problem;

/// Largest body of an API call, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(30);
const KEY_LIMIT: usize = 200;

/// The caller's name for a write: the same again gets the same answer, and does nothing twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    pub key: String,
    /// Of method, path and body: the same key for something else is a mistake.
    pub fingerprint: String,
}

pub async fn intake(State(server): State<Server>, request: Request, next: Next) -> Response {
    let limit = if request.uri().path().ends_with("/workers.csv") { MOST_BYTES } else { BODY_LIMIT };
    match prepare(&server, request, limit).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// A request as handlers get it: its body read whole, of at most `limit` bytes, its key in its extensions.
///
/// # Errors
/// When the body is too long or too slow, the key is none, or a write comes from another site's page.
pub async fn prepare(server: &Server, request: Request, limit: usize) -> Result<Request, Problem> {
    if !is_write(request.method()) {
        return Ok(request);
    }
    check_origin(server, &request)?;
    let key = key_of(request.headers())?;
    let (mut parts, body) = request.into_parts();
    // Uploads are streamed and limited by their own handler, which also tells one file from another.
    if parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/")) {
        if let Some(key) = key {
            let fingerprint = fingerprint(&[parts.method.as_str().as_bytes(), parts.uri.to_string().as_bytes()]);
            parts.extensions.insert(RequestKey { key, fingerprint });
        }
        return Ok(Request::from_parts(parts, body));
    }
    let read = tokio::time::timeout(BODY_DEADLINE, Limited::new(body, limit).collect()).await;
    let bytes = match read {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_big(limit)),
        Ok(Err(_)) => return Err(Problem::new(StatusCode::BAD_REQUEST, "body_cut", "The body ended early")),
        Err(_) => return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The body took longer than 30 seconds")),
    };
    if let Some(key) = key {
        let fingerprint = fingerprint(&[parts.method.as_str().as_bytes(), parts.uri.to_string().as_bytes(), &bytes]);
        parts.extensions.insert(RequestKey { key, fingerprint });
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// One short text for all of these, so that no two lists of parts have the same.
pub fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

pub fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().map(str::trim).filter(|text| !text.is_empty() && text.len() <= KEY_LIMIT && !text.contains('\n'));
    match text {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Problem::new(StatusCode::BAD_REQUEST, "bad_idempotency_key", "An Idempotency-Key is 1 to 200 visible characters")),
    }
}

/// A write that may ride on a cookie must come from our own page. API keys carry no cookie and need no origin.
fn check_origin(server: &Server, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let refused = |detail: &str| Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail);
    if let Some(origin) = headers.get(header::ORIGIN) {
        let door = request.extensions().get::<Door>().cloned().unwrap_or_default();
        let said = origin.to_str().unwrap_or_default();
        if said == door.own_origin() || said == server.config().origins.public {
            return Ok(());
        }
        return Err(refused("The request comes from another site's page"));
    }
    if !headers.contains_key(header::COOKIE) || headers.contains_key(header::AUTHORIZATION) {
        return Ok(());
    }
    match headers.get("sec-fetch-site").and_then(|value| value.to_str().ok()) {
        Some("same-origin") => Ok(()),
        _ => Err(refused("A write with a cookie must say its Origin")),
    }
}
