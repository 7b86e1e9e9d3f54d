//! Workers: people who take tasks. Skills are in their attributes, a JSON text.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{ActivityId, RouterCommand, Timestamp, Worker, WorkerChannel, WorkerId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::noted;
use crate::input::Version;
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::view::{Lens, WorkerView};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove)).routes(routes!(set_activity))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelChange {
    pub channel: String,
    pub capacity: i64,
    pub available: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWorker {
    name: String,
    /// JSON object text, at most 4,096 characters.
    attributes: String,
    #[serde(default)]
    channels: Vec<ChannelChange>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkerChange {
    name: Option<String>,
    attributes: Option<String>,
    channels: Option<Vec<ChannelChange>>,
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActivityChoice {
    #[schema(value_type = String)]
    activity_id: ActivityId,
}

pub(super) fn channels(list: Vec<ChannelChange>) -> BTreeMap<String, WorkerChannel> {
    list.into_iter().map(|one| (one.channel, WorkerChannel { capacity: one.capacity, available: one.available })).collect()
}

pub(super) async fn row(server: &Server, caller: &Caller, id: WorkerId) -> Result<Worker, Problem> {
    let ws = caller.ws;
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::routing::worker(tx, ws, id).await })).await?;
    found.filter(|worker| !worker.deleted).ok_or_else(Problem::not_found)
}

async fn shown(server: &Server, caller: &Caller, id: WorkerId) -> Answered<WorkerView> {
    let worker = row(server, caller, id).await?;
    let lens = Lens::of(server, caller).await?;
    let mut views = server.engine().db().read(move |tx| Box::pin(async move { lens.workers(tx, &[worker]).await })).await?;
    views.pop().map(Json).ok_or_else(Problem::not_found)
}

/// A new worker, in the workspace's first activity of their own, without tasks.
pub async fn fresh_worker(server: &Server, caller: &Caller, name: &str, attributes: String) -> Result<Worker, Problem> {
    let ws = caller.ws;
    let activities = server.engine().db().read(move |tx| Box::pin(async move { store::routing::activities(tx, ws).await })).await?;
    let settings = &server.engine().config(ws).await?.workspace.settings;
    let activity =
        settings.default_activity_id.or_else(|| activities.iter().find(|activity| !activity.available).map(|activity| activity.id));
    let now = server.engine().now();
    Ok(Worker {
        id: caller.fresh(server, "worker"),
        name: name.trim().to_owned(),
        attributes,
        activity_id: activity.or(activities.first().map(|activity| activity.id)).ok_or_else(Problem::not_found)?,
        activity_since: now,
        channels: BTreeMap::new(),
        user_id: None,
        connected: false,
        idle_since: now,
        idle_by_channel: Default::default(),
        deleted: false,
        updated_at: Timestamp::default(),
        version: 1,
    })
}

#[utoipa::path(get, path = "/workers", tag = "workers", params(Paging), security(("session" = ["worker.manage"])), responses((status = 200, body = Page<WorkerView>)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkers>,
    Query(paging): Query<Paging>,
) -> Answered<Page<WorkerView>> {
    let (ws, lens) = (caller.ws, Lens::of(&server, &caller).await?);
    let page = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let (rows, next_cursor) = paging.cut(store::routing::workers(tx, ws).await?, |worker| worker.id)?;
                Ok(Page { items: lens.workers(tx, &rows).await?, next_cursor })
            })
        })
        .await?;
    Ok(Json(page))
}

#[utoipa::path(get, path = "/workers/{id}", tag = "workers", security(("session" = ["worker.manage"])), responses((status = 200, body = WorkerView)))]
async fn get(State(server): State<Server>, caller: Signed<may::ManageWorkers>, Id(id): Id<WorkerId>) -> Answered<WorkerView> {
    shown(&server, &caller, id).await
}

#[utoipa::path(post, path = "/workers", tag = "workers", security(("session" = ["worker.manage"])), request_body = NewWorker, responses((status = 200, body = WorkerView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageWorkers>, Body(new): Body<NewWorker>) -> Answered<WorkerView> {
    let worker = Worker { channels: channels(new.channels), ..fresh_worker(&server, &caller, &new.name, new.attributes).await? };
    let id = worker.id;
    server.route_noted(&caller, "worker", RouterCommand::PutWorker { worker }, noted("worker.created", id, "")).await?;
    shown(&server, &caller, id).await
}

#[utoipa::path(patch, path = "/workers/{id}", tag = "workers", security(("session" = ["worker.manage"])), request_body = WorkerChange, responses((status = 200, body = WorkerView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkers>,
    Id(id): Id<WorkerId>,
    Body(change): Body<WorkerChange>,
) -> Answered<WorkerView> {
    let held = row(&server, &caller, id).await?;
    let worker = Worker {
        name: change.name.map_or(held.name, |name| name.trim().to_owned()),
        attributes: change.attributes.unwrap_or(held.attributes),
        channels: change.channels.map_or(held.channels, channels),
        version: change.version,
        ..held
    };
    server.route_noted(&caller, "worker", RouterCommand::PutWorker { worker }, noted("worker.changed", id, "")).await?;
    shown(&server, &caller, id).await
}

#[utoipa::path(delete, path = "/workers/{id}", tag = "workers", params(Version), security(("session" = ["worker.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkers>,
    Id(id): Id<WorkerId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    let name = match row(&server, &caller, id).await {
        Ok(held) if held.user_id.is_some() => {
            return Err(Problem::conflict("in_use", "A member takes tasks as this worker").what("member"));
        }
        // A repeated deletion finds nothing, and is answered as the first.
        Err(problem) if caller.request.is_none() => return Err(problem),
        Ok(held) => held.name,
        Err(_) => String::new(),
    };
    server
        .route_noted(
            &caller,
            "worker",
            RouterCommand::DeleteWorker { worker_id: id, version: asked.version },
            noted("worker.deleted", id, name),
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own activity, or a colleague's with the right to reassign tasks everywhere.
#[utoipa::path(post, path = "/workers/{id}/activity", tag = "workers", security(("session" = ["task.take"])), request_body = ActivityChoice, responses((status = 200, body = WorkerView)))]
async fn set_activity(
    State(server): State<Server>,
    caller: Signed<may::Belong>,
    Id(id): Id<WorkerId>,
    Body(choice): Body<ActivityChoice>,
) -> Answered<WorkerView> {
    let own = caller.worker == Some(id) && caller.rights.has("task.take");
    if !own && !caller.rights.everywhere("task.reassign") {
        return Err(Problem::not_found());
    }
    let command = RouterCommand::SetActivity { worker_id: id, activity_id: choice.activity_id };
    match own {
        true => server.route(&caller, "activity", command).await?,
        false => server.route_noted(&caller, "activity", command, noted("worker.activity_set", id, choice.activity_id.to_string())).await?,
    };
    shown(&server, &caller, id).await
}
