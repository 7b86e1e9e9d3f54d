//! Lists as TaskRouter's API pages them: a page is found by the row at its edge, forwards and backwards.

use anyhow::Result;
use db::{Row, Tx, params, sql};
use model::{
    AccountId, ApiKeyId, Job, JobId, Reservation, ReservationId, RoutingEvent, RoutingEventKind, Task, TaskId, TaskQueueId, Timestamp,
    WorkerId, Workspace, WorkspaceId,
};
use uuid::Uuid;

use crate::WorkspaceNo;
use crate::row::parse;

fn workspace(row: &Row) -> Result<(Workspace, Timestamp)> {
    let workspace =
        Workspace { number: row.get(0)?, id: WorkspaceId(row.get(1)?), name: row.get(2)?, settings: parse(row, 3)?, version: row.get(4)? };
    Ok((workspace, Timestamp::from_micros(row.get(5)?)))
}

/// The workspaces of an account, and when each was made.
pub async fn workspaces_of_account(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<(Workspace, Timestamp)>> {
    let sql = sql!(
        "SELECT number, id, name, settings, version, created_at FROM workspace WHERE account_id = $1 AND deleted_at IS NULL ORDER BY number"
    );
    tx.all(sql, params![account.0]).await?.iter().map(workspace).collect()
}

/// The workspaces a key was granted a role in, and when each was made.
pub async fn workspaces_of_key(tx: &mut Tx<'_>, key: ApiKeyId) -> Result<Vec<(Workspace, Timestamp)>> {
    let sql = sql!(
        "SELECT w.number, w.id, w.name, w.settings, w.version, w.created_at FROM workspace w JOIN api_key_grant g ON g.workspace_id = w.number WHERE g.api_key_id = $1 AND w.deleted_at IS NULL ORDER BY w.number"
    );
    tx.all(sql, params![key.0]).await?.iter().map(workspace).collect()
}

/// Where a list goes on: behind or before a row, by when it was made and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub at: Timestamp,
    pub id: Uuid,
}

impl Edge {
    /// Before every row.
    pub const FIRST: Edge = Edge { at: Timestamp::from_micros(i64::MIN), id: Uuid::nil() };
    /// Behind every row.
    pub const LAST: Edge = Edge { at: Timestamp::from_micros(i64::MAX), id: Uuid::max() };
}

