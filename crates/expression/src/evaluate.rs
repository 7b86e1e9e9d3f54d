use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::compare::holds;
use crate::{Expression, Lookup, Node, Operand, Values};

/// Steps one evaluation may take in [`Expression::matches`]: comparisons made, list elements seen,
/// and each 64 bytes of text searched. No expression of the longest text over ordinary attributes comes near.
pub const DEFAULT_STEPS: u32 = 100_000;

/// The evaluation was stopped before it had an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfSteps;

impl fmt::Display for OutOfSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the expression takes too many steps")
    }
}

impl std::error::Error for OutOfSteps {}

impl Expression {
    /// Whether the expression is true; one that runs out of [`DEFAULT_STEPS`] is not.
    pub fn matches(&self, lookup: &dyn Lookup) -> bool {
        self.evaluate(lookup, DEFAULT_STEPS).unwrap_or(false)
    }

    /// Whether the expression is true, within a number of steps.
    ///
    /// # Errors
    /// [`OutOfSteps`] when the steps do not suffice. Steps are counted, never timed, so a replay agrees.
    pub fn evaluate(&self, lookup: &dyn Lookup, steps: u32) -> Result<bool, OutOfSteps> {
        let mut steps = Steps { left: steps, values: self.values };
        self.root.evaluate(lookup, &mut steps)
    }
}

/// What is left to spend, and how values are read meanwhile.
pub(crate) struct Steps {
    left: u32,
    pub values: Values,
}

impl Steps {
    pub fn new(steps: u32) -> Self {
        Self { left: steps, values: Values::default() }
    }

    pub fn spend(&mut self, count: usize) -> Result<(), OutOfSteps> {
        let count = u32::try_from(count).map_err(|_| OutOfSteps)?;
        self.left = self.left.checked_sub(count).ok_or(OutOfSteps)?;
        Ok(())
    }
}

impl Node {
    fn evaluate(&self, lookup: &dyn Lookup, steps: &mut Steps) -> Result<bool, OutOfSteps> {
        steps.spend(1)?;
        match self {
            Node::Or(parts) => {
                for part in parts {
                    if part.evaluate(lookup, steps)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Node::And(parts) => {
                for part in parts {
                    if !part.evaluate(lookup, steps)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Node::Not(inner) => Ok(!inner.evaluate(lookup, steps)?),
            Node::Comparison(comparison) => {
                let left = comparison.left.value(lookup, steps)?;
                let right = comparison.right.value(lookup, steps)?;
                holds(&left, comparison.operator, &right, steps)
            }
        }
    }
}

impl Operand {
    fn value<'a>(&'a self, lookup: &'a dyn Lookup, steps: &mut Steps) -> Result<Cow<'a, Value>, OutOfSteps> {
        match self {
            Operand::Literal(value) => Ok(Cow::Borrowed(value)),
            Operand::Path(path) => Ok(lookup.get(path.segments())),
            Operand::List(items) => {
                steps.spend(items.len())?;
                let values: Result<Vec<Value>, OutOfSteps> =
                    items.iter().map(|item| item.value(lookup, steps).map(Cow::into_owned)).collect();
                Ok(Cow::Owned(Value::Array(values?)))
            }
        }
    }
}
