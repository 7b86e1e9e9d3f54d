//! Flows as values: definition and inputs in, effects and steps out.

mod default_flow;
mod walk;

use walk::Walk;
