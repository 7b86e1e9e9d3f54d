//! What an execution can be told.

use model::job::HttpAnswer;
use model::{Standing, TaskOutcome};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub enum Input<'a> {
    /// Begins an execution whose `step_no` is 0.
    Start {
        /// Becomes `trigger`: an object such as `{"conversation": {"Body": …}}` or `{"message": {…}}`.
        trigger: Value,
        /// `incomingConversationMessage`, `incomingMessage` or `incomingRequest`.
        event: &'a str,
        /// Becomes `flow.data`.
        data: Value,
    },
    /// The customer wrote: `Body`, `From`, `MessageSid`, `NumMedia`, `MediaUrl0`, …
    Reply {
        message: Value,
    },
    /// A wake-up of the step of this number.
    Timeout {
        step_no: i64,
    },
    HttpAnswer {
        step_no: i64,
        answer: &'a HttpAnswer,
    },
    /// `{outcome, text, choices?, learned: [{key, value}], memory, language?, summary?}`
    BotAnswer {
        step_no: i64,
        answer: Value,
    },
    TaskMade {
        sid: String,
        attributes: String,
    },
    TaskRefused {
        reason: String,
    },
    /// The task's first match found nobody.
    NobodyAvailable {
        standing: Standing,
    },
    TaskEnded {
        outcome: TaskOutcome,
    },
    /// The message of a waiting send-and-wait could not be delivered.
    DeliveryFailed,
    /// More of an execution that ran out of fuel.
    Continue,
}
