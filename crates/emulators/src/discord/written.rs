//! Channels and what is written in them.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Discord, embed, text};

#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    /// 0 of a server, 1 direct, 11 a thread.
    pub kind: u8,
    pub guild: Option<String>,
    pub parent: Option<String>,
    pub owner: String,
    pub name: String,
    /// Bot and person, by id and by key.
    pub direct: Option<(String, String)>,
    pub messages: Vec<Written>,
    /// The bot is writing, until then.
    pub typing_until: Option<Timestamp>,
}

impl Channel {
    pub fn json(&self, id: &str) -> Value {
        let last = self.messages.iter().rev().find(|message| !message.only_you).map(|message| &message.id);
        json!({
            "id": id, "type": self.kind, "guild_id": self.guild, "parent_id": self.parent, "name": self.name, "owner_id": self.owner,
            "last_message_id": last,
        })
    }

    pub fn message(&self, id: &str) -> Option<&Written> {
        self.messages.iter().find(|message| message.id == id && !message.deleted && !message.only_you)
    }

    pub fn message_mut(&mut self, id: &str) -> Option<&mut Written> {
        self.messages.iter_mut().find(|message| message.id == id && !message.deleted)
    }
}

/// A message of either side, as the app shows it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Written {
    /// Counts every change on any screen; ask for what came after it.
    pub position: u64,
    pub id: String,
    pub channel: String,
    /// A user's id.
    pub author: String,
    pub at_ms: i64,
    pub edited_ms: Option<i64>,
    pub text: String,
    /// Ids of files.
    pub files: Vec<String>,
    pub sticker: Option<String>,
    pub reply_to: Option<String>,
    pub nonce: Option<String>,
    pub components: Value,
    pub embeds: Value,
    /// Emoji as the API names it (`name` or `name:id`) and who put it.
    pub reactions: Vec<(String, String)>,
    pub deleted: bool,
    /// An answer that only who gave the command sees, and that the API knows nothing of.
    pub only_you: bool,
}

impl Discord {
    /// A message as the API and the gateway tell it.
    pub(super) fn message_json(&self, message: &Written, now: Timestamp) -> Value {
        let iso =
            |ms: i64| Timestamp::from_millisecond(ms).map(|at| at.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()).unwrap_or_default();
        let within = embed::shown_files(&message.embeds);
        let beside = |id: &&String| self.files.get(*id).is_none_or(|file| !within.contains(&file.name.as_str()));
        let files: Vec<Value> = message.files.iter().filter(beside).filter_map(|id| self.file_json(&message.channel, id, now)).collect();
        let (channel, none) = (self.channels.get(&message.channel), Channel::default());
        let channel = channel.unwrap_or(&none);
        let mut mentions: Vec<Value> = Vec::new();
        for id in message.text.split("<@").skip(1).filter_map(|rest| rest.split('>').next()).map(|id| id.trim_start_matches('!')) {
            if self.bot_by_id(id).is_some() || self.person_by_id(id).is_some() {
                mentions.push(self.user_json(id));
            }
        }
        let mut json = json!({
            "id": message.id, "channel_id": message.channel, "channel_type": channel.kind, "type": if message.reply_to.is_some() { 19 } else { 0 },
            "author": self.user_json(&message.author), "content": message.text, "timestamp": iso(message.at_ms),
            "edited_timestamp": message.edited_ms.map(iso), "tts": false, "mention_everyone": false, "mentions": mentions, "mention_roles": [],
            "attachments": files, "embeds": if message.embeds.is_array() { message.embeds.clone() } else { json!([]) }, "components": if message.components.is_array() { message.components.clone() } else { json!([]) },
            "pinned": false, "flags": 0,
        });
        if let Some(guild) = &channel.guild {
            json["guild_id"] = json!(guild);
            json["member"] = json!({ "nick": null, "roles": [] });
        }
        if let Some(nonce) = &message.nonce {
            json["nonce"] = json!(nonce);
        }
        if let Some(sticker) = &message.sticker {
            json["sticker_items"] = json!([{ "id": sticker_id(sticker), "name": sticker, "format_type": 1 }]);
        }
        if let Some(answered) = &message.reply_to {
            json["message_reference"] =
                json!({ "type": 0, "message_id": answered, "channel_id": message.channel, "guild_id": channel.guild });
            let known = channel.message(answered).map(|answered| Written { reply_to: None, ..answered.clone() });
            json["referenced_message"] = known.map_or(Value::Null, |answered| self.message_json(&answered, now));
        }
        json
    }

