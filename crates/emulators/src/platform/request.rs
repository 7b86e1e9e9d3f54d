//! A request to a platform, read so far that no web framework is needed to decide on it.

use bytes::Bytes;
use serde_json::Value;

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// With or without port; its first label says whose door this is: `graph`, `instagram`, `cdn`.
    pub host: String,
    /// Decoded.
    pub path: String,
    /// Decoded, in the order given.
    pub query: Vec<(String, String)>,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// One field of a form, or one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    /// Empty for a plain field.
    pub file_name: String,
    pub content_type: String,
    pub bytes: Bytes,
}

impl Part {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Request {
    /// The first label of the host.
    pub fn door(&self) -> &str {
        self.host.split(['.', ':']).next().unwrap_or_default()
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The token of `Authorization: Bearer`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The fields of the body, whichever form it has; a JSON object gives its members.
    /// Text of a member that is no string is its JSON. A body that cannot be read has no fields.
    pub fn fields(&self) -> Vec<Part> {
        let kind = self.header("content-type").unwrap_or_default();
        if let Some(boundary) = boundary(kind) {
            return multipart(&self.body, &boundary);
        }
        let field = |name: String, text: String| Part { name, bytes: Bytes::from(text), ..Part::default() };
        if kind.starts_with("application/x-www-form-urlencoded") {
            return form_urlencoded::parse(&self.body).into_owned().map(|(name, text)| field(name, text)).collect();
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(members)) => members
                .into_iter()
                .map(|(name, value)| match value {
                    Value::String(text) => field(name, text),
                    value => field(name, value.to_string()),
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The body as one JSON object. Fields of a form that hold JSON are read as such; others stay texts.
    pub fn object(&self) -> Option<Value> {
        if let Ok(value @ Value::Object(_)) = serde_json::from_slice(&self.body) {
            return Some(value);
        }
        let fields = self.fields();
        if fields.is_empty() {
            return None;
        }
        let members = fields.into_iter().filter(|part| part.file_name.is_empty()).map(|part| {
            let text = part.text();
            let value = match serde_json::from_str(&text) {
                Ok(value @ (Value::Object(_) | Value::Array(_) | Value::Bool(_))) => value,
                _ => Value::String(text),
            };
            (part.name, value)
        });
        Some(Value::Object(members.collect()))
    }

    /// A field of the query, else of the body.
    pub fn field(&self, name: &str) -> Option<String> {
        if let Some(text) = self.query(name) {
            return Some(text.to_owned());
        }
        self.fields().into_iter().find(|part| part.name == name && part.file_name.is_empty()).map(|part| part.text())
    }
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    Some(value.trim_matches('"').to_owned())
}

/// Takes a multipart body apart; what is malformed ends it.
fn multipart(body: &Bytes, boundary: &str) -> Vec<Part> {
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let Some(mut at) = find(body, mark.as_bytes(), 0) else {
        return parts;
    };
    loop {
        at += mark.len();
        if body.get(at..at + 2) != Some(b"\r\n") {
            return parts;
        }
        at += 2;
        let Some(head_end) = find(body, b"\r\n\r\n", at) else {
            return parts;
        };
        let start = head_end + 4;
        let Some(next) = find(body, format!("\r\n{mark}").as_bytes(), start) else {
            return parts;
        };
        let head = String::from_utf8_lossy(body.get(at..head_end).unwrap_or_default()).into_owned();
        parts.push(part(&head, body.slice(start..next)));
        at = next + 2;
    }
}

fn part(head: &str, bytes: Bytes) -> Part {
    let mut part = Part { bytes, ..Part::default() };
    for line in head.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-type") {
            part.content_type = value.trim().to_owned();
        }
        if name.eq_ignore_ascii_case("content-disposition") {
            for item in value.split(';').map(str::trim) {
                let text = |quoted: &str| quoted.trim_matches('"').replace("%22", "\"");
                if let Some(quoted) = item.strip_prefix("name=") {
                    part.name = text(quoted);
                } else if let Some(quoted) = item.strip_prefix("filename=") {
                    part.file_name = text(quoted);
                }
            }
        }
    }
    part
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    while let Some(step) = haystack.get(at..)?.iter().position(|byte| *byte == first) {
        at += step;
        if haystack.get(at..at + needle.len()) == Some(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multipart_body_is_taken_apart() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--x\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a b.png\"\r\nContent-Type: image/png\r\n\r\n\x01\r\n--\x02\r\n--x--\r\n";
        let request = Request {
            headers: vec![("Content-Type".into(), "multipart/form-data; boundary=\"x\"".into())],
            body: Bytes::from(body),
            ..Request::default()
        };
        let parts = request.fields();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), parts[0].text().as_str()), ("messaging_product", "whatsapp"));
        assert_eq!((parts[1].file_name.as_str(), parts[1].content_type.as_str()), ("a b.png", "image/png"));
        assert_eq!(&parts[1].bytes[..], b"\x01\r\n--\x02");
    }

    #[test]
    fn a_form_that_holds_json_is_an_object() {
        let request = Request {
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: Bytes::from("recipient=%7B%22id%22%3A%221%22%7D&tag=12"),
            ..Request::default()
        };
        assert_eq!(request.object().map(|body| body.to_string()).as_deref(), Some(r#"{"recipient":{"id":"1"},"tag":"12"}"#));
    }
}
