//! From one reset to the next: engine, server, emulators and the demo's doors, together on one socket.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use engine::clock::SystemClock;
use engine::{Engine, Options, Outgoing, World};
use futures::StreamExt;
use futures::future::BoxFuture;
use server::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::address::Address;
use super::busy_hour::BusyHour;
use super::doors::{self, Doors};
use super::house::House;
use super::way_out::WayOut;
use super::{channels, emulation, origins, tell};
use crate::{chance, outward};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Stopped,
    Reset,
}

/// Serves until somebody stops it or asks for a reset. `first` tells people where everything is.
pub async fn run(house: &House, address: &Address, listener: TcpListener, mut stop: watch::Receiver<bool>, first: bool) -> Result<Ended> {
    let installation = &house.installation;
    let (close, closed) = watch::channel(false);
    let lines = outward::outward(address.allowed()?)?;
    let world = Arc::new(WayOut { world: Arc::new(lines.clone()), closed: closed.clone() });
    let engine = Engine::new(Options {
        db: house.opened.db.clone(),
        files: house.opened.files.clone(),
        vault: house.opened.vault.clone(),
        clock: Arc::new(SystemClock::default()),
        connectors: connectors::ALL,
        origins: origins(address),
        world: world.clone(),
        seed: chance::seed()?,
        alone: house.opened.alone,
    });
    channels::move_to(&engine, installation, address).await?;
    let reset = Arc::new(Notify::new());
    let doors = doors::router(Doors {
        engine: engine.clone(),
        installation: installation.clone(),
        address: address.clone(),
        busy_hour: BusyHour::new(address.clone(), installation.webchat.to_string()),
        reset: reset.clone(),
    });

    let (extra, carrier) = emulators(house, address, doors, &closed, world.as_ref(), !first).await?;
    let config = ServerConfig {
        engine: engine.clone(),
        origins: origins(address),
        demo_hosts: installation.staff.iter().map(|one| format!("{}.localhost", one.key)).collect(),
        trusted_proxies: Vec::new(),
        tls: None,
        extra,
        mounts: vec![twilio::routes],
    };
    let running = tokio::spawn(engine::run::run(engine.clone()));
    let of = engine.clone();
    let lines = tokio::spawn(async move { lines.run(of).await });
    if first {
        tell::everything(installation, address)?;
    } else {
        eprintln!("The demo is as new.");
    }
    let stopping = engine.clone();
    let mut ended = Ended::Stopped;
    let why = &mut ended;
    let shutdown = async move {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => {}
            () = reset.notified() => *why = Ended::Reset,
        }
        close.send_replace(true);
        stopping.stop();
    };
    server::serve(config, listener, shutdown).await?;
    lines.await.context("the lines")?;
    running.await.context("the engine's actors")??;
    if let Some(carrier) = carrier {
        carrier.abort();
        // Its ports are free again once it is gone.
        let _ = carrier.await;
    }
    Ok(ended)
}

type Extra = Vec<(String, Router)>;

/// The emulators in this process, or, when they are elsewhere, what they have to be told.
async fn emulators(
    house: &House,
    address: &Address,
    doors: Router,
    closed: &watch::Receiver<bool>,
    world: &dyn World,
    anew: bool,
) -> Result<(Extra, Option<JoinHandle<()>>)> {
    let config = emulation::config(&house.installation, address);
    if address.emulators.is_some() {
        let path = house.opened.data_dir.join("emulators.json");
        std::fs::write(&path, serde_json::to_vec_pretty(&config)?).with_context(|| format!("writing {}", path.display()))?;
        if anew {
            forget(world, address).await;
        }
        return Ok((vec![("try.localhost".into(), doors)], None));
    }
    let post = Arc::new(emulators::Outward::new(&config.egress_allow)?);
    let emulators = emulators::routers(&config, post);
    let sites = [
        ("shop.localhost", emulators.shop),
        ("carrier.localhost", emulators.carrier),
        ("phone.localhost", emulators.phone),
        ("try.localhost", emulators.try_page.merge(doors)),
        ("discord.localhost", emulators.discord),
        ("mail.localhost", emulators.mail),
    ];
    let sites = sites.map(|(host, router)| (host.to_owned(), router)).into_iter().chain(emulators.platforms);
    let extra = sites.map(|(host, router)| (host, ending(router, closed.clone()))).collect();
    let mail = open_mail(&emulators.mail_server, address).await;
    Ok((extra, Some(tokio::spawn(async move { tokio::join!(emulators.run, mail).0 }))))
}

/// The mail server's own ports; where somebody else has them the demo goes on without mail.
async fn open_mail(server: &emulators::MailServer, address: &Address) -> BoxFuture<'static, ()> {
    let [imap, smtp] = address.mail();
    match server.open(std::net::Ipv4Addr::LOCALHOST.into(), imap, smtp).await {
        Ok(doors) => doors,
        Err(why) => {
            tracing::warn!("mail stays off: {why:#}");
            Box::pin(async {})
        }
    }
}

/// Carrier and platforms in another process forget their messages, as those in this process did.
async fn forget(world: &dyn World, address: &Address) {
    for name in ["carrier", "graph", "discord", "mail"] {
        forget_at(world, &address.origin(name)).await;
    }
}

async fn forget_at(world: &dyn World, origin: &str) {
    let request = Outgoing {
        method: "POST".into(),
        url: format!("{origin}/control/reset"),
        headers: vec![("content-type".into(), "application/json".into())],
        body: "{}".into(),
        timeout_ms: 5_000,
        max_response_bytes: 4_096,
        follow_redirects: 0,
        bulkhead: "demo".into(),
    };
    let sent = world.request(request).await;
    if !matches!(sent, engine::Sent::Answer { status: 200..300, .. }) {
        tracing::warn!(?sent, origin, "an emulator did not forget its messages");
    }
}

/// Answers that go on for ever end with the server, or draining would wait for an open phone.
fn ending(router: Router, closed: watch::Receiver<bool>) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let mut closed = closed.clone();
        async move {
            let (parts, body) = next.run(request).await.into_parts();
            if parts.headers.get("content-type").is_none_or(|kind| !kind.as_bytes().starts_with(b"text/event-stream")) {
                return axum::response::Response::from_parts(parts, body);
            }
            let end = Box::pin(async move { drop(closed.wait_for(|closed| *closed).await) });
            axum::response::Response::from_parts(parts, Body::from_stream(body.into_data_stream().take_until(end)))
        }
    }))
}
