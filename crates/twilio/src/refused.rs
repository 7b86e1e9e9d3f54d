//! Refusals in Twilio's form: `code`, `message`, `more_info`, `status`.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use server::Problem;

use crate::parameter;

/// A refusal; in a box, because most results are none.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused(Box<Said>);

#[derive(Debug, Clone, PartialEq)]
struct Said {
    status: StatusCode,
    code: u32,
    message: String,
}

/// What a handler answers.
pub type Answered<T> = Result<T, Refused>;

pub const INVALID: u32 = 20001;

impl Refused {
    pub fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self(Box::new(Said { status, code, message: message.into() }))
    }
    /// A wrong request, under one of Twilio's codes.
    pub fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }
    /// A wrong parameter.
    pub fn invalid(parameter: &str, why: impl AsRef<str>) -> Self {
        Self::bad(INVALID, format!("Invalid {parameter}: {}", why.as_ref()))
    }
    pub fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 20003, "Authenticate")
    }
    /// Not there, or not for you: one answer for both.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, 20404, "The requested resource was not found")
    }
    pub fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, 20004, "Method not allowed")
    }
    /// Somebody changed it since its ETag was read.
    pub fn changed() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, 20412, "The resource was changed: its ETag is not the one of If-Match")
    }
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, 20409, message)
    }
    pub fn code(&self) -> u32 {
        self.0.code
    }
    /// The same with the path that led nowhere.
    pub fn at(mut self, path: &str) -> Self {
        if self.0.status == StatusCode::NOT_FOUND {
            let path = path.strip_prefix(crate::TASKROUTER).unwrap_or(path);
            self.0.message = format!("The requested resource {path} was not found");
        }
        self
    }
    fn body(&self) -> Value {
        json!({
            "code": self.0.code,
            "message": self.0.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.0.code),
            "status": self.0.status.as_u16(),
        })
    }
}

/// What the server refuses, in Twilio's words. States that do not allow something are wrong requests there.
impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let said = match (problem.code(), problem.field.as_deref()) {
            ("wrong_state" | "task_ended" | "already_taken" | "offer_over", _) => return Self::bad(INVALID, problem.detail.clone()),
            (_, Some(field)) => parameter::blame(field, &problem.detail),
            (_, None) => problem.detail.clone(),
        };
        match status {
            StatusCode::UNAUTHORIZED => Self::signed_out(),
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::FORBIDDEN => Self::new(status, 20403, said),
            StatusCode::METHOD_NOT_ALLOWED => Self::wrong_method(),
            StatusCode::CONFLICT => Self::conflict(said),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::GONE => Self::bad(INVALID, said),
            StatusCode::TOO_MANY_REQUESTS => Self::new(status, 20429, said),
            StatusCode::SERVICE_UNAVAILABLE => Self::new(status, 20503, said),
            StatusCode::INTERNAL_SERVER_ERROR => Self::new(status, 20500, said),
            _ => Self::new(status, INVALID, said),
        }
    }
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        match self.0.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"Twilio API\""));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}
