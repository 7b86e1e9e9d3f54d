//! HTTP in front of the engine: one file per resource, extractors that authorise, views as the web apps read them, OpenAPI.
//! The only crate that knows our API's status codes.
//!
//! Invariants: a handler's signature names the permission it needs; the workspace comes from membership or grant, never from input;
//! what is not yours is not there; a write happens once per request key; secrets go in and never come out.
//! It does not know how things are routed, sent or stored: it asks the engine, and reads rows for its views.

pub mod access;
mod agents;
pub mod bootstrap;
mod change;
mod connection;
mod dispatch;
pub mod files;
pub mod frame;
pub mod inbound;
mod input;
mod intake;
mod logo;
pub mod metrics;
mod openapi;
pub mod origin;
mod page;
pub mod presence;
pub mod problem;
mod refusal;
pub mod resource;
mod serve;
pub mod stream;
mod tally;
#[cfg(test)]
mod tests;
pub mod view;
pub mod web;
pub mod webchat;

use std::net::IpAddr;
use std::sync::Arc;

use engine::{Engine, Origins};

pub use access::{Caller, Signed, may};
pub use change::{Answer, Ledger, noted};
pub use dispatch::{Doors, Mount};
pub use input::{Body, Id, Query, callback};
pub use intake::{BODY_LIMIT, prepare};
pub use openapi::openapi;
pub use origin::Door;
pub use page::{Items, Page};
pub use problem::Problem;
pub use refusal::{file as file_refusal, message as message_refusal};
pub use serve::{ServerConfig, serve};

/// What handlers share; cheap to clone.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    engine: Engine,
    config: Config,
    metrics: metrics::Metrics,
    presence: presence::Presence,
    tallies: tally::Tallies,
    closing: tokio::sync::watch::Sender<bool>,
}

/// How the outside reaches us.
#[derive(Debug, Clone)]
pub struct Config {
    pub origins: Origins,
    /// Further hosts of the desk, each with its own cookie: the demo's people.
    pub demo_hosts: Vec<String>,
    /// Peers whose X-Forwarded-* headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Server {
    pub fn new(engine: Engine, config: Config) -> Self {
        Self(Arc::new(Inner {
            engine,
            config,
            metrics: metrics::Metrics::default(),
            presence: presence::Presence::default(),
            tallies: tally::Tallies::default(),
            closing: tokio::sync::watch::Sender::new(false),
        }))
    }
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }
    pub fn config(&self) -> &Config {
        &self.0.config
    }
    pub fn metrics(&self) -> &metrics::Metrics {
        &self.0.metrics
    }
    /// Turns true when the server drains: sockets say good-bye then.
    pub fn closing(&self) -> tokio::sync::watch::Receiver<bool> {
        self.0.closing.subscribe()
    }
    pub(crate) fn close(&self) {
        self.0.closing.send_replace(true);
    }
    /// What happened today, for boards.
    pub(crate) fn tallies(&self) -> &tally::Tallies {
        &self.0.tallies
    }
    /// Which visitors' browsers hang on this process.
    pub fn presence(&self) -> &presence::Presence {
        &self.0.presence
    }
}
