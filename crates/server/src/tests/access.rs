//! Signing in and out, set-up, and what rides on a cookie.

use axum::http::Method;
use model::Language;
use serde_json::json;

use super::{Api, HOST, Who, ask, check};
use crate::bootstrap::{self, NewUser, Site};

async fn user(api: &Api, email: &str) -> model::UserId {
    let site = Site::of(&api.house.engine);
    let new = NewUser { name: "Mia".into(), email: email.into(), password: "a long password".into(), language: Language::De };
    bootstrap::create_user(&site, api.shop.ws, new, &["admin"]).await.unwrap()
}

async fn sign_in(api: &Api, email: &str, password: &str) -> super::Reply {
    api.send(&Who::Nobody, ask(Method::POST, "/api/v1/session").with(json!({ "email": email, "password": password }))).await
}

fn cookie_of(reply: &super::Reply) -> Who {
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    let (pair, rest) = cookie.split_once(';').unwrap();
    assert!(rest.contains("HttpOnly") && rest.contains("SameSite=Lax") && rest.contains("Path=/") && !rest.contains("Domain"), "{cookie}");
    Who::Cookie(pair.strip_prefix("seaway=").unwrap().to_owned())
}

/// Proves S7 and S13.
#[test]
fn a_session_begins_with_the_password_and_ends_on_the_server() {
    check("a_session_begins_with_the_password_and_ends_on_the_server", async |api: Api| {
        user(&api, "Mia@Shop.example").await;
        let reply = sign_in(&api, " mia@shop.EXAMPLE ", "a long password").await;
        let mia = cookie_of(&reply);
        let me = reply.ok();
        assert_eq!((&me["user"]["name"], &me["user"]["language"], &me["workspace"]["name"]), (&json!("Mia"), &json!("de"), &json!("Shop")));
        assert_eq!(me["workspace"]["reservation_timeout_s"], json!(20));
        let again = api.send(&mia, ask(Method::GET, "/api/v1/me")).await;
        assert_eq!(again.headers["cache-control"], "no-store");
        assert_eq!(again.ok(), me);
        let preferences =
            api.send(&mia, ask(Method::PATCH, "/api/v1/me/preferences").with(json!({ "theme": "dark", "volume": 0.5 }))).await;
        assert_eq!(preferences.ok(), json!({ "language": "de", "theme": "dark", "volume": 0.5 }));
        let loud = api.send(&mia, ask(Method::PATCH, "/api/v1/me/preferences").with(json!({ "volume": 2 }))).await;
        assert_eq!(loud.refusal(), (422, "out_of_range"));
        // A cookie counts on the host it was made for.
        let elsewhere = api.send(&mia, ask(Method::GET, "/api/v1/me").header("host", "ana.localhost:8080")).await;
        assert_eq!(elsewhere.refusal(), (401, "signed_out"));
        assert_eq!(api.send(&mia, ask(Method::DELETE, "/api/v1/session")).await.status.as_u16(), 204);
        assert_eq!(api.send(&mia, ask(Method::GET, "/api/v1/me")).await.refusal(), (401, "signed_out"), "the old cookie opens nothing");
    });
}

/// Proves S7.
#[test]
fn guessing_is_stopped_and_tells_nothing() {
    check("guessing_is_stopped_and_tells_nothing", async |api: Api| {
        user(&api, "mia@shop.example").await;
        let wrong = sign_in(&api, "mia@shop.example", "a wrong password").await;
        let unknown = sign_in(&api, "nobody@shop.example", "a wrong password").await;
        assert_eq!(wrong.refusal(), (401, "bad_credentials"));
        assert_eq!(wrong.text, unknown.text, "whether there is such a user is not told");
        for _ in 0..8 {
            sign_in(&api, "mia@shop.example", "a wrong password").await;
        }
        assert_eq!(sign_in(&api, "mia@shop.example", "a long password").await.refusal(), (429, "too_many_attempts"));
        for _ in 0..16 {
            api.house.clock.advance_ms(60_000);
        }
        api.house.keep_time();
        sign_in(&api, "mia@shop.example", "a long password").await.ok();
    });
}

