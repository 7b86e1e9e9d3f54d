//! What happens to a message after it was said, and what a provider tells beside messages: edits, taking back, reactions, echoes, quotes, times
//! of reading, being shut out. A fake channel speaks; in order, out of order, and twice.

use engine::{Request, Sent};
use messaging::{Refused, Writer};
use model::inbound::{Echo, Edit, InboundEvent, Reaction, Receipt, Sender};
use model::{Author, ChannelAccountId, Extra, InboundMessage, Message, MessageState, Timestamp, WorkerId};
use serde_json::Value;
use testkit::{FakeWorld, House, Shop, databases, fake_account, fake_event, fake_news, on_each};

const ROOM: &str = "room";

fn mia() -> Sender {
    Sender { external_id: "mia".into(), scoped: true, name: "mia".into(), verified: true, facts: vec![] }
}

async fn connect(house: &House, shop: &Shop) -> ChannelAccountId {
    let id: ChannelAccountId = house.engine.ids().next();
    house.connect(shop, fake_account(id, "rooms", None)).await.unwrap();
    let mut sent = 0;
    house.world.now_answers(move |_| {
        sent += 1;
        Sent::Answer { status: 200, headers: vec![], body: format!("out{sent}").into() }
    });
    id
}

async fn tell(house: &House, shop: &Shop, account: ChannelAccountId, id: &str, told: InboundEvent) {
    house.fake_posts(shop, account, vec![fake_news(id, ROOM, &told, None)]).await.unwrap();
}

async fn messages(house: &House, shop: &Shop, account: ChannelAccountId) -> Vec<Message> {
    house.thread(shop, account, ROOM).await.unwrap().1
}

async fn said(house: &House, shop: &Shop, account: ChannelAccountId, provider_id: &str) -> Message {
    messages(house, shop, account).await.into_iter().find(|m| m.provider_id.as_deref() == Some(provider_id)).expect("said")
}

fn edit(provider_id: &str, text: &str, no: i64) -> InboundEvent {
    InboundEvent::Edit(Edit { from: mia(), provider_id: provider_id.into(), text: text.into(), no })
}

fn heart(provider_id: &str, added: bool) -> InboundEvent {
    let emoji = "❤".to_owned();
    InboundEvent::Reaction(Reaction { from: mia(), provider_id: provider_id.into(), emoji, added, alone: true })
}

/// An agent who has the conversation.
async fn taken(house: &House, shop: &Shop, account: ChannelAccountId) -> (WorkerId, model::ConversationId) {
    house.fake_posts(shop, account, vec![fake_event("1", ROOM, "mia", "a live agent please", None)]).await.unwrap();
    house.fake_posts(shop, account, vec![fake_event("2", ROOM, "mia", "English", None)]).await.unwrap();
    let worker = house.offered(shop).await.unwrap().unwrap();
    let task = house.accept(shop, worker).await.unwrap();
    (worker, house.conversation_of(shop, task).await.unwrap())
}

#[test]
fn edits_reactions_and_taking_back_change_the_message_they_name() {
    on_each("house::edits_reactions_and_taking_back_change_the_message_they_name", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        house.fake_posts(&shop, account, vec![fake_event("m1", ROOM, "mia", "my card is 4111 1111 1111 1111", None)]).await.unwrap();
        tell(&house, &shop, account, "e1", edit("m1", "my card is lost", 2)).await;
        tell(&house, &shop, account, "e0", edit("m1", "an older wording that comes late", 1)).await;
        tell(&house, &shop, account, "r1", heart("m1", true)).await;
        tell(&house, &shop, account, "r1", heart("m1", true)).await;
        let message = said(&house, &shop, account, "m1").await;
        assert_eq!((message.text.as_str(), message.earlier.len(), message.reactions.len()), ("my card is lost", 1, 1));
        assert!(!message.earlier[0].text.contains("4111 1111"), "what is hidden stays hidden");
        tell(&house, &shop, account, "r2", heart("m1", false)).await;
        assert_eq!(said(&house, &shop, account, "m1").await.reactions, []);
        tell(&house, &shop, account, "u1", InboundEvent::Unsend { from: mia(), provider_id: "m1".into() }).await;
        tell(&house, &shop, account, "e3", edit("m1", "too late", 3)).await;
        let message = said(&house, &shop, account, "m1").await;
        assert!(message.unsent_at.is_some() && message.text.is_empty() && message.earlier.is_empty());
        let found = house.engine.search(shop.ws, "card", 10).await.unwrap();
        assert_eq!(found.messages, [], "what was taken back is found no more");
    });
}

