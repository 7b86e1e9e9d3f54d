use proptest::prelude::*;

use super::Talk;
use crate::{Bot, FactRule, Question};

fn rows() -> impl Strategy<Value = (Vec<Question>, Vec<FactRule>)> {
    const WORDS: &str = "[a-zßü가-힣?'{}%\\[\\]\\\\() ]{0,20}";
    let by_language = proptest::collection::btree_map("en|de|ko|fr|", WORDS, 0..3);
    let question = (by_language.clone(), by_language.clone()).prop_map(|(questions, answers)| Question {
        id: "q".to_owned(),
        questions: questions.into_iter().map(|(language, phrase)| (language, vec![phrase])).collect(),
        answers,
    });
    let rule = (by_language, prop_oneof![Just("number".to_owned()), Just("name".to_owned()), WORDS]).prop_map(|(cues, value)| FactRule {
        key: "key".to_owned(),
        labels: Default::default(),
        cues: cues.into_iter().map(|(language, cue)| (language, vec![cue])).collect(),
        value,
    });
    (proptest::collection::vec(question, 0..4), proptest::collection::vec(rule, 0..3))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_gets_an_answer(texts in proptest::collection::vec(".{0,120}", 1..4)) {
        let mut talk = Talk::demo();
        for text in texts {
            let answer = talk.say(&text);
            prop_assert!((0.0..=1.0).contains(&answer.score));
        }
    }

    #[test]
    fn any_rows_are_borne((questions, facts) in rows(), text in "[a-zßü가-힣 0-9?']{0,60}") {
        let mut talk = Talk::with(questions.clone(), facts.clone());
        talk.say(&text);
        for question in &questions {
            let _ = crate::check_question(question);
        }
        let _ = Bot::new(questions, facts);
    }
}
