//! Proves lifecycle §1 and §5 for webchat: a proven person's second browser goes on with their open conversation.

use engine::{ChannelOption, Claims, GoOn, Onward, Request};
use messaging::{Refused, Writer};
use model::{ConversationId, ConversationState, Holder, Message, MessageState, VisitorId, WorkerId};
use testkit::{House, Shop, on_each, visitor};

/// The browser signs in at the site as this customer.
async fn signs_in(house: &House, shop: &Shop, id: VisitorId, sub: &str) {
    let (ws, now) = (shop.ws, house.now());
    let row = store::visitor::Visitor {
        id,
        channel_account_id: shop.webchat,
        subject: None,
        body: store::visitor::VisitorBody::default(),
        created_at: now,
        expires_at: now.plus_secs(86_400),
    };
    let insert = house.engine.db().write(move |tx| {
        let row = row.clone();
        Box::pin(async move { store::visitor::insert(tx, ws, &row, row.id.to_string().as_bytes()).await })
    });
    insert.await.unwrap();
    let claims = Claims { sub: sub.into(), ..Claims::default() };
    house.engine.prove_identity(ws, shop.webchat, id, claims).await.unwrap();
}

/// The lines that a browser is shown, in the order of their places.
async fn shown(house: &House, shop: &Shop, id: VisitorId) -> Vec<Message> {
    let (ws, account, key) = (shop.ws, shop.webchat, id.to_string());
    let read = house.engine.db().read(move |tx| {
        let key = key.clone();
        Box::pin(async move {
            let thread = store::conversation::thread_by_key(tx, ws, account, &key).await?.expect("a thread");
            store::message::thread_page(tx, ws, thread.id, None, Some(0), 100).await
        })
    });
    let mut messages = read.await.unwrap();
    messages.sort_by_key(|message| message.pos);
    messages
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter(|m| m.notice.is_none()).map(|m| m.text.as_str()).collect()
}

async fn audited(house: &House) {
    let given = store::auditor::Given { now: house.now(), digest: engine::once::digest, files: None };
    let report = house.engine.db().read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.unwrap();
    assert!(report.clean(), "{report:#?}");
}

#[test]
fn a_second_browser_goes_on_with_the_agent_of_the_first() {
    on_each("house::a_second_browser_goes_on_with_the_agent_of_the_first", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (laptop, phone) = (visitor(1), visitor(2));
        signs_in(&house, &shop, laptop, "c-7").await;
        // What the phone said before is longer, so that places have to jump.
        for no in 0..6 {
            house.chat(&shop, phone, &format!("p{no}"), "How long does shipping take?").await.unwrap();
        }
        let (worker, task, conversation) = house.talking(&shop, laptop).await.unwrap();
        let before = shown(&house, &shop, phone).await.last().unwrap().pos;
        signs_in(&house, &shop, phone, "c-7").await;
        house.chat(&shop, phone, "now", "I'm on my phone now").await.unwrap();

        let (c, _) = house.thread(&shop, shop.webchat, &phone.to_string()).await.unwrap();
        assert_eq!((c.id, c.holder), (conversation, Holder::Task), "the agent's conversation took the phone in");
        assert_eq!(house.tasks(&shop, c.id).await.unwrap().len(), 1);
        assert_eq!(
            house.count("SELECT count(*) FROM conversation WHERE state = 'open'").await.unwrap(),
            1,
            "the phone's own ended as joined"
        );
        house.reply(&shop, worker, conversation, "r1", "Welcome on your phone").await.unwrap();
        house.chat(&shop, laptop, "l1", "back at the desk").await.unwrap();
        house.reply(&shop, worker, conversation, "r2", "Welcome back").await.unwrap();

        let on_phone = shown(&house, &shop, phone).await;
        assert!(on_phone.iter().rev().take(2).all(|m| m.pos > before), "places on the phone go on growing: {on_phone:#?}");
        assert_eq!(texts(&on_phone)[12..], ["I'm on my phone now", "Welcome on your phone"]);
        let on_laptop = shown(&house, &shop, laptop).await;
        assert_eq!(texts(&on_laptop).into_iter().rev().take(2).collect::<Vec<_>>(), ["Welcome back", "back at the desk"]);
        let whole = house.messages(&shop, conversation).await.unwrap();
        let continued = whole.iter().filter(|m| m.notice.as_ref().is_some_and(|n| n.kind == "continued")).count();
        assert_eq!(continued, 1, "the agent is told once: {whole:#?}");

        house.complete(&shop, task).await.unwrap().unwrap();
        house.pass(60).await.unwrap();
        // The next one opens on the laptop, and the phone follows.
        house.chat(&shop, laptop, "l2", "live agent").await.unwrap();
        house.chat(&shop, phone, "p9", "English").await.unwrap();
        let (next, _) = house.thread(&shop, shop.webchat, &laptop.to_string()).await.unwrap();
        assert_ne!(next.id, conversation);
        assert_eq!(house.thread(&shop, shop.webchat, &phone.to_string()).await.unwrap().0.id, next.id);
        assert_eq!(next.holder, Holder::Task, "the flow that asked on the laptop heard the phone's answer");
        audited(&house).await;
    });
}

