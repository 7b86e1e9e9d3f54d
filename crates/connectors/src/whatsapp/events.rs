//! What the Cloud API tells: messages, their fate, and news of the account.
//!
//! A person has a phone number, an id scoped to our business (BSUID), or both. The number is the canonical key and the sender's address
//! wherever it is told, verified by WhatsApp and shared with SMS; the BSUID is a further key of the same thread, so a person whose number
//! is hidden later is found by it. Somebody who is only ever known by their BSUID is a scoped sender of this account.

use model::inbound::{Echo, Edit, Reaction, Sender};
use model::message::Extra;
use model::{ChannelAccount, InboundEvent, InboundFile, InboundMessage, MessageState, Problem, Receipt, Timestamp};
use serde_json::{Map, Value, json};

use crate::contract::*;
use crate::keyword;
use crate::meta::content::{id_text, link};
use crate::meta::graph::Fault;
use crate::meta::{Gathered, addressed};
use crate::phone::{is_e164, one_form};
use crate::repeat;
use crate::wire::{list, millis, quoted, text};

/// In front of a group's id, which is the key of a thread of several people.
pub const GROUP: &str = "group:";

/// What one account's events are read with.
struct Place<'a> {
    key: AccountKey,
    /// Where a media id is asked for.
    base: &'a str,
    value: &'a Value,
    /// Our number as the provider writes it, for flows.
    number: &'a str,
    /// Whose words of consent count; `None` where the delivery is for an account that is not ours to read.
    account: Option<&'a ChannelAccount>,
}

pub fn take(to: &Recipient, json: &Value, base: impl Fn(Option<&model::ChannelAccount>) -> String) -> Received {
    let mut gathered = Gathered::default();
    if text(json, "object") != "whatsapp_business_account" {
        gathered.note(format!("for the object {:?}, not whatsapp_business_account", text(json, "object")));
        return gathered.received();
    }
    for entry in list(json, "entry") {
        let waba = text(entry, "id");
        for change in list(entry, "changes") {
            let none = Value::Null;
            let (field, value) = (text(change, "field"), change.get("value").unwrap_or(&none));
            let id = value.get("metadata").map_or("", |metadata| text(metadata, "phone_number_id"));
            if id.is_empty() {
                about_business(to, waba, field, value, &mut gathered);
                continue;
            }
            let Some((key, account)) = addressed(to, "phone_number_id", "phone number", id, &mut gathered) else { continue };
            let base = base(account);
            let number = value.get("metadata").map_or("", |metadata| text(metadata, "display_phone_number"));
            let place = Place { key, base: &base, value, number, account };
            match field {
                "messages" | "smb_message_echoes" => place.messages(&mut gathered),
                "user_preferences" => place.preferences(&mut gathered),
                "calls" => place.calls(&mut gathered),
                // What was said before we were connected, and the phone's own address book: not ours to tell anew.
                "history" | "smb_app_state_sync" => {}
                field => place.news(field, &mut gathered),
            }
        }
    }
    gathered.received()
}

/// News that names no phone number is for every account of the business.
fn about_business(to: &Recipient, waba: &str, field: &str, value: &Value, gathered: &mut Gathered) {
    let keys: Vec<AccountKey> = match to {
        Recipient::Account(account) if account.setting("waba_id") == waba => vec![AccountKey::This],
        Recipient::Account(_) => {
            return gathered.note(format!("for WhatsApp Business account {waba}, which is not this account's"));
        }
        Recipient::App { accounts, .. } => {
            let of = accounts.iter().filter(|account| account.setting("waba_id") == waba);
            of.map(|account| AccountKey::Provider(account.setting("phone_number_id").to_owned())).collect()
        }
    };
    if health(field, value, gathered) {
        keys.iter().for_each(|key| gathered.push_none(key));
    }
}

