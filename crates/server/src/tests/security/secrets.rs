//! Canaries: secrets that are easy to recognise go in by every door, and come out by none.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use base64::Engine as _;
use db::Value as Cell;
use serde_json::{Value, json};

use super::{Api, Furnished, Who, ask, check, operations, raw, rows};
use crate::bootstrap::{self, Site};

const WORDS_OF_A_CUSTOMER: &str = "my most private affair";

/// A house in which every kind of secret was used, and what they are.
async fn planted(api: Api) -> (Furnished, Vec<(&'static str, String)>) {
    let house = Furnished::new(api).await;
    let (api, admin) = (&house.api, &house.admin);
    let mut secrets = vec![("password", "canary-of-a-password".to_owned())];
    let member =
        json!({ "name": "Max", "email": "max@shop.example", "password": secrets[0].1, "roles": [{ "role": "agent", "scope": "own" }] });
    let with_key = |path: &str, body: Value| ask(Method::POST, api.path(path)).with(body).header("idempotency-key", format!("k{path}"));
    api.send(admin, with_key("/members", member)).await.ok();
    let body = json!({ "email": "max@shop.example", "password": "canary-of-a-password" });
    let session = api.send(&Who::Nobody, ask(Method::POST, "/api/v1/session").with(body)).await;
    let cookie = session.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().trim_start_matches("seaway=").to_owned();
    secrets.push(("session", cookie));
    let account = json!({
        "kind": "sms", "name": "Second", "enabled": false, "flow_id": null,
        "settings": { "account_sid": "AC00000000000000000000000000000002" }, "secrets": { "auth_token": "canary-of-a-channel" },
    });
    let made = api.send(admin, with_key("/channel-accounts", account)).await.ok();
    secrets.push(("channel secret", "canary-of-a-channel".to_owned()));
    let at = format!("/channel-accounts/{}", made["id"].as_str().unwrap());
    let change = json!({ "secrets": { "auth_token": "canary-of-a-second-token" }, "version": made["version"] });
    api.patch(admin, &at, change).await.ok();
    secrets.push(("changed channel secret", "canary-of-a-second-token".to_owned()));
    let drawn = api.send(admin, with_key(&format!("/channel-accounts/{}/rotate-webchat-secret", api.shop.webchat), json!({}))).await.ok();
    secrets.push(("webchat secret", drawn["secret"].as_str().unwrap().to_owned()));
    let key = api.send(admin, with_key("/api-keys", json!({ "name": "other", "role": "admin" }))).await.ok();
    secrets.push(("api key", key["secret"].as_str().unwrap().to_owned()));
    let webhook = json!({ "name": "Second", "url": "https://hooks.example/second", "events": ["message.added"], "enabled": true });
    let webhook = api.send(admin, with_key("/webhooks", webhook)).await.ok();
    secrets.push(("webhook's signing secret", webhook["secret"].as_str().unwrap().trim_start_matches("whsec_").to_owned()));
    let by_hand = bootstrap::create_key(&Site::of(&api.house.engine), api.shop.ws, "by hand", "admin").await;
    // The shop of the testkit has an account token of its own making.
    if let Ok(key) = by_hand {
        secrets.push(("api key by hand", key.secret));
    }
    let user = store_user(api, "max@shop.example").await;
    let engine = &api.house.engine;
    secrets.push(("code of a link", bootstrap::sign_in_code(engine.db(), user, engine.now()).await.unwrap()));
    let ticket = ask(Method::POST, format!("/webchat/{}/ticket", api.shop.webchat)).with(json!({}));
    let ticket =
        api.send(&Who::Nobody, ticket.header("host", "webchat.localhost:8080").header("origin", "http://shop.localhost:8080")).await.ok();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    let session = ask(Method::POST, format!("/webchat/{}/session", api.shop.webchat)).with(json!({ "ticket": ticket }));
    let session = api.send(&Who::Nobody, session.header("host", "webchat.localhost:8080")).await.ok();
    let token = session["token"].as_str().unwrap().to_owned();
    let bearer = Who::Basic(token.clone(), String::new());
    let path = format!("http://webchat.localhost:8080/webchat/{}/messages", api.shop.webchat);
    let words = json!({ "client_id": "c1", "text": WORDS_OF_A_CUSTOMER, "attachment_ids": [] }).to_string();
    raw(api, &bearer, Method::POST, &path, "application/json", words).await.ok();
    secrets.push(("ticket", ticket));
    secrets.push(("visitor's token", token));
    api.house.settle().await.unwrap();
    (house, secrets)
}

async fn store_user(api: &Api, email: &'static str) -> model::UserId {
    let found = api.house.engine.db().read(move |tx| Box::pin(async move { store::access::user_by_email(tx, email).await }));
    found.await.unwrap().unwrap().id
}

#[test]
fn s6_secrets_come_out_of_no_answer() {
    check("s6_secrets_come_out_of_no_answer", async |api: Api| {
        let (house, secrets) = planted(api).await;
        let api = &house.api;
        let mut answers = Vec::new();
        for (_, path, _) in operations().into_iter().filter(|(method, ..)| method == Method::GET) {
            answers.push(api.send(&house.admin, ask(Method::GET, house.filled(&path))).await);
        }
        for path in ["/metrics", "/api/v1/openapi.json", "/readyz", "/api/v1/nothing"] {
            answers.push(api.send(&house.admin, ask(Method::GET, path)).await);
        }
        for list in ["/channel-accounts?limit=100", "/api-keys?limit=100", "/members?limit=100", "/audit-log?limit=100", "/search?q=canary"]
        {
            answers.push(api.get(&house.admin, list).await);
        }
        // What was made under a request key is told again without its secret.
        let again = ask(Method::POST, api.path("/channel-accounts")).with(json!({})).header("idempotency-key", "k/channel-accounts");
        answers.push(api.send(&house.admin, again).await);
        assert!(answers.len() > 45);
        for reply in &answers {
            for (what, secret) in &secrets {
                assert!(!reply.text.contains(secret.as_str()), "the {what} stands in {}", reply.text);
                assert!(reply.headers.values().all(|value| !String::from_utf8_lossy(value.as_bytes()).contains(secret.as_str())), "{what}");
            }
        }
        let account = api.get(&house.admin, &format!("/channel-accounts/{}", api.shop.sms)).await.ok();
        assert_eq!(account["secrets_set"], json!(["auth_token"]), "only the names of secrets are told");
    });
}

#[test]
fn s27_no_secret_stands_readable_in_the_database() {
    check("s27_no_secret_stands_readable_in_the_database", async |api: Api| {
        let (house, secrets) = planted(api).await;
        let mut cells = 0;
        for (table, rows) in rows(&house.api).await {
            for cell in rows.iter().flatten() {
                let bytes = match cell {
                    Cell::Text(text) => text.clone().into_bytes(),
                    Cell::Bytes(bytes) => bytes.clone(),
                    _ => continue,
                };
                cells += 1;
                for (what, secret) in &secrets {
                    let coded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
                    let hexed = crate::access::secret::hex(secret.as_bytes());
                    for form in [secret, &coded, &hexed] {
                        let found = bytes.windows(form.len()).any(|window| window == form.as_bytes());
                        assert!(!found, "the {what} stands in {table}: {cell:?}");
                    }
                }
            }
        }
        assert!(cells > 200, "{cells} cells were looked at");
        // The same rows under another key open nothing.
        let other = engine::Vault::new(engine::MasterKey([8; 32]));
        let ws = house.api.shop.id;
        let kept = rows(&house.api).await;
        let sealed = kept["workspace"]
            .iter()
            .flatten()
            .find_map(|cell| if let Cell::Bytes(bytes) = cell { (bytes.len() > 32).then_some(bytes) } else { None });
        assert!(other.open_data_keys(&format!("workspace:{ws}"), sealed.expect("a sealed data key")).is_err());
    });
}

/// What is logged in this thread.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn s28_logs_are_structured_and_hold_no_secret() {
    check("s28_logs_are_structured_and_hold_no_secret", async |api: Api| {
        let heard = Heard::default();
        let writer = heard.clone();
        let log = tracing_subscriber::fmt().json().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
        // With only one subscriber alive, tests on other threads could switch places of the log off for this one, too.
        let _second = tracing::Dispatch::new(tracing_subscriber::registry());
        let _listening = tracing::subscriber::set_default(log);
        tracing::callsite::rebuild_interest_cache();
        let (house, mut secrets) = planted(api).await;
        let api = &house.api;
        secrets.push(("customer's words", WORDS_OF_A_CUSTOMER.to_owned()));
        secrets.push(("customer's number", "+4915112345678".to_owned()));
        for (_, path, _) in operations().into_iter().filter(|(method, ..)| method == Method::GET) {
            api.send(&house.admin, ask(Method::GET, house.filled(&path))).await;
        }
        let wrong = json!({ "email": "max@shop.example\r\n{\"level\":\"ERROR\"}", "password": "canary-of-a-password" });
        api.send(&Who::Nobody, ask(Method::POST, "/api/v1/session").with(wrong)).await;
        let forged = raw(
            api,
            &Who::Nobody,
            Method::POST,
            &format!("/in/sms/{}?body=a-forged-word", api.shop.sms),
            "text/plain",
            WORDS_OF_A_CUSTOMER,
        )
        .await;
        assert_eq!(forged.status.as_u16(), 401, "{}", forged.text);
        let request = forged.headers["x-request-id"].to_str().unwrap().to_owned();
        let metrics = raw(api, &Who::Nobody, Method::GET, "/metrics", "text/plain", "").await;
        assert!(metrics.status.is_success() && metrics.text.contains("seaway_"), "{}", metrics.text);
        for (what, secret) in &secrets {
            assert!(!metrics.text.contains(secret.as_str()), "the {what} stands in the metrics (S27)");
        }
        let text = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
        for (what, secret) in &secrets {
            assert!(!text.contains(secret.as_str()), "the {what} was logged");
        }
        let about = lines.iter().filter(|line| line["span"]["id"] == json!(request)).count();
        assert!(about > 0, "no line of the refused webhook names its request {request}: {text}");
    });
}
