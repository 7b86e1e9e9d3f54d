//! Whoever sees a message of unknown fate at the customer says so, and nobody is asked about it any more.

use engine::{Once, Request, Sent};
use messaging::{Refused, Writer};
use model::inbound::{InboundEvent, Receipt};
use model::{Message, MessageId, MessageState, OutboxState};
use testkit::on_each;

use crate::doubt::Room;

fn taken_as(id: &str) -> Sent {
    Sent::Answer { status: 200, headers: vec![], body: id.to_owned().into() }
}

async fn arrived(room: &Room, id: MessageId, by: Writer) -> Result<Message, Refused> {
    let request = Request { actor: "Ana".into(), key: None };
    match room.house.engine.arrived(room.shop.ws, id, by, request).await.unwrap()? {
        Once::Done(message) => Ok(message),
        other => panic!("{other:?}"),
    }
}

async fn retried(room: &Room, id: MessageId) -> Result<MessageState, Refused> {
    match room.house.engine.retry(room.shop.ws, id, room.agent(), Request::default()).await.unwrap()? {
        Once::Done(message) => Ok(message.state),
        other => panic!("{other:?}"),
    }
}

/// A message of ours that nobody heard of again.
async fn in_doubt(room: &Room, text: &str) -> Message {
    room.house.world.now_answers(|_| Sent::Unknown { why: "cut".into() });
    let ours = room.write("c1", text).await;
    room.house.settle().await.unwrap();
    assert_eq!((room.state(ours.id).await, room.listed().await), (MessageState::Uncertain, vec![ours.id]));
    room.asked();
    let mut no = 0;
    room.house.world.now_answers(move |_| {
        no += 1;
        taken_as(&format!("p{no}"))
    });
    ours
}

async fn noted(room: &Room) -> i64 {
    room.house.count("SELECT count(*) FROM audit_row WHERE action = 'message.arrived' AND actor = 'Ana'").await.unwrap()
}

fn told_of(ours: &Message, state: MessageState) -> InboundEvent {
    let problem = (state == MessageState::Failed).then(|| model::Problem { code: "not_delivered".into(), detail: "no".into() });
    let (ours, part) = (Some(ours.id), Some(0));
    InboundEvent::Receipt(Receipt { provider_id: "late".into(), state, problem, ours, part, through: false, recipient: String::new() })
}

#[test]
fn what_a_person_saw_at_the_customer_is_sent_and_nobody_is_asked_again() {
    on_each("house::what_a_person_saw_at_the_customer_is_sent", async |house| {
        let room = Room::open(house, None).await;
        let ours = in_doubt(&room, "It is on its way").await;
        let next = room.write("c2", "and something else").await;
        let stranger = Writer { worker_id: Some(room.house.engine.ids().next()), name: "Ben".into(), anywhere: false };
        assert_eq!(arrived(&room, ours.id, stranger).await.unwrap_err(), Refused::NotYours);
        assert_eq!(arrived(&room, next.id, room.agent()).await.unwrap_err(), Refused::NotInDoubt, "it waits in line");

        let heard = arrived(&room, ours.id, room.agent()).await.unwrap();
        assert_eq!((heard.state, heard.problem), (MessageState::Sent, None));
        assert!(room.listed().await.is_empty());
        room.house.settle().await.unwrap();
        assert_eq!(room.asked().into_iter().map(|(text, _)| text).collect::<Vec<_>>(), ["and something else"], "it holds nobody back");
        assert_eq!(room.state(next.id).await, MessageState::Sent);

        assert_eq!(arrived(&room, ours.id, room.agent()).await.unwrap().state, MessageState::Sent, "the second gets the same answer");
        assert_eq!(noted(&room).await, 1, "and is no news");
        assert_eq!(retried(&room, ours.id).await.unwrap_err(), Refused::NotFailed);
        room.leap(700).await;
        room.house.pass(2).await.unwrap();
        assert_eq!(room.asked(), []);
        room.clean().await;
    });
}

