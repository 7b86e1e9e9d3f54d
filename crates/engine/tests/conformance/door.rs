//! The server's doors as the outside finds them: requests by HTTP, and people of the house by its API.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use axum::body::Body;
use axum::http::{Method, Request, header};
use bytes::Bytes;
use emulators::carrier::CallbackAnswer;
use engine::Engine;
use model::message::AttachmentState;
use model::{AttachmentId, MessageId, MessageState, Problem, WorkerId};
use serde::Deserialize;
use serde_json::{Value, json};
use server::access::secret;
use server::{Doors, Server};
use testkit::Person;

use crate::wire::Wire;

/// Where the desk is.
pub const DESK: &str = "http://localhost:8080";
const PEER: &str = "127.0.0.1:1";
/// The largest file we give out, and more.
const MOST: usize = 1 << 26;

pub fn doors(engine: &Engine) -> Doors {
    let config = server::Config { origins: engine.origins().clone(), demo_hosts: vec![], trusted_proxies: vec![] };
    Doors::new(&Server::new(engine.clone(), config), vec![], &[])
}

/// What was answered at a door.
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: Bytes,
}

impl From<Answer> for CallbackAnswer {
    /// Why something was refused is for people to read.
    fn from(answer: Answer) -> Self {
        let Answer { status, content_type, body } = answer;
        if status < 300 { Self::Answered { status, content_type, body } } else { Self::status(status) }
    }
}

/// A request from outside to an address of ours.
pub async fn ask(doors: &Doors, method: &str, url: &str, headers: &[(String, String)], body: Bytes) -> Result<Answer> {
    let uri: axum::http::Uri = url.parse().with_context(|| format!("{url} is no address"))?;
    let mut request = Request::builder().method(method).header(header::HOST, uri.authority().context("no host")?.as_str());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.uri(uri).body(Body::from(body))?;
    let (parts, body) = doors.answer(request, PEER.parse()?, false).await.into_parts();
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    Ok(Answer { status: parts.status.as_u16(), content_type, body: axum::body::to_bytes(body, MOST).await? })
}

/// What the API did not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDone {
    pub status: u16,
    pub code: String,
    /// Which of several reasons, where the code has more than one.
    pub what: String,
}

/// People of the house, each with a browser in which they stay signed in.
pub struct People {
    inside: String,
    cookies: BTreeMap<Option<WorkerId>, String>,
}

impl People {
    /// Agents of the workspace, and an admin, who is nobody's agent.
    pub async fn signed_in(engine: &Engine, ws: i64, inside: String, agents: &[WorkerId]) -> Result<Self> {
        engine.db().write(|tx| Box::pin(async move { store::access::seed_roles(tx).await })).await?;
        let mut cookies = BTreeMap::new();
        for worker in agents.iter().copied().map(Some).chain([None]) {
            cookies.insert(worker, sign_in(engine, ws, worker).await?);
        }
        Ok(Self { inside: format!("{DESK}/api/v1/workspaces/{inside}"), cookies })
    }

