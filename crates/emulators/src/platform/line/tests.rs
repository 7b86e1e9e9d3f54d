//! LINE's own rules, in virtual time.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::{
    Act, Platforms, PlatformsConfig, Request, Timestamp, later,
    ledger::WebhookKind,
    tests::{PICTURE, SECRET},
};
use super::sign;
use crate::carrier::{Callback, CallbackAnswer, HttpAnswer};

const BOT: &str = "U00000000000000000000000000000b07";
const HOOK: &str = "http://localhost:8080/in/line/KA1";

struct World {
    platforms: Platforms,
    now: Timestamp,
    left: Vec<Callback>,
    answer: CallbackAnswer,
}

impl World {
    fn new(extra: Value) -> Self {
        let config: PlatformsConfig = serde_json::from_value(json!({
            "accounts": [{ "kind": "line", "id": BOT, "name": "Tidewater", "username": "@tidewater", "app_id": "1650000000",
                "app_secret": SECRET, "access_token": "lasting", "webhook_url": HOOK, "extra": extra }],
            "people": [{ "key": "mia", "name": "Mia", "lang": "de" }, { "key": "group-crew", "name": "Crew" }],
        }))
        .expect("a configuration");
        let now = "2026-03-01T10:00:00Z".parse().expect("a time");
        Self { platforms: Platforms::new(&config, 7), now, left: Vec::new(), answer: CallbackAnswer::status(200) }
    }

    fn ask(&mut self, door: &str, token: &str, method: &str, path: &str, body: &Value, key: Option<&str>) -> HttpAnswer {
        let mut headers = vec![("Authorization".into(), format!("Bearer {token}")), ("content-type".into(), "application/json".into())];
        headers.extend(key.map(|key| ("X-Line-Retry-Key".into(), key.to_owned())));
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = Request { method: method.into(), host: door.into(), path: path.into(), query: vec![], headers, body };
        let answer = self.platforms.handle_request(&request, self.now);
        match answer.ticket {
            Some(ticket) => {
                self.pass(0);
                self.platforms.answer_of(ticket).expect("a decision")
            }
            None => answer,
        }
    }

    fn api(&mut self, method: &str, path: &str, body: Value) -> HttpAnswer {
        self.ask("line", "lasting", method, &format!("/v2/bot/{path}"), &body, None)
    }

    fn push(&mut self, to: &str, messages: Value, key: Option<&str>) -> HttpAnswer {
        self.ask("line", "lasting", "POST", "/v2/bot/message/push", &json!({ "to": to, "messages": messages }), key)
    }

    fn id(&self, person: &str) -> String {
        self.platforms.id_of(BOT, person).expect("a person").to_owned()
    }

    fn act(&mut self, person: &str, act: Value) -> String {
        let act: Act = serde_json::from_value(act).expect("an act");
        self.platforms.act(BOT, person, act, self.now).expect("done")
    }

    fn says(&mut self, text: &str) -> Value {
        self.act("mia", json!({ "act": "say", "text": text }));
        self.events().remove(0)
    }

    fn faults(&mut self, faults: Value) {
        self.platforms.set_faults(BOT, serde_json::from_value(faults).expect("faults"));
    }

    fn pass(&mut self, seconds: u64) {
        let end = later(self.now, seconds * 1000);
        while let Some(at) = self.platforms.next_due().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            for callback in self.platforms.due(self.now) {
                let answer = match callback.kind {
                    WebhookKind::Media => {
                        CallbackAnswer::Answered { status: 200, content_type: "image/png".into(), body: Bytes::from_static(b"picture") }
                    }
                    _ => self.answer.clone(),
                };
                self.platforms.callback_answer(callback.id, answer, self.now);
                self.left.push(callback);
            }
        }
        self.now = end;
    }

    /// The events of what left since the last time; every delivery is signed.
    fn events(&mut self) -> Vec<Value> {
        self.pass(1);
        let mut events = Vec::new();
        for callback in std::mem::take(&mut self.left).into_iter().filter(|callback| callback.kind != WebhookKind::Media) {
            let body = callback.json.clone().unwrap_or_default();
            let signature = callback.headers.iter().find(|(name, _)| name == "x-line-signature").map(|(_, value)| value.as_str());
            assert_eq!(signature, Some(sign(SECRET, &body).as_str()));
            let body: Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(body["destination"], BOT);
            events.extend(body["events"].as_array().cloned().unwrap_or_default());
        }
        events
    }
}

