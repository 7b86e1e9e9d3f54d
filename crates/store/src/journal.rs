//! The journal: raw deliveries and one row per event in them, written before anything is decided.

use std::collections::BTreeSet;

use anyhow::Result;
use db::{Ask, Row, Tx, params, rows, sql};
use model::{ChannelAccountId, DeliveryId, Inbound, InboundId, Timestamp};

use crate::WorkspaceNo;
use crate::row::body;
use crate::together::{Asked, one};

rows!(INSERT: "inbound"(workspace_id bigint, id uuid, delivery_id uuid, channel_account_id uuid, external_id text, lane text, state text, attempts bigint, body text, received_at bigint)
    tail "ON CONFLICT (workspace_id, channel_account_id, external_id) DO NOTHING RETURNING id");

rows!(INSERT_DELIVERY: "delivery"(workspace_id bigint, id uuid, channel_account_id uuid, body bytea, headers text, received_at bigint, state text, problem text));

/// The exact bytes of what a provider sent, sealed by the caller.
pub struct Delivery {
    pub id: DeliveryId,
    pub channel_account_id: ChannelAccountId,
    pub sealed: Vec<u8>,
    pub headers: String,
    pub received_at: Timestamp,
    /// Set when genuine but unreadable: kept for a person to look at.
    pub quarantined: Option<String>,
}

/// Keeps deliveries with their events; answers how many events of each are new. Of a delivery whose events are all known no row is left.
pub async fn keep(tx: &mut Tx<'_>, ws: WorkspaceNo, deliveries: &[&(Delivery, Vec<Inbound>)]) -> Result<Vec<usize>> {
    let mut events: Vec<&Inbound> = deliveries.iter().flat_map(|(_, events)| events).collect();
    // In one order: two that bring the same events wait for each other in one direction only.
    events.sort_by(|a, b| (a.channel_account_id, &a.external_id).cmp(&(b.channel_account_id, &b.external_id)));
    let values = events
        .iter()
        .map(|event| {
            params![
                ws,
                event.id.0,
                event.delivery_id.0,
                event.channel_account_id.0,
                event.external_id.as_str(),
                event.lane().to_string(),
                "received",
                0,
                body(*event),
                event.received_at.micros()
            ]
        })
        .collect();
    let mut new = BTreeSet::new();
    for row in tx.insert_returning(&INSERT, values).await? {
        new.insert(InboundId(row.get(0)?));
    }
    let fresh: Vec<usize> = deliveries.iter().map(|(_, events)| events.iter().filter(|event| new.contains(&event.id)).count()).collect();
    let kept = deliveries.iter().zip(&fresh).filter(|((delivery, _), fresh)| **fresh > 0 || delivery.quarantined.is_some());
    let values = kept.map(|((delivery, _), _)| {
        let state = if delivery.quarantined.is_some() { "quarantined" } else { "accepted" };
        params![
            ws,
            delivery.id.0,
            delivery.channel_account_id.0,
            delivery.sealed.clone(),
            delivery.headers.as_str(),
            delivery.received_at.micros(),
            state,
            delivery.quarantined.clone()
        ]
    });
    tx.tell_rows(&INSERT_DELIVERY, values.collect()).await?;
    Ok(fresh)
}

fn inbound(row: &Row) -> Result<Inbound> {
    let mut inbound: Inbound = crate::row::parse(row, 0)?;
    inbound.attempts = row.get(1)?;
    Ok(inbound)
}

