//! Moves one execution: hears an input, walks widgets until one waits, the flow ends or the fuel is spent.

use model::{CustomField, Execution, ExecutionState, Timestamp};
use serde_json::{Value, json};

use crate::context;
use crate::definition::{Definition, State};
use crate::effect::{Effect, Outcome};
use crate::input::Input;
use crate::visit::{Heard, Move, Visit};
use crate::{MAX_LIFE_S, MAX_REPEATS, MAX_STEPS, widgets};

/// Tells an execution what happened.
///
/// `fuel` is how many widgets may be entered in this call and is counted down; when it is spent,
/// [`Effect::OutOfFuel`] asks for another call with [`Input::Continue`].
/// `fields` are the workspace's custom fields: what a widget writes of a contact or a task has to fit them.
/// Whatever does not fit the execution's state (late timers and answers, a second start) changes nothing.
pub fn advance(
    definition: &Definition,
    fields: &[CustomField],
    execution: &mut Execution,
    input: Input<'_>,
    fuel: &mut u32,
    now: Timestamp,
) -> Outcome {
    let mut run = Run { definition, fields, execution, fuel, now, outcome: Outcome::default() };
    if run.execution.state == ExecutionState::Active {
        run.hear(input);
    }
    run.outcome
}

struct Run<'a> {
    definition: &'a Definition,
    fields: &'a [CustomField],
    execution: &'a mut Execution,
    fuel: &'a mut u32,
    now: Timestamp,
    outcome: Outcome,
}