#[test]
fn plain_http_from_elsewhere_is_refused_in_words() {
    check("plain_http_from_elsewhere_is_refused_in_words", async |api: Api| {
        let (_, key) = api.key(api.shop.ws, "admin").await;
        let body = json!({ "email": "mia@shop.example", "password": "a long password" });
        // The key lets the request through to the API on an unknown host; the log-in itself still looks at the line.
        let who = Who::Basic(key.to_string(), "wrong".into());
        let reply = api.send(&who, ask(Method::POST, "/api/v1/session").with(body).header("host", "10.0.0.5:8080")).await;
        assert_eq!(reply.refusal(), (403, "plain_http"));
        assert!(reply.json["mend"].as_str().unwrap().contains("--tls-cert"));
    });
}

/// Proves S14.
#[test]
fn writes_with_a_cookie_come_from_our_own_page() {
    check("writes_with_a_cookie_come_from_our_own_page", async |api: Api| {
        let admin = api.admin().await;
        let write = || ask(Method::POST, api.path("/activities")).with(json!({ "name": "Lunch", "available": false }));
        let foreign = api.send(&admin, write().header("origin", "https://evil.example")).await;
        assert_eq!(foreign.refusal(), (403, "foreign_origin"));
        let neighbour = api.send(&admin, write().header("origin", "http://webchat.localhost:8080")).await;
        assert_eq!(neighbour.refusal(), (403, "foreign_origin"));
        let silent = api.send(&admin, write().header("origin", "")).await;
        assert_eq!(silent.refusal(), (403, "foreign_origin"));
        api.send(&admin, write().header("origin", format!("http://{HOST}"))).await.ok();
        let (key, _) = api.key(api.shop.ws, "admin").await;
        let by_key = ask(Method::POST, api.path("/activities")).with(json!({ "name": "Tea", "available": false }));
        api.send(&key, by_key).await.ok();
    });
}

/// Proves S10.
#[test]
fn a_link_signs_in_once_and_within_a_minute() {
    check("a_link_signs_in_once_and_within_a_minute", async |api: Api| {
        let id = user(&api, "mia@shop.example").await;
        let engine = &api.house.engine;
        let code = bootstrap::sign_in_code(engine.db(), id, engine.now()).await.unwrap();
        let use_it = async |code: &str| {
            let ask = ask(Method::POST, "/api/v1/session/code").with(json!({ "code": code })).header("host", "ana.localhost:8080");
            api.send(&Who::Nobody, ask).await
        };
        use_it(&code).await.ok();
        assert_eq!(use_it(&code).await.refusal(), (401, "code_used"));
        let late = bootstrap::sign_in_code(engine.db(), id, engine.now()).await.unwrap();
        api.house.clock.advance_ms(61_000);
        api.house.keep_time();
        assert_eq!(use_it(&late).await.refusal(), (401, "code_used"));
    });
}

#[test]
fn a_new_password_ends_other_sessions() {
    check("a_new_password_ends_other_sessions", async |api: Api| {
        user(&api, "mia@shop.example").await;
        let one = cookie_of(&sign_in(&api, "mia@shop.example", "a long password").await);
        let two = cookie_of(&sign_in(&api, "mia@shop.example", "a long password").await);
        let change = |current: &str, new: &str| ask(Method::POST, "/api/v1/me/password").with(json!({ "current": current, "new": new }));
        assert_eq!(api.send(&one, change("wrong", "another password")).await.refusal(), (422, "password_wrong"));
        assert_eq!(api.send(&one, change("a long password", "short")).await.refusal(), (422, "password_short"));
        assert_eq!(api.send(&one, change("a long password", "another password")).await.status.as_u16(), 204);
        assert_eq!(api.send(&two, ask(Method::GET, "/api/v1/me")).await.refusal(), (401, "signed_out"));
        api.send(&one, ask(Method::GET, "/api/v1/me")).await.ok();
        let site = Site::of(&api.house.engine);
        bootstrap::reset_password(&site, "mia@shop.example", "reset by hand").await.unwrap();
        assert_eq!(api.send(&one, ask(Method::GET, "/api/v1/me")).await.refusal(), (401, "signed_out"));
        sign_in(&api, "mia@shop.example", "reset by hand").await.ok();
    });
}

