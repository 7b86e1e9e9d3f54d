//! Accounts and workspaces.

use anyhow::Result;
use db::{Row, Tx, params, sql};
use model::{AccountId, Settings, Timestamp, Workspace, WorkspaceId};

use crate::WorkspaceNo;
use crate::row::body;

fn workspace(row: &Row) -> Result<Workspace> {
    Ok(Workspace {
        number: row.get(0)?,
        id: WorkspaceId(row.get(1)?),
        name: row.get(2)?,
        settings: crate::row::parse(row, 3)?,
        version: row.get(4)?,
    })
}

/// All that stand; those that were deleted are [`crate::deleted`]'s.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Workspace>> {
    let rows = tx
        .all(sql!("SELECT number, id, name, settings, version FROM workspace WHERE deleted_at IS NULL ORDER BY number"), params![])
        .await?;
    rows.iter().map(workspace).collect()
}

/// Numbers and ids of all that have keys: those that may be brought back, too.
pub async fn keyed(tx: &mut Tx<'_>) -> Result<Vec<(WorkspaceNo, WorkspaceId)>> {
    let rows = tx.all(sql!("SELECT number, id FROM workspace WHERE erasing_at IS NULL ORDER BY number"), params![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, WorkspaceId(row.get(1)?)))).collect()
}

pub async fn by_id(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Option<Workspace>> {
    let row = tx
        .opt(sql!("SELECT number, id, name, settings, version FROM workspace WHERE id = $1 AND deleted_at IS NULL"), params![id.0])
        .await?;
    row.as_ref().map(workspace).transpose()
}

pub async fn by_number(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Option<Workspace>> {
    let row = tx
        .opt(sql!("SELECT number, id, name, settings, version FROM workspace WHERE number = $1 AND deleted_at IS NULL"), params![ws])
        .await?;
    row.as_ref().map(workspace).transpose()
}

/// The account a workspace belongs to, and the workspace's wrapped data key; of a deleted one, too.
pub async fn owner(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Option<(AccountId, Vec<u8>)>> {
    let row = tx.opt(sql!("SELECT account_id, data_key FROM workspace WHERE number = $1"), params![ws]).await?;
    row.map(|row| Ok((AccountId(row.get(0)?), row.get(1)?))).transpose()
}

/// The installation's first account, with its sealed auth token.
pub async fn first_account(tx: &mut Tx<'_>) -> Result<Option<(AccountId, Vec<u8>)>> {
    let row = tx.opt(sql!("SELECT id, auth_token FROM account ORDER BY created_at, id LIMIT 1"), params![]).await?;
    row.map(|row| Ok((AccountId(row.get(0)?), row.get(1)?))).transpose()
}

pub async fn insert_account(tx: &mut Tx<'_>, id: AccountId, name: &str, auth_token: Vec<u8>, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO account (id, name, auth_token, created_at) VALUES ($1, $2, $3, $4)"),
        params![id.0, name, auth_token, now.micros()],
    )
    .await?;
    Ok(())
}

/// When a workspace was made: two copies of one id with other data differ by it.
pub async fn made_at(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Timestamp> {
    let row = tx.one(sql!("SELECT created_at FROM workspace WHERE number = $1"), params![ws]).await?;
    Ok(Timestamp::from_micros(row.get(0)?))
}

/// Makes the workspace and its stream; returns its number.
pub async fn insert(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: WorkspaceId,
    name: &str,
    settings: &Settings,
    data_key: Vec<u8>,
    now: Timestamp,
) -> Result<WorkspaceNo> {
    let last: Option<i64> = tx.one(sql!("SELECT max(number) FROM workspace"), params![]).await?.get(0)?;
    let number = last.unwrap_or(0) + 1;
    tx.exec(
        sql!("INSERT INTO workspace (number, id, account_id, name, settings, data_key, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7)"),
        params![number, id.0, account.0, name, body(settings), data_key, now.micros()],
    )
    .await?;
    tx.exec(sql!("INSERT INTO stream (workspace_id, last) VALUES ($1, 0)"), params![number]).await?;
    Ok(number)
}

/// Stores name and settings; false when `version` is not the stored one.
pub async fn update(tx: &mut Tx<'_>, ws: WorkspaceNo, name: &str, settings: &Settings, version: i64) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE workspace SET name = $2, settings = $3, version = version + 1 WHERE number = $1 AND version = $4"),
            params![ws, name, body(settings), version],
        )
        .await?;
    Ok(changed == 1)
}

/// A value the installation keeps about itself.
pub async fn fact(tx: &mut Tx<'_>, key: &str) -> Result<Option<String>> {
    let row = tx.opt(sql!("SELECT value FROM installation WHERE key = $1"), params![key]).await?;
    row.map(|row| row.get(0).map_err(Into::into)).transpose()
}

pub async fn put_fact(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO installation (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
        params![key, value],
    )
    .await?;
    Ok(())
}

pub async fn delete_fact(tx: &mut Tx<'_>, key: &str) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM installation WHERE key = $1"), params![key]).await? == 1)
}
