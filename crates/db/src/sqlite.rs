//! Opening a SQLite file: one connection that writes, a few that read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::DbError;
use crate::hooks::Hooks;
use crate::readers::Readers;
use crate::writer::Writer;

/// 3.51.3 repaired a WAL reset that could lose commits.
const OLDEST: i32 = 3_051_003;
/// Prepared statements kept by each connection.
const STATEMENTS: usize = 1_000;

/// How a SQLite file is used. The defaults suit a server.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// Read-only connections, hence reads at the same time.
    pub readers: usize,
    /// Writes that may wait; one more is answered [`DbError::Busy`].
    pub queue: usize,
    /// Most jobs in one commit.
    pub group: usize,
    /// How long to wait for another process's write, in milliseconds.
    pub busy_timeout_ms: u64,
    /// Largest size of the file, in pages of 4 KiB; the file is then as full as a full disk.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        SqliteOptions { readers: 4, queue: 4_096, group: 256, busy_timeout_ms: 5_000, max_pages: None }
    }
}

/// An open SQLite file.
pub(crate) struct Sqlite {
    pub path: PathBuf,
    pub writer: Writer,
    pub readers: Readers,
}

impl Sqlite {
    pub fn open(path: &Path, options: &SqliteOptions, hooks: Arc<Hooks>) -> Result<Self, DbError> {
        let failed = |error: DbError| DbError::Open(format!("cannot open {}: {error}", path.display()));
        let writer = writing(path, options).map_err(failed)?;
        let mut readers = Vec::new();
        for _ in 0..options.readers.max(1) {
            readers.push(reading(path, options).map_err(failed)?);
        }
        let writer = Writer::start(writer, options, hooks)?;
        Ok(Sqlite { path: path.to_owned(), writer, readers: Readers::new(readers) })
    }
}

fn writing(path: &Path, options: &SqliteOptions) -> Result<Connection, DbError> {
    let conn = Connection::open(path)?;
    prepared(&conn)?;
    conn.busy_timeout(Duration::from_millis(options.busy_timeout_ms))?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(DbError::Open(format!("the file system does not allow a write-ahead log, it stays in mode {mode}")));
    }
    // A checkpoint writes each page once, however often it changed: every 16 MiB of log instead of every 4.
    conn.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -32768;",
    )?;
    if let Some(pages) = options.max_pages {
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    Ok(conn)
}

fn reading(path: &Path, options: &SqliteOptions) -> Result<Connection, DbError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    prepared(&conn)?;
    conn.busy_timeout(Duration::from_millis(options.busy_timeout_ms))?;
    Ok(conn)
}

/// A database that lives in this connection only.
pub(crate) fn in_memory() -> Result<Connection, DbError> {
    let conn = Connection::open_in_memory()?;
    prepared(&conn)?;
    Ok(conn)
}

fn prepared(conn: &Connection) -> Result<(), DbError> {
    if rusqlite::version_number() < OLDEST {
        return Err(DbError::Open(format!("SQLite {} is too old, 3.51.3 or newer is needed", rusqlite::version())));
    }
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans do not look at bound values: otherwise each new value of a partial index's column or of LIMIT parses the statement again.
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")?;
    Ok(())
}
