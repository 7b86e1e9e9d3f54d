//! Randomness from the operating system: for the key file and the seed of ids.

use anyhow::Result;

pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system gave no randomness: {error}"))?;
    Ok(bytes)
}

/// Seeds a process's ids, which two processes must not share.
pub fn seed() -> Result<u64> {
    Ok(u64::from_be_bytes(bytes()?))
}
