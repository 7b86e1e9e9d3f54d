use crate::operand::Operand;

/// Tests joined by `and` and `or`, which bind from the right: `a and b or c` is `a and (b or c)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub first: Test,
    pub rest: Vec<(Join, Test)>,
    /// The branch is taken when the tests come out false: `unless`.
    pub negated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Test {
    pub left: Operand,
    pub right: Option<(Relation, Operand)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

impl Condition {
    /// What the `else` of an `if` waits for.
    pub fn always() -> Condition {
        Condition { first: Test { left: Operand::Literal(true.into()), right: None }, rest: Vec::new(), negated: false }
    }
}
