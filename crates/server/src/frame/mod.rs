//! The chat's own pages on its own origin: the loader for foreign sites, the frame, and their hashed assets.

use axum::Extension;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use model::ChannelAccountId;
use serde::Deserialize;

use crate::webchat::site;
use crate::{Door, Problem, Server, web};

/// The loader's name never changes, so it is asked for again soon.
const LOADER_CACHE: &str = "public, max-age=300, stale-while-revalidate=86400";

/// `/loader.js`, `/frame`, `/assets/…`, and the admin's preview.
pub fn routes<S: Clone + Send + Sync + 'static>(server: Server) -> Router<S> {
    Router::new()
        .route("/loader.js", get(loader))
        .route("/frame", get(frame))
        .route("/assets/{*path}", get(asset))
        .route("/preview", get(preview))
        .route("/preview.js", get(preview_script))
        .with_state(server)
}

async fn loader(headers: HeaderMap) -> Response {
    let Some(mut response) = web::file::<web::Webchat>("loader.js", &headers) else { return not_built() };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(LOADER_CACHE));
    for_foreign_pages(response)
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match web::file::<web::Webchat>(&format!("assets/{path}"), &headers) {
        Some(mut response) => {
            // A preview stands in a frame without an origin, and asks for its modules from there.
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            for_foreign_pages(response)
        }
        None => Problem::not_found().into_response(),
    }
}

/// A site that isolates itself (COEP) may still load what is meant for every site.
fn for_foreign_pages(mut response: Response) -> Response {
    response.headers_mut().insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    response
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    channel: String,
    /// Shown to an admin, of no channel and without a server behind it.
    preview: Option<String>,
}

async fn frame(
    State(server): State<Server>,
    Query(asked): Query<Asked>,
    Extension(door): Extension<Door>,
    mut headers: HeaderMap,
) -> Result<Response, Problem> {
    // The page may be known, but never the policy that comes with it.
    headers.remove(header::IF_NONE_MATCH);
    if asked.preview.is_some() {
        let Some(response) = web::file::<web::Webchat>("frame.html", &headers) else { return Ok(not_built()) };
        return Ok(alone(response, &format!("{}; {LONELY}", own_files(&door))));
    }
    let sites = sites(&server, &asked.channel).await?.ok_or_else(Problem::not_found)?;
    let Some(mut response) = web::file::<web::Webchat>("frame.html", &headers) else { return Ok(not_built()) };
    let files = door.reach(&server.engine().origins().files);
    let policy = policy(&site::origins(&sites, &door), &door, &files);
    let out = response.headers_mut();
    // Who may embed it depends on the channel's settings of this moment.
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.remove(header::ETAG);
    out.insert(header::REFERRER_POLICY, HeaderValue::from_static("origin"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        out.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // The house's own pages refuse to share their group of windows; a frame has none to share.
    out.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("unsafe-none"));
    Ok(for_foreign_pages(response))
}

/// Nothing of a preview asks any server for anything; nobody can be led astray by a frame that can do nothing.
const LONELY: &str =
    "connect-src 'none'; img-src 'self' data: blob:; form-action 'none'; base-uri 'none'; sandbox allow-scripts allow-forms";

/// The admin's preview: a page like a site's around the true frame. It holds nothing and can do nothing, so that it may stand in any frame.
async fn preview(Extension(door): Extension<Door>, headers: HeaderMap) -> Response {
    let Some(response) = web::file::<web::Webchat>("preview.html", &headers) else { return not_built() };
    alone(response, &format!("{}; frame-src 'self' {}; {LONELY}", own_files(&door), door.own_origin()))
}

async fn preview_script(headers: HeaderMap) -> Response {
    web::file::<web::Webchat>("preview.js", &headers).map_or_else(not_built, for_foreign_pages)
}

/// Our own scripts and styles, by name as well: a page without an origin may not count them as its own.
fn own_files(door: &Door) -> String {
    let own = door.own_origin();
    format!("default-src 'none'; script-src 'self' {own}; style-src 'self' {own}; font-src 'self' {own}")
}

fn alone(mut response: Response, policy: &str) -> Response {
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.remove(header::ETAG);
    if let Ok(policy) = HeaderValue::from_str(policy) {
        out.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for_foreign_pages(response)
}

/// The allowed sites of a webchat channel that is switched on.
async fn sites(server: &Server, channel: &str) -> Result<Option<Vec<String>>, Problem> {
    let Ok(id) = channel.parse::<ChannelAccountId>() else { return Ok(None) };
    let engine = server.engine();
    let ws = engine.db().read(move |tx| Box::pin(async move { store::channel::workspace_of(tx, id).await })).await?;
    let Some(ws) = ws else { return Ok(None) };
    let config = engine.config(ws).await?;
    let account = config.accounts.get(&id).filter(|account| account.kind == "webchat" && account.enabled);
    Ok(account.map(|account| serde_json::from_str(account.setting("allowed_sites")).unwrap_or_default()))
}

/// No script but ours, no connection but to our origin, and nobody's frame but the allowed sites'.
fn policy(sites: &[String], door: &Door, files: &str) -> String {
    let ancestors = if sites.is_empty() { "'none'".to_owned() } else { sites.join(" ") };
    // Older browsers do not count a socket to the same host as 'self'.
    let port = door.port().and_then(|port| port.parse::<u16>().ok()).map(|port| format!(":{port}")).unwrap_or_default();
    let socket = format!("{}://{}{port}", if door.https { "wss" } else { "ws" }, door.host());
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self' {socket}; img-src 'self' data: blob: {files}; media-src 'self' blob: {files}; form-action 'none'; base-uri 'none'; frame-ancestors {ancestors}"
    )
}

fn not_built() -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::CONTENT_TYPE, "text/plain")],
        "The webchat was not built into this binary: run `npm run build` in web, then build again",
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_can_ask_nobody_for_anything() {
        let door = Door { authority: "webchat.localhost:8080".into(), ..Door::default() };
        let policy = format!("{}; {LONELY}", own_files(&door));
        assert!(policy.contains("connect-src 'none'") && policy.contains("form-action 'none'"), "{policy}");
        assert!(policy.ends_with("sandbox allow-scripts allow-forms"), "{policy}");
        assert!(!policy.contains("same-origin") && !policy.contains("unsafe"), "{policy}");
    }

    /// Proves S13.
    #[test]
    fn only_the_allowed_sites_embed_the_frame() {
        let door = Door { authority: "webchat.localhost:8080".into(), ..Door::default() };
        let policy = policy(&["http://shop.localhost:8080".into()], &door, "http://files.localhost:8080");
        assert!(policy.ends_with("frame-ancestors http://shop.localhost:8080"));
        assert!(policy.contains("connect-src 'self' ws://webchat.localhost:8080;"));
        assert!(!policy.contains("unsafe"));
        assert!(super::policy(&[], &door, "x").ends_with("frame-ancestors 'none'"));
    }
}
