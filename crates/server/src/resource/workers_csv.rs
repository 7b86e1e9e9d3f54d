//! All workers as CSV, out and in again. What a file would change is told before, and is done whole or not at all.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use model::{Noted, RouterCommand, Worker};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::agents::plan::{House, Plan, Planned, Refused, Sheet};
use crate::agents::sheet::{Column, Told, columns, guard};
use crate::change::noted;
use crate::problem::{Answered, words};
use crate::resource::workers::fresh_worker;
use crate::{Caller, Problem, Query, Server, Signed, may};

/// Lines named of those refused, and of those changed.
const NAMED: usize = 100;
const SHOWN: usize = 20;
/// So often a change of many is planned before it is refused: an agent who sets their activity meanwhile is in nobody's way. A refusal is
/// kept under the request's key and slot, so each try has its own.
const TRIES: [&str; 3] = ["workers", "workers-2", "workers-3"];

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(export, import)).layer(axum::extract::DefaultBodyLimit::disable())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Form {
    /// `comma` (usual) or `semicolon`, as programs for tables in many countries want it.
    #[param(value_type = Option<String>)]
    separator: Option<Separator>,
    /// Begin with a byte order mark, by which such programs know UTF-8.
    #[serde(default)]
    bom: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Separator {
    Comma,
    Semicolon,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct How {
    /// Tell what would change, and change nothing.
    #[serde(default)]
    dry_run: bool,
    /// Lines without an id make workers without a sign-in.
    #[serde(default)]
    create: bool,
}

/// A cell before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct CellChange {
    pub column: String,
    pub before: String,
    pub after: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LineChange {
    /// Counted from 1, the line of titles included.
    pub line: u64,
    pub name: String,
    pub new: bool,
    pub cells: Vec<CellChange>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LineRefused {
    pub line: u64,
    /// Null where it is the whole line.
    pub column: Option<String>,
    pub code: String,
    pub detail: String,
    pub mend: String,
}

/// What a file changes, or would.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    /// False for a dry run.
    pub applied: bool,
    pub lines: usize,
    pub changed: usize,
    pub new: usize,
    pub unchanged: usize,
    pub refused: usize,
    /// The first changed lines, at most 20.
    pub changes: Vec<LineChange>,
    /// The first refused lines, at most 100.
    pub refusals: Vec<LineRefused>,
}

/// Everything a file is judged against, in one read.
async fn house(server: &Server, ws: i64) -> Result<House, Problem> {
    let (workers, activities, channels) = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let workers = store::routing::workers(tx, ws).await?;
                Ok((workers, store::routing::activities(tx, ws).await?, store::routing::task_channels(tx, ws).await?))
            })
        })
        .await?;
    Ok(House {
        workers: workers.into_iter().map(|worker| (worker.id, worker)).collect(),
        activities: activities.into_iter().map(|activity| (activity.id, activity)).collect(),
        channels: channels.into_iter().map(|channel| channel.unique_name).collect(),
    })
}

/// All workers by name: who they are, what they are good at, how many tasks of each channel they take at once.
#[utoipa::path(get, path = "/workers.csv", tag = "workers", params(Form), security(("session" = ["worker.manage"])), responses((status = 200, body = String, content_type = "text/csv")))]
async fn export(State(server): State<Server>, caller: Signed<may::ManageWorkers>, Query(form): Query<Form>) -> Result<Response, Problem> {
    let house = house(&server, caller.ws).await?;
    let kinds = server.engine().connectors().iter().map(|connector| engine::task_channel_of(connector.kind()).to_owned());
    let known = kinds.filter(|channel| house.channels.contains(channel));
    let columns = columns(house.workers.values(), known);
    let text = write(&house, &columns, &form).map_err(anyhow::Error::from)?;
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"agents.csv\""));
    Ok(response)
}

fn write(house: &House, columns: &[Column], form: &Form) -> Result<Vec<u8>, csv::Error> {
    let mark: &[u8] = if form.bom { b"\xef\xbb\xbf" } else { b"" };
    let delimiter = if matches!(form.separator, Some(Separator::Semicolon)) { b';' } else { b',' };
    let mut out = csv::WriterBuilder::new().delimiter(delimiter).terminator(csv::Terminator::CRLF).from_writer(mark.to_vec());
    out.write_record(columns.iter().map(|column| guard(&column.title())))?;
    let mut workers: Vec<&Worker> = house.workers.values().collect();
    workers.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    for worker in workers {
        let told = Told::new(worker, &house.activities);
        out.write_record(columns.iter().map(|column| guard(&told.cell(column))))?;
    }
    Ok(out.into_inner().map_err(|error| error.into_error())?)
}

