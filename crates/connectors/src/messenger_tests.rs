use super::*;
use crate::meta::tests::check_fixtures;

#[test]
fn every_sample_comes_to_what_it_says() {
    check_fixtures(&Messenger, EVENTS);
}

const EVENTS: &[(&str, &[&str])] = &[
    (
        "account_linking",
        &[
            "linked:2001:1735689616000 2001 @16000 touch linked by=2001 scoped",
            "unlinked:2001:1735689616100 2001 @16100 touch unlinked by=2001 scoped",
        ],
    ),
    ("app_roles", &["warning page_id second_in_line: another app answers first on this page: make ours the primary one"]),
    ("cart", &["order:2001:1735689621000 2001 @21000 message by=2001 scoped unsupported=\"order\""]),
    ("commands", &["m_A8 2001 @6500 message by=2001 scoped text=\"/status 12\""]),
    (
        "delivery",
        &[
            "m_B1:delivered 2001 @11000 delivered of=m_B1",
            "m_B2:delivered 2001 @11000 delivered of=m_B2",
            "delivered:2001:1735689608150 2001 @11000 marks delivered=8150 read=-",
        ],
    ),
    ("delivery_watermark", &["delivered:2001:1735689608300 2001 @11100 marks delivered=8300 read=-"]),
    ("echo", &["m_B1 2001 @8000 echo ours=IM00000000000000000000000000000001 part=2 to by=2001 scoped text=\"from us\""]),
    ("echo_other_app", &["m_B3 2001 @8200 echo elsewhere=\"\" to by=2001 scoped text=\"from another app\""]),
    ("echo_page_inbox", &["m_B2 2001 @8100 echo elsewhere=\"Page inbox\" to by=2001 scoped text=\"from Page inbox\""]),
    ("edit", &["m_A1:edit:1 2001 @9000 edit of=m_A1 no=1 \"Green\""]),
    (
        "feedback",
        &["feedback:2001:1735689620000 2001 @20000 touch feedback by=2001 scoped feedback_csat=\"4\" feedback_csat_said=\"quick answer\""],
    ),
    (
        "handover",
        &[
            "thread_given:2001:1735689617000 2001 @17000 touch thread_given by=2001 scoped handover=\"please help\"",
            "thread_taken:2001:1735689617100 2001 @17100 touch thread_taken by=2001 scoped",
            "thread_requested:2001:1735689617200 2001 @17200 touch thread_requested by=2001 scoped",
        ],
    ),
    (
        "image",
        &[
            "m_A2 2001 @2000 message by=2001 scoped text=\"two of them\" file=\"image/jpeg 1.jpeg https://cdn.test/1.jpg?oe=1\" file=\"image/png 2.png https://cdn.test/2.png?oe=1\"",
        ],
    ),
    ("labels", &[]),
    (
        "links",
        &[
            "m_A7 2001 @6000 message by=2001 scoped text=\"https://shop.test/k\" link=\"link Kettle https://shop.test/k\" link=\"reel Boiling https://fb.test/reel/1\" link=\"post News https://fb.test/p/1\" link=\"product Kettle 2 https://cdn.test/k.jpg\" unsupported=\"appointment_booking\"",
        ],
    ),
    ("location", &["m_A6 2001 @5000 message by=2001 scoped location=\"50.94 6.96 Pinned place \""]),
    (
        "media",
        &[
            "m_A3 2001 @3000 message by=2001 scoped file=\"video/mp4 1.mp4 https://cdn.test/film.mp4?oe=1\" file=\"audio/mp4 2.mp4 https://cdn.test/clip.mp4?oe=1\" file=\"application/pdf manual.pdf https://cdn.test/f/manual.pdf?oe=1\"",
        ],
    ),
    (
        "message_referral",
        &[
            "m_A9 2001 @7000 message by=2001 scoped referral=\"kettle\" referral_source=\"ADS\" advertisement=\"6045246247433\" text=\"Is it in stock?\" link=\"advertisement Kettles https://cdn.test/ad.jpg\"",
        ],
    ),
    (
        "optin",
        &["opted_in:user_ref:box-7:1735689615000 user_ref:box-7 @15000 touch opted_in by=user_ref:box-7 scoped referral=\"newsletter\""],
    ),
    (
        "optin_notifications",
        &[
            "notifications_allowed:2001:1735689615100 2001 @15100 touch notifications_allowed by=2001 scoped notifications=\"Offers\" notifications_how_often=\"WEEKLY\"",
        ],
    ),
    (
        "optin_stopped",
        &["notifications_stopped:2001:1735689615200 2001 @15200 touch notifications_stopped by=2001 scoped notifications=\"Offers\""],
    ),
    ("other_page", &["note for page 1009, which is not this account's"]),
    ("policy_block", &["warning page_id account_restricted: Meta has blocked this account: too many complaints"]),
    ("policy_unblock", &["Well"]),
    (
        "postback",
        &[
            "m_A10 2001 @13000 message by=2001 scoped referral=\"spring\" referral_source=\"SHORTLINK\" text=\"Start\" choice=\"GET_STARTED\"",
        ],
    ),
    ("postback_without_mid", &["postback:2001:1735689613100:MENU 2001 @13100 message by=2001 scoped text=\"Menu\" choice=\"MENU\""]),
    ("quick_reply", &["m_A1 2001 @1000 message by=2001 scoped text=\"Blue\" choice=\"COLOR_BLUE\" reply_to=\"m_B0\""]),
    ("reaction", &["m_B1:2001:react:1735689610000 2001 @10000 reaction of=m_B1 +❤"]),
    ("reaction_by_name", &["m_B1:2001:react:1735689610100 2001 @10100 reaction of=m_B1 +😮"]),
    ("reaction_removed", &["m_B1:2001:unreact:1735689610200 2001 @10200 reaction of=m_B1 -"]),
    ("read", &["read:2001:1735689608150 2001 @12000 marks delivered=- read=8150"]),
    (
        "referral",
        &["referred:2001:1735689614000 2001 @14000 touch referred by=2001 scoped referral=\"autumn\" referral_source=\"SHORTLINK\""],
    ),
    ("response_feedback", &["feedback:2001:1735689620100 2001 @20100 touch feedback by=2001 scoped feedback=\"Good response\""]),
    (
        "several_entries",
        &["m_A15 2001 @23000 message by=2001 scoped text=\"one\"", "m_A16 2002 @23000 message by=2002 scoped text=\"two\""],
    ),
    (
        "standby",
        &[
            "m_A11 2001 @18000 message by=2001 scoped text=\"to the other app\" standby=\"yes\"",
            "m_A12 2001 @18100 message by=2001 scoped text=\"Call me\" standby=\"yes\"",
        ],
    ),
    ("sticker", &["m_A4 2001 @4000 message by=2001 scoped sticker=\"image/png 1.png https://cdn.test/s.png?oe=1\""]),
    ("template_status", &["Templates"]),
    ("text", &["m_A0 2001 @0 message by=2001 scoped text=\"Grüße aus Köln 👋\""]),
    ("thumb", &["m_A5 2001 @4500 message by=2001 scoped text=\"👍\""]),
    (
        "unknown_beside_known",
        &["m_A13 2001 @22000 message by=2001 scoped text=\"still heard\"", "note an event that is not known: dancing"],
    ),
];

