//! Task queues: lines of waiting tasks, and the expression that says whose they are.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{BusinessHoursId, RouterCommand, TaskOrder, TaskQueue, TaskQueueId, Timestamp};
use router::Router;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::noted;
use crate::input::{Version, present};
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove))
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TaskQueueView {
    pub id: String,
    pub name: String,
    pub target_workers: String,
    pub max_reserved_workers: i64,
    /// FIFO or LIFO.
    #[schema(value_type = String)]
    pub task_order: TaskOrder,
    /// Under the letters of its agents; `{{agent}}` is the writer's name. Empty = the channel account's own.
    pub signature: String,
    /// When it offers its tasks; null = always.
    pub business_hours_id: Option<String>,
    pub waiting: i64,
    pub version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewQueue {
    name: String,
    target_workers: String,
    #[serde(default)]
    max_reserved_workers: Option<i64>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    task_order: Option<TaskOrder>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    business_hours_id: Option<BusinessHoursId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QueueChange {
    name: Option<String>,
    target_workers: Option<String>,
    max_reserved_workers: Option<i64>,
    #[schema(value_type = Option<String>)]
    task_order: Option<TaskOrder>,
    #[serde(default)]
    signature: Option<String>,
    /// Null: always open.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    business_hours_id: Option<Option<BusinessHoursId>>,
    /// That nobody may match `target_workers` though tasks wait in the queue; without it such a change is refused.
    #[serde(default)]
    strand_tasks: bool,
    version: i64,
}

/// Queues with how many wait in each, as the router has it.
async fn views(server: &Server, caller: &Caller, queues: &[TaskQueue]) -> Result<Vec<TaskQueueView>, Problem> {
    let waiting = |router: &Router| queues.iter().map(|queue| router.waiting_count(queue.id)).collect::<Vec<i64>>();
    let waiting = server.engine().look(caller.ws, waiting).await?;
    Ok(queues.iter().zip(waiting).map(|(queue, waiting)| view(queue, waiting)).collect())
}

fn view(queue: &TaskQueue, waiting: i64) -> TaskQueueView {
    TaskQueueView {
        id: queue.id.to_string(),
        name: queue.name.clone(),
        target_workers: queue.target_workers.clone(),
        max_reserved_workers: queue.max_reserved_workers,
        task_order: queue.task_order,
        signature: queue.signature.clone(),
        business_hours_id: queue.business_hours_id.map(|id| id.to_string()),
        waiting,
        version: queue.version,
    }
}

/// The longest signature, in characters.
const SIGNATURE_LIMIT: usize = 2_000;

fn signature(text: String) -> Result<String, Problem> {
    if text.chars().count() > SIGNATURE_LIMIT {
        return Err(Problem::invalid("/signature", "too_long", "The signature is too long").with("limit", SIGNATURE_LIMIT as u64));
    }
    Ok(text.replace("\r\n", "\n").trim_end().to_owned())
}

async fn one(server: &Server, caller: &Caller, id: TaskQueueId) -> Result<TaskQueue, Problem> {
    let ws = caller.ws;
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::routing::queues_of(tx, ws, &[id]).await })).await?;
    found.into_iter().next().ok_or_else(Problem::not_found)
}

async fn shown(server: &Server, caller: &Caller, id: TaskQueueId) -> Answered<TaskQueueView> {
    let queue = one(server, caller, id).await?;
    views(server, caller, &[queue]).await?.pop().map(Json).ok_or_else(Problem::not_found)
}

/// How many tasks would wait for nobody if the queue were this one. What is wrong with its expression is the router's to say.
fn stranded(router: &Router, queue: &TaskQueue) -> i64 {
    let waiting = router.waiting_count(queue.id);
    let asks = waiting > 0 && Router::check_expression(&queue.target_workers).is_ok() && !router.anybody_for(queue);
    if asks { waiting } else { 0 }
}

