//! What a delivery brings beside events: who is typing, and how the account is. Never worth a retry by the provider.

use anyhow::Result;
use connectors::Health;
use model::{Author, ChannelAccountId};

use crate::Engine;
use crate::doctor::AccountProblem;
use crate::publish::Signal;

impl Engine {
    pub(super) async fn hear_aside(&self, ws: i64, id: ChannelAccountId, typing: Vec<(String, bool)>, health: Option<Health>) {
        for (key, on) in typing {
            if let Err(error) = self.show_typing(ws, id, key, on).await {
                tracing::debug!(%error, "a customer's typing was not shown");
            }
        }
        let Some(health) = health else { return };
        let heard = match health {
            Health::Well => self.account_problem(ws, id, None).await,
            Health::Warning(problem) => self.account_problem(ws, id, Some(AccountProblem::from(problem))).await,
            Health::Templates => {
                let engine = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = engine.list_templates(ws, id).await {
                        tracing::warn!(%error, account = %id, "templates that changed were not listed");
                    }
                });
                Ok(())
            }
        };
        if let Err(error) = heard {
            tracing::warn!(%error, account = %id, "what the provider says of the account was not noted");
        }
    }

    async fn show_typing(&self, ws: i64, id: ChannelAccountId, key: String, on: bool) -> Result<()> {
        let found = self
            .db()
            .read(move |tx| {
                let key = key.clone();
                Box::pin(async move {
                    let thread = store::conversation::thread_by_key(tx, ws, id, &key).await?;
                    let Some(conversation) = thread.and_then(|thread| thread.conversation_id) else { return Ok(None) };
                    let Some(conversation) = store::conversation::by_id(tx, ws, conversation).await? else { return Ok(None) };
                    let contact = store::contact::by_id(tx, ws, conversation.contact_id).await?;
                    Ok(Some((conversation, contact)))
                })
            })
            .await?;
        if let Some((conversation, contact)) = found {
            let author = Author::Contact { id: conversation.contact_id, name: contact.map_or(String::new(), |c| c.name) };
            self.signal(ws, Signal::Typing { conversation_id: conversation.id, author, on });
        }
        Ok(())
    }
}
