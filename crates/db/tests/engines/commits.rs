//! Who is told what about which commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use anyhow::{Result, bail};
use db::hooks::{Fate, Point};
use db::{BoxFuture, Db, DbError, SqliteOptions, Tx, params, sql};

use crate::bench::{BASE, benches, count, empty};

/// What a job does after it has written its row.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Succeed,
    Fail,
    Panic,
    Wait,
    GoOnAfterError,
}

fn add(id: i64, then: Then) -> impl for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<i64>> + Send + Sync + 'static {
    move |tx| {
        Box::pin(async move {
            tx.exec(sql!("INSERT INTO counter (name, value) VALUES ($1, $2)"), params![id.to_string(), id]).await?;
            match then {
                Then::Succeed => {}
                Then::Fail => bail!("job {id} does not want to"),
                Then::Panic => panic!("job {id} panics"),
                Then::Wait => std::future::pending::<()>().await,
                Then::GoOnAfterError => {
                    let same = tx.exec(sql!("INSERT INTO counter (name, value) VALUES ($1, 0)"), params![id.to_string()]).await;
                    assert!(matches!(same, Err(DbError::Unique(_))));
                }
            }
            Ok(id)
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_job_takes_nobody_along() {
    for bench in benches().await {
        let mut jobs = Vec::new();
        for id in 0..200 {
            let then = match id % 10 {
                3 => Then::Fail,
                6 => Then::Panic,
                9 => Then::GoOnAfterError,
                _ => Then::Succeed,
            };
            let db = bench.db.clone();
            jobs.push((then, tokio::spawn(async move { db.write(add(id, then)).await })));
        }
        let mut told = BTreeMap::new();
        for (then, job) in jobs {
            let answer = job.await.unwrap();
            assert_eq!(answer.is_ok(), then == Then::Succeed, "{}", bench.name);
            let word = match answer.as_ref().err().and_then(|error| error.downcast_ref::<DbError>()) {
                _ if answer.is_ok() => "ok",
                Some(DbError::Panicked(text)) if text.ends_with("panics") => "panicked",
                Some(DbError::Doomed(_)) => "doomed",
                _ => "own error",
            };
            *told.entry(word).or_insert(0) += 1;
        }
        assert_eq!(told, BTreeMap::from([("ok", 140), ("panicked", 20), ("doomed", 20), ("own error", 20)]), "{}", bench.name);
        assert_eq!(count(&bench.db, "counter").await, 140, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_job_may_wait_for_nothing_but_its_transaction() {
    for bench in benches().await.into_iter().filter(|bench| bench.name != "postgres") {
        let error = bench.db.write(add(1, Then::Wait)).await.unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&DbError::Waited), "{}", bench.name);
        assert_eq!(count(&bench.db, "counter").await, 0);
    }
}

#[tokio::test]
async fn of_a_pair_the_first_stands_without_the_second() {
    for bench in benches().await {
        let (first, second) = bench.db.write_pair(add(1, Then::Succeed), add(2, Then::Succeed)).await.unwrap();
        assert_eq!((first, second.unwrap()), (1, 2));
        for (id, then) in [(3, Then::Fail), (5, Then::Panic), (7, Then::GoOnAfterError)] {
            let (first, second) = bench.db.write_pair(add(id, Then::Succeed), add(id + 1, then)).await.unwrap();
            assert!(first == id && second.is_err(), "{}", bench.name);
        }
        assert!(bench.db.write_pair(add(9, Then::Fail), add(10, Then::Succeed)).await.is_err());
        assert_eq!(count(&bench.db, "counter").await, 5, "{}", bench.name);
    }
}

/// Counts commits, and can end one.
fn watch(db: &Db, die_at: Option<Point>) -> Arc<AtomicU32> {
    let commits = Arc::new(AtomicU32::new(0));
    let counted = commits.clone();
    db.hooks().at_commit(move |point| {
        counted.fetch_add(u32::from(point == Point::AfterCommit), Ordering::SeqCst);
        if die_at == Some(point) { Fate::Die } else { Fate::Go }
    });
    commits
}

#[tokio::test]
async fn a_pair_is_one_commit_on_sqlite_and_two_on_postgres() {
    for bench in benches().await {
        let commits = watch(&bench.db, None);
        bench.db.write_pair(add(1, Then::Succeed), add(2, Then::Succeed)).await.unwrap().1.unwrap();
        assert_eq!(commits.load(Ordering::SeqCst), if bench.name == "postgres" { 2 } else { 1 }, "{}", bench.name);
    }
}

#[tokio::test]
async fn an_end_before_the_commit_leaves_nothing_and_after_it_everything() {
    for bench in benches().await {
        for (point, kept) in [(Point::BeforeCommit, 0), (Point::AfterCommit, 1)] {
            watch(&bench.db, Some(point));
            let error = bench.db.write(add(1, Then::Succeed)).await.unwrap_err();
            assert!(db::is_unavailable(&error) && error.downcast_ref() == Some(&DbError::Interrupted));
            watch(&bench.db, None);
            assert_eq!(count(&bench.db, "counter").await, kept, "{} {point:?}", bench.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_writes_share_a_commit_and_a_full_queue_is_told() {
    let options = SqliteOptions { queue: 64, ..SqliteOptions::default() };
    let bench = empty(options).await.remove(0);
    bench.db.migrate(&[BASE]).await.unwrap();
    let commits = watch(&bench.db, None);
    // The first job holds the writer until all others have asked.
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let blocking = bench.db.write(move |tx| {
        held.lock().unwrap().recv().unwrap();
        Box::pin(async move { add(1_000, Then::Succeed)(tx).await })
    });
    let mut blocking = Box::pin(blocking);
    assert!(futures::poll!(&mut blocking).is_pending());
    let mut waiting: Vec<_> = (0..80).map(|id| Box::pin(bench.db.write(add(id, Then::Succeed)))).collect();
    let mut refused = 0;
    let mut pending = Vec::new();
    for mut job in waiting.drain(..) {
        match futures::poll!(&mut job) {
            std::task::Poll::Ready(answer) => {
                assert!(matches!(answer.unwrap_err().downcast_ref(), Some(DbError::Busy(_))));
                refused += 1;
            }
            std::task::Poll::Pending => pending.push(job),
        }
    }
    hold.send(()).unwrap();
    blocking.await.unwrap();
    for job in pending {
        job.await.unwrap();
    }
    assert!((14..=17).contains(&refused), "64 wait, {refused} are refused");
    assert!(commits.load(Ordering::SeqCst) < 10, "{commits:?} commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_sees_one_moment_and_changes_nothing() {
    for bench in benches().await {
        bench.db.write(add(1, Then::Succeed)).await.unwrap();
        let error = bench.db.read(|tx| Box::pin(async move { add(2, Then::Succeed)(tx).await })).await.unwrap_err();
        assert!(!db::is_unavailable(&error), "{}: {error}", bench.name);
        assert_eq!(count(&bench.db, "counter").await, 1);
        if bench.name == "memory" {
            continue; // one connection: nothing can be written beside a read
        }
        let (read_once, written) = (tokio::sync::oneshot::channel(), std::sync::mpsc::channel());
        let (db, (send, go_on)) = (bench.db.clone(), (read_once.0, written.1));
        let writer = tokio::spawn(async move {
            read_once.1.await.unwrap();
            db.write(add(2, Then::Succeed)).await.unwrap();
            written.0.send(()).unwrap();
        });
        let counts = tokio::task::spawn_blocking({
            let db = bench.db.clone();
            move || {
                tokio::runtime::Handle::current().block_on(db.read(move |tx| {
                    Box::pin(async move {
                        let sql = sql!("SELECT count(*) FROM counter");
                        let before: i64 = tx.one(sql, params![]).await?.get(0)?;
                        send.send(()).unwrap();
                        tokio::task::block_in_place(|| go_on.recv().unwrap());
                        Ok((before, tx.one(sql, params![]).await?.get::<i64>(0)?))
                    })
                }))
            }
        });
        let counts = counts.await.unwrap().unwrap();
        writer.await.unwrap();
        assert_eq!(counts, (1, 1), "{}", bench.name);
    }
}

#[tokio::test]
async fn time_never_goes_back() {
    for bench in benches().await {
        let last = AtomicI64::new(0);
        for _ in 0..50 {
            let now = bench.db.time().await.unwrap();
            assert!(now >= last.swap(now, Ordering::SeqCst) && now > 1_700_000_000_000_000, "{}", bench.name);
        }
    }
}
