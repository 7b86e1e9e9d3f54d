//! A workflow's configuration document, read once.

use expression::{Expression, OrderBy, Path, Values};
use model::{Reading, Readings, TaskQueueId};
use serde_json::{Map, Value};

use crate::MAX_CONFIGURATION;
use crate::plan_error::PlanError;
use crate::readings::values;

#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub filters: Vec<Filter>,
    pub default: Option<Target>,
}

#[derive(Debug, Clone)]
pub(crate) struct Filter {
    /// As its author calls it.
    pub name: Option<String>,
    pub expression: Expression,
    pub targets: Vec<Target>,
}

#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub queue: TaskQueueId,
    pub priority: Option<i64>,
    pub timeout_s: Option<i64>,
    pub expression: Option<Expression>,
    pub skip_if: Option<Expression>,
    pub order_by: OrderBy,
    pub known_worker: Option<KnownWorker>,
    /// The task's attributes that decide who fits: tasks alike in these are alike to every worker.
    pub task_paths: Vec<Path>,
}

#[derive(Debug, Clone)]
pub(crate) enum KnownWorker {
    Sid(Path),
    Name(Path),
}

impl KnownWorker {
    pub fn path(&self) -> &Path {
        match self {
            Self::Sid(path) | Self::Name(path) => path,
        }
    }
}

impl Plan {
    /// Reads a configuration; `known` tells whether a queue exists.
    pub fn parse(text: &str, readings: &Readings, known: impl Fn(TaskQueueId) -> bool) -> Result<Plan, PlanError> {
        let root = "configuration";
        if text.len() > MAX_CONFIGURATION {
            let detail = format!("a configuration has at most {MAX_CONFIGURATION} bytes");
            return Err(PlanError::new(root, "too_long", detail).with("limit", MAX_CONFIGURATION));
        }
        let document: Value = serde_json::from_str(text).map_err(|error| PlanError {
            offset: Some(offset_of(text, error.line(), error.column())),
            ..PlanError::new(root, "not_json", error.to_string()).with("line", error.line()).with("column", error.column())
        })?;
        let reader = Reader { known: &known, readings, values: values(readings) };
        let routing = member(&document, "task_routing");
        let path = format!("{root}.task_routing");
        let Some(routing) = routing else {
            return Err(PlanError::new(path, "required", "task_routing is missing"));
        };
        let routing = object(routing, &path)?;
        let filters = match present(routing, "filters") {
            None => Vec::new(),
            Some(filters) => reader.filters(filters, &format!("{path}.filters"))?,
        };
        let default =
            present(routing, "default_filter").map(|target| reader.target(target, None, &format!("{path}.default_filter"))).transpose()?;
        Ok(Plan { filters, default })
    }

    /// The target at a filter and step; `None` is the default filter.
    pub fn target(&self, filter: Option<i64>, target: i64) -> Option<&Target> {
        let Some(filter) = filter else {
            return self.default.as_ref();
        };
        let filter = self.filters.get(usize::try_from(filter).ok()?)?;
        filter.targets.get(usize::try_from(target).ok()?)
    }

    /// What people call a filter: its name, else what it asks for.
    pub fn filter_name(&self, filter: i64) -> Option<String> {
        let filter = self.filters.get(usize::try_from(filter).ok()?)?;
        Some(filter.name.clone().unwrap_or_else(|| filter.expression.to_string()))
    }

    /// Every queue named.
    pub fn queues(&self) -> impl Iterator<Item = TaskQueueId> {
        let targets = self.filters.iter().flat_map(|filter| &filter.targets);
        targets.chain(&self.default).map(|target| target.queue)
    }
}

struct Reader<'a> {
    known: &'a dyn Fn(TaskQueueId) -> bool,
    readings: &'a Readings,
    values: Values,
}

