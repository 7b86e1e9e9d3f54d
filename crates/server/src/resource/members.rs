//! Members: who signs in to a workspace, with which roles, and as which worker.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Beside, MembershipId, NewMember as NewMemberRow, RouterCommand, TaskQueueId, UserId, Worker, WorkerId};
use serde::{Deserialize, Serialize};
use store::access::{Membership, Role, User};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::SafeBody;
use super::workers::{fresh_worker, row as worker_row};
use crate::access::{Rights, Scope, password};
use crate::bootstrap::{NewUser, check_email, insert_user, prepare_user};
use crate::change::noted;
use crate::input::{Version, present};
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::view::{Lens, WorkerView, by};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove)).routes(routes!(reset_password))
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberUser {
    pub id: String,
    pub name: String,
    pub email: String,
    pub disabled: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGiven {
    pub role: String,
    /// own, queue or all.
    pub scope: String,
    /// Which queues, for the scope queue.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub queues: Vec<TaskQueueId>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberView {
    pub id: String,
    pub user: MemberUser,
    pub roles: Vec<RoleGiven>,
    pub worker: Option<WorkerView>,
    pub version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberWorker {
    /// JSON object text.
    attributes: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMember {
    name: String,
    email: String,
    password: String,
    roles: Vec<RoleGiven>,
    /// Given for people who take tasks.
    worker: Option<MemberWorker>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserChange {
    /// Ignored unless it names somebody else.
    #[schema(value_type = Option<String>)]
    id: Option<UserId>,
    name: Option<String>,
    email: Option<String>,
    disabled: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberChange {
    name: Option<String>,
    email: Option<String>,
    disabled: Option<bool>,
    user: Option<UserChange>,
    roles: Option<Vec<RoleGiven>>,
    /// Null takes the worker away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<MemberWorker>)]
    worker: Option<Option<MemberWorker>>,
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordReset {
    password: String,
}

fn role_view(role: &Role) -> RoleGiven {
    RoleGiven { role: role.role.clone(), scope: role.scope.clone(), queues: role.queues.clone() }
}

async fn views(server: &Server, caller: &Caller, memberships: Vec<Membership>) -> Result<Vec<MemberView>, Problem> {
    let (ws, lens) = (caller.ws, Lens::of(server, caller).await?);
    let found = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let ids: Vec<UserId> = memberships.iter().map(|m| m.user_id).collect();
                let users = by(store::access::users_by_ids(tx, &ids).await?, |user| user.id);
                let workers = store::routing::workers(tx, ws).await?;
                let workers = by(lens.workers(tx, &workers).await?, |worker| worker.id.clone());
                let views = memberships.iter().filter_map(|m| {
                    let user = users.get(&m.user_id)?;
                    Some(MemberView {
                        id: m.id.to_string(),
                        user: MemberUser {
                            id: user.id.to_string(),
                            name: user.name.clone(),
                            email: user.email.clone(),
                            disabled: user.disabled,
                        },
                        roles: m.roles.iter().map(role_view).collect(),
                        worker: m.worker_id.and_then(|id| workers.get(&id.to_string()).cloned()),
                        version: m.version,
                    })
                });
                Ok(views.collect())
            })
        })
        .await?;
    Ok(found)
}

async fn membership(server: &Server, caller: &Caller, id: MembershipId) -> Result<Membership, Problem> {
    let ws = caller.ws;
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::access::membership_by_id(tx, ws, id).await })).await?;
    found.ok_or_else(Problem::not_found)
}

async fn shown(server: &Server, caller: &Caller, id: MembershipId) -> Answered<MemberView> {
    let found = membership(server, caller, id).await?;
    views(server, caller, vec![found]).await?.pop().map(Json).ok_or_else(Problem::not_found)
}

/// Roles that exist, with scopes that fit, of which the giver lacks nothing.
async fn check_roles(tx: &mut db::Tx<'_>, caller: &Caller, given: &[RoleGiven]) -> anyhow::Result<Vec<Role>> {
    let known = store::access::roles(tx).await?;
    let queues = store::routing::queues(tx, caller.ws).await?;
    let mut roles: Vec<Role> = Vec::new();
    for (index, role) in given.iter().enumerate() {
        let at = format!("/roles/{index}");
        if !known.contains_key(&role.role) || roles.iter().any(|other| other.role == role.role) {
            return Err(Problem::invalid(&format!("{at}/role"), "unknown_role", "There is no such role, or it is named twice").into());
        }
        if Scope::parse(&role.scope).is_none() {
            return Err(Problem::invalid(&format!("{at}/scope"), "unknown_scope", "A scope is own, queue or all").into());
        }
        if let Some(unknown) = role.queues.iter().find(|id| queues.iter().all(|queue| queue.id != **id)) {
            return Err(Problem::invalid(&format!("{at}/queues"), "unknown_queue", format!("There is no queue {unknown}")).into());
        }
        roles.push(Role { role: role.role.clone(), scope: role.scope.clone(), queues: role.queues.clone() });
    }
    if !caller.rights.covers(&Rights::of(&roles, &known)) {
        return Err(Problem::invalid("/roles", "more_than_yours", "Nobody can give rights they do not have").into());
    }
    Ok(roles)
}

