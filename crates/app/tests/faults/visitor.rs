//! A visitor of the site with a chat: writes by HTTP until it is taken, and listens on a socket that outlives no server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use http::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::accounts::SITE;
use super::client::Client;

const PAUSE: Duration = Duration::from_millis(150);

pub struct Visitor {
    texts: UnboundedSender<String>,
    /// Texts that are not taken yet.
    waiting: Arc<AtomicUsize>,
    /// What was shown of ours, by its socket alone: id and text, in the order in which it came.
    seen: Arc<Mutex<Vec<(String, String)>>>,
    lives: JoinHandle<()>,
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.lives.abort();
    }
}

impl Visitor {
    /// Somebody who opens the site's page, and stays.
    pub fn come(port: u16, channel: &str) -> Self {
        let (texts, to_write) = unbounded_channel();
        let (waiting, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let browser = Browser { port, chat: format!("/webchat/{channel}"), waiting: waiting.clone(), seen: seen.clone() };
        Self { texts, waiting, seen, lives: tokio::spawn(browser.stay(to_write)) }
    }

    pub fn say(&self, text: &str) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _ = self.texts.send(text.to_owned());
    }

    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
    }
}

struct Browser {
    port: u16,
    chat: String,
    waiting: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Browser {
    fn client(&self, origin: &str) -> Client {
        Client::of(&format!("http://webchat.localhost:{}", self.port), self.port, origin)
    }

    async fn stay(self, texts: UnboundedReceiver<String>) {
        let token = loop {
            match self.open().await {
                Some(token) => break token,
                None => sleep(PAUSE).await,
            }
        };
        let bearer = self.client(SITE).with("authorization", &format!("Bearer {token}"));
        tokio::join!(self.write(&bearer, texts), self.listen(&token));
    }

    /// A page with the chat: its loader's ticket, and the session of the frame.
    async fn open(&self) -> Option<String> {
        let client = self.client(SITE);
        let ask = async |what: &str, body| client.ask(Method::POST, &format!("{}/{what}", self.chat), Some(body), None).await;
        let ticket = ask("ticket", json!({})).await?.body["ticket"].as_str()?.to_owned();
        let session = ask("session", json!({ "ticket": ticket, "language": "en" })).await?;
        session.body["token"].as_str().map(str::to_owned)
    }

    /// One after the other, each until it is taken; every third is said twice at the same time.
    async fn write(&self, client: &Client, mut texts: UnboundedReceiver<String>) {
        let mut no = 0_u32;
        while let Some(text) = texts.recv().await {
            no += 1;
            let said = json!({ "client_id": format!("c-{no}"), "text": text });
            let path = format!("{}/messages", self.chat);
            let say = async || {
                let answer = client.ask(Method::POST, &path, Some(said.clone()), None).await;
                answer.is_some_and(|answer| answer.status == 200)
            };
            loop {
                let taken = match no % 3 {
                    0 => tokio::join!(say(), say()),
                    _ => (say().await, false),
                };
                if taken.0 || taken.1 {
                    break;
                }
                sleep(PAUSE).await;
            }
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    async fn listen(&self, token: &str) {
        let mut position = 0;
        loop {
            let _ = self.hear(token, &mut position).await;
            sleep(PAUSE).await;
        }
    }

    /// One socket, until it breaks.
    async fn hear(&self, token: &str, position: &mut i64) -> Option<()> {
        let origin = format!("http://webchat.localhost:{}", self.port);
        let mut request = format!("{}{}/socket", origin.replacen("http", "ws", 1), self.chat).into_client_request().ok()?;
        request.headers_mut().insert("origin", origin.parse().ok()?);
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        let (mut socket, _) = timeout(Duration::from_secs(5), client_async(request, stream)).await.ok()?.ok()?;
        let hello = json!({ "type": "hello", "token": token, "after": *position });
        socket.send(Message::text(hello.to_string())).await.ok()?;
        while let Some(Ok(frame)) = socket.next().await {
            let Ok(text) = frame.to_text() else { continue };
            let said: Value = serde_json::from_str(text).unwrap_or_default();
            if said["type"] == "message" {
                self.shown(&said["message"], position);
            }
        }
        None
    }

    /// A browser shows each message once under its id, and what comes again changes it.
    fn shown(&self, message: &Value, position: &mut i64) {
        *position = (*position).max(message["pos"].as_i64().unwrap_or_default());
        let ours = matches!(message["from"].as_str(), Some("bot" | "agent")) && message["notice"].is_null();
        let (Some(id), Some(text)) = (message["id"].as_str(), message["text"].as_str()) else { return };
        let mut seen = self.seen.lock().unwrap();
        if ours && !seen.iter().any(|(known, _)| known == id) {
            seen.push((id.to_owned(), text.to_owned()));
        }
    }
}
