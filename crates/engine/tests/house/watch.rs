//! What nobody tells us of an account: that it fell silent for longer than ever, and that its credential ends.

use std::collections::BTreeMap;

use connectors::silence::{SLOT_S, slot_of};
use engine::AccountProblem;
use model::{ChannelAccountId, Timestamp};
use testkit::{House, Shop, fake_account, fake_event, on_each};

const DAY_S: i64 = 86_400;

async fn connect(house: &House, shop: &Shop) -> ChannelAccountId {
    let id = house.engine.ids().next();
    house.connect(shop, fake_account(id, "rooms", None)).await.unwrap();
    id
}

/// Five weeks in which every quarter of an hour brought something.
async fn was_busy(house: &House, shop: &Shop, id: ChannelAccountId) {
    let (ws, now) = (shop.ws, slot_of(house.now()));
    let heard: BTreeMap<_, _> = (now - 5 * 672 - 8..now).map(|slot| ((id, slot), 2)).collect();
    let noted = house.engine.db().write(move |tx| {
        let heard = heard.clone();
        Box::pin(async move { store::watch::count(tx, ws, &heard).await })
    });
    noted.await.unwrap();
}

async fn writes(house: &House, shop: &Shop, id: ChannelAccountId, event: &str) {
    house.fake_posts(shop, id, vec![fake_event(event, "room", "mia", "How long does shipping take?", None)]).await.unwrap();
}

/// Time in which nothing happens but that somebody looks every five minutes.
async fn quiet(house: &House, shop: &Shop, seconds: i64) {
    for _ in 0..seconds / 300 {
        house.clock.advance_ms(300_000);
        house.keep_time();
        house.engine.watch_once(shop.ws).await.unwrap();
    }
    house.engine.renew().await.unwrap();
}

async fn noted(house: &House, shop: &Shop, id: ChannelAccountId) -> Option<AccountProblem> {
    let ws = shop.ws;
    let problem = house.engine.db().read(move |tx| Box::pin(async move { store::channel::problem(tx, ws, id).await })).await.unwrap();
    problem.as_deref().map(AccountProblem::read)
}

async fn code(house: &House, shop: &Shop, id: ChannelAccountId) -> Option<String> {
    noted(house, shop, id).await.map(|problem| problem.code)
}

async fn lasts_until(house: &House, shop: &Shop, id: ChannelAccountId, at: Timestamp) {
    let ws = shop.ws;
    let put = house.engine.db().write(move |tx| Box::pin(async move { store::channel::put_credential_end(tx, ws, id, Some(at)).await }));
    put.await.unwrap();
}

#[test]
fn a_busy_account_that_falls_silent_is_named_until_something_comes() {
    on_each("house::a_busy_account_that_falls_silent_is_named", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (busy, idle) = (connect(&house, &shop).await, connect(&house, &shop).await);
        was_busy(&house, &shop, busy).await;
        house.engine.watch_once(shop.ws).await.unwrap();
        writes(&house, &shop, busy, "1").await;
        writes(&house, &shop, idle, "2").await;
        let last = house.engine.last_heard(shop.ws).await.unwrap();
        assert!([busy, idle].iter().all(|id| last.get(id).is_some_and(|at| house.now() - *at < 1_000_000)), "{last:?}");
        quiet(&house, &shop, 3 * 3_600).await;
        assert_eq!(code(&house, &shop, busy).await, None, "not longer than it may be");
        quiet(&house, &shop, 2 * SLOT_S).await;
        let silent = noted(&house, &shop, busy).await.unwrap();
        assert_eq!((silent.code.as_str(), silent.setting.as_deref()), ("silent", None));
        assert!(silent.detail.starts_with("Nothing has come in for 3 hours."), "{}", silent.detail);
        assert_eq!(code(&house, &shop, idle).await, None, "it never was busy");

        // The doctor finds everything well, and says this.
        let lines = house.engine.check_channel(shop.ws, busy).await.unwrap();
        let found: Vec<_> = lines.iter().filter_map(|line| line.problem.as_ref()).collect();
        assert_eq!(found.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>(), ["silent"]);
        assert_eq!(code(&house, &shop, busy).await.as_deref(), Some("silent"));

        // It stays over a restart, a repeat of what came, and time in which nobody looked.
        let next = house.reborn(2).await.unwrap();
        house.clock.advance_ms(DAY_S * 1_000);
        next.keep_time();
        next.engine.renew().await.unwrap();
        next.engine.watch_once(shop.ws).await.unwrap();
        writes(&next, &shop, busy, "1").await;
        assert_eq!(code(&next, &shop, busy).await.as_deref(), Some("silent"));
        writes(&next, &shop, busy, "3").await;
        assert_eq!(code(&next, &shop, busy).await, None, "it ends with the delivery, not with the next look");
        quiet(&next, &shop, 900).await;
        assert_eq!(code(&next, &shop, busy).await, None);
    });
}

