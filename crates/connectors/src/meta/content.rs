//! What messages of Messenger and Instagram hold beside text.

use model::message::Extra;
use model::{InboundFile, InboundMessage};
use serde_json::Value;

use crate::wire::{list, text};

/// The thumb in its three sizes (ids from public knowledge, unverified).
const THUMBS: &[&str] = &["369239263222822", "369239343222814", "369239383222810"];

/// A field that is an id, written as text or as a number.
pub fn id_text(json: &Value, key: &str) -> String {
    let field = json.get(key).unwrap_or(&Value::Null);
    field.as_str().map(str::to_owned).or_else(|| field.as_u64().map(|id| id.to_string())).unwrap_or_default()
}

pub fn link(what: &str, title: &str, url: &str) -> Extra {
    Extra::Link { what: what.to_owned(), title: title.to_owned(), url: url.to_owned() }
}

/// Puts an attachment into a message: a file, a link, a place, or what we cannot show under the provider's own word.
pub fn attach(attachment: &Value, said: &mut InboundMessage) {
    let none = Value::Null;
    let (kind, payload) = (text(attachment, "type"), attachment.get("payload").unwrap_or(&none));
    let either = |key: &str| Some(text(payload, key)).filter(|value| !value.is_empty()).unwrap_or_else(|| text(attachment, key));
    let (url, title, sticker) = (either("url"), either("title"), id_text(payload, "sticker_id"));
    match kind {
        "like_heart" if said.text.is_empty() => said.text.push('❤'),
        "like_heart" => said.extras.push(Extra::Unsupported { what: kind.to_owned() }),
        "image" | "video" | "audio" | "file" | "sticker" if url.is_empty() => match THUMBS.contains(&sticker.as_str()) {
            true if said.text.is_empty() => said.text.push('👍'),
            _ => said.extras.push(Extra::Unsupported { what: kind.to_owned() }),
        },
        "image" | "video" | "audio" | "file" | "sticker" => {
            let file = file(kind, url, said.files.len() + 1, kind == "sticker" || !sticker.is_empty());
            // A sticker may stand there twice: as what it is, and as the picture it used to be.
            if !said.files.iter().any(|other| matches!(other, InboundFile::Url { url: known, .. } if known == url)) {
                said.files.push(file);
            }
        }
        "location" => {
            let at = payload.get("coordinates").unwrap_or(&none);
            let degrees = |key: &str| at.get(key).and_then(Value::as_f64);
            match (degrees("lat"), degrees("long")) {
                (Some(latitude), Some(longitude)) => {
                    said.extras.push(Extra::Location { latitude, longitude, name: title.to_owned(), address: String::new() });
                }
                _ => said.extras.push(Extra::Unsupported { what: kind.to_owned() }),
            }
        }
        "template" => {
            let elements = ["product", "generic"].into_iter().flat_map(|kind| list(payload.get(kind).unwrap_or(&none), "elements"));
            let before = said.extras.len();
            for element in elements.chain(list(payload, "elements")) {
                let url = [text(element, "url"), text(element, "image_url")].into_iter().find(|url| !url.is_empty()).unwrap_or_default();
                said.extras.push(link(if payload.get("product").is_some() { "product" } else { "link" }, text(element, "title"), url));
            }
            if said.extras.len() == before {
                said.extras.push(Extra::Unsupported { what: kind.to_owned() });
            }
        }
        _ => {
            let what = match kind {
                "share" | "post" | "ig_post" => "post",
                "reel" | "ig_reel" => "reel",
                // Only ever the address: a story's media is not ours to keep, and ends with the story.
                "story_mention" => "story_mention",
                "fallback" => "link",
                _ => "",
            };
            if what.is_empty() || url.is_empty() && title.is_empty() {
                said.extras.push(Extra::Unsupported { what: kind.to_owned() });
            } else {
                said.extras.push(link(what, title, url));
            }
        }
    }
}

/// A file still at the provider. What its address ends in says what it is, until its bytes do.
fn file(kind: &str, url: &str, no: usize, sticker: bool) -> InboundFile {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let ending = last.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase());
    let known = match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        "mp4" if kind == "audio" => "audio/mp4",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "aac" => "audio/aac",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "pdf" => "application/pdf",
        _ => "",
    };
    let media_type = match kind {
        _ if !known.is_empty() => known,
        "image" => "image/jpeg",
        "sticker" => "image/png",
        "video" => "video/mp4",
        "audio" => "audio/mp4",
        _ => "application/octet-stream",
    };
    let name = match kind {
        "file" if !last.is_empty() => last.to_owned(),
        _ => format!("{no}.{}", media_type.split('/').nth(1).unwrap_or("bin")),
    };
    InboundFile::Url { url: url.to_owned(), media_type: media_type.to_owned(), name, sticker }
}

/// How a person came to us.
#[derive(Default)]
pub struct Referral {
    reference: String,
    source: String,
    ad_id: String,
    title: String,
    url: String,
    product: String,
}

impl Referral {
    pub fn of(json: &Value) -> Self {
        let none = Value::Null;
        let ad = json.get("ads_context_data").unwrap_or(&none);
        let url = [text(ad, "photo_url"), text(ad, "video_url"), text(json, "referer_uri")].into_iter().find(|url| !url.is_empty());
        Self {
            reference: text(json, "ref").to_owned(),
            source: text(json, "source").to_owned(),
            ad_id: id_text(json, "ad_id"),
            title: text(ad, "ad_title").to_owned(),
            url: url.unwrap_or_default().to_owned(),
            product: json.get("product").map(|product| id_text(product, "id")).unwrap_or_default(),
        }
    }
    pub fn facts(&self) -> Vec<(String, String)> {
        [("referral", &self.reference), ("referral_source", &self.source), ("advertisement", &self.ad_id)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.to_owned(), value.chars().take(300).collect()))
            .collect()
    }
    pub fn extras(&self) -> Vec<Extra> {
        let mut extras = Vec::new();
        if !self.ad_id.is_empty() || !self.title.is_empty() {
            extras.push(link("advertisement", &self.title, &self.url));
        }
        if !self.product.is_empty() {
            extras.push(link("product", &self.product, ""));
        }
        extras
    }
}

/// The answers to a survey, each as a fact: `feedback_csat` = `4`, and what was written beside it.
pub fn survey(feedback: &Value) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    for screen in list(feedback, "feedback_screens") {
        for answer in screen.get("questions").and_then(Value::as_object).into_iter().flat_map(|questions| questions.values()) {
            let kind = text(answer, "type");
            facts.push((format!("feedback_{kind}"), text(answer, "payload").to_owned()));
            if let Some(more) = answer.get("follow_up") {
                facts.push((format!("feedback_{kind}_said"), text(more, "payload").chars().take(300).collect()));
            }
        }
    }
    facts
}
