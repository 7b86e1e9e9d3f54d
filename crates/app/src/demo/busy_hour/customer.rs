//! One customer of the busy hour, on the real road: the chat's own HTTP door with a ticket from the shop's page, or the carrier's phones.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use engine::{Outgoing, Sent, World};
use serde_json::{Value, json};

use super::plan::Customer;
use crate::demo::address::Address;
use crate::demo::installation::NUMBER;

/// A browser without a socket looks this often.
const LOOK: Duration = Duration::from_secs(3);
/// How often they look after they said everything.
const LOOKS: usize = 20;
/// What they say to an agent's first words, in each language.
const REPLIES: [(&str, &str); 3] =
    [("en", "That's kind of you, thank you!"), ("de", "Das ist nett, vielen Dank!"), ("ko", "네, 감사합니다!")];

/// Where they go.
#[derive(Clone)]
pub struct Road {
    pub world: Arc<dyn World>,
    pub address: Address,
    pub channel: String,
}

impl Road {
    async fn ask(&self, method: &str, url: String, headers: &[(&str, &str)], body: Option<Value>) -> Result<Value> {
        let mut headers: Vec<(String, String)> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if body.is_some() {
            headers.push(("content-type".into(), "application/json".into()));
        }
        let shown = url.clone();
        let sent = self
            .world
            .request(Outgoing {
                method: method.to_owned(),
                url,
                headers,
                body: body.map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
                timeout_ms: 10_000,
                max_response_bytes: 1 << 20,
                follow_redirects: 0,
                bulkhead: "busy hour".into(),
            })
            .await;
        match sent {
            Sent::Answer { status, body, .. } if (200..300).contains(&status) => Ok(serde_json::from_slice(&body).unwrap_or(Value::Null)),
            Sent::Answer { status, body, .. } => anyhow::bail!("{shown} answered {status}: {}", String::from_utf8_lossy(&body)),
            Sent::NotSent { why, .. } | Sent::Unknown { why } | Sent::TooLarge { why } => anyhow::bail!("{shown}: {why}"),
        }
    }
}

/// Comes, says everything, and stays a while for the answer.
pub async fn visit(road: &Road, customer: &Customer) -> Result<()> {
    tokio::time::sleep(Duration::from_millis(customer.at_ms)).await;
    match &customer.phone {
        Some(number) => text(road, customer, number).await,
        None => chat(road, customer).await,
    }
}

async fn text(road: &Road, customer: &Customer, number: &str) -> Result<()> {
    let url = format!("{}/control/handsets/{number}/messages", road.address.origin("carrier"));
    for (line, pause) in customer.lines.iter().zip(&customer.pauses_ms) {
        // On a phone one types slower.
        tokio::time::sleep(Duration::from_millis(pause + pause / 2)).await;
        road.ask("POST", url.clone(), &[], Some(json!({ "to": NUMBER, "text": line }))).await?;
    }
    Ok(())
}

async fn chat(road: &Road, customer: &Customer) -> Result<()> {
    let base = format!("{}/webchat/{}", road.address.origin("webchat"), road.channel);
    let shop = road.address.origin("shop");
    let asked = json!({ "page_url": format!("{shop}/"), "language": customer.language });
    let ticket = road.ask("POST", format!("{base}/ticket"), &[("origin", &shop)], Some(asked)).await?;
    let ticket = ticket["ticket"].as_str().context("a ticket without a ticket")?;
    let webchat = road.address.origin("webchat");
    let asked = json!({ "ticket": ticket, "language": customer.language });
    let session = road.ask("POST", format!("{base}/session"), &[("origin", &webchat)], Some(asked)).await?;
    let bearer = format!("Bearer {}", session["token"].as_str().context("a session without a token")?);
    let headers = [("authorization", bearer.as_str()), ("origin", webchat.as_str())];
    let mut chat = Chat { road, base: &base, headers: &headers, after: 0, said: 0, id: uuid::Uuid::now_v7().to_string() };
    for (line, pause) in customer.lines.iter().zip(&customer.pauses_ms) {
        tokio::time::sleep(Duration::from_millis(*pause)).await;
        chat.say(line).await?;
        chat.look().await?;
    }
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK).await;
        if chat.look().await? {
            tokio::time::sleep(LOOK).await;
            let reply = REPLIES.iter().find(|(language, _)| *language == customer.language).map_or(REPLIES[0].1, |(_, text)| text);
            chat.say(reply).await?;
            chat.look().await?;
            break;
        }
    }
    Ok(())
}

/// The state that a browser would keep.
struct Chat<'a> {
    road: &'a Road,
    base: &'a str,
    headers: &'a [(&'a str, &'a str)],
    after: i64,
    said: usize,
    id: String,
}

impl Chat<'_> {
    async fn say(&mut self, text: &str) -> Result<()> {
        self.said += 1;
        let body = json!({ "client_id": format!("{}-{}", self.id, self.said), "text": text, "attachment_ids": [] });
        self.road.ask("POST", format!("{}/messages", self.base), self.headers, Some(body)).await.map(drop)
    }

    /// Takes what is new, and tells that it is here and was seen; true when an agent spoke.
    async fn look(&mut self) -> Result<bool> {
        let page = self.road.ask("GET", format!("{}/messages?after={}", self.base, self.after), self.headers, None).await?;
        let position = page["position"].as_i64().unwrap_or(self.after);
        if position > self.after {
            self.after = position;
            let body = json!({ "pos": position, "seen": position });
            self.road.ask("POST", format!("{}/ack", self.base), self.headers, Some(body)).await?;
        }
        Ok(page["items"].as_array().is_some_and(|items| items.iter().any(|item| item["from"] == "agent")))
    }
}
