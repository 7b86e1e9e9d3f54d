//! The journal: accepted = processed + ignored + quarantined + dismissed + pending, and what was processed is there (I0.1, I1.1).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use db::{Tx, Value, params, sql};
use model::{ChannelAccountId, Id as _, Inbound, InboundEvent, InboundId};

use super::scan::Scan;
use super::{Report, shown};

pub async fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    deliveries(tx, report).await?;
    events(tx, report).await
}

async fn deliveries(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT d.workspace_id, d.id, d.state, d.problem IS NOT NULL FROM delivery d \
        LEFT JOIN (SELECT DISTINCT workspace_id, delivery_id FROM inbound) i ON i.workspace_id = d.workspace_id AND i.delivery_id = d.id \
        WHERE (d.state = 'accepted' AND i.delivery_id IS NULL) OR (d.state IN ('quarantined', 'read_again', 'dismissed') AND d.problem IS NULL) \
        OR d.state NOT IN ('accepted', 'quarantined', 'read_again', 'dismissed') LIMIT 10000";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, state): (i64, String) = (row.get(0)?, row.get(2)?);
        let id = shown::own("delivery", row.get(1)?);
        match state.as_str() {
            "accepted" => report.add("delivery_lost", ws, "delivery", id, "it was accepted, and no event of it is there"),
            "quarantined" | "read_again" | "dismissed" => {
                report.add("unexplained", ws, "delivery", id, "it was put aside without a reason")
            }
            _ => report.add("unknown_state", ws, "delivery", id, format!("nobody knows the state {state}")),
        }
    }
    let count = tx.dynamic("SELECT count(*) FROM delivery".into(), vec![]).await?;
    if let Some(row) = count.first() {
        report.checked.insert("delivery", row.get(0)?);
    }
    Ok(())
}

/// An inbound message that a turn processed, and the name under which it must be found.
struct Processed {
    id: InboundId,
    account: ChannelAccountId,
    provider_id: String,
}

async fn events(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let mut scan =
        Scan::new("inbound", "delivery_id, channel_account_id, external_id, lane, received_at, state, problem IS NOT NULL, body");
    while let Some(rows) = scan.next(tx).await? {
        let mut done: BTreeMap<i64, Vec<Processed>> = BTreeMap::new();
        for row in rows {
            let ws: i64 = row.get(0)?;
            let name = shown::own("inbound", row.get(1)?);
            let (state, explained): (String, bool) = (row.get(7)?, row.get(8)?);
            match state.as_str() {
                "received" => report.examined("inbound_pending"),
                "processed" => report.examined("inbound_processed"),
                "ignored" => report.examined("inbound_ignored"),
                "quarantined" => report.examined("inbound_quarantined"),
                "dismissed" => report.examined("inbound_dismissed"),
                _ => report.add("unknown_state", ws, "inbound", &name, format!("nobody knows the state {state}")),
            }
            report.examined("inbound");
            if matches!(state.as_str(), "ignored" | "quarantined" | "dismissed") && !explained {
                report.add("unexplained", ws, "inbound", &name, format!("it is {state} without a reason"));
            }
            let body: String = row.get(9)?;
            let Ok(inbound) = serde_json::from_str::<Inbound>(&body) else {
                report.add("unreadable", ws, "inbound", name, "its body cannot be read");
                continue;
            };
            let columns = [
                ("id", row.get::<uuid::Uuid>(1)? == inbound.id.uuid()),
                ("delivery_id", row.get::<uuid::Uuid>(2)? == inbound.delivery_id.uuid()),
                ("channel_account_id", row.get::<uuid::Uuid>(3)? == inbound.channel_account_id.uuid()),
                ("external_id", row.get::<String>(4)? == inbound.external_id),
                ("lane", row.get::<String>(5)? == inbound.lane().to_string()),
                ("received_at", row.get::<i64>(6)? == inbound.received_at.micros()),
            ];
            for (column, _) in columns.iter().filter(|(_, same)| !same) {
                report.add("body_differs", ws, "inbound", &name, format!("its column {column} is not what its body says"));
            }
            if state == "processed"
                && let Some(provider_id) = said(&inbound.event)
            {
                done.entry(ws).or_default().push(Processed { id: inbound.id, account: inbound.channel_account_id, provider_id });
            }
        }
        for (ws, done) in done {
            found(tx, ws, &done, report).await?;
        }
    }
    Ok(())
}

/// The provider's id of the message an event brought.
fn said(event: &InboundEvent) -> Option<String> {
    let message = match event {
        InboundEvent::Message(message) => Some(message),
        // Who turned a switch said nothing by it.
        InboundEvent::OptOut { message, .. } | InboundEvent::OptIn { message, .. } => {
            message.as_ref().filter(|m| !m.text.trim().is_empty())
        }
        InboundEvent::Echo(echo) => Some(&echo.message),
        InboundEvent::Edit(_)
        | InboundEvent::Unsend { .. }
        | InboundEvent::Reaction(_)
        | InboundEvent::Touch { .. }
        | InboundEvent::Reach { .. }
        | InboundEvent::Renumber { .. }
        | InboundEvent::Marks { .. }
        | InboundEvent::Receipt(_)
        | InboundEvent::Watermark { .. } => None,
    };
    message.map(|m| m.provider_id.clone()).filter(|id| !id.is_empty())
}

/// Each processed message has a row that names what was made of it.
async fn found(tx: &mut Tx<'_>, ws: i64, done: &[Processed], report: &mut Report) -> Result<()> {
    let accounts: BTreeSet<ChannelAccountId> = done.iter().map(|d| d.account).collect();
    for account in accounts {
        let keys: Vec<Value> = done.iter().filter(|d| d.account == account).map(|d| d.provider_id.as_str().into()).collect();
        let rows = tx
            .all_any(
                sql!("SELECT external_id FROM provider_message WHERE workspace_id = $1 AND channel_account_id = $2 AND message_id IS NOT NULL AND external_id = ANY($3)"),
                params![ws, account.uuid()],
                keys,
            )
            .await?;
        let known: BTreeSet<String> = rows.iter().map(|row| Ok(row.get(0)?)).collect::<Result<_>>()?;
        for lost in done.iter().filter(|d| d.account == account && !known.contains(&d.provider_id)) {
            let what = "it is processed, and no message was made of it";
            report.add("message_lost", ws, "inbound", shown::own("inbound", lost.id.uuid()), what);
        }
    }
    Ok(())
}
