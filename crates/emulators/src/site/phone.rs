//! The sample phone: its page, and what the page asks the network.

use std::{convert::Infallible, fmt::Write, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Redirect, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    OwnPort,
    carrier::respond,
    discord::DiscordServer,
    mail::MailServer,
    page::{self, Page, escape},
};
use crate::{
    carrier::{HandsetMedia, HandsetMessage, HttpAnswer},
    config::PhoneConfig,
    network::Network,
    platform::{Act, Kind, PlatformAccount},
};

/// 16 MiB of files in Base64, with some room.
const BODY_BYTES: usize = 24 * 1024 * 1024;
/// The apps as they stand beside each other.
const ORDER: [&str; 6] = ["messenger", "instagram", "whatsapp", "line", "gbm", "custom"];
/// Pictures, sounds and films that a browser shows without running anything in them.
const SHOWN: [&str; 11] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/webm",
    "audio/wav",
    "video/mp4",
    "video/webm",
];

#[derive(Clone)]
struct Phone {
    config: Arc<PhoneConfig>,
    network: Network,
    discord: DiscordServer,
    mail: MailServer,
    own: OwnPort,
}

pub fn router(config: PhoneConfig, network: Network, discord: DiscordServer, mail: MailServer, own: OwnPort) -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/phone/")))
        .route("/phone", get(async || Redirect::temporary("/phone/")))
        .route("/phone/", get(front))
        .route("/phone/assets/{*path}", get(asset))
        .route("/phone/api/media/{sid}", get(media))
        .route("/phone/api/{numbers}/events", get(events))
        .route("/phone/api/apps/{person}/events", get(app_events))
        .route("/phone/api/apps/{account}/{person}/acts", post(act))
        .route("/phone/api/files/{id}", get(file))
        .route("/phone/api/{number}/messages", post(send))
        .route("/phone/api/{number}/acknowledge", post(acknowledge))
        .route("/phone/api/{number}/power", post(power))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Phone { config: Arc::new(config), network, discord, mail, own })
}

async fn front(State(phone): State<Phone>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let language = page::language(query.as_deref(), &headers);
    let config = &phone.config;
    let initial: String = config.shop_name.chars().take(1).collect();
    let ancestors = page::ancestors(phone.own, page::host(&headers), &config.frame_ancestors);
    Page::new("phone", language)
        .text("shop_name", &config.shop_name)
        .text("shop_number", &config.shop_number)
        .text("initial", &initial)
        .text("words", &page::words_json("phone", language))
        .text("accounts", &accounts(&phone))
        .markup("owners", owners(&phone.network))
        .respond(&format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
        ))
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    page::asset("phone", &path, &headers)
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

/// What changed on these phones: a list, or a stream of lists for who asks for one.
async fn events(
    State(phone): State<Phone>,
    Path(numbers): Path<String>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Response {
    let streamed =
        headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok()).is_some_and(|kinds| kinds.contains("text/event-stream"));
    let read = move |network: &Network, numbers: &str, after: u64| {
        network.read(|carrier| {
            let list = carrier.events_json(numbers, after);
            (list, carrier.handset_position(), carrier.epoch().to_owned())
        })
    };
    if !streamed {
        let (list, ..) = read(&phone.network, &numbers, after);
        return ([(header::CACHE_CONTROL, "no-store")], Json(list)).into_response();
    }
    let mut screens = phone.network.screens();
    screens.mark_changed();
    // A stream starts from the beginning: the page replaces by sid, so nothing shows twice.
    let start = (phone.network, screens, 0, String::new());
    let lists = stream::unfold(start, move |(network, mut screens, mut after, mut known)| {
        let numbers = numbers.clone();
        async move {
            screens.changed().await.ok()?;
            let (mut list, mut position, epoch) = read(&network, &numbers, after);
            if known != epoch {
                (list, position, _) = read(&network, &numbers, 0);
                known = epoch;
            }
            after = position;
            let event = Event::default().data(list.to_string());
            Some((Ok::<_, Infallible>(event), (network, screens, after, known)))
        }
    });
    Sse::new(lists).keep_alive(KeepAlive::default()).into_response()
}

