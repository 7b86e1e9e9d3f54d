//! Privileged changes, hash-chained: each row's hash covers the row and the hash before it, so that none can be
//! changed, dropped or moved without breaking every later one. The digest itself is the caller's.

use anyhow::{Result, bail};
use db::{Row, Tx, params, sql};
use model::Timestamp;

use crate::WorkspaceNo;

/// SHA-256 of some bytes.
pub type Digest = fn(&[u8]) -> [u8; 32];

/// What somebody did to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The id of the user or key.
    pub actor: String,
    /// E.g. `member.created`.
    pub action: String,
    pub subject: String,
    /// English, without secrets or personal addresses.
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub no: i64,
    pub at: Timestamp,
    pub entry: Entry,
    pub previous: Vec<u8>,
    pub hash: Vec<u8>,
}

fn stored(row: &Row) -> Result<Stored> {
    Ok(Stored {
        no: row.get(0)?,
        at: Timestamp::from_micros(row.get(1)?),
        entry: Entry { actor: row.get(2)?, action: row.get(3)?, subject: row.get(4)?, detail: row.get(5)? },
        previous: row.get(6)?,
        hash: row.get(7)?,
    })
}

/// The bytes a row's hash covers: every field with its length before it, so that no two rows read the same.
fn covered(ws: WorkspaceNo, no: i64, at: Timestamp, entry: &Entry, previous: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(ws.to_be_bytes());
    bytes.extend(no.to_be_bytes());
    bytes.extend(at.micros().to_be_bytes());
    for field in [entry.actor.as_bytes(), entry.action.as_bytes(), entry.subject.as_bytes(), entry.detail.as_bytes(), previous] {
        bytes.extend((field.len() as u64).to_be_bytes());
        bytes.extend(field);
    }
    bytes
}

/// Appends rows in the transaction of the change they tell of.
pub async fn append(tx: &mut Tx<'_>, ws: WorkspaceNo, entries: &[Entry], now: Timestamp, digest: Digest) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    tx.tell(
        sql!("INSERT INTO audit_head (workspace_id, no, hash) VALUES ($1, 0, $2) ON CONFLICT (workspace_id) DO NOTHING"),
        params![ws, Vec::<u8>::new()],
    )
    .await?;
    let head = tx.one(sql!("SELECT no, hash FROM audit_head WHERE workspace_id = $1 FOR UPDATE"), params![ws]).await?;
    let (mut no, mut previous): (i64, Vec<u8>) = (head.get(0)?, head.get(1)?);
    for entry in entries {
        no += 1;
        let hash = digest(&covered(ws, no, now, entry, &previous)).to_vec();
        tx.tell(
            sql!("INSERT INTO audit_row (workspace_id, no, at, actor, action, subject, detail, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"),
            params![
                ws,
                no,
                now.micros(),
                entry.actor.as_str(),
                entry.action.as_str(),
                entry.subject.as_str(),
                entry.detail.as_str(),
                previous.clone(),
                hash.clone()
            ],
        )
        .await?;
        previous = hash;
    }
    tx.tell(sql!("UPDATE audit_head SET no = $2, hash = $3 WHERE workspace_id = $1"), params![ws, no, previous]).await?;
    Ok(())
}

/// Rows before `before`, newest first.
pub async fn page(tx: &mut Tx<'_>, ws: WorkspaceNo, before: i64, limit: i64) -> Result<Vec<Stored>> {
    let rows = tx
        .all(
            sql!("SELECT no, at, actor, action, subject, detail, previous, hash FROM audit_row WHERE workspace_id = $1 AND no < $2 ORDER BY no DESC LIMIT $3"),
            params![ws, before, limit],
        )
        .await?;
    rows.iter().map(stored).collect()
}

/// Walks the whole chain.
///
/// # Errors
/// Names the first row whose number, link or hash is wrong, or a head that does not fit.
pub async fn verify(tx: &mut Tx<'_>, ws: WorkspaceNo, digest: Digest) -> Result<i64> {
    let (mut no, mut previous) = (0, Vec::new());
    loop {
        let rows = tx
            .all(
                sql!("SELECT no, at, actor, action, subject, detail, previous, hash FROM audit_row WHERE workspace_id = $1 AND no > $2 ORDER BY no LIMIT 1000"),
                params![ws, no],
            )
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let row = stored(row)?;
            if row.no != no + 1 {
                bail!("audit row {} of workspace {ws} is missing", no + 1);
            }
            if row.previous != previous || row.hash != digest(&covered(ws, row.no, row.at, &row.entry, &previous)) {
                bail!("audit row {} of workspace {ws} was changed", row.no);
            }
            (no, previous) = (row.no, row.hash);
        }
    }
    let head = tx.opt(sql!("SELECT no, hash FROM audit_head WHERE workspace_id = $1"), params![ws]).await?;
    let (head_no, head_hash) = match head {
        Some(row) => (row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?),
        None => (0, Vec::new()),
    };
    if (head_no, head_hash) != (no, previous) {
        bail!("the audit log of workspace {ws} ends at row {no}, its head says {head_no}");
    }
    Ok(no)
}
