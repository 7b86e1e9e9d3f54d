//! What a worker's desk may hear of: the conversations whose tasks are or were theirs.

use anyhow::Result;
use db::{Tx, params, sql};
use model::{ContactId, ConversationId, TaskId, WorkerId};

use crate::WorkspaceNo;

/// The newest `limit` conversations this worker ever accepted, with their contacts.
pub async fn conversations_of(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId, limit: i64) -> Result<Vec<(ConversationId, ContactId)>> {
    let rows = tx
        .all(
            sql!("SELECT c.id, c.contact_id FROM reservation r JOIN task t ON t.workspace_id = r.workspace_id AND t.id = r.task_id JOIN conversation c ON c.workspace_id = t.workspace_id AND c.id = t.conversation_id WHERE r.workspace_id = $1 AND r.worker_id = $2 AND r.status IN ('accepted', 'wrapping', 'completed') ORDER BY r.created_at DESC LIMIT $3"),
            params![ws, worker.0, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((ConversationId(row.get(0)?), ContactId(row.get(1)?)))).collect()
}

/// Tasks that are offered to, or open with, this worker.
pub async fn tasks_of(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId) -> Result<Vec<TaskId>> {
    let rows = tx
        .all(
            sql!("SELECT task_id FROM reservation WHERE workspace_id = $1 AND worker_id = $2 AND status IN ('pending', 'accepted', 'wrapping')"),
            params![ws, worker.0],
        )
        .await?;
    rows.iter().map(|row| Ok(TaskId(row.get(0)?))).collect()
}
