//! Answers offered with a message, by a flow or by hand.

use std::collections::BTreeSet;

/// The most answers of one message, as of flows.
pub const MOST: usize = 20;
/// The longest answer, in characters.
pub const LONGEST: usize = 100;

/// What is wrong with a field of a message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// As a path, e.g. `cards[2].buttons[0].label`.
    pub field: String,
    pub code: String,
    /// What is wrong and how it is mended.
    pub detail: String,
}

impl FieldProblem {
    pub fn new(field: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.to_owned(), detail: detail.into() }
    }
}

/// Judges the answers offered with a message. Texts are expected without blanks around them.
///
/// # Errors
/// The first thing wrong, with the field it is in.
pub fn check_choices(choices: &[String]) -> Result<(), FieldProblem> {
    if choices.len() > MOST {
        return Err(FieldProblem::new("choices", "too_many", format!("A message offers at most {MOST} answers")));
    }
    let mut taken = BTreeSet::new();
    for (no, choice) in choices.iter().enumerate() {
        let wrong = |code: &str, detail: String| Err(FieldProblem::new(format!("choices[{no}]"), code, detail));
        if choice.is_empty() {
            return wrong("required", "An answer without words cannot be given: write it, or leave it out".into());
        }
        if choice.chars().count() > LONGEST {
            return wrong("too_long", format!("An answer has at most {LONGEST} characters"));
        }
        if choice.contains('\n') {
            return wrong("line_break", "An answer is one line".into());
        }
        // Whoever writes one instead of tapping it is understood whichever letters are large.
        if !taken.insert(choice.to_lowercase()) {
            return wrong("not_unique", "Two answers say the same, so nobody knows which one was meant".into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_short_lines_that_differ() {
        let check = |choices: &[&str]| {
            let owned: Vec<String> = choices.iter().map(|one| (*one).to_owned()).collect();
            check_choices(&owned).map_err(|problem| format!("{} {}", problem.field, problem.code))
        };
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&["Ja, gern", "Nein", "나중에 ☕"]), Ok(()));
        assert_eq!(check(&["Ja", ""]), Err("choices[1] required".into()));
        assert_eq!(check(&["Ja", "Nein", "JA"]), Err("choices[2] not_unique".into()));
        assert_eq!(check(&["one\ntwo"]), Err("choices[0] line_break".into()));
        assert_eq!(check(&["x".repeat(LONGEST).as_str()]), Ok(()));
        assert_eq!(check(&["x".repeat(LONGEST + 1).as_str()]), Err("choices[0] too_long".into()));
        let many: Vec<String> = (0..=MOST).map(|no| no.to_string()).collect();
        assert_eq!(check_choices(&many[..MOST]), Ok(()));
        assert_eq!(check_choices(&many).map_err(|problem| problem.code), Err("too_many".into()));
    }
}
