//! Plays talks line by line: customers write through the channels' doors, agents accept and answer as a desk would have asked.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use connectors::Incoming;
use engine::{Claims, Clock, Complete, WriteMessage};
use messaging::Writer;
use model::routing::{RouterCommand, TransferTo};
use model::{AttachmentId, Conversation, Language, Reservation, ReservationStatus, TaskId, VisitorId, WorkerId};
use serde_json::json;
use store::visitor::{Visitor, VisitorBody};

use super::picture;
use super::script::{Channel, Line, Person, Talk};
use super::stage::Stage;
use crate::demo::installation::{Installation, NUMBER};
use crate::demo::shop::{Activities, order};

/// How long an agent is waited for, in seconds.
const PATIENCE_S: i64 = 150;
/// Longer than an offer stands, in seconds.
const MISSED_S: i64 = 23;
/// How long a visitor's token would have been good.
const VISITOR_DAYS: i64 = 180;

pub struct Player<'a> {
    pub stage: &'a Stage,
    pub installation: &'a Installation,
    pub activities: Activities,
    /// Which page of the shop a visitor was on.
    pub shop: String,
    /// The browsers of those who chat.
    visitors: BTreeMap<String, VisitorId>,
    /// Who missed an offer and has not come back.
    away: Option<WorkerId>,
    /// Counts what customers sent, for the ids their browsers would make.
    sent: u64,
}

impl<'a> Player<'a> {
    pub fn new(stage: &'a Stage, installation: &'a Installation, activities: Activities, shop: String) -> Self {
        Self { stage, installation, activities, shop, visitors: BTreeMap::new(), away: None, sent: 0 }
    }

    /// The agents come to work.
    pub async fn open(&self) -> Result<()> {
        for key in ["ana", "ben"] {
            let worker = self.installation.worker(key)?;
            self.stage.engine.desk_opened(self.stage.ws, worker).await?;
            self.be(worker, self.activities.available).await?;
            self.stage.pass(40).await?;
        }
        Ok(())
    }

    /// They go home.
    pub async fn close(&self) -> Result<()> {
        for key in ["ana", "ben"] {
            let worker = self.installation.worker(key)?;
            self.be(worker, self.activities.offline).await?;
            self.stage.engine.desk_closed(self.stage.ws, worker).await?;
        }
        self.stage.pass(60).await
    }

    async fn be(&self, worker_id: WorkerId, activity_id: model::ActivityId) -> Result<()> {
        order(&self.stage.engine, self.stage.ws, RouterCommand::SetActivity { worker_id, activity_id }).await
    }

    pub async fn play(&mut self, talk: &Talk, person: &Person) -> Result<()> {
        for line in &talk.lines {
            if let Err(error) = self.line(talk.channel, person, line).await {
                let said = self.said(talk.channel, person).await.unwrap_or_default();
                return Err(error.context(format!("with {}, at {line:?}, after {said:#?}", person.key)));
            }
        }
        Ok(())
    }

    async fn line(&mut self, channel: Channel, person: &Person, line: &Line) -> Result<()> {
        match line {
            Line::Customer(text) => self.customer(channel, person, text, None).await,
            Line::Picture { name, text } => self.customer(channel, person, text, Some(picture::draw(name)?)).await,
            Line::Agent { agent, text } => self.agent(channel, person, agent, text).await,
            Line::Note(text) => {
                let held = self.held(channel, person).await?;
                let worker = held.worker_id.context("nobody holds it, so nobody can note")?;
                self.stage.pass(thinking(text) / 2).await?;
                self.write(&held, worker, text, true).await
            }
            Line::Miss(agent) => {
                let worker = self.installation.worker(agent)?;
                self.offered(channel, person, worker).await?;
                self.away = Some(worker);
                self.stage.pass(MISSED_S).await
            }
            Line::Reject(agent) => {
                let worker = self.installation.worker(agent)?;
                let offer = self.offered(channel, person, worker).await?;
                self.stage.pass(6).await?;
                self.order(RouterCommand::Reject { reservation_id: offer.id, activity_id: None }).await
            }
            Line::Transfer { to, note } => {
                let held = self.held(channel, person).await?;
                let command = RouterCommand::Transfer {
                    task_id: held.task_id.context("there is no task to hand on")?,
                    to: TransferTo::Worker { worker_id: self.installation.worker(to)? },
                    note: note.clone(),
                    by: held.worker_id,
                    new_task_id: self.stage.engine.ids().next::<TaskId>(),
                };
                self.stage.pass(thinking(note) / 2).await?;
                self.order(command).await
            }
            Line::Prove => self.prove(person).await,
            Line::Wait(minutes) => self.stage.pass(minutes * 60).await,
            Line::Done { disposition, note } => self.done(channel, person, disposition, note).await,
        }
    }

