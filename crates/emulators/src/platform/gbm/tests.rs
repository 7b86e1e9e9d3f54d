//! Google's own rules, in virtual time.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde_json::{Value, json};

use super::super::{Act, Platforms, PlatformsConfig, Request, Timestamp, later, ledger::WebhookKind, tests::PICTURE};
use super::sign;
use crate::carrier::{Callback, CallbackAnswer, HttpAnswer};

const AGENT: &str = "gbm-shop";
const KEY: &str = "partner-key-1";

struct World {
    platforms: Platforms,
    now: Timestamp,
    left: Vec<Callback>,
    answer: CallbackAnswer,
    file: CallbackAnswer,
    token: String,
}

impl World {
    fn new(extra: Value) -> Self {
        let mut account = json!({ "kind": "gbm", "id": AGENT, "name": "Tidewater", "username": "shop-1", "app_secret": KEY,
            "webhook_url": "http://localhost:8080/in/gbm/KA1", "extra": { "agent": "brands/b1/agents/a1", "client_email": "seaway@p.example" } });
        for (key, value) in extra.as_object().into_iter().flatten() {
            account["extra"][key] = value.clone();
        }
        let people = json!([{ "key": "mia", "name": "Mia", "lang": "de" }]);
        let config: PlatformsConfig =
            serde_json::from_value(json!({ "origin": "http://cdn.localhost:8080", "accounts": [account], "people": people }))
                .expect("a configuration");
        let mut world = Self {
            platforms: Platforms::new(&config, 7),
            now: "2023-03-01T10:00:00Z".parse().expect("a time"),
            left: Vec::new(),
            answer: CallbackAnswer::status(200),
            file: CallbackAnswer::Answered { status: 200, content_type: "image/png".into(), body: Bytes::from_static(b"picture") },
            token: String::new(),
        };
        world.token = world.exchange(json!({})).value()["access_token"].as_str().expect("a token").to_owned();
        world
    }

    /// Shows an assertion in which some claims are others.
    fn exchange(&mut self, other: Value) -> HttpAnswer {
        let now = self.now.as_second();
        let mut claims = json!({ "iss": "seaway@p.example", "scope": super::api::SCOPE, "aud": "http://gbm.localhost:8080/token", "iat": now, "exp": now + 3600 });
        for (key, value) in other.as_object().into_iter().flatten() {
            claims[key] = value.clone();
        }
        let part = |value: &str| URL_SAFE_NO_PAD.encode(value);
        let assertion = format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), part(&claims.to_string()), part(&"s".repeat(256)));
        let body = json!({ "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion });
        self.ask("POST", "/token", body)
    }

    fn ask(&mut self, method: &str, target: &str, body: Value) -> HttpAnswer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = vec![("Authorization".into(), format!("Bearer {}", self.token)), ("content-type".into(), "application/json".into())];
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let request =
            Request { method: method.into(), host: "gbm".into(), path: path.into(), query, headers, body: Bytes::from(body.to_string()) };
        let answer = self.platforms.handle_request(&request, self.now);
        match answer.ticket {
            Some(ticket) => {
                self.pass(0);
                self.platforms.answer_of(ticket).expect("a decision")
            }
            None => answer,
        }
    }

    fn talk(&mut self, method: &str, rest: &str, body: Value) -> HttpAnswer {
        let id = self.platforms.id_of(AGENT, "mia").expect("a person").to_owned();
        self.ask(method, &format!("/v1/conversations/{id}/{rest}"), body)
    }

    fn send(&mut self, id: &str, more: Value) -> HttpAnswer {
        let mut body = json!({ "messageId": id, "representative": { "representativeType": "BOT" } });
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        self.talk("POST", "messages", body)
    }

    fn act(&mut self, act: Value) -> String {
        let act: Act = serde_json::from_value(act).expect("an act");
        self.platforms.act(AGENT, "mia", act, self.now).expect("done")
    }

    fn says(&mut self, text: &str) -> Value {
        self.act(json!({ "act": "say", "text": text }));
        self.events().remove(0)
    }

    fn faults(&mut self, faults: Value) {
        self.platforms.set_faults(AGENT, serde_json::from_value(faults).expect("faults"));
    }

    fn pass(&mut self, seconds: u64) {
        let end = later(self.now, seconds * 1000);
        while let Some(at) = self.platforms.next_due().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            for callback in self.platforms.due(self.now) {
                let answer = if callback.kind == WebhookKind::Media { self.file.clone() } else { self.answer.clone() };
                self.platforms.callback_answer(callback.id, answer, self.now);
                self.left.push(callback);
            }
        }
        self.now = end;
    }

    /// What left since the last time; everything but a handshake and a fetch is signed.
    fn events(&mut self) -> Vec<Value> {
        self.pass(1);
        let told = std::mem::take(&mut self.left)
            .into_iter()
            .filter(|callback| !matches!(callback.kind, WebhookKind::Media | WebhookKind::Handshake));
        told.map(|callback| {
            let body = callback.json.clone().unwrap_or_default();
            assert_eq!(callback.headers, [("x-goog-signature".to_owned(), sign(KEY, &body))]);
            let body: Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(body["agent"], "brands/b1/agents/a1");
            body
        })
        .collect()
    }
}

