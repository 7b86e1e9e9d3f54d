//! Flows as values: definition and inputs in, effects and steps out.

mod checking;
mod default_flow;
mod imports;
mod predicates;
mod random;
mod traces;
mod walk;
mod widgets;

use walk::Walk;
