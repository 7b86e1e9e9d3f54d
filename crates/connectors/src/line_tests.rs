use super::*;
use crate::samples::{self, NOW, answer, asked, fixture, fixtures, message, picture, text_part, told};
use model::{Ids, MessageId};

const USER: &str = "U0000000000000000000000000000a11ce";
const GROUP: &str = "C0000000000000000000000000000c1ub";

fn line() -> ChannelAccount {
    let settings = [("api_base_url", "https://line.test/"), ("data_base_url", "https://data.line.test")];
    samples::account("line", &settings, &[("channel_secret", "8c570fa6dd201bb328f1c1eac23a96d8"), ("channel_access_token", "lasting")])
}

/// The same without a lasting token; `drawn` is the one in force.
fn drawing(drawn: &str) -> ChannelAccount {
    let mut account = line();
    account.settings.insert("channel_id".into(), "1650000000".into());
    account.secrets.remove("channel_access_token");
    account.secrets.insert("stateless_token".into(), drawn.into());
    account
}

fn heard(account: &ChannelAccount, body: &[u8], signature: &str) -> Result<Received, Rejected> {
    let headers = [("X-Line-Signature".to_owned(), signature.to_owned())];
    let incoming = Incoming::Request { method: "POST", target: "/in/line/KA1", headers: &headers, body };
    Line.receive(&Recipient::Account(account), &incoming, NOW)
}

fn signed(body: &[u8]) -> Received {
    let signature = STANDARD.encode(hmac_sha256(b"8c570fa6dd201bb328f1c1eac23a96d8", body));
    heard(&line(), body, &signature).unwrap()
}

fn received(name: &str) -> Received {
    signed(&fixture(&format!("line/{name}")))
}

/// The published vector, and what must not pass.
/// Proves I0.3 and S22.
#[test]
fn a_published_signature_fits_and_no_other() {
    let body = br#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;
    let fits = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=";
    let received = heard(&line(), body, fits).unwrap();
    assert_eq!((received.answer.status, received.batches.len(), &received.unreadable), (200, 0, &None), "the console's test");
    assert!(heard(&line(), b"{\"events\":[]}", fits).is_err());
    assert!(heard(&line(), body, "").is_err());
    assert!(heard(&line(), body, &fits.to_lowercase()).is_err());
    let mut unset = line();
    unset.secrets.clear();
    assert!(heard(&unset, body, &STANDARD.encode(hmac_sha256(b"", body))).is_err(), "no secret is no key");
    let none = Incoming::Request { method: "POST", target: "/", headers: &[], body };
    assert!(Line.receive(&Recipient::Account(&line()), &none, NOW).is_err());
}

/// What was received, with short words for the long ids.
fn shortly(received: &Received) -> Vec<String> {
    let shorts = [(USER, "ana"), (GROUP, "club"), ("U000000000000000000000000000000b0b", "bob"), ("01JGFJJZ0T3S1K8Z00000000", "#")];
    told(received).iter().map(|line| shorts.iter().fold(line.clone(), |line, (long, short)| line.replace(long, short))).collect()
}

