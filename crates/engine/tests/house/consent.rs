//! Opting out and coming back: what counts, what is kept of it, and what it stops.

use engine::Sent;
use model::{AddressId, Consent, MessageState};
use testkit::{House, Shop, on_each};

const QUESTION: &str = "How long does shipping take?";
const MIA: &str = "+491713920041";

/// What stands with the number, and every word of evidence, oldest first.
async fn evidence(house: &House, shop: &Shop) -> (bool, Option<Consent>, AddressId) {
    let ws = shop.ws;
    house
        .engine
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let address = store::contact::address_by_value(tx, ws, "phone", "", MIA).await?.expect("the number");
                let newest = store::consent::newest(tx, ws, &[address.id]).await?.remove(&address.id);
                Ok((address.opted_out, newest, address.id))
            })
        })
        .await
        .unwrap()
}

#[test]
fn the_word_of_the_country_counts_and_its_evidence_is_kept() {
    on_each("house::the_word_of_the_country_counts_and_its_evidence_is_kept", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, MIA, "SM1", "live agent").await.unwrap();
        let (_, none, address) = evidence(&house, &shop).await;
        assert_eq!(none, None);
        house.text(&shop, MIA, "SM2", "stopp!").await.unwrap();
        let (out, first, _) = evidence(&house, &shop).await;
        let first = first.unwrap();
        assert!(out && first.opted_out);
        assert_eq!((first.rule.as_str(), first.word.as_str()), ("DE STOPP", "stopp!"));
        let (c, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        let written = messages.iter().find(|message| message.text == "stopp!").unwrap();
        assert_eq!((first.message_id, first.conversation_id), (Some(written.id), Some(c.id)));
        let may = house.engine.may_write_to(shop.ws, shop.sms, address).await.unwrap();
        assert_eq!(may, Err(messaging::Refused::OptedOut), "whoever writes first asks here");
        house.text(&shop, MIA, "SM3", "Start").await.unwrap();
        let (out, second, _) = evidence(&house, &shop).await;
        assert_eq!((out, second.unwrap().rule.as_str()), (false, "START"));
        assert_eq!(house.engine.may_write_to(shop.ws, shop.sms, address).await.unwrap(), Ok(()));
        assert_eq!(house.count("SELECT count(*) FROM consent").await.unwrap(), 2, "evidence is added, never changed");
    });
}

#[test]
fn a_yes_of_somebody_who_never_opted_out_is_an_answer() {
    on_each("house::a_yes_of_somebody_who_never_opted_out_is_an_answer", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, MIA, "SM1", "YES").await.unwrap();
        let (_, messages) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        assert!(messages.iter().all(|message| message.notice.as_ref().is_none_or(|notice| notice.kind != "opted_in")));
        assert!(!house.texted().is_empty(), "the flow heard it");
        assert_eq!(house.count("SELECT count(*) FROM consent").await.unwrap(), 0);
    });
}

#[test]
fn what_still_waits_when_somebody_opts_out_is_not_sent() {
    on_each("house::what_still_waits_when_somebody_opts_out_is_not_sent", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| Sent::Answer { status: 429, headers: vec![("retry-after".into(), "60".into())], body: "{}".into() });
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        let ours = |messages: Vec<model::Message>| messages.into_iter().rfind(|m| !m.from_contact() && m.notice.is_none()).unwrap();
        assert_ne!(ours(house.thread(&shop, shop.sms, MIA).await.unwrap().1).state, MessageState::Failed);
        house.text(&shop, MIA, "SM2", "STOP").await.unwrap();
        let refused = ours(house.thread(&shop, shop.sms, MIA).await.unwrap().1);
        assert_eq!((refused.state, refused.problem.unwrap().code.as_str()), (MessageState::Failed, "opted_out"));
        house.carrier_works();
        house.world.take_asked();
        house.pass(120).await.unwrap();
        assert!(house.texted().is_empty(), "nothing leaves after the STOP");
    });
}

#[test]
fn a_provider_that_refuses_because_they_opted_out_there_is_believed() {
    on_each("house::a_provider_that_refuses_because_they_opted_out_there_is_believed", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let body = r#"{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}"#;
        house.world.now_answers(move |_| Sent::Answer { status: 400, headers: vec![], body: body.into() });
        house.text(&shop, MIA, "SM1", QUESTION).await.unwrap();
        house.settle().await.unwrap();
        let (out, why, _) = evidence(&house, &shop).await;
        let why = why.unwrap();
        assert_eq!((out, why.rule.as_str(), why.word.as_str()), (true, "provider", ""));
        assert!(why.message_id.is_some(), "the message that was refused");
    });
}

#[test]
fn a_call_for_help_is_answered_and_heard_by_no_flow() {
    on_each("house::a_call_for_help_is_answered_and_heard_by_no_flow", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        let ws = shop.ws;
        house
            .engine
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let mut stored =
                        store::channel::all(tx, ws).await?.into_iter().find(|one| one.account.kind == "sms").expect("the number");
                    stored.account.settings.insert("help_answer".into(), "Tidewater. Call +493023125014".into());
                    assert!(store::channel::update(tx, ws, &stored.account, stored.sealed).await?);
                    Ok(())
                })
            })
            .await
            .unwrap();
        house.engine.config_changed(ws);
        house.text(&shop, MIA, "SM1", "Hilfe").await.unwrap();
        assert_eq!(house.texted(), ["Tidewater. Call +493023125014"]);
        assert_eq!(house.count("SELECT count(*) FROM execution").await.unwrap(), 0);
    });
}
