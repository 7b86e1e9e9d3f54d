//! Signatures and handshakes, and what the tests of the three channels share: samples that are signed, and events in one line each.

use super::*;
use crate::samples::{self, NOW};
use crate::signature::hex;
use model::message::Extra;
use model::{InboundEvent, InboundFile, InboundMessage};
use std::fmt::Write;

pub const SECRET: &str = "app_secret";

pub fn account(kind: &str) -> ChannelAccount {
    let settings = [
        ("page_id", "1001"),
        ("app_id", "3001"),
        ("instagram_id", "17841400000000001"),
        ("phone_number_id", "106540352242922"),
        ("waba_id", "102290129340398"),
        ("number", "+1 555 078 3881"),
        ("api_base_url", "https://graph.test/v25.0"),
    ];
    samples::account(kind, &settings, &[("app_secret", SECRET), ("verify_token", "our word"), ("access_token", "tok&1")])
}

fn with_signature(connector: &dyn Connector, to: &Recipient, body: &[u8], signature: Option<&str>) -> Result<Received, Rejected> {
    let headers: Vec<(String, String)> = signature.map(|value| ("X-Hub-Signature-256".to_owned(), value.to_owned())).into_iter().collect();
    connector.receive(to, &Incoming::Request { method: "POST", target: "/in/x/KA1", headers: &headers, body }, NOW)
}

pub fn signed(connector: &dyn Connector, to: &Recipient, body: &[u8]) -> Result<Received, Rejected> {
    let signature = format!("sha256={}", hex(&hmac_sha256(SECRET.as_bytes(), body)));
    with_signature(connector, to, body, Some(&signature))
}

/// Reads every sample of the channel's folder and compares what it becomes, line by line; each sample needs its lines.
pub fn check_fixtures(connector: &dyn Connector, expected: &[(&str, &[&str])]) {
    let folder = format!("{}/fixtures/{}", env!("CARGO_MANIFEST_DIR"), connector.kind());
    let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let account = account(connector.kind());
    let mut wrong = String::new();
    for name in &names {
        let body = samples::fixture(&format!("{}/{name}", connector.kind()));
        let received = signed(connector, &Recipient::Account(&account), &body).unwrap();
        assert_eq!(received.answer.status, 200, "{name}");
        let lines = lines(&received);
        let name = name.strip_suffix(".json").unwrap_or(name);
        let wanted = expected.iter().find(|(known, _)| *known == name).map(|(_, lines)| lines.to_vec());
        if wanted.is_none_or(|wanted| wanted != lines) {
            let lines: Vec<String> = lines.iter().map(|line| format!("{line:?}")).collect();
            let _ = writeln!(wrong, "    ({name:?}, &[{}]),", lines.join(", "));
        }
    }
    assert!(wrong.is_empty(), "these samples come to something else:\n{wrong}");
    assert_eq!(names.len(), expected.len(), "a line stands for a sample that is not there");
}

/// What was received, in one line per event and for all the rest.
pub fn lines(received: &Received) -> Vec<String> {
    let mut lines: Vec<String> = samples::events(received).iter().map(|arrived| line(arrived)).collect();
    if let Some(health) = &received.health {
        lines.push(match health {
            Health::Warning(problem) => format!("warning {} {}: {}", problem.setting, problem.code, problem.detail),
            other => format!("{other:?}"),
        });
    }
    lines.extend(received.unreadable.iter().map(|note| format!("note {note}")));
    lines
}

/// Milliseconds after the beginning of 2025.
fn moment(at: Option<Timestamp>) -> String {
    at.map_or("-".into(), |at| (at.millis() - 1_735_689_600_000).to_string())
}

/// Which part of a message of ours, where that is said.
fn part(no: Option<i64>) -> String {
    no.map(|no| format!(" part={no}")).unwrap_or_default()
}

