//! The one small language of workflow filters, worker targeting, `skip_if` and `order_by`.
//!
//! Invariants: reading an expression needs no schema, so an unknown name is NULL and never an error;
//! text, nesting and evaluation are bounded; an expression printed and parsed again is the same expression.
//! It does not know what a task, a worker or a queue is, nor where attributes are kept: a [`Lookup`] answers.
//! It has no functions, no arithmetic, no patterns and no side effects.

mod compare;
mod display;
mod evaluate;
mod lookup;
mod needs;
mod order_by;
mod parse;
mod path;
mod reach;
mod scan;
mod syntax_error;
mod tree;
mod values;

#[cfg(test)]
mod tests;

pub use evaluate::{DEFAULT_STEPS, OutOfSteps};
pub use lookup::{Json, Lookup, Overlay, Roots};
pub use needs::Need;
pub use order_by::{Clause, Direction, OrderBy, OrderKey};
pub use path::{Path, Segment};
pub use syntax_error::SyntaxError;
pub use tree::{Comparison, Expression, Node, Operand, Operator};
pub use values::Values;

/// The longest text that is parsed, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// How deep parentheses, NOT and lists may nest together.
pub const MAX_NESTING: usize = 64;
