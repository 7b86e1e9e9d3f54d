//! A field that a workspace keeps of its contacts or tasks. Values are texts in one spelling; what does not fit is refused, never mended by guess.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::CustomFieldId;

/// Characters of a value.
pub const LONGEST_VALUE: usize = 1_000;
/// Digits of a number: as many as every program keeps exactly.
const MOST_DIGITS: usize = 15;

/// What it is kept of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldSubject {
    /// The value is a fact.
    Contact,
    /// The value is one of the task's attributes.
    Task,
}

impl FieldSubject {
    pub fn code(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Task => "task",
        }
    }
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Contact, Self::Task].into_iter().find(|subject| subject.code() == code)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    /// At most 15 digits with an optional minus and a decimal point, and no zero too many in front.
    Number,
    /// `2026-11-21`.
    Date,
    /// The value of one of the choices.
    Choice,
    /// `yes` or `no`.
    YesNo,
    /// An http or https address.
    Link,
}

impl FieldKind {
    pub const ALL: [Self; 6] = [Self::Text, Self::Number, Self::Date, Self::Choice, Self::YesNo, Self::Link];
    pub fn code(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Choice => "choice",
            Self::YesNo => "yes_no",
            Self::Link => "link",
        }
    }
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChoice {
    pub value: String,
    /// By language.
    pub labels: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomField {
    pub id: CustomFieldId,
    pub subject: FieldSubject,
    /// The fact's or the attribute's name.
    pub key: String,
    pub kind: FieldKind,
    /// By language.
    pub labels: BTreeMap<String, String>,
    /// Of a choice.
    pub choices: Vec<FieldChoice>,
    /// Once set it is not taken away, only changed; the desk asks for it while it is missing.
    pub required: bool,
    /// Whether desks show it while it has no value.
    pub shown: bool,
    /// Smaller ones stand first.
    pub place: i64,
    pub version: i64,
}

/// Why a value does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldFault {
    Empty,
    TooLong,
    NotANumber,
    NotADate,
    NotAChoice,
    NotYesOrNo,
    NotALink,
}

impl FieldFault {
    /// What the field takes, as the end of a sentence about it.
    pub fn takes(self) -> &'static str {
        match self {
            Self::Empty => "takes a value; delete it to take it away",
            Self::TooLong => "takes at most 1000 characters",
            Self::NotANumber => "takes a number of at most 15 digits, such as -12.5",
            Self::NotADate => "takes a date such as 2026-11-21",
            Self::NotAChoice => "takes one of its choices",
            Self::NotYesOrNo => "takes yes or no",
            Self::NotALink => "takes an http or https address",
        }
    }
}

/// The field of this key, of contacts or of tasks.
pub fn field_of<'a>(fields: &'a [CustomField], subject: FieldSubject, key: &str) -> Option<&'a CustomField> {
    fields.iter().find(|field| field.subject == subject && field.key == key)
}

impl CustomField {
    /// The value as programs want it: a number as a number, yes and no as true and false, anything else as a text.
    /// What does not fit, because the field was another when it was written, is the text that it was.
    pub fn typed(&self, value: &str) -> Value {
        match (self.kind, self.check(value)) {
            (FieldKind::Number, Ok(number)) => serde_json::from_str(&number).unwrap_or(Value::String(number)),
            (FieldKind::YesNo, Ok(answer)) => Value::Bool(answer == "yes"),
            _ => Value::String(value.to_owned()),
        }
    }

    /// What a program gives as JSON, true standing for yes, in its one spelling.
    ///
    /// # Errors
    /// When it is none of this kind.
    pub fn check_json(&self, value: &Value) -> Result<String, FieldFault> {
        match value {
            Value::String(text) => self.check(text),
            Value::Bool(answer) => self.check(if *answer { "yes" } else { "no" }),
            Value::Null => Err(FieldFault::Empty),
            other => self.check(&other.to_string()),
        }
    }