#[test]
fn a_flow_that_holds_the_younger_talk_gives_way_to_the_older() {
    on_each("house::a_flow_that_holds_the_younger_talk_gives_way", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (laptop, phone) = (visitor(1), visitor(2));
        house.chat(&shop, laptop, "l1", "How long does shipping take?").await.unwrap();
        house.chat(&shop, phone, "p1", "live agent").await.unwrap();
        let (own, _) = house.thread(&shop, shop.webchat, &phone.to_string()).await.unwrap();
        assert_eq!(own.holder, Holder::Flow);
        signs_in(&house, &shop, laptop, "c-7").await;
        signs_in(&house, &shop, phone, "c-7").await;
        house.chat(&shop, laptop, "l2", "How long does shipping take?").await.unwrap();
        let (first, _) = house.thread(&shop, shop.webchat, &laptop.to_string()).await.unwrap();
        assert_ne!(first.id, own.id, "the older one stays where it is");
        house.chat(&shop, phone, "p2", "live agent").await.unwrap();
        assert_eq!(house.thread(&shop, shop.webchat, &phone.to_string()).await.unwrap().0.id, first.id);
        let left = house.conversation(&shop, own.id).await.unwrap();
        assert_eq!((left.state, left.closed_reason.as_deref()), (ConversationState::Closed, Some("joined")));
        assert_eq!(house.count("SELECT count(*) FROM execution WHERE state = 'active'").await.unwrap(), 1, "the one it left has ended");
        // What the flow that ended waited for never comes to the one that took over.
        house.pass(700).await.unwrap();
        audited(&house).await;
    });
}

#[test]
fn strangers_and_people_with_two_agents_stay_apart() {
    on_each("house::strangers_and_people_with_two_agents_stay_apart", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let of = async |id: VisitorId| house.thread(&shop, shop.webchat, &id.to_string()).await.unwrap().0.id;
        let (laptop, phone) = (visitor(1), visitor(2));
        house.talking(&shop, laptop).await.unwrap();
        house.talking(&shop, phone).await.unwrap();
        let (first, second) = (of(laptop).await, of(phone).await);
        signs_in(&house, &shop, laptop, "c-7").await;
        signs_in(&house, &shop, phone, "c-7").await;
        house.chat(&shop, phone, "px", "hello").await.unwrap();
        house.chat(&shop, laptop, "lx", "hello").await.unwrap();
        assert_eq!((of(laptop).await, of(phone).await), (first, second), "two agents have them");
        signs_in(&house, &shop, visitor(3), "c-8").await;
        for other in [visitor(3), visitor(4)] {
            house.chat(&shop, other, "x", "How long does shipping take?").await.unwrap();
            let own = of(other).await;
            assert!(own != first && own != second, "somebody else, and somebody who proved nothing");
        }
        audited(&house).await;
    });
}

