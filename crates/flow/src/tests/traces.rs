//! The execution traces of the specification.

use model::{ExecutionState, Waiting};
use serde_json::{Value, json};

use super::Walk;
use super::walk::START;
use crate::{Effect, Input};

fn trigger(next: &str) -> Value {
    json!({ "name": "Trigger", "type": "trigger", "transitions": [
        { "event": "incomingMessage" }, { "event": "incomingConversationMessage", "next": next },
    ] })
}

fn ask() -> Walk {
    Walk::of(json!([
        trigger("ask"),
        { "name": "ask", "type": "send-and-wait-for-reply", "properties": { "body": "Why?", "timeout": "60" }, "transitions": [
            { "event": "incomingMessage", "next": "split" }, { "event": "timeout", "next": "bye" },
            { "event": "deliveryFailure", "next": "lost" },
        ] },
        { "name": "split", "type": "split-based-on", "properties": { "input": "{{widgets.ask.inbound.Body}}" }, "transitions": [
            { "event": "noMatch", "next": "bye" },
        ] },
        { "name": "bye", "type": "send-message", "properties": { "body": "Bye {{widgets.ask.inbound.Body}}" }, "transitions": [] },
        { "name": "lost", "type": "set-variables", "transitions": [] },
    ]))
}

#[test]
fn silence_leaves_by_timeout() {
    let mut walk = ask();
    let outcome = walk.start("hi");
    let until = START.plus_secs(60);
    assert!(outcome.effects.contains(&Effect::WakeAt { step_no: 2, at: until }));
    assert_eq!(walk.execution.waiting, Some(Waiting::Reply { until }));
    walk.now = until;
    walk.timeout();
    assert_eq!(walk.path(), ["Trigger incomingConversationMessage", "ask timeout", "bye sent"]);
    assert_eq!(walk.steps[1].at, START, "a step keeps the time it was entered");
    assert_eq!(walk.reason(), "finished");
}

#[test]
fn a_reply_cancels_the_wake_up() {
    let mut walk = ask();
    walk.start("hi");
    let outcome = walk.reply("because");
    assert_eq!(outcome.effects[0], Effect::CancelWake { step_no: 2 });
    assert_eq!(walk.said(), ["Why?", "Bye because"]);
}

/// Proves I2.2.
#[test]
fn late_and_foreign_news_change_nothing() {
    let mut walk = ask();
    walk.start("hi");
    let before = walk.execution.clone();
    for step_no in [0, 1, 3, 999] {
        assert_eq!(walk.tell(Input::Timeout { step_no }), Default::default());
    }
    walk.http(200, "{}");
    walk.made();
    walk.tell(Input::Continue);
    walk.start("again");
    assert_eq!(walk.execution, before);
    walk.reply("x");
    let before = walk.execution.clone();
    walk.reply("more");
    walk.tell(Input::Timeout { step_no: 2 });
    assert_eq!(walk.execution, before, "what ended stays ended");
}

/// Proves I2.5.
#[test]
fn a_failed_delivery_has_its_own_way() {
    let mut walk = ask();
    walk.start("hi");
    walk.tell(Input::DeliveryFailed);
    assert_eq!(walk.path().last().unwrap(), "lost next");
    assert_eq!(walk.warnings(), [81011]);
}

/// Proves I2.6.
#[test]
fn two_widgets_in_a_circle_end_at_a_thousand_steps() {
    let mut walk = Walk::of(json!([
        trigger("a"),
        { "name": "a", "type": "set-variables", "properties": { "variables": [{ "key": "n", "value": "{{flow.variables.n | plus: 1}}" }] },
          "transitions": [{ "event": "next", "next": "b" }] },
        { "name": "b", "type": "split-based-on", "properties": { "input": "x" }, "transitions": [{ "event": "noMatch", "next": "a" }] },
    ]));
    walk.start("hi");
    assert_eq!(walk.execution.step_no, 1000);
    assert_eq!(walk.steps.len(), 1000);
    assert_eq!(walk.warnings(), [81000]);
    assert_eq!(walk.execution.context["flow"]["variables"]["n"], "500");
}

#[test]
fn a_widget_leading_to_itself_runs_ten_times() {
    let mut walk = Walk::of(json!([
        trigger("s"),
        { "name": "s", "type": "split-based-on", "properties": { "input": "x" }, "transitions": [
            { "event": "noMatch" },
            { "event": "match", "next": "s", "conditions": [{ "type": "equal_to", "value": "x", "arguments": ["x"] }] },
        ] },
    ]));
    walk.start("hi");
    assert_eq!(walk.steps.iter().filter(|step| step.widget == "s").count(), 10);
    assert_eq!(walk.warnings(), [81001]);
    assert_eq!(walk.execution.state, ExecutionState::Ended);
}