    async fn order(&self, command: RouterCommand) -> Result<()> {
        order(&self.stage.engine, self.stage.ws, command).await?;
        self.stage.settle().await
    }

    /// The customer writes, and what answers by itself answers.
    async fn customer(&mut self, channel: Channel, person: &Person, text: &str, picture: Option<Vec<u8>>) -> Result<()> {
        self.stage.pass(typing(text)).await?;
        self.sent += 1;
        match channel {
            Channel::Sms => {
                self.stage.past.text(&person.phone, NUMBER, text, picture.into_iter().collect())?;
                self.stage.pass(4).await
            }
            Channel::Messenger => {
                self.stage.past.say(&self.installation.platform("messenger")?.provider_id, &person.key, text)?;
                self.stage.pass(4).await
            }
            Channel::Webchat => {
                let visitor = self.visitor(person).await?;
                let mut attachments: Vec<AttachmentId> = Vec::new();
                if let Some(png) = picture {
                    let owner = format!("visitor:{visitor}");
                    let kept = self.stage.engine.upload(self.stage.ws, &owner, "photo.png", Bytes::from(png)).await?;
                    attachments.push(kept.map_err(|refused| anyhow::anyhow!("the picture was refused: {refused:?}"))?.id);
                }
                let name = if person.email.is_empty() { "" } else { person.name.as_str() };
                let body = json!({
                    "client_id": format!("{}-{}", person.key, self.sent),
                    "text": text,
                    "attachment_ids": attachments,
                    "name": name,
                    "language": person.language,
                    "page_url": self.shop,
                })
                .to_string();
                let incoming = Incoming::Frame { from: &visitor.to_string(), body: body.as_bytes() };
                let taken = self.stage.engine.receive(self.stage.ws, self.installation.webchat, incoming).await;
                taken.map_err(|error| anyhow::anyhow!("the chat's door said {error:?}"))?;
                self.stage.pass(3).await?;
                self.reads(visitor).await
            }
        }
    }

