//! The HTTP side: what each host answers.

pub mod carrier;
pub mod discord;
pub mod mail;
mod page;
pub mod phone;
pub mod platform;
pub mod shop;
mod token;
pub mod try_page;

/// A Host header without its port.
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The port that everything of this process is configured with, if it is known.
#[derive(Clone, Copy)]
pub struct OwnPort(pub Option<u16>);

impl OwnPort {
    /// The port of an address that this process answers itself.
    pub fn of(url: &str) -> Self {
        Self(url::Url::parse(url).ok().and_then(|url| url.port_or_known_default()))
    }

    /// An address as seen from a request: between two `localhost` names of this process it takes the
    /// request's own port, so that a forwarded port works. Another process keeps its port.
    pub fn seen_from(self, host: &str, url: &str) -> String {
        let name = without_port(host);
        let Ok(mut seen) = url::Url::parse(url) else {
            return url.to_owned();
        };
        let local = |name: &str| name == "localhost" || name.ends_with(".localhost");
        let ours = seen.port_or_known_default() == self.0 && seen.host_str().is_some_and(local);
        if !ours || !local(name) {
            return url.to_owned();
        }
        let port = host[name.len()..].trim_start_matches(':').parse().ok();
        if seen.set_port(port).is_err() {
            return url.to_owned();
        }
        let text = seen.to_string();
        // A parsed address always has a path, and an origin has none.
        let origin = !url.ends_with('/') && seen.path() == "/" && seen.query().is_none();
        if origin { text.trim_end_matches('/').to_owned() } else { text }
    }
}

/// The origin of an address, for a content security policy; nothing for an address that has none.
pub fn origin_of(url: &str) -> String {
    url::Url::parse(url)
        .ok()
        .map(|url| url.origin())
        .filter(url::Origin::is_tuple)
        .map(|origin| origin.ascii_serialization())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_port_reaches_every_local_address() {
        let own = OwnPort(Some(8080));
        for (host, url, seen) in [
            ("try.localhost:9000", "http://shop.localhost:8080", "http://shop.localhost:9000"),
            ("try.localhost", "http://shop.localhost:8080", "http://shop.localhost"),
            ("localhost:9000", "http://a.localhost:8080/b/", "http://a.localhost:9000/b/"),
            ("shop.example", "http://shop.localhost:8080", "http://shop.localhost:8080"),
            ("localhost:9000", "https://a.example", "https://a.example"),
            ("localhost:9000", "/busy-hour", "/busy-hour"),
        ] {
            assert_eq!(own.seen_from(host, url), seen, "{url} from {host}");
        }
        let elsewhere = "http://webchat.localhost:3000";
        assert_eq!(own.seen_from("shop.localhost:9000", elsewhere), elsewhere);
    }
}
