//! What the chat asks before the first message: which fields, whether they are well made, and whether answers fit them.
//! Whoever fills in a form proves nothing by it: what is taken here is a claim.

use std::collections::{BTreeMap, BTreeSet};

use model::{ChannelAccount, FormAnswer, FormFieldKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::contract::SettingProblem;
use crate::phone::of_person;

/// The setting that holds the fields, and the one that switches them on.
pub const FIELDS: &str = "prechat_fields";
pub const ASKS: &str = "prechat";

/// Fields of one form.
pub const MOST_FIELDS: usize = 12;
/// Answers offered by one field.
const MOST_CHOICES: usize = 30;
/// Characters of a label, a placeholder or an answer offered.
const LONGEST_LABEL: usize = 300;
/// Characters of what somebody types.
const LONGEST_ANSWER: usize = 500;
const LONGEST_KEY: usize = 40;
/// Facts that the house itself knows people by: no form may write them.
const RESERVED: &[&str] = &["language", "browser_language", "page", "vip", "name", "email", "phone"];

/// Texts by language: `en`, `de`, `ko`.
pub type Words = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The fact it becomes; of a name, an email and a phone the word of its kind.
    pub key: String,
    #[serde(rename = "type")]
    pub kind: FormFieldKind,
    #[serde(default)]
    pub required: bool,
    pub label: Words,
    #[serde(default)]
    pub placeholder: Words,
    /// Answers offered by a field of the kind choice, in their order.
    #[serde(default)]
    pub choices: Vec<Choice>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    #[serde(default)]
    pub label: Words,
}

/// A field whose answer was not taken: its key, and `missing`, `bad_email`, `bad_phone`, `too_long` or `unknown_choice`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    pub field: String,
    pub code: &'static str,
}

/// The fields that the account asks for, in their order; none while it asks nothing.
pub fn fields(account: &ChannelAccount) -> Vec<Field> {
    if account.setting(ASKS) != "true" {
        return Vec::new();
    }
    serde_json::from_str(account.setting(FIELDS)).unwrap_or_default()
}

/// What is wrong with the fields of an account, whether they are asked for or not.
pub fn problem(account: &ChannelAccount) -> Option<SettingProblem> {
    let text = account.setting(FIELDS);
    if text.is_empty() {
        return None;
    }
    let wrong = |detail: String| Some(SettingProblem { setting: FIELDS.into(), code: "bad_form".into(), detail });
    let fields: Vec<Field> = match serde_json::from_str(text) {
        Ok(fields) => fields,
        Err(error) => return wrong(format!("these are no fields of a form: {error}")),
    };
    if fields.len() > MOST_FIELDS {
        return wrong(format!("a form has at most {MOST_FIELDS} fields"));
    }
    let mut seen = BTreeSet::new();
    for (at, field) in fields.iter().enumerate() {
        if !seen.insert(field.key.as_str()) {
            return wrong(format!("field {}: {} is asked for twice", at + 1, field.key));
        }
        if let Some(detail) = field_problem(field) {
            return wrong(format!("field {}: {detail}", at + 1));
        }
    }
    None
}

fn field_problem(field: &Field) -> Option<String> {
    let fixed = matches!(field.kind, FormFieldKind::Name | FormFieldKind::Email | FormFieldKind::Phone);
    if fixed && field.key != field.kind.word() {
        return Some(format!("the key of this field is {}", field.kind.word()));
    }
    if !fixed && RESERVED.contains(&field.key.as_str()) {
        return Some(format!("{} is a fact of its own: choose another key", field.key));
    }
    let spelled = field.key.starts_with(|c: char| c.is_ascii_lowercase())
        && field.key.len() <= LONGEST_KEY
        && field.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !spelled {
        return Some(format!("{:?} is no key: write small letters, digits and _, e.g. order_number", field.key));
    }
    if field.label.values().all(|label| label.trim().is_empty()) {
        return Some("it has no label".into());
    }
    let words = field.label.values().chain(field.placeholder.values()).chain(field.choices.iter().flat_map(|choice| choice.label.values()));
    if words.into_iter().any(|text| text.chars().count() > LONGEST_LABEL) {
        return Some(format!("a text has at most {LONGEST_LABEL} characters"));
    }
    if field.kind != FormFieldKind::Choice {
        return None;
    }
    let values: BTreeSet<&str> = field.choices.iter().map(|choice| choice.value.trim()).collect();
    if values.is_empty() || values.len() != field.choices.len() || values.contains("") {
        return Some("it needs answers to choose from, each with a value of its own".into());
    }
    if field.choices.len() > MOST_CHOICES || values.iter().any(|value| value.chars().count() > LONGEST_ANSWER) {
        return Some(format!("it offers at most {MOST_CHOICES} answers"));
    }
    None
}

