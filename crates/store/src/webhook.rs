//! Webhooks: who hears of our events, one row an event for each of them, and the tries to bring it there.

use anyhow::Result;
use db::{Row, Tx, params, rows, sql};
use model::{Timestamp, WebhookDeliveryId, WebhookId};

use crate::WorkspaceNo;

rows!(INSERT: "webhook_delivery"(workspace_id bigint, id uuid, webhook_id uuid, seq bigint, kind text, state text, tries bigint, attempts bigint, next_at bigint, expires_at bigint, made_at bigint, outcome text)
    tail "ON CONFLICT (workspace_id, webhook_id, seq) DO NOTHING");

/// A webhook as stored: its secret is still sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    /// Kinds of events it hears.
    pub events: Vec<String>,
    pub enabled: bool,
    pub sealed: Vec<u8>,
    /// It hears what comes after this event.
    pub from_seq: i64,
    pub health: Health,
    pub created_at: Timestamp,
    pub version: i64,
}

/// How a webhook's endpoint has been answering.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    /// Why we switched it off ourselves.
    pub problem: Option<String>,
    /// Failed tries since the last good one.
    pub failures: i64,
    pub failing_since: Option<Timestamp>,
    /// Nothing is tried before.
    pub paused_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    Waiting,
    Delivered,
    /// Given up; a person may send it again.
    Dead,
}

impl DeliveryState {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// One event on its way to one webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The same in every try, and when it is sent again.
    pub id: WebhookDeliveryId,
    pub webhook_id: WebhookId,
    /// The event's number on the stream.
    pub seq: i64,
    pub kind: String,
    pub state: DeliveryState,
    /// Tries since it was made, or since somebody sent it again.
    pub tries: i64,
    /// All tries there were.
    pub attempts: i64,
    pub next_at: Timestamp,
    pub expires_at: Timestamp,
    pub made_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// What came of the last try, or why there will be none; empty before the first.
    pub outcome: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub no: i64,
    pub at: Timestamp,
    pub took_ms: i64,
    pub outcome: String,
    /// HTTP's, where there was an answer.
    pub status: Option<i64>,
    /// The beginning of the answer, or what went wrong; without secrets.
    pub answer: String,
}

fn webhook(row: &Row) -> Result<Webhook> {
    let at = |column| -> Result<Option<Timestamp>> { Ok(row.get::<Option<i64>>(column)?.map(Timestamp::from_micros)) };
    Ok(Webhook {
        id: WebhookId(row.get(0)?),
        name: row.get(1)?,
        url: row.get(2)?,
        events: crate::row::parse(row, 3)?,
        enabled: row.get(4)?,
        sealed: row.get(5)?,
        from_seq: row.get(6)?,
        health: Health { problem: row.get(7)?, failures: row.get(8)?, failing_since: at(9)?, paused_until: at(10)? },
        created_at: Timestamp::from_micros(row.get(11)?),
        version: row.get(12)?,
    })
}

