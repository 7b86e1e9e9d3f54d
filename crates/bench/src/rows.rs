//! The rows a run of the product left, read back from its own file: what a raw driver has to write to do the same.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;
use rusqlite::types::Value;

/// Tables of the inbound path, parents first.
pub const INBOUND: &[&str] = &[
    "contact",
    "address",
    "contact_fact",
    "address_claim",
    "thread",
    "thread_key",
    "conversation",
    "participant",
    "message",
    "provider_message",
    "execution",
    "step",
    "outbox",
    "delivery",
    "inbound",
    "job",
    "event",
];

/// Those written by the door's own commit where door and turn commit apart.
pub const JOURNAL: &[&str] = &["delivery", "inbound"];

pub struct Table {
    pub name: &'static str,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    pub fn none(name: &'static str) -> Self {
        Self { name, columns: vec![], rows: vec![] }
    }
    /// The rows of messages `from..to` of `count`.
    pub fn share(&self, from: usize, to: usize, count: usize) -> &[Vec<Value>] {
        &self.rows[self.rows.len() * from / count..self.rows.len() * to / count]
    }
    pub fn bytes(&self) -> usize {
        self.rows.iter().flatten().map(size).sum()
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    }
}

/// How far each table went.
pub type Marks = BTreeMap<&'static str, i64>;

pub fn marks(file: &Path, tables: &[&'static str]) -> Result<Marks> {
    let conn = Connection::open(file)?;
    let mut marks = Marks::new();
    for table in tables {
        let last: Option<i64> = conn.query_row(&format!("SELECT max(rowid) FROM {table}"), [], |row| row.get(0))?;
        marks.insert(table, last.unwrap_or(0));
    }
    Ok(marks)
}

/// The rows beyond the marks, in the order in which they were written; or those up to them.
pub fn read(file: &Path, marks: &Marks, names: &[&'static str], beyond: bool) -> Result<Vec<Table>> {
    let conn = Connection::open(file)?;
    let mut tables = Vec::new();
    for name in names {
        let sign = if beyond { ">" } else { "<=" };
        let mut statement = conn.prepare(&format!("SELECT * FROM {name} WHERE rowid {sign} ?1 ORDER BY rowid"))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let width = columns.len();
        let found = statement.query_map([marks[name]], |row| (0..width).map(|at| row.get(at)).collect())?;
        let rows = found.collect::<rusqlite::Result<Vec<Vec<Value>>>>()?;
        tables.push(Table { name, columns, rows });
    }
    Ok(tables)
}

/// The conversation each customer's message changed, as it stands: one row for each message.
pub fn changed_conversations(file: &Path, marks: &Marks) -> Result<Table> {
    let conn = Connection::open(file)?;
    let sql = "SELECT c.* FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id \
        WHERE m.rowid > ?1 AND c.rowid <= ?2 AND m.body LIKE '%\"author\":{\"kind\":\"contact\"%' ORDER BY m.rowid";
    let mut statement = conn.prepare(sql)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let found = statement.query_map([marks["message"], marks["conversation"]], |row| (0..width).map(|at| row.get(at)).collect())?;
    let rows = found.collect::<rusqlite::Result<Vec<Vec<Value>>>>()?;
    Ok(Table { name: "conversation", columns, rows })
}
