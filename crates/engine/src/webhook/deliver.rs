//! Brings what is due to one endpoint, one after the other in the order of the stream; what fails comes later and holds up nothing.

use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use model::{Event, EventKind, Timestamp, WebhookId};
use serde_json::json;
use store::audit_log::Entry;
use store::lease::Lease;
use store::webhook::{Attempt, Delivery, DeliveryState, Webhook};

use super::settle::{Tried, end, is_probe, problem, settle};
use super::{WebhookSecret, body, resource, signature};
use crate::{Config, Engine, Outgoing, Sent};

/// Deliveries read at once.
const BATCH: i64 = 32;
const TIMEOUT_MS: u64 = 15_000;
/// An answer is read to its end, so that a connection can be used again.
const ANSWER_BYTES: usize = 1024 * 1024;
/// Characters of an answer that are kept.
const KEPT: usize = 300;

/// A webhook with its secret open.
struct Open {
    webhook: Webhook,
    secret: WebhookSecret,
}

impl Engine {
    /// Tries what is due for one webhook. True when there was something.
    pub(super) async fn deliver_once(&self, ws: i64, id: WebhookId) -> Result<bool> {
        let Some(lease) = self.acquire(ws, &resource(ws)).await? else { return Ok(false) };
        let lease = Arc::new(lease);
        let worked = self.deliver_batch(ws, id, &lease).await;
        if worked.is_err() {
            self.lost_lease(&lease.resource);
        }
        worked
    }

    async fn deliver_batch(&self, ws: i64, id: WebhookId, lease: &Arc<Lease>) -> Result<bool> {
        let (now, held) = (self.now(), lease.clone());
        // Written under the lease before anything leaves: who lost it begins nothing.
        let claimed = self
            .0
            .db
            .write(move |tx| {
                let held = held.clone();
                Box::pin(async move {
                    store::lease::fence(tx, &held).await?;
                    let Some(webhook) = store::webhook::by_id(tx, ws, id).await?.filter(|webhook| webhook.enabled) else { return Ok(None) };
                    let mut due = Vec::new();
                    for delivery in store::webhook::due_deliveries(tx, ws, id, now, BATCH).await? {
                        let event = store::event::after(tx, ws, delivery.seq - 1, 1).await?.into_iter().find(|e| e.seq == delivery.seq);
                        due.push((delivery, event));
                    }
                    Ok(Some((webhook, due)))
                })
            })
            .await?;
        let Some((webhook, due)) = claimed else { return Ok(false) };
        let config = self.config(ws).await?;
        let open = Open { secret: WebhookSecret::open(&config, id, &webhook.sealed)?, webhook };
        let any = !due.is_empty();
        for (delivery, event) in due {
            let expired = self.now() >= delivery.expires_at;
            let goes_on = match event {
                Some(event) if !expired => self.try_one(&config, &open, delivery, &event, lease).await?,
                gone => {
                    let why = if gone.is_some() { problem::EXPIRED } else { problem::NO_EVENT };
                    self.give_up(ws, delivery, why, lease).await?;
                    true
                }
            };
            if !goes_on || self.stopping() {
                break;
            }
        }
        Ok(any)
    }

    /// One try; false when the endpoint is left alone now.
    async fn try_one(&self, config: &Config, open: &Open, delivery: Delivery, event: &Event, lease: &Arc<Lease>) -> Result<bool> {
        let (ws, at) = (config.ws(), self.now());
        let said = body::body(delivery.id, config.workspace.id, event);
        let sent = self.0.world.request(outgoing(ws, open, &delivery, said, at)?).await;
        let (tried, status, answer) = judged(sent, &open.secret, &open.webhook.url, at);
        let now = self.now();
        let attempt = Attempt {
            no: delivery.attempts + 1,
            at,
            took_ms: now.since(at) / 1_000,
            outcome: tried.outcome.to_owned(),
            status: status.map(i64::from),
            answer,
        };
        self.note(ws, delivery, tried, attempt, lease).await
    }