#[derive(Deserialize)]
struct Writing {
    #[serde(default)]
    text: String,
    #[serde(default)]
    media: Vec<HandsetMedia>,
}

async fn send(State(phone): State<Phone>, Path(number): Path<String>, Json(writing): Json<Writing>) -> Response {
    let message = HandsetMessage { to: phone.config.shop_number.clone(), text: writing.text, media: writing.media };
    let sent = phone.network.with(|carrier, now| carrier.handset_send(&number, &message, now));
    respond(match sent {
        Ok(sid) => HttpAnswer::json(201, &json!({ "sid": sid })),
        Err(refusal) => refusal.into(),
    })
    .await
}

#[derive(Deserialize)]
struct Acknowledge {
    sids: Vec<String>,
}

async fn acknowledge(State(phone): State<Phone>, Path(number): Path<String>, Json(body): Json<Acknowledge>) -> StatusCode {
    phone.network.with(|carrier, now| carrier.handset_acknowledge(&number, &body.sids, now));
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Power {
    on: bool,
}

async fn power(State(phone): State<Phone>, Path(number): Path<String>, Json(body): Json<Power>) -> StatusCode {
    phone.network.with(|carrier, now| carrier.handset_power(&number, body.on, now));
    StatusCode::NO_CONTENT
}

/// How far a page has read: positions count within the platforms, within Discord and within mail.
#[derive(Clone, Default)]
struct Read {
    platforms: u64,
    discord: u64,
    mail: u64,
    epoch: String,
}

impl Phone {
    /// What changed in one person's apps since then, and how far that is.
    fn apps(&self, person: &str, since: &Read) -> (Value, Read) {
        let (mut screens, platforms, epoch) = self.network.read_platforms(|platforms| {
            let there = platforms.accounts().filter(|account| platforms.id_of(&account.id, person).is_some());
            let screens: Vec<_> = there.map(|account| platforms.screen_json(&account.id, person, since.platforms)).collect();
            (screens, platforms.position(), platforms.epoch().to_owned())
        });
        let (more, discord, other) = self.discord.read(|discord, now| {
            let bots = discord.bots_json();
            let screens =
                bots.iter().flat_map(|bot| discord.screens_json(bot["id"].as_str().unwrap_or_default(), person, since.discord, now));
            (screens.collect::<Vec<_>>(), discord.position(), discord.epoch().to_owned())
        });
        screens.extend(more);
        let (letters, mail, third) = self.mail.read(|mail| {
            let boxes = mail.mailboxes_json();
            let screens = boxes.iter().flat_map(|one| mail.screens_json(one["id"].as_str().unwrap_or_default(), person, since.mail));
            (screens.collect::<Vec<_>>(), mail.position(), mail.epoch().to_owned())
        });
        screens.extend(letters);
        let read = Read { platforms, discord, mail, epoch: format!("{epoch}{other}{third}") };
        (json!({ "epoch": read.epoch, "screens": screens }), read)
    }
}

/// What stands in one person's apps: a stream of lists, one entry for each account they can reach.
async fn app_events(State(phone): State<Phone>, Path(person): Path<String>) -> Response {
    let (mut screens, discord, mail) = (phone.network.screens(), phone.discord.screens(), phone.mail.changes());
    screens.mark_changed();
    let start = (phone, screens, discord, mail, Read::default());
    let lists = stream::unfold(start, move |(phone, mut screens, mut discord, mut mail, since)| {
        let person = person.clone();
        async move {
            tokio::select! {
                changed = screens.changed() => changed.ok()?,
                changed = discord.changed() => changed.ok()?,
                changed = mail.changed() => changed.ok()?,
            }
            let (mut list, mut read) = phone.apps(&person, &since);
            if read.epoch != since.epoch {
                (list, read) = phone.apps(&person, &Read::default());
            }
            Some((Ok::<_, Infallible>(Event::default().data(list.to_string())), (phone, screens, discord, mail, read)))
        }
    });
    Sse::new(lists).keep_alive(KeepAlive::default()).into_response()
}

#[derive(Deserialize)]
struct InPlace {
    /// Where in Discord, if not in the direct talk; which thread of mail.
    #[serde(default)]
    place: Option<String>,
}

/// A person does something in an app.
async fn act(
    State(phone): State<Phone>,
    Path((account, person)): Path<(String, String)>,
    Query(InPlace { place }): Query<InPlace>,
    Json(act): Json<Act>,
) -> Response {
    let done = if phone.discord.read(|discord, _| discord.is_bot(&account)) {
        phone.discord.with(|discord, now| discord.act(&account, &person, place.as_deref(), act, now))
    } else if phone.mail.read(|mail| mail.is_mailbox(&account)) {
        phone.mail.with(|mail, now| mail.act(&account, &person, place.as_deref(), act, now))
    } else {
        phone.network.with_platforms(|platforms, now| platforms.act(&account, &person, act, now))
    };
    respond(match done {
        Ok(id) => HttpAnswer::json(201, &json!({ "id": id })),
        Err(refusal) => refusal.into(),
    })
    .await
}

/// A picture on a phone.
async fn media(State(phone): State<Phone>, Path(sid): Path<String>) -> Response {
    shown(phone.network.read(|carrier| carrier.media_bytes_of(&sid).map(|(kind, bytes)| (kind.to_owned(), bytes))))
}

/// A file in an app.
async fn file(State(phone): State<Phone>, Path(id): Path<String>) -> Response {
    let found = phone.network.read_platforms(|platforms| platforms.file_bytes_of(&id).map(|(kind, bytes)| (kind.to_owned(), bytes)));
    let of_discord = || phone.discord.read(|discord, _| discord.file_bytes_of(&id).map(|(kind, bytes)| (kind.to_owned(), bytes)));
    let of_mail = || phone.mail.read(|mail| mail.file_bytes_of(&id).map(|(kind, bytes)| (kind.to_owned(), bytes)));
    shown(found.or_else(of_discord).or_else(of_mail))
}

/// Whatever a browser might run is handed out as a download only.
fn shown(found: Option<(String, bytes::Bytes)>) -> Response {
    let Some((kind, bytes)) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
    let shown = SHOWN.contains(&kind.as_str());
    let headers = [
        (header::CONTENT_TYPE, if shown { kind.as_str() } else { "application/octet-stream" }),
        (header::CONTENT_DISPOSITION, if shown { "inline" } else { "attachment" }),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    (headers, bytes).into_response()
}

/// The accounts whose apps the phone has: what a tab and a talk need to know of each.
fn accounts(phone: &Phone) -> String {
    let mut list: Vec<Value> = phone.network.read_platforms(|platforms| {
        let account = |account: &PlatformAccount| {
            let mut can = platforms.abilities(&account.id).unwrap_or_default();
            // LINE lets people change what they said in groups only, and nobody holds a group's phone.
            can.edit &= account.kind != Kind::Line;
            json!({
                "id": account.id,
                "kind": account.kind,
                "name": account.name,
                "app": account.extra.get("app"),
                "menu": account.extra.get("menu").and_then(|menu| serde_json::from_str::<Value>(menu).ok()),
                "handle": if account.username.is_empty() { &account.display_number } else { &account.username },
                "can": can,
            })
        };
        platforms.accounts().map(account).collect()
    });
    // In one order, whatever the accounts' ids are.
    list.sort_by_key(|account| account["kind"].as_str().map(|kind| ORDER.iter().position(|known| *known == kind)));
    list.extend(phone.discord.read(|discord, _| discord.bots_json()));
    list.extend(phone.mail.read(|mail| mail.mailboxes_json()));
    json!(list).to_string()
}

fn owners(network: &Network) -> String {
    let people: Vec<(String, String)> =
        network.read_platforms(|platforms| platforms.people().map(|person| (person.phone.clone(), person.key.clone())).collect());
    network.read(|carrier| {
        let mut options = String::new();
        for handset in carrier.handsets().filter(|handset| !handset.name.is_empty()) {
            let _ = write!(
                options,
                r#"<option value="{number}" data-name="{name}" data-person="{person}" data-on="{on}" lang="{lang}">{name}, {number}</option>"#,
                number = escape(&handset.number),
                name = escape(&handset.name),
                person = escape(people.iter().find(|(phone, _)| *phone == handset.number).map_or("", |(_, key)| key)),
                lang = escape(&handset.lang),
                on = handset.on,
            );
        }
        options
    })
}
