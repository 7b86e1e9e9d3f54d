//! Skills in a worker's attributes, where the desk's form has them: names in `routing.skills`, levels by name in `routing.levels`.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

#[derive(Debug, Clone, PartialEq)]
pub struct Skill {
    pub name: String,
    pub level: Option<Number>,
}

/// The attributes as an object; text that is none counts as empty.
pub fn parse(attributes: &str) -> Map<String, Value> {
    match serde_json::from_str(attributes) {
        Ok(Value::Object(all)) => all,
        _ => Map::new(),
    }
}

pub fn read(attributes: &Map<String, Value>) -> Vec<Skill> {
    let routing = attributes.get("routing");
    let levels = routing.and_then(|routing| routing.get("levels"));
    let level = |name: &str| levels.and_then(|levels| levels.get(name)).and_then(Value::as_number).cloned();
    let names = texts(routing.and_then(|routing| routing.get("skills")));
    names.into_iter().map(|name| Skill { level: level(&name), name }).collect()
}

/// Puts these in place of those there were. Levels of names that were no skills stay, and so does all else.
///
/// # Errors
/// The name of the attribute that is no object, so that nothing could be put into it.
pub fn write(attributes: &mut Map<String, Value>, skills: &[Skill]) -> Result<(), &'static str> {
    let before: BTreeSet<String> = read(attributes).into_iter().map(|skill| skill.name).collect();
    let mut routing = object(attributes.get("routing")).ok_or("routing")?;
    let mut levels = object(routing.get("levels")).ok_or("routing.levels")?;
    levels.retain(|name, level| !before.contains(name) || !level.is_number());
    for skill in skills {
        if let Some(level) = &skill.level {
            levels.insert(skill.name.clone(), Value::Number(level.clone()));
        }
    }
    let names = skills.iter().map(|skill| Value::from(skill.name.as_str())).collect();
    put(&mut routing, "skills", Some(Value::Array(names)));
    put(&mut routing, "levels", Some(Value::Object(levels)));
    put(attributes, "routing", Some(Value::Object(routing)));
    Ok(())
}

/// A list of texts, or nothing of the kind.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Sets a field in its place; what is empty or nothing is taken away.
pub fn put(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty) || value == "";
    match value.filter(|value| !empty(value)) {
        Some(value) => drop(fields.insert(name.to_owned(), value)),
        None => drop(fields.shift_remove(name)),
    }
}

fn object(value: Option<&Value>) -> Option<Map<String, Value>> {
    match value {
        None => Some(Map::new()),
        Some(value) => value.as_object().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(name: &str, level: Option<i64>) -> Skill {
        Skill { name: name.into(), level: level.map(Number::from) }
    }

    #[test]
    fn skills_change_and_all_else_stays_where_it_was() {
        let text = r#"{"level":5,"routing":{"skills":["de","vip"],"levels":{"de":8,"other":1},"team":"A"},"languages":["de"]}"#;
        let mut all = parse(text);
        assert_eq!(read(&all), [skill("de", Some(8)), skill("vip", None)]);
        write(&mut all, &[skill("vip", Some(3)), skill("ko", None)]).unwrap();
        let told = serde_json::to_string(&all).unwrap();
        assert_eq!(told, r#"{"level":5,"routing":{"skills":["vip","ko"],"levels":{"other":1,"vip":3},"team":"A"},"languages":["de"]}"#);
        write(&mut all, &[]).unwrap();
        let told = serde_json::to_string(&all).unwrap();
        assert_eq!(told, r#"{"level":5,"routing":{"levels":{"other":1},"team":"A"},"languages":["de"]}"#);
    }

    #[test]
    fn what_is_no_object_is_not_written_over() {
        let mut odd = parse(r#"{"routing":"by hand"}"#);
        assert_eq!(write(&mut odd, &[skill("de", None)]), Err("routing"));
        assert_eq!(odd["routing"], "by hand");
    }
}
