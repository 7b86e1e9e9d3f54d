//! Figure (c): what an idle visitor's socket costs a server of its own, which this program starts as its own child.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{self, Connection};
use crate::place::{Database, Place};
use crate::{memory, shop};

const SOCKETS: usize = 10_000;
/// Sockets opened before the first look, so that what exists once is not counted.
const FIRST: usize = 500;

/// The child: a shop behind a server until its input ends.
pub async fn shop() -> Result<()> {
    let place = Place::open(Database::Sqlite).await?;
    let (business, address) = shop::serve(place.db.clone()).await?;
    tokio::spawn(engine::run::run(business.engine.clone()));
    println!("{address} {}", business.shop.webchat);
    std::io::stdout().flush()?;
    tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await?;
    std::process::exit(0);
}

struct Shop {
    child: Child,
    address: SocketAddr,
    channel: String,
}

impl Shop {
    fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("shop")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the shop")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let (address, channel) = line.trim().split_once(' ').context("the shop did not say where it is")?;
        Ok(Self { address: address.parse()?, channel: channel.to_owned(), child })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

pub async fn measure() -> Result<()> {
    let shop = Shop::start()?;
    let mut held = open(&shop, FIRST).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = memory::of(shop.child.id())?;
    held.extend(open(&shop, SOCKETS - FIRST).await?);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let after = memory::of(shop.child.id())?;
    let open = still_open(&mut held).await;
    ensure!(open == SOCKETS, "only {open} of {SOCKETS} sockets stayed open");
    let each = (after.anonymous_kib as f64 - before.anonymous_kib as f64) / (SOCKETS - FIRST) as f64;
    println!("(c) {SOCKETS} idle visitors' sockets: {each:.1} KiB of user-space memory each (aim: at most 12 KiB)");
    println!(
        "    the server holds {:.1} MB anonymous, {:.1} MB in all",
        after.anonymous_kib as f64 / 1024.0,
        after.resident_kib as f64 / 1024.0
    );
    Ok(())
}

/// Visitors who each come as a browser does: ticket, session, socket, hello.
async fn open(shop: &Shop, count: usize) -> Result<Vec<TcpStream>> {
    let left = Arc::new(AtomicUsize::new(count));
    let mut openers = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (left, address, channel) = (left.clone(), shop.address, shop.channel.clone());
        openers.spawn(async move {
            let (mut held, mut door) = (Vec::new(), Connection::open(address).await?);
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                held.push(visit(address, &channel, &mut door).await?);
            }
            anyhow::Ok(held)
        });
    }
    let mut all = Vec::new();
    while let Some(held) = openers.join_next().await {
        all.extend(held??);
    }
    Ok(all)
}

async fn visit(address: SocketAddr, channel: &str, door: &mut Connection) -> Result<TcpStream> {
    let host = format!("webchat.localhost:{}", address.port());
    let headers = |origin: &str| {
        let headers = [("host", host.as_str()), ("origin", origin), ("content-type", "application/json")];
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let ticket =
        field(door, &http::post(&format!("/webchat/{channel}/ticket"), &headers("http://shop.localhost:8080"), b"{}"), "ticket").await?;
    let asked = format!(r#"{{"ticket":"{ticket}","language":"en"}}"#);
    let own = format!("http://{host}");
    let token = field(door, &http::post(&format!("/webchat/{channel}/session"), &headers(&own), asked.as_bytes()), "token").await?;
    let mut socket = TcpStream::connect(address).await?;
    let upgrade = format!(
        "GET /webchat/{channel}/socket HTTP/1.1\r\nhost: {host}\r\norigin: {own}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(upgrade.as_bytes()).await?;
    let mut answer = vec![0; 2048];
    let read = socket.read(&mut answer).await?;
    ensure!(answer.starts_with(b"HTTP/1.1 101"), "no socket: {}", String::from_utf8_lossy(&answer[..read]));
    socket.write_all(&frame(&format!(r#"{{"type":"hello","token":"{token}","after":0}}"#))).await?;
    // What it says to a newcomer.
    ensure!(socket.read(&mut answer).await? > 0, "the socket closed after its hello");
    Ok(socket)
}

/// Asks, and takes one text field out of the JSON answer.
async fn field(door: &mut Connection, request: &[u8], name: &str) -> Result<String> {
    let status = door.ask(request).await?;
    let answer = String::from_utf8_lossy(door.answer()).into_owned();
    ensure!(status == 200, "the door said {answer}");
    let after = answer.split(&format!("\"{name}\":\"")).nth(1).with_context(|| format!("no {name} in {answer}"))?;
    Ok(after.split('"').next().unwrap_or_default().to_owned())
}

/// A client's text frame of at most 65,535 bytes; the mask is of zeros, which changes nothing.
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match text.len() {
        short @ ..126 => frame.push(0x80 | short as u8),
        long => frame.extend([0x80 | 126, (long >> 8) as u8, long as u8]),
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

/// How many still answer a ping.
async fn still_open(held: &mut [TcpStream]) -> usize {
    let mut open = 0;
    for socket in held {
        let mut answer = [0; 512];
        // What was said meanwhile is read away first.
        while socket.try_read(&mut answer).is_ok_and(|read| read > 0) {}
        let asked = socket.write_all(&frame(r#"{"type":"ping"}"#)).await.is_ok();
        let read = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut answer)).await;
        open += usize::from(asked && matches!(read, Ok(Ok(read)) if read > 0));
    }
    open
}
