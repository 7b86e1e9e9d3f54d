//! What the carrier wants to ask the outside world: webhooks, status callbacks and pictures to fetch.

use bytes::Bytes;
use jiff::Timestamp;

use super::{
    Carrier, Step,
    ledger::{Alert, WebhookKind, WebhookTry, keep},
    signature,
};

/// A request that is due. Whoever carries it out tells the result through `Carrier::callback_answer`.
#[derive(Clone, Debug)]
pub struct Callback {
    pub id: u64,
    pub kind: WebhookKind,
    /// `POST` or `GET`.
    pub method: &'static str,
    /// Without fragment; for a GET the parameters already stand in its query.
    pub url: String,
    /// The signature and the idempotency token among them.
    pub headers: Vec<(String, String)>,
    /// The form of a POST, in order.
    pub form: Vec<(String, String)>,
    /// The exact bytes of a POST whose body is JSON; the form is empty then.
    pub json: Option<Bytes>,
    /// Given up without a connection after so many milliseconds.
    pub connect_timeout_ms: u64,
    /// Given up without an answer after so many milliseconds.
    pub timeout_ms: u64,
}

/// How a callback ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackAnswer {
    Answered {
        status: u16,
        content_type: String,
        body: Bytes,
    },
    NoConnection(String),
    /// The request left, and no whole answer came back.
    Broken(String),
    Timeout,
}

impl CallbackAnswer {
    /// A plain answer without a body.
    pub fn status(status: u16) -> Self {
        Self::Answered { status, content_type: String::new(), body: Bytes::new() }
    }
}

/// A callback that waits or is under way, with what is needed to repeat it.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub kind: WebhookKind,
    pub account_sid: String,
    pub message_sid: String,
    pub status: String,
    pub method: &'static str,
    /// As configured, with its fragment.
    pub url: String,
    pub form: Vec<(String, String)>,
    /// Called instead when this fails for good; empty for none.
    pub fallback_url: String,
    pub token: String,
    pub attempt: u32,
    pub first_left_at: Option<Timestamp>,
}

/// Which failures are tried again, and how often, as told by the fragment of an address.
#[derive(Debug, PartialEq, Eq)]
struct Overrides {
    retries: u32,
    policy: String,
    connect_ms: u64,
    read_ms: u64,
    total_ms: u64,
}

impl Overrides {
    fn of(url: &str) -> Self {
        let mut found = Self { retries: 0, policy: "ct".into(), connect_ms: 5_000, read_ms: 15_000, total_ms: 15_000 };
        let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
        for (name, value) in form_urlencoded::parse(fragment.as_bytes()) {
            let number = value.parse::<u64>().ok();
            match (&*name, number) {
                ("rc", Some(count)) => found.retries = count.min(5) as u32,
                ("rp", _) => found.policy = value.into_owned(),
                ("ct", Some(ms)) => found.connect_ms = ms.clamp(100, 10_000),
                ("rt", Some(ms)) => found.read_ms = ms.clamp(100, 15_000),
                ("tt", Some(ms)) => found.total_ms = ms.clamp(100, 15_000),
                _ => {}
            }
        }
        found
    }

    fn wants(&self, failure: &str) -> bool {
        self.policy.split(',').any(|policy| policy == "all" || policy == failure)
    }
}

impl Carrier {
    /// Lets an errand leave: signs it and writes it into the ledger. One that goes astray nobody is asked to carry.
    pub(super) fn leave(&mut self, errand: Errand, now: Timestamp) -> Option<Callback> {
        self.errands_made += 1;
        let id = self.errands_made;
        let url = errand.url.split('#').next().unwrap_or_default().to_owned();
        let overrides = Overrides::of(&errand.url);
        let mut headers = vec![("i-twilio-idempotency-token".to_owned(), errand.token.clone())];
        let (url, form) = match (errand.kind, errand.method) {
            (WebhookKind::Media, _) => (url, Vec::new()),
            (_, "GET") => (with_query(&url, &errand.form), Vec::new()),
            _ => (url, errand.form.clone()),
        };
        if errand.kind != WebhookKind::Media
            && let Some(account) = self.accounts.get(&errand.account_sid)
        {
            let signature = match errand.method {
                "GET" => signature::of_url(&account.auth_token, &url),
                _ => signature::of_form(&account.auth_token, &url, &form),
            };
            headers.push(("x-twilio-signature".into(), signature));
        }
        keep(
            &mut self.ledger.webhooks,
            WebhookTry {
                id,
                kind: errand.kind,
                message_sid: errand.message_sid.clone(),
                status: errand.status.clone(),
                url: url.clone(),
                attempt: errand.attempt,
                left_at: now,
                answered_at: None,
                answer_status: None,
                error: None,
            },
        );
        let callback = Callback {
            id,
            kind: errand.kind,
            method: errand.method,
            url,
            headers,
            form,
            json: None,
            connect_timeout_ms: overrides.connect_ms,
            timeout_ms: overrides.read_ms.min(overrides.total_ms),
        };
        let first_left_at = errand.first_left_at.or(Some(now));
        let astray = errand.kind != WebhookKind::Media && self.faults.goes_astray();
        self.under_way.insert(id, Errand { first_left_at, ..errand });
        if astray {
            self.plan(super::later(now, callback.connect_timeout_ms), Step::Astray(id));
            return None;
        }
        Some(callback)
    }

