//! The table of workers as CSV: which columns there are, what stands in a cell, and back.
//! A cell that begins like a formula is told as text, as OWASP says, and read as it was; one that says what the worker has changes nothing.

use std::collections::BTreeMap;

use model::{Activity, ActivityId, Worker};
use serde_json::{Map, Number, Value};

use super::skills::{self, Skill};
use crate::Problem;

/// Lines of one file.
pub const MOST_LINES: usize = 20_000;
/// Columns of a file.
pub const MOST_COLUMNS: usize = 200;
/// Bytes of one file.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Columns of attributes that are written; whatever else there is stays with its worker.
const MOST_ATTRIBUTES: usize = 60;
/// Attributes with columns of their own.
const OWN: [&str; 3] = ["routing", "languages", "department"];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    Id,
    Name,
    /// Read only.
    Activity,
    Skills,
    Languages,
    Department,
    /// By the channel's unique name.
    Capacity(String),
    /// One attribute of the worker: text as it is, all else as JSON.
    Attribute(String),
}

impl Column {
    pub fn title(&self) -> String {
        match self {
            Self::Id => "id".into(),
            Self::Name => "name".into(),
            Self::Activity => "activity".into(),
            Self::Skills => "skills".into(),
            Self::Languages => "languages".into(),
            Self::Department => "department".into(),
            Self::Capacity(channel) => format!("capacity.{channel}"),
            Self::Attribute(name) => format!("attributes.{name}"),
        }
    }

    /// What a title says, if it is one of ours.
    pub fn read(title: &str) -> Option<Self> {
        let plain = [Self::Id, Self::Name, Self::Activity, Self::Skills, Self::Languages, Self::Department];
        if let Some(found) = plain.into_iter().find(|column| column.title() == title.to_ascii_lowercase()) {
            return Some(found);
        }
        if let Some(channel) = title.strip_prefix("capacity.") {
            return Some(Self::Capacity(channel.to_owned()));
        }
        title.strip_prefix("attributes.").filter(|name| !OWN.contains(name)).map(|name| Self::Attribute(name.to_owned()))
    }
}

/// The columns that tell of these workers, on these channels.
pub fn columns<'w>(workers: impl Iterator<Item = &'w Worker>, channels: impl Iterator<Item = String>) -> Vec<Column> {
    let mut channels: Vec<String> = channels.collect();
    let mut attributes: BTreeMap<String, usize> = BTreeMap::new();
    for worker in workers {
        channels.extend(worker.channels.keys().cloned());
        for name in skills::parse(&worker.attributes).keys().filter(|name| !OWN.contains(&name.as_str())) {
            *attributes.entry(name.clone()).or_default() += 1;
        }
    }
    channels.sort();
    channels.dedup();
    let mut attributes: Vec<(String, usize)> = attributes.into_iter().collect();
    attributes.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
    attributes.truncate(MOST_ATTRIBUTES);
    let plain = [Column::Id, Column::Name, Column::Activity, Column::Skills, Column::Languages, Column::Department];
    let capacity = channels.into_iter().map(Column::Capacity);
    plain.into_iter().chain(capacity).chain(attributes.into_iter().map(|(name, _)| Column::Attribute(name))).collect()
}

/// A worker's cells, not yet guarded.
pub struct Told<'a> {
    worker: &'a Worker,
    attributes: Map<String, Value>,
    activity: &'a str,
}

impl<'a> Told<'a> {
    pub fn new(worker: &'a Worker, activities: &'a BTreeMap<ActivityId, Activity>) -> Self {
        let activity = activities.get(&worker.activity_id).map_or("", |activity| activity.name.as_str());
        Self { worker, attributes: skills::parse(&worker.attributes), activity }
    }

