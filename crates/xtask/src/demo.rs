//! `cargo xtask demo`: from a fresh clone to a running demo.

use std::{os::unix::process::CommandExt, process::Command};

use anyhow::{Context, Result};

use crate::{
    command::{cargo, run},
    steps::Steps,
    tools,
    tree::{root, target},
    web,
};

pub fn demo(arguments: &[String]) -> Result<()> {
    let root = root();
    let mut steps = Steps::new(4);
    steps.run("Look for the tools", || tools::need(tools::BUILD))?;
    steps.run("Install the web packages", || web::install(&root))?;
    steps.run("Build the desk and the webchat", || web::build(&root))?;
    steps.run("Build the server", || run(&mut cargo(&root, &["build", "--locked", "--profile", "demo", "--package", "app"])))?;
    let binary = target()?.join("demo/seaway");
    println!();
    // The server takes our place, so that Ctrl-C and the exit code are its own.
    let error = Command::new(&binary).arg("demo").args(arguments).exec();
    Err(error).with_context(|| format!("starting {}", binary.display()))
}
