//! The door to the world: one request out, one answer in, or the knowledge whether anything may have left.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use connectors::{Door, Letter, Reply};
use model::ChannelAccountId;

/// A request as it leaves.
#[derive(Clone)]
pub struct Outgoing {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub timeout_ms: u64,
    pub max_response_bytes: usize,
    pub follow_redirects: u8,
    /// Whose requests must not crowd out others.
    pub bulkhead: String,
}

impl std::fmt::Debug for Outgoing {
    /// Without what proves who we are: addresses, headers and bodies hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({} {}, {} bytes)", self.method, connectors::host_of(&self.url), self.body.len())
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Sent {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
    /// No byte left; `permanent` = it never will as it stands (a refused address, a bad URL).
    NotSent {
        why: String,
        permanent: bool,
    },
    /// Bytes may have left.
    Unknown {
        why: String,
    },
    /// It was heard, and answered with more than was asked for.
    TooLarge {
        why: String,
    },
}

impl Sent {
    pub(crate) fn reply(self) -> Reply {
        match self {
            Self::Answer { status, headers, body } => Reply::Http { status, headers, body: body.to_vec() },
            Self::NotSent { why, .. } => Reply::NotSent(why),
            Self::Unknown { why } | Self::TooLarge { why } => Reply::Unknown(why),
        }
    }
}

/// A letter as it leaves, with the bytes of its files by their keys.
#[derive(Debug, Clone)]
pub struct OutgoingLetter {
    pub letter: Letter,
    pub files: BTreeMap<String, Bytes>,
}

#[async_trait]
pub trait World: Send + Sync {
    async fn request(&self, request: Outgoing) -> Sent;
    /// Whether a request to this address would be refused as it is written: what a name means is only known when it is asked for.
    fn refuses(&self, _url: &str) -> bool {
        false
    }
    /// Hands a letter to its mail server. Answers with [`Reply::Mail`], [`Reply::NotSent`] or [`Reply::Unknown`].
    async fn post(&self, _letter: OutgoingLetter) -> Reply {
        Reply::NotSent("no way out for letters was opened".into())
    }
    /// Tries a door and leaves again, with the same answers.
    async fn knock(&self, _door: Door) -> Reply {
        Reply::NotSent("no way out for letters was opened".into())
    }
    /// Hands a frame to the gateway socket of an account. [`Reply::NotSent`] while it is not open here.
    async fn frame(&self, _account: ChannelAccountId, _frame: Bytes) -> Reply {
        Reply::NotSent("the channel's gateway is not connected".into())
    }
}

/// The real world, through the one client for outgoing requests.
pub struct Outward(pub egress::Egress);

#[async_trait]
impl World for Outward {
    async fn request(&self, out: Outgoing) -> Sent {
        let permanent = |why: String| Sent::NotSent { why, permanent: true };
        let Ok(method) = out.method.parse() else { return permanent(format!("not a method: {}", out.method)) };
        let mut request = egress::Request::new(method, out.url, out.bulkhead)
            .timeout_ms(out.timeout_ms)
            .max_response_bytes(out.max_response_bytes)
            .follow_redirects(out.follow_redirects)
            .body(out.body);
        for (name, value) in out.headers {
            let (Ok(name), Ok(value)) = (name.parse(), value.parse()) else { return permanent("a header that is none".into()) };
            request = request.header(name, value);
        }
        match self.0.send(request).await {
            Ok(response) => Sent::Answer {
                status: response.status.as_u16(),
                headers: response
                    .headers
                    .iter()
                    .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                    .collect(),
                body: response.body,
            },
            Err(error) if error.is_not_sent() => Sent::NotSent { permanent: error.is_permanent(), why: error.to_string() },
            Err(error) if matches!(error.reason(), egress::Reason::TooLarge(_)) => Sent::TooLarge { why: error.to_string() },
            Err(error) => Sent::Unknown { why: error.to_string() },
        }
    }
    fn refuses(&self, url: &str) -> bool {
        self.0.refuses(url)
    }
}
