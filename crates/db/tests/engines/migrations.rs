//! The schema's steps: once, in order, whole, and never behind a newer release's back.

use db::{Db, DbError, Migration, SqliteOptions, params};

use crate::bench::{BASE, benches, count, empty};

const SECOND: Migration = Migration {
    name: "0002_more",
    sql: "ALTER TABLE counter ADD COLUMN uuid uuid; CREATE TABLE extra (id bigint PRIMARY KEY, text text);",
};
const BROKEN: Migration =
    Migration { name: "0002_more", sql: "CREATE TABLE extra (id bigint PRIMARY KEY); INSERT INTO nowhere VALUES (1);" };

fn why(result: Result<(), DbError>) -> String {
    match result {
        Err(DbError::Migration(why)) => why,
        other => panic!("a migration error, not {other:?}"),
    }
}

#[tokio::test]
async fn each_is_applied_once_and_one_that_fails_leaves_nothing() {
    for bench in benches().await {
        bench.db.migrate(&[BASE]).await.unwrap();
        assert!(why(bench.db.migrate(&[BASE, BROKEN]).await).contains("0002_more"), "{}", bench.name);
        bench.db.migrate(&[BASE, SECOND]).await.unwrap();
        bench.db.migrate(&[BASE, SECOND]).await.unwrap();
        assert_eq!(count(&bench.db, "migration").await, 2, "{}", bench.name);
        assert_eq!(count(&bench.db, "extra").await, 0);
    }
}

#[tokio::test]
async fn a_newer_an_edited_and_a_slipped_in_one_are_refused() {
    for bench in empty(SqliteOptions::default()).await {
        bench.db.migrate(&[BASE, SECOND]).await.unwrap();
        assert!(why(bench.db.migrate(&[BASE]).await).contains("newer release"), "{}", bench.name);
        let edited = Migration { sql: "CREATE TABLE extra (id bigint);", ..SECOND };
        assert!(why(bench.db.migrate(&[BASE, edited]).await).contains("edited"), "{}", bench.name);
        let slipped_in = Migration { name: "0001_between", sql: "" };
        assert!(why(bench.db.migrate(&[BASE, slipped_in, SECOND]).await).contains("before"), "{}", bench.name);
        assert!(why(bench.db.migrate(&[SECOND, BASE]).await).contains("must come after"), "{}", bench.name);
    }
}

#[tokio::test]
async fn tables_are_strict_on_sqlite() {
    for bench in benches().await {
        let done = bench
            .db
            .write(|tx| Box::pin(async move { Ok(tx.exec("INSERT INTO counter (name, value) VALUES ('a', 'word')", params![]).await?) }));
        assert!(done.await.is_err(), "{}", bench.name);
    }
}

#[tokio::test]
async fn an_orphan_made_by_a_migration_is_refused() {
    let orphan = Migration { name: "0002_orphan", sql: "INSERT INTO part (id, thing_id) VALUES (1, 99);" };
    for bench in benches().await {
        why(bench.db.migrate(&[BASE, orphan]).await);
        assert_eq!(count(&bench.db, "part").await, 0, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_file_with_data_is_copied_before_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seaway.db");
    let copy = folder.path().join("seaway.db.before-0002_more");
    {
        let db = Db::open_sqlite(&path, SqliteOptions::default()).unwrap();
        db.migrate(&[BASE]).await.unwrap();
        assert_eq!(
            std::fs::read_dir(folder.path())
                .unwrap()
                .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("before"))
                .count(),
            0
        );
        db.write(|tx| Box::pin(async move { Ok(tx.exec("INSERT INTO counter (name, value) VALUES ('a', 1)", params![]).await?) }))
            .await
            .unwrap();
    }
    let db = Db::open_sqlite(&path, SqliteOptions::default()).unwrap();
    db.migrate(&[BASE, SECOND]).await.unwrap();
    let before = Db::open_sqlite(&copy, SqliteOptions::default()).unwrap();
    assert_eq!((count(&before, "counter").await, count(&before, "migration").await), (1, 1));
}

#[tokio::test]
async fn a_backup_beside_a_running_writer_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_sqlite(folder.path().join("a.db"), SqliteOptions::default()).unwrap();
    db.migrate(&[BASE]).await.unwrap();
    let write = |id: i64| {
        db.write(move |tx| {
            Box::pin(async move { Ok(tx.exec("INSERT INTO counter (name, value) VALUES ($1, $2)", params![id.to_string(), id]).await?) })
        })
    };
    write(1).await.unwrap();
    let (copied, _) = futures::join!(db.backup_to(folder.path().join("b.db")), async {
        for id in 2..50 {
            write(id).await.unwrap();
        }
    });
    copied.unwrap();
    let copy = Db::open_sqlite(folder.path().join("b.db"), SqliteOptions::default()).unwrap();
    assert!((1..50).contains(&count(&copy, "counter").await));
    assert_eq!(count(&db, "counter").await, 49);
}
