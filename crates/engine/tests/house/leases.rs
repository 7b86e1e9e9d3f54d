//! Two processes on one database: who owns what, and what a frozen one may still do.

use model::routing::RouterCommand;
use testkit::{CHANNELS, FakeWorld, House, databases, on_each, visitor};

/// On PostgreSQL nodes live by the server's clock, which no test can move; there the frozen one's row is set back by hand.
async fn freeze(house: &House, frozen: &House) {
    house.clock.advance_ms(7_000);
    house.keep_time();
    if house.engine.db().engine() == db::Engine::Postgres {
        let node = frozen.engine.node();
        house.engine.db().write(move |tx| Box::pin(async move { store::lease::release(tx, node).await })).await.unwrap();
    }
}

#[test]
fn a_frozen_owners_commit_is_refused() {
    on_each("house::a_frozen_owners_commit_is_refused", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, "+491713920041", "SM0", "How long does shipping take?").await.unwrap();
        let (a, b) = (house.beside(11, false), house.beside(12, false));
        drop(house.engine.release().await);
        freeze(&a, &house).await;
        a.engine.renew().await.unwrap();
        b.engine.renew().await.unwrap();
        assert!(a.engine.take_router(shop.ws).await.unwrap());
        assert!(!b.engine.take_router(shop.ws).await.unwrap(), "one owner at a time");
        a.settle().await.unwrap();
        // A freezes; B says that it lives, and after six seconds takes over.
        freeze(&b, &a).await;
        b.engine.renew().await.unwrap();
        assert!(b.engine.take_router(shop.ws).await.unwrap());
        // A wakes up with something to write: the commit is refused, and nothing of it stays.
        let workers = a.count("SELECT count(*) FROM worker").await.unwrap();
        let refused =
            a.engine.route(shop.ws, "test", None, RouterCommand::SetActivity { worker_id: shop.ana, activity_id: shop.offline }).await;
        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(a.count("SELECT count(*) FROM worker").await.unwrap(), workers);
        let ws = shop.ws;
        let ana =
            a.engine.db().read(move |tx| Box::pin(async move { store::routing::worker(tx, ws, shop.ana).await })).await.unwrap().unwrap();
        assert_eq!(ana.activity_id, shop.available);
        assert!(!a.engine.take_router(shop.ws).await.unwrap(), "A knows now that it is not the owner");
        assert!(
            b.engine
                .route(shop.ws, "test", None, RouterCommand::SetActivity { worker_id: shop.ana, activity_id: shop.away })
                .await
                .unwrap()
                .is_ok()
        );
    });
}

#[test]
fn a_frozen_sender_sends_nothing_more() {
    on_each("house::a_frozen_sender_sends_nothing_more", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, "+491713920041", "SM0", "How long does shipping take?").await.unwrap();
        let (a, b) = (house.beside(11, false), house.beside(12, false));
        drop(house.engine.release().await);
        freeze(&a, &house).await;
        a.engine.renew().await.unwrap();
        b.engine.renew().await.unwrap();
        a.engine.send_once(shop.ws, shop.sms).await.unwrap();
        freeze(&b, &a).await;
        b.engine.renew().await.unwrap();
        b.engine.send_once(shop.ws, shop.sms).await.unwrap();
        a.world.take_asked();
        // Something to send appears; A, thawed, tries first.
        let (c, _) = a.thread(&shop, shop.sms, "+491713920041").await.unwrap();
        let message = engine::WriteMessage::text(
            c.id,
            "d",
            "hello",
            messaging::Writer { worker_id: None, name: "Supervisor".into(), anywhere: true },
            "test",
        );
        a.engine.write(shop.ws, message).await.unwrap().unwrap();
        assert!(a.engine.send_once(shop.ws, shop.sms).await.is_err(), "the claim is fenced");
        assert!(a.world.take_asked().is_empty());
        assert!(b.engine.send_once(shop.ws, shop.sms).await.unwrap());
        assert_eq!(b.world.take_asked().len(), 1);
        assert!(!a.engine.send_once(shop.ws, shop.sms).await.unwrap());
    });
}

#[test]
fn a_command_to_a_router_elsewhere_is_answered_through_rows() {
    on_each("house::a_command_to_a_router_elsewhere_is_answered_through_rows", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let other = house.beside(12, false);
        other.engine.renew().await.unwrap();
        let asks =
            other.engine.route(shop.ws, "test", Some("k"), RouterCommand::SetActivity { worker_id: shop.ana, activity_id: shop.away });
        assert!(house.working_during(asks).await.unwrap().is_ok());
        let ws = shop.ws;
        let ana = house
            .engine
            .db()
            .read(move |tx| Box::pin(async move { store::routing::worker(tx, ws, shop.ana).await }))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(ana.activity_id, shop.away);
        assert_eq!(house.count("SELECT count(*) FROM job WHERE lane = 'router'").await.unwrap(), 0);
    });
}

#[test]
fn a_restart_finds_everything_where_it_was() {
    databases("house::a_restart_finds_everything_where_it_was", async |db| {
        let house = House::on_with_connectors(db, 1, FakeWorld::default(), CHANNELS).await.unwrap();
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        let (worker, task, id) = house.talking(&shop, mia).await.unwrap();
        house.wants_agent(&shop, visitor(2)).await.unwrap();
        let next = house.reborn(2).await.unwrap();
        next.engine.desk_opened(shop.ws, shop.ana).await.unwrap();
        next.engine.desk_opened(shop.ws, shop.ben).await.unwrap();
        assert!(next.offered(&shop).await.unwrap().is_some(), "the standing offer stands");
        next.reply(&shop, worker, id, "d1", "still here").await.unwrap();
        next.complete(&shop, task).await.unwrap().unwrap();
        assert_eq!(next.conversation(&shop, id).await.unwrap().state, model::ConversationState::Closed);
    });
}

/// G10: what a commit is worth is asked of the database itself, in words of its own.
#[test]
fn postgresql_tells_whether_commits_are_durable() {
    on_each("house::postgresql_tells_whether_commits_are_durable", async |house| {
        let db = house.engine.db();
        if db.engine() == db::Engine::Sqlite {
            assert_eq!(house.count("SELECT synchronous FROM pragma_synchronous").await.unwrap(), 2, "FULL");
            return;
        }
        let found = db.read(|tx| Box::pin(async move { store::durability::read(tx).await })).await.unwrap();
        let set = |name: &str| format!("SELECT count(*) FROM pg_settings WHERE name = '{name}' AND setting = 'on'");
        assert_eq!(house.count(&set("fsync")).await.unwrap() == 1, found.fsync);
        assert_eq!(house.count(&set("full_page_writes")).await.unwrap() == 1, found.full_page_writes);
        assert_eq!((found.commit.as_str(), found.standby_names.as_str()), ("on", ""), "our sessions ask for it themselves");
        assert_eq!(found.standbys, Some((0, 0)));
    });
}
