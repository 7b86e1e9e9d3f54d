//! Texts as a channel takes them: cut by its own unit, and answers as a numbered menu where it has no buttons.

use model::{Capabilities, CardLimit, TextUnit};
use unicode_segmentation::UnicodeSegmentation;

use crate::card;
use crate::contract::{Outbound, Part};

/// How long a text is in a channel's unit. Segments of the GSM are counted by whoever charges for them; here a character is one.
pub fn length(text: &str, unit: TextUnit) -> usize {
    match unit {
        TextUnit::Chars | TextUnit::GsmSegments => text.chars().count(),
        TextUnit::Utf16 => text.encode_utf16().count(),
        TextUnit::Bytes => text.len(),
    }
}

/// Cuts at word boundaries where possible and never inside of what a reader sees as one character, unless that alone is over the limit.
pub fn cut(text: &str, limit: usize, unit: TextUnit) -> Vec<String> {
    let limit = limit.max(1);
    let mut parts = Vec::new();
    let mut rest = text.trim_end();
    while length(rest, unit) > limit {
        let end = fitting(rest, limit, unit);
        let word = rest[..end].rfind(char::is_whitespace).filter(|at| *at > end / 2);
        // A space just behind the last word that fits is as good an end.
        let at = if rest[end..].starts_with(char::is_whitespace) { end } else { word.unwrap_or(end) };
        parts.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start();
    }
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    parts
}

/// Where the longest beginning ends that is within the limit; at least one character.
fn fitting(text: &str, limit: usize, unit: TextUnit) -> usize {
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += length(grapheme, unit);
        if used > limit {
            break;
        }
        end = at + grapheme.len();
    }
    if end > 0 {
        return end;
    }
    // One character of many code points, longer than the limit: there is no good place to cut it.
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += length(c.encode_utf8(&mut [0; 4]), unit);
        if used > limit && at > 0 {
            return at;
        }
    }
    text.len()
}

/// The text and the answers to offer as buttons: without buttons, or where these answers do not fit on them, a numbered menu in the text.
pub fn with_choices(text: &str, choices: &[String], can: &Capabilities) -> (String, Vec<String>) {
    let fits = |limit: model::ChoiceLimit| {
        choices.len() <= limit.most as usize && choices.iter().all(|choice| choice.chars().count() <= limit.title as usize)
    };
    if choices.is_empty() || can.choices.is_some_and(fits) && !text.trim().is_empty() {
        return (text.to_owned(), choices.to_vec());
    }
    let menu: Vec<String> = choices.iter().enumerate().map(|(no, choice)| format!("{}. {choice}", no + 1)).collect();
    let lines: Vec<&str> = [text.trim_end()].into_iter().filter(|text| !text.is_empty()).collect();
    ([lines.join(""), menu.join("\n")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n"), vec![])
}

/// A message as texts first, then each file, place, person and sticker for itself, then its cards; answers are offered with the last text, a
/// quote stands at the first part. A template is one part, and cards are written out where the channel has none.
pub fn apart(message: &Outbound, can: &Capabilities, cards: Option<CardLimit>) -> Vec<Part> {
    let written = cards.is_none().then(|| card::written_out(message));
    let message = written.as_ref().unwrap_or(message);
    let part = || Part { speaker: message.speaker.clone(), ..Part::default() };
    if let Some(template) = &message.template {
        return vec![Part { text: message.text.clone(), template: Some(template.clone()), ..part() }];
    }
    let (text, choices) = with_choices(&message.text, &message.choices, can);
    let texts = cut(&text, can.text_limit as usize, can.text_unit);
    let mut parts: Vec<Part> = texts.into_iter().map(|text| Part { text, ..part() }).collect();
    if let Some(last) = parts.last_mut() {
        last.choices = choices;
    }
    parts.extend(message.files.iter().map(|file| Part { files: vec![file.clone()], ..part() }));
    parts.extend(message.extras.iter().map(|extra| Part { extras: vec![extra.clone()], ..part() }));
    if let Some(limit) = cards {
        parts.extend(card::decks(&message.cards, limit, can).into_iter().map(|deck| Part { speaker: message.speaker.clone(), ..deck }));
    }
    if let Some(first) = parts.first_mut() {
        first.reply_to = message.reply_to.clone();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ChoiceLimit;

    const FAMILY: &str = "👨‍👩‍👧‍👦";

    #[test]
    fn texts_are_cut_between_words_in_the_channels_own_unit() {
        let chars = |text: &str, limit| cut(text, limit, TextUnit::Chars);
        assert_eq!(chars("one two three", 8), ["one two", "three"]);
        assert_eq!(chars("one two three", 7), ["one two", "three"]);
        assert_eq!(chars("", 7), Vec::<String>::new());
        assert_eq!(chars("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(cut("ääää", 4, TextUnit::Bytes), ["ää", "ää"]);
        assert_eq!(cut("😀😀😀", 4, TextUnit::Utf16), ["😀😀", "😀"]);
    }

    #[test]
    fn nobody_is_cut_in_two() {
        let text = FAMILY.repeat(4);
        for (limit, unit) in [(10, TextUnit::Chars), (30, TextUnit::Bytes), (12, TextUnit::Utf16)] {
            let parts = cut(&text, limit, unit);
            assert_eq!(parts.concat(), text);
            assert!(parts.iter().all(|part| part.chars().count() % 7 == 0), "{parts:?}");
        }
        assert_eq!(cut(FAMILY, 3, TextUnit::Chars).concat(), FAMILY, "nothing is lost where one character is over the limit");
        assert!(cut(FAMILY, 3, TextUnit::Chars).iter().all(|part| part.chars().count() <= 3));
    }

    #[test]
    fn answers_become_a_menu_where_there_are_no_buttons_or_they_do_not_fit() {
        let choices = ["Yes".to_owned(), "No".to_owned()];
        let buttons = |most, title| Capabilities { choices: Some(ChoiceLimit { most, title }), text_limit: 100, ..Capabilities::default() };
        assert_eq!(with_choices("Well?", &choices, &buttons(3, 20)), ("Well?".into(), choices.to_vec()));
        let menu = "Well?\n\n1. Yes\n2. No";
        for can in [Capabilities::default(), buttons(1, 20), buttons(3, 2)] {
            assert_eq!(with_choices("Well?", &choices, &can), (menu.into(), vec![]));
        }
        let message = Outbound { text: "Well?".into(), choices: choices.to_vec(), reply_to: Some("m1".into()), ..Outbound::default() };
        let parts = apart(&message, &buttons(3, 20), None);
        assert_eq!((parts.len(), parts[0].choices.len(), parts[0].reply_to.as_deref()), (1, 2, Some("m1")));
    }
}
