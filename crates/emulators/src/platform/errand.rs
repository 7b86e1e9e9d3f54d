//! What leaves by itself: webhooks with their proof and their repeats, handshakes, and files to fetch.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Faults, Platforms, Step, Where, later,
    ledger::{WebhookKind, WebhookTry},
    since_ms,
};
use crate::carrier::{Callback, CallbackAnswer, keep};

/// Given up without a connection, or without an answer, after so many milliseconds.
const CONNECT_MS: u64 = 5_000;
const ANSWER_MS: u64 = 20_000;

/// A request that waits or is under way, with what is needed to repeat it.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub account: String,
    pub url: String,
    pub purpose: Purpose,
    pub attempt: u32,
    pub first_left_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(super) enum Purpose {
    Webhook {
        kind: WebhookKind,
        what: String,
        message: String,
        body: Bytes,
    },
    /// Asks whether the address knows the word that its owner gave. A right answer makes it the account's.
    Handshake {
        challenge: String,
        /// Body and headers of one that is posted.
        post: Option<(Bytes, Vec<(String, String)>)>,
        ticket: Option<u64>,
    },
    /// A file of a message that is to be sent: which message, which address.
    Fetch {
        pending: u64,
        address: String,
    },
}

impl Purpose {
    pub(super) fn is_webhook(&self) -> bool {
        matches!(self, Self::Webhook { .. })
    }
}

impl Platforms {
    /// Tells the account something, if it has subscribed to the field. `what` names it in the ledger.
    pub(super) fn tell(&mut self, account: &str, field: &str, what: &str, message: &str, body: &Value, now: Timestamp) {
        let Some(provider) = self.provider(account) else { return };
        let Some(held) = self.accounts.get_mut(account) else { return };
        if held.config.webhook_url.is_empty() || !held.fields.contains(field) || held.verified == Some(false) {
            return;
        }
        let errand = Errand {
            account: account.to_owned(),
            url: held.config.webhook_url.clone(),
            purpose: Purpose::Webhook {
                kind: if matches!(what, "delivery" | "read" | "status" | "echo") { WebhookKind::Status } else { WebhookKind::Inbound },
                what: what.to_owned(),
                message: message.to_owned(),
                body: provider.bytes(body),
            },
            attempt: 1,
            first_left_at: None,
        };
        let faults = held.faults.clone();
        let base = held.delays.webhook_ms.saturating_add(faults.delay_ms);
        let shuffled_ms = match (faults.shuffle, faults.shuffle_ms) {
            (false, _) => 0,
            (true, 0) => 2000,
            (true, ms) => ms,
        };
        for _ in 0..=faults.duplicate {
            let by_chance = self.chance.up_to(faults.jitter_ms.saturating_add(shuffled_ms));
            self.plan(later(now, base.saturating_add(by_chance)), Step::Leave(Box::new(errand.clone())));
        }
    }

