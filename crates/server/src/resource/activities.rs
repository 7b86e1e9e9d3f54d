//! Activities: what a worker is doing, and whether it makes them available.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Activity, ActivityId, RouterCommand, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::noted;
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::view::ActivityView;
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewActivity {
    name: String,
    available: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActivityChange {
    name: String,
    /// Activities have no versions; taken for the sake of one form of change.
    #[serde(default)]
    #[allow(dead_code)]
    version: Option<i64>,
}

async fn all(server: &Server, caller: &Caller) -> Result<Vec<Activity>, Problem> {
    let ws = caller.ws;
    Ok(server.engine().db().read(move |tx| Box::pin(async move { store::routing::activities(tx, ws).await })).await?)
}

async fn one(server: &Server, caller: &Caller, id: ActivityId) -> Result<Activity, Problem> {
    all(server, caller).await?.into_iter().find(|activity| activity.id == id).ok_or_else(Problem::not_found)
}

#[utoipa::path(get, path = "/activities", tag = "routing", params(Paging), security(("session" = [])), responses((status = 200, body = Page<ActivityView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::Belong>, Query(paging): Query<Paging>) -> Answered<Page<ActivityView>> {
    let (rows, next_cursor) = paging.cut(all(&server, &caller).await?, |activity| activity.id)?;
    Ok(Json(Page { items: rows.iter().map(ActivityView::from).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/activities/{id}", tag = "routing", security(("session" = [])), responses((status = 200, body = ActivityView)))]
async fn get(State(server): State<Server>, caller: Signed<may::Belong>, Id(id): Id<ActivityId>) -> Answered<ActivityView> {
    Ok(Json(ActivityView::from(&one(&server, &caller, id).await?)))
}

#[utoipa::path(post, path = "/activities", tag = "routing", security(("session" = ["routing.manage"])), request_body = NewActivity, responses((status = 200, body = ActivityView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageRouting>, Body(new): Body<NewActivity>) -> Answered<ActivityView> {
    let activity = Activity {
        id: caller.fresh(&server, "activity"),
        name: new.name.trim().to_owned(),
        available: new.available,
        updated_at: Timestamp::default(),
    };
    let id = activity.id;
    server.route_noted(&caller, "activity", RouterCommand::PutActivity { activity }, noted("activity.created", id, "")).await?;
    Ok(Json(ActivityView::from(&one(&server, &caller, id).await?)))
}

#[utoipa::path(patch, path = "/activities/{id}", tag = "routing", security(("session" = ["routing.manage"])), request_body = ActivityChange, responses((status = 200, body = ActivityView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<ActivityId>,
    Body(change): Body<ActivityChange>,
) -> Answered<ActivityView> {
    let activity = Activity { name: change.name.trim().to_owned(), ..one(&server, &caller, id).await? };
    server.route_noted(&caller, "activity", RouterCommand::PutActivity { activity }, noted("activity.changed", id, "")).await?;
    Ok(Json(ActivityView::from(&one(&server, &caller, id).await?)))
}

#[utoipa::path(delete, path = "/activities/{id}", tag = "routing", security(("session" = ["routing.manage"])), responses((status = 204)))]
async fn remove(State(server): State<Server>, caller: Signed<may::ManageRouting>, Id(id): Id<ActivityId>) -> Result<StatusCode, Problem> {
    let name = one(&server, &caller, id).await.map(|activity| activity.name).unwrap_or_default();
    server.route_noted(&caller, "activity", RouterCommand::DeleteActivity { activity_id: id }, noted("activity.deleted", id, name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