use crate::meta::tests::{account, signed};
use crate::samples::{self, NOW, answer, asked, picture, send, text_part};
use model::Problem;
use serde_json::{Value, json};

const OURS: &str = "IM00000000000000000000000000000000-0";

fn next(work: &Work) -> Step {
    Messenger.next(&account("messenger"), work, &Value::Null, NOW)
}

fn outcome(work: &Work, status: u16, body: &str) -> Outcome {
    Messenger.outcome(&account("messenger"), work, &Value::Null, &answer(status, body), NOW)
}

fn heard(mut work: Work, seconds_ago: Option<i64>) -> Work {
    if let Work::Part { heard_at, .. } = &mut work {
        *heard_at = seconds_ago.map(|s| NOW.plus_secs(-s));
    }
    work
}

#[test]
fn a_text_is_a_response_that_carries_our_id() {
    let part = Part { choices: vec!["Yes".into(), "No".into()], reply_to: Some("m_A1".into()), ..text_part("Hello Ünï") };
    let (request, body) = asked(next(&send(part, "2001")));
    assert_eq!(request.url, "https://graph.test/v25.0/1001/messages?access_token=tok%261");
    assert_eq!(request.repeatable, Repeatable::Never);
    let choice = |title: &str| json!({ "content_type": "text", "title": title, "payload": title });
    let message = json!({ "text": "Hello Ünï", "metadata": OURS, "quick_replies": [choice("Yes"), choice("No")] });
    let wanted = json!({ "messaging_type": "RESPONSE", "recipient": { "id": "2001" }, "message": message, "reply_to": { "mid": "m_A1" } });
    assert_eq!(body, wanted);
    let (_, body) = asked(next(&send(text_part("x"), "user_ref:box-7")));
    assert_eq!(body["recipient"], json!({ "user_ref": "box-7" }));
}

