//! Sends against attempts, and messages against their parts (I6.1, I6.3, I1.5).

use anyhow::Result;
use db::{Tx, params};
use uuid::Uuid;

use super::{Report, shown};

const PAGE: i64 = 2_000;

pub async fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    attempts(tx, report).await?;
    unnamed(tx, report).await?;
    states(tx, report).await
}

/// Per send: its attempts are numbered 1 to `attempts`, one is open exactly while it is `sending`, and at most one succeeded.
async fn attempts(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT o.workspace_id, o.id, o.state, o.attempts, coalesce(a.many, 0), coalesce(a.newest, 0), coalesce(a.open, 0), coalesce(a.sent, 0) \
        FROM outbox o LEFT JOIN (SELECT workspace_id, outbox_id, count(DISTINCT no) AS many, max(no) AS newest, \
        sum(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END)::bigint AS open, sum(CASE WHEN outcome = 'sent' THEN 1 ELSE 0 END)::bigint AS sent \
        FROM attempt GROUP BY workspace_id, outbox_id) a ON a.workspace_id = o.workspace_id AND a.outbox_id = o.id \
        WHERE (o.workspace_id, o.id) > ($1, $2) ORDER BY o.workspace_id, o.id LIMIT $3";
    let (mut ws, mut id) = (i64::MIN, Uuid::nil());
    loop {
        let rows = tx.dynamic(sql.into(), params![ws, id, PAGE]).await?;
        for row in &rows {
            (ws, id) = (row.get(0)?, row.get(1)?);
            report.examined("outbox");
            let (state, tries): (String, i64) = (row.get(2)?, row.get(3)?);
            let (many, newest, open, sent): (i64, i64, i64, i64) = (row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?);
            let name = shown::own("outbox", id);
            if many != tries || newest != tries {
                report.add(
                    "attempt_missing",
                    ws,
                    "outbox",
                    &name,
                    format!("it was tried {tries} times; {many} attempts are there, the last is {newest}"),
                );
            }
            match state.as_str() {
                "sending" if open != 1 => {
                    report.add("attempt_open", ws, "outbox", &name, format!("it is being sent, with {open} open attempts"))
                }
                "sending" => {}
                "queued" | "sent" | "failed" | "uncertain" if open > 0 => {
                    report.add("attempt_open", ws, "outbox", &name, format!("it is {state}, and an attempt is still open"));
                }
                "queued" | "failed" => {}
                "sent" | "uncertain" if tries == 0 => {
                    report.add("attempt_missing", ws, "outbox", &name, format!("it is {state}, and was never tried"));
                }
                "sent" | "uncertain" => {}
                other => report.add("unknown_state", ws, "outbox", &name, format!("nobody knows the state {other}")),
            }
            if sent > 1 || (sent > 0 && state == "queued") {
                report.add("sent_twice", ws, "outbox", name, format!("{sent} attempts were successful, and it is {state}"));
            }
        }
        if (rows.len() as i64) < PAGE {
            return Ok(());
        }
    }
}

/// What was sent has the provider's name for it, where receipts find it, unless it is a person who says that it arrived.
async fn unnamed(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT o.workspace_id, o.id, o.message_id, o.part FROM outbox o \
        LEFT JOIN provider_message p ON p.workspace_id = o.workspace_id AND p.channel_account_id = o.channel_account_id \
        AND p.message_id = o.message_id AND p.part = o.part \
        WHERE o.state = 'sent' AND o.message_id IS NOT NULL AND p.message_id IS NULL AND NOT EXISTS (SELECT 1 FROM attempt a \
        WHERE a.workspace_id = o.workspace_id AND a.outbox_id = o.id AND a.no = o.attempts AND a.outcome = 'arrived') LIMIT 10000";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, id, message, part): (i64, Uuid, Uuid, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let what = format!("part {part} of {} was sent, and the provider's id of it is not there", shown::own("message", message));
        report.add("sent_without_name", ws, "outbox", shown::own("outbox", id), what);
    }
    Ok(())
}

/// A message's state follows from its parts: never ahead of them, never behind.
async fn states(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT m.workspace_id, m.id, m.state, p.many, p.queued, p.sending, p.sent, p.failed, p.uncertain FROM message m \
        JOIN (SELECT workspace_id, message_id, count(*) AS many, \
        sum(CASE WHEN state = 'queued' THEN 1 ELSE 0 END)::bigint AS queued, sum(CASE WHEN state = 'sending' THEN 1 ELSE 0 END)::bigint AS sending, \
        sum(CASE WHEN state = 'sent' THEN 1 ELSE 0 END)::bigint AS sent, sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END)::bigint AS failed, \
        sum(CASE WHEN state = 'uncertain' THEN 1 ELSE 0 END)::bigint AS uncertain \
        FROM outbox WHERE message_id IS NOT NULL GROUP BY workspace_id, message_id) p ON p.workspace_id = m.workspace_id AND p.message_id = m.id \
        WHERE (m.workspace_id, m.id) > ($1, $2) ORDER BY m.workspace_id, m.id LIMIT $3";
    let (mut ws, mut id) = (i64::MIN, Uuid::nil());
    loop {
        let rows = tx.dynamic(sql.into(), params![ws, id, PAGE]).await?;
        for row in &rows {
            (ws, id) = (row.get(0)?, row.get(1)?);
            let state: String = row.get(2)?;
            let (many, sending, sent): (i64, i64, i64) = (row.get(3)?, row.get(5)?, row.get(6)?);
            let (failed, uncertain): (i64, i64) = (row.get(7)?, row.get(8)?);
            let right = match state.as_str() {
                // A receipt may be ahead of what we know of the request: it is the better witness.
                "delivered" | "read" => true,
                "sent" => sent == many || uncertain > 0 || sending > 0,
                "failed" => true,
                // Looked up and put back in line, it stays uncertain until the next try is known.
                "uncertain" => sent < many,
                "queued" | "sending" => sent < many && failed == 0,
                _ => false,
            };
            if !right {
                let what = format!("it is {state}; of its {many} parts {sent} were sent, {failed} failed, {uncertain} are uncertain");
                report.add("message_state", ws, "message", shown::own("message", id), what);
            }
        }
        if (rows.len() as i64) < PAGE {
            break;
        }
    }
    lost(tx, report).await
}

/// A message that waits to be sent has something that will send it.
async fn lost(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT m.workspace_id, m.id, m.state FROM message m \
        LEFT JOIN outbox o ON o.workspace_id = m.workspace_id AND o.message_id = m.id \
        WHERE m.state IN ('queued', 'sending', 'uncertain') AND o.message_id IS NULL LIMIT 10000";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, id, state): (i64, Uuid, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        report.add("send_lost", ws, "message", shown::own("message", id), format!("it is {state}, and nothing is there to send it"));
    }
    Ok(())
}
