//! What a bot may look up of channels: their messages, page by page, and the threads of a server that are open.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::rest::{EVERYTHING, Error, error, invalid};
use super::written::Channel;
use super::{Bot, Discord, Written};
use crate::carrier::{HttpAnswer, keep};
use crate::platform::Request;

const VIEW_CHANNEL: u64 = 1 << 10;
const READ_MESSAGE_HISTORY: u64 = 1 << 16;
/// Messages of one answer.
const MOST: usize = 100;
const USUAL: usize = 50;
/// Lists of one channel within so many milliseconds.
const LISTS: usize = 5;
const LISTS_MS: i64 = 1_000;

impl Discord {
    /// What bots may do in a channel; nothing where it is hidden from them.
    fn may(&self, id: &str) -> u64 {
        let Some(channel) = self.channels.get(id) else { return 0 };
        let hidden = |id: &str| self.faults.hidden.iter().any(|hidden| hidden == id);
        let guild = channel.guild.as_deref().and_then(|guild| self.guilds.get(guild)).map_or(0, |guild| guild.permissions);
        match () {
            () if hidden(id) || channel.parent.as_deref().is_some_and(hidden) => 0,
            () if guild == 0 => EVERYTHING,
            () => guild,
        }
    }

    /// Whether bots see a channel at all.
    pub(super) fn sees(&self, channel: &str) -> bool {
        self.may(channel) & VIEW_CHANNEL != 0
    }

    /// The messages of a channel: the newest, or those before, after or around one; in any case the newest of them first.
    pub(super) fn list_messages(&mut self, bot: &Bot, channel: &str, request: &Request, now: Timestamp) -> Result<HttpAnswer, Error> {
        let limit = match request.query("limit").map(str::parse) {
            None => USUAL,
            Some(Ok(limit)) if (1..=MOST).contains(&limit) => limit,
            Some(_) => return invalid("limit", "int value should be between 1 and 100."),
        };
        let mut marks = Vec::new();
        for mark in ["before", "after", "around"] {
            match request.query(mark).map(str::parse::<u64>) {
                None => {}
                Some(Ok(id)) => marks.push((mark, id)),
                Some(Err(_)) => return invalid(mark, "Value is not snowflake."),
            }
        }
        keep(&mut self.ledger.listed, format!("{channel} {}", marks.first().map_or("newest".into(), |(mark, id)| format!("{mark} {id}"))));
        if let Err(wait_ms) = self.take(&bot.id, &format!("lists {channel}"), LISTS, LISTS_MS, now) {
            let mut answer = self.too_many(request, wait_ms, false, now);
            answer.headers.extend(super::rest::bucket("l", LISTS, channel, 0, wait_ms));
            return Ok(answer);
        }
        let (left, reset_ms) = self.left(&bot.id, &format!("lists {channel}"), LISTS, LISTS_MS, now);
        let Some(at) = self.channels.get(channel) else { return error(404, 10_003, "Unknown Channel") };
        let shown: Vec<&Written> = at.messages.iter().filter(|one| !one.deleted && !one.only_you).collect();
        // Who may not read what was written before finds nothing, and is not told why.
        let shown = if self.may(channel) & READ_MESSAGE_HISTORY == 0 { vec![] } else { shown };
        let page = page(&shown, &marks, limit);
        let json: Vec<Value> = page.into_iter().rev().map(|message| self.message_for(message, &bot.id, now)).collect();
        let mut answer = HttpAnswer::json(200, &json.into());
        answer.headers.extend(super::rest::bucket("l", LISTS, channel, left, reset_ms));
        Ok(answer)
    }

    /// The open threads of a server that the bot sees, the youngest first.
    pub(super) fn open_threads(&self, guild: &str) -> Result<HttpAnswer, Error> {
        if !self.guilds.contains_key(guild) {
            return error(404, 10_004, "Unknown Guild");
        }
        let here = |(id, one): &(&String, &Channel)| one.kind == 11 && one.guild.as_deref() == Some(guild) && self.sees(id);
        let mut threads: Vec<Value> = self.channels.iter().filter(here).map(|(id, thread)| thread.json(id)).collect();
        threads.sort_by_key(|thread| std::cmp::Reverse(thread["id"].as_str().and_then(|id| id.parse::<u64>().ok())));
        Ok(HttpAnswer::json(200, &json!({ "threads": threads, "members": [] })))
    }

    /// A channel or thread is deleted with everything in it; false where there is none.
    pub fn delete_channel(&mut self, id: &str, now: Timestamp) -> bool {
        let Some(mut gone) = self.channels.get(id).map(|channel| channel.json(id)) else { return false };
        let kind = if gone["type"] == 11 { "THREAD_DELETE" } else { "CHANNEL_DELETE" };
        self.with_guild(id, &mut gone);
        self.tell_channel(id, kind, (super::gateway::GUILDS, 0), &gone, now);
        self.channels.retain(|one, channel| one != id && channel.parent.as_deref() != Some(id));
        self.position += 1;
        true
    }
}

/// The wanted stretch of messages that stand in the order of their ids.
fn page<'a>(messages: &[&'a Written], marks: &[(&str, u64)], limit: usize) -> Vec<&'a Written> {
    let id = |message: &Written| message.id.parse::<u64>().unwrap_or_default();
    let behind = |mark: u64| messages.partition_point(|message| id(message) <= mark);
    let (from, to) = match marks.first() {
        Some(("after", mark)) => (behind(*mark), behind(*mark).saturating_add(limit)),
        Some(("before", mark)) => {
            let to = messages.partition_point(|message| id(message) < *mark);
            (to.saturating_sub(limit), to)
        }
        Some((_, mark)) => (behind(*mark).saturating_sub(limit / 2 + 1), behind(*mark) + limit / 2),
        None => (messages.len().saturating_sub(limit), messages.len()),
    };
    messages.get(from..to.min(messages.len())).unwrap_or_default().to_vec()
}
