//! Tasks and reservations: one holder each, one winner, and never more work than a worker's capacity (I3.2, I4.1, I4.2, I5.1).

use anyhow::Result;
use db::{Tx, params};
use model::{Id as _, Reservation, ReservationStatus, Task, TaskStatus, Timestamp};
use uuid::Uuid;

use super::{Report, shown};

const PAGE: i64 = 5_000;
/// Commands are stamped when they arrive and decided a batch later, so two stamps may cross by about this, in microseconds.
/// Which of them really held a place at once is judged by the unique slot.
const CROSSING_US: i64 = 2_000_000;

pub async fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    tasks(tx, report).await?;
    let order = "worker_id, channel, created_at, id";
    walk(tx, order, &mut Sweep::default(), report, Sweep::capacity).await?;
    let order = "task_id, created_at, id";
    walk(tx, order, &mut Sweep::default(), report, Sweep::winners).await
}

/// Open reservations of a task.
#[derive(Default)]
struct Open {
    pending: i64,
    accepted: i64,
    wrapping: i64,
    worker: Option<Uuid>,
}

async fn tasks(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    let sql = "SELECT t.workspace_id, t.id, t.body, q.body, r.status, r.worker_id FROM task t \
        LEFT JOIN reservation r ON r.workspace_id = t.workspace_id AND r.task_id = t.id AND r.status IN ('pending', 'accepted', 'wrapping') \
        LEFT JOIN task_queue q ON q.workspace_id = t.workspace_id AND q.id = t.queue_id \
        WHERE t.status NOT IN ('completed', 'canceled') OR r.id IS NOT NULL OR t.ended_at IS NULL ORDER BY t.workspace_id, t.id";
    let mut current: Option<(i64, Uuid, String, Option<String>, Open)> = None;
    for row in tx.dynamic(sql.into(), vec![]).await? {
        let (ws, id): (i64, Uuid) = (row.get(0)?, row.get(1)?);
        if current.as_ref().is_none_or(|(a, b, ..)| (*a, *b) != (ws, id)) {
            if let Some((ws, id, body, queue, open)) = current.take() {
                judge(ws, id, &body, queue.as_deref(), &open, report);
            }
            current = Some((ws, id, row.get(2)?, row.get(3)?, Open::default()));
        }
        let (status, worker): (Option<String>, Option<Uuid>) = (row.get(4)?, row.get(5)?);
        let Some((.., open)) = current.as_mut() else { continue };
        match status.as_deref() {
            Some("pending") => open.pending += 1,
            Some("accepted") => (open.accepted, open.worker) = (open.accepted + 1, worker),
            Some("wrapping") => (open.wrapping, open.worker) = (open.wrapping + 1, worker),
            _ => {}
        }
    }
    if let Some((ws, id, body, queue, open)) = current {
        judge(ws, id, &body, queue.as_deref(), &open, report);
    }
    Ok(())
}

fn judge(ws: i64, id: Uuid, body: &str, queue: Option<&str>, open: &Open, report: &mut Report) {
    // A body that cannot be read is named where bodies are compared.
    let Ok(task) = serde_json::from_str::<Task>(body) else { return };
    let counted = (open.pending > 0, open.accepted, open.wrapping);
    let right = match task.status {
        TaskStatus::Pending => counted == (false, 0, 0) && (task.queue_id.is_some() || task.routing_worker.is_some()),
        TaskStatus::Reserved => counted == (true, 0, 0),
        TaskStatus::Assigned => counted == (false, 1, 0) && open.worker == task.worker_id.map(|id| id.uuid()),
        TaskStatus::Wrapping => counted == (false, 0, 1) && open.worker == task.worker_id.map(|id| id.uuid()),
        TaskStatus::Completed | TaskStatus::Canceled => counted == (false, 0, 0) && task.ended_at.is_some(),
    };
    let name = shown::own("task", id);
    if !right {
        let what = format!(
            "it is {} with {} pending, {} accepted and {} wrapping reservations{}",
            task.status.code(),
            open.pending,
            open.accepted,
            open.wrapping,
            if task.queue_id.is_none() && task.routing_worker.is_none() { ", in no queue" } else { "" }
        );
        report.add("task_holder", ws, "task", &name, what);
    }
    if task.status != TaskStatus::Canceled
        && task.queue_id.is_some()
        && !task.status.ended()
        && queue.is_none()
        && task.routing_worker.is_none()
    {
        report.add("task_holder", ws, "task", &name, "it waits in a queue that is not there");
    }
    let most = queue.and_then(|body| serde_json::from_str::<model::TaskQueue>(body).ok()).map(|queue| queue.max_reserved_workers);
    if let Some(most) = most.filter(|most| open.pending > *most) {
        report.add("too_many_offers", ws, "task", name, format!("{} workers have it offered, its queue allows {most}", open.pending));
    }
}

