//! The way out: one request of the carrier to the world.

use anyhow::{Context, anyhow};
use egress::{Egress, EgressError, EgressOptions, HostPort, Reason, Request};
use futures::{FutureExt, future::BoxFuture};
use http::{HeaderName, HeaderValue, Method, header};

use crate::carrier::{Callback, CallbackAnswer, WebhookKind};

/// The most that is read of an answer, in bytes: a picture to send, or a few lines of XML.
const MEDIA_BYTES: usize = 6 * 1024 * 1024;
const ANSWER_BYTES: usize = 64 * 1024;

/// Carries out a callback and tells how it ended. It must keep to the callback's time limits.
pub trait Post: Send + Sync + 'static {
    fn post(&self, callback: Callback) -> BoxFuture<'static, CallbackAnswer>;
}

/// The real way out, through a client of the carrier's own.
pub struct Outward {
    egress: Egress,
}

impl Outward {
    /// A way out that may also reach the hosts named, each `HOST:PORT`.
    ///
    /// # Errors
    /// When a name is no `HOST:PORT`, or the client cannot be made.
    pub fn new(allow: &[String]) -> anyhow::Result<Self> {
        let allow = allow
            .iter()
            .map(|name| name.parse::<HostPort>().with_context(|| format!("reading {name}")))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let egress = Egress::new(EgressOptions {
            allow,
            user_agent: "TwilioProxy/1.1".into(),
            // A carrier leaves nobody alone because of failures: it tries as often as it was asked to.
            breaker_failures: u32::MAX,
            bulkhead_places: 64,
            ..EgressOptions::default()
        })
        .map_err(|why| anyhow!(why).context("making the carrier's client"))?;
        Ok(Self { egress })
    }
}

impl Post for Outward {
    fn post(&self, callback: Callback) -> BoxFuture<'static, CallbackAnswer> {
        let egress = self.egress.clone();
        async move {
            match egress.send(request(callback)).await {
                Ok(response) => CallbackAnswer::Answered {
                    status: response.status.as_u16(),
                    content_type: response
                        .headers
                        .get(header::CONTENT_TYPE)
                        .and_then(|kind| kind.to_str().ok())
                        .unwrap_or_default()
                        .to_owned(),
                    body: response.body,
                },
                Err(EgressError::NotSent(why)) => CallbackAnswer::NoConnection(why.to_string()),
                Err(why) if *why.reason() == Reason::TimedOut => CallbackAnswer::Timeout,
                Err(why) => CallbackAnswer::Broken(why.to_string()),
            }
        }
        .boxed()
    }
}

fn request(callback: Callback) -> Request {
    let method = match callback.method {
        "GET" => Method::GET,
        _ => Method::POST,
    };
    let media = callback.kind == WebhookKind::Media;
    let mut request = Request::new(method, callback.url, "carrier")
        .timeout_ms(callback.timeout_ms)
        .max_response_bytes(if media { MEDIA_BYTES } else { ANSWER_BYTES })
        .follow_redirects(if media { 3 } else { 0 });
    for (name, value) in callback.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            request = request.header(name, value);
        }
    }
    if callback.method == "GET" {
        return request;
    }
    if let Some(json) = callback.json {
        return request.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json")).body(json);
    }
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&callback.form).finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8");
    request.header(header::CONTENT_TYPE, kind).body(bytes::Bytes::from(form))
}
