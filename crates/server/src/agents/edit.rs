//! The same change to many workers, and what takes it back from each.

use model::{ActivityId, Worker};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};
use utoipa::ToSchema;

use super::skills::{self, Skill};
use crate::Problem;

/// Characters of a skill's name.
const LONGEST_SKILL: usize = 100;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillChange {
    pub name: String,
    /// Absent or null: none is set.
    #[serde(default, deserialize_with = "number")]
    #[schema(value_type = Option<f64>)]
    pub level: Option<Number>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapacityChange {
    /// Unique name of a task channel.
    pub channel: String,
    /// 0 to 1,000.
    pub capacity: i64,
}

/// Whatever is not said stays as it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkersChange {
    /// For whoever lacks it and for whoever has it: a level given is set.
    pub put_skills: Vec<SkillChange>,
    /// For whoever has the skill: no level takes theirs away.
    pub set_levels: Vec<SkillChange>,
    pub remove_skills: Vec<String>,
    pub capacities: Vec<CapacityChange>,
    #[schema(value_type = Option<String>)]
    pub activity_id: Option<ActivityId>,
}

/// Numbers as they were written: 7 and 7.5.
fn number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Number>, D::Error> {
    Option::<Number>::deserialize(value)
}

impl WorkersChange {
    /// Whether it could be done to anybody.
    ///
    /// # Errors
    /// What is wrong, without the place of the change itself.
    pub fn check(&self, knows_channel: impl Fn(&str) -> bool) -> Result<(), Problem> {
        let names = self.put_skills.iter().chain(&self.set_levels).map(|skill| &skill.name).chain(&self.remove_skills);
        for name in names {
            if name.trim().is_empty() {
                return Err(Problem::invalid("/change", "required", "A skill needs a name"));
            }
            if name.chars().count() > LONGEST_SKILL {
                let detail = format!("A skill's name has at most {LONGEST_SKILL} characters");
                return Err(Problem::invalid("/change", "too_long", detail).with("limit", LONGEST_SKILL as u64));
            }
        }
        match self.capacities.iter().find(|one| !knows_channel(&one.channel)) {
            Some(one) => Err(Problem::invalid("/change", "unknown", format!("There is no task channel {}", one.channel))),
            None => Ok(()),
        }
    }

    /// The worker as they are afterwards.
    ///
    /// # Errors
    /// When their attributes leave no place for a skill.
    pub fn apply(&self, worker: &Worker) -> Result<Worker, Problem> {
        let mut next = worker.clone();
        let mut attributes = skills::parse(&worker.attributes);
        let before = skills::read(&attributes);
        let held = self.skills(before.clone());
        if held != before {
            let closed = |name: &str| {
                Problem::invalid("/change", "csv_no_place", format!("{name} of {} is no object", worker.name)).with("name", name)
            };
            skills::write(&mut attributes, &held).map_err(closed)?;
            next.attributes = Value::Object(attributes).to_string();
        }
        for one in &self.capacities {
            if worker.channel(&one.channel).capacity != one.capacity {
                next.channels.entry(one.channel.clone()).or_default().capacity = one.capacity;
            }
        }
        next.activity_id = self.activity_id.unwrap_or(worker.activity_id);
        Ok(next)
    }

    fn skills(&self, mut held: Vec<Skill>) -> Vec<Skill> {
        for one in &self.put_skills {
            match held.iter_mut().find(|skill| skill.name == one.name.trim()) {
                Some(skill) => skill.level = one.level.clone().or(skill.level.take()),
                None => held.push(Skill { name: one.name.trim().to_owned(), level: one.level.clone() }),
            }
        }
        for one in &self.set_levels {
            if let Some(skill) = held.iter_mut().find(|skill| skill.name == one.name.trim()) {
                skill.level.clone_from(&one.level);
            }
        }
        held.retain(|skill| !self.remove_skills.iter().any(|name| name.trim() == skill.name));
        held
    }
}

/// What makes a changed worker as they were: skills, levels, capacities and activity.
pub fn undo(before: &Worker, after: &Worker) -> WorkersChange {
    let of = |attributes: &str| skills::read(&skills::parse(attributes));
    let (was, is) = (of(&before.attributes), of(&after.attributes));
    let named = |skills: &[Skill], name: &str| skills.iter().find(|skill| skill.name == name).cloned();
    let change = |skill: &Skill| SkillChange { name: skill.name.clone(), level: skill.level.clone() };
    let lost = was.iter().filter(|skill| named(&is, &skill.name).is_none());
    let other_level = |skill: &&Skill| named(&is, &skill.name).is_some_and(|now| now.level != skill.level);
    let channels = after.channels.keys().filter(|name| before.channel(name).capacity != after.channel(name).capacity);
    WorkersChange {
        put_skills: lost.map(change).collect(),
        set_levels: was.iter().filter(other_level).map(change).collect(),
        remove_skills: is.iter().filter(|skill| named(&was, &skill.name).is_none()).map(|skill| skill.name.clone()).collect(),
        capacities: channels.map(|name| CapacityChange { channel: name.clone(), capacity: before.channel(name).capacity }).collect(),
        activity_id: (before.activity_id != after.activity_id).then_some(before.activity_id),
    }
}

/// The attributes that a search looks into besides the name.
pub fn has_skill(attributes: &Map<String, Value>, name: &str) -> bool {
    skills::read(attributes).iter().any(|skill| skill.name == name)
}
