//! Every statement is understood by both databases alike; and how many one message costs.

use testkit::{CHANNELS, FakeWorld, House, block_on, databases, visitor};

#[test]
fn every_statement_is_prepared_on_both_databases_with_the_same_columns() {
    let seen = std::sync::Mutex::new(Vec::<Vec<(String, usize)>>::new());
    databases("house::every_statement_is_prepared_on_both_databases", async |db| {
        db.migrate(store::MIGRATIONS).await.unwrap();
        let prepared = db.prepare_registered().await.unwrap();
        assert!(prepared.len() > 100, "only {} statements are registered", prepared.len());
        let refused: Vec<_> =
            prepared.iter().filter_map(|one| one.columns.as_ref().err().map(|error| format!("{}: {error}", one.at))).collect();
        assert!(refused.is_empty(), "{refused:#?}");
        let columns = prepared.into_iter().map(|one| (one.at.to_owned(), one.columns.unwrap().len())).collect();
        seen.lock().unwrap().push(columns);
    });
    let seen = seen.into_inner().unwrap();
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "the databases answer with different columns");
}

#[test]
fn one_webchat_message_with_its_answer_costs_no_more_than_it_did() {
    block_on(async {
        let db = db::Db::open_memory().unwrap();
        let house = House::on_with_connectors(db, 1, FakeWorld::default(), CHANNELS).await.unwrap();
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "How long does shipping take?").await.unwrap();
        let commits = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let counter = commits.clone();
        house.engine.db().hooks().at_commit(move |point| {
            if point == db::hooks::Point::AfterCommit {
                counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
            db::hooks::Fate::Go
        });
        let before = db::statements_run();
        let body = r#"{"client_id":"2","text":"How long does shipping take?"}"#;
        let key = mia.to_string();
        house.engine.receive(shop.ws, shop.webchat, connectors::Incoming::Frame { from: &key, body: body.as_bytes() }).await.unwrap();
        let statements = db::statements_run() - before;
        assert_eq!(commits.load(std::sync::atomic::Ordering::SeqCst), 1, "journal and turn share one commit");
        assert!(statements <= 30, "one message took {statements} statements");
    });
}
