use proptest::prelude::*;
use serde_json::Value;

use super::reach::{documents, node, read};
use crate::{Expression, Json, Lookup, Need, Values};

#[test]
fn what_is_needed_is_read_off() {
    for (text, path, texts) in [
        ("skills HAS 'billing'", "skills", vec!["billing"]),
        ("'billing' IN skills", "skills", vec!["billing"]),
        ("team == 'north'", "team", vec!["north"]),
        ("'north' == team", "team", vec!["north"]),
        ("team IN ['south', 'north', 'south']", "team", vec!["north", "south"]),
        ("level > 3 AND skills HAS 'billing'", "skills", vec!["billing"]),
        ("team IN ['south', 'north'] AND skills HAS 'billing'", "skills", vec!["billing"]),
        ("skills HAS 'billing' OR skills HAS 'sales'", "skills", vec!["billing", "sales"]),
        ("(routing.team == 'a' AND level > 3) OR routing.team == 'b'", "routing.team", vec!["a", "b"]),
        ("team IN 'north'", "team", vec![]),
    ] {
        let need = read(text).need().unwrap_or_else(|| panic!("{text} needs something"));
        assert_eq!((need.path.to_string().as_str(), need.texts), (path, texts.into_iter().map(str::to_owned).collect()), "{text}");
    }
    for text in
        ["1 == 1", "level == 3", "level == '3'", "NOT team == 'a'", "team != 'a'", "team == 'a' OR level == 3", "a == 'x' OR b == 'x'"]
    {
        assert_eq!(read(text).need(), None, "{text}");
    }
}

#[test]
fn where_case_does_not_count_nothing_is_read_off() {
    let values = Values { ignore_case: true, ..Values::default() };
    assert_eq!(read("team == 'north'").under(values).need(), None);
}

fn met(need: &Need, document: &Value) -> bool {
    let value = Json(document).get(need.path.segments()).into_owned();
    let has = |value: &Value| value.as_str().is_some_and(|text| need.texts.iter().any(|one| one == text));
    has(&value) || value.as_array().into_iter().flatten().any(has)
}

fn readings() -> impl Strategy<Value = Values> {
    any::<[bool; 4]>().prop_map(|[not_in_null, null_is_zero, text_is_no_number, contains_texts_only]| Values {
        not_in_null,
        null_is_zero,
        ignore_case: false,
        text_is_no_number,
        contains_texts_only,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    /// Under every reading of values.
    #[test]
    fn whoever_matches_has_what_is_needed(root in node(), values in readings()) {
        let expression = Expression { root, values };
        if let Some(need) = expression.need() {
            for document in documents().iter().filter(|document| expression.matches(&Json(document))) {
                prop_assert!(met(&need, document), "{:?} needs {:?}, {} has it not", &expression, &need, document);
            }
        }
    }
}
