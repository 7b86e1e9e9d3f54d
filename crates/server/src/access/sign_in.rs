//! The one log-in function: every way in ends here, so that locked and disabled count on all of them.

use axum::http::{HeaderValue, StatusCode};
use model::UserId;
use uuid::Uuid;

use super::{password, secret, session};
use crate::Server;
use crate::origin::Door;
use crate::problem::Problem;

/// Failures are counted over this time, in seconds.
pub const WINDOW_S: i64 = 15 * 60;
/// Failures per account name and per address before tries are refused.
const FAILURES: i64 = 10;
/// A sign-in link works this long, in seconds.
pub const CODE_LIFE_S: i64 = 60;

/// How somebody proves who they are.
pub enum Proof {
    Password {
        email: String,
        password: String,
    },
    /// A one-use code from a link.
    Code(String),
    /// Already proven in this request: the first admin.
    Made(UserId),
}

/// Signs in and returns the user with the new session's cookie.
///
/// # Errors
/// 401 `bad_credentials` or `code_used`, 429 `too_many_attempts`, 403 `plain_http`.
pub async fn sign_in(server: &Server, proof: Proof, door: &Door) -> Result<(UserId, HeaderValue), Problem> {
    check_line(server, door)?;
    let user = match proof {
        Proof::Made(user) => user,
        Proof::Password { email, password } => by_password(server, &email, password, door).await?,
        Proof::Code(code) => by_code(server, &code, door).await?,
    };
    Ok((user, session::open(server, user, door).await?))
}

/// A password sent over a line that others can read is a password given away: refused before it is looked at.
pub fn check_line(server: &Server, door: &Door) -> Result<(), Problem> {
    if door.is_safe() {
        return Ok(());
    }
    let host = door.host();
    let detail = format!("Signing in to {host} over plain HTTP would show the password to the network");
    let problem = Problem::new(StatusCode::FORBIDDEN, "plain_http", detail).with("host", host);
    let https = server.config().origins.public.starts_with("https://");
    Err(if https { problem.what("https") } else { problem })
}

/// E-mail addresses are compared in lower case.
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

async fn by_password(server: &Server, email: &str, given: String, door: &Door) -> Result<UserId, Problem> {
    let email = fold_email(email);
    let subjects = subjects(&email, door);
    refuse_flood(server, &subjects).await?;
    let wanted = email.clone();
    let user = server.engine().db().read(move |tx| Box::pin(async move { store::access::user_by_email(tx, &wanted).await })).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = given.len() <= 1024 && password::verify(given, hash).await?;
    match user.filter(|user| right && !user.disabled) {
        Some(user) => {
            let subject = subjects[0].clone();
            server
                .engine()
                .db()
                .write(move |tx| {
                    let subject = subject.clone();
                    Box::pin(async move { store::access::forget_failures(tx, &subject).await })
                })
                .await?;
            Ok(user.id)
        }
        None => {
            note_failure(server, subjects).await?;
            Err(Problem::new(StatusCode::UNAUTHORIZED, "bad_credentials", "Email or password is wrong"))
        }
    }
}

async fn by_code(server: &Server, code: &str, door: &Door) -> Result<UserId, Problem> {
    let subjects = subjects("code", door);
    refuse_flood(server, &subjects[1..]).await?;
    let (hash, now) = (secret::hash(code), server.engine().now());
    let user = server
        .engine()
        .db()
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move {
                let Some(id) = store::access::take_sign_in_code(tx, hash, now).await? else { return Ok(None) };
                Ok(store::access::user_by_id(tx, id).await?.filter(|user| !user.disabled))
            })
        })
        .await?;
    match user {
        Some(user) => Ok(user.id),
        None => {
            note_failure(server, subjects[1..].to_vec()).await?;
            Err(Problem::new(StatusCode::UNAUTHORIZED, "code_used", "This link was used already, or is older than a minute"))
        }
    }
}

/// What failures are counted on: the name that was tried, and where from.
fn subjects(email: &str, door: &Door) -> Vec<String> {
    let name = secret::hex(&secret::sha256(email.as_bytes())[..16]);
    let address = door.address.map(|address| address.to_string()).unwrap_or_default();
    vec![format!("name:{name}"), format!("address:{address}")]
}

async fn refuse_flood(server: &Server, subjects: &[String]) -> Result<(), Problem> {
    let (subjects, since) = (subjects.to_vec(), server.engine().now().plus_secs(-WINDOW_S));
    let worst = server
        .engine()
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let mut worst = 0;
                for subject in &subjects {
                    worst = worst.max(store::access::failures(tx, subject, since).await?);
                }
                Ok(worst)
            })
        })
        .await?;
    if worst < FAILURES {
        return Ok(());
    }
    Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "Too many failed tries in the last 15 minutes")
        .with("minutes", WINDOW_S / 60))
}

async fn note_failure(server: &Server, subjects: Vec<String>) -> Result<(), Problem> {
    let now = server.engine().now();
    let rows: Vec<(Uuid, String)> = subjects.into_iter().map(|subject| (server.engine().ids().next::<model::JobId>().0, subject)).collect();
    server
        .engine()
        .db()
        .write(move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                for (id, subject) in rows {
                    store::access::add_failure(tx, id, &subject, now).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}
