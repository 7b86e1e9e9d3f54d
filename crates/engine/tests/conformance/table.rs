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

#[derive(Default)]
pub struct Table {
    channels: Vec<&'static str>,
    stories: Vec<&'static str>,
    cells: BTreeMap<(&'static str, &'static str), Outcome>,
}

impl Table {
    pub fn add(&mut self, channel: &'static str, story: &'static str, outcome: Outcome) {
        for (list, name) in [(&mut self.channels, channel), (&mut self.stories, story)] {
            if !list.contains(&name) {
                list.push(name);
            }
        }
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
        for channel in &self.channels {
            write!(f, "  {channel:>12}")?;
        }
        writeln!(f)?;
        for story in &self.stories {
            write!(f, "{story:wide$}")?;
            for channel in &self.channels {
                let word = match self.cells.get(&(*story, *channel)) {
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
