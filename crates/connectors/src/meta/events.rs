//! What Messenger and Instagram tell: the items of `messaging[]`, of the same shape on both.
//!
//! A person is known by an id that means something only to this page or account (PSID, IGSID), so senders are scoped.
//! An item's person is the customer, whoever of the two wrote: it is their thread.

use model::inbound::{Echo, Edit, Reaction, Sender};
use model::message::Extra;
use model::{InboundEvent, InboundMessage, MessageState, Receipt, Timestamp};
use serde_json::{Value, json};

use super::Gathered;
use super::content::{self, Referral};
use crate::contract::{AccountKey, Arrived, Health};
use crate::repeat;
use crate::wire::{list, millis, text};

/// The inbox on a page's own site answers as this app.
pub const PAGE_INBOX: &str = "26390203743090";

/// What is reacted with by name where the emoji itself is not said.
pub const REACTIONS: &[(&str, &str)] =
    &[("smile", "😆"), ("angry", "😠"), ("sad", "😢"), ("wow", "😮"), ("love", "❤"), ("like", "👍"), ("dislike", "👎")];

/// Keys of an item that are no event.
const ENVELOPE: &[&str] = &["sender", "recipient", "timestamp"];

/// Whose entry it is.
pub struct Place<'a> {
    /// `messenger` or `instagram`, as flows read it in front of addresses.
    pub channel: &'static str,
    pub key: &'a AccountKey,
    /// Our own id: of the page or of the Instagram account.
    pub own: &'a str,
    /// The setting that holds it.
    pub setting: &'static str,
    /// Our app's id; empty where it is not known.
    pub app_id: &'a str,
}

/// One item and whom it is about.
struct Item<'a> {
    place: &'a Place<'a>,
    json: &'a Value,
    /// The customer, on whichever side of the item they stand.
    person: String,
    by_us: bool,
    at: Option<Timestamp>,
    standby: bool,
}

/// Understands one item; what is not understood is noted by its name, and what stands beside it is taken all the same.
/// In `standby` another app answers this person: the words are shown, marked `standby` in the message's fields, and a flow may ask for it.
pub fn understand(place: &Place, json: &Value, entry_at: Option<Timestamp>, standby: bool, gathered: &mut Gathered) {
    let Some(fields) = json.as_object() else { return gathered.note("an item that is no object") };
    let (from, to) = (party(json, "sender"), party(json, "recipient"));
    let by_us = from == place.own || json.get("message").is_some_and(|message| flag(message, "is_echo"));
    let at = json.get("timestamp").and_then(millis).or(entry_at);
    let item = Item { place, json, person: if by_us { to } else { from }, by_us, at, standby };
    let mut known = false;
    for (name, event) in fields {
        known |= match name.as_str() {
            "message" => item.message(event, gathered),
            "message_edit" => item.edit(event, gathered),
            "reaction" => item.reaction(event, gathered),
            "delivery" => item.delivery(event, gathered),
            "read" => item.read(event, gathered),
            "postback" => item.postback(event, gathered),
            "referral" => item.touch("referred", Referral::of(event).facts(), gathered),
            "optin" => item.optin(event, gathered),
            "account_linking" => item.touch(if text(event, "status") == "unlinked" { "unlinked" } else { "linked" }, vec![], gathered),
            "pass_thread_control" | "take_thread_control" | "request_thread_control" => item.handover(name, event, gathered),
            "app_roles" => item.roles(event, gathered),
            "policy_enforcement" => item.policy(event, gathered),
            "messaging_feedback" => item.touch("feedback", content::survey(event), gathered),
            "response_feedback" => item.touch("feedback", vec![("feedback".into(), text(event, "feedback").to_owned())], gathered),
            "send_cart" | "order" => item.other("order", gathered),
            _ => false,
        };
    }
    if !known {
        let names: Vec<&str> = fields.keys().map(String::as_str).filter(|name| !ENVELOPE.contains(name)).collect();
        gathered.note(format!("an event that is not known: {}", names.join(", ")));
    }
}