/// Judges answers by key; numbers without a country code are read as of `country`. What is not asked for is passed over; every field that is wrong is named.
pub fn check(fields: &[Field], answers: &Map<String, Value>, language: &str, country: Option<&str>) -> Result<Vec<FormAnswer>, Vec<Wrong>> {
    let (mut taken, mut wrong) = (Vec::new(), Vec::new());
    for field in fields {
        match answer(field, answers.get(&field.key), language, country) {
            Ok(Some(answer)) => taken.push(answer),
            Ok(None) => {}
            Err(code) => wrong.push(Wrong { field: field.key.clone(), code }),
        }
    }
    if wrong.is_empty() { Ok(taken) } else { Err(wrong) }
}

fn answer(field: &Field, given: Option<&Value>, language: &str, country: Option<&str>) -> Result<Option<FormAnswer>, &'static str> {
    let text = match given {
        Some(Value::String(text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Some(Value::Bool(true)) => "yes".to_owned(),
        _ => String::new(),
    };
    if field.kind == FormFieldKind::Consent {
        let agreed = text == "yes";
        if field.required && !agreed {
            return Err("missing");
        }
        let word = if agreed { "yes" } else { "no" };
        return Ok(Some(made(field, word.to_owned(), word.to_owned(), language)));
    }
    if text.is_empty() {
        return if field.required { Err("missing") } else { Ok(None) };
    }
    if text.chars().count() > LONGEST_ANSWER {
        return Err("too_long");
    }
    match field.kind {
        FormFieldKind::Email => {
            let value = email(&text).ok_or("bad_email")?;
            Ok(Some(made(field, value.clone(), value, language)))
        }
        FormFieldKind::Phone => {
            let value = of_person(&text, country).ok_or("bad_phone")?;
            Ok(Some(made(field, value.clone(), value, language)))
        }
        FormFieldKind::Choice => {
            let choice = field.choices.iter().find(|choice| choice.value.trim() == text).ok_or("unknown_choice")?;
            let shown = word(&choice.label, language).unwrap_or(&text).to_owned();
            Ok(Some(made(field, text, shown, language)))
        }
        FormFieldKind::Name | FormFieldKind::Text | FormFieldKind::Consent => Ok(Some(made(field, text.clone(), text, language))),
    }
}

fn made(field: &Field, value: String, shown: String, language: &str) -> FormAnswer {
    let label = word(&field.label, language).unwrap_or(&field.key).to_owned();
    FormAnswer { key: field.key.clone(), kind: field.kind, label, value, shown }
}

/// The text in this language, else in any.
pub fn word<'a>(words: &'a Words, language: &str) -> Option<&'a str> {
    let there = |text: &&String| !text.trim().is_empty();
    words.get(language).filter(there).or_else(|| words.values().find(there)).map(String::as_str)
}

