//! Cards: a heading, a few words, a picture and buttons, one of them or several side by side.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{AttachmentId, FieldProblem};

/// What every channel can be made to show; each connector adapts further to its own limits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Card {
    /// One line of 1 to 80 characters.
    pub title: String,
    /// At most 2,000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<CardImage>,
    /// At most three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<CardButton>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardImage {
    /// A picture among the message's attachments; those are not shown beside the cards again.
    AttachmentId(AttachmentId),
    /// A picture that anybody may fetch.
    Url(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardButton {
    /// What stands on it, 1 to 20 characters.
    pub label: String,
    #[serde(flatten)]
    pub does: Tap,
}

/// What a tap does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tap {
    /// Comes back as this choice, 1 to 100 characters: unlike the label it differs from every other of the message.
    Reply(String),
    /// Opens this https page; nobody is told.
    Url(String),
}

/// An answer that was offered: what stands on its button, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub label: String,
    pub means: String,
}

impl Card {
    /// The most cards of one message.
    pub const MOST: usize = 10;
    pub const TITLE: usize = 80;
    pub const TEXT: usize = 2_000;
    pub const BUTTONS: usize = 3;
    pub const LABEL: usize = 20;
    pub const REPLY: usize = 100;
    /// Bytes of an address.
    pub const ADDRESS: usize = 500;

    /// The picture that is one of the message's own files.
    pub fn attachment(&self) -> Option<AttachmentId> {
        match &self.image {
            Some(CardImage::AttachmentId(id)) => Some(*id),
            _ => None,
        }
    }
}

impl Card {
    /// Every word and address of it, in their order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let image = match &self.image {
            Some(CardImage::Url(url)) => Some(url.as_str()),
            _ => None,
        };
        let buttons = self.buttons.iter().flat_map(|button| match &button.does {
            Tap::Reply(means) | Tap::Url(means) => [button.label.as_str(), means.as_str()],
        });
        [self.title.as_str(), self.text.as_str()].into_iter().chain(image).chain(buttons)
    }
}

impl CardButton {
    /// What comes back when it is tapped; `None` for a link.
    pub fn reply(&self) -> Option<&str> {
        match &self.does {
            Tap::Reply(reply) => Some(reply),
            Tap::Url(_) => None,
        }
    }
}

/// The answers that cards offer, in their order: what stands on the button and what it means.
pub fn replies(cards: &[Card]) -> impl Iterator<Item = (&str, &str)> {
    cards.iter().flat_map(|card| &card.buttons).filter_map(|button| Some((button.label.as_str(), button.reply()?)))
}

/// Judges a message's cards. Texts are expected without blanks around them.
///
/// # Errors
/// The first thing wrong, with the field it is in.
pub fn check_cards(cards: &[Card]) -> Result<(), FieldProblem> {
    if cards.len() > Card::MOST {
        return Err(problem("cards", "too_many", format!("A message has at most {} cards; send the others with the next one", Card::MOST)));
    }
    let mut taken = BTreeSet::new();
    for (no, card) in cards.iter().enumerate() {
        let at = format!("cards[{no}]");
        check_text(&card.title, &format!("{at}.title"), Card::TITLE, true)?;
        check_text(&card.text, &format!("{at}.text"), Card::TEXT, false)?;
        if card.title.contains('\n') {
            return Err(problem(format!("{at}.title"), "line_break", "A title is one line; put the rest into the text".into()));
        }
        if let Some(CardImage::Url(url)) = &card.image {
            check_address(url, &format!("{at}.image.url"))?;
        }
        if card.text.is_empty() && card.image.is_none() && card.buttons.is_empty() {
            return Err(problem(at, "bare", "A card has a text, an image or a button beside its title".into()));
        }
        if card.buttons.len() > Card::BUTTONS {
            let detail = format!("A card has at most {} buttons; put the others on another card", Card::BUTTONS);
            return Err(problem(format!("{at}.buttons"), "too_many", detail));
        }
        let mut labels = BTreeSet::new();
        for (no, button) in card.buttons.iter().enumerate() {
            let at = format!("{at}.buttons[{no}]");
            check_text(&button.label, &format!("{at}.label"), Card::LABEL, true)?;
            if !labels.insert(button.label.to_lowercase()) {
                return Err(problem(format!("{at}.label"), "not_unique", "Another button of this card says the same".into()));
            }
            match &button.does {
                Tap::Url(url) => check_address(url, &format!("{at}.url"))?,
                Tap::Reply(reply) => {
                    check_text(reply, &format!("{at}.reply"), Card::REPLY, true)?;
                    if !taken.insert(reply.to_lowercase()) {
                        let detail = "Another button of this message means the same; give each a reply of its own".into();
                        return Err(problem(format!("{at}.reply"), "not_unique", detail));
                    }
                }
            }
        }
    }
    Ok(())
}

fn problem(field: impl Into<String>, code: &str, detail: String) -> FieldProblem {
    FieldProblem { field: field.into(), code: code.into(), detail }
}

