//! Closed forms: each parameter is taken by name, and one that nobody takes is refused.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use model::{Id, Timestamp};

use crate::date;
use crate::refused::{Answered, Refused};

/// The parameters of a query or of a form's body, in their order.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

/// The form of a POST.
pub struct Body(pub Form);

/// The parameters behind the question mark.
pub struct Query(pub Form);

impl Form {
    pub fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Every parameter as it came.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Takes a parameter that may be given several times.
    pub fn all(&mut self, name: &str) -> Vec<String> {
        let (mine, rest) = std::mem::take(&mut self.0).into_iter().partition(|(held, _)| held == name);
        self.0 = rest;
        let mine: Vec<(String, String)> = mine;
        mine.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes a parameter that may be given several times, or with commas.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        let given = self.all(name);
        let parts = given.iter().flat_map(|text| text.split(','));
        parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    /// Takes a parameter; one that is given twice is refused.
    pub fn text(&mut self, name: &str) -> Answered<Option<String>> {
        let mut given = self.all(name);
        if given.len() > 1 {
            return Err(Refused::invalid(name, "it is given more than once"));
        }
        Ok(given.pop())
    }

    pub fn needed(&mut self, name: &str) -> Answered<String> {
        let given = self.text(name)?.filter(|text| !text.is_empty());
        given.ok_or_else(|| Refused::bad(crate::refused::INVALID, format!("Missing required parameter {name} in the request")))
    }

    pub fn number(&mut self, name: &str) -> Answered<Option<i64>> {
        self.read(name, "this is no whole number", |text| text.trim().parse().ok())
    }

    /// `true`, `1` and `yes` are true.
    pub fn truth(&mut self, name: &str) -> Answered<Option<bool>> {
        self.read(name, "this is neither true nor false", |text| match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        })
    }

    pub fn time(&mut self, name: &str) -> Answered<Option<Timestamp>> {
        self.read(name, "this is no ISO 8601 date since 1900", date::parse)
    }

    /// An id; an empty one counts as not given.
    pub fn sid<T: Id>(&mut self, name: &str) -> Answered<Option<T>> {
        let why = format!("this is no SID of the form {}…", T::PREFIX);
        self.read(name, &why, |text| text.parse().ok())
    }

    fn read<T>(&mut self, name: &str, why: &str, read: impl FnOnce(&str) -> Option<T>) -> Answered<Option<T>> {
        match self.text(name)?.filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => read(&text).map(Some).ok_or_else(|| Refused::invalid(name, why)),
        }
    }

    /// Refuses what nobody took.
    pub fn end(self) -> Answered<()> {
        match self.0.first() {
            Some((name, _)) => Err(Refused::invalid(name, "there is no such parameter here")),
            None => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refused;
    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|_| Refused::bad(crate::refused::INVALID, "The body ended early"))?;
        if !bytes.is_empty() && !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Err(Refused::bad(crate::refused::INVALID, "The body is not application/x-www-form-urlencoded"));
        }
        Ok(Self(Form::parse(&bytes)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Ok(Self(Form::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_takes_is_refused_by_name() {
        let mut form = Form::parse(b"FriendlyName=A%20b&Available=YES&AssignmentStatus=pending,reserved&AssignmentStatus=assigned&Odd=1");
        assert_eq!(form.text("FriendlyName").unwrap().as_deref(), Some("A b"));
        assert_eq!(form.truth("Available").unwrap(), Some(true));
        assert_eq!(form.list("AssignmentStatus"), ["pending", "reserved", "assigned"]);
        assert_eq!(form.number("Priority").unwrap(), None);
        assert_eq!(form.end().unwrap_err(), Refused::invalid("Odd", "there is no such parameter here"));
        let mut twice = Form::parse(b"A=1&A=2&B=x&C=maybe&D=TC1&E=");
        assert!(twice.text("A").is_err() && twice.number("B").is_err() && twice.truth("C").is_err());
        assert!(twice.sid::<model::TaskId>("D").is_err());
        assert_eq!(twice.text("E").unwrap().as_deref(), Some(""));
        twice.end().unwrap();
    }
}
