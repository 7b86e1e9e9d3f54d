//! A provider, or a flow's server, that lets us wait holds up nobody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use connectors::Incoming;
use connectors::signature::{hex, hmac_sha256};
use engine::clock::ManualClock;
use engine::{Files, Outgoing, Sent, World};
use model::{ChannelAccount, ChannelAccountId, Timestamp};
use testkit::{ECHO, FakeWorld, House, Parts, Shop, engine_on};
use tokio::sync::{Notify, Semaphore};

const SECRET: &str = "a-secret-of-both-sides";

/// One platform answers at once, the other when it is allowed to.
struct TwoPlatforms {
    slow_asked: Notify,
    slow_may: Semaphore,
    fast: AtomicUsize,
    fast_asked: Notify,
    places: std::sync::Mutex<Vec<String>>,
}

#[async_trait]
impl World for TwoPlatforms {
    async fn request(&self, out: Outgoing) -> Sent {
        if out.url.contains(".example/send") {
            self.places.lock().unwrap().push(out.bulkhead.clone());
        }
        if out.url.contains("slow") {
            self.slow_asked.notify_one();
            self.slow_may.acquire().await.expect("never closed").forget();
        } else {
            self.fast.fetch_add(1, Ordering::SeqCst);
            self.fast_asked.notify_one();
        }
        Sent::Answer { status: 200, headers: vec![], body: "{}".into() }
    }
}

pub(super) fn account(no: u128, host: &str) -> ChannelAccount {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let send_url = format!("https://{host}.example/send");
    ChannelAccount {
        id: ChannelAccountId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + no)),
        kind: "custom".into(),
        name: host.into(),
        address: host.into(),
        enabled: true,
        settings: map(&[("send_url", send_url.as_str()), ("capabilities", "{}"), ("messages_per_second", "100")]),
        secrets: map(&[("signing_secret", SECRET)]),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: format!("http://localhost:8080/in/custom/{no}"),
        version: 1,
    }
}

async fn said(house: &House, shop: &Shop, to: ChannelAccountId, no: usize, text: &str) {
    let event = serde_json::json!({ "type": "message", "id": format!("m-{no}"), "from": { "id": format!("u-{no}") }, "text": text });
    told(house, shop, to, event).await;
}

/// The platform of an account of [`account`] tells of this.
pub(super) async fn told(house: &House, shop: &Shop, to: ChannelAccountId, event: serde_json::Value) {
    let body = serde_json::json!({ "events": [event] }).to_string();
    let at = house.now().secs();
    let mac = hex(&hmac_sha256(SECRET.as_bytes(), format!("{at}.{body}").as_bytes()));
    let headers = [("x-seaway-signature".to_owned(), format!("t={at},v1={mac}"))];
    let incoming = Incoming::Request { method: "POST", target: "/in/custom/1", headers: &headers, body: body.as_bytes() };
    assert_eq!(house.engine.receive(shop.ws, to, incoming).await.expect("taken").fresh, 1);
}

/// A house with a slow account and a fast one, whose actors are at work.
struct Stage {
    house: House,
    shop: Shop,
    world: Arc<TwoPlatforms>,
    slow: ChannelAccountId,
    fast: ChannelAccountId,
    actors: tokio::task::JoinHandle<anyhow::Result<()>>,
}

async fn open(flow: &str) -> Stage {
    let db = db::Db::open_memory().unwrap();
    db.migrate(store::MIGRATIONS).await.unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
    let world = Arc::new(TwoPlatforms {
        slow_asked: Notify::new(),
        slow_may: Semaphore::new(0),
        fast: AtomicUsize::new(0),
        fast_asked: Notify::new(),
        places: Default::default(),
    });
    let engine = engine_on(Parts {
        db,
        clock: clock.clone(),
        world: world.clone(),
        seed: 7,
        files: Files::in_memory(),
        channels: connectors::ALL,
        alone: true,
    });
    let house = House { engine, clock, world: Arc::new(FakeWorld::default()) };
    house.engine.renew().await.unwrap();
    let shop = house.open_shop_of("Tidewater", model::Settings::default(), flow, (vec![], vec![])).await.unwrap();
    let (slow, fast) = (account(1, "slow"), account(2, "fast"));
    for account in [&slow, &fast] {
        house.connect(&shop, account.clone()).await.unwrap();
    }
    let actors = tokio::spawn(engine::run::run(house.engine.clone()));
    Stage { house, shop, world, slow: slow.id, fast: fast.id, actors }
}

async fn soon<T>(awaited: impl Future<Output = T>) -> Result<T, tokio::time::error::Elapsed> {
    tokio::time::timeout(Duration::from_secs(5), awaited).await
}

#[tokio::test]
async fn a_provider_that_does_not_answer_holds_up_no_other_account() {
    let Stage { house, shop, world, slow, fast, actors } = open(ECHO).await;
    said(&house, &shop, slow, 0, "hello").await;
    soon(world.slow_asked.notified()).await.expect("the slow one was asked");
    for no in 1..=3 {
        said(&house, &shop, fast, no, "hello").await;
        soon(world.fast_asked.notified()).await.expect("the other one waits for the slow one");
    }
    assert_eq!(world.fast.load(Ordering::SeqCst), 3);

    // Whoever waits takes up places of their own, and we go only when they have answered.
    let places: std::collections::BTreeSet<String> = world.places.lock().unwrap().iter().cloned().collect();
    assert_eq!(places.len(), 2, "{places:?}");
    house.engine.stop();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!actors.is_finished(), "what left has not been answered yet");
    world.slow_may.add_permits(1);
    soon(actors).await.expect("it ends").expect("no panic").expect("no error");
}

/// Asks the server whose name the customer says.
pub(super) const ASKS: &str = r#"{"description":"asks","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"ask"},{"event":"incomingConversationMessage","next":"ask"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"ask","type":"make-http-request","properties":{"method":"GET","url":"http://{{trigger.conversation.Body}}.localhost/orders","content_type":"application/json;charset=utf-8"},"transitions":[{"event":"success"},{"event":"failed"}]}]}"#;

#[tokio::test]
async fn a_server_that_does_not_answer_a_flow_holds_up_no_other_flow() {
    let Stage { house, shop, world, fast, actors, .. } = open(ASKS).await;
    // More of them than are taken at once.
    for no in 0..40 {
        said(&house, &shop, fast, no, "slow").await;
    }
    soon(world.slow_asked.notified()).await.expect("the slow one was asked");
    for no in 40..43 {
        said(&house, &shop, fast, no, "quick").await;
        soon(world.fast_asked.notified()).await.expect("the other one waits for the slow one");
    }
    house.engine.stop();
    world.slow_may.add_permits(40);
    soon(actors).await.expect("it ends").expect("no panic").expect("no error");
}
