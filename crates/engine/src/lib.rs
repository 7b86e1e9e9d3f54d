//! The corridor: load → decide → commit → deliver; timers, outside work and the outbound sender. The only crate that knows more than one room.
//!
//! Invariants: nothing is shown, answered or sent before its commit; a commit holds state, events, jobs and outbox together;
//! the conversation is the unit of order, the workspace's router the unit of routing, and the two talk through rows;
//! every commit under a lease writes the lease row. Actors have no loops of their own: each is `…_once`, driven by [`run`] or by a test.
//! It does not know HTTP status codes, cookies, sockets or SQL.

mod asked;
mod breaker;
mod callback;
mod catch_up;
mod channel_options;
pub mod clock;
mod config;
mod crash;
mod credential;
mod crypto;
mod deleted;
mod dispatch;
mod doctor;
mod errand;
mod files;
mod fit;
mod hints;
mod lease;
mod line;
mod logo;
pub mod once;
mod outside;
mod people;
mod picture;
mod preview;
mod publish;
mod receive;
mod rekey;
mod remote;
mod retention;
mod route;
pub mod run;
mod search;
mod secrets;
mod send;
mod sticker;
mod tell;
mod templates;
mod turn;
mod watch;
mod webhook;
mod write;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use connectors::Connector;
use db::Db;
use model::{Ids, NodeId, Timestamp};

pub use callback::{Fields, auth_token_about, event_resource, said};
pub use channel_options::{ChannelOption, GoOn, Onward};
pub use clock::Clock;
pub use config::{BotFactRow, BotQuestionRow, Config, secrets_about, task_channel_of};
pub use crash::{crash_points, rotation_point, set_crash_point};
pub use crypto::{DataKeys, MasterKey, Vault, open, seal};
pub use deleted::{KEPT_DAYS, NotDeleted, Waiting, bring_back, deleted_workspaces};
pub use dispatch::{Outgoing, OutgoingLetter, Outward, Sent, World};
pub use doctor::{AccountProblem, CheckLine};
pub use files::{FileCopy, FileRefused, Files, MAX_FILE_BYTES, StoredFile, Upload};
pub use hints::Hints;
pub use line::OpenLine;
pub use logo::{LogoRefused, MAX_LOGO_BYTES, MAX_LOGO_SIDE, MIN_LOGO_SIDE, draw_logo};
pub use once::{Key, Once, Request};
pub use people::{Claims, JoinRefused, ProofRefused, join, undo_join};
pub use preview::{Draft, Preview};
pub use publish::{Published, Signal};
pub use receive::{Intake, ReadAgain, ReadAll, ReceiveError, ShownBytes, unsealed_bytes};
pub use rekey::{Rekeying, Resealed};
pub use route::Answered;
pub use search::{Found, tokens};
pub use templates::{TemplateRefused, fill};
pub use webhook::{
    LIVES_S as WEBHOOK_LIVES_S, WebhookSecret, problem as webhook_problem, signature as webhook_signature, webhook_secret_about,
};
pub use write::{Complete, CompleteRefused, WriteMessage};

/// Where the installation's doors are, without a trailing slash.
#[derive(Debug, Clone)]
pub struct Origins {
    pub public: String,
    pub webchat: String,
    pub files: String,
}

pub struct Options {
    pub db: Db,
    pub files: Files,
    pub vault: Vault,
    pub clock: Arc<dyn Clock>,
    pub connectors: &'static [&'static dyn Connector],
    pub origins: Origins,
    /// Does what only the edge can: outgoing requests.
    pub world: Arc<dyn World>,
    /// Seeds the ids; from the operating system in production, fixed in tests.
    pub seed: u64,
    /// This process alone uses the database: take-over at once.
    pub alone: bool,
}

#[derive(Clone)]
pub struct Engine(Arc<Inner>);

pub(crate) struct Inner {
    pub db: Db,
    pub files: Files,
    pub vault: Vault,
    pub clock: Arc<dyn Clock>,
    pub connectors: &'static [&'static dyn Connector],
    pub origins: Origins,
    pub world: Arc<dyn World>,
    pub node: NodeId,
    pub alone: bool,
    seed: u64,
    drawn: AtomicU64,
    configs: Mutex<BTreeMap<i64, Arc<Config>>>,
    /// Counts every change of any configuration.
    config_changes: AtomicU64,
    reading_config: tokio::sync::Mutex<()>,
    pub hints: hints::Bell,
    /// Held while an input that may be poison is tried.
    pub trial: tokio::sync::Mutex<()>,
    pub door: receive::Door,
    pub ear: watch::Ear,
    pub publisher: publish::Publisher,
    pub routers: route::Routers,
    pub leases: lease::Leases,
    pub senders: send::Senders,
    pub told: tell::Told,
    /// Outcomes of sends that are written at the same time.
    pub settling: tokio::sync::Semaphore,
    /// Pictures of stickers that are fetched at the same time.
    pub sticker_fetches: tokio::sync::Semaphore,
    /// Who makes a picture for a channel.
    pub fittings: Arc<tokio::sync::Semaphore>,
    stopping: AtomicBool,
}

impl Engine {
    pub fn new(options: Options) -> Self {
        let now = options.clock.now();
        let node = Ids::new(now, options.seed).next();
        let settling = tokio::sync::Semaphore::new(send::settling_at_once(options.db.engine()));
        Self(Arc::new(Inner {
            db: options.db,
            files: options.files,
            vault: options.vault,
            clock: options.clock,
            connectors: options.connectors,
            origins: options.origins,
            world: options.world,
            node,
            alone: options.alone,
            seed: options.seed,
            drawn: AtomicU64::new(0),
            configs: Mutex::default(),
            config_changes: AtomicU64::new(0),
            reading_config: tokio::sync::Mutex::default(),
            trial: tokio::sync::Mutex::default(),
            hints: hints::Bell::default(),
            door: receive::Door::default(),
            ear: watch::Ear::default(),
            publisher: publish::Publisher::default(),
            routers: route::Routers::default(),
            leases: lease::Leases::default(),
            senders: send::Senders::default(),
            told: tell::Told::default(),
            settling,
            sticker_fetches: tokio::sync::Semaphore::new(sticker::AT_ONCE),
            fittings: Arc::new(tokio::sync::Semaphore::new(1)),
            stopping: AtomicBool::new(false),
        }))
    }

    pub fn db(&self) -> &Db {
        &self.0.db
    }
    pub fn files(&self) -> &Files {
        &self.0.files
    }
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }
    pub fn connectors(&self) -> &'static [&'static dyn Connector] {
        self.0.connectors
    }
    pub fn connector(&self, kind: &str) -> Result<&'static dyn Connector> {
        connectors::find(self.0.connectors, kind).ok_or_else(|| anyhow::anyhow!("no connector speaks {kind}"))
    }
    /// Whether requests to this address are refused, as far as it is written out: a private network, this machine.
    pub fn refuses(&self, url: &str) -> bool {
        self.0.world.refuses(url)
    }
    pub fn origins(&self) -> &Origins {
        &self.0.origins
    }
    pub fn node(&self) -> NodeId {
        self.0.node
    }
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
    /// A fresh generator; its copies repeat it.
    pub fn ids(&self) -> Ids {
        let draw = self.0.drawn.fetch_add(1, Ordering::Relaxed);
        Ids::new(self.now(), self.0.seed ^ draw.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }
    /// A planned stop: no new work is claimed.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        self.0.hints.ring(&Hints::everything());
    }
    pub fn stopping(&self) -> bool {
        self.0.stopping.load(Ordering::SeqCst)
    }
}
