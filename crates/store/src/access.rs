//! Who signs in and what they may do: users, memberships with their roles, sessions, sign-in codes, failures and API keys.
//! Secrets come hashed; this file never sees one in clear.

use std::collections::BTreeMap;

use anyhow::Result;
use db::{Row, Tx, params, sql};
use model::{AccountId, ApiKeyId, MembershipId, SessionId, TaskQueueId, Timestamp, UserId, WorkerId, WorkspaceId};
use uuid::Uuid;

use crate::WorkspaceNo;

/// (role, permission, scope): what the built-in roles allow. The only place that knows a role's name.
pub const BUILT_IN_ROLES: &[(&str, &[(&str, &str)])] = &[
    (
        "agent",
        &[
            ("task.take", "own"),
            ("conversation.read", "own"),
            ("conversation.write", "own"),
            ("conversation.close", "own"),
            ("contact.read", "own"),
            ("contact.write", "own"),
            ("contact.join", "own"),
        ],
    ),
    (
        "supervisor",
        &[
            ("task.take", "own"),
            ("conversation.read", "all"),
            ("conversation.write", "all"),
            ("conversation.close", "all"),
            ("contact.read", "all"),
            ("contact.write", "all"),
            ("contact.join", "all"),
            ("task.reassign", "all"),
            ("board.read", "all"),
            ("routing.manage", "all"),
        ],
    ),
    (
        "admin",
        &[
            ("task.take", "own"),
            ("conversation.read", "all"),
            ("conversation.write", "all"),
            ("conversation.close", "all"),
            ("contact.read", "all"),
            ("contact.write", "all"),
            ("contact.join", "all"),
            ("task.reassign", "all"),
            ("board.read", "all"),
            ("channel.manage", "all"),
            ("worker.manage", "all"),
            ("routing.manage", "all"),
            ("flow.manage", "all"),
            ("bot.manage", "all"),
            ("answer.manage", "all"),
            ("key.manage", "all"),
            ("user.manage", "all"),
            ("workspace.manage", "all"),
            ("audit.read", "all"),
        ],
    ),
];

#[derive(Debug, Clone)]
pub struct User {
    pub id: UserId,
    pub account_id: AccountId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub disabled: bool,
    /// JSON object text.
    pub preferences: String,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub role: String,
    pub scope: String,
    pub queues: Vec<TaskQueueId>,
}

#[derive(Debug, Clone)]
pub struct Membership {
    pub id: MembershipId,
    pub user_id: UserId,
    pub workspace: WorkspaceNo,
    pub worker_id: Option<WorkerId>,
    pub version: i64,
    pub roles: Vec<Role>,
}

#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    pub host: String,
}

#[derive(Debug, Clone)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub account_id: AccountId,
    pub name: String,
    pub secret_hash: Vec<u8>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: UserId(row.get(0)?),
        account_id: AccountId(row.get(1)?),
        email: row.get(2)?,
        name: row.get(3)?,
        password_hash: row.get(4)?,
        disabled: row.get(5)?,
        preferences: row.get(6)?,
        version: row.get(7)?,
    })
}

fn key(row: &Row) -> Result<ApiKey> {
    Ok(ApiKey {
        id: ApiKeyId(row.get(0)?),
        account_id: AccountId(row.get(1)?),
        name: row.get(2)?,
        secret_hash: row.get(3)?,
        created_at: Timestamp::from_micros(row.get(4)?),
        last_used_at: row.get::<Option<i64>>(5)?.map(Timestamp::from_micros),
    })
}

fn membership(row: &Row) -> Result<Membership> {
    Ok(Membership {
        id: MembershipId(row.get(0)?),
        user_id: UserId(row.get(1)?),
        workspace: row.get(2)?,
        worker_id: row.get::<Option<Uuid>>(3)?.map(WorkerId),
        version: row.get(4)?,
        roles: Vec::new(),
    })
}

