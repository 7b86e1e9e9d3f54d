//! Processes: an engine each, and what it is in the middle of. A dead one leaves nothing but rows.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Waker};

use db::Db;
use db::hooks::{Fate, Point};
use engine::clock::ManualClock;
use engine::{Engine, Files};
use testkit::{CHANNELS, Parts, engine_on};

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
    dying: Arc<AtomicU8>,
}

const LIVES: u8 = 0;
const DIES_BEFORE: u8 = 1;
const DIES_AFTER: u8 = 2;
const DEAD: u8 = 3;

impl Ground {
    pub fn new(db: Db, clock: Arc<ManualClock>, seed: u64) -> Self {
        let dying = Arc::new(AtomicU8::new(LIVES));
        let hook = dying.clone();
        db.hooks().at_commit(move |point| {
            let wanted = if point == Point::BeforeCommit { DIES_BEFORE } else { DIES_AFTER };
            let dies = hook.compare_exchange(wanted, DEAD, Ordering::SeqCst, Ordering::SeqCst).is_ok();
            if dies || hook.load(Ordering::SeqCst) == DEAD { Fate::Die } else { Fate::Go }
        });
        Self { db, clock, wire: Arc::default(), files: Files::in_memory(), seed, born: 0, dying }
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

    /// The next commit is this process's last: it happens (`after`) or not, and nobody is answered.
    pub fn doom(&self, after: bool) {
        self.dying.store(if after { DIES_AFTER } else { DIES_BEFORE }, Ordering::SeqCst);
    }
    /// Whether the doomed commit came; in any case the next one is safe.
    pub fn died(&self) -> bool {
        self.dying.swap(LIVES, Ordering::SeqCst) == DEAD
    }
}

/// One poll, without anybody to wake.
pub fn poll(work: &mut Work) -> Option<Done> {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}
