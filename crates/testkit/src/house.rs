//! An engine with everything around it under the test's hand.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyhow::{Result, bail};
use connectors::Connector;
use db::Db;
use engine::clock::ManualClock;
use engine::{Clock, Engine, Files, MasterKey, Options, Origins, Vault, World};
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
        Self::on_with_connectors(db, seed, world, connectors::ALL).await
    }

    /// The same, speaking these channels; see [`crate::CHANNELS`].
    pub async fn on_with_connectors(db: Db, seed: u64, world: FakeWorld, channels: &'static [&'static dyn Connector]) -> Result<Self> {
        db.migrate(store::MIGRATIONS).await?;
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let world = Arc::new(world);
        let engine =
            engine_on(Parts { db, clock: clock.clone(), world: world.clone(), seed, files: Files::in_memory(), channels, alone: true });
        let house = Self { engine, clock, world };
        house.keep_time();
        house.engine.renew().await?;
        Ok(house)
    }

    /// The same house after its process died: another engine on the same rows and files.
    pub async fn reborn(&self, seed: u64) -> Result<Self> {
        let house = self.beside(seed, true);
        house.engine.renew().await?;
        Ok(house)
    }

    /// One process more on the same rows and files, which has not yet said that it lives. Unless `alone`, leases decide who owns what.
    pub fn beside(&self, seed: u64, alone: bool) -> Self {
        let engine = engine_on(Parts {
            db: self.engine.db().clone(),
            clock: self.clock.clone(),
            world: self.world.clone(),
            seed,
            files: self.engine.files().clone(),
            channels: self.engine.connectors(),
            alone,
        });
        Self { engine, clock: self.clock.clone(), world: self.world.clone() }
    }

    /// Keeps the clock of a database in memory in step with ours.
    pub fn keep_time(&self) {
        self.engine.db().set_time(self.clock.now().micros());
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
        let mut due = engine.take_rung();
        due.merge(engine.due().await?);
        for (ws, lane) in due.lanes {
            busy |= engine.turn_once(ws, vec![lane]).await > 0;
        }
        for (ws, account) in due.accounts {
            busy |= engine.send_once(ws, account).await?;
        }
        busy |= engine.outside_once().await?;
        for ws in engine.workspaces().await? {
            let accounts: Vec<_> = engine.config(ws).await?.accounts.keys().copied().collect();
            for account in accounts {
                busy |= engine.refresh_due(ws, account).await?;
            }
            busy |= engine.publish_once(ws).await?;
            busy |= engine.index_once(ws).await?;
            busy |= engine.follow_webhooks_once(ws).await?;
            busy |= engine.deliver_webhooks_once(ws).await?;
        }
        Ok(busy)
    }

    /// Moves the clock in steps and lets everything due happen on the way.
    pub async fn pass(&self, seconds: i64) -> Result<()> {
        for _ in 0..seconds {
            self.clock.advance_ms(1_000);
            self.keep_time();
            self.engine.renew().await?;
            self.settle().await?;
        }
        Ok(())
    }
}

/// What an engine of a test is made of.
pub struct Parts {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub world: Arc<dyn World>,
    pub seed: u64,
    pub files: Files,
    pub channels: &'static [&'static dyn Connector],
    pub alone: bool,
}

/// An engine with the keys and origins of every test.
pub fn engine_on(parts: Parts) -> Engine {
    Engine::new(Options {
        db: parts.db,
        files: parts.files,
        vault: Vault::new(MasterKey([7; 32])),
        clock: parts.clock,
        connectors: parts.channels,
        origins: Origins {
            public: "http://localhost:8080".into(),
            webchat: "http://webchat.localhost:8080".into(),
            files: "http://files.localhost:8080".into(),
        },
        world: parts.world,
        seed: parts.seed,
        alone: parts.alone,
    })
}
