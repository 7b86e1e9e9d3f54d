//! An engine with everything around it under the test's hand.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyhow::{Result, bail};
use db::Db;
use engine::clock::ManualClock;
use engine::{Clock, Engine, Files, MasterKey, Options, Origins, Vault};
use model::Timestamp;

use crate::FakeWorld;

pub struct House {
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    pub world: Arc<FakeWorld>,
}

/// Polls a future that never really waits; what does is a mistake in the test or in an actor.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..1_000_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
        std::thread::yield_now();
    }
    panic!("a future that waits for something outside of the test");
}

impl House {
    /// A house on an in-memory database: no runtime needed.
    pub async fn in_memory(seed: u64) -> Result<Self> {
        Self::on(Db::open_memory()?, seed, FakeWorld::default()).await
    }

    /// A house on the given database, migrated.
    pub async fn on(db: Db, seed: u64, world: FakeWorld) -> Result<Self> {
        db.migrate(store::MIGRATIONS).await?;
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let world = Arc::new(world);
        let house = Self { engine: engine_on(db, clock.clone(), world.clone(), seed, Files::in_memory()), clock, world };
        house.engine.renew().await?;
        Ok(house)
    }

    /// The same house after its process died: another engine on the same rows and files.
    pub async fn reborn(&self, seed: u64) -> Result<Self> {
        let db = self.engine.db().clone();
        let engine = engine_on(db, self.clock.clone(), self.world.clone(), seed, self.engine.files().clone());
        engine.renew().await?;
        Ok(Self { engine, clock: self.clock.clone(), world: self.world.clone() })
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs every actor until nothing is left to do at this instant.
    pub async fn settle(&self) -> Result<()> {
        for _ in 0..10_000 {
            if !self.round().await? {
                return Ok(());
            }
        }
        bail!("the house never comes to rest")
    }

    /// One round of every actor; true when one did something.
    pub async fn round(&self) -> Result<bool> {
        let engine = &self.engine;
        let mut busy = false;
        for ws in engine.workspaces().await? {
            engine.take_router(ws).await?;
            busy |= engine.route_once(ws).await?;
        }
        let due = engine.due().await?;
        for (ws, lane) in due.lanes {
            busy |= engine.turn_once(ws, vec![lane]).await > 0;
        }
        for (ws, account) in due.accounts {
            busy |= engine.send_once(ws, account).await?;
        }
        busy |= engine.outside_once().await?;
        for ws in engine.workspaces().await? {
            busy |= engine.publish_once(ws).await?;
            busy |= engine.index_once(ws).await?;
        }
        Ok(busy)
    }

    /// Moves the clock in steps and lets everything due happen on the way.
    pub async fn pass(&self, seconds: i64) -> Result<()> {
        for _ in 0..seconds {
            self.clock.advance_ms(1_000);
            self.engine.renew().await?;
            self.settle().await?;
        }
        Ok(())
    }
}

fn engine_on(db: Db, clock: Arc<ManualClock>, world: Arc<FakeWorld>, seed: u64, files: Files) -> Engine {
    Engine::new(Options {
        db,
        files,
        vault: Vault::new(MasterKey([7; 32])),
        clock,
        connectors: connectors::ALL,
        origins: Origins {
            public: "http://localhost:8080".into(),
            webchat: "http://webchat.localhost:8080".into(),
            files: "http://files.localhost:8080".into(),
        },
        world,
        seed,
        alone: true,
    })
}
