//! What tests look up, and the short ways they walk often.

use anyhow::{Context, Result};
use connectors::Incoming;
use model::routing::RouterCommand;
use model::{
    ChannelAccount, ChannelAccountId, ChannelAppId, Conversation, ConversationId, Message, Outbox, Task, TaskId, VisitorId, WorkerId,
};
use serde_json::Value;

use crate::{FAKE_SECRET, House, Shop};

impl House {
    /// A visitor asks for a person in English; returns whoever is offered the task, or nobody.
    pub async fn wants_agent(&self, shop: &Shop, visitor: VisitorId) -> Result<Option<WorkerId>> {
        let tag = self.now().micros();
        self.chat(shop, visitor, &format!("a{tag}"), "I want a live agent").await?;
        self.chat(shop, visitor, &format!("b{tag}"), "English").await?;
        self.offered(shop).await
    }

    /// Who of Ana and Ben has an offer now.
    pub async fn offered(&self, shop: &Shop) -> Result<Option<WorkerId>> {
        for worker in [shop.ana, shop.ben] {
            if !self.offers(shop, worker).await?.is_empty() {
                return Ok(Some(worker));
            }
        }
        Ok(None)
    }

    /// A visitor asks for a person and one accepts: who, the task and the conversation.
    pub async fn talking(&self, shop: &Shop, visitor: VisitorId) -> Result<(WorkerId, TaskId, ConversationId)> {
        let worker = self.wants_agent(shop, visitor).await?.context("nobody was offered the task")?;
        let task = self.accept(shop, worker).await?;
        Ok((worker, task, self.conversation_of(shop, task).await?))
    }

    /// Ends the talk as an agent who saw everything.
    pub async fn complete(&self, shop: &Shop, task: TaskId) -> Result<Result<(), engine::CompleteRefused>> {
        let id = self.conversation_of(shop, task).await?;
        let seen = self.conversation(shop, id).await?.last_seq;
        self.complete_having_seen(shop, task, seen).await
    }

    pub async fn complete_having_seen(&self, shop: &Shop, task: TaskId, seq: i64) -> Result<Result<(), engine::CompleteRefused>> {
        let complete = engine::Complete {
            task_id: task,
            last_seen_seq: Some(seq),
            disposition: Some("solved".into()),
            note: None,
            actor: "test".into(),
            request_key: None,
            beside: model::Beside::default(),
        };
        let done = self.engine.complete(shop.ws, complete).await?;
        self.settle().await?;
        Ok(done.map(drop))
    }

    pub async fn set_activity(&self, shop: &Shop, worker: WorkerId, available: bool) -> Result<()> {
        let activity_id = if available { shop.available } else { shop.offline };
        self.order(shop.ws, RouterCommand::SetActivity { worker_id: worker, activity_id }).await?;
        self.settle().await
    }

    pub async fn conversation(&self, shop: &Shop, id: ConversationId) -> Result<Conversation> {
        let ws = shop.ws;
        let found = self.engine.db().read(move |tx| Box::pin(async move { store::conversation::by_id(tx, ws, id).await })).await?;
        found.context("no such conversation")
    }

    pub async fn messages(&self, shop: &Shop, id: ConversationId) -> Result<Vec<Message>> {
        let ws = shop.ws;
        self.engine.db().read(move |tx| Box::pin(async move { store::message::page(tx, ws, id, None, Some(0), 10_000).await })).await
    }

    pub async fn task(&self, shop: &Shop, id: TaskId) -> Result<Task> {
        let ws = shop.ws;
        let found = self.engine.db().read(move |tx| Box::pin(async move { store::routing::task(tx, ws, id).await })).await?;
        found.context("no such task")
    }

    /// A conversation's tasks, oldest first.
    pub async fn tasks(&self, shop: &Shop, id: ConversationId) -> Result<Vec<Task>> {
        let ws = shop.ws;
        self.engine.db().read(move |tx| Box::pin(async move { store::routing::tasks_of(tx, ws, id).await })).await
    }

    /// The outbox rows of a message, by part.
    pub async fn sends(&self, shop: &Shop, message: &Message) -> Result<Vec<Outbox>> {
        let (ws, id) = (shop.ws, message.id);
        self.engine.db().read(move |tx| Box::pin(async move { store::outbox::of_message(tx, ws, id).await })).await
    }

    /// One number out of the database, for what no function of `store` is asked in production.
    pub async fn count(&self, sql: &str) -> Result<i64> {
        let sql = sql.to_owned();
        let rows = self.engine.db().read(move |tx| Box::pin(async move { Ok(tx.dynamic(sql, vec![]).await?) })).await?;
        Ok(rows.first().context("no row")?.get(0)?)
    }

