//! Running one statement on a PostgreSQL connection, and how values travel.

use bytes::{BufMut, BytesMut};
use deadpool_postgres::Object;
use futures::TryStreamExt as _;
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

/// A statement with its values.
pub(crate) struct Call {
    sql: Text,
    given: Given,
}

enum Text {
    Written(&'static str),
    /// Made at run time: it must not fill the statement cache.
    Made(String),
}

/// How values travel.
pub(crate) enum Given {
    Each(Vec<Value>),
    /// The keys as one array, the last parameter.
    Keys(Vec<Value>, Vec<Value>),
    /// Each column of the rows as one array.
    Rows(Vec<Vec<Value>>),
}

impl Call {
    pub fn new(sql: &'static str, given: Given) -> Self {
        Call { sql: Text::Written(sql), given }
    }

    pub fn dynamic(sql: String, params: Vec<Value>) -> Self {
        Call { sql: Text::Made(sql), given: Given::Each(params) }
    }

    fn sql(&self) -> &str {
        match &self.sql {
            Text::Written(sql) => sql,
            Text::Made(sql) => sql,
        }
    }
}

/// What a statement answered.
#[derive(Default)]
pub(crate) struct Answer {
    pub rows: Vec<Row>,
    /// Rows it changed, or read.
    pub touched: u64,
}

pub(crate) async fn prepare(client: &Object, call: &Call) -> Result<Statement> {
    let prepared = match &call.sql {
        Text::Written(sql) => client.prepare_cached(sql).await,
        Text::Made(sql) => client.prepare(sql).await,
    };
    prepared.map_err(|error| at(error, call.sql()))
}

/// Runs one statement. It is on its way when this was polled once.
pub(crate) async fn run(client: &Object, statement: &Statement, call: &Call) -> Result<Answer> {
    let mut rows = Vec::new();
    let touched = each(client, statement, call, &mut rows).await?;
    Ok(Answer { rows, touched })
}

/// As [`run`], into whatever takes the rows as they come; answers how many it changed, or read.
pub(crate) async fn each(client: &Object, statement: &Statement, call: &Call, out: &mut impl Extend<Row>) -> Result<u64> {
    let asked = match &call.given {
        Given::Each(params) => client.query_raw(statement, refs(&binds(params))).await,
        Given::Keys(params, keys) => client.query_raw(statement, with_array(&binds(params), &binds(keys))).await,
        Given::Rows(rows) => client.query_raw(statement, refs(&columns(rows))).await,
    };
    let mut found = Box::pin(asked.map_err(|error| at(error, call.sql()))?);
    while let Some(row) = found.try_next().await.map_err(|error| at(error, call.sql()))? {
        out.extend([owned(&row).map_err(|error| at(error, call.sql()))?]);
    }
    Ok(found.rows_affected().unwrap_or_default())
}

type Params<'a> = Vec<&'a (dyn ToSql + Sync)>;

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
