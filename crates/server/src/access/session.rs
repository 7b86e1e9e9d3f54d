//! Sessions: a random token in a cookie, its hash in a row, bound to the host it was made on. Ended on the server's side.

use anyhow::Result;
use axum::http::HeaderValue;
use db::Tx;
use model::{Timestamp, UserId};

use super::{Identity, cookie, secret};
use crate::Server;
use crate::origin::Door;
use crate::problem::Problem;

/// A session that is not used ends, in seconds.
const IDLE_S: i64 = 12 * 3600;
/// The longest a session lasts, in seconds.
const LIFE_S: i64 = 14 * 86_400;
/// How often the last use is noted, in seconds.
const NOTE_EVERY_S: i64 = 300;

pub async fn find(tx: &mut Tx<'_>, token: &str, now: Timestamp) -> Result<Option<Identity>> {
    let Some(session) = store::access::session(tx, secret::hash(token), now).await? else { return Ok(None) };
    let user = store::access::user_by_id(tx, session.user_id).await?;
    Ok(user.filter(|user| !user.disabled).map(|user| Identity::User { user: Box::new(user), session }))
}

pub async fn touch(server: &Server, session: &store::access::Session, now: Timestamp) {
    if session.last_used_at.plus_secs(NOTE_EVERY_S) > now {
        return;
    }
    let (id, until) = (session.id, now.plus_secs(IDLE_S).min(session.created_at.plus_secs(LIFE_S)));
    let noted = server.engine().db().write(move |tx| Box::pin(async move { store::access::touch_session(tx, id, now, until).await })).await;
    if let Err(error) = noted {
        tracing::warn!(%error, "the last use of a session was not noted");
    }
}

/// Opens a new session, never an old one again, and returns its cookie.
pub async fn open(server: &Server, user: UserId, door: &Door) -> Result<HeaderValue, Problem> {
    let token = secret::token()?;
    let now = server.engine().now();
    let session = store::access::Session {
        id: server.engine().ids().next(),
        user_id: user,
        created_at: now,
        last_used_at: now,
        expires_at: now.plus_secs(IDLE_S),
        host: door.host().to_owned(),
    };
    let hash = secret::hash(&token);
    server
        .engine()
        .db()
        .write(move |tx| {
            let (session, hash) = (session.clone(), hash.clone());
            Box::pin(async move {
                store::access::expire(tx, now, now.plus_secs(-super::sign_in::WINDOW_S)).await?;
                store::access::insert_session(tx, hash, &session).await
            })
        })
        .await?;
    Ok(cookie::set(&token, door, LIFE_S))
}
