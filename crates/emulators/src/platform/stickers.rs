//! The stickers in the apps' own drawer: drawn for this, as small pictures that a provider would hand out.

/// Name, an emoji that means about the same, and the picture (WebP, 512 by 512).
const STICKERS: [(&str, &str, &[u8]); 6] = [
    ("cup", "☕", include_bytes!("../../pages/phone/stickers/cup.webp")),
    ("heart", "❤️", include_bytes!("../../pages/phone/stickers/heart.webp")),
    ("thumb", "👍", include_bytes!("../../pages/phone/stickers/thumb.webp")),
    ("wave", "👋", include_bytes!("../../pages/phone/stickers/wave.webp")),
    ("party", "🎉", include_bytes!("../../pages/phone/stickers/party.webp")),
    ("puzzled", "🤔", include_bytes!("../../pages/phone/stickers/puzzled.webp")),
];

/// The same as PNG, which is what Discord's own are.
const DRAWN: [(&str, &[u8]); 6] = [
    ("cup", include_bytes!("../../pages/phone/stickers/cup.png")),
    ("heart", include_bytes!("../../pages/phone/stickers/heart.png")),
    ("thumb", include_bytes!("../../pages/phone/stickers/thumb.png")),
    ("wave", include_bytes!("../../pages/phone/stickers/wave.png")),
    ("party", include_bytes!("../../pages/phone/stickers/party.png")),
    ("puzzled", include_bytes!("../../pages/phone/stickers/puzzled.png")),
];

pub(super) const CONTENT_TYPE: &str = "image/webp";

/// A sticker's emoji and picture.
pub(super) fn of(name: &str) -> Option<(&'static str, &'static [u8])> {
    STICKERS.iter().find(|(known, ..)| *known == name).map(|(_, emoji, bytes)| (*emoji, *bytes))
}

/// Every sticker's name and its picture as PNG.
pub(crate) fn drawn() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    DRAWN.into_iter()
}

/// The sticker with this number.
pub(super) fn numbered(number: u64) -> Option<&'static str> {
    STICKERS.iter().map(|(name, ..)| *name).find(|name| self::number(name) == number)
}

/// A number for a sticker that is always the same, as providers give them.
pub(super) fn number(name: &str) -> u64 {
    let place = STICKERS.iter().position(|(known, ..)| *known == name).unwrap_or(STICKERS.len());
    if name == "thumb" { 369_239_263_222_822 } else { 450_000_000_000_001 + place as u64 }
}