fn text(text: &str) -> Value {
    json!([{ "type": "text", "text": text }])
}

#[test]
fn the_published_signature_fits() {
    let body = br#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;
    assert_eq!(sign("8c570fa6dd201bb328f1c1eac23a96d8", body), "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=");
}

#[test]
fn every_act_has_its_event() {
    let mut world = World::new(json!({}));
    let first = world.act("mia", json!({ "act": "say", "text": "hi" }));
    world.act(
        "mia",
        json!({ "act": "say", "reply_to": first, "media": [{ "content_type": "image/png", "data": PICTURE, "name": "a.png" }] }),
    );
    world.act("mia", json!({ "act": "sticker", "sticker": "wave" }));
    world.act("mia", json!({ "act": "location", "place": { "latitude": 53.5, "longitude": 10.0, "name": "Harbour" } }));
    world.act("mia", json!({ "act": "unsend", "message": first }));
    world.act("mia", json!({ "act": "block" }));
    world.act("mia", json!({ "act": "unblock" }));
    world.act("mia", json!({ "act": "start" }));
    world.act("mia", json!({ "act": "raw", "json": { "type": "beacon", "beacon": { "hwid": "d4", "type": "enter" } } }));
    let in_group = world.act("group-crew", json!({ "act": "say", "text": "we" }));
    world.act("group-crew", json!({ "act": "edit", "message": in_group, "text": "we two" }));
    let events = world.events();
    let types: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(
        types,
        ["message", "message", "message", "message", "unsend", "unfollow", "follow", "follow", "beacon", "message", "messageEdited"]
    );
    assert_eq!(events[0]["source"], json!({ "type": "user", "userId": world.id("mia") }));
    assert_eq!((&events[1]["message"]["type"], &events[1]["message"]["quotedMessageId"]), (&json!("image"), &json!(first)));
    assert_eq!((&events[4]["unsend"]["messageId"], events[4].get("replyToken")), (&json!(first), None));
    assert_eq!((&events[6]["follow"]["isUnblocked"], &events[7]["follow"]["isUnblocked"]), (&json!(true), &json!(false)));
    assert_eq!(events[9]["source"], json!({ "type": "group", "groupId": world.id("group-crew"), "userId": world.id("mia") }));
    assert_eq!((&events[10]["message"]["id"], &events[10]["message"]["text"]), (&json!(in_group), &json!("we two")));
    let ids: std::collections::BTreeSet<&str> = events.iter().filter_map(|event| event["webhookEventId"].as_str()).collect();
    assert_eq!(ids.len(), events.len());
    let sticker = events[2]["message"]["stickerId"].as_str().expect("a number").to_owned();
    let picture = world.ask("line-data", "", "GET", &format!("/stickershop/v1/sticker/{sticker}/android/sticker.png"), &Value::Null, None);
    assert_eq!(picture.status, 200);
}

#[test]
fn a_reply_token_is_good_once_and_for_a_minute() {
    let mut world = World::new(json!({}));
    let token = world.says("hi")["replyToken"].clone();
    let answer = world.api("POST", "message/reply", json!({ "replyToken": token, "messages": text("Hello") }));
    assert_eq!((answer.status, answer.value()["sentMessages"].as_array().map(Vec::len)), (200, Some(1)));
    let again = world.api("POST", "message/reply", json!({ "replyToken": token, "messages": text("Hello") }));
    assert_eq!((again.status, again.value()["message"].as_str()), (400, Some("Invalid reply token")));
    let late = world.says("hi")["replyToken"].clone();
    world.pass(61);
    assert_eq!(world.api("POST", "message/reply", json!({ "replyToken": late, "messages": text("late") })).status, 400);
    let shown = world.platforms.events(BOT, "mia", 0);
    assert_eq!(shown.iter().filter(|shown| shown.text == "Hello").count(), 1);
    assert!(shown.iter().all(|shown| shown.text != "late"));
}

