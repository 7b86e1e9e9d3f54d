//! The outbound sender: one owner per channel account, FIFO per thread, an attempt committed before each request.

mod doubt;
mod revise;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use connectors::{Connector, FileRef, Outcome, Part, Rate, Repeatable, Step, Work};
use db::Tx;
use futures::future::join_all;
use model::{
    Attachment, ChannelAccount, ChannelAccountId, Lane, MessageId, MessageState, Outbox, OutboxId, OutboxState, Problem, Timestamp,
};
use serde_json::Value;
use store::lease::Lease;
use store::message::Parked;
use tokio::sync::Mutex as AsyncMutex;

use self::doubt::{proven, unknown};
use crate::breaker::{Admits, Breaker, News, spread};
use crate::doctor::AccountProblem;
use crate::files::FileCopy;
use crate::turn::{Command, Scope, opted_out};
use crate::{Config, Engine, Hints, Sent, crash};

/// Dependent requests of one send.
pub(crate) const MAX_STEPS: usize = 10;
/// After this an uncertain send no longer holds back what comes after it.
const UNCERTAIN_S: i64 = 30;
/// Rows looked at in one go.
const ROWS: i64 = 500;
/// Retries grow up to this.
const MAX_BACKOFF_MS: i64 = 300_000;
/// After a picture could not be made or kept.
const PICTURE_AGAIN_MS: i64 = 10_000;

/// How many outcomes of sends are written at the same time. SQLite's writer joins all that wait; on PostgreSQL more of them would only
/// wait for each other at the stream's counter, and hold the connections that turns need.
pub(crate) fn settling_at_once(engine: db::Engine) -> usize {
    match engine {
        db::Engine::Sqlite => tokio::sync::Semaphore::MAX_PERMITS,
        db::Engine::Postgres => 2,
    }
}

#[derive(Default)]
pub(crate) struct Senders {
    accounts: Mutex<BTreeMap<ChannelAccountId, Arc<AsyncMutex<Sender>>>>,
}

#[derive(Default)]
pub(crate) struct Sender {
    tokens: f64,
    filled_at: Option<Timestamp>,
    /// More waited than might leave.
    behind: bool,
    /// The provider asked for a pause.
    pub quiet_until: Option<Timestamp>,
    /// When a fresh credential was last asked for.
    pub refreshed_at: Option<Timestamp>,
    look_up_after: Option<Timestamp>,
    look_up_pause_s: i64,
    breaker: Breaker,
}

impl Sender {
    /// How many requests may leave now.
    fn budget(&mut self, rate: Rate, now: Timestamp) -> usize {
        if self.quiet_until.is_some_and(|until| now < until) {
            return 0;
        }
        let passed = self.filled_at.map_or(f64::from(rate.burst), |at| (now - at) as f64 / 1e6 * rate.per_second);
        self.filled_at = Some(now);
        self.tokens = (self.tokens + passed).min(f64::from(rate.burst));
        match self.breaker.admits(now) {
            Admits::Everything => self.tokens as usize,
            Admits::One => (self.tokens as usize).min(1),
            Admits::Nothing => 0,
        }
    }
}

/// What the sender knows of a file until it leaves; the link is made when it does.
pub(crate) fn file_ref(attachment: &Attachment) -> FileRef {
    FileRef {
        key: attachment.id.to_string(),
        name: attachment.name.clone(),
        media_type: attachment.media_type.clone(),
        bytes: attachment.bytes,
        width: attachment.width.unwrap_or_default(),
        height: attachment.height.unwrap_or_default(),
        moves: attachment.moves,
        ..FileRef::default()
    }
}

/// A picture that does not move: others can be made of it.
pub(crate) fn is_still(file: &FileRef) -> bool {
    file.media_type.starts_with("image/") && file.width > 0 && file.height > 0 && !file.moves
}

