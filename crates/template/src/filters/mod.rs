//! Filters: what may stand behind `|`.

mod date;
mod list;
mod number;
mod text;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::MAX_VALUE_BYTES;
use crate::error::RenderErrorKind;
use crate::operand::Operand;
use crate::render::weight;
use crate::scope::Scope;
use crate::value::is_truthy;

type Result<T> = std::result::Result<T, RenderErrorKind>;

/// A filter with its arguments, as it stands in a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub filter: &'static Filter,
    pub arguments: Vec<Operand>,
    /// Named arguments; only `default` has one, others are read and ignored.
    pub options: Vec<(String, Operand)>,
}

#[derive(Debug)]
pub(crate) struct Filter {
    pub name: &'static str,
    pub arguments: RangeInclusive<usize>,
    apply: fn(Value, &Given<'_>) -> Result<Value>,
}

impl PartialEq for Filter {
    fn eq(&self, other: &Filter) -> bool {
        self.name == other.name
    }
}

/// What a filter is given besides its input.
pub(crate) struct Given<'a> {
    arguments: Vec<Cow<'a, Value>>,
    /// `default` treats false as a value.
    allow_false: bool,
    /// Microseconds since 1970.
    now: i64,
}

impl Given<'_> {
    fn argument(&self, at: usize) -> Option<&Value> {
        self.arguments.get(at).map(AsRef::as_ref)
    }

    fn text(&self, at: usize) -> String {
        self.argument(at).map(crate::text_of).unwrap_or_default()
    }
}

impl Call {
    pub fn apply(&self, input: Value, scope: &Scope<'_>) -> Result<Value> {
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            arguments.push(scope.value(argument)?);
        }
        let allow_false = match self.options.iter().find(|(name, _)| name == "allow_false") {
            Some((_, operand)) => is_truthy(scope.value(operand)?.as_ref()),
            None => false,
        };
        let given = Given { arguments, allow_false, now: scope.now };
        scope.steps.spend(1)?;
        scope.steps.spend_bytes(weight(&input))?;
        let result = (self.filter.apply)(input, &given)?;
        let weight = weight(&result);
        if weight > 4 * MAX_VALUE_BYTES {
            return Err(RenderErrorKind::ValueTooLong);
        }
        scope.steps.spend_bytes(weight)?;
        Ok(result)
    }
}

pub(crate) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

const fn filter(name: &'static str, arguments: RangeInclusive<usize>, apply: fn(Value, &Given<'_>) -> Result<Value>) -> Filter {
    Filter { name, arguments, apply }
}

static FILTERS: &[Filter] = &[
    filter("abs", 0..=0, number::abs),
    filter("append", 1..=1, text::append),
    filter("at_least", 1..=1, number::at_least),
    filter("at_most", 1..=1, number::at_most),
    filter("capitalize", 0..=0, text::capitalize),
    filter("ceil", 0..=0, number::ceil),
    filter("compact", 0..=0, list::compact),
    filter("date", 0..=1, date::date),
    filter("default", 0..=1, default),
    filter("divided_by", 1..=1, number::divided_by),
    filter("downcase", 0..=0, text::downcase),
    filter("escape", 0..=0, text::escape),
    filter("escape_once", 0..=0, text::escape_once),
    filter("first", 0..=0, list::first),
    filter("floor", 0..=0, number::floor),
    filter("join", 0..=1, list::join),
    filter("json", 0..=0, to_json),
    filter("last", 0..=0, list::last),
    filter("lstrip", 0..=0, text::lstrip),
    filter("map", 1..=1, list::map),
    filter("minus", 1..=1, number::minus),
    filter("modulo", 1..=1, number::modulo),
    filter("newline_to_br", 0..=0, text::newline_to_br),
    filter("plus", 1..=1, number::plus),
    filter("prepend", 1..=1, text::prepend),
    filter("remove", 1..=1, text::remove),
    filter("remove_first", 1..=1, text::remove_first),
    filter("replace", 1..=2, text::replace),
    filter("replace_first", 1..=2, text::replace_first),
    filter("reverse", 0..=0, list::reverse),
    filter("round", 0..=1, number::round),
    filter("rstrip", 0..=0, text::rstrip),
    filter("size", 0..=0, size),
    filter("slice", 1..=2, list::slice),
    filter("sort", 0..=1, list::sort),
    filter("split", 1..=1, list::split),
    filter("strip", 0..=0, text::strip),
    filter("strip_html", 0..=0, text::strip_html),
    filter("strip_newlines", 0..=0, text::strip_newlines),
    filter("times", 1..=1, number::times),
    filter("timezone", 1..=1, date::timezone),
    filter("to_json", 0..=0, to_json),
    filter("truncate", 0..=2, text::truncate),
    filter("truncatewords", 0..=2, text::truncatewords),
    filter("uniq", 0..=0, list::uniq),
    filter("upcase", 0..=0, text::upcase),
    filter("url_decode", 0..=0, text::url_decode),
    filter("url_encode", 0..=0, text::url_encode),
];

fn default(input: Value, given: &Given<'_>) -> Result<Value> {
    let keep = match &input {
        Value::Bool(false) => given.allow_false,
        other => is_truthy(other) && !crate::value::is_empty(other),
    };
    if keep {
        return Ok(input);
    }
    Ok(given.argument(0).cloned().unwrap_or_else(|| "".into()))
}

/// JSON text; `null` for what is missing, so that attribute templates stay JSON.
fn to_json(input: Value, _: &Given<'_>) -> Result<Value> {
    Ok(input.to_string().into())
}

fn size(input: Value, _: &Given<'_>) -> Result<Value> {
    Ok(crate::scope::size(&input).unwrap_or(0).into())
}
