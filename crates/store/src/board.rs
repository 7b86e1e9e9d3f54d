//! What the board counts, in a handful of grouped queries.

use std::collections::BTreeMap;

use anyhow::Result;
use db::{Tx, params, sql};
use model::WorkerId;

use crate::WorkspaceNo;

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

/// Open conversations per worker.
pub async fn held_conversations(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<(WorkerId, model::ConversationId)>> {
    let rows = tx
        .all(
            sql!("SELECT worker_id, id FROM conversation WHERE workspace_id = $1 AND state = 'open' AND worker_id IS NOT NULL ORDER BY created_at, id"),
            params![ws],
        )
        .await?;
    rows.iter().map(|row| Ok((WorkerId(row.get(0)?), model::ConversationId(row.get(1)?)))).collect()
}
