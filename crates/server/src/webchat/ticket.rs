//! `POST /webchat/{KA}/ticket`, asked by the site's own page: here alone the browser tells the site's true origin.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Brand, ChannelAccount, ChannelAccountId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::chat::{self, Chat};
use super::refusal::Refusal;
use super::{Webchat, site};
use crate::Door;
use crate::view::{Picture, picture_path};

/// Tickets one address may take per minute: a whole office behind one address opens pages.
const STARTS_PER_MINUTE: i64 = 300;

/// What a ticket was given for.
#[derive(Debug, Clone)]
pub struct Granted {
    pub channel: ChannelAccountId,
    pub site: String,
    pub page_url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    page_url: Option<String>,
    /// Said for the sake of older loaders; the visitor's own comes with the session.
    #[serde(rename = "language")]
    _language: Option<String>,
}

#[derive(Serialize)]
struct Ticket {
    ticket: String,
    frame_url: String,
    appearance: Value,
}

pub async fn post(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let answer = match grant(&webchat, &channel, &door, &headers, &bytes).await {
        Ok(ticket) => chat::answer(ticket),
        Err(refusal) => refusal.into_response(),
    };
    // The refusal too is read by the loader, which says it in the site's console.
    with_cors(answer, &headers)
}

pub async fn preflight(headers: HeaderMap) -> Response {
    let mut response = with_cors(StatusCode::NO_CONTENT.into_response(), &headers);
    let more = response.headers_mut();
    more.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    more.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    more.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

fn with_cors(mut response: Response, headers: &HeaderMap) -> Response {
    if let Some(origin) = headers.get(header::ORIGIN) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
    response
}

async fn grant(webchat: &Webchat, channel: &str, door: &Door, headers: &HeaderMap, bytes: &Bytes) -> Result<Ticket, Refusal> {
    let now = webchat.engine.now();
    // Loopback stands for a proxy, hence for everybody.
    if let Some(address) = door.address.filter(|address| !address.is_loopback()) {
        webchat.starts.take(address, STARTS_PER_MINUTE, 60, now).map_err(|wait| {
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tickets", "Too many chats are opened from this address").retry_after(wait)
        })?;
    }
    let chat = webchat.chat(channel).await?;
    let site = check_site(&chat, chat::origin(headers), door);
    webchat.note_site(&chat, chat::origin(headers), site.is_ok()).await;
    let site = site?;
    let asked: Asked = if bytes.is_empty() { Asked::default() } else { chat::body(bytes)? };
    let page_url = asked.page_url.filter(|url| url.starts_with(&site)).map(|url| url.chars().take(300).collect());
    let ticket = webchat.tickets.issue(Granted { channel: chat.account.id, site, page_url }, now)?;
    let origin = door.reach(&webchat.engine.origins().webchat);
    let frame_url = format!("{origin}/frame?channel={}&ticket={ticket}", chat.account.id);
    Ok(Ticket { ticket, frame_url, appearance: appearance(webchat, &chat, door) })
}

fn check_site(chat: &Chat, origin: Option<&str>, door: &Door) -> Result<String, Refusal> {
    let named = origin.unwrap_or("none");
    if site::is_allowed(&chat.sites(), named, door) {
        return Ok(named.to_owned());
    }
    let detail = format!("The site {named} may not show this chat; add it to the allowed sites of the channel {}", chat.account.name);
    Err(Refusal::new(StatusCode::FORBIDDEN, "site_not_allowed", detail).with("site", named))
}

/// How the chat looks on the site: as the channel says, else as the workspace shows itself, else by the connector's default.
fn appearance(webchat: &Webchat, chat: &Chat, door: &Door) -> Value {
    let (account, brand): (&ChannelAccount, &Brand) = (&chat.account, &chat.config.brand);
    let defaults = webchat.engine.connector("webchat").map(|connector| connector.settings()).unwrap_or_default();
    let setting = |key: &str| {
        let given = account.setting(key);
        let default = || defaults.iter().find(|setting| setting.key == key).and_then(|setting| setting.default).unwrap_or("");
        if given.is_empty() { default().to_owned() } else { given.to_owned() }
    };
    let greeting: Map<String, Value> = ["en", "de", "ko"]
        .into_iter()
        .map(|language| (language.to_owned(), setting(&format!("greeting_{language}"))))
        .filter(|(_, text)| !text.is_empty())
        .map(|(language, text)| (language, text.into()))
        .collect();
    let languages: Vec<&String> = greeting.keys().collect();
    // A form that was saved as it stood wrote the default down; nobody chose it.
    let own = setting("color");
    let chosen = defaults.iter().all(|one| one.key != "color" || one.default != Some(&*own));
    let color = brand.accent.filter(|_| !chosen).map_or(own, |accent| accent.to_string());
    let name = if brand.name.is_empty() { &account.name } else { &brand.name };
    let icon = picture_path(chat.workspace_id(), brand, Picture::Icon);
    let logo = icon.map(|path| door.reach(&webchat.engine.origins().webchat) + &path);
    json!({ "name": name, "logo": logo, "color": color, "position": setting("position"), "languages": languages, "greeting": greeting })
}
