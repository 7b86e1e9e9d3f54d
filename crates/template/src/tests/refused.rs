use crate::Template;

#[track_caller]
fn refuse(template: &str, line: usize, column: usize, message: &str) {
    let error = Template::parse(template).expect_err(template);
    assert!(error.message.contains(message), "{template}: {error}");
    assert_eq!((error.line, error.column), (line, column), "{template}: {error}");
}

#[test]
fn what_is_no_template() {
    refuse("a\n {{ x", 2, 2, "never closed");
    refuse("{{ 'x }}", 1, 1, "never closed");
    refuse("{{ x | frobnicate }}", 1, 8, "unknown filter `frobnicate`");
    refuse("{{ x | plus }}", 1, 8, "1 to 1 arguments");
    refuse("{{ x y }}", 1, 6, "the end of the tag, found `y`");
    refuse("{{ x | }}", 1, 8, "a name");
    refuse("{{ größe }}", 1, 6, "found `ö`");
    refuse("{{ x. }}", 1, 7, "after the dot");
    refuse("{{ x[1 }}", 1, 8, "`]`");
    refuse("{% frobnicate %}", 1, 14, "unknown tag");
    refuse("\n{% if x %}y", 2, 3, "no `endif`");
    refuse("{% if x %}{% endfor %}", 1, 20, "closes nothing");
    refuse("{% endif %}", 1, 9, "closes nothing");
    refuse("{% else %}", 1, 8, "without its block");
    refuse("{% if %}{% endif %}", 1, 7, "a value");
    refuse("{% if a = b %}{% endif %}", 1, 9, "the end of the tag");
    refuse("{% for x on y %}{% endfor %}", 1, 10, "`in`");
    refuse("{% for x in (1..2 %}{% endfor %}", 1, 19, "`)`");
    refuse("{% for x in y step: 2 %}{% endfor %}", 1, 20, "no `step`");
    refuse("{% assign x 1 %}", 1, 13, "`=`");
    refuse("{% raw %} {{x}}", 1, 1, "no `endraw`");
    refuse("{% comment %}", 1, 1, "no `endcomment`");
    refuse("{% %}", 1, 4, "a name");
    refuse("{{ 99999999999999999999999x }}", 1, 27, "the end of the tag");
}
