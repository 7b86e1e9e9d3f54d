//! Threads, conversations and participants.

use anyhow::{Context, Result};
use db::{Ask, Row, Tx, params, rows, sql};
use model::{
    AddressId, ChannelAccountId, ContactId, Conversation, ConversationId, ConversationState, Holder, Participant, Thread, ThreadId,
    Timestamp, WorkerId,
};

use crate::WorkspaceNo;
use crate::row::body;
use crate::together::Asked;

rows!(UPSERT: "conversation"(workspace_id bigint, id uuid, state text, holder text, contact_id uuid, thread_id uuid, last_seq bigint, task_id uuid, worker_id uuid, created_at bigint, last_activity_at bigint, body text, version bigint)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET state = excluded.state, holder = excluded.holder, thread_id = excluded.thread_id, last_seq = excluded.last_seq, task_id = excluded.task_id, worker_id = excluded.worker_id, last_activity_at = excluded.last_activity_at, body = excluded.body, version = excluded.version");
rows!(INSERT_THREAD: "thread"(workspace_id bigint, id uuid, channel_account_id uuid, key text, address_id uuid, context text)
    tail "ON CONFLICT (workspace_id, channel_account_id, key) DO NOTHING RETURNING id");
rows!(UPDATE_THREAD: "thread"(workspace_id bigint, id uuid, channel_account_id uuid, key text, conversation_id uuid, address_id uuid, context text, delivered_until bigint, read_until bigint)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET conversation_id = excluded.conversation_id, address_id = excluded.address_id, context = excluded.context, delivered_until = excluded.delivered_until, read_until = excluded.read_until");
rows!(INSERT_KEY: "thread_key"(workspace_id bigint, channel_account_id uuid, key text, thread_id uuid)
    tail "ON CONFLICT (workspace_id, channel_account_id, key) DO NOTHING");
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

pub(crate) fn thread(row: &Row) -> Result<Thread> {
    Ok(Thread {
        id: ThreadId(row.get(0)?),
        channel_account_id: ChannelAccountId(row.get(1)?),
        key: row.get(2)?,
        conversation_id: row.get::<Option<_>>(3)?.map(ConversationId),
        address_id: row.get::<Option<_>>(4)?.map(AddressId),
        context: crate::row::parse(row, 5)?,
        delivered_until: row.get::<Option<_>>(6)?.map(Timestamp::from_micros),
        read_until: row.get::<Option<_>>(7)?.map(Timestamp::from_micros),
    })
}

/// Locks the threads that have these keys, in the order of their ids; each comes with the key that led to it.
pub fn ask_lock_threads_by_key(ws: WorkspaceNo, account: ChannelAccountId, keys: &[String]) -> Asked<Vec<(String, Thread)>> {
    let keys = keys.iter().map(|key| key.as_str().into()).collect();
    let ask = Ask::any(
        sql!(
            "SELECT t.id, t.channel_account_id, t.key, t.conversation_id, t.address_id, t.context, t.delivered_until, t.read_until, k.key FROM thread_key k JOIN thread t ON t.workspace_id = k.workspace_id AND t.id = k.thread_id WHERE k.workspace_id = $1 AND k.channel_account_id = $2 AND k.key = ANY($3) ORDER BY t.id FOR NO KEY UPDATE OF t"
        ),
        params![ws, account.0],
        keys,
    );
    Asked::new(ask, |rows| rows.iter().map(|row| Ok((row.get(8)?, thread(row)?))).collect())
}

pub async fn lock_thread(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ThreadId) -> Result<Option<Thread>> {
    Ok(lock_threads(tx, ws, &[id]).await?.pop())
}

/// Locks threads in the order of their ids.
pub async fn lock_threads(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ThreadId]) -> Result<Vec<Thread>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, channel_account_id, key, conversation_id, address_id, context, delivered_until, read_until FROM thread WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(thread).collect()
}

