//! How long after the customer's last word a channel lets us write freely (I6.8).

use model::{Capabilities, Conversation, Timestamp};

/// How long it is for a bot or, longer on some channels, for a person, in seconds; `None` = the channel has none.
pub fn window_s(can: &Capabilities, person: bool) -> Option<i64> {
    let window_s = if person { can.reply_window_s.max(can.human_window_s) } else { can.reply_window_s };
    can.reply_window_s.and(window_s)
}

/// When the reply window closes for a bot or, later on some channels, for a person; `None` = the channel has none. Where the customer has not
/// written yet it never opened.
pub fn window_closes(can: &Capabilities, conversation: &Conversation, person: bool) -> Option<Timestamp> {
    let window_s = window_s(can, person)?;
    Some(conversation.last_customer_at.map_or(conversation.created_at, |at| at.plus_secs(window_s)))
}

/// Whether the provider would refuse what we write now.
pub fn window_closed(can: &Capabilities, conversation: &Conversation, person: bool, now: Timestamp) -> bool {
    window_closes(can, conversation, person).is_some_and(|at| at <= now)
}

#[cfg(test)]
mod tests {
    use model::{Author, Ids, Thread};

    use super::*;
    use crate::{NewMessage, add, open};

    fn can(reply_window_s: Option<i64>) -> Capabilities {
        Capabilities { text_limit: 100, reply_window_s, ..Capabilities::default() }
    }

    #[test]
    fn only_the_customers_word_opens_the_window_and_by_the_providers_clock() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 7);
        let at = Timestamp::from_secs;
        let thread = Thread {
            id: ids.next(),
            channel_account_id: ids.next(),
            key: "mia".into(),
            conversation_id: None,
            address_id: None,
            context: serde_json::Value::Null,
            delivered_until: None,
            read_until: None,
        };
        let mut c = open(ids.next(), &thread, ids.next(), None, at(1_000));
        assert!(window_closed(&can(Some(60)), &c, false, at(1_000)), "nobody wrote yet");
        let mia = Author::Contact { id: ids.next(), name: "Mia".into() };
        let mut say = |c: &mut Conversation, author: Author, provider_at: Option<i64>, now: i64| {
            let new = NewMessage { provider_at: provider_at.map(at), ..NewMessage::text(author, Some(thread.id), "x") };
            add(c, ids.next(), new, at(now));
        };
        say(&mut c, mia.clone(), Some(990), 1_000);
        assert_eq!(window_closes(&can(Some(60)), &c, false), Some(at(1_050)));
        assert!(!window_closed(&can(Some(60)), &c, false, at(1_049)));
        assert!(window_closed(&can(Some(60)), &c, false, at(1_050)));
        assert!(!window_closed(&can(None), &c, false, at(9_999)));
        let people = Capabilities { human_window_s: Some(600), ..can(Some(60)) };
        assert!(window_closed(&people, &c, false, at(1_060)) && !window_closed(&people, &c, true, at(1_060)), "a person may write longer");
        say(&mut c, Author::System, None, 1_040);
        assert_eq!(window_closes(&can(Some(60)), &c, false), Some(at(1_050)), "what we say opens nothing");
        say(&mut c, mia.clone(), Some(5_000), 1_045);
        assert_eq!(window_closes(&can(Some(60)), &c, false), Some(at(1_105)), "a provider's clock that runs ahead promises nothing");
        say(&mut c, mia, Some(900), 1_046);
        assert_eq!(window_closes(&can(Some(60)), &c, false), Some(at(1_105)), "an older message that comes late takes nothing back");
    }
}
