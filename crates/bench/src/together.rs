//! (f) All channels at once, each at its provider's pace, while one provider answers after a minute: what the others' customers wait.
//!
//! A webhook at the engine's door queues an answer; the clock stops when the request with it, or the letter, is at the provider: over real
//! sockets and the shipped client. Nothing is asserted by time.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Json};
use connectors::discord::place::Place;
use connectors::{ALL, Incoming, find};
use egress::{Egress, EgressOptions};
use engine::clock::{ManualClock, SystemClock};
use engine::{Clock, Engine, Files, MasterKey, Options, Origins, Outward, Vault};
use hdrhistogram::Histogram;
use model::{ChannelAccount, ChannelAccountId, Timestamp};
use serde_json::{Value, json};
use testkit::{ECHO, FakeWorld, House};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use transports::Carrier;

use crate::load::histogram;
use crate::place::{self, Database};
use crate::verify::{SAMPLES, SECRET, Sample, account, carrier};

/// People who write on each channel.
const PEOPLE: u64 = 200;
const LONG: Duration = Duration::from_secs(20);
/// Not counted: the first messages open conversations and connections.
const WARM: Duration = Duration::from_secs(6);
/// Healthy and slow by turns, so that a neighbour's burst spoils neither alone.
const ROUNDS: usize = 2;
/// The provider that lets everybody wait, and how long.
const SLOW: &str = "whatsapp";
const SLOW_FOR: Duration = Duration::from_secs(60);
/// How long each provider takes for an answer, in milliseconds.
const TAKES_MS: &[(&str, u64)] = &[
    ("messenger", 120),
    ("instagram", 150),
    ("whatsapp", 90),
    ("line", 60),
    ("gbm", 200),
    ("custom", 30),
    ("sms", 80),
    ("discord", 100),
    ("email", 40),
];

const SHOP: &str = "hello@tidewater.example";

/// Every provider behind one address, told apart by the first word of the path; letters have a door of their own.
struct Providers {
    slow: bool,
    /// When the answer to each question was queued, by the question's number; none until it was.
    queued: Mutex<HashMap<u64, Option<Instant>>>,
    waited: Mutex<BTreeMap<String, Histogram<u64>>>,
    counts: Mutex<bool>,
    /// The newest webhook that was not taken: then the figures say nothing.
    refused: Mutex<Option<String>>,
}

/// What the customers of one channel waited, over all rounds.
#[derive(Default)]
struct Waits(BTreeMap<String, Histogram<u64>>);

/// Measures with every account at its connector's limit, and none above `most` messages a second.
pub async fn measure(database: Database, most: f64) -> Result<()> {
    let (mut healthy, mut slow) = (Waits::default(), Waits::default());
    for _ in 0..ROUNDS {
        run(database, most, false, &mut healthy).await?;
        run(database, most, true, &mut slow).await?;
    }
    report(database, most, &healthy, &slow)
}

