//! The accept loop: caps per address, deadlines, TLS by ALPN, and an orderly end.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use engine::{Engine, Origins};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::connection::{self, Line};
use crate::dispatch::{Doors, Mount};
use crate::{Config, Server};

/// Open connections one address may hold; loopback and trusted proxies stand for many people and are not counted.
const PER_ADDRESS: usize = 512;
/// How long requests under way may take to end once the server drains.
const DRAIN: Duration = Duration::from_secs(10);
/// After a failed accept (no file descriptors left) the loop rests instead of spinning.
const REST: Duration = Duration::from_millis(100);

/// Everything `serve` needs.
pub struct ServerConfig {
    pub engine: Engine,
    pub origins: Origins,
    /// Further hosts of the desk, each with its own cookie.
    pub demo_hosts: Vec<String>,
    pub trusted_proxies: Vec<IpAddr>,
    /// With certificates: HTTPS only. ALPN must offer `h2` and `http/1.1`.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Other applications by host, e.g. the demo's emulators.
    pub extra: Vec<(String, Router)>,
    /// Other APIs on the desk's origin.
    pub mounts: Vec<Mount>,
}

/// Serves until `shutdown` resolves, then drains: no new connections, requests under way end, sockets say good-bye.
///
/// # Errors
/// Only if the listener's address cannot be read; a failing connection is its own affair.
pub async fn serve(config: ServerConfig, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
    let server = Server::new(
        config.engine,
        Config { origins: config.origins, demo_hosts: config.demo_hosts, trusted_proxies: config.trusted_proxies },
    );
    let doors = Doors::new(&server, config.extra, &config.mounts);
    serve_with(server, doors, config.tls, listener, shutdown).await
}

/// The same for a server that exists already.
pub async fn serve_with(
    server: Server,
    doors: Doors,
    tls: Option<Arc<rustls::ServerConfig>>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<()> {
    let doors = Arc::new(doors);
    let tls = tls.map(TlsAcceptor::from);
    let places = Places::default();
    let mut connections = JoinSet::new();
    tracing::info!(address = %listener.local_addr()?, "listening");
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (socket, peer) = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            },
        };
        let Some(place) = places.take(peer, &server.config().trusted_proxies) else {
            tracing::warn!(address = %peer.ip(), "an address holds too many connections");
            continue;
        };
        let line = Line { peer, doors: doors.clone(), closing: server.closing() };
        let (tls, open) = (tls.clone(), server.metrics().connections.clone());
        connections.spawn(async move {
            open.inc();
            connection::run(socket, tls, line).await;
            open.dec();
            drop(place);
        });
    }
    drop(listener);
    server.close();
    let drained = tokio::time::timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(left = connections.len(), "connections were cut after the drain's deadline");
    }
    Ok(())
}

/// Connections per address.
#[derive(Default, Clone)]
struct Places(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

struct Place {
    places: Places,
    address: Option<IpAddr>,
}

impl Places {
    fn take(&self, peer: SocketAddr, trusted: &[IpAddr]) -> Option<Place> {
        let address = peer.ip().to_canonical();
        if address.is_loopback() || trusted.contains(&address) {
            return Some(Place { places: self.clone(), address: None });
        }
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= PER_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Place { places: self.clone(), address: Some(address) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut held = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves S31.
    #[test]
    fn an_address_holds_so_many_connections_and_no_more() {
        let places = Places::default();
        let peer: SocketAddr = "203.0.113.7:1000".parse().unwrap();
        let mut held: Vec<Place> = (0..PER_ADDRESS).map(|_| places.take(peer, &[]).unwrap()).collect();
        assert!(places.take(peer, &[]).is_none());
        assert!(places.take("203.0.113.8:1".parse().unwrap(), &[]).is_some());
        assert!(places.take(peer, &[peer.ip()]).is_some(), "a trusted proxy stands for many");
        held.pop();
        assert!(places.take(peer, &[]).is_some());
    }
}
