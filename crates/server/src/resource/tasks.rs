//! What agents and supervisors do with tasks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::{Complete, CompleteRefused};
use model::{Beside, FieldSubject, MoveReason, Noted, RouterAnswer, RouterCommand, Task, TaskId, TaskQueueId, TransferTo, WorkerId};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::change::{noted, routed_key};
use crate::input::Key;
use crate::problem::Answered;
use crate::view::{Lens, TaskView, TaskWhy};
use crate::{Body, Caller, Id, Problem, Server, Signed, may, refusal};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(why))
        .routes(routes!(wrap))
        .routes(routes!(complete))
        .routes(routes!(transfer))
        .routes(routes!(requeue))
        .routes(routes!(assign))
        .routes(routes!(cancel))
        .routes(routes!(put_field, remove_field))
}

/// Characters of a note or reason.
const NOTE: usize = 4_000;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Completion {
    disposition: Option<String>,
    note: Option<String>,
    /// The newest message the agent saw: a later one of the customer refuses the completion.
    last_seen_seq: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Transfer {
    /// Exactly one of worker_id, queue_id and flow.
    #[schema(value_type = Option<String>)]
    worker_id: Option<WorkerId>,
    #[schema(value_type = Option<String>)]
    queue_id: Option<TaskQueueId>,
    flow: Option<bool>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    #[schema(value_type = String)]
    worker_id: WorkerId,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FieldValue {
    value: String,
}

/// A task the caller may handle: their own while they take tasks, or any within their right to reassign.
async fn mine(server: &Server, caller: &Caller, id: TaskId, own_is_enough: bool) -> Result<Task, Problem> {
    let ws = caller.ws;
    let row = server.engine().db().read(move |tx| Box::pin(async move { store::routing::task(tx, ws, id).await })).await?;
    let task = row.ok_or_else(Problem::not_found)?;
    let own = own_is_enough && caller.rights.has("task.take") && caller.worker.is_some() && task.worker_id == caller.worker;
    let in_reach = match caller.only_queues("task.reassign") {
        Some(queues) => task.queue_id.is_some_and(|queue| queues.contains(&queue)),
        None => caller.rights.everywhere("task.reassign"),
    };
    if own || in_reach { Ok(task) } else { Err(Problem::not_found()) }
}

async fn shown(server: &Server, caller: &Caller, id: TaskId) -> Answered<TaskView> {
    let (ws, lens) = (caller.ws, Lens::of(server, caller).await?);
    let mut views = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let row = store::routing::task(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                lens.tasks(tx, &[row]).await
            })
        })
        .await?;
    views.pop().map(Json).ok_or_else(Problem::not_found)
}

/// Runs a command on a task and shows the task that stands afterwards: after a hand-over the new one.
async fn run(server: &Server, caller: &Caller, task: &Task, slot: &str, command: RouterCommand, beside: Beside) -> Answered<TaskView> {
    let answer = server.route_beside(caller, slot, command, beside).await.map_err(|problem| ended(problem, task))?;
    let id = if let RouterAnswer::Task { task_id } = answer { task_id } else { task.id };
    shown(server, caller, id).await
}

/// The same for what is written into the audit log.
async fn run_noted(server: &Server, caller: &Caller, task: &Task, slot: &str, command: RouterCommand, noted: Noted) -> Answered<TaskView> {
    run(server, caller, task, slot, command, Beside { audit: vec![noted], member: None }).await
}

/// What is done to somebody else's task goes into the audit log; what agents do with their own is their day's work.
fn unless_own(caller: &Caller, task: &Task, noted: Noted) -> Beside {
    let own = caller.worker.is_some() && task.worker_id == caller.worker;
    Beside { audit: if own { vec![] } else { vec![noted] }, member: None }
}

/// Where a task goes, as the audit log keeps it.
fn target(to: &TransferTo) -> String {
    match to {
        TransferTo::Worker { worker_id } => worker_id.to_string(),
        TransferTo::Queue { queue_id } => queue_id.to_string(),
        TransferTo::Flow => "flow".into(),
    }
}

/// The router forgets ended tasks after a while; their rows do not.
fn ended(problem: Problem, task: &Task) -> Problem {
    if problem.code == "not_found" && problem.field.is_none() {
        return Problem::conflict("task_ended", "The task has ended").with("state", task.status.code());
    }
    problem
}

