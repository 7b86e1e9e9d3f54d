//! Closed inputs: a body or query that says too much, the same twice, or something of another type is refused by name.

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::problem::Problem;

/// A JSON body. An empty body reads as `{}`.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or("application/json").to_ascii_lowercase();
        let bytes = Bytes::from_request(request, state).await.map_err(|_| too_big(crate::intake::BODY_LIMIT))?;
        if !bytes.is_empty() && !kind.starts_with("application/json") {
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json_type", "The body is not application/json");
            return Err(problem);
        }
        parse(if bytes.is_empty() { b"{}" } else { &bytes }).map(Body)
    }
}

pub fn too_big(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_big", format!("The body has more than {limit} bytes")).with("limit", limit as u64)
}

/// Reads JSON and names the field that is wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bad = |code: &str, detail: String| Problem::new(StatusCode::BAD_REQUEST, code, detail);
    // A list would be read as the fields in their order, unnamed.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(bad("wrong_type", "The body is no JSON object".into()).at("/").what("object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let mut field: String = error.path().iter().map(part).collect();
        let inner = error.into_inner();
        if inner.is_syntax() || inner.is_eof() {
            return bad("bad_json", "The body is no valid JSON".into())
                .what("place")
                .with("line", inner.line() as u64)
                .with("column", inner.column() as u64);
        }
        let text = inner.to_string();
        let say = text.split(" at line ").next().unwrap_or(&text).to_owned();
        let Some((code, named)) = misnamed(&text) else {
            let problem = bad("wrong_type", say).at(if field.is_empty() { "/".into() } else { field });
            return expected(problem, &text);
        };
        // Serde names the parent; we mean the child.
        if !field.ends_with(&format!("/{named}")) {
            field = format!("{}/{named}", field.trim_end_matches("/?"));
        }
        bad(code, say).at(field).with("name", named)
    })?;
    reader.end().map_err(|_| bad("bad_json", "Something follows the JSON value".into()))?;
    Ok(value)
}

/// One part of a JSON pointer.
fn part(segment: &serde_path_to_error::Segment) -> String {
    match segment {
        serde_path_to_error::Segment::Seq { index } => format!("/{index}"),
        other => format!("/{}", other.to_string().replace('~', "~0").replace('/', "~1")),
    }
}

/// The code and the name, when the reader met a name too many or too few.
fn misnamed(text: &str) -> Option<(&'static str, String)> {
    let codes = [("unknown field", "unknown_field"), ("duplicate field", "duplicate_field"), ("missing field", "required")];
    let (_, code) = codes.into_iter().find(|(start, _)| text.starts_with(start))?;
    Some((code, text.split('`').nth(1).unwrap_or_default().to_owned()))
}

/// What would have been right, by the reader's own words.
fn expected(problem: Problem, text: &str) -> Problem {
    if text.starts_with("unknown variant") {
        let choices: Vec<&str> = text.split('`').skip(3).step_by(2).collect();
        return problem.what("choice").with("choices", choices.join(", "));
    }
    if text.starts_with("not an id") {
        return problem.what("id");
    }
    let wanted = text.split("expected ").nth(1).unwrap_or_default();
    let number = ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "f32", "f64"];
    let first = wanted.split([' ', ',']).next().unwrap_or_default();
    match wanted {
        _ if wanted.contains("string") => problem.what("text"),
        _ if wanted.contains("boolean") => problem.what("yes_no"),
        _ if wanted.contains("sequence") => problem.what("list"),
        _ if number.contains(&first) => problem.what("number"),
        _ if wanted.contains("struct") || wanted.contains("map") => problem.what("object"),
        _ => problem,
    }
}

/// For fields that may be absent, null or set: absent = `None`.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// The query string, closed like a body.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        query(parts.uri.query().unwrap_or_default()).map(Query)
    }
}

fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let said = error.into_inner().to_string();
        let (what, name) = misnamed(&said).unwrap_or(("wrong_type", path));
        let problem = Problem::new(StatusCode::BAD_REQUEST, "bad_query", format!("The query is wrong at {name}: {said}"));
        problem.at(format!("/{name}")).what(what).with("name", name)
    })
}

/// The `{id}` of the path; one of another kind leads nowhere.
pub struct Id<T>(pub T);

impl<T: model::Id, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = path_param(parts, state, "id").await?;
        text.parse().map(Id).map_err(|_| Problem::not_found())
    }
}

