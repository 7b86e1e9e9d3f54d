//! Channels: the mark beside a name, what the composer may do, and the admin's forms.

use std::collections::BTreeMap;

use connectors::{FileRef, SettingKind};
use model::{ChannelAccount, ChannelAccountId, Feature, MessageTemplate, TextUnit, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Lens;

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChannelMark {
    pub kind: String,
    pub account_id: String,
    pub name: String,
    pub address: String,
}

impl ChannelMark {
    pub fn of(lens: &Lens, id: ChannelAccountId) -> Self {
        match lens.config.accounts.get(&id) {
            Some(account) => Self {
                kind: account.kind.clone(),
                account_id: id.to_string(),
                name: account.name.clone(),
                address: account.address.clone(),
            },
            None => Self { kind: "unknown".into(), account_id: id.to_string(), name: String::new(), address: String::new() },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Composer {
    pub text_limit: u32,
    /// Whether longer texts leave as several messages, ten at most.
    pub splits: bool,
    /// chars, utf16, bytes or gsm_segments.
    pub text_unit: String,
    pub max_attachments: u32,
    pub attachment_types: Vec<String>,
    pub max_attachment_bytes: u64,
    /// Of a picture, which is made to fit where it is bigger than the channel takes.
    pub max_picture_bytes: u64,
    pub typing: bool,
    pub read_receipts: bool,
    pub delivery_receipts: bool,
    /// Whether a message can answer another one, visibly for the customer.
    pub quotes: bool,
    /// Whether messages are letters: they may go to others, too, and end with a signature.
    pub letters: bool,
    /// Whether messages can be reacted to; `reactions` are the only ones allowed, none = any.
    pub reacts: bool,
    pub reactions: Vec<String>,
    /// Cards side by side; null = they are written out.
    pub cards: Option<CardRoom>,
    /// Whether what was sent can be given other words, or be taken back; what still waits to leave can on every channel.
    pub edits: bool,
    pub unsends: bool,
    /// Answers as buttons; null = they are a numbered menu in the text.
    pub choices: Option<ChoiceRoom>,
    /// Whether agents may choose from the provider's stickers; `/channel-accounts/{id}/stickers` lists them.
    pub stickers: bool,
    /// Whether approved templates can be sent, also when the reply window is closed.
    pub templates: bool,
    /// Seconds after the customer's last message in which an agent may write freely; null = always.
    pub reply_window_s: Option<i64>,
    /// The provider has ended the service on this day.
    pub ended: Option<String>,
}

/// How many cards one message of the channel holds, and the characters of a text that still stands on its card and not before it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CardRoom {
    pub most: u32,
    pub text: u32,
}

/// How many answers one message of the channel has as buttons, and the characters of each; more or longer ones are a numbered menu.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChoiceRoom {
    pub most: u32,
    pub title: u32,
}

impl Composer {
    pub fn of(lens: &Lens, id: ChannelAccountId) -> Self {
        let known = lens.config.accounts.get(&id).and_then(|account| Some((account, lens.engine.connector(&account.kind).ok()?)));
        let Some((account, connector)) = known else { return Self::mute() };
        let can = connector.capabilities(account);
        let unit = match can.text_unit {
            TextUnit::Chars => "chars",
            TextUnit::Utf16 => "utf16",
            TextUnit::Bytes => "bytes",
            TextUnit::GsmSegments => "gsm_segments",
        };
        // Of any picture one is made that the channel takes, where it takes any.
        let fits = connector.picture_limit(account, &FileRef::default()).is_some();
        let made = fits.then(|| "image/*".to_owned());
        // A prefix such as `image/` is written as browsers do.
        let types = made
            .into_iter()
            .chain(can.attachment_types.iter().map(|kind| if kind.ends_with('/') { format!("{kind}*") } else { kind.clone() }));
        Self {
            text_limit: can.text_limit,
            splits: !can.streamed,
            text_unit: unit.into(),
            max_attachments: can.max_attachments,
            attachment_types: types.collect(),
            max_attachment_bytes: can.max_attachment_bytes,
            max_picture_bytes: if fits { can.max_attachment_bytes.max(engine::MAX_FILE_BYTES as u64) } else { can.max_attachment_bytes },
            // Whether we see theirs is another question.
            typing: can.says.contains(&Feature::Typing),
            read_receipts: can.read_receipts,
            delivery_receipts: can.delivery_receipts,
            quotes: can.says.contains(&Feature::Quote),
            letters: can.letters,
            reacts: can.says.contains(&Feature::Reaction),
            reactions: can.reaction_set,
            cards: can.cards.map(|limit| CardRoom { most: limit.most, text: limit.text }),
            edits: can.says.contains(&Feature::Edit),
            unsends: can.says.contains(&Feature::Unsend),
            choices: can.choices.map(|limit| ChoiceRoom { most: limit.most, title: limit.title }),
            stickers: !connector.sticker_sets(account).is_empty(),
            templates: can.says.contains(&Feature::Template),
            reply_window_s: can.reply_window_s.max(can.human_window_s),
            ended: connector.ended().map(str::to_owned),
        }
    }
    /// Of a channel account that is gone: nothing can be said.
    fn mute() -> Self {
        Self {
            text_limit: 0,
            splits: false,
            text_unit: "chars".into(),
            max_attachments: 0,
            attachment_types: Vec::new(),
            max_attachment_bytes: 0,
            max_picture_bytes: 0,
            typing: false,
            read_receipts: false,
            delivery_receipts: false,
            quotes: false,
            letters: false,
            reacts: false,
            reactions: Vec::new(),
            cards: None,
            edits: false,
            unsends: false,
            choices: None,
            stickers: false,
            templates: false,
            reply_window_s: None,
            ended: None,
        }
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SettingView {
    pub key: String,
    pub label: String,
    pub help: String,
    /// text, secret, url, phone, list, toggle, color or form.
    pub kind: String,
    pub required: bool,
    pub default: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelKind {
    pub kind: String,
    pub name: String,
    pub settings: Vec<SettingView>,
    /// The provider has ended the service on this day.
    pub ended: Option<String>,
    /// A page that shows what customers will see, for a frame without rights; only of our own webchat.
    pub preview_url: Option<String>,
}

impl ChannelKind {
    pub fn of(lens: &Lens, connector: &dyn connectors::Connector) -> Self {
        let settings = connector.settings().iter().map(|setting| SettingView {
            key: setting.key.into(),
            label: setting.label.into(),
            help: setting.help.into(),
            kind: kind_word(setting.kind).into(),
            required: setting.required,
            default: setting.default.map(str::to_owned),
        });
        Self {
            kind: connector.kind().into(),
            name: connector.name().into(),
            settings: settings.collect(),
            ended: connector.ended().map(str::to_owned),
            preview_url: connector.by_browser().then(|| format!("{}/preview", lens.door.reach(&lens.engine.origins().webchat))),
        }
    }
}

fn kind_word(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Text => "text",
        SettingKind::Secret => "secret",
        SettingKind::Url => "url",
        SettingKind::Phone => "phone",
        SettingKind::List => "list",
        SettingKind::Toggle => "toggle",
        SettingKind::Color => "color",
        SettingKind::Form => "form",
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountProblem {
    /// Stable, as in the check's lines; empty for what was noted before there were codes.
    pub code: String,
    pub setting: Option<String>,
    pub detail: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelAccountView {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub address: String,
    pub enabled: bool,
    /// Texts; lists for settings of the kinds list and form, booleans for toggles.
    #[schema(value_type = Object)]
    pub settings: BTreeMap<String, Value>,
    /// Secrets are write-only: the names of those that are set.
    pub secrets_set: Vec<String>,
    pub webhook_url: Option<String>,
    pub snippet: Option<String>,
    pub flow_id: Option<String>,
    /// When somebody is there to answer; null = always.
    pub business_hours_id: Option<String>,
    pub problem: Option<AccountProblem>,
    /// When the provider's credential ends; null where it never does, or nobody knows.
    pub credential_ends_at: Option<String>,
    /// When it last brought something new; null where that was never noted.
    pub last_heard_at: Option<String>,
    /// Deliveries of it that could not be read, and events that failed, until somebody looks at them; see `GET /unreadable`.
    pub unreadable: i64,
    pub version: i64,
}

/// What the sender and the doctor noted of an account.
#[derive(Debug, Clone)]
pub struct Noted {
    pub problem: Option<String>,
    pub credential_ends: Option<Timestamp>,
    pub last_heard: Option<Timestamp>,
    pub unreadable: i64,
}

impl ChannelAccountView {
    pub fn of(lens: &Lens, account: &ChannelAccount, noted: Noted) -> Self {
        let connector = lens.engine.connector(&account.kind).ok();
        let kinds: BTreeMap<&str, SettingKind> =
            connector.iter().flat_map(|connector| connector.settings()).map(|setting| (setting.key, setting.kind)).collect();
        let settings = account.settings.iter().map(|(key, text)| {
            let value = match kinds.get(key.as_str()) {
                Some(SettingKind::List | SettingKind::Form) => serde_json::from_str(text).unwrap_or_else(|_| Value::Array(Vec::new())),
                Some(SettingKind::Toggle) => Value::Bool(text == "true"),
                _ => Value::String(text.clone()),
            };
            (key.clone(), value)
        });
        let webchat = lens.door.reach(&lens.engine.origins().webchat);
        Self {
            id: account.id.to_string(),
            kind: account.kind.clone(),
            name: account.name.clone(),
            address: account.address.clone(),
            enabled: account.enabled,
            settings: settings.collect(),
            secrets_set: account.secrets.iter().filter(|(_, value)| !value.is_empty()).map(|(key, _)| key.clone()).collect(),
            webhook_url: connector.and_then(|connector| connector.shown_webhook_url(account)),
            snippet: (account.kind == "webchat")
                .then(|| format!("<script async src=\"{webchat}/loader.js\" data-channel=\"{}\"></script>", account.id)),
            flow_id: account.flow_id.map(|id| id.to_string()),
            business_hours_id: account.business_hours_id.map(|id| id.to_string()),
            problem: noted.problem.map(|noted| {
                let engine::AccountProblem { code, setting, detail } = engine::AccountProblem::read(&noted);
                AccountProblem { code, setting, detail }
            }),
            credential_ends_at: super::maybe(noted.credential_ends),
            last_heard_at: super::maybe(noted.last_heard),
            unreadable: noted.unreadable,
            version: account.version,
        }
    }
}

/// A site that asked for the chat, as its visitor's browser told it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sighting {
    pub site: String,
    pub at: String,
}

/// Where the snippet was seen last: by a site that may show the chat, and by one that may not.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Sightings {
    pub seen: Option<Sighting>,
    pub refused: Option<Sighting>,
}

impl From<store::sighting::Sightings> for Sightings {
    fn from(found: store::sighting::Sightings) -> Self {
        let view = |one: store::sighting::Sighting| Sighting { site: one.site, at: super::time(one.at) };
        Self { seen: found.seen.map(view), refused: found.refused.map(view) }
    }
}

/// A text that the provider has approved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TemplateView {
    pub name: String,
    pub language: String,
    pub category: String,
    pub approved: bool,
    /// The provider's own word.
    pub state: String,
    /// With its gaps as `{{1}}` or `{{name}}`.
    pub text: String,
    pub gaps: Vec<String>,
}

impl From<&MessageTemplate> for TemplateView {
    fn from(template: &MessageTemplate) -> Self {
        let MessageTemplate { name, language, category, approved, state, text, gaps, raw: _ } = template.clone();
        Self { name, language, category, approved, state, text, gaps }
    }
}

/// Stickers that belong together, as the provider names them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StickerSetView {
    pub id: String,
    pub name: String,
    /// The provider's numbers for them, in their order.
    pub stickers: Vec<String>,
}

impl From<&connectors::StickerSet> for StickerSetView {
    fn from(set: &connectors::StickerSet) -> Self {
        let connectors::StickerSet { id, name, stickers } = set.clone();
        Self { id, name, stickers }
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckLineView {
    pub name: String,
    pub ok: bool,
    /// What is wrong, stable: `setting_missing`, `bad_credentials`, …; empty when all is well.
    pub code: String,
    pub detail: String,
    pub setting: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckResult {
    pub lines: Vec<CheckLineView>,
    pub ok: bool,
}

impl From<Vec<engine::CheckLine>> for CheckResult {
    fn from(lines: Vec<engine::CheckLine>) -> Self {
        let ok = lines.iter().all(|line| line.problem.is_none());
        let lines = lines.into_iter().map(|line| {
            let ok = line.problem.is_none();
            let (code, detail) = line.problem.map(|problem| (problem.code, problem.detail)).unwrap_or_default();
            CheckLineView { name: line.name, ok, code, detail, setting: line.setting }
        });
        Self { lines: lines.collect(), ok }
    }
}
