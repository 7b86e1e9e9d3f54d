//! What is kept only for a time goes, however much of it there is.

use model::{RoutingEvent, RoutingEventKind, Timestamp};
use testkit::on_each;

const DAY_S: i64 = 86_400;

#[test]
fn what_is_too_old_goes_piece_by_piece() {
    on_each("house::what_is_too_old_goes_piece_by_piece", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let count = async || house.count("SELECT count(*) FROM routing_event").await.unwrap();
        let young = count().await;
        assert!(young > 0, "a shop that opens is told");
        let begun = house.now().plus_secs(-31 * DAY_S).micros();
        let at = |no: i64| RoutingEvent::new(RoutingEventKind::WorkspaceUpdated, Timestamp::from_micros(begun + no));
        let old: Vec<RoutingEvent> = (0..2_500).map(at).collect();
        let ws = shop.ws;
        let write = house.engine.db().write(move |tx| {
            let old = old.clone();
            Box::pin(async move { store::routing_event::append(tx, ws, &old).await })
        });
        write.await.unwrap();
        let mut pieces = 0;
        while house.engine.expire_once(ws).await.unwrap() {
            pieces += 1;
        }
        assert_eq!((count().await, pieces), (young, 3));
    });
}
