//! The web apps as embedded files, compressed when they were built. Names under `assets/` carry a hash and never change.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/desk/dist"]
pub struct Desk;

#[derive(RustEmbed)]
#[folder = "../../web/webchat/dist"]
pub struct Webchat;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK: &str = "no-cache";

/// A file of an app, in the best coding the client takes; `None` when there is no such file.
pub fn file<A: RustEmbed>(path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = path.trim_start_matches('/');
    if path.is_empty() || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = A::get(path)?;
    let tag = format!("\"{}\"", crate::access::secret::hex(&plain.metadata.sha256_hash()[..12]));
    let cache = if path.starts_with("assets/") { FOR_EVER } else { ASK };
    let same =
        headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|held| held.split(',').any(|one| one.trim() == tag));
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let (coding, file) = coded::<A>(path, headers).map_or((None, plain), |(coding, file)| (Some(coding), file));
        let mut response = body(file).into_response();
        let kind = HeaderValue::from_static(media_type(path));
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if let Some(coding) = coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    Some(response)
}

fn coded<A: RustEmbed>(path: &str, headers: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?.to_ascii_lowercase();
    let takes = |coding: &str| {
        accepted.split(',').any(|one| {
            let (name, weight) = one.trim().split_once(';').unwrap_or((one.trim(), ""));
            name.trim() == coding && !matches!(weight.trim(), "q=0" | "q=0.0")
        })
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(coding, _)| takes(coding))
        .find_map(|(coding, end)| Some((coding, A::get(&format!("{path}.{end}"))?)))
}

fn body(file: EmbeddedFile) -> axum::body::Body {
    match file.data {
        Cow::Borrowed(bytes) => axum::body::Body::from(bytes),
        Cow::Owned(bytes) => axum::body::Body::from(bytes),
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The desk: its files, and its one page for every other path that looks like a page.
pub fn desk(path: &str, headers: &HeaderMap) -> Response {
    if let Some(response) = file::<Desk>(path, headers) {
        return response;
    }
    if path.trim_start_matches('/').starts_with("assets/") {
        return crate::Problem::not_found().into_response();
    }
    file::<Desk>("index.html", headers).unwrap_or_else(|| {
        let page =
            "<!doctype html><title>Seaway</title><p>The desk was not built into this binary. Run `npm run build` in web, then build again.";
        (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
    })
}