async fn run(database: Database, most: f64, slow: bool, waits: &mut Waits) -> Result<()> {
    let place = place::Place::open(database).await?;
    let providers = Arc::new(Providers {
        slow,
        queued: Mutex::default(),
        waited: Mutex::default(),
        counts: Mutex::new(false),
        refused: Mutex::default(),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let letters = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let (port, smtp_port) = (listener.local_addr()?.port(), letters.local_addr()?.port());
    let mut serving = tokio::task::JoinSet::new();
    let router = Router::new().fallback(answer).with_state(providers.clone());
    serving.spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    serving.spawn(take_letters(letters, providers.clone()));

    let clock = Arc::new(SystemClock::default());
    let allow = [port, smtp_port].iter().map(|port| format!("127.0.0.1:{port}").parse()).collect::<Result<Vec<_>, _>>()?;
    let egress = Egress::new(EgressOptions { allow, ..EgressOptions::default() }).map_err(|error| anyhow::anyhow!(error))?;
    let carrier = Carrier::new(Arc::new(Outward(egress.clone())), egress, &[])?;
    let origins = |label: &str| format!("http://{label}.example");
    let now = clock.now();
    let engine = Engine::new(Options {
        db: place.db.clone(),
        files: Files::in_memory(),
        vault: Vault::new(MasterKey([7; 32])),
        clock,
        connectors: ALL,
        origins: Origins { public: origins("help"), webchat: origins("webchat"), files: origins("files") },
        world: Arc::new(carrier),
        seed: now.micros() as u64,
        alone: true,
    });
    engine.renew().await?;
    let house = House { engine: engine.clone(), clock: Arc::new(ManualClock::new(now)), world: Arc::new(FakeWorld::default()) };
    let shop = house.open_shop_of("Shop", model::Settings::default(), ECHO, (vec![], vec![])).await?;
    let mut accounts = Vec::new();
    for (no, (kind, _)) in TAKES_MS.iter().enumerate() {
        let account = connected(kind, no, port, smtp_port, most)?;
        house.connect(&shop, account.clone()).await?;
        accounts.push(account);
    }
    let actors = tokio::spawn(engine::run::run(engine.clone()));

    let until = Instant::now() + WARM + LONG;
    let writing = accounts
        .into_iter()
        .enumerate()
        .map(|(no, account)| tokio::spawn(write(engine.clone(), shop.ws, account, most, no as u64 * 1_000_000, providers.clone(), until)));
    let writing: Vec<_> = writing.collect();
    tokio::time::sleep(WARM).await;
    *lock(&providers.counts) = true;
    for one in writing {
        one.await??;
    }
    *lock(&providers.counts) = false;
    if let Some(refused) = lock(&providers.refused).take() {
        anyhow::bail!(refused);
    }
    for (kind, waited) in std::mem::take(&mut *lock(&providers.waited)) {
        waits.0.entry(kind).or_insert_with(histogram).add(waited)?;
    }
    engine.stop();
    actors.await??;
    serving.shutdown().await;
    Ok(())
}

fn report(database: Database, most: f64, healthy: &Waits, slow: &Waits) -> Result<()> {
    let ms = |waited: &Histogram<u64>, quantile: f64| waited.value_at_quantile(quantile) as f64 / 1e3;
    let none = histogram();
    let mut others = [histogram(), histogram()];
    println!(
        "together {database:?}: {SLOW} answers after {} s in the second figures; a rate is answers that left a second, a wait is from queued to sent",
        SLOW_FOR.as_secs()
    );
    for (kind, takes_ms) in TAKES_MS {
        let connector = find(ALL, kind).context("no such connector")?;
        let limit = connector.rate(&connected(kind, 0, 1, 1, most)?).per_second;
        let [one, other] = [healthy, slow].map(|waits| waits.0.get(*kind).unwrap_or(&none));
        let rate = |waited: &Histogram<u64>| waited.len() as f64 / LONG.as_secs_f64() / ROUNDS as f64;
        println!(
            "together {database:?} {kind:10} takes {takes_ms:3} ms, limit {limit:6.1}/s, asked {:5.1}/s; healthy {:5.1}/s, p50 {:7.1} ms, p99 {:7.1} ms; slow {:5.1}/s, p50 {:7.1} ms, p99 {:7.1} ms; p99 ratio {:.2}",
            limit.min(most),
            rate(one),
            ms(one, 0.5),
            ms(one, 0.99),
            rate(other),
            ms(other, 0.5),
            ms(other, 0.99),
            ms(other, 0.99) / ms(one, 0.99).max(0.001),
        );
        if *kind != SLOW {
            others[0].add(one)?;
            others[1].add(other)?;
        }
    }
    ensure!(others.iter().all(|waited| waited.len() > 200), "too few answers left to say anything");
    let [one, other] = &others;
    println!(
        "together {database:?} the others: healthy p50 {:.1} ms, p99 {:.1} ms; slow p50 {:.1} ms, p99 {:.1} ms; p99 ratio {:.2}",
        ms(one, 0.5),
        ms(one, 0.99),
        ms(other, 0.5),
        ms(other, 0.99),
        ms(other, 0.99) / ms(one, 0.99).max(0.001),
    );
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One account of a channel whose provider answers here.
fn connected(kind: &'static str, no: usize, port: u16, smtp_port: u16, most: f64) -> Result<ChannelAccount> {
    let other = match kind {
        "email" => Sample { kind, settings: &[("address", SHOP)], secret: "signing_key", ..SAMPLES[0] },
        _ => Sample { kind, settings: &[("application_id", "1000000000000000009")], secret: "bot_token", ..SAMPLES[0] },
    };
    let mut account = account(SAMPLES.iter().find(|sample| sample.kind == kind).unwrap_or(&other));
    account.id = ChannelAccountId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + no as u128));
    let connector = find(ALL, kind).context("no such connector")?;
    for setting in connector.settings() {
        if let Some(default) = setting.default {
            account.settings.entry(setting.key.into()).or_insert_with(|| default.into());
        }
    }
    let base = format!("http://127.0.0.1:{port}/{kind}");
    for key in ["api_base_url", "data_base_url", "token_url"] {
        if connector.settings().iter().any(|setting| setting.key == key) {
            account.settings.insert(key.into(), base.clone());
        }
    }
    let mut put = |key: &str, value: String| account.settings.insert(key.into(), value);
    match kind {
        "custom" => {
            put("send_url", format!("{base}/send"));
            put("messages_per_second", format!("{:.0}", most.clamp(1.0, 1_000.0)));
        }
        "discord" => drop(put("direct_messages", "true".into())),
        "email" => {
            put("smtp_host", "127.0.0.1".into());
            put("smtp_port", smtp_port.to_string());
            put("smtp_security", "none".into());
            put("authserv_id", "bench".into());
        }
        _ => {}
    }
    for token in ["access_token", "channel_access_token"] {
        account.secrets.insert(token.into(), SECRET.into());
    }
    match kind {
        "discord" => drop(account.secrets.insert("bot_token".into(), "MTAwMDAwMDAwMDAwMDAwMDAwOQ.G.s".into())),
        "email" => drop(account.secrets.insert("parse_secret".into(), SECRET.into())),
        _ => {}
    }
    account.webhook_url = crate::verify::URL.into();
    account.address = connector.address(&account);
    Ok(account)
}

/// Customers write at the pace that the provider allows us.
async fn write(
    engine: Engine,
    ws: i64,
    account: ChannelAccount,
    most: f64,
    first: u64,
    providers: Arc<Providers>,
    until: Instant,
) -> Result<()> {
    let connector = find(ALL, &account.kind).context("no such connector")?;
    let pace = connector.rate(&account).per_second.min(most);
    // As it was connected: a carrier signs the address that it posts to.
    let url = engine.config(ws).await?.accounts.get(&account.id).context("no such account")?.webhook_url.clone();
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / pace));
    let began = engine.now();
    for no in first.. {
        ticks.tick().await;
        if Instant::now() > until {
            break;
        }
        lock(&providers.queued).insert(no, None);
        let text = format!("q{no}z");
        let (engine, kind, id, providers, url) = (engine.clone(), account.kind.clone(), account.id, providers.clone(), url.clone());
        tokio::spawn(async move {
            let (headers, body, from);
            let sample = SAMPLES.iter().find(|sample| sample.kind == kind);
            let incoming = match (sample, kind.as_str()) {
                (Some(sample), _) => {
                    body = written(sample, no, &text);
                    headers = match kind.as_str() {
                        "sms" => carrier(&url, &body),
                        _ => (sample.prove)(&body, engine.now().secs()),
                    };
                    Incoming::Request { method: "POST", target: "/in/bench", headers: &headers, body: &body }
                }
                (None, "email") => {
                    body = letter(no, &text);
                    Incoming::Mail { id: "", body: &body, came_at: None, whole: true }
                }
                (None, _) => {
                    let place = Place { shard: 0, shards: 1, began, session: "bench".into(), url: "ws://127.0.0.1".into() };
                    (from, body) = (place.to_string(), frame(no, &text, engine.now()));
                    Incoming::Frame { from: &from, body: &body }
                }
            };
            match engine.receive(ws, id, incoming).await {
                // On SQLite the answer is queued by the same commit. What left before we came here did not wait.
                Ok(_) => drop(lock(&providers.queued).entry(no).and_modify(|queued| *queued = Some(Instant::now()))),
                Err(error) => *lock(&providers.refused) = Some(format!("{kind}: the door said {error:?}")),
            };
        });
    }
    Ok(())
}

