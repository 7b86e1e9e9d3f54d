//! Running one statement in a PostgreSQL transaction, and how values travel.

use bytes::{BufMut, BytesMut};
use deadpool_postgres::Transaction;
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::Statement;

use crate::{DbError, Row, Value};

type Result<T> = std::result::Result<T, DbError>;
type Failed = Box<dyn std::error::Error + Sync + Send>;

/// A value bound to whatever type the statement wants there.
#[derive(Debug)]
struct Bind<'a>(&'a Value);

impl ToSql for Bind<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Failed> {
        let refuse = || -> Failed { format!("a {} cannot be bound to a parameter of type {wanted}", self.0.kind()).into() };
        match (self.0, wanted) {
            (Value::Null, _) => return Ok(IsNull::Yes),
            (Value::Bool(x), &Type::BOOL) => x.to_sql(wanted, out)?,
            (Value::Int(x), &Type::INT8) => x.to_sql(wanted, out)?,
            (Value::Int(x), &Type::INT4) => i32::try_from(*x).map_err(|_| refuse())?.to_sql(wanted, out)?,
            (Value::Int(x), &Type::INT2) => i16::try_from(*x).map_err(|_| refuse())?.to_sql(wanted, out)?,
            (Value::Real(x), &Type::FLOAT8) => x.to_sql(wanted, out)?,
            (Value::Text(x), &Type::JSONB) => {
                out.put_u8(1); // the only version of jsonb's wire form
                x.as_str().to_sql(&Type::TEXT, out)?
            }
            (Value::Text(x), &Type::JSON) => x.as_str().to_sql(&Type::TEXT, out)?,
            (Value::Text(x), _) if <&str as ToSql>::accepts(wanted) => x.as_str().to_sql(wanted, out)?,
            (Value::Bytes(x), &Type::BYTEA) => x.as_slice().to_sql(wanted, out)?,
            (Value::Uuid(x), &Type::UUID) => x.to_sql(wanted, out)?,
            _ => return Err(refuse()),
        };
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value of whatever type a column has.
struct Cell(Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> std::result::Result<Self, Failed> {
        Ok(Cell(match *kind {
            Type::BOOL => Value::Bool(bool::from_sql(kind, raw)?),
            Type::INT8 => Value::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(kind, raw)?.into()),
            Type::FLOAT8 => Value::Real(f64::from_sql(kind, raw)?),
            Type::FLOAT4 => Value::Real(f32::from_sql(kind, raw)?.into()),
            Type::BYTEA => Value::Bytes(<&[u8]>::from_sql(kind, raw)?.to_vec()),
            Type::UUID => Value::Uuid(uuid::Uuid::from_sql(kind, raw)?),
            Type::JSON => Value::Text(std::str::from_utf8(raw)?.to_owned()),
            Type::JSONB => Value::Text(std::str::from_utf8(raw.get(1..).unwrap_or_default())?.to_owned()),
            Type::VOID => Value::Null,
            _ if <&str as FromSql>::accepts(kind) => Value::Text(<&str>::from_sql(kind, raw)?.to_owned()),
            _ => {
                return Err(format!("a column of type {kind} must be cast to a type both engines know").into());
            }
        }))
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Failed> {
        Ok(Cell(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A refused statement says which one it was; its text holds no values.
fn at(error: tokio_postgres::Error, sql: &str) -> DbError {
    match DbError::from(error) {
        DbError::Engine(why) => DbError::Engine(format!("{why} in: {sql}")),
        other => other,
    }
}

type Params<'a> = Vec<&'a (dyn ToSql + Sync)>;

async fn prepare(tx: &Transaction<'_>, sql: &str) -> Result<Statement> {
    tx.prepare_cached(sql).await.map_err(|error| at(error, sql))
}

pub(crate) async fn all(tx: &Transaction<'_>, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
    let statement = prepare(tx, sql).await?;
    query(tx, sql, &statement, &refs(&binds(params))).await
}

/// As [`all`], for a text that is made at run time: it must not fill the statement cache.
pub(crate) async fn dynamic(tx: &Transaction<'_>, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
    let statement = tx.prepare(sql).await.map_err(|error| at(error, sql))?;
    query(tx, sql, &statement, &refs(&binds(params))).await
}

pub(crate) async fn exec(tx: &Transaction<'_>, sql: &str, params: &[Value]) -> Result<u64> {
    let statement = prepare(tx, sql).await?;
    tx.execute(&statement, &refs(&binds(params))).await.map_err(|error| at(error, sql))
}

/// The keys travel as one array, the last parameter.
pub(crate) async fn all_any(tx: &Transaction<'_>, sql: &str, params: &[Value], keys: &[Value]) -> Result<Vec<Row>> {
    let statement = prepare(tx, sql).await?;
    let (params, keys) = (binds(params), binds(keys));
    query(tx, sql, &statement, &with_array(&params, &keys)).await
}

pub(crate) async fn exec_any(tx: &Transaction<'_>, sql: &str, params: &[Value], keys: &[Value]) -> Result<u64> {
    let statement = prepare(tx, sql).await?;
    let (params, keys) = (binds(params), binds(keys));
    tx.execute(&statement, &with_array(&params, &keys)).await.map_err(|error| at(error, sql))
}

/// Each column of the rows travels as one array.
pub(crate) async fn insert_returning(tx: &Transaction<'_>, sql: &str, values: &[Vec<Value>]) -> Result<Vec<Row>> {
    let statement = prepare(tx, sql).await?;
    query(tx, sql, &statement, &refs(&columns(values))).await
}

pub(crate) async fn insert(tx: &Transaction<'_>, sql: &str, values: &[Vec<Value>]) -> Result<u64> {
    let statement = prepare(tx, sql).await?;
    tx.execute(&statement, &refs(&columns(values))).await.map_err(|error| at(error, sql))
}

fn binds(values: &[Value]) -> Vec<Bind<'_>> {
    values.iter().map(Bind).collect()
}

fn refs<T: ToSql + Sync>(values: &[T]) -> Params<'_> {
    values.iter().map(|value| value as _).collect()
}

fn with_array<'a>(params: &'a [Bind<'a>], keys: &'a (dyn ToSql + Sync)) -> Params<'a> {
    let mut all = refs(params);
    all.push(keys);
    all
}

fn columns(values: &[Vec<Value>]) -> Vec<Vec<Bind<'_>>> {
    let width = values.first().map_or(0, Vec::len);
    (0..width).map(|column| values.iter().map(|row| Bind(&row[column])).collect()).collect()
}

async fn query(tx: &Transaction<'_>, sql: &str, statement: &Statement, params: &Params<'_>) -> Result<Vec<Row>> {
    let found = tx.query(statement, params).await.map_err(|error| at(error, sql))?;
    found.iter().map(|row| owned(row).map_err(|error| at(error, sql))).collect()
}

fn owned(row: &tokio_postgres::Row) -> std::result::Result<Row, tokio_postgres::Error> {
    let values: std::result::Result<_, _> = (0..row.len()).map(|i| row.try_get::<_, Cell>(i).map(|cell| cell.0)).collect();
    values.map(Row::new)
}

/// The names of a statement's columns.
///
/// # Errors
/// A column whose type [`Cell`] cannot read.
pub(crate) fn columns_known(statement: &Statement) -> Result<Vec<String>> {
    let known = [
        Type::BOOL,
        Type::INT8,
        Type::INT4,
        Type::INT2,
        Type::FLOAT8,
        Type::FLOAT4,
        Type::BYTEA,
        Type::UUID,
        Type::JSON,
        Type::JSONB,
        Type::VOID,
    ];
    let columns = statement.columns().iter();
    columns
        .map(|column| {
            let kind = column.type_();
            if known.contains(kind) || <&str as FromSql>::accepts(kind) {
                return Ok(column.name().to_owned());
            }
            Err(DbError::Column(format!("column {} is of type {kind} and must be cast to a type both engines know", column.name())))
        })
        .collect()
}
