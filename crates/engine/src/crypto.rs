//! Secrets at rest: one master key wraps the data keys of each workspace; what is sealed says in its additional data where it belongs.
//! While keys are being changed there are two of a kind: the newer seals, both open.

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

/// The master key; during a rotation the new one and the one before it.
#[derive(Clone, Debug)]
pub struct Vault {
    master: MasterKey,
    before: Option<MasterKey>,
}

/// The keys of one workspace; during a rotation the new one and the one before it.
#[derive(Clone)]
pub struct DataKeys {
    current: [u8; 32],
    before: Option<[u8; 32]>,
}

impl std::fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKeys(…)")
    }
}

const VERSION: u8 = 1;

impl Vault {
    pub fn new(master: MasterKey) -> Self {
        Self { master, before: None }
    }

    /// A vault in the middle of a rotation: it also opens what the key before sealed.
    pub fn rotating(master: MasterKey, before: MasterKey) -> Self {
        Self { master, before: Some(before) }
    }

    pub fn is_rotating(&self) -> bool {
        self.before.is_some()
    }

    /// A new data key, and the same wrapped for the row.
    pub fn new_data_key(&self, about: &str) -> Result<([u8; 32], Vec<u8>)> {
        let key = random()?;
        Ok((key, self.seal_under_master(about, &key)?))
    }

    pub fn open_data_keys(&self, about: &str, wrapped: &[u8]) -> Result<DataKeys> {
        let clear = self.open_under_master(about, wrapped).context("the key file is not the one this database was made with")?;
        DataKeys::read(&clear)
    }

    pub fn seal_under_master(&self, about: &str, clear: &[u8]) -> Result<Vec<u8>> {
        seal(&self.master.0, about, clear)
    }

    pub fn open_under_master(&self, about: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        open_with(&self.master.0, self.before.as_ref().map(|key| &key.0), about, sealed)
    }

    /// Whether the current key sealed it, so that it stays as it is in a rotation.
    pub fn is_current(&self, about: &str, sealed: &[u8]) -> bool {
        open(&self.master.0, about, sealed).is_ok()
    }

    /// A key for one purpose, e.g. signing file links; never the master itself.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        derived(&self.master, purpose)
    }

    /// What [`Vault::derive`] gave before the rotation that is under way.
    pub fn derive_before(&self, purpose: &str) -> Option<[u8; 32]> {
        self.before.as_ref().map(|key| derived(key, purpose))
    }
}

impl DataKeys {
    fn read(clear: &[u8]) -> Result<Self> {
        let (current, rest) = clear.split_at_checked(32).context("a data key of the wrong length")?;
        let before = match rest.len() {
            0 => None,
            _ => Some(rest.try_into().context("a data key of the wrong length")?),
        };
        Ok(Self { current: current.try_into()?, before })
    }

    /// As the row keeps them, before they are wrapped.
    pub fn bytes(&self) -> Vec<u8> {
        [&self.current[..], self.before.as_ref().map_or(&[], |key| &key[..])].concat()
    }

    pub fn is_rotating(&self) -> bool {
        self.before.is_some()
    }

    /// A new key to seal with, beside the one that sealed so far.
    pub fn renewed(&self) -> Result<Self> {
        Ok(Self { current: random()?, before: Some(self.current) })
    }

    /// Without the key before: nothing may be left that it sealed.
    pub fn settled(&self) -> Self {
        Self { current: self.current, before: None }
    }

    pub fn seal(&self, about: &str, clear: &[u8]) -> Result<Vec<u8>> {
        seal(&self.current, about, clear)
    }

    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        open_with(&self.current, self.before.as_ref(), about, sealed)
    }

    /// Whether the current key sealed it.
    pub fn is_current(&self, about: &str, sealed: &[u8]) -> bool {
        open(&self.current, about, sealed).is_ok()
    }
}

fn random() -> Result<[u8; 32]> {
    let mut key = [0u8; 32];
    getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(key)
}

fn derived(master: &MasterKey, purpose: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"seaway:");
    hash.update(purpose.as_bytes());
    hash.update(master.0);
    hash.finalize().into()
}

fn open_with(current: &[u8; 32], before: Option<&[u8; 32]>, about: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    match (open(current, about, sealed), before) {
        (Err(_), Some(before)) => open(before, about, sealed),
        (opened, _) => opened,
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

    /// Proves S27.
    #[test]
    fn in_a_rotation_the_newer_key_seals_and_both_open() {
        let old = Vault::new(MasterKey([1; 32]));
        let (_, wrapped) = old.new_data_key("workspace:1").unwrap();
        let keys = old.open_data_keys("workspace:1", &wrapped).unwrap();
        let secret = keys.seal("a", b"secret").unwrap();
        let vault = Vault::rotating(MasterKey([2; 32]), MasterKey([1; 32]));
        assert!(!vault.is_current("workspace:1", &wrapped));
        let two = vault.open_data_keys("workspace:1", &wrapped).unwrap().renewed().unwrap();
        let rewrapped = vault.seal_under_master("workspace:1", &two.bytes()).unwrap();
        let read = Vault::new(MasterKey([2; 32])).open_data_keys("workspace:1", &rewrapped).unwrap();
        assert!(read.is_rotating() && !read.is_current("a", &secret));
        assert_eq!(read.open("a", &secret).unwrap(), b"secret");
        let again = read.seal("a", b"secret").unwrap();
        assert!(keys.open("a", &again).is_err() && read.settled().open("a", &secret).is_err());
        assert_eq!(read.settled().open("a", &again).unwrap(), b"secret");
        assert!(old.open_data_keys("workspace:1", &rewrapped).is_err());
        assert_eq!(vault.derive_before("x"), Some(old.derive("x")));
        assert!(DataKeys::read(&[0; 31]).is_err() && DataKeys::read(&[0; 65]).is_err());
    }
}
