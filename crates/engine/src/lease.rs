//! This process's life and what it owns. It renews one row; its leases are valid with it.

use std::collections::BTreeMap;
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
    held: Mutex<BTreeMap<String, Lease>>,
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

    /// The lease on a resource, if it is ours or can be.
    pub(crate) async fn acquire(&self, resource: &str) -> Result<Option<Lease>> {
        if let Some(lease) = self.held().get(resource) {
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
                Box::pin(async move { store::lease::acquire(tx, &name, node, now, alone).await })
            })
            .await?;
        if let Some(lease) = &lease {
            self.held().insert(resource.to_owned(), lease.clone());
        }
        Ok(lease)
    }

    pub(crate) fn lost_lease(&self, resource: &str) {
        self.held().remove(resource);
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

    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Lease>> {
        self.0.leases.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
