//! Codes sent to a number that a visitor says is theirs; kept as hashes.

use anyhow::Result;
use db::{Tx, params, sql};
use model::{Timestamp, VisitorId};
use uuid::Uuid;

use crate::WorkspaceNo;

pub struct Proof {
    pub id: Uuid,
    pub code_hash: Vec<u8>,
    pub tries: i64,
    pub created_at: Timestamp,
    pub used: bool,
}

/// How many codes went to this number since `since`.
pub async fn sent_since(tx: &mut Tx<'_>, ws: WorkspaceNo, number: &str, since: Timestamp) -> Result<i64> {
    let row = tx
        .one(
            sql!("SELECT count(*) FROM proof_code WHERE workspace_id = $1 AND external_id = $2 AND created_at > $3"),
            params![ws, number, since.micros()],
        )
        .await?;
    Ok(row.get(0)?)
}

pub async fn insert(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    id: Uuid,
    visitor: VisitorId,
    number: &str,
    code_hash: Vec<u8>,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO proof_code (workspace_id, id, visitor_id, channel, external_id, code_hash, tries, created_at, used_at) VALUES ($1, $2, $3, 'phone', $4, $5, 0, $6, NULL)"),
        params![ws, id, visitor.0, number, code_hash, now.micros()],
    )
    .await?;
    Ok(())
}

/// The newest code this visitor asked for on this number.
pub async fn newest(tx: &mut Tx<'_>, ws: WorkspaceNo, visitor: VisitorId, number: &str) -> Result<Option<Proof>> {
    let row = tx
        .opt(
            sql!("SELECT id, code_hash, tries, created_at, used_at FROM proof_code WHERE workspace_id = $1 AND visitor_id = $2 AND external_id = $3 ORDER BY created_at DESC LIMIT 1"),
            params![ws, visitor.0, number],
        )
        .await?;
    row.map(|row| {
        Ok(Proof {
            id: row.get(0)?,
            code_hash: row.get(1)?,
            tries: row.get(2)?,
            created_at: Timestamp::from_micros(row.get(3)?),
            used: row.get::<Option<i64>>(4)?.is_some(),
        })
    })
    .transpose()
}

/// Counts a try; with a time, the code is used up.
pub async fn tried(tx: &mut Tx<'_>, ws: WorkspaceNo, id: Uuid, used_at: Option<Timestamp>) -> Result<()> {
    tx.exec(
        sql!("UPDATE proof_code SET tries = tries + 1, used_at = $3 WHERE workspace_id = $1 AND id = $2"),
        params![ws, id, used_at.map(Timestamp::micros)],
    )
    .await?;
    Ok(())
}
