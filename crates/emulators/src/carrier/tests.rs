//! The carrier in virtual time.

mod astray;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;

const AC: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "token-of-tests";
const SHOP: &str = "+4930123456";
const MIA: &str = "+491701234567";
const PAGE_PHONE: &str = "+821012345678";

struct World {
    carrier: Carrier,
    now: Timestamp,
    /// What left so far, in order.
    left: Vec<Callback>,
    /// What the product answers.
    answer: CallbackAnswer,
}

impl World {
    fn new() -> Self {
        Self::with("http://localhost:8080/in/sms/KA1#rc=5&rp=all")
    }

    fn with(sms_url: &str) -> Self {
        let config: CarrierConfig = serde_json::from_value(json!({
            "origin": "http://carrier.localhost:8080",
            "accounts": [{ "account_sid": AC, "auth_token": TOKEN,
                "api_keys": [{ "sid": "SK1", "secret": "s3" }] }],
            "numbers": [{ "number": SHOP, "account_sid": AC, "sms_url": sms_url }],
            "services": [{ "sid": "MG1", "account_sid": AC, "numbers": [SHOP] }],
            "handsets": [{ "number": PAGE_PHONE, "acknowledges": "page" }],
        }))
        .expect("a configuration");
        Self {
            carrier: Carrier::new(&config, 7),
            now: "2026-03-01T10:00:00Z".parse().expect("a time"),
            left: Vec::new(),
            answer: CallbackAnswer::status(204),
        }
    }

    fn call_as(&mut self, user: &str, method: &str, path: &str, form: &[(&str, &str)]) -> HttpAnswer {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: method.into(),
            path: path.into(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            authorization: Some(format!("Basic {}", STANDARD.encode(user))),
            form: form.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
        };
        self.carrier.handle_request(&request, self.now)
    }

    fn call(&mut self, method: &str, rest: &str, form: &[(&str, &str)]) -> HttpAnswer {
        let path = format!("/2010-04-01/Accounts/{AC}{rest}");
        self.call_as(&format!("{AC}:{TOKEN}"), method, &path, form)
    }

    fn send(&mut self, to: &str, body: &str) -> HttpAnswer {
        self.call(
            "POST",
            "/Messages.json",
            &[("To", to), ("From", SHOP), ("Body", body), ("StatusCallback", "http://localhost:8080/s?m=1")],
        )
    }

    fn sent(&mut self, to: &str, body: &str) -> String {
        let answer = self.send(to, body);
        assert_eq!(answer.status, 201, "{}", answer.value());
        text(&answer.value(), "sid")
    }

    fn faults(&mut self, faults: Value) {
        let request = Request { method: "PUT".into(), path: "/control/faults".into(), ..Request::default() };
        let answer = self.carrier.control(&request, faults.to_string().as_bytes(), self.now);
        assert_eq!(answer.status, 204, "{}", answer.value());
    }

