use super::*;
use crate::meta::tests::check_fixtures;
use model::InboundEvent;

#[test]
fn every_sample_comes_to_what_it_says() {
    check_fixtures(&Whatsapp, EVENTS);
}

const EVENTS: &[(&str, &[&str])] = &[
    ("account_alert", &["warning phone_number_id policy_warning: Meta warns this account: ACCOUNT_FLAGGED look here"]),
    ("account_banned", &["warning phone_number_id account_restricted: Meta has restricted this account: DISABLED_UPDATE DISABLE"]),
    ("account_reinstated", &["Well"]),
    ("account_review", &["warning phone_number_id account_restricted: Meta has refused the WhatsApp Business account in its review"]),
    (
        "button",
        &[
            "wamid.A12 +16505551234,US.13491208655302741918 @12000 message by=+16505551234 name=\"Mia Müller\" text=\"Yes, please\" choice=\"yes-1\" reply_to=\"wamid.B2\"",
        ],
    ),
    (
        "button_reply",
        &[
            "wamid.A13 +16505551234,US.13491208655302741918 @13000 message by=+16505551234 name=\"Mia Müller\" text=\"Yes\" choice=\"Yes\" reply_to=\"wamid.B1\"",
        ],
    ),
    ("calls", &["wacid.1 +16505551234,US.13491208655302741918 @51000 touch called by=+16505551234 name=\"Mia Müller\""]),
    ("capability", &[]),
    (
        "contacts",
        &[
            "wamid.A9 +16505551234,US.13491208655302741918 @9000 message by=+16505551234 name=\"Mia Müller\" card=\"Tom Test +49 30 23125 014 tom@example.org Example\"",
        ],
    ),
    ("contacts_sync", &[]),
    (
        "document",
        &[
            "wamid.A6 +16505551234,US.13491208655302741918 @6000 message by=+16505551234 name=\"Mia Müller\" text=\"the bill\" file=\"application/pdf Rechnung Nº 5.pdf https://graph.test/v25.0/203\"",
        ],
    ),
    ("echo", &["wamid.E1 +16505551234 @40000 echo elsewhere=\"WhatsApp Business app\" to by=+16505551234 text=\"from the phone\""]),
    ("echo_revoke", &["note revoke of a message of ours in the phone's app"]),
    ("edit", &["wamid.A22 +16505551234,US.13491208655302741918 @22000 edit of=wamid.A0 no=0 \"Grüße aus Bonn\""]),
    ("errors", &["warning phone_number_id account_restricted: Meta has restricted this account: Account locked (131031)"]),
    (
        "flow_reply",
        &[
            "wamid.A15 +16505551234,US.13491208655302741918 @15000 message by=+16505551234 name=\"Mia Müller\" text=\"Sent\" choice=\"{\\\"size\\\":\\\"L\\\"}\"",
        ],
    ),
    ("flows", &[]),
    ("forwarded", &["wamid.A2 +16505551234,US.13491208655302741918 @2000 message by=+16505551234 name=\"Mia Müller\" text=\"news\""]),
    ("group", &["wamid.A29 group:HBgLgroup1 @29000 message by=+16505551234 name=\"Mia Müller\" text=\"hi all\""]),
    ("history", &[]),
    (
        "image",
        &[
            "wamid.A3 +16505551234,US.13491208655302741918 @3000 message by=+16505551234 name=\"Mia Müller\" text=\"broken\" file=\"image/jpeg image.jpeg https://graph.test/v25.0/1908647269898587\"",
        ],
    ),
    (
        "interactive_unknown",
        &[
            "wamid.A16 +16505551234,US.13491208655302741918 @16000 message by=+16505551234 name=\"Mia Müller\" unsupported=\"call_permission_reply\"",
        ],
    ),
    (
        "list_reply",
        &[
            "wamid.A14 +16505551234,US.13491208655302741918 @14000 message by=+16505551234 name=\"Mia Müller\" text=\"10:00\" choice=\"slot-2\" reply_to=\"wamid.B1\"",
        ],
    ),
    (
        "location",
        &[
            "wamid.A8 +16505551234,US.13491208655302741918 @8000 message by=+16505551234 name=\"Mia Müller\" location=\"50.94 6.96 Dom Domkloster 4, Köln\"",
        ],
    ),
    ("name_rejected", &["warning phone_number_id name_rejected: Meta has refused the name Best Shop: NAME_NOT_CONSISTENT"]),
    (
        "order",
        &[
            "wamid.A17 +16505551234,US.13491208655302741918 @17000 message by=+16505551234 name=\"Mia Müller\" text=\"soon please\" link=\"order 2 × kettle-2, 1 × lid \"",
        ],
    ),
    ("other_business", &["note for WhatsApp Business account 777, which is not this account's"]),
    ("other_number", &["note for phone number 999, which is not this account's"]),
    (
        "preferences",
        &[
            "marketing_stopped:+16505551234:1735689650 +16505551234,US.13491208655302741918 @50000 touch marketing_stopped by=+16505551234 name=\"Mia Müller\" marketing=\"stop\"",
        ],
    ),
    (
        "product_question",
        &[
            "wamid.A18 +16505551234,US.13491208655302741918 @18000 message by=+16505551234 name=\"Mia Müller\" text=\"this one?\" reply_to=\"wamid.B1\" link=\"product kettle-2 \"",
        ],
    ),
    ("quality_low", &["warning phone_number_id low_quality: Meta rates this number's quality low; its limit is TIER_1K"]),
    ("quality_well", &["Well"]),
    ("reaction", &["wamid.A10 +16505551234,US.13491208655302741918 @10000 reaction of=wamid.B1 +👍"]),
    ("reaction_removed", &["wamid.A11 +16505551234,US.13491208655302741918 @11000 reaction of=wamid.B1 -"]),
    (
        "referral",
        &[
            "wamid.A19 +16505551234,US.13491208655302741918 @19000 message by=+16505551234 name=\"Mia Müller\" advertisement=\"120\" referral_source=\"ad\" advertisement_click=\"click-1\" text=\"I saw your ad\" link=\"advertisement Kettles https://fb.test/ad/1\"",
        ],
    ),
    (
        "reply",
        &[
            "wamid.A1 +16505551234,US.13491208655302741918 @1000 message by=+16505551234 name=\"Mia Müller\" text=\"that one\" reply_to=\"wamid.B1\"",
        ],
    ),
    ("revoke", &["wamid.A23 +16505551234,US.13491208655302741918 @23000 unsend of=wamid.A0"]),
    ("security", &["warning phone_number_id pin_changed: The number's two-step code is being changed: PIN_RESET_REQUEST"]),
    (
        "several",
        &[
            "wamid.A30 +16505551234,US.13491208655302741918 @30000 message by=+16505551234 name=\"Mia Müller\" text=\"one\"",
            "wamid.A31 +16505551234,US.13491208655302741918 @31000 message by=+16505551234 name=\"Mia Müller\" text=\"two\"",
            "wamid.A32 +491701234567 @32000 message by=+491701234567 text=\"three\"",
        ],
    ),
    ("status_delivered", &["wamid.B1:delivered +16505551234 @101000 delivered of=wamid.B1"]),
    (
        "status_failed",
        &[
            "wamid.B3:failed +16505551234 @103000 failed of=wamid.B3 ours=IM00000000000000000000000000000003 part=1 window_closed: The time for a free answer is over: more than 24 hours (131047)",
        ],
    ),
    ("status_group", &["wamid.B4:delivered:16505551234 group:HBgLgroup1 @104000 delivered of=wamid.B4"]),
    ("status_other", &["note a status that is not known: levitating"]),
    ("status_read", &["wamid.B1:read +16505551234 @101000 read of=wamid.B1", "wamid.B2:played +16505551234 @102000 read of=wamid.B2"]),
    (
        "status_sent",
        &["wamid.B1:sent +16505551234,US.13491208655302741918 @101000 sent of=wamid.B1 ours=IM00000000000000000000000000000001"],
    ),
    (
        "sticker",
        &[
            "wamid.A7 +16505551234,US.13491208655302741918 @7000 message by=+16505551234 name=\"Mia Müller\" sticker=\"image/webp sticker.webp https://graph.test/v25.0/204\"",
        ],
    ),
    (
        "system_identity",
        &["wamid.A21 +16505551234,US.13491208655302741918 @21000 touch identity_changed by=+16505551234 name=\"Mia Müller\""],
    ),
    ("system_number", &["wamid.A20 +16505551234,+16505559999 @20000 renumber +16505551234 to +16505559999"]),
    ("template_quality", &["Templates"]),
    ("template_status", &["Templates"]),
    ("text", &["wamid.A0 +16505551234,US.13491208655302741918 @0 message by=+16505551234 name=\"Mia Müller\" text=\"Grüße aus Köln 👋\""]),
    ("unknown_field", &["note a change that is not known: moon_phase"]),
    (
        "unsupported",
        &[
            "wamid.A25 +16505551234,US.13491208655302741918 @25000 message by=+16505551234 name=\"Mia Müller\" unsupported=\"Message type unknown\"",
        ],
    ),
    (
        "unsupported_named",
        &["wamid.A26 +16505551234,US.13491208655302741918 @26000 message by=+16505551234 name=\"Mia Müller\" unsupported=\"poll\""],
    ),
    ("user_id_as_from", &["wamid.A28 US.13491208655302741918 @28000 message by=US.13491208655302741918 scoped text=\"no number\""]),
    (
        "video",
        &[
            "wamid.A4 +16505551234,US.13491208655302741918 @4000 message by=+16505551234 name=\"Mia Müller\" file=\"video/mp4 video.mp4 https://graph.test/v25.0/201\"",
        ],
    ),
    (
        "voice",
        &[
            "wamid.A5 +16505551234,US.13491208655302741918 @5000 message by=+16505551234 name=\"Mia Müller\" file=\"audio/ogg; codecs=opus voice.ogg https://graph.test/v25.0/202\"",
        ],
    ),
    ("welcome", &["wamid.A24 +16505551234,US.13491208655302741918 @24000 touch opened by=+16505551234 name=\"Mia Müller\""]),
    (
        "without_number",
        &[
            "wamid.A27 US.13491208655302741918 @27000 message by=US.13491208655302741918 scoped name=\"Mia\" username=\"mia.m\" text=\"no number\"",
        ],
    ),
];

