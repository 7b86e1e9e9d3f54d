//! Processes that end at a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use db::Db;
use db::hooks::{Fate, Point};

const LIVES: u8 = 0;
const DIES_BEFORE: u8 = 1;
const DIES_AFTER: u8 = 2;
const DEAD: u8 = 3;

/// Says which commit on a database is a process's last. What a dead one still tries does not happen.
pub struct Doom(Arc<AtomicU8>);

impl Doom {
    pub fn on(db: &Db) -> Self {
        let dying = Arc::new(AtomicU8::new(LIVES));
        let hook = dying.clone();
        db.hooks().at_commit(move |point| {
            let wanted = if point == Point::BeforeCommit { DIES_BEFORE } else { DIES_AFTER };
            let dies = hook.compare_exchange(wanted, DEAD, Ordering::SeqCst, Ordering::SeqCst).is_ok();
            if dies || hook.load(Ordering::SeqCst) == DEAD { Fate::Die } else { Fate::Go }
        });
        Self(dying)
    }

    /// The next commit is this process's last: it happens (`after`) or not, and nobody is answered.
    pub fn strike(&self, after: bool) {
        self.0.store(if after { DIES_AFTER } else { DIES_BEFORE }, Ordering::SeqCst);
    }

    /// Whether the doomed commit came; in any case the next one is safe.
    pub fn lift(&self) -> bool {
        self.0.swap(LIVES, Ordering::SeqCst) == DEAD
    }
}
