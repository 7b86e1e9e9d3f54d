//! Secrets at rest: one master key wraps a data key per workspace; what is sealed says in its additional data where it belongs.

use anyhow::{Context, Result, bail};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

/// 256 bits from the key file or the environment; the same on all nodes.
#[derive(Clone)]
pub struct MasterKey(pub [u8; 32]);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[derive(Clone, Debug)]
pub struct Vault {
    master: MasterKey,
}

const VERSION: u8 = 1;

impl Vault {
    pub fn new(master: MasterKey) -> Self {
        Self { master }
    }

    /// A new data key, and the same wrapped for the row.
    pub fn new_data_key(&self, about: &str) -> Result<([u8; 32], Vec<u8>)> {
        let mut key = [0u8; 32];
        getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        Ok((key, self.seal_under_master(about, &key)?))
    }

    pub fn open_data_key(&self, about: &str, wrapped: &[u8]) -> Result<[u8; 32]> {
        let key = self.open_under_master(about, wrapped).context("the key file is not the one this database was made with")?;
        key.try_into().map_err(|_| anyhow::anyhow!("a data key of the wrong length"))
    }

    pub fn seal_under_master(&self, about: &str, clear: &[u8]) -> Result<Vec<u8>> {
        seal(&self.master.0, about, clear)
    }

    pub fn open_under_master(&self, about: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        open(&self.master.0, about, sealed)
    }

    /// A key for one purpose, e.g. signing file links; never the master itself.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"seaway:");
        hash.update(purpose.as_bytes());
        hash.update(self.master.0);
        hash.finalize().into()
    }
}

/// Seals with a random nonce; `about` names table, row and column, and must be given again to open.
pub fn seal(key: &[u8; 32], about: &str, clear: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0u8; 24];
    getrandom::fill(&mut nonce).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: clear, aad: about.as_bytes() })
        .map_err(|_| anyhow::anyhow!("sealing failed"))?;
    Ok([&[VERSION], &nonce[..], &sealed].concat())
}

pub fn open(key: &[u8; 32], about: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let (head, body) = sealed.split_at_checked(25).context("a sealed value that is too short")?;
    if head[0] != VERSION {
        bail!("a sealed value of an unknown version");
    }
    let nonce: [u8; 24] = head[1..].try_into()?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(nonce), Payload { msg: body, aad: about.as_bytes() })
        .map_err(|_| anyhow::anyhow!("a sealed value that does not open: another key, or moved from its row"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves S27.
    #[test]
    fn what_was_sealed_opens_only_in_its_place() {
        let key = [7u8; 32];
        let sealed = seal(&key, "channel_account:1", b"secret").unwrap();
        assert_eq!(open(&key, "channel_account:1", &sealed).unwrap(), b"secret");
        assert!(open(&key, "channel_account:2", &sealed).is_err());
        assert!(open(&[8u8; 32], "channel_account:1", &sealed).is_err());
        assert_ne!(seal(&key, "a", b"x").unwrap(), seal(&key, "a", b"x").unwrap());
    }
}
