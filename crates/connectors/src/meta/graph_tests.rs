use super::*;
use crate::meta::tests::account;
use crate::samples::{NOW, send, text_part};
use serde_json::json;

fn error(code: i64, subcode: i64) -> String {
    let mut error = json!({ "message": "said", "type": "OAuthException", "code": code, "fbtrace_id": "x" });
    if subcode != 0 {
        error["error_subcode"] = subcode.into();
    }
    json!({ "error": error }).to_string()
}

/// What an error does to a send, in a word.
fn word(kind: &str, status: u16, body: &str, headers: &[(&str, &str)]) -> String {
    let connector = crate::find(crate::ALL, kind).unwrap();
    let headers = headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let reply = Reply::Http { status, headers, body: body.into() };
    match connector.outcome(&account(kind), &send(text_part("x"), "+16505551234"), &Value::Null, &reply, NOW) {
        Outcome::Failed(problem) => problem.code,
        Outcome::Problem(problem) => format!("{} at {}", problem.code, problem.setting),
        Outcome::RetryAfter { ms, .. } => format!("again in {ms}"),
        Outcome::HoldThread { ms, .. } => format!("the thread again in {ms}"),
        Outcome::NeedsRefresh => "refresh".into(),
        Outcome::Uncertain(_) => "uncertain".into(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_code_of_messenger_has_one_meaning() {
    let table = [
        (190, 0, "bad_token at access_token"),
        (190, 460, "bad_token at access_token"),
        (190, 463, "token_expired at access_token"),
        (190, 467, "bad_token at access_token"),
        (10, 2018278, "window_closed"),
        (10, 0, "missing_permission at access_token"),
        (200, 0, "missing_permission at access_token"),
        (230, 0, "missing_permission at access_token"),
        (299, 0, "missing_permission at access_token"),
        (551, 1545041, "person_unavailable"),
        (100, 2018001, "person_unknown"),
        (100, 0, "content_refused"),
        (100, 2018108, "person_cannot_receive"),
        (2018344, 0, "person_cannot_receive"),
        (2018354, 0, "person_cannot_receive"),
        (4, 0, "again in 5000"),
        (32, 0, "again in 5000"),
        (613, 0, "again in 5000"),
        (80006, 0, "again in 5000"),
        (1, 0, "again in 5000"),
        (2, 0, "the thread again in 5000"),
        (1200, 0, "again in 5000"),
        (368, 0, "account_restricted at page_id"),
        (100, 2018109, "file_too_big"),
        (100, 2018007, "media_not_fetched"),
        (100, 2018008, "media_not_fetched"),
        (987654, 0, "not_delivered"),
    ];
    for (code, subcode, meaning) in table {
        assert_eq!(word("messenger", 400, &error(code, subcode), &[]), meaning, "{code}/{subcode}");
    }
}

#[test]
fn every_code_of_instagram_has_one_meaning() {
    let table = [
        (10, 2534022, "window_closed"),
        (190, 0, "refresh"),
        (100, 2534014, "person_unknown"),
        (551, 1545041, "person_unavailable"),
        (200, 0, "missing_permission at access_token"),
        (230, 0, "missing_permission at access_token"),
        (4, 0, "again in 5000"),
        (17, 0, "again in 5000"),
        (32, 0, "again in 5000"),
        (613, 0, "again in 5000"),
        (80002, 0, "again in 5000"),
        (2534037, 0, "account_not_ready at instagram_id"),
        (100, 2534037, "account_not_ready at instagram_id"),
        (1, 0, "again in 5000"),
        (2, 0, "the thread again in 5000"),
        (100, 2534025, "media_refused"),
    ];
    for (code, subcode, meaning) in table {
        assert_eq!(word("instagram", 400, &error(code, subcode), &[]), meaning, "{code}/{subcode}");
    }
}

#[test]
fn every_code_of_whatsapp_has_one_meaning() {
    let table: &[(&[i64], &str)] = &[
        (&[0, 190], "bad_token at access_token"),
        (&[3, 10, 200, 299, 131005], "missing_permission at access_token"),
        (&[4, 80007, 130429], "again in 5000"),
        (&[131056], "the thread again in 6000"),
        (&[131048, 133016], "again in 600000"),
        (&[131047], "window_closed"),
        (&[131026], "not_on_channel"),
        (&[131049, 130472], "held_back"),
        (&[131050], "opted_out"),
        (&[131000, 131016, 1], "again in 5000"),
        (&[2], "the thread again in 5000"),
        (&[131008, 131009, 100, 33], "content_refused"),
        (&[131021], "own_number"),
        (&[131030], "trial_account"),
        (&[131031, 368], "account_restricted at phone_number_id"),
        (&[131042], "payment_problem at phone_number_id"),
        (&[131045, 133010], "unregistered_sender at phone_number_id"),
        (&[131051], "media_refused"),
        (&[131052, 131014], "media_not_fetched"),
        (&[131053], "again in 5000"),
        (&[132000, 132012], "template_values"),
        (&[132001], "template_missing"),
        (&[132005], "template_too_long"),
        (&[132007], "template_refused"),
        (&[132015, 132016, 132068, 132069], "template_paused"),
    ];
    for (codes, meaning) in table {
        for code in *codes {
            assert_eq!(word("whatsapp", 400, &error(*code, 0), &[]), *meaning, "{code}");
        }
    }
}

/// Proves I6.4.
#[test]
fn what_may_have_left_is_uncertain_and_what_was_refused_is_not() {
    for kind in ["messenger", "instagram", "whatsapp"] {
        for (status, body) in [(500, ""), (502, "<html>"), (503, "{}"), (200, ""), (200, "{}"), (200, "<html>")] {
            assert_eq!(word(kind, status, body, &[]), "uncertain", "{kind} {status} {body}");
        }
        assert_eq!(word(kind, 500, &error(987654, 0), &[]), "uncertain", "{kind}: a code that says nothing");
        assert_eq!(word(kind, 500, &error(2, 0), &[]), "the thread again in 5000", "{kind}: an error that says it was not taken");
        assert_eq!(word(kind, 500, r#"{"error":{"code":99,"is_transient":true}}"#, &[]), "again in 5000");
        assert_eq!(word(kind, 400, r#"{"error":{"message":"no code"}}"#, &[]), "not_delivered");
        assert_eq!(word(kind, 404, "<html>", &[]), "not_delivered");
        assert_eq!(word(kind, 302, "", &[]), "unexpected_answer at api_base_url");
        let connector = crate::find(crate::ALL, kind).unwrap();
        let hear = |reply| connector.outcome(&account(kind), &send(text_part("x"), "+1650555"), &Value::Null, &reply, NOW);
        assert!(matches!(hear(Reply::Unknown("cut".into())), Outcome::Uncertain(_)));
        assert!(matches!(hear(Reply::NotSent("refused".into())), Outcome::RetryAfter { .. }));
    }
}

#[test]
fn a_pause_is_as_long_as_the_provider_says() {
    let usage = r#"{"1001":[{"type":"messenger","call_count":100,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":19},{"type":"pages","estimated_time_to_regain_access":3}]}"#;
    let limited = error(80006, 0);
    let wait = |headers: &[(&str, &str)]| word("messenger", 400, &limited, headers);
    assert_eq!(wait(&[("X-Business-Use-Case-Usage", usage)]), format!("again in {}", 19 * 60_000));
    assert_eq!(wait(&[("X-App-Usage", r#"{"call_count":100,"estimated_time_to_regain_access":9999}"#)]), "again in 3600000");
    assert_eq!(wait(&[("X-App-Usage", r#"{"call_count":10,"estimated_time_to_regain_access":0}"#)]), "again in 5000");
    assert_eq!(wait(&[("X-App-Usage", "much")]), "again in 5000");
    assert_eq!(wait(&[("Retry-After", "7"), ("X-Business-Use-Case-Usage", usage)]), "again in 7000");
    assert_eq!(word("messenger", 429, "", &[("Retry-After", "3")]), "again in 3000");
    assert_eq!(word("messenger", 429, "", &[]), "again in 5000");
}

#[test]
fn the_providers_own_words_stand_behind_ours() {
    let fault = Fault::of(&serde_json::from_str(&error(551, 1545041)).unwrap()).unwrap();
    assert_eq!(fault.problem().detail, "This person cannot be reached: they blocked us, or closed their account: said (551/1545041)");
    assert_eq!(Fault::of(&json!({ "error": "invalid_request" })), None);
    let details = json!({ "code": 131047, "title": "t", "error_data": { "details": "more than 24 hours" } });
    assert_eq!(Fault::read(&details).said, "more than 24 hours");
}
