//! Addresses and ids of ours that name a thread and cannot be guessed.

use crate::signature::{hmac_sha256, same};

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Ten bytes name the thread, five more prove that we did.
const NAME: usize = 16;
const LENGTH: usize = 24;

/// The token of a thread: what is written into our reply address and our message ids.
pub fn of(key: &str, thread: &str) -> String {
    // A thread that began at a token is named by it.
    if let Some(token) = thread.strip_prefix("plus:") {
        return token.to_owned();
    }
    let name = base32(hmac_sha256(key.as_bytes(), format!("thread:{thread}").as_bytes()).get(..10).unwrap_or_default());
    format!("{name}{}", proof(key, &name))
}

/// Whether we made it.
pub fn is_ours(key: &str, token: &str) -> bool {
    if key.is_empty() || token.len() != LENGTH || !token.is_ascii() {
        return false;
    }
    let (name, said) = token.split_at(NAME);
    same(proof(key, name).as_bytes(), said.as_bytes())
}

fn proof(key: &str, name: &str) -> String {
    base32(hmac_sha256(key.as_bytes(), format!("token:{name}").as_bytes()).get(..5).unwrap_or_default())
}

fn base32(bytes: &[u8]) -> String {
    let groups = bytes.chunks(5).flat_map(|group| {
        let bits = group.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8).rev().map(move |at| ((bits >> (5 * at)) & 31) as usize)
    });
    groups.filter_map(|index| LETTERS.get(index)).map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tokens_are_believed() {
        let token = of("key", "mid:a@b");
        assert_eq!((token.len(), token.clone()), (LENGTH, of("key", "mid:a@b")));
        assert!(is_ours("key", &token) && !is_ours("other", &token) && !is_ours("", &of("", "mid:a@b")));
        assert_ne!(token, of("key", "mid:a@c"));
        let mut forged = token.into_bytes();
        forged[0] = if forged[0] == b'a' { b'b' } else { b'a' };
        assert!(!is_ours("key", &String::from_utf8(forged).unwrap()));
        assert!(!is_ours("key", "") && !is_ours("key", &"ü".repeat(12)));
    }
}
