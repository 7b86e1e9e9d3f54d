//! Deleting a workspace, bringing it back, and erasing it.
//!
//! Invariants: from the deleting commit on nobody finds the workspace, no lease of it holds and its stream takes no event, so that whoever
//! was about to write something in it cannot; until its erasure begins everything lies as it lay; what is erased goes in small commits,
//! files before the rows that name them.

use std::time::Duration;

use anyhow::Result;
use db::Db;
use model::{ChannelAccountId, Job, JobId, JobKind, Lane, Noted, RoutingEvent, RoutingEventKind, Timestamp};
use store::audit_log;
pub use store::deleted::NotDeleted;

use crate::route::gone_key;
use crate::{Engine, Hints, once};

/// How long a deleted workspace can be brought back, in days.
pub const KEPT_DAYS: i64 = 7;
/// Rows, or files, removed in one piece.
const PIECE: i64 = 1_000;
/// Between two pieces, and after one that could not be removed: nobody waits for an erasure, and others wait for the writer.
const REST: Duration = Duration::from_millis(100);
const AFTER_ERROR: Duration = Duration::from_secs(60);
/// Between two looks for a workspace whose days are over.
const LOOK: Duration = Duration::from_secs(3_600);

impl Engine {
    /// Deletes a workspace: it is gone for everybody, and told to its event callback.
    pub async fn delete_workspace(&self, ws: i64, actor: &str) -> Result<Result<(), NotDeleted>> {
        let (now, ids, actor) = (self.now(), self.ids(), actor.to_owned());
        let deleted = self
            .0
            .db
            .write(move |tx| {
                let (mut ids, actor) = (ids.clone(), actor.clone());
                Box::pin(async move {
                    let held = store::workspace::by_number(tx, ws).await?.ok_or(NotDeleted::Gone)?;
                    store::deleted::delete(tx, ws, now).await?;
                    // Whoever was at a desk is told to the router when there is one again.
                    let left = store::deleted::disconnect(tx, ws).await?;
                    let left = left.into_iter().map(|worker_id| {
                        let (key, kind) = (gone_key(worker_id), JobKind::WorkerGone { worker_id });
                        Job { id: ids.next(), lane: Lane::Router, key, run_at: now, kind, attempts: 0, epoch: 0 }
                    });
                    store::job::insert(tx, ws, &left.collect::<Vec<_>>()).await?;
                    let happened = RoutingEvent::new(RoutingEventKind::WorkspaceDeleted, now);
                    store::routing_event::append(tx, ws, std::slice::from_ref(&happened)).await?;
                    if held.settings.tells(happened.kind) {
                        store::job::insert(tx, ws, &[Job::of_event(JobId(happened.id().0), happened.id(), now)]).await?;
                    }
                    let noted = Noted { action: "workspace.deleted".into(), subject: held.id.to_string(), detail: held.name };
                    audit_log::append(tx, ws, &[once::entry(&actor, &noted)], now, once::digest).await?;
                    store::deleted::close_stream(tx, ws).await
                })
            })
            .await;
        if let Err(error) = deleted {
            return error.downcast::<NotDeleted>().map(Err);
        }
        tracing::info!(ws, "a workspace was deleted");
        self.forget(ws).await;
        self.ring(&Hints { outside: true, ..Hints::default() });
        Ok(Ok(()))
    }

    /// Drops what this process holds of a workspace.
    async fn forget(&self, ws: i64) {
        self.config_changed(ws);
        self.lost_leases(ws);
        self.drop_router(ws).await;
    }

    /// Numbers of all workspaces that stand. What is held of another one, which some process deleted, is dropped.
    pub async fn workspaces(&self) -> Result<Vec<i64>> {
        let all = self.0.db.read(|tx| Box::pin(async move { store::workspace::all(tx).await })).await?;
        let all: Vec<i64> = all.into_iter().map(|workspace| workspace.number).collect();
        for ws in self.held_workspaces() {
            if !all.contains(&ws) {
                self.forget(ws).await;
            }
        }
        Ok(all)
    }

    /// Erases those whose days are over, piece by piece, until the process stops.
    pub(crate) async fn erasing(&self) {
        while !self.stopping() {
            let rest = match self.erase_once().await {
                Ok(true) => REST,
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, "a piece of a deleted workspace could not be erased; it is tried again");
                    AFTER_ERROR
                }
            };
            self.pause(rest).await;
        }
    }

    /// One piece of a deleted workspace. True when something went: there may be more.
    pub async fn erase_once(&self) -> Result<bool> {
        let before = self.now().plus_secs(-KEPT_DAYS * 86_400);
        let Some(doomed) = self.0.db.read(move |tx| Box::pin(async move { store::deleted::next_doomed(tx, before).await })).await? else {
            return Ok(false);
        };
        // Of several processes one does it.
        let Some(lease) = self.acquire_common("erasure").await? else { return Ok(false) };
        let begun = doomed.begun;
        if begun && self.0.files.delete_some(&doomed.id.to_string(), PIECE as usize).await? {
            return Ok(true);
        }
        let now = self.now();
        let name = lease.resource.clone();
        let erased = self.0.db.write(move |tx| {
            let lease = lease.clone();
            Box::pin(async move {
                store::lease::fence(tx, &lease).await?;
                if !begun {
                    return store::deleted::begin_erasing(tx, doomed.ws, now).await.map(|_| false);
                }
                let gone = store::deleted::erase(tx, doomed.ws, PIECE).await?;
                if gone == 0 {
                    store::deleted::end_erasing(tx, doomed.ws, now).await?;
                }
                Ok(gone == 0)
            })
        });
        match erased.await {
            Ok(ended) => {
                if ended {
                    tracing::info!(ws = doomed.ws, "a deleted workspace is erased");
                }
                Ok(true)
            }
            Err(error) => {
                self.lost_lease(&name);
                Err(error)
            }
        }
    }
}

/// A workspace that waits for its erasure, as an operator sees it.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub ws: i64,
    pub id: model::WorkspaceId,
    pub name: String,
    pub deleted_at: Timestamp,
    pub erased_from: Timestamp,
}

/// Those that can be brought back.
pub async fn deleted_workspaces(db: &Db) -> Result<Vec<Waiting>> {
    let all = db.read(|tx| Box::pin(async move { store::deleted::all(tx).await })).await?;
    let waiting = all.into_iter().map(|one| Waiting {
        ws: one.workspace.number,
        id: one.workspace.id,
        name: one.workspace.name,
        deleted_at: one.at,
        erased_from: one.at.plus_secs(KEPT_DAYS * 86_400),
    });
    Ok(waiting.collect())
}

/// Brings a workspace back; beside a running server, which sees it within a second. Answers the channel accounts that were switched off,
/// because another workspace has connected the same number or page meanwhile.
///
/// # Errors
/// When its erasure has begun.
pub async fn bring_back(db: &Db, waiting: &Waiting, actor: &str, now: Timestamp) -> Result<Vec<ChannelAccountId>> {
    let (ws, actor) = (waiting.ws, actor.to_owned());
    let noted = Noted { action: "workspace.brought_back".into(), subject: waiting.id.to_string(), detail: waiting.name.clone() };
    db.write(move |tx| {
        let entry = once::entry(&actor, &noted);
        Box::pin(async move {
            let off = store::deleted::bring_back(tx, ws).await?;
            audit_log::append(tx, ws, &[entry], now, once::digest).await?;
            Ok(off)
        })
    })
    .await
}
