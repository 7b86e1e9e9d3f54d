//! The widgets, one file each: how each is entered, and what it hears while it waits.

pub(crate) mod bot;
pub(crate) mod cards;
pub(crate) mod flex;
pub(crate) mod function;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod reply;
pub(crate) mod split;
pub(crate) mod trigger;
pub(crate) mod variables;

use model::Waiting;

use crate::advance::unexpected;
use crate::input::Input;
use crate::visit::{Heard, Move, Visit};

/// The widget types that run here, with the properties each must have.
const KNOWN: &[(&str, &[&str])] = &[
    ("trigger", &[]),
    ("split-based-on", &[]),
    ("set-variables", &[]),
    ("send-message", &[]),
    ("send-and-wait-for-reply", &[]),
    ("make-http-request", &["method", "url"]),
    ("run-function", &["url"]),
    ("send-to-flex", &["workflow", "channel"]),
    ("seaway-bot", &[]),
];

/// The properties a widget type needs; `None` for a type that does not run here.
pub(crate) fn required(kind: &str) -> Option<&'static [&'static str]> {
    KNOWN.iter().find(|(known, _)| *known == kind).map(|(_, required)| *required)
}

/// Runs a widget that was just entered.
pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    match visit.state.kind.as_str() {
        "trigger" => trigger::enter(visit),
        "split-based-on" => split::enter(visit),
        "set-variables" => variables::enter(visit),
        "send-message" => message::enter(visit),
        "send-and-wait-for-reply" => reply::enter(visit),
        "make-http-request" => http::enter(visit),
        "run-function" => function::enter(visit),
        "send-to-flex" => flex::enter(visit),
        "seaway-bot" => bot::enter(visit),
        other => {
            let why = format!("widgets of type {other} are not supported here");
            Move::End { code: 81022, why }
        }
    }
}

/// Tells a waiting widget what happened.
pub(crate) fn hear(visit: &mut Visit<'_>, input: &Input<'_>) -> Heard {
    match &visit.execution.waiting {
        Some(Waiting::Reply { .. }) => reply::hear(visit, input),
        Some(Waiting::Http) if visit.state.kind == "run-function" => function::hear(visit, input),
        Some(Waiting::Http) => http::hear(visit, input),
        Some(Waiting::Bot) => bot::hear(visit, input),
        Some(Waiting::Task | Waiting::Outcome) => flex::hear(visit, input),
        None => unexpected(visit, input),
    }
}
