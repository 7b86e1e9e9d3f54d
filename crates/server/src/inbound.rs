//! Webhooks of providers. The connector judges the raw bytes; what it took is answered after the commit, in its own words.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use connectors::{Answer, Incoming};
use engine::{Intake, ReceiveError};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use model::{ChannelAccountId, ChannelAppId};

use crate::{Problem, Server};

/// How long a body may take to arrive.
const BODY_DEADLINE: std::time::Duration = std::time::Duration::from_secs(30);
/// When a provider should try again while we are busy, in seconds.
const RETRY_S: &str = "5";

/// `/in/{channel}/{KA…}` and `/in/{channel}/app/{KP…}`.
pub fn routes<S: Clone + Send + Sync + 'static>(server: Server) -> Router<S> {
    Router::new()
        .route("/in/{channel}/{id}", get(account).post(account))
        .route("/in/{channel}/app/{id}", get(app).post(app))
        // Each channel has its own limit, kept below.
        .layer(DefaultBodyLimit::disable())
        .with_state(server)
}

/// Largest body of a channel's provider, in bytes.
fn most_bytes(server: &Server, channel: &str) -> usize {
    server.engine().connector(channel).map_or(0, connectors::Connector::most_bytes)
}

async fn account(State(server): State<Server>, Path((channel, id)): Path<(String, String)>, request: Request) -> Result<Response, Refused> {
    let id: ChannelAccountId = id.parse().map_err(|_| Refused::NotFound)?;
    let ws = find(&server, &channel, id).await?;
    let came = Came::read(request, most_bytes(&server, &channel)).await?;
    let intake = server.engine().receive(ws, id, came.incoming()).await?;
    answer(intake)
}

async fn app(State(server): State<Server>, Path((channel, id)): Path<(String, String)>, request: Request) -> Result<Response, Refused> {
    let id: ChannelAppId = id.parse().map_err(|_| Refused::NotFound)?;
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::channel::app(tx, id).await })).await;
    if found.map_err(Refused::Busy)?.is_none_or(|(kind, _)| kind != channel) {
        return Err(Refused::NotFound);
    }
    let came = Came::read(request, most_bytes(&server, &channel)).await?;
    let intake = server.engine().receive_app(id, came.incoming()).await?;
    answer(intake)
}

/// The workspace of an account of this kind that is switched on. A stranger learns nothing else.
async fn find(server: &Server, channel: &str, id: ChannelAccountId) -> Result<i64, Refused> {
    let engine = server.engine();
    let ws = engine.workspace_of(id).await.map_err(Refused::Busy)?.ok_or(Refused::NotFound)?;
    let config = engine.config(ws).await.map_err(Refused::Busy)?;
    // Webchat has a door of its own, and no webhooks.
    match config.accounts.get(&id).filter(|account| account.enabled && account.kind == channel && channel != "webchat") {
        Some(_) => Ok(ws),
        None => Err(Refused::NotFound),
    }
}

/// A request exactly as it came.
struct Came {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Came {
    async fn read(request: Request, most: usize) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        // Said to be too big is refused unread.
        if announced(&parts.headers).is_some_and(|bytes| bytes > most) {
            return Err(Refused::TooBig(most));
        }
        let body = collect(body, most).await?;
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Ok(Self {
            method: parts.method.as_str().to_owned(),
            target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            headers: parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
            body,
        })
    }

    fn incoming(&self) -> Incoming<'_> {
        Incoming::Request { method: &self.method, target: &self.target, headers: &self.headers, body: &self.body }
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn collect(body: Body, most: usize) -> Result<Bytes, Refused> {
    match tokio::time::timeout(BODY_DEADLINE, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refused::TooBig(most)),
        Ok(Err(_)) => Err(Refused::Cut),
        Err(_) => Err(Refused::Late),
    }
}

fn answer(intake: Intake) -> Result<Response, Refused> {
    let Answer { status, content_type, body } = intake.answer;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    Ok((status, [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")], body).into_response())
}

/// Why a webhook was not taken.
#[derive(Debug)]
enum Refused {
    NotGenuine(&'static str),
    NotFound,
    TooBig(usize),
    Cut,
    Late,
    /// Nothing was kept.
    Busy(anyhow::Error),
}

impl From<ReceiveError> for Refused {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Rejected(why) => Self::NotGenuine(why),
            ReceiveError::NotFound | ReceiveError::Disabled => Self::NotFound,
            ReceiveError::Busy(error) => Self::Busy(error),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::NotGenuine(why) => {
                tracing::info!(why, "a webhook was not genuine");
                Problem::new(StatusCode::UNAUTHORIZED, "not_genuine", "The request is not signed by the provider").into_response()
            }
            Self::NotFound => Problem::not_found().into_response(),
            Self::TooBig(most) => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_big", "The body is too big").with("limit", most).into_response()
            }
            Self::Cut => Problem::new(StatusCode::BAD_REQUEST, "body_cut", "The body ended early").into_response(),
            Self::Late => Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The body took longer than 30 seconds").into_response(),
            Self::Busy(error) => {
                tracing::warn!(error = format!("{error:#}"), "a webhook was not taken");
                let mut response = Problem::unavailable().into_response();
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_S));
                response
            }
        }
    }
}