    /// Does something by the API, as this agent or as the admin.
    pub async fn does(
        &self,
        wire: &Wire,
        who: Option<WorkerId>,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<Result<Value, NotDone>> {
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        self.sends(wire, who, method, path, ("application/json", body)).await
    }

    pub async fn sends(
        &self,
        wire: &Wire,
        who: Option<WorkerId>,
        method: Method,
        path: &str,
        (content_type, body): (&str, Bytes),
    ) -> Result<Result<Value, NotDone>> {
        let cookie = self.cookies.get(&who).context("nobody of the house")?;
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![header("cookie", &format!("seaway={cookie}")), header("origin", DESK)];
        if !body.is_empty() {
            headers.push(header("content-type", content_type));
        }
        let answer = wire.asked(method.as_str(), &format!("{}{path}", self.inside), &headers, body).await?;
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        Ok(match answer.status {
            200..=299 => Ok(told),
            status => {
                let word = |told: &Value| told.as_str().unwrap_or_default().to_owned();
                Err(NotDone { status, code: word(&told["code"]), what: word(&told["params"]["what"]) })
            }
        })
    }

    /// What the admin finds there.
    pub async fn finds(&self, wire: &Wire, path: &str) -> Result<Value> {
        let found = self.does(wire, None, Method::GET, path, Value::Null).await?;
        found.map_err(|not| anyhow::anyhow!("{path} is not to be read: {not:?}"))
    }
}

/// A form with one file, as a browser sends it.
pub fn form(name: &str, bytes: &[u8]) -> (String, Bytes) {
    const FRAME: &str = "a-frame-that-stands-in-no-file";
    let head = format!("--{FRAME}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    let body = [head.as_bytes(), bytes, format!("\r\n--{FRAME}--\r\n").as_bytes()].concat();
    (format!("multipart/form-data; boundary={FRAME}"), body.into())
}

/// A session that no leap of the clock ends.
async fn sign_in(engine: &Engine, ws: i64, worker: Option<WorkerId>) -> Result<String> {
    let (token, far) = (secret::token()?, engine.now().plus_secs(10 * 365 * 86_400));
    let (name, role) = if worker.is_some() { ("Ana", ("agent", "own")) } else { ("Admin", ("admin", "all")) };
    let token_hash = secret::hash(&token);
    let person = Person { name, roles: &[role], worker, token_hash: &token_hash, noted_at: far, until: far };
    testkit::sign_in(engine, ws, person).await?;
    Ok(token)
}

/// A message as the API shows it to an agent.
#[derive(Debug, Clone, Deserialize)]
pub struct Said {
    pub id: MessageId,
    pub author: Speaker,
    pub text: String,
    pub attachments: Vec<File>,
    pub state: MessageState,
    pub problem: Option<Problem>,
    /// When the customer wrote it, where the provider tells.
    pub provider_at: Option<jiff::Timestamp>,
    pub extras: Vec<Extra>,
    pub choices: Vec<String>,
    pub choice: Option<String>,
    pub reply_to: Option<Quote>,
    pub reactions: Vec<Reaction>,
    pub earlier: Vec<Earlier>,
    pub unsent_at: Option<jiff::Timestamp>,
    pub unsent_by: String,
    pub revision: Option<Value>,
}

impl Said {
    pub fn is_theirs(&self) -> bool {
        self.author.kind == "contact"
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Speaker {
    pub kind: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct File {
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: String,
    pub state: AttachmentState,
    pub url: Option<String>,
    pub sticker: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Extra {
    pub kind: String,
    pub name: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub phones: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Quote {
    pub message_id: MessageId,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Reaction {
    pub emoji: String,
    pub ours: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Earlier {
    pub text: String,
}

/// What an agent writes, as the API takes it.
#[derive(Default)]
pub struct Draft {
    pub text: String,
    pub attachment_ids: Vec<AttachmentId>,
    pub reply_to: Option<MessageId>,
    /// Name, language and values.
    pub template: Option<(String, String, Vec<String>)>,
    pub cards: Vec<model::Card>,
    pub choices: Vec<String>,
    pub location: Option<Value>,
    pub contact: Option<Value>,
    pub sticker: Option<Value>,
    pub native: Option<Value>,
    /// Written by somebody who may write everywhere.
    pub by_admin: bool,
}

impl Draft {
    pub fn text(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    pub fn body(&self, client_id: &str) -> Value {
        let mut body = json!({
            "client_id": client_id, "text": self.text, "attachment_ids": self.attachment_ids, "cards": self.cards, "choices": self.choices,
        });
        if let Some(message) = self.reply_to {
            body["reply_to"] = json!(message);
        }
        if let Some((name, language, values)) = &self.template {
            body["template"] = json!({ "name": name, "language": language, "values": values });
        }
        for (key, value) in [("location", &self.location), ("contact", &self.contact), ("sticker", &self.sticker), ("native", &self.native)]
        {
            if let Some(value) = value {
                body[key] = value.clone();
            }
        }
        body
    }
}

/// The messages of a conversation, oldest first.
pub async fn messages(people: &People, wire: &Wire, conversation: &str) -> Result<Vec<Said>> {
    let mut said: Vec<Said> = vec![];
    let mut after = 0;
    loop {
        let part = people.finds(wire, &format!("/conversations/{conversation}/messages?after={after}&limit=100")).await?;
        let items = part["items"].as_array().context("no messages")?;
        after = items.last().map_or(after, |item| item["seq"].as_i64().unwrap_or_default());
        said.extend(items.iter().map(|item| serde_json::from_value(item.clone())).collect::<Result<Vec<Said>, _>>()?);
        if part["more"] != true {
            return Ok(said);
        }
        ensure!(!items.is_empty(), "more, and nothing");
    }
}