/// The ways on from a conversation, as the agent who has it is shown them.
async fn ways(house: &House, shop: &Shop, worker: WorkerId, id: ConversationId) -> Vec<ChannelOption> {
    house.engine.channel_options(shop.ws, id, writer(worker)).await.unwrap().expect("a conversation")
}

fn writer(worker: WorkerId) -> Writer {
    Writer { worker_id: Some(worker), name: "Ana".into(), anywhere: false }
}

async fn goes_on(house: &House, shop: &Shop, worker: WorkerId, id: ConversationId, to: Onward, consent: bool) -> Result<(), Refused> {
    let going = GoOn { conversation_id: id, to, consent, subject: String::new(), by: writer(worker) };
    let gone = house.engine.go_on(shop.ws, going, Request::default()).await.unwrap();
    house.settle().await.unwrap();
    gone.map(drop)
}

const MIRA: &str = "+4917612345678";

#[test]
fn an_agent_goes_on_by_sms_and_the_customer_answers_there() {
    on_each("house::an_agent_goes_on_by_sms_and_the_customer_answers_there", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let sent = |_: &engine::Outgoing| engine::Sent::Answer { status: 201, headers: vec![], body: r#"{"sid":"SMours"}"#.into() };
        house.world.now_answers(sent);
        let (worker, task, conversation) = house.talking(&shop, visitor(1)).await.unwrap();
        let before = house.tasks(&shop, conversation).await.unwrap();
        house.chat(&shop, visitor(1), "n", &format!("I have to go, please text me: {MIRA}")).await.unwrap();
        let found = ways(&house, &shop, worker, conversation).await;
        let [here, sms] = found.as_slice() else { panic!("{found:#?}") };
        assert!(here.current && here.refused.is_none());
        assert_eq!((sms.thread_id, sms.external_id.as_str(), sms.claimed, sms.asks_consent), (None, MIRA, true, true));
        let to = Onward::Address { channel_account_id: sms.channel_account_id, external_id: MIRA.into() };
        assert_eq!(goes_on(&house, &shop, worker, conversation, to.clone(), false).await, Err(Refused::NoConsent));
        let stranger = Onward::Address { channel_account_id: sms.channel_account_id, external_id: "+4917600000000".into() };
        assert_eq!(goes_on(&house, &shop, worker, conversation, stranger, true).await, Err(Refused::NotFound), "a number nobody gave");
        let titled = GoOn { conversation_id: conversation, to: to.clone(), consent: true, subject: "Order".into(), by: writer(worker) };
        let refused = house.engine.go_on(shop.ws, titled, Request::default()).await.unwrap().err();
        assert!(!sms.takes_subject && refused == Some(Refused::NoSubject), "a text has no subject");
        let other = if worker == shop.ben { shop.ana } else { shop.ben };
        assert_eq!(goes_on(&house, &shop, other, conversation, to.clone(), true).await, Err(Refused::NotYours));
        assert_eq!(house.count("SELECT count(*) FROM address WHERE channel = 'phone'").await.unwrap(), 0, "what is refused leaves nothing");

        goes_on(&house, &shop, worker, conversation, to.clone(), true).await.unwrap();
        goes_on(&house, &shop, worker, conversation, to, true).await.unwrap();
        house.reply(&shop, worker, conversation, "r", "Here we are").await.unwrap();
        house.settle().await.unwrap();
        let said = house.messages(&shop, conversation).await.unwrap();
        let ours = said.iter().rfind(|m| m.text == "Here we are").unwrap();
        let c = house.conversation(&shop, conversation).await.unwrap();
        assert_eq!((ours.thread_id, ours.state), (Some(c.thread_id), MessageState::Sent), "{ours:#?}");
        assert!(house.world.take_asked().iter().any(|asked| String::from_utf8_lossy(&asked.body).contains("Here+we+are")));
        assert!(!texts(&shown(&house, &shop, visitor(1)).await).contains(&"Here we are"), "nobody reads it twice");
        let moved = said.iter().filter(|m| m.notice.as_ref().is_some_and(|n| n.kind == "moved")).count();
        assert_eq!(moved, 1, "the second wish finds it done");
        let noted = "SELECT count(*) FROM audit_row WHERE action = 'conversation.moved' AND detail LIKE '%as they asked, unproven'";
        assert_eq!(house.count(noted).await.unwrap(), 1);

        // The answer comes into the same conversation, to the same agent, whoever the number belongs to.
        house.text(&shop, MIRA, "SM1", "Thanks, got it").await.unwrap();
        let (there, messages) = house.thread(&shop, sms.channel_account_id, MIRA).await.unwrap();
        assert_eq!((there.id, there.worker_id), (conversation, Some(worker)));
        assert!(messages.iter().any(|m| m.text == "Thanks, got it"));
        assert_eq!(house.tasks(&shop, conversation).await.unwrap(), before, "the same task, the same clock");
        // Back in the browser, answers go there again.
        house.chat(&shop, visitor(1), "b", "and I am back").await.unwrap();
        house.reply(&shop, worker, conversation, "r2", "Welcome back").await.unwrap();
        assert!(texts(&shown(&house, &shop, visitor(1)).await).contains(&"Welcome back"));
        house.complete(&shop, task).await.unwrap().unwrap();
        audited(&house).await;
    });
}

