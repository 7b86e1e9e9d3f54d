//! Messages of several parts: what the provider says of one part ends the doubt of that part, and of no other.

use engine::Sent;
use model::inbound::{Echo, InboundEvent, Sender};
use model::{InboundMessage, Message, MessageState, OutboxState};
use testkit::{House, Shop, on_each};

use crate::doubt::Room;

const MIA: &str = "+491713920041";

fn answer(status: u16, body: &str) -> Sent {
    Sent::Answer { status, headers: vec![], body: body.to_owned().into() }
}

/// Three parts, all different.
fn long(word: &str) -> String {
    ["first", "second", "third"].map(|no| format!("{no} {}", format!("{word} ").repeat(180 / (word.len() + 1)))).join("")
}

/// A message whose first part nobody heard of again, while the others left thirty seconds later.
async fn first_in_doubt(room: &Room) -> Message {
    room.house.world.now_answers(|_| Sent::Unknown { why: "cut".into() });
    let ours = room.write("c1", &long("harbour")).await;
    room.house.settle().await.unwrap();
    let mut no = 0;
    room.house.world.now_answers(move |_| {
        no += 1;
        answer(200, &format!("p{no}"))
    });
    room.house.pass(40).await.unwrap();
    assert_eq!(states(&room.house, &room.shop, &ours).await, [OutboxState::Uncertain, OutboxState::Sent, OutboxState::Sent]);
    assert_eq!(room.state(ours.id).await, MessageState::Uncertain);
    room.asked();
    ours
}

async fn states(house: &House, shop: &Shop, message: &Message) -> Vec<OutboxState> {
    house.sends(shop, message).await.unwrap().into_iter().map(|row| row.state).collect()
}

fn echo(provider_id: &str, text: &str) -> Echo {
    let to = Sender { external_id: "mia".into(), scoped: true, name: "mia".into(), verified: true, facts: vec![] };
    let message = InboundMessage { provider_id: provider_id.into(), text: text.into(), ..Default::default() };
    Echo { to, message, ..Default::default() }
}

async fn words_of(room: &Room, ours: &Message, part: usize) -> String {
    let rows = room.house.sends(&room.shop, ours).await.unwrap();
    rows[part].body["part"]["text"].as_str().unwrap().to_owned()
}

#[test]
fn an_echo_ends_the_doubt_of_the_part_whose_words_it_has() {
    on_each("house::an_echo_ends_the_doubt_of_the_part_whose_words_it_has", async |house| {
        let room = Room::open(house, None).await;
        let ours = first_in_doubt(&room).await;
        let count = room.house.messages(&room.shop, room.conversation).await.unwrap().len();
        let words = words_of(&room, &ours, 0).await;
        room.tell("e1", InboundEvent::Echo(echo("p77", &words))).await;
        assert_eq!(room.state(ours.id).await, MessageState::Sent, "the last doubt is over");
        assert_eq!(room.house.messages(&room.shop, room.conversation).await.unwrap().len(), count, "it is no message of somebody else");
        room.house.pass(5).await.unwrap();
        assert_eq!(room.asked(), []);
        room.clean().await;
    });
}

#[test]
fn an_echo_that_names_the_message_alone_is_told_apart_by_its_words() {
    on_each("house::an_echo_that_names_the_message_alone_is_told_apart_by_its_words", async |house| {
        let room = Room::open(house, None).await;
        let ours = first_in_doubt(&room).await;
        let second = words_of(&room, &ours, 1).await;
        room.tell("e1", InboundEvent::Echo(Echo { ours: Some(ours.id), ..echo("p2", &second) })).await;
        room.tell("e2", InboundEvent::Echo(Echo { ours: Some(ours.id), ..echo("p9", "words of no part") })).await;
        assert_eq!(room.state(ours.id).await, MessageState::Uncertain, "nobody spoke of the first part");
        room.tell("e3", InboundEvent::Echo(Echo { ours: Some(ours.id), part: Some(1), ..echo("p8", "") })).await;
        assert_eq!(room.state(ours.id).await, MessageState::Uncertain);
        room.tell("e4", InboundEvent::Echo(Echo { ours: Some(ours.id), part: Some(0), ..echo("p0", "") })).await;
        assert_eq!(room.state(ours.id).await, MessageState::Sent);
        room.clean().await;
    });
}

