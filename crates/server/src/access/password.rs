//! Passwords: Argon2id on blocking threads, a bounded number at once.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// Each hash takes 19 MiB and a core for a while.
const AT_ONCE: usize = 2;
/// Those who wait beyond this are asked to come later.
const WAITING: usize = 32;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
static QUEUE: Semaphore = Semaphore::const_new(AT_ONCE + WAITING);
/// Verified against when there is no such user, so that both take the same time.
static NOBODY: LazyLock<String> = LazyLock::new(|| digest("nobody has this password").unwrap_or_default());

/// Fewest characters; length is all that is asked of a password.
const LEAST: usize = 10;
/// Most bytes.
const MOST: usize = 1024;

/// 10 characters to 1,024 bytes.
///
/// # Errors
/// 422 `password_short` or `too_long` for that field.
pub fn check(field: &str, password: &str) -> Result<(), Problem> {
    if password.chars().count() < LEAST {
        return Err(Problem::invalid(field, "password_short", "A password has at least 10 characters").with("min", LEAST as u64));
    }
    if password.len() > MOST {
        return Err(Problem::invalid(field, "too_long", "A password has at most 1,024 bytes").with("limit", MOST as u64));
    }
    Ok(())
}

fn digest(password: &str) -> anyhow::Result<String> {
    Ok(Argon2::default().hash_password(password.as_bytes()).map_err(|error| anyhow::anyhow!("hashing a password: {error}"))?.to_string())
}

/// Hashes a password where nobody waits for a turn: on the command line.
pub fn hash_now(password: &str) -> anyhow::Result<String> {
    digest(password)
}

pub async fn hash(password: String) -> Result<String, Problem> {
    in_turn(move || digest(&password)).await?.map_err(Into::into)
}

/// Whether the password is the stored one; `None` = there is no such user, which takes as long.
pub async fn verify(password: String, stored: Option<String>) -> Result<bool, Problem> {
    in_turn(move || {
        let known = stored.is_some();
        let text = stored.unwrap_or_else(|| NOBODY.clone());
        let Ok(parsed) = PasswordHash::new(&text) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
    })
    .await
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let _place = QUEUE.try_acquire().map_err(|_| Problem::unavailable())?;
    let _turn = TURNS.acquire().await.map_err(|_| Problem::unavailable())?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::from(anyhow::Error::from(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves S7.
    #[tokio::test]
    async fn only_the_right_password_passes() {
        let stored = hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse".into(), Some(stored.clone())).await.unwrap());
        assert!(!verify("wrong horse".into(), Some(stored)).await.unwrap());
        assert!(!verify("nobody has this password".into(), None).await.unwrap());
        for short in ["", "123456789", "비밀번호비밀번호비"] {
            assert_eq!(check("/password", short).unwrap_err().code, "password_short", "{short}");
        }
        assert!(check("/password", "1234567890").is_ok() && check("/password", "비밀번호비밀번호비밀").is_ok());
        assert_eq!(check("/password", &"비".repeat(342)).unwrap_err().code, "too_long");
    }
}
