//! The same test on every engine: SQLite in a file, SQLite in memory, and PostgreSQL where `SEAWAY_TEST_POSTGRES` holds its URL.

use std::sync::atomic::{AtomicU32, Ordering};

use db::{Db, Migration, SqliteOptions, rows};

/// Enough of a schema to try everything the layer promises.
pub const BASE: Migration = Migration {
    name: "0001_base",
    sql: "-- Things, and what belongs to them.
        CREATE TABLE thing (
            id bigint PRIMARY KEY, name text NOT NULL, at bigint, ok boolean, size double precision, raw bytea, uuid uuid,
            UNIQUE (name, at)
        );
        CREATE TABLE part (id bigint PRIMARY KEY, thing_id bigint NOT NULL REFERENCES thing (id));
        -- sqlite:
        CREATE INDEX only_on_sqlite ON thing (at);
        -- pg:
        CREATE INDEX only_on_pg ON thing (at);
        -- all:
        CREATE TABLE counter (name text PRIMARY KEY, value bigint NOT NULL);",
};

rows! {
    pub THINGS: "thing"(id bigint, name text, at bigint, ok boolean, size double precision, raw bytea, uuid uuid)
}
rows! {
    pub COUNTERS: "counter"(name text, value bigint)
    tail "ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING name, value"
}
rows! {
    pub NEW_COUNTERS: "counter"(name text, value bigint) tail "ON CONFLICT DO NOTHING RETURNING name"
}

/// A database for one test, gone afterwards.
pub struct Bench {
    pub db: Db,
    pub name: &'static str,
    _folder: Option<tempfile::TempDir>,
}

/// A database in each engine, without any table.
pub async fn empty(options: SqliteOptions) -> Vec<Bench> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = Db::open_sqlite(folder.path().join("test.db"), options).expect("SQLite");
    let mut all = vec![
        Bench { db: file, name: "sqlite", _folder: Some(folder) },
        Bench { db: Db::open_memory().expect("memory"), name: "memory", _folder: None },
    ];
    if let Some(db) = postgres().await {
        all.push(Bench { db, name: "postgres", _folder: None });
    }
    all
}

/// A schema of its own on PostgreSQL, if the environment names a server; the run asks for it with `SEAWAY_TEST_REQUIRE_POSTGRES=1`.
pub async fn postgres() -> Option<Db> {
    let Ok(url) = std::env::var("SEAWAY_TEST_POSTGRES") else {
        assert!(std::env::var("SEAWAY_TEST_REQUIRE_POSTGRES").is_err(), "SEAWAY_TEST_POSTGRES is not set");
        return None;
    };
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let schema = format!("db_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let db = Db::connect_postgres(&url, 8, Some(schema.clone())).await.expect("PostgreSQL");
    // An earlier process with the same number may have left one.
    let fresh = db.write(move |tx| {
        let schema = schema.clone();
        Box::pin(async move {
            tx.dynamic(format!("DROP SCHEMA {schema} CASCADE"), vec![]).await?;
            Ok(tx.dynamic(format!("CREATE SCHEMA {schema}"), vec![]).await?)
        })
    });
    fresh.await.expect("a schema of its own");
    Some(db)
}

/// A database in each engine, with the tables of [`BASE`].
pub async fn benches() -> Vec<Bench> {
    let all = empty(SqliteOptions::default()).await;
    for bench in &all {
        bench.db.migrate(&[BASE]).await.expect("migrated");
    }
    all
}

/// `count(*)` of a table.
pub async fn count(db: &Db, table: &'static str) -> i64 {
    db.read(move |tx| Box::pin(async move { Ok(tx.dynamic(format!("SELECT count(*) FROM {table}"), vec![]).await?[0].get(0)?) }))
        .await
        .expect("counted")
}

/// One row of `thing`.
pub fn thing(id: i64, name: &str) -> Vec<db::Value> {
    db::params![id, name, id * 10, None::<bool>, None::<f64>, None::<Vec<u8>>, None::<uuid::Uuid>]
}