/// Pictures that the channel does not take as they are leave as what is made of them. What cannot be made goes as it is.
pub(crate) fn fit_pictures(connector: &dyn Connector, account: &ChannelAccount, outbound: &mut connectors::Outbound) {
    let shown = outbound.cards.iter_mut().filter_map(|card| card.image.as_mut());
    for file in outbound.files.iter_mut().chain(shown) {
        let limit = is_still(file).then(|| connector.picture_limit(account, file)).flatten();
        let Some(limit) = limit.filter(|limit| !limit.takes(file)) else { continue };
        file.media_type = "image/jpeg".into();
        file.bytes = file.bytes.min(i64::try_from(limit.bytes).unwrap_or(i64::MAX));
        file.make = Some(limit);
    }
}

/// Notes which of a message's files leave as stickers in these parts of it.
pub(crate) fn mark_stickers(files: &mut [Attachment], parts: &[Part]) {
    let stickers: BTreeSet<&str> =
        parts.iter().flat_map(|part| &part.files).filter(|file| file.sticker).map(|file| file.key.as_str()).collect();
    for file in files {
        file.sticker |= stickers.contains(file.id.to_string().as_str());
    }
}

/// A card as connectors read it. A picture of somebody else's is known by its address alone.
pub(crate) fn card(card: &model::Card, files: &[Attachment]) -> connectors::Card {
    let elsewhere = |url: &str| FileRef { url: url.to_owned(), ..FileRef::default() };
    let image = match &card.image {
        Some(model::CardImage::AttachmentId(id)) => files.iter().find(|file| file.id == *id).map(file_ref),
        Some(model::CardImage::Url(url)) => Some(elsewhere(url)),
        None => None,
    };
    connectors::Card { title: card.title.clone(), text: card.text.clone(), image, buttons: card.buttons.clone() }
}

/// What a send leaves for the account as a whole.
enum After {
    Nothing,
    /// The provider asked for a pause.
    Quiet(i64),
    /// The provider refused the credential.
    Refresh,
}

