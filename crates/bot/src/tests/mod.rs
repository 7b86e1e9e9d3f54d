//! Talks as data: what customers say, what the bot makes of it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::{Answer, Bot, FactRule, Outcome, Question, Request, check_question, check_rule, demo};

mod random;

/// A conversation that keeps what a caller must keep.
struct Talk {
    bot: Arc<Bot>,
    facts: BTreeMap<String, String>,
    memory: Value,
    language: Option<String>,
}

impl Talk {
    fn demo() -> Self {
        static BOT: OnceLock<Arc<Bot>> = OnceLock::new();
        let bot = BOT.get_or_init(|| {
            let (questions, facts) = demo();
            Arc::new(Bot::new(questions, facts))
        });
        Self::of(bot.clone())
    }

    fn with(questions: Vec<Question>, facts: Vec<FactRule>) -> Self {
        Self::of(Arc::new(Bot::new(questions, facts)))
    }

    fn of(bot: Arc<Bot>) -> Self {
        Self { bot, facts: BTreeMap::new(), memory: Value::Null, language: None }
    }

    fn say(&mut self, text: &str) -> Answer {
        let request = Request {
            text: text.to_owned(),
            media: 0,
            language: self.language.clone(),
            facts: self.facts.clone(),
            memory: self.memory.clone(),
        };
        let answer = self.bot.answer(&request, 0);
        self.memory = answer.memory.clone();
        self.facts.extend(answer.learned.iter().map(|fact| (fact.key.clone(), fact.value.clone())));
        answer
    }
}

#[track_caller]
fn matches(text: &str, question: &str, language: &str) {
    let answer = Talk::demo().say(text);
    let found = (answer.matched.as_deref(), answer.language.as_str());
    assert_eq!(found, (Some(question), language), "{text:?} scored {}: {}", answer.score, answer.text);
}

#[test]
fn the_demo_rows_can_be_used() {
    let (questions, facts) = demo();
    assert!(questions.len() >= 15);
    for question in &questions {
        assert_eq!(check_question(question), Ok(()), "{}", question.id);
        assert_eq!(question.answers.len(), 3, "{}", question.id);
    }
    for rule in &facts {
        assert_eq!(check_rule(rule), Ok(()), "{}", rule.key);
    }
}

#[test]
fn every_phrase_finds_its_own_question() {
    let (questions, _) = demo();
    for question in &questions {
        for (language, phrases) in &question.questions {
            for phrase in phrases {
                matches(phrase, &question.id, language);
            }
        }
    }
}

#[test]
fn other_words_find_it_too() {
    for (text, question) in [
        ("how long will the delivery take", "shipping_time"),
        ("shipping costs?", "shipping_cost"),
        ("hi there, quick question: can your mugs go into the dishwasher? thx", "dishwasher"),
        ("are you open on saturday", "opening_hours"),
        ("opening hours", "opening_hours"),
        ("i would like to return my grinder because it is too loud", "returns"),
        ("do you accept paypal", "payment"),
        ("waranty", "warranty"),
    ] {
        matches(text, question, "en");
    }
    for (text, question) in [
        ("oeffnungszeiten", "opening_hours"),
        ("Guten Tag, wie lange dauert denn der Versand bei euch?", "shipping_time"),
        ("versandkosten", "shipping_cost"),
        ("Sind die Becher spuelmaschinenfest?", "dishwasher"),
        ("Wie kann ich die Mühle zurückschicken?", "returns"),
        ("Gibt es Garantie auf die Maschine", "warranty"),
    ] {
        matches(text, question, "de");
    }
    for (text, question) in [
        ("배송 얼마나 걸리나요", "shipping_time"),
        ("배송얼마나걸려요", "shipping_time"),
        ("배송비 얼마", "shipping_cost"),
        ("머그컵 식기세척기에 돌려도 돼요?", "dishwasher"),
        ("안녕하세요, 환불 가능한가요", "returns"),
        ("영업시간", "opening_hours"),
    ] {
        matches(text, question, "ko");
    }
}

#[test]
fn what_it_does_not_know_is_a_miss() {
    for text in [
        "Do you sell bicycles?",
        "What is the capital of France?",
        "Kannst du mir ein Gedicht schreiben?",
        "Verkauft ihr Fahrräder?",
        "자전거도 팔아요?",
        "오늘 날씨 어때요",
        "asdf qwertz",
        "I'm looking for a birthday present for my mother",
        "🙂",
        "?!",
    ] {
        let mut talk = Talk::demo();
        let answer = talk.say(text);
        assert_eq!(answer.matched, None, "{text:?} scored {}", answer.score);
        assert_eq!(talk.memory["misses"], 1, "{text:?}");
    }
}

