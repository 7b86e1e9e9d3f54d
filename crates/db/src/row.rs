//! One row of an answer, owned, the same from both engines.

use uuid::Uuid;

use crate::{DbError, Value};

/// One row; columns are counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Row(values)
    }

    /// The value of column `i` as a `T`.
    ///
    /// # Errors
    /// [`DbError::Column`] when there is no such column or its value is no `T`; a null is only an `Option`.
    pub fn get<T: FromValue>(&self, i: usize) -> Result<T, DbError> {
        let Some(value) = self.0.get(i) else {
            return Err(DbError::Column(format!("no column {i} in a row of {}", self.0.len())));
        };
        T::from_value(value.clone()).map_err(|error| match error {
            DbError::Column(why) => DbError::Column(format!("column {i}: {why}")),
            other => other,
        })
    }

    /// The text of column `i`, without a copy of it.
    ///
    /// # Errors
    /// [`DbError::Column`] when there is no such column or its value is no text.
    pub fn text(&self, i: usize) -> Result<&str, DbError> {
        match self.0.get(i) {
            Some(Value::Text(text)) => Ok(text),
            Some(_) => Err(DbError::Column(format!("column {i} is no text"))),
            None => Err(DbError::Column(format!("no column {i} in a row of {}", self.0.len()))),
        }
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_values(self) -> Vec<Value> {
        self.0
    }
}

/// What a column can be read as. SQLite has fewer types than PostgreSQL, so a uuid may arrive as 16 bytes and a boolean as 0 or 1.
pub trait FromValue: Sized {
    /// # Errors
    /// [`DbError::Column`] when the value is of another kind; use [`DbError::kind_mismatch`].
    fn from_value(value: Value) -> Result<Self, DbError>;
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self, DbError> {
        Ok(value)
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Bool(x) => Ok(x),
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => Err(DbError::kind_mismatch("boolean", &other)),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Int(x) => Ok(x),
            other => Err(DbError::kind_mismatch("bigint", &other)),
        }
    }
}

impl FromValue for f64 {
    #[allow(clippy::cast_precision_loss, reason = "a real column holding a whole number")]
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Real(x) => Ok(x),
            Value::Int(x) => Ok(x as f64),
            other => Err(DbError::kind_mismatch("double precision", &other)),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Text(x) => Ok(x),
            other => Err(DbError::kind_mismatch("text", &other)),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Bytes(x) => Ok(x),
            other => Err(DbError::kind_mismatch("bytea", &other)),
        }
    }
}

impl FromValue for Uuid {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Uuid(x) => Ok(x),
            Value::Bytes(x) => Uuid::from_slice(&x).map_err(|_| DbError::Column(format!("wanted uuid, found {} bytes", x.len()))),
            other => Err(DbError::kind_mismatch("uuid", &other)),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}
