//! Where everything of the demo is: a host of `localhost` each, all on one port, or the emulators on a port of their own.

use std::net::SocketAddr;

use anyhow::{Context, Result};

/// The hosts that the emulators answer.
const EMULATED: [&str; 13] =
    ["shop", "carrier", "phone", "try", "graph", "instagram", "line", "line-data", "gbm", "platform", "discord", "mail", "cdn"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub port: u16,
    /// The port of emulators in another process.
    pub emulators: Option<u16>,
}

impl Address {
    /// # Errors
    /// When the emulators' address is no `http://localhost:PORT`.
    pub fn new(listen: SocketAddr, emulators_url: Option<&str>) -> Result<Self> {
        let emulators = match emulators_url {
            None => None,
            Some(text) => {
                let url = url::Url::parse(text).with_context(|| format!("reading the emulators' address {text}"))?;
                let local = url.host_str().is_some_and(|host| host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1");
                anyhow::ensure!(local && url.scheme() == "http", "the emulators' address must be like http://localhost:8090, not {text}");
                Some(url.port_or_known_default().unwrap_or(80))
            }
        };
        Ok(Self { port: listen.port(), emulators })
    }

    /// The origin of `NAME.localhost`; an empty name is `localhost` itself.
    pub fn origin(&self, name: &str) -> String {
        let port = if EMULATED.contains(&name) { self.emulators.unwrap_or(self.port) } else { self.port };
        match name {
            "" => format!("http://localhost:{port}"),
            name => format!("http://{name}.localhost:{port}"),
        }
    }

    /// Where the emulated mail server is read, and where it takes letters: the two ports behind the emulators' own. 0 for none.
    pub fn mail(&self) -> [u16; 2] {
        let port = self.emulators.unwrap_or(self.port);
        [1, 2].map(|more| port.checked_add(more).unwrap_or(0))
    }

    /// The demo's own doors, which stay in this process wherever the emulators are.
    pub fn door(&self, path: &str) -> String {
        format!("http://try.localhost:{}{path}", self.port)
    }

    /// The same as the client for outgoing requests takes it.
    ///
    /// # Errors
    /// Never for ports that somebody listens at.
    pub fn allowed(&self) -> Result<Vec<egress::HostPort>> {
        self.egress_allow().iter().map(|name| name.parse().with_context(|| format!("the demo's own address {name}"))).collect()
    }

    /// Where our own requests may go although it is no public address.
    pub fn egress_allow(&self) -> Vec<String> {
        let ports = [Some(self.port), self.emulators];
        let mail = self.mail().into_iter().filter(|port| *port > 0).map(|port| format!("mail.localhost:{port}"));
        ports.into_iter().flatten().flat_map(|port| [format!("localhost:{port}"), format!("*.localhost:{port}")]).chain(mail).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emulators_elsewhere_have_their_own_port() {
        let listen = "127.0.0.1:8080".parse().expect("an address");
        let here = Address::new(listen, None).expect("an address");
        assert_eq!(here.origin("carrier"), "http://carrier.localhost:8080");
        assert_eq!(here.origin(""), "http://localhost:8080");
        let there = Address::new(listen, Some("http://localhost:8090")).expect("an address");
        assert_eq!(there.origin("carrier"), "http://carrier.localhost:8090");
        assert_eq!(there.origin("ana"), "http://ana.localhost:8080");
        assert_eq!((there.egress_allow().len(), there.mail()), (6, [8091, 8092]));
        assert!(Address::new(listen, Some("https://carrier.example")).is_err());
    }
}