/// Proves S6.
#[test]
fn the_first_run_makes_the_admin_and_vanishes() {
    check("the_first_run_makes_the_admin_and_vanishes", async |api: Api| {
        let db = api.house.engine.db().clone();
        let code = bootstrap::setup_code(&db).await.unwrap().unwrap();
        let setup = |code: &str, password: &str| {
            let body = json!({ "code": code, "workspace_name": "Tea", "name": "Eve", "email": "eve@tea.example", "password": password, "language": "ko" });
            ask(Method::POST, "/api/v1/setup").with(body)
        };
        assert_eq!(api.send(&Who::Nobody, ask(Method::GET, "/api/v1/setup")).await.ok(), json!({ "needed": true }));
        assert_eq!(api.send(&Who::Nobody, setup("wrong", "a long password")).await.refusal(), (403, "setup_code_wrong"));
        assert_eq!(api.send(&Who::Nobody, setup(&code, "short")).await.refusal(), (422, "password_short"));
        let reply = api.send(&Who::Nobody, setup(&code, "a long password")).await;
        let eve = cookie_of(&reply);
        let me = reply.ok();
        assert_eq!((&me["workspace"]["name"], &me["permissions"].as_array().unwrap().len()), (&json!("Tea"), &19));
        assert_eq!(api.send(&Who::Nobody, setup(&code, "a long password")).await.refusal(), (404, "not_found"));
        assert_eq!(api.send(&Who::Nobody, ask(Method::GET, "/api/v1/setup")).await.ok(), json!({ "needed": false }));
        assert_eq!(bootstrap::setup_code(&db).await.unwrap(), None);
        // The seed works: a flow that is published and maps its workflow, a queue, three activities.
        let path = |rest: &str| format!("/api/v1/workspaces/{}{rest}", me["workspace"]["id"].as_str().unwrap());
        let flows = api.send(&eve, ask(Method::GET, path("/flows"))).await.ok();
        assert_eq!((&flows["items"][0]["valid"], &flows["items"][0]["published_revision"]), (&json!(true), &json!(1)));
        let flow = api.send(&eve, ask(Method::GET, path(&format!("/flows/{}", flows["items"][0]["id"].as_str().unwrap())))).await.ok();
        assert!(flow["references"].as_array().unwrap().iter().all(|reference| !reference["mapped"].is_null()), "{}", flow["references"]);
        assert_eq!(api.send(&eve, ask(Method::GET, path("/activities"))).await.ok()["items"].as_array().unwrap().len(), 3);
        let id: model::WorkspaceId = me["workspace"]["id"].as_str().unwrap().parse().unwrap();
        let ws = bootstrap::find_workspace(&db, "Tea").await.unwrap();
        assert_eq!(ws.id, id);
        assert!(
            bootstrap::find_workspace(&db, "Shop").await.unwrap_err().to_string().contains(&api.shop.id.to_string()),
            "both ids are listed"
        );
    });
}

#[test]
fn keys_open_what_they_were_granted() {
    check("keys_open_what_they_were_granted", async |api: Api| {
        let site = Site::of(&api.house.engine);
        let made = bootstrap::create_key(&site, api.shop.ws, "script", "admin").await.unwrap();
        let fields = serde_json::to_value(&made).unwrap();
        let starts = |field: &str, start: &str| fields[field].as_str().unwrap().starts_with(start);
        assert!(starts("workspace", "WS") && starts("account_sid", "AC") && starts("key_sid", "SK"), "{fields}");
        let key = Who::Basic(made.key_sid.to_string(), made.secret.clone());
        api.get(&key, "/members").await.ok();
        let account = Who::Basic(made.account_sid.to_string(), made.auth_token.clone());
        api.get(&account, "/members").await.ok();
        for wrong in [
            Who::Basic(made.key_sid.to_string(), "x".into()),
            Who::Basic(made.account_sid.to_string(), "x".into()),
            Who::Basic("x".into(), "y".into()),
        ] {
            assert_eq!(api.get(&wrong, "/members").await.refusal(), (401, "signed_out"));
        }
        let (agent, _) = api.key(api.shop.ws, "agent").await;
        assert_eq!(api.get(&agent, "/members").await.refusal(), (404, "not_found"));
        assert!(
            bootstrap::create_key(&site, api.shop.ws, "script", "emperor")
                .await
                .unwrap_err()
                .to_string()
                .contains("admin, agent, supervisor")
        );
    });
}