#[test]
fn it_remembers_an_order() {
    let mut talk = Talk::demo();
    let answer = talk.say("I'm Mia, order 1042");
    assert_eq!(answer.text, "Thanks Mia, noted order 1042. How can I help?");
    assert_eq!(talk.facts["name"], "Mia");
    assert_eq!(talk.facts["order"], "1042");
    // Another execution in another conversation: only the facts are left.
    talk.memory = Value::Null;
    assert!(talk.say("where is it?").text.starts_with("Order 1042 is on its way"));
    assert!(talk.say("wo ist sie?").text.starts_with("Bestellung 1042 ist unterwegs"));
    assert!(talk.say("어디 있어요?").text.starts_with("주문 1042번은"));
}

#[test]
fn it_asks_for_what_it_needs() {
    let mut talk = Talk::demo();
    assert!(talk.say("Where is my order?").text.contains("what is your order number"));
    assert!(talk.say("it's 2077").text.starts_with("Order 2077 is on its way"));
    let mut talk = Talk::demo();
    talk.say("제 주문 어디 있어요?");
    assert!(talk.say("2077번이요").text.starts_with("주문 2077번은"));
    let mut talk = Talk::demo();
    talk.say("Wo bleibt mein Paket?");
    assert!(talk.say("2077").text.starts_with("Bestellung 2077 ist"));
}

#[test]
fn facts_are_heard_in_many_forms() {
    for (text, key, value) in [
        ("My order number is 1042", "order", "1042"),
        ("order no. 1042 please", "order", "1042"),
        ("Order #1042", "order", "1042"),
        ("Meine Bestellnummer lautet 1042.", "order", "1042"),
        ("Bestellung Nr. 1042", "order", "1042"),
        ("주문 1042번", "order", "1042"),
        ("주문번호는 1042입니다", "order", "1042"),
        ("1042번 주문이요", "order", "1042"),
        ("order 1041, sorry, order 1042", "order", "1042"),
        ("hello, i am Mia Berg", "name", "Mia Berg"),
        ("my name is mia", "name", "mia"),
        ("Ich heiße Jürgen", "name", "Jürgen"),
        ("I’m O'Neill", "name", "O'Neill"),
        ("저는 김민수입니다", "name", "김민수"),
        ("제 이름은 이수진이에요", "name", "이수진"),
        ("write to mia@example.com please", "email", "mia@example.com"),
    ] {
        let mut talk = Talk::demo();
        talk.say(text);
        assert_eq!(talk.facts.get(key).map(String::as_str), Some(value), "{text:?}: {:?}", talk.facts);
    }
    for text in
        ["I'm looking for a mug", "I want to order 2 mugs", "orders", "저는 배송이 궁금해요", "Ich bin nicht zufrieden", "in order to"]
    {
        let mut talk = Talk::demo();
        talk.say(text);
        assert!(talk.facts.is_empty(), "{text:?}: {:?}", talk.facts);
    }
}

#[test]
fn two_misses_in_a_row_hand_over_with_what_it_knows() {
    let mut talk = Talk::demo();
    talk.say("I'm Mia, order 1042");
    let first = talk.say("My parrot learned to swear");
    assert_eq!(first.outcome, Outcome::Answered);
    assert!(first.text.contains("other words"));
    talk.say("How long is the warranty?");
    talk.say("My parrot learned to swear");
    let second = talk.say("The parrot, I said");
    assert_eq!(second.outcome, Outcome::Handover);
    assert!(second.summary.contains("My parrot learned to swear") && second.summary.contains("order 1042"), "{}", second.summary);
    assert_eq!(talk.memory["misses"], 0);
}

#[test]
fn it_clarifies_in_the_customers_language() {
    assert!(Talk::demo().say("Mein Papagei schimpft den ganzen Tag").text.starts_with("Das habe ich noch nicht"));
    assert!(Talk::demo().say("앵무새가 욕을 배웠어요").text.starts_with("제가 잘 이해하지"));
    let mut talk = Talk::demo();
    talk.language = Some("de-AT".to_owned());
    assert_eq!(talk.say("xyz").language, "de");
}

#[test]
fn small_talk_is_no_miss() {
    for text in ["Hello", "hi there!", "Hallo", "Guten Tag", "안녕하세요", "thank you very much", "vielen Dank!", "감사합니다", "ok", ""]
    {
        let mut talk = Talk::demo();
        let answer = talk.say(text);
        assert_eq!(talk.memory["misses"], 0, "{text:?}");
        assert!(!answer.text.is_empty());
    }
}

