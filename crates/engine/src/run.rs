//! Drives the actors: each `…_once` when its bell rings, and once a second in case a bell was lost.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use anyhow::Result;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::{ChannelAccountId, Lane};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::hints::TURN_WORKERS;
use crate::turn::{Input, first_input};
use crate::{Engine, Hints};

pub(crate) const POLL: Duration = Duration::from_secs(1);

/// Runs until [`Engine::stop`]; then releases what it owns.
pub async fn run(engine: Engine) -> Result<()> {
    engine.renew().await?;
    let now = engine.now();
    engine.0.db.write(move |tx| Box::pin(async move { store::journal::count_attempts(tx, now).await })).await?;
    let mut actors = JoinSet::new();
    for worker in 0..TURN_WORKERS {
        let engine = engine.clone();
        actors.spawn(async move { engine.turns(worker).await });
    }
    spawn(&mut actors, &engine, |e| &e.0.hints.routers, Engine::routers_round);
    spawn(&mut actors, &engine, |e| &e.0.hints.timer, Engine::timers_round);
    let senders = engine.clone();
    actors.spawn(async move { senders.senders().await });
    let errands = engine.clone();
    actors.spawn(async move { errands.outside().await });
    spawn(&mut actors, &engine, |e| &e.0.hints.events, Engine::events_round);
    let life = engine.clone();
    actors.spawn(async move { life.live().await });
    let webhooks = engine.clone();
    actors.spawn(async move { webhooks.webhooks().await });
    let chores = engine.clone();
    actors.spawn(async move { chores.chores().await });
    let eraser = engine.clone();
    actors.spawn(async move { eraser.erasing().await });
    while actors.join_next().await.is_some() {}
    engine.release().await
}

/// An actor: its round on each ring, and each second.
fn spawn<F, R>(actors: &mut JoinSet<()>, engine: &Engine, bell: fn(&Engine) -> &Notify, round: F)
where
    F: Fn(Engine) -> R + Send + 'static,
    R: Future<Output = Result<Duration>> + Send,
{
    let engine = engine.clone();
    actors.spawn(async move {
        let mut wait = Duration::ZERO;
        while !engine.stopping() {
            let _ = tokio::time::timeout(wait, bell(&engine).notified()).await;
            wait = match round(engine.clone()).await {
                Ok(wait) => wait.min(POLL),
                Err(error) => {
                    tracing::warn!(%error, "a round failed; the next one tries again");
                    POLL
                }
            };
        }
    });
}

impl Engine {
    /// Turns the lanes that rang for this worker.
    async fn turns(&self, worker: usize) {
        while !self.stopping() {
            let _ = tokio::time::timeout(POLL, self.0.hints.lanes[worker].notified()).await;
            loop {
                let rung = self.0.hints.take_lanes(worker);
                if rung.is_empty() {
                    break;
                }
                for (ws, lanes) in by_workspace(rung) {
                    self.turn_lanes(ws, lanes).await;
                }
            }
        }
    }

    /// Turns lanes of one workspace: on SQLite a job each, which the group commit joins; on PostgreSQL in sets of one kind and channel
    /// account, since what one statement locks is locked in one order.
    async fn turn_lanes(&self, ws: i64, lanes: Vec<Lane>) {
        let size = if self.0.db.engine() == db::Engine::Sqlite { 1 } else { 64 };
        let sets = lanes.chunk_by(|a, b| kind(a) == kind(b)).flat_map(|alike| alike.chunks(size));
        let jobs = sets.map(|set| self.turn_set(ws, set.to_vec()));
        let suspects = futures::future::join_all(jobs).await.into_iter().flat_map(|(_, suspects)| suspects).collect();
        self.try_suspects(ws, suspects).await;
    }

    /// One turn of these lanes in one commit, then of each that is suspect alone; how many inputs were used.
    pub async fn turn_once(&self, ws: i64, lanes: Vec<Lane>) -> usize {
        let (used, suspects) = self.turn_set(ws, lanes).await;
        used + self.try_suspects(ws, suspects).await
    }

    /// How many inputs were used, and the lanes whose head is suspect, with its tries. After a failure each lane is tried alone, and the
    /// one that fails is counted.
    async fn turn_set(&self, ws: i64, lanes: Vec<Lane>) -> (usize, Vec<(i64, Lane)>) {
        let turned = match self.config(ws).await {
            Ok(config) => self.0.db.write(self.turn_job(config, lanes.clone(), None, false)).await,
            Err(error) => Err(error),
        };
        match turned {
            Ok(turned) => {
                crate::crash::point("turn.committed");
                self.ring(&turned.hints);
                (turned.used, turned.suspects)
            }
            Err(error) if lanes.len() == 1 => {
                tracing::warn!(ws, lane = %lanes[0], %error, "a turn failed");
                if !db::is_unavailable(&error) {
                    self.turn_failed(ws, &lanes).await;
                }
                (0, vec![])
            }
            Err(_) => {
                let (mut used, mut suspects) = (0, vec![]);
                for lane in lanes {
                    let (more, of_lane) = Box::pin(self.turn_set(ws, vec![lane])).await;
                    used += more;
                    suspects.extend(of_lane);
                }
                (used, suspects)
            }
        }
    }

