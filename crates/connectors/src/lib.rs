//! The connector contract, and one file per channel that translates a provider's wire format both ways.
//!
//! Invariants: a connector sends nothing, keeps nothing and asks no clock; everything it wants from a provider is a [`Work`]
//! done in [`Step`]s by the sender, which alone knows retries, rate limits, traces, redaction and catching up.
//! This crate knows no database, no HTTP client and no task: its words are bytes in, [`Inbound`] events out, requests out, outcomes in.

pub mod card;
mod contract;
mod custom;
pub mod discord;
mod email;
pub mod extras;
mod gbm;
mod instagram;
pub mod keyword;
mod line;
mod messenger;
mod meta;
pub mod name;
pub mod native;
pub mod phone;
pub mod repeat;
#[cfg(test)]
pub(crate) mod samples;
pub mod signature;
pub mod silence;
pub mod sms;
pub mod text;
pub mod webchat;
mod whatsapp;
pub mod wire;

pub use contract::*;

/// Every channel of the house. A test fails when this list and the folder of fixtures differ.
pub const ALL: &[&dyn Connector] = &[
    &sms::Sms,
    &webchat::Webchat,
    &messenger::Messenger,
    &instagram::Instagram,
    &whatsapp::Whatsapp,
    &line::Line,
    &gbm::Gbm,
    &custom::Custom,
    &discord::Discord,
    &email::Email,
];

/// The connector of a channel kind among `connectors`.
pub fn find<'a>(connectors: &[&'a dyn Connector], kind: &str) -> Option<&'a dyn Connector> {
    connectors.iter().find(|connector| connector.kind() == kind).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_has_fixtures_and_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
        let mut found: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        found.sort();
        let mut listed: Vec<&str> = ALL.iter().map(|connector| connector.kind()).collect();
        listed.sort();
        assert_eq!(found, listed);
    }

    #[test]
    fn who_shows_cards_says_how_many() {
        for connector in ALL {
            let can = connector.capabilities(&samples::account(connector.kind(), &[], &[]));
            assert_eq!(can.says.contains(&model::Feature::Card), can.cards.is_some(), "{}", connector.kind());
        }
    }

    #[test]
    fn who_has_messages_of_their_own_form_says_so() {
        for connector in ALL {
            let can = connector.capabilities(&samples::account(connector.kind(), &[], &[]));
            assert_eq!(can.says.contains(&model::Feature::Native), connector.native().is_some(), "{}", connector.kind());
        }
    }

    #[test]
    fn every_setting_is_labelled_and_explained() {
        for connector in ALL {
            for setting in connector.settings() {
                assert!(!setting.label.is_empty() && !setting.help.is_empty(), "{} {}", connector.kind(), setting.key);
            }
        }
    }
}
