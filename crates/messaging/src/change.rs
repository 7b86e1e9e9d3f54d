//! What happens to a message after it was said: edits, taking back, reactions, quotes; and answers chosen from a menu.

use model::message::{Earlier, Reaction};
use model::{Message, Offer, Quote, Timestamp};

/// Earlier wordings that are kept of one message; of more the oldest go.
const EARLIER_KEPT: usize = 20;
/// Reactions that are kept on one message.
const REACTIONS_KEPT: usize = 100;
/// So much of a quoted message is shown with its answer, in characters.
const QUOTE_LENGTH: usize = 120;

/// Takes a new wording; what it said before is kept. `no` counts the edits where the provider does, else it is 0.
/// True when something changed: an older edit that comes late, the same words again, and what was taken back change nothing.
pub fn edit(message: &mut Message, text: &str, no: i64, at: Timestamp) -> bool {
    if message.unsent_at.is_some() || no > 0 && no <= message.edit_no || message.text == text {
        return false;
    }
    message.edit_no = message.edit_no.max(no);
    let said = std::mem::replace(&mut message.text, text.to_owned());
    message.earlier.push(Earlier { text: said, until: at });
    if message.earlier.len() > EARLIER_KEPT {
        message.earlier.remove(0);
    }
    true
}

/// Empties a message that its writer took back, and answers the files that must go with it. `None` when that has been done.
pub fn unsend(message: &mut Message, at: Timestamp) -> Option<Vec<model::Attachment>> {
    if message.unsent_at.is_some() {
        return None;
    }
    message.unsent_at = Some(at);
    message.text.clear();
    message.earlier.clear();
    message.extras.clear();
    message.cards.clear();
    message.choices.clear();
    message.choice = None;
    message.reply_to = None;
    Some(std::mem::take(&mut message.attachments))
}

/// Puts a reaction on a message or takes it away; true when something changed. `alone`: one reaction to a person.
/// Taking away without an emoji takes all of that person's, and without a person on the other side everybody's.
pub fn react(message: &mut Message, reaction: Reaction, added: bool, alone: bool) -> bool {
    let before = message.reactions.clone();
    let everybodys = reaction.by.is_empty() && !reaction.ours && !added;
    let same = |one: &Reaction| (everybodys || one.by == reaction.by) && (one.emoji == reaction.emoji || reaction.emoji.is_empty());
    if !added {
        message.reactions.retain(|one| !same(one));
    } else if !message.reactions.iter().any(same) && message.unsent_at.is_none() {
        message.reactions.retain(|one| !(alone && one.by == reaction.by));
        if message.reactions.len() < REACTIONS_KEPT {
            message.reactions.push(reaction);
        }
    }
    message.reactions != before
}

/// How a message is quoted by the one that answers it.
pub fn quote(message: &Message, name: &str) -> Quote {
    let text = match (&message.text, message.attachments.first()) {
        (text, Some(file)) if text.is_empty() => file.name.clone(),
        _ => message.words().chars().take(QUOTE_LENGTH).collect(),
    };
    Quote { message_id: message.id, text, name: name.to_owned() }
}

/// The answers that a message offers, in the order of their numbers.
pub fn offers(message: &Message) -> Vec<Offer> {
    let cards = model::card::replies(&message.cards).map(|(label, means)| Offer { label: label.to_owned(), means: means.to_owned() });
    cards.chain(message.choices.iter().map(|choice| Offer { label: choice.clone(), means: choice.clone() })).collect()
}

