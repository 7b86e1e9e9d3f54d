//! Messages, where sends and receipts meet, attachments and reading positions.

use anyhow::Result;
use db::{Row, Tx, params, rows, sql};
use model::{
    Attachment, AttachmentId, ChannelAccountId, ConversationId, Message, MessageId, MessageState, Problem, ThreadId, Timestamp, WorkerId,
};
use serde::{Deserialize, Serialize};

use crate::WorkspaceNo;
use crate::row::body;

rows!(INSERT: "message"(workspace_id bigint, id uuid, conversation_id uuid, thread_id uuid, seq bigint, pos bigint, client_id text, state text, body text, created_at bigint));
rows!(UPDATE: "message"(workspace_id bigint, id uuid, conversation_id uuid, seq bigint, pos bigint, state text, body text, created_at bigint)
    tail "ON CONFLICT (workspace_id, id) DO UPDATE SET state = excluded.state, body = excluded.body");

rows!(MEET_INBOUND: "provider_message"(workspace_id bigint, channel_account_id uuid, external_id text, message_id uuid, part bigint)
    tail "ON CONFLICT (workspace_id, channel_account_id, external_id) DO UPDATE SET message_id = coalesce(provider_message.message_id, excluded.message_id)");

fn message(row: &Row) -> Result<Message> {
    crate::row::parse(row, 0)
}

pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, messages: &[&Message]) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let values = messages
        .iter()
        .map(|m| {
            params![
                ws,
                m.id.0,
                m.conversation_id.0,
                m.thread_id.map(|id| id.0),
                m.seq,
                m.pos,
                m.client_id.clone(),
                m.state.code(),
                body(*m),
                m.created_at.micros()
            ]
        })
        .collect();
    tx.tell_rows(&INSERT, values).await?;
    Ok(())
}

pub async fn update(tx: &mut Tx<'_>, ws: WorkspaceNo, messages: &[&Message]) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let values = messages
        .iter()
        .map(|m| params![ws, m.id.0, m.conversation_id.0, m.seq, m.pos, m.state.code(), body(*m), m.created_at.micros()])
        .collect();
    tx.tell_rows(&UPDATE, values).await?;
    Ok(())
}

