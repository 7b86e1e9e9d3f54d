//! What customers should not have written: card numbers and keys, hidden before anything is kept or shown.
//! Only the sealed raw delivery holds them, for as long as it is kept.

use model::inbound::Sender;
use model::{Extra, FormAnswer, FormFieldKind, InboundEvent, InboundFile, InboundMessage};
use serde_json::Value;

use crate::mask_card::cards;
use crate::mask_key::keys;

/// A stretch of a text in bytes, and what is shown instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hidden {
    pub from: usize,
    pub to: usize,
    pub shown: String,
}

/// Hides card numbers and keys in everything a person wrote of this event; true when there was something to hide.
pub fn mask(event: &mut InboundEvent) -> bool {
    match event {
        InboundEvent::Message(message) => mask_message(message),
        InboundEvent::OptOut { from, text, message, .. } | InboundEvent::OptIn { from, text, message, .. } => {
            let hid = mask_sender(from) | mask_text(text).is_some();
            hid | message.as_mut().is_some_and(mask_message)
        }
        InboundEvent::Echo(echo) => mask_message(&mut echo.message),
        InboundEvent::Edit(edit) => mask_sender(&mut edit.from) | mask_text(&mut edit.text).is_some(),
        InboundEvent::Reaction(reaction) => mask_sender(&mut reaction.from),
        InboundEvent::Unsend { from, .. }
        | InboundEvent::Touch { from, .. }
        | InboundEvent::Reach { from, .. }
        | InboundEvent::Renumber { from, .. } => mask_sender(from),
        InboundEvent::Receipt(_) | InboundEvent::Watermark { .. } | InboundEvent::Marks { .. } => false,
    }
}

fn mask_message(message: &mut InboundMessage) -> bool {
    let mut hid = mask_sender(&mut message.from);
    for file in &mut message.files {
        if let InboundFile::Url { name, .. } | InboundFile::Kept { name, .. } = file {
            hid |= mask_text(name).is_some();
        }
    }
    for extra in &mut message.extras {
        hid |= mask_extra(extra);
    }
    // The channel's own fields repeat the text; their other values, numbers of phones among them, are left as they are.
    if let Some(pieces) = mask_text(&mut message.text) {
        hide_pieces(&mut message.raw, &pieces);
        hide_pieces(&mut message.context, &pieces);
        hid = true;
    }
    hid
}

fn mask_extra(extra: &mut Extra) -> bool {
    match extra {
        Extra::Form { answers } => answers.iter_mut().fold(false, |hid, answer| mask_answer(answer) | hid),
        Extra::Location { name, address, .. } => mask_text(name).is_some() | mask_text(address).is_some(),
        Extra::ContactCard { name, organization, .. } => mask_text(name).is_some() | mask_text(organization).is_some(),
        Extra::Link { title, .. } => mask_text(title).is_some(),
        Extra::Mail { subject, quoted, html, .. } => mask_text(subject).is_some() | mask_text(quoted).is_some() | mask_text(html).is_some(),
        Extra::Unsupported { .. } | Extra::Copies(_) | Extra::Sticker { .. } | Extra::Native { .. } => false,
    }
}

/// Hides what was typed freely; an address or a number of a phone is what was asked for.
pub fn mask_answer(answer: &mut FormAnswer) -> bool {
    if !matches!(answer.kind, FormFieldKind::Name | FormFieldKind::Text) {
        return false;
    }
    mask_text(&mut answer.value).is_some() | mask_text(&mut answer.shown).is_some()
}

fn mask_sender(sender: &mut Sender) -> bool {
    mask_text(&mut sender.name).is_some()
}

/// Hides card numbers and keys in a text of any form; what it was, and what stands there now.
pub fn mask_text(text: &mut String) -> Option<Vec<(String, String)>> {
    let mut found = keys(text);
    // A key may hold digits that look like a card.
    let apart = |card: &Hidden| found.iter().all(|key| card.to <= key.from || key.to <= card.from);
    let cards: Vec<Hidden> = cards(text).into_iter().filter(apart).collect();
    found.extend(cards);
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|hidden| hidden.from);
    let mut masked = String::with_capacity(text.len());
    let (mut at, mut pieces) = (0, Vec::new());
    for hidden in found {
        masked.push_str(&text[at..hidden.from]);
        masked.push_str(&hidden.shown);
        at = hidden.to;
        pieces.push((text[hidden.from..hidden.to].to_owned(), hidden.shown));
    }
    masked.push_str(&text[at..]);
    *text = masked;
    Some(pieces)
}

