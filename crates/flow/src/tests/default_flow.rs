//! The default flow from end to end, in three languages.

use model::{ExecutionState, TaskOutcome, Waiting};
use serde_json::{Value, json};

use super::Walk;
use crate::{DEFAULT_FLOW, Effect, ReferenceKind, check, parse, references};

fn walk() -> Walk {
    Walk::new(DEFAULT_FLOW)
}

fn request(walk: &Walk) -> Value {
    let asked = walk.effects.iter().find_map(|effect| match effect {
        Effect::RequestTask { attributes, .. } => Some(attributes),
        _ => None,
    });
    serde_json::from_str(asked.expect("a task was asked for")).expect("attributes are JSON")
}

#[test]
fn it_is_without_fault() {
    let definition = parse(DEFAULT_FLOW).unwrap();
    let checked = check(&definition);
    assert_eq!(checked.errors, []);
    assert_eq!(checked.warnings, []);
    let references = references(&definition);
    assert_eq!(references[0].kind, ReferenceKind::Workflow);
    assert_eq!(references[0].given, "default");
}

#[test]
fn the_bot_answers_and_the_flow_ends() {
    let mut walk = walk();
    walk.start("When do you ship?");
    assert_eq!(walk.execution.waiting, Some(Waiting::Bot));
    walk.bot(json!({ "outcome": "answered", "text": "Today.", "learned": [], "memory": { "misses": 0 } }));
    assert_eq!(walk.said(), ["Today."]);
    assert_eq!(walk.path(), ["Trigger incomingConversationMessage", "wants_agent noMatch", "bot answered"]);
    assert_eq!(walk.reason(), "finished");
    assert_eq!(walk.memory, json!({ "misses": 0 }));
}

#[test]
fn a_live_agent_is_heard_in_every_spelling() {
    let spellings = [
        "live agent",
        "LIVE_AGENT",
        "Live-Agent",
        "liveagent",
        "I want a LIVE  AGENT now!",
        "Bitte einen Live-Agenten",
        "hello\nlive\nagent",
        "라이브 에이전트",
        "라이브에이전트",
        "라이브-에이전트 연결해 주세요",
        "상담원 연결",
        "live–agent",
        "(live agent)",
    ];
    for text in spellings {
        let mut walk = walk();
        walk.start(text);
        assert_eq!(walk.path()[1], "wants_agent match", "{text}");
    }
    for text in ["live music", "an agent", "alive agents", "에이전트", ""] {
        let mut walk = walk();
        walk.start(text);
        assert_eq!(walk.execution.widget, "bot", "{text}");
    }
}

#[test]
fn an_english_customer_reaches_an_agent() {
    let mut walk = walk();
    let outcome = walk.start("live agent");
    assert!(walk.said()[0].starts_with("Which language"));
    let choices = outcome.effects.iter().find_map(|effect| match effect {
        Effect::Send { choices, .. } => Some(choices.clone()),
        _ => None,
    });
    assert_eq!(choices.unwrap(), ["English", "Deutsch", "한국어"]);
    walk.reply("English please");
    assert_eq!(walk.facts["language"], "en");
    assert_eq!(walk.said()[1], "One moment, I'm getting a person for you.");
    let attributes = request(&walk);
    assert_eq!(attributes["language"], "en");
    assert_eq!(attributes["department"], "support");
    assert_eq!(attributes["vip"], false);
    assert_eq!(attributes["name"], "Mia");
    assert_eq!(attributes["customerAddress"], "+15550002");
    walk.made();
    assert_eq!(walk.execution.waiting, Some(Waiting::Outcome));
    walk.tell(crate::Input::NobodyAvailable { standing: model::Standing::default() });
    walk.tell(crate::Input::NobodyAvailable { standing: model::Standing::default() });
    assert_eq!(walk.said().len(), 3);
    assert!(walk.said()[2].starts_with("Nobody is free"));
    walk.reply("live agent");
    assert_eq!(walk.said().len(), 3, "typed to an agent it changes nothing");
    walk.ended(TaskOutcome::Completed);
    assert_eq!(walk.reason(), "finished");
}