#[test]
fn a_functions_answers_are_merged() {
    let function = |name: &str, next: &str| {
        json!({ "name": name, "type": "run-function", "properties": { "url": "https://f.example/x", "parameters": [{ "key": "q", "value": "ä b" }] },
            "transitions": [{ "event": "success", "next": next }, { "event": "fail" }] })
    };
    let mut walk = Walk::of(json!([trigger("f"), function("f", "f")]));
    let outcome = walk.start("hi");
    let Effect::Http { request, .. } = &outcome.effects[0] else { panic!("{outcome:?}") };
    assert_eq!(request.body, "q=%C3%A4+b");
    walk.http(200, r#"{"a":1,"b":2}"#);
    walk.http(200, r#"{"b":3}"#);
    walk.http(200, "no json");
    assert_eq!(walk.execution.context["widgets"]["f"]["parsed"], json!({ "a": 1, "b": 3 }));
    assert_eq!(walk.execution.context["widgets"]["f"]["body"], "no json");
}

fn get() -> Walk {
    Walk::of(json!([
        trigger("get"),
        { "name": "get", "type": "make-http-request", "properties": { "method": "GET", "url": "https://a.example/?x=1" }, "transitions": [
            { "event": "success", "next": "ok" }, { "event": "failed", "next": "no" },
        ] },
        { "name": "ok", "type": "set-variables", "transitions": [] },
        { "name": "no", "type": "set-variables", "transitions": [] },
    ]))
}

#[test]
fn a_list_is_not_parsed() {
    let mut walk = get();
    walk.start("hi");
    walk.http(200, "[1,2]");
    assert_eq!(walk.path()[1], "get success");
    let output = &walk.execution.context["widgets"]["get"];
    assert_eq!(output["body"], "[1,2]");
    assert!(output.get("parsed").is_none());
}

/// Proves I2.5.
#[test]
fn a_refused_request_fails_with_its_answer() {
    let mut walk = get();
    walk.start("hi");
    walk.http(404, r#"{"error":"gone"}"#);
    assert_eq!(walk.path()[1], "get failed");
    assert_eq!(walk.execution.context["widgets"]["get"]["status_code"], 404);
    assert_eq!(walk.execution.context["widgets"]["get"]["parsed"]["error"], "gone");
    assert_eq!(walk.warnings(), [81016]);
}

#[test]
fn an_event_that_leads_nowhere_ends_at_once() {
    let mut walk = Walk::of(json!([{ "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingMessage" }] }]));
    walk.start("hi");
    assert!(walk.said().is_empty());
    assert_eq!(walk.reason(), "finished");
    assert_eq!(walk.steps.len(), 1);
}

/// Proves I2.6.
#[test]
fn fuel_stops_and_continues_without_a_difference() {
    let whole = {
        let mut walk = ask();
        walk.start("hi");
        walk.reply("x");
        walk
    };
    let mut walk = ask();
    let trigger = json!({ "conversation": { "Body": "hi", "From": "+15550002", "MessageSid": "IM1" } });
    let mut outcome = walk.tell_with(Input::Start { trigger, event: "incomingConversationMessage", data: json!({}) }, &mut 1);
    assert_eq!(outcome.effects, [Effect::OutOfFuel]);
    assert!(walk.reply("too early").effects.is_empty());
    while outcome.effects.contains(&Effect::OutOfFuel) {
        outcome = walk.tell_with(Input::Continue, &mut 1);
    }
    let answer = json!({ "Body": "x", "From": "+15550002", "NumMedia": "0" });
    outcome = walk.tell_with(Input::Reply { message: answer }, &mut 1);
    while outcome.effects.contains(&Effect::OutOfFuel) {
        outcome = walk.tell_with(Input::Continue, &mut 1);
    }
    assert_eq!(walk.path(), whole.path());
    assert_eq!(walk.said(), whole.said());
    assert_eq!(walk.execution.context["widgets"], whole.execution.context["widgets"]);
}

#[test]
fn an_old_execution_ends() {
    let mut walk = ask();
    walk.start("hi");
    walk.now = START.plus_secs(31 * 86_400);
    walk.reply("anyone?");
    assert_eq!(walk.reason(), "the execution is older than 30 days");
}
