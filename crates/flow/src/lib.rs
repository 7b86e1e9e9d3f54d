//! Flow definitions in Studio's JSON, their validation, and [`advance`], which moves one execution.
//!
//! Invariants: `advance` changes nothing but the execution it is given; what should happen in the world is an [`Effect`].
//! The same definition, execution, input and time give the same outcome. A stale answer or timer changes nothing.
//! An execution that ended stays ended. Steps, repeats, templates, patterns and fuel are bounded.
//! A widget that fails leaves by its error port, or the execution ends with a reason one can read.
//! This crate does not know who sends a message, asks a server, makes a task or keeps a row; it knows no channel and no database.

mod advance;
mod check;
mod context;
mod default_flow;
mod definition;
mod effect;
mod input;
mod lines;
mod pattern;
mod predicate;
mod problem;
mod references;
mod render;
mod visit;
mod widgets;

pub use advance::advance;
pub use check::{Checked, check, check_native};
pub use context::{Surroundings, last_message, refresh};
pub use default_flow::DEFAULT_FLOW;
pub use definition::{Condition, Definition, State, Transition, parse};
pub use effect::{Effect, Outcome};
pub use input::Input;
pub use predicate::Predicate;
pub use problem::FlowProblem;
pub use references::{Reference, ReferenceKind, references};

/// Studio's limit of steps in one execution; the step that would be the next ends it with 81000.
pub const MAX_STEPS: i64 = 1000;
/// How often a widget may run in a row by linking to itself; the next run ends the execution with 81001.
pub const MAX_REPEATS: i64 = 10;
/// Longest life of an execution, in seconds.
pub const MAX_LIFE_S: i64 = 30 * 86_400;
/// Most widgets of one flow.
pub const MAX_WIDGETS: usize = 2000;
/// Longest time an outside request of a flow may take, in milliseconds.
pub const HTTP_TIMEOUT_MS: u64 = 10_000;
/// Largest answer an HTTP widget takes, in bytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// Longest attributes text of a task, in characters.
pub const MAX_ATTRIBUTES: usize = 4096;

#[cfg(test)]
mod tests;
