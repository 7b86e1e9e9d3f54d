use http::header::{self, HeaderValue};
use http::{HeaderMap, Method};
use tokio::net::TcpListener;

use super::world::{Act, Names, Server, answer, client, client_with, get};
use crate::{EgressError, Reason, Request};

#[tokio::test]
async fn every_status_is_an_answer() {
    let server = Server::start(|path| answer(path.trim_start_matches('/').replace('-', " ").as_str(), "body")).await;
    let allowed = server.address.to_string();
    let egress = client(Names::default(), &[&allowed]);
    for status in [200, 404, 429, 500, 503] {
        let response = get(&egress, &server.url(&format!("/{status}-X"))).await.expect("an answer");
        assert_eq!((response.status.as_u16(), response.body.as_ref()), (status, b"body".as_slice()));
    }
}

/// A port nobody listens on.
async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("bound").port()
}

#[tokio::test]
async fn not_sent_or_unknown() {
    let server = Server::start(|path| match path {
        "/hang" => Act::Hang,
        "/garbage" => Act::Answer(b"garbage\r\n\r\n".to_vec()),
        _ => Act::Answer(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec()),
    })
    .await;
    let closed = format!("127.0.0.1:{}", closed_port().await);
    let allowed = server.address.to_string();
    let egress = client_with(Names::default(), &[&allowed, &closed], |options| options.breaker_failures = 99);
    let refused = get(&egress, &format!("http://{closed}/secret-path")).await.expect_err("closed");
    assert!(matches!(refused, EgressError::NotSent(Reason::Connect(_))), "{refused:?}");
    assert!(!refused.to_string().contains("secret"), "{refused}");
    // Plain HTTP where TLS is expected: the handshake fails before the request leaves.
    let no_tls = get(&egress, &format!("https://{}/", server.address)).await;
    assert!(matches!(no_tls, Err(EgressError::NotSent(_))), "{no_tls:?}");
    for (path, status) in [("/hang", None), ("/garbage", None), ("/half", Some(200))] {
        let error = get(&egress, &server.url(path)).await.expect_err(path);
        let EgressError::Unknown { reason: Reason::Broken(_), status: seen } = &error else {
            panic!("{path}: {error:?}");
        };
        assert_eq!(*seen, status, "{path}");
    }
}

#[tokio::test]
async fn a_failing_host_is_left_alone() {
    let closed = format!("127.0.0.1:{}", closed_port().await);
    let server = Server::start(|_| answer("200 OK", "ok")).await;
    let allowed = server.address.to_string();
    let egress = client(Names::default(), &[&closed, &allowed]);
    for _ in 0..5 {
        let outcome = get(&egress, &format!("http://{closed}/")).await;
        assert!(matches!(outcome, Err(EgressError::NotSent(Reason::Connect(_)))), "{outcome:?}");
    }
    let outcome = get(&egress, &format!("http://{closed}/")).await;
    assert!(matches!(outcome, Err(EgressError::NotSent(Reason::BreakerOpen { .. }))), "{outcome:?}");
    let other_tenant = Request::new(Method::GET, format!("http://{closed}/"), "other");
    let outcome = egress.send(other_tenant).await;
    assert!(matches!(outcome, Err(EgressError::NotSent(Reason::Connect(_)))), "{outcome:?}");
    assert!(get(&egress, &server.url("/")).await.is_ok(), "other hosts are served");
}

#[tokio::test]
async fn what_is_sent() {
    let server = Server::start(|_| answer("200 OK", "ok")).await;
    let allowed = server.address.to_string();
    let egress = client(Names::default(), &[&allowed]);
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("evil.example"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("999"));
    headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    let url = format!("http://user:pass@{}/path?q=1#part", server.address);
    let mut request = Request::new(Method::PUT, url, "test").body("body".to_owned());
    request.headers = headers;
    assert_eq!(format!("{request:?}"), "PUT 127.0.0.1 Bytes(4)");
    egress.send(request).await.expect("an answer");
    let head = &server.heads()[0];
    assert!(head.starts_with("put /path?q=1 http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: {}\r\n", server.address)), "{head}");
    assert!(head.contains("content-length: 4\r\n") && !head.contains("chunked"), "{head}");
    assert!(head.contains("content-type: text/plain\r\n"), "{head}");
    assert!(head.contains("authorization: basic dxnlcjpwyxnz\r\n"), "{head}");
    assert!(head.contains("user-agent: seaway\r\n"), "{head}");
    assert!(!head.contains("evil.example"), "{head}");
}
