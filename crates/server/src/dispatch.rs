//! Which application a request is for, by its Host, and what every answer carries.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower::ServiceExt;
use tracing::Instrument;

use crate::origin::{Door, door, host_of_origin, is_loopback_address};
use crate::{Problem, Server, files, frame, inbound, intake, logo, metrics, openapi, problem, stream, web, webchat};

/// Another API in front of the same engine: its routes, which the desk's origin answers.
pub type Mount = fn(&Server) -> Router<Server>;

/// The applications behind one listener.
pub struct Doors {
    server: Server,
    main: Router,
    webchat: Router,
    files: Router,
    extra: BTreeMap<String, Router>,
}

enum Way<'a> {
    Main,
    Webchat,
    Files,
    Extra(&'a Router),
    /// A page asked for by loopback address, where no cookie could tell the origins apart.
    Localhost,
    Unknown,
}

impl Doors {
    pub fn new(server: &Server, extra: Vec<(String, Router)>, mounts: &[Mount]) -> Self {
        let counted = |router: Router<Server>| router.layer(from_fn_with_state(server.clone(), metrics::count)).with_state(server.clone());
        Self {
            main: counted(main(server, mounts)),
            webchat: counted(lost(
                webchat::routes(server.clone()).merge(frame::routes(server.clone())).merge(logo::routes(server.clone())),
            )),
            files: counted(lost(files::routes(server.clone()).merge(logo::routes(server.clone())))),
            extra: extra.into_iter().map(|(host, router)| (host.to_ascii_lowercase(), router)).collect(),
            server: server.clone(),
        }
    }

    /// Answers one request. Never fails: whatever went wrong is an answer too.
    pub async fn answer(&self, mut request: Request, peer: SocketAddr, tls: bool) -> Response {
        let door = door(request.headers(), request.uri(), peer, tls, &self.server.config().trusted_proxies);
        let id = self.server.engine().ids().next::<model::JobId>().0.as_simple().to_string();
        let way = self.way(&door, &request);
        request.extensions_mut().insert(door.clone());
        let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
        let is_api = is_api(request.uri().path());
        let reader = problem::words::reader(request.headers());
        let mut response = match way {
            Way::Main => self.main.clone().oneshot(request).instrument(span).await,
            Way::Webchat => self.webchat.clone().oneshot(request).instrument(span).await,
            Way::Files => self.files.clone().oneshot(request).instrument(span).await,
            Way::Extra(router) => return router.clone().oneshot(request).instrument(span).await.into_response(),
            Way::Localhost => Ok(to_localhost(&door, request.uri())),
            Way::Unknown => Ok(self.unknown(&door)),
        }
        .into_response();
        problem::translate(&mut response, reader);
        self.dress(&mut response, &door, &id, is_api);
        response
    }

    fn way(&self, door: &Door, request: &Request) -> Way<'_> {
        let config = self.server.config();
        let host = door.host();
        if host == host_of_origin(&config.origins.public) || config.demo_hosts.iter().any(|demo| demo == host) {
            return Way::Main;
        }
        if host == host_of_origin(&config.origins.webchat) {
            return Way::Webchat;
        }
        if host == host_of_origin(&config.origins.files) {
            return Way::Files;
        }
        if let Some(router) = self.extra.get(host) {
            return Way::Extra(router);
        }
        let path = request.uri().path();
        let keyed = request.headers().get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"Basic "));
        if matches!(path, "/healthz" | "/readyz" | "/metrics") || path.starts_with("/in/") || (is_api(path) && keyed) {
            return Way::Main;
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if is_loopback_address(host) && host_of_origin(&config.origins.public) == "localhost" && reads {
            return Way::Localhost;
        }
        Way::Unknown
    }

    fn unknown(&self, door: &Door) -> Response {
        let detail = format!("This server does not answer for {}", door.host());
        Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host", detail)
            .with("host", door.host())
            .with("address", self.server.config().origins.public.clone())
            .into_response()
    }

    /// What every answer of ours carries.
    fn dress(&self, response: &mut Response, door: &Door, id: &str, is_api: bool) {
        let page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let headers = response.headers_mut();
        let mut put = |name: HeaderName, value: &str| {
            if !headers.contains_key(&name)
                && let Ok(value) = HeaderValue::from_str(value)
            {
                headers.insert(name, value);
            }
        };
        put(HeaderName::from_static("x-request-id"), id);
        put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        put(header::REFERRER_POLICY, "no-referrer");
        if is_api {
            put(header::CACHE_CONTROL, "no-store");
            put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        }
        if page {
            let origins = &self.server.config().origins;
            put(header::CONTENT_SECURITY_POLICY, &desk_policy(&door.reach(&origins.files), &door.reach(&origins.webchat)));
            put(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        }
        if door.https {
            put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
    }
}

/// Ours, or Twilio's in front of the same engine.
fn is_api(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/twilio/")
}

/// The desk runs its own scripts and styles, shows files from their origin and the webchat's preview from its, and stands in nobody's frame.
fn desk_policy(files: &str, webchat: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self' data:; connect-src 'self'; img-src 'self' data: blob: {files}; media-src 'self' blob: data: {files}; manifest-src 'self'; worker-src 'self'; frame-src {webchat}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
}

fn to_localhost(door: &Door, uri: &Uri) -> Response {
    let port = door.port().map(|port| format!(":{port}")).unwrap_or_default();
    let scheme = if door.https { "https" } else { "http" };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("{scheme}://localhost{port}{path}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn main(server: &Server, mounts: &[Mount]) -> Router<Server> {
    let (api, _) = openapi::api();
    let api = api
        .route("/api/v1/openapi.json", get(openapi::show))
        .merge(stream::routes(server.clone()))
        .layer(from_fn_with_state(server.clone(), intake::intake));
    mounts
        .iter()
        .fold(api, |routes, mount| routes.merge(mount(server)))
        .merge(inbound::routes(server.clone()))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show))
        .fallback(page)
        .method_not_allowed_fallback(wrong_method)
}

/// An origin without pages of its own for what it does not have.
fn lost(router: Router<Server>) -> Router<Server> {
    router.fallback(|| async { Problem::not_found() }).method_not_allowed_fallback(wrong_method)
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", "This method is not for this path")
}

async fn ready(State(server): State<Server>) -> Result<&'static str, Problem> {
    if server.engine().stopping() {
        return Err(Problem::unavailable());
    }
    server.engine().db().read(|tx| Box::pin(async move { store::access::any_user(tx).await })).await?;
    Ok("ready")
}

/// Everything that is no API: the desk.
async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if is_api(path) || path.starts_with("/in/") || !matches!(method, Method::GET | Method::HEAD) {
        return Problem::not_found().into_response();
    }
    let response = web::desk(path, &headers);
    if method == Method::HEAD { response.map(|_| Body::empty()) } else { response }
}
