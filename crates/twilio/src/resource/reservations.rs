//! Reservations, seen from their task and from their worker.

use std::collections::BTreeMap;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use model::{ActivityId, Id, Reservation, ReservationId, ReservationStatus, RouterCommand, TaskId, Timestamp, WorkerId};
use serde_json::{Value, json};
use server::{Caller, Server, may};
use store::taskrouter::Edge as RowEdge;

use super::{Shown, read, tasks};
use crate::asked::{Asked, Sid, Sub};
use crate::date::{born, iso};
use crate::facts::document;
use crate::form::{Body, Form, Query};
use crate::page::{Cut, Edge, Paging};
use crate::place::Place;
use crate::refused::{Answered, INVALID, Refused};

pub fn routes() -> Router<Server> {
    Router::new()
        .route("/Workspaces/{ws}/Tasks/{sid}/Reservations", get(list_of_task))
        .route("/Workspaces/{ws}/Tasks/{sid}/Reservations/{sub}", get(fetch_of_task).post(update_of_task))
        .route("/Workspaces/{ws}/Workers/{sid}/Reservations", get(list_of_worker))
        .route("/Workspaces/{ws}/Workers/{sid}/Reservations/{sub}", get(fetch_of_worker).post(update_of_worker))
}

/// A rejection that names an activity which is not there.
const REJECT_ACTIVITY: u32 = 40100;

/// From which side a reservation is looked at.
#[derive(Debug, Clone, Copy)]
enum Side {
    Task(TaskId),
    Worker(WorkerId),
}

impl Side {
    fn url(self, place: &Place) -> String {
        match self {
            Self::Task(id) => place.url(format_args!("Tasks/{id}/Reservations")),
            Self::Worker(id) => place.url(format_args!("Workers/{id}/Reservations")),
        }
    }

    /// A reservation below its task or worker, which must be there itself.
    async fn one(self, server: &Server, caller: &Caller, id: ReservationId) -> Answered<Reservation> {
        let ws = caller.ws;
        let found = match self {
            Self::Task(task) => {
                tasks::one(server, caller, task).await?;
                let found = read(server, move |tx| Box::pin(async move { store::routing::reservation(tx, ws, id).await })).await?;
                found.filter(|reservation| reservation.task_id == task)
            }
            Self::Worker(worker) => {
                super::workers::one(server, caller, worker).await?;
                read(server, move |tx| Box::pin(async move { store::taskrouter::reservation_of_worker(tx, ws, worker, id).await })).await?
            }
        };
        found.ok_or_else(Refused::not_found)
    }
}

fn updated(reservation: &Reservation) -> Timestamp {
    let known = [Some(reservation.created_at), reservation.accepted_at, reservation.ended_at];
    known.into_iter().flatten().max().unwrap_or(reservation.created_at)
}

fn etag(reservation: &Reservation) -> String {
    format!("\"{}-{}\"", reservation.status.code(), updated(reservation).micros())
}

fn view(place: &Place, side: Side, reservation: &Reservation, names: &BTreeMap<WorkerId, String>) -> Value {
    json!({
        "account_sid": place.account,
        "date_created": iso(born(reservation.id, reservation.created_at)),
        "date_updated": iso(updated(reservation)),
        "reservation_status": reservation.status,
        "sid": reservation.id,
        "task_sid": reservation.task_id,
        "worker_name": names.get(&reservation.worker_id),
        "worker_sid": reservation.worker_id,
        "workspace_sid": place.workspace,
        "url": format!("{}/{}", side.url(place), reservation.id),
        "links": {
            "task": place.url(format_args!("Tasks/{}", reservation.task_id)),
            "worker": place.url(format_args!("Workers/{}", reservation.worker_id)),
            "workspace": place.home(),
        },
    })
}

async fn names(server: &Server, caller: &Caller, rows: &[Reservation]) -> Answered<BTreeMap<WorkerId, String>> {
    let (ws, mut ids) = (caller.ws, rows.iter().map(|row| row.worker_id).collect::<Vec<_>>());
    ids.sort();
    ids.dedup();
    read(server, move |tx| Box::pin(async move { store::listing::worker_names(tx, ws, &ids).await })).await
}

