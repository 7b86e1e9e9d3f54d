//! Cards, fitted to a channel: side by side as far as it takes them, and written out where it has none.

use model::card::Tap;
use model::{Capabilities, CardLimit};

use crate::contract::{Card, Outbound, Part};
use crate::text::cut;

/// The cards as messages of the channel: as many side by side as it takes. A text that is too long for a card is said before it, below the
/// card's title, and nothing of it is lost.
pub fn decks(cards: &[Card], limit: CardLimit, can: &Capabilities) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for card in cards {
        let mut card = card.clone();
        if card.text.chars().count() > limit.text as usize {
            let told = format!("{}\n\n{}", card.title, std::mem::take(&mut card.text));
            parts.extend(cut(&told, can.text_limit as usize, can.text_unit).into_iter().map(|text| Part { text, ..Part::default() }));
        }
        if card.image.is_none() && card.buttons.is_empty() && card.text.is_empty() {
            continue;
        }
        match parts.last_mut().filter(|last| (1..limit.most as usize).contains(&last.cards.len())) {
            Some(last) => last.cards.push(card),
            None => parts.push(Part { cards: vec![card], ..Part::default() }),
        }
    }
    parts
}

/// The message with its cards written out: links in full, and the buttons as one numbered menu. Pictures of ours go with it as files, others
/// as links.
pub fn written_out(message: &Outbound) -> Outbound {
    let mut files = message.files.clone();
    let mut texts = vec![message.text.trim_end().to_owned()];
    let mut no = 0;
    for card in &message.cards {
        let mut lines = vec![card.title.clone()];
        lines.extend(Some(card.text.trim().to_owned()).filter(|text| !text.is_empty()));
        if let Some(image) = &card.image {
            match image.key.is_empty() {
                true => lines.push(image.url.clone()),
                false => files.push(image.clone()),
            }
        }
        for button in &card.buttons {
            lines.push(match &button.does {
                Tap::Url(url) => format!("{}: {url}", button.label),
                Tap::Reply(_) => {
                    no += 1;
                    format!("{no}. {}", button.label)
                }
            });
        }
        texts.push(lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"));
    }
    let text = texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    Outbound { text, files, cards: vec![], ..message.clone() }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::contract::FileRef;
    use model::CardButton;

    pub fn reply(label: &str, reply: &str) -> CardButton {
        CardButton { label: label.into(), does: Tap::Reply(reply.into()) }
    }

    pub fn opens(label: &str, url: &str) -> CardButton {
        CardButton { label: label.into(), does: Tap::Url(url.into()) }
    }

    pub fn stored() -> FileRef {
        FileRef {
            key: "FI1".into(),
            name: "room.jpg".into(),
            media_type: "image/jpeg".into(),
            bytes: 900,
            url: "https://files.example/room.jpg".into(),
            ..FileRef::default()
        }
    }

    /// Two rooms: one with a picture of ours and a link, one with somebody else's picture.
    pub fn rooms() -> Vec<Card> {
        let elsewhere = FileRef { url: "https://x.example/2.jpg".into(), ..FileRef::default() };
        vec![
            Card {
                title: "Room 1".into(),
                text: "Sea view".into(),
                image: Some(stored()),
                buttons: vec![reply("Book", "Book room 1"), opens("Look", "https://x.example/1")],
            },
            Card { title: "Room 2".into(), text: "Garden".into(), image: Some(elsewhere), buttons: vec![reply("Book", "Book room 2")] },
        ]
    }

    pub fn message() -> Outbound {
        Outbound { text: "Our rooms:".into(), cards: rooms(), reply_to: Some("m1".into()), ..Outbound::default() }
    }

    #[test]
    fn cards_stand_side_by_side_and_a_long_text_before_its_own() {
        let can = Capabilities { text_limit: 100, ..Capabilities::default() };
        let limit = CardLimit { most: 2, text: 20 };
        let mut cards = rooms();
        cards.push(Card { title: "Room 3".into(), text: "word ".repeat(30).trim().into(), ..rooms()[1].clone() });
        cards.push(Card { title: "House".into(), text: "The house rules are long".into(), ..Card::default() });
        let parts = decks(&cards, limit, &can);
        let shape: Vec<(usize, &str)> = parts.iter().map(|part| (part.cards.len(), part.text.as_str())).collect();
        assert_eq!(shape[0], (2, ""));
        assert!(shape[1].1.starts_with("Room 3\n\nword") && shape[1].0 == 0, "{shape:?}");
        assert_eq!(shape[1..3].iter().map(|(_, text)| text.matches("word").count()).sum::<usize>(), 30);
        assert_eq!(shape[3].0, 1);
        assert_eq!((parts[3].cards[0].title.as_str(), parts[3].cards[0].text.as_str()), ("Room 3", ""));
        assert_eq!(shape[4], (0, "House\n\nThe house rules are long"));
        assert_eq!(shape.len(), 5, "a card whose text is all it has is that text");
    }

    #[test]
    fn without_cards_everything_is_written_out() {
        let text = "Our rooms:\n\nRoom 1\nSea view\n1. Book\nLook: https://x.example/1\n\nRoom 2\nGarden\nhttps://x.example/2.jpg\n2. Book";
        let written = written_out(&message());
        assert_eq!((written.text.as_str(), written.files, written.cards.len()), (text, vec![stored()], 0));
    }
}