/// One delivery, as long as it is kept.
pub async fn delivery(tx: &mut Tx<'_>, ws: WorkspaceNo, id: DeliveryId) -> Result<Option<Delivery>> {
    let row = tx
        .opt(
            sql!("SELECT channel_account_id, body, headers, received_at, problem FROM delivery WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(sealed) = row.get::<Option<Vec<u8>>>(1)? else { return Ok(None) };
    Ok(Some(Delivery {
        id,
        channel_account_id: ChannelAccountId(row.get(0)?),
        sealed,
        headers: row.get(2)?,
        received_at: Timestamp::from_micros(row.get(3)?),
        quarantined: row.get(4)?,
    }))
}

/// What these lanes, each named once, have waiting: of every lane the oldest first, at most `limit`.
pub async fn waiting(tx: &mut Tx<'_>, ws: WorkspaceNo, lanes: &[String], limit: i64) -> Result<Vec<Inbound>> {
    one(tx, ask_waiting(ws, lanes, limit)).await
}

/// The question of [`waiting`].
pub fn ask_waiting(ws: WorkspaceNo, lanes: &[String], limit: i64) -> Asked<Vec<Inbound>> {
    let keys = lanes.iter().map(|lane| lane.as_str().into()).collect();
    let ask = Ask::any(
        sql!(sqlite: "SELECT body, attempts FROM inbound WHERE workspace_id = $1 AND lane = $3 AND state = 'received' ORDER BY received_at, id LIMIT $2",
                pg: "SELECT waiting.body, waiting.attempts FROM unnest($3::text[]) AS wanted(lane) CROSS JOIN LATERAL (SELECT body, attempts, received_at, id FROM inbound WHERE workspace_id = $1 AND inbound.lane = wanted.lane AND state = 'received' ORDER BY received_at, id LIMIT $2) AS waiting ORDER BY waiting.received_at, waiting.id"),
        params![ws, limit],
        keys,
    );
    Asked::new(ask, |rows| rows.iter().map(inbound).collect())
}

/// Lanes with events that nobody has taken since `before`, any workspace that stands.
pub async fn waiting_lanes(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<Vec<(WorkspaceNo, model::Lane)>> {
    let rows = tx
        .all(
            sql!("SELECT DISTINCT workspace_id, lane FROM (SELECT workspace_id, lane FROM inbound WHERE state = 'received' AND received_at <= $1 AND workspace_id NOT IN (SELECT number FROM workspace WHERE deleted_at IS NOT NULL) LIMIT $2) AS waiting"),
            params![before.micros(), limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let lane: String = row.get(1)?;
            Ok((row.get(0)?, lane.parse().map_err(anyhow::Error::msg)?))
        })
        .collect()
}

/// Marks events as done: `processed`, `ignored` or `quarantined`, with a reason for the latter two.
pub async fn finish(tx: &mut Tx<'_>, ws: WorkspaceNo, done: &[(InboundId, &'static str, Option<String>)]) -> Result<()> {
    let (plain, other): (Vec<_>, Vec<_>) = done.iter().partition(|(_, state, _)| *state == "processed");
    if !plain.is_empty() {
        let keys = plain.iter().map(|(id, _, _)| id.0.into()).collect();
        tx.tell_any(sql!("UPDATE inbound SET state = 'processed' WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
    }
    for (id, state, problem) in other {
        tx.tell(
            sql!("UPDATE inbound SET state = $3, problem = $4 WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0, *state, problem.clone()],
        )
        .await?;
    }
    Ok(())
}

/// Makes everything that waited when the process started suspect, so that it is taken one by one and each try is counted before it is
/// made: an input that kills the process ends in quarantine, and nothing else does.
pub async fn count_attempts(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    let jobs =
        tx.exec(sql!("UPDATE job SET attempts = 1 WHERE attempts = 0 AND run_at <= $1 AND lane LIKE 'c:%'"), params![now.micros()]).await?;
    Ok(jobs + tx.exec(sql!("UPDATE inbound SET attempts = 1 WHERE state = 'received' AND attempts = 0"), params![]).await?)
}

/// Counts a try, or with -1 takes it back.
pub async fn count_attempt(tx: &mut Tx<'_>, ws: WorkspaceNo, id: InboundId, by: i64) -> Result<()> {
    tx.exec(sql!("UPDATE inbound SET attempts = attempts + $3 WHERE workspace_id = $1 AND id = $2"), params![ws, id.0, by]).await?;
    Ok(())
}

/// Number of events nobody has taken yet: the backlog that decides whether intake refuses.
pub async fn backlog(tx: &mut Tx<'_>) -> Result<i64> {
    Ok(tx.one(sql!("SELECT count(*) FROM inbound WHERE state = 'received' AND workspace_id NOT IN (SELECT number FROM workspace WHERE deleted_at IS NOT NULL)"), params![]).await?.get(0)?)
}

/// Keeps a delivery of an app whose one URL serves several accounts, outside the workspaces; with a problem it waits for a person.
pub async fn keep_app(
    tx: &mut Tx<'_>,
    app: model::ChannelAppId,
    id: DeliveryId,
    sealed: Vec<u8>,
    headers: &str,
    problem: Option<String>,
    now: Timestamp,
) -> Result<()> {
    let state = if problem.is_some() { "quarantined" } else { "accepted" };
    tx.exec(
        sql!("INSERT INTO app_delivery (id, app_id, body, headers, received_at, state, problem) VALUES ($1, $2, $3, $4, $5, $6, $7)"),
        params![id.0, app.0, sealed, headers, now.micros(), state, problem],
    )
    .await?;
    Ok(())
}

/// Empties raw bodies older than `before` (kept 8 days), at most `limit` of them.
pub async fn expire(tx: &mut Tx<'_>, ws: WorkspaceNo, before: Timestamp, limit: i64) -> Result<u64> {
    Ok(tx
        .exec(
            sql!("UPDATE delivery SET body = NULL WHERE workspace_id = $1 AND id IN (SELECT id FROM delivery WHERE workspace_id = $1 AND received_at < $2 AND body IS NOT NULL ORDER BY received_at LIMIT $3)"),
            params![ws, before.micros(), limit],
        )
        .await?)
}

/// The same for the deliveries of apps, which belong to no workspace.
pub async fn expire_apps(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64> {
    Ok(tx
        .exec(
            sql!("UPDATE app_delivery SET body = NULL WHERE id IN (SELECT id FROM app_delivery WHERE received_at < $1 AND body IS NOT NULL ORDER BY received_at LIMIT $2)"),
            params![before.micros(), limit],
        )
        .await?)
}
