//! Many lanes in one commit: each table is read and written once, and lanes do not disturb one another.

use model::{ConversationId, Holder, Lane};
use testkit::{House, Shop, on_each};

const QUESTION: &str = "How long does shipping take?";

async fn all_ask(house: &House, shop: &Shop, people: usize, text: &str) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for no in 0..people {
        let who = format!("visitor-{no}");
        lanes.push(house.journal(shop, shop.webchat, &[&who], &who, text).await.unwrap());
    }
    lanes
}

async fn counts(house: &House) -> [i64; 6] {
    let mut counts = [0; 6];
    for (count, sql) in counts.iter_mut().zip([
        "SELECT count(*) FROM conversation",
        "SELECT count(*) FROM message",
        "SELECT count(*) FROM contact",
        "SELECT count(*) FROM thread",
        "SELECT count(*) FROM execution",
        "SELECT count(*) FROM inbound WHERE state = 'received'",
    ]) {
        *count = house.count(sql).await.unwrap();
    }
    counts
}

#[test]
fn a_batch_costs_as_many_statements_as_one_lane() {
    on_each("house::a_batch_costs_as_many_statements_as_one_lane", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        for (round, limit) in [(1, 32), (2, 22)] {
            let lanes = all_ask(&house, &shop, 20, QUESTION).await;
            let before = db::statements_run();
            assert_eq!(house.engine.turn_once(shop.ws, lanes).await, 20);
            let statements = db::statements_run() - before;
            assert!(statements <= limit, "20 lanes took {statements} statements in round {round}");
            assert_eq!(counts(&house).await, [20, 40 * round, 20, 20, 20 * round, 0]);
        }
        // The stream has each event once, in order and without holes.
        let events = house.count("SELECT count(*) FROM event").await.unwrap();
        assert_eq!(house.count("SELECT max(seq) FROM event").await.unwrap(), events);
        house.settle().await.unwrap();
        for no in 0..20 {
            let said = house.transcript(&shop, shop.webchat, &format!("visitor-{no}")).await.unwrap();
            assert_eq!(said.len(), 4, "{said:#?}");
            assert_eq!(said[0], format!("customer: {QUESTION}"));
            assert!(said[1].starts_with("bot: "));
        }
    });
}

#[test]
fn lanes_with_a_key_or_a_person_in_common_take_turns() {
    on_each("house::lanes_with_a_key_or_a_person_in_common_take_turns", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        // Two names for one identity, two threads of one person, and somebody else.
        let lanes = vec![
            house.journal(&shop, shop.webchat, &["mia", "mia-old"], "mia", "first").await.unwrap(),
            house.journal(&shop, shop.webchat, &["mia-old"], "mia", "second").await.unwrap(),
            house.journal(&shop, shop.webchat, &["mia-elsewhere"], "mia", "third").await.unwrap(),
            house.journal(&shop, shop.webchat, &["ben"], "ben", "hello").await.unwrap(),
        ];
        house.engine.turn_once(shop.ws, lanes).await;
        house.settle().await.unwrap();
        let [conversations, _, contacts, threads, _, waiting] = counts(&house).await;
        assert_eq!((conversations, contacts, threads, waiting), (3, 2, 3, 0));
        let said = house.transcript(&shop, shop.webchat, "mia").await.unwrap();
        let said: Vec<_> = said.iter().filter(|line| line.starts_with("customer: ")).collect();
        assert_eq!(said, ["customer: first", "customer: second"]);

        // A thread's lane and its conversation's: one fold after the other, on what the first one left.
        let (conversation, _) = house.thread(&shop, shop.webchat, "ben").await.unwrap();
        let lane = house.journal(&shop, shop.webchat, &["ben"], "ben", "and again").await.unwrap();
        house.engine.turn_once(shop.ws, vec![lane, Lane::Conversation(conversation.id)]).await;
        house.settle().await.unwrap();
        let (_, messages) = house.thread(&shop, shop.webchat, "ben").await.unwrap();
        let seqs: Vec<i64> = messages.iter().map(|m| m.seq).collect();
        assert_eq!(seqs, (1..=messages.len() as i64).collect::<Vec<_>>());
        assert_eq!(messages.iter().filter(|m| m.from_contact()).count(), 2);
    });
}

#[test]
fn a_lane_that_cannot_be_turned_harms_no_other() {
    on_each("house::a_lane_that_cannot_be_turned_harms_no_other", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let lanes = all_ask(&house, &shop, 6, "live agent").await;
        assert_eq!(house.engine.turn_once(shop.ws, lanes).await, 6);
        let (c, _) = house.thread(&shop, shop.webchat, "visitor-3").await.unwrap();
        assert_eq!(c.holder, Holder::Flow);
        spoil(&house, &shop, c.id).await;
        let lanes = all_ask(&house, &shop, 6, "Deutsch").await;
        let bad = lanes[3].clone();
        assert_eq!(house.engine.turn_once(shop.ws, lanes).await, 5);
        let of = |state: &str| format!("SELECT count(*) FROM inbound WHERE state = '{state}'");
        assert_eq!(house.count(&of("processed")).await.unwrap(), 11);
        assert_eq!(house.count("SELECT count(*) FROM inbound WHERE state = 'received' AND attempts = 1").await.unwrap(), 1);
        for _ in 0..4 {
            house.engine.turn_once(shop.ws, vec![bad.clone()]).await;
        }
        assert_eq!(house.count(&of("quarantined")).await.unwrap(), 1, "it is put aside after three tries");
    });
}

/// Its execution names a revision that is not there: whatever steps it fails.
async fn spoil(house: &House, shop: &Shop, id: ConversationId) {
    let ws = shop.ws;
    house
        .engine
        .db()
        .write(move |tx| {
            Box::pin(async move {
                let mut execution = store::flow::active_execution(tx, ws, id).await?.expect("active");
                execution.revision = 99;
                store::flow::put_executions(tx, ws, &[execution]).await
            })
        })
        .await
        .unwrap();
}
