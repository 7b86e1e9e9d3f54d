//! What each widget promises beyond the traces.

use model::job::{HttpAnswer, HttpRequest};
use model::{CustomField, FieldKind, FieldSubject, TaskOutcome};
use serde_json::{Value, json};

use super::Walk;
use crate::{Effect, Input};

/// A flow of one widget under test, whose events lead to widgets of the event's name.
fn alone(kind: &str, properties: Value, events: &[&str]) -> Walk {
    let ends = events.iter().map(|event| json!({ "name": event, "type": "set-variables", "transitions": [] }));
    let transitions: Vec<Value> = events.iter().map(|event| json!({ "event": event, "next": event })).collect();
    let mut states = vec![
        json!({ "name": "Trigger", "type": "trigger", "transitions": [{ "event": "incomingConversationMessage", "next": "w" }] }),
        json!({ "name": "w", "type": kind, "properties": properties, "transitions": transitions }),
    ];
    states.extend(ends);
    Walk::of(Value::Array(states))
}

fn http(properties: Value) -> Result<HttpRequest, String> {
    let mut walk = alone("make-http-request", properties, &["success", "failed"]);
    let outcome = walk.start("hi there");
    match outcome.effects.into_iter().next() {
        Some(Effect::Http { request, .. }) => Ok(request),
        _ => Err(walk.steps[1].warnings[0].1.clone()),
    }
}

#[test]
fn http_requests_are_built_as_studio_does() {
    let get = http(json!({
        "method": "get", "url": "https://us%40er:p+w@a.example/p?a=1#f", "content_type": "application/json",
        "parameters": [{ "key": "q", "value": "{{trigger.conversation.Body}}" }],
    }))
    .unwrap();
    assert_eq!((get.method.as_str(), get.url.as_str(), get.body.as_str()), ("GET", "https://a.example/p?a=1&q=hi+there", ""));
    assert_eq!(get.headers, [("Authorization".to_owned(), "Basic dXNAZXI6cCt3".to_owned())]);
    assert_eq!(get.timeout_ms, 10_000);
    let post = http(json!({
        "method": "POST", "url": "http://a.example", "content_type": "application/json;charset=utf-8",
        "body": "{\"text\": {{trigger.conversation.Body | to_json}}}",
    }))
    .unwrap();
    assert_eq!(post.body, "{\"text\": \"hi there\"}");
    assert_eq!(post.headers[0].1, "application/json;charset=utf-8");
    let form = http(json!({ "method": "POST", "url": "http://a.example", "parameters": [{ "key": "a b", "value": 1 }] })).unwrap();
    assert_eq!(form.body, "a+b=1");
}

/// Proves I2.5.
#[test]
fn requests_that_must_not_be_made_fail_in_words() {
    for (properties, words) in [
        (json!({ "method": "GET", "url": "{{flow.data.none}}" }), "empty"),
        (json!({ "method": "GET", "url": "ftp://a.example" }), "http"),
        (json!({ "method": "GET", "url": "not a url" }), "no URL"),
        (json!({ "method": "DELETE", "url": "https://a.example" }), "GET and POST"),
        (json!({ "method": "GET", "url": "https://a.example", "add_twilio_auth": "true" }), "credentials"),
        (json!({ "method": "GET", "url": "https://a.example", "parameters": [{ "key": "method", "value": "x" }] }), "method"),
    ] {
        let why = http(properties.clone()).unwrap_err();
        assert!(why.contains(words), "{properties}: {why}");
    }
}

#[test]
fn an_answer_too_large_or_missing_fails() {
    let mut walk = alone("make-http-request", json!({ "method": "GET", "url": "https://a.example" }), &["success", "failed"]);
    walk.start("hi");
    walk.reply("are you there?");
    assert_eq!(walk.warnings(), [81002], "an HTTP widget hears no messages");
    walk.http(200, &"x".repeat(65 * 1024));
    assert_eq!(walk.path()[1], "w failed");
    let mut walk = alone("make-http-request", json!({ "method": "GET", "url": "https://a.example" }), &["success"]);
    walk.start("hi");
    let answer = HttpAnswer::Failed { reason: "no answer in 10 s".to_owned() };
    walk.tell(Input::HttpAnswer { step_no: 2, answer: &answer });
    assert_eq!(walk.reason(), "w failed: no answer in 10 s", "an unconnected error port ends with the reason");
}

