//! Running one statement on a SQLite connection. No future, no thread: the call is the work.

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Statement, params_from_iter};

use crate::keys::distinct;
use crate::{DbError, Row, Value};

type Result<T> = std::result::Result<T, DbError>;

/// The rows are not asked for.
const NONE: Option<&mut Vec<Row>> = None;

fn prepare<'c>(conn: &'c Connection, sql: &str) -> Result<CachedStatement<'c>> {
    conn.prepare_cached(sql).map_err(|error| at(error, sql))
}

/// A refused statement says which one it was; its text holds no values.
fn at(error: rusqlite::Error, sql: &str) -> DbError {
    match DbError::from(error) {
        DbError::Engine(why) => DbError::Engine(format!("{why} in: {sql}")),
        other => other,
    }
}

pub(crate) fn all(conn: &Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
    let mut out = Vec::new();
    let mut statement = prepare(conn, sql)?;
    step(conn, &mut statement, params, Some(&mut out)).map_err(|error| at(error, sql))?;
    Ok(out)
}

pub(crate) fn exec(conn: &Connection, sql: &str, params: &[Value]) -> Result<u64> {
    let mut statement = prepare(conn, sql)?;
    step(conn, &mut statement, params, NONE).map_err(|error| at(error, sql))
}

/// As [`all`], into whatever takes the rows as they come.
pub(crate) fn each(conn: &Connection, sql: &str, params: &[Value], out: &mut impl Extend<Row>) -> Result<()> {
    let mut statement = prepare(conn, sql)?;
    step(conn, &mut statement, params, Some(out)).map(drop).map_err(|error| at(error, sql))
}

/// As [`all`], for a text that is made at run time: it must not push the prepared statements out of the cache.
pub(crate) fn dynamic(conn: &Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
    let mut out = Vec::new();
    let mut statement = conn.prepare(sql).map_err(|error| at(error, sql))?;
    step(conn, &mut statement, params, Some(&mut out)).map_err(|error| at(error, sql))?;
    Ok(out)
}

/// Runs the statement once per distinct key, which is its last parameter.
pub(crate) fn for_keys(conn: &Connection, sql: &str, params: Vec<Value>, keys: &[Value], mut rows: Option<&mut Vec<Row>>) -> Result<u64> {
    let mut statement = prepare(conn, sql)?;
    let mut params = params;
    params.push(Value::Null);
    let mut touched = 0;
    for key in distinct(keys) {
        if let Some(last) = params.last_mut() {
            last.clone_from(key);
        }
        touched += step(conn, &mut statement, &params, rows.as_deref_mut()).map_err(|error| at(error, sql))?;
    }
    Ok(touched)
}

/// Runs the statement once per row of values.
pub(crate) fn for_rows(conn: &Connection, sql: &str, values: &[Vec<Value>], mut rows: Option<&mut Vec<Row>>) -> Result<u64> {
    let mut statement = prepare(conn, sql)?;
    let mut touched = 0;
    for params in values {
        touched += step(conn, &mut statement, params, rows.as_deref_mut()).map_err(|error| at(error, sql))?;
    }
    Ok(touched)
}

/// Runs to the end, so that a `RETURNING` statement has done all its work; answers rows changed, or rows read.
fn step<O: Extend<Row>>(
    conn: &Connection,
    statement: &mut Statement<'_>,
    params: &[Value],
    mut out: Option<&mut O>,
) -> rusqlite::Result<u64> {
    let columns = statement.column_count();
    if columns == 0 {
        return statement.execute(params_from_iter(params)).map(|changed| changed as u64);
    }
    let reads = statement.readonly();
    let mut read = 0;
    let mut rows = statement.query(params_from_iter(params))?;
    while let Some(row) = rows.next()? {
        read += 1;
        if let Some(out) = out.as_deref_mut() {
            out.extend([owned(row, columns)?]);
        }
    }
    Ok(if reads { read } else { conn.changes() })
}

fn owned(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    let mut values = Vec::with_capacity(columns);
    for i in 0..columns {
        values.push(match row.get_ref(i)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(x) => Value::Int(x),
            ValueRef::Real(x) => Value::Real(x),
            ValueRef::Text(x) => Value::Text(std::str::from_utf8(x).map_err(|e| rusqlite::Error::Utf8Error(i, e))?.to_owned()),
            ValueRef::Blob(x) => Value::Bytes(x.to_vec()),
        });
    }
    Ok(Row::new(values))
}