use crate::meta::tests::{account, signed};
use crate::samples::{self, NOW, answer, asked, picture, send, text_part};

const OURS: &str = "IM00000000000000000000000000000000-0";
const MIA: &str = "+16505551234";

fn next(work: &Work, progress: &Value) -> Step {
    Whatsapp.next(&account("whatsapp"), work, progress, NOW)
}

fn outcome(work: &Work, progress: &Value, status: u16, body: &str) -> Outcome {
    Whatsapp.outcome(&account("whatsapp"), work, progress, &answer(status, body), NOW)
}

fn body(part: Part) -> Value {
    asked(next(&send(part, MIA), &Value::Null)).1
}

#[test]
fn a_text_goes_to_a_number_and_carries_our_id() {
    let part = Part { reply_to: Some("wamid.A1".into()), ..text_part("See https://shop.test") };
    let (request, body) = asked(next(&send(part, MIA), &Value::Null));
    assert_eq!(request.url, "https://graph.test/v25.0/106540352242922/messages");
    assert!(request.headers.contains(&("authorization".into(), "Bearer tok&1".into())));
    assert_eq!(request.repeatable, Repeatable::Never);
    let wanted = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "16505551234", "type": "text",
        "text": { "body": "See https://shop.test", "preview_url": true },
        "context": { "message_id": "wamid.A1" }, "biz_opaque_callback_data": OURS,
    });
    assert_eq!(body, wanted);
    let sent = r#"{"messaging_product":"whatsapp","contacts":[{"input":"x","wa_id":"16505551234"}],"messages":[{"id":"wamid.B1","message_status":"accepted"}]}"#;
    assert_eq!(outcome(&send(text_part("x"), MIA), &Value::Null, 200, sent), Outcome::Sent(vec!["wamid.B1".into()]));
    assert!(matches!(outcome(&send(text_part("x"), MIA), &Value::Null, 200, "{}"), Outcome::Uncertain(_)));
}

