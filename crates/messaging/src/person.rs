//! What is known of a person, read from facts that may stand on several contacts.

use std::collections::BTreeMap;

use model::{Contact, Fact};

/// One value per key: a verified one before an unverified one, then the newest.
pub fn summary_facts(facts: &[Fact]) -> BTreeMap<String, Fact> {
    let mut known: BTreeMap<String, Fact> = BTreeMap::new();
    for fact in facts {
        match known.get(&fact.key) {
            Some(held) if (held.verified, held.at) > (fact.verified, fact.at) => {}
            _ => {
                known.insert(fact.key.clone(), fact.clone());
            }
        }
    }
    known
}

/// The person's preferred language, as they or an agent told it.
pub fn language(facts: &BTreeMap<String, Fact>) -> Option<&str> {
    facts.get("language").map(|fact| fact.value.as_str()).filter(|value| !value.is_empty())
}

/// The name to show: theirs, else what they told the bot, else the address.
pub fn display_name(contact: &Contact, facts: &BTreeMap<String, Fact>, address: &str) -> String {
    if !contact.name.is_empty() {
        return contact.name.clone();
    }
    facts.get("name").map(|fact| fact.value.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{FactSource, Ids, Timestamp};

    #[test]
    fn proven_facts_outlive_newer_hearsay() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let contact_id = ids.next();
        let fact = |value: &str, verified, at| Fact {
            contact_id,
            key: "email".into(),
            value: value.into(),
            source: FactSource::Customer,
            verified,
            at: Timestamp::from_secs(at),
        };
        let known = summary_facts(&[fact("proven@x", true, 1), fact("typed@x", false, 9)]);
        assert_eq!(known["email"].value, "proven@x");
        let known = summary_facts(&[fact("old@x", false, 1), fact("new@x", false, 9)]);
        assert_eq!(known["email"].value, "new@x");
    }
}
