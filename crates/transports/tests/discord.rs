//! Discord from end to end: the emulator's sockets, our gateway client, the connector, and a house that answers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use egress::{Egress, EgressOptions};
use emulators::discord::{Bot, DiscordConfig, Faults, Guild, GuildChannel, Ledger, Person};
use emulators::{Config, DiscordServer, Outward as Post};
use engine::clock::ManualClock;
use engine::{Files, Outward};
use model::{ChannelAccount, ChannelAccountId, Timestamp};
use serde_json::{Value, json};
use testkit::{FakeWorld, House, Parts, Shop, engine_on};
use transports::Carrier;

/// Says back what it hears; asked for the menu it offers two buttons.
const FLOW: &str = r#"{"description":"echo","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"which"},{"event":"incomingConversationMessage","next":"which"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"which","type":"split-based-on","properties":{"input":"{{trigger.conversation.Body}}"},"transitions":[{"event":"noMatch","next":"echo"},{"event":"match","next":"ask","conditions":[{"friendly_name":"ask","arguments":["{{trigger.conversation.Body}}"],"type":"contains","value":"menu"}]}]},
 {"name":"ask","type":"send-and-wait-for-reply","properties":{"body":"Tea or coffee?","choices":["Tea","Coffee"],"timeout":"3600"},"transitions":[{"event":"incomingMessage","next":"told"},{"event":"timeout","next":"echo"},{"event":"deliveryFailure","next":"echo"}]},
 {"name":"told","type":"send-message","properties":{"body":"You chose {{widgets.ask.inbound.Body}}"},"transitions":[{"event":"sent"},{"event":"failed"}]},
 {"name":"echo","type":"send-message","properties":{"body":"You said {{trigger.conversation.Body}}"},"transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

const BOT: &str = "1000000000000000009";
const TOKEN: &str = "MTAwMDAwMDAwMDAwMDAwMDAwOQ.G.s";
const GUILD: &str = "1200000000000000077";
const ROOM: &str = "1200000000000000100";
const ANA: &str = "1100000000000000001";

struct Stage {
    house: House,
    shop: Shop,
    account: ChannelAccount,
    discord: DiscordServer,
    carrier: Carrier,
    running: tokio::task::JoinHandle<()>,
    seed: u64,
}

impl Stage {
    async fn open() -> Result<Self> {
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
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
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
        let shop = house.open_shop_of("Tidewater", model::Settings::default(), FLOW, (vec![], vec![])).await?;
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let api = format!("{origin}/api/v10");
        let (tickets, watched) = (json!([GUILD]).to_string(), json!([ROOM]).to_string());
        let account = ChannelAccount {
            id: ChannelAccountId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
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
            webhook_url: String::new(),
            version: 1,
        };
        house.connect(&shop, account.clone()).await?;
        let running = tokio::spawn({
            let (carrier, engine) = (carrier.clone(), house.engine.clone());
            async move { carrier.run(engine).await }
        });
        let stage = Self { house, shop, account, discord, carrier, running, seed: 7 };
        stage.until("a session", |stage| stage.ledger().count("identify") > 0).await?;
        Ok(stage)
    }

    fn ledger(&self) -> Ledger {
        self.discord.with(|discord, _| discord.ledger().clone())
    }

    /// What the bot was heard to say, in order.
    fn heard(&self) -> Vec<String> {
        self.ledger().accepted.into_iter().map(|accepted| accepted.text).collect()
    }

    fn faults(&self, faults: Faults) {
        self.discord.with(|discord, _| discord.set_faults(faults));
    }

    fn upset(&self, what: &str, code: u16) {
        assert!(self.discord.with(|discord, now| discord.upset(what, code, now)));
    }

    fn act(&self, channel: Option<&str>, act: Value) -> Result<String> {
        let act = serde_json::from_value(act)?;
        let done = self.discord.with(|discord, now| discord.act(BOT, "ana", channel, act, now));
        done.map_err(|refusal| anyhow::anyhow!("the app says {}: {}", refusal.status, refusal.message))
    }

    fn says(&self, text: &str) -> Result<String> {
        self.act(None, json!({ "act": "say", "text": text }))
    }

    /// Lets the house work until it is so.
    async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) -> Result<()> {
        for _ in 0..1_500 {
            self.house.settle().await?;
            if so(self) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.house.clock.advance_ms(20);
            self.house.keep_time();
            self.house.engine.renew().await?;
        }
        anyhow::bail!("{what} did not come: {:?} {:#?}", self.heard(), self.ledger().gateway)
    }

    async fn answered(&self, texts: &[&str]) -> Result<()> {
        self.until(&format!("{texts:?}"), |stage| stage.heard().len() >= texts.len()).await?;
        assert_eq!(self.heard(), texts);
        Ok(())
    }

    async fn problem(&self) -> Result<Option<String>> {
        let (ws, id) = (self.shop.ws, self.account.id);
        self.house.engine.db().read(move |tx| Box::pin(async move { store::channel::problem(tx, ws, id).await })).await
    }

    /// The process ends without a goodbye, and another one takes its place.
    async fn dies(mut self) -> Result<Self> {
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

    fn lives(mut self) -> Self {
        let (carrier, engine) = (self.carrier.clone(), self.house.engine.clone());
        self.running = tokio::spawn(async move { carrier.run(engine).await });
        self
    }
}

/// Proves G1 for the gateway: what was told while the line was cut is heard once, whatever cut it.
#[tokio::test]
async fn nothing_is_lost_or_doubled_over_cuts() -> Result<()> {
    let stage = Stage::open().await?;
    stage.says("one")?;
    stage.answered(&["You said one"]).await?;

    stage.upset("cut", 0);
    stage.says("two")?;
    stage.answered(&["You said one", "You said two"]).await?;
    assert_eq!((stage.ledger().count("resume"), stage.ledger().count("identify")), (1, 1));

    stage.upset("reconnect", 0);
    stage.until("another resume", |stage| stage.ledger().count("resume") == 2).await?;
    stage.upset("close", 4000);
    stage.says("three")?;
    stage.answered(&["You said one", "You said two", "You said three"]).await?;
    assert_eq!((stage.ledger().count("resume"), stage.ledger().count("identify")), (3, 1));

    stage.faults(Faults { duplicate: 3, ..Faults::default() });
    stage.says("four")?;
    stage.says("five")?;
    stage.until("five", |stage| stage.heard().len() >= 5).await?;
    stage.faults(Faults::default());
    assert_eq!(stage.heard()[3..], ["You said four", "You said five"]);

    let stage = stage.dies().await?;
    stage.says("six")?;
    let stage = stage.lives();
    stage.until("six", |stage| stage.heard().len() >= 6).await?;
    assert_eq!(stage.heard()[5..], ["You said six"], "told while nobody was there");
    assert_eq!(stage.ledger().count("identify"), 1, "the new process went on in the old session");

    stage.upset("invalid", 0);
    stage.until("a new session", |stage| stage.ledger().count("identify") == 2).await?;
    stage.says("seven")?;
    stage.until("seven", |stage| stage.heard().len() >= 7).await?;
    assert_eq!(stage.heard().len(), 7);
    Ok(())
}

#[tokio::test]
async fn a_line_that_only_looks_open_is_left() -> Result<()> {
    let stage = Stage::open().await?;
    stage.faults(Faults { heartbeat_ms: 100, ..Faults::default() });
    stage.upset("reconnect", 0);
    stage.until("heartbeats", |stage| stage.ledger().count("beat") > 5).await?;
    assert_eq!(stage.ledger().count("resume"), 1, "they are answered");
    stage.faults(Faults { heartbeat_ms: 100, mute: true, ..Faults::default() });
    stage.until("a resume", |stage| stage.ledger().count("resume") > 1).await?;
    stage.faults(Faults::default());
    stage.says("still here?")?;
    stage.answered(&["You said still here?"]).await
}

/// A token that ends is named at the account, and nobody knocks in vain at once.
#[tokio::test]
async fn what_somebody_has_to_mend_is_said() -> Result<()> {
    let stage = Stage::open().await?;
    assert_eq!(stage.problem().await?, None);
    stage.upset("close", 4004);
    let (ws, id) = (stage.shop.ws, stage.account.id);
    let mut noted = None;
    for _ in 0..500 {
        noted = stage.problem().await?;
        if noted.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let noted = noted.context("no problem was noted")?;
    assert!(noted.contains("bad_credentials") && noted.contains("bot_token"), "{noted}");
    // It opens again after the pause, and the problem is over.
    stage.until("a new session", |stage| stage.ledger().count("identify") == 2).await?;
    for _ in 0..200 {
        if stage.problem().await?.is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stage.problem().await?, None);
    let lines = stage.house.engine.check_channel(ws, id).await?;
    let bad: Vec<_> = lines.iter().filter(|line| line.problem.is_some()).collect();
    assert!(bad.is_empty() && lines.len() > 6, "{lines:?}");
    Ok(())
}

#[tokio::test]
async fn buttons_tickets_and_limits() -> Result<()> {
    let stage = Stage::open().await?;
    stage.says("the menu, please")?;
    stage.answered(&["Tea or coffee?"]).await?;
    let offered = stage.ledger().accepted[0].id.clone();
    stage.act(None, json!({ "act": "tap", "message": offered, "button": "Coffee" }))?;
    stage.answered(&["Tea or coffee?", "You chose Coffee"]).await?;
    let tapped = stage.ledger().interactions[0].clone();
    assert_eq!(tapped.answer, Some(json!({ "type": 6 })));
    assert!(tapped.answered_after_ms.is_some_and(|ms| ms < 3_000), "{tapped:?}");

    // A mention asks for a ticket: the answer begins a thread at it, and what is said there belongs to it.
    let asked = stage.act(Some(ROOM), json!({ "act": "say", "text": "@support my lamp is broken" }))?;
    stage.until("the ticket", |stage| stage.heard().len() >= 3).await?;
    let answer = stage.ledger().accepted[2].clone();
    assert_eq!((answer.channel.as_str(), answer.text.as_str()), (asked.as_str(), "You said @support my lamp is broken"));
    stage.act(Some(&asked), json!({ "act": "say", "text": "and the bulb" }))?;
    stage.until("the thread", |stage| stage.heard().len() >= 4).await?;
    let lines = stage.house.transcript(&stage.shop, stage.account.id, &asked).await?;
    assert_eq!(lines.iter().filter(|line| line.starts_with("customer: ")).count(), 2, "{lines:?}");

    // Where an answer is lost on the way, the gateway's echo or a repeat under the same nonce tells what became of it; a limit is waited for.
    stage.faults(Faults { drop_response: 1, ..Faults::default() });
    stage.says("once")?;
    stage.until("the answer", |stage| stage.heard().len() >= 5).await?;
    stage.faults(Faults { too_many: 1, retry_after_ms: 300, ..Faults::default() });
    stage.says("twice")?;
    stage.until("the limit", |stage| stage.heard().len() >= 6).await?;
    assert_eq!(stage.heard()[4..], ["You said once", "You said twice"]);
    assert!(stage.ledger().refused.iter().any(|refused| refused.status == 429));
    Ok(())
}
