//! The event stream: numbers without gaps up to the counter (I7.1), and no event about a message that is not there.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use db::{Tx, params};
use model::{Id, MessageId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::{Report, shown};

/// Events older than this may be gone (routing's retention, with a day to spare), in seconds.
const KEPT_S: i64 = 29 * 86_400;
const PAGE: i64 = 2_000;
/// Missing numbers of one gap that are named.
const NAMED: i64 = 100;

pub async fn check(tx: &mut Tx<'_>, now: Timestamp, report: &mut Report) -> Result<()> {
    gaps(tx, now, report).await?;
    ends(tx, now, report).await?;
    followers(tx, report).await?;
    messages(tx, report).await
}

fn missing(report: &mut Report, ws: i64, from: i64, to: i64) {
    for seq in (from..=to).take(NAMED as usize) {
        report.add("event_missing", ws, "event", format!("seq={seq}"), "the stream has a hole");
    }
    let unnamed = to - from + 1 - NAMED;
    if unnamed > 0 {
        report.add("event_missing", ws, "event", format!("seq={}..{to}", from + NAMED), format!("{unnamed} more are missing"));
    }
}

async fn gaps(tx: &mut Tx<'_>, now: Timestamp, report: &mut Report) -> Result<()> {
    let sql = "SELECT workspace_id, previous, seq FROM (SELECT workspace_id, seq, at, \
        lag(seq) OVER (PARTITION BY workspace_id ORDER BY seq) AS previous, lag(at) OVER (PARTITION BY workspace_id ORDER BY seq) AS previous_at \
        FROM event) AS numbered WHERE seq > previous + 1 AND previous_at >= $1 ORDER BY workspace_id, seq LIMIT 10000";
    // A hole below the retention's edge is one it is about to reach: stamps are taken before numbers.
    for row in tx.dynamic(sql.into(), params![now.plus_secs(-KEPT_S).micros()]).await? {
        let (ws, previous, seq): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        missing(report, ws, previous + 1, seq - 1);
    }
    Ok(())
}

/// The newest event has the counter's number, and a workspace younger than the retention still has its first.
async fn ends(tx: &mut Tx<'_>, now: Timestamp, report: &mut Report) -> Result<()> {
    let sql = "SELECT s.workspace_id, s.last, e.oldest, e.newest, coalesce(w.created_at, 0) FROM stream s \
        LEFT JOIN (SELECT workspace_id, min(seq) AS oldest, max(seq) AS newest FROM event GROUP BY workspace_id) e ON e.workspace_id = s.workspace_id \
        LEFT JOIN workspace w ON w.number = s.workspace_id ORDER BY s.workspace_id";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, last): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (oldest, newest): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
        let created: i64 = row.get(4)?;
        let young = created > now.plus_secs(-KEPT_S).micros();
        match (oldest, newest) {
            (Some(oldest), Some(newest)) => {
                if newest < last {
                    missing(report, ws, newest + 1, last);
                }
                if newest > last {
                    report.add("stream_counter", ws, "stream", "last", format!("it counts {last} events, but there is event {newest}"));
                }
                if young && oldest > 1 {
                    missing(report, ws, 1, oldest - 1);
                }
            }
            _ if young && last > 0 => missing(report, ws, 1, last),
            _ => {}
        }
    }
    Ok(())
}

async fn followers(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT f.workspace_id, f.name, f.seq, s.last FROM follower f JOIN stream s ON s.workspace_id = f.workspace_id WHERE f.seq > s.last";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, name, seq, last): (i64, String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        report.add("follower_ahead", ws, "follower", name, format!("it has read up to event {seq} of {last}"));
    }
    Ok(())
}

/// Each `message.added` names a message that is there, and no two name the same.
async fn messages(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT workspace_id, seq, kind, body FROM event WHERE (workspace_id, seq) > ($1, $2) ORDER BY workspace_id, seq LIMIT $3";
    let (mut ws, mut seq) = (i64::MIN, i64::MIN);
    loop {
        let rows = tx.dynamic(sql.into(), params![ws, seq, PAGE]).await?;
        let mut named: BTreeMap<i64, Vec<(MessageId, i64, i64)>> = BTreeMap::new();
        for row in &rows {
            (ws, seq) = (row.get(0)?, row.get(1)?);
            report.examined("event");
            let kind: String = row.get(2)?;
            let Some(kind) = model::EventKind::parse(&kind) else {
                report.add("unreadable", ws, "event", format!("seq={seq}"), "a kind of event nobody knows");
                continue;
            };
            let Ok(body) = serde_json::from_str::<Value>(&row.get::<String>(3)?) else {
                report.add("unreadable", ws, "event", format!("seq={seq}"), "its body is no JSON");
                continue;
            };
            let id = body["id"].as_str().and_then(|id| id.parse::<MessageId>().ok());
            if let (model::EventKind::MessageAdded, Some(id)) = (kind, id) {
                named.entry(ws).or_default().push((id, seq, body["seq"].as_i64().unwrap_or_default()));
            }
        }
        for (ws, named) in named {
            let keys = named.iter().map(|(id, ..)| id.0.into()).collect();
            let found = tx.all_any(db::sql!("SELECT id FROM message WHERE workspace_id = $1 AND id = ANY($2)"), params![ws], keys).await?;
            let there: BTreeSet<Uuid> = found.iter().map(|row| Ok(row.get(0)?)).collect::<Result<_>>()?;
            for (id, event, no) in named.iter().filter(|(id, ..)| !there.contains(&id.uuid())) {
                let what = format!("event {event} told of it as number {no} of its conversation, and it is not there");
                report.add("message_missing", ws, "message", shown::own("message", id.uuid()), what);
            }
        }
        if (rows.len() as i64) < PAGE {
            return Ok(());
        }
    }
}
