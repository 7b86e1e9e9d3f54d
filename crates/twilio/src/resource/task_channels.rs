//! Task channels, by SID or unique name.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use model::{RouterCommand, TaskChannel, Timestamp};
use serde_json::{Value, json};
use server::{Caller, Server, may, noted};

use super::{Shown, read, tag};
use crate::asked::{Asked, Named};
use crate::date::{born, changed, iso};
use crate::form::{Body, Form, Query};
use crate::page::Paging;
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/TaskChannels", get(list).post(create))
        .route("/Workspaces/{ws}/TaskChannels/{named}", get(fetch).post(update).delete(remove))
}

pub async fn all(server: &Server, caller: &Caller) -> Answered<Vec<TaskChannel>> {
    let ws = caller.ws;
    read(server, move |tx| Box::pin(async move { store::routing::task_channels(tx, ws).await })).await
}

/// Whether a channel is the one that is named, by SID or unique name.
pub fn is_named(channel: &TaskChannel, named: &str) -> bool {
    channel.unique_name == named || channel.id.to_string() == named
}

async fn one(server: &Server, caller: &Caller, named: &str) -> Answered<TaskChannel> {
    all(server, caller).await?.into_iter().find(|channel| is_named(channel, named)).ok_or_else(Refused::not_found)
}

/// The unique name behind the parameter `TaskChannel`.
///
/// # Errors
/// 20001 when there is no such channel.
pub async fn unique_name(server: &Server, caller: &Caller, named: &str) -> Answered<String> {
    let found = all(server, caller).await?.into_iter().find(|channel| is_named(channel, named));
    found.map(|channel| channel.unique_name).ok_or_else(|| Refused::invalid("TaskChannel", format!("there is no task channel {named}")))
}

/// Takes the filter by a task channel, named by SID or unique name.
pub async fn filter(server: &Server, caller: &Caller, query: &mut Form) -> Answered<Option<String>> {
    match query.text("TaskChannel")?.filter(|text| !text.is_empty()) {
        Some(named) => unique_name(server, caller, &named).await.map(Some),
        None => Ok(None),
    }
}

fn shown(place: &Place, channel: &TaskChannel) -> Shown {
    Shown::tagged(view(place, channel), tag(channel.version))
}

fn view(place: &Place, channel: &TaskChannel) -> Value {
    let made = born(channel.id, channel.updated_at);
    json!({
        "account_sid": place.account,
        "channel_optimized_routing": channel.channel_optimized_routing,
        "date_created": iso(made),
        "date_updated": changed(channel.updated_at, made),
        "friendly_name": channel.name,
        "sid": channel.id,
        "unique_name": channel.unique_name,
        "workspace_sid": place.workspace,
        "url": place.url(format_args!("TaskChannels/{}", channel.id)),
        "links": { "workspace": place.home() },
    })
}

async fn list(State(server): State<Server>, asked: Asked<may::Belong>, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    query.end()?;
    let rows = all(&server, &asked).await?.into_iter();
    let cut = paging.cut(rows.map(|row| (row.id.to_string(), row)).collect(), false);
    let views = cut.rows.iter().map(|row| view(&asked.place, row)).collect();
    Ok(paging.envelope(&asked.place.url("TaskChannels"), "channels", views, (cut.before, cut.after)))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::Belong>, Named(named): Named) -> Answered<Shown> {
    Ok(shown(&asked.place, &one(&server, &asked, &named).await?))
}

async fn create(State(server): State<Server>, asked: Asked<may::ManageRouting>, Body(mut form): Body) -> Answered<Shown> {
    let task_channel = TaskChannel {
        name: form.needed("FriendlyName")?.trim().to_owned(),
        channel_optimized_routing: form.truth("ChannelOptimizedRouting")?.unwrap_or(false),
        ..TaskChannel::named(asked.fresh(&server, "task_channel"), &form.needed("UniqueName")?, Timestamp::default())
    };
    form.end()?;
    let id = task_channel.id;
    let command = RouterCommand::PutTaskChannel { task_channel };
    let done = server.route_noted(&asked, "task_channel", command, noted("task_channel.created", id, "")).await;
    done.map_err(|mut problem| {
        // The router calls a unique name a channel, as tasks do.
        if problem.field.as_deref() == Some("/channel") {
            problem.field = Some("/unique_name".into());
        }
        problem
    })?;
    Ok(shown(&asked.place, &one(&server, &asked, &id.to_string()).await?).made())
}

async fn update(
    State(server): State<Server>,
    asked: Asked<may::ManageRouting>,
    Named(named): Named,
    Body(mut form): Body,
) -> Answered<Shown> {
    let held = one(&server, &asked, &named).await?;
    asked.check_match(&tag(held.version))?;
    let task_channel = TaskChannel {
        name: form.text("FriendlyName")?.map_or(held.name, |name| name.trim().to_owned()),
        channel_optimized_routing: form.truth("ChannelOptimizedRouting")?.unwrap_or(held.channel_optimized_routing),
        ..held
    };
    form.end()?;
    let id = task_channel.id;
    let command = RouterCommand::PutTaskChannel { task_channel };
    asked.order(&server, "task_channel", command, noted("task_channel.changed", id, "")).await?;
    Ok(shown(&asked.place, &one(&server, &asked, &id.to_string()).await?))
}

async fn remove(State(server): State<Server>, asked: Asked<may::ManageRouting>, Named(named): Named) -> Answered<StatusCode> {
    let held = one(&server, &asked, &named).await?;
    asked.check_match(&tag(held.version))?;
    let command = RouterCommand::DeleteTaskChannel { task_channel_id: held.id, version: held.version };
    asked.order(&server, "task_channel", command, noted("task_channel.deleted", held.id, held.name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