fn role(row: &Row, from: usize) -> Result<Role> {
    Ok(Role { role: row.get(from)?, scope: row.get(from + 1)?, queues: crate::row::parse(row, from + 2)? })
}

/// Writes the built-in roles; the same rows again change nothing.
pub async fn seed_roles(tx: &mut Tx<'_>) -> Result<()> {
    for (role, permissions) in BUILT_IN_ROLES {
        for (permission, scope) in *permissions {
            tx.exec(
                sql!("INSERT INTO role_permission (role, permission, scope) VALUES ($1, $2, $3) ON CONFLICT (role, permission) DO UPDATE SET scope = excluded.scope"),
                params![*role, *permission, *scope],
            )
            .await?;
        }
    }
    Ok(())
}

/// Each role's permissions with their scope.
pub async fn roles(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Vec<(String, String)>>> {
    let rows = tx.all(sql!("SELECT role, permission, scope FROM role_permission ORDER BY role, permission"), params![]).await?;
    let mut roles: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in &rows {
        roles.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
    }
    Ok(roles)
}

pub async fn user_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>> {
    let row = tx
        .opt(
            sql!("SELECT id, account_id, email, name, password_hash, disabled, preferences, version FROM \"user\" WHERE email = $1"),
            params![email],
        )
        .await?;
    row.as_ref().map(user).transpose()
}

pub async fn user_by_id(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>> {
    let row = tx
        .opt(
            sql!("SELECT id, account_id, email, name, password_hash, disabled, preferences, version FROM \"user\" WHERE id = $1"),
            params![id.0],
        )
        .await?;
    row.as_ref().map(user).transpose()
}

pub async fn users_by_ids(tx: &mut Tx<'_>, ids: &[UserId]) -> Result<Vec<User>> {
    let keys = ids.iter().map(|id| id.0.into()).collect();
    let rows = tx
        .all_any(
            sql!("SELECT id, account_id, email, name, password_hash, disabled, preferences, version FROM \"user\" WHERE id = ANY($1)"),
            params![],
            keys,
        )
        .await?;
    rows.iter().map(user).collect()
}

/// Whether anybody can sign in at all.
pub async fn any_user(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(tx.opt(sql!("SELECT 1 FROM \"user\" LIMIT 1"), params![]).await?.is_some())
}

pub async fn insert_user(tx: &mut Tx<'_>, user: &User, now: Timestamp) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO \"user\" (id, account_id, email, name, password_hash, disabled, preferences, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)"),
        params![
            user.id.0,
            user.account_id.0,
            user.email.as_str(),
            user.name.as_str(),
            user.password_hash.as_str(),
            user.disabled,
            user.preferences.as_str(),
            now.micros()
        ],
    )
    .await?;
    Ok(())
}

/// Name, e-mail and whether they may sign in.
pub async fn update_user(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    tx.exec(
        sql!("UPDATE \"user\" SET email = $2, name = $3, disabled = $4, version = version + 1 WHERE id = $1"),
        params![user.id.0, user.email.as_str(), user.name.as_str(), user.disabled],
    )
    .await?;
    Ok(())
}

pub async fn set_password(tx: &mut Tx<'_>, id: UserId, hash: &str) -> Result<bool> {
    let changed = tx.exec(sql!("UPDATE \"user\" SET password_hash = $2, version = version + 1 WHERE id = $1"), params![id.0, hash]).await?;
    Ok(changed == 1)
}

pub async fn set_preferences(tx: &mut Tx<'_>, id: UserId, preferences: &str) -> Result<()> {
    tx.exec(sql!("UPDATE \"user\" SET preferences = $2 WHERE id = $1"), params![id.0, preferences]).await?;
    Ok(())
}

/// The workspaces a user belongs to, oldest first.
pub async fn workspaces_of(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<(WorkspaceNo, WorkspaceId, String)>> {
    let rows = tx
        .all(
            sql!("SELECT w.number, w.id, w.name FROM membership m JOIN workspace w ON w.number = m.workspace_id WHERE m.user_id = $1 AND w.deleted_at IS NULL ORDER BY w.number"),
            params![user.0],
        )
        .await?;
    rows.iter().map(|row| Ok((row.get(0)?, WorkspaceId(row.get(1)?), row.get(2)?))).collect()
}

pub async fn membership_of(tx: &mut Tx<'_>, user: UserId, ws: WorkspaceNo) -> Result<Option<Membership>> {
    let row = tx
        .opt(
            sql!("SELECT id, user_id, workspace_id, worker_id, version FROM membership WHERE user_id = $1 AND workspace_id = $2"),
            params![user.0, ws],
        )
        .await?;
    with_roles(tx, row).await
}

pub async fn membership_by_id(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MembershipId) -> Result<Option<Membership>> {
    let row = tx
        .opt(
            sql!("SELECT id, user_id, workspace_id, worker_id, version FROM membership WHERE workspace_id = $1 AND id = $2"),
            params![ws, id.0],
        )
        .await?;
    with_roles(tx, row).await
}

async fn with_roles(tx: &mut Tx<'_>, row: Option<Row>) -> Result<Option<Membership>> {
    let Some(row) = row else { return Ok(None) };
    let mut found = membership(&row)?;
    let rows =
        tx.all(sql!("SELECT role, scope, queues FROM membership_role WHERE membership_id = $1 ORDER BY role"), params![found.id.0]).await?;
    found.roles = rows.iter().map(|row| role(row, 0)).collect::<Result<_>>()?;
    Ok(Some(found))
}

/// Every membership of a workspace with its roles, by id.
pub async fn memberships(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<Membership>> {
    let rows = tx
        .all(sql!("SELECT id, user_id, workspace_id, worker_id, version FROM membership WHERE workspace_id = $1 ORDER BY id"), params![ws])
        .await?;
    let mut found: Vec<Membership> = rows.iter().map(membership).collect::<Result<_>>()?;
    let rows = tx
        .all(
            sql!("SELECT r.membership_id, r.role, r.scope, r.queues FROM membership_role r JOIN membership m ON m.id = r.membership_id WHERE m.workspace_id = $1 ORDER BY r.role"),
            params![ws],
        )
        .await?;
    for row in &rows {
        let id: Uuid = row.get(0)?;
        if let Some(membership) = found.iter_mut().find(|m| m.id.0 == id) {
            membership.roles.push(role(row, 1)?);
        }
    }
    Ok(found)
}

/// How many workspaces a user belongs to. A deleted one counts: it may be brought back, and its people with it.
pub async fn membership_count(tx: &mut Tx<'_>, user: UserId) -> Result<i64> {
    Ok(tx.one(sql!("SELECT count(*) FROM membership WHERE user_id = $1"), params![user.0]).await?.get(0)?)
}

/// Users who hold `permission` here and may sign in, all of whose scope is `all`. Locks nothing: the caller's transaction decides.
pub async fn holders(tx: &mut Tx<'_>, ws: WorkspaceNo, permission: &str) -> Result<Vec<UserId>> {
    let rows = tx
        .all(
            sql!("SELECT DISTINCT m.user_id FROM membership m JOIN membership_role r ON r.membership_id = m.id JOIN role_permission p ON p.role = r.role JOIN \"user\" u ON u.id = m.user_id WHERE m.workspace_id = $1 AND p.permission = $2 AND p.scope = 'all' AND r.scope = 'all' AND NOT u.disabled"),
            params![ws, permission],
        )
        .await?;
    rows.iter().map(|row| Ok(UserId(row.get(0)?))).collect()
}

pub async fn insert_membership(tx: &mut Tx<'_>, membership: &Membership) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO membership (id, user_id, workspace_id, worker_id, version) VALUES ($1, $2, $3, $4, 1)"),
        params![membership.id.0, membership.user_id.0, membership.workspace, membership.worker_id.map(|id| id.0)],
    )
    .await?;
    put_roles(tx, membership.id, &membership.roles).await
}

/// Stores worker and roles; false when `membership.version` is not the stored one.
pub async fn update_membership(tx: &mut Tx<'_>, membership: &Membership) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE membership SET worker_id = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $4"),
            params![membership.workspace, membership.id.0, membership.worker_id.map(|id| id.0), membership.version],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    put_roles(tx, membership.id, &membership.roles).await?;
    Ok(true)
}

async fn put_roles(tx: &mut Tx<'_>, id: MembershipId, roles: &[Role]) -> Result<()> {
    tx.exec(sql!("DELETE FROM membership_role WHERE membership_id = $1"), params![id.0]).await?;
    for role in roles {
        tx.exec(
            sql!("INSERT INTO membership_role (membership_id, role, scope, queues) VALUES ($1, $2, $3, $4)"),
            params![id.0, role.role.as_str(), role.scope.as_str(), crate::row::body(&role.queues)],
        )
        .await?;
    }
    Ok(())
}

pub async fn delete_membership(tx: &mut Tx<'_>, ws: WorkspaceNo, id: MembershipId, version: i64) -> Result<bool> {
    let found =
        tx.opt(sql!("SELECT 1 FROM membership WHERE workspace_id = $1 AND id = $2 AND version = $3"), params![ws, id.0, version]).await?;
    if found.is_none() {
        return Ok(false);
    }
    tx.exec(sql!("DELETE FROM membership_role WHERE membership_id = $1"), params![id.0]).await?;
    tx.exec(sql!("DELETE FROM membership WHERE workspace_id = $1 AND id = $2"), params![ws, id.0]).await?;
    Ok(true)
}

pub async fn insert_session(tx: &mut Tx<'_>, token_hash: Vec<u8>, session: &Session) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO session (token_hash, id, user_id, created_at, last_used_at, expires_at, host) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![
            token_hash,
            session.id.0,
            session.user_id.0,
            session.created_at.micros(),
            session.last_used_at.micros(),
            session.expires_at.micros(),
            session.host.as_str()
        ],
    )
    .await?;
    Ok(())
}

