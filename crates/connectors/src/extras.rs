//! Places, people and stickers, as far as a channel carries them.

use model::Capabilities;

use crate::contract::Outbound;

/// The message with what the channel does not carry as such written out below its text; a sticker that it does not carry was refused before.
/// A template is sent alone and stays as it is.
pub fn fitted(message: Outbound, can: &Capabilities) -> Outbound {
    let carried = |extra: &model::Extra| extra.feature().is_some_and(|feature| can.says.contains(&feature));
    let (extras, written): (Vec<_>, Vec<_>) = message.extras.into_iter().filter(|extra| extra.feature().is_some()).partition(carried);
    let words = written.iter().map(model::Extra::written_out);
    let text = [message.text].into_iter().chain(words).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    Outbound { text, extras, ..message }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use model::{Extra, Feature};

    pub fn place() -> Extra {
        Extra::Location { latitude: 53.5, longitude: 9.5, name: "Café am Fluss".into(), address: "Uferweg 3, Hamburg".into() }
    }

    pub fn person() -> Extra {
        Extra::ContactCard {
            name: "김민지 Kim".into(),
            phones: vec!["+82 10 1234 5678".into()],
            emails: vec!["minji@shop.example".into()],
            organization: "Café".into(),
        }
    }

    pub fn message() -> Outbound {
        Outbound { text: "Hier:".into(), extras: vec![place(), person()], ..Outbound::default() }
    }

    #[test]
    fn what_a_channel_does_not_carry_is_said_in_words() {
        let maps = Capabilities { says: [Feature::Location].into(), ..Capabilities::default() };
        let half = fitted(message(), &maps);
        assert_eq!(half.extras, [place()]);
        assert_eq!(half.text, "Hier:\n\n김민지 Kim\nCafé\n+82 10 1234 5678\nminji@shop.example");
        let none = fitted(Outbound { text: String::new(), ..message() }, &Capabilities::default());
        assert!(none.extras.is_empty() && none.text.starts_with("Café am Fluss\nUferweg 3, Hamburg\nhttps://"), "{}", none.text);
    }
}
