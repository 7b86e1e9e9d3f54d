//! One turn of the talk: learn, find the question, answer, or admit a miss.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use template::{Budget, Template};

use crate::answer::{Answer, Learned, Outcome};
use crate::fold::tidy;
use crate::language;
use crate::learn::{self, Heard};
use crate::matching::{ENOUGH, Match, tag};
use crate::phrases::{self, Phrase};
use crate::question::Question;
use crate::request::Request;
use crate::small_talk::{SmallTalk, small_talk, wants_a_person};
use crate::tokens::{is_common, tokens, words};
use crate::{Bot, MAX_READ};

/// Misses in a row that make it hand over.
const MAX_MISSES: i64 = 2;
/// A question that fits this well is meant even when a person is asked for.
const CERTAIN: f64 = 0.9;
/// Unanswered texts it keeps for the summary.
const MAX_UNANSWERED: usize = 5;

pub(crate) fn answer(bot: &Bot, request: &Request, now: i64) -> Answer {
    let text: String = request.text.chars().take(MAX_READ).collect();
    let mut talk = Talk::new(bot, request, text, now);
    let reply = talk.reply();
    talk.finish(reply)
}

struct Talk<'a> {
    bot: &'a Bot,
    request: &'a Request,
    text: String,
    language: String,
    facts: BTreeMap<String, String>,
    heard: Vec<Heard>,
    memory: Memory,
    now: i64,
}

/// What it remembers of the conversation.
#[derive(Default)]
struct Memory {
    misses: i64,
    language: Option<String>,
    /// The question answered last, and the facts its answer would have liked to know.
    topic: Option<String>,
    expected: BTreeSet<String>,
    unanswered: Vec<String>,
}

struct Reply {
    outcome: Outcome,
    text: String,
    matched: Option<String>,
    score: f64,
}

impl<'a> Talk<'a> {
    fn new(bot: &'a Bot, request: &'a Request, text: String, now: i64) -> Self {
        let mut memory = Memory::read(&request.memory);
        let fallback = [memory.language.as_deref(), request.facts.get("language").map(String::as_str), request.language.as_deref()];
        let language = language::detect(&text, &bot.index).unwrap_or_else(|| language::first(fallback));
        let heard = learn::hear(&bot.listeners, &text, &memory.expected);
        let mut facts = request.facts.clone();
        facts.extend(heard.iter().map(|fact| (fact.key.clone(), fact.value.clone())));
        memory.language = Some(language.clone());
        Self { bot, request, text, language, facts, heard, memory, now }
    }

    fn reply(&mut self) -> Reply {
        if self.text.trim().is_empty() {
            let phrase = if self.request.media > 0 { &phrases::PICTURE } else { &phrases::GREETING };
            return self.says(phrase);
        }
        if !self.heard.is_empty() && !asks(&self.text) && self.left_over() == 0 {
            return self.notes(0.0);
        }
        let found = self.found();
        let score = found.first().map_or(0.0, |(m, _)| m.score);
        if score < CERTAIN && wants_a_person(&self.text) {
            return Reply { outcome: Outcome::Handover, text: String::new(), matched: None, score };
        }
        if let Some((best, text)) = found.into_iter().next().filter(|(best, _)| best.score >= ENOUGH) {
            return self.answers(best.question, text, best.score);
        }
        if let Some(kind) = small_talk(&self.text) {
            return self.talks(kind);
        }
        if !self.heard.is_empty() && self.left_over() <= 1 {
            return self.notes(score);
        }
        self.misses(score)
    }

    /// Matches with the answers they come out as, in the language to answer in; blank answers do not count.
    fn found(&mut self) -> Vec<(Match, String)> {
        let ignored: BTreeSet<String> = self.heard.iter().flat_map(|fact| tokens(&fact.value)).collect();
        let matches = self.bot.index.find(&self.text, &self.language, &ignored);
        let mut found = Vec::new();
        for one in matches.into_iter().take(3).filter(|m| m.score > 0.0) {
            let question = &self.bot.questions[one.question];
            if let Some((language, text)) = self.render(question, &one) {
                if found.is_empty() && one.score >= ENOUGH {
                    self.language = language;
                }
                found.push((one, text));
            }
        }
        found
    }

    fn answers(&mut self, question: usize, text: String, score: f64) -> Reply {
        let question = &self.bot.questions[question];
        self.memory.misses = 0;
        self.memory.unanswered.clear();
        self.memory.topic = Some(question.id.clone());
        // Only an answer that asks something back expects a fact; others merely mention it when they know it.
        self.memory.expected = if text.contains('?') { self.unknown_facts(question) } else { BTreeSet::new() };
        Reply { outcome: Outcome::Answered, text, matched: Some(question.id.clone()), score }
    }