#[utoipa::path(get, path = "/task-queues", tag = "routing", params(Paging), security(("session" = ["routing.manage"])), responses((status = 200, body = Page<TaskQueueView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::Belong>, Query(paging): Query<Paging>) -> Answered<Page<TaskQueueView>> {
    // Whoever gives people roles over queues, or watches them, must see which there are.
    if !["routing.manage", "user.manage", "board.read"].iter().any(|permission| caller.rights.has(permission)) {
        return Err(Problem::not_found());
    }
    let ws = caller.ws;
    let all = server.engine().db().read(move |tx| Box::pin(async move { store::routing::queues(tx, ws).await })).await?;
    let (rows, next_cursor) = paging.cut(all, |queue| queue.id)?;
    Ok(Json(Page { items: views(&server, &caller, &rows).await?, next_cursor }))
}

#[utoipa::path(get, path = "/task-queues/{id}", tag = "routing", security(("session" = ["routing.manage"])), responses((status = 200, body = TaskQueueView)))]
async fn get(State(server): State<Server>, caller: Signed<may::ManageRouting>, Id(id): Id<TaskQueueId>) -> Answered<TaskQueueView> {
    shown(&server, &caller, id).await
}

#[utoipa::path(post, path = "/task-queues", tag = "routing", security(("session" = ["routing.manage"])), request_body = NewQueue, responses((status = 200, body = TaskQueueView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageRouting>, Body(new): Body<NewQueue>) -> Answered<TaskQueueView> {
    let queue = TaskQueue {
        id: caller.fresh(&server, "queue"),
        name: new.name.trim().to_owned(),
        target_workers: new.target_workers,
        max_reserved_workers: new.max_reserved_workers.unwrap_or(1),
        task_order: new.task_order.unwrap_or_default(),
        signature: signature(new.signature.unwrap_or_default())?,
        business_hours_id: new.business_hours_id,
        updated_at: Timestamp::default(),
        version: 1,
    };
    let id = queue.id;
    server.route_noted(&caller, "queue", RouterCommand::PutQueue { queue }, noted("task_queue.created", id, "")).await?;
    shown(&server, &caller, id).await
}

#[utoipa::path(patch, path = "/task-queues/{id}", tag = "routing", security(("session" = ["routing.manage"])), request_body = QueueChange, responses((status = 200, body = TaskQueueView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<TaskQueueId>,
    Body(change): Body<QueueChange>,
) -> Answered<TaskQueueView> {
    let held = one(&server, &caller, id).await?;
    let is_asked_anew = change.target_workers.as_ref().is_some_and(|new| *new != held.target_workers);
    let queue = TaskQueue {
        id,
        name: change.name.map_or(held.name, |name| name.trim().to_owned()),
        target_workers: change.target_workers.unwrap_or(held.target_workers),
        max_reserved_workers: change.max_reserved_workers.unwrap_or(held.max_reserved_workers),
        task_order: change.task_order.unwrap_or(held.task_order),
        signature: signature(change.signature.unwrap_or(held.signature))?,
        business_hours_id: change.business_hours_id.unwrap_or(held.business_hours_id),
        updated_at: Timestamp::default(),
        version: change.version,
    };
    if is_asked_anew && !change.strand_tasks {
        let waiting = server.engine().look(caller.ws, |router| stranded(router, &queue)).await?;
        if waiting > 0 {
            let detail = format!("Nobody matches this, and {waiting} tasks wait in this queue");
            return Err(Problem::invalid("/target_workers", "strands_tasks", detail).with("count", waiting));
        }
    }
    server.route_noted(&caller, "queue", RouterCommand::PutQueue { queue }, noted("task_queue.changed", id, "")).await?;
    shown(&server, &caller, id).await
}

#[utoipa::path(delete, path = "/task-queues/{id}", tag = "routing", params(Version), security(("session" = ["routing.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageRouting>,
    Id(id): Id<TaskQueueId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    let name = one(&server, &caller, id).await.map(|queue| queue.name).unwrap_or_default();
    server
        .route_noted(
            &caller,
            "queue",
            RouterCommand::DeleteQueue { queue_id: id, version: asked.version },
            noted("task_queue.deleted", id, name),
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
