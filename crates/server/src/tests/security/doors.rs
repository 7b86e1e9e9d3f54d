//! What each origin's answers carry over an encrypted line.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use model::Language;
use serde_json::json;

use super::{Api, PEER, check};
use crate::bootstrap::{self, NewUser, Site};

async fn over_tls(api: &Api, method: Method, host: &str, path: &str, body: String) -> HeaderMap {
    let request = Request::builder().method(method).uri(path).header("host", host).header("content-type", "application/json");
    api.doors.answer(request.body(Body::from(body)).unwrap(), PEER.parse().unwrap(), true).await.headers().clone()
}

#[test]
fn s13_every_origin_says_what_browsers_must_not_do() {
    check("s13_every_origin_says_what_browsers_must_not_do", async |api: Api| {
        let frame = format!("/frame?channel={}", api.shop.webchat);
        let me = "/api/v1/me".to_owned();
        let places = [
            ("localhost:8080", "/".to_owned()),
            ("localhost:8080", "/login".to_owned()),
            ("localhost:8080", me),
            ("localhost:8080", "/api/v1/openapi.json".to_owned()),
            ("webchat.localhost:8080", frame),
            ("webchat.localhost:8080", "/loader.js".to_owned()),
            ("files.localhost:8080", "/f/x/y/z".to_owned()),
            ("evil.example", "/".to_owned()),
        ];
        for (host, path) in &places {
            let headers = over_tls(&api, Method::GET, host, path, String::new()).await;
            let value = |name: &str| headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default().to_owned();
            assert_eq!(value("x-content-type-options"), "nosniff", "{host}{path}");
            assert!(value("strict-transport-security").starts_with("max-age=31536000"), "{host}{path}");
            if value("content-type").starts_with("text/html") {
                let policy = value("content-security-policy");
                assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors"), "{host}{path}: {policy}");
                assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"), "{host}{path}: {policy}");
                let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
                assert!(!scripts.contains("unsafe-inline") && !scripts.contains('*'), "{host}{path}: {scripts}");
                let embedding = policy.split(';').find(|part| part.trim().starts_with("frame-ancestors")).unwrap().trim();
                match *host {
                    "webchat.localhost:8080" => assert!(embedding.contains("http://shop.localhost"), "{embedding}"),
                    _ => assert_eq!(embedding, "frame-ancestors 'none'"),
                }
            }
            if path.starts_with("/api/") {
                assert_eq!(value("cache-control"), "no-store", "{path}");
            }
        }
    });
}

#[test]
fn s13_cookies_are_host_only_and_out_of_reach() {
    check("s13_cookies_are_host_only_and_out_of_reach", async |api: Api| {
        let new =
            NewUser { name: "Mia".into(), email: "mia@shop.example".into(), password: "a long password".into(), language: Language::En };
        bootstrap::create_user(&Site::of(&api.house.engine), api.shop.ws, new, &["agent"]).await.unwrap();
        let body = json!({ "email": "mia@shop.example", "password": "a long password" }).to_string();
        let mut seen = Vec::new();
        for _ in 0..2 {
            let headers = over_tls(&api, Method::POST, "localhost:8080", "/api/v1/session", body.clone()).await;
            let cookie = headers["set-cookie"].to_str().unwrap().to_owned();
            assert!(cookie.starts_with("__Host-seaway="), "{cookie}");
            for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
            seen.push(cookie.split(';').next().unwrap().to_owned());
        }
        assert_ne!(seen[0], seen[1], "each log-in is a session of its own");
        assert!(seen[0].len() > "__Host-seaway=".len() + 22, "at least 128 bits");
    });
}
