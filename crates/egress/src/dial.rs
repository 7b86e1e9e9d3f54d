//! Connections that carry no HTTP, e.g. to a mail server: the same checks of addresses, then the bare stream.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use url::Host;

use crate::error::Reason;
use crate::host_port::normalised;
use crate::policy::is_localhost;
use crate::resolver::{Checked, OnlySpecial};
use crate::{Egress, EgressError, HostPort, is_special};

/// Addresses of one name that are tried at most.
const ADDRESSES: usize = 4;

impl Egress {
    /// Connects to a host's port within `timeout_ms`. The address connected to is the one that was checked.
    ///
    /// # Errors
    /// [`EgressError::NotSent`] always: nothing was said yet.
    pub async fn dial(&self, host: &str, port: u16, timeout_ms: u64) -> Result<TcpStream, EgressError> {
        let deadline = Instant::now() + Duration::from_millis(timeout_ms);
        let (name, allowed) = check_host(host, port, self.allow()).map_err(EgressError::NotSent)?;
        let addresses = match name.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => {
                let found = Checked::addresses(Arc::clone(self.resolver()), allowed, name);
                let found = timeout_at(deadline, found).await.map_err(|_| EgressError::NotSent(Reason::TimedOut))?;
                found
                    .map_err(|error| EgressError::NotSent(if error.is::<OnlySpecial>() { Reason::Refused } else { Reason::NotResolved }))?
            }
        };
        let mut last = Reason::NotResolved;
        for address in addresses.into_iter().take(ADDRESSES) {
            match timeout_at(deadline, TcpStream::connect(SocketAddr::new(address, port))).await {
                Ok(Ok(stream)) => {
                    // Short lines in both directions: waiting to fill packets would only slow them.
                    drop(stream.set_nodelay(true));
                    return Ok(stream);
                }
                Ok(Err(error)) => last = Reason::Connect(error.to_string()),
                Err(_) => return Err(EgressError::NotSent(Reason::TimedOut)),
            }
        }
        Err(EgressError::NotSent(last))
    }
}

/// The normalised host, and whether the operator lets it be a special address.
fn check_host(host: &str, port: u16, allow: &[HostPort]) -> Result<(String, bool), Reason> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let parsed = match bare.parse::<std::net::Ipv6Addr>() {
        Ok(address) => Host::Ipv6(address),
        Err(_) => Host::parse(bare).map_err(|_| Reason::BadUrl("no host"))?,
    };
    let (name, special) = match &parsed {
        Host::Domain(domain) => {
            let name = normalised(Host::Domain(domain.as_str()));
            let special = is_localhost(&name);
            (name, special)
        }
        Host::Ipv4(address) => (address.to_string(), is_special(IpAddr::V4(*address))),
        Host::Ipv6(address) => (address.to_string(), is_special(IpAddr::V6(*address))),
    };
    if name.is_empty() || port == 0 {
        return Err(Reason::BadUrl("no host"));
    }
    let allowed = allow.iter().any(|exception| exception.covers(&name, port));
    if special && !allowed {
        return Err(Reason::Refused);
    }
    Ok((name, allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_this_machine_is_refused() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "0x7f.1",
            "2130706433",
            "::1",
            "[::1]",
            "::ffff:10.0.0.1",
            "169.254.169.254",
        ] {
            assert_eq!(check_host(host, 993, &[]).unwrap_err(), Reason::Refused, "{host}");
        }
        assert_eq!(check_host("Mail.Example.", 993, &[]).unwrap(), ("mail.example".into(), false));
        let allow = ["127.0.0.1:993".parse().unwrap()];
        assert_eq!(check_host("127.0.0.1", 993, &allow).unwrap(), ("127.0.0.1".into(), true));
        assert_eq!(check_host("127.0.0.1", 143, &allow).unwrap_err(), Reason::Refused, "the port is part of it");
        assert!(check_host("", 993, &[]).is_err() && check_host("a b", 993, &[]).is_err());
    }
}
