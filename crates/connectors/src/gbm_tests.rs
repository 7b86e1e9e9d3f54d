use super::*;
use crate::samples::{self, NOW, answer, asked, fixture, fixtures, message, picture, text_part, told};
use jsonwebtoken::{DecodingKey, Validation};
use model::{Ids, MessageId};

/// A key made for these tests, as base64 of its DER.
const PRIVATE: &str = "\
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC4x3/ssZDgWILBO6Nu44awLCOIuAZjil24AhA42rCeMWwc0o6lIYSpFFmZ6IR81NJY426FEfNRJI6d0g\
JC23XARROeD2lhhHTxhk5IogDaLvS66ayDIaclP0cgjF21U1WWhBMMgCQUcYgo2rdjTgddnNrLNYg8rF5yx9uiPkGhLJayI7GA1xrunUXpoCa41K9EMnbxihe7nBkct0iV\
wvSTU4Ci6dS3RaO3oi2W7X2a52sAuNQLc9hRw6IcLttqETGElNFg3qVVFB48k9NL2t/1I17TZnpCTvfsQcmrEy9mEfpwOmOHe/hTP+0hgjk820rlWseGGxY/byv7xvJLfP\
hzAgMBAAECggEAAIZAbLGMUbaumFHNAvGOXk2hxC+RhRLNdUo8NY0ZVzmYrvRCB2Hy+G/gWTl5tsj719i9ZY9Je395ECWacAojaWpIxfgROn+fvVe+PSKIkhX0B9vF65Fa\
4hYt43/CfFNCOO0jCLQMZip0Unlcb+G2z6M0U8NRIarzkavTicBXe1ed0Ng536jRH8S0LkBeWWUcY73apFWxglg4sHsqrETiYWPEQA+p7/Q1tG18fUG7Aa8ROnuQc/Zz5K\
nQ1WzA82+5Ou9v48nQ6FWoCU5hm+N5GtWllZ3Pn/mWb0K1uIYVkiMthBoVJnWvIgHa5hVIcf6cDbExatqDIjnB4cO0VmmZ0QKBgQDrVz3C/qMDdSi20IYvqk+eTEJvhsjc\
5/vsETzrxMJVwKC/WkofNtm90KLmTs/6GKHmCYIPgR8GfLx1VcTDpimLTP7CJJDt8b5c7m41G8ibzytmFY7SZufMaNgNvZ34PDsTRIQurG/T299L5CZPIseL52ioZflO9b\
4k4Szn6jLvjwKBgQDJAAB4TPOzkndhvYG9k2RUnMN1Q8Fx0/8Yzx3vfEdL3YGzwdxFKuK7vBFJAv7fJ1THpkuAX8tiMERtIdIthmrcXTSUbkG/cFJ96nmxFc7Vng1qnaRm\
FksUUwrKvu40GwuuWw9SY4iS/6bz58aKwIoLpuWVbU3Wyddq29v280Q23QKBgFIqLl0DDCTr5aAWI5NGse+BjnxjoYNG1zSvPAbQtky8KSNFwbUuME1OJ2GjSId3zCaFUU\
xad1uLdzy8CiuIut5wrk1X+OWqTh0h/YY7QgnsBanpgujAltNOE4iQmDOPy8xJUqD9AToFfOuBJ0Lf0K1uyKJqn+VKdO1pVIVPxiLPAoGBAL7GVKvaBfirjMnlL446piC1\
BcN4QtQCLf5jHvueTqFQJXnzB1lTAg7DyvgscrJlR0+To9e9lHGmdFvMnQt+qFBt2qkDGT5VosZGVahhlYYlVICcDVyjzjEFPJoArGAiR2z+msVNGWTEZ7bahxRM+PlkOE\
Yij53Mx7xx3w4+CMG1AoGAKHyEXZWhG6EqVhTzSGiGw2F4ym1qrqMF2J5x3FBGjG+OU7amRP9VlXyjZsb7ys3jbOot5RsSbJSdhcNQ5WTHY1mJQV2+ZgeziTK4QwF+jZYE\
nwU+PHKsvuh559WHeOZxySjmuDuthhMZQTYoO+TCF8t/mkDHNpxImOmO2FlTHSM=";
const PUBLIC: &str = "\
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuMd/7LGQ4FiCwTujbuOGsCwjiLgGY4pduAIQONqwnjFsHNKOpSGEqRRZmeiEfNTSWONuhRHzUSSOndICQtt1wE\
UTng9pYYR08YZOSKIA2i70uumsgyGnJT9HIIxdtVNVloQTDIAkFHGIKNq3Y04HXZzayzWIPKxecsfboj5BoSyWsiOxgNca7p1F6aAmuNSvRDJ28YoXu5wZHLdIlcL0k1OA\
ounUt0Wjt6Itlu19mudrALjUC3PYUcOiHC7bahExhJTRYN6lVRQePJPTS9rf9SNe02Z6Qk737EHJqxMvZhH6cDpjh3v4Uz/tIYI5PNtK5VrHhhsWP28r+8byS3z4cwIDAQ\
AB";