impl Engine {
    pub(crate) fn sender(&self, id: ChannelAccountId) -> Arc<AsyncMutex<Sender>> {
        self.0.senders.accounts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).entry(id).or_default().clone()
    }

    /// Sends what is at the head of each thread of an account. True when something left or changed.
    pub async fn send_once(&self, ws: i64, id: ChannelAccountId) -> Result<bool> {
        let Some(lease) = self.acquire(ws, &format!("channel_account:{id}")).await? else { return Ok(false) };
        let sender = self.sender(id);
        let mut sender = sender.lock().await;
        let config = self.config(ws).await?;
        let Some(account) = config.accounts.get(&id).cloned() else { return Ok(false) };
        let connector = self.connector(&account.kind)?;
        let now = self.now();
        let rate = connector.rate(&account);
        let budget = sender.budget(rate, now);
        let tries = sender.breaker.admits(now) == Admits::One;
        if budget == 0 || !tries && sender.behind && (budget as u32) < rate.burst / 5 {
            // Reading what waits for each one that may leave would cost more than sending it; the poll comes back.
            return Ok(false);
        }
        let looked = self.look_up(ws, &config, &account, &mut sender, &lease).await?;
        let rows = self
            .0
            .db
            .read(move |tx| Box::pin(async move { store::outbox::unfinished(tx, ws, id, now.plus_secs(-UNCERTAIN_S), ROWS).await }))
            .await?;
        // Nothing of ours is under way while we hold the sender, so what stands as leaving was claimed by a life, or a try, that ended.
        if rows.iter().any(|row| row.state == OutboxState::Sending) {
            self.adopt(ws, &config, &account, connector, &lease).await?;
            return Ok(true);
        }
        let (expired, heads) = heads(rows, now, budget);
        sender.behind = heads.len() >= budget;
        for row in &expired {
            self.expire(ws, &config, row, &lease).await?;
        }
        if heads.is_empty() || !account.enabled {
            return Ok(looked || !expired.is_empty());
        }
        let claimed = self.claim(ws, heads, &lease, now).await;
        let claimed = match claimed {
            Ok(claimed) => claimed,
            Err(error) => {
                self.lost_lease(&lease.resource);
                return Err(error);
            }
        };
        crash::point("send.claimed");
        // A lease that is about to end must not see bytes leave: the next owner would not know of them.
        if !self.0.alone && !self.alive(3) {
            for row in &claimed {
                self.settle(ws, &config, row, &lease, Settled::again(0, "the lease was ending")).await?;
            }
            return Ok(true);
        }
        sender.tokens -= claimed.len() as f64;
        let sends = claimed.iter().map(|row| self.send_row(ws, &config, &account, connector, row, &lease));
        let mut refused = false;
        let mut news = None;
        for (answered, after) in join_all(sends).await.into_iter().collect::<Result<Vec<_>>>()? {
            news = answered.and_then(|answered| sender.breaker.hear(answered, self.now())).or(news);
            match after {
                After::Nothing => {}
                After::Quiet(ms) => sender.quiet_until = Some(self.now().plus_millis(ms)),
                After::Refresh => refused = true,
            }
        }
        self.provider_news(ws, account.id, news).await?;
        if refused && !self.refresh_held(ws, &config, &account, &mut sender, &lease).await? {
            // Asked for a moment ago, and refused all the same: what is wrong does not pass by asking more often.
            let why = crate::credential::over("the provider does not accept the credential, although it was renewed");
            self.account_problem(ws, account.id, Some(why)).await?;
            let until = self.now().plus_secs(crate::credential::AGAIN_S);
            sender.quiet_until = sender.quiet_until.max(Some(until));
        }
        Ok(true)
    }

    async fn provider_news(&self, ws: i64, id: ChannelAccountId, news: Option<News>) -> Result<()> {
        match news {
            Some(News::Down) => self.provider_is_down(ws, id).await,
            Some(News::Back) => self.provider_is_back(ws, id).await,
            None => Ok(()),
        }
    }

    async fn claim(&self, ws: i64, heads: Vec<Outbox>, lease: &Lease, now: Timestamp) -> Result<Vec<Outbox>> {
        let (heads, lease) = (Arc::new(heads), lease.clone());
        self.0
            .db
            .write(move |tx| {
                let (heads, lease) = (heads.clone(), lease.clone());
                Box::pin(async move {
                    store::lease::fence(tx, &lease).await?;
                    let mut claimed = Vec::new();
                    for row in heads.iter() {
                        if store::outbox::claim(tx, ws, row, lease.epoch, now).await? {
                            claimed.push(Outbox {
                                attempts: row.attempts + 1,
                                not_before: now,
                                epoch: lease.epoch,
                                state: OutboxState::Sending,
                                ..row.clone()
                            });
                        }
                    }
                    Ok(claimed)
                })
            })
            .await
    }

    async fn send_row(
        &self,
        ws: i64,
        config: &Config,
        account: &ChannelAccount,
        connector: &'static dyn Connector,
        row: &Outbox,
        lease: &Lease,
    ) -> Result<(Option<bool>, After)> {
        match row.revise() {
            Some(revise) => Ok((None, self.send_revise(ws, config, account, row, &revise, lease).await?)),
            None => self.send_part(ws, config, account, connector, row, lease).await,
        }
    }

    /// Does one part, request by request. Also says whether the provider answered the last one, if one was made.
    async fn send_part(
        &self,
        ws: i64,
        config: &Config,
        account: &ChannelAccount,
        connector: &'static dyn Connector,
        row: &Outbox,
        lease: &Lease,
    ) -> Result<(Option<bool>, After)> {
        let mut part: Part = serde_json::from_value(row.body["part"].clone()).context("an outbox part")?;
        let pictures = part.cards.iter_mut().filter_map(|card| card.image.as_mut()).filter(|picture| !picture.key.is_empty());
        let mut made = false;
        for file in part.files.iter_mut().chain(pictures) {
            made |= file.make.is_some();
            if let Err(error) = self.make_picture(ws, file).await {
                tracing::warn!(ws, %error, "a picture could not be made for a channel; the send is tried again");
                self.settle(ws, config, row, lease, Settled::again(PICTURE_AGAIN_MS, "a picture could not be made")).await?;
                return Ok((None, After::Nothing));
            }
            (file.url, file.preview_url) = self.links(ws, config, file).await?;
        }
        // Pictures take their time: the lease may have ended over them.
        if made && !self.0.alone && !self.alive(3) {
            self.settle(ws, config, row, lease, Settled::again(0, "the lease was ending")).await?;
            return Ok((None, After::Nothing));
        }
        let (work, stopped) = self.work(ws, row, part).await?;
        if stopped {
            match row.doubt_since {
                Some(_) => self.settle(ws, config, row, lease, Settled::uncertain("it may have arrived before they opted out")).await?,
                None => self.fail(ws, config, row, lease, opted_out()).await?,
            }
            return Ok((None, After::Nothing));
        }
        let mut row = row.clone();
        let mut heard = None;
        for _ in 0..MAX_STEPS {
            let reply = match connector.next(account, &work, &row.progress, self.now()) {
                Step::Http(request) if !request.repeatable.at(row.doubt_since, self.now()) => {
                    self.settle(ws, config, &row, lease, Settled::uncertain("the provider no longer tells a repeat")).await?;
                    return Ok((heard, After::Nothing));
                }
                Step::Http(request) => {
                    let repeatable = request.repeatable;
                    let sent = self.0.world.request(self.outgoing(ws, account, request).await?).await;
                    crash::point("send.requested");
                    match (sent, repeatable) {
                        // Nothing can be doubled by asking again, so not knowing is no harm.
                        (Sent::Unknown { why } | Sent::TooLarge { why }, Repeatable::Always) => connectors::Reply::NotSent(why),
                        (Sent::Unknown { why } | Sent::TooLarge { why }, Repeatable::Keyed { .. }) => {
                            row.doubt_since = row.doubt_since.or(Some(row.not_before));
                            connectors::Reply::NotSent(why)
                        }
                        (other, _) => other.reply(),
                    }
                }
                step => {
                    let reply = self.other_step(ws, account, step).await?;
                    crash::point("send.requested");
                    reply
                }
            };
            crash::point("send.answered");
            heard = answered(&reply).or(heard);
            let outcome = self.judged(account, connector, &work, &row.progress, &reply);
            match outcome {
                Outcome::More(progress) => {
                    row.progress = progress;
                    if !self.save_progress(ws, &row, lease).await? {
                        return Ok((heard, After::Nothing));
                    }
                    continue;
                }
                Outcome::Sent(ids) => self.settle(ws, config, &row, lease, Settled::sent(ids)).await?,
                Outcome::RetryAfter { ms, why } => {
                    self.settle(ws, config, &row, lease, Settled::again(backoff(&row, ms), &why)).await?;
                    let asked = matches!(reply, connectors::Reply::Http { .. } | connectors::Reply::Mail { .. });
                    return Ok((heard, if asked { After::Quiet(ms.min(MAX_BACKOFF_MS)) } else { After::Nothing }));
                }
                Outcome::HoldThread { ms, why } => {
                    self.settle(ws, config, &row, lease, Settled::again(ms.clamp(1, MAX_BACKOFF_MS), &why)).await?;
                    return Ok((heard, After::Nothing));
                }
                Outcome::NeedsRefresh => {
                    self.settle(ws, config, &row, lease, Settled::again(0, "the credential was over")).await?;
                    return Ok((heard, After::Refresh));
                }
                Outcome::Failed(problem) => self.fail(ws, config, &row, lease, problem).await?,
                Outcome::Problem(problem) => {
                    self.account_problem(ws, account.id, Some(AccountProblem::from(problem.clone()))).await?;
                    self.fail(ws, config, &row, lease, Problem { code: problem.code, detail: problem.detail }).await?;
                }
                Outcome::Uncertain(why) => self.settle(ws, config, &row, lease, Settled::uncertain(&why)).await?,
                other => {
                    tracing::error!(?other, kind = account.kind, "a send ended in what a send cannot end in");
                    self.settle(ws, config, &row, lease, Settled::uncertain("the connector gave no outcome")).await?;
                }
            }
            return Ok((heard, After::Nothing));
        }
        self.fail(
            ws,
            config,
            &row,
            lease,
            Problem { code: "too_many_steps".into(), detail: "The channel asked for too many steps".into() },
        )
        .await?;
        Ok((heard, After::Nothing))
    }

    /// What a row wants of its connector, and whether the customer has told us to stop.
    async fn work(&self, ws: i64, row: &Outbox, part: Part) -> Result<(Work, bool)> {
        let id = row.thread_id;
        let thread = self.0.db.read(move |tx| Box::pin(async move { store::conversation::thread_to_send(tx, ws, id).await })).await?;
        let stopped = thread.as_ref().is_some_and(|(_, stopped)| *stopped);
        let (key, context) = thread.map_or((String::new(), Value::Null), |(thread, _)| (thread.key, thread.context));
        let to = row.body["to"].as_str().unwrap_or_default().to_owned();
        let heard_at = row.body["heard_at"].as_i64().map(Timestamp::from_micros);
        let work = Work::Part { part, to, thread: key, context, message: row.message_id, no: row.part, heard_at };
        Ok((work, stopped))
    }

    async fn fail(&self, ws: i64, config: &Config, row: &Outbox, lease: &Lease, problem: Problem) -> Result<()> {
        self.settle(
            ws,
            config,
            row,
            lease,
            Settled { state: OutboxState::Failed, ids: vec![], again_ms: 0, outcome: problem.code.clone(), problem: Some(problem) },
        )
        .await
    }

    /// Ends what waited too long, and says so on its message: it failed, unless a try of it may have arrived.
    async fn expire(&self, ws: i64, config: &Config, row: &Outbox, lease: &Lease) -> Result<()> {
        let problem = match row.doubt_since {
            Some(_) => unknown(),
            None => Problem { code: "expired".into(), detail: "It could not be sent in time".into() },
        };
        let (now, connectors, config, ids) = (self.now(), self.0.connectors, self.config(config.ws()).await?, self.ids());
        let (row, lease) = (row.clone(), lease.clone());
        let hints = self
            .0
            .db
            .write(move |tx| {
                let (row, lease, problem, config, mut ids) = (row.clone(), lease.clone(), problem.clone(), config.clone(), ids.clone());
                Box::pin(async move {
                    store::lease::fence(tx, &lease).await?;
                    store::conversation::lock_thread(tx, ws, row.thread_id).await?;
                    let moved = store::outbox::expire(tx, ws, &row, now).await?;
                    let (Some(conversation), true) = (row.conversation_id, moved) else { return Ok(Hints::default()) };
                    let revised = revise::became(&row, Some(&problem));
                    let Some(command) = ended(tx, ws, &row, revised, &problem).await? else { return Ok(Hints::default()) };
                    let scope = Scope { config: &config, connectors, now, counted: false };
                    Ok(crate::turn::turn(tx, &scope, &Lane::Conversation(conversation), Some(&command), &mut ids).await?.hints)
                })
            })
            .await?;
        self.ring(&hints);
        Ok(())
    }

    /// What was learned on the way, for whoever goes on after a death. False where somebody else goes on already: then we do not.
    async fn save_progress(&self, ws: i64, row: &Outbox, lease: &Lease) -> Result<bool> {
        let (kept, epoch) = (row.clone(), lease.epoch);
        self.0
            .db
            .write(move |tx| {
                let kept = kept.clone();
                Box::pin(async move { store::outbox::save_progress(tx, ws, &kept, epoch).await })
            })
            .await
    }

    /// Writes the outcome, meets receipts that came first, and moves the message with its parts: one commit.
    async fn settle(&self, ws: i64, config: &Config, row: &Outbox, lease: &Lease, settled: Settled) -> Result<()> {
        let now = self.now();
        let mut after = row.clone();
        after.state = settled.state;
        if settled.state == OutboxState::Queued {
            after.not_before = now.plus_millis(settled.again_ms);
        } else {
            after.doubt_since = None;
        }
        if !settled.ids.is_empty() {
            // By these a part is named when it is changed later.
            after.progress = serde_json::json!({ revise::SENT: settled.ids });
        }
        let connectors = self.0.connectors;
        let config = self.config(config.ws()).await?;
        let (epoch, ids) = (lease.epoch, self.ids());
        let settled = Arc::new(settled);
        let turn = self.0.settling.acquire().await?;
        let hints = self
            .0
            .db
            .write(move |tx| {
                let (after, settled, config, mut ids) = (after.clone(), settled.clone(), config.clone(), ids.clone());
                Box::pin(async move {
                    let thread = store::conversation::lock_thread(tx, ws, after.thread_id).await?;
                    let unsure = matches!(after.state, OutboxState::Queued | OutboxState::Uncertain);
                    let (mut after, mut settled) = (after, settled);
                    if unsure && proven(tx, ws, &after).await? {
                        (after.state, settled) = (OutboxState::Sent, Arc::new(Settled::sent(vec![])));
                    }
                    let moved = store::outbox::settle(tx, ws, &after, epoch, &settled.outcome, now).await?;
                    let (true, Some(conversation)) = (moved, after.conversation_id) else { return Ok(Hints::default()) };
                    let scope = Scope { config: &config, connectors, now, counted: false };
                    let lane = Lane::Conversation(conversation);
                    let Some(message_id) = after.message_id else {
                        let Some(revised) = revise::became(&after, settled.problem.as_ref()) else { return Ok(Hints::default()) };
                        return Ok(crate::turn::turn(tx, &scope, &lane, Some(&revised), &mut ids).await?.hints);
                    };
                    let mut also = thread.filter(|_| after.state == OutboxState::Sent).and_then(|thread| marked(&thread, after.not_before));
                    for external_id in &settled.ids {
                        let met = store::message::meet_sent(tx, ws, after.channel_account_id, external_id, message_id, after.part).await?;
                        also = met.parked.or(also);
                    }
                    let parts = parts_of(tx, ws, message_id, after.id, settled.problem.as_ref()).await?;
                    if let Some(refuted) = also.as_ref().filter(|parked| parked.state == Some(MessageState::Failed)) {
                        store::outbox::refute(tx, ws, message_id, after.part, refuted.problem.as_ref(), now).await?;
                    }
                    let command = Command::Parts { message_id, parts, provider_id: settled.ids.first().cloned(), also };
                    Ok(crate::turn::turn(tx, &scope, &lane, Some(&command), &mut ids).await?.hints)
                })
            })
            .await?;
        drop(turn);
        crash::point("send.settled");
        let mut hints = hints;
        hints.accounts.insert((ws, row.channel_account_id));
        hints.timer = true;
        self.ring(&hints);
        Ok(())
    }

    /// Where a file is found, and its small picture; the second is empty where it has none.
    async fn links(&self, ws: i64, config: &Config, file: &FileRef) -> Result<(String, String)> {
        if !file.url.is_empty() {
            return Ok((file.url.clone(), String::new()));
        }
        let (attachment, made) = self.attached(ws, &file.key).await?;
        let link = |copy| self.file_url(config.workspace.id, &attachment, copy);
        let whole = made.map_or(FileCopy::Whole, FileCopy::Made);
        Ok((link(whole), if attachment.thumbnail_key.is_some() { link(FileCopy::Small) } else { String::new() }))
    }
}

