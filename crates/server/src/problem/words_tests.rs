use std::collections::BTreeSet;
use std::path::Path;

use axum::http::StatusCode;
use regex::Regex;

use super::*;
use crate::problem::Problem;

/// The texts of a folder's sources without their tests.
fn sources(folder: &Path, out: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, out);
        } else if name.ends_with(".rs") && !name.contains("tests") {
            out.push(std::fs::read_to_string(&path).unwrap().split("#[cfg(test)]\nmod tests").next().unwrap().to_owned());
        }
    }
}

/// The codes that these patterns find; a code is their first group.
fn codes(room: &str, patterns: &[&str]) -> BTreeSet<String> {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(room).join("src"), &mut texts);
    let patterns: Vec<Regex> = patterns.iter().map(|pattern| Regex::new(pattern).unwrap()).collect();
    let found = texts.iter().flat_map(|text| patterns.iter().flat_map(move |pattern| pattern.captures_iter(text)));
    found.map(|found| found[1].to_owned()).collect()
}

/// Every code the API can refuse with, wherever it is raised.
fn refused() -> BTreeSet<String> {
    // The first argument of `invalid` may be a call with a text of its own.
    let invalid = r#"\binvalid\(\s*(?:&format!\("[^"]*"[^)]*\)|[^,"]*|"[^"]*"),\s*"(\w+)""#;
    let server = [
        r#"(?:Problem|Self|Refusal)::new\(\s*[\w:.]+,\s*"(\w+)""#,
        r#"\bconflict\(\s*"(\w+)""#,
        invalid,
        r#"Refusal::invalid\(\s*"(\w+)""#,
        r#"\bbad\(\s*"(\w+)""#,
        r#"\("\w+ field", "(\w+)"\)"#,
        r#"=> "(bad_\w+|name_\w+)""#,
        r#"let code = if [^{]+\{\s*"(\w+)"\s*\}"#,
        r#"\} else \{\s*"(\w+)"\s*\};\s*(?:Problem::|return Err\(Problem::|let problem = Problem::)"#,
        r#"\("(?:secrets|settings)", "(\w+)"\)"#,
    ];
    let mut all = codes("server", &server);
    all.extend(codes("router", &[r#"\binvalid\(\s*[^,]+,\s*"(\w+)""#, r#"PlanError::new\(\s*[^,]+,\s*"(\w+)""#]));
    all.extend(codes("engine", &[r#"Refusal::Invalid \{[^}]*code: "(\w+)""#]));
    all.extend(codes("bot", &[r#"problem\([^,]+(?:,[^,"]+)?, "(\w+)""#]));
    all.extend(codes("connectors", &[r#"say\("\w+", "(\w+)""#, r#"setting: "allowed_sites"\.into\(\),\s*code: "(\w+)""#]));
    // Said by the rooms, and told by the API under another name.
    for inner in ["not_json", "empty"] {
        assert!(all.remove(inner), "{inner} is not raised any more");
    }
    all
}

#[test]
fn every_refusal_says_what_is_wrong_and_what_to_do_in_each_language() {
    let refused = refused();
    assert!(refused.len() > 110, "only {} codes were found", refused.len());
    for known in ["bad_query", "bad_cursor", "in_use", "last_worker", "no_filter_matches", "exclusive", "too_many_tickets"] {
        assert!(refused.contains(known), "the patterns miss {known}");
    }
    for known in ["secret_missing", "bad_origin", "bad_account_sid", "bad_template", "email_taken", "unknown_widget", "duplicate_field"] {
        assert!(refused.contains(known), "the patterns miss {known}");
    }
    for language in Language::ALL {
        let silent: Vec<&String> = refused.iter().filter(|code| !table(language).problems.contains_key(*code)).collect();
        assert!(silent.is_empty(), "no words in {} for {silent:?}", language.code());
    }
}

#[test]
fn every_problem_of_a_flow_has_words() {
    let said = codes("flow", &[r#"FlowProblem::new\(\s*"(\w+)""#, r#"\.(?:error|warn)\("(\w+)","#]);
    assert!(said.len() > 18 && said.contains("unknown_next"), "{said:?}");
    for code in said.iter().filter(|code| *code != "unknown_next") {
        assert!(EN.problems.contains_key(&format!("flow_invalid {code}")), "{code}");
    }
}

#[test]
fn the_languages_say_the_same_things() {
    let holes =
        |text: &str| -> BTreeSet<String> { Regex::new(r"\{\{\w+\}\}").unwrap().find_iter(text).map(|hole| hole.as_str().into()).collect() };
    for language in Language::ALL {
        let (own, english) = (table(language), table(Language::En));
        assert!(own.problems.keys().eq(english.problems.keys()) && own.titles.keys().eq(english.titles.keys()));
        for (key, words) in &own.problems {
            assert!(!words.detail.trim().is_empty() && !words.mend.trim().is_empty(), "{key} in {}", language.code());
            assert!(!words.detail.ends_with('.') && !words.mend.ends_with('.'), "{key} in {}", language.code());
            assert_eq!(holes(&words.detail), holes(&english.problems[key].detail), "{key}");
            assert_eq!(holes(&words.mend), holes(&english.problems[key].mend), "{key}");
        }
    }
}

#[test]
fn a_case_of_its_own_has_words_of_its_own() {
    let said = |problem: Problem, language: Language| {
        let mut refused = (*problem).clone();
        say(&mut refused, language);
        (refused.detail, refused.mend.unwrap_or_default())
    };
    let used = || Problem::conflict("in_use", "the workflow Support sends tasks to this queue").what("workflow").with("name", "Support");
    assert_eq!(
        said(used(), Language::En),
        ("the workflow Support sends tasks to this queue".into(), "Take the queue out of the workflow first".into())
    );
    assert_eq!(said(used(), Language::De).0, "Der Workflow Support schickt Aufgaben in diese Warteschlange");
    let flow = || Problem::invalid("/definition", "wrong_type", "invalid type: map, expected a string").what("text");
    assert!(said(flow(), Language::En).1.contains("JSON.stringify"));
    assert!(said(flow(), Language::Ko).1.contains("JSON.stringify"));
    let other = Problem::invalid("/name", "wrong_type", "invalid type: map, expected a string").what("text");
    assert_eq!(said(other, Language::De).0, "Hierher gehört ein Text");
    let flood = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_files", "Too many files in a minute");
    assert_eq!(said(flood, Language::De).0, "Zu viele Dateien in einer Minute");
    // Braces that are no place to fill are text.
    let template = Problem::invalid("/answers/de", "bad_template", "the answer cannot be read");
    assert_eq!(said(template, Language::De).1, "Prüfen Sie darin {{ … }} und {% … %}");
}

#[test]
fn the_readers_first_language_that_we_speak_is_taken() {
    let reads = |said: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, said.parse().unwrap());
        reader(&headers)
    };
    assert_eq!(reads("de-AT,de;q=0.9,en;q=0.8"), Language::De);
    assert_eq!(reads("fr, en;q=0.5, ko;q=0.7"), Language::Ko);
    assert_eq!(reads("de;q=0, en"), Language::En);
    assert_eq!(reads("fr"), Language::En);
    assert_eq!(reads("*"), Language::En);
    assert_eq!(reader(&HeaderMap::new()), Language::En);
}
