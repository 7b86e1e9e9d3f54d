//! `cargo xtask check`: what can be judged without running the product. One run tells everything that is wrong.

mod arrows;
mod generated;
mod licence;
mod purity;
mod requirements;
mod secrets;
mod sources;
mod words;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{
    command::{cargo, run},
    steps::Steps,
    tree::{metadata, root},
    web,
};

/// What a gate found wrong: one line each, naming the place and the mend.
pub type Faults = Vec<String>;

/// With `--rules` only what needs no compiler: seconds, for the moment before a commit.
pub fn check(arguments: &[String]) -> Result<()> {
    let all = match arguments {
        [] => true,
        [only] if only == "--rules" => false,
        _ => bail!("`cargo xtask check` takes --rules or nothing"),
    };
    let root = root();
    let mut steps = Steps::new(if all { 12 } else { 7 });
    let sources = sources::Sources::read(&root)?;
    let graph = metadata(true)?;
    steps.keep("Arrows between the crates", || verdict(arrows::check(&packages(&graph))));
    steps.keep("Crates and licences from elsewhere", || verdict(licence::check(&graph, &root)?));
    steps.keep("Clocks, randomness and environment", || verdict(purity::check(&sources)));
    steps.keep("Words and paths that stay out", || verdict(words::check(&sources)));
    steps.keep("Comparisons of secrets", || verdict(secrets::check(&sources)));
    steps.keep("Requirements have tests", || verdict(requirements::check(&sources)));
    steps.keep("cargo fmt", || run(&mut cargo(&root, &["fmt", "--all", "--check", "--", "-l"])));
    if all {
        steps.keep("Web packages", || web::install(&root).and_then(|()| web::build(&root)));
        steps.keep("Generated files", || verdict(generated::check(&root)?));
        steps.keep("npm run check", || run(&mut web::npm(&root, &["run", "check"])));
        steps.keep("cargo clippy", || clippy(&root, &["--workspace", "--all-targets"]));
        // What plain `cargo test` leaves out is left out by --all-targets too.
        steps.keep("cargo clippy, the faults", || clippy(&root, &["--package", "app", "--test", "faults"]));
    }
    steps.finish("Check")
}

fn clippy(root: &std::path::Path, what: &[&str]) -> Result<()> {
    run(&mut cargo(root, &[&["clippy", "--locked"], what, &["--", "-D", "warnings"]].concat()))
}

fn verdict(faults: Faults) -> Result<()> {
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

/// A workspace crate and what its manifest names.
#[derive(Debug)]
pub struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

#[derive(Debug)]
pub struct Dependency {
    pub name: String,
    pub for_tests: bool,
}

/// The workspace's own crates.
fn packages(metadata: &Value) -> Vec<Package> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let own: Vec<String> = list(&metadata["workspace_members"]).iter().map(text).collect();
    list(&metadata["packages"])
        .iter()
        .filter(|package| own.contains(&text(&package["id"])))
        .map(|package| Package {
            name: text(&package["name"]),
            dependencies: list(&package["dependencies"])
                .iter()
                .map(|found| Dependency { name: text(&found["name"]), for_tests: found["kind"] == "dev" })
                .collect(),
        })
        .collect()
}