/// When a send is tried again that was to wait so long at least, in milliseconds: ever later, and not all at once.
fn backoff(row: &Outbox, ms: i64) -> i64 {
    spread(row.id.0.as_u128(), row.attempts, ms.max(1 << row.attempts.clamp(0, 18)).min(MAX_BACKOFF_MS))
}

/// What a row's conversation hears of its end: how the message it is a part of stands, or what the change that it is became.
async fn ended(tx: &mut Tx<'_>, ws: i64, row: &Outbox, revised: Option<Command>, problem: &Problem) -> Result<Option<Command>> {
    let Some(message_id) = row.message_id else { return Ok(revised) };
    let parts = parts_of(tx, ws, message_id, row.id, Some(problem)).await?;
    Ok(Some(Command::Parts { message_id, parts, provider_id: None, also: None }))
}

/// How the parts of a message stand, with what is wrong with the one in hand.
async fn parts_of(
    tx: &mut Tx<'_>,
    ws: i64,
    message: MessageId,
    part: OutboxId,
    problem: Option<&Problem>,
) -> Result<Vec<(OutboxState, Option<Problem>)>> {
    let undone = |state| matches!(state, OutboxState::Failed | OutboxState::Uncertain);
    let rows = store::outbox::of_message(tx, ws, message).await?;
    Ok(rows.into_iter().map(|row| (row.state, problem.filter(|_| row.id == part && undone(row.state)).cloned())).collect())
}

