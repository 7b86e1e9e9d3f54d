//! TaskRouter's events as they happened, and what is counted of them.

use anyhow::{Context, Result};
use db::{Row, Tx, params, rows, sql};
use model::{
    ActivityId, EventId, ReservationId, RoutingEvent, RoutingEventKind, TaskChannelId, TaskId, TaskQueueId, TaskStatus, Timestamp,
    WorkerId, WorkflowId,
};
use uuid::Uuid;

use crate::WorkspaceNo;

rows!(INSERT: "routing_event"(workspace_id bigint, id uuid, at bigint, kind text, task_id uuid, reservation_id uuid, worker_id uuid, queue_id uuid, workflow_id uuid, channel text, task_channel_id uuid, activity_id uuid, status text, lasted bigint, queued bigint, no bigint, detail text)
    tail "ON CONFLICT (workspace_id, id) DO NOTHING");

/// Notes what happened. Told twice, it happened once.
pub async fn append(tx: &mut Tx<'_>, ws: WorkspaceNo, events: &[RoutingEvent]) -> Result<()> {
    let values = events
        .iter()
        .map(|one| {
            params![
                ws,
                one.id().0,
                one.at.micros(),
                one.kind.code(),
                one.task_id.map(|id| id.0),
                one.reservation_id.map(|id| id.0),
                one.worker_id.map(|id| id.0),
                one.queue_id.map(|id| id.0),
                one.workflow_id.map(|id| id.0),
                one.channel.clone(),
                one.task_channel_id.map(|id| id.0),
                one.activity_id.map(|id| id.0),
                one.status.map(TaskStatus::code),
                one.lasted,
                one.queued,
                one.no,
                (!one.detail.is_null()).then(|| one.detail.to_string())
            ]
        })
        .collect();
    tx.tell_rows(&INSERT, values).await?;
    Ok(())
}

fn event(row: &Row) -> Result<RoutingEvent> {
    let kind: String = row.get(1)?;
    let status: Option<String> = row.get(10)?;
    let detail: Option<String> = row.get(14)?;
    let id = |at: usize| row.get::<Option<Uuid>>(at);
    Ok(RoutingEvent {
        kind: kind_of(&kind)?,
        at: Timestamp::from_micros(row.get(0)?),
        task_id: id(2)?.map(TaskId),
        reservation_id: id(3)?.map(ReservationId),
        worker_id: id(4)?.map(WorkerId),
        queue_id: id(5)?.map(TaskQueueId),
        workflow_id: id(6)?.map(WorkflowId),
        channel: row.get(7)?,
        task_channel_id: id(8)?.map(TaskChannelId),
        activity_id: id(9)?.map(ActivityId),
        status: status.as_deref().and_then(TaskStatus::parse),
        lasted: row.get(11)?,
        queued: row.get(12)?,
        no: row.get(13)?,
        detail: detail.map_or(Ok(serde_json::Value::Null), |text| serde_json::from_str(&text))?,
    })
}

fn kind_of(code: &str) -> Result<RoutingEventKind> {
    RoutingEventKind::parse(code).with_context(|| format!("{code} is no kind of event"))
}

pub async fn by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: EventId) -> Result<Option<RoutingEvent>> {
    let row = tx
        .opt(
            sql!("SELECT at, kind, task_id, reservation_id, worker_id, queue_id, workflow_id, channel, task_channel_id, activity_id, status, lasted, queued, no, detail FROM routing_event WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(event).transpose()
}

/// These events, as far as they are there.
pub async fn by_ids(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[EventId]) -> Result<Vec<RoutingEvent>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT at, kind, task_id, reservation_id, worker_id, queue_id, workflow_id, channel, task_channel_id, activity_id, status, lasted, queued, no, detail FROM routing_event WHERE workspace_id = $1 AND id = ANY($2)"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(event).collect()
}

/// Which events are listed: those from `from` on and before `until`, of all of these that are named.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub from: EventId,
    pub until: EventId,
    pub kind: Option<RoutingEventKind>,
    pub task: Option<TaskId>,
    pub reservation: Option<ReservationId>,
    pub worker: Option<WorkerId>,
    pub queue: Option<TaskQueueId>,
    pub workflow: Option<WorkflowId>,
    /// Unique name of a task channel.
    pub channel: Option<String>,
}

