//! What came in and is put aside until a person looks at it: deliveries that nobody could read, and events that failed.

use std::collections::BTreeMap;

use anyhow::Result;
use db::{Row, Tx, params, sql};
use model::{ChannelAccountId, DeliveryId, InboundId, Lane, Timestamp};
use uuid::Uuid;

use crate::WorkspaceNo;
use crate::journal::Delivery;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnreadableId {
    Delivery(DeliveryId),
    Event(InboundId),
}

impl UnreadableId {
    fn of(delivery: bool, id: Uuid) -> Self {
        if delivery { Self::Delivery(DeliveryId(id)) } else { Self::Event(InboundId(id)) }
    }
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Delivery(id) => id.0,
            Self::Event(id) => id.0,
        }
    }
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreadable {
    pub id: UnreadableId,
    pub channel_account_id: ChannelAccountId,
    pub received_at: Timestamp,
    pub why: String,
    /// Bytes as they are kept, with what seals them; `None` = they are kept no longer.
    pub kept_bytes: Option<i64>,
}

fn unreadable(row: &Row) -> Result<Unreadable> {
    Ok(Unreadable {
        id: UnreadableId::of(row.get::<i64>(0)? == 1, row.get(1)?),
        channel_account_id: ChannelAccountId(row.get(2)?),
        received_at: Timestamp::from_micros(row.get(3)?),
        why: row.get::<Option<_>>(4)?.unwrap_or_default(),
        kept_bytes: row.get(5)?,
    })
}

/// Newest first; `before` is the last row that is known already.
pub async fn list(tx: &mut Tx<'_>, ws: WorkspaceNo, before: Option<(Timestamp, Uuid)>, limit: i64) -> Result<Vec<Unreadable>> {
    let (at, id) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.micros(), id));
    let rows = tx
        .all(
            sql!("SELECT is_delivery, id, channel_account_id, received_at, problem, size FROM (\
                SELECT CAST(1 AS bigint) AS is_delivery, id, channel_account_id, received_at, problem, CAST(length(body) AS bigint) AS size FROM delivery WHERE workspace_id = $1 AND state = 'quarantined' AND (received_at < $2 OR (received_at = $2 AND id < $3)) \
                UNION ALL SELECT CAST(0 AS bigint), id, channel_account_id, received_at, problem, CAST(length(body) AS bigint) FROM inbound WHERE workspace_id = $1 AND state = 'quarantined' AND (received_at < $2 OR (received_at = $2 AND id < $3))\
                ) AS aside ORDER BY received_at DESC, id DESC LIMIT $4"),
            params![ws, at, id, limit],
        )
        .await?;
    rows.iter().map(unreadable).collect()
}

/// How many each account has.
pub async fn counts(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<BTreeMap<ChannelAccountId, i64>> {
    let rows = tx
        .all(
            sql!("SELECT channel_account_id, count(*) FROM (SELECT channel_account_id FROM delivery WHERE workspace_id = $1 AND state = 'quarantined' UNION ALL SELECT channel_account_id FROM inbound WHERE workspace_id = $1 AND state = 'quarantined') AS aside GROUP BY channel_account_id"),
            params![ws],
        )
        .await?;
    rows.iter().map(|row| Ok((ChannelAccountId(row.get(0)?), row.get(1)?))).collect()
}

/// One that is still put aside.
pub async fn by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: UnreadableId) -> Result<Option<Unreadable>> {
    let sql = match id {
        UnreadableId::Delivery(_) => {
            sql!(
                "SELECT CAST(1 AS bigint), id, channel_account_id, received_at, problem, CAST(length(body) AS bigint) FROM delivery WHERE workspace_id = $1 AND id = $2 AND state = 'quarantined'"
            )
        }
        UnreadableId::Event(_) => {
            sql!(
                "SELECT CAST(0 AS bigint), id, channel_account_id, received_at, problem, CAST(length(body) AS bigint) FROM inbound WHERE workspace_id = $1 AND id = $2 AND state = 'quarantined'"
            )
        }
    };
    tx.opt(sql, params![ws, id.uuid()]).await?.as_ref().map(unreadable).transpose()
}

