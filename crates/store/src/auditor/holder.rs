//! Who holds the customer: exactly one, and it is there (lifecycle.md §1, §2; I1.3, I3.2, I3.3).

use std::collections::BTreeSet;

use anyhow::Result;
use db::{Row, Tx};
use model::{ConversationId, JobKind, Lane};
use uuid::Uuid;

use super::{Report, shown};

/// What the router and a conversation are about to tell each other; until then the two may differ.
#[derive(Default)]
struct Pending {
    /// News on its way to a conversation.
    news: BTreeSet<(i64, Uuid)>,
    /// A conversation's wish on its way to the router.
    wishes: BTreeSet<(i64, Uuid)>,
}

pub async fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let pending = pending(tx, report).await?;
    conversations(tx, &pending, report).await?;
    threads(tx, report).await?;
    tasks(tx, &pending, report).await
}

/// Reads the jobs between conversations and the router, and judges that each job's owner is there.
async fn pending(tx: &mut Tx<'_>, report: &mut Report) -> Result<Pending> {
    let mut pending = Pending::default();
    let mut lanes: BTreeSet<(i64, ConversationId)> = BTreeSet::new();
    let mut waiting: Vec<(i64, Uuid, ConversationId)> = Vec::new();
    let sql = "SELECT workspace_id, id, lane, kind, body FROM job ORDER BY workspace_id, id";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, id): (i64, Uuid) = (row.get(0)?, row.get(1)?);
        let (lane, kind): (String, String) = (row.get(2)?, row.get(3)?);
        let Ok(lane) = lane.parse::<Lane>() else { continue };
        match lane {
            Lane::Conversation(conversation) => {
                if kind == "news" {
                    pending.news.insert((ws, conversation.0));
                }
                lanes.insert((ws, conversation));
                waiting.push((ws, id, conversation));
            }
            Lane::Router => match serde_json::from_str(&row.get::<String>(4)?) {
                Ok(JobKind::Task(request)) => {
                    pending.wishes.extend(request.conversation_id.map(|id| (ws, id.0)));
                }
                Ok(JobKind::CloseTasks { conversation_id, .. }) => {
                    pending.wishes.insert((ws, conversation_id.0));
                }
                _ => {}
            },
            Lane::Thread(..) | Lane::Egress => {}
        }
    }
    let mut there = BTreeSet::new();
    for (ws, id) in lanes {
        let found =
            tx.opt(db::sql!("SELECT 1 FROM conversation WHERE workspace_id = $1 AND id = $2 LIMIT 1"), db::params![ws, id.0]).await?;
        if found.is_some() {
            there.insert((ws, id));
        }
    }
    for (ws, job, conversation) in waiting.into_iter().filter(|(ws, _, c)| !there.contains(&(*ws, *c))) {
        let what = format!("it waits for the conversation {conversation}, which is not there");
        report.add("job_without_owner", ws, "job", shown::own("job", job), what);
    }
    Ok(pending)
}

/// A conversation with its task and its flow.
struct Held {
    ws: i64,
    id: Uuid,
    state: String,
    holder: String,
    task: Option<Uuid>,
    worker: Option<Uuid>,
    task_status: Option<String>,
    task_conversation: Option<Uuid>,
    task_worker: Option<Uuid>,
    active: i64,
}

fn held(row: &Row) -> Result<Held> {
    Ok(Held {
        ws: row.get(0)?,
        id: row.get(1)?,
        state: row.get(2)?,
        holder: row.get(3)?,
        task: row.get(4)?,
        worker: row.get(5)?,
        task_status: row.get(6)?,
        task_conversation: row.get(7)?,
        task_worker: row.get(8)?,
        active: row.get(9)?,
    })
}

async fn conversations(tx: &mut Tx<'_>, pending: &Pending, report: &mut Report) -> Result<()> {
    let sql = "SELECT c.workspace_id, c.id, c.state, c.holder, c.task_id, c.worker_id, t.status, t.conversation_id, t.worker_id, coalesce(x.many, 0) \
        FROM conversation c LEFT JOIN task t ON t.workspace_id = c.workspace_id AND t.id = c.task_id \
        LEFT JOIN (SELECT workspace_id, conversation_id, count(*) AS many FROM execution WHERE state = 'active' GROUP BY workspace_id, conversation_id) x \
        ON x.workspace_id = c.workspace_id AND x.conversation_id = c.id \
        WHERE c.state <> 'closed' OR c.holder <> 'none' OR c.task_id IS NOT NULL OR c.worker_id IS NOT NULL OR x.many > 0";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let c = held(&row)?;
        for what in judge(&c, pending) {
            report.add("holder", c.ws, "conversation", shown::own("conversation", c.id), what);
        }
    }
    Ok(())
}

