//! Sends that may have arrived: asked again under their key as long as the provider tells a repeat, proven part by part, or left to a person.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{Outgoing, Request, Sent};
use messaging::Writer;
use model::inbound::{Echo, InboundEvent, Sender};
use model::{ChannelAccountId, ConversationId, InboundMessage, Message, MessageId, MessageState, WorkerId};
use serde_json::Value;
use testkit::{House, Shop, fake_account, fake_event, fake_news, on_each};

const ROOM: &str = "room";
const HOUR_S: i64 = 3600;

fn mia() -> Sender {
    Sender { external_id: "mia".into(), scoped: true, name: "mia".into(), verified: true, facts: vec![] }
}

fn taken_as(id: &str) -> Sent {
    Sent::Answer { status: 200, headers: vec![], body: id.to_owned().into() }
}

/// A room at a provider that knows our ids for `known_s` seconds, and an agent who has its conversation.
pub struct Room {
    pub house: House,
    pub shop: Shop,
    pub account: ChannelAccountId,
    pub worker: WorkerId,
    pub conversation: ConversationId,
}

impl Room {
    pub async fn open(house: House, known_s: Option<i64>) -> Self {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account: ChannelAccountId = house.engine.ids().next();
        let mut row = fake_account(account, "rooms", None);
        row.settings.extend(known_s.map(|known_s| ("known_s".to_owned(), known_s.to_string())));
        house.connect(&shop, row).await.unwrap();
        let mut sent = 0;
        house.world.now_answers(move |_| {
            sent += 1;
            taken_as(&format!("out{sent}"))
        });
        house.fake_posts(&shop, account, vec![fake_event("1", ROOM, "mia", "a live agent please", None)]).await.unwrap();
        house.fake_posts(&shop, account, vec![fake_event("2", ROOM, "mia", "English", None)]).await.unwrap();
        let worker = house.offered(&shop).await.unwrap().unwrap();
        let task = house.accept(&shop, worker).await.unwrap();
        let conversation = house.conversation_of(&shop, task).await.unwrap();
        house.world.take_asked();
        Self { house, shop, account, worker, conversation }
    }

    /// The agent writes, and what comes of it is not waited for.
    pub async fn write(&self, client_id: &str, text: &str) -> Message {
        let message = engine::WriteMessage::text(self.conversation, client_id, text, self.agent(), format!("worker:{}", self.worker));
        self.house.engine.write(self.shop.ws, message).await.unwrap().unwrap()
    }

    /// The process dies after the provider took the next request and before that is written down; another one goes on.
    pub async fn die_unanswered(&mut self, seed: u64) {
        let armed = Arc::new(AtomicBool::new(false));
        let dying = armed.clone();
        self.house.world.now_answers(move |_| {
            armed.store(true, Ordering::SeqCst);
            taken_as("lost")
        });
        self.house.engine.db().hooks().at_commit(move |point| {
            let dies = point == db::hooks::Point::BeforeCommit && dying.swap(false, Ordering::SeqCst);
            if dies { db::hooks::Fate::Die } else { db::hooks::Fate::Go }
        });
        assert!(self.house.settle().await.is_err(), "the outcome could not be written");
        self.house = self.house.reborn(seed).await.unwrap();
    }

    pub async fn tell(&self, id: &str, told: InboundEvent) {
        self.house.fake_posts(&self.shop, self.account, vec![fake_news(id, ROOM, &told, None)]).await.unwrap();
    }
    /// The texts and ids of what the provider was asked to send since the last look.
    pub fn asked(&self) -> Vec<(String, String)> {
        let body = |out: Outgoing| serde_json::from_slice::<Value>(&out.body).unwrap();
        let word = |body: &Value, field: &str| body[field].as_str().unwrap().to_owned();
        self.house.world.take_asked().into_iter().map(body).map(|body| (word(&body, "text"), word(&body, "id"))).collect()
    }
    pub async fn again(&self, id: MessageId) -> Message {
        let messages = self.house.messages(&self.shop, self.conversation).await.unwrap();
        messages.into_iter().find(|message| message.id == id).unwrap()
    }
    pub async fn state(&self, id: MessageId) -> MessageState {
        self.again(id).await.state
    }
    /// The messages about which a person is asked.
    pub async fn listed(&self) -> Vec<MessageId> {
        let ws = self.shop.ws;
        let listed = self.house.engine.db().read(move |tx| Box::pin(async move { store::outbox::undelivered(tx, ws, None, 50).await }));
        listed.await.unwrap().into_iter().map(|(_, message, _)| message).collect()
    }
    pub fn agent(&self) -> Writer {
        Writer { worker_id: Some(self.worker), name: "Ana".into(), anywhere: false }
    }
    pub async fn clean(&self) {
        let given = store::auditor::Given { now: self.house.now(), digest: engine::once::digest, files: None };
        let report = self.house.engine.db().read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.unwrap();
        assert!(report.clean(), "{report:#?}");
    }
    /// Time in which nothing happens that anybody looks at.
    pub async fn leap(&self, seconds: i64) {
        self.house.clock.advance_ms(seconds * 1_000);
        self.house.keep_time();
        self.house.engine.renew().await.unwrap();
    }
}

