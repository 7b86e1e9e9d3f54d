use super::*;
use crate::samples::{self, NOW, answer, asked, events, fixture, fixtures, message, picture, text_part, told};
use model::{Ids, MessageId};

const BOT: &str = "1000000000000000009";
const DM: &str = "1324000000000000001";
const TICKET: &str = "1200000000000000200";
const WATCHED: &str = "1200000000000000100";
const GUILD: &str = "1200000000000000077";
const ANA: &str = "1100000000000000001";
const FROM: &str = "0/1 1735984000000 abc wss://gateway-us-east1-b.discord.gg";
const PUBLIC_KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";

fn discord() -> ChannelAccount {
    let lists = [("ticket_servers", format!("[\"{GUILD}\"]")), ("watched_channels", format!("[\"{WATCHED}\",\"1200000000000000500\"]"))];
    let mut account = samples::account(
        "discord",
        &[("api_base_url", "https://discord.test/api/v10/"), ("application_id", BOT), ("public_key", PUBLIC_KEY)],
        // The first part is the bot's id in Base64.
        &[("bot_token", "MTAwMDAwMDAwMDAwMDAwMDAwOQ.Gabcde.secret")],
    );
    account.settings.extend(lists.map(|(key, value)| (key.to_owned(), value)));
    account
}

fn heard(account: &ChannelAccount, body: &[u8]) -> Received {
    Discord.receive(&Recipient::Account(account), &Incoming::Frame { from: FROM, body }, NOW).unwrap()
}

fn ours() -> MessageId {
    Ids::new(NOW, 7).next()
}

fn frame(name: &str) -> Received {
    let body = String::from_utf8(fixture(&format!("discord/{name}"))).unwrap();
    heard(&discord(), body.replace("NONCE", &outbound::nonce(ours(), 0)).as_bytes())
}

fn shortly(received: &Received) -> Vec<String> {
    let shorts = [
        (DM, "dm"),
        (TICKET, "ticket"),
        (WATCHED, "watched"),
        (ANA, "ana"),
        ("1100000000000000002", "bob"),
        ("13250000000000000", "#"),
        ("https://cdn.discordapp.com", "cdn"),
    ];
    let short = |line: &String| shorts.iter().fold(line.clone(), |line, (long, short)| line.replace(long, short));
    told(received).iter().map(short).collect()
}