#[test]
fn variables_see_each_other_and_facts_are_learned() {
    let mut walk = alone(
        "set-variables",
        json!({
            "variables": [
                { "key": "a", "value": " 1 " }, { "key": "b", "value": "{{flow.variables.a | plus: 1}}" },
                { "key": "o", "value": "{\"x\": [1]}", "type": "json_object" }, { "key": "bad", "value": "{", "type": "json_object" },
                { "key": "n", "value": 5 }, { "value": "no key" },
            ],
            "contact_facts": [{ "key": "size", "value": " {{flow.variables.b}} " }, { "key": "empty", "value": " " }],
        }),
        &["next"],
    );
    let outcome = walk.start("hi");
    let variables = &walk.execution.context["flow"]["variables"];
    assert_eq!(*variables, json!({ "a": " 1 ", "b": "2", "o": { "x": [1] }, "bad": "{", "n": "5" }));
    assert_eq!(walk.warnings(), [81027]);
    assert_eq!(outcome.effects[0], Effect::Learn { key: "size".to_owned(), value: "2".to_owned() });
}

fn field(subject: FieldSubject, key: &str, kind: FieldKind) -> CustomField {
    let (id, labels, choices) = (model::Id::from_uuid(uuid::Uuid::nil()), Default::default(), Vec::new());
    CustomField { id, subject, key: key.to_owned(), kind, labels, choices, required: false, shown: true, place: 0, version: 1 }
}

#[test]
fn what_a_flow_writes_fits_the_fields_or_changes_nothing() {
    let mut walk = alone(
        "set-variables",
        json!({
            "contact_fields": [
                { "key": "orders", "value": " 12 " }, { "key": "since", "value": "yesterday" }, { "key": "unknown", "value": "x" },
            ],
            "contact_facts": [{ "key": "friend", "value": "true" }, { "key": "shoe", "value": "42" }],
        }),
        &["next"],
    );
    let contact = FieldSubject::Contact;
    walk.fields = vec![
        field(contact, "orders", FieldKind::Number),
        field(contact, "since", FieldKind::Date),
        field(contact, "friend", FieldKind::YesNo),
    ];
    walk.facts = json!({ "since": "2026-01-02", "friend": "yes" });
    walk.start("hi");
    let learned: Vec<_> = walk.effects.iter().filter(|effect| matches!(effect, Effect::Learn { .. })).collect();
    let keeps = |key: &str, value: &str| Effect::Learn { key: key.to_owned(), value: value.to_owned() };
    assert_eq!(learned, [&keeps("shoe", "42"), &keeps("orders", "12")]);
    let contact = &walk.execution.context["contact"];
    assert_eq!(
        contact["fields"],
        json!({ "since": "2026-01-02", "friend": true, "orders": 12 }),
        "of their kinds, and what did not fit stays"
    );
    assert_eq!(contact["facts"]["orders"], "12");
    let warnings: Vec<_> = walk.steps.iter().flat_map(|step| &step.warnings).map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "the contact's field friend takes yes or no; \"true\" was not kept",
            "the contact's field since takes a date such as 2026-11-21; \"yesterday\" was not kept",
            "contacts have no field unknown: add it under Settings, Custom fields",
        ]
    );
}

#[test]
fn a_tasks_fields_are_of_their_kind_or_left_out() {
    let attributes = r#"{"amount": "{{contact.fields.orders | plus: 0.5}}", "refund": true, "due": "soon", "free": "x"}"#;
    let mut walk = alone("send-to-flex", json!({ "attributes": attributes }), &["callComplete"]);
    walk.fields = vec![
        field(FieldSubject::Contact, "orders", FieldKind::Number),
        field(FieldSubject::Task, "amount", FieldKind::Number),
        field(FieldSubject::Task, "refund", FieldKind::YesNo),
        field(FieldSubject::Task, "due", FieldKind::Date),
    ];
    walk.facts = json!({ "orders": "12" });
    let outcome = walk.start("hi");
    let Some(Effect::RequestTask { attributes, .. }) = outcome.effects.first() else { panic!("{:?}", outcome.effects) };
    let given: Value = serde_json::from_str(attributes).unwrap();
    assert_eq!(
        (&given["amount"], &given["refund"], &given["due"], &given["free"]),
        (&json!(12.5), &json!(true), &Value::Null, &json!("x"))
    );
    assert_eq!(walk.warnings(), [81018]);
}

