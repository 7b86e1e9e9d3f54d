//! Which language a text is in: its letters, its common words, the words of the shop's own questions.

use crate::fold::{is_hangul, tidy};
use crate::matching::{Index, tag};
use crate::tokens::{tokens, words};

const ENGLISH: &str = "the is are was do does did can i you we it my your of to for with and or how what when where which who will would have \
    has this that please hello hi hey thanks thank not no yes im am";
const GERMAN: &str = "der die das den dem ein eine einen ist sind wird kann ich du sie wir ihr es mein meine von zu im auf für mit und oder wie \
    was wann wo welche wer hat habe haben gibt bitte nicht kein keine hallo moin danke ja nein guten tag euch bin";

/// The language of a text, `None` when it does not tell.
pub(crate) fn detect(text: &str, index: &Index) -> Option<String> {
    let text = tidy(text);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let hangul = text.chars().filter(|c| is_hangul(*c)).count();
    if letters > 0 && hangul * 4 >= letters {
        return Some("ko".to_owned());
    }
    let mut scores: Vec<(f64, String)> = index.languages().map(|l| (0.0, l.to_owned())).collect();
    for own in ["en", "de"] {
        if !scores.iter().any(|(_, language)| language == own) {
            scores.push((0.0, own.to_owned()));
        }
    }
    let plain: Vec<String> = words(&text).iter().map(|word| word.to_lowercase()).collect();
    let tokens = tokens(&text);
    for (score, language) in &mut scores {
        *score += match language.as_str() {
            "en" => common(&plain, ENGLISH),
            "de" => common(&plain, GERMAN) + if text.contains(['ä', 'ö', 'ü', 'ß', 'Ä', 'Ö', 'Ü']) { 2.0 } else { 0.0 },
            _ => 0.0,
        };
        *score += tokens.iter().filter(|token| index.uses(language, token) > 0).count() as f64 * 0.75;
    }
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let second = scores.get(1).map_or(0.0, |(score, _)| *score);
    let (score, language) = scores.into_iter().next()?;
    (score > 0.0 && score > second).then_some(language)
}

/// The first of several tags that names a language.
pub(crate) fn first(tags: [Option<&str>; 3]) -> String {
    let known = tags.into_iter().flatten().map(tag).find(|tag| !tag.is_empty());
    known.unwrap_or_else(|| "en".to_owned())
}

fn common(words: &[String], list: &str) -> f64 {
    words.iter().filter(|word| list.split_whitespace().any(|known| known == word.as_str())).count() as f64
}
