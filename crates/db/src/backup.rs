//! A copy of a SQLite file while it is in use: one snapshot, complete and synced before it gets its name.

use std::fs::{File, rename};
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::DbError;

/// Copies the whole file in one read transaction, which holds up no writer.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), DbError> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    copy_connection(&source, to)
}

/// As [`copy`], from an open connection.
pub(crate) fn copy_connection(source: &Connection, to: &Path) -> Result<(), DbError> {
    let failed = |error: std::io::Error| DbError::Disk(format!("cannot write {}: {error}", to.display()));
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(failed)?;
    }
    {
        let mut target = Connection::open(&unfinished)?;
        // All pages in one step: a copy in several would start again at every commit beside it.
        let step = Backup::new(source, &mut target)?.step(-1)?;
        if step != StepResult::Done {
            return Err(DbError::Busy("the database is locked, no copy was made".to_owned()));
        }
        // The copy is one file that can be moved about, without a log beside it.
        target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    }
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(failed)?;
    rename(&unfinished, to).map_err(failed)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
