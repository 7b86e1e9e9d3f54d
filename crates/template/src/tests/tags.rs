use super::{check, root};
use crate::{Budget, Template};

#[test]
fn conditions() {
    check(&[
        ("{% if flow.variables.empty %}T{% else %}F{% endif %}", "T"),
        ("{%if flow.variables.zero%}T{%else%}F{%endif%}", "T"),
        ("{% if missing %}T{% else %}F{% endif %}", "F"),
        ("{% if flow.variables.no %}T{% else %}F{% endif %}", "F"),
        ("{% unless missing %}T{% else %}F{% endunless %}", "T"),
        ("{% unless true %}T{% else %}F{% endunless %}", "F"),
        ("{% unless true %}T{% elsif 1 == 1 %}E{% endunless %}", "E"),
        ("{% if 1 > 2 %}a{% elsif 2 > 1 %}b{% else %}c{% endif %}", "b"),
        ("{% if flow.variables.name == 'Amy' %}T{% endif %}", "T"),
        ("{% if flow.variables.name == 'amy' %}T{% endif %}", ""),
        ("{% if flow.variables.name != 'x' and flow.variables.name <> 'y' %}T{% endif %}", "T"),
        ("{% if 1 == 1.0 %}T{% endif %}", "T"),
        ("{% if '1' == 1 %}T{% else %}F{% endif %}", "F"),
        ("{% if flow.variables.n > 1 %}T{% endif %}", "T"),
        ("{% if flow.variables.padded >= 1 %}T{% endif %}", "T"),
        ("{% if '10' < '9' %}T{% endif %}", "T"),
        ("{% if missing < 1 %}T{% else %}F{% endif %}", "F"),
        ("{% if missing == nil %}T{% endif %}", "T"),
        ("{% if flow.variables.empty == empty %}T{% endif %}", "T"),
        ("{% if ' ' == blank and missing == blank %}T{% endif %}", "T"),
        ("{% if missing == empty %}T{% else %}F{% endif %}", "F"),
        ("{% if flow.variables.list contains 'a' %}T{% endif %}", "T"),
        ("{% if flow.variables.name contains 'my' %}T{% endif %}", "T"),
        ("{% if missing contains 'my' %}T{% else %}F{% endif %}", "F"),
        ("{% if true or false and false %}T{% else %}F{% endif %}", "T"),
        ("{% if false and true or true %}T{% else %}F{% endif %}", "F"),
        ("{% if c %} {{c | plus: 1}} {% else %} 1 {% endif %}", " 1 "),
    ]);
}

#[test]
fn cases() {
    check(&[
        ("{% case flow.variables.n %}{% when '1' %}a{% when '2', '3' %}b{% else %}c{% endcase %}", "b"),
        ("{% case 3 %} ignored {% when 1 or 3 %}b{% else %}c{% endcase %}", "b"),
        ("{% case missing %}{% when 1 %}b{% else %}c{% endcase %}", "c"),
        ("{% case missing %}{% when 1 %}b{% endcase %}", ""),
    ]);
}

#[test]
fn loops() {
    check(&[
        ("{% for i in (1..20) %}x{% endfor %}", "xxxxxxxxxxxxxxx"),
        ("{% for i in (1..3) %}{{i}}{% endfor %}", "123"),
        ("{% for i in (3..1) %}{{i}}{% else %}none{% endfor %}", "none"),
        ("{% for i in (1..flow.variables.n) %}{{i}}{% endfor %}", "12"),
        ("{% for i in (1..9) reversed limit:2 offset: 3 %}{{i}}{% endfor %}", "54"),
        ("{% for i in (1..100000000) %}{{i}}{% break %}{% endfor %}", "1"),
        ("{% for i in (-9223372036854775808..9223372036854775807) limit: 1 %}{{i}}{% endfor %}", "-9223372036854775808"),
        ("{% for x in flow.variables.list %}{{forloop.index}}{{x}}{% unless forloop.last %},{% endunless %}{% endfor %}", "1a,2b,33"),
        (
            "{% for x in flow.variables.list %}{{forloop.rindex}}{{forloop.rindex0}}{{forloop.first}} {% endfor %}",
            "32true 21false 10false ",
        ),
        ("{% for x in missing %}x{% else %}none{% endfor %}", "none"),
        ("{% for x in flow.variables.name %}[{{x}}]{% endfor %}", "[Amy]"),
        ("{% for p in widgets.w.headers %}{{p[0]}}={{p.last}}{% endfor %}", "x-name=N"),
        ("{% for i in (1..5) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{i}}{% endfor %}", "13"),
        ("{% for i in (1..2) %}{% for i in (8..9) %}{{i}}{% endfor %}{{i}} {% endfor %}", "891 892 "),
        ("{% for i in (1..3) %}{% cycle 'a', 'b' %}{% endfor %}{% cycle 'a', 'b' %}{% cycle 'g': 'a', 'b' %}", "ababa"),
    ]);
}

#[test]
fn a_cut_loop_warns_once() {
    let template = Template::parse("\n{% for i in (1..2) %}{% for j in (1..16) %}x{% endfor %}{% endfor %}");
    let rendered = template.expect("valid").render(&root(), &Budget::default(), 0);
    let rendered = rendered.expect("within budget");
    assert_eq!(rendered.text.trim().len(), 30);
    assert_eq!(rendered.warnings.len(), 1);
    assert_eq!(rendered.warnings[0].line, 2);
}

#[test]
fn variables() {
    check(&[
        ("{% assign a = flow.variables.n | plus: 1 %}{{a}}", "3"),
        ("{% assign flow = 'x' %}{{flow}}", "x"),
        ("{% capture a %}<{{flow.variables.name}}>{% endcapture %}{{a}}{{a}}", "<Amy><Amy>"),
        ("{% capture 'a' %}1{% endcapture %}{{a}}", "1"),
        ("{% increment c %}{% increment c %}{{c}}", "012"),
        ("{% decrement c %}{% decrement c %}", "-1-2"),
        ("{% comment %}{{ broken {% endcomment %}x", "x"),
        ("{% raw %}{{ a }} {% if %}{% endraw %}", "{{ a }} {% if %}"),
    ]);
}
