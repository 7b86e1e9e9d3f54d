use std::fmt;
use std::io;

use bytes::Bytes;
use futures::Stream;
use futures::stream::BoxStream;

/// What a request carries.
#[derive(Default)]
pub enum Body {
    #[default]
    Empty,
    Bytes(Bytes),
    /// Read while it is sent; cannot be sent twice, so it never follows a redirect.
    Stream(BoxStream<'static, io::Result<Bytes>>),
}

impl Body {
    pub fn stream(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
        Body::Stream(Box::pin(stream))
    }

    /// The body for this hop, and what is left for the next one: nothing of a stream.
    pub(crate) fn split(self) -> (Body, Option<Body>) {
        match self {
            Body::Empty => (Body::Empty, Some(Body::Empty)),
            Body::Bytes(bytes) => (Body::Bytes(bytes.clone()), Some(Body::Bytes(bytes))),
            Body::Stream(stream) => (Body::Stream(stream), None),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Body {
        Body::Bytes(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body::Bytes(bytes.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::Bytes(text.into())
    }
}

impl fmt::Debug for Body {
    /// Sizes only: bodies hold personal data and secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => f.write_str("Empty"),
            Body::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Body::Stream(_) => f.write_str("Stream"),
        }
    }
}
