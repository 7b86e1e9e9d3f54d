use http::header::{self, HeaderValue};
use http::{HeaderName, Method};

use super::world::{Names, Server, answer, client, get};
use crate::{Body, Reason, Request};

fn to(location: &str) -> super::world::Act {
    answer(&format!("302 Found\r\nlocation: {location}"), "moved")
}

fn allow(servers: &[&Server]) -> Vec<String> {
    servers.iter().map(|server| server.address.to_string()).collect()
}

/// Proves S18.
#[tokio::test]
async fn none_is_followed_unless_asked() {
    let server = Server::start(|path| if path == "/a" { to("/b") } else { answer("200 OK", "here") }).await;
    let allowed = allow(&[&server]);
    let egress = client(Names::default(), &[&allowed[0]]);
    let response = get(&egress, &server.url("/a")).await.expect("an answer");
    assert_eq!((response.status.as_u16(), response.body.as_ref()), (302, b"moved".as_slice()));

    let request = Request::new(Method::GET, server.url("/a"), "test").follow_redirects(1);
    let response = egress.send(request).await.expect("an answer");
    assert_eq!((response.status.as_u16(), response.url.path()), (200, "/b"));
}

/// Proves S18.
#[tokio::test]
async fn each_hop_is_checked() {
    let inside = Server::start(|_| answer("200 OK", "secret")).await;
    let port = inside.port();
    let names = Names::default().with("inside.example", &[&["127.0.0.1"]]);
    let outside = Server::start(move |path| {
        to(match path {
            "/literal" => format!("http://127.0.0.1:{port}/"),
            "/decimal" => format!("http://2130706433:{port}/"),
            "/relative" => format!("//127.0.0.1:{port}/"),
            "/mapped" => format!("http://[::ffff:127.0.0.1]:{port}/"),
            "/name" => format!("http://inside.example:{port}/"),
            "/localhost" => format!("http://localhost:{port}/"),
            _ => "file:///etc/passwd".to_owned(),
        }
        .as_str())
    })
    .await;
    let allowed = allow(&[&outside]);
    let egress = client(names, &[&allowed[0]]);
    for path in ["/literal", "/decimal", "/relative", "/mapped", "/name", "/localhost", "/file"] {
        let request = Request::new(Method::GET, outside.url(path), "test").follow_redirects(5);
        let error = egress.send(request).await.expect_err(path);
        assert!(!error.is_not_sent(), "{path}: the first hop was sent");
        let refused = matches!(error.reason(), Reason::Refused | Reason::BadUrl(_) | Reason::BadRedirect(_));
        assert!(refused, "{path}: {error}");
    }
    assert_eq!(inside.connections(), 0);
}

/// Proves S18.
#[tokio::test]
async fn secrets_stay_with_their_host() {
    let second = Server::start(|_| answer("200 OK", "ok")).await;
    let elsewhere = second.url("/there");
    let first = Server::start(move |path| match path {
        "/away" => to(&elsewhere),
        "/here" => to("/end"),
        _ => answer("200 OK", "ok"),
    })
    .await;
    let allowed = allow(&[&first, &second]);
    let egress = client(Names::default(), &[&allowed[0], &allowed[1]]);
    for path in ["/away", "/here"] {
        let request = Request::new(Method::GET, first.url(path), "test")
            .header(header::AUTHORIZATION, HeaderValue::from_static("Bearer s3cret"))
            .header(HeaderName::from_static("x-api-key"), HeaderValue::from_static("s3cret"))
            .header(header::ACCEPT, HeaderValue::from_static("text/plain"))
            .follow_redirects(2);
        egress.send(request).await.expect("an answer");
    }
    let there = second.heads();
    assert!(!there[0].contains("s3cret"), "{}", there[0]);
    assert!(there[0].contains("accept: text/plain"));
    let here = first.heads();
    assert_eq!(here.iter().filter(|head| head.matches("s3cret").count() == 2).count(), 3);
}

#[tokio::test]
async fn methods_and_bodies() {
    let server = Server::start(|path| match path {
        "/303" => answer("303 See Other\r\nlocation: /end", ""),
        "/308" => answer("308 Permanent Redirect\r\nlocation: /end", ""),
        _ => answer("200 OK", "ok"),
    })
    .await;
    let allowed = allow(&[&server]);
    let egress = client(Names::default(), &[&allowed[0]]);
    let post = |path: &str, body: Body| {
        let mut request = Request::new(Method::POST, server.url(path), "test").follow_redirects(1);
        request.body = body;
        egress.send(request)
    };
    post("/303", "x".to_owned().into()).await.expect("an answer");
    post("/308", "x".to_owned().into()).await.expect("an answer");
    let stream = Body::stream(futures::stream::iter([Ok("x".into())]));
    let kept = post("/308", stream).await.expect("the redirect itself");
    assert_eq!(kept.status, 308);
    let heads = server.heads();
    assert!(heads[1].starts_with("get /end"), "{}", heads[1]);
    assert!(heads[3].starts_with("post /end"), "{}", heads[3]);
    assert!(heads[3].contains("content-length: 1"));
    assert_eq!(heads.len(), 5);
}

#[tokio::test]
async fn an_endless_circle_ends() {
    let server = Server::start(|_| to("/again")).await;
    let allowed = allow(&[&server]);
    let egress = client(Names::default(), &[&allowed[0]]);
    let request = Request::new(Method::GET, server.url("/"), "test").follow_redirects(3);
    assert_eq!(egress.send(request).await.map(|response| response.status.as_u16()), Ok(302));
    assert_eq!(server.connections(), 4);
}

/// Proves S18.
#[test]
fn https_never_falls_back() {
    let from = "https://a.example/x".parse().expect("a URL");
    let mut headers = http::HeaderMap::new();
    headers.insert(header::LOCATION, HeaderValue::from_static("http://a.example/x"));
    let location = crate::redirect::location(&from, http::StatusCode::FOUND, &headers);
    assert!(matches!(location, Some(Err(Reason::BadRedirect(_)))), "{location:?}");
    headers.insert(header::LOCATION, HeaderValue::from_static("https://u:p@b.example/y"));
    let location = crate::redirect::location(&from, http::StatusCode::FOUND, &headers);
    assert_eq!(location.and_then(Result::ok).map(String::from).as_deref(), Some("https://b.example/y"));
}
