//! Cards of a message: `[{title, text, image, buttons: [{label, reply} or {label, url}]}]`, every text a template.

use model::card::Tap;
use model::{Card, CardButton, CardImage, check_cards};
use serde_json::Value;

use crate::visit::Visit;

/// The cards with their templates filled in. What became too long is cut, and a card or button that became empty is left out.
///
/// # Errors
/// What is wrong with a card, beginning with its field.
pub(crate) fn cards(visit: &mut Visit<'_>) -> Result<Vec<Card>, String> {
    let list = visit.state.property("cards").and_then(Value::as_array);
    let mut cards = Vec::new();
    for given in list.into_iter().flatten().take(Card::MOST) {
        let title = cut(&line(visit, given, "title"), Card::TITLE);
        if title.is_empty() {
            continue;
        }
        let text = cut(&word(visit, given, "text"), Card::TEXT);
        let image = Some(word(visit, given, "image")).filter(|url| !url.is_empty()).map(CardImage::Url);
        let mut buttons = Vec::new();
        for button in given.get("buttons").and_then(Value::as_array).into_iter().flatten().take(Card::BUTTONS) {
            let (label, reply, url) = (line(visit, button, "label"), line(visit, button, "reply"), word(visit, button, "url"));
            if label.is_empty() {
                continue;
            }
            let does = match (url, reply) {
                (url, _) if !url.is_empty() => Tap::Url(url),
                (_, reply) if reply.is_empty() => Tap::Reply(cut(&label, Card::REPLY)),
                (_, reply) => Tap::Reply(cut(&reply, Card::REPLY)),
            };
            buttons.push(CardButton { label: cut(&label, Card::LABEL), does });
        }
        cards.push(Card { title, text, image, buttons });
    }
    check_cards(&cards).map_err(|problem| format!("{}: {}", problem.field, problem.detail))?;
    Ok(cards)
}

/// What is wrong with the property as it is written, with the field; texts that hold templates are judged when they are filled in.
pub(crate) fn misshapen(cards: &Value, choices: Option<&Value>) -> Option<(String, String)> {
    let wrong = |field: String, why: &str| Some((field, why.to_owned()));
    let Some(list) = cards.as_array() else { return wrong("cards".into(), "a list of cards is wanted") };
    if list.len() > Card::MOST {
        return wrong("cards".into(), "a message has at most ten cards; send the others with another widget");
    }
    if !list.is_empty() && choices.and_then(Value::as_array).is_some_and(|choices| !choices.is_empty()) {
        return wrong("choices".into(), "a message has either cards or choices; put the answers on the cards' buttons");
    }
    for (no, card) in list.iter().enumerate() {
        if card.get("title").and_then(Value::as_str).is_none_or(|title| title.trim().is_empty()) {
            return wrong(format!("cards[{no}].title"), "a card needs a title");
        }
        let buttons = card.get("buttons").map(|buttons| buttons.as_array().map_or(usize::MAX, Vec::len));
        if buttons.is_some_and(|count| count > Card::BUTTONS) {
            return wrong(format!("cards[{no}].buttons"), "a list of at most three buttons is wanted");
        }
        let secure = |url: Option<&Value>| {
            url.and_then(Value::as_str).map(str::trim).is_none_or(|url| url.is_empty() || url.contains('{') || url.starts_with("https://"))
        };
        if !secure(card.get("image")) {
            return wrong(format!("cards[{no}].image"), "an address that begins with https:// is wanted");
        }
        for (at, button) in card.get("buttons").and_then(Value::as_array).into_iter().flatten().enumerate() {
            if button.get("label").and_then(Value::as_str).is_none_or(|label| label.trim().is_empty()) {
                return wrong(format!("cards[{no}].buttons[{at}].label"), "a button needs a label");
            }
            if !secure(button.get("url")) {
                return wrong(format!("cards[{no}].buttons[{at}].url"), "an address that begins with https:// is wanted");
            }
        }
    }
    None
}

fn word(visit: &mut Visit<'_>, of: &Value, key: &str) -> String {
    of.get(key).map(|value| visit.render_value(value).trim().to_owned()).unwrap_or_default()
}

fn line(visit: &mut Visit<'_>, of: &Value, key: &str) -> String {
    word(visit, of, key).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
