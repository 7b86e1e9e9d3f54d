//! Activities.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use model::{Activity, ActivityId, RouterCommand, Timestamp};
use serde_json::{Value, json};
use server::{Caller, Server, may, noted};

use super::{Shown, mark, named, read};
use crate::asked::{Asked, Sid};
use crate::date::{born, changed, iso};
use crate::form::{Body, Query};
use crate::page::Paging;
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/Activities", get(list).post(create))
        .route("/Workspaces/{ws}/Activities/{sid}", get(fetch).post(update).delete(remove))
}

pub async fn all(server: &Server, caller: &Caller) -> Answered<Vec<Activity>> {
    let ws = caller.ws;
    read(server, move |tx| Box::pin(async move { store::routing::activities(tx, ws).await })).await
}

async fn one(server: &Server, caller: &Caller, id: ActivityId) -> Answered<Activity> {
    all(server, caller).await?.into_iter().find(|activity| activity.id == id).ok_or_else(Refused::not_found)
}

fn view(place: &Place, activity: &Activity) -> Value {
    let made = born(activity.id, activity.updated_at);
    json!({
        "account_sid": place.account,
        "available": activity.available,
        "date_created": iso(made),
        "date_updated": changed(activity.updated_at, made),
        "friendly_name": activity.name,
        "sid": activity.id,
        "workspace_sid": place.workspace,
        "url": place.url(format_args!("Activities/{}", activity.id)),
        "links": { "workspace": place.home() },
    })
}

async fn list(State(server): State<Server>, asked: Asked<may::Belong>, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let (name, available) = (query.text("FriendlyName")?, query.truth("Available")?);
    query.end()?;
    let rows = all(&server, &asked).await?.into_iter();
    let rows = rows.filter(|row| named(name.as_ref(), &row.name) && available.is_none_or(|wanted| wanted == row.available));
    let cut = paging.cut(rows.map(|row| (row.id.to_string(), row)).collect(), false);
    let views = cut.rows.iter().map(|row| view(&asked.place, row)).collect();
    Ok(paging.envelope(&asked.place.url("Activities"), "activities", views, (cut.before, cut.after)))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::Belong>, Sid(id): Sid<ActivityId>) -> Answered<Shown> {
    Ok(Shown::marked(view(&asked.place, &one(&server, &asked, id).await?)))
}

async fn create(State(server): State<Server>, asked: Asked<may::ManageRouting>, Body(mut form): Body) -> Answered<Shown> {
    let name = form.needed("FriendlyName")?;
    let available = form.truth("Available")?.unwrap_or(false);
    form.end()?;
    let activity =
        Activity { id: asked.fresh(&server, "activity"), name: name.trim().to_owned(), available, updated_at: Timestamp::default() };
    let id = activity.id;
    asked.order(&server, "activity", RouterCommand::PutActivity { activity }, noted("activity.created", id, "")).await?;
    Ok(Shown::marked(view(&asked.place, &one(&server, &asked, id).await?)).made())
}

/// Whether an activity is available is decided when it is made: a later word on it is heard and changes nothing.
async fn update(
    State(server): State<Server>,
    asked: Asked<may::ManageRouting>,
    Sid(id): Sid<ActivityId>,
    Body(mut form): Body,
) -> Answered<Shown> {
    let held = one(&server, &asked, id).await?;
    asked.check_match(&mark(&view(&asked.place, &held)))?;
    let name = form.text("FriendlyName")?;
    form.truth("Available")?;
    form.end()?;
    if let Some(name) = name {
        let activity = Activity { name: name.trim().to_owned(), ..held };
        asked.order(&server, "activity", RouterCommand::PutActivity { activity }, noted("activity.changed", id, "")).await?;
    }
    Ok(Shown::marked(view(&asked.place, &one(&server, &asked, id).await?)))
}

async fn remove(State(server): State<Server>, asked: Asked<may::ManageRouting>, Sid(id): Sid<ActivityId>) -> Answered<StatusCode> {
    let held = one(&server, &asked, id).await?;
    asked.check_match(&mark(&view(&asked.place, &held)))?;
    asked.order(&server, "activity", RouterCommand::DeleteActivity { activity_id: id }, noted("activity.deleted", id, held.name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
