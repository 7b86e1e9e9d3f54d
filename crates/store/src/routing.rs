//! What the router remembers: loaded whole at take-over, written only by its owner, under the lease.

use anyhow::Result;
use db::{Row, Tx, params, rows, sql};
use model::{
    Activity, ActivityId, BusinessHours, BusinessHoursId, ContactId, NodeId, Reservation, ReservationId, RouterEffects, RoutingEventKind,
    Task, TaskChannel, TaskId, TaskQueue, TaskQueueId, Timestamp, Worker, WorkerId, Workflow, WorkflowId,
};

use crate::WorkspaceNo;
use crate::row::{body, parse, parse_all};

rows!(UPSERT_TASK: "task"(workspace_id bigint, id uuid, status text, conversation_id uuid, request_key text, queue_id uuid, worker_id uuid, created_at bigint, ended_at bigint, body text, version bigint)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET status = excluded.status, queue_id = excluded.queue_id, worker_id = excluded.worker_id, ended_at = excluded.ended_at, body = excluded.body, version = excluded.version");
rows!(UPSERT_RESERVATION: "reservation"(workspace_id bigint, id uuid, task_id uuid, worker_id uuid, channel text, status text, role text, offer_no bigint, slot bigint, capacity bigint, deadline_at bigint, created_at bigint, body text)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET status = excluded.status, body = excluded.body");
rows!(UPSERT_WORKER: "worker"(workspace_id bigint, id uuid, name text, activity_id uuid, connected boolean, deleted boolean, body text, version bigint)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, activity_id = excluded.activity_id, connected = excluded.connected, deleted = excluded.deleted, body = excluded.body, version = excluded.version");

/// Everything the router holds in memory.
pub struct Routing {
    pub activities: Vec<Activity>,
    pub task_channels: Vec<TaskChannel>,
    pub business_hours: Vec<BusinessHours>,
    pub queues: Vec<TaskQueue>,
    pub workflows: Vec<Workflow>,
    pub workers: Vec<Worker>,
    /// Open ones, as the database finds them: to sort very many would take long.
    pub tasks: Vec<Task>,
    pub reservations: Vec<Reservation>,
}

pub async fn load(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Routing> {
    let workers = sql!("SELECT body FROM worker WHERE workspace_id = $1 AND NOT deleted ORDER BY id");
    let tasks = sql!("SELECT body FROM task WHERE workspace_id = $1 AND status IN ('pending', 'reserved', 'assigned', 'wrapping')");
    let reservations =
        sql!("SELECT body FROM reservation WHERE workspace_id = $1 AND status IN ('pending', 'accepted', 'wrapping') ORDER BY id");
    Ok(Routing {
        activities: activities(tx, ws).await?,
        task_channels: task_channels(tx, ws).await?,
        business_hours: business_hours(tx, ws).await?,
        queues: queues(tx, ws).await?,
        workflows: workflows(tx, ws).await?,
        workers: parse_all(tx, workers, params![ws]).await?,
        tasks: parse_all(tx, tasks, params![ws]).await?,
        reservations: parse_all(tx, reservations, params![ws]).await?,
    })
}

pub async fn activities(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<Activity>> {
    let rows =
        tx.all(sql!("SELECT id, name, available, updated_at FROM activity WHERE workspace_id = $1 ORDER BY id"), params![ws]).await?;
    rows.iter()
        .map(|row| {
            let updated_at = Timestamp::from_micros(row.get(3)?);
            Ok(Activity { id: ActivityId(row.get(0)?), name: row.get(1)?, available: row.get(2)?, updated_at })
        })
        .collect()
}

pub async fn task_channels(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<TaskChannel>> {
    let rows = tx.all(sql!("SELECT body FROM task_channel WHERE workspace_id = $1 ORDER BY id"), params![ws]).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

pub async fn business_hours(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<BusinessHours>> {
    let rows = tx.all(sql!("SELECT body FROM business_hours WHERE workspace_id = $1 ORDER BY id"), params![ws]).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

pub async fn queues(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<TaskQueue>> {
    let rows = tx.all(sql!("SELECT body FROM task_queue WHERE workspace_id = $1 ORDER BY id"), params![ws]).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// These queues, as far as they are there.
pub async fn queues_of(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[TaskQueueId]) -> Result<Vec<TaskQueue>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx.all_any(sql!("SELECT body FROM task_queue WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// These workflows, as far as they are there.
pub async fn workflows_of(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[WorkflowId]) -> Result<Vec<Workflow>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx.all_any(sql!("SELECT body FROM workflow WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// These workers, deleted or not.
pub async fn workers_of(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[WorkerId]) -> Result<Vec<Worker>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx.all_any(sql!("SELECT body FROM worker WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

pub async fn workflows(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<Workflow>> {
    let rows = tx.all(sql!("SELECT body FROM workflow WHERE workspace_id = $1 ORDER BY id"), params![ws]).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

pub async fn worker(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WorkerId) -> Result<Option<Worker>> {
    let row = tx.opt(sql!("SELECT body FROM worker WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    row.as_ref().map(|row| parse(row, 0)).transpose()
}

pub async fn workers(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<Worker>> {
    let rows = tx.all(sql!("SELECT body FROM worker WHERE workspace_id = $1 AND NOT deleted ORDER BY name, id"), params![ws]).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

pub async fn task(tx: &mut Tx<'_>, ws: WorkspaceNo, id: TaskId) -> Result<Option<Task>> {
    let row = tx.opt(sql!("SELECT body FROM task WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    row.as_ref().map(|row| parse(row, 0)).transpose()
}

/// All tasks of these ids, ended or not.
pub async fn tasks(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[TaskId]) -> Result<Vec<Task>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx.all_any(sql!("SELECT body FROM task WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// Tasks of a conversation, oldest first.
pub async fn tasks_of(tx: &mut Tx<'_>, ws: WorkspaceNo, conversation: model::ConversationId) -> Result<Vec<Task>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM task WHERE workspace_id = $1 AND conversation_id = $2 ORDER BY created_at, id"),
            params![ws, conversation.0],
        )
        .await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// Tasks not ended, and those that ended since `since`, for the board.
pub async fn tasks_since(tx: &mut Tx<'_>, ws: WorkspaceNo, since: Timestamp, limit: i64) -> Result<Vec<Task>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM task WHERE workspace_id = $1 AND (status IN ('pending', 'reserved', 'assigned', 'wrapping') OR ended_at >= $2) ORDER BY created_at LIMIT $3"),
            params![ws, since.micros(), limit],
        )
        .await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

pub async fn reservation(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ReservationId) -> Result<Option<Reservation>> {
    let row = tx.opt(sql!("SELECT body FROM reservation WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    row.as_ref().map(|row| parse(row, 0)).transpose()
}

/// Who was the last to complete a task of this person, and when.
pub async fn last_worker(tx: &mut Tx<'_>, ws: WorkspaceNo, root: ContactId) -> Result<Option<(WorkerId, Timestamp)>> {
    let row = tx
        .opt(
            sql!("SELECT t.worker_id, t.ended_at FROM contact k JOIN conversation c ON c.workspace_id = k.workspace_id AND c.contact_id = k.id JOIN task t ON t.workspace_id = c.workspace_id AND t.conversation_id = c.id WHERE k.workspace_id = $1 AND k.root_id = $2 AND t.status = 'completed' AND t.worker_id IS NOT NULL AND t.ended_at IS NOT NULL ORDER BY t.ended_at DESC LIMIT 1"),
            params![ws, root.0],
        )
        .await?;
    row.map(|row| Ok((WorkerId(row.get(0)?), Timestamp::from_micros(row.get(1)?)))).transpose()
}

/// Open reservations of a worker.
pub async fn open_reservations(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId) -> Result<Vec<Reservation>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM reservation WHERE workspace_id = $1 AND worker_id = $2 AND status IN ('pending', 'accepted', 'wrapping') ORDER BY created_at, id"),
            params![ws, worker.0],
        )
        .await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// All reservations of a task, oldest first.
pub async fn reservations_of(tx: &mut Tx<'_>, ws: WorkspaceNo, task: TaskId) -> Result<Vec<Reservation>> {
    let rows = tx
        .all(sql!("SELECT body FROM reservation WHERE workspace_id = $1 AND task_id = $2 ORDER BY created_at, id"), params![ws, task.0])
        .await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// How many missed offers are looked through: those that stood beside the one that is sought.
const MISSED: i64 = 64;

/// The offer whose end at this moment moved the worker away. Offers that stood beside it may have ended later.
pub async fn missed_at(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId, at: Timestamp) -> Result<Option<Reservation>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM reservation WHERE workspace_id = $1 AND worker_id = $2 AND status = 'timeout' ORDER BY created_at DESC, id DESC LIMIT $3"),
            params![ws, worker.0, MISSED],
        )
        .await?;
    let missed: Vec<Reservation> = rows.iter().map(|row| parse(row, 0)).collect::<Result<_>>()?;
    Ok(missed.into_iter().find(|offer| offer.ended_at == Some(at)))
}

/// Whether this worker ever had this conversation's task: the right to read its history.
pub async fn ever_accepted(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId, conversation: model::ConversationId) -> Result<bool> {
    let row = tx
        .opt(
            sql!("SELECT 1 FROM reservation r JOIN task t ON t.workspace_id = r.workspace_id AND t.id = r.task_id WHERE r.workspace_id = $1 AND r.worker_id = $2 AND t.conversation_id = $3 AND r.status IN ('accepted', 'wrapping', 'completed') LIMIT 1"),
            params![ws, worker.0, conversation.0],
        )
        .await?;
    Ok(row.is_some())
}

/// Writes final rows; per table first what leaves a partial unique index, then the rest.
pub async fn commit(tx: &mut Tx<'_>, ws: WorkspaceNo, effects: &RouterEffects) -> Result<()> {
    for (id, activity) in &effects.activities {
        put_activity(tx, ws, *id, activity.as_ref()).await?;
    }
    // A name may go from one row to another in one batch: what leaves goes first.
    for (id, _) in effects.task_channels.iter().filter(|(_, channel)| channel.is_none()) {
        tx.exec(sql!("DELETE FROM task_channel WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    }
    for channel in effects.task_channels.values().flatten() {
        put_task_channel(tx, ws, channel).await?;
    }
    for (id, hours) in &effects.business_hours {
        put_business_hours(tx, ws, *id, hours.as_ref()).await?;
    }
    for (id, queue) in &effects.queues {
        put_queue(tx, ws, *id, queue.as_ref()).await?;
    }
    for (id, workflow) in &effects.workflows {
        put_workflow(tx, ws, *id, workflow.as_ref()).await?;
    }
    if !effects.workers.is_empty() {
        let values = effects
            .workers
            .values()
            .map(|w| params![ws, w.id.0, w.name.as_str(), w.activity_id.0, w.connected, w.deleted, body(w), w.version])
            .collect();
        tx.tell_rows(&UPSERT_WORKER, values).await?;
    }
    crate::routing_event::append(tx, ws, &effects.happened).await?;
    let deleted = effects.happened.iter().filter(|event| event.kind == RoutingEventKind::TaskSystemDeleted);
    for (id, at) in deleted.filter_map(|event| Some((event.task_id?, event.at))) {
        crate::taskrouter::hide(tx, ws, id, at).await?;
    }
    if !effects.tasks.is_empty() {
        let values = effects
            .tasks
            .values()
            .map(|t| {
                params![
                    ws,
                    t.id.0,
                    t.status.code(),
                    t.conversation_id.map(|id| id.0),
                    t.request_key.clone(),
                    t.queue_id.map(|id| id.0),
                    t.worker_id.map(|id| id.0),
                    t.created_at.micros(),
                    t.ended_at.map(Timestamp::micros),
                    body(t),
                    t.version
                ]
            })
            .collect();
        tx.tell_rows(&UPSERT_TASK, values).await?;
    }
    let (open, closed): (Vec<_>, Vec<_>) = effects.reservations.values().partition(|r| r.status.open());
    // Among the open ones, those that stop being pending leave their offer number before a new offer takes it.
    let (pending, held): (Vec<_>, Vec<_>) = open.into_iter().partition(|r| r.status == model::ReservationStatus::Pending);
    for group in [closed, held, pending] {
        if group.is_empty() {
            continue;
        }
        let values = group
            .into_iter()
            .map(|r| {
                params![
                    ws,
                    r.id.0,
                    r.task_id.0,
                    r.worker_id.0,
                    r.channel.as_str(),
                    r.status.code(),
                    "primary",
                    r.offer_no,
                    r.slot,
                    r.capacity,
                    r.deadline_at.map(Timestamp::micros),
                    r.created_at.micros(),
                    body(r)
                ]
            })
            .collect();
        tx.tell_rows(&UPSERT_RESERVATION, values).await?;
    }
    Ok(())
}

async fn put_activity(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ActivityId, activity: Option<&Activity>) -> Result<()> {
    match activity {
        Some(a) => {
            tx.exec(
                sql!("INSERT INTO activity (workspace_id, id, name, available, updated_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at"),
                params![ws, id.0, a.name.as_str(), a.available, a.updated_at.micros()],
            )
            .await?
        }
        None => tx.exec(sql!("DELETE FROM activity WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?,
    };
    Ok(())
}

async fn put_task_channel(tx: &mut Tx<'_>, ws: WorkspaceNo, channel: &TaskChannel) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO task_channel (workspace_id, id, unique_name, body, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, id) DO UPDATE SET body = excluded.body, version = excluded.version"),
        params![ws, channel.id.0, channel.unique_name.as_str(), body(channel), channel.version],
    )
    .await?;
    Ok(())
}

async fn put_business_hours(tx: &mut Tx<'_>, ws: WorkspaceNo, id: BusinessHoursId, hours: Option<&BusinessHours>) -> Result<()> {
    match hours {
        Some(h) => {
            tx.exec(
                sql!("INSERT INTO business_hours (workspace_id, id, name, body, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, body = excluded.body, version = excluded.version"),
                params![ws, id.0, h.name.as_str(), body(h), h.version],
            )
            .await?
        }
        None => tx.exec(sql!("DELETE FROM business_hours WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?,
    };
    Ok(())
}

async fn put_queue(tx: &mut Tx<'_>, ws: WorkspaceNo, id: TaskQueueId, queue: Option<&TaskQueue>) -> Result<()> {
    match queue {
        Some(q) => {
            tx.exec(
                sql!("INSERT INTO task_queue (workspace_id, id, name, body, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, body = excluded.body, version = excluded.version"),
                params![ws, id.0, q.name.as_str(), body(q), q.version],
            )
            .await?
        }
        None => tx.exec(sql!("DELETE FROM task_queue WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?,
    };
    Ok(())
}

async fn put_workflow(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WorkflowId, workflow: Option<&Workflow>) -> Result<()> {
    match workflow {
        Some(w) => {
            tx.exec(
                sql!("INSERT INTO workflow (workspace_id, id, name, body, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, body = excluded.body, version = excluded.version"),
                params![ws, id.0, w.name.as_str(), body(w), w.version],
            )
            .await?
        }
        None => tx.exec(sql!("DELETE FROM workflow WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?,
    };
    Ok(())
}

/// Notes that a desk of this worker hangs on this node; true when it is their first on any node.
pub async fn connect(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId, node: NodeId) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO worker_connection (workspace_id, worker_id, node_id) VALUES ($1, $2, $3) ON CONFLICT (workspace_id, worker_id, node_id) DO NOTHING"),
        params![ws, worker.0, node.0],
    )
    .await?;
    Ok(())
}

/// Removes the note; true when no node holds a desk of them any more.
pub async fn disconnect(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId, node: NodeId) -> Result<bool> {
    tx.exec(
        sql!("DELETE FROM worker_connection WHERE workspace_id = $1 AND worker_id = $2 AND node_id = $3"),
        params![ws, worker.0, node.0],
    )
    .await?;
    let left =
        tx.opt(sql!("SELECT 1 FROM worker_connection WHERE workspace_id = $1 AND worker_id = $2 LIMIT 1"), params![ws, worker.0]).await?;
    Ok(left.is_none())
}

/// Workers whose desks hung on nodes that are not alive.
pub async fn orphaned_connections(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(WorkspaceNo, WorkerId, NodeId)>> {
    let rows = tx
        .all(
            sql!("SELECT c.workspace_id, c.worker_id, c.node_id FROM worker_connection c LEFT JOIN node n ON n.id = c.node_id WHERE (n.id IS NULL OR n.expires_at < $1) AND c.workspace_id NOT IN (SELECT number FROM workspace WHERE deleted_at IS NOT NULL) ORDER BY c.workspace_id, c.worker_id"),
            params![now.micros()],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, WorkerId(row.get(1)?), NodeId(row.get(2)?)))).collect()
}

/// The answer given to a request before: the same request, the same answer.
pub async fn answered(tx: &mut Tx<'_>, ws: WorkspaceNo, actor: &str, key: &str) -> Result<Option<(String, String)>> {
    let row: Option<Row> = tx
        .opt(sql!("SELECT fingerprint, answer FROM request WHERE workspace_id = $1 AND actor = $2 AND key = $3"), params![ws, actor, key])
        .await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// What an actor was answered under these keys: key, fingerprint, answer.
pub async fn answers(tx: &mut Tx<'_>, ws: WorkspaceNo, actor: &str, keys: Vec<String>) -> Result<Vec<(String, String, String)>> {
    let keys = keys.into_iter().map(Into::into).collect();
    let sql = sql!("SELECT key, fingerprint, answer FROM request WHERE workspace_id = $1 AND actor = $2 AND key = ANY($3)");
    let rows = tx.all_any(sql, params![ws, actor], keys).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

pub async fn put_answer(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    actor: &str,
    key: &str,
    fingerprint: &str,
    answer: &str,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO request (workspace_id, actor, key, fingerprint, answer, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace_id, actor, key) DO NOTHING"),
        params![ws, actor, key, fingerprint, answer, now.micros()],
    )
    .await?;
    Ok(())
}

/// Forgets answers older than `before`.
pub async fn expire_answers(tx: &mut Tx<'_>, ws: WorkspaceNo, before: Timestamp) -> Result<u64> {
    Ok(tx.exec(sql!("DELETE FROM request WHERE workspace_id = $1 AND at < $2"), params![ws, before.micros()]).await?)
}