async fn shown<P>(server: &Server, asked: &Asked<P>, side: Side, id: ReservationId) -> Answered<Shown> {
    let row = side.one(server, asked, id).await?;
    let names = names(server, asked, std::slice::from_ref(&row)).await?;
    Ok(Shown::tagged(view(&asked.place, side, &row, &names), etag(&row)))
}

fn status(query: &mut Form) -> Answered<Option<ReservationStatus>> {
    let text = query.text("ReservationStatus")?.filter(|text| !text.is_empty());
    let parse = |text: String| {
        ReservationStatus::parse(&text).ok_or_else(|| Refused::invalid("ReservationStatus", format!("there is no status {text}")))
    };
    text.map(parse).transpose()
}

async fn answer<P>(server: &Server, asked: &Asked<P>, side: Side, paging: &Paging, cut: Cut<Reservation>) -> Answered<Json<Value>> {
    let names = names(server, asked, &cut.rows).await?;
    let views = cut.rows.iter().map(|row| view(&asked.place, side, row, &names)).collect();
    Ok(paging.envelope(&side.url(&asked.place), "reservations", views, (cut.before, cut.after)))
}

async fn list_of_task(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(task): Sid<TaskId>,
    Query(mut query): Query,
) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let (status, worker) = (status(&mut query)?, query.sid::<WorkerId>("WorkerSid")?);
    query.end()?;
    tasks::one(&server, &asked, task).await?;
    let ws = asked.ws;
    let rows = read(&server, move |tx| Box::pin(async move { store::routing::reservations_of(tx, ws, task).await })).await?.into_iter();
    let rows = rows.filter(|row| status.is_none_or(|wanted| row.status == wanted) && worker.is_none_or(|wanted| row.worker_id == wanted));
    let cut = paging.cut(rows.map(|row| (format!("{:020}.{}", row.created_at.micros(), row.id), row)).collect(), false);
    answer(&server, &asked, Side::Task(task), &paging, cut).await
}

async fn list_of_worker(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(worker): Sid<WorkerId>,
    Query(mut query): Query,
) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let status = status(&mut query)?;
    query.end()?;
    super::workers::one(&server, &asked, worker).await?;
    let bad = || Refused::invalid("PageToken", "that token is none of ours");
    let (edge, before) = match &paging.edge {
        Edge::Start => (RowEdge::FIRST, false),
        Edge::After(key) => (row_edge(key).ok_or_else(bad)?, false),
        Edge::Before(key) => (row_edge(key).ok_or_else(bad)?, true),
    };
    let (ws, limit, code) = (asked.ws, paging.size as i64 + 1, status.map(ReservationStatus::code));
    let mut rows = read(&server, move |tx| {
        Box::pin(async move { store::taskrouter::reservations_of_worker(tx, ws, worker, code, edge, before, limit).await })
    })
    .await?;
    let more = rows.len() > paging.size;
    rows.truncate(paging.size);
    if before {
        rows.reverse();
    }
    let edged = paging.edge != Edge::Start;
    let (lower, upper) = if before { (more, edged) } else { (edged, more) };
    let key = |row: Option<&Reservation>| row.map(|row| format!("{}.{}", row.created_at.micros(), row.id));
    let (first, last) = (key(rows.first()).filter(|_| lower), key(rows.last()).filter(|_| upper));
    answer(&server, &asked, Side::Worker(worker), &paging, Cut { rows, before: first, after: last }).await
}

fn row_edge(key: &str) -> Option<RowEdge> {
    let (at, id) = key.split_once('.')?;
    Some(RowEdge { at: Timestamp::from_micros(at.parse().ok()?), id: id.parse::<ReservationId>().ok()?.uuid() })
}

async fn fetch_of_task(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(task): Sid<TaskId>,
    Sub(id): Sub<ReservationId>,
) -> Answered<Shown> {
    shown(&server, &asked, Side::Task(task), id).await
}

async fn fetch_of_worker(
    State(server): State<Server>,
    asked: Asked<may::ReadBoard>,
    Sid(worker): Sid<WorkerId>,
    Sub(id): Sub<ReservationId>,
) -> Answered<Shown> {
    shown(&server, &asked, Side::Worker(worker), id).await
}

