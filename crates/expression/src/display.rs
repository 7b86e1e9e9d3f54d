use std::fmt;

use serde_json::Value;

use crate::{Comparison, Expression, Node, Operand, Operator};

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Or(parts) => joined(f, parts, " OR ", |part| matches!(part, Node::Or(_))),
            Node::And(parts) => joined(f, parts, " AND ", |part| matches!(part, Node::Or(_) | Node::And(_))),
            Node::Not(inner) => match **inner {
                Node::Comparison(ref comparison) => write!(f, "NOT {comparison}"),
                ref other => write!(f, "NOT ({other})"),
            },
            Node::Comparison(comparison) => comparison.fmt(f),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Node], word: &str, in_parentheses: fn(&Node) -> bool) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(word)?;
        }
        if in_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, self.operator, self.right)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Contains => "CONTAINS",
            Operator::Has => "HAS",
            Operator::In => "IN",
            Operator::NotIn => "NOT IN",
        })
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Literal(value) => literal(f, value),
            Operand::List(items) => listed(f, items, |f, item| item.fmt(f)),
            Operand::Path(path) => path.fmt(f),
        }
    }
}

fn literal(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        // Without escapes a text holds one kind of quote at most; the other kind encloses it.
        Value::String(text) if text.contains('"') => write!(f, "'{text}'"),
        Value::String(text) => write!(f, "\"{text}\""),
        Value::Array(items) => listed(f, items, literal),
        other => write!(f, "{other}"),
    }
}

fn listed<T>(f: &mut fmt::Formatter<'_>, items: &[T], print: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result) -> fmt::Result {
    f.write_str("[")?;
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        print(f, item)?;
    }
    f.write_str("]")
}
