//! What every request passes first: limits and key of its body, and at the end the path that led nowhere.

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use server::Server;

use crate::Refused;

/// A workflow's document may have 1,038,576 bytes, each of which a form may write as three.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

pub async fn door(State(server): State<Server>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    // Who may ask is said by a key or the account's token. A cookie is the desk's: it opens nothing here.
    let response = if !request.headers().contains_key(header::AUTHORIZATION) {
        Refused::signed_out().into_response()
    } else {
        match server::prepare(&server, request, BODY_LIMIT).await {
            Ok(request) => next.run(request).await,
            Err(problem) => Refused::from(problem).into_response(),
        }
    };
    match response.extensions().get::<Refused>() {
        Some(refused) if response.status() == axum::http::StatusCode::NOT_FOUND => refused.clone().at(&path).into_response(),
        _ => response,
    }
}