    /// The same as a bot sees it that asks: with its reactions, and without what only the gateway tells, that is where it stands and who
    /// its author is there.
    pub(super) fn message_for(&self, message: &Written, bot: &str, now: Timestamp) -> Value {
        let mut json = self.message_json(message, now);
        if let Some(fields) = json.as_object_mut() {
            ["channel_type", "guild_id", "member"].iter().for_each(|told| drop(fields.remove(*told)));
        }
        if let Some(thread) = self.channels.get(&message.channel).filter(|channel| channel.kind == 11) {
            json["position"] = json!(thread.messages.iter().position(|one| one.id == message.id));
        }
        let mut emojis: Vec<&String> = message.reactions.iter().map(|(emoji, _)| emoji).collect();
        emojis.dedup();
        let reactions = emojis.into_iter().map(|emoji| {
            let by: Vec<&String> = message.reactions.iter().filter(|(one, _)| one == emoji).map(|(_, by)| by).collect();
            json!({ "emoji": emoji_json(emoji), "count": by.len(), "me": by.iter().any(|by| *by == bot) })
        });
        json["reactions"] = reactions.collect();
        json
    }

    fn file_json(&self, channel: &str, id: &str, now: Timestamp) -> Option<Value> {
        let file = self.files.get(id)?;
        let holds_s = if self.faults.link_s == 0 { 86_400 } else { self.faults.link_s };
        let (from, until) = (now.as_second(), now.as_second() + holds_s);
        let url = format!("{}/attachments/{channel}/{id}/{}?ex={until:x}&is={from:x}&hm={}", self.origin, file.name, self.mark(id, until));
        Some(
            json!({ "id": id, "filename": file.name, "content_type": file.content_type, "size": file.bytes.len(), "url": url, "proxy_url": url }),
        )
    }

    pub(super) fn mark(&self, id: &str, until: i64) -> String {
        crate::carrier::signature::of_link("discord", &format!("{id} {until}"))
    }

    /// Puts a message into its channel and tells everybody there.
    pub(super) fn write(&mut self, message: Written, now: Timestamp) -> String {
        let message = self.show(message, now);
        let json = self.message_json(&message, now);
        self.tell_channel(
            &message.channel,
            "MESSAGE_CREATE",
            (super::gateway::GUILD_MESSAGES, super::gateway::DIRECT_MESSAGES),
            &json,
            now,
        );
        message.id
    }

    /// Puts a message into its channel, as the app shows it, and tells nobody.
    pub(super) fn show(&mut self, mut message: Written, now: Timestamp) -> Written {
        message.id = self.id(now);
        message.at_ms = now.as_millisecond();
        self.position += 1;
        message.position = self.position;
        let channel = message.channel.clone();
        let by_bot = self.bot_by_id(&message.author).is_some();
        if let Some(at) = self.channels.get_mut(&channel) {
            at.messages.push(message.clone());
            at.typing_until = at.typing_until.filter(|_| !by_bot);
        }
        message
    }

    /// Changes a message, so that whoever looks is told; false when it is not there.
    pub(super) fn touch(&mut self, channel: &str, id: &str, change: impl FnOnce(&mut Written)) -> bool {
        self.position += 1;
        let position = self.position;
        let Some(message) = self.channels.get_mut(channel).and_then(|channel| channel.message_mut(id)) else { return false };
        change(message);
        message.position = position;
        true
    }

