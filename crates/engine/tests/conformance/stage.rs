//! One channel connected to its emulator, a customer at the one end and agents at the other.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use axum::http::Method;
use connectors::{Connector, Step, Work};
use emulators::carrier::{Callback, CallbackAnswer, WebhookKind};
use emulators::platform::{Act, By, Faults, Ledger, Refusal, Shown};
use engine::Files;
use engine::clock::ManualClock;
use model::{AttachmentId, Capabilities, ChannelAccount, ChannelAccountId, ConversationId, MessageId, MessageState, Timestamp, WorkerId};
use serde_json::{Value, json};
use testkit::{FakeWorld, House, Parts, Shop, engine_on};

use crate::channel::Channel;
use crate::door::{self, Draft, NotDone, People, Said};
use crate::table::{Outcome, Verdict};
use crate::wire::Wire;

pub type Story = fn(&mut Stage) -> Result<Verdict>;

/// Sends everybody to a person at once.
const FLOW: &str = r#"{"description":"to a person","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"which"},{"event":"incomingConversationMessage","next":"which"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"which","type":"split-based-on","properties":{"input":"{{trigger.conversation.Body}}"},"transitions":[{"event":"noMatch","next":"agent"},{"event":"match","next":"ask","conditions":[{"friendly_name":"ask","arguments":["{{trigger.conversation.Body}}"],"type":"contains","value":"menu"}]},{"event":"match","next":"rooms","conditions":[{"friendly_name":"rooms","arguments":["{{trigger.conversation.Body}}"],"type":"contains","value":"rooms"}]}]},
 {"name":"ask","type":"send-and-wait-for-reply","properties":{"body":"Tea or coffee?","choices":["Tea","Coffee"],"timeout":"864000"},"transitions":[{"event":"incomingMessage","next":"told"},{"event":"timeout","next":"agent"},{"event":"deliveryFailure","next":"agent"}]},
 {"name":"rooms","type":"send-and-wait-for-reply","properties":{"body":"Which room?","cards":[{"title":"Room 1","text":"Sea view","buttons":[{"label":"Book","reply":"Book room 1"}]},{"title":"Room 2","text":"Garden","buttons":[{"label":"Book","reply":"Book room 2"}]}],"timeout":"864000"},"transitions":[{"event":"incomingMessage","next":"taken"},{"event":"timeout","next":"agent"},{"event":"deliveryFailure","next":"agent"}]},
 {"name":"taken","type":"send-message","properties":{"body":"You chose {{widgets.rooms.inbound.Body}}"},"transitions":[{"event":"sent"},{"event":"failed"}]},
 {"name":"told","type":"send-message","properties":{"body":"You chose {{widgets.ask.inbound.Body}}"},"transitions":[{"event":"sent"},{"event":"failed"}]},
 {"name":"agent","type":"send-to-flex","properties":{"workflow":"default","channel":"chat","attributes":"{\"language\":\"en\",\"department\":\"sales\"}","priority":"0","timeout":"36000"},"transitions":[{"event":"callComplete"},{"event":"failedToEnqueue"},{"event":"callFailure"}]}]}"#;

pub struct Stage {
    pub house: House,
    pub shop: Shop,
    pub channel: &'static Channel,
    pub account: ChannelAccountId,
    pub wire: Arc<Wire>,
    pub people: People,
    pub can: Capabilities,
    /// Webhooks are kept here instead of being delivered, while it is some.
    pub held: Option<Vec<Callback>>,
    /// What the house answered to webhooks.
    pub answers: Vec<u16>,
}

thread_local! {
    /// Files are looked into on a thread of their own, which wants a runtime.
    static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// Plays a story on a fresh stage; a panic is a broken story, too.
pub fn play(channel: &'static Channel, story: Story) -> Outcome {
    let played = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let mut stage = block_on(Stage::open(channel, "Mia Höffmann"))?;
        story(&mut stage)
    }));
    match played {
        Ok(Ok(verdict)) => Ok(verdict),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(panic) => Err(panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_default()),
    }
}

