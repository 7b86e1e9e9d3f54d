//! Outside work of one way waits for none of another, and one workspace's for none of another's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use engine::clock::ManualClock;
use engine::{Files, Outgoing, Sent, World};
use model::routing::{RouterCommand, TaskRequest};
use model::{Job, RoutingEvent, RoutingEventKind, Settings, TaskId, Timestamp, WorkflowId};
use serde_json::json;
use testkit::{FakeWorld, House, Parts, Shop, databases, engine_on};
use tokio::sync::{Notify, Semaphore};

use super::slow::{ASKS, account, told};

const EVENTS: usize = 1_000;

/// Everybody answers at once but one host, which answers when it may.
struct OneIsDead {
    may: Semaphore,
    asked: Mutex<BTreeMap<String, usize>>,
    rung: Notify,
}

impl OneIsDead {
    fn asked(&self, host: &str) -> usize {
        self.asked.lock().unwrap().get(host).copied().unwrap_or_default()
    }
    async fn asks(&self, host: &str, times: usize) {
        // Long, because it only ends what would wait for ever: that nobody waits for time is said by the clock of the house.
        tokio::time::timeout(std::time::Duration::from_secs(120), async {
            while self.asked(host) < times {
                self.rung.notified().await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{host} is asked only {} times, while another lets us wait", self.asked(host)));
    }
}

#[async_trait]
impl World for OneIsDead {
    async fn request(&self, out: Outgoing) -> Sent {
        let host = out.url.split('/').nth(2).unwrap_or_default().to_owned();
        *self.asked.lock().unwrap().entry(host.clone()).or_default() += 1;
        self.rung.notify_one();
        if host == "dead.example" {
            self.may.acquire().await.expect("never closed").forget();
        }
        Sent::Answer { status: 200, headers: vec![("content-type".into(), "application/json".into())], body: "{}".into() }
    }
}

/// So many events wait to be told at this address, and have waited longer than anything else.
async fn tells(house: &House, shop: &Shop, url: &str, count: usize) {
    let ws = shop.ws;
    let settings = Settings {
        event_callback_url: url.into(),
        timeout_activity_id: Some(shop.away),
        default_activity_id: Some(shop.offline),
        ..Settings::default()
    };
    let then = house.now().plus_secs(-1_000).micros();
    let events: Vec<_> =
        (0..count).map(|no| RoutingEvent::new(RoutingEventKind::WorkspaceUpdated, Timestamp::from_micros(then + no as i64))).collect();
    let mut ids = house.engine.ids();
    let jobs: Vec<_> = events.iter().map(|event| Job::of_event(ids.next(), event.id(), event.at)).collect();
    let write = house.engine.db().write(move |tx| {
        let (events, jobs, settings) = (events.clone(), jobs.clone(), settings.clone());
        Box::pin(async move {
            tx.exec(db::sql!("UPDATE workspace SET settings = $2 WHERE number = $1"), db::params![ws, serde_json::to_string(&settings)?])
                .await?;
            store::routing_event::append(tx, ws, &events).await?;
            store::job::insert(tx, ws, &jobs).await
        })
    });
    write.await.unwrap();
    house.engine.config_changed(ws);
}

async fn ask_about_offers(house: &House, shop: &Shop, url: &str) {
    let (ws, id) = (shop.ws, shop.workflow);
    let held = house.engine.db().read(move |tx| Box::pin(async move { store::routing::workflows_of(tx, ws, &[id]).await }));
    let mut workflow = held.await.unwrap().pop().unwrap();
    workflow.assignment_callback_url = url.into();
    house.order(ws, RouterCommand::PutWorkflow { workflow, re_evaluate: false }).await.unwrap();
}

fn a_task(house: &House, workflow: WorkflowId) -> RouterCommand {
    let id: TaskId = house.engine.ids().next();
    let request = json!({ "task_id": id, "workflow_id": workflow, "channel": "chat", "attributes": "{}", "ignore_capacity": false });
    RouterCommand::RequestTask(serde_json::from_value::<TaskRequest>(request).unwrap())
}

/// The clock of the house stands still all the while: whoever is answered waited for nothing that takes time.
#[test]
fn an_address_that_takes_no_events_holds_up_neither_flows_nor_files_nor_offers() {
    databases("house::an_address_that_takes_no_events_holds_up_neither_flows_nor_files_nor_offers", async |db| {
        db.migrate(store::MIGRATIONS).await.unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let world = Arc::new(OneIsDead { may: Semaphore::new(0), asked: Mutex::default(), rung: Notify::new() });
        let parts = Parts {
            db,
            clock: clock.clone(),
            world: world.clone(),
            seed: 7,
            files: Files::in_memory(),
            channels: connectors::ALL,
            alone: true,
        };
        let house = House { engine: engine_on(parts), clock, world: Arc::new(FakeWorld::default()) };
        house.keep_time();
        house.engine.renew().await.unwrap();
        let shop = house.open_shop_of("Tidewater", Settings::default(), ASKS, (vec![], vec![])).await.unwrap();
        let other = house.open_shop_of("Harbour", Settings::default(), ASKS, (vec![], vec![])).await.unwrap();
        let platform = account(1, "platform");
        house.connect(&shop, platform.clone()).await.unwrap();
        ask_about_offers(&house, &shop, "http://offers.example/").await;
        house.settle().await.unwrap();
        tells(&house, &shop, "http://dead.example/events", EVENTS).await;
        tells(&house, &other, "http://alive.example/events", 40).await;
        let begun = house.now().secs();
        let actors = tokio::spawn(engine::run::run(house.engine.clone()));

        world.asks("dead.example", 16).await;
        world.asks("alive.example", 40).await;
        told(&house, &shop, platform.id, json!({ "type": "message", "id": "1", "from": { "id": "mia" }, "text": "orders" })).await;
        world.asks("orders.localhost", 1).await;
        let file = json!({ "url": "http://files.example/a.png", "media_type": "image/png", "name": "a.png" });
        let look = json!({ "type": "message", "id": "2", "from": { "id": "noa" }, "text": "orders", "attachments": [file] });
        told(&house, &shop, platform.id, look).await;
        world.asks("files.example", 1).await;
        house.order(shop.ws, a_task(&house, shop.workflow)).await.unwrap();
        world.asks("offers.example", 1).await;

        assert_eq!((world.asked("dead.example"), house.now().secs()), (16, begun), "nobody went on because a place came free");
        house.engine.stop();
        world.may.add_permits(EVENTS);
        actors.await.expect("no panic").expect("no error");
        let ws = shop.ws;
        let left = house.engine.db().read(move |tx| {
            Box::pin(async move {
                let question = db::sql!("SELECT count(*) FROM job WHERE workspace_id = $1 AND kind = 'routing_event'");
                Ok(tx.one(question, db::params![ws]).await?.get::<i64>(0)?)
            })
        });
        assert!(left.await.unwrap() <= EVENTS as i64 - 16, "what was answered is done");
    });
}