/// The exact bytes of a delivery that is put aside, as long as they are kept.
pub async fn delivery(tx: &mut Tx<'_>, ws: WorkspaceNo, id: DeliveryId) -> Result<Option<Delivery>> {
    Ok(match by_id(tx, ws, UnreadableId::Delivery(id)).await? {
        Some(_) => crate::journal::delivery(tx, ws, id).await?,
        None => None,
    })
}

/// What an event says, as we understood it.
pub async fn event(tx: &mut Tx<'_>, ws: WorkspaceNo, id: InboundId) -> Result<Option<String>> {
    let sql = sql!("SELECT body FROM inbound WHERE workspace_id = $1 AND id = $2 AND state = 'quarantined'");
    Ok(tx.opt(sql, params![ws, id.0]).await?.map(|row| row.get(0)).transpose()?)
}

/// What was put aside was read after all.
pub async fn was_read(tx: &mut Tx<'_>, ws: WorkspaceNo, id: DeliveryId) -> Result<()> {
    let sql = sql!("UPDATE delivery SET state = 'read_again' WHERE workspace_id = $1 AND id = $2 AND state = 'quarantined'");
    tx.exec(sql, params![ws, id.0]).await?;
    Ok(())
}

/// It still cannot be read: the newest reason is the one that counts.
pub async fn still_aside(tx: &mut Tx<'_>, ws: WorkspaceNo, id: DeliveryId, why: &str) -> Result<()> {
    let sql = sql!("UPDATE delivery SET problem = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'quarantined'");
    tx.exec(sql, params![ws, id.0, why]).await?;
    Ok(())
}

/// Lets an event wait for its turn again, as one that may fail and is tried alone; the lane it waits in, or `None` where it is not aside.
pub async fn wait_again(tx: &mut Tx<'_>, ws: WorkspaceNo, id: InboundId) -> Result<Option<Lane>> {
    let row = tx
        .opt(
            sql!("UPDATE inbound SET state = 'received', attempts = 1, problem = NULL WHERE workspace_id = $1 AND id = $2 AND state = 'quarantined' RETURNING lane"),
            params![ws, id.0],
        )
        .await?;
    row.map(|row| row.get::<String>(0)?.parse().map_err(anyhow::Error::msg)).transpose()
}

/// Somebody looked at it, and nothing is to be done; false where it is not aside any more. The row and its reason stay.
pub async fn dismiss(tx: &mut Tx<'_>, ws: WorkspaceNo, id: UnreadableId) -> Result<bool> {
    let sql = match id {
        UnreadableId::Delivery(_) => {
            sql!("UPDATE delivery SET state = 'dismissed' WHERE workspace_id = $1 AND id = $2 AND state = 'quarantined'")
        }
        UnreadableId::Event(_) => {
            sql!("UPDATE inbound SET state = 'dismissed' WHERE workspace_id = $1 AND id = $2 AND state = 'quarantined'")
        }
    };
    Ok(tx.exec(sql, params![ws, id.uuid()]).await? == 1)
}

/// The same for all that came in until then; how many.
pub async fn dismiss_all(tx: &mut Tx<'_>, ws: WorkspaceNo, until: Timestamp) -> Result<u64> {
    let deliveries =
        sql!("UPDATE delivery SET state = 'dismissed' WHERE workspace_id = $1 AND state = 'quarantined' AND received_at <= $2");
    let events = sql!("UPDATE inbound SET state = 'dismissed' WHERE workspace_id = $1 AND state = 'quarantined' AND received_at <= $2");
    Ok(tx.exec(deliveries, params![ws, until.micros()]).await? + tx.exec(events, params![ws, until.micros()]).await?)
}
