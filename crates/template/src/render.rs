use serde_json::Value;

use crate::Budget;
use crate::budget::Steps;
use crate::condition::{Condition, Join, Test};
use crate::error::{RenderError, RenderErrorKind};
use crate::number::Num;
use crate::operand::Operand;
use crate::scope::{LoopState, Scope};
use crate::text::{text_of, write_text};
use crate::tree::{For, Node, NodeKind, Over, Piped, Template};
use crate::value::{equal, holds, is_truthy};

/// The text a template made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub text: String,
    pub warnings: Vec<Warning>,
}

/// Something the author should know, though there is a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub message: String,
    /// Counted from 1.
    pub line: usize,
}

impl Template {
    /// Renders with the names of one JSON object; `now` is in microseconds since 1970.
    ///
    /// # Errors
    /// A spent budget, a division by zero, or an unknown time zone, with the line.
    pub fn render(&self, root: &Value, budget: &Budget, now: i64) -> Result<Rendered, RenderError> {
        let mut renderer = Renderer {
            scope: Scope {
                root,
                locals: Default::default(),
                loops: Vec::new(),
                counters: Default::default(),
                cycles: Default::default(),
                steps: Steps::new(budget.steps),
                now,
            },
            budget,
            warnings: Vec::new(),
        };
        let mut text = String::new();
        renderer.nodes(&self.nodes, &mut text)?;
        Ok(Rendered { text, warnings: renderer.warnings })
    }
}

struct Renderer<'a> {
    scope: Scope<'a>,
    budget: &'a Budget,
    warnings: Vec<Warning>,
}

/// Whether rendering goes on after a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Next,
    Break,
    Continue,
}

