//! One listener, several origins: the Host header tells which door a request came to. Cookies ignore ports, so ports make no origins.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header};

/// How a request reached us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Door {
    /// Whether the browser's side of the line is encrypted.
    pub https: bool,
    /// Host as the client wrote it, with its port, in lower case.
    pub authority: String,
    /// The client's address: the peer's, or what a trusted proxy says.
    pub address: Option<IpAddr>,
}

impl Door {
    /// Host without port; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        host_of(&self.authority)
    }
    pub fn port(&self) -> Option<&str> {
        self.authority[self.host().len()..].strip_prefix(':')
    }
    pub fn own_origin(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
    /// Whether a browser keeps secrets on this line: encrypted, or never leaving the machine.
    pub fn is_safe(&self) -> bool {
        self.https || is_local(self.host())
    }
    /// One of our origins as this client can reach it: on `localhost` names the port is the one they came by (an SSH forward to
    /// another port works); elsewhere it is as configured.
    pub fn reach(&self, origin: &str) -> String {
        let Some((scheme, authority)) = origin.split_once("://") else { return origin.to_owned() };
        let host = host_of(authority);
        if !is_local(host) || !is_local(self.host()) {
            return origin.to_owned();
        }
        match self.port() {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }
}

/// Host of an authority, without its port.
pub fn host_of(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or(authority);
    }
    authority.split(':').next().unwrap_or(authority)
}

/// Host of an origin such as `https://help.example.com:8443`.
pub fn host_of_origin(origin: &str) -> &str {
    host_of(origin.split_once("://").map_or(origin, |(_, rest)| rest))
}

/// Names that never leave the machine they are typed on.
pub fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || is_loopback_address(host)
}

pub fn is_loopback_address(host: &str) -> bool {
    host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Reads the door from what the connection and its headers say. Proxies are believed only when they were named.
pub fn door(headers: &HeaderMap, uri: &Uri, peer: SocketAddr, tls: bool, trusted: &[IpAddr]) -> Door {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let authority = uri.authority().map(|a| a.as_str()).or_else(|| text(header::HOST.as_str())).unwrap_or_default();
    let mut door = Door { https: tls, authority: authority.to_ascii_lowercase(), address: Some(peer.ip().to_canonical()) };
    if trusted.contains(&peer.ip().to_canonical()) {
        if let Some(proto) = text("x-forwarded-proto") {
            door.https = proto.eq_ignore_ascii_case("https");
        }
        // Right to left: the first address that no proxy of ours wrote about itself is the client's.
        let hops = text("x-forwarded-for").unwrap_or_default().rsplit(',').map(|hop| hop.trim().parse::<IpAddr>());
        if let Some(client) = hops.map_while(Result::ok).find(|hop| !trusted.contains(hop)) {
            door.address = Some(client);
        }
    }
    door
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, forwarded: &[(&'static str, &str)], trusted: &[IpAddr]) -> Door {
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        for (name, value) in forwarded {
            headers.insert(*name, value.parse().unwrap());
        }
        door(&headers, &Uri::from_static("/"), "10.0.0.9:4000".parse().unwrap(), false, trusted)
    }

    /// Proves S31.
    #[test]
    fn proxies_are_believed_only_when_named() {
        let said = [("x-forwarded-proto", "https"), ("x-forwarded-for", "1.2.3.4, 198.51.100.7")];
        let stranger = at("help.example", &said, &[]);
        assert_eq!((stranger.https, stranger.address.unwrap().to_string()), (false, "10.0.0.9".into()));
        let proxy = at("help.example", &said, &["10.0.0.9".parse().unwrap()]);
        assert_eq!((proxy.https, proxy.address.unwrap().to_string()), (true, "198.51.100.7".into()));
    }

    #[test]
    fn localhost_origins_follow_the_port() {
        let door = at("ana.localhost:9001", &[], &[]);
        assert_eq!(door.reach("http://files.localhost:8080"), "http://files.localhost:9001");
        assert_eq!(door.own_origin(), "http://ana.localhost:9001");
        assert!(door.is_safe());
        let far = at("help.example:9001", &[], &[]);
        assert_eq!(far.reach("http://files.help.example"), "http://files.help.example");
        assert!(!far.is_safe());
        assert_eq!(host_of("[::1]:80"), "[::1]");
    }
}
