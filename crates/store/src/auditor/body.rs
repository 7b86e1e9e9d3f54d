//! Nouns kept as JSON beside columns: both say the same, and each can be read.

use anyhow::Result;
use db::{Tx, Value, params};
use model::{
    Attachment, BusinessHours, Conversation, Execution, Id as _, Job, Message, Reservation, Task, TaskChannel, TaskQueue, Timestamp,
    Worker, Workflow,
};
use serde::Serialize;

use super::scan::Scan;
use super::{Report, shown};

type Read = fn(&str) -> serde_json::Result<Vec<Value>>;

/// A table, the columns that repeat the body, and the same values read from the body.
struct Noun {
    table: &'static str,
    columns: &'static [&'static str],
    read: Read,
}

const NOUNS: &[Noun] = &[
    Noun {
        table: "conversation",
        columns: &[
            "id",
            "state",
            "holder",
            "contact_id",
            "thread_id",
            "last_seq",
            "task_id",
            "worker_id",
            "created_at",
            "last_activity_at",
            "version",
        ],
        read: conversation,
    },
    Noun {
        table: "message",
        columns: &["id", "conversation_id", "thread_id", "seq", "pos", "client_id", "state", "created_at"],
        read: message,
    },
    Noun { table: "attachment", columns: &["id"], read: attachment },
    Noun {
        table: "execution",
        columns: &["id", "conversation_id", "flow_id", "revision", "step_no", "state", "started_at"],
        read: execution,
    },
    Noun {
        table: "task",
        columns: &["id", "status", "conversation_id", "request_key", "queue_id", "worker_id", "created_at", "ended_at", "version"],
        read: task,
    },
    Noun {
        table: "reservation",
        columns: &["id", "task_id", "worker_id", "channel", "status", "offer_no", "slot", "capacity", "deadline_at", "created_at"],
        read: reservation,
    },
    Noun { table: "worker", columns: &["id", "name", "activity_id", "connected", "deleted", "version"], read: worker },
    Noun { table: "task_channel", columns: &["id", "unique_name", "version"], read: task_channel },
    Noun { table: "business_hours", columns: &["id", "name", "version"], read: business_hours },
    Noun { table: "task_queue", columns: &["id", "name", "version"], read: queue },
    Noun { table: "workflow", columns: &["id", "name", "version"], read: workflow },
];

pub async fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    for noun in NOUNS {
        let mut scan = Scan::new(noun.table, &format!("body, {}", noun.columns.join(", ")));
        while let Some(rows) = scan.next(tx).await? {
            for row in rows {
                report.examined(noun.table);
                let values = row.into_values();
                judge(noun, &values, report);
            }
        }
    }
    jobs(tx, report).await
}

/// `values`: workspace_id, id, body, then the noun's columns.
fn judge(noun: &Noun, values: &[Value], report: &mut Report) {
    let ws = match values.first() {
        Some(Value::Int(ws)) => Some(*ws),
        _ => None,
    };
    let id = values.get(1).map_or_else(String::new, |id| shown::text(noun.table, "id", id));
    let body = match values.get(2) {
        Some(Value::Text(body)) => body.as_str(),
        _ => "",
    };
    let Ok(wanted) = (noun.read)(body) else {
        report.add("unreadable", ws, noun.table, id, "its body cannot be read");
        return;
    };
    for ((column, wanted), stored) in noun.columns.iter().zip(&wanted).zip(values.iter().skip(3)) {
        if !same(wanted, stored) {
            let what = format!(
                "its column {column} says {}, its body {}",
                shown::text(noun.table, column, stored),
                shown::text(noun.table, column, wanted)
            );
            report.add("body_differs", ws, noun.table, &id, what);
        }
    }
}

/// SQLite has fewer types: a uuid is 16 bytes there, a boolean 0 or 1.
fn same(wanted: &Value, stored: &Value) -> bool {
    match (wanted, stored) {
        (Value::Uuid(id), Value::Bytes(bytes)) => bytes == id.as_bytes(),
        (Value::Bool(yes), Value::Int(number)) => i64::from(*yes) == *number,
        (wanted, stored) => wanted == stored,
    }
}

