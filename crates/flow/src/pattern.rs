//! Patterns of splits: the linear engine first; a backtracking one with a counted limit for look-around.

use std::fmt;

/// Backtracking steps one match may take.
const BACKTRACK_LIMIT: usize = 100_000;
/// Bytes a compiled pattern may take.
const SIZE_LIMIT: usize = 1 << 20;

/// What only the backtracking engine reads; any other refusal is a mistake. Back-references count too.
const LOOK_AROUND: &[&str] = &[
    "(?=", "(?!", "(?<=", "(?<!", "(?>", "++", "*+", "?+", "}+", "\\1", "\\2", "\\3", "\\4", "\\5", "\\k", "\\G", "\\K", "\\Z", "\\h",
    "\\R",
];

#[derive(Debug)]
pub enum Pattern {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPattern {
    /// In words, one line.
    pub message: String,
    /// Character where it is wrong, from 1, where known.
    pub column: Option<usize>,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "{} (character {column})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The match was given up: too many backtracking steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenUp;

impl Pattern {
    /// # Errors
    /// A pattern neither engine reads, or one too big.
    pub fn new(pattern: &str) -> Result<Self, BadPattern> {
        let pattern = pattern.trim();
        // Read alone first: "a)|(b" is wrong, though it would fit into the frame put around it.
        let refused = match linear(pattern) {
            Ok(_) => return linear(&whole(pattern)).map(Self::Linear).map_err(|error| explain(pattern, &error)),
            Err(error) => error,
        };
        if matches!(refused, regex::Error::CompiledTooBig(_)) || !LOOK_AROUND.iter().any(|sign| pattern.contains(sign)) {
            return Err(explain(pattern, &refused));
        }
        backtracking(pattern)
            .and_then(|_| backtracking(&whole(pattern)))
            .map(|regex| Self::Backtracking(Box::new(regex)))
            .map_err(|error| explain_backtracking(pattern, &error))
    }

    /// Whether the whole text matches, whatever its case.
    ///
    /// # Errors
    /// [`GivenUp`] when backtracking passed its limit.
    pub fn matches(&self, text: &str) -> Result<bool, GivenUp> {
        match self {
            Self::Linear(regex) => Ok(regex.is_match(text)),
            Self::Backtracking(regex) => regex.is_match(text).map_err(|_| GivenUp),
        }
    }
}

fn whole(pattern: &str) -> String {
    format!(r"\A(?:{pattern})\z")
}

fn linear(pattern: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(pattern).case_insensitive(true).dot_matches_new_line(true).size_limit(SIZE_LIMIT).build()
}

fn backtracking(pattern: &str) -> Result<fancy_regex::Regex, fancy_regex::Error> {
    fancy_regex::RegexBuilder::new(pattern)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .backtrack_limit(BACKTRACK_LIMIT)
        .delegate_size_limit(SIZE_LIMIT)
        .build()
}

fn explain(pattern: &str, error: &regex::Error) -> BadPattern {
    if matches!(error, regex::Error::CompiledTooBig(_)) {
        return BadPattern { message: "the pattern is too big".to_owned(), column: None };
    }
    let words = error.to_string();
    let line = words.lines().rev().find_map(|line| line.trim_start().strip_prefix("error:"));
    let message = line.map_or_else(|| words.lines().next().unwrap_or_default().to_owned(), |line| line.trim().to_owned());
    // The engine draws the pattern, indented by four, and a caret under the mistake.
    let caret = words.lines().find(|line| line.trim_start().starts_with('^')).and_then(|line| line.find('^'));
    let column = caret.filter(|_| !pattern.contains('\n')).map(|at| at.saturating_sub(4) + 1);
    BadPattern { message, column }
}

fn explain_backtracking(pattern: &str, error: &fancy_regex::Error) -> BadPattern {
    let column = match error {
        fancy_regex::Error::ParseError(at, _) => pattern.get(..*at).map(|before| before.chars().count() + 1),
        _ => None,
    };
    let message = error.to_string().lines().next().unwrap_or_default().to_owned();
    BadPattern { message, column }
}