/// The sample, of another person and with another id.
fn written(sample: &Sample, no: u64, text: &str) -> Vec<u8> {
    let person = no % PEOPLE;
    let body = String::from_utf8_lossy(&(sample.body)(text)).into_owned();
    let wide = sample.person.len();
    let (head, digits) = sample.person.split_at(wide - wide.min(4));
    let other = if digits.len() < 4 { format!("{}{person}", sample.person) } else { format!("{head}{person:04}") };
    body.replace(sample.person, &other).replace(sample.message, &format!("{}{no}", sample.message)).into_bytes()
}

fn frame(no: u64, text: &str, now: Timestamp) -> Vec<u8> {
    let person = no % PEOPLE;
    let data = json!({
        "id": format!("{}", 1_300_000_000_000_000_000_u64 + no), "channel_id": format!("{}", 1_200_000_000_000_000_000_u64 + person),
        "channel_type": 1, "type": 0, "content": text, "timestamp": now.rfc3339(), "mentions": [], "attachments": [], "embeds": [],
        "author": { "id": format!("{}", 1_100_000_000_000_000_000_u64 + person), "username": format!("p{person}") },
    });
    json!({ "op": 0, "s": no + 1, "t": "MESSAGE_CREATE", "d": data }).to_string().into_bytes()
}

