//! A flow's HTTP requests, and files fetched after the message is visible.

use engine::Sent;
use model::Holder;
use model::message::{AttachmentState, FileProblem};
use testkit::{House, Shop, on_each, visitor};

const FLOW: &str = r#"{"description":"asks a shop","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"ask"},{"event":"incomingConversationMessage","next":"ask"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"ask","type":"make-http-request","properties":{"method":"GET","url":"http://shop.localhost/orders/1042","content_type":"application/json;charset=utf-8"},"transitions":[{"event":"success","next":"good"},{"event":"failed","next":"bad"}]},
 {"name":"good","type":"send-message","properties":{"body":"It is {{widgets.ask.parsed.state}}"},"transitions":[{"event":"sent"},{"event":"failed"}]},
 {"name":"bad","type":"send-message","properties":{"body":"I could not look"},"transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

#[test]
fn a_flows_request_is_answered_in_a_turn_of_its_own() {
    on_each("house::a_flows_request_is_answered_in_a_turn_of_its_own", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.publish(&shop, FLOW).await.unwrap();
        house.world.now_answers(|_| Sent::Answer {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: r#"{"state":"on its way"}"#.into(),
        });
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "where is it?").await.unwrap();
        let said = house.transcript(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(said, ["customer: where is it?", "bot: It is on its way"]);
        assert_eq!(house.thread(&shop, shop.webchat, &mia.to_string()).await.unwrap().0.holder, Holder::None);
    });
}

/// Proves I2.3.
#[test]
fn a_request_whose_process_died_is_made_again_under_the_same_key() {
    on_each("house::a_request_whose_process_died_is_made_again_under_the_same_key", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.publish(&shop, FLOW).await.unwrap();
        let armed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let trigger = armed.clone();
        house.world.now_answers(move |_| {
            trigger.store(true, std::sync::atomic::Ordering::SeqCst);
            Sent::Answer { status: 200, headers: vec![], body: r#"{"state":"lost"}"#.into() }
        });
        house.engine.db().hooks().at_commit(move |point| {
            let dies = point == db::hooks::Point::BeforeCommit && armed.swap(false, std::sync::atomic::Ordering::SeqCst);
            if dies { db::hooks::Fate::Die } else { db::hooks::Fate::Go }
        });
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "where is it?").await.unwrap();
        let first = house.world.take_asked();
        assert_eq!(first.len(), 1);
        let next = house.reborn(2).await.unwrap();
        next.world.now_answers(|_| Sent::Answer {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: r#"{"state":"here"}"#.into(),
        });
        next.pass(40).await.unwrap();
        let second = next.world.take_asked();
        assert_eq!(second.len(), 1, "asked again once the claim ended");
        let key = |out: &engine::Outgoing| {
            out.headers.iter().find(|(name, _)| name == "idempotency-key").map(|(_, value)| value.clone()).unwrap()
        };
        assert_eq!(key(&first[0]), key(&second[0]));
        let said = next.transcript(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(said.last().unwrap(), "bot: It is here");
    });
}

/// Proves I2.5.
#[test]
fn a_request_that_is_never_answered_fails_and_the_flow_goes_on() {
    on_each("house::a_request_that_is_never_answered_fails", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.publish(&shop, FLOW).await.unwrap();
        house.world.now_answers(|_| Sent::Unknown { why: "no answer".into() });
        let mia = visitor(1);
        house.chat(&shop, mia, "1", "where is it?").await.unwrap();
        let said = house.transcript(&shop, shop.webchat, &mia.to_string()).await.unwrap();
        assert_eq!(said.last().unwrap(), "bot: I could not look");
    });
}

/// One black pixel.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 144, 119, 83, 222, 0, 0, 0, 12,
    73, 68, 65, 84, 120, 156, 99, 96, 96, 96, 0, 0, 0, 4, 0, 1, 246, 23, 56, 85, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

async fn picture(house: &House, shop: &Shop) {
    let form = [
        ("MessageSid", "MM1"),
        ("From", "+491713920041"),
        ("To", "+15005550006"),
        ("Body", "look"),
        ("SmsStatus", "received"),
        ("NumMedia", "1"),
        ("MediaUrl0", "http://carrier.localhost:8080/media/1"),
        ("MediaContentType0", "image/png"),
    ];
    house.carrier_posts(shop, "", &form).await.unwrap();
}