/// Which of the offered answers a customer means who tapped its button, or wrote its number or its words. Words that stand on several
/// buttons mean none of them.
pub fn chosen<'a>(text: &str, tapped: Option<&str>, offers: &'a [Offer]) -> Option<&'a str> {
    let said = text.trim();
    let by_tap = tapped.and_then(|tapped| offers.iter().find(|offer| offer.means == tapped));
    let number = said.trim_end_matches(['.', ')']).trim_start_matches(['#', '(']).trim();
    let by_number = || number.parse::<usize>().ok().and_then(|no| offers.get(no.checked_sub(1)?));
    let same = |words: &str| words.trim().to_lowercase() == said.to_lowercase();
    let by_meaning = || offers.iter().find(|offer| same(&offer.means));
    let by_words = || {
        let mut labelled = offers.iter().filter(|offer| same(&offer.label));
        labelled.next().filter(|_| labelled.next().is_none())
    };
    by_tap.or_else(by_number).or_else(by_meaning).or_else(by_words).map(|offer| offer.means.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewMessage, add, open};
    use model::{Author, Ids, MessageState};

    fn message() -> Message {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let thread = crate::conversation::tests::thread(&mut ids);
        let contact = ids.next();
        let mut conversation = open(ids.next(), &thread, contact, None, Timestamp::from_secs(1));
        let author = Author::Contact { id: contact, name: "Mia".into() };
        add(&mut conversation, ids.next(), NewMessage::text(author, Some(thread.id), "Blue"), Timestamp::from_secs(2))
    }

    fn by(who: &str, emoji: &str) -> Reaction {
        Reaction { by: who.into(), name: who.into(), ours: false, emoji: emoji.into(), at: Timestamp::from_secs(3) }
    }

    #[test]
    fn an_edit_keeps_what_was_said_and_an_old_one_changes_nothing() {
        let mut one = message();
        assert!(edit(&mut one, "Green", 2, Timestamp::from_secs(5)));
        assert!(!edit(&mut one, "Grey", 1, Timestamp::from_secs(6)), "it came late");
        assert!(!edit(&mut one, "Green", 0, Timestamp::from_secs(6)));
        assert_eq!((one.text.as_str(), one.earlier.len(), one.earlier[0].text.as_str()), ("Green", 1, "Blue"));
        assert_eq!(one.state, MessageState::Sent);
    }

    #[test]
    fn what_was_taken_back_is_gone_for_good() {
        let mut one = message();
        edit(&mut one, "Green", 0, Timestamp::from_secs(5));
        assert_eq!(unsend(&mut one, Timestamp::from_secs(7)), Some(vec![]));
        assert_eq!(unsend(&mut one, Timestamp::from_secs(8)), None);
        assert!(one.text.is_empty() && one.earlier.is_empty());
        assert!(!edit(&mut one, "Red", 0, Timestamp::from_secs(9)), "an edit that comes after it");
        assert!(!react(&mut one, by("mia", "❤"), true, true));
    }

    #[test]
    fn reactions_are_one_to_a_person_or_many() {
        let mut one = message();
        assert!(react(&mut one, by("mia", "❤"), true, true));
        assert!(!react(&mut one, by("mia", "❤"), true, true), "twice is once");
        assert!(react(&mut one, by("mia", "👍"), true, true));
        assert!(react(&mut one, by("tom", "👍"), true, false));
        assert!(react(&mut one, by("tom", "🎉"), true, false));
        let shown = |one: &Message| one.reactions.iter().map(|r| format!("{} {}", r.by, r.emoji)).collect::<Vec<_>>();
        assert_eq!(shown(&one), ["mia 👍", "tom 👍", "tom 🎉"]);
        assert!(react(&mut one, by("tom", ""), false, false));
        assert!(!react(&mut one, by("mia", "❤"), false, true), "that one is gone already");
        assert_eq!(shown(&one), ["mia 👍"]);
        react(&mut one, by("tom", "👍"), true, false);
        react(&mut one, by("tom", "🎉"), true, false);
        assert!(react(&mut one, by("", "👍"), false, false), "a moderator took them from everybody");
        assert_eq!(shown(&one), ["tom 🎉"]);
        assert!(!react(&mut one, Reaction { ours: true, ..by("", "") }, false, true), "nobody of us had put one");
        assert!(react(&mut one, by("", ""), false, false));
        assert!(one.reactions.is_empty());
    }

    #[test]
    fn a_menu_is_answered_by_tap_by_number_or_by_words() {
        let offer = |label: &str, means: &str| Offer { label: label.into(), means: means.into() };
        let offers = [offer("Order", "Order"), offer("Book", "Book room 1"), offer("Book", "Book room 2"), offer("Call", "Call me")];
        let meant = [
            ("1", Some("Order")),
            (" 2. ", Some("Book room 1")),
            ("#3", Some("Book room 2")),
            ("order", Some("Order")),
            ("book room 2", Some("Book room 2")),
            ("call", Some("Call me")),
            ("Book", None),
        ];
        for (said, meant) in meant {
            assert_eq!(chosen(said, None, &offers), meant, "{said}");
        }
        assert_eq!(chosen("Book", Some("Book room 2"), &offers), Some("Book room 2"));
        for said in ["0", "5", "", "12", "my order"] {
            assert_eq!(chosen(said, Some("of an older message"), &offers), None, "{said}");
        }
    }
}