    /// Tries what is suspect one after the other in this process, what was tried least first: so a process that dies puts blame on one
    /// input alone, and an innocent one that was in the way is not the next process's first again.
    async fn try_suspects(&self, ws: i64, mut suspects: Vec<(i64, Lane)>) -> usize {
        suspects.sort();
        let mut used = 0;
        for (_, lane) in suspects {
            let _one = self.0.trial.lock().await;
            used += self.turn_alone(ws, lane).await;
        }
        used
    }

    /// Tries the head of a lane by itself, after counting the try: what fails, or kills the process, is put aside in the end, and
    /// nothing that stands behind it is blamed.
    async fn turn_alone(&self, ws: i64, lane: Lane) -> usize {
        self.turn_failed(ws, std::slice::from_ref(&lane)).await;
        let turned = match self.config(ws).await {
            Ok(config) => self.0.db.write(self.turn_job(config, vec![lane.clone()], None, true)).await,
            Err(error) => Err(error),
        };
        match turned {
            Ok(mut turned) => {
                turned.hints.lanes.insert((ws, lane));
                self.ring(&turned.hints);
                turned.used
            }
            Err(error) => {
                tracing::warn!(ws, %lane, %error, "an input failed by itself");
                // A busy or lost database says nothing about the input.
                if db::is_unavailable(&error) {
                    self.count_tries(ws, std::slice::from_ref(&lane), -1).await;
                }
                0
            }
        }
    }

    /// Counts a try of the head of each of these lanes.
    pub(crate) async fn turn_failed(&self, ws: i64, lanes: &[Lane]) {
        self.count_tries(ws, lanes, 1).await;
    }

    async fn count_tries(&self, ws: i64, lanes: &[Lane], by: i64) {
        let now = self.now();
        for lane in lanes {
            let lane = lane.clone();
            let counted = self
                .0
                .db
                .write(move |tx| {
                    let lane = lane.clone();
                    Box::pin(async move {
                        match first_input(tx, ws, &lane, now).await? {
                            Some(Input::Inbound(first)) => store::journal::count_attempt(tx, ws, first.id, by).await,
                            Some(Input::Job(first)) => store::job::count_attempt(tx, ws, &[first.id], by).await,
                            None => Ok(()),
                        }
                    })
                })
                .await;
            if let Err(error) = counted {
                tracing::warn!(%error, "an attempt could not be counted");
            }
        }
    }

    /// Every workspace's router: what rang, what is due. Returns when the next deadline is.
    async fn routers_round(self) -> Result<Duration> {
        self.0.hints.take_routers();
        let mut wait = POLL;
        for ws in self.workspaces().await? {
            if !self.take_router(ws).await? {
                continue;
            }
            while self.route_once(ws).await? {}
            if let Some(at) = self.router_due(ws).await {
                wait = wait.min(Duration::from_micros((at - self.now()).max(1_000) as u64));
            }
        }
        Ok(wait)
    }

    /// Rings the lanes whose jobs came due, and those whose events nobody took.
    async fn timers_round(self) -> Result<Duration> {
        self.0.hints.take_timer();
        let hints = self.due().await?;
        let now = self.now();
        let next = self.0.db.read(|tx| Box::pin(async move { store::job::next_due(tx).await })).await?;
        let busy = !hints.is_empty();
        self.ring(&hints);
        // What is due now was rung; do not spin on it while it is being done.
        let until = next.map_or(POLL, |at| Duration::from_micros((at - now).max(if busy { 50_000 } else { 1_000 }) as u64));
        Ok(until)
    }

    /// Everything that rang since it was last taken, for whoever drives the actors by hand.
    pub fn take_rung(&self) -> Hints {
        self.0.hints.take_all()
    }

