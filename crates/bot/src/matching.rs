//! Finds the question a text asks: weighted agreement of tokens, whole text and sentence by sentence.

use std::collections::{BTreeMap, BTreeSet};

use crate::fold::{is_hangul, tidy};
use crate::learn::Listener;
use crate::question::Question;
use crate::similar::similar;
use crate::tokens::{is_common, tokens};

/// From here on a question counts as asked.
pub(crate) const ENOUGH: f64 = 0.48;
/// What a common word weighs against others.
const COMMON_WEIGHT: f64 = 0.12;
/// What a word no question knows weighs: customers chat around their question.
const UNKNOWN_WEIGHT: f64 = 0.5;
/// Tokens this similar are one word.
const SAME_WORD: f64 = 0.75;
/// What the question's own words, in no phrase of it, count at most.
const KEYWORDS: f64 = 0.6;
/// Sentences looked at one by one.
const MAX_SENTENCES: usize = 12;
/// Tokens of a sentence that are compared.
const MAX_TOKENS: usize = 80;

#[derive(Debug)]
pub(crate) struct Index {
    phrases: Vec<Phrase>,
    /// Per question and language: the tokens of all its phrases.
    topics: Vec<BTreeSet<String>>,
    /// By language: how many questions use a token.
    vocabulary: BTreeMap<String, BTreeMap<String, usize>>,
    questions: usize,
}

#[derive(Debug)]
struct Phrase {
    question: usize,
    language: String,
    topic: usize,
    /// With their weights.
    tokens: Vec<(String, f64)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Match {
    pub question: usize,
    /// Of the phrase that fits.
    pub language: String,
    pub score: f64,
}

impl Index {
    pub fn new(questions: &[Question], listeners: &[Listener]) -> Self {
        let mut vocabulary: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for question in questions {
            for (language, phrases) in &question.questions {
                let used: BTreeSet<String> = phrases.iter().flat_map(|phrase| tokens(phrase)).collect();
                let words = vocabulary.entry(tag(language)).or_default();
                for token in used {
                    *words.entry(token).or_default() += 1;
                }
            }
        }
        let mut index = Self { phrases: Vec::new(), topics: Vec::new(), vocabulary, questions: questions.len() };
        let mut topic_of: BTreeMap<(usize, String), usize> = BTreeMap::new();
        for (at, question) in questions.iter().enumerate() {
            for (language, phrases) in &question.questions {
                let language = tag(language);
                let topic = topic_of.entry((at, language.clone())).or_insert(index.topics.len());
                let topic = *topic;
                if topic == index.topics.len() {
                    index.topics.push(BTreeSet::new());
                }
                for phrase in phrases {
                    let tokens = tokens(phrase).into_iter();
                    let tokens: Vec<_> = tokens
                        .map(|t| {
                            let w = index.weight(&language, &t);
                            (t, w)
                        })
                        .collect();
                    if !tokens.is_empty() {
                        index.topics[topic].extend(tokens.iter().map(|(token, _)| token.clone()));
                        index.phrases.push(Phrase { question: at, language: language.clone(), topic, tokens });
                    }
                }
            }
        }
        // Cues tell a language as well as questions do.
        for (language, cues) in listeners.iter().flat_map(|listener| &listener.rule.cues) {
            let words = index.vocabulary.entry(tag(language)).or_default();
            for token in cues.iter().flat_map(|cue| tokens(cue)) {
                words.entry(token).or_insert(1);
            }
        }
        index
    }