#[test]
fn a_file_is_named_by_its_address() {
    for (media_type, kind) in
        [("image/png", "image"), ("audio/mpeg", "audio"), ("video/mp4", "video"), ("application/pdf", "file"), ("text/plain", "file")]
    {
        let file = FileRef { media_type: media_type.into(), ..picture() };
        let (_, body) = asked(next(&send(Part { files: vec![file], ..Part::default() }, "2001")));
        let attachment = json!({ "type": kind, "payload": { "url": "https://files.example/1.jpg" } });
        assert_eq!(body["message"], json!({ "attachment": attachment, "metadata": OURS }));
    }
}

/// Proves I6.8.
#[test]
fn the_window_decides_under_which_name_a_message_leaves() {
    let person = || Part { speaker: Speaker { person: true, name: "Kim".into(), ..Default::default() }, ..text_part("x") };
    let tag = |part: Part, ago: Option<i64>| match next(&heard(send(part, "2001"), ago)) {
        Step::Http(request) => {
            let (_, body) = asked(Step::Http(request));
            format!("{} {}", body["messaging_type"].as_str().unwrap_or("-"), body["tag"].as_str().unwrap_or("-"))
        }
        _ => "closed".into(),
    };
    let (day, week) = (24 * 3600, 7 * 24 * 3600);
    assert_eq!(tag(text_part("x"), Some(day - 1)), "RESPONSE -");
    assert_eq!(tag(text_part("x"), Some(-5)), "RESPONSE -", "a provider's clock ahead of ours");
    assert_eq!(tag(text_part("x"), Some(day)), "closed", "a bot has a day");
    assert_eq!(tag(person(), Some(day)), "MESSAGE_TAG HUMAN_AGENT");
    assert_eq!(tag(person(), Some(week - 1)), "MESSAGE_TAG HUMAN_AGENT");
    assert_eq!(tag(person(), Some(week)), "closed");
    assert_eq!(tag(person(), None), "closed");
    let mut without = account("messenger");
    without.settings.insert("human_agent".into(), "false".into());
    let late = heard(send(person(), "2001"), Some(day));
    assert_eq!(Messenger.next(&without, &late, &Value::Null, NOW), Step::Nothing);
    assert_eq!(Messenger.capabilities(&without).human_window_s, None);
    let closed = Messenger.outcome(&without, &late, &Value::Null, &answer(200, ""), NOW);
    assert!(matches!(closed, Outcome::Failed(Problem { code, .. }) if code == "window_closed"));
    let late_answer = outcome(&heard(send(text_part("x"), "2001"), Some(day)), 200, r#"{"message_id":"m_B1"}"#);
    assert_eq!(late_answer, Outcome::Sent(vec!["m_B1".into()]), "the window closed while the request was under way");
}

#[test]
fn a_template_leaves_at_any_time_as_utility() {
    let raw = json!({ "components": [{ "type": "BODY", "text": "Your order {{1}} is ready" }] });
    let filled = model::Filled { name: "ready".into(), language: "en_US".into(), values: vec!["12".into()], raw };
    let part = Part { template: Some(filled), ..text_part("Your order 12 is ready") };
    let (_, body) = asked(next(&heard(send(part, "2001"), None)));
    assert_eq!(body["messaging_type"], "UTILITY");
    let components = json!([{ "type": "body", "parameters": [{ "type": "text", "text": "12" }] }]);
    assert_eq!(body["message"]["template"], json!({ "name": "ready", "language": { "code": "en_US" }, "components": components }));
    assert_eq!(body["message"].get("text"), None);
}

#[test]
fn long_texts_are_cut_and_nobody_is_cut_in_two() {
    let family = "👨‍👩‍👧‍👦";
    let message = Outbound { text: family.repeat(600), files: vec![picture(), picture()], ..Outbound::default() };
    let parts = Messenger.split(&account("messenger"), &message);
    let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).filter(|text| !text.is_empty()).collect();
    assert_eq!(texts.concat(), message.text);
    assert!(texts.iter().all(|text| text.chars().count() <= 2000 && text.chars().count() % 7 == 0));
    assert_eq!(parts.len(), texts.len() + 2, "each file is a message of its own");
    let many: Vec<String> = (0..14).map(|no| format!("Answer {no}")).collect();
    let parts = Messenger.split(&account("messenger"), &Outbound { text: "Which?".into(), choices: many, ..Outbound::default() });
    assert!(parts[0].choices.is_empty() && parts[0].text.contains("14. Answer 13"), "more than the channel takes are a menu");
}

