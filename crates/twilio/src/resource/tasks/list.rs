//! The list of tasks: filters, orders, pages. In the order in which they were made a page is read behind its edge; in any other order
//! all that are open are looked through, and no more than a page of them is held.

use std::cmp::Ordering;

use axum::Json;
use axum::extract::State;
use expression::Expression;
use model::{Id, Task, TaskQueueId, TaskStatus, Timestamp, WorkflowId};
use serde_json::Value;
use server::{Caller, Server, may};
use store::taskrouter::Edge as RowEdge;
use uuid::Uuid;

use super::{Names, routing_target, shown_since};
use crate::asked::Asked;
use crate::facts;
use crate::form::{Form, Query};
use crate::page::{Cut, Edge, Paging};
use crate::refused::{Answered, Refused};
use crate::resource::read;

/// Rows read at once.
const CHUNK: i64 = 2_000;

/// Which tasks are wanted.
struct Wanted {
    priority: Option<i64>,
    statuses: Vec<TaskStatus>,
    workflow: Option<WorkflowId>,
    workflow_name: Option<String>,
    queue: Option<TaskQueueId>,
    queue_name: Option<String>,
    target: Option<String>,
    attributes: Option<Expression>,
    /// Tasks have no add-ons here: whoever asks for those with some gets none.
    none: bool,
}

impl Wanted {
    fn read(query: &mut Form, caller: &Caller) -> Answered<Self> {
        let statuses = query.list("AssignmentStatus");
        let status = |text: &String| {
            TaskStatus::parse(text).ok_or_else(|| Refused::invalid("AssignmentStatus", format!("there is no status {text}")))
        };
        let attributes = query.text("EvaluateTaskAttributes")?.filter(|text| !text.is_empty());
        Ok(Self {
            priority: query.number("Priority")?,
            statuses: statuses.iter().map(status).collect::<Answered<_>>()?,
            workflow: query.sid("WorkflowSid")?,
            workflow_name: query.text("WorkflowName")?,
            queue: query.sid("TaskQueueSid")?,
            queue_name: query.text("TaskQueueName")?,
            target: query.text("RoutingTarget")?.filter(|text| !text.is_empty()),
            attributes: attributes.map(|text| facts::expression(caller, "EvaluateTaskAttributes", &text)).transpose()?,
            none: query.truth("HasAddons")?.unwrap_or(false),
        })
    }

    fn takes(&self, task: &Task, names: &Names) -> bool {
        let workflow = task.workflow_id.and_then(|id| names.workflows.get(&id));
        let queue = task.queue_id.and_then(|id| names.queues.get(&id));
        !self.none
            && self.priority.is_none_or(|wanted| task.priority == wanted)
            && (self.statuses.is_empty() || self.statuses.contains(&task.status))
            && self.workflow.is_none_or(|wanted| task.workflow_id == Some(wanted))
            && self.workflow_name.as_ref().is_none_or(|wanted| workflow == Some(wanted))
            && self.queue.is_none_or(|wanted| task.queue_id == Some(wanted))
            && self.queue_name.as_ref().is_none_or(|wanted| queue == Some(wanted))
            && self.target.as_ref().is_none_or(|wanted| routing_target(task).as_ref() == Some(wanted))
            && self.attributes.as_ref().is_none_or(|wanted| facts::is_task(wanted, &task.attributes))
    }
}

/// Up to two attributes, each with its direction.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Order(Vec<(By, bool)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Made,
    Priority,
    Started,
}

/// Where a task stands in an order: small numbers come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    keys: [i64; 2],
    id: Uuid,
}

impl Order {
    fn read(text: Option<String>) -> Answered<Self> {
        let wrong = |why: &str| Refused::invalid("Ordering", why);
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self(vec![(By::Made, false)])) };
        let mut order: Vec<(By, bool)> = Vec::new();
        for part in text.split(',') {
            let (attribute, direction) = part.trim().split_once(':').unwrap_or((part.trim(), "asc"));
            let by = match attribute {
                "DateCreated" => By::Made,
                "Priority" => By::Priority,
                "VirtualStartTime" => By::Started,
                _ => return Err(wrong("DateCreated, Priority or VirtualStartTime, each with :asc or :desc")),
            };
            let descending = match direction {
                "asc" => false,
                "desc" => true,
                _ => return Err(wrong("a direction is asc or desc")),
            };
            if order.iter().any(|(held, _)| *held == by || (*held != By::Priority && by != By::Priority)) {
                return Err(wrong("DateCreated and VirtualStartTime are not combined, and nothing is named twice"));
            }
            order.push((by, descending));
        }
        Ok(Self(order))
    }

    /// Whether this is the order in which rows are read.
    fn as_made(&self) -> Option<bool> {
        match self.0[..] {
            [(By::Made, descending)] => Some(descending),
            _ => None,
        }
    }

    fn place(&self, task: &Task) -> Place {
        let key = |at: usize| {
            let Some((by, descending)) = self.0.get(at) else { return 0 };
            let key = match by {
                By::Made => task.created_at.micros(),
                By::Priority => task.priority,
                By::Started => task.virtual_start_time.micros(),
            };
            if *descending { -key } else { key }
        };
        Place { keys: [key(0), key(1)], id: task.id.uuid() }
    }
}

impl Place {
    fn text(self) -> String {
        format!("{}.{}.{}", self.keys[0], self.keys[1], self.id.as_simple())
    }
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (first, second, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, Uuid::try_parse(parts.next()?).ok()?);
        Some(Self { keys: [first, second], id })
    }
}

