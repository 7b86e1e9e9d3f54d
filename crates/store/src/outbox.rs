//! Sends waiting for, or done by, the owner of their channel account.

use anyhow::{Context, Result};
use db::{Row, Tx, params, rows, sql};
use model::{ChannelAccountId, ConversationId, MessageId, Outbox, OutboxId, OutboxState, Problem, ThreadId, Timestamp};

use crate::WorkspaceNo;

/// The outcome of a try that a person found at the customer, of which the provider told nothing.
pub const VOUCHED: &str = "arrived";

rows!(INSERT: "outbox"(workspace_id bigint, id uuid, conversation_id uuid, thread_id uuid, channel_account_id uuid, message_id uuid, opened_at bigint, seq bigint, part bigint, state text, body text, progress text, not_before bigint, expires_at bigint, attempts bigint, epoch bigint, doubt_since bigint, updated_at bigint));

pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, rows: &[Outbox]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let values = rows
        .iter()
        .map(|o| {
            params![
                ws,
                o.id.0,
                o.conversation_id.map(|id| id.0),
                o.thread_id.0,
                o.channel_account_id.0,
                o.message_id.map(|id| id.0),
                o.opened_at.micros(),
                o.seq,
                o.part,
                o.state.code(),
                o.body.to_string(),
                o.progress.to_string(),
                o.not_before.micros(),
                o.expires_at.micros(),
                o.attempts,
                o.epoch,
                o.doubt_since.map(Timestamp::micros),
                o.not_before.micros()
            ]
        })
        .collect();
    tx.tell_rows(&INSERT, values).await?;
    Ok(())
}

fn outbox(row: &Row) -> Result<Outbox> {
    let state: String = row.get(8)?;
    Ok(Outbox {
        id: OutboxId(row.get(0)?),
        conversation_id: row.get::<Option<_>>(1)?.map(ConversationId),
        thread_id: ThreadId(row.get(2)?),
        channel_account_id: ChannelAccountId(row.get(3)?),
        message_id: row.get::<Option<_>>(4)?.map(MessageId),
        opened_at: Timestamp::from_micros(row.get(5)?),
        seq: row.get(6)?,
        part: row.get(7)?,
        state: OutboxState::parse(&state).with_context(|| format!("an unknown outbox state {state}"))?,
        body: crate::row::parse(row, 9)?,
        progress: crate::row::parse(row, 10)?,
        not_before: Timestamp::from_micros(row.get(11)?),
        expires_at: Timestamp::from_micros(row.get(12)?),
        attempts: row.get(13)?,
        epoch: row.get(14)?,
        doubt_since: row.get::<Option<_>>(15)?.map(Timestamp::from_micros),
    })
}

/// Everything of a channel account that is not final, in sending order. An uncertain row is final for order 30 s after its last change.
pub async fn unfinished(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    account: ChannelAccountId,
    uncertain_since: Timestamp,
    limit: i64,
) -> Result<Vec<Outbox>> {
    let rows = tx
        .all(
            sql!("SELECT id, conversation_id, thread_id, channel_account_id, message_id, opened_at, seq, part, state, body, progress, not_before, expires_at, attempts, epoch, doubt_since FROM outbox WHERE workspace_id = $1 AND channel_account_id = $2 AND state IN ('queued', 'sending', 'uncertain') AND (state <> 'uncertain' OR updated_at > $3) ORDER BY thread_id, opened_at, seq, part LIMIT $4"),
            params![ws, account.0, uncertain_since.micros(), limit],
        )
        .await?;
    rows.iter().map(outbox).collect()
}

/// Channel accounts that have something to send, any workspace that stands.
pub async fn busy_accounts(tx: &mut Tx<'_>) -> Result<Vec<(i64, ChannelAccountId)>> {
    let rows = tx
        .all(
            sql!("SELECT DISTINCT workspace_id, channel_account_id FROM outbox WHERE state IN ('queued', 'sending', 'uncertain') AND workspace_id NOT IN (SELECT number FROM workspace WHERE deleted_at IS NOT NULL)"),
            params![],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, ChannelAccountId(row.get(1)?)))).collect()
}

