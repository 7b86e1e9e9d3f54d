//! The demo's own doors on the host of `/try`: sign-in links, the busy hour, the reset.

use std::sync::Arc;

use anyhow::Context;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use db::Db;
use engine::Engine;
use model::UserId;
use serde_json::json;
use server::Door;
use server::access::secret;
use server::access::sign_in::CODE_LIFE_S;
use tokio::sync::Notify;

use super::address::Address;
use super::busy_hour::BusyHour;
use super::installation::Installation;
use crate::chance;

/// What the doors need.
pub struct Doors {
    pub engine: Engine,
    pub installation: Installation,
    pub address: Address,
    pub busy_hour: BusyHour,
    /// Rung for a reset.
    pub reset: Arc<Notify>,
}

pub fn router(doors: Doors) -> Router {
    let preflight =
        async |State(doors): State<Arc<Doors>>, headers: HeaderMap| with_cors(&doors, &headers, StatusCode::NO_CONTENT.into_response());
    Router::new()
        .route("/", get(async || Redirect::temporary("/try")))
        .route("/demo/sign-in/{who}", get(sign_in))
        .route("/demo/busy-hour", get(progress).post(start).options(preflight))
        .route("/demo/reset", axum::routing::post(reset).options(preflight))
        .with_state(Arc::new(doors))
}

/// A fresh link each time it is followed: one use, a minute long, in the fragment, which never travels.
async fn sign_in(State(doors): State<Arc<Doors>>, Path(who): Path<String>, Extension(door): Extension<Door>) -> Response {
    // These links ask for no password, so they are for the machine that runs the demo, or whoever forwards to it.
    if !door.address.is_some_and(|address| address.is_loopback()) {
        return (StatusCode::FORBIDDEN, "These links work only on the machine that runs the demo; sign in with e-mail and password")
            .into_response();
    }
    let Some(person) = doors.installation.staff(&who) else {
        return (StatusCode::NOT_FOUND, "Nobody of this name works here").into_response();
    };
    match code(doors.engine.db(), person.user, doors.engine.now()).await {
        Ok(code) => {
            let host = door.reach(&doors.address.origin(&person.key));
            let mut response = Redirect::to(&format!("{host}/login#code={code}")).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "no sign-in link could be made");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn code(db: &Db, user: UserId, now: model::Timestamp) -> anyhow::Result<String> {
    let code = secret::token()?;
    let hash = secret::hash(&code);
    db.write(move |tx| {
        let hash = hash.clone();
        Box::pin(async move { store::access::insert_sign_in_code(tx, hash, user, now.plus_secs(CODE_LIFE_S)).await })
    })
    .await
    .context("keeping a sign-in code")?;
    Ok(code)
}

async fn progress(State(doors): State<Arc<Doors>>) -> Response {
    Json(doors.busy_hour.progress()).into_response()
}

async fn start(State(doors): State<Arc<Doors>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = foreign(&headers) {
        return refusal;
    }
    let answer = match chance::seed().and_then(|seed| doors.busy_hour.start(seed)) {
        Ok(progress) => (StatusCode::ACCEPTED, Json(progress)).into_response(),
        Err(error) => {
            tracing::error!(error = %format!("{error:#}"), "the busy hour did not start");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    };
    with_cors(&doors, &headers, answer)
}

async fn reset(State(doors): State<Arc<Doors>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = foreign(&headers) {
        return refusal;
    }
    doors.busy_hour.stop();
    doors.reset.notify_one();
    with_cors(&doors, &headers, (StatusCode::ACCEPTED, Json(json!({ "resetting": true }))).into_response())
}

/// A page of another site cannot send JSON without asking first, and only `/try` gets a yes to that question.
fn foreign(headers: &HeaderMap) -> Option<Response> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let refused = !kind.starts_with("application/json");
    refused.then(|| (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send JSON: {}").into_response())
}

/// `/try` stands on another origin when the emulators run in another process.
fn with_cors(doors: &Doors, headers: &HeaderMap, mut response: Response) -> Response {
    let origin = headers.get(header::ORIGIN);
    let allowed = origin.filter(|origin| origin.as_bytes() == doors.address.origin("try").as_bytes());
    if let Some(origin) = allowed {
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
        answer.insert(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}
