//! Workflows: TaskRouter's document, byte for byte as posted.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use model::{RouterCommand, Timestamp, Workflow, WorkflowId};
use serde_json::{Value, json};
use server::{Caller, Server, callback, may, noted};

use super::{Shown, named, read, tag, url_or_null};
use crate::asked::{Asked, Sid};
use crate::date::{born, changed, iso};
use crate::form::{Body, Form, Query};
use crate::page::Paging;
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/Workflows", get(list).post(create))
        .route("/Workspaces/{ws}/Workflows/{sid}", get(fetch).post(update).delete(remove))
}

pub async fn all(server: &Server, caller: &Caller) -> Answered<Vec<Workflow>> {
    let ws = caller.ws;
    read(server, move |tx| Box::pin(async move { store::routing::workflows(tx, ws).await })).await
}

async fn one(server: &Server, caller: &Caller, id: WorkflowId) -> Answered<Workflow> {
    all(server, caller).await?.into_iter().find(|workflow| workflow.id == id).ok_or_else(Refused::not_found)
}

fn view(place: &Place, workflow: &Workflow) -> Value {
    let made = born(workflow.id, workflow.updated_at);
    json!({
        "account_sid": place.account,
        "assignment_callback_url": url_or_null(&workflow.assignment_callback_url),
        "configuration": workflow.configuration,
        "date_created": iso(made),
        "date_updated": changed(workflow.updated_at, made),
        "document_content_type": "application/json",
        "fallback_assignment_callback_url": url_or_null(&workflow.fallback_assignment_callback_url),
        "friendly_name": workflow.name,
        "sid": workflow.id,
        "task_reservation_timeout": workflow.task_reservation_timeout_s,
        "workspace_sid": place.workspace,
        "url": place.url(format_args!("Workflows/{}", workflow.id)),
        "links": {
            "workspace": place.home(),
            "statistics": place.url(format_args!("Workflows/{}/Statistics", workflow.id)),
            "real_time_statistics": place.url(format_args!("Workflows/{}/RealTimeStatistics", workflow.id)),
            "cumulative_statistics": place.url(format_args!("Workflows/{}/CumulativeStatistics", workflow.id)),
        },
    })
}

fn shown(place: &Place, workflow: &Workflow) -> Shown {
    Shown::tagged(view(place, workflow), tag(workflow.version))
}

async fn list(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let name = query.text("FriendlyName")?;
    query.end()?;
    let rows = all(&server, &asked).await?.into_iter().filter(|row| named(name.as_ref(), &row.name));
    let cut = paging.cut(rows.map(|row| (row.id.to_string(), row)).collect(), false);
    let views = cut.rows.iter().map(|row| view(&asked.place, row)).collect();
    Ok(paging.envelope(&asked.place.url("Workflows"), "workflows", views, (cut.before, cut.after)))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::ReadBoard>, Sid(id): Sid<WorkflowId>) -> Answered<Shown> {
    Ok(shown(&asked.place, &one(&server, &asked, id).await?))
}

/// Takes a workflow's parameters over what it is.
fn filled(server: &Server, form: &mut Form, held: Workflow) -> Answered<Workflow> {
    let assignment = form.text("AssignmentCallbackUrl")?.unwrap_or(held.assignment_callback_url);
    let fallback = form.text("FallbackAssignmentCallbackUrl")?.unwrap_or(held.fallback_assignment_callback_url);
    Ok(Workflow {
        assignment_callback_url: callback(server, "/assignment_callback_url", &assignment)?,
        fallback_assignment_callback_url: callback(server, "/fallback_assignment_callback_url", &fallback)?,
        name: form.text("FriendlyName")?.map_or(held.name, |name| name.trim().to_owned()),
        configuration: form.text("Configuration")?.unwrap_or(held.configuration),
        task_reservation_timeout_s: form.number("TaskReservationTimeout")?.unwrap_or(held.task_reservation_timeout_s),
        ..held
    })
}

async fn put(server: &Server, asked: &Asked<may::ManageRouting>, workflow: Workflow, re_evaluate: bool, action: &str) -> Answered<()> {
    let id = workflow.id;
    let command = RouterCommand::PutWorkflow { workflow, re_evaluate };
    let done = asked.order(server, "workflow", command, noted(action, id, "")).await;
    server.engine().config_changed(asked.ws);
    done.map(drop)
}

async fn create(State(server): State<Server>, asked: Asked<may::ManageRouting>, Body(mut form): Body) -> Answered<Shown> {
    let blank = Workflow {
        id: asked.fresh(&server, "workflow"),
        name: form.needed("FriendlyName")?.trim().to_owned(),
        configuration: form.needed("Configuration")?,
        task_reservation_timeout_s: router::RESERVATION_TIMEOUT_S,
        assignment_callback_url: String::new(),
        fallback_assignment_callback_url: String::new(),
        updated_at: Timestamp::default(),
        version: 1,
    };
    let workflow = filled(&server, &mut form, blank)?;
    form.end()?;
    let id = workflow.id;
    put(&server, &asked, workflow, false, "workflow.created").await?;
    Ok(shown(&asked.place, &one(&server, &asked, id).await?).made())
}

async fn update(
    State(server): State<Server>,
    asked: Asked<may::ManageRouting>,
    Sid(id): Sid<WorkflowId>,
    Body(mut form): Body,
) -> Answered<Shown> {
    let held = one(&server, &asked, id).await?;
    asked.check_match(&tag(held.version))?;
    let workflow = filled(&server, &mut form, held)?;
    let re_evaluate = form.truth("ReEvaluateTasks")?.unwrap_or(false);
    form.end()?;
    put(&server, &asked, workflow, re_evaluate, "workflow.changed").await?;
    Ok(shown(&asked.place, &one(&server, &asked, id).await?))
}

async fn remove(State(server): State<Server>, asked: Asked<may::ManageRouting>, Sid(id): Sid<WorkflowId>) -> Answered<StatusCode> {
    let held = one(&server, &asked, id).await?;
    asked.check_match(&tag(held.version))?;
    let command = RouterCommand::DeleteWorkflow { workflow_id: id, version: held.version };
    asked.order(&server, "workflow", command, noted("workflow.deleted", id, held.name)).await?;
    server.engine().config_changed(asked.ws);
    Ok(StatusCode::NO_CONTENT)
}