/// A living session of a user who may sign in, for the host it was made on.
pub async fn session(tx: &mut Tx<'_>, token_hash: Vec<u8>, now: Timestamp) -> Result<Option<Session>> {
    let row = tx
        .opt(
            sql!("SELECT s.id, s.user_id, s.created_at, s.last_used_at, s.expires_at, s.host FROM session s JOIN \"user\" u ON u.id = s.user_id WHERE s.token_hash = $1 AND s.expires_at > $2 AND NOT u.disabled"),
            params![token_hash, now.micros()],
        )
        .await?;
    row.as_ref().map(opened).transpose()
}

/// Every session with the hash of its token, for a demo that is made anew under open desks.
pub async fn sessions(tx: &mut Tx<'_>) -> Result<Vec<(Vec<u8>, Session)>> {
    let rows = tx
        .all(sql!("SELECT id, user_id, created_at, last_used_at, expires_at, host, token_hash FROM session ORDER BY id"), params![])
        .await?;
    rows.iter().map(|row| Ok((row.get(6)?, opened(row)?))).collect()
}

fn opened(row: &Row) -> Result<Session> {
    Ok(Session {
        id: SessionId(row.get(0)?),
        user_id: UserId(row.get(1)?),
        created_at: Timestamp::from_micros(row.get(2)?),
        last_used_at: Timestamp::from_micros(row.get(3)?),
        expires_at: Timestamp::from_micros(row.get(4)?),
        host: row.get(5)?,
    })
}

