use crate::condition::Condition;
use crate::filters::Call;
use crate::operand::Operand;

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub line: usize,
    pub kind: NodeKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeKind {
    Text(String),
    Output(Piped),
    /// Branches in order; the first whose condition holds is rendered.
    If(Vec<(Condition, Vec<Node>)>),
    Case {
        subject: Operand,
        branches: Vec<(Vec<Operand>, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    For(Box<For>),
    Break,
    Continue,
    Assign(String, Piped),
    Capture(String, Vec<Node>),
    Cycle {
        group: String,
        values: Vec<Operand>,
    },
    Increment(String),
    Decrement(String),
}

/// A value and the filters it runs through.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piped {
    pub value: Operand,
    pub filters: Vec<Call>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct For {
    pub name: String,
    pub over: Over,
    pub limit: Option<Operand>,
    pub offset: Option<Operand>,
    pub reversed: bool,
    pub body: Vec<Node>,
    pub otherwise: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Over {
    /// Both ends belong to it; never written out, however long.
    Range(Operand, Operand),
    Value(Operand),
}
