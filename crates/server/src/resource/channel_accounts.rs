//! Channel accounts: connected numbers, pages and sites. Secrets go in and never come out.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use connectors::{Connector, SettingKind};
use engine::secrets_about;
use model::{BusinessHoursId, ChannelAccount, ChannelAccountId, FlowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::messages::{STICKER_S, shown_picture};
use crate::access::secret;
use crate::input::{Version, present};
use crate::page::{Items, Page, Paging};
use crate::problem::Answered;
use crate::resource::business_hours::check_hours;
use crate::view::{ChannelAccountView, ChannelKind, CheckResult, Lens, Noted, Sightings, StickerSetView, TemplateView};
use crate::{Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(kinds))
        .routes(routes!(list, make))
        .routes(routes!(get, change, remove))
        .routes(routes!(check))
        .routes(routes!(templates, list_templates))
        .routes(routes!(stickers))
        .routes(routes!(sticker_picture))
        .routes(routes!(rotate))
        .routes(routes!(sightings))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    kind: String,
    name: String,
    /// Texts, lists of texts, or booleans, as the kind's settings say.
    #[schema(value_type = Object)]
    settings: BTreeMap<String, Value>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    #[serde(default = "yes")]
    enabled: bool,
    #[schema(value_type = Option<String>)]
    flow_id: Option<FlowId>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    business_hours_id: Option<BusinessHoursId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    name: Option<String>,
    #[schema(value_type = Option<Object>)]
    settings: Option<BTreeMap<String, Value>>,
    /// Only those to be replaced; an empty text takes one away.
    secrets: Option<BTreeMap<String, String>>,
    enabled: Option<bool>,
    /// Null: the workspace's default flow.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    flow_id: Option<Option<FlowId>>,
    /// Null: always open.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    business_hours_id: Option<Option<BusinessHoursId>>,
    version: i64,
}

#[derive(Serialize, ToSchema)]
struct NewSecret {
    secret: String,
}

fn yes() -> bool {
    true
}

/// The accounts with their secrets opened, beside what is noted of them.
async fn all(server: &Server, caller: &Caller) -> Result<Vec<(ChannelAccount, Noted)>, Problem> {
    let (ws, lens) = (caller.ws, Lens::of(server, caller).await?);
    let read = server
        .engine()
        .db()
        .read(move |tx| Box::pin(async move { Ok((store::channel::all(tx, ws).await?, store::unreadable::counts(tx, ws).await?)) }));
    let (rows, unreadable) = read.await?;
    let heard = server.engine().last_heard(ws).await?;
    let open = rows.into_iter().map(|stored| {
        let mut account = stored.account;
        account.secrets = serde_json::from_slice(&lens.config.open(&secrets_about(account.id), &stored.sealed)?)?;
        account.webhook_url = format!("{}/in/{}/{}", server.engine().origins().public, account.kind, account.id);
        let noted = Noted {
            problem: stored.problem,
            credential_ends: stored.credential.0,
            last_heard: heard.get(&account.id).copied(),
            unreadable: unreadable.get(&account.id).copied().unwrap_or_default(),
        };
        Ok((account, noted))
    });
    Ok(open.collect::<anyhow::Result<_>>()?)
}

async fn one(server: &Server, caller: &Caller, id: ChannelAccountId) -> Result<(ChannelAccount, Noted), Problem> {
    all(server, caller).await?.into_iter().find(|(account, _)| account.id == id).ok_or_else(Problem::not_found)
}

async fn shown(server: &Server, caller: &Caller, id: ChannelAccountId) -> Answered<ChannelAccountView> {
    let (account, noted) = one(server, caller, id).await?;
    Ok(Json(ChannelAccountView::of(&Lens::of(server, caller).await?, &account, noted)))
}

