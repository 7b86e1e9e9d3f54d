//! Writes. A change of ours is one transaction: what it does, the audit rows, the events, and the answer kept under the request's key.
//! A change of the router's is sent to it under the same key.

use std::sync::Arc;

use anyhow::Result;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::{BoxFuture, Tx};
use engine::{Hints, Once, once};
use model::{Beside, Event, EventKind, Noted, RouterAnswer, RouterCommand, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::audit_log::Entry;

use crate::Server;
use crate::access::{Caller, secret};
use crate::problem::Problem;
use crate::refusal;

/// What a change has to tell besides its rows.
#[derive(Debug, Default)]
pub struct Ledger {
    pub events: Vec<Event>,
    audit: Vec<Noted>,
    settings: Option<String>,
}

impl Ledger {
    /// Notes a privileged change: what was done, to what, and the particulars without secrets.
    pub fn audit(&mut self, action: &str, subject: impl ToString, detail: impl Into<String>) {
        self.audit.push(noted(action, subject, detail));
    }
    /// Tells desks and nodes that part of the configuration changed.
    pub fn settings(&mut self, what: &str) {
        self.settings = Some(what.to_owned());
    }
    pub fn event(&mut self, event: Event) {
        self.events.push(event);
    }
}

/// The answer to a write, as bytes: a repeated request gets exactly these again.
pub struct Answer {
    status: StatusCode,
    body: String,
}

impl Answer {
    /// Reads it back as a value.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.body)?)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        if self.status == StatusCode::NO_CONTENT {
            return self.status.into_response();
        }
        (self.status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], self.body).into_response()
    }
}

impl Server {
    /// Runs a change once per request key and answers 200.
    pub async fn change<T, F>(&self, caller: &Caller, work: F) -> Result<Answer, Problem>
    where
        T: Serialize + Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t mut Ledger) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        self.change_as(caller, StatusCode::OK, work).await
    }

    /// The same, answering `status`.
    pub async fn change_as<T, F>(&self, caller: &Caller, status: StatusCode, work: F) -> Result<Answer, Problem>
    where
        T: Serialize + Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t mut Ledger) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        let (ws, now, caller, work) = (caller.ws, self.engine().now(), caller.clone(), Arc::new(work));
        let (body, configured) = self
            .engine()
            .db()
            .write(move |tx| {
                let (caller, work) = (caller.clone(), work.clone());
                Box::pin(async move { keyed(tx, &caller, now, &*work).await })
            })
            .await?;
        if configured {
            self.engine().config_changed(ws);
        }
        self.engine().ring(&Hints { events: [ws].into(), ..Hints::default() });
        Ok(Answer { status, body })
    }

    /// Whether this very request was answered before, so that what it deleted is not missed.
    pub async fn was_answered(&self, caller: &Caller) -> Result<bool, Problem> {
        let Some(request) = caller.request.clone() else { return Ok(false) };
        let (ws, actor, key) = (caller.ws, caller.actor.clone(), request.key);
        let held = self.engine().db().read(move |tx| Box::pin(async move { store::routing::answered(tx, ws, &actor, &key).await })).await?;
        match held {
            Some((fingerprint, _)) if fingerprint != request.fingerprint => Err(reused()),
            held => Ok(held.is_some()),
        }
    }

    /// Asks the router. The same request key gets the same answer; the key with another request is refused.
    pub async fn route(&self, caller: &Caller, slot: &str, command: RouterCommand) -> Result<RouterAnswer, Problem> {
        self.route_beside(caller, slot, command, Beside::default()).await
    }

    /// The same for a privileged change, whose row of the audit log is in the router's commit.
    pub async fn route_noted(&self, caller: &Caller, slot: &str, command: RouterCommand, noted: Noted) -> Result<RouterAnswer, Problem> {
        self.route_beside(caller, slot, command, Beside { audit: vec![noted], member: None }).await
    }

    /// The same, with rows of ours in the router's commit.
    pub async fn route_beside(&self, caller: &Caller, slot: &str, command: RouterCommand, beside: Beside) -> Result<RouterAnswer, Problem> {
        self.check_key(caller).await?;
        let key = routed_key(caller, slot);
        let answer = self.engine().route_beside(caller.ws, &caller.actor, key, command, beside).await?;
        match answer {
            Ok(answer) => Ok(answer),
            Err(refused) => Err(refusal::router(self, caller.ws, refused).await),
        }
    }

    /// A random secret. For a request with a key it is the one that this very request gives each time, so that it need not be kept to be
    /// told again; without the master key nobody can make it.
    pub fn new_secret(&self, caller: &Caller) -> Result<String, Problem> {
        let Some(request) = &caller.request else { return Ok(secret::token()?) };
        let about = format!("secret|{}|{}|{}|{}", caller.workspace.id, caller.actor, request.fingerprint, request.key);
        Ok(secret::encode(&self.engine().vault().derive(&about)))
    }

    /// The request, as the engine claims it.
    pub async fn request(&self, caller: &Caller) -> Result<engine::Request, Problem> {
        self.check_key(caller).await?;
        Ok(asked(caller))
    }

    /// That the request key was not used for another request.
    pub async fn check_key(&self, caller: &Caller) -> Result<(), Problem> {
        if caller.request.is_none() {
            return Ok(());
        }
        let caller = caller.clone();
        let fits = self.engine().db().read(move |tx| Box::pin(async move { fits(tx, &caller).await })).await?;
        if fits { Ok(()) } else { Err(reused()) }
    }
}

