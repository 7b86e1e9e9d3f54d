//! The first run: whoever holds the code that `serve` printed makes the workspace and its admin. Then this is not there any more.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::{Language, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::{DoorOf, SafeBody, answer};
use crate::access::sign_in::Proof;
use crate::bootstrap::{self, NewUser, Site};
use crate::problem::Answered;
use crate::{Problem, Server};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(get, make))
}

#[derive(Serialize, ToSchema)]
struct Needed {
    needed: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Setup {
    /// Printed by `serve`.
    code: String,
    workspace_name: String,
    name: String,
    email: String,
    password: String,
    /// en, de or ko.
    #[schema(value_type = String)]
    language: Language,
    /// Where the workspace's days begin, e.g. Europe/Berlin; UTC if not given.
    time_zone: Option<String>,
}

async fn is_needed(server: &Server) -> Result<bool, Problem> {
    Ok(!server.engine().db().read(|tx| Box::pin(async move { store::access::any_user(tx).await })).await?)
}

/// Whether the first run is still to come.
#[utoipa::path(get, path = "/setup", tag = "session", responses((status = 200, body = Needed)))]
async fn get(State(server): State<Server>) -> Answered<Needed> {
    Ok(Json(Needed { needed: is_needed(&server).await? }))
}

/// Makes the workspace and its first admin, and signs them in.
#[utoipa::path(post, path = "/setup", tag = "session", request_body = Setup, responses((status = 200, body = super::me::Me)))]
async fn make(State(server): State<Server>, door: DoorOf, body: SafeBody<Setup>) -> Result<Response, Problem> {
    if !is_needed(&server).await? {
        return Err(Problem::not_found());
    }
    let user = first_admin(&server, body.0).await?;
    answer(&server, Proof::Made(user), &door.0).await
}

async fn first_admin(server: &Server, setup: Setup) -> Result<UserId, Problem> {
    let code = setup.code.clone();
    let right = server.engine().db().read(move |tx| Box::pin(async move { bootstrap::is_setup_code(tx, &code).await })).await?;
    if !right {
        return Err(
            Problem::new(StatusCode::FORBIDDEN, "setup_code_wrong", "The set-up code is not the one the server printed").at("/code")
        );
    }
    crate::input::name("/workspace_name", &setup.workspace_name)?;
    let zone = setup.time_zone.unwrap_or_else(|| model::Settings::default().time_zone);
    super::settings::check_zone(&zone)?;
    let new = NewUser { name: setup.name, email: setup.email, password: setup.password, language: setup.language };
    // Whatever is wrong with the person is said before anything is made.
    bootstrap::prepare_user(model::AccountId(uuid::Uuid::nil()), model::UserId(uuid::Uuid::nil()), new.clone()).await?;
    let site = Site::of(server.engine());
    let seeded = bootstrap::create_workspace_in(&site, &setup.workspace_name, setup.language, &zone).await?;
    let site = Site::of(server.engine());
    Ok(bootstrap::create_user(&site, seeded.ws, new, &["admin"]).await?)
}
