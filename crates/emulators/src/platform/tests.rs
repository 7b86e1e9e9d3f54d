//! The platforms in virtual time: one world with an account of each, whose product answers everything with 200.

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::carrier::{Callback, CallbackAnswer};

pub const PAGE: &str = "1029384756";
pub const GRAM: &str = "17841400000000001";
pub const NUMBER: &str = "106540352242922";
pub const WABA: &str = "102290129340398";
pub const SECRET: &str = "app_secret";
const HOOK: &str = "http://localhost:8080/in";

/// The smallest picture there is.
pub const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

pub struct World {
    pub platforms: Platforms,
    pub now: Timestamp,
    /// What left so far, in order, and what it said.
    pub left: Vec<Callback>,
    /// What the product answers to webhooks.
    pub answer: CallbackAnswer,
    /// What is found at any address of a file.
    pub file: CallbackAnswer,
}

impl World {
    pub fn new() -> Self {
        let config: PlatformsConfig = serde_json::from_value(json!({
            "origin": "http://cdn.localhost:8080",
            "api_origin": "http://graph.localhost:8080",
            "accounts": [
                { "kind": "messenger", "id": PAGE, "name": "Tidewater", "app_id": "778899", "app_secret": SECRET,
                  "verify_token": "word", "access_token": "page-token", "webhook_url": format!("{HOOK}/m") },
                { "kind": "instagram", "id": GRAM, "name": "Tidewater", "username": "tidewater", "app_id": "778899", "app_secret": SECRET,
                  "verify_token": "word", "access_token": "gram-token", "webhook_url": format!("{HOOK}/i") },
                { "kind": "whatsapp", "id": NUMBER, "waba_id": WABA, "display_number": "+1 555-078-3881", "name": "Tidewater",
                  "app_id": "778899", "app_secret": SECRET, "verify_token": "word", "access_token": "number-token",
                  "coexistence": true, "webhook_url": format!("{HOOK}/w") },
            ],
            "people": [
                { "key": "mia", "name": "Mia Höffmann", "lang": "de", "phone": "+4915228817386" },
                { "key": "seo", "name": "김서연", "lang": "ko", "phone": "+821055500142", "hides_phone": true },
                { "key": "tom", "name": "Tom Becker", "lang": "en" },
            ],
        }))
        .expect("a configuration");
        Self {
            platforms: Platforms::new(&config, 7),
            now: "2026-03-01T10:00:00Z".parse().expect("a time"),
            left: Vec::new(),
            answer: CallbackAnswer::status(200),
            file: CallbackAnswer::Answered { status: 200, content_type: "image/png".into(), body: Bytes::from_static(b"picture") },
        }
    }

