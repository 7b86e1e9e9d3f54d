//! Twilio's REST API in front of the same engine, so that the official SDKs work with nothing changed but where they send.
//! A translation, no logic of its own: forms become the router's commands, rows become Twilio's documents, refusals Twilio's errors.
//!
//! Invariants: the workspace comes from the path and the key's grant, never from a parameter; what is not yours is not there;
//! a parameter that we do not know, or cannot follow yet, is refused by name and never dropped in silence;
//! nothing is kept here, so what the SDK makes is in the admin at once and the other way round.
//! It does not know how tasks are routed or stored, nor who may do what: the server's callers and the engine's commands say so.

mod asked;
mod date;
mod door;
mod facts;
mod form;
mod page;
mod parameter;
mod place;
mod refused;
mod resource;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use server::Server;

pub use refused::Refused;

/// Where TaskRouter is; the SDKs append `/v1/…` to what stands before it.
pub const TASKROUTER: &str = "/twilio/taskrouter/v1";

/// Everything below `/twilio/`.
pub fn routes(server: &Server) -> Router<Server> {
    Router::new()
        .nest(TASKROUTER, resource::routes())
        .route("/twilio/{*rest}", any(|| async { Refused::not_found() }))
        .method_not_allowed_fallback(|| async { Refused::wrong_method() })
        .layer(from_fn_with_state(server.clone(), door::door))
}
