//! Cards as Google's rich cards: one alone, or two to ten side by side.

use model::card::Tap;
use model::{CardButton, CardLimit, TextUnit};
use serde_json::{Value, json};

use crate::card::written_out;
use crate::contract::{Card, Outbound};
use crate::text::cut;

pub(super) const LIMIT: CardLimit = CardLimit { most: 10, text: 2_000 };
/// What devices show that know no cards has as many characters as a text.
const FALLBACK: usize = 3_072;

pub(super) fn rich(cards: &[Card]) -> Value {
    match cards {
        [card] => json!({ "standaloneCard": { "cardContent": content(card) } }),
        cards => json!({ "carouselCard": { "cardWidth": "MEDIUM", "cardContents": cards.iter().map(content).collect::<Vec<_>>() } }),
    }
}

/// The cards for a device that shows none.
pub(super) fn fallback(cards: &[Card]) -> String {
    let written = written_out(&Outbound { cards: cards.to_vec(), ..Outbound::default() }).text;
    cut(&written, FALLBACK, TextUnit::Chars).into_iter().next().unwrap_or_default()
}

fn content(card: &Card) -> Value {
    let mut content = json!({ "title": card.title });
    if !card.text.is_empty() {
        content["description"] = card.text.as_str().into();
    }
    if let Some(image) = &card.image {
        content["media"] =
            json!({ "height": "MEDIUM", "contentInfo": { "fileUrl": image.url, "altText": card.title, "forceRefresh": false } });
    }
    if !card.buttons.is_empty() {
        content["suggestions"] = card.buttons.iter().map(suggestion).collect();
    }
    content
}

fn suggestion(button: &CardButton) -> Value {
    match &button.does {
        Tap::Reply(reply) => json!({ "reply": { "text": button.label, "postbackData": reply } }),
        Tap::Url(url) => {
            json!({ "action": { "text": button.label, "postbackData": button.label, "openUrlAction": { "url": url } } })
        }
    }
}