pub async fn list(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let wanted = Wanted::read(&mut query, &asked)?;
    let order = Order::read(query.text("Ordering")?)?;
    query.end()?;
    let names = Names::read(&server, &asked).await?;
    let seeker = Seeker { server: &server, caller: &asked, wanted: &wanted, names: &names, order: &order, paging: &paging };
    let cut = match order.as_made() {
        Some(descending) => seeker.read_on(descending).await?,
        None => seeker.look_through().await?,
    };
    let views = cut.rows.iter().map(|task| names.view(&asked.place, task)).collect();
    Ok(paging.envelope(&asked.place.url("Tasks"), "tasks", views, (cut.before, cut.after)))
}

struct Seeker<'a> {
    server: &'a Server,
    caller: &'a Caller,
    wanted: &'a Wanted,
    names: &'a Names,
    order: &'a Order,
    paging: &'a Paging,
}

impl Seeker<'_> {
    /// The row at the page's edge, and whether the page lies before it.
    fn edge(&self) -> Answered<Option<(Place, bool)>> {
        let (key, before) = match &self.paging.edge {
            Edge::Start => return Ok(None),
            Edge::After(key) => (key, false),
            Edge::Before(key) => (key, true),
        };
        let place = Place::read(key).ok_or_else(|| Refused::invalid("PageToken", "that token is none of ours"))?;
        Ok(Some((place, before)))
    }

    async fn chunk(&self, edge: RowEdge, backwards: bool) -> Answered<Vec<Task>> {
        let (ws, since, queue) = (self.caller.ws, shown_since(self.names.now), self.wanted.queue);
        read(self.server, move |tx| Box::pin(async move { store::taskrouter::tasks(tx, ws, since, queue, edge, backwards, CHUNK).await }))
            .await
    }

    /// Calls `each` with what is wanted, in the order of making from `edge` on, until it has enough or there is no more.
    async fn each(&self, mut edge: RowEdge, backwards: bool, mut each: impl FnMut(Task) -> bool) -> Answered<()> {
        loop {
            let rows = self.chunk(edge, backwards).await?;
            let more = rows.len() as i64 == CHUNK;
            if let Some(last) = rows.last() {
                edge = RowEdge { at: last.created_at, id: last.id.uuid() };
            }
            for task in rows {
                if self.wanted.takes(&task, self.names) && !each(task) {
                    return Ok(());
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    async fn read_on(&self, descending: bool) -> Answered<Cut<Task>> {
        let (edge, before) = self.edge()?.map_or((None, false), |(place, before)| (Some(place), before));
        let backwards = descending != before;
        let start = edge.map_or(if backwards { RowEdge::LAST } else { RowEdge::FIRST }, |place| {
            let at = if descending { -place.keys[0] } else { place.keys[0] };
            RowEdge { at: Timestamp::from_micros(at), id: place.id }
        });
        let mut rows = Vec::new();
        let size = self.paging.size;
        self.each(start, backwards, |task| {
            rows.push(task);
            rows.len() <= size
        })
        .await?;
        Ok(self.framed(rows, edge.is_some(), before))
    }

    /// Rows in the order they were met, one more than fits if there are more.
    fn framed(&self, mut rows: Vec<Task>, edged: bool, before: bool) -> Cut<Task> {
        let more = rows.len() > self.paging.size;
        rows.truncate(self.paging.size);
        if before {
            rows.reverse();
        }
        let (lower, upper) = if before { (more, edged) } else { (edged, more) };
        let key = |task: Option<&Task>| task.map(|task| self.order.place(task).text());
        let (first, last) = (key(rows.first()).filter(|_| lower), key(rows.last()).filter(|_| upper));
        Cut { rows, before: first, after: last }
    }

    async fn look_through(&self) -> Answered<Cut<Task>> {
        let (edge, before) = self.edge()?.map_or((None, false), |(place, before)| (Some(place), before));
        let size = self.paging.size + 1;
        let mut best: Vec<(Place, Task)> = Vec::new();
        self.each(RowEdge::FIRST, false, |task| {
            let place = self.order.place(&task);
            let beyond = edge.is_none_or(|edge| if before { place < edge } else { place > edge });
            if beyond {
                best.push((place, task));
            }
            if best.len() >= size * 2 {
                keep_nearest(&mut best, size, before);
            }
            true
        })
        .await?;
        keep_nearest(&mut best, size, before);
        Ok(self.framed(best.into_iter().map(|(_, task)| task).collect(), edge.is_some(), before))
    }
}

/// Those nearest to the edge, nearest first.
fn keep_nearest(rows: &mut Vec<(Place, Task)>, size: usize, before: bool) {
    rows.sort_by(|(a, _), (b, _)| -> Ordering {
        if before { b.cmp(a) } else { a.cmp(b) }
    });
    rows.truncate(size);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read() {
        let order = |text: &str| Order::read(Some(text.into())).map(|order| order.0).map_err(|refused| refused.code());
        assert_eq!(order("Priority:desc,DateCreated:asc"), Ok(vec![(By::Priority, true), (By::Made, false)]));
        assert_eq!(order("VirtualStartTime"), Ok(vec![(By::Started, false)]));
        assert_eq!(order("DateCreated:desc,VirtualStartTime:asc"), Err(20001));
        assert_eq!(order("Priority:desc,Priority:asc"), Err(20001));
        assert_eq!(order("Age:desc"), Err(20001));
        assert_eq!(order("Priority:down"), Err(20001));
    }
}
