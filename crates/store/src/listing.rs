//! Pages and sets of rows for the desk's and the admin's views: each loads many at once, none in a loop.

use std::collections::BTreeMap;

use anyhow::Result;
use db::{Tx, params, sql};
use model::{
    Address, Contact, ContactId, Conversation, ConversationId, Execution, Fact, FlowId, Message, Thread, ThreadId, Timestamp, WorkerId,
};
use uuid::Uuid;

use crate::WorkspaceNo;
use crate::contact::{address, contact};
use crate::conversation::thread;
use crate::row::parse;

/// Which conversations of a list are wanted; `None` = any.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub state: Option<String>,
    pub holder: Option<String>,
    /// The person, by root.
    pub person: Option<ContactId>,
    pub worker: Option<WorkerId>,
    /// Only those this worker may read.
    pub visible_to: Option<WorkerId>,
    /// Only what comes after this row, newest activity first.
    pub after: Option<(Timestamp, ConversationId)>,
    pub limit: i64,
}

/// Conversations by last activity, newest first.
pub async fn conversations(tx: &mut Tx<'_>, ws: WorkspaceNo, wanted: &Wanted) -> Result<Vec<Conversation>> {
    let (at, id) = wanted.after.map_or((i64::MAX, Uuid::nil()), |(at, id)| (at.micros(), id.0));
    let rows = tx
        .all(
            sql!("SELECT c.body FROM conversation c JOIN contact k ON k.workspace_id = c.workspace_id AND k.id = c.contact_id WHERE c.workspace_id = $1 AND ($2::text IS NULL OR c.state = $2) AND ($3::text IS NULL OR c.holder = $3) AND ($4::uuid IS NULL OR k.root_id = $4) AND ($5::uuid IS NULL OR c.worker_id = $5) AND ($6::uuid IS NULL OR c.worker_id = $6 OR EXISTS (SELECT 1 FROM conversation m JOIN contact mk ON mk.workspace_id = m.workspace_id AND mk.id = m.contact_id WHERE m.workspace_id = $1 AND mk.root_id = k.root_id AND m.created_at >= c.created_at AND (m.worker_id = $6 OR EXISTS (SELECT 1 FROM task t JOIN reservation r ON r.workspace_id = t.workspace_id AND r.task_id = t.id WHERE t.workspace_id = $1 AND t.conversation_id = m.id AND r.worker_id = $6 AND r.status IN ('accepted', 'wrapping', 'completed'))))) AND (c.last_activity_at < $7 OR (c.last_activity_at = $7 AND c.id < $8)) ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $9"),
            params![
                ws,
                wanted.state.clone(),
                wanted.holder.clone(),
                wanted.person.map(|id| id.0),
                wanted.worker.map(|id| id.0),
                wanted.visible_to.map(|id| id.0),
                at,
                id,
                wanted.limit
            ],
        )
        .await?;
    rows.iter().map(|row| crate::conversation::conversation(row, 0)).collect()
}

/// Whether a worker may read a conversation: it is theirs, it was, or it is an earlier one of a person they had.
pub async fn readable(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId, id: ConversationId) -> Result<bool> {
    let row = tx
        .opt(
            sql!("SELECT 1 FROM conversation c JOIN contact k ON k.workspace_id = c.workspace_id AND k.id = c.contact_id WHERE c.workspace_id = $1 AND c.id = $2 AND (c.worker_id = $3 OR EXISTS (SELECT 1 FROM conversation m JOIN contact mk ON mk.workspace_id = m.workspace_id AND mk.id = m.contact_id WHERE m.workspace_id = $1 AND mk.root_id = k.root_id AND m.created_at >= c.created_at AND (m.worker_id = $3 OR EXISTS (SELECT 1 FROM task t JOIN reservation r ON r.workspace_id = t.workspace_id AND r.task_id = t.id WHERE t.workspace_id = $1 AND t.conversation_id = m.id AND r.worker_id = $3 AND r.status IN ('accepted', 'wrapping', 'completed')))))"),
            params![ws, id.0, worker.0],
        )
        .await?;
    Ok(row.is_some())
}

/// Persons (roots) a worker ever had a conversation with.
pub async fn persons_of_worker(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId) -> Result<Vec<ContactId>> {
    let rows = tx
        .all(
            sql!("SELECT DISTINCT k.root_id FROM conversation c JOIN contact k ON k.workspace_id = c.workspace_id AND k.id = c.contact_id WHERE c.workspace_id = $1 AND (c.worker_id = $2 OR EXISTS (SELECT 1 FROM task t JOIN reservation r ON r.workspace_id = t.workspace_id AND r.task_id = t.id WHERE t.workspace_id = $1 AND t.conversation_id = c.id AND r.worker_id = $2 AND r.status IN ('accepted', 'wrapping', 'completed')))"),
            params![ws, worker.0],
        )
        .await?;
    rows.iter().map(|row| Ok(ContactId(row.get(0)?))).collect()
}

/// Persons by when we met them, newest first: their root contacts after `after`.
pub async fn persons(tx: &mut Tx<'_>, ws: WorkspaceNo, after: Option<(Timestamp, ContactId)>, limit: i64) -> Result<Vec<Contact>> {
    let (at, id) = after.map_or((i64::MAX, Uuid::nil()), |(at, id)| (at.micros(), id.0));
    let rows = tx
        .all(
            sql!("SELECT id, root_id, name, blocked, created_at, version FROM contact WHERE workspace_id = $1 AND id = root_id AND (created_at < $2 OR (created_at = $2 AND id < $3)) ORDER BY created_at DESC, id DESC LIMIT $4"),
            params![ws, at, id, limit],
        )
        .await?;
    rows.iter().map(contact).collect()
}