/// Whether a session that was opened earlier still stands: what sockets ask again.
pub async fn session_stands(tx: &mut Tx<'_>, id: SessionId, now: Timestamp) -> Result<bool> {
    let row = tx
        .opt(
            sql!("SELECT 1 FROM session s JOIN \"user\" u ON u.id = s.user_id WHERE s.id = $1 AND s.expires_at > $2 AND NOT u.disabled"),
            params![id.0, now.micros()],
        )
        .await?;
    Ok(row.is_some())
}

pub async fn touch_session(tx: &mut Tx<'_>, id: SessionId, now: Timestamp, expires_at: Timestamp) -> Result<()> {
    tx.exec(sql!("UPDATE session SET last_used_at = $2, expires_at = $3 WHERE id = $1"), params![id.0, now.micros(), expires_at.micros()])
        .await?;
    Ok(())
}

pub async fn delete_session(tx: &mut Tx<'_>, id: SessionId) -> Result<()> {
    tx.exec(sql!("DELETE FROM session WHERE id = $1"), params![id.0]).await?;
    Ok(())
}

/// Ends every session of a user but `kept`.
pub async fn delete_sessions_of(tx: &mut Tx<'_>, user: UserId, kept: Option<SessionId>) -> Result<()> {
    let kept = kept.map_or(Uuid::nil(), |id| id.0);
    tx.exec(sql!("DELETE FROM session WHERE user_id = $1 AND id <> $2"), params![user.0, kept]).await?;
    Ok(())
}

