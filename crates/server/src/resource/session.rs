//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::{Me, me_of};
use crate::access::sign_in::{Proof, sign_in};
use crate::access::{cookie, secret};
use crate::{Body, Door, Problem, Server};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(open, close)).routes(routes!(open_with_code))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

/// Signs in with e-mail and password.
#[utoipa::path(post, path = "/session", tag = "session", request_body = Credentials, responses((status = 200, body = Me)))]
async fn open(State(server): State<Server>, door: DoorOf, body: SafeBody<Credentials>) -> Result<Response, Problem> {
    let SafeBody(Credentials { email, password }) = body;
    answer(&server, Proof::Password { email, password }, &door.0).await
}

/// Signs in with the one-use code of a link.
#[utoipa::path(post, path = "/session/code", tag = "session", request_body = Code, responses((status = 200, body = Me)))]
async fn open_with_code(State(server): State<Server>, door: DoorOf, body: SafeBody<Code>) -> Result<Response, Problem> {
    answer(&server, Proof::Code(body.0.code), &door.0).await
}

/// Signs out: the session ends on the server.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
async fn close(State(server): State<Server>, door: DoorOf, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = cookie::read(&headers, &door.0) {
        let (hash, now) = (secret::hash(&token), server.engine().now());
        server
            .engine()
            .db()
            .write(move |tx| {
                let hash = hash.clone();
                Box::pin(async move {
                    if let Some(session) = store::access::session(tx, hash, now).await? {
                        store::access::delete_session(tx, session.id).await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie::clear(&door.0))]).into_response())
}

pub(super) async fn answer(server: &Server, proof: Proof, door: &Door) -> Result<Response, Problem> {
    let (user, cookie) = sign_in(server, proof, door).await?;
    let me = me_of(server, user).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
}

/// The door a request came through.
pub struct DoorOf(pub Door);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for DoorOf {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(parts.extensions.get::<Door>().cloned().unwrap_or_default()))
    }
}

/// A body that holds a secret: not even read over a line that others can read.
pub struct SafeBody<T>(pub T);

impl<T: serde::de::DeserializeOwned> axum::extract::FromRequest<Server> for SafeBody<T> {
    type Rejection = Problem;
    async fn from_request(request: axum::extract::Request, server: &Server) -> Result<Self, Problem> {
        let door = request.extensions().get::<Door>().cloned().unwrap_or_default();
        crate::access::sign_in::check_line(server, &door)?;
        let Body(value) = Body::from_request(request, server).await?;
        Ok(Self(value))
    }
}
