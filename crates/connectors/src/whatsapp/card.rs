//! Cards on WhatsApp: a picture above, a text, and either buttons that answer or one that opens a page.

use model::card::Tap;
use model::{CardLimit, TextUnit};
use serde_json::{Value, json};

use super::BODY_LIMIT;
use crate::contract::{Card, Part};
use crate::text::cut;

/// A message each. Title, text and links that are no button share the room of a body; what is longer is said before it.
pub(super) const LIMIT: CardLimit = CardLimit { most: 1, text: BODY_LIMIT as u32 };

/// The card's words are the part's text, and what does not fit beside its buttons is said before it.
pub(super) fn parts(card: &Card) -> Vec<Part> {
    let mut lines = vec![format!("*{}*", card.title.replace('*', ""))];
    lines.extend(Some(card.text.clone()).filter(|text| !text.is_empty()));
    let written: Vec<String> =
        links(card).filter(|link| Some(*link) != opened(card)).map(|(label, url)| format!("{label}: {url}")).collect();
    lines.extend(Some(written.join("\n")).filter(|links| !links.is_empty()));
    let mut texts = cut(&lines.join("\n\n"), BODY_LIMIT, TextUnit::Chars);
    let last = texts.pop().unwrap_or_default();
    let before = texts.into_iter().map(|text| Part { text, ..Part::default() });
    before.chain([Part { text: last, cards: vec![card.clone()], ..Part::default() }]).collect()
}

/// The part as it is shown: its words stand on the card, with the buttons that are there.
pub(super) fn seen(part: Part) -> Part {
    let Part { text, mut cards, .. } = part.clone();
    let [card] = cards.as_mut_slice() else { return part };
    let bold = format!("*{}*", card.title.replace('*', ""));
    let (title, rest) = text.strip_prefix(&bold).map_or((String::new(), text.as_str()), |rest| (card.title.clone(), rest.trim_start()));
    let link = opened(card).map(|(label, _)| label.to_owned());
    card.buttons.retain(|button| button.reply().is_some() || link.as_ref() == Some(&button.label));
    (card.title, card.text) = (title, rest.to_owned());
    Part { text: String::new(), cards, ..part }
}

fn links(card: &Card) -> impl Iterator<Item = (&str, &str)> {
    card.buttons.iter().filter_map(|button| match &button.does {
        Tap::Url(url) => Some((button.label.as_str(), url.as_str())),
        Tap::Reply(_) => None,
    })
}

/// The link that is a button: the first, where no button answers; all others are written out.
fn opened(card: &Card) -> Option<(&str, &str)> {
    if card.buttons.iter().any(|button| button.reply().is_some()) { None } else { links(card).next() }
}

/// The kind of a card's message and its content; `media` is the id of its picture, where that is ours.
pub(super) fn content(card: &Card, text: &str, media: &str) -> (&'static str, Value) {
    let picture = card.image.as_ref().map(|image| if media.is_empty() { json!({ "link": image.url }) } else { json!({ "id": media }) });
    let action = match opened(card) {
        Some((label, url)) => Some(("cta_url", json!({ "name": "cta_url", "parameters": { "display_text": label, "url": url } }))),
        None => {
            let replies = card.buttons.iter().filter_map(|button| Some((&button.label, button.reply()?)));
            let buttons: Vec<Value> =
                replies.map(|(label, reply)| json!({ "type": "reply", "reply": { "id": reply, "title": label } })).collect();
            Some(("button", json!({ "buttons": buttons }))).filter(|_| !buttons.is_empty())
        }
    };
    match (action, picture) {
        (Some((kind, action)), picture) => {
            let mut content = json!({ "type": kind, "body": { "text": text }, "action": action });
            if let Some(picture) = picture {
                content["header"] = json!({ "type": "image", "image": picture });
            }
            ("interactive", content)
        }
        (None, Some(mut picture)) => {
            picture["caption"] = text.into();
            ("image", picture)
        }
        (None, None) => ("text", json!({ "body": text, "preview_url": false })),
    }
}
