//! Threads, conversations and participants.

use anyhow::{Context, Result};
use db::{Row, Tx, params, rows, sql};
use model::{
    AddressId, ChannelAccountId, Conversation, ConversationId, ConversationState, Holder, Participant, Thread, ThreadId, WorkerId,
};

use crate::WorkspaceNo;
use crate::row::body;

rows!(UPSERT: "conversation"(workspace_id bigint, id uuid, state text, holder text, contact_id uuid, thread_id uuid, last_seq bigint, task_id uuid, worker_id uuid, created_at bigint, last_activity_at bigint, body text, version bigint)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET state = excluded.state, holder = excluded.holder, thread_id = excluded.thread_id, last_seq = excluded.last_seq, task_id = excluded.task_id, worker_id = excluded.worker_id, last_activity_at = excluded.last_activity_at, body = excluded.body, version = excluded.version");
rows!(UPSERT_PARTICIPANT: "participant"(workspace_id bigint, id uuid, conversation_id uuid, thread_id uuid, address_id uuid, contact_id uuid, worker_id uuid, name text, active boolean)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, active = excluded.active");

fn state_word(state: ConversationState) -> &'static str {
    match state {
        ConversationState::Open => "open",
        ConversationState::Closed => "closed",
    }
}

fn holder_word(holder: Holder) -> &'static str {
    match holder {
        Holder::None => "none",
        Holder::Flow => "flow",
        Holder::Requested => "requested",
        Holder::Task => "task",
    }
}

pub(crate) fn conversation(row: &Row, index: usize) -> Result<Conversation> {
    crate::row::parse(row, index).context("a conversation")
}

fn thread(row: &Row) -> Result<Thread> {
    Ok(Thread {
        id: ThreadId(row.get(0)?),
        channel_account_id: ChannelAccountId(row.get(1)?),
        key: row.get(2)?,
        conversation_id: row.get::<Option<_>>(3)?.map(ConversationId),
        address_id: row.get::<Option<_>>(4)?.map(AddressId),
        context: crate::row::parse(row, 5)?,
    })
}

/// Locks the thread that has one of these keys, canonical first.
pub async fn lock_thread_by_key(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, key: &str) -> Result<Option<Thread>> {
    let row = tx
        .opt(
            sql!("SELECT t.id, t.channel_account_id, t.key, t.conversation_id, t.address_id, t.context FROM thread_key k JOIN thread t ON t.workspace_id = k.workspace_id AND t.id = k.thread_id WHERE k.workspace_id = $1 AND k.channel_account_id = $2 AND k.key = $3 FOR NO KEY UPDATE OF t"),
            params![ws, account.0, key],
        )
        .await?;
    row.as_ref().map(thread).transpose()
}