/// Somebody must stay who can manage users.
async fn keep_an_admin(tx: &mut db::Tx<'_>, ws: i64) -> anyhow::Result<()> {
    if store::access::holders(tx, ws, "user.manage").await?.is_empty() {
        return Err(Problem::conflict("last_admin", "This is the last member who can manage users").at("/roles").into());
    }
    Ok(())
}

#[utoipa::path(get, path = "/members", tag = "members", params(Paging), security(("session" = ["user.manage"])), responses((status = 200, body = Page<MemberView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::ManageUsers>, Query(paging): Query<Paging>) -> Answered<Page<MemberView>> {
    let ws = caller.ws;
    let all = server.engine().db().read(move |tx| Box::pin(async move { store::access::memberships(tx, ws).await })).await?;
    let (rows, next_cursor) = paging.cut(all, |membership| membership.id)?;
    Ok(Json(Page { items: views(&server, &caller, rows).await?, next_cursor }))
}

#[utoipa::path(get, path = "/members/{id}", tag = "members", security(("session" = ["user.manage"])), responses((status = 200, body = MemberView)))]
async fn get(State(server): State<Server>, caller: Signed<may::ManageUsers>, Id(id): Id<MembershipId>) -> Answered<MemberView> {
    shown(&server, &caller, id).await
}

