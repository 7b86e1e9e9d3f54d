//! Everything that is in the rows at the end, as lines that can be compared: ids that a process makes are renamed by their order.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use db::{Row, Value, params, sql};

use crate::process::Process;

pub struct Ending(Vec<String>);

impl Ending {
    pub async fn read(process: &Process<'_>, said: Vec<String>) -> Result<Self> {
        remembers_its_rows(process).await?;
        let ws = process.ws;
        let tables = process.ground.db.read(move |tx| {
            Box::pin(async move {
                let mut tables = Vec::new();
                for (name, sql) in [
                    ("task", sql!("SELECT status, queue_id, worker_id, created_at, ended_at, version, body FROM task WHERE workspace_id = $1 ORDER BY id")),
                    ("reservation", sql!("SELECT status, channel, offer_no, slot, capacity, deadline_at, created_at, body FROM reservation WHERE workspace_id = $1 ORDER BY id")),
                    ("worker", sql!("SELECT name, activity_id, connected, deleted, version, body FROM worker WHERE workspace_id = $1 ORDER BY id")),
                    ("queue", sql!("SELECT body FROM task_queue WHERE workspace_id = $1 ORDER BY id")),
                    ("hours", sql!("SELECT body FROM business_hours WHERE workspace_id = $1 ORDER BY id")),
                    ("workflow", sql!("SELECT body FROM workflow WHERE workspace_id = $1 ORDER BY id")),
                    ("happened", sql!("SELECT at, no, kind, task_id, reservation_id, worker_id, queue_id, workflow_id, channel, task_channel_id, activity_id, status, lasted, queued, detail FROM routing_event WHERE workspace_id = $1 ORDER BY at, no, kind")),
                    ("event", sql!("SELECT seq, kind, at, conversation_id, task_id, reservation_id, worker_id, body FROM event WHERE workspace_id = $1 ORDER BY seq")),
                    ("job", sql!("SELECT lane, run_at, kind, body FROM job WHERE workspace_id = $1 ORDER BY id")),
                ] {
                    tables.push((name, tx.all(sql, params![ws]).await?));
                }
                Ok(tables)
            })
        });
        let mut lines = said;
        for (name, rows) in tables.await? {
            lines.extend(rows.into_iter().map(|row| line(name, row)));
        }
        let mut names = Names::default();
        Ok(Self(lines.iter().map(|line| names.rename(line)).collect()))
    }

    /// The first lines that differ.
    pub fn first_difference(&self, other: &Self) -> Option<(String, String)> {
        let lines = |all: &Self, no: usize| all.0.get(no).cloned().unwrap_or_default();
        let differing = (0..self.0.len().max(other.0.len())).find(|no| self.0.get(*no) != other.0.get(*no));
        differing.map(|no| (lines(self, no), lines(other, no)))
    }

    /// Whether something of this kind happened.
    pub fn tells(&self, kind: &str) -> bool {
        let kind = format!("\"{kind}\"");
        self.0.iter().any(|line| line.starts_with("happened") && line.contains(&kind))
    }
}

/// Memory is a cache of rows.
async fn remembers_its_rows(process: &Process<'_>) -> Result<()> {
    let ws = process.ws;
    let mut rows = process.ground.db.read(move |tx| Box::pin(async move { store::routing::load(tx, ws).await })).await?;
    rows.tasks.sort_by_key(|task| task.id);
    let same = process.look(|router| {
        router.tasks().eq(&rows.tasks)
            && router.reservations().eq(&rows.reservations)
            && router.workers().eq(&rows.workers)
            && router.queues().eq(&rows.queues)
            && router.workflows().eq(&rows.workflows)
            && router.business_hours().eq(&rows.business_hours)
    });
    ensure!(same.await?, "the router remembers something else than what is in the rows");
    Ok(())
}

fn line(table: &str, row: Row) -> String {
    let values = row.into_values().into_iter().map(|value| match value {
        Value::Uuid(id) => id.as_simple().to_string(),
        // So SQLite keeps ids.
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Value::Text(text) => format!("\"{}\"", without_estimate(text)),
        other => format!("{other:?}"),
    });
    format!("{table} {}", values.collect::<Vec<_>>().join(" "))
}

/// How long somebody may have to wait is reckoned by what this process saw; no row holds it.
fn without_estimate(text: String) -> String {
    const NAME: &str = "\"estimated_wait_s\":";
    let Some(at) = text.find(NAME).map(|at| at + NAME.len()) else { return text };
    let end = text[at..].find([',', '}']).map_or(text.len(), |end| at + end);
    format!("{}null{}", &text[..at], &text[end..])
}

/// Hexadecimal ids by their first appearance.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn rename(&mut self, line: &str) -> String {
        let mut renamed = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
            let (before, from) = rest.split_at(at);
            let end = from.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(from.len());
            let (run, after) = from.split_at(end);
            renamed.push_str(before);
            // A prefix of two letters may itself look hexadecimal.
            if run.len() >= 32 {
                let (prefix, id) = run.split_at(run.len() - 32);
                let next = self.0.len();
                let no = *self.0.entry(id.to_owned()).or_insert(next);
                renamed.push_str(&format!("{prefix}#{no}"));
            } else {
                renamed.push_str(run);
            }
            rest = after;
        }
        renamed.push_str(rest);
        renamed
    }
}
