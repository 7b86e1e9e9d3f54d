//! The built-in bot: answers from a shop's own questions, in the customer's language, and remembers facts.
//!
//! Invariants: an answer depends on nothing but the rows, the request and the given time; what a customer writes is
//! compared and never run (not as a template, not as a pattern); work is bounded by the lengths cut below.
//! It does not know flows, conversations or channels: it takes one request document and gives one answer document,
//! the same that any bot behind an HTTP address would.

mod answer;
mod converse;
mod demo;
mod fact;
mod fold;
mod language;
mod learn;
mod matching;
mod phrases;
mod question;
mod request;
mod similar;
mod small_talk;
mod tokens;
mod word_list;

pub use answer::{Answer, Learned, Outcome};
pub use demo::demo;
pub use fact::{FactRule, check_rule};
pub use question::{Question, check_question};
pub use request::Request;

use std::collections::BTreeMap;

use learn::Listener;
use matching::Index;
use serde::Serialize;

/// Characters of a message that are read; what is longer is a letter, not a question.
pub const MAX_READ: usize = 2000;

/// A row that cannot be used, and where it is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// E.g. `value`, `answers/de`.
    pub field: String,
    /// Stable, for translation.
    pub code: String,
    /// English sentence with the mend.
    pub message: String,
}

/// Questions and facts made ready; built anew when a row changes.
#[derive(Debug)]
pub struct Bot {
    questions: Vec<Question>,
    index: Index,
    listeners: Vec<Listener>,
}

impl Bot {
    /// Rows that [`check_rule`] would refuse are left out.
    pub fn new(questions: Vec<Question>, facts: Vec<FactRule>) -> Self {
        let listeners = learn::listeners(facts);
        let index = Index::new(&questions, &listeners);
        Self { questions, index, listeners }
    }

    /// How a fact of this key is called, by language; none where no rule listens for it.
    pub fn labels(&self, key: &str) -> Option<&BTreeMap<String, String>> {
        self.listeners.iter().map(|listener| &listener.rule).find(|rule| rule.key == key).map(|rule| &rule.labels)
    }

    /// Answers one message. `now` is in microseconds since 1970; answers may print it.
    pub fn answer(&self, request: &Request, now: i64) -> Answer {
        converse::answer(self, request, now)
    }

    /// The same with documents: whatever is wrong with the request's shape counts as missing.
    pub fn answer_document(&self, request: &serde_json::Value, now: i64) -> serde_json::Value {
        let answer = self.answer(&Request::read(request), now);
        serde_json::to_value(answer).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