/// Why nobody has it yet, the way it came, and why each offer went where it went.
#[utoipa::path(get, path = "/tasks/{id}/why", tag = "supervisor", security(("session" = ["board.read"])), responses((status = 200, body = TaskWhy)))]
async fn why(State(server): State<Server>, caller: Signed<may::ReadBoard>, Id(id): Id<TaskId>) -> Answered<TaskWhy> {
    let (ws, lens, now) = (caller.ws, Lens::of(&server, &caller).await?, server.engine().now());
    let seen = caller.only_queues("board.read");
    let waiting = server.engine().with_router(ws, |router| router.why_waiting(id, now)).await?.flatten();
    let told = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let row = store::routing::task(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                if seen.is_some_and(|queues| row.queue_id.is_none_or(|queue| !queues.contains(&queue))) {
                    return Err(Problem::not_found().into());
                }
                lens.task_why(tx, &row, waiting).await
            })
        })
        .await?;
    Ok(Json(told))
}

/// Work with the customer is done; notes follow.
#[utoipa::path(post, path = "/tasks/{id}/wrap", tag = "desk", security(("session" = ["task.take"])), request_body = Nothing, responses((status = 200, body = TaskView)))]
async fn wrap(State(server): State<Server>, caller: Signed<may::Belong>, Id(id): Id<TaskId>, _: Body<Nothing>) -> Answered<TaskView> {
    let task = mine(&server, &caller, id, true).await?;
    let beside = unless_own(&caller, &task, noted("task.wrapped", id, ""));
    run(&server, &caller, &task, "wrap", RouterCommand::Wrap { task_id: id }, beside).await
}

/// Completes from assigned or wrapping. 409 `newer_message` when the customer wrote after what the agent saw.
#[utoipa::path(post, path = "/tasks/{id}/complete", tag = "desk", security(("session" = ["task.take"])), request_body = Completion, responses((status = 200, body = TaskView)))]
async fn complete(
    State(server): State<Server>,
    caller: Signed<may::Belong>,
    Id(id): Id<TaskId>,
    Body(done): Body<Completion>,
) -> Answered<TaskView> {
    let task = mine(&server, &caller, id, true).await?;
    let note = done.note.map(|note| crate::input::short("/note", &note, NOTE)).transpose()?;
    let disposition = done.disposition.map(|text| crate::input::short("/disposition", &text, 64)).transpose()?;
    server.check_key(&caller).await?;
    let complete = Complete {
        task_id: id,
        last_seen_seq: done.last_seen_seq,
        disposition: disposition.filter(|text| !text.is_empty()),
        note: note.filter(|text| !text.is_empty()),
        actor: caller.actor.clone(),
        request_key: routed_key(&caller, "complete"),
        beside: unless_own(&caller, &task, noted("task.completed", id, "")),
    };
    match server.engine().complete(caller.ws, complete).await? {
        Ok(_) => shown(&server, &caller, id).await,
        Err(CompleteRefused::NewerMessage { seq }) => {
            Err(Problem::conflict("newer_message", "The customer wrote a newer message").at("/last_seen_seq").with("seq", seq))
        }
        Err(CompleteRefused::Router(refused)) => Err(ended(refusal::router(&server, caller.ws, refused).await, &task)),
    }
}

#[utoipa::path(post, path = "/tasks/{id}/transfer", tag = "desk", security(("session" = ["task.take"])), request_body = Transfer, responses((status = 200, body = TaskView)))]
async fn transfer(
    State(server): State<Server>,
    caller: Signed<may::Belong>,
    Id(id): Id<TaskId>,
    Body(wanted): Body<Transfer>,
) -> Answered<TaskView> {
    let task = mine(&server, &caller, id, true).await?;
    let note = crate::input::short("/note", wanted.note.trim(), NOTE)?;
    let to = match (wanted.worker_id, wanted.queue_id, wanted.flow.unwrap_or(false)) {
        (Some(worker_id), None, false) => TransferTo::Worker { worker_id },
        (None, Some(queue_id), false) => TransferTo::Queue { queue_id },
        (None, None, true) => TransferTo::Flow,
        _ => {
            let detail = "Say exactly one of worker_id, queue_id and flow";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_target", detail).at("/worker_id"));
        }
    };
    let beside = unless_own(&caller, &task, noted("task.transferred", id, target(&to)));
    let command = RouterCommand::Transfer { task_id: id, to, note, by: caller.worker, new_task_id: caller.fresh(&server, "task") };
    run(&server, &caller, &task, "transfer", command, beside).await
}

