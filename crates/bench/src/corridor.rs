//! The engine alone: texts handed to its door, on a real file or server with durable commits, with and without the actors running.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use connectors::Incoming;
use db::hooks::{Fate, Point};
use engine::{Engine, Published};

use crate::place::{Database, Place};
use crate::shop::{self, Business};
use crate::{cpu, load, phone};

/// People who write in the case of known contacts.
const PEOPLE: usize = 1_000;

pub async fn measure(database: Database, callers: &[usize], messages: usize, only: Option<&str>) -> Result<()> {
    for case in ["known", "new"].into_iter().filter(|case| only.is_none_or(|o| o == *case)) {
        for callers in callers {
            let place = Place::open(database).await?;
            let business = Arc::new(shop::open(place.db.clone(), shop::PUBLIC).await?);
            let commits = Arc::new(AtomicUsize::new(0));
            let counted = commits.clone();
            place.db.hooks().at_commit(move |point| {
                counted.fetch_add(usize::from(point == Point::BeforeCommit), Ordering::Relaxed);
                Fate::Go
            });
            run(database, case, *callers, messages, business, &commits).await?;
        }
    }
    Ok(())
}

async fn run(
    database: Database,
    case: &str,
    callers: usize,
    messages: usize,
    business: Arc<Business>,
    commits: &AtomicUsize,
) -> Result<()> {
    let people = if case == "known" { PEOPLE } else { usize::MAX };
    let engine = business.engine.clone();
    let actors = tokio::spawn(engine::run::run(engine.clone()));
    let answered = answers(&engine, business.shop.ws).await?;
    let before = if case == "known" { PEOPLE } else { 0 };
    if before > 0 {
        load::closed(callers, 0, before, caller(business.clone(), people)).await?;
        wait_for(&answered, before).await?;
    }
    let (spent, writer) = (cpu::used(None), cpu::used(Some("db-writer")));
    let (commits_before, started) = (commits.load(Ordering::Relaxed), Instant::now());
    let doors = load::closed(callers, before, messages, caller(business.clone(), people)).await?;
    wait_for(&answered, before + messages).await?;
    let took = started.elapsed();
    let made = commits.load(Ordering::Relaxed) - commits_before;
    let (spent, writer) = (cpu::used(None) - spent, cpu::used(Some("db-writer")) - writer);
    println!(
        "corridor {database:?} {case:5} callers {callers:4}: {:7.0}/s answered and published, {:7.0}/s at the door (p50 {:.2} ms, p99 {:.2} ms), {made} commits, {:.0} µs of processor per message, {:.0} of it the writer",
        messages as f64 / took.as_secs_f64(),
        doors.per_second(),
        doors.ms(0.5),
        doors.ms(0.99),
        cpu::each(spent, messages),
        cpu::each(writer, messages)
    );
    engine.stop();
    actors.await??;
    Ok(())
}

pub fn caller(
    business: Arc<Business>,
    people: usize,
) -> impl Fn(usize, usize) -> futures::future::BoxFuture<'static, Result<()>> + Send + Sync {
    move |_, no| {
        let business = business.clone();
        Box::pin(async move {
            let text = phone::text(shop::PUBLIC, business.shop.sms, &phone::number(no % people), no, phone::QUESTION);
            let incoming = Incoming::Request { method: "POST", target: &text.target, headers: &text.headers, body: &text.body };
            let intake = business.engine.receive(business.shop.ws, business.shop.sms, incoming).await;
            let intake = intake.map_err(|error| anyhow::anyhow!("the door said {error:?}"))?;
            ensure!(intake.fresh == 1, "a text was taken for a copy");
            Ok(())
        })
    }
}

/// Counts the bot's answers as the desk would hear of them.
pub async fn answers(engine: &Engine, ws: i64) -> Result<Arc<AtomicUsize>> {
    let answered = Arc::new(AtomicUsize::new(0));
    let (mut events, counter) = (engine.subscribe(ws).await?, answered.clone());
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(published) => {
                    if let Published::Event(event) = &*published
                        && event.kind == model::EventKind::MessageAdded
                        && event.body["author"]["kind"] == "bot"
                    {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(tokio::sync::broadcast::error::RecvError::Lagged(by)) => println!("the listener lagged by {by}"),
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            }
        }
    });
    Ok(answered)
}

pub async fn wait_for(answered: &AtomicUsize, count: usize) -> Result<()> {
    let started = Instant::now();
    while answered.load(Ordering::Relaxed) < count {
        ensure!(started.elapsed() < Duration::from_secs(120), "only {} of {count} were answered", answered.load(Ordering::Relaxed));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