/// Marks a head as leaving, from now on (`not_before`), and notes the attempt; false when somebody moved it meanwhile. What was told of an
/// earlier try says nothing of this one.
pub async fn claim(tx: &mut Tx<'_>, ws: WorkspaceNo, row: &Outbox, epoch: i64, now: Timestamp) -> Result<bool> {
    let claimed = tx
        .exec(
            sql!("UPDATE outbox SET state = 'sending', epoch = $3, attempts = attempts + 1, not_before = $4, updated_at = $4, named_at = NULL WHERE workspace_id = $1 AND id = $2 AND state = 'queued'"),
            params![ws, row.id.0, epoch, now.micros()],
        )
        .await?;
    if claimed == 1 {
        tx.tell(
            sql!("INSERT INTO attempt (workspace_id, outbox_id, no, epoch, started_at, ended_at, outcome) VALUES ($1, $2, $3, $4, $5, NULL, NULL)"),
            params![ws, row.id.0, row.attempts + 1, epoch, now.micros()],
        )
        .await?;
    }
    Ok(claimed == 1)
}

/// Keeps what a dependent request achieved, before the next one is made; false when the claim is no longer ours.
pub async fn save_progress(tx: &mut Tx<'_>, ws: WorkspaceNo, row: &Outbox, epoch: i64) -> Result<bool> {
    let kept = tx
        .exec(
            sql!("UPDATE outbox SET progress = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'sending' AND epoch = $4"),
            params![ws, row.id.0, row.progress.to_string(), epoch],
        )
        .await?;
    Ok(kept == 1)
}

/// Writes what became of an attempt. Only the claim's epoch may move a row out of `sending`; late evidence may move `uncertain`.
pub async fn settle(tx: &mut Tx<'_>, ws: WorkspaceNo, row: &Outbox, epoch: i64, outcome: &str, now: Timestamp) -> Result<bool> {
    tx.tell(
        sql!("UPDATE attempt SET ended_at = $4, outcome = $5 WHERE workspace_id = $1 AND outbox_id = $2 AND no = $3 AND ended_at IS NULL"),
        params![ws, row.id.0, row.attempts, now.micros(), outcome],
    )
    .await?;
    let moved = tx
        .exec(
            sql!("UPDATE outbox SET state = $3, progress = $4, not_before = $5, updated_at = $6, doubt_since = $8 WHERE workspace_id = $1 AND id = $2 AND ((state = 'sending' AND epoch = $7) OR state = 'uncertain')"),
            params![
                ws,
                row.id.0,
                row.state.code(),
                row.progress.to_string(),
                row.not_before.micros(),
                now.micros(),
                epoch,
                row.doubt_since.map(Timestamp::micros)
            ],
        )
        .await?;
    Ok(moved == 1)
}

/// Ends the waiting of a row whose time is over, as failed or, where a try of it may have arrived, as uncertain; false when it waits no more.
pub async fn expire(tx: &mut Tx<'_>, ws: WorkspaceNo, row: &Outbox, now: Timestamp) -> Result<bool> {
    let after = if row.doubt_since.is_some() { OutboxState::Uncertain } else { OutboxState::Failed };
    let expired = tx
        .exec(
            sql!("UPDATE outbox SET state = $4, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'queued'"),
            params![ws, row.id.0, now.micros(), after.code()],
        )
        .await?;
    Ok(expired == 1)
}

/// Rows left `sending` by an owner up to `epoch`, none of whose requests is under way any more: their fate is unknown.
pub async fn orphaned(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, epoch: i64) -> Result<Vec<Outbox>> {
    let rows = tx
        .all(
            sql!("SELECT id, conversation_id, thread_id, channel_account_id, message_id, opened_at, seq, part, state, body, progress, not_before, expires_at, attempts, epoch, doubt_since FROM outbox WHERE workspace_id = $1 AND channel_account_id = $2 AND state = 'sending' AND epoch <= $3"),
            params![ws, account.0, epoch],
        )
        .await?;
    rows.iter().map(outbox).collect()
}

