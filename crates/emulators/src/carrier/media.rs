//! Pictures and files: kept for a message, listed, handed out by a short-lived link, fetched to be sent.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    API_VERSION, Carrier, Status, Step,
    answer::{HttpAnswer, Refusal, Request},
    callback::{CallbackAnswer, Errand},
    ledger::WebhookKind,
    message, signature,
};

/// All media of one message together, in bytes.
pub(super) const MESSAGE_BYTES: usize = 5 * 1024 * 1024;
/// All media of the carrier, in bytes; the oldest go first.
const KEPT_BYTES: usize = 256 * 1024 * 1024;
/// How long a link to a file holds, in seconds.
const LINK_S: i64 = 300;

#[derive(Clone, Debug)]
pub(super) struct Media {
    pub message_sid: String,
    pub content_type: String,
    pub bytes: Bytes,
    pub created_at: Timestamp,
}

impl Carrier {
    pub(super) fn keep_media(&mut self, message_sid: &str, content_type: &str, bytes: Bytes, now: Timestamp) -> String {
        let sid = self.chance.sid("ME");
        self.media_bytes += bytes.len();
        self.media.insert(
            sid.clone(),
            Media { message_sid: message_sid.to_owned(), content_type: content_type.to_owned(), bytes, created_at: now },
        );
        while self.media_bytes > KEPT_BYTES {
            let oldest = self.media.iter().min_by_key(|(_, media)| media.created_at).map(|(sid, _)| sid.clone());
            let Some(oldest) = oldest else { break };
            self.drop_media(&oldest);
        }
        sid
    }

    pub(super) fn drop_media(&mut self, sid: &str) {
        if let Some(media) = self.media.remove(sid) {
            self.media_bytes -= media.bytes.len();
        }
    }

    /// A file as a phone sees it: its type and its bytes.
    pub fn media_bytes_of(&self, sid: &str) -> Option<(&str, Bytes)> {
        let media = self.media.get(sid)?;
        Some((&media.content_type, media.bytes.clone()))
    }

    pub(super) fn media_list(&self, request: &Request, account: &str, sid: &str) -> Result<HttpAnswer, Refusal> {
        let message = &self.messages[&self.own(request, account, sid)?];
        let list: Vec<Value> = message
            .media
            .iter()
            .filter_map(|sid| Some((sid, self.media.get(sid)?)))
            .map(|(sid, media)| show(account, sid, media))
            .collect();
        let uri = format!("{}/Media.json?PageSize=50&Page=0", message::uri(account, sid));
        Ok(HttpAnswer::json(
            200,
            &json!({
                "first_page_uri": uri,
                "end": list.len().saturating_sub(1),
                "media_list": list,
                "previous_page_uri": null,
                "uri": uri,
                "page_size": 50,
                "start": 0,
                "next_page_uri": null,
                "page": 0,
            }),
        ))
    }

    /// Answers with what is known of a file, or leads to its bytes.
    pub(super) fn media_get(
        &self,
        request: &Request,
        account: &str,
        message: &str,
        sid: &str,
        json: bool,
        now: Timestamp,
    ) -> Result<HttpAnswer, Refusal> {
        let media = self.own_media(request, account, message, sid)?;
        if json {
            return Ok(HttpAnswer::json(200, &show(account, sid, media)));
        }
        let until = now.as_second() + LINK_S;
        let mark = self.link_mark(account, sid, until);
        Ok(HttpAnswer::redirect(format!("/media/{sid}?account={account}&until={until}&signature={mark}")))
    }

    pub(super) fn media_delete(&mut self, request: &Request, account: &str, message: &str, sid: &str) -> Result<HttpAnswer, Refusal> {
        let sid = sid.to_owned();
        self.own_media(request, account, message, &sid)?;
        self.drop_media(&sid);
        Ok(HttpAnswer::empty(204))
    }

    /// Hands out a file to whoever has a link that holds, without asking who it is.
    pub(super) fn media_file(&self, request: &Request, sid: &str, now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let account = request.query("account").unwrap_or_default();
        let until = request.query("until").and_then(|until| until.parse::<i64>().ok()).unwrap_or_default();
        let genuine = self.accounts.contains_key(account)
            && request.query("signature") == Some(&self.link_mark(account, sid, until))
            && until >= now.as_second();
        if request.method != "GET" || !genuine {
            return Err(Refusal::new(403, 20003, "This link is not valid"));
        }
        let media = self.media.get(sid).filter(|_| !self.faults.media_missing).ok_or_else(|| Refusal::not_found(&request.path))?;
        Ok(HttpAnswer::bytes(&media.content_type, media.bytes.clone()))
    }

    fn own_media(&self, request: &Request, account: &str, message: &str, sid: &str) -> Result<&Media, Refusal> {
        self.own(request, account, message)?;
        self.media.get(sid).filter(|media| media.message_sid == message).ok_or_else(|| Refusal::not_found(&request.path))
    }

    fn link_mark(&self, account: &str, sid: &str, until: i64) -> String {
        let key = self.accounts.get(account).map_or("", |account| account.auth_token.as_str());
        signature::of_link(key, &format!("{sid} {until}"))
    }

    /// Sends for a message's pictures; a message without any travels at once.
    pub(super) fn fetch_media(&mut self, sid: &str, urls: Vec<String>, id: u64, at: Timestamp) {
        let Some(account_sid) = self.messages.get(&id).map(|m| m.account_sid.clone()) else {
            return;
        };
        if urls.is_empty() {
            return self.plan(at, Step::Travel(id));
        }
        for url in urls {
            let token = self.chance.sid("");
            self.plan(
                at,
                Step::Leave(Box::new(Errand {
                    kind: WebhookKind::Media,
                    account_sid: account_sid.clone(),
                    message_sid: sid.to_owned(),
                    status: String::new(),
                    method: "GET",
                    url,
                    form: Vec::new(),
                    fallback_url: String::new(),
                    token,
                    attempt: 1,
                    first_left_at: None,
                })),
            );
        }
    }

    /// A picture is here, or cannot be had. The message travels when all are here.
    pub(super) fn media_fetched(&mut self, sid: &str, answer: CallbackAnswer, now: Timestamp) {
        let Some(&id) = self.by_sid.get(sid) else {
            return;
        };
        let (content_type, bytes) = match answer {
            CallbackAnswer::Answered { status: 200, content_type, body } => (content_type, body),
            _ => {
                self.alert(now, 11200, sid, "the media could not be fetched");
                return self.advance(id, Status::Failed, Some(30_008), now);
            }
        };
        let have: usize = self.messages[&id].media.iter().filter_map(|media| self.media.get(media)).map(|media| media.bytes.len()).sum();
        if have + bytes.len() > MESSAGE_BYTES {
            return self.advance(id, Status::Failed, Some(30_019), now);
        }
        let media = self.keep_media(sid, &content_type, bytes, now);
        if let Some(message) = self.messages.get_mut(&id) {
            message.media.push(media);
            if message.media.len() == message.num_media {
                self.plan(now, Step::Travel(id));
            }
        }
    }
}

fn show(account: &str, sid: &str, media: &Media) -> Value {
    let uri = format!("/{API_VERSION}/Accounts/{account}/Messages/{}/Media/{sid}.json", media.message_sid);
    let at = message::date(media.created_at);
    json!({
        "sid": sid,
        "account_sid": account,
        "parent_sid": media.message_sid,
        "content_type": media.content_type,
        "date_created": at,
        "date_updated": at,
        "uri": uri,
    })
}
