//! Where a frame stands in what the gateway tells: what the transport names in `from`, and what is kept to go on after a cut.

use std::fmt;
use std::str::FromStr;

use model::Timestamp;

use crate::contract::Cursor;

/// A session of one shard. Sessions follow each other, so the time a session began stands in front wherever positions are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub shard: u32,
    /// How many shards there are; at least one.
    pub shards: u32,
    /// When this session was identified, by our clock.
    pub began: Timestamp,
    /// Discord's id of the session.
    pub session: String,
    /// Where to resume it.
    pub url: String,
}

/// The key of the cursor of a shard. With another number of shards no session goes on.
pub fn cursor_key(shard: u32, shards: u32) -> String {
    format!("gateway:{shard}/{shards}")
}

/// The key of the cursor that holds the last message a shard was told of, in whatever session: what came later may have been missed.
pub fn told_key(shard: u32, shards: u32) -> String {
    format!("told:{shard}/{shards}")
}

impl Place {
    /// The cursor after the event with this number.
    pub(super) fn cursor(&self, number: u64) -> Cursor {
        let began = self.began.millis();
        let value = format!("{began:015}:{}:{number:020}:{}", self.session, self.url);
        Cursor { key: cursor_key(self.shard, self.shards), value }
    }

    /// The cursor after the message with this id; `None` where it is no id. Ids hold their time, so they grow all over Discord.
    pub(super) fn told(&self, id: &str) -> Option<Cursor> {
        let id: u64 = id.parse().ok()?;
        Some(Cursor { key: told_key(self.shard, self.shards), value: format!("{id:020}") })
    }

    /// The session and the number of the last event that was kept.
    pub fn of_cursor(shard: u32, shards: u32, value: &str) -> Option<(Self, u64)> {
        let mut parts = value.splitn(4, ':');
        let began = Timestamp::from_millis(parts.next()?.parse().ok()?);
        let session = parts.next().filter(|session| is_session(session))?.to_owned();
        let number = parts.next()?.parse().ok()?;
        let url = parts.next()?.to_owned();
        Some((Self { shard, shards, began, session, url }, number))
    }
}

/// Whether this can be a session's id; others are not kept, and begin anew after a restart.
pub fn is_session(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=.".contains(&byte))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {} {} {}", self.shard, self.shards, self.began.millis(), self.session, self.url)
    }
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut words = text.split(' ');
            let (shard, shards) = words.next()?.split_once('/')?;
            Some(Self {
                shard: shard.parse().ok()?,
                shards: shards.parse().ok()?,
                began: Timestamp::from_millis(words.next()?.parse().ok()?),
                session: words.next().filter(|session| is_session(session))?.to_owned(),
                url: words.next().unwrap_or_default().to_owned(),
            })
        };
        read().ok_or("this is no place in a gateway's session")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(began: i64) -> Place {
        let url = "wss://gateway-us-east1-b.discord.gg".into();
        Place { shard: 0, shards: 2, began: Timestamp::from_millis(began), session: "abc".into(), url }
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        assert_eq!(place(7).to_string().parse(), Ok(place(7)));
        assert_eq!(Place::of_cursor(0, 2, &place(7).cursor(42).value), Some((place(7), 42)));
        for bad in ["", "0/1", "0/1 7 a:b wss://x", "0 7 abc wss://x"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }

    #[test]
    fn positions_grow_as_texts_within_a_session_and_from_one_to_the_next() {
        let value = |began, number| place(began).cursor(number).value;
        assert!(value(7, 9) < value(7, 10));
        assert!(value(7, 1_000_000) < value(1_735_689_700_000, 1));
    }
}