/// Takes a row out of a claim that died, to what `row` says now, and closes its attempt, of which nobody knows how it ended.
pub async fn take_over(tx: &mut Tx<'_>, ws: WorkspaceNo, row: &Outbox, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!("UPDATE outbox SET state = $4, doubt_since = $5, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'sending'"),
        params![ws, row.id.0, now.micros(), row.state.code(), row.doubt_since.map(Timestamp::micros)],
    )
    .await?;
    tx.exec(
        sql!("UPDATE attempt SET ended_at = $4, outcome = 'uncertain' WHERE workspace_id = $1 AND outbox_id = $2 AND no = $3 AND ended_at IS NULL"),
        params![ws, row.id.0, row.attempts, now.micros()],
    )
    .await?;
    Ok(())
}

/// How many tries of a row ended with the process that made them, the one under way among them.
pub async fn unended_tries(tx: &mut Tx<'_>, ws: WorkspaceNo, id: OutboxId) -> Result<i64> {
    let row = tx
        .one(
            sql!("SELECT count(*) FROM attempt WHERE workspace_id = $1 AND outbox_id = $2 AND (ended_at IS NULL OR outcome = 'uncertain')"),
            params![ws, id.0],
        )
        .await?;
    Ok(row.get(0)?)
}

/// The provider itself says that it has a part: what was in doubt, or put back in line after a look-up in vain, is sent. A try that is under
/// way is left to its own outcome, beside which it is noted ([`named`]).
pub async fn prove(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MessageId, part: i64, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!("UPDATE outbox SET state = 'sent', updated_at = $4 WHERE workspace_id = $1 AND message_id = $2 AND part = $3 AND state IN ('queued', 'uncertain')"),
        params![ws, id.0, part, now.micros()],
    )
    .await?;
    tx.exec(
        sql!("UPDATE outbox SET named_at = $4 WHERE workspace_id = $1 AND message_id = $2 AND part = $3 AND state = 'sending'"),
        params![ws, id.0, part, now.micros()],
    )
    .await?;
    Ok(())
}

/// Whether the provider said that it has the part while the newest try of it was under way.
pub async fn named(tx: &mut Tx<'_>, ws: WorkspaceNo, id: OutboxId) -> Result<bool> {
    let row = tx.opt(sql!("SELECT 1 FROM outbox WHERE workspace_id = $1 AND id = $2 AND named_at IS NOT NULL"), params![ws, id.0]).await?;
    Ok(row.is_some())
}

/// A person saw the message at the customer: its parts in doubt are sent, and their last tries [`VOUCHED`] for. How many parts there were.
pub async fn vouch(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MessageId, now: Timestamp) -> Result<u64> {
    tx.exec(
        sql!("UPDATE attempt SET outcome = $3 WHERE workspace_id = $1 AND EXISTS (SELECT 1 FROM outbox o WHERE o.workspace_id = attempt.workspace_id AND o.id = attempt.outbox_id AND o.message_id = $2 AND o.state = 'uncertain' AND o.attempts = attempt.no)"),
        params![ws, id.0, VOUCHED],
    )
    .await?;
    Ok(tx
        .exec(
            sql!("UPDATE outbox SET state = 'sent', updated_at = $3 WHERE workspace_id = $1 AND message_id = $2 AND state = 'uncertain'"),
            params![ws, id.0, now.micros()],
        )
        .await?)
}

/// Whether a part is known to have arrived by a person's word alone.
pub async fn vouched(tx: &mut Tx<'_>, ws: WorkspaceNo, row: &Outbox) -> Result<bool> {
    let found = tx
        .opt(
            sql!("SELECT 1 FROM attempt WHERE workspace_id = $1 AND outbox_id = $2 AND no = $3 AND outcome = $4"),
            params![ws, row.id.0, row.attempts, VOUCHED],
        )
        .await?;
    Ok(found.is_some())
}

