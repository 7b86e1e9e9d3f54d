//! Files that a platform names by address, fetched by the real way out: nobody leads it to where only we are, and nothing is taken for more
//! than it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use connectors::Incoming;
use connectors::signature::{hex, hmac_sha256};
use egress::{Egress, EgressOptions};
use engine::clock::ManualClock;
use engine::{Files, Outward};
use model::message::AttachmentState;
use model::{Attachment, ChannelAccountId, Timestamp};
use serde_json::json;
use testkit::{House, Parts, Shop, databases, engine_on, fake_account};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const QUIET: &str = r#"{"description":"says nothing","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage"},{"event":"incomingConversationMessage"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]}]}"#;
/// One black pixel.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 144, 119, 83, 222, 0, 0, 0, 12,
    73, 68, 65, 84, 120, 156, 99, 96, 96, 96, 0, 0, 0, 4, 0, 1, 246, 23, 56, 85, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];
const SCRIPT: &[u8] = b"<html><script>alert(1)</script></html>";

/// Answers each path with what stands for it, and counts who came.
async fn served(answer: fn(&str, u16) -> Vec<u8>, other: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, came) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = came.clone();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                let read = line.read(&mut head).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
                if path == "/endless" {
                    let _ = line.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\nconnection: close\r\n\r\n").await;
                    let more = vec![b'x'; 1 << 16];
                    while line.write_all(&more).await.is_ok() {}
                    return;
                }
                let _ = line.write_all(&answer(&path, other)).await;
            });
        }
    });
    (port, came)
}