fn pem(kind: &str, der: &str) -> String {
    format!("-----BEGIN {kind} KEY-----\n{der}\n-----END {kind} KEY-----\n")
}

fn gbm() -> ChannelAccount {
    let settings = [("agent", "brands/b1/agents/a1"), ("api_base_url", "https://gbm.test/"), ("token_url", "https://gbm.test/token")];
    let key = json!({ "client_email": "seaway@project.example", "private_key": pem("PRIVATE", PRIVATE), "private_key_id": "k1" });
    let secrets = [("client_token", "partner-key-1"), ("service_account_json", &*key.to_string()), ("access_token", "drawn")];
    samples::account("gbm", &settings, &secrets)
}

fn heard(to: &Recipient, body: &[u8], signature: &str) -> Result<Received, Rejected> {
    let headers = [("x-goog-signature".to_owned(), signature.to_owned())];
    Gbm.receive(to, &Incoming::Request { method: "POST", target: "/in/gbm/KA1", headers: &headers, body }, NOW)
}

fn signed(body: &[u8]) -> Received {
    heard(&Recipient::Account(&gbm()), body, &STANDARD.encode(hmac_sha512(b"partner-key-1", body))).unwrap()
}

fn received(name: &str) -> Received {
    signed(&fixture(&format!("gbm/{name}")))
}