/// Facts of these contacts.
pub async fn facts_by_contacts(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ContactId]) -> Result<Vec<Fact>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT contact_id, key, value, source, verified, at FROM contact_fact WHERE workspace_id = $1 AND contact_id = ANY($2)"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter()
        .map(|row| {
            let source: String = row.get(3)?;
            Ok(Fact {
                contact_id: ContactId(row.get(0)?),
                key: row.get(1)?,
                value: row.get(2)?,
                source: serde_json::from_value(source.into())?,
                verified: row.get(4)?,
                at: Timestamp::from_micros(row.get(5)?),
            })
        })
        .collect()
}

pub async fn addresses_by_contacts(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ContactId]) -> Result<Vec<Address>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, contact_id, channel, scope, external_id, verified, opted_out FROM address WHERE workspace_id = $1 AND contact_id = ANY($2)"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(address).collect()
}

/// Threads by their own ids.
pub async fn threads_by_ids(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ThreadId]) -> Result<Vec<Thread>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, channel_account_id, key, conversation_id, address_id, context, delivered_until, read_until FROM thread WHERE workspace_id = $1 AND id = ANY($2)"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(thread).collect()
}

/// Threads whose latest conversation is one of these.
pub async fn threads_of_conversations(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ConversationId]) -> Result<Vec<Thread>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, channel_account_id, key, conversation_id, address_id, context, delivered_until, read_until FROM thread WHERE workspace_id = $1 AND conversation_id = ANY($2)"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(thread).collect()
}

/// The newest message of each conversation that its customer could see.
pub async fn newest_messages(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[ConversationId]) -> Result<Vec<Message>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT m.body FROM message m JOIN (SELECT conversation_id, max(seq) AS seq FROM message WHERE workspace_id = $1 AND thread_id IS NOT NULL AND conversation_id = ANY($2) GROUP BY conversation_id) AS last ON last.conversation_id = m.conversation_id AND last.seq = m.seq WHERE m.workspace_id = $1"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// Names of workers, the deleted ones too.
pub async fn worker_names(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[WorkerId]) -> Result<BTreeMap<WorkerId, String>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx.all_any(sql!("SELECT id, name FROM worker WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    rows.iter().map(|row| Ok((WorkerId(row.get(0)?), row.get(1)?))).collect()
}

/// Runs of flows, newest first, after `after`.
pub async fn executions(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    flow: Option<FlowId>,
    conversation: Option<ConversationId>,
    state: Option<String>,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Execution>> {
    let (at, id) = after.map_or((i64::MAX, Uuid::nil()), |(at, id)| (at.micros(), id));
    let rows = tx
        .all(
            sql!("SELECT body FROM execution WHERE workspace_id = $1 AND ($2::uuid IS NULL OR flow_id = $2) AND ($3::uuid IS NULL OR conversation_id = $3) AND ($4::text IS NULL OR state = $4) AND (started_at < $5 OR (started_at = $5 AND id < $6)) ORDER BY started_at DESC, id DESC LIMIT $7"),
            params![ws, flow.map(|id| id.0), conversation.map(|id| id.0), state, at, id, limit],
        )
        .await?;
    rows.iter().map(|row| parse(row, 0)).collect()
}

/// An actor's requests whose key begins with `prefix`: key and fingerprint.
pub async fn request_keys(tx: &mut Tx<'_>, ws: WorkspaceNo, actor: &str, prefix: &str) -> Result<Vec<(String, String)>> {
    let rows = tx
        .all(
            sql!("SELECT key, fingerprint FROM request WHERE workspace_id = $1 AND actor = $2 AND substr(key, 1, length($3::text)) = $3"),
            params![ws, actor, prefix],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Takes a request's key for this transaction; false when another one has it. Waits for one that is under way.
pub async fn claim_request(tx: &mut Tx<'_>, ws: WorkspaceNo, actor: &str, key: &str, fingerprint: &str, now: Timestamp) -> Result<bool> {
    let made = tx
        .exec(
            sql!("INSERT INTO request (workspace_id, actor, key, fingerprint, answer, at) VALUES ($1, $2, $3, $4, '', $5) ON CONFLICT (workspace_id, actor, key) DO NOTHING"),
            params![ws, actor, key, fingerprint, now.micros()],
        )
        .await?;
    Ok(made == 1)
}

/// Lets go of a claimed request that came to nothing.
pub async fn forget_request(tx: &mut Tx<'_>, ws: WorkspaceNo, actor: &str, key: &str) -> Result<()> {
    tx.exec(sql!("DELETE FROM request WHERE workspace_id = $1 AND actor = $2 AND key = $3"), params![ws, actor, key]).await?;
    Ok(())
}

/// Keeps the answer of a claimed request.
pub async fn finish_request(tx: &mut Tx<'_>, ws: WorkspaceNo, actor: &str, key: &str, answer: &str) -> Result<()> {
    tx.exec(sql!("UPDATE request SET answer = $4 WHERE workspace_id = $1 AND actor = $2 AND key = $3"), params![ws, actor, key, answer])
        .await?;
    Ok(())
}
