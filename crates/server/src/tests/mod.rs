//! The API as its clients see it: real routes on both databases, two workspaces of one name, no network.

mod access;
mod admin;
mod agents;
mod arrived;
mod board;
mod branding;
mod business_hours;
mod custom_fields;
mod desk;
mod matrix;
mod origins;
mod refusals;
mod routing;
mod security;
mod unreadable;
mod webhooks;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt;
use model::{ApiKeyId, WorkerId};
use serde_json::{Value, json};
use testkit::{House, Person, Shop};

use crate::access::secret;
use crate::dispatch::Doors;
use crate::{Config, Server};

const HOST: &str = "localhost:8080";
const PEER: &str = "127.0.0.1:50000";

/// A test on each database, in a house with the API in front.
fn check<F: AsyncFn(Api)>(name: &str, test: F) {
    testkit::on_each(&format!("server::{name}"), async |house| test(Api::new(house).await).await);
}

/// The same in a house that speaks every channel there is.
fn check_all_channels<F: AsyncFn(Api)>(name: &str, test: F) {
    testkit::databases(&format!("server::{name}"), async |db| {
        let house = House::on(db, 1, testkit::FakeWorld::default()).await.expect("a house");
        test(Api::new(house).await).await;
    });
}

struct Api {
    house: House,
    doors: Doors,
    shop: Shop,
    other: Shop,
}

#[derive(Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
    text: String,
}

impl Reply {
    fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json
    }
    /// Status and code of a refusal.
    fn refusal(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["code"].as_str().unwrap_or("no code"))
    }
}

/// How somebody is known: a cookie, a key, or not at all.
#[derive(Debug, Clone)]
enum Who {
    Nobody,
    Cookie(String),
    Basic(String, String),
}

struct Ask {
    method: Method,
    path: String,
    body: Option<Value>,
    file: Option<(&'static str, Vec<u8>)>,
    headers: Vec<(&'static str, String)>,
}

fn ask(method: Method, path: impl Into<String>) -> Ask {
    Ask { method, path: path.into(), body: None, file: None, headers: Vec::new() }
}

impl Ask {
    fn with(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
    fn file(mut self, kind: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        self.file = Some((kind, bytes.into()));
        self
    }
    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(held, _)| *held != name);
        self.headers.push((name, value.into()));
        self
    }
}

impl Api {
    async fn new(house: House) -> Self {
        let shop = house.open_shop("Shop").await.unwrap();
        let other = house.open_shop("Shop").await.unwrap();
        house.settle().await.unwrap();
        house.engine.db().write(|tx| Box::pin(async move { store::access::seed_roles(tx).await })).await.unwrap();
        let origins = house.engine.origins().clone();
        let config = Config { origins, demo_hosts: vec!["ana.localhost".into()], trusted_proxies: Vec::new() };
        let server = Server::new(house.engine.clone(), config);
        let doors = Doors::new(&server, Vec::new(), &[]);
        Self { house, doors, shop, other }
    }

    /// Somebody with these roles in a workspace, signed in on the desk's host.
    async fn person(&self, ws: i64, name: &str, roles: &[(&str, &str)], worker: Option<WorkerId>) -> Who {
        let (engine, token) = (&self.house.engine, secret::token().unwrap());
        let (token_hash, now) = (secret::hash(&token), engine.now());
        let person = Person { name, roles, worker, token_hash: &token_hash, noted_at: now, until: now.plus_secs(86_400) };
        testkit::sign_in(engine, ws, person).await.unwrap();
        Who::Cookie(token)
    }

    async fn admin(&self) -> Who {
        self.person(self.shop.ws, "Admin", &[("admin", "all")], None).await
    }
    async fn agent(&self) -> Who {
        self.person(self.shop.ws, "Ana", &[("agent", "own")], Some(self.shop.ana)).await
    }

    async fn key(&self, ws: i64, role: &str) -> (Who, ApiKeyId) {
        let site = crate::bootstrap::Site::of(&self.house.engine);
        let made = crate::bootstrap::create_key(&site, ws, "script", role).await.unwrap();
        (Who::Basic(made.key_sid.to_string(), made.secret), made.key_sid)
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/workspaces/{}{rest}", self.shop.id)
    }

    async fn send(&self, who: &Who, ask: Ask) -> Reply {
        let writes = ask.method != Method::GET;
        let mut request = Request::builder().method(ask.method).uri(&ask.path);
        let said = |name: &str| ask.headers.iter().any(|(held, _)| *held == name);
        if !said("host") {
            request = request.header(header::HOST, HOST);
        }
        match who {
            Who::Nobody => {}
            Who::Cookie(token) => {
                request = request.header(header::COOKIE, format!("seaway={token}"));
                if writes && !said("origin") {
                    request = request.header(header::ORIGIN, format!("http://{HOST}"));
                }
            }
            Who::Basic(name, secret) => {
                use base64::Engine as _;
                let text = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{secret}"));
                request = request.header(header::AUTHORIZATION, format!("Basic {text}"));
            }
        }
        for (name, value) in ask.headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, value);
        }
        let body = match (ask.body, ask.file) {
            (None, Some((kind, bytes))) => {
                request = request.header(header::CONTENT_TYPE, kind);
                Body::from(bytes)
            }
            (Some(body), _) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            (None, None) => Body::empty(),
        };
        let response = self.doors.answer(request.body(body).unwrap(), PEER.parse().unwrap(), false).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let refused = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
        if refused && !text.is_empty() {
            assert!(json["mend"].as_str().is_some_and(|mend| !mend.is_empty()), "a refusal without a mend: {text}");
        }
        Reply { status: parts.status, headers: parts.headers, json, text }
    }

    async fn get(&self, who: &Who, rest: &str) -> Reply {
        self.send(who, ask(Method::GET, self.path(rest))).await
    }
    async fn post(&self, who: &Who, rest: &str, body: Value) -> Reply {
        self.send(who, ask(Method::POST, self.path(rest)).with(body)).await
    }
    async fn patch(&self, who: &Who, rest: &str, body: Value) -> Reply {
        self.send(who, ask(Method::PATCH, self.path(rest)).with(body)).await
    }
    async fn put(&self, who: &Who, rest: &str, body: Value) -> Reply {
        self.send(who, ask(Method::PUT, self.path(rest)).with(body)).await
    }
    async fn delete(&self, who: &Who, rest: &str) -> Reply {
        self.send(who, ask(Method::DELETE, self.path(rest))).await
    }
}

#[test]
fn the_description_names_every_route_once_and_says_who_may() {
    let document: Value = serde_json::from_str(&crate::openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 55, "{} paths", paths.len());
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            assert_eq!(operation["responses"]["default"]["description"], json!("Refused"), "{method} {path}");
            let inside = path.starts_with("/api/v1/workspaces/");
            assert_eq!(operation["security"].is_array(), inside, "{method} {path} says who may");
        }
    }
}
