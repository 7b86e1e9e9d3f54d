//! Workspaces that were deleted: gone for everybody from that commit on, brought back by an operator, or erased piece by piece.
//!
//! Every other query finds a workspace, or the work of all of them, without those that were deleted; but for keys that are made anew, who
//! owns a workspace, whose memberships there are, and what a restore settles.

use anyhow::{Result, bail};
use db::{Row, Statement, Tx, params, sql};
use model::{ChannelAccountId, Timestamp, WorkerId, Workspace, WorkspaceId};
use uuid::Uuid;

use crate::WorkspaceNo;

/// Why a workspace cannot be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDeleted {
    /// There is none, or it was deleted before.
    Gone,
    /// It is the only one of the site.
    Last,
}

impl std::fmt::Display for NotDeleted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gone => "there is no such workspace",
            Self::Last => "the last workspace of a site cannot be deleted",
        })
    }
}

impl std::error::Error for NotDeleted {}

/// One that waits for its erasure.
#[derive(Debug, Clone)]
pub struct Deleted {
    pub workspace: Workspace,
    pub at: Timestamp,
}

/// One whose day has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doomed {
    pub ws: WorkspaceNo,
    pub id: WorkspaceId,
    /// It cannot be brought back any more.
    pub begun: bool,
}

/// Takes it from everybody who works in it: no commit under a lease that was taken before is possible after this one. Leases come first
/// in the order of locks.
///
/// # Errors
/// [`NotDeleted`].
pub async fn delete(tx: &mut Tx<'_>, ws: WorkspaceNo, now: Timestamp) -> Result<()> {
    let resources = resources(tx, ws).await?.into_iter().map(Into::into).collect();
    tx.exec_any(sql!("UPDATE lease SET epoch = epoch + 1 WHERE resource = ANY($1)"), params![], resources).await?;
    // All of them, so that of two that are deleted at once one is seen to be the last.
    let standing =
        tx.all(sql!("SELECT number FROM workspace WHERE deleted_at IS NULL ORDER BY number FOR NO KEY UPDATE"), params![]).await?;
    let standing = standing.iter().map(|row| row.get(0)).collect::<Result<Vec<WorkspaceNo>, _>>()?;
    if !standing.contains(&ws) {
        bail!(NotDeleted::Gone);
    }
    if standing.len() == 1 {
        bail!(NotDeleted::Last);
    }
    tx.exec(sql!("UPDATE workspace SET deleted_at = $2 WHERE number = $1"), params![ws, now.micros()]).await?;
    tx.exec(sql!("UPDATE channel_account SET parked_key = provider_key, provider_key = NULL WHERE workspace_id = $1"), params![ws]).await?;
    Ok(())
}

