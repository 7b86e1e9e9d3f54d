//! What the platform declares that it can, read from JSON; each mistake is named by its field.

use std::collections::BTreeSet;

use model::{Capabilities, Card, CardLimit, ChoiceLimit, Feature, TextUnit};
use serde_json::{Map, Value};

/// The largest file this house keeps, in bytes.
const MOST_BYTES: u64 = 10 * 1024 * 1024;
const YEAR_S: u64 = 365 * 86_400;

pub(super) const HEARS: &[Feature] = &[
    Feature::Image,
    Feature::Audio,
    Feature::Video,
    Feature::File,
    Feature::Sticker,
    Feature::Location,
    Feature::ContactCard,
    Feature::Quote,
    Feature::Edit,
    Feature::Unsend,
    Feature::Reaction,
    Feature::Choice,
    Feature::Typing,
    Feature::Delivered,
    Feature::Read,
    Feature::Echo,
    Feature::Block,
    Feature::OptOut,
    Feature::Menu,
    Feature::Failed,
];
pub(super) const SAYS: &[Feature] = &[
    Feature::Image,
    Feature::Audio,
    Feature::Video,
    Feature::File,
    Feature::Card,
    Feature::Location,
    Feature::ContactCard,
    Feature::Quote,
    Feature::Edit,
    Feature::Unsend,
    Feature::Reaction,
    Feature::Typing,
    Feature::Read,
];
pub(super) const FIELDS: &[&str] =
    &["text_limit", "text_unit", "attachments", "choices", "reactions", "reply_window_s", "human_window_s", "hears", "says"];

/// The capabilities, with the usual in place of what is missing or wrong, and what is wrong. Empty text is all as usual.
pub(super) fn read(text: &str) -> (Capabilities, Vec<String>) {
    let mut reader = Reader { wrong: Vec::new() };
    let document = match text.trim() {
        "" => Ok(Map::new()),
        text => serde_json::from_str::<Map<String, Value>>(text),
    };
    let document = document.unwrap_or_else(|error| {
        reader.wrong.push(format!("a JSON object is wanted: {error}"));
        Map::new()
    });
    let can = reader.capabilities(&document);
    (can, reader.wrong)
}

struct Reader {
    wrong: Vec<String>,
}

impl Reader {
    fn capabilities(&mut self, document: &Map<String, Value>) -> Capabilities {
        self.known(document, "", FIELDS);
        let none = Map::new();
        let attachments = self.object(document, "attachments").unwrap_or(&none);
        self.known(attachments, "attachments.", &["most", "types", "bytes"]);
        let mut hears = self.features(document, "hears", HEARS);
        // Whoever writes may be named in every event.
        hears.insert(Feature::Name);
        if hears.contains(&Feature::Echo) {
            hears.insert(Feature::Staff);
        }
        let mut says = self.features(document, "says", SAYS);
        let choices = self.choices(document);
        if choices.is_some() {
            says.insert(Feature::Choice);
        }
        let carries = says.iter().any(|feature| matches!(feature, Feature::Image | Feature::Audio | Feature::Video | Feature::File));
        Capabilities {
            letters: false,
            text_limit: self.number(document, "", "text_limit", 1..=100_000).map_or(4000, |limit| limit as u32),
            text_unit: self.unit(document),
            max_attachments: self
                .number(attachments, "attachments.", "most", 0..=50)
                .map_or(if carries { 10 } else { 0 }, |most| most as u32),
            attachment_types: self.types(attachments, &says),
            max_attachment_bytes: self.number(attachments, "attachments.", "bytes", 1..=MOST_BYTES).unwrap_or(MOST_BYTES),
            typing: hears.contains(&Feature::Typing),
            delivery_receipts: hears.contains(&Feature::Delivered),
            read_receipts: hears.contains(&Feature::Read),
            streamed: false,
            reply_window_s: self.number(document, "", "reply_window_s", 60..=YEAR_S).map(|s| s as i64),
            human_window_s: self.number(document, "", "human_window_s", 60..=YEAR_S).map(|s| s as i64),
            choices,
            cards: says.contains(&Feature::Card).then_some(CardLimit { most: Card::MOST as u32, text: Card::TEXT as u32 }),
            reaction_set: self.texts(document, "", "reactions", |emoji| !emoji.is_empty() && emoji.len() <= 32, "a list of emojis"),
            hears,
            says,
        }
    }