/// The `{key}` of the path.
pub struct Key(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        path_param(parts, state, "key").await.map(Key)
    }
}

/// The `{n}` of the path.
pub struct Number(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Number {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        path_param(parts, state, "n").await?.parse().map(Number).map_err(|_| Problem::not_found())
    }
}

pub(crate) async fn path_param<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
    params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).ok_or_else(Problem::not_found)
}

/// `?version=` of a DELETE.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The version that is meant; another one answers 409 `stale_version`.
    pub version: i64,
}

/// A name: 1 to 64 characters that are not all blank.
pub fn name(field: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::invalid(field, "required", "A name is needed"));
    }
    short(field, text, 64)
}

/// At most `limit` characters.
pub fn short(field: &str, text: &str, limit: usize) -> Result<String, Problem> {
    if text.chars().count() > limit {
        return Err(Problem::invalid(field, "too_long", format!("At most {limit} characters")).with("limit", limit as u64));
    }
    Ok(text.to_owned())
}

/// That a request to this address may leave from here.
pub fn may_call(server: &crate::Server, field: &str, url: &str) -> Result<(), Problem> {
    match server.engine().refuses(url) {
        true => Err(Problem::invalid(field, "address_refused", "This address is of this machine or of a private network")),
        false => Ok(()),
    }
}

/// The address of a callback, without blanks around it; an empty one is none.
pub fn callback(server: &crate::Server, field: &str, url: &str) -> Result<String, Problem> {
    let url = url.trim();
    if !url.is_empty() {
        if !router::is_address(url) {
            return Err(Problem::invalid(field, "bad_url", "This is no http or https address"));
        }
        may_call(server, field, url)?;
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        name: String,
        inner: Option<Inner>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        size: i64,
    }

    fn refused(text: &str) -> (String, String) {
        let problem = parse::<Outer>(text.as_bytes()).unwrap_err();
        (problem.code.clone(), problem.field.clone().unwrap_or_default())
    }

    /// Proves S4.
    #[test]
    fn the_field_to_blame_is_named() {
        assert_eq!(refused(r#"{"name":"a","id":"x"}"#), ("unknown_field".into(), "/id".into()));
        assert_eq!(refused(r#"{"name":"a","name":"b"}"#), ("duplicate_field".into(), "/name".into()));
        assert_eq!(refused(r#"{}"#), ("required".into(), "/name".into()));
        assert_eq!(refused(r#"{"name":1}"#), ("wrong_type".into(), "/name".into()));
        assert_eq!(refused(r#"{"name":"a","inner":{"size":"x"}}"#), ("wrong_type".into(), "/inner/size".into()));
        assert_eq!(refused(r#"{"name":"a","inner":{"size":1,"more":2}}"#), ("unknown_field".into(), "/inner/more".into()));
        assert_eq!(refused(r#" ["a"]"#), ("wrong_type".into(), "/".into()));
        assert_eq!(refused("{").0, "bad_json");
        assert_eq!(refused(r#"{"name":"a"} {}"#).0, "bad_json");
    }

    #[test]
    fn what_would_have_been_right_is_told() {
        let what = |text: &str| parse::<Outer>(text.as_bytes()).unwrap_err().params.get("what").cloned().unwrap_or_default();
        assert_eq!(what(r#"{"name":{}}"#), "text");
        assert_eq!(what(r#"{"name":"a","inner":[{"size":1}]}"#), "number");
        assert_eq!(what(r#"{"name":"a","inner":7}"#), "object");
        assert_eq!(what(r#"{"name":"a","inner":{"size":"x"}}"#), "number");
        assert_eq!(what(r#"["a"]"#), "object");
    }

    #[test]
    fn a_query_names_what_is_wrong_in_it() {
        let refused = |text: &str| {
            let problem = query::<crate::page::Paging>(text).unwrap_err();
            (problem.params["what"].clone(), problem.field.clone().unwrap_or_default())
        };
        assert_eq!(refused("limit=many"), ("wrong_type".into(), "/limit".into()));
        assert_eq!(refused("page=2"), ("unknown_field".into(), "/page".into()));
        assert_eq!(refused("limit=2&limit=3"), ("duplicate_field".into(), "/limit".into()));
        assert_eq!(query::<Version>("").unwrap_err().field.clone().unwrap_or_default(), "/version");
        assert_eq!(query::<crate::page::Paging>("limit=2").unwrap().limit(), 2);
    }
}
