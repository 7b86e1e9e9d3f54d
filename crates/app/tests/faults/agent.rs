//! An agent at a desk, who outlives every server: signs in again, accepts what is offered, answers each customer once, completes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::client::Client;

/// What stands in every answer, before the conversation's id.
pub const ANSWER: &str = "Ana answers";

pub struct Agent {
    pub port: u16,
    pub ws: String,
    pub email: String,
    pub password: String,
    /// What the agent was last answered, told when a test fails.
    pub last: Arc<Mutex<Vec<String>>>,
}

/// So many last answers are kept, and so much of each: what failed is not to be drowned in them.
const KEPT: usize = 12;
const KEPT_CHARS: usize = 120;

impl Agent {
    fn note(&self, what: &str) {
        let mut last = self.last.lock().unwrap();
        if last.len() == KEPT {
            last.remove(0);
        }
        last.push(what.chars().take(KEPT_CHARS).collect());
    }

    /// Works until it is dropped.
    pub async fn work(self) {
        loop {
            let _ = self.shift().await;
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// One sign-in; ends when the server is gone.
    async fn shift(&self) -> Option<()> {
        let door = Client::new(&self.base(), self.port);
        let session = door.post("/api/v1/session", json!({ "email": self.email, "password": self.password }), "in").await?;
        self.note(&format!("sign-in: {} {}", session.status, session.body));
        let cookie = session.cookie?;
        let desk = Client::new(&self.base(), self.port).with("cookie", &cookie);
        let inside = format!("/api/v1/workspaces/{}", self.ws);
        let ticket = desk.post(&format!("{inside}/stream-ticket"), json!({}), "ticket").await?;
        self.note(&format!("ticket: {}", ticket.status));
        let ticket = ticket.body["ticket"].as_str()?.to_owned();
        let mut request = format!("ws://localhost:{}{inside}/stream?ticket={ticket}&from=0", self.port).into_client_request().ok()?;
        request.headers_mut().insert("cookie", cookie.parse().ok()?);
        request.headers_mut().insert("origin", self.base().parse().ok()?);
        let (socket, _) = timeout(Duration::from_secs(5), connect_async(request)).await.ok()?.ok()?;
        let (_sink, mut stream) = socket.split();
        // Without its socket a desk gets no offers: whichever ends first ends the shift.
        tokio::select! {
            () = async { while let Some(Ok(_)) = stream.next().await {} } => None,
            worked = self.serve(&desk, &inside) => worked,
        }
    }

    async fn serve(&self, desk: &Client, inside: &str) -> Option<()> {
        let mut answered = BTreeSet::new();
        self.note("connected");
        loop {
            let seen = desk.get(&format!("{inside}/desk")).await.filter(|answer| answer.status == 200)?.body;
            self.be_available(desk, inside, &seen).await;
            for offer in seen["reservations"].as_array()?.iter().filter(|r| r["status"] == "pending") {
                let id = offer["id"].as_str()?;
                let taken = desk.post(&format!("{inside}/reservations/{id}/accept"), json!({}), &format!("accept-{id}")).await?;
                self.note(&format!("accept {id}: {} {}", taken.status, taken.body));
            }
            // A few, and then a look at what is new.
            for reservation in seen["reservations"].as_array()?.iter().filter(|r| r["status"] == "accepted").take(3) {
                self.answer(desk, inside, &reservation["task"], &mut answered).await?;
            }
            sleep(Duration::from_millis(60)).await;
        }
    }

    /// A missed offer sets an agent to Away.
    async fn be_available(&self, desk: &Client, inside: &str, seen: &Value) {
        let available = seen["activities"].as_array().and_then(|all| all.iter().find(|a| a["name"] == "Available"));
        let (Some(worker), Some(activity)) = (seen["worker"]["id"].as_str(), available) else { return };
        if seen["worker"]["activity"]["available"] != true {
            let wanted = json!({ "activity_id": activity["id"] });
            let key = format!("available-{}", seen["position"]);
            let set = desk.post(&format!("{inside}/workers/{worker}/activity"), wanted, &key).await;
            self.note(&format!("available: {:?}", set.map(|answer| (answer.status, answer.body))));
        }
    }

    /// The same client id however often it is tried: one answer.
    async fn answer(&self, desk: &Client, inside: &str, task: &Value, answered: &mut BTreeSet<String>) -> Option<()> {
        let (task, conversation) = (task["id"].as_str()?, task["conversation_id"].as_str()?);
        if !answered.contains(task) {
            let message = json!({ "client_id": format!("answer-{task}"), "text": format!("{ANSWER} {task}"), "private": false, "attachment_ids": [] });
            let said = desk.post(&format!("{inside}/conversations/{conversation}/messages"), message, &format!("say-{task}")).await?;
            if said.status != 200 {
                self.note(&format!("answer {task}: {} {}", said.status, said.body));
                return Some(());
            }
            answered.insert(task.to_owned());
        }
        let now = desk.get(&format!("{inside}/conversations/{conversation}")).await?.body;
        let done = json!({ "disposition": "solved", "note": "", "last_seen_seq": now["last_seq"] });
        let ended = desk.post(&format!("{inside}/tasks/{task}/complete"), done, &format!("done-{task}-{}", now["last_seq"])).await?;
        if ended.status != 200 {
            self.note(&format!("complete {task}: {} {}", ended.status, ended.body));
        }
        Some(())
    }
}
