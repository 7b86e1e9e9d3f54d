//! The router's owner. Memory is a cache of rows: a batch of inputs is decided, committed under the lease, and only then answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use db::Tx;
use model::routing::{Refusal, RouterAnswer, RouterCommand, RouterEffects};
use model::{Beside, Event, EventKind, Id, Job, JobId, JobKind, Lane, Timestamp, WorkerId};
use router::{Router, Snapshot};
use store::lease::{Fenced, Lease};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::asked::{Answers, Asking, answer_key, kept};
use crate::once::Key;
use crate::{Engine, Hints, crash};

/// Inputs of one batch.
const BATCH: i64 = 256;
/// Commands waiting for one router beyond which callers are asked to come later.
const MAILBOX: usize = 4096;
/// How long a command on another node's router may take.
const REMOTE_MS: i64 = 10_000;

pub type Answered = Result<RouterAnswer, Refusal>;

struct Letter {
    actor: String,
    key: Option<Key>,
    command: RouterCommand,
    beside: Box<Beside>,
    at: Timestamp,
    answer: oneshot::Sender<Result<Answered>>,
}

/// One workspace's router on this node.
#[derive(Default)]
struct Desk {
    mailbox: Mutex<Vec<Letter>>,
    /// Present while this node owns it.
    owned: AsyncMutex<Option<Owned>>,
}

struct Owned {
    lease: Lease,
    router: Router,
    /// The stamp of the last input: the router's time never goes back.
    at: Timestamp,
}

#[derive(Default)]
pub(crate) struct Routers {
    desks: Mutex<BTreeMap<i64, Arc<Desk>>>,
    /// Desks of workers that hang on this node: (workspace, worker) → sockets.
    sockets: Mutex<BTreeMap<(i64, WorkerId), usize>>,
}

impl Routers {
    fn desk(&self, ws: i64) -> Arc<Desk> {
        self.desks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).entry(ws).or_default().clone()
    }
}

impl Engine {
    /// Asks the workspace's router and waits for the commit. The outer error means that nothing is known to have happened: ask again.
    pub async fn route(&self, ws: i64, actor: &str, request_key: Option<&str>, command: RouterCommand) -> Result<Answered> {
        Box::pin(self.route_beside(ws, actor, request_key.map(Key::from), command, Beside::default())).await
    }

    /// The same, with rows of others in the command's commit; of a refused command nothing is written.
    pub async fn route_beside(
        &self,
        ws: i64,
        actor: &str,
        request: Option<Key>,
        command: RouterCommand,
        beside: Beside,
    ) -> Result<Answered> {
        let beside = Box::new(beside);
        if self.take_router(ws).await? {
            let (answer, mut answered) = oneshot::channel();
            let letter = Letter { actor: actor.to_owned(), key: request, command, beside, at: self.now(), answer };
            {
                let desk = self.0.routers.desk(ws);
                let mut mailbox = desk.mailbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                anyhow::ensure!(mailbox.len() < MAILBOX, busy());
                mailbox.push(letter);
            }
            let handed_over = "the router was handed over while it was asked";
            // Whoever decides the batch before may take this letter along: then there is nothing to wait for the router's door for.
            tokio::select! {
                biased;
                answer = &mut answered => return answer.context(handed_over)?,
                done = self.route_once(ws) => done?,
            };
            return answered.await.context(handed_over)?;
        }
        self.route_elsewhere(ws, actor, request, command, beside).await
    }

    async fn answered_before(&self, ws: i64, actor: &str, request: &Key) -> Result<Option<Answered>> {
        let (actor, key) = (actor.to_owned(), answer_key(&request.key));
        let found = self.0.db.read(move |tx| Box::pin(async move { store::routing::answered(tx, ws, &actor, &key).await })).await?;
        let Some((fingerprint, answer)) = found else { return Ok(None) };
        Ok(Some(kept(&fingerprint, request, serde_json::from_str(&answer).context("a stored answer")?)))
    }