impl Stage {
    pub async fn open(channel: &'static Channel, name: &str) -> Result<Self> {
        let db = db::Db::open_memory()?;
        db.migrate(store::MIGRATIONS).await?;
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let id = ChannelAccountId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
        let webhook_url = format!("http://localhost:8080/in/{}/{id}", channel.kind);
        let wire = Wire::new(channel.emulator(&webhook_url, name));
        let engine = engine_on(Parts {
            db,
            clock: clock.clone(),
            world: wire.clone(),
            seed: 7,
            files: Files::in_memory(),
            channels: connectors::ALL,
            alone: true,
        });
        let house = House { engine, clock, world: Arc::new(FakeWorld::default()) };
        house.keep_time();
        house.engine.renew().await?;
        // Who thinks about an answer for a day finds the talk as they left it.
        let settings = model::Settings { close_after_s: 10 * 86_400, ..model::Settings::default() };
        let shop = house.open_shop_of("Tidewater", settings, FLOW, (vec![], vec![])).await?;
        let map = |pairs: &[(&str, &str)]| -> std::collections::BTreeMap<String, String> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let mut account = ChannelAccount {
            id,
            kind: channel.kind.into(),
            name: "Tidewater".into(),
            address: String::new(),
            enabled: true,
            settings: map(channel.settings),
            // The file lies there without the word that marks a private key, which this one is not.
            secrets: map(channel.secrets)
                .into_iter()
                .map(|(key, value)| (key, value.replace("N KEY-", "N PRIVATE KEY-").replace("D KEY-", "D PRIVATE KEY-")))
                .collect(),
            app_id: None,
            provider_key: None,
            flow_id: None,
            business_hours_id: None,
            webhook_url,
            version: 1,
        };
        let connector = house.engine.connector(channel.kind)?;
        for setting in connector.settings() {
            if let Some(default) = setting.default {
                account.settings.entry(setting.key.into()).or_insert_with(|| default.into());
            }
        }
        account.address = connector.address(&account);
        ensure!(connector.check_settings(&account).is_empty(), "{:?}", connector.check_settings(&account));
        let can = connector.capabilities(&account);
        house.connect(&shop, account).await?;
        wire.meet(&house.engine, shop.ws, id);
        dial(&wire, &house.engine, shop.ws, id).await?;
        let people = People::signed_in(&house.engine, shop.ws, shop.id.to_string(), &[shop.ana, shop.ben]).await?;
        // The doctor finds nothing, and draws a first token where they are drawn.
        let found = house.engine.check_channel(shop.ws, id).await?;
        let ill: Vec<_> = found.iter().filter_map(|line| line.problem.clone()).collect();
        ensure!(ill.is_empty(), "the doctor says {ill:?}");
        Ok(Self { house, shop, channel, account: id, wire, people, can, held: None, answers: vec![] })
    }

    /// The process dies once the provider has taken what we say next, before that is written down; where no provider is, in peace.
    pub fn kill_unanswered(&mut self) -> Result<()> {
        *self.wire.killing.lock().unwrap() = true;
        let wire = self.wire.clone();
        self.house.engine.db().hooks().at_commit(move |point| {
            let dies = point == db::hooks::Point::BeforeCommit && wire.dies();
            if dies { db::hooks::Fate::Die } else { db::hooks::Fate::Go }
        });
        let died = block_on(self.house.round()).is_err();
        *self.wire.killing.lock().unwrap() = false;
        ensure!(died != self.can.streamed, "it lived to write it down");
        self.die()
    }

