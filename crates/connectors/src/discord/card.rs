//! Cards on Discord: an embed with its buttons below. Buttons stand below a message as a whole, so each card is a message of its own.

use model::CardLimit;
use model::card::Tap;
use serde_json::{Value, json};

use crate::contract::{Card, FileRef};

/// An embed would take 4,096 characters.
pub(super) const LIMIT: CardLimit = CardLimit { most: 1, text: 2_000 };
/// Kinds of a component, and how a button looks.
const ROW: u8 = 1;
const BUTTON: u8 = 2;
const PLAIN: u8 = 2;
const LINK: u8 = 5;

/// Writes a card into the body of a message.
pub(super) fn put(card: &Card, body: &mut Value) {
    let mut embed = json!({ "title": card.title });
    if !card.text.is_empty() {
        embed["description"] = card.text.as_str().into();
    }
    if let Some(image) = &card.image {
        let url = picture(card).map_or_else(|| image.url.clone(), |file| format!("attachment://{}", file.name));
        embed["image"] = json!({ "url": url });
    }
    body["embeds"] = json!([embed]);
    if !card.buttons.is_empty() {
        let button = |button: &model::CardButton| match &button.does {
            Tap::Reply(reply) => json!({ "type": BUTTON, "style": PLAIN, "label": button.label, "custom_id": reply }),
            Tap::Url(url) => json!({ "type": BUTTON, "style": LINK, "label": button.label, "url": url }),
        };
        let row = card.buttons.iter().map(button).collect::<Vec<_>>();
        body["components"] = json!([{ "type": ROW, "components": row }]);
    }
}

/// A picture of ours as it is uploaded: under a name that an embed can call it by.
pub(super) fn picture(card: &Card) -> Option<FileRef> {
    let image = card.image.as_ref().filter(|image| !image.key.is_empty())?;
    let end = if image.media_type == "image/png" { "png" } else { "jpg" };
    Some(FileRef { name: format!("card.{end}"), ..image.clone() })
}
