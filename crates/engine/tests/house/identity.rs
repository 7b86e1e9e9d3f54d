//! Who is who, and what is remembered of them.

use engine::Claims;
use model::{ContactId, Holder, Language, Settings};
use testkit::{House, Shop, on_each, visitor};

const MIA: &str = "+491713920041";

async fn root_of(house: &House, shop: &Shop, account: model::ChannelAccountId, key: &str) -> ContactId {
    let (c, _) = house.thread(shop, account, key).await.unwrap();
    let ws = shop.ws;
    house
        .engine
        .db()
        .read(move |tx| Box::pin(async move { Ok(store::contact::by_id(tx, ws, c.contact_id).await?.unwrap().root_id) }))
        .await
        .unwrap()
}

/// Proves S11.
#[test]
fn a_code_that_comes_back_proves_the_number_and_a_typed_one_does_not() {
    on_each("house::a_code_that_comes_back_proves_the_number", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        let mia = visitor(1);
        house.text(&shop, MIA, "SM1", "How long does shipping take?").await.unwrap();
        house.chat(&shop, mia, "1", &format!("my number is {MIA}, how long does shipping take?")).await.unwrap();
        let (web, phone) = (root_of(&house, &shop, shop.webchat, &mia.to_string()).await, root_of(&house, &shop, shop.sms, MIA).await);
        assert_ne!(web, phone, "typed is only claimed");
        let ws = shop.ws;
        let claims = house.engine.db().read(move |tx| Box::pin(async move { store::contact::claims_of(tx, ws, web).await })).await.unwrap();
        assert_eq!(claims, [("phone".to_owned(), MIA.to_owned())]);
        house.texted();
        house.engine.send_proof(shop.ws, mia, MIA, Language::En).await.unwrap().unwrap();
        house.settle().await.unwrap();
        let text = house.texted().remove(0);
        let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
        let wrong = if code == "000000" { "000001" } else { "000000" };
        assert_eq!(house.engine.confirm_proof(shop.ws, shop.webchat, mia, MIA, wrong).await.unwrap(), Err(engine::ProofRefused::WrongCode));
        assert_eq!(
            house.engine.confirm_proof(shop.ws, shop.webchat, visitor(2), MIA, &code).await.unwrap(),
            Err(engine::ProofRefused::WrongCode),
            "another visitor's code"
        );
        house.engine.confirm_proof(shop.ws, shop.webchat, mia, MIA, &code).await.unwrap().unwrap();
        let (web, phone) = (root_of(&house, &shop, shop.webchat, &mia.to_string()).await, root_of(&house, &shop, shop.sms, MIA).await);
        assert_eq!(web, phone);
        assert_eq!(
            house.engine.confirm_proof(shop.ws, shop.webchat, mia, MIA, &code).await.unwrap(),
            Err(engine::ProofRefused::WrongCode),
            "once"
        );
    });
}

/// Proves S11.
#[test]
fn codes_are_limited_per_number_and_stand_in_no_transcript() {
    on_each("house::codes_are_limited_per_number", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        for no in 0..3 {
            house.engine.send_proof(shop.ws, visitor(no), MIA, Language::De).await.unwrap().unwrap();
        }
        assert_eq!(house.engine.send_proof(shop.ws, visitor(9), MIA, Language::De).await.unwrap(), Err(engine::ProofRefused::TooMany));
        house.settle().await.unwrap();
        assert_eq!(house.texted().len(), 3);
        assert_eq!(house.count("SELECT count(*) FROM message").await.unwrap(), 0);
        assert_eq!(house.engine.send_proof(shop.ws, visitor(9), "0171", Language::De).await.unwrap(), Err(engine::ProofRefused::BadNumber));
    });
}

#[test]
fn a_known_language_routes_without_asking_again() {
    on_each("house::a_known_language_routes_without_asking_again", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "live agent").await.unwrap();
        house.chat(&shop, mia, "2", "한국어").await.unwrap();
        assert_eq!(house.offered(&shop).await.unwrap(), Some(shop.ben), "Korean reaches Ben");
        // The site's token says that the number is hers too.
        let claims = Claims { sub: "mia".into(), phone_number: Some(MIA.into()), name: Some("Mia".into()), ..Claims::default() };
        house.text(&shop, MIA, "SM1", "How long does shipping take?").await.unwrap();
        house.engine.prove_identity(shop.ws, shop.webchat, mia, claims).await.unwrap();
        house.text(&shop, MIA, "SM2", "live agent").await.unwrap();
        let (c, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        assert_eq!(c.holder, Holder::Task);
        assert!(messages.iter().all(|m| m.choices.is_empty()), "not asked: {messages:#?}");
        let tasks = house.tasks(&shop, c.id).await.unwrap();
        assert!(tasks[0].attributes.contains(r#""language":"ko""#), "{}", tasks[0].attributes);
    });
}

/// Proves S11.
#[test]
fn an_agents_join_can_be_undone() {
    on_each("house::an_agents_join_can_be_undone", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        let mia = visitor(1);
        house.text(&shop, MIA, "SM1", "How long does shipping take?").await.unwrap();
        house.chat(&shop, mia, "1", "How long does shipping take?").await.unwrap();
        let (web, phone) = (root_of(&house, &shop, shop.webchat, &mia.to_string()).await, root_of(&house, &shop, shop.sms, MIA).await);
        let join = house.join(&shop, web, phone).await.unwrap().unwrap();
        assert_eq!(root_of(&house, &shop, shop.webchat, &mia.to_string()).await, root_of(&house, &shop, shop.sms, MIA).await);
        assert_eq!(house.join(&shop, web, phone).await.unwrap(), Err(engine::JoinRefused::Same));
        house.undo_join(&shop, join).await.unwrap().unwrap();
        assert_eq!(root_of(&house, &shop, shop.webchat, &mia.to_string()).await, web);
        assert_eq!(root_of(&house, &shop, shop.sms, MIA).await, phone);
        assert_eq!(house.undo_join(&shop, join).await.unwrap(), Err(engine::JoinRefused::Undone));
    });
}