/// Changes workers as a file says, all its lines or none. The columns are those of the export; whatever has no column stays.
#[utoipa::path(post, path = "/workers.csv", tag = "workers", params(How), security(("session" = ["worker.manage"])), request_body(content = String, content_type = "text/csv"), responses((status = 200, body = Imported)))]
async fn import(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkers>,
    Query(how): Query<How>,
    headers: HeaderMap,
    body: Bytes,
) -> Answered<Imported> {
    let sheet = Sheet::read(&body)?;
    planned_anew(|slot| import_once(&server, &caller, &how, &headers, &sheet, slot)).await
}

/// Tries, each time in a slot of its own, until nothing changed between plan and change.
pub async fn planned_anew<T, F: Future<Output = Answered<T>>>(once: impl Fn(&'static str) -> F) -> Answered<T> {
    let mut done = Err(Problem::stale());
    for slot in TRIES {
        done = once(slot).await;
        if !done.as_ref().is_err_and(|problem| problem.code() == "stale_version") {
            break;
        }
    }
    done
}

async fn import_once(server: &Server, caller: &Caller, how: &How, headers: &HeaderMap, sheet: &Sheet, slot: &str) -> Answered<Imported> {
    let house = house(server, caller.ws).await?;
    let fresh = fresh_worker(server, caller, "", "{}".into()).await?;
    let new = |line: u64| how.create.then(|| Worker { id: caller.fresh(server, &format!("line {line}")), ..fresh.clone() });
    let plan = Plan::of(sheet, &house, new);
    if how.dry_run {
        return Ok(Json(told(&plan, sheet, &house, false, words::reader(headers))));
    }
    if let Some(first) = plan.refused.first() {
        return Err(refused(first, plan.refused.len()));
    }
    let said = told(&plan, sheet, &house, true, words::reader(headers));
    if !plan.planned.is_empty() {
        put(server, caller, slot, plan.planned, |detail| noted("worker.imported", caller.workspace.id, detail)).await?;
    }
    Ok(Json(said))
}

/// Writes all of them, with one row of the audit log that says how many.
pub async fn put(
    server: &Server,
    caller: &Caller,
    slot: &str,
    planned: Vec<Planned>,
    note: impl Fn(String) -> Noted,
) -> Result<(), Problem> {
    let new = planned.iter().filter(|one| one.before.is_none()).count();
    let detail = format!("{} changed, {new} new", planned.len() - new);
    let workers = planned.into_iter().map(|one| one.worker).collect();
    server.route_noted(caller, slot, RouterCommand::PutWorkers { workers }, note(detail)).await?;
    Ok(())
}

/// The first line that cannot be followed speaks for all; a dry run names the others.
fn refused(first: &Refused, count: usize) -> Problem {
    let detail = format!("{count} lines cannot be followed, the first is line {}: {}", first.line, first.problem.detail);
    let problem = Problem::invalid("/file", "csv_refused", detail).with("count", count as u64).with("line", first.line);
    problem.with("column", first.column.clone().unwrap_or_default())
}

fn told(plan: &Plan, sheet: &Sheet, house: &House, applied: bool, language: model::Language) -> Imported {
    let new = plan.new_workers();
    let refusals = plan.refused.iter().take(NAMED).map(|refused| {
        let mut problem = (*refused.problem).clone();
        words::say(&mut problem, language);
        let (code, detail) = (problem.code, problem.detail);
        LineRefused { line: refused.line, column: refused.column.clone(), code, detail, mend: problem.mend.unwrap_or_default() }
    });
    Imported {
        applied,
        lines: plan.lines,
        changed: plan.planned.len() - new,
        new,
        unchanged: plan.unchanged,
        refused: plan.refused.len(),
        changes: plan.planned.iter().take(SHOWN).map(|planned| changed(planned, &sheet.columns, house)).collect(),
        refusals: refusals.collect(),
    }
}

/// The cells that differ.
pub fn changed(planned: &Planned, columns: &[Column], house: &House) -> LineChange {
    let after = Told::new(&planned.worker, &house.activities);
    let before = planned.before.as_ref().map(|before| Told::new(before, &house.activities));
    let cell = |column: &Column| CellChange {
        column: column.title(),
        before: before.as_ref().map(|told| told.cell(column)).unwrap_or_default(),
        after: after.cell(column),
    };
    let cells = columns.iter().filter(|column| **column != Column::Id).map(cell).filter(|cell| cell.before != cell.after);
    LineChange { line: planned.line, name: planned.worker.name.clone(), new: planned.before.is_none(), cells: cells.collect() }
}