#[test]
fn messages_carry_what_the_widget_gives() {
    let mut walk = alone(
        "send-message",
        json!({
            "body": "Hi {{contact.name}}", "from": "Shop", "media_url": "https://a.example/{{flow.sid}}.png", "attributes": "{\"k\": 1}",
            "choices": ["Yes", "{{contact.name}}", " "],
        }),
        &["sent", "failed"],
    );
    let outcome = walk.start("hi");
    let Effect::Send { text, media, choices, cards, native, attributes, from, await_delivery } = &outcome.effects[0] else { panic!() };
    assert_eq!((text.as_str(), from.as_str(), *await_delivery), ("Hi Mia", "Shop", false));
    assert!(media[0].starts_with("https://a.example/FN"));
    assert_eq!((choices.as_slice(), cards.len()), (&["Yes".to_owned(), "Mia".to_owned()][..], 0));
    assert_eq!((attributes, native.len()), (&json!({ "k": 1 }), 0));
    assert_eq!(walk.execution.context["widgets"]["w"]["outbound"]["To"], "+15550002");
}

#[test]
fn messages_in_a_channels_own_form_are_filled_in_text_by_text() {
    let form = json!({ "whatsapp": { "type": "location_request_message", "to": ["{{contact.name}} \"!\"", 7] }, "line": {} });
    for native in [form.clone(), json!(form.to_string())] {
        let mut walk = alone("send-message", json!({ "body": "Where?", "native": native }), &["sent", "failed"]);
        let outcome = walk.start("hi");
        let Effect::Send { native, .. } = &outcome.effects[0] else { panic!() };
        assert_eq!(native["whatsapp"]["to"], json!(["Mia \"!\"", 7]));
        assert!(native.contains_key("line"));
    }
    let mut walk = alone("send-message", json!({ "body": "Where?", "native": "{{ contact.name }}" }), &["sent", "failed"]);
    let outcome = walk.start("hi");
    assert!(matches!(&outcome.effects[0], Effect::Send { text, native, .. } if text == "Where?" && native.is_empty()));
}

#[test]
fn cards_are_filled_in_fitted_and_judged() {
    let button = json!({ "label": "Book for {{contact.name}} and friends", "reply": "Book {{contact.name}}" });
    let cards = json!([
        { "title": "Room for {{contact.name}}", "text": "{{ 'long ' | append: contact.name }}", "image": "https://x.example/1.jpg",
          "buttons": [button, { "label": "Look", "url": "https://x.example/{{contact.name}}" }, { "label": "{{flow.data.none}}" }] },
        { "title": "{{flow.data.none}}", "text": "left out" },
    ]);
    let mut walk = alone("send-message", json!({ "cards": cards }), &["sent", "failed"]);
    let outcome = walk.start("hi");
    let Effect::Send { text, cards, choices, .. } = &outcome.effects[0] else { panic!() };
    assert_eq!((text.as_str(), choices.len()), ("", 0));
    let sent = json!([{
        "title": "Room for Mia", "text": "long Mia", "image": { "url": "https://x.example/1.jpg" },
        "buttons": [{ "label": "Book for Mia and fr…", "reply": "Book Mia" }, { "label": "Look", "url": "https://x.example/Mia" }],
    }]);
    assert_eq!(serde_json::to_value(cards).unwrap(), sent);

    let mut walk =
        alone("send-message", json!({ "cards": [{ "title": "{{contact.name}}", "text": "{{flow.data.none}}" }] }), &["sent", "failed"]);
    walk.start("hi");
    assert_eq!(walk.path()[1], "w failed", "a title alone is no card");
}

fn alone_checked(properties: Value) -> Vec<crate::FlowProblem> {
    let text = alone("send-message", properties, &["sent"]).definition.text().to_owned();
    crate::check(&crate::parse(&text).unwrap()).errors
}

