//! Where things are: the repository, cargo's target folder, and the files git knows.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::UNIX_EPOCH,
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::{cargo, output};

/// The repository's folder: the one two above this crate.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// `cargo metadata` of the workspace; with `all`, of every package it resolves to on this platform.
pub fn metadata(all: bool) -> Result<Value> {
    let mut command = cargo(&root(), &["metadata", "--format-version", "1", "--locked"]);
    if all {
        let host = output(Command::new("rustc").arg("-vV"))?;
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc named no host")?;
        command.args(["--filter-platform", host]);
    } else {
        command.arg("--no-deps");
    }
    serde_json::from_str(&output(&mut command)?).context("reading cargo metadata")
}

/// Cargo's target folder.
pub fn target() -> Result<PathBuf> {
    let metadata = metadata(false)?;
    metadata["target_directory"].as_str().map(PathBuf::from).context("cargo named no target folder")
}

/// Every file git tracks or would track, relative to the repository; what was deleted but not yet committed is left out.
pub fn tracked() -> Result<Vec<PathBuf>> {
    let root = root();
    let list = output(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&root))?;
    let files = list.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
    Ok(files.filter(|file| root.join(file).is_file()).collect())
}

/// A number that changes when a file below these folders appears, vanishes, grows, shrinks or is written again.
/// Folders named in `without` are not entered.
pub fn fingerprint(folders: &[PathBuf], without: &[&str]) -> u64 {
    let mut lines = Vec::new();
    let mut open: Vec<PathBuf> = folders.to_vec();
    while let Some(path) = open.pop() {
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        if about.is_dir() {
            let Ok(entries) = fs::read_dir(&path) else { continue };
            let inner = entries.flatten().filter(|entry| !without.iter().any(|name| entry.file_name() == *name));
            open.extend(inner.map(|entry| entry.path()));
        } else if about.is_file() {
            let at = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            lines.push(format!("{} {} {}\n", path.display(), about.len(), at.as_nanos()));
        }
    }
    lines.sort_unstable();
    hash(lines.concat().as_bytes())
}

/// FNV-1a: the same on every machine and with every compiler.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("crates/xtask/Cargo.toml").is_file());
    }
}
