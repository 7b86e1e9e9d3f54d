//! What the gateway tells, event by event.

use std::collections::BTreeSet;

use model::inbound::{Echo, Edit, Reaction, Sender};
use model::{ChannelAccount, Extra, InboundEvent, InboundFile, InboundMessage};
use serde_json::{Map, Value, json};

use super::place::Place;
use super::readable::{emoji, iso, readable};
use super::{base, ids, interaction, is_id, link, made_at, own_id};
use crate::contract::{AccountKey, Arrived, Batch, Health, Received};
use crate::wire::{list, text, wrong};

/// Where we are is kept with whatever is kept, and at least this often in between: an old place may be forgotten at Discord.
const KEPT_EVERY: u64 = 50;
/// Types of messages that people write; all others tell of something that happened.
const WRITTEN: [i64; 2] = [0, 19];
/// The copy of the message at which a thread was begun.
const THREAD_STARTER: i64 = 21;
const FORWARDED: i64 = 1;

/// The account as it hears: what it takes, and who it is.
pub(super) struct Ear<'a> {
    pub account: &'a ChannelAccount,
    pub own: String,
    pub direct: bool,
    pub tickets: BTreeSet<String>,
    pub watched: BTreeSet<String>,
}

impl<'a> Ear<'a> {
    pub fn of(account: &'a ChannelAccount) -> Self {
        Self {
            account,
            own: own_id(account),
            direct: account.setting("direct_messages") != "false",
            tickets: ids(account, "ticket_servers").into_iter().collect(),
            watched: ids(account, "watched_channels").into_iter().collect(),
        }
    }

    /// Whether what happens to messages of this channel can be about one that we took.
    fn follows(&self, event: &Value) -> bool {
        let guild = text(event, "guild_id");
        if guild.is_empty() { self.direct } else { self.tickets.contains(guild) || self.watched.contains(text(event, "channel_id")) }
    }

    fn is_ticket(&self, event: &Value) -> bool {
        self.tickets.contains(text(event, "guild_id"))
    }
}

/// A frame of the gateway, exactly as it came.
pub(super) fn frame(account: &ChannelAccount, from: &str, body: &[u8]) -> Received {
    let unreadable = |why: &str| Received { unreadable: Some(why.into()), ..Received::default() };
    let Ok(frame) = serde_json::from_slice::<Value>(body) else { return unreadable("a frame that is no JSON") };
    let Ok(place) = from.parse::<Place>() else { return unreadable("a frame of no session") };
    let (kind, number) = (text(&frame, "t"), frame.get("s").and_then(Value::as_u64).unwrap_or_default());
    if frame.get("op").and_then(Value::as_i64) != Some(0) || kind.is_empty() {
        return Received::default();
    }
    let none = Value::Null;
    let event = frame.get("d").unwrap_or(&none);
    let mark = format!("{}:{number}", place.session);
    let mut received = understand(&Ear::of(account), kind, event, &mark).unwrap_or_else(|why| unreadable(&why));
    let kept = !received.batches.is_empty() || received.unreadable.is_some();
    if kept || kind == "READY" || number % KEPT_EVERY == 0 {
        received.cursors.push(place.cursor(number));
        received.cursors.extend(place.told(text(event, "id")).filter(|_| kind == "MESSAGE_CREATE"));
    }
    received
}

/// One event. `mark` is of this event alone, and the same when it is told again.
fn understand(ear: &Ear, kind: &str, event: &Value, mark: &str) -> Result<Received, String> {
    let (id, channel) = (text(event, "id"), text(event, "channel_id"));
    match kind {
        "MESSAGE_CREATE" if id.is_empty() || channel.is_empty() => Err("a message without an id".into()),
        "MESSAGE_CREATE" => Ok(created(ear, event)),
        "MESSAGE_UPDATE" => Ok(of(edited(ear, event))),
        "MESSAGE_DELETE" => Ok(of(deleted(ear, event, id).into_iter().collect())),
        "MESSAGE_DELETE_BULK" => {
            let ids = list(event, "ids").filter_map(Value::as_str);
            Ok(of(ids.flat_map(|id| deleted(ear, event, id)).collect()))
        }
        "MESSAGE_REACTION_ADD" => Ok(of(reacted(ear, event, true, mark))),
        "MESSAGE_REACTION_REMOVE" => Ok(of(reacted(ear, event, false, mark))),
        "MESSAGE_REACTION_REMOVE_ALL" | "MESSAGE_REACTION_REMOVE_EMOJI" => Ok(of(cleared(ear, event, mark))),
        "TYPING_START" => Ok(typing(ear, event)),
        "INTERACTION_CREATE" => interaction::told(ear, event),
        "THREAD_CREATE" | "THREAD_UPDATE" => Ok(of(thread(ear, kind, event))),
        "THREAD_MEMBERS_UPDATE" => Ok(of(members(ear, event, mark))),
        "CHANNEL_DELETE" if ear.watched.contains(id) => {
            let detail = format!("the watched channel #{} was deleted: take {id} off the list", text(event, "name"));
            Ok(warning("watched_channels", "channel_deleted", &detail))
        }
        // A server that is unavailable is in trouble; without that word it has put the bot out.
        "GUILD_DELETE" if ear.tickets.contains(id) && event.get("unavailable") != Some(&Value::Bool(true)) => {
            let detail = format!("the bot was removed from the server {id}: invite it again, or take the server off the list");
            Ok(warning("ticket_servers", "bot_removed", &detail))
        }
        // Directories are not kept: names stand in the messages. Whose thread was deleted is not told.
        _ => Ok(Received::default()),
    }
}