fn check_text(text: &str, field: &str, most: usize, wanted: bool) -> Result<(), FieldProblem> {
    let length = text.chars().count();
    if wanted && text.trim().is_empty() {
        return Err(problem(field, "required", "A text is wanted here".into()));
    }
    if length > most {
        return Err(problem(field, "too_long", format!("It has {length} characters; shorten it to {most}")));
    }
    Ok(())
}

/// Only addresses that every provider takes: an encrypted page with a host, without a name and a password.
fn check_address(url: &str, field: &str) -> Result<(), FieldProblem> {
    let wrong = |detail: String| Err(problem(field, "bad_address", detail));
    if url.len() > Card::ADDRESS {
        return wrong(format!("An address has at most {} bytes", Card::ADDRESS));
    }
    let Some(rest) = url.strip_prefix("https://") else { return wrong("The address begins with https://".into()) };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if url.contains(|c: char| c.is_whitespace() || c.is_control() || "\"<>\\`{}|^".contains(c)) {
        return wrong("An address has no blanks, quotes or brackets; write them as %20 and the like".into());
    }
    if host.is_empty() || host.starts_with([':', '.']) || host.contains('@') {
        return wrong("A host is wanted behind https://".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(json: serde_json::Value) -> Card {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_card_reads_and_writes_as_it_is_documented() {
        let json = serde_json::json!({
            "title": "Room 2", "text": "Sea view", "image": { "url": "https://x.example/2.jpg" },
            "buttons": [{ "label": "Book", "reply": "Book room 2" }, { "label": "Look", "url": "https://x.example/2" }],
        });
        let card = card(json.clone());
        assert_eq!(serde_json::to_value(&card).unwrap(), json);
        assert_eq!(check_cards(std::slice::from_ref(&card)), Ok(()));
        let texts = ["Room 2", "Sea view", "https://x.example/2.jpg", "Book", "Book room 2", "Look", "https://x.example/2"];
        assert_eq!(card.texts().collect::<Vec<_>>(), texts);
        assert_eq!(replies(&[card]).collect::<Vec<_>>(), [("Book", "Book room 2")]);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let reply = |label: &str, reply: &str| serde_json::json!({ "label": label, "reply": reply });
        let link = |url: &str| serde_json::json!([{ "label": "Go", "url": url }]);
        let wrong = [
            (serde_json::json!({ "title": "", "text": "a" }), "title required"),
            (serde_json::json!({ "title": "a".repeat(81), "text": "a" }), "title too_long"),
            (serde_json::json!({ "title": "a\nb", "text": "a" }), "title line_break"),
            (serde_json::json!({ "title": "a", "text": "a".repeat(2001) }), "text too_long"),
            (serde_json::json!({ "title": "a" }), " bare"),
            (serde_json::json!({ "title": "a", "image": { "url": "http://x.example/a.png" } }), "image.url bad_address"),
            (serde_json::json!({ "title": "a", "buttons": link("https://") }), "buttons[0].url bad_address"),
            (serde_json::json!({ "title": "a", "buttons": link("https://a b.example") }), "buttons[0].url bad_address"),
            (serde_json::json!({ "title": "a", "buttons": link("https://me@x.example") }), "buttons[0].url bad_address"),
            (serde_json::json!({ "title": "a", "buttons": link("javascript:alert(1)") }), "buttons[0].url bad_address"),
            (serde_json::json!({ "title": "a", "buttons": [reply(" ", "x")] }), "buttons[0].label required"),
            (serde_json::json!({ "title": "a", "buttons": [reply(&"x".repeat(21), "x")] }), "buttons[0].label too_long"),
            (serde_json::json!({ "title": "a", "buttons": [reply("x", &"x".repeat(101))] }), "buttons[0].reply too_long"),
            (serde_json::json!({ "title": "a", "buttons": [reply("x", "1"), reply("X", "2")] }), "buttons[1].label not_unique"),
            (serde_json::json!({ "title": "a", "buttons": [reply("x", "one")] }), "buttons[0].reply not_unique"),
            (serde_json::json!({ "title": "a", "buttons": vec![reply("x", "y"); 4] }), "buttons too_many"),
        ];
        for (json, meant) in wrong {
            let first = card(serde_json::json!({ "title": "First", "buttons": [reply("One", "One")] }));
            let problem = check_cards(&[first, card(json.clone())]).unwrap_err();
            let field = problem.field.strip_prefix("cards[1]").unwrap().trim_start_matches('.');
            assert_eq!(format!("{field} {}", problem.code), meant, "{json}");
            assert!(!problem.detail.is_empty() && !problem.detail.ends_with('.'));
        }
        let many: Vec<Card> = (0..11).map(|no| card(serde_json::json!({ "title": "a", "text": no.to_string() }))).collect();
        assert_eq!(check_cards(&many).unwrap_err().field, "cards");
        assert_eq!(check_cards(&many[..10]), Ok(()));
    }
}
