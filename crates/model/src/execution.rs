//! One run of a flow, and one visit to a widget.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ConversationId, ExecutionId, FlowId, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExecutionState {
    Active,
    Ended,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    pub id: ExecutionId,
    pub conversation_id: ConversationId,
    pub flow_id: FlowId,
    /// The revision it started with.
    pub revision: i64,
    /// Number of the current step; 0 before the first.
    pub step_no: i64,
    pub state: ExecutionState,
    /// Name of the widget it stands in.
    pub widget: String,
    pub waiting: Option<Waiting>,
    /// How often the current widget ran in a row by linking to itself.
    pub repeats: i64,
    /// The variables document: `flow`, `contact`, `trigger`, `widgets`.
    pub context: Value,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub ended_reason: Option<String>,
}

/// What the current widget waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Waiting {
    Reply {
        until: Timestamp,
    },
    Http,
    Bot,
    /// The task was asked for and is not yet made or refused.
    Task,
    /// `wait_for_outcome`: until the task ends.
    Outcome,
}

/// A line of the step log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub execution_id: ExecutionId,
    pub no: i64,
    pub widget: String,
    pub kind: String,
    /// The event that led out of it; `None` while it is the current one.
    pub event: Option<String>,
    pub next: Option<String>,
    pub at: Timestamp,
    pub warnings: Vec<(i64, String)>,
    /// What this widget put into the context.
    pub output: Value,
}
