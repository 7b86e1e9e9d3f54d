//! Reading changes nothing.

use axum::http::Method;

use super::{Api, Furnished, Who, ask, check, differences, operations, rows};

#[test]
fn s14_no_get_changes_state() {
    check("s14_no_get_changes_state", async |api: Api| {
        let house = Furnished::new(api).await;
        let api = &house.api;
        let before = rows(api).await;
        let mut answered = 0;
        for (_, path, _) in operations().into_iter().filter(|(method, ..)| method == Method::GET) {
            let path = house.filled(&path);
            for path in [path.clone(), format!("{path}?_method=DELETE")] {
                let reply = api.send(&house.admin, ask(Method::GET, &path)).await;
                assert!(reply.status.as_u16() < 500, "{path}: {} {}", reply.status, reply.text);
                answered += usize::from(reply.status.is_success());
            }
            let head = api.send(&house.admin, ask(Method::HEAD, &path)).await;
            assert!(head.status.as_u16() < 500, "HEAD {path}");
        }
        assert!(answered > 35, "only {answered} reads were answered");
        for path in ["/", "/desk", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", &format!("/in/sms/{}", api.shop.sms)] {
            assert!(api.send(&house.admin, ask(Method::GET, path)).await.status.as_u16() < 500, "{path}");
        }
        for path in
            ["/loader.js".to_owned(), format!("/frame?channel={}", api.shop.webchat), format!("/webchat/{}/messages", api.shop.webchat)]
        {
            let reply = api.send(&Who::Nobody, ask(Method::GET, &path).header("host", "webchat.localhost:8080")).await;
            assert!(reply.status.as_u16() < 500, "{path}: {}", reply.text);
        }
        // A method said in a header is a header.
        for (_, path, _) in operations().into_iter().filter(|(method, ..)| method == Method::DELETE) {
            for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
                api.send(&house.admin, ask(Method::GET, house.filled(&path)).header(name, "DELETE")).await;
            }
        }
        let changed = differences(&before, &rows(api).await);
        assert!(changed.is_empty(), "{changed:#?}");
    });
}