/// Tasks that TaskRouter shows: open ones, and those that ended since `since`; of one queue, if one is given; without the hidden ones.
/// Behind `edge` the oldest first, `backwards` before it the newest first.
pub async fn tasks(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    since: Timestamp,
    queue: Option<TaskQueueId>,
    edge: Edge,
    backwards: bool,
    limit: i64,
) -> Result<Vec<Task>> {
    // Two reads, and `+` before the time: by when they were made, those that ended long ago would be gone through first.
    let behind = sql!(
        "SELECT body FROM (SELECT t.body, t.created_at, t.id FROM task t WHERE t.workspace_id = $1 AND t.status IN ('pending', 'reserved', 'assigned', 'wrapping') AND ($3::uuid IS NULL OR t.queue_id = $3) AND (+t.created_at > $4 OR (+t.created_at = $4 AND t.id > $5)) AND NOT EXISTS (SELECT 1 FROM hidden_task h WHERE h.workspace_id = $1 AND h.task_id = t.id) UNION ALL SELECT t.body, t.created_at, t.id FROM task t WHERE t.workspace_id = $1 AND t.ended_at >= $2 AND ($3::uuid IS NULL OR t.queue_id = $3) AND (+t.created_at > $4 OR (+t.created_at = $4 AND t.id > $5)) AND NOT EXISTS (SELECT 1 FROM hidden_task h WHERE h.workspace_id = $1 AND h.task_id = t.id)) AS shown ORDER BY created_at, id LIMIT $6"
    );
    let before = sql!(
        "SELECT body FROM (SELECT t.body, t.created_at, t.id FROM task t WHERE t.workspace_id = $1 AND t.status IN ('pending', 'reserved', 'assigned', 'wrapping') AND ($3::uuid IS NULL OR t.queue_id = $3) AND (+t.created_at < $4 OR (+t.created_at = $4 AND t.id < $5)) AND NOT EXISTS (SELECT 1 FROM hidden_task h WHERE h.workspace_id = $1 AND h.task_id = t.id) UNION ALL SELECT t.body, t.created_at, t.id FROM task t WHERE t.workspace_id = $1 AND t.ended_at >= $2 AND ($3::uuid IS NULL OR t.queue_id = $3) AND (+t.created_at < $4 OR (+t.created_at = $4 AND t.id < $5)) AND NOT EXISTS (SELECT 1 FROM hidden_task h WHERE h.workspace_id = $1 AND h.task_id = t.id)) AS shown ORDER BY created_at DESC, id DESC LIMIT $6"
    );
    let sql = if backwards { before } else { behind };
    let rows = tx.all(sql, params![ws, since.micros(), queue.map(|id| id.0), edge.at.micros(), edge.id, limit]).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// A worker's reservations of one status, or of any. Behind `edge` the oldest first, `backwards` before it the newest first.
pub async fn reservations_of_worker(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    worker: WorkerId,
    status: Option<&str>,
    edge: Edge,
    backwards: bool,
    limit: i64,
) -> Result<Vec<Reservation>> {
    let behind = sql!(
        "SELECT body FROM reservation WHERE workspace_id = $1 AND worker_id = $2 AND ($3::text IS NULL OR status = $3) AND (created_at > $4 OR (created_at = $4 AND id > $5)) ORDER BY created_at, id LIMIT $6"
    );
    let before = sql!(
        "SELECT body FROM reservation WHERE workspace_id = $1 AND worker_id = $2 AND ($3::text IS NULL OR status = $3) AND (created_at < $4 OR (created_at = $4 AND id < $5)) ORDER BY created_at DESC, id DESC LIMIT $6"
    );
    let sql = if backwards { before } else { behind };
    let rows = tx.all(sql, params![ws, worker.0, status.map(str::to_owned), edge.at.micros(), edge.id, limit]).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// A reservation of this worker.
pub async fn reservation_of_worker(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId, id: ReservationId) -> Result<Option<Reservation>> {
    let found = crate::routing::reservation(tx, ws, id).await?;
    Ok(found.filter(|reservation| reservation.worker_id == worker))
}

/// Hides a task from TaskRouter's API for ever; its row stays. False when it was hidden before.
pub async fn hide(tx: &mut Tx<'_>, ws: WorkspaceNo, id: TaskId, now: Timestamp) -> Result<bool> {
    let hidden = tx
        .exec(
            sql!("INSERT INTO hidden_task (workspace_id, task_id, at) VALUES ($1, $2, $3) ON CONFLICT (workspace_id, task_id) DO NOTHING"),
            params![ws, id.0, now.micros()],
        )
        .await?;
    Ok(hidden == 1)
}

/// The same, and it is told that somebody deleted it.
pub async fn hide_task(tx: &mut Tx<'_>, ws: WorkspaceNo, id: TaskId, now: Timestamp) -> Result<()> {
    let hidden = hide(tx, ws, id, now).await?;
    if let Some(task) = crate::routing::task(tx, ws, id).await?.filter(|_| hidden) {
        let deleted = RoutingEvent {
            task_id: Some(id),
            queue_id: task.queue_id,
            workflow_id: task.workflow_id,
            channel: Some(task.channel),
            lasted: now.since(task.created_at),
            ..RoutingEvent::new(RoutingEventKind::TaskDeleted, now)
        };
        crate::routing_event::append(tx, ws, std::slice::from_ref(&deleted)).await?;
        let settings = crate::workspace::by_number(tx, ws).await?.map(|workspace| workspace.settings);
        if settings.is_some_and(|settings| settings.tells(deleted.kind)) {
            crate::job::insert(tx, ws, &[Job::of_event(JobId(deleted.id().0), deleted.id(), now)]).await?;
        }
    }
    Ok(())
}

pub async fn is_hidden(tx: &mut Tx<'_>, ws: WorkspaceNo, id: TaskId) -> Result<bool> {
    let row = tx.opt(sql!("SELECT 1 FROM hidden_task WHERE workspace_id = $1 AND task_id = $2"), params![ws, id.0]).await?;
    Ok(row.is_some())
}
