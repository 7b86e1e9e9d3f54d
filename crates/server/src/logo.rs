//! Logos, on the origins without cookies: that of files, and the webchat's, from which a site takes pictures that takes the chat.
//! They are shown to everybody, and are only ever what we drew ourselves.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use model::WorkspaceId;

use crate::view::Picture;
use crate::{Problem, Server};

/// `/b/{WS}/{tag}/{logo.png|icon.png}`
pub fn routes<S: Clone + Send + Sync + 'static>(server: Server) -> Router<S> {
    Router::new().route("/b/{workspace}/{tag}/{picture}", get(show)).with_state(server)
}

async fn show(State(server): State<Server>, Path((workspace, tag, picture)): Path<(String, String, String)>) -> Result<Response, Problem> {
    let (Ok(workspace), Some(picture)) = (workspace.parse::<WorkspaceId>(), Picture::parse(&picture)) else {
        return Err(Problem::not_found());
    };
    let found = server.engine().db().read(move |tx| {
        let tag = tag.clone();
        Box::pin(async move { store::branding::pictures_of(tx, workspace, &tag).await })
    });
    let pictures = found.await?.ok_or_else(Problem::not_found)?;
    let mut response = match picture {
        Picture::Logo => pictures.logo,
        Picture::Icon => pictures.icon,
    }
    .into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "image/png"),
        // The address names the content.
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
