//! The comparisons of a split. All ignore case and blanks at both ends.

use unicode_normalization::UnicodeNormalization;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    EqualTo,
    NotEqualTo,
    MatchesAnyOf,
    DoesNotMatchAnyOf,
    IsBlank,
    IsNotBlank,
    Regex,
    Contains,
    DoesNotContain,
    StartsWith,
    DoesNotStartWith,
    LessThan,
    GreaterThan,
    IsBeforeTime,
    IsAfterTime,
    IsBeforeDate,
    IsAfterDate,
    /// Kept and never true.
    Unknown(String),
}

impl Predicate {
    /// Reads a condition's `type`; spellings that vary between exports are accepted.
    pub fn read(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().replace('-', "_").as_str() {
            "equal_to" | "equals" => Self::EqualTo,
            "not_equal_to" | "does_not_equal" => Self::NotEqualTo,
            "matches_any_of" => Self::MatchesAnyOf,
            "does_not_match_any_of" | "not_matches_any_of" => Self::DoesNotMatchAnyOf,
            "is_blank" => Self::IsBlank,
            "is_not_blank" => Self::IsNotBlank,
            "regex" => Self::Regex,
            "contains" => Self::Contains,
            "does_not_contain" | "not_contains" => Self::DoesNotContain,
            "starts_with" => Self::StartsWith,
            "does_not_start_with" | "not_starts_with" => Self::DoesNotStartWith,
            "less_than" => Self::LessThan,
            "greater_than" => Self::GreaterThan,
            "is_before_time" | "before_time" => Self::IsBeforeTime,
            "is_after_time" | "after_time" => Self::IsAfterTime,
            "is_before_date" | "before_date" => Self::IsBeforeDate,
            "is_after_date" | "after_date" => Self::IsAfterDate,
            _ => Self::Unknown(name.to_owned()),
        }
    }

    /// Compares two rendered texts. [`Predicate::Regex`] is not asked here: its pattern is compiled once, elsewhere.
    pub fn holds(&self, input: &str, value: &str) -> bool {
        let (input, value) = (fold(input), fold(value));
        let (input, value) = (input.as_str(), value.as_str());
        match self {
            Self::EqualTo => input == value,
            Self::NotEqualTo => input != value,
            Self::MatchesAnyOf => any_of(input, value),
            Self::DoesNotMatchAnyOf => !any_of(input, value),
            Self::IsBlank => input.is_empty(),
            Self::IsNotBlank => !input.is_empty(),
            Self::Contains => input.contains(value),
            Self::DoesNotContain => !input.contains(value),
            Self::StartsWith => input.starts_with(value),
            Self::DoesNotStartWith => !input.starts_with(value),
            Self::LessThan => both(number, input, value).is_some_and(|(a, b)| a < b),
            Self::GreaterThan => both(number, input, value).is_some_and(|(a, b)| a > b),
            Self::IsBeforeTime => both(time, input, value).is_some_and(|(a, b)| a < b),
            Self::IsAfterTime => both(time, input, value).is_some_and(|(a, b)| a > b),
            Self::IsBeforeDate => both(date, input, value).is_some_and(|(a, b)| a < b),
            Self::IsAfterDate => both(date, input, value).is_some_and(|(a, b)| a > b),
            Self::Regex | Self::Unknown(_) => false,
        }
    }
}

/// Composed, trimmed, lower case: what two texts are compared by.
fn fold(text: &str) -> String {
    text.trim().nfc().collect::<String>().to_lowercase()
}

/// A text as patterns see it.
pub(crate) fn tidy(text: &str) -> String {
    text.trim().nfc().collect()
}

fn any_of(input: &str, list: &str) -> bool {
    list.split(',').any(|item| item.trim() == input)
}

fn both<T>(read: fn(&str) -> Option<T>, input: &str, value: &str) -> Option<(T, T)> {
    Some((read(input)?, read(value)?))
}

/// A decimal number; words such as `inf` are none.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e'));
    text.parse().ok().filter(|_| plain)
}

/// Seconds of the day from `HH:MM`, zero-padded, with seconds allowed.
fn time(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds = parts.next().map_or(Some(0), |s| digits(s, 2))?;
    let known = parts.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
    known.then_some(hours * 3600 + minutes * 60 + seconds)
}

/// `YYYY-MM-DD`, zero-padded, as a number that orders like the date.
fn date(text: &str) -> Option<u32> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let known = parts.next().is_none() && (1..=12).contains(&month) && (1..=31).contains(&day);
    known.then_some((year * 100 + month) * 100 + day)
}

fn digits(text: &str, wanted: usize) -> Option<u32> {
    let right = text.len() == wanted && text.bytes().all(|b| b.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}
