//! Heads, bodies and connections have limits, kept by the accept loop itself: real sockets, virtual time.

use std::time::Duration;

use testkit::{FakeWorld, House};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::{Config, Doors, Server};

/// Runs a test against a listener. Time passes at once while everybody waits.
fn served<F: AsyncFn(std::net::SocketAddr)>(test: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = db::Db::open_memory().unwrap();
        let house = House::on_with_connectors(db, 1, FakeWorld::default(), testkit::CHANNELS).await.unwrap();
        let config = Config { origins: house.engine.origins().clone(), demo_hosts: Vec::new(), trusted_proxies: Vec::new() };
        let server = Server::new(house.engine.clone(), config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel::<()>();
        tokio::time::pause();
        let serving = crate::serve::serve_with(server.clone(), Doors::new(&server, Vec::new(), &[]), None, listener, async {
            let _ = ended.await;
        });
        let trying = async {
            test(address).await;
            end.send(()).unwrap();
        };
        let (served, ()) = tokio::join!(serving, trying);
        served.unwrap();
    });
}

/// Sends the bytes and reads until the server ends it: what it said, and how long that took.
async fn until_closed(address: std::net::SocketAddr, bytes: &[u8]) -> (String, Duration) {
    let begun = Instant::now();
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut said = Vec::new();
    let _ = socket.read_to_end(&mut said).await;
    (String::from_utf8_lossy(&said).into_owned(), begun.elapsed())
}

#[test]
fn s31_a_dribbling_head_is_cut_after_ten_seconds() {
    served(async |address| {
        for start in [&b""[..], b"G", b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: "] {
            let (_, took) = until_closed(address, start).await;
            assert!((Duration::from_secs(9)..Duration::from_secs(12)).contains(&took), "{took:?} after {} bytes", start.len());
        }
    });
}

#[test]
fn s31_a_dribbling_body_is_answered_after_thirty_seconds() {
    served(async |address| {
        let head = b"POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{";
        let (said, took) = until_closed(address, head).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        assert!((Duration::from_secs(29)..Duration::from_secs(32)).contains(&took), "{took:?}");
    });
}

#[test]
fn s31_big_heads_and_bodies_are_refused_unread() {
    served(async |address| {
        let many = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "a: b\r\n".repeat(200));
        let (said, _) = until_closed(address, many.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 431"), "{said}");
        let long = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(512 * 1024));
        let (said, _) = until_closed(address, long.as_bytes()).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
        for (path, length) in [("/api/v1/session", 2 << 20), ("/in/sms/KA00000000000000000000000000000001", 2 << 20)] {
            let mut body = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n").into_bytes();
            body.extend(std::iter::repeat_n(b'x', (1 << 20) + 1));
            let (said, _) = until_closed(address, &body).await;
            assert!(said.starts_with("HTTP/1.1 413") || said.starts_with("HTTP/1.1 404"), "{path}: {said}");
        }
    });
}

/// S31: two readings of one request are none: what smugglers send is refused.
#[test]
fn s31_smuggled_requests_are_refused() {
    served(async |address| {
        let odd: [&[u8]; 4] = [
            b"POST /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n12345",
            b"GET /healthz HTTP/1.1\r\nhost : localhost\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: xchunked\r\n\r\n",
            b"GET /health\x00z HTTP/1.1\r\nhost: localhost\r\n\r\n",
        ];
        for bytes in odd {
            let (said, _) = until_closed(address, bytes).await;
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 400"), "{}: {said}", String::from_utf8_lossy(bytes));
        }
    });
}
