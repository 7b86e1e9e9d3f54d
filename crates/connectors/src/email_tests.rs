use std::collections::BTreeMap;

use model::{Extra, InboundEvent, InboundFile, InboundMessage, MessageId, MessageState, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::contract::{Arrived, Letter, MailAddress, Refused, Speaker};

pub(super) const AT: Timestamp = Timestamp::from_secs(1_795_305_600);

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/email/", $name, ".eml")).as_slice()
    };
}

pub(super) fn account() -> ChannelAccount {
    let settings = [
        ("address", "Support@Tide.Example"),
        ("imap_host", "imap.tide.example"),
        ("smtp_host", "smtp.tide.example"),
        ("authserv_id", "mx.tide.example"),
        ("signature", "{{agent}}, Tidewater"),
    ];
    let secrets = [("imap_password", "in"), ("smtp_password", "out"), ("signing_key", "key"), ("parse_secret", "hush")];
    let owned =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>();
    ChannelAccount {
        id: model::Ids::new(AT, 7).next(),
        kind: "email".into(),
        name: "Support".into(),
        address: "support@tide.example".into(),
        enabled: true,
        settings: owned(&settings),
        secrets: owned(&secrets),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: "https://desk.example/in/email/KA1".into(),
        version: 1,
    }
}

fn take(raw: &[u8]) -> Received {
    let account = account();
    let mail = Incoming::Mail { id: "mail:box:5 0000000009", body: raw, came_at: None, whole: true };
    Email.receive(&Recipient::Account(&account), &mail, AT).unwrap()
}

fn arrived(raw: &[u8]) -> Arrived {
    take(raw).batches.remove(0).events.remove(0)
}

