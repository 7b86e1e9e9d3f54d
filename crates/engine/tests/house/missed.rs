//! What a gateway's session did not tell: listed channel by channel, kept once, in order, and lost by no bad day of the provider's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use connectors::Incoming;
use engine::{Outgoing, Sent};
use model::{ChannelAccount, ChannelAccountId, Timestamp};
use serde_json::{Value, json};
use testkit::{FakeWorld, House, Shop, databases};

const ANA: &str = "1100000000000000001";
const BEN: &str = "1100000000000000002";
/// The direct channels of the two.
const OF_ANA: &str = "1300000000000000001";
const OF_BEN: &str = "1300000000000000002";
const TOLD: &str = "told:0/1";

/// An id of something that was made so many seconds after the tests' clock began.
fn id(seconds: i64) -> String {
    let ms = Timestamp::from_secs(1_800_000_000 + seconds).millis();
    ((ms - 1_420_070_400_000) << 22).to_string()
}

fn message(seconds: i64, who: &str) -> Value {
    json!({ "id": id(seconds), "type": 0, "author": { "id": who, "username": who }, "content": format!("at {seconds}"), "channel_id": "" })
}

/// What Discord knows of each channel, and how it answers.
#[derive(Default)]
struct Discord {
    channels: BTreeMap<&'static str, Vec<Value>>,
    /// Channels that are answered with a status and a code instead.
    refused: BTreeMap<&'static str, (u16, i64)>,
    asked: Vec<String>,
}

impl Discord {
    fn answer(&mut self, out: &Outgoing) -> Sent {
        let answer = |status, body: Value| Sent::Answer { status, headers: vec![], body: body.to_string().into() };
        let path = out.url.strip_prefix("https://discord.test/").unwrap_or_default().to_owned();
        let channel = path.split('/').nth(1).unwrap_or_default().to_owned();
        let after: u64 = path.split("after=").nth(1).and_then(|rest| rest.split('&').next()?.parse().ok()).unwrap_or_default();
        self.asked.push(path);
        if let Some((status, code)) = self.refused.get(channel.as_str()) {
            return answer(*status, json!({ "code": code, "message": "no" }));
        }
        let behind = |message: &&Value| message["id"].as_str().and_then(|id| id.parse::<u64>().ok()).is_some_and(|id| id > after);
        let mut page: Vec<&Value> = self.channels.get(channel.as_str()).into_iter().flatten().filter(behind).take(100).collect();
        page.reverse();
        answer(200, json!(page))
    }
}

struct Stage {
    shop: Shop,
    account: ChannelAccountId,
    discord: Arc<Mutex<Discord>>,
}

impl Stage {
    /// Ana and Ben wrote, and were heard.
    async fn open(house: &House) -> Self {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let account = ChannelAccount {
            id: house.engine.ids().next(),
            kind: "discord".into(),
            name: "Discord".into(),
            address: "9".into(),
            enabled: true,
            settings: map(&[("application_id", "9"), ("api_base_url", "https://discord.test")]),
            secrets: map(&[("bot_token", "OQ.a.b")]),
            app_id: None,
            provider_key: None,
            flow_id: None,
            business_hours_id: None,
            webhook_url: String::new(),
            version: 1,
        };
        let id = account.id;
        house.connect(&shop, account).await.unwrap();
        let discord = Arc::new(Mutex::new(Discord::default()));
        let there = discord.clone();
        house.world.now_answers(move |out| there.lock().unwrap().answer(out));
        let stage = Self { shop, account: id, discord };
        for (no, (channel, who)) in [(OF_ANA, ANA), (OF_BEN, BEN)].into_iter().enumerate() {
            let mut told = message(100 + no as i64, who);
            told["channel_id"] = json!(channel);
            stage.writes(channel, told.clone());
            let frame = json!({ "op": 0, "s": 2 + no, "t": "MESSAGE_CREATE", "d": told }).to_string();
            let incoming = Incoming::Frame { from: "0/1 1800000000000 abc wss://x.test", body: frame.as_bytes() };
            house.engine.receive(stage.shop.ws, id, incoming).await.unwrap();
        }
        stage
    }