fn asked(caller: &Caller) -> engine::Request {
    let key = caller.request.clone().map(|request| engine::Key { key: request.key, fingerprint: request.fingerprint });
    engine::Request { actor: caller.actor.clone(), key }
}

/// The request, as the router keeps its answer; `slot` names which of a request's commands it is.
pub fn routed_key(caller: &Caller, slot: &str) -> Option<engine::Key> {
    let request = caller.request.as_ref()?;
    Some(engine::Key { key: format!("{}|{slot}", request.key), fingerprint: request.fingerprint.clone() })
}

/// A privileged change, as the audit log keeps it: without secrets.
pub fn noted(action: &str, subject: impl ToString, detail: impl Into<String>) -> Noted {
    Noted { action: action.to_owned(), subject: subject.to_string(), detail: detail.into() }
}

/// What a request did, or that it was done before.
///
/// # Errors
/// When its key was used for another request.
pub fn once<T>(done: Once<T>) -> Result<Option<T>, Problem> {
    match done {
        Once::Done(value) => Ok(Some(value)),
        Once::Before(_) => Ok(None),
        Once::Reused => Err(reused()),
    }
}

pub fn reused() -> Problem {
    Problem::conflict("idempotency_key_reused", "This Idempotency-Key was used for another request")
}

/// Whether everything that was done under the request's key, by us or by the router, was done for this very request.
async fn fits(tx: &mut Tx<'_>, caller: &Caller) -> Result<bool> {
    let Some(request) = &caller.request else { return Ok(true) };
    let held = store::routing::answered(tx, caller.ws, &caller.actor, &request.key).await?;
    if held.is_some_and(|(fingerprint, _)| fingerprint != request.fingerprint) {
        return Ok(false);
    }
    let prefix = format!("route:{}|", request.key);
    let routed = store::listing::request_keys(tx, caller.ws, &caller.actor, &prefix).await?;
    // A key that itself holds the mark is another one.
    let mut ours = routed.iter().filter(|(key, _)| !key[prefix.len()..].contains('|'));
    Ok(ours.all(|(_, fingerprint)| *fingerprint == request.fingerprint))
}

async fn keyed<T, F>(tx: &mut Tx<'_>, caller: &Caller, now: Timestamp, work: &F) -> Result<(String, bool)>
where
    T: Serialize,
    F: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t mut Ledger) -> BoxFuture<'t, Result<T>>,
{
    let request = asked(caller);
    match once::claim::<()>(tx, caller.ws, &request, now).await? {
        Some(Once::Before(answer)) => return Ok((answer, false)),
        Some(_) => return Err(reused().into()),
        None => {}
    }
    if !fits(tx, caller).await? {
        return Err(reused().into());
    }
    let mut ledger = Ledger::default();
    let value = work(&mut *tx, &mut ledger).await?;
    let body = serde_json::to_string(&value)?;
    let entries: Vec<Entry> = ledger.audit.iter().map(|noted| once::entry(&caller.actor, noted)).collect();
    store::audit_log::append(tx, caller.ws, &entries, now, once::digest).await?;
    once::finish(tx, caller.ws, &request, &body).await?;
    let configured = ledger.settings.is_some();
    if let Some(what) = ledger.settings {
        ledger.events.push(Event::new(EventKind::SettingsUpdated, now).body(json!({ "what": what })));
    }
    store::event::append(tx, caller.ws, &ledger.events).await?;
    Ok((body, configured))
}
