//! A value on its way into or out of a statement.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use uuid::Uuid;

/// One value as both engines know it. `Null` fits any column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    /// `boolean`; 0 or 1 on SQLite.
    Bool(bool),
    /// `bigint`; on PostgreSQL also accepted by smaller integers when it fits.
    Int(i64),
    /// `double precision`.
    Real(f64),
    /// `text`, also `json` and `jsonb` on PostgreSQL.
    Text(String),
    /// `bytea`.
    Bytes(Vec<u8>),
    /// `uuid`; a blob of 16 bytes on SQLite.
    Uuid(Uuid),
}

impl Value {
    /// The word an error message uses for this kind of value; never the value itself, which may be personal.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) => "bigint",
            Value::Real(_) => "double precision",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytea",
            Value::Uuid(_) => "uuid",
        }
    }
}

/// What [`params!`](crate::params) calls on each argument.
///
/// The call is a method call, so a crate above may teach the macro foreign types: declare a trait of one's own with a method
/// `into_value(self) -> Value`, implement it for those types, and have it in scope where `params!` is written.
pub trait IntoValue {
    fn into_value(self) -> Value;
}

impl<T: Into<Value>> IntoValue for T {
    fn into_value(self) -> Value {
        self.into()
    }
}

/// `params![a, b, c]` is a `Vec<Value>`.
#[macro_export]
macro_rules! params {
    () => { ::std::vec::Vec::<$crate::Value>::new() };
    ($($value:expr),+ $(,)?) => {{
        #[allow(unused_imports)]
        use $crate::IntoValue as _;
        ::std::vec![$(($value).into_value()),+]
    }};
}

macro_rules! from {
    ($($type:ty => |$x:ident| $value:expr;)+) => {
        $(impl From<$type> for Value {
            fn from($x: $type) -> Self {
                $value
            }
        })+
    };
}

from! {
    bool => |x| Value::Bool(x);
    i64 => |x| Value::Int(x);
    i32 => |x| Value::Int(i64::from(x));
    i16 => |x| Value::Int(i64::from(x));
    u32 => |x| Value::Int(i64::from(x));
    u16 => |x| Value::Int(i64::from(x));
    u8 => |x| Value::Int(i64::from(x));
    f64 => |x| Value::Real(x);
    &str => |x| Value::Text(x.to_owned());
    String => |x| Value::Text(x);
    &String => |x| Value::Text(x.clone());
    Vec<u8> => |x| Value::Bytes(x);
    &Vec<u8> => |x| Value::Bytes(x.clone());
    &[u8] => |x| Value::Bytes(x.to_vec());
    Uuid => |x| Value::Uuid(x);
    &Uuid => |x| Value::Uuid(*x);
    &Value => |x| x.clone();
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(x: [u8; N]) -> Self {
        Value::Bytes(x.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(x: &[u8; N]) -> Self {
        Value::Bytes(x.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(x: Option<T>) -> Self {
        x.map_or(Value::Null, Into::into)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Bool(x) => ValueRef::Integer(i64::from(*x)),
            Value::Int(x) => ValueRef::Integer(*x),
            Value::Real(x) => ValueRef::Real(*x),
            Value::Text(x) => ValueRef::Text(x.as_bytes()),
            Value::Bytes(x) => ValueRef::Blob(x),
            Value::Uuid(x) => ValueRef::Blob(x.as_bytes()),
        }))
    }
}