/// Forgets what is over: sessions, sign-in codes, old failures.
pub async fn expire(tx: &mut Tx<'_>, now: Timestamp, failures_before: Timestamp) -> Result<()> {
    tx.exec(sql!("DELETE FROM session WHERE expires_at <= $1"), params![now.micros()]).await?;
    tx.exec(sql!("DELETE FROM sign_in_code WHERE expires_at <= $1"), params![now.micros()]).await?;
    tx.exec(sql!("DELETE FROM sign_in_failure WHERE at <= $1"), params![failures_before.micros()]).await?;
    Ok(())
}

pub async fn insert_sign_in_code(tx: &mut Tx<'_>, code_hash: Vec<u8>, user: UserId, expires_at: Timestamp) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO sign_in_code (code_hash, user_id, expires_at) VALUES ($1, $2, $3)"),
        params![code_hash, user.0, expires_at.micros()],
    )
    .await?;
    Ok(())
}

/// Uses a code up; `None` when it is unknown, used or over.
pub async fn take_sign_in_code(tx: &mut Tx<'_>, code_hash: Vec<u8>, now: Timestamp) -> Result<Option<UserId>> {
    let row = tx.opt(sql!("DELETE FROM sign_in_code WHERE code_hash = $1 RETURNING user_id, expires_at"), params![code_hash]).await?;
    let Some(row) = row else { return Ok(None) };
    let fresh = row.get::<i64>(1)? > now.micros();
    Ok(if fresh { Some(UserId(row.get(0)?)) } else { None })
}

pub async fn add_failure(tx: &mut Tx<'_>, id: Uuid, subject: &str, now: Timestamp) -> Result<()> {
    tx.exec(sql!("INSERT INTO sign_in_failure (subject, at, id) VALUES ($1, $2, $3)"), params![subject, now.micros(), id]).await?;
    Ok(())
}

pub async fn failures(tx: &mut Tx<'_>, subject: &str, since: Timestamp) -> Result<i64> {
    let row = tx.one(sql!("SELECT count(*) FROM sign_in_failure WHERE subject = $1 AND at > $2"), params![subject, since.micros()]).await?;
    Ok(row.get(0)?)
}

pub async fn forget_failures(tx: &mut Tx<'_>, subject: &str) -> Result<()> {
    tx.exec(sql!("DELETE FROM sign_in_failure WHERE subject = $1"), params![subject]).await?;
    Ok(())
}

pub async fn insert_key(tx: &mut Tx<'_>, key: &ApiKey) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO api_key (id, account_id, name, secret_hash, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, NULL)"),
        params![key.id.0, key.account_id.0, key.name.as_str(), key.secret_hash.clone(), key.created_at.micros()],
    )
    .await?;
    Ok(())
}