async fn update_of_task(
    State(server): State<Server>,
    asked: Asked<may::ReassignTasks>,
    Sid(task): Sid<TaskId>,
    Sub(id): Sub<ReservationId>,
    Body(form): Body,
) -> Answered<Shown> {
    update(&server, &asked, Side::Task(task), id, form).await
}

async fn update_of_worker(
    State(server): State<Server>,
    asked: Asked<may::ReassignTasks>,
    Sid(worker): Sid<WorkerId>,
    Sub(id): Sub<ReservationId>,
    Body(form): Body,
) -> Answered<Shown> {
    update(&server, &asked, Side::Worker(worker), id, form).await
}

/// What an update asks of a reservation.
enum Wish {
    Accept,
    Reject(Option<ActivityId>),
    Wrap,
    Complete,
    /// An instruction of voice, which no task has a call for, with what it says.
    Voice(&'static Voice, Form),
}

/// An instruction of Twilio's that moves a call.
struct Voice {
    name: &'static str,
    /// Said of a reservation that does not stand as the instruction needs it.
    misplaced: u32,
    /// Said where there is no call.
    callless: u32,
    why: &'static str,
}

const VOICE: &[Voice] = &[
    Voice { name: "dequeue", misplaced: 40135, callless: 40140, why: "the task has no call to dequeue" },
    Voice { name: "call", misplaced: 40114, callless: 40110, why: "this server cannot call the worker" },
    Voice { name: "redirect", misplaced: 40123, callless: REDIRECT_CALL, why: "there is no such call to redirect" },
    Voice { name: "conference", misplaced: 40144, callless: 40142, why: "the task has no call to bring into a conference" },
    Voice { name: SUPERVISE, misplaced: 40146, callless: INVALID, why: "there is no call to supervise" },
];

const SUPERVISE: &str = "supervise";
const REDIRECT_URL: u32 = 40120;
const REDIRECT_CALL: u32 = 40121;
const SUPERVISOR_CONTACT: u32 = 40147;

impl Voice {
    fn refuse(&self, code: u32, why: impl std::fmt::Display) -> Refused {
        Refused::bad(code, format!("The instruction {} cannot be followed: {why}", self.name))
    }

    /// Why it cannot be followed: for what it says wrong, in the end because there is no call.
    async fn refused(&self, server: &Server, caller: &Caller, held: &Reservation, mut form: Form) -> Refused {
        let wanted = if self.name == SUPERVISE { ReservationStatus::Accepted } else { ReservationStatus::Pending };
        if held.status != wanted {
            return self.refuse(self.misplaced, format_args!("the reservation is {}, not {}", held.status.code(), wanted.code()));
        }
        let said = match self.name {
            "redirect" => self.check_redirect(&mut form),
            SUPERVISE => self.check_supervisor(server, caller, &mut form).await,
            _ => Ok(()),
        };
        said.err().unwrap_or_else(|| self.refuse(self.callless, self.why))
    }

    fn check_redirect(&self, form: &mut Form) -> Answered<()> {
        let url = form.text("RedirectUrl")?.unwrap_or_default();
        if url.starts_with("https://") || url.starts_with("http://") {
            return Ok(());
        }
        Err(self.refuse(REDIRECT_URL, "RedirectUrl is no address"))
    }