fn message(raw: &[u8]) -> InboundMessage {
    match arrived(raw).event {
        InboundEvent::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn beside(message: &InboundMessage) -> (String, String, String, BTreeMap<String, String>, bool) {
    match &message.extras[0] {
        Extra::Mail { sender, quoted, html, pictures, automatic, .. } => {
            (sender.clone(), quoted.clone(), html.clone(), pictures.clone(), *automatic)
        }
        other => panic!("{other:?}"),
    }
}

fn ids() -> model::Ids {
    model::Ids::new(AT, 3)
}

fn work(context: Value, person: bool) -> Work {
    let message: MessageId = ids().next();
    Work::Part {
        part: Part {
            text: "Red is <42>.".into(),
            speaker: Speaker { person, name: "Ana".into(), ..Default::default() },
            ..Part::default()
        },
        to: "kim@mail.example".into(),
        thread: "mid:first@mail.example".into(),
        context,
        message: Some(message),
        no: 0,
        heard_at: None,
    }
}

fn letter(work: &Work) -> Letter {
    match Email.next(&account(), work, &Value::Null, AT) {
        Step::Post(letter) => *letter,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mail_becomes_a_message_of_a_proven_sender() {
    let received = take(fixture!("plain"));
    assert_eq!(received.cursors, [Cursor { key: "mail:box:5".into(), value: "0000000009".into() }]);
    let one = arrived(fixture!("plain"));
    assert_eq!((one.external_id.as_str(), one.keys[0].as_str()), ("mid:first@mail.example", "mid:first@mail.example"));
    assert!(one.keys[1].starts_with("plus:"), "so that its reply address finds it: {:?}", one.keys);
    let said = message(fixture!("plain"));
    assert_eq!(
        (said.text.as_str(), said.from.external_id.as_str(), said.from.name.as_str()),
        ("Which size is red?", "kim@mail.example", "Kim, Min-ji")
    );
    assert!(said.from.verified && !said.automatic);
    let (sender, quoted, html, _, _) = beside(&said);
    assert_eq!((sender.as_str(), html.as_str()), ("proven", ""));
    assert!(quoted.contains("> Welcome"), "{quoted}");
    assert_eq!(said.context["subject"], "Größe 김");
    assert_eq!(said.context["copies"], json!(["boss@mail.example"]), "everybody but us");
}

/// Proves S19.
#[test]
fn only_our_own_server_vouches_and_only_for_this_sender() {
    let plain = String::from_utf8_lossy(fixture!("plain")).into_owned();
    let sender = |mail: &str| beside(&message(mail.as_bytes())).0;
    assert_eq!(sender(&plain.replacen("mx.tide.example", "mx.evil.example", 1)), "unknown");
    assert_eq!(sender(&plain.replace("header.from=mail.example", "header.from=evil.example")), "unknown");
    assert_eq!(sender(&plain.replace("dmarc=pass", "dmarc=fail")), "refuted");
    assert_eq!(sender(&plain.replace("dmarc=pass (p=none)", "x=y (dmarc=pass header.from=mail.example)")), "unknown");
    let below =
        plain.replacen("Authentication-Results: mx", "X-Old: mx", 1).replace("evil.example; dmarc=fail", "mx.tide.example; dmarc=none");
    assert_eq!(sender(&below), "unknown");
    let several = plain.replace("From: \"Kim", "From: a@evil.example, \"Kim");
    assert!(take(several.as_bytes()).unreadable.is_some(), "an ambiguous sender is nobody");
}

#[test]
fn nested_mails_bring_their_files_and_a_harmless_layout() {
    let said = message(fixture!("nested"));
    assert_eq!(said.text, "Grüße € 5");
    let (_, _, html, pictures, _) = beside(&said);
    assert!(html.contains("cid:logo@mail.example") && !html.contains("script"), "{html}");
    assert_eq!(pictures.get("logo@mail.example").map(String::as_str), Some("logo.png"));
    let files: Vec<(String, String, String)> = said
        .files
        .into_iter()
        .map(|file| match file {
            InboundFile::Kept { piece, media_type, name } => (piece, media_type, name),
            other => panic!("{other:?}"),
        })
        .collect();
    let names: Vec<&str> = files.iter().map(|(_, _, name)| name.as_str()).collect();
    for name in ["logo.png", "winmail.dat", "Before.eml", "김 a.pdf"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(files.iter().any(|(_, kind, name)| kind == "text/calendar" && name.ends_with(".ics")), "{files:?}");
    let (piece, ..) = files.iter().find(|(_, _, name)| name.ends_with(".pdf")).unwrap();
    assert_eq!(inbound::piece(fixture!("nested"), piece), Some((b"%PDF".to_vec(), "application/pdf".into())));
    let (piece, ..) = files.iter().find(|(_, _, name)| name == "Before.eml").unwrap();
    assert!(String::from_utf8(inbound::piece(fixture!("nested"), piece).unwrap().0).unwrap().contains("An old mail"));
    assert_eq!(inbound::piece(fixture!("nested"), "999"), None);
}

#[test]
fn of_a_letter_whose_head_alone_was_fetched_nothing_is_made_up() {
    let nested = fixture!("nested");
    let head = nested.windows(4).position(|end| end == b"\r\n\r\n").map(|at| &nested[..at + 4]).unwrap();
    let mut received = inbound::received(&account(), head, Some(AT), false);
    let InboundEvent::Message(said) = received.batches.remove(0).events.remove(0).event else { panic!("no message") };
    assert_eq!((said.text.as_str(), said.files.len()), ("", 0));
    assert!(said.extras.contains(&Extra::Unsupported { what: "mail_too_large".into() }), "{:?}", said.extras);
}

#[test]
fn a_file_is_read_from_what_was_kept_of_the_delivery() {
    let delivery: model::DeliveryId = ids().next();
    let event = arrived(fixture!("nested")).into_inbound(account().id, delivery, AT, &mut ids()).event;
    let InboundEvent::Message(said) = event else { panic!("{event:?}") };
    let InboundFile::Url { url, .. } = said.files.last().unwrap() else { panic!("{:?}", said.files) };
    let media = Work::Media { url: url.clone() };
    assert_eq!(Email.next(&account(), &media, &Value::Null, AT), Step::Kept(delivery));
    let kept = Reply::Http { status: 200, headers: vec![], body: fixture!("nested").to_vec() };
    let file = Email.outcome(&account(), &media, &Value::Null, &kept, AT);
    assert_eq!(file, Outcome::File { bytes: b"%PDF".to_vec(), media_type: "application/pdf".into() });
    let gone = Reply::Http { status: 404, headers: vec![], body: vec![] };
    assert!(matches!(Email.outcome(&account(), &media, &Value::Null, &gone, AT), Outcome::Failed(_)));
}

#[test]
fn what_is_broken_is_read_as_far_as_it_goes() {
    let said = message(fixture!("broken"));
    assert_eq!(said.from.external_id, "joerg@mail.example");
    assert_eq!(said.provider_id, "two@at@mail.example", "an id is taken as it is");
    assert!(said.text.starts_with("caf"), "{}", said.text);
    for file in &said.files {
        let InboundFile::Kept { name, .. } = file else { panic!("{file:?}") };
        assert!(!name.contains('/'), "{name}");
    }
    let html = message(fixture!("html-only"));
    assert_eq!(html.text, "안녕하세요 신발");
    assert_eq!(html.context["reply_to"], "other@mail.example");
    // Cut anywhere, nothing panics and nothing is lost without a word.
    for name in [fixture!("nested"), fixture!("plain"), fixture!("bounce"), fixture!("broken")] {
        for end in (0..name.len()).step_by(7) {
            take(&name[..end]);
        }
    }
}

#[test]
fn the_same_mail_has_the_same_name_even_without_an_id() {
    let plain = String::from_utf8_lossy(fixture!("plain")).replace("Message-ID: <first@mail.example>\r\n", "");
    let again = plain.replace("Return-Path: <kim@mail.example>", "Return-Path: <kim@mail.example>\r\nReceived: from x");
    assert_eq!(arrived(plain.as_bytes()).external_id, arrived(again.as_bytes()).external_id);
    assert_ne!(arrived(plain.as_bytes()).external_id, arrived(plain.replace("red", "blue").as_bytes()).external_id);
}

/// Proves S19.
#[test]
fn a_reply_joins_by_our_address_and_by_our_id_only_as_a_claim() {
    let sent = letter(&work(json!({}), true));
    let reply_to = sent.reply_to.clone().unwrap().address;
    let token = reply_to.split(['+', '@']).nth(1).unwrap().to_owned();
    let first = arrived(fixture!("plain"));
    assert_eq!(first.keys[1], format!("plus:{token}"), "the thread is known by the token of its first mail");
    let plain = String::from_utf8_lossy(fixture!("plain")).replace("first@mail.example", "second@mail.example");
    let to_us = arrived(plain.replace("To: Support <support@tide.example>", &format!("To: <{reply_to}>")).as_bytes());
    assert_eq!(to_us.keys, [format!("plus:{token}"), "mid:second@mail.example".into()]);
    let forged = reply_to.replace(&token, &"a".repeat(24));
    let forged = arrived(plain.replace("To: Support <support@tide.example>", &format!("To: <{forged}>")).as_bytes());
    assert_eq!(forged.keys[0], "mid:second@mail.example", "a token that is not ours names nothing");
    let answers =
        plain.replace("MIME-Version", &format!("In-Reply-To: <{}>\r\nReferences: <first@mail.example>\r\nMIME-Version", sent.message_id));
    let answer = arrived(answers.as_bytes());
    let InboundEvent::Message(said) = &answer.event else { panic!() };
    assert_eq!((answer.keys[0].as_str(), said.claims[0].as_str()), ("mid:second@mail.example", format!("plus:{token}").as_str()));
    assert!(said.claims.contains(&"mid:first@mail.example".to_owned()));
    let unproven = answers.replace("dmarc=pass", "dmarc=none");
    assert!(message(unproven.as_bytes()).claims.is_empty(), "nobody vouches for the sender");
    let subject_alone = plain.replace("first", "third");
    assert!(message(subject_alone.as_bytes()).claims.is_empty());
}

/// Proves S20.
#[test]
fn machines_are_known_and_our_own_mail_is_dropped() {
    for (raw, automatic) in
        [(fixture!("absence"), true), (fixture!("list"), true), (fixture!("plain"), false), (fixture!("html-only"), false)]
    {
        let said = message(raw);
        assert_eq!((said.automatic, beside(&said).4), (automatic, automatic));
        assert_eq!(Email.bot_may_answer(&said.context), !automatic);
    }
    let plain = String::from_utf8_lossy(fixture!("plain")).into_owned();
    let with = |line: &str| message(plain.replacen("From:", &format!("{line}\r\nFrom:"), 1).as_bytes()).automatic;
    assert!(with("Precedence: bulk") && with("X-Autoreply: yes") && with("Auto-Submitted: auto-generated") && with("X-Seaway-Loop: other"));
    assert!(!with("Auto-Submitted: no") && !with("X-Priority: 1"));
    assert!(message(plain.replace("Kim@Mail.Example", "no-reply@mail.example").as_bytes()).automatic);
    let own = plain.replacen("From:", &format!("X-Seaway-Loop: {}\r\nFrom:", account().id), 1);
    assert!(take(own.as_bytes()).batches.is_empty());
    assert!(take(plain.replace("Kim@Mail.Example", "support@tide.example").as_bytes()).batches.is_empty());
}

#[test]
fn a_bounce_fails_the_letter_it_names_and_no_other() {
    let sent = letter(&work(json!({}), true));
    let bounce = String::from_utf8_lossy(fixture!("bounce")).replace("ORIGINAL", &sent.message_id);
    let one = arrived(bounce.as_bytes());
    assert!(one.keys[0].starts_with("plus:"));
    let InboundEvent::Receipt(receipt) = one.event else { panic!("{:?}", one.event) };
    assert_eq!((receipt.provider_id, receipt.state), (sent.message_id.clone(), MessageState::Failed));
    let problem = receipt.problem.unwrap();
    assert_eq!(problem.code, "recipient_unreachable");
    assert!(problem.detail.contains("no such user here"), "{}", problem.detail);
    let late = bounce.replace("Action: failed", "Action: delayed").replace("5.1.1", "4.4.1");
    assert!(matches!(arrived(late.as_bytes()).event, InboundEvent::Receipt(r) if r.state == MessageState::Sent && r.problem.is_none()));
    let two = bounce.replace(
        "Final-Recipient: rfc822; kim",
        "Final-Recipient: rfc822; boss@mail.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822; kim",
    );
    let told: Vec<_> = take(two.as_bytes()).batches.remove(0).events.into_iter().map(|one| (one.external_id, one.event)).collect();
    let [(first, InboundEvent::Receipt(boss)), (second, InboundEvent::Receipt(kim))] = told.as_slice() else { panic!("{told:?}") };
    assert_ne!(first, second);
    assert_eq!((boss.recipient.as_str(), boss.state), ("boss@mail.example", MessageState::Delivered));
    assert_eq!((kim.recipient.as_str(), kim.state), ("kim@mail.example", MessageState::Failed), "each recipient has a fate of their own");
    let strange = bounce.replace(&sent.message_id, "somebody@else.example");
    assert!(message(strange.as_bytes()).automatic, "about a letter that we never sent");
}

#[test]
fn an_answer_has_the_right_head() {
    let context = json!({ "subject": "Re: AW: Größe", "references": ["x@y", "first@mail.example"], "answers": "first@mail.example", "copies": ["boss@mail.example"] });
    let sent = letter(&work(context.clone(), true));
    assert_eq!(sent.subject, "Re: Größe");
    assert_eq!((sent.in_reply_to.as_deref(), sent.references.len()), (Some("first@mail.example"), 2));
    assert_eq!((sent.sender.as_str(), sent.recipients.len()), ("support@tide.example", 2));
    assert_eq!(sent.from, MailAddress { name: "Ana".into(), address: "support@tide.example".into() });
    assert!(sent.text.ends_with("-- \nAna, Tidewater") && sent.html.contains("&lt;42&gt;"), "{}", sent.html);
    assert!(!sent.headers.iter().any(|(name, _)| name == "Auto-Submitted"), "a person wrote it");
    assert_eq!(sent.message_id, letter(&work(context.clone(), true)).message_id, "the same on each try");
    let bot = letter(&work(context, false));
    assert_eq!((bot.sender.as_str(), bot.cc.len(), bot.recipients.len()), ("", 0, 1), "nobody but the customer hears a machine");
    assert!(bot.headers.contains(&("Auto-Submitted".into(), "auto-replied".into())));
    let long: Vec<String> = (0..40).map(|no| format!("{no}@x")).collect();
    let long = letter(&work(json!({ "references": long }), true)).references;
    assert_eq!((long.len(), long[0].as_str(), long[19].as_str()), (20, "0@x", "39@x"), "the first and the latest");
}

#[test]
fn what_a_thread_is_about_is_said_without_marks() {
    let about = |context: serde_json::Value| Email.subject(&account(), &context);
    let written = |subject: &str| about(json!({ "subject": subject }));
    assert_eq!(written("Re: AW: [RE]: Größe 김").as_deref(), Some("[RE]: Größe 김"));
    assert_eq!(written("RE[2]: Sv: 회신: 주문 1042").as_deref(), Some("주문 1042"));
    assert_eq!(written("Order: 1042").as_deref(), Some("Order: 1042"));
    assert_eq!(written("رد: تأخر الطلب 🚚").as_deref(), Some("تأخر الطلب 🚚"));
    assert_eq!((written("Re:"), written(""), about(json!(null))), (None, None, None));
    assert_eq!(about(json!({ "first_subject": "Ihre Bestellung" })).as_deref(), Some("Ihre Bestellung"));
    assert_eq!(about(json!({ "first_subject": "Ihre Bestellung", "subject": "Neue Adresse" })).as_deref(), Some("Neue Adresse"));
}

#[test]
fn the_first_letter_has_the_subject_that_was_chosen() {
    let conversation = model::Ids::new(AT, 1).next();
    let opened = |subject| Email.first_thread(&account(), &Opening { external_id: "mia@mail.example", conversation, subject }).unwrap();
    let ((chosen_key, chosen), (key, plain)) = (opened("Ihre Bestellung: 1042"), opened(""));
    assert_eq!(chosen_key, key, "the same place for their answer");
    assert_eq!(letter(&work(chosen, true)).subject, "Ihre Bestellung: 1042");
    assert_eq!(letter(&work(plain, true)).subject, account().name);
    let answered = json!({ "first_subject": "Ihre Bestellung: 1042", "subject": "Re: Ihre Bestellung: 1042" });
    assert_eq!(letter(&work(answered, true)).subject, "Re: Ihre Bestellung: 1042");
    assert!(Email.first_thread(&account(), &Opening { external_id: "+49176", conversation, subject: "" }).is_none());
}

#[test]
fn each_answer_of_the_mail_server_has_its_outcome() {
    let work = work(json!({}), true);
    let judged = |reply: Reply| Email.outcome(&account(), &work, &Value::Null, &reply, AT);
    let at = |stage, code, said: &str| Reply::Mail { stage, code, said: said.into(), refused: vec![] };
    let code = |outcome: Outcome| match outcome {
        Outcome::Failed(problem) => problem.code,
        other => format!("{other:?}"),
    };
    assert_eq!(judged(at(MailStage::Done, 250, "ok")), Outcome::Sent(vec![letter(&work).message_id]));
    assert!(matches!(judged(at(MailStage::Recipients, 451, "4.7.1 greylisted")), Outcome::HoldThread { .. }), "letters to others go on");
    assert!(matches!(judged(at(MailStage::Recipients, 421, "closing")), Outcome::RetryAfter { .. }));
    assert!(matches!(judged(at(MailStage::Greeting, 421, "busy")), Outcome::RetryAfter { .. }));
    assert_eq!(code(judged(at(MailStage::Recipients, 550, "5.1.1 no user"))), "recipient_unreachable");
    assert_eq!(code(judged(at(MailStage::Recipients, 552, "5.2.2 full"))), "mailbox_full");
    assert_eq!(code(judged(at(MailStage::Content, 552, "5.3.4 too big"))), "too_large");
    assert_eq!(code(judged(at(MailStage::Content, 554, "5.7.1 spam"))), "refused_by_policy");
    assert_eq!(judged(at(MailStage::SignIn, 535, "no")), Outcome::NeedsRefresh);
    assert!(matches!(judged(at(MailStage::SignIn, 454, "later")), Outcome::RetryAfter { .. }));
    assert!(matches!(judged(Reply::NotSent("cut".into())), Outcome::RetryAfter { .. }));
    assert!(matches!(judged(Reply::Unknown("after the dot".into())), Outcome::Uncertain(_)));
    let partly = |address: &str| Reply::Mail {
        stage: MailStage::Done,
        code: 250,
        said: String::new(),
        refused: vec![Refused { address: address.into(), code: 550, said: "5.1.1 no".into() }],
    };
    assert!(matches!(judged(partly("boss@mail.example")), Outcome::Sent(_)), "a copy that was refused");
    assert_eq!(code(judged(partly("kim@mail.example"))), "recipient_unreachable");
    let find = Work::Find { part: Part::default(), to: String::new(), sent_after: AT };
    assert_eq!(Email.outcome(&account(), &find, &Value::Null, &at(MailStage::Done, 221, ""), AT), Outcome::NotThere);
}

#[test]
fn each_wrong_setting_is_named() {
    let named = |what: &'static str, reply: Reply| match Email.outcome(&account(), &Work::Check(what), &Value::Null, &reply, AT) {
        Outcome::Problem(problem) => (problem.setting, problem.code),
        other => panic!("{other:?}"),
    };
    let at = |stage| Reply::Mail { stage, code: 0, said: "no".into(), refused: vec![] };
    let pair = |setting: &str, code: &str| (setting.to_owned(), code.to_owned());
    assert_eq!(named(LINE, at(MailStage::SignIn)), pair("imap_password", "imap_login"));
    assert_eq!(named(LINE, at(MailStage::Folder)), pair("imap_folder", "imap_folder"));
    assert_eq!(named(LINE, Reply::NotSent("refused".into())), pair("imap_host", "imap_unreachable"));
    assert_eq!(named("smtp", at(MailStage::Secure)), pair("smtp_security", "smtp_tls"));
    let mut wrong = account();
    for (key, value) in [("imap_port", "0"), ("smtp_security", "ssl3"), ("address", "a b@c")] {
        wrong.settings.insert(key.into(), value.into());
    }
    let codes: Vec<String> = Email.check_settings(&wrong).into_iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["bad_address", "bad_port", "bad_security"]);
    assert!(Email.check_settings(&account()).is_empty());
}

#[test]
fn a_parse_webhook_brings_the_raw_mail_and_knows_the_secret() {
    let account = account();
    let post = |target: &str, headers: &[(&str, &str)], body: &[u8]| {
        let headers: Vec<(String, String)> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Email.receive(&Recipient::Account(&account), &Incoming::Request { method: "POST", target, headers: &headers, body }, AT)
    };
    let raw = String::from_utf8_lossy(fixture!("html-only")).into_owned();
    let json = json!({ "RawEmail": raw }).to_string();
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("body-mime", &raw).finish();
    let multipart = format!(
        "--b\r\nContent-Disposition: form-data; name=\"subject\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n{raw}\r\n--b--\r\n"
    );
    let shapes = [
        ("application/json", json),
        ("application/x-www-form-urlencoded", form),
        ("multipart/form-data; boundary=b", multipart),
        ("message/rfc822", raw.clone()),
    ];
    for (kind, body) in &shapes {
        let received = post("/in/email/KA1?key=hush", &[("content-type", kind)], body.as_bytes()).unwrap();
        assert_eq!(received.batches[0].events[0].external_id, "mid:html@mail.example", "{kind}");
    }
    let basic = STANDARD.encode("any:hush");
    assert!(post("/in/email/KA1", &[("authorization", &format!("Basic {basic}"))], raw.as_bytes()).is_ok());
    assert!(post("/in/email/KA1?key=wrong", &[], raw.as_bytes()).is_err());
    assert!(post("/in/email/KA1", &[], raw.as_bytes()).is_err());
    assert!(post("/in/email/KA1?key=hush", &[("content-type", "application/json")], b"{}").unwrap().unreadable.is_some());
}

#[test]
fn tokens_are_renewed_before_they_end() {
    let mut account = account();
    account.settings.insert("oauth_token_url".into(), "https://login.example/token".into());
    account.secrets.insert("oauth_refresh_token".into(), "r1".into());
    let Step::Http(request) = Email.next(&account, &Work::Refresh, &Value::Null, AT) else { panic!() };
    assert_eq!(request.url, "https://login.example/token");
    let reply = |status, body: &str| Reply::Http { status, headers: vec![], body: body.as_bytes().to_vec() };
    let fresh = Email.outcome(&account, &Work::Refresh, &Value::Null, &reply(200, r#"{"access_token":"a2","expires_in":3600}"#), AT);
    let secrets = BTreeMap::from([("oauth_access_token".to_owned(), "a2".to_owned())]);
    assert_eq!(fresh, Outcome::Credential { secrets, expires_at: Some(AT.plus_secs(3_600)), refresh_at: Some(AT.plus_secs(2_880)) });
    assert!(matches!(Email.outcome(&account, &Work::Refresh, &Value::Null, &reply(400, "{}"), AT), Outcome::Problem(_)));
    assert!(matches!(Email.outcome(&account, &Work::Refresh, &Value::Null, &reply(503, ""), AT), Outcome::RetryAfter { .. }));
    let Some(Line::Mailbox(mailbox)) = Email.line(&account) else { panic!() };
    assert!(matches!(mailbox.server.login, Login::Bearer { .. }) && mailbox.server.port == 993);
    assert!(!format!("{mailbox:?}").contains("a2"), "a secret in a log");
}

#[test]
fn cards_are_written_out_in_the_letter() {
    let parts = Email.split(&account(), &crate::card::tests::message());
    assert_eq!((parts.len(), parts[0].files.len(), parts[0].cards.len()), (1, 1, 0));
    assert!(parts[0].text.contains("1. Book\nLook: https://x.example/1") && parts[0].text.ends_with("2. Book"), "{}", parts[0].text);
}