pub(super) fn of(events: Vec<Arrived>) -> Received {
    let batches = if events.is_empty() { vec![] } else { vec![Batch { account: AccountKey::This, events }] };
    Received { batches, ..Received::default() }
}

fn warning(setting: &str, code: &str, detail: &str) -> Received {
    Received { health: Some(Health::Warning(wrong(setting, code, detail))), ..Received::default() }
}

/// Where a message belongs, if it is for us.
struct Taken {
    /// Thread keys, canonical first.
    keys: Vec<String>,
    /// It asks for a ticket: our first answer begins a thread at it.
    open: bool,
}

fn taken(ear: &Ear, message: &Value) -> Option<Taken> {
    let (id, channel, guild) = (text(message, "id"), text(message, "channel_id"), text(message, "guild_id"));
    let at = |key: &str| Some(Taken { keys: vec![key.to_owned()], open: false });
    if guild.is_empty() {
        let person = text(message.get("author")?, "id");
        return ear.direct.then(|| Taken { keys: vec![channel.to_owned(), person.to_owned()], open: false });
    }
    // Positions count within threads; the type of the channel is told by newer gateways only.
    let kind = message.get("channel_type").and_then(Value::as_i64);
    let in_thread = matches!(kind, Some(10..=12)) || kind.is_none() && message.get("position").is_some();
    if in_thread && ear.is_ticket(message) {
        return at(channel);
    }
    if !ear.watched.contains(channel) || !addressed(ear, message) {
        return None;
    }
    let open = ear.is_ticket(message) && !in_thread;
    if open { Some(Taken { keys: vec![id.to_owned()], open }) } else { at(channel) }
}

/// Whether a message mentions the bot or answers it.
fn addressed(ear: &Ear, message: &Value) -> bool {
    let answered = message.get("referenced_message").and_then(|answered| answered.get("author")).map(|author| text(author, "id"));
    list(message, "mentions").any(|person| text(person, "id") == ear.own) || answered == Some(ear.own.as_str())
}

pub(super) fn created(ear: &Ear, message: &Value) -> Received {
    let none = Value::Null;
    let author = message.get("author").unwrap_or(&none);
    if text(author, "id") == ear.own {
        return of(echoed(ear, message).into_iter().collect());
    }
    // Two bots that answer each other would never end.
    if author.get("bot") == Some(&Value::Bool(true)) || message.get("webhook_id").is_some_and(|id| !id.is_null()) {
        return Received::default();
    }
    let kind = message.get("type").and_then(Value::as_i64).unwrap_or_default();
    let Some(Taken { keys, open }) = taken(ear, message) else { return Received::default() };
    let starter = message.get("referenced_message").unwrap_or(&none);
    let content = match kind {
        kind if WRITTEN.contains(&kind) => message,
        // What opened a ticket by a mention was taken when it was written.
        THREAD_STARTER if starter.is_object() && text(starter.get("author").unwrap_or(&none), "id") != ear.own => {
            let watched = message.get("message_reference").is_some_and(|at| ear.watched.contains(text(at, "channel_id")));
            if watched && addressed(ear, starter) {
                return Received::default();
            }
            starter
        }
        _ => return Received::default(),
    };
    let from = sender(ear.account, author, message.get("member").unwrap_or(&none));
    let made = written(ear, message, content);
    let mut received = Received::default();
    if hidden(message, &made) {
        let detail = "Discord hides what people write: switch the Message Content Intent on in the developer portal under Bot";
        received = warning("application_id", "message_content_missing", detail);
    }
    let event = InboundEvent::Message(InboundMessage {
        raw: raw(ear, &from, message, &made.text),
        context: notes(message, open),
        from,
        provider_id: text(message, "id").to_owned(),
        ..made
    });
    let arrived = Arrived { external_id: text(message, "id").to_owned(), keys, event, provider_at: at(message) };
    Received { batches: of(vec![arrived]).batches, ..received }
}