#[test]
fn every_event_is_understood() {
    let table: &[(&str, &[&str])] = &[
        ("account-link.json", &["#28 @ ana: touch linked by ana link_nonce=n0nc3", "#29 @ ana: touch link_failed by ana link_nonce=n0nc4"]),
        ("audio.json", &["#06 @ ana: message 1006 by ana \"\" [audio.m4a audio/mp4 https://data.line.test/v2/bot/message/1006/content]"]),
        ("beacon.json", &["#27 @ ana: touch beacon by ana beacon=d41d8cd98f"]),
        ("chat-control.json", &["#32 @ ana: touch control_gained by ana", "#33 @ ana: touch control_lost by ana"]),
        ("edited.json", &["#15 @ club: edit 1012 by bob to \"we are three (emoji)\" no 1735689600138"]),
        (
            "file.json",
            &[
                "#07 @ ana: message 1007 by ana \"\" [Rechnung März.pdf application/octet-stream https://data.line.test/v2/bot/message/1007/content]",
            ],
        ),
        ("follow.json", &["#17:reach @ ana: reach true of ana", "#17 @ ana: touch followed by ana"]),
        (
            "group.json",
            &[
                "#12 @ club: message 1012 by bob \"we are two\"",
                "#13 @ club: message 1013 by club \"and I have no name\"",
                "#14 @ R00000000000000000000000000000001: message 1014 by ana \"in a room\"",
            ],
        ),
        (
            "image.json",
            &[
                "#03 @ ana: message 1003 by ana \"\" [image.jpg image/jpeg https://data.line.test/v2/bot/message/1003/content]",
                "#04 @ ana: message 1004 by ana \"\" [image.jpg image/jpeg https://pictures.example/4.png]",
            ],
        ),
        ("join.json", &["#19 @ club: touch bot_joined by club", "#20 @ club: touch bot_left by club"]),
        ("location.json", &["#08 @ ana: message 1008 by ana \"\" [place 53.5511 9.9937 Harbour 1 Quay Street]"]),
        (
            "members.json",
            &["#21:ana @ club: touch joined by ana", "#21:bob @ club: touch joined by bob", "#22:ana @ club: touch left by ana"],
        ),
        ("membership.json", &["#30 @ ana: touch membership_renewed by ana membership=3189"]),
        ("module.json", &[]),
        ("notified.json", &["#36 @ ana: touch notification_delivered by ana"]),
        (
            "postback.json",
            &[
                "#23 @ ana: message #23 by ana \"2025-01-02 10:00\" choice action=book&day=1",
                "#24 @ club: message #24 by bob \"size=m\" choice size=m",
                "#25 @ ana: touch menu_switched by ana menu=orders",
            ],
        ),
        ("quote.json", &["#02 @ ana: message 1002 by ana \"this one\" answers 901"]),
        ("redelivered.json", &["#38 @ ana: message 1016 by ana \"again\""]),
        ("resumed.json", &[]),
        ("standby.json", &["#37 @ ana: message 1015 by ana \"to whoever has the chat\""]),
        (
            "sticker.json",
            &[
                "#09 @ ana: message 1009 by ana \"\" [sticker hello, cheerful image/png https://stickershop.line-scdn.net/stickershop/v1/sticker/1988/android/sticker.png]",
                "#10 @ ana: message 1010 by ana \"See you!\" [sticker sticker image/png https://stickershop.line-scdn.net/stickershop/v1/sticker/77/android/sticker.png] answers 902",
            ],
        ),
        ("suspended.json", &[]),
        ("text.json", &["#01 @ ana: message 1001 by ana \"hi 👋 (emoji) @Help\""]),
        ("unfollow.json", &["#18 @ ana: reach false of ana"]),
        ("unknown-content.json", &["#11 @ ana: message 1011 by ana \"\" [unsupported hologram]"]),
        ("unknown-event.json", &["#40 @ ana: message 1017 by ana \"beside it\""]),
        ("unsend.json", &["#16 @ ana: unsend 1001 by ana"]),
        ("verify.json", &[]),
        ("video-played.json", &["#26 @ ana: touch video_watched by ana video=spring"]),
        ("video.json", &["#05 @ ana: message 1005 by ana \"\" [video.mp4 video/mp4 https://data.line.test/v2/bot/message/1005/content]"]),
    ];
    let named: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, fixtures("line"));
    for (name, lines) in table {
        assert_eq!(shortly(&received(name)), *lines, "{name}");
    }
}