/// What came of the part under way is known when the process that sent it is dead.
#[test]
fn a_part_that_was_told_back_while_it_left_is_not_sent_again_after_a_death() {
    on_each("house::a_part_that_was_told_back_while_it_left_is_not_sent_again", async |house| {
        let mut room = Room::open(house, None).await;
        let ours = room.write("c1", &long("harbour")).await;
        let first = words_of(&room, &ours, 0).await;
        room.die_unanswered(2).await;
        assert_eq!(room.asked().into_iter().map(|(text, _)| text).collect::<Vec<_>>(), std::slice::from_ref(&first));
        // It is told before anybody looks at what the dead process left behind.
        let mut no = 1;
        room.house.world.now_answers(move |_| {
            no += 1;
            answer(200, &format!("p{no}"))
        });
        room.tell("e1", InboundEvent::Echo(echo("lost", &first))).await;
        room.house.pass(2).await.unwrap();
        assert_eq!(states(&room.house, &room.shop, &ours).await, [OutboxState::Sent; 3], "and what waited behind it left at once");
        assert!(room.asked().iter().all(|(text, _)| *text != first), "it is not sent twice");
        assert_eq!(room.state(ours.id).await, MessageState::Sent);
        room.clean().await;
    });
}

async fn status(house: &House, shop: &Shop, sid: &str, word: &str, query: &str) {
    let form = [("MessageSid", sid), ("MessageStatus", word), ("To", MIA), ("From", "+15005550006")];
    house.carrier_posts(shop, query, &form).await.unwrap();
}

/// Proves I1.5 for parts: a receipt of one is none of the others.
#[test]
fn a_receipt_ends_the_doubt_of_the_part_it_names() {
    on_each("house::a_receipt_ends_the_doubt_of_the_part_it_names", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.carrier_works();
        house.text(&shop, MIA, "SM1", "How long does shipping take?").await.unwrap();
        let (c, _) = house.thread(&shop, shop.sms, MIA).await.unwrap();
        house.texted();
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => Sent::Unknown { why: "cut".into() },
            _ => answer(503, ""),
        });
        let message = engine::WriteMessage::text(
            c.id,
            "d1",
            "This is a long answer. ".repeat(100),
            messaging::Writer { worker_id: None, name: "Supervisor".into(), anywhere: true },
            "test",
        );
        let ours = house.engine.write(shop.ws, message).await.unwrap().unwrap();
        house.settle().await.unwrap();
        let callback = house.world.take_asked().into_iter().find(|out| out.method == "POST").unwrap();
        let callback = form_urlencoded::parse(&callback.body).find(|(name, _)| name == "StatusCallback").unwrap().1.into_owned();
        let named = format!("?message={}-0", ours.id);
        assert!(callback.contains(&named), "{callback}");
        house.world.now_answers(|out| match out.method.as_str() {
            "POST" => answer(201, r#"{"sid":"SMsecond"}"#),
            _ => answer(503, ""),
        });
        house.pass(40).await.unwrap();
        assert_eq!(states(&house, &shop, &ours).await, [OutboxState::Uncertain, OutboxState::Sent]);
        let state = async || house.messages(&shop, c.id).await.unwrap().into_iter().find(|m| m.id == ours.id).unwrap().state;

        status(&house, &shop, "SMsecond", "delivered", &format!("?message={}-1", ours.id)).await;
        assert_eq!(state().await, MessageState::Uncertain, "the first part is in doubt all the same");
        status(&house, &shop, "SMfirst", "sent", &format!("?message={}", ours.id)).await;
        assert_eq!(state().await, MessageState::Uncertain, "whichever part that is");
        status(&house, &shop, "SMfirst", "delivered", &named).await;
        assert_eq!(state().await, MessageState::Delivered, "what is told of the last one is told of the message");
        assert_eq!(states(&house, &shop, &ours).await, [OutboxState::Sent; 2]);

        status(&house, &shop, "SMfirst", "undelivered", &named).await;
        assert_eq!(state().await, MessageState::Failed);
        assert_eq!(states(&house, &shop, &ours).await, [OutboxState::Failed, OutboxState::Sent], "that part alone");
        let given = store::auditor::Given { now: house.now(), digest: engine::once::digest, files: None };
        let report = house.engine.db().read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.unwrap();
        assert!(report.clean(), "{report:#?}");
    });
}
