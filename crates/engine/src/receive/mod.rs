//! The door for what comes in: verify on raw bytes, parse, journal, commit; then the turn.

mod again;
mod aside;
mod claims;
mod door;
mod shown;

use std::sync::Arc;

use anyhow::{Context, Result};
use connectors::{AccountKey, Answer, Batch, Cursor, Incoming, Received, Recipient, Step};
use db::{BoxFuture, Tx};
use model::{ChannelAccountId, ChannelAppId, DeliveryId, Inbound, Lane, Message, Timestamp};

use crate::crash;
use crate::turn::{Command, Scope, Turned};
use crate::{Config, Engine, Hints};

pub use again::{ReadAgain, ReadAll};
pub(crate) use door::Door;
pub use shown::{ShownBytes, unsealed_bytes};

/// Above this many waiting lanes only the journal is written at the door, and the turns come in their own time.
const MAX_INLINE: usize = 8;

/// What the door answers.
#[derive(Debug)]
pub struct Intake {
    pub answer: Answer,
    /// Events that were new.
    pub fresh: usize,
    /// The message that was made of it, where the turn ran with the journal and made one.
    pub message: Option<Message>,
}

#[derive(Debug)]
pub enum ReceiveError {
    /// Not genuine.
    Rejected(&'static str),
    NotFound,
    /// The account is switched off.
    Disabled,
    /// Nothing was kept; ask again later.
    Busy(anyhow::Error),
}

impl Engine {
    /// Takes a request or frame for one channel account. Returns after the commit.
    pub async fn receive(&self, ws: i64, id: ChannelAccountId, incoming: Incoming<'_>) -> Result<Intake, ReceiveError> {
        crash::point("webhook.read");
        let config = self.config(ws).await.map_err(ReceiveError::Busy)?;
        let account = config.accounts.get(&id).cloned().ok_or(ReceiveError::NotFound)?;
        if !account.enabled {
            return Err(ReceiveError::Disabled);
        }
        let connector = self.connector(&account.kind).map_err(ReceiveError::Busy)?;
        let now = self.now();
        let mut received =
            connector.receive(&Recipient::Account(&account), &incoming, now).map_err(|rejected| ReceiveError::Rejected(rejected.why))?;
        self.grant_claims(ws, id, connector.address_kind(), &mut received).await.map_err(ReceiveError::Busy)?;
        crash::point("webhook.verified");
        let raw = Raw::of(&incoming);
        let (typing, health) = (received.typing.clone(), received.health.clone());
        let intake = self.keep(ws, id, received, raw).await.map_err(ReceiveError::Busy)?;
        self.hear_aside(ws, id, typing, health).await;
        Ok(intake)
    }

    /// Takes an app-level webhook: one URL that brings events for several channel accounts.
    pub async fn receive_app(&self, app: ChannelAppId, incoming: Incoming<'_>) -> Result<Intake, ReceiveError> {
        let found = self.0.db.read(move |tx| {
            Box::pin(async move {
                let Some((channel, sealed)) = store::channel::app(tx, app).await? else { return Ok(None) };
                Ok(Some((channel, sealed, store::channel::by_app(tx, app).await?)))
            })
        });
        let (channel, sealed, routes) = found.await.map_err(ReceiveError::Busy)?.ok_or(ReceiveError::NotFound)?;
        let connector = self.connector(&channel).map_err(ReceiveError::Busy)?;
        let clear = self.0.vault.open_under_master(&format!("channel_app:{app}:secrets"), &sealed).map_err(ReceiveError::Busy)?;
        let secrets = serde_json::from_slice(&clear).context("an app's secrets").map_err(ReceiveError::Busy)?;
        let mut accounts = Vec::new();
        for (_, ws, id) in &routes {
            let config = self.config(*ws).await.map_err(ReceiveError::Busy)?;
            accounts.extend(config.accounts.get(id).cloned());
        }
        let borrowed: Vec<&model::ChannelAccount> = accounts.iter().map(AsRef::as_ref).collect();
        let url = format!("{}/in/{channel}/app/{app}", self.0.origins.public);
        let to = Recipient::App { secrets: &secrets, url: &url, accounts: &borrowed };
        let received = connector.receive(&to, &incoming, self.now()).map_err(|rejected| ReceiveError::Rejected(rejected.why))?;
        let raw = Raw::of(&incoming);
        let route = |key: &AccountKey| match key {
            AccountKey::Provider(key) => routes.iter().find(|(provider, _, _)| provider == key),
            AccountKey::This => None,
        };
        let stranger = received.batches.iter().find(|batch| route(&batch.account).is_none());
        let problem =
            received.unreadable.or_else(|| stranger.map(|batch| format!("no channel account is connected for {:?}", batch.account)));
        // The bytes hold several tenants' events, so they stay outside of the workspaces, under the app's key.
        self.keep_app(app, &raw, problem).await.map_err(ReceiveError::Busy)?;
        let (mut then, mut cursors) = (received.then, received.cursors);
        let mut fresh = 0;
        for batch in received.batches {
            let Some((_, ws, id)) = route(&batch.account) else { continue };
            let part = Received {
                answer: received.answer.clone(),
                batches: vec![Batch { account: AccountKey::This, events: batch.events }],
                then: std::mem::take(&mut then),
                cursors: std::mem::take(&mut cursors),
                ..Received::default()
            };
            fresh += self.keep(*ws, *id, part, Raw::none()).await.map_err(ReceiveError::Busy)?.fresh;
        }
        Ok(Intake { answer: received.answer, fresh, message: None })
    }

