//! What is known of the people behind many contacts, loaded at once: a person is all contacts of one root.

use std::collections::BTreeMap;

use anyhow::Result;
use db::Tx;
use messaging::{display_name, language, summary_facts};
use model::{Address, AddressId, Contact, ContactId, Fact};

use super::{ContactSummary, Lens};

/// Facts that make a customer a very important one.
const VIP: &[&str] = &["true", "yes", "1", "vip"];

pub struct People {
    contacts: BTreeMap<ContactId, Contact>,
    facts: BTreeMap<ContactId, BTreeMap<String, Fact>>,
    addresses: BTreeMap<ContactId, Vec<Address>>,
    by_address: BTreeMap<AddressId, Address>,
}

impl Lens {
    /// Everything about the persons behind these contacts.
    pub async fn people(&self, tx: &mut Tx<'_>, ids: &[ContactId]) -> Result<People> {
        let mut asked = ids.to_vec();
        asked.sort();
        asked.dedup();
        let mut roots: Vec<ContactId> =
            store::contact::by_ids(tx, self.ws, &asked).await?.into_iter().map(|contact| contact.root_id).collect();
        roots.sort();
        roots.dedup();
        let contacts = store::contact::of_persons(tx, self.ws, &roots).await?;
        let all: Vec<ContactId> = contacts.iter().map(|contact| contact.id).collect();
        let root_of: BTreeMap<ContactId, ContactId> = contacts.iter().map(|contact| (contact.id, contact.root_id)).collect();
        let mut facts: BTreeMap<ContactId, Vec<Fact>> = BTreeMap::new();
        for fact in store::listing::facts_by_contacts(tx, self.ws, &all).await? {
            let root = root_of.get(&fact.contact_id).copied().unwrap_or(fact.contact_id);
            facts.entry(root).or_default().push(fact);
        }
        let mut addresses: BTreeMap<ContactId, Vec<Address>> = BTreeMap::new();
        let mut by_address = BTreeMap::new();
        for address in store::listing::addresses_by_contacts(tx, self.ws, &all).await? {
            by_address.insert(address.id, address.clone());
            addresses.entry(address.contact_id).or_default().push(address);
        }
        Ok(People {
            contacts: contacts.into_iter().map(|contact| (contact.id, contact)).collect(),
            facts: facts.into_iter().map(|(root, facts)| (root, summary_facts(&facts))).collect(),
            addresses,
            by_address,
        })
    }
}

impl People {
    pub fn contact(&self, id: ContactId) -> Option<&Contact> {
        self.contacts.get(&id)
    }
    pub fn address(&self, id: AddressId) -> Option<&Address> {
        self.by_address.get(&id)
    }

    /// A customer in one line; `address` is the one they write from.
    pub fn summary(&self, id: ContactId, address: Option<AddressId>) -> ContactSummary {
        let contact = self.contacts.get(&id);
        let root = contact.map_or(id, |contact| contact.root_id);
        let empty = BTreeMap::new();
        let facts = self.facts.get(&root).unwrap_or(&empty);
        let written = address.and_then(|id| self.by_address.get(&id)).or_else(|| self.addresses.get(&id).and_then(|all| all.first()));
        let address = written.map(|address| shown(address, facts)).unwrap_or_default();
        // The person's own name, else this contact's, else what is known.
        let named = [self.contacts.get(&root), contact].into_iter().flatten().find(|contact| !contact.name.is_empty()).or(contact);
        ContactSummary {
            id: id.to_string(),
            person_id: root.to_string(),
            name: named.map(|contact| display_name(contact, facts, &address)).unwrap_or_default(),
            language: language(facts).map(str::to_owned),
            vip: facts.get("vip").is_some_and(|fact| VIP.contains(&fact.value.to_ascii_lowercase().as_str())),
            address,
        }
    }
}

/// An address as people read it. One that means something within its channel account only is no word for anybody: the mail address they
/// gave says more, and else its last digits.
fn shown(address: &Address, facts: &BTreeMap<String, Fact>) -> String {
    if address.scope.is_empty() {
        return address.external_id.clone();
    }
    let mail = facts.get("email").map(|fact| fact.value.clone()).filter(|value| !value.is_empty());
    mail.unwrap_or_else(|| {
        let digits: Vec<char> = address.external_id.chars().filter(char::is_ascii_hexdigit).collect();
        let end: String = digits[digits.len().saturating_sub(6)..].iter().collect();
        format!("#{:0>6}", end.to_ascii_lowercase())
    })
}
