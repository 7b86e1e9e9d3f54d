use proptest::collection::vec;
use proptest::prelude::*;

use super::{NOW, root};
use crate::{Budget, Template, render};

const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{%-",
    "-}}",
    "{",
    "x",
    " ",
    "\n",
    "'",
    "\"",
    "|",
    ":",
    ",",
    ".",
    "..",
    "[",
    "]",
    "(",
    ")",
    "1",
    "-2.5",
    "99999999999999999999",
    "flow.variables.list",
    "flow",
    "é",
    "==",
    "<",
    "contains",
    "and",
    "or",
    "=",
    "{% if x %}",
    "{% else %}",
    "{% elsif 1 %}",
    "{% endif %}",
    "{% for i in flow.variables.list %}",
    "{% endfor %}",
    "{% for i in (1..99999999999) reversed %}",
    "{% break %}",
    "{% case x %}",
    "{% when 1 %}",
    "{% endcase %}",
    "{% capture x %}",
    "{% endcapture %}",
    "{% assign x = x | append: x %}",
    "{% cycle 1, 2 %}",
    "{% increment x %}",
    "{% raw %}",
    "{% endraw %}",
    "{% comment %}",
    "{% endcomment %}",
    "{{ x | split: '' }}",
    "{{ forloop.rindex }}",
];

const FILTERS: &[&str] = &[
    "abs",
    "append: a",
    "at_least: a",
    "capitalize",
    "ceil",
    "compact",
    "date: a",
    "default: a",
    "divided_by: a",
    "downcase",
    "escape",
    "escape_once",
    "first",
    "floor",
    "join: a",
    "last",
    "lstrip",
    "map: a",
    "minus: a",
    "modulo: a",
    "newline_to_br",
    "plus: a",
    "prepend: a",
    "remove: a",
    "remove_first: a",
    "replace: a, b",
    "reverse",
    "round: a",
    "rstrip",
    "size",
    "slice: a, b",
    "slice: b",
    "sort",
    "sort: a",
    "split: a",
    "strip",
    "strip_html",
    "strip_newlines",
    "times: a",
    "timezone: 'Asia/Tokyo'",
    "to_json",
    "truncate: a, b",
    "truncatewords: a",
    "uniq",
    "upcase",
    "url_decode",
    "url_encode",
    "round: 2",
    "date: '%Y %c %L %500d'",
    "times: 1e308",
    "at_most: a",
];

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[ -~é\n]{0,12}".prop_map(Into::into),
        "-?[0-9]{1,19}(\\.[0-9]{1,4})?".prop_map(Into::into),
        "<[a-z!/-]{0,8}>?&#?[a-z]{0,3};%[0-9a-f]{0,2}é".prop_map(Into::into),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| vec(inner, 0..4).prop_map(Into::into))
}

proptest! {
    #[test]
    fn any_text_is_rendered_or_refused(text in "(\\{\\{|\\}\\}|\\{%|%\\}|.){0,40}") {
        let _ = render(&text, &root(), &Budget::default(), NOW);
    }

    #[test]
    fn pieces_in_any_order_are_rendered_or_refused(pieces in vec(prop::sample::select(PIECES), 0..16)) {
        for text in [pieces.concat(), pieces.join(" ")] {
            if let Ok(template) = Template::parse(&text) {
                template.variables();
                if let Ok(rendered) = template.render(&root(), &Budget::default(), NOW) {
                    prop_assert!(rendered.text.len() <= Budget::default().output_bytes);
                }
            }
        }
    }

    #[test]
    fn any_filter_takes_any_value(
        input in value(), a in value(), b in value(),
        filters in vec(prop::sample::select(FILTERS), 1..4), now in any::<i64>(),
    ) {
        let root = serde_json::json!({"input": input, "a": a, "b": b});
        let text = format!("{{{{ input | {} }}}}", filters.join(" | ").replace("1e308", "a"));
        let template = Template::parse(&text);
        prop_assert!(template.is_ok(), "{} {:?}", text, template);
        let _ = template.expect("just seen").render(&root, &Budget::default(), now);
    }

    #[test]
    fn text_without_tags_stays(text in "[^{]{0,60}") {
        let rendered = render(&text, &root(), &Budget::default(), NOW);
        prop_assert_eq!(rendered.map(|rendered| rendered.text), Ok(text));
    }
}