#[test]
fn a_push_is_told_from_its_repeat_and_counted() {
    let mut world = World::new(json!({ "quota": "2" }));
    let mia = world.id("mia");
    assert_eq!(world.push(&mia, text("too early"), None).value()["message"], "Failed to send messages");
    world.says("hi");
    let key = "123e4567-e89b-12d3-a456-426614174000";
    let sent = world.push(&mia, text("once"), Some(key));
    let again = world.push(&mia, text("once"), Some(key));
    assert_eq!((sent.status, again.status), (200, 409));
    assert_eq!(again.value()["sentMessages"], sent.value()["sentMessages"]);
    assert_eq!(world.push(&mia, text("x"), Some("no uuid")).status, 400);
    assert_eq!(world.push("U1", text("x"), None).status, 400);
    assert_eq!(world.push(&mia, text("two"), None).status, 200);
    assert_eq!(world.push(&mia, text("three"), None).value()["message"], "You have reached your monthly limit.");
    assert_eq!(world.api("GET", "message/quota/consumption", Value::Null).value(), json!({ "totalUsage": 2 }));
    world.platforms.set_limits(BOT, serde_json::from_value(json!({ "per_second": 0 })).expect("limits"));
    assert_eq!(
        world.push(&mia, text("x"), Some("123e4567-e89b-12d3-a456-426614174001")).value()["message"],
        "The API rate limit has been exceeded. Try again later."
    );
    world.pass(1);
    let shown: Vec<String> = world.platforms.events(BOT, "mia", 0).into_iter().map(|shown| shown.text).collect();
    assert_eq!(shown, ["hi", "once", "two"]);
}

#[test]
fn who_blocked_the_bot_gets_nothing_and_line_does_not_say_so() {
    let mut world = World::new(json!({}));
    world.says("hi");
    world.act("mia", json!({ "act": "block" }));
    let mia = world.id("mia");
    assert_eq!(world.push(&mia, text("hello?"), None).status, 200);
    world.pass(2);
    assert_eq!(world.platforms.events(BOT, "mia", 0).len(), 1);
}

#[test]
fn what_is_wrong_is_named_by_its_property() {
    let mut world = World::new(json!({}));
    world.says("hi");
    let mia = world.id("mia");
    let mut property = |messages: Value| {
        let answer = world.push(&mia, messages, None).value();
        answer["details"][0]["property"].as_str().unwrap_or("fine").to_owned()
    };
    let picture = |url: &str| json!([{ "type": "image", "originalContentUrl": url, "previewImageUrl": url }]);
    let quick = |label: &str| json!([{ "type": "text", "text": "?", "quickReply": { "items": [{ "type": "action", "action": { "type": "message", "label": label, "text": "Yes" } }] } }]);
    assert_eq!(property(json!([])), "messages");
    assert_eq!(property(text("")), "messages[0].text");
    assert_eq!(property(text(&"x".repeat(5000))), "fine");
    assert_eq!(property(text(&"👋".repeat(2501))), "messages[0].text");
    assert_eq!(property(picture("http://shop.example/a.jpg")), "messages[0].originalContentUrl");
    assert_eq!(property(picture("https://shop.example/a.jpg")), "fine");
    assert_eq!(property(picture("http://files.localhost:8080/a.jpg")), "fine");
    assert_eq!(property(quick("a label that is far too long")), "messages[0].quickReply.items[0].action.label");
    assert_eq!(property(json!([{ "type": "text", "text": "x", "quoteToken": "q-1-0" }])), "messages[0].quoteToken");
    assert_eq!(property(json!([{ "type": "text", "text": "x", "sender": { "name": "LINE" } }])), "messages[0].sender.name");
    assert_eq!(property(json!([{ "type": "hologram" }])), "messages[0].type");
}

fn bubble(label: &str, uri: &str) -> Value {
    let action = |action: Value| json!({ "type": "button", "action": action });
    let buttons = [
        action(json!({ "type": "postback", "label": label, "data": "book=1", "displayText": label })),
        action(json!({ "type": "uri", "label": "Look", "uri": uri })),
    ];
    json!({ "type": "bubble",
        "hero": { "type": "image", "url": "https://shop.example/1.jpg" },
        "body": { "type": "box", "layout": "vertical", "contents": [{ "type": "text", "text": "Room 1" }, { "type": "text", "text": "Sea view" }] },
        "footer": { "type": "box", "layout": "vertical", "contents": buttons } })
}

