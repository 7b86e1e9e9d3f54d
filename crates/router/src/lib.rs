//! Tasks, workflows, queues, workers, activities and reservations as one state machine with deadlines.
//!
//! Invariants: between two calls no free worker stands beside a waiting task they could take; a task has at most one
//! accepted reservation and at most `max_reserved_workers` pending ones; slots below a worker's capacity are held by one
//! open reservation each; a task keeps its place in line (`virtual_start_time`) however often it is refused or handed on;
//! every deadline is in the rows, so a router made from a snapshot goes on where the other stopped.
//! It does not know conversations, messages, flows, desks, HTTP or SQL, nor what time it is: `now` and ids are arguments.
//! It asks nobody and waits for nothing; it writes rows, news and events into [`model::RouterEffects`].

mod accept;
mod advance;
mod belonging;
mod channels;
mod check;
mod choose;
mod close;
mod deadline;
mod gone;
mod happened;
mod hours;
mod line;
mod lookup;
mod overview;
mod pace;
mod plan;
mod plan_error;
mod presence;
mod present;
mod put_activity;
mod put_channel;
mod put_hours;
mod put_queue;
mod put_settings;
mod put_worker;
mod put_workflow;
mod readings;
mod reject;
mod request;
mod reserve;
mod router;
mod rules;
mod settle;
mod snapshot;
mod standing;
mod state;
mod transfer;
mod try_out;
mod turn;
mod waiting;
mod why;
mod wrap;

#[cfg(test)]
mod tests;

pub use check::{check_filters_can_match, is_address};
pub use overview::QueueCounts;
pub use put_worker::check_workers;
pub use readings::{target_workers, values};
pub use router::Router;
pub use snapshot::Snapshot;
pub use try_out::TriedOut;

/// Seconds a task waits when its request does not say.
pub const TASK_TIMEOUT_S: i64 = 86_400;
/// The longest a task may be asked to wait, in seconds: two weeks.
pub const MAX_TASK_TIMEOUT_S: i64 = 1_209_600;
/// Seconds after which an assigned task is deleted that belongs to no conversation and that nobody ended.
pub const ASSIGNED_S: i64 = 86_400;
/// Seconds an offer stands when the task belongs to no workflow.
pub const RESERVATION_TIMEOUT_S: i64 = 120;
/// How often a task may be offered before it is canceled.
pub const MAX_OFFERS: i64 = 1_000;
/// Characters a worker's or a task's attributes may have.
pub const MAX_ATTRIBUTES: usize = 4_096;
/// Bytes a workflow's configuration may have.
pub const MAX_CONFIGURATION: usize = 1_038_576;
/// Losers named with a reservation; where there are more workers the others are counted.
pub const MAX_LOSERS: usize = 30;
