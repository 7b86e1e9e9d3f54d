//! Real-time statistics, counted in the router's memory.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use model::{Activity, Task, TaskId, TaskQueueId, TaskStatus, Timestamp, Worker, WorkflowId};
use router::{Router as Routing, Snapshot};
use serde_json::{Map, Value, json};
use server::{Caller, Server, may};

use super::{Shown, read};
use crate::asked::{Asked, Sid};
use crate::form::{Form, Query};
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/RealTimeStatistics", get(of_workspace))
        .route("/Workspaces/{ws}/Workers/RealTimeStatistics", get(of_workers))
        .route("/Workspaces/{ws}/TaskQueues/RealTimeStatistics", post(of_queues))
        .route("/Workspaces/{ws}/TaskQueues/{sid}/RealTimeStatistics", get(of_queue))
        .route("/Workspaces/{ws}/Workflows/{sid}/RealTimeStatistics", get(of_workflow))
}

/// Queues asked for at once.
const MOST_QUEUES: usize = 200;

/// Looks at the workspace's routing: where this process owns it, at its memory; else at a picture made from its rows.
async fn look<T>(server: &Server, caller: &Caller, look: impl Fn(&Routing) -> T) -> Answered<T> {
    let ws = caller.ws;
    if let Some(seen) = server.engine().with_router(ws, &look).await? {
        return Ok(seen);
    }
    let (settings, rows) = read(server, move |tx| {
        Box::pin(async move {
            let workspace = store::workspace::by_number(tx, ws).await?.ok_or_else(server::Problem::not_found)?;
            Ok((workspace.settings, store::routing::load(tx, ws).await?))
        })
    })
    .await?;
    Ok(look(&Routing::new(Snapshot {
        settings,
        activities: rows.activities,
        task_channels: rows.task_channels,
        queues: rows.queues,
        workflows: rows.workflows,
        workers: rows.workers,
        tasks: rows.tasks,
        reservations: rows.reservations,
    })))
}

/// Open tasks, counted.
#[derive(Debug, Default)]
struct Tally {
    total: u64,
    statuses: BTreeMap<TaskStatus, u64>,
    priorities: BTreeMap<i64, u64>,
    /// Who has waited longest since it was made, and since it came into its queue.
    oldest: Option<(Timestamp, TaskId)>,
    oldest_here: Option<(Timestamp, TaskId)>,
}

impl Tally {
    fn of<'a>(tasks: impl Iterator<Item = &'a Task>, channel: Option<&str>) -> Self {
        let mut tally = Self::default();
        tasks.filter(|task| channel.is_none_or(|channel| task.channel == channel)).for_each(|task| tally.add(task));
        tally
    }

    fn add(&mut self, task: &Task) {
        self.total += 1;
        *self.statuses.entry(task.status).or_default() += 1;
        *self.priorities.entry(task.priority).or_default() += 1;
        if matches!(task.status, TaskStatus::Pending | TaskStatus::Reserved) {
            let earlier = |held: Option<(Timestamp, TaskId)>, at| Some(held.map_or((at, task.id), |held| held.min((at, task.id))));
            self.oldest = earlier(self.oldest, task.created_at);
            self.oldest_here = earlier(self.oldest_here, super::tasks::queue_entered_at(task));
        }
    }

    fn write(&self, now: Timestamp, into: &mut Map<String, Value>) {
        use TaskStatus::{Assigned, Pending, Reserved, Wrapping};
        let status = |status| self.statuses.get(&status).copied().unwrap_or_default();
        let statuses =
            json!({ "reserved": status(Reserved), "pending": status(Pending), "assigned": status(Assigned), "wrapping": status(Wrapping) });
        let priorities: Map<String, Value> =
            self.priorities.iter().map(|(priority, count)| (priority.to_string(), (*count).into())).collect();
        into.insert("total_tasks".into(), self.total.into());
        into.insert("tasks_by_status".into(), statuses);
        into.insert("tasks_by_priority".into(), priorities.into());
        into.insert("longest_task_waiting_age".into(), age(self.oldest, now).into());
        into.insert("longest_task_waiting_sid".into(), json!(self.oldest.map(|(_, id)| id)));
    }

    fn write_of_queue(&self, now: Timestamp, into: &mut Map<String, Value>) {
        self.write(now, into);
        into.insert("longest_relative_task_age_in_queue".into(), age(self.oldest_here, now).into());
        into.insert("longest_relative_task_sid_in_queue".into(), json!(self.oldest_here.map(|(_, id)| id)));
    }
}

/// Whole seconds; 0 when nobody waits.
fn age(since: Option<(Timestamp, TaskId)>, now: Timestamp) -> i64 {
    since.map_or(0, |(at, _)| now.since(at).max(0) / 1_000_000)
}

/// How many of these workers are in each activity; activities without anybody count too.
fn activities<'a>(known: impl Iterator<Item = &'a Activity>, workers: impl Iterator<Item = &'a Worker>) -> Value {
    let mut counts = BTreeMap::new();
    for worker in workers {
        *counts.entry(worker.activity_id).or_insert(0u64) += 1;
    }
    let row = |activity: &Activity| {
        let workers = counts.get(&activity.id).copied().unwrap_or_default();
        json!({ "friendly_name": activity.name, "sid": activity.id, "workers": workers })
    };
    known.map(row).collect()
}