#[test]
fn cards_are_checked_as_they_are_written() {
    let wrong = [
        (json!({ "cards": "x" }), "properties/cards"),
        (json!({ "cards": [{ "text": "x" }] }), "properties/cards/0/title"),
        (json!({ "cards": [{ "title": "x", "image": "http://x.example" }] }), "properties/cards/0/image"),
        (json!({ "cards": [{ "title": "x", "buttons": [{ "reply": "x" }] }] }), "properties/cards/0/buttons/0/label"),
        (json!({ "cards": [{ "title": "x", "buttons": [{ "label": "x", "url": "ftp://x" }] }] }), "properties/cards/0/buttons/0/url"),
        (json!({ "cards": [{ "title": "x", "buttons": [1, 2, 3, 4] }] }), "properties/cards/0/buttons"),
        (json!({ "cards": [{ "title": "x", "text": "y" }], "choices": ["a"] }), "properties/choices"),
    ];
    for (properties, place) in wrong {
        let problems = alone_checked(properties.clone());
        assert!(problems.iter().any(|problem| problem.code == "bad_cards" && problem.path.ends_with(place)), "{properties} {problems:?}");
    }
    let fine = json!({ "cards": [{ "title": "{{x}}", "image": "{{y}}", "buttons": [{ "label": "x", "url": "{{y}}" }] }] });
    assert!(alone_checked(fine).iter().all(|problem| problem.code != "bad_cards" && problem.code != "missing_setting"));
}

#[test]
fn an_empty_message_fails() {
    for properties in [
        json!({ "body": "{{flow.data.none}}" }),
        json!({ "message_type": "content_template", "content_sid": "HX1" }),
        json!({ "body": "{% if %}" }),
    ] {
        let mut walk = alone("send-message", properties, &["sent", "failed"]);
        walk.start("hi");
        assert_eq!(walk.path()[1], "w failed");
        assert!(walk.warnings().contains(&81011));
    }
}

#[test]
fn a_task_calls_nobody_by_an_id() {
    let asked = |name: &'static str, alias: &'static str| -> Value {
        let properties =
            json!({ "workflow": "WW1", "channel": "TC1", "attributes": "{\"name\": {{contact.facts.name | to_json}}, \"other\": null}" });
        let mut walk = alone("send-to-flex", properties, &["callComplete", "failedToEnqueue"]);
        (walk.name, walk.alias) = (name, alias);
        let outcome = walk.start("hi");
        let Effect::RequestTask { attributes, .. } = &outcome.effects[0] else { panic!() };
        serde_json::from_str(attributes).unwrap()
    };
    let mia = asked("Mia", "+15550002");
    assert_eq!((&mia["name"], &mia["customerName"]), (&json!("Mia"), &json!("Mia")));
    let number = asked("", "+15550002");
    assert_eq!((&number["name"], &number["customerName"]), (&json!("+15550002"), &json!("+15550002")));
    let visitor = asked("", "");
    assert_eq!((visitor.get("name"), visitor.get("customerName"), visitor.get("other")), (None, None, Some(&Value::Null)));
    assert_eq!(visitor["customerAddress"], json!("+15550002"), "the address stays what it is");
}

#[test]
fn a_task_is_asked_for_and_left_as_in_studio() {
    let flex = |extra: Value| {
        let mut properties = json!({ "workflow": "WW1", "channel": "TC1", "attributes": "{\"a\":\"{{trigger.conversation.Body}}\", \"name\": \"Own\"}", "priority": "5", "timeout": 60 });
        properties.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        alone("send-to-flex", properties, &["callComplete", "failedToEnqueue"])
    };
    let mut walk = flex(json!({}));
    let outcome = walk.start("hi");
    let Effect::RequestTask { step_no, workflow, attributes, priority, timeout_s, .. } = &outcome.effects[0] else { panic!() };
    assert_eq!((*step_no, workflow.as_str(), *priority, *timeout_s), (2, "WW1", Some(5), Some(60)));
    let attributes: Value = serde_json::from_str(attributes).unwrap();
    assert_eq!((&attributes["a"], &attributes["name"], &attributes["customerName"]), (&json!("hi"), &json!("Own"), &json!("Mia")));
    walk.made();
    assert_eq!(walk.path()[1], "w callComplete");

    let mut walk = flex(json!({ "attributes": "{\"a\": {{trigger.conversation.Body}}}" }));
    walk.start("no number");
    assert_eq!((walk.path()[1].as_str(), walk.warnings()), ("w failedToEnqueue", vec![81015]));

    for (outcome, event) in
        [(TaskOutcome::Completed, "callComplete"), (TaskOutcome::Canceled, "failedToEnqueue"), (TaskOutcome::TimedOut, "failedToEnqueue")]
    {
        let mut walk = flex(json!({ "wait_for_outcome": true, "waiting_message": "Please wait" }));
        walk.start("hi");
        walk.tell(Input::NobodyAvailable { standing: model::Standing::default() });
        walk.made();
        walk.tell(Input::TaskMade { sid: "WT2".to_owned(), attributes: "{}".to_owned() });
        walk.tell(Input::NobodyAvailable { standing: model::Standing::default() });
        assert_eq!(walk.said(), ["Please wait"], "once, and a handed-on task does not end the wait");
        assert_eq!(walk.execution.context["widgets"]["w"]["sid"], "WT2");
        walk.ended(outcome);
        assert_eq!(walk.path()[1], format!("w {event}"));
    }
}

