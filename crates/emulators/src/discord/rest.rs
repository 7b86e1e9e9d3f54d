//! The REST API and the files, as a bot uses them.

use std::collections::VecDeque;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Accepted, Bot, Discord, Faults, File, Refused, Written, embed, gateway, text, written::component, written::sticker_id};
use crate::carrier::{HttpAnswer, keep};
use crate::platform::{Request, stickers};

pub(super) const FILE_BYTES: usize = 10 << 20;
/// All permissions that there are.
pub(super) const EVERYTHING: u64 = u64::MAX >> 12;
const REQUEST_BYTES: usize = 25 << 20;
/// A nonce is known for so long, in milliseconds.
const NONCE_MS: i64 = 5 * 60_000;
/// Messages of one channel within so many milliseconds; and requests of one bot within a second.
const MESSAGES: usize = 5;
const MESSAGES_MS: i64 = 5_000;
const REQUESTS: usize = 50;

/// Status, code, words; and fields that are wrong.
pub(super) struct Error(u16, i64, &'static str, Value);

pub(super) fn error<T>(status: u16, code: i64, message: &'static str) -> Result<T, Error> {
    Err(Error(status, code, message, Value::Null))
}

pub(super) fn invalid<T>(field: &str, message: &str) -> Result<T, Error> {
    let mut errors = json!({ "_errors": [{ "code": "INVALID", "message": message }] });
    for name in field.rsplit('.') {
        errors = json!({ name: errors });
    }
    Err(Error(400, 50_035, "Invalid Form Body", errors))
}

impl Discord {
    /// Answers one request to the API or for a file.
    pub fn handle_request(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        let path = request.path.trim_end_matches('/').to_owned();
        if let Some(file) = path.strip_prefix("/attachments/") {
            return self.file(file, request, now);
        }
        if let Some(id) = path.strip_prefix("/stickers/") {
            let id = id.split('.').next().unwrap_or_default();
            return match stickers::drawn().find(|(name, _)| sticker_id(name) == id) {
                Some((_, bytes)) => HttpAnswer::bytes("image/png", Bytes::from_static(bytes)),
                None => HttpAnswer::empty(404),
            };
        }
        if Faults::strike(&mut self.faults.lose_request) {
            return HttpAnswer { lost: true, ..HttpAnswer::empty(500) };
        }
        let Some(path) = path.strip_prefix("/api/v10/") else {
            return HttpAnswer::json(404, &json!({ "message": "404: Not Found", "code": 0 }));
        };
        let parts: Vec<&str> = path.split('/').collect();
        let after_ms = self.faults.answer_delay_ms;
        match self.answered(request, &parts, now) {
            Ok(answer) => HttpAnswer { after_ms, ..answer },
            Err(Error(status, code, message, errors)) => {
                let refused = Refused { at: now, method: request.method.clone(), path: request.path.clone(), status, code };
                keep(&mut self.ledger.refused, refused);
                let mut body = json!({ "message": message, "code": code });
                if !errors.is_null() {
                    body["errors"] = errors;
                }
                HttpAnswer::json(status, &body)
            }
        }
    }

    fn answered(&mut self, request: &Request, parts: &[&str], now: Timestamp) -> Result<HttpAnswer, Error> {
        let ok = |body: &Value| Ok(HttpAnswer::json(200, body));
        if let ("POST", ["interactions", id, token, "callback"]) = (request.method.as_str(), parts) {
            let answer = request.object().unwrap_or_default();
            // The token names the bot: nothing else of the request does.
            let bot = token.strip_prefix(&format!("token-{id}-")).map(str::to_owned);
            let known = bot.is_some_and(|bot| self.acknowledged(&bot, id, None, Some(answer), now));
            return if known { Ok(HttpAnswer::empty(204)) } else { error(404, 10_062, "Unknown interaction") };
        }
        if !request.header("user-agent").is_some_and(|agent| agent.starts_with("DiscordBot (")) {
            return error(403, 0, "403: Forbidden");
        }
        let token = request.header("authorization").and_then(|auth| auth.strip_prefix("Bot ")).unwrap_or_default();
        let known = self.bots.get(token).filter(|_| !self.faults.expired_token);
        let Some(bot) = known.cloned() else { return error(401, 0, "401: Unauthorized") };
        if Faults::strike(&mut self.faults.server_error) {
            return error(502, 0, "502: Bad Gateway");
        }
        if Faults::strike(&mut self.faults.too_many) {
            return Ok(self.too_many(request, self.faults.retry_after_ms as i64, self.faults.global, now));
        }
        if let Err(wait_ms) = self.take(&bot.id, "global", REQUESTS, 1_000, now) {
            return Ok(self.too_many(request, wait_ms, true, now));
        }
        match (request.method.as_str(), parts) {
            ("GET", ["gateway"]) => ok(&json!({ "url": self.gateway_url() })),
            ("GET", ["gateway", "bot"]) => ok(&json!({ "url": self.gateway_url(), "shards": bot.shards.max(1), "session_start_limit": {
                "total": gateway::STARTS, "remaining": gateway::STARTS.saturating_sub(self.starts), "reset_after": 14_400_000, "max_concurrency": 1 } })),
            ("GET", ["users", "@me"]) => ok(&self.bot_json(&bot)),
            ("GET", ["users", "@me", "guilds"]) => {
                let guilds = self.guilds.values().map(|guild| {
                    let may = if guild.permissions == 0 { EVERYTHING } else { guild.permissions };
                    json!({ "id": guild.id, "name": guild.name, "owner": false, "permissions": may.to_string() })
                });
                ok(&guilds.collect())
            }
            ("POST", ["users", "@me", "channels"]) => {
                let wanted = request.object().map(|body| text(&body, "recipient_id").to_owned()).unwrap_or_default();
                let Some(person) = self.person_by_id(&wanted).map(|person| person.key.clone()) else {
                    return error(400, 10_013, "Unknown User");
                };
                let channel = self.direct(&bot.id, &person, now);
                ok(&json!({ "id": channel, "type": 1, "recipients": [self.user_json(&wanted)] }))
            }
            ("GET", ["users", id]) if self.person_by_id(id).is_some() => ok(&self.user_json(id)),
            ("GET", ["users", _]) => error(404, 10_013, "Unknown User"),
            ("GET", ["applications", "@me"]) => {
                let endpoint = if bot.interactions_url.is_empty() { Value::Null } else { json!(bot.interactions_url) };
                ok(&json!({ "id": bot.id, "name": bot.name, "flags": if bot.reads_content { 1 << 18 } else { 0 },
                    "verify_key": super::public_key(&bot.key_seed), "interactions_endpoint_url": endpoint }))
            }
            ("GET", ["guilds", guild, "members", id]) => {
                let member =
                    self.person_by_id(id).filter(|person| self.guilds.get(*guild).is_some_and(|guild| guild.members.contains(&person.key)));
                match member {
                    Some(person) => ok(&json!({ "user": self.person_json(person), "nick": null, "roles": [] })),
                    None => error(404, 10_007, "Unknown Member"),
                }
            }
            ("GET", ["guilds", guild, "threads", "active"]) => self.open_threads(guild),
            (_, ["channels", channel, ..]) if self.channels.contains_key(*channel) && !self.sees(channel) => {
                error(403, 50_001, "Missing Access")
            }
            (_, ["channels", channel, rest @ ..]) if self.channels.contains_key(*channel) => {
                self.in_channel(&bot, channel, rest, request, now)
            }
            (_, ["channels", ..]) => error(404, 10_003, "Unknown Channel"),
            _ => error(404, 0, "404: Not Found"),
        }
    }

    fn in_channel(&mut self, bot: &Bot, channel: &str, rest: &[&str], request: &Request, now: Timestamp) -> Result<HttpAnswer, Error> {
        let gone = || error(404, 10_008, "Unknown Message");
        let at = self.channels.get(channel).cloned().unwrap_or_default();
        match (request.method.as_str(), rest) {
            ("GET", []) => Ok(HttpAnswer::json(200, &at.json(channel))),
            ("GET", ["messages"]) => self.list_messages(bot, channel, request, now),
            ("POST", ["messages"]) => self.create(bot, channel, request, now),
            ("GET", ["messages", id]) => match at.message(id) {
                Some(message) => Ok(HttpAnswer::json(200, &self.message_for(message, &bot.id, now))),
                None => gone(),
            },
            ("PATCH" | "DELETE", ["messages", id]) => {
                let Some(message) = at.message(id) else { return gone() };
                if message.author != bot.id {
                    return error(403, 50_005, "Cannot edit a message authored by another user");
                }
                let edit = request.method == "PATCH";
                self.change(channel, id, edit, &request.object().unwrap_or_default(), now);
                match self.channels.get(channel).and_then(|at| at.message(id)).filter(|_| edit) {
                    Some(edited) => Ok(HttpAnswer::json(200, &self.message_for(edited, &bot.id, now))),
                    None => Ok(HttpAnswer::empty(204)),
                }
            }
            ("PUT" | "DELETE", ["messages", id, "reactions", emoji, "@me"]) => {
                if !self.react(channel, id, &bot.id, emoji, request.method == "PUT", now) {
                    return gone();
                }
                Ok(HttpAnswer::empty(204))
            }
            ("POST", ["messages", id, "threads"]) if at.guild.is_some() => {
                if at.message(id).is_none() {
                    return gone();
                }
                let name = request.object().map(|body| text(&body, "name").to_owned()).unwrap_or_default();
                match self.begin_thread(channel, Some(id), &bot.id, &name, now) {
                    Some(id) => Ok(HttpAnswer::json(201, &self.channels.get(&id).map(|thread| thread.json(&id)).unwrap_or_default())),
                    None => error(400, 160_004, "A thread has already been created for this message"),
                }
            }
            ("POST", ["messages", _, "threads"]) => error(400, 50_024, "Cannot execute action on this channel type"),
            ("POST", ["typing"]) => {
                keep(&mut self.ledger.typing, channel.to_owned());
                self.position += 1;
                if let Some(at) = self.channels.get_mut(channel) {
                    at.typing_until = now.checked_add(jiff::SignedDuration::from_millis(super::screen::TYPING_MS)).ok();
                }
                Ok(HttpAnswer::empty(204))
            }
            _ => error(404, 0, "404: Not Found"),
        }
    }

    /// Changes or deletes a message of either side, and tells it.
    pub(super) fn change(&mut self, channel: &str, id: &str, edit: bool, body: &Value, now: Timestamp) {
        let intents = (gateway::GUILD_MESSAGES, gateway::DIRECT_MESSAGES);
        if edit {
            self.touch(channel, id, |message| {
                if let Some(content) = body.get("content") {
                    content.as_str().unwrap_or_default().clone_into(&mut message.text);
                }
                for (given, kept) in [(body.get("embeds"), &mut message.embeds), (body.get("components"), &mut message.components)] {
                    if let Some(given) = given {
                        given.clone_into(kept);
                    }
                }
                message.edited_ms = Some(now.as_millisecond());
            });
            let Some(message) = self.channels.get(channel).and_then(|at| at.message(id)).cloned() else { return };
            let json = self.message_json(&Written { nonce: None, ..message }, now);
            self.tell_channel(channel, "MESSAGE_UPDATE", intents, &json, now);
        } else {
            self.touch(channel, id, |message| message.deleted = true);
            let mut data = json!({ "id": id, "channel_id": channel });
            self.with_guild(channel, &mut data);
            self.tell_channel(channel, "MESSAGE_DELETE", intents, &data, now);
        }
    }

    fn create(&mut self, bot: &Bot, channel: &str, request: &Request, now: Timestamp) -> Result<HttpAnswer, Error> {
        if request.body.len() > REQUEST_BYTES {
            return error(413, 40_005, "Request entity too large");
        }
        let fields = request.fields();
        let body: Value = match fields.iter().find(|part| part.name == "payload_json") {
            Some(part) => serde_json::from_slice(&part.bytes).unwrap_or_default(),
            None => request.object().unwrap_or_default(),
        };
        let nonce = text(&body, "nonce").to_owned();
        if nonce.chars().count() > 25 {
            return invalid("nonce", "Must be 25 or fewer in length.");
        }
        let known = self.channels.get(channel).and_then(|at| {
            let fresh = |one: &&Written| now.as_millisecond() - one.at_ms < NONCE_MS;
            at.messages.iter().rev().filter(fresh).find(|one| one.author == bot.id && one.nonce.as_deref() == Some(nonce.as_str()))
        });
        if body.get("enforce_nonce") == Some(&Value::Bool(true))
            && !nonce.is_empty()
            && let Some(known) = known.cloned()
        {
            self.ledger.repeats += 1;
            return Ok(HttpAnswer::json(200, &self.message_json(&known, now)));
        }
        let route = format!("messages {channel}");
        if let Err(wait_ms) = self.take(&bot.id, &route, MESSAGES, MESSAGES_MS, now) {
            let mut answer = self.too_many(request, wait_ms, false, now);
            answer.headers.extend(bucket("m", MESSAGES, channel, 0, wait_ms));
            return Ok(answer);
        }
        if Faults::strike(&mut self.faults.fail_count) {
            return error(400, self.faults.fail_code, "refused on purpose");
        }
        let direct = self.channels.get(channel).and_then(|at| at.direct.clone());
        if let Some((_, person)) = &direct {
            if !self.guilds.values().any(|guild| guild.members.contains(person)) {
                return error(403, 50_278, "Cannot send messages to this user due to having no mutual guilds");
            }
            if self.closed.contains(person) {
                return error(403, 50_007, "Cannot send messages to this user");
            }
        }
        let content = text(&body, "content");
        if content.chars().count() > 2000 {
            return invalid("content", "Must be 2000 or fewer in length.");
        }
        let parts: Vec<_> = fields.iter().filter(|part| part.name.starts_with("files[")).collect();
        if parts.iter().any(|part| part.bytes.len() > FILE_BYTES) {
            return error(413, 40_005, "Request entity too large");
        }
        if parts.len() > 10 {
            return invalid("attachments", "Must be 10 or fewer in length.");
        }
        let embeds = body.get("embeds").cloned().unwrap_or_default();
        let names: Vec<String> = parts.iter().map(|part| part.file_name.clone()).collect();
        if let Some((property, why)) = embed::fault(&embeds, &names) {
            return invalid(&property, &why);
        }
        let no_sticker = body.get("sticker_ids").and_then(Value::as_array).is_none_or(Vec::is_empty);
        if content.trim().is_empty() && parts.is_empty() && no_sticker && embeds.as_array().is_none_or(Vec::is_empty) {
            return error(400, 50_006, "Cannot send an empty message");
        }
        components(&body)?;
        let answered = body.get("message_reference").map(|reference| text(reference, "message_id").to_owned());
        let there = answered.as_deref().is_some_and(|id| self.channels.get(channel).is_some_and(|at| at.message(id).is_some()));
        let must = body.pointer("/message_reference/fail_if_not_exists") != Some(&Value::Bool(false));
        if answered.is_some() && !there && must {
            return invalid("message_reference", "Unknown message");
        }
        let sticker = sticker(&body)?;
        let files: Vec<String> =
            parts.iter().map(|part| self.keep_file(&part.file_name, &part.content_type, part.bytes.clone(), now)).collect();
        let message = Written {
            channel: channel.to_owned(),
            author: bot.id.clone(),
            text: content.to_owned(),
            files: files.clone(),
            sticker,
            reply_to: answered.filter(|_| there),
            nonce: Some(nonce).filter(|nonce| !nonce.is_empty()),
            components: body.get("components").cloned().unwrap_or_default(),
            embeds,
            ..Written::default()
        };
        let accepted = Accepted {
            id: String::new(),
            at: now,
            channel: channel.to_owned(),
            person: direct.map(|(_, person)| person),
            text: content.to_owned(),
            files,
            nonce: message.nonce.clone(),
            body,
        };
        let id = self.write(message, now);
        keep(&mut self.ledger.accepted, Accepted { id: id.clone(), ..accepted });
        let made = self.channels.get(channel).and_then(|at| at.message(&id)).cloned().unwrap_or_default();
        let mut answer = HttpAnswer::json(200, &self.message_json(&made, now));
        let (left, reset_ms) = self.left(&bot.id, &route, MESSAGES, MESSAGES_MS, now);
        answer.headers.extend(bucket("m", MESSAGES, channel, left, reset_ms));
        if Faults::strike(&mut self.faults.drop_response) {
            answer.lost = true;
            self.ledger.answers_lost += 1;
        }
        Ok(answer)
    }

    pub(super) fn keep_file(&mut self, name: &str, content_type: &str, bytes: Bytes, now: Timestamp) -> String {
        let id = self.id(now);
        let name = name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' }).collect();
        self.files.insert(id.clone(), File { name, content_type: content_type.to_owned(), bytes });
        id
    }

    fn file(&self, path: &str, request: &Request, now: Timestamp) -> HttpAnswer {
        let gone = || HttpAnswer { body: Bytes::from_static(b"This content is no longer available."), ..HttpAnswer::empty(404) };
        let id = path.split('/').nth(1).unwrap_or_default();
        let until = request.query("ex").and_then(|hex| i64::from_str_radix(hex, 16).ok()).unwrap_or_default();
        match self.files.get(id) {
            Some(file) if !self.faults.media_missing && until >= now.as_second() && request.query("hm") == Some(&self.mark(id, until)) => {
                HttpAnswer::bytes(&file.content_type, file.bytes.clone())
            }
            _ => gone(),
        }
    }

    /// Takes one of a bucket's places; without one, how long to wait in milliseconds.
    pub(super) fn take(&mut self, bot: &str, route: &str, most: usize, within_ms: i64, now: Timestamp) -> Result<(), i64> {
        let used = self.used.entry((bot.to_owned(), route.to_owned())).or_default();
        while used.front().is_some_and(|at| now.as_millisecond() - at.as_millisecond() >= within_ms) {
            used.pop_front();
        }
        match used.front() {
            Some(first) if used.len() >= most => Err(within_ms - (now.as_millisecond() - first.as_millisecond())),
            _ => {
                used.push_back(now);
                Ok(())
            }
        }
    }

    /// How many places of a bucket are left, and after how many milliseconds there is one more.
    pub(super) fn left(&self, bot: &str, route: &str, most: usize, within_ms: i64, now: Timestamp) -> (usize, i64) {
        let used = self.used.get(&(bot.to_owned(), route.to_owned()));
        let since_ms = used.and_then(VecDeque::front).map_or(0, |first| now.as_millisecond() - first.as_millisecond());
        (most.saturating_sub(used.map_or(0, VecDeque::len)), within_ms - since_ms)
    }

    pub(super) fn too_many(&mut self, request: &Request, wait_ms: i64, global: bool, now: Timestamp) -> HttpAnswer {
        keep(
            &mut self.ledger.refused,
            Refused { at: now, method: request.method.clone(), path: request.path.clone(), status: 429, code: 0 },
        );
        let seconds = wait_ms as f64 / 1000.0;
        let mut answer =
            HttpAnswer::json(429, &json!({ "message": "You are being rate limited.", "retry_after": seconds, "global": global }));
        answer.headers.push(("retry-after".into(), seconds.ceil().to_string()));
        answer.headers.push(("x-ratelimit-scope".into(), if global { "global" } else { "user" }.into()));
        if global {
            answer.headers.push(("x-ratelimit-global".into(), "true".into()));
        }
        answer
    }
}

/// How full a bucket of a channel's is.
pub(super) fn bucket(name: &str, most: usize, channel: &str, left: usize, reset_ms: i64) -> [(String, String); 4] {
    [
        ("x-ratelimit-limit".into(), most.to_string()),
        ("x-ratelimit-remaining".into(), left.to_string()),
        ("x-ratelimit-reset-after".into(), format!("{:.3}", reset_ms as f64 / 1000.0)),
        ("x-ratelimit-bucket".into(), format!("{name}{channel}")),
    ]
}

/// The sticker of a message that is made, by name: the app's drawer has those that there are. It shows one; Discord takes three.
fn sticker(body: &Value) -> Result<Option<String>, Error> {
    let wanted: Vec<&str> =
        body.get("sticker_ids").and_then(Value::as_array).into_iter().flatten().map(|id| id.as_str().unwrap_or_default()).collect();
    if wanted.len() > 3 {
        return invalid("sticker_ids", "Must be 3 or fewer in length.");
    }
    let mut found = None;
    for id in wanted {
        match stickers::drawn().find(|(name, _)| sticker_id(name) == id) {
            Some((name, _)) => found = found.or_else(|| Some(name.to_owned())),
            None => return error(400, 50_081, "Invalid sticker sent"),
        }
    }
    Ok(found)
}

fn components(body: &Value) -> Result<(), Error> {
    let Some(rows) = body.get("components").and_then(Value::as_array) else { return Ok(()) };
    if rows.len() > 5 {
        return invalid("components", "Must be 5 or fewer in length.");
    }
    let mut seen = std::collections::BTreeSet::new();
    for row in rows {
        let Some(items) = row.get("components").and_then(Value::as_array).filter(|items| (1..=5).contains(&items.len())) else {
            return invalid("components.0.components", "Must be between 1 and 5 in length.");
        };
        for item in items {
            let id = text(item, "custom_id");
            if item["type"] == 2 && item["style"] == 5 {
                let url = text(item, "url");
                let label = text(item, "label").chars().count();
                if !id.is_empty() || url.len() > 512 || !url.starts_with("http") || !(1..=80).contains(&label) {
                    return invalid("components.0.components.0.url", "A link button has a url of at most 512 characters and no custom_id.");
                }
                continue;
            }
            if !(1..=100).contains(&id.chars().count()) || text(item, "label").chars().count() > 80 || component(&json!(rows), id).is_none()
            {
                return invalid("components.0.components.0.custom_id", "Must be between 1 and 100 in length.");
            }
            if !seen.insert(id.to_owned()) {
                return invalid("components.0.components.0.custom_id", "Component custom id cannot be duplicated");
            }
        }
    }
    Ok(())
}