pub async fn all(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<Webhook>> {
    let rows = tx
        .all(
            sql!("SELECT id, name, url, events, enabled, secret, from_seq, problem, failures, failing_since, paused_until, created_at, version FROM webhook WHERE workspace_id = $1 ORDER BY id"),
            params![ws],
        )
        .await?;
    rows.iter().map(webhook).collect()
}

/// Held until the commit, so that a try that ends and an admin who changes it see each other.
pub async fn by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookId) -> Result<Option<Webhook>> {
    let row = tx
        .opt(
            sql!("SELECT id, name, url, events, enabled, secret, from_seq, problem, failures, failing_since, paused_until, created_at, version FROM webhook WHERE workspace_id = $1 AND id = $2 FOR UPDATE"),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(webhook).transpose()
}

/// Whether anybody wants to hear of events.
pub async fn any_enabled(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<bool> {
    let row = tx.one(sql!("SELECT count(*) FROM webhook WHERE workspace_id = $1 AND enabled"), params![ws]).await?;
    Ok(row.get::<i64>(0)? > 0)
}

/// Those with something to try now.
pub async fn due(tx: &mut Tx<'_>, ws: WorkspaceNo, now: Timestamp) -> Result<Vec<WebhookId>> {
    let rows = tx
        .all(
            sql!("SELECT id FROM webhook WHERE workspace_id = $1 AND enabled AND (paused_until IS NULL OR paused_until <= $2) AND EXISTS (SELECT 1 FROM webhook_delivery AS d WHERE d.workspace_id = $1 AND d.webhook_id = webhook.id AND d.state = 'waiting' AND d.next_at <= $2) ORDER BY id"),
            params![ws, now.micros()],
        )
        .await?;
    rows.iter().map(|row| Ok(WebhookId(row.get(0)?))).collect()
}

pub async fn insert(tx: &mut Tx<'_>, ws: WorkspaceNo, new: &Webhook) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO webhook (workspace_id, id, name, url, events, enabled, secret, from_seq, failures, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 1)"),
        params![
            ws,
            new.id.0,
            new.name.as_str(),
            new.url.as_str(),
            crate::row::body(&new.events),
            new.enabled,
            new.sealed.clone(),
            new.from_seq,
            new.created_at.micros()
        ],
    )
    .await?;
    Ok(())
}

/// Stores all of it; false when `version` is not the stored one.
pub async fn update(tx: &mut Tx<'_>, ws: WorkspaceNo, new: &Webhook, version: i64) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE webhook SET name = $3, url = $4, events = $5, enabled = $6, secret = $7, from_seq = $8, problem = $9, failures = $10, failing_since = $11, paused_until = $12, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $13"),
            params![
                ws,
                new.id.0,
                new.name.as_str(),
                new.url.as_str(),
                crate::row::body(&new.events),
                new.enabled,
                new.sealed.clone(),
                new.from_seq,
                new.health.problem.clone(),
                new.health.failures,
                new.health.failing_since.map(Timestamp::micros),
                new.health.paused_until.map(Timestamp::micros),
                version
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// How its endpoint is doing. The version stays: nothing that anybody edits has changed.
pub async fn put_health(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookId, health: &Health) -> Result<()> {
    tx.tell(
        sql!("UPDATE webhook SET problem = $3, failures = $4, failing_since = $5, paused_until = $6 WHERE workspace_id = $1 AND id = $2"),
        params![
            ws,
            id.0,
            health.problem.clone(),
            health.failures,
            health.failing_since.map(Timestamp::micros),
            health.paused_until.map(Timestamp::micros)
        ],
    )
    .await?;
    Ok(())
}

/// With everything that was made for it. False when `version` is not the stored one.
pub async fn delete(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookId, version: i64) -> Result<bool> {
    let held = tx.opt(sql!("SELECT version FROM webhook WHERE workspace_id = $1 AND id = $2 FOR UPDATE"), params![ws, id.0]).await?;
    if held.map(|row| row.get::<i64>(0)).transpose()? != Some(version) {
        return Ok(false);
    }
    tx.exec(
        sql!("DELETE FROM webhook_attempt WHERE workspace_id = $1 AND webhook_delivery_id IN (SELECT id FROM webhook_delivery WHERE workspace_id = $1 AND webhook_id = $2)"),
        params![ws, id.0],
    )
    .await?;
    tx.exec(sql!("DELETE FROM webhook_delivery WHERE workspace_id = $1 AND webhook_id = $2"), params![ws, id.0]).await?;
    Ok(tx.exec(sql!("DELETE FROM webhook WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await? == 1)
}

/// Makes deliveries; an event that one was made for already is left as it is.
pub async fn insert_deliveries(tx: &mut Tx<'_>, ws: WorkspaceNo, new: &[Delivery]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let values = new
        .iter()
        .map(|d| {
            params![
                ws,
                d.id.0,
                d.webhook_id.0,
                d.seq,
                d.kind.as_str(),
                d.state.code(),
                d.tries,
                d.attempts,
                d.next_at.micros(),
                d.expires_at.micros(),
                d.made_at.micros(),
                d.outcome.as_str()
            ]
        })
        .collect();
    tx.tell_rows(&INSERT, values).await?;
    Ok(())
}

fn delivery(row: &Row) -> Result<Delivery> {
    let state: String = row.get(4)?;
    Ok(Delivery {
        id: WebhookDeliveryId(row.get(0)?),
        webhook_id: WebhookId(row.get(1)?),
        seq: row.get(2)?,
        kind: row.get(3)?,
        state: DeliveryState::parse(&state).ok_or_else(|| anyhow::anyhow!("an unknown state of a delivery: {state}"))?,
        tries: row.get(5)?,
        attempts: row.get(6)?,
        next_at: Timestamp::from_micros(row.get(7)?),
        expires_at: Timestamp::from_micros(row.get(8)?),
        made_at: Timestamp::from_micros(row.get(9)?),
        ended_at: row.get::<Option<i64>>(10)?.map(Timestamp::from_micros),
        outcome: row.get(11)?,
    })
}

/// What is to be tried now, in the order of its time and of the stream.
pub async fn due_deliveries(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookId, now: Timestamp, limit: i64) -> Result<Vec<Delivery>> {
    let rows = tx
        .all(
            sql!("SELECT id, webhook_id, seq, kind, state, tries, attempts, next_at, expires_at, made_at, ended_at, outcome FROM webhook_delivery WHERE workspace_id = $1 AND webhook_id = $2 AND state = 'waiting' AND next_at <= $3 ORDER BY next_at, seq LIMIT $4"),
            params![ws, id.0, now.micros(), limit],
        )
        .await?;
    rows.iter().map(delivery).collect()
}

/// Whoever changes it holds its webhook.
pub async fn delivery_by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookDeliveryId) -> Result<Option<Delivery>> {
    let row = tx
        .opt(
            sql!("SELECT id, webhook_id, seq, kind, state, tries, attempts, next_at, expires_at, made_at, ended_at, outcome FROM webhook_delivery WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0],
        )
        .await?;
    row.as_ref().map(delivery).transpose()
}

/// Newest first, before event `before`; of one state, or of all when `state` is empty.
pub async fn deliveries(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookId, state: &str, before: i64, limit: i64) -> Result<Vec<Delivery>> {
    let rows = tx
        .all(
            sql!("SELECT id, webhook_id, seq, kind, state, tries, attempts, next_at, expires_at, made_at, ended_at, outcome FROM webhook_delivery WHERE workspace_id = $1 AND webhook_id = $2 AND seq < $4 AND ($3 = '' OR state = $3) ORDER BY seq DESC LIMIT $5"),
            params![ws, id.0, state, before, limit],
        )
        .await?;
    rows.iter().map(delivery).collect()
}

/// What a try or a person made of it.
pub async fn put_delivery(tx: &mut Tx<'_>, ws: WorkspaceNo, d: &Delivery) -> Result<()> {
    tx.tell(
        sql!("UPDATE webhook_delivery SET state = $3, tries = $4, attempts = $5, next_at = $6, expires_at = $7, ended_at = $8, outcome = $9 WHERE workspace_id = $1 AND id = $2"),
        params![
            ws,
            d.id.0,
            d.state.code(),
            d.tries,
            d.attempts,
            d.next_at.micros(),
            d.expires_at.micros(),
            d.ended_at.map(Timestamp::micros),
            d.outcome.as_str()
        ],
    )
    .await?;
    Ok(())
}

/// Gives up everything that waits for a webhook that was switched off.
pub async fn end_waiting(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookId, outcome: &str, now: Timestamp) -> Result<()> {
    tx.tell(
        sql!("UPDATE webhook_delivery SET state = 'dead', ended_at = $4, outcome = $3 WHERE workspace_id = $1 AND webhook_id = $2 AND state = 'waiting'"),
        params![ws, id.0, outcome, now.micros()],
    )
    .await?;
    Ok(())
}

pub async fn insert_attempt(tx: &mut Tx<'_>, ws: WorkspaceNo, id: WebhookDeliveryId, new: &Attempt) -> Result<()> {
    tx.tell(
        sql!("INSERT INTO webhook_attempt (workspace_id, webhook_delivery_id, no, at, took_ms, outcome, status, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
        params![ws, id.0, new.no, new.at.micros(), new.took_ms, new.outcome.as_str(), new.status, new.answer.as_str()],
    )
    .await?;
    Ok(())
}

/// The tries of these deliveries, in their order.
pub async fn attempts(tx: &mut Tx<'_>, ws: WorkspaceNo, ids: &[WebhookDeliveryId]) -> Result<Vec<(WebhookDeliveryId, Attempt)>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT webhook_delivery_id, no, at, took_ms, outcome, status, answer FROM webhook_attempt WHERE workspace_id = $1 AND webhook_delivery_id = ANY($2) ORDER BY webhook_delivery_id, no"),
            params![ws],
            keys,
        )
        .await?;
    rows.iter()
        .map(|row| {
            let attempt = Attempt {
                no: row.get(1)?,
                at: Timestamp::from_micros(row.get(2)?),
                took_ms: row.get(3)?,
                outcome: row.get(4)?,
                status: row.get(5)?,
                answer: row.get(6)?,
            };
            Ok((WebhookDeliveryId(row.get(0)?), attempt))
        })
        .collect()
}

/// Removes at most `limit` deliveries that were made before `time` and wait for nothing, with their tries.
pub async fn expire(tx: &mut Tx<'_>, ws: WorkspaceNo, time: Timestamp, limit: i64) -> Result<u64> {
    let rows = tx
        .all(
            sql!(
                "SELECT id FROM webhook_delivery WHERE workspace_id = $1 AND made_at < $2 AND state <> 'waiting' ORDER BY made_at LIMIT $3"
            ),
            params![ws, time.micros(), limit],
        )
        .await?;
    let ids: Vec<uuid::Uuid> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok(0);
    }
    let keys = || ids.iter().map(|id| (*id).into()).collect();
    tx.exec_any(sql!("DELETE FROM webhook_attempt WHERE workspace_id = $1 AND webhook_delivery_id = ANY($2)"), params![ws], keys()).await?;
    tx.exec_any(sql!("DELETE FROM webhook_delivery WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys()).await?;
    Ok(ids.len() as u64)
}
