//! This process's life and what it owns. It renews one row; its leases are valid with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use anyhow::Result;
use model::Timestamp;
use store::lease::Lease;

use crate::Engine;

/// How long a node counts as alive after it last said so, in seconds.
pub const VALID_S: i64 = 6;
/// How often it says so.
pub const RENEW_S: i64 = 2;

#[derive(Default)]
pub(crate) struct Leases {
    /// Each with the workspace it is of, if it is of one.
    held: Mutex<BTreeMap<String, (Option<i64>, Lease)>>,
    alive_until: Mutex<Option<Timestamp>>,
}

impl Engine {
    /// Says that this process lives. Until the first time nothing can be owned.
    pub async fn renew(&self) -> Result<()> {
        let (node, started) = (self.0.node, self.now());
        let now = self.lease_time().await?;
        let until = now.plus_secs(VALID_S);
        self.0.db.write(move |tx| Box::pin(async move { store::lease::renew(tx, node, now, until).await })).await?;
        // Counted from before the write on our own clock: being early is safe.
        *self.0.leases.alive_until.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(started.plus_secs(VALID_S));
        Ok(())
    }

    /// Whether the last renewal still holds for at least `margin_s` more seconds.
    pub(crate) fn alive(&self, margin_s: i64) -> bool {
        let until = *self.0.leases.alive_until.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        until.is_some_and(|until| self.now().plus_secs(margin_s) < until)
    }

    /// Nodes compare their lives by the database's clock; alone, by our own.
    async fn lease_time(&self) -> Result<Timestamp> {
        if self.0.alone { Ok(self.now()) } else { Ok(Timestamp::from_micros(self.0.db.time().await?)) }
    }

    /// The lease on a resource of a workspace, if it is ours or can be. Of a deleted one nobody has any.
    pub(crate) async fn acquire(&self, ws: i64, resource: &str) -> Result<Option<Lease>> {
        self.acquire_of(Some(ws), resource).await
    }

    /// The lease on a resource that is of no workspace.
    pub(crate) async fn acquire_common(&self, resource: &str) -> Result<Option<Lease>> {
        self.acquire_of(None, resource).await
    }

    async fn acquire_of(&self, ws: Option<i64>, resource: &str) -> Result<Option<Lease>> {
        if let Some((_, lease)) = self.held().get(resource) {
            return Ok(Some(lease.clone()));
        }
        if self.stopping() || (!self.0.alone && !self.alive(1)) {
            return Ok(None);
        }
        let (name, node, alone) = (resource.to_owned(), self.0.node, self.0.alone);
        let now = self.lease_time().await?;
        let lease = self
            .0
            .db
            .write(move |tx| {
                let name = name.clone();
                Box::pin(async move {
                    // The lease row comes before the workspace's in the order of locks, and this read locks nothing: a deletion between
                    // the two is met by the epoch.
                    let lease = store::lease::acquire(tx, &name, node, now, alone).await?;
                    match ws {
                        Some(ws) if !store::deleted::stands(tx, ws).await? => Ok(None),
                        _ => Ok(lease),
                    }
                })
            })
            .await?;
        if let Some(lease) = &lease {
            self.held().insert(resource.to_owned(), (ws, lease.clone()));
        }
        Ok(lease)
    }

    pub(crate) fn lost_lease(&self, resource: &str) {
        self.held().remove(resource);
    }

    pub(crate) fn lost_leases(&self, ws: i64) {
        self.held().retain(|_, (of, _)| *of != Some(ws));
    }

    /// The workspaces that this process holds something of.
    pub(crate) fn held_workspaces(&self) -> BTreeSet<i64> {
        let leased: BTreeSet<i64> = self.held().values().filter_map(|(ws, _)| *ws).collect();
        leased.into_iter().chain(self.configured()).collect()
    }

    /// Takes over the desks of nodes that died: their workers' grace time begins.
    pub async fn bury_once(&self) -> Result<bool> {
        let now = self.lease_time().await?;
        let orphans = self.0.db.read(move |tx| Box::pin(async move { store::routing::orphaned_connections(tx, now).await })).await?;
        let any = !orphans.is_empty();
        for (ws, worker, node) in orphans {
            self.worker_left(ws, worker, node).await?;
        }
        Ok(any)
    }

    /// A planned stop: others may take over at once.
    pub async fn release(&self) -> Result<()> {
        self.release_routers().await;
        self.held().clear();
        let node = self.0.node;
        self.0.db.write(move |tx| Box::pin(async move { store::lease::release(tx, node).await })).await
    }

    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (Option<i64>, Lease)>> {
        self.0.leases.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
