//! Which fonts are installed, without asking a program that may be missing too.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// How deep below a font folder we look.
const DEPTH: usize = 4;

/// Whether a font file whose name starts so lies in one of the system's font folders.
pub fn installed(start: &str) -> bool {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let own = home.into_iter().flat_map(|home| [home.join(".local/share/fonts"), home.join(".fonts")]);
    let shared = ["/usr/share/fonts", "/usr/local/share/fonts"].map(PathBuf::from);
    shared.into_iter().chain(own).any(|folder| has(&folder, start, DEPTH))
}

fn has(folder: &Path, start: &str, depth: usize) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return depth > 0 && has(&path, start, depth - 1);
        }
        entry.file_name().to_str().is_some_and(|name| name.starts_with(start))
    })
}