    /// Facts an answer reads that are rules and not yet known.
    fn unknown_facts(&self, question: &Question) -> BTreeSet<String> {
        let templates = question.answers.values().filter_map(|answer| Template::parse(answer).ok());
        let names: BTreeSet<String> = templates.flat_map(|template| template.variables()).collect();
        let rules = self.bot.listeners.iter().map(|listener| &listener.rule.key);
        let read = rules.filter(|key| names.contains(&format!("facts.{key}")) && !self.facts.contains_key(*key));
        read.cloned().collect()
    }

    fn talks(&mut self, kind: SmallTalk) -> Reply {
        match (kind, self.facts.get("name").cloned()) {
            (SmallTalk::Greeting, Some(name)) => self.plain(phrases::NAMED_GREETING.with(&self.language, &name)),
            (SmallTalk::Greeting, None) => self.says(&phrases::GREETING),
            (SmallTalk::Thanks, _) => self.says(&phrases::THANKS),
            (SmallTalk::Bye, _) => self.says(&phrases::BYE),
            (SmallTalk::Nod, _) => self.says(&phrases::NOD),
        }
    }

    /// Only facts were told. If the last answer asked for one of them, it can now be given in full.
    fn notes(&mut self, score: f64) -> Reply {
        let awaited = self.heard.iter().any(|fact| self.memory.expected.contains(&fact.key));
        let topic = self.memory.topic.clone().filter(|_| awaited);
        let question = topic.and_then(|id| self.bot.questions.iter().position(|question| question.id == id));
        if let Some(at) = question {
            let one = Match { question: at, language: self.language.clone(), score: 1.0 };
            if let Some((_, text)) = self.render(&self.bot.questions[at], &one) {
                return self.answers(at, text, score);
            }
        }
        let text = format!("{} {}", self.noted(), phrases::WHAT_NEXT.in_language(&self.language));
        Reply { outcome: Outcome::Answered, text, matched: None, score }
    }

    fn misses(&mut self, score: f64) -> Reply {
        self.memory.misses += 1;
        self.memory.unanswered.push(self.text.chars().take(200).collect());
        if self.memory.misses >= MAX_MISSES {
            let text = phrases::GIVE_UP.in_language(&self.language).to_owned();
            return Reply { outcome: Outcome::Handover, text, matched: None, score };
        }
        let clarify = phrases::CLARIFY.in_language(&self.language);
        let text = match self.heard.is_empty() {
            true => clarify.to_owned(),
            false => format!("{} {clarify}", self.noted()),
        };
        Reply { outcome: Outcome::Answered, text, matched: None, score }
    }

    /// "Thanks Mia, noted order 1042."
    fn noted(&self) -> String {
        let named = |fact: &&Heard| self.rule_value(&fact.key) == Some("name");
        let name = self.heard.iter().find(named).map(|fact| fact.value.as_str());
        let name = name.or(self.facts.get("name").map(String::as_str));
        let thanks = match name {
            Some(name) => phrases::THANK_YOU_NAMED.with(&self.language, name),
            None => phrases::THANK_YOU.in_language(&self.language).to_owned(),
        };
        let others = self.heard.iter().filter(|fact| !named(fact));
        let list: Vec<String> = others.map(|fact| format!("{} {}", self.label(&fact.key), fact.value)).collect();
        match list.is_empty() {
            true => format!("{thanks}!"),
            false => format!("{thanks}, {}.", phrases::NOTED.with(&self.language, &list.join(", "))),
        }
    }

    /// How many words worth an answer are left beside the facts.
    fn left_over(&self) -> usize {
        let text = tidy(&self.text);
        let mut rest = String::new();
        for (at, c) in text.char_indices() {
            let inside = self.heard.iter().any(|fact| (fact.span.0..fact.span.1).contains(&at));
            rest.push(if inside { ' ' } else { c });
        }
        let cues = self.bot.listeners.iter().flat_map(|l| l.rule.cues.values().flatten().chain(l.rule.labels.values()));
        let cues: BTreeSet<String> = cues.flat_map(|cue| tokens(cue)).collect();
        let values: BTreeSet<String> = self.facts.values().flat_map(|value| tokens(value)).collect();
        let said = tokens(&rest)
            .into_iter()
            .filter(|token| !is_common(token) && !cues.contains(token) && !values.contains(token) && small_talk(token).is_none());
        // One syllable is a Korean ending such as "번" or "요".
        said.filter(|token| token.chars().count() > 1).count()
    }

