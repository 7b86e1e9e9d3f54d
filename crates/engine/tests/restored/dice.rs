//! Choices drawn from a seed.

use model::{Ids, Timestamp};

pub struct Dice(Ids);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Ids::new(Timestamp::default(), seed))
    }
    /// From 0 to below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.0.random() % n.max(1) as u64) as usize
    }
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from).max(1) as usize) as i64
    }
    /// True in `percent` of 100 cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
