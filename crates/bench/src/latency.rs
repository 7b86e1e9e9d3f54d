//! Figure (b): from a webhook's first byte to the message on the desk's socket, at a steady rate, less one sync and one round trip.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use futures::StreamExt;
use hdrhistogram::Histogram;
use server::bootstrap::{self, Site};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::http::{self, Connection};
use crate::load::histogram;
use crate::place::{Database, Place};
use crate::shop::{self, Business};
use crate::{bare, phone};

const PER_SECOND: u32 = 200;
const SECONDS: u32 = 20;
const PEOPLE: usize = 1_000;
/// Connections the texts come by, as from a provider that keeps some.
const LINES: usize = 16;

pub async fn measure(database: Database) -> Result<()> {
    let place = Place::open(database).await?;
    let sync = sync_of(place.folder.path())?;
    let trip = round_trip().await?;
    let (business, address) = shop::serve(place.db.clone()).await?;
    let actors = tokio::spawn(engine::run::run(business.engine.clone()));
    let desk = desk(&business, address).await?;
    let seen: Seen = Arc::default();
    let reader = tokio::spawn(read(desk, seen.clone()));
    let asked = send(address, &business).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    reader.abort();
    let mut latency = histogram();
    let seen = seen.lock().map_err(|_| anyhow::anyhow!("the desk's reader panicked"))?.clone();
    for (no, at) in &asked {
        let shown = seen.get(no).with_context(|| format!("the desk never heard of text {no}"))?;
        latency.saturating_record(shown.duration_since(*at).as_micros() as u64);
    }
    let less = |quantile| {
        (latency.value_at_quantile(quantile) as f64 - sync.value_at_quantile(0.5) as f64 - trip.value_at_quantile(0.5) as f64) / 1e3
    };
    println!(
        "(b) {database:?}, {PER_SECOND} texts a second for {SECONDS} s: webhook to desk p50 {:.2} ms, p99 {:.2} ms",
        ms(&latency, 0.5),
        ms(&latency, 0.99)
    );
    println!(
        "    one sync p50 {:.2} ms (p99 {:.2}), one round trip p50 {:.2} ms (p99 {:.2})",
        ms(&sync, 0.5),
        ms(&sync, 0.99),
        ms(&trip, 0.5),
        ms(&trip, 0.99)
    );
    println!("    less both: p50 {:.2} ms, p99 {:.2} ms (aim: p99 at most 10 ms)", less(0.5), less(0.99));
    business.engine.stop();
    actors.await?
}

fn ms(times: &Histogram<u64>, quantile: f64) -> f64 {
    times.value_at_quantile(quantile) as f64 / 1e3
}

/// Time of one durable write of a page beside the database.
fn sync_of(folder: &Path) -> Result<Histogram<u64>> {
    let (mut times, page) = (histogram(), [7u8; 4096]);
    let mut file = File::create(folder.join("sync"))?;
    for _ in 0..300 {
        file.seek(SeekFrom::Start(0))?;
        let started = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.saturating_record(started.elapsed().as_micros() as u64);
    }
    Ok(times)
}

/// Time of one request to bare axum at the same rate.
async fn round_trip() -> Result<Histogram<u64>> {
    let mut connection = Connection::open(bare::serve().await?).await?;
    let account = model::Ids::new(model::Timestamp::from_secs(1), 1).next();
    let mut times = histogram();
    let mut pace = tokio::time::interval(Duration::from_secs(1) / PER_SECOND);
    for no in 0..1_000 {
        pace.tick().await;
        let text = phone::text(shop::PUBLIC, account, &phone::number(no), no, phone::QUESTION);
        let request = http::post(&text.target, &text.headers, &text.body);
        let started = Instant::now();
        ensure!(connection.ask(&request).await? == 200, "bare axum refused");
        times.saturating_record(started.elapsed().as_micros() as u64);
    }
    Ok(times)
}

/// Sends at the fixed rate whatever becomes of it; returns when each text was due.
async fn send(address: SocketAddr, business: &Business) -> Result<Vec<(usize, Instant)>> {
    let mut lines = Vec::new();
    for _ in 0..LINES {
        let (sender, mut waiting) = tokio::sync::mpsc::unbounded_channel::<Vec<u8>>();
        let mut connection = Connection::open(address).await?;
        tokio::spawn(async move {
            while let Some(request) = waiting.recv().await {
                if !matches!(connection.ask(&request).await, Ok(200)) {
                    println!("a text was refused");
                }
            }
        });
        lines.push(sender);
    }
    let public = format!("http://localhost:{}", address.port());
    let mut asked = Vec::new();
    let mut pace = tokio::time::interval(Duration::from_secs(1) / PER_SECOND);
    for no in 0..(PER_SECOND * SECONDS) as usize {
        let body = format!("{} #{no}#", phone::QUESTION);
        let text = phone::text(&public, business.shop.sms, &phone::number(no % PEOPLE), no, &body);
        let request = http::post(&text.target, &text.headers, &text.body);
        pace.tick().await;
        asked.push((no, Instant::now()));
        lines[no % LINES].send(request)?;
    }
    Ok(asked)
}

/// When each text was first on the desk's socket.
type Seen = Arc<Mutex<HashMap<usize, Instant>>>;

async fn read(mut desk: WebSocketStream<TcpStream>, seen: Seen) {
    while let Some(Ok(message)) = desk.next().await {
        let (Message::Text(text), now) = (message, Instant::now()) else { continue };
        let Ok(mut seen) = seen.lock() else { return };
        for no in text.split('#').skip(1).filter_map(|part| part.parse().ok()) {
            seen.entry(no).or_insert(now);
        }
    }
}

/// A desk's socket, opened as a program with a key opens it.
async fn desk(business: &Business, address: SocketAddr) -> Result<WebSocketStream<TcpStream>> {
    bootstrap::setup_code(business.engine.db()).await?;
    let key = bootstrap::create_key(&Site::of(&business.engine), business.shop.ws, "bench", "admin").await?;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", key.key_sid, key.secret));
    let host = format!("localhost:{}", address.port());
    let stream = format!("/api/v1/workspaces/{}/stream", business.shop.id);
    let headers = [("host", host.as_str()), ("authorization", &format!("Basic {basic}")), ("content-type", "application/json")];
    let headers: Vec<(String, String)> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut connection = Connection::open(address).await?;
    let status = connection.ask(&http::post(&format!("{stream}-ticket"), &headers, b"{}")).await?;
    let answer = String::from_utf8_lossy(connection.answer()).into_owned();
    ensure!(status == 200, "no ticket for the stream: {answer}");
    let ticket = answer.split("\"ticket\":\"").nth(1).and_then(|rest| rest.split('"').next()).context("no ticket in the answer")?;
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let url = format!("ws://{host}{stream}?ticket={ticket}&from=0");
    Ok(tokio_tungstenite::client_async(url, socket).await.context("opening the desk's socket")?.0)
}
