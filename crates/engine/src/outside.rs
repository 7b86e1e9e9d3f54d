//! Outside work: a flow's HTTP requests and files to fetch. Claimed, done, answered; at least once, under one idempotency key.

mod places;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use connectors::{Outcome, Work};
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use model::job::HttpAnswer;
use model::message::{AttachmentState, FileProblem};
use model::{AddressId, Attachment, ChannelAccountId, ConversationId, EventId, Job, JobId, JobKind, Lane, Problem, Thread};
use places::{Places, Way};
use serde_json::Value;

use crate::callback::Said;
use crate::files::MAX_FILE_BYTES;
use crate::run::POLL;
use crate::turn::{Command, Scope};
use crate::{Engine, Hints, Outgoing, Sent, crash};

/// A claim lasts as long as a request may, and a little more.
const CLAIM_S: i64 = 30;
/// Tries at a file before it is shown as failed.
const MEDIA_TRIES: i64 = 6;

/// A piece of outside work that is ours until its claim ends.
struct Piece {
    way: Way,
    ws: i64,
    job: Job,
    /// What an event says, for those that were read together.
    said: Option<Said>,
}

impl Engine {
    /// Claims some outside work and does all of it. True when there was some.
    pub async fn outside_once(&self) -> Result<bool> {
        let claimed = self.claim_outside(&Places::default()).await?;
        let some = !claimed.is_empty();
        join_all(claimed.into_iter().map(|piece| self.work_outside(piece))).await;
        Ok(some)
    }

