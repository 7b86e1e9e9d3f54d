//! A job: a closure over values that runs in one transaction. Here it runs on a SQLite connection, whole, in one poll.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use anyhow::Result;
use futures::future::BoxFuture;
use rusqlite::Connection;

use crate::{DbError, Tx};

/// Something that can run in a transaction, more than once.
pub trait Job<T>: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static {}

impl<T, F> Job<T> for F where F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static {}

/// Runs the job in a savepoint of an open transaction; after an error it has left nothing behind.
/// The caller then asks whether the transaction still exists, since a full disk takes all of it.
pub(crate) fn in_savepoint<T>(conn: &mut Connection, job: &dyn Job<T>) -> Result<T> {
    run(conn, "SAVEPOINT job")?;
    let result = once(conn, |tx| job(tx));
    let released = match &result {
        Ok(_) => run(conn, "RELEASE job"),
        Err(_) if conn.is_autocommit() => Ok(()),
        Err(_) => run(conn, "ROLLBACK TO job").and_then(|()| run(conn, "RELEASE job")),
    };
    match (result, released) {
        (Ok(_), Err(error)) => Err(error.into()),
        (result, _) => result,
    }
}

/// Polls the job's future once. A panic, a wait, or going on after a failed statement is an error.
pub(crate) fn once<T>(conn: &mut Connection, job: impl for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>>) -> Result<T> {
    let mut tx = Tx::sqlite(conn);
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut future = job(&mut tx);
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }));
    match polled {
        Ok(Poll::Ready(result)) => judged(&tx, result),
        Ok(Poll::Pending) => Err(DbError::Waited.into()),
        Err(panic) => Err(panicked(&*panic).into()),
    }
}

/// On PostgreSQL a failed statement has ended the transaction whatever the job thinks of it; so be it on both engines.
pub(crate) fn judged<T>(tx: &Tx<'_>, result: Result<T>) -> Result<T> {
    match (result, tx.doomed()) {
        (Ok(_), Some(why)) => Err(DbError::Doomed(why.to_string()).into()),
        (result, _) => result,
    }
}

pub(crate) fn panicked(panic: &(dyn Any + Send)) -> DbError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    DbError::Panicked(text.unwrap_or_else(|| "without a message".to_owned()))
}

/// Runs one of the few statements that steer transactions.
pub(crate) fn run(conn: &Connection, sql: &'static str) -> std::result::Result<(), DbError> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}
