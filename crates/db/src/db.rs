//! A database, whichever it is.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use futures::future::BoxFuture;

use crate::clock::Clock;
use crate::hooks::Hooks;
use crate::inline::Inline;
use crate::job::Job;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{DbError, Engine, Migration, Prepared, SqliteOptions, Tx, backup, migration, prepare};

/// A handle to the database; clones share it.
#[derive(Clone)]
pub struct Db(Arc<Shared>);

struct Shared {
    backend: Backend,
    hooks: Arc<Hooks>,
    clock: Clock,
}

enum Backend {
    Sqlite(Sqlite),
    Inline(Inline),
    Postgres(Postgres),
}

impl Db {
    /// Opens or makes a SQLite file. Nothing is written before [`Db::migrate`].
    ///
    /// # Errors
    /// [`DbError::Open`] when the file cannot be used, or SQLite is older than 3.51.3.
    pub fn open_sqlite(path: impl AsRef<Path>, options: SqliteOptions) -> std::result::Result<Db, DbError> {
        let hooks = Arc::new(Hooks::default());
        let sqlite = Sqlite::open(path.as_ref(), &options, hooks.clone())?;
        Ok(Db::new(Backend::Sqlite(sqlite), hooks, Clock::host()))
    }

    /// A database in memory, in inline mode: jobs run on the caller, every future is finished when polled once, no runtime is needed,
    /// and the clock stands at [`INLINE_START`](crate::INLINE_START) until it is set. A job must not start another.
    pub fn open_memory() -> std::result::Result<Db, DbError> {
        Ok(Db::new(Backend::Inline(Inline::open()?), Arc::default(), Clock::settable()))
    }

    /// Connects to PostgreSQL by URL or key-value string; a host that starts with `/` is a folder of Unix sockets.
    /// TLS is used, and the server verified, with `sslmode=require` or stricter (`sslrootcert` names a file of trusted certificates).
    /// `schema` is made if it is not there, and is where all tables lie.
    ///
    /// # Errors
    /// [`DbError::Open`] for a wrong URL, [`DbError::Lost`] when nobody answers, and what the server says otherwise.
    pub async fn connect_postgres(url: &str, pool_size: usize, schema: Option<String>) -> std::result::Result<Db, DbError> {
        let postgres = Postgres::connect(url, pool_size, schema).await?;
        Ok(Db::new(Backend::Postgres(postgres), Arc::default(), Clock::host()))
    }

    fn new(backend: Backend, hooks: Arc<Hooks>, clock: Clock) -> Db {
        Db(Arc::new(Shared { backend, hooks, clock }))
    }

    pub fn engine(&self) -> Engine {
        match self.0.backend {
            Backend::Sqlite(_) | Backend::Inline(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    pub fn hooks(&self) -> &Hooks {
        &self.0.hooks
    }

    /// Runs the job in a transaction and commits it; answers only after the commit. The job may be run again (on PostgreSQL up to
    /// three times after a conflict), so it must make the same values each time: `db.write(move |tx| { let x = x.clone(); Box::pin(async move { … }) })`.
    ///
    /// # Errors
    /// The job's own error, or a [`DbError`]; see [`is_unavailable`](crate::is_unavailable) and [`is_unique_violation`](crate::is_unique_violation).
    pub async fn write<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.writer.write(job).await,
            Backend::Inline(inline) => inline.write(&self.0.hooks, job),
            Backend::Postgres(postgres) => postgres.write(&self.0.hooks, &job).await,
        }
    }

    /// Two jobs, one after the other: on SQLite in one commit, on PostgreSQL in two. A failure of the second undoes nothing of the
    /// first; after a failure of the first the second is not run.
    ///
    /// # Errors
    /// The first job's error; the second's is in the answer.
    pub async fn write_pair<A, B, F, G>(&self, first: F, second: G) -> Result<(A, Result<B>)>
    where
        A: Send + 'static,
        B: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<A>> + Send + Sync + 'static,
        G: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<B>> + Send + Sync + 'static,
    {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.writer.write_pair(first, second).await,
            Backend::Inline(inline) => inline.write_pair(&self.0.hooks, first, second),
            Backend::Postgres(postgres) => {
                let done = postgres.write(&self.0.hooks, &first as &dyn Job<A>).await?;
                Ok((done, postgres.write(&self.0.hooks, &second as &dyn Job<B>).await))
            }
        }
    }