/// Whether the provider answered, be it with a refusal; `None` = nothing was asked of it.
fn answered(reply: &connectors::Reply) -> Option<bool> {
    match reply {
        connectors::Reply::Http { status, .. } => Some(*status < 500),
        connectors::Reply::Mail { .. } => Some(true),
        connectors::Reply::NotSent(_) | connectors::Reply::Unknown(_) => Some(false),
    }
}

/// What a time of reading, told while the request was under way, says of a message that left at `left_at`.
fn marked(thread: &model::Thread, left_at: Timestamp) -> Option<Parked> {
    let state = match (thread.read_until, thread.delivered_until) {
        (Some(read), _) if read >= left_at => MessageState::Read,
        (_, Some(delivered)) if delivered >= left_at => MessageState::Delivered,
        _ => return None,
    };
    Some(Parked { state: Some(state), ..Parked::default() })
}

struct Settled {
    state: OutboxState,
    ids: Vec<String>,
    again_ms: i64,
    outcome: String,
    problem: Option<Problem>,
}

impl Settled {
    fn sent(ids: Vec<String>) -> Self {
        Self { state: OutboxState::Sent, ids, again_ms: 0, outcome: "sent".into(), problem: None }
    }
    fn again(ms: i64, why: &str) -> Self {
        Self { state: OutboxState::Queued, ids: vec![], again_ms: ms, outcome: why.to_owned(), problem: None }
    }
    fn uncertain(why: &str) -> Self {
        Self { state: OutboxState::Uncertain, ids: vec![], again_ms: 0, outcome: why.to_owned(), problem: Some(unknown()) }
    }
}

