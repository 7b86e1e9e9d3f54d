//! Listens for facts: a cue such as "order" or "Kundennummer", then a value that looks right.

use std::collections::BTreeSet;

use regex::{Captures, Regex, RegexBuilder};

use crate::fact::{FactRule, check_rule};
use crate::fold::{is_hangul, tidy};

/// Bytes a compiled rule may take.
const SIZE_LIMIT: usize = 1 << 20;
/// Longest value, in characters.
const MAX_VALUE: usize = 120;
/// Words that may stand between a cue and its value.
const BETWEEN: &str = r"(?:[\s:#=.,\-–]*(?:number|nummer|num|nr|no|id|is|ist|lautet|was|war)\b)";
/// What Korean puts on a cue's end.
const ON_CUE: &str = "(?:번호)?(?:는|은|이|가)?";

/// A rule made ready.
#[derive(Debug)]
pub(crate) struct Listener {
    pub rule: FactRule,
    after_cue: Option<Regex>,
    /// Korean puts it the other way round too: "1042번 주문".
    before_cue: Option<Regex>,
    /// The value and nothing else, for an answer to "what is your order number?"
    alone: Regex,
}

/// A fact heard in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub key: String,
    pub value: String,
    /// Bytes of the tidy text taken up by cue and value.
    pub span: (usize, usize),
}

/// Rules that cannot be used are left out.
pub(crate) fn listeners(rules: Vec<FactRule>) -> Vec<Listener> {
    let usable = rules.into_iter().filter(|rule| check_rule(rule).is_ok());
    usable.filter_map(|rule| Listener::new(rule).ok()).collect()
}

/// Every fact a text tells, at most one per rule: the last, since people correct themselves.
pub(crate) fn hear(listeners: &[Listener], text: &str, expected: &BTreeSet<String>) -> Vec<Heard> {
    let text = tidy(text);
    let mut heard: Vec<Heard> = Vec::new();
    for listener in listeners {
        let found = listener.find(&text, listeners).or_else(|| {
            let wanted = expected.contains(&listener.rule.key);
            wanted.then(|| listener.find_alone(&text)).flatten()
        });
        heard.extend(found);
    }
    heard
}

impl Listener {
    pub fn new(rule: FactRule) -> Result<Self, String> {
        let value = shape(rule.value.trim());
        // Judged alone first, so that the message speaks of what was typed.
        build(&value)?;
        let cues: Vec<String> = rule.cues.values().flatten().filter_map(|cue| cue_pattern(cue)).collect();
        let korean: Vec<String> =
            rule.cues.values().flatten().filter(|cue| cue.chars().any(is_hangul)).filter_map(|cue| cue_pattern(cue)).collect();
        let numeric = !matches!(rule.value.trim(), "name" | "word");
        let after_cue = match cues.is_empty() {
            true => Some(format!(r"(?P<cue>)(?:^|[^\p{{L}}\p{{N}}])(?P<value>{value})")),
            false => Some(format!(
                r"(?:^|[^\p{{L}}\p{{N}}])(?P<cue>{}){ON_CUE}(?:{BETWEEN}){{0,3}}[\s:#=.,\-–]*(?P<value>{value})",
                cues.join("|")
            )),
        };
        let before_cue = (numeric && !korean.is_empty())
            .then(|| format!(r"(?:^|[^\p{{L}}\p{{N}}])(?P<value>{value})\s*번?\s*(?P<cue>{})", korean.join("|")));
        let alone = format!(
            r"\A(?:it'?s|it is|es ist|sie ist|das ist)?[\s:#=.,\-–]*(?:{BETWEEN}){{0,3}}[\s:#=]*(?P<value>{value})\s*번?(?:입니다|이에요|예요|이요|요)?[\s.!]*\z"
        );
        Ok(Self {
            after_cue: after_cue.map(|pattern| build(&pattern)).transpose()?,
            before_cue: before_cue.map(|pattern| build(&pattern)).transpose()?,
            alone: build(&alone)?,
            rule,
        })
    }

    fn find(&self, text: &str, all: &[Listener]) -> Option<Heard> {
        let after = self.after_cue.iter().flat_map(|regex| regex.captures_iter(text));
        let before = self.before_cue.iter().flat_map(|regex| regex.captures_iter(text));
        after.chain(before).filter_map(|found| self.take(text, &found, all)).last()
    }

    fn find_alone(&self, text: &str) -> Option<Heard> {
        let found = self.alone.captures(text)?;
        let value = found.name("value")?;
        let value = self.finish(inner(&found, value.as_str()), &[])?;
        Some(Heard { key: self.rule.key.clone(), value, span: (0, text.len()) })
    }

