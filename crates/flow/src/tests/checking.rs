//! Every refusal names the place and the mend.

use serde_json::{Value, json};

use crate::{FlowProblem, check, parse};

fn judged(states: Value) -> (Vec<FlowProblem>, Vec<FlowProblem>) {
    let text = serde_json::to_string_pretty(&json!({ "initial_state": "Trigger", "states": states })).unwrap();
    let checked = check(&parse(&text).unwrap());
    for problem in checked.errors.iter().chain(&checked.warnings) {
        assert!(problem.line.is_some(), "{problem:?}");
    }
    (checked.errors, checked.warnings)
}

fn with(widget: Value) -> Value {
    json!([
        { "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingMessage", "next": "w" }] },
        widget,
    ])
}

fn found(problems: &[FlowProblem]) -> Vec<(&str, &str)> {
    problems.iter().map(|problem| (problem.code.as_str(), problem.path.as_str())).collect()
}

#[test]
fn a_widget_that_is_not_there_is_named() {
    let (errors, _) = judged(with(json!({ "name": "w", "type": "send-message", "properties": { "body": "x" },
        "transitions": [{ "event": "sent" }, { "event": "failed", "next": "Nowhere" }] })));
    assert_eq!(found(&errors), [("unknown_next", "states/1/transitions/1/next")]);
    assert!(errors[0].message.contains("Nowhere") && errors[0].message.contains('w'));
    assert_eq!((errors[0].params["next"].as_str(), errors[0].params["event"].as_str()), ("Nowhere", "failed"));
    let text = "{
\"initial_state\": \"T\",
\"states\": [
{\"name\": \"T\", \"type\": \"trigger\",
\"transitions\": [{\"event\": \"e\",
\"next\": \"x\"}]}]}";
    assert_eq!(check(&parse(text).unwrap()).errors[0].line, Some(6), "where \"next\" stands in the text");
}

#[test]
fn a_message_in_a_channels_own_form_is_judged_by_its_channel() {
    let judge = |native: Value| {
        let states = with(json!({ "name": "w", "type": "send-message", "properties": { "body": "x", "native": native } }));
        let text = serde_json::to_string_pretty(&json!({ "initial_state": "Trigger", "states": states })).unwrap();
        let mut checked = crate::Checked::default();
        crate::check_native(&parse(&text).unwrap(), &mut checked, |kind, message| match kind {
            "whatsapp" if message.get("type").is_none() => Err(model::FieldProblem::new("native.type", "required", "it needs a type")),
            "whatsapp" => Ok(()),
            _ => Err(model::FieldProblem::new("native", "unknown_channel", "there is no such channel")),
        });
        checked.errors
    };
    assert_eq!(judge(json!({ "whatsapp": { "type": "x" } })), []);
    assert_eq!(judge(json!("{\"whatsapp\": {\"type\": \"x\"}}")), []);
    assert_eq!(judge(json!("")), []);
    let errors = judge(json!({ "whatsapp": {} }));
    assert_eq!(found(&errors), [("bad_native", "states/1/properties/native/whatsapp/type")]);
    assert_eq!((errors[0].params["widget"].as_str(), errors[0].params["setting"].as_str()), ("w", "native.whatsapp.type"));
    assert!(errors[0].line.is_some());
    assert_eq!(found(&judge(json!({ "fax": {} }))), [("bad_native", "states/1/properties/native/fax")]);
    for none in [json!("no json"), json!(["x"]), json!(7)] {
        assert_eq!(found(&judge(none)), [("bad_native", "states/1/properties/native")]);
    }
}

#[test]
fn names_and_triggers() {
    let message = json!({ "name": "w", "type": "send-message", "properties": { "body": "x" } });
    let (errors, _) = judged(json!([with(message.clone())[0], message, message]));
    assert_eq!(found(&errors), [("duplicate_name", "states/2/name")]);
    let (errors, _) = judged(json!([message]));
    assert_eq!(found(&errors)[0].0, "no_trigger");
    let (errors, _) = judged(json!([{ "name": "Trigger", "type": "trigger" }, { "name": "B", "type": "trigger" }]));
    assert_eq!(found(&errors)[0].0, "many_triggers");
    let (errors, _) = judged(json!([{ "name": "Other", "type": "trigger" }]));
    assert_eq!(found(&errors), [("initial_state", "initial_state")]);
    let (_, warnings) = judged(json!([{ "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingMessage" }] }]));
    assert_eq!(found(&warnings)[0].0, "unconnected_trigger");
}

