//! (g) What a decision of the router costs, and whether it costs the same among many as among few.
//!
//! Everybody in town is busy and a long line waits; then each round a task arrives, an offer is accepted and a task is completed, and in
//! every tenth somebody changes their activity. No row is written: the figure is the pure room's own.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use model::{Ids, ReservationId, ReservationStatus, RouterCommand, RouterEffects, TaskId, Timestamp, WorkerId};
use router::Router;

use crate::town::{QUEUES, SIZES, Town};
use crate::{cpu, memory};

const ROUNDS: usize = 50_000;
const PAUSE: Duration = Duration::from_millis(5);

/// Prints a line for each size, and the ratio of the largest to the smallest.
pub fn measure() -> Result<()> {
    let mut costs = Vec::new();
    for (workers, waiting) in SIZES {
        costs.push(one(workers, waiting)?);
    }
    let ratio = costs[costs.len() - 1] / costs[0];
    println!("(g) a lifecycle among the most costs {ratio:.2} times one among the fewest (aim: at most 2)");
    Ok(())
}

/// Processor time of a lifecycle, in microseconds.
fn one(workers: usize, waiting: usize) -> Result<f64> {
    let mut life = Life::begin(workers);
    let (started, spent) = (Instant::now(), cpu::used(None));
    for _ in 0..workers {
        life.arrive()?;
    }
    let before = memory::of(std::process::id())?.resident_kib;
    for _ in 0..waiting {
        life.arrive()?;
    }
    let filled = cpu::used(None) - spent;
    let held = memory::of(std::process::id())?.resident_kib.saturating_sub(before);
    let each = cpu::each(filled, waiting + workers);
    println!("(g) {workers} workers, {waiting} waiting: {each:.1} µs of processor for each arrival, {held} KiB for those who wait");
    println!(
        "    {:.2} KiB for each task with its attributes; filled in {:.1} s",
        held as f64 / waiting as f64,
        started.elapsed().as_secs_f64()
    );
    life.pauses = Pauses::default();
    let spent = cpu::used(None);
    for round in 0..ROUNDS {
        life.round(round)?;
    }
    let each = cpu::each(cpu::used(None) - spent, ROUNDS);
    println!(
        "    {each:.1} µs of processor for each lifecycle (arrival, offer, accept, completion, 0.1 changes of activity); worst command {:.1} ms of processor ({}), {} of {} over {} ms",
        life.pauses.worst.as_secs_f64() * 1e3,
        life.pauses.of,
        life.pauses.long,
        life.pauses.all,
        PAUSE.as_millis()
    );
    Ok(each)
}

/// How long commands held up the others.
#[derive(Default)]
struct Pauses {
    worst: Duration,
    /// What the longest one was.
    of: String,
    long: usize,
    all: usize,
}

/// Life in the town, in a router's memory.
struct Life {
    town: Town,
    workers: Vec<WorkerId>,
    router: Router,
    ids: Ids,
    now: Timestamp,
    offers: Vec<(ReservationId, TaskId)>,
    held: Vec<TaskId>,
    pauses: Pauses,
}

impl Life {
    fn begin(workers: usize) -> Self {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut ids = Ids::new(now, 7);
        let town = Town::build(QUEUES, workers, 1, now, &mut ids);
        Self {
            router: Router::new(town.rows.clone()),
            workers: town.workers().collect(),
            town,
            ids,
            now,
            offers: Vec::new(),
            held: Vec::new(),
            pauses: Pauses::default(),
        }
    }

    fn obey(&mut self, command: &RouterCommand) -> Result<()> {
        let mut effects = RouterEffects::default();
        let started = cpu::of_this_thread();
        let answer = self.router.handle(command, self.now, &mut self.ids, &mut effects);
        let took = cpu::of_this_thread().saturating_sub(started);
        answer.map_err(|refusal| anyhow::anyhow!("{command:?}: {refusal:?}"))?;
        if took > self.pauses.worst {
            self.pauses.worst = took;
            self.pauses.of = format!("{command:?}").chars().take_while(|c| c.is_alphanumeric()).collect();
        }
        self.pauses.long += usize::from(took > PAUSE);
        self.pauses.all += 1;
        let offers = effects.reservations.values().filter(|row| row.status == ReservationStatus::Pending);
        self.offers.extend(offers.map(|row| (row.id, row.task_id)));
        Ok(())
    }

    fn arrive(&mut self) -> Result<()> {
        self.now = self.now.plus_millis(1);
        let request = self.town.arrival(&mut self.ids);
        self.obey(&RouterCommand::RequestTask(request))
    }

    fn round(&mut self, no: usize) -> Result<()> {
        self.arrive()?;
        if !self.offers.is_empty() {
            let at = self.town.dice.below(self.offers.len());
            let (reservation_id, task) = self.offers.swap_remove(at);
            if self.router.reservation(reservation_id).is_some() {
                self.obey(&RouterCommand::Accept { reservation_id })?;
                self.held.push(task);
            }
        }
        if self.held.len() > self.workers.len() / 2 {
            let at = self.town.dice.below(self.held.len());
            let task_id = self.held.swap_remove(at);
            self.obey(&RouterCommand::Complete { task_id, disposition: None, note: None })?;
        }
        if no.is_multiple_of(10) {
            let worker_id = self.workers[self.town.dice.below(self.workers.len())];
            let worker = self.router.worker(worker_id).context("a worker is gone")?;
            let activity_id = if worker.activity_id == self.town.available { self.town.away } else { self.town.available };
            self.obey(&RouterCommand::SetActivity { worker_id, activity_id })?;
        }
        Ok(())
    }
}
