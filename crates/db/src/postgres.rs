//! A pool of PostgreSQL connections: one transaction for each job, run again when another was in the way.

use std::hash::{BuildHasher as _, RandomState};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::Result;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType, Timeouts};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio_postgres::{Config, NoTls};

use crate::hooks::{Fate, Hooks, Point};
use crate::job::{Job, judged, panicked};
use crate::session::Session;
use crate::{DbError, Tx, tls};

/// How often a job is run again after a conflict.
const RETRIES: u32 = 3;
/// A job that finds no free connection for this long is answered [`DbError::Busy`].
const PATIENCE: Duration = Duration::from_secs(5);
/// Jobs that may wait for a connection; one more is answered [`DbError::Busy`].
const WAITING: usize = 4_096;

pub(crate) struct Postgres {
    pub pool: Pool,
    pub schema: Option<String>,
}

impl Postgres {
    /// Connects once, so that a wrong URL is told now, and makes the schema if it is not there.
    pub async fn connect(url: &str, size: usize, schema: Option<String>) -> std::result::Result<Self, DbError> {
        let (url, asked) = tls::take_out(url);
        let mut config: Config = url.parse().map_err(|error| DbError::Open(format!("cannot read the PostgreSQL URL: {error}")))?;
        config.options(settings(config.get_options(), schema.as_deref())?);
        config.connect_timeout(PATIENCE);
        if config.get_application_name().is_none() {
            config.application_name("seaway");
        }
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if asked.tls {
            config.ssl_mode(tokio_postgres::config::SslMode::Require);
            Manager::from_config(config, tls::connector(&asked)?, how)
        } else {
            config.ssl_mode(tokio_postgres::config::SslMode::Disable);
            Manager::from_config(config, NoTls, how)
        };
        let timeouts = Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) };
        let pool = Pool::builder(manager).max_size(size.max(1)).runtime(Runtime::Tokio1).timeouts(timeouts).build();
        let pool = pool.map_err(|error| DbError::Open(error.to_string()))?;
        let postgres = Postgres { pool, schema };
        postgres.make_schema().await?;
        Ok(postgres)
    }

    async fn make_schema(&self) -> std::result::Result<(), DbError> {
        let client = self.client().await?;
        let Some(schema) = &self.schema else {
            return Ok(());
        };
        if client.query_one("SELECT to_regnamespace($1) IS NOT NULL", &[schema]).await?.try_get(0)? {
            return Ok(());
        }
        match client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await.map_err(DbError::from) {
            // Another node made it at the same moment.
            Err(DbError::Unique(_)) => Ok(()),
            made => made,
        }
    }

    pub async fn client(&self) -> std::result::Result<Object, DbError> {
        if self.pool.status().waiting >= WAITING {
            return Err(DbError::Busy(format!("{WAITING} jobs wait for a connection")));
        }
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => DbError::Busy("all connections are taken".to_owned()),
            PoolError::Timeout(_) => DbError::Lost("PostgreSQL does not answer".to_owned()),
            PoolError::Backend(error) => DbError::from(error),
            other => DbError::Lost(other.to_string()),
        })
    }

    pub async fn write<T>(&self, hooks: &Hooks, job: &dyn Job<T>) -> Result<T> {
        let mut tries = 0;
        loop {
            let (result, again) = self.write_once(hooks, job).await;
            if !again || tries == RETRIES {
                return result;
            }
            tries += 1;
            tokio::time::sleep(jitter(tries)).await;
        }
    }

    /// Also answers whether the job may be run again: another transaction was in the way, or the connection was lost before COMMIT.
    async fn write_once<T>(&self, hooks: &Hooks, job: &dyn Job<T>) -> (Result<T>, bool) {
        let client = match self.client().await {
            Ok(client) => client,
            Err(error) => return (Err(error.into()), false),
        };
        let mut tx = Tx::postgres(Session::write(&client));
        let result = match AssertUnwindSafe(async { job(&mut tx).await }).catch_unwind().await {
            Ok(result) => judged(&tx, result),
            Err(panic) => Err(panicked(&*panic).into()),
        };
        let stale = |error: &DbError| {
            if matches!(error, DbError::Conflict(_)) {
                // A plan made before a migration is stale for good; the others are soon made again.
                client.statement_cache.clear();
            }
        };
        if result.is_err() {
            tx.doomed().into_iter().for_each(stale);
            return (result, tx.doomed().is_some_and(may_run_again));
        }
        if hooks.reach(Point::BeforeCommit) == Fate::Die {
            return (Err(DbError::Interrupted.into()), false);
        }
        if let Err(error) = tx.commit().await {
            stale(&error);
            return (Err(error.clone().into()), may_run_again(&error));
        }
        match hooks.reach(Point::AfterCommit) {
            Fate::Go => (result, false),
            Fate::Die => (Err(DbError::Interrupted.into()), false),
        }
    }

    pub async fn read<T>(&self, job: impl for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>>) -> Result<T> {
        let client = self.client().await?;
        let mut tx = Tx::postgres(Session::read(&client));
        match AssertUnwindSafe(async { job(&mut tx).await }).catch_unwind().await {
            Ok(result) => judged(&tx, result),
            Err(panic) => Err(panicked(&*panic).into()),
        }
    }

    /// The server's clock, in microseconds since 1970.
    pub async fn time(&self) -> std::result::Result<i64, DbError> {
        let client = self.client().await?;
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query_one(&statement, &[]).await?.try_get(0)?)
    }
}

fn may_run_again(error: &DbError) -> bool {
    matches!(error, DbError::Conflict(_) | DbError::Lost(_))
}

/// 5 to 20 ms after the first conflict, up to four times that after the third.
fn jitter(tries: u32) -> Duration {
    let random = RandomState::new().hash_one(tries) % 16;
    Duration::from_millis((5 + random) << (tries - 1))
}

/// What every connection of ours starts with.
fn settings(given: Option<&str>, schema: Option<&str>) -> std::result::Result<String, DbError> {
    let mut options = "-c synchronous_commit=on -c lock_timeout=1000 -c idle_in_transaction_session_timeout=60000".to_owned();
    if let Some(schema) = schema {
        let plain = schema.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if schema.is_empty() || schema.len() > 63 || !plain || schema.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(DbError::Open(format!("the schema name {schema:?} is not of a-z, 0-9 and _")));
        }
        options.push_str(&format!(" -c search_path={schema}"));
    }
    // What the URL asks for comes last, so it wins.
    if let Some(given) = given {
        options.push_str(&format!(" {given}"));
    }
    Ok(options)
}