#[test]
fn the_place_in_line_and_the_likely_wait_can_be_told() {
    let text =
        "You are number {{widgets.w.position}}{% if widgets.w.estimated_wait_min %}, about {{widgets.w.estimated_wait_min}} min{% endif %}";
    for (estimated_wait_s, said) in [(Some(61), "You are number 3, about 2 min"), (None, "You are number 3")] {
        let properties =
            json!({ "workflow": "WW1", "channel": "TC1", "attributes": "{}", "wait_for_outcome": true, "waiting_message": text });
        let mut walk = alone("send-to-flex", properties, &["callComplete", "failedToEnqueue"]);
        walk.start("hi");
        walk.tell(Input::NobodyAvailable { standing: model::Standing { position: 3, estimated_wait_s, closed: None } });
        assert_eq!(walk.said(), [said]);
    }
}

#[test]
fn a_flow_knows_the_hours_and_says_so_once() {
    let widget = |closed: Option<&str>| {
        let mut properties =
            json!({ "workflow": "WW1", "channel": "TC1", "attributes": "{}", "wait_for_outcome": true, "waiting_message": "Wait" });
        closed.into_iter().for_each(|text| properties["closed_message"] = text.into());
        alone("send-to-flex", properties, &["callComplete", "failedToEnqueue"])
    };
    let closed = model::Closed { opens_at: Some("2026-11-24T09:00:00+01:00".into()), reason: "Christmas".into() };
    let nobody = || Input::NobodyAvailable { standing: model::Standing { closed: Some(closed.clone()), ..Default::default() } };
    let mut walk = widget(Some("{{widgets.w.closed_reason}}, {{widgets.w.opens_at}}, {{flow.hours.open}}"));
    walk.start("hi");
    walk.made();
    walk.tell(nobody());
    walk.tell(nobody());
    assert_eq!(walk.said(), ["Christmas, 2026-11-24T09:00:00+01:00, true"]);
    let mut walk = widget(None);
    walk.start("hi");
    walk.tell(nobody());
    assert_eq!(walk.said(), ["Wait"], "a flow without words for it says what it has");
    let mut walk = widget(Some("{{flow.hours.open}} {{flow.hours.reason}}"));
    walk.closed = Some(closed.clone());
    walk.start("hi");
    assert_eq!(walk.said(), ["false Christmas"]);
}

/// Proves S24: what a customer writes never becomes a part of a document's form, and no template of ours either.
#[test]
fn s24_a_customers_words_stay_within_the_quotes_they_are_put_between() {
    let hostile = [
        r#"","tier":"vip","x":""#,
        r#"\","tier":"vip"#,
        "\\",
        "quote \" and line\nbreak\u{0}",
        "{{contact.facts.secret}}{% assign tier = 'vip' %}{{ 6 | times: 7 }}",
        "{{{{",
        "{% raw %}",
        "</script><!--",
        "\u{202e}\u{2028}",
    ];
    let document = r#"{"tier": "basic", "said": "{{trigger.conversation.Body}}", "deep": [{"said": "a {{trigger.conversation.Body}} b"}]}"#;
    for said in hostile {
        let expected = |given: &Value| {
            assert_eq!((&given["tier"], &given["said"]), (&json!("basic"), &json!(said)), "{said:?}: {given}");
            assert_eq!(given["deep"], json!([{ "said": format!("a {said} b") }]), "{said:?}");
        };
        let mut task = alone("send-to-flex", json!({ "workflow": "w", "channel": "c", "attributes": document }), &["callComplete"]);
        task.facts = json!({ "secret": "s3cret" });
        let outcome = task.start(said);
        let Some(Effect::RequestTask { attributes, .. }) = outcome.effects.first() else { panic!("{said:?}: {:?}", outcome.effects) };
        expected(&serde_json::from_str(attributes).unwrap());

        let properties = json!({ "method": "POST", "url": "https://shop.example/", "content_type": "application/json", "body": document });
        let outcome = alone("make-http-request", properties, &["success"]).start(said);
        let Some(Effect::Http { request, .. }) = outcome.effects.first() else { panic!("{said:?}: {:?}", outcome.effects) };
        expected(&serde_json::from_str(&request.body).unwrap());

        let outcome =
            alone("send-message", json!({ "body": "You said: {{trigger.conversation.Body}}", "attributes": document }), &["sent"])
                .start(said);
        let Some(Effect::Send { text, attributes, .. }) = outcome.effects.first() else { panic!("{said:?}: {:?}", outcome.effects) };
        assert_eq!(text, &format!("You said: {said}"));
        expected(attributes);
    }
}

