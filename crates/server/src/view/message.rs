//! Messages, as both sides' states tell them, with links to their files.

use std::collections::BTreeMap;

use engine::FileCopy;
use model::message::AttachmentState;
use model::{Attachment, Author, Extra, Message};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CardView, Lens, maybe, time};

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuthorView {
    /// contact, worker, bot, system or elsewhere: somebody of ours in the provider's own app, which is then the name.
    pub kind: String,
    pub id: Option<String>,
    pub name: String,
}

impl From<&Author> for AuthorView {
    fn from(author: &Author) -> Self {
        let (kind, id, name) = match author {
            Author::Contact { id, name } => ("contact", Some(id.to_string()), name.clone()),
            Author::Worker { id, name } => ("worker", Some(id.to_string()), name.clone()),
            Author::Bot { name } => ("bot", None, name.clone()),
            Author::Elsewhere { app } => ("elsewhere", None, app.clone()),
            Author::System => ("system", None, String::new()),
        };
        Self { kind: kind.into(), id, name }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AttachmentView {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: String,
    pub bytes: i64,
    pub width: Option<i64>,
    pub height: Option<i64>,
    /// pending, ready or failed.
    pub state: String,
    pub url: Option<String>,
    pub thumbnail_url: Option<String>,
    /// Sent as a sticker: shown small, without a frame.
    pub sticker: bool,
    /// Why a customer's file is not there.
    pub problem: Option<FileProblemView>,
}

/// Why a file could not be fetched: `too_big`, `too_many_pixels`, `gone`, `unreadable`, `refused_address` or `no_answer`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FileProblemView {
    pub code: String,
    /// How many it has, where that is known.
    pub bytes: Option<i64>,
    /// Bytes, or pixels, that it may have.
    pub limit: Option<i64>,
}

/// What a message holds beside text and files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ExtraView {
    /// form, location, contact_card, sticker, native, link, mail, copies or unsupported.
    pub kind: String,
    /// Of a link: post, reel, story_mention, …; of a mail whether its sender is proven, refuted or unknown; of what is unsupported the provider's own word.
    pub what: String,
    /// Of a place, a person, a sticker or a link; the subject of a mail.
    pub name: String,
    pub address: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub organization: String,
    pub url: Option<String>,
    /// Of a mail: what it quotes of earlier ones, folded away.
    pub quoted: String,
    /// Of a mail: its layout, sanitised, for a sandboxed frame; empty where it had none.
    pub html: String,
    /// Of a mail: `cid:` and the key in `html` mean the attachment of this name.
    pub pictures: std::collections::BTreeMap<String, String>,
    /// Of a mail: who else gets an answer unless `copies` says otherwise. Of copies: who got them unseen.
    pub others: Vec<String>,
    /// Of a sticker: the provider's number for its set, where it has such, and for itself. `/messages/{id}/sticker` shows it.
    pub set: String,
    pub id: String,
    /// Of a form: what was asked and answered, in its order.
    pub answers: Vec<AnswerView>,
    /// Of a message in the provider's own form: as it was given.
    #[schema(value_type = Option<Object>)]
    pub content: Option<serde_json::Value>,
}

/// One answer of a form, as typed: nobody proved it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AnswerView {
    /// The fact it became.
    pub key: String,
    /// name, email, phone, text, choice or consent.
    pub kind: String,
    pub label: String,
    /// As it was shown; of a consent yes or no.
    pub value: String,
}

impl From<&Extra> for ExtraView {
    fn from(extra: &Extra) -> Self {
        match extra.clone() {
            Extra::Form { answers } => {
                let answers =
                    answers.into_iter().map(|a| AnswerView { key: a.key, kind: a.kind.word().into(), label: a.label, value: a.shown });
                Self { kind: "form".into(), answers: answers.collect(), ..Self::default() }
            }
            Extra::Location { latitude, longitude, name, address } => {
                Self { kind: "location".into(), latitude: Some(latitude), longitude: Some(longitude), name, address, ..Self::default() }
            }
            Extra::ContactCard { name, phones, emails, organization } => {
                Self { kind: "contact_card".into(), name, phones, emails, organization, ..Self::default() }
            }
            Extra::Sticker { set, id, name } => Self { kind: "sticker".into(), set, id, name, ..Self::default() },
            Extra::Native { content } => Self { kind: "native".into(), content: Some(content), ..Self::default() },
            Extra::Link { what, title, url } => Self { kind: "link".into(), what, name: title, url: web_address(url), ..Self::default() },
            Extra::Mail { subject, cc, sender, quoted, html, pictures, others, .. } => {
                Self { kind: "mail".into(), what: sender, name: subject, emails: cc, quoted, html, pictures, others, ..Self::default() }
            }
            Extra::Copies(copies) => Self { kind: "copies".into(), emails: copies.cc, others: copies.bcc, ..Self::default() },
            Extra::Unsupported { what } => Self { kind: "unsupported".into(), what, ..Self::default() },
        }
    }
}

