//! The same request, twice: at once, on two processes, with something else under its key.

use bytes::Bytes;
use engine::{Key, Once, Request};
use model::{Beside, JobId, NewMember, Noted, RouterCommand, Worker};
use testkit::{House, Shop, on_each, visitor};

fn request(key: &str, fingerprint: &str) -> Request {
    Request { actor: "test".into(), key: Some(Key { key: key.into(), fingerprint: fingerprint.into() }) }
}

/// A worker to be, with who signs in as them.
async fn new_member(house: &House, shop: &Shop, name: &str, email: &str) -> (RouterCommand, Beside) {
    let (ws, mut ids) = (shop.ws, house.engine.ids());
    let (account, _) =
        house.engine.db().read(move |tx| Box::pin(async move { store::workspace::owner(tx, ws).await })).await.unwrap().unwrap();
    let held = house.engine.db().read(move |tx| Box::pin(async move { store::routing::workers(tx, ws).await })).await.unwrap();
    let worker = Worker { id: ids.next(), name: name.into(), user_id: Some(ids.next()), version: 1, ..held[0].clone() };
    let member = NewMember {
        user_id: worker.user_id.unwrap(),
        account_id: account,
        email: email.into(),
        name: name.into(),
        password_hash: "none".into(),
        preferences: "{}".into(),
        membership_id: ids.next(),
        worker_id: worker.id,
        roles: vec![("agent".into(), "own".into(), vec![])],
    };
    let noted = Noted { action: "member.created".into(), subject: name.into(), detail: String::new() };
    (RouterCommand::PutWorker { worker }, Beside { audit: vec![noted], member: Some(member) })
}

/// How many users, workers and rows of the audit log there are.
async fn there(house: &House, email: &str, name: &str) -> (i64, i64, i64) {
    let count = async |sql: String| house.count(&sql).await.unwrap();
    (
        count(format!("SELECT count(*) FROM \"user\" WHERE email = '{email}'")).await,
        count(format!("SELECT count(*) FROM worker WHERE name = '{name}'")).await,
        count(format!("SELECT count(*) FROM audit_row WHERE subject = '{name}'")).await,
    )
}

/// Proves I10.1: what is written beside a command is written with it, or not at all.
#[test]
fn a_member_and_their_worker_are_one_commit() {
    on_each("house::a_member_and_their_worker_are_one_commit", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (command, beside) = new_member(&house, &shop, "Max", "max@shop.example").await;
        house.engine.route_beside(shop.ws, "test", None, command, beside).await.unwrap().unwrap();
        assert_eq!(there(&house, "max@shop.example", "Max").await, (1, 1, 1));
        let (command, beside) = new_member(&house, &shop, "Moe", "max@shop.example").await;
        assert!(house.engine.route_beside(shop.ws, "test", None, command, beside).await.unwrap().is_err(), "the address is taken");
        assert_eq!(there(&house, "max@shop.example", "Moe").await, (1, 0, 0));
        let (command, beside) = new_member(&house, &shop, "Max", "moe@shop.example").await;
        assert!(house.engine.route_beside(shop.ws, "test", None, command, beside).await.unwrap().is_err(), "the name is taken");
        assert_eq!(there(&house, "moe@shop.example", "Max").await, (0, 1, 1));
        // Two at once for one address: the second is told in words, and nothing of it is left.
        let (one, other) =
            (new_member(&house, &shop, "Kim", "kim@shop.example").await, new_member(&house, &shop, "Kit", "kim@shop.example").await);
        let ask = |(command, beside)| house.engine.route_beside(shop.ws, "test", None, command, beside);
        let (one, other) = tokio::join!(ask(one), ask(other));
        assert_eq!([one.unwrap().is_ok(), other.unwrap().is_ok()].iter().filter(|ok| **ok).count(), 1);
        assert_eq!(house.count("SELECT count(*) FROM worker WHERE name IN ('Kim', 'Kit')").await.unwrap(), 1);
    });
}

/// Proves I5.3 for the router's commands, wherever they come from.
#[test]
fn a_command_asked_twice_at_once_is_done_once() {
    on_each("house::a_command_asked_twice_at_once_is_done_once", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let (command, beside) = new_member(&house, &shop, "Max", "max@shop.example").await;
        let ask = || house.engine.route_beside(shop.ws, "test", Some("k".into()), command.clone(), beside.clone());
        let (one, twin) = tokio::join!(ask(), ask());
        let answer = one.unwrap();
        assert!(answer.is_ok(), "{answer:?}");
        assert_eq!(answer, twin.unwrap());
        assert_eq!(answer, ask().await.unwrap());
        assert_eq!(there(&house, "max@shop.example", "Max").await, (1, 1, 1));

        // From a process that does not own the router, and again as a row that came after its answer.
        let other = house.beside(2, false);
        other.engine.renew().await.unwrap();
        let (command, beside) = new_member(&house, &shop, "Mia", "mia@shop.example").await;
        let asks = other.engine.route_beside(shop.ws, "test", Some("far".into()), command.clone(), beside.clone());
        assert!(house.working_during(asks).await.unwrap().is_ok());
        let (ws, id): (i64, JobId) = (shop.ws, house.engine.ids().next());
        let kind = model::JobKind::Route {
            actor: "test".into(),
            request: "far".into(),
            fingerprint: String::new(),
            command: Box::new(command),
            beside: Box::new(beside),
        };
        let job = model::Job { id, lane: model::Lane::Router, key: "late".into(), run_at: house.now(), kind, attempts: 0, epoch: 0 };
        house
            .engine
            .db()
            .write(move |tx| {
                let job = job.clone();
                Box::pin(async move { store::job::insert(tx, ws, &[job]).await })
            })
            .await
            .unwrap();
        house.settle().await.unwrap();
        assert_eq!(there(&house, "mia@shop.example", "Mia").await, (1, 1, 1));
        assert_eq!(house.count("SELECT count(*) FROM job WHERE lane = 'router'").await.unwrap(), 0);
    });
}

