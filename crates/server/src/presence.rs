//! Which visitors' browsers are connected to this process: counted per channel account and thread key, never stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::ChannelAccountId;

#[derive(Debug, Clone, Default)]
pub struct Presence(Arc<Mutex<BTreeMap<(ChannelAccountId, String), usize>>>);

impl Presence {
    /// A socket of this visitor opened; true when it is their first.
    pub fn enter(&self, account: ChannelAccountId, key: &str) -> bool {
        let mut held = self.held();
        let count = held.entry((account, key.to_owned())).or_default();
        *count += 1;
        *count == 1
    }
    /// A socket closed; true when it was their last.
    pub fn leave(&self, account: ChannelAccountId, key: &str) -> bool {
        let mut held = self.held();
        let place = (account, key.to_owned());
        match held.get_mut(&place) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            Some(_) => held.remove(&place).is_some(),
            None => false,
        }
    }
    pub fn has(&self, account: ChannelAccountId, key: &str) -> bool {
        self.held().contains_key(&(account, key.to_owned()))
    }
    fn held(&self) -> MutexGuard<'_, BTreeMap<(ChannelAccountId, String), usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
