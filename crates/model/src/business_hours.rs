//! When a business is there: hours of the week, dates that differ, and closures on top. What they mean at a moment says `calendar`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{BusinessHoursId, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BusinessHours {
    pub id: BusinessHoursId,
    pub name: String,
    /// Whose clock it is, e.g. `Europe/Berlin`.
    pub time_zone: String,
    /// A day without a span is closed.
    pub weekly: Vec<WeeklySpan>,
    /// Win over the week.
    pub dates: Vec<SpecialDate>,
    /// Win over everything.
    pub closures: Vec<Closure>,
    #[serde(default)]
    pub updated_at: Timestamp,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    pub const ALL: [Day; 7] = [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    pub fn of(date: Date) -> Self {
        Self::ALL[date.weekday().to_monday_zero_offset() as usize % 7]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WeeklySpan {
    pub day: Day,
    #[serde(flatten)]
    pub span: Span,
}

/// Within one day; a night has one before midnight and one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub from: DayTime,
    /// Later than `from`; `24:00` is the day's end.
    pub to: DayTime,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpecialDate {
    pub date: Date,
    pub name: String,
    /// On this day of every year.
    pub yearly: bool,
    /// Empty = closed.
    pub open: Vec<Span>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closure {
    pub from: Timestamp,
    /// None = until further notice.
    pub until: Option<Timestamp>,
    pub reason: String,
}

/// Minutes after midnight by the clock on the wall, 0 to 1,440.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayTime(u16);

impl DayTime {
    pub const MIDNIGHT: Self = Self(1_440);

    pub const fn minutes(self) -> u16 {
        self.0
    }
}

/// A text that is no time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADayTime;

impl fmt::Display for NotADayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time of the form HH:MM, from 00:00 to 24:00")
    }
}

impl FromStr for DayTime {
    type Err = NotADayTime;

    fn from_str(text: &str) -> Result<Self, NotADayTime> {
        let (hours, minutes) = text.split_once(':').ok_or(NotADayTime)?;
        let two = |digits: &str| match digits.as_bytes() {
            [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Ok(u16::from(a - b'0') * 10 + u16::from(b - b'0')),
            _ => Err(NotADayTime),
        };
        match (two(hours)?, two(minutes)?) {
            (hours @ 0..24, minutes @ 0..60) => Ok(Self(hours * 60 + minutes)),
            (24, 0) => Ok(Self::MIDNIGHT),
            _ => Err(NotADayTime),
        }
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for DayTime {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(|_| serde::de::Error::custom(NotADayTime))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_day_is_read_as_it_is_written() {
        for text in ["00:00", "09:30", "23:59", "24:00"] {
            assert_eq!(text.parse::<DayTime>().unwrap().to_string(), text);
        }
        for text in ["", "9:30", "24:01", "12:60", "12", "+1:00", "12:3a", "１２:00"] {
            assert_eq!(text.parse::<DayTime>(), Err(NotADayTime), "{text}");
        }
    }
}
