//! One execution being walked by hand.

use model::job::HttpAnswer;
use model::{CustomField, Execution, ExecutionState, FlowId, Step, TaskOutcome, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Definition, Effect, Input, Outcome, Surroundings, advance, parse, refresh};

pub const START: Timestamp = Timestamp::from_secs(1_795_000_000);

pub struct Walk {
    pub definition: Definition,
    pub execution: Execution,
    pub now: Timestamp,
    pub facts: Value,
    pub fields: Vec<CustomField>,
    pub closed: Option<model::Closed>,
    pub memory: Value,
    pub language: &'static str,
    pub channel: &'static str,
    pub name: &'static str,
    pub alias: &'static str,
    pub effects: Vec<Effect>,
    pub steps: Vec<Step>,
}

impl Walk {
    pub fn new(definition: &str) -> Self {
        let definition = parse(definition).expect("a definition");
        let execution = Execution {
            id: model::Id::from_uuid(Uuid::from_u128(1)),
            conversation_id: model::Id::from_uuid(Uuid::from_u128(2)),
            flow_id: <FlowId as model::Id>::from_uuid(Uuid::from_u128(3)),
            revision: 1,
            step_no: 0,
            state: ExecutionState::Active,
            widget: String::new(),
            waiting: None,
            repeats: 0,
            context: Value::Null,
            started_at: START,
            ended_at: None,
            ended_reason: None,
        };
        Self {
            definition,
            execution,
            now: START,
            facts: json!({}),
            fields: Vec::new(),
            closed: None,
            memory: Value::Null,
            language: "en",
            channel: "webchat",
            name: "Mia",
            alias: "+15550002",
            effects: Vec::new(),
            steps: Vec::new(),
        }
    }

    pub fn of(states: Value) -> Self {
        Self::new(&json!({ "initial_state": "Trigger", "states": states }).to_string())
    }

    fn typed(&self) -> Value {
        let known = self.fields.iter().filter_map(|field| Some((field.key.clone(), field.typed(self.facts[&field.key].as_str()?))));
        Value::Object(known.collect())
    }

    pub fn tell(&mut self, input: Input<'_>) -> Outcome {
        self.tell_with(input, &mut 10_000)
    }

    pub fn tell_with(&mut self, input: Input<'_>, fuel: &mut u32) -> Outcome {
        let fields = self.typed();
        refresh(
            &mut self.execution,
            Surroundings {
                channel_address: "+15550001".to_owned(),
                conversation_sid: "CH00000000000000000000000000000002".to_owned(),
                contact_address: "+15550002".to_owned(),
                contact_channel: self.channel.to_owned(),
                contact_alias: self.alias.to_owned(),
                contact_name: self.name.to_owned(),
                contact_language: self.language.to_owned(),
                facts: self.facts.clone(),
                fields,
                closed: self.closed.clone(),
                memory: self.memory.clone(),
            },
        );
        let outcome = advance(&self.definition, &self.fields, &mut self.execution, input, fuel, self.now);
        for effect in &outcome.effects {
            match effect {
                Effect::Learn { key, value } => self.facts[key] = value.as_str().into(),
                Effect::Remember { memory } => self.memory = memory.clone(),
                _ => {}
            }
        }
        self.effects.extend(outcome.effects.clone());
        for step in &outcome.steps {
            self.steps.retain(|known| known.no != step.no);
            self.steps.push(step.clone());
        }
        outcome
    }

    /// The customer's first message, as a conversation.
    pub fn start(&mut self, text: &str) -> Outcome {
        let trigger = json!({ "conversation": { "Body": text, "From": "+15550002", "MessageSid": "IM1" } });
        self.tell(Input::Start { trigger, event: "incomingConversationMessage", data: json!({}) })
    }

    pub fn reply(&mut self, text: &str) -> Outcome {
        self.tell(Input::Reply { message: json!({ "Body": text, "From": "+15550002", "NumMedia": "0" }) })
    }

    pub fn timeout(&mut self) -> Outcome {
        self.tell(Input::Timeout { step_no: self.execution.step_no })
    }

    pub fn http(&mut self, status: u16, body: &str) -> Outcome {
        let answer = HttpAnswer::Response { status, content_type: "application/json".to_owned(), body: body.to_owned() };
        self.tell(Input::HttpAnswer { step_no: self.execution.step_no, answer: &answer })
    }

    pub fn bot(&mut self, answer: Value) -> Outcome {
        self.tell(Input::BotAnswer { step_no: self.execution.step_no, answer })
    }

    pub fn made(&mut self) -> Outcome {
        self.tell(Input::TaskMade { sid: "WT1".to_owned(), attributes: "{}".to_owned() })
    }

    pub fn ended(&mut self, outcome: TaskOutcome) -> Outcome {
        self.tell(Input::TaskEnded { outcome })
    }

    /// What was said, in order.
    pub fn said(&self) -> Vec<&str> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Send { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// `widget event` of every finished step.
    pub fn path(&self) -> Vec<String> {
        self.steps.iter().filter_map(|step| Some(format!("{} {}", step.widget, step.event.as_ref()?))).collect()
    }

    pub fn warnings(&self) -> Vec<i64> {
        self.steps.iter().flat_map(|step| &step.warnings).map(|(code, _)| *code).collect()
    }

    pub fn reason(&self) -> &str {
        self.execution.ended_reason.as_deref().unwrap_or("")
    }
}