/// A list's statement: `$narrow` is the filter that its index is for, the others are looked at row by row.
macro_rules! listing {
    ($narrow:literal, $order:literal) => {
        sql!(concat!(
            "SELECT at, kind, task_id, reservation_id, worker_id, queue_id, workflow_id, channel, task_channel_id, activity_id, status, lasted, queued, no, detail FROM routing_event WHERE workspace_id = $1 AND id >= $2 AND id < $3",
            $narrow,
            " AND ($4::text IS NULL OR kind = $4) AND ($5::uuid IS NULL OR task_id = $5) AND ($6::uuid IS NULL OR reservation_id = $6) AND ($7::uuid IS NULL OR worker_id = $7) AND ($8::uuid IS NULL OR queue_id = $8) AND ($9::uuid IS NULL OR workflow_id = $9) AND ($10::text IS NULL OR channel = $10) ORDER BY ",
            $order,
            " LIMIT $11"
        ))
    };
}

/// The newest events that are wanted first, or the oldest ones first; at most `limit`.
///
/// Those of a task, a reservation, a worker or a kind are found by it. Those of a queue, a workflow or a task channel alone are looked for
/// among all of their time.
pub async fn list(tx: &mut Tx<'_>, ws: WorkspaceNo, wanted: &Wanted, newest_first: bool, limit: i64) -> Result<Vec<RoutingEvent>> {
    let mut task = wanted.task;
    if let Some(id) = wanted.reservation.filter(|_| task.is_none()) {
        // A reservation's events are among its task's.
        let row = tx.opt(sql!("SELECT task_id FROM reservation WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
        let Some(row) = row else { return Ok(vec![]) };
        task = Some(TaskId(row.get(0)?));
    }
    let values = params![
        ws,
        wanted.from.0,
        wanted.until.0,
        wanted.kind.map(RoutingEventKind::code),
        task.map(|id| id.0),
        wanted.reservation.map(|id| id.0),
        wanted.worker.map(|id| id.0),
        wanted.queue.map(|id| id.0),
        wanted.workflow.map(|id| id.0),
        wanted.channel.clone(),
        limit
    ];
    let question = match (task, wanted.worker, wanted.kind, newest_first) {
        (Some(_), _, _, true) => listing!(" AND task_id = $5", "id DESC"),
        (Some(_), _, _, false) => listing!(" AND task_id = $5", "id"),
        (None, Some(_), _, true) => listing!(" AND worker_id = $7", "id DESC"),
        (None, Some(_), _, false) => listing!(" AND worker_id = $7", "id"),
        (None, None, Some(_), true) => listing!(" AND kind = $4", "id DESC"),
        (None, None, Some(_), false) => listing!(" AND kind = $4", "id"),
        (None, None, None, true) => listing!("", "id DESC"),
        (None, None, None, false) => listing!("", "id"),
    };
    tx.all(question, values).await?.iter().map(event).collect()
}

/// Removes events before `time`, at most `limit`; how many.
pub async fn expire(tx: &mut Tx<'_>, ws: WorkspaceNo, time: Timestamp, limit: i64) -> Result<u64> {
    Ok(tx.exec(
        sql!("DELETE FROM routing_event WHERE workspace_id = $1 AND id IN (SELECT id FROM routing_event WHERE workspace_id = $1 AND id < $2 ORDER BY id LIMIT $3)"),
        params![ws, RoutingEvent::first_id(time).0, limit],
    )
    .await?)
}

/// Which events are counted: those from `from` on and before `until`, of these if they are named.
#[derive(Debug, Clone)]
pub struct Window {
    pub from: Timestamp,
    pub until: Timestamp,
    pub queue: Option<TaskQueueId>,
    pub workflow: Option<WorkflowId>,
    pub worker: Option<WorkerId>,
    /// Unique name of a task channel.
    pub channel: Option<String>,
}

/// How often something happened, and how long it had taken, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub count: i64,
    pub lasted: Spread,
    pub queued: Spread,
}

/// Microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    pub total: i64,
    pub min: i64,
    pub max: i64,
}

