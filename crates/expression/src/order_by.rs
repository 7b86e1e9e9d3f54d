use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Number, Value};

use crate::scan::{Scanner, number_in};
use crate::{Lookup, Path, SyntaxError};

/// An order of candidates, such as `worker.level DESC, worker.load`. Without clauses all are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderBy {
    clauses: Vec<Clause>,
    missing_first: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    pub path: Path,
    pub direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// A candidate's place in the order: smaller comes first. Keys of the same [`OrderBy`] compare.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey(Vec<Rank>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// No number there: before every number in both directions, where that was chosen.
    First,
    At(Place),
    /// No number there: behind every number in both directions.
    Missing,
}

#[derive(Clone, Debug)]
struct Place(f64);

impl OrderBy {
    /// Reads the clauses; blank text has none. ASC is the default, and every path begins with `worker.`.
    ///
    /// # Errors
    /// The first thing that does not fit, or text over [`crate::MAX_TEXT_BYTES`].
    pub fn parse(text: &str) -> Result<OrderBy, SyntaxError> {
        let mut scanner = Scanner::new(text)?;
        let mut clauses = Vec::new();
        if scanner.at_end() {
            return Ok(OrderBy::default());
        }
        loop {
            if scanner.peek_word() != "worker" {
                return scanner.expected("a name that begins with `worker.`");
            }
            let path = scanner.path()?;
            if path.segments().len() < 2 {
                return scanner.expected("an attribute after `worker`");
            }
            let direction = if scanner.take_keyword("DESC") {
                Direction::Descending
            } else {
                scanner.take_keyword("ASC");
                Direction::Ascending
            };
            clauses.push(Clause { path, direction });
            if scanner.at_end() {
                return Ok(OrderBy { clauses, missing_first: false });
            }
            if !scanner.take(',') {
                return scanner.expected("ASC, DESC or `,`");
            }
        }
    }

    /// The same order with those who have no number there first, or last.
    pub fn with_missing_first(self, missing_first: bool) -> OrderBy {
        OrderBy { missing_first, ..self }
    }

    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Every attribute path named, as in [`crate::Expression::paths`].
    pub fn paths(&self) -> BTreeSet<String> {
        self.clauses.iter().map(|clause| clause.path.to_string()).collect()
    }

    /// The candidate's place. The lookup answers full paths, `worker` included.
    pub fn key(&self, candidate: &dyn Lookup) -> OrderKey {
        OrderKey(self.clauses.iter().map(|clause| clause.rank(candidate, self.missing_first)).collect())
    }

    /// Which of two candidates comes first.
    pub fn compare(&self, a: &dyn Lookup, b: &dyn Lookup) -> Ordering {
        self.key(a).cmp(&self.key(b))
    }
}

impl Clause {
    fn rank(&self, candidate: &dyn Lookup, missing_first: bool) -> Rank {
        let value = candidate.get(self.path.segments());
        let number = match value.as_ref() {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => number_in(text.trim()).as_ref().and_then(Number::as_f64),
            _ => None,
        };
        match (number, self.direction) {
            (None, _) if missing_first => Rank::First,
            (None, _) => Rank::Missing,
            (Some(number), Direction::Ascending) => Rank::At(Place(number)),
            (Some(number), Direction::Descending) => Rank::At(Place(-number)),
        }
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Place) -> Ordering {
        // Adding zero makes 0 and -0 one place; no number of a document is NaN.
        (self.0 + 0.0).total_cmp(&(other.0 + 0.0))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, clause) in self.clauses.iter().enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            let word = match clause.direction {
                Direction::Ascending => "ASC",
                Direction::Descending => "DESC",
            };
            write!(f, "{comma}{} {word}", clause.path)?;
        }
        Ok(())
    }
}
