//! What channel accounts heard, by quarters of an hour, and since when they are listened to.

use std::collections::BTreeMap;

use anyhow::Result;
use db::{Tx, params, rows, sql};
use model::{ChannelAccountId, Timestamp};

use crate::WorkspaceNo;

rows!(PUT: "channel_watch"(workspace_id bigint, channel_account_id uuid, watched_at bigint, since bigint, heard_at bigint)
    tail "ON CONFLICT (workspace_id, channel_account_id) DO UPDATE SET watched_at = excluded.watched_at, since = excluded.since, heard_at = CASE WHEN excluded.heard_at > coalesce(channel_watch.heard_at, 0) THEN excluded.heard_at ELSE channel_watch.heard_at END");

rows!(COUNT: "channel_heard"(workspace_id bigint, channel_account_id uuid, slot bigint, deliveries bigint)
    tail "ON CONFLICT (workspace_id, channel_account_id, slot) DO UPDATE SET deliveries = channel_heard.deliveries + excluded.deliveries");

/// How an account is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// When somebody last looked after it.
    pub watched_at: Timestamp,
    /// Since when it is listened to without a break.
    pub since: Timestamp,
    /// Its last delivery that brought something new.
    pub heard_at: Option<Timestamp>,
}

/// All accounts that were ever looked after.
pub async fn all(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<BTreeMap<ChannelAccountId, Watch>> {
    let rows = tx
        .all(sql!("SELECT channel_account_id, watched_at, since, heard_at FROM channel_watch WHERE workspace_id = $1"), params![ws])
        .await?;
    let read = |row: &db::Row| -> Result<_> {
        let watch = Watch {
            watched_at: Timestamp::from_micros(row.get(1)?),
            since: Timestamp::from_micros(row.get(2)?),
            heard_at: row.get::<Option<i64>>(3)?.map(Timestamp::from_micros),
        };
        Ok((ChannelAccountId(row.get(0)?), watch))
    };
    rows.iter().map(read).collect()
}

/// Notes how these accounts are listened to; a later delivery that another process noted stays.
pub async fn put(tx: &mut Tx<'_>, ws: WorkspaceNo, watches: &BTreeMap<ChannelAccountId, Watch>) -> Result<()> {
    let values = watches
        .iter()
        .map(|(id, watch)| params![ws, id.0, watch.watched_at.micros(), watch.since.micros(), watch.heard_at.map(Timestamp::micros)]);
    Ok(tx.tell_rows(&PUT, values.collect()).await?)
}

/// Adds deliveries, by account and quarter of an hour.
pub async fn count(tx: &mut Tx<'_>, ws: WorkspaceNo, heard: &BTreeMap<(ChannelAccountId, i64), i64>) -> Result<()> {
    let values = heard.iter().map(|((id, slot), deliveries)| params![ws, id.0, *slot, *deliveries]);
    Ok(tx.tell_rows(&COUNT, values.collect()).await?)
}

/// The deliveries of each quarter of an hour that brought any.
pub async fn heard(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId) -> Result<BTreeMap<i64, i64>> {
    let rows = tx
        .all(sql!("SELECT slot, deliveries FROM channel_heard WHERE workspace_id = $1 AND channel_account_id = $2"), params![ws, id.0])
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Forgets what an account heard before this quarter of an hour.
pub async fn forget(tx: &mut Tx<'_>, ws: WorkspaceNo, id: ChannelAccountId, before: i64) -> Result<()> {
    let sql = sql!("DELETE FROM channel_heard WHERE workspace_id = $1 AND channel_account_id = $2 AND slot < $3");
    tx.tell(sql, params![ws, id.0, before]).await?;
    Ok(())
}
