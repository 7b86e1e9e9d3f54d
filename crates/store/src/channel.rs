//! Channel accounts and apps. Secrets are stored sealed and opened by the caller.

use anyhow::Result;
use db::{Row, Tx, params, rows, sql};
use model::{ChannelAccount, ChannelAccountId, ChannelAppId, Timestamp};

use crate::WorkspaceNo;
use crate::row::body;

rows!(PUT_CURSOR: "channel_cursor"(workspace_id bigint, channel_account_id uuid, key text, value text)
    tail "ON CONFLICT (workspace_id, channel_account_id, key) DO UPDATE SET value = excluded.value WHERE channel_cursor.value < excluded.value");

/// A channel account as stored: its secrets are still sealed.
pub struct Stored {
    pub workspace: WorkspaceNo,
    pub account: ChannelAccount,
    pub sealed: Vec<u8>,
    pub problem: Option<String>,
    /// When its credential ends, and when it is to be made anew; `None` = never, or not known.
    pub credential: (Option<Timestamp>, Option<Timestamp>),
}

fn stored(row: &Row) -> Result<Stored> {
    let mut account: ChannelAccount = crate::row::parse(row, 1)?;
    account.version = row.get(4)?;
    account.provider_key = row.get(7)?;
    let at = |column| -> Result<Option<Timestamp>> { Ok(row.get::<Option<i64>>(column)?.map(Timestamp::from_micros)) };
    let credential = (at(5)?, at(6)?);
    Ok(Stored { workspace: row.get(0)?, account, sealed: row.get(2)?, problem: row.get(3)?, credential })
}

pub async fn all(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<Stored>> {
    let rows = tx
        .all(
            sql!("SELECT workspace_id, body, secrets, problem, version, credential_expires_at, credential_refresh_at, provider_key FROM channel_account WHERE workspace_id = $1 ORDER BY id"),
            params![ws],
        )
        .await?;
    rows.iter().map(stored).collect()
}

/// Which workspace that stands a channel account belongs to, for doors that only know its id.
pub async fn workspace_of(tx: &mut Tx<'_>, id: ChannelAccountId) -> Result<Option<WorkspaceNo>> {
    let row = tx.opt(sql!("SELECT workspace_id FROM channel_account WHERE id = $1 AND workspace_id NOT IN (SELECT number FROM workspace WHERE deleted_at IS NOT NULL)"), params![id.0]).await?;
    row.map(|row| row.get(0).map_err(Into::into)).transpose()
}

/// Where one provider key of an app leads.
pub async fn by_app(tx: &mut Tx<'_>, app: ChannelAppId) -> Result<Vec<(String, WorkspaceNo, ChannelAccountId)>> {
    let rows = tx
        .all(
            sql!("SELECT provider_key, workspace_id, id FROM channel_account WHERE app_id = $1 AND provider_key IS NOT NULL ORDER BY id"),
            params![app.0],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, ChannelAccountId(row.get(2)?)))).collect()
}

/// An app's channel and sealed secrets.
pub async fn app(tx: &mut Tx<'_>, id: ChannelAppId) -> Result<Option<(String, Vec<u8>)>> {
    let row = tx.opt(sql!("SELECT channel, secrets FROM channel_app WHERE id = $1"), params![id.0]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

pub async fn insert_app(
    tx: &mut Tx<'_>,
    id: ChannelAppId,
    channel: &str,
    name: &str,
    sealed: Vec<u8>,
    now: model::Timestamp,
) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO channel_app (id, channel, name, secrets, created_at) VALUES ($1, $2, $3, $4, $5)"),
        params![id.0, channel, name, sealed, now.micros()],
    )
    .await?;
    Ok(())
}

/// Inserts a new channel account (version 1).
pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, account: &ChannelAccount, sealed: Vec<u8>) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO channel_account (workspace_id, id, kind, app_id, provider_key, enabled, body, secrets, problem, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, 1)"),
        params![ws, account.id.0, account.kind.as_str(), account.app_id.map(|id| id.0), account.provider_key.clone(), account.enabled, body(account), sealed],
    )
    .await?;
    Ok(())
}

/// Replaces a channel account; false when `account.version` is not the stored one.
pub async fn update(tx: &mut Tx<'_>, ws: WorkspaceNo, account: &ChannelAccount, sealed: Vec<u8>) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE channel_account SET enabled = $3, body = $4, secrets = $5, app_id = $6, provider_key = $7, problem = NULL, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $8"),
            params![ws, account.id.0, account.enabled, body(account), sealed, account.app_id.map(|id| id.0), account.provider_key.clone(), account.version],
        )
        .await?;
    Ok(changed == 1)
}

/// Locks an account and answers its sealed secrets; `None` when it is gone.
pub async fn lock_secrets(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId) -> Result<Option<Vec<u8>>> {
    let sql = sql!("SELECT secrets FROM channel_account WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE");
    let row = tx.opt(sql, params![ws, id.0]).await?;
    row.map(|row| row.get(0).map_err(Into::into)).transpose()
}

/// Stores a fresh credential. The version stays: nobody's open form is out of date because of it.
pub async fn put_credential(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    id: ChannelAccountId,
    sealed: Vec<u8>,
    expires_at: Option<Timestamp>,
    refresh_at: Option<Timestamp>,
) -> Result<()> {
    tx.exec(
        sql!("UPDATE channel_account SET secrets = $3, credential_expires_at = $4, credential_refresh_at = $5, problem = NULL WHERE workspace_id = $1 AND id = $2"),
        params![ws, id.0, sealed, expires_at.map(Timestamp::micros), refresh_at.map(Timestamp::micros)],
    )
    .await?;
    Ok(())
}

