//! Odd but legal exports: what is found in flows made elsewhere must run.

use serde_json::{Value, json};

use super::Walk;
use crate::{Input, ReferenceKind, check, parse, references};

/// Only `incomingMessage` is connected, numbers are texts, keys come in any order, unknown keys stand everywhere,
/// names hold hyphens, a widget is unreachable, `next` is null or empty, Liquid is spaced oddly.
const ODD: &str = r#"{
  "flags": { "allow_concurrent_calls": true }, "tags": ["x"],
  "states": [
    { "transitions": [ { "event": "noMatch", "next": "retry", "name": "No Condition Matches" },
        { "conditions": [ { "value": "yes,1, ok", "type": "matches_any_of", "arguments": ["{{widgets.ask-first.inbound.Body}}"], "friendly_name": "If value matches_any_of yes" } ],
          "next": "get-hours-2", "event": "match" } ],
      "properties": { "offset": { "y": -20, "x": -310.5 }, "input": "{{widgets.ask-first.inbound.Body}}" }, "type": "split-based-on", "name": "check" },
    { "name": "ask-first", "type": "send-and-wait-for-reply",
      "properties": { "body": "Tell us, {{ contact.channel.address}}", "timeout": 3600, "service": "{{trigger.message.InstanceSid}}",
        "channel": "{{trigger.message.ChannelSid}}", "from": "{{flow.channel.address}}", "attributes": null },
      "transitions": [ { "event": "incomingMessage", "next": "check" }, { "event": "timeout", "next": "" }, { "event": "deliveryFailure", "next": null } ] },
    { "name": "Trigger", "type": "trigger", "properties": { "offset": { "x": 0, "y": 0 } },
      "transitions": [ { "event": "incomingMessage", "next": "ask-first" }, { "event": "incomingCall" }, { "event": "incomingRequest" }, { "event": "incomingParent" } ] },
    { "name": "retry", "type": "set-variables", "properties": { "variables": [ { "index": "0", "key": "retry_counter",
        "value": "{%if flow.variables.retry_counter%} {{flow.variables. retry_counter| plus: 1}} {%else%} 1 {%endif%}" } ] },
      "transitions": [ { "event": "next", "next": "enough" } ] },
    { "name": "enough", "type": "split-based-on", "properties": { "input": "{{flow.variables.retry_counter}}" },
      "transitions": [ { "event": "noMatch", "next": "ask-first" },
        { "event": "match", "next": "bye", "conditions": [ { "friendly_name": ">", "arguments": ["{{flow.variables.retry_counter}}"], "type": "greater_than", "value": "1" } ] } ] },
    { "name": "get-hours-2", "type": "make-http-request",
      "properties": { "method": "GET", "content_type": "application/x-www-form-urlencoded;charset=utf-8", "url": "https://hours.example/{{trigger.message.From | url_encode}}", "add_twilio_auth": false },
      "transitions": [ { "event": "success", "next": "flex" }, { "event": "failed", "next": "bye" } ] },
    { "name": "flex", "type": "send-to-flex",
      "properties": { "waitUrl": "", "workflow": "WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "channel": "TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "priority": "0", "timeout": "3600",
        "attributes": "{\"type\": \"inbound\", \"open\": {{widgets.get-hours-2.parsed.open | to_json}}, \"memory\": {{widgets.none.memory | to_json}}}" },
      "transitions": [ { "event": "callComplete" }, { "event": "failedToEnqueue" }, { "event": "callFailure" } ] },
    { "name": "bye", "type": "send-message", "properties": { "body": "Bye", "to": "{{contact.channel.address}}" }, "transitions": [ { "event": "sent" }, { "event": "failed" } ] },
    { "name": "unreachable", "type": "gather-input-on-call", "properties": { "say": "press one" }, "transitions": [ { "event": "keypress", "next": "bye" } ] }
  ],
  "initial_state": "Trigger", "description": "Bot flow"
}"#;

#[test]
fn an_odd_export_is_accepted() {
    let definition = parse(ODD).unwrap();
    let checked = check(&definition);
    assert_eq!(checked.errors, []);
    let codes: Vec<&str> = checked.warnings.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["unknown_widget"]);
    assert_eq!(definition.text(), ODD, "the document is kept as it came");
    let references = references(&definition);
    assert_eq!(references.len(), 2);
    assert_eq!(references[1].kind, ReferenceKind::Channel);
}

