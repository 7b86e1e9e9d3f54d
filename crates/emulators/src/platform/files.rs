//! Pictures and files: kept, and handed out by links that hold for a while.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Platforms, request::Request};
use crate::carrier::{
    HttpAnswer,
    signature::{hex, of_link},
};

/// All files of all platforms, in bytes; the oldest go first.
const KEPT_BYTES: usize = 256 * 1024 * 1024;
/// How long a link holds where the account says nothing, in seconds.
const LINK_S: i64 = 3 * 86_400;

#[derive(Clone, Debug)]
pub(super) struct File {
    pub account: String,
    pub content_type: String,
    pub name: String,
    pub bytes: Bytes,
    pub created_at: Timestamp,
    /// Its links are given only to who shows the account's token.
    pub guarded: bool,
}

impl File {
    /// In lowercase hexadecimal.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(&self.bytes))
    }

    pub fn sha256_base64(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.bytes))
    }
}

impl Platforms {
    /// Keeps a file under a fresh id of digits; the oldest make room.
    pub(super) fn keep_file(&mut self, file: File) -> String {
        let id = (1_000_000_000_000_000 + self.chance.up_to(8_999_999_999_999_999)).to_string();
        self.file_bytes += file.bytes.len();
        self.files.insert(id.clone(), file);
        while self.file_bytes > KEPT_BYTES {
            let oldest = self.files.iter().min_by_key(|(_, file)| file.created_at).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { break };
            self.drop_file(&oldest);
        }
        id
    }

    pub(super) fn drop_file(&mut self, id: &str) {
        if let Some(file) = self.files.remove(id) {
            self.file_bytes -= file.bytes.len();
        }
    }

    /// A file as a person's app shows it: its type and its bytes.
    pub fn file_bytes_of(&self, id: &str) -> Option<(&str, Bytes)> {
        let file = self.files.get(id)?;
        Some((&file.content_type, file.bytes.clone()))
    }

    /// The type that a file is said to have: the true one, unless the account's faults lie.
    pub(super) fn said_type(&self, file: &File) -> String {
        let lie = self.accounts.get(&file.account).and_then(|account| account.faults.media_type.clone());
        lie.unwrap_or_else(|| file.content_type.clone())
    }

    /// A link to a file that holds from now on for `hold_s` seconds, or the account's own time.
    pub(super) fn link(&self, id: &str, hold_s: Option<i64>, now: Timestamp) -> String {
        let account = self.files.get(id).and_then(|file| self.accounts.get(&file.account));
        let hold_s = account.and_then(|account| account.limits.link_s).or(hold_s).unwrap_or(LINK_S);
        let until = now.as_second().saturating_add(hold_s);
        let mark = self.link_mark(id, until);
        let guarded = self.files.get(id).is_some_and(|file| file.guarded);
        let origin = if guarded { &self.api_origin } else { &self.origin };
        format!("{origin}/media/{id}?oe={until:x}&oh={mark}")
    }

    fn link_mark(&self, id: &str, until: i64) -> String {
        let account = self.files.get(id).and_then(|file| self.accounts.get(&file.account));
        let key = account.map_or("", |account| account.config.app_secret.as_str());
        let mut mark = of_link(key, &format!("{id} {until}"));
        mark.truncate(32);
        mark
    }

    /// Hands out a file to whoever has a link that holds.
    pub(super) fn file_answer(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        let refused = |status: u16, text: &str| HttpAnswer::json(status, &json!({ "error": text }));
        let Some(id) = request.path.trim_start_matches('/').strip_prefix("media/") else {
            return refused(404, "There is no such file");
        };
        let Some(file) = self.files.get(id) else {
            return refused(404, "There is no such file");
        };
        let until = request.query("oe").and_then(|hex| i64::from_str_radix(hex, 16).ok()).unwrap_or_default();
        if request.query("oh") != Some(&self.link_mark(id, until)) {
            return refused(403, "URL signature mismatch");
        }
        let Some(account) = self.accounts.get(&file.account) else {
            return refused(404, "There is no such file");
        };
        if until < now.as_second() || account.faults.media_missing {
            // WhatsApp forgets its links, the others say that they have ended.
            let status = if file.guarded || account.faults.media_missing { 404 } else { 403 };
            return refused(status, "URL signature expired");
        }
        if file.guarded && request.bearer() != Some(&account.token.value) {
            return refused(401, "Authentication is required");
        }
        let answer = HttpAnswer::bytes(&self.said_type(file), file.bytes.clone());
        HttpAnswer { after_ms: account.faults.answer_delay_ms, ..answer }
    }
}