fn line(arrived: &Arrived) -> String {
    let said = match &arrived.event {
        InboundEvent::Message(message) => format!("message{}", said(message)),
        InboundEvent::Echo(echo) => {
            let ours = echo.ours.map(|id| format!(" ours={id}{}", part(echo.part))).unwrap_or_default();
            let elsewhere = if echo.elsewhere { format!(" elsewhere={:?}", echo.app) } else { String::new() };
            format!("echo{ours}{elsewhere} to{}{}", facts(&echo.to), said(&echo.message))
        }
        InboundEvent::Edit(edit) => format!("edit of={} no={} {:?}", edit.provider_id, edit.no, edit.text),
        InboundEvent::Unsend { provider_id, .. } => format!("unsend of={provider_id}"),
        InboundEvent::Reaction(reaction) => {
            assert!(reaction.alone);
            format!("reaction of={} {}{}", reaction.provider_id, if reaction.added { "+" } else { "-" }, reaction.emoji)
        }
        InboundEvent::Touch { from, what } => format!("touch {what}{}", facts(from)),
        InboundEvent::Renumber { from, external_id } => format!("renumber {} to {external_id}", from.external_id),
        InboundEvent::Receipt(receipt) => {
            let ours = receipt.ours.map(|id| format!(" ours={id}{}", part(receipt.part))).unwrap_or_default();
            let problem = receipt.problem.as_ref().map(|problem| format!(" {}: {}", problem.code, problem.detail)).unwrap_or_default();
            let through = if receipt.through { " through" } else { "" };
            format!("{} of={}{through}{ours}{problem}", receipt.state.code(), receipt.provider_id)
        }
        InboundEvent::Marks { delivered, read } => format!("marks delivered={} read={}", moment(*delivered), moment(*read)),
        other => format!("{other:?}"),
    };
    format!("{} {} @{} {said}", arrived.external_id, arrived.keys.join(","), moment(arrived.provider_at))
}

fn facts(from: &model::inbound::Sender) -> String {
    let scoped = if from.scoped { " scoped" } else { "" };
    let verified = if from.verified { "" } else { " unverified" };
    let name = if from.name.is_empty() { String::new() } else { format!(" name={:?}", from.name) };
    from.facts
        .iter()
        .fold(format!(" by={}{scoped}{verified}{name}", from.external_id), |all, (key, value)| format!("{all} {key}={value:?}"))
}

fn said(message: &InboundMessage) -> String {
    let mut line = if message.from.external_id.is_empty() { String::new() } else { facts(&message.from) };
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = write!(line, " {name}={value:?}");
        }
    };
    add("text", &message.text);
    add("choice", message.choice.as_deref().unwrap_or_default());
    add("reply_to", message.reply_to.as_deref().unwrap_or_default());
    if message.raw.get("standby").is_some() {
        add("standby", "yes");
    }
    for file in &message.files {
        match file {
            InboundFile::Url { url, media_type, name, sticker } => {
                add(if *sticker { "sticker" } else { "file" }, &format!("{media_type} {name} {url}"));
            }
            InboundFile::Kept { piece, .. } => add("file", piece),
            InboundFile::Uploaded { .. } => add("file", "uploaded"),
        }
    }
    for extra in &message.extras {
        match extra {
            Extra::Location { latitude, longitude, name, address } => add("location", &format!("{latitude} {longitude} {name} {address}")),
            Extra::ContactCard { name, phones, emails, organization } => {
                add("card", &format!("{name} {} {} {organization}", phones.join(","), emails.join(",")));
            }
            Extra::Link { what, title, url } => add("link", &format!("{what} {title} {url}")),
            Extra::Mail { subject, .. } => add("mail", subject),
            Extra::Form { answers } => add("form", &answers.len().to_string()),
            Extra::Copies(copies) => add("copies", &copies.cc.join(" ")),
            Extra::Sticker { set, id, .. } => add("sticker", &format!("{set}/{id}")),
            Extra::Unsupported { what } => add("unsupported", what),
            Extra::Native { content } => add("native", &content.to_string()),
        }
    }
    line
}

/// The vectors of the reference: the second body has its umlauts as escapes of six ASCII characters each.
#[test]
fn signatures_of_the_reference_fit() {
    let escaped = r#"{"object":"page","entry":[{"id":"1","time":1,"messaging":[{"sender":{"id":"2"},"recipient":{"id":"1"},"timestamp":1,"message":{"mid":"m","text":"\u00e4\u00f6\u00e5"}}]}]}"#;
    let vectors = [
        ("sesame", "hello world", "f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17"),
        ("app_secret", escaped, "cd01eb519c1da8e4162b55840cbecf27d288ba157b4369410f4fd2752316219d"),
    ];
    for (secret, body, signature) in vectors {
        let check = |secret: &str, value: &str| verify(secret, &[("x-hub-signature-256".into(), value.into())], body.as_bytes());
        let good = format!("sha256={signature}");
        assert_eq!(check(secret, &good), Ok(()));
        assert!(check("other", &good).is_err());
        assert!(check("", &good).is_err(), "no secret proves nothing");
        for wrong in [signature, "sha256=", &good[..good.len() - 2], &format!("{good}00"), "sha256=äöü", &format!("sha1={signature}")] {
            assert!(check(secret, wrong).is_err(), "{wrong}");
        }
        assert!(verify(secret, &[], body.as_bytes()).is_err(), "no signature");
    }
}

