//! Seeded chance: the same seed and the same calls give the same run.

use serde::{Deserialize, Serialize};

/// A SplitMix64 generator; its sequence never changes with a library's version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance(u64);

impl Chance {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `most`, both included.
    pub fn up_to(&mut self, most: u64) -> u64 {
        match most.checked_add(1) {
            Some(count) => self.next() % count,
            None => self.next(),
        }
    }

    /// True in `percent` of 100 cases; always false at 0 and always true from 100 on.
    pub fn percent(&mut self, percent: u8) -> bool {
        self.next() % 100 < u64::from(percent)
    }

    /// How much later something leaves, in milliseconds: `delay_ms`, up to `jitter_ms` more, and up to `shuffle_ms` besides (0: 2000)
    /// where things overtake one another. Nothing is drawn where nothing is late.
    pub fn lateness_ms(&mut self, delay_ms: u64, jitter_ms: u64, shuffle: bool, shuffle_ms: u64) -> u64 {
        let shuffled_ms = match (shuffle, shuffle_ms) {
            (false, _) => 0,
            (true, 0) => 2000,
            (true, ms) => ms,
        };
        let by_chance = jitter_ms.saturating_add(shuffled_ms);
        let drawn = if by_chance == 0 { 0 } else { self.up_to(by_chance) };
        delay_ms.saturating_add(drawn)
    }

    /// A fresh sid: two letters and 32 hexadecimal digits.
    pub fn sid(&mut self, prefix: &str) -> String {
        format!("{prefix}{:016x}{:016x}", self.next(), self.next())
    }
}
