//! Places, people and stickers, as they are written.

use model::Extra;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLocation {
    /// Degrees, -90 to 90.
    latitude: f64,
    /// Degrees, -180 to 180.
    longitude: f64,
    /// One line of at most 100 characters.
    #[serde(default)]
    name: String,
    /// One line of at most 100 characters.
    #[serde(default)]
    address: String,
}

/// With a phone number or a mail address at least.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    /// One line of 1 to 100 characters.
    name: String,
    /// At most five, with country code.
    #[serde(default)]
    phones: Vec<String>,
    /// At most five.
    #[serde(default)]
    emails: Vec<String>,
    #[serde(default)]
    organization: String,
}

/// A sticker of the provider's, by its numbers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSticker {
    /// Of the set it belongs to: LINE's `packageId`. Discord has none.
    #[serde(default)]
    set: String,
    /// LINE's `stickerId`, Discord's id.
    id: String,
    /// What is read where the picture cannot be seen: one line of at most 100 characters.
    #[serde(default)]
    name: String,
}

/// As the house keeps them, judged later. Blank phone numbers and addresses are left out.
pub fn extras(
    location: Option<NewLocation>,
    contact: Option<NewContact>,
    sticker: Option<NewSticker>,
    native: Option<serde_json::Map<String, serde_json::Value>>,
) -> Vec<Extra> {
    let clean = |text: &str| messaging::normalise(text);
    let all = |texts: Vec<String>| texts.iter().map(|text| clean(text)).filter(|text| !text.is_empty()).collect();
    let place = location.map(|place| Extra::Location {
        latitude: place.latitude,
        longitude: place.longitude,
        name: clean(&place.name),
        address: clean(&place.address),
    });
    let person = contact.map(|person| Extra::ContactCard {
        name: clean(&person.name),
        phones: all(person.phones),
        emails: all(person.emails),
        organization: clean(&person.organization),
    });
    let sticker = sticker.map(|sticker| Extra::Sticker { set: clean(&sticker.set), id: clean(&sticker.id), name: clean(&sticker.name) });
    let native = native.map(|content| Extra::Native { content: content.into() });
    place.into_iter().chain(person).chain(sticker).chain(native).collect()
}
