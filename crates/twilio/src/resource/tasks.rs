//! Tasks.

mod list;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use model::{
    RouterAnswer, RouterCommand, Task, TaskChange, TaskChannelId, TaskEnd, TaskId, TaskQueueId, TaskRequest, TaskStatus, Timestamp,
    WorkerId, WorkflowId,
};
use serde_json::{Value, json};
use server::{Caller, Server, may, noted};

use super::{Shown, read, tag};
use crate::asked::{Asked, Sid};
use crate::date::{changed, iso};
use crate::form::{Body, Form};
use crate::place::Place;
use crate::refused::{Answered, INVALID, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/Tasks", get(list::list).post(create))
        .route("/Workspaces/{ws}/Tasks/{sid}", get(fetch).post(update).delete(remove))
}

/// How long an ended task can still be read here, in seconds.
const SHOWN_AFTER_END_S: i64 = 300;
const NO_ATTRIBUTES: &str = "{}";
const DEFAULT_CHANNEL: &str = "default";
/// What a task is told that nobody gave a reason for.
const NO_REASON: &str = "canceled";

/// What ended before this is deleted as far as TaskRouter's clients are told.
fn shown_since(now: Timestamp) -> Timestamp {
    now.plus_secs(-SHOWN_AFTER_END_S)
}

/// A task that TaskRouter's clients may see.
pub async fn one(server: &Server, caller: &Caller, id: TaskId) -> Answered<Task> {
    let (ws, since) = (caller.ws, shown_since(server.engine().now()));
    let found = read(server, move |tx| {
        Box::pin(async move {
            let task = store::routing::task(tx, ws, id).await?.filter(|task| task.ended_at.is_none_or(|at| at >= since));
            Ok(if store::taskrouter::is_hidden(tx, ws, id).await? { None } else { task })
        })
    });
    found.await?.ok_or_else(Refused::not_found)
}

/// The names of what tasks point to.
struct Names {
    queues: BTreeMap<TaskQueueId, String>,
    workflows: BTreeMap<WorkflowId, String>,
    channels: BTreeMap<String, TaskChannelId>,
    now: Timestamp,
}

impl Names {
    async fn read(server: &Server, caller: &Caller) -> Answered<Self> {
        let (ws, now) = (caller.ws, server.engine().now());
        read(server, move |tx| {
            Box::pin(async move {
                let queues = store::routing::queues(tx, ws).await?.into_iter().map(|queue| (queue.id, queue.name)).collect();
                let workflows = store::routing::workflows(tx, ws).await?.into_iter().map(|workflow| (workflow.id, workflow.name)).collect();
                let channels = store::routing::task_channels(tx, ws).await?.into_iter().map(|row| (row.unique_name, row.id)).collect();
                Ok(Self { queues, workflows, channels, now })
            })
        })
        .await
    }

    fn view(&self, place: &Place, task: &Task) -> Value {
        let url = place.url(format_args!("Tasks/{}", task.id));
        json!({
            "account_sid": place.account,
            "age": self.now.since(task.created_at).max(0) / 1_000_000,
            "assignment_status": task.status,
            "attributes": task.attributes,
            "addons": "{}",
            "date_created": iso(task.created_at),
            "date_updated": changed(task.updated_at, task.created_at),
            "task_queue_entered_date": task.queue_id.map(|_| iso(queue_entered_at(task))),
            "priority": task.priority,
            "reason": reason(task),
            "sid": task.id,
            "task_queue_sid": task.queue_id,
            "task_queue_friendly_name": task.queue_id.and_then(|id| self.queues.get(&id)),
            "task_channel_sid": self.channels.get(&task.channel),
            "task_channel_unique_name": task.channel,
            "timeout": task.expires_at.since(task.created_at) / 1_000_000,
            "workflow_sid": task.workflow_id,
            "workflow_friendly_name": task.workflow_id.and_then(|id| self.workflows.get(&id)),
            "workspace_sid": place.workspace,
            "url": url,
            "links": {
                "task_queue": task.queue_id.map(|id| place.url(format_args!("TaskQueues/{id}"))),
                "workflow": task.workflow_id.map(|id| place.url(format_args!("Workflows/{id}"))),
                "workspace": place.home(),
                "reservations": format!("{url}/Reservations"),
            },
            "virtual_start_time": iso(task.virtual_start_time),
            "ignore_capacity": task.ignore_capacity,
            "routing_target": routing_target(task),
        })
    }

