//! Webhooks of ours: addresses that hear of events, the secret that signs what they are told, and what became of it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::{Config, WebhookSecret, webhook_problem};
use model::{EventKind, Timestamp, WebhookDeliveryId, WebhookId};
use serde::{Deserialize, Serialize};
use store::webhook::{Attempt, Delivery, DeliveryState, Health, Webhook};
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::secret;
use crate::input::Version;
use crate::page::{Page, Paging, cursor, limit, read_cursor};
use crate::problem::Answered;
use crate::view::{maybe, time};
use crate::{Answer, Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(get, change, remove))
        .routes(routes!(rotate))
        .routes(routes!(deliveries))
        .routes(routes!(replay))
}

/// Webhooks of one workspace.
const MOST: usize = 20;
const LONGEST_URL: usize = 2_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookView {
    pub id: String,
    pub name: String,
    pub url: String,
    /// Kinds of events it hears.
    pub events: Vec<String>,
    pub enabled: bool,
    /// Why we switched it off: gone or failing.
    pub problem: Option<String>,
    /// Failed tries since the last good one.
    pub failures: i64,
    pub failing_since: Option<String>,
    /// Nothing is tried before.
    pub paused_until: Option<String>,
    pub created_at: String,
    /// Only in the answer that makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    pub version: i64,
}

