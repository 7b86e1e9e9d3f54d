//! Events: what happened in routing, for 30 days, the newest first.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use engine::{Fields, event_resource, said};
use model::{EventId, RoutingEvent, RoutingEventKind, Timestamp};
use serde_json::{Map, Value, json};
use server::{Server, may};
use store::routing_event::Wanted;
use uuid::Uuid;

use super::cumulative::window;
use super::{Shown, read};
use crate::asked::{Asked, Sid};
use crate::date::iso;
use crate::form::{Form, Query};
use crate::page::{Edge, Paging};
use crate::place::Place;
use crate::refused::{Answered, Refused};

pub fn routes() -> Router<Server> {
    Router::new().route("/Workspaces/{ws}/Events", get(list)).route("/Workspaces/{ws}/Events/{sid}", get(fetch))
}

fn resource_url(place: &Place, event: &RoutingEvent, sid: &str) -> String {
    let kind = match event_resource(event.kind) {
        "task" => "Tasks",
        "worker" => "Workers",
        "activity" => "Activities",
        "task-channel" => "TaskChannels",
        "task-queue" => "TaskQueues",
        "workflow" => "Workflows",
        "reservation" => {
            let task = event.task_id.map_or(String::new(), |id| id.to_string());
            return place.url(format_args!("Tasks/{task}/Reservations/{sid}"));
        }
        _ => return place.home(),
    };
    place.url(format_args!("{kind}/{sid}"))
}

fn view(place: &Place, event: &RoutingEvent, fields: Fields) -> Value {
    let said = |name: &str| fields.iter().find(|(held, _)| held == name).map_or("", |(_, value)| value.as_str());
    let subject = said("resource_sid");
    let mut view = json!({
        "account_sid": place.account,
        "actor_sid": place.workspace,
        "actor_type": "workspace",
        "actor_url": place.home(),
        "description": said("event_description"),
        "event_date": iso(event.at),
        "event_date_ms": event.at.micros() / 1_000,
        "event_type": event.kind.code(),
        "resource_sid": subject,
        "resource_type": event_resource(event.kind),
        "resource_url": resource_url(place, event, subject),
        "sid": event.id(),
        "source": "taskrouter",
        "source_ip_address": null,
        "url": place.url(format_args!("Events/{}", event.id())),
        "workspace_sid": place.workspace,
    });
    view["event_data"] = fields.into_iter().map(|(name, value)| (name, value.into())).collect::<Map<_, _>>().into();
    view
}

/// The id right behind this one.
fn after(id: EventId) -> EventId {
    EventId(Uuid::from_u128(id.0.as_u128().saturating_add(1)))
}

/// Takes what is filtered by, before the edge of a page.
async fn wanted(server: &Server, asked: &Asked<may::ReadBoard>, query: &mut Form) -> Answered<Wanted> {
    let (from, until) = window(server, query)?;
    let kind = query.text("EventType")?.filter(|text| !text.is_empty());
    let kind = kind.map(|code| RoutingEventKind::parse(&code).ok_or_else(|| Refused::invalid("EventType", "there is no such event")));
    let channel = super::task_channels::filter(server, asked, query).await?;
    let mut wanted = Wanted {
        from: RoutingEvent::first_id(from),
        // Both ends belong to the window.
        until: RoutingEvent::first_id(Timestamp::from_micros(until.micros() + 1)),
        kind: kind.transpose()?,
        task: query.sid("TaskSid")?,
        reservation: query.sid("ReservationSid")?,
        worker: query.sid("WorkerSid")?,
        queue: query.sid("TaskQueueSid")?,
        workflow: query.sid("WorkflowSid")?,
        channel,
    };
    if let Some(one) = query.sid::<EventId>("Sid")? {
        (wanted.from, wanted.until) = (wanted.from.max(one), wanted.until.min(after(one)));
    }
    Ok(wanted)
}

async fn list(State(server): State<Server>, asked: Asked<may::ReadBoard>, Query(mut query): Query) -> Answered<Json<Value>> {
    let paging = Paging::read(&mut query)?;
    let mut wanted = wanted(&server, &asked, &mut query).await?;
    query.end()?;
    let edge = |key: &str| key.parse::<EventId>().map_err(|_| Refused::invalid("PageToken", "that token is none of ours"));
    let back = match &paging.edge {
        Edge::Start => false,
        Edge::After(key) => {
            wanted.until = wanted.until.min(edge(key)?);
            false
        }
        Edge::Before(key) => {
            wanted.from = wanted.from.max(after(edge(key)?));
            true
        }
    };
    let (ws, place, size) = (asked.ws, asked.place.clone(), paging.size);
    let (views, first, last, more) = read(&server, move |tx| {
        let (wanted, place) = (wanted.clone(), place.clone());
        Box::pin(async move {
            let mut events = store::routing_event::list(tx, ws, &wanted, !back, size as i64 + 1).await?;
            let more = events.len() > size;
            events.truncate(size);
            if back {
                events.reverse();
            }
            let fields = said(tx, ws, &events).await?;
            let views: Vec<Value> = events.iter().zip(fields).map(|(event, fields)| view(&place, event, fields)).collect();
            let key = |event: &RoutingEvent| event.id().to_string();
            Ok((views, events.first().map(key), events.last().map(key), more))
        })
    })
    .await?;
    let before = first.filter(|_| if back { more } else { paging.edge != Edge::Start });
    let after = last.filter(|_| back || more);
    Ok(paging.envelope(&asked.place.url("Events"), "events", views, (before, after)))
}

async fn fetch(State(server): State<Server>, asked: Asked<may::ReadBoard>, Sid(id): Sid<EventId>) -> Answered<Shown> {
    let (ws, place) = (asked.ws, asked.place.clone());
    let found = read(&server, move |tx| {
        let place = place.clone();
        Box::pin(async move {
            let Some(event) = store::routing_event::by_id(tx, ws, id).await? else { return Ok(None) };
            let fields = said(tx, ws, std::slice::from_ref(&event)).await?.pop();
            Ok(fields.map(|fields| view(&place, &event, fields)))
        })
    })
    .await?;
    found.map(Shown::marked).ok_or_else(Refused::not_found)
}
