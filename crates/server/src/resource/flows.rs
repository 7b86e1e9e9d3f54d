//! Flows: documents with revisions. A draft may be wrong; what is published is not.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{FieldProblem, FlowId, Workflow};
use serde::{Deserialize, Serialize};
use store::flow::{Flow, Revision};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::input::{Number, Version};
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::view::{by, time};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(validate))
        .routes(routes!(get, change, remove))
        .routes(routes!(publish))
        .routes(routes!(revision))
        .routes(routes!(refer))
}

/// Largest definition, in bytes.
const LONGEST: usize = 900 * 1024;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowProblemView {
    pub message: String,
    /// e.g. states/3/transitions/1/next
    pub path: String,
    pub code: String,
    /// The particulars of `message`, for translations.
    pub params: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowSummary {
    pub id: String,
    pub name: String,
    pub revision: i64,
    pub published_revision: Option<i64>,
    pub valid: bool,
    pub errors: Vec<FlowProblemView>,
    pub warnings: Vec<FlowProblemView>,
    pub version: i64,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RevisionView {
    pub revision: i64,
    /// draft or published.
    pub status: String,
    pub at: String,
    pub by: String,
    pub message: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReferenceView {
    /// workflow or channel.
    pub kind: String,
    pub given: String,
    /// What it stands for here; null while nobody said so.
    pub mapped: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowDetail {
    #[serde(flatten)]
    pub summary: FlowSummary,
    /// JSON text, kept exactly as posted.
    pub definition: String,
    pub revisions: Vec<RevisionView>,
    pub references: Vec<ReferenceView>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Verdict {
    pub valid: bool,
    pub errors: Vec<FlowProblemView>,
    pub warnings: Vec<FlowProblemView>,
}

#[derive(Serialize, ToSchema)]
struct DefinitionText {
    definition: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ToValidate {
    definition: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFlow {
    name: String,
    definition: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FlowChange {
    name: Option<String>,
    definition: Option<String>,
    /// What changed, for the list of revisions.
    message: Option<String>,
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Publication {
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Mapping {
    given: String,
    mapped: Option<String>,
}

fn problem_views(problems: Vec<flow::FlowProblem>) -> Vec<FlowProblemView> {
    problems.into_iter().map(|p| FlowProblemView { message: p.message, path: p.path, code: p.code, params: p.params }).collect()
}

fn judge(definition: &str) -> Verdict {
    match flow::parse(definition) {
        Err(problems) => Verdict { valid: false, errors: problem_views(problems), warnings: Vec::new() },
        Ok(parsed) => {
            let mut checked = flow::check(&parsed);
            flow::check_native(&parsed, &mut checked, |kind, message| match connectors::find(connectors::ALL, kind) {
                Some(connector) => connectors::native::check(connector, message),
                None => Err(FieldProblem::new("native", "unknown_channel", format!("there is no channel of the kind {kind}"))),
            });
            Verdict { valid: checked.errors.is_empty(), errors: problem_views(checked.errors), warnings: problem_views(checked.warnings) }
        }
    }
}

fn summary(flow: &Flow, definition: &str) -> FlowSummary {
    let verdict = judge(definition);
    FlowSummary {
        id: flow.id.to_string(),
        name: flow.name.clone(),
        revision: flow.revision,
        published_revision: flow.published_revision,
        valid: verdict.valid,
        errors: verdict.errors,
        warnings: verdict.warnings,
        version: flow.version,
    }
}

/// What a definition names that lives elsewhere, and what it stands for here: mapped by hand, or plain by its name or id.
fn references(definition: &str, held: &[(String, String, Option<String>)], workflows: &[Workflow]) -> Vec<ReferenceView> {
    let Ok(parsed) = flow::parse(definition) else { return Vec::new() };
    let mapped_by_hand =
        |kind: &str, given: &str| held.iter().find(|(k, g, _)| k == kind && g == given).and_then(|(_, _, mapped)| mapped.clone());
    let plain_workflow = |given: &str| {
        let named = workflows.iter().find(|workflow| workflow.id.to_string() == given || workflow.name.eq_ignore_ascii_case(given));
        named.map(|workflow| workflow.id.to_string())
    };
    let is_sid = |given: &str| given.len() == 34 && given.starts_with("TC");
    let views = flow::references(&parsed).into_iter().filter(|reference| !reference.is_template()).filter_map(|reference| {
        let (kind, plain) = match reference.kind {
            flow::ReferenceKind::Workflow => ("workflow", plain_workflow(&reference.given)),
            flow::ReferenceKind::Channel => ("channel", (!is_sid(&reference.given)).then(|| reference.given.clone())),
            // Sub-flows and functions are widgets of later times: their flows warn already.
            flow::ReferenceKind::Flow | flow::ReferenceKind::Function => return None,
        };
        Some(ReferenceView { mapped: mapped_by_hand(kind, &reference.given).or(plain), kind: kind.into(), given: reference.given })
    });
    views.collect()
}

async fn detail(tx: &mut db::Tx<'_>, ws: i64, id: FlowId) -> anyhow::Result<FlowDetail> {
    let row = store::flow::by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
    let revisions = store::flow::revisions(tx, ws, id).await?;
    let definition = revisions.iter().find(|r| r.revision == row.revision).map(|r| r.definition.clone()).unwrap_or_default();
    let held: Vec<_> = store::flow::references(tx, ws)
        .await?
        .into_iter()
        .filter(|(flow, ..)| *flow == id)
        .map(|(_, kind, given, mapped)| (kind, given, mapped))
        .collect();
    let workflows = store::routing::workflows(tx, ws).await?;
    let users: Vec<model::UserId> = revisions.iter().filter_map(|r| r.actor.parse().ok()).collect();
    let users = by(store::access::users_by_ids(tx, &users).await?, |user| user.id.to_string());
    Ok(FlowDetail {
        summary: summary(&row, &definition),
        references: references(&definition, &held, &workflows),
        revisions: revisions
            .into_iter()
            .map(|r| RevisionView {
                revision: r.revision,
                status: r.status,
                at: time(r.at),
                by: users.get(&r.actor).map_or(r.actor, |user| user.name.clone()),
                message: r.message,
            })
            .collect(),
        definition,
    })
}

async fn shown(server: &Server, caller: &Caller, id: FlowId) -> Answered<FlowDetail> {
    let ws = caller.ws;
    Ok(Json(server.engine().db().read(move |tx| Box::pin(async move { detail(tx, ws, id).await })).await?))
}

fn check_size(definition: &str) -> Result<(), Problem> {
    if definition.len() > LONGEST {
        return Err(Problem::invalid("/definition", "too_long", "The definition is too long").with("limit", LONGEST as u64));
    }
    // A draft may be incomplete, but it is a JSON document: anything else could not be edited again.
    match serde_json::from_str::<serde_json::Value>(definition) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        Ok(_) => Err(Problem::invalid("/definition", "bad_json", "A flow is a JSON object").what("object")),
        Err(error) => Err(Problem::invalid("/definition", "bad_json", "The definition is no valid JSON")
            .what("place")
            .with("line", error.line() as u64)
            .with("column", error.column() as u64)),
    }
}

async fn name_is_free(tx: &mut db::Tx<'_>, ws: i64, id: FlowId, name: &str) -> anyhow::Result<()> {
    let taken = store::flow::all(tx, ws).await?.iter().any(|flow| flow.id != id && flow.name.eq_ignore_ascii_case(name));
    if taken { Err(Problem::conflict("name_taken", "Another flow has this name").at("/name").into()) } else { Ok(()) }
}

#[utoipa::path(get, path = "/flows", tag = "flows", params(Paging), security(("session" = ["flow.manage"])), responses((status = 200, body = Page<FlowSummary>)))]
async fn list(State(server): State<Server>, caller: Signed<may::Belong>, Query(paging): Query<Paging>) -> Answered<Page<FlowSummary>> {
    // A channel account's form offers the flows.
    if !["flow.manage", "channel.manage"].iter().any(|permission| caller.rights.has(permission)) {
        return Err(Problem::not_found());
    }
    let ws = caller.ws;
    let page = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let (rows, next_cursor) = paging.cut(store::flow::all(tx, ws).await?, |flow| flow.id)?;
                let mut items = Vec::with_capacity(rows.len());
                for row in &rows {
                    let definition = store::flow::definition(tx, ws, row.id, row.revision).await?.unwrap_or_default();
                    items.push(summary(row, &definition));
                }
                Ok(Page { items, next_cursor })
            })
        })
        .await?;
    Ok(Json(page))
}

#[utoipa::path(get, path = "/flows/{id}", tag = "flows", security(("session" = ["flow.manage"])), responses((status = 200, body = FlowDetail)))]
async fn get(State(server): State<Server>, caller: Signed<may::ManageFlows>, Id(id): Id<FlowId>) -> Answered<FlowDetail> {
    shown(&server, &caller, id).await
}

/// Judges a definition without keeping it.
#[utoipa::path(post, path = "/flows/validate", tag = "flows", security(("session" = ["flow.manage"])), request_body = ToValidate, responses((status = 200, body = Verdict)))]
async fn validate(_: State<Server>, _: Signed<may::ManageFlows>, Body(asked): Body<ToValidate>) -> Answered<Verdict> {
    Ok(Json(judge(&asked.definition)))
}

#[utoipa::path(post, path = "/flows", tag = "flows", security(("session" = ["flow.manage"])), request_body = NewFlow, responses((status = 200, body = FlowDetail)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageFlows>, Body(new): Body<NewFlow>) -> Answered<FlowDetail> {
    let name = crate::input::name("/name", &new.name)?;
    check_size(&new.definition)?;
    let (ws, id, actor, now): (_, FlowId, _, _) = (caller.ws, caller.fresh(&server, "flow"), caller.actor.clone(), server.engine().now());
    server
        .change(&caller, move |tx, ledger| {
            let (name, definition, actor) = (name.clone(), new.definition.clone(), actor.clone());
            Box::pin(async move {
                name_is_free(tx, ws, id, &name).await?;
                let revision = Revision { revision: 1, status: "draft".into(), definition, message: String::new(), actor, at: now };
                store::flow::insert(tx, ws, id, &name, &revision).await?;
                ledger.audit("flow.created", id, "");
                ledger.settings("flows");
                Ok(id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

/// Renames, or saves a new draft revision.
#[utoipa::path(patch, path = "/flows/{id}", tag = "flows", security(("session" = ["flow.manage"])), request_body = FlowChange, responses((status = 200, body = FlowDetail)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageFlows>,
    Id(id): Id<FlowId>,
    Body(change): Body<FlowChange>,
) -> Answered<FlowDetail> {
    let name = change.name.map(|name| crate::input::name("/name", &name)).transpose()?;
    let message = crate::input::short("/message", change.message.as_deref().unwrap_or_default(), 200)?;
    if let Some(definition) = &change.definition {
        check_size(definition)?;
    }
    let (ws, actor, now, version, definition) = (caller.ws, caller.actor.clone(), server.engine().now(), change.version, change.definition);
    server
        .change(&caller, move |tx, ledger| {
            let (name, definition, message, actor) = (name.clone(), definition.clone(), message.clone(), actor.clone());
            Box::pin(async move {
                let mut row = store::flow::by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                row.version = version;
                if let Some(name) = name {
                    name_is_free(tx, ws, id, &name).await?;
                    row.name = name;
                }
                if definition.is_some() {
                    row.revision += 1;
                }
                if !store::flow::update(tx, ws, &row).await? {
                    return Err(Problem::stale().into());
                }
                if let Some(definition) = definition {
                    let revision = Revision { revision: row.revision, status: "draft".into(), definition, message, actor, at: now };
                    store::flow::insert_revision(tx, ws, id, &revision).await?;
                }
                ledger.audit("flow.changed", id, format!("revision {}", row.revision));
                ledger.settings("flows");
                Ok(id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

/// Makes the newest revision the one that runs. Conversations under way go on with theirs.
#[utoipa::path(post, path = "/flows/{id}/publish", tag = "flows", security(("session" = ["flow.manage"])), request_body = Publication, responses((status = 200, body = FlowDetail)))]
async fn publish(
    State(server): State<Server>,
    caller: Signed<may::ManageFlows>,
    Id(id): Id<FlowId>,
    Body(asked): Body<Publication>,
) -> Answered<FlowDetail> {
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            Box::pin(async move {
                let mut row = store::flow::by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                let definition = store::flow::definition(tx, ws, id, row.revision).await?.unwrap_or_default();
                if let Some(first) = judge(&definition).errors.first() {
                    let code = if first.code == "unknown_next" { "unknown_widget" } else { "flow_invalid" };
                    let problem = Problem::invalid(&format!("/definition/{}", first.path), code, first.message.clone());
                    let problem = problem.with("problem", first.code.clone()).with("path", first.path.clone());
                    let params = first.params.iter();
                    return Err(params.fold(problem, |problem, (key, value)| problem.with(key, value.clone())).into());
                }
                row.version = asked.version;
                row.published_revision = Some(row.revision);
                if !store::flow::update(tx, ws, &row).await? {
                    return Err(Problem::stale().into());
                }
                store::flow::mark_published(tx, ws, id, row.revision).await?;
                ledger.audit("flow.published", id, format!("revision {}", row.revision));
                ledger.settings("flows");
                Ok(id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

#[utoipa::path(get, path = "/flows/{id}/revisions/{n}", tag = "flows", security(("session" = ["flow.manage"])), responses((status = 200, body = DefinitionText)))]
async fn revision(
    State(server): State<Server>,
    caller: Signed<may::ManageFlows>,
    Id(id): Id<FlowId>,
    Number(no): Number,
) -> Answered<DefinitionText> {
    let ws = caller.ws;
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::flow::definition(tx, ws, id, no).await })).await?;
    found.map(|definition| Json(DefinitionText { definition })).ok_or_else(Problem::not_found)
}

/// Says what a reference of the flow stands for here.
#[utoipa::path(put, path = "/flows/{id}/reference", tag = "flows", security(("session" = ["flow.manage"])), request_body = Mapping, responses((status = 200, body = FlowDetail)))]
async fn refer(
    State(server): State<Server>,
    caller: Signed<may::ManageFlows>,
    Id(id): Id<FlowId>,
    Body(mapping): Body<Mapping>,
) -> Answered<FlowDetail> {
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            let (given, mapped) = (mapping.given.clone(), mapping.mapped.clone().filter(|text| !text.is_empty()));
            Box::pin(async move {
                let flow = detail(tx, ws, id).await?;
                let Some(reference) = flow.references.iter().find(|reference| reference.given == given) else {
                    return Err(Problem::invalid("/given", "unknown_reference", "The flow names nothing of that kind").into());
                };
                if let Some(mapped) = &mapped
                    && reference.kind == "workflow"
                    && store::routing::workflows(tx, ws).await?.iter().all(|workflow| workflow.id.to_string() != *mapped)
                {
                    return Err(Problem::invalid("/mapped", "unknown_workflow", "There is no such workflow").into());
                }
                store::flow::put_reference(tx, ws, id, &reference.kind, &given, mapped).await?;
                ledger.audit("flow.reference_mapped", id, given);
                ledger.settings("flows");
                Ok(id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

/// Deletes a flow that never ran and that no channel account starts.
#[utoipa::path(delete, path = "/flows/{id}", tag = "flows", params(Version), security(("session" = ["flow.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageFlows>,
    Id(id): Id<FlowId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            Box::pin(async move {
                let held = store::flow::by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                let started = store::channel::all(tx, ws).await?.iter().any(|stored| stored.account.flow_id == Some(id));
                if started || store::flow::has_executions(tx, ws, id).await? {
                    return Err(Problem::conflict("in_use", "The flow has run, or a channel account starts it").what("flow").into());
                }
                if !store::flow::delete(tx, ws, id, asked.version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("flow.deleted", id, held.name);
                ledger.settings("flows");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