pub async fn by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MessageId) -> Result<Option<Message>> {
    let row = tx.opt(sql!("SELECT body FROM message WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    row.as_ref().map(message).transpose()
}

pub async fn by_ids(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[MessageId]) -> Result<Vec<Message>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx.all_any(sql!("SELECT body FROM message WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    rows.iter().map(message).collect()
}

pub async fn by_client_id(tx: &mut Tx<'_>, ws: WorkspaceNo, conversation: ConversationId, client_id: &str) -> Result<Option<Message>> {
    let row = tx
        .opt(
            sql!("SELECT body FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND client_id = $3"),
            params![ws, conversation.0, client_id],
        )
        .await?;
    row.as_ref().map(message).transpose()
}

/// A page of a conversation, ascending: the last `limit` before `before`, or the first after `after`.
pub async fn page(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    conversation: ConversationId,
    before: Option<i64>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<Message>> {
    let rows = match after {
        Some(after) => {
            tx.all(
                sql!("SELECT body FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND seq > $3 ORDER BY seq LIMIT $4"),
                params![ws, conversation.0, after, limit],
            )
            .await?
        }
        None => {
            let mut rows = tx
                .all(
                    sql!(
                        "SELECT body FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4"
                    ),
                    params![ws, conversation.0, before.unwrap_or(i64::MAX), limit],
                )
                .await?;
            rows.reverse();
            rows
        }
    };
    rows.iter().map(message).collect()
}

/// A page of a thread by position, ascending, over its conversations.
pub async fn thread_page(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    thread: ThreadId,
    before: Option<i64>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<Message>> {
    let rows = match after {
        Some(after) => {
            tx.all(
                sql!("SELECT body FROM message WHERE workspace_id = $1 AND thread_id = $2 AND pos > $3 ORDER BY pos LIMIT $4"),
                params![ws, thread.0, after, limit],
            )
            .await?
        }
        None => {
            let mut rows = tx
                .all(
                    sql!("SELECT body FROM message WHERE workspace_id = $1 AND thread_id = $2 AND pos < $3 ORDER BY pos DESC LIMIT $4"),
                    params![ws, thread.0, before.unwrap_or(i64::MAX), limit],
                )
                .await?;
            rows.reverse();
            rows
        }
    };
    rows.iter().map(message).collect()
}

/// The newest message of a conversation that is not private.
pub async fn newest(tx: &mut Tx<'_>, ws: WorkspaceNo, conversation: ConversationId) -> Result<Option<Message>> {
    let row = tx
        .opt(
            sql!("SELECT body FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND thread_id IS NOT NULL ORDER BY seq DESC LIMIT 1"),
            params![ws, conversation.0],
        )
        .await?;
    row.as_ref().map(message).transpose()
}

/// When the customer last wrote on a thread, by the provider's clock where that is not ahead of ours.
pub async fn last_heard(tx: &mut Tx<'_>, ws: WorkspaceNo, thread: ThreadId) -> Result<Option<Timestamp>> {
    let mut before = None;
    loop {
        let page = thread_page(tx, ws, thread, before, None, 100).await?;
        if let Some(message) = page.iter().rev().find(|message| message.from_contact()) {
            return Ok(Some(message.provider_at.unwrap_or(message.created_at).min(message.created_at)));
        }
        match page.first() {
            Some(first) => before = Some(first.pos),
            None => return Ok(None),
        }
    }
}

/// Messages on a thread, at or before `pos`, whose state is still behind: what a watermark moves. At most `limit`.
pub async fn behind_on_thread(tx: &mut Tx<'_>, ws: WorkspaceNo, thread: ThreadId, pos: i64, limit: i64) -> Result<Vec<Message>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM message WHERE workspace_id = $1 AND thread_id = $2 AND pos <= $3 AND state IN ('sent', 'delivered') ORDER BY pos DESC LIMIT $4"),
            params![ws, thread.0, pos, limit],
        )
        .await?;
    rows.iter().map(message).collect()
}

/// Messages of a conversation, at or before `seq`, whose state is still behind.
pub async fn behind(tx: &mut Tx<'_>, ws: WorkspaceNo, conversation: ConversationId, seq: i64, limit: i64) -> Result<Vec<Message>> {
    let rows = tx
        .all(
            sql!("SELECT body FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND seq <= $3 AND state IN ('sent', 'delivered') ORDER BY seq DESC LIMIT $4"),
            params![ws, conversation.0, seq, limit],
        )
        .await?;
    rows.iter().map(message).collect()
}

/// What came before anybody knew the message it is about.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Parked {
    #[serde(default)]
    pub state: Option<MessageState>,
    #[serde(default)]
    pub problem: Option<Problem>,
    /// In the order in which it came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// Something done to a message after it was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    Edit { text: String, no: i64, at: Timestamp },
    Unsend { at: Timestamp },
    React { reaction: model::message::Reaction, added: bool, alone: bool },
}

/// Changes that are kept for a message nobody knows yet.
const CHANGES_KEPT: usize = 50;

/// Where a provider's message id leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Meeting {
    pub message_id: Option<MessageId>,
    pub part: i64,
    pub parked: Option<Parked>,
}

fn meeting(row: &Row) -> Result<Meeting> {
    let parked: Option<String> = row.get(2)?;
    Ok(Meeting {
        message_id: row.get::<Option<_>>(0)?.map(MessageId),
        part: row.get(1)?,
        parked: parked.map(|text| serde_json::from_str(&text)).transpose()?,
    })
}

pub async fn meeting_by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, external_id: &str) -> Result<Option<Meeting>> {
    let row = tx
        .opt(
            sql!("SELECT message_id, part, parked FROM provider_message WHERE workspace_id = $1 AND channel_account_id = $2 AND external_id = $3"),
            params![ws, account.0, external_id],
        )
        .await?;
    row.as_ref().map(meeting).transpose()
}

/// The messages that these ids of a provider's lead to, where anybody knows them.
pub async fn met(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, external_ids: &[String]) -> Result<Vec<(String, MessageId)>> {
    let keys = external_ids.iter().map(|id| id.as_str().into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT external_id, message_id FROM provider_message WHERE workspace_id = $1 AND channel_account_id = $2 AND external_id = ANY($3) AND message_id IS NOT NULL"),
            params![ws, account.0],
            keys,
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, MessageId(row.get(1)?)))).collect()
}

