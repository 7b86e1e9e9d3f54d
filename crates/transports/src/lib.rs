//! Sockets that are no HTTP request: mailboxes by IMAP, letters by SMTP, gateways. It carries bytes; what they mean stands in `connectors`.
//!
//! Invariants: every connection is dialled through `egress`, which checks the address; a line is held by the process that owns its
//! channel account; a mail is handed on to the engine, and its commit awaited, before the next one is fetched.
//! It knows no channel, no conversation and no row.

mod gateway;
mod letter;
mod mailbox;
mod post;
mod supervisor;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use async_trait::async_trait;
use bytes::Bytes;
use connectors::{Door, Line, Reply};
use egress::Egress;
use engine::{Engine, Outgoing, OutgoingLetter, Sent, World};
use model::ChannelAccountId;
use tokio::sync::mpsc;

pub use letter::render;

/// The way out for everything: requests by what it was made with, letters and frames by its own sockets. Clones are one.
#[derive(Clone)]
pub struct Carrier(Arc<Inner>);

struct Inner {
    requests: Arc<dyn World>,
    egress: Egress,
    tls: wire::Tls,
    gateways: Mutex<BTreeMap<ChannelAccountId, mpsc::Sender<Bytes>>>,
}

impl Carrier {
    /// `extra_roots` are certificates (DER) trusted beside the system's.
    ///
    /// # Errors
    /// When none of the system's certificates can be read, or an extra one is none.
    pub fn new(requests: Arc<dyn World>, egress: Egress, extra_roots: &[Vec<u8>]) -> Result<Self> {
        let tls = wire::Tls::new(extra_roots).context("reading the system's certificates")?;
        Ok(Self(Arc::new(Inner { requests, egress, tls, gateways: Mutex::default() })))
    }

    /// Keeps the lines of all accounts open that this process owns; returns soon after [`Engine::stop`].
    pub async fn run(&self, engine: Engine) {
        supervisor::run(self, engine).await;
    }

    pub(crate) fn egress(&self) -> &Egress {
        &self.0.egress
    }
    pub(crate) fn tls(&self) -> &wire::Tls {
        &self.0.tls
    }
    /// Frames for an account's gateway go here from now on; `None` = its socket closed.
    pub fn put_gateway(&self, account: ChannelAccountId, frames: Option<mpsc::Sender<Bytes>>) {
        let mut gateways = self.0.gateways.lock().unwrap_or_else(PoisonError::into_inner);
        match frames {
            Some(frames) => gateways.insert(account, frames),
            None => gateways.remove(&account),
        };
    }
}

#[async_trait]
impl World for Carrier {
    async fn request(&self, request: Outgoing) -> Sent {
        self.0.requests.request(request).await
    }
    fn refuses(&self, url: &str) -> bool {
        self.0.requests.refuses(url)
    }
    async fn post(&self, letter: OutgoingLetter) -> Reply {
        post::post(self, letter).await
    }
    async fn knock(&self, door: Door) -> Reply {
        match door {
            Door::Line(Line::Mailbox(mailbox)) => mailbox::knock(self, &mailbox).await,
            Door::Line(Line::Gateway(gateway)) => gateway::knock(self, &gateway).await,
            Door::Post(server) => post::knock(self, &server).await,
        }
    }
    async fn frame(&self, account: ChannelAccountId, frame: Bytes) -> Reply {
        let gateway = self.0.gateways.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        match gateway {
            Some(gateway) if gateway.try_send(frame).is_ok() => Reply::Http { status: 200, headers: vec![], body: vec![] },
            _ => Reply::NotSent("the channel's gateway is not connected".into()),
        }
    }
}
