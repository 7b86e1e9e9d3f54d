//! What an expression asks for at least, so that those who have it are found without asking everybody.

use serde_json::Value;

use crate::scan::number_in;
use crate::{Comparison, Expression, Node, Operand, Operator, Path};

/// A condition that holds wherever the expression does: the value at `path` is one of `texts`, or a list that has one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub path: Path,
    /// Sorted, each once; texts that are no number, which nothing but themselves equals.
    pub texts: Vec<String>,
}

impl Expression {
    /// The narrowest such condition that can be read off, if any. Nothing where texts are compared without regard to case.
    pub fn need(&self) -> Option<Need> {
        if self.values.ignore_case { None } else { self.root.need() }
    }
}

impl Node {
    fn need(&self) -> Option<Need> {
        match self {
            Node::And(parts) => parts.iter().filter_map(Node::need).min_by_key(|need| need.texts.len()),
            Node::Or(parts) => {
                let mut needs = parts.iter().map(Node::need);
                let first = needs.next()??;
                needs.try_fold(first, |all, next| all.or(next?))
            }
            Node::Not(_) => None,
            Node::Comparison(comparison) => comparison.need(),
        }
    }
}

impl Comparison {
    fn need(&self) -> Option<Need> {
        let Comparison { left, operator, right } = self;
        let (path, with) = match (left, operator, right) {
            (Operand::Path(path), Operator::Equal | Operator::Has | Operator::In, Operand::Literal(with)) => (path, with),
            (Operand::Literal(with), Operator::Equal | Operator::In, Operand::Path(path)) => (path, with),
            _ => return None,
        };
        let texts = match (operator, with) {
            (Operator::In, Value::Array(items)) if matches!(left, Operand::Path(_)) => {
                items.iter().map(text).collect::<Option<Vec<_>>>()?
            }
            // A path in a constant that is no list is in nothing.
            (Operator::In, _) if matches!(left, Operand::Path(_)) => vec![],
            (_, with) => vec![text(with)?],
        };
        Some(Need::new(path.clone(), texts))
    }
}

impl Need {
    fn new(path: Path, mut texts: Vec<String>) -> Self {
        texts.sort();
        texts.dedup();
        Self { path, texts }
    }

    fn or(self, other: Need) -> Option<Need> {
        let same = self.path == other.path;
        same.then(|| Need::new(self.path, self.texts.into_iter().chain(other.texts).collect()))
    }
}

/// A constant that only the same text equals: a text that is a number equals numbers, too.
fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| number_in(text).is_none()).map(str::to_owned)
}
