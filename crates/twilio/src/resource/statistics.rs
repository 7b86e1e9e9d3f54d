//! Statistics: real-time ones counted in the router's memory, cumulative ones from what happened, and both in one document.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use model::{Activity, Task, TaskId, TaskQueue, TaskQueueId, TaskStatus, Timestamp, Worker, WorkerId, WorkflowId};
use router::Router as Routing;
use serde_json::{Map, Value, json};
use server::{Caller, Server, may};

use super::cumulative::{self, Of};
use super::{Shown, named};
use crate::asked::{Asked, Sid};
use crate::form::{Form, Query};
use crate::page::Paging;
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/RealTimeStatistics", get(of_workspace))
        .route("/Workspaces/{ws}/Workers/RealTimeStatistics", get(of_workers))
        .route("/Workspaces/{ws}/TaskQueues/RealTimeStatistics", post(of_queues))
        .route("/Workspaces/{ws}/TaskQueues/{sid}/RealTimeStatistics", get(of_queue))
        .route("/Workspaces/{ws}/Workflows/{sid}/RealTimeStatistics", get(of_workflow))
        .route("/Workspaces/{ws}/CumulativeStatistics", get(workspace_past))
        .route("/Workspaces/{ws}/Statistics", get(workspace_both))
        .route("/Workspaces/{ws}/Workers/CumulativeStatistics", get(workers_past))
        .route("/Workspaces/{ws}/Workers/Statistics", get(workers_both))
        .route("/Workspaces/{ws}/Workers/{sid}/Statistics", get(worker_both))
        .route("/Workspaces/{ws}/TaskQueues/Statistics", get(each_queue))
        .route("/Workspaces/{ws}/TaskQueues/{sid}/CumulativeStatistics", get(queue_past))
        .route("/Workspaces/{ws}/TaskQueues/{sid}/Statistics", get(queue_both))
        .route("/Workspaces/{ws}/Workflows/{sid}/CumulativeStatistics", get(workflow_past))
        .route("/Workspaces/{ws}/Workflows/{sid}/Statistics", get(workflow_both))
}

/// Queues asked for at once.
const MOST_QUEUES: usize = 200;

async fn look<T>(server: &Server, caller: &Caller, look: impl Fn(&Routing) -> T) -> Answered<T> {
    Ok(server.engine().look(caller.ws, look).await?)
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
    let channel = super::task_channels::filter(server, caller, &mut query).await?;
    query.end()?;
    Ok(channel)
}

fn document(place: &Place, tail: &str) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("account_sid".into(), json!(place.account));
    document.insert("workspace_sid".into(), json!(place.workspace));
    document.insert("url".into(), place.url(tail).into());
    document
}

fn workspace_now(routing: &Routing, place: &Place, channel: Option<&str>, now: Timestamp) -> Map<String, Value> {
    let mut body = document(place, "RealTimeStatistics");
    Tally::of(routing.tasks(), channel).write(now, &mut body);
    body.insert("activity_statistics".into(), activities(routing.activities(), routing.workers()));
    body.insert("total_workers".into(), routing.workers().count().into());
    body
}

fn workers_now(routing: &Routing, place: &Place, these: Option<&BTreeSet<WorkerId>>) -> Map<String, Value> {
    let counted = || routing.workers().filter(|worker| these.is_none_or(|these| these.contains(&worker.id)));
    let mut body = document(place, "Workers/RealTimeStatistics");
    body.insert("activity_statistics".into(), activities(routing.activities(), counted()));
    body.insert("total_workers".into(), counted().count().into());
    body
}

