//! Judging inputs before anything changes.

use std::collections::BTreeMap;

use expression::Expression;
use model::{Readings, Refusal, Task, TaskId};
use serde_json::Value;

use crate::MAX_ATTRIBUTES;
use crate::plan::{Filter, Plan};
use crate::plan_error::PlanError;
use crate::router::Router;
use crate::state::TaskState;

impl Router {
    /// Whether a workflow's configuration could be saved.
    ///
    /// # Errors
    /// `Invalid` with the JSON path of what is wrong, and the byte offset within an expression.
    pub fn check_workflow(&self, configuration: &str) -> Result<(), Refusal> {
        self.plan(configuration).map(|_| ())
    }

    /// Whether a queue's expression could be saved; blank text is one that matches nobody.
    ///
    /// # Errors
    /// `Invalid` for the field `target_workers`, with the byte offset.
    pub fn check_expression(text: &str) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let parsed = Expression::parse(text);
        parsed.map(|_| ()).map_err(|error| PlanError::syntax("target_workers", &error).into())
    }

    pub(crate) fn plan(&self, configuration: &str) -> Result<Plan, Refusal> {
        Plan::parse(configuration, &self.settings.readings, |id| self.queues.contains_key(&id)).map_err(Refusal::from)
    }

    /// The task, or why it cannot be had.
    pub(crate) fn open_task(&self, id: TaskId) -> Result<&TaskState, Refusal> {
        let ended = || match self.past.task(id) {
            Some(status) => wrong_state(status.code()),
            None => not_found("task"),
        };
        self.tasks.get(&id).map(|task| &**task).ok_or_else(ended)
    }

    /// That a new task's id is not taken.
    pub(crate) fn check_new_task(&self, id: TaskId) -> Result<(), Refusal> {
        if self.tasks.contains_key(&id) || self.past.task(id).is_some() {
            return Err(invalid("new_task_id", "taken", "there is a task of that id"));
        }
        Ok(())
    }
}

/// That each filter of a workflow's configuration can match some task. TaskRouter keeps filters that cannot, so this is asked where people
/// write one; what is wrong otherwise is not judged here.
///
/// # Errors
/// `Invalid` with the JSON path of the first expression that no attributes can make true, or of the first filter that no task comes to.
pub fn check_filters_can_match(configuration: &str, readings: &Readings) -> Result<(), Refusal> {
    let Ok(plan) = Plan::parse(configuration, readings, |_| true) else { return Ok(()) };
    let path = |no: usize| format!("configuration.task_routing.filters[{no}].expression");
    if let Some(no) = plan.filters.iter().position(|filter| filter.expression.never_matches()) {
        return Err(PlanError::new(path(no), "never_matches", "no task can match this filter").into());
    }
    // Whoever is in a target without time and `skip_if` stays there.
    let lets_go = |filter: &Filter| filter.targets.iter().all(|target| target.timeout_s.is_some() || target.skip_if.is_some());
    let last = plan.filters.iter().position(|filter| filter.expression.always_matches() && !lets_go(filter));
    match last.filter(|last| last + 1 < plan.filters.len()) {
        None => Ok(()),
        Some(last) => {
            let detail = format!("no task comes to this filter: filter {} before it takes every task and lets none go on", last + 1);
            Err(PlanError::new(path(last + 1), "never_reached", detail).with("filter", last + 1).into())
        }
    }
}

pub(crate) fn invalid(field: &str, code: &str, detail: impl Into<String>) -> Refusal {
    Refusal::Invalid { field: field.into(), code: code.into(), detail: detail.into(), offset: None, params: BTreeMap::new() }
}

/// The refusal with one more of its particulars.
pub(crate) fn with(mut refusal: Refusal, key: &str, value: impl ToString) -> Refusal {
    if let Refusal::Invalid { params, .. } | Refusal::InUse { params, .. } = &mut refusal {
        params.insert(key.into(), value.to_string());
    }
    refusal
}

pub(crate) fn not_found(what: &str) -> Refusal {
    Refusal::NotFound { what: what.into() }
}

pub(crate) fn wrong_state(state: &str) -> Refusal {
    Refusal::WrongState { state: state.into() }
}

pub(crate) fn in_use(what: &str, detail: impl Into<String>) -> Refusal {
    Refusal::InUse { what: what.into(), detail: detail.into(), params: BTreeMap::new() }
}

pub(crate) fn state_of(task: &Task) -> Refusal {
    wrong_state(task.status.code())
}

/// 1 to 64 characters, and nobody else's whatever the case.
pub(crate) fn check_name<'a>(name: &str, others: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(invalid("name", "required", "a name is needed"));
    }
    if name.chars().count() > 64 {
        return Err(with(invalid("name", "too_long", "a name has at most 64 characters"), "limit", 64));
    }
    let folded = name.to_lowercase();
    let mut others = others.map(str::to_lowercase);
    if others.any(|other| other == folded) {
        let detail = format!("the name {name} is taken");
        return Err(invalid("name", "taken", detail));
    }
    Ok(())
}

/// A JSON object of at most 4,096 characters.
pub(crate) fn check_attributes(text: &str) -> Result<(), Refusal> {
    if text.chars().count() > MAX_ATTRIBUTES {
        let detail = format!("attributes have at most {MAX_ATTRIBUTES} characters");
        return Err(with(invalid("attributes", "too_long", detail), "limit", MAX_ATTRIBUTES));
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => Ok(()),
        Ok(_) => Err(invalid("attributes", "wrong_type", "attributes are a JSON object")),
        Err(error) => Err(invalid("attributes", "not_json", error.to_string())),
    }
}

pub(crate) fn check_range(field: &str, value: i64, range: std::ops::RangeInclusive<i64>) -> Result<(), Refusal> {
    if range.contains(&value) {
        return Ok(());
    }
    let detail = format!("must be from {} to {}", range.start(), range.end());
    Err(with(with(invalid(field, "out_of_range", detail), "min", range.start()), "max", range.end()))
}

/// Letters, digits, `_` and `$`, not beginning with a digit, at most 64.
pub(crate) fn check_channel(name: &str) -> Result<(), Refusal> {
    check_channel_name("channel", name)
}

pub(crate) fn check_channel_name(field: &str, name: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let starts = name.chars().next().is_some_and(|c| !c.is_ascii_digit());
    if starts && name.len() <= 64 && name.chars().all(fits) {
        return Ok(());
    }
    let detail = "a channel's name is letters, digits, _ and $, not beginning with a digit";
    Err(invalid(field, "wrong_name", detail))
}

/// Characters of an address that is called.
const MOST_URL: usize = 2_000;

/// Whether requests can be sent to this address.
pub fn is_address(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plain = !url.chars().any(|c| c.is_whitespace() || c.is_control());
    plain && url.len() <= MOST_URL && host.is_some_and(|host| !host.is_empty() && !host.starts_with(['/', '?', '#']))
}

/// That an address can be called; an empty one is none.
pub(crate) fn check_url(field: &str, url: &str) -> Result<(), Refusal> {
    match url.is_empty() || is_address(url) {
        true => Ok(()),
        false => Err(invalid(field, "bad_url", "an address begins with https:// or http:// and has no spaces")),
    }
}