pub async fn grant(tx: &mut Tx<'_>, key: ApiKeyId, ws: WorkspaceNo, role: &str) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO api_key_grant (api_key_id, workspace_id, role) VALUES ($1, $2, $3) ON CONFLICT (api_key_id, workspace_id) DO UPDATE SET role = excluded.role"),
        params![key.0, ws, role],
    )
    .await?;
    Ok(())
}

pub async fn key_by_id(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<Option<ApiKey>> {
    let row = tx
        .opt(sql!("SELECT id, account_id, name, secret_hash, created_at, last_used_at FROM api_key WHERE id = $1"), params![id.0])
        .await?;
    row.as_ref().map(key).transpose()
}

/// The role a key was granted in a workspace.
pub async fn granted_role(tx: &mut Tx<'_>, id: ApiKeyId, ws: WorkspaceNo) -> Result<Option<String>> {
    let row = tx.opt(sql!("SELECT role FROM api_key_grant WHERE api_key_id = $1 AND workspace_id = $2"), params![id.0, ws]).await?;
    row.map(|row| row.get(0).map_err(Into::into)).transpose()
}

/// The keys that were granted something in a workspace, with their role there.
pub async fn keys(tx: &mut Tx<'_>, ws: WorkspaceNo) -> Result<Vec<(ApiKey, String)>> {
    let rows = tx
        .all(
            sql!("SELECT k.id, k.account_id, k.name, k.secret_hash, k.created_at, k.last_used_at, g.role FROM api_key_grant g JOIN api_key k ON k.id = g.api_key_id WHERE g.workspace_id = $1 ORDER BY k.id"),
            params![ws],
        )
        .await?;
    rows.iter().map(|row| Ok((key(row)?, row.get(6)?))).collect()
}

/// Takes a key's grant here; a key without any grant left goes too. False when it had none here.
pub async fn revoke(tx: &mut Tx<'_>, id: ApiKeyId, ws: WorkspaceNo) -> Result<bool> {
    let gone = tx.exec(sql!("DELETE FROM api_key_grant WHERE api_key_id = $1 AND workspace_id = $2"), params![id.0, ws]).await?;
    if gone == 0 {
        return Ok(false);
    }
    tx.exec(sql!("DELETE FROM api_key WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM api_key_grant WHERE api_key_id = $1)"), params![id.0])
        .await?;
    Ok(true)
}

pub async fn touch_key(tx: &mut Tx<'_>, id: ApiKeyId, now: Timestamp) -> Result<()> {
    tx.exec(sql!("UPDATE api_key SET last_used_at = $2 WHERE id = $1"), params![id.0, now.micros()]).await?;
    Ok(())
}

/// An account's sealed auth token.
pub async fn auth_token(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<Vec<u8>>> {
    let row = tx.opt(sql!("SELECT auth_token FROM account WHERE id = $1"), params![id.0]).await?;
    row.map(|row| row.get(0).map_err(Into::into)).transpose()
}

/// A user and their membership, told by another room.
pub async fn insert_member(tx: &mut Tx<'_>, ws: WorkspaceNo, member: &model::NewMember, now: Timestamp) -> Result<()> {
    let user = User {
        id: member.user_id,
        account_id: member.account_id,
        email: member.email.clone(),
        name: member.name.clone(),
        password_hash: member.password_hash.clone(),
        disabled: false,
        preferences: member.preferences.clone(),
        version: 1,
    };
    insert_user(tx, &user, now).await?;
    let role = |(role, scope, queues): &(String, String, Vec<TaskQueueId>)| Role {
        role: role.clone(),
        scope: scope.clone(),
        queues: queues.clone(),
    };
    let membership = Membership {
        id: member.membership_id,
        user_id: member.user_id,
        workspace: ws,
        worker_id: Some(member.worker_id),
        version: 1,
        roles: member.roles.iter().map(role).collect(),
    };
    insert_membership(tx, &membership).await
}
