use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::error::Reason;
use crate::host_port::{HostPort, normalised};
use crate::is_special;

/// Where one hop goes, checked as far as it can be before resolving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Normalised host; also what errors and logs may show.
    pub host: String,
    pub port: u16,
    /// The operator named this host and port: special addresses are permitted.
    pub allowed: bool,
}

/// Judges a URL before anything is resolved: scheme, host, and addresses written out.
pub(crate) fn check_url(url: &Url, allow: &[HostPort]) -> Result<Target, Reason> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Reason::BadUrl("only http and https are sent"));
    }
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(Reason::BadUrl("no host"));
    };
    let name = normalised(host.clone());
    if name.is_empty() {
        return Err(Reason::BadUrl("no host"));
    }
    let allowed = allow.iter().any(|exception| exception.covers(&name, port));
    let special = match host {
        Host::Ipv4(address) => is_special(IpAddr::V4(address)),
        Host::Ipv6(address) => is_special(IpAddr::V6(address)),
        Host::Domain(_) => is_localhost(&name),
    };
    if special && !allowed {
        return Err(Reason::Refused);
    }
    Ok(Target { host: name, port, allowed })
}

/// `localhost` and every name below it mean this machine, whatever a name server says.
pub(crate) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

pub(crate) const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