/// The sender's side of the meeting: names the message and returns what a receipt parked before.
pub async fn meet_sent(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    account: ChannelAccountId,
    external_id: &str,
    id: MessageId,
    part: i64,
) -> Result<Meeting> {
    let row = tx
        .one(
            sql!("INSERT INTO provider_message (workspace_id, channel_account_id, external_id, message_id, part, parked) VALUES ($1, $2, $3, $4, $5, NULL) ON CONFLICT (workspace_id, channel_account_id, external_id) DO UPDATE SET message_id = excluded.message_id, part = excluded.part RETURNING message_id, part, parked"),
            params![ws, account.0, external_id, id.0, part],
        )
        .await?;
    meeting(&row)
}

/// The receipt's side: parks its news and returns the message if the sender was first. Of several parked ones the furthest stays.
pub async fn meet_receipt(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    account: ChannelAccountId,
    external_id: &str,
    news: &Parked,
) -> Result<Meeting> {
    let row = tx
        .one(
            sql!("INSERT INTO provider_message (workspace_id, channel_account_id, external_id, message_id, part, parked) VALUES ($1, $2, $3, NULL, 0, $4) ON CONFLICT (workspace_id, channel_account_id, external_id) DO UPDATE SET part = provider_message.part RETURNING message_id, part, parked"),
            params![ws, account.0, external_id, body(news)],
        )
        .await?;
    let found = meeting(&row)?;
    let parked = found.parked.clone().unwrap_or_default();
    let further = match (parked.state, news.state) {
        (Some(was), Some(is)) => was.after(is) != was,
        (was, is) => was.is_none() && is.is_some(),
    };
    if found.message_id.is_none() && further {
        let news = Parked { changes: parked.changes, ..news.clone() };
        repark(tx, ws, account, external_id, &news).await?;
    }
    Ok(found)
}

/// Parks what was done to a message that nobody knows yet; the caller holds its thread. Of too many changes the newest are dropped.
pub async fn park_change(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, external_id: &str, change: Change) -> Result<()> {
    let change = Parked { changes: vec![change], ..Parked::default() };
    let found = meet_receipt(tx, ws, account, external_id, &change).await?;
    let mut parked = found.parked.unwrap_or_default();
    if found.message_id.is_none() && !parked.changes.ends_with(&change.changes) && parked.changes.len() < CHANGES_KEPT {
        parked.changes.extend(change.changes);
        repark(tx, ws, account, external_id, &parked).await?;
    }
    Ok(())
}

async fn repark(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, external_id: &str, parked: &Parked) -> Result<()> {
    tx.exec(
        sql!("UPDATE provider_message SET parked = $4 WHERE workspace_id = $1 AND channel_account_id = $2 AND external_id = $3"),
        params![ws, account.0, external_id, body(parked)],
    )
    .await?;
    Ok(())
}

/// What was parked for messages that nobody knew, by the provider's ids.
pub async fn parked(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, external_ids: &[String]) -> Result<Vec<(String, Parked)>> {
    let keys = external_ids.iter().map(|id| id.as_str().into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT external_id, parked FROM provider_message WHERE workspace_id = $1 AND channel_account_id = $2 AND external_id = ANY($3) AND message_id IS NULL AND parked IS NOT NULL"),
            params![ws, account.0],
            keys,
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, crate::row::parse(row, 1)?))).collect()
}

/// Lets go of files that must not be kept: their rows have no message any more and are of the past, so the next tidying takes both.
pub async fn let_go(tx: &mut Tx<'_>, ws: WorkspaceNo, files: &[AttachmentId]) -> Result<()> {
    let keys = files.iter().map(|id| id.0.into()).collect();
    tx.exec_any(
        sql!("UPDATE attachment SET message_id = NULL, owner = 'unsent', created_at = 0 WHERE workspace_id = $1 AND id = ANY($2)"),
        params![ws],
        keys,
    )
    .await?;
    Ok(())
}

/// Names the provider's ids of inbound messages.
pub async fn meet_inbound(tx: &mut Tx<'_>, ws: WorkspaceNo, met: &[(ChannelAccountId, String, MessageId)]) -> Result<()> {
    let values = met.iter().map(|(account, external_id, id)| params![ws, account.0, external_id.as_str(), id.0, 0]).collect();
    tx.tell_rows(&MEET_INBOUND, values).await?;
    Ok(())
}

