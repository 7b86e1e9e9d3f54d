//! Carries a finished demo from memory to PostgreSQL, in one commit: making it there statement by statement would take a minute.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use db::{Db, Value};
use uuid::Uuid;

/// Rows of one INSERT.
const ROWS: usize = 100;

/// One table with everything in it.
struct Table {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// Replaces whatever a demo left in `to` by what is in `from`. Both have the same migrations.
pub async fn carry(from: &Db, to: &Db) -> Result<()> {
    let tables = Arc::new(read(from, columns(to).await?).await?);
    to.write(move |tx| {
        let tables = tables.clone();
        Box::pin(async move {
            let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
            tx.dynamic(format!("TRUNCATE {}", names.join(", ")), Vec::new()).await?;
            for table in tables.iter() {
                for rows in table.rows.chunks(ROWS) {
                    tx.dynamic(insert(table, rows.len()), rows.concat()).await?;
                }
            }
            Ok(())
        })
    })
    .await
    .context("carrying the demo to PostgreSQL")
}

/// Every table's columns with their types, as PostgreSQL has them. The list of migrations is its own.
async fn columns(to: &Db) -> Result<Vec<(String, String, String)>> {
    to.read(|tx| {
        Box::pin(async move {
            let list = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name <> 'migration' ORDER BY table_name, ordinal_position";
            let rows = tx.dynamic(list.to_owned(), Vec::new()).await?;
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
        })
    })
    .await
}

/// Reads the tables in the order they were made, which is parents first.
async fn read(from: &Db, columns: Vec<(String, String, String)>) -> Result<Vec<Table>> {
    from.read(move |tx| {
        Box::pin(async move {
            let made = tx.dynamic("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid".to_owned(), Vec::new()).await?;
            let mut tables = Vec::new();
            for row in made {
                let name: String = row.get(0)?;
                let own: Vec<(String, String)> =
                    columns.iter().filter(|(table, ..)| *table == name).map(|(_, column, kind)| (column.clone(), kind.clone())).collect();
                if own.is_empty() {
                    continue;
                }
                let list: Vec<String> = own.iter().map(|(column, _)| quoted(column)).collect();
                let mut rows = Vec::new();
                for row in tx.dynamic(format!("SELECT {} FROM {}", list.join(", "), quoted(&name)), Vec::new()).await? {
                    let kinds = own.iter().map(|(_, kind)| kind.as_str());
                    let values: Result<Vec<Value>> =
                        row.into_values().into_iter().zip(kinds).map(|(value, kind)| as_kind(value, kind)).collect();
                    rows.push(values.with_context(|| format!("reading {name}"))?);
                }
                tables.push(Table { name, columns: own.into_iter().map(|(column, _)| column).collect(), rows });
            }
            Ok(tables)
        })
    })
    .await
}

/// SQLite knows fewer types than PostgreSQL.
fn as_kind(value: Value, kind: &str) -> Result<Value> {
    Ok(match (value, kind) {
        (Value::Null, _) => Value::Null,
        (Value::Int(number), "boolean") => Value::Bool(number != 0),
        (Value::Bytes(bytes), "uuid") => Value::Uuid(Uuid::from_slice(&bytes)?),
        (Value::Int(number), "double precision") => Value::Real(number as f64),
        (Value::Text(number), "bigint") => Value::Int(number.parse()?),
        (value, "bigint" | "text" | "bytea" | "uuid" | "boolean" | "double precision") => value,
        (_, other) => bail!("a column of type {other}"),
    })
}

fn insert(table: &Table, rows: usize) -> String {
    let width = table.columns.len();
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
    let places: Vec<String> = (0..rows)
        .map(|row| {
            let row: Vec<String> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
            format!("({})", row.join(", "))
        })
        .collect();
    format!("INSERT INTO {} ({}) VALUES {}", quoted(&table.name), columns.join(", "), places.join(", "))
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_what_the_column_is() {
        assert_eq!(as_kind(Value::Int(1), "boolean").expect("a boolean"), Value::Bool(true));
        assert_eq!(as_kind(Value::Bytes(vec![7; 16]), "uuid").expect("a uuid"), Value::Uuid(Uuid::from_bytes([7; 16])));
        assert!(as_kind(Value::Bytes(vec![7; 3]), "uuid").is_err());
        assert!(as_kind(Value::Int(1), "json").is_err());
        let table = Table { name: "user".into(), columns: vec!["id".into(), "name".into()], rows: Vec::new() };
        assert_eq!(insert(&table, 2), r#"INSERT INTO "user" ("id", "name") VALUES ($1, $2), ($3, $4)"#);
    }
}