    /// The visitor's browser has and shows everything so far.
    async fn reads(&self, visitor: VisitorId) -> Result<()> {
        let (ws, account, key) = (self.stage.ws, self.installation.webchat, visitor.to_string());
        let wanted = key.clone();
        let pos = self
            .stage
            .engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let thread = store::conversation::thread_by_key(tx, ws, account, &wanted).await?.context("a chat without a thread")?;
                    store::visitor::last_pos(tx, ws, thread.id).await
                })
            })
            .await?;
        self.stage.engine.watermark(ws, account, &key, pos, pos).await?;
        self.stage.settle().await
    }

    /// The browser a person chats from; the first time it is made, and whoever signed in at the shop is named by its token.
    async fn visitor(&mut self, person: &Person) -> Result<VisitorId> {
        if let Some(known) = self.visitors.get(&person.key) {
            return Ok(*known);
        }
        let (engine, ws, webchat, now) = (&self.stage.engine, self.stage.ws, self.installation.webchat, self.stage.clock.now());
        let id: VisitorId = engine.ids().next();
        self.visitors.insert(person.key.clone(), id);
        let sub = person.claims.get("sub").cloned().unwrap_or_else(|| format!("customer-{}", person.key));
        let signed_in = !person.email.is_empty();
        let row = Visitor {
            id,
            channel_account_id: webchat,
            subject: signed_in.then(|| sub.clone()),
            body: VisitorBody {
                name: signed_in.then(|| person.name.clone()),
                language: Some(person.language.clone()),
                page_url: Some(self.shop.clone()),
                ..VisitorBody::default()
            },
            created_at: now,
            expires_at: now.plus_secs(VISITOR_DAYS * 86_400),
        };
        // A token that nobody holds: that browser is gone, its visitor stays known.
        let hash = server::access::secret::hash(&server::access::secret::token()?);
        engine
            .db()
            .write(move |tx| {
                let (row, hash) = (row.clone(), hash.clone());
                Box::pin(async move { store::visitor::insert(tx, ws, &row, &hash).await })
            })
            .await?;
        if signed_in {
            let facts = person.claims.iter().filter(|(key, _)| *key != "sub").map(|(key, value)| (key.clone(), value.clone())).collect();
            let claims = Claims { sub, name: Some(person.name.clone()), email: Some(person.email.clone()), phone_number: None, facts };
            engine.prove_identity(ws, webchat, id, claims).await?;
        }
        Ok(id)
    }

    async fn prove(&mut self, person: &Person) -> Result<()> {
        let visitor = self.visitor(person).await?;
        let (engine, ws) = (&self.stage.engine, self.stage.ws);
        let language = Language::parse(&person.language).unwrap_or_default();
        let sent = engine.send_proof(ws, visitor, &person.phone, language).await?;
        sent.map_err(|refused| anyhow::anyhow!("no code was sent: {refused:?}"))?;
        self.stage.pass(20).await?;
        let text = self.stage.past.newest_on(&person.phone).context("no code came")?;
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let proven = engine.confirm_proof(ws, self.installation.webchat, visitor, &person.phone, &digits).await?;
        proven.map_err(|refused| anyhow::anyhow!("the code was refused: {refused:?}"))?;
        self.stage.settle().await
    }

    async fn agent(&mut self, channel: Channel, person: &Person, agent: &str, text: &str) -> Result<()> {
        let worker = self.installation.worker(agent)?;
        let held = self.held(channel, person).await?;
        if held.worker_id != Some(worker) {
            let offer = self.offered(channel, person, worker).await?;
            self.stage.pass(3 + offer.created_at.micros() % 5).await?;
            self.order(RouterCommand::Accept { reservation_id: offer.id }).await?;
        }
        let held = self.held(channel, person).await?;
        self.stage.engine.desk_has(self.stage.ws, worker, held.id, held.last_seq).await?;
        self.stage.engine.seen(self.stage.ws, worker, held.id, held.last_seq).await?;
        self.stage.pass(thinking(text)).await?;
        self.write(&held, worker, text, false).await?;
        self.stage.pass(5).await?;
        if channel == Channel::Webchat {
            let visitor = self.visitor(person).await?;
            self.reads(visitor).await?;
        }
        if let Some(back) = self.away.take() {
            self.be(back, self.activities.available).await?;
        }
        Ok(())
    }

    async fn write(&self, held: &Conversation, worker: WorkerId, text: &str, private: bool) -> Result<()> {
        let name = self.installation.staff.iter().find(|one| one.worker == Some(worker)).map_or("", |one| one.name.as_str());
        let message = WriteMessage {
            private,
            ..WriteMessage::text(
                held.id,
                format!("desk-{}", self.stage.engine.ids().next::<model::JobId>()),
                text,
                Writer { worker_id: Some(worker), name: name.to_owned(), anywhere: false },
                format!("worker:{worker}"),
            )
        };
        let written = self.stage.engine.write(self.stage.ws, message).await?;
        written.map_err(|refused| anyhow::anyhow!("the answer was refused: {refused:?}"))?;
        self.stage.settle().await
    }

    async fn done(&mut self, channel: Channel, person: &Person, disposition: &str, note: &str) -> Result<()> {
        let held = self.held(channel, person).await?;
        let task_id = held.task_id.context("there is no task to complete")?;
        let worker = held.worker_id.context("nobody holds it")?;
        self.stage.pass(12).await?;
        self.stage.engine.seen(self.stage.ws, worker, held.id, held.last_seq).await?;
        self.order(RouterCommand::Wrap { task_id }).await?;
        self.stage.pass(thinking(note)).await?;
        let complete = Complete {
            task_id,
            last_seen_seq: Some(held.last_seq),
            disposition: Some(disposition.to_owned()),
            note: (!note.is_empty()).then(|| note.to_owned()),
            actor: format!("worker:{worker}"),
            request_key: None,
            beside: model::Beside::default(),
        };
        let completed = self.stage.engine.complete(self.stage.ws, complete).await?;
        completed.map_err(|refused| anyhow::anyhow!("completing was refused: {refused:?}"))?;
        self.stage.settle().await
    }

    /// Waits until this agent is offered the person's task.
    async fn offered(&self, channel: Channel, person: &Person, worker: WorkerId) -> Result<Reservation> {
        let give_up = self.stage.clock.now().plus_secs(PATIENCE_S);
        loop {
            let (ws, held) = (self.stage.ws, self.held(channel, person).await?);
            let offers = match held.task_id {
                Some(task) => {
                    let read =
                        self.stage.engine.db().read(move |tx| Box::pin(async move { store::routing::reservations_of(tx, ws, task).await }));
                    read.await?
                }
                None => Vec::new(),
            };
            match offers.into_iter().find(|offer| offer.status == ReservationStatus::Pending) {
                Some(offer) if offer.worker_id == worker => return Ok(offer),
                Some(offer) => bail!("the task was offered to {} instead of {worker}", offer.worker_id),
                None => {}
            }
            if self.stage.clock.now() > give_up {
                bail!("the task was not offered to {worker}");
            }
            self.stage.pass(1).await?;
        }
    }

    /// What was said so far, for who has to find out why a talk went another way than it is written.
    async fn said(&self, channel: Channel, person: &Person) -> Result<Vec<String>> {
        let (ws, held) = (self.stage.ws, self.held(channel, person).await?);
        let messages = self
            .stage
            .engine
            .db()
            .read(move |tx| Box::pin(async move { store::message::page(tx, ws, held.id, None, Some(0), 200).await }))
            .await?;
        Ok(messages.into_iter().map(|message| message.notice.map_or(message.text, |notice| format!("* {}", notice.kind))).collect())
    }

    /// The person's conversation on this channel.
    async fn held(&self, channel: Channel, person: &Person) -> Result<Conversation> {
        let (account, key) = match channel {
            Channel::Webchat => (self.installation.webchat, self.visitors.get(&person.key).context("they never chatted")?.to_string()),
            Channel::Sms => (self.installation.sms, person.phone.clone()),
            Channel::Messenger => {
                let page = self.installation.platform("messenger")?;
                (page.id, self.stage.past.id_of(&page.provider_id, &person.key).context("they are not on Messenger")?)
            }
        };
        let ws = self.stage.ws;
        self.stage
            .engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let thread = store::conversation::thread_by_key(tx, ws, account, &key).await?.context("no thread")?;
                    let id = thread.conversation_id.context("a thread without a conversation")?;
                    store::conversation::by_id(tx, ws, id).await?.context("a conversation that is gone")
                })
            })
            .await
    }
}

/// Seconds a customer needs for a text.
fn typing(text: &str) -> i64 {
    6 + (text.chars().count() as i64 / 4).min(50)
}

/// Seconds an agent needs for a text.
fn thinking(text: &str) -> i64 {
    9 + (text.chars().count() as i64 / 5).min(60)
}
