use serde_json::{Number, Value};

/// A number of a template: whole as long as it can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Num {
    Whole(i64),
    Decimal(f64),
}

impl Num {
    pub fn of_number(number: &Number) -> Num {
        match number.as_i64() {
            Some(whole) => Num::Whole(whole),
            None => Num::Decimal(number.as_f64().unwrap_or(0.0)),
        }
    }

    /// The number a filter sees. Text is trimmed first, because counters store ` 1 `; what is no number counts as 0.
    pub fn of(value: &Value) -> Num {
        match value {
            Value::Number(number) => Num::of_number(number),
            Value::String(text) => Num::in_text(text).unwrap_or_else(|| leading_whole(text)),
            _ => Num::Whole(0),
        }
    }

    /// The number a text spells, when it spells nothing else but blanks.
    pub fn in_text(text: &str) -> Option<Num> {
        let text = text.trim();
        let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
        if text.is_empty() || !text.chars().all(numeric) || text.ends_with('.') {
            return None;
        }
        match text.parse::<i64>() {
            Ok(whole) => Some(Num::Whole(whole)),
            Err(_) => text.parse::<f64>().ok().map(Num::Decimal),
        }
    }

    pub fn as_f64(self) -> f64 {
        match self {
            Num::Whole(whole) => whole as f64,
            Num::Decimal(number) => number,
        }
    }

    /// Whole arithmetic where both are whole and the result fits, decimal otherwise.
    pub fn combine(self, other: Num, whole: fn(i64, i64) -> Option<i64>, decimal: fn(f64, f64) -> f64) -> Num {
        if let (Num::Whole(a), Num::Whole(b)) = (self, other)
            && let Some(result) = whole(a, b)
        {
            return Num::Whole(result);
        }
        Num::Decimal(tidy(decimal(self.as_f64(), other.as_f64())))
    }

    pub fn is_zero(self) -> bool {
        self.as_f64() == 0.0
    }

    /// The nearest whole number below or above, by the given rounding; as decimal where it does not fit.
    pub fn rounded(self, round: fn(f64) -> f64) -> Num {
        match self {
            Num::Whole(whole) => Num::Whole(whole),
            Num::Decimal(number) => {
                let number = round(number);
                // Beyond 2^53 a decimal has no exact whole value worth printing as one.
                if number.abs() <= 9_007_199_254_740_992.0 { Num::Whole(number as i64) } else { Num::Decimal(number) }
            }
        }
    }

    pub fn value(self) -> Value {
        match self {
            Num::Whole(whole) => whole.into(),
            // What is not finite has no JSON number and becomes null.
            Num::Decimal(number) => number.into(),
        }
    }
}

fn leading_whole(text: &str) -> Num {
    let text = text.trim();
    let sign = usize::from(text.starts_with('-'));
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    Num::Whole(text[..sign + digits].parse().unwrap_or(0))
}

/// Fifteen significant digits, so that 0.1 + 0.2 is 0.3.
pub(crate) fn tidy(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// Decimal notation, with `.0` for a decimal without fraction.
pub(crate) fn text_of(number: &Number) -> String {
    match number.as_f64() {
        Some(decimal) if number.is_f64() && decimal.fract() == 0.0 => format!("{decimal}.0"),
        Some(decimal) if number.is_f64() => decimal.to_string(),
        _ => number.to_string(),
    }
}
