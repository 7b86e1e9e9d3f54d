//! The one log-in function on every way in.

use axum::http::Method;
use model::Language;
use serde_json::json;

use super::{Api, Reply, Who, ask, check};
use crate::bootstrap::{self, NewUser, Site};

async fn user(api: &Api, email: &str) -> model::UserId {
    let new = NewUser { name: "Mia".into(), email: email.into(), password: "a long password".into(), language: Language::En };
    bootstrap::create_user(&Site::of(&api.house.engine), api.shop.ws, new, &["agent"]).await.unwrap()
}

async fn sign_in(api: &Api, email: &str, password: &str) -> Reply {
    api.send(&Who::Nobody, ask(Method::POST, "/api/v1/session").with(json!({ "email": email, "password": password }))).await
}

#[test]
fn s7_ten_failures_from_one_address_lock_it_for_every_name() {
    check("s7_ten_failures_from_one_address_lock_it_for_every_name", async |api: Api| {
        user(&api, "mia@shop.example").await;
        for no in 0..10 {
            let name = format!("guess{no}@shop.example");
            assert_eq!(sign_in(&api, &name, "a wrong password").await.refusal(), (401, "bad_credentials"), "try {no}");
        }
        assert_eq!(sign_in(&api, "mia@shop.example", "a long password").await.refusal(), (429, "too_many_attempts"));
        let by_code = ask(Method::POST, "/api/v1/session/code").with(json!({ "code": "guess" }));
        assert_eq!(api.send(&Who::Nobody, by_code).await.refusal(), (429, "too_many_attempts"), "on every way in");
        api.house.clock.advance_ms(15 * 60_000 + 1_000);
        api.house.keep_time();
        sign_in(&api, "mia@shop.example", "a long password").await.ok();
    });
}

#[test]
fn s7_disabled_counts_on_every_way_in() {
    check("s7_disabled_counts_on_every_way_in", async |api: Api| {
        let id = user(&api, "mia@shop.example").await;
        let engine = &api.house.engine;
        let reply = sign_in(&api, "mia@shop.example", "a long password").await;
        let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().trim_start_matches("seaway=").to_owned();
        let signed_in = Who::Cookie(cookie);
        api.send(&signed_in, ask(Method::GET, "/api/v1/me")).await.ok();
        let code = bootstrap::sign_in_code(engine.db(), id, engine.now()).await.unwrap();
        let disable = engine.db().write(move |tx| {
            Box::pin(async move {
                let mut user = store::access::user_by_id(tx, id).await?.unwrap();
                user.disabled = true;
                store::access::update_user(tx, &user).await
            })
        });
        disable.await.unwrap();
        assert_eq!(api.send(&signed_in, ask(Method::GET, "/api/v1/me")).await.refusal(), (401, "signed_out"), "the open session");
        let by_password = sign_in(&api, "mia@shop.example", "a long password").await;
        assert_eq!(by_password.refusal(), (401, "bad_credentials"));
        assert_eq!(by_password.text, sign_in(&api, "nobody@shop.example", "a long password").await.text);
        let by_code = ask(Method::POST, "/api/v1/session/code").with(json!({ "code": code }));
        assert_eq!(api.send(&Who::Nobody, by_code).await.refusal(), (401, "code_used"));
    });
}

#[test]
fn s7_passwords_have_10_characters_to_1024_bytes() {
    check("s7_passwords_have_10_characters_to_1024_bytes", async |api: Api| {
        let admin = api.admin().await;
        let member = |password: String| json!({ "name": "Max", "email": "max@shop.example", "password": password, "roles": [] });
        for (length, code) in [(0, "password_short"), (9, "password_short"), (1_025, "too_long")] {
            let reply = api.post(&admin, "/members", member("x".repeat(length))).await;
            assert_eq!((reply.refusal(), &reply.json["field"]), ((422, code), &json!("/password")), "{length} bytes");
        }
        api.post(&admin, "/members", member("x".repeat(1_024))).await.ok();
        sign_in(&api, "max@shop.example", &"x".repeat(1_024)).await;
        assert_eq!(sign_in(&api, "max@shop.example", &"x".repeat(1_025)).await.refusal(), (401, "bad_credentials"));
    });
}

/// S6: without credentials there is nobody, and nothing stands for somebody by default.
#[test]
fn s6_there_is_no_default_identity() {
    check("s6_there_is_no_default_identity", async |api: Api| {
        let nil = uuid::Uuid::nil().as_simple().to_string();
        let guesses = [
            Who::Nobody,
            Who::Cookie(String::new()),
            Who::Cookie("0".into()),
            Who::Basic(String::new(), String::new()),
            Who::Basic("admin".into(), "admin".into()),
            Who::Basic(format!("SK{nil}"), String::new()),
            Who::Basic(format!("AC{nil}"), String::new()),
            Who::Basic(format!("US{nil}"), nil.clone()),
        ];
        for who in &guesses {
            assert_eq!(api.get(who, "/desk").await.refusal(), (401, "signed_out"), "{who:?}");
            assert_eq!(api.send(who, ask(Method::GET, "/api/v1/me")).await.refusal(), (401, "signed_out"), "{who:?}");
        }
        user(&api, "mia@shop.example").await;
        let setup = json!({ "code": "", "workspace_name": "T", "name": "E", "email": "e@t.example", "password": "a long password", "language": "en" });
        assert_eq!(api.send(&Who::Nobody, ask(Method::POST, "/api/v1/setup").with(setup)).await.refusal(), (404, "not_found"));
    });
}
