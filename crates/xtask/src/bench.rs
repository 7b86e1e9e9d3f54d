//! `cargo xtask bench`: figures, on both databases, with durable commits.

use anyhow::{Context, Result, bail};

use crate::{
    command::{cargo, run},
    postgres::{Cluster, Durability},
    steps::Steps,
    tools,
    tree::root,
    web,
};

pub fn bench(arguments: &[String]) -> Result<()> {
    let root = root();
    if !root.join("crates/bench/Cargo.toml").is_file() {
        bail!("there is no crate `bench` in crates/");
    }
    let mut steps = Steps::new(5);
    steps.run("Look for the tools", || tools::need(tools::BENCH))?;
    steps.run("Build the web", || web::install(&root).and_then(|()| web::build(&root)))?;
    steps.run("Build the server", || run(&mut cargo(&root, &["build", "--locked", "--release", "--package", "app"])))?;
    let cluster = steps.run("Start a private PostgreSQL", || Cluster::start(Durability::Full))?;
    steps.run("Measure", || {
        let mut command = cargo(&root, &["run", "--locked", "--release", "--package", "bench", "--"]);
        run(command.args(arguments).env("SEAWAY_TEST_POSTGRES", cluster.url())).context("measuring")
    })?;
    steps.finish("Bench")
}
