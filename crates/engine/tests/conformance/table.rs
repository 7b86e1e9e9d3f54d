//! Story × channel, as a reader scans it.

use std::collections::BTreeMap;
use std::fmt;

/// How a story ended on a channel.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Met,
    /// The channel cannot: the capability it lacks, in a few words.
    Lacks(&'static str),
}

pub type Outcome = Result<Verdict, String>;

pub struct Table {
    channels: Vec<&'static str>,
    stories: Vec<&'static str>,
    cells: BTreeMap<(&'static str, &'static str), Outcome>,
}

impl Table {
    /// With the columns in this order, whichever is played first.
    pub fn new(channels: impl Iterator<Item = &'static str>) -> Self {
        Self { channels: channels.collect(), stories: crate::stories::ALL.iter().map(|(name, _)| *name).collect(), cells: BTreeMap::new() }
    }

    pub fn add(&mut self, channel: &'static str, story: &'static str, outcome: Outcome) {
        self.cells.insert((story, channel), outcome);
    }

    /// What was not met, with the reason.
    pub fn broken(&self) -> Vec<String> {
        let of =
            |((story, channel), outcome): (&(&str, &str), &Outcome)| outcome.as_ref().err().map(|why| format!("{channel}, {story}: {why}"));
        self.cells.iter().filter_map(of).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = self.stories.iter().map(|name| name.len()).max().unwrap_or(0);
        write!(f, "{:wide$}", "")?;
        let channels: Vec<_> = self.channels.iter().filter(|channel| self.cells.keys().any(|(_, of)| of == *channel)).collect();
        for channel in &channels {
            write!(f, "  {channel:>12}")?;
        }
        writeln!(f)?;
        for story in self.stories.iter().filter(|story| self.cells.keys().any(|(of, _)| of == *story)) {
            write!(f, "{story:wide$}")?;
            for channel in &channels {
                let word = match self.cells.get(&(*story, **channel)) {
                    Some(Ok(Verdict::Met)) => "met",
                    Some(Ok(Verdict::Lacks(what))) => what,
                    Some(Err(_)) => "BROKEN",
                    None => "",
                };
                write!(f, "  {word:>12}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
