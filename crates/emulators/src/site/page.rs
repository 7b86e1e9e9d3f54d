//! Pages from files: words in three languages, values put in, strict headers.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use super::OwnPort;

#[derive(RustEmbed)]
#[folder = "pages/"]
struct Pages;

/// The languages the pages speak; the first is spoken to everybody else.
pub const LANGUAGES: [&str; 3] = ["en", "de", "ko"];

/// The words of one page: language, then key, then text.
type Words = BTreeMap<String, BTreeMap<String, String>>;

/// The language asked for in the address, else the first the browser offers that we speak.
pub fn language(query: Option<&str>, headers: &HeaderMap) -> &'static str {
    let known = |tag: &str| {
        let primary = tag.split(['-', '_', ';']).next().unwrap_or_default().trim();
        LANGUAGES.into_iter().find(|language| primary.eq_ignore_ascii_case(language))
    };
    let asked =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).find(|(name, _)| name == "lang").and_then(|(_, tag)| known(&tag));
    let offered = headers.get(header::ACCEPT_LANGUAGE).and_then(|list| list.to_str().ok()).and_then(|list| list.split(',').find_map(known));
    asked.or(offered).unwrap_or(LANGUAGES[0])
}

/// A page under construction.
pub struct Page {
    folder: &'static str,
    language: &'static str,
    values: BTreeMap<String, String>,
}

impl Page {
    /// Starts the page in `pages/<folder>`, with its words in this language.
    pub fn new(folder: &'static str, language: &'static str) -> Self {
        let mut values: BTreeMap<String, String> =
            words(folder).remove(language).unwrap_or_default().into_iter().map(|(key, text)| (key, escape(&text))).collect();
        values.insert("lang".into(), language.to_owned());
        Self { folder, language, values }
    }

    pub fn language(&self) -> &'static str {
        self.language
    }

    /// A word of this page, already escaped.
    pub fn word(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    /// Puts in a text, escaped.
    pub fn text(mut self, key: &str, text: &str) -> Self {
        self.values.insert(key.to_owned(), escape(text));
        self
    }

    /// Puts in markup as it is.
    pub fn markup(mut self, key: &str, markup: String) -> Self {
        self.values.insert(key.to_owned(), markup);
        self
    }

    /// The finished page.
    pub fn respond(self, policy: &str) -> Response {
        let Some(template) = file(&format!("{}/index.html", self.folder)) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let body = fill(&template, &self.values);
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::VARY, "Accept-Language"),
        ];
        (headers, body).into_response()
    }
}

/// A file of a page: a style, a script or a drawing.
pub fn asset(folder: &str, path: &str, headers: &HeaderMap) -> Response {
    let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let own = Pages::get(&format!("{folder}/{path}"));
    let Some(file) = own.or_else(|| Pages::get(&format!("shared/{path}"))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let hash = file.metadata.sha256_hash();
    let tag = format!("\"{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}\"", hash[0], hash[1], hash[2], hash[3], hash[4], hash[5]);
    let Ok(tag) = HeaderValue::from_str(&tag) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer.insert(header::ETAG, tag);
    response
}

/// A file as text.
pub fn file(path: &str) -> Option<String> {
    String::from_utf8(Pages::get(path)?.data.into_owned()).ok()
}

/// Makes a text safe between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// The words of a page in one language as JSON, for its scripts.
pub fn words_json(folder: &str, language: &str) -> String {
    serde_json::to_string(&words(folder).remove(language).unwrap_or_default()).unwrap_or_default()
}

/// The `frame-ancestors` of a policy: those given, else only the page's own origin.
pub fn ancestors(own: OwnPort, host: &str, given: &[String]) -> String {
    if given.is_empty() {
        return "'self'".into();
    }
    let seen: Vec<String> = given.iter().map(|origin| own.seen_from(host, origin)).collect();
    seen.join(" ")
}

/// The request's Host.
pub fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

fn words(folder: &str) -> Words {
    file(&format!("{folder}/words.json")).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Replaces each `{{key}}`; a key without value becomes nothing.
fn fill(template: &str, values: &BTreeMap<String, String>) -> String {
    let mut page = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((key, behind)) = after.split_once("}}") else {
            page.push_str("{{");
            rest = after;
            break;
        };
        page.push_str(values.get(key.trim()).map_or("", String::as_str));
        rest = behind;
    }
    page.push_str(rest);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_every_word_in_every_language() {
        for folder in ["shop", "phone", "try"] {
            let words = words(folder);
            let english: Vec<&String> = words["en"].keys().collect();
            assert!(english.len() > 5, "{folder}");
            for language in LANGUAGES {
                let keys: Vec<&String> = words[language].keys().collect();
                assert_eq!(keys, english, "{folder} in {language}");
                assert!(words[language].values().all(|text| !text.trim().is_empty()));
            }
        }
    }

    #[test]
    fn nothing_on_a_page_is_inline_or_from_elsewhere() {
        for path in Pages::iter() {
            let Some(text) = file(&path) else { continue };
            if path.ends_with(".html") {
                for inline in ["<style", " style=", "<script>", " onclick", "javascript:", "//"] {
                    assert!(!text.contains(inline), "{path} contains {inline}");
                }
            }
            if path.ends_with(".css") {
                assert!(!text.contains("url("), "{path}");
                assert!(!text.contains("@import"), "{path}");
            }
        }
    }

    #[test]
    fn a_value_cannot_become_markup() {
        let values = BTreeMap::from([("a".to_owned(), escape("<img src='x'>"))]);
        assert_eq!(fill("<p>{{a}}{{b}}</p>", &values), "<p>&lt;img src=&#39;x&#39;&gt;</p>");
        assert_eq!(fill("{{open", &values), "{{open");
    }

    #[test]
    fn the_address_decides_the_language_then_the_browser() {
        let mut headers = HeaderMap::new();
        assert_eq!(language(None, &headers), "en");
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("fr, ko-KR;q=0.9, en;q=0.8"));
        assert_eq!(language(None, &headers), "ko");
        assert_eq!(language(Some("x=1&lang=de-AT"), &headers), "de");
        assert_eq!(language(Some("lang=xx"), &headers), "ko");
    }
}