/// Back into the line, for somebody else.
#[utoipa::path(post, path = "/tasks/{id}/requeue", tag = "desk", security(("session" = ["task.take"])), request_body = Nothing, responses((status = 200, body = TaskView)))]
async fn requeue(State(server): State<Server>, caller: Signed<may::Belong>, Id(id): Id<TaskId>, _: Body<Nothing>) -> Answered<TaskView> {
    let task = mine(&server, &caller, id, true).await?;
    let by = caller.worker.filter(|worker| task.worker_id == Some(*worker));
    let command = RouterCommand::Requeue { task_id: id, reason: MoveReason::Requeued, by, new_task_id: caller.fresh(&server, "task") };
    let beside = unless_own(&caller, &task, noted("task.requeued", id, ""));
    run(&server, &caller, &task, "requeue", command, beside).await
}

/// Gives a task to a certain agent.
#[utoipa::path(post, path = "/tasks/{id}/assign", tag = "supervisor", security(("session" = ["task.reassign"])), request_body = Assignment, responses((status = 200, body = TaskView)))]
async fn assign(
    State(server): State<Server>,
    caller: Signed<may::ReassignTasks>,
    Id(id): Id<TaskId>,
    Body(wanted): Body<Assignment>,
) -> Answered<TaskView> {
    let task = mine(&server, &caller, id, false).await?;
    let to = TransferTo::Worker { worker_id: wanted.worker_id };
    let command =
        RouterCommand::Transfer { task_id: id, to, note: String::new(), by: caller.worker, new_task_id: caller.fresh(&server, "task") };
    run_noted(&server, &caller, &task, "assign", command, noted("task.assigned", id, wanted.worker_id.to_string())).await
}

#[utoipa::path(post, path = "/tasks/{id}/cancel", tag = "supervisor", security(("session" = ["task.reassign"])), request_body = Cancellation, responses((status = 200, body = TaskView)))]
async fn cancel(
    State(server): State<Server>,
    caller: Signed<may::ReassignTasks>,
    Id(id): Id<TaskId>,
    Body(wanted): Body<Cancellation>,
) -> Answered<TaskView> {
    let task = mine(&server, &caller, id, false).await?;
    let reason = crate::input::short("/reason", wanted.reason.trim(), 200)?;
    let reason = if reason.is_empty() { "canceled".to_owned() } else { reason };
    let command = RouterCommand::Cancel { task_id: id, reason: reason.clone() };
    run_noted(&server, &caller, &task, "cancel", command, noted("task.canceled", id, reason)).await
}

/// Writes the value of a custom field into the task's attributes: a number as a number, yes and no as true and false.
#[utoipa::path(put, path = "/tasks/{id}/fields/{key}", tag = "desk", security(("session" = ["task.take"])), request_body = FieldValue, responses((status = 200, body = TaskView)))]
async fn put_field(
    State(server): State<Server>,
    caller: Signed<may::Belong>,
    Id(id): Id<TaskId>,
    Key(key): Key,
    Body(given): Body<FieldValue>,
) -> Answered<TaskView> {
    let task = mine(&server, &caller, id, true).await?;
    let (value, field) = super::custom_fields::fitting(&server, &caller, FieldSubject::Task, &key, &given.value).await?;
    let field = field.ok_or_else(Problem::not_found)?;
    let value = Some(field.typed(&value));
    set_attribute(&server, &caller, &task, key, value, noted("task.field_set", id, &*field.key)).await
}

#[utoipa::path(delete, path = "/tasks/{id}/fields/{key}", tag = "desk", security(("session" = ["task.take"])), responses((status = 200, body = TaskView)))]
async fn remove_field(State(server): State<Server>, caller: Signed<may::Belong>, Id(id): Id<TaskId>, Key(key): Key) -> Answered<TaskView> {
    let task = mine(&server, &caller, id, true).await?;
    super::custom_fields::may_go(&server, &caller, FieldSubject::Task, &key).await?;
    let known = server.engine().config(caller.ws).await?.fields.iter().any(|field| field.subject == FieldSubject::Task && field.key == key);
    if !known || (attributes(&task).get(&key).is_none() && !server.was_answered(&caller).await?) {
        return Err(Problem::not_found());
    }
    set_attribute(&server, &caller, &task, key.clone(), None, noted("task.field_removed", id, key)).await
}

/// What a task knows of itself; one whose text is no object has nothing.
fn attributes(task: &Task) -> Map<String, Value> {
    serde_json::from_str(&task.attributes).unwrap_or_default()
}

/// The one attribute: others are being written by others.
async fn set_attribute(
    server: &Server,
    caller: &Caller,
    task: &Task,
    name: String,
    value: Option<Value>,
    noted: Noted,
) -> Answered<TaskView> {
    run_noted(server, caller, task, "field", RouterCommand::SetAttribute { task_id: task.id, name, value }, noted).await
}
