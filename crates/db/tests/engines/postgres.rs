//! What only PostgreSQL can show: other transactions in the way, and connections that are lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use db::{Db, DbError, params, sql};
use tokio::sync::Barrier;

use crate::bench::{BASE, COUNTERS, count, postgres};

async fn with_two_counters() -> Option<Db> {
    let db = postgres().await?;
    db.migrate(&[BASE]).await.unwrap();
    db.write(|tx| Box::pin(async move { Ok(tx.insert(&COUNTERS, vec![params!["a", 0], params!["b", 0]]).await?) })).await.unwrap();
    Some(db)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_run_again() {
    let Some(db) = with_two_counters().await else {
        return;
    };
    let (meet, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let transfer = |from: &'static str, to: &'static str| {
        let (db, meet, runs) = (db.clone(), meet.clone(), runs.clone());
        tokio::spawn(async move {
            db.write(move |tx| {
                let (meet, first) = (meet.clone(), runs.fetch_add(1, Ordering::SeqCst) < 2);
                Box::pin(async move {
                    let sql = sql!("UPDATE counter SET value = value + 1 WHERE name = $1");
                    tx.exec(sql, params![from]).await?;
                    if first {
                        meet.wait().await;
                    }
                    Ok(tx.exec(sql, params![to]).await?)
                })
            })
            .await
        })
    };
    let (one, other) = (transfer("a", "b"), transfer("b", "a"));
    one.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    assert!(runs.load(Ordering::SeqCst) > 2, "one of them ran again");
    let sum =
        db.read(|tx| Box::pin(async move { Ok(tx.one(sql!("SELECT sum(value)::bigint FROM counter"), params![]).await?.get::<i64>(0)?) }));
    assert_eq!(sum.await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_stays_is_told_as_unavailable_after_three_more_runs() {
    let Some(db) = with_two_counters().await else {
        return;
    };
    let (locked, release) = (tokio::sync::oneshot::channel(), Arc::new(tokio::sync::Notify::new()));
    let (told, held) = (std::sync::Mutex::new(Some(locked.0)), release.clone());
    let holder = tokio::spawn({
        let db = db.clone();
        async move {
            db.write(move |tx| {
                let (told, held) = (told.lock().unwrap().take(), held.clone());
                Box::pin(async move {
                    tx.exec(sql!("UPDATE counter SET value = 1 WHERE name = 'a'"), params![]).await?;
                    told.unwrap().send(()).unwrap();
                    held.notified().await;
                    Ok(())
                })
            })
            .await
        }
    });
    locked.1.await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let waiting = db.write(move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            tx.exec("SET LOCAL lock_timeout = 20", params![]).await?;
            Ok(tx.exec(sql!("UPDATE counter SET value = 2 WHERE name = 'a'"), params![]).await?)
        })
    });
    let error = waiting.await.unwrap_err();
    assert!(db::is_unavailable(&error) && db::is_conflict(&error), "{error}");
    assert_eq!(runs.load(Ordering::SeqCst), 4);
    release.notify_one();
    holder.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_lost_in_a_job_is_replaced_and_the_job_run_again() {
    let Some(db) = with_two_counters().await else {
        return;
    };
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let done = db.write(move |tx| {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            tx.exec(sql!("UPDATE counter SET value = value + 1 WHERE name = 'a'"), params![]).await?;
            if first {
                tx.all("SELECT pg_terminate_backend(pg_backend_pid())", params![]).await?;
            }
            Ok(())
        })
    });
    done.await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    let value =
        db.read(|tx| Box::pin(async move { Ok(tx.one("SELECT value FROM counter WHERE name = 'a'", params![]).await?.get::<i64>(0)?) }));
    assert_eq!(value.await.unwrap(), 1);
}

#[tokio::test]
async fn a_job_given_up_by_its_caller_is_rolled_back() {
    let Some(db) = with_two_counters().await else {
        return;
    };
    let given_up = tokio::time::timeout(
        std::time::Duration::from_millis(100),
        db.write(|tx| {
            Box::pin(async move {
                tx.exec("UPDATE counter SET value = 9", params![]).await?;
                std::future::pending::<anyhow::Result<()>>().await
            })
        }),
    );
    assert!(given_up.await.is_err());
    let again = db.write(|tx| {
        Box::pin(async move {
            Ok(tx.one("UPDATE counter SET value = value + 1 WHERE name = 'a' RETURNING value", params![]).await?.get::<i64>(0)?)
        })
    });
    assert_eq!(again.await.unwrap(), 1);
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let Some(db) = postgres().await else { return };
    let all = futures::future::join_all((0..4).map(|_| db.migrate(&[BASE]))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(count(&db, "migration").await, 1);
}

#[tokio::test]
async fn values_must_fit_their_column_and_long_numbers_their_type() {
    let Some(db) = with_two_counters().await else {
        return;
    };
    for params in [params!["a", "text"], params!["a", true]] {
        let done = db.write(move |tx| {
            let params = params.clone();
            Box::pin(async move { Ok(tx.exec(sql!("UPDATE counter SET value = $2 WHERE name = $1"), params).await?) })
        });
        let error = done.await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(DbError::Engine(_))), "{error}");
    }
    let sum = db.read(|tx| Box::pin(async move { Ok(tx.all("SELECT sum(value) FROM counter", params![]).await?) })).await.unwrap_err();
    assert!(sum.to_string().contains("cast"), "{sum}");
}
