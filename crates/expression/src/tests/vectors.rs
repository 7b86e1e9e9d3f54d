//! Runs the rows of `vectors/*.txt`; `vectors/README.md` says how they are written.

use serde_json::Value;

use crate::{Expression, Json, OrderBy, Roots, SyntaxError, Values};

macro_rules! chapters {
    ($($name:ident: $file:literal,)*) => {
        const CHAPTERS: &[&str] = &[$($file),*];
        $(#[test]
        fn $name() {
            run($file, include_str!(concat!("vectors/", $file)));
        })*
    };
}

chapters! {
    contexts: "3-contexts.txt",
    grammar: "3.1-grammar.txt",
    values: "3.2-values.txt",
    order_by: "4-order-by.txt",
    vectors: "20-vectors.txt",
    choices: "choices.txt",
}

#[test]
fn every_chapter_is_run() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/vectors");
    let names = std::fs::read_dir(folder).expect("the chapters").map(|entry| entry.expect("a file").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.ends_with(".txt")).collect();
    names.sort();
    let mut listed = CHAPTERS.to_vec();
    listed.sort_unstable();
    assert_eq!(names, listed);
}

/// Runs every row, then fails with all that were wrong, each below its file, line and rule.
fn run(file: &str, text: &str) {
    let documents: Value = serde_json::from_str(include_str!("vectors/documents.json")).expect("the documents");
    let (mut context, mut rule, mut rows, mut wrong) = ("", "", 0, Vec::new());
    for (no, line) in text.lines().enumerate() {
        if let Some(words) = line.strip_prefix('#') {
            rule = words.trim();
        } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')).filter(|_| !line.contains("=>")) {
            context = name;
        } else if let Some((given, wanted)) = line.rsplit_once("=>") {
            rows += 1;
            let given = given.trim().replace('⏎', "\n").replace('⇥', "\t").replace('␣', " ");
            if let Err(said) = judge(&documents, context, &given, wanted.trim()) {
                wrong.push(format!("{file}:{}: {rule} [{context}]\n    {line}\n    said: {said}", no + 1));
            }
        } else {
            assert!(line.trim().is_empty(), "{file}:{}: not a row: {line}", no + 1);
        }
    }
    assert!(rows > 0, "{file} has no rows");
    assert!(wrong.is_empty(), "{} of {rows} rows are wrong\n\n{}\n", wrong.len(), wrong.join("\n\n"));
}

/// Whether a row says what is so; else what is.
fn judge(documents: &Value, context: &str, given: &str, wanted: &str) -> Result<(), String> {
    let said =
        if context.starts_with("order_by") { order(documents, context, given, wanted) } else { answer(documents, context, given, wanted) };
    let said = said.unwrap_or_else(|error| format!("refused at {}:{}: {}", error.line, error.column, error.message));
    let same = match (wanted.strip_prefix("refused at "), said.strip_prefix("refused at ")) {
        (Some(wanted), Some(said)) => {
            let (at, words) = wanted.split_once(": ").unwrap_or((wanted, ""));
            said.strip_prefix(at).and_then(|message| message.strip_prefix(": ")).is_some_and(|message| message.contains(words))
        }
        _ => said == wanted,
    };
    if same { Ok(()) } else { Err(said) }
}

fn answer(documents: &Value, context: &str, given: &str, wanted: &str) -> Result<String, SyntaxError> {
    let (context, choice) = context.split_once(", ").unwrap_or((context, ""));
    let expression = Expression::parse(given)?.under(chosen(choice));
    let printed = expression.to_string();
    if Expression::parse(&printed).map(|again| again.under(chosen(choice))).as_ref() != Ok(&expression) {
        return Ok(format!("printed it is another: {printed}"));
    }
    if wanted.starts_with("means ") {
        return Ok(format!("means {printed}"));
    }
    let (task, worker) = (Json(&documents["filter"]), Json(&documents["queue"]));
    let answer = match context {
        "target" => expression.matches(&Roots(&[("task", &task), ("worker", &worker)])),
        "filter" | "queue" | "skip_if" => expression.matches(&Json(&documents[context])),
        _ => return Ok(format!("there is no context [{context}]")),
    };
    Ok(answer.to_string())
}

/// The reading of values that a row's context chooses.
fn chosen(choice: &str) -> Values {
    let is = |name| name == choice;
    Values {
        not_in_null: is("not_in_null"),
        null_is_zero: is("null_is_zero"),
        ignore_case: is("ignore_case"),
        text_is_no_number: is("text_is_no_number"),
        contains_texts_only: is("contains_texts_only"),
    }
}

/// Names of the workers in the order's order; equal ones stay as given.
fn order(documents: &Value, context: &str, given: &str, wanted: &str) -> Result<String, SyntaxError> {
    let first = context.ends_with(", missing_first");
    let order = OrderBy::parse(given)?.with_missing_first(first);
    let printed = order.to_string();
    if OrderBy::parse(&printed).map(|again| again.with_missing_first(first)).as_ref() != Ok(&order) {
        return Ok(format!("printed it is another: {printed}"));
    }
    if wanted.starts_with("means ") {
        return Ok(format!("means {printed}"));
    }
    let workers = documents["order_by"].as_object().expect("workers");
    let mut rows: Vec<_> = workers.iter().map(|(name, worker)| (order.key(&Roots(&[("worker", &Json(worker))])), name)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(rows.iter().map(|row| row.1.as_str()).collect())
}
