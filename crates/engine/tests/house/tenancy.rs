//! Two workspaces of the same name, the same number and the same visitor never see each other.

use testkit::{on_each, visitor};

/// Proves S1.
#[test]
fn two_workspaces_of_one_name_share_nothing() {
    on_each("house::two_workspaces_of_one_name_share_nothing", async |house| {
        let one = house.open_shop("Tidewater").await.unwrap();
        let two = house.open_shop("Tidewater").await.unwrap();
        let (mut first, mut second) = (house.engine.subscribe(one.ws).await.unwrap(), house.engine.subscribe(two.ws).await.unwrap());
        let mia = visitor(1);
        house.carrier_works();
        house.chat(&one, mia, "1", "my secret is walrus, a live agent please").await.unwrap();
        house.chat(&one, mia, "2", "English").await.unwrap();
        house.text(&one, "+491713920041", "SM1", "walrus").await.unwrap();
        house.settle().await.unwrap();
        assert!(house.thread(&two, two.webchat, &mia.to_string()).await.is_err());
        assert_eq!(house.offered(&two).await.unwrap(), None);
        let found = house.engine.search(one.ws, "walrus", 9).await.unwrap();
        assert_eq!(found.messages.len(), 2);
        let found = house.engine.search(two.ws, "walrus", 9).await.unwrap();
        assert!(found.messages.is_empty() && found.contacts.is_empty());
        assert!(first.try_recv().is_ok());
        assert!(second.try_recv().is_err(), "no event of the one reaches the other's listeners");
        // Ids of the one mean nothing in the other.
        let worker = house.offered(&one).await.unwrap().unwrap();
        let offer = house.offers(&one, worker).await.unwrap().remove(0);
        let stolen = model::routing::RouterCommand::Accept { reservation_id: offer.id };
        assert!(matches!(house.engine.route(two.ws, "test", None, stolen).await.unwrap(), Err(model::routing::Refusal::NotFound { .. })));
        let (c, _) = house.thread(&one, one.webchat, &mia.to_string()).await.unwrap();
        let message = engine::WriteMessage::text(
            c.id,
            "x",
            "hi",
            messaging::Writer { worker_id: None, name: "Supervisor".into(), anywhere: true },
            "test",
        );
        assert_eq!(house.engine.write(two.ws, message).await.unwrap().unwrap_err(), messaging::Refused::NotFound);
        // The same visitor, the same client id, the same carrier's sid: all new in the other.
        house.chat(&two, mia, "1", "How long does shipping take?").await.unwrap();
        house.text(&two, "+491713920041", "SM1", "How long does shipping take?").await.unwrap();
        assert_eq!(house.thread(&two, two.webchat, &mia.to_string()).await.unwrap().1.len(), 2);
        assert_eq!(house.thread(&two, two.sms, "+491713920041").await.unwrap().1.len(), 2);
    });
}
