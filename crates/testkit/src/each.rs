//! The same test on every database: SQLite in memory, and PostgreSQL where `SEAWAY_TEST_POSTGRES` holds its URL.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use db::Db;

use crate::{CHANNELS, FakeWorld, House};

/// Runs a test in a fresh house on each database. `name` is `<suite>::<test>`, as the ledger counts it.
pub fn on_each<F: AsyncFn(House)>(name: &str, test: F) {
    databases(name, async |db| {
        let house = House::on_with_connectors(db, 1, FakeWorld::default(), CHANNELS).await.expect("a house");
        test(house).await;
    });
}

/// Runs a test on each database, not yet migrated; on PostgreSQL each has a schema of its own.
///
/// # Panics
/// When `SEAWAY_TEST_REQUIRE_POSTGRES` is `1` and `SEAWAY_TEST_POSTGRES` names no server.
pub fn databases<F: AsyncFn(Db)>(name: &str, test: F) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime().block_on(async {
        test(Db::open_memory().expect("a database in memory")).await;
    });
    note("sqlite", name);
    let Ok(url) = std::env::var("SEAWAY_TEST_POSTGRES") else {
        let required = std::env::var("SEAWAY_TEST_REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
        assert!(!required, "SEAWAY_TEST_POSTGRES is not set, and every test must run on PostgreSQL too");
        return;
    };
    runtime().block_on(async {
        let db = Db::connect_postgres(&url, 4, Some(schema())).await.expect("PostgreSQL");
        test(db).await;
    });
    note("postgres", name);
}

/// A name no other test of this or another process uses.
fn schema() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// One line per test that passed, for whoever counts tests × database.
fn note(engine: &str, name: &str) {
    let Ok(path) = std::env::var("SEAWAY_TEST_LEDGER") else { return };
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).expect("the ledger of tests");
    // One write per line: lines of tests running beside this one do not mix.
    file.write_all(format!("{engine} {name}\n").as_bytes()).expect("a line in the ledger of tests");
}