    /// Puts or takes a reaction, and tells it.
    pub(super) fn react(&mut self, channel: &str, id: &str, who: &str, emoji: &str, added: bool, now: Timestamp) -> bool {
        let mut changed = false;
        let there = self.touch(channel, id, |message| {
            let one = (emoji.to_owned(), who.to_owned());
            changed = message.reactions.contains(&one) != added;
            message.reactions.retain(|reaction| *reaction != one);
            if added {
                message.reactions.push(one);
            }
        });
        if changed {
            let mut data =
                json!({ "user_id": who, "channel_id": channel, "message_id": id, "emoji": emoji_json(emoji), "burst": false, "type": 0 });
            self.with_guild(channel, &mut data);
            let kind = if added { "MESSAGE_REACTION_ADD" } else { "MESSAGE_REACTION_REMOVE" };
            self.tell_channel(channel, kind, (super::gateway::GUILD_REACTIONS, super::gateway::DIRECT_REACTIONS), &data, now);
        }
        there
    }

    pub(super) fn with_guild(&self, channel: &str, data: &mut Value) {
        if let Some(guild) = self.channels.get(channel).and_then(|channel| channel.guild.clone()) {
            data["guild_id"] = json!(guild);
        }
    }

    /// Begins a thread in a server's channel; with a message it has that message's id.
    pub(super) fn begin_thread(&mut self, parent: &str, message: Option<&str>, owner: &str, name: &str, now: Timestamp) -> Option<String> {
        let guild = self.channels.get(parent)?.guild.clone()?;
        let id = message.map_or_else(|| self.id(now), str::to_owned);
        if self.channels.contains_key(&id) {
            return None;
        }
        let thread = Channel {
            kind: 11,
            guild: Some(guild),
            parent: Some(parent.to_owned()),
            owner: owner.to_owned(),
            name: name.to_owned(),
            ..Channel::default()
        };
        let mut json = thread.json(&id);
        json["newly_created"] = json!(true);
        self.position += 1;
        let position = self.position;
        // The message at which it was begun shows the way into it.
        if let Some(start) = self.channels.get_mut(parent).and_then(|parent| parent.message_mut(&id)) {
            start.position = position;
        }
        self.channels.insert(id.clone(), thread);
        self.tell_channel(&id, "THREAD_CREATE", (super::gateway::GUILDS, 0), &json, now);
        Some(id)
    }

    /// What stands in the direct messages of a bot and a person, oldest first.
    pub fn direct_messages(&self, bot: &str, person: &str) -> Vec<Written> {
        let of = |channel: &&Channel| channel.direct.as_ref().is_some_and(|(b, p)| b == bot && p == person);
        self.channels.values().find(of).map(|channel| channel.messages.clone()).unwrap_or_default()
    }

    /// The messages of a channel that changed after a position, oldest change first.
    pub fn events(&self, channel: &str, after: u64) -> Vec<Written> {
        let mut events: Vec<Written> = self
            .channels
            .get(channel)
            .into_iter()
            .flat_map(|channel| &channel.messages)
            .filter(|one| one.position > after)
            .cloned()
            .collect();
        events.sort_by_key(|one| one.position);
        events
    }
}

pub(super) fn sticker_id(name: &str) -> String {
    format!("7516063793403658{:02}", name.bytes().fold(0u32, |sum, byte| sum + u32::from(byte)) % 100)
}

pub(super) fn emoji_json(emoji: &str) -> Value {
    match emoji.split_once(':') {
        Some((name, id)) => json!({ "id": id, "name": name }),
        None => json!({ "id": null, "name": emoji }),
    }
}

/// A component by what it carries, within rows too.
pub(super) fn component<'a>(holder: &'a Value, id: &str) -> Option<&'a Value> {
    holder.as_array()?.iter().find_map(|one| if text(one, "custom_id") == id { Some(one) } else { component(one.get("components")?, id) })
}