pub async fn lock_thread(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ThreadId) -> Result<Option<Thread>> {
    let row = tx
        .opt(
            sql!("SELECT id, channel_account_id, key, conversation_id, address_id, context FROM thread WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE"),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(thread).transpose()
}

pub async fn thread_by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ThreadId) -> Result<Option<Thread>> {
    let row = tx
        .opt(
            sql!(
                "SELECT id, channel_account_id, key, conversation_id, address_id, context FROM thread WHERE workspace_id = $1 AND id = $2"
            ),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(thread).transpose()
}

/// The thread of a key, without a lock.
pub async fn thread_by_key(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, key: &str) -> Result<Option<Thread>> {
    let row = tx
        .opt(
            sql!("SELECT t.id, t.channel_account_id, t.key, t.conversation_id, t.address_id, t.context FROM thread_key k JOIN thread t ON t.workspace_id = k.workspace_id AND t.id = k.thread_id WHERE k.workspace_id = $1 AND k.channel_account_id = $2 AND k.key = $3"),
            params![ws, account.0, key],
        )
        .await?;
    row.as_ref().map(thread).transpose()
}

pub async fn threads_of(tx: &mut Tx<'_>, ws: WorkspaceNo, conversation: ConversationId) -> Result<Vec<Thread>> {
    let rows = tx
        .all(
            sql!("SELECT id, channel_account_id, key, conversation_id, address_id, context FROM thread WHERE workspace_id = $1 AND conversation_id = $2 ORDER BY id"),
            params![ws, conversation.0],
        )
        .await?;
    rows.iter().map(thread).collect()
}

/// Makes a thread and its keys; one that another transaction made first stays.
pub async fn insert_thread(tx: &mut Tx<'_>, ws: WorkspaceNo, thread: &Thread, keys: &[String]) -> Result<bool> {
    let made = tx
        .exec(
            sql!("INSERT INTO thread (workspace_id, id, channel_account_id, key, conversation_id, address_id, context) VALUES ($1, $2, $3, $4, NULL, $5, $6) ON CONFLICT (workspace_id, channel_account_id, key) DO NOTHING"),
            params![ws, thread.id.0, thread.channel_account_id.0, thread.key.as_str(), thread.address_id.map(|id| id.0), thread.context.to_string()],
        )
        .await?;
    if made == 1 {
        add_keys(tx, ws, thread.channel_account_id, thread.id, keys).await?;
    }
    Ok(made == 1)
}

/// Aliases: an identity that changes stays one thread.
pub async fn add_keys(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, thread: ThreadId, keys: &[String]) -> Result<()> {
    for key in keys {
        tx.exec(
            sql!("INSERT INTO thread_key (workspace_id, channel_account_id, key, thread_id) VALUES ($1, $2, $3, $4) ON CONFLICT (workspace_id, channel_account_id, key) DO NOTHING"),
            params![ws, account.0, key.as_str(), thread.0],
        )
        .await?;
    }
    Ok(())
}

pub async fn update_thread(tx: &mut Tx<'_>, ws: WorkspaceNo, thread: &Thread) -> Result<()> {
    tx.exec(
        sql!("UPDATE thread SET conversation_id = $3, address_id = $4, context = $5 WHERE workspace_id = $1 AND id = $2"),
        params![ws, thread.id.0, thread.conversation_id.map(|id| id.0), thread.address_id.map(|id| id.0), thread.context.to_string()],
    )
    .await?;
    Ok(())
}

pub async fn lock(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ConversationId) -> Result<Option<Conversation>> {
    let row =
        tx.opt(sql!("SELECT body FROM conversation WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE"), params![ws, id.0]).await?;
    row.as_ref().map(|row| conversation(row, 0)).transpose()
}

pub async fn by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ConversationId) -> Result<Option<Conversation>> {
    let row = tx.opt(sql!("SELECT body FROM conversation WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    row.as_ref().map(|row| conversation(row, 0)).transpose()
}

pub async fn by_ids(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx.all_any(sql!("SELECT body FROM conversation WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    rows.iter().map(|row| conversation(row, 0)).collect()
}

/// Open conversations that stand with a worker's accepted task.
pub async fn held_by(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId) -> Result<Vec<Conversation>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM conversation WHERE workspace_id = $1 AND state = 'open' AND worker_id = $2 ORDER BY created_at"),
            params![ws, worker.0],
        )
        .await?;
    rows.iter().map(|row| conversation(row, 0)).collect()
}

pub async fn upsert(tx: &mut Tx<'_>, ws: WorkspaceNo, conversations: &[&Conversation]) -> Result<()> {
    if conversations.is_empty() {
        return Ok(());
    }
    // Closings before openings: the unique index on a thread's open conversation is checked row by row.
    let mut ordered: Vec<&&Conversation> = conversations.iter().collect();
    ordered.sort_by_key(|c| (c.state == ConversationState::Open, c.created_at));
    let values = ordered
        .into_iter()
        .map(|c| {
            params![
                ws,
                c.id.0,
                state_word(c.state),
                holder_word(c.holder),
                c.contact_id.0,
                c.thread_id.0,
                c.last_seq,
                c.task_id.map(|id| id.0),
                c.worker_id.map(|id| id.0),
                c.created_at.micros(),
                c.last_activity_at.micros(),
                body(*c),
                c.version
            ]
        })
        .collect();
    tx.insert(&UPSERT, values).await?;
    Ok(())
}

fn participant(row: &Row) -> Result<Participant> {
    Ok(Participant {
        id: model::ParticipantId(row.get(0)?),
        conversation_id: ConversationId(row.get(1)?),
        thread_id: row.get::<Option<_>>(2)?.map(ThreadId),
        address_id: row.get::<Option<_>>(3)?.map(AddressId),
        contact_id: row.get::<Option<_>>(4)?.map(model::ContactId),
        worker_id: row.get::<Option<_>>(5)?.map(WorkerId),
        name: row.get(6)?,
        active: row.get(7)?,
    })
}

pub async fn participants(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ConversationId) -> Result<Vec<Participant>> {
    let rows = tx
        .all(
            sql!("SELECT id, conversation_id, thread_id, address_id, contact_id, worker_id, name, active FROM participant WHERE workspace_id = $1 AND conversation_id = $2 AND active ORDER BY id"),
            params![ws, id.0],
        )
        .await?;
    rows.iter().map(participant).collect()
}

pub async fn put_participants(tx: &mut Tx<'_>, ws: WorkspaceNo, participants: &[Participant]) -> Result<()> {
    if participants.is_empty() {
        return Ok(());
    }
    // What leaves the unique index of active participants goes first.
    let mut ordered: Vec<&Participant> = participants.iter().collect();
    ordered.sort_by_key(|p| p.active);
    let values = ordered
        .into_iter()
        .map(|p| {
            params![
                ws,
                p.id.0,
                p.conversation_id.0,
                p.thread_id.map(|id| id.0),
                p.address_id.map(|id| id.0),
                p.contact_id.map(|id| id.0),
                p.worker_id.map(|id| id.0),
                p.name.as_str(),
                p.active
            ]
        })
        .collect();
    tx.insert(&UPSERT_PARTICIPANT, values).await?;
    Ok(())
}
