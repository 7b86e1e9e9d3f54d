//! Events as desks read them: each carries the whole new view of what changed, made once for everybody who hears it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use axum::extract::ws::Utf8Bytes;
use db::Tx;
use engine::Signal;
use model::{ConversationId, Event, EventKind, Id, Message, WorkerId};
use serde::Serialize;
use serde_json::{Value, json};

use crate::view::{AuthorView, Lens, WorkerView};

/// One event, ready to be sent.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub seq: i64,
    pub text: Utf8Bytes,
    /// For those who are not the worker in question: their skills are nobody's business.
    pub reduced: Option<(WorkerId, Utf8Bytes)>,
    /// A customer's message: its conversation and number there, for the desk's acknowledgement.
    pub said: Option<(ConversationId, i64)>,
}

impl Rendered {
    pub fn text_for(&self, all: bool, worker: Option<WorkerId>) -> Utf8Bytes {
        match &self.reduced {
            Some((about, reduced)) if !all && worker != Some(*about) => reduced.clone(),
            _ => self.text.clone(),
        }
    }
}

#[derive(Serialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    seq: i64,
    at: String,
    event: &'a Value,
}

fn frame(event: &Event, body: &Value) -> Utf8Bytes {
    let frame = Frame { kind: "event", seq: event.seq, at: event.at.rfc3339(), event: body };
    serde_json::to_string(&frame).unwrap_or_default().into()
}

/// The rows that a batch of events needs, as views by id.
struct Views {
    conversations: BTreeMap<String, Value>,
    reservations: BTreeMap<String, Value>,
    tasks: BTreeMap<String, Value>,
    workers: BTreeMap<String, WorkerView>,
}

/// In the order given; an event whose subject is gone is left out.
pub async fn render(tx: &mut Tx<'_>, lens: &Lens, events: &[Event]) -> Result<Vec<Rendered>> {
    let views = load(tx, lens, events).await?;
    Ok(events.iter().filter_map(|event| rendered(lens, &views, event)).collect())
}

fn wanted<I: Id>(events: &[Event], kinds: &[EventKind], id: impl Fn(&Event) -> Option<I>) -> Vec<I> {
    let ids: BTreeSet<I> = events.iter().filter(|event| kinds.contains(&event.kind)).filter_map(id).collect();
    ids.into_iter().collect()
}

async fn load(tx: &mut Tx<'_>, lens: &Lens, events: &[Event]) -> Result<Views> {
    let ws = lens.ws;
    let conversations = wanted(events, &[EventKind::ConversationUpdated], |event| event.conversation_id);
    let conversations = match conversations.as_slice() {
        [] => Vec::new(),
        ids => store::conversation::by_ids(tx, ws, ids).await?,
    };
    let mut reservations = Vec::new();
    for id in wanted(events, &[EventKind::ReservationCreated, EventKind::ReservationUpdated], |event| event.reservation_id) {
        reservations.extend(store::routing::reservation(tx, ws, id).await?);
    }
    let tasks = match wanted(events, &[EventKind::TaskUpdated], |event| event.task_id).as_slice() {
        [] => Vec::new(),
        ids => store::routing::tasks(tx, ws, ids).await?,
    };
    let mut workers = Vec::new();
    for id in wanted(events, &[EventKind::WorkerUpdated], |event| event.worker_id) {
        workers.extend(store::routing::worker(tx, ws, id).await?);
    }
    let value = |view: Result<Value, serde_json::Error>| view.unwrap_or_default();
    Ok(Views {
        conversations: lens
            .conversations(tx, &conversations)
            .await?
            .into_iter()
            .map(|v| (v.id.clone(), value(serde_json::to_value(v))))
            .collect(),
        reservations: lens
            .reservations(tx, &reservations)
            .await?
            .into_iter()
            .map(|v| (v.id.clone(), value(serde_json::to_value(v))))
            .collect(),
        tasks: lens.tasks(tx, &tasks).await?.into_iter().map(|v| (v.id.clone(), value(serde_json::to_value(v)))).collect(),
        workers: lens.workers(tx, &workers).await?.into_iter().map(|v| (v.id.clone(), v)).collect(),
    })
}

fn rendered(lens: &Lens, views: &Views, event: &Event) -> Option<Rendered> {
    let kind = event.kind.code();
    let mut said = None;
    let mut reduced = None;
    let body = match event.kind {
        EventKind::MessageAdded | EventKind::MessageUpdated => {
            let message: Message = serde_json::from_value(event.body.clone()).ok()?;
            let is_new = event.kind == EventKind::MessageAdded && message.from_contact();
            said = is_new.then_some((message.conversation_id, message.seq));
            json!({ "kind": kind, "message": lens.message(&message) })
        }
        EventKind::ConversationUpdated => {
            json!({ "kind": kind, "conversation": views.conversations.get(&event.conversation_id?.to_string())? })
        }
        EventKind::ReservationCreated => {
            json!({ "kind": kind, "reservation": views.reservations.get(&event.reservation_id?.to_string())? })
        }
        EventKind::ReservationUpdated => {
            let reservation = views.reservations.get(&event.reservation_id?.to_string())?;
            json!({ "kind": kind, "reservation": reservation, "went_to": went_to(reservation) })
        }
        EventKind::TaskUpdated => json!({ "kind": kind, "task": views.tasks.get(&event.task_id?.to_string())? }),
        EventKind::WorkerUpdated => {
            let worker = views.workers.get(&event.worker_id?.to_string())?;
            let cause = event.body.get("cause").and_then(Value::as_str).unwrap_or("system");
            let brief = WorkerView { attributes: "{}".into(), ..worker.clone() };
            reduced = Some((event.worker_id?, frame(event, &json!({ "kind": kind, "worker": brief, "cause": cause }))));
            json!({ "kind": kind, "worker": worker, "cause": cause })
        }
        EventKind::PersonUpdated => json!({ "kind": kind, "person_id": event.contact_id?.to_string() }),
        EventKind::SeenUpdated => json!({
            "kind": kind,
            "conversation_id": event.conversation_id?.to_string(),
            "worker_id": event.worker_id?.to_string(),
            "seq": event.body.get("seq"),
        }),
        EventKind::SettingsUpdated => json!({ "kind": kind, "what": event.body.get("what").and_then(Value::as_str).unwrap_or("settings") }),
    };
    Some(Rendered { seq: event.seq, text: frame(event, &body), reduced, said })
}

/// Who took the task instead, where this offer ended because somebody did.
fn went_to(reservation: &Value) -> Option<&str> {
    if !matches!(reservation["status"].as_str(), Some("rescinded" | "timeout" | "rejected")) {
        return None;
    }
    let winner = &reservation["task"]["worker"];
    winner["name"].as_str().filter(|_| winner["id"] != reservation["worker_id"])
}

/// A signal's conversation and its frame.
pub fn signal(signal: &Signal) -> (ConversationId, Utf8Bytes) {
    let (id, body) = match signal {
        Signal::Typing { conversation_id, author, on } => {
            let author = AuthorView::from(author);
            (*conversation_id, json!({ "kind": "typing", "conversation_id": conversation_id, "author": author, "on": on }))
        }
        Signal::Presence { conversation_id, present } => {
            (*conversation_id, json!({ "kind": "presence", "conversation_id": conversation_id, "present": present }))
        }
    };
    (id, json!({ "type": "signal", "signal": body }).to_string().into())
}
