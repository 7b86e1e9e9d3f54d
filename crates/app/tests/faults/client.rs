//! HTTP for the tests: JSON in, JSON out, through the product's own client.

use egress::{Egress, EgressOptions, HostPort, Request};
use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

#[derive(Clone)]
pub struct Client {
    egress: Egress,
    base: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub cookie: Option<String>,
}

impl Client {
    /// `base` is an origin on localhost.
    pub fn new(base: &str, port: u16) -> Self {
        Self::of(base, port, base)
    }

    /// The same from a page of another origin.
    pub fn of(base: &str, port: u16, origin: &str) -> Self {
        let allow = vec![target(&format!("localhost:{port}")), target(&format!("*.localhost:{port}"))];
        // The other side is killed all the time: that must not close the way to it.
        let options = EgressOptions { allow, breaker_failures: u32::MAX, bulkhead_places: 256, ..EgressOptions::default() };
        let egress = Egress::new(options).unwrap_or_else(|error| panic!("a client: {error}"));
        let origin = HeaderValue::from_str(origin).unwrap();
        Self { egress, base: base.to_owned(), headers: vec![(HeaderName::from_static("origin"), origin)] }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        self
    }

    pub async fn get(&self, path: &str) -> Option<Answer> {
        self.ask(Method::GET, path, None, None).await
    }

    /// With a key, the same request again changes nothing.
    pub async fn post(&self, path: &str, body: Value, key: &str) -> Option<Answer> {
        self.ask(Method::POST, path, Some(body), Some(key)).await
    }

    /// `None`: no answer came.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>, key: Option<&str>) -> Option<Answer> {
        let mut request = Request::new(method, format!("{}{path}", self.base), "tests").timeout_ms(10_000).max_response_bytes(64 << 20);
        for (name, value) in &self.headers {
            request = request.header(name.clone(), value.clone());
        }
        if let Some(key) = key {
            request = request.header(HeaderName::from_static("idempotency-key"), HeaderValue::from_str(key).unwrap());
        }
        if let Some(body) = body {
            request = request.header(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body.to_string());
        }
        let response = self.egress.send(request).await.ok()?;
        let cookie = response.headers.get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|text| text.split(';').next()).map(str::to_owned);
        let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Some(Answer { status: response.status.as_u16(), body, cookie })
    }

    /// A request of the set-up: it must work.
    pub async fn must(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = self.ask(method.clone(), path, body, Some(&format!("set-up{path}"))).await;
        let answer = answer.unwrap_or_else(|| panic!("{method} {path}: no answer"));
        assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.body);
        answer.body
    }
}

pub fn target(text: &str) -> HostPort {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}