    /// Lets time pass until nothing is planned any more, at most `seconds`.
    fn pass(&mut self, seconds: u64) {
        let end = later(self.now, seconds * 1000);
        while let Some(at) = self.carrier.next_due().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            for callback in self.carrier.due(self.now) {
                let answer = match callback.kind {
                    WebhookKind::Media => CallbackAnswer::Answered {
                        status: 200,
                        content_type: "image/png".into(),
                        body: bytes::Bytes::from_static(b"picture"),
                    },
                    _ => self.answer.clone(),
                };
                self.carrier.callback_answer(callback.id, answer, self.now);
                self.left.push(callback);
            }
        }
        self.now = end;
    }

    fn text_from(&mut self, phone: &str, text: &str) -> String {
        let message = HandsetMessage { to: SHOP.into(), text: text.into(), media: Vec::new() };
        self.carrier.handset_send(phone, &message, self.now).expect("a text")
    }

    fn statuses(&self) -> Vec<String> {
        self.left.iter().filter_map(|c| field(c, "MessageStatus")).collect()
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn field(callback: &Callback, name: &str) -> Option<String> {
    callback.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

fn header(callback: &Callback, name: &str) -> Option<String> {
    callback.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

#[test]
fn a_message_goes_its_way_and_its_phone_gets_it_once() {
    let mut world = World::new();
    let created = world.send(MIA, "hello").value();
    assert_eq!(created["status"], "queued");
    assert_eq!(created["num_segments"], "1");
    assert_eq!(created["num_media"], "0");
    assert_eq!(created["date_created"], "Sun, 01 Mar 2026 10:00:00 +0000");
    assert!(created["date_sent"].is_null() && created["messaging_service_sid"].is_null());
    world.pass(10);
    assert_eq!(world.statuses(), ["queued", "sending", "sent", "delivered"]);
    let sid = text(&created, "sid");
    let shown = world.call("GET", &format!("/Messages/{sid}.json"), &[]).value();
    assert_eq!(shown["status"], "delivered");
    let ledger = world.carrier.ledger();
    assert_eq!(ledger.accepted.len(), 1);
    let phone = &ledger.handsets[MIA];
    assert_eq!((phone.len(), phone[0].body.as_str(), phone[0].mine), (1, "hello", false));
    assert!(phone[0].acknowledged_at.is_some());
}

#[test]
fn each_callback_is_signed_over_the_configured_address() {
    let mut world = World::new();
    world.sent(MIA, "grüße");
    world.text_from(MIA, "hi & bye");
    world.pass(10);
    assert_eq!(world.left.len(), 5);
    for callback in &world.left {
        assert!(!callback.url.contains('#'));
        let expected = sign_form(TOKEN, &callback.url, &callback.form);
        assert_eq!(header(callback, "x-twilio-signature"), Some(expected));
    }
}

#[test]
fn a_phone_whose_page_is_silent_leaves_the_text_sent() {
    let mut world = World::new();
    let sid = world.sent(PAGE_PHONE, "안녕하세요");
    world.pass(3600);
    assert_eq!(world.carrier.message(&sid).map(|m| m.status), Some(Status::Sent));
    world.carrier.handset_acknowledge(MIA, std::slice::from_ref(&sid), world.now);
    assert_eq!(world.carrier.message(&sid).map(|m| m.status), Some(Status::Sent));
    world.carrier.handset_acknowledge(PAGE_PHONE, std::slice::from_ref(&sid), world.now);
    assert_eq!(world.carrier.message(&sid).map(|m| m.status), Some(Status::Delivered));
}

#[test]
fn a_phone_that_is_off_gets_its_texts_when_it_is_on() {
    let mut world = World::new();
    world.carrier.handset_power(MIA, false, world.now);
    let early = world.sent(MIA, "one");
    world.pass(60);
    assert!(!world.carrier.ledger().handsets.contains_key(MIA));
    world.carrier.handset_power(MIA, true, world.now);
    world.pass(60);
    assert_eq!(world.carrier.message(&early).map(|m| m.status), Some(Status::Delivered));

    world.carrier.handset_power(MIA, false, world.now);
    let late = world.sent(MIA, "two");
    world.pass(11 * 3600);
    let message = world.carrier.message(&late).expect("kept");
    assert_eq!((message.status, message.error_code), (Status::Undelivered, Some(30003)));
}

#[test]
fn shuffled_callbacks_overtake_one_another_and_none_is_lost() {
    let mut reordered = 0;
    for seed in 0..20 {
        let mut world = World::new();
        world.carrier.chance = Chance::seeded(seed);
        world.faults(json!({ "shuffle": true, "duplicate": 2 }));
        world.sent(MIA, "hello");
        world.pass(60);
        let mut statuses = world.statuses();
        assert_eq!(statuses.len(), 12);
        let in_order = statuses.is_sorted_by_key(|status| ["queued", "sending", "sent", "delivered"].iter().position(|s| s == status));
        reordered += usize::from(!in_order);
        statuses.sort();
        statuses.dedup();
        assert_eq!(statuses, ["delivered", "queued", "sending", "sent"]);
    }
    assert!(reordered > 10, "only {reordered} of 20 runs were out of order");
}

#[test]
fn failures_come_before_or_after_the_answer() {
    let mut world = World::new();
    world.faults(json!({ "fail_code": 21611 }));
    let refused = world.send(MIA, "hello");
    assert_eq!((refused.status, refused.value()["code"].as_u64()), (429, Some(21611)));
    world.faults(json!({ "fail_code": 30007 }));
    world.sent(MIA, "hello");
    world.faults(json!({ "fail_code": 30007 }));
    world.pass(10);
    let last = world.left.last().expect("callbacks");
    assert_eq!(field(last, "MessageStatus").as_deref(), Some("undelivered"));
    assert_eq!(field(last, "ErrorCode").as_deref(), Some("30007"));
    assert!(!world.carrier.ledger().handsets.contains_key(MIA));
}

#[test]
fn stop_is_confirmed_forwarded_and_kept_until_start() {
    let mut world = World::new();
    world.text_from(MIA, " stop ");
    world.pass(5);
    assert_eq!(field(&world.left[0], "Body").as_deref(), Some(" stop "));
    let refused = world.send(MIA, "are you there?");
    assert_eq!(refused.status, 400);
    assert_eq!(refused.value()["code"], 21610);
    assert_eq!(refused.value()["more_info"], "https://www.twilio.com/docs/errors/21610");
    let ledger = world.carrier.ledger();
    assert_eq!(ledger.opted_out, [(SHOP.to_owned(), MIA.to_owned())]);
    assert!(ledger.handsets[MIA][1].by_carrier);
    assert_eq!(ledger.refused.len(), 1);
    assert!(ledger.accepted.is_empty());
    world.text_from(MIA, "Start");
    assert_eq!(world.send(MIA, "again").status, 201);
    // Somebody who never stopped says yes to a question, and nothing is confirmed.
    world.text_from(PAGE_PHONE, "yes");
    assert_eq!(world.carrier.ledger().handsets[PAGE_PHONE].len(), 1);
}

#[test]
fn a_webhook_is_tried_again_only_when_its_address_asks() {
    for (url, tries) in [
        ("http://localhost/in", 1),
        ("http://localhost/in#rc=5&rp=all", 6),
        ("http://localhost/in#rc=2&rp=5xx", 3),
        ("http://localhost/in#rc=5&rp=4xx", 1),
    ] {
        let mut world = World::with(url);
        world.answer = CallbackAnswer::status(503);
        world.text_from(MIA, "hello");
        world.pass(60);
        assert_eq!(world.left.len(), tries, "{url}");
        let tokens: std::collections::BTreeSet<_> =
            world.left.iter().map(|callback| header(callback, "i-twilio-idempotency-token")).collect();
        assert_eq!(tokens.len(), 1, "{url}");
        assert_eq!(world.carrier.ledger().webhooks.len(), tries);
        assert_eq!(world.carrier.ledger().alerts.len(), 1);
    }
}

#[test]
fn a_missed_text_is_found_in_the_list() {
    let mut world = World::with("http://localhost/in");
    world.answer = CallbackAnswer::NoConnection("refused".into());
    let sid = world.text_from(MIA, "anybody?");
    world.pass(60);
    let path = "/Messages.json?To=%2B4930123456&DateSent%3E=2026-03-01T09:59:00Z";
    let found = world.call("GET", path, &[]).value();
    assert_eq!(found["messages"][0]["sid"], sid.as_str());
    assert_eq!(found["messages"][0]["direction"], "inbound");
    assert_eq!(found["messages"][0]["status"], "received");
    let later = "/Messages.json?DateSent%3E=2026-03-02";
    assert_eq!(world.call("GET", later, &[]).value()["messages"], json!([]));
    let that_day = "/Messages.json?DateSent=2026-03-01";
    assert_eq!(world.call("GET", that_day, &[]).value()["messages"][0]["sid"], sid.as_str());
}

#[test]
fn pages_lead_on_and_new_messages_shift_nothing() {
    let mut world = World::new();
    for count in 0..5 {
        world.sent(MIA, &format!("text {count}"));
    }
    let mut seen = Vec::new();
    let mut next = Some("/Messages.json?PageSize=2".to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        let page = world.call("GET", &path, &[]).value();
        let bodies = page["messages"].as_array().expect("messages");
        seen.extend(bodies.iter().map(|message| text(message, "body")));
        assert_eq!(page["page"], pages);
        pages += 1;
        world.sent(MIA, "newer");
        next = page["next_page_uri"].as_str().map(|uri| uri.strip_prefix(&format!("/2010-04-01/Accounts/{AC}")).expect("own").to_owned());
    }
    assert_eq!(seen, ["text 4", "text 3", "text 2", "text 1", "text 0"]);
    assert_eq!(pages, 3);
}

#[test]
fn a_picture_is_fetched_with_credentials_and_then_by_a_link_that_ends() {
    let mut world = World::new();
    let message = HandsetMessage {
        to: SHOP.into(),
        text: String::new(),
        media: vec![HandsetMedia { content_type: "image/jpeg".into(), data: "cGljdHVyZQ==".into() }],
    };
    let sid = world.carrier.handset_send(MIA, &message, world.now).expect("a picture");
    assert!(sid.starts_with("MM"));
    world.pass(1);
    let url = field(&world.left[0], "MediaUrl0").expect("an address");
    assert_eq!(field(&world.left[0], "NumMedia").as_deref(), Some("1"));
    let path = url.strip_prefix("http://carrier.localhost:8080").expect("own origin").to_owned();
    assert_eq!(world.call_as("nobody:x", "GET", &path, &[]).status, 401);
    let redirect = world.call_as("SK1:s3", "GET", &path, &[]);
    // A key belongs to its account, so it opens the account's media as well.
    assert_eq!(redirect.status, 307);
    let link = redirect.headers.iter().find(|(name, _)| name == "location").expect("a link").1.clone();
    let file = world.call_as("", "GET", &link, &[]);
    assert_eq!((file.status, &file.body[..]), (200, &b"picture"[..]));
    assert_eq!(world.call_as("", "GET", &link.replace("until=1", "until=2"), &[]).status, 403);
    world.pass(301);
    assert_eq!(world.call_as("", "GET", &link, &[]).status, 403);
    let list = world.call("GET", &format!("/Messages/{sid}/Media.json"), &[]).value();
    assert_eq!(list["media_list"][0]["content_type"], "image/jpeg");
    assert_eq!(list["media_list"][0]["parent_sid"], sid.as_str());
}

#[test]
fn pictures_to_send_are_fetched_first() {
    let mut world = World::new();
    let form = [("To", MIA), ("From", SHOP), ("MediaUrl", "http://files.localhost/a"), ("MediaUrl", "http://files.localhost/b")];
    let created = world.call("POST", "/Messages.json", &form).value();
    assert_eq!(created["num_media"], "2");
    world.pass(10);
    let phone = &world.carrier.ledger().handsets[MIA];
    assert_eq!((phone.len(), phone[0].media_sha256.len()), (1, 2));
}

#[test]
fn wrong_requests_are_named_and_leave_nothing() {
    let mut world = World::new();
    let long = "x".repeat(1601);
    let cases: [(&[(&str, &str)], u64); 12] = [
        (&[("From", SHOP), ("Body", "x")], 21604),
        (&[("To", MIA), ("Body", "x")], 21603),
        (&[("To", MIA), ("From", SHOP)], 21602),
        (&[("To", "12"), ("From", SHOP), ("Body", "x")], 21211),
        (&[("To", MIA), ("From", "+4930999999"), ("Body", "x")], 21606),
        (&[("To", MIA), ("From", SHOP), ("Body", &long)], 21617),
        (&[("To", MIA), ("From", SHOP), ("MediaUrl", "ftp://a")], 21620),
        (&[("To", "+15005550001"), ("From", SHOP), ("Body", "x")], 21211),
        (&[("To", "+15005550004"), ("From", SHOP), ("Body", "x")], 21610),
        (&[("To", "+15005550009"), ("From", SHOP), ("Body", "x")], 21614),
        (&[("To", MIA), ("From", "+15005550008"), ("Body", "x")], 21611),
        (&[("To", MIA), ("MessagingServiceSid", "MG9"), ("Body", "x")], 21703),
    ];
    for (form, code) in cases {
        let answer = world.call("POST", "/Messages.json", form).value();
        assert_eq!(answer["code"].as_u64(), Some(code), "{answer}");
    }
    assert!(world.carrier.ledger().accepted.is_empty());
    let stranger = world.call_as(&format!("{AC}:wrong"), "GET", &format!("/2010-04-01/Accounts/{AC}/Messages.json"), &[]);
    assert_eq!((stranger.status, stranger.value()["code"].as_u64()), (401, Some(20003)));
    assert_eq!(world.call("GET", "/Messages/SM9.json", &[]).value()["code"], 20404);
}

#[test]
fn a_planned_message_can_be_taken_back_and_a_finished_one_emptied_or_deleted() {
    let mut world = World::new();
    let planned =
        [("To", MIA), ("MessagingServiceSid", "MG1"), ("Body", "later"), ("SendAt", "2026-03-01T11:00:00Z"), ("ScheduleType", "fixed")];
    let first = text(&world.call("POST", "/Messages.json", &planned).value(), "sid");
    let second = text(&world.call("POST", "/Messages.json", &planned).value(), "sid");
    let canceled = world.call("POST", &format!("/Messages/{first}.json"), &[("Status", "canceled")]);
    assert_eq!(canceled.value()["status"], "canceled");
    assert_eq!(world.call("DELETE", &format!("/Messages/{second}.json"), &[]).status, 409);
    world.pass(2 * 3600);
    assert_eq!(world.carrier.ledger().handsets[MIA].len(), 1);
    let path = format!("/Messages/{second}.json");
    assert_eq!(world.call("GET", &path, &[]).value()["from"], SHOP);
    assert_eq!(world.call("POST", &path, &[("Body", "")]).value()["body"], "");
    assert_eq!(world.call("DELETE", &path, &[]).status, 204);
    assert_eq!(world.call("GET", &path, &[]).status, 404);
}

#[test]
fn a_lost_answer_is_an_accepted_message() {
    let mut world = World::new();
    world.faults(json!({ "drop_response": 1 }));
    assert!(world.send(MIA, "one").lost);
    assert!(!world.send(MIA, "two").lost);
    let ledger = world.carrier.ledger();
    assert_eq!((ledger.accepted.len(), ledger.answers_lost), (2, 1));
}

#[test]
fn too_many_requests_are_told_to_wait() {
    let mut world = World::new();
    world.faults(json!({ "rate_limit": 2 }));
    let answers: Vec<u16> = (0..3).map(|_| world.send(MIA, "x").status).collect();
    assert_eq!(answers, [201, 201, 429]);
    world.pass(1);
    assert_eq!(world.send(MIA, "x").status, 201);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let mut world = World::new();
        world.faults(json!({ "shuffle": true, "duplicate": 3, "jitter_ms": 500 }));
        for count in 0..5 {
            world.sent(MIA, &format!("text {count}"));
            world.text_from(MIA, "answer");
        }
        world.pass(60);
        serde_json::to_string(&world.carrier.ledger()).expect("a ledger")
    };
    assert_eq!(run(), run());
}

#[test]
fn a_reset_forgets_what_happened_but_not_who_there_is() {
    let mut world = World::new();
    world.sent(MIA, "hello");
    let before = world.carrier.events_json(MIA, 0);
    world.carrier.reset();
    assert_eq!(world.carrier.next_due(), None);
    assert!(world.carrier.ledger().accepted.is_empty());
    assert_ne!(world.carrier.events_json(MIA, 0)["epoch"], before["epoch"]);
    assert_eq!(world.send(MIA, "again").status, 201);
}
