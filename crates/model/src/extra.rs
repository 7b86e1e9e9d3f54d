//! Places, people and stickers that a message of ours may bring.

use crate::FieldProblem;
use crate::channel::Feature;
use crate::message::Extra;

/// The longest name and address of a place, and the longest name of a person, in characters; LINE and WhatsApp take as much.
pub const NAME: usize = 100;
/// The most phone numbers and the most mail addresses of one person.
pub const WAYS: usize = 5;
/// The longest number of a sticker or of its set, in characters; LINE's and Discord's have at most twenty.
pub const STICKER_ID: usize = 40;

impl Extra {
    /// What a channel must be able to say to carry it as such; `None` for what we send on no channel.
    pub fn feature(&self) -> Option<Feature> {
        match self {
            Self::Location { .. } => Some(Feature::Location),
            Self::ContactCard { .. } => Some(Feature::ContactCard),
            Self::Sticker { .. } => Some(Feature::Sticker),
            Self::Native { .. } => Some(Feature::Native),
            _ => None,
        }
    }

    /// The field of the API that brings it.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Location { .. } => "location",
            Self::ContactCard { .. } => "contact",
            Self::Sticker { .. } => "sticker",
            Self::Native { .. } => "native",
            _ => "extras",
        }
    }

    /// It in words, a line each, for where there is no other way to show it: a place with a link to a map, a person with each way to reach them.
    pub fn written_out(&self) -> String {
        let lines: Vec<String> = match self {
            Self::Location { latitude, longitude, name, address } => vec![name.clone(), address.clone(), map_link(*latitude, *longitude)],
            Self::ContactCard { name, organization, phones, emails } => {
                [name.clone(), organization.clone()].into_iter().chain(phones.clone()).chain(emails.clone()).collect()
            }
            Self::Sticker { name, .. } => vec![name.clone()],
            _ => vec![],
        };
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// A map with a mark at the place, for whoever opens it in a browser.
pub fn map_link(latitude: f64, longitude: f64) -> String {
    format!("https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}")
}

/// Judges a place, a person or a sticker to be sent; whether a channel has the sticker its connector knows. Texts are expected without blanks
/// around them.
///
/// # Errors
/// The first thing wrong, with the field it is in.
pub fn check_extra(extra: &Extra) -> Result<(), FieldProblem> {
    let wrong = |field: &str, code: &str, detail: String| Err(FieldProblem::new(field, code, detail));
    let line = |text: &str, field: &str, most: usize| match () {
        () if text.chars().count() > most => wrong(field, "too_long", format!("It has at most {most} characters")),
        () if text.contains('\n') => wrong(field, "line_break", "It is one line".into()),
        () => Ok(()),
    };
    match extra {
        Extra::Location { latitude, longitude, name, address } => {
            line(name, "location.name", NAME)?;
            line(address, "location.address", NAME)?;
            for (degrees, most, field) in [(latitude, 90.0, "location.latitude"), (longitude, 180.0, "location.longitude")] {
                if !(-most..=most).contains(degrees) {
                    return wrong(field, "range", format!("Degrees from -{most} to {most} are wanted, with a point before their fraction"));
                }
            }
            Ok(())
        }
        Extra::ContactCard { name, phones, emails, organization } => {
            if name.is_empty() {
                return wrong("contact.name", "required", "Say whom it is about".into());
            }
            line(name, "contact.name", NAME)?;
            line(organization, "contact.organization", NAME)?;
            if phones.is_empty() && emails.is_empty() {
                return wrong("contact.phones", "bare", "Give a phone number or a mail address: a name alone reaches nobody".into());
            }
            for (all, field) in [(phones, "contact.phones"), (emails, "contact.emails")] {
                if all.len() > WAYS {
                    return wrong(field, "too_many", format!("There are at most {WAYS}"));
                }
            }
            for (no, phone) in phones.iter().enumerate() {
                if !is_phone(phone) {
                    return wrong(
                        &format!("contact.phones[{no}]"),
                        "bad_phone",
                        "Write it with country code, e.g. +49 1573 5980000".into(),
                    );
                }
            }
            for (no, email) in emails.iter().enumerate() {
                if !crate::message::is_address(email) {
                    return wrong(&format!("contact.emails[{no}]"), "bad_email", "Write it as name@domain".into());
                }
            }
            Ok(())
        }
        Extra::Sticker { set, id, name } => {
            if id.is_empty() {
                return wrong("sticker.id", "required", "Say which sticker, by the provider's number for it".into());
            }
            line(set, "sticker.set", STICKER_ID)?;
            line(id, "sticker.id", STICKER_ID)?;
            line(name, "sticker.name", NAME)
        }
        _ => Ok(()),
    }
}

/// A plus, digits, and what people write between them.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.starts_with('+') && (6..=15).contains(&digits) && text.chars().skip(1).all(|c| c.is_ascii_digit() || " -()./".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(latitude: f64, longitude: f64) -> Extra {
        Extra::Location { latitude, longitude, name: "Café am Fluss".into(), address: "Uferweg 3".into() }
    }

    fn person(name: &str, phones: &[&str], emails: &[&str]) -> Extra {
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        Extra::ContactCard { name: name.into(), phones: owned(phones), emails: owned(emails), organization: String::new() }
    }

    fn fault(extra: &Extra) -> Option<String> {
        check_extra(extra).err().map(|problem| format!("{} {}", problem.field, problem.code))
    }

    #[test]
    fn each_mistake_is_named_by_its_field() {
        assert_eq!(fault(&place(53.55, 9.99)), None);
        assert_eq!(fault(&place(-90.0, 180.0)), None);
        assert_eq!(fault(&place(90.1, 0.0)), Some("location.latitude range".into()));
        assert_eq!(fault(&place(f64::NAN, 0.0)), Some("location.latitude range".into()));
        assert_eq!(fault(&place(0.0, -180.5)), Some("location.longitude range".into()));
        let far = Extra::Location { latitude: 0.0, longitude: 0.0, name: String::new(), address: "x".repeat(101) };
        assert_eq!(fault(&far), Some("location.address too_long".into()));
        assert_eq!(fault(&person("김민지", &["+82 10 1234 5678"], &[])), None);
        assert_eq!(fault(&person("", &["+491"], &[])), Some("contact.name required".into()));
        assert_eq!(fault(&person("Bea", &[], &[])), Some("contact.phones bare".into()));
        assert_eq!(fault(&person("Bea", &["+49 157", "0157 5980000"], &[])), Some("contact.phones[0] bad_phone".into()));
        assert_eq!(fault(&person("Bea", &[], &["a@b.example", "nobody"])), Some("contact.emails[1] bad_email".into()));
        assert_eq!(fault(&person("Bea\nCc", &[], &["a@b.example"])), Some("contact.name line_break".into()));
        let sticker = |id: &str, name: &str| Extra::Sticker { set: "446".into(), id: id.into(), name: name.into() };
        assert_eq!(fault(&sticker("1988", "")), None);
        assert_eq!(fault(&sticker("", "wave")), Some("sticker.id required".into()));
        assert_eq!(fault(&sticker(&"9".repeat(41), "")), Some("sticker.id too_long".into()));
        assert_eq!(fault(&sticker("1988", "a\nb")), Some("sticker.name line_break".into()));
    }

    #[test]
    fn in_words_nothing_of_them_is_lost() {
        let there = "Café am Fluss\nUferweg 3\nhttps://www.openstreetmap.org/?mlat=53.55&mlon=9.99#map=16/53.55/9.99";
        assert_eq!(place(53.55, 9.99).written_out(), there);
        assert_eq!(person("Bea", &["+49 1573"], &["bea@shop.example"]).written_out(), "Bea\n+49 1573\nbea@shop.example");
    }
}
