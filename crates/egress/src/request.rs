use std::fmt;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use url::Url;

use crate::Body;

/// The longest a request may take as a whole, in milliseconds.
pub const MAX_TIMEOUT_MS: u64 = 20_000;

/// One request and its limits.
pub struct Request {
    pub method: Method,
    /// `http` or `https`; a user and password in it become an Authorization header.
    pub url: String,
    /// Headers of the connection (`host`, `content-length`, `transfer-encoding`, …) are ignored: they follow from the rest.
    pub headers: HeaderMap,
    pub body: Body,
    /// For everything from waiting for a place to the last byte of the answer; at most [`MAX_TIMEOUT_MS`].
    pub timeout_ms: u64,
    /// After decompression.
    pub max_response_bytes: usize,
    /// Redirects to follow; further ones are returned as they are.
    pub follow_redirects: u8,
    /// Requests with the same key share a number of places and their knowledge of failing hosts, so that one tenant's
    /// slow endpoint delays nobody else.
    pub bulkhead: String,
}

impl Request {
    /// No headers or body, 10 s, 1 MiB, no redirects.
    pub fn new(method: Method, url: impl Into<String>, bulkhead: impl Into<String>) -> Request {
        Request {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Body::Empty,
            timeout_ms: 10_000,
            max_response_bytes: 1024 * 1024,
            follow_redirects: 0,
            bulkhead: bulkhead.into(),
        }
    }

    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Request {
        self.headers.insert(name, value);
        self
    }

    pub fn body(mut self, body: impl Into<Body>) -> Request {
        self.body = body.into();
        self
    }

    pub fn timeout_ms(mut self, timeout_ms: u64) -> Request {
        self.timeout_ms = timeout_ms;
        self
    }

    pub fn max_response_bytes(mut self, max_response_bytes: usize) -> Request {
        self.max_response_bytes = max_response_bytes;
        self
    }

    pub fn follow_redirects(mut self, follow_redirects: u8) -> Request {
        self.follow_redirects = follow_redirects;
        self
    }
}

impl fmt::Debug for Request {
    /// Without path, query, headers and body, which hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = Url::parse(&self.url).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or("?");
        write!(f, "{} {host} {:?}", self.method, self.body)
    }
}

/// The answer, read whole.
#[derive(Clone)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Where the answer came from, after redirects.
    pub url: Url,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}