/// Proves I0.3 and S22.
#[test]
fn the_vector_fits_and_nothing_else() {
    let body = br#"{"message":{"text":"hi"}}"#;
    let fits = "HQMRkwBp9KAByWcphdKEuOR80byHpVY27ffN3+OZSqtdm4acW8+1UiBfn1sCRniF9npnR0T6DDT26Z4KzqH/6A==";
    let account = gbm();
    let to = Recipient::Account(&account);
    assert!(heard(&to, body, fits).is_ok());
    assert!(heard(&to, br#"{"message":{"text":"ho"}}"#, fits).is_err());
    for other in ["", "AA==", "no base64", &fits[..84]] {
        assert!(heard(&to, body, other).is_err(), "{other}");
    }
    let unset = ChannelAccount { secrets: Default::default(), ..gbm() };
    assert!(heard(&Recipient::Account(&unset), body, &STANDARD.encode(hmac_sha512(b"", body))).is_err());
    let unsigned = Incoming::Request { method: "POST", target: "/", headers: &[], body };
    assert!(Gbm.receive(&to, &unsigned, NOW).is_err());
}

#[test]
fn the_console_gets_its_secret_back_if_it_knows_the_token() {
    let account = gbm();
    let shake = |body: &[u8]| {
        Gbm.receive(&Recipient::Account(&account), &Incoming::Request { method: "POST", target: "/", headers: &[], body }, NOW)
    };
    let received = shake(&fixture("gbm/handshake.json")).unwrap();
    assert_eq!((received.answer.status, received.answer.content_type, received.answer.body.as_str()), (200, "text/plain", "1234567890"));
    assert!(received.batches.is_empty());
    assert!(shake(br#"{"clientToken":"partner-key-2","secret":"1"}"#).is_err());
    assert!(shake(br#"{"clientToken":"","secret":"1"}"#).is_err());
}

#[test]
fn every_event_is_understood() {
    let table: &[(&str, &[&str])] = &[
        (
            "action.json",
            &[
                "r-action @ c-77: message r-action by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ \"Call\" choice call answers conversations/c-77/messages/our-9",
            ],
        ),
        ("handshake.json", &[]),
        (
            "image.json",
            &[
                "m-3 @ c-77: message conversations/c-77/messages/m-3 by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ \"\" [image.jpg image/jpeg https://storage.googleapis.com/business-messages-us/898/tmp?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Expires=604800&X-Goog-Signature=00]",
            ],
        ),
        (
            "live-agent-as-text.json",
            &[
                "r-live-agent-as-text @ c-77: message r-live-agent-as-text by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ \"live agent\" choice live_agent",
            ],
        ),
        (
            "live-agent-chip.json",
            &[
                "r-live-agent-chip @ c-77: message r-live-agent-chip by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ \"Chat with a person\" choice live_agent",
            ],
        ),
        (
            "live-agent.json",
            &[
                "r-live-agent @ c-77: message r-live-agent by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ \"live agent\" choice live_agent",
            ],
        ),
        (
            "receipts.json",
            &[
                "conversations/c-77/messages/01941f29-7c00-7aaa-8bbb-0123456789ab:delivered @ c-77: receipt delivered conversations/c-77/messages/01941f29-7c00-7aaa-8bbb-0123456789ab ours IM01941f297c007aaa8bbb0123456789ab part 0",
                "conversations/c-77/messages/2ed6657d-e927-568b-95e1-2665a8aea6a2:read @ c-77: receipt read conversations/c-77/messages/2ed6657d-e927-568b-95e1-2665a8aea6a2",
            ],
        ),
        (
            "sign-in-failed.json",
            &[
                "r-sign-in-failed @ c-77: touch sign_in_failed by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ sign_in_error=access_denied",
            ],
        ),
        ("signed-in.json", &["r-signed-in @ c-77: touch signed_in by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ"]),
        (
            "suggestion.json",
            &[
                "r-suggestion @ c-77: message r-suggestion by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ \"Book\" choice book:1 answers conversations/c-77/messages/our-9",
            ],
        ),
        (
            "survey.json",
            &[
                "r-survey @ c-77: touch survey_answered by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ survey_csat=5 survey_rating=5 survey_feedback=quick",
            ],
        ),
        (
            "text.json",
            &["m-1 @ c-77: message conversations/c-77/messages/m-1 by c-77 (Ana) locale=pt entry_point=PLACESHEET place=ChIJ \"olá 👋\""],
        ),
        ("typing-ended.json", &[]),
        ("typing.json", &[]),
        ("unknown.json", &[]),
        (
            "website.json",
            &[
                "m-2 @ c-77: message conversations/c-77/messages/m-2 by c-77 locale=de-DE entry_point=NON_LOCAL near_place=ChIN campaign=spring page=https://shop.example/cup page_context=cup \"a cup\"",
            ],
        ),
    ];
    let named: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, fixtures("gbm"));
    for (name, lines) in table {
        assert_eq!(told(&received(name)), *lines, "{name}");
    }
}

#[test]
fn typing_is_shown_and_kept_nowhere() {
    assert_eq!(received("typing.json").typing, [("c-77".to_owned(), true)]);
    assert_eq!(received("typing-ended.json").typing, [("c-77".to_owned(), false)], "truth as a text");
}

#[test]
fn what_makes_no_sense_is_kept_aside() {
    assert!(received("unknown.json").unreadable.is_some());
    for body in [
        &b"{}"[..],
        b"[]",
        b"7",
        br#"{"conversationId":"c","message":{"text":"no id"}}"#,
        br#"{"conversationId":"c","requestId":"r","userStatus":{}}"#,
    ] {
        let received = signed(body);
        assert_eq!((received.answer.status, received.unreadable.is_some()), (200, true), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn times_are_kept_and_codes_of_others_are_not() {
    let text = received("text.json");
    assert_eq!(samples::events(&text)[0].provider_at, Timestamp::parse_rfc3339("2023-02-01T10:00:00.123456Z"));
    assert!(message(samples::events(&text)[0]).from.verified);
    let signed_in = received("signed-in.json");
    assert!(!format!("{:?}", samples::events(&signed_in)).contains("4/0Ac0de"));
}

#[test]
fn another_agent_is_taken_and_told() {
    let body = String::from_utf8(fixture("gbm/text.json")).unwrap().replace("agents/a1", "agents/a2").into_bytes();
    let received = signed(&body);
    assert_eq!(samples::events(&received).len(), 1);
    assert!(matches!(received.health, Some(Health::Warning(problem)) if problem.setting == "agent" && problem.code == "wrong_account"));
}

#[test]
fn one_webhook_may_serve_several_agents() {
    let account = ChannelAccount { provider_key: Some("brands/b1/agents/a1".into()), ..gbm() };
    let secrets = [("client_token".to_owned(), "partner-key-1".to_owned())].into();
    let to = Recipient::App { secrets: &secrets, url: "https://help.example/in/gbm/app/KP1", accounts: &[&account] };
    let body = fixture("gbm/image.json");
    let received = heard(&to, &body, &STANDARD.encode(hmac_sha512(b"partner-key-1", &body))).unwrap();
    assert_eq!(received.batches[0].account, AccountKey::Provider("brands/b1/agents/a1".into()));
    assert_eq!(message(samples::events(&received)[0]).files.len(), 1);
    assert!(heard(&to, &body, "AA==").is_err());
}

fn say(part: Part, context: Value) -> Work {
    let id: MessageId = Ids::new(NOW, 7).next();
    Work::Part { part, to: "c-77".into(), thread: "c-77".into(), context, message: Some(id), no: 0, heard_at: Some(NOW) }
}

fn by(person: bool, name: &str) -> Speaker {
    Speaker { person, name: name.into(), ..Default::default() }
}

#[test]
fn a_message_leaves_under_our_own_id_and_says_who_speaks() {
    let part = Part { choices: vec!["Yes".into()], speaker: by(false, "Seaway"), ..text_part("Well?") };
    let work = say(part, Value::Null);
    let (request, body) = asked(Gbm.next(&gbm(), &work, &Value::Null, NOW));
    assert_eq!(request.url, "https://gbm.test/v1/conversations/c-77/messages");
    assert_eq!(request.repeatable, Repeatable::Keyed { known_s: 23 * 3600 });
    assert_eq!(header(&request.headers, "authorization"), Some("Bearer drawn"));
    let Work::Part { message: Some(id), .. } = &work else { panic!("no id") };
    let (_, later) = asked(Gbm.next(&gbm(), &say(text_part("Well?"), json!({ "place": 8 })), &Value::Null, NOW.plus_secs(3600)));
    assert_eq!(later["messageId"], body["messageId"], "the same at each try");
    assert_eq!(
        body,
        json!({
            "representative": { "representativeType": "BOT", "displayName": "Seaway" },
            "messageId": id.0.to_string(),
            "text": "Well?",
            "suggestions": [{ "reply": { "text": "Yes", "postbackData": "Yes" } }],
        })
    );
    let name = format!("conversations/c-77/messages/{}", id.0);
    assert_eq!(crate::repeat::message(name.rsplit('/').next().unwrap()), Some(*id), "a receipt will name our message");
    let again = Gbm.outcome(&gbm(), &work, &Value::Null, &answer(409, r#"{"error":{"code":409,"status":"ALREADY_EXISTS"}}"#), NOW);
    assert_eq!(again, Outcome::Sent(vec![name.clone()]));
    let sent = Gbm.outcome(&gbm(), &work, &Value::Null, &answer(200, &json!({ "name": name }).to_string()), NOW);
    assert_eq!(sent, again);
}

#[test]
fn pictures_are_shown_and_other_files_are_links() {
    let pdf = FileRef { name: "bill.pdf".into(), media_type: "application/pdf".into(), ..picture() };
    let message = Outbound { text: "Look".into(), files: vec![pdf, picture()], choices: vec!["Fine".into()], ..Outbound::default() };
    let bodies: Vec<Value> =
        Gbm.split(&gbm(), &message).into_iter().map(|part| asked(Gbm.next(&gbm(), &say(part, Value::Null), &Value::Null, NOW)).1).collect();
    assert_eq!(bodies[0]["text"], "Look");
    assert_eq!(bodies[1]["text"], "bill.pdf\nhttps://files.example/1.jpg");
    assert_eq!(
        bodies[2]["image"]["contentInfo"],
        json!({ "fileUrl": "https://files.example/1.jpg", "altText": "Grüße.jpg", "forceRefresh": false })
    );
    let chips: Vec<bool> = bodies.iter().map(|body| body.get("suggestions").is_some()).collect();
    assert_eq!(chips, [false, false, true], "below the newest message only");
    let long = Outbound { text: "ä".repeat(4000), ..Outbound::default() };
    assert_eq!(Gbm.split(&gbm(), &long).iter().map(|part| part.text.chars().count()).collect::<Vec<_>>(), [3072, 928]);
}

#[test]
fn who_asked_for_a_person_is_told_that_one_is_there() {
    let wish = received("live-agent.json");
    let context = message(samples::events(&wish)[0]).context.clone();
    let human = say(Part { speaker: by(true, "Bea"), ..text_part("Hello") }, context.clone());
    let (request, body) = asked(Gbm.next(&gbm(), &human, &Value::Null, NOW));
    assert!(request.url.starts_with("https://gbm.test/v1/conversations/c-77/events?eventId="));
    assert_eq!(
        body,
        json!({ "eventType": "REPRESENTATIVE_JOINED", "representative": { "representativeType": "HUMAN", "displayName": "Bea" } })
    );
    assert_eq!(asked(Gbm.next(&gbm(), &human, &Value::Null, NOW.plus_secs(9))).0.url, request.url, "said once, however often it is tried");
    for status in [200, 409, 404] {
        assert_eq!(Gbm.outcome(&gbm(), &human, &Value::Null, &answer(status, "{}"), NOW), Outcome::More(json!({ "joined": true })));
    }
    let (request, body) = asked(Gbm.next(&gbm(), &human, &json!({ "joined": true }), NOW));
    assert!(request.url.ends_with("/messages"));
    assert_eq!(body["representative"]["representativeType"], "HUMAN");
    let bot = say(text_part("Hello"), context);
    assert!(asked(Gbm.next(&gbm(), &bot, &Value::Null, NOW)).0.url.ends_with("/messages"));
    let later = received("text.json");
    let calm = say(Part { speaker: by(true, "Bea"), ..text_part("Hello") }, message(samples::events(&later)[0]).context.clone());
    assert!(asked(Gbm.next(&gbm(), &calm, &Value::Null, NOW)).0.url.ends_with("/messages"));
}

/// Proves I6.4.
#[test]
fn every_reply_has_one_meaning() {
    let work = say(text_part("x"), Value::Null);
    let mut nameless = work.clone();
    if let Work::Part { message, .. } = &mut nameless {
        *message = None;
    }
    let code = |work: &Work, status: u16, body: &str| match Gbm.outcome(&gbm(), work, &Value::Null, &answer(status, body), NOW) {
        Outcome::Failed(problem) => problem.code,
        Outcome::Problem(problem) => format!("{}: {}", problem.setting, problem.code),
        Outcome::RetryAfter { ms, .. } => format!("again in {ms}"),
        other => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
    };
    let error = |status: &str| json!({ "error": { "code": 0, "message": "no", "status": status } }).to_string();
    let table = [
        (400, "INVALID_ARGUMENT", "content_refused"),
        (401, "UNAUTHENTICATED", "NeedsRefresh"),
        (403, "PERMISSION_DENIED", "service_account_json: no_permission"),
        (404, "NOT_FOUND", "unknown_recipient"),
        (429, "RESOURCE_EXHAUSTED", "again in 2000"),
        (500, "INTERNAL", "again in 2000"),
        (503, "UNAVAILABLE", "again in 2000"),
    ];
    for (status, word, meant) in table {
        assert_eq!(code(&work, status, &error(word)), meant, "{status} {word}");
    }
    assert_eq!(code(&nameless, 503, ""), "Uncertain", "without an id a second one would be another message");
    assert_eq!(asked(Gbm.next(&gbm(), &nameless, &Value::Null, NOW)).0.repeatable, Repeatable::Never);
    assert!(matches!(Gbm.outcome(&gbm(), &work, &Value::Null, &Reply::NotSent("down".into()), NOW), Outcome::RetryAfter { .. }));
    let unheard = ChannelAccount { secrets: Default::default(), ..gbm() };
    let first = asked(Gbm.next(&unheard, &work, &Value::Null, NOW)).0;
    assert_eq!(first.repeatable, Repeatable::Keyed { known_s: 23 * 3600 }, "a death before the first token leaves no doubt");
}

#[test]
fn a_token_is_drawn_with_an_assertion_signed_by_the_account() {
    let (request, _) = asked(Gbm.next(&gbm(), &Work::Refresh, &Value::Null, NOW));
    assert_eq!(request.url, "https://gbm.test/token");
    let Body::Bytes(form) = request.body else { panic!("no form") };
    let form: std::collections::BTreeMap<String, String> = form_urlencoded::parse(&form).into_owned().collect();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&["https://gbm.test/token"]);
    rules.validate_exp = false;
    let key = DecodingKey::from_rsa_pem(pem("PUBLIC", PUBLIC).as_bytes()).unwrap();
    let read = jsonwebtoken::decode::<Value>(form["assertion"].as_bytes(), &key, &rules).unwrap();
    assert_eq!(read.header.kid.as_deref(), Some("k1"));
    let issued = NOW.secs();
    assert_eq!(
        read.claims,
        json!({ "iss": "seaway@project.example", "scope": SCOPE, "aud": "https://gbm.test/token", "iat": issued, "exp": issued + 3600 })
    );
    let given = answer(200, r#"{"access_token":"ya29.x","expires_in":3600,"token_type":"Bearer"}"#);
    let Outcome::Credential { secrets, expires_at, refresh_at } = Gbm.outcome(&gbm(), &Work::Refresh, &Value::Null, &given, NOW) else {
        panic!("no credential")
    };
    assert_eq!(secrets.get("access_token").map(String::as_str), Some("ya29.x"));
    assert_eq!((expires_at, refresh_at), (Some(NOW.plus_secs(3600)), Some(NOW.plus_secs(3300))));
    let refused = Gbm.outcome(&gbm(), &Work::Refresh, &Value::Null, &answer(400, r#"{"error":"invalid_grant"}"#), NOW);
    assert!(matches!(refused, Outcome::Problem(problem) if problem.setting == "service_account_json" && problem.code == "bad_credentials"));
}

#[test]
fn typing_and_reading_are_told() {
    let signal = |signal: Signal, last: Option<&str>, at: Timestamp| {
        let last = last.map(str::to_owned);
        let work = Work::Signal { to: "c-77".into(), thread: "c-77".into(), context: Value::Null, signal, last };
        Gbm.next(&gbm(), &work, &Value::Null, at)
    };
    let (first, body) = asked(signal(Signal::Typing(true), None, NOW));
    assert_eq!(body["eventType"], "TYPING_STARTED");
    assert_ne!(first.url, asked(signal(Signal::Typing(true), None, NOW.plus_secs(5))).0.url, "an event of its own");
    assert_eq!(asked(signal(Signal::Typing(false), None, NOW)).1["eventType"], "TYPING_STOPPED");
    let (read, body) = asked(signal(Signal::Read, Some("conversations/c-77/messages/m-1"), NOW));
    assert_eq!(
        (read.method, read.url.as_str(), body),
        ("PATCH", "https://gbm.test/v1/conversations/c-77/messages/m-1/receipt", json!({ "receiptType": "READ" }))
    );
    assert_eq!(signal(Signal::Read, Some("r-suggestion"), NOW), Step::Nothing, "a tapped chip has no name of Google's");
}

#[test]
fn pictures_are_fetched_without_our_token() {
    let work = Work::Media { url: "https://storage.googleapis.com/business-messages-us/1".into() };
    assert!(asked(Gbm.next(&gbm(), &work, &Value::Null, NOW)).0.headers.is_empty());
    let hear = |status: u16| Gbm.outcome(&gbm(), &work, &Value::Null, &answer(status, "x"), NOW);
    assert!(matches!(hear(200), Outcome::File { .. }));
    assert!(matches!(hear(403), Outcome::Failed(problem) if problem.code == "media_gone"), "seven days are over");
    assert!(matches!(hear(503), Outcome::RetryAfter { .. }));
}

#[test]
fn each_misconfiguration_is_named() {
    let word = |outcome: Outcome| match outcome {
        Outcome::Problem(problem) => format!("{} {}", problem.setting, problem.code),
        other => format!("{other:?}"),
    };
    let check = |what: &'static str, progress: Value, status: u16, body: &str| {
        word(Gbm.outcome(&gbm(), &Work::Check(what), &progress, &answer(status, body), NOW))
    };
    let drawn = r#"{"access_token":"t","expires_in":3600}"#;
    assert_eq!(check("token", Value::Null, 200, drawn), "Fine");
    assert_eq!(check("token", Value::Null, 400, r#"{"error":"invalid_grant"}"#), "service_account_json bad_credentials");
    let Outcome::More(progress) = Gbm.outcome(&gbm(), &Work::Check("permission"), &Value::Null, &answer(200, drawn), NOW) else {
        panic!("not asked on")
    };
    let (request, _) = asked(Gbm.next(&gbm(), &Work::Check("permission"), &progress, NOW));
    assert_eq!(header(&request.headers, "authorization"), Some("Bearer t"));
    assert_eq!(check("permission", progress.clone(), 404, "{}"), "Fine", "it may, and nobody has that conversation");
    assert_eq!(check("permission", progress.clone(), 403, "{}"), "service_account_json no_permission");
    assert_eq!(check("permission", progress.clone(), 401, "{}"), "service_account_json bad_credentials");
    assert_eq!(check("permission", progress, 502, "{}"), "api_base_url unexpected_answer");
    let codes = |account: &ChannelAccount| Gbm.check_settings(account).into_iter().map(|problem| problem.code).collect::<Vec<_>>();
    assert!(codes(&gbm()).is_empty());
    let mut wrong = gbm();
    wrong.settings.insert("agent".into(), "a1".into());
    wrong.settings.insert("token_url".into(), "token".into());
    wrong.secrets.insert("service_account_json".into(), r#"{"client_email":"a@b","private_key":"no"}"#.into());
    assert_eq!(codes(&wrong), ["bad_agent", "bad_service_account", "bad_url"]);
}

#[test]
fn cards_are_rich_cards() {
    let parts = Gbm.split(&gbm(), &crate::card::tests::message());
    assert_eq!(parts.iter().map(|part| part.cards.len()).collect::<Vec<_>>(), [0, 2]);
    let shown = |part: Part| asked(Gbm.next(&gbm(), &say(part, Value::Null), &Value::Null, NOW)).1;
    let body = shown(parts[1].clone());
    let cards = &body["richCard"]["carouselCard"]["cardContents"];
    let first = json!({
        "title": "Room 1", "description": "Sea view",
        "media": { "height": "MEDIUM", "contentInfo": { "fileUrl": "https://files.example/room.jpg", "altText": "Room 1", "forceRefresh": false } },
        "suggestions": [
            { "reply": { "text": "Book", "postbackData": "Book room 1" } },
            { "action": { "text": "Look", "postbackData": "Look", "openUrlAction": { "url": "https://x.example/1" } } },
        ],
    });
    assert_eq!((&cards[0], body.get("text")), (&first, None));
    assert!(body["fallback"].as_str().unwrap().contains("2. Book"));
    let one = Part { cards: vec![parts[1].cards[1].clone()], ..Part::default() };
    assert_eq!(shown(one)["richCard"]["standaloneCard"]["cardContent"]["title"], "Room 2", "a carousel has two at least");
}
