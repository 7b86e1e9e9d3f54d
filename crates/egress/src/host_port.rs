use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use url::{Host, Url};

/// One exception the operator grants: requests to exactly this host and port may go to special addresses.
///
/// Written `HOST:PORT`, for example `crm.internal:8080`, `10.0.0.5:443`, `[::1]:3000`, or `*.localhost:3000`
/// for every name below one. The host is compared as written in the URL, after normalising, not by its addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// Normalised: lower case, punycode, no dot at the end, IPv6 without brackets.
    host: String,
    port: u16,
    below: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no HOST:PORT")]
pub struct HostPortError(String);

impl HostPort {
    /// Whether the exception covers this target.
    pub(crate) fn covers(&self, host: &str, port: u16) -> bool {
        if port != self.port {
            return false;
        }
        if !self.below {
            return host == self.host;
        }
        host.strip_suffix(&self.host).is_some_and(|before| before.ends_with('.') && before.len() > 1)
    }
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<HostPort, HostPortError> {
        let error = || HostPortError(text.to_owned());
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(error)?;
        let port: u16 = port.parse().ok().filter(|port| *port > 0).ok_or_else(error)?;
        let (below, host) = match host.strip_prefix("*.") {
            Some(parent) => (true, parent),
            None => (false, host),
        };
        // The URL parser is what requests go through, so both sides are normalised alike.
        let url = Url::parse(&format!("http://{host}/")).map_err(|_| error())?;
        if url.port().is_some() || url.path() != "/" || !url.username().is_empty() {
            return Err(error());
        }
        let host = url.host().map(normalised).ok_or_else(error)?;
        Ok(HostPort { host, port, below })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.below { "*." } else { "" };
        if self.host.parse::<Ipv6Addr>().is_ok() {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{star}{}:{}", self.host, self.port)
    }
}

/// A URL's host as it is compared and resolved.
pub(crate) fn normalised(host: Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}
