//! Webchat visitors: who holds which token, and which signed tokens were used.

use anyhow::Result;
use db::{Row, Tx, params, sql};
use model::{ChannelAccountId, ContactId, Message, ThreadId, Timestamp, VisitorId};
use serde::{Deserialize, Serialize};

use crate::WorkspaceNo;
use crate::row::{body, parse};

/// A browser that opened the chat. Its token is known to it alone; we keep the hash.
#[derive(Debug, Clone, PartialEq)]
pub struct Visitor {
    pub id: VisitorId,
    pub channel_account_id: ChannelAccountId,
    /// Who they are to the site (`sub`), once a signed token proved it.
    pub subject: Option<String>,
    pub body: VisitorBody,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitorBody {
    /// As the site's signed token named them.
    pub name: Option<String>,
    pub language: Option<String>,
    /// The page the chat was last opened on, without its query.
    pub page_url: Option<String>,
    /// The form before the first message was filled in; what it brought stands here until that message takes it along.
    pub asked: bool,
    pub answers: Vec<model::FormAnswer>,
}

fn visitor(row: &Row) -> Result<Visitor> {
    Ok(Visitor {
        id: VisitorId(row.get(0)?),
        channel_account_id: ChannelAccountId(row.get(1)?),
        subject: row.get(2)?,
        body: parse(row, 3)?,
        created_at: Timestamp::from_micros(row.get(4)?),
        expires_at: Timestamp::from_micros(row.get(5)?),
    })
}

pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, visitor: &Visitor, token_hash: &[u8]) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO visitor (workspace_id, id, channel_account_id, token_hash, subject, body, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
        params![
            ws,
            visitor.id.0,
            visitor.channel_account_id.0,
            token_hash.to_vec(),
            visitor.subject.as_deref(),
            body(&visitor.body),
            visitor.created_at.micros(),
            visitor.expires_at.micros()
        ],
    )
    .await?;
    Ok(())
}

/// The visitor of a token on this channel, unless it has expired.
pub async fn by_token(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    account: ChannelAccountId,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Visitor>> {
    let row = tx
        .opt(
            sql!("SELECT id, channel_account_id, subject, body, created_at, expires_at FROM visitor WHERE token_hash = $3 AND workspace_id = $1 AND channel_account_id = $2 AND expires_at > $4"),
            params![ws, account.0, token_hash.to_vec(), now.micros()],
        )
        .await?;
    row.as_ref().map(visitor).transpose()
}

pub async fn by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: VisitorId) -> Result<Option<Visitor>> {
    let row = tx
        .opt(
            sql!("SELECT id, channel_account_id, subject, body, created_at, expires_at FROM visitor WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(visitor).transpose()
}

/// Stores what is known of a visitor and how long their token works.
pub async fn update(tx: &mut Tx<'_>, ws: WorkspaceNo, visitor: &Visitor) -> Result<()> {
    tx.exec(
        sql!("UPDATE visitor SET body = $3, expires_at = $4 WHERE workspace_id = $1 AND id = $2"),
        params![ws, visitor.id.0, body(&visitor.body), visitor.expires_at.micros()],
    )
    .await?;
    Ok(())
}

/// Notes who a visitor is to the site; a browser that was somebody before keeps no other name here.
pub async fn prove(tx: &mut Tx<'_>, ws: WorkspaceNo, id: VisitorId, subject: &str) -> Result<()> {
    tx.exec(sql!("UPDATE visitor SET subject = $3 WHERE workspace_id = $1 AND id = $2"), params![ws, id.0, subject]).await?;
    Ok(())
}

/// The other browsers of the same proven person on the channel, by visitor.
pub async fn elsewhere(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    account: ChannelAccountId,
    visitors: &[VisitorId],
) -> Result<Vec<(VisitorId, VisitorId)>> {
    let ids = visitors.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT me.id, other.id FROM visitor me JOIN visitor other ON other.workspace_id = me.workspace_id AND other.channel_account_id = me.channel_account_id AND other.subject = me.subject AND other.id <> me.id WHERE me.workspace_id = $1 AND me.channel_account_id = $2 AND me.subject IS NOT NULL AND me.id = ANY($3)"),
            params![ws, account.0],
            ids,
        )
        .await?;
    rows.iter().map(|row| Ok((VisitorId(row.get(0)?), VisitorId(row.get(1)?)))).collect()
}

/// Ends a visitor's token now.
pub async fn end(tx: &mut Tx<'_>, ws: WorkspaceNo, id: VisitorId, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!("UPDATE visitor SET expires_at = $3 WHERE workspace_id = $1 AND id = $2 AND expires_at > $3"),
        params![ws, id.0, now.micros()],
    )
    .await?;
    Ok(())
}

/// Removes visitors and used tokens whose time is over, at most `limit` of each.
pub async fn expire(tx: &mut Tx<'_>, ws: WorkspaceNo, before: Timestamp, limit: i64) -> Result<u64> {
    let visitors = tx
        .exec(
            sql!("DELETE FROM visitor WHERE workspace_id = $1 AND id IN (SELECT id FROM visitor WHERE workspace_id = $1 AND expires_at < $2 LIMIT $3)"),
            params![ws, before.micros(), limit],
        )
        .await?;
    let tokens = tx.exec(sql!("DELETE FROM used_token WHERE workspace_id = $1 AND expires_at < $2"), params![ws, before.micros()]).await?;
    Ok(visitors + tokens)
}

/// Notes that a signed token was used; false when it was used before.
pub async fn use_token(tx: &mut Tx<'_>, ws: WorkspaceNo, account: ChannelAccountId, jti: &str, expires_at: Timestamp) -> Result<bool> {
    let made = tx
        .exec(
            sql!("INSERT INTO used_token (workspace_id, channel_account_id, jti, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (workspace_id, channel_account_id, jti) DO NOTHING"),
            params![ws, account.0, jti, expires_at.micros()],
        )
        .await?;
    Ok(made == 1)
}

/// Whether the person behind a contact is blocked, on whichever of their contacts that was noted.
pub async fn blocked(tx: &mut Tx<'_>, ws: WorkspaceNo, contact: ContactId) -> Result<bool> {
    let row = tx
        .opt(
            sql!("SELECT 1 FROM contact c JOIN contact p ON p.workspace_id = c.workspace_id AND p.root_id = c.root_id WHERE c.workspace_id = $1 AND c.id = $2 AND p.blocked LIMIT 1"),
            params![ws, contact.0],
        )
        .await?;
    Ok(row.is_some())
}

/// The message a client made on a thread, whichever conversation it fell into.
pub async fn message_by_client_id(tx: &mut Tx<'_>, ws: WorkspaceNo, thread: ThreadId, client_id: &str) -> Result<Option<Message>> {
    let row = tx
        .opt(
            sql!("SELECT body FROM message WHERE workspace_id = $1 AND thread_id = $2 AND client_id = $3 ORDER BY pos DESC LIMIT 1"),
            params![ws, thread.0, client_id],
        )
        .await?;
    row.as_ref().map(|row| parse(row, 0)).transpose()
}

/// The newest position on a thread; 0 when nothing was said.
pub async fn last_pos(tx: &mut Tx<'_>, ws: WorkspaceNo, thread: ThreadId) -> Result<i64> {
    let row = tx.one(sql!("SELECT max(pos) FROM message WHERE workspace_id = $1 AND thread_id = $2"), params![ws, thread.0]).await?;
    Ok(row.get::<Option<i64>>(0)?.unwrap_or(0))
}
