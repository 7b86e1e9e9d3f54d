//! `split-based-on`: the first branch whose conditions all hold.

use serde_json::Value;

use crate::definition::{Condition, Transition};
use crate::pattern::Pattern;
use crate::predicate::{Predicate, tidy};
use crate::render::is_template;
use crate::visit::{Move, Visit, short};

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    let state = visit.state;
    let input = visit.text("input");
    for (index, transition) in state.transitions.iter().enumerate() {
        if transition.event == "match" && matches(visit, transition, input.as_deref()) {
            return Move::Take(index);
        }
    }
    if state.next("noMatch").is_none() {
        visit.warn(81005, "nothing matched, and noMatch leads nowhere");
    }
    Move::Leave("noMatch")
}

fn matches(visit: &mut Visit<'_>, transition: &Transition, input: Option<&str>) -> bool {
    let conditions = &transition.conditions;
    !conditions.is_empty() && conditions.iter().all(|condition| holds(visit, condition, input))
}

fn holds(visit: &mut Visit<'_>, condition: &Condition, input: Option<&str>) -> bool {
    let own;
    let subject = match (input, &condition.argument) {
        (Some(input), _) => input,
        (None, Some(argument)) => {
            own = visit.render_value(argument);
            &own
        }
        (None, None) => "",
    };
    match &condition.predicate {
        Predicate::Regex => regex(visit, condition, subject),
        Predicate::Unknown(name) => {
            visit.warn(81022, format!("the comparison \"{name}\" is unknown and never true"));
            false
        }
        Predicate::IsBlank | Predicate::IsNotBlank => condition.predicate.holds(subject, ""),
        predicate => {
            let value = visit.render(&condition.value);
            predicate.holds(subject, &value)
        }
    }
}

/// A fixed pattern is compiled once per definition, one made by a template each time.
fn regex(visit: &mut Visit<'_>, condition: &Condition, subject: &str) -> bool {
    let made;
    let pattern = if is_template(&condition.value) {
        let text = visit.render(&condition.value);
        made = Pattern::new(&text);
        &made
    } else {
        condition.pattern.get_or_init(|| Pattern::new(&condition.value))
    };
    let pattern = match pattern {
        Ok(pattern) => pattern,
        Err(problem) => {
            let why = format!("the pattern \"{}\" cannot be read: {problem}", short(&condition.value));
            visit.warn(81022, why);
            return false;
        }
    };
    pattern.matches(&tidy(subject)).unwrap_or_else(|_| {
        let why = format!("the pattern \"{}\" took too long and counts as not matching", short(&condition.value));
        visit.warn(81005, why);
        false
    })
}

/// Whether a widget compares anything at all.
pub(crate) fn has_subject(properties: &serde_json::Map<String, Value>, transitions: &[Transition]) -> bool {
    let filled = |value: &Value| !template::text_of(value).trim().is_empty();
    properties.get("input").is_some_and(filled)
        || transitions.iter().flat_map(|t| &t.conditions).any(|c| c.argument.as_ref().is_some_and(filled))
}