    fn shown(&self, place: &Place, task: &Task) -> Shown {
        Shown::tagged(self.view(place, task), tag(task.version))
    }
}

/// When it came into the queue where it is: the first of its visits to that queue without another between.
pub fn queue_entered_at(task: &Task) -> Timestamp {
    let here = task.way.iter().rev().take_while(|visit| visit.queue_id == task.queue_id);
    here.last().map_or(task.target_entered_at, |visit| visit.at)
}

/// Why it ended: of a completed task what its completer said, which our desks keep as its note.
fn reason(task: &Task) -> Option<&str> {
    let said = task.note.as_deref().filter(|_| task.status == TaskStatus::Completed);
    said.or(task.reason.as_deref())
}

fn routing_target(task: &Task) -> Option<String> {
    let (worker, queue) = (task.routing_worker.map(|id| id.to_string()), task.routing_queue.map(|id| id.to_string()));
    worker.or(queue).or(task.routing_workflow.map(|id| id.to_string()))
}

async fn shown<P>(server: &Server, asked: &Asked<P>, id: TaskId) -> Answered<Shown> {
    let names = Names::read(server, asked).await?;
    Ok(names.shown(&asked.place, &one(server, asked, id).await?))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::ReadBoard>, Sid(id): Sid<TaskId>) -> Answered<Shown> {
    shown(&server, &asked, id).await
}

/// Where a task is sent, by the letters of the SID.
#[derive(Default)]
struct Target {
    worker: Option<WorkerId>,
    queue: Option<TaskQueueId>,
    workflow: Option<WorkflowId>,
}

impl Target {
    fn read(text: Option<String>) -> Answered<Self> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self::default()) };
        let target = Self { worker: text.parse().ok(), queue: text.parse().ok(), workflow: text.parse().ok() };
        if target.worker.is_none() && target.queue.is_none() && target.workflow.is_none() {
            return Err(Refused::invalid("RoutingTarget", "this is the SID of no worker, queue or workflow"));
        }
        Ok(target)
    }
}

async fn create(State(server): State<Server>, asked: Asked<may::ReassignTasks>, Body(mut form): Body) -> Answered<Shown> {
    let target = Target::read(form.text("RoutingTarget")?)?;
    let queue = form.sid::<TaskQueueId>("TaskQueueSid")?;
    if queue.is_some() && target.worker.is_none() && target.queue.is_none_or(|id| Some(id) != queue) {
        return Err(Refused::invalid("TaskQueueSid", "a queue is named for a task that RoutingTarget sends to a worker"));
    }
    let request = TaskRequest {
        task_id: asked.fresh(&server, "task"),
        conversation_id: None,
        request_key: None,
        request_no: None,
        workflow_id: form.sid("WorkflowSid")?,
        routing_worker: target.worker,
        routing_queue: target.queue.or(queue),
        routing_workflow: target.workflow,
        ignore_capacity: form.truth("IgnoreCapacity")?.unwrap_or(target.worker.is_some()),
        channel: channel(&server, &asked, &mut form).await?.unwrap_or_else(|| DEFAULT_CHANNEL.into()),
        attributes: form.text("Attributes")?.filter(|text| !text.is_empty()).unwrap_or_else(|| NO_ATTRIBUTES.into()),
        priority: form.number("Priority")?,
        timeout_s: form.number("Timeout")?,
        virtual_start_time: form.time("VirtualStartTime")?,
    };
    form.end()?;
    let mut id = request.task_id;
    if let RouterAnswer::Task { task_id } = server.route(&asked, "task", RouterCommand::RequestTask(request)).await? {
        id = task_id;
    }
    Ok(shown(&server, &asked, id).await?.made())
}

/// Takes a task channel, by SID or unique name. A name that no task had before becomes a channel.
async fn channel(server: &Server, caller: &Caller, form: &mut Form) -> Answered<Option<String>> {
    let Some(named) = form.text("TaskChannel")?.filter(|text| !text.is_empty()) else { return Ok(None) };
    if named.parse::<TaskChannelId>().is_err() {
        return Ok(Some(named));
    }
    super::task_channels::unique_name(server, caller, &named).await.map(Some)
}

/// What an update says of a task.
struct Change {
    row: TaskChange,
    status: Option<TaskStatus>,
    reason: Option<String>,
}

