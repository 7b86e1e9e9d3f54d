//! Processes: an engine each, and what it is in the middle of. A dead one leaves nothing but rows.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use db::Db;
use engine::clock::ManualClock;
use engine::{Engine, Files};
use testkit::{CHANNELS, Doom, Parts, engine_on};

use crate::network::Wire;
use crate::people::Done;

pub type Work = Pin<Box<dyn Future<Output = Done>>>;

pub struct Node {
    pub engine: Engine,
    pub doing: Vec<(&'static str, Work)>,
}

/// What every node stands on.
pub struct Ground {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    pub wire: Arc<Wire>,
    files: Files,
    seed: u64,
    born: u64,
    pub doom: Doom,
}

impl Ground {
    pub fn new(db: Db, clock: Arc<ManualClock>, seed: u64) -> Self {
        Self { doom: Doom::on(&db), db, clock, wire: Arc::default(), files: Files::in_memory(), seed, born: 0 }
    }

    pub fn node(&mut self) -> Node {
        self.born += 1;
        let engine = engine_on(Parts {
            db: self.db.clone(),
            clock: self.clock.clone(),
            world: self.wire.clone(),
            seed: self.seed.wrapping_mul(1_000_003).wrapping_add(self.born),
            files: self.files.clone(),
            channels: CHANNELS,
            alone: false,
        });
        Node { engine, doing: vec![] }
    }
}

/// One poll, without anybody to wake.
pub fn poll(work: &mut Work) -> Option<Done> {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}