#[test]
fn whoever_comes_after_hours_hears_when_somebody_is_there() {
    let closed = |opens_at: Option<&str>| model::Closed { opens_at: opens_at.map(str::to_owned), reason: String::new() };
    let back = "We are closed right now and back on November 24 at 09:00.";
    // The channel account is closed: said at once, and the queue's own hours add nothing.
    let mut walk = walk();
    walk.facts = json!({ "language": "en" });
    walk.closed = Some(closed(Some("2026-11-24T09:00:00+01:00")));
    walk.start("live agent");
    assert!(walk.said().last().unwrap().starts_with(back), "{:?}", walk.said());
    let said = walk.said().len();
    walk.made();
    walk.tell(crate::Input::NobodyAvailable { standing: model::Standing { closed: Some(closed(None)), ..Default::default() } });
    assert_eq!(walk.said().len(), said);
    // The queue alone is.
    for (language, opens_at, words) in [
        ("en", Some("2026-11-24T09:00:00+01:00"), back),
        ("de", Some("2026-11-24T09:00:00+01:00"), "Wir haben gerade geschlossen und sind ab dem 24.11. um 09:00 Uhr wieder da."),
        ("ko", Some("2026-11-24T09:00:00+09:00"), "지금은 운영 시간이 아닙니다. 11월 24일 09:00부터"),
        ("en", None, "We are closed right now. Your message"),
    ] {
        let mut walk = self::walk();
        walk.facts = json!({ "language": language });
        walk.start("live agent");
        walk.made();
        walk.tell(crate::Input::NobodyAvailable { standing: model::Standing { closed: Some(closed(opens_at)), ..Default::default() } });
        assert!(walk.said().last().unwrap().starts_with(words), "{:?}", walk.said());
    }
}

#[test]
fn a_german_customer_who_buys_is_told_when_nobody_could_help() {
    let mut walk = walk();
    walk.language = "de";
    walk.start("Live-Agent, ich will eine Mühle kaufen");
    assert!(walk.said()[0].starts_with("In welcher Sprache"));
    walk.reply("hm?");
    assert!(walk.said()[1].starts_with("Das habe ich nicht verstanden"));
    walk.reply("독일어");
    let attributes = request(&walk);
    assert_eq!((&attributes["language"], &attributes["department"]), (&json!("de"), &json!("sales")));
    walk.made();
    walk.ended(TaskOutcome::TimedOut);
    assert!(walk.said().last().unwrap().starts_with("Es tut uns leid"));
    assert_eq!(walk.execution.state, ExecutionState::Ended);
}

#[test]
fn a_korean_customer_who_is_known_is_not_asked_again() {
    let mut walk = walk();
    walk.facts = json!({ "language": "ko", "vip": "true" });
    walk.channel = "sms";
    walk.start("안녕하세요 1042번 주문");
    walk.bot(json!({
        "outcome": "handover", "text": "", "language": "ko", "summary": "주문 \"1042\"",
        "learned": [{ "key": "order", "value": "1042" }], "memory": {},
    }));
    assert_eq!(walk.said(), ["잠시만 기다려 주세요. 담당자를 연결해 드릴게요."]);
    let attributes = request(&walk);
    assert_eq!(attributes["handover"], "주문 \"1042\"");
    assert_eq!(attributes["vip"], true);
    assert_eq!(attributes["channelType"], "sms");
    assert!(walk.effects.iter().any(|e| matches!(e, Effect::RequestTask { channel, .. } if channel == "sms")));
    assert!(walk.effects.contains(&Effect::Note { text: "주문 \"1042\"".to_owned() }));
    walk.tell(crate::Input::TaskRefused { reason: "no filter matched".to_owned() });
    assert!(walk.said().last().unwrap().starts_with("죄송합니다"));
}

#[test]
fn silence_to_the_language_question_takes_the_likely_one() {
    let mut walk = walk();
    walk.start("라이브 에이전트");
    assert!(walk.said()[0].starts_with("어떤 언어로"), "Korean letters outweigh the browser's language");
    walk.timeout();
    assert_eq!(request(&walk)["language"], "ko");
    assert!(walk.facts.get("language").is_none(), "a guess is not a fact");
}

#[test]
fn a_bot_that_fails_hands_over() {
    let mut walk = walk();
    walk.start("hello");
    walk.bot(json!("nonsense"));
    assert_eq!(walk.execution.widget, "ask_language");
    assert_eq!(walk.warnings(), [81017]);
}
