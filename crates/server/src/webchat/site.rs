//! Which sites may embed a chat. On `localhost` names the port of the request counts beside the listed one, so that an SSH
//! forward to another port works.

use url::{Origin, Url};

use crate::Door;

/// An origin in its one spelling, e.g. `https://shop.example`; `None` for anything with a path, a query or another scheme.
pub fn canonical(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let bare = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let bare = bare && url.username().is_empty() && url.password().is_none();
    match url.origin() {
        origin @ Origin::Tuple(..) if bare => Some(origin.ascii_serialization()),
        _ => None,
    }
}

/// Every origin that the list stands for in this request.
pub fn origins(sites: &[String], door: &Door) -> Vec<String> {
    let listed = sites.iter().filter_map(|site| canonical(site));
    let mut all: Vec<String> = listed.flat_map(|origin| [door.reach(&origin), origin]).collect();
    all.sort();
    all.dedup();
    all
}

pub fn is_allowed(sites: &[String], origin: &str, door: &Door) -> bool {
    canonical(origin).is_some_and(|origin| origins(sites, door).contains(&origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(site: &str, origin: &str) -> bool {
        let door = Door { authority: "webchat.localhost:9000".into(), ..Door::default() };
        is_allowed(&[site.to_owned()], origin, &door)
    }

    #[test]
    fn origins_are_compared_exactly() {
        assert!(allowed("https://shop.example", "https://shop.example"));
        assert!(allowed("https://Shop.Example:443/", "https://shop.example"));
        assert!(!allowed("https://shop.example", "http://shop.example"));
        assert!(!allowed("https://shop.example", "https://shop.example:8443"));
        assert!(!allowed("https://shop.example", "https://shop.example.evil.test"));
        assert!(!allowed("https://shop.example", "https://evil.test/https://shop.example"));
        assert!(!allowed("https://shop.example", "null"));
        assert!(!allowed("*", "https://shop.example"));
    }

    #[test]
    fn local_sites_follow_the_port_of_the_request() {
        assert!(allowed("http://shop.localhost:8080", "http://shop.localhost:9000"));
        assert!(allowed("http://shop.localhost:8080", "http://shop.localhost:8080"));
        assert!(!allowed("http://shop.localhost:8080", "http://shop.localhost:9001"));
        assert!(!allowed("http://shop.localhost:8080", "http://other.localhost:9000"));
        let far = Door { authority: "webchat.help.example:9000".into(), ..Door::default() };
        assert_eq!(origins(&["https://shop.example".into()], &far), ["https://shop.example"]);
    }
}