pub async fn thread_by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ThreadId) -> Result<Option<Thread>> {
    let row = tx
        .opt(
            sql!(
                "SELECT id, channel_account_id, key, conversation_id, address_id, context, delivered_until, read_until FROM thread WHERE workspace_id = $1 AND id = $2"
            ),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(thread).transpose()
}

/// A thread, and whether whoever it reaches wants nothing more: they may have said so since the message was written, on any channel.
pub async fn thread_to_send(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ThreadId) -> Result<Option<(Thread, bool)>> {
    let row = tx
        .opt(
            sql!(
                "SELECT t.id, t.channel_account_id, t.key, t.conversation_id, t.address_id, t.context, t.delivered_until, t.read_until, COALESCE(a.opted_out, false) FROM thread t LEFT JOIN address a ON a.workspace_id = t.workspace_id AND a.id = t.address_id WHERE t.workspace_id = $1 AND t.id = $2"
            ),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(|row| Ok((thread(row)?, row.get(8)?))).transpose()
}

/// The thread of a key, without a lock.
pub async fn thread_by_key(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, key: &str) -> Result<Option<Thread>> {
    let row = tx
        .opt(
            sql!("SELECT t.id, t.channel_account_id, t.key, t.conversation_id, t.address_id, t.context, t.delivered_until, t.read_until FROM thread_key k JOIN thread t ON t.workspace_id = k.workspace_id AND t.id = k.thread_id WHERE k.workspace_id = $1 AND k.channel_account_id = $2 AND k.key = $3"),
            params![ws, account.0, key],
        )
        .await?;
    row.as_ref().map(thread).transpose()
}

/// Keys and notes of an account's threads: first those of open conversations, then whatever spoke last.
pub async fn latest_threads(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    account: ChannelAccountId,
    limit: i64,
) -> Result<Vec<(String, serde_json::Value)>> {
    let rows = tx
        .all(
            sql!("SELECT t.key, t.context FROM thread t LEFT JOIN conversation c ON c.workspace_id = t.workspace_id AND c.id = t.conversation_id WHERE t.workspace_id = $1 AND t.channel_account_id = $2 ORDER BY CASE WHEN c.state = 'open' THEN 0 ELSE 1 END, COALESCE(c.last_activity_at, 0) DESC, t.id LIMIT $3"),
            params![ws, account.0, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, crate::row::parse(row, 1)?))).collect()
}

pub async fn threads_of(tx: &mut Tx<'_>, ws: WorkspaceNo, conversation: ConversationId) -> Result<Vec<Thread>> {
    let rows = tx
        .all(
            sql!("SELECT id, channel_account_id, key, conversation_id, address_id, context, delivered_until, read_until FROM thread WHERE workspace_id = $1 AND conversation_id = $2 ORDER BY id"),
            params![ws, conversation.0],
        )
        .await?;
    rows.iter().map(thread).collect()
}

/// The threads of a person's conversations, groups included.
pub async fn threads_of_person(tx: &mut Tx<'_>, ws: WorkspaceNo, root: ContactId) -> Result<Vec<Thread>> {
    let rows = tx
        .all(
            sql!("SELECT id, channel_account_id, key, conversation_id, address_id, context, delivered_until, read_until FROM thread WHERE workspace_id = $1 AND id IN (SELECT c.thread_id FROM conversation c JOIN contact p ON p.workspace_id = c.workspace_id AND p.id = c.contact_id WHERE c.workspace_id = $1 AND p.root_id = $2) ORDER BY id"),
            params![ws, root.0],
        )
        .await?;
    rows.iter().map(thread).collect()
}

/// Makes threads and their keys; one that another transaction made first stays. Keys are aliases: an identity that changes stays one thread.
pub async fn insert_threads(tx: &mut Tx<'_>, ws: WorkspaceNo, threads: &[(Thread, Vec<String>)]) -> Result<()> {
    let values = threads
        .iter()
        .map(|(t, _)| params![ws, t.id.0, t.channel_account_id.0, t.key.as_str(), t.address_id.map(|id| id.0), t.context.to_string()])
        .collect();
    let mut made = std::collections::BTreeSet::new();
    for row in tx.insert_returning(&INSERT_THREAD, values).await? {
        made.insert(ThreadId(row.get(0)?));
    }
    let ours = threads.iter().filter(|(thread, _)| made.contains(&thread.id));
    let keys =
        ours.flat_map(|(thread, keys)| keys.iter().map(move |key| params![ws, thread.channel_account_id.0, key.as_str(), thread.id.0]));
    tx.tell_rows(&INSERT_KEY, keys.collect()).await?;
    Ok(())
}

/// Gives a thread one more key; a key that leads elsewhere already stays.
pub async fn put_key(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, key: &str, id: ThreadId) -> Result<()> {
    tx.tell_rows(&INSERT_KEY, vec![params![ws, account.0, key, id.0]]).await?;
    Ok(())
}

pub async fn update_threads(tx: &mut Tx<'_>, ws: WorkspaceNo, threads: &[Thread]) -> Result<()> {
    let values = threads
        .iter()
        .map(|t| {
            params![
                ws,
                t.id.0,
                t.channel_account_id.0,
                t.key.as_str(),
                t.conversation_id.map(|id| id.0),
                t.address_id.map(|id| id.0),
                t.context.to_string(),
                t.delivered_until.map(Timestamp::micros),
                t.read_until.map(Timestamp::micros)
            ]
        })
        .collect();
    tx.tell_rows(&UPDATE_THREAD, values).await?;
    Ok(())
}

/// Locks conversations in the order of their ids.
pub fn ask_lock(ws: WorkspaceNo, ids: &[ConversationId]) -> Asked<Vec<Conversation>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let ask = Ask::any(
        sql!("SELECT body FROM conversation WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE"),
        params![ws],
        keys,
    );
    Asked::new(ask, |rows| rows.iter().map(|row| conversation(row, 0)).collect())
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
    tx.tell_rows(&UPSERT, values).await?;
    Ok(())
}

fn participant(row: &Row) -> Result<Participant> {
    Ok(Participant {
        id: model::ParticipantId(row.get(0)?),
        conversation_id: ConversationId(row.get(1)?),
        thread_id: row.get::<Option<_>>(2)?.map(ThreadId),
        address_id: row.get::<Option<_>>(3)?.map(AddressId),
        contact_id: row.get::<Option<_>>(4)?.map(ContactId),
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
    tx.tell_rows(&UPSERT_PARTICIPANT, values).await?;
    Ok(())
}
