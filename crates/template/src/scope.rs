use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::budget::Steps;
use crate::error::RenderErrorKind;
use crate::operand::{Operand, Path, Step};

static NULL: Value = Value::Null;

/// The names a template can see while it renders.
pub(crate) struct Scope<'a> {
    pub root: &'a Value,
    /// What `assign` and `capture` made.
    pub locals: BTreeMap<String, Value>,
    pub loops: Vec<LoopState>,
    /// `increment` and `decrement` count apart from assigned names.
    pub counters: BTreeMap<String, i64>,
    /// Where each `cycle` stands.
    pub cycles: BTreeMap<String, usize>,
    pub steps: Steps,
    /// Microseconds since 1970.
    pub now: i64,
}

pub(crate) struct LoopState {
    pub name: String,
    pub item: Value,
    pub index: usize,
    pub length: usize,
}

impl Scope<'_> {
    pub fn value(&self, operand: &Operand) -> Result<Cow<'_, Value>, RenderErrorKind> {
        match operand {
            Operand::Literal(value) => Ok(Cow::Owned(value.clone())),
            Operand::Empty | Operand::Blank => Ok(Cow::Owned("".into())),
            Operand::Path(path) => self.lookup(path),
        }
    }

    fn lookup(&self, path: &Path) -> Result<Cow<'_, Value>, RenderErrorKind> {
        let mut value = self.named(&path.root);
        for step in &path.steps {
            self.steps.spend(1)?;
            let key = match step {
                Step::Key(key) => Cow::Owned(Value::String(key.clone())),
                Step::At(operand) => self.value(operand)?,
            };
            value = match value {
                Cow::Borrowed(value) => into(value, &key),
                Cow::Owned(value) => Cow::Owned(into(&value, &key).into_owned()),
            };
        }
        Ok(value)
    }

    fn named(&self, name: &str) -> Cow<'_, Value> {
        if let Some(state) = self.loops.iter().rev().find(|state| state.name == name) {
            return Cow::Borrowed(&state.item);
        }
        if name == "forloop"
            && let Some(state) = self.loops.last()
        {
            return Cow::Owned(state.facts());
        }
        if let Some(value) = self.locals.get(name).or_else(|| self.root.get(name)) {
            return Cow::Borrowed(value);
        }
        match self.counters.get(name) {
            Some(count) => Cow::Owned((*count).into()),
            None => Cow::Borrowed(&NULL),
        }
    }
}

impl LoopState {
    fn facts(&self) -> Value {
        json!({
            "index": self.index + 1,
            "index0": self.index,
            "rindex": self.length - self.index,
            "rindex0": self.length - self.index - 1,
            "first": self.index == 0,
            "last": self.index + 1 == self.length,
            "length": self.length,
            "name": self.name,
        })
    }
}

/// One step into a value: a member, an element, or `size`, `first` and `last` where no member is called so.
fn into<'v>(value: &'v Value, key: &Value) -> Cow<'v, Value> {
    let found = match (value, key) {
        (Value::Object(members), Value::String(name)) => members.get(name),
        (Value::Array(items), Value::String(name)) => match name.as_str() {
            "first" => items.first(),
            "last" => items.last(),
            digits => digits.parse::<i64>().ok().and_then(|at| element(items, at)),
        },
        (Value::Array(items), Value::Number(at)) => at.as_i64().and_then(|at| element(items, at)),
        _ => None,
    };
    match (found, key.as_str()) {
        (Some(found), _) => Cow::Borrowed(found),
        (None, Some("size")) => size(value).map_or(Cow::Borrowed(&NULL), |size| Cow::Owned(Value::from(size))),
        (None, _) => Cow::Borrowed(&NULL),
    }
}

/// Negative places count from the end.
fn element(items: &[Value], at: i64) -> Option<&Value> {
    let at = if at < 0 { at + items.len() as i64 } else { at };
    usize::try_from(at).ok().and_then(|at| items.get(at))
}

/// Characters, elements or members; nothing else has a size.
pub(crate) fn size(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}
