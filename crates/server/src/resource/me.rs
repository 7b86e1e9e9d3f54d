//! The signed-in user: who, where, what they may do, how they like it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Language, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::SafeBody;
use crate::access::{Identity, Person, Scope, enter, password};
use crate::problem::Answered;
use crate::view::{Lens, Named, WorkerView};
use crate::{Body, Door, Problem, Server};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(prefer)).routes(routes!(change_password))
}

#[derive(Debug, Clone, Serialize, Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// en, de or ko.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub language: Option<Language>,
    /// light, dark or system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_with_enter: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<bool>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notifications: Option<bool>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Light,
    Dark,
    System,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserView {
    pub id: String,
    pub name: String,
    pub email: String,
    pub language: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CurrentWorkspace {
    pub id: String,
    pub name: String,
    pub reservation_timeout_s: i64,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantedView {
    pub permission: String,
    pub scope: Scope,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    pub user: UserView,
    pub workspaces: Vec<Named>,
    pub workspace: CurrentWorkspace,
    pub roles: Vec<String>,
    pub permissions: Vec<GrantedView>,
    pub worker: Option<WorkerView>,
    pub preferences: Preferences,
}

/// Reads what the desk needs to know of a user.
///
/// # Errors
/// 403 `no_workspace` for a user who belongs nowhere.
pub async fn me_of(server: &Server, user: UserId) -> Result<Me, Problem> {
    let first = server.engine().db().read(move |tx| Box::pin(async move { store::access::workspaces_of(tx, user).await })).await?;
    let Some((ws, ..)) = first.first().cloned() else {
        return Err(Problem::new(StatusCode::FORBIDDEN, "no_workspace", "You belong to no workspace any more"));
    };
    let lens = Lens::new(server, ws, &Door::default()).await?;
    let now = server.engine().now();
    let me = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let Some(row) = store::access::user_by_id(tx, user).await? else { return Ok(None) };
                let preferences: Preferences = serde_json::from_str(&row.preferences).unwrap_or_default();
                let session = store::access::Session {
                    id: model::SessionId(uuid::Uuid::nil()),
                    user_id: user,
                    created_at: now,
                    last_used_at: now,
                    expires_at: now,
                    host: String::new(),
                };
                let identity = Identity::User { user: Box::new(row.clone()), session };
                let Some(caller) = enter(tx, &identity, Some(lens.config.workspace.id)).await? else { return Ok(None) };
                let membership = store::access::membership_of(tx, user, ws).await?;
                let worker = match caller.worker {
                    Some(id) => store::routing::worker(tx, ws, id).await?.filter(|worker| !worker.deleted),
                    None => None,
                };
                let worker: Vec<_> = worker.into_iter().collect();
                let workflows = store::routing::workflows(tx, ws).await?;
                let language = preferences.language.unwrap_or(caller.workspace.settings.default_language);
                Ok(Some(Me {
                    user: UserView { id: user.to_string(), name: row.name, email: row.email, language: language.code().into() },
                    workspaces: first.iter().map(|(_, id, name)| Named::new(id, name)).collect(),
                    workspace: CurrentWorkspace {
                        id: caller.workspace.id.to_string(),
                        name: caller.workspace.name.clone(),
                        reservation_timeout_s: super::settings::reservation_timeout(&workflows),
                    },
                    roles: membership.into_iter().flat_map(|m| m.roles).map(|role| role.role).collect(),
                    permissions: caller.rights.list().into_iter().map(|(permission, scope)| GrantedView { permission, scope }).collect(),
                    worker: lens.workers(tx, &worker).await?.pop(),
                    preferences,
                }))
            })
        })
        .await?;
    me.ok_or_else(Problem::signed_out)
}

/// Who is signed in.
#[utoipa::path(get, path = "/me", tag = "session", responses((status = 200, body = Me)))]
async fn get(State(server): State<Server>, person: Person) -> Answered<Me> {
    me_of(&server, person.user.id).await.map(Json)
}

/// Changes what is given, keeps the rest.
#[utoipa::path(patch, path = "/me/preferences", tag = "session", request_body = Preferences, responses((status = 200, body = Preferences)))]
async fn prefer(State(server): State<Server>, person: Person, Body(change): Body<Preferences>) -> Answered<Preferences> {
    if change.volume.is_some_and(|volume| !(0.0..=1.0).contains(&volume)) {
        return Err(Problem::invalid("/volume", "out_of_range", "The volume is from 0 to 1").with("min", 0).with("max", 1));
    }
    let id = person.user.id;
    let merged = server
        .engine()
        .db()
        .write(move |tx| {
            let change = change.clone();
            Box::pin(async move {
                let held = store::access::user_by_id(tx, id).await?.map(|user| user.preferences).unwrap_or_default();
                let held: Preferences = serde_json::from_str(&held).unwrap_or_default();
                let merged = Preferences {
                    language: change.language.or(held.language),
                    theme: change.theme.or(held.theme),
                    send_with_enter: change.send_with_enter.or(held.send_with_enter),
                    sound: change.sound.or(held.sound),
                    volume: change.volume.or(held.volume),
                    notifications: change.notifications.or(held.notifications),
                };
                store::access::set_preferences(tx, id, &serde_json::to_string(&merged)?).await?;
                Ok(merged)
            })
        })
        .await?;
    Ok(Json(merged))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    current: String,
    new: String,
}

/// Sets a new password and ends the user's other sessions.
#[utoipa::path(post, path = "/me/password", tag = "session", request_body = NewPassword, responses((status = 204)))]
async fn change_password(State(server): State<Server>, person: Person, body: SafeBody<NewPassword>) -> Result<StatusCode, Problem> {
    let SafeBody(NewPassword { current, new }) = body;
    password::check("/new", &new)?;
    if !password::verify(current, Some(person.user.password_hash.clone())).await? {
        return Err(Problem::invalid("/current", "password_wrong", "The current password is wrong"));
    }
    let (id, kept, hash) = (person.user.id, person.session.id, password::hash(new).await?);
    server
        .engine()
        .db()
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move {
                store::access::set_password(tx, id, &hash).await?;
                store::access::delete_sessions_of(tx, id, Some(kept)).await
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
