//! Secrets: made from the system's randomness, kept as SHA-256, compared in constant time through one function.

use sha2::{Digest, Sha256};

/// The only comparison of secrets.
pub use connectors::signature::same;

/// 256 bits, as text that fits a header or a URL.
pub fn token() -> anyhow::Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(encode(&bytes))
}

/// As text that fits a header or a URL. Letters and digits alone: some client libraries take no other password.
pub fn encode(bytes: &[u8; 32]) -> String {
    hex(bytes)
}

/// 32 hex digits, the form of auth tokens.
pub fn hex_token() -> anyhow::Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(hex(&bytes))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The form in which a random secret is stored. It has 256 bits, so a plain hash cannot be guessed backwards.
pub fn hash(secret: &str) -> Vec<u8> {
    sha256(secret.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twilio's library for Go refuses any other password before it sends it.
    #[test]
    fn a_secret_is_letters_and_digits() {
        let token = token().unwrap();
        assert!(token.len() == 64 && token.chars().all(|c| c.is_ascii_alphanumeric()), "{token}");
        assert_ne!(token, super::token().unwrap());
    }
}