#[test]
fn what_comes_before_its_message_waits_for_it() {
    on_each("house::what_comes_before_its_message_waits_for_it", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        house.fake_posts(&shop, account, vec![fake_event("m0", ROOM, "mia", "hello", None)]).await.unwrap();
        tell(&house, &shop, account, "e1", edit("m1", "Green", 1)).await;
        tell(&house, &shop, account, "r1", heart("m1", true)).await;
        tell(&house, &shop, account, "u2", InboundEvent::Unsend { from: mia(), provider_id: "m2".into() }).await;
        let both = vec![fake_event("m1", ROOM, "mia", "Blue", None), fake_event("m2", ROOM, "mia", "a secret", None)];
        house.fake_posts(&shop, account, both).await.unwrap();
        let message = said(&house, &shop, account, "m1").await;
        assert_eq!((message.text.as_str(), message.reactions.len()), ("Green", 1));
        let message = said(&house, &shop, account, "m2").await;
        assert!(message.unsent_at.is_some() && message.text.is_empty());
        // In one delivery, the later event first.
        let together = vec![
            fake_news("e3", ROOM, &edit("m3", "Red", 1), Some(1_900_000_010)),
            fake_event("m3", ROOM, "mia", "Rde", Some(1_900_000_000)),
        ];
        house.fake_posts(&shop, account, together).await.unwrap();
        assert_eq!(said(&house, &shop, account, "m3").await.text, "Red");
    });
}

#[test]
fn an_agent_quotes_and_reacts() {
    on_each("house::an_agent_quotes_and_reacts", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let (worker, conversation) = taken(&house, &shop, account).await;
        let by = Writer { worker_id: Some(worker), name: "Ana".into(), anywhere: false };
        let first = said(&house, &shop, account, "1").await;
        house.world.take_asked();
        let write = |reply_to| engine::WriteMessage {
            reply_to,
            ..engine::WriteMessage::text(conversation, "c1", "Here I am", by.clone(), String::new())
        };
        let written = house.engine.write(shop.ws, write(Some(first.id))).await.unwrap().unwrap();
        house.settle().await.unwrap();
        assert_eq!(written.reply_to.map(|quote| (quote.message_id, quote.text)), Some((first.id, "a live agent please".into())));
        let sent: Vec<Value> = house.world.take_asked().iter().map(|out| serde_json::from_slice(&out.body).unwrap()).collect();
        let sent = sent.iter().find(|body| body["text"] == "Here I am").expect("the agent's words");
        assert_eq!(sent["answers"], "1", "the provider's own id goes out");
        let ours = messages(&house, &shop, account).await.into_iter().find(|m| m.id == written.id).unwrap();
        assert!(ours.provider_id.is_some(), "what we sent can be quoted and reacted to");
        // The customer answers it.
        let quoting = InboundMessage {
            from: mia(),
            provider_id: "m9".into(),
            text: "thanks".into(),
            reply_to: ours.provider_id,
            ..Default::default()
        };
        tell(&house, &shop, account, "m9", InboundEvent::Message(quoting)).await;
        assert_eq!(said(&house, &shop, account, "m9").await.reply_to.map(|quote| quote.message_id), Some(written.id));

        let react = async |emoji: Option<&str>| house.engine.react(shop.ws, first.id, emoji.map(str::to_owned), by.clone()).await.unwrap();
        house.world.take_asked();
        assert_eq!(react(Some("👍")).await.unwrap().reactions.len(), 1);
        house.pass(1).await.unwrap();
        let asked: Vec<Value> = house.world.take_asked().iter().map(|out| serde_json::from_slice(&out.body).unwrap()).collect();
        assert_eq!(asked.iter().filter(|body| body["emoji"] == "👍" && body["on"] == "1").count(), 1, "{asked:?}");
        assert_eq!(react(None).await.unwrap().reactions, []);
        let stranger = Writer { worker_id: Some(house.engine.ids().next()), name: "Ben".into(), anywhere: false };
        let refused = house.engine.react(shop.ws, first.id, Some("👍".into()), stranger).await.unwrap();
        assert_eq!(refused.unwrap_err(), Refused::NotYours);
    });
}

