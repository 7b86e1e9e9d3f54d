//! Nodes and leases. Expiry decides who may try; the epoch, checked by writing the row, decides who may write.

use anyhow::{Result, bail};
use db::{Tx, params, sql};
use model::{NodeId, Timestamp};
use uuid::Uuid;

/// Proof of ownership, carried by every commit under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub resource: String,
    pub node: NodeId,
    pub epoch: i64,
}

/// Somebody else owns the resource now: drop what was held in memory and write nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fenced {
    pub resource: String,
}

impl std::fmt::Display for Fenced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the lease {} belongs to another process now", self.resource)
    }
}

impl std::error::Error for Fenced {}

/// Writes the lease row; fails with [`Fenced`] when it is no longer ours. Must be the first write of its transaction.
pub async fn fence(tx: &mut Tx<'_>, lease: &Lease) -> Result<()> {
    let held = tx
        .exec(
            sql!("UPDATE lease SET commit_no = commit_no + 1 WHERE resource = $1 AND node_id = $2 AND epoch = $3"),
            params![lease.resource.as_str(), lease.node.0, lease.epoch],
        )
        .await?;
    if held != 1 {
        bail!(Fenced { resource: lease.resource.clone() });
    }
    Ok(())
}

/// Says that this process lives until `expires_at`.
pub async fn renew(tx: &mut Tx<'_>, node: NodeId, now: Timestamp, expires_at: Timestamp) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO node (id, started_at, expires_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at"),
        params![node.0, now.micros(), expires_at.micros()],
    )
    .await?;
    Ok(())
}

/// Takes the lease if it is free, ours, or its node is overdue (`takeover` takes it in any case). `None` = somebody else's.
pub async fn acquire(tx: &mut Tx<'_>, resource: &str, node: NodeId, now: Timestamp, takeover: bool) -> Result<Option<Lease>> {
    let row = tx
        .opt(
            sql!("SELECT lease.node_id, lease.epoch, node.expires_at FROM lease LEFT JOIN node ON node.id = lease.node_id WHERE lease.resource = $1"),
            params![resource],
        )
        .await?;
    let Some(row) = row else {
        let made = tx
            .exec(
                sql!("INSERT INTO lease (resource, node_id, epoch, commit_no) VALUES ($1, $2, 1, 0) ON CONFLICT (resource) DO NOTHING"),
                params![resource, node.0],
            )
            .await?;
        return Ok((made == 1).then(|| Lease { resource: resource.to_owned(), node, epoch: 1 }));
    };
    let (holder, epoch, expires): (Uuid, i64, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
    if holder == node.0 {
        return Ok(Some(Lease { resource: resource.to_owned(), node, epoch }));
    }
    let overdue = expires.is_none_or(|at| at < now.micros());
    if !overdue && !takeover {
        return Ok(None);
    }
    let taken = tx
        .exec(sql!("UPDATE lease SET epoch = epoch + 1, node_id = $2 WHERE resource = $1 AND epoch = $3"), params![resource, node.0, epoch])
        .await?;
    Ok((taken == 1).then(|| Lease { resource: resource.to_owned(), node, epoch: epoch + 1 }))
}

/// Gives everything back at a planned stop.
pub async fn release(tx: &mut Tx<'_>, node: NodeId) -> Result<()> {
    tx.exec(sql!("UPDATE node SET expires_at = 0 WHERE id = $1"), params![node.0]).await?;
    Ok(())
}

/// Nodes that are overdue.
pub async fn overdue(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<NodeId>> {
    let rows = tx.all(sql!("SELECT id FROM node WHERE expires_at < $1"), params![now.micros()]).await?;
    rows.iter().map(|row| Ok(NodeId(row.get(0)?))).collect()
}

/// Whether any process lives on this database.
pub async fn anybody(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
    Ok(tx.one(sql!("SELECT count(*) FROM node WHERE expires_at >= $1"), params![now.micros()]).await?.get::<i64>(0)? > 0)
}

/// Forgets a dead node, once its leases and connections are taken over.
pub async fn forget(tx: &mut Tx<'_>, node: NodeId) -> Result<()> {
    tx.exec(sql!("DELETE FROM node WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM lease WHERE node_id = $1)"), params![node.0]).await?;
    Ok(())
}
