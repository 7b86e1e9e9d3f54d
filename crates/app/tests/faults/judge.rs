//! What must be true in the end: the carrier's ledger against what the installation holds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use db::{Db, SqliteOptions, Value};
use serde_json::Value as Json;
use tokio::time::sleep;

use super::house::House;

/// How long nothing may move: a claim of outside work ends after 30 s, the look-up of an unknown send takes a few.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// How long the carrier may take to bring what it took to the phones.
pub const DELIVERY: Duration = Duration::from_secs(30);

pub async fn open(house: &House) -> Db {
    match house.place_url() {
        Some((url, schema)) => Db::connect_postgres(&url, 2, Some(schema)).await.unwrap(),
        None => Db::open_sqlite(house.data_dir().join("seaway.db"), SqliteOptions::default()).unwrap(),
    }
}

pub async fn rows(db: &Db, sql: &str) -> Vec<Vec<Value>> {
    let sql = sql.to_owned();
    let rows = db.read(move |tx| Box::pin(async move { Ok(tx.dynamic(sql, vec![]).await?) })).await.unwrap();
    rows.into_iter().map(db::Row::into_values).collect()
}

/// Nothing was put aside: none of these inputs is at fault for the deaths around it.
pub async fn nothing_put_aside(house: &House, db: &Db) {
    let aside =
        rows(db, "SELECT problem, attempts FROM inbound WHERE state IN ('quarantined', 'ignored') AND body LIKE '%\"kind\":\"message\"%'")
            .await;
    assert!(aside.is_empty(), "{}: customers' messages were put aside: {aside:?}", house.engine);
}

/// Sends under way, of which a try ended with its process.
const SUSPECT_SENDS: &str = "SELECT 'send', o.body FROM outbox o WHERE o.state IN ('queued', 'sending') AND EXISTS (SELECT 1 FROM attempt t \
    WHERE t.workspace_id = o.workspace_id AND t.outbox_id = o.id AND (t.ended_at IS NULL OR t.outcome = 'uncertain'))";

