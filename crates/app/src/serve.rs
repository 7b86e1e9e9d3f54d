//! `seaway serve`: bind, open, run, drain.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use engine::clock::SystemClock;
use engine::{Engine, Options, Origins};

use crate::place::{self, Opened};
use crate::settings::{Home, Net, Settings};
use crate::{chance, durability, listen, origins, outward, signals, tls};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    net: Net,
    /// Write the log as JSON lines
    #[arg(long, env = "SEAWAY_LOG_JSON")]
    pub log_json: bool,
    /// Die at the named place, at the Nth visit; for tests of recovery
    #[arg(long, env = "SEAWAY_CRASH_POINT", hide = true, value_name = "NAME[:N]")]
    crash_point: Option<String>,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    arm(arguments.crash_point.as_deref())?;
    let settings = Settings::read(arguments.home, arguments.net)?;
    if let Err(error) = listen::raise_open_files() {
        tracing::warn!(error = %format!("{error:#}"), "the limit of open files stays low");
    }
    let tls = match (&settings.net.tls_cert, &settings.net.tls_key) {
        (Some(cert), Some(key)) => Some(tls::load(cert, key)?),
        _ => None,
    };
    let listener = listen::bind(settings.listen()).await?;
    let origins = origins::derive(&settings.asked(Some(listener.local_addr()?))).map_err(|refused| anyhow!(refused))?;
    let opened = place::open(&settings.place(true)).await?;
    if opened.vault.is_rotating() {
        tracing::warn!("a rotation of keys was cut; `seaway key rotate` ends it while no server runs");
    }
    let kept = durability::judge(&opened.db).await?;
    if !kept.fine {
        tracing::warn!("{}", kept.words);
    }
    let carrier = outward::outward(settings.net.egress_allow.clone())?;
    let engine = engine(&opened, origins.clone(), &carrier)?;
    let running = tokio::spawn(engine::run::run(engine.clone()));
    let (lines, of) = (carrier.clone(), engine.clone());
    let lines = tokio::spawn(async move { lines.run(of).await });
    greet(&opened, &origins).await?;
    let config = server::ServerConfig {
        engine: engine.clone(),
        origins,
        demo_hosts: Vec::new(),
        trusted_proxies: settings.net.trusted_proxy.clone(),
        tls,
        extra: Vec::new(),
        mounts: vec![twilio::routes],
    };
    let ended = server::serve(config, listener, ending(engine.clone())).await;
    engine.stop();
    // Lines close before the engine gives back the accounts they belong to.
    lines.await.context("the lines panicked")?;
    running.await.context("the engine panicked")?.context("giving back what this process owned")?;
    ended?;
    println!("Seaway has ended");
    Ok(())
}

/// Until we are told to stop. From then on nothing new is claimed, and sockets are told.
async fn ending(engine: Engine) {
    signals::shutdown().await;
    tracing::info!("draining");
    engine.stop();
}

/// The engine over an opened place.
fn engine(opened: &Opened, origins: Origins, carrier: &transports::Carrier) -> Result<Engine> {
    Ok(Engine::new(Options {
        db: opened.db.clone(),
        files: opened.files.clone(),
        vault: opened.vault.clone(),
        clock: Arc::new(SystemClock::default()),
        connectors: connectors::ALL,
        origins,
        world: Arc::new(carrier.clone()),
        seed: chance::seed()?,
        alone: opened.alone,
    }))
}

/// Says where we are, and at the first run what to do.
async fn greet(opened: &Opened, origins: &Origins) -> Result<()> {
    println!("Seaway {}", env!("CARGO_PKG_VERSION"));
    println!("  desk     {}", origins.public);
    println!("  webchat  {}", origins.webchat);
    println!("  files    {}", origins.files);
    if let Some(code) = server::bootstrap::setup_code(&opened.db).await? {
        println!("  set-up   open {} and enter the code {code}", origins.public);
    }
    Ok(())
}

fn arm(point: Option<&str>) -> Result<()> {
    let Some(given) = point else { return Ok(()) };
    let (name, nth) = given.split_once(':').unwrap_or((given, "1"));
    if !engine::crash_points().contains(&name) {
        bail!("there is no crash point {name}; there are {}", engine::crash_points().join(", "));
    }
    engine::set_crash_point(name, nth.parse().with_context(|| format!("the number of {given}"))?);
    Ok(())
}