impl Change {
    async fn read(server: &Server, caller: &Caller, mut form: Form) -> Answered<Self> {
        let status = form.text("AssignmentStatus")?.filter(|text| !text.is_empty());
        let status = status
            .map(|text| TaskStatus::parse(&text).ok_or_else(|| Refused::invalid("AssignmentStatus", format!("there is no status {text}"))));
        let change = Self {
            row: TaskChange {
                attributes: form.text("Attributes")?,
                priority: form.number("Priority")?,
                channel: channel(server, caller, &mut form).await?,
                virtual_start_time: form.time("VirtualStartTime")?,
            },
            status: status.transpose()?,
            reason: form.text("Reason")?.filter(|text| !text.is_empty()),
        };
        form.end()?;
        Ok(change)
    }

    /// That a task may come from where it stands to where it is sent, before anything of the change is done.
    fn check(&self, task: &Task) -> Answered<()> {
        use TaskStatus::{Assigned, Canceled, Completed, Pending, Reserved, Wrapping};
        let allowed = match self.status {
            None => true,
            Some(same) if same == task.status => true,
            Some(Canceled) => matches!(task.status, Pending | Reserved),
            Some(Wrapping) => task.status == Assigned,
            Some(Completed) => matches!(task.status, Assigned | Wrapping),
            Some(Pending | Reserved | Assigned) => false,
        };
        if allowed {
            return Ok(());
        }
        let wanted = self.status.map(TaskStatus::code).unwrap_or_default();
        Err(Refused::bad(INVALID, format!("The task is {} and cannot become {wanted}", task.status.code())))
    }
}

async fn update(State(server): State<Server>, asked: Asked<may::ReassignTasks>, Sid(id): Sid<TaskId>, Body(form): Body) -> Answered<Shown> {
    let change = Change::read(&server, &asked, form).await?;
    let held = one(&server, &asked, id).await?;
    asked.check_match(&tag(held.version))?;
    change.check(&held)?;
    let end = change.status.filter(|status| *status != held.status).and_then(|status| end_as(status, change.reason));
    update_as(&server, &asked, &held, change.row, end).await?;
    shown(&server, &asked, id).await
}

fn end_as(status: TaskStatus, reason: Option<String>) -> Option<TaskEnd> {
    match status {
        TaskStatus::Canceled => Some(TaskEnd::Canceled { reason: reason.unwrap_or_else(|| NO_REASON.into()) }),
        TaskStatus::Completed => Some(TaskEnd::Completed { note: reason }),
        TaskStatus::Wrapping => Some(TaskEnd::Wrapping),
        TaskStatus::Pending | TaskStatus::Reserved | TaskStatus::Assigned => None,
    }
}

/// Changes a task and takes it where it is sent, at once. Whoever ends it is not its worker, so that is noted.
async fn update_as<P>(server: &Server, asked: &Asked<P>, held: &Task, change: TaskChange, end: Option<TaskEnd>) -> Answered<()> {
    if change == TaskChange::default() && end.is_none() {
        return Ok(());
    }
    let id = held.id;
    let note = end.as_ref().map(|end| match end {
        TaskEnd::Canceled { reason } => noted("task.canceled", id, reason.clone()),
        TaskEnd::Completed { .. } => noted("task.completed", id, ""),
        TaskEnd::Wrapping => noted("task.wrapped", id, ""),
    });
    let command = asked.only_if(held, RouterCommand::UpdateTask { task_id: id, change, end });
    match note {
        Some(note) => asked.order(server, "update", command, note).await?,
        None => asked.route(server, "update", command).await?,
    };
    Ok(())
}

/// Ends a task and takes it out of every answer here. Its row stays, and so does its conversation.
async fn remove(State(server): State<Server>, asked: Asked<may::ReassignTasks>, Sid(id): Sid<TaskId>) -> Answered<StatusCode> {
    let held = one(&server, &asked, id).await?;
    asked.check_match(&tag(held.version))?;
    let status = match held.status {
        TaskStatus::Pending | TaskStatus::Reserved => Some(TaskStatus::Canceled),
        TaskStatus::Assigned | TaskStatus::Wrapping => Some(TaskStatus::Completed),
        TaskStatus::Completed | TaskStatus::Canceled => None,
    };
    if let Some(end) = status.and_then(|status| end_as(status, Some("deleted".into()))) {
        update_as(&server, &asked, &held, TaskChange::default(), Some(end)).await?;
    }
    let (ws, now) = (asked.ws, server.engine().now());
    server
        .change(&asked, move |tx, ledger| {
            Box::pin(async move {
                store::taskrouter::hide_task(tx, ws, id, now).await?;
                ledger.audit("task.deleted", id, "");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