fn flex(contents: Value) -> Value {
    json!([{ "type": "flex", "altText": "Rooms", "contents": contents }])
}

#[test]
fn flex_messages_and_templates_are_cards_within_their_limits() {
    let mut world = World::new(json!({}));
    world.says("hi");
    let mia = world.id("mia");
    let mut property =
        |messages: Value| world.push(&mia, messages, None).value()["details"][0]["property"].as_str().unwrap_or("fine").to_owned();
    let carousel = |bubbles: Vec<Value>| flex(json!({ "type": "carousel", "contents": bubbles }));
    let good = || bubble("Book", "https://shop.example/1");
    assert_eq!(property(flex(good())), "fine");
    assert_eq!(property(carousel(vec![good(); 12])), "fine");
    assert_eq!(property(carousel(vec![good(); 13])), "messages[0].contents.contents");
    assert_eq!(property(flex(json!({ "type": "poster" }))), "messages[0].contents.type");
    let label = "messages[0].contents.footer.contents[0].action.label";
    assert_eq!(property(flex(bubble(&"x".repeat(21), "https://shop.example/1"))), label);
    assert_eq!(property(flex(bubble("Book", "javascript:x"))), "messages[0].contents.footer.contents[1].action.uri");
    let large = json!({ "type": "bubble", "body": { "type": "box", "layout": "vertical", "contents": [{ "type": "text", "text": "x".repeat(30_000) }] } });
    assert_eq!(property(flex(large)), "messages[0].contents");
    let template = |text: String| {
        let actions = json!([{ "type": "message", "label": "Yes", "text": "Yes" }]);
        json!([{ "type": "template", "altText": "?", "template": { "type": "buttons", "title": "Well?", "text": text, "actions": actions } }])
    };
    assert_eq!(property(template("x".repeat(60))), "fine");
    assert_eq!(property(template("x".repeat(61))), "messages[0].template.text", "a heading leaves less room");

    let sent = world.push(&mia, carousel(vec![good(), good()]), None);
    let id = sent.value()["sentMessages"][0]["id"].as_str().expect("an id").to_owned();
    let _ = world.events();
    world.act("mia", json!({ "act": "tap", "message": id, "button": "c1-0" }));
    world.act("mia", json!({ "act": "tap", "message": id, "button": "c1-1" }));
    let events = world.events();
    assert_eq!((events.len(), &events[0]["postback"]), (1, &json!({ "data": "book=1" })), "nobody is told of a link");
    let shown = world.platforms.events(BOT, "mia", 0);
    let cards = &shown.iter().find(|shown| shown.id == id).expect("the cards").cards;
    assert_eq!((cards.len(), cards[1].title.as_str(), cards[1].subtitle.as_str()), (2, "Room 1", "Sea view"));
}

#[test]
fn a_tapped_answer_is_a_message_or_a_postback() {
    let mut world = World::new(json!({}));
    world.says("hi");
    let mia = world.id("mia");
    let items = json!([
        { "type": "action", "action": { "type": "message", "label": "Home…", "text": "Send it to my home" } },
        { "type": "action", "action": { "type": "postback", "label": "Book", "data": "book=1", "displayText": "I book" } },
    ]);
    let asked = world.push(&mia, json!([{ "type": "text", "text": "?", "quickReply": { "items": items } }]), None);
    let id = asked.value()["sentMessages"][0]["id"].as_str().expect("an id").to_owned();
    let _ = world.events();
    world.act("mia", json!({ "act": "tap", "message": id, "button": "q0" }));
    world.act("mia", json!({ "act": "tap", "message": id, "button": "q1" }));
    let events = world.events();
    assert_eq!((&events[0]["message"]["text"], events[0]["message"].get("quotedMessageId")), (&json!("Send it to my home"), None));
    assert_eq!(events[1]["postback"], json!({ "data": "book=1" }));
    let shown = world.platforms.events(BOT, "mia", 0);
    assert!(shown.iter().any(|shown| shown.text == "I book"), "what is said beside it stands on the screen");
}

