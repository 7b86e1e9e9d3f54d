//! Order inside a conversation: `seq` runs from 1 to the conversation's counter without a gap (I1.4), and so do a run's steps (I2.1).

use std::collections::BTreeSet;

use anyhow::Result;
use db::{Tx, params};
use uuid::Uuid;

use super::{Report, shown};

/// Missing numbers of one conversation that are named.
const NAMED: usize = 100;

pub async fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    messages(tx, report).await?;
    positions(tx, report).await?;
    steps(tx, report).await
}

async fn messages(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT c.workspace_id, c.id, c.last_seq, coalesce(m.newest, 0) \
        FROM conversation c LEFT JOIN (SELECT workspace_id, conversation_id, count(DISTINCT seq) AS many, min(seq) AS oldest, max(seq) AS newest \
        FROM message GROUP BY workspace_id, conversation_id) m ON m.workspace_id = c.workspace_id AND m.conversation_id = c.id \
        WHERE coalesce(m.many, 0) <> c.last_seq OR coalesce(m.newest, 0) <> c.last_seq OR coalesce(m.oldest, 1) <> 1 \
        ORDER BY c.workspace_id, c.id LIMIT 10000";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, id, last, newest): (i64, Uuid, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let name = shown::own("conversation", id);
        let seqs = "SELECT DISTINCT seq FROM message WHERE workspace_id = $1 AND conversation_id = $2 ORDER BY seq";
        let there: BTreeSet<i64> =
            tx.dynamic(seqs.into(), params![ws, id]).await?.iter().map(|row| Ok(row.get(0)?)).collect::<Result<_>>()?;
        for seq in (1..=last.max(newest)).filter(|seq| !there.contains(seq)).take(NAMED) {
            report.add("sequence_gap", ws, "message", &name, format!("message {seq} of {} is missing", last.max(newest)));
        }
        if newest > last {
            report.add("sequence_counter", ws, "conversation", &name, format!("it counts {last} messages, but there is message {newest}"));
        }
        for seq in there.iter().filter(|seq| **seq < 1) {
            report.add("sequence_gap", ws, "message", &name, format!("there is a message numbered {seq}"));
        }
    }
    Ok(())
}

/// Positions in a thread grow over its conversations, so that no two messages share one.
async fn positions(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT workspace_id, thread_id, pos, count(*) FROM message WHERE thread_id IS NOT NULL \
        GROUP BY workspace_id, thread_id, pos HAVING count(*) > 1 LIMIT 10000";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, thread, pos, count): (i64, Uuid, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        report.add("position_doubled", ws, "message", shown::own("thread", thread), format!("{count} messages at position {pos}"));
    }
    Ok(())
}

async fn steps(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT e.workspace_id, e.id, e.step_no, coalesce(s.many, 0), coalesce(s.newest, 0) \
        FROM execution e LEFT JOIN (SELECT workspace_id, execution_id, count(DISTINCT no) AS many, max(no) AS newest \
        FROM step GROUP BY workspace_id, execution_id) s ON s.workspace_id = e.workspace_id AND s.execution_id = e.id \
        WHERE coalesce(s.many, 0) <> e.step_no OR coalesce(s.newest, 0) <> e.step_no LIMIT 10000";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, id, step_no, many, newest): (i64, Uuid, i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        let what = format!("it stands at step {step_no}; its log has {many} steps, the last is {newest}");
        report.add("step_gap", ws, "execution", shown::own("execution", id), what);
    }
    Ok(())
}
