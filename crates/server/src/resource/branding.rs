//! Branding: the name, the logo and the accent a workspace shows itself by.

use axum::Extension;
use axum::Json;
use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use engine::{LogoRefused, MAX_LOGO_BYTES, MAX_LOGO_SIDE, MIN_LOGO_SIDE};
use model::{Accent, Brand, Logo, WorkspaceId};
use serde::{Deserialize, Serialize};
use store::branding::Pictures;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::uploads::{FILE_LIMIT, read_file};
use crate::input::Version;
use crate::intake::fingerprint;
use crate::problem::Answered;
use crate::view::{BrandPalette, BrandView};
use crate::{Body, Caller, Door, Problem, Query, Server, Signed, may};

/// Room for the multipart frame around a file.
const FRAME: usize = 64 * 1024;

pub fn routes() -> OpenApiRouter<Server> {
    let pictures = OpenApiRouter::new().routes(routes!(put_logo, remove_logo)).layer(DefaultBodyLimit::max(FILE_LIMIT + FRAME));
    OpenApiRouter::new().routes(routes!(get, change)).routes(routes!(palette)).merge(pictures)
}

/// What is asked before anybody is signed in.
pub fn outside() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(of_door))
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct BrandingView {
    #[serde(flatten)]
    brand: BrandView,
    /// What customers read: the name chosen here, or the workspace's own.
    called: String,
    version: i64,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BrandingChange {
    /// Empty: the workspace's own name.
    name: Option<String>,
    /// #rrggbb; empty: Seaway's own. It is darkened or lightened where it could not be read.
    accent: Option<String>,
    /// 0 before anything was chosen.
    version: i64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The workspace the browser was in last; without it the only one there is.
    workspace: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Tried {
    /// #rrggbb
    accent: String,
}

#[derive(ToSchema)]
#[allow(dead_code)]
struct LogoUpload {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

fn accent(field: &str, text: &str) -> Result<Accent, Problem> {
    Accent::parse(text).ok_or_else(|| Problem::invalid(field, "bad_colour", "A colour is written as # and six digits, such as #0a7d55"))
}

async fn shown(server: &Server, caller: &Caller) -> Answered<BrandingView> {
    let ws = caller.ws;
    let read = server.engine().db().read(move |tx| {
        Box::pin(async move {
            let workspace = store::workspace::by_number(tx, ws).await?.ok_or_else(Problem::not_found)?;
            Ok((workspace, store::branding::of(tx, ws).await?, store::branding::pictures(tx, ws).await?))
        })
    });
    let (workspace, brand, pictures) = read.await?;
    let called = if brand.name.is_empty() { workspace.name } else { brand.name.clone() };
    let view = BrandView::of(server, &caller.door, workspace.id, &brand, pictures.as_ref());
    Ok(Json(BrandingView { brand: view, called, version: brand.version }))
}

/// How the installation shows itself to who is not signed in: by what a workspace chose, and by nothing else of it.
#[utoipa::path(get, path = "/brand", tag = "session", params(Wanted), responses((status = 200, body = BrandView)))]
async fn of_door(State(server): State<Server>, Extension(door): Extension<Door>, Query(wanted): Query<Wanted>) -> Answered<BrandView> {
    let id = wanted.workspace.and_then(|id| id.parse::<WorkspaceId>().ok());
    let read = server.engine().db().read(move |tx| {
        Box::pin(async move {
            let all = store::workspace::all(tx).await?;
            let known = all.iter().find(|workspace| Some(workspace.id) == id);
            let only = if all.len() == 1 { all.first() } else { None };
            let Some(workspace) = known.or(only) else { return Ok(None) };
            let brand = store::branding::of(tx, workspace.number).await?;
            Ok(Some((workspace.id, brand, store::branding::pictures(tx, workspace.number).await?)))
        })
    });
    let found = read.await?;
    Ok(Json(found.map(|(id, brand, pictures)| BrandView::of(&server, &door, id, &brand, pictures.as_ref())).unwrap_or_default()))
}

#[utoipa::path(get, path = "/branding", tag = "workspace", security(("session" = [])), responses((status = 200, body = BrandingView)))]
async fn get(State(server): State<Server>, caller: Signed<may::Belong>) -> Answered<BrandingView> {
    shown(&server, &caller).await
}

/// What a colour would become, before it is chosen.
#[utoipa::path(get, path = "/branding/palette", tag = "workspace", params(Tried), security(("session" = ["workspace.manage"])), responses((status = 200, body = BrandPalette)))]
async fn palette(_caller: Signed<may::ManageWorkspace>, Query(tried): Query<Tried>) -> Answered<BrandPalette> {
    Ok(Json(BrandPalette::of(accent("/accent", &tried.accent)?)))
}

/// Changes what is given, keeps the rest.
#[utoipa::path(patch, path = "/branding", tag = "workspace", security(("session" = ["workspace.manage"])), request_body = BrandingChange, responses((status = 200, body = BrandingView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Body(change): Body<BrandingChange>,
) -> Answered<BrandingView> {
    let name = change.name.as_deref().map(brand_name).transpose()?;
    let chosen = match change.accent.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(None),
        Some(text) => Some(Some(accent("/accent", text)?)),
    };
    write(&server, &caller, "branding.changed", change.version, move |brand| {
        brand.name = name.clone().unwrap_or_else(|| brand.name.clone());
        brand.accent = chosen.unwrap_or(brand.accent);
        None
    })
    .await?;
    shown(&server, &caller).await
}

/// At most 64 characters; none that turns the text around or cannot be seen.
fn brand_name(text: &str) -> Result<String, Problem> {
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let text: String = text.chars().filter(|c| !hidden(*c)).collect();
    crate::input::short("/name", text.trim(), 64)
}

/// Takes a picture of at most 1 MiB and 4,096 pixels a side as the multipart field `file`: PNG, JPEG, WebP or GIF by its content.
/// It is drawn anew; drawings in SVG are refused.
#[utoipa::path(put, path = "/branding/logo", tag = "workspace", params(Version), security(("session" = ["workspace.manage"])), request_body(content = LogoUpload, content_type = "multipart/form-data"), responses((status = 200, body = BrandingView)))]
async fn put_logo(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Query(asked): Query<Version>,
    multipart: Multipart,
) -> Answered<BrandingView> {
    let (_, bytes) = read_file(multipart).await?;
    let mut caller = caller.0;
    if let Some(asked) = &mut caller.request {
        // The door saw no body: the same request is that of the same file.
        asked.fingerprint = fingerprint(&[asked.fingerprint.as_bytes(), &bytes]);
    }
    let drawn = tokio::task::spawn_blocking(move || engine::draw_logo(&bytes)).await.map_err(anyhow::Error::from)?;
    let (logo, pictures) = drawn.map_err(refused)?;
    write(&server, &caller, "branding.logo_set", asked.version, move |brand| {
        brand.logo = Some(logo.clone());
        Some(Some(pictures.clone()))
    })
    .await?;
    shown(&server, &caller).await
}

#[utoipa::path(delete, path = "/branding/logo", tag = "workspace", params(Version), security(("session" = ["workspace.manage"])), responses((status = 200, body = BrandingView)))]
async fn remove_logo(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Query(asked): Query<Version>,
) -> Answered<BrandingView> {
    write(&server, &caller, "branding.logo_removed", asked.version, |brand| {
        brand.logo = None::<Logo>;
        Some(None)
    })
    .await?;
    shown(&server, &caller).await
}

/// Changes the row, and the pictures where `change` gives some or takes them away.
async fn write<F>(server: &Server, caller: &Caller, action: &'static str, version: i64, change: F) -> Result<(), Problem>
where
    F: Fn(&mut Brand) -> Option<Option<Pictures>> + Send + Sync + 'static,
{
    let (ws, workspace, change) = (caller.ws, caller.workspace.id, std::sync::Arc::new(change));
    server
        .change(caller, move |tx, ledger| {
            let change = change.clone();
            Box::pin(async move {
                let mut brand = store::branding::of(tx, ws).await?;
                let known = brand.version;
                let pictures = change(&mut brand);
                if known != version || !store::branding::put(tx, ws, &brand).await? {
                    return Err(Problem::stale().into());
                }
                if let Some(pictures) = pictures {
                    store::branding::put_pictures(tx, ws, pictures).await?;
                }
                ledger.audit(action, workspace, "");
                ledger.settings("branding");
                Ok(())
            })
        })
        .await?;
    Ok(())
}

fn refused(why: LogoRefused) -> Problem {
    match why {
        LogoRefused::Empty => Problem::invalid("/file", "empty_file", "The file is empty"),
        LogoRefused::TooBig => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The file is too large")
            .at("/file")
            .with("limit", MAX_LOGO_BYTES as u64)
            .with("limit_mb", (MAX_LOGO_BYTES / (1024 * 1024)) as u64),
        LogoRefused::NotAPicture => {
            Problem::invalid("/file", "not_a_picture", "A logo is a PNG, JPEG, WebP or GIF; drawings in SVG are not taken")
        }
        LogoRefused::BadSize => {
            let detail = format!("Each side has {MIN_LOGO_SIDE} to {MAX_LOGO_SIDE} pixels");
            Problem::invalid("/file", "bad_picture_size", detail).with("min", MIN_LOGO_SIDE).with("max", MAX_LOGO_SIDE)
        }
        LogoRefused::Broken => Problem::invalid("/file", "broken_file", "The file cannot be read as what it says it is"),
    }
}
