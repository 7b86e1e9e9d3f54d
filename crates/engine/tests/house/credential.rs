//! Credentials that end: made anew once, and no message is lost or doubled over it.

use std::sync::{Arc, Mutex};

use engine::{Outgoing, Sent};
use model::{ChannelAccountId, MessageState};
use serde_json::json;
use testkit::{House, Shop, fake_account, fake_event, on_each};

/// A provider whose tokens are numbered: only the newest counts, and each renewal works once.
#[derive(Default)]
struct Provider {
    newest: usize,
    /// Texts it took, in order.
    took: Vec<String>,
    asked: usize,
    refuses: bool,
}

fn answer(status: u16, body: String) -> Sent {
    Sent::Answer { status, headers: vec![], body: body.into() }
}

impl Provider {
    fn answer(&mut self, out: &Outgoing) -> Sent {
        let body: serde_json::Value = serde_json::from_slice(&out.body).unwrap();
        let with = out.headers.iter().find(|(name, _)| name == "x-fake-token").map(|(_, value)| value.as_str());
        if out.url.ends_with("/token") {
            self.asked += 1;
            if self.refuses || body["renewal"] != format!("r{}", self.newest) {
                return answer(400, String::new());
            }
            self.newest += 1;
            return answer(
                200,
                json!({ "token": format!("t{}", self.newest), "renewal": format!("r{}", self.newest), "lives_s": 600 }).to_string(),
            );
        }
        if with != Some(&format!("t{}", self.newest)) {
            return answer(401, String::new());
        }
        self.took.push(body["text"].as_str().unwrap().to_owned());
        answer(200, format!("out{}", self.took.len()))
    }
}

async fn connect(house: &House, shop: &Shop) -> (ChannelAccountId, Arc<Mutex<Provider>>) {
    let id: ChannelAccountId = house.engine.ids().next();
    let mut account = fake_account(id, "rooms", None);
    account.secrets.extend([("token".into(), "t0".into()), ("renewal".into(), "r0".into())]);
    house.connect(shop, account).await.unwrap();
    let provider = Arc::new(Mutex::new(Provider::default()));
    let there = provider.clone();
    house.world.now_answers(move |out| there.lock().unwrap().answer(out));
    (id, provider)
}

/// How many messages it took, and how often it was asked for a token.
fn counts(provider: &Mutex<Provider>) -> (usize, usize) {
    let provider = provider.lock().unwrap();
    (provider.took.len(), provider.asked)
}

async fn asks(house: &House, shop: &Shop, account: ChannelAccountId, id: &str) {
    house.fake_posts(shop, account, vec![fake_event(id, "room", "mia", "How long does shipping take?", None)]).await.unwrap();
}

async fn problem(house: &House, shop: &Shop) -> Option<String> {
    let ws = shop.ws;
    let all = house.engine.db().read(move |tx| Box::pin(async move { store::channel::all(tx, ws).await })).await.unwrap();
    all.into_iter().find(|stored| stored.account.kind == "fake").and_then(|stored| stored.problem)
}

#[test]
fn a_token_that_ended_is_renewed_mid_send_and_the_message_leaves_once() {
    on_each("house::a_token_that_ended_is_renewed_mid_send", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (account, provider) = connect(&house, &shop).await;
        asks(&house, &shop, account, "1").await;
        assert_eq!(counts(&provider), (1, 0));

        // It ends early, by the provider's own doing.
        *provider.lock().unwrap() = Provider::default();
        set_secrets(&house, &shop, account, [("secret", testkit::FAKE_SECRET), ("token", "old"), ("renewal", "r0")]).await;
        asks(&house, &shop, account, "2").await;
        house.pass(2).await.unwrap();
        assert_eq!(counts(&provider), (1, 1), "renewed once, left once");
        let (_, messages) = house.thread(&shop, account, "room").await.unwrap();
        assert!(messages.iter().all(|m| m.state != MessageState::Failed && m.state != MessageState::Uncertain), "{messages:#?}");
        let config = house.engine.config(shop.ws).await.unwrap();
        assert_eq!((config.accounts[&account].secret("token"), config.accounts[&account].secret("renewal")), ("t1", "r1"));
        assert_eq!(config.accounts[&account].secret("secret"), testkit::FAKE_SECRET, "the other secrets stay");
        assert_eq!(config.accounts[&account].version, 1, "an admin's open form still fits");

        // The next one is asked for in good time, and outlives a restart.
        house.pass(296).await.unwrap();
        assert_eq!(provider.lock().unwrap().asked, 1);
        house.pass(3).await.unwrap();
        assert_eq!(counts(&provider), (1, 2));
        let next = house.reborn(2).await.unwrap();
        let there = provider.clone();
        next.world.now_answers(move |out| there.lock().unwrap().answer(out));
        asks(&next, &shop, account, "3").await;
        assert_eq!(counts(&provider), (2, 2));
    });
}

