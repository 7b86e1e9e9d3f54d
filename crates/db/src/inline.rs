//! A database in memory whose jobs run on the caller: every future is finished when polled once, and no runtime is needed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use futures::future::BoxFuture;
use rusqlite::Connection;

use crate::hooks::Hooks;
use crate::job::{Job, in_savepoint, run};
use crate::readers::snapshot;
use crate::writer::{commit, pair, settled};
use crate::{DbError, Tx, sqlite};

pub(crate) struct Inline {
    conn: Mutex<Connection>,
}

impl Inline {
    pub fn open() -> std::result::Result<Self, DbError> {
        Ok(Inline { conn: Mutex::new(sqlite::in_memory()?) })
    }

    /// The connection. A job that panicked was rolled back, so a poisoned lock is still good.
    pub fn conn(&self) -> MutexGuard<'_, Connection> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn write<T>(&self, hooks: &Hooks, job: impl Job<T>) -> Result<T> {
        self.group(hooks, |conn| in_savepoint(conn, &job))
    }

    pub fn write_pair<A, B>(&self, hooks: &Hooks, first: impl Job<A>, second: impl Job<B>) -> Result<(A, Result<B>)> {
        self.group(hooks, |conn| pair(conn, &first, &second))
    }

    pub fn read<T>(&self, job: impl for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>>) -> Result<T> {
        let mut conn = self.conn();
        run(&conn, "PRAGMA query_only = 1")?;
        let result = snapshot(&mut conn, job);
        run(&conn, "PRAGMA query_only = 0")?;
        result
    }

    fn group<T>(&self, hooks: &Hooks, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut conn = self.conn();
        run(&conn, "BEGIN IMMEDIATE")?;
        let outcome = Some(work(&mut conn));
        let committed = commit(&mut conn, hooks);
        settled(outcome, &committed)
    }
}