    /// A request with a token, its body as JSON; `null` for none.
    pub fn call(&mut self, door: &str, token: &str, method: &str, target: &str, body: Value) -> HttpAnswer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method: method.into(),
            host: format!("{door}.localhost:8080"),
            path: path.into(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: vec![("Authorization".into(), format!("Bearer {token}")), ("content-type".into(), "application/json".into())],
            body: if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) },
        };
        let answer = self.platforms.handle_request(&request, self.now);
        match answer.ticket {
            // What it waits for is answered at once here.
            Some(ticket) => {
                self.pass(0);
                self.platforms.answer_of(ticket).expect("a decision")
            }
            None => answer,
        }
    }

    pub fn page(&mut self, message: Value) -> HttpAnswer {
        let id = self.id(PAGE, "mia");
        let body = json!({ "recipient": { "id": id }, "messaging_type": "RESPONSE", "message": message });
        self.call("graph", "page-token", "POST", &format!("/v25.0/{PAGE}/messages"), body)
    }

    pub fn gram(&mut self, message: Value) -> HttpAnswer {
        let id = self.id(GRAM, "mia");
        self.call("instagram", "gram-token", "POST", "/v25.0/me/messages", json!({ "recipient": { "id": id }, "message": message }))
    }

    /// WhatsApp, to Mia: the type and what belongs to it.
    pub fn number(&mut self, kind: &str, part: Value) -> HttpAnswer {
        let mut body = json!({ "messaging_product": "whatsapp", "to": "4915228817386", "type": kind });
        body[kind] = part;
        self.call("graph", "number-token", "POST", &format!("/v25.0/{NUMBER}/messages"), body)
    }

    pub fn id(&self, account: &str, person: &str) -> String {
        self.platforms.id_of(account, person).expect("a person").to_owned()
    }

    pub fn act(&mut self, account: &str, person: &str, act: Value) -> String {
        let act: Act = serde_json::from_value(act).expect("an act");
        self.platforms.act(account, person, act, self.now).expect("done")
    }

    pub fn refused(&mut self, account: &str, person: &str, act: Value) -> u16 {
        let act: Act = serde_json::from_value(act).expect("an act");
        self.platforms.act(account, person, act, self.now).expect_err("refused").status
    }

    pub fn says(&mut self, account: &str, person: &str, text: &str) -> String {
        self.act(account, person, json!({ "act": "say", "text": text }))
    }

    pub fn faults(&mut self, account: &str, faults: Value) {
        self.platforms.set_faults(account, serde_json::from_value(faults).expect("faults"));
    }

    /// Lets time pass, answering whatever leaves.
    pub fn pass(&mut self, seconds: u64) {
        let end = later(self.now, seconds * 1000);
        loop {
            while let Some(at) = self.platforms.next_due().filter(|at| *at <= end) {
                self.now = self.now.max(at);
                for callback in self.platforms.due(self.now) {
                    let answer = match callback.kind {
                        WebhookKind::Media => self.file.clone(),
                        WebhookKind::Handshake => shake(&callback.url, "word"),
                        _ => self.answer.clone(),
                    };
                    self.platforms.callback_answer(callback.id, answer, self.now);
                    self.left.push(callback);
                }
            }
            if self.platforms.next_due().is_none_or(|at| at > end) {
                break;
            }
        }
        self.now = end;
    }

    /// The bodies of the webhooks that left since the last call.
    pub fn heard(&mut self) -> Vec<Value> {
        self.pass(5);
        self.left.drain(..).filter_map(|callback| serde_json::from_slice(&callback.json?).ok()).collect()
    }

    /// The events of a page or Instagram account that left since the last call.
    pub fn events(&mut self) -> Vec<Value> {
        self.heard().iter().map(|body| body["entry"][0]["messaging"][0].clone()).collect()
    }

    /// The values of WhatsApp changes that left since the last call.
    pub fn changes(&mut self) -> Vec<Value> {
        self.heard().iter().map(|body| body["entry"][0]["changes"][0]["value"].clone()).collect()
    }

    pub fn ledger(&self, account: &str) -> Ledger {
        self.platforms.ledger(account).expect("an account").clone()
    }

    pub fn screen(&self, account: &str, person: &str) -> Vec<Shown> {
        self.platforms.events(account, person, 0)
    }
}

/// What a product says that knows the word.
fn shake(url: &str, word: &str) -> CallbackAnswer {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let field = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if field("hub.mode").as_deref() != Some("subscribe") || field("hub.verify_token").as_deref() != Some(word) {
        return CallbackAnswer::status(403);
    }
    CallbackAnswer::Answered {
        status: 200,
        content_type: "text/plain".into(),
        body: Bytes::from(field("hub.challenge").unwrap_or_default()),
    }
}

