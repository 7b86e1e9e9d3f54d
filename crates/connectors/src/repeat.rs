//! Ids for what we send, the same at each try, so that a provider can tell a repeat.

use model::MessageId;
use sha1::{Digest, Sha1};

use crate::contract::Repeatable;

/// The id of one part of a message: the message's own for the first, and one made of it and the number for the others.
pub fn id(message: MessageId, no: i64) -> String {
    if no == 0 { message.0.to_string() } else { key(message, &no.to_string()) }
}

/// How a message that goes out under such an id may be repeated, where the provider keeps ids for so many seconds. What has no id of ours is
/// said once.
pub fn keyed(message: Option<MessageId>, known_s: i64) -> Repeatable {
    message.map_or(Repeatable::Never, |_| Repeatable::Keyed { known_s })
}

/// A UUID, version 5, of `name` in the namespace of a message.
pub fn key(message: MessageId, name: &str) -> String {
    version5(message.0.as_bytes(), name)
}

/// A UUID, version 5, of a text that says all there is to tell apart.
pub fn of(text: &str) -> String {
    version5(&[0; 16], text)
}

fn version5(namespace: &[u8; 16], name: &str) -> String {
    let hash = Sha1::new().chain_update(namespace).chain_update(name.as_bytes()).finalize();
    let mut bytes = [0u8; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    bytes[6] = bytes[6] & 0x0F | 0x50;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex = crate::signature::hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The name of one part of a message, for providers that tell back whatever we give along.
pub fn tag(message: MessageId, no: i64) -> String {
    format!("{message}-{no}")
}

/// The message that a [`tag`] names, and the number of its part; a message's bare id names no part, and what is not ours neither.
pub fn tagged(tag: &str) -> (Option<MessageId>, Option<i64>) {
    match tag.split_once('-') {
        None => (tag.parse().ok(), None),
        Some((message, no)) => match (message.parse(), no.parse()) {
            (Ok(message), Ok(no)) if no >= 0 => (Some(message), Some(no)),
            _ => (None, None),
        },
    }
}

/// The message whose first part was sent under this id; `None` for later parts and for ids that are not ours.
pub fn message(id: &str) -> Option<MessageId> {
    // Ours are of version 7, those of later parts of version 5.
    let ours = id.len() == 36 && id.as_bytes().get(14) == Some(&b'7');
    ours.then(|| format!("IM{}", id.replace('-', "")).parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Ids, Timestamp};

    #[test]
    fn an_id_is_the_same_at_each_try_and_no_other_parts() {
        let one: MessageId = Ids::new(Timestamp::from_secs(1_735_689_700), 7).next();
        assert_eq!(message(&id(one, 0)), Some(one));
        assert_eq!(message(&id(one, 1)), None);
        assert_eq!(message("hello"), None);
        assert_eq!(id(one, 1), id(one, 1));
        assert_ne!(id(one, 1), id(one, 2));
    }

    #[test]
    fn a_tag_names_a_message_and_its_part() {
        let one: MessageId = Ids::new(Timestamp::from_secs(1_735_689_700), 7).next();
        assert_eq!(tagged(&tag(one, 0)), (Some(one), Some(0)));
        assert_eq!(tagged(&tag(one, 12)), (Some(one), Some(12)));
        assert_eq!(tagged(&one.to_string()), (Some(one), None), "as it was given along before parts were named");
        for foreign in ["", "m-1", "hello", &format!("{one}-x"), &format!("{one}--1"), &format!("{one}-")] {
            assert_eq!(tagged(foreign), (None, None), "{foreign}");
        }
    }

    #[test]
    fn a_key_holds_as_long_as_the_provider_knows_it() {
        let (now, long_ago) = (Timestamp::from_secs(1_735_689_700), Timestamp::from_secs(1_735_689_700 - 60));
        let keyed = keyed(Some(Ids::new(now, 7).next()), 61);
        assert!(keyed.at(Some(long_ago), now) && !keyed.at(Some(long_ago), now.plus_secs(1)));
        assert!(keyed.at(None, now.plus_secs(1)), "nothing is in doubt");
        let nameless = super::keyed(None, 61);
        assert_eq!(nameless, Repeatable::Never);
        assert!(nameless.at(None, now) && !nameless.at(Some(now), now));
        assert!(Repeatable::Always.at(Some(long_ago), now.plus_secs(86_400)));
    }

    /// The example of RFC 9562, appendix A.4.
    #[test]
    fn a_published_vector_fits() {
        let dns: MessageId = "IM6ba7b8109dad11d180b400c04fd430c8".parse().unwrap();
        assert_eq!(key(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }
}