/// The one filter of real-time statistics: a task channel, by SID or unique name.
async fn channel(server: &Server, caller: &Caller, mut query: Form) -> Answered<Option<String>> {
    let named = query.text("TaskChannel")?.filter(|text| !text.is_empty());
    query.end()?;
    match named {
        Some(named) => Ok(Some(super::task_channels::unique_name(server, caller, &named).await?)),
        None => Ok(None),
    }
}

fn document(place: &Place, tail: &str) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("account_sid".into(), json!(place.account));
    document.insert("workspace_sid".into(), json!(place.workspace));
    document.insert("url".into(), place.url(tail).into());
    document
}

async fn of_workspace(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(query): Query) -> Answered<Shown> {
    let channel = channel(&server, &asked, query).await?;
    let now = server.engine().now();
    let document = look(&server, &asked, |routing| {
        let mut body = document(&asked.place, "RealTimeStatistics");
        Tally::of(routing.tasks(), channel.as_deref()).write(now, &mut body);
        body.insert("activity_statistics".into(), activities(routing.activities(), routing.workers()));
        body.insert("total_workers".into(), routing.workers().count().into());
        body
    });
    Ok(Shown::new(document.await?.into()))
}

async fn of_workers(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(query): Query) -> Answered<Shown> {
    channel(&server, &asked, query).await?;
    let document = look(&server, &asked, |routing| {
        let mut body = document(&asked.place, "Workers/RealTimeStatistics");
        body.insert("activity_statistics".into(), activities(routing.activities(), routing.workers()));
        body.insert("total_workers".into(), routing.workers().count().into());
        body
    });
    Ok(Shown::new(document.await?.into()))
}

/// What a queue's statistics say beside whose they are.
fn queue(routing: &Routing, id: TaskQueueId, tally: &Tally, now: Timestamp, body: &mut Map<String, Value>) {
    tally.write_of_queue(now, body);
    let free: Vec<_> = routing.activities().filter(|activity| activity.available).map(|activity| activity.id).collect();
    body.insert("task_queue_sid".into(), json!(id));
    body.insert("activity_statistics".into(), activities(routing.activities(), routing.members(id)));
    body.insert("total_eligible_workers".into(), routing.members(id).count().into());
    let available = routing.members(id).filter(|worker| free.contains(&worker.activity_id)).count();
    body.insert("total_available_workers".into(), available.into());
}

async fn of_queue(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<TaskQueueId>,
    Query(query): Query,
) -> Answered<Shown> {
    let channel = channel(&server, &asked, query).await?;
    let now = server.engine().now();
    let document = look(&server, &asked, |routing| {
        routing.queue(id)?;
        let mut body = document(&asked.place, &format!("TaskQueues/{id}/RealTimeStatistics"));
        let tally = Tally::of(routing.tasks().filter(|task| task.queue_id == Some(id)), channel.as_deref());
        queue(routing, id, &tally, now, &mut body);
        Some(body)
    });
    Ok(Shown::new(document.await?.ok_or_else(Refused::not_found)?.into()))
}

async fn of_workflow(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<WorkflowId>,
    Query(query): Query,
) -> Answered<Shown> {
    let channel = channel(&server, &asked, query).await?;
    let now = server.engine().now();
    let document = look(&server, &asked, |routing| {
        routing.workflow(id)?;
        let mut body = document(&asked.place, &format!("Workflows/{id}/RealTimeStatistics"));
        Tally::of(routing.tasks().filter(|task| task.workflow_id == Some(id)), channel.as_deref()).write(now, &mut body);
        body.insert("workflow_sid".into(), json!(id));
        Some(body)
    });
    Ok(Shown::new(document.await?.ok_or_else(Refused::not_found)?.into()))
}

/// Many queues at once, by a JSON body `{"TaskQueueSids": [...]}`; queues that are not there are left out and not counted.
async fn of_queues(State(server): State<Server>, asked: Asked<may::ReadBoard>, body: Bytes) -> Answered<Shown> {
    let wrong = |why: &str| Refused::invalid("TaskQueueSids", why);
    let given: Value = serde_json::from_slice(&body).map_err(|error| wrong(&error.to_string()))?;
    let list = given["TaskQueueSids"].as_array().ok_or_else(|| wrong("this is a list of SIDs"))?;
    if list.len() > MOST_QUEUES {
        return Err(wrong(&format!("at most {MOST_QUEUES} queues at once")));
    }
    let parse = |sid: &Value| sid.as_str().and_then(|text| text.parse::<TaskQueueId>().ok());
    let wanted: Vec<TaskQueueId> = list.iter().map(parse).collect::<Option<_>>().ok_or_else(|| wrong("there is no such SID of a queue"))?;
    let now = server.engine().now();
    let rows = look(&server, &asked, |routing| {
        // All tasks are gone through once, however many queues are asked for.
        let mut tallies: BTreeMap<TaskQueueId, Tally> = wanted.iter().map(|id| (*id, Tally::default())).collect();
        for task in routing.tasks() {
            if let Some(tally) = task.queue_id.and_then(|id| tallies.get_mut(&id)) {
                tally.add(task);
            }
        }
        let there = tallies.iter().filter(|(id, _)| routing.queue(**id).is_some());
        let row = |(id, tally): (&TaskQueueId, &Tally)| {
            let mut body = Map::new();
            queue(routing, *id, tally, now, &mut body);
            Value::Object(body)
        };
        there.map(row).collect::<Vec<_>>()
    })
    .await?;
    let mut body = document(&asked.place, "TaskQueues/RealTimeStatistics");
    body.insert("task_queue_response_count".into(), rows.len().into());
    body.insert("task_queue_data".into(), rows.into());
    Ok(Shown::new(body.into()).made())
}
