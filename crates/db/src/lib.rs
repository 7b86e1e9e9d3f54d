//! A thin layer over two drivers: SQLite (embedded, one writer, group commit) and PostgreSQL (pooled, set-based).
//!
//! Invariants:
//! - Nobody is answered before the commit that holds their write; a job that failed left nothing behind.
//! - A statement that failed dooms its job on both engines: what PostgreSQL would refuse, SQLite refuses too.
//! - A job awaits nothing but its [`Tx`], and may run again: it must be a function of what it captured.
//! - SQL is written once with `$1..$n`; the differences between the engines live in `dialect.rs`.
//! - Times are microseconds since 1970, UTC, in `i64`; [`Db::time`] is the only place that asks for one.
//!
//! It knows no noun: no table, no workspace, no rule of the product. It reads no environment and no configuration file.

mod backup;
mod clock;
mod db;
mod dialect;
mod error;
pub mod hooks;
mod inline;
mod job;
mod keys;
mod lite;
mod migration;
mod pg;
mod postgres;
mod prepare;
mod readers;
mod row;
mod rows;
mod session;
mod sqlite;
mod statement;
mod tls;
mod tx;
mod value;
mod writer;

pub use clock::INLINE_START;
pub use db::Db;
pub use error::{DbError, is_conflict, is_disk_full, is_fate_unknown, is_unavailable, is_unique_violation};
pub use futures::future::BoxFuture;
pub use migration::Migration;
pub use prepare::Prepared;
pub use row::{FromValue, Row};
pub use rows::Rows;
pub use sqlite::SqliteOptions;
pub use statement::{Registered, Statement, registered};
pub use tx::{Ask, Engine, Tx, statements_run};
pub use value::{IntoValue, Value};

/// What the macros expand to; not for hands.
#[doc(hidden)]
pub mod macros {
    pub use inventory;
}
