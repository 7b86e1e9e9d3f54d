use http::header::{self, HeaderMap, HeaderName};
use http::{Method, StatusCode};
use url::Url;

use crate::error::Reason;

/// Headers that mean the same to any host. All others may carry a secret and stay with the first one.
const FOR_ANY_HOST: &[HeaderName] = &[header::ACCEPT, header::ACCEPT_LANGUAGE, header::CONTENT_TYPE, header::USER_AGENT];

/// Where a response sends us; nothing when it is no redirect.
pub(crate) fn location(from: &Url, status: StatusCode, headers: &HeaderMap) -> Option<Result<Url, Reason>> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = headers.get(header::LOCATION)?;
    Some(followed(from, location.as_bytes()))
}

fn followed(from: &Url, location: &[u8]) -> Result<Url, Reason> {
    let location = std::str::from_utf8(location).map_err(|_| Reason::BadRedirect("unreadable location"))?;
    let mut to = from.join(location).map_err(|_| Reason::BadRedirect("unreadable location"))?;
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(Reason::BadRedirect("from https to something else"));
    }
    // A server must not choose credentials for us.
    if to.set_username("").is_err() || to.set_password(None).is_err() {
        return Err(Reason::BadRedirect("no host"));
    }
    Ok(to)
}

/// Whether the next hop becomes a GET without body.
pub(crate) fn becomes_get(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        303 => *method != Method::HEAD,
        301 | 302 => *method == Method::POST,
        _ => false,
    }
}

/// What may be said to the next hop: everything at the same origin, nothing secret elsewhere.
pub(crate) fn keep_headers(from: &Url, to: &Url, headers: &mut HeaderMap) {
    if from.origin() == to.origin() {
        return;
    }
    let kept = FOR_ANY_HOST.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect();
    *headers = kept;
}