    /// Runs a read on one snapshot; it can change nothing. It is run once.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn read<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.readers.read(job).await,
            Backend::Inline(inline) => inline.read(job),
            Backend::Postgres(postgres) => postgres.read(job).await,
        }
    }

    /// The database's time in microseconds since 1970: the server's clock on PostgreSQL, the host's beside SQLite (never behind an
    /// earlier answer), the settable one in inline mode.
    ///
    /// # Errors
    /// Only on PostgreSQL, when it cannot be asked.
    pub async fn time(&self) -> std::result::Result<i64, DbError> {
        match &self.0.backend {
            Backend::Postgres(postgres) => postgres.time().await,
            Backend::Sqlite(_) | Backend::Inline(_) => Ok(self.0.clock.now()),
        }
    }

    /// Moves the clock of an inline database forward to `micros`; does nothing elsewhere.
    pub fn set_time(&self, micros: i64) {
        self.0.clock.set(micros);
    }

    /// Brings the schema up to date; `migrations` are all there are, in order. Call it before anything is written.
    /// A SQLite file that holds data is copied to `<file>.before-<name>` first.
    ///
    /// # Errors
    /// [`DbError::Migration`] when a migration fails (it then left nothing), was edited after it was applied, or the database knows
    /// one that this release does not.
    pub async fn migrate(&self, migrations: &[Migration]) -> std::result::Result<(), DbError> {
        let wanted = migrations.to_vec();
        match &self.0.backend {
            Backend::Sqlite(sqlite) => {
                let (path, now) = (sqlite.path.clone(), self.0.clock.now());
                sqlite.writer.alone(move |conn| migration::on_sqlite(conn, &wanted, Some(&path), now)).await?
            }
            Backend::Inline(inline) => migration::on_sqlite(&mut inline.conn(), &wanted, None, self.0.clock.now()),
            Backend::Postgres(postgres) => migration::on_postgres(postgres, &wanted).await,
        }
    }

    /// Writes a complete copy of a SQLite database to `path` while it is in use, replacing what is there.
    ///
    /// # Errors
    /// [`DbError::Open`] on PostgreSQL (use `pg_dump`); [`DbError::Disk`] when the copy cannot be written.
    pub async fn backup_to(&self, path: impl AsRef<Path>) -> std::result::Result<(), DbError> {
        let to = path.as_ref().to_owned();
        match &self.0.backend {
            Backend::Sqlite(sqlite) => {
                let from = sqlite.path.clone();
                let copied = tokio::task::spawn_blocking(move || backup::copy(&from, &to)).await;
                copied.map_err(|error| DbError::Panicked(error.to_string()))?
            }
            Backend::Inline(inline) => backup::copy_connection(&inline.conn(), &to),
            Backend::Postgres(_) => Err(DbError::Open("a PostgreSQL database is copied with pg_dump".to_owned())),
        }
    }

    /// Prepares every statement registered by `sql!` and `rows!`; a test calls it on both engines and compares.
    ///
    /// # Errors
    /// Only when the database cannot be reached; refusals are in the answer.
    pub async fn prepare_registered(&self) -> std::result::Result<Vec<Prepared>, DbError> {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.writer.alone(|conn| prepare::on_sqlite(conn)).await,
            Backend::Inline(inline) => Ok(prepare::on_sqlite(&inline.conn())),
            Backend::Postgres(postgres) => Ok(prepare::on_postgres(&*postgres.client().await?).await),
        }
    }
}
