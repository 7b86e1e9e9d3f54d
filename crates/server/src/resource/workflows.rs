//! Workflows: TaskRouter's configuration documents, kept byte for byte.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{RouterCommand, Timestamp, Workflow, WorkflowId};
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
pub struct WorkflowView {
    pub id: String,
    pub name: String,
    /// JSON text, kept exactly as posted.
    pub configuration: String,
    /// Seconds an offer stands.
    pub task_reservation_timeout: i64,
    pub version: i64,
}

impl From<&Workflow> for WorkflowView {
    fn from(workflow: &Workflow) -> Self {
        Self {
            id: workflow.id.to_string(),
            name: workflow.name.clone(),
            configuration: workflow.configuration.clone(),
            task_reservation_timeout: workflow.task_reservation_timeout_s,
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
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkflowChange {
    name: Option<String>,
    configuration: Option<String>,
    task_reservation_timeout: Option<i64>,
    version: i64,
}

async fn all(server: &Server, caller: &Caller) -> Result<Vec<Workflow>, Problem> {
    let ws = caller.ws;
    Ok(server.engine().db().read(move |tx| Box::pin(async move { store::routing::workflows(tx, ws).await })).await?)
}

async fn one(server: &Server, caller: &Caller, id: WorkflowId) -> Result<Workflow, Problem> {
    all(server, caller).await?.into_iter().find(|workflow| workflow.id == id).ok_or_else(Problem::not_found)
}

/// The router blames a place inside the document; clients know the document as the field `configuration`.
async fn put(server: &Server, caller: &Caller, workflow: Workflow, action: &str) -> Result<(), Problem> {
    let noted = noted(action, workflow.id, "");
    let done = server.route_noted(caller, "workflow", RouterCommand::PutWorkflow { workflow, re_evaluate: true }, noted).await;
    server.engine().config_changed(caller.ws);
    done.map(drop).map_err(|mut problem| {
        if let Some(field) = &problem.field {
            let known = ["/name", "/task_reservation_timeout", "/configuration"].iter().any(|own| field.starts_with(own));
            if field.starts_with("/task_reservation_timeout_s") {
                problem.field = Some("/task_reservation_timeout".into());
            } else if !known {
                problem.field = Some(format!("/configuration{}", field.trim_end_matches('/')));
            }
        }
        problem
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
    let workflow = Workflow {
        id: caller.fresh(&server, "workflow"),
        name: new.name.trim().to_owned(),
        configuration: new.configuration,
        task_reservation_timeout_s: new.task_reservation_timeout.unwrap_or(router::RESERVATION_TIMEOUT_S),
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
    let workflow = Workflow {
        id,
        name: change.name.map_or(held.name, |name| name.trim().to_owned()),
        configuration: change.configuration.unwrap_or(held.configuration),
        task_reservation_timeout_s: change.task_reservation_timeout.unwrap_or(held.task_reservation_timeout_s),
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
