//! (h) Durable lifecycles of tasks: a task is asked for, offered, accepted and completed, each step in a commit before anybody is answered,
//! while agents change their activity. Agents hear of their offers as a desk does, from the stream of events.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use db::hooks::{Fate, Point};
use engine::{Engine, Published};
use model::{EventKind, Ids, ReservationId, RouterCommand, TaskId, WorkerId};
use tokio::sync::mpsc;

use crate::place::{Database, Place};
use crate::raw::{self, Work};
use crate::town::{QUEUES, Town};
use crate::{cpu, load, rows, shop};

const WORKERS: usize = 1_500;
/// Chats that an agent takes at once.
const CAPACITY: i64 = 4;
/// Changes of activity a second, beside the lifecycles.
const CHANGES: u64 = 1_000;
/// What a lifecycle writes, parents first.
const TABLES: &[&str] = &["task", "reservation", "routing_event", "job", "event"];
/// What those point to.
const PARENTS: &[&str] = &["workspace"];
/// So many a minute are aimed at.
const AIM: f64 = 100_000.0;

/// What everybody in the run shares.
struct Office {
    engine: Engine,
    ws: i64,
    town: Mutex<(Town, Ids)>,
    /// Who waits for the offers of a task.
    waiting: Mutex<BTreeMap<TaskId, mpsc::UnboundedSender<ReservationId>>>,
}

pub async fn measure(database: Database, callers: &[usize], lifecycles: usize) -> Result<()> {
    for callers in callers {
        let place = Place::open(database).await?;
        let business = shop::open(place.db.clone(), shop::PUBLIC).await?;
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = commits.clone();
        place.db.hooks().at_commit(move |point| {
            counted.fetch_add(usize::from(point == Point::BeforeCommit), Ordering::Relaxed);
            Fate::Go
        });
        let (engine, ws) = (business.engine.clone(), business.shop.ws);
        let actors = tokio::spawn(engine::run::run(engine.clone()));
        let office = Arc::new(settle_in(engine.clone(), ws).await?);
        hear_offers(office.clone()).await?;
        let marks = match database {
            Database::Sqlite => Some(rows::marks(&place.file(), &[PARENTS, TABLES].concat())?),
            Database::Postgres => None,
        };
        let (spent, writer) = (cpu::used(None), cpu::used(Some("db-writer")));
        let (commits_before, started) = (commits.load(Ordering::Relaxed), Instant::now());
        let (changes, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let restless = tokio::spawn(change_activities(office.clone(), changes.clone(), over.clone()));
        let living = office.clone();
        let lived = load::closed(*callers, 0, lifecycles, move |_, _| live(living.clone())).await?;
        over.store(true, Ordering::Relaxed);
        restless.await??;
        let took = started.elapsed();
        let made = commits.load(Ordering::Relaxed) - commits_before;
        let (spent, writer) = (cpu::used(None) - spent, cpu::used(Some("db-writer")) - writer);
        let rate = lifecycles as f64 / took.as_secs_f64();
        println!(
            "(h) {database:?}, {WORKERS} workers, {callers} callers: {:.0} durable lifecycles a minute (aim: {AIM:.0}) beside {:.0} changes of activity a second; p50 {:.1} ms, p99 {:.1} ms; {made} commits, {:.0} µs of processor for each, {:.0} of it the writer",
            rate * 60.0,
            changes.load(Ordering::Relaxed) as f64 / took.as_secs_f64(),
            lived.ms(0.5),
            lived.ms(0.99),
            cpu::each(spent, lifecycles),
            cpu::each(writer, lifecycles)
        );
        engine.stop();
        actors.await??;
        if let Some(marks) = marks {
            limit(database, &place, &marks, lifecycles, made, rate).await?;
        }
    }
    Ok(())
}

/// The same rows, each once in its last state, by the driver alone.
async fn limit(database: Database, place: &Place, marks: &rows::Marks, lifecycles: usize, commits: usize, rate: f64) -> Result<()> {
    let new = rows::read(&place.file(), marks, TABLES, true)?;
    let bytes: Vec<String> = new
        .iter()
        .map(|t| format!("{} {:.1} of {} bytes", t.name, t.rows.len() as f64 / lifecycles as f64, t.bytes() / t.rows.len().max(1)))
        .collect();
    let before = rows::read(&place.file(), marks, PARENTS, false)?;
    let work = Arc::new(Work { before, new, changed: rows::Table::none("conversation"), messages: lifecycles, in_order: false });
    let limit = raw::measure(database, &work, (lifecycles / commits.max(1)).max(1)).await?;
    println!(
        "    a lifecycle leaves {}; the driver alone writes {:.0} a minute with {:.0} µs of processor: ratio {:.2}",
        bytes.join(", "),
        limit.per_second * 60.0,
        limit.cpu,
        rate / limit.per_second
    );
    Ok(())
}

/// The town moves into the shop's workspace.
async fn settle_in(engine: Engine, ws: i64) -> Result<Office> {
    let mut ids = engine.ids();
    let town = Town::build(QUEUES, WORKERS, CAPACITY, engine.now(), &mut ids);
    let rows = town.rows.clone();
    let activities = rows.activities.into_iter().map(|activity| RouterCommand::PutActivity { activity });
    let queues = rows.queues.into_iter().map(|queue| RouterCommand::PutQueue { queue });
    let workflows = rows.workflows.into_iter().map(|workflow| RouterCommand::PutWorkflow { workflow, re_evaluate: true });
    let workers = RouterCommand::PutWorkers { workers: rows.workers };
    for command in activities.chain(queues).chain(workflows).chain([workers]) {
        ask(&engine, ws, command).await?;
    }
    Ok(Office { engine, ws, town: Mutex::new((town, ids)), waiting: Mutex::default() })
}

async fn ask(engine: &Engine, ws: i64, command: RouterCommand) -> Result<()> {
    let answer = engine.route(ws, "bench", None, command).await?;
    answer.map(|_| ()).map_err(|refusal| anyhow::anyhow!("refused: {refusal:?}"))
}

/// One task's way from its arrival to its end.
async fn live(office: Arc<Office>) -> Result<()> {
    let (asked, mut offered) = mpsc::unbounded_channel();
    let request = {
        let mut town = office.town.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (town, ids) = &mut *town;
        town.arrival(ids)
    };
    let task_id = request.task_id;
    office.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(task_id, asked);
    ask(&office.engine, office.ws, RouterCommand::RequestTask(request)).await?;
    loop {
        let offer = tokio::time::timeout(Duration::from_secs(60), offered.recv()).await;
        let reservation_id = offer.context("nobody was offered a task for a minute")?.context("the listener is gone")?;
        // Whoever goes away gives an offer back, and it comes to somebody else.
        if office.engine.route(office.ws, "bench", None, RouterCommand::Accept { reservation_id }).await?.is_ok() {
            break;
        }
    }
    office.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&task_id);
    ask(&office.engine, office.ws, RouterCommand::Complete { task_id, disposition: None, note: None }).await
}

