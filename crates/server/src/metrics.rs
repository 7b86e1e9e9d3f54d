//! Figures for Prometheus. Labels have few values: never an id, a path with ids or a person.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::Server;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Answered {
    pub method: String,
    /// The route's pattern, e.g. `/api/v1/workspaces/{ws}/desk`.
    pub route: String,
    pub status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Kind {
    pub kind: String,
}

type Seconds = Family<Kind, Histogram, fn() -> Histogram>;

pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Seconds,
    /// TCP connections that are open.
    pub connections: Gauge<i64, AtomicI64>,
    /// Sockets that are open, by kind: desk, visitor.
    pub sockets: Family<Kind, Gauge>,
}

fn buckets() -> Histogram {
    Histogram::new([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("seaway");
        let requests = Family::default();
        let seconds: Seconds = Family::new_with_constructor(buckets);
        let connections = Gauge::default();
        let sockets = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_seconds", "Time from head to answer, seconds", seconds.clone());
        registry.register("connections", "Open TCP connections", connections.clone());
        registry.register("sockets", "Open WebSockets", sockets.clone());
        Self { registry, requests, seconds, connections, sockets }
    }
}

impl Metrics {
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            tracing::error!(%error, "the metrics could not be written");
        }
        text
    }
    pub fn sockets(&self, kind: &str) -> Gauge {
        self.sockets.get_or_create(&Kind { kind: kind.to_owned() }).clone()
    }
}

/// Counts each request by its route's pattern.
pub async fn count(State(server): State<Server>, request: Request, next: Next) -> Response {
    let route: Arc<str> = request.extensions().get::<MatchedPath>().map_or_else(|| "other".into(), |path| path.as_str().into());
    let method = request.method().as_str().to_owned();
    let begun = tokio::time::Instant::now();
    let response = next.run(request).await;
    let metrics = server.metrics();
    metrics.seconds.get_or_create(&Kind { kind: method.clone() }).observe(begun.elapsed().as_secs_f64());
    let answered = Answered { method, route: route.to_string(), status: response.status().as_u16() };
    metrics.requests.get_or_create(&answered).inc();
    response
}

/// GET /metrics
pub async fn show(State(server): State<Server>) -> Response {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], server.metrics().text()).into_response()
}
