//! The vectors of the splits, each run through a real split widget.

use serde_json::{Value, json};

use super::Walk;

fn holds(input: &str, kind: &str, value: &str, data: Value) -> bool {
    let mut walk = Walk::of(json!([
        { "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingConversationMessage", "next": "s" }] },
        { "name": "s", "type": "split-based-on", "properties": { "input": input }, "transitions": [
            { "event": "noMatch" },
            { "event": "match", "next": "yes", "conditions": [{ "type": kind, "value": value, "arguments": ["stale"] }] },
        ] },
        { "name": "yes", "type": "set-variables", "transitions": [] },
    ]));
    let trigger = json!({ "conversation": { "Body": "x" } });
    walk.tell(crate::Input::Start { trigger, event: "incomingConversationMessage", data });
    walk.execution.widget == "yes"
}

#[test]
fn the_vectors() {
    for (input, kind, value, expected) in [
        (" Yes ", "equal_to", "yes", true),
        ("yes please", "equal_to", "yes", false),
        ("no", "not_equal_to", "yes", true),
        ("2", "matches_any_of", "1, 2 ,3", true),
        ("two, three", "matches_any_of", "two, three", false),
        ("4", "does_not_match_any_of", "1, 2 ,3", true),
        ("I want HELP now", "contains", "help", true),
        ("I want HELP now", "does_not_contain", "help", false),
        ("abc123", "regex", "[a-z]+", false),
        ("ABC", "regex", "[a-z]+", true),
        ("foo bar", "regex", "^(?=.*bar)(?=.*foo).*$", true),
        ("foo", "regex", "^(?=.*bar)(?=.*foo).*$", false),
        ("FOO\nbar", "regex", "^(?=.*bar).*$", true),
        ("a\nb", "regex", "a.b", true),
        ("ab", "regex", "a|ab", true),
        ("xx", "regex", "(x)\\1", true),
        ("a/b", "regex", "a\\/b", true),
        ("b", "regex", "a)|(b", false),
        ("", "is_blank", "Is Blank", true),
        (" \t", "is_blank", "Is Blank", true),
        ("x", "is_not_blank", "Is Not Blank", true),
        ("", "not_equal_to", "x", true),
        ("10", "greater_than", "9", true),
        ("9.5", "less_than", "10", true),
        (" 3 ", "less_than", "10", true),
        ("abc", "less_than", "5", false),
        ("abc", "greater_than", "5", false),
        ("inf", "greater_than", "5", false),
        ("+6512345678", "does_not_start_with", "+65", false),
        ("+6512345678", "starts_with", "+65", true),
        ("false", "equal_to", "FALSE", true),
        ("{{flow.variables.none}}", "equal_to", "", true),
        ("08:59", "is_before_time", "09:00", true),
        ("8:59", "is_before_time", "09:00", false),
        ("17:30", "is_after_time", "17:00", true),
        ("2026-01-02", "is_after_date", "2025-12-31", true),
        ("2026-13-02", "is_after_date", "2025-12-31", false),
        ("Cafe\u{301}", "equal_to", "CAFÉ", true),
        ("ÜBER", "contains", "über", true),
        ("1", "telepathy", "1", false),
    ] {
        assert_eq!(holds(input, kind, value, json!({})), expected, "{input:?} {kind} {value:?}");
    }
}

#[test]
fn values_are_templates_and_json_becomes_text() {
    let data = json!({ "on": false, "want": "yes", "list": ["blocked"], "object": { "a": "needle" }, "number": 7 });
    assert!(holds("{{flow.data.on}}", "equal_to", "false", data.clone()));
    assert!(holds("YES", "equal_to", "{{flow.data.want}}", data.clone()));
    assert!(holds("{{flow.data.list}}", "equal_to", "blocked", data.clone()));
    assert!(holds("{{flow.data.object}}", "contains", "\"needle\"", data.clone()));
    assert!(holds("{{flow.data.number}}", "less_than", "10", data.clone()));
    assert!(holds("yes!", "regex", "{{flow.data.want}}.", data));
}

/// Proves S23 and I2.6.
#[test]
fn a_pattern_that_never_ends_is_given_up() {
    let text = "a".repeat(40);
    assert!(!holds(&text, "regex", "(?=(a+)+$)(a+)+(?<!a)b", json!({})));
}
