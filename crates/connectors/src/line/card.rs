//! Cards on LINE: flex messages, since a template cuts titles at 40 characters and texts at 60.

use model::card::Tap;
use model::{CardButton, CardLimit, TextUnit};
use serde_json::{Value, json};

use super::outbound::label;
use crate::contract::{Card, Part};
use crate::text::cut;

/// LINE would take twelve bubbles, and any text that keeps within the bytes.
pub(super) const LIMIT: CardLimit = CardLimit { most: 10, text: 2_000 };
/// A carousel's JSON has at most 50 kB, a bubble's 30; some is left for what surrounds it.
const MOST_BYTES: usize = 45_000;
/// What a list of chats shows of them, in characters.
const ALT_TEXT: usize = 400;

/// The part, or several where its cards are too many bytes for one message.
pub(super) fn within_bytes(mut part: Part) -> Vec<Part> {
    if part.cards.len() < 2 || message(&part.cards).to_string().len() <= MOST_BYTES {
        return vec![part];
    }
    let rest = part.cards.split_off(part.cards.len() / 2);
    let rest = Part { cards: rest, speaker: part.speaker.clone(), ..Part::default() };
    within_bytes(part).into_iter().chain(within_bytes(rest)).collect()
}

/// One card is a bubble, several are a carousel of them.
pub(super) fn message(cards: &[Card]) -> Value {
    let titles = cards.iter().map(|card| card.title.as_str()).collect::<Vec<_>>().join(", ");
    let alt = cut(&titles, ALT_TEXT, TextUnit::Utf16).into_iter().next().unwrap_or_default();
    let contents = match cards {
        [card] => bubble(card),
        cards => json!({ "type": "carousel", "contents": cards.iter().map(bubble).collect::<Vec<_>>() }),
    };
    json!({ "type": "flex", "altText": alt, "contents": contents })
}

fn bubble(card: &Card) -> Value {
    let mut said = vec![json!({ "type": "text", "text": card.title, "weight": "bold", "size": "lg", "wrap": true })];
    if !card.text.is_empty() {
        said.push(json!({ "type": "text", "text": card.text, "size": "sm", "color": "#666666", "wrap": true, "margin": "md" }));
    }
    let mut bubble = json!({ "type": "bubble", "body": { "type": "box", "layout": "vertical", "contents": said } });
    if let Some(image) = &card.image {
        bubble["hero"] = json!({ "type": "image", "url": image.url, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover" });
    }
    if !card.buttons.is_empty() {
        let buttons: Vec<Value> = card.buttons.iter().map(button).collect();
        bubble["footer"] = json!({ "type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons });
    }
    bubble
}

/// A tap says the label in the chat, and tells us what it means.
fn button(button: &CardButton) -> Value {
    let action = match &button.does {
        Tap::Reply(reply) => {
            json!({ "type": "postback", "label": label(&button.label), "data": reply, "displayText": button.label })
        }
        Tap::Url(url) => json!({ "type": "uri", "label": label(&button.label), "uri": url }),
    };
    json!({ "type": "button", "height": "sm", "action": action })
}
