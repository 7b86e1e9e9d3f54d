//! Jobs: inputs with a date, written in the commit that caused them and deleted in the commit that used them.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use db::{Ask, Row, Tx, params, rows, sql};
use model::{Job, JobId, JobKind, Lane, NodeId, Timestamp};

use crate::WorkspaceNo;
use crate::row::body;
use crate::together::{Asked, one};

rows!(INSERT: "job"(workspace_id bigint, id uuid, lane text, key text, run_at bigint, kind text, body text, attempts bigint, epoch bigint)
    tail "ON CONFLICT (workspace_id, key) DO NOTHING");

fn kind_word(kind: &JobKind) -> &'static str {
    match kind {
        JobKind::Task(_) => "task",
        JobKind::WorkerGone { .. } => "worker_gone",
        JobKind::CloseTasks { .. } => "close_tasks",
        JobKind::News(_) => "news",
        JobKind::Wait { .. } => "wait",
        JobKind::HttpAnswer { .. } => "http_answer",
        JobKind::Close { .. } => "close",
        JobKind::Continue => "continue",
        JobKind::Sent { .. } => "sent",
        JobKind::DeliveryFailed { .. } => "delivery_failed",
        JobKind::Http { .. } => "http",
        JobKind::Media { .. } => "media",
        JobKind::Profile { .. } => "profile",
        JobKind::Profiled { .. } => "profiled",
        JobKind::React { .. } => "react",
        JobKind::Route { .. } => "route",
        JobKind::RoutingEvent { .. } => "routing_event",
        JobKind::Assignment { .. } => "assignment",
    }
}

/// Inserts jobs; one whose key exists is left as it is.
pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, jobs: &[Job]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let values = jobs
        .iter()
        .map(|job| {
            params![
                ws,
                job.id.0,
                job.lane.to_string(),
                job.key.as_str(),
                job.run_at.micros(),
                kind_word(&job.kind),
                body(&job.kind),
                job.attempts,
                job.epoch
            ]
        })
        .collect();
    tx.tell_rows(&INSERT, values).await?;
    Ok(())
}

fn job(row: &Row) -> Result<Job> {
    let lane: String = row.get(1)?;
    Ok(Job {
        id: JobId(row.get(0)?),
        lane: lane.parse::<Lane>().map_err(anyhow::Error::msg)?,
        key: row.get(2)?,
        run_at: Timestamp::from_micros(row.get(3)?),
        kind: crate::row::parse(row, 4)?,
        attempts: row.get(5)?,
        epoch: row.get(6)?,
    })
}

/// Due jobs of one lane, oldest first, at most `limit`.
pub async fn due_in_lane(tx: &mut Tx<'_>, ws: WorkspaceNo, lane: &str, now: Timestamp, limit: i64) -> Result<Vec<Job>> {
    due_in_lanes(tx, ws, &[lane.to_owned()], now, limit).await
}

/// Due jobs of these lanes, each named once: of every lane the oldest first, at most `limit`.
pub async fn due_in_lanes(tx: &mut Tx<'_>, ws: WorkspaceNo, lanes: &[String], now: Timestamp, limit: i64) -> Result<Vec<Job>> {
    one(tx, ask_due_in_lanes(ws, lanes, now, limit)).await
}

/// The question of [`due_in_lanes`].
pub fn ask_due_in_lanes(ws: WorkspaceNo, lanes: &[String], now: Timestamp, limit: i64) -> Asked<Vec<Job>> {
    let keys = lanes.iter().map(|lane| lane.as_str().into()).collect();
    let ask = Ask::any(
        sql!(sqlite: "SELECT id, lane, key, run_at, body, attempts, epoch FROM job WHERE workspace_id = $1 AND lane = $4 AND run_at <= $2 ORDER BY run_at, id LIMIT $3",
                pg: "SELECT due.id, due.lane, due.key, due.run_at, due.body, due.attempts, due.epoch FROM unnest($4::text[]) AS wanted(lane) CROSS JOIN LATERAL (SELECT id, lane, key, run_at, body, attempts, epoch FROM job WHERE workspace_id = $1 AND job.lane = wanted.lane AND run_at <= $2 ORDER BY run_at, id LIMIT $3) AS due ORDER BY due.run_at, due.id"),
        params![ws, now.micros(), limit],
        keys,
    );
    Asked::new(ask, |rows| rows.iter().map(job).collect())
}