#[test]
fn what_is_no_message_of_anybody_is_noted_aside() {
    assert!(matches!(received("suspended.json").health, Some(Health::Warning(problem)) if problem.code == "bot_suspended"));
    assert!(matches!(received("module.json").health, Some(Health::Warning(problem)) if problem.code == "module_detached"));
    assert_eq!(received("resumed.json").health, Some(Health::Well));
    let unknown = received("unknown-event.json");
    assert!(unknown.unreadable.unwrap().contains("hologram"));
    for body in [&b"{}"[..], b"[]", b"\"\"", b"{\"events\":[{\"type\":\"message\"}]}", b"{\"events\":[7]}"] {
        let received = signed(body);
        assert_eq!((received.answer.status, received.unreadable.is_some()), (200, true), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn an_answer_will_find_its_tokens_in_the_notes() {
    let notes = |name: &str| message(samples::events(&received(name))[0]).context.clone();
    let text = notes("text.json");
    assert_eq!(
        text,
        json!({ "replyToken": "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA", "markAsReadToken": "m-1001", "quoteToken": "q-1001", "messageId": "1001", "at": NOW.millis() })
    );
    assert_eq!(notes("group.json")["group"], GROUP);
    assert_eq!(notes("standby.json")["standby"], true);
    assert_eq!(notes("redelivered.json").get("replyToken"), None, "twenty minutes old");
    let text = received("text.json");
    let raw = &message(samples::events(&text)[0]).raw;
    assert_eq!((&raw["From"], &raw["Body"], &raw["Line"]["message"]["id"]), (&json!(USER), &json!("hi 👋 (emoji) @Help"), &json!("1001")));
    assert!(!raw.to_string().contains("nHuyWiB7yP5Zw52FIkcQobQuGDXCTA"), "a credential stays out of flows");
}

fn say(part: Part, context: Value) -> Work {
    say_in(USER, part, context)
}

fn say_in(thread: &str, part: Part, context: Value) -> Work {
    let id: MessageId = Ids::new(NOW, 7).next();
    Work::Part { part, to: USER.into(), thread: thread.into(), context, message: Some(id), no: 0, heard_at: Some(NOW) }
}

fn fresh() -> Value {
    json!({ "replyToken": "r1", "at": NOW.plus_secs(-49).millis(), "messageId": "1001", "quoteToken": "q1" })
}

fn judge(work: &Work, progress: &Value, status: u16, body: &str) -> Outcome {
    Line.outcome(&line(), work, progress, &answer(status, body), NOW)
}

#[test]
fn a_fresh_token_answers_for_free_and_an_old_one_pushes() {
    let work = say(text_part("Hello"), fresh());
    let (request, body) = asked(Line.next(&line(), &work, &Value::Null, NOW));
    assert_eq!(request.url, "https://line.test/v2/bot/message/reply");
    assert_eq!(body, json!({ "replyToken": "r1", "messages": [{ "type": "text", "text": "Hello" }] }));
    assert_eq!(request.repeatable, Repeatable::Never, "a token is good once, and a second try could find a newer one");
    assert_eq!(header(&request.headers, "authorization"), Some("Bearer lasting"));
    assert!(header(&request.headers, "x-line-retry-key").is_none(), "LINE refuses it here");

    let used = judge(&work, &Value::Null, 400, r#"{"message":"Invalid reply token"}"#);
    assert_eq!(used, Outcome::More(json!({ "push": true })));
    assert_eq!(Line.next(&line(), &work, &Value::Null, NOW.plus_secs(1)), Step::Nothing, "fifty seconds are over");
    assert_eq!(Line.next(&line(), &say(text_part("Hello"), Value::Null), &Value::Null, NOW), Step::Nothing);
    assert_eq!(judge(&work, &Value::Null, 200, ""), Outcome::More(json!({ "push": true })), "nobody was asked");

    let push = json!({ "push": true });
    let (first, body) = asked(Line.next(&line(), &work, &push, NOW));
    assert_eq!(first.url, "https://line.test/v2/bot/message/push");
    assert_eq!(first.repeatable, Repeatable::Keyed { known_s: 23 * 3600 });
    assert_eq!(body, json!({ "to": USER, "messages": [{ "type": "text", "text": "Hello" }] }));
    let key = header(&first.headers, "x-line-retry-key").unwrap().to_owned();
    assert_eq!(key.len(), 36);
    let (second, _) = asked(Line.next(&line(), &work, &push, NOW.plus_secs(9)));
    assert_eq!(header(&second.headers, "x-line-retry-key"), Some(key.as_str()), "a second try is the same to LINE");
    let (group, body) = asked(Line.next(&line(), &say_in(GROUP, text_part("Hello"), fresh()), &push, NOW));
    assert_eq!(body["to"], GROUP, "a group is answered where it speaks");
    assert_ne!(header(&group.headers, "x-line-retry-key"), Some(key.as_str()));
}

#[test]
fn another_service_that_holds_the_chat_is_left_alone() {
    let work = say(text_part("Hello"), json!({ "standby": true, "replyToken": "r1", "at": NOW.millis() }));
    assert_eq!(Line.next(&line(), &work, &Value::Null, NOW), Step::Nothing);
    assert!(matches!(judge(&work, &Value::Null, 200, ""), Outcome::Failed(problem) if problem.code == "standby"));
}

/// Proves I6.4.
#[test]
fn every_reply_has_one_meaning() {
    let work = say(text_part("Hello"), fresh());
    let (reply, push) = (Value::Null, json!({ "push": true }));
    let sent = r#"{"sentMessages":[{"id":"901","quoteToken":"q"},{"id":"902"}]}"#;
    let ids = Outcome::Sent(vec!["901".into(), "902".into()]);
    assert_eq!(judge(&work, &reply, 200, sent), ids);
    assert_eq!(judge(&work, &push, 200, sent), ids);
    let taken = sent.replacen('{', r#"{"message":"The retry key is already accepted","#, 1);
    assert_eq!(judge(&work, &push, 409, &taken), ids, "an earlier try arrived");
    let code = |progress: &Value, status: u16, body: &str| match judge(&work, progress, status, body) {
        Outcome::Failed(problem) => problem.code,
        Outcome::Problem(problem) => format!("{}: {}", problem.setting, problem.code),
        Outcome::RetryAfter { ms, .. } => format!("again in {ms}"),
        other => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
    };
    let table = [
        (&push, 400, r#"{"message":"The property, 'to', in the request body is invalid (line: -, column: -)"}"#, "unknown_recipient"),
        (
            &push,
            400,
            r#"{"message":"The request body has 1 error(s)","details":[{"message":"Must be https","property":"messages[0].originalContentUrl"}]}"#,
            "content_refused",
        ),
        (&push, 400, r#"{"message":"Invalid reply token"}"#, "content_refused"),
        (&push, 401, r#"{"message":"Authentication failed"}"#, "channel_access_token: bad_credentials"),
        (&push, 403, r#"{"message":"Access to this API is not available for your account"}"#, "channel_access_token: no_permission"),
        (&push, 404, r#"{"message":"Not found"}"#, "unknown_recipient"),
        (&reply, 409, r#"{"message":"Conflict"}"#, "content_refused"),
        (&push, 410, "{}", "unknown_recipient"),
        (&push, 413, "", "too_big"),
        (&push, 415, "{}", "content_refused"),
        (&push, 429, r#"{"message":"You have reached your monthly limit."}"#, "quota_used"),
        (&push, 429, r#"{"message":"The API rate limit has been exceeded. Try again later."}"#, "again in 1000"),
        (&push, 500, "{}", "again in 2000"),
        (&reply, 500, "{}", "Uncertain"),
    ];
    for (progress, status, body, meant) in table {
        assert_eq!(code(progress, status, body), meant, "{status} {body}");
    }
    let judged = |reply: Reply| Line.outcome(&line(), &work, &push, &reply, NOW);
    assert!(matches!(judged(Reply::NotSent("refused".into())), Outcome::RetryAfter { .. }));
    assert!(matches!(judged(Reply::Unknown("cut".into())), Outcome::Uncertain(_)));
    let slow = Reply::Http { status: 429, headers: vec![("retry-after".into(), "7".into())], body: b"{}".to_vec() };
    assert!(matches!(judged(slow), Outcome::RetryAfter { ms: 7_000, .. }));
}

#[test]
fn what_is_refused_says_where() {
    let body = r#"{"message":"The request body has 1 error(s)","details":[{"message":"May not be empty","property":"messages[0].text"}]}"#;
    let Outcome::Failed(problem) = judge(&say(text_part("x"), fresh()), &Value::Null, 400, body) else { panic!("not failed") };
    assert_eq!(problem.detail, "LINE refuses this message: The request body has 1 error(s); messages[0].text: May not be empty (400)");
}

fn file(name: &str, media_type: &str, bytes: i64) -> FileRef {
    FileRef { name: name.into(), media_type: media_type.into(), bytes, ..picture() }
}

#[test]
fn one_request_takes_five_messages_and_the_buttons_stand_below_the_last() {
    let files: Vec<FileRef> = (0..7).map(|_| picture()).collect();
    let message = Outbound {
        text: "Which one?".into(),
        files,
        choices: vec!["This".into(), "That".into()],
        reply_to: Some("1001".into()),
        ..Outbound::default()
    };
    let parts = Line.split(&line(), &message);
    let shape: Vec<_> = parts.iter().map(|part| (part.text.as_str(), part.files.len(), part.choices.len())).collect();
    assert_eq!(shape, [("Which one?", 4, 0), ("", 3, 2)]);
    let (_, body) = asked(Line.next(&line(), &say(parts[0].clone(), fresh()), &Value::Null, NOW));
    assert_eq!(body["messages"][0], json!({ "type": "text", "text": "Which one?", "quoteToken": "q1" }));
    assert_eq!(body["messages"].as_array().unwrap().len(), 5);
    let (_, body) = asked(Line.next(&line(), &say(parts[1].clone(), fresh()), &Value::Null, NOW));
    assert_eq!(body["messages"][1].get("quickReply"), None);
    assert_eq!(
        body["messages"][2]["quickReply"]["items"][1],
        json!({ "type": "action", "action": { "type": "message", "label": "That", "text": "That" } })
    );
    let other = Part { reply_to: Some("999".into()), ..text_part("x") };
    let (_, body) = asked(Line.next(&line(), &say(other, fresh()), &Value::Null, NOW));
    assert_eq!(body["messages"][0].get("quoteToken"), None, "its token is not known");
}

#[test]
fn files_are_shown_where_line_shows_their_kind() {
    let small = FileRef { preview_url: "https://files.example/1.jpg?t=1".into(), ..picture() };
    let files =
        vec![small, file("clip.mp4", "video/mp4", 9), file("note.m4a", "audio/mp4", 48_000), file("bill.pdf", "application/pdf", 9)];
    let (_, body) = asked(Line.next(&line(), &say(Part { files, ..Part::default() }, fresh()), &Value::Null, NOW));
    let url = "https://files.example/1.jpg";
    assert_eq!(
        body["messages"],
        json!([
            { "type": "image", "originalContentUrl": url, "previewImageUrl": format!("{url}?t=1") },
            { "type": "video", "originalContentUrl": url, "previewImageUrl": url },
            { "type": "audio", "originalContentUrl": url, "duration": 3000 },
            { "type": "text", "text": format!("bill.pdf\n{url}") },
        ])
    );
}

#[test]
fn long_texts_long_answers_and_names_fit() {
    let long = Outbound { text: "👨‍👩‍👧‍👦".repeat(1000), ..Outbound::default() };
    let parts = Line.split(&line(), &long);
    assert!(parts.len() > 2 && parts.iter().all(|part| part.text.encode_utf16().count() <= 5000));
    assert_eq!(parts.iter().map(|part| part.text.as_str()).collect::<String>(), long.text);
    let offer = |choices: &[&str]| {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        Line.split(&line(), &Outbound { text: "Well?".into(), choices, ..Outbound::default() }).remove(0)
    };
    let part = offer(&["I would like to have it sent to my home", "No"]);
    let (_, body) = asked(Line.next(&line(), &say(part, fresh()), &Value::Null, NOW));
    let action = &body["messages"][0]["quickReply"]["items"][0]["action"];
    assert_eq!(
        (action["label"].as_str(), action["text"].as_str()),
        (Some("I would like to…"), Some("I would like to have it sent to my home"))
    );
    let alike = offer(&["I would like to have it in green", "I would like to have it in blue"]);
    assert_eq!((alike.choices.len(), alike.text.lines().count()), (0, 4), "nobody could tell them apart: a menu");
    let speaker = |name: &str, person: bool| {
        let part = Part { speaker: Speaker { person, name: name.into(), ..Default::default() }, ..text_part("x") };
        let (_, body) = asked(Line.next(&line(), &say(part, fresh()), &Value::Null, NOW));
        body["messages"][0].get("sender").map(|sender| sender["name"].as_str().unwrap().to_owned())
    };
    assert_eq!(speaker("Bea", true).as_deref(), Some("Bea"));
    assert_eq!(speaker("Bea", false), None);
    assert_eq!(speaker("Aline", true), None, "LINE refuses names that hold its own");
}

#[test]
fn tokens_are_drawn_where_there_is_no_lasting_one() {
    let (request, _) = asked(Line.next(&drawing(""), &Work::Refresh, &Value::Null, NOW));
    assert_eq!(request.url, "https://line.test/oauth2/v3/token");
    let Body::Bytes(form) = request.body else { panic!("no form") };
    assert_eq!(
        String::from_utf8(form).unwrap(),
        "grant_type=client_credentials&client_id=1650000000&client_secret=8c570fa6dd201bb328f1c1eac23a96d8"
    );
    let given = answer(200, r#"{"token_type":"Bearer","access_token":"drawn","expires_in":900}"#);
    let Outcome::Credential { secrets, expires_at, refresh_at } = Line.outcome(&drawing(""), &Work::Refresh, &Value::Null, &given, NOW)
    else {
        panic!("no credential")
    };
    assert_eq!(secrets.get("stateless_token").map(String::as_str), Some("drawn"));
    assert_eq!((expires_at, refresh_at), (Some(NOW.plus_secs(900)), Some(NOW.plus_secs(720))));
    let work = say(text_part("x"), fresh());
    assert_eq!(Line.next(&drawing(""), &work, &Value::Null, NOW), Step::Nothing);
    assert_eq!(Line.outcome(&drawing(""), &work, &Value::Null, &answer(200, ""), NOW), Outcome::NeedsRefresh, "none was drawn yet");
    let (request, _) = asked(Line.next(&drawing("drawn"), &work, &Value::Null, NOW));
    assert_eq!(header(&request.headers, "authorization"), Some("Bearer drawn"));
    assert_eq!(Line.outcome(&drawing("drawn"), &work, &Value::Null, &answer(401, "{}"), NOW), Outcome::NeedsRefresh);
    let push = json!({ "push": true });
    let (request, _) = asked(Line.next(&drawing(""), &work, &push, NOW));
    assert_eq!(
        request.repeatable,
        Repeatable::Keyed { known_s: 23 * 3600 },
        "a push that was under way is not in doubt for want of a token"
    );
    assert_eq!(Line.outcome(&drawing(""), &work, &push, &answer(401, "{}"), NOW), Outcome::NeedsRefresh);
    let refused = Line.outcome(&drawing(""), &Work::Refresh, &Value::Null, &answer(400, r#"{"error":"invalid_client"}"#), NOW);
    assert!(matches!(refused, Outcome::Problem(problem) if problem.setting == "channel_id"));
}

#[test]
fn files_of_customers_are_fetched_with_the_token_from_line_only() {
    let fetch = |url: &str| asked(Line.next(&line(), &Work::Media { url: url.into() }, &Value::Null, NOW)).0;
    let own = "https://data.line.test/v2/bot/message/1003/content";
    assert!(header(&fetch(own).headers, "authorization").is_some());
    for other in ["https://pictures.example/4.png", "https://data.line.test.evil.example/v2/", "https://data.line.test@evil.example/v2/"] {
        assert!(header(&fetch(other).headers, "authorization").is_none(), "{other}");
    }
    let work = Work::Media { url: own.into() };
    let hear = |status: u16| Line.outcome(&line(), &work, &Value::Null, &answer(status, "x"), NOW);
    assert!(matches!(hear(200), Outcome::File { bytes, .. } if bytes == b"x"));
    assert!(matches!(hear(202), Outcome::RetryAfter { .. }), "still being prepared");
    for gone in [404, 410] {
        assert!(matches!(hear(gone), Outcome::Failed(problem) if problem.code == "media_gone"));
    }
    assert!(matches!(hear(500), Outcome::RetryAfter { .. }));
}

#[test]
fn typing_and_reading_are_shown_to_a_person() {
    let signal = |thread: &str, signal: Signal, context: Value| {
        let work = Work::Signal { to: USER.into(), thread: thread.into(), context, signal, last: None };
        Line.next(&line(), &work, &Value::Null, NOW)
    };
    let (request, body) = asked(signal(USER, Signal::Typing(true), Value::Null));
    assert_eq!(
        (request.url.as_str(), body),
        ("https://line.test/v2/bot/chat/loading/start", json!({ "chatId": USER, "loadingSeconds": 20 }))
    );
    assert_eq!(signal(GROUP, Signal::Typing(true), Value::Null), Step::Nothing);
    assert_eq!(signal(USER, Signal::Typing(false), Value::Null), Step::Nothing);
    let (request, body) = asked(signal(GROUP, Signal::Read, json!({ "markAsReadToken": "m1" })));
    assert_eq!((request.url.as_str(), body), ("https://line.test/v2/bot/chat/markAsRead", json!({ "markAsReadToken": "m1" })));
    assert_eq!(signal(USER, Signal::Read, Value::Null), Step::Nothing);
}

#[test]
fn people_are_looked_up_where_they_are_known() {
    let ask = |id: &str, context: Value| match Line.next(&line(), &Work::Profile { external_id: id.into(), context }, &Value::Null, NOW) {
        Step::Http(request) => request.url.replace("https://line.test/v2/bot/", ""),
        _ => "nobody".to_owned(),
    };
    assert_eq!(ask("U1", Value::Null), "profile/U1");
    assert_eq!(ask("U1", json!({ "group": "C1" })), "group/C1/member/U1");
    assert_eq!(ask("U1", json!({ "room": "R1" })), "room/R1/member/U1");
    assert_eq!(ask("C1", json!({ "group": "C1" })), "group/C1/summary", "who is not named goes by the group's name");
    assert_eq!(ask("R1", json!({ "room": "R1" })), "nobody");
    let work = Work::Profile { external_id: "U1".into(), context: Value::Null };
    let Outcome::Profile { name, facts } =
        judge(&work, &Value::Null, 200, r#"{"displayName":"아나","userId":"U1","language":"ko","pictureUrl":"https://p.example/1"}"#)
    else {
        panic!("no profile")
    };
    assert_eq!((name.as_str(), facts.len()), ("아나", 2));
    assert!(matches!(judge(&work, &Value::Null, 404, "{}"), Outcome::Profile { name, .. } if name.is_empty()));
}

#[test]
fn each_misconfiguration_is_named() {
    let check = |what: &'static str, progress: Value, status: u16, body: &str| match Line.outcome(
        &line(),
        &Work::Check(what),
        &progress,
        &answer(status, body),
        NOW,
    ) {
        Outcome::Problem(problem) => format!("{} {}", problem.setting, problem.code),
        other => format!("{other:?}"),
    };
    let none = || Value::Null;
    assert_eq!(check("token", none(), 200, r#"{"basicId":"@shop"}"#), r#"More(["verified"])"#);
    assert_eq!(check("token", none(), 401, "{}"), "channel_access_token bad_credentials");
    let ours = r#"{"endpoint":"https://help.example/in/line/KA1","active":true}"#;
    assert_eq!(check("webhook", none(), 200, ours), "Fine");
    assert_eq!(check("webhook", none(), 200, &ours.replace("true", "false")), "webhook_url webhook_off");
    assert_eq!(check("webhook", none(), 200, &ours.replace("KA1", "KA2")), "webhook_url webhook_elsewhere");
    assert_eq!(check("webhook", none(), 404, "{}"), "webhook_url webhook_missing");
    assert_eq!(check("reachability", none(), 200, r#"{"success":true,"statusCode":200,"reason":"OK"}"#), "Fine");
    assert_eq!(
        check("reachability", none(), 200, r#"{"success":false,"statusCode":401,"reason":"ERROR_STATUS_CODE"}"#),
        "channel_secret wrong_secret"
    );
    assert_eq!(
        check("reachability", none(), 200, r#"{"success":false,"statusCode":0,"reason":"COULD_NOT_CONNECT"}"#),
        "webhook_url webhook_unreachable"
    );
    assert_eq!(check("quota", none(), 200, r#"{"type":"limited","value":200}"#), r#"More(["limit"])"#);
    assert_eq!(check("quota", json!({ "limit": 200 }), 200, r#"{"totalUsage":200}"#), "channel_access_token quota_used");
    assert_eq!(check("quota", json!({ "limit": 200 }), 200, r#"{"totalUsage":199}"#), "Fine");
    assert_eq!(check("quota", json!({ "limit": null }), 200, r#"{"totalUsage":199}"#), "Fine", "without a limit");
    let mut named = line();
    named.settings.insert("basic_id".into(), "@other".into());
    let wrong = Line.outcome(&named, &Work::Check("token"), &Value::Null, &answer(200, r#"{"basicId":"@shop"}"#), NOW);
    assert!(matches!(wrong, Outcome::Problem(problem) if problem.code == "wrong_account"));
    let down = Line.outcome(&line(), &Work::Check("token"), &Value::Null, &Reply::NotSent("no route".into()), NOW);
    assert!(matches!(down, Outcome::Problem(problem) if problem.code == "unreachable"));
}

#[test]
fn the_doctor_reads_when_a_lasting_token_ends() {
    let (work, verified) = (Work::Check("token"), json!({ "verified": true }));
    let (request, _) = asked(Line.next(&line(), &work, &verified, NOW));
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://line.test/v2/oauth/verify"));
    assert_eq!(request.body, Body::Bytes(b"access_token=lasting".to_vec()));
    let mut web = line();
    web.secrets.insert("channel_access_token".into(), "eyJhbGciOiJIUzI1NiJ9.x+y".into());
    let (request, _) = asked(Line.next(&web, &work, &verified, NOW));
    let url = "https://line.test/oauth2/v2.1/verify?access_token=eyJhbGciOiJIUzI1NiJ9.x%2By";
    assert_eq!((request.method, request.url.as_str()), ("GET", url));
    let said = |status: u16, body: &str| Line.outcome(&line(), &work, &verified, &answer(status, body), NOW);
    assert_eq!(said(200, r#"{"client_id":"1","expires_in":86400}"#), Outcome::Lasts(Some(NOW.plus_secs(86_400))));
    for unsaid in [r#"{"expires_in":9999999999}"#, r#"{"expires_in":0}"#, "{}", "no JSON"] {
        assert_eq!(said(200, unsaid), Outcome::Lasts(None), "{unsaid}");
    }
    assert_eq!(said(400, r#"{"error":"invalid_request"}"#), Outcome::Lasts(None), "it was taken a moment ago");
    assert!(matches!(said(503, ""), Outcome::RetryAfter { .. }));
}

#[test]
fn a_check_without_a_lasting_token_draws_one() {
    let (request, _) = asked(Line.next(&drawing(""), &Work::Check("quota"), &Value::Null, NOW));
    assert!(request.url.ends_with("/oauth2/v3/token"));
    let drawn = Line.outcome(&drawing(""), &Work::Check("quota"), &Value::Null, &answer(200, r#"{"access_token":"t"}"#), NOW);
    let Outcome::More(progress) = drawn else { panic!("{drawn:?}") };
    let (request, _) = asked(Line.next(&drawing(""), &Work::Check("quota"), &progress, NOW));
    assert_eq!(
        (request.url.as_str(), header(&request.headers, "authorization")),
        ("https://line.test/v2/bot/message/quota", Some("Bearer t"))
    );
    let Outcome::More(progress) =
        Line.outcome(&drawing(""), &Work::Check("quota"), &progress, &answer(200, r#"{"type":"limited","value":5}"#), NOW)
    else {
        panic!("not asked on")
    };
    let (request, _) = asked(Line.next(&drawing(""), &Work::Check("quota"), &progress, NOW));
    assert!(request.url.ends_with("/quota/consumption") && header(&request.headers, "authorization") == Some("Bearer t"));
}

#[test]
fn settings_that_cannot_work_are_named() {
    let codes = |account: &ChannelAccount| Line.check_settings(account).into_iter().map(|problem| problem.code).collect::<Vec<_>>();
    assert!(codes(&line()).is_empty() && codes(&drawing("")).is_empty());
    let mut wrong = line();
    wrong.secrets.remove("channel_access_token");
    wrong.settings.insert("basic_id".into(), "shop".into());
    wrong.settings.insert("data_base_url".into(), "ftp://x".into());
    assert_eq!(codes(&wrong), ["token_or_id_missing", "bad_basic_id", "bad_url"]);
    wrong.settings.insert("channel_id".into(), "abc".into());
    assert_eq!(codes(&wrong)[0], "bad_channel_id");
}

#[test]
fn cards_are_flex_bubbles_of_the_same_request() {
    let parts = Line.split(&line(), &crate::card::tests::message());
    assert_eq!(parts.iter().map(|part| (part.text.as_str(), part.cards.len())).collect::<Vec<_>>(), [("Our rooms:", 2)]);
    let (_, body) = asked(Line.next(&line(), &say(parts[0].clone(), fresh()), &Value::Null, NOW));
    let said = |title: &str, text: &str| {
        json!({ "type": "box", "layout": "vertical", "contents": [
            { "type": "text", "text": title, "weight": "bold", "size": "lg", "wrap": true },
            { "type": "text", "text": text, "size": "sm", "color": "#666666", "wrap": true, "margin": "md" }] })
    };
    let hero = |url: &str| json!({ "type": "image", "url": url, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover" });
    let button = |action: Value| json!({ "type": "button", "height": "sm", "action": action });
    let book = |no: u8| button(json!({ "type": "postback", "label": "Book", "data": format!("Book room {no}"), "displayText": "Book" }));
    let footer = |buttons: Vec<Value>| json!({ "type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons });
    let look = button(json!({ "type": "uri", "label": "Look", "uri": "https://x.example/1" }));
    let bubbles = json!([
        { "type": "bubble", "hero": hero("https://files.example/room.jpg"), "body": said("Room 1", "Sea view"), "footer": footer(vec![book(1), look]) },
        { "type": "bubble", "hero": hero("https://x.example/2.jpg"), "body": said("Room 2", "Garden"), "footer": footer(vec![book(2)]) },
    ]);
    let contents = json!({ "type": "carousel", "contents": bubbles });
    assert_eq!(body["messages"][1], json!({ "type": "flex", "altText": "Room 1, Room 2", "contents": contents }));
    assert_eq!(body["messages"].as_array().unwrap().len(), 2);
}

#[test]
fn cards_of_too_many_bytes_are_several_carousels() {
    let card = Card { title: "Zimmer".into(), text: "방".repeat(2_000), ..Card::default() };
    let parts = Line.split(&line(), &Outbound { cards: vec![card; 10], ..Outbound::default() });
    assert!(parts.len() > 1 && parts.iter().map(|part| part.cards.len()).sum::<usize>() == 10);
    assert!(parts.iter().all(|part| card::message(&part.cards)["contents"].to_string().len() <= 50_000));
}

#[test]
fn a_place_is_a_message_of_the_same_request_and_a_person_is_written() {
    let said = crate::extras::fitted(crate::extras::tests::message(), &Line.capabilities(&line()));
    let parts = Line.split(&line(), &said);
    assert_eq!(parts.len(), 1);
    let (_, body) = asked(Line.next(&line(), &say(parts[0].clone(), fresh()), &Value::Null, NOW));
    assert!(body["messages"][0]["text"].as_str().unwrap().starts_with("Hier:\n\n김민지 Kim\nCafé\n+82 10 1234 5678"));
    let place =
        json!({ "type": "location", "title": "Café am Fluss", "address": "Uferweg 3, Hamburg", "latitude": 53.5, "longitude": 9.5 });
    assert_eq!(body["messages"][1], place);
    // LINE wants both words, and has them from what there is.
    let bare = model::Extra::Location { latitude: 1.0, longitude: 2.0, name: String::new(), address: String::new() };
    let (_, body) = asked(Line.next(&line(), &say(Part { extras: vec![bare], ..Part::default() }, fresh()), &Value::Null, NOW));
    assert_eq!((&body["messages"][0]["title"], &body["messages"][0]["address"]), (&json!("1, 2"), &json!("1, 2")));
}

#[test]
fn a_sticker_is_a_message_beside_its_text_and_can_answer() {
    let wave = model::Extra::Sticker { set: "446".into(), id: "1988".into(), name: "Moon: Special Edition 1".into() };
    let both = Outbound { text: "Hi!".into(), extras: vec![wave.clone()], ..Outbound::default() };
    let said = crate::extras::fitted(both, &Line.capabilities(&line()));
    let parts = Line.split(&line(), &said);
    assert_eq!(parts.len(), 1, "LINE counts requests");
    let (_, body) = asked(Line.next(&line(), &say(parts[0].clone(), fresh()), &Value::Null, NOW));
    let sticker = json!({ "type": "sticker", "packageId": "446", "stickerId": "1988" });
    assert_eq!(body["messages"], json!([{ "type": "text", "text": "Hi!" }, sticker]));
    let alone = Outbound { extras: vec![wave], reply_to: Some("1001".into()), ..Outbound::default() };
    let parts = Line.split(&line(), &alone);
    let (_, body) = asked(Line.next(&line(), &say(parts[0].clone(), fresh()), &Value::Null, NOW));
    assert_eq!(body["messages"], json!([{ "type": "sticker", "packageId": "446", "stickerId": "1988", "quoteToken": "q1" }]));
}

#[test]
fn only_stickers_of_lines_list_leave() {
    let judged =
        |set: &str, id: &str| Line.check_sticker(&line(), set, id).map_err(|problem| format!("{} {}", problem.field, problem.code));
    for set in Line.sticker_sets(&line()) {
        assert!(matches!(set.stickers.len(), 24 | 40), "{}", set.name);
        for id in [set.stickers.first(), set.stickers.last()].into_iter().flatten() {
            assert_eq!(judged(&set.id, id), Ok(()), "{} {id}", set.name);
        }
        let beyond = set.stickers.last().and_then(|id| id.parse::<u64>().ok()).map(|id| (id + 1).to_string()).unwrap();
        assert_eq!(judged(&set.id, &beyond), Err("sticker.id unknown_sticker".into()), "{}", set.name);
    }
    assert_eq!(Line.sticker_sets(&line()).len(), 15);
    assert_eq!(judged("1", "1"), Err("sticker.set unknown_sticker".into()));
    assert_eq!(judged("446", "01988"), Err("sticker.id unknown_sticker".into()));
    let mend = Line.check_sticker(&line(), "446", "7").unwrap_err().detail;
    assert_eq!(mend, "Set 446 of LINE's has the stickers 1988 to 2027");
    let picture = Line.sticker_picture(&line(), "446", "1988").unwrap();
    assert_eq!(picture, "https://stickershop.line-scdn.net/stickershop/v1/sticker/1988/android/sticker.png");
    let Step::Http(request) = Line.next(&line(), &Work::Media { url: picture }, &Value::Null, NOW) else { panic!("not asked for") };
    assert!(request.headers.is_empty(), "the token goes to LINE's API alone");
}