pub async fn set_problem(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId, problem: Option<String>) -> Result<()> {
    tx.exec(sql!("UPDATE channel_account SET problem = $3 WHERE workspace_id = $1 AND id = $2"), params![ws, id.0, problem]).await?;
    Ok(())
}

/// Notes when an account's credential ends, as its provider told; `None` = never.
pub async fn put_credential_end(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId, at: Option<Timestamp>) -> Result<()> {
    tx.exec(
        sql!("UPDATE channel_account SET credential_expires_at = $3 WHERE workspace_id = $1 AND id = $2"),
        params![ws, id.0, at.map(Timestamp::micros)],
    )
    .await?;
    Ok(())
}

/// Plans the first renewal of a credential, unless one is planned.
pub async fn plan_refresh(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId, at: Timestamp) -> Result<()> {
    tx.exec(
        sql!("UPDATE channel_account SET credential_refresh_at = $3 WHERE workspace_id = $1 AND id = $2 AND credential_refresh_at IS NULL"),
        params![ws, id.0, at.micros()],
    )
    .await?;
    Ok(())
}

/// Forgets when a credential was to be renewed: it is another one now.
pub async fn forget_refresh(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId) -> Result<()> {
    let sql = sql!("UPDATE channel_account SET credential_refresh_at = NULL WHERE workspace_id = $1 AND id = $2");
    tx.exec(sql, params![ws, id.0]).await?;
    Ok(())
}

/// Forgets when an account's credential ends, unless it is renewed by itself: the secrets are others now.
pub async fn forget_credential_end(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE channel_account SET credential_expires_at = NULL WHERE workspace_id = $1 AND id = $2 AND credential_refresh_at IS NULL"
        ),
        params![ws, id.0],
    )
    .await?;
    Ok(())
}

/// What is noted of an account as wrong, and when its credential ends by itself: `None` where it is renewed, never ends, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub id: ChannelAccountId,
    pub problem: Option<String>,
    pub credential_ends: Option<Timestamp>,
}

/// The standing of each account that is switched on.
pub async fn standings(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<Standing>> {
    let rows = tx
        .all(
            sql!("SELECT id, problem, CASE WHEN credential_refresh_at IS NULL THEN credential_expires_at END FROM channel_account WHERE workspace_id = $1 AND enabled ORDER BY id"),
            params![ws],
        )
        .await?;
    let read = |row: &Row| -> Result<Standing> {
        let credential_ends = row.get::<Option<i64>>(2)?.map(Timestamp::from_micros);
        Ok(Standing { id: ChannelAccountId(row.get(0)?), problem: row.get(1)?, credential_ends })
    };
    rows.iter().map(read).collect()
}

/// Takes back what is noted as wrong if it still is this.
pub async fn end_problem(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId, noted: &str) -> Result<()> {
    let sql = sql!("UPDATE channel_account SET problem = NULL WHERE workspace_id = $1 AND id = $2 AND problem = $3");
    tx.exec(sql, params![ws, id.0, noted]).await?;
    Ok(())
}

/// What is noted of it as wrong.
pub async fn problem(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId) -> Result<Option<String>> {
    let row = tx.opt(sql!("SELECT problem FROM channel_account WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    Ok(row.map(|row| row.get::<Option<String>>(0)).transpose()?.flatten())
}

pub async fn delete(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId, version: i64) -> Result<bool> {
    tx.exec(sql!("DELETE FROM channel_cursor WHERE workspace_id = $1 AND channel_account_id = $2"), params![ws, id.0]).await?;
    tx.exec(sql!("DELETE FROM message_template WHERE workspace_id = $1 AND channel_account_id = $2"), params![ws, id.0]).await?;
    tx.exec(sql!("DELETE FROM webchat_sighting WHERE workspace_id = $1 AND channel_account_id = $2"), params![ws, id.0]).await?;
    tx.exec(sql!("DELETE FROM channel_watch WHERE workspace_id = $1 AND channel_account_id = $2"), params![ws, id.0]).await?;
    tx.exec(sql!("DELETE FROM channel_heard WHERE workspace_id = $1 AND channel_account_id = $2"), params![ws, id.0]).await?;
    let gone = tx
        .exec(sql!("DELETE FROM channel_account WHERE workspace_id = $1 AND id = $2 AND version = $3"), params![ws, id.0, version])
        .await?;
    Ok(gone == 1)
}

/// Whether anything was ever said over it: such an account can be switched off, not deleted.
pub async fn in_use(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId) -> Result<bool> {
    let row = tx.opt(sql!("SELECT 1 FROM thread WHERE workspace_id = $1 AND channel_account_id = $2 LIMIT 1"), params![ws, id.0]).await?;
    Ok(row.is_some())
}

pub async fn cursor(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId, key: &str) -> Result<Option<String>> {
    let row = tx
        .opt(
            sql!("SELECT value FROM channel_cursor WHERE workspace_id = $1 AND channel_account_id = $2 AND key = $3"),
            params![ws, id.0, key],
        )
        .await?;
    row.map(|row| row.get(0).map_err(Into::into)).transpose()
}

/// Moves positions at the provider forward: each is a channel account's, by its key. A cursor only grows: texts are compared as they
/// are, so a connector writes them sortable.
pub async fn put_cursors(
    tx: &mut Tx<'_>,
    ws: WorkspaceNo,
    cursors: impl Iterator<Item = (ChannelAccountId, &str, &str)> + Send,
) -> Result<()> {
    let mut furthest = std::collections::BTreeMap::new();
    for (id, key, value) in cursors {
        let kept = furthest.entry((id, key)).or_insert(value);
        *kept = value.max(*kept);
    }
    let values = furthest.into_iter().map(|((id, key), value)| params![ws, id.0, key, value]).collect();
    Ok(tx.tell_rows(&PUT_CURSOR, values).await?)
}