/// A new user with a membership; with `worker`, someone who takes tasks.
#[utoipa::path(post, path = "/members", tag = "members", security(("session" = ["user.manage"])), request_body = NewMember, responses((status = 200, body = MemberView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageUsers>, body: SafeBody<NewMember>) -> Answered<MemberView> {
    let SafeBody(new) = body;
    server.check_key(&caller).await?;
    let person = NewUser { name: new.name, email: new.email, password: new.password, language: caller.workspace.settings.default_language };
    let user = prepare_user(caller.account, caller.fresh(&server, "user"), person).await?;
    let id: MembershipId = caller.fresh(&server, "member");
    let worker = match &new.worker {
        Some(given) => {
            Some(Worker { user_id: Some(user.id), ..fresh_worker(&server, &caller, &user.name, given.attributes.clone()).await? })
        }
        None => None,
    };
    check_first(&server, &caller, &user, &new.roles).await?;
    let given = new.roles.iter().map(|role| role.role.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(worker) = worker {
        // One commit, the router's: neither a worker without whom to sign in, nor a member who is to take tasks and cannot.
        let member = NewMemberRow {
            user_id: user.id,
            account_id: user.account_id,
            email: user.email,
            name: user.name,
            password_hash: user.password_hash,
            preferences: user.preferences,
            membership_id: id,
            worker_id: worker.id,
            roles: new.roles.into_iter().map(|role| (role.role, role.scope, role.queues)).collect(),
        };
        let beside = Beside { audit: vec![noted("member.created", user.id, given)], member: Some(member) };
        let command = RouterCommand::PutWorker { worker };
        server.route_beside(&caller, "worker", command, beside).await.map_err(in_worker)?;
        server.engine().config_changed(caller.ws);
        return shown(&server, &caller, id).await;
    }
    let (who, roles, now) = (caller.clone(), new.roles, server.engine().now());
    server
        .change(&caller, move |tx, ledger| {
            let (who, user, roles, given) = (who.clone(), user.clone(), roles.clone(), given.clone());
            Box::pin(async move {
                let roles = check_roles(tx, &who, &roles).await?;
                insert_user(tx, &user, now).await?;
                let membership = Membership { id, user_id: user.id, workspace: who.ws, worker_id: None, version: 1, roles };
                store::access::insert_membership(tx, &membership).await?;
                ledger.audit("member.created", user.id, given);
                ledger.settings("members");
                Ok(id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

/// What would be refused later, before anything is made. A repetition finds its own user.
async fn check_first(server: &Server, caller: &Caller, user: &User, roles: &[RoleGiven]) -> Result<(), Problem> {
    let (who, user, roles) = (caller.clone(), user.clone(), roles.to_vec());
    server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                check_roles(tx, &who, &roles).await?;
                match store::access::user_by_email(tx, &user.email).await? {
                    Some(other) if other.id != user.id => {
                        Err(Problem::conflict("email_taken", "Somebody has this e-mail address already").at("/email").into())
                    }
                    _ => Ok(()),
                }
            })
        })
        .await?;
    Ok(())
}

/// The worker's own fields, as the member's form knows them.
fn in_worker(mut problem: Problem) -> Problem {
    if problem.field.as_deref().is_some_and(|field| field.starts_with("/attributes")) {
        problem.field = Some("/worker/attributes".into());
    }
    problem
}

#[utoipa::path(patch, path = "/members/{id}", tag = "members", security(("session" = ["user.manage"])), request_body = MemberChange, responses((status = 200, body = MemberView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageUsers>,
    Id(id): Id<MembershipId>,
    Body(change): Body<MemberChange>,
) -> Answered<MemberView> {
    let held = membership(&server, &caller, id).await?;
    if held.version != change.version && !server.was_answered(&caller).await? {
        return Err(Problem::stale());
    }
    let about = change.user.unwrap_or(UserChange { id: None, name: None, email: None, disabled: None });
    if about.id.is_some_and(|other| other != held.user_id) {
        return Err(Problem::invalid("/user/id", "server_owned", "A member stays the same user"));
    }
    let (name, email, disabled) = (change.name.or(about.name), change.email.or(about.email), change.disabled.or(about.disabled));
    let worker_id = put_worker(&server, &caller, &held, change.worker, name.as_deref()).await?;
    let (who, given, version) = (caller.clone(), change.roles, change.version);
    server
        .change(&caller, move |tx, ledger| {
            let (who, given, name, email) = (who.clone(), given.clone(), name.clone(), email.clone());
            Box::pin(async move {
                let mut row = store::access::membership_by_id(tx, who.ws, id).await?.ok_or_else(Problem::not_found)?;
                let before = Rights::of(&row.roles, &store::access::roles(tx).await?);
                // Nobody touches somebody whom they could not have made: to lock out or to rename is to take rights away.
                if who.user != Some(row.user_id) && !who.rights.covers(&before) {
                    return Err(Problem::not_found().into());
                }
                if let Some(given) = &given {
                    row.roles = check_roles(tx, &who, given).await?;
                }
                row.version = version;
                row.worker_id = worker_id;
                if !store::access::update_membership(tx, &row).await? {
                    return Err(Problem::stale().into());
                }
                change_user(tx, &who, row.user_id, name, email, disabled).await?;
                keep_an_admin(tx, who.ws).await?;
                if given.is_some() || disabled == Some(true) {
                    // Other rights, other sessions: whoever is signed in signs in anew.
                    let kept = who.session.filter(|_| who.user == Some(row.user_id));
                    store::access::delete_sessions_of(tx, row.user_id, kept).await?;
                }
                ledger.audit("member.changed", row.user_id, row.roles.iter().map(|role| role.role.as_str()).collect::<Vec<_>>().join(", "));
                ledger.settings("members");
                Ok(id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

/// Gives, changes or takes the worker; returns the one the membership has from now on.
async fn put_worker(
    server: &Server,
    caller: &Caller,
    held: &Membership,
    wanted: Option<Option<MemberWorker>>,
    name: Option<&str>,
) -> Result<Option<WorkerId>, Problem> {
    match (wanted, held.worker_id) {
        (None, Some(id)) if name.is_some() => {
            let row = worker_row(server, caller, id).await?;
            let worker = Worker { name: name.unwrap_or(&row.name).trim().to_owned(), ..row };
            server.route(caller, "worker", RouterCommand::PutWorker { worker }).await?;
            Ok(Some(id))
        }
        (None, id) => Ok(id),
        (Some(None), None) => Ok(None),
        (Some(None), Some(id)) => {
            let row = worker_row(server, caller, id).await?;
            server.route(caller, "worker", RouterCommand::DeleteWorker { worker_id: id, version: row.version }).await?;
            Ok(None)
        }
        (Some(Some(given)), Some(id)) => {
            let row = worker_row(server, caller, id).await?;
            let worker = Worker { attributes: given.attributes, name: name.unwrap_or(&row.name).trim().to_owned(), ..row };
            server.route(caller, "worker", RouterCommand::PutWorker { worker }).await.map_err(in_worker)?;
            Ok(Some(id))
        }
        (Some(Some(given)), None) => {
            let user = held.user_id;
            let row = server.engine().db().read(move |tx| Box::pin(async move { store::access::user_by_id(tx, user).await })).await?;
            let own = row.map(|user| user.name).unwrap_or_default();
            let worker = Worker { user_id: Some(user), ..fresh_worker(server, caller, name.unwrap_or(&own), given.attributes).await? };
            let id = worker.id;
            server.route(caller, "worker", RouterCommand::PutWorker { worker }).await.map_err(in_worker)?;
            Ok(Some(id))
        }
    }
}

/// A user who belongs elsewhere too is not this workspace's to rename or to lock out.
async fn change_user(
    tx: &mut db::Tx<'_>,
    who: &Caller,
    id: UserId,
    name: Option<String>,
    email: Option<String>,
    disabled: Option<bool>,
) -> anyhow::Result<()> {
    let Some(mut user) = store::access::user_by_id(tx, id).await? else { return Ok(()) };
    let changed = name.as_ref().is_some_and(|name| *name != user.name)
        || email.as_ref().is_some_and(|email| *email != user.email)
        || disabled.is_some_and(|disabled| disabled != user.disabled);
    if !changed {
        return Ok(());
    }
    if who.user != Some(id) && store::access::membership_count(tx, id).await? > 1 {
        return Err(Problem::conflict(
            "belongs_elsewhere",
            "This person belongs to other workspaces too and changes their data themselves",
        )
        .into());
    }
    if let Some(name) = name {
        user.name = crate::input::name("/name", &name)?;
    }
    if let Some(email) = email {
        user.email = check_email("/email", &email)?;
        if store::access::user_by_email(tx, &user.email).await?.is_some_and(|other| other.id != id) {
            return Err(Problem::conflict("email_taken", "Somebody has this e-mail address already").at("/email").into());
        }
    }
    user.disabled = disabled.unwrap_or(user.disabled);
    store::access::update_user(tx, &user).await
}

/// Ends a membership. Their worker goes too, if nothing is open with them.
#[utoipa::path(delete, path = "/members/{id}", tag = "members", params(Version), security(("session" = ["user.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageUsers>,
    Id(id): Id<MembershipId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let held = membership(&server, &caller, id).await?;
    if held.version != asked.version {
        return Err(Problem::stale());
    }
    let ws = caller.ws;
    // Whatever forbids it is found before the worker goes.
    let (user, who) = (held.user_id, caller.clone());
    server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let rights = store::access::membership_by_id(tx, ws, id).await?.map(|row| row.roles).unwrap_or_default();
                if !who.rights.covers(&Rights::of(&rights, &store::access::roles(tx).await?)) {
                    return Err(Problem::not_found().into());
                }
                if store::access::holders(tx, ws, "user.manage").await? == [user] {
                    return Err(Problem::conflict("last_admin", "This is the last member who can manage users").into());
                }
                Ok(())
            })
        })
        .await?;
    put_worker(&server, &caller, &held, Some(None), None).await?;
    server
        .change(&caller, move |tx, ledger| {
            Box::pin(async move {
                if !store::access::delete_membership(tx, ws, id, asked.version).await? {
                    return Err(Problem::stale().into());
                }
                keep_an_admin(tx, ws).await?;
                store::access::delete_sessions_of(tx, user, None).await?;
                ledger.audit("member.deleted", user, "");
                ledger.settings("members");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets somebody's password and ends their sessions. Not for people who also belong elsewhere.
#[utoipa::path(post, path = "/members/{id}/reset-password", tag = "members", security(("session" = ["user.manage"])), request_body = PasswordReset, responses((status = 204)))]
async fn reset_password(
    State(server): State<Server>,
    caller: Signed<may::ManageUsers>,
    Id(id): Id<MembershipId>,
    body: SafeBody<PasswordReset>,
) -> Result<StatusCode, Problem> {
    let held = membership(&server, &caller, id).await?;
    password::check("/password", &body.0.password)?;
    let hash = password::hash(body.0.password).await?;
    let (user, who) = (held.user_id, caller.clone());
    server
        .change(&caller, move |tx, ledger| {
            let (hash, who) = (hash.clone(), who.clone());
            Box::pin(async move {
                let roles = store::access::membership_by_id(tx, who.ws, id).await?.ok_or_else(Problem::not_found)?.roles;
                if !who.rights.covers(&Rights::of(&roles, &store::access::roles(tx).await?)) {
                    return Err(Problem::not_found().into());
                }
                if store::access::membership_count(tx, user).await? > 1 {
                    return Err(Problem::conflict(
                        "belongs_elsewhere",
                        "This person belongs to other workspaces too and resets their password themselves",
                    )
                    .into());
                }
                store::access::set_password(tx, user, &hash).await?;
                store::access::delete_sessions_of(tx, user, None).await?;
                ledger.audit("member.password_reset", user, "");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