    /// The value in its one spelling.
    ///
    /// # Errors
    /// When it is none of this kind.
    pub fn check(&self, value: &str) -> Result<String, FieldFault> {
        let value = value.trim();
        if value.is_empty() {
            return Err(FieldFault::Empty);
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(FieldFault::TooLong);
        }
        let fits = |fits: bool, fault| if fits { Ok(value.to_owned()) } else { Err(fault) };
        match self.kind {
            FieldKind::Text => Ok(value.to_owned()),
            FieldKind::Number => fits(is_number(value), FieldFault::NotANumber),
            FieldKind::Date => fits(is_date(value), FieldFault::NotADate),
            FieldKind::Choice => fits(self.choices.iter().any(|choice| choice.value == value), FieldFault::NotAChoice),
            FieldKind::YesNo => fits(matches!(value, "yes" | "no"), FieldFault::NotYesOrNo),
            FieldKind::Link => fits(is_link(value), FieldFault::NotALink),
        }
    }
}

fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(rest)
        && (whole == "0" || !whole.starts_with('0'))
        && bare.len() <= MOST_DIGITS + 1
        && bare.bytes().filter(u8::is_ascii_digit).count() <= MOST_DIGITS
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok_and(|date| date.to_string() == text)
}

fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> CustomField {
        let choices = vec![FieldChoice { value: "gold".into(), labels: BTreeMap::new() }];
        let id = crate::Id::from_uuid(Default::default());
        let (subject, key) = (FieldSubject::Contact, "k".into());
        CustomField { id, subject, key, kind, labels: BTreeMap::new(), choices, required: false, shown: true, place: 0, version: 1 }
    }

    fn check(kind: FieldKind, value: &str) -> Result<String, FieldFault> {
        field(kind).check(value)
    }

    #[test]
    fn programs_give_and_get_values_of_their_kind() {
        use serde_json::json;
        for (kind, given, kept) in [
            (FieldKind::Number, json!("12.50"), Ok(json!(12.5))),
            (FieldKind::Number, json!(-3), Ok(json!(-3))),
            (FieldKind::Number, json!(1e300), Err(FieldFault::NotANumber)),
            (FieldKind::YesNo, json!(true), Ok(json!(true))),
            (FieldKind::YesNo, json!("no"), Ok(json!(false))),
            (FieldKind::YesNo, json!(1), Err(FieldFault::NotYesOrNo)),
            (FieldKind::Text, json!(null), Err(FieldFault::Empty)),
            (FieldKind::Text, json!(["a"]), Ok(json!("[\"a\"]"))),
            (FieldKind::Choice, json!("gold"), Ok(json!("gold"))),
        ] {
            let field = field(kind);
            assert_eq!(field.check_json(&given).map(|text| field.typed(&text)), kept, "{given}");
        }
        assert_eq!(field(FieldKind::Number).typed("seven"), json!("seven"), "written while it was a text");
    }

    #[test]
    fn each_kind_takes_its_own_and_nothing_else() {
        use FieldFault::*;
        use FieldKind::*;
        for (kind, good) in [
            (Text, "any thing"),
            (Number, "-12.50"),
            (Number, "0"),
            (Number, "0.05"),
            (Number, "12345678901234.5"),
            (Date, "2028-02-29"),
            (Choice, "gold"),
            (YesNo, "no"),
            (Link, "https://a.example/x?y=1"),
        ] {
            assert_eq!(check(kind, &format!(" {good} ")), Ok(good.to_owned()));
            assert_eq!(check(kind, "  "), Err(Empty));
            assert_eq!(check(kind, &"9".repeat(1_001)), Err(TooLong));
        }
        let bad = [
            (Number, NotANumber, ["1,5", "1e9", "+1", "1.", ".5", "007", "-", "٣", "NaN", "1234567890123456"].as_slice()),
            (Date, NotADate, ["2026-02-29", "21.11.2026", "2026-1-1", "2026-11-21T10:00", "-00001-01-01"].as_slice()),
            (Choice, NotAChoice, ["Gold", "silver"].as_slice()),
            (YesNo, NotYesOrNo, ["true", "Yes", "1"].as_slice()),
            (Link, NotALink, ["javascript:alert(1)", "https://", "https:///x", "https://a b", "//a.example", "ftp://a.example"].as_slice()),
        ];
        for (kind, fault, values) in bad {
            for value in values {
                assert_eq!(check(kind, value), Err(fault), "{value}");
            }
        }
    }
}