    async fn keep_app(&self, app: ChannelAppId, raw: &Raw, problem: Option<String>) -> Result<()> {
        let id: DeliveryId = self.ids().next();
        let sealed = self.0.vault.seal_under_master(&format!("app_delivery:{id}"), &raw.body)?;
        let (headers, now) = (raw.headers.clone(), self.now());
        self.0
            .db
            .write(move |tx| {
                let (sealed, headers, problem) = (sealed.clone(), headers.clone(), problem.clone());
                Box::pin(async move { store::journal::keep_app(tx, app, id, sealed, &headers, problem, now).await })
            })
            .await
    }

    /// Journals what a connector understood and, where the queue is short, runs the turn in the same group commit.
    pub(crate) async fn keep(&self, ws: i64, account: ChannelAccountId, received: Received, raw: Raw) -> Result<Intake> {
        let (answer, cursors, unreadable) = (received.answer, received.cursors, received.unreadable);
        let steps = received.then;
        let mut ids = self.ids();
        let now = self.now();
        let delivery: DeliveryId = ids.next();
        let config = self.config(ws).await?;
        let masks = config.workspace.settings.mask_secrets;
        let quarantined = unreadable.is_some();
        let events: Vec<Inbound> = received
            .batches
            .into_iter()
            .flat_map(|batch| batch.events)
            .map(|mut arrived| {
                if masks {
                    messaging::mask(&mut arrived.event);
                }
                arrived
            })
            .map(|arrived| arrived.into_inbound(account, delivery, now, &mut ids))
            .collect();
        if events.is_empty() && unreadable.is_none() && cursors.is_empty() {
            steps.into_iter().for_each(|step| self.spawn_step(ws, account, step));
            return Ok(Intake { answer, fresh: 0, message: None });
        }
        let sealed = config.seal(&format!("delivery:{delivery}"), &raw.body)?;
        let row = store::journal::Delivery {
            id: delivery,
            channel_account_id: account,
            sealed,
            headers: raw.headers.clone(),
            received_at: now,
            quarantined: unreadable,
        };
        let mut lanes: Vec<Lane> = events.iter().map(Inbound::lane).collect();
        lanes.sort();
        lanes.dedup();
        let journal = Arc::new(Journal { kept: (row, events), cursors });
        // A turn on PostgreSQL may have to wait for a lock, so there it is a commit of its own, after the answer.
        let (fresh, turned) = match self.0.db.engine() {
            db::Engine::Postgres => (self.journal_together(ws, journal).await?, None),
            db::Engine::Sqlite if lanes.is_empty() || lanes.len() > MAX_INLINE => {
                (self.0.db.write(journal_job(ws, vec![journal])).await?.into_iter().sum(), None)
            }
            db::Engine::Sqlite => {
                let turns = self.turn_job(config.clone(), lanes.clone(), None, false);
                let (fresh, turned) = self.0.db.write_pair(journal_job(ws, vec![journal]), turns).await?;
                (fresh.into_iter().sum(), Some(turned))
            }
        };
        crash::point("webhook.committed");
        // A list of what is known already, or a repeat, says nothing of how the account is.
        if fresh > 0 || quarantined {
            self.hear(ws, account).await;
        }
        // Our own client waits for what became of its words, so there the turn is not left to others.
        let turned = match turned {
            None if fresh > 0 && raw.ours => Some(self.0.db.write(self.turn_job(config.clone(), lanes.clone(), None, false)).await),
            turned => turned,
        };
        let mut hints = Hints::default();
        let mut message = None;
        match turned {
            Some(Ok(turned)) => {
                crash::point("turn.committed");
                message = turned.message;
                hints.merge(turned.hints);
                hints.lanes.extend(turned.suspects.into_iter().map(|(_, lane)| (ws, lane)));
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "a turn failed at the door; its events wait for the next one");
                self.turn_failed(ws, &lanes).await;
            }
            None if fresh > 0 => hints.lanes.extend(lanes.into_iter().map(|lane| (ws, lane))),
            None => {}
        }
        self.ring(&hints);
        for step in steps {
            self.spawn_step(ws, account, step);
        }
        Ok(Intake { answer, fresh, message })
    }