    async fn check_supervisor(&self, server: &Server, caller: &Caller, form: &mut Form) -> Answered<()> {
        if !matches!(form.needed("SupervisorMode")?.as_str(), "monitor" | "whisper" | "barge") {
            return Err(Refused::invalid("SupervisorMode", "monitor, whisper or barge"));
        }
        let id: WorkerId = form.needed("Supervisor")?.parse().map_err(|_| Refused::invalid("Supervisor", "this is no SID of a worker"))?;
        let worker = super::workers::one(server, caller, id).await?;
        let contact = document(&worker.attributes)["contact_uri"].as_str().is_some_and(|uri| !uri.is_empty());
        if contact { Ok(()) } else { Err(self.refuse(SUPERVISOR_CONTACT, format_args!("{id} has no contact_uri"))) }
    }
}

/// What belongs to an instruction of voice, by the beginning of its name.
const OF_VOICE: &[&str] = &[
    "Dequeue",
    "Call",
    "Redirect",
    "To",
    "From",
    "StatusCallback",
    "Timeout",
    "Record",
    "Muted",
    "Beep",
    "StartConferenceOnEnter",
    "EndConferenceOn",
    "Wait",
    "EarlyMedia",
    "MaxParticipants",
    "Conference",
    "Region",
    "SipAuth",
    "PostWorkActivitySid",
    "Supervisor",
    "JitterBufferSize",
];

impl Wish {
    fn read(mut form: Form) -> Answered<Self> {
        let (status, instruction) = (form.text("ReservationStatus")?, form.text("Instruction")?);
        let activity = form.text("WorkerActivitySid")?.filter(|text| !text.is_empty());
        let activity = activity.map(|text| text.parse().map_err(|_| no_activity(&text))).transpose()?;
        let wish = match (status.as_deref().filter(|text| !text.is_empty()), instruction.as_deref().filter(|text| !text.is_empty())) {
            (Some(_), Some(_)) => return Err(Refused::invalid("Instruction", "say either ReservationStatus or Instruction")),
            (Some("accepted"), None) | (None, Some("accept")) => Self::Accept,
            (Some("rejected"), None) | (None, Some("reject")) => Self::Reject(activity),
            (Some("wrapping"), None) => Self::Wrap,
            (Some("completed"), None) => Self::Complete,
            (Some(other), None) => {
                return Err(Refused::invalid("ReservationStatus", format!("a reservation cannot be made {other}")));
            }
            (None, Some(name)) => {
                let voice = VOICE.iter().find(|known| known.name == name);
                let voice = voice.ok_or_else(|| Refused::invalid("Instruction", format!("there is no instruction {name}")))?;
                return Ok(Self::Voice(voice, form));
            }
            (None, None) => return Err(Refused::invalid("ReservationStatus", "say what becomes of the reservation")),
        };
        if let Some((name, _)) = form.pairs().iter().find(|(name, _)| OF_VOICE.iter().any(|voice| name.starts_with(voice))) {
            return Err(Refused::invalid(name, "it belongs to another Instruction"));
        }
        form.end()?;
        Ok(wish)
    }
}

fn no_activity(id: impl std::fmt::Display) -> Refused {
    Refused::bad(REJECT_ACTIVITY, format!("Invalid WorkerActivitySid: there is no activity {id}"))
}

async fn update<P>(server: &Server, asked: &Asked<P>, side: Side, id: ReservationId, form: Form) -> Answered<Shown> {
    let wish = Wish::read(form)?;
    let held = side.one(server, asked, id).await?;
    asked.check_match(&etag(&held))?;
    let pending = held.status == ReservationStatus::Pending;
    let wrong = |into: &str| Refused::bad(INVALID, format!("The reservation is {} and cannot become {into}", held.status.code()));
    match wish {
        Wish::Accept | Wish::Reject(_) if !pending => {
            return Err(wrong(if matches!(wish, Wish::Accept) { "accepted" } else { "rejected" }));
        }
        Wish::Accept => {
            server.route(asked, "accept", RouterCommand::Accept { reservation_id: id }).await?;
        }
        Wish::Reject(activity_id) => {
            let done = server.route(asked, "reject", RouterCommand::Reject { reservation_id: id, activity_id }).await;
            done.map_err(|problem| match (problem.field.as_deref(), activity_id) {
                (Some("/activity_id"), Some(id)) => no_activity(id),
                _ => problem.into(),
            })?;
        }
        Wish::Wrap if held.status == ReservationStatus::Accepted => {
            server.route(asked, "wrap", RouterCommand::Wrap { task_id: held.task_id }).await?;
        }
        Wish::Complete if matches!(held.status, ReservationStatus::Accepted | ReservationStatus::Wrapping) => {
            server.route(asked, "complete", RouterCommand::Complete { task_id: held.task_id, disposition: None, note: None }).await?;
        }
        Wish::Wrap => return Err(wrong("wrapping")),
        Wish::Complete => return Err(wrong("completed")),
        Wish::Voice(voice, form) => return Err(voice.refused(server, asked, &held, form).await),
    }
    shown(server, asked, side, id).await
}
