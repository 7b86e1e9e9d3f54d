//! The road, walked with everything real but the network: a customer's message reaches an agent and the answer comes back.

use model::{ConversationState, Holder, MessageState};
use testkit::{on_each, visitor};

#[test]
fn a_visitor_is_answered_by_the_bot_and_then_by_a_person() {
    on_each("house::a_visitor_is_answered_by_the_bot_and_then_by_a_person", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "c1", "Hello! How long does shipping take?").await.unwrap();
        let said = house.transcript(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(said.len(), 2, "{said:#?}");
        assert!(said[1].starts_with("bot: "), "{said:#?}");
        let (conversation, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(conversation.holder, Holder::None);

        house.chat(&shop, mia, "c2", "I want a LIVE_AGENT please").await.unwrap();
        house.chat(&shop, mia, "c3", "English").await.unwrap();
        let said = house.transcript(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        let (conversation, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(conversation.holder, Holder::Task, "{said:#?}");
        let ana = house.offers(&shop, shop.ana).await.unwrap();
        let ben = house.offers(&shop, shop.ben).await.unwrap();
        assert_eq!(ana.len() + ben.len(), 1);
        let worker = if ana.is_empty() { shop.ben } else { shop.ana };
        let task = house.accept(&shop, worker).await.unwrap();
        let reply = house.reply(&shop, worker, conversation.id, "d1", "Hello, how can I help?").await.unwrap();
        assert_eq!(reply.state, MessageState::Sent);
        let again = house.reply(&shop, worker, conversation.id, "d1", "Hello, how can I help?").await.unwrap();
        assert_eq!(again.id, reply.id, "the same client id is the same message");

        house.engine.watermark(shop.ws, shop.webchat, &mia.to_string(), reply.pos, 0).await.unwrap();
        let (_, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(messages.iter().find(|m| m.id == reply.id).unwrap().state, MessageState::Delivered);
        house.engine.watermark(shop.ws, shop.webchat, &mia.to_string(), reply.pos, reply.pos).await.unwrap();
        let (_, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(messages.iter().find(|m| m.id == reply.id).unwrap().state, MessageState::Read);

        house.chat(&shop, mia, "c4", "live agent, are you there?").await.unwrap();
        let (open, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(open.holder, Holder::Task, "typed to an agent it changes nothing");

        let complete = engine::Complete {
            task_id: task,
            last_seen_seq: Some(1),
            disposition: Some("solved".into()),
            note: None,
            actor: "test".into(),
            request_key: None,
            beside: model::Beside::default(),
        };
        let refused = house.engine.complete(shop.ws, complete.clone()).await.unwrap().unwrap_err();
        assert!(matches!(refused, engine::CompleteRefused::NewerMessage { .. }));
        let complete = engine::Complete { last_seen_seq: Some(open.last_seq), ..complete };
        house.engine.complete(shop.ws, complete).await.unwrap().unwrap();
        house.settle().await.unwrap();
        let (closed, _) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(closed.state, ConversationState::Closed);

        house.chat(&shop, mia, "c5", "How long does shipping take?").await.unwrap();
        let (next, messages) = house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_ne!(next.id, closed.id);
        assert_eq!(messages.len(), 2);
    });
}

#[test]
fn a_text_message_is_answered_over_the_carrier() {
    on_each("house::a_text_message_is_answered_over_the_carrier", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| engine::Sent::Answer { status: 201, headers: vec![], body: r#"{"sid":"SMout1"}"#.into() });
        house.text(&shop, "+491713920041", "SM1", "Wie lange dauert der Versand?").await.unwrap();
        let (conversation, messages) = house.thread(&shop, shop.sms, "+491713920041").await.unwrap();
        assert_eq!(messages.len(), 2, "{messages:#?}");
        assert_eq!(messages[1].state, MessageState::Sent);
        assert_eq!(house.world.take_asked().len(), 1);
        let query = format!("?message={}", messages[1].id);
        let form = [("MessageSid", "SMout1"), ("MessageStatus", "delivered"), ("To", "+491713920041"), ("From", "+15005550006")];
        house.carrier_posts(&shop, &query, &form).await.unwrap();
        house
            .carrier_posts(
                &shop,
                &query,
                &[("MessageSid", "SMout1"), ("MessageStatus", "sent"), ("To", "+491713920041"), ("From", "+15005550006")],
            )
            .await
            .unwrap();
        let (_, messages) = house.thread(&shop, shop.sms, "+491713920041").await.unwrap();
        assert_eq!(messages[1].state, MessageState::Delivered);
        // The same webhook fifty times is one message.
        for _ in 0..50 {
            house.text(&shop, "+491713920041", "SM1", "Wie lange dauert der Versand?").await.unwrap();
        }
        let (same, messages) = house.thread(&shop, shop.sms, "+491713920041").await.unwrap();
        assert_eq!((same.id, messages.len()), (conversation.id, 2));
    });
}