/// What a change says of the account. True when it says something.
fn health(field: &str, value: &Value, gathered: &mut Gathered) -> bool {
    let (event, decision) = (text(value, "event"), text(value, "decision"));
    let mut warn = |code: &str, detail: String| gathered.warn("phone_number_id", code, detail);
    match field {
        "message_template_status_update"
        | "message_template_quality_update"
        | "message_template_components_update"
        | "template_category_update" => gathered.hear(Health::Templates),
        "phone_number_quality_update" => match event {
            "FLAGGED" | "DOWNGRADE" => {
                warn("low_quality", format!("Meta rates this number's quality low; its limit is {}", text(value, "current_limit")));
            }
            "UNFLAGGED" | "UPGRADE" | "ONBOARDING" => gathered.hear(Health::Well),
            _ => return false,
        },
        "phone_number_name_update" if decision == "REJECTED" => {
            warn(
                "name_rejected",
                format!("Meta has refused the name {}: {}", text(value, "requested_verified_name"), text(value, "rejection_reason")),
            );
        }
        "account_review_update" if decision == "REJECTED" => {
            warn("account_restricted", "Meta has refused the WhatsApp Business account in its review".into());
        }
        "account_review_update" if decision == "APPROVED" => gathered.hear(Health::Well),
        "account_update" => {
            let ban = value.get("ban_info").map_or("", |ban| text(ban, "waba_ban_state"));
            match (event, ban) {
                (_, "REINSTATE") => gathered.hear(Health::Well),
                (_, "DISABLE" | "SCHEDULE_FOR_DISABLE")
                | ("DISABLED_UPDATE" | "ACCOUNT_RESTRICTION" | "ACCOUNT_VIOLATION" | "ACCOUNT_DELETED", _) => {
                    let kind = value.get("violation_info").map_or(ban, |violation| text(violation, "violation_type"));
                    warn("account_restricted", format!("Meta has restricted this account: {event} {kind}"));
                }
                _ => return false,
            }
        }
        "account_alerts" if text(value, "alert_severity") != "INFORMATIONAL" => {
            let alert = value.get("alert_info").unwrap_or(value);
            warn("policy_warning", format!("Meta warns this account: {} {}", text(alert, "alert_type"), text(alert, "alert_description")));
        }
        "security" => warn("pin_changed", format!("The number's two-step code is being changed: {event}")),
        "phone_number_name_update"
        | "account_review_update"
        | "account_alerts"
        | "business_capability_update"
        | "flows"
        | "partner_solutions"
        | "payment_configuration_update" => return false,
        other => {
            gathered.note(format!("a change that is not known: {other}"));
            return false;
        }
    }
    true
}

/// A person, or a group and who wrote in it.
struct Who {
    keys: Vec<String>,
    sender: Sender,
}

/// In a thread's notes: the number as WhatsApp writes it, where that is not the form it is kept in.
const WA_ID: &str = "wa_id";

/// Whom to send to, without the plus: by the number that WhatsApp told of this person, if it told one.
pub fn dialled<'a>(to: &'a str, context: &'a Value) -> Option<&'a str> {
    let number = to.strip_prefix('+')?;
    let heard = text(context, WA_ID);
    Some(if !heard.is_empty() && one_form(&format!("+{heard}")) == to { heard } else { number })
}

/// A number in E.164; the provider writes it without its plus.
fn phone(id: &str) -> Option<String> {
    let number = format!("+{}", id.trim_start_matches('+'));
    is_e164(&number).then_some(number)
}

/// The keys by which a person is known, the number in its one form first, and as WhatsApp writes it. Either field may hold either.
fn keys_of(ids: &[&str]) -> Vec<String> {
    let heard: Vec<String> = ids.iter().filter_map(|id| phone(id)).collect();
    let numbers = heard.iter().map(|number| one_form(number)).chain(heard.iter().cloned());
    let scoped = ids.iter().filter(|id| !id.is_empty() && phone(id).is_none()).map(|id| (*id).to_owned());
    let mut keys: Vec<String> = Vec::new();
    numbers.chain(scoped).for_each(|key| {
        if !keys.contains(&key) {
            keys.push(key);
        }
    });
    keys
}