/// A job's lane and kind can be read.
async fn jobs(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let mut scan = Scan::new("job", "lane, key, run_at, body, attempts, epoch, kind");
    while let Some(rows) = scan.next(tx).await? {
        for row in rows {
            report.examined("job");
            let ws: i64 = row.get(0)?;
            let (lane, body, kind): (String, String, String) = (row.get(2)?, row.get(5)?, row.get(8)?);
            let id = shown::own("job", row.get(1)?);
            let Ok(lane) = lane.parse() else {
                report.add("job_without_owner", ws, "job", id, "its lane is none");
                continue;
            };
            match serde_json::from_str(&body) {
                Ok(read) => {
                    let job = Job {
                        id: model::JobId(row.get(1)?),
                        lane,
                        key: row.get(3)?,
                        run_at: Timestamp::from_micros(row.get(4)?),
                        kind: read,
                        attempts: row.get(6)?,
                        epoch: row.get(7)?,
                    };
                    if word(&job.kind, "job") != kind {
                        report.add(
                            "body_differs",
                            ws,
                            "job",
                            id,
                            format!("its column kind says {kind}, its body {}", word(&job.kind, "job")),
                        );
                    }
                }
                Err(_) => report.add("unreadable", ws, "job", id, "its body cannot be read"),
            }
        }
    }
    Ok(())
}

/// The word an enum is stored as; `tag` for one that carries fields.
fn word<T: Serialize>(value: &T, tag: &str) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(object) => object[tag].as_str().unwrap_or_default().to_owned(),
        Err(_) => String::new(),
    }
}

fn conversation(body: &str) -> serde_json::Result<Vec<Value>> {
    let c: Conversation = serde_json::from_str(body)?;
    Ok(params![
        c.id.uuid(),
        word(&c.state, ""),
        word(&c.holder, ""),
        c.contact_id.uuid(),
        c.thread_id.uuid(),
        c.last_seq,
        c.task_id.map(|id| id.uuid()),
        c.worker_id.map(|id| id.uuid()),
        c.created_at.micros(),
        c.last_activity_at.micros(),
        c.version
    ])
}

fn message(body: &str) -> serde_json::Result<Vec<Value>> {
    let m: Message = serde_json::from_str(body)?;
    Ok(params![
        m.id.uuid(),
        m.conversation_id.uuid(),
        m.thread_id.map(|id| id.uuid()),
        m.seq,
        m.pos,
        m.client_id,
        m.state.code(),
        m.created_at.micros()
    ])
}

fn attachment(body: &str) -> serde_json::Result<Vec<Value>> {
    let a: Attachment = serde_json::from_str(body)?;
    Ok(params![a.id.uuid()])
}

fn execution(body: &str) -> serde_json::Result<Vec<Value>> {
    let e: Execution = serde_json::from_str(body)?;
    Ok(params![e.id.uuid(), e.conversation_id.uuid(), e.flow_id.uuid(), e.revision, e.step_no, word(&e.state, ""), e.started_at.micros()])
}

fn task(body: &str) -> serde_json::Result<Vec<Value>> {
    let t: Task = serde_json::from_str(body)?;
    Ok(params![
        t.id.uuid(),
        t.status.code(),
        t.conversation_id.map(|id| id.uuid()),
        t.request_key,
        t.queue_id.map(|id| id.uuid()),
        t.worker_id.map(|id| id.uuid()),
        t.created_at.micros(),
        t.ended_at.map(Timestamp::micros),
        t.version
    ])
}

fn reservation(body: &str) -> serde_json::Result<Vec<Value>> {
    let r: Reservation = serde_json::from_str(body)?;
    Ok(params![
        r.id.uuid(),
        r.task_id.uuid(),
        r.worker_id.uuid(),
        r.channel,
        r.status.code(),
        r.offer_no,
        r.slot,
        r.capacity,
        r.deadline_at.map(Timestamp::micros),
        r.created_at.micros()
    ])
}

fn worker(body: &str) -> serde_json::Result<Vec<Value>> {
    let w: Worker = serde_json::from_str(body)?;
    Ok(params![w.id.uuid(), w.name, w.activity_id.uuid(), w.connected, w.deleted, w.version])
}

fn task_channel(body: &str) -> serde_json::Result<Vec<Value>> {
    let c: TaskChannel = serde_json::from_str(body)?;
    Ok(params![c.id.uuid(), c.unique_name, c.version])
}

fn business_hours(body: &str) -> serde_json::Result<Vec<Value>> {
    let hours: BusinessHours = serde_json::from_str(body)?;
    Ok(params![hours.id.uuid(), hours.name, hours.version])
}

fn queue(body: &str) -> serde_json::Result<Vec<Value>> {
    let q: TaskQueue = serde_json::from_str(body)?;
    Ok(params![q.id.uuid(), q.name, q.version])
}

fn workflow(body: &str) -> serde_json::Result<Vec<Value>> {
    let w: Workflow = serde_json::from_str(body)?;
    Ok(params![w.id.uuid(), w.name, w.version])
}
