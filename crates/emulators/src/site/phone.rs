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
use serde_json::json;

use super::{
    OwnPort,
    carrier::respond,
    page::{self, Page, escape},
};
use crate::{
    carrier::{HandsetMedia, HandsetMessage, HttpAnswer},
    config::PhoneConfig,
    network::Network,
};

/// 5 MiB of pictures in Base64, with some room.
const BODY_BYTES: usize = 8 * 1024 * 1024;
/// Pictures that a browser shows without running anything in them.
const SHOWN: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

#[derive(Clone)]
struct Phone {
    config: Arc<PhoneConfig>,
    network: Network,
    own: OwnPort,
}

pub fn router(config: PhoneConfig, network: Network, own: OwnPort) -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/phone/")))
        .route("/phone", get(async || Redirect::temporary("/phone/")))
        .route("/phone/", get(front))
        .route("/phone/assets/{*path}", get(asset))
        .route("/phone/api/media/{sid}", get(media))
        .route("/phone/api/{numbers}/events", get(events))
        .route("/phone/api/{number}/messages", post(send))
        .route("/phone/api/{number}/acknowledge", post(acknowledge))
        .route("/phone/api/{number}/power", post(power))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Phone { config: Arc::new(config), network, own })
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
        .markup("owners", owners(&phone.network))
        .respond(&format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
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

/// A picture on a phone. Whatever a browser might run is handed out as a download only.
async fn media(State(phone): State<Phone>, Path(sid): Path<String>) -> Response {
    let found = phone.network.read(|carrier| carrier.media_bytes_of(&sid).map(|(kind, bytes)| (kind.to_owned(), bytes)));
    let Some((kind, bytes)) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
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

fn owners(network: &Network) -> String {
    network.read(|carrier| {
        let mut options = String::new();
        for handset in carrier.handsets().filter(|handset| !handset.name.is_empty()) {
            let _ = write!(
                options,
                r#"<option value="{number}" data-name="{name}" data-on="{on}" lang="{lang}">{name}, {number}</option>"#,
                number = escape(&handset.number),
                name = escape(&handset.name),
                lang = escape(&handset.lang),
                on = handset.on,
            );
        }
        options
    })
}