/// Takes whose statistics workers' are: all workers' where nothing is named; else those of the workers who belong to the queue now, and
/// bear the name.
async fn crew(server: &Server, caller: &Caller, query: &mut Form) -> Answered<Option<BTreeSet<WorkerId>>> {
    let (queue, queue_name) = (query.sid::<TaskQueueId>("TaskQueueSid")?, query.text("TaskQueueName")?.filter(|text| !text.is_empty()));
    let name = query.text("FriendlyName")?.filter(|text| !text.is_empty());
    if queue.is_none() && queue_name.is_none() && name.is_none() {
        return Ok(None);
    }
    let found = look(server, caller, |routing| {
        let mut these: BTreeSet<WorkerId> =
            routing.workers().filter(|worker| named(name.as_ref(), &worker.name)).map(|worker| worker.id).collect();
        if queue.is_some() || queue_name.is_some() {
            let wanted = |row: &&TaskQueue| queue.is_none_or(|id| row.id == id) && named(queue_name.as_ref(), &row.name);
            let members: BTreeSet<WorkerId> =
                routing.queues().find(wanted).into_iter().flat_map(|row| routing.members(row.id)).map(|worker| worker.id).collect();
            these.retain(|id| members.contains(id));
        }
        these
    });
    Ok(Some(found.await?))
}

fn queue_now(routing: &Routing, place: &Place, id: TaskQueueId, channel: Option<&str>, now: Timestamp) -> Option<Map<String, Value>> {
    queues_now(routing, place, &[id], channel, now).remove(&id)
}

/// These queues, as far as they are there. All tasks are gone through once, however many queues are asked for.
fn queues_now(
    routing: &Routing,
    place: &Place,
    ids: &[TaskQueueId],
    channel: Option<&str>,
    now: Timestamp,
) -> BTreeMap<TaskQueueId, Map<String, Value>> {
    let there = ids.iter().filter(|id| routing.queue(**id).is_some());
    let mut tallies: BTreeMap<TaskQueueId, Tally> = there.map(|id| (*id, Tally::default())).collect();
    for task in routing.tasks().filter(|task| channel.is_none_or(|channel| task.channel == channel)) {
        if let Some(tally) = task.queue_id.and_then(|id| tallies.get_mut(&id)) {
            tally.add(task);
        }
    }
    let body = |(id, tally): (TaskQueueId, Tally)| {
        let mut body = document(place, &format!("TaskQueues/{id}/RealTimeStatistics"));
        queue(routing, id, &tally, now, &mut body);
        (id, body)
    };
    tallies.into_iter().map(body).collect()
}

fn workflow_now(routing: &Routing, place: &Place, id: WorkflowId, channel: Option<&str>, now: Timestamp) -> Option<Map<String, Value>> {
    routing.workflow(id)?;
    let mut body = document(place, &format!("Workflows/{id}/RealTimeStatistics"));
    Tally::of(routing.tasks().filter(|task| task.workflow_id == Some(id)), channel).write(now, &mut body);
    body.insert("workflow_sid".into(), json!(id));
    Some(body)
}

async fn of_workspace(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(query): Query) -> Answered<Shown> {
    let channel = channel(&server, &asked, query).await?;
    let now = server.engine().now();
    let body = look(&server, &asked, |routing| workspace_now(routing, &asked.place, channel.as_deref(), now));
    Ok(Shown::new(body.await?.into()))
}

