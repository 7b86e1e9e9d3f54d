//! Figure (a): signed webhooks over HTTP until the bot's answer is in the stream, against L = 1/(1/R + 1/H).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, ensure};
use db::hooks::{Fate, Point};
use tokio::sync::Mutex;

use crate::corridor::{answers, wait_for};
use crate::http::{self, Connection};
use crate::load::{self, Load};
use crate::place::{Database, Place};
use crate::raw::{self, Work};
use crate::shop;
use crate::{bare, cpu, phone, rows};

/// People who write in the case of known contacts.
const PEOPLE: usize = 1_000;

/// What the product did, and what it cost.
struct Ran {
    per_second: f64,
    load: Load,
    commits: usize,
    cpu: f64,
    writer: f64,
}

pub async fn measure(database: Database, callers: &[usize], messages: usize, only: Option<&str>) -> Result<()> {
    for case in ["known", "new"].into_iter().filter(|case| only.is_none_or(|o| o == *case)) {
        let work = Arc::new(capture(case, messages).await?);
        for callers in callers {
            let bare = bare_axum(*callers, messages).await?;
            let ran = product(database, case, *callers, messages).await?;
            let batch = (messages / ran.commits.max(1)).max(1);
            let limit = raw::measure(database, &work, batch).await?;
            report(database, case, *callers, &ran, &limit, &bare);
        }
    }
    Ok(())
}

fn report(database: Database, case: &str, callers: usize, ran: &Ran, raw: &raw::Limit, bare: &(f64, f64)) {
    let l = 1.0 / (1.0 / raw.per_second + 1.0 / bare.0);
    println!("(a) {database:?}, {case} contacts, {callers} callers");
    println!(
        "    product {:8.0}/s   door p50 {:.2} ms p99 {:.2} ms   {} commits",
        ran.per_second,
        ran.load.ms(0.5),
        ran.load.ms(0.99),
        ran.commits
    );
    println!("    raw R   {:8.0}/s", raw.per_second);
    println!("    bare H  {:8.0}/s", bare.0);
    println!("    L       {l:8.0}/s   ratio {:.2}", ran.per_second / l);
    println!(
        "    processor time per message: product {:.0} µs ({:.0} of it the writer), R {:.0} µs, H {:.0} µs, (R + H) / product {:.2}",
        ran.cpu,
        ran.writer,
        raw.cpu,
        bare.1,
        (raw.cpu + bare.1) / ran.cpu
    );
}

/// Runs the path once on SQLite without the actors, and keeps its rows.
async fn capture(case: &str, messages: usize) -> Result<Work> {
    let place = Place::open(Database::Sqlite).await?;
    let business = Arc::new(shop::open(place.db.clone(), shop::PUBLIC).await?);
    let (before, people) = if case == "known" { (PEOPLE, PEOPLE) } else { (0, usize::MAX) };
    load::closed(64, 0, before, crate::corridor::caller(business.clone(), people)).await?;
    let marks = rows::marks(&place.file(), rows::INBOUND)?;
    load::closed(64, before, messages, crate::corridor::caller(business.clone(), people)).await?;
    let new = rows::read(&place.file(), &marks, rows::INBOUND, true)?;
    let written: Vec<String> = new
        .iter()
        .filter(|t| !t.rows.is_empty())
        .map(|t| format!("{} {:.1} × {} B", t.name, t.rows.len() as f64 / messages as f64, t.bytes() / t.rows.len()))
        .collect();
    println!("rows of one message, {case} contact: {}", written.join(", "));
    let file = place.file();
    let changed = rows::changed_conversations(&file, &marks)?;
    Ok(Work { before: rows::read(&file, &marks, rows::INBOUND, false)?, new, changed, messages, in_order: true })
}

async fn bare_axum(callers: usize, messages: usize) -> Result<(f64, f64)> {
    let address = bare::serve().await?;
    let account = model::Ids::new(model::Timestamp::from_secs(1), 1).next();
    let requests = requests(shop::PUBLIC, account, 0, messages, usize::MAX);
    let spent = cpu::used(None);
    let load = knock(address, callers, requests).await?;
    Ok((load.per_second(), cpu::each(cpu::used(None) - spent, messages)))
}

async fn product(database: Database, case: &str, callers: usize, messages: usize) -> Result<Ran> {
    let place = Place::open(database).await?;
    let (business, address) = shop::serve(place.db.clone()).await?;
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = commits.clone();
    place.db.hooks().at_commit(move |point| {
        counted.fetch_add(usize::from(point == Point::BeforeCommit), Ordering::Relaxed);
        Fate::Go
    });
    let actors = tokio::spawn(engine::run::run(business.engine.clone()));
    let answered = answers(&business.engine, business.shop.ws).await?;
    let (before, people) = if case == "known" { (PEOPLE, PEOPLE) } else { (0, usize::MAX) };
    let public = format!("http://localhost:{}", address.port());
    if before > 0 {
        knock(address, callers, requests(&public, business.shop.sms, 0, before, people)).await?;
        wait_for(&answered, before).await?;
    }
    let requests = requests(&public, business.shop.sms, before, messages, people);
    let commits_before = commits.load(Ordering::Relaxed);
    let (started, spent, writer) = (Instant::now(), cpu::used(None), cpu::used(Some("db-writer")));
    let load = knock(address, callers, requests).await?;
    wait_for(&answered, before + messages).await?;
    let took = started.elapsed();
    let ran = Ran {
        per_second: messages as f64 / took.as_secs_f64(),
        load,
        commits: commits.load(Ordering::Relaxed) - commits_before,
        cpu: cpu::each(cpu::used(None) - spent, messages),
        writer: cpu::each(cpu::used(Some("db-writer")) - writer, messages),
    };
    business.engine.stop();
    actors.await??;
    Ok(ran)
}

fn requests(public: &str, account: model::ChannelAccountId, from: usize, count: usize, people: usize) -> Vec<Vec<u8>> {
    (from..from + count)
        .map(|no| {
            let text = phone::text(public, account, &phone::number(no % people), no, phone::QUESTION);
            http::post(&text.target, &text.headers, &text.body)
        })
        .collect()
}

/// Callers with a connection each share the requests.
async fn knock(address: SocketAddr, callers: usize, requests: Vec<Vec<u8>>) -> Result<Load> {
    let mut connections = Vec::new();
    for _ in 0..callers {
        connections.push(Mutex::new(Connection::open(address).await?));
    }
    let (connections, requests) = (Arc::new(connections), Arc::new(requests));
    let count = requests.len();
    load::closed(callers, 0, count, move |caller, no| {
        let (connections, requests) = (connections.clone(), requests.clone());
        async move {
            let mut connection = connections[caller].lock().await;
            let status = connection.ask(&requests[no]).await?;
            ensure!(status == 200, "the door said {status}: {}", String::from_utf8_lossy(connection.answer()));
            Ok(())
        }
    })
    .await
}
