//! Every refusal as application/problem+json: a stable `code` that the apps translate, the field to blame, and the mend.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A refusal; in a box, because most results are none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem(Box<Refused>);

// What a refusal says; no doc comment, because the description would repeat it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Refused {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// Stable, snake_case.
    pub code: String,
    /// English, for those who have no translation of `code`.
    pub detail: String,
    /// JSON pointer to the one input to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The particulars of `detail`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub params: BTreeMap<String, Value>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Refused {
            kind: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Problem").into(),
            status: status.as_u16(),
            code: code.into(),
            detail: detail.into(),
            field: None,
            params: BTreeMap::new(),
            mend: None,
        }))
    }
    /// Blames one input, by JSON pointer.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.params.insert(key.into(), value.into());
        self
    }
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
    /// Not there, or not for you: one answer for both.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here, or nothing for you")
    }
    pub fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "signed_out", "Nobody is signed in").mend("Sign in, or send an API key as HTTP Basic")
    }
    pub fn stale() -> Self {
        Self::new(StatusCode::CONFLICT, "stale_version", "Somebody changed it meanwhile").mend("Read it again, then repeat the change")
    }
    pub fn invalid(field: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail).at(field)
    }
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }
    pub fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server is busy or its database cannot be reached")
            .mend("Try again in a moment")
    }
    pub fn disk_full() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "disk_full", "The server's disk is full; nothing was changed")
            .mend("Whoever runs the server has to make room; then try again")
    }
}

impl Deref for Problem {
    type Target = Refused;
    fn deref(&self) -> &Refused {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Refused {
        &mut self.0
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

/// A problem raised inside a transaction comes out as it went in; whatever else failed is logged here and told to nobody.
impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        if let Some(problem) = error.downcast_ref::<Problem>() {
            return problem.clone();
        }
        if db::is_disk_full(&error) || has_no_room(&error) {
            tracing::error!(error = format!("{error:#}"), "the disk is full: make room for the data folder and the database");
            return Self::disk_full();
        }
        if db::is_unavailable(&error) {
            tracing::warn!(error = format!("{error:#}"), "the database did not answer in time");
            return Self::unavailable();
        }
        tracing::error!(error = format!("{error:#}"), "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed and has noted it")
    }
}

/// A file that finds no room.
fn has_no_room(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|io| io.kind() == std::io::ErrorKind::StorageFull)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

/// What a handler of one thing answers.
pub type Answered<T> = Result<axum::Json<T>, Problem>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_whoever_finds_it() {
        let database = anyhow::Error::from(db::DbError::Full).context("writing a row");
        let file = anyhow::Error::from(std::io::Error::from(std::io::ErrorKind::StorageFull)).context("writing a file");
        for error in [database, file] {
            let problem = Problem::from(error);
            assert_eq!((problem.status, problem.code.as_str()), (503, "disk_full"));
        }
    }
}