    fn take(&self, text: &str, found: &Captures<'_>, all: &[Listener]) -> Option<Heard> {
        let (cue, value) = (found.name("cue")?, found.name("value")?);
        // "orders" is not the cue "order" followed by the word "s".
        let last = cue.as_str().chars().last();
        let glued = cue.end() == value.start() && last.is_some_and(char::is_alphabetic);
        if glued && value.as_str().starts_with(char::is_alphabetic) {
            return None;
        }
        let words = self.finish(inner(found, value.as_str()), all)?;
        let named = self.rule.value.trim() == "name";
        if named && !looks_like_a_name(value.as_str(), &words, cue.as_str()) {
            return None;
        }
        let end = if named { value.start() + words.len() } else { value.end() };
        let (start, end) = (cue.start().min(value.start()), end.max(cue.end()).min(text.len()));
        Some(Heard { key: self.rule.key.clone(), value: words, span: (start, end) })
    }

    /// A name ends where another rule's cue begins, and Korean endings are no part of it.
    fn finish(&self, value: &str, all: &[Listener]) -> Option<String> {
        let mut value = value.trim().trim_end_matches(['.', ',', '-', ':']).to_owned();
        if self.rule.value.trim() == "name" {
            let cues: BTreeSet<String> = all.iter().flat_map(|l| l.rule.cues.values().flatten()).map(|c| c.to_lowercase()).collect();
            let own: Vec<&str> = value.split_whitespace().take_while(|word| !cues.contains(&word.to_lowercase())).collect();
            value = without_ending(&own.join(" ")).to_owned();
        }
        let length = value.chars().count();
        (length > 0 && length <= MAX_VALUE).then_some(value)
    }
}

/// A pattern's own first group is the value it means.
fn inner<'a>(found: &Captures<'a>, whole: &'a str) -> &'a str {
    found.name("own").map_or(whole, |own| own.as_str())
}

fn shape(value: &str) -> String {
    match value {
        "number" => r"\d+(?:-\d+)*".to_owned(),
        "word" => r"[\p{L}\p{N}][\p{L}\p{N}_\-]*".to_owned(),
        "email" => r"[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)+".to_owned(),
        "phone" => r"\+?\d[\d\s()/\-]{5,20}\d".to_owned(),
        "name" => r"(?-i:\p{L}[\p{L}'\-]*(?:[ ]\p{Lu}[\p{L}'\-]*){0,2})".to_owned(),
        // Case-insensitive like the cue; the first own group, if any, is named so that it can be found.
        pattern => name_first_group(pattern),
    }
}

/// Gives the first unnamed group of a pattern the name `own`.
fn name_first_group(pattern: &str) -> String {
    let bytes = pattern.as_bytes();
    let (mut at, mut in_class) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'(' if !in_class && bytes.get(at + 1) != Some(&b'?') => {
                return format!("{}(?P<own>{}", &pattern[..at], &pattern[at + 1..]);
            }
            _ => {}
        }
        at += 1;
    }
    pattern.to_owned()
}

/// A cue as a pattern: blanks are any blanks, apostrophes may be missing.
fn cue_pattern(cue: &str) -> Option<String> {
    let cue = tidy(cue);
    let words: Vec<String> = cue.split_whitespace().map(|word| regex::escape(word).replace('\'', "'?")).collect();
    (!words.is_empty()).then(|| words.join(r"\s+"))
}

fn build(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern).case_insensitive(true).size_limit(SIZE_LIMIT).build();
    built.map_err(|error| {
        let words = error.to_string();
        let line = words.lines().rev().find(|line| line.starts_with("error:"));
        line.map_or(words.clone(), |line| line["error:".len()..].trim().to_owned())
    })
}

/// "I'm Mia" is a name, "I'm looking" is none: unless the cue asks for a name, a Latin one has a capital and a Korean
/// one an ending such as "입니다".
fn looks_like_a_name(raw: &str, value: &str, cue: &str) -> bool {
    const NO_NAME: &str = "i a an the not so very just from in here sorry fine ok ein eine nicht aus hier gut happy sure still also auch \
        english german korean deutsch 고객 학생 회원 사람 한국인 손님";
    let Some(first) = value.chars().next() else {
        return false;
    };
    let lower = value.to_lowercase();
    if NO_NAME.split_whitespace().any(|word| word == lower) {
        return false;
    }
    let cue = cue.to_lowercase();
    let asked = ["name", "heiß", "heiss", "called", "이름", "성함"].iter().any(|word| cue.contains(word));
    if is_hangul(first) {
        return asked || (raw.len() > value.len() && value.chars().count() <= 4);
    }
    asked || first.is_uppercase()
}

fn without_ending(name: &str) -> &str {
    const ENDINGS: &str = "이라고 라고 입니다 이에요 이예요 예요 에요 이고요 이고 이며 인데요 인데 이요 고요 님";
    let mut stems = ENDINGS.split_whitespace().filter_map(|ending| name.strip_suffix(ending));
    stems.find(|stem| stem.chars().last().is_some_and(is_hangul)).unwrap_or(name)
}