    /// Asks the account's webhook address whether it is its owner's. `ticket` gets the answer to whoever set it.
    pub(super) fn shake_hands(&mut self, account: &str, ticket: Option<u64>, now: Timestamp) {
        let challenge = self.chance.up_to(u64::from(u32::MAX)).to_string();
        let (Some(held), Some(provider)) = (self.accounts.get(account), self.provider(account)) else { return };
        if let Some(post) = provider.handshake(&held.config, &challenge) {
            let url = held.config.webhook_url.clone();
            return self.shake_hands_at(account, url, challenge, Some(post), ticket, now);
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", &challenge)
            .append_pair("hub.verify_token", &held.config.verify_token)
            .finish();
        let mark = if held.config.webhook_url.contains('?') { '&' } else { '?' };
        let url = format!("{}{mark}{query}", held.config.webhook_url);
        self.shake_hands_at(account, url, challenge, None, ticket, now);
    }

    /// The same at any address, asked in any way.
    pub(super) fn shake_hands_at(
        &mut self,
        account: &str,
        url: String,
        challenge: String,
        post: Option<(Bytes, Vec<(String, String)>)>,
        ticket: Option<u64>,
        now: Timestamp,
    ) {
        let purpose = Purpose::Handshake { challenge, post, ticket };
        let errand = Errand { account: account.to_owned(), url, purpose, attempt: 1, first_left_at: None };
        self.plan(now, Step::Leave(Box::new(errand)));
    }

    /// Lets an errand leave: proves it and writes it into the ledger. One that goes astray nobody is asked to carry.
    pub(super) fn leave(&mut self, errand: Errand, now: Timestamp) -> Option<Callback> {
        let provider = self.provider(&errand.account)?;
        let account = self.accounts.get_mut(&errand.account)?;
        self.errands_made += 1;
        let id = self.errands_made;
        let mut wrong_signature = false;
        let astray = errand.purpose.is_webhook() && Faults::strike(&mut account.faults.drop_webhook);
        let (kind, what, message, method, headers, json) = match &errand.purpose {
            Purpose::Webhook { kind, what, message, body } => {
                wrong_signature = Faults::strike(&mut account.faults.wrong_signature);
                let headers = match wrong_signature {
                    true => {
                        let mut other = account.config.clone();
                        other.app_secret.push_str("-wrong");
                        provider.proof(&other, body, now)
                    }
                    false => provider.proof(&account.config, body, now),
                };
                (*kind, what.clone(), message.clone(), "POST", headers, Some(body.clone()))
            }
            Purpose::Handshake { post: Some((body, headers)), .. } => {
                (WebhookKind::Handshake, "handshake".into(), String::new(), "POST", headers.clone(), Some(body.clone()))
            }
            Purpose::Handshake { post: None, .. } => (WebhookKind::Handshake, "handshake".into(), String::new(), "GET", Vec::new(), None),
            Purpose::Fetch { .. } => (WebhookKind::Media, "file".into(), String::new(), "GET", Vec::new(), None),
        };
        keep(
            &mut account.ledger.webhooks,
            WebhookTry {
                id,
                kind,
                what,
                message,
                url: errand.url.clone(),
                attempt: errand.attempt,
                left_at: now,
                answered_at: None,
                answer_status: None,
                error: None,
                wrong_signature,
            },
        );
        let callback = Callback {
            id,
            kind,
            method,
            url: errand.url.clone(),
            headers,
            form: Vec::new(),
            json,
            connect_timeout_ms: CONNECT_MS,
            timeout_ms: ANSWER_MS,
        };
        let first_left_at = errand.first_left_at.or(Some(now));
        self.under_way.insert(id, Errand { first_left_at, ..errand });
        if astray {
            self.plan(later(now, CONNECT_MS), Step::Astray(id));
            return None;
        }
        Some(callback)
    }

    /// Tells how a callback ended. An id that is not under way changes nothing.
    pub fn callback_answer(&mut self, id: u64, answer: CallbackAnswer, now: Timestamp) {
        let Some(errand) = self.under_way.remove(&id) else {
            return;
        };
        self.note_answer(&errand.account, id, &answer, now);
        match &errand.purpose {
            Purpose::Handshake { challenge, ticket, .. } => self.shaken(&errand.account, challenge, *ticket, &answer, now),
            Purpose::Fetch { pending, address } => self.fetched(*pending, address, &answer, now),
            Purpose::Webhook { .. } => self.told(errand, &answer, now),
        }
    }

    fn told(&mut self, errand: Errand, answer: &CallbackAnswer, now: Timestamp) {
        let Some(provider) = self.provider(&errand.account) else { return };
        let Some(account) = self.accounts.get_mut(&errand.account) else { return };
        if matches!(answer, CallbackAnswer::Answered { status: 200..300, .. }) {
            account.failing_since = None;
            return;
        }
        account.failing_since.get_or_insert(now);
        let pace = u64::from(account.delays.pace.max(1));
        let spent_ms = since_ms(errand.first_left_at.unwrap_or(now), now).max(0) as u64;
        let forgotten = account.faults.no_repeats;
        let repeats = provider.repeats(&account.config) && !forgotten;
        match provider.again_after_ms(errand.attempt, spent_ms.saturating_mul(pace)).filter(|_| repeats) {
            Some(ms) => {
                let (attempt, mut errand) = (errand.attempt + 1, errand);
                if let Purpose::Webhook { body, .. } = &mut errand.purpose
                    && let Some(fresh) = provider.again(self, &errand.account, body, now)
                {
                    *body = fresh;
                }
                self.plan(later(now, ms / pace), Step::Leave(Box::new(Errand { attempt, ..errand })));
            }
            None => {
                let text = format!("{} was given up after {} tries", errand.url, errand.attempt);
                self.alert(&errand.account, now, text);
                if !forgotten {
                    provider.given_up(self, &errand.account, now);
                }
            }
        }
    }

    fn shaken(&mut self, account: &str, challenge: &str, ticket: Option<u64>, answer: &CallbackAnswer, now: Timestamp) {
        let Some(provider) = self.provider(account) else { return };
        let right = provider.shaken(answer, challenge);
        let Some(asked) = self.accounts.get(account).map(|held| (held.config.app_id.clone(), held.config.webhook_url.clone())) else {
            return;
        };
        for held in self.accounts.values_mut().filter(|held| held.config.app_id == asked.0 && held.config.webhook_url == asked.1) {
            held.verified = Some(right || !provider.strict());
        }
        if !right {
            self.alert(account, now, format!("the handshake failed: {answer:?}"));
        }
        if let Some(ticket) = ticket {
            self.decide(ticket, provider.shaken_answer(answer, right, now));
        }
    }

    fn note_answer(&mut self, account: &str, id: u64, answer: &CallbackAnswer, now: Timestamp) {
        let Some(account) = self.accounts.get_mut(account) else { return };
        // The record is near the end of the list, which is in the order of ids.
        let Ok(place) = account.ledger.webhooks.binary_search_by_key(&id, |tried| tried.id) else {
            return;
        };
        let Some(record) = account.ledger.webhooks.get_mut(place) else { return };
        record.answered_at = Some(now);
        match answer {
            CallbackAnswer::Answered { status, .. } => record.answer_status = Some(*status),
            CallbackAnswer::NoConnection(why) | CallbackAnswer::Broken(why) => record.error = Some(why.clone()),
            CallbackAnswer::Timeout => record.error = Some("timeout".into()),
        }
    }
}

impl Where {
    pub(super) fn new(account: &str, person: &str) -> Self {
        Self { account: account.to_owned(), person: person.to_owned() }
    }
}