    /// A command for a router on another node: a job, a hint, and the answer in the request row.
    async fn route_elsewhere(
        &self,
        ws: i64,
        actor: &str,
        request: Option<Key>,
        command: RouterCommand,
        beside: Box<Beside>,
    ) -> Result<Answered> {
        let mut ids = self.ids();
        let id: JobId = ids.next();
        let asked = request.unwrap_or_else(|| Key::from(id.to_string().as_str()));
        let Key { key: request, fingerprint } = asked.clone();
        // Two requests that differ are two jobs, so that the second is told that the key was used.
        let key = format!("route:{actor}:{request}:{fingerprint}");
        let kind = JobKind::Route { actor: actor.to_owned(), request, fingerprint, command: Box::new(command), beside };
        let job = Job { id, lane: Lane::Router, key, run_at: self.now(), kind, attempts: 0, epoch: 0 };
        self.0
            .db
            .write(move |tx| {
                let job = job.clone();
                Box::pin(async move { store::job::insert(tx, ws, &[job]).await })
            })
            .await?;
        let give_up = self.now().plus_millis(REMOTE_MS);
        while self.now() < give_up {
            if let Some(answer) = self.answered_before(ws, actor, &asked).await? {
                return Ok(answer);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        anyhow::bail!(busy())
    }

    /// Owns the workspace's router, taking the lease and loading it if that is possible; false = another node's.
    pub async fn take_router(&self, ws: i64) -> Result<bool> {
        let desk = self.0.routers.desk(ws);
        let mut owned = desk.owned.lock().await;
        if owned.is_some() {
            return Ok(true);
        }
        let resource = format!("router:{ws}");
        let Some(lease) = self.acquire(ws, &resource).await? else { return Ok(false) };
        // Behind the fence: a batch whose asker went away may still be on its way into the store.
        let fence = lease.clone();
        let loaded = self.0.db.write(move |tx| {
            let fence = fence.clone();
            Box::pin(async move {
                store::lease::fence(tx, &fence).await?;
                let workspace = store::workspace::by_number(tx, ws).await?.context("no such workspace")?;
                Ok((workspace.settings, store::routing::load(tx, ws).await?))
            })
        });
        let (settings, rows) = match loaded.await {
            Ok(loaded) => loaded,
            Err(error) => {
                self.lost_lease(&resource);
                return Err(error);
            }
        };
        let router = made_of(settings, rows);
        tracing::info!(ws, epoch = lease.epoch, "this process routes the workspace's tasks");
        *owned = Some(Owned { lease, router, at: Timestamp::default() });
        Ok(true)
    }

    /// Forgets a router that another node may own by now.
    pub(crate) async fn drop_router(&self, ws: i64) {
        let desk = self.0.routers.desk(ws);
        *desk.owned.lock().await = None;
        // Whoever asked hears that nothing is known to have happened, and nothing lies here for whenever there is a router again.
        desk.mailbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }

    /// Takes one batch: letters of this node, jobs on the router's lane, deadlines that passed. True when it did something.
    pub async fn route_once(&self, ws: i64) -> Result<bool> {
        let desk = self.0.routers.desk(ws);
        let mut guard = desk.owned.lock().await;
        let Some(held) = guard.as_ref() else { return Ok(false) };
        let deadline = held.router.next_deadline();
        let letters = {
            let mut mailbox = desk.mailbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let count = mailbox.len().min(BATCH as usize);
            mailbox.drain(..count).collect::<Vec<_>>()
        };
        let now = self.now();
        let jobs = self.0.db.read(move |tx| Box::pin(async move { store::job::due_in_lane(tx, ws, "router", now, BATCH).await })).await?;
        let due = deadline.is_some_and(|at| at <= now);
        if letters.is_empty() && jobs.is_empty() && !due {
            return Ok(false);
        }
        let asked = self.answers(ws, &letters, &jobs).await?;
        // Memory is ahead of the store until the commit. Whoever asked may go away meanwhile and end this: then it is read anew.
        let Some(mut owned) = guard.take() else { return Ok(false) };
        let batch = self.decide(ws, &mut owned, &letters, jobs, asked, now);
        crash::point("route.decided");
        let lease = owned.lease.clone();
        let committed = {
            let batch = batch.clone();
            self.0
                .db
                .write(move |tx| {
                    let (batch, lease) = (batch.clone(), lease.clone());
                    Box::pin(async move { batch.commit(tx, ws, &lease, now).await })
                })
                .await
        };
        crash::point("route.committed");
        match committed {
            Ok(()) => {
                *guard = Some(owned);
                let accepted = letters.iter().any(|letter| matches!(letter.command, RouterCommand::Accept { .. }));
                if accepted {
                    crash::point("accept.committed");
                }
                self.ring(&batch.hints(ws));
                for (letter, answer) in letters.into_iter().zip(batch.answers.iter()) {
                    // Whoever asked may have gone; what they asked for is done all the same.
                    let _ = letter.answer.send(Ok(answer.clone()));
                }
                Ok(true)
            }
            Err(error) => {
                // Ahead of the store by this batch: never undone, always read anew.
                drop(guard);
                if !error.is::<Fenced>() {
                    tracing::error!(ws, %error, "a routing batch was not committed; the router is read anew");
                }
                for letter in letters {
                    let _ = letter.answer.send(Err(anyhow::anyhow!(busy())));
                }
                self.lost_lease(&format!("router:{ws}"));
                Err(error)
            }
        }
    }

    /// What is known of the requests of a batch.
    async fn answers(&self, ws: i64, letters: &[Letter], jobs: &[Job]) -> Result<Answers> {
        let of_letters = letters.iter().map(|letter| (&letter.actor, letter.key.as_ref().map(|key| key.key.as_str()), &letter.beside));
        let of_jobs = jobs.iter().filter_map(|job| match &job.kind {
            JobKind::Route { actor, request, beside, .. } => Some((actor, Some(request.as_str()), beside)),
            _ => None,
        });
        let (mut keys, mut emails) = (BTreeMap::<String, Vec<String>>::new(), Vec::new());
        for (actor, key, beside) in of_letters.chain(of_jobs) {
            if let Some(key) = key {
                keys.entry(actor.clone()).or_default().push(answer_key(key));
            }
            emails.extend(beside.member.iter().map(|member| member.email.clone()));
        }
        if keys.is_empty() && emails.is_empty() {
            return Ok(Answers::default());
        }
        self.0
            .db
            .read(move |tx| {
                let (keys, emails) = (keys.clone(), emails.clone());
                Box::pin(async move { Answers::read(tx, ws, keys, &emails).await })
            })
            .await
    }

    fn decide(&self, ws: i64, owned: &mut Owned, letters: &[Letter], jobs: Vec<Job>, mut asked: Answers, now: Timestamp) -> Arc<Batch> {
        let mut ids = self.ids();
        let mut effects = RouterEffects::default();
        let mut answers = Vec::new();
        let mut used = Vec::new();
        // By the time each arrived, whichever way: an offer accepted in time is accepted, though its deadline passed meanwhile.
        let mut inputs: Vec<(Timestamp, Asked<'_>)> = jobs.into_iter().map(|job| (job.run_at, Asked::Job(Box::new(job)))).collect();
        inputs.extend(letters.iter().enumerate().map(|(no, letter)| (letter.at, Asked::Letter(no, letter))));
        inputs.sort_by_key(|(at, _)| *at);
        for (at, input) in inputs {
            owned.at = at.min(now).max(owned.at);
            match input {
                Asked::Letter(no, letter) => {
                    let asking =
                        Asking { actor: &letter.actor, key: letter.key.as_ref(), command: &letter.command, beside: &letter.beside };
                    let answer = asked.answer(asking, |command| owned.router.handle(command, owned.at, &mut ids, &mut effects));
                    answers.push((no, answer));
                }
                Asked::Job(job) => {
                    used.push(job.id);
                    let command = match job.kind {
                        JobKind::Task(request) => RouterCommand::RequestTask(request),
                        JobKind::WorkerGone { worker_id } => RouterCommand::WorkerGone { worker_id },
                        JobKind::CloseTasks { conversation_id, reason } => RouterCommand::CloseTasks { conversation_id, reason },
                        JobKind::Route { actor, request, fingerprint, command, beside } => {
                            let key = Key { key: request, fingerprint };
                            let asking = Asking { actor: &actor, key: Some(&key), command: &command, beside: &beside };
                            asked.answer(asking, |command| owned.router.handle(command, owned.at, &mut ids, &mut effects)).ok();
                            continue;
                        }
                        other => {
                            tracing::error!(ws, ?other, "a job on the router's lane that is none of its");
                            continue;
                        }
                    };
                    if let Err(refusal) = owned.router.handle(&command, owned.at, &mut ids, &mut effects) {
                        tracing::info!(ws, ?refusal, "the router refused a job");
                    }
                }
            }
        }
        owned.at = now.max(owned.at);
        let now = owned.at;
        owned.router.tick(now, &mut ids, &mut effects);
        let mut told = Vec::new();
        for (conversation, news) in &effects.news {
            let id: JobId = ids.next();
            let key = format!("news:{}", id.uuid().as_simple());
            told.push(Job {
                id,
                lane: Lane::Conversation(*conversation),
                key,
                run_at: now,
                kind: JobKind::News(news.clone()),
                attempts: 0,
                epoch: 0,
            });
        }
        told.extend(crate::callback::jobs(&owned.router, &effects, &mut ids, now));
        answers.sort_by_key(|(no, _)| *no);
        let answers = answers.into_iter().map(|(_, answer)| answer).collect();
        Arc::new(Batch { effects, answers, asked, used, told })
    }

    /// When the router next has something to do by itself.
    pub(crate) async fn router_due(&self, ws: i64) -> Option<Timestamp> {
        self.0.routers.desk(ws).owned.lock().await.as_ref().and_then(|owned| owned.router.next_deadline())
    }

    /// Looks at the router's memory, where this node owns it.
    pub async fn with_router<T>(&self, ws: i64, look: impl FnOnce(&Router) -> T) -> Result<Option<T>> {
        if !self.take_router(ws).await? {
            return Ok(None);
        }
        Ok(self.0.routers.desk(ws).owned.lock().await.as_ref().map(|owned| look(&owned.router)))
    }

    /// Looks at how things stand: in the router's memory where this node owns it, else in a router made of the rows for this look alone,
    /// which takes as long as a start.
    pub async fn look<T>(&self, ws: i64, look: impl Fn(&Router) -> T) -> Result<T> {
        if let Some(seen) = self.with_router(ws, &look).await? {
            return Ok(seen);
        }
        let (settings, rows) = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let workspace = store::workspace::by_number(tx, ws).await?.context("no such workspace")?;
                    Ok((workspace.settings, store::routing::load(tx, ws).await?))
                })
            })
            .await?;
        let mut router = made_of(settings, rows);
        // Nothing is decided here: who is there is counted, and the effects are let go.
        router.count_people();
        Ok(look(&router))
    }

    /// A desk of this worker connected to this node.
    pub async fn desk_opened(&self, ws: i64, worker: WorkerId) -> Result<()> {
        let first = {
            let mut sockets = self.0.routers.sockets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let count = sockets.entry((ws, worker)).or_default();
            *count += 1;
            *count == 1
        };
        if !first {
            return Ok(());
        }
        let node = self.0.node;
        self.0
            .db
            .write(move |tx| {
                Box::pin(async move {
                    store::routing::connect(tx, ws, worker, node).await?;
                    store::job::delete_keys(tx, ws, &[gone_key(worker)]).await?;
                    Ok(())
                })
            })
            .await?;
        self.route(ws, "system", None, RouterCommand::DeskConnected { worker_id: worker }).await?.ok();
        Ok(())
    }

    /// One of their desks closed; after the last one, no new offers, and the grace time runs.
    pub async fn desk_closed(&self, ws: i64, worker: WorkerId) -> Result<()> {
        let last = {
            let mut sockets = self.0.routers.sockets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match sockets.get_mut(&(ws, worker)) {
                Some(count) if *count > 1 => {
                    *count -= 1;
                    false
                }
                Some(_) => sockets.remove(&(ws, worker)).is_some(),
                None => false,
            }
        };
        if last { self.worker_left(ws, worker, self.0.node).await } else { Ok(()) }
    }

    /// The desks of a worker on one node are gone: forget them, and start the grace time if they were the last anywhere.
    pub(crate) async fn worker_left(&self, ws: i64, worker: WorkerId, node: model::NodeId) -> Result<()> {
        // Of a deleted workspace the desks were told to be gone when it was deleted.
        if !self.0.db.read(move |tx| Box::pin(async move { store::deleted::stands(tx, ws).await })).await? {
            return Ok(());
        }
        let grace = self.config(ws).await?.workspace.settings.grace_s;
        let (now, mut ids) = (self.now(), self.ids());
        let job = Job {
            id: ids.next(),
            lane: Lane::Router,
            key: gone_key(worker),
            run_at: now.plus_secs(grace),
            kind: JobKind::WorkerGone { worker_id: worker },
            attempts: 0,
            epoch: 0,
        };
        let gone = self
            .0
            .db
            .write(move |tx| {
                let job = job.clone();
                Box::pin(async move {
                    let gone = store::routing::disconnect(tx, ws, worker, node).await?;
                    if gone {
                        store::job::insert(tx, ws, &[job]).await?;
                    }
                    Ok(gone)
                })
            })
            .await?;
        if gone {
            self.ring(&Hints { timer: true, ..Hints::default() });
            self.route(ws, "system", None, RouterCommand::DeskLost { worker_id: worker }).await?.ok();
        }
        Ok(())
    }

    /// Gives up what a planned stop would otherwise leave to time.
    pub(crate) async fn release_routers(&self) {
        let all: BTreeSet<i64> = self.0.routers.desks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).keys().copied().collect();
        for ws in all {
            self.drop_router(ws).await;
        }
    }
}

