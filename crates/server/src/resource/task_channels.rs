//! Task channels: kinds of work that workers have a capacity for.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{RouterCommand, TaskChannel, TaskChannelId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::noted;
use crate::input::Version;
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove))
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TaskChannelView {
    pub id: String,
    /// Letters, digits, _ and $, not beginning with a digit; never changes. Tasks and workers name the channel by it.
    pub unique_name: String,
    pub name: String,
    /// Whoever had no task of this channel for longest comes first, whatever else they did.
    pub channel_optimized_routing: bool,
    /// Unique names. Who holds a task of one of these channels is offered none of this one.
    pub held_off_by: BTreeSet<String>,
    pub version: i64,
}

impl From<&TaskChannel> for TaskChannelView {
    fn from(row: &TaskChannel) -> Self {
        Self {
            id: row.id.to_string(),
            unique_name: row.unique_name.clone(),
            name: row.name.clone(),
            channel_optimized_routing: row.channel_optimized_routing,
            held_off_by: row.held_off_by.clone(),
            version: row.version,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTaskChannel {
    unique_name: String,
    name: String,
    #[serde(default)]
    channel_optimized_routing: bool,
    #[serde(default)]
    held_off_by: BTreeSet<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TaskChannelChange {
    name: Option<String>,
    channel_optimized_routing: Option<bool>,
    held_off_by: Option<BTreeSet<String>>,
    version: i64,
}

async fn all(server: &Server, caller: &Caller) -> Result<Vec<TaskChannel>, Problem> {
    let ws = caller.ws;
    Ok(server.engine().db().read(move |tx| Box::pin(async move { store::routing::task_channels(tx, ws).await })).await?)
}

async fn one(server: &Server, caller: &Caller, id: TaskChannelId) -> Result<TaskChannel, Problem> {
    all(server, caller).await?.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)
}

#[utoipa::path(get, path = "/task-channels", tag = "routing", params(Paging), security(("session" = [])), responses((status = 200, body = Page<TaskChannelView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::Belong>, Query(paging): Query<Paging>) -> Answered<Page<TaskChannelView>> {
    let (rows, next_cursor) = paging.cut(all(&server, &caller).await?, |row| row.id)?;
    Ok(Json(Page { items: rows.iter().map(TaskChannelView::from).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/task-channels/{id}", tag = "routing", security(("session" = [])), responses((status = 200, body = TaskChannelView)))]
async fn get(State(server): State<Server>, caller: Signed<may::Belong>, Id(id): Id<TaskChannelId>) -> Answered<TaskChannelView> {
    Ok(Json(TaskChannelView::from(&one(&server, &caller, id).await?)))
}

#[utoipa::path(post, path = "/task-channels", tag = "routing", security(("session" = ["routing.manage"])), request_body = NewTaskChannel, responses((status = 200, body = TaskChannelView)))]
async fn make(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Body(new): Body<NewTaskChannel>,
) -> Answered<TaskChannelView> {
    let task_channel = TaskChannel {
        id: caller.fresh(&server, "task_channel"),
        unique_name: new.unique_name,
        name: new.name.trim().to_owned(),
        channel_optimized_routing: new.channel_optimized_routing,
        held_off_by: new.held_off_by,
        updated_at: Timestamp::default(),
        version: 1,
    };
    let id = task_channel.id;
    let command = RouterCommand::PutTaskChannel { task_channel };
    server.route_noted(&caller, "task_channel", command, noted("task_channel.created", id, "")).await?;
    Ok(Json(TaskChannelView::from(&one(&server, &caller, id).await?)))
}

#[utoipa::path(patch, path = "/task-channels/{id}", tag = "routing", security(("session" = ["routing.manage"])), request_body = TaskChannelChange, responses((status = 200, body = TaskChannelView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<TaskChannelId>,
    Body(change): Body<TaskChannelChange>,
) -> Answered<TaskChannelView> {
    let held = one(&server, &caller, id).await?;
    let task_channel = TaskChannel {
        name: change.name.map_or(held.name.clone(), |name| name.trim().to_owned()),
        channel_optimized_routing: change.channel_optimized_routing.unwrap_or(held.channel_optimized_routing),
        held_off_by: change.held_off_by.unwrap_or_else(|| held.held_off_by.clone()),
        version: change.version,
        ..held
    };
    let command = RouterCommand::PutTaskChannel { task_channel };
    server.route_noted(&caller, "task_channel", command, noted("task_channel.changed", id, "")).await?;
    Ok(Json(TaskChannelView::from(&one(&server, &caller, id).await?)))
}

/// Refused while open tasks are of this channel, and for those that every workspace has.
#[utoipa::path(delete, path = "/task-channels/{id}", tag = "routing", params(Version), security(("session" = ["routing.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<TaskChannelId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    let name = one(&server, &caller, id).await.map(|row| row.name).unwrap_or_default();
    let command = RouterCommand::DeleteTaskChannel { task_channel_id: id, version: asked.version };
    server.route_noted(&caller, "task_channel", command, noted("task_channel.deleted", id, name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