/// A message that says nothing at all was emptied for us.
fn hidden(message: &Value, made: &InboundMessage) -> bool {
    let guild = !text(message, "guild_id").is_empty();
    guild && matches!(made.extras.as_slice(), [Extra::Unsupported { what }] if what == "empty")
}

fn at(message: &Value) -> Option<model::Timestamp> {
    message.get("timestamp").and_then(iso).or_else(|| made_at(text(message, "id")))
}

/// One of our own, known by its nonce; or the bot spoke through another program.
fn echoed(ear: &Ear, message: &Value) -> Option<Arrived> {
    let (id, channel) = (text(message, "id"), text(message, "channel_id"));
    let kind = message.get("type").and_then(Value::as_i64).unwrap_or_default();
    if !ear.follows(message) && !ear.is_ticket(message) || !WRITTEN.contains(&kind) {
        return None;
    }
    let ours = super::outbound::part_of(text(message, "nonce"));
    // Whom other words of the bot are for is not told, so they stand nowhere.
    let (ours, part) = ours?;
    let made = InboundMessage { provider_id: id.to_owned(), ..written(ear, message, message) };
    let event = InboundEvent::Echo(Echo { message: made, ours: Some(ours), part: Some(part), ..Echo::default() });
    Some(Arrived { external_id: id.to_owned(), keys: vec![channel.to_owned()], event, provider_at: at(message) })
}

/// An edit has a time of its own; without one Discord only added a preview of a link. The engine passes over what left the text as it was,
/// e.g. because the message was pinned.
fn edited(ear: &Ear, message: &Value) -> Vec<Arrived> {
    let none = Value::Null;
    let author = message.get("author").unwrap_or(&none);
    let (id, channel) = (text(message, "id"), text(message, "channel_id"));
    let Some(at) = message.get("edited_timestamp").and_then(iso) else { return vec![] };
    let bot = author.get("bot") == Some(&Value::Bool(true)) || message.get("webhook_id").is_some_and(|id| !id.is_null());
    if bot || text(author, "id") == ear.own || !ear.follows(message) || message.get("content").is_none() {
        return vec![];
    }
    let from = sender(ear.account, author, message.get("member").unwrap_or(&none));
    let said = readable(text(message, "content"), message);
    let event = InboundEvent::Edit(Edit { from, provider_id: id.to_owned(), text: said, no: at.millis() });
    vec![Arrived { external_id: format!("{id}:{}", at.millis()), keys: vec![channel.to_owned()], event, provider_at: Some(at) }]
}

/// Who deleted it is not told, nor whose it was.
fn deleted(ear: &Ear, event: &Value, id: &str) -> Option<Arrived> {
    if id.is_empty() || !ear.follows(event) {
        return None;
    }
    let unsend = InboundEvent::Unsend { from: Sender::default(), provider_id: id.to_owned() };
    Some(Arrived {
        external_id: format!("{id}:deleted"),
        keys: vec![text(event, "channel_id").to_owned()],
        event: unsend,
        provider_at: None,
    })
}

fn reacted(ear: &Ear, event: &Value, added: bool, mark: &str) -> Vec<Arrived> {
    let none = Value::Null;
    let (user, member) = (text(event, "user_id"), event.get("member").unwrap_or(&none));
    if user.is_empty() || user == ear.own || !ear.follows(event) {
        return vec![];
    }
    let known = member.get("user").unwrap_or(&none);
    let from = Sender { external_id: user.to_owned(), verified: true, name: name(known, member), ..Sender::default() };
    let sign = event.get("emoji").map(emoji).unwrap_or_default();
    vec![reaction(event, Reaction { from, provider_id: text(event, "message_id").to_owned(), emoji: sign, added, alone: false }, mark)]
}

/// A moderator took away everybody's reactions, or all with one emoji.
fn cleared(ear: &Ear, event: &Value, mark: &str) -> Vec<Arrived> {
    if !ear.follows(event) {
        return vec![];
    }
    let sign = event.get("emoji").map(emoji).unwrap_or_default();
    let provider_id = text(event, "message_id").to_owned();
    vec![reaction(event, Reaction { provider_id, emoji: sign, ..Reaction::default() }, mark)]
}

