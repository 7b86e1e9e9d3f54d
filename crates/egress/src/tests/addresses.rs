use std::net::IpAddr;

use super::world::{Names, Server, answer, client, get};
use crate::policy::check_url;
use crate::{EgressError, HostPort, Reason, is_special};

/// Proves S18.
#[test]
fn special_ranges() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:c0a8:1::1",
        "3ffe::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ffff::1",
    ] {
        assert!(is_special(address.parse::<IpAddr>().expect(address)), "{address}");
    }
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700::1111",
        "2a00:1450::1",
        "3fff:1000::1",
    ] {
        assert!(!is_special(address.parse::<IpAddr>().expect(address)), "{address}");
    }
}

/// Every way to write an address of this machine or its network is refused before any packet.
/// Proves S18.
#[tokio::test]
async fn spellings() {
    let server = Server::start(|_| answer("200 OK", "secret")).await;
    let egress = client(Names::default(), &[]);
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f.1",
        "0x7F000001",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0177.0.0.0x1",
        "127.0.0x0.1",
        "127.0.0.01",
        "0x0000007f.1",
        "127.000.000.001",
        "127.127.127.127",
        "%31%32%37.0.0.1",
        "127%2e0%2e0%2e1",
        "１２７.0.0.1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "127．0．0．1",
        "127｡0｡0｡1",
        "0",
        "0.0.0.0",
        "0x0",
        "00",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[0000::0001]",
        "[::0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::FFFF:7F00:0001]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd12:3456:789a::1]",
        "[::ffff:0:127.0.0.1]",
        "[2001:0:0:1::7f00:1]",
        "localhost",
        "LOCALHOST",
        "LocalHost.",
        "a.localhost",
        "a.b.LOCALHOST.",
        "ｌｏｃａｌｈｏｓｔ",
        "loc%61lhost",
        "user:pass@127.0.0.1",
        "example.com@127.0.0.1",
        "10.0.0.1",
        "10.1",
        "0xa000001",
        "012.1",
        "172.16.1",
        "192.168.257",
        "169.254.169.254",
        "0xA9FEA9FE",
        "2852039166",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "100.64.1",
        "255.255.255.255",
        "224.0.0.251",
    ] {
        let url = format!("http://{host}:{}/", server.port());
        // First without the client, so that a wrong answer reaches nobody.
        let judged = check_url(&url.parse().expect(&url), &[]);
        assert_eq!(judged, Err(Reason::Refused), "{url}");
        assert!(egress.refuses(&url), "{url}");
        let outcome = get(&egress, &url).await;
        assert_eq!(outcome.err(), Some(EgressError::NotSent(Reason::Refused)), "{url}");
    }
    assert_eq!(server.connections(), 0);
}

/// Proves S18.
#[tokio::test]
async fn urls_that_are_none() {
    let egress = client(Names::default(), &[]);
    for url in [
        "",
        "/x",
        "//x",
        "http://",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/_x",
        "data:,x",
        "unix:/run/x",
        "javascript:1",
        "http://[::1",
        "http://1.2.3.4.5.999/",
        "http://exa mple.com/",
        "http://a:99999/",
        "http://256.256.256.256/",
        "http://[fe80::1%25eth0]/",
    ] {
        let outcome = get(&egress, url).await.err();
        assert!(matches!(outcome, Some(EgressError::NotSent(Reason::BadUrl(_)))), "{url}: {outcome:?}");
    }
}

