//! A shop on a database, with the host's clock and a carrier that takes whatever is sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use db::Db;
use engine::clock::{ManualClock, SystemClock};
use engine::{Clock, Engine, Files, MasterKey, Options, Origins, Outgoing, Sent, Vault};
use testkit::{FakeWorld, House, Shop};

pub const PUBLIC: &str = "http://localhost:8080";

pub struct Business {
    pub engine: Engine,
    pub shop: Shop,
}

/// Opens the shop; the actors are not running yet.
pub async fn open(db: Db, public: &str) -> Result<Business> {
    let clock = Arc::new(SystemClock::default());
    let sent = AtomicU64::new(0);
    let world = Arc::new(FakeWorld::answering(move |_: &Outgoing| {
        let no = sent.fetch_add(1, Ordering::Relaxed);
        Sent::Answer { status: 201, headers: vec![], body: format!(r#"{{"sid":"SM{no:032x}","status":"queued"}}"#).into_bytes().into() }
    }));
    let now = clock.now();
    let engine = Engine::new(Options {
        db,
        files: Files::in_memory(),
        vault: Vault::new(MasterKey([7; 32])),
        clock,
        connectors: connectors::ALL,
        origins: origins(public),
        world: world.clone(),
        seed: now.micros() as u64,
        alone: true,
    });
    engine.renew().await?;
    let house = House { engine: engine.clone(), clock: Arc::new(ManualClock::new(now)), world };
    let shop = house.open_shop("Shop").await?;
    Ok(Business { engine, shop })
}

fn origins(public: &str) -> Origins {
    let beside = |label: &str| public.replacen("://", &format!("://{label}."), 1);
    Origins { public: public.into(), webchat: beside("webchat"), files: beside("files") }
}

/// Opens the shop behind the whole server, which lives until the runtime ends.
pub async fn serve(db: Db) -> Result<(Business, SocketAddr)> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let public = format!("http://localhost:{}", address.port());
    let business = open(db, &public).await?;
    let config = server::ServerConfig {
        engine: business.engine.clone(),
        origins: origins(&public),
        demo_hosts: vec![],
        trusted_proxies: vec![],
        tls: None,
        extra: vec![],
        mounts: vec![],
    };
    tokio::spawn(server::serve(config, listener, std::future::pending()));
    Ok((business, address))
}
