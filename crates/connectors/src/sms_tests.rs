use super::*;
use crate::samples::{self, send, text_part};
use crate::signature::hmac_sha1_base64;

fn sms() -> ChannelAccount {
    let settings =
        [("account_sid", "AC00000000000000000000000000000000"), ("number", "+15005550006"), ("api_base_url", "http://carrier.test")];
    let account = samples::account("sms", &settings, &[("auth_token", "12345")]);
    ChannelAccount { webhook_url: "https://mycompany.com/myapp.php".into(), ..account }
}

fn signed(url: &str, account: &ChannelAccount, target: &str, form: &[(&str, &str)]) -> Result<Received, Rejected> {
    let mut sorted = form.to_vec();
    sorted.sort();
    let data: String = sorted.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let signature = hmac_sha1_base64("12345", format!("{url}{data}").as_bytes());
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers =
        [("X-Twilio-Signature".to_owned(), signature), ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let incoming = Incoming::Request { method: "POST", target, headers: &headers, body: body.as_bytes() };
    Sms.receive(&Recipient::Account(account), &incoming, Timestamp::from_secs(1_800_000_000))
}

fn one(received: Result<Received, Rejected>) -> Arrived {
    received.unwrap().batches.remove(0).events.remove(0)
}

/// The published vectors, fed through the verifier itself.
/// Proves I0.3 and S22.
#[test]
fn published_signatures_fit() {
    let form = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
    ];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let check = |webhook: &str, target: &str, kind: &str, body: &[u8], signature: &str| {
        let mut account = sms();
        account.webhook_url = webhook.into();
        let headers = [("x-twilio-signature".to_owned(), signature.to_owned()), ("content-type".to_owned(), kind.to_owned())];
        verify(&account, "POST", target, &headers, body, &form_of(body))
    };
    let urlencoded = "application/x-www-form-urlencoded";
    let target = "/myapp.php?foo=1&bar=2";
    let plain = "https://mycompany.com/myapp.php";
    assert_eq!(check(plain, target, urlencoded, body.as_bytes(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="), Ok(()));
    assert_eq!(
        check(plain, target, urlencoded, body.as_bytes(), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        Ok(()),
        "the default port may be spelled out"
    );
    assert_eq!(check("http://mycompany.com:1234/myapp.php", target, urlencoded, body.as_bytes(), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="), Ok(()));
    assert_eq!(check("http://mycompany.com/myapp.php", target, urlencoded, body.as_bytes(), "0ZXoZLH/DfblKGATFgpif+LLRf4="), Ok(()));
    let repeated = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234";
    assert_eq!(check(plain, target, urlencoded, repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="), Ok(()));
    let json = br#"{"property": "value", "boolean": true}"#;
    let hashed = "/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    assert_eq!(check(plain, hashed, "application/json", json, "a9nBmqA0ju/hNViExpshrM61xv4="), Ok(()));
    assert!(check(plain, hashed, "application/json", b"{}", "a9nBmqA0ju/hNViExpshrM61xv4=").is_err(), "another body");
    assert!(check(plain, target, urlencoded, b"Digits=1", "RSOYDt4T1cUTdK1PDd93/VVr8B8=").is_err());
    assert!(check("https://other.com/myapp.php", target, urlencoded, body.as_bytes(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=").is_err());
}

#[test]
fn a_picture_message_is_one_event_of_its_sender() {
    let body = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sms/mms.form")).unwrap();
    let form = form_of(body.trim().as_bytes());
    let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let arrived = one(signed("https://mycompany.com/myapp.php", &sms(), "/myapp.php", &pairs));
    assert_eq!(arrived.external_id, "MM00000000000000000000000000000001");
    assert_eq!(arrived.keys, ["+14155550100"]);
    let InboundEvent::Message(message) = arrived.event else { panic!("not a message") };
    assert_eq!(message.text, "look");
    assert!(message.from.verified && !message.from.scoped);
    assert!(matches!(&message.files[..], [InboundFile::Url { media_type, .. }] if media_type == "image/jpeg"));
    assert_eq!(message.raw["From"], "+14155550100");
}

#[test]
fn receipts_name_our_message() {
    let url = "https://mycompany.com/myapp.php?message=IM00000000000000000000000000000001-3";
    let form =
        [("MessageSid", "SM2"), ("MessageStatus", "undelivered"), ("ErrorCode", "30005"), ("To", "+14155550100"), ("From", "+15005550006")];
    let arrived = one(signed(url, &sms(), "/myapp.php?message=IM00000000000000000000000000000001-3", &form));
    assert_eq!(arrived.external_id, "SM2:undelivered");
    let InboundEvent::Receipt(receipt) = arrived.event else { panic!("not a receipt") };
    assert_eq!(receipt.state, MessageState::Failed);
    assert_eq!(receipt.problem.unwrap().code, "unreachable_number");
    assert_eq!((receipt.ours.map(|id| id.to_string()), receipt.part), (Some("IM00000000000000000000000000000001".into()), Some(3)));
}

#[test]
fn stop_and_start_change_consent() {
    let send = |body: &str| {
        one(signed(
            "https://mycompany.com/myapp.php",
            &sms(),
            "/myapp.php",
            &[("MessageSid", "SM1"), ("From", "+14155550100"), ("Body", body)],
        ))
        .event
    };
    assert!(matches!(send(" stop "), InboundEvent::OptOut { .. }));
    assert!(matches!(send("START"), InboundEvent::OptIn { .. }));
    assert!(matches!(send("stop sending me the wrong kettle"), InboundEvent::Message(_)));
}

#[test]
fn what_was_signed_but_makes_no_sense_is_kept_aside() {
    let received = signed("https://mycompany.com/myapp.php", &sms(), "/myapp.php", &[("Body", "no sid")]).unwrap();
    assert_eq!(received.answer.status, 200);
    assert!(received.unreadable.is_some());
}

/// Proves I6.4.
#[test]
fn a_send_is_one_request_that_must_not_be_repeated() {
    let mut work = send(text_part("Hello Ünï"), "+14155550100");
    if let Work::Part { message, .. } = &mut work {
        *message = None;
    }
    let Step::Http(request) = Sms.next(&sms(), &work, &Value::Null, Timestamp::from_secs(1)) else { panic!("no request") };
    assert_eq!(request.url, "http://carrier.test/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json");
    assert_eq!(request.repeatable, Repeatable::Never);
    let Body::Bytes(body) = &request.body else { panic!("no body") };
    let form: BTreeMap<_, _> = form_of(body).into_iter().collect();
    assert_eq!(form["Body"], "Hello Ünï");
    assert_eq!(form["StatusCallback"], "https://mycompany.com/myapp.php#rc=5&rp=all");
    let Step::Http(named) = Sms.next(&sms(), &send(text_part("Hello"), "+14155550100"), &Value::Null, Timestamp::from_secs(1)) else {
        panic!("no request")
    };
    let Body::Bytes(body) = &named.body else { panic!("no body") };
    let form: BTreeMap<_, _> = form_of(body).into_iter().collect();
    assert_eq!(form["StatusCallback"], "https://mycompany.com/myapp.php?message=IM00000000000000000000000000000000-0#rc=5&rp=all");
}

#[test]
fn what_no_phone_shows_leaves_as_a_link_and_is_found_by_its_file() {
    let file = |key: &str, media_type: &str| FileRef {
        key: key.into(),
        media_type: media_type.into(),
        url: format!("https://files.example/f/WS1/{key}/x?e=1"),
        ..FileRef::default()
    };
    let files = vec![file("IF1", "image/png"), file("IF2", "application/pdf")];
    let parts = Sms.split(&sms(), &Outbound { text: "Both".into(), files, ..Outbound::default() });
    let shape = |part: &Part| (part.text.clone(), part.files.iter().map(|file| file.key.clone()).collect::<Vec<_>>());
    assert_eq!(parts.iter().map(shape).collect::<Vec<_>>(), [("Both".into(), vec!["IF1".into()]), (String::new(), vec!["IF2".into()])]);
    let work = |part: &Part| Work::Part {
        part: part.clone(),
        to: "+14155550100".into(),
        thread: "+14155550100".into(),
        context: Value::Null,
        message: None,
        no: 0,
        heard_at: None,
    };
    let Step::Http(request) = Sms.next(&sms(), &work(&parts[1]), &Value::Null, Timestamp::from_secs(1)) else { panic!() };
    let Body::Bytes(form) = request.body else { panic!() };
    let form = form_of(&form);
    assert!(form.contains(&("Body".into(), "https://files.example/f/WS1/IF2/x?e=1".into())), "{form:?}");
    assert!(form.iter().all(|(name, _)| name != "MediaUrl"), "{form:?}");
    assert!(says("https://files.example/f/WS1/IF2/x?e=2", &parts[1]) && !says("https://files.example/f/WS1/IF3/x", &parts[1]));
}

#[test]
fn every_reply_has_one_meaning() {
    let work = send(text_part("x"), "+1");
    let hear = |status: u16, body: &str| {
        Sms.outcome(&sms(), &work, &Value::Null, &Reply::Http { status, headers: vec![], body: body.into() }, Timestamp::from_secs(1))
    };
    assert_eq!(hear(201, r#"{"sid":"SM1"}"#), Outcome::Sent(vec!["SM1".into()]));
    assert!(matches!(hear(400, r#"{"code":21610,"message":"x"}"#), Outcome::Failed(p) if p.code == "opted_out"));
    assert!(matches!(hear(429, "{}"), Outcome::RetryAfter { .. }));
    assert!(matches!(hear(401, r#"{"code":20003}"#), Outcome::Problem(p) if p.setting == "auth_token"));
    assert!(matches!(hear(502, "<html>"), Outcome::Uncertain(_)));
    assert!(matches!(
        Sms.outcome(&sms(), &work, &Value::Null, &Reply::NotSent("refused".into()), Timestamp::from_secs(1)),
        Outcome::RetryAfter { .. }
    ));
    assert!(matches!(
        Sms.outcome(&sms(), &work, &Value::Null, &Reply::Unknown("reset".into()), Timestamp::from_secs(1)),
        Outcome::Uncertain(_)
    ));
}

#[test]
fn long_texts_are_cut_between_words_and_never_inside_a_character() {
    let message = Outbound { text: "안녕 ".repeat(700), ..Outbound::default() };
    let parts = Sms.split(&sms(), &message);
    assert!(parts.len() >= 2);
    assert!(parts.iter().all(|part| part.text.chars().count() <= BODY_LIMIT));
    let joined: String = parts.iter().map(|part| part.text.clone() + " ").collect();
    assert_eq!(joined.trim(), message.text.trim());
    let emoji = Outbound { text: "👩‍👩‍👧".repeat(700), ..Outbound::default() };
    assert_eq!(Sms.split(&sms(), &emoji).iter().map(|part| part.text.as_str()).collect::<String>(), emoji.text);
}

/// Proves I0.6.
#[test]
fn missed_messages_come_in_by_their_own_id() {
    let list = json!({ "messages": [
        { "sid": "SM10", "from": "+14155550100", "to": "+15005550006", "body": "in the same second", "direction": "inbound", "date_created": "Wed, 01 Jan 2025 00:00:05 +0000" },
        { "sid": "SM9", "from": "+14155550100", "to": "+15005550006", "body": "later", "direction": "inbound", "date_created": "Wed, 01 Jan 2025 00:00:05 +0000" },
        { "sid": "SM8", "from": "+14155550100", "to": "+15005550006", "body": "first", "direction": "inbound", "date_created": "Wed, 01 Jan 2025 00:00:00 +0000" },
        { "sid": "SM7", "from": "+15005550006", "to": "+14155550100", "body": "ours", "direction": "outbound-api" }
    ], "next_page_uri": null });
    let reply = Reply::Http { status: 200, headers: vec![], body: list.to_string().into_bytes() };
    let Outcome::Received(events, cursor) =
        Sms.outcome(&sms(), &Work::Missed { since: None, list: None }, &Value::Null, &reply, Timestamp::from_secs(1_800_000_000))
    else {
        panic!()
    };
    assert_eq!(events.iter().map(|e| e.external_id.as_str()).collect::<Vec<_>>(), ["SM8", "SM9", "SM10"]);
    assert!(cursor.is_some());
}

/// The number is asked for among the account's own, and where it tells what is written to it.
#[test]
fn each_mistake_at_the_number_is_named() {
    let account = sms();
    let number = Sms.address(&account);
    let check = |what: &'static str, status: u16, body: Value| match Sms.outcome(
        &account,
        &Work::Check(what),
        &Value::Null,
        &crate::samples::answer(status, &body.to_string()),
        Timestamp::from_secs(1),
    ) {
        Outcome::Problem(problem) => format!("{} {}", problem.setting, problem.code),
        other => format!("{other:?}"),
    };
    let listed = |number: &str, url: &str| json!({ "incoming_phone_numbers": [{ "phone_number": number, "sms_url": url }] });
    let ours = format!("{}#rc=5&rp=all", account.webhook_url);
    assert_eq!(check("number", 200, listed(&number, "")), "Fine");
    assert_eq!(check("number", 200, listed("+15005550199", &ours)), "number unknown_number");
    assert_eq!(check("number", 404, json!({})), "Fine", "a gateway need not list numbers");
    assert_eq!(check("number", 401, json!({ "code": 20003 })), "auth_token bad_credentials");
    assert_eq!(check("webhook", 200, listed(&number, &ours)), "Fine");
    assert_eq!(check("webhook", 200, listed(&number, "")), "webhook_url webhook_missing");
    assert_eq!(check("webhook", 200, listed(&number, "https://old.example/in")), "webhook_url webhook_elsewhere");
    let mut served = account.clone();
    served.settings.insert("messaging_service_sid".into(), "MG00000000000000000000000000000001".into());
    assert_eq!(Sms.next(&served, &Work::Check("webhook"), &Value::Null, Timestamp::from_secs(1)), Step::Nothing, "the service has its own");
}

#[test]
fn cards_are_written_out_and_pictures_of_ours_go_with_them() {
    let parts = Sms.split(&sms(), &crate::card::tests::message());
    assert_eq!((parts.len(), parts[0].files.len(), parts[0].cards.len()), (1, 1, 0));
    assert!(parts[0].text.contains("1. Book\nLook: https://x.example/1") && parts[0].text.ends_with("2. Book"), "{}", parts[0].text);
}
