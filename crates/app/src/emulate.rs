//! `seaway emulate`: the emulated carrier, phone and shop as a process of their own.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;

use crate::signals;

#[derive(Args)]
pub struct Arguments {
    #[arg(long, env = "SEAWAY_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// JSON: numbers, accounts, people of the shop
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let path = arguments.config.display();
    let text = fs::read_to_string(&arguments.config).with_context(|| format!("reading --config {path}"))?;
    let config: emulators::Config = serde_json::from_str(&text).with_context(|| format!("understanding --config {path}"))?;
    let post = Arc::new(emulators::Outward::new(&config.egress_allow)?);
    println!("The emulators listen at {}", arguments.listen);
    tokio::select! {
        ended = emulators::serve_standalone(arguments.listen, &config, post) => ended,
        () = signals::shutdown() => Ok(()),
    }
}
