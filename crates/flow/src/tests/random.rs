//! Random flows told random things: nothing panics, limits hold, and the same inputs give the same outcome.

use model::job::HttpAnswer;
use model::{ExecutionState, TaskOutcome};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Walk;
use crate::{Input, check, parse};

const KINDS: &[&str] = &[
    "split-based-on",
    "set-variables",
    "send-message",
    "send-and-wait-for-reply",
    "make-http-request",
    "run-function",
    "send-to-flex",
    "seaway-bot",
    "say-play",
];
const EVENTS: &[&str] = &[
    "noMatch",
    "match",
    "next",
    "sent",
    "failed",
    "incomingMessage",
    "timeout",
    "deliveryFailure",
    "success",
    "fail",
    "callComplete",
    "failedToEnqueue",
    "answered",
    "handover",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,6}",
        Just("{{flow.variables.a | plus: 1}}".to_owned()),
        Just("{% if contact %}x{% endif %}".to_owned()),
        Just("https://a.example/{{trigger.conversation.Body}}".to_owned()),
        "[{}%|a.()*+?\\\\\\[ ]{0,8}",
    ]
}

fn state(at: usize) -> impl Strategy<Value = Value> {
    let transition = (proptest::sample::select(EVENTS), 0..7usize, text()).prop_map(|(event, next, value)| {
        json!({ "event": event, "next": format!("w{next}"), "conditions": [{ "type": "regex", "value": value, "arguments": [value] }] })
    });
    let transitions = proptest::collection::vec(transition, 0..8);
    (proptest::sample::select(KINDS), text(), text(), any::<bool>(), transitions).prop_map(move |(kind, a, b, wait, transitions)| {
        json!({ "name": format!("w{at}"), "type": kind, "transitions": transitions, "properties": {
            "input": a, "body": b, "url": a, "method": "GET", "timeout": b, "attributes": b, "workflow": a, "channel": "c",
            "wait_for_outcome": wait, "waiting_message": b, "variables": [{ "key": "a", "value": a, "type": "json_object" }],
        } })
    })
}

fn flow() -> impl Strategy<Value = Value> {
    (state(0), state(1), state(2), state(3), state(4)).prop_map(|(a, b, c, d, e)| {
        let trigger =
            json!({ "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingConversationMessage", "next": "w0" }] });
        json!([trigger, a, b, c, d, e])
    })
}

fn told(walk: &mut Walk, what: u8, text: &str) {
    let step_no = walk.execution.step_no;
    let answer = HttpAnswer::Response { status: 200, content_type: String::new(), body: text.to_owned() };
    let input = match what % 10 {
        0 | 1 => Input::Reply { message: json!({ "Body": text }) },
        2 => Input::Timeout { step_no },
        3 => Input::HttpAnswer { step_no, answer: &answer },
        4 => Input::BotAnswer { step_no, answer: json!({ "outcome": "answered", "text": text }) },
        5 => Input::TaskMade { sid: "WT1".to_owned(), attributes: text.to_owned() },
        6 => Input::TaskEnded { outcome: TaskOutcome::TimedOut },
        7 => Input::NobodyAvailable { standing: model::Standing::default() },
        8 => Input::DeliveryFailed,
        _ => Input::Continue,
    };
    walk.tell_with(input, &mut (u32::from(what) % 7));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn nothing_panics(states in flow(), inputs in proptest::collection::vec((any::<u8>(), ".{0,12}"), 0..25)) {
        let run = || {
            let mut walk = Walk::of(states.clone());
            let _ = check(&walk.definition);
            walk.start("hello");
            for (what, text) in &inputs {
                let ended = walk.execution.state == ExecutionState::Ended;
                let before = walk.execution.context["widgets"].clone();
                told(&mut walk, *what, text);
                if ended {
                    assert_eq!(walk.execution.context["widgets"], before);
                }
            }
            walk
        };
        let walk = run();
        prop_assert!(walk.execution.step_no <= crate::MAX_STEPS);
        prop_assert_eq!(walk.execution.state == ExecutionState::Ended, walk.execution.ended_reason.is_some());
        let mut numbers: Vec<i64> = walk.steps.iter().map(|step| step.no).collect();
        numbers.sort_unstable();
        prop_assert_eq!(numbers, (1..=walk.execution.step_no).collect::<Vec<_>>());
        let again = run();
        prop_assert_eq!(&again.execution, &walk.execution);
        prop_assert_eq!(&again.effects, &walk.effects);
    }

    #[test]
    fn any_text_is_judged(text in ".{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_small_json_is_judged(name in ".{0,8}", kind in ".{0,8}", event in ".{0,8}", value in text()) {
        let flow = json!({ "initial_state": name, "states": [{ "name": name, "type": kind, "transitions": [
            { "event": event, "next": value, "conditions": [{ "type": value, "value": value, "arguments": value }] }] }] });
        if let Ok(definition) = parse(&flow.to_string()) {
            let _ = check(&definition);
        }
    }
}
