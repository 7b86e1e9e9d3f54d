//! Patterns of splits: the linear engine first; a backtracking one with a counted limit for look-around.

use std::fmt;

/// Backtracking steps one match may take.
const BACKTRACK_LIMIT: usize = 100_000;
/// Bytes a compiled pattern may take.
const SIZE_LIMIT: usize = 1 << 20;

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
        let whole = format!(r"\A(?:{})\z", pattern.trim());
        let linear = regex::RegexBuilder::new(&whole)
            .case_insensitive(true)
            .dot_matches_new_line(true)
            .size_limit(SIZE_LIMIT)
            .build();
        let refused = match linear {
            Ok(regex) => return Ok(Self::Linear(regex)),
            Err(error) => error,
        };
        if matches!(refused, regex::Error::CompiledTooBig(_)) {
            return Err(BadPattern {
                message: "the pattern is too big".to_owned(),
                column: None,
            });
        }
        fancy_regex::RegexBuilder::new(&format!("(?is){whole}"))
            .backtrack_limit(BACKTRACK_LIMIT)
            .delegate_size_limit(SIZE_LIMIT)
            .build()
            .map(|regex| Self::Backtracking(Box::new(regex)))
            .map_err(|error| explain(pattern.trim(), &refused, &error))
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

/// Both engines refused: the linear one's words are clearer, but it also refuses look-around, which is not the mistake then.
fn explain(pattern: &str, linear: &regex::Error, backtracking: &fancy_regex::Error) -> BadPattern {
    let look_around = ["(?=", "(?!", "(?<=", "(?<!", "(?>"]
        .iter()
        .any(|sign| pattern.contains(sign));
    let words = linear.to_string();
    let message = match words
        .lines()
        .rev()
        .find(|line| line.trim_start().starts_with("error:"))
    {
        Some(line) if !look_around => line.trim_start()["error:".len()..].trim().to_owned(),
        _ => backtracking
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    let column = match backtracking {
        fancy_regex::Error::ParseError(at, _) => {
            // The position counts what was put before the pattern.
            let at = at.saturating_sub(r"(?is)\A(?:".len()).min(pattern.len());
            Some(
                pattern
                    .get(..at)
                    .map_or(1, |before| before.chars().count() + 1),
            )
        }
        _ => caret(&words),
    };
    BadPattern { message, column }
}

/// The linear engine draws a caret under the mistake.
fn caret(words: &str) -> Option<usize> {
    let line = words
        .lines()
        .find(|line| line.trim_start().starts_with('^'))?;
    let shift = 4 + r"\A(?:".len();
    line.find('^').map(|at| at.saturating_sub(shift) + 1)
}
