//! Inline mode: no runtime, one poll.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use db::{Db, INLINE_START, params, sql};

use crate::bench::BASE;

/// Polls once, with nobody to wake.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("must be finished when polled once"),
    }
}

#[test]
fn everything_is_finished_when_polled_once() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_memory().unwrap();
    now(db.migrate(&[BASE])).unwrap();
    let add = |name: &'static str| {
        db.write(move |tx| {
            Box::pin(async move { Ok(tx.exec(sql!("INSERT INTO counter (name, value) VALUES ($1, 1)"), params![name]).await?) })
        })
    };
    assert_eq!(now(add("a")).unwrap(), 1);
    assert!(now(add("a")).is_err());
    let pair = db.write_pair(
        |tx| Box::pin(async move { Ok(tx.exec("DELETE FROM counter", params![]).await?) }),
        |_| Box::pin(async move { anyhow::bail!("no") as anyhow::Result<()> }),
    );
    assert!(matches!(now(pair), Ok((1, Err(_)))));
    let left = now(db.read(|tx| Box::pin(async move { Ok(tx.all("SELECT name FROM counter", params![]).await?.len()) }))).unwrap();
    assert_eq!(left, 0);
    now(db.backup_to(folder.path().join("copy.db"))).unwrap();
    assert!(folder.path().join("copy.db").exists());
}

#[test]
fn the_clock_is_set_and_never_goes_back() {
    let db = Db::open_memory().unwrap();
    assert_eq!(now(db.time()), Ok(INLINE_START));
    db.set_time(INLINE_START + 5);
    db.set_time(INLINE_START + 2);
    assert_eq!(now(db.time()), Ok(INLINE_START + 5));
}