#[test]
fn of_two_answers_one_counts() {
    on_each("house::of_two_answers_one_counts", async |house| {
        let room = Room::open(house, None).await;
        let ours = in_doubt(&room, "It is on its way").await;
        let (seen, again) = futures::join!(arrived(&room, ours.id, room.agent()), retried(&room, ours.id));
        room.house.settle().await.unwrap();
        let sent = room.asked().len();
        match (&seen, &again) {
            (Ok(_), Err(Refused::NotFailed)) => assert_eq!((sent, noted(&room).await), (0, 1)),
            (Err(Refused::NotInDoubt), Ok(MessageState::Queued)) => assert_eq!((sent, noted(&room).await), (1, 0)),
            other => panic!("{other:?}"),
        }
        assert_eq!(room.state(ours.id).await, MessageState::Sent);
        // The other order.
        let other = Room { conversation: room.conversation, ..room };
        other.house.world.now_answers(|_| Sent::Unknown { why: "cut".into() });
        let second = other.write("c3", "And the bill").await;
        other.house.settle().await.unwrap();
        other.asked();
        assert_eq!(retried(&other, second.id).await.unwrap(), MessageState::Queued);
        assert_eq!(arrived(&other, second.id, other.agent()).await.unwrap_err(), Refused::NotInDoubt, "it is on its way again");
        other.clean().await;
    });
}

#[test]
fn of_a_message_in_parts_only_what_was_in_doubt_arrived() {
    on_each("house::of_a_message_in_parts_only_what_was_in_doubt_arrived", async |house| {
        let room = Room::open(house, None).await;
        let ours = in_doubt(&room, &"a long answer ".repeat(25)).await;
        let heard = arrived(&room, ours.id, room.agent()).await.unwrap();
        assert_eq!((heard.state, heard.problem), (MessageState::Queued, None), "its second part has still to leave");
        room.house.settle().await.unwrap();
        let rows = room.house.sends(&room.shop, &ours).await.unwrap();
        assert_eq!(rows.iter().map(|row| (row.state, row.attempts)).collect::<Vec<_>>(), [(OutboxState::Sent, 1); 2]);
        assert_eq!((room.asked().len(), room.state(ours.id).await), (1, MessageState::Sent));
        room.clean().await;
    });
}

/// The provider is the better witness, whenever it speaks.
#[test]
fn what_the_provider_says_later_of_what_a_person_saw_is_heard() {
    on_each("house::what_the_provider_says_later_of_what_a_person_saw_is_heard", async |house| {
        let room = Room::open(house, None).await;
        let ours = in_doubt(&room, "It is on its way").await;
        arrived(&room, ours.id, room.agent()).await.unwrap();
        room.tell("r1", told_of(&ours, MessageState::Delivered)).await;
        assert_eq!(room.state(ours.id).await, MessageState::Delivered);
        room.clean().await;
        room.tell("r2", told_of(&ours, MessageState::Failed)).await;
        assert_eq!((room.state(ours.id).await, room.listed().await), (MessageState::Failed, vec![ours.id]));
        assert_eq!(arrived(&room, ours.id, room.agent()).await.unwrap_err(), Refused::NotInDoubt, "it did not");
        assert_eq!(retried(&room, ours.id).await.unwrap(), MessageState::Queued);
        room.house.settle().await.unwrap();
        assert_eq!(room.state(ours.id).await, MessageState::Sent);
        room.clean().await;
    });
}

/// Nothing is said to the customer, so the end of the conversation does not matter; only whoever may write anywhere reaches it then.
#[test]
fn the_question_is_answered_after_the_conversations_end_too() {
    on_each("house::the_question_is_answered_after_the_conversations_end_too", async |house| {
        let room = Room::open(house, None).await;
        let ours = in_doubt(&room, "It is on its way").await;
        let supervisor = Writer { worker_id: None, name: "Supervisor".into(), anywhere: true };
        room.house.engine.close(room.shop.ws, room.conversation, "supervisor", Request::default()).await.unwrap().unwrap();
        room.house.settle().await.unwrap();
        assert_eq!(room.house.conversation(&room.shop, room.conversation).await.unwrap().state, model::ConversationState::Closed);
        assert_eq!(retried(&room, ours.id).await.unwrap_err(), Refused::Closed);
        assert!(arrived(&room, ours.id, room.agent()).await.is_err());
        assert_eq!(arrived(&room, ours.id, supervisor).await.unwrap().state, MessageState::Sent);
        assert!(room.listed().await.is_empty());
        room.clean().await;
    });
}