fn reaction(event: &Value, reaction: Reaction, mark: &str) -> Arrived {
    let external_id = format!("{}:reaction:{mark}", reaction.provider_id);
    let keys = vec![text(event, "channel_id").to_owned()];
    Arrived { external_id, keys, event: InboundEvent::Reaction(reaction), provider_at: None }
}

fn typing(ear: &Ear, event: &Value) -> Received {
    let ours = text(event, "user_id") == ear.own || text(event, "channel_id").is_empty();
    if ours || !ear.follows(event) {
        return Received::default();
    }
    Received { typing: vec![(text(event, "channel_id").to_owned(), true)], ..Received::default() }
}

/// A thread that somebody began, or that was closed. Those the bot began itself are known.
fn thread(ear: &Ear, kind: &str, thread: &Value) -> Vec<Arrived> {
    let (id, owner) = (text(thread, "id"), text(thread, "owner_id"));
    if !ear.is_ticket(thread) || owner.is_empty() || owner == ear.own {
        return vec![];
    }
    let none = Value::Null;
    let state = thread.get("thread_metadata").unwrap_or(&none);
    let archived = state.get("archived") == Some(&Value::Bool(true));
    let (what, mark) = match kind {
        "THREAD_CREATE" if thread.get("newly_created") == Some(&Value::Bool(true)) => ("thread_opened", ""),
        "THREAD_UPDATE" if archived => ("thread_closed", text(state, "archive_timestamp")),
        _ => return vec![],
    };
    let facts = vec![("thread".to_owned(), text(thread, "name").to_owned())];
    let from = Sender { external_id: owner.to_owned(), verified: true, facts, ..Sender::default() };
    let event = InboundEvent::Touch { from, what: what.to_owned() };
    let provider_at = if mark.is_empty() { made_at(id) } else { state.get("archive_timestamp").and_then(iso) };
    vec![Arrived { external_id: format!("{id}:{what}:{mark}"), keys: vec![id.to_owned()], event, provider_at }]
}

/// Who came to a ticket's thread or left it.
fn members(ear: &Ear, event: &Value, mark: &str) -> Vec<Arrived> {
    if !ear.is_ticket(event) {
        return vec![];
    }
    let none = Value::Null;
    let came = list(event, "added_members").map(|member| {
        let who = member.get("member").unwrap_or(&none);
        (text(member, "user_id"), name(who.get("user").unwrap_or(&none), who), "joined")
    });
    let left = list(event, "removed_member_ids").filter_map(Value::as_str).map(|id| (id, String::new(), "left"));
    let moved = came.chain(left).filter(|(user, ..)| is_id(user) && *user != ear.own);
    let touch = moved.map(|(user, name, what)| {
        let from = Sender { external_id: user.to_owned(), verified: true, name, ..Sender::default() };
        Arrived {
            external_id: format!("{mark}:{what}:{user}"),
            keys: vec![text(event, "id").to_owned()],
            event: InboundEvent::Touch { from, what: what.to_owned() },
            provider_at: None,
        }
    });
    touch.collect()
}

/// A person as Discord shows them: by their name in the server, their own name, or what they sign in with.
pub(super) fn name(user: &Value, member: &Value) -> String {
    let names = [text(member, "nick"), text(user, "global_name"), text(user, "username")];
    names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default().to_owned()
}

pub(super) fn facts(account: &ChannelAccount, user: &Value) -> Vec<(String, String)> {
    let (id, hash) = (text(user, "id"), text(user, "avatar"));
    let picture = if is_id(id) && !hash.is_empty() {
        format!("{}/avatars/{id}/{}.png", base(account, "cdn_base_url"), crate::wire::quoted(hash))
    } else {
        String::new()
    };
    let facts = [("username", text(user, "username").to_owned()), ("picture", picture)];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key.to_owned(), value)).collect()
}

pub(super) fn sender(account: &ChannelAccount, user: &Value, member: &Value) -> Sender {
    Sender {
        external_id: text(user, "id").to_owned(),
        scoped: false,
        name: name(user, member),
        verified: true,
        facts: facts(account, user),
    }
}

