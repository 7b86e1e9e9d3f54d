//! TaskRouter's API as its clients see it: real routes on both databases, two workspaces of one name, no network.

mod access;
mod callbacks;
mod channels;
mod deleting;
mod events;
mod nouns;
mod reservations;
mod statistics;
mod tasks;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use model::{Timestamp, WorkspaceId};
use serde_json::{Value, json};
use server::{Config, Doors, Server};
use testkit::{House, Shop};

const HOST: &str = "localhost:8080";
const PEER: &str = "127.0.0.1:50000";

/// A test on each database, in a house with both APIs in front.
fn check<F: AsyncFn(Api)>(name: &str, test: F) {
    testkit::on_each(&format!("twilio::{name}"), async |house| test(Api::new(house).await).await);
}

struct Api {
    house: House,
    doors: Doors,
    shop: Shop,
    other: Shop,
    /// The account of `shop`: may do everything there.
    account: Key,
}

/// Name and secret of Basic; an empty name sends nothing.
#[derive(Debug, Clone)]
struct Key(String, String);

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
    fn made(self) -> Value {
        assert_eq!(self.status, StatusCode::CREATED, "{}", self.text);
        self.json
    }
    /// Status and code of a refusal, which has Twilio's form.
    fn refusal(&self) -> (u16, u64) {
        let code = self.json["code"].as_u64().unwrap_or_else(|| panic!("no refusal: {} {}", self.status, self.text));
        assert_eq!(self.json["status"], json!(self.status.as_u16()));
        assert_eq!(self.json["more_info"], json!(format!("https://www.twilio.com/docs/errors/{code}")));
        (self.status.as_u16(), code)
    }
    fn message(&self) -> &str {
        self.json["message"].as_str().unwrap_or_default()
    }
    fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().unwrap().to_owned()
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}"))
}

/// The named texts of each row under `key`.
fn column(body: &Value, key: &str, name: &str) -> Vec<String> {
    body[key].as_array().unwrap_or_else(|| panic!("no {key} in {body}")).iter().map(|row| text(row, name).to_owned()).collect()
}

/// The same in the order of the alphabet: what was made at one instant has no order of its own.
fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

impl Api {
    async fn new(house: House) -> Self {
        let shop = house.open_shop("Shop").await.unwrap();
        let other = house.open_shop("Shop").await.unwrap();
        house.settle().await.unwrap();
        house.engine.db().write(|tx| Box::pin(async move { store::access::seed_roles(tx).await })).await.unwrap();
        let config = Config { origins: house.engine.origins().clone(), demo_hosts: Vec::new(), trusted_proxies: Vec::new() };
        let server = Server::new(house.engine.clone(), config);
        let doors = Doors::new(&server, Vec::new(), &[twilio::routes]);
        let ws = shop.ws;
        let owner = house.engine.db().read(move |tx| Box::pin(async move { store::workspace::owner(tx, ws).await })).await.unwrap();
        let account = Key(owner.unwrap().0.to_string(), "token".into());
        Self { house, doors, shop, other, account }
    }

    async fn key(&self, ws: i64, role: &str) -> Key {
        let site = server::bootstrap::Site::of(&self.house.engine);
        let made = server::bootstrap::create_key(&site, ws, "script", role).await.unwrap();
        Key(made.key_sid.to_string(), made.secret)
    }

    fn path(&self, rest: &str) -> String {
        self.path_in(self.shop.id, rest)
    }
    fn path_in(&self, workspace: WorkspaceId, rest: &str) -> String {
        format!("{}/Workspaces/{workspace}{rest}", twilio::TASKROUTER)
    }

    async fn send(&self, key: &Key, method: Method, path: &str, form: Option<&[(&str, &str)]>, headers: &[(&str, &str)]) -> Reply {
        let Some(form) = form else { return self.send_body(key, method, path, Body::empty(), headers).await };
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let headers = [&[("content-type", "application/x-www-form-urlencoded")], headers].concat();
        self.send_body(key, method, path, Body::from(body), &headers).await
    }

    async fn send_body(&self, key: &Key, method: Method, path: &str, body: Body, headers: &[(&str, &str)]) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, HOST);
        }
        if !key.0.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{}:{}", key.0, key.1))));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.doors.answer(request.body(body).unwrap(), PEER.parse().unwrap(), false).await;
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    async fn get(&self, rest: &str) -> Reply {
        self.send(&self.account, Method::GET, &self.path(rest), None, &[]).await
    }
    async fn post(&self, rest: &str, form: &[(&str, &str)]) -> Reply {
        self.send(&self.account, Method::POST, &self.path(rest), Some(form), &[]).await
    }
    async fn delete(&self, rest: &str) -> Reply {
        self.send(&self.account, Method::DELETE, &self.path(rest), None, &[]).await
    }
    async fn post_matching(&self, rest: &str, etag: &str, form: &[(&str, &str)]) -> Reply {
        self.send(&self.account, Method::POST, &self.path(rest), Some(form), &[("if-match", etag)]).await
    }

    /// Follows a list by its own addresses, as SDKs do.
    async fn all(&self, rest: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut path = self.path(rest);
        loop {
            let page = self.send(&self.account, Method::GET, &path, None, &[]).await.ok();
            let key = text(&page["meta"], "key").to_owned();
            rows.extend(page[&key].as_array().unwrap().clone());
            let Some(next) = page["meta"]["next_page_url"].as_str() else { return rows };
            path = next.strip_prefix(&format!("http://{HOST}")).unwrap().to_owned();
        }
    }

    /// A workspace without agents of its own: nobody but who is made here takes its tasks.
    async fn nobody_works(&self) {
        for worker in [self.shop.ana, self.shop.ben] {
            self.post(&format!("/Workers/{worker}"), &[("ActivitySid", &self.shop.offline.to_string())]).await.ok();
        }
    }

    fn advance(&self, secs: i64) {
        let now: Timestamp = self.house.now();
        self.house.clock.set(now.plus_secs(secs));
        self.house.keep_time();
    }
}