/// Waits until every input, and every send, that a dead process may have tried was tried again.
pub async fn nothing_suspect(house: &House) {
    let db = open(house).await;
    let began = Instant::now();
    loop {
        let suspects = format!(
            "SELECT 'job', kind FROM job WHERE attempts > 1 AND lane LIKE 'c:%' \
            UNION ALL SELECT 'inbound', body FROM inbound WHERE state = 'received' AND attempts > 1 UNION ALL {SUSPECT_SENDS}"
        );
        let suspects = rows(&db, &suspects).await;
        if suspects.is_empty() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{}: nobody tries what is suspect: {suspects:?}", house.engine);
        sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until all work is done: nothing to turn, send, fetch or hand over, and every customer was served.
pub async fn quiet(house: &House) {
    let db = open(house).await;
    let left = "SELECT 'inbound ' || state, count(*) FROM inbound WHERE state = 'received' GROUP BY 1 \
        UNION ALL SELECT 'outbox ' || state, count(*) FROM outbox WHERE state IN ('queued', 'sending', 'uncertain') GROUP BY 1 \
        UNION ALL SELECT 'job ' || kind, count(*) FROM job WHERE kind NOT IN ('close', 'wait', 'worker_gone') GROUP BY 1 \
        UNION ALL SELECT 'conversation ' || holder, count(*) FROM conversation WHERE state = 'open' GROUP BY 1";
    let (mut moved, mut before) = (Instant::now(), String::new());
    loop {
        // Somebody who wrote while nobody listened is heard after the catch-up.
        let heard = rows(&db, "SELECT count(*) FROM inbound WHERE body LIKE '%\"kind\":\"message\"%'").await;
        let heard_all = matches!(heard[0][0], Value::Int(count) if count as usize == house.written.len());
        let waiting = rows(&db, left).await;
        if waiting.is_empty() && heard_all {
            nothing_put_aside(house, &db).await;
            return;
        }
        let state = format!("{waiting:?} {heard:?}");
        if state != before {
            (moved, before) = (Instant::now(), state);
        }
        assert!(
            moved.elapsed() < PATIENCE,
            "{}: work is left over: {waiting:?}; heard {:?} of {}\nopen: {:#?}",
            house.engine,
            heard[0],
            house.written.len(),
            stuck(&db).await
        );
        sleep(Duration::from_millis(500)).await;
    }
}

/// What an engineer wants to see of conversations that nobody moves: themselves, their executions with steps, their jobs.
pub async fn stuck(db: &Db) -> Vec<Vec<Value>> {
    let of = "workspace_id = c.workspace_id AND conversation_id = c.id";
    let sql = format!(
        "SELECT 'conversation', c.body FROM conversation c WHERE c.state = 'open' \
        UNION ALL SELECT 'execution ' || e.state, e.body FROM conversation c JOIN execution e USING (workspace_id) WHERE c.state = 'open' AND e.conversation_id = c.id \
        UNION ALL SELECT 'step', s.body FROM conversation c JOIN execution e USING (workspace_id) JOIN step s ON s.workspace_id = e.workspace_id AND s.execution_id = e.id \
            WHERE c.state = 'open' AND e.conversation_id = c.id \
        UNION ALL SELECT 'task', body FROM task WHERE EXISTS (SELECT 1 FROM conversation c WHERE c.state = 'open' AND task.{of}) \
        UNION ALL SELECT 'message', body FROM message WHERE EXISTS (SELECT 1 FROM conversation c WHERE c.state = 'open' AND message.{of}) \
        UNION ALL SELECT 'job ' || kind || ' in ' || lane, body FROM job"
    );
    rows(db, &sql).await
}

/// Each text a customer wrote is one message of theirs, with its picture; each message of ours is on their phone once.
pub async fn ledger(house: &House) {
    let db = open(house).await;
    let sql = "SELECT m.body, a.external_id FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id \
        JOIN thread t ON t.workspace_id = c.workspace_id AND t.id = c.thread_id JOIN address a ON a.workspace_id = t.workspace_id AND a.id = t.address_id \
        WHERE m.thread_id IS NOT NULL";
    let mut theirs: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut ours: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in rows(&db, sql).await {
        let [Value::Text(body), Value::Text(number)] = row.as_slice() else { panic!("a row of texts") };
        let message: Json = serde_json::from_str(body).unwrap();
        let text = message["text"].as_str().unwrap_or_default().to_owned();
        match message["author"]["kind"].as_str() {
            Some("contact") => *theirs.entry((number.clone(), text)).or_default() += 1,
            Some("bot" | "worker") if message["notice"].is_null() => {
                assert!(matches!(message["state"].as_str(), Some("sent" | "delivered")), "{}: {message}", house.engine);
                *ours.entry((number.clone(), text)).or_default() += 1;
            }
            _ => {}
        }
        for file in message["attachments"].as_array().into_iter().flatten() {
            assert_eq!(file["state"], "ready", "{}: a picture was not fetched: {message}", house.engine);
        }
    }
    let mut written: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (number, text) in &house.written {
        *written.entry((number.clone(), text.clone())).or_default() += 1;
    }
    same(house, "what customers wrote, and what was kept", &written, &theirs);

    let phones = phones(house).await;
    same(house, "what was sent, and what is on the phones", &ours, &phones);
    let answers = ours.keys().filter(|(_, text)| text.starts_with(super::agent::ANSWER)).count();
    assert!(answers > 0 && ours.values().all(|count| *count == 1), "{}: every answer once", house.engine);
}

/// What stands on all phones, as soon as the carrier has brought everything that it took: that is a moment after we know it as sent.
async fn phones(house: &House) -> BTreeMap<(String, String), usize> {
    let began = Instant::now();
    loop {
        let ledger = house.carrier.get("/control/ledger").await.unwrap().body;
        let mut phones: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (number, shown) in ledger["handsets"].as_object().unwrap() {
            for message in shown.as_array().unwrap().iter().filter(|m| m["mine"] != true && m["by_carrier"] != true) {
                *phones.entry((number.clone(), message["body"].as_str().unwrap().to_owned())).or_default() += 1;
            }
        }
        if phones.values().sum::<usize>() == ledger["accepted"].as_array().unwrap().len() || began.elapsed() > DELIVERY {
            return phones;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Says only what differs.
fn same(house: &House, what: &str, wanted: &BTreeMap<(String, String), usize>, found: &BTreeMap<(String, String), usize>) {
    let keys: std::collections::BTreeSet<_> = wanted.keys().chain(found.keys()).collect();
    let differ: Vec<_> = keys.into_iter().filter(|key| wanted.get(*key) != found.get(*key)).collect();
    let told: Vec<String> = differ.iter().map(|key| format!("{key:?}: {:?} and {:?}", wanted.get(*key), found.get(*key))).collect();
    assert!(told.is_empty(), "{}: {what} differ: {}", house.engine, told.join("; "));
}
