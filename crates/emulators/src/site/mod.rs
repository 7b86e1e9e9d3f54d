//! The HTTP side: what each host answers.

pub mod carrier;
mod page;
pub mod phone;
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

/// An address as seen from a request: between two `localhost` names it takes the request's own port,
/// so that a forwarded port works.
pub fn seen_from(host: &str, url: &str) -> String {
    let name = without_port(host);
    let Ok(mut seen) = url::Url::parse(url) else {
        return url.to_owned();
    };
    let local = |name: &str| name == "localhost" || name.ends_with(".localhost");
    if !local(name) || !seen.host_str().is_some_and(local) {
        return url.to_owned();
    }
    let port = host[name.len()..].trim_start_matches(':').parse().ok();
    if seen.set_port(port).is_err() {
        return url.to_owned();
    }
    let text = seen.to_string();
    // An origin has no path, and a parsed address always has one.
    match url.ends_with('/') {
        true => text,
        false if seen.path() == "/" && seen.query().is_none() => text.trim_end_matches('/').to_owned(),
        false => text,
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
        let shop = "http://shop.localhost:8080";
        assert_eq!(seen_from("try.localhost:9000", shop), "http://shop.localhost:9000");
        assert_eq!(seen_from("try.localhost", shop), "http://shop.localhost");
        let phone = "http://phone.localhost:8080/phone/";
        assert_eq!(seen_from("localhost:9000", phone), "http://phone.localhost:9000/phone/");
        assert_eq!(seen_from("shop.example", shop), shop);
        assert_eq!(seen_from("localhost:9000", "https://a.example"), "https://a.example");
        assert_eq!(seen_from("localhost:9000", "/busy-hour"), "/busy-hour");
    }
}