/// Settings as texts, each of the form its kind has.
fn read_settings(connector: &dyn Connector, given: BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, Problem> {
    let mut settings = BTreeMap::new();
    for (key, value) in given {
        let at = format!("/settings/{key}");
        let known = connector.settings().iter().find(|setting| setting.key == key && setting.kind != SettingKind::Secret);
        let Some(setting) = known else {
            return Err(Problem::invalid(&at, "unknown_setting", format!("{} has no setting {key}", connector.name())));
        };
        let wrong = |said: &str, what: &str| Problem::invalid(&at, "wrong_type", format!("{} is {said}", setting.label)).what(what);
        let text = match (setting.kind, value) {
            (SettingKind::List, Value::Array(items)) => {
                let items: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(|text| text.trim().to_owned())).collect();
                let items = items.ok_or_else(|| wrong("a list of texts", "list"))?;
                serde_json::to_string(&items.into_iter().filter(|item| !item.is_empty()).collect::<Vec<_>>())
                    .map_err(anyhow::Error::from)?
            }
            (SettingKind::List, _) => return Err(wrong("a list of texts", "list")),
            (SettingKind::Form, fields @ Value::Array(_)) => fields.to_string(),
            (SettingKind::Form, _) => return Err(wrong("a list of fields", "list")),
            (SettingKind::Toggle, Value::Bool(on)) => on.to_string(),
            (SettingKind::Toggle, _) => return Err(wrong("true or false", "yes_no")),
            (_, Value::String(text)) => crate::input::short(&at, text.trim(), 2048)?,
            _ => return Err(wrong("a text", "text")),
        };
        settings.insert(key, text);
    }
    Ok(settings)
}

fn read_secrets(
    connector: &dyn Connector,
    held: &BTreeMap<String, String>,
    given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut secrets = held.clone();
    for (key, value) in given {
        let at = format!("/secrets/{key}");
        if !connector.settings().iter().any(|setting| setting.key == key && setting.kind == SettingKind::Secret) {
            return Err(Problem::invalid(&at, "unknown_setting", format!("{} has no secret {key}", connector.name())));
        }
        let value = crate::input::short(&at, value.trim(), 8192)?;
        if value.is_empty() {
            secrets.remove(&key);
        } else {
            secrets.insert(key, value);
        }
    }
    Ok(secrets)
}

/// Fills defaults and judges the whole. A channel without what verifies it cannot be enabled; switched off it may be incomplete.
fn complete(server: &Server, connector: &dyn Connector, account: &mut ChannelAccount) -> Result<(), Problem> {
    for setting in connector.settings() {
        if let Some(default) = setting.default
            && account.setting(setting.key).is_empty()
        {
            account.settings.insert(setting.key.into(), default.into());
        }
    }
    account.address = connector.address(account);
    account.provider_key = connector.provider_key(account).map(|(_, key)| key);
    if !account.enabled {
        return Ok(());
    }
    for setting in connector.settings().iter().filter(|setting| setting.required) {
        let secret = setting.kind == SettingKind::Secret;
        let value = if secret { account.secret(setting.key) } else { account.setting(setting.key) };
        if value.is_empty() || value == "[]" {
            let (place, code) = if secret { ("secrets", "secret_missing") } else { ("settings", "setting_missing") };
            return Err(Problem::invalid(&format!("/{place}/{}", setting.key), code, format!("{} is missing", setting.label))
                .with("setting", setting.label)
                .mend(setting.help));
        }
    }
    let addresses = connector.settings().iter().filter(|setting| setting.kind == SettingKind::Url);
    for setting in addresses {
        crate::input::may_call(server, &format!("/settings/{}", setting.key), account.setting(setting.key))?;
    }
    match connector.check_settings(account).into_iter().next() {
        Some(problem) => {
            let secret = connector.settings().iter().any(|setting| setting.key == problem.setting && setting.kind == SettingKind::Secret);
            let place = if secret { "secrets" } else { "settings" };
            Err(Problem::invalid(&format!("/{place}/{}", problem.setting), &problem.code, problem.detail))
        }
        None => Ok(()),
    }
}

async fn check_flow(server: &Server, caller: &Caller, flow: Option<FlowId>) -> Result<(), Problem> {
    let (ws, Some(id)) = (caller.ws, flow) else { return Ok(()) };
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::flow::by_id(tx, ws, id).await })).await?;
    found.map(drop).ok_or_else(|| Problem::invalid("/flow_id", "unknown_flow", "There is no such flow"))
}

fn connector_of(server: &Server, kind: &str) -> Result<&'static dyn Connector, Problem> {
    let unknown = |_| Problem::invalid("/kind", "unknown_kind", format!("There is no channel {kind}"));
    server.engine().connector(kind).map_err(unknown)
}