/// What processes own of a workspace, in order.
async fn resources(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<String>> {
    let rows = tx.all(sql!("SELECT id FROM channel_account WHERE workspace_id = $1"), params![ws]).await?;
    let accounts = rows.iter().map(|row| Ok(format!("channel_account:{}", ChannelAccountId(row.get(0)?))));
    let mut all: Vec<String> = accounts.collect::<Result<_>>()?;
    all.extend([format!("router:{ws}"), format!("follower:search:{ws}"), format!("follower:webhooks:{ws}")]);
    all.sort();
    Ok(all)
}

/// Nothing more happens: the last statement of the deletion.
pub async fn close_stream(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<()> {
    tx.exec(sql!("UPDATE stream SET closed = true WHERE workspace_id = $1"), params![ws]).await?;
    Ok(())
}

/// Forgets which desks were open, and says whose.
pub async fn disconnect(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<WorkerId>> {
    let rows = tx.all(sql!("DELETE FROM worker_connection WHERE workspace_id = $1 RETURNING worker_id"), params![ws]).await?;
    let mut workers = rows.iter().map(|row| Ok(WorkerId(row.get(0)?))).collect::<Result<Vec<_>>>()?;
    workers.sort();
    workers.dedup();
    Ok(workers)
}

/// Whether a workspace stands.
pub async fn stands(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<bool> {
    Ok(tx.opt(sql!("SELECT 1 FROM workspace WHERE number = $1 AND deleted_at IS NULL"), params![ws]).await?.is_some())
}

/// The numbers of those that were deleted, the erased ones among them.
pub async fn numbers(tx: &mut Tx<'_>) -> Result<Vec<WorkspaceNo>> {
    let rows = tx.all(sql!("SELECT number FROM workspace WHERE deleted_at IS NOT NULL"), params![]).await?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

fn deleted(row: &Row) -> Result<Deleted> {
    let workspace = Workspace {
        number: row.get(0)?,
        id: WorkspaceId(row.get(1)?),
        name: row.get(2)?,
        settings: crate::row::parse(row, 3)?,
        version: row.get(4)?,
    };
    Ok(Deleted { workspace, at: Timestamp::from_micros(row.get(5)?) })
}

/// Those that can be brought back.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Deleted>> {
    let sql = sql!(
        "SELECT number, id, name, settings, version, deleted_at FROM workspace WHERE deleted_at IS NOT NULL AND erasing_at IS NULL ORDER BY number"
    );
    tx.all(sql, params![]).await?.iter().map(deleted).collect()
}

/// A workspace whether it stands or waits for its erasure: what happened in it is told all the same.
pub async fn even_deleted(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Option<Workspace>> {
    let sql =
        sql!("SELECT number, id, name, settings, version, coalesce(deleted_at, 0) FROM workspace WHERE number = $1 AND erasing_at IS NULL");
    let row = tx.opt(sql, params![ws]).await?;
    Ok(row.as_ref().map(deleted).transpose()?.map(|deleted| deleted.workspace))
}

/// Brings a workspace back with all it had. An account whose name at its provider another workspace has taken meanwhile is switched off;
/// those are answered.
///
/// # Errors
/// When it was not deleted, or its erasure has begun.
pub async fn bring_back(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<ChannelAccountId>> {
    let back = tx
        .exec(
            sql!("UPDATE workspace SET deleted_at = NULL WHERE number = $1 AND deleted_at IS NOT NULL AND erasing_at IS NULL"),
            params![ws],
        )
        .await?;
    if back == 0 {
        bail!("this workspace cannot be brought back: it was not deleted, or its erasure has begun");
    }
    let rows = tx
        .all(
            sql!("SELECT a.id, a.body FROM channel_account a WHERE a.workspace_id = $1 AND a.parked_key IS NOT NULL AND EXISTS (SELECT 1 FROM channel_account b WHERE b.provider_key = a.parked_key AND (b.app_id = a.app_id OR (b.kind = a.kind AND b.enabled AND a.enabled)))"),
            params![ws],
        )
        .await?;
    let mut taken = Vec::new();
    for row in &rows {
        let id: Uuid = row.get(0)?;
        let mut account: model::ChannelAccount = crate::row::parse(row, 1)?;
        account.enabled = false;
        tx.exec(
            sql!("UPDATE channel_account SET enabled = false, body = $3, parked_key = NULL, version = version + 1 WHERE workspace_id = $1 AND id = $2"),
            params![ws, id, crate::row::body(&account)],
        )
        .await?;
        taken.push(ChannelAccountId(id));
    }
    tx.exec(
        sql!("UPDATE channel_account SET provider_key = parked_key, parked_key = NULL WHERE workspace_id = $1 AND parked_key IS NOT NULL"),
        params![ws],
    )
    .await?;
    tx.exec(sql!("UPDATE stream SET closed = false WHERE workspace_id = $1"), params![ws]).await?;
    Ok(taken)
}

/// One that was deleted before `time` and is not erased yet; those that were begun come first.
pub async fn next_doomed(tx: &mut Tx<'_>, time: Timestamp) -> Result<Option<Doomed>> {
    let sql = sql!(
        "SELECT number, id, erasing_at IS NOT NULL FROM workspace WHERE deleted_at IS NOT NULL AND erased_at IS NULL AND deleted_at < $1 ORDER BY coalesce(erasing_at, deleted_at), number LIMIT 1"
    );
    let row = tx.opt(sql, params![time.micros()]).await?;
    row.map(|row| Ok(Doomed { ws: row.get(0)?, id: WorkspaceId(row.get(1)?), begun: row.get(2)? })).transpose()
}

/// From here on there is no way back: its keys go first, so that what is sealed is nobody's to read whatever comes in between. Its
/// number stays taken. False when it was brought back meanwhile.
pub async fn begin_erasing(tx: &mut Tx<'_>, ws: WorkspaceNo, now: Timestamp) -> Result<bool> {
    let resources = resources(tx, ws).await?.into_iter().map(Into::into).collect();
    let begun = tx
        .exec(
            sql!("UPDATE workspace SET erasing_at = $2, name = '', settings = '{}', data_key = $3 WHERE number = $1 AND deleted_at IS NOT NULL AND erasing_at IS NULL"),
            params![ws, now.micros(), Vec::<u8>::new()],
        )
        .await?;
    if begun == 1 {
        tx.exec_any(sql!("DELETE FROM lease WHERE resource = ANY($1)"), params![], resources).await?;
    }
    Ok(begun == 1)
}

/// Everything is gone.
pub async fn end_erasing(tx: &mut Tx<'_>, ws: WorkspaceNo, now: Timestamp) -> Result<()> {
    tx.exec(sql!("UPDATE workspace SET erased_at = $2 WHERE number = $1"), params![ws, now.micros()]).await?;
    Ok(())
}

/// A statement that removes some rows of a workspace from one table.
macro_rules! some_of {
    ($table:literal) => {
        (
            $table,
            sql!(
                sqlite: concat!("DELETE FROM ", $table, " WHERE rowid IN (SELECT rowid FROM ", $table, " WHERE workspace_id = $1 LIMIT $2)"),
                pg: concat!("DELETE FROM ", $table, " WHERE ctid IN (SELECT ctid FROM ", $table, " WHERE workspace_id = $1 LIMIT $2)")
            ),
        )
    };
}

/// Every table of a workspace's rows but those of people and keys, each before the one it points to.
pub const TABLES: &[(&str, Statement)] = &[
    some_of!("attempt"),
    some_of!("outbox"),
    some_of!("step"),
    some_of!("execution"),
    some_of!("message"),
    some_of!("participant"),
    some_of!("conversation"),
    some_of!("provider_message"),
    some_of!("attachment"),
    some_of!("seen"),
    some_of!("thread_key"),
    some_of!("thread"),
    some_of!("consent"),
    some_of!("address"),
    some_of!("address_claim"),
    some_of!("contact_fact"),
    some_of!("contact"),
    some_of!("contact_join"),
    some_of!("inbound"),
    some_of!("delivery"),
    some_of!("visitor"),
    some_of!("used_token"),
    some_of!("proof_code"),
    some_of!("job"),
    some_of!("hidden_task"),
    some_of!("reservation"),
    some_of!("task"),
    some_of!("routing_event"),
    some_of!("worker_connection"),
    some_of!("worker"),
    some_of!("activity"),
    some_of!("task_queue"),
    some_of!("workflow"),
    some_of!("task_channel"),
    some_of!("business_hours"),
    some_of!("flow_reference"),
    some_of!("flow_revision"),
    some_of!("flow"),
    some_of!("webhook_attempt"),
    some_of!("webhook_delivery"),
    some_of!("webhook"),
    some_of!("channel_cursor"),
    some_of!("message_template"),
    some_of!("webchat_sighting"),
    some_of!("channel_watch"),
    some_of!("channel_heard"),
    some_of!("channel_account"),
    some_of!("canned_reply"),
    some_of!("bot_question"),
    some_of!("bot_fact"),
    some_of!("custom_field"),
    some_of!("branding"),
    some_of!("request"),
    some_of!("follower"),
    some_of!("event"),
    some_of!("stream"),
    some_of!("audit_row"),
    some_of!("audit_head"),
];

/// Removes rows of a workspace whose erasure has begun, about `limit`; 0 when none is left.
pub async fn erase(tx: &mut Tx<'_>, ws: WorkspaceNo, limit: i64) -> Result<i64> {
    let mut gone = people(tx, ws, limit / 4).await? + keys(tx, ws, limit / 4).await? + found(tx, ws, limit / 4).await?;
    for (_, some) in TABLES {
        if gone >= limit {
            break;
        }
        gone += tx.exec(*some, params![ws, limit - gone]).await? as i64;
    }
    Ok(gone)
}

/// Memberships; and whoever belongs to no other workspace has nothing left to sign in to.
async fn people(tx: &mut Tx<'_>, ws: WorkspaceNo, limit: i64) -> Result<i64> {
    let rows = tx.all(sql!("SELECT id, user_id FROM membership WHERE workspace_id = $1 ORDER BY id LIMIT $2"), params![ws, limit]).await?;
    for row in &rows {
        let (id, user): (Uuid, Uuid) = (row.get(0)?, row.get(1)?);
        tx.exec(sql!("DELETE FROM membership_role WHERE membership_id = $1"), params![id]).await?;
        tx.exec(sql!("DELETE FROM membership WHERE workspace_id = $1 AND id = $2"), params![ws, id]).await?;
        if tx.opt(sql!("SELECT 1 FROM membership WHERE user_id = $1 LIMIT 1"), params![user]).await?.is_none() {
            tx.exec(sql!("DELETE FROM session WHERE user_id = $1"), params![user]).await?;
            tx.exec(sql!("DELETE FROM sign_in_code WHERE user_id = $1"), params![user]).await?;
            tx.exec(sql!("DELETE FROM \"user\" WHERE id = $1"), params![user]).await?;
        }
    }
    Ok(rows.len() as i64)
}

/// Grants of keys, and the keys that have no other.
async fn keys(tx: &mut Tx<'_>, ws: WorkspaceNo, limit: i64) -> Result<i64> {
    let rows = tx
        .all(sql!("SELECT api_key_id FROM api_key_grant WHERE workspace_id = $1 ORDER BY api_key_id LIMIT $2"), params![ws, limit])
        .await?;
    for row in &rows {
        crate::access::revoke(tx, model::ApiKeyId(row.get(0)?), ws).await?;
    }
    Ok(rows.len() as i64)
}

/// What the search finds.
async fn found(tx: &mut Tx<'_>, ws: WorkspaceNo, limit: i64) -> Result<i64> {
    let gone = tx
        .exec(
            sql!(sqlite: "DELETE FROM search_index WHERE rowid IN (SELECT rowid FROM search_index WHERE search_index MATCH 'workspace : \"' || $1 || '\"' LIMIT $2)",
                pg: "DELETE FROM search_index WHERE ctid IN (SELECT ctid FROM search_index WHERE workspace = $1::text::bigint LIMIT $2)"),
            params![ws.to_string(), limit],
        )
        .await?;
    Ok(gone as i64)
}
