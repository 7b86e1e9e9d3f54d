//! `cargo xtask dev`: the server is rebuilt and restarted when its sources change; the desk reloads by itself.
//! Everything started here is in our terminal's group, so one Ctrl-C ends all of it.

use std::{
    path::Path,
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    command::{cargo, run, succeeds},
    tools,
    tree::{fingerprint, root, target},
    web,
};

const POLL: Duration = Duration::from_secs(1);
/// How long a server may take to drain before it is killed.
const DRAIN_POLLS: u32 = 50;
const ADDRESS: &str = "127.0.0.1:8080";

pub fn dev(arguments: &[String]) -> Result<()> {
    let root = root();
    tools::need(tools::BUILD)?;
    web::install(&root)?;
    web::build(&root)?;
    let binary = target()?.join("debug/seaway");
    let mut seen = sources(&root);
    build(&root)?;
    let mut server = start(&binary, arguments)?;
    let mut desk = web::npm(&root, &["run", "dev", "--workspace", "desk"]);
    let mut desk = desk.env("SEAWAY_DEV_SERVER", format!("http://{ADDRESS}")).spawn().context("starting vite")?;
    println!("\nThe server listens on {ADDRESS}. Vite serves the desk with hot reload at the address it names. Ctrl-C ends both\n");
    let ended = loop {
        sleep(POLL);
        if let Some(status) = desk.try_wait()? {
            break format!("vite ended with {status}");
        }
        let now = sources(&root);
        if now != seen {
            seen = now;
            println!("\nSources changed, building");
            match build(&root) {
                Ok(()) => {
                    stop(&mut server)?;
                    server = start(&binary, arguments)?;
                }
                Err(error) => eprintln!("{error:#}; the server before the change goes on"),
            }
        }
    };
    stop(&mut server)?;
    bail!(ended)
}

fn sources(root: &Path) -> u64 {
    fingerprint(&[root.join("crates"), root.join("Cargo.toml")], &["target"])
}

fn build(root: &Path) -> Result<()> {
    run(&mut cargo(root, &["build", "--package", "app"]))
}

fn start(binary: &Path, arguments: &[String]) -> Result<Child> {
    let mut command = Command::new(binary);
    command.arg("demo");
    if !arguments.iter().any(|argument| argument.starts_with("--listen")) {
        command.args(["--listen", ADDRESS]);
    }
    command.args(arguments).spawn().with_context(|| format!("starting {}", binary.display()))
}

/// Asks it to end as Ctrl-C would, and insists when it does not.
fn stop(server: &mut Child) -> Result<()> {
    if server.try_wait()?.is_some() {
        return Ok(());
    }
    succeeds(Command::new("kill").args(["-TERM", &server.id().to_string()]));
    for _ in 0..DRAIN_POLLS {
        if server.try_wait()?.is_some() {
            return Ok(());
        }
        sleep(Duration::from_millis(200));
    }
    server.kill()?;
    server.wait()?;
    Ok(())
}
