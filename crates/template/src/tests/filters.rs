use super::check;

#[test]
fn numbers() {
    check(&[
        ("{{flow.variables.n | plus: 1}}", "3"),
        ("{{flow.variables.unset | plus: 1}}", "1"),
        ("{{flow.variables.padded| plus: 1}}", "2"),
        ("{{' 2 ' | plus: ' 1 '}}", "3"),
        ("{{'12 apples' | plus: 1}}", "13"),
        ("{{'apples' | plus: 1}}", "1"),
        ("{{0.1 | plus: 0.2}}", "0.3"),
        ("{{1.5 | times: 2}}", "3.0"),
        ("{{'2.5' | minus: 1}}", "1.5"),
        ("{{7 | divided_by: 2}} {{ -7 | divided_by: 2}} {{7 | divided_by: 2.0}}", "3 -4 3.5"),
        ("{{7 | modulo: 3}} {{ -7 | modulo: 3}} {{7.5 | modulo: 2}}", "1 2 1.5"),
        ("{{1 | divided_by: 0}}", "! divided by zero at line 1"),
        ("\n{{1 | modulo: missing}}", "! divided by zero at line 2"),
        ("{{9223372036854775807 | plus: 1}}", "9223372036854780000.0"),
        ("{{15.49 | round}} {{15.5 | round}} {{1.2345 | round: 2}} {{2.675 | round: 2}}", "15 16 1.23 2.68"),
        ("{{1.2 | ceil}} {{1.8 | floor}} {{ -3 | abs}} {{4 | at_most: 3}} {{4 | at_least: 5}}", "2 1 3 3 5"),
    ]);
}

#[test]
fn texts() {
    check(&[
        ("{{'a' | append: 'b' | prepend: 'c'}}", "cab"),
        ("{{'hELLO wORLD' | capitalize}}", "Hello world"),
        ("{{'Ab' | upcase}}{{'Ab' | downcase}}", "ABab"),
        ("{{missing | default: 'x'}}{{'' | default: 'y'}}{{false | default: 'z'}}", "xyz"),
        ("{{false | default: 'z', allow_false: true}}{{0 | default: 'z'}}", "false0"),
        ("{{missing | default: flow.variables.name}}", "Amy"),
        ("{{trigger.message.Body | escape}}", "Hello &lt;b&gt;You&lt;/b&gt; &amp; &quot;me&quot;"),
        ("{{'&lt; & <' | escape_once}}", "&lt; &amp; &lt;"),
        ("{{trigger.message.Body | strip_html}}", "Hello You & \"me\""),
        ("{{'a<script>x</script>b<!-- > -->c<p' | strip_html}}", "abc<p"),
        ("{{' a ' | strip}}|{{' a ' | lstrip}}|{{' a ' | rstrip}}", "a|a | a"),
        ("{{'aXbXc' | replace: 'X', '-'}} {{'aXbXc' | replace_first: 'X', '-'}}", "a-b-c a-bXc"),
        ("{{'aXbXc' | remove: 'X'}} {{'aXbXc' | remove_first: 'X'}} {{'ab' | replace: '', 'x'}}", "abc abXc ab"),
        ("{{'a b&c/é' | url_encode}} {{'a+b%26%C3%A9%zz' | url_decode}}", "a+b%26c%2F%C3%A9 a b&é%zz"),
        ("{{'abcdef' | truncate: 5}} {{'abc' | truncate: 3}} {{'abcdef' | truncate: 3, ''}}", "ab... abc abc"),
        ("{{'one two three' | truncatewords: 2}} {{'one two' | truncatewords: 2, '--'}}", "one two... one two"),
        ("{{'äöü' | slice: 1}} {{'abcdef' | slice: -3, 2}} {{'abc' | slice: 5, 2}}", "ö de "),
        ("{{'äöü' | size}} {{12 | size}}", "3 0"),
        ("{{\"a\nb\" | newline_to_br}}{{\"a\r\nb\" | strip_newlines}}", "a<br />\nbab"),
    ]);
}

#[test]
fn lists() {
    check(&[
        ("{{ \"a,b\" | split: \",\" | last }}", "b"),
        ("{{ 'a,b,,' | split: ',' | size }} {{ ' a  b ' | split: ' ' | join: '-' }} {{ 'abc' | split: '' | first }}", "2 a-b a"),
        ("{{ flow.variables.list | join: ', ' }} {{ flow.variables.list | join }}", "a, b, 3 a b 3"),
        ("{{ flow.variables.rows | map: 'id' | join: ',' }} {{ flow.variables.rows | map: 'zz' | compact | size }}", "2,1 0"),
        ("{{ flow.variables.rows | sort: 'id' | map: 'k' }} {{ '10,9,b,a' | split: ',' | sort | join: ',' }}", "yx 10,9,a,b"),
        ("{{ flow.variables.list | sort | join: ',' }}", "3,a,b"),
        ("{{ flow.variables.list | reverse }} {{ 'b,a,b' | split: ',' | uniq }}", "3ba ba"),
        ("{{ flow.variables.list | slice: 1, 2 }} {{ missing | first }}{{ missing | join: ',' }}{{ missing | size }}", "b3 0"),
    ]);
}
