//! Canned replies and the rows the bot answers from. Bodies are JSON texts that the caller checked.

use anyhow::Result;
use db::{Row, Tx, params, sql};
use model::{BotFactId, BotQuestionId, CannedReplyId};

use crate::WorkspaceNo;

#[derive(Debug, Clone)]
pub struct CannedReply {
    pub id: CannedReplyId,
    pub shortcut: String,
    /// Title and texts.
    pub body: String,
    pub version: i64,
}

fn reply(row: &Row) -> Result<CannedReply> {
    Ok(CannedReply { id: CannedReplyId(row.get(0)?), shortcut: row.get(1)?, body: row.get(2)?, version: row.get(3)? })
}

pub async fn replies(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<CannedReply>> {
    let rows =
        tx.all(sql!("SELECT id, shortcut, body, version FROM canned_reply WHERE workspace_id = $1 ORDER BY id"), params![ws]).await?;
    rows.iter().map(reply).collect()
}

pub async fn reply_by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: CannedReplyId) -> Result<Option<CannedReply>> {
    let row =
        tx.opt(sql!("SELECT id, shortcut, body, version FROM canned_reply WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    row.as_ref().map(reply).transpose()
}

pub async fn insert_reply(tx: &mut Tx<'_>, ws: WorkspaceNo, reply: &CannedReply) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO canned_reply (workspace_id, id, shortcut, body, version) VALUES ($1, $2, $3, $4, 1)"),
        params![ws, reply.id.0, reply.shortcut.as_str(), reply.body.as_str()],
    )
    .await?;
    Ok(())
}

/// False when `reply.version` is not the stored one.
pub async fn update_reply(tx: &mut Tx<'_>, ws: WorkspaceNo, reply: &CannedReply) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE canned_reply SET shortcut = $3, body = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $5"),
            params![ws, reply.id.0, reply.shortcut.as_str(), reply.body.as_str(), reply.version],
        )
        .await?;
    Ok(changed == 1)
}

pub async fn delete_reply(tx: &mut Tx<'_>, ws: WorkspaceNo, id: CannedReplyId, version: i64) -> Result<bool> {
    let gone =
        tx.exec(sql!("DELETE FROM canned_reply WHERE workspace_id = $1 AND id = $2 AND version = $3"), params![ws, id.0, version]).await?;
    Ok(gone == 1)
}

pub async fn insert_question(tx: &mut Tx<'_>, ws: WorkspaceNo, id: BotQuestionId, body: &str) -> Result<()> {
    tx.exec(sql!("INSERT INTO bot_question (workspace_id, id, body, version) VALUES ($1, $2, $3, 1)"), params![ws, id.0, body]).await?;
    Ok(())
}

pub async fn update_question(tx: &mut Tx<'_>, ws: WorkspaceNo, id: BotQuestionId, body: &str, version: i64) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE bot_question SET body = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $4"),
            params![ws, id.0, body, version],
        )
        .await?;
    Ok(changed == 1)
}

pub async fn delete_question(tx: &mut Tx<'_>, ws: WorkspaceNo, id: BotQuestionId, version: i64) -> Result<bool> {
    let gone =
        tx.exec(sql!("DELETE FROM bot_question WHERE workspace_id = $1 AND id = $2 AND version = $3"), params![ws, id.0, version]).await?;
    Ok(gone == 1)
}

pub async fn insert_fact(tx: &mut Tx<'_>, ws: WorkspaceNo, id: BotFactId, key: &str, body: &str) -> Result<()> {
    tx.exec(sql!("INSERT INTO bot_fact (workspace_id, id, key, body, version) VALUES ($1, $2, $3, $4, 1)"), params![ws, id.0, key, body])
        .await?;
    Ok(())
}

pub async fn update_fact(tx: &mut Tx<'_>, ws: WorkspaceNo, id: BotFactId, key: &str, body: &str, version: i64) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE bot_fact SET key = $3, body = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $5"),
            params![ws, id.0, key, body, version],
        )
        .await?;
    Ok(changed == 1)
}

pub async fn delete_fact(tx: &mut Tx<'_>, ws: WorkspaceNo, id: BotFactId, version: i64) -> Result<bool> {
    let gone =
        tx.exec(sql!("DELETE FROM bot_fact WHERE workspace_id = $1 AND id = $2 AND version = $3"), params![ws, id.0, version]).await?;
    Ok(gone == 1)
}
