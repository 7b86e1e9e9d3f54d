//! Other words for what we said, and taking it back: part by part, refused, and before it left. The fake channel has both.

use engine::Sent;
use messaging::{Refused, Writer};
use model::{ChannelAccountId, ConversationId, Message, MessageState, WorkerId};
use serde_json::Value;
use testkit::{House, Shop, fake_account, fake_event, on_each};

const ROOM: &str = "room";

async fn connect(house: &House, shop: &Shop) -> ChannelAccountId {
    let id: ChannelAccountId = house.engine.ids().next();
    house.connect(shop, fake_account(id, "rooms", None)).await.unwrap();
    taking(house, "first");
    id
}

/// The provider takes everything, and calls each by a name of its own.
fn taking(house: &House, prefix: &'static str) {
    let mut sent = 0;
    house.world.now_answers(move |_| {
        sent += 1;
        Sent::Answer { status: 200, headers: vec![], body: format!("{prefix}{sent}").into() }
    });
}

async fn taken(house: &House, shop: &Shop, account: ChannelAccountId) -> (WorkerId, ConversationId) {
    house.fake_posts(shop, account, vec![fake_event("1", ROOM, "mia", "a live agent please", None)]).await.unwrap();
    house.fake_posts(shop, account, vec![fake_event("2", ROOM, "mia", "English", None)]).await.unwrap();
    let worker = house.offered(shop).await.unwrap().unwrap();
    let task = house.accept(shop, worker).await.unwrap();
    (worker, house.conversation_of(shop, task).await.unwrap())
}

fn by(worker: WorkerId) -> Writer {
    Writer { worker_id: Some(worker), name: "Ana".into(), anywhere: false }
}

async fn again(house: &House, shop: &Shop, account: ChannelAccountId, message: &Message) -> Message {
    let all = house.thread(shop, account, ROOM).await.unwrap().1;
    all.into_iter().find(|one| one.id == message.id).expect("it is there")
}

/// What the provider was asked to change: which of its messages, and to what.
fn revised(house: &House) -> Vec<(String, Option<String>)> {
    let asked = house.world.take_asked().into_iter().filter(|one| one.url.ends_with("/revise"));
    let read = |body: &[u8]| -> Value { serde_json::from_slice(body).unwrap() };
    asked.map(|one| read(&one.body)).map(|one| (one["on"].as_str().unwrap().to_owned(), one["text"].as_str().map(str::to_owned))).collect()
}

async fn audited(house: &House) {
    let given = store::auditor::Given { now: house.now(), digest: engine::once::digest, files: None };
    let report = house.engine.db().read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.unwrap();
    assert!(report.clean(), "{report:#?}");
}

#[test]
fn each_part_is_changed_by_its_own_name() {
    on_each("house::each_part_is_changed_by_its_own_name", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let (worker, conversation) = taken(&house, &shop, account).await;
        taking(&house, "out");
        let long = format!("{} {}", "one".repeat(60), "two".repeat(60));
        let ours = house.reply(&shop, worker, conversation, "c1", &long).await.unwrap();
        house.world.take_asked();
        let change = async |text: Option<&str>| house.engine.revise(shop.ws, ours.id, text.map(str::to_owned), by(worker)).await.unwrap();
        assert_eq!(change(Some("short")).await, Err(Refused::EditSize));
        let anew = format!("{} {}", "uno".repeat(60), "dos".repeat(60));
        let waiting = change(Some(&anew)).await.unwrap();
        assert!(waiting.text == long && waiting.revision.is_some_and(|wish| wish.text.as_deref() == Some(&anew)));
        house.pass(5).await.unwrap();
        let parts = [("out1".to_owned(), Some("uno".repeat(60))), ("out2".to_owned(), Some("dos".repeat(60)))];
        assert_eq!(revised(&house), parts);
        let kept = again(&house, &shop, account, &ours).await;
        assert_eq!((kept.text.as_str(), kept.earlier.len(), kept.revision, kept.state), (anew.as_str(), 1, None, MessageState::Sent));
        change(None).await.unwrap();
        house.pass(5).await.unwrap();
        assert_eq!(revised(&house), [("out1".to_owned(), None), ("out2".to_owned(), None)]);
        let kept = again(&house, &shop, account, &ours).await;
        assert!(kept.text.is_empty() && kept.earlier.is_empty() && kept.unsent_at.is_some());
        assert_eq!((kept.unsent_by.as_str(), kept.state), ("Ana", MessageState::Sent));
        audited(&house).await;
    });
}

