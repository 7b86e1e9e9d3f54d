//! The auditor: proves from the rows alone that nothing was lost, doubled or left without a holder (I0 to I6, I10.1).
//!
//! It reads one snapshot and changes nothing. It believes no index and no constraint: what the schema promises is computed
//! again from the rows, so that a copy whose indexes were dropped, or whose file was edited, is judged like any other.
//! It knows no file system and no hash function; the caller lends it the list of files and the digest.

mod body;
mod chain;
mod files;
mod holder;
mod journal;
mod reference;
mod routing;
mod scan;
mod schema;
mod sending;
mod sequence;
mod shown;
mod stream;
#[cfg(test)]
mod tests;
mod unique;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use db::{Engine, Tx, params, sql};
use model::Timestamp;
use serde::Serialize;

/// Breaches of one kind that are kept in words; the rest is counted.
const KEPT: i64 = 1_000;

/// One promise that the rows do not keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// What kind of promise, e.g. `sequence_gap`.
    pub breach: &'static str,
    /// The tenant's number; `None` for rows above the workspaces.
    pub workspace: Option<i64>,
    pub table: &'static str,
    /// Which row: its public id, or the key that should be unique.
    pub id: String,
    /// English, without message text or personal addresses.
    pub what: String,
}

/// What an audit found.
#[derive(Debug, Default)]
pub struct Report {
    /// At most 1,000 of each kind.
    pub breaches: Vec<Breach>,
    /// All of them, by kind.
    pub counts: BTreeMap<&'static str, i64>,
    /// Rows examined, by table.
    pub checked: BTreeMap<&'static str, i64>,
    /// Workspaces that are being erased, piece by piece: what of them is left points nowhere.
    erasing: BTreeSet<i64>,
}

impl Report {
    pub fn clean(&self) -> bool {
        self.counts.is_empty()
    }

    fn add(
        &mut self,
        breach: &'static str,
        workspace: impl Into<Option<i64>>,
        table: &'static str,
        id: impl Into<String>,
        what: impl Into<String>,
    ) {
        let workspace = workspace.into();
        if workspace.is_some_and(|ws| self.erasing.contains(&ws)) {
            return;
        }
        let count = self.counts.entry(breach).or_default();
        *count += 1;
        if *count <= KEPT {
            self.breaches.push(Breach { breach, workspace, table, id: id.into(), what: what.into() });
        }
    }

    fn examined(&mut self, table: &'static str) {
        *self.checked.entry(table).or_default() += 1;
    }
}

/// What the auditor cannot know by itself.
pub struct Given {
    pub now: Timestamp,
    /// SHA-256, as the audit log uses it.
    pub digest: crate::audit_log::Digest,
    /// Keys in the object store with the time of their last change; `None` leaves files out.
    /// List them before the audit's snapshot is taken: what was stored in between is then no loss.
    pub files: Option<BTreeMap<String, Timestamp>>,
}

/// Judges everything in the snapshot of `tx`. A file that a row names and the list lacks is `file_missing` with the file's key as
/// its id; the caller looks once more before believing it, since it may have been stored after the listing.
///
/// # Errors
/// Only when the database cannot be read; a row that cannot be understood is a breach.
pub async fn audit(tx: &mut Tx<'_>, given: &Given) -> Result<Report> {
    let mut report = Report::default();
    for row in tx.all(sql!("SELECT number FROM workspace WHERE erasing_at IS NOT NULL"), params![]).await? {
        report.erasing.insert(row.get(0)?);
    }
    integrity(tx, &mut report).await?;
    unique::check(tx, &mut report).await?;
    reference::check(tx, &mut report).await?;
    body::check(tx, &mut report).await?;
    journal::check(tx, &mut report).await?;
    sequence::check(tx, &mut report).await?;
    holder::check(tx, &mut report).await?;
    routing::check(tx, &mut report).await?;
    sending::check(tx, &mut report).await?;
    stream::check(tx, given.now, &mut report).await?;
    files::check(tx, given, &mut report).await?;
    chain::check(tx, given.digest, &mut report).await?;
    Ok(report)
}

/// SQLite can say whether its own pages and indexes agree; PostgreSQL has tools of its own for that.
async fn integrity(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    if tx.engine() == Engine::Sqlite {
        for row in tx.dynamic("PRAGMA integrity_check(100)".into(), vec![]).await? {
            let said: String = row.get(0)?;
            if said != "ok" {
                report.add("file_damaged", None, "sqlite", "database", said);
            }
        }
    }
    Ok(())
}
