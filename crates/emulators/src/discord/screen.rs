//! What a person sees in Discord's app: the places they can be in, and each message as a phone draws it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Discord, Written, embed, text, written::Channel};
use crate::platform::Abilities;

/// How long the bot is shown to be writing unless it writes, in milliseconds.
pub(super) const TYPING_MS: i64 = 10_000;
/// The reactions that the app offers first.
const REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😢", "👀"];

impl Discord {
    /// The bots, each an app's talk on the phone: id, name, and what people can do.
    pub fn bots_json(&self) -> Vec<Value> {
        let can = Abilities {
            reply: true,
            edit: true,
            unsend: true,
            react: REACTIONS.to_vec(),
            sticker: true,
            file: true,
            voice: true,
            ..Abilities::default()
        };
        let mut bots: Vec<_> = self.bots.values().collect();
        bots.sort_by(|one, other| one.id.cmp(&other.id));
        let bot = |bot: &&super::Bot| json!({ "id": bot.id, "kind": "discord", "name": bot.name, "handle": "", "can": can, "commands": bot.commands });
        bots.iter().map(bot).collect()
    }

    pub fn is_bot(&self, id: &str) -> bool {
        self.bot_by_id(id).is_some()
    }

    /// Another word after each start and reset.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Counts every change on any screen.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// A file as the app shows it: its type and its bytes.
    pub fn file_bytes_of(&self, id: &str) -> Option<(&str, bytes::Bytes)> {
        self.files.get(id).map(|file| (file.content_type.as_str(), file.bytes.clone()))
    }

    /// The direct talk with a bot and every place of the servers that the person is in, with the messages that changed after a position.
    /// The direct talk is the place without a name: it is there before its channel is.
    pub fn screens_json(&self, bot: &str, person: &str, after: u64, now: Timestamp) -> Vec<Value> {
        let Some(name) = self.bot_by_id(bot).map(|bot| bot.name.clone()) else { return Vec::new() };
        let direct = self.channels.iter().find(|(_, one)| one.direct.as_ref().is_some_and(|(b, p)| b == bot && p == person));
        let none = (String::new(), Channel::default());
        let (id, channel) = direct.unwrap_or((&none.0, &none.1));
        let mut screens = vec![self.place_json(bot, person, ("", id), channel, ("direct", &name, ""), after, now)];
        for guild in self.guilds.values().filter(|guild| guild.members.iter().any(|member| member == person)) {
            let here =
                |kind: u8| self.channels.iter().filter(move |(_, one)| one.kind == kind && one.guild.as_deref() == Some(guild.id.as_str()));
            for (id, channel) in here(0) {
                screens.push(self.place_json(bot, person, (id, id), channel, ("channel", &channel.name, &guild.name), after, now));
                for (id, thread) in here(11).filter(|(_, thread)| thread.parent.as_ref() == Some(id)) {
                    screens.push(self.place_json(bot, person, (id, id), thread, ("thread", &thread.name, &guild.name), after, now));
                }
            }
        }
        screens
    }

    #[allow(clippy::too_many_arguments)]
    fn place_json(
        &self,
        bot: &str,
        person: &str,
        (place, id): (&str, &str),
        channel: &Channel,
        (sort, name, server): (&str, &str, &str),
        after: u64,
        now: Timestamp,
    ) -> Value {
        let who = self.people.get(person).map(|person| person.id.as_str()).unwrap_or_default();
        let typing = channel.typing_until.filter(|until| *until > now).map_or(0, Timestamp::as_millisecond);
        json!({
            "account": bot,
            "person": person,
            "place": place,
            "sort": sort,
            "name": name,
            "server": server,
            "parent": channel.parent,
            "messages": self.events(id, after).iter().map(|message| self.shown(message, who)).collect::<Vec<_>>(),
            "typing_until_ms": typing,
            "blocked": self.closed.contains(person),
            "off": false,
            "opened": !channel.messages.is_empty(),
        })
    }

    /// A message with the fields that every app's messages have, and its author's name beside.
    fn shown(&self, message: &Written, who: &str) -> Value {
        let bot = self.bot_by_id(&message.author);
        let by = if message.author == who { "person" } else { "business" };
        let author = bot.map(|bot| bot.name.as_str()).or_else(|| self.person_by_id(&message.author).map(|person| person.name.as_str()));
        let media: Vec<Value> = match &message.sticker {
            Some(sticker) => vec![json!({ "file": "", "content_type": "image/png", "name": sticker, "voice": false })],
            None => {
                let within = embed::shown_files(&message.embeds);
                let files = message.files.iter().filter_map(|id| Some((id, self.files.get(id)?)));
                let files = files.filter(|(_, file)| !within.contains(&file.name.as_str()));
                files
                    .map(|(id, file)| json!({ "file": id, "content_type": file.content_type, "name": file.name, "voice": false }))
                    .collect()
            }
        };
        let mut choices = Vec::new();
        buttons(&message.components, &mut choices);
        let reaction = |(emoji, by): &(String, String)| {
            let name = emoji.split(':').next().unwrap_or_default();
            json!({ "by": if by == who { "person" } else { "business" }, "emoji": name })
        };
        json!({
            "position": message.position,
            "id": message.id,
            "by": by,
            "author": author.unwrap_or("?"),
            "app": bot.is_some(),
            // A sticker that comes with words stands below them.
            "kind": if message.sticker.is_some() && message.text.is_empty() { "sticker" } else { "text" },
            "text": self.named(&message.text),
            "header": "",
            "footer": "",
            "media": media,
            "place": null,
            "contact": null,
            "cards": self.cards(message),
            "choices": choices,
            "list_label": "",
            "reply_to": message.reply_to,
            "reactions": message.reactions.iter().map(reaction).collect::<Vec<_>>(),
            "edits": u32::from(message.edited_ms.is_some()),
            "unsent": message.deleted,
            "at_ms": message.at_ms,
            "delivered": true,
            "seen": true,
            "only_you": message.only_you,
            "thread": self.channels.get(&message.id).map(|thread| thread.name.as_str()),
        })
    }

    /// Mentions by name, as the app shows them.
    fn named(&self, said: &str) -> String {
        let people = self.people.values().map(|person| (&person.id, &person.name));
        let everybody = self.bots.values().map(|bot| (&bot.id, &bot.name)).chain(people);
        everybody.fold(said.to_owned(), |said, (id, name)| said.replace(&format!("<@{id}>"), &format!("@{name}")))
    }
}

/// Every button in its rows, and the lines of lists.
fn buttons(holder: &Value, found: &mut Vec<Value>) {
    for one in holder.as_array().into_iter().flatten() {
        buttons(one.get("components").unwrap_or(&Value::Null), found);
        if one["type"] != 2 {
            continue;
        }
        let url = text(one, "url");
        let style = if url.is_empty() { "button" } else { "link" };
        found.push(json!({
            "id": if url.is_empty() { text(one, "custom_id") } else { url }, "style": style, "title": text(one, "label"), "description": "", "section": "", "payload": "", "says": "", "url": url,
        }));
    }
}
