use http::Method;

use super::world::{Act, Names, Server, answer, client, client_with, get};
use crate::{EgressError, Reason, Request};

/// A gzip stream of one stored block for each chunk; no compression library needed to make one.
fn gzip_of_zeros(count: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut left = count;
    while left > 0 {
        let length = u16::try_from(left.min(0xffff)).expect("fits");
        left -= usize::from(length);
        bytes.push(u8::from(left == 0));
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(std::iter::repeat_n(0, usize::from(length)));
    }
    bytes.extend(crc32_of_zeros(count).to_le_bytes());
    bytes.extend(u32::try_from(count).expect("fits").to_le_bytes());
    bytes
}

fn crc32_of_zeros(count: usize) -> u32 {
    let mut crc = u32::MAX;
    for _ in 0..count * 8 {
        crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    }
    !crc
}

fn raw(head: &str, body: &[u8]) -> Act {
    let mut bytes = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{head}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    Act::Answer(bytes)
}

/// Proves S18.
#[tokio::test]
async fn answers_are_bounded() {
    let server = Server::start(|path| match path {
        "/announced" => answer("200 OK", &"x".repeat(1_001)),
        "/until-closed" => raw("x: y", &[b'x'; 100_000]),
        "/gzip" => raw("content-encoding: gzip", &gzip_of_zeros(1_001)),
        "/gzip-fits" => raw("content-encoding: gzip", &gzip_of_zeros(1_000)),
        _ => answer("200 OK", &"x".repeat(1_000)),
    })
    .await;
    let allowed = server.address.to_string();
    let egress = client(Names::default(), &[&allowed]);
    let get = |path: &str| {
        let request = Request::new(Method::GET, server.url(path), "test").max_response_bytes(1_000);
        egress.send(request)
    };
    for path in ["/fits", "/gzip-fits"] {
        assert_eq!(get(path).await.map(|response| response.body.len()), Ok(1_000), "{path}");
    }
    for path in ["/announced", "/until-closed", "/gzip"] {
        let wanted = EgressError::Unknown { reason: Reason::TooLarge(1_000), status: Some(200) };
        assert_eq!(get(path).await.err(), Some(wanted), "{path}");
    }
}

/// Proves S18.
#[tokio::test]
async fn time_is_bounded() {
    let server = Server::start(|path| match path {
        "/silent" => Act::Stall(Vec::new()),
        _ => Act::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec()),
    })
    .await;
    let allowed = server.address.to_string();
    let egress = client_with(Names::default(), &[&allowed], |options| options.read_timeout_ms = 100);
    let request = Request::new(Method::GET, server.url("/silent"), "test").timeout_ms(100);
    let silent = egress.send(request).await.err();
    assert_eq!(silent, Some(EgressError::Unknown { reason: Reason::TimedOut, status: None }));
    let half = get(&egress, &server.url("/half")).await.err();
    assert_eq!(half, Some(EgressError::Unknown { reason: Reason::TimedOut, status: Some(200) }));
}

#[tokio::test]
async fn places_are_bounded_for_each_key() {
    let server = Server::start(|path| match path {
        "/silent" => Act::Stall(Vec::new()),
        _ => answer("200 OK", "ok"),
    })
    .await;
    let allowed = server.address.to_string();
    let egress = client_with(Names::default(), &[&allowed], |options| options.bulkhead_places = 1);
    let send =
        |path: &str, key: &str, timeout_ms: u64| egress.send(Request::new(Method::GET, server.url(path), key).timeout_ms(timeout_ms));
    let (_, busy, other) = tokio::join!(
        send("/silent", "a", 400),
        async {
            tokio::task::yield_now().await;
            send("/fast", "a", 50).await
        },
        send("/fast", "b", 5_000),
    );
    assert_eq!(busy.err(), Some(EgressError::NotSent(Reason::Busy)));
    assert!(other.is_ok());
    assert!(send("/fast", "a", 5_000).await.is_ok(), "the place was given back");
}