/// What is open at the point a walk over reservations has come to.
#[derive(Default)]
struct Sweep {
    group: Option<(i64, Uuid, String)>,
    /// End of each, `None` while it lasts.
    open: Vec<(Option<Timestamp>, Option<i64>)>,
}

type Visit = fn(&mut Sweep, i64, &Reservation, &mut Report);

async fn walk(tx: &mut Tx<'_>, order: &str, sweep: &mut Sweep, report: &mut Report, visit: Visit) -> Result<()> {
    let sql = format!("SELECT workspace_id, body FROM reservation ORDER BY workspace_id, {order} LIMIT $1 OFFSET $2");
    let mut offset = 0;
    loop {
        let rows = tx.dynamic(sql.clone(), params![PAGE, offset]).await?;
        for row in &rows {
            let ws: i64 = row.get(0)?;
            if let Ok(reservation) = serde_json::from_str::<Reservation>(&row.get::<String>(1)?) {
                visit(sweep, ws, &reservation, report);
            }
        }
        offset += PAGE;
        if (rows.len() as i64) < PAGE {
            return Ok(());
        }
    }
}

impl Sweep {
    /// Starts anew at another group; then lets go of what ended before `now`.
    fn advance(&mut self, group: (i64, Uuid, String), now: Timestamp) {
        if self.group.as_ref() != Some(&group) {
            self.open.clear();
            self.group = Some(group);
        }
        self.open.retain(|(end, _)| end.is_none_or(|end| end.micros() > now.micros() + CROSSING_US));
    }

    fn capacity(&mut self, ws: i64, r: &Reservation, report: &mut Report) {
        let name = shown::own("reservation", r.id.uuid());
        if r.status.open() == r.ended_at.is_some() {
            report.add(
                "reservation_end",
                ws,
                "reservation",
                &name,
                format!("it is {} and {}", r.status.code(), if r.ended_at.is_some() { "has ended" } else { "has no end" }),
            );
        }
        if matches!(r.status, ReservationStatus::Accepted | ReservationStatus::Wrapping) && r.accepted_at.is_none() {
            report.add("reservation_end", ws, "reservation", &name, "nobody accepted it, and it is held");
        }
        let Some(slot) = r.slot else { return };
        if !(0..r.capacity).contains(&slot) {
            report.add("capacity", ws, "reservation", &name, format!("it takes place {slot} of {}", r.capacity));
        }
        self.advance((ws, r.worker_id.uuid(), r.channel.clone()), r.created_at);
        if self.open.iter().any(|(_, other)| *other == Some(slot)) {
            report.add(
                "capacity",
                ws,
                "reservation",
                &name,
                format!("place {slot} of {} on {} was taken when it was offered", r.worker_id, r.channel),
            );
        }
        if self.open.len() as i64 >= r.capacity {
            let what = format!("{} had {} on {} when it was offered, and room for {}", r.worker_id, self.open.len(), r.channel, r.capacity);
            report.add("capacity", ws, "reservation", name, what);
        }
        self.open.push((r.ended_at, Some(slot)));
    }

    fn winners(&mut self, ws: i64, r: &Reservation, report: &mut Report) {
        let Some(accepted) = r.accepted_at else { return };
        self.advance((ws, r.task_id.uuid(), String::new()), accepted);
        if !self.open.is_empty() {
            let what = format!("{} accepted {} while another worker had it", r.worker_id, r.task_id);
            report.add("two_winners", ws, "reservation", shown::own("reservation", r.id.uuid()), what);
        }
        self.open.push((r.ended_at, None));
    }
}
