//! Which origins we answer at. Desk, webchat and files have one each, told apart by host, since cookies ignore ports.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use engine::Origins;
use url::{Host, Url};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// Where we listen, with the real port.
    pub listen: Option<SocketAddr>,
    /// We speak TLS ourselves.
    pub https: bool,
    pub public: Option<&'a str>,
    pub webchat: Option<&'a str>,
    pub files: Option<&'a str>,
}

/// # Errors
/// In words, with the line to add or change.
pub fn derive(asked: &Asked<'_>) -> Result<Origins, String> {
    let public = match asked.public {
        Some(url) => on_localhost(origin("--public-url", url)?),
        None => ours(asked)?,
    };
    let named = |flag: &str, given: Option<&str>, label: &str| match given {
        Some(url) => origin(flag, url),
        None => beside(&public, label, flag),
    };
    let webchat = named("--webchat-url", asked.webchat, "webchat")?;
    let files = named("--files-url", asked.files, "files")?;
    let origins = Origins { public: text(&public), webchat: text(&webchat), files: text(&files) };
    differ(&public, &[("--public-url", &public), ("--webchat-url", &webchat), ("--files-url", &files)])?;
    Ok(origins)
}

/// Our own address, when no public one was given. Loopback, and "every address", mean localhost.
fn ours(asked: &Asked<'_>) -> Result<Url, String> {
    let listen = asked.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)));
    let scheme = if asked.https { "https" } else { "http" };
    let host = match listen.ip() {
        ip if ip.is_loopback() || ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    origin("--listen", &format!("{scheme}://{host}:{}", listen.port()))
}

/// A page asked for at 127.0.0.1 is sent to localhost, so that is where it lives.
fn on_localhost(mut url: Url) -> Url {
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip == Ipv6Addr::LOCALHOST,
        _ => false,
    };
    if loopback {
        // A constant host is always accepted.
        let _ = url.set_host(Some("localhost"));
    }
    url
}

/// Reads an origin: http or https, a host, perhaps a port, nothing else.
fn origin(flag: &str, given: &str) -> Result<Url, String> {
    let wrong = |why: &str| format!("{flag} {given} {why}; it is an origin such as https://help.example.com");
    let url = Url::parse(given).map_err(|error| wrong(&format!("is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("starts with neither http:// nor https://"));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a path, and pages live at the root"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a user in it"));
    }
    Ok(url)
}

/// The origin `label.` before the public host.
fn beside(public: &Url, label: &str, flag: &str) -> Result<Url, String> {
    let Some(Host::Domain(host)) = public.host() else {
        let other = if label == "webchat" { "--files-url" } else { "--webchat-url" };
        return Err(format!(
            "{} has no name, so nothing can stand before it: give both {flag} and {other}, with hosts of their own, such as {flag} http://{label}.example.com",
            text(public)
        ));
    };
    let mut url = public.clone();
    url.set_host(Some(&format!("{label}.{host}"))).map_err(|_| format!("{label}.{host} is no host; give {flag}"))?;
    Ok(url)
}

/// Hosts, not ports, keep cookies and pages apart.
fn differ(public: &Url, origins: &[(&str, &Url)]) -> Result<(), String> {
    for (at, (flag, url)) in origins.iter().enumerate() {
        let Some((other, _)) = origins[..at].iter().find(|(_, earlier)| earlier.host_str() == url.host_str()) else { continue };
        let label = flag.trim_start_matches("--").trim_end_matches("-url");
        let host = match public.host() {
            Some(Host::Domain(host)) => host.to_owned(),
            _ => "example.com".to_owned(),
        };
        let line =
            format!("{flag} {}://{label}.{host}{}", public.scheme(), public.port().map(|port| format!(":{port}")).unwrap_or_default());
        return Err(format!(
            "{other} and {flag} have the same host {}; ports make no difference to cookies. Give it a host of its own: {line}",
            url.host_str().unwrap_or_default()
        ));
    }
    Ok(())
}

/// Without a trailing slash and without a default port.
fn text(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(listen: &str) -> Asked<'static> {
        Asked { listen: Some(listen.parse().unwrap()), ..Asked::default() }
    }

    fn three(origins: &Origins) -> [&str; 3] {
        [&origins.public, &origins.webchat, &origins.files]
    }

    #[test]
    fn on_loopback_the_names_are_localhosts() {
        let wanted = ["http://localhost:8080", "http://webchat.localhost:8080", "http://files.localhost:8080"];
        for listen in ["127.0.0.1:8080", "[::1]:8080", "0.0.0.0:8080", "[::]:8080"] {
            assert_eq!(three(&derive(&at(listen)).unwrap()), wanted, "{listen}");
        }
        let given = Asked { public: Some("http://127.0.0.1:8080/"), ..at("127.0.0.1:1") };
        assert_eq!(three(&derive(&given).unwrap()), wanted, "a page asked for at 127.0.0.1 is sent to localhost");
        assert_eq!(derive(&Asked { https: true, ..at("127.0.0.1:443") }).unwrap().files, "https://files.localhost");
    }

    #[test]
    fn a_public_name_has_the_others_before_it() {
        let asked = Asked { public: Some("https://help.example.com"), ..at("0.0.0.0:8080") };
        let wanted = ["https://help.example.com", "https://webchat.help.example.com", "https://files.help.example.com"];
        assert_eq!(three(&derive(&asked).unwrap()), wanted);
        let one = Asked { webchat: Some("https://chat.example.net:8443"), ..asked };
        assert_eq!(derive(&one).unwrap().webchat, "https://chat.example.net:8443");
    }

    #[test]
    fn other_ip_addresses_need_both() {
        let refused = derive(&at("192.168.1.5:8080")).unwrap_err();
        assert!(refused.contains("--webchat-url") && refused.contains("--files-url"), "{refused}");
        let one = Asked { webchat: Some("http://chat.lan:8080"), ..at("192.168.1.5:8080") };
        assert!(derive(&one).unwrap_err().contains("--files-url"));
        let both = Asked { files: Some("http://files.lan:8080"), ..one };
        assert_eq!(derive(&both).unwrap().public, "http://192.168.1.5:8080");
        let public = Asked { public: Some("http://10.0.0.1"), ..at("0.0.0.0:80") };
        assert!(derive(&public).is_err());
    }

    #[test]
    fn equal_origins_are_refused_with_the_line_to_add() {
        let asked = Asked { public: Some("https://a.example"), webchat: Some("https://a.example"), ..Asked::default() };
        let refused = derive(&asked).unwrap_err();
        assert!(refused.contains("--webchat-url https://webchat.a.example"), "{refused}");
        let ports = Asked { public: Some("https://a.example"), files: Some("https://a.example:8443"), ..Asked::default() };
        assert!(derive(&ports).unwrap_err().contains("--files-url https://files.a.example"), "another port is no other origin for cookies");
        let twice = Asked { webchat: Some("https://b.example"), files: Some("https://b.example"), ..Asked::default() };
        assert!(derive(&twice).unwrap_err().contains("--webchat-url and --files-url"));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for url in ["help.example.com", "ftp://a.example", "https://a.example/desk", "https://a.example?x", "https://u:p@a.example"] {
            let refused = derive(&Asked { public: Some(url), ..Asked::default() }).unwrap_err();
            assert!(refused.contains("--public-url"), "{refused}");
        }
    }
}