/// What a message holds. `content` is the message itself, or the one it is a copy of.
fn written(ear: &Ear, message: &Value, content: &Value) -> InboundMessage {
    let none = Value::Null;
    let place = (text(message, "channel_id"), text(message, "id"));
    let mut made = InboundMessage { text: readable(text(content, "content"), content), ..InboundMessage::default() };
    made.files = files(ear, content, place);
    let reference = message.get("message_reference").unwrap_or(&none);
    let referenced = text(reference, "message_id");
    if reference.get("type").and_then(Value::as_i64) == Some(FORWARDED) {
        let guild = match text(reference, "guild_id") {
            "" => "@me",
            guild => guild,
        };
        let url = format!("https://discord.com/channels/{guild}/{}/{referenced}", text(reference, "channel_id"));
        made.extras.push(Extra::Link { what: "forwarded".into(), title: String::new(), url });
        for shot in list(message, "message_snapshots").filter_map(|shot| shot.get("message")) {
            let said = readable(text(shot, "content"), shot);
            made.text = [made.text.as_str(), said.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
            made.files.extend(files(ear, shot, place));
        }
    } else if !referenced.is_empty() && text(reference, "channel_id") == place.0 {
        made.reply_to = Some(referenced.to_owned());
    }
    if let Some(poll) = content.get("poll").filter(|poll| poll.is_object()) {
        let answers = list(poll, "answers").filter_map(|answer| answer.get("poll_media")).map(|answer| text(answer, "text"));
        let lines: Vec<String> = answers.enumerate().map(|(no, answer)| format!("{}. {answer}", no + 1)).collect();
        let asked = poll.get("question").map(|question| text(question, "text")).unwrap_or_default();
        made.text =
            [made.text.as_str(), asked, &lines.join("\n")].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    }
    // Animated by a description instead of a picture, for which one needs Discord's own player.
    let drawn = list(content, "sticker_items").filter(|sticker| sticker.get("format_type").and_then(Value::as_i64) == Some(3));
    made.extras.extend(drawn.map(|sticker| Extra::Unsupported { what: format!("sticker {}", text(sticker, "name")) }));
    if made.text.trim().is_empty() && made.files.is_empty() && made.extras.is_empty() {
        let embedded = list(content, "embeds").next().is_some() || list(content, "components").next().is_some();
        made.extras.push(Extra::Unsupported { what: if embedded { "embed" } else { "empty" }.into() });
    }
    made
}

fn files(ear: &Ear, content: &Value, (channel, message): (&str, &str)) -> Vec<InboundFile> {
    let attached = list(content, "attachments").map(|file| {
        let (title, name, kind) = (text(file, "title"), text(file, "filename"), text(file, "content_type"));
        let kind = if kind.is_empty() { "application/octet-stream" } else { kind };
        InboundFile::Url {
            url: link(text(file, "url"), channel, message, text(file, "id")),
            media_type: kind.split(';').next().unwrap_or_default().trim().to_owned(),
            name: if name.is_empty() { title } else { name }.to_owned(),
            sticker: false,
        }
    });
    let cdn = base(ear.account, "cdn_base_url");
    let stickers = list(content, "sticker_items").filter_map(|sticker| {
        let (ending, media_type) = match sticker.get("format_type").and_then(Value::as_i64)? {
            1 | 2 => ("png", "image/png"),
            4 => ("gif", "image/gif"),
            _ => return None,
        };
        // Moving pictures are not on the same host as the others.
        let host = if ending == "gif" { cdn.replace("//cdn.discordapp.com", "//media.discordapp.net") } else { cdn.to_owned() };
        Some(InboundFile::Url {
            url: format!("{host}/stickers/{}.{ending}", crate::wire::quoted(text(sticker, "id"))),
            media_type: media_type.into(),
            name: text(sticker, "name").to_owned(),
            sticker: true,
        })
    });
    attached.chain(stickers).collect()
}

/// The fields as a Studio flow expects them, and Discord's own beside them.
pub(super) fn raw(ear: &Ear, from: &Sender, event: &Value, body: &str) -> Value {
    let own: Map<String, Value> = ["id", "channel_id", "guild_id", "channel_type", "type", "data", "locale"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), event.get(key)?.clone())))
        .collect();
    json!({ "From": from.external_id, "To": ear.own, "Body": body, "Source": "discord", "Discord": own })
}

/// What an answer will need: where it goes, and whether a thread has to be begun first.
pub(super) fn notes(event: &Value, open: bool) -> Value {
    let mut notes = Map::new();
    for (key, field) in [("channel", "channel_id"), ("guild", "guild_id")] {
        if !text(event, field).is_empty() {
            notes.insert(key.into(), text(event, field).into());
        }
    }
    if open {
        notes.insert("open".into(), true.into());
    }
    Value::Object(notes)
}
