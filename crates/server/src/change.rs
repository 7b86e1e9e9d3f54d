//! Writes. A change of ours is one transaction: what it does, the audit rows, the events, and the answer kept under the request's key.
//! A change of the router's is sent to it under the same key.

use std::sync::Arc;

use anyhow::Result;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::{BoxFuture, Tx};
use engine::Hints;
use model::{Event, EventKind, RouterAnswer, RouterCommand, Timestamp};
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
    pub audit: Vec<(String, String, String)>,
    settings: Option<String>,
}

impl Ledger {
    /// Notes a privileged change: what was done, to what, and the particulars without secrets.
    pub fn audit(&mut self, action: &str, subject: impl ToString, detail: impl Into<String>) {
        self.audit.push((action.to_owned(), subject.to_string(), detail.into()));
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
                Box::pin(async move { once(tx, &caller, now, &*work).await })
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
        self.check_key(caller, slot).await?;
        let key = routed_key(caller, slot);
        let answer = self.engine().route(caller.ws, &caller.actor, key.as_deref(), command).await?;
        match answer {
            Ok(answer) => Ok(answer),
            Err(refused) => Err(refusal::router(self, caller.ws, refused).await),
        }
    }

    /// That the request key was not used for another request to the router.
    pub async fn check_key(&self, caller: &Caller, slot: &str) -> Result<(), Problem> {
        let (Some(request), Some(own)) = (&caller.request, routed_key(caller, slot)) else { return Ok(()) };
        let (ws, actor, prefix) = (caller.ws, caller.actor.clone(), format!("route:{}|{slot}|", request.key));
        let keys =
            self.engine().db().read(move |tx| Box::pin(async move { store::listing::request_keys(tx, ws, &actor, &prefix).await })).await?;
        if keys.iter().any(|key| *key != format!("route:{own}")) { Err(reused()) } else { Ok(()) }
    }

    /// Notes what the router was made to do.
    pub async fn note(&self, caller: &Caller, action: &str, subject: impl ToString, detail: impl Into<String>) -> Result<(), Problem> {
        let entry = Entry { actor: caller.actor.clone(), action: action.to_owned(), subject: subject.to_string(), detail: detail.into() };
        let (ws, now) = (caller.ws, self.engine().now());
        self.engine()
            .db()
            .write(move |tx| {
                let entry = entry.clone();
                Box::pin(async move { store::audit_log::append(tx, ws, &[entry], now, secret::sha256).await })
            })
            .await?;
        Ok(())
    }
}

/// The key under which the router keeps its answer.
pub fn routed_key(caller: &Caller, slot: &str) -> Option<String> {
    caller.request.as_ref().map(|request| format!("{}|{slot}|{}", request.key, request.fingerprint))
}

fn reused() -> Problem {
    Problem::conflict("idempotency_key_reused", "This Idempotency-Key was used for another request")
        .mend("Take a new key for a new request")
}

async fn once<T, F>(tx: &mut Tx<'_>, caller: &Caller, now: Timestamp, work: &F) -> Result<(String, bool)>
where
    T: Serialize,
    F: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t mut Ledger) -> BoxFuture<'t, Result<T>>,
{
    if let Some(request) = &caller.request
        && !store::listing::claim_request(tx, caller.ws, &caller.actor, &request.key, &request.fingerprint, now).await?
    {
        let (fingerprint, answer) = store::routing::answered(tx, caller.ws, &caller.actor, &request.key).await?.unwrap_or_default();
        return if fingerprint == request.fingerprint { Ok((answer, false)) } else { Err(reused().into()) };
    }
    let mut ledger = Ledger::default();
    let value = work(&mut *tx, &mut ledger).await?;
    let body = serde_json::to_string(&value)?;
    let entries: Vec<Entry> =
        ledger.audit.into_iter().map(|(action, subject, detail)| Entry { actor: caller.actor.clone(), action, subject, detail }).collect();
    store::audit_log::append(tx, caller.ws, &entries, now, secret::sha256).await?;
    if let Some(request) = &caller.request {
        store::listing::finish_request(tx, caller.ws, &caller.actor, &request.key, &body).await?;
    }
    let configured = ledger.settings.is_some();
    if let Some(what) = ledger.settings {
        ledger.events.push(Event::new(EventKind::SettingsUpdated, now).body(json!({ "what": what })));
    }
    store::event::append(tx, caller.ws, &mut ledger.events).await?;
    Ok((body, configured))
}