    /// Writes what came of a try; whether the endpoint is to be tried on.
    async fn note(&self, ws: i64, delivery: Delivery, tried: Tried, attempt: Attempt, lease: &Arc<Lease>) -> Result<bool> {
        let (now, chance, lease) = (self.now(), self.ids().random(), lease.clone());
        let (health, off) = self
            .0
            .db
            .write(move |tx| {
                let (tried, mut attempt, lease) = (tried.clone(), attempt.clone(), lease.clone());
                let (id, webhook_id) = (delivery.id, delivery.webhook_id);
                Box::pin(async move {
                    store::lease::fence(tx, &lease).await?;
                    let Some(mut webhook) = store::webhook::by_id(tx, ws, webhook_id).await? else { return Ok((None, false)) };
                    let Some(mut delivery) = store::webhook::delivery_by_id(tx, ws, id).await? else { return Ok((None, false)) };
                    let off = settle(&mut delivery, &mut webhook.health, &tried, now, chance);
                    attempt.no = delivery.attempts;
                    store::webhook::put_delivery(tx, ws, &delivery).await?;
                    store::webhook::insert_attempt(tx, ws, id, &attempt).await?;
                    match off.filter(|_| webhook.enabled) {
                        Some(why) => switch_off(tx, ws, webhook.clone(), why, now).await?,
                        None => store::webhook::put_health(tx, ws, webhook_id, &webhook.health).await?,
                    }
                    Ok((Some(webhook.health), off.is_some()))
                })
            })
            .await?;
        if off {
            tracing::warn!(webhook = %delivery.webhook_id, "a webhook was switched off");
            self.ring(&crate::Hints { events: [ws].into(), ..crate::Hints::default() });
        }
        Ok(health.is_some_and(|health| !off && !is_probe(&health)))
    }

