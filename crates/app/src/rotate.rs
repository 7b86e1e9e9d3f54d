//! `seaway key rotate`: everything that is sealed, sealed anew with another master key.
//!
//! The key file first gets the new key beside the old one, then every secret is sealed anew in small commits, then the old key goes.
//! Cut anywhere, the installation opens as before, and the same verb ends what was begun.

use anyhow::{Context, Result, bail};
use clap::Args;
use engine::clock::{Clock as _, SystemClock};
use engine::{Rekeying, Vault};
use model::Timestamp;
use serde_json::{Value, json};

use crate::demo::Installation;
use crate::key;
use crate::place::{self, Opened};
use crate::settings::{Home, Settings};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    home: Home,
    /// Die at the named place, at the Nth visit; for tests of recovery
    #[arg(long, env = "SEAWAY_CRASH_POINT", hide = true, value_name = "NAME[:N]")]
    crash_point: Option<String>,
}

pub async fn run(arguments: Arguments) -> Result<Value> {
    if let Some(given) = &arguments.crash_point {
        let (name, nth) = given.split_once(':').unwrap_or((given, "1"));
        engine::set_crash_point(name, nth.parse().with_context(|| format!("the number of {given}"))?);
    }
    let settings = Settings::home(arguments.home)?;
    let place = settings.place(true);
    let opened = place::open(&place).await.context("a key is rotated while no server runs")?;
    nobody_else(&opened).await?;
    let vault = both_keys(&opened)?;
    engine::rotation_point("rotate.filed");
    let mut rekeying = Rekeying::begin(opened.db.clone(), vault.clone(), SystemClock::default().now()).await?;
    while rekeying.step().await? {
        engine::rotation_point("rotate.step");
    }
    // The demo keeps its own people's passwords under the master key.
    if let Some(demo) = Installation::load(&opened.db, &vault).await? {
        demo.keep(&opened.db, &vault).await?;
    }
    engine::rotation_point("rotate.sealed");
    // A server that came meanwhile still seals with the old key: it must not be thrown away under its feet.
    nobody_else(&opened).await?;
    let done = rekeying.done();
    let shown = json!({ "workspaces": done.workspaces, "secrets": done.secrets, "deliveries": done.deliveries });
    if key::in_environment() {
        eprintln!("Everything is sealed with the first key of SEAWAY_KEY: take the second one out, on every node");
    } else {
        key::end_rotation(&opened.data_dir)?;
        eprintln!("{} holds the new key: on other nodes of this database, replace theirs by it", key::file(&opened.data_dir).display());
    }
    eprintln!("Backups made before open with the key they were made with; signed links to files made before have ended");
    Ok(shown)
}

/// On SQLite the data folder's lock says so; on PostgreSQL the nodes that live.
async fn nobody_else(opened: &Opened) -> Result<()> {
    if opened.alone {
        return Ok(());
    }
    let now = Timestamp::from_micros(opened.db.time().await?);
    if opened.db.read(move |tx| Box::pin(async move { store::lease::anybody(tx, now).await })).await? {
        bail!(
            "a server uses this database: end it, on every node, and rotate the key then (one that was killed counts as running for 6 seconds)"
        );
    }
    Ok(())
}

/// The new key and the old one, also where an earlier rotation was cut.
fn both_keys(opened: &Opened) -> Result<Vault> {
    if opened.vault.is_rotating() {
        return Ok(opened.vault.clone());
    }
    if key::in_environment() {
        bail!(
            "SEAWAY_KEY holds the key, and only you can change it: make a new one (openssl rand -hex 32) and run this again with SEAWAY_KEY=NEW,OLD"
        );
    }
    key::begin_rotation(&opened.data_dir)
}