/// The provider says later that a part which it took did not arrive: it failed after all, and so did the try.
pub async fn refute(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MessageId, part: i64, why: Option<&Problem>, now: Timestamp) -> Result<()> {
    let outcome = format!("taken, and not delivered: {}", why.map_or("", |problem| problem.detail.as_str()));
    tx.exec(
        sql!("UPDATE attempt SET outcome = $4 WHERE workspace_id = $1 AND outcome = 'sent' AND outbox_id IN (SELECT id FROM outbox WHERE workspace_id = $1 AND message_id = $2 AND part = $3 AND state = 'sent')"),
        params![ws, id.0, part, outcome],
    )
    .await?;
    tx.exec(
        sql!("UPDATE outbox SET state = 'failed', updated_at = $4 WHERE workspace_id = $1 AND message_id = $2 AND part = $3 AND state = 'sent'"),
        params![ws, id.0, part, now.micros()],
    )
    .await?;
    Ok(())
}

/// Fails what still waits on a thread, and names the messages. What may have arrived already is left to its sender.
pub async fn refuse_waiting(tx: &mut Tx<'_>, ws: WorkspaceNo, thread: ThreadId, now: Timestamp) -> Result<Vec<MessageId>> {
    let waiting = tx
        .all(
            sql!("SELECT DISTINCT message_id FROM outbox WHERE workspace_id = $1 AND thread_id = $2 AND state = 'queued' AND message_id IS NOT NULL AND doubt_since IS NULL ORDER BY message_id"),
            params![ws, thread.0],
        )
        .await?;
    if !waiting.is_empty() {
        tx.exec(
            sql!("UPDATE outbox SET state = 'failed', updated_at = $3 WHERE workspace_id = $1 AND thread_id = $2 AND state = 'queued' AND message_id IS NOT NULL AND doubt_since IS NULL"),
            params![ws, thread.0, now.micros()],
        )
        .await?;
    }
    waiting.iter().map(|row| Ok(MessageId(row.get(0)?))).collect()
}

/// Rows of a thread whose request is under way, or of which a try may have arrived, in sending order.
pub async fn in_flight(tx: &mut Tx<'_>, ws: WorkspaceNo, thread: ThreadId) -> Result<Vec<Outbox>> {
    let rows = tx
        .all(
            sql!("SELECT id, conversation_id, thread_id, channel_account_id, message_id, opened_at, seq, part, state, body, progress, not_before, expires_at, attempts, epoch, doubt_since FROM outbox WHERE workspace_id = $1 AND thread_id = $2 AND state IN ('queued', 'sending', 'uncertain') AND (state <> 'queued' OR doubt_since IS NOT NULL) ORDER BY opened_at, seq, part"),
            params![ws, thread.0],
        )
        .await?;
    rows.iter().map(outbox).collect()
}

/// Uncertain rows of an account, for looking them up.
pub async fn uncertain(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, since: Timestamp) -> Result<Vec<Outbox>> {
    let rows = tx
        .all(
            sql!("SELECT id, conversation_id, thread_id, channel_account_id, message_id, opened_at, seq, part, state, body, progress, not_before, expires_at, attempts, epoch, doubt_since FROM outbox WHERE workspace_id = $1 AND channel_account_id = $2 AND state IN ('queued', 'sending', 'uncertain') AND state = 'uncertain' AND updated_at > $3 ORDER BY opened_at, seq, part"),
            params![ws, account.0, since.micros()],
        )
        .await?;
    rows.iter().map(outbox).collect()
}

/// The parts of one message.
pub async fn of_message(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MessageId) -> Result<Vec<Outbox>> {
    let rows = tx
        .all(
            sql!("SELECT id, conversation_id, thread_id, channel_account_id, message_id, opened_at, seq, part, state, body, progress, not_before, expires_at, attempts, epoch, doubt_since FROM outbox WHERE workspace_id = $1 AND message_id = $2 ORDER BY part"),
            params![ws, id.0],
        )
        .await?;
    rows.iter().map(outbox).collect()
}