    async fn give_up(&self, ws: i64, delivery: Delivery, why: &'static str, lease: &Arc<Lease>) -> Result<()> {
        let (now, lease) = (self.now(), lease.clone());
        self.0
            .db
            .write(move |tx| {
                let (lease, id, webhook_id) = (lease.clone(), delivery.id, delivery.webhook_id);
                Box::pin(async move {
                    store::lease::fence(tx, &lease).await?;
                    store::webhook::by_id(tx, ws, webhook_id).await?;
                    let Some(mut delivery) = store::webhook::delivery_by_id(tx, ws, id).await? else { return Ok(()) };
                    if delivery.state == DeliveryState::Waiting {
                        why.clone_into(&mut delivery.outcome);
                        end(&mut delivery, DeliveryState::Dead, now);
                        store::webhook::put_delivery(tx, ws, &delivery).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// Off, with everything that waited given up, a row of the audit log and news for the desks. The last write of its transaction.
async fn switch_off(tx: &mut db::Tx<'_>, ws: i64, mut webhook: Webhook, why: &'static str, now: Timestamp) -> Result<()> {
    webhook.enabled = false;
    webhook.health.problem = Some(why.to_owned());
    webhook.health.paused_until = None;
    let (id, version) = (webhook.id, webhook.version);
    anyhow::ensure!(store::webhook::update(tx, ws, &webhook, version).await?, "a webhook that is held cannot change");
    store::webhook::end_waiting(tx, ws, id, problem::OFF, now).await?;
    let entry = Entry { actor: "system".into(), action: "webhook.switched_off".into(), subject: id.to_string(), detail: why.into() };
    store::audit_log::append(tx, ws, &[entry], now, crate::once::digest).await?;
    let event = model::Event::new(EventKind::SettingsUpdated, now).body(json!({ "what": "webhooks" }));
    store::event::append(tx, ws, &[event]).await
}

fn outgoing(ws: i64, open: &Open, delivery: &Delivery, said: String, now: Timestamp) -> Result<Outgoing> {
    let (id, seconds) = (delivery.id.to_string(), now.secs());
    let signed: Vec<String> =
        open.secret.signing(now).map(|secret| signature(secret, &id, seconds, said.as_bytes())).collect::<Result<_>>()?;
    Ok(Outgoing {
        method: "POST".into(),
        url: open.webhook.url.clone(),
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("webhook-id".into(), id),
            ("webhook-timestamp".into(), seconds.to_string()),
            ("webhook-signature".into(), signed.join(" ")),
        ],
        body: Bytes::from(said),
        timeout_ms: TIMEOUT_MS,
        max_response_bytes: ANSWER_BYTES,
        follow_redirects: 0,
        bulkhead: format!("workspace:{ws}:webhook:{}", open.webhook.id),
    })
}

/// What an answer means, its status, and what of it is kept.
fn judged(sent: Sent, secret: &WebhookSecret, url: &str, now: Timestamp) -> (Tried, Option<u16>, String) {
    let keep = |text: &str| kept(text, secret.signing(now), url);
    let failed = |outcome| Tried { outcome, gone: false, taken: false, wish_s: None };
    match sent {
        Sent::Answer { status, headers, body } => {
            let tried = match status {
                200..=299 => Tried { taken: true, ..failed("taken") },
                410 => Tried { gone: true, ..failed(problem::GONE) },
                300..=399 => failed("redirect"),
                429 | 503 => Tried { wish_s: wish(&headers, now), ..failed("status") },
                _ => failed("status"),
            };
            (tried, Some(status), keep(&String::from_utf8_lossy(&body)))
        }
        Sent::NotSent { why, permanent: true } => (failed("address_refused"), None, keep(&why)),
        Sent::NotSent { why, permanent: false } => (failed("not_reached"), None, keep(&why)),
        Sent::Unknown { why } | Sent::TooLarge { why } => (failed("no_answer"), None, keep(&why)),
    }
}

/// Seconds of Retry-After, which may also be a date.
fn wish(headers: &[(String, String)], now: Timestamp) -> Option<i64> {
    let (_, text) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(seconds);
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(date.timestamp().as_second() - now.secs())
}

/// The beginning of an answer without secrets: an endpoint may tell us our own signature, secret or address.
fn kept<'s>(text: &str, secrets: impl Iterator<Item = &'s str>, url: &str) -> String {
    let mut text = text.to_owned();
    let parts = url.split(['/', '?', '&', '=', '#']).filter(|part| part.len() >= 16);
    for secret in secrets.flat_map(|secret| [secret, secret.trim_start_matches("whsec_")]).chain([url]).chain(parts) {
        text = text.replace(secret, "…");
    }
    // A signature is as long as a secret and stands behind its version.
    let mut clean = String::new();
    for (at, piece) in text.split("v1,").enumerate() {
        if at == 0 {
            clean.push_str(piece);
            continue;
        }
        clean.push_str("v1,…");
        clean.push_str(piece.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')));
    }
    clean.chars().map(|c| if c.is_control() { ' ' } else { c }).take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_without_what_is_secret() {
        let secret = WebhookSecret::new(&[7; 32]);
        let bare = secret.text().trim_start_matches("whsec_");
        let url = "https://hooks.example/T0/abcdefghijklmnopqrst?token=0123456789abcdef0";
        let signed = signature(secret.text(), "KY1", 5, b"{}").unwrap();
        let text = format!("no: {} {bare} {url} abcdefghijklmnopqrst 0123456789abcdef0 {signed}\u{1}end", secret.text());
        let kept = kept(&text, secret.signing(Timestamp::from_secs(0)), url);
        assert_eq!(kept, "no: … … … … … v1,… end");
    }

    #[test]
    fn a_wish_is_seconds_or_a_date() {
        let now = Timestamp::from_secs(1_614_265_330);
        let header = |value: &str| [("Retry-After".to_owned(), value.to_owned())];
        assert_eq!(wish(&header("120"), now), Some(120));
        assert_eq!(wish(&header("Thu, 25 Feb 2021 15:03:10 GMT"), now), Some(60));
        assert_eq!(wish(&header("soon"), now), None);
        assert_eq!(wish(&[], now), None);
    }
}
