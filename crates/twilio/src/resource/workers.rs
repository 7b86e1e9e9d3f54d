//! Workers.

use std::collections::BTreeMap;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use model::{Activity, ActivityId, ReservationStatus, RouterCommand, TaskQueueId, Worker, WorkerId};
use serde_json::{Value, json};
use server::resource::workers::fresh_worker;
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
        .route("/Workspaces/{ws}/Workers", get(list).post(create))
        .route("/Workspaces/{ws}/Workers/{sid}", get(fetch).post(update).delete(remove))
}

/// What a worker is without being told.
const NO_ATTRIBUTES: &str = "{}";

pub async fn one(server: &Server, caller: &Caller, id: WorkerId) -> Answered<Worker> {
    let ws = caller.ws;
    let found = read(server, move |tx| Box::pin(async move { store::routing::worker(tx, ws, id).await })).await?;
    found.filter(|worker| !worker.deleted).ok_or_else(Refused::not_found)
}

/// Workers with what they do.
struct Crew {
    activities: BTreeMap<ActivityId, Activity>,
}

impl Crew {
    async fn read(server: &Server, caller: &Caller) -> Answered<Self> {
        let activities = super::activities::all(server, caller).await?;
        Ok(Self { activities: activities.into_iter().map(|activity| (activity.id, activity)).collect() })
    }

    fn activity(&self, worker: &Worker) -> Option<&Activity> {
        self.activities.get(&worker.activity_id)
    }

    fn view(&self, place: &Place, worker: &Worker) -> Value {
        let activity = self.activity(worker);
        let made = born(worker.id, worker.updated_at);
        let url = place.url(format_args!("Workers/{}", worker.id));
        json!({
            "account_sid": place.account,
            "activity_name": activity.map(|activity| activity.name.as_str()),
            "activity_sid": worker.activity_id,
            "attributes": worker.attributes,
            "available": activity.is_some_and(|activity| activity.available),
            "date_created": iso(made),
            "date_status_changed": iso(worker.activity_since),
            "date_updated": changed(worker.updated_at, made),
            "friendly_name": worker.name,
            "sid": worker.id,
            "workspace_sid": place.workspace,
            "links": {
                "channels": format!("{url}/Channels"),
                "activity": place.url(format_args!("Activities/{}", worker.activity_id)),
                "reservations": format!("{url}/Reservations"),
                "statistics": place.url("Workers/Statistics"),
                "real_time_statistics": place.url("Workers/RealTimeStatistics"),
                "cumulative_statistics": place.url("Workers/CumulativeStatistics"),
                "worker_statistics": format!("{url}/Statistics"),
                "workspace": place.home(),
            },
            "url": url,
        })
    }

    fn shown(&self, place: &Place, worker: &Worker) -> Shown {
        Shown::tagged(self.view(place, worker), tag(worker.version))
    }
}

async fn shown<P>(server: &Server, asked: &Asked<P>, id: WorkerId) -> Answered<Shown> {
    let crew = Crew::read(server, asked).await?;
    Ok(crew.shown(&asked.place, &one(server, asked, id).await?))
}

async fn list(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let (activity_name, activity) = (query.text("ActivityName")?, query.sid::<ActivityId>("ActivitySid")?);
    let (available, name) = (query.truth("Available")?, query.text("FriendlyName")?);
    let target = query.text("TargetWorkersExpression")?.filter(|text| !text.is_empty());
    let target = target.map(|text| facts::expression(&asked, "TargetWorkersExpression", &text)).transpose()?;
    let (queue, queue_name) = (query.sid::<TaskQueueId>("TaskQueueSid")?, query.text("TaskQueueName")?);
    let order = query.text("Ordering")?;
    query.end()?;
    let ws = asked.ws;
    let mut rows = read(&server, move |tx| Box::pin(async move { store::routing::workers(tx, ws).await })).await?;
    let crew = Crew::read(&server, &asked).await?;
    rows.retain(|row| {
        let held = crew.activity(row);
        activity.is_none_or(|id| row.activity_id == id)
            && activity_name.as_ref().is_none_or(|name| held.is_some_and(|held| held.name == *name))
            && available.is_none_or(|wanted| held.is_some_and(|held| held.available) == wanted)
            && named(name.as_ref(), &row.name)
    });
    if queue.is_some() || queue_name.is_some() {
        let queues = super::task_queues::all(&server, &asked).await?;
        let wanted = queues.iter().find(|row| queue.is_none_or(|id| row.id == id) && named(queue_name.as_ref(), &row.name));
        let asks = wanted.and_then(|row| router::target_workers(row, &asked.workspace.settings.readings));
        rows.retain(|row| asks.as_ref().is_some_and(|asks| facts::is_worker(asks, row, crew.activity(row))));
    }
    if let Some(target) = target {
        rows.retain(|row| facts::is_worker(&target, row, crew.activity(row)));
    }
    let (by, descending) = super::order(order.as_deref(), &["DateCreated", "DateStatusChanged", "FriendlyName"])?;
    let key = |row: &Worker| match by {
        "DateStatusChanged" => format!("{:020} {}", row.activity_since.micros(), row.id),
        "FriendlyName" => format!("{}\u{1}{}", row.name.to_lowercase(), row.id),
        _ => row.id.to_string(),
    };
    let cut = paging.cut(rows.into_iter().map(|row| (key(&row), row)).collect(), descending);
    let views = cut.rows.iter().map(|row| crew.view(&asked.place, row)).collect();
    Ok(paging.envelope(&asked.place.url("Workers"), "workers", views, (cut.before, cut.after)))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::ReadBoard>, Sid(id): Sid<WorkerId>) -> Answered<Shown> {
    shown(&server, &asked, id).await
}

