//! The history is judged as any installation's data would be.

use std::collections::BTreeSet;

use db::Db;
use engine::clock::SystemClock;
use engine::{Clock, Files, MasterKey, Vault};

use super::Arguments;
use super::address::Address;
use super::history::{self, Making};
use super::house::House;
use super::installation::Installation;

async fn made(waiting: usize) -> (Db, Vault, Installation) {
    let address = Address { port: 8080, emulators: None };
    let now = SystemClock::default().now();
    let (db, vault) = (Db::open_memory().expect("a database"), Vault::new(MasterKey([9; 32])));
    db.migrate(store::MIGRATIONS).await.expect("migrations");
    let mut installation = Installation::new(now).expect("an installation");
    let making = Making { db: db.clone(), files: Files::in_memory(), vault: vault.clone(), address: &address, now, waiting };
    history::make(making, &mut installation, |_, _| ()).await.expect("a history");
    (db, vault, installation)
}

async fn strings(db: &Db, sql: &'static str) -> Vec<String> {
    db.read(move |tx| {
        Box::pin(async move {
            let rows = tx.dynamic(sql.to_owned(), Vec::new()).await?;
            rows.iter().map(|row| Ok(row.get::<String>(0)?)).collect()
        })
    })
    .await
    .expect(sql)
}

async fn count(db: &Db, sql: &'static str) -> i64 {
    db.read(move |tx| Box::pin(async move { Ok(tx.dynamic(sql.to_owned(), Vec::new()).await?[0].get::<i64>(0)?) })).await.expect(sql)
}

#[tokio::test]
async fn the_history_is_believable() {
    let (db, vault, installation) = made(2).await;
    let kept = Installation::load(&db, &vault).await.expect("the demo's row").expect("a demo");
    assert!(kept.ready && kept.webchat == installation.webchat);

    assert_eq!(count(&db, "SELECT count(*) FROM contact WHERE id = root_id").await, 41, "forty people, and Tom as Messenger knows him");
    assert_eq!(count(&db, "SELECT count(*) FROM contact_join WHERE undone_at IS NULL").await, 1, "one person on two channels");
    assert!(count(&db, "SELECT count(*) FROM address_claim").await >= 1, "somebody claims another's number");
    for (language, least) in [("en", 10), ("de", 10), ("ko", 5)] {
        let sql = match language {
            "en" => "SELECT count(*) FROM contact_fact WHERE key = 'language' AND value = 'en'",
            "de" => "SELECT count(*) FROM contact_fact WHERE key = 'language' AND value = 'de'",
            _ => "SELECT count(*) FROM contact_fact WHERE key = 'language' AND value = 'ko'",
        };
        assert!(count(&db, sql).await >= least, "{language}");
    }
    assert_eq!(count(&db, "SELECT count(*) FROM task WHERE status IN ('pending', 'reserved')").await, 2, "two wait");
    let kinds = "SELECT channel.kind FROM task JOIN conversation ON conversation.id = task.conversation_id \
         JOIN thread ON thread.id = conversation.thread_id \
         JOIN channel_account AS channel ON channel.id = thread.channel_account_id WHERE task.status = 'pending' ORDER BY task.created_at";
    assert_eq!(strings(&db, kinds).await, ["messenger", "webchat"], "one agent can answer them side by side");
    assert!(kept.said.iter().any(|line| line.text.contains("charged twice")), "it stands on Tom's phone, too");
    assert_eq!(count(&db, "SELECT count(*) FROM task WHERE status IN ('assigned', 'wrapping')").await, 0, "nobody holds anything");
    assert!(count(&db, "SELECT count(*) FROM reservation WHERE status = 'timeout'").await >= 2, "offers were missed");
    assert!(count(&db, "SELECT count(*) FROM reservation WHERE status = 'rejected'").await >= 1, "an offer was refused");
    assert_eq!(count(&db, "SELECT count(*) FROM outbox WHERE state NOT IN ('done', 'sent')").await, 0, "everything left");
    assert_eq!(count(&db, "SELECT count(*) FROM worker_connection").await, 0, "nobody is at a desk");
    assert!(count(&db, "SELECT count(*) FROM attachment WHERE message_id IS NOT NULL").await >= 4, "pictures were sent");

    let given = store::auditor::Given { now: SystemClock::default().now(), digest: server::access::secret::sha256, files: None };
    let report = db.read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await.expect("an audit");
    assert!(report.clean(), "{:?}", report.breaches);

    let mut seen = BTreeSet::new();
    let talks = strings(&db, "SELECT group_concat(body, '|') FROM (SELECT conversation_id, json_extract(body, '$.text') AS body FROM message ORDER BY conversation_id, seq) GROUP BY conversation_id").await;
    assert!(talks.len() > 60);
    for talk in talks {
        assert!(seen.insert(talk.clone()), "told twice: {talk}");
    }
}

