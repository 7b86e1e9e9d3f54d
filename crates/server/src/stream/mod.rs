//! The desk's event stream: a one-use ticket, then a socket that goes on from the last number the desk applied.
//!
//! Invariants: numbers only grow and none that this desk may hear is left out or sent twice; rights are judged event by event, at
//! delivery; a desk that does not keep up is cut with a reason and comes back. What a view looks like is not known here.

mod event;
mod reach;
mod rooms;
mod socket;
#[cfg(test)]
mod tests;
pub mod wire;

use std::sync::Arc;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use model::{WorkerId, WorkspaceId};
use serde_json::json;

use crate::webchat::tickets::Tickets;
use crate::{Problem, Server, Signed, may};

/// Whom a ticket lets in.
#[derive(Debug, Clone)]
struct Granted {
    ws: i64,
    workspace: WorkspaceId,
    session: Option<model::SessionId>,
    user: Option<model::UserId>,
    worker: Option<WorkerId>,
    name: String,
    /// Reads every conversation of the workspace.
    reads_all: bool,
    /// Writes in every conversation.
    writes_all: bool,
}

#[derive(Default)]
struct Streams {
    tickets: Tickets<Granted>,
    rooms: rooms::Rooms,
}

/// `POST …/stream-ticket` and the socket `GET …/stream`, below `/api/v1/workspaces/{ws}`.
pub fn routes<S: Clone + Send + Sync + 'static>(server: Server) -> Router<S> {
    Router::new()
        .route("/api/v1/workspaces/{ws}/stream-ticket", post(ticket))
        .route("/api/v1/workspaces/{ws}/stream", get(socket::open))
        .layer(Extension(Arc::new(Streams::default())))
        .with_state(server)
}

async fn ticket(
    caller: Signed<may::Belong>,
    axum::extract::State(server): axum::extract::State<Server>,
    Extension(streams): Extension<Arc<Streams>>,
    Path(_ws): Path<String>,
) -> Result<Response, Problem> {
    let granted = Granted {
        ws: caller.ws,
        workspace: caller.workspace.id,
        session: caller.session,
        user: caller.user,
        worker: caller.worker,
        name: caller.name.clone(),
        reads_all: caller.rights.has("conversation.read") && caller.only_own("conversation.read").is_none(),
        writes_all: caller.rights.everywhere("conversation.write"),
    };
    let ticket = streams.tickets.issue(granted, server.engine().now())?;
    // A demo made anew under an open desk has the same ids and other events: its numbers go on from nothing the desk knows.
    let ws = caller.ws;
    let since = server.engine().db().read(move |tx| Box::pin(async move { store::workspace::made_at(tx, ws).await })).await?;
    let mut response = Json(json!({ "ticket": ticket, "since": crate::view::time(since) })).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
