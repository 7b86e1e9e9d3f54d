//! Task queues.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use expression::Json as Document;
use model::{Activity, ActivityId, RouterCommand, TaskOrder, TaskQueue, TaskQueueId, Timestamp, WorkerId};
use router::target_workers;
use serde_json::{Value, json};
use server::{Caller, Server, may, noted};

use super::{Shown, named, read, tag};
use crate::asked::{Asked, Sid};
use crate::date::{born, changed, iso};
use crate::facts;
use crate::form::{Body, Form, Query};
use crate::page::Paging;
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/TaskQueues", get(list).post(create))
        .route("/Workspaces/{ws}/TaskQueues/{sid}", get(fetch).post(update).delete(remove))
}

/// What a queue without `TargetWorkers` asks of its workers: nothing. An empty text is another thing: it matches nobody.
const EVERYBODY: &str = "1==1";

pub async fn all(server: &Server, caller: &Caller) -> Answered<Vec<TaskQueue>> {
    let ws = caller.ws;
    read(server, move |tx| Box::pin(async move { store::routing::queues(tx, ws).await })).await
}

async fn one(server: &Server, caller: &Caller, id: TaskQueueId) -> Answered<TaskQueue> {
    all(server, caller).await?.into_iter().find(|queue| queue.id == id).ok_or_else(Refused::not_found)
}

fn view(place: &Place, queue: &TaskQueue) -> Value {
    let made = born(queue.id, queue.updated_at);
    json!({
        "account_sid": place.account,
        "assignment_activity_sid": null,
        "assignment_activity_name": null,
        "date_created": iso(made),
        "date_updated": changed(queue.updated_at, made),
        "friendly_name": queue.name,
        "max_reserved_workers": queue.max_reserved_workers,
        "reservation_activity_sid": null,
        "reservation_activity_name": null,
        "sid": queue.id,
        "target_workers": queue.target_workers,
        "task_order": queue.task_order,
        "workspace_sid": place.workspace,
        "url": place.url(format_args!("TaskQueues/{}", queue.id)),
        "links": {
            "workspace": place.home(),
            "statistics": place.url(format_args!("TaskQueues/{}/Statistics", queue.id)),
            "real_time_statistics": place.url(format_args!("TaskQueues/{}/RealTimeStatistics", queue.id)),
            "cumulative_statistics": place.url(format_args!("TaskQueues/{}/CumulativeStatistics", queue.id)),
        },
    })
}

fn shown(place: &Place, queue: &TaskQueue) -> Shown {
    Shown::tagged(view(place, queue), tag(queue.version))
}

async fn list(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let name = query.text("FriendlyName")?;
    let attributes = query.text("EvaluateWorkerAttributes")?;
    let worker = query.sid::<WorkerId>("WorkerSid")?;
    let order = query.text("Ordering")?;
    query.end()?;
    let readings = &asked.workspace.settings.readings;
    let mut rows = all(&server, &asked).await?;
    rows.retain(|row| named(name.as_ref(), &row.name));
    if let Some(text) = attributes {
        let attributes: Value =
            serde_json::from_str(&text).map_err(|error| Refused::invalid("EvaluateWorkerAttributes", error.to_string()))?;
        rows.retain(|row| target_workers(row, readings).is_some_and(|expression| expression.matches(&Document(&attributes))));
    }
    if let Some(id) = worker {
        let (worker, activities) = (super::workers::one(&server, &asked, id).await?, super::activities::all(&server, &asked).await?);
        let activity = activities.iter().find(|activity| activity.id == worker.activity_id);
        rows.retain(|row| target_workers(row, readings).is_some_and(|expression| facts::is_worker(&expression, &worker, activity)));
    }
    let (by, descending) = super::order(order.as_deref(), &["DateCreated", "FriendlyName"])?;
    let key =
        |row: &TaskQueue| if by == "FriendlyName" { format!("{}\u{1}{}", row.name.to_lowercase(), row.id) } else { row.id.to_string() };
    let cut = paging.cut(rows.into_iter().map(|row| (key(&row), row)).collect(), descending);
    let views = cut.rows.iter().map(|row| view(&asked.place, row)).collect();
    Ok(paging.envelope(&asked.place.url("TaskQueues"), "task_queues", views, (cut.before, cut.after)))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::ReadBoard>, Sid(id): Sid<TaskQueueId>) -> Answered<Shown> {
    Ok(shown(&asked.place, &one(&server, &asked, id).await?))
}

/// Takes a queue's parameters over what it is.
async fn filled(server: &Server, caller: &Caller, mut form: Form, held: TaskQueue) -> Answered<TaskQueue> {
    let queue = TaskQueue {
        name: form.text("FriendlyName")?.map_or(held.name, |name| name.trim().to_owned()),
        target_workers: form.text("TargetWorkers")?.unwrap_or(held.target_workers),
        max_reserved_workers: form.number("MaxReservedWorkers")?.unwrap_or(held.max_reserved_workers),
        task_order: super::queue_order(&mut form, "TaskOrder")?.unwrap_or(held.task_order),
        ..held
    };
    // They move a worker in single-tasking workspaces only, and ours are none: one that exists is heard and does nothing.
    for parameter in ["ReservationActivitySid", "AssignmentActivitySid"] {
        if let Some(id) = form.sid::<ActivityId>(parameter)? {
            let known: Vec<Activity> = super::activities::all(server, caller).await?;
            if known.iter().all(|activity| activity.id != id) {
                return Err(Refused::invalid(parameter, format!("there is no activity {id}")));
            }
        }
    }
    form.end()?;
    Ok(queue)
}

async fn create(State(server): State<Server>, asked: Asked<may::ManageRouting>, Body(form): Body) -> Answered<Shown> {
    let blank = TaskQueue {
        id: asked.fresh(&server, "queue"),
        name: String::new(),
        target_workers: EVERYBODY.into(),
        max_reserved_workers: 1,
        task_order: TaskOrder::Fifo,
        signature: String::new(),
        business_hours_id: None,
        updated_at: Timestamp::default(),
        version: 1,
    };
    let queue = filled(&server, &asked, form, blank).await?;
    let id = queue.id;
    asked.order(&server, "queue", RouterCommand::PutQueue { queue }, noted("task_queue.created", id, "")).await?;
    Ok(shown(&asked.place, &one(&server, &asked, id).await?).made())
}

async fn update(
    State(server): State<Server>,
    asked: Asked<may::ManageRouting>,
    Sid(id): Sid<TaskQueueId>,
    Body(form): Body,
) -> Answered<Shown> {
    let held = one(&server, &asked, id).await?;
    asked.check_match(&tag(held.version))?;
    let queue = filled(&server, &asked, form, held).await?;
    asked.order(&server, "queue", RouterCommand::PutQueue { queue }, noted("task_queue.changed", id, "")).await?;
    Ok(shown(&asked.place, &one(&server, &asked, id).await?))
}

async fn remove(State(server): State<Server>, asked: Asked<may::ManageRouting>, Sid(id): Sid<TaskQueueId>) -> Answered<StatusCode> {
    let held = one(&server, &asked, id).await?;
    asked.check_match(&tag(held.version))?;
    let command = RouterCommand::DeleteQueue { queue_id: id, version: held.version };
    asked.order(&server, "queue", command, noted("task_queue.deleted", id, held.name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
