//! The sample shop: a foreign site that embeds the chat and knows its own customers.

use std::{fmt::Write, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    OwnPort,
    page::{self, Page, escape},
    token,
};
use crate::{config::ShopConfig, network};

#[derive(Deserialize)]
struct Product {
    key: String,
    /// `coffee` or `gear`.
    kind: String,
    cents: u32,
    en: String,
    de: String,
    ko: String,
}

impl Product {
    fn name(&self, language: &str) -> &str {
        match language {
            "de" => &self.de,
            "ko" => &self.ko,
            _ => &self.en,
        }
    }
}

pub fn router(config: ShopConfig, own: OwnPort) -> Router {
    Router::new()
        .route("/", get(front))
        .route("/assets/{*path}", get(asset))
        .route("/shop/api/token", get(sign_in))
        .with_state((Arc::new(config), own))
}

async fn front(State((shop, own)): State<(Arc<ShopConfig>, OwnPort)>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let language = page::language(query.as_deref(), &headers);
    let host = page::host(&headers);
    let chat = own.seen_from(host, shop.webchat_origin.trim_end_matches('/'));
    let page = Page::new("shop", language);
    let products = products(&page);
    let people = people(&shop, &page);
    page.markup("products", products)
        .markup("hero_price", price(12_900, language))
        .markup("people", people)
        .markup("languages", languages(language))
        .markup("loader", loader(&shop, &chat))
        .respond(&policy(&chat, &page::ancestors(own, host, &shop.frame_ancestors)))
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    page::asset("shop", &path, &headers)
}

#[derive(Deserialize)]
struct SignIn {
    user: String,
}

async fn sign_in(State((shop, _)): State<(Arc<ShopConfig>, OwnPort)>, Query(ask): Query<SignIn>) -> Response {
    let person = shop.people.iter().find(|person| person.key == ask.user);
    let Some(person) = person.filter(|_| !shop.token_secret.is_empty()) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "Nobody of this name" }))).into_response();
    };
    let id = uuid::Uuid::now_v7().to_string();
    let token = token::issue(person, &shop.channel, &shop.token_secret, &id, network::now());
    let body = Json(json!({ "token": token, "name": person.name }));
    ([(header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// Only what the snippet needs is allowed; styles of the chat must come from its files or the CSSOM.
fn policy(chat: &str, ancestors: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' {chat}; style-src 'self' {chat}; img-src 'self' data: {chat}; \
         font-src 'self' {chat}; media-src {chat}; connect-src 'self' {chat}; frame-src {chat}; \
         base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
    .replace("  ", " ")
    .replace("media-src ;", "")
    .replace("frame-src ;", "")
}

/// The snippet, just as the product offers it for copying.
fn loader(shop: &ShopConfig, chat: &str) -> String {
    if chat.is_empty() {
        return String::new();
    }
    format!(r#"<script src="{}/loader.js" data-channel="{}" async></script>"#, escape(chat), escape(&shop.channel))
}

fn products(page: &Page) -> String {
    let list: Vec<Product> = page::file("shop/products.json").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let mut cards = String::new();
    for product in list {
        let name = escape(product.name(page.language()));
        let _ = write!(
            cards,
            r#"<li class="card" data-kind="{kind}"><div class="picture"><img src="/assets/{key}.svg" alt="" width="100" height="100"></div><div class="line"><div><h3>{name}</h3><p>{price}</p></div><button class="add" type="button" data-add="{name}" aria-label="{add}: {name}"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 5v14M5 12h14"/></svg></button></div></li>"#,
            kind = escape(&product.kind),
            key = escape(&product.key),
            price = price(product.cents, page.language()),
            add = page.word("add"),
        );
    }
    cards
}

fn people(shop: &ShopConfig, page: &Page) -> String {
    if shop.token_secret.is_empty() {
        return String::new();
    }
    let mut buttons = String::new();
    for person in &shop.people {
        let name = escape(&person.name);
        let first = person.name.split(' ').next().unwrap_or_default();
        let label = page.word("sign_in_as").replace("{name}", &escape(first));
        let _ = write!(buttons, r#"<button type="button" data-sign-in="{}" data-name="{name}">{label}</button>"#, escape(&person.key));
    }
    buttons
}

fn languages(current: &str) -> String {
    let mut links = String::new();
    for (language, name) in page::LANGUAGES.into_iter().zip(["English", "Deutsch", "한국어"]) {
        let here = if language == current { r#" aria-current="true""# } else { "" };
        let short = language.to_uppercase();
        let _ = write!(links, r#"<a href="?lang={language}" hreflang="{language}" lang="{language}" title="{name}"{here}>{short}</a>"#);
    }
    links
}

fn price(cents: u32, language: &str) -> String {
    let (euros, rest) = (cents / 100, cents % 100);
    match language {
        "de" => format!("{euros},{rest:02}\u{a0}€"),
        _ => format!("€{euros}.{rest:02}"),
    }
}