/// Lanes that have something due, any workspace that stands, without locks.
pub async fn due_lanes(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<(WorkspaceNo, Lane)>> {
    let rows = tx
        .all(
            sql!("SELECT DISTINCT workspace_id, lane FROM (SELECT workspace_id, lane FROM job WHERE run_at <= $1 AND lane <> 'egress' AND workspace_id NOT IN (SELECT number FROM workspace WHERE deleted_at IS NOT NULL) ORDER BY run_at LIMIT $2) AS due"),
            params![now.micros(), limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let lane: String = row.get(1)?;
            Ok((row.get(0)?, lane.parse().map_err(anyhow::Error::msg)?))
        })
        .collect()
}

/// When the next job of any lane is due.
pub async fn next_due(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    let row = tx
        .one(
            sql!("SELECT min(run_at) FROM job WHERE workspace_id NOT IN (SELECT number FROM workspace WHERE deleted_at IS NOT NULL)"),
            params![],
        )
        .await?;
    Ok(row.get::<Option<i64>>(0)?.map(Timestamp::from_micros))
}

pub async fn delete(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[JobId]) -> Result<()> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    Ok(tx.tell_any(sql!("DELETE FROM job WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?)
}

pub async fn delete_keys(tx: &mut Tx<'_>, ws: WorkspaceNo, keys: &[String]) -> Result<()> {
    let keys = keys.iter().map(|key| key.as_str().into()).collect();
    Ok(tx.tell_any(sql!("DELETE FROM job WHERE workspace_id = $1 AND key = ANY($2)"), params![ws], keys).await?)
}

/// Counts an attempt before it is made, so that an input that kills the process is not tried for ever.
///
/// With -1 a try is taken back.
pub async fn count_attempt(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[JobId], by: i64) -> Result<()> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    tx.exec_any(sql!("UPDATE job SET attempts = attempts + $2 WHERE workspace_id = $1 AND id = ANY($3)"), params![ws, by], keys).await?;
    Ok(())
}

/// Which workspaces have outside work of one of these kinds that is due and that nobody holds.
pub async fn outside_waiting(tx: &mut Tx<'_>, kinds: &[&str], now: Timestamp) -> Result<BTreeSet<WorkspaceNo>> {
    let keys = kinds.iter().map(|kind| (*kind).into()).collect();
    // From one workspace with outside work to the next, and not through all that waits of each.
    let rows = tx
        .all_any(
            sql!("WITH RECURSIVE head(ws) AS (SELECT min(workspace_id) FROM job WHERE lane = 'egress' UNION ALL SELECT (SELECT min(workspace_id) FROM job WHERE lane = 'egress' AND workspace_id > head.ws) FROM head WHERE head.ws IS NOT NULL) SELECT head.ws FROM head WHERE head.ws IS NOT NULL AND EXISTS (SELECT 1 FROM job WHERE lane = 'egress' AND workspace_id = head.ws AND kind = ANY($2) AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $1))"),
            params![now.micros()],
            keys,
        )
        .await?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

/// Claims outside work of these kinds for `node` until `lease_until`, what is due longest first; the jobs carry the claim's epoch.
pub async fn claim_outside(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    kinds: &[&str],
    node: NodeId,
    (now, lease_until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Job>> {
    let keys = kinds.iter().map(|kind| (*kind).into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, lane, key, run_at, body, attempts, epoch FROM job WHERE lane = 'egress' AND workspace_id = $1 AND kind = ANY($4) AND run_at <= $2 AND (lease_until IS NULL OR lease_until < $2) ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED"),
            params![ws, now.micros(), limit],
            keys,
        )
        .await?;
    let mut claimed = rows.iter().map(job).collect::<Result<Vec<Job>>>()?;
    claimed.sort_by_key(|job| (job.run_at, job.id));
    claimed.truncate(usize::try_from(limit)?);
    for job in &mut claimed {
        job.epoch += 1;
        job.attempts += 1;
        tx.exec(
            sql!("UPDATE job SET node_id = $3, epoch = $4, attempts = $5, lease_until = $6 WHERE workspace_id = $1 AND id = $2"),
            params![ws, job.id.0, node.0, job.epoch, job.attempts, lease_until.micros()],
        )
        .await?;
    }
    Ok(claimed)
}

/// Ends a claim: true when it was still ours.
pub async fn finish_outside(tx: &mut Tx<'_>, ws: WorkspaceNo, id: JobId, epoch: i64) -> Result<bool> {
    let gone = tx.exec(sql!("DELETE FROM job WHERE workspace_id = $1 AND id = $2 AND epoch = $3"), params![ws, id.0, epoch]).await?;
    Ok(gone == 1)
}

/// Gives a claim back to be tried again at `run_at`.
pub async fn retry_outside(tx: &mut Tx<'_>, ws: WorkspaceNo, id: JobId, epoch: i64, run_at: Timestamp) -> Result<()> {
    tx.exec(
        sql!("UPDATE job SET lease_until = NULL, run_at = $4 WHERE workspace_id = $1 AND id = $2 AND epoch = $3"),
        params![ws, id.0, epoch, run_at.micros()],
    )
    .await?;
    Ok(())
}

pub async fn by_key(tx: &mut Tx<'_>, ws: WorkspaceNo, key: &str) -> Result<Option<Job>> {
    let row = tx
        .opt(sql!("SELECT id, lane, key, run_at, body, attempts, epoch FROM job WHERE workspace_id = $1 AND key = $2"), params![ws, key])
        .await?;
    row.as_ref().map(job).transpose().context("reading a job by its key")
}
