//! Ids for what we send, the same at each try, so that a provider can tell a repeat.

use model::MessageId;
use sha1::{Digest, Sha1};

/// The id of one part of a message: the message's own for the first, and one made of it and the number for the others.
pub fn id(message: MessageId, no: i64) -> String {
    if no == 0 { message.0.to_string() } else { key(message, &no.to_string()) }
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

    /// The example of RFC 9562, appendix A.4.
    #[test]
    fn a_published_vector_fits() {
        let dns: MessageId = "IM6ba7b8109dad11d180b400c04fd430c8".parse().unwrap();
        assert_eq!(key(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }
}