fn hide_pieces(value: &mut Value, pieces: &[(String, String)]) {
    match value {
        Value::String(text) => {
            for (was, shown) in pieces {
                if text.contains(was.as_str()) {
                    *text = text.replace(was.as_str(), shown);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide_pieces(item, pieces)),
        Value::Object(fields) => fields.values_mut().for_each(|field| hide_pieces(field, pieces)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut text = text.to_owned();
        mask_text(&mut text);
        text
    }

    /// Proves S27.
    #[test]
    fn cards_are_hidden_however_they_are_written() {
        for card in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "4111 1111–1111.1111",
            "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
            "４１１１ １１１１ １１１１ １１１１",
            "٤١١١١١١١١١١١١١١١",
            "۴۱۱۱ ۱۱۱۱ ۱۱۱۱ ۱۱۱۱",
            "4111\u{200b}1111\u{200b}1111\u{200b}1111",
            "4111%201111%201111%201111",
            "4111%2D1111%2d1111%2E1111",
        ] {
            assert_eq!(masked(&format!("my card is {card}, thanks")), "my card is •••• 1111, thanks", "{card}");
        }
        assert_eq!(masked("https://pay.example/?card=%204111%201111%201111%201111&x=1"), "https://pay.example/?card=%20•••• 1111&x=1");
        assert_eq!(masked("4222222222222"), "•••• 2222", "13 digits");
        assert_eq!(masked("3782 822463 10005"), "•••• 0005", "15 digits");
        assert_eq!(masked("6304000000000000000"), "•••• 0000", "19 digits");
        assert_eq!(masked("카드 5555555555554444입니다"), "카드 •••• 4444입니다");
        assert_eq!(masked("5555 5555 5555 4444 12/27 123"), "•••• 4444 12/27 123", "what follows is no part of it");
        assert_eq!(masked("a 4111111111111111 b 5555555555554444"), "a •••• 1111 b •••• 4444");
    }

    /// Proves S27.
    #[test]
    fn numbers_that_are_no_cards_stay() {
        for text in [
            "order 1042",
            "4111111111111112",
            "+49 151 23456789",
            "+4915123456789",
            "0049 151 2345 6789 0",
            "010-1234-5678",
            "2026-11-21 12:30:45",
            "DE89 3704 0044 0532 0130 00",
            "IM41111111111111111a",
            "id-x4111111111111111x",
            "0000 0000 0000 0000",
            "41111111111111111111111111111",
            "1Z 9999 9999 9999 9999",
            "4.111.111.111,00",
            "50%20 of 4111%",
            "",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    /// Proves S27.
    #[test]
    fn keys_are_hidden_and_what_only_looks_like_one_is_not() {
        let (stripe, aws) = (format!("sk_{}_{}", "live", "a1B2c3D4e5F6g7H8"), format!("AKIA{}", "IOSFODNN7EXAMPLE"));
        let github = format!("ghp_{}", "a1".repeat(18));
        assert_eq!(masked(&format!("use {stripe}.")), "use sk_live_••••.");
        assert_eq!(masked(&format!("({aws})")), "(AKIA••••)");
        assert_eq!(masked(&format!("token={github}&x=1")), "token=ghp_••••&x=1");
        let line = |edge: &str, kind: &str| format!("-----{edge} {kind}PRIVATE KEY-----");
        let (begin, end) = (line("BEGIN", "RSA "), line("END", "RSA "));
        let pem = format!("here:\n{begin}\nMIIE4111111111111111\n{end}\nok?");
        assert_eq!(masked(&pem), format!("here:\n{begin}••••{end}\nok?"));
        let begin = line("BEGIN", "");
        assert_eq!(masked(&format!("{begin}\nMIIE")), format!("{begin}••••"), "cut off by a length limit");
        for text in [
            "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "sk_live_short",
            "task_live_a1B2c3D4e5F6g7H8",
            "AKIA is a name",
            "ghp_",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    /// Proves S27.
    #[test]
    fn the_channels_own_fields_say_no_more_than_the_text() {
        let raw = serde_json::json!({ "Body": "pay 4111111111111111", "From": "+4915123456789", "WaId": "4222222222222", "n": [1, null] });
        let from = Sender { name: "Mia 4111 1111 1111 1111".into(), ..Sender::default() };
        let files = vec![InboundFile::Url { url: "u".into(), media_type: "m".into(), name: "4111111111111111.png".into(), sticker: false }];
        let message = InboundMessage { from, text: "pay 4111111111111111".into(), raw, files, ..InboundMessage::default() };
        let mut event = InboundEvent::OptIn { from: Sender::default(), text: "START".into(), rule: "START".into(), message: Some(message) };
        assert!(mask(&mut event));
        let InboundEvent::OptIn { message: Some(message), .. } = &event else { panic!("{event:?}") };
        assert_eq!((message.text.as_str(), message.from.name.as_str()), ("pay •••• 1111", "Mia •••• 1111"));
        assert_eq!(message.raw["Body"], "pay •••• 1111");
        assert_eq!((&message.raw["From"], &message.raw["WaId"]), (&"+4915123456789".into(), &"4222222222222".into()));
        assert!(!mask(&mut event), "there is nothing more to hide");
    }
}
