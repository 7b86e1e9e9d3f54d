//! Read-only SQLite connections: each read is one transaction, hence one snapshot, on a blocking thread.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use futures::future::BoxFuture;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::job::{once, run};
use crate::{DbError, Tx};

/// A read that finds no free connection for this long is answered [`DbError::Busy`].
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub fn new(connections: Vec<Connection>) -> Self {
        let free = Arc::new(Semaphore::new(connections.len()));
        Readers { idle: Arc::new(Mutex::new(connections)), free }
    }

    pub async fn read<T: Send + 'static>(
        &self,
        job: impl for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
    ) -> Result<T> {
        let busy = || DbError::Busy("all readers are taken".to_owned());
        let permit = tokio::time::timeout(PATIENCE, self.free.clone().acquire_owned()).await.map_err(|_| busy())?;
        let (permit, idle) = (permit.map_err(|_| busy())?, self.idle.clone());
        // The connection goes back inside the task: a caller who stops waiting must not take it away.
        let read = tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut conn) = taken else {
                return Err(busy().into());
            };
            let result = snapshot(&mut conn, job);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
            drop(permit);
            result
        });
        read.await.map_err(|error| DbError::Panicked(error.to_string()))?
    }
}

/// Runs a read in a transaction of its own, which leaves nothing behind.
pub(crate) fn snapshot<T>(conn: &mut Connection, job: impl for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>>) -> Result<T> {
    run(conn, "BEGIN")?;
    let result = once(conn, job);
    if !conn.is_autocommit() {
        run(conn, "ROLLBACK")?;
    }
    result
}