#[test]
fn an_echo_of_ours_is_ours_and_another_one_is_shown() {
    on_each("house::an_echo_of_ours_is_ours_and_another_one_is_shown", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let (worker, conversation) = taken(&house, &shop, account).await;
        let count = messages(&house, &shop, account).await.len();
        let echo = |id: &str, text: &str, elsewhere| {
            let message = InboundMessage { provider_id: id.into(), text: text.into(), ..Default::default() };
            InboundEvent::Echo(Echo { to: mia(), message, elsewhere, app: "Page inbox".into(), ..Default::default() })
        };
        // The send's fate is unknown; the echo comes first, by its words alone, and ends the doubt.
        house.world.now_answers(|_| Sent::Unknown { why: "cut".into() });
        let ours = house.reply(&shop, worker, conversation, "c1", "It is on its way").await.unwrap();
        let state = async |id| messages(&house, &shop, account).await.into_iter().find(|m| m.id == id).unwrap().state;
        assert_eq!(state(ours.id).await, MessageState::Uncertain);
        tell(&house, &shop, account, "echo1", echo("p77", "It is on its way", false)).await;
        assert_eq!(state(ours.id).await, MessageState::Sent);
        assert_eq!(messages(&house, &shop, account).await.len(), count + 1, "nothing is doubled");
        house.world.now_answers(|_| panic!("a send that arrived is not sent again"));
        house.pass(60).await.unwrap();
        tell(&house, &shop, account, "echo2", echo("p78", "I answer from my phone", true)).await;
        tell(&house, &shop, account, "echo2", echo("p78", "I answer from my phone", true)).await;
        let last = messages(&house, &shop, account).await.pop().unwrap();
        assert_eq!((last.author, last.text.as_str()), (Author::Elsewhere { app: "Page inbox".into() }, "I answer from my phone"));
        assert_eq!(messages(&house, &shop, account).await.len(), count + 2);
    });
}

#[test]
fn an_echo_that_names_ours_keeps_it_from_being_tried_again() {
    on_each("house::an_echo_that_names_ours_keeps_it_from_being_tried_again", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let (worker, conversation) = taken(&house, &shop, account).await;
        // A request that may be made again is; and the provider had it from the first.
        house.world.now_answers(|_| Sent::NotSent { why: "cut".into(), permanent: false });
        let ours = house.reply(&shop, worker, conversation, "c1", "It is on its way").await.unwrap();
        let state = async |id| messages(&house, &shop, account).await.into_iter().find(|m| m.id == id).unwrap().state;
        assert_eq!(state(ours.id).await, MessageState::Queued);
        let message = InboundMessage { provider_id: "p79".into(), text: "It is on its way".into(), ..Default::default() };
        let echo = Echo { to: mia(), message, ours: Some(ours.id), ..Default::default() };
        tell(&house, &shop, account, "echo3", InboundEvent::Echo(echo)).await;
        assert_eq!(state(ours.id).await, MessageState::Sent);
        house.world.now_answers(|_| panic!("a send that arrived is not made again"));
        house.pass(60).await.unwrap();
        let given = store::auditor::Given { now: house.now(), digest: engine::once::digest, files: None };
        let report = house.engine.db().read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.unwrap();
        assert!(report.clean(), "{report:#?}");
    });
}

#[test]
fn times_of_reading_mark_what_left_before_them() {
    on_each("house::times_of_reading_mark_what_left_before_them", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let (worker, conversation) = taken(&house, &shop, account).await;
        let first = house.reply(&shop, worker, conversation, "c1", "one").await.unwrap();
        let seen = house.engine.now();
        house.pass(60).await.unwrap();
        let second = house.reply(&shop, worker, conversation, "c2", "two").await.unwrap();
        let marks = |delivered: Timestamp, read| InboundEvent::Marks { delivered: Some(delivered), read };
        tell(&house, &shop, account, "k1", marks(house.engine.now(), Some(seen))).await;
        let state = async |id| messages(&house, &shop, account).await.into_iter().find(|m| m.id == id).unwrap().state;
        assert_eq!((state(first.id).await, state(second.id).await), (MessageState::Read, MessageState::Delivered));
        tell(&house, &shop, account, "k0", marks(seen, None)).await;
        assert_eq!(state(second.id).await, MessageState::Delivered, "an older time takes nothing back");
    });
}

