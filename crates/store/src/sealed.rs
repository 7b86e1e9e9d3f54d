//! Every sealed value there is, for the rotation of keys. What a value says of its place is the caller's.

use anyhow::Result;
use db::{Tx, params, sql};
use model::{AccountId, ChannelAccountId, ChannelAppId, DeliveryId, WebhookId};

use crate::WorkspaceNo;

/// A workspace's wrapped data keys, read to be written again: held until the commit.
pub async fn data_keys(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<u8>> {
    Ok(tx.one(sql!("SELECT data_key FROM workspace WHERE number = $1 FOR UPDATE"), params![ws]).await?.get(0)?)
}

pub async fn put_data_keys(tx: &mut Tx<'_>, ws: WorkspaceNo, sealed: Vec<u8>) -> Result<()> {
    tx.exec(sql!("UPDATE workspace SET data_key = $2 WHERE number = $1"), params![ws, sealed]).await?;
    Ok(())
}

pub async fn channel_accounts(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<(ChannelAccountId, Vec<u8>)>> {
    let rows = tx.all(sql!("SELECT id, secrets FROM channel_account WHERE workspace_id = $1 ORDER BY id FOR UPDATE"), params![ws]).await?;
    rows.iter().map(|row| Ok((ChannelAccountId(row.get(0)?), row.get(1)?))).collect()
}

/// The row's version stays: nothing that anybody edits has changed.
pub async fn put_channel_account(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId, sealed: Vec<u8>) -> Result<()> {
    tx.exec(sql!("UPDATE channel_account SET secrets = $3 WHERE workspace_id = $1 AND id = $2"), params![ws, id.0, sealed]).await?;
    Ok(())
}

pub async fn webhooks(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<(WebhookId, Vec<u8>)>> {
    let rows = tx.all(sql!("SELECT id, secret FROM webhook WHERE workspace_id = $1 ORDER BY id FOR UPDATE"), params![ws]).await?;
    rows.iter().map(|row| Ok((WebhookId(row.get(0)?), row.get(1)?))).collect()
}

/// The row's version stays.
pub async fn put_webhook(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookId, sealed: Vec<u8>) -> Result<()> {
    tx.exec(sql!("UPDATE webhook SET secret = $3 WHERE workspace_id = $1 AND id = $2"), params![ws, id.0, sealed]).await?;
    Ok(())
}

/// Bodies of deliveries after `after`, by id.
pub async fn deliveries(tx: &mut Tx<'_>, ws: WorkspaceNo, after: DeliveryId, limit: i64) -> Result<Vec<(DeliveryId, Vec<u8>)>> {
    let rows = tx
        .all(
            sql!("SELECT id, body FROM delivery WHERE workspace_id = $1 AND id > $2 AND body IS NOT NULL ORDER BY id LIMIT $3"),
            params![ws, after.0, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((DeliveryId(row.get(0)?), row.get(1)?))).collect()
}

/// A body that retention emptied meanwhile stays empty.
pub async fn put_delivery(tx: &mut Tx<'_>, ws: WorkspaceNo, id: DeliveryId, sealed: Vec<u8>) -> Result<()> {
    tx.exec(sql!("UPDATE delivery SET body = $3 WHERE workspace_id = $1 AND id = $2 AND body IS NOT NULL"), params![ws, id.0, sealed])
        .await?;
    Ok(())
}

pub async fn auth_tokens(tx: &mut Tx<'_>) -> Result<Vec<(AccountId, Vec<u8>)>> {
    let rows = tx.all(sql!("SELECT id, auth_token FROM account ORDER BY id FOR UPDATE"), params![]).await?;
    rows.iter().map(|row| Ok((AccountId(row.get(0)?), row.get(1)?))).collect()
}

pub async fn put_auth_token(tx: &mut Tx<'_>, id: AccountId, sealed: Vec<u8>) -> Result<()> {
    tx.exec(sql!("UPDATE account SET auth_token = $2 WHERE id = $1"), params![id.0, sealed]).await?;
    Ok(())
}

pub async fn apps(tx: &mut Tx<'_>) -> Result<Vec<(ChannelAppId, Vec<u8>)>> {
    let rows = tx.all(sql!("SELECT id, secrets FROM channel_app ORDER BY id FOR UPDATE"), params![]).await?;
    rows.iter().map(|row| Ok((ChannelAppId(row.get(0)?), row.get(1)?))).collect()
}

pub async fn put_app(tx: &mut Tx<'_>, id: ChannelAppId, sealed: Vec<u8>) -> Result<()> {
    tx.exec(sql!("UPDATE channel_app SET secrets = $2 WHERE id = $1"), params![id.0, sealed]).await?;
    Ok(())
}

/// Bodies of apps' deliveries after `after`, by id.
pub async fn app_deliveries(tx: &mut Tx<'_>, after: DeliveryId, limit: i64) -> Result<Vec<(DeliveryId, Vec<u8>)>> {
    let rows = tx
        .all(sql!("SELECT id, body FROM app_delivery WHERE id > $1 AND body IS NOT NULL ORDER BY id LIMIT $2"), params![after.0, limit])
        .await?;
    rows.iter().map(|row| Ok((DeliveryId(row.get(0)?), row.get(1)?))).collect()
}

pub async fn put_app_delivery(tx: &mut Tx<'_>, id: DeliveryId, sealed: Vec<u8>) -> Result<()> {
    tx.exec(sql!("UPDATE app_delivery SET body = $2 WHERE id = $1 AND body IS NOT NULL"), params![id.0, sealed]).await?;
    Ok(())
}