    /// The questions a text may ask, best first, each once.
    pub fn find(&self, text: &str, language: &str, ignored: &BTreeSet<String>) -> Vec<Match> {
        let mut best: BTreeMap<usize, Match> = BTreeMap::new();
        for sentence in sentences(text) {
            let mut said = tokens(&sentence);
            said.retain(|token| !ignored.contains(token));
            said.truncate(MAX_TOKENS);
            let mut said = Said { tokens: &said, topics: BTreeMap::new() };
            for phrase in &self.phrases {
                let other = if phrase.language == language { 1.0 } else { 0.95 };
                let score = self.score(&mut said, phrase) * other;
                let known = best.get(&phrase.question).is_some_and(|known| known.score >= score);
                if !known && score > 0.0 {
                    let language = phrase.language.clone();
                    best.insert(phrase.question, Match { question: phrase.question, language, score });
                }
            }
        }
        let mut found: Vec<Match> = best.into_values().collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.question.cmp(&b.question)));
        found
    }

    /// How many questions of a language use a token.
    pub fn uses(&self, language: &str, token: &str) -> usize {
        self.vocabulary.get(language).and_then(|words| words.get(token)).copied().unwrap_or(0)
    }

    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.vocabulary.keys().map(String::as_str)
    }

    /// How much of the phrase was said, and how much of what was said belongs to the question; the first counts twice.
    fn score(&self, said: &mut Said, phrase: &Phrase) -> f64 {
        let (mut found, mut all) = (0.0, 0.0);
        for (token, weight) in &phrase.tokens {
            found += weight * best(token, said.tokens);
            all += weight;
        }
        if found == 0.0 {
            return 0.0;
        }
        let recall = found / all;
        let heard = said.topics.entry(phrase.topic).or_insert_with(|| self.hear(said.tokens, phrase));
        let (precision, named) = (heard.precision, heard.named);
        let fit = 5.0 * precision * recall / (4.0 * precision + recall).max(f64::MIN_POSITIVE);
        let keyword = said.tokens.len() <= 2 && named >= 1.0;
        // Two of the question's words from different phrases, and nothing else said, mean it too.
        if named >= 2.0 || keyword { fit.max(KEYWORDS * precision * precision) } else { fit }
    }

    /// How much of what was said belongs to the phrase's topic.
    fn hear(&self, said: &[String], phrase: &Phrase) -> OnTopic {
        let (mut meant, mut heard, mut named) = (0.0, 0.0, 0.0);
        for token in said {
            let similarity = best(token, &self.topics[phrase.topic]);
            let known = similarity > 0.0 || self.uses(&phrase.language, token) > 0;
            let weight = self.weight(&phrase.language, token) * if known { 1.0 } else { UNKNOWN_WEIGHT };
            meant += weight * similarity;
            heard += weight;
            if similarity >= SAME_WORD && !is_common(token) {
                // A Korean word is several pairs of syllables.
                named += if token.chars().any(is_hangul) { 0.5 } else { 1.0 };
            }
        }
        OnTopic { precision: meant / heard.max(f64::MIN_POSITIVE), named }
    }

    /// Rare words tell questions apart.
    fn weight(&self, language: &str, token: &str) -> f64 {
        let uses = self.uses(language, token).max(1) as f64;
        let rarity = (1.0 + self.questions.max(1) as f64 / uses).ln();
        if is_common(token) { rarity.min(1.5) * COMMON_WEIGHT } else { rarity }
    }
}

/// A sentence's tokens, and how far they belong to each topic that was looked at.
struct Said<'a> {
    tokens: &'a [String],
    topics: BTreeMap<usize, OnTopic>,
}

struct OnTopic {
    precision: f64,
    /// Words that name the topic.
    named: f64,
}

/// How much the likest of the others is the same word.
fn best<'a>(token: &str, others: impl IntoIterator<Item = &'a String>) -> f64 {
    others.into_iter().map(|other| similar(token, other)).fold(0.0, f64::max)
}

/// `de-AT` asks in `de`.
pub(crate) fn tag(language: &str) -> String {
    let primary = language.trim().split(['-', '_']).next().unwrap_or_default();
    primary.to_lowercase()
}

/// The whole text, and its sentences where there are several.
fn sentences(text: &str) -> Vec<String> {
    let text = tidy(text);
    let parts = text.split(['.', '?', '!', '\n', ';', ':', '。', ',']).map(str::trim);
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).take(MAX_SENTENCES).map(str::to_owned).collect();
    if parts.len() < 2 {
        return vec![text];
    }
    let mut all = vec![text];
    all.extend(parts);
    all
}