    fn render(&self, question: &Question, one: &Match) -> Option<(String, String)> {
        let certain = one.score >= 0.75;
        let wishes = if certain { [&one.language, &self.language] } else { [&self.language, &one.language] };
        let given = question.answers.iter().map(|(language, answer)| (tag(language), answer));
        let given: Vec<(String, &String)> = given.filter(|(_, answer)| !answer.trim().is_empty()).collect();
        let wished = wishes.into_iter().map(String::as_str).chain(self.request.language.as_deref()).chain(["en"]);
        let chosen = wished.into_iter().find_map(|wish| given.iter().find(|(language, _)| *language == tag(wish)));
        let (language, answer) = chosen.or(given.first())?;
        let root = json!({ "facts": self.facts, "language": language, "text": self.text });
        let rendered = template::render(answer, &root, &Budget::default(), self.now).ok()?;
        let text = rendered.text.trim();
        (!text.is_empty()).then(|| (language.clone(), text.to_owned()))
    }

    fn says(&self, phrase: &Phrase) -> Reply {
        self.plain(phrase.in_language(&self.language).to_owned())
    }

    fn plain(&self, text: String) -> Reply {
        Reply { outcome: Outcome::Answered, text, matched: None, score: 0.0 }
    }

    fn rule_value(&self, key: &str) -> Option<&str> {
        let rule = self.bot.listeners.iter().map(|listener| &listener.rule).find(|rule| rule.key == key);
        rule.map(|rule| rule.value.trim())
    }

    fn label(&self, key: &str) -> &str {
        let rule = self.bot.listeners.iter().map(|listener| &listener.rule).find(|rule| rule.key == key);
        rule.map_or("", |rule| rule.label(&self.language))
    }

    fn finish(mut self, reply: Reply) -> Answer {
        let summary = if reply.outcome == Outcome::Handover { self.summary() } else { String::new() };
        if reply.outcome == Outcome::Handover {
            self.memory.misses = 0;
            self.memory.unanswered.clear();
        }
        self.memory.language = Some(self.language.clone());
        let fresh = |fact: &&Heard| self.request.facts.get(&fact.key) != Some(&fact.value);
        let learned = self.heard.iter().filter(fresh);
        Answer {
            outcome: reply.outcome,
            text: reply.text,
            learned: learned.map(|fact| Learned { key: fact.key.clone(), value: fact.value.clone() }).collect(),
            memory: self.memory.written(),
            language: self.language,
            matched: reply.matched,
            score: (reply.score * 1000.0).round() / 1000.0,
            summary,
        }
    }

    /// What an agent should know, in the customer's language.
    fn summary(&self) -> String {
        let rules = self.bot.listeners.iter().map(|listener| &listener.rule);
        let known: Vec<String> =
            rules.filter_map(|rule| Some(format!("{} {}", rule.label(&self.language), self.facts.get(&rule.key)?))).collect();
        let mut lines = Vec::new();
        if self.memory.unanswered.is_empty() {
            lines.push(phrases::WISH.in_language(&self.language).to_owned());
        } else {
            let from = self.memory.unanswered.len().saturating_sub(MAX_UNANSWERED);
            let quoted: Vec<String> = self.memory.unanswered[from..].iter().map(|text| format!("\"{text}\"")).collect();
            lines.push(phrases::UNANSWERED.with(&self.language, &quoted.join(", ")));
        }
        if !known.is_empty() {
            lines.push(phrases::KNOWN.with(&self.language, &known.join(", ")));
        }
        lines.join("\n")
    }
}

/// Whether a text asks something.
fn asks(text: &str) -> bool {
    const WORDS: &str = "where when what how which who why status track wo wann was wie welche wer warum status";
    const PARTS: &str = "어디 언제 뭐 무엇 무슨 어떻게 얼마 왜 누구 나요 까요";
    let text = tidy(text).to_lowercase();
    let said = words(&text);
    text.contains('?')
        || said.iter().any(|word| WORDS.split_whitespace().any(|known| known == word))
        || PARTS.split_whitespace().any(|part| text.contains(part))
}

impl Memory {
    /// Reads what an earlier version may have written otherwise: anything odd counts as nothing.
    fn read(document: &Value) -> Self {
        let texts = |key: &str| {
            let list = document[key].as_array().into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned)
        };
        let word = |key: &str| document[key].as_str().map(str::to_owned);
        Self {
            misses: document["misses"].as_i64().unwrap_or(0).clamp(0, MAX_MISSES),
            language: word("language").filter(|tag| !tag.is_empty()),
            topic: word("topic"),
            expected: texts("expected").collect(),
            unanswered: texts("unanswered").take(MAX_UNANSWERED).collect(),
        }
    }

    fn written(&self) -> Value {
        json!({
            "misses": self.misses,
            "language": self.language,
            "topic": self.topic,
            "expected": self.expected,
            "unanswered": self.unanswered,
        })
    }
}
