//! What a message of ours would be on its channel, before anybody writes it.

use anyhow::Result;
use connectors::{Outbound, Part, Speaker};
use model::{Attachment, AttachmentId, Card, ConversationId};

use crate::{Engine, send};

/// A message as far as somebody of ours has it. It need not be fit to be sent.
#[derive(Debug, Clone)]
pub struct Draft {
    pub conversation_id: ConversationId,
    pub text: String,
    pub attachment_ids: Vec<AttachmentId>,
    pub cards: Vec<Card>,
    pub choices: Vec<String>,
    pub extras: Vec<model::Extra>,
    /// Whose uploads it may name; others are as if they were not there.
    pub owner: String,
}

/// The messages it would leave as, each as the customer sees it, and the files that they name.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    pub parts: Vec<Part>,
    pub files: Vec<Attachment>,
}

impl Engine {
    /// Judges nothing and keeps nothing. `None` without such a conversation.
    pub async fn preview(&self, ws: i64, draft: Draft) -> Result<Option<Preview>> {
        let config = self.config(ws).await?;
        let (id, owner) = (draft.conversation_id, draft.owner.clone());
        let wanted: Vec<AttachmentId> =
            draft.attachment_ids.iter().copied().chain(draft.cards.iter().filter_map(Card::attachment)).collect();
        let found = self
            .0
            .db
            .read(move |tx| {
                let (wanted, owner) = (wanted.clone(), owner.clone());
                Box::pin(async move {
                    let Some(conversation) = store::conversation::by_id(tx, ws, id).await? else { return Ok(None) };
                    let thread = store::conversation::thread_by_id(tx, ws, conversation.thread_id).await?;
                    Ok(thread.map(|thread| thread.channel_account_id).zip(Some(store::message::loose(tx, ws, &wanted, &owner).await?)))
                })
            })
            .await?;
        let Some((account, mut files)) = found else { return Ok(None) };
        let Some(account) = config.accounts.get(&account) else { return Ok(None) };
        let connector = self.connector(&account.kind)?;
        let file = |id: &AttachmentId| files.iter().find(|file| file.id == *id).map(send::file_ref);
        let outbound = Outbound {
            text: messaging::normalise(&draft.text),
            files: draft.attachment_ids.iter().filter_map(file).collect(),
            choices: draft.choices.iter().map(|choice| messaging::normalise(choice)).filter(|choice| !choice.is_empty()).collect(),
            cards: draft.cards.iter().map(|card| send::card(card, &files)).collect(),
            extras: draft.extras,
            speaker: Speaker { person: true, ..Speaker::default() },
            ..Outbound::default()
        };
        let outbound = connectors::extras::fitted(outbound, &connector.capabilities(account));
        let parts: Vec<Part> =
            connectors::native::parts(connector, account, &outbound).into_iter().map(|part| connector.seen(part)).collect();
        send::mark_stickers(&mut files, &parts);
        Ok(Some(Preview { parts, files }))
    }
}