#[test]
fn attributes_too_long_are_refused_before_the_router() {
    let mut walk = alone(
        "send-to-flex",
        json!({ "workflow": "w", "channel": "c", "attributes": format!("{{\"a\":\"{}\"}}", "x".repeat(4100)) }),
        &["failedToEnqueue"],
    );
    walk.start("hi");
    assert_eq!(walk.path()[1], "w failedToEnqueue");
}

#[test]
fn the_bot_keeps_what_comes_while_it_thinks() {
    let mut walk = alone("seaway-bot", json!({}), &["answered", "handover", "failed"]);
    let asked = |outcome: &crate::Outcome| {
        outcome.effects.iter().find_map(|effect| match effect {
            Effect::Bot { request, .. } => Some(request["text"].as_str().unwrap_or_default().to_owned()),
            _ => None,
        })
    };
    assert_eq!(asked(&walk.start("one")).as_deref(), Some("one"));
    walk.reply("two");
    walk.reply("three");
    let answer = |text: &str| json!({ "outcome": "answered", "text": text, "memory": { "n": text } });
    let stale = walk.tell(Input::BotAnswer { step_no: 1, answer: answer("stale") });
    assert_eq!(stale, Default::default());
    assert_eq!(asked(&walk.bot(answer("1"))).as_deref(), Some("two"));
    assert_eq!(asked(&walk.bot(answer("2"))).as_deref(), Some("three"));
    walk.bot(answer("3"));
    assert_eq!(walk.said(), ["1", "2", "3"]);
    assert_eq!(walk.path()[1..], ["w answered", "w answered", "w answered", "answered next"]);
    assert_eq!(walk.memory, json!({ "n": "3" }));
}

#[test]
fn a_bot_behind_a_url_speaks_the_same_documents() {
    let mut walk = alone("seaway-bot", json!({ "url": "https://bot.example/ask", "language": "ko" }), &["answered", "handover", "failed"]);
    walk.facts = json!({ "order": "1042" });
    let outcome = walk.start("hi");
    let Effect::Http { request, .. } = &outcome.effects[0] else { panic!() };
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((&body["text"], &body["language"], &body["facts"]["order"]), (&json!("hi"), &json!("ko"), &json!("1042")));
    walk.http(200, r#"{"outcome":"handover","text":"bye","choices":["a"],"learned":[{"key":"k","value":7},{"key":""}],"summary":"sad"}"#);
    assert_eq!(walk.facts["k"], "7");
    assert!(walk.effects.contains(&Effect::Note { text: "sad".to_owned() }));
    assert_eq!(walk.path()[1], "w handover");
    for (status, body) in [(500, "{}"), (200, "no"), (200, "[]"), (200, r#"{"outcome":"dance"}"#), (200, r#"{"outcome":"failed"}"#)] {
        let mut walk = alone("seaway-bot", json!({ "url": "https://bot.example" }), &["failed"]);
        walk.start("hi");
        walk.http(status, body);
        assert_eq!(walk.path()[1], "w failed", "{status} {body}");
    }
}

#[test]
fn templates_that_fail_are_empty_and_warned_of() {
    let mut walk = alone("set-variables", json!({ "variables": [{ "key": "a", "value": "{{ 1 | divided_by: 0 }}" }] }), &["next"]);
    walk.start("hi");
    assert_eq!(walk.execution.context["flow"]["variables"]["a"], "");
    assert_eq!(walk.warnings(), [81018]);
}

#[test]
fn an_unknown_widget_ends_in_words() {
    let mut walk = alone("say-play", json!({ "say": "hello" }), &["audioComplete"]);
    walk.start("hi");
    assert_eq!(walk.reason(), "w: widgets of type say-play are not supported here");
    assert_eq!(walk.steps.last().unwrap().warnings[0].0, 81022);
}
