//! `cargo xtask release`: the finished binary, with the web inside.

use anyhow::Result;

use crate::{
    command::{cargo, run},
    steps::Steps,
    tools,
    tree::{root, target},
    web,
};

pub fn release() -> Result<()> {
    let root = root();
    let mut steps = Steps::new(4);
    steps.run("Look for the tools", || tools::need(tools::BUILD))?;
    steps.run("Install the web packages", || web::install(&root))?;
    steps.run("Build the desk and the webchat", || web::build(&root))?;
    steps.run("Build the server", || run(&mut cargo(&root, &["build", "--locked", "--release", "--package", "app"])))?;
    println!("\n{}", target()?.join("release/seaway").display());
    Ok(())
}
