use crate::{Expression, Path};

#[track_caller]
fn refuse(text: &str, line: usize, column: usize, message: &str) {
    let error = Expression::parse(text).expect_err(text);
    assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
    assert!(error.message.contains(message), "{text}: {error}");
}

#[test]
fn what_is_no_expression() {
    refuse("", 1, 1, "found the end");
    refuse("  ", 1, 3, "found the end");
    refuse("skill-level > 1", 1, 6, "cannot contain `-`");
    refuse("lang =~ \"en.*\"", 1, 7, "found `~`");
    refuse("vip", 1, 4, "an operator");
    refuse("vip AND a==1", 1, 5, "an operator");
    refuse("lang ==", 1, 8, "found the end");
    refuse("[\"a\"", 1, 5, "`,` or `]`");
    refuse("a == 'x", 1, 6, "never closed");
    refuse("(a == 1", 1, 8, "`)`");
    refuse("a == 1)", 1, 7, "found `)`");
    refuse("a == 1 b == 2", 1, 8, "AND, OR");
    refuse("a ==\n  1 ANDD b == 2", 2, 5, "found `ANDD`");
    refuse("a NOT b", 1, 7, "IN after NOT");
    refuse("a == 3x", 1, 6, "followed by");
    refuse("a == 3.", 1, 6, "followed by");
    refuse("a == 1e999", 1, 6, "too large");
    refuse("a == .5", 1, 6, "found `.`");
    refuse("a. == 1", 1, 4, "after the dot");
    refuse("a[x] == 1", 1, 3, "index");
    refuse("a[1 == 1", 1, 5, "`]`");
    refuse("a[99999999999] == 1", 1, 3, "too large");
    refuse("a == [1,]", 1, 9, "a value");
    refuse("AND == 1", 1, 1, "not a keyword");
    refuse("f(x) == 1", 1, 2, "an operator");
    refuse("größe == 1", 1, 3, "an operator");
    refuse("ä == 1", 1, 1, "found `ä`");
    refuse("NOT NOT a == 1", 1, 5, "not a keyword");
    refuse("a == 1 ; drop", 1, 8, "found `;`");
    refuse("'ä' == 1 !", 1, 10, "found `!`");
}

#[test]
fn an_offset_counts_bytes() {
    let error = Expression::parse("'ä' == ;").expect_err("a semicolon");
    assert_eq!((error.offset, error.column), (8, 8));
}

#[test]
fn blanks_are_free() {
    let wanted = Expression::parse("a != 1 AND b NOT IN ['x']");
    for text in ["a!=1 and b not in['x']", "\ta ! = 1\r\nAND\nb NOT\n IN [ 'x' ] "] {
        assert_eq!(Expression::parse(text), wanted, "{text:?}");
    }
}

#[test]
fn printing() {
    for (text, printed) in [
        ("a=1 or b = 2 and(c=3)", "a == 1 OR b == 2 AND c == 3"),
        ("(a=1 or b=2) and c=3", "(a == 1 OR b == 2) AND c == 3"),
        ("not (a=1 and b=2)", "NOT (a == 1 AND b == 2)"),
        ("a has 'say \"x\"'", "a HAS 'say \"x\"'"),
        ("a in [ 1 ,b.c[ 0 ],[ ] ]", "a IN [1, b.c[0], []]"),
    ] {
        let expression = Expression::parse(text).expect(text);
        assert_eq!(expression.to_string(), printed);
    }
}

#[test]
fn named_paths() {
    let expression = Expression::parse("worker.a.b[0] HAS task.x AND NOT (worker.c IN [1, task.x, 'y'])");
    let paths: Vec<String> = expression.expect("valid").paths().into_iter().collect();
    assert_eq!(paths, ["task.x", "worker.a.b[0]", "worker.c"]);
}

#[test]
fn a_lone_path() {
    let path = Path::parse(" task.assigned.worker ").expect("a path");
    assert_eq!((path.to_string().as_str(), path.root()), ("task.assigned.worker", "task"));
    assert!(Path::parse("task.a b").is_err());
    assert!(Path::parse("").is_err());
}

#[test]
fn always_and_never() {
    let nothing = crate::Json(&serde_json::Value::Null);
    assert!(Expression::always().matches(&nothing));
    assert!(!Expression::never().matches(&nothing));
    assert_eq!(Expression::always().to_string(), "1 == 1");
}
