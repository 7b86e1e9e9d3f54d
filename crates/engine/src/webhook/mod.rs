//! Webhooks of ours: a follower of the stream makes a delivery an event for each that hears it, and each is brought there at least once.
//!
//! Invariants: what was made for an event has one id in every try; one process delivers for a workspace, under a lease, and what
//! a process does that lost it changes no row; a slow or failing endpoint holds up nobody but itself.

mod body;
mod deliver;
mod settle;
mod sign;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use model::{Event, Timestamp, WebhookId};
use store::webhook::{Delivery, DeliveryState};
use tokio::task::JoinSet;

use crate::Engine;

pub use settle::problem;
pub use sign::{WebhookSecret, signature, webhook_secret_about};

const PAGE: i64 = 500;
/// How long a delivery may wait for its endpoint in all, in seconds.
pub const LIVES_S: i64 = 3 * 86_400;
/// Between looks for new events and due tries.
const LOOK: Duration = Duration::from_millis(300);
/// Webhooks that are tried at the same time, over all workspaces.
const AT_ONCE: usize = 64;

/// What owns a workspace's webhooks.
fn resource(ws: i64) -> String {
    format!("follower:webhooks:{ws}")
}

impl Engine {
    /// The follower: cursor and deliveries in one commit, under a lease. True when it did something.
    pub async fn follow_webhooks_once(&self, ws: i64) -> Result<bool> {
        if !self.0.db.read(move |tx| Box::pin(async move { store::webhook::any_enabled(tx, ws).await })).await? {
            return Ok(false);
        }
        let Some(lease) = self.acquire(ws, &resource(ws)).await? else { return Ok(false) };
        let events = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    // While nobody listened the cursor stood still: what is older than every webhook is for none of them.
                    let heard = store::webhook::all(tx, ws).await?.into_iter().filter(|w| w.enabled).map(|w| w.from_seq).min();
                    let from = store::event::follower(tx, ws, "webhooks").await?.max(heard.unwrap_or(0));
                    store::event::after(tx, ws, from, PAGE).await
                })
            })
            .await?;
        let Some(last) = events.last().map(|event| event.seq) else { return Ok(false) };
        let (now, ids, name) = (self.now(), self.ids(), lease.resource.clone());
        let (lease, events) = (Arc::new(lease), Arc::new(events));
        let written = self
            .0
            .db
            .write(move |tx| {
                let (lease, events, mut ids) = (lease.clone(), events.clone(), ids.clone());
                Box::pin(async move {
                    store::lease::fence(tx, &lease).await?;
                    let mut made = Vec::new();
                    for webhook in store::webhook::all(tx, ws).await?.into_iter().filter(|webhook| webhook.enabled) {
                        let heard =
                            |event: &&Event| event.seq > webhook.from_seq && webhook.events.iter().any(|kind| kind == event.kind.code());
                        made.extend(events.iter().filter(heard).map(|event| fresh(ids.next(), webhook.id, event, now)));
                    }
                    store::webhook::insert_deliveries(tx, ws, &made).await?;
                    store::event::put_follower(tx, ws, "webhooks", last).await
                })
            })
            .await;
        if written.is_err() {
            self.lost_lease(&name);
        }
        written.map(|()| true)
    }

    /// One round of deliveries for every webhook with something due. True when something was tried.
    pub async fn deliver_webhooks_once(&self, ws: i64) -> Result<bool> {
        let due = self.webhooks_due(ws).await?;
        let rounds = due.into_iter().map(|id| self.deliver_once(ws, id));
        let done = futures::future::join_all(rounds).await;
        done.into_iter().try_fold(false, |any, one| Ok(any | one?))
    }

    /// Follows and delivers until the house stops: each webhook in a task of its own, so that a slow endpoint holds up only itself.
    pub(crate) async fn webhooks(&self) {
        let (mut tasks, mut busy, mut names) = (JoinSet::new(), BTreeSet::new(), HashMap::new());
        while !self.stopping() {
            while let Some(ended) = tasks.try_join_next_with_id() {
                let id = match ended {
                    Ok((id, ())) => id,
                    Err(error) => error.id(),
                };
                if let Some(name) = names.remove(&id) {
                    busy.remove(&name);
                }
            }
            match self.webhooks_to_try().await {
                Ok(due) => {
                    for (ws, id) in due {
                        if busy.len() >= AT_ONCE || !busy.insert((ws, id)) {
                            continue;
                        }
                        let engine = self.clone();
                        let task = tasks.spawn(async move { engine.deliver_all(ws, id).await });
                        names.insert(task.id(), (ws, id));
                    }
                }
                Err(error) => tracing::warn!(%error, "webhooks could not be followed; tried again in a moment"),
            }
            self.pause(LOOK).await;
        }
        // A try under way is told whoever comes next, under the same id.
        tasks.shutdown().await;
    }

    async fn webhooks_to_try(&self) -> Result<Vec<(i64, WebhookId)>> {
        let mut found = Vec::new();
        for ws in self.workspaces().await? {
            while self.follow_webhooks_once(ws).await? {}
            found.extend(self.webhooks_due(ws).await?.into_iter().map(|id| (ws, id)));
        }
        Ok(found)
    }

    async fn webhooks_due(&self, ws: i64) -> Result<Vec<WebhookId>> {
        let now = self.now();
        self.0.db.read(move |tx| Box::pin(async move { store::webhook::due(tx, ws, now).await })).await
    }

    async fn deliver_all(&self, ws: i64, id: WebhookId) {
        while !self.stopping() {
            match self.deliver_once(ws, id).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return tracing::warn!(webhook = %id, %error, "a webhook's deliveries failed; tried again in a moment"),
            }
        }
    }
}

fn fresh(id: model::WebhookDeliveryId, webhook_id: WebhookId, event: &Event, now: Timestamp) -> Delivery {
    Delivery {
        id,
        webhook_id,
        seq: event.seq,
        kind: event.kind.code().to_owned(),
        state: DeliveryState::Waiting,
        tries: 0,
        attempts: 0,
        next_at: now,
        expires_at: now.plus_secs(LIVES_S),
        made_at: now,
        ended_at: None,
        outcome: String::new(),
    }
}