#[test]
fn what_somebody_has_there_stays_theirs_and_a_flow_gives_way() {
    on_each("house::what_somebody_has_there_stays_theirs_and_a_flow_gives_way", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (laptop, phone) = (visitor(1), visitor(2));
        let (worker, _, conversation) = house.talking(&shop, laptop).await.unwrap();
        house.chat(&shop, phone, "p", "How long does shipping take?").await.unwrap();
        for (browser, sub) in [(laptop, "c-7"), (phone, "c-7")] {
            signs_in(&house, &shop, browser, sub).await;
        }
        let found = ways(&house, &shop, worker, conversation).await;
        let there = found.iter().find(|way| !way.current && way.thread_id.is_some()).unwrap_or_else(|| panic!("{found:#?}"));
        let to = Onward::Thread(there.thread_id.unwrap());
        assert!(!there.asks_consent && there.refused.is_none(), "they wrote there");
        let left = house.thread(&shop, shop.webchat, &phone.to_string()).await.unwrap().0;
        goes_on(&house, &shop, worker, conversation, to, false).await.unwrap();
        let left = house.conversation(&shop, left.id).await.unwrap();
        assert_eq!((left.state, left.closed_reason.as_deref()), (ConversationState::Closed, Some("joined")));
        house.reply(&shop, worker, conversation, "r", "On your phone now").await.unwrap();
        assert!(texts(&shown(&house, &shop, phone).await).contains(&"On your phone now"));
        audited(&house).await;
    });
    on_each("house::what_somebody_has_there_stays_theirs", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (laptop, phone) = (visitor(1), visitor(2));
        let (worker, _, conversation) = house.talking(&shop, laptop).await.unwrap();
        let (other, _, _) = house.talking(&shop, phone).await.unwrap();
        for browser in [laptop, phone] {
            signs_in(&house, &shop, browser, "c-7").await;
        }
        let found = ways(&house, &shop, worker, conversation).await;
        let there = found.iter().find(|way| !way.current && way.thread_id.is_some()).unwrap_or_else(|| panic!("{found:#?}"));
        let held = Refused::HeldThere { worker_id: Some(other) };
        assert_eq!(there.refused, Some(held.clone()));
        assert_eq!(goes_on(&house, &shop, worker, conversation, Onward::Thread(there.thread_id.unwrap()), false).await, Err(held));
        audited(&house).await;
    });
}
