//! Where webhooks that arrive together share one commit, on a database where each would otherwise pay for its own. SQLite's writer does
//! that for all writes, so only PostgreSQL's come through here.
//!
//! Nobody waits for company: a commit begins as soon as none is under way, and takes everybody who came during the one before.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use db::DbError;
use tokio::sync::oneshot;

use super::Journal;
use crate::Engine;

/// Deliveries of one commit at most.
const TOGETHER: usize = 64;

/// A delivery and whoever waits for its commit.
struct Waiting {
    journal: Arc<Journal>,
    answer: oneshot::Sender<Result<usize>>,
}

/// What waits, by workspace; an entry stands as long as commits of the workspace are under way.
#[derive(Default)]
pub(crate) struct Door(Mutex<BTreeMap<i64, Vec<Waiting>>>);

impl Door {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<i64, Vec<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a delivery in; true when nobody is at work who would take it.
    fn enter(&self, ws: i64, waiting: Waiting) -> bool {
        match self.lock().entry(ws) {
            Entry::Occupied(mut queue) => {
                queue.get_mut().push(waiting);
                false
            }
            Entry::Vacant(queue) => {
                queue.insert(vec![waiting]);
                true
            }
        }
    }

    /// The oldest that wait. `None` = nobody does, and the next to come begins a commit of their own.
    fn next(&self, ws: i64) -> Option<Vec<Waiting>> {
        let mut queues = self.lock();
        let queue = queues.get_mut(&ws)?;
        if queue.is_empty() {
            queues.remove(&ws);
            return None;
        }
        let rest = queue.split_off(queue.len().min(TOGETHER));
        Some(std::mem::replace(queue, rest))
    }
}

impl Engine {
    /// Journals a delivery with the others that are at the door; answers how many of its events were new, after the commit.
    pub(super) async fn journal_together(&self, ws: i64, journal: Arc<Journal>) -> Result<usize> {
        let (answer, answered) = oneshot::channel();
        if self.0.door.enter(ws, Waiting { journal, answer }) {
            let engine = self.clone();
            // A task of its own: whoever came first may hang up, and the others must not wait for them.
            tokio::spawn(async move {
                while let Some(together) = engine.0.door.next(ws) {
                    engine.commit_together(ws, together).await;
                }
            });
        }
        answered.await.map_err(|_| DbError::NotCommitted("the door was closed".to_owned()))?
    }

    async fn commit_together(&self, ws: i64, together: Vec<Waiting>) {
        let journals: Vec<Arc<Journal>> = together.iter().map(|waiting| waiting.journal.clone()).collect();
        match self.0.db.write(super::journal_job(ws, journals)).await {
            Ok(fresh) => {
                for (waiting, fresh) in together.into_iter().zip(fresh) {
                    // Whoever asked may have gone; the delivery stands.
                    let _ = waiting.answer.send(Ok(fresh));
                }
            }
            Err(error) if together.len() > 1 && !db::is_unavailable(&error) => {
                // One of them is to blame, and only that one is refused.
                for waiting in together {
                    let alone = self.0.db.write(super::journal_job(ws, vec![waiting.journal.clone()])).await;
                    let _ = waiting.answer.send(alone.map(|fresh| fresh.first().copied().unwrap_or_default()));
                }
            }
            Err(error) => {
                let told = error.downcast_ref::<DbError>().cloned();
                let told = told.unwrap_or_else(|| DbError::NotCommitted(format!("{error:#}")));
                for waiting in together {
                    let _ = waiting.answer.send(Err(told.clone().into()));
                }
            }
        }
    }
}
