//! A house with a mailbox of its own on the real servers, and a clock that goes with theirs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use db::Db;
use egress::{Egress, EgressOptions, HostPort};
use engine::clock::ManualClock;
use engine::{Engine, Files};
use model::{ChannelAccount, ChannelAccountId, Conversation, Message, MessageId, Timestamp};
use testkit::{FakeWorld, House, Parts, Shop, Writer, engine_on};
use transports::Carrier;

use crate::servers::Servers;

/// How long anything may take until the house shows it.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Stage {
    pub house: House,
    pub shop: Shop,
    pub account: ChannelAccountId,
    pub servers: &'static Servers,
    carrier: Carrier,
    lines: tokio::task::JoinHandle<()>,
    seed: u64,
}

/// The time of the servers.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    Timestamp::from_micros(i64::try_from(since.as_micros()).expect("a time"))
}

/// A way out that trusts these servers, and may dial them.
pub fn carrier(servers: &Servers, requests: Arc<FakeWorld>, roots: &[Vec<u8>]) -> Carrier {
    let allow: Vec<HostPort> =
        [servers.imap, servers.imap_plain, servers.smtp].map(|port| format!("localhost:{port}").parse().expect("a place")).into();
    let egress = Egress::new(EgressOptions { allow, ..EgressOptions::default() }).expect("a way out");
    Carrier::new(requests, egress, roots).expect("a carrier")
}

/// The account of `name@tide.example`.
pub fn account(servers: &Servers, id: ChannelAccountId, name: &str) -> ChannelAccount {
    let address = format!("{name}@tide.example");
    let (imap, smtp) = (servers.imap.to_string(), servers.smtp.to_string());
    let settings = [
        ("address", address.as_str()),
        ("imap_host", "localhost"),
        ("imap_port", imap.as_str()),
        ("smtp_host", "localhost"),
        ("smtp_port", smtp.as_str()),
        ("smtp_security", "starttls"),
        ("authserv_id", "mx.tide.example"),
    ];
    let secrets = [("imap_password", "pass"), ("smtp_password", "pass"), ("signing_key", "key")];
    let owned =
        |pairs: &[(&str, &str)]| -> BTreeMap<_, _> { pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect() };
    ChannelAccount {
        id,
        kind: "email".into(),
        name: "Support".into(),
        address: address.clone(),
        enabled: true,
        settings: owned(&settings),
        secrets: owned(&secrets),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: String::new(),
        version: 1,
    }
}

impl Stage {
    /// A shop whose mailbox is `name@tide.example`, changed as the test wants.
    pub async fn open(servers: &'static Servers, name: &str, change: impl FnOnce(&mut ChannelAccount)) -> Self {
        let requests = Arc::new(FakeWorld::default());
        let carrier = carrier(servers, requests.clone(), std::slice::from_ref(&servers.root));
        let db = Db::open_memory().expect("a database");
        db.migrate(store::MIGRATIONS).await.expect("tables");
        let clock = Arc::new(ManualClock::new(now()));
        let engine = engine_on(Parts {
            db,
            clock: clock.clone(),
            world: Arc::new(carrier.clone()),
            seed: 1,
            files: Files::in_memory(),
            channels: connectors::ALL,
            alone: true,
        });
        let house = House { engine, clock, world: requests };
        house.keep_time();
        house.engine.renew().await.expect("a lease");
        let shop = house.open_shop("Tidewater").await.expect("a shop");
        let id: ChannelAccountId = house.engine.ids().next();
        let mut account = account(servers, id, name);
        change(&mut account);
        house.connect(&shop, account).await.expect("an account");
        let lines = begin(&carrier, &house.engine);
        Self { house, shop, account: id, servers, carrier, lines, seed: 1 }
    }

    /// The process ends without a goodbye, and another one takes its place.
    pub async fn reborn(mut self) -> Self {
        self.lines.abort();
        let _ = (&mut self.lines).await;
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
        self.house.engine.renew().await.expect("a lease");
        self.lines = begin(&self.carrier, &self.house.engine);
        self
    }

    /// Lets the house work until it shows what is waited for. Its clock goes with the servers'.
    pub async fn until<T>(&self, what: &str, mut seen: impl AsyncFnMut(&Self) -> Option<T>) -> T {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            self.work().await;
            if let Some(seen) = seen(self).await {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        panic!("{what} did not happen\n{}", self.servers.log());
    }

    /// Everything that is due at this instant.
    pub async fn work(&self) {
        self.house.clock.set(now());
        self.house.keep_time();
        self.house.engine.renew().await.expect("a lease");
        self.house.settle().await.expect("the house works");
    }

    /// The conversation that began with the mail of this id, and all of its messages.
    pub async fn said(&self, id: &str) -> Option<(Conversation, Vec<Message>)> {
        self.house.thread(&self.shop, self.account, &format!("mid:{id}")).await.ok()
    }

    /// Waits for the mail of this id.
    pub async fn heard(&self, id: &str) -> (Conversation, Vec<Message>) {
        self.until(id, async |stage| stage.said(id).await).await
    }

    /// All that customers said in any conversation of the mailbox, in no order.
    pub async fn all(&self) -> i64 {
        let sql = "SELECT count(*) FROM inbound";
        self.house.count(sql).await.expect("a count")
    }

    /// Ana answers; she may write in any conversation.
    pub async fn reply(&self, conversation: &Conversation, client_id: &str, text: &str) -> MessageId {
        let message = engine::WriteMessage::text(
            conversation.id,
            client_id,
            text,
            Writer { worker_id: Some(self.shop.ana), name: "Ana".into(), anywhere: true },
            format!("worker:{}", self.shop.ana),
        );
        let written = self.house.engine.write(self.shop.ws, message).await.expect("written").expect("a reply");
        self.work().await;
        written.id
    }

    /// One message as it stands now.
    pub async fn message(&self, conversation: &Conversation, id: MessageId) -> Option<Message> {
        self.house.messages(&self.shop, conversation.id).await.ok()?.into_iter().find(|message| message.id == id)
    }

    /// The letter in somebody's mailbox that holds these words.
    pub async fn letter(&self, who: &str, words: &str) -> String {
        self.until(words, async |stage| stage.servers.mailbox(who).into_iter().find(|mail| mail.contains(words))).await
    }

    /// The account's problem, as it is kept.
    pub async fn problem(&self) -> Option<String> {
        let (ws, id) = (self.shop.ws, self.account);
        let db = self.house.engine.db();
        db.read(move |tx| Box::pin(async move { store::channel::problem(tx, ws, id).await })).await.expect("a look")
    }

    pub async fn close(self) {
        self.house.engine.stop();
        tokio::time::timeout(PATIENCE, self.lines).await.expect("the lines close").expect("the lines closed");
    }
}

fn begin(carrier: &Carrier, engine: &Engine) -> tokio::task::JoinHandle<()> {
    let (carrier, engine) = (carrier.clone(), engine.clone());
    tokio::spawn(async move { carrier.run(engine).await })
}

/// A line of a mail's head.
pub fn head(mail: &str, name: &str) -> String {
    let start = format!("{name}: ");
    mail.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(&start)).unwrap_or_default().trim().to_owned()
}
