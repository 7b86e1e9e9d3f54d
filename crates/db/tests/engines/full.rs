//! A disk without room: SQLite gives up the whole transaction, so the whole group must be told.

use anyhow::Result;
use db::{BoxFuture, Db, DbError, SqliteOptions, Tx, params, sql};

use crate::bench::{BASE, count};

fn store(id: i64, bytes: usize) -> impl for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<u64>> + Send + Sync + 'static {
    move |tx| {
        Box::pin(async move {
            let sql = sql!("INSERT INTO thing (id, name, raw) VALUES ($1, $2, $3)");
            Ok(tx.exec(sql, params![id, id.to_string(), vec![7u8; bytes]]).await?)
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_to_the_whole_group_and_what_was_committed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { max_pages: Some(200), ..SqliteOptions::default() };
    let db = Db::open_sqlite(folder.path().join("small.db"), options).unwrap();
    db.migrate(&[BASE]).await.unwrap();
    db.write(store(1, 1_000)).await.unwrap();

    // Hold the writer, so that the next three are one group: two small rows around one that cannot fit.
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let mut holding = Box::pin(db.write(move |tx| {
        held.lock().unwrap().recv().unwrap();
        Box::pin(async move { store(2, 10)(tx).await })
    }));
    assert!(futures::poll!(&mut holding).is_pending());
    let mut small = Box::pin(db.write(store(3, 10)));
    let mut large = Box::pin(db.write(store(4, 2_000_000)));
    assert!(futures::poll!(&mut small).is_pending() && futures::poll!(&mut large).is_pending());
    hold.send(()).unwrap();
    let answers = [holding.await, small.await, large.await];
    let lost = answers.iter().filter(|answer| answer.is_err()).count() as i64;
    assert!(answers[2].is_err());
    for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(db::is_unavailable(error), "{error}");
    }
    assert!(matches!(answers[2].as_ref().unwrap_err().downcast_ref(), Some(DbError::Full)));
    assert_eq!(count(&db, "thing").await, 4 - lost, "exactly what was answered is there");

    // The writer lives on, and small rows still fit.
    db.write(store(5, 10)).await.unwrap();
    assert_eq!(count(&db, "thing").await, 5 - lost);
}

#[tokio::test]
async fn a_pair_whose_second_fills_the_disk_is_not_committed_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { max_pages: Some(200), ..SqliteOptions::default() };
    let db = Db::open_sqlite(folder.path().join("small.db"), options).unwrap();
    db.migrate(&[BASE]).await.unwrap();
    match db.write_pair(store(1, 10), store(2, 2_000_000)).await {
        Ok((_, second)) => {
            assert!(second.is_err());
            assert_eq!(count(&db, "thing").await, 1);
        }
        Err(error) => {
            assert!(db::is_unavailable(&error), "{error}");
            assert_eq!(count(&db, "thing").await, 0);
        }
    }
}

/// As a full disk does it, for certain: the transaction is gone in the middle of the group.
#[tokio::test]
async fn a_group_that_lost_its_transaction_is_told_and_the_next_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_sqlite(folder.path().join("a.db"), SqliteOptions::default()).unwrap();
    db.migrate(&[BASE]).await.unwrap();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let mut first = Box::pin(db.write(move |tx| {
        held.lock().unwrap().recv().unwrap();
        Box::pin(async move { store(1, 10)(tx).await })
    }));
    let mut lose = Box::pin(db.write(|tx| {
        Box::pin(async move {
            tx.exec("ROLLBACK", params![]).await?;
            anyhow::bail!("the disk is full, say") as Result<()>
        })
    }));
    let mut next = Box::pin(db.write(store(3, 10)));
    assert!(futures::poll!(&mut first).is_pending() && futures::poll!(&mut lose).is_pending() && futures::poll!(&mut next).is_pending());
    hold.send(()).unwrap();
    let told = first.await;
    let group_was_cut_by_time = told.is_ok();
    if let Err(error) = told {
        assert!(matches!(error.downcast_ref(), Some(DbError::NotCommitted(_))) && db::is_unavailable(&error), "{error}");
    }
    assert_eq!(lose.await.unwrap_err().to_string(), "the disk is full, say");
    next.await.unwrap();
    assert_eq!(count(&db, "thing").await, if group_was_cut_by_time { 2 } else { 1 });
}
