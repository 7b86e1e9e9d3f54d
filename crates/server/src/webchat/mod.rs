//! The visitor's door. The loader on the site's page fetches a one-use ticket, where the browser tells the site's true origin;
//! the frame trades it for a session whose token travels as Bearer, never as a cookie.
//!
//! Invariants: a token opens one visitor on one channel; a visitor hears their own thread and never a private message;
//! what was sent is told only after its commit. This module decides nothing about conversations: the engine does.

#[cfg(test)]
#[path = "tests/bed.rs"]
pub(crate) mod bed;
mod chat;
mod flood;
mod form;
#[cfg(test)]
#[path = "tests/form.rs"]
mod form_tests;
mod identify;
mod lines;
mod message;
mod phone;
mod refusal;
mod session;
mod sighting;
pub mod site;
mod socket;
#[cfg(test)]
mod tests;
mod ticket;
pub mod tickets;
mod upload;
mod view;
mod watermark;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use engine::Engine;
use model::{ChannelAccountId, Timestamp, VisitorId};
use prometheus_client::metrics::gauge::Gauge;

pub(crate) use self::chat::Chat;
use self::flood::Floods;
use self::lines::Lines;
use self::tickets::Tickets;
use crate::Server;

/// Largest JSON body of a visitor, in bytes: a full text of four-byte characters, escaped, and its ids.
const JSON_BYTES: usize = 128 * 1024;

pub struct Webchat {
    engine: Engine,
    tickets: Tickets<ticket::Granted>,
    lines: Lines,
    sockets: Gauge,
    /// Tickets per address.
    starts: Floods<IpAddr>,
    messages: Floods<VisitorId>,
    uploads: Floods<VisitorId>,
    proofs: Floods<VisitorId>,
    forms: Floods<VisitorId>,
    /// What was noted of a channel's site last, and when.
    sighted: Mutex<HashMap<(ChannelAccountId, bool), (String, Timestamp)>>,
    /// Which workspace a channel account belongs to: it never moves.
    workspaces: Mutex<HashMap<ChannelAccountId, i64>>,
}

impl Webchat {
    pub fn new(server: &Server) -> Arc<Self> {
        Arc::new(Self {
            engine: server.engine().clone(),
            sockets: server.metrics().sockets("visitor"),
            tickets: Tickets::default(),
            lines: Lines::new(server.engine().clone(), server.presence().clone(), server.closing()),
            starts: Floods::default(),
            messages: Floods::default(),
            uploads: Floods::default(),
            proofs: Floods::default(),
            forms: Floods::default(),
            sighted: Mutex::default(),
            workspaces: Mutex::default(),
        })
    }
}

/// What is served below `/webchat` on the webchat origin.
pub fn routes<S: Clone + Send + Sync + 'static>(server: Server) -> Router<S> {
    let json = Router::new()
        .route("/webchat/{channel}/ticket", post(ticket::post).options(ticket::preflight))
        .route("/webchat/{channel}/session", post(session::post))
        .route("/webchat/{channel}/sign-out", post(session::sign_out))
        .route("/webchat/{channel}/messages", get(message::list).post(message::post))
        .route("/webchat/{channel}/ack", post(watermark::post))
        .route("/webchat/{channel}/identify", post(identify::post))
        .route("/webchat/{channel}/form", post(form::post))
        .route("/webchat/{channel}/phone", post(phone::send))
        .route("/webchat/{channel}/phone/confirm", post(phone::confirm))
        .route("/webchat/{channel}/socket", get(socket::open))
        .layer(DefaultBodyLimit::max(JSON_BYTES));
    let files = Router::new().route("/webchat/{channel}/files", post(upload::post)).layer(DefaultBodyLimit::max(upload::BODY_BYTES));
    json.merge(files).with_state(Webchat::new(&server))
}
