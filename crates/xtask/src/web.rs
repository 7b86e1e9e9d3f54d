//! The web packages: installed and built only when something changed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    command::{program, run},
    tree::{fingerprint, hash},
};

/// What a finished build leaves behind; a missing one means a new build.
const PRODUCTS: &[&str] = &["desk/dist/index.html", "webchat/dist/loader.js", "webchat/dist/frame.html"];

pub fn folder(root: &Path) -> PathBuf {
    root.join("web")
}

pub fn npm(root: &Path, arguments: &[&str]) -> Command {
    program("npm", &folder(root), arguments)
}

/// `npm ci`, when the lock file is not the one the folder was installed from.
pub fn install(root: &Path) -> Result<()> {
    let web = folder(root);
    let stamp = web.join("node_modules/.seaway-stamp");
    let lock = fs::read(web.join("package-lock.json")).context("reading web/package-lock.json")?;
    once(&stamp, hash(&lock), || run(&mut npm(root, &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])))
}

/// `npm run build`, when a source changed since the last build or a product is missing.
pub fn build(root: &Path) -> Result<()> {
    let web = folder(root);
    let stamp = web.join("node_modules/.seaway-built");
    if PRODUCTS.iter().any(|product| !web.join(product).is_file()) {
        let _ = fs::remove_file(&stamp);
    }
    let sources = fingerprint(std::slice::from_ref(&web), &["node_modules", "dist"]);
    once(&stamp, sources, || run(&mut npm(root, &["run", "build"])))
}

/// Does the work unless the stamp already holds this number.
fn once(stamp: &Path, number: u64, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let number = format!("{number:016x}");
    if fs::read_to_string(stamp).is_ok_and(|old| old == number) {
        println!("  nothing changed");
        return Ok(());
    }
    work()?;
    fs::write(stamp, number).with_context(|| format!("writing {}", stamp.display()))
}
