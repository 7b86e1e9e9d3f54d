//! A person doing something in Discord's app.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Discord, Written, gateway,
    rest::{EVERYTHING, FILE_BYTES},
    text,
    written::component,
};
use crate::platform::{Act, ActMedia, Refusal};

impl Discord {
    /// A person does something: in a channel, or in the direct messages with a bot. The id of the message it made or concerns; of the
    /// thread that was begun; empty for none. `@` and a bot's name in a text mention it.
    ///
    /// # Errors
    /// 404 for a bot, person, channel or message that is not there, 400 for what the app cannot do.
    pub fn act(&mut self, bot: &str, person: &str, channel: Option<&str>, act: Act, now: Timestamp) -> Result<String, Refusal> {
        let missing = |what: &str| Refusal::new(404, format!("There is no such {what}"));
        let name = self.bot_by_id(bot).map(|bot| bot.name.clone()).ok_or_else(|| missing("bot"))?;
        let who = self.people.get(person).map(|person| person.id.clone()).ok_or_else(|| missing("person"))?;
        let channel = channel.map_or_else(|| self.direct(bot, person, now), str::to_owned);
        if !self.channels.contains_key(&channel) {
            return Err(missing("channel"));
        }
        let own = |discord: &Self, id: &str| {
            let known = discord.channels.get(&channel).and_then(|at| at.message(id)).is_some_and(|message| message.author == who);
            if known { Ok(()) } else { Err(Refusal::new(404, "There is no such message of theirs")) }
        };
        let spoken = |text: &str| text.replace(&format!("@{name}"), &format!("<@{bot}>"));
        let said = Written { channel: channel.clone(), author: who.clone(), ..Written::default() };
        match act {
            Act::Say { text, media, .. } if media.is_empty() && self.names_command(bot, &text) => {
                let (name, rest) = text[1..].split_once(' ').unwrap_or((&text[1..], ""));
                Ok(self.command(bot, (person, &who), &channel, name, rest.trim(), now))
            }
            Act::Say { text, media, reply_to, .. } => {
                let files = media.iter().map(|file| self.attach(file, now)).collect::<Result<Vec<_>, _>>()?;
                Ok(self.write(Written { text: spoken(&text), files, reply_to, ..said }, now))
            }
            Act::Sticker { sticker, reply_to } => Ok(self.write(Written { sticker: Some(sticker), reply_to, ..said }, now)),
            Act::Edit { message, text } => {
                own(self, &message)?;
                self.change(&channel, &message, true, &json!({ "content": spoken(&text) }), now);
                Ok(message)
            }
            Act::Unsend { message } => {
                own(self, &message)?;
                self.change(&channel, &message, false, &Value::Null, now);
                Ok(message)
            }
            Act::React { message, emoji } => {
                let at = self.channels.get(&channel).and_then(|at| at.message(&message)).ok_or_else(|| missing("message"))?;
                let theirs: Vec<String> = at.reactions.iter().filter(|(_, by)| *by == who).map(|(emoji, _)| emoji.clone()).collect();
                match emoji {
                    Some(emoji) => {
                        self.react(&channel, &message, &who, &emoji, true, now);
                    }
                    None => {
                        for emoji in theirs {
                            self.react(&channel, &message, &who, &emoji, false, now);
                        }
                    }
                }
                Ok(message)
            }
            Act::Typing { on: true } => {
                let mut data = json!({ "channel_id": channel, "user_id": who, "timestamp": now.as_second() });
                self.with_guild(&channel, &mut data);
                self.tell_channel(&channel, "TYPING_START", (gateway::GUILD_TYPING, gateway::DIRECT_TYPING), &data, now);
                Ok(String::new())
            }
            Act::Typing { on: false } => Ok(String::new()),
            Act::Tap { message, button } => {
                let at = self.channels.get(&channel).and_then(|at| at.message(&message)).cloned().ok_or_else(|| missing("message"))?;
                let item = component(&at.components, &button).cloned().ok_or_else(|| missing("button"))?;
                let id = self.id(now);
                let mut data = json!({
                    "id": id, "application_id": bot, "type": 3, "token": format!("token-{id}-{bot}"), "version": 1, "locale": "en-US", "channel_id": channel,
                    "data": { "custom_id": button, "component_type": item["type"] }, "message": self.message_json(&at, now),
                });
                self.asked_by(&channel, &who, &mut data);
                self.interact(bot, person, data, now);
                Ok(id)
            }
            Act::Start { title, .. } => self
                .begin_thread(&channel, None, &who, &title, now)
                .ok_or_else(|| Refusal::new(400, "Threads are begun in a server's channel")),
            Act::StaffSays { text } => Ok(self.write(Written { author: bot.to_owned(), text, ..said }, now)),
            Act::Block => {
                self.closed.insert(person.to_owned());
                self.position += 1;
                Ok(String::new())
            }
            Act::Unblock => {
                self.closed.remove(person);
                self.position += 1;
                Ok(String::new())
            }
            // Nobody is told that somebody looked.
            Act::Read | Act::Power { .. } => Ok(String::new()),
            // An event of a kind that there is not yet.
            Act::Raw { json, .. } => {
                let mut data = json!({ "channel_id": channel, "user_id": who, "news": json });
                self.with_guild(&channel, &mut data);
                self.tell_channel(&channel, "SOMETHING_NEW", (0, 0), &data, now);
                Ok(String::new())
            }
            _ => Err(Refusal::new(400, "Discord's app cannot do that")),
        }
    }