#[test]
fn an_odd_export_runs() {
    let mut walk = Walk::new(ODD);
    walk.start("hi");
    assert_eq!(walk.said(), ["Tell us, +15550002"], "a conversation starts what is connected to messages only");
    assert_eq!(walk.execution.context["trigger"]["message"]["From"], "+15550002");
    walk.reply("what?");
    assert_eq!(walk.execution.context["flow"]["variables"]["retry_counter"], " 1 ");
    let outcome = walk.reply(" OK ");
    assert!(format!("{outcome:?}").contains("https://hours.example/%2B15550002"), "{outcome:?}");
    let outcome = walk.http(200, r#"{"open": true}"#);
    let attributes = outcome.effects.iter().find_map(|effect| match effect {
        crate::Effect::RequestTask { attributes, .. } => serde_json::from_str::<Value>(attributes).ok(),
        _ => None,
    });
    let attributes = attributes.unwrap();
    assert_eq!((&attributes["open"], &attributes["memory"]), (&json!(true), &Value::Null));
    walk.made();
    assert_eq!(walk.reason(), "finished");
}

#[test]
fn counters_with_blanks_count() {
    let mut walk = Walk::new(ODD);
    walk.start("hi");
    walk.reply("a");
    walk.reply("b");
    assert_eq!(walk.execution.context["flow"]["variables"]["retry_counter"], " 2 ");
    assert_eq!(walk.said().last(), Some(&"Bye"));
}

#[test]
fn siblings_stand_in_for_each_other() {
    let only = |event: &str| {
        json!([
            { "name": "T", "type": "trigger", "transitions": [{ "event": event, "next": "m" }] },
            { "name": "m", "type": "send-message", "properties": { "body": "{{trigger.conversation.Body}}|{{trigger.message.Body}}" } },
        ])
    };
    let start = |connected: &str, event: &str, trigger: Value| {
        let mut walk = Walk::of(only(connected));
        walk.tell(Input::Start { trigger, event, data: Value::Null });
        (walk.said().join(""), walk.path().first().cloned().unwrap_or_default())
    };
    let message = json!({ "message": { "Body": "a" } });
    assert_eq!(
        start("incomingConversationMessage", "incomingMessage", message.clone()),
        ("a|a".to_owned(), "T incomingConversationMessage".to_owned())
    );
    assert_eq!(start("incomingMessage", "incomingMessage", message.clone()).0, "|a");
    assert_eq!(start("incomingMessage", "incomingRequest", json!({ "request": {} })).0, "|");
    assert_eq!(start("incomingCall", "incomingMessage", message).0, "");
}

#[test]
fn a_whole_flow_resource_is_read_too() {
    let resource = json!({ "friendly_name": "x", "sid": "FW1", "definition": serde_json::from_str::<Value>(ODD).unwrap() }).to_string();
    let definition = parse(&resource).unwrap();
    assert_eq!(definition.states().len(), 9);
    assert!(parse(&format!("\u{feff}{ODD}")).is_ok());
}

#[test]
fn arguments_stand_in_for_a_missing_input() {
    let mut walk = Walk::of(json!([
        { "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingConversationMessage", "next": "s" }] },
        { "name": "s", "type": "split-based-on", "transitions": [
            { "event": "match", "next": "m", "conditions": [{ "type": "equal_to", "value": "hi", "arguments": ["{{trigger.conversation.Body}}"] }] },
        ] },
        { "name": "m", "type": "send-message", "properties": { "body": "yes" } },
    ]));
    walk.start("HI");
    assert_eq!(walk.said(), ["yes"]);
}

#[test]
fn every_condition_of_a_branch_must_hold() {
    let split = |input: &str| {
        let mut walk = Walk::of(json!([
            { "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingConversationMessage", "next": "s" }] },
            { "name": "s", "type": "split-based-on", "properties": { "input": input }, "transitions": [
                { "event": "match", "next": "m", "conditions": [{ "type": "contains", "value": "a" }, { "type": "contains", "value": "b" }] },
                { "event": "match", "next": "m", "conditions": [] },
            ] },
            { "name": "m", "type": "send-message", "properties": { "body": "yes" } },
        ]));
        walk.start("x");
        (walk.said().len(), walk.warnings())
    };
    assert_eq!(split("ab"), (1, vec![]));
    assert_eq!(split("a"), (0, vec![81005]));
}