#[test]
fn every_event_is_understood() {
    let ana = "ana (Ana) username=ana picture=cdn/avatars/ana/a1b2.png";
    let table: &[(&str, &[&str])] = &[
        ("autocomplete.json", &[]),
        ("bulk-delete.json", &["#15:deleted @ ticket: unsend #15 by ", "#16:deleted @ ticket: unsend #16 by "]),
        ("button-dm.json", &["1326000000000000001 @ dm ana: message 1326000000000000001 by {ana} \"Yes, please\" choice yes"]),
        ("channel-create.json", &[]),
        ("channel-delete.json", &[]),
        ("command.json", &["1326000000000000003 @ dm ana: message 1326000000000000003 by {ana} \"/order status number: 42\""]),
        ("delete-elsewhere.json", &[]),
        (
            "dm-attachments.json",
            &[
                "#02 @ dm ana: message #02 by {ana} \"two\" [a.png image/png cdn/attachments/1/2/a.png?ex=677a5f80&is=67790e00&hm=00#dm/#02/1325000000000000901] [notes application/octet-stream cdn/attachments/1/2/notes?ex=677a5f80&is=67790e00&hm=01#dm/#02/1325000000000000902]",
            ],
        ),
        ("dm-delete.json", &["#01:deleted @ dm: unsend #01 by "]),
        ("dm-echo-elsewhere.json", &[]),
        ("dm-echo.json", &["#10 @ dm: echo to  elsewhere=false app= message #10 by us \"Hello Ana\""]),
        ("dm-edit.json", &["#01:1735985100500 @ dm: edit #01 by {ana} to \"hello again\" no 1735985100500"]),
        (
            "dm-forward.json",
            &[
                "#07 @ dm ana: message #07 by {ana} \"from #channel\" [b.pdf application/pdf cdn/attachments/3/4/b.pdf?ex=677a5f80&is=67790e00&hm=03#dm/#07/1325000000000000904] [forwarded  https://discord.com/channels/1200000000000000077/1200000000000000300/1324999999999999800]",
            ],
        ),
        ("dm-poll.json", &["#08 @ dm ana: message #08 by {ana} \"Which colour?\n1. Blue\n2. Green\""]),
        ("dm-preview.json", &[]),
        ("dm-reply.json", &["#06 @ dm ana: message #06 by {ana} \"that one\" answers 1324999999999999900"]),
        (
            "dm-stickers.json",
            &[
                "#04 @ dm ana: message #04 by {ana} \"\" [sticker wave image/png cdn/stickers/751606379340365864.png] [sticker dance image/gif https://media.discordapp.net/stickers/751606379340365865.gif] [unsupported sticker party]",
            ],
        ),
        ("dm-system.json", &[]),
        ("dm-text.json", &["#01 @ dm ana: message #01 by {ana} \"hello @Support, see https://shop.example at 10:00 UTC :wave:\""]),
        (
            "dm-voice.json",
            &[
                "#03 @ dm ana: message #03 by {ana} \"\" [voice-message.ogg audio/ogg cdn/attachments/1/2/voice-message.ogg?ex=677a5f80&is=67790e00&hm=02#dm/#03/1325000000000000903]",
            ],
        ),
        ("form.json", &["1326000000000000005 @ dm ana: message 1326000000000000005 by {ana} \"Ana A.\nBerlin\" choice contact"]),
        ("guild-create.json", &[]),
        ("guild-delete.json", &[]),
        ("guild-unavailable.json", &[]),
        ("member-remove.json", &[]),
        ("other-bot.json", &[]),
        ("own-edit.json", &[]),
        ("reaction-add.json", &["#09:reaction:abc:29 @ dm: reaction + 👍 on #09 by ana"]),
        ("reaction-custom.json", &["#09:reaction:abc:30 @ ticket: reaction + :wave: on #09 by bob (Bobby)"]),
        ("reaction-own.json", &[]),
        ("reaction-remove-all.json", &["#15:reaction:abc:33 @ ticket: reaction -  on #15 by "]),
        ("reaction-remove-emoji.json", &["#15:reaction:abc:34 @ ticket: reaction - 👍 on #15 by "]),
        ("reaction-remove.json", &["#09:reaction:abc:32 @ dm: reaction - 👍 on #09 by ana"]),
        ("ready.json", &[]),
        ("resumed.json", &[]),
        (
            "select-guild.json",
            &["1326000000000000002 @ ticket: message 1326000000000000002 by bob (Bobby) username=bob \"Medium, Large\" choice m,l"],
        ),
        ("thread-archived.json", &["ticket:thread_closed:2025-01-05T10:00:00+00:00 @ ticket: touch thread_closed by ana thread=lamp"]),
        ("thread-create-own.json", &[]),
        ("thread-create.json", &["ticket:thread_opened: @ ticket: touch thread_opened by ana thread=lamp"]),
        ("thread-delete.json", &[]),
        ("thread-members.json", &["abc:52:joined:bob @ ticket: touch joined by bob (bob)", "abc:52:left:ana @ ticket: touch left by ana"]),
        ("thread-renamed.json", &[]),
        ("ticket-by-position.json", &["#18 @ ticket: message #18 by bob (bob) username=bob \"older gateways\""]),
        ("ticket-hidden.json", &["#19 @ ticket: message #19 by {ana} \"\" [unsupported empty]"]),
        ("ticket-starter-known.json", &[]),
        ("ticket-starter.json", &["#21 @ ticket: message #21 by {ana} \"it all began so\""]),
        (
            "ticket-text.json",
            &["#17 @ ticket: message #17 by ana (Ana (Berlin)) username=ana picture=cdn/avatars/ana/a1b2.png \"my lamp is broken\""],
        ),
        ("typing-own.json", &[]),
        ("typing.json", &[]),
        ("unknown.json", &[]),
        ("unwatched.json", &[]),
        ("watched-answer.json", &["#26 @ #26: message #26 by {ana} \"and now?\" answers 1325000000000000702"]),
        ("watched-chatter.json", &[]),
        ("watched-mention.json", &["#24 @ #24: message #24 by {ana} \"@support help me\""]),
        ("watched-without-tickets.json", &["#28 @ 1200000000000000500: message #28 by {ana} \"@support plain\""]),
        ("webhook.json", &[]),
    ];
    let named: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, fixtures("discord"));
    let mut wrong = Vec::new();
    for (name, lines) in table {
        let lines: Vec<String> = lines.iter().map(|line| line.replace("{ana}", ana)).collect();
        let heard = shortly(&frame(name));
        if heard != lines {
            wrong.push(format!("{name}: {heard:#?}"));
        }
        assert_eq!(heard, shortly(&frame(name)), "the same again: {name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_no_message_is_noted_aside() {
    assert_eq!(frame("typing.json").typing, [(DM.to_owned(), true)]);
    assert!(frame("typing-own.json").typing.is_empty());
    let code = |name: &str| match frame(name).health {
        Some(Health::Warning(problem)) => problem.code,
        other => format!("{other:?}"),
    };
    for (name, said) in [
        ("ready.json", "None"),
        ("guild-delete.json", "bot_removed"),
        ("guild-unavailable.json", "None"),
        ("channel-delete.json", "channel_deleted"),
        ("ticket-hidden.json", "message_content_missing"),
        ("ticket-text.json", "None"),
    ] {
        assert_eq!(code(name), said, "{name}");
    }
    for body in ["", "{", "[]", r#"{"op":0,"t":"MESSAGE_CREATE","s":1,"d":{}}"#, r#"{"op":0,"t":"INTERACTION_CREATE","s":1,"d":{}}"#] {
        assert_eq!(heard(&discord(), body.as_bytes()).unreadable.is_some(), body != "[]", "{body}");
    }
    let nowhere = Incoming::Frame { from: "?", body: b"{}" };
    assert!(Discord.receive(&Recipient::Account(&discord()), &nowhere, NOW).unwrap().unreadable.is_some());
}

/// The place is kept with what is kept: what comes after it is told again, and the journal knows that.
#[test]
fn a_restart_goes_on_behind_what_was_kept() {
    let place: place::Place = FROM.parse().unwrap();
    let message = Cursor { key: "told:0/1".into(), value: "01325000000000000001".into() };
    assert_eq!(frame("dm-text.json").cursors, [place.cursor(11), message]);
    assert_eq!(frame("ready.json").cursors, [place.cursor(1)]);
    assert_eq!(frame("typing.json").cursors, []);
    assert_eq!(frame("watched-chatter.json").cursors, [], "nothing of it is kept");
    let fiftieth = r#"{"op":0,"t":"TYPING_START","s":150,"d":{}}"#;
    assert_eq!(heard(&discord(), fiftieth.as_bytes()).cursors, [place.cursor(150)]);
}

#[test]
fn an_answer_will_find_its_way_in_the_notes() {
    let notes = |name: &str| message(events(&frame(name))[0]).context.clone();
    assert_eq!(notes("dm-text.json"), json!({ "channel": DM }));
    assert_eq!(notes("ticket-text.json"), json!({ "channel": TICKET, "guild": GUILD }));
    assert_eq!(notes("watched-mention.json"), json!({ "channel": WATCHED, "guild": GUILD, "open": true }));
    let text = frame("dm-text.json");
    let raw = &message(events(&text)[0]).raw;
    assert_eq!((&raw["From"], &raw["To"], &raw["Discord"]["channel_id"]), (&json!(ANA), &json!(BOT), &json!(DM)));
    let button = frame("button-dm.json");
    assert!(!message(events(&button)[0]).raw.to_string().contains("t0k3n"), "a credential stays out of flows");
    let direct_off = {
        let mut account = discord();
        account.settings.insert("direct_messages".into(), "false".into());
        heard(&account, &fixture("discord/dm-text.json"))
    };
    assert!(direct_off.batches.is_empty());
}

#[test]
fn an_echo_names_the_message_it_is_of() {
    let echo = frame("dm-echo.json");
    let model::InboundEvent::Echo(echo) = &events(&echo)[0].event else { panic!() };
    assert_eq!((echo.ours, echo.part, echo.elsewhere), (Some(ours()), Some(0), false));
    for no in [0, 1, 99, 999] {
        let nonce = outbound::nonce(ours(), no);
        assert!(nonce.len() <= 25);
        assert_eq!(outbound::part_of(&nonce), Some((ours(), no)));
    }
    assert_eq!(outbound::nonce(ours(), 12_345).len(), 25);
    for strange in ["", "n-1", "ää", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAx", "!!!!!!!!!!!!!!!!!!!!!!0"] {
        assert_eq!(outbound::part_of(strange), None, "{strange}");
    }
}

#[test]
fn a_tap_is_acknowledged_at_once() {
    for (name, said) in [
        ("button-dm.json", json!({ "type": 6 })),
        ("select-guild.json", json!({ "type": 6 })),
        ("command.json", json!({ "type": 4, "data": { "content": "✓", "flags": 64 } })),
        ("form.json", json!({ "type": 4, "data": { "content": "✓", "flags": 64 } })),
        ("autocomplete.json", json!({ "type": 8, "data": { "choices": [] } })),
    ] {
        let mut received = frame(name);
        let (request, body) = asked(received.then.remove(0));
        assert!(request.url.starts_with("https://discord.test/api/v10/interactions/13260000") && request.url.ends_with("/t0k3n/callback"));
        assert_eq!((body, header(&request.headers, "authorization")), (said, None), "{name}");
    }
}

fn requested(headers: &[(&str, &str)], body: &[u8], now: Timestamp) -> Result<Received, Rejected> {
    let headers: Vec<(String, String)> = headers.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let incoming = Incoming::Request { method: "POST", target: "/in/discord/KA1", headers: &headers, body };
    Discord.receive(&Recipient::Account(&discord()), &incoming, now)
}

/// The vector: seed 00..1f, time 1700000000.
/// Proves I0.3 and S22.
#[test]
fn a_request_is_discords_own_or_refused() {
    let signature =
        "c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607";
    let at = Timestamp::from_secs(1_700_000_000);
    let ping = br#"{"type":1}"#;
    let right = [("X-Signature-Ed25519", signature), ("X-Signature-Timestamp", "1700000000")];
    let answered = requested(&right, ping, at).unwrap().answer;
    assert_eq!((answered.status, answered.content_type, answered.body.as_str()), (200, "application/json", r#"{"type":1}"#));
    assert!(requested(&right, ping, at.plus_secs(300)).is_ok() && requested(&right, ping, at.plus_secs(-300)).is_ok());
    assert!(requested(&right, ping, at.plus_secs(301)).is_err(), "a replay");
    assert!(requested(&right, ping, at.plus_secs(-301)).is_err());
    assert!(requested(&right, br#"{"type":2}"#, at).is_err());
    let flipped = signature.replace("c1098e", "c1098f");
    for (signature, time) in [
        (flipped.as_str(), "1700000000"),
        (signature, "1700000001"),
        (signature, "x"),
        ("", "1700000000"),
        ("zz", "1700000000"),
        (&signature[..126], "1700000000"),
    ] {
        assert!(requested(&[("x-signature-ed25519", signature), ("x-signature-timestamp", time)], ping, at).is_err(), "{signature} {time}");
    }
    assert!(requested(&right[..1], ping, at).is_err() && requested(&right[1..], ping, at).is_err());
    let mut unset = discord();
    unset.settings.remove("public_key");
    let headers: Vec<(String, String)> = right.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let incoming = Incoming::Request { method: "POST", target: "/", headers: &headers, body: ping };
    assert!(Discord.receive(&Recipient::Account(&unset), &incoming, at).is_err(), "no key is no key");
    // The point of order one signs everything for whoever does not look.
    unset.settings.insert("public_key".into(), format!("01{}", "00".repeat(31)));
    assert!(Discord.receive(&Recipient::Account(&unset), &incoming, at).is_err());
}

#[test]
fn an_interaction_by_request_is_answered_in_the_answer() {
    let body: Value = serde_json::from_slice(&fixture("discord/button-dm.json")).unwrap();
    let received = interaction::request(&discord(), body["d"].to_string().as_bytes());
    assert_eq!((received.answer.body.as_str(), received.then.len()), (r#"{"type":6}"#, 0));
    assert_eq!(message(events(&received)[0]).choice.as_deref(), Some("yes"));
    let status = |body: &str| interaction::request(&discord(), body.as_bytes()).answer.status;
    assert_eq!(status(r#"{"version":1,"application_id":"1","type":0}"#), 204, "the ping of another kind of webhook");
    assert_eq!(status(r#"{"version":1,"type":1,"event":{"type":"APPLICATION_AUTHORIZED"}}"#), 204);
    assert!(interaction::request(&discord(), b"{}").unreadable.is_some());
    assert!(interaction::request(&discord(), b"?").unreadable.is_some());
}

fn say(thread: &str, part: Part, context: Value) -> Work {
    Work::Part { part, to: ANA.into(), thread: thread.into(), context, message: Some(ours()), no: 0, heard_at: Some(NOW) }
}

fn next(work: &Work, progress: &Value) -> (Request, Value) {
    asked(Discord.next(&discord(), work, progress, NOW))
}

fn judge(work: &Work, progress: &Value, status: u16, body: &str) -> Outcome {
    Discord.outcome(&discord(), work, progress, &answer(status, body), NOW)
}

#[test]
fn an_answer_goes_to_its_channel_and_can_be_repeated() {
    let mut part = text_part("Well?");
    part.choices = (1..=6).map(|no| format!("Size {no}")).collect();
    part.reply_to = Some("901".into());
    let work = say(DM, part, json!({ "channel": DM }));
    let (request, body) = next(&work, &Value::Null);
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://discord.test/api/v10/channels/1324000000000000001/messages"));
    assert_eq!(request.repeatable, Repeatable::Keyed { known_s: 120 });
    assert_eq!(header(&request.headers, "authorization"), Some("Bot MTAwMDAwMDAwMDAwMDAwMDAwOQ.Gabcde.secret"));
    assert!(header(&request.headers, "user-agent").unwrap().starts_with("DiscordBot ("));
    assert_eq!(
        (&body["content"], &body["enforce_nonce"], &body["allowed_mentions"]),
        (&json!("Well?"), &json!(true), &json!({ "parse": [] }))
    );
    assert_eq!(body["nonce"], json!(outbound::nonce(ours(), 0)));
    assert_eq!(body["message_reference"], json!({ "message_id": "901", "fail_if_not_exists": false }));
    let rows = body["components"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["components"].as_array().unwrap().len()).collect::<Vec<_>>(), [5, 1]);
    assert_eq!(rows[1]["components"][0], json!({ "type": 2, "style": 2, "label": "Size 6", "custom_id": "Size 6" }));
    assert_eq!(judge(&work, &Value::Null, 200, r#"{"id":"77"}"#), Outcome::Sent(vec!["77".into()]));
    assert!(matches!(judge(&work, &Value::Null, 200, "{}"), Outcome::Uncertain(_)));
    assert!(matches!(judge(&work, &Value::Null, 502, ""), Outcome::RetryAfter { .. }), "the nonce tells a repeat");
}

#[test]
fn whom_we_write_to_first_gets_a_channel_first() {
    let work = say(ANA, text_part("Hello"), Value::Null);
    let (request, body) = next(&work, &Value::Null);
    assert_eq!((request.url.as_str(), body), ("https://discord.test/api/v10/users/@me/channels", json!({ "recipient_id": ANA })));
    let opened = judge(&work, &Value::Null, 200, &format!(r#"{{"id":"{DM}","type":1}}"#));
    assert_eq!(opened, Outcome::More(json!({ "channel": DM })));
    assert!(next(&work, &json!({ "channel": DM })).0.url.ends_with(&format!("/channels/{DM}/messages")));
    let answered = say(ANA, text_part("Hello"), json!({ "channel": DM }));
    assert!(next(&answered, &Value::Null).0.url.ends_with(&format!("/channels/{DM}/messages")), "they wrote back since");
    assert!(matches!(judge(&work, &Value::Null, 400, r#"{"code":50007}"#), Outcome::Failed(problem) if problem.code == "recipient_closed"));
}

#[test]
fn a_ticket_begins_a_thread_at_the_message_that_asked() {
    let work = say("1325000000000000025", text_part("How can I help?"), json!({ "channel": WATCHED, "guild": GUILD, "open": true }));
    let (request, body) = next(&work, &Value::Null);
    assert_eq!(request.url, format!("https://discord.test/api/v10/channels/{WATCHED}/messages/1325000000000000025/threads"));
    assert_eq!(body["name"], "#000025");
    let open = Outcome::More(json!({ "channel": "1325000000000000025" }));
    assert_eq!(judge(&work, &Value::Null, 201, r#"{"id":"1325000000000000025","type":11}"#), open);
    assert_eq!(judge(&work, &Value::Null, 400, r#"{"code":160004,"message":"A thread has already been created for this message"}"#), open);
    let progress = json!({ "channel": "1325000000000000025" });
    assert!(next(&work, &progress).0.url.ends_with("/channels/1325000000000000025/messages"));
    assert_eq!(judge(&work, &progress, 200, r#"{"id":"78"}"#), Outcome::Sent(vec!["78".into()]));
}

#[test]
fn files_travel_with_the_text_before_them() {
    let file = |mb: i64| FileRef { bytes: mb << 20, ..picture() };
    let message = Outbound { text: "x ".repeat(1500), files: vec![file(9), file(9), file(9)], ..Outbound::default() };
    let parts = Discord.split(&discord(), &message);
    let shape: Vec<(usize, usize)> = parts.iter().map(|part| (part.text.chars().count(), part.files.len())).collect();
    assert_eq!(shape, [(1999, 0), (999, 2), (0, 1)]);
    let work = say(DM, Part { text: "two".into(), files: vec![file(1), file(1)], ..Part::default() }, Value::Null);
    let (request, _) = next(&work, &Value::Null);
    let Body::Form(fields) = &request.body else { panic!() };
    let FormField::Text { name, value } = &fields[0] else { panic!() };
    let payload: Value = serde_json::from_str(value).unwrap();
    assert_eq!((*name, &payload["attachments"][1]), ("payload_json", &json!({ "id": 1, "filename": "Grüße.jpg" })));
    assert!(matches!(&fields[2], FormField::File { name: "files[1]", .. }) && fields.len() == 3);
    let many = Outbound { files: vec![file(1); 11], ..Outbound::default() };
    assert_eq!(Discord.split(&discord(), &many).iter().map(|part| part.files.len()).collect::<Vec<_>>(), [10, 1]);
}

#[test]
fn a_sticker_goes_with_the_text_before_it() {
    let wave = model::Extra::Sticker { set: String::new(), id: "751606379340365864".into(), name: "wave".into() };
    let split = |text: &str, files: Vec<FileRef>| {
        let message = Outbound { text: text.into(), files, extras: vec![wave.clone()], ..Outbound::default() };
        Discord.split(&discord(), &crate::extras::fitted(message, &Discord.capabilities(&discord())))
    };
    let parts = split("Hello", vec![picture()]);
    assert_eq!((parts.len(), parts[0].files.len(), &parts[0].extras), (1, 1, &vec![wave.clone()]));
    let alone = say(DM, split("", vec![]).remove(0), Value::Null);
    let (_, body) = next(&alone, &Value::Null);
    assert_eq!((&body["sticker_ids"], &body["content"]), (&json!(["751606379340365864"]), &json!("")));
    assert!(next(&say(DM, text_part("Hi"), Value::Null), &Value::Null).1.get("sticker_ids").is_none());
    let unknown = r#"{"code":50081,"message":"Invalid sticker sent"}"#;
    assert!(matches!(judge(&alone, &Value::Null, 400, unknown), Outcome::Failed(problem) if problem.code == "unknown_sticker"));
    assert_eq!(Discord.check_sticker(&discord(), "", "751606379340365864"), Ok(()));
    assert_eq!(Discord.check_sticker(&discord(), "", "wave").unwrap_err().field, "sticker.id");
}

#[test]
fn answers_that_look_alike_become_a_menu() {
    let offer = |choices: &[&str]| {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        Discord.split(&discord(), &Outbound { text: "Well?".into(), choices, ..Outbound::default() }).remove(0)
    };
    assert_eq!(offer(&["Yes", "No"]).choices.len(), 2);
    assert_eq!(offer(&["Yes", "Yes"]).text, "Well?\n\n1. Yes\n2. Yes");
    let long = "x".repeat(81);
    assert!(offer(&[&long, "No"]).choices.is_empty());
}

#[test]
fn each_error_has_its_meaning() {
    let work = say(DM, text_part("x"), Value::Null);
    let failure = |status: u16, body: &str| match judge(&work, &Value::Null, status, body) {
        Outcome::Failed(problem) => problem.code,
        Outcome::Problem(problem) => format!("{}!{}", problem.setting, problem.code),
        Outcome::RetryAfter { ms, .. } => format!("account waits {ms}"),
        Outcome::HoldThread { ms, .. } => format!("thread waits {ms}"),
        other => format!("{other:?}"),
    };
    for (status, body, meaning) in [
        (401, r#"{"code":0,"message":"401: Unauthorized"}"#, "bot_token!bad_credentials"),
        (401, r#"{"code":40001}"#, "bot_token!bad_credentials"),
        (404, r#"{"code":10003}"#, "unknown_channel"),
        (404, r#"{"code":10004}"#, "unknown_channel"),
        (404, r#"{"code":10008}"#, "unknown_message"),
        (404, r#"{"code":10013}"#, "unknown_recipient"),
        (429, r#"{"code":20016,"retry_after":5.2}"#, "thread waits 5200"),
        (429, r#"{"code":20028,"retry_after":1}"#, "thread waits 1000"),
        (429, r#"{"code":40003}"#, "account waits 60000"),
        (400, r#"{"code":40005}"#, "too_big"),
        (413, "", "too_big"),
        (403, r#"{"code":50001}"#, "no_permission"),
        (403, r#"{"code":50013}"#, "no_permission"),
        (403, r#"{"code":50005}"#, "not_ours"),
        (400, r#"{"code":50006}"#, "empty_message"),
        (403, r#"{"code":50007}"#, "recipient_closed"),
        (403, r#"{"code":50278}"#, "recipient_closed"),
        (400, r#"{"code":200000}"#, "content_refused"),
        (400, r#"{"code":240000}"#, "content_refused"),
        (400, r#"{"code":160005}"#, "thread_closed"),
        (403, "", "no_permission"),
        (404, "", "unknown_channel"),
        (418, "", "content_refused"),
        (429, r#"{"message":"You are being rate limited.","retry_after":0.651,"global":false}"#, "thread waits 651"),
        (429, r#"{"retry_after":2,"global":true}"#, "account waits 2000"),
        (429, "", "thread waits 2000"),
        (500, "", "account waits 2000"),
    ] {
        assert_eq!(failure(status, body), meaning, "{status} {body}");
    }
    let body = r#"{"code":50035,"message":"Invalid Form Body","errors":{"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"Must be 2000 or fewer in length."}]},"components":{"0":{"components":{"1":{"custom_id":{"_errors":[{"message":"duplicated"}]}}}}}}}"#;
    assert!(matches!(judge(&work, &Value::Null, 400, body), Outcome::Failed(problem)
        if problem.detail.contains("content: Must be 2000") && problem.detail.contains("components.0.components.1.custom_id: duplicated")));
    let limited = Reply::Http {
        status: 429,
        headers: vec![("Retry-After".into(), "7".into()), ("X-RateLimit-Global".into(), "true".into())],
        body: vec![],
    };
    assert!(matches!(Discord.outcome(&discord(), &work, &Value::Null, &limited, NOW), Outcome::RetryAfter { ms: 7000, .. }));
}

#[test]
fn our_reaction_takes_the_place_of_the_one_before() {
    let react = |emoji: Option<&str>| Work::React {
        to: ANA.into(),
        thread: DM.into(),
        context: json!({ "channel": DM }),
        provider_id: "901".into(),
        emoji: emoji.map(str::to_owned),
    };
    let place = format!("https://discord.test/api/v10/channels/{DM}/messages/901");
    let work = react(Some("❤️"));
    let (put, _) = next(&work, &Value::Null);
    assert_eq!((put.method, put.url), ("PUT", format!("{place}/reactions/%E2%9D%A4%EF%B8%8F/@me")));
    let Outcome::More(put) = judge(&work, &Value::Null, 204, "") else { panic!() };
    assert_eq!(next(&work, &put).0.url, place);
    let there = r#"{"reactions":[{"emoji":{"id":null,"name":"❤"},"me":true},{"emoji":{"id":null,"name":"👍"},"me":true},{"emoji":{"id":"5","name":"w"},"me":true},{"emoji":{"id":null,"name":"🎉"},"me":false}]}"#;
    let Outcome::More(old) = judge(&work, &put, 200, there) else { panic!() };
    assert_eq!(old, json!({ "remove": ["👍", "w:5"] }));
    assert_eq!((next(&work, &old).0.method, next(&work, &old).0.url), ("DELETE", format!("{place}/reactions/%F0%9F%91%8D/@me")));
    let Outcome::More(last) = judge(&work, &old, 204, "") else { panic!() };
    assert_eq!(judge(&work, &last, 404, ""), Outcome::Fine);
    let none = react(None);
    assert_eq!(next(&none, &Value::Null).0.method, "GET");
    assert_eq!(judge(&none, &Value::Null, 200, r#"{"reactions":[]}"#), Outcome::Fine);
    assert!(matches!(judge(&work, &Value::Null, 404, r#"{"code":10008}"#), Outcome::Failed(_)));
}

#[test]
fn a_file_whose_link_has_ended_is_asked_for_anew() {
    let work = Work::Media { url: format!("https://cdn.test/a.png?ex=1#{DM}/901/902") };
    let (first, _) = next(&work, &Value::Null);
    assert!(first.url.starts_with("https://cdn.test/a.png?ex=1") && header(&first.headers, "authorization").is_none());
    let Outcome::More(anew) = judge(&work, &Value::Null, 404, "This content is no longer available.") else { panic!() };
    let (ask, _) = next(&work, &anew);
    assert_eq!(ask.url, format!("https://discord.test/api/v10/channels/{DM}/messages/901"));
    let message = r#"{"attachments":[{"id":"903","url":"https://cdn.test/b"},{"id":"902","url":"https://cdn.test/a.png?ex=2"}]}"#;
    let Outcome::More(fresh) = judge(&work, &anew, 200, message) else { panic!() };
    assert_eq!(next(&work, &fresh).0.url, "https://cdn.test/a.png?ex=2");
    assert!(matches!(judge(&work, &fresh, 200, "bytes"), Outcome::File { bytes, .. } if bytes == b"bytes"));
    assert!(matches!(judge(&work, &fresh, 404, ""), Outcome::Failed(_)), "not in circles");
    assert!(matches!(judge(&work, &anew, 404, ""), Outcome::Failed(_)));
    assert!(matches!(judge(&work, &anew, 200, r#"{"attachments":[]}"#), Outcome::Failed(_)));
    let sticker = Work::Media { url: "https://cdn.test/stickers/1.png".into() };
    assert!(matches!(judge(&sticker, &Value::Null, 404, ""), Outcome::Failed(_)));
}

#[test]
fn typing_a_profile_and_a_lost_send() {
    let typing = |context: Value| Work::Signal { to: ANA.into(), thread: ANA.into(), context, signal: Signal::Typing(true), last: None };
    assert_eq!(next(&typing(json!({ "channel": DM })), &Value::Null).0.url, format!("https://discord.test/api/v10/channels/{DM}/typing"));
    assert_eq!(Discord.next(&discord(), &typing(Value::Null), &Value::Null, NOW), Step::Nothing);
    let who = |context: Value| Work::Profile { external_id: ANA.into(), context };
    assert_eq!(next(&who(Value::Null), &Value::Null).0.url, format!("https://discord.test/api/v10/users/{ANA}"));
    let member = who(json!({ "guild": GUILD }));
    assert_eq!(next(&member, &Value::Null).0.url, format!("https://discord.test/api/v10/guilds/{GUILD}/members/{ANA}"));
    let named = judge(&member, &Value::Null, 200, r#"{"nick":"Bobby","user":{"id":"2","username":"bob"}}"#);
    assert_eq!(named, Outcome::Profile { name: "Bobby".into(), facts: vec![("username".into(), "bob".into())] });
    assert!(matches!(judge(&member, &Value::Null, 404, ""), Outcome::Profile { name, .. } if name.is_empty()));

    let lost = Work::Find { part: text_part("Hello"), to: ANA.into(), sent_after: Timestamp::from_secs(1_735_984_800) };
    let Outcome::More(channel) = judge(&lost, &Value::Null, 200, &format!(r#"{{"id":"{DM}"}}"#)) else { panic!() };
    let id = ((1_735_984_801_000_u64 - 1_420_070_400_000) << 22).to_string();
    let there = format!(
        r#"[{{"id":"5","author":{{"id":"{BOT}"}},"content":"Hello"}},{{"id":"{id}","author":{{"id":"{BOT}"}},"content":"Hello"}}]"#
    );
    assert_eq!(judge(&lost, &channel, 200, &there), Outcome::Sent(vec![id]));
    assert!(matches!(judge(&lost, &channel, 200, "[]"), Outcome::Uncertain(_)));
}

#[test]
fn settings_are_judged_before_anybody_is_asked() {
    assert_eq!(Discord.check_settings(&discord()), vec![]);
    for (key, value, code) in [
        ("application_id", "support", "bad_application_id"),
        ("public_key", "abc", "bad_public_key"),
        ("ticket_servers", "[\"Tidewater\"]", "bad_id"),
        ("watched_channels", "[\"#help\"]", "bad_id"),
        ("api_base_url", "discord", "bad_url"),
        ("gateway_url", "https://x", "bad_gateway_url"),
    ] {
        let mut account = discord();
        account.settings.insert(key.into(), value.into());
        let codes: Vec<String> = Discord.check_settings(&account).into_iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [code], "{key}");
    }
    let mut secret = discord();
    secret.secrets.insert("bot_token".into(), "abcdef".into());
    assert_eq!(Discord.check_settings(&secret)[0].code, "bad_token");
    let mut deaf = discord();
    deaf.settings.insert("direct_messages".into(), "false".into());
    deaf.settings.remove("ticket_servers");
    deaf.settings.remove("watched_channels");
    assert_eq!(Discord.check_settings(&deaf)[0].code, "nothing_heard");
}

#[test]
fn each_misconfiguration_is_named() {
    let mut account = discord();
    let check = |account: &ChannelAccount, what: &'static str, status: u16, body: Value| match Discord.outcome(
        account,
        &Work::Check(what),
        &Value::Null,
        &answer(status, &body.to_string()),
        NOW,
    ) {
        Outcome::Problem(problem) => format!("{}: {}", problem.setting, problem.code),
        other => format!("{other:?}"),
    };
    let app = |flags: u64| json!({ "id": BOT, "flags": flags, "verify_key": PUBLIC_KEY, "interactions_endpoint_url": null });
    let with = |mut app: Value, key: &str, value: &str| {
        app[key] = value.into();
        app
    };
    let all = NEEDED_ALL.to_string();
    for (what, status, body, said) in [
        ("token", 200, json!({ "id": BOT, "bot": true }), "Fine"),
        ("token", 401, json!({}), "bot_token: bad_credentials"),
        ("token", 200, json!({ "id": BOT }), "bot_token: no_bot"),
        ("token", 200, json!({ "id": "5", "bot": true, "username": "other" }), "bot_token: wrong_account"),
        ("application", 200, app(0), "Fine"),
        ("application", 200, with(app(0), "id", "5"), "application_id: wrong_application"),
        ("application", 200, with(app(0), "verify_key", "00"), "public_key: wrong_public_key"),
        ("intents", 200, app(1 << 18), "Fine"),
        ("intents", 200, app(1 << 19), "Fine"),
        ("intents", 200, app(1 << 15), "application_id: message_content_missing"),
        ("interactions", 200, app(0), "Fine"),
        ("interactions", 200, with(app(0), "interactions_endpoint_url", "https://help.example/in/discord/KA1"), "Fine"),
        ("interactions", 200, with(app(0), "interactions_endpoint_url", "https://old.example"), "webhook_url: webhook_elsewhere"),
        ("gateway", 200, json!({ "url": "wss://x", "session_start_limit": { "remaining": 5 } }), "Fine"),
        ("gateway", 200, json!({ "session_start_limit": { "remaining": 0, "reset_after": 120000 } }), "bot_token: sessions_used"),
        ("servers", 200, json!([{ "id": GUILD, "name": "Tide", "permissions": all }]), "Fine"),
        ("servers", 200, json!([{ "id": GUILD, "name": "Tide", "permissions": "8" }]), "Fine"),
        ("servers", 200, json!([{ "id": GUILD, "name": "Tide", "permissions": "1024" }]), "ticket_servers: permissions_missing"),
        ("servers", 200, json!([]), "ticket_servers: not_in_server"),
        ("channels", 200, json!({ "id": WATCHED }), "Fine"),
        ("channels", 403, json!({ "code": 50001 }), "watched_channels: unknown_channel"),
        ("channels", 500, json!({}), "api_base_url: unexpected_answer"),
    ] {
        assert_eq!(check(&account, what, status, body), said, "{what}");
    }
    account.settings.remove("public_key");
    let there = with(app(0), "interactions_endpoint_url", "https://help.example/in/discord/KA1");
    assert_eq!(check(&account, "interactions", 200, there), "public_key: public_key_missing");
    let missing = json!([{ "id": GUILD, "name": "Tide", "permissions": "1024" }]);
    let Outcome::Problem(problem) =
        Discord.outcome(&account, &Work::Check("servers"), &Value::Null, &answer(200, &missing.to_string()), NOW)
    else {
        panic!()
    };
    assert!(problem.detail.contains("Send Messages in Threads") && !problem.detail.contains("View Channels"), "{}", problem.detail);
    let knock = Discord.next(&account, &Work::Check(LINE), &Value::Null, NOW);
    let Step::Knock(Door::Line(Line::Gateway(gateway))) = knock else { panic!() };
    assert_eq!((gateway.api_base_url.as_str(), gateway.url.as_str()), ("https://discord.test/api/v10", ""));
    assert!(!format!("{gateway:?}").contains("secret"));
    for (code, said) in [(200, "Fine"), (4004, "bot_token: bad_credentials"), (4014, "application_id: message_content_missing")] {
        assert_eq!(check(&account, LINE, code, json!({})), said);
    }
    assert!(matches!(Discord.outcome(&account, &Work::Check(LINE), &Value::Null, &answer(4000, ""), NOW), Outcome::RetryAfter { .. }));
    for what in Discord.checks().iter().filter(|what| **what != LINE) {
        assert_eq!(asked(Discord.next(&account, &Work::Check(what), &Value::Null, NOW)).0.method, "GET", "{what}");
    }
    account.settings.remove("watched_channels");
    assert_eq!(Discord.next(&account, &Work::Check("channels"), &Value::Null, NOW), Step::Nothing);
}

/// Every permission that tickets need, and nothing else.
const NEEDED_ALL: u64 = 1 << 10 | 1 << 11 | 1 << 38 | 1 << 35 | 1 << 16 | 1 << 15 | 1 << 14 | 1 << 6;

#[test]
fn a_card_is_an_embed_with_its_buttons_below() {
    let parts = Discord.split(&discord(), &crate::card::tests::message());
    assert_eq!(parts.iter().map(|part| part.cards.len()).collect::<Vec<_>>(), [0, 1, 1]);
    let Step::Http(request) = Discord.next(&discord(), &say(DM, parts[1].clone(), json!({ "channel": DM })), &Value::Null, NOW) else {
        panic!("nothing is asked")
    };
    let Body::Form(fields) = &request.body else { panic!("a picture of ours is uploaded") };
    let FormField::Text { value, .. } = &fields[0] else { panic!("no message") };
    let body: Value = serde_json::from_str(value).unwrap();
    assert_eq!(body["embeds"], json!([{ "title": "Room 1", "description": "Sea view", "image": { "url": "attachment://card.jpg" } }]));
    assert_eq!(body["attachments"], json!([{ "id": 0, "filename": "card.jpg" }]));
    assert!(matches!(&fields[1], FormField::File { file, .. } if file.name == "card.jpg" && file.key == "FI1"));
    let book = |no: u8| json!({ "type": 2, "style": 2, "label": "Book", "custom_id": format!("Book room {no}") });
    let look = json!({ "type": 2, "style": 5, "label": "Look", "url": "https://x.example/1" });
    assert_eq!(body["components"], json!([{ "type": 1, "components": [book(1), look] }]));
    let (_, body) = next(&say(DM, parts[2].clone(), json!({ "channel": DM })), &Value::Null);
    assert_eq!(body["embeds"][0]["image"], json!({ "url": "https://x.example/2.jpg" }));
    assert_eq!(body["components"][0]["components"], json!([book(2)]));
}

#[test]
fn own_words_are_patched_and_taken_back_where_they_stand() {
    let revise = |thread: &str, context: Value, part: Option<Part>| Work::Revise {
        provider_id: "901".into(),
        message: ours(),
        no: 0,
        part,
        to: ANA.into(),
        thread: thread.into(),
        context,
    };
    let place = format!("https://discord.test/api/v10/channels/{DM}/messages/901");
    let edit = revise(DM, json!({ "channel": DM }), Some(text_part("Bis Montag @everyone")));
    let (patch, body) = next(&edit, &Value::Null);
    assert_eq!((patch.method, patch.url.as_str(), patch.repeatable), ("PATCH", place.as_str(), Repeatable::Always));
    // Files, embeds and buttons are not named, so they stay.
    assert_eq!(body, json!({ "content": "Bis Montag @everyone", "allowed_mentions": { "parse": [] } }));
    assert_eq!(judge(&edit, &Value::Null, 200, r#"{"id":"901"}"#), Outcome::Fine);
    assert!(matches!(judge(&edit, &Value::Null, 404, r#"{"code":10008}"#), Outcome::Failed(problem) if problem.code == "unknown_message"));
    let unsend = revise(DM, json!({ "channel": DM }), None);
    let Step::Http(delete) = Discord.next(&discord(), &unsend, &Value::Null, NOW) else { panic!("nothing is asked") };
    assert_eq!((delete.method, delete.url.as_str()), ("DELETE", place.as_str()));
    assert_eq!(judge(&unsend, &Value::Null, 204, ""), Outcome::Fine);
    assert_eq!(judge(&unsend, &Value::Null, 404, r#"{"code":10008}"#), Outcome::Fine, "it is gone already");
    assert!(matches!(judge(&unsend, &Value::Null, 429, r#"{"retry_after":1.5}"#), Outcome::HoldThread { ms: 1_500, .. }));
    // Who never answered is written to in a channel that has to be asked for.
    let first = revise(ANA, Value::Null, None);
    let Step::Http(opens) = Discord.next(&discord(), &first, &Value::Null, NOW) else { panic!("nothing is asked") };
    assert!(opens.url.ends_with("/users/@me/channels"));
    let Outcome::More(opened) = judge(&first, &Value::Null, 200, &format!(r#"{{"id":"{DM}"}}"#)) else { panic!("not opened") };
    let Step::Http(delete) = Discord.next(&discord(), &first, &opened, NOW) else { panic!("nothing is asked") };
    assert_eq!((delete.method, delete.url), ("DELETE", place));
}