impl Renderer<'_> {
    fn nodes(&mut self, nodes: &[Node], out: &mut String) -> Result<Then, RenderError> {
        for node in nodes {
            self.scope.steps.spend(1).map_err(|kind| kind.on(node.line))?;
            let then = self.node(node, out)?;
            if then != Then::Next {
                return Ok(then);
            }
        }
        Ok(Then::Next)
    }

    fn node(&mut self, node: &Node, out: &mut String) -> Result<Then, RenderError> {
        let at_line = |kind: RenderErrorKind| kind.on(node.line);
        match &node.kind {
            NodeKind::Text(text) => self.print(text, out).map_err(at_line)?,
            NodeKind::Output(piped) => self.output(piped, out).map_err(at_line)?,
            NodeKind::If(branches) => {
                for (condition, nodes) in branches {
                    if self.condition(condition).map_err(at_line)? {
                        return self.nodes(nodes, out);
                    }
                }
            }
            NodeKind::Case { subject, branches, otherwise } => {
                for (values, nodes) in branches {
                    if self.is_one_of(subject, values).map_err(at_line)? {
                        return self.nodes(nodes, out);
                    }
                }
                return self.nodes(otherwise, out);
            }
            NodeKind::For(each) => return self.each(each, node.line, out),
            NodeKind::Break => return Ok(Then::Break),
            NodeKind::Continue => return Ok(Then::Continue),
            NodeKind::Assign(name, piped) => {
                let value = self.piped(piped).map_err(at_line)?;
                self.scope.locals.insert(name.clone(), value);
            }
            NodeKind::Capture(name, nodes) => {
                let mut text = String::new();
                let then = self.nodes(nodes, &mut text)?;
                self.scope.locals.insert(name.clone(), text.into());
                return Ok(then);
            }
            NodeKind::Cycle { group, values } => {
                let turn = self.scope.cycles.entry(group.clone()).or_default();
                let value = &values[*turn % values.len()];
                *turn += 1;
                let text = self.scope.value(value).map(|value| text_of(&value));
                let text = text.map_err(at_line)?;
                self.print(&text, out).map_err(at_line)?;
            }
            NodeKind::Increment(name) => {
                let count = self.scope.counters.entry(name.clone()).or_default();
                let text = count.to_string();
                *count = count.saturating_add(1);
                self.print(&text, out).map_err(at_line)?;
            }
            NodeKind::Decrement(name) => {
                let count = self.scope.counters.entry(name.clone()).or_default();
                *count = count.saturating_sub(1);
                let text = count.to_string();
                self.print(&text, out).map_err(at_line)?;
            }
        }
        Ok(Then::Next)
    }

    fn print(&self, text: &str, out: &mut String) -> Result<(), RenderErrorKind> {
        if out.len() + text.len() > self.budget.output_bytes {
            return Err(RenderErrorKind::OutputTooLong);
        }
        self.scope.steps.spend_bytes(text.len())?;
        out.push_str(text);
        Ok(())
    }

    fn output(&self, piped: &Piped, out: &mut String) -> Result<(), RenderErrorKind> {
        if let ([], Ok(value)) = (piped.filters.as_slice(), self.scope.value(&piped.value)) {
            return match value.as_ref() {
                Value::String(text) => self.print(text, out),
                other => {
                    let mut text = String::new();
                    write_text(other, &mut text);
                    self.print(&text, out)
                }
            };
        }
        self.print(&text_of(&self.piped(piped)?), out)
    }

    fn piped(&self, piped: &Piped) -> Result<Value, RenderErrorKind> {
        let mut value = self.scope.value(&piped.value)?.into_owned();
        // What is copied is paid for, or assigning a large value often would cost nothing.
        self.scope.steps.spend_bytes(weight(&value))?;
        for call in &piped.filters {
            value = call.apply(value, &self.scope)?;
        }
        Ok(value)
    }

    fn condition(&self, condition: &Condition) -> Result<bool, RenderErrorKind> {
        let mut tests = vec![self.test(&condition.first)?];
        for (_, test) in &condition.rest {
            tests.push(self.test(test)?);
        }
        let mut answer = tests.pop().unwrap_or(false);
        for (join, _) in condition.rest.iter().rev() {
            let left = tests.pop().unwrap_or(false);
            answer = match join {
                Join::And => left && answer,
                Join::Or => left || answer,
            };
        }
        Ok(answer != condition.negated)
    }

    fn test(&self, test: &Test) -> Result<bool, RenderErrorKind> {
        self.scope.steps.spend(1)?;
        let left = self.scope.value(&test.left)?;
        let Some((relation, right_operand)) = &test.right else {
            return Ok(is_truthy(&left));
        };
        let right = self.scope.value(right_operand)?;
        self.scope.steps.spend_bytes(weight(&left) + weight(&right))?;
        Ok(holds((&left, &test.left), *relation, (&right, right_operand)))
    }

    fn is_one_of(&self, subject: &Operand, values: &[Operand]) -> Result<bool, RenderErrorKind> {
        let subject = self.scope.value(subject)?;
        for value in values {
            self.scope.steps.spend(1)?;
            if equal(&subject, self.scope.value(value)?.as_ref()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn each(&mut self, each: &For, line: usize, out: &mut String) -> Result<Then, RenderError> {
        let items = self.items(each, line).map_err(|kind| kind.on(line))?;
        if items.is_empty() {
            return self.nodes(&each.otherwise, out);
        }
        let length = items.len();
        for (index, item) in items.into_iter().enumerate() {
            self.scope.loops.push(LoopState { name: each.name.clone(), item, index, length });
            let then = self.nodes(&each.body, out);
            self.scope.loops.pop();
            if then? == Then::Break {
                break;
            }
        }
        Ok(Then::Next)
    }

    /// What the loop will see: after `offset` and `limit`, from the end when reversed, never more than the budget allows.
    fn items(&mut self, each: &For, line: usize) -> Result<Vec<Value>, RenderErrorKind> {
        let offset = self.count(each.offset.as_ref())?.unwrap_or(0);
        let limit = self.count(each.limit.as_ref())?.unwrap_or(usize::MAX);
        let most = self.budget.loop_iterations;
        let pick = |length: usize| {
            let length = length.saturating_sub(offset).min(limit);
            let place = move |nth: usize| offset + if each.reversed { length - 1 - nth } else { nth };
            (length > most, (0..length.min(most)).map(place))
        };
        let (cut, items): (bool, Vec<Value>) = match &each.over {
            Over::Range(from, to) => {
                let from = self.whole(from)?;
                let to = self.whole(to)?;
                let length = if to < from { 0 } else { to.abs_diff(from).saturating_add(1) };
                let (cut, places) = pick(usize::try_from(length).unwrap_or(usize::MAX));
                let item = |place: usize| from.saturating_add_unsigned(place as u64).into();
                (cut, places.map(item).collect())
            }
            Over::Value(operand) => match self.scope.value(operand)?.as_ref() {
                Value::Array(all) => {
                    let (cut, places) = pick(all.len());
                    (cut, places.map(|place| all[place].clone()).collect())
                }
                Value::Object(members) => {
                    let (cut, places) = pick(members.len());
                    let pair = |(key, value): (&String, &Value)| Value::Array(vec![key.clone().into(), value.clone()]);
                    let all = places.filter_map(|place| members.iter().nth(place).map(pair));
                    (cut, all.collect())
                }
                // A text is looped over as one item, as in classic Liquid.
                Value::String(text) if !text.is_empty() => {
                    let (cut, places) = pick(1);
                    (cut, places.map(|_| text.clone().into()).collect())
                }
                _ => (false, Vec::new()),
            },
        };
        if cut {
            let message = format!("the loop was cut short after {most} runs");
            self.warn(Warning { message, line });
        }
        for item in &items {
            self.scope.steps.spend_bytes(weight(item))?;
        }
        Ok(items)
    }

    /// One line warns once, however often it is reached.
    fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn whole(&self, operand: &Operand) -> Result<i64, RenderErrorKind> {
        Ok(match Num::of(self.scope.value(operand)?.as_ref()) {
            Num::Whole(whole) => whole,
            // Casting saturates, which is what a range's end should do.
            Num::Decimal(number) => number as i64,
        })
    }

    fn count(&self, operand: Option<&Operand>) -> Result<Option<usize>, RenderErrorKind> {
        let Some(operand) = operand else {
            return Ok(None);
        };
        if self.scope.value(operand)?.is_null() {
            return Ok(None);
        }
        Ok(Some(usize::try_from(self.whole(operand)?).unwrap_or(0)))
    }
}

/// About how many bytes a value takes.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 16 + weight(item)).sum(),
        Value::Object(members) => members.iter().map(|(key, value)| 16 + key.len() + weight(value)).sum(),
        _ => 8,
    }
}