#[test]
fn who_shuts_us_out_is_not_written_to() {
    on_each("house::who_shuts_us_out_is_not_written_to", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let (worker, conversation) = taken(&house, &shop, account).await;
        tell(&house, &shop, account, "b1", InboundEvent::Reach { from: mia(), reachable: false }).await;
        house.world.take_asked();
        assert!(house.reply(&shop, worker, conversation, "c1", "hello?").await.is_err());
        assert!(house.world.take_asked().is_empty());
        tell(&house, &shop, account, "b2", InboundEvent::Reach { from: mia(), reachable: true }).await;
        assert!(house.reply(&shop, worker, conversation, "c2", "hello!").await.is_ok());
        let kinds: Vec<String> = messages(&house, &shop, account).await.into_iter().filter_map(|m| m.notice.map(|n| n.kind)).collect();
        assert!(kinds.contains(&"shut_out".to_owned()) && kinds.contains(&"let_in".to_owned()), "{kinds:?}");
    });
}

#[test]
fn a_new_number_is_the_same_person_and_the_same_thread() {
    on_each("house::a_new_number_is_the_same_person_and_the_same_thread", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        house.fake_posts(&shop, account, vec![fake_event("1", "mia", "mia", "hello", None)]).await.unwrap();
        let before = house.thread(&shop, account, "mia").await.unwrap().0;
        let told = InboundEvent::Renumber { from: mia(), external_id: "mia2".into() };
        house.fake_posts(&shop, account, vec![fake_news("s1", "mia", &told, None)]).await.unwrap();
        house.fake_posts(&shop, account, vec![fake_event("2", "mia2", "mia2", "still me", None)]).await.unwrap();
        let after = house.thread(&shop, account, "mia2").await.unwrap().0;
        assert_eq!((after.id, after.contact_id), (before.id, before.contact_id));
        assert_eq!(house.count("SELECT count(*) FROM contact").await.unwrap(), 1);
    });
}

#[test]
fn places_and_cards_are_kept_and_a_chosen_number_is_understood() {
    on_each("house::places_and_cards_are_kept_and_a_chosen_number_is_understood", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let place = Extra::Location { latitude: 54.3, longitude: 10.1, name: "Pier".into(), address: "Kiel".into() };
        let message = InboundMessage {
            from: mia(),
            provider_id: "m1".into(),
            text: "a live agent please".into(),
            extras: vec![place.clone()],
            ..Default::default()
        };
        tell(&house, &shop, account, "m1", InboundEvent::Message(message)).await;
        assert_eq!(said(&house, &shop, account, "m1").await.extras, [place]);
        // The flow asked for the language; the second of its answers is German.
        house.fake_posts(&shop, account, vec![fake_event("m2", ROOM, "mia", "2.", None)]).await.unwrap();
        let (c, _) = house.thread(&shop, account, ROOM).await.unwrap();
        let ws = shop.ws;
        let facts =
            house.engine.db().read(move |tx| Box::pin(async move { store::contact::facts_of(tx, ws, c.contact_id).await })).await.unwrap();
        assert_eq!(facts.iter().find(|f| f.key == "language").map(|f| f.value.as_str()), Some("de"), "{facts:?}");
        house.engine.close(ws, c.id, "test", Request::default()).await.unwrap().unwrap();
    });
}