impl Reader<'_> {
    fn filters(&self, filters: &Value, path: &str) -> Result<Vec<Filter>, PlanError> {
        let read = |(no, filter)| self.filter(filter, &format!("{path}[{no}]"));
        array(filters, path)?.iter().enumerate().map(read).collect()
    }

    fn filter(&self, filter: &Value, path: &str) -> Result<Filter, PlanError> {
        let filter = object(filter, path)?;
        let expression = expression(filter, "expression", path, self.values)?;
        let targets_path = format!("{path}.targets");
        let empty = || PlanError::new(&targets_path, "required", "a filter needs a target");
        let listed = array(present(filter, "targets").ok_or_else(empty)?, &targets_path)?;
        let mut targets: Vec<Target> = Vec::new();
        for (no, target) in listed.iter().enumerate() {
            targets.push(self.target(target, targets.last(), &format!("{targets_path}[{no}]"))?);
        }
        if targets.is_empty() {
            return Err(empty());
        }
        // Only people read the name: one that is no text is as good as none.
        let name = present(filter, "filter_friendly_name").and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty());
        Ok(Filter { name: name.map(str::to_owned), expression: expression.unwrap_or_else(Expression::always), targets })
    }

    fn target(&self, target: &Value, before: Option<&Target>, path: &str) -> Result<Target, PlanError> {
        let target = object(target, path)?;
        let expression_of = |key| expression(target, key, path, self.values);
        let order_path = format!("{path}.order_by");
        let order_by = match (text(target, "order_by", path)?, before) {
            (None, Some(before)) if self.readings.contains(&Reading::OrderByInherited) => before.order_by.clone(),
            (text, _) => OrderBy::parse(text.unwrap_or_default())
                .map_err(|error| PlanError::syntax(order_path, &error))?
                .with_missing_first(self.readings.contains(&Reading::OrderByMissingFirst)),
        };
        let expression = expression_of("expression")?;
        let known_worker = known_worker(target, path)?;
        Ok(Target {
            queue: self.queue(target, before.map(|before| before.queue), path)?,
            priority: number(target, "priority", path, 0)?,
            timeout_s: number(target, "timeout", path, 1)?,
            skip_if: expression_of("skip_if")?,
            order_by,
            task_paths: task_paths(expression.as_ref(), known_worker.as_ref()),
            expression,
            known_worker,
        })
    }

    fn queue(&self, target: &Map<String, Value>, inherited: Option<TaskQueueId>, path: &str) -> Result<TaskQueueId, PlanError> {
        let path_queue = format!("{path}.queue");
        let Some(sid) = text(target, "queue", path)? else {
            let detail = "the first target of a filter needs a queue";
            return inherited.ok_or_else(|| PlanError::new(path_queue, "required", detail));
        };
        let queue = sid.parse().ok().filter(|queue| (self.known)(*queue));
        queue.ok_or_else(|| {
            let detail = format!("there is no task queue {sid}");
            PlanError::new(path_queue, "unknown_queue", detail)
        })
    }
}

fn known_worker(target: &Map<String, Value>, path: &str) -> Result<Option<KnownWorker>, PlanError> {
    let read = |key: &str| -> Result<Option<Path>, PlanError> {
        let Some(text) = text(target, key, path)? else {
            return Ok(None);
        };
        let place = format!("{path}.{key}");
        let named = Path::parse(text).map_err(|error| PlanError::syntax(&place, &error))?;
        if named.root() != "task" || named.segments().len() < 2 {
            let detail = "must name an attribute of the task, such as task.agent";
            return Err(PlanError::new(place, "not_a_task_path", detail));
        }
        Ok(Some(named))
    };
    match (read("known_worker_sid")?, read("known_worker_friendly_name")?) {
        (Some(_), Some(_)) => Err(PlanError::new(
            format!("{path}.known_worker_friendly_name"),
            "exclusive",
            "a target knows its worker by sid or by name, not by both",
        )),
        (Some(sid), None) => Ok(Some(KnownWorker::Sid(sid))),
        (None, Some(name)) => Ok(Some(KnownWorker::Name(name))),
        (None, None) => Ok(None),
    }
}

fn task_paths(expression: Option<&Expression>, known: Option<&KnownWorker>) -> Vec<Path> {
    let named = expression.map(Expression::paths).unwrap_or_default();
    let named = named.iter().filter_map(|path| Path::parse(path).ok());
    named.chain(known.map(|known| known.path().clone())).filter(|path| path.root() == "task").collect()
}

fn expression(map: &Map<String, Value>, key: &str, path: &str, values: Values) -> Result<Option<Expression>, PlanError> {
    let text = text(map, key, path)?;
    let read = |text: &str| Expression::parse(text).map_err(|error| PlanError::syntax(format!("{path}.{key}"), &error));
    Ok(text.map(read).transpose()?.map(|expression| expression.under(values)))
}

/// A member's text; absent, null and blank are the same.
fn text<'a>(map: &'a Map<String, Value>, key: &str, path: &str) -> Result<Option<&'a str>, PlanError> {
    match present(map, key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.trim().is_empty())),
        Some(_) => Err(wrong_type(&format!("{path}.{key}"), "a text")),
    }
}

/// A whole number, also as text, from `least` to 2,147,483,647.
fn number(map: &Map<String, Value>, key: &str, path: &str, least: i64) -> Result<Option<i64>, PlanError> {
    let place = format!("{path}.{key}");
    let number = match present(map, key) {
        None => return Ok(None),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    let number = number.ok_or_else(|| wrong_type(&place, "a whole number"))?;
    if !(least..=i64::from(i32::MAX)).contains(&number) {
        let detail = format!("must be from {least} to {}", i32::MAX);
        return Err(PlanError::new(place, "out_of_range", detail).with("min", least).with("max", i32::MAX));
    }
    Ok(Some(number))
}

fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|value| !value.is_null())
}

fn present<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.get(key).filter(|value| !value.is_null())
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, PlanError> {
    value.as_object().ok_or_else(|| wrong_type(path, "an object"))
}

fn array<'a>(value: &'a Value, path: &str) -> Result<&'a Vec<Value>, PlanError> {
    value.as_array().ok_or_else(|| wrong_type(path, "a list"))
}

fn wrong_type(path: &str, wanted: &str) -> PlanError {
    PlanError::new(path, "wrong_type", format!("must be {wanted}")).with("what", wanted.rsplit(' ').next().unwrap_or(wanted))
}

/// Bytes from the start to a line and column, both counted from 1.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}
