use std::borrow::Cow;

use serde_json::Value;

use crate::Segment;

static NULL: Value = Value::Null;

/// Where an expression's names come from. Unknown names answer NULL.
pub trait Lookup {
    /// The value at a path; an empty path asks for the whole document.
    fn get(&self, path: &[Segment]) -> Cow<'_, Value>;
}

/// One document: a task's or a worker's attributes under bare names.
pub struct Json<'a>(pub &'a Value);

impl Lookup for Json<'_> {
    fn get(&self, path: &[Segment]) -> Cow<'_, Value> {
        let mut value = self.0;
        for segment in path {
            let next = match (segment, value) {
                (Segment::Key(key), Value::Object(members)) => members.get(key),
                (Segment::Index(index), Value::Array(items)) => items.get(*index),
                _ => None,
            };
            match next {
                Some(inner) => value = inner,
                None => return Cow::Borrowed(&NULL),
            }
        }
        Cow::Borrowed(value)
    }
}

/// Several lookups told apart by the first name, such as `task` and `worker`.
pub struct Roots<'a>(pub &'a [(&'a str, &'a dyn Lookup)]);

impl Lookup for Roots<'_> {
    fn get(&self, path: &[Segment]) -> Cow<'_, Value> {
        let Some((Segment::Key(first), rest)) = path.split_first() else {
            return Cow::Borrowed(&NULL);
        };
        self.0.iter().find(|(root, _)| root == first).map_or(Cow::Borrowed(&NULL), |(_, lookup)| lookup.get(rest))
    }
}

/// The first lookup's answer unless it is NULL, then the second's: system fields over free attributes.
pub struct Overlay<'a>(pub &'a dyn Lookup, pub &'a dyn Lookup);

impl Lookup for Overlay<'_> {
    fn get(&self, path: &[Segment]) -> Cow<'_, Value> {
        let over = self.0.get(path);
        if over.is_null() {
            return self.1.get(path);
        }
        over
    }
}

impl<F> Lookup for F
where
    F: Fn(&[Segment]) -> Value,
{
    fn get(&self, path: &[Segment]) -> Cow<'_, Value> {
        Cow::Owned(self(path))
    }
}
