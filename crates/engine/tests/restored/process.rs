//! A process that routes one workspace, and may die at any commit. A dead one leaves nothing but rows.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;

use anyhow::{Context, Result, ensure};
use db::Db;
use engine::{Clock, Engine, Files};
use model::routing::RouterCommand;
use model::{Job, Timestamp};
use router::Router;
use testkit::{CHANNELS, Chance, Doom, FakeWorld, Parts, engine_on};

/// Stands where it is set, also when a command is given again.
#[derive(Default)]
pub struct StillClock(AtomicI64);

impl StillClock {
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Where a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Everything was decided, and nothing committed.
    BeforeCommit,
    /// Committed, and nobody was told.
    AfterCommit,
    /// Somewhere on the way, which on PostgreSQL may be while the commit is under way.
    Midway,
    /// With nothing under way.
    Idle,
}

impl Cut {
    pub const ALL: [Cut; 4] = [Self::BeforeCommit, Self::AfterCommit, Self::Midway, Self::Idle];
}

/// What every process stands on.
pub struct Ground {
    pub db: Db,
    /// How many processes ended where.
    pub cuts: BTreeMap<Cut, u64>,
    born: u64,
    doom: Doom,
}

impl Ground {
    pub fn new(db: Db) -> Self {
        Self { doom: Doom::on(&db), db, cuts: BTreeMap::new(), born: 0 }
    }

    /// A number nothing else on this ground has.
    pub fn fresh(&mut self) -> u64 {
        self.born += 1;
        self.born
    }
}

/// Something to be done once, however often it is asked for.
pub enum Asked {
    /// Under a key, by which it is known again.
    Command(String, Box<RouterCommand>),
    /// Whatever is due.
    Tick,
}

pub struct Process<'g> {
    pub ground: &'g mut Ground,
    pub ws: i64,
    clock: Arc<StillClock>,
    engine: Engine,
    /// Draws the cuts, where there are to be any.
    dice: Option<Chance>,
}

impl<'g> Process<'g> {
    pub async fn start(ground: &'g mut Ground, ws: i64, clock: Arc<StillClock>, dice: Option<Chance>) -> Result<Self> {
        let engine = engine_of(ground, &clock);
        let process = Self { ground, ws, clock, engine, dice };
        process.engine.renew().await?;
        Ok(process)
    }

    /// The process is gone; another one takes over and looks at once what is due.
    async fn start_again(&mut self) -> Result<()> {
        self.ground.doom.lift();
        self.engine = engine_of(self.ground, &self.clock);
        self.engine.renew().await?;
        ensure!(self.engine.take_router(self.ws).await?, "the router belongs to a dead process");
        self.engine.route_once(self.ws).await?;
        Ok(())
    }

    /// Asks, and asks again whenever the process died. For a command, whether it was taken.
    pub async fn ask(&mut self, asked: &Asked) -> Result<Option<bool>> {
        let mut left = self.dice.as_mut().map_or(0, |dice| if dice.percent(10) { 1 + dice.below(2) } else { 0 });
        loop {
            let dice = self.dice.as_mut().filter(|_| left > 0);
            let Some((cut, polls)) = dice.map(|dice| (Cut::ALL[dice.below(Cut::ALL.len())], 1 + dice.below(12))) else {
                return self.try_once(asked).await;
            };
            left -= 1;
            match cut {
                Cut::Idle => {}
                Cut::Midway => drop(polled(self.try_once(asked), polls).await),
                Cut::BeforeCommit | Cut::AfterCommit => {
                    self.ground.doom.strike(cut == Cut::AfterCommit);
                    let outcome = self.try_once(asked).await;
                    if !self.ground.doom.lift() {
                        // There was nothing to commit.
                        return outcome;
                    }
                    ensure!(outcome.is_err(), "a process answered after its end");
                }
            }
            *self.ground.cuts.entry(cut).or_default() += 1;
            self.start_again().await.with_context(|| format!("after a cut: {cut:?}"))?;
        }
    }

    async fn try_once(&self, asked: &Asked) -> Result<Option<bool>> {
        match asked {
            Asked::Command(key, command) => {
                let answered = self.engine.route(self.ws, "somebody", Some(key), command.as_ref().clone()).await?;
                Ok(Some(answered.is_ok()))
            }
            Asked::Tick => self.engine.route_once(self.ws).await.map(|_| None),
        }
    }

    pub async fn look<T>(&self, look: impl FnOnce(&Router) -> T) -> Result<T> {
        self.engine.with_router(self.ws, look).await?.context("the router belongs to a dead process")
    }

    /// When something is due next.
    pub async fn next(&self) -> Result<Option<Timestamp>> {
        let deadline = self.look(Router::next_deadline).await?;
        let ws = self.ws;
        let job = self
            .ground
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let row = tx.one(db::sql!("SELECT min(run_at) FROM job WHERE workspace_id = $1 AND lane = 'router'"), db::params![ws]);
                    Ok(row.await?.get::<Option<i64>>(0)?.map(Timestamp::from_micros))
                })
            })
            .await?;
        Ok(deadline.into_iter().chain(job).min())
    }

    /// Writes jobs as another room would.
    pub async fn leave(&self, jobs: Vec<Job>) -> Result<()> {
        let ws = self.ws;
        self.ground
            .db
            .write(move |tx| {
                let jobs = jobs.clone();
                Box::pin(async move { store::job::insert(tx, ws, &jobs).await })
            })
            .await
    }

    pub async fn take_back(&self, key: String) -> Result<()> {
        let ws = self.ws;
        self.ground
            .db
            .write(move |tx| {
                let key = key.clone();
                Box::pin(async move { store::job::delete_keys(tx, ws, &[key]).await.map(drop) })
            })
            .await
    }
}

fn engine_of(ground: &mut Ground, clock: &Arc<StillClock>) -> Engine {
    engine_on(Parts {
        db: ground.db.clone(),
        clock: clock.clone(),
        world: Arc::new(FakeWorld::default()),
        seed: ground.fresh().wrapping_mul(1_000_003),
        files: Files::in_memory(),
        channels: CHANNELS,
        alone: true,
    })
}

/// Polls so many times and lets go; nothing when it was not done by then.
async fn polled<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let (mut future, mut left) = (pin!(future), times);
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}
