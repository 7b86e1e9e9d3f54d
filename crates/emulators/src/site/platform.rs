//! The platforms' APIs and control door over HTTP, one router for each host.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, Uri},
    response::Response,
};

use super::carrier::{decoded, pairs, respond};
use crate::{
    carrier::HttpAnswer,
    network::Network,
    platform::{Refusal, Request},
};

/// The largest file that a platform takes, with some room.
const BODY_BYTES: usize = 104 * 1024 * 1024;

#[derive(Clone)]
struct Door {
    network: Network,
    /// Whose door it is, whatever the host is called here.
    name: &'static str,
}

pub fn router(network: Network, door: &'static str) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(Door { network, name: door })
}

async fn answer(State(door): State<Door>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let request = Request {
        method: method.to_string(),
        host: door.name.to_owned(),
        path: decoded(uri.path()),
        query: pairs(uri.query().unwrap_or_default().as_bytes()),
        headers: headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect(),
        body,
    };
    let control = request.path == "/control" || request.path.starts_with("/control/");
    if !control {
        return respond(door.network.ask_platforms(&request).await).await;
    }
    // A page of another site cannot send JSON without asking first, and nobody answers that question.
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if method != Method::GET && !json {
        return respond(HttpAnswer::from(Refusal::new(415, "The control door takes JSON"))).await;
    }
    respond(door.network.with_platforms(|platforms, now| platforms.control(&request, now))).await
}
