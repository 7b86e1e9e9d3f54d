//! A house with a bot at the emulated Discord, over real sockets.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use egress::{Egress, EgressOptions};
use emulators::discord::{Bot, DiscordConfig, Faults, Guild, GuildChannel, Ledger, Person};
use emulators::{Config, DiscordServer, Outward as Post};
use engine::clock::ManualClock;
use engine::{Files, Outward};
use model::{ChannelAccount, Timestamp};
use serde_json::{Value, json};
use testkit::{FakeWorld, House, Parts, Shop, engine_on};
use transports::Carrier;

/// Says back what it hears; asked for the menu it offers two buttons.
pub const FLOW: &str = r#"{"description":"echo","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"which"},{"event":"incomingConversationMessage","next":"which"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"which","type":"split-based-on","properties":{"input":"{{trigger.conversation.Body}}"},"transitions":[{"event":"noMatch","next":"echo"},{"event":"match","next":"ask","conditions":[{"friendly_name":"ask","arguments":["{{trigger.conversation.Body}}"],"type":"contains","value":"menu"}]}]},
 {"name":"ask","type":"send-and-wait-for-reply","properties":{"body":"Tea or coffee?","choices":["Tea","Coffee"],"timeout":"3600"},"transitions":[{"event":"incomingMessage","next":"told"},{"event":"timeout","next":"echo"},{"event":"deliveryFailure","next":"echo"}]},
 {"name":"told","type":"send-message","properties":{"body":"You chose {{widgets.ask.inbound.Body}}"},"transitions":[{"event":"sent"},{"event":"failed"}]},
 {"name":"echo","type":"send-message","properties":{"body":"You said {{trigger.conversation.Body}}"},"transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

/// Hears everything and says nothing.
pub const QUIET: &str = r#"{"description":"quiet","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage"},{"event":"incomingConversationMessage"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]}]}"#;

pub const BOT: &str = "1000000000000000009";
const TOKEN: &str = "MTAwMDAwMDAwMDAwMDAwMDAwOQ.G.s";
const GUILD: &str = "1200000000000000077";
pub const ROOM: &str = "1200000000000000100";
const ANA: &str = "1100000000000000001";

pub struct Stage {
    pub house: House,
    pub shop: Shop,
    pub account: ChannelAccount,
    pub discord: DiscordServer,
    carrier: Carrier,
    running: tokio::task::JoinHandle<()>,
    seed: u64,
}

impl Stage {
    /// The bot is there, and listens.
    pub async fn open() -> Result<Self> {
        Self::open_with(FLOW).await
    }

    pub async fn open_with(flow: &str) -> Result<Self> {
        let stage = Self::prepared(flow, None).await?.lives();
        stage.until("a session", |stage| stage.ledger().count("identify") > 0).await?;
        Ok(stage)
    }

    /// The bot's account is connected, and nobody listens yet. `before`: said in the room a moment before the account was there.
    pub async fn prepared(flow: &str, before: Option<&str>) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://discord.localhost:{}", listener.local_addr()?.port());
        let person = |key: &str, id: &str| Person { key: key.into(), id: id.into(), name: "Ana".into() };
        let room = GuildChannel { id: ROOM.into(), name: "help".into() };
        let bot = Bot {
            id: BOT.into(),
            name: "support".into(),
            token: TOKEN.into(),
            key_seed: String::new(),
            reads_content: true,
            interactions_url: String::new(),
            shards: 0,
            commands: Vec::new(),
        };
        let discord = DiscordConfig {
            origin: origin.clone(),
            bots: vec![bot],
            people: vec![person("ana", ANA)],
            guilds: vec![Guild {
                id: GUILD.into(),
                name: "Tide".into(),
                members: vec!["ana".into()],
                channels: vec![room],
                permissions: 0,
            }],
        };
        let config = Config { seed: Some(7), discord, ..Config::default() };
        let emulators = emulators::routers(&config, Arc::new(Post::new(&[])?));
        let discord = emulators.discord_server.clone();
        let (router, run) = emulators::by_host(&config.hosts, emulators);
        tokio::spawn(run);
        tokio::spawn(async move { axum::serve(listener, router).await });

        let allow = vec![origin.trim_start_matches("http://").parse()?];
        let egress = Egress::new(EgressOptions { allow, ..EgressOptions::default() }).map_err(|error| anyhow::anyhow!(error))?;
        let carrier = Carrier::new(Arc::new(Outward(egress.clone())), egress, &[])?;
        let db = db::Db::open_memory()?;
        db.migrate(store::MIGRATIONS).await?;
        if let Some(text) = before {
            let act = serde_json::from_value(json!({ "act": "say", "text": text }))?;
            discord.with(|discord, now| discord.act(BOT, "ana", Some(ROOM), act, now)).map_err(|why| anyhow::anyhow!("{}", why.message))?;
        }
        // Ids of messages hold Discord's time, and the account's holds ours.
        let now_ms = discord.with(|_, now| now.as_millisecond());
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(now_ms + 1)));
        let engine = engine_on(Parts {
            db,
            clock: clock.clone(),
            world: Arc::new(carrier.clone()),
            seed: 7,
            files: Files::in_memory(),
            channels: connectors::ALL,
            alone: true,
        });
        let house = House { engine, clock, world: Arc::new(FakeWorld::default()) };
        house.keep_time();
        house.engine.renew().await?;
        let shop = house.open_shop_of("Tidewater", model::Settings::default(), flow, (vec![], vec![])).await?;
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let api = format!("{origin}/api/v10");
        let (tickets, watched) = (json!([GUILD]).to_string(), json!([ROOM]).to_string());
        let account = ChannelAccount {
            id: house.engine.ids().next(),
            kind: "discord".into(),
            name: "Tidewater".into(),
            address: BOT.into(),
            enabled: true,
            settings: map(&[
                ("application_id", BOT),
                ("api_base_url", &api),
                ("cdn_base_url", &origin),
                ("direct_messages", "true"),
                ("ticket_servers", &tickets),
                ("watched_channels", &watched),
            ]),
            secrets: map(&[("bot_token", TOKEN)]),
            app_id: None,
            provider_key: None,
            flow_id: None,
            business_hours_id: None,
            webhook_url: String::new(),
            version: 1,
        };
        house.connect(&shop, account.clone()).await?;
        Ok(Self { house, shop, account, discord, carrier, running: tokio::spawn(async {}), seed: 7 })
    }

    pub fn ledger(&self) -> Ledger {
        self.discord.with(|discord, _| discord.ledger().clone())
    }

    /// What the bot was heard to say, in order.
    pub fn heard(&self) -> Vec<String> {
        self.ledger().accepted.into_iter().map(|accepted| accepted.text).collect()
    }

    pub fn faults(&self, faults: Faults) {
        self.discord.with(|discord, _| discord.set_faults(faults));
    }

    pub fn upset(&self, what: &str, code: u16) {
        assert!(self.discord.with(|discord, now| discord.upset(what, code, now)));
    }

    pub fn act(&self, channel: Option<&str>, act: Value) -> Result<String> {
        let act = serde_json::from_value(act)?;
        let done = self.discord.with(|discord, now| discord.act(BOT, "ana", channel, act, now));
        done.map_err(|refusal| anyhow::anyhow!("the app says {}: {}", refusal.status, refusal.message))
    }

    pub fn says(&self, text: &str) -> Result<String> {
        self.act(None, json!({ "act": "say", "text": text }))
    }

    /// What customers wrote on the thread of a key, in order.
    pub async fn written(&self, key: &str) -> Result<Vec<String>> {
        let lines = self.house.transcript(&self.shop, self.account.id, key).await.unwrap_or_default();
        Ok(lines.iter().filter_map(|line| line.strip_prefix("customer: ")).map(str::to_owned).collect())
    }

    /// Lets the house work until so much was written on a thread.
    pub async fn arrives(&self, key: &str, lines: usize) -> Result<Vec<String>> {
        for _ in 0..3_000 {
            self.work().await?;
            let written = self.written(key).await?;
            if written.len() >= lines {
                return Ok(written);
            }
        }
        anyhow::bail!("{lines} lines did not come to {key}: {:?}, {:#?}", self.written(key).await?, self.ledger().listed)
    }

    async fn work(&self) -> Result<()> {
        self.house.settle().await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.house.clock.advance_ms(20);
        self.house.keep_time();
        self.house.engine.renew().await
    }

    /// Lets the house work until it is so.
    pub async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) -> Result<()> {
        for _ in 0..1_500 {
            self.house.settle().await?;
            if so(self) {
                return Ok(());
            }
            self.work().await?;
        }
        anyhow::bail!("{what} did not come: {:?} {:#?}", self.heard(), self.ledger().gateway)
    }

    pub async fn answered(&self, texts: &[&str]) -> Result<()> {
        self.until(&format!("{texts:?}"), |stage| stage.heard().len() >= texts.len()).await?;
        assert_eq!(self.heard(), texts);
        Ok(())
    }

    pub async fn problem(&self) -> Result<Option<String>> {
        let (ws, id) = (self.shop.ws, self.account.id);
        self.house.engine.db().read(move |tx| Box::pin(async move { store::channel::problem(tx, ws, id).await })).await
    }

    /// The process ends without a goodbye, and another one takes its place.
    pub async fn dies(mut self) -> Result<Self> {
        self.running.abort();
        let _ = (&mut self.running).await;
        self.seed += 1;
        let engine = engine_on(Parts {
            db: self.house.engine.db().clone(),
            clock: self.house.clock.clone(),
            world: Arc::new(self.carrier.clone()),
            seed: self.seed,
            files: self.house.engine.files().clone(),
            channels: connectors::ALL,
            alone: true,
        });
        self.house = House { engine, clock: self.house.clock.clone(), world: self.house.world.clone() };
        self.house.engine.renew().await?;
        Ok(self)
    }

    pub fn lives(mut self) -> Self {
        let (carrier, engine) = (self.carrier.clone(), self.house.engine.clone());
        self.running = tokio::spawn(async move { carrier.run(engine).await });
        self
    }
}