/// Proves S18.
#[tokio::test]
async fn names_of_special_addresses() {
    let server = Server::start(|_| answer("200 OK", "secret")).await;
    let names = Names::default()
        .with("inside.example", &[&["127.0.0.1"]])
        .with("mapped.example", &[&["::ffff:127.0.0.1", "::1"]])
        .with("xn--exmple-cua.com", &[&["127.0.0.1"]])
        .with("127.0.0.1.nip.example", &[&["127.0.0.1"]])
        .with("none.example", &[&[]]);
    let egress = client(names, &[]);
    for host in ["inside.example", "INSIDE.example.", "mapped.example", "exämple.com", "127.0.0.1.nip.example"] {
        let outcome = get(&egress, &format!("http://{host}:{}/", server.port())).await;
        assert_eq!(outcome.err(), Some(EgressError::NotSent(Reason::Refused)), "{host}");
    }
    for host in ["none.example", "unknown.example"] {
        let outcome = get(&egress, &format!("http://{host}:{}/", server.port())).await;
        assert_eq!(outcome.err(), Some(EgressError::NotSent(Reason::NotResolved)), "{host}");
    }
    assert_eq!(server.connections(), 0);
}

/// Asked twice the name answers differently; whatever the order, the inside is never reached.
/// Proves S18.
#[tokio::test]
async fn rebinding() {
    let server = Server::start(|_| answer("200 OK", "secret")).await;
    let names = Names::default()
        .with("first.example", &[&["127.0.0.1"], &["198.51.100.1"], &["127.0.0.1"]])
        .with("later.example", &[&["10.255.255.1", "127.0.0.1"], &["::1"], &["127.0.0.1"]]);
    let egress = client(names, &[]);
    for host in ["first.example", "later.example", "first.example", "later.example", "first.example"] {
        let outcome = get(&egress, &format!("http://{host}:{}/", server.port())).await;
        assert_eq!(outcome.err(), Some(EgressError::NotSent(Reason::Refused)), "{host}");
    }
    assert_eq!(server.connections(), 0);
}

/// Proves S18.
#[tokio::test]
async fn exceptions_of_the_operator() {
    let server = Server::start(|_| answer("200 OK", "hello")).await;
    let port = server.port();
    let allowed = [format!("127.0.0.1:{port}"), format!("CRM.internal:{port}"), format!("localhost:{port}"), format!("*.localhost:{port}")];
    let names = Names::default()
        .with("crm.internal", &[&["127.0.0.1"]])
        .with("erp.internal", &[&["127.0.0.1"]])
        .with("x.crm.internal", &[&["127.0.0.1"]]);
    let egress = client(names, &allowed.each_ref().map(String::as_str));
    for host in ["127.0.0.1", "0x7f.1", "crm.internal", "crm.INTERNAL.", "localhost", "a.localhost", "b.a.localhost."] {
        let outcome = get(&egress, &format!("http://{host}:{port}/")).await;
        assert_eq!(outcome.map(|response| response.body).ok(), Some("hello".into()), "{host}");
    }
    let reached = server.connections();
    let other = if port == 65535 { port - 1 } else { port + 1 };
    for target in [
        format!("erp.internal:{port}"),
        format!("x.crm.internal:{port}"),
        format!("127.0.0.2:{port}"),
        format!("crm.internal:{other}"),
        format!("localhost:{other}"),
        format!("[::1]:{port}"),
    ] {
        let outcome = get(&egress, &format!("http://{target}/")).await;
        assert_eq!(outcome.err(), Some(EgressError::NotSent(Reason::Refused)), "{target}");
    }
    assert_eq!(server.connections(), reached);
}

#[test]
fn host_and_port() {
    for (text, printed) in [
        ("Example.COM.:80", "example.com:80"),
        ("0x7f.1:3000", "127.0.0.1:3000"),
        ("[0:0::1]:3000", "[::1]:3000"),
        ("*.localhost:3000", "*.localhost:3000"),
        ("exämple.com:1", "xn--exmple-cua.com:1"),
    ] {
        let parsed: HostPort = text.parse().expect(text);
        assert_eq!(parsed.to_string(), printed);
        assert_eq!(printed.parse::<HostPort>(), Ok(parsed));
    }
    for text in ["", "a", "a:", ":80", "a:0", "a:99999", "http://a:80", "a/b:80", "u@a:80", "a:1:2"] {
        assert!(text.parse::<HostPort>().is_err(), "{text}");
    }
}