/// An address in its one spelling, or `None` for what no mail could reach. Whether somebody reads it there is another question.
fn email(text: &str) -> Option<String> {
    let (name, host) = text.rsplit_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "@,;<>()\"\\".contains(c));
    let dotted = host.contains('.') && host.split('.').all(|label| !label.is_empty());
    (plain(name) && plain(host) && dotted && text.len() <= 254).then(|| text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form() -> Vec<Field> {
        let fields = json!([
            { "key": "name", "type": "name", "required": true, "label": { "en": "Name", "de": "Name" } },
            { "key": "email", "type": "email", "required": true, "label": { "en": "Email" } },
            { "key": "phone", "type": "phone", "label": { "en": "Phone" } },
            { "key": "order_number", "type": "text", "label": { "en": "Order number", "de": "Bestellnummer" } },
            { "key": "topic", "type": "choice", "label": { "en": "Topic" }, "choices": [{ "value": "order", "label": { "en": "My order", "de": "Meine Bestellung" } }, { "value": "other" }] },
            { "key": "privacy", "type": "consent", "required": true, "label": { "en": "I agree", "de": "Ich stimme zu" } },
        ]);
        serde_json::from_value(fields).unwrap()
    }

    fn account(fields: &Value) -> ChannelAccount {
        crate::samples::account("webchat", &[(ASKS, "true"), (FIELDS, &fields.to_string())], &[])
    }

    fn judged(answers: Value) -> Result<Vec<FormAnswer>, Vec<Wrong>> {
        check(&form(), answers.as_object().unwrap(), "de", Some("DE"))
    }

    #[test]
    fn answers_become_values_of_one_spelling_in_the_words_that_were_shown() {
        let taken = judged(json!({
            "name": "  Mira   Ahn ", "email": "Mira@Example.TEST", "phone": "030 23125-014", "topic": "order", "privacy": "yes", "unasked": "x"
        }))
        .unwrap();
        let told: Vec<(&str, &str, &str)> = taken.iter().map(|a| (a.key.as_str(), a.value.as_str(), a.shown.as_str())).collect();
        assert_eq!(
            told,
            [
                ("name", "Mira Ahn", "Mira Ahn"),
                ("email", "mira@example.test", "mira@example.test"),
                ("phone", "+493023125014", "+493023125014"),
                ("topic", "order", "Meine Bestellung"),
                ("privacy", "yes", "yes")
            ]
        );
        assert_eq!(taken[4].label, "Ich stimme zu", "the wording that was agreed to is the evidence");
        assert_eq!(taken[1].label, "Email", "a label that is missing in a language is read in another");
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong =
            judged(json!({ "name": " ", "email": "mira at home", "phone": "12", "topic": "elsewhere", "order_number": "x".repeat(501) }));
        let wrong = wrong.unwrap_err();
        let named: Vec<(&str, &str)> = wrong.iter().map(|wrong| (wrong.field.as_str(), wrong.code)).collect();
        assert_eq!(
            named,
            [
                ("name", "missing"),
                ("email", "bad_email"),
                ("phone", "bad_phone"),
                ("order_number", "too_long"),
                ("topic", "unknown_choice"),
                ("privacy", "missing")
            ]
        );
        for bad in ["@x.test", "a@b", "a b@x.test", "a@x..test", "<a@x.test>", "a@x.test,b@x.test"] {
            assert_eq!(email(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_consent_not_given_is_told_as_no() {
        let field: Field = serde_json::from_value(json!({ "key": "news", "type": "consent", "label": { "en": "News" } })).unwrap();
        let taken = check(&[field], &Map::new(), "en", None).unwrap();
        assert_eq!(taken[0].value, "no");
    }

    #[test]
    fn a_form_that_is_badly_made_is_refused_with_the_field() {
        let said = |fields: Value| problem(&account(&fields)).map(|problem| problem.detail);
        assert_eq!(said(serde_json::to_value(form()).unwrap()), None);
        let label = json!({ "en": "X" });
        for (field, why) in [
            (json!({ "key": "mail", "type": "email", "label": label }), "field 1: the key of this field is email"),
            (json!({ "key": "vip", "type": "text", "label": label }), "field 1: vip is a fact of its own: choose another key"),
            (json!({ "key": "Order Nr", "type": "text", "label": label }), "is no key"),
            (json!({ "key": "x", "type": "text", "label": { "en": " " } }), "field 1: it has no label"),
            (json!({ "key": "x", "type": "choice", "label": label }), "it needs answers to choose from"),
            (json!({ "key": "x", "type": "date", "label": label }), "these are no fields of a form"),
        ] {
            let told = said(json!([field])).unwrap_or_default();
            assert!(told.contains(why), "{told} / {why}");
        }
        let twice = json!([{ "key": "x", "type": "text", "label": label }, { "key": "x", "type": "text", "label": label }]);
        assert_eq!(said(twice).as_deref(), Some("field 2: x is asked for twice"));
    }

    #[test]
    fn switched_off_it_asks_nothing() {
        let mut account = account(&serde_json::to_value(form()).unwrap());
        assert_eq!(fields(&account).len(), 6);
        account.settings.insert(ASKS.into(), "false".into());
        assert_eq!(fields(&account), []);
    }
}