#[test]
fn a_webhook_is_signed_over_its_exact_ascii_bytes() {
    let mut world = World::new();
    world.says(PAGE, "mia", "schöne Grüße 👍");
    world.pass(1);
    let callback = &world.left[0];
    let body = callback.json.clone().expect("a body");
    assert!(body.is_ascii());
    assert!(String::from_utf8_lossy(&body).contains(r#""text":"sch\u00f6ne Gr\u00fc\u00dfe \ud83d\udc4d""#));
    assert!(callback.headers.contains(&("x-hub-signature-256".into(), sign(SECRET, &body))));
    world.faults(PAGE, json!({ "wrong_signature": 1 }));
    world.says(PAGE, "mia", "a");
    world.says(PAGE, "mia", "b");
    world.pass(1);
    let right: Vec<bool> = world.left[1..]
        .iter()
        .map(|callback| callback.headers.contains(&("x-hub-signature-256".into(), sign(SECRET, callback.json.as_ref().expect("a body")))))
        .collect();
    assert_eq!(right, [false, true]);
    assert_eq!(world.ledger(PAGE).webhooks.iter().map(|tried| tried.wrong_signature).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn a_webhook_is_repeated_as_the_provider_does_and_then_the_page_is_unsubscribed() {
    let mut world = World::new();
    world.answer = CallbackAnswer::status(500);
    world.says(PAGE, "mia", "hello");
    world.pass(2 * 3600);
    let tries: Vec<u32> = world.ledger(PAGE).webhooks.iter().map(|tried| tried.attempt).collect();
    assert_eq!(tries, [1, 2, 3, 4, 5, 6, 7, 8]);
    let bodies: std::collections::BTreeSet<_> = world.left.iter().map(|callback| callback.json.clone()).collect();
    assert_eq!(bodies.len(), 1, "a repeat says the very same");
    let list = world.call("graph", "page-token", "GET", &format!("/v25.0/{PAGE}/subscribed_apps"), Value::Null).value();
    assert_eq!(list["data"], json!([]));
    world.answer = CallbackAnswer::status(200);
    world.left.clear();
    world.says(PAGE, "mia", "nobody hears");
    assert_eq!(world.heard().len(), 0);
    let subscribed = world.call("graph", "page-token", "POST", &format!("/{PAGE}/subscribed_apps?subscribed_fields=messages"), Value::Null);
    assert_eq!(subscribed.status, 200);
    world.says(PAGE, "mia", "again");
    assert_eq!(world.heard().len(), 1);
    // WhatsApp goes on for seven days, here a thousand times faster.
    world.answer = CallbackAnswer::Timeout;
    world.platforms.set_delays(NUMBER, Delays { pace: 1000, ..Delays::default() });
    world.says(NUMBER, "mia", "hello");
    world.pass(7 * 86 + 100);
    let tries = world.ledger(NUMBER).webhooks.len();
    assert!((15..40).contains(&tries), "{tries}");
}

#[test]
fn a_webhook_that_is_lost_comes_again_as_the_provider_does_or_never() {
    let mut world = World::new();
    let lost = |world: &World, account: &str| {
        world.ledger(account).webhooks.iter().filter(|tried| tried.error.as_deref() == Some("lost on the way")).count()
    };
    world.faults(PAGE, json!({ "drop_webhook": 2 }));
    world.says(PAGE, "mia", "hello");
    world.pass(9);
    assert_eq!((world.left.len(), lost(&world, PAGE)), (0, 1), "the platform waits for its connection, and tries again at once");
    world.pass(30);
    assert_eq!((world.left.len(), lost(&world, PAGE)), (1, 2));
    assert_eq!(world.events()[0]["message"]["text"], "hello");
    assert_eq!(world.ledger(PAGE).webhooks.iter().map(|tried| tried.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    world.faults(PAGE, json!({ "drop_webhook": 1, "no_repeats": true }));
    world.says(PAGE, "mia", "gone");
    world.pass(2 * 3600);
    assert_eq!((world.heard().len(), lost(&world, PAGE)), (0, 3));
    world.says(PAGE, "mia", "and this");
    assert_eq!(world.heard().len(), 1, "one that was lost for good unsubscribes nobody");
}

#[test]
fn what_was_said_before_the_start_stands_on_the_screen_and_may_be_answered() {
    let mut world = World::new();
    let id = world.says(PAGE, "mia", "hello");
    world.pass(1);
    assert_eq!(world.page(json!({ "text": "hello yourself" })).status, 200);
    world.pass(1);
    let said = world.platforms.spoken();
    assert_eq!(
        said.iter().map(|line| (line.by, line.text.as_str())).collect::<Vec<_>>(),
        [(By::Person, "hello"), (By::Business, "hello yourself")]
    );
    let mut fresh = World::new();
    assert_eq!(fresh.page(json!({ "text": "too early" })).status, 400, "who never wrote is not written to");
    let config: Vec<_> = world.platforms.accounts().cloned().collect();
    let people: Vec<_> = world.platforms.people().cloned().collect();
    let told = json!({ "accounts": config, "people": people, "before": said });
    fresh.platforms = Platforms::new(&serde_json::from_value(told).expect("a configuration"), 8);
    assert_eq!(fresh.screen(PAGE, "mia").iter().map(|shown| shown.text.as_str()).collect::<Vec<_>>(), ["hello", "hello yourself"]);
    assert_eq!(fresh.screen(PAGE, "mia")[0].id, id);
    assert_eq!(fresh.page(json!({ "text": "and on" })).status, 200);
    let told = fresh.heard();
    assert!(!told.is_empty() && told.iter().all(|body| !body.to_string().contains("hello")), "only what is said now is told: {told:?}");
}

#[test]
fn webhooks_are_doubled_and_shuffled_on_demand_and_lose_nothing() {
    let mut world = World::new();
    world.faults(NUMBER, json!({ "duplicate": 2, "shuffle": true }));
    for text in ["a", "b", "c", "d", "e", "f"] {
        world.says(NUMBER, "mia", text);
    }
    let told: Vec<String> =
        world.changes().iter().map(|value| value["messages"][0]["text"]["body"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(told.len(), 18);
    let mut sorted = told.clone();
    sorted.sort_unstable();
    assert_ne!(told, sorted);
    assert_eq!(sorted.iter().filter(|text| *text == "c").count(), 3);
}

#[test]
fn an_answer_is_lost_or_never_comes_and_the_message_is_there_all_the_same() {
    let mut world = World::new();
    world.says(PAGE, "mia", "hello");
    world.faults(PAGE, json!({ "drop_response": 1 }));
    assert!(world.page(json!({ "text": "one" })).lost);
    world.faults(PAGE, json!({ "hang": 1 }));
    assert_eq!(world.page(json!({ "text": "two" })).after_ms, HttpAnswer::NEVER_MS);
    world.faults(PAGE, json!({ "lose_request": 1 }));
    assert!(world.page(json!({ "text": "never" })).lost);
    world.pass(2);
    let ledger = world.ledger(PAGE);
    assert_eq!(ledger.accepted.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(ledger.answers_lost, 2);
    assert_eq!(ledger.shown.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["hello", "one", "two"]);
}

#[test]
fn trouble_on_demand_has_the_providers_own_words() {
    let mut world = World::new();
    world.says(NUMBER, "mia", "hello");
    world.faults(NUMBER, json!({ "too_many": 2, "retry_after_s": 3 }));
    let refused = world.number("text", json!({ "body": "x" }));
    assert_eq!((refused.status, refused.value()["error"]["code"].as_u64()), (429, Some(130_429)));
    assert!(refused.headers.contains(&("retry-after".into(), "3".into())));
    world.faults(NUMBER, json!({ "too_many": 1, "server_error": 1, "server_error_status": 503 }));
    assert_eq!(world.number("text", json!({ "body": "x" })).status, 503);
    let refused = world.number("text", json!({ "body": "x" }));
    assert!(refused.status == 429 && !refused.headers.iter().any(|(name, _)| name == "retry-after"));
    assert_eq!(world.number("text", json!({ "body": "x" })).status, 200);
    let ledger = world.ledger(NUMBER);
    assert_eq!((ledger.accepted.len(), ledger.refused.len()), (1, 3));
}

#[test]
fn a_new_webhook_address_is_asked_before_it_is_taken() {
    let mut world = World::new();
    let token = format!("778899|{SECRET}");
    let set = |word: &str| json!({ "object": "page", "callback_url": "http://localhost:8080/other", "verify_token": word, "fields": "messages,message_reads" });
    let right = world.call("graph", &token, "POST", "/v25.0/778899/subscriptions", set("word"));
    assert_eq!((right.status, right.value()["success"].as_bool()), (200, Some(true)));
    let list = world.call("graph", &token, "GET", "/v25.0/app/subscriptions", Value::Null).value();
    assert_eq!(list["data"][0]["callback_url"], "http://localhost:8080/other");
    assert_eq!(list["data"][0]["active"], true);
    assert_eq!(list["data"][0]["fields"].as_array().map(Vec::len), Some(2));
    world.left.clear();
    world.says(PAGE, "mia", "to the new one");
    world.pass(1);
    assert_eq!(world.left[0].url, "http://localhost:8080/other");
    let wrong = world.call("graph", &token, "POST", "/v25.0/778899/subscriptions", set("another"));
    assert_eq!((wrong.status, wrong.value()["error"]["code"].as_u64()), (400, Some(2200)));
    let foreign = world.call("graph", "778899|guess", "GET", "/v25.0/778899/subscriptions", Value::Null);
    assert_eq!(foreign.value()["error"]["code"], 190);
}

#[test]
fn what_is_asked_of_a_token_names_what_is_wrong_with_it() {
    let mut world = World::new();
    let app = format!("778899|{SECRET}");
    let asks = |world: &mut World, token: &str| {
        world.call("graph", &app, "GET", &format!("/debug_token?input_token={token}"), Value::Null).value()["data"].clone()
    };
    let good = asks(&mut world, "number-token");
    assert_eq!((good["is_valid"].as_bool(), good["app_id"].as_str()), (Some(true), Some("778899")));
    assert_eq!(good["granular_scopes"][0]["target_ids"], json!([WABA]));
    assert_eq!(asks(&mut world, "guess")["is_valid"], false);
    world.faults(NUMBER, json!({ "expired_token": true }));
    assert_eq!(asks(&mut world, "number-token")["error"]["subcode"], 463);
    let refused = world.number("text", json!({ "body": "x" }));
    assert_eq!((refused.status, refused.value()["error"]["code"].as_u64()), (401, Some(190)));
    // A scope that was not given.
    world.faults(NUMBER, json!({}));
    let control = |path: &str, body: Value| Request {
        method: "PUT".into(),
        path: format!("/control/accounts/{path}"),
        body: Bytes::from(body.to_string()),
        ..Request::default()
    };
    let now = world.now;
    world.platforms.control(&control(&format!("{NUMBER}/token"), json!({ "scopes": ["whatsapp_business_management"] })), now);
    assert_eq!(world.number("text", json!({ "body": "x" })).value()["error"]["code"], 200);
    // A token that ends, and is renewed before.
    world.platforms.control(&control(&format!("{GRAM}/token"), json!({ "value": "short", "ends_in_s": 100_000 })), now);
    assert_eq!(
        world.call("instagram", "short", "GET", "/refresh_access_token?grant_type=ig_refresh_token", Value::Null).status,
        400,
        "it is too young"
    );
    world.pass(90_000);
    let fresh = world.call("instagram", "short", "GET", "/refresh_access_token?grant_type=ig_refresh_token", Value::Null).value();
    assert_eq!(fresh["expires_in"], 60 * 86_400);
    assert_eq!(world.call("instagram", "short", "GET", "/me", Value::Null).value()["error"]["code"], 190);
    let token = fresh["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(world.call("instagram", &token, "GET", "/me?fields=user_id,username", Value::Null).value()["username"], "tidewater");
}

#[test]
fn another_accounts_token_is_good_and_opens_nothing() {
    let mut world = World::new();
    let refused = world.call("graph", "number-token", "GET", &format!("/v25.0/{PAGE}?fields=id,name"), Value::Null);
    assert_eq!((refused.status, refused.value()["error"]["code"].as_u64()), (400, Some(100)));
    assert_eq!(world.call("graph", "guess", "GET", &format!("/v25.0/{PAGE}"), Value::Null).value()["error"]["code"], 190);
    assert_eq!(world.call("graph", "page-token", "GET", "/v25.0/999999999", Value::Null).value()["error"]["error_subcode"], 33);
    assert_eq!(world.call("elsewhere", "page-token", "GET", "/", Value::Null).status, 421);
}

#[test]
fn a_device_that_is_off_gets_everything_later() {
    let mut world = World::new();
    world.says(NUMBER, "mia", "hello");
    world.act(NUMBER, "mia", json!({ "act": "power", "on": false }));
    world.number("text", json!({ "body": "are you there" }));
    let _ = world.heard();
    assert_eq!(world.screen(NUMBER, "mia").len(), 1);
    world.act(NUMBER, "mia", json!({ "act": "power", "on": true }));
    assert_eq!(world.screen(NUMBER, "mia").len(), 2);
    assert_eq!(world.changes()[0]["statuses"][0]["status"], "delivered");
}

#[test]
fn the_same_seed_gives_the_same_run_and_a_reset_another_epoch() {
    let run = || {
        let mut world = World::new();
        world.faults(PAGE, json!({ "jitter_ms": 500, "duplicate": 1 }));
        world.says(PAGE, "mia", "hello");
        world.page(json!({ "text": "answer" }));
        world.pass(10);
        (world.left.iter().map(|callback| callback.json.clone()).collect::<Vec<_>>(), world)
    };
    let ((first, mut world), (second, _)) = (run(), run());
    assert_eq!(first, second);
    let epoch = world.platforms.epoch().to_owned();
    world.platforms.reset();
    world.left.clear();
    assert_ne!(world.platforms.epoch(), epoch);
    assert_eq!(world.screen(PAGE, "mia").len(), 0);
    assert_eq!(world.ledger(PAGE).accepted.len(), 0);
    world.says(PAGE, "mia", "anew");
    assert_eq!(world.heard().len(), 1);
}
