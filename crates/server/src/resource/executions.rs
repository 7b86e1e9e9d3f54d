//! Runs of flows and their step log.

use axum::Json;
use axum::extract::State;
use model::{ConversationId, ExecutionId, ExecutionState, FlowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::page::{Items, Page, cursor, limit, read_cursor};
use crate::problem::Answered;
use crate::view::{Lens, by, maybe, time};
use crate::{Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(steps))
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExecutionView {
    pub id: String,
    pub flow_id: String,
    pub revision: i64,
    /// active or ended.
    pub status: String,
    pub conversation_id: String,
    pub contact: String,
    pub started_at: String,
    pub ended_at: Option<String>,
    pub steps: i64,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepWarning {
    pub code: i64,
    pub message: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepView {
    pub no: i64,
    pub widget: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub event: Option<String>,
    pub next: Option<String>,
    pub at: String,
    pub warnings: Vec<StepWarning>,
    /// What the widget put into the context.
    #[schema(value_type = Object)]
    pub context: Value,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[param(value_type = Option<String>)]
    flow: Option<FlowId>,
    #[param(value_type = Option<String>)]
    conversation: Option<ConversationId>,
    /// active or ended.
    status: Option<String>,
    cursor: Option<String>,
    limit: Option<usize>,
}

#[utoipa::path(get, path = "/executions", tag = "flows", params(Wanted), security(("session" = ["flow.manage"])), responses((status = 200, body = Page<ExecutionView>)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::ManageFlows>,
    Query(wanted): Query<Wanted>,
) -> Answered<Page<ExecutionView>> {
    let after = wanted.cursor.as_deref().map(read_cursor).transpose()?;
    let (ws, lens, limit) = (caller.ws, Lens::of(&server, &caller).await?, limit(wanted.limit));
    let page = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let mut rows =
                    store::listing::executions(tx, ws, wanted.flow, wanted.conversation, wanted.status, after, limit as i64 + 1).await?;
                let more = rows.len() > limit;
                rows.truncate(limit);
                let ids: Vec<_> = rows.iter().map(|run| run.conversation_id).collect();
                let conversations = by(store::conversation::by_ids(tx, ws, &ids).await?, |c| c.id);
                let contacts: Vec<_> = conversations.values().map(|c| c.contact_id).collect();
                let people = lens.people(tx, &contacts).await?;
                let next_cursor = rows.last().filter(|_| more).map(|run| cursor(run.started_at, run.id.0));
                let items = rows.iter().map(|run| ExecutionView {
                    id: run.id.to_string(),
                    flow_id: run.flow_id.to_string(),
                    revision: run.revision,
                    status: if run.state == ExecutionState::Active { "active" } else { "ended" }.into(),
                    conversation_id: run.conversation_id.to_string(),
                    contact: conversations.get(&run.conversation_id).map(|c| people.summary(c.contact_id, None).name).unwrap_or_default(),
                    started_at: time(run.started_at),
                    ended_at: maybe(run.ended_at),
                    steps: run.step_no,
                });
                Ok(Page { items: items.collect(), next_cursor })
            })
        })
        .await?;
    Ok(Json(page))
}

#[utoipa::path(get, path = "/executions/{id}/steps", tag = "flows", security(("session" = ["flow.manage"])), responses((status = 200, body = Items<StepView>)))]
async fn steps(State(server): State<Server>, caller: Signed<may::ManageFlows>, Id(id): Id<ExecutionId>) -> Answered<Items<StepView>> {
    let ws = caller.ws;
    let rows = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                store::flow::execution(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                store::flow::steps(tx, ws, id).await
            })
        })
        .await?;
    let items = rows.into_iter().map(|step| StepView {
        no: step.no,
        widget: step.widget,
        kind: step.kind,
        event: step.event,
        next: step.next,
        at: time(step.at),
        warnings: step.warnings.into_iter().map(|(code, message)| StepWarning { code, message }).collect(),
        context: step.output,
    });
    Ok(Json(Items { items: items.collect() }))
}
