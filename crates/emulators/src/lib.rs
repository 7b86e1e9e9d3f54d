//! Emulators of what lies outside: a carrier for text messages, messaging platforms, a mail server, the phones that use them, and a sample shop.
//!
//! Invariants:
//! - It knows nothing of the product's rooms. It meets the product only over sockets: the providers' REST
//!   APIs and signed webhooks, a gateway, IMAP and SMTP, the chat's loader script, signed visitor tokens.
//! - Carrier and platforms are values without clock, network or ambient chance, so that a simulation can call them
//!   as functions; whatever waits or connects lives in `network` and `post`.
//! - Signatures are written from the provider's description, never shared with the code that checks them.
//! - The ledger records what was really accepted and shown, apart from what the API says about it.

pub mod carrier;
mod config;
pub mod discord;
pub mod mail;
mod network;
pub mod platform;
mod post;
mod site;

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use futures::future::BoxFuture;
use tower::ServiceExt;

pub use config::{Config, DeskLink, Hosts, PhoneConfig, ShopConfig, ShopPerson, TryConfig};
pub use network::Network;
pub use post::{Outward, Post};
pub use site::{discord::DiscordServer, mail::MailServer};

/// The emulators, ready to be mounted by Host.
pub struct Emulators {
    pub shop: Router,
    pub carrier: Router,
    pub phone: Router,
    /// The platforms' hosts: the name as configured, and what answers there.
    pub platforms: Vec<(String, Router)>,
    /// Answers at `/try` and `/try/assets/…`, so it may also be merged into another host.
    pub try_page: Router,
    pub discord: Router,
    /// Discord itself, for whoever shares the process.
    pub discord_server: DiscordServer,
    /// The mail server's control door; its own doors are opened by `mail_server.open`.
    pub mail: Router,
    pub mail_server: MailServer,
    /// The carrier and the platforms themselves, for whoever shares the process.
    pub network: Network,
    /// Drives them: must be polled for webhooks to leave. It never ends; dropping it stops it.
    pub run: BoxFuture<'static, ()>,
}

/// Builds all emulators. Outgoing requests go through `post`.
pub fn routers(config: &Config, post: Arc<dyn Post>) -> Emulators {
    let network = Network::new(&config.carrier, &config.platforms, config.seed);
    let discord = DiscordServer::new(&config.discord, config.seed.unwrap_or_else(network::fresh_seed));
    let mail = MailServer::new(&config.mail, config.seed.unwrap_or_else(network::fresh_seed));
    let own = site::OwnPort::of(&config.carrier.origin);
    Emulators {
        shop: site::shop::router(config.shop.clone(), own),
        carrier: site::carrier::router(network.clone()),
        phone: site::phone::router(config.phone.clone(), network.clone(), discord.clone(), mail.clone(), own),
        platforms: config.hosts.platforms().map(|(door, host)| (host.to_owned(), site::platform::router(network.clone(), door))).into(),
        try_page: site::try_page::router(config.try_page.clone(), own),
        discord: site::discord::router(discord.clone()),
        run: Box::pin(together(network.clone().drive(post.clone()), discord.clone().drive(post), mail.clone().drive())),
        discord_server: discord,
        mail: site::mail::router(mail.clone()),
        mail_server: mail,
        network,
    }
}

/// What never ends.
async fn together(network: impl Future<Output = ()>, discord: impl Future<Output = ()>, mail: impl Future<Output = ()>) {
    tokio::join!(network, discord, mail);
}

/// Serves all emulators at one address, told apart by the Host header, until the future is dropped.
///
/// # Errors
/// When the address is taken.
pub async fn serve_standalone(addr: SocketAddr, config: &Config, post: Arc<dyn Post>) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(addr).await.with_context(|| format!("listening at {addr}"))?;
    let emulators = routers(config, post);
    let mail = emulators.mail_server.open(addr.ip(), config.mail.imap_port, config.mail.smtp_port).await?;
    let (router, run) = by_host(&config.hosts, emulators);
    tokio::select! {
        served = axum::serve(listener, router) => served.context("serving the emulators"),
        () = run => Ok(()),
        () = mail => Ok(()),
    }
}

/// One router for all of them; a Host that is none of theirs gets 421.
pub fn by_host(hosts: &Hosts, emulators: Emulators) -> (Router, BoxFuture<'static, ()>) {
    let mut sites = vec![
        (hosts.shop.clone(), emulators.shop),
        (hosts.carrier.clone(), emulators.carrier),
        (hosts.phone.clone(), emulators.phone),
        (hosts.try_page.clone(), emulators.try_page),
    ];
    sites.push((hosts.discord.clone(), emulators.discord));
    sites.push((hosts.mail.clone(), emulators.mail));
    sites.extend(emulators.platforms);
    let router = Router::new().fallback(any(dispatch)).with_state(Sites::from(sites));
    (router, emulators.run)
}

/// What answers at each host.
type Sites = Arc<[(String, Router)]>;

async fn dispatch(State(sites): State<Sites>, headers: HeaderMap, request: Request) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| request.uri().host()).unwrap_or_default();
    let name = site::without_port(host);
    match sites.iter().find(|(site, _)| site == name) {
        Some((_, router)) => match router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        None => (StatusCode::MISDIRECTED_REQUEST, "No emulator has this host").into_response(),
    }
}
