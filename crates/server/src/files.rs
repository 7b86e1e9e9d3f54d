//! Customers' files, on an origin without cookies: only a signed link opens one, and only what cannot run is shown in place.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use engine::{FileCopy, StoredFile};
use model::{AttachmentId, WorkspaceId};
use serde::Deserialize;

use crate::{Problem, Server};

/// `/f/{WS}/{ME}/{name}?e=…&s=…[&t=1|&m=…]`
pub fn routes<S: Clone + Send + Sync + 'static>(server: Server) -> Router<S> {
    Router::new().route("/f/{workspace}/{id}/{name}", get(show)).with_state(server)
}

#[derive(Deserialize)]
struct Link {
    /// When the link ends, in seconds since 1970.
    e: i64,
    s: String,
    /// The small copy.
    t: Option<u8>,
    /// What was made of it for a channel.
    m: Option<String>,
}

async fn show(
    State(server): State<Server>,
    Path((workspace, id, _name)): Path<(String, String, String)>,
    link: Result<Query<Link>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (Ok(workspace), Ok(id), Ok(Query(link))) = (workspace.parse::<WorkspaceId>(), id.parse::<AttachmentId>(), link) else {
        return Err(Problem::not_found());
    };
    let copy = match link.m {
        Some(made) => FileCopy::Made(made),
        None if link.t == Some(1) => FileCopy::Small,
        None => FileCopy::Whole,
    };
    let found = server.engine().open_file(workspace, id, link.e, &link.s, copy).await?;
    let file = found.ok_or_else(Problem::not_found)?;
    let left_s = (link.e - server.engine().now().secs()).clamp(0, 7 * 86_400);
    let mut response = body(&file, headers.get(header::RANGE));
    dress(response.headers_mut(), &file, left_s);
    Ok(response)
}

/// The whole file, or the part a player asks for.
fn body(file: &StoredFile, range: Option<&HeaderValue>) -> Response {
    let total = file.bytes.len();
    let playable = file.media_type.starts_with("audio/") || file.media_type.starts_with("video/");
    let wanted = range.filter(|_| playable).and_then(|value| value.to_str().ok()).and_then(|text| parse_range(text, total));
    match wanted {
        None => file.bytes.clone().into_response(),
        Some(Part::Outside) => {
            (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{total}"))], Bytes::new()).into_response()
        }
        Some(Part::Of(from, to)) => {
            let part = file.bytes.slice(from..=to);
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, format!("bytes {from}-{to}/{total}"))], part).into_response()
        }
    }
}

#[derive(Debug, PartialEq)]
enum Part {
    /// First and last byte.
    Of(usize, usize),
    Outside,
}

/// One range; of several, or of what we do not understand, the whole file is a right answer, too.
fn parse_range(text: &str, total: usize) -> Option<Part> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let part = match (from.trim(), to.trim()) {
        ("", last) => {
            let last: usize = last.parse().ok()?;
            (total.saturating_sub(last), total.saturating_sub(1), last > 0)
        }
        (from, "") => (from.parse().ok()?, total.saturating_sub(1), true),
        (from, to) => (from.parse().ok()?, to.parse::<usize>().ok()?.min(total.saturating_sub(1)), true),
    };
    match part {
        (from, to, true) if from < total && from <= to => Some(Part::Of(from, to)),
        _ => Some(Part::Outside),
    }
}

fn dress(headers: &mut HeaderMap, file: &StoredFile, left_s: i64) {
    let mut put = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, &media_type(file));
    put(header::CONTENT_DISPOSITION, &disposition(file));
    put(header::CACHE_CONTROL, &format!("private, max-age={left_s}, immutable"));
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    put(header::REFERRER_POLICY, "no-referrer");
    put(
        header::ACCEPT_RANGES,
        if file.media_type.starts_with("audio/") || file.media_type.starts_with("video/") { "bytes" } else { "none" },
    );
    put(header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
}

/// What is not shown in place is not even called by a name that a browser might act on.
fn media_type(file: &StoredFile) -> String {
    match (file.inline, file.media_type.as_str()) {
        (true, kind) => kind.to_owned(),
        (false, "application/pdf") => "application/pdf".to_owned(),
        (false, "text/plain") => "text/plain; charset=utf-8".to_owned(),
        (false, _) => "application/octet-stream".to_owned(),
    }
}

/// RFC 6266 with the name of RFC 5987, and a plain one for the rest.
fn disposition(file: &StoredFile) -> String {
    let kind = if file.inline { "inline" } else { "attachment" };
    let plain: String =
        file.name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' }).collect();
    let mut coded = String::new();
    for byte in file.name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => coded.push(char::from(byte)),
            _ => coded.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{coded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, media_type: &str, inline: bool) -> StoredFile {
        StoredFile { bytes: Bytes::from_static(b"0123456789"), media_type: media_type.into(), name: name.into(), inline }
    }

    #[test]
    fn names_survive_and_say_nothing_to_the_header() {
        assert_eq!(
            disposition(&file("Grüße \"1\"\r\n.pdf", "application/pdf", false)),
            "attachment; filename=\"Gr__e _1___.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22%0D%0A.pdf"
        );
        assert!(disposition(&file("a.png", "image/png", true)).starts_with("inline"));
        assert_eq!(media_type(&file("a.html", "text/html", false)), "application/octet-stream");
    }

    #[test]
    fn players_get_the_part_they_ask_for() {
        assert_eq!(parse_range("bytes=2-4", 10), Some(Part::Of(2, 4)));
        assert_eq!(parse_range("bytes=2-", 10), Some(Part::Of(2, 9)));
        assert_eq!(parse_range("bytes=-3", 10), Some(Part::Of(7, 9)));
        assert_eq!(parse_range("bytes=0-99", 10), Some(Part::Of(0, 9)));
        assert_eq!(parse_range("bytes=10-", 10), Some(Part::Outside));
        assert_eq!(parse_range("bytes=5-2", 10), Some(Part::Outside));
        assert_eq!(parse_range("bytes=-0", 10), Some(Part::Outside));
        assert_eq!(parse_range("bytes=0-1,3-4", 10), None);
        assert_eq!(parse_range("pages=1-2", 10), None);
        let part = HeaderValue::from_static("bytes=2-4");
        assert_eq!(body(&file("a.mp3", "audio/mpeg", true), Some(&part)).status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(body(&file("a.png", "image/png", true), Some(&part)).status(), StatusCode::OK);
    }
}