/// The first unfinished row of each thread, if it may leave now; and those whose time is over.
fn heads(rows: Vec<Outbox>, now: Timestamp, budget: usize) -> (Vec<Outbox>, Vec<Outbox>) {
    let mut seen = BTreeSet::new();
    let (mut expired, mut heads) = (Vec::new(), Vec::new());
    for row in rows {
        if !seen.insert(row.thread_id) || row.state != OutboxState::Queued {
            continue;
        }
        if row.expires_at <= now {
            expired.push(row);
        } else if row.not_before <= now && heads.len() < budget {
            heads.push(row);
        }
    }
    (expired, heads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Ids;

    #[test]
    fn a_thread_waits_for_its_head() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let (first, second) = (ids.next(), ids.next());
        let row = |thread, seq, state, not_before, ids: &mut Ids| Outbox {
            id: ids.next(),
            conversation_id: None,
            thread_id: thread,
            channel_account_id: ids.next(),
            message_id: None,
            opened_at: Timestamp::from_secs(0),
            seq,
            part: 0,
            state,
            body: Value::Null,
            progress: Value::Null,
            not_before: Timestamp::from_secs(not_before),
            expires_at: Timestamp::from_secs(100),
            attempts: 0,
            epoch: 0,
            doubt_since: None,
        };
        let rows = vec![
            row(first, 1, OutboxState::Sending, 0, &mut ids),
            row(first, 2, OutboxState::Queued, 0, &mut ids),
            row(second, 1, OutboxState::Queued, 0, &mut ids),
            row(second, 2, OutboxState::Queued, 0, &mut ids),
        ];
        let (expired, leaving) = heads(rows.clone(), Timestamp::from_secs(10), 9);
        assert!(expired.is_empty());
        assert_eq!(leaving.iter().map(|r| (r.thread_id, r.seq)).collect::<Vec<_>>(), [(second, 1)]);
        assert_eq!(heads(rows.clone(), Timestamp::from_secs(10), 0).1, vec![]);
        assert_eq!(heads(rows, Timestamp::from_secs(200), 9).0.len(), 1);
    }
}
