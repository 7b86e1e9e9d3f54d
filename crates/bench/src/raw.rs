//! The limit R: a driver used directly, writing the rows the product wrote, in batches of the same size, as durably.
//! It reads nothing, decides nothing, and writes each row once in its last state: less than any program can do with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::cpu;
use crate::place::{Database, Place, postgres_url};
use crate::rows::{JOURNAL, Table};

/// Messages of one commit of a turn on PostgreSQL at most.
const TURN: usize = 64;

/// What is to be written.
pub struct Work {
    /// Rows that must be there before.
    pub before: Vec<Table>,
    pub new: Vec<Table>,
    /// Conversations as each message left them; empty where each message opened one.
    pub changed: Table,
    pub messages: usize,
    /// Whether rows point to rows of their own batch or of one before, so that SQLite can be left to prove it.
    pub in_order: bool,
}

pub struct Limit {
    pub per_second: f64,
    /// Microseconds of our own processor time per message.
    pub cpu: f64,
}

/// `batch`: messages of one commit; on PostgreSQL at the door, while turns take as many as the product's at most.
pub async fn measure(database: Database, work: &Arc<Work>, batch: usize) -> Result<Limit> {
    let place = Place::open(database).await?;
    match database {
        Database::Sqlite => {
            let (work, file) = (work.clone(), place.file());
            tokio::task::spawn_blocking(move || sqlite(&work, &file, batch)).await?
        }
        Database::Postgres => postgres(work, &place.schema, batch).await,
    }
}

fn insert(table: &Table) -> String {
    let marks: Vec<String> = (1..=table.columns.len()).map(|no| format!("?{no}")).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", table.name, table.columns.join(", "), marks.join(", "))
}

const CHANGED: &str = "UPDATE conversation SET state = ?3, holder = ?4, thread_id = ?6, last_seq = ?7, task_id = ?8, worker_id = ?9, \
    last_activity_at = ?11, body = ?13, version = ?14 WHERE workspace_id = ?1 AND id = ?2";

fn sqlite(work: &Work, file: &std::path::Path, batch: usize) -> Result<Limit> {
    let conn = Connection::open(file)?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4096; PRAGMA cache_size = -32768; \
         INSERT INTO stream (workspace_id, last) VALUES (1, 0);",
    )?;
    prepare_parents(&conn, work)?;
    conn.pragma_update(None, "foreign_keys", work.in_order)?;
    let (started, spent) = (Instant::now(), cpu::used(None));
    for from in (0..work.messages).step_by(batch) {
        let to = (from + batch).min(work.messages);
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for table in &work.new {
            let rows = table.share(from, to, work.messages);
            if !rows.is_empty() {
                let mut statement = conn.prepare_cached(&insert(table))?;
                for row in rows {
                    statement.execute(params_from_iter(row))?;
                }
            }
        }
        let mut statement = conn.prepare_cached(CHANGED)?;
        for row in work.changed.share(from, to, work.messages) {
            for (at, value) in row.iter().enumerate() {
                if !matches!(at, 4 | 9 | 11) {
                    statement.raw_bind_parameter(at + 1, value)?;
                }
            }
            statement.raw_execute()?;
        }
        conn.prepare_cached("UPDATE stream SET last = last + ?1 WHERE workspace_id = 1")?.execute([(to - from) as i64])?;
        conn.execute_batch("COMMIT")?;
    }
    let took = started.elapsed();
    Ok(Limit { per_second: work.messages as f64 / took.as_secs_f64(), cpu: cpu::each(cpu::used(None) - spent, work.messages) })
}

fn prepare_parents(conn: &Connection, work: &Work) -> Result<()> {
    // What the path's rows point to outside of it is configuration, and not measured.
    conn.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")?;
    for table in &work.before {
        let mut statement = conn.prepare(&insert(table))?;
        for row in &table.rows {
            statement.execute(params_from_iter(row))?;
        }
    }
    conn.execute_batch("COMMIT; PRAGMA foreign_keys = ON")?;
    Ok(())
}