    pub fn cell(&self, column: &Column) -> String {
        match column {
            Column::Id => self.worker.id.to_string(),
            Column::Name => self.worker.name.clone(),
            Column::Activity => self.activity.to_owned(),
            Column::Skills => join(skills::read(&self.attributes).iter().map(say_skill)),
            Column::Languages => join(skills::texts(self.attributes.get("languages")).iter().map(|one| escape(one))),
            Column::Department => self.attributes.get("department").and_then(Value::as_str).unwrap_or_default().to_owned(),
            Column::Capacity(channel) => self.worker.channel(channel).capacity.to_string(),
            Column::Attribute(name) => self.attributes.get(name).map(say_value).unwrap_or_default(),
        }
    }
}

/// Puts what a cell says into a worker. Blank cells take away, but for a capacity, which stays as it is.
///
/// # Errors
/// What is wrong with it.
pub fn put(worker: &mut Worker, column: &Column, cell: &str) -> Result<(), Problem> {
    let mut all = skills::parse(&worker.attributes);
    match column {
        Column::Id | Column::Activity => return Ok(()),
        Column::Name => {
            worker.name = cell.trim().to_owned();
            return Ok(());
        }
        Column::Capacity(_) if cell.trim().is_empty() => return Ok(()),
        Column::Capacity(channel) => {
            let wrong = || Problem::invalid("", "wrong_type", "A capacity is a whole number").what("number");
            let mut held = worker.channel(channel);
            held.capacity = cell.trim().parse().map_err(|_| wrong())?;
            worker.channels.insert(channel.clone(), held);
            return Ok(());
        }
        Column::Skills => {
            let closed = |name: &str| Problem::invalid("", "csv_no_place", format!("{name} is no object")).with("name", name);
            skills::write(&mut all, &read_skills(cell)).map_err(closed)?;
        }
        Column::Languages => skills::put(&mut all, "languages", Some(split(cell).into_iter().map(Value::from).collect())),
        Column::Department => skills::put(&mut all, "department", Some(cell.trim().into())),
        Column::Attribute(name) if cell.is_empty() => drop(all.shift_remove(name)),
        Column::Attribute(name) => drop(all.insert(name.clone(), read_value(cell))),
    }
    // Text that means the same is kept to the letter.
    if all != skills::parse(&worker.attributes) {
        worker.attributes = Value::Object(all).to_string();
    }
    Ok(())
}

fn say_value(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && serde_json::from_str::<Value>(text).is_err() => text.clone(),
        other => other.to_string(),
    }
}

fn read_value(cell: &str) -> Value {
    serde_json::from_str(cell).unwrap_or_else(|_| cell.into())
}

/// `billing:80`, or the name alone; `a:1:` is the name `a:1` without a level.
fn say_skill(skill: &Skill) -> String {
    let name = escape(&skill.name);
    match &skill.level {
        Some(level) => format!("{name}:{level}"),
        None if read_skill(&skill.name).name != skill.name => format!("{name}:"),
        None => name,
    }
}

fn read_skills(cell: &str) -> Vec<Skill> {
    let mut found: Vec<Skill> = Vec::new();
    for skill in split(cell).iter().map(|one| read_skill(one)) {
        match found.iter_mut().find(|known| known.name == skill.name) {
            Some(known) => known.level = skill.level,
            None => found.push(skill),
        }
    }
    found
}

fn read_skill(text: &str) -> Skill {
    let named = |name: &str, level| Skill { name: name.trim().to_owned(), level };
    match text.rsplit_once(':') {
        Some((name, "")) => named(name, None),
        // German tables write 7,5.
        Some((name, level)) => match level.trim().replace(',', ".").parse::<Number>() {
            Ok(level) => named(name, Some(level)),
            Err(_) => named(text, None),
        },
        None => named(text, None),
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|")
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("|")
}

/// The parts between bars; a backslash makes the next sign a plain one.
fn split(cell: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut signs = cell.chars();
    while let Some(sign) = signs.next() {
        let Some(part) = parts.last_mut() else { break };
        match sign {
            '\\' => part.extend(signs.next()),
            '|' => parts.push(String::new()),
            sign => part.push(sign),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// A cell that no program for tables takes for a formula.
pub fn guard(cell: &str) -> String {
    if begins_a_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell as it was before it was guarded.
pub fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if begins_a_formula(rest) => rest,
        _ => cell,
    }
}

fn begins_a_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}