#[tokio::test]
async fn a_reset_makes_it_new_and_keeps_the_log_ins() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = arguments(folder.path());
    let address = Address { port: 8080, emulators: None };
    let house = House::open(&arguments, &address).await.expect("a demo");
    assert_eq!(count(&house.opened.db, "SELECT count(*) FROM task WHERE status NOT IN ('completed', 'canceled')").await, 0, "nobody waits");
    let (ws, user) = (house.installation.ws, house.installation.staff[0].user);
    let now = SystemClock::default().now();
    let entered = house.opened.db.write(move |tx| {
        Box::pin(async move {
            let settings = store::workspace::by_number(tx, ws).await?.expect("the shop").settings;
            store::workspace::update(tx, ws, "Somebody was here", &settings, 1).await?;
            let mut ids = model::Ids::new(now, 1);
            let host = String::from("ana.localhost");
            let session = |user_id, id| store::access::Session {
                id,
                user_id,
                created_at: now,
                last_used_at: now,
                expires_at: now.plus_secs(60),
                host,
            };
            store::access::insert_session(tx, vec![7], &session(user, ids.next())).await?;
            store::access::insert_sign_in_code(tx, vec![1], user, now).await
        })
    });
    entered.await.expect("a change");

    let house = house.renew(&arguments, &address).await.expect("a demo as new");
    let db = &house.opened.db;
    assert_eq!(strings(db, "SELECT name FROM workspace").await, ["Tidewater"]);
    assert_eq!(count(db, "SELECT count(*) FROM sign_in_code").await, 0);
    let standing = db.read(move |tx| Box::pin(async move { store::access::session(tx, vec![7], now).await })).await.expect("a look");
    assert_eq!(standing.map(|session| session.user_id), Some(user), "who is signed in stays so");
    assert_eq!(count(db, "SELECT count(*) FROM contact WHERE id = root_id").await, 40);
    assert_eq!(count(db, "SELECT count(*) FROM attachment WHERE message_id IS NOT NULL").await, 4);
    assert_eq!(files(&house.opened.files_dir), 8, "each picture and its small one, and no older ones");

    let opened_again = house.installation.clone();
    drop(house);
    let house = House::open(&arguments, &address).await.expect("the same demo");
    for (one, other) in house.installation.staff.iter().zip(&opened_again.staff) {
        assert_eq!((&one.password, one.user), (&other.password, other.user), "log-ins stay");
    }
    assert_eq!(house.installation.webchat, opened_again.webchat, "snippets stay good");
}

#[tokio::test]
async fn what_is_no_demo_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = arguments(folder.path());
    let opened = crate::place::open(&arguments.place(false)).await.expect("a data folder");
    let now = SystemClock::default().now();
    let site = server::bootstrap::Site { db: opened.db.clone(), vault: opened.vault.clone(), ids: model::Ids::new(now, 1), now };
    server::bootstrap::create_workspace(&site, "A real shop", model::Language::En).await.expect("a workspace");
    let refused = House::open(&arguments, &Address { port: 8080, emulators: None }).await.err().expect("a refusal").to_string();
    assert!(refused.contains("--data-dir"), "{refused}");
    assert_eq!(strings(&opened.db, "SELECT name FROM workspace").await, ["A real shop"]);
}

fn arguments(folder: &std::path::Path) -> Arguments {
    Arguments {
        listen: "127.0.0.1:0".into(),
        data_dir: folder.join("data"),
        database_url: None,
        database_schema: None,
        emulators_url: None,
        waiting: 0,
    }
}

fn files(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}
