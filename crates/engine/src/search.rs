//! Search: tokens are made here, once for both engines, and written by a follower of the stream.

use std::collections::BTreeMap;

use anyhow::Result;
use model::{ContactId, EventKind, Message, MessageId};
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
        let Some(lease) = self.acquire(&format!("follower:search:{ws}")).await? else { return Ok(false) };
        let done = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let from = store::event::follower(tx, ws, "search").await?;
                    Ok((from, store::event::after(tx, ws, from, PAGE).await?))
                })
            })
            .await?;
        let (_, events) = done;
        let Some(last) = events.last().map(|event| event.seq) else { return Ok(false) };
        let (lease, events) = (std::sync::Arc::new(lease), std::sync::Arc::new(events));
        let name = lease.resource.clone();
        let written = self
            .0
            .db
            .write(move |tx| {
                let (lease, events) = (lease.clone(), events.clone());
                Box::pin(async move {
                    store::lease::fence(tx, &lease).await?;
                    let mut found = BTreeMap::new();
                    for event in events.iter() {
                        match event.kind {
                            EventKind::MessageAdded => {
                                let message: Message = serde_json::from_value(event.body.clone())?;
                                if !message.text.is_empty() {
                                    let (subject, tokens) = (message.id.to_string(), tokens(&message.text).join(" "));
                                    found.insert(subject.clone(), Entry { kind: "message", subject, tokens });
                                }
                                if let model::Author::Contact { id, .. } = message.author
                                    && message.seq == 1
                                {
                                    found.extend(person(tx, ws, id).await?);
                                }
                            }
                            EventKind::PersonUpdated => {
                                if let Some(id) = event.contact_id {
                                    found.extend(person(tx, ws, id).await?);
                                }
                            }
                            _ => {}
                        }
                    }
                    store::search::put(tx, ws, found.into_values().collect()).await?;
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

/// A person is found by name, addresses and facts, under the contact that is their root.
async fn person(tx: &mut db::Tx<'_>, ws: i64, id: ContactId) -> Result<Option<(String, Entry)>> {
    let Some(contact) = store::contact::by_id(tx, ws, id).await? else { return Ok(None) };
    let root = contact.root_id;
    let mut words = Vec::new();
    for member in store::contact::of_person(tx, ws, root).await? {
        words.extend(tokens(&member.name));
    }
    for address in store::contact::addresses_of(tx, ws, root).await?.into_iter().filter(|a| a.channel != "webchat") {
        words.extend(tokens(&address.external_id));
    }
    for fact in store::contact::facts_of(tx, ws, root).await? {
        words.extend(tokens(&fact.value));
    }
    let subject = root.to_string();
    Ok(Some((subject.clone(), Entry { kind: "contact", subject, tokens: words.join(" ") })))
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
