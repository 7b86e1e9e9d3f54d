//! How a workspace shows itself, ready to be drawn: nobody who draws it reckons contrast.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::brand::{Palette, Tones};
use model::{Accent, Brand, WorkspaceId};
use serde::Serialize;
use store::branding::Pictures;
use utoipa::ToSchema;

use crate::{Door, Server};

/// The colours of one theme, each as #rrggbb. Every pair meets WCAG 2 AA.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BrandTones {
    /// Of the main button, the launcher and marks.
    pub fill: String,
    pub hover: String,
    pub pressed: String,
    /// Text on those three.
    pub on: String,
    /// Links and selected labels.
    pub text: String,
    /// Ground of the selected row and of own words.
    pub soft: String,
    pub soft_2: String,
    pub focus: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BrandPalette {
    pub light: BrandTones,
    pub dark: BrandTones,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BrandLogo {
    /// A PNG on the origin of files; another picture has another address.
    pub url: String,
    /// The same in a square of 96 pixels.
    pub icon_url: String,
    /// Pixels.
    pub width: i64,
    pub height: i64,
    /// The square as a data address, for where no other origin is asked.
    pub icon: String,
}

/// What is seen of a workspace, also by who is not signed in. Empty where nothing was chosen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct BrandView {
    /// Empty: the workspace goes by its own name.
    pub name: String,
    /// #rrggbb as it was chosen.
    pub accent: Option<String>,
    /// What the accent becomes; none without one.
    pub palette: Option<BrandPalette>,
    pub logo: Option<BrandLogo>,
}

impl BrandView {
    pub fn of(server: &Server, door: &Door, workspace: WorkspaceId, brand: &Brand, pictures: Option<&Pictures>) -> Self {
        let at = |picture| door.reach(&server.engine().origins().files) + &picture_path(workspace, brand, picture).unwrap_or_default();
        Self {
            name: brand.name.clone(),
            accent: brand.accent.map(|accent| accent.to_string()),
            palette: brand.accent.map(BrandPalette::of),
            logo: brand.logo.as_ref().zip(pictures).map(|(logo, pictures)| BrandLogo {
                url: at(Picture::Logo),
                icon_url: at(Picture::Icon),
                width: logo.width,
                height: logo.height,
                icon: format!("data:image/png;base64,{}", STANDARD.encode(&pictures.icon)),
            }),
        }
    }
}

impl BrandPalette {
    pub fn of(accent: Accent) -> Self {
        let Palette { light, dark } = accent.palette();
        Self { light: tones(light), dark: tones(dark) }
    }
}

fn tones(of: Tones) -> BrandTones {
    BrandTones {
        fill: of.fill.to_string(),
        hover: of.hover.to_string(),
        pressed: of.pressed.to_string(),
        on: of.on.to_string(),
        text: of.text.to_string(),
        soft: of.soft.to_string(),
        soft_2: of.soft_2.to_string(),
        focus: of.focus.to_string(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    Logo,
    Icon,
}

impl Picture {
    pub fn file(self) -> &'static str {
        match self {
            Self::Logo => "logo.png",
            Self::Icon => "icon.png",
        }
    }
    pub fn parse(file: &str) -> Option<Self> {
        [Self::Logo, Self::Icon].into_iter().find(|picture| picture.file() == file)
    }
}

/// Where a picture of the logo stands on the origin of files; `None` without a logo.
pub fn picture_path(workspace: WorkspaceId, brand: &Brand, picture: Picture) -> Option<String> {
    brand.logo.as_ref().map(|logo| format!("/b/{workspace}/{}/{}", logo.tag, picture.file()))
}