/// The channels that can be connected, with their forms.
#[utoipa::path(get, path = "/channel-kinds", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = Items<ChannelKind>)))]
async fn kinds(State(server): State<Server>, caller: Signed<may::ManageChannels>) -> Answered<Items<ChannelKind>> {
    let lens = Lens::of(&server, &caller).await?;
    Ok(Json(Items { items: server.engine().connectors().iter().map(|connector| ChannelKind::of(&lens, *connector)).collect() }))
}

#[utoipa::path(get, path = "/channel-accounts", tag = "channels", params(Paging), security(("session" = ["channel.manage"])), responses((status = 200, body = Page<ChannelAccountView>)))]
async fn list(
    State(server): State<Server>,
    caller: Signed<may::ManageChannels>,
    Query(paging): Query<Paging>,
) -> Answered<Page<ChannelAccountView>> {
    let (rows, next_cursor) = paging.cut(all(&server, &caller).await?, |(account, _)| account.id)?;
    let lens = Lens::of(&server, &caller).await?;
    Ok(Json(Page { items: rows.into_iter().map(|(account, noted)| ChannelAccountView::of(&lens, &account, noted)).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/channel-accounts/{id}", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = ChannelAccountView)))]
async fn get(
    State(server): State<Server>,
    caller: Signed<may::ManageChannels>,
    Id(id): Id<ChannelAccountId>,
) -> Answered<ChannelAccountView> {
    shown(&server, &caller, id).await
}

#[utoipa::path(post, path = "/channel-accounts", tag = "channels", security(("session" = ["channel.manage"])), request_body = NewAccount, responses((status = 200, body = ChannelAccountView)))]
async fn make(
    State(server): State<Server>,
    caller: Signed<may::ManageChannels>,
    Body(new): Body<NewAccount>,
) -> Answered<ChannelAccountView> {
    let connector = connector_of(&server, &new.kind)?;
    let mut secrets = read_secrets(connector, &BTreeMap::new(), new.secrets)?;
    if let Some(own) = connector.own_secret().filter(|own| secrets.get(*own).is_none_or(String::is_empty)) {
        secrets.insert(own.into(), secret::token()?);
    }
    let mut account = ChannelAccount {
        id: caller.fresh(&server, "account"),
        kind: new.kind,
        name: crate::input::name("/name", &new.name)?,
        address: String::new(),
        enabled: new.enabled,
        settings: read_settings(connector, new.settings)?,
        secrets,
        app_id: None,
        provider_key: None,
        flow_id: new.flow_id,
        business_hours_id: new.business_hours_id,
        webhook_url: String::new(),
        version: 1,
    };
    complete(&server, connector, &mut account)?;
    check_flow(&server, &caller, account.flow_id).await?;
    check_hours(&server, &caller, account.business_hours_id).await?;
    let sealed = seal(&server, &caller, &account).await?;
    let (ws, id) = (caller.ws, account.id);
    server
        .change(&caller, move |tx, ledger| {
            let (account, sealed) = (account.clone(), sealed.clone());
            Box::pin(async move {
                store::channel::insert(tx, ws, &account, sealed).await.map_err(|why| held_twice(connector, &account, why))?;
                ledger.audit("channel_account.created", id, account.kind.as_str());
                ledger.settings("channel_accounts");
                Ok(id.to_string())
            })
        })
        .await?;
    shown(&server, &caller, id).await
}

/// What the schema refuses because another account that is switched on has the provider's name for this one.
fn held_twice(connector: &dyn Connector, account: &ChannelAccount, why: anyhow::Error) -> anyhow::Error {
    let twice = db::is_unique_violation(&why).is_some_and(|columns| columns.contains("provider_key"));
    let Some((key, _)) = connector.provider_key(account).filter(|_| twice) else { return why };
    let label = connector.settings().iter().find(|setting| setting.key == key).map_or(key, |setting| setting.label);
    let detail = format!("Another channel account that is switched on has this already: {label}");
    Problem::conflict("account_taken", detail).at(format!("/settings/{key}")).with("setting", label).into()
}

const IDENTITY_SECRET: &str = "identity_secret";

async fn seal(server: &Server, caller: &Caller, account: &ChannelAccount) -> Result<Vec<u8>, Problem> {
    let config = server.engine().config(caller.ws).await?;
    let clear = serde_json::to_vec(&account.secrets).map_err(anyhow::Error::from)?;
    Ok(config.seal(&secrets_about(account.id), &clear)?)
}

/// Stores a change. With secrets that are new, what the provider told of the old ones is not known any more; and where the provider renews
/// no token that is too young, the renewal of the old one is none of the new one's: it is planned anew.
async fn put(server: &Server, caller: &Caller, account: ChannelAccount, what: &'static str, new_secrets: bool) -> Result<(), Problem> {
    let sealed = seal(server, caller, &account).await?;
    let connector = connector_of(server, &account.kind)?;
    let ws = caller.ws;
    server
        .change(caller, move |tx, ledger| {
            let (account, sealed) = (account.clone(), sealed.clone());
            Box::pin(async move {
                if !store::channel::update(tx, ws, &account, sealed).await.map_err(|why| held_twice(connector, &account, why))? {
                    return Err(Problem::stale().into());
                }
                if new_secrets && connector.renews_after_s(&account).is_some() {
                    store::channel::forget_refresh(tx, ws, account.id).await?;
                }
                if new_secrets {
                    store::channel::forget_credential_end(tx, ws, account.id).await?;
                }
                ledger.audit(what, account.id, account.kind.as_str());
                ledger.settings("channel_accounts");
                Ok(account.id.to_string())
            })
        })
        .await?;
    Ok(())
}

#[utoipa::path(patch, path = "/channel-accounts/{id}", tag = "channels", security(("session" = ["channel.manage"])), request_body = AccountChange, responses((status = 200, body = ChannelAccountView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageChannels>,
    Id(id): Id<ChannelAccountId>,
    Body(change): Body<AccountChange>,
) -> Answered<ChannelAccountView> {
    let (mut account, _) = one(&server, &caller, id).await?;
    let connector = connector_of(&server, &account.kind)?;
    if let Some(name) = change.name {
        account.name = crate::input::name("/name", &name)?;
    }
    if let Some(settings) = change.settings {
        account.settings.extend(read_settings(connector, settings)?);
    }
    let before = account.secrets.clone();
    if let Some(secrets) = change.secrets {
        account.secrets = read_secrets(connector, &account.secrets, secrets)?;
    }
    let new_secrets = account.secrets != before;
    account.enabled = change.enabled.unwrap_or(account.enabled);
    account.flow_id = change.flow_id.unwrap_or(account.flow_id);
    account.business_hours_id = change.business_hours_id.unwrap_or(account.business_hours_id);
    account.version = change.version;
    complete(&server, connector, &mut account)?;
    check_flow(&server, &caller, account.flow_id).await?;
    check_hours(&server, &caller, account.business_hours_id).await?;
    put(&server, &caller, account, "channel_account.changed", new_secrets).await?;
    shown(&server, &caller, id).await
}

/// Deletes an account over which nothing was ever said; others can be switched off.
#[utoipa::path(delete, path = "/channel-accounts/{id}", tag = "channels", params(Version), security(("session" = ["channel.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageChannels>,
    Id(id): Id<ChannelAccountId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let (held, _) = one(&server, &caller, id).await?;
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            let name = held.name.clone();
            Box::pin(async move {
                if store::channel::in_use(tx, ws, id).await? {
                    return Err(Problem::conflict("in_use", "Conversations were held over it").what("conversations").into());
                }
                if !store::channel::delete(tx, ws, id, asked.version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("channel_account.deleted", id, name);
                ledger.settings("channel_accounts");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Proves the settings by asking the provider; each line names what is wrong and where.
#[utoipa::path(post, path = "/channel-accounts/{id}/check", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = CheckResult)))]
async fn check(State(server): State<Server>, caller: Signed<may::ManageChannels>, Id(id): Id<ChannelAccountId>) -> Answered<CheckResult> {
    one(&server, &caller, id).await?;
    Ok(Json(server.engine().check_channel(caller.ws, id).await?.into()))
}

/// Whether the snippet of a webchat is seen on a site, and which site was refused last.
#[utoipa::path(get, path = "/channel-accounts/{id}/sightings", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = Sightings)))]
async fn sightings(State(server): State<Server>, caller: Signed<may::ManageChannels>, Id(id): Id<ChannelAccountId>) -> Answered<Sightings> {
    one(&server, &caller, id).await?;
    let ws = caller.ws;
    let found = server.engine().db().read(move |tx| Box::pin(async move { store::sighting::of_account(tx, ws, id).await })).await?;
    Ok(Json(found.into()))
}

/// The account's approved texts, as they were listed last. Agents need them to write.
#[utoipa::path(get, path = "/channel-accounts/{id}/templates", tag = "channels", security(("session" = ["conversation.write"])), responses((status = 200, body = Items<TemplateView>)))]
async fn templates(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<ChannelAccountId>,
) -> Answered<Items<TemplateView>> {
    one(&server, &caller, id).await?;
    let templates = server.engine().templates(caller.ws, id).await?;
    Ok(Json(Items { items: templates.iter().map(TemplateView::from).collect() }))
}

/// Asks the provider for its list of approved texts now.
#[utoipa::path(post, path = "/channel-accounts/{id}/templates", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = Items<TemplateView>)))]
async fn list_templates(
    State(server): State<Server>,
    caller: Signed<may::ManageChannels>,
    Id(id): Id<ChannelAccountId>,
) -> Answered<Items<TemplateView>> {
    one(&server, &caller, id).await?;
    match server.engine().list_templates(caller.ws, id).await? {
        Ok(templates) => Ok(Json(Items { items: templates.iter().map(TemplateView::from).collect() })),
        Err(problem) => Err(Problem::conflict("templates_unlisted", problem.detail)),
    }
}

/// The stickers an agent may choose from, by set; none where the channel has no list of them.
#[utoipa::path(get, path = "/channel-accounts/{id}/stickers", tag = "channels", security(("session" = ["conversation.write"])), responses((status = 200, body = Items<StickerSetView>)))]
async fn stickers(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<ChannelAccountId>,
) -> Answered<Items<StickerSetView>> {
    one(&server, &caller, id).await?;
    let sets = server.engine().sticker_sets(caller.ws, id).await?;
    Ok(Json(Items { items: sets.iter().map(StickerSetView::from).collect() }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct WhichSticker {
    /// The provider's number for its set; empty where it has no sets.
    #[serde(default)]
    set: String,
    /// The provider's number for it.
    sticker: String,
}

/// A sticker's picture; fetched at the provider once and kept.
#[utoipa::path(get, path = "/channel-accounts/{id}/sticker", tag = "channels", params(WhichSticker), security(("session" = ["conversation.write"])), responses((status = 200, body = Vec<u8>, content_type = "image/*")))]
async fn sticker_picture(
    State(server): State<Server>,
    caller: Signed<may::WriteConversations>,
    Id(id): Id<ChannelAccountId>,
    Query(which): Query<WhichSticker>,
) -> Result<axum::response::Response, Problem> {
    one(&server, &caller, id).await?;
    let found = server.engine().sticker_picture(caller.ws, id, &which.set, &which.sticker).await?;
    Ok(shown_picture(found.ok_or_else(Problem::not_found)?, STICKER_S))
}

/// Draws a new secret for signed visitor tokens; tokens signed with the old one are refused from now on.
#[utoipa::path(post, path = "/channel-accounts/{id}/rotate-webchat-secret", tag = "channels", security(("session" = ["channel.manage"])), responses((status = 200, body = NewSecret)))]
async fn rotate(State(server): State<Server>, caller: Signed<may::ManageChannels>, Id(id): Id<ChannelAccountId>) -> Answered<NewSecret> {
    let (mut account, _) = one(&server, &caller, id).await?;
    if !connector_of(&server, &account.kind)?.settings().iter().any(|setting| setting.key == IDENTITY_SECRET) {
        return Err(Problem::not_found());
    }
    let clear = server.new_secret(&caller)?;
    account.secrets.insert(IDENTITY_SECRET.into(), clear.clone());
    put(&server, &caller, account, "channel_account.secret_rotated", false).await?;
    // Asked again after somebody else drew another one, or after a rotation of keys: what was told then is no secret any more.
    let (held, _) = one(&server, &caller, id).await?;
    if !secret::same(held.secret(IDENTITY_SECRET).as_bytes(), clear.as_bytes()) {
        return Err(Problem::conflict("secret_changed_since", "This request was answered, and the secret was changed since"));
    }
    Ok(Json(NewSecret { secret: clear }))
}