#[test]
fn a_wish_for_a_person_is_a_handover() {
    for text in [
        "Can I talk to a human?",
        "agent",
        "I need to speak with someone",
        "live agent",
        "Ich möchte mit einem Menschen sprechen",
        "Mitarbeiter bitte",
        "상담원 연결해 주세요",
        "라이브 에이전트",
    ] {
        let answer = Talk::demo().say(text);
        assert_eq!(answer.outcome, Outcome::Handover, "{text:?}");
        assert!(!answer.summary.is_empty());
    }
}

#[test]
fn rows_invented_at_run_time_are_known() {
    let (mut questions, mut facts) = demo();
    let invented: Question = serde_json::from_value(serde_json::json!({
        "id": "gift",
        "questions": { "en": ["Do you sell gift cards?"], "de": ["Verkauft ihr Gutscheine?"], "ko": ["상품권을 판매하나요?"] },
        "answers": {
            "en": "Yes, from 10 €.", "de": "Ja, ab 10 €{% if facts.customer_number %} (Kunde {{facts.customer_number}}){% endif %}.", "ko": "네, 10유로부터요.",
        },
    })).unwrap();
    questions.push(invented);
    facts.push(
        serde_json::from_value(serde_json::json!({
            "key": "customer_number", "labels": { "de": "Kundennummer" }, "cues": { "de": ["Kundennummer"] }, "value": "number",
        }))
        .unwrap(),
    );
    let mut talk = Talk::with(questions, facts);
    assert_eq!(talk.say("can i buy gift cards").text, "Yes, from 10 €.");
    assert_eq!(talk.say("상품권 있어요?").text, "네, 10유로부터요.");
    assert_eq!(talk.say("Kundennummer 77").text, "Danke, notiert: Kundennummer 77. Wie kann ich helfen?");
    assert_eq!(talk.say("Habt ihr auch Gutscheine?").text, "Ja, ab 10 € (Kunde 77).");
    assert_eq!(talk.facts["customer_number"], "77");
}

#[test]
fn one_row_alone_works() {
    let question: Question = serde_json::from_value(serde_json::json!({
        "id": "q", "questions": { "en": ["Do you repair bikes?"] }, "answers": { "en": "We do." },
    }))
    .unwrap();
    let mut talk = Talk::with(vec![question], Vec::new());
    assert_eq!(talk.say("do you repair bikes").text, "We do.");
    assert_eq!(talk.say("do you sell boats").matched, None);
    assert_eq!(Talk::with(Vec::new(), Vec::new()).say("hello bikes").matched, None);
}

#[test]
fn what_customers_write_is_never_run() {
    let mut talk = Talk::demo();
    talk.facts.insert("order".to_owned(), "{{facts.name}}".to_owned());
    talk.facts.insert("name".to_owned(), "secret".to_owned());
    assert!(talk.say("where is my order").text.contains("{{facts.name}}"));
    talk.say("{% for i in (1..1000000) %}x{% endfor %}");
}

#[test]
fn bad_rows_are_refused_with_the_field() {
    let rule = |key: &str, value: &str, cue: &str| FactRule {
        key: key.to_owned(),
        value: value.to_owned(),
        cues: BTreeMap::from([("en".to_owned(), vec![cue.to_owned()])]),
        labels: BTreeMap::new(),
    };
    let code = |rule: FactRule| check_rule(&rule).map_err(|problem| problem.code);
    assert_eq!(code(rule("bad key", "number", "x")), Err("bad_key".to_owned()));
    assert_eq!(code(rule("k", "(", "x")), Err("bad_pattern".to_owned()));
    assert_eq!(code(rule("k", "word", " ")), Err("empty".to_owned()));
    assert_eq!(code(rule("k", r"SN-(\d+)", "serial")), Ok(()));
    let mut talk = Talk::with(Vec::new(), vec![rule("k", r"SN-(\d+)", "serial"), rule("bad", "(", "x")]);
    talk.say("my serial is sn-551.");
    assert_eq!(talk.facts["k"], "551");
}

#[test]
fn documents_of_any_shape_are_read() {
    let (questions, facts) = demo();
    let bot = Bot::new(questions, facts);
    let answer = bot.answer_document(&serde_json::json!({ "text": "order 1042", "facts": 3, "memory": [1], "language": "" }), 0);
    assert_eq!(answer["outcome"], "answered");
    assert_eq!(answer["learned"][0]["value"], "1042");
    assert_eq!(bot.answer_document(&Value::Null, 0)["outcome"], "answered");
}