fn reply(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A platform that means ill; `other` is a port of ours that nobody may reach.
fn platform(path: &str, other: u16) -> Vec<u8> {
    let to = |address: String| {
        format!("HTTP/1.1 302 Found\r\nlocation: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
    };
    match path {
        "/redirect" => to(format!("http://127.0.0.1:{other}/a.png")),
        "/named" => to(format!("http://localhost:{other}/a.png")),
        "/metadata" => to("http://169.254.169.254/latest/meta-data/".into()),
        "/file" => to("file:///etc/passwd".into()),
        "/html" => reply("image/png", SCRIPT),
        "/svg" => reply("image/png", b"\xef\xbb\xbf \n<?xml version='1.0'?><!-- --><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        "/both" => reply("text/html", &[PNG, SCRIPT].concat()),
        "/pdf" => reply("text/html", &[b"%PDF-1.7\n".as_slice(), SCRIPT].concat()),
        "/gif" => reply("image/gif", b"GIF89a=1;alert(1)//"),
        "/zip" => reply("image/jpeg", &[b"PK\x03\x04".as_slice(), SCRIPT].concat()),
        "/utf16" => reply("image/png", &[b"\xff\xfe".as_slice(), &SCRIPT.iter().flat_map(|byte| [*byte, 0]).collect::<Vec<u8>>()].concat()),
        "/big" => reply("image/png", &vec![b'x'; 12 << 20]),
        "/bomb" => b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\nconnection: close\r\n\r\n\x1f\x8b\x08\x00".to_vec(),
        _ => reply("image/png", PNG),
    }
}

struct Place {
    house: House,
    shop: Shop,
    account: ChannelAccountId,
    said: usize,
}

impl Place {
    /// The platform may be reached, and nothing else that is ours.
    async fn open(db: db::Db, allowed: u16) -> Self {
        db.migrate(store::MIGRATIONS).await.unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let allow = vec![format!("127.0.0.1:{allowed}").parse().unwrap()];
        let egress = Egress::new(EgressOptions { allow, breaker_failures: u32::MAX, ..EgressOptions::default() }).unwrap();
        let world = Arc::new(Outward(egress));
        let parts = Parts { db, clock: clock.clone(), world, seed: 1, files: Files::in_memory(), channels: connectors::ALL, alone: true };
        let house = House { engine: engine_on(parts), clock, world: Arc::default() };
        house.keep_time();
        house.engine.renew().await.unwrap();
        let shop = house.open_shop_of("Shop", model::Settings::default(), QUIET, (vec![], vec![])).await.unwrap();
        let account: ChannelAccountId = house.engine.ids().next();
        let mut row = fake_account(account, "platform", None);
        row.kind = "custom".into();
        row.settings = [("send_url".to_owned(), "https://platform.example/".to_owned())].into();
        row.secrets = [("signing_secret".to_owned(), SECRET.to_owned())].into();
        house.connect(&shop, row).await.unwrap();
        Self { house, shop, account, said: 0 }
    }

    /// Somebody sends a file by this address: what became of it, once nothing more is tried.
    async fn sent(&mut self, url: &str) -> Attachment {
        self.said += 1;
        let (id, at) = (format!("m-{}", self.said), self.house.now().micros() / 1_000_000);
        let file = json!({ "url": url, "media_type": "image/png", "name": "a.png" });
        let event = json!({ "type": "message", "id": id, "from": { "id": id }, "text": "look", "attachments": [file] });
        let body = json!({ "events": [event] }).to_string();
        let proof = hex(&hmac_sha256(SECRET.as_bytes(), format!("{at}.{body}").as_bytes()));
        let headers = [("x-seaway-signature".to_owned(), format!("t={at},v1={proof}"))];
        let target = format!("/in/custom/{}", self.account);
        let incoming = Incoming::Request { method: "POST", target: &target, headers: &headers, body: body.as_bytes() };
        self.house.engine.receive(self.shop.ws, self.account, incoming).await.map_err(|why| format!("{why:?}")).unwrap();
        self.house.settle().await.unwrap();
        for _ in 0..8 {
            self.house.clock.advance_ms(600_000);
            self.house.keep_time();
            self.house.engine.renew().await.unwrap();
            self.house.settle().await.unwrap();
        }
        let (_, messages) = self.house.thread(&self.shop, self.account, &id).await.unwrap();
        assert_eq!(messages[0].text, "look", "{url}: the text was never held back");
        messages[0].attachments[0].clone()
    }
}

/// Proves S18 for addresses that come from outside: each leads to a port of ours, or to a machine's own secrets, and none arrives.
#[test]
fn s18_no_address_of_a_file_leads_inside() {
    databases("house::s18_no_address_of_a_file_leads_inside", async |db| {
        let (inside, reached) = served(|_, _| reply("image/png", PNG), 0).await;
        let (outside, _) = served(platform, inside).await;
        let mut place = Place::open(db, outside).await;
        let good = place.sent(&format!("http://127.0.0.1:{outside}/a.png")).await;
        assert_eq!((good.state, good.media_type.as_str()), (AttachmentState::Ready, "image/png"), "the way out works: {good:?}");
        let mut hostile: Vec<String> = [
            "127.0.0.1",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "[::1]",
            "0.0.0.0",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "user:password@127.0.0.1",
            "127.0.0.1%00.example",
            "①②⑦.⓪.⓪.①",
        ]
        .iter()
        .map(|host| match host.split_once('@') {
            Some((user, host)) => format!("http://{user}@{host}:{inside}/a.png"),
            None => format!("http://{host}:{inside}/a.png"),
        })
        .collect();
        hostile.extend(["redirect", "named", "metadata", "file"].map(|path| format!("http://127.0.0.1:{outside}/{path}")));
        hostile.extend(["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/"].map(str::to_owned));
        for url in hostile {
            // What is no address at all is said to be that before it is a message.
            if url::Url::parse(&url).is_err() {
                continue;
            }
            let file = place.sent(&url).await;
            assert_eq!(file.state, AttachmentState::Failed, "{url}: {file:?}");
        }
        assert_eq!(reached.load(Ordering::SeqCst), 0, "nobody came in");
    });
}

/// Proves S16 and S17 for files of platforms: the type is what the bytes are, whatever is said of them, and size has an end.
#[test]
fn s16_a_file_from_outside_is_what_it_is() {
    databases("house::s16_a_file_from_outside_is_what_it_is", async |db| {
        let (outside, _) = served(platform, 0).await;
        let mut place = Place::open(db, outside).await;
        for (path, shown) in [("html", false), ("svg", false), ("both", true), ("pdf", false), ("zip", false), ("utf16", false)] {
            let file = place.sent(&format!("http://127.0.0.1:{outside}/{path}")).await;
            assert_eq!(file.state, AttachmentState::Ready, "{path}: {file:?}");
            let kind = match (shown, path) {
                (true, _) => "image/png",
                (_, "pdf") => "application/pdf",
                _ => "application/octet-stream",
            };
            assert_eq!(file.media_type, kind, "{path}: {file:?}");
            let stored = place.house.engine.files().get(&file.key).await.unwrap().expect("stored");
            let script = stored.windows(7).any(|run| run == b"<script");
            assert!(!shown || !script, "{path}: what stands behind a picture is left out");
        }
        for path in ["gif", "big", "endless", "bomb"] {
            let file = place.sent(&format!("http://127.0.0.1:{outside}/{path}")).await;
            assert_eq!(file.state, AttachmentState::Failed, "{path}: {file:?}");
        }
    });
}