async fn create(State(server): State<Server>, asked: Asked<may::ManageWorkers>, Body(mut form): Body) -> Answered<Shown> {
    let name = form.needed("FriendlyName")?;
    let attributes = form.text("Attributes")?.unwrap_or_else(|| NO_ATTRIBUTES.into());
    let activity = form.sid::<ActivityId>("ActivitySid")?;
    form.end()?;
    let blank = fresh_worker(&server, &asked, &name, attributes).await?;
    let worker = Worker { activity_id: activity.unwrap_or(blank.activity_id), ..blank };
    let id = worker.id;
    asked.order(&server, "worker", RouterCommand::PutWorker { worker }, noted("worker.created", id, "")).await?;
    Ok(shown(&server, &asked, id).await?.made())
}

/// What an update says of a worker.
struct Change {
    name: Option<String>,
    attributes: Option<String>,
    activity: Option<ActivityId>,
    reject_pending: bool,
}

impl Change {
    fn read(mut form: Form) -> Answered<Self> {
        let change = Self {
            name: form.text("FriendlyName")?,
            attributes: form.text("Attributes")?,
            activity: form.sid("ActivitySid")?,
            reject_pending: form.truth("RejectPendingReservations")?.unwrap_or(false),
        };
        form.end()?;
        Ok(change)
    }
    /// Nothing but the activity, which needs another permission than a worker's skills.
    fn only_activity(&self) -> bool {
        self.name.is_none() && self.attributes.is_none()
    }
}

async fn update(State(server): State<Server>, asked: Asked<may::Belong>, Sid(id): Sid<WorkerId>, Body(form): Body) -> Answered<Shown> {
    let change = Change::read(form)?;
    let permission = if change.only_activity() { "task.reassign" } else { "worker.manage" };
    if !asked.rights.everywhere(permission) {
        return Err(Refused::not_found());
    }
    let held = one(&server, &asked, id).await?;
    asked.check_match(&tag(held.version))?;
    check_pending(&server, &asked, &held, &change).await?;
    match change {
        Change { name: None, attributes: None, activity: Some(activity_id), .. } if asked.if_match.is_none() => {
            let command = RouterCommand::SetActivity { worker_id: id, activity_id };
            server.route_noted(&asked, "activity", command, noted("worker.activity_set", id, activity_id.to_string())).await?;
        }
        Change { name: None, attributes: None, activity: None, .. } => {}
        Change { name, attributes, activity, .. } => {
            let worker = Worker {
                name: name.map_or(held.name, |name| name.trim().to_owned()),
                attributes: attributes.unwrap_or(held.attributes),
                activity_id: activity.unwrap_or(held.activity_id),
                ..held
            };
            asked.order(&server, "worker", RouterCommand::PutWorker { worker }, noted("worker.changed", id, "")).await?;
        }
    }
    shown(&server, &asked, id).await
}

/// That nobody is sent away from offers that stand, unless it was said that they are rejected.
async fn check_pending(server: &Server, caller: &Caller, held: &Worker, change: &Change) -> Answered<()> {
    let Some(activity) = change.activity.filter(|id| *id != held.activity_id) else { return Ok(()) };
    let known = super::activities::all(server, caller).await?;
    let known = known.iter().find(|known| known.id == activity);
    let known = known.ok_or_else(|| Refused::invalid("ActivitySid", format!("there is no activity {activity}")))?;
    if known.available || change.reject_pending {
        return Ok(());
    }
    let (ws, worker) = (caller.ws, held.id);
    let open = read(server, move |tx| Box::pin(async move { store::routing::open_reservations(tx, ws, worker).await })).await?;
    if open.iter().any(|reservation| reservation.status == ReservationStatus::Pending) {
        let why = "the worker has pending reservations, which RejectPendingReservations=true would reject";
        return Err(Refused::invalid("ActivitySid", why));
    }
    Ok(())
}

async fn remove(State(server): State<Server>, asked: Asked<may::ManageWorkers>, Sid(id): Sid<WorkerId>) -> Answered<StatusCode> {
    let held = one(&server, &asked, id).await?;
    asked.check_match(&tag(held.version))?;
    if held.user_id.is_some() {
        return Err(Refused::conflict("A member of this workspace signs in as this worker"));
    }
    let activities = super::activities::all(&server, &asked).await?;
    if activities.iter().any(|activity| activity.id == held.activity_id && activity.available) {
        return Err(Refused::bad(crate::refused::INVALID, "A worker is deleted from an unavailable activity only"));
    }
    let command = RouterCommand::DeleteWorker { worker_id: id, version: held.version };
    asked.order(&server, "worker", command, noted("worker.deleted", id, held.name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