#[test]
fn somebody_without_a_number_and_a_group_are_addressed_by_their_ids() {
    let (_, body) = asked(next(&send(text_part("x"), "US.13491208655302741918"), &Value::Null));
    assert_eq!((&body["recipient"], body.get("to")), (&json!("US.13491208655302741918"), None));
    let mut work = send(text_part("x"), MIA);
    if let Work::Part { thread, .. } = &mut work {
        *thread = "group:HBgLgroup1".into();
    }
    let (_, body) = asked(next(&work, &Value::Null));
    assert_eq!((&body["recipient_type"], &body["to"]), (&json!("group"), &json!("HBgLgroup1")));
}

#[test]
fn a_file_is_uploaded_and_then_sent_by_its_id() {
    let work = send(Part { files: vec![picture()], ..text_part("look") }, MIA);
    let (request, _) = asked(next(&work, &Value::Null));
    assert_eq!(request.url, "https://graph.test/v25.0/106540352242922/media");
    assert_eq!(request.repeatable, Repeatable::Always);
    let fields = vec![
        FormField::Text { name: "messaging_product", value: "whatsapp".into() },
        FormField::Text { name: "type", value: "image/jpeg".into() },
        FormField::File { name: "file", file: picture() },
    ];
    assert_eq!(request.body, Body::Form(fields));
    let Outcome::More(progress) = outcome(&work, &Value::Null, 200, r#"{"id":"1037"}"#) else { panic!() };
    let (request, body) = asked(next(&work, &progress));
    assert_eq!((&body["type"], &body["image"]), (&json!("image"), &json!({ "id": "1037", "caption": "look" })));
    assert_eq!(request.repeatable, Repeatable::Never);
    assert_eq!(outcome(&work, &progress, 200, r#"{"messages":[{"id":"wamid.B2"}]}"#), Outcome::Sent(vec!["wamid.B2".into()]));
    assert!(matches!(outcome(&work, &progress, 502, "<html>"), Outcome::Uncertain(_)), "the message itself may have left");
    assert!(matches!(outcome(&work, &Value::Null, 502, "<html>"), Outcome::RetryAfter { .. }), "an upload is no message");
    assert!(matches!(outcome(&work, &Value::Null, 400, r#"{"error":{"code":131053}}"#), Outcome::RetryAfter { .. }));
}

#[test]
fn what_the_channel_does_not_take_as_itself_is_a_document() {
    let sent_as = |media_type: &str, bytes| {
        let file = FileRef { media_type: media_type.into(), bytes, ..picture() };
        let work = send(Part { files: vec![file], ..text_part("look") }, MIA);
        let body = asked(next(&work, &json!({ "media": "1" }))).1;
        let kind = body["type"].as_str().unwrap_or_default().to_owned();
        let caption = body[&kind].get("caption").is_some();
        (kind, caption, body.get("document").is_some_and(|document| document["filename"] == "Grüße.jpg"))
    };
    assert_eq!(sent_as("image/jpeg", 5 << 20), ("image".into(), true, false));
    assert_eq!(sent_as("image/jpeg", (5 << 20) + 1), ("document".into(), true, true));
    assert_eq!(sent_as("image/webp", 1000), ("document".into(), true, true));
    assert_eq!(sent_as("audio/ogg; codecs=opus", 1000), ("audio".into(), false, false));
    for name in ["audio/m4a", "audio/x-m4a", "audio/mp4"] {
        assert_eq!(sent_as(name, 1000), ("audio".into(), false, false), "{name}");
        let file = FileRef { media_type: name.into(), ..picture() };
        let Step::Http(upload) = next(&send(Part { files: vec![file], ..Part::default() }, MIA), &Value::Null) else { panic!() };
        let Body::Form(fields) = upload.body else { panic!("a file is uploaded") };
        assert!(fields.contains(&FormField::Text { name: "type", value: "audio/mp4".into() }), "{name}: {fields:?}");
        let typed = |field: &FormField| matches!(field, FormField::File { file, .. } if file.media_type == "audio/mp4");
        assert!(fields.iter().any(typed), "{name}: {fields:?}");
    }
    assert_eq!(sent_as("audio/wav", 1000), ("document".into(), true, true));
    assert_eq!(sent_as("video/mp4", 16 << 20), ("video".into(), true, false));
    assert_eq!(sent_as("application/pdf", 1000), ("document".into(), true, true));
}

#[test]
fn a_webp_of_a_stickers_size_leaves_as_a_sticker_without_words() {
    let webp = |width, bytes, moves| FileRef { media_type: "image/webp".into(), width, height: 512, bytes, moves, ..picture() };
    let leaves = |text: &str, file: FileRef| {
        let parts = Whatsapp.split(&account("whatsapp"), &Outbound { text: text.into(), files: vec![file], ..Outbound::default() });
        let bodies = parts.into_iter().map(|part| asked(next(&send(part, MIA), &json!({ "media": "1" }))).1);
        bodies.map(|body| (body["type"].as_str().unwrap_or_default().to_owned(), body)).collect::<Vec<_>>()
    };
    let kinds = |file| leaves("", file).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(leaves("", webp(512, 100 << 10, false))[0].1["sticker"], json!({ "id": "1" }));
    assert_eq!(kinds(webp(512, 500 << 10, true)), ["sticker"]);
    for other in [webp(511, 1000, false), webp(512, (100 << 10) + 1, false), webp(512, (500 << 10) + 1, true), webp(0, 1000, false)] {
        assert_eq!(kinds(other), ["document"]);
    }
    assert_eq!(kinds(FileRef { width: 512, height: 512, media_type: "image/png".into(), ..picture() }), ["image"]);
    let said = leaves("look", webp(512, 1000, false));
    assert_eq!(said.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["text", "sticker"], "a sticker has no caption");
    let Step::Http(upload) = ({
        let parts = Whatsapp.split(&account("whatsapp"), &Outbound { files: vec![webp(512, 1000, false)], ..Outbound::default() });
        next(&send(parts[0].clone(), MIA), &Value::Null)
    }) else {
        panic!("a sticker is uploaded")
    };
    let Body::Form(fields) = upload.body else { panic!("a file is uploaded") };
    assert!(fields.contains(&FormField::Text { name: "type", value: "image/webp".into() }), "{fields:?}");
    let refused = Whatsapp.check_sticker(&account("whatsapp"), "446", "1988").unwrap_err();
    assert_eq!((refused.field.as_str(), refused.code.as_str()), ("sticker", "by_file"));
}

#[test]
fn answers_are_buttons_or_a_list() {
    let ask = |choices: &[&str]| {
        let outbound =
            Outbound { text: "Which?".into(), choices: choices.iter().map(|c| (*c).to_owned()).collect(), ..Outbound::default() };
        let parts = Whatsapp.split(&account("whatsapp"), &outbound);
        assert_eq!(parts.len(), 1);
        body(parts[0].clone())
    };
    let buttons = ask(&["Yes", "No"]);
    let reply = |title: &str| json!({ "type": "reply", "reply": { "id": title, "title": title } });
    let action = json!({ "buttons": [reply("Yes"), reply("No")] });
    assert_eq!(buttons["interactive"], json!({ "type": "button", "body": { "text": "Which?" }, "action": action }));
    let row = |title: &str| json!({ "id": title, "title": title });
    let list = ask(&["One", "Two", "Three", "Four"]);
    let action = json!({ "button": "Menu", "sections": [{ "rows": [row("One"), row("Two"), row("Three"), row("Four")] }] });
    assert_eq!(list["interactive"], json!({ "type": "list", "body": { "text": "Which?" }, "action": action }));
    assert_eq!(ask(&["A title of 22 letters.", "No"])["interactive"]["type"], "list", "too long for a button");
    let eleven: Vec<String> = (0..11).map(|no| no.to_string()).collect();
    let menu = ask(&eleven.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(menu["type"], "text");
    assert!(menu["text"]["body"].as_str().is_some_and(|text| text.ends_with("11. 10")));
}

#[test]
fn texts_captions_and_what_stands_above_buttons_have_limits_of_their_own() {
    let split = |text: String, files: Vec<FileRef>, choices: &[&str]| {
        let choices = choices.iter().map(|c| (*c).to_owned()).collect();
        Whatsapp.split(&account("whatsapp"), &Outbound { text, files, choices, reply_to: Some("wamid.A1".into()), ..Outbound::default() })
    };
    let shape = |parts: &[Part]| parts.iter().map(|p| (p.text.chars().count(), p.files.len(), p.choices.len())).collect::<Vec<_>>();
    assert_eq!(shape(&split("x".repeat(1024), vec![picture(), picture()], &[])), [(1024, 1, 0), (0, 1, 0)]);
    assert_eq!(shape(&split("x".repeat(1025), vec![picture()], &[])), [(1025, 0, 0), (0, 1, 0)]);
    let sound = FileRef { media_type: "audio/mpeg".into(), ..picture() };
    assert_eq!(shape(&split("hi".into(), vec![sound], &[])), [(2, 0, 0), (0, 1, 0)], "sounds have no caption");
    assert_eq!(shape(&split("hi".into(), vec![picture()], &["Yes"])), [(2, 0, 1), (0, 1, 0)]);
    let long = split("x".repeat(4096 + 1500), vec![], &["Yes"]);
    assert_eq!(shape(&long), [(4096, 0, 0), (1024, 0, 0), (476, 0, 1)]);
    assert_eq!(long.iter().filter(|part| part.reply_to.is_some()).count(), 1);
    assert!(long[0].reply_to.is_some(), "the first part answers");
    let buttons = split("x".repeat(1500), vec![], &["Yes"]);
    assert_eq!((shape(&buttons), buttons[0].reply_to.is_some()), (vec![(1024, 0, 0), (476, 0, 1)], true));
    let families = split("👨‍👩‍👧‍👦".repeat(1000), vec![], &[]);
    assert!(families.iter().all(|part| part.text.chars().count() <= 4096 && part.text.chars().count() % 7 == 0));
}

/// Proves I6.8.
#[test]
fn after_a_day_only_a_template_leaves() {
    let late = |part: Part, ago: Option<i64>| {
        let mut work = send(part, MIA);
        if let Work::Part { heard_at, .. } = &mut work {
            *heard_at = ago.map(|s| NOW.plus_secs(-s));
        }
        work
    };
    assert!(matches!(next(&late(text_part("x"), Some(86_399)), &Value::Null), Step::Http(_)));
    for ago in [Some(86_400), None] {
        let work = late(Part { speaker: Speaker { person: true, name: "Kim".into(), ..Default::default() }, ..text_part("x") }, ago);
        assert_eq!(next(&work, &Value::Null), Step::Nothing);
        assert!(matches!(outcome(&work, &Value::Null, 200, ""), Outcome::Failed(problem) if problem.code == "window_closed"));
    }
    let filled = model::Filled { name: "ready".into(), language: "de".into(), values: vec!["12".into()], raw: Value::Null };
    let (_, body) = asked(next(&late(Part { template: Some(filled), ..text_part("x") }, None), &Value::Null));
    let components = json!([{ "type": "body", "parameters": [{ "type": "text", "text": "12" }] }]);
    assert_eq!(body["template"], json!({ "name": "ready", "language": { "code": "de" }, "components": components }));
}

#[test]
fn typing_and_reading_name_the_newest_message() {
    let work = |signal, last: Option<&str>| Work::Signal {
        to: MIA.into(),
        thread: MIA.into(),
        context: Value::Null,
        signal,
        last: last.map(str::to_owned),
    };
    let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A1" });
    assert_eq!(asked(next(&work(Signal::Read, Some("wamid.A1")), &Value::Null)).1, read);
    let mut typing = read;
    typing["typing_indicator"] = json!({ "type": "text" });
    assert_eq!(asked(next(&work(Signal::Typing(true), Some("wamid.A1")), &Value::Null)).1, typing);
    assert_eq!(next(&work(Signal::Typing(false), Some("wamid.A1")), &Value::Null), Step::Nothing);
    assert_eq!(next(&work(Signal::Typing(true), None), &Value::Null), Step::Nothing);
    assert_eq!(outcome(&work(Signal::Read, Some("x")), &Value::Null, 200, r#"{"success":true}"#), Outcome::Fine);
}

#[test]
fn a_reaction_is_put_and_taken_away() {
    for (emoji, said) in [(Some("👍"), "👍"), (None, "")] {
        let emoji = emoji.map(str::to_owned);
        let work = Work::React { to: MIA.into(), thread: MIA.into(), context: Value::Null, provider_id: "wamid.A1".into(), emoji };
        let (_, body) = asked(next(&work, &Value::Null));
        assert_eq!((&body["type"], &body["to"]), (&json!("reaction"), &json!("16505551234")));
        assert_eq!(body["reaction"], json!({ "message_id": "wamid.A1", "emoji": said }));
    }
}

/// From the id to an address that lives five minutes, and from there to the bytes; the token stays with the provider.
#[test]
fn a_picture_is_fetched_in_two_steps() {
    let work = Work::Media { url: "https://graph.test/v25.0/190".into() };
    let (request, _) = asked(next(&work, &Value::Null));
    assert_eq!(request.url, "https://graph.test/v25.0/190?phone_number_id=106540352242922");
    assert_eq!(request.headers, [crate::wire::bearer("tok&1")]);
    let resolved = |url: &str| {
        let json = json!({ "messaging_product": "whatsapp", "url": url, "mime_type": "image/jpeg", "id": "190" }).to_string();
        let Outcome::More(progress) = outcome(&work, &Value::Null, 200, &json) else { panic!() };
        progress
    };
    let trusted = |url: &str| !asked(next(&work, &resolved(url))).0.headers.is_empty();
    assert!(trusted("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"));
    assert!(!trusted("http://lookaside.fbsbx.com/1"), "not without encryption");
    let stranger = Work::Media { url: "https://graph.test.evil.example/v25.0/190".into() };
    for progress in [Value::Null, resolved("https://lookaside.fbsbx.com/1")] {
        assert!(asked(next(&stranger, &progress)).0.headers.is_empty(), "an address that is not the API's gets nothing");
    }
    let progress = resolved("https://lookaside.fbsbx.com/1");
    let bytes = Reply::Http { status: 200, headers: vec![("content-type".into(), "image/jpeg".into())], body: vec![7] };
    let file = Whatsapp.outcome(&account("whatsapp"), &work, &progress, &bytes, NOW);
    assert_eq!(file, Outcome::File { bytes: vec![7], media_type: "image/jpeg".into() });
    assert_eq!(outcome(&work, &progress, 404, ""), Outcome::More(Value::Null), "the address is over, the id may give another");
    for gone in [(404, ""), (400, r#"{"error":{"code":100,"error_subcode":33,"message":"does not exist"}}"#)] {
        assert!(matches!(outcome(&work, &Value::Null, gone.0, gone.1), Outcome::Failed(problem) if problem.code == "media_gone"));
    }
    assert!(matches!(outcome(&work, &Value::Null, 500, ""), Outcome::RetryAfter { .. }));
    let over = outcome(&work, &Value::Null, 401, r#"{"error":{"code":190,"message":"x"}}"#);
    assert!(matches!(over, Outcome::Problem(problem) if problem.setting == "access_token"));
}

#[test]
fn flows_read_the_fields_they_know() {
    let account = account("whatsapp");
    let read = |name: &str| {
        let body = samples::fixture(&format!("whatsapp/{name}.json"));
        let received = signed(&Whatsapp, &Recipient::Account(&account), &body).unwrap();
        samples::message(samples::events(&received)[0]).raw.clone()
    };
    let text = read("forwarded");
    assert_eq!((&text["From"], &text["To"]), (&json!("whatsapp:+16505551234"), &json!("whatsapp:+15550783881")));
    assert_eq!(
        (&text["WaId"], &text["ProfileName"], &text["FrequentlyForwarded"]),
        (&json!("16505551234"), &json!("Mia Müller"), &json!(true))
    );
    assert_eq!(read("list_reply")["ButtonPayload"], "slot-2");
    assert_eq!(read("location")["Latitude"], "50.94");
    assert_eq!(read("referral")["ReferralCtwaClid"], "click-1");
}

/// Typed words of consent switch what goes to the number; a member of a group speaks for nobody else, and an account may keep its own words.
#[test]
fn whoever_writes_stop_wants_no_more_and_start_brings_them_back() {
    let mut account = account("whatsapp");
    let heard = |account: &ChannelAccount, name: &str, words: &str| {
        let mut body: Value = serde_json::from_slice(&samples::fixture(&format!("whatsapp/{name}.json"))).unwrap();
        body["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] = json!(words);
        let received = signed(&Whatsapp, &Recipient::Account(account), body.to_string().as_bytes()).unwrap();
        match &samples::events(&received)[0].event {
            InboundEvent::OptOut { rule, .. } => format!("out {rule}"),
            InboundEvent::OptIn { rule, .. } => format!("in {rule}"),
            InboundEvent::Message(message) => format!("says {}", message.answer.as_deref().unwrap_or_default()),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(heard(&account, "text", " stop. "), "out STOP");
    assert_eq!(heard(&account, "text", "Start"), "in START");
    assert_eq!(heard(&account, "without_number", "STOP"), "out STOP", "whoever hides the number may stop, too");
    assert_eq!(heard(&account, "text", "stop the delivery"), "says ");
    assert_eq!(heard(&account, "group", "STOP"), "says ");
    account.settings.insert("help_answer".into(), "The shop, 9 to 5".into());
    assert_eq!(heard(&account, "text", "HELP"), "says The shop, 9 to 5");
    account.settings.insert("keywords".into(), "false".into());
    account.settings.insert("opt_out_words".into(), "[\"Weg\"]".into());
    assert_eq!(heard(&account, "text", "STOP"), "says ");
    assert_eq!(heard(&account, "text", "weg"), "out account Weg");
}

/// One app, two numbers of one business: messages go to the number, news of the business to both.
#[test]
fn an_apps_delivery_is_told_apart_by_its_numbers() {
    let mine = account("whatsapp");
    let mut other = mine.clone();
    other.settings.insert("phone_number_id".into(), "2002".into());
    let secrets = [("app_secret".to_owned(), crate::meta::tests::SECRET.to_owned())].into();
    let to = Recipient::App { secrets: &secrets, url: "", accounts: &[&mine, &other] };
    let keys = |name: &str| {
        let received = signed(&Whatsapp, &to, &samples::fixture(&format!("whatsapp/{name}.json"))).unwrap();
        received.batches.iter().map(|batch| (batch.account.clone(), batch.events.len())).collect::<Vec<_>>()
    };
    let provider = |id: &str| AccountKey::Provider(id.to_owned());
    assert_eq!(keys("text"), [(provider("106540352242922"), 1)]);
    assert_eq!(keys("other_number"), [(provider("999"), 1)], "whose it is, is for whoever knows the app's accounts");
    assert_eq!(keys("template_status"), [(provider("106540352242922"), 0), (provider("2002"), 0)]);
}

#[test]
fn wrong_settings_are_named() {
    let mut account = account("whatsapp");
    assert_eq!(Whatsapp.check_settings(&account), vec![]);
    assert_eq!(Whatsapp.address(&account), "+15550783881");
    for (key, value) in [("number", "call me"), ("list_label", "A label of 22 letters."), ("waba_id", "my business")] {
        account.settings.insert(key.into(), value.into());
    }
    let named: Vec<String> = Whatsapp.check_settings(&account).into_iter().map(|p| format!("{} {}", p.setting, p.code)).collect();
    assert_eq!(named, ["number bad_number", "list_label too_long", "waba_id bad_id"]);
}

#[test]
fn each_card_is_a_message_with_buttons_or_a_link() {
    let mut message = crate::card::tests::message();
    let plain = Card { title: "Pier".into(), text: "Ferries".into(), ..Card::default() };
    let page = crate::card::tests::opens("Prices", "https://x.example/prices");
    message.cards.push(Card { buttons: vec![page.clone(), crate::card::tests::opens("More", "https://x.example/more")], ..plain.clone() });
    message.cards.push(Card { image: Some(FileRef { url: "https://x.example/pier.jpg".into(), ..FileRef::default() }), ..plain });
    let parts = Whatsapp.split(&account("whatsapp"), &message);
    assert_eq!(parts.iter().map(|part| part.cards.len()).collect::<Vec<_>>(), [0, 1, 1, 1, 1]);
    assert_eq!(parts.iter().map(|part| part.reply_to.is_some()).collect::<Vec<_>>(), [true, false, false, false, false]);
    let work = send(parts[1].clone(), MIA);
    let Step::Http(upload) = next(&work, &Value::Null) else { panic!("nothing is uploaded") };
    assert!(upload.url.ends_with("/media"), "a picture of ours goes there first");
    let (_, told) = asked(next(&work, &json!({ "media": "77" })));
    let reply = |id: &str| json!({ "type": "reply", "reply": { "id": id, "title": "Book" } });
    let interactive = json!({
        "type": "button", "header": { "type": "image", "image": { "id": "77" } }, "action": { "buttons": [reply("Book room 1")] },
        "body": { "text": "*Room 1*\n\nSea view\n\nLook: https://x.example/1" },
    });
    assert_eq!(told["interactive"], interactive);
    let shown = |no: usize| body(parts[no].clone());
    assert_eq!(shown(2)["interactive"]["header"], json!({ "type": "image", "image": { "link": "https://x.example/2.jpg" } }));
    let link = json!({ "name": "cta_url", "parameters": { "display_text": "Prices", "url": "https://x.example/prices" } });
    assert_eq!((&shown(3)["interactive"]["type"], &shown(3)["interactive"]["action"]), (&json!("cta_url"), &link));
    assert_eq!(shown(3)["interactive"]["body"]["text"], "*Pier*\n\nFerries\n\nMore: https://x.example/more");
    assert_eq!(shown(4)["image"], json!({ "link": "https://x.example/pier.jpg", "caption": "*Pier*\n\nFerries" }));
    let seen: Vec<Part> = parts.iter().map(|part| Whatsapp.seen(part.clone())).collect();
    assert_eq!(seen[0], parts[0]);
    assert!(seen[1..].iter().all(|part| part.text.is_empty()), "a card says its own words");
    let words = |no: usize| (seen[no].cards[0].title.as_str(), seen[no].cards[0].text.as_str());
    assert_eq!(words(1), ("Room 1", "Sea view\n\nLook: https://x.example/1"));
    assert_eq!(words(3), ("Pier", "Ferries\n\nMore: https://x.example/more"));
    let labels = |no: usize| seen[no].cards[0].buttons.iter().map(|button| button.label.as_str()).collect::<Vec<_>>();
    assert_eq!((labels(1), labels(3)), (vec!["Book"], vec!["Prices"]), "only buttons that are there");
    let long = Card { title: "Long".into(), text: "word ".repeat(300), buttons: vec![page], ..Card::default() };
    let parts =
        Whatsapp.split(&account("whatsapp"), &Outbound { cards: vec![long], reply_to: Some("wamid.A1".into()), ..Outbound::default() });
    assert_eq!(parts.iter().map(|part| (part.cards.len(), part.reply_to.is_some())).collect::<Vec<_>>(), [(0, true), (1, false)]);
    assert!(parts.iter().all(|part| part.text.chars().count() <= 1024));
    assert_eq!(Whatsapp.seen(parts[1].clone()).cards[0].title, "", "the title stands where the words begin");
}

#[test]
fn a_place_and_a_person_are_messages_of_their_own_kind() {
    let can = Whatsapp.capabilities(&account("whatsapp"));
    let parts = Whatsapp.split(&account("whatsapp"), &crate::extras::fitted(crate::extras::tests::message(), &can));
    assert_eq!(parts.iter().map(|part| (part.text.as_str(), part.extras.len())).collect::<Vec<_>>(), [("Hier:", 0), ("", 1), ("", 1)]);
    let (_, place) = asked(next(&send(parts[1].clone(), MIA), &Value::Null));
    assert_eq!((&place["type"], &place["to"]), (&json!("location"), &json!("16505551234")));
    assert_eq!(place["location"], json!({ "latitude": 53.5, "longitude": 9.5, "name": "Café am Fluss", "address": "Uferweg 3, Hamburg" }));
    let (_, person) = asked(next(&send(parts[2].clone(), MIA), &Value::Null));
    assert_eq!(person["type"], "contacts");
    assert_eq!(
        person["contacts"][0],
        json!({ "name": { "formatted_name": "김민지 Kim", "first_name": "김민지 Kim" },
            "phones": [{ "phone": "+82 10 1234 5678", "type": "WORK" }], "emails": [{ "email": "minji@shop.example", "type": "WORK" }],
            "org": { "company": "Café" } })
    );
}

/// What WhatsApp tells of a text from this number.
fn texted_from(number: &str) -> (Vec<String>, model::InboundMessage) {
    let message = json!({ "from": number, "id": "wamid.M1", "timestamp": "1800000000", "type": "text", "text": { "body": "Hola" } });
    let value = json!({ "messaging_product": "whatsapp", "metadata": { "display_phone_number": "4915735980000", "phone_number_id": "106540352242922" },
        "contacts": [{ "profile": { "name": "Mia" }, "wa_id": number }], "messages": [message] });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "changes": [{ "field": "messages", "value": value }] }] });
    let account = account("whatsapp");
    let mut heard = signed(&Whatsapp, &crate::contract::Recipient::Account(&account), body.to_string().as_bytes()).unwrap();
    let arrived = heard.batches.remove(0).events.remove(0);
    match arrived.event {
        model::inbound::InboundEvent::Message(said) => (arrived.keys, said),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_is_kept_in_one_form_and_written_to_as_whatsapp_knows_it() {
    for (heard, kept) in [("5215512345678", "+525512345678"), ("553188887777", "+5531988887777")] {
        let (keys, said) = texted_from(heard);
        assert_eq!(keys, [kept.to_owned(), format!("+{heard}")], "the form kept is the thread's name");
        assert_eq!((said.from.external_id.as_str(), said.from.scoped), (kept, false));
        let to = |to: &str, context: &Value| {
            let mut work = send(text_part("Hola"), to);
            let Work::Part { context: notes, .. } = &mut work else { unreachable!() };
            *notes = context.clone();
            asked(next(&work, &Value::Null)).1["to"].clone()
        };
        assert_eq!(to(kept, &said.context), json!(heard));
        assert_eq!(to(kept, &Value::Null), json!(&kept[1..]), "nobody has written yet");
        assert_eq!(to("+491713920041", &said.context), json!("491713920041"), "they have another number now");
    }
    let (keys, said) = texted_from("491713920041");
    assert_eq!((keys, said.context), (vec!["+491713920041".to_owned()], Value::Null), "one form alone");
}
