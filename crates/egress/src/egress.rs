use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, StatusCode};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::breaker::{Breakers, Pass};
use crate::bulkhead::Bulkheads;
use crate::error::Reason;
use crate::policy::{Target, check_url};
use crate::redirect::{becomes_get, keep_headers, location};
use crate::resolver::Checked;
use crate::{Body, EgressError, HostPort, MAX_TIMEOUT_MS, Request, Resolver, Response, SystemResolver};

/// How the client behaves as a whole.
pub struct EgressOptions {
    /// Targets that may be special addresses; logged when the client is made.
    pub allow: Vec<HostPort>,
    pub user_agent: String,
    /// For name, TCP and TLS together, in milliseconds.
    pub connect_timeout_ms: u64,
    /// The longest silence while an answer is read, in milliseconds.
    pub read_timeout_ms: u64,
    /// Requests under way at once for each bulkhead key.
    pub bulkhead_places: usize,
    /// Failures in a row after which a host is left alone.
    pub breaker_failures: u32,
    pub breaker_pause_ms: u64,
    pub resolver: Arc<dyn Resolver>,
}

impl Default for EgressOptions {
    /// No exceptions; 5 s to connect, 10 s of silence, 16 places, 5 failures, 10 s of pause.
    fn default() -> EgressOptions {
        EgressOptions {
            allow: Vec::new(),
            user_agent: "Seaway".to_owned(),
            connect_timeout_ms: 5_000,
            read_timeout_ms: 10_000,
            bulkhead_places: 16,
            breaker_failures: 5,
            breaker_pause_ms: 10_000,
            resolver: Arc::new(SystemResolver),
        }
    }
}

/// The client. Clones share connections, places and breakers.
#[derive(Clone)]
pub struct Egress {
    shared: Arc<Shared>,
}

struct Shared {
    allow: Vec<HostPort>,
    resolver: Arc<dyn Resolver>,
    read_timeout: Duration,
    bulkheads: Bulkheads,
    breakers: Arc<Breakers>,
    /// Its resolver lets no special address through.
    public: reqwest::Client,
    /// Only for targets the operator allowed. Its connections are its own.
    allowed: reqwest::Client,
}

/// One request as it changes over its redirects.
struct Hop {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Body,
}

/// What one hop came to.
enum Landed {
    Here(Response),
    Elsewhere(Hop),
}