/// The raw bytes are what counts: the same JSON written with other characters is another body.
#[test]
fn a_body_is_believed_by_its_bytes() {
    let connector = crate::find(crate::ALL, "messenger").unwrap();
    let account = account("messenger");
    let to = Recipient::Account(&account);
    let escaped = samples::fixture("messenger/text.json");
    let plain = serde_json::from_slice::<Value>(&escaped).unwrap().to_string();
    let signature = format!("sha256={}", hex(&hmac_sha256(SECRET.as_bytes(), &escaped)));
    assert!(with_signature(connector, &to, &escaped, Some(&signature)).is_ok());
    assert!(with_signature(connector, &to, plain.as_bytes(), Some(&signature)).is_err());
    assert_eq!(samples::message(samples::events(&signed(connector, &to, &escaped).unwrap())[0]).text, "Grüße aus Köln 👋");
    for body in [&b"not json"[..], b"{}", b"[]", b"\xff\xfe", br#"{"entry":[]}"#] {
        let received = signed(connector, &to, body).unwrap();
        assert_eq!((received.answer.status, received.unreadable.is_some()), (200, true));
    }
    assert!(connector.receive(&to, &Incoming::Frame { from: "x", body: b"{}" }, NOW).is_err());
}

#[test]
fn a_handshake_is_answered_with_its_challenge_and_nothing_else() {
    for kind in ["messenger", "instagram", "whatsapp"] {
        let connector = crate::find(crate::ALL, kind).unwrap();
        let account = account(kind);
        let secrets = [("verify_token".to_owned(), "our word".to_owned())].into();
        let app = Recipient::App { secrets: &secrets, url: "https://help.example", accounts: &[] };
        let ask = |to: &Recipient, query: &str| {
            let target = format!("/in/{kind}/KA1?{query}");
            connector.receive(to, &Incoming::Request { method: "GET", target: &target, headers: &[], body: b"" }, NOW)
        };
        for to in [&Recipient::Account(&account), &app] {
            let received = ask(to, "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=our+word").unwrap();
            assert_eq!(received.answer, Answer::text(200, "1158201444"));
            assert!(received.batches.is_empty() && received.unreadable.is_none());
            let wrong = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=other";
            for bad in [wrong, "hub.mode=subscribe&hub.challenge=1", "hub.challenge=1&hub.verify_token=our+word", ""] {
                assert!(ask(to, bad).is_err(), "{bad}");
            }
        }
        let bare = samples::account(kind, &[], &[]);
        assert!(ask(&Recipient::Account(&bare), "hub.mode=subscribe&hub.challenge=1&hub.verify_token=").is_err(), "no token fits none");
    }
}

/// One app's URL serves several accounts: each entry goes to whom it names.
#[test]
fn an_apps_delivery_is_told_apart_by_its_entries() {
    let connector = crate::find(crate::ALL, "messenger").unwrap();
    let entry = |page: &str, mid: &str| {
        let message = serde_json::json!({ "mid": mid, "text": "x" });
        let item = serde_json::json!({ "sender": { "id": "5" }, "recipient": { "id": page }, "timestamp": 1, "message": message });
        serde_json::json!({ "id": page, "time": 1, "messaging": [item] })
    };
    let body = serde_json::json!({ "object": "page", "entry": [entry("1001", "a"), entry("1002", "b"), entry("1001", "c")] }).to_string();
    let account = account("messenger");
    let secrets = [("app_secret".to_owned(), SECRET.to_owned())].into();
    let received = signed(connector, &Recipient::App { secrets: &secrets, url: "", accounts: &[&account] }, body.as_bytes()).unwrap();
    let seen: Vec<(AccountKey, usize)> = received.batches.iter().map(|batch| (batch.account.clone(), batch.events.len())).collect();
    assert_eq!(seen, [(AccountKey::Provider("1001".into()), 2), (AccountKey::Provider("1002".into()), 1)]);
    assert_eq!(received.unreadable, None);
}
