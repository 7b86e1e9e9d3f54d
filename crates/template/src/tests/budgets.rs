use serde_json::json;

use super::{NOW, root};
use crate::{Budget, Failure, MAX_NESTING, RenderErrorKind, Template, render};

fn failure(template: &str, budget: &Budget) -> RenderErrorKind {
    match render(template, &root(), budget, NOW) {
        Err(Failure::Render(error)) => error.kind,
        other => panic!("{template}: {other:?}"),
    }
}

/// Proves S23.
#[test]
fn output_is_bounded() {
    let budget = Budget::default();
    let fits = "x".repeat(budget.output_bytes);
    assert!(render(&fits, &root(), &budget, NOW).is_ok());
    assert_eq!(failure(&(fits + "x"), &budget), RenderErrorKind::OutputTooLong);
    let document = json!({"big": "x".repeat(20_000)});
    assert!(render("{{big}}", &document, &budget, NOW).is_err());
    assert!(render("{{big | slice: 0, 10}}", &document, &budget, NOW).is_ok());
    assert!(render("{% capture a %}{{big}}{% endcapture %}", &document, &budget, NOW).is_err());
}

/// Proves S23.
#[test]
fn steps_are_bounded() {
    let loops = "{% for a in (1..15) %}".repeat(6) + "{% if a %}{% endif %}" + &"{% endfor %}".repeat(6);
    assert_eq!(failure(&loops, &Budget::default()), RenderErrorKind::OutOfSteps);
    let budget = Budget { steps: 3, ..Budget::default() };
    assert!(render("a{{1}}b", &root(), &budget, NOW).is_ok());
    assert_eq!(failure("a{{1}}b{{2}}", &budget), RenderErrorKind::OutOfSteps);
}

/// Proves S23.
#[test]
fn growth_is_bounded() {
    let budget = Budget::default();
    let doubling = "{% assign x = '0123456789' %}".to_owned() + &"{% assign x = x | append: x %}".repeat(30);
    let kind = failure(&doubling, &budget);
    assert!(matches!(kind, RenderErrorKind::ValueTooLong | RenderErrorKind::OutOfSteps));
    let long = "a".repeat(20_000);
    for filter in ["replace: 'a', by", "split: '' | join: by"] {
        let template = format!("{{% assign by = '{long}' %}}{{{{ by | {filter} }}}}");
        assert_eq!(failure(&template, &budget), RenderErrorKind::ValueTooLong, "{filter}");
    }
    let template = format!("{{{{ 'now' | date: '{long}' }}}}");
    assert_eq!(failure(&template, &budget), RenderErrorKind::DateFormatTooLong);
}

/// Proves S23.
#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| "{% if true %}".repeat(levels) + &"{% endif %}".repeat(levels);
    assert!(Template::parse(&nested(MAX_NESTING)).is_ok());
    assert!(Template::parse(&nested(MAX_NESTING + 1)).is_err());
    assert!(Template::parse(&format!("{{{{ {} }}}}", "a[".repeat(20_000))).is_err());
    assert!(Template::parse(&"x".repeat(64 * 1024 + 1)).is_err());
}