impl Egress {
    /// # Errors
    /// When the TLS roots of the system cannot be loaded, or the user agent is no header value.
    pub fn new(options: EgressOptions) -> Result<Egress, Box<dyn Error + Send + Sync>> {
        // The first provider stays; another one installed before is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        for exception in &options.allow {
            tracing::info!(target_allowed = %exception, "egress to {exception} is allowed to special addresses");
        }
        Ok(Egress {
            shared: Arc::new(Shared {
                read_timeout: Duration::from_millis(options.read_timeout_ms),
                bulkheads: Bulkheads::new(options.bulkhead_places),
                breakers: Arc::new(Breakers::new(options.breaker_failures, Duration::from_millis(options.breaker_pause_ms))),
                resolver: Arc::clone(&options.resolver),
                public: client(&options, false)?,
                allowed: client(&options, true)?,
                allow: options.allow,
            }),
        })
    }

    /// Whether an address would be refused before anything is resolved: a special one, written out, that the operator did not allow.
    pub fn refuses(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| check_url(&url, &self.shared.allow) == Err(Reason::Refused))
    }

    pub(crate) fn allow(&self) -> &[HostPort] {
        &self.shared.allow
    }

    pub(crate) fn resolver(&self) -> &Arc<dyn Resolver> {
        &self.shared.resolver
    }

    /// Sends one request and reads its answer. Every status is an answer, errors of the server included.
    ///
    /// # Errors
    /// [`EgressError::NotSent`] when nothing can have left, [`EgressError::Unknown`] otherwise.
    pub async fn send(&self, request: Request) -> Result<Response, EgressError> {
        let timeout = Duration::from_millis(request.timeout_ms.min(MAX_TIMEOUT_MS));
        let deadline = Instant::now() + timeout;
        let url = Url::parse(&request.url).map_err(|_| EgressError::NotSent(Reason::BadUrl("unreadable")))?;
        // Before waiting for a place: a refusal needs none.
        check_url(&url, &self.shared.allow).map_err(EgressError::NotSent)?;
        let place = self.shared.bulkheads.enter(&request.bulkhead, deadline).await;
        let Some(_place) = place else {
            return Err(EgressError::NotSent(Reason::Busy));
        };
        let mut hop = Hop { method: request.method, url, headers: without_connection_headers(request.headers), body: request.body };
        let limits = Limits { deadline, max_bytes: request.max_response_bytes };
        let mut redirects_left = request.follow_redirects;
        let mut first = true;
        loop {
            let landed = self.hop(hop, &limits, redirects_left > 0, &request.bulkhead).await;
            match landed {
                Ok(Landed::Here(response)) => return Ok(response),
                Ok(Landed::Elsewhere(next)) => hop = next,
                Err(error) if first => return Err(error),
                Err(error) => return Err(error.after_a_hop()),
            }
            first = false;
            redirects_left = redirects_left.saturating_sub(1);
        }
    }

    async fn hop(&self, hop: Hop, limits: &Limits, may_follow: bool, bulkhead: &str) -> Result<Landed, EgressError> {
        let target = check_url(&hop.url, &self.shared.allow).map_err(EgressError::NotSent)?;
        let pass = self.admit(&target, bulkhead)?;
        let landed = self.exchange(hop, &target, limits, may_follow).await;
        match &landed {
            Err(error) if error.blames_host() => pass.failed(Instant::now()),
            // A request refused after resolving says nothing about the host.
            Err(EgressError::NotSent(_)) => drop(pass),
            _ => pass.succeeded(),
        }
        landed
    }

    /// Breakers are kept for each bulkhead: one tenant's failing requests must not close a host for the others.
    fn admit(&self, target: &Target, bulkhead: &str) -> Result<Pass, EgressError> {
        let host = format!("{bulkhead} {}:{}", target.host, target.port);
        let admitted = self.shared.breakers.admit(&host, Instant::now());
        admitted.map_err(|wait| {
            let retry_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            EgressError::NotSent(Reason::BreakerOpen { retry_ms })
        })
    }

    async fn exchange(&self, hop: Hop, target: &Target, limits: &Limits, may_follow: bool) -> Result<Landed, EgressError> {
        let client = if target.allowed { &self.shared.allowed } else { &self.shared.public };
        let (body, body_left) = hop.body.split();
        let left = limits.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(EgressError::NotSent(Reason::TimedOut));
        }
        let mut request = client.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone()).timeout(left);
        request = match body {
            Body::Empty => request,
            Body::Bytes(bytes) => request.body(bytes),
            Body::Stream(stream) => request.body(reqwest::Body::wrap_stream(stream)),
        };
        let response = request.send().await.map_err(EgressError::of)?;
        let (status, headers) = (response.status(), response.headers().clone());
        if may_follow && let Some(next) = location(&hop.url, status, &headers) {
            let url = next.map_err(|reason| EgressError::Unknown { reason, status: Some(status.as_u16()) })?;
            if let Some(next) = next_hop(&hop.method, &hop.url, hop.headers, body_left, status, url) {
                return Ok(Landed::Elsewhere(next));
            }
        }
        let body = self.read(response, limits).await.map_err(|error| match error {
            EgressError::NotSent(reason) | EgressError::Unknown { reason, .. } => {
                EgressError::Unknown { reason, status: Some(status.as_u16()) }
            }
        })?;
        Ok(Landed::Here(Response { status, headers, body, url: hop.url }))
    }

    /// The body, decompressed piece by piece, so that a small answer cannot unfold into a large one.
    async fn read(&self, mut response: reqwest::Response, limits: &Limits) -> Result<Bytes, EgressError> {
        let too_large = || EgressError::unknown(Reason::TooLarge(limits.max_bytes));
        let announced = response.content_length().unwrap_or(0);
        if announced > limits.max_bytes as u64 {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        loop {
            let deadline = limits.deadline.min(Instant::now() + self.shared.read_timeout);
            let chunk = timeout_at(deadline, response.chunk())
                .await
                .map_err(|_| EgressError::unknown(Reason::TimedOut))?
                .map_err(EgressError::of)?;
            let Some(chunk) = chunk else {
                return Ok(body.freeze());
            };
            if body.len() + chunk.len() > limits.max_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
    }
}

struct Limits {
    deadline: Instant,
    max_bytes: usize,
}

/// The request a redirect asks for; nothing when its body is gone.
fn next_hop(method: &Method, from: &Url, mut headers: HeaderMap, body_left: Option<Body>, status: StatusCode, to: Url) -> Option<Hop> {
    keep_headers(from, &to, &mut headers);
    let (method, body) = if becomes_get(status, method) {
        headers.remove(header::CONTENT_TYPE);
        headers.remove(header::CONTENT_ENCODING);
        (Method::GET, Body::Empty)
    } else {
        (method.clone(), body_left?)
    };
    Some(Hop { method, url: to, headers, body })
}

fn without_connection_headers(mut headers: HeaderMap) -> HeaderMap {
    const OF_THE_CONNECTION: &[HeaderName] = &[
        header::HOST,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::TE,
        header::TRAILER,
        header::EXPECT,
        header::PROXY_AUTHORIZATION,
        // Decompression is bounded only for what the client asked for itself.
        header::ACCEPT_ENCODING,
    ];
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
    headers
}

fn client(options: &EgressOptions, special: bool) -> Result<reqwest::Client, Box<dyn Error + Send + Sync>> {
    let client = reqwest::Client::builder()
        .user_agent(&options.user_agent)
        .dns_resolver(Checked { resolver: Arc::clone(&options.resolver), special })
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .gzip(true)
        .connect_timeout(Duration::from_millis(options.connect_timeout_ms))
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(options.bulkhead_places)
        .build()?;
    Ok(client)
}