/// Each of another person: a machine answers an address once a day.
fn letter(no: u64, text: &str) -> Vec<u8> {
    format!("Authentication-Results: bench; dmarc=pass header.from=mail.example\r\nFrom: <p{no}@mail.example>\r\nTo: <{SHOP}>\r\nSubject: A question\r\nMessage-ID: <bench.{no}@mail.example>\r\n\r\n{text}\r\n")
        .into_bytes()
}

impl Providers {
    /// An answer has come to its provider.
    fn came(&self, kind: &str, no: u64) {
        let queued = lock(&self.queued).remove(&no);
        if let Some(queued) = queued.filter(|_| *lock(&self.counts)) {
            let waited = queued.map_or(1, |queued| queued.elapsed().as_micros() as u64);
            lock(&self.waited).entry(kind.to_owned()).or_insert_with(histogram).saturating_record(waited);
        }
    }

    /// As long as this one takes.
    async fn take_time(&self, kind: &str) {
        let takes_ms = TAKES_MS.iter().find(|(known, _)| *known == kind).map_or(0, |(_, ms)| *ms);
        let slow = self.slow && kind == SLOW;
        tokio::time::sleep(if slow { SLOW_FOR } else { Duration::from_millis(takes_ms) }).await;
    }
}

async fn answer(State(providers): State<Arc<Providers>>, method: Method, uri: Uri, body: Bytes) -> axum::response::Response {
    let kind = uri.path().split('/').nth(1).unwrap_or_default().to_owned();
    let Some(no) = number(&body).filter(|_| method == Method::POST) else {
        // Who somebody is, nobody tells here.
        return (StatusCode::NOT_FOUND, Json(json!({}))).into_response();
    };
    providers.came(&kind, no);
    providers.take_time(&kind).await;
    let (status, said): (StatusCode, Value) = match kind.as_str() {
        "messenger" | "instagram" => (StatusCode::OK, json!({ "recipient_id": "1", "message_id": format!("m-{no}") })),
        "whatsapp" => (StatusCode::OK, json!({ "messages": [{ "id": format!("wamid.{no}") }] })),
        "line" => (StatusCode::OK, json!({ "sentMessages": [{ "id": no.to_string(), "quoteToken": "q" }] })),
        "gbm" => (StatusCode::OK, json!({ "name": format!("conversations/1/messages/{no}") })),
        "sms" => (StatusCode::CREATED, json!({ "sid": format!("SM{no:032x}"), "status": "queued" })),
        _ => (StatusCode::OK, json!({ "id": no.to_string() })),
    };
    (status, Json(said)).into_response()
}

/// The number of the question that an answer repeats.
fn number(body: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(body).ok()?;
    text.split('q').filter_map(|rest| rest.split_once('z')?.0.parse().ok()).next()
}

/// A mail server that takes everything, one letter a connection.
async fn take_letters(listener: tokio::net::TcpListener, providers: Arc<Providers>) {
    while let Ok((socket, _)) = listener.accept().await {
        let providers = providers.clone();
        tokio::spawn(async move {
            let _ = take_letter(socket, &providers).await;
        });
    }
}

async fn take_letter(socket: tokio::net::TcpStream, providers: &Providers) -> std::io::Result<()> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 bench\r\n").await?;
    let (mut content, mut within) = (String::new(), false);
    while let Some(line) = lines.next_line().await? {
        let said: &[u8] = match (within, line.split(' ').next().unwrap_or_default()) {
            (true, ".") => {
                within = false;
                if let Some(no) = number(content.as_bytes()) {
                    providers.came("email", no);
                }
                providers.take_time("email").await;
                b"250 taken\r\n"
            }
            (true, _) => {
                content.push_str(&line);
                content.push('\n');
                continue;
            }
            (false, "DATA") => {
                within = true;
                b"354 go on\r\n"
            }
            (false, "QUIT") => b"221 bye\r\n",
            (false, _) => b"250 ok\r\n",
        };
        write.write_all(said).await?;
    }
    Ok(())
}
