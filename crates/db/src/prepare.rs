//! Preparing every registered statement against a real database: what stands in for checks at compile time.

use crate::{DbError, Statement, dialect, pg, registered};

/// What one engine said about one registered statement.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// `file:line`.
    pub at: &'static str,
    /// Names of the columns it answers with, or why the engine refuses it.
    pub columns: Result<Vec<String>, DbError>,
}

/// Registered statements with their texts, by place, each once.
fn all() -> Vec<(&'static str, Statement)> {
    let mut found: Vec<_> = registered().map(|one| (one.at, one.texts())).collect();
    found.sort_by_key(|(at, statement)| (*at, statement.pg));
    found.dedup();
    found
}

pub(crate) fn on_sqlite(conn: &rusqlite::Connection) -> Vec<Prepared> {
    let columns = |sql: &'static str| -> Result<Vec<String>, DbError> {
        let statement = conn.prepare(dialect::sqlite(sql))?;
        Ok(statement.column_names().map(str::to_owned).collect())
    };
    all().into_iter().map(|(at, statement)| Prepared { at, columns: columns(statement.sqlite) }).collect()
}

pub(crate) async fn on_postgres(client: &tokio_postgres::Client) -> Vec<Prepared> {
    let mut answers = Vec::new();
    for (at, statement) in all() {
        let columns = match client.prepare(statement.pg).await {
            Ok(prepared) => pg::columns_known(&prepared),
            Err(error) => Err(DbError::from(error)),
        };
        answers.push(Prepared { at, columns });
    }
    answers
}
