//! `set-variables`: writes `flow.variables`. Own properties: `contact_facts` tells what to know about the contact,
//! `contact_fields` what stands in its custom fields.

use model::{FieldSubject, field_of};
use serde_json::Value;

use crate::context;
use crate::visit::{Move, Visit, short};

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    let state = visit.state;
    let list = state.property("variables").and_then(Value::as_array);
    for variable in list.into_iter().flatten() {
        let Some(key) = variable.get("key").map(template::text_of).filter(|key| !key.trim().is_empty()) else {
            continue;
        };
        let text = variable.get("value").map(|value| visit.render_value(value)).unwrap_or_default();
        let wants_json = variable.get("type").and_then(Value::as_str) == Some("json_object");
        let value = if wants_json { parsed(visit, &key, text) } else { text.into() };
        // Each variable sees those set before it in the same widget.
        context::at(&mut visit.execution.context, &["flow", "variables"]).insert(key.trim().to_owned(), value);
    }
    for (key, value) in visit.pairs("contact_facts") {
        let value = value.trim().to_owned();
        if !value.is_empty() {
            visit.learn(key, value);
        }
    }
    for (key, value) in visit.pairs("contact_fields") {
        if field_of(visit.fields, FieldSubject::Contact, &key).is_none() {
            visit.warn(81018, format!("contacts have no field {key}: add it under Settings, Custom fields"));
        } else {
            visit.learn(key, value);
        }
    }
    Move::Leave("next")
}

fn parsed(visit: &mut Visit<'_>, key: &str, text: String) -> Value {
    match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => {
            visit.warn(81027, format!("{key} is no JSON ({error}) and stays a text: {}", short(&text)));
            text.into()
        }
    }
}
