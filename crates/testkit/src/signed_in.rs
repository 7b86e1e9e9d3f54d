//! People of the house who are signed in already. Passwords are proven elsewhere; here they would cost most of the time.

use anyhow::{Context, Result};
use engine::Engine;
use model::{Timestamp, UserId, WorkerId};
use store::access::{Membership, Role, Session, User};

/// Somebody with a session on the desk's host, at `localhost`.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    pub name: &'a str,
    /// Each with its scope.
    pub roles: &'a [(&'a str, &'a str)],
    pub worker: Option<WorkerId>,
    /// Of the session's token, which stays with the caller.
    pub token_hash: &'a [u8],
    /// When the session was used last, as far as anybody noted.
    pub noted_at: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

/// Makes a user with these roles in a workspace, and the session.
///
/// # Errors
/// When the workspace is not there, or the database does not do it.
pub async fn sign_in(engine: &Engine, ws: i64, person: Person<'_>) -> Result<()> {
    let (mut ids, now) = (engine.ids(), engine.now());
    let id: UserId = ids.next();
    let Person { name, roles, worker, token_hash, noted_at, until } = person;
    let roles = roles.iter().map(|(role, scope)| Role { role: (*role).into(), scope: (*scope).into(), queues: vec![] }).collect();
    let membership = Membership { id: ids.next(), user_id: id, workspace: ws, worker_id: worker, version: 1, roles };
    let session =
        Session { id: ids.next(), user_id: id, created_at: now, last_used_at: noted_at, expires_at: until, host: "localhost".into() };
    let (name, hash) = (name.to_owned(), token_hash.to_vec());
    engine
        .db()
        .write(move |tx| {
            let (membership, session, hash, name) = (membership.clone(), session.clone(), hash.clone(), name.clone());
            Box::pin(async move {
                let (account_id, _) = store::workspace::owner(tx, ws).await?.context("a workspace without an owner")?;
                let user = User {
                    id,
                    account_id,
                    email: format!("{}@shop.example", id.to_string().to_lowercase()),
                    name,
                    password_hash: "none".into(),
                    disabled: false,
                    preferences: "{}".into(),
                    version: 1,
                };
                store::access::insert_user(tx, &user, now).await?;
                store::access::insert_membership(tx, &membership).await?;
                store::access::insert_session(tx, hash, &session).await
            })
        })
        .await
}