impl WebhookView {
    fn of(webhook: &Webhook) -> Self {
        let Webhook { health, .. } = webhook;
        Self {
            id: webhook.id.to_string(),
            name: webhook.name.clone(),
            url: webhook.url.clone(),
            events: webhook.events.clone(),
            enabled: webhook.enabled,
            problem: health.problem.clone(),
            failures: health.failures,
            failing_since: maybe(health.failing_since),
            paused_until: maybe(health.paused_until),
            created_at: time(webhook.created_at),
            secret: None,
            version: webhook.version,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WebhookAttempt {
    pub no: i64,
    pub at: String,
    pub took_ms: i64,
    /// taken, status, redirect, gone, address_refused, not_reached or no_answer.
    pub outcome: String,
    /// The HTTP status of the answer.
    pub status: Option<i64>,
    /// The beginning of the answer or what went wrong, without secrets.
    pub answer: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WebhookDelivery {
    /// The `webhook-id` of every try.
    pub id: String,
    pub webhook_id: String,
    pub event: String,
    /// The event's number on the stream.
    pub seq: i64,
    /// waiting, delivered or dead.
    pub state: String,
    /// Of the last try, or why there is none: expired, switched_off, event_gone. Empty before the first.
    pub outcome: String,
    pub made_at: String,
    /// When it is tried next.
    pub next_at: Option<String>,
    pub ended_at: Option<String>,
    /// Oldest first.
    pub attempts: Vec<WebhookAttempt>,
}

impl WebhookDelivery {
    fn of(delivery: &Delivery, attempts: Vec<WebhookAttempt>) -> Self {
        Self {
            id: delivery.id.to_string(),
            webhook_id: delivery.webhook_id.to_string(),
            event: delivery.kind.clone(),
            seq: delivery.seq,
            state: delivery.state.code().into(),
            outcome: delivery.outcome.clone(),
            made_at: time(delivery.made_at),
            next_at: maybe(Some(delivery.next_at).filter(|_| delivery.state == DeliveryState::Waiting)),
            ended_at: maybe(delivery.ended_at),
            attempts,
        }
    }
}

fn attempt(attempt: Attempt) -> WebhookAttempt {
    let Attempt { no, at, took_ms, outcome, status, answer } = attempt;
    WebhookAttempt { no, at: time(at), took_ms, outcome, status, answer }
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    name: String,
    /// http or https; only addresses of the public internet, unless the operator allowed another one.
    url: String,
    events: Vec<String>,
    enabled: bool,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookChange {
    name: Option<String>,
    url: Option<String>,
    events: Option<Vec<String>>,
    enabled: Option<bool>,
    version: i64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Deliveries {
    /// waiting, delivered or dead; all without.
    state: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 by default.
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct NewWebhookSecret {
    /// Signs from now on; the one before goes on signing beside it for a day.
    pub secret: String,
}

fn checked(server: &Server, new: NewWebhook) -> Result<NewWebhook, Problem> {
    let name = crate::input::name("/name", &new.name)?;
    let url = crate::input::short("/url", new.url.trim(), LONGEST_URL)?;
    let read = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if read.is_none_or(|url| !url.username().is_empty() || url.password().is_some() || url.fragment().is_some()) {
        return Err(Problem::invalid("/url", "bad_url", "This is no http or https address, or it holds a user name or a fragment"));
    }
    crate::input::may_call(server, "/url", &url)?;
    if new.events.is_empty() {
        return Err(Problem::invalid("/events", "required", "Choose at least one event"));
    }
    if let Some(at) = new.events.iter().position(|kind| EventKind::parse(kind).is_none()) {
        return Err(Problem::invalid(&format!("/events/{at}"), "unknown", "There is no such event"));
    }
    // In the order of the list, each once.
    let kinds = EventKind::ALL.into_iter().map(EventKind::code).filter(|kind| new.events.iter().any(|wanted| wanted == kind));
    Ok(NewWebhook { name, url, events: kinds.map(str::to_owned).collect(), enabled: new.enabled })
}

async fn one(server: &Server, caller: &Caller, id: WebhookId) -> Result<Webhook, Problem> {
    let ws = caller.ws;
    let all = server.engine().db().read(move |tx| Box::pin(async move { store::webhook::all(tx, ws).await })).await?;
    all.into_iter().find(|webhook| webhook.id == id).ok_or_else(Problem::not_found)
}

/// The bytes of a new secret, the same for the same request.
fn drawn(server: &Server, caller: &Caller) -> Result<Vec<u8>, Problem> {
    Ok(URL_SAFE_NO_PAD.decode(server.new_secret(caller)?).map_err(anyhow::Error::from)?)
}

fn opened(config: &Config, webhook: &Webhook) -> anyhow::Result<WebhookSecret> {
    WebhookSecret::open(config, webhook.id, &webhook.sealed)
}

#[utoipa::path(get, path = "/webhooks", tag = "webhooks", params(Paging), security(("session" = ["workspace.manage"])), responses((status = 200, body = Page<WebhookView>)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Query(paging): Query<Paging>,
) -> Answered<Page<WebhookView>> {
    let ws = caller.ws;
    let all = server.engine().db().read(move |tx| Box::pin(async move { store::webhook::all(tx, ws).await })).await?;
    let (rows, next_cursor) = paging.cut(all, |webhook| webhook.id)?;
    Ok(Json(Page { items: rows.iter().map(WebhookView::of).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", security(("session" = ["workspace.manage"])), responses((status = 200, body = WebhookView)))]
async fn get(State(server): State<Server>, caller: Signed<may::ManageWorkspace>, Id(id): Id<WebhookId>) -> Answered<WebhookView> {
    Ok(Json(WebhookView::of(&one(&server, &caller, id).await?)))
}

/// Makes a webhook, which hears of what happens from now on. Its secret is in this answer and nowhere else; a repetition with the same
/// Idempotency-Key is answered with it again.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", security(("session" = ["workspace.manage"])), request_body = NewWebhook, responses((status = 200, body = WebhookView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageWorkspace>, Body(new): Body<NewWebhook>) -> Answered<WebhookView> {
    let (new, config) = (checked(&server, new)?, server.engine().config(caller.ws).await?);
    let (ws, id, now) = (caller.ws, caller.fresh::<WebhookId>(&server, "webhook"), server.engine().now());
    let clear = WebhookSecret::new(&drawn(&server, &caller)?);
    let sealed = clear.seal(&config, id)?;
    server
        .change(&caller, move |tx, ledger| {
            let (new, sealed) = (new.clone(), sealed.clone());
            Box::pin(async move {
                if store::webhook::all(tx, ws).await?.len() >= MOST {
                    return Err(Problem::conflict("too_many", format!("At most {MOST} webhooks")).with("limit", MOST as u64).into());
                }
                let NewWebhook { name, url, events, enabled } = new;
                let (from_seq, health) = (store::event::last(tx, ws).await?, Health::default());
                let webhook = Webhook { id, name, url, events, enabled, sealed, from_seq, health, created_at: now, version: 1 };
                store::webhook::insert(tx, ws, &webhook).await?;
                ledger.audit("webhook.created", id, "");
                ledger.settings("webhooks");
                // Answers are kept under their request's key, in clear: a secret must not be.
                Ok(id)
            })
        })
        .await?;
    let held = one(&server, &caller, id).await?;
    let same = secret::same(opened(&config, &held)?.text().as_bytes(), clear.text().as_bytes());
    Ok(Json(WebhookView { secret: same.then(|| clear.text().to_owned()), ..WebhookView::of(&held) }))
}

/// Changes what is given. Switched off, it gives up what waits; switched on, it hears of what happens from then on.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "webhooks", security(("session" = ["workspace.manage"])), request_body = WebhookChange, responses((status = 200, body = WebhookView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Id(id): Id<WebhookId>,
    Body(change): Body<WebhookChange>,
) -> Result<Answer, Problem> {
    let held = one(&server, &caller, id).await?;
    let (ws, now, version) = (caller.ws, server.engine().now(), change.version);
    let given = NewWebhook {
        name: change.name.unwrap_or(held.name),
        url: change.url.unwrap_or(held.url),
        events: change.events.unwrap_or(held.events),
        enabled: change.enabled.unwrap_or(held.enabled),
    };
    let new = checked(&server, given)?;
    server
        .change(&caller, move |tx, ledger| {
            let new = new.clone();
            Box::pin(async move {
                let mut held = store::webhook::by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                let (was, url) = (held.enabled, held.url.clone());
                (held.name, held.url, held.events, held.enabled) = (new.name, new.url, new.events, new.enabled);
                if held.enabled && (!was || held.url != url) {
                    held.health = Health::default();
                }
                if held.enabled && !was {
                    held.from_seq = store::event::last(tx, ws).await?;
                }
                if !store::webhook::update(tx, ws, &held, version).await? {
                    return Err(Problem::stale().into());
                }
                if !held.enabled {
                    store::webhook::end_waiting(tx, ws, id, webhook_problem::OFF, now).await?;
                }
                held.version += 1;
                ledger.audit("webhook.changed", id, "");
                ledger.settings("webhooks");
                Ok(WebhookView::of(&held))
            })
        })
        .await
}

/// Removes it with everything that was made for it.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", params(Version), security(("session" = ["workspace.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Id(id): Id<WebhookId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let held = one(&server, &caller, id).await?;
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            let name = held.name.clone();
            Box::pin(async move {
                if !store::webhook::delete(tx, ws, id, asked.version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("webhook.deleted", id, name);
                ledger.settings("webhooks");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Draws a new secret. The one before goes on signing beside it for a day.
#[utoipa::path(post, path = "/webhooks/{id}/rotate-secret", tag = "webhooks", security(("session" = ["workspace.manage"])), responses((status = 200, body = NewWebhookSecret)))]
async fn rotate(State(server): State<Server>, caller: Signed<may::ManageWorkspace>, Id(id): Id<WebhookId>) -> Answered<NewWebhookSecret> {
    one(&server, &caller, id).await?;
    let (config, now, bytes) = (server.engine().config(caller.ws).await?, server.engine().now(), drawn(&server, &caller)?);
    let (ws, within, fresh) = (caller.ws, config.clone(), bytes.clone());
    server
        .change(&caller, move |tx, ledger| {
            let (config, bytes) = (within.clone(), fresh.clone());
            Box::pin(async move {
                let mut held = store::webhook::by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                held.sealed = opened(&config, &held)?.renewed(&bytes, now).seal(&config, id)?;
                let version = held.version;
                if !store::webhook::update(tx, ws, &held, version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("webhook.secret_rotated", id, "");
                ledger.settings("webhooks");
                Ok(())
            })
        })
        .await?;
    let (held, clear) = (opened(&config, &one(&server, &caller, id).await?)?, WebhookSecret::new(&bytes));
    if !secret::same(held.text().as_bytes(), clear.text().as_bytes()) {
        return Err(Problem::conflict("secret_changed_since", "This request was answered, and the secret was changed since"));
    }
    Ok(Json(NewWebhookSecret { secret: clear.text().to_owned() }))
}

/// What was made for it, newest first, with each try.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks", params(Deliveries), security(("session" = ["workspace.manage"])), responses((status = 200, body = Page<WebhookDelivery>)))]
async fn deliveries(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Id(id): Id<WebhookId>,
    Query(asked): Query<Deliveries>,
) -> Answered<Page<WebhookDelivery>> {
    let before = asked.cursor.as_deref().map(read_cursor).transpose()?.map_or(i64::MAX, |(seq, _)| seq.micros());
    let state = asked.state.unwrap_or_default();
    if !state.is_empty() && DeliveryState::parse(&state).is_none() {
        return Err(Problem::invalid("/state", "unknown", "There is no such state"));
    }
    one(&server, &caller, id).await?;
    let (ws, most) = (caller.ws, limit(asked.limit) as i64);
    let page = server
        .engine()
        .db()
        .read(move |tx| {
            let state = state.clone();
            Box::pin(async move {
                let mut rows = store::webhook::deliveries(tx, ws, id, &state, before, most + 1).await?;
                let more = rows.len() as i64 > most;
                rows.truncate(most as usize);
                let ids: Vec<WebhookDeliveryId> = rows.iter().map(|row| row.id).collect();
                let mut tries: BTreeMap<WebhookDeliveryId, Vec<WebhookAttempt>> = BTreeMap::new();
                for (of, one) in store::webhook::attempts(tx, ws, &ids).await? {
                    tries.entry(of).or_default().push(attempt(one));
                }
                let next_cursor = rows.last().filter(|_| more).map(|row| cursor(Timestamp::from_micros(row.seq), uuid::Uuid::nil()));
                let items = rows.iter().map(|row| WebhookDelivery::of(row, tries.remove(&row.id).unwrap_or_default())).collect();
                Ok(Page { items, next_cursor })
            })
        })
        .await?;
    Ok(Json(page))
}

/// Sends it again under the same id, with all tries anew.
#[utoipa::path(post, path = "/webhook-deliveries/{id}/replay", tag = "webhooks", security(("session" = ["workspace.manage"])), responses((status = 200, body = WebhookDelivery)))]
async fn replay(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Id(id): Id<WebhookDeliveryId>,
) -> Result<Answer, Problem> {
    let (ws, now) = (caller.ws, server.engine().now());
    server
        .change(&caller, move |tx, ledger| {
            Box::pin(async move {
                let of = store::webhook::delivery_by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?.webhook_id;
                let webhook = store::webhook::by_id(tx, ws, of).await?.ok_or_else(Problem::not_found)?;
                // Read anew, now that nobody else changes it.
                let mut delivery = store::webhook::delivery_by_id(tx, ws, id).await?.ok_or_else(Problem::not_found)?;
                if !webhook.enabled {
                    return Err(Problem::conflict("webhook_off", "The webhook is switched off").into());
                }
                if delivery.state == DeliveryState::Waiting {
                    return Err(Problem::conflict("wrong_state", "It is waiting for its next try").with("state", "waiting").into());
                }
                (delivery.state, delivery.tries, delivery.ended_at) = (DeliveryState::Waiting, 0, None);
                (delivery.next_at, delivery.expires_at) = (now, now.plus_secs(engine::WEBHOOK_LIVES_S));
                store::webhook::put_delivery(tx, ws, &delivery).await?;
                ledger.audit("webhook.replayed", id, "");
                let tries = store::webhook::attempts(tx, ws, &[id]).await?.into_iter().map(|(_, one)| attempt(one));
                Ok(WebhookDelivery::of(&delivery, tries.collect()))
            })
        })
        .await
}
