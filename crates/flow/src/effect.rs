//! What a flow wants done. The one who does it is not known here.

use model::job::HttpRequest;
use model::{Step, Timestamp};
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Say something to the customer.
    Send {
        text: String,
        /// Public addresses of pictures and files.
        media: Vec<String>,
        /// Answers offered as buttons; the text makes sense without them.
        choices: Vec<String>,
        /// As `model::check_cards` lets them pass; with cards there are no choices.
        cards: Vec<model::Card>,
        /// Messages in providers' own forms, by the kind of channel that each is for; there it is sent instead of choices, cards and media.
        native: Map<String, Value>,
        /// The message's own attributes; null when the widget has none.
        attributes: Value,
        /// Display name the flow wants; empty = the channel's own.
        from: String,
        /// Whether a failed delivery must come back as `DeliveryFailed`.
        await_delivery: bool,
    },
    /// Ask a server; the answer comes back as `HttpAnswer` with the same number.
    Http {
        step_no: i64,
        request: HttpRequest,
    },
    /// Ask the bot: `{text, media, language, facts, memory}`; the answer comes back as `BotAnswer`.
    Bot {
        step_no: i64,
        request: Value,
    },
    RequestTask {
        step_no: i64,
        /// As given: an id, a name, or another system's SID that a table maps.
        workflow: String,
        channel: String,
        /// JSON object text, ≤ 4,096 characters.
        attributes: String,
        priority: Option<i64>,
        timeout_s: Option<i64>,
    },
    WakeAt {
        step_no: i64,
        at: Timestamp,
    },
    CancelWake {
        step_no: i64,
    },
    /// Something to know about the contact from now on.
    Learn {
        key: String,
        value: String,
    },
    /// The bot's memory of this conversation, for its next request.
    Remember {
        memory: Value,
    },
    /// For agents only: what the bot knows when it hands over.
    Note {
        text: String,
    },
    Ended {
        reason: String,
    },
    /// The turn's fuel is spent: call again with `Input::Continue`.
    OutOfFuel,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// In the order they are wanted.
    pub effects: Vec<Effect>,
    /// New or changed lines of the step log, by number; a later one of the same number replaces the earlier.
    pub steps: Vec<Step>,
}