#[test]
fn the_bot_remembers_over_a_restart() {
    on_each("house::the_bot_remembers_over_a_restart", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "I'm Mia, order 1042").await.unwrap();
        let next = house.reborn(2).await.unwrap();
        next.chat(&shop, mia, "2", "where is my order?").await.unwrap();
        let said = next.transcript(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert!(said.last().unwrap().contains("1042"), "{said:#?}");
    });
}

/// Proves I1.3 and I1.4.
#[test]
fn first_messages_of_one_person_at_once_make_one_contact_and_one_conversation() {
    on_each("house::first_messages_of_one_person_at_once", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let mia = visitor(1);
        let bodies: Vec<String> = (0..20)
            .map(|n| serde_json::json!({ "client_id": n.to_string(), "text": "How long does shipping take?" }).to_string())
            .collect();
        let key = mia.to_string();
        let at_once = bodies
            .iter()
            .map(|body| house.engine.receive(shop.ws, shop.webchat, connectors::Incoming::Frame { from: &key, body: body.as_bytes() }));
        for intake in futures::future::join_all(at_once).await {
            assert_eq!(intake.unwrap().fresh, 1);
        }
        house.settle().await.unwrap();
        assert_eq!(house.count("SELECT count(*) FROM contact").await.unwrap(), 1);
        assert_eq!(house.count("SELECT count(*) FROM conversation").await.unwrap(), 1);
        let (_, messages) = house.thread(&shop, shop.webchat, &key).await.unwrap();
        assert_eq!(messages.iter().filter(|m| m.from_contact()).count(), 20);
        assert_eq!(messages.last().unwrap().seq, messages.len() as i64);
    });
}

#[test]
fn a_number_with_two_forms_is_one_person_in_one_talk() {
    on_each("house::a_number_with_two_forms_is_one_person", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        for (older, newer) in [("+5215512345678", "+525512345678"), ("+553188887777", "+5531988887777")] {
            house.text(&shop, older, &format!("SM{older}"), "How long does shipping take?").await.unwrap();
            house.text(&shop, newer, &format!("SM{newer}"), "and to the islands?").await.unwrap();
            let (_, messages) = house.thread(&shop, shop.sms, newer).await.unwrap();
            let heard: Vec<&str> = messages.iter().filter(|m| m.from_contact()).map(|m| m.text.as_str()).collect();
            assert_eq!(heard, ["How long does shipping take?", "and to the islands?"]);
        }
        assert_eq!(house.count("SELECT count(*) FROM contact").await.unwrap(), 2);
    });
}

#[test]
fn a_number_without_a_country_code_is_one_of_the_workspaces_country() {
    on_each("house::a_number_without_a_country_code", async |house| {
        let shop = house.open_shop_with("Tidewater", Settings { country: "DE".into(), ..Settings::default() }).await.unwrap();
        let abroad = house.open_shop("Elsewhere").await.unwrap();
        house.carrier_works();
        house.texted();
        assert_eq!(
            house.engine.send_proof(abroad.ws, visitor(2), "0171 3920041", Language::En).await.unwrap(),
            Err(engine::ProofRefused::BadNumber)
        );
        house.engine.send_proof(shop.ws, visitor(1), "0171 3920041", Language::En).await.unwrap().unwrap();
        house.settle().await.unwrap();
        let code: String = house.texted().remove(0).chars().filter(char::is_ascii_digit).take(6).collect();
        house.engine.confirm_proof(shop.ws, shop.webchat, visitor(1), "0171 392 00 41", &code).await.unwrap().unwrap();
        house.chat(&shop, visitor(1), "1", "How long does shipping take?").await.unwrap();
        house.text(&shop, MIA, "SM1", "How long does shipping take?").await.unwrap();
        let key = visitor(1).to_string();
        assert_eq!(root_of(&house, &shop, shop.webchat, &key).await, root_of(&house, &shop, shop.sms, MIA).await, "proved by its code");
    });
}
