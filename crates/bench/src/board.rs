//! (k) How long a look of a supervisor holds up the router of a very large workspace, and how soon such a router stands.

use std::time::Instant;

use anyhow::Result;
use model::{Ids, RouterCommand, RouterEffects, TaskRequest, Timestamp};
use router::Router;

use crate::cpu;
use crate::town::Town;

const WORKERS: usize = 15_000;
const QUEUES: (usize, usize) = (5_000, 600);
const WAITING: usize = 50_000;
const LOOKS: u32 = 20;

/// What the board asks of the router, without the names and faces that it reads from the store.
pub fn measure() -> Result<()> {
    let now = Timestamp::from_secs(1_800_000_000);
    let mut ids = Ids::new(now, 5);
    let mut town = Town::build(QUEUES, WORKERS, 1, now, &mut ids);
    let rows = town.rows.clone();
    let started = Instant::now();
    let mut router = Router::new(rows);
    let stands = started.elapsed();
    for no in 0..WAITING + WORKERS {
        // A workflow of so many filters would be too long: they are sent to their queues.
        let queue = town.rows.queues[town.dice.below(QUEUES.0)].id;
        let request = TaskRequest { workflow_id: None, routing_queue: Some(queue), ..town.arrival(&mut ids) };
        let mut effects = RouterEffects::default();
        let made = router.handle(&RouterCommand::RequestTask(request), now.plus_millis(no as i64), &mut ids, &mut effects);
        made.map_err(|refusal| anyhow::anyhow!("refused: {refusal:?}"))?;
        for offer in effects.reservations.into_keys() {
            let accepted = RouterCommand::Accept { reservation_id: offer };
            let done = router.handle(&accepted, now.plus_millis(no as i64), &mut ids, &mut RouterEffects::default());
            done.map_err(|refusal| anyhow::anyhow!("refused: {refusal:?}"))?;
        }
    }
    let spent = cpu::of_this_thread();
    let mut seen = 0;
    for _ in 0..LOOKS {
        seen += router.queue_counts().len();
        seen += router.waiting(|_| true, 0, 25).len() + router.active(|_| true).take(25).count();
        seen += router.workers().filter(|worker| router.load_of(worker.id) > 0).count();
    }
    let look = (cpu::of_this_thread() - spent) / LOOKS;
    println!(
        "(k) {WORKERS} workers, {} queues, {WAITING} waiting: the router stands in {:.2} s; a look takes {:.2} ms ({} rows seen in each)",
        QUEUES.0,
        stands.as_secs_f64(),
        look.as_secs_f64() * 1e3,
        seen / LOOKS as usize
    );
    Ok(())
}
