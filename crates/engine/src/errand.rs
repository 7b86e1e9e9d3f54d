//! One work for a provider, request by request, and how a connector's requests leave.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use bytes::{BufMut, Bytes, BytesMut};
use connectors::{Body, FileRef, FormField, Outcome, Reply, Request, Step, Work};
use model::{ChannelAccount, DeliveryId, Problem};
use serde_json::Value;

use crate::files::made_key;
use crate::{Engine, Outgoing, OutgoingLetter, Sent};

/// A request has at most this long.
const REQUEST_MS: u64 = 20_000;
/// Dependent requests of one work; a list may have many pages.
const STEPS: usize = 10;
const PAGES: usize = 100;

impl Engine {
    /// Does a work that is no send: nothing is written down on the way, and a try that is cut begins anew. `None` where the connector has
    /// nothing to ask.
    pub(crate) async fn errand(&self, ws: i64, account: &ChannelAccount, work: &Work) -> Result<Option<Outcome>> {
        let connector = self.connector(&account.kind)?;
        let most = if matches!(work, Work::Missed { .. } | Work::Templates) { PAGES } else { STEPS };
        let mut progress = Value::Null;
        for _ in 0..most {
            let reply = match connector.next(account, work, &progress, self.now()) {
                Step::Nothing => return Ok(None),
                Step::Http(request) => {
                    let sent = self.0.world.request(self.outgoing(ws, account, request).await?).await;
                    // Asked again it would be refused, or too large, again.
                    let hopeless = match &sent {
                        Sent::NotSent { permanent: true, why } => Some(("address_refused", why)),
                        Sent::TooLarge { why } => Some(("file_too_big", why)),
                        _ => None,
                    };
                    if let (Some((code, why)), Work::Media { .. }) = (hopeless, work) {
                        return Ok(Some(Outcome::Failed(Problem { code: code.into(), detail: why.clone() })));
                    }
                    sent.reply()
                }
                step => self.other_step(ws, account, step).await?,
            };
            match self.judged(account, connector, work, &progress, &reply) {
                Outcome::More(more) => progress = more,
                outcome => return Ok(Some(outcome)),
            }
        }
        Ok(Some(Outcome::RetryAfter { ms: 60_000, why: "the provider asked for too many steps".into() }))
    }

    /// What comes of a step that is no request.
    pub(crate) async fn other_step(&self, ws: i64, account: &ChannelAccount, step: Step) -> Result<Reply> {
        Ok(match step {
            Step::Http(request) => self.0.world.request(self.outgoing(ws, account, request).await?).await.reply(),
            Step::Post(letter) => {
                let mut files = BTreeMap::new();
                for file in &letter.files {
                    files.insert(file.key.clone(), self.attached_bytes(ws, &file.key).await?);
                }
                self.0.world.post(OutgoingLetter { letter: *letter, files }).await
            }
            Step::Knock(door) => self.0.world.knock(door).await,
            Step::Frame(frame) => self.0.world.frame(account.id, Bytes::from(frame)).await,
            Step::Kept(delivery) => self.kept(ws, account, delivery).await?,
            Step::Nothing => Reply::Http { status: 200, headers: vec![], body: vec![] },
        })
    }

    /// The exact bytes of a delivery, as long as they are kept.
    async fn kept(&self, ws: i64, account: &ChannelAccount, id: DeliveryId) -> Result<Reply> {
        let found = self.0.db.read(move |tx| Box::pin(async move { store::journal::delivery(tx, ws, id).await })).await?;
        let Some(delivery) = found.filter(|found| found.channel_account_id == account.id) else {
            return Ok(Reply::Http { status: 404, headers: vec![], body: vec![] });
        };
        let body = self.config(ws).await?.open(&format!("delivery:{id}"), &delivery.sealed)?;
        let told: Value = serde_json::from_str(&delivery.headers).unwrap_or_default();
        let headers = serde_json::from_value(told["headers"].clone()).unwrap_or_default();
        Ok(Reply::Http { status: 200, headers, body })
    }

    /// A connector's request as it leaves; a file named in the body is read here.
    pub(crate) async fn outgoing(&self, ws: i64, account: &ChannelAccount, request: Request) -> Result<Outgoing> {
        let mut headers = request.headers;
        let body = match request.body {
            Body::Empty => Bytes::new(),
            Body::Bytes(bytes) => Bytes::from(bytes),
            Body::File(key) => self.attached_bytes(ws, &key).await?,
            Body::Form(fields) => {
                let boundary = format!("seaway-{}", self.ids().next::<model::JobId>().0.as_simple());
                headers.push(("content-type".into(), format!("multipart/form-data; boundary={boundary}")));
                self.form(ws, &boundary, &fields).await?
            }
        };
        Ok(Outgoing {
            method: request.method.to_owned(),
            url: request.url,
            headers,
            body,
            timeout_ms: REQUEST_MS,
            max_response_bytes: request.max_response_bytes as usize,
            follow_redirects: request.follow_redirects,
            // A provider that lets us wait fills the places of its own account alone.
            bulkhead: format!("workspace:{ws}:channel:{}", account.id),
        })
    }

    /// The bytes of a file that a request's body names.
    async fn attached_bytes(&self, ws: i64, key: &str) -> Result<Bytes> {
        let (attachment, made) = self.attached(ws, key).await?;
        let key = made.map_or(attachment.key.clone(), |made| made_key(&attachment.key, &made));
        self.0.files.get(&key).await?.context("a file that is gone")
    }

    async fn form(&self, ws: i64, boundary: &str, fields: &[FormField]) -> Result<Bytes> {
        let mut body = BytesMut::new();
        for field in fields {
            match field {
                FormField::Text { name, value } => {
                    body.put(head(boundary, name, None).as_bytes());
                    body.put(value.as_bytes());
                }
                FormField::File { name, file } => {
                    body.put(head(boundary, name, Some(file)).as_bytes());
                    body.put(self.attached_bytes(ws, &file.key).await?);
                }
            }
            body.put(&b"\r\n"[..]);
        }
        body.put(format!("--{boundary}--\r\n").as_bytes());
        Ok(body.freeze())
    }
}

/// What stands before a field of a form. A file's name may hold anything, so what would end the line or the quotes is written as browsers do.
fn head(boundary: &str, name: &str, file: Option<&FileRef>) -> String {
    let plain = |text: &str| text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut head = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"", plain(name));
    if let Some(file) = file {
        head.push_str(&format!("; filename=\"{}\"\r\ncontent-type: {}", plain(&file.name), plain(&file.media_type)));
    }
    head.push_str("\r\n\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_field() {
        let name = "a\"\r\nx: y";
        let file = FileRef { name: name.into(), media_type: "image/png".into(), bytes: 1, ..FileRef::default() };
        let head = head("b", "file", Some(&file));
        assert_eq!(
            head,
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a%22%0D%0Ax: y\"\r\ncontent-type: image/png\r\n\r\n"
        );
    }
}
