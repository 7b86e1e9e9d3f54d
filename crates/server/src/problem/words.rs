//! What refusals say in the reader's language: one table of codes per language, which the desk reads too.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use model::Language;
use serde::Deserialize;
use serde_json::Value;

use super::Refused;

#[derive(Deserialize)]
struct Table {
    /// By HTTP status.
    titles: BTreeMap<String, String>,
    /// By code, or by code and case: `in_use`, `in_use workflow`, `required /file`, `too_many_files 429`.
    problems: BTreeMap<String, Words>,
}

#[derive(Deserialize)]
struct Words {
    detail: String,
    mend: String,
}

/// Said of a code that has no words of its own, which a test forbids.
const ANY: &str = "unknown_code";

static EN: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../../../web/api/problems/en.json")));
static DE: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../../../web/api/problems/de.json")));
static KO: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../../../web/api/problems/ko.json")));

/// A test reads all three, so that this is never empty in a released binary.
fn read(text: &str) -> Table {
    serde_json::from_str(text).unwrap_or(Table { titles: BTreeMap::new(), problems: BTreeMap::new() })
}

fn table(language: Language) -> &'static Table {
    match language {
        Language::En => &EN,
        Language::De => &DE,
        Language::Ko => &KO,
    }
}

/// Fills in the mend, and translates the rest where the reader's language is not English.
/// English keeps the detail it was refused with: it is more exact than any table.
pub fn say(refused: &mut Refused, language: Language) {
    let words = find(refused, language);
    let mend = words.or_else(|| table(language).problems.get(ANY)).map(|words| fill(&words.mend, refused));
    if language == Language::En {
        refused.mend = refused.mend.take().or(mend);
        return;
    }
    if let Some(words) = words {
        refused.detail = fill(&words.detail, refused);
    }
    if let Some(title) = table(language).titles.get(&refused.status.to_string()) {
        refused.title.clone_from(title);
    }
    refused.mend = mend;
}

/// Whether a code has words of its own.
#[cfg(test)]
pub fn knows(code: &str) -> bool {
    EN.problems.contains_key(code)
}

/// The words of the narrowest case there is: of the field, of `what`, of the flow's problem, of the status, of the code.
fn find(refused: &Refused, language: Language) -> Option<&'static Words> {
    let text = |key: &str| refused.params.get(key).and_then(Value::as_str).map(str::to_owned);
    let field = refused.field.as_deref().map(without_numbers);
    let cases = [field, text("what"), text("problem"), Some(refused.status.to_string())];
    let known = &table(language).problems;
    cases.into_iter().flatten().find_map(|case| known.get(&format!("{} {case}", refused.code))).or_else(|| known.get(&refused.code))
}

/// `/roles/0/role` as `/roles/#/role`: which one it is makes no other sentence.
fn without_numbers(field: &str) -> String {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    field.split('/').map(|part| if number(part) { "#" } else { part }).collect::<Vec<_>>().join("/")
}

/// Puts the particulars into their places `{{name}}`; braces around anything else are text.
fn fill(text: &str, refused: &Refused) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        match after.split_once("}}") {
            Some((name, more)) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => {
                out.push_str(&match refused.params.get(name) {
                    Some(Value::String(value)) => value.clone(),
                    Some(value) => value.to_string(),
                    None => "…".into(),
                });
                rest = more;
            }
            _ => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out + rest
}

/// The reader's first language that we speak; English without one.
pub fn reader(headers: &HeaderMap) -> Language {
    let said = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wanted: Vec<(f32, Language)> = said
        .split(',')
        .filter_map(|one| {
            let (tag, weight) = one.split_once(';').unwrap_or((one, ""));
            let weight = weight.trim().strip_prefix("q=").map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            Some((weight, Language::parse(tag)?)).filter(|(weight, _)| *weight > 0.0)
        })
        .collect();
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    wanted.first().map_or(Language::En, |(_, language)| *language)
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
