//! Tickets that open a door once and soon: kept in memory, gone with the process, bound to what they were given for.

use std::collections::HashMap;
use std::sync::Mutex;

use anyhow::Result;
use model::Timestamp;

use crate::access::secret;

/// How long a ticket may wait, in seconds.
const VALID_S: i64 = 30;
/// Tickets waiting at once; beyond it the oldest make room, so that a flood cannot lock the door for good.
const MOST: usize = 50_000;

pub struct Tickets<T> {
    waiting: Mutex<HashMap<String, (Timestamp, T)>>,
}

impl<T> Default for Tickets<T> {
    fn default() -> Self {
        Self { waiting: Mutex::default() }
    }
}

impl<T> Tickets<T> {
    pub fn issue(&self, what: T, now: Timestamp) -> Result<String> {
        let ticket = secret::token()?;
        let mut waiting = self.lock();
        if waiting.len() >= MOST {
            waiting.retain(|_, (until, _)| *until > now);
        }
        if waiting.len() >= MOST {
            let mut ends: Vec<Timestamp> = waiting.values().map(|(until, _)| *until).collect();
            let middle = *ends.select_nth_unstable(MOST / 2).1;
            waiting.retain(|_, (until, _)| *until > middle);
        }
        waiting.insert(ticket.clone(), (now.plus_secs(VALID_S), what));
        Ok(ticket)
    }

    /// Takes what a ticket stands for; a second time, or too late, there is nothing.
    pub fn take(&self, ticket: &str, now: Timestamp) -> Option<T> {
        let (until, what) = self.lock().remove(ticket)?;
        (until > now).then_some(what)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Timestamp, T)>> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves S14.
    #[test]
    fn a_ticket_opens_once_and_for_half_a_minute() {
        let tickets = Tickets::default();
        let now = Timestamp::from_secs(100);
        let ticket = tickets.issue("KA1", now).unwrap();
        assert_eq!(tickets.take(&ticket, now), Some("KA1"));
        assert_eq!(tickets.take(&ticket, now), None);
        let late = tickets.issue("KA1", now).unwrap();
        assert_eq!(tickets.take(&late, now.plus_secs(30)), None);
        assert_eq!(tickets.take("guess", now), None);
    }

    #[test]
    fn a_flood_of_tickets_makes_room_instead_of_growing() {
        let tickets = Tickets::default();
        for n in 0..(MOST as i64 + 10) {
            tickets.issue(n, Timestamp::from_micros(n)).unwrap();
        }
        assert!(tickets.lock().len() <= MOST);
        let newest = tickets.issue(7, Timestamp::from_secs(1)).unwrap();
        assert_eq!(tickets.take(&newest, Timestamp::from_secs(1)), Some(7));
    }
}