    /// Tells how a callback ended. An id that is not under way changes nothing.
    pub fn callback_answer(&mut self, id: u64, answer: CallbackAnswer, now: Timestamp) {
        let Some(errand) = self.under_way.remove(&id) else {
            return;
        };
        self.note_answer(id, &answer, now);
        if errand.kind == WebhookKind::Media {
            return self.media_fetched(&errand.message_sid, answer, now);
        }
        let Some((failure, code)) = failure_of(&answer) else {
            return self.check_answer(&errand, &answer, now);
        };
        let overrides = Overrides::of(&errand.url);
        let first = errand.first_left_at.unwrap_or(now);
        let spent_ms = now.duration_since(first).as_millis().max(0) as u64;
        let again =
            !self.faults.no_repeats && errand.attempt <= overrides.retries && overrides.wants(failure) && spent_ms < overrides.total_ms;
        if again {
            let at = super::later(now, self.delays.retry_ms);
            let attempt = errand.attempt + 1;
            return self.plan(at, Step::Leave(Box::new(Errand { attempt, ..errand })));
        }
        self.alert(now, code, &errand.message_sid, &format!("{} failed: {failure}", errand.url));
        if !errand.fallback_url.is_empty() && !self.faults.no_repeats {
            self.fall_back(errand, code, now);
        }
    }

    fn fall_back(&mut self, errand: Errand, code: u32, now: Timestamp) {
        let mut form = errand.form;
        form.push(("ErrorCode".into(), code.to_string()));
        form.push(("ErrorUrl".into(), errand.url));
        let fallback = Errand { url: errand.fallback_url, fallback_url: String::new(), form, attempt: 1, first_left_at: None, ..errand };
        self.plan(now, Step::Leave(Box::new(fallback)));
    }

    fn note_answer(&mut self, id: u64, answer: &CallbackAnswer, now: Timestamp) {
        // The record is near the end of the list, which is in the order of ids.
        let Ok(place) = self.ledger.webhooks.binary_search_by_key(&id, |tried| tried.id) else {
            return;
        };
        let record = &mut self.ledger.webhooks[place];
        record.answered_at = Some(now);
        match answer {
            CallbackAnswer::Answered { status, .. } => record.answer_status = Some(*status),
            CallbackAnswer::NoConnection(why) | CallbackAnswer::Broken(why) => {
                record.error = Some(why.clone());
            }
            CallbackAnswer::Timeout => record.error = Some("timeout".into()),
        }
    }

    fn check_answer(&mut self, errand: &Errand, answer: &CallbackAnswer, now: Timestamp) {
        let CallbackAnswer::Answered { content_type, body, .. } = answer else {
            return;
        };
        if errand.kind != WebhookKind::Inbound || body.is_empty() {
            return;
        }
        let xml = ["text/xml", "application/xml", "text/html"].iter().any(|kind| content_type.starts_with(kind));
        if !xml {
            let text = format!("the answer is {content_type}, not XML");
            self.alert(now, 12300, &errand.message_sid, &text);
        } else if String::from_utf8_lossy(body).contains("<Message") {
            let text = "this carrier does not carry out TwiML verbs";
            self.alert(now, 12200, &errand.message_sid, text);
        }
    }

    pub(super) fn alert(&mut self, at: Timestamp, code: u32, message_sid: &str, text: &str) {
        keep(&mut self.ledger.alerts, Alert { at, code, message_sid: message_sid.to_owned(), text: text.to_owned() });
    }
}

/// The failure in the words of the retry policy, with the number that an alert carries.
fn failure_of(answer: &CallbackAnswer) -> Option<(&'static str, u32)> {
    match answer {
        CallbackAnswer::Answered { status, .. } => match status {
            200..300 => None,
            400..500 => Some(("4xx", 11200)),
            _ => Some(("5xx", 11200)),
        },
        CallbackAnswer::NoConnection(_) => Some(("ct", 11205)),
        CallbackAnswer::Timeout | CallbackAnswer::Broken(_) => Some(("rt", 11205)),
    }
}

fn with_query(url: &str, form: &[(String, String)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fragment_alone_asks_for_retries() {
        assert_eq!(Overrides::of("https://a.test/in").retries, 0);
        let asked = Overrides::of("https://a.test/in#rc=9&rp=4xx,5xx&rt=3000");
        assert_eq!((asked.retries, asked.read_ms), (5, 3000));
        assert!(asked.wants("5xx") && !asked.wants("ct"));
        assert!(Overrides::of("https://a.test/in#rc=5&rp=all").wants("rt"));
    }
}