#[test]
fn while_nobody_listens_no_account_is_silent() {
    on_each("house::while_nobody_listens_no_account_is_silent", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (off, away) = (connect(&house, &shop).await, connect(&house, &shop).await);
        for id in [off, away] {
            was_busy(&house, &shop, id).await;
            writes(&house, &shop, id, "1").await;
        }
        house.engine.watch_once(shop.ws).await.unwrap();
        let switch = async |on: bool| {
            let mut account = (*house.engine.config(shop.ws).await.unwrap().accounts[&off]).clone();
            account.enabled = on;
            house.reconnect(&shop, account).await.unwrap();
        };
        switch(false).await;
        quiet(&house, &shop, 2 * 3_600).await;
        switch(true).await;
        quiet(&house, &shop, 5 * SLOT_S).await;
        assert_eq!(code(&house, &shop, off).await, None, "it is listened to for an hour only");
        assert_eq!(code(&house, &shop, away).await.as_deref(), Some("silent"));
        writes(&house, &shop, away, "2").await;
        // The process was away for a night.
        house.clock.advance_ms(9 * 3_600_000);
        house.keep_time();
        house.engine.renew().await.unwrap();
        quiet(&house, &shop, 3 * 3_600).await;
        assert_eq!((code(&house, &shop, off).await, code(&house, &shop, away).await), (None, None));
        quiet(&house, &shop, 3 * SLOT_S).await;
        assert_eq!(code(&house, &shop, away).await.as_deref(), Some("silent"));
    });
}

#[test]
fn a_credential_that_nobody_renews_is_named_before_it_ends_and_after() {
    on_each("house::a_credential_that_nobody_renews_is_named", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (ends, down) = (connect(&house, &shop).await, connect(&house, &shop).await);
        for id in [ends, down] {
            lasts_until(&house, &shop, id, house.now().plus_secs(15 * DAY_S)).await;
        }
        let refused = AccountProblem { code: "bad_id".into(), setting: Some("id".into()), detail: "it is wrong".into() };
        house.engine.account_problem(shop.ws, down, Some(refused.clone())).await.unwrap();
        house.engine.watch_once(shop.ws).await.unwrap();
        assert_eq!(code(&house, &shop, ends).await, None, "there is time");
        let pass = async |seconds: i64| {
            house.clock.advance_ms(seconds * 1_000);
            house.keep_time();
            house.engine.renew().await.unwrap();
            house.engine.watch_once(shop.ws).await.unwrap();
        };
        pass(DAY_S + 60).await;
        let warned = noted(&house, &shop, ends).await.unwrap();
        assert_eq!((warned.code.as_str(), warned.detail.as_str()), ("token_ends", "The access token ends in 13 days: draw a new one"));
        assert_eq!(noted(&house, &shop, down).await, Some(refused), "what is more exact stays");
        pass(14 * DAY_S).await;
        assert_eq!(code(&house, &shop, ends).await.as_deref(), Some("token_expired"));
        // Somebody draws a new one, which never ends.
        house.engine.account_problem(shop.ws, ends, None).await.unwrap();
        lasts_until(&house, &shop, ends, house.now().plus_secs(400 * DAY_S)).await;
        pass(60).await;
        assert_eq!(code(&house, &shop, ends).await, None);
    });
}
