//! I6.8: outside the channel's reply window nothing goes out, and whoever wrote is told before it would.

use engine::{Once, Request, Sent};
use messaging::{Refused, Writer};
use model::inbound::Sender;
use model::{ChannelAccountId, ConversationId, InboundEvent, Message, MessageState, WorkerId};
use testkit::{House, Shop, fake_account, fake_event, fake_news, on_each};

const WINDOW_S: i64 = 60;

/// A fake channel on which we may answer for a minute.
async fn connect(house: &House, shop: &Shop) -> ChannelAccountId {
    let id: ChannelAccountId = house.engine.ids().next();
    let mut account = fake_account(id, "rooms", None);
    account.settings.insert("window_s".into(), WINDOW_S.to_string());
    house.connect(shop, account).await.unwrap();
    house.world.now_answers(|_| Sent::Answer { status: 200, headers: vec![], body: "out".into() });
    id
}

async fn says(house: &House, shop: &Shop, account: ChannelAccountId, id: &str, text: &str) {
    house.fake_posts(shop, account, vec![fake_event(id, "room", "mia", text, None)]).await.unwrap();
}

async fn last(house: &House, shop: &Shop, account: ChannelAccountId) -> Message {
    house.thread(shop, account, "room").await.unwrap().1.pop().unwrap()
}

async fn write(house: &House, shop: &Shop, by: WorkerId, id: ConversationId, name: &str, private: bool) -> Result<Message, Refused> {
    let message = engine::WriteMessage {
        private,
        ..engine::WriteMessage::text(id, name, name, Writer { worker_id: Some(by), name: "Ana".into(), anywhere: false }, "test")
    };
    let written = house.engine.write(shop.ws, message).await.unwrap();
    house.settle().await.unwrap();
    written
}

/// Proves I6.8.
#[test]
fn an_agent_is_refused_when_the_window_is_closed() {
    on_each("house::an_agent_is_refused_when_the_window_is_closed", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        says(&house, &shop, account, "1", "a live agent please").await;
        says(&house, &shop, account, "2", "English").await;
        let worker = house.offered(&shop).await.unwrap().unwrap();
        let task = house.accept(&shop, worker).await.unwrap();
        let id = house.conversation_of(&shop, task).await.unwrap();
        house.pass(WINDOW_S - 1).await.unwrap();
        assert!(write(&house, &shop, worker, id, "in time", false).await.is_ok());
        assert_eq!(last(&house, &shop, account).await.state, MessageState::Sent);
        house.pass(1).await.unwrap();
        house.world.take_asked();
        assert_eq!(write(&house, &shop, worker, id, "too late", false).await.unwrap_err(), Refused::WindowClosed);
        assert!(write(&house, &shop, worker, id, "a note", true).await.is_ok(), "a note goes nowhere");
        assert!(house.world.take_asked().is_empty());
        assert_eq!(house.count("SELECT count(*) FROM message WHERE client_id = 'too late'").await.unwrap(), 0);
        // Their next word opens it again.
        says(&house, &shop, account, "3", "are you there?").await;
        assert!(write(&house, &shop, worker, id, "too late", false).await.is_ok());
        assert_eq!(house.world.take_asked().len(), 1);
        // A call does too, and a switch that they turn does not.
        house.pass(WINDOW_S).await.unwrap();
        let touch = |what: &str| InboundEvent::Touch { from: Sender { external_id: "mia".into(), ..Sender::default() }, what: what.into() };
        house.fake_posts(&shop, account, vec![fake_news("4", "room", &touch("marketing_stopped"), None)]).await.unwrap();
        assert_eq!(write(&house, &shop, worker, id, "still late", false).await.unwrap_err(), Refused::WindowClosed);
        house.fake_posts(&shop, account, vec![fake_news("5", "room", &touch("called"), None)]).await.unwrap();
        assert!(write(&house, &shop, worker, id, "after the call", false).await.is_ok());
    });
}

/// Proves I6.8.
#[test]
fn a_flow_that_answers_an_old_message_fails_visibly_and_can_be_sent_again() {
    on_each("house::a_flow_that_answers_an_old_message_fails_visibly_and_can_be_sent_again", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        // Written before the window, and brought only now.
        let written = house.now().secs() - WINDOW_S;
        house.fake_posts(&shop, account, vec![fake_event("1", "room", "mia", "hello", Some(written))]).await.unwrap();
        let ours = last(&house, &shop, account).await;
        assert!(!ours.from_contact());
        assert_eq!((ours.state, ours.problem.as_ref().unwrap().code.as_str()), (MessageState::Failed, "window_closed"));
        assert!(house.world.take_asked().is_empty());
        let by = Writer { worker_id: None, name: "Supervisor".into(), anywhere: true };
        let retry = || house.engine.retry(shop.ws, ours.id, by.clone(), Request::default());
        assert_eq!(retry().await.unwrap().unwrap_err(), Refused::WindowClosed);
        says(&house, &shop, account, "2", "anybody?").await;
        house.world.take_asked();
        assert!(matches!(retry().await.unwrap().unwrap(), Once::Done(_)));
        house.settle().await.unwrap();
        assert_eq!(house.world.take_asked().len(), 1);
        let (_, all) = house.thread(&shop, account, "room").await.unwrap();
        assert_eq!(all.iter().find(|m| m.id == ours.id).unwrap().state, MessageState::Sent);
    });
}

/// Proves I6.8.
#[test]
fn what_could_not_leave_in_the_window_does_not_leave_after_it() {
    on_each("house::what_could_not_leave_in_the_window_does_not_leave_after_it", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        house.world.now_answers(|_| Sent::NotSent { why: "no route".into(), permanent: false });
        says(&house, &shop, account, "1", "hello").await;
        assert_eq!(last(&house, &shop, account).await.state, MessageState::Queued);
        house.pass(WINDOW_S).await.unwrap();
        house.world.take_asked();
        house.world.now_answers(|_| Sent::Answer { status: 200, headers: vec![], body: "out".into() });
        house.pass(120).await.unwrap();
        let ours = last(&house, &shop, account).await;
        assert_eq!((ours.state, ours.problem.unwrap().code.as_str()), (MessageState::Failed, "expired"));
        assert!(house.world.take_asked().is_empty());
    });
}