/// A letter with copies: what is told of somebody's copy is not told of the customer's, and the team reads which one did not arrive.
#[test]
fn a_copys_bounce_says_nothing_of_the_letter() {
    on_each("house::a_copys_bounce_says_nothing_of_the_letter", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let account = connect(&house, &shop).await;
        let mut letters = fake_account(account, "rooms", None);
        letters.settings.insert("letters".into(), "true".into());
        house.reconnect(&shop, letters).await.unwrap();
        let (worker, conversation) = taken(&house, &shop, account).await;
        let copies = model::message::Copies { cc: vec!["boss@mail.example".into()], bcc: vec!["quiet@mail.example".into()] };
        let letter = engine::WriteMessage {
            copies: Some(copies),
            ..engine::WriteMessage::text(
                conversation,
                "c1",
                "As agreed",
                Writer { worker_id: Some(worker), name: "Ana".into(), anywhere: false },
                String::new(),
            )
        };
        let written = house.engine.write(shop.ws, letter).await.unwrap().unwrap();
        house.settle().await.unwrap();
        let now = async || messages(&house, &shop, account).await.into_iter().find(|m| m.id == written.id).unwrap();
        let provider_id = now().await.provider_id.expect("it was sent");
        let told = |state: MessageState, recipient: &str| {
            let problem = (state == MessageState::Failed).then(|| model::Problem { code: "bounced".into(), detail: "mailbox full".into() });
            let (provider_id, recipient) = (provider_id.clone(), recipient.to_owned());
            InboundEvent::Receipt(Receipt { provider_id, state, problem, ours: None, part: None, through: false, recipient })
        };
        let notices = async || -> Vec<(String, String)> {
            let notices = messages(&house, &shop, account).await.into_iter().filter_map(|m| m.notice);
            let copies = notices.filter(|notice| notice.kind == "copy_failed");
            copies.map(|notice| (notice.params["address"].clone(), notice.params["detail"].clone())).collect()
        };

        tell(&house, &shop, account, "r1", told(MessageState::Delivered, "quiet@mail.example")).await;
        assert_eq!((now().await.state, notices().await.len()), (MessageState::Sent, 0), "a copy that came says nothing");
        for id in ["r2", "r2"] {
            tell(&house, &shop, account, id, told(MessageState::Failed, "BOSS@mail.example")).await;
        }
        let full = || ("BOSS@mail.example".to_owned(), "mailbox full".to_owned());
        assert_eq!((now().await.state, notices().await), (MessageState::Sent, vec![full()]), "once, and the letter stands");
        assert_eq!(house.count("SELECT count(*) FROM outbox WHERE state = 'failed'").await.unwrap(), 0, "nothing is undelivered");
        tell(&house, &shop, account, "r3", told(MessageState::Delivered, "mia@mail.example")).await;
        assert_eq!(now().await.state, MessageState::Delivered);

        // What bounces of the customer's own is the letter's.
        tell(&house, &shop, account, "r4", told(MessageState::Failed, "mia@mail.example")).await;
        assert_eq!((now().await.problem.map(|problem| problem.detail), notices().await.len()), (Some("mailbox full".into()), 1));
    });
}

/// A setting that has a default is as the default where it was left empty: nobody is asked to fill it in.
#[test]
fn the_doctor_reads_defaults() {
    databases("house::the_doctor_reads_defaults", async |db| {
        let house = House::on(db, 1, FakeWorld::default()).await.unwrap();
        let shop = house.open_shop("Tidewater").await.unwrap();
        for (login, hosts) in
            [(None, "graph.instagram.com"), (Some("instagram"), "graph.instagram.com"), (Some("facebook"), "graph.facebook.com")]
        {
            let id: ChannelAccountId = house.engine.ids().next();
            let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let mut account = fake_account(id, "shop", None);
            account.kind = "instagram".into();
            account.settings = owned(&[("instagram_id", "1001"), ("page_id", "1002"), ("app_id", "3003")]);
            account.settings.extend(login.map(|login| ("login".to_owned(), login.to_owned())));
            account.secrets = owned(&[("app_secret", "0123456789abcdef0123456789abcdef"), ("access_token", "t"), ("verify_token", "v")]);
            house.connect(&shop, account).await.unwrap();
            house.world.now_answers(|_| Sent::NotSent { why: "down".into(), permanent: true });
            house.world.take_asked();
            let lines = house.engine.check_channel(shop.ws, id).await.unwrap();
            let codes: Vec<&str> = lines.iter().filter_map(|line| line.problem.as_ref()).map(|problem| problem.code.as_str()).collect();
            assert!(!codes.is_empty() && !codes.contains(&"setting_missing") && !codes.contains(&"bad_login"), "{login:?}: {codes:?}");
            let asked: Vec<String> = house.world.take_asked().into_iter().map(|out| out.url).collect();
            assert!(!asked.is_empty() && asked.iter().all(|url| url.contains(hosts)), "{login:?}: {asked:?}");
        }
    });
}
