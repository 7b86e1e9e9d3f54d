//! Search: tokens are made here, once for both engines, and written by a follower of the stream.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use model::{ContactId, Event, EventKind, Message, MessageId};
use serde::Deserialize;
use store::search::Entry;
use unicode_normalization::UnicodeNormalization;

use crate::Engine;

const PAGE: i64 = 500;
/// Tokens of one text that are kept.
const MAX_TOKENS: usize = 2_000;

/// Lower-case words without accents; runs of Chinese, Japanese and Korean as overlapping pairs, since their words have no blanks.
pub fn tokens(text: &str) -> Vec<String> {
    let folded: String =
        text.nfkd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).flat_map(char::to_lowercase).collect::<String>().replace('ß', "ss");
    // Decomposition also takes Hangul syllables apart; put them together again.
    let folded: String = folded.nfc().collect();
    let mut found = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut plain = String::new();
        let mut run: Vec<char> = Vec::new();
        for c in word.chars() {
            if is_cjk(c) {
                flush_plain(&mut plain, &mut found);
                run.push(c);
            } else {
                flush_run(&mut run, &mut found);
                plain.push(c);
            }
        }
        flush_plain(&mut plain, &mut found);
        flush_run(&mut run, &mut found);
        if found.len() >= MAX_TOKENS {
            break;
        }
    }
    found.truncate(MAX_TOKENS);
    found
}

fn flush_plain(plain: &mut String, found: &mut Vec<String>) {
    if !plain.is_empty() {
        found.push(std::mem::take(plain));
    }
}

fn flush_run(run: &mut Vec<char>, found: &mut Vec<String>) {
    match run.len() {
        0 => {}
        1 => found.push(run[0].to_string()),
        _ => found.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
    }
    run.clear();
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}')
}

/// What a search found, newest first.
#[derive(Debug, Default, Clone)]
pub struct Found {
    pub contacts: Vec<ContactId>,
    pub messages: Vec<MessageId>,
}

impl Engine {
    /// Contacts and messages that hold all words of `query`.
    pub async fn search(&self, ws: i64, query: &str, limit: i64) -> Result<Found> {
        let wanted = tokens(query);
        self.0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let contacts = store::search::find(tx, ws, "contact", &wanted, limit).await?;
                    let messages = store::search::find(tx, ws, "message", &wanted, limit).await?;
                    Ok(Found {
                        contacts: contacts.iter().filter_map(|id| id.parse().ok()).collect(),
                        messages: messages.iter().filter_map(|id| id.parse().ok()).collect(),
                    })
                })
            })
            .await
    }

    /// The search follower: cursor and output in one commit, under a lease. True when it did something.
    pub async fn index_once(&self, ws: i64) -> Result<bool> {
        let Some(lease) = self.acquire(ws, &format!("follower:search:{ws}")).await? else { return Ok(false) };
        let events = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let from = store::event::follower(tx, ws, "search").await?;
                    store::event::after(tx, ws, from, PAGE).await
                })
            })
            .await?;
        let Some(last) = events.last().map(|event| event.seq) else { return Ok(false) };
        // Words are made here, before the commit that all writers wait for.
        let (messages, people) = subjects(&events)?;
        let name = lease.resource.clone();
        let (lease, messages) = (Arc::new(lease), Arc::new(messages));
        let written = self
            .0
            .db
            .write(move |tx| {
                let (lease, messages, people) = (lease.clone(), messages.clone(), people.clone());
                Box::pin(async move {
                    store::lease::fence(tx, &lease).await?;
                    let people = persons(tx, ws, &people).await?;
                    store::search::put(tx, ws, messages.iter().chain(&people).collect()).await?;
                    store::event::put_follower(tx, ws, "search", last).await
                })
            })
            .await;
        if written.is_err() {
            self.lost_lease(&name);
        }
        written.map(|()| true)
    }
}

/// The messages that events added, as they are found, and the people whose entries may have changed.
fn subjects(events: &[Event]) -> Result<(Vec<Entry>, Vec<ContactId>)> {
    let (mut messages, mut people) = (BTreeMap::new(), BTreeSet::new());
    for event in events {
        match event.kind {
            EventKind::MessageAdded => {
                let message = Message::deserialize(&event.body)?;
                if !message.text.is_empty() {
                    let (subject, tokens) = (message.id.to_string(), tokens(&message.text).join(" "));
                    messages.insert(message.id, Entry { kind: "message", subject, tokens });
                }
                if let model::Author::Contact { id, .. } = message.author
                    && message.seq == 1
                {
                    people.insert(id);
                }
            }
            // Of the many updates only those of the words matter: a new wording, or none any more.
            EventKind::MessageUpdated => {
                let message = Message::deserialize(&event.body)?;
                if message.unsent_at.is_some() || !message.earlier.is_empty() {
                    let (subject, tokens) = (message.id.to_string(), tokens(&message.text).join(" "));
                    messages.insert(message.id, Entry { kind: "message", subject, tokens });
                }
            }
            EventKind::PersonUpdated => people.extend(event.contact_id),
            _ => {}
        }
    }
    Ok((messages.into_values().collect(), people.into_iter().collect()))
}

/// A person is found by name, addresses and facts, under the contact that is their root.
async fn persons(tx: &mut db::Tx<'_>, ws: i64, ids: &[ContactId]) -> Result<Vec<Entry>> {
    let roots: BTreeSet<_> = store::contact::by_ids(tx, ws, ids).await?.into_iter().map(|contact| contact.root_id).collect();
    let roots: Vec<_> = roots.into_iter().collect();
    let mut words: BTreeMap<ContactId, Vec<String>> = roots.iter().map(|root| (*root, vec![])).collect();
    let mut add = |root: ContactId, text: &str| words.entry(root).or_default().extend(tokens(text));
    for member in store::contact::of_persons(tx, ws, &roots).await? {
        add(member.root_id, &member.name);
    }
    for (root, address) in store::contact::addresses_of_all(tx, ws, &roots).await?.into_iter().filter(|(_, a)| a.scope.is_empty()) {
        add(root, &address.external_id);
    }
    for (root, fact) in store::contact::facts_of_all(tx, ws, &roots).await? {
        add(root, &fact.value);
    }
    let entries = words.into_iter().map(|(root, words)| Entry { kind: "contact", subject: root.to_string(), tokens: words.join(" ") });
    Ok(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn one_spelling_finds_the_others() {
        assert_eq!(tokens("Grüße, STRASSE!"), ["grusse", "strasse"]);
        assert_eq!(tokens("Straße"), ["strasse"]);
        assert_eq!(tokens("주전자가 왔어요"), ["주전", "전자", "자가", "왔어", "어요"]);
        assert_eq!(tokens("V3드리퍼"), ["v3", "드리", "리퍼"]);
        assert_eq!(tokens("+49 171"), ["49", "171"]);
        assert!(tokens("👩‍👩‍👧 ---").is_empty());
    }
}
