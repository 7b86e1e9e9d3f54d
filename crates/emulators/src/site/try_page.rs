//! Shop and phone side by side, with the ways to the desk.

use std::{fmt::Write, sync::Arc};

use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::{Redirect, Response},
    routing::get,
};

use super::{
    OwnPort, origin_of,
    page::{self, Page, escape},
};
use crate::config::TryConfig;

pub fn router(config: TryConfig, own: OwnPort) -> Router {
    Router::new()
        .route("/try", get(front))
        .route("/try/", get(async || Redirect::permanent("/try")))
        .route("/try/assets/{*path}", get(asset))
        .with_state((Arc::new(config), own))
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    page::asset("try", &path, &headers)
}

async fn front(State((config, own)): State<(Arc<TryConfig>, OwnPort)>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let language = page::language(query.as_deref(), &headers);
    let host = page::host(&headers);
    let shop = own.seen_from(host, &config.shop_url);
    let phone = own.seen_from(host, &config.phone_url);
    let busy_hour = own.seen_from(host, &config.busy_hour_url);
    let reset = own.seen_from(host, &config.reset_url);
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' {} {}; frame-src {} {}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
        origin_of(&busy_hour),
        origin_of(&reset),
        origin_of(&shop),
        origin_of(&phone),
    );
    let page = Page::new("try", language);
    let links = people(&page, &config, own, host);
    let buttons = [button(&page, "busy_hour", &busy_hour), button(&page, "reset", &reset)].concat();
    page.text("shop_url", &in_language(&shop, language))
        .text("phone_url", &in_language(&phone, language))
        .text("shop_address", &config.shop_address)
        .markup("buttons", buttons)
        .markup("people", links)
        .respond(&policy)
}

/// Shop and phone speak the language of the page around them.
fn in_language(url: &str, language: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut url) => {
            url.query_pairs_mut().append_pair("lang", language);
            url.to_string()
        }
        Err(_) => url.to_owned(),
    }
}

fn people(page: &Page, config: &TryConfig, own: OwnPort, host: &str) -> String {
    let mut links = String::new();
    for person in &config.people {
        let initials: String = person.label.chars().take(1).collect();
        let role = match person.role.as_str() {
            "" => String::new(),
            // A role this page has a word for is said in its language; any other as it was given.
            role => match page.word(&format!("role_{role}")) {
                "" => format!(r#"<span class="role">{}</span>"#, escape(role)),
                word => format!(r#"<span class="role">{word}</span>"#),
            },
        };
        let _ = write!(
            links,
            r#"<a class="button" href="{}" target="_blank" rel="noopener"><span class="avatar" aria-hidden="true">{}</span>{}{role}</a>"#,
            escape(&own.seen_from(host, &person.url)),
            escape(&initials),
            escape(&person.label),
        );
    }
    links
}

fn button(page: &Page, key: &str, url: &str) -> String {
    if url.is_empty() {
        return String::new();
    }
    let word = |suffix: &str| page.word(&format!("{key}{suffix}"));
    format!(
        r#"<button class="button" type="button" data-post="{}" data-ask="{}" data-doing="{}" data-done="{}" data-failed="{}"><span>{}</span></button>"#,
        escape(url),
        word("_ask"),
        word("_doing"),
        word("_done"),
        page.word("failed"),
        word(""),
    )
}
