//! The emulators as a process of their own: `emulators ADDRESS CONFIG.json`.

use std::{fs, net::SocketAddr, sync::Arc};

use anyhow::{Context, bail};
use emulators::{Config, Outward, serve_standalone};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path] = arguments.as_slice() else {
        bail!("usage: emulators ADDRESS CONFIG.json, for example 127.0.0.1:8090 emulators.json");
    };
    let address: SocketAddr = address.parse().with_context(|| format!("reading the address {address}"))?;
    let text = fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
    let config: Config = serde_json::from_str(&text).with_context(|| format!("understanding {path}"))?;
    let post = Arc::new(Outward::new(&config.egress_allow)?);
    eprintln!("The emulators listen at {address}");
    serve_standalone(address, &config, post).await
}
