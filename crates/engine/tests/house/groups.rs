//! A room of several senders, and an app whose one URL serves several pages: what the two channels of the house cannot show.

use model::{Author, ChannelAccountId, ChannelAppId, Holder};
use testkit::{fake_account, fake_event, on_each};

#[test]
fn a_room_of_two_is_one_conversation_of_whoever_opened_it() {
    on_each("house::a_room_of_two_is_one_conversation_of_whoever_opened_it", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account: ChannelAccountId = house.engine.ids().next();
        house.connect(&shop, fake_account(account, "rooms", None)).await.unwrap();
        house.world.now_answers(|_| engine::Sent::Answer { status: 200, headers: vec![], body: "out".into() });
        house.fake_posts(&shop, account, vec![fake_event("1", "room", "mia", "hello, a live agent please", None)]).await.unwrap();
        let (c, _) = house.thread(&shop, account, "room").await.unwrap();
        assert_eq!(c.holder, Holder::Flow, "the flow asks for the language");
        // Any member's message answers a wait.
        house.fake_posts(&shop, account, vec![fake_event("2", "room", "leo", "English", None)]).await.unwrap();
        house.fake_posts(&shop, account, vec![fake_event("3", "room", "mia", "thank you", None)]).await.unwrap();
        house.fake_posts(&shop, account, vec![fake_event("4", "room", "leo", "from both of us", None)]).await.unwrap();
        let (c, messages) = house.thread(&shop, account, "room").await.unwrap();
        assert_eq!(c.holder, Holder::Task, "{messages:#?}");
        assert_eq!(house.count("SELECT count(*) FROM inbound WHERE state = 'processed'").await.unwrap(), 4);
        assert_eq!(house.count("SELECT count(*) FROM conversation").await.unwrap(), 1);
        let ws = shop.ws;
        let (mia, leo, there) = house
            .engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let scope = account.to_string();
                    let mia = store::contact::address_by_value(tx, ws, "fake", &scope, "mia").await?.expect("mia");
                    let leo = store::contact::address_by_value(tx, ws, "fake", &scope, "leo").await?.expect("leo");
                    Ok((mia, leo, store::conversation::participants(tx, ws, c.id).await?))
                })
            })
            .await
            .unwrap();
        assert_ne!(mia.contact_id, leo.contact_id);
        assert_eq!(c.contact_id, mia.contact_id, "the opener is the conversation's customer");
        let mut members: Vec<_> = there.iter().filter_map(|p| p.contact_id).collect();
        members.sort();
        let mut both = vec![mia.contact_id, leo.contact_id];
        both.sort();
        assert_eq!(members, both, "each member once");
        // Each message names who wrote it.
        let names: Vec<&str> = messages
            .iter()
            .filter_map(|m| match &m.author {
                Author::Contact { name, .. } => Some(name.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(names, ["mia", "leo", "mia", "leo"]);
        // What we send goes to the room, by the thread's own notes.
        let sent = house.world.take_asked();
        assert!(!sent.is_empty());
        for out in sent {
            let body: serde_json::Value = serde_json::from_slice(&out.body).unwrap();
            assert_eq!(body["room"], "room");
        }
    });
}

#[test]
fn one_webhook_of_an_app_reaches_the_pages_it_names() {
    on_each("house::one_webhook_of_an_app_reaches_the_pages_it_names", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let other = house.open_shop("Tidewater").await.unwrap();
        let mut ids = house.engine.ids();
        let app: ChannelAppId = ids.next();
        let (first, second): (ChannelAccountId, ChannelAccountId) = (ids.next(), ids.next());
        house.register_app(app).await.unwrap();
        house.connect(&shop, fake_account(first, "page one", Some((app, "p1")))).await.unwrap();
        house.connect(&other, fake_account(second, "page two", Some((app, "p2")))).await.unwrap();
        let entries = || {
            vec![
                ("p1", vec![fake_event("1", "r", "mia", "hello one", None)]),
                ("p2", vec![fake_event("1", "r", "mia", "hello two", None)]),
                ("p3", vec![fake_event("1", "r", "mia", "hello nobody", None)]),
            ]
        };
        assert_eq!(house.fake_app_posts(app, entries()).await.unwrap(), 2);
        assert_eq!(house.fake_app_posts(app, entries()).await.unwrap(), 0, "the second copy is nothing new");
        let (_, one) = house.thread(&shop, first, "r").await.unwrap();
        let (_, two) = house.thread(&other, second, "r").await.unwrap();
        assert_eq!((one[0].text.as_str(), two[0].text.as_str()), ("hello one", "hello two"));
        assert_eq!(
            house.count("SELECT count(*) FROM app_delivery WHERE state = 'quarantined'").await.unwrap(),
            2,
            "kept each time it came"
        );
        // A forged one leaves nothing.
        let incoming = connectors::Incoming::Request { method: "POST", target: "/in/fake/app", headers: &[], body: b"{}" };
        assert!(matches!(house.engine.receive_app(app, incoming).await, Err(engine::ReceiveError::Rejected(_))));
    });
}