fn judge(c: &Held, pending: &Pending) -> Vec<String> {
    let mut wrong = Vec::new();
    let key = (c.ws, c.id);
    let news = pending.news.contains(&key);
    if c.active > 1 {
        wrong.push(format!("{} flows run in it at once", c.active));
    }
    if c.state == "closed" {
        if c.holder != "none" || c.task.is_some() || c.worker.is_some() {
            wrong.push(format!("it is closed and still held by {}", c.holder));
        }
        if c.active > 0 {
            wrong.push("it is closed and a flow runs in it".into());
        }
        return wrong;
    }
    if c.state != "open" {
        wrong.push(format!("nobody knows the state {}", c.state));
        return wrong;
    }
    match c.holder.as_str() {
        "none" | "flow" => {
            if c.task.is_some() || c.worker.is_some() {
                wrong.push(format!("its holder is {}, and it has a task", c.holder));
            }
            if c.holder == "none" && c.active > 0 {
                wrong.push("nobody holds it, and a flow runs in it".into());
            }
            if c.holder == "flow" && c.active == 0 {
                wrong.push("its holder is a flow, and none runs in it".into());
            }
        }
        "requested" => {
            if c.task.is_some() {
                wrong.push("it asks for a task and has one".into());
            }
            if !news && !pending.wishes.contains(&key) {
                wrong.push("it asks for a task, and nobody was asked".into());
            }
        }
        "task" => wrong.extend(judge_task(c, news)),
        other => wrong.push(format!("nobody knows the holder {other}")),
    }
    wrong
}

fn judge_task(c: &Held, news: bool) -> Option<String> {
    let Some(task) = c.task else { return Some("its holder is a task, and it names none".into()) };
    let name = shown::own("task", task);
    let Some(status) = &c.task_status else { return Some(format!("its task {name} is not there")) };
    if c.task_conversation != Some(c.id) {
        return Some(format!("its task {name} belongs to another conversation"));
    }
    if news {
        return None;
    }
    if matches!(status.as_str(), "completed" | "canceled") {
        return Some(format!("its task {name} has ended, and nobody told it"));
    }
    (c.task_worker != c.worker).then(|| format!("its task {name} is with another worker than it says, and nobody told it"))
}

/// A thread points to its open conversation.
async fn threads(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT c.workspace_id, c.thread_id, c.id FROM conversation c \
        JOIN thread t ON t.workspace_id = c.workspace_id AND t.id = c.thread_id \
        WHERE c.state = 'open' AND (t.conversation_id IS NULL OR t.conversation_id <> c.id) LIMIT 10000";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, thread, conversation): (i64, Uuid, Uuid) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let what = format!("it does not point to its open conversation {}", shown::own("conversation", conversation));
        report.add("thread_pointer", ws, "thread", shown::own("thread", thread), what);
    }
    Ok(())
}

/// A task under way belongs to an open conversation that has it as its task.
async fn tasks(tx: &mut Tx<'_>, pending: &Pending, report: &mut Report) -> Result<()> {
    let sql = "SELECT t.workspace_id, t.id, c.id, c.state FROM task t \
        JOIN conversation c ON c.workspace_id = t.workspace_id AND c.id = t.conversation_id \
        WHERE t.status NOT IN ('completed', 'canceled') AND (c.state <> 'open' OR c.task_id IS NULL OR c.task_id <> t.id)";
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, task, conversation): (i64, Uuid, Uuid) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let state: String = row.get(3)?;
        let key = (ws, conversation);
        let told = if state == "open" { pending.news.contains(&key) } else { pending.wishes.contains(&key) };
        if !told {
            let name = shown::own("conversation", conversation);
            let what = if state == "open" {
                format!("its conversation {name} does not know it")
            } else {
                format!("its conversation {name} is closed")
            };
            report.add("orphan_task", ws, "task", shown::own("task", task), what);
        }
    }
    Ok(())
}
