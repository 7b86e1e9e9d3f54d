use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve};

use crate::is_special;
use crate::policy::{LOOPBACK, is_localhost};

pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Turns a name into addresses; tests bring their own.
pub trait Resolver: Send + Sync + 'static {
    fn resolve(&self, name: &str) -> Resolving;
}

/// The operating system's resolver.
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, name: &str) -> Resolving {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Lets only permitted addresses through. The HTTP client connects to what comes out and to nothing else,
/// so a name that changes its addresses between check and connection gains nothing.
pub(crate) struct Checked {
    pub resolver: Arc<dyn Resolver>,
    /// Special addresses pass: used only for hosts and ports the operator named.
    pub special: bool,
}

/// All addresses of a name were special.
#[derive(Debug)]
pub(crate) struct OnlySpecial;

impl fmt::Display for OnlySpecial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no public address")
    }
}

impl Error for OnlySpecial {}

/// The name could not be resolved.
#[derive(Debug)]
pub(crate) struct NotResolved(pub io::Error);

impl fmt::Display for NotResolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name could not be resolved: {}", self.0)
    }
}

impl Error for NotResolved {}

impl Checked {
    /// # Errors
    /// [`OnlySpecial`] or [`NotResolved`].
    pub async fn addresses(resolver: Arc<dyn Resolver>, special: bool, name: String) -> Result<Vec<IpAddr>, Box<dyn Error + Send + Sync>> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let mut addresses = if is_localhost(&name) { LOOPBACK.to_vec() } else { resolver.resolve(&name).await.map_err(NotResolved)? };
        if addresses.is_empty() {
            return Err(Box::new(NotResolved(io::ErrorKind::NotFound.into())));
        }
        addresses.retain(|address| special || !is_special(*address));
        if addresses.is_empty() {
            return Err(Box::new(OnlySpecial));
        }
        Ok(addresses)
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> reqwest::dns::Resolving {
        let name = name.as_str().to_owned();
        let addresses = Checked::addresses(Arc::clone(&self.resolver), self.special, name);
        Box::pin(async move {
            let addresses = addresses.await?.into_iter();
            // Port 0 stands for the URL's own port.
            let addresses: Addrs = Box::new(addresses.map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