#[test]
fn required_settings() {
    for (kind, properties, missing) in [
        ("send-message", json!({}), vec!["body"]),
        ("send-and-wait-for-reply", json!({ "body": " " }), vec!["body"]),
        ("split-based-on", json!({}), vec!["input"]),
        ("make-http-request", json!({}), vec!["method", "url"]),
        ("send-to-flex", json!({ "channel": "TC1" }), vec!["workflow"]),
        ("seaway-bot", json!({}), vec![]),
        ("set-variables", json!({}), vec![]),
    ] {
        let (errors, _) = judged(with(json!({ "name": "w", "type": kind, "properties": properties })));
        let named: Vec<&str> = errors.iter().map(|problem| problem.params["setting"].as_str()).collect();
        assert_eq!(named, missing, "{kind}");
    }
}

#[test]
fn patterns_and_templates_with_their_positions() {
    let (errors, _) = judged(with(json!({ "name": "w", "type": "split-based-on", "properties": { "input": "x" }, "transitions": [
        { "event": "match", "conditions": [{ "type": "regex", "value": "ab(c" }] },
        { "event": "match", "conditions": [{ "type": "regex", "value": "(?=a)b[" }] },
        { "event": "match", "conditions": [{ "type": "regex", "value": "{{flow.data.x}}(" }] },
    ] })));
    assert_eq!(
        found(&errors),
        [("bad_pattern", "states/1/transitions/0/conditions/0/value"), ("bad_pattern", "states/1/transitions/1/conditions/0/value"),]
    );
    assert_eq!(errors[0].params["column"], "3", "{:?}", errors[0]);
    let (errors, _) = judged(with(json!({ "name": "w", "type": "send-message", "properties": { "body": "Hi\n{{ name | nofilter }}" } })));
    assert_eq!(found(&errors), [("bad_template", "states/1/properties/body")]);
    assert_eq!(errors[0].params["line"], "2");
}

#[test]
fn particulars() {
    let (errors, warnings) = judged(with(json!({ "name": "w", "type": "make-http-request", "properties": {
        "method": "GET", "url": "https://a.example", "add_twilio_auth": true, "parameters": [{ "key": "method", "value": "1" }] } })));
    assert_eq!((found(&errors)[0].0, found(&warnings)[0].0), ("reserved_parameter", "twilio_auth"));
    let (errors, _) =
        judged(with(json!({ "name": "w", "type": "send-to-flex", "properties": { "workflow": "a", "channel": "b", "attributes": "{" } })));
    assert_eq!(found(&errors), [("bad_attributes", "states/1/properties/attributes")]);
    let (errors, warnings) = judged(with(json!({ "name": "w", "type": "new-ai-widget", "properties": { "body": "{% broken" } })));
    assert_eq!((errors.len(), found(&warnings)), (0, vec![("unknown_widget", "states/1/type")]));
}

#[test]
fn a_document_that_is_no_flow() {
    let problem = |text: &str| parse(text).unwrap_err().remove(0);
    let broken = problem("{\n  \"states\": [\n    {]\n}");
    assert_eq!((broken.code.as_str(), broken.line), ("json", Some(3)));
    for (text, code, path) in [
        ("[]", "no_states", ""),
        ("3", "no_states", ""),
        ("{\"states\": {}}", "shape", "states"),
        ("{\"states\": [{}]}", "shape", "states/0/name"),
        ("{\"states\": [{\"name\": \"a\", \"type\": \"trigger\", \"transitions\": [{}]}]}", "shape", "states/0/transitions/0/event"),
        ("{\"states\": [{\"name\": \"a\", \"type\": \"trigger\", \"properties\": 3}]}", "shape", "states/0/properties"),
    ] {
        let problem = problem(text);
        assert_eq!((problem.code.as_str(), problem.path.as_str()), (code, path), "{text}");
    }
}