fn silence(_: &Outgoing) -> Sent {
    Sent::Unknown { why: "no answer".into() }
}

/// Proves I6.3 and I6.4: the provider tells the repeat, so nobody has to be asked.
#[test]
fn what_dies_under_a_key_is_asked_again_under_the_same_key() {
    on_each("house::what_dies_under_a_key_is_asked_again_under_the_same_key", async |house| {
        let mut room = Room::open(house, Some(HOUR_S)).await;
        let ours = room.write("c1", "It is on its way").await;
        room.die_unanswered(2).await;
        let first = room.asked();
        room.house.world.now_answers(|_| taken_as("known"));
        room.house.settle().await.unwrap();
        assert_eq!(room.asked(), first, "one more request, with the same text and the same id");
        let after = room.again(ours.id).await;
        assert_eq!((after.state, after.provider_id.as_deref(), after.problem), (MessageState::Sent, Some("known"), None));
        assert!(room.listed().await.is_empty());
        room.house.pass(5).await.unwrap();
        assert_eq!(room.asked(), []);
        assert_eq!(room.house.count("SELECT count(*) FROM attempt WHERE outcome = 'uncertain'").await.unwrap(), 1, "both tries are told");
        room.clean().await;
    });
}

/// Proves I6.5: what was said after it does not overtake it.
#[test]
fn what_is_asked_again_keeps_its_place_in_line() {
    on_each("house::what_is_asked_again_keeps_its_place_in_line", async |house| {
        let mut room = Room::open(house, Some(HOUR_S)).await;
        room.write("c1", "one").await;
        let second = room.write("c2", "two").await;
        room.die_unanswered(2).await;
        room.asked();
        room.house.world.now_answers(silence);
        room.house.pass(40).await.unwrap();
        assert!(room.asked().iter().all(|(text, _)| text == "one"), "a doubt that is being cleared up holds the line");
        assert_eq!(room.state(second.id).await, MessageState::Queued);
        let mut no = 0;
        room.house.world.now_answers(move |_| {
            no += 1;
            taken_as(&format!("p{no}"))
        });
        room.house.pass(150).await.unwrap();
        assert_eq!(room.asked().into_iter().map(|(text, _)| text).collect::<Vec<_>>(), ["one", "two"]);
        room.clean().await;
    });
}

#[test]
fn a_key_that_the_provider_may_have_forgotten_is_not_used_again() {
    on_each("house::a_key_that_the_provider_may_have_forgotten_is_not_used_again", async |house| {
        let mut room = Room::open(house, Some(HOUR_S)).await;
        let ours = room.write("c1", "It is on its way").await;
        room.die_unanswered(2).await;
        room.asked();
        room.leap(HOUR_S).await;
        room.house.world.now_answers(|_| taken_as("twice"));
        room.house.pass(2).await.unwrap();
        assert_eq!(room.asked(), []);
        assert_eq!((room.state(ours.id).await, room.listed().await), (MessageState::Uncertain, vec![ours.id]));
        room.clean().await;
    });
}

/// A process that lives asks no longer than one that was born after a death.
#[test]
fn a_silent_provider_is_asked_under_a_key_only_while_it_knows_it() {
    on_each("house::a_silent_provider_is_asked_under_a_key_only_while_it_knows_it", async |house| {
        let room = Room::open(house, Some(60)).await;
        room.house.world.now_answers(silence);
        let ours = room.write("c1", "It is on its way").await;
        room.house.pass(50).await.unwrap();
        assert_eq!(room.state(ours.id).await, MessageState::Queued, "nobody is asked while the provider can be");
        let asked = room.asked();
        assert!(asked.len() > 2 && asked.iter().all(|one| *one == asked[0]), "{asked:?}");
        room.house.pass(60).await.unwrap();
        assert_eq!(room.state(ours.id).await, MessageState::Uncertain);
        room.asked();
        room.house.pass(60).await.unwrap();
        assert_eq!(room.asked(), []);
        room.clean().await;
    });
}