#[test]
fn deliveries_are_repeated_only_where_that_is_switched_on() {
    for (extra, tries) in [(json!({}), 1), (json!({ "redelivery": "on" }), 6)] {
        let mut world = World::new(extra);
        world.answer = CallbackAnswer::status(500);
        world.act("mia", json!({ "act": "say", "text": "hi" }));
        world.pass(6_000);
        let bodies: Vec<Value> = world.left.iter().filter_map(|callback| serde_json::from_slice(callback.json.as_ref()?).ok()).collect();
        assert_eq!(bodies.len(), tries);
        let first = &bodies[0]["events"][0];
        for body in &bodies[1..] {
            let event = &body["events"][0];
            assert_eq!(event["deliveryContext"]["isRedelivery"], true);
            assert_eq!(event["webhookEventId"], first["webhookEventId"]);
        }
        if tries > 1 {
            assert_ne!(bodies[1]["events"][0]["replyToken"], first["replyToken"], "one that works again");
            let events = world.events();
            assert_eq!(events.len(), tries, "each is signed anew");
        }
    }
}

#[test]
fn content_is_there_for_the_account_until_it_is_taken_back() {
    let mut world = World::new(json!({ "transcoding_ms": "5000" }));
    let media = |kind: &str| json!({ "act": "say", "media": [{ "content_type": kind, "data": PICTURE, "name": "a" }] });
    let (picture, film) = (world.act("mia", media("image/png")), world.act("mia", media("video/mp4")));
    let get = |world: &mut World, token: &str, id: &str, rest: &str| {
        world.ask("line-data", token, "GET", &format!("/v2/bot/message/{id}/content{rest}"), &Value::Null, None)
    };
    assert_eq!(get(&mut world, "lasting", &picture, "").headers[0].1, "image/png");
    assert_eq!(get(&mut world, "other", &picture, "").status, 401);
    assert_eq!(get(&mut world, "lasting", "1", "").status, 404);
    assert_eq!(get(&mut world, "lasting", &film, "").status, 202);
    assert_eq!(get(&mut world, "lasting", &film, "/transcoding").value()["status"], "processing");
    world.pass(6);
    assert_eq!(get(&mut world, "lasting", &film, "").status, 200);
    world.act("mia", json!({ "act": "unsend", "message": picture }));
    assert_eq!(get(&mut world, "lasting", &picture, "").status, 410);
    assert_eq!(world.api("GET", &format!("message/{film}/content"), Value::Null).status, 404, "only the other host has it");
}

#[test]
fn tokens_are_drawn_and_end() {
    let mut world = World::new(json!({}));
    let draw = |world: &mut World, secret: &str| {
        let body = json!({ "grant_type": "client_credentials", "client_id": "1650000000", "client_secret": secret });
        world.ask("line", "", "POST", "/oauth2/v3/token", &body, None)
    };
    assert_eq!(draw(&mut world, "wrong").value()["error"], "invalid_client");
    let drawn = draw(&mut world, SECRET).value();
    let token = drawn["access_token"].as_str().expect("a token").to_owned();
    let info = |world: &mut World| world.ask("line", &token, "GET", "/v2/bot/info", &Value::Null, None);
    assert_eq!(info(&mut world).value()["basicId"], "@tidewater");
    world.pass(901);
    assert_eq!(info(&mut world).status, 401);
    world.faults(json!({ "expired_token": true }));
    assert_eq!(world.api("GET", "info", Value::Null).status, 401);
}

#[test]
fn the_webhook_is_looked_at_and_tried() {
    let mut world = World::new(json!({}));
    assert_eq!(world.api("GET", "channel/webhook/endpoint", Value::Null).value(), json!({ "endpoint": HOOK, "active": true }));
    let tried = world.api("POST", "channel/webhook/test", json!({})).value();
    assert_eq!((&tried["success"], &tried["reason"]), (&json!(true), &json!("OK")));
    world.answer = CallbackAnswer::status(401);
    let tried = world.api("POST", "channel/webhook/test", json!({ "endpoint": "http://localhost:8080/other" })).value();
    assert_eq!((&tried["success"], &tried["statusCode"], &tried["reason"]), (&json!(false), &json!(401), &json!("ERROR_STATUS_CODE")));
    assert_eq!(world.left.last().map(|callback| callback.url.as_str()), Some("http://localhost:8080/other"));
    world.answer = CallbackAnswer::status(200);
    world.left.clear();
    world.says("hi");
    assert_eq!(world.api("PUT", "channel/webhook/endpoint", json!({ "endpoint": "https://a.example/x" })).status, 200);
    assert_eq!(world.api("GET", "channel/webhook/endpoint", Value::Null).value()["endpoint"], "https://a.example/x");
}

