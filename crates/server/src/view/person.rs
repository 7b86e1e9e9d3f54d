//! A person: all contacts of one root, with what is known, where they wrote, and who claims the same address.

use std::collections::BTreeMap;

use anyhow::Result;
use db::Tx;
use messaging::summary_facts;
use model::{Contact, ContactId, Fact, FieldSubject, FormFieldKind};
use serde::Serialize;
use store::contact::Join;
use store::listing::Wanted;
use utoipa::ToSchema;

use super::{ChannelMark, Lens, by, maybe, time};

/// Earlier conversations shown with a person.
const EARLIER: i64 = 50;
const PREVIEW: usize = 160;

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ContactSummary {
    pub id: String,
    pub person_id: String,
    pub name: String,
    pub address: String,
    pub language: Option<String>,
    pub vip: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PersonAddress {
    pub id: String,
    pub contact_id: String,
    pub channel: String,
    pub value: String,
    /// It means something within its channel account only, and nothing to people.
    pub opaque: bool,
    pub verified: bool,
    pub opted_out: bool,
    /// The newest evidence of an opt-out or a coming back, if there was any.
    pub consent: Option<ConsentView>,
    pub present: bool,
}

/// Why an address may be written to or not.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConsentView {
    pub opted_out: bool,
    pub at: String,
    /// The word's rule, e.g. `STOP`, `FR ARRET` or `account WEG`; `provider` and `blocked` where nothing was written.
    pub rule: String,
    /// What they wrote; empty where nothing was.
    pub word: String,
    pub conversation_id: Option<String>,
    pub message_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FactView {
    pub key: String,
    /// How its custom field or the bot's rule for it calls it in the workspace's language; the key where there is none.
    pub label: String,
    /// The same by language, as far as the rule has them.
    pub labels: BTreeMap<String, String>,
    pub value: String,
    /// customer, bot, flow, agent, token or channel.
    pub source: String,
    pub verified: bool,
    pub at: String,
    pub contact_id: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EarlierConversation {
    pub id: String,
    pub channel: ChannelMark,
    pub state: String,
    pub created_at: String,
    pub closed_at: Option<String>,
    pub preview: String,
    /// What there is instead of words: see `LastMessage.what`.
    pub what: String,
    pub worker: Option<String>,
    pub disposition: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClaimView {
    pub address: String,
    pub channel: String,
    pub person_id: String,
    pub name: String,
    /// us, them or nobody.
    pub proven_by: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct JoinView {
    pub id: String,
    pub at: String,
    pub by: String,
    /// channel, code, token or agent.
    pub evidence: String,
    pub undone_at: Option<String>,
    pub contact_ids: Vec<String>,
    /// Who came to this person by it: a name, empty where they told none, and the addresses.
    pub name: String,
    pub addresses: Vec<JoinedAddress>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct JoinedAddress {
    pub channel: String,
    pub value: String,
    /// It means something within its channel account only, and nothing to people.
    pub opaque: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PersonView {
    pub id: String,
    pub name: String,
    pub contact_ids: Vec<String>,
    pub addresses: Vec<PersonAddress>,
    pub facts: Vec<FactView>,
    pub blocked: bool,
    pub created_at: String,
    /// Empty in lists, as are claims and joins.
    pub conversations: Vec<EarlierConversation>,
    pub claims: Vec<ClaimView>,
    pub joins: Vec<JoinView>,
    pub version: i64,
}

impl Lens {
    /// Persons of these root contacts, for lists.
    pub async fn persons(&self, tx: &mut Tx<'_>, roots: &[Contact]) -> Result<Vec<PersonView>> {
        let ids: Vec<ContactId> = roots.iter().map(|contact| contact.id).collect();
        let people = self.people(tx, &ids).await?;
        let all = store::contact::of_persons(tx, self.ws, &ids).await?;
        let contact_ids: Vec<ContactId> = all.iter().map(|contact| contact.id).collect();
        let addresses = store::listing::addresses_by_contacts(tx, self.ws, &contact_ids).await?;
        let address_ids: Vec<_> = addresses.iter().map(|address| address.id).collect();
        let consents = store::consent::newest(tx, self.ws, &address_ids).await?;
        let facts = store::listing::facts_by_contacts(tx, self.ws, &contact_ids).await?;
        let views = roots.iter().map(|root| {
            let mine: Vec<&Contact> = all.iter().filter(|contact| contact.root_id == root.id).collect();
            let is_mine = |id: ContactId| mine.iter().any(|contact| contact.id == id);
            let own: Vec<Fact> = facts.iter().filter(|fact| is_mine(fact.contact_id)).cloned().collect();
            let addresses = addresses.iter().filter(|address| is_mine(address.contact_id)).map(|address| PersonAddress {
                id: address.id.to_string(),
                contact_id: address.contact_id.to_string(),
                channel: self.shown_channel(&address.channel),
                value: address.external_id.clone(),
                opaque: !address.scope.is_empty(),
                verified: address.verified,
                opted_out: address.opted_out,
                consent: consents.get(&address.id).map(|one| ConsentView {
                    opted_out: one.opted_out,
                    at: time(one.at),
                    rule: one.rule.clone(),
                    word: one.word.clone(),
                    conversation_id: one.conversation_id.map(|id| id.to_string()),
                    message_id: one.message_id.map(|id| id.to_string()),
                }),
                present: self.is_present(&address.scope, &address.external_id),
            });
            let mut contact_ids: Vec<String> = mine.iter().map(|contact| contact.id.to_string()).collect();
            contact_ids.sort();
            PersonView {
                id: root.id.to_string(),
                name: people.summary(root.id, None).name,
                contact_ids,
                addresses: addresses.collect(),
                facts: summary_facts(&own).into_values().map(|fact| self.fact(&fact)).collect(),
                blocked: mine.iter().any(|contact| contact.blocked),
                created_at: time(mine.iter().map(|contact| contact.created_at).min().unwrap_or(root.created_at)),
                conversations: Vec::new(),
                claims: Vec::new(),
                joins: Vec::new(),
                version: root.version,
            }
        });
        Ok(views.collect())
    }

    /// One person with everything; `visible_to` limits the conversations to those a worker may read.
    pub async fn person(&self, tx: &mut Tx<'_>, root: &Contact, visible_to: Option<model::WorkerId>) -> Result<Option<PersonView>> {
        let Some(mut person) = self.persons(tx, std::slice::from_ref(root)).await?.pop() else { return Ok(None) };
        let wanted = Wanted { person: Some(root.id), visible_to, limit: EARLIER, ..Wanted::default() };
        let conversations = store::listing::conversations(tx, self.ws, &wanted).await?;
        let mut dispositions: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
        for c in &conversations {
            let tasks = store::routing::tasks_of(tx, self.ws, c.id).await?;
            let last = tasks.iter().rev().find(|task| task.worker_id.is_some());
            let worker = match last.and_then(|task| task.worker_id) {
                Some(id) => store::listing::worker_names(tx, self.ws, &[id]).await?.remove(&id),
                None => None,
            };
            dispositions.insert(c.id.to_string(), (worker, last.and_then(|task| task.disposition.clone())));
        }
        person.conversations = self
            .conversations(tx, &conversations)
            .await?
            .into_iter()
            .map(|c| {
                let (worker, disposition) = dispositions.remove(&c.id).unwrap_or_default();
                let (preview, what) = c.last_message.map(|m| (m.text.chars().take(PREVIEW).collect(), m.what)).unwrap_or_default();
                EarlierConversation {
                    preview,
                    what,
                    id: c.id,
                    channel: c.channel,
                    state: c.state,
                    created_at: c.created_at,
                    closed_at: c.closed_at,
                    worker,
                    disposition,
                }
            })
            .collect();
        person.claims = self.claims(tx, root.id).await?;
        let joins = store::contact::joins_of(tx, self.ws, root.id).await?;
        person.joins = self.joins(tx, &joins).await?;
        Ok(Some(person))
    }

    fn is_present(&self, scope: &str, key: &str) -> bool {
        scope.parse().is_ok_and(|account| self.presence.has(account, key))
    }

    fn fact(&self, fact: &Fact) -> FactView {
        let field = self.config.fields.iter().find(|field| field.subject == FieldSubject::Contact && field.key == fact.key);
        let labels = field
            .map(|field| &field.labels)
            .or_else(|| self.config.bot.labels(&fact.key))
            .cloned()
            .or_else(|| self.asked_as(&fact.key))
            .unwrap_or_default();
        let language = self.config.workspace.settings.default_language.code();
        FactView {
            key: fact.key.clone(),
            label: labels.get(language).unwrap_or(&fact.key).clone(),
            labels,
            value: fact.value.clone(),
            source: store::contact::source_word(fact.source).into(),
            verified: fact.verified,
            at: time(fact.at),
            contact_id: fact.contact_id.to_string(),
        }
    }

    /// How a webchat's form calls what it asks for. Names and addresses are the same words everywhere, and a consent's wording is long.
    fn asked_as(&self, key: &str) -> Option<BTreeMap<String, String>> {
        let mut fields = self.config.accounts.values().flat_map(|account| connectors::webchat::form::fields(account));
        fields.find(|field| field.key == key && matches!(field.kind, FormFieldKind::Text | FormFieldKind::Choice)).map(|field| field.label)
    }

    /// Others with the same address as we claim, or who claim one of ours.
    async fn claims(&self, tx: &mut Tx<'_>, root: ContactId) -> Result<Vec<ClaimView>> {
        let mut found: BTreeMap<(ContactId, String, String), &str> = BTreeMap::new();
        for (channel, value) in store::contact::claims_of(tx, self.ws, root).await? {
            for other in store::contact::claimants(tx, self.ws, &channel, &value).await? {
                found.entry((other, channel.clone(), value.clone())).or_insert("nobody");
            }
            if let Some(address) = store::contact::address_by_value(tx, self.ws, &channel, "", &value).await?
                && let Some(owner) = store::contact::by_id(tx, self.ws, address.contact_id).await?
            {
                found.insert((owner.root_id, channel.clone(), value.clone()), "them");
            }
        }
        for address in store::contact::addresses_of(tx, self.ws, root).await? {
            for other in store::contact::claimants(tx, self.ws, &address.channel, &address.external_id).await? {
                found.insert((other, address.channel.clone(), address.external_id.clone()), "us");
            }
        }
        found.retain(|(other, ..), _| *other != root);
        let others: Vec<ContactId> = found.keys().map(|(other, ..)| *other).collect();
        let people = self.people(tx, &others).await?;
        let claims = found.into_iter().map(|((other, channel, address), proven_by)| ClaimView {
            name: people.summary(other, None).name,
            person_id: other.to_string(),
            address,
            channel: self.shown_channel(&channel),
            proven_by: proven_by.into(),
        });
        Ok(claims.collect())
    }

    async fn joins(&self, tx: &mut Tx<'_>, joins: &[Join]) -> Result<Vec<JoinView>> {
        let users: Vec<model::UserId> = joins.iter().filter_map(|join| join.actor.parse().ok()).collect();
        let users = by(store::access::users_by_ids(tx, &users).await?, |user| user.id.to_string());
        let moved: Vec<ContactId> = joins.iter().flat_map(|join| join.moved.iter().map(|(contact, _)| *contact)).collect();
        let contacts = store::contact::by_ids(tx, self.ws, &moved).await?;
        let addresses = store::listing::addresses_by_contacts(tx, self.ws, &moved).await?;
        let of = |join: &Join, contact: ContactId| join.moved.iter().any(|(moved, _)| *moved == contact);
        let views = joins.iter().map(|join| JoinView {
            id: join.id.to_string(),
            at: time(join.at),
            by: users.get(&join.actor).map_or_else(|| join.actor.clone(), |user| user.name.clone()),
            evidence: join.evidence.clone(),
            undone_at: maybe(join.undone_at),
            contact_ids: join.moved.iter().map(|(contact, _)| contact.to_string()).collect(),
            name: contacts.iter().find(|c| of(join, c.id) && !c.name.is_empty()).map(|c| c.name.clone()).unwrap_or_default(),
            addresses: addresses
                .iter()
                .filter(|address| of(join, address.contact_id))
                .map(|address| JoinedAddress {
                    channel: self.shown_channel(&address.channel),
                    value: address.external_id.clone(),
                    opaque: !address.scope.is_empty(),
                })
                .collect(),
        });
        Ok(views.collect())
    }
}