impl Run<'_> {
    fn hear(&mut self, input: Input<'_>) {
        let started = self.execution.step_no > 0 || !self.execution.widget.is_empty();
        if started && self.now.since(self.execution.started_at) > MAX_LIFE_S * 1_000_000 {
            return self.end("the execution is older than 30 days");
        }
        match input {
            Input::Start { trigger, event, data } => {
                if !started {
                    self.start(trigger, event, data);
                }
            }
            _ if !started => {}
            Input::Continue => {
                let next = context::note(self.execution, "next").as_str().map(str::to_owned);
                if let Some(next) = next {
                    context::notes(&mut self.execution.context).remove("next");
                    self.walk(next);
                }
            }
            told => self.tell(&told),
        }
    }

    fn start(&mut self, mut trigger: Value, event: &str, data: Value) {
        let Some(state) = self.definition.trigger() else {
            return self.end("the flow has no trigger");
        };
        let taken = widgets::trigger::choose(state, event, &mut trigger);
        let message = widgets::trigger::message(&trigger);
        context::begin(self.execution, trigger, data);
        let notes = context::notes(&mut self.execution.context);
        notes.insert("message".to_owned(), message);
        notes.insert("event".to_owned(), taken.into());
        self.walk(state.name.clone());
    }

    /// Something happened while a widget waits.
    fn tell(&mut self, input: &Input<'_>) {
        let Some(state) = self.definition.state(&self.execution.widget) else {
            return self.lost();
        };
        let between = !context::note(self.execution, "next").is_null();
        if between {
            // Its step is finished and the next not entered: there is nobody to hear it.
            return;
        }
        let heard = widgets::hear(&mut self.visit(state), input);
        match heard {
            Heard::Nothing => {}
            Heard::Noted => self.record(state, None, None),
            Heard::Goes(way) => {
                self.execution.waiting = None;
                if let Some(next) = self.settle(state, way) {
                    self.walk(next);
                }
            }
        }
    }

    /// Enters widgets one after the other until there is nothing to do now.
    fn walk(&mut self, mut next: String) {
        loop {
            if *self.fuel == 0 {
                let notes = context::notes(&mut self.execution.context);
                notes.insert("next".to_owned(), next.into());
                return self.outcome.effects.push(Effect::OutOfFuel);
            }
            *self.fuel -= 1;
            let Some(state) = self.definition.state(&next) else {
                return self.lost();
            };
            self.enter(state);
            let way = widgets::enter(&mut self.visit(state));
            match self.settle(state, way) {
                Some(following) => next = following,
                None => return,
            }
        }
    }

    fn enter(&mut self, state: &State) {
        let execution = &mut *self.execution;
        let again = context::note(execution, "again").clone();
        let repeated = execution.step_no > 0 && execution.widget == state.name && again.is_null();
        execution.repeats = if repeated { execution.repeats + 1 } else { 1 };
        execution.step_no += 1;
        execution.widget.clone_from(&state.name);
        execution.waiting = None;
        let mut step = json!({ "at": self.now.micros() });
        if let Value::Object(kept) = again {
            context::object(&mut step).extend(kept);
        }
        let notes = context::notes(&mut execution.context);
        notes.remove("again");
        notes.insert("step".to_owned(), step);
    }

    /// Writes down how a widget went on; the widget to enter next, if any.
    fn settle(&mut self, state: &State, way: Move) -> Option<String> {
        match way {
            Move::Wait(waiting) => {
                self.execution.waiting = Some(waiting);
                self.record(state, None, None);
                None
            }
            Move::Leave(event) => {
                let next = state.next(event).map(str::to_owned);
                self.leave(state, event, next, None)
            }
            Move::Take(index) => {
                let transition = state.transitions.get(index)?;
                self.leave(state, &transition.event, transition.next.clone(), None)
            }
            Move::Fail { port, code, why } => {
                self.visit(state).warn(code, &why);
                let next = state.next(port).map(str::to_owned);
                let reason = format!("{} failed: {why}", state.name);
                self.leave(state, port, next, Some(reason))
            }
            Move::Again(event) => {
                let kept = self.visit(state).step_notes().remove("kept").unwrap_or_default();
                let notes = context::notes(&mut self.execution.context);
                notes.insert("again".to_owned(), json!({ "kept": kept }));
                self.leave(state, event, Some(state.name.clone()), None)
            }
            Move::End { code, why } => {
                self.visit(state).warn(code, &why);
                self.leave(state, "failed", None, Some(format!("{}: {why}", state.name)))
            }
        }
    }

    /// Leaves a widget, unless a limit or a missing widget forbids it.
    fn leave(&mut self, state: &State, event: &str, next: Option<String>, failure: Option<String>) -> Option<String> {
        let Some(next) = next else {
            self.record(state, Some(event), None);
            self.end(failure.as_deref().unwrap_or("finished"));
            return None;
        };
        let again = !context::note(self.execution, "again").is_null();
        let refusal = if self.execution.step_no >= MAX_STEPS {
            Some((81000, format!("more than {MAX_STEPS} steps")))
        } else if next == state.name && !again && self.execution.repeats >= MAX_REPEATS {
            Some((81001, format!("{} ran {MAX_REPEATS} times in a row", state.name)))
        } else if self.definition.state(&next).is_none() {
            Some((81022, format!("{} leads to {next}, which is not in this flow", state.name)))
        } else {
            None
        };
        match refusal {
            Some((code, why)) => {
                self.visit(state).warn(code, &why);
                self.record(state, Some(event), None);
                self.end(&why);
                None
            }
            None => {
                self.record(state, Some(event), Some(&next));
                Some(next)
            }
        }
    }

    fn record(&mut self, state: &State, event: Option<&str>, next: Option<&str>) {
        let step = self.visit(state).step(event.map(str::to_owned), next.map(str::to_owned));
        match self.outcome.steps.last_mut().filter(|last| last.no == step.no) {
            Some(last) => *last = step,
            None => self.outcome.steps.push(step),
        }
    }

    fn visit<'b>(&'b mut self, state: &'b State) -> Visit<'b> {
        Visit { state, fields: self.fields, execution: self.execution, effects: &mut self.outcome.effects, now: self.now }
    }

    fn lost(&mut self) {
        let reason = format!("this revision has no widget {}", self.execution.widget);
        self.end(&reason);
    }

    fn end(&mut self, reason: &str) {
        let execution = &mut *self.execution;
        execution.state = ExecutionState::Ended;
        execution.waiting = None;
        execution.ended_at = Some(self.now);
        execution.ended_reason = Some(reason.to_owned());
        context::notes(&mut execution.context).remove("next");
        self.outcome.effects.push(Effect::Ended { reason: reason.to_owned() });
    }
}

/// An event nobody waits for: customers' messages are worth a line in the log, late answers are not.
pub(crate) fn unexpected(visit: &mut Visit<'_>, input: &Input<'_>) -> Heard {
    let Input::Reply { .. } = input else {
        return Heard::Nothing;
    };
    visit.warn(81002, format!("a message came while {} was not waiting for one", visit.state.name));
    Heard::Noted
}
