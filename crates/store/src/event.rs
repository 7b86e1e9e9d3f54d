//! The event stream: the last statements of each commit. The counter's row lock is held to the end of the commit,
//! so number order is commit order, without gaps.

use anyhow::{Context, Result};
use db::{Engine, Row, Tx, params, rows, sql};
use model::*;

use crate::WorkspaceNo;

rows!(INSERT: "event"(workspace_id bigint, seq bigint, kind text, at bigint, conversation_id uuid, task_id uuid, reservation_id uuid, worker_id uuid, contact_id uuid, body text)
    ; pg "WITH counter AS (UPDATE stream SET last = last + cardinality($2::bigint[]) WHERE workspace_id = ($1::bigint[])[1] AND NOT closed RETURNING last) \
        INSERT INTO event (workspace_id, seq, kind, at, conversation_id, task_id, reservation_id, worker_id, contact_id, body) \
        SELECT ws, (SELECT last FROM counter) - cardinality($2::bigint[]) + no, kind, at, conversation, task, reservation, worker, contact, body \
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[]) \
        AS new (ws, no, kind, at, conversation, task, reservation, worker, contact, body)");

/// Numbers the events and inserts them. Must be the last write of its transaction. On PostgreSQL it goes out with COMMIT, so that nobody
/// waits for the counter while this process is told its number: the counting is part of the statement, and `seq` the place in the batch.
///
/// # Errors
/// When the workspace was deleted: nothing happens in it any more.
pub async fn append(tx: &mut Tx<'_>, ws: WorkspaceNo, events: &[Event]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let count = events.len() as i64;
    let before = match tx.engine() {
        Engine::Postgres => 0,
        Engine::Sqlite => {
            let counted = tx
                .one(sql!("UPDATE stream SET last = last + $2 WHERE workspace_id = $1 AND NOT closed RETURNING last"), params![ws, count]);
            counted.await?.get::<i64>(0)? - count
        }
    };
    let mut values = Vec::with_capacity(events.len());
    for (event, seq) in events.iter().zip(before + 1..) {
        values.push(params![
            ws,
            seq,
            event.kind.code(),
            event.at.micros(),
            event.conversation_id.map(|id| id.0),
            event.task_id.map(|id| id.0),
            event.reservation_id.map(|id| id.0),
            event.worker_id.map(|id| id.0),
            event.contact_id.map(|id| id.0),
            event.body.to_string()
        ]);
    }
    Ok(tx.tell_rows(&INSERT, values).await?)
}

fn event(row: &Row) -> Result<Event> {
    let kind: String = row.get(1)?;
    Ok(Event {
        seq: row.get(0)?,
        kind: EventKind::parse(&kind).with_context(|| format!("an unknown event kind {kind}"))?,
        at: Timestamp::from_micros(row.get(2)?),
        conversation_id: row.get::<Option<_>>(3)?.map(ConversationId),
        task_id: row.get::<Option<_>>(4)?.map(TaskId),
        reservation_id: row.get::<Option<_>>(5)?.map(ReservationId),
        worker_id: row.get::<Option<_>>(6)?.map(WorkerId),
        contact_id: row.get::<Option<_>>(7)?.map(ContactId),
        body: crate::row::parse(row, 8)?,
    })
}

/// Events after `seq`, in order, at most `limit`.
pub async fn after(tx: &mut Tx<'_>, ws: WorkspaceNo, seq: i64, limit: i64) -> Result<Vec<Event>> {
    let rows = tx
        .all(
            sql!("SELECT seq, kind, at, conversation_id, task_id, reservation_id, worker_id, contact_id, body FROM event WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"),
            params![ws, seq, limit],
        )
        .await?;
    rows.iter().map(event).collect()
}

/// The number of the newest event.
pub async fn last(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<i64> {
    let row = tx.opt(sql!("SELECT last FROM stream WHERE workspace_id = $1"), params![ws]).await?;
    row.map_or(Ok(0), |row| Ok(row.get(0)?))
}

/// The number of the oldest event still kept; 0 when there is none.
pub async fn first(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<i64> {
    let row = tx.one(sql!("SELECT min(seq) FROM event WHERE workspace_id = $1"), params![ws]).await?;
    Ok(row.get::<Option<i64>>(0)?.unwrap_or(0))
}

/// Removes events before `time`, at most `limit`; returns how many.
pub async fn expire(tx: &mut Tx<'_>, ws: WorkspaceNo, time: Timestamp, limit: i64) -> Result<u64> {
    Ok(tx
        .exec(
            sql!(
                "DELETE FROM event WHERE workspace_id = $1 AND at < $2 AND seq < (SELECT min(seq) + $3 FROM event WHERE workspace_id = $1)"
            ),
            params![ws, time.micros(), limit],
        )
        .await?)
}

pub async fn follower(tx: &mut Tx<'_>, ws: WorkspaceNo, name: &str) -> Result<i64> {
    let row = tx.opt(sql!("SELECT seq FROM follower WHERE workspace_id = $1 AND name = $2"), params![ws, name]).await?;
    row.map_or(Ok(0), |row| Ok(row.get(0)?))
}

pub async fn put_follower(tx: &mut Tx<'_>, ws: WorkspaceNo, name: &str, seq: i64) -> Result<()> {
    tx.tell(
        sql!("INSERT INTO follower (workspace_id, name, seq) VALUES ($1, $2, $3) ON CONFLICT (workspace_id, name) DO UPDATE SET seq = excluded.seq"),
        params![ws, name, seq],
    )
    .await?;
    Ok(())
}