    /// The process dies, and another one goes on with the same rows and files.
    pub fn die(&mut self) -> Result<()> {
        let engine = engine_on(Parts {
            db: self.house.engine.db().clone(),
            clock: self.house.clock.clone(),
            world: self.wire.clone(),
            seed: 8,
            files: self.house.engine.files().clone(),
            channels: connectors::ALL,
            alone: true,
        });
        self.wire.meet(&engine, self.shop.ws, self.account);
        self.house.engine = engine;
        block_on(async {
            self.house.engine.renew().await?;
            dial(&self.wire, &self.house.engine, self.shop.ws, self.account).await
        })
    }

    pub fn connector(&self) -> Result<&'static dyn Connector> {
        self.house.engine.connector(self.channel.kind)
    }
    /// The account as it is set up now.
    pub fn configured(&self) -> Result<ChannelAccount> {
        let config = block_on(self.house.engine.config(self.shop.ws))?;
        Ok((*config.accounts[&self.account]).clone())
    }
    /// Whether we draw the account's next token ourselves.
    pub fn renews(&self) -> Result<bool> {
        let step = self.connector()?.next(&self.configured()?, &Work::Refresh, &Value::Null, self.house.now());
        Ok(step != Step::Nothing)
    }

    /// The customer does something; the id of the message it made or concerns.
    pub fn act(&mut self, act: Value) -> Result<String> {
        self.try_act(act)?.map_err(|refusal| anyhow::anyhow!("the app says {}: {}", refusal.status, refusal.message))
    }
    /// The same where the customer's own app may refuse it.
    pub fn try_act(&mut self, act: Value) -> Result<Result<String, Refusal>> {
        let act: Act = serde_json::from_value(act)?;
        Ok(self.wire.with(|provider, now| provider.act(act, now)))
    }
    pub fn says(&mut self, text: &str) -> Result<String> {
        self.act(serde_json::json!({ "act": "say", "text": text }))
    }
    /// The business hands a template in at the provider.
    pub fn propose(&self, template: Value) -> Result<()> {
        let (owner, token) = self.channel.templates_of().context("no templates")?;
        let request = emulators::platform::Request {
            method: "POST".into(),
            host: "graph.localhost:8080".into(),
            path: format!("/v25.0/{owner}/message_templates"),
            headers: vec![("authorization".into(), format!("Bearer {token}")), ("content-type".into(), "application/json".into())],
            body: template.to_string().into(),
            ..Default::default()
        };
        let answer = self.wire.with(|provider, now| provider.asked(&request, now));
        ensure!(answer.status == 200, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        Ok(())
    }
    pub fn faults(&self, faults: Value) {
        let faults: Faults = serde_json::from_value(faults).expect("faults");
        self.wire.with(|provider, _| provider.set_faults(faults));
    }
    pub fn ledger(&self) -> Ledger {
        self.wire.with(|provider, _| provider.ledger())
    }
    /// What stands on the customer's screen, in the order in which it came there.
    pub fn screen(&self) -> Vec<Shown> {
        let mut shown = self.wire.with(|provider, _| provider.screen());
        shown.sort_by_key(|one| one.at_ms);
        shown
    }
    /// What the business said, as the customer reads it, in the order in which it was accepted.
    pub fn heard(&self) -> Vec<String> {
        let came = |id: &str| self.screen().iter().any(|one| one.id == id);
        self.ledger().accepted.iter().filter(|one| came(&one.id)).map(|one| one.text.clone()).collect()
    }

    /// What the customer finds in a file of their screen, or behind a link of ours.
    pub fn opened(&self, address: &str) -> Option<bytes::Bytes> {
        match self.wire.with(|provider, _| provider.file(address)) {
            Some(bytes) => Some(bytes),
            None => block_on(self.wire.open(address)),
        }
    }
    /// How often the API took this text.
    pub fn accepted_times(&self, text: &str) -> usize {
        self.ledger().accepted.iter().filter(|one| one.text == text).count()
    }
    /// How often the customer reads this text of ours.
    pub fn shown_times(&self, text: &str) -> usize {
        self.screen().iter().filter(|one| one.by == By::Business && one.text == text).count()
    }
    /// Requests that the provider answered or refused so far.
    pub fn asked(&self) -> usize {
        let ledger = self.ledger();
        ledger.accepted.len() + ledger.refused.len()
    }

    /// Time in which nothing happens that anybody looks at.
    pub fn leap(&mut self, seconds: i64) -> Result<()> {
        self.house.clock.advance_ms(seconds * 1_000);
        self.house.keep_time();
        block_on(self.house.engine.renew())?;
        self.pass(2)
    }

    /// Lets time pass, in the emulator and in the house; no real time does.
    pub fn pass(&mut self, seconds: i64) -> Result<()> {
        self.pass_ms(seconds * 1_000)
    }

    pub fn pass_ms(&mut self, ms: i64) -> Result<()> {
        let end = self.house.now().plus_millis(ms);
        block_on(async {
            self.rest().await?;
            while self.house.now() < end {
                let next = self.wire.with(|provider, _| provider.next_due());
                let next = next.map_or(i64::MAX, |at| at.as_microsecond());
                let left = end - self.house.now();
                // Our own timers are looked at every second, as the poll of a running server does.
                let step = (next - self.house.now().micros()).clamp(1_000, 1_000_000).min(left.max(1_000));
                self.house.clock.advance_ms((step + 999) / 1_000);
                self.house.keep_time();
                self.house.engine.renew().await?;
                self.rest().await?;
            }
            Ok(())
        })
    }

    /// Until nothing is left to do at this instant.
    async fn rest(&mut self) -> Result<()> {
        for _ in 0..1_000 {
            let due = self.wire.with(|provider, now| provider.due(now));
            let idle = due.is_empty();
            for callback in due {
                match &mut self.held {
                    Some(held) if !matches!(callback.kind, WebhookKind::Handshake | WebhookKind::Media) => held.push(callback),
                    _ => self.deliver(callback).await,
                }
            }
            let mut busy = false;
            for _ in 0..1_000 {
                if !self.house.round().await? {
                    break;
                }
                busy = true;
            }
            if idle && !busy {
                return Ok(());
            }
        }
        anyhow::bail!("the stage never comes to rest")
    }

    pub async fn deliver(&mut self, callback: Callback) {
        // A picture that the provider fetches after it took the message.
        if callback.kind == WebhookKind::Media {
            let fetched = self.wire.fetch(&callback).await;
            return self.wire.with(|provider, now| provider.answered(callback.id, fetched, now));
        }
        let answer = self.knock(&callback).await;
        if let CallbackAnswer::Answered { status, .. } = &answer {
            self.answers.push(*status);
        }
        self.wire.with(|provider, now| provider.answered(callback.id, answer, now));
    }

    /// A webhook at our door, and what is answered there.
    pub async fn knock(&self, callback: &Callback) -> CallbackAnswer {
        self.wire.knock(callback).await
    }

    /// The key of the customer's thread.
    pub fn key(&self) -> Result<String> {
        let (ws, account) = (self.shop.ws, self.account);
        let found = block_on(self.house.engine.db().read(move |tx| {
            Box::pin(async move {
                let row = tx
                    .opt(
                        db::sql!("SELECT key FROM thread WHERE workspace_id = $1 AND channel_account_id = $2 ORDER BY key LIMIT 1"),
                        db::params![ws, account.0],
                    )
                    .await?;
                Ok(row.map(|row| row.get::<String>(0)).transpose()?)
            })
        }))?;
        found.context("the customer never reached us")
    }

    /// We ask the provider for what nobody told us: how much of it was new; none where it cannot be asked.
    pub fn catch_up(&self) -> Result<Option<usize>> {
        let told = self.wire.with(|provider, _| provider.told_key());
        let (engine, ws, account) = (&self.house.engine, self.shop.ws, self.account);
        match told {
            Some(key) => block_on(engine.catch_up_line(ws, account, &key)).map(Some),
            None => block_on(engine.catch_up(ws, account)),
        }
    }

    /// The customer's conversation, as an agent sees it.
    pub fn conversation(&self) -> Result<Value> {
        let account = self.account.to_string();
        let listed = block_on(self.people.finds(&self.wire, "/conversations?limit=100"))?;
        let of_account = |one: &&Value| one["channel"]["account_id"] == account.as_str();
        listed["items"].as_array().and_then(|all| all.iter().find(of_account)).cloned().context("the customer never reached us")
    }
    /// All messages of the customer's conversation, as an agent sees them.
    pub fn messages(&self) -> Result<Vec<Said>> {
        let conversation = self.conversation()?;
        block_on(door::messages(&self.people, &self.wire, conversation["id"].as_str().unwrap_or_default()))
    }
    /// What the customer said, as an agent sees it.
    pub fn customers(&self) -> Result<Vec<Said>> {
        Ok(self.messages()?.into_iter().filter(Said::is_theirs).collect())
    }
    /// The customer writes, an agent takes it.
    pub fn taken(&mut self) -> Result<Desk> {
        self.says("hello")?;
        self.pass(2)?;
        self.accepted()
    }

    /// Whoever is offered the customer accepts.
    pub fn accepted(&mut self) -> Result<Desk> {
        for worker in [self.shop.ana, self.shop.ben] {
            let desk = self.does(Some(worker), Method::GET, "/desk", Value::Null)?.map_err(|not| anyhow::anyhow!("no desk: {not:?}"))?;
            let offers = desk["reservations"].as_array().cloned().unwrap_or_default();
            let Some(offer) = offers.iter().find(|one| one["status"] == "pending") else { continue };
            let path = format!("/reservations/{}/accept", offer["id"].as_str().unwrap_or_default());
            let taken = self.does(Some(worker), Method::POST, &path, Value::Null)?;
            let taken = taken.map_err(|not| anyhow::anyhow!("the offer cannot be accepted: {not:?}"))?;
            block_on(self.house.settle())?;
            return Ok(Desk { worker, conversation: serde_json::from_value(taken["task"]["conversation_id"].clone())? });
        }
        anyhow::bail!("nobody was offered the customer")
    }

    /// By the API, as this agent or as the admin.
    pub fn does(&self, who: Option<WorkerId>, method: Method, path: &str, body: Value) -> Result<Result<Value, NotDone>> {
        block_on(self.people.does(&self.wire, who, method, path, body))
    }
    /// The same, where a message comes of it.
    pub fn message(&self, desk: &Desk, method: Method, path: &str, body: Value) -> Result<Result<Said, NotDone>> {
        Ok(match self.does(Some(desk.worker), method, path, body)? {
            Ok(message) => Ok(serde_json::from_value(message)?),
            Err(not) => Err(not),
        })
    }

    /// An agent writes; what was refused is an error.
    pub fn write(&mut self, desk: &Desk, text: &str) -> Result<Said> {
        self.write_more(desk, text, |_| {})
    }

    pub fn write_more(&mut self, desk: &Desk, text: &str, more: impl FnOnce(&mut Draft)) -> Result<Said> {
        let client_id = self.house.engine.ids().next::<MessageId>().to_string();
        let mut draft = Draft::text(text);
        more(&mut draft);
        let who = (!draft.by_admin).then_some(desk.worker);
        let path = format!("/conversations/{}/messages", desk.conversation);
        let written = self.does(who, Method::POST, &path, draft.body(&client_id))?;
        Ok(serde_json::from_value(written.map_err(|refused| anyhow::anyhow!("refused: {refused:?}"))?)?)
    }

    /// An agent has it sent again.
    pub fn retry(&mut self, desk: &Desk, message: &Said) -> Result<()> {
        let retried = self.message(desk, Method::POST, &format!("/messages/{}/retry", message.id), json!({}))?;
        retried.map(drop).map_err(|refused| anyhow::anyhow!("it cannot be sent again: {refused:?}"))
    }

    /// Somebody saw at the customer that it arrived.
    pub fn vouch(&mut self, desk: &Desk, message: &Said) -> Result<()> {
        let heard = self.message(desk, Method::POST, &format!("/messages/{}/arrived", message.id), json!({}))?;
        heard.map(drop).map_err(|refused| anyhow::anyhow!("nobody believes it: {refused:?}"))
    }

    /// The messages about which a person is asked.
    pub fn undelivered(&self) -> Result<Vec<MessageId>> {
        let listed = block_on(self.people.finds(&self.wire, "/undelivered?limit=50"))?;
        let all = listed["items"].as_array().context("no list")?;
        Ok(all.iter().map(|one| serde_json::from_value(one["message"]["id"].clone())).collect::<Result<_, _>>()?)
    }

    /// Whether the provider would tell a repeat of what an agent writes now, by its connector's word.
    pub fn tells_repeats(&self) -> Result<bool> {
        let (ws, key, account, connector) = (self.shop.ws, self.key()?, self.configured()?, self.connector()?);
        let (id, thread) = (self.account, key.clone());
        let thread = block_on(
            self.house.engine.db().read(move |tx| Box::pin(async move { store::conversation::thread_by_key(tx, ws, id, &thread).await })),
        )?;
        let work = Work::Part {
            part: connectors::Part { text: "x".into(), ..Default::default() },
            to: key.clone(),
            thread: key,
            context: thread.map_or(Value::Null, |thread| thread.context),
            message: Some(self.house.engine.ids().next()),
            no: 0,
            heard_at: Some(self.house.now()),
        };
        let nobody = connectors::Reply::Http { status: 200, headers: vec![], body: vec![] };
        let mut progress = Value::Null;
        for _ in 0..3 {
            match connector.next(&account, &work, &progress, self.house.now()) {
                Step::Http(request) => return Ok(request.repeatable != connectors::Repeatable::Never),
                Step::Nothing => match connector.outcome(&account, &work, &progress, &nobody, self.house.now()) {
                    connectors::Outcome::More(more) => progress = more,
                    _ => return Ok(false),
                },
                _ => return Ok(false),
            }
        }
        anyhow::bail!("the connector never asks for anything")
    }

    /// How far a message of ours has come, as an agent sees it.
    pub fn state(&self, message: &Said) -> Result<MessageState> {
        Ok(self.again(message)?.state)
    }
    pub fn again(&self, message: &Said) -> Result<Said> {
        self.messages()?.into_iter().find(|m| m.id == message.id).context("the message is gone")
    }

    /// What the customer is called, as an agent reads it.
    pub fn called(&self) -> Result<String> {
        Ok(self.conversation()?["contact"]["name"].as_str().unwrap_or_default().to_owned())
    }

    /// A file an agent may attach.
    pub fn upload(&mut self, desk: &Desk, name: &str, bytes: &[u8]) -> Result<AttachmentId> {
        let (content_type, body) = door::form(name, bytes);
        let uploaded = block_on(self.people.sends(&self.wire, Some(desk.worker), Method::POST, "/files", (&content_type, body)))?;
        let uploaded = uploaded.map_err(|refused| anyhow::anyhow!("the file was refused: {refused:?}"))?;
        Ok(serde_json::from_value(uploaded["id"].clone())?)
    }
}

/// Opens the line that the account holds, where the reading stopped.
async fn dial(wire: &Wire, engine: &engine::Engine, ws: i64, account: ChannelAccountId) -> Result<()> {
    let Some(key) = wire.with(|provider, _| provider.cursor_key()) else { return Ok(()) };
    let cursor = engine.cursor(ws, account, &key).await?;
    wire.with(|provider, now| provider.dial(cursor.as_deref(), now));
    Ok(())
}

/// An agent who has the customer's conversation.
pub struct Desk {
    pub worker: WorkerId,
    pub conversation: ConversationId,
}