#[test]
fn an_early_renewal_that_is_refused_stops_nothing() {
    on_each("house::an_early_renewal_that_is_refused_stops_nothing", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (account, provider) = connect(&house, &shop).await;
        *provider.lock().unwrap() = Provider { newest: 1, refuses: true, ..Provider::default() };
        let (ws, now) = (shop.ws, house.now());
        set_secrets(&house, &shop, account, [("secret", testkit::FAKE_SECRET), ("token", "t1"), ("renewal", "r1")]).await;
        let sealed = house.engine.db().read(move |tx| Box::pin(async move { store::channel::all(tx, ws).await })).await.unwrap();
        let sealed = sealed.into_iter().find(|stored| stored.account.id == account).unwrap().sealed;
        let due = house.engine.db().write(move |tx| {
            let sealed = sealed.clone();
            Box::pin(async move { store::channel::put_credential(tx, ws, account, sealed, None, Some(now)).await })
        });
        due.await.unwrap();
        house.engine.config_changed(ws);
        house.pass(2).await.unwrap();
        assert_eq!(counts(&provider), (0, 1));
        asks(&house, &shop, account, "1").await;
        assert_eq!(counts(&provider), (1, 1), "the credential there is still works");
    });
}

#[test]
fn a_renewal_that_is_refused_is_shown_and_not_hammered() {
    on_each("house::a_renewal_that_is_refused_is_shown_and_not_hammered", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (account, provider) = connect(&house, &shop).await;
        *provider.lock().unwrap() = Provider { newest: 5, refuses: true, ..Provider::default() };
        asks(&house, &shop, account, "1").await;
        house.pass(50).await.unwrap();
        assert_eq!(provider.lock().unwrap().asked, 1, "once a minute");
        assert!(problem(&house, &shop).await.is_some_and(|problem| problem.contains("credential_over")));
        house.pass(130).await.unwrap();
        let (_, asked) = counts(&provider);
        assert!((2..=4).contains(&asked), "{asked}");
        let (_, messages) = house.thread(&shop, account, "room").await.unwrap();
        assert!(messages.iter().all(|m| m.state != MessageState::Failed), "what waits is kept");

        // The admin connects anew: what waited leaves, and the complaint is gone.
        *provider.lock().unwrap() = Provider { newest: 5, ..Provider::default() };
        set_secrets(&house, &shop, account, [("secret", testkit::FAKE_SECRET), ("token", "old"), ("renewal", "r5")]).await;
        house.pass(120).await.unwrap();
        assert_eq!(provider.lock().unwrap().took.len(), 1);
        assert_eq!(problem(&house, &shop).await, None);
    });
}

async fn set_secrets(house: &House, shop: &Shop, id: ChannelAccountId, secrets: [(&str, &str); 3]) {
    let (ws, config) = (shop.ws, house.engine.config(shop.ws).await.unwrap());
    let sealed = config.seal(&engine::secrets_about(id), &serde_json::to_vec(&std::collections::BTreeMap::from(secrets)).unwrap()).unwrap();
    let put = house.engine.db().write(move |tx| {
        let sealed = sealed.clone();
        Box::pin(async move { store::channel::put_credential(tx, ws, id, sealed, None, None).await })
    });
    put.await.unwrap();
    house.engine.config_changed(ws);
}
