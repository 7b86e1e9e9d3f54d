//! Every refusal as application/problem+json: a stable `code`, the field to blame, and the mend, in the reader's language.

pub mod words;

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Language;
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
    /// What is wrong, in the language of `Content-Language`.
    pub detail: String,
    /// JSON pointer to the one input to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The particulars of `detail`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub params: BTreeMap<String, Value>,
    /// What to do about it. Always there in an answer.
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
    /// Stable, snake_case.
    pub fn code(&self) -> &str {
        &self.0.code
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
    /// Which case of the code this is, where the words differ.
    pub fn what(self, what: &str) -> Self {
        self.with("what", what)
    }
    /// A mend more exact than that of the table, in English.
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
    /// Not there, or not for you: one answer for both.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here, or nothing for you")
    }
    pub fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "signed_out", "Nobody is signed in")
    }
    pub fn stale() -> Self {
        Self::new(StatusCode::CONFLICT, "stale_version", "Somebody changed it meanwhile").at("/version")
    }
    pub fn invalid(field: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail).at(field)
    }
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }
    pub fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server is busy or its database cannot be reached")
    }
    pub fn disk_full() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "disk_full", "The server's disk is full; nothing was changed")
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

impl Problem {
    fn body(&self, language: Language) -> Vec<u8> {
        #[cfg(test)]
        assert!(words::knows(&self.code), "no words for {}", self.code);
        let mut said = self.clone();
        words::say(&mut said, language);
        serde_json::to_vec(&said).unwrap_or_default()
    }
}

/// Says the refusal that an answer carries in the reader's language; any other answer stays as it is.
pub fn translate(response: &mut Response, language: Language) {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return };
    if language != Language::En {
        *response.body_mut() = problem.body(language).into();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body(Language::En)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response.extensions_mut().insert(self);
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