/// An uploaded or fetched file that no message has yet. `owner` says who may attach it.
pub async fn insert_attachment(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    attachment: &Attachment,
    message: Option<MessageId>,
    owner: &str,
    now: Timestamp,
) -> Result<()> {
    tx.tell(
        sql!("INSERT INTO attachment (workspace_id, id, message_id, owner, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)"),
        params![ws, attachment.id.0, message.map(|id| id.0), owner, body(attachment), now.micros()],
    )
    .await?;
    Ok(())
}

/// Attaches a loose upload of `owner` exactly once; `None` when it is not there, not theirs or already used.
pub async fn attach(tx: &mut Tx<'_>, ws: WorkspaceNo, id: AttachmentId, owner: &str, message: MessageId) -> Result<Option<Attachment>> {
    let row = tx
        .opt(
            sql!("UPDATE attachment SET message_id = $4 WHERE workspace_id = $1 AND id = $2 AND owner = $3 AND message_id IS NULL RETURNING body"),
            params![ws, id.0, owner, message.0],
        )
        .await?;
    row.as_ref().map(|row| crate::row::parse(row, 0)).transpose()
}

pub async fn attachment(tx: &mut Tx<'_>, ws: WorkspaceNo, id: AttachmentId) -> Result<Option<(Attachment, Option<MessageId>)>> {
    let row = tx.opt(sql!("SELECT body, message_id FROM attachment WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    row.map(|row| Ok((crate::row::parse(&row, 0)?, row.get::<Option<_>>(1)?.map(MessageId)))).transpose()
}

/// Those of these uploads that are `owner`'s and part of no message.
pub async fn loose(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[AttachmentId], owner: &str) -> Result<Vec<Attachment>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT body FROM attachment WHERE workspace_id = $1 AND owner = $2 AND message_id IS NULL AND id = ANY($3)"),
            params![ws, owner],
            keys,
        )
        .await?;
    rows.iter().map(|row| crate::row::parse(row, 0)).collect()
}

pub async fn update_attachment(tx: &mut Tx<'_>, ws: WorkspaceNo, attachment: &Attachment) -> Result<()> {
    tx.tell(sql!("UPDATE attachment SET body = $3 WHERE workspace_id = $1 AND id = $2"), params![ws, attachment.id.0, body(attachment)])
        .await?;
    Ok(())
}

/// Uploads that nothing was made of since `before`: deletes their rows and returns them, so that the files can go too.
pub async fn expire_loose(tx: &mut Tx<'_>, ws: WorkspaceNo, before: Timestamp, limit: i64) -> Result<Vec<Attachment>> {
    let rows = tx
        .all(
            sql!("DELETE FROM attachment WHERE workspace_id = $1 AND id IN (SELECT id FROM attachment WHERE workspace_id = $1 AND message_id IS NULL AND created_at < $2 LIMIT $3) RETURNING body"),
            params![ws, before.micros(), limit],
        )
        .await?;
    rows.iter().map(|row| crate::row::parse(row, 0)).collect()
}

/// Moves a worker's reading position forward; true when it moved.
pub async fn put_seen(tx: &mut Tx<'_>, ws: WorkspaceNo, worker: WorkerId, conversation: ConversationId, seq: i64) -> Result<bool> {
    let moved = tx
        .exec(
            sql!("INSERT INTO seen (workspace_id, worker_id, conversation_id, seq) VALUES ($1, $2, $3, $4) ON CONFLICT (workspace_id, worker_id, conversation_id) DO UPDATE SET seq = excluded.seq WHERE seen.seq < excluded.seq"),
            params![ws, worker.0, conversation.0, seq],
        )
        .await?;
    Ok(moved == 1)
}

pub async fn seen_by(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    worker: WorkerId,
    conversations: &[ConversationId],
) -> Result<Vec<(ConversationId, i64)>> {
    let keys = conversations.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT conversation_id, seq FROM seen WHERE workspace_id = $1 AND worker_id = $2 AND conversation_id = ANY($3)"),
            params![ws, worker.0],
            keys,
        )
        .await?;
    rows.iter().map(|row| Ok((ConversationId(row.get(0)?), row.get(1)?))).collect()
}
