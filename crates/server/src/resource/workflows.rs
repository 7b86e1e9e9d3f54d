//! Workflows: TaskRouter's configuration documents, kept byte for byte.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{RouterCommand, TaskRequest, Timestamp, Workflow, WorkflowId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::noted;
use crate::input::{Version, callback};
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::view::{Lens, TaskWhy};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove)).routes(routes!(try_out))
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkflowView {
    pub id: String,
    pub name: String,
    /// JSON text, kept exactly as posted.
    pub configuration: String,
    /// Seconds an offer stands.
    pub task_reservation_timeout: i64,
    /// Asked about each offer, as TaskRouter does it; empty = nobody.
    pub assignment_callback_url: String,
    /// Asked where the other gives no good answer.
    pub fallback_assignment_callback_url: String,
    pub version: i64,
}

impl From<&Workflow> for WorkflowView {
    fn from(workflow: &Workflow) -> Self {
        Self {
            id: workflow.id.to_string(),
            name: workflow.name.clone(),
            configuration: workflow.configuration.clone(),
            task_reservation_timeout: workflow.task_reservation_timeout_s,
            assignment_callback_url: workflow.assignment_callback_url.clone(),
            fallback_assignment_callback_url: workflow.fallback_assignment_callback_url.clone(),
            version: workflow.version,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWorkflow {
    name: String,
    configuration: String,
    #[serde(default)]
    task_reservation_timeout: Option<i64>,
    #[serde(default)]
    assignment_callback_url: String,
    #[serde(default)]
    fallback_assignment_callback_url: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkflowChange {
    name: Option<String>,
    configuration: Option<String>,
    task_reservation_timeout: Option<i64>,
    assignment_callback_url: Option<String>,
    fallback_assignment_callback_url: Option<String>,
    version: i64,
}

/// A task that nobody wants to make yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TryOut {
    /// The workflow as it is saved; may be missing where a configuration is given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    workflow_id: Option<WorkflowId>,
    /// Tried in place of the saved one, and not saved.
    #[serde(default)]
    configuration: Option<String>,
    #[serde(default)]
    task_reservation_timeout: Option<i64>,
    /// JSON text: what the task would carry.
    attributes: String,
    /// Unique name of the task channel.
    channel: String,
    #[serde(default)]
    priority: Option<i64>,
}

async fn all(server: &Server, caller: &Caller) -> Result<Vec<Workflow>, Problem> {
    let ws = caller.ws;
    Ok(server.engine().db().read(move |tx| Box::pin(async move { store::routing::workflows(tx, ws).await })).await?)
}

async fn one(server: &Server, caller: &Caller, id: WorkflowId) -> Result<Workflow, Problem> {
    all(server, caller).await?.into_iter().find(|workflow| workflow.id == id).ok_or_else(Problem::not_found)
}

/// The router blames a place inside the document; clients know the document as the field `configuration`.
fn of_document(mut problem: Problem, own: &[&str]) -> Problem {
    if let Some(field) = &problem.field {
        if field.starts_with("/task_reservation_timeout_s") {
            problem.field = Some("/task_reservation_timeout".into());
        } else if !own.iter().any(|own| field.starts_with(own)) {
            problem.field = Some(format!("/configuration{}", field.trim_end_matches('/')));
        }
    }
    problem
}

/// That somebody who writes a configuration is told of a filter that can never match.
async fn check_filters(server: &Server, caller: &Caller, configuration: &str) -> Result<(), Problem> {
    match router::check_filters_can_match(configuration, &caller.workspace.settings.readings) {
        Ok(()) => Ok(()),
        Err(refusal) => Err(of_document(crate::refusal::router(server, caller.ws, refusal).await, &["/configuration"])),
    }
}

async fn put(server: &Server, caller: &Caller, workflow: Workflow, action: &str) -> Result<(), Problem> {
    let noted = noted(action, workflow.id, "");
    let done = server.route_noted(caller, "workflow", RouterCommand::PutWorkflow { workflow, re_evaluate: true }, noted).await;
    server.engine().config_changed(caller.ws);
    done.map(drop).map_err(|problem| {
        of_document(problem, &["/name", "/task_reservation_timeout", "/configuration", "/assignment_callback_url", "/fallback_assignment"])
    })
}

#[utoipa::path(get, path = "/workflows", tag = "routing", params(Paging), security(("session" = ["routing.manage"])), responses((status = 200, body = Page<WorkflowView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::Belong>, Query(paging): Query<Paging>) -> Answered<Page<WorkflowView>> {
    // A flow's references are mapped to workflows by whoever manages flows.
    if !["routing.manage", "flow.manage"].iter().any(|permission| caller.rights.has(permission)) {
        return Err(Problem::not_found());
    }
    let (rows, next_cursor) = paging.cut(all(&server, &caller).await?, |workflow| workflow.id)?;
    Ok(Json(Page { items: rows.iter().map(WorkflowView::from).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/workflows/{id}", tag = "routing", security(("session" = ["routing.manage"])), responses((status = 200, body = WorkflowView)))]
async fn get(State(server): State<Server>, caller: Signed<may::ManageRouting>, Id(id): Id<WorkflowId>) -> Answered<WorkflowView> {
    Ok(Json(WorkflowView::from(&one(&server, &caller, id).await?)))
}

#[utoipa::path(post, path = "/workflows", tag = "routing", security(("session" = ["routing.manage"])), request_body = NewWorkflow, responses((status = 200, body = WorkflowView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageRouting>, Body(new): Body<NewWorkflow>) -> Answered<WorkflowView> {
    check_filters(&server, &caller, &new.configuration).await?;
    let workflow = Workflow {
        id: caller.fresh(&server, "workflow"),
        name: new.name.trim().to_owned(),
        configuration: new.configuration,
        task_reservation_timeout_s: new.task_reservation_timeout.unwrap_or(router::RESERVATION_TIMEOUT_S),
        assignment_callback_url: callback(&server, "/assignment_callback_url", &new.assignment_callback_url)?,
        fallback_assignment_callback_url: callback(&server, "/fallback_assignment_callback_url", &new.fallback_assignment_callback_url)?,
        updated_at: Timestamp::default(),
        version: 1,
    };
    let id = workflow.id;
    put(&server, &caller, workflow, "workflow.created").await?;
    Ok(Json(WorkflowView::from(&one(&server, &caller, id).await?)))
}

#[utoipa::path(patch, path = "/workflows/{id}", tag = "routing", security(("session" = ["routing.manage"])), request_body = WorkflowChange, responses((status = 200, body = WorkflowView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<WorkflowId>,
    Body(change): Body<WorkflowChange>,
) -> Answered<WorkflowView> {
    let held = one(&server, &caller, id).await?;
    // What stood there before may stay, and a program may have put it there.
    if let Some(written) = change.configuration.as_ref().filter(|written| **written != held.configuration) {
        check_filters(&server, &caller, written).await?;
    }
    let workflow = Workflow {
        id,
        name: change.name.map_or(held.name, |name| name.trim().to_owned()),
        configuration: change.configuration.unwrap_or(held.configuration),
        task_reservation_timeout_s: change.task_reservation_timeout.unwrap_or(held.task_reservation_timeout_s),
        assignment_callback_url: callback(
            &server,
            "/assignment_callback_url",
            change.assignment_callback_url.as_ref().unwrap_or(&held.assignment_callback_url),
        )?,
        fallback_assignment_callback_url: callback(
            &server,
            "/fallback_assignment_callback_url",
            change.fallback_assignment_callback_url.as_ref().unwrap_or(&held.fallback_assignment_callback_url),
        )?,
        updated_at: Timestamp::default(),
        version: change.version,
    };
    put(&server, &caller, workflow, "workflow.changed").await?;
    Ok(Json(WorkflowView::from(&one(&server, &caller, id).await?)))
}

#[utoipa::path(delete, path = "/workflows/{id}", tag = "routing", params(Version), security(("session" = ["routing.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<WorkflowId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    let name = one(&server, &caller, id).await.map(|workflow| workflow.name).unwrap_or_default();
    server
        .route_noted(
            &caller,
            "workflow",
            RouterCommand::DeleteWorkflow { workflow_id: id, version: asked.version },
            noted("workflow.deleted", id, name),
        )
        .await?;
    server.engine().config_changed(caller.ws);
    Ok(StatusCode::NO_CONTENT)
}

/// Which agent would get a task, and what would become of it if nobody answered: through the saved workflow, or through a draft with
/// every refusal that saving it would meet. Times are as if it were asked for now; nothing of it is kept.
#[utoipa::path(post, path = "/workflows/try-out", tag = "routing", security(("session" = ["routing.manage"])), request_body = TryOut, responses((status = 200, body = TaskWhy)))]
async fn try_out(State(server): State<Server>, caller: Signed<may::ManageRouting>, Body(asked): Body<TryOut>) -> Answered<TaskWhy> {
    let (ws, lens, now) = (caller.ws, Lens::of(&server, &caller).await?, server.engine().now());
    let held = match asked.workflow_id {
        Some(id) => {
            Some(one(&server, &caller, id).await.map_err(|_| Problem::invalid("/workflow_id", "unknown", "There is no such workflow"))?)
        }
        None if asked.configuration.is_none() => {
            return Err(Problem::invalid("/workflow_id", "required", "Which workflow is to be tried?"));
        }
        None => None,
    };
    if let Some(written) = asked.configuration.as_ref().filter(|written| held.as_ref().is_none_or(|held| held.configuration != **written)) {
        check_filters(&server, &caller, written).await?;
    }
    let id = held.as_ref().map_or_else(|| server.engine().ids().next(), |held| held.id);
    let as_saved = asked.configuration.is_none() && asked.task_reservation_timeout.is_none();
    let draft = (!as_saved).then(|| Workflow {
        id,
        // A name is no part of what is tried, and no other workflow has this one.
        name: held.as_ref().map_or_else(|| id.to_string(), |held| held.name.clone()),
        configuration: asked.configuration.or(held.as_ref().map(|held| held.configuration.clone())).unwrap_or_default(),
        task_reservation_timeout_s: asked
            .task_reservation_timeout
            .or(held.as_ref().map(|held| held.task_reservation_timeout_s))
            .unwrap_or(router::RESERVATION_TIMEOUT_S),
        assignment_callback_url: String::new(),
        fallback_assignment_callback_url: String::new(),
        updated_at: now,
        version: held.as_ref().map_or(1, |held| held.version),
    });
    let request = TaskRequest {
        task_id: server.engine().ids().next(),
        conversation_id: None,
        request_key: None,
        request_no: None,
        workflow_id: Some(id),
        routing_worker: None,
        routing_queue: None,
        routing_workflow: None,
        ignore_capacity: false,
        channel: asked.channel,
        attributes: asked.attributes,
        priority: asked.priority,
        timeout_s: None,
        virtual_start_time: None,
    };
    let played = server.engine().with_router(ws, |router| router.try_out(draft.as_ref(), &request, now)).await?;
    let tried = match played.ok_or_else(Problem::unavailable)? {
        Ok(tried) => tried,
        Err(refusal) => {
            let problem = crate::refusal::router(&server, ws, refusal).await;
            return Err(of_document(
                problem,
                &["/attributes", "/channel", "/priority", "/workflow_id", "/task_reservation_timeout", "/configuration"],
            ));
        }
    };
    let told = server.engine().db().read(move |tx| {
        let (lens, tried) = (lens.clone(), tried.clone());
        Box::pin(async move { lens.why_of(tx, &tried.task, tried.offers, tried.waiting).await })
    });
    Ok(Json(told.await?))
}