    /// Publishes another revision of the shop's flow.
    pub async fn publish(&self, shop: &Shop, definition: &str) -> Result<()> {
        let (ws, id, now, definition) = (shop.ws, shop.flow, self.now(), definition.to_owned());
        self.engine
            .db()
            .write(move |tx| {
                let definition = definition.clone();
                Box::pin(async move {
                    let mut flow = store::flow::by_id(tx, ws, id).await?.context("the shop's flow")?;
                    flow.revision += 1;
                    flow.published_revision = Some(flow.revision);
                    let (status, actor) = ("published".to_owned(), "test".to_owned());
                    let revision =
                        store::flow::Revision { revision: flow.revision, status, definition, message: String::new(), actor, at: now };
                    store::flow::insert_revision(tx, ws, id, &revision).await?;
                    anyhow::ensure!(store::flow::update(tx, ws, &flow).await?, "somebody else changed the flow");
                    Ok(())
                })
            })
            .await?;
        self.engine.config_changed(shop.ws);
        Ok(())
    }

    /// Connects one more channel account.
    pub async fn connect(&self, shop: &Shop, account: ChannelAccount) -> Result<()> {
        let (ws, config) = (shop.ws, self.engine.config(shop.ws).await?);
        let sealed = config.seal(&engine::secrets_about(account.id), serde_json::to_string(&account.secrets)?.as_bytes())?;
        self.engine
            .db()
            .write(move |tx| {
                let (account, sealed) = (account.clone(), sealed.clone());
                Box::pin(async move { store::channel::insert(tx, ws, &account, sealed).await })
            })
            .await?;
        self.engine.config_changed(ws);
        Ok(())
    }

    /// Changes a channel account that is connected.
    pub async fn reconnect(&self, shop: &Shop, account: ChannelAccount) -> Result<()> {
        let (ws, config) = (shop.ws, self.engine.config(shop.ws).await?);
        let sealed = config.seal(&engine::secrets_about(account.id), serde_json::to_string(&account.secrets)?.as_bytes())?;
        let changed = self
            .engine
            .db()
            .write(move |tx| {
                let (account, sealed) = (account.clone(), sealed.clone());
                Box::pin(async move { store::channel::update(tx, ws, &account, sealed).await })
            })
            .await?;
        anyhow::ensure!(changed, "somebody else changed the account");
        self.engine.config_changed(ws);
        Ok(())
    }

    /// Registers an app of the fake channel, whose one URL serves several pages.
    pub async fn register_app(&self, app: ChannelAppId) -> Result<()> {
        let secrets = serde_json::json!({ "secret": FAKE_SECRET }).to_string();
        let sealed = self.engine.vault().seal_under_master(&format!("channel_app:{app}:secrets"), secrets.as_bytes())?;
        let now = self.now();
        self.engine
            .db()
            .write(move |tx| {
                let sealed = sealed.clone();
                Box::pin(async move { store::channel::insert_app(tx, app, "fake", "Fake app", sealed, now).await })
            })
            .await
    }

    /// The fake provider reports events of one channel account.
    pub async fn fake_posts(&self, shop: &Shop, account: ChannelAccountId, events: Vec<Value>) -> Result<usize> {
        let body = serde_json::json!({ "entries": [{ "events": events }] }).to_string();
        let headers = [("x-fake-secret".to_owned(), FAKE_SECRET.to_owned())];
        let incoming = Incoming::Request { method: "POST", target: "/in/fake", headers: &headers, body: body.as_bytes() };
        let intake = self.engine.receive(shop.ws, account, incoming).await.map_err(|error| anyhow::anyhow!("the door said {error:?}"))?;
        self.settle().await?;
        Ok(intake.fresh)
    }

    /// The fake provider reports to an app's one URL: events by page.
    pub async fn fake_app_posts(&self, app: ChannelAppId, entries: Vec<(&str, Vec<Value>)>) -> Result<usize> {
        let entries: Vec<Value> = entries.into_iter().map(|(page, events)| serde_json::json!({ "page": page, "events": events })).collect();
        let body = serde_json::json!({ "entries": entries }).to_string();
        let headers = [("x-fake-secret".to_owned(), FAKE_SECRET.to_owned())];
        let incoming = Incoming::Request { method: "POST", target: "/in/fake/app", headers: &headers, body: body.as_bytes() };
        let intake = self.engine.receive_app(app, incoming).await.map_err(|error| anyhow::anyhow!("the door said {error:?}"))?;
        self.settle().await?;
        Ok(intake.fresh)
    }

    /// From now on the carrier takes everything and names it SMout1, SMout2, …
    pub fn carrier_works(&self) {
        let mut count = 0;
        self.world.now_answers(move |_| {
            count += 1;
            engine::Sent::Answer { status: 201, headers: vec![], body: format!(r#"{{"sid":"SMout{count}"}}"#).into() }
        });
    }

    /// The bodies of texts asked to be sent since the last look.
    pub fn texted(&self) -> Vec<String> {
        let bodies = self.world.take_asked().into_iter().filter(|out| out.method == "POST" && out.url.ends_with("/Messages.json"));
        bodies
            .filter_map(|out| form_urlencoded::parse(&out.body).find(|(name, _)| name == "Body").map(|(_, value)| value.into_owned()))
            .collect()
    }
}
