//! A question customers ask, in several phrasings and languages, and its answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use template::Template;

use crate::Problem;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Question {
    pub id: String,
    /// By language tag such as `de`: the ways it is asked.
    pub questions: BTreeMap<String, Vec<String>>,
    /// By language tag: the answer, a template that may read `facts.<key>`, `language` and `text`.
    /// An answer that comes out blank does not answer.
    pub answers: BTreeMap<String, String>,
}

/// Whether a row can be used.
///
/// # Errors
/// No phrase, no answer, or an answer that is no template.
pub fn check_question(question: &Question) -> Result<(), Problem> {
    let problem = |field: &str, code: &str, message: String| Err(Problem { field: field.to_owned(), code: code.to_owned(), message });
    let asked = |phrases: &Vec<String>| phrases.iter().any(|phrase| !phrase.trim().is_empty());
    if !question.questions.values().any(asked) {
        return problem("questions", "empty", "give at least one way to ask it".to_owned());
    }
    if !question.answers.values().any(|answer| !answer.trim().is_empty()) {
        return problem("answers", "empty", "give an answer in at least one language".to_owned());
    }
    for (language, answer) in &question.answers {
        if let Err(error) = Template::parse(answer) {
            let message = format!("the answer cannot be read: {error}");
            return problem(&format!("answers/{language}"), "bad_template", message);
        }
    }
    Ok(())
}
