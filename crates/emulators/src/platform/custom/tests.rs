//! The contract's own vector, and what the platform takes and refuses.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::{Act, Faults, Platforms, PlatformsConfig, Request};
use super::{genuine, sign};
use crate::carrier::{Callback, CallbackAnswer, HttpAnswer};

const SECRET: &str = "a-secret-of-both-sides";
const NOW: i64 = 1_800_000_000;

fn at(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).expect("a time")
}

fn platform() -> Platforms {
    let config: PlatformsConfig = serde_json::from_value(json!({
        "accounts": [{ "kind": "custom", "id": "board", "app_secret": SECRET, "webhook_url": "http://localhost:8080/in" }],
        "people": [{ "key": "mia", "name": "Mia" }],
    }))
    .expect("a configuration");
    Platforms::new(&config, 7)
}

fn send(platform: &mut Platforms, body: &Value, secret: &str, seconds: i64) -> HttpAnswer {
    let body = body.to_string();
    let request = Request {
        method: "POST".into(),
        host: "platform.localhost".into(),
        path: "/send/board".into(),
        headers: vec![("X-Seaway-Signature".into(), sign(secret, body.as_bytes(), seconds))],
        body: Bytes::from(body),
        ..Request::default()
    };
    platform.handle_request(&request, at(NOW))
}

fn left(platform: &mut Platforms, seconds: i64) -> Vec<(Callback, Value)> {
    let due = platform.due(at(seconds));
    let told = |callback: Callback| {
        let body = serde_json::from_slice::<Value>(callback.json.as_ref().expect("JSON")).expect("JSON");
        (callback, body["events"][0].clone())
    };
    due.into_iter().map(told).collect()
}

