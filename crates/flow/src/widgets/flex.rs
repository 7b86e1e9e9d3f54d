//! `send-to-flex`: asks for a task. Own properties: `wait_for_outcome` stays until the task ends, `waiting_message` is
//! said once when nobody is available, and `closed_message` instead where that is because of the business hours of the channel account
//! or of the queue.

use model::{Closed, FieldSubject, Standing, TaskOutcome, Waiting, field_of};
use serde_json::{Map, Value};

use crate::MAX_ATTRIBUTES;
use crate::effect::Effect;
use crate::input::Input;
use crate::visit::{Heard, Move, Visit, short};

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    let attributes = match attributes(visit) {
        Ok(attributes) => attributes,
        Err(why) => return failed(why),
    };
    let workflow = visit.word("workflow").unwrap_or_default();
    let channel = visit.word("channel").unwrap_or_default();
    let priority = visit.number("priority");
    let timeout_s = visit.number("timeout").filter(|seconds| *seconds > 0);
    let step_no = visit.step_no();
    visit.say(Effect::RequestTask { step_no, workflow, channel, attributes, priority, timeout_s });
    let hours = &visit.execution.context["flow"]["hours"];
    if hours["open"] == false {
        let closed = Closed { opens_at: hours["opens_at"].as_str().map(str::to_owned), reason: template::text_of(&hours["reason"]) };
        told_closed(visit, &closed);
    }
    Move::Wait(Waiting::Task)
}

pub(crate) fn hear(visit: &mut Visit<'_>, input: &Input<'_>) -> Heard {
    let asked = matches!(visit.execution.waiting, Some(Waiting::Task));
    match input {
        Input::TaskMade { sid, attributes } => {
            visit.output("sid", sid.as_str());
            visit.output("TaskSid", sid.as_str());
            visit.output("Attributes", attributes.as_str());
            match (asked, visit.state.flag("wait_for_outcome")) {
                (true, true) => Heard::Goes(Move::Wait(Waiting::Outcome)),
                (true, false) => Heard::Goes(Move::Leave("callComplete")),
                // The task was handed on: a new one continues it.
                (false, _) => Heard::Noted,
            }
        }
        Input::TaskRefused { reason } if asked => Heard::Goes(failed(reason.clone())),
        Input::NobodyAvailable { standing } => nobody(visit, standing),
        Input::TaskEnded { outcome } => {
            visit.output("outcome", serde_json::to_value(outcome).unwrap_or_default());
            Heard::Goes(match outcome {
                TaskOutcome::Completed => Move::Leave("callComplete"),
                TaskOutcome::Canceled => failed("the task was canceled".to_owned()),
                TaskOutcome::TimedOut => failed("the task timed out".to_owned()),
            })
        }
        _ => Heard::Nothing,
    }
}

fn failed(why: String) -> Move {
    Move::Fail { port: "failedToEnqueue", code: 81015, why }
}

/// The place in line and the likely wait can be told in the message, and by whatever comes later.
fn nobody(visit: &mut Visit<'_>, standing: &Standing) -> Heard {
    visit.output("position", standing.position);
    visit.output("estimated_wait_s", standing.estimated_wait_s);
    visit.output("estimated_wait_min", standing.estimated_wait_s.map(|seconds| (seconds + 59) / 60));
    let told = match &standing.closed {
        Some(closed) => told_closed(visit, closed) || tell(visit, "waiting_message"),
        None => tell(visit, "waiting_message"),
    };
    if told { Heard::Noted } else { Heard::Nothing }
}

/// When it opens can be told in the message, and by whatever comes later.
fn told_closed(visit: &mut Visit<'_>, closed: &Closed) -> bool {
    visit.output("closed", true);
    visit.output("opens_at", closed.opens_at.clone());
    visit.output("closed_reason", closed.reason.as_str());
    tell(visit, "closed_message")
}

/// Says a message of the widget, one of them and once; whether it did.
fn tell(visit: &mut Visit<'_>, message: &str) -> bool {
    if visit.step_notes().contains_key("told") {
        return false;
    }
    let Some(text) = visit.text(message).filter(|text| !text.trim().is_empty()) else {
        return false;
    };
    visit.step_notes().insert("told".to_owned(), true.into());
    visit.say(Effect::Send {
        text,
        media: Vec::new(),
        choices: Vec::new(),
        cards: Vec::new(),
        native: Map::new(),
        attributes: Value::Null,
        from: String::new(),
        await_delivery: false,
    });
    true
}

/// The widget's attributes with the customer's names and address, where the flow does not give its own.
fn attributes(visit: &mut Visit<'_>) -> Result<String, String> {
    let text = visit.json("attributes").filter(|text| !text.trim().is_empty()).unwrap_or_else(|| "{}".to_owned());
    let mut attributes: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| format!("the task's attributes are no JSON object ({error}): {}", short(&text)))?;
    keep_what_fits(visit, &mut attributes);
    let contact = &visit.execution.context["contact"];
    let flow = &visit.execution.context["flow"];
    let address = template::text_of(&contact["channel"]["address"]);
    let name = Some(template::text_of(&contact["name"])).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| template::text_of(&contact["channel"]["alias"]));
    let own = [
        ("channelType", template::text_of(&contact["channel"]["type"])),
        ("customerAddress", address.clone()),
        ("from", address),
        ("name", name.clone()),
        ("customerName", name),
        ("conversationSid", template::text_of(&flow["channel"]["sid"])),
    ];
    for (key, value) in own {
        let given = attributes.get(key).is_some_and(|given| !given.is_null());
        match given {
            true => {}
            // The flow may have asked for a name nobody said: what is not there is left out.
            false if value.is_empty() => drop(attributes.remove(key)),
            false => drop(attributes.insert(key.to_owned(), value.into())),
        }
    }
    let text = Value::Object(attributes).to_string();
    match text.chars().count() {
        length if length > MAX_ATTRIBUTES => Err(format!("the task's attributes have {length} characters, more than {MAX_ATTRIBUTES}")),
        _ => Ok(text),
    }
}

/// An attribute that is a custom field of tasks is of its kind, or is left out: workflows compare it as what it is.
fn keep_what_fits(visit: &mut Visit<'_>, attributes: &mut Map<String, Value>) {
    let given = std::mem::take(attributes);
    for (key, value) in given {
        let Some(field) = field_of(visit.fields, FieldSubject::Task, &key) else {
            attributes.insert(key, value);
            continue;
        };
        match field.check_json(&value) {
            Ok(text) => drop(attributes.insert(key, field.typed(&text))),
            Err(fault) => visit.misfit("task", &key, &template::text_of(&value), fault),
        }
    }
}
