//! Which door a Host leads to, and what every answer carries.

use axum::http::Method;

use super::{Api, Who, ask, check};

#[test]
fn hosts_are_told_apart() {
    check("hosts_are_told_apart", async |api: Api| {
        let at = async |host: &str, path: &str| api.send(&Who::Nobody, ask(Method::GET, path).header("host", host)).await;
        assert_eq!(at("evil.example", "/").await.refusal(), (421, "unknown_host"));
        assert_eq!(at("evil.example", "/api/v1/me").await.refusal(), (421, "unknown_host"));
        for path in ["/healthz", "/readyz", "/metrics"] {
            assert_eq!(at("evil.example", path).await.status.as_u16(), 200, "{path}");
        }
        let page = at("127.0.0.1:9000", "/desk?x=1").await;
        assert_eq!((page.status.as_u16(), page.headers["location"].to_str().unwrap()), (307, "http://localhost:9000/desk?x=1"));
        assert_eq!(at("localhost:8080", "/api/v1/nothing").await.refusal(), (404, "not_found"));
        assert_eq!(at("files.localhost:8080", "/desk").await.refusal(), (404, "not_found"), "the desk is not on the files' origin");
        let (key, _) = api.key(api.shop.ws, "admin").await;
        api.send(&key, ask(Method::GET, api.path("/activities")).header("host", "10.1.2.3:80")).await.ok();
        assert_eq!(api.send(&Who::Nobody, ask(Method::PUT, "/api/v1/session")).await.refusal(), (405, "wrong_method"));
    });
}

/// Proves S13.
#[test]
fn answers_carry_what_protects_them() {
    check("answers_carry_what_protects_them", async |api: Api| {
        let page = api.send(&Who::Nobody, ask(Method::GET, "/desk/some/place").header("host", "ana.localhost:9123")).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(policy.contains("http://files.localhost:9123"), "links follow the port the browser came by: {policy}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        let api_reply = api.send(&Who::Nobody, ask(Method::GET, "/api/v1/me")).await;
        assert_eq!(api_reply.headers["cache-control"], "no-store");
        assert_eq!(api_reply.headers["content-type"], "application/problem+json");
        assert!(api_reply.headers.contains_key("x-request-id"));
    });
}

/// Proves S31.
#[test]
fn a_body_too_big_is_refused() {
    check("a_body_too_big_is_refused", async |api: Api| {
        let admin = api.admin().await;
        let big = "x".repeat(crate::BODY_LIMIT + 1);
        let reply = api.post(&admin, "/flows/validate", serde_json::json!({ "definition": big })).await;
        assert_eq!(reply.refusal(), (413, "too_big"));
        assert_eq!(reply.json["params"]["limit"], serde_json::json!(crate::BODY_LIMIT));
    });
}