#[test]
fn what_may_have_arrived_is_never_said_to_have_failed_by_waiting() {
    on_each("house::what_may_have_arrived_is_never_said_to_have_failed_by_waiting", async |house| {
        let room = Room::open(house, Some(24 * HOUR_S)).await;
        room.house.world.now_answers(silence);
        let ours = room.write("c1", "It is on its way").await;
        room.house.settle().await.unwrap();
        room.leap(5 * HOUR_S).await;
        room.house.settle().await.unwrap();
        let after = room.again(ours.id).await;
        assert_eq!((after.state, after.problem.unwrap().code.as_str()), (MessageState::Uncertain, "uncertain"));
        room.clean().await;
    });
}

/// An input that kills whoever touches it is left to a person in the end.
#[test]
fn what_kills_each_process_that_sends_it_is_not_sent_for_ever() {
    on_each("house::what_kills_each_process_that_sends_it_is_not_sent_for_ever", async |house| {
        let mut room = Room::open(house, Some(HOUR_S)).await;
        let ours = room.write("c1", "It is on its way").await;
        for life in 0..5 {
            room.die_unanswered(life + 2).await;
        }
        assert_eq!(room.asked().len(), 5);
        room.house.world.now_answers(|_| taken_as("sixth"));
        room.house.pass(2).await.unwrap();
        assert_eq!((room.asked(), room.state(ours.id).await), (vec![], MessageState::Uncertain));
        room.clean().await;
    });
}

#[test]
fn what_may_have_arrived_before_they_opted_out_is_in_doubt_and_not_refused() {
    on_each("house::what_may_have_arrived_before_they_opted_out_is_in_doubt", async |house| {
        let room = Room::open(house, Some(HOUR_S)).await;
        room.house.world.now_answers(silence);
        let (first, second) = (room.write("c1", "one").await, room.write("c2", "two").await);
        room.house.settle().await.unwrap();
        let message = Some(InboundMessage { from: mia(), provider_id: "stop".into(), text: "stop".into(), ..Default::default() });
        room.tell("stop", InboundEvent::OptOut { from: mia(), text: "stop".into(), rule: String::new(), message }).await;
        room.asked();
        room.house.pass(5).await.unwrap();
        assert_eq!(room.asked(), [], "nothing more is said to them");
        assert_eq!(room.state(first.id).await, MessageState::Uncertain);
        let refused = room.again(second.id).await;
        assert_eq!((refused.state, refused.problem.unwrap().code.as_str()), (MessageState::Failed, "opted_out"));
        room.clean().await;
    });
}

/// An echo by its words alone finds what is being asked again, too.
#[test]
fn an_echo_ends_the_doubt_of_what_waits_to_be_asked_again() {
    on_each("house::an_echo_ends_the_doubt_of_what_waits_to_be_asked_again", async |house| {
        let room = Room::open(house, Some(HOUR_S)).await;
        room.house.world.now_answers(silence);
        let ours = room.write("c1", "It is on its way").await;
        room.house.settle().await.unwrap();
        let message = InboundMessage { provider_id: "p1".into(), text: "It is on its way".into(), ..Default::default() };
        room.tell("echo", InboundEvent::Echo(Echo { to: mia(), message, ..Default::default() })).await;
        assert_eq!(room.state(ours.id).await, MessageState::Sent);
        room.asked();
        room.house.pass(5).await.unwrap();
        assert_eq!(room.asked(), []);
        room.clean().await;
    });
}

/// What a person wants sent again has a new time for its key: they took the risk.
#[test]
fn a_person_may_send_again_what_no_key_keeps_apart_any_more() {
    on_each("house::a_person_may_send_again_what_no_key_keeps_apart_any_more", async |house| {
        let room = Room::open(house, Some(60)).await;
        room.house.world.now_answers(silence);
        let ours = room.write("c1", "It is on its way").await;
        room.house.pass(120).await.unwrap();
        assert_eq!(room.state(ours.id).await, MessageState::Uncertain);
        room.asked();
        room.house.world.now_answers(|_| taken_as("again"));
        room.house.engine.retry(room.shop.ws, ours.id, room.agent(), Request::default()).await.unwrap().unwrap();
        room.house.settle().await.unwrap();
        assert_eq!((room.asked().len(), room.state(ours.id).await), (1, MessageState::Sent));
        room.clean().await;
    });
}
