use super::*;
use crate::meta::tests::account;
use crate::samples::{NOW, answer, asked};
use serde_json::json;

fn said(kind: &str, change: &[(&str, &str)], name: &'static str, status: u16, body: &Value) -> String {
    let connector = crate::find(crate::ALL, kind).unwrap();
    assert!(connector.checks().contains(&name));
    let mut account = account(kind);
    account.settings.extend(change.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let reply = answer(status, &body.to_string());
    match connector.outcome(&account, &Work::Check(name), &Value::Null, &reply, NOW) {
        Outcome::Fine => "fine".into(),
        Outcome::Problem(problem) => format!("{} {}", problem.setting, problem.code),
        Outcome::RetryAfter { .. } => "later".into(),
        other => format!("{other:?}"),
    }
}

/// What comes of the second step of a check.
fn again(kind: &str, progress: &Value, status: u16, body: &Value) -> Outcome {
    let connector = crate::find(crate::ALL, kind).unwrap();
    connector.outcome(&account(kind), &Work::Check("reachability"), progress, &answer(status, &body.to_string()), NOW)
}

#[test]
fn the_address_is_entered_again_so_that_meta_asks_at_it() {
    let account = account("messenger");
    let connector = crate::find(crate::ALL, "messenger").unwrap();
    let hook = |object: &str, url: &str, fields: Value| json!({ "data": [{ "object": object, "callback_url": url, "active": true, "fields": fields }] });
    let ours = "https://help.example/in/messenger/KA1";
    let listed =
        hook("page", ours, json!([{ "name": "messages", "version": "v25.0" }, { "name": "messaging_postbacks", "version": "v25.0" }]));
    let progress = json!({ "fields": "messages,messaging_postbacks" });
    assert_eq!(again("messenger", &Value::Null, 200, &listed), Outcome::More(progress.clone()));
    let elsewhere = hook("page", "https://old.example/in", json!(["messages"]));
    assert_eq!(again("messenger", &Value::Null, 200, &elsewhere), Outcome::Fine, "nothing of somebody else's is entered anew");
    assert_eq!(said("messenger", &[], "reachability", 200, &hook("page", ours, json!(["messaging_postbacks"]))), "page_id not_subscribed");

    let Step::Http(request) = connector.next(&account, &Work::Check("reachability"), &progress, NOW) else { panic!("nothing is asked") };
    let Body::Bytes(body) = &request.body else { panic!("no form") };
    let form: std::collections::BTreeMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
    assert_eq!(request.method, "POST");
    assert_eq!(
        (form["object"].as_str(), form["callback_url"].as_str(), form["fields"].as_str()),
        ("page", ours, "messages,messaging_postbacks")
    );
    assert_eq!(form["verify_token"], account.secret("verify_token"));
    assert_eq!(again("messenger", &progress, 200, &json!({ "success": true })), Outcome::Fine);
    let Outcome::Problem(problem) = again("messenger", &progress, 400, &error(2200)) else { panic!("it was reached") };
    assert_eq!((problem.setting.as_str(), problem.code.as_str()), ("webhook_url", "webhook_unreachable"));
}

fn error(code: i64) -> Value {
    json!({ "error": { "code": code, "message": "said" } })
}

fn token(app: &str, valid: bool, scopes: &[&str]) -> Value {
    json!({ "data": { "app_id": app, "is_valid": valid, "scopes": scopes, "error": { "code": 190, "message": "over" } } })
}

#[test]
fn each_mistake_of_a_page_has_its_own_name() {
    let check = |name, status, body: &Value| said("messenger", &[], name, status, body);
    assert_eq!(check("secret", 400, &error(190)), "app_secret bad_app_secret");
    assert_eq!(check("secret", 200, &token("3001", false, &[])), "fine", "who may ask knows the secret");
    assert_eq!(check("token", 200, &token("3001", false, &[])), "access_token bad_token");
    assert_eq!(check("token", 200, &token("3009", true, &[])), "access_token other_app");
    assert_eq!(check("token", 200, &token("3001", true, &[])), "Lasts(None)");
    assert_eq!(check("id", 200, &json!({ "id": "1001" })), "fine");
    assert_eq!(check("id", 200, &json!({ "id": "1002" })), "page_id other_id");
    assert_eq!(check("id", 400, &error(100)), "page_id unknown_id");
    assert_eq!(check("id", 401, &error(190)), "access_token bad_token");
    assert_eq!(check("scopes", 200, &token("3001", true, &["pages_messaging"])), "access_token missing_permission");
    assert_eq!(check("scopes", 200, &token("3001", true, &["pages_messaging", "pages_manage_metadata"])), "fine");
    let subscribed = |app: &str, fields: &[&str]| json!({ "data": [{ "id": app, "subscribed_fields": fields }] });
    assert_eq!(check("subscription", 200, &json!({ "data": [] })), "page_id not_subscribed");
    assert_eq!(check("subscription", 200, &subscribed("4444", &["messages", "messaging_postbacks"])), "page_id not_subscribed");
    assert_eq!(check("subscription", 200, &subscribed("3001", &["messages"])), "page_id not_subscribed");
    assert_eq!(check("subscription", 200, &subscribed("3001", &["messages", "messaging_postbacks"])), "fine");
    assert_eq!(check("subscription", 403, &error(200)), "access_token missing_permission");
    let hook = |object: &str, url: &str| json!({ "data": [{ "object": object, "callback_url": url, "active": true }] });
    assert_eq!(check("webhook", 200, &hook("page", "https://help.example/in/messenger/KA1")), "fine");
    assert_eq!(check("webhook", 200, &hook("page", "https://old.example/in")), "app_id other_webhook_url");
    assert_eq!(check("webhook", 200, &hook("user", "https://help.example/in/messenger/KA1")), "app_id no_webhook");
}

#[test]
fn a_token_that_ends_says_when_and_then_that_it_has() {
    let ends = |valid: bool, at: i64, subcode: i64| json!({ "data": { "app_id": "3001", "is_valid": valid, "expires_at": at, "error": { "code": 190, "message": "over", "subcode": subcode } } });
    let check = |body: &Value| said("whatsapp", &[], "token", 200, body);
    let soon = NOW.plus_secs(1_000_000);
    assert_eq!(check(&ends(true, soon.micros() / 1_000_000, 0)), format!("Lasts({:?})", Some(soon)));
    assert_eq!(check(&ends(true, 0, 0)), "Lasts(None)", "0 is never");
    assert_eq!(check(&ends(false, NOW.micros() / 1_000_000 - 1, 0)), "access_token token_expired");
    assert_eq!(check(&ends(false, 0, 463)), "access_token token_expired");
    assert_eq!(check(&ends(false, soon.micros() / 1_000_000, 460)), "access_token bad_token", "taken back before its time");
}

#[test]
fn whatsapp_knows_its_number_and_its_business() {
    let check = |name, body: &Value| said("whatsapp", &[], name, 200, body);
    let number = |shown: &str| json!({ "id": "106540352242922", "display_phone_number": shown });
    assert_eq!(check("id", &number("+1 555-078-3881")), "fine");
    assert_eq!(check("id", &number("+1 555-078-3882")), "number other_number");
    assert_eq!(check("waba", &json!({ "data": [{ "id": "1" }, { "id": "106540352242922" }] })), "fine");
    assert_eq!(check("waba", &json!({ "data": [{ "id": "1" }] })), "waba_id other_waba");
    let app = json!({ "data": [{ "whatsapp_business_api_data": { "id": "3001", "name": "Seaway" } }] });
    assert_eq!(check("subscription", &app), "fine");
    assert_eq!(check("subscription", &json!({ "data": [] })), "waba_id not_subscribed");
    let hook = |key: &str, url: &str| {
        let all = json!({ "webhook_configuration": { "application": "https://old.example", key: url } });
        check("webhook", &all)
    };
    let own = "https://help.example/in/whatsapp/KA1";
    assert_eq!(hook("application", own), "fine");
    assert_eq!(hook("phone_number", own), "fine", "the number's own address counts");
    assert_eq!(hook("whatsapp_business_account", "https://other.example"), "app_id other_webhook_url");
    assert_eq!(check("webhook", &json!({ "id": "106540352242922" })), "app_id no_webhook");
    assert_eq!(check("scopes", &token("3001", true, &["whatsapp_business_messaging"])), "access_token missing_permission");
}

fn said_of_app(name: &'static str, body: &Value) -> String {
    said("instagram", &[], name, 400, body)
}

#[test]
fn instagram_asks_by_its_login() {
    let connector = crate::find(crate::ALL, "instagram").unwrap();
    let own = account("instagram");
    assert_eq!(connector.next(&own, &Work::Check("scopes"), &Value::Null, NOW), Step::Nothing);
    assert_eq!(connector.outcome(&own, &Work::Check("scopes"), &Value::Null, &answer(200, ""), NOW), Outcome::Fine);
    let mut nameless = own.clone();
    nameless.settings.remove("app_id");
    assert_eq!(connector.next(&nameless, &Work::Check("secret"), &Value::Null, NOW), Step::Nothing);
    let refused = |name, said: &str| said_of_app(name, &json!({ "error": { "code": 190, "message": said } }));
    assert_eq!(refused("secret", "Invalid OAuth access token signature."), "app_secret bad_app_secret");
    assert_eq!(refused("secret", "Cannot parse access token"), "fine", "the host may not know of apps");
    assert_eq!(refused("webhook", "Cannot parse access token"), "fine");
    assert_eq!(said_of_app("secret", &error(101)), "app_secret bad_app_secret");
    let hook = json!({ "data": [{ "object": "instagram", "callback_url": "https://old.example", "active": true }] });
    assert_eq!(said("instagram", &[], "webhook", 200, &hook), "app_id other_webhook_url");
    let (request, _) = asked(connector.next(&own, &Work::Check("id"), &Value::Null, NOW));
    assert_eq!(request.url, "https://graph.test/v25.0/me?fields=user_id%2Cusername");
    assert_eq!(said("instagram", &[], "id", 200, &json!({ "user_id": "17841400000000001", "id": "5" })), "fine");
    assert_eq!(said("instagram", &[], "id", 200, &json!({ "user_id": "5" })), "instagram_id other_id");
    assert_eq!(said("instagram", &[], "token", 400, &error(190)), "access_token bad_token", "whoever asks wants to know");
    assert_eq!(said("instagram", &[("login", "facebook")], "subscription", 200, &json!({ "data": [] })), "page_id not_subscribed");
}

#[test]
fn the_app_asks_with_its_secret_in_a_header() {
    let connector = crate::find(crate::ALL, "whatsapp").unwrap();
    let (request, _) = asked(connector.next(&account("whatsapp"), &Work::Check("secret"), &Value::Null, NOW));
    assert_eq!(request.url, "https://graph.test/v25.0/debug_token?input_token=tok%261");
    assert_eq!(request.headers, [bearer("3001|app_secret")]);
}

#[test]
fn trouble_is_no_mistake_and_another_server_is_one() {
    assert_eq!(said("messenger", &[], "id", 500, &error(2)), "later");
    assert_eq!(said("messenger", &[], "id", 503, &json!({})), "later");
    assert_eq!(said("messenger", &[], "id", 404, &json!("nothing here")), "api_base_url unexpected_answer");
    assert_eq!(said("messenger", &[], "id", 200, &json!("hello")), "api_base_url unexpected_answer");
    let connector = crate::find(crate::ALL, "messenger").unwrap();
    let cut = connector.outcome(&account("messenger"), &Work::Check("secret"), &Value::Null, &Reply::NotSent("refused".into()), NOW);
    assert!(matches!(cut, Outcome::Problem(problem) if problem.code == "unreachable"));
}
