//! What the board counts, in a handful of grouped queries.

use std::collections::BTreeMap;

use anyhow::Result;
use db::{Tx, params, sql};
use model::{Task, Timestamp, WorkerId};

use crate::WorkspaceNo;
use crate::row::parse;

/// Units of capacity in use per worker and task channel: offers, accepted and wrapping tasks.
pub async fn open_counts(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<BTreeMap<(WorkerId, String), i64>> {
    let rows = tx
        .all(
            sql!("SELECT worker_id, channel, count(*) FROM reservation WHERE workspace_id = $1 AND status IN ('pending', 'accepted', 'wrapping') GROUP BY worker_id, channel"),
            params![ws],
        )
        .await?;
    rows.iter().map(|row| Ok(((WorkerId(row.get(0)?), row.get(1)?), row.get(2)?))).collect()
}

/// Tasks canceled from one instant on and before another, the oldest first.
pub async fn canceled(tx: &mut Tx<'_>, ws: WorkspaceNo, from: Timestamp, until: Timestamp) -> Result<Vec<Task>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM task WHERE workspace_id = $1 AND ended_at >= $2 AND ended_at < $3 AND status = 'canceled' ORDER BY ended_at, id"),
            params![ws, from.micros(), until.micros()],
        )
        .await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}
