//! Where a test or the application may stand beside a commit: named crash points, and what a failed sync does.

use std::sync::{Arc, RwLock};

use crate::DbError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The jobs ran; nothing is durable yet.
    BeforeCommit,
    /// Durable; nobody has been answered yet.
    AfterCommit,
}

/// What happens next. `Die` answers every job of the commit with [`DbError::Interrupted`]: before the commit it is rolled back,
/// after it the writes stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Go,
    Die,
}

type AtCommit = Arc<dyn Fn(Point) -> Fate + Send + Sync>;
type OnSyncFailure = Arc<dyn Fn(&DbError) + Send + Sync>;

/// The hooks of one database.
pub struct Hooks {
    at_commit: RwLock<Option<AtCommit>>,
    on_sync_failure: RwLock<OnSyncFailure>,
}

impl Default for Hooks {
    fn default() -> Self {
        Hooks { at_commit: RwLock::new(None), on_sync_failure: RwLock::new(Arc::new(end_process)) }
    }
}

impl Hooks {
    /// Called before and after every commit of a write, on the thread that commits.
    pub fn at_commit(&self, hook: impl Fn(Point) -> Fate + Send + Sync + 'static) {
        if let Ok(mut slot) = self.at_commit.write() {
            *slot = Some(Arc::new(hook));
        }
    }

    /// Called instead of ending the process when SQLite could not sync a commit.
    pub fn on_sync_failure(&self, hook: impl Fn(&DbError) + Send + Sync + 'static) {
        if let Ok(mut slot) = self.on_sync_failure.write() {
            *slot = Arc::new(hook);
        }
    }

    pub(crate) fn reach(&self, point: Point) -> Fate {
        let hook = self.at_commit.read().ok().and_then(|slot| slot.clone());
        hook.map_or(Fate::Go, |hook| hook(point))
    }

    pub(crate) fn sync_failed(&self, error: &DbError) {
        match self.on_sync_failure.read() {
            Ok(slot) => slot(error),
            Err(_) => end_process(error),
        }
    }
}

/// After a failed sync nobody knows what the disk holds; only a start that reads it again does.
fn end_process(error: &DbError) {
    tracing::error!(%error, "A commit could not be synced to disk, ending the process");
    std::process::abort();
}
