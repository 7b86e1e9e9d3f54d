use super::check;
use crate::Template;

#[test]
fn names() {
    check(&[
        ("plain text }} %} {", "plain text }} %} {"),
        ("{{flow.variables.name}}!", "Amy!"),
        ("{{ flow . variables. name }}", "Amy"),
        ("{{widgets.get-hours-2.parsed.open}}", "true"),
        ("{{widgets.get-hours-2.parsed.days[1]}}", "Tue"),
        ("{{widgets.get-hours-2.parsed.days[-1]}}", "Tue"),
        ("{{widgets.get-hours-2.parsed.days.first}}", "Mon"),
        ("{{widgets.get-hours-2.parsed.days.size}}", "2"),
        ("{{flow.variables.name.size}}", "3"),
        ("{{widgets.w.headers[\"x-name\"]}}", "N"),
        ("{{widgets['w'].headers['x-name']}}", "N"),
        ("{% assign key = 'name' %}{{flow.variables[key]}}", "Amy"),
        ("{{widgets.none.parsed.x}}", ""),
        ("{{nothing}}{{flow.variables.nil}}{{ }}", ""),
        ("{{flow.variables.name.x.y[3]}}", ""),
        ("{{true}} {{false}} {{nil}} {{empty}} {{blank}}", "true false   "),
        ("{{1}} {{ -2.50}} {{'a'}} {{\"b'\"}}", "1 -2.5 a b'"),
        ("{{ \"}}\" }}", "}}"),
        ("{\"a\":{\"b\":{{{flow.variables.n}}}}}", "{\"a\":{\"b\":{2}}}"),
        ("{\"a\":{\"b\":{{flow.variables.n}}}}", "{\"a\":{\"b\":2}}"),
    ]);
}

#[test]
fn printing() {
    check(&[
        ("{{flow.variables.list}}", "ab3"),
        ("{{flow.variables.one}}", "blocked"),
        ("{{widgets.get-hours-2.parsed.a}}", "{\"b\":1}"),
        ("{{flow.variables.rows}}", "{\"id\":2,\"k\":\"x\"}{\"id\":1,\"k\":\"y\"}"),
        ("{{widgets.w | to_json}}", "{\"headers\":{\"x-name\":\"N\"}}"),
        ("{{flow.variables.list | to_json}}", "[\"a\",\"b\",3]"),
        ("{{widgets.none.parsed.x | to_json}}", "null"),
        ("{{flow.variables.name | json}}", "\"Amy\""),
        ("{{flow.variables.half}} {{flow.variables.zero}}", "0.5 0"),
        ("{{widgets.w | replace: '\"', ''}}", "{headers:{x-name:N}}"),
    ]);
}

#[test]
fn white_space_control() {
    check(&[
        ("a {{- 1 -}} b", "a1b"),
        ("a\n{%- if true -%}\n x \n{%- endif -%}\n b", "axb"),
        ("a {{ 1 -}}\n\n b", "a 1b"),
        ("a {%- comment -%} c {%- endcomment -%} b", "ab"),
        ("a {%- raw -%} {{x}} {%- endraw -%} b", "a{{x}}b"),
        ("{{-1}}", "1"),
        ("{{ -1 }}", "-1"),
    ]);
}

/// Proves S23.
#[test]
fn rendered_text_is_not_read_again() {
    check(&[("{{ '{{flow.variables.name}}' }}{{ '{% if %}' }}", "{{flow.variables.name}}{% if %}")]);
}

#[test]
fn wanted_names() {
    let template = Template::parse(
        "{% assign own = a.b | plus: c.d %}{{ own.x }}{% for row in rows[0].list limit: n %}{{ row.id }}{{ forloop.index }}
         {% endfor %}{% if x.y == z[k.v].w or q %}{% endif %}{% case s %}{% when t %}{{ u['v-w'] }}{% endcase %}",
    );
    let names: Vec<String> = template.expect("valid").variables().into_iter().collect();
    let wanted = ["a.b", "c.d", "k.v", "n", "q", "rows", "s", "t", "u.v-w", "x.y", "z"];
    assert_eq!(names, wanted);
}