#[test]
fn what_the_provider_refuses_stays_a_wish_that_says_why() {
    on_each("house::what_the_provider_refuses_stays_a_wish_that_says_why", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let (worker, conversation) = taken(&house, &shop, account).await;
        let ours = house.reply(&shop, worker, conversation, "c1", "Bis Freitag").await.unwrap();
        let change = async |text: Option<&str>| house.engine.revise(shop.ws, ours.id, text.map(str::to_owned), by(worker)).await.unwrap();
        house.world.now_answers(|_| Sent::Answer { status: 403, headers: vec![], body: "no".into() });
        change(Some("Bis Montag")).await.unwrap();
        house.pass(5).await.unwrap();
        let kept = again(&house, &shop, account, &ours).await;
        assert_eq!((kept.text.as_str(), kept.state, kept.earlier.len()), ("Bis Freitag", MessageState::Sent, 0));
        let wish = kept.revision.expect("the wish");
        assert_eq!((wish.text.as_deref(), wish.problem.map(|problem| problem.code)), (Some("Bis Montag"), Some("refused".to_owned())));
        // Nobody is asked about it, and what is said after it leaves.
        let ws = shop.ws;
        let lost =
            house.engine.db().read(move |tx| Box::pin(async move { store::outbox::undelivered(tx, ws, None, 9).await })).await.unwrap();
        assert!(lost.is_empty(), "{lost:?}");
        taking(&house, "out");
        let after = house.reply(&shop, worker, conversation, "c2", "Und danke").await.unwrap();
        assert_eq!(again(&house, &shop, account, &after).await.state, MessageState::Sent);
        // The wish again, and now it is done.
        change(Some("Bis Montag")).await.unwrap();
        house.pass(5).await.unwrap();
        let kept = again(&house, &shop, account, &ours).await;
        assert_eq!((kept.text.as_str(), kept.revision), ("Bis Montag", None));
        audited(&house).await;
    });
}

#[test]
fn what_has_not_left_is_changed_without_anybody_hearing_of_it() {
    on_each("house::what_has_not_left_is_changed_without_anybody_hearing_of_it", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let (worker, conversation) = taken(&house, &shop, account).await;
        house.world.take_asked();
        // Written down, and nothing of it has left yet.
        let write = async |client_id: &str, text: &str| {
            let message = engine::WriteMessage::text(conversation, client_id, text, by(worker), format!("worker:{worker}"));
            house.engine.write(shop.ws, message).await.unwrap().unwrap()
        };
        let ours = write("c1", "Bis Freitag").await;
        let gone = write("c2", "Vergiss es").await;
        let kept = house.engine.revise(shop.ws, ours.id, Some("Bis Montag".into()), by(worker)).await.unwrap().unwrap();
        assert!(kept.text == "Bis Montag" && kept.earlier.is_empty() && kept.revision.is_none());
        let withdrawn = house.engine.revise(shop.ws, gone.id, None, by(worker)).await.unwrap().unwrap();
        assert_eq!(withdrawn.problem.map(|problem| problem.code), Some("taken_back".into()));
        audited(&house).await;
        house.pass(5).await.unwrap();
        let asked = house.world.take_asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(String::from_utf8_lossy(&asked[0].body).contains("Bis Montag"));
        assert_eq!(again(&house, &shop, account, &ours).await.state, MessageState::Sent);
        // Somebody else's words are theirs.
        let other = Writer { worker_id: Some(house.engine.ids().next()), name: "Tom".into(), anywhere: true };
        assert_eq!(house.engine.revise(shop.ws, ours.id, None, other).await.unwrap(), Err(Refused::NotOwn));
        audited(&house).await;
    });
}