/// Proves I1.6.
#[test]
fn a_picture_is_fetched_after_the_message_is_visible() {
    on_each("house::a_picture_is_fetched_after_the_message_is_visible", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|out| match out.method.as_str() {
            "GET" => Sent::NotSent { why: "down".into(), permanent: false },
            _ => Sent::Answer { status: 201, headers: vec![], body: r#"{"sid":"SMout"}"#.into() },
        });
        picture(&house, &shop).await;
        let (_, messages) = house.thread(&shop, shop.sms, "+491713920041").await.unwrap();
        assert_eq!((messages[0].text.as_str(), messages[0].attachments[0].state), ("look", AttachmentState::Pending));
        house.world.now_answers(|_| Sent::Answer {
            status: 200,
            headers: vec![("content-type".into(), "image/png".into())],
            body: PNG.into(),
        });
        house.pass(10).await.unwrap();
        let (_, messages) = house.thread(&shop, shop.sms, "+491713920041").await.unwrap();
        let file = &messages[0].attachments[0];
        assert_eq!((file.state, file.media_type.as_str(), file.width), (AttachmentState::Ready, "image/png", Some(1)), "{file:?}");
        assert!(house.engine.files().get(&file.key).await.unwrap().is_some());
    });
}

/// Proves I1.6.
#[test]
fn a_picture_that_is_gone_is_shown_as_failed() {
    on_each("house::a_picture_that_is_gone_is_shown_as_failed", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|_| Sent::Answer { status: 404, headers: vec![], body: "".into() });
        picture(&house, &shop).await;
        let (_, messages) = house.thread(&shop, shop.sms, "+491713920041").await.unwrap();
        assert_eq!(messages[0].attachments[0].state, AttachmentState::Failed);
        assert_eq!(messages[0].attachments[0].problem, Some(FileProblem::Gone));
        assert_eq!(messages[0].text, "look", "the text beside it was never held back");
    });
}

#[test]
fn a_picture_that_is_too_large_is_fetched_once() {
    on_each("house::a_picture_that_is_too_large_is_fetched_once", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        house.world.now_answers(|out| match out.method.as_str() {
            "GET" => Sent::TooLarge { why: "the response is larger than 20971520 bytes".into() },
            _ => Sent::Answer { status: 201, headers: vec![], body: r#"{"sid":"SMout"}"#.into() },
        });
        picture(&house, &shop).await;
        house.pass(600).await.unwrap();
        let (_, messages) = house.thread(&shop, shop.sms, "+491713920041").await.unwrap();
        assert_eq!(messages[0].attachments[0].state, AttachmentState::Failed);
        assert_eq!(messages[0].attachments[0].problem, Some(FileProblem::TooBig { bytes: None, limit: 10 << 20 }));
        assert_eq!(house.world.take_asked().iter().filter(|asked| asked.method == "GET").count(), 1);
    });
}

/// What is known of a file that is not there: which it is, how large, and why.
#[test]
fn why_a_file_is_not_there_is_kept() {
    on_each("house::why_a_file_is_not_there_is_kept", async |house| {
        let fetched = |status: u16, body: Vec<u8>| Sent::Answer { status, headers: vec![], body: body.into() };
        let large = || vec![b'x'; (11 << 20) + 7];
        let broken = || b"\xff\xd8\xff\xe0broken".to_vec();
        for (no, why) in [
            FileProblem::TooBig { bytes: Some((11 << 20) + 7), limit: 10 << 20 },
            FileProblem::Unreadable,
            FileProblem::NoAnswer,
            FileProblem::RefusedAddress,
        ]
        .into_iter()
        .enumerate()
        {
            let shop = house.open_shop(&format!("Shop {no}")).await.unwrap();
            house.world.now_answers(move |out| match (out.method.as_str(), why) {
                ("GET", FileProblem::TooBig { .. }) => fetched(200, large()),
                ("GET", FileProblem::Unreadable) => fetched(200, broken()),
                ("GET", FileProblem::NoAnswer) => Sent::Unknown { why: "the line broke".into() },
                ("GET", _) => Sent::NotSent { permanent: true, why: "a private address".into() },
                _ => Sent::Answer { status: 201, headers: vec![], body: r#"{"sid":"SMout"}"#.into() },
            });
            picture(&house, &shop).await;
            house.pass(120).await.unwrap();
            let (_, messages) = house.thread(&shop, shop.sms, "+491713920041").await.unwrap();
            let file = &messages[0].attachments[0];
            assert_eq!((file.state, file.problem), (AttachmentState::Failed, Some(why)));
            assert_eq!(file.bytes, why.bytes().unwrap_or_default());
        }
    });
}