async fn of_workers(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Shown> {
    let these = crew(&server, &asked, &mut query).await?;
    channel(&server, &asked, query).await?;
    Ok(Shown::new(look(&server, &asked, |routing| workers_now(routing, &asked.place, these.as_ref())).await?.into()))
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
    let body = look(&server, &asked, |routing| queue_now(routing, &asked.place, id, channel.as_deref(), now));
    Ok(Shown::new(body.await?.ok_or_else(Refused::not_found)?.into()))
}

async fn of_workflow(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<WorkflowId>,
    Query(query): Query,
) -> Answered<Shown> {
    let channel = channel(&server, &asked, query).await?;
    let now = server.engine().now();
    let body = look(&server, &asked, |routing| workflow_now(routing, &asked.place, id, channel.as_deref(), now));
    Ok(Shown::new(body.await?.ok_or_else(Refused::not_found)?.into()))
}

/// Whose statistics they are: where they stand, and the field that names whose they are.
enum Whose {
    Workspace,
    Queue(TaskQueueId),
    Workflow(WorkflowId),
    /// All of them, or these.
    Workers(Option<BTreeSet<WorkerId>>),
    Worker(WorkerId),
}

impl Whose {
    fn tail(&self, which: &str) -> String {
        match self {
            Self::Workspace => which.to_owned(),
            Self::Queue(id) => format!("TaskQueues/{id}/{which}"),
            Self::Workflow(id) => format!("Workflows/{id}/{which}"),
            Self::Workers(_) => format!("Workers/{which}"),
            Self::Worker(id) => format!("Workers/{id}/{which}"),
        }
    }
    fn of(&self) -> Of {
        match self {
            Self::Workspace => Of::Workspace,
            Self::Queue(id) => Of::Queue(*id),
            Self::Workflow(id) => Of::Workflow(*id),
            Self::Workers(these) => Of::Workers(these.clone()),
            Self::Worker(id) => Of::Worker(*id),
        }
    }
    fn splits(&self) -> bool {
        !matches!(self, Self::Workers(_) | Self::Worker(_))
    }
    fn name(&self, body: &mut Map<String, Value>) {
        match self {
            Self::Queue(id) => body.insert("task_queue_sid".into(), json!(id)),
            Self::Workflow(id) => body.insert("workflow_sid".into(), json!(id)),
            Self::Worker(id) => body.insert("worker_sid".into(), json!(id)),
            Self::Workspace | Self::Workers(_) => None,
        };
    }
}

/// Activities, and workers as they are now, of whom stays are told; none where those whose statistics are asked for are not there.
async fn people(server: &Server, caller: &Caller, whose: &Whose) -> Answered<Option<(Vec<Activity>, Vec<Worker>)>> {
    look(server, caller, |routing| {
        let there = match whose {
            Whose::Workspace | Whose::Workers(_) => true,
            Whose::Queue(id) => routing.queue(*id).is_some(),
            Whose::Workflow(id) => routing.workflow(*id).is_some(),
            Whose::Worker(id) => routing.worker(*id).is_some(),
        };
        there.then(|| {
            let workers: Vec<Worker> = match whose {
                Whose::Workers(these) => {
                    let counted = |worker: &&Worker| these.as_ref().is_none_or(|these| these.contains(&worker.id));
                    routing.workers().filter(counted).cloned().collect()
                }
                Whose::Worker(id) => routing.worker(*id).cloned().into_iter().collect(),
                _ => vec![],
            };
            (routing.activities().cloned().collect(), workers)
        })
    })
    .await
}

/// What happened, of whomever.
async fn past(server: &Server, caller: &Caller, place: &Place, whose: &Whose, asked: &cumulative::Asked) -> Answered<Map<String, Value>> {
    let people = people(server, caller, whose).await?.ok_or_else(Refused::not_found)?;
    let mut body = document(place, &whose.tail("CumulativeStatistics"));
    whose.name(&mut body);
    body.extend(cumulative::count(server, caller, asked, whose.of(), Some(people)).await?);
    Ok(body)
}

async fn cumulative_of(server: &Server, asked: &Asked<may::ReadBoard>, mut query: Form, whose: Whose) -> Answered<Shown> {
    let wanted = cumulative::asked(server, asked, &mut query, whose.splits()).await?;
    query.end()?;
    Ok(Shown::new(past(server, asked, &asked.place, &whose, &wanted).await?.into()))
}

/// Both kinds in one document.
async fn both_of(server: &Server, asked: &Asked<may::ReadBoard>, mut query: Form, whose: Whose) -> Answered<Shown> {
    let wanted = cumulative::asked(server, asked, &mut query, whose.splits()).await?;
    query.end()?;
    Ok(Shown::new(both(server, asked, &asked.place, &whose, &wanted).await?.into()))
}

async fn both(server: &Server, caller: &Caller, place: &Place, whose: &Whose, wanted: &cumulative::Asked) -> Answered<Map<String, Value>> {
    let (now, channel) = (server.engine().now(), wanted.channel.as_deref());
    let realtime = look(server, caller, |routing| match whose {
        Whose::Workspace => Some(workspace_now(routing, place, channel, now)),
        Whose::Queue(id) => queue_now(routing, place, *id, channel, now),
        Whose::Workflow(id) => workflow_now(routing, place, *id, channel, now),
        Whose::Workers(these) => Some(workers_now(routing, place, these.as_ref())),
        Whose::Worker(_) => None,
    });
    let realtime = realtime.await?;
    let cumulative = past(server, caller, place, whose, wanted).await?;
    let mut body = document(place, &whose.tail("Statistics"));
    whose.name(&mut body);
    // Of one worker there is nothing to count now.
    if let Some(realtime) = realtime {
        body.insert("realtime".into(), realtime.into());
    }
    body.insert("cumulative".into(), cumulative.into());
    Ok(body)
}

async fn workspace_past(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(query): Query) -> Answered<Shown> {
    cumulative_of(&server, &asked, query, Whose::Workspace).await
}
async fn workspace_both(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(query): Query) -> Answered<Shown> {
    both_of(&server, &asked, query, Whose::Workspace).await
}
async fn workers_past(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Shown> {
    let these = crew(&server, &asked, &mut query).await?;
    cumulative_of(&server, &asked, query, Whose::Workers(these)).await
}
async fn workers_both(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Shown> {
    let these = crew(&server, &asked, &mut query).await?;
    both_of(&server, &asked, query, Whose::Workers(these)).await
}
async fn worker_both(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<WorkerId>,
    Query(query): Query,
) -> Answered<Shown> {
    both_of(&server, &asked, query, Whose::Worker(id)).await
}
async fn queue_past(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<TaskQueueId>,
    Query(query): Query,
) -> Answered<Shown> {
    cumulative_of(&server, &asked, query, Whose::Queue(id)).await
}
async fn queue_both(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<TaskQueueId>,
    Query(query): Query,
) -> Answered<Shown> {
    both_of(&server, &asked, query, Whose::Queue(id)).await
}
async fn workflow_past(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<WorkflowId>,
    Query(query): Query,
) -> Answered<Shown> {
    cumulative_of(&server, &asked, query, Whose::Workflow(id)).await
}
async fn workflow_both(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(id): Sid<WorkflowId>,
    Query(query): Query,
) -> Answered<Shown> {
    both_of(&server, &asked, query, Whose::Workflow(id)).await
}

/// Both kinds, queue by queue.
async fn each_queue(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let wanted = cumulative::asked(&server, &asked, &mut query, true).await?;
    let name = query.text("FriendlyName")?;
    query.end()?;
    let queues = super::task_queues::all(&server, &asked).await?;
    let keyed = queues.into_iter().filter(|queue| named(name.as_ref(), &queue.name)).map(|queue| (queue.id.to_string(), queue.id));
    let cut = paging.cut(keyed.collect(), false);
    let (now, channel) = (server.engine().now(), wanted.channel.as_deref());
    let mut realtime = look(&server, &asked, |routing| queues_now(routing, &asked.place, &cut.rows, channel, now)).await?;
    let mut past = cumulative::count_queues(&server, &asked, &wanted, &cut.rows).await?;
    // A queue that went away meanwhile is left out.
    let both = cut.rows.iter().filter_map(|id| Some((*id, realtime.remove(id)?, past.remove(id)?)));
    let rows = both.map(|(id, realtime, counted)| {
        let whose = Whose::Queue(id);
        let mut cumulative = document(&asked.place, &whose.tail("CumulativeStatistics"));
        whose.name(&mut cumulative);
        cumulative.extend(counted);
        let mut body = document(&asked.place, &whose.tail("Statistics"));
        whose.name(&mut body);
        body.insert("realtime".into(), realtime.into());
        body.insert("cumulative".into(), cumulative.into());
        Value::Object(body)
    });
    let rows = rows.collect();
    Ok(paging.envelope(&asked.place.url("TaskQueues/Statistics"), "task_queues_statistics", rows, (cut.before, cut.after)))
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
        queues_now(routing, &asked.place, &wanted, None, now)
            .into_values()
            .map(|mut body| {
                // Whose workspace it is stands beside the list.
                body.retain(|field, _| !["account_sid", "workspace_sid", "url"].contains(&field.as_str()));
                Value::Object(body)
            })
            .collect::<Vec<_>>()
    })
    .await?;
    let mut body = document(&asked.place, "TaskQueues/RealTimeStatistics");
    body.insert("task_queue_response_count".into(), rows.len().into());
    body.insert("task_queue_data".into(), rows.into());
    Ok(Shown::new(body.into()).made())
}