async fn connect(schema: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(&postgres_url()?, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path = {schema}; SET synchronous_commit = on")).await?;
    Ok(client)
}

/// Sixteen connections: two write turns of at most `TURN` messages, the others the door's rows, `batch` messages in a commit.
async fn postgres(work: &Arc<Work>, schema: &str, batch: usize) -> Result<Limit> {
    let setup = connect(schema).await?;
    setup.batch_execute("INSERT INTO stream (workspace_id, last) VALUES (1, 0); SET session_replication_role = replica").await?;
    let types = types(&setup, schema).await?;
    for table in &work.before {
        let statement = setup.prepare(&unnest(table, &types)?).await?;
        for chunk in table.rows.chunks(500) {
            write(&setup, &statement, table, chunk, &types).await?;
        }
    }
    let types = Arc::new(types);
    let (doors, turns) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (started, spent) = (Instant::now(), cpu::used(None));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let (work, types, client) = (work.clone(), types.clone(), connect(schema).await?);
        let (turn, next, step) = if writer < 2 { (true, turns.clone(), TURN) } else { (false, doors.clone(), batch) };
        writers.spawn(async move { share(&work, &types, client, turn, &next, step).await });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    let took = started.elapsed();
    Ok(Limit { per_second: work.messages as f64 / took.as_secs_f64(), cpu: cpu::each(cpu::used(None) - spent, work.messages) })
}

async fn share(work: &Work, types: &Types, mut client: Client, turn: bool, next: &AtomicUsize, step: usize) -> Result<()> {
    let tables: Vec<&Table> = work.new.iter().filter(|t| !t.rows.is_empty() && JOURNAL.contains(&t.name) != turn).collect();
    let mut statements = Vec::new();
    for table in &tables {
        statements.push(client.prepare(&unnest(table, types)?).await?);
    }
    let stream = client.prepare("UPDATE stream SET last = last + $1 WHERE workspace_id = 1").await?;
    let changing = client.prepare(&changing(&work.changed, types)?).await?;
    loop {
        let from = next.fetch_add(step, Ordering::Relaxed);
        if from >= work.messages {
            return Ok(());
        }
        let to = (from + step).min(work.messages);
        let tx = client.transaction().await?;
        for (table, statement) in tables.iter().zip(&statements) {
            write(&tx, statement, table, table.share(from, to, work.messages), types).await?;
        }
        if turn {
            // Of several changes of one row in a batch only the last is written, as the product does.
            let mut last = std::collections::BTreeMap::new();
            for row in work.changed.share(from, to, work.messages) {
                if let Value::Blob(id) = &row[1] {
                    last.insert(id.clone(), row.clone());
                }
            }
            let rows: Vec<Vec<Value>> = last.into_values().collect();
            if !rows.is_empty() {
                write(&tx, &changing, &work.changed, &rows, types).await?;
            }
            tx.execute(&stream, &[&((to - from) as i64)]).await?;
        }
        tx.commit().await?;
    }
}

type Types = std::collections::BTreeMap<(String, String), String>;

async fn types(client: &Client, schema: &str) -> Result<Types> {
    let sql = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = $1";
    let rows = client.query(sql, &[&schema]).await?;
    Ok(rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect())
}

fn kind<'t>(types: &'t Types, table: &Table, column: &str) -> Result<&'t str> {
    let found = types.get(&(table.name.to_owned(), column.to_owned())).with_context(|| format!("{}.{column}", table.name))?;
    Ok(found)
}

fn arrays(table: &Table, types: &Types) -> Result<String> {
    let arrays: Result<Vec<String>> =
        table.columns.iter().enumerate().map(|(no, column)| Ok(format!("${}::{}[]", no + 1, kind(types, table, column)?))).collect();
    Ok(arrays?.join(", "))
}

fn unnest(table: &Table, types: &Types) -> Result<String> {
    Ok(format!("INSERT INTO {} ({}) SELECT * FROM unnest({})", table.name, table.columns.join(", "), arrays(table, types)?))
}

fn changing(table: &Table, types: &Types) -> Result<String> {
    let set = ["state", "holder", "thread_id", "last_seq", "task_id", "worker_id", "last_activity_at", "body", "version"];
    let set: Vec<String> = set.iter().map(|column| format!("{column} = n.{column}")).collect();
    Ok(format!(
        "UPDATE conversation c SET {} FROM unnest({}) AS n({}) WHERE c.workspace_id = n.workspace_id AND c.id = n.id",
        set.join(", "),
        arrays(table, types)?,
        table.columns.join(", ")
    ))
}

/// A column as one array of what PostgreSQL wants there.
fn array(kind: &str, rows: &[Vec<Value>], at: usize) -> Result<Box<dyn ToSql + Sync + Send>> {
    let column = rows.iter().map(|row| &row[at]);
    let uuid = |bytes: &Vec<u8>| Uuid::from_slice(bytes).ok();
    Ok(match kind {
        "uuid" => Box::new(column.map(|v| if let Value::Blob(b) = v { uuid(b) } else { None }).collect::<Vec<Option<Uuid>>>()),
        "bigint" => Box::new(column.map(|v| if let Value::Integer(i) = v { Some(*i) } else { None }).collect::<Vec<Option<i64>>>()),
        "boolean" => Box::new(column.map(|v| if let Value::Integer(i) = v { Some(*i != 0) } else { None }).collect::<Vec<Option<bool>>>()),
        "text" => Box::new(column.map(|v| if let Value::Text(t) = v { Some(t.clone()) } else { None }).collect::<Vec<Option<String>>>()),
        "bytea" => Box::new(column.map(|v| if let Value::Blob(b) = v { Some(b.clone()) } else { None }).collect::<Vec<Option<Vec<u8>>>>()),
        other => anyhow::bail!("a column of type {other}"),
    })
}

async fn write(
    client: &impl tokio_postgres::GenericClient,
    statement: &Statement,
    table: &Table,
    rows: &[Vec<Value>],
    types: &Types,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut arrays = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        arrays.push(array(kind(types, table, column)?, rows, at)?);
    }
    let given: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(|array| &**array as &(dyn ToSql + Sync)).collect();
    client.execute(statement, &given).await.with_context(|| format!("writing {}", table.name))?;
    Ok(())
}