/// News of the page or account itself. Comments, mentions and labels are no messages and pass.
pub fn change(place: &Place, change: &Value, gathered: &mut Gathered) {
    match text(change, "field") {
        "messenger_template_status_update" => {
            gathered.hear(Health::Templates);
            gathered.push_none(place.key);
        }
        "inbox_labels" | "feed" | "comments" | "live_comments" | "mentions" | "story_insights" => {}
        other => gathered.note(format!("a change that is not known: {other}")),
    }
}

/// Who stands at one end: an id, or the reference of a page's visitor who ticked a box and has none yet.
fn party(json: &Value, key: &str) -> String {
    let party = json.get(key).unwrap_or(&Value::Null);
    match (text(party, "id"), text(party, "user_ref")) {
        ("", "") => String::new(),
        ("", reference) => format!("{USER_REF}{reference}"),
        (id, _) => id.to_owned(),
    }
}

/// In front of the address of somebody who is known by a reference only.
pub const USER_REF: &str = "user_ref:";

fn flag(json: &Value, key: &str) -> bool {
    json.get(key).and_then(Value::as_bool).unwrap_or(false)
}

impl Item<'_> {
    fn sender(&self, facts: Vec<(String, String)>) -> Sender {
        let facts = facts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Sender { external_id: self.person.clone(), scoped: true, name: String::new(), verified: true, facts }
    }
    fn moment(&self) -> i64 {
        self.at.map_or(0, |at| at.micros() / 1000)
    }
    /// True always: the event is known, even where nothing comes of it.
    fn say(&self, external_id: String, event: InboundEvent, gathered: &mut Gathered) -> bool {
        if self.person.is_empty() || self.person == self.place.own {
            gathered.note("an event that names no customer");
        } else {
            let keys = vec![self.person.clone()];
            gathered.push(self.place.key, Arrived { external_id, keys, event, provider_at: self.at });
        }
        true
    }
    fn touch(&self, what: &str, facts: Vec<(String, String)>, gathered: &mut Gathered) -> bool {
        let event = InboundEvent::Touch { from: self.sender(facts), what: what.to_owned() };
        self.say(format!("{what}:{}:{}", self.person, self.moment()), event, gathered)
    }

    fn message(&self, message: &Value, gathered: &mut Gathered) -> bool {
        let mid = text(message, "mid");
        if mid.is_empty() {
            gathered.note("a message without an id");
            return true;
        }
        if flag(message, "is_deleted") {
            if self.by_us {
                // Somebody of ours took it back in the provider's own app; there is no word for that.
                gathered.note("a message of ours was taken back in the provider's app");
                return true;
            }
            let event = InboundEvent::Unsend { from: self.sender(vec![]), provider_id: mid.to_owned() };
            return self.say(format!("{mid}:unsend"), event, gathered);
        }
        let said = self.said(message, mid);
        let event = if self.by_us { InboundEvent::Echo(self.echo(message, said)) } else { InboundEvent::Message(said) };
        self.say(mid.to_owned(), event, gathered)
    }

    fn said(&self, message: &Value, mid: &str) -> InboundMessage {
        let referral = message.get("referral").map(Referral::of).unwrap_or_default();
        let mut said = InboundMessage {
            from: self.sender(referral.facts()),
            provider_id: mid.to_owned(),
            text: text(message, "text").to_owned(),
            choice: message.get("quick_reply").map(|reply| text(reply, "payload").to_owned()),
            ..InboundMessage::default()
        };
        if let Some(answered) = message.get("reply_to") {
            said.reply_to = Some(text(answered, "mid").to_owned()).filter(|mid| !mid.is_empty());
            if let Some(story) = answered.get("story") {
                said.extras.push(content::link("story_reply", "", text(story, "url")));
            }
        }
        for attachment in list(message, "attachments") {
            content::attach(attachment, &mut said);
        }
        said.extras.extend(referral.extras());
        if flag(message, "is_unsupported") {
            said.extras.push(Extra::Unsupported { what: "unsupported".into() });
        }
        said.raw = self.fields(&said, message);
        said
    }

    /// As flows know the fields of a message, and what the item has beyond them.
    fn fields(&self, said: &InboundMessage, message: &Value) -> Value {
        let (us, them) = (format!("{}:{}", self.place.channel, self.place.own), format!("{}:{}", self.place.channel, self.person));
        let mut fields = json!({ "From": them, "To": us, "Body": said.text });
        if let Some(choice) = &said.choice {
            fields["ButtonPayload"] = json!(choice);
            fields["ButtonText"] = json!(said.text);
        }
        if let Some(commands) = message.get("commands") {
            fields["Commands"] = commands.clone();
        }
        if let Some(nlp) = message.get("nlp") {
            fields["Nlp"] = nlp.clone();
        }
        if self.standby {
            fields["standby"] = json!(true);
        }
        fields
    }

    fn echo(&self, message: &Value, said: InboundMessage) -> Echo {
        let (ours, part) = repeat::tagged(text(message, "metadata"));
        let app = message.get("app_id").map(|id| id.as_i64().map_or_else(|| text(message, "app_id").to_owned(), |id| id.to_string()));
        let app = app.unwrap_or_default();
        // An echo that says no app may be our own, come before the answer to our request.
        let foreign = app == PAGE_INBOX || !app.is_empty() && !self.place.app_id.is_empty() && app != self.place.app_id;
        let elsewhere = ours.is_none() && foreign;
        let shown = if elsewhere && app == PAGE_INBOX { "Page inbox" } else { "" };
        Echo {
            to: self.sender(vec![]),
            message: InboundMessage { from: Sender::default(), ..said },
            ours,
            part,
            elsewhere,
            app: shown.to_owned(),
        }
    }

    fn edit(&self, edit: &Value, gathered: &mut Gathered) -> bool {
        let (mid, no) = (text(edit, "mid"), edit.get("num_edit").and_then(Value::as_i64).unwrap_or(0));
        let from = self.sender(vec![]);
        let event = InboundEvent::Edit(Edit { from, provider_id: mid.to_owned(), text: text(edit, "text").to_owned(), no });
        self.say(format!("{mid}:edit:{no}"), event, gathered)
    }

    fn reaction(&self, reaction: &Value, gathered: &mut Gathered) -> bool {
        if self.by_us {
            // Our own, told back to us.
            return true;
        }
        let (mid, action) = (text(reaction, "mid"), text(reaction, "action"));
        let named = || REACTIONS.iter().find(|(name, _)| *name == text(reaction, "reaction")).map_or("", |(_, emoji)| emoji);
        let emoji = Some(text(reaction, "emoji")).filter(|emoji| !emoji.is_empty()).unwrap_or_else(named);
        let added = action == "react";
        let event = InboundEvent::Reaction(Reaction {
            from: self.sender(vec![]),
            provider_id: mid.to_owned(),
            // Something the channel has no picture for is still a sign.
            emoji: if added && emoji.is_empty() { "❔".to_owned() } else { emoji.to_owned() },
            added,
            alone: true,
        });
        self.say(format!("{mid}:{}:{action}:{}", self.person, self.moment()), event, gathered)
    }

    fn receipt(&self, mid: &str, state: MessageState, through: bool) -> InboundEvent {
        InboundEvent::Receipt(Receipt {
            provider_id: mid.to_owned(),
            state,
            problem: None,
            ours: None,
            part: None,
            through,
            recipient: String::new(),
        })
    }

    fn delivery(&self, delivery: &Value, gathered: &mut Gathered) -> bool {
        for mid in list(delivery, "mids").filter_map(Value::as_str) {
            self.say(format!("{mid}:delivered"), self.receipt(mid, MessageState::Delivered, false), gathered);
        }
        if let Some(at) = delivery.get("watermark").and_then(millis) {
            let event = InboundEvent::Marks { delivered: Some(at), read: None };
            self.say(format!("delivered:{}:{}", self.person, at.micros() / 1000), event, gathered);
        }
        true
    }

    fn read(&self, read: &Value, gathered: &mut Gathered) -> bool {
        let mid = text(read, "mid");
        if !mid.is_empty() {
            return self.say(format!("read:{}:{mid}", self.person), self.receipt(mid, MessageState::Read, true), gathered);
        }
        let Some(at) = read.get("watermark").and_then(millis) else { return false };
        let event = InboundEvent::Marks { delivered: None, read: Some(at) };
        self.say(format!("read:{}:{}", self.person, at.micros() / 1000), event, gathered)
    }

    fn postback(&self, postback: &Value, gathered: &mut Gathered) -> bool {
        let (title, payload) = (text(postback, "title"), text(postback, "payload"));
        let id = match text(postback, "mid") {
            "" => format!("postback:{}:{}:{payload}", self.person, self.moment()),
            mid => mid.to_owned(),
        };
        let referral = postback.get("referral").map(Referral::of).unwrap_or_default();
        let mut said = InboundMessage {
            from: self.sender(referral.facts()),
            provider_id: id.clone(),
            text: if title.is_empty() { payload } else { title }.to_owned(),
            // Another app's buttons carry nothing for us.
            choice: Some(payload.to_owned()).filter(|payload| !payload.is_empty()),
            extras: referral.extras(),
            ..InboundMessage::default()
        };
        if said.text.is_empty() {
            said.extras.push(Extra::Unsupported { what: "postback".into() });
        }
        said.raw = self.fields(&said, postback);
        self.say(id, InboundEvent::Message(said), gathered)
    }

    fn optin(&self, optin: &Value, gathered: &mut Gathered) -> bool {
        let stopped = text(optin, "user_token_status") == "REVOKED" || text(optin, "notification_messages_status") == "STOP_NOTIFICATIONS";
        let what = match (text(optin, "type"), stopped) {
            ("notification_messages", true) => "notifications_stopped",
            ("notification_messages", false) => "notifications_allowed",
            _ => "opted_in",
        };
        let facts = [("referral", "ref"), ("notifications", "title"), ("notifications_how_often", "notification_messages_frequency")];
        self.touch(what, facts.map(|(fact, key)| (fact.to_owned(), text(optin, key).to_owned())).to_vec(), gathered)
    }

    fn handover(&self, name: &str, event: &Value, gathered: &mut Gathered) -> bool {
        let owner = content::id_text(event, "new_owner_app_id");
        let what = match name {
            "request_thread_control" => "thread_requested",
            "pass_thread_control" if owner.is_empty() || owner == self.place.app_id => "thread_given",
            _ => "thread_taken",
        };
        self.touch(what, vec![("handover".into(), text(event, "metadata").to_owned())], gathered)
    }

    /// Which app is first to answer on the page.
    fn roles(&self, roles: &Value, gathered: &mut Gathered) -> bool {
        let Some(own) = roles.get(self.place.app_id).and_then(Value::as_array) else { return true };
        gathered.push_none(self.place.key);
        if own.iter().any(|role| role == "primary_receiver") {
            gathered.hear(Health::Well);
        } else {
            gathered.warn(self.place.setting, "second_in_line", "another app answers first on this page: make ours the primary one".into());
        }
        true
    }

    fn policy(&self, policy: &Value, gathered: &mut Gathered) -> bool {
        gathered.push_none(self.place.key);
        let reason = text(policy, "reason");
        match text(policy, "action") {
            "unblock" => gathered.hear(Health::Well),
            "block" => gathered.warn(self.place.setting, "account_restricted", format!("Meta has blocked this account: {reason}")),
            _ => gathered.warn(self.place.setting, "policy_warning", format!("Meta warns this account: {reason}")),
        }
        true
    }

    /// Something a person sent that we cannot show.
    fn other(&self, what: &str, gathered: &mut Gathered) -> bool {
        let id = format!("{what}:{}:{}", self.person, self.moment());
        let extras = vec![Extra::Unsupported { what: what.to_owned() }];
        let mut said = InboundMessage { from: self.sender(vec![]), provider_id: id.clone(), extras, ..InboundMessage::default() };
        said.raw = self.fields(&said, self.json);
        self.say(id, InboundEvent::Message(said), gathered)
    }
}
