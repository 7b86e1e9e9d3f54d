use super::*;
use crate::samples::{self, NOW, answer, asked, fixture, fixtures, message, picture, text_part, told};
use model::{Ids, TextUnit};

const SECRET: &str = "a-secret-of-both-sides";

fn custom(capabilities: &str) -> ChannelAccount {
    let settings = [("send_url", "https://platform.example/seaway"), ("capabilities", capabilities), ("messages_per_second", "25")];
    samples::account("custom", &settings, &[("signing_secret", SECRET)])
}

/// A platform that can all there is.
fn able() -> ChannelAccount {
    custom(r#"{"choices":{"most":3,"title":10},"says":["image","file","quote","reaction","typing","read"]}"#)
}

fn heard(signature: &str, body: &[u8]) -> Result<Received, Rejected> {
    let headers = [("X-Seaway-Signature".to_owned(), signature.to_owned())];
    Custom.receive(
        &Recipient::Account(&able()),
        &Incoming::Request { method: "POST", target: "/in/custom/KA1", headers: &headers, body },
        NOW,
    )
}

fn signed(body: &[u8]) -> Received {
    heard(&sign(SECRET, NOW, body), body).unwrap()
}

fn received(name: &str) -> Received {
    signed(&fixture(&format!("custom/{name}")))
}

/// The vector of docs/custom-channel.md, which the example in Python checks, too.
/// Proves I0.3 and S22.
#[test]
fn the_documents_signature_fits_and_nothing_else() {
    let body = br#"{"events":[]}"#;
    let fits = "t=1735689700,v1=2782afd7f0e1e4d9cc0e79bbd48ba239668e5f5813519bdf3986ca31a7834079";
    assert_eq!(sign(SECRET, NOW, body), fits);
    assert_eq!(heard(fits, body).unwrap().answer.body, r#"{"taken":0,"problems":[]}"#);
    assert!(heard(&fits.replace(",v1", ",v1=00,v1"), body).is_ok(), "while a secret is changed");
    assert!(heard(fits, br#"{"events":[1]}"#).is_err());
    for other in
        ["", "t=1735689700", "v1=2782", &fits.replace("1735689700", "1735689701"), &fits.replace("v1", "v0"), &fits.replace("t=", "t=x")]
    {
        assert!(heard(other, body).is_err(), "{other}");
    }
    for (age_s, taken) in [(300, true), (301, false), (-300, true), (-301, false), (i64::MAX / 2_000_000, false)] {
        assert_eq!(heard(&sign(SECRET, NOW.plus_secs(-age_s), body), body).is_ok(), taken, "{age_s} s old");
    }
    let unset = ChannelAccount { secrets: Default::default(), ..able() };
    let headers = [(SIGNATURE.to_owned(), sign("", NOW, body))];
    let incoming = Incoming::Request { method: "POST", target: "/", headers: &headers, body };
    assert!(Custom.receive(&Recipient::Account(&unset), &incoming, NOW).is_err());
}

#[test]
fn every_event_is_understood() {
    let table: &[(&str, &[&str])] = &[
        (
            "attachments.json",
            &[
                "m-3 @ u-1: message m-3 by u-1 \"\" [Foto.png image/png https://platform.example/f/1] [sticker file application/octet-stream https://platform.example/f/2]",
            ],
        ),
        ("block.json", &["block:e-11 @ u-1: reach false of u-1", "unblock:e-12 @ u-1: reach true of u-1"]),
        ("consent.json", &["opt_out:m-6 @ u-1: opt-out by u-1 \"stop\" kept true", "opt_in:m-7 @ u-1: opt-in by u-1 \"start\" kept true"]),
        (
            "echo.json",
            &[
                "m-5 @ u-1: echo to u-1 elsewhere=true app=Back office message m-5 by us \"We call you\"",
                "s-9 @ u-1: echo to u-1 elsewhere=false app= message s-9 by us \"Hello\"",
            ],
        ),
        ("edit.json", &["edit:e-1 @ u-1: edit m-1 by u-1 to \"ola!\" no 2"]),
        (
            "marks.json",
            &[
                "delivered:e-9 @ u-1: marks delivered Some(2025-01-01T00:01:00.000Z) read None",
                "read:e-10 @ u-1: marks delivered None read Some(2025-01-01T00:01:00.000Z)",
            ],
        ),
        (
            "message.json",
            &[
                "m-1 @ room-7: message m-1 by u-1 (Ana) phone=+491713920041 email=ana@example.org locale=pt-BR membership=gold \"olá 👋\"",
                "m-2 @ u-1: message m-2 by u-1 \"yes\" choice order:1 answers s-9",
            ],
        ),
        ("mistakes.json", &["m-8 @ u-1: message m-8 by u-1 \"this one is fine\""]),
        ("place-and-card.json", &["m-4 @ u-1: message m-4 by u-1 \"\" [place 53.5 9.9 Harbour ] [card Bob +4930 b@example.org Shop]"]),
        ("reaction.json", &["reaction:e-3 @ u-1: reaction + 👍 on s-9 by u-1", "reaction:e-4 @ u-1: reaction -  on s-9 by u-1"]),
        (
            "receipt.json",
            &[
                "receipt:e-5 @ u-1: receipt delivered s-9",
                "receipt:e-6 @ u-1: receipt read IM01941f297c007aaa8bbb0123456789ab-0 ours IM01941f297c007aaa8bbb0123456789ab part 0",
                "receipt:e-7 @ u-1: receipt failed s-10 opted_out: The platform says: they left, opted_out",
                "receipt:e-8 @ u-1: receipt failed s-11 platform_refused: The platform says: it could not be delivered",
            ],
        ),
        ("renumber.json", &["renumber:e-13 @ u-1: renumber u-1 to u-2"]),
        ("touch.json", &["touch:e-14 @ u-1: touch followed by u-1"]),
        ("typing.json", &[]),
        ("unsend.json", &["unsend:e-2 @ u-1: unsend m-1 by u-1"]),
    ];
    let named: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, fixtures("custom"));
    for (name, lines) in table {
        assert_eq!(told(&received(name)), *lines, "{name}");
    }
}

#[test]
fn what_is_wrong_is_named_and_the_rest_is_taken() {
    let received = received("mistakes.json");
    let answer: Value = serde_json::from_str(&received.answer.body).unwrap();
    assert_eq!((received.answer.status, &answer["taken"]), (200, &json!(1)));
    let problems: Vec<&str> = answer["problems"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let begin = [
        "events[1].type: \"hologram\" is none of message, echo",
        "events[2].id is missing",
        "events[3].conversation is missing",
        "events[4]: there is nothing in it",
        "events[5].at is no RFC 3339 time",
        "events[6].state: \"lost\"",
        "events[7].attachments[0].url is no http",
        "events[8].location.latitude",
        "events[9].what: a word",
        "events[10].at is missing",
        "events[11].id is longer than 200 bytes",
        "events[12].type",
    ];
    assert_eq!(problems.len(), begin.len(), "{problems:?}");
    for (problem, begin) in problems.iter().zip(begin) {
        assert!(problem.starts_with(begin), "{problem}");
    }
    assert!(received.unreadable.is_some());
    for body in [&b"{}"[..], b"", b"[]", b"{\"events\":{}}"] {
        assert!(signed(body).unreadable.is_some());
    }
}

#[test]
fn typing_is_shown_and_notes_come_back() {
    assert_eq!(received("typing.json").typing, [("u-1".to_owned(), true), ("room-7".to_owned(), false)]);
    let message = message(samples::events(&received("message.json"))[0]).clone();
    assert_eq!(message.context, json!({ "token": "t1" }));
    let work = say(text_part("x"), message.context);
    assert_eq!(asked(Custom.next(&able(), &work, &Value::Null, NOW)).1["context"], json!({ "token": "t1" }));
}

fn say(part: Part, context: Value) -> Work {
    let id: MessageId = Ids::new(NOW, 7).next();
    Work::Part { part, to: "u-1".into(), thread: "room-7".into(), context, message: Some(id), no: 1, heard_at: Some(NOW) }
}

#[test]
fn a_message_leaves_signed_and_under_one_id() {
    let part = Part {
        files: vec![picture()],
        choices: vec!["Yes".into()],
        reply_to: Some("m-1".into()),
        speaker: Speaker { person: true, name: "Bea".into(), ..Default::default() },
        ..text_part("Well?")
    };
    let work = say(part, Value::Null);
    let (request, body) = asked(Custom.next(&able(), &work, &Value::Null, NOW));
    let Work::Part { message: Some(id), .. } = &work else { panic!("no id") };
    assert_eq!(
        body,
        json!({
            "type": "message",
            "id": format!("{id}-1"),
            "conversation": "room-7",
            "to": "u-1",
            "text": "Well?",
            "attachments": [{ "url": "https://files.example/1.jpg", "name": "Grüße.jpg", "media_type": "image/jpeg", "bytes": 1234 }],
            "choices": ["Yes"],
            "reply_to": "m-1",
            "speaker": { "person": true, "name": "Bea" },
            "context": null,
        })
    );
    assert_eq!(request.repeatable, Repeatable::Keyed { known_s: ID_S });
    let (_, later) = asked(Custom.next(&able(), &say(text_part("Well?"), json!({ "room": 8 })), &Value::Null, NOW.plus_secs(ID_S)));
    assert_eq!(later["id"], body["id"], "the same at each try, whatever else has changed");
    let Body::Bytes(bytes) = &request.body else { panic!("no body") };
    assert_eq!(verify(SECRET, header(&request.headers, SIGNATURE).unwrap(), bytes, NOW), Ok(()), "as the platform verifies it");
    assert_eq!(repeat::tagged(body["id"].as_str().unwrap()), (Some(*id), Some(1)), "a receipt may name it");
}

/// Proves I6.4.
#[test]
fn every_reply_has_one_meaning() {
    let work = say(text_part("x"), Value::Null);
    let Work::Part { message: Some(id), .. } = &work else { panic!("no id") };
    let hear = |status: u16, body: &str| Custom.outcome(&able(), &work, &Value::Null, &answer(status, body), NOW);
    let both = Outcome::Sent(vec!["s-9".into(), format!("{id}-1")]);
    assert_eq!(hear(200, r#"{"id":"s-9"}"#), both, "receipts may name either");
    assert_eq!(hear(204, ""), Outcome::Sent(vec![format!("{id}-1")]), "then our own id is its name");
    assert_eq!(hear(409, r#"{"id":"s-9"}"#), both, "it had it already");
    let refused = |body: &str| match hear(422, body) {
        Outcome::Failed(problem) => (problem.code, problem.detail),
        other => panic!("{other:?}"),
    };
    let left = refused(r#"{"error":{"code":"opted_out","message":"they left"}}"#);
    assert_eq!(left, ("opted_out".into(), "The platform says: they left, opted_out".into()));
    assert_eq!(refused(r#"{"error":{"code":"E42"}}"#), ("platform_refused".into(), "The platform says: E42".into()));
    assert_eq!(refused("oops"), ("platform_refused".into(), "The platform says: no (422)".into()));
    assert!(matches!(hear(401, ""), Outcome::Problem(problem) if problem.code == "wrong_secret"));
    assert!(matches!(hear(429, ""), Outcome::RetryAfter { ms: 1_000, .. }));
    assert!(matches!(hear(503, ""), Outcome::RetryAfter { .. }), "its id makes it harmless");
    let mut code = work.clone();
    if let Work::Part { message, .. } = &mut code {
        *message = None;
    }
    assert_eq!(asked(Custom.next(&able(), &code, &Value::Null, NOW)).0.repeatable, Repeatable::Never);
    assert!(matches!(Custom.outcome(&able(), &code, &Value::Null, &answer(503, ""), NOW), Outcome::Uncertain(_)));
    let pause = Reply::Http { status: 429, headers: vec![("Retry-After".into(), "5".into())], body: vec![] };
    assert!(matches!(Custom.outcome(&able(), &work, &Value::Null, &pause, NOW), Outcome::RetryAfter { ms: 5_000, .. }));
    assert!(matches!(Custom.outcome(&able(), &work, &Value::Null, &Reply::NotSent("down".into()), NOW), Outcome::RetryAfter { .. }));
}

#[test]
fn only_what_the_platform_declares_is_told() {
    let signal = |signal| Work::Signal { to: "u-1".into(), thread: "u-1".into(), context: Value::Null, signal, last: Some("m-1".into()) };
    let react = |emoji: Option<&str>| Work::React {
        to: "u-1".into(),
        thread: "u-1".into(),
        context: Value::Null,
        provider_id: "m-1".into(),
        emoji: emoji.map(str::to_owned),
    };
    for work in [signal(Signal::Typing(true)), signal(Signal::Read), react(Some("👍"))] {
        assert_eq!(Custom.next(&custom("{}"), &work, &Value::Null, NOW), Step::Nothing);
    }
    let body = |work: &Work| asked(Custom.next(&able(), work, &Value::Null, NOW)).1;
    assert_eq!(body(&signal(Signal::Typing(false)))["on"], false);
    assert_eq!(body(&signal(Signal::Read))["message"], "m-1");
    assert_eq!(
        body(&react(None)),
        json!({ "type": "reaction", "conversation": "u-1", "to": "u-1", "message": "m-1", "emoji": null, "added": false, "context": null })
    );
    assert_eq!(Custom.outcome(&able(), &react(None), &Value::Null, &answer(204, ""), NOW), Outcome::Fine);
}

#[test]
fn a_message_is_cut_as_the_platform_wants_it() {
    let account =
        custom(r#"{"text_limit":10,"text_unit":"bytes","attachments":{"most":2},"choices":{"most":3,"title":10},"says":["image"]}"#);
    let message = Outbound {
        text: "ää ää ää ää".into(),
        files: vec![picture(), picture(), picture()],
        choices: vec!["Yes".into()],
        ..Outbound::default()
    };
    let shape: Vec<_> =
        Custom.split(&account, &message).into_iter().map(|part| (part.text, part.files.len(), part.choices.len())).collect();
    assert_eq!(shape, [("ää ää".into(), 0, 0), ("ää ää".into(), 2, 0), (String::new(), 1, 1)]);
    let menu = Custom.split(&custom("{}"), &Outbound { text: "Well?".into(), choices: vec!["Yes".into()], ..Outbound::default() });
    assert_eq!((menu[0].text.as_str(), menu[0].choices.len()), ("Well?\n\n1. Yes", 0));
}

#[test]
fn capabilities_are_read_and_mistakes_named_by_field() {
    let can = Custom.capabilities(&custom(
        r#"{"text_limit":500,"text_unit":"utf16","attachments":{"most":3,"types":["image/"],"bytes":1000},"choices":{"most":5,"title":15},
            "reactions":["👍"],"reply_window_s":86400,"human_window_s":604800,"hears":["image","typing","delivered","read","edit"],"says":["image","reaction"]}"#,
    ));
    assert_eq!((can.text_limit, can.text_unit, can.max_attachments, can.max_attachment_bytes), (500, TextUnit::Utf16, 3, 1000));
    assert_eq!((can.typing, can.delivery_receipts, can.read_receipts), (true, true, true));
    assert_eq!((can.reply_window_s, can.human_window_s), (Some(86_400), Some(604_800)));
    assert!(can.says.contains(&Feature::Choice) && can.says.contains(&Feature::Reaction) && can.reaction_set == ["👍"]);
    let usual = Custom.capabilities(&custom(""));
    assert_eq!((usual.text_limit, usual.max_attachments, usual.says.len(), usual.attachment_types.len()), (4000, 0, 0, 0));
    let files = Custom.capabilities(&custom(r#"{"says":["image","file"]}"#));
    assert_eq!((files.max_attachments, files.attachment_types.join(" ")), (10, "image/ text/ application/".into()));
    let wrong = |text: &str| {
        let problems = Custom.check_settings(&custom(text)).into_iter();
        problems.map(|problem| problem.detail.split(':').next().unwrap_or_default().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(wrong(r#"{"text_limit":0,"text_unit":"words","speed":1}"#), "speed text_limit text_unit");
    assert_eq!(
        wrong(r#"{"attachments":{"most":99,"types":["image"],"bytes":"big","max":1},"choices":7}"#),
        "attachments.max choices attachments.most attachments.types attachments.bytes"
    );
    assert_eq!(
        wrong(r#"{"hears":["smell"],"says":["choice","echo"],"reactions":[1],"reply_window_s":5}"#),
        "hears says says reply_window_s reactions"
    );
    assert_eq!(wrong("{"), "a JSON object is wanted");
    assert_eq!(wrong("[]"), "a JSON object is wanted");
}

#[test]
fn the_usual_settings_are_right_and_others_are_named() {
    let usual = |key: &str| Custom.settings().iter().find(|setting| setting.key == key).and_then(|setting| setting.default).unwrap();
    assert!(Custom.check_settings(&custom(usual("capabilities"))).is_empty());
    let mut wrong = custom("{}");
    wrong.settings.insert("send_url".into(), "platform".into());
    wrong.settings.insert("messages_per_second".into(), "many".into());
    wrong.secrets.insert("signing_secret".into(), "short".into());
    let codes: Vec<String> = Custom.check_settings(&wrong).into_iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["bad_url", "weak_secret", "bad_rate"]);
    assert_eq!(Custom.rate(&custom("{}")).burst, 25);
}

#[test]
fn each_misconfiguration_is_named() {
    let work = Work::Check("platform");
    let check = |status: u16| match Custom.outcome(&able(), &work, &Value::Null, &answer(status, ""), NOW) {
        Outcome::Problem(problem) => format!("{} {}", problem.setting, problem.code),
        other => format!("{other:?}"),
    };
    assert_eq!(asked(Custom.next(&able(), &work, &Value::Null, NOW)).1, json!({ "type": "check" }));
    assert_eq!(check(204), "Fine");
    assert_eq!(check(401), "signing_secret wrong_secret");
    assert_eq!(check(404), "send_url wrong_url");
    assert_eq!(check(500), "send_url unexpected_answer");
    let tells = |url: &str| Custom.outcome(&able(), &work, &Value::Null, &answer(200, &json!({ "tells": url }).to_string()), NOW);
    assert_eq!(tells(&able().webhook_url), Outcome::Fine);
    assert!(
        matches!(tells("https://old.example"), Outcome::Problem(problem) if problem.setting == "webhook_url" && problem.code == "webhook_elsewhere")
    );
    let down = Custom.outcome(&able(), &work, &Value::Null, &Reply::NotSent("no route".into()), NOW);
    assert!(matches!(down, Outcome::Problem(problem) if problem.setting == "send_url" && problem.code == "unreachable"));
}

/// The schema names every event and every field of the capabilities, and no other.
#[test]
fn the_schema_says_what_the_code_does() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/custom-channel.openapi.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let words = |at: &str| {
        schema.pointer(at).unwrap_or_else(|| panic!("{at}")).as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>()
    };
    assert_eq!(words("/components/schemas/Event/properties/type/enum"), inbound::TYPES);
    let can = "/components/schemas/Capabilities/properties";
    let fields: Vec<&String> = schema.pointer(can).unwrap().as_object().unwrap().keys().collect();
    assert_eq!(fields, able::FIELDS);
    for (key, there) in [("hears", able::HEARS), ("says", able::SAYS)] {
        let named: Vec<String> = there.iter().map(|feature| able::code(*feature)).collect();
        assert_eq!(words(&format!("{can}/{key}/items/enum")), named);
    }
}

#[test]
fn cards_are_for_platforms_that_declare_them() {
    let message = crate::card::tests::message();
    let takes = custom(r#"{"says":["image","card"]}"#);
    let parts = Custom.split(&takes, &message);
    assert_eq!(parts.iter().map(|part| (part.text.as_str(), part.cards.len())).collect::<Vec<_>>(), [("Our rooms:", 2)]);
    let (_, body) = asked(Custom.next(&takes, &say(parts[0].clone(), Value::Null), &Value::Null, NOW));
    let picture = json!({ "url": "https://files.example/room.jpg", "name": "room.jpg", "media_type": "image/jpeg", "bytes": 900 });
    assert_eq!(
        body["cards"],
        json!([
            { "title": "Room 1", "text": "Sea view", "image": picture,
              "buttons": [{ "label": "Book", "reply": "Book room 1" }, { "label": "Look", "url": "https://x.example/1" }] },
            { "title": "Room 2", "text": "Garden", "image": { "url": "https://x.example/2.jpg" }, "buttons": [{ "label": "Book", "reply": "Book room 2" }] },
        ])
    );
    let plain = custom("");
    let parts = Custom.split(&plain, &message);
    assert!(parts.iter().all(|part| part.cards.is_empty()) && parts[0].text.contains("2. Book"));
    let told: Vec<Value> = parts.into_iter().map(|part| asked(Custom.next(&plain, &say(part, Value::Null), &Value::Null, NOW)).1).collect();
    assert!(told.iter().any(|body| body["text"].as_str().unwrap().contains("https://files.example/room.jpg")), "{told:?}");
    assert!(told.iter().all(|body| body["attachments"] == json!([]) && body.get("cards").is_none()));
}

#[test]
fn a_change_names_our_own_id_and_twice_is_as_good_as_once() {
    let revises = custom(r#"{"says":["edit","unsend"]}"#);
    let id: MessageId = Ids::new(NOW, 7).next();
    let revise = |part: Option<Part>| Work::Revise {
        provider_id: "s-1".into(),
        message: id,
        no: 1,
        part,
        to: "u-1".into(),
        thread: "room-7".into(),
        context: json!({ "desk": 4 }),
    };
    let (edit, unsend) = (revise(Some(text_part("Bis Montag"))), revise(None));
    let body = |work: &Work| asked(Custom.next(&revises, work, &Value::Null, NOW));
    let named = repeat::tag(id, 1);
    let common = json!({ "message": named, "conversation": "room-7", "to": "u-1", "context": { "desk": 4 } });
    let with = |more: Value| {
        let mut all = common.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    assert_eq!(body(&edit).1, with(json!({ "type": "edit", "text": "Bis Montag" })));
    assert_eq!(body(&unsend).1, with(json!({ "type": "unsend" })));
    assert_eq!(body(&unsend).0.repeatable, Repeatable::Always);
    let judge = |work: &Work, status| Custom.outcome(&revises, work, &Value::Null, &answer(status, "{}"), NOW);
    assert_eq!([judge(&edit, 200), judge(&edit, 409), judge(&unsend, 404)], [Outcome::Fine, Outcome::Fine, Outcome::Fine]);
    assert!(matches!(judge(&edit, 404), Outcome::Failed(problem) if problem.code == "unknown_message"));
    assert!(matches!(judge(&edit, 503), Outcome::RetryAfter { .. }) && matches!(judge(&edit, 401), Outcome::Problem(_)));
    for work in [edit, unsend] {
        assert_eq!(Custom.next(&able(), &work, &Value::Null, NOW), Step::Nothing, "a platform that declares none is told of none");
    }
}

#[test]
fn a_place_and_a_person_go_with_their_text() {
    let takes = custom(r#"{"says":["location","contact_card"]}"#);
    let parts = Custom.split(&takes, &crate::extras::fitted(crate::extras::tests::message(), &Custom.capabilities(&takes)));
    assert_eq!(parts.len(), 1);
    let body = asked(Custom.next(&takes, &say(parts[0].clone(), Value::Null), &Value::Null, NOW)).1;
    assert_eq!(body["text"], "Hier:");
    assert_eq!(body["location"], json!({ "latitude": 53.5, "longitude": 9.5, "name": "Café am Fluss", "address": "Uferweg 3, Hamburg" }));
    assert_eq!(
        body["contact"],
        json!({ "name": "김민지 Kim", "phones": ["+82 10 1234 5678"], "emails": ["minji@shop.example"], "organization": "Café" })
    );
    let plain = custom("");
    let parts = Custom.split(&plain, &crate::extras::fitted(crate::extras::tests::message(), &Custom.capabilities(&plain)));
    assert!(parts[0].text.contains("https://www.openstreetmap.org/") && parts[0].text.contains("김민지"), "{}", parts[0].text);
    let body = asked(Custom.next(&plain, &say(parts[0].clone(), Value::Null), &Value::Null, NOW)).1;
    assert!(body.get("location").is_none() && body.get("contact").is_none());
}
