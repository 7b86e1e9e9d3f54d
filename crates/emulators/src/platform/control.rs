//! The platforms' other door, for whoever runs them: set-up, faults, people's acts, ledgers, reset.
//!
//! Paths below `/control`: `accounts`, `people` (PUT one), `accounts/{id}` (DELETE),
//! `accounts/{id}/faults`, `/delays`, `/limits`, `/token` (PUT), `/handshake` (POST), `/ledger` (GET),
//! `accounts/{id}/templates/{name}/{language}` (PUT: a new status),
//! `accounts/{id}/people/{key}/acts` (POST), `/events` (GET), `/window` (PUT),
//! `origin` (PUT), `state` (GET), `reset` (POST).

use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Act, Faults, Ledger, Platforms, Refusal, Step, Where, later, request::Request};
use crate::carrier::HttpAnswer;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Origin {
    origin: String,
    #[serde(default)]
    api_origin: Option<String>,
}

/// A token given, taken back or made to end.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct TokenChange {
    value: Option<String>,
    /// From now on, in seconds.
    ends_in_s: Option<i64>,
    revoked: bool,
    scopes: Option<Vec<String>>,
}

/// How long ago the person last wrote, in milliseconds; none: never.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    ago_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Status {
    status: String,
}

impl Platforms {
    /// Answers one request below `/control`; the body is JSON.
    pub fn control(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        self.controlled(request, now).unwrap_or_else(HttpAnswer::from)
    }

    fn controlled(&mut self, request: &Request, now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let path = request.path.trim_matches('/');
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let body = &request.body;
        match (request.method.as_str(), parts.as_slice()) {
            ("PUT", ["accounts"]) => self.put_account(read(body)?),
            ("DELETE", ["accounts", id]) => drop(self.accounts.remove(*id)),
            ("PUT", ["people"]) => self.put_person(read(body)?),
            ("PUT", ["origin"]) => {
                let origin: Origin = read(body)?;
                origin.origin.trim_end_matches('/').clone_into(&mut self.origin);
                if let Some(api_origin) = origin.api_origin {
                    api_origin.trim_end_matches('/').clone_into(&mut self.api_origin);
                }
            }
            ("POST", ["reset"]) => self.reset(),
            ("GET", ["state"]) => return Ok(HttpAnswer::json(200, &self.state())),
            (method, ["accounts", id, rest @ ..]) => {
                if !self.accounts.contains_key(*id) {
                    return Err(Refusal::new(404, format!("There is no account {id}")));
                }
                return self.control_account(method, id, rest, request, now);
            }
            _ => return Err(unknown(request)),
        }
        Ok(HttpAnswer::empty(204))
    }

    fn control_account(&mut self, method: &str, id: &str, rest: &[&str], request: &Request, now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let body = &request.body;
        match (method, rest) {
            ("PUT", ["faults"]) => self.set_faults(id, read(body)?),
            ("PUT", ["delays"]) => self.set_delays(id, read(body)?),
            ("PUT", ["limits"]) => self.set_limits(id, read(body)?),
            ("PUT", ["token"]) => self.change_token(id, read(body)?, now),
            ("POST", ["handshake"]) => self.shake_hands(id, None, now),
            ("GET", ["ledger"]) => return Ok(HttpAnswer::json(200, &serde_json::to_value(self.ledger(id)).unwrap_or(Value::Null))),
            ("PUT", ["templates", name, language]) => {
                let status: Status = read(body)?;
                let template = ((*name).to_owned(), (*language).to_owned());
                self.plan(now, Step::Review { account: id.to_owned(), template, status: status.status });
            }
            ("POST", ["people", person, "acts"]) => {
                let act: Act = read(body)?;
                let message = self.act(id, person, act, now)?;
                return Ok(HttpAnswer::json(201, &json!({ "id": message })));
            }
            ("GET", ["people", person, "events"]) => {
                let after = request.query("after").and_then(|after| after.parse().ok()).unwrap_or(0);
                let mut screen = self.screen_json(id, person, after);
                screen["epoch"] = json!(self.epoch);
                screen["position"] = json!(self.position);
                return Ok(HttpAnswer::json(200, &screen));
            }
            ("PUT", ["people", person, "window"]) => {
                let window: Window = read(body)?;
                let ago = |ms: u64| now.checked_sub(jiff::SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))).ok();
                self.thread(&Where::new(id, person)).last_in = window.ago_ms.and_then(ago);
            }
            _ => return Err(unknown(request)),
        }
        Ok(HttpAnswer::empty(204))
    }

    fn change_token(&mut self, id: &str, change: TokenChange, now: Timestamp) {
        let Some(account) = self.accounts.get_mut(id) else { return };
        if let Some(value) = change.value {
            account.token.value = value;
            account.token.issued_at = Some(now);
        }
        account.token.revoked = change.revoked;
        account.token.expires_at = change.ends_in_s.map(|seconds| {
            let ms = u64::try_from(seconds).unwrap_or_default().saturating_mul(1000);
            later(now, ms)
        });
        // What was drawn beside it is over, too.
        if change.revoked || change.ends_in_s.is_some_and(|seconds| seconds <= 0) {
            account.profile.as_object_mut().and_then(|profile| profile.remove("drawn"));
        }
        account.token.scopes = change.scopes.map(|scopes| scopes.into_iter().collect());
    }

    /// Forgets every message, screen, fault and plan; accounts, their templates and people stay.
    pub fn reset(&mut self) {
        self.threads.clear();
        self.files.clear();
        self.file_bytes = 0;
        self.plans.clear();
        self.under_way.clear();
        self.pending.clear();
        for (_, waiting) in self.tickets.iter_mut().filter(|(_, answer)| answer.is_none()) {
            *waiting = Some(HttpAnswer { lost: true, ..HttpAnswer::empty(500) });
        }
        for account in self.accounts.values_mut() {
            account.faults = Faults::default();
            account.ledger = Ledger::default();
            account.recent.clear();
            account.failing_since = None;
        }
        self.position = 0;
        self.epoch = self.chance.sid("");
    }

    fn state(&self) -> Value {
        let accounts: Vec<Value> = self
            .accounts
            .values()
            .map(|account| {
                json!({
                    "account": account.config,
                    "fields": account.fields,
                    "verified": account.verified,
                    "failing_since": account.failing_since,
                    "faults": account.faults,
                    "delays": account.delays,
                    "limits": account.limits,
                    "templates": account.templates.values().collect::<Vec<_>>(),
                    "people": account.person_ids,
                })
            })
            .collect();
        json!({
            "origin": self.origin,
            "accounts": accounts,
            "people": self.people.values().collect::<Vec<_>>(),
            "planned": self.plans.len(),
            "under_way": self.under_way.len(),
        })
    }
}

impl From<Refusal> for HttpAnswer {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, &json!({ "message": refusal.message }))
    }
}

fn unknown(request: &Request) -> Refusal {
    Refusal::new(404, format!("There is nothing at {} {}", request.method, request.path))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|why| Refusal::new(400, why.to_string()))
}
