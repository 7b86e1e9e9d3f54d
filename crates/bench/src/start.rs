//! (i) How soon a router is there again where very many tasks wait: from the rows to its first decision.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use model::{Ids, RouterCommand, RouterEffects};
use router::Router;

use crate::place::{Database, Place};
use crate::town::{QUEUES, SIZES, Town};
use crate::{cpu, memory, shop};

/// Tasks of one commit while the rows are made.
const CHUNK: usize = 1_000;

pub async fn measure(database: Database) -> Result<()> {
    for (workers, waiting) in SIZES {
        one(database, workers, waiting).await?;
    }
    Ok(())
}

async fn one(database: Database, workers: usize, waiting: usize) -> Result<()> {
    let place = Place::open(database).await?;
    let business = shop::open(place.db.clone(), shop::PUBLIC).await?;
    fill(&place, business.shop.ws, workers, waiting).await?;
    let (ws, engine) = (business.shop.ws, business.engine);
    // Opening the shop has made a router already: it is given up, and made of the rows.
    engine.release().await?;
    engine.renew().await?;
    let before = memory::of(std::process::id())?.resident_kib;
    let (started, spent) = (Instant::now(), cpu::used(None));
    ensure!(engine.take_router(ws).await?, "another process routes");
    let (taken, spent_taking) = (started.elapsed(), cpu::used(None) - spent);
    engine.route_once(ws).await?;
    let took = started.elapsed();
    let held = memory::of(std::process::id())?.resident_kib.saturating_sub(before);
    println!(
        "(i) {database:?}, {workers} workers, {waiting} waiting: {:.2} s until the first decision is committed (aim: at most 5 s), {:.2} s of it until the router stands ({:.2} s of processor); {held} KiB more than before",
        took.as_secs_f64(),
        taken.as_secs_f64(),
        spent_taking.as_secs_f64(),
    );
    let seen = engine.with_router(ws, |router| router.tasks().count()).await?.context("nobody routes")?;
    ensure!(seen == waiting + workers, "{seen} tasks were read, not {}", waiting + workers);
    Ok(())
}

/// The town as it stands when everybody is busy and a long line waits, as rows.
async fn fill(place: &Place, ws: i64, workers: usize, waiting: usize) -> Result<()> {
    let now = model::Timestamp::from_secs(1_800_000_000);
    let mut ids = Ids::new(now, 11);
    let mut town = Town::build(QUEUES, workers, 1, now, &mut ids);
    // Channels are known by their names, and the shop has some.
    let there = place.db.read(move |tx| Box::pin(async move { store::routing::load(tx, ws).await })).await?;
    let rows = router::Snapshot { task_channels: there.task_channels, ..town.rows.clone() };
    let mut effects = RouterEffects {
        activities: rows.activities.iter().map(|row| (row.id, Some(row.clone()))).collect(),
        queues: rows.queues.iter().map(|row| (row.id, Some(row.clone()))).collect(),
        workflows: rows.workflows.iter().map(|row| (row.id, Some(row.clone()))).collect(),
        workers: rows.workers.iter().map(|row| (row.id, row.clone())).collect(),
        ..RouterEffects::default()
    };
    let mut router = Router::new(rows);
    let mut at = now;
    for no in 0..waiting + workers {
        at = at.plus_millis(1);
        let request = town.arrival(&mut ids);
        let answer = router.handle(&RouterCommand::RequestTask(request), at, &mut ids, &mut effects);
        answer.map_err(|refusal| anyhow::anyhow!("refused: {refusal:?}"))?;
        if no % CHUNK == CHUNK - 1 || no + 1 == waiting + workers {
            // Only the rows that a start reads.
            effects.happened.clear();
            let written = std::mem::take(&mut effects);
            place
                .db
                .write(move |tx| {
                    let written = written.clone();
                    Box::pin(async move { store::routing::commit(tx, ws, &written).await })
                })
                .await?;
        }
    }
    Ok(())
}
