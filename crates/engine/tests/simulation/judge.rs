//! What the rows, the handsets and the people say afterwards.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use model::{Conversation, Message, MessageState};
use sha2::{Digest, Sha256};

use crate::run::{PHONES, Sim};

impl Sim {
    pub async fn judge(&self) -> Result<()> {
        self.auditor().await?;
        let (conversations, messages) = self.everything().await?;
        self.sequences(&conversations, &messages)?;
        self.visitors(&messages)?;
        self.phones(&messages).await?;
        self.agents(&messages).await
    }

    async fn auditor(&self) -> Result<()> {
        let given = store::auditor::Given { now: self.now(), digest: |bytes| Sha256::digest(bytes).into(), files: None };
        let report = self.ground.db.read(move |tx| Box::pin(async move { store::auditor::audit(tx, &given).await })).await?;
        ensure!(report.clean(), "the auditor found {:#?}", report.breaches.iter().take(5).collect::<Vec<_>>());
        Ok(())
    }

    async fn everything(&self) -> Result<(Vec<Conversation>, Vec<Message>)> {
        self.ground
            .db
            .read(|tx| {
                Box::pin(async move {
                    let mut conversations = Vec::new();
                    for row in tx.dynamic("SELECT body FROM conversation ORDER BY id".into(), vec![]).await? {
                        conversations.push(serde_json::from_str(&row.get::<String>(0)?)?);
                    }
                    let mut messages = Vec::new();
                    for row in tx.dynamic("SELECT body FROM message ORDER BY conversation_id, seq".into(), vec![]).await? {
                        messages.push(serde_json::from_str(&row.get::<String>(0)?)?);
                    }
                    Ok((conversations, messages))
                })
            })
            .await
    }

    /// Inside a conversation the numbers grow by one; on a thread the positions do.
    fn sequences(&self, conversations: &[Conversation], messages: &[Message]) -> Result<()> {
        for c in conversations {
            let seqs: Vec<i64> = messages.iter().filter(|m| m.conversation_id == c.id).map(|m| m.seq).collect();
            ensure!(seqs == (1..=c.last_seq).collect::<Vec<_>>(), "{} has {seqs:?}, last {}", c.id, c.last_seq);
        }
        Ok(())
    }

    /// Each message of a visitor that the door took is one message; none it did not take twice.
    fn visitors(&self, messages: &[Message]) -> Result<()> {
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for message in messages.iter().filter(|m| m.from_contact()) {
            if let Some(id) = &message.client_id {
                *found.entry(id).or_default() += 1;
            }
        }
        for (visitor, id) in &self.memory.chats_taken {
            ensure!(found.get(id.as_str()) == Some(&1), "visitor {visitor}'s {id} is there {:?} times", found.get(id.as_str()));
        }
        ensure!(found.values().all(|count| *count == 1), "doubled: {found:?}");
        Ok(())
    }

    /// Each text of a phone is one message; each of ours reached its phone once, in order, unless we say that nobody knows.
    async fn phones(&self, messages: &[Message]) -> Result<()> {
        let mut heard: BTreeMap<&str, usize> = BTreeMap::new();
        for message in messages.iter().filter(|m| m.from_contact() && m.text.starts_with("sms ")) {
            *heard.entry(&message.text).or_default() += 1;
        }
        for (sid, text) in &self.memory.texted {
            ensure!(heard.get(text.as_str()) == Some(&1), "the text {sid} “{text}” is there {:?} times", heard.get(text.as_str()));
        }
        let ledger = self.carrier.ledger();
        let ws = self.shop.ws;
        for phone in PHONES {
            let account = self.shop.sms;
            let thread = self
                .ground
                .db
                .read(move |tx| Box::pin(async move { store::conversation::thread_by_key(tx, ws, account, phone).await }))
                .await?;
            let Some(thread) = thread else { continue };
            let mut ours: Vec<&Message> =
                messages.iter().filter(|m| m.thread_id == Some(thread.id) && !m.from_contact() && m.notice.is_none()).collect();
            ours.sort_by_key(|m| m.pos);
            let shown = |text: &str| ledger.accepted.iter().filter(|a| a.to == phone && a.body == text.trim()).count();
            for message in &ours {
                let same: Vec<_> = ours.iter().filter(|m| m.text == message.text).collect();
                let sent = same.iter().filter(|m| matches!(m.state, MessageState::Sent | MessageState::Delivered)).count();
                let unsure = same.iter().filter(|m| m.state == MessageState::Uncertain).count();
                let count = shown(&message.text);
                ensure!(
                    count >= sent && count <= sent + unsure,
                    "“{}” went out {count} times to {phone}; {sent} are sent, {unsure} uncertain: {:?}",
                    message.text,
                    same.iter().map(|m| (m.state, m.problem.clone())).collect::<Vec<_>>()
                );
                ensure!(
                    !matches!(message.state, MessageState::Queued | MessageState::Sending),
                    "“{}” is still {:?}",
                    message.text,
                    message.state
                );
            }
            // In order, where each text is unique and none was ever in doubt: after thirty seconds a doubt holds nobody back.
            let doubted = self
                .ground
                .db
                .read(move |tx| {
                    Box::pin(async move {
                        let sql = "SELECT DISTINCT hex(o.message_id) FROM outbox o JOIN attempt a ON a.workspace_id = o.workspace_id AND a.outbox_id = o.id WHERE a.outcome NOT IN ('sent', 'no connection', 'the provider asks to slow down', 'the lease was ending')";
                        tx.dynamic(sql.into(), vec![]).await?.iter().map(|row| Ok(row.get::<String>(0)?)).collect::<Result<Vec<_>>>()
                    })
                })
                .await?;
            let sure = |m: &Message| !doubted.contains(&format!("{:X}", m.id.0.as_simple()));
            let order: Vec<&str> = ledger.accepted.iter().filter(|a| a.to == phone).map(|a| a.body.as_str()).collect();
            let wanted: Vec<&str> = ours.iter().filter(|m| shown(&m.text) == 1 && sure(m)).map(|m| m.text.trim()).collect();
            let got: Vec<&str> = order.into_iter().filter(|text| wanted.contains(text)).collect();
            ensure!(got == wanted, "out of order to {phone}: {got:?} instead of {wanted:?}");
        }
        Ok(())
    }

    /// What agents were told yes to is there: once.
    async fn agents(&self, messages: &[Message]) -> Result<()> {
        for id in &self.memory.replies_taken {
            let count = messages.iter().filter(|m| m.client_id.as_ref() == Some(id)).count();
            ensure!(count == 1, "the reply {id} is there {count} times");
        }
        let ws = self.shop.ws;
        for (id, by) in &self.memory.accepted {
            let id = *id;
            let row = self.ground.db.read(move |tx| Box::pin(async move { store::routing::reservation(tx, ws, id).await })).await?;
            ensure!(row.as_ref().is_some_and(|r| r.accepted_at.is_some()), "{by} was told yes for {id}, which is {row:?}");
        }
        let doubled = self
            .count("SELECT count(*) FROM (SELECT task_id FROM reservation WHERE status IN ('accepted', 'wrapping', 'completed') GROUP BY task_id HAVING count(*) > 1) AS twice")
            .await?;
        ensure!(doubled == 0, "{doubled} tasks were accepted by two");
        Ok(())
    }
}
