//! Cards, as they are written and read.

use model::card::Tap;
use model::{Attachment, AttachmentId, Card, CardButton, CardImage, FieldProblem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AttachmentView, ExtraView, Lens};

/// A card of a message to be sent: beside its title it has a text, an image or a button.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCard {
    /// One line of at most 80 characters.
    title: String,
    /// At most 2,000 characters.
    #[serde(default)]
    text: String,
    image: Option<NewCardImage>,
    /// At most three, each with a label of its own.
    #[serde(default)]
    buttons: Vec<NewCardButton>,
}

/// Either of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCardImage {
    /// An uploaded JPEG or PNG of at most 5 MB.
    #[schema(value_type = Option<String>)]
    attachment_id: Option<AttachmentId>,
    /// An https address that anybody may fetch.
    url: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCardButton {
    /// At most 20 characters.
    label: String,
    /// What a tap comes back as, at most 100 characters and unlike every other of the message; without it and without `url`, the label.
    reply: Option<String>,
    /// An https page that a tap opens instead; nobody is told.
    url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CardView {
    pub title: String,
    pub text: String,
    pub image: Option<CardImageView>,
    pub buttons: Vec<CardButtonView>,
}

/// A picture of the message's own, or of somebody else's by its address.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CardImageView {
    pub attachment: Option<AttachmentView>,
    pub url: Option<String>,
}

/// With `reply` it answers, with `url` it opens a page.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CardButtonView {
    pub label: String,
    pub reply: Option<String>,
    pub url: Option<String>,
}

impl From<&CardButton> for CardButtonView {
    fn from(button: &CardButton) -> Self {
        let label = button.label.clone();
        match &button.does {
            Tap::Reply(reply) => Self { label, reply: Some(reply.clone()), url: None },
            Tap::Url(url) => Self { label, reply: None, url: Some(url.clone()) },
        }
    }
}

/// The cards as the house keeps them, judged later.
///
/// # Errors
/// A field that says two things or none.
pub fn cards(new: Vec<NewCard>) -> Result<Vec<Card>, FieldProblem> {
    let either = |field: String, detail: &str| FieldProblem { field, code: "either".into(), detail: detail.into() };
    let mut cards = Vec::new();
    for (no, card) in new.into_iter().enumerate() {
        let image = match card.image.map(|image| (image.attachment_id, image.url)) {
            None => None,
            Some((Some(id), None)) => Some(CardImage::AttachmentId(id)),
            Some((None, Some(url))) => Some(CardImage::Url(url.trim().to_owned())),
            Some(_) => return Err(either(format!("cards[{no}].image"), "An image has either an attachment_id or a url")),
        };
        let mut buttons = Vec::new();
        for (at, button) in card.buttons.into_iter().enumerate() {
            let label = messaging::normalise(&button.label);
            let does = match (button.reply, button.url) {
                (Some(_), Some(_)) => {
                    return Err(either(format!("cards[{no}].buttons[{at}]"), "A button has either a reply or a url"));
                }
                (None, Some(url)) => Tap::Url(url.trim().to_owned()),
                (reply, None) => Tap::Reply(reply.map_or_else(|| label.clone(), |reply| messaging::normalise(&reply))),
            };
            buttons.push(CardButton { label, does });
        }
        cards.push(Card { title: messaging::normalise(&card.title), text: messaging::normalise(&card.text), image, buttons });
    }
    Ok(cards)
}

/// A message as it would leave for the customer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PreviewView {
    /// One for each message of the channel's own making, in sending order.
    pub parts: Vec<PartView>,
}

/// What the customer sees of one of them: the text, then the files, then the cards side by side.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PartView {
    pub text: String,
    pub attachments: Vec<AttachmentView>,
    pub cards: Vec<CardView>,
    /// Answers as buttons; where the channel has none for them they are a numbered menu in the text.
    pub choices: Vec<String>,
    /// Places and people that the channel shows as such.
    pub extras: Vec<ExtraView>,
}

impl Lens {
    pub fn preview(&self, preview: &engine::Preview) -> PreviewView {
        PreviewView { parts: preview.parts.iter().map(|part| self.part(part, &preview.files)).collect() }
    }

    fn part(&self, part: &connectors::Part, files: &[Attachment]) -> PartView {
        let stored = |file: &connectors::FileRef| files.iter().find(|one| one.id.to_string() == file.key);
        let card = |card: &connectors::Card| CardView {
            title: card.title.clone(),
            text: card.text.clone(),
            image: card.image.as_ref().map(|image| CardImageView {
                attachment: stored(image).map(|file| self.attachment(file)),
                url: image.key.is_empty().then(|| image.url.clone()),
            }),
            buttons: card.buttons.iter().map(CardButtonView::from).collect(),
        };
        PartView {
            text: part.text.clone(),
            attachments: part.files.iter().filter_map(stored).map(|file| self.attachment(file)).collect(),
            cards: part.cards.iter().map(card).collect(),
            choices: part.choices.clone(),
            extras: part.extras.iter().map(ExtraView::from).collect(),
        }
    }

    pub fn card(&self, card: &Card, files: &[Attachment]) -> CardView {
        let image = card.image.as_ref().map(|image| match image {
            CardImage::AttachmentId(id) => {
                CardImageView { attachment: files.iter().find(|file| file.id == *id).map(|file| self.attachment(file)), url: None }
            }
            CardImage::Url(url) => CardImageView { attachment: None, url: Some(url.clone()) },
        });
        let buttons = card.buttons.iter().map(CardButtonView::from);
        CardView { title: card.title.clone(), text: card.text.clone(), image, buttons: buttons.collect() }
    }
}