/// Only what a browser may follow: a provider's text is no reason to run a script.
fn web_address(url: String) -> Option<String> {
    Some(url).filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReactionView {
    pub emoji: String,
    pub name: String,
    pub ours: bool,
    /// Of ours: who can take it away again.
    pub worker_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EarlierView {
    pub text: String,
    pub until: String,
}

/// Other words for a message that has left, or taking it back.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MessageRevisionView {
    /// Null = it is to be taken back.
    pub text: Option<String>,
    /// Who wants it.
    pub by: String,
    pub at: String,
    /// Why it was not done; null while it is on its way.
    pub problem: Option<MessageProblem>,
}

/// The message that this one answers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuoteView {
    pub message_id: String,
    pub text: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MessageProblem {
    pub code: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NoticeView {
    pub kind: String,
    pub params: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MessageView {
    pub id: String,
    pub conversation_id: String,
    pub thread_id: Option<String>,
    pub seq: i64,
    pub client_id: Option<String>,
    pub author: AuthorView,
    /// in, out or none.
    pub direction: String,
    pub private: bool,
    pub text: String,
    pub attachments: Vec<AttachmentView>,
    /// queued, sending, sent, delivered, read, failed or uncertain.
    pub state: String,
    pub problem: Option<MessageProblem>,
    pub parts: i64,
    pub created_at: String,
    pub provider_at: Option<String>,
    pub sent_at: Option<String>,
    pub delivered_at: Option<String>,
    pub read_at: Option<String>,
    pub notice: Option<NoticeView>,
    pub extras: Vec<ExtraView>,
    /// Answers offered as buttons.
    pub choices: Vec<String>,
    /// Cards side by side; their pictures are not among the attachments.
    pub cards: Vec<CardView>,
    /// Which offered answer the customer chose: what the tapped button carries, or the answer whose number or words they wrote.
    pub choice: Option<String>,
    pub reply_to: Option<QuoteView>,
    pub reactions: Vec<ReactionView>,
    /// What it said before, oldest first.
    pub earlier: Vec<EarlierView>,
    /// Taken back by who wrote it: text and files are gone.
    pub unsent_at: Option<String>,
    /// Who of ours took it back; empty where the customer did.
    pub unsent_by: String,
    /// A change of ours that the customer does not see yet, or never will.
    pub revision: Option<MessageRevisionView>,
    /// The approved text it was made of.
    pub template: Option<String>,
    /// Whether the provider knows it by an id, so that it can be quoted and reacted to.
    pub known_to_provider: bool,
}

fn problem(problem: &model::Problem) -> MessageProblem {
    MessageProblem { code: problem.code.clone(), detail: problem.detail.clone() }
}

fn reaction(reaction: &model::message::Reaction) -> ReactionView {
    let worker_id = reaction.ours.then(|| reaction.by.clone());
    ReactionView { emoji: reaction.emoji.clone(), name: reaction.name.clone(), ours: reaction.ours, worker_id }
}

impl Lens {
    pub fn attachment(&self, attachment: &Attachment) -> AttachmentView {
        let ready = attachment.state == AttachmentState::Ready;
        let link = |small: bool| {
            let url = self.engine.file_url(self.config.workspace.id, attachment, if small { FileCopy::Small } else { FileCopy::Whole });
            let files = &self.engine.origins().files;
            match url.strip_prefix(files.as_str()) {
                Some(path) => format!("{}{path}", self.door.reach(files)),
                None => url,
            }
        };
        let state = match attachment.state {
            AttachmentState::Pending => "pending",
            AttachmentState::Ready => "ready",
            AttachmentState::Failed => "failed",
        };
        AttachmentView {
            id: attachment.id.to_string(),
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            bytes: attachment.bytes,
            width: attachment.width,
            height: attachment.height,
            state: state.into(),
            url: ready.then(|| link(false)),
            thumbnail_url: (ready && attachment.thumbnail_key.is_some()).then(|| link(true)),
            sticker: attachment.sticker,
            problem: attachment.problem.map(|problem| FileProblemView {
                code: problem.code().into(),
                bytes: problem.bytes(),
                limit: problem.limit(),
            }),
        }
    }

    pub fn message(&self, message: &Message) -> MessageView {
        let direction = match &message.author {
            Author::Contact { .. } => "in",
            _ if message.private || message.notice.is_some() || message.thread_id.is_none() => "none",
            _ => "out",
        };
        MessageView {
            id: message.id.to_string(),
            conversation_id: message.conversation_id.to_string(),
            thread_id: message.thread_id.map(|id| id.to_string()),
            seq: message.seq,
            client_id: message.client_id.clone(),
            author: AuthorView::from(&message.author),
            direction: direction.into(),
            private: message.private,
            text: message.text.clone(),
            attachments: message.own_files().map(|attachment| self.attachment(attachment)).collect(),
            state: message.state.code().into(),
            problem: message.problem.as_ref().map(problem),
            parts: message.parts,
            created_at: time(message.created_at),
            provider_at: maybe(message.provider_at),
            sent_at: maybe(message.sent_at),
            delivered_at: maybe(message.delivered_at),
            read_at: maybe(message.read_at),
            notice: message.notice.as_ref().map(|n| NoticeView { kind: n.kind.clone(), params: n.params.clone() }),
            extras: message.extras.iter().map(ExtraView::from).collect(),
            choices: message.choices.clone(),
            cards: message.cards.iter().map(|card| self.card(card, &message.attachments)).collect(),
            choice: message.choice.clone(),
            reply_to: message.reply_to.as_ref().map(|quote| QuoteView {
                message_id: quote.message_id.to_string(),
                text: quote.text.clone(),
                name: quote.name.clone(),
            }),
            reactions: message.reactions.iter().map(reaction).collect(),
            earlier: message.earlier.iter().map(|e| EarlierView { text: e.text.clone(), until: time(e.until) }).collect(),
            unsent_at: maybe(message.unsent_at),
            unsent_by: message.unsent_by.clone(),
            revision: message.revision.as_ref().map(|revision| MessageRevisionView {
                text: revision.text.clone(),
                by: revision.by.clone(),
                at: time(revision.at),
                problem: revision.problem.as_ref().map(problem),
            }),
            template: message.template.clone(),
            known_to_provider: message.provider_id.is_some(),
        }
    }
}
