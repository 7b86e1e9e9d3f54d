//! `send-and-wait-for-reply`: a message, then the customer's next one or silence.

use model::Waiting;

use super::message;
use crate::MAX_LIFE_S;
use crate::advance::unexpected;
use crate::effect::Effect;
use crate::input::Input;
use crate::visit::{Heard, Move, Visit};

/// Seconds to wait where the widget does not say.
const DEFAULT_TIMEOUT_S: i64 = 3600;

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    if let Err(why) = message::send(visit, true) {
        return Move::Fail { port: "deliveryFailure", code: 81011, why };
    }
    let seconds = visit.number("timeout").unwrap_or(DEFAULT_TIMEOUT_S).clamp(0, MAX_LIFE_S);
    let until = visit.now.plus_secs(seconds);
    visit.say(Effect::WakeAt { step_no: visit.step_no(), at: until });
    Move::Wait(Waiting::Reply { until })
}

pub(crate) fn hear(visit: &mut Visit<'_>, input: &Input<'_>) -> Heard {
    let step_no = visit.step_no();
    match input {
        Input::Reply { message } => {
            visit.hears(message);
            visit.output("inbound", message.clone());
            visit.say(Effect::CancelWake { step_no });
            Heard::Goes(Move::Leave("incomingMessage"))
        }
        Input::Timeout { step_no: of } if *of == step_no => Heard::Goes(Move::Leave("timeout")),
        Input::DeliveryFailed => {
            visit.say(Effect::CancelWake { step_no });
            let why = "the message could not be delivered".to_owned();
            Heard::Goes(Move::Fail { port: "deliveryFailure", code: 81011, why })
        }
        other => unexpected(visit, other),
    }
}
