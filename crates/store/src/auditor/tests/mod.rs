//! A small world in which every promise is kept, and copies of it in which one is broken.

mod breaches;
mod house;
mod promises;
mod restored;
mod upgraded;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use db::Db;
use model::Timestamp;

use super::{Breach, Given, Report};

/// A fresh, migrated database of each engine; PostgreSQL where `SEAWAY_TEST_POSTGRES` holds its URL.
async fn databases(test: &str) -> Vec<(&'static str, Db)> {
    let all = empty_databases(test).await;
    for (_, db) in &all {
        db.migrate(crate::MIGRATIONS).await.unwrap();
    }
    all
}

async fn empty_databases(test: &str) -> Vec<(&'static str, Db)> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut all = vec![("sqlite", Db::open_memory().unwrap())];
    match std::env::var("SEAWAY_TEST_POSTGRES") {
        Ok(url) => {
            let schema = format!("auditor_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
            all.push(("postgres", Db::connect_postgres(&url, 2, Some(schema)).await.unwrap()));
        }
        Err(_) => assert!(std::env::var("SEAWAY_TEST_REQUIRE_POSTGRES").is_err(), "SEAWAY_TEST_POSTGRES is not set"),
    }
    for (engine, _) in &all {
        if let Ok(ledger) = std::env::var("SEAWAY_TEST_LEDGER") {
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(ledger).unwrap();
            // In one piece: several tests write at once.
            file.write_all(format!("{engine} auditor::{test}\n").as_bytes()).unwrap();
        }
    }
    all
}

/// Stands for SHA-256, which this crate does not know: any function that tells texts apart will do.
fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut state = [0xcbf2_9ce4_8422_2325u64, 1, 2, 3];
    for (at, byte) in bytes.iter().enumerate() {
        let slot = &mut state[at % 4];
        *slot = (*slot ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let sum = state.iter().fold(0u64, |sum, part| sum.rotate_left(7) ^ part);
    let mut out = [0; 32];
    for (no, chunk) in out.chunks_mut(8).enumerate() {
        chunk.copy_from_slice(&(state[no] ^ sum).to_be_bytes());
    }
    out
}

async fn audit(db: &Db, files: BTreeMap<String, Timestamp>, now: Timestamp) -> Report {
    db.read(move |tx| Box::pin(async move { super::audit(tx, &Given { now, digest, files: Some(files) }).await })).await.unwrap()
}

/// Runs statements one by one, as a person with a database client would.
async fn run(db: &Db, statements: &[String]) {
    let statements = statements.to_vec();
    db.write(move |tx| {
        let statements = statements.clone();
        Box::pin(async move {
            for sql in statements {
                tx.dynamic(sql, vec![]).await?;
            }
            Ok(())
        })
    })
    .await
    .unwrap();
}

/// Makes every table anew from its rows alone: no key, no index, no constraint is left.
async fn drop_indexes(db: &Db) {
    let mut tables: Vec<&str> = super::schema::UNIQUE.iter().map(|rule| rule.table).collect();
    tables.dedup();
    tables.reverse();
    let statements: Vec<String> = tables
        .iter()
        .flat_map(|table| {
            [
                format!("CREATE TABLE copy_of_{table} AS SELECT * FROM \"{table}\""),
                format!("DROP TABLE \"{table}\""),
                format!("ALTER TABLE copy_of_{table} RENAME TO \"{table}\""),
            ]
        })
        .collect();
    run(db, &statements).await;
}

fn only<'a>(report: &'a Report, kind: &str) -> Vec<&'a Breach> {
    report.breaches.iter().filter(|breach| breach.breach == kind).collect()
}