    fn known(&mut self, object: &Map<String, Value>, at: &str, fields: &[&str]) {
        for key in object.keys().filter(|key| !fields.contains(&key.as_str())) {
            self.wrong.push(format!("{at}{key}: there is no such field; there are {}", fields.join(", ")));
        }
    }

    fn object<'a>(&mut self, document: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
        let value = document.get(key)?;
        if !value.is_object() {
            self.wrong.push(format!("{key}: an object is wanted"));
        }
        value.as_object()
    }

    fn number(&mut self, object: &Map<String, Value>, at: &str, key: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = object.get(key)?;
        let number = value.as_u64().filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong.push(format!("{at}{key}: a whole number from {} to {} is wanted", range.start(), range.end()));
        }
        number
    }

    fn unit(&mut self, document: &Map<String, Value>) -> TextUnit {
        match document.get("text_unit").map(|unit| unit.as_str().unwrap_or_default()) {
            None | Some("chars") => TextUnit::Chars,
            Some("utf16") => TextUnit::Utf16,
            Some("bytes") => TextUnit::Bytes,
            Some(_) => {
                self.wrong.push("text_unit: chars, utf16 or bytes is wanted".into());
                TextUnit::Chars
            }
        }
    }

    fn choices(&mut self, document: &Map<String, Value>) -> Option<ChoiceLimit> {
        let choices = self.object(document, "choices")?;
        self.known(choices, "choices.", &["most", "title"]);
        let most = self.number(choices, "choices.", "most", 1..=50).unwrap_or(10);
        let title = self.number(choices, "choices.", "title", 1..=500).unwrap_or(20);
        Some(ChoiceLimit { most: most as u32, title: title as u32 })
    }

    fn texts(&mut self, object: &Map<String, Value>, at: &str, key: &str, fits: fn(&str) -> bool, wanted: &str) -> Vec<String> {
        let Some(value) = object.get(key) else { return Vec::new() };
        let items: Option<Vec<String>> = value
            .as_array()
            .and_then(|items| items.iter().map(|item| item.as_str().filter(|text| fits(text)).map(str::to_owned)).collect());
        if items.is_none() {
            self.wrong.push(format!("{at}{key}: {wanted} is wanted"));
        }
        items.unwrap_or_default()
    }

    /// Without a list, what the features stand for.
    fn types(&mut self, attachments: &Map<String, Value>, says: &BTreeSet<Feature>) -> Vec<String> {
        let wanted = "a list of media types such as image/ or application/pdf";
        let types = self.texts(attachments, "attachments.", "types", |kind| kind.contains('/'), wanted);
        if !types.is_empty() {
            return types;
        }
        let usual = |feature: &Feature| match feature {
            Feature::Image => &["image/"][..],
            Feature::Audio => &["audio/"],
            Feature::Video => &["video/"],
            Feature::File => &["text/", "application/"],
            _ => &[],
        };
        says.iter().flat_map(usual).map(|kind| (*kind).to_owned()).collect()
    }

    fn features(&mut self, document: &Map<String, Value>, key: &str, possible: &[Feature]) -> BTreeSet<Feature> {
        let words = self.texts(document, "", key, |_| true, "a list of words");
        let mut features = BTreeSet::new();
        for word in words {
            match possible.iter().find(|feature| code(**feature) == word) {
                Some(feature) => {
                    features.insert(*feature);
                }
                None => {
                    let there: Vec<String> = possible.iter().map(|feature| code(*feature)).collect();
                    self.wrong.push(format!("{key}: {word} is none of {}", there.join(", ")));
                }
            }
        }
        features
    }
}

/// A feature's word in the contract.
pub(super) fn code(feature: Feature) -> String {
    serde_json::to_value(feature).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