    /// What is due on any lane of any workspace.
    pub async fn due(&self) -> Result<Hints> {
        let now = self.now();
        let (jobs, events, sends) = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let jobs = store::job::due_lanes(tx, now, 2_000).await?;
                    let events = store::journal::waiting_lanes(tx, now.plus_secs(-2), 2_000).await?;
                    Ok((jobs, events, store::outbox::busy_accounts(tx).await?))
                })
            })
            .await?;
        let mut hints = Hints { outside: true, ..Hints::default() };
        for (ws, lane) in jobs.into_iter().chain(events) {
            match lane {
                Lane::Router => {
                    hints.routers.insert(ws);
                }
                lane => {
                    hints.lanes.insert((ws, lane));
                }
            }
        }
        hints.accounts.extend(sends);
        Ok(hints)
    }

    /// Each account sends by itself: a provider that lets us wait holds up its own account, and no other.
    async fn senders(&self) {
        let mut under_way = FuturesUnordered::new();
        // Who is sending, and whether they rang again meanwhile.
        let mut busy: BTreeMap<ChannelAccountId, bool> = BTreeMap::new();
        loop {
            let mut rung = Vec::new();
            tokio::select! {
                Some((ws, id)) = under_way.next() => {
                    if busy.remove(&id) == Some(true) {
                        rung.push((ws, id));
                    }
                }
                _ = tokio::time::timeout(POLL, self.0.hints.accounts.notified()) => {}
            }
            if self.stopping() {
                break;
            }
            rung.extend(self.0.hints.take_accounts());
            for (ws, id) in rung {
                if let Some(again) = busy.get_mut(&id) {
                    *again = true;
                    continue;
                }
                busy.insert(id, false);
                under_way.push(async move {
                    if let Err(error) = self.send_once(ws, id).await {
                        tracing::warn!(account = %id, %error, "sending failed; tried again in a moment");
                    }
                    (ws, id)
                });
            }
        }
        // What has left is answered before we go, so that nobody has to ask what became of it.
        while under_way.next().await.is_some() {}
    }

    async fn events_round(self) -> Result<Duration> {
        let mut rung = self.0.hints.take_events();
        if rung.is_empty() {
            rung.extend(self.workspaces().await?);
        }
        for ws in rung {
            self.publish_all(ws).await?;
        }
        Ok(POLL)
    }

    /// Says that this process lives, and takes over from those that do not.
    async fn live(&self) {
        while !self.stopping() {
            if let Err(error) = self.renew().await {
                tracing::error!(%error, "this process could not say that it lives");
            }
            if let Err(error) = self.bury_once().await {
                tracing::warn!(%error, "taking over from a dead process failed");
            }
            self.pause(Duration::from_secs(crate::lease::RENEW_S as u64)).await;
        }
    }

    /// Followers each half second; catching up and retention in their own time.
    async fn chores(&self) {
        let mut round: u64 = 0;
        let mut heard = BTreeSet::new();
        while !self.stopping() {
            if let Err(error) = self.chore(round, &mut heard).await {
                tracing::warn!(%error, "a chore failed; it comes around again");
            }
            if round.is_multiple_of(crate::watch::LOOK_S * 2) {
                self.watch_all().await;
            }
            round += 1;
            self.pause(Duration::from_millis(500)).await;
        }
        // What was counted since the last look is noted before we go.
        self.watch_all().await;
    }

    async fn watch_all(&self) {
        let Ok(all) = self.workspaces().await else { return };
        for ws in all {
            if let Err(error) = self.watch_once(ws).await {
                tracing::warn!(ws, %error, "what the accounts heard was not noted; the next look does it");
            }
        }
    }

    /// `heard` holds the accounts whose missed messages were listed since the start: until then each round tries, because after a crash
    /// the dead process's lease stands for a few seconds.
    async fn chore(&self, round: u64, heard: &mut BTreeSet<model::ChannelAccountId>) -> Result<()> {
        for ws in self.workspaces().await? {
            while self.index_once(ws).await? {}
            if round.is_multiple_of(7_200) {
                self.expire_old(ws).await?;
            }
            let accounts: Vec<_> = self.config(ws).await?.accounts.values().cloned().collect();
            for account in accounts {
                self.refresh_due(ws, account.id).await?;
                let every = self.connector(&account.kind).ok().and_then(|c| c.catch_up_every_s());
                let due = |s: i64| !heard.contains(&account.id) || round.is_multiple_of(s.max(1) as u64 * 2);
                if every.is_some_and(due) && self.catch_up(ws, account.id).await?.is_some() {
                    heard.insert(account.id);
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn pause(&self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while !self.stopping() && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(100).min(time)).await;
        }
    }
}

fn kind(lane: &Lane) -> Option<model::ChannelAccountId> {
    match lane {
        Lane::Thread(account, _) => Some(*account),
        Lane::Conversation(_) | Lane::Router | Lane::Egress => None,
    }
}

fn by_workspace(lanes: BTreeSet<(i64, Lane)>) -> std::collections::BTreeMap<i64, Vec<Lane>> {
    let mut grouped: std::collections::BTreeMap<i64, Vec<Lane>> = Default::default();
    for (ws, lane) in lanes {
        grouped.entry(ws).or_default().push(lane);
    }
    grouped
}
