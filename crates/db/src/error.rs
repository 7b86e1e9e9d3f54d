//! What can go wrong, in words both engines share. No message holds a parameter's value.

use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

use crate::Value;

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DbError {
    /// A unique index or primary key refused a row; `table.column, table.column` on both engines.
    #[error("a row with the same {0} exists already")]
    Unique(String),
    /// A foreign key, check or not-null constraint refused a row.
    #[error("a constraint refused the row: {0}")]
    Constraint(String),
    /// A queue is full, or a lock or a connection was waited for too long. Nothing was written.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// No room on the disk. Nothing was written.
    #[error("the disk is full")]
    Full,
    /// The disk failed to read or write.
    #[error("the disk failed: {0}")]
    Disk(String),
    /// The connection to PostgreSQL was lost before the commit. Nothing was written.
    #[error("the connection to the database was lost: {0}")]
    Lost(String),
    /// The commit this job was part of did not happen. Nothing was written.
    #[error("not committed: {0}")]
    NotCommitted(String),
    /// The connection was lost while committing: it may or may not have happened.
    #[error("the connection was lost while committing, so the outcome is unknown: {0}")]
    FateUnknown(String),
    /// Another transaction was in the way (40001, 40P01, 55P03), also after running again. Nothing was written.
    #[error("another transaction was in the way: {0}")]
    Conflict(String),
    /// A job went on after one of its statements had failed; it was rolled back.
    #[error("rolled back, because a statement of the job had failed: {0}")]
    Doomed(String),
    /// A job panicked; it was rolled back.
    #[error("the job panicked: {0}")]
    Panicked(String),
    /// A job awaited something other than its transaction; it was rolled back.
    #[error("the job waited for something other than its transaction")]
    Waited,
    /// The second job of a pair, whose first failed.
    #[error("not run, because the job before it failed")]
    NotRun,
    /// A hook ended the process here; used by the simulation.
    #[error("interrupted at a commit")]
    Interrupted,
    /// A row has no such column, or its value is of another kind.
    #[error("{0}")]
    Column(String),
    /// A statement that must answer with a row answered with none.
    #[error("no row where one was expected: {0}")]
    NoRow(String),
    /// A migration cannot be applied, or the database belongs to another release.
    #[error("{0}")]
    Migration(String),
    /// The database cannot be opened as asked.
    #[error("{0}")]
    Open(String),
    /// Anything else the engine said.
    #[error("{0}")]
    Engine(String),
}

impl DbError {
    /// For [`FromValue`](crate::FromValue): the value is of another kind than wanted.
    pub fn kind_mismatch(wanted: &str, found: &Value) -> Self {
        DbError::Column(format!("wanted {wanted}, found {}", found.kind()))
    }

    /// The same call may succeed later: callers answer 503.
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            DbError::Busy(_)
                | DbError::Full
                | DbError::Disk(_)
                | DbError::Lost(_)
                | DbError::NotCommitted(_)
                | DbError::FateUnknown(_)
                | DbError::Conflict(_)
                | DbError::Interrupted
        )
    }
}

fn find(error: &anyhow::Error) -> Option<&DbError> {
    error.chain().find_map(|cause| cause.downcast_ref::<DbError>())
}

/// The columns (`table.a, table.b`) of the unique index that refused a row, if that is what happened.
pub fn is_unique_violation(error: &anyhow::Error) -> Option<&str> {
    match find(error) {
        Some(DbError::Unique(columns)) => Some(columns),
        _ => None,
    }
}

/// Full queue, full disk, lost connection, lasting conflict: callers answer 503 with Retry-After.
pub fn is_unavailable(error: &anyhow::Error) -> bool {
    find(error).is_some_and(DbError::is_unavailable)
}

/// No room for another row. Reading goes on.
pub fn is_disk_full(error: &anyhow::Error) -> bool {
    matches!(find(error), Some(DbError::Full))
}

/// The connection was lost while committing: whoever must know reads whether it happened.
pub fn is_fate_unknown(error: &anyhow::Error) -> bool {
    matches!(find(error), Some(DbError::FateUnknown(_)))
}

/// Another transaction was in the way, also after running again.
pub fn is_conflict(error: &anyhow::Error) -> bool {
    matches!(find(error), Some(DbError::Conflict(_)))
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        const UNIQUE: [i32; 3] =
            [rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE, rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY, rusqlite::ffi::SQLITE_CONSTRAINT_ROWID];
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return DbError::Engine(error.to_string());
        };
        let text = message.clone().unwrap_or_else(|| failure.to_string());
        match failure.code {
            ErrorCode::ConstraintViolation if UNIQUE.contains(&failure.extended_code) => {
                DbError::Unique(text.trim_start_matches("UNIQUE constraint failed: ").to_owned())
            }
            ErrorCode::ConstraintViolation => DbError::Constraint(text),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => DbError::Busy(text),
            ErrorCode::DiskFull => DbError::Full,
            ErrorCode::SystemIoFailure => DbError::Disk(format!("{text} ({})", failure.extended_code)),
            _ => DbError::Engine(text),
        }
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            let lost = error.is_closed() || std::error::Error::source(&error).is_some_and(|why| why.is::<std::io::Error>());
            let text = with_sources(&error);
            return if lost { DbError::Lost(text) } else { DbError::Engine(text) };
        };
        let text = format!("{} ({})", told.message(), told.code().code());
        let code = told.code();
        // A plan prepared before a migration is stale; a new run prepares it again.
        let stale_plan = *code == SqlState::FEATURE_NOT_SUPPORTED && told.message().contains("cached plan");
        if *code == SqlState::UNIQUE_VIOLATION {
            DbError::Unique(unique_columns(told))
        } else if code.code().starts_with("23") {
            DbError::Constraint(text)
        } else if stale_plan
            || [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::LOCK_NOT_AVAILABLE].contains(code)
        {
            DbError::Conflict(text)
        } else if *code == SqlState::DISK_FULL {
            DbError::Full
        } else if *code == SqlState::IO_ERROR {
            DbError::Disk(text)
        } else if *code == SqlState::TOO_MANY_CONNECTIONS {
            DbError::Busy(text)
        } else if code.code().starts_with("57P") || code.code().starts_with("08") {
            DbError::Lost(text)
        } else {
            DbError::Engine(text)
        }
    }
}

/// PostgreSQL names the index; its detail, `Key (a, b)=(…) …` in any language, names the columns as SQLite does.
fn unique_columns(told: &tokio_postgres::error::DbError) -> String {
    let columns = told.detail().and_then(|detail| {
        let (_, from) = detail.split_once('(')?;
        let (columns, _) = from.split_once(")=(")?;
        Some(columns.replace('"', ""))
    });
    match (told.table(), columns) {
        (Some(table), Some(columns)) => columns.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", "),
        _ => told.constraint().unwrap_or("key").to_owned(),
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(why) = cause {
        text.push_str(": ");
        text.push_str(&why.to_string());
        cause = why.source();
    }
    text
}
