//! What a database needs to hear after it came back from a backup: time went on without it.

use anyhow::Result;
use db::{Tx, params, sql};
use model::{Event, EventKind, Message, MessageState, Problem, Timestamp};
use uuid::Uuid;

use crate::WorkspaceNo;

/// Added to every lease's epoch, so that no process from before the restore can hold a higher one.
const EPOCHS: i64 = 1_000;

/// Marks unfinished sends as uncertain (they may have left after the backup was taken; only a person sends them again), lets the
/// epochs rise and notes the restore. Returns how many sends and how many leases it touched.
pub async fn settle(tx: &mut Tx<'_>, now: Timestamp) -> Result<(i64, i64)> {
    let rows = tx
        .all(
            sql!("SELECT workspace_id, id, message_id, state, attempts FROM outbox WHERE state IN ('queued', 'sending') ORDER BY workspace_id, id"),
            params![],
        )
        .await?;
    let mut messages: Vec<(WorkspaceNo, Uuid)> = Vec::new();
    for row in &rows {
        let (ws, id, message): (WorkspaceNo, Uuid, Option<Uuid>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (state, attempts): (String, i64) = (row.get(3)?, row.get(4)?);
        send(tx, ws, id, &state, attempts, now).await?;
        messages.extend(message.map(|message| (ws, message)));
    }
    messages.dedup();
    for (ws, id) in messages {
        doubt(tx, ws, id, now).await?;
    }
    let leases = tx.exec(sql!("UPDATE lease SET epoch = epoch + $1"), params![EPOCHS]).await?;
    crate::workspace::put_fact(tx, "restored_at", &now.rfc3339()).await?;
    Ok((rows.len() as i64, leases as i64))
}

/// A send that was not under way gets an attempt of unknown outcome, because there may have been one.
async fn send(tx: &mut Tx<'_>, ws: WorkspaceNo, id: Uuid, state: &str, attempts: i64, now: Timestamp) -> Result<()> {
    if state == "queued" {
        tx.exec(
            sql!("INSERT INTO attempt (workspace_id, outbox_id, no, epoch, started_at, ended_at, outcome) VALUES ($1, $2, $3, 0, $4, $4, 'uncertain')"),
            params![ws, id, attempts + 1, now.micros()],
        )
        .await?;
    }
    tx.exec(
        sql!("UPDATE attempt SET ended_at = $3, outcome = 'uncertain' WHERE workspace_id = $1 AND outbox_id = $2 AND ended_at IS NULL"),
        params![ws, id, now.micros()],
    )
    .await?;
    tx.exec(
        sql!("UPDATE outbox SET state = 'uncertain', updated_at = $3, attempts = $4 WHERE workspace_id = $1 AND id = $2"),
        params![ws, id, now.micros(), attempts + i64::from(state == "queued")],
    )
    .await?;
    Ok(())
}

/// The message says that nobody knows, and the stream says so too.
async fn doubt(tx: &mut Tx<'_>, ws: WorkspaceNo, id: Uuid, now: Timestamp) -> Result<()> {
    let Some(mut message): Option<Message> = crate::message::by_id(tx, ws, model::MessageId(id)).await? else { return Ok(()) };
    if !message.hear(MessageState::Uncertain, now) {
        return Ok(());
    }
    message.problem = Some(Problem { code: "uncertain".into(), detail: "It may have been sent before the restore".into() });
    crate::message::update(tx, ws, &[&message]).await?;
    // A deleted workspace's stream takes no event; whoever brings it back reads the message.
    if !crate::deleted::stands(tx, ws).await? {
        return Ok(());
    }
    let event = Event::new(EventKind::MessageUpdated, now).conversation(message.conversation_id).body(serde_json::to_value(&message)?);
    crate::event::append(tx, ws, &[event]).await?;
    Ok(())
}
