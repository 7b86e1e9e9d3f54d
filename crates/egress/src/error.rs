use std::error::Error;

use crate::resolver::{NotResolved, OnlySpecial};

/// Why there is no response. No variant shows a URL, because paths and queries hold secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// Not one byte of the request left: it may be sent again without being sent twice.
    #[error("the request was not sent: {0}")]
    NotSent(Reason),
    /// The request may have arrived. `status` is known when the response broke off after its head.
    #[error("the request may have been sent: {reason}")]
    Unknown { reason: Reason, status: Option<u16> },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("bad URL: {0}")]
    BadUrl(&'static str),
    /// The target is no public address and the operator did not allow it.
    #[error("the target is not a public address (see --egress-allow)")]
    Refused,
    #[error("the name could not be resolved")]
    NotResolved,
    /// No TCP or TLS connection came about.
    #[error("no connection: {0}")]
    Connect(String),
    /// The host failed again and again and is left alone for a while.
    #[error("the host failed repeatedly, next try in {retry_ms} ms")]
    BreakerOpen { retry_ms: u64 },
    /// Too many requests of the same bulkhead are under way.
    #[error("too many requests at once")]
    Busy,
    #[error("timed out")]
    TimedOut,
    #[error("the response is larger than {0} bytes")]
    TooLarge(usize),
    /// The connection or the response broke.
    #[error("broken: {0}")]
    Broken(String),
    /// A redirect led from https to http, or to no http URL at all.
    #[error("the redirect is not followed: {0}")]
    BadRedirect(&'static str),
}

impl EgressError {
    /// Whether repeating cannot send twice.
    pub fn is_not_sent(&self) -> bool {
        matches!(self, EgressError::NotSent(_))
    }

    /// Whether trying again is pointless until someone changes the URL or the operator's exceptions.
    pub fn is_permanent(&self) -> bool {
        matches!(self, EgressError::NotSent(Reason::BadUrl(_) | Reason::Refused))
    }

    pub fn reason(&self) -> &Reason {
        match self {
            EgressError::NotSent(reason) | EgressError::Unknown { reason, .. } => reason,
        }
    }

    pub(crate) fn unknown(reason: Reason) -> EgressError {
        EgressError::Unknown { reason, status: None }
    }

    /// What an error means after an earlier hop was already answered.
    pub(crate) fn after_a_hop(self) -> EgressError {
        match self {
            EgressError::NotSent(reason) => EgressError::unknown(reason),
            other => other,
        }
    }

    /// Whether it speaks against the host rather than against the request.
    pub(crate) fn blames_host(&self) -> bool {
        matches!(self.reason(), Reason::NotResolved | Reason::Connect(_) | Reason::TimedOut | Reason::Broken(_))
    }

    pub(crate) fn of(error: reqwest::Error) -> EgressError {
        if has_source::<OnlySpecial>(&error) {
            return EgressError::NotSent(Reason::Refused);
        }
        if has_source::<NotResolved>(&error) {
            return EgressError::NotSent(Reason::NotResolved);
        }
        if error.is_builder() {
            return EgressError::NotSent(Reason::BadUrl("it makes no request"));
        }
        if error.is_connect() {
            return EgressError::NotSent(if error.is_timeout() {
                Reason::Connect("timed out".to_owned())
            } else {
                Reason::Connect(deepest(&error))
            });
        }
        EgressError::unknown(if error.is_timeout() { Reason::TimedOut } else { Reason::Broken(deepest(&error)) })
    }
}

fn has_source<E: Error + 'static>(error: &reqwest::Error) -> bool {
    sources(error).iter().any(|source| source.is::<E>())
}

/// The innermost message says what happened; the outer ones repeat the URL.
fn deepest(error: &reqwest::Error) -> String {
    let innermost = sources(error).last().map(ToString::to_string);
    let mut message = innermost.unwrap_or_else(|| "no details".to_owned());
    if let Some((end, _)) = message.char_indices().nth(200) {
        message.truncate(end);
    }
    message
}

/// From the outside in, the error itself left out.
fn sources(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut found = Vec::new();
    let mut next = error.source();
    while let Some(source) = next {
        found.push(source);
        next = source.source();
    }
    found
}