/// Takes the parts of a message out of its line, if no try of any of them was made: whoever reads them now sends nothing any more. Empty where
/// one was, and nothing changed.
pub async fn withdraw(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MessageId) -> Result<Vec<Outbox>> {
    tx.all(sql!("SELECT id FROM outbox WHERE workspace_id = $1 AND message_id = $2 ORDER BY part FOR UPDATE"), params![ws, id.0]).await?;
    let rows = of_message(tx, ws, id).await?;
    if !rows.iter().all(|row| row.state == OutboxState::Queued && row.attempts == 0) {
        return Ok(vec![]);
    }
    tx.exec(sql!("DELETE FROM outbox WHERE workspace_id = $1 AND message_id = $2"), params![ws, id.0]).await?;
    Ok(rows)
}

/// A person decided: the failed or uncertain parts of a message are sent again.
pub async fn requeue(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MessageId, now: Timestamp, expires_at: Timestamp) -> Result<u64> {
    Ok(tx
        .exec(
            sql!("UPDATE outbox SET state = 'queued', progress = 'null', not_before = $3, expires_at = $4, updated_at = $3, doubt_since = NULL WHERE workspace_id = $1 AND message_id = $2 AND state IN ('failed', 'uncertain')"),
            params![ws, id.0, now.micros(), expires_at.micros()],
        )
        .await?)
}

/// A try to send one part of a message, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    pub part: i64,
    pub no: i64,
    pub started_at: Timestamp,
    /// `None` = it is under way.
    pub ended_at: Option<Timestamp>,
    /// In a word or a sentence, without secrets.
    pub outcome: String,
}

/// Every try of a message, in their order.
pub async fn tries_of(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MessageId) -> Result<Vec<Try>> {
    let rows = tx
        .all(
            sql!("SELECT o.part, a.no, a.started_at, a.ended_at, a.outcome FROM outbox o JOIN attempt a ON a.workspace_id = o.workspace_id AND a.outbox_id = o.id WHERE o.workspace_id = $1 AND o.message_id = $2 ORDER BY a.started_at, o.part, a.no"),
            params![ws, id.0],
        )
        .await?;
    let read = |row: &Row| -> Result<Try> {
        Ok(Try {
            part: row.get(0)?,
            no: row.get(1)?,
            started_at: Timestamp::from_micros(row.get(2)?),
            ended_at: row.get::<Option<_>>(3)?.map(Timestamp::from_micros),
            outcome: row.get::<Option<_>>(4)?.unwrap_or_default(),
        })
    };
    rows.iter().map(read).collect()
}

/// Messages that did not leave, or of which nobody knows whether they did: the first such part of each, newest first, and when it became so.
pub async fn undelivered(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    before: Option<(Timestamp, OutboxId)>,
    limit: i64,
) -> Result<Vec<(OutboxId, MessageId, Timestamp)>> {
    let (at, id) = before.map_or((i64::MAX, uuid::Uuid::max()), |(at, id)| (at.micros(), id.0));
    let rows = tx
        .all(
            sql!("SELECT o.id, o.message_id, o.updated_at FROM outbox o WHERE o.workspace_id = $1 AND o.state IN ('failed', 'uncertain') AND o.message_id IS NOT NULL AND (o.updated_at < $2 OR (o.updated_at = $2 AND o.id < $3)) AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.workspace_id = o.workspace_id AND b.message_id = o.message_id AND b.part < o.part AND b.state IN ('failed', 'uncertain')) ORDER BY o.updated_at DESC, o.id DESC LIMIT $4"),
            params![ws, at, id, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((OutboxId(row.get(0)?), MessageId(row.get(1)?), Timestamp::from_micros(row.get(2)?)))).collect()
}