fn word(answer: &HttpAnswer) -> (u16, String) {
    (answer.status, answer.value()["error"]["status"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn the_signature_is_the_one_described() {
    let signed = "HQMRkwBp9KAByWcphdKEuOR80byHpVY27ffN3+OZSqtdm4acW8+1UiBfn1sCRniF9npnR0T6DDT26Z4KzqH/6A==";
    assert_eq!(sign(KEY, br#"{"message":{"text":"hi"}}"#), signed);
}

#[test]
fn the_handshake_wants_its_secret_back() {
    let mut world = World::new(json!({}));
    world.platforms.shake_hands(AGENT, None, world.now);
    world.answer = CallbackAnswer::status(401);
    world.pass(0);
    let shake = world.left.pop().expect("a handshake");
    let body: Value = serde_json::from_slice(&shake.json.clone().unwrap_or_default()).expect("JSON");
    assert_eq!((shake.method, body["clientToken"].as_str(), shake.headers.len()), ("POST", Some(KEY), 0));
    world.act(json!({ "act": "say", "text": "hi" }));
    assert_eq!(world.events().len(), 0, "nothing is told to who does not know the secret");
    world.platforms.shake_hands(AGENT, None, world.now);
    for callback in world.platforms.due(world.now) {
        let body: Value = serde_json::from_slice(&callback.json.clone().unwrap_or_default()).expect("JSON");
        let back = Bytes::from(body["secret"].as_str().expect("a secret").to_owned());
        let answer = CallbackAnswer::Answered { status: 200, content_type: "text/plain".into(), body: back };
        world.platforms.callback_answer(callback.id, answer, world.now);
    }
    world.answer = CallbackAnswer::status(200);
    assert_eq!(world.says("hi")["message"]["text"], "hi");
}

#[test]
fn every_act_has_its_event() {
    let mut world = World::new(json!({ "near": "ChIJ" }));
    let heard = world.says("hi");
    let conversation = world.platforms.id_of(AGENT, "mia").expect("a person").to_owned();
    assert_eq!((&heard["conversationId"], &heard["customAgentId"]), (&json!(conversation), &json!("shop-1")));
    assert_eq!((&heard["context"]["placeId"], &heard["context"]["userInfo"]["displayName"]), (&json!("ChIJ"), &json!("Mia")));
    assert_eq!(heard["message"]["createTime"], "2023-03-01T10:00:00.000000000Z");
    world.act(json!({ "act": "say", "media": [{ "content_type": "image/png", "data": PICTURE, "name": "a.png" }] }));
    world.act(json!({ "act": "typing", "on": true }));
    world.act(json!({ "act": "start" }));
    world.act(json!({ "act": "raw", "json": { "surveyResponse": { "surveyQuestionId": "csat" } } }));
    let events = world.events();
    let link = events[0]["message"]["text"].as_str().expect("a link").to_owned();
    let target = link.strip_prefix("http://cdn.localhost:8080").expect("of the cdn");
    let request = Request { method: "GET".into(), host: "cdn".into(), ..Request::default() };
    let (path, query) = target.split_once('?').expect("signed");
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let file = world.platforms.handle_request(&Request { path: path.into(), query, ..request }, world.now);
    assert_eq!((file.status, file.headers[0].1.as_str()), (200, "image/png"));
    assert_eq!(events[1]["userStatus"]["isTyping"], true);
    assert_eq!(events[2]["userStatus"]["requestedLiveAgent"], true);
    assert_eq!(events[3]["surveyResponse"]["surveyQuestionId"], "csat");
    let mut texts = World::new(json!({ "truth": "text" }));
    texts.act(json!({ "act": "typing", "on": false }));
    assert_eq!(texts.events()[0]["userStatus"]["isTyping"], "false");
}

#[test]
fn a_message_is_taken_once_shown_and_receipted() {
    let mut world = World::new(json!({}));
    assert_eq!(word(&world.send("one", json!({ "text": "Hello" }))).0, 404, "nobody wrote yet");
    world.says("hi");
    let sent = world.send(
        "one",
        json!({ "text": "Hello", "suggestions": [{ "reply": { "text": "Book", "postbackData": "book:1" } }, { "liveAgentRequest": {} }] }),
    );
    let name = sent.value()["name"].as_str().expect("a name").to_owned();
    assert_eq!(word(&world.send("one", json!({ "text": "Hello" }))), (409, "ALREADY_EXISTS".into()));
    let events = world.events();
    assert_eq!(events[0]["receipts"]["receipts"], json!([{ "message": name, "receiptType": "DELIVERED" }]));
    world.act(json!({ "act": "read" }));
    assert_eq!(world.events()[0]["receipts"]["receipts"][0]["receiptType"], "READ");
    world.act(json!({ "act": "tap", "message": name, "button": "s0" }));
    world.act(json!({ "act": "tap", "message": name, "button": "s1" }));
    let events = world.events();
    let chip = &events[0]["suggestionResponse"];
    assert_eq!((&chip["message"], &chip["postbackData"], &chip["text"]), (&json!(name), &json!("book:1"), &json!("Book")));
    assert_eq!(events[1]["suggestionResponse"]["suggestionType"], "LIVE_AGENT");
    assert_eq!(world.platforms.ledger(AGENT).expect("a ledger").accepted.len(), 1);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut world = World::new(json!({}));
    world.says("hi");
    let mut status = |id: &str, more: Value| word(&world.send(id, more));
    let wrong = (400, "INVALID_ARGUMENT".to_owned());
    assert_eq!(status("", json!({ "text": "x" })), wrong);
    assert_eq!(status("a", json!({ "text": "x".repeat(3073) })), wrong);
    assert_eq!(status("a", json!({})), wrong);
    assert_eq!(status("a", json!({ "text": "x", "image": {} })), wrong);
    assert_eq!(status("a", json!({ "text": "x", "representative": {} })), wrong);
    assert_eq!(status("a", json!({ "text": "x", "colour": 1 })), wrong);
    assert_eq!(status("a", json!({ "text": "x", "suggestions": [{ "reply": { "text": "x".repeat(26), "postbackData": "p" } }] })), wrong);
    assert_eq!(status("a", json!({ "text": "x".repeat(3072) })).0, 200);
    let card = json!({ "title": "Room", "media": { "height": "TALL", "contentInfo": { "fileUrl": "https://a.example/r.png" } } });
    assert_eq!(status("b", json!({ "richCard": { "carouselCard": { "cardContents": [card] } } })), wrong);
    assert_eq!(status("b", json!({ "richCard": { "carouselCard": { "cardContents": [card, card] } } })).0, 200);
    let picture = json!({ "image": { "contentInfo": { "fileUrl": "https://a.example/p.png" } } });
    assert_eq!(status("c", picture.clone()).0, 200);
    world.file = CallbackAnswer::status(404);
    assert_eq!(word(&world.send("d", picture)), wrong, "it cannot be reached");
    world.pass(31 * 86_400);
    world.token = world.exchange(json!({})).value()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(word(&world.send("e", json!({ "text": "late" }))), (400, "FAILED_PRECONDITION".into()));
}

#[test]
fn events_receipts_and_surveys_are_taken() {
    let mut world = World::new(json!({}));
    let name = world.says("hi")["message"]["messageId"].as_str().expect("an id").to_owned();
    let typing = json!({ "eventType": "TYPING_STARTED", "representative": { "representativeType": "HUMAN" } });
    assert_eq!(world.talk("POST", "events?eventId=1", typing.clone()).status, 200);
    assert_eq!(word(&world.talk("POST", "events?eventId=1", typing)).1, "ALREADY_EXISTS");
    assert_eq!(world.talk("POST", "events?eventId=2", json!({ "eventType": "DANCED" })).status, 400);
    assert_eq!(world.talk("PATCH", &format!("messages/{name}/receipt"), json!({ "receiptType": "READ" })).value()["receiptType"], "READ");
    assert_eq!(world.talk("POST", "surveys?surveyId=s", json!({})).status, 200);
    assert_eq!(world.talk("POST", "surveys?surveyId=t", json!({})).status, 429, "one a day");
    let screen = world.platforms.screen_json(AGENT, "mia", 0);
    assert_eq!((&screen["messages"][0]["seen"], &screen["typing_until_ms"]), (&json!(true), &json!(world.now.as_millisecond() + 20_000)));
}

#[test]
fn tokens_are_given_for_assertions_and_end() {
    let mut world = World::new(json!({}));
    world.says("hi");
    for other in [json!({ "iss": "other@p.example" }), json!({ "scope": "x" }), json!({ "aud": "https://a.example/" }), json!({ "exp": 1 })]
    {
        assert_eq!(world.exchange(other.clone()).value()["error"], "invalid_grant", "{other}");
    }
    assert_eq!(world.send("a", json!({ "text": "x" })).status, 200);
    world.pass(3_601);
    assert_eq!(word(&world.send("b", json!({ "text": "x" }))), (401, "UNAUTHENTICATED".into()));
}

#[test]
fn webhooks_are_tried_for_a_week_and_faults_are_googles() {
    let mut world = World::new(json!({}));
    world.answer = CallbackAnswer::status(503);
    world.act(json!({ "act": "say", "text": "hi" }));
    world.pass(8 * 86_400);
    let tries = world.platforms.ledger(AGENT).expect("a ledger").webhooks.len();
    assert!((150..200).contains(&tries), "{tries} tries");
    world.answer = CallbackAnswer::status(200);
    world.token = world.exchange(json!({})).value()["access_token"].as_str().expect("a token").to_owned();
    world.says("hi");
    world.faults(json!({ "too_many": 1 }));
    assert_eq!(word(&world.send("a", json!({ "text": "x" }))), (429, "RESOURCE_EXHAUSTED".into()));
    world.faults(json!({ "server_error": 1 }));
    assert_eq!(word(&world.send("a", json!({ "text": "x" }))), (500, "INTERNAL".into()));
    world.faults(json!({ "drop_response": 1 }));
    assert!(world.send("a", json!({ "text": "x" })).lost);
    world.faults(json!({}));
    assert_eq!(word(&world.send("a", json!({ "text": "x" }))).0, 409, "it was taken all the same");
    world.act(json!({ "act": "block" }));
    assert_eq!(word(&world.send("b", json!({ "text": "x" }))), (404, "NOT_FOUND".into()));
}