/// Hands each offer to whoever lives that task.
async fn hear_offers(office: Arc<Office>) -> Result<()> {
    let mut events = office.engine.subscribe(office.ws).await?;
    tokio::spawn(async move {
        while let Ok(published) = events.recv().await {
            if let Published::Event(event) = &*published
                && event.kind == EventKind::ReservationCreated
                && let (Some(task), Some(reservation)) = (event.task_id, event.reservation_id)
            {
                let waiting = office.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                waiting.get(&task).map(|waiter| waiter.send(reservation));
            }
        }
        println!("the listener lagged: offers are lost");
    });
    Ok(())
}

/// One agent after another goes and comes back, so many times a second.
async fn change_activities(office: Arc<Office>, changes: Arc<AtomicUsize>, over: Arc<AtomicBool>) -> Result<()> {
    let (workers, available, away) = {
        let town = office.town.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (town.0.workers().collect::<Vec<WorkerId>>(), town.0.available, town.0.away)
    };
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / CHANGES));
    let mut asked = tokio::task::JoinSet::new();
    let mut no = 0;
    while !over.load(Ordering::Relaxed) {
        ticks.tick().await;
        // Each goes, and a tenth of a second later comes back.
        let (at, activity_id) = if no % 200 < 100 { (no / 200 * 100 + no % 100, away) } else { (no / 200 * 100 + no % 100, available) };
        no += 1;
        let command = RouterCommand::SetActivity { worker_id: workers[at % workers.len()], activity_id };
        let (office, changes) = (office.clone(), changes.clone());
        asked.spawn(async move {
            ask(&office.engine, office.ws, command).await?;
            changes.fetch_add(1, Ordering::Relaxed);
            anyhow::Ok(())
        });
        while let Some(done) = asked.try_join_next() {
            done??;
        }
    }
    while let Some(done) = asked.join_next().await {
        done??;
    }
    Ok(())
}
