//! Who comes in the busy hour, when, and with what to say: decided by a seed, so that the same seed is the same hour.

/// Customers of one busy hour.
pub const CUSTOMERS: usize = 40;
/// How long the busy hour is, in seconds.
pub const LENGTH_S: u64 = 180;
/// Of ten customers, so many text instead of chatting.
const TEXTING: u64 = 3;
const TALKS: &str = include_str!("customers.txt");

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// When they come, in milliseconds from the start.
    pub at_ms: u64,
    pub language: String,
    /// The phone of who texts.
    pub phone: Option<String>,
    pub lines: Vec<String>,
    /// A pause before each line, in milliseconds.
    pub pauses_ms: Vec<u64>,
}

pub fn plan(seed: u64) -> Vec<Customer> {
    let mut chance = Chance(seed);
    let talks = talks();
    let first = chance.below(talks.len() as u64) as usize;
    let mut customers: Vec<Customer> = (0..CUSTOMERS)
        .map(|place| {
            let (language, lines) = &talks[(first + place * 8) % talks.len()];
            let order = 4_300 + chance.below(600);
            let lines: Vec<String> = lines.iter().map(|line| line.replace("{order}", &order.to_string())).collect();
            let texts = chance.below(10) < TEXTING;
            Customer {
                // Most come while it is busiest, none so late that they could not finish.
                at_ms: (chance.below(LENGTH_S * 400) + chance.below(LENGTH_S * 400)).min(LENGTH_S * 800),
                language: language.clone(),
                phone: texts.then(|| phone(language, place)),
                pauses_ms: lines.iter().map(|line| 2_000 + line.chars().count() as u64 * 60 + chance.below(5_000)).collect(),
                lines,
            }
        })
        .collect();
    customers.sort_by_key(|customer| customer.at_ms);
    customers
}

/// Numbers that are kept free for stories, or look it.
fn phone(language: &str, place: usize) -> String {
    match language {
        "de" => format!("+4917139200{}", 60 + place % 40),
        "ko" => format!("+8210555002{:02}", place % 100),
        _ => format!("+120255501{}", 50 + place % 50),
    }
}

fn talks() -> Vec<(String, Vec<String>)> {
    let mut talks: Vec<(String, Vec<String>)> = Vec::new();
    for line in TALKS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("= ") {
            Some(language) => talks.push((language.to_owned(), Vec::new())),
            None => talks.last_mut().into_iter().for_each(|(_, lines)| lines.push(line.to_owned())),
        }
    }
    talks
}

/// A small generator (SplitMix64): the plan is data, not a secret.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_an_hour_with_everybody_in_it() {
        let one = plan(7);
        assert_eq!(one, plan(7));
        assert_ne!(one, plan(8));
        assert_eq!(one.len(), CUSTOMERS);
        for language in ["en", "de", "ko"] {
            assert!(one.iter().filter(|customer| customer.language == language).count() > 4, "{language}");
        }
        let texting = one.iter().filter(|customer| customer.phone.is_some()).count();
        assert!((4..CUSTOMERS / 2).contains(&texting), "{texting} text");
        for customer in &one {
            assert!(!customer.lines.is_empty() && customer.lines.len() == customer.pauses_ms.len());
            assert!(!customer.lines.concat().contains('{'));
            assert!(customer.at_ms < LENGTH_S * 1_000);
        }
        let mut phones: Vec<&String> = one.iter().filter_map(|customer| customer.phone.as_ref()).collect();
        phones.sort();
        phones.dedup();
        assert_eq!(phones.len(), texting, "everybody has a phone of their own");
    }
}