impl Place<'_> {
    fn messages(&self, gathered: &mut Gathered) {
        for message in list(self.value, "messages") {
            self.message(message, gathered);
        }
        for echo in list(self.value, "message_echoes") {
            self.echo(echo, gathered);
        }
        for status in list(self.value, "statuses") {
            self.status(status, gathered);
        }
        for error in list(self.value, "errors") {
            let problem = Fault::read(error).problem();
            match problem.code.as_str() {
                "account_restricted" | "payment_problem" | "unregistered_sender" | "bad_token" | "missing_permission" => {
                    gathered.push_none(&self.key);
                    gathered.warn("phone_number_id", &problem.code, problem.detail);
                }
                // What passes by itself is no state of the account.
                _ => gathered.note(problem.detail),
            }
        }
    }

    fn news(&self, field: &str, gathered: &mut Gathered) {
        if health(field, self.value, gathered) {
            gathered.push_none(&self.key);
        }
    }

    /// The contact card that the delivery has of a person.
    fn contact(&self, keys: &[String]) -> Option<&Value> {
        let fits = |contact: &&Value| keys_of(&[text(contact, "wa_id"), text(contact, "user_id")]).iter().any(|key| keys.contains(key));
        list(self.value, "contacts").find(fits).or_else(|| list(self.value, "contacts").next().filter(|_| keys.is_empty()))
    }

    fn who(&self, message: &Value, from: &str, from_user: &str) -> Option<Who> {
        let mut ids = vec![text(message, from), text(message, from_user)];
        let contact = self.contact(&keys_of(&ids));
        if let Some(contact) = contact {
            ids.extend([text(contact, "wa_id"), text(contact, "user_id")]);
        }
        let keys = keys_of(&ids);
        let external_id = keys.first()?.clone();
        let profile = contact.and_then(|contact| contact.get("profile"));
        let username = profile.map_or("", |profile| text(profile, "username"));
        let facts = if username.is_empty() { vec![] } else { vec![("username".to_owned(), username.to_owned())] };
        let name = profile.map_or("", |profile| text(profile, "name")).to_owned();
        let sender = Sender { scoped: !external_id.starts_with('+'), external_id, name, verified: true, facts };
        let group = text(message, "group_id");
        let keys = if group.is_empty() { keys } else { vec![format!("{GROUP}{group}")] };
        Some(Who { keys, sender })
    }

    fn push(&self, external_id: String, keys: Vec<String>, event: InboundEvent, at: Option<Timestamp>, gathered: &mut Gathered) {
        gathered.push(&self.key, Arrived { external_id, keys, event, provider_at: at });
    }

    fn message(&self, message: &Value, gathered: &mut Gathered) {
        let (id, kind) = (text(message, "id"), text(message, "type"));
        let Some(Who { keys, sender }) = self.who(message, "from", "from_user_id").filter(|_| !id.is_empty()) else {
            return gathered.note("a message without an id or a sender");
        };
        let at = message.get("timestamp").and_then(millis);
        let none = Value::Null;
        let body = message.get(kind).unwrap_or(&none);
        let event = match kind {
            "reaction" => {
                let emoji = text(body, "emoji").to_owned();
                let added = !emoji.is_empty();
                InboundEvent::Reaction(Reaction {
                    from: sender,
                    provider_id: text(body, "message_id").to_owned(),
                    emoji,
                    added,
                    alone: true,
                })
            }
            "edit" => {
                let anew = body.get("message").unwrap_or(&none);
                let content = anew.get(text(anew, "type")).unwrap_or(&none);
                let words = [text(content, "body"), text(content, "caption")].into_iter().find(|words| !words.is_empty());
                let text_of = words.unwrap_or_default().to_owned();
                InboundEvent::Edit(Edit { from: sender, provider_id: text(body, "original_message_id").to_owned(), text: text_of, no: 0 })
            }
            "revoke" => InboundEvent::Unsend { from: sender, provider_id: text(body, "original_message_id").to_owned() },
            "request_welcome" => InboundEvent::Touch { from: sender, what: "opened".into() },
            "system" => {
                let anew = ["wa_id", "new_wa_id", "user_id"].into_iter().flat_map(|key| keys_of(&[text(body, key)])).next();
                match (text(body, "type"), anew) {
                    ("user_changed_number" | "customer_changed_number" | "user_changed_user_id", Some(anew)) => {
                        let mut keys = keys;
                        // What comes from the new number finds the thread of the old one.
                        if !keys.contains(&anew) {
                            keys.push(anew.clone());
                        }
                        let event = InboundEvent::Renumber { from: sender, external_id: anew };
                        return self.push(id.to_owned(), keys, event, at, gathered);
                    }
                    ("user_identity_changed" | "customer_identity_changed", _) => {
                        InboundEvent::Touch { from: sender, what: "identity_changed".into() }
                    }
                    (other, _) => return gathered.note(format!("a system message that is not known: {other}")),
                }
            }
            _ => self.wish(kind, &keys, self.said(message, kind, sender)),
        };
        self.push(id.to_owned(), keys, event, at, gathered);
    }

    /// Somebody's own words to opt out, come back or ask for help; the number is the one that text messages go to, and so is the wish.
    /// In a group it would be one member's.
    fn wish(&self, kind: &str, keys: &[String], said: InboundMessage) -> InboundEvent {
        let typed = kind == "text" && !keys.iter().any(|key| key.starts_with(GROUP));
        let Some(account) = self.account.filter(|_| typed) else { return InboundEvent::Message(said) };
        let heard = keyword::heard(account, &said.from.external_id, &format!("+{}", digits(self.number)), &said.text);
        keyword::event(account, heard, said)
    }

    /// The words, files and the rest of a message of any kind.
    fn said(&self, message: &Value, kind: &str, sender: Sender) -> InboundMessage {
        let mut said = InboundMessage { from: sender, provider_id: text(message, "id").to_owned(), ..InboundMessage::default() };
        let none = Value::Null;
        let body = message.get(kind).unwrap_or(&none);
        match kind {
            "text" => said.text = text(body, "body").to_owned(),
            "image" | "video" | "audio" | "document" | "sticker" | "voice" if !id_text(body, "id").is_empty() => {
                said.text = text(body, "caption").to_owned();
                said.files.push(self.file(kind, body));
            }
            "location" => {
                let degrees = |key: &str| body.get(key).and_then(Value::as_f64);
                said.extras.push(match (degrees("latitude"), degrees("longitude")) {
                    (Some(latitude), Some(longitude)) => Extra::Location {
                        latitude,
                        longitude,
                        name: text(body, "name").to_owned(),
                        address: text(body, "address").to_owned(),
                    },
                    _ => Extra::Unsupported { what: kind.to_owned() },
                });
            }
            "contacts" => said.extras.extend(list(message, "contacts").map(card)),
            "button" => {
                said.text = text(body, "text").to_owned();
                said.choice = Some(text(body, "payload").to_owned());
            }
            "interactive" => interactive(body, &mut said),
            "order" => {
                let items: Vec<String> = list(body, "product_items")
                    .map(|item| {
                        format!("{} × {}", item.get("quantity").and_then(Value::as_i64).unwrap_or(1), id_text(item, "product_retailer_id"))
                    })
                    .collect();
                said.text = text(body, "text").to_owned();
                said.extras.push(link("order", &items.join(", "), ""));
            }
            _ => {
                let told = [
                    message.get("unsupported").map_or("", |unsupported| text(unsupported, "type")),
                    list(message, "errors").next().map_or("", |error| text(error, "title")),
                    kind,
                ];
                let what = told.into_iter().find(|what| !what.is_empty()).unwrap_or("unsupported").to_owned();
                said.extras.push(Extra::Unsupported { what });
            }
        }
        self.beside(message, &mut said);
        said
    }

    /// What stands beside the content: what it answers, where it was forwarded from, the advertisement it came by.
    fn beside(&self, message: &Value, said: &mut InboundMessage) {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| {
            if value != Value::Null && value != "" {
                fields.insert(key.to_owned(), value);
            }
        };
        put("From", format!("whatsapp:{}", said.from.external_id).into());
        put("To", format!("whatsapp:{}", phone(&digits(self.number)).unwrap_or_else(|| self.number.to_owned())).into());
        // What WhatsApp knows them by is what reaches them, even where we keep the number in another form.
        let number = said.from.external_id.as_str();
        let heard = phone(text(message, "from")).filter(|heard| one_form(heard) == number);
        if let Some(heard) = heard.as_deref().filter(|heard| *heard != number) {
            said.context = json!({ WA_ID: digits(heard) });
        }
        put("WaId", digits(heard.as_deref().unwrap_or(number)).into());
        put("ProfileName", said.from.name.clone().into());
        put("Body", said.text.clone().into());
        if let Some(choice) = &said.choice {
            put("ButtonPayload", choice.clone().into());
            put("ButtonText", said.text.clone().into());
        }
        if let Some(context) = message.get("context") {
            said.reply_to = Some(text(context, "id").to_owned()).filter(|id| !id.is_empty());
            put("OriginalRepliedMessageSid", text(context, "id").into());
            put("Forwarded", context.get("forwarded").cloned().unwrap_or_default());
            put("FrequentlyForwarded", context.get("frequently_forwarded").cloned().unwrap_or_default());
            if let Some(product) = context.get("referred_product") {
                said.extras.push(link("product", &id_text(product, "product_retailer_id"), ""));
            }
        }
        if let Some(referral) = message.get("referral") {
            said.extras.push(link("advertisement", text(referral, "headline"), text(referral, "source_url")));
            for (fact, key) in [("advertisement", "source_id"), ("referral_source", "source_type"), ("advertisement_click", "ctwa_clid")] {
                let value: String = text(referral, key).chars().take(300).collect();
                if !value.is_empty() {
                    said.from.facts.push((fact.to_owned(), value));
                }
            }
            for (field, key) in [
                ("ReferralHeadline", "headline"),
                ("ReferralBody", "body"),
                ("ReferralSourceUrl", "source_url"),
                ("ReferralSourceId", "source_id"),
                ("ReferralSourceType", "source_type"),
                ("ReferralCtwaClid", "ctwa_clid"),
            ] {
                put(field, text(referral, key).into());
            }
        }
        for extra in &said.extras {
            if let Extra::Location { latitude, longitude, name, address } = extra {
                put("Latitude", json!(latitude.to_string()));
                put("Longitude", json!(longitude.to_string()));
                put("Label", name.clone().into());
                put("Address", address.clone().into());
            }
        }
        said.raw = Value::Object(fields);
    }

    /// The media's id, as an address of ours: what it resolves to lives five minutes, the id seven days.
    fn file(&self, kind: &str, body: &Value) -> InboundFile {
        let media_type = Some(text(body, "mime_type")).filter(|kind| !kind.is_empty()).unwrap_or("application/octet-stream");
        let ending = media_type.split(['/', ';']).nth(1).unwrap_or("bin").trim();
        let voice = body.get("voice").and_then(Value::as_bool).unwrap_or(false);
        let name = match text(body, "filename") {
            "" if voice => format!("voice.{ending}"),
            "" => format!("{kind}.{ending}"),
            name => name.to_owned(),
        };
        let url = format!("{}/{}", self.base, quoted(&id_text(body, "id")));
        InboundFile::Url { url, media_type: media_type.to_owned(), name, sticker: kind == "sticker" }
    }

    /// What staff wrote in the phone's own app, on a number that both use.
    fn echo(&self, echo: &Value, gathered: &mut Gathered) {
        let (id, kind) = (text(echo, "id"), text(echo, "type"));
        let Some(Who { keys, sender }) = self.who(echo, "to", "to_user_id").filter(|_| !id.is_empty()) else {
            return gathered.note("an echo without an id or a recipient");
        };
        if matches!(kind, "edit" | "revoke" | "reaction" | "system") {
            return gathered.note(format!("{kind} of a message of ours in the phone's app"));
        }
        let message = self.said(echo, kind, Sender::default());
        let event =
            InboundEvent::Echo(Echo { to: sender, message, elsewhere: true, app: "WhatsApp Business app".into(), ..Echo::default() });
        self.push(id.to_owned(), keys, event, echo.get("timestamp").and_then(millis), gathered);
    }

    fn status(&self, status: &Value, gathered: &mut Gathered) {
        let (id, word) = (text(status, "id"), text(status, "status"));
        let state = match word {
            "sent" => MessageState::Sent,
            "delivered" => MessageState::Delivered,
            "read" | "played" => MessageState::Read,
            "failed" => MessageState::Failed,
            // Deleted by the person on their own device: it was delivered, and nothing of ours is gone.
            "deleted" => return,
            other => return gathered.note(format!("a status that is not known: {other}")),
        };
        let group = text(status, "recipient_type") == "group";
        let keys = match group {
            true => vec![format!("{GROUP}{}", text(status, "recipient_id"))],
            false => keys_of(&[text(status, "recipient_id"), text(status, "recipient_user_id")]),
        };
        if id.is_empty() || keys.is_empty() {
            return gathered.note("a status without an id or a recipient");
        }
        let participant = text(status, "recipient_participant_id");
        let external_id = if participant.is_empty() { format!("{id}:{word}") } else { format!("{id}:{word}:{participant}") };
        let problem = (state == MessageState::Failed).then(|| match list(status, "errors").next() {
            Some(error) => Fault::read(error).problem(),
            None => Problem { code: "not_delivered".into(), detail: "The provider could not deliver it".into() },
        });
        let (ours, part) = repeat::tagged(text(status, "biz_opaque_callback_data"));
        let receipt = Receipt { provider_id: id.to_owned(), state, problem, ours, part, through: false, recipient: String::new() };
        self.push(external_id, keys, InboundEvent::Receipt(receipt), status.get("timestamp").and_then(millis), gathered);
    }

    /// Whether a person wants marketing messages; other messages reach them all the same.
    fn preferences(&self, gathered: &mut Gathered) {
        for preference in list(self.value, "user_preferences") {
            let Some(Who { keys, mut sender }) = self.who(preference, "wa_id", "user_id") else {
                gathered.note("a preference of nobody");
                continue;
            };
            let (value, stamp) = (text(preference, "value"), id_text(preference, "timestamp"));
            let what = if value == "stop" { "marketing_stopped" } else { "marketing_allowed" };
            sender.facts.push(("marketing".to_owned(), value.to_owned()));
            let id = format!("{what}:{}:{stamp}", sender.external_id);
            let at = preference.get("timestamp").and_then(millis);
            self.push(id, keys, InboundEvent::Touch { from: sender, what: what.into() }, at, gathered);
        }
    }

    /// A call opens the window as a message does; talking is another channel's.
    fn calls(&self, gathered: &mut Gathered) {
        for call in list(self.value, "calls") {
            let by_them = text(call, "direction") != "BUSINESS_INITIATED";
            if !by_them || text(call, "event") != "connect" {
                continue;
            }
            let Some(Who { keys, sender }) = self.who(call, "from", "from_user_id") else {
                gathered.note("a call of nobody");
                continue;
            };
            let event = InboundEvent::Touch { from: sender, what: "called".into() };
            self.push(text(call, "id").to_owned(), keys, event, call.get("timestamp").and_then(millis), gathered);
        }
    }
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// A tapped button, a chosen line or a filled form: what it carries is the choice, its title the text.
fn interactive(body: &Value, said: &mut InboundMessage) {
    let kind = text(body, "type");
    let none = Value::Null;
    let reply = body.get(kind).unwrap_or(&none);
    match kind {
        "button_reply" | "list_reply" => {
            said.text = text(reply, "title").to_owned();
            said.choice = Some(text(reply, "id").to_owned());
        }
        "nfm_reply" => {
            said.text = text(reply, "body").to_owned();
            said.choice = Some(text(reply, "response_json").to_owned());
        }
        other => said.extras.push(Extra::Unsupported { what: other.to_owned() }),
    }
}

fn card(contact: &Value) -> Extra {
    let of = |kind: &str, keys: &[&str]| -> Vec<String> {
        let first = |entry: &Value| keys.iter().map(|key| text(entry, key)).find(|value| !value.is_empty()).map(str::to_owned);
        list(contact, kind).filter_map(first).collect()
    };
    Extra::ContactCard {
        name: contact.get("name").map_or("", |name| text(name, "formatted_name")).to_owned(),
        phones: of("phones", &["phone", "wa_id"]),
        emails: of("emails", &["email"]),
        organization: contact.get("org").map_or("", |org| text(org, "company")).to_owned(),
    }
}
