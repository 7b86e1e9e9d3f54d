use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Path, Values};

/// A parsed expression. The only way to make one is [`Expression::parse`], so every limit holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub(crate) root: Node,
    pub(crate) values: Values,
}

/// A condition: what can be true or false.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// True when any part is; two parts or more.
    Or(Vec<Node>),
    /// True when every part is; two parts or more.
    And(Vec<Node>),
    Not(Box<Node>),
    Comparison(Comparison),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub left: Operand,
    pub operator: Operator,
    pub right: Operand,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A constant; a list made of constants only is one too.
    Literal(Value),
    /// A list of which at least one item is a path.
    List(Vec<Operand>),
    Path(Path),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Has,
    In,
    NotIn,
}

impl Expression {
    /// The tree, for translations such as a list filter to SQL.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// `1 == 1`: what an absent expression means in most places.
    pub fn always() -> Expression {
        Expression::constant(1)
    }

    /// `1 == 0`: what an empty queue expression means.
    pub fn never() -> Expression {
        Expression::constant(0)
    }

    fn constant(right: i64) -> Expression {
        Expression {
            root: Node::Comparison(Comparison {
                left: Operand::Literal(1.into()),
                operator: Operator::Equal,
                right: Operand::Literal(right.into()),
            }),
            values: Values::default(),
        }
    }

    /// The same expression under another reading of values.
    pub fn under(self, values: Values) -> Expression {
        Expression { values, ..self }
    }

    /// Every attribute path named, as written without blanks, for example `worker.routing.skills` or `list[0].id`.
    pub fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        self.root.collect_paths(&mut paths);
        paths
    }
}

impl Node {
    fn collect_paths(&self, into: &mut BTreeSet<String>) {
        match self {
            Node::Or(parts) | Node::And(parts) => {
                parts.iter().for_each(|part| part.collect_paths(into));
            }
            Node::Not(inner) => inner.collect_paths(into),
            Node::Comparison(comparison) => {
                comparison.left.collect_paths(into);
                comparison.right.collect_paths(into);
            }
        }
    }
}

impl Operand {
    fn collect_paths(&self, into: &mut BTreeSet<String>) {
        match self {
            Operand::Literal(_) => {}
            Operand::List(items) => items.iter().for_each(|item| item.collect_paths(into)),
            Operand::Path(path) => {
                into.insert(path.to_string());
            }
        }
    }
}