impl Spread {
    /// Both together, where each is one of so many.
    fn and(self, other: Spread) -> Spread {
        Spread { total: self.total + other.total, min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

impl Sum {
    /// Both together.
    pub fn and(self, other: Sum) -> Sum {
        match (self.count, other.count) {
            (0, _) => other,
            (_, 0) => self,
            _ => Sum { count: self.count + other.count, lasted: self.lasted.and(other.lasted), queued: self.queued.and(other.queued) },
        }
    }
}

fn sum(row: &Row, from: usize) -> Result<(RoutingEventKind, Sum)> {
    let kind: String = row.get(from)?;
    let spread = |at: usize| -> Result<Spread> { Ok(Spread { total: row.get(at)?, min: row.get(at + 1)?, max: row.get(at + 2)? }) };
    Ok((kind_of(&kind)?, Sum { count: row.get(from + 1)?, lasted: spread(from + 2)?, queued: spread(from + 5)? }))
}

/// What happened in the window, by kind.
pub async fn sums(tx: &mut Tx<'_>, ws: WorkspaceNo, window: &Window) -> Result<Vec<(RoutingEventKind, Sum)>> {
    let found = tx
        .all(
            sql!("SELECT kind, count(*), CAST(sum(lasted) AS bigint), min(lasted), max(lasted), CAST(sum(queued) AS bigint), min(queued), max(queued) FROM routing_event WHERE workspace_id = $1 AND id >= $2 AND id < $3 AND ($4::uuid IS NULL OR queue_id = $4) AND ($5::uuid IS NULL OR workflow_id = $5) AND ($6::uuid IS NULL OR worker_id = $6) AND ($7::text IS NULL OR channel = $7) GROUP BY kind ORDER BY kind"),
            params![
                ws,
                RoutingEvent::first_id(window.from).0,
                RoutingEvent::first_id(window.until).0,
                window.queue.map(|id| id.0),
                window.workflow.map(|id| id.0),
                window.worker.map(|id| id.0),
                window.channel.clone()
            ],
        )
        .await?;
    found.iter().map(|row| sum(row, 0)).collect()
}

/// The same of every queue, read once.
pub async fn sums_of_queues(tx: &mut Tx<'_>, ws: WorkspaceNo, window: &Window) -> Result<Vec<(TaskQueueId, RoutingEventKind, Sum)>> {
    let found = tx
        .all(
            sql!("SELECT queue_id, kind, count(*), CAST(sum(lasted) AS bigint), min(lasted), max(lasted), CAST(sum(queued) AS bigint), min(queued), max(queued) FROM routing_event WHERE workspace_id = $1 AND id >= $2 AND id < $3 AND queue_id IS NOT NULL AND ($4::text IS NULL OR channel = $4) GROUP BY queue_id, kind ORDER BY queue_id, kind"),
            params![ws, RoutingEvent::first_id(window.from).0, RoutingEvent::first_id(window.until).0, window.channel.clone()],
        )
        .await?;
    found
        .iter()
        .map(|row| {
            let (kind, sum) = sum(row, 1)?;
            Ok((TaskQueueId(row.get(0)?), kind, sum))
        })
        .collect()
}

/// The same of every worker's reservations, read once.
pub async fn sums_of_workers(tx: &mut Tx<'_>, ws: WorkspaceNo, window: &Window) -> Result<Vec<(WorkerId, RoutingEventKind, Sum)>> {
    let found = tx
        .all(
            sql!("SELECT worker_id, kind, count(*), CAST(sum(lasted) AS bigint), min(lasted), max(lasted), CAST(sum(queued) AS bigint), min(queued), max(queued) FROM routing_event WHERE workspace_id = $1 AND id >= $2 AND id < $3 AND worker_id IS NOT NULL AND reservation_id IS NOT NULL AND ($4::text IS NULL OR channel = $4) GROUP BY worker_id, kind ORDER BY worker_id, kind"),
            params![ws, RoutingEvent::first_id(window.from).0, RoutingEvent::first_id(window.until).0, window.channel.clone()],
        )
        .await?;
    found
        .iter()
        .map(|row| {
            let (kind, sum) = sum(row, 1)?;
            Ok((WorkerId(row.get(0)?), kind, sum))
        })
        .collect()
}

/// How many tasks of a queue had waited for so long when they were accepted or canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waited {
    pub queue: Option<TaskQueueId>,
    pub kind: RoutingEventKind,
    /// Whole seconds, a begun one counted.
    pub seconds: i64,
    pub count: i64,
}

/// How long tasks had waited when they were accepted or canceled in the window: a row for each second, not for each task.
pub async fn waits(tx: &mut Tx<'_>, ws: WorkspaceNo, window: &Window) -> Result<Vec<Waited>> {
    let found = tx
        .all(
            sql!("SELECT queue_id, kind, (lasted + 999999) / 1000000 AS seconds, count(*) FROM routing_event WHERE workspace_id = $1 AND id >= $2 AND id < $3 AND kind IN ('reservation.accepted', 'task.canceled') AND ($4::uuid IS NULL OR queue_id = $4) AND ($5::uuid IS NULL OR workflow_id = $5) AND ($6::text IS NULL OR channel = $6) GROUP BY queue_id, kind, (lasted + 999999) / 1000000"),
            params![
                ws,
                RoutingEvent::first_id(window.from).0,
                RoutingEvent::first_id(window.until).0,
                window.queue.map(|id| id.0),
                window.workflow.map(|id| id.0),
                window.channel.clone()
            ],
        )
        .await?;
    found
        .iter()
        .map(|row| {
            let kind: String = row.get(1)?;
            let queue = row.get::<Option<Uuid>>(0)?.map(TaskQueueId);
            Ok(Waited { queue, kind: kind_of(&kind)?, seconds: row.get(2)?, count: row.get(3)? })
        })
        .collect()
}

/// Stays of a worker in an activity: how many, and their microseconds within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stays {
    pub worker: WorkerId,
    pub activity: ActivityId,
    pub count: i64,
    pub within: Spread,
}

/// Stays in activities that have ended, as far as they lie in the window: a row for each worker and activity, not for each stay.
pub async fn stays(tx: &mut Tx<'_>, ws: WorkspaceNo, window: &Window) -> Result<Vec<Stays>> {
    let found = tx
        .all(
            sql!("SELECT worker_id, activity_id, count(*), CAST(sum(within) AS bigint), min(within), max(within) FROM (SELECT worker_id, activity_id, (CASE WHEN at < $4 THEN at ELSE $4 END) - (CASE WHEN at - lasted > $3 THEN at - lasted ELSE $3 END) AS within FROM routing_event WHERE workspace_id = $1 AND id >= $2 AND kind = 'worker.activity.update' AND activity_id IS NOT NULL AND ($5::uuid IS NULL OR worker_id = $5)) AS stay WHERE within > 0 GROUP BY worker_id, activity_id"),
            params![
                ws,
                RoutingEvent::first_id(window.from).0,
                window.from.micros(),
                window.until.micros(),
                window.worker.map(|id| id.0)
            ],
        )
        .await?;
    found
        .iter()
        .map(|row| {
            let within = Spread { total: row.get(3)?, min: row.get(4)?, max: row.get(5)? };
            Ok(Stays { worker: WorkerId(row.get(0)?), activity: ActivityId(row.get(1)?), count: row.get(2)?, within })
        })
        .collect()
}

/// Of tasks accepted and completed in the window of ids: what it was, in which queue, and microseconds since the task was made.
pub async fn accepted_and_completed(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    from: EventId,
    until: EventId,
) -> Result<Vec<(RoutingEventKind, Option<TaskQueueId>, i64)>> {
    let found = tx
        .all(
            sql!("SELECT kind, queue_id, lasted FROM routing_event WHERE workspace_id = $1 AND id >= $2 AND id < $3 AND kind IN ('reservation.accepted', 'task.completed')"),
            params![ws, from.0, until.0],
        )
        .await?;
    let one = |row: &Row| -> Result<_> {
        let kind: String = row.get(0)?;
        Ok((kind_of(&kind)?, row.get::<Option<Uuid>>(1)?.map(TaskQueueId), row.get(2)?))
    };
    found.iter().map(one).collect()
}