/// Proves I5.3 for turns: the key is claimed in the commit of what it does, and what was refused leaves it free.
#[test]
fn a_conversation_closed_twice_at_once_is_closed_once() {
    on_each("house::a_conversation_closed_twice_at_once_is_closed_once", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let kim = visitor(3);
        house.chat(&shop, kim, "1", "How long does shipping take?").await.unwrap();
        let (held, _) = house.thread(&shop, shop.webchat, &kim.to_string()).await.unwrap();
        let close = |fingerprint| house.engine.close(shop.ws, held.id, "done", request("c", fingerprint));
        let (one, twin) = tokio::join!(close("a"), close("a"));
        let both = [one.unwrap().unwrap(), twin.unwrap().unwrap()];
        assert_eq!(both.iter().filter(|once| matches!(once, Once::Done(()))).count(), 1, "{both:?}");
        assert_eq!(both.iter().filter(|once| matches!(once, Once::Before(_))).count(), 1, "{both:?}");
        assert!(matches!(close("b").await.unwrap().unwrap(), Once::Reused));
        assert_eq!(house.count("SELECT count(*) FROM audit_row WHERE action = 'conversation.closed'").await.unwrap(), 1);
        // Refused: nothing is noted, and the key may be used again.
        let again = house.engine.close(shop.ws, held.id, "done", request("d", "a")).await.unwrap();
        assert_eq!(again.err(), Some(messaging::Refused::Closed));
        assert_eq!(house.count("SELECT count(*) FROM request WHERE key = 'd'").await.unwrap(), 0);
        assert_eq!(house.count("SELECT count(*) FROM audit_row WHERE action = 'conversation.closed'").await.unwrap(), 1);
    });
}

/// Proves I5.3 for files: of two uploads under one key one is kept.
#[test]
fn a_file_uploaded_twice_at_once_is_kept_once() {
    on_each("house::a_file_uploaded_twice_at_once_is_kept_once", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let bytes = Bytes::from_static(b"hello");
        let upload = || house.engine.upload_once(shop.ws, "test", "a.txt", bytes.clone(), request("u", "a"));
        let (one, twin) = tokio::join!(upload(), upload());
        let (done, before) = match (one.unwrap().unwrap(), twin.unwrap().unwrap()) {
            (Once::Done(done), Once::Before(before)) | (Once::Before(before), Once::Done(done)) => (done, before),
            odd => panic!("{odd:?}"),
        };
        assert_eq!(done.id.to_string(), before);
        assert_eq!(house.count("SELECT count(*) FROM attachment").await.unwrap(), 1);
        assert_eq!(house.engine.files().get(&done.key).await.unwrap(), Some(bytes));
    });
}

/// Proves I5.3 where the key is used for something else.
#[test]
fn a_key_used_for_two_things_at_once_does_only_one() {
    on_each("house::a_key_used_for_two_things_at_once_does_only_one", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let key = |fingerprint: &str| Some(engine::Key { key: "k".into(), fingerprint: fingerprint.into() });
        let (max, moe) =
            (new_member(&house, &shop, "Max", "max@shop.example").await, new_member(&house, &shop, "Moe", "moe@shop.example").await);
        let other = house.beside(2, false);
        other.engine.renew().await.unwrap();
        let one = house.engine.route_beside(shop.ws, "test", key("max"), max.0.clone(), max.1.clone());
        let second = house.engine.route_beside(shop.ws, "test", key("moe"), moe.0.clone(), moe.1.clone());
        let far = other.engine.route_beside(shop.ws, "test", key("far"), moe.0.clone(), moe.1.clone());
        let (one, second, far) = house.working_during(Box::pin(async { tokio::join!(one, second, far) })).await;
        let answers = [one.unwrap(), second.unwrap(), far.unwrap()];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == Err(model::Refusal::KeyReused)).count(), 2, "{answers:?}");
        assert_eq!(house.count("SELECT count(*) FROM worker WHERE name IN ('Max', 'Moe')").await.unwrap(), 1);
    });
}