    /// Does outside work as it comes, until the engine stops. Each piece ends by itself: a server that lets us wait holds up no other.
    pub(crate) async fn outside(&self) {
        let mut under_way = FuturesUnordered::new();
        let mut places = Places::default();
        let mut freed = Vec::new();
        // Whether there may be more than was taken.
        let mut more = true;
        while !self.stopping() {
            if more {
                let claimed = {
                    let mut claim = pin!(self.claim_outside(&places));
                    loop {
                        // What is under way may hold connections that the claim waits for, so it goes on meanwhile.
                        tokio::select! {
                            claimed = &mut claim => break claimed,
                            Some(done) = under_way.next() => freed.push(done),
                        }
                    }
                };
                let claimed = claimed.unwrap_or_else(|error| {
                    tracing::warn!(%error, "outside work could not be claimed; the next round tries again");
                    vec![]
                });
                more = !claimed.is_empty() || !freed.is_empty();
                freed.drain(..).for_each(|(way, ws)| places.leave(way, ws));
                claimed.iter().for_each(|piece| places.enter(piece.way, piece.ws));
                under_way.extend(claimed.into_iter().map(|piece| self.work_outside(piece)));
                continue;
            }
            tokio::select! {
                Some((way, ws)) = under_way.next() => {
                    places.leave(way, ws);
                    // What ended meanwhile makes room for a claim of its own size, not for one claim each.
                    while let Some(Some((way, ws))) = under_way.next().now_or_never() {
                        places.leave(way, ws);
                    }
                    more = true;
                }
                _ = tokio::time::timeout(POLL, self.0.hints.outside.notified()) => {
                    self.0.hints.take_outside();
                    more = true;
                }
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Takes as much as has a place now, of every way and workspace.
    async fn claim_outside(&self, places: &Places) -> Result<Vec<Piece>> {
        let now = self.now();
        let waiting = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let mut waiting = Vec::new();
                    let deleted = store::deleted::numbers(tx).await?;
                    for way in Way::ALL {
                        let mut who = store::job::outside_waiting(tx, way.kinds(), now).await?;
                        // What happened is told to the end. Nothing else is done for a workspace that was deleted.
                        who.retain(|ws| way == Way::Events || !deleted.contains(ws));
                        waiting.push((way, who));
                    }
                    Ok(waiting)
                })
            })
            .await?;
        let shares: Vec<_> = waiting.into_iter().flat_map(|(way, who)| places.share(way, &who)).collect();
        if shares.is_empty() {
            return Ok(vec![]);
        }
        let node = self.0.node;
        let claimed = self
            .0
            .db
            .write(move |tx| {
                let shares = shares.clone();
                Box::pin(async move {
                    let mut claimed = Vec::new();
                    for (way, ws, most) in shares {
                        let times = (now, now.plus_secs(CLAIM_S));
                        let jobs = store::job::claim_outside(tx, ws, way.kinds(), node, times, most as i64).await?;
                        claimed.extend(jobs.into_iter().map(|job| Piece { way, ws, job, said: None }));
                    }
                    Ok(claimed)
                })
            })
            .await?;
        if !claimed.is_empty() {
            crash::point("outside.claimed");
        }
        Ok(self.with_events_read(claimed).await)
    }

    /// Reads what the events among these say, those of a workspace together. Those that could not be read are left out: they are claimed
    /// anew when their claim ends.
    async fn with_events_read(&self, mut pieces: Vec<Piece>) -> Vec<Piece> {
        let mut events: BTreeMap<i64, Vec<EventId>> = BTreeMap::new();
        for piece in &pieces {
            if let JobKind::RoutingEvent { event_id } = piece.job.kind {
                events.entry(piece.ws).or_default().push(event_id);
            }
        }
        for (ws, ids) in events {
            match self.read_events(ws, ids).await {
                Ok(mut read) => {
                    for piece in pieces.iter_mut().filter(|piece| piece.ws == ws) {
                        if let JobKind::RoutingEvent { event_id } = piece.job.kind {
                            piece.said = read.remove(&event_id);
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(ws, %error, "what events say could not be read; tried again when their claim ends");
                    pieces.retain(|piece| piece.ws != ws || piece.way != Way::Events);
                }
            }
        }
        pieces
    }

    /// Whose place is free again when it is done.
    async fn work_outside(&self, piece: Piece) -> (Way, i64) {
        let (way, ws) = (piece.way, piece.ws);
        if let Err(error) = self.do_outside(ws, piece.job, piece.said).await {
            tracing::warn!(%error, "outside work failed and is tried again when its claim ends");
        }
        (way, ws)
    }

    async fn do_outside(&self, ws: i64, job: Job, said: Option<Said>) -> Result<()> {
        match job.kind.clone() {
            JobKind::Http { conversation_id, execution_id, step_no, request, give_up_at } => {
                let answer = if self.now() >= give_up_at {
                    HttpAnswer::Failed { reason: "no answer in time".into() }
                } else {
                    let mut headers = request.headers.clone();
                    headers.push(("idempotency-key".into(), format!("{execution_id}:{step_no}")));
                    let outgoing = Outgoing {
                        method: request.method,
                        url: request.url,
                        headers,
                        body: Bytes::from(request.body),
                        timeout_ms: request.timeout_ms,
                        max_response_bytes: flow::MAX_ANSWER_BYTES,
                        follow_redirects: 5,
                        bulkhead: format!("workspace:{ws}:flows"),
                    };
                    match self.0.world.request(outgoing).await {
                        Sent::Answer { status, headers, body } => {
                            let content_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
                            HttpAnswer::Response {
                                status,
                                content_type: content_type.map_or(String::new(), |(_, value)| value.clone()),
                                body: String::from_utf8_lossy(&body).into_owned(),
                            }
                        }
                        Sent::NotSent { permanent: false, .. } if job.attempts < 3 => return self.again(ws, &job, 1).await,
                        Sent::NotSent { why, .. } | Sent::Unknown { why } | Sent::TooLarge { why } => HttpAnswer::Failed { reason: why },
                    }
                };
                crash::point("outside.answered");
                let mut ids = self.ids();
                let told = Job {
                    id: ids.next(),
                    lane: Lane::Conversation(conversation_id),
                    key: format!("answer:{execution_id}:{step_no}"),
                    run_at: self.now(),
                    kind: JobKind::HttpAnswer { execution_id, step_no, answer },
                    attempts: 0,
                    epoch: 0,
                };
                self.finish(ws, job.id, job.epoch, told).await
            }
            JobKind::Media { conversation_id, message_id, attachment_id, channel_account_id, url } => {
                let fetched = self.fetch(ws, channel_account_id, &url).await?;
                let attachment = match fetched {
                    Fetched::File(bytes, name) => {
                        let size = bytes.len();
                        match tokio::task::spawn_blocking(move || crate::files::examine(&name, bytes)).await? {
                            Ok(upload) => {
                                let stored = self.store_file(ws, attachment_id, upload, Some(url)).await?;
                                crash::point("media.stored");
                                stored
                            }
                            Err(refused) => failed(attachment_id, url, refused.problem(size)),
                        }
                    }
                    Fetched::Later if job.attempts < MEDIA_TRIES => return self.again(ws, &job, 1 << job.attempts.clamp(0, 9)).await,
                    Fetched::Later => failed(attachment_id, url, FileProblem::NoAnswer),
                    Fetched::Failed(why) => failed(attachment_id, url, why),
                };
                let config = self.config(ws).await?;
                let command = Arc::new(Command::Fetched { message_id, attachment });
                let (connectors, now, ids) = (self.0.connectors, self.now(), self.ids());
                let (id, epoch) = (job.id, job.epoch);
                let hints = self
                    .0
                    .db
                    .write(move |tx| {
                        let (config, command, mut ids) = (config.clone(), command.clone(), ids.clone());
                        Box::pin(async move {
                            let scope = Scope { config: &config, connectors, now, counted: false };
                            let turned =
                                crate::turn::turn(tx, &scope, &Lane::Conversation(conversation_id), Some(&command), &mut ids).await?;
                            store::job::finish_outside(tx, ws, id, epoch).await?;
                            Ok(turned.hints)
                        })
                    })
                    .await?;
                crash::point("media.committed");
                self.ring(&hints);
                Ok(())
            }
            JobKind::Profile { conversation_id, channel_account_id, external_id } => {
                let context = self.context_of(ws, conversation_id).await?.map_or(Value::Null, |thread| thread.context);
                let work = Work::Profile { external_id: external_id.clone(), context };
                let (name, facts) = match self.ask_account(ws, channel_account_id, &work).await? {
                    Some(Outcome::Profile { name, facts }) => (name, facts),
                    Some(Outcome::RetryAfter { .. } | Outcome::HoldThread { .. } | Outcome::NeedsRefresh) if job.attempts < MEDIA_TRIES => {
                        return self.again(ws, &job, 1 << job.attempts.clamp(0, 9)).await;
                    }
                    _ => (String::new(), vec![]),
                };
                let told = Job {
                    id: self.ids().next(),
                    lane: Lane::Conversation(conversation_id),
                    key: format!("profiled:{}", job.id),
                    run_at: self.now(),
                    kind: JobKind::Profiled { external_id, name, facts },
                    attempts: 0,
                    epoch: 0,
                };
                self.finish(ws, job.id, job.epoch, told).await
            }
            JobKind::React { conversation_id, channel_account_id, provider_id, emoji } => {
                if let Some(thread) = self.context_of(ws, conversation_id).await? {
                    let to = self.address_of(ws, thread.address_id).await?;
                    let work = Work::React { to, thread: thread.key, context: thread.context, provider_id, emoji };
                    if let Some(Outcome::RetryAfter { .. } | Outcome::HoldThread { .. } | Outcome::NeedsRefresh) =
                        self.ask_account(ws, channel_account_id, &work).await?
                        && job.attempts < MEDIA_TRIES
                    {
                        return self.again(ws, &job, 1 << job.attempts.clamp(0, 9)).await;
                    }
                }
                self.finish_outside(ws, &job).await
            }
            JobKind::RoutingEvent { event_id } => self.tell_event(ws, &job, event_id, said).await,
            JobKind::Assignment { reservation_id } => self.ask_about_offer(ws, &job, reservation_id).await,
            other => {
                tracing::error!(?other, "a job on the outside lane that is no outside work");
                self.finish_outside(ws, &job).await
            }
        }
    }

    /// One work for an account that is switched on; a credential that is over is made anew for the next try.
    async fn ask_account(&self, ws: i64, id: ChannelAccountId, work: &Work) -> Result<Option<Outcome>> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id).filter(|account| account.enabled).cloned() else { return Ok(None) };
        let outcome = self.errand(ws, &account, work).await?;
        if matches!(outcome, Some(Outcome::NeedsRefresh)) {
            self.refresh(ws, id).await?;
        }
        Ok(outcome)
    }

    async fn context_of(&self, ws: i64, id: ConversationId) -> Result<Option<Thread>> {
        self.0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    match store::conversation::by_id(tx, ws, id).await? {
                        Some(conversation) => store::conversation::thread_by_id(tx, ws, conversation.thread_id).await,
                        None => Ok(None),
                    }
                })
            })
            .await
    }

    async fn address_of(&self, ws: i64, id: Option<AddressId>) -> Result<String> {
        let Some(id) = id else { return Ok(String::new()) };
        let address = self.0.db.read(move |tx| Box::pin(async move { store::contact::address_by_id(tx, ws, id).await })).await?;
        Ok(address.map_or(String::new(), |address| address.external_id))
    }

    /// The answer becomes an input of its conversation, and the claim ends, in one commit.
    async fn finish(&self, ws: i64, id: JobId, epoch: i64, told: Job) -> Result<()> {
        let lane = told.lane.clone();
        let ours = self
            .0
            .db
            .write(move |tx| {
                let told = told.clone();
                Box::pin(async move {
                    let ours = store::job::finish_outside(tx, ws, id, epoch).await?;
                    if ours {
                        store::job::insert(tx, ws, &[told]).await?;
                    }
                    Ok(ours)
                })
            })
            .await?;
        if ours {
            self.ring(&Hints { lanes: [(ws, lane)].into(), ..Hints::default() });
        }
        Ok(())
    }

    /// The claim ends, and nobody is told.
    pub(crate) async fn finish_outside(&self, ws: i64, job: &Job) -> Result<()> {
        let (id, epoch) = (job.id, job.epoch);
        self.0.db.write(move |tx| Box::pin(async move { store::job::finish_outside(tx, ws, id, epoch).await.map(drop) })).await
    }

    pub(crate) async fn again(&self, ws: i64, job: &Job, after_s: i64) -> Result<()> {
        let (id, epoch, at) = (job.id, job.epoch, self.now().plus_secs(after_s));
        self.0.db.write(move |tx| Box::pin(async move { store::job::retry_outside(tx, ws, id, epoch, at).await })).await?;
        self.ring(&Hints { timer: true, ..Hints::default() });
        Ok(())
    }

    async fn fetch(&self, ws: i64, account: model::ChannelAccountId, url: &str) -> Result<Fetched> {
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&account).cloned() else { return Ok(Fetched::Failed(FileProblem::Gone)) };
        Ok(match self.errand(ws, &account, &Work::Media { url: url.to_owned() }).await? {
            Some(Outcome::File { bytes, media_type }) => {
                let name = format!("file.{}", media_type.split(['/', ';']).nth(1).unwrap_or("bin").trim());
                Fetched::File(Bytes::from(bytes), name)
            }
            None => Fetched::Failed(FileProblem::Gone),
            Some(Outcome::Failed(problem)) => Fetched::Failed(why(&problem)),
            Some(Outcome::NeedsRefresh) => {
                self.refresh(ws, account.id).await?;
                Fetched::Later
            }
            Some(_) => Fetched::Later,
        })
    }
}

enum Fetched {
    File(Bytes, String),
    Later,
    Failed(FileProblem),
}

/// What a connector, or the way out, says of a file that will not come.
fn why(problem: &Problem) -> FileProblem {
    match problem.code.as_str() {
        // The way out stops reading before it knows how much there is.
        "file_too_big" => FileProblem::TooBig { bytes: None, limit: MAX_FILE_BYTES as i64 },
        "address_refused" => FileProblem::RefusedAddress,
        _ => FileProblem::Gone,
    }
}

/// Visible as failed, with the reason; the text beside it was never held back.
fn failed(id: model::AttachmentId, url: String, problem: FileProblem) -> Attachment {
    Attachment {
        id,
        name: "file".into(),
        media_type: "application/octet-stream".into(),
        bytes: problem.bytes().unwrap_or_default(),
        width: None,
        height: None,
        state: AttachmentState::Failed,
        key: String::new(),
        thumbnail_key: None,
        source_url: Some(url),
        sticker: false,
        moves: false,
        problem: Some(problem),
    }
}
