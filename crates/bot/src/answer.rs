//! What the bot says, and what it wants kept.

use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Answered,
    /// A person should take over.
    Handover,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Learned {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    pub outcome: Outcome,
    /// For the customer; may be empty on a handover.
    pub text: String,
    pub learned: Vec<Learned>,
    /// For the next request of this conversation.
    pub memory: Value,
    /// The language of `text`.
    pub language: String,
    /// The question that was recognised.
    pub matched: Option<String>,
    /// How well the best question fits, 0 to 1.
    pub score: f64,
    /// On a handover, what an agent should know; otherwise empty.
    pub summary: String,
}