#[test]
fn the_vector_of_the_contract_holds() {
    let header = "t=1735689700,v1=2782afd7f0e1e4d9cc0e79bbd48ba239668e5f5813519bdf3986ca31a7834079";
    assert_eq!(sign(SECRET, br#"{"events":[]}"#, 1_735_689_700), header);
    assert!(genuine(SECRET, header, br#"{"events":[]}"#, at(1_735_690_000)));
    assert!(!genuine(SECRET, header, br#"{"events":[]}"#, at(1_735_690_001)), "too old");
    assert!(!genuine(SECRET, header, br#"{"events":[1]}"#, at(1_735_689_700)));
}

#[test]
fn a_message_is_taken_once_and_told_about() {
    let mut platform = platform();
    platform.act("board", "mia", Act::Say { text: "hi".into(), media: vec![], reply_to: None, quick_reply: None }, at(NOW)).expect("said");
    let (heard, event) = left(&mut platform, NOW + 1).remove(0);
    assert_eq!(
        (event["type"].as_str(), event["conversation"].as_str(), event["text"].as_str()),
        (Some("message"), Some("room-mia"), Some("hi"))
    );
    platform.callback_answer(heard.id, CallbackAnswer::status(200), at(NOW + 1));

    let body = json!({ "type": "message", "id": "IM1-0", "conversation": "room-mia", "to": "u-mia", "text": "hello", "choices": ["Tea"] });
    assert_eq!(send(&mut platform, &body, "another-secret-of-us", NOW).status, 401);
    let taken = send(&mut platform, &body, SECRET, NOW);
    let again = send(&mut platform, &body, SECRET, NOW);
    assert_eq!((taken.status, again.status, taken.value()), (200, 409, again.value()));
    let told: Vec<Value> = left(&mut platform, NOW + 5).into_iter().map(|(_, event)| event).collect();
    let of = |kind: &str| told.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    assert_eq!((of("echo").len(), of("receipt").len()), (1, 2));
    assert_eq!(of("receipt")[1]["state"], "delivered");
    assert_eq!(of("receipt")[1]["message"], "IM1-0");
    assert_eq!(platform.ledger("board").map(|ledger| ledger.accepted.len()), Some(1));

    let shown = platform.events("board", "mia", 0).pop().expect("on screen");
    platform.act("board", "mia", Act::Tap { message: shown.id, button: "0".into() }, at(NOW + 6)).expect("tapped");
    assert_eq!(left(&mut platform, NOW + 7)[0].1["choice"], "Tea");
}

#[test]
fn what_is_refused_is_named() {
    let mut platform = platform();
    let message = |text: &str| json!({ "type": "message", "id": "IM2-0", "conversation": "room-mia", "to": "u-mia", "text": text });
    let code = |answer: HttpAnswer| (answer.status, answer.value()["error"]["code"].as_str().map(str::to_owned));
    assert_eq!(code(send(&mut platform, &message("hi"), SECRET, NOW)), (403, Some("window_closed".into())));
    assert_eq!(code(send(&mut platform, &message(&"a".repeat(2001)), SECRET, NOW)), (400, Some("too_big".into())));
    let nobody = json!({ "type": "message", "id": "IM3-0", "conversation": "room-tom", "to": "u-tom", "text": "hi" });
    assert_eq!(code(send(&mut platform, &nobody, SECRET, NOW)), (404, Some("unknown_recipient".into())));
    platform.set_faults("board", Faults { too_many: 1, retry_after_s: Some(7), ..Faults::default() });
    let slower = send(&mut platform, &json!({ "type": "check" }), SECRET, NOW);
    assert!(slower.status == 429 && slower.headers.contains(&("retry-after".into(), "7".into())));
    assert_eq!(send(&mut platform, &json!({ "type": "check" }), SECRET, NOW).value()["tells"], "http://localhost:8080/in");
}

#[test]
fn who_wants_no_more_is_left_alone_until_they_come_back() {
    let mut platform = platform();
    let act = |platform: &mut Platforms, act: Act| drop(platform.act("board", "mia", act, at(NOW)).expect("done"));
    act(&mut platform, Act::Say { text: "hi".into(), media: vec![], reply_to: None, quick_reply: None });
    act(&mut platform, Act::Marketing { wanted: false });
    assert_eq!(platform.screen_json("board", "mia", 0)["muted"], true);
    let kinds = |told: Vec<(Callback, Value)>| told.iter().map(|(_, event)| event["type"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(kinds(left(&mut platform, NOW + 1)), [Some("message".into()), Some("opt_out".into())]);
    let ours = |speaker: Value| json!({ "type": "message", "id": "IM4-0", "conversation": "room-mia", "to": "u-mia", "text": "hello", "speaker": speaker });
    let refused = send(&mut platform, &ours(json!({ "person": true, "name": "Bea" })), SECRET, NOW);
    assert_eq!((refused.status, &refused.value()["error"]["code"]), (403, &json!("opted_out")));
    act(&mut platform, Act::Marketing { wanted: true });
    assert_eq!(send(&mut platform, &ours(json!({ "person": true, "name": "Bea" })), SECRET, NOW).status, 200);
    left(&mut platform, NOW + 5);
    let shown = platform.events("board", "mia", 0).pop().expect("on screen");
    assert_eq!((shown.text.as_str(), shown.header.as_str()), ("hello", "Bea"), "the app says who speaks");
}

#[test]
fn a_machine_speaks_as_the_business() {
    let mut platform = platform();
    platform.act("board", "mia", Act::Say { text: "hi".into(), media: vec![], reply_to: None, quick_reply: None }, at(NOW)).expect("said");
    let speaker = json!({ "person": false, "name": "Answers" });
    let body = json!({ "type": "message", "id": "IM5-0", "conversation": "room-mia", "to": "u-mia", "text": "hello", "speaker": speaker });
    assert_eq!(send(&mut platform, &body, SECRET, NOW).status, 200);
    left(&mut platform, NOW + 5);
    assert_eq!(platform.events("board", "mia", 0).pop().map(|shown| shown.header), Some(String::new()));
}

#[test]
fn a_webhook_that_is_not_taken_comes_again_with_a_new_signature() {
    let mut platform = platform();
    platform.act("board", "mia", Act::Say { text: "hi".into(), media: vec![], reply_to: None, quick_reply: None }, at(NOW)).expect("said");
    let (first, _) = left(&mut platform, NOW + 1).remove(0);
    platform.callback_answer(first.id, CallbackAnswer::status(401), at(NOW + 1));
    let (second, _) = left(&mut platform, NOW + 60).remove(0);
    assert_eq!(first.json, second.json);
    assert_ne!(first.headers, second.headers);
}