#[test]
fn signs_of_life_and_reactions_are_sender_actions() {
    let at = |signal| Work::Signal { to: "2001".into(), thread: "2001".into(), context: Value::Null, signal, last: None };
    for (signal, action) in [(Signal::Typing(true), "typing_on"), (Signal::Typing(false), "typing_off"), (Signal::Read, "mark_seen")] {
        let (request, body) = asked(next(&at(signal)));
        assert_eq!(body, json!({ "recipient": { "id": "2001" }, "sender_action": action }));
        assert_eq!(request.repeatable, Repeatable::Always);
        assert_eq!(outcome(&at(signal), 200, r#"{"recipient_id":"2001"}"#), Outcome::Fine);
    }
    let react = |emoji: Option<&str>| {
        let emoji = emoji.map(str::to_owned);
        let work = Work::React { to: "2001".into(), thread: "2001".into(), context: Value::Null, provider_id: "m_A1".into(), emoji };
        asked(next(&work)).1
    };
    let body = |action: &str, payload: Value| json!({ "recipient": { "id": "2001" }, "sender_action": action, "payload": payload });
    assert_eq!(react(Some("❤\u{fe0f}")), body("react", json!({ "message_id": "m_A1", "reaction": "love" })));
    assert_eq!(react(None), body("unreact", json!({ "message_id": "m_A1" })));
}

#[test]
fn a_person_has_a_name_or_the_conversations_know_one() {
    let work = Work::Profile { external_id: "2001".into(), context: Value::Null };
    let (request, _) = asked(next(&work));
    assert!(request.url.starts_with("https://graph.test/v25.0/2001?fields=first_name%2Clast_name"), "{}", request.url);
    let told = outcome(&work, 200, r#"{"first_name":"Mia","last_name":"Test","profile_pic":"https://cdn.test/p.jpg","timezone":1}"#);
    let facts = vec![("picture".to_owned(), "https://cdn.test/p.jpg".to_owned()), ("utc_offset".to_owned(), "1".to_owned())];
    assert_eq!(told, Outcome::Profile { name: "Mia Test".into(), facts });
    let Outcome::More(progress) = outcome(&work, 400, r#"{"error":{"code":100,"error_subcode":2018247,"message":"x"}}"#) else { panic!() };
    let (request, _) = asked(Messenger.next(&account("messenger"), &work, &progress, NOW));
    assert!(request.url.contains("/1001/conversations?platform=messenger&user_id=2001&fields=participants"), "{}", request.url);
    let list = r#"{"data":[{"participants":{"data":[{"id":"1001","name":"Page"},{"id":"2001","name":"Mia"}]}}]}"#;
    let hear = |status, body| Messenger.outcome(&account("messenger"), &work, &progress, &answer(status, body), NOW);
    assert_eq!(hear(200, list), Outcome::Profile { name: "Mia".into(), facts: vec![] });
    assert_eq!(hear(400, r#"{"error":{"code":100}}"#), Outcome::Profile { name: String::new(), facts: vec![] });
}

#[test]
fn a_file_is_fetched_without_our_token() {
    let work = Work::Media { url: "https://cdn.test/1.jpg?oe=1".into() };
    let (request, _) = asked(next(&work));
    assert_eq!((request.url.as_str(), request.headers.len()), ("https://cdn.test/1.jpg?oe=1", 0));
    let reply = Reply::Http { status: 200, headers: vec![("Content-Type".into(), "image/png".into())], body: vec![1, 2] };
    let file = Messenger.outcome(&account("messenger"), &work, &Value::Null, &reply, NOW);
    assert_eq!(file, Outcome::File { bytes: vec![1, 2], media_type: "image/png".into() });
    assert!(matches!(outcome(&work, 403, "URL signature expired"), Outcome::Failed(problem) if problem.code == "media_gone"));
    assert!(matches!(outcome(&work, 503, ""), Outcome::RetryAfter { .. }));
}

#[test]
fn flows_read_the_fields_they_know() {
    let account = account("messenger");
    let body = samples::fixture("messenger/quick_reply.json");
    let received = signed(&Messenger, &Recipient::Account(&account), &body).unwrap();
    let raw = &samples::message(samples::events(&received)[0]).raw;
    let wanted =
        json!({ "From": "messenger:2001", "To": "messenger:1001", "Body": "Blue", "ButtonPayload": "COLOR_BLUE", "ButtonText": "Blue" });
    assert_eq!(*raw, wanted);
}

#[test]
fn wrong_settings_are_named() {
    let mut account = account("messenger");
    assert_eq!(Messenger.check_settings(&account), vec![]);
    account.settings.insert("page_id".into(), "my page".into());
    account.settings.insert("app_id".into(), "app".into());
    account.settings.insert("api_base_url".into(), "graph.test".into());
    account.secrets.insert("access_token".into(), "EAA \n".into());
    let codes: Vec<(String, String)> = Messenger.check_settings(&account).into_iter().map(|p| (p.setting, p.code)).collect();
    let wanted = [("page_id", "bad_id"), ("app_id", "bad_id"), ("access_token", "spaces_in_secret"), ("api_base_url", "bad_url")];
    assert_eq!(codes, wanted.map(|(setting, code)| (setting.to_owned(), code.to_owned())));
}

#[test]
fn cards_are_a_generic_template() {
    let parts = Messenger.split(&account("messenger"), &crate::card::tests::message());
    assert_eq!((parts.len(), parts[0].text.as_str(), parts[0].reply_to.as_deref()), (2, "Our rooms:", Some("m1")));
    let (_, body) = asked(next(&send(parts[1].clone(), "2001")));
    let elements = json!([
        { "title": "Room 1", "subtitle": "Sea view", "image_url": "https://files.example/room.jpg", "buttons": [
            { "type": "postback", "title": "Book", "payload": "Book room 1" }, { "type": "web_url", "title": "Look", "url": "https://x.example/1" }] },
        { "title": "Room 2", "subtitle": "Garden", "image_url": "https://x.example/2.jpg", "buttons": [
            { "type": "postback", "title": "Book", "payload": "Book room 2" }] },
    ]);
    let attachment = json!({ "type": "template", "payload": { "template_type": "generic", "elements": elements } });
    assert_eq!(body["message"], json!({ "attachment": attachment, "metadata": OURS }));
}
