use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Literal(Value),
    /// `empty`: equal to an empty text, list or object; prints nothing.
    Empty,
    /// `blank`: equal to those, to nil, to false and to text of white space only.
    Blank,
    Path(Path),
}

/// A name such as `widgets.get-hours-2.parsed["x"]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub root: String,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Key(String),
    At(Operand),
}