    fn writes(&self, channel: &'static str, message: Value) {
        self.discord.lock().unwrap().channels.entry(channel).or_default().push(message);
    }

    fn refuses(&self, channel: &'static str, how: Option<(u16, i64)>) {
        let refused = &mut self.discord.lock().unwrap().refused;
        match how {
            Some(how) => refused.insert(channel, how),
            None => refused.remove(channel),
        };
    }

    async fn catch_up(&self, house: &House) -> anyhow::Result<usize> {
        house.engine.catch_up_line(self.shop.ws, self.account, TOLD).await
    }

    async fn heard(&self, house: &House, channel: &str) -> Vec<String> {
        let lines = house.transcript(&self.shop, self.account, channel).await.unwrap();
        lines.iter().filter_map(|line| line.strip_prefix("customer: ")).map(str::to_owned).collect()
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.discord.lock().unwrap().asked)
    }
}

#[test]
fn what_a_session_did_not_tell_is_listed_once_and_in_order() {
    databases("house::what_a_session_did_not_tell_is_listed_once_and_in_order", async |db| {
        let house = House::on(db, 1, FakeWorld::default()).await.unwrap();
        let stage = Stage::open(&house).await;
        (200..403).for_each(|at| stage.writes(OF_ANA, message(at, ANA)));
        stage.writes(OF_ANA, message(403, "9"));
        stage.refuses(OF_BEN, Some((403, 50_001)));
        stage.asked();
        assert_eq!(stage.catch_up(&house).await.unwrap(), 203, "what is refused costs itself alone");
        house.settle().await.unwrap();
        let expected: Vec<String> = std::iter::once(100).chain(200..403).map(|at| format!("at {at}")).collect();
        assert_eq!(stage.heard(&house, OF_ANA).await, expected);
        // From a minute before the last word that was told, whoever said it.
        let first = format!("channels/{OF_ANA}/messages?after={}&limit=100", id(41));
        let pages: Vec<String> = stage.asked().into_iter().filter(|path| path.contains(OF_ANA) && path.contains("after=")).collect();
        assert_eq!((pages.len(), &pages[0]), (3, &first), "{pages:?}");

        stage.refuses(OF_BEN, None);
        stage.writes(OF_BEN, message(500, BEN));
        assert_eq!(stage.catch_up(&house).await.unwrap(), 1, "the same again, and what was hidden");
        house.settle().await.unwrap();
        assert_eq!(stage.heard(&house, OF_BEN).await, ["at 101", "at 500"]);
        assert_eq!(stage.heard(&house, OF_ANA).await, expected);
    });
}

/// Time is the runtime's here, so that a minute of patience is none of ours.
fn patiently(test: impl AsyncFnOnce(House)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let house = House::on(db::Db::open_memory().unwrap(), 1, FakeWorld::default()).await.unwrap();
        test(house).await;
    });
}

#[test]
fn a_provider_that_cannot_be_asked_is_asked_again_later() {
    patiently(async |house| {
        let stage = Stage::open(&house).await;
        stage.writes(OF_ANA, message(200, ANA));
        stage.asked();
        for how in [(502, 0), (429, 0)] {
            stage.refuses(OF_ANA, Some(how));
            stage.refuses(OF_BEN, Some(how));
            let began = tokio::time::Instant::now();
            assert!(stage.catch_up(&house).await.is_err(), "{how:?}: nothing was listed, so nothing was passed over");
            assert!((5..15).contains(&stage.asked().len()), "{how:?}: asked more and more seldom");
            assert!((20..90).contains(&began.elapsed().as_secs()), "{how:?}: for a minute, {:?}", began.elapsed());
        }
        stage.refuses(OF_ANA, None);
        assert_eq!(stage.catch_up(&house).await.unwrap(), 1, "one channel that cannot be listed holds up no others");
        assert_eq!(stage.heard(&house, OF_ANA).await, ["at 100", "at 200"]);
        stage.refuses(OF_ANA, Some((401, 0)));
        assert!(stage.catch_up(&house).await.is_err(), "whose token is refused lists nothing");
    });
}
