//! What an expression may ask of a worker: their attributes, and the four fields that TaskRouter adds.

use std::borrow::Cow;

use expression::{Expression, Json, Lookup, Segment};
use model::{Activity, Worker};
use serde_json::Value;
use server::Caller;

use crate::refused::{Answered, Refused};

/// Reads an expression out of a parameter, with values as the workspace reads them.
///
/// # Errors
/// 20001 with the place and what was expected there.
pub fn expression(caller: &Caller, parameter: &str, text: &str) -> Answered<Expression> {
    let expression = Expression::parse(text).map_err(|error| Refused::invalid(parameter, error.to_string()))?;
    Ok(expression.under(router::values(&caller.workspace.settings.readings)))
}

/// A JSON text as expressions see it; one that is none counts as empty.
pub fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

pub fn is_task(expression: &Expression, attributes: &str) -> bool {
    expression.matches(&Json(&document(attributes)))
}

pub fn is_worker(expression: &Expression, worker: &Worker, activity: Option<&Activity>) -> bool {
    let attributes = document(&worker.attributes);
    expression.matches(&WorkerFacts { worker, activity, attributes: Json(&attributes) })
}

struct WorkerFacts<'a> {
    worker: &'a Worker,
    activity: Option<&'a Activity>,
    attributes: Json<'a>,
}

impl Lookup for WorkerFacts<'_> {
    fn get(&self, path: &[Segment]) -> Cow<'_, Value> {
        let own = match path {
            [Segment::Key(field)] => match field.as_str() {
                "sid" => Some(self.worker.id.to_string()),
                "friendly_name" => Some(self.worker.name.clone()),
                "activity_sid" => Some(self.worker.activity_id.to_string()),
                "activity_name" => self.activity.map(|activity| activity.name.clone()),
                _ => None,
            },
            _ => None,
        };
        own.map_or_else(|| self.attributes.get(path), |text| Cow::Owned(text.into()))
    }
}