    /// A request that a delivery asked for right away, e.g. an acknowledgement; it is dropped on failure.
    fn spawn_step(&self, ws: i64, account: ChannelAccountId, step: Step) {
        let engine = self.clone();
        tokio::spawn(async move {
            let Ok(config) = engine.config(ws).await else { return };
            let Some(account) = config.accounts.get(&account) else { return };
            if let Err(error) = engine.other_step(ws, account, step).await {
                tracing::debug!(%error, account = %account.id, "a step that a delivery asked for was not done");
            }
        });
    }

    /// The job that turns lanes, as a closure the writer can run.
    pub(crate) fn turn_job(
        &self,
        config: Arc<Config>,
        lanes: Vec<Lane>,
        command: Option<Arc<Command>>,
        counted: bool,
    ) -> impl for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Turned>> + Send + Sync + 'static {
        let (connectors, now, ids) = (self.0.connectors, self.now(), self.ids());
        let lanes = Arc::new(lanes);
        move |tx| {
            let (config, lanes, command, mut ids) = (config.clone(), lanes.clone(), command.clone(), ids.clone());
            Box::pin(async move {
                let scope = Scope { config: &config, connectors, now, counted };
                let mut all = Turned::default();
                let mut next = lanes.to_vec();
                loop {
                    let turned = crate::turn::turns(tx, &scope, &next, command.as_deref(), &mut ids).await?;
                    all.hints.merge(turned.hints);
                    all.used += turned.used;
                    all.suspects.extend(turned.suspects);
                    all.message = turned.message.or(all.message);
                    all.refused = turned.refused.or(all.refused);
                    next = turned.later;
                    if next.is_empty() {
                        break;
                    }
                    // Locks are taken in one order, and the stream's is the last one: what comes after it is a transaction of its own.
                    if tx.engine() == db::Engine::Postgres {
                        all.hints.lanes.extend(next.into_iter().map(|lane| (config.ws(), lane)));
                        break;
                    }
                }
                Ok(all)
            })
        }
    }

    /// Rings the actors' bells after a commit.
    pub fn ring(&self, hints: &Hints) {
        if !hints.is_empty() {
            self.0.hints.ring(hints);
        }
    }
}

/// A delivery with its events, and the positions at the provider that it brought.
struct Journal {
    kept: (store::journal::Delivery, Vec<Inbound>),
    cursors: Vec<Cursor>,
}

/// The job that keeps deliveries, as a closure the writer can run; it answers how many events of each were new.
fn journal_job(
    ws: i64,
    journals: Vec<Arc<Journal>>,
) -> impl for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Vec<usize>>> + Send + Sync + 'static {
    move |tx| {
        let journals = journals.clone();
        Box::pin(async move {
            let kept: Vec<_> = journals.iter().map(|journal| &journal.kept).collect();
            let fresh = store::journal::keep(tx, ws, &kept).await?;
            let of = |journal: &Arc<Journal>| {
                let account = journal.kept.0.channel_account_id;
                journal.cursors.iter().cloned().map(move |cursor| (account, cursor)).collect::<Vec<_>>()
            };
            let cursors: Vec<(ChannelAccountId, Cursor)> = journals.iter().flat_map(of).collect();
            let cursors = cursors.iter().map(|(account, cursor)| (*account, cursor.key.as_str(), cursor.value.as_str()));
            store::channel::put_cursors(tx, ws, cursors).await?;
            Ok(fresh)
        })
    }
}

/// The exact bytes and the headers worth keeping.
#[derive(Clone)]
pub(crate) struct Raw {
    body: Vec<u8>,
    headers: String,
    /// Written by a client of ours.
    ours: bool,
}

impl Raw {
    pub fn of(incoming: &Incoming<'_>) -> Self {
        match incoming {
            Incoming::Request { method, target, headers, body } => {
                let shown: Vec<(&str, &str)> = headers
                    .iter()
                    .filter(|(name, _)| !matches!(name.to_ascii_lowercase().as_str(), "authorization" | "cookie"))
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                let headers = serde_json::json!({ "method": method, "target": target, "headers": shown }).to_string();
                Self { body: body.to_vec(), headers, ours: false }
            }
            Incoming::Frame { from, body } => {
                Self { body: body.to_vec(), headers: serde_json::json!({ "frame": from }).to_string(), ours: true }
            }
            // Its turn is done before the next one is fetched, which may answer it.
            Incoming::Mail { id, body, came_at, whole } => {
                let headers = serde_json::json!({ "mail": id, "came_at": came_at.map(Timestamp::micros), "whole": whole });
                Self { body: body.to_vec(), headers: headers.to_string(), ours: true }
            }
        }
    }
    pub fn none() -> Self {
        Self { body: vec![], headers: "{}".into(), ours: false }
    }
}