#[test]
fn typing_seen_marks_and_profiles() {
    let mut world = World::new(json!({}));
    let mia = world.id("mia");
    assert_eq!(world.api("GET", &format!("profile/{mia}"), Value::Null).status, 404, "no friend yet");
    let heard = world.says("hi");
    assert_eq!(world.api("GET", &format!("profile/{mia}"), Value::Null).value()["displayName"], "Mia");
    let group = world.id("group-crew");
    assert_eq!(world.api("GET", &format!("group/{group}/summary"), Value::Null).value()["groupName"], "Crew");
    assert_eq!(world.api("GET", &format!("group/{group}/member/{mia}"), Value::Null).status, 200);
    assert_eq!(world.api("POST", "chat/loading/start", json!({ "chatId": mia, "loadingSeconds": 20 })).status, 202);
    assert_eq!(world.api("POST", "chat/loading/start", json!({ "chatId": mia, "loadingSeconds": 7 })).status, 400);
    assert_eq!(world.api("POST", "chat/loading/start", json!({ "chatId": group, "loadingSeconds": 20 })).status, 400);
    assert_eq!(world.api("POST", "chat/markAsRead", json!({ "markAsReadToken": heard["message"]["markAsReadToken"] })).status, 200);
    let screen = world.platforms.screen_json(BOT, "mia", 0);
    assert_eq!(screen["messages"][0]["seen"], true);
    assert_eq!(screen["typing_until_ms"], world.now.as_millisecond() + 20_000);
}

#[test]
fn faults_come_as_line_says_them() {
    let mut world = World::new(json!({}));
    let mia = world.id("mia");
    world.says("hi");
    world.faults(json!({ "too_many": 1, "retry_after_s": 3 }));
    let refused = world.push(&mia, text("x"), None);
    assert!(refused.status == 429 && refused.headers.iter().any(|(name, value)| name == "retry-after" && value == "3"));
    world.faults(json!({ "server_error": 1 }));
    assert_eq!(world.push(&mia, text("x"), None).status, 500);
    world.faults(json!({ "drop_response": 1 }));
    let lost = world.push(&mia, json!([{ "type": "text", "text": "one" }, { "type": "text", "text": "two" }]), None);
    assert!(lost.lost);
    assert_eq!(world.platforms.ledger(BOT).expect("a ledger").accepted.len(), 2, "it was taken all the same");
    world.faults(json!({ "standby": true }));
    let event = world.says("to whoever has the chat");
    assert_eq!((&event["mode"], event.get("replyToken")), (&json!("standby"), None));
}

#[test]
fn a_sticker_of_the_list_is_shown_and_any_other_refused() {
    let mut world = World::new(json!({}));
    world.act("mia", json!({ "act": "say", "text": "hi" }));
    let mia = world.id("mia");
    let sticker = |package: &str, id: &str| json!([{ "type": "sticker", "packageId": package, "stickerId": id }]);
    let answer = world.push(&mia, sticker("446", "1988"), None);
    assert_eq!(answer.status, 200);
    world.pass(5);
    let shown = world.platforms.events(BOT, "mia", 0).last().expect("a message").clone();
    assert_eq!((shown.kind.as_str(), shown.media.len(), shown.media[0].content_type.as_str()), ("sticker", 1, "image/png"));
    let picture = world.ask("line-data", "", "GET", "/stickershop/v1/sticker/1988/android/sticker.png", &Value::Null, None);
    assert!(picture.status == 200 && picture.body.starts_with(b"\x89PNG"));
    for (package, id, property) in [
        ("446", "2028", "messages[0].stickerId"),
        ("789", "1988", "messages[0].stickerId"),
        ("446", "", "messages[0].stickerId"),
        ("", "1988", "messages[0].packageId"),
    ] {
        let refused = world.push(&mia, sticker(package, id), None);
        let told: Value = serde_json::from_slice(&refused.body).expect("JSON");
        assert_eq!((refused.status, told["details"][0]["property"].as_str()), (400, Some(property)), "{package} {id}");
    }
}
