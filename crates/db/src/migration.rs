//! Migrations: numbered texts, applied once each, in order, one transaction for each.
//!
//! A text is PostgreSQL's SQL; lines `-- sqlite:`, `-- pg:` and `-- all:` switch between blocks for one engine and for both.
//! A text with the line `-- outside a transaction` holds one PostgreSQL statement that must run so (`CREATE INDEX CONCURRENTLY`).

use std::path::Path;

use deadpool_postgres::Object;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::postgres::Postgres;
use crate::{DbError, Engine, backup, dialect};

type Result<T> = std::result::Result<T, DbError>;

/// One step of the schema. Names sort in the order in which they are applied (`0001_base`, `0002_…`).
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub name: &'static str,
    pub sql: &'static str,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, checksum text NOT NULL, applied_at bigint NOT NULL);";
const ALONE: &str = "-- outside a transaction";

impl Migration {
    fn checksum(&self) -> String {
        Sha256::digest(self.sql.replace("\r\n", "\n")).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn text(&self, engine: Engine) -> String {
        let common = block(self.sql, engine);
        match engine {
            Engine::Sqlite => dialect::sqlite_schema(&common),
            Engine::Postgres => common,
        }
    }

    fn failed(&self, error: &DbError) -> DbError {
        DbError::Migration(format!("migration {} failed and changed nothing: {error}", self.name))
    }
}

/// The lines meant for this engine.
fn block(sql: &str, engine: Engine) -> String {
    let mut ours = true;
    let mut text = String::with_capacity(sql.len());
    for line in sql.lines() {
        match line.trim() {
            "-- sqlite:" => ours = engine == Engine::Sqlite,
            "-- pg:" => ours = engine == Engine::Postgres,
            "-- all:" => ours = true,
            _ if ours => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    text
}

/// Compares what a database has (name, checksum) with what there is; answers what is still to do.
fn pending<'m>(applied: &[(String, String)], wanted: &'m [Migration]) -> Result<&'m [Migration]> {
    if let Some(pair) = wanted.windows(2).find(|pair| pair[0].name >= pair[1].name) {
        return Err(DbError::Migration(format!("migration {} must come after {}", pair[1].name, pair[0].name)));
    }
    for (name, checksum) in applied {
        let Some(known) = wanted.iter().find(|one| one.name == name) else {
            return Err(DbError::Migration(format!(
                "the database has the migration {name}, which this release does not know; it was written by a newer release, start that one"
            )));
        };
        if known.checksum() != *checksum {
            return Err(DbError::Migration(format!("migration {name} was edited after it had been applied to this database")));
        }
    }
    match wanted.iter().take(applied.len()).find(|one| applied.iter().all(|(name, _)| name != one.name)) {
        Some(missed) => Err(DbError::Migration(format!("migration {} was put in before ones that are applied already", missed.name))),
        None => Ok(&wanted[applied.len()..]),
    }
}

/// `file` is where the database lies, if it lies anywhere; `now` is written beside each migration.
pub(crate) fn on_sqlite(conn: &mut Connection, wanted: &[Migration], file: Option<&Path>, now: i64) -> Result<()> {
    conn.execute_batch(&dialect::sqlite_schema(TABLE))?;
    let applied = {
        let mut statement = conn.prepare("SELECT name, checksum FROM migration ORDER BY name")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(String, String)>>>()?
    };
    let todo = pending(&applied, wanted)?;
    if let (Some(file), Some(first), false) = (file, todo.first(), applied.is_empty()) {
        let mut copy = file.as_os_str().to_owned();
        copy.push(format!(".before-{}", first.name));
        backup::copy(file, Path::new(&copy))?;
    }
    // Rebuilding a table drops the old one; with foreign keys on that would take its children along. They are checked before the commit.
    conn.execute_batch("PRAGMA foreign_keys = OFF")?;
    let done = todo.iter().try_for_each(|one| apply(conn, one, now).map_err(|error| one.failed(&error)));
    conn.execute_batch("PRAGMA foreign_keys = ON")?;
    done
}

fn apply(conn: &mut Connection, one: &Migration, now: i64) -> Result<()> {
    let transaction = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)?;
    transaction.execute_batch(&one.text(Engine::Sqlite))?;
    let orphan = transaction.query_row("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", [], |row| row.get::<_, String>(0));
    if let Ok(table) = orphan {
        return Err(DbError::Constraint(format!("a row of {table} points to nothing")));
    }
    transaction.execute("INSERT INTO migration (name, checksum, applied_at) VALUES (?1, ?2, ?3)", (one.name, one.checksum(), now))?;
    transaction.commit()?;
    Ok(())
}

/// Several nodes may start at once: the first to take the lock migrates, the others find nothing left to do.
pub(crate) async fn on_postgres(postgres: &Postgres, wanted: &[Migration]) -> Result<()> {
    // A connection of its own: closing it frees the lock, whatever happened.
    let mut client = Object::take(postgres.client().await?);
    let scope = postgres.schema.clone().unwrap_or_default();
    client.batch_execute("SET lock_timeout = 0").await?;
    client.execute("SELECT pg_advisory_lock(hashtext('seaway migration'), hashtext($1))", &[&scope]).await?;
    client.batch_execute("SET lock_timeout = '10s'").await?;
    client.batch_execute(TABLE).await?;
    let rows = client.query("SELECT name, checksum FROM migration ORDER BY name COLLATE \"C\"", &[]).await?;
    let applied: Vec<(String, String)> = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_>>()?;
    for one in pending(&applied, wanted)? {
        let text = one.text(Engine::Postgres);
        let record =
            "INSERT INTO migration (name, checksum, applied_at) VALUES ($1, $2, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)";
        let applied = async {
            if text.lines().any(|line| line.trim() == ALONE) {
                client.batch_execute(&text).await?;
                client.execute(record, &[&one.name, &one.checksum()]).await?;
                return Ok(());
            }
            let transaction = client.transaction().await?;
            transaction.batch_execute(&text).await?;
            transaction.execute(record, &[&one.name, &one.checksum()]).await?;
            Ok(transaction.commit().await?)
        };
        applied.await.map_err(|error: DbError| one.failed(&error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_belong_to_an_engine() {
        let sql = "a;\n-- sqlite:\nb;\n-- pg:\nc;\n-- all:\nd;";
        assert_eq!(block(sql, Engine::Sqlite), "a;\nb;\nd;\n");
        assert_eq!(block(sql, Engine::Postgres), "a;\nc;\nd;\n");
    }
}