fn made_of(settings: model::Settings, rows: store::routing::Routing) -> Router {
    Router::new(Snapshot {
        settings,
        activities: rows.activities,
        task_channels: rows.task_channels,
        business_hours: rows.business_hours,
        queues: rows.queues,
        workflows: rows.workflows,
        workers: rows.workers,
        tasks: rows.tasks,
        reservations: rows.reservations,
    })
}

pub(crate) fn gone_key(worker: WorkerId) -> String {
    format!("gone:{worker}")
}

/// An input of a batch: from this process, or through rows.
enum Asked<'a> {
    Letter(usize, &'a Letter),
    Job(Box<Job>),
}

/// What one batch decided: written whole, and written again as it is if the commit's fate is unknown.
struct Batch {
    effects: RouterEffects,
    answers: Vec<Answered>,
    asked: Answers,
    used: Vec<JobId>,
    told: Vec<Job>,
}

impl Batch {
    async fn commit(&self, tx: &mut Tx<'_>, ws: i64, lease: &Lease, now: Timestamp) -> Result<()> {
        store::lease::fence(tx, lease).await?;
        store::routing::commit(tx, ws, &self.effects).await?;
        self.asked.write(tx, ws, now).await?;
        if !self.used.is_empty() {
            store::job::delete(tx, ws, &self.used).await?;
        }
        store::job::insert(tx, ws, &self.told).await?;
        let mut events = self.effects.events.clone();
        if self.asked.members_changed() {
            events.push(Event::new(EventKind::SettingsUpdated, now).body(serde_json::json!({ "what": "members" })));
        }
        store::event::append(tx, ws, &events).await?;
        Ok(())
    }

    fn hints(&self, ws: i64) -> Hints {
        let mut hints = Hints::default();
        if !self.effects.events.is_empty() || self.asked.members_changed() {
            hints.events.insert(ws);
        }
        hints.outside = self.told.iter().any(|job| job.lane == Lane::Egress);
        hints.lanes.extend(self.told.iter().filter(|job| job.lane != Lane::Egress).map(|job| (ws, job.lane.clone())));
        hints.timer = true;
        hints
    }
}

/// Nothing is known to have happened: the caller answers 503.
fn busy() -> db::DbError {
    db::DbError::Busy("the router is not available".into())
}
