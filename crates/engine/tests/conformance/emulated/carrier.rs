//! A number at the carrier, and a phone that texts with it.

use bytes::Bytes;
use emulators::carrier::{self, Callback, CallbackAnswer, Carrier, HandsetMedia, HandsetMessage, HttpAnswer};
use emulators::platform::{Accepted, Act, By, Faults, Ledger, Media, Refusal, Refused, Request, Shown, WebhookTry};
use jiff::Timestamp;
use serde_json::json;

use super::Emulated;

pub struct OnCarrier {
    pub carrier: Carrier,
    /// The business' number, and the customer's.
    pub number: &'static str,
    pub phone: &'static str,
}

impl OnCarrier {
    fn text(&mut self, text: &str, media: Vec<HandsetMedia>, now: Timestamp) -> Result<String, Refusal> {
        let message = HandsetMessage { to: self.number.into(), text: text.into(), media };
        self.carrier.handset_send(self.phone, &message, now).map_err(|refusal| Refusal::new(refusal.status, refusal.message))
    }
}

impl Emulated for OnCarrier {
    fn asked(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        let form = form_urlencoded::parse(&request.body).into_owned().collect();
        let request = carrier::Request {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            authorization: request.header("authorization").map(str::to_owned),
            form,
        };
        self.carrier.handle_request(&request, now)
    }
    fn due(&mut self, now: Timestamp) -> Vec<Callback> {
        self.carrier.due(now)
    }
    fn next_due(&self) -> Option<Timestamp> {
        self.carrier.next_due()
    }
    fn answered(&mut self, id: u64, answer: CallbackAnswer, now: Timestamp) {
        self.carrier.callback_answer(id, answer, now);
    }

    /// Whoever blocks a number tells the carrier to stop.
    fn act(&mut self, act: Act, now: Timestamp) -> Result<String, Refusal> {
        match act {
            Act::Say { text, media, .. } => {
                let media = media.into_iter().map(|file| HandsetMedia { content_type: file.content_type, data: file.data });
                self.text(&text, media.collect(), now)
            }
            Act::Block | Act::Marketing { wanted: false } => self.text("STOP", vec![], now),
            Act::Unblock | Act::Marketing { wanted: true } => self.text("START", vec![], now),
            Act::Raw { json, .. } => {
                let sid = format!("SM{:032x}", now.as_millisecond());
                let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                let form = vec![field("MessageSid", &sid), field("MessageStatus", "brand_new"), field("News", &json.to_string())];
                self.carrier.tell_number(self.number, form, now);
                Ok(sid)
            }
            _ => Err(Refusal::new(400, "A phone that texts cannot do that")),
        }
    }

    fn screen(&self) -> Vec<Shown> {
        let events = self.carrier.handset_events(&[self.phone.to_owned()], 0);
        let shown = events.into_iter().map(|event| Shown {
            position: event.position,
            person: event.number,
            id: event.sid,
            by: if event.mine { By::Person } else { By::Business },
            kind: "text".into(),
            text: event.text,
            media: event
                .media
                .into_iter()
                .map(|file| Media { file: file.sid, content_type: file.content_type, ..Media::default() })
                .collect(),
            at_ms: event.at_ms,
            delivered: event.acknowledged,
            arrived: true,
            ..Shown::default()
        });
        shown.collect()
    }

    fn set_faults(&mut self, faults: Faults) {
        self.carrier.set_faults(carrier::Faults {
            delay_ms: faults.delay_ms,
            jitter_ms: faults.jitter_ms,
            duplicate: faults.duplicate,
            drop_webhook: faults.drop_webhook,
            no_repeats: faults.no_repeats,
            shuffle: faults.shuffle,
            shuffle_ms: faults.shuffle_ms,
            // An unknown handset, by the carrier's own number for it.
            fail_code: faults.fail_code.map(|_| 30_005),
            fail_percent: 0,
            drop_response: faults.drop_response,
            rate_limit: None,
            too_many: faults.too_many,
            // A pause is left out where the story tells of none.
            retry_after_s: Some(faults.retry_after_s.unwrap_or(0)),
            lose_request: faults.lose_request,
            server_error: faults.server_error,
            server_error_status: faults.server_error_status,
            expired_token: faults.expired_token,
            media_missing: faults.media_missing,
            answer_delay_ms: faults.answer_delay_ms,
            no_acknowledgements: faults.no_delivered,
        });
    }

    fn file(&self, id: &str) -> Option<Bytes> {
        self.carrier.media_bytes_of(id).map(|(_, bytes)| bytes)
    }
    fn mistake(&mut self, what: &str, _now: Timestamp) -> bool {
        let url = match what {
            "subscription" => "",
            "address" => "https://elsewhere.example/in",
            _ => return false,
        };
        self.carrier.put_number(carrier::Number {
            number: self.number.into(),
            account_sid: crate::channel::SID.into(),
            sms_url: url.into(),
            sms_method: "POST".into(),
            sms_fallback_url: String::new(),
        });
        true
    }

    fn ledger(&self) -> Ledger {
        let told = self.carrier.ledger();
        Ledger {
            accepted: told
                .accepted
                .into_iter()
                .map(|one| Accepted {
                    id: one.sid,
                    at: one.at,
                    person: one.to,
                    kind: if one.media_urls.is_empty() { "text" } else { "image" }.into(),
                    text: one.body,
                    body: json!({ "from": one.from, "media": one.media_urls }),
                })
                .collect(),
            webhooks: told
                .webhooks
                .into_iter()
                .map(|tried| WebhookTry {
                    id: tried.id,
                    kind: tried.kind,
                    what: tried.status,
                    message: tried.message_sid,
                    url: tried.url,
                    attempt: tried.attempt,
                    left_at: tried.left_at,
                    answered_at: tried.answered_at,
                    answer_status: tried.answer_status,
                    error: tried.error,
                    wrong_signature: false,
                })
                .collect(),
            refused: told
                .refused
                .into_iter()
                .map(|one| Refused { at: one.at, method: one.method, path: one.path, status: one.status, code: one.code, subcode: None })
                .collect(),
            answers_lost: told.answers_lost,
            ..Ledger::default()
        }
    }
}
