//! The two weeks as data: who the customers are, and what happens in each talk, line by line.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// A customer of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub key: String,
    pub language: String,
    pub name: String,
    /// Empty for who never signed in at the shop.
    pub email: String,
    /// E.164, or empty.
    pub phone: String,
    /// What the shop's signed token says beyond name and e-mail; `sub` is how the shop calls them.
    pub claims: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Webchat,
    Sms,
    Messenger,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// Minutes from the opening of the first day.
    pub minute: i64,
    pub channel: Channel,
    pub person: String,
    pub lines: Vec<Line>,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Customer(String),
    Picture {
        name: String,
        text: String,
    },
    Agent {
        agent: String,
        text: String,
    },
    Note(String),
    Miss(String),
    Reject(String),
    Transfer {
        to: String,
        note: String,
    },
    /// The customer proves a phone number with a code sent to it.
    Prove,
    /// Minutes of silence.
    Wait(i64),
    Done {
        disposition: String,
        note: String,
    },
}

/// Days before the present on which talks are told.
pub const DAYS: i64 = 14;
const AGENTS: [&str; 2] = ["ana", "ben"];

/// Reads the list of customers.
///
/// # Errors
/// Names the line that cannot be read.
pub fn people(text: &str) -> Result<Vec<Person>> {
    lines(text).map(|line| person(line).with_context(|| format!("the customer in “{line}”"))).collect()
}

/// Reads talks, in the order of time.
///
/// # Errors
/// Names the line that cannot be read.
pub fn talks(text: &str) -> Result<Vec<Talk>> {
    let mut talks: Vec<Talk> = Vec::new();
    for text in lines(text) {
        if let Some(head) = text.strip_prefix('@') {
            talks.push(talk(head).with_context(|| format!("the head “{text}”"))?);
            continue;
        }
        let talk = talks.last_mut().context("a line before the first talk")?;
        talk.lines.push(line(text).with_context(|| format!("the line “{text}”"))?);
    }
    talks.sort_by_key(|talk| talk.minute);
    Ok(talks)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn person(line: &str) -> Result<Person> {
    let fields: Vec<String> = line.split('|').map(|field| field.trim().to_owned()).collect();
    let [key, language, name, email, phone, rest @ ..] = fields.as_slice() else { bail!("five fields are needed") };
    let mut claims: BTreeMap<String, String> = BTreeMap::new();
    for part in rest.iter().flat_map(|rest| rest.split_whitespace()) {
        match part.split_once('=') {
            Some((name, value)) => drop(claims.insert(name.to_owned(), value.to_owned())),
            // A value of several words goes on.
            None => claims.last_entry().context("a value without a name")?.get_mut().push_str(&format!(" {part}")),
        }
    }
    Ok(Person { key: key.clone(), language: language.clone(), name: name.clone(), email: email.clone(), phone: phone.clone(), claims })
}

fn talk(head: &str) -> Result<Talk> {
    let words: Vec<&str> = head.split_whitespace().collect();
    let [days, time, channel, person] = words.as_slice() else { bail!("days, time, channel and person are needed") };
    let (hours, minutes) = time.split_once(':').context("a time is h:mm")?;
    let days: i64 = days.parse()?;
    let minute = (DAYS - 1 - days) * 24 * 60 + hours.parse::<i64>()? * 60 + minutes.parse::<i64>()?;
    let channel = match *channel {
        "webchat" => Channel::Webchat,
        "sms" => Channel::Sms,
        "messenger" => Channel::Messenger,
        other => bail!("no channel is called {other}"),
    };
    Ok(Talk { minute, channel, person: (*person).to_owned(), lines: Vec::new() })
}

fn line(text: &str) -> Result<Line> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let two = || rest.split_once(' ').map_or((rest.to_owned(), String::new()), |(one, other)| (one.to_owned(), other.to_owned()));
    Ok(match verb {
        "c" => Line::Customer(rest.to_owned()),
        "picture" => {
            let (name, text) = two();
            Line::Picture { name, text }
        }
        "note" => Line::Note(rest.to_owned()),
        "miss" => Line::Miss(rest.to_owned()),
        "reject" => Line::Reject(rest.to_owned()),
        "transfer" => {
            let (to, note) = two();
            Line::Transfer { to, note }
        }
        "prove" => Line::Prove,
        "wait" => Line::Wait(rest.parse()?),
        "done" => {
            let (disposition, note) = two();
            Line::Done { disposition, note }
        }
        agent if AGENTS.contains(&agent) => Line::Agent { agent: agent.to_owned(), text: rest.to_owned() },
        other => bail!("nothing is called {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::history::{PEOPLE, TALKS, WAITING};

    #[test]
    fn every_line_is_understood_and_everybody_is_known() {
        let people = people(PEOPLE).expect("the customers");
        let talks = [talks(TALKS).expect("the talks"), super::talks(WAITING).expect("who waits")].concat();
        for talk in &talks {
            let person = people.iter().find(|person| person.key == talk.person).expect("a known person");
            assert!(talk.channel != Channel::Sms || !person.phone.is_empty(), "{} has no phone", person.key);
            assert!(!talk.lines.is_empty());
        }
        for person in &people {
            assert!(talks.iter().any(|talk| talk.person == person.key), "{} never writes", person.key);
        }
    }

    #[test]
    fn a_mistake_is_named() {
        let error = format!("{:#}", talks("@1 0:10 sms sam\nx hello").expect_err("x is nothing"));
        assert!(error.contains("x hello"), "{error}");
        assert!(talks("@1 0:10 fax sam").is_err());
    }

    #[test]
    fn days_ago_become_minutes_of_the_two_weeks() {
        let talk = &talks("@13 0:20 webchat a\nc x\nwait 3").expect("a talk")[0];
        assert_eq!(talk.minute, 20);
        assert_eq!(talk.lines, [Line::Customer("x".into()), Line::Wait(3)]);
    }
}