    fn names_command(&self, bot: &str, said: &str) -> bool {
        let name = said.strip_prefix('/').and_then(|rest| rest.split(' ').next());
        self.bot_by_id(bot).is_some_and(|bot| bot.commands.iter().any(|known| Some(known.as_str()) == name))
    }

    /// A command of the bot's, with everything behind it as one text.
    fn command(&mut self, bot: &str, person: (&str, &str), channel: &str, name: &str, rest: &str, now: Timestamp) -> String {
        let (key, who) = person;
        let said = format!("/{name} {rest}").trim_end().to_owned();
        // Others see that it was given; whoever gave it, what they wrote.
        self.show(Written { channel: channel.to_owned(), author: who.to_owned(), text: said, only_you: true, ..Written::default() }, now);
        let id = self.id(now);
        let words = if rest.is_empty() { json!([]) } else { json!([{ "name": "text", "type": 3, "value": rest }]) };
        let mut data = json!({
            "id": id, "application_id": bot, "type": 2, "token": format!("token-{id}-{bot}"), "version": 1, "locale": "en-US", "channel_id": channel,
            "data": { "id": "1", "name": name, "type": 1, "options": words },
        });
        self.asked_by(channel, who, &mut data);
        self.interact(bot, key, data, now);
        id
    }

    /// Who tapped or asked, and where: a member in a server, a user elsewhere.
    fn asked_by(&self, channel: &str, who: &str, data: &mut Value) {
        self.with_guild(channel, data);
        let user = self.user_json(who);
        let guild = text(data, "guild_id").to_owned();
        if guild.is_empty() {
            data["user"] = user;
            data["context"] = json!(1);
            data["authorizing_integration_owners"] = json!({ "0": "0" });
        } else {
            data["member"] = json!({ "user": user, "nick": null, "roles": [], "permissions": EVERYTHING.to_string() });
            data["context"] = json!(0);
            data["authorizing_integration_owners"] = json!({ "0": guild });
            data["guild_locale"] = json!("en-US");
        }
        data["channel"] = self.channels.get(channel).map(|at| at.json(channel)).unwrap_or_default();
        data["app_permissions"] = json!(EVERYTHING.to_string());
        data["entitlements"] = json!([]);
        data["attachment_size_limit"] = json!(FILE_BYTES);
    }

    fn attach(&mut self, file: &ActMedia, now: Timestamp) -> Result<String, Refusal> {
        let bytes = STANDARD.decode(&file.data).map_err(|why| Refusal::new(400, format!("{} is no Base64: {why}", file.name)))?;
        let name = if file.name.is_empty() { "file" } else { &file.name };
        Ok(self.keep_file(name, &file.content_type, Bytes::from(bytes), now))
    }
}
