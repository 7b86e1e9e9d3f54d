//! A workspace's logo. What is served is drawn anew by us, so that nothing of the file that was uploaded reaches a browser.

use bytes::Bytes;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage, imageops};
use model::Logo;
use sha2::{Digest, Sha256};
use store::branding::Pictures;

/// Largest file, in bytes.
pub const MAX_LOGO_BYTES: usize = 1024 * 1024;
/// Longest side of the file's picture, in pixels.
pub const MAX_LOGO_SIDE: u32 = 4_096;
/// Shortest side, in pixels: less is no logo.
pub const MIN_LOGO_SIDE: u32 = 16;
/// Longest side of what is kept, in pixels.
const KEPT: u32 = 512;
/// The icon's side, in pixels: twice what the largest place shows.
const ICON: u32 = 96;

/// Why a logo was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoRefused {
    Empty,
    TooBig,
    /// None of PNG, JPEG, WebP and GIF by its content; drawings that can run scripts above all.
    NotAPicture,
    /// One side is shorter or longer than a logo's.
    BadSize,
    Broken,
}

/// Looks at the content and draws the logo anew, of a moving picture the first frame. Runs long: call it on a blocking thread.
///
/// # Errors
/// Before anything is decoded where the limits are passed.
pub fn draw_logo(bytes: &Bytes) -> Result<(Logo, Pictures), LogoRefused> {
    if bytes.is_empty() {
        return Err(LogoRefused::Empty);
    }
    if bytes.len() > MAX_LOGO_BYTES {
        return Err(LogoRefused::TooBig);
    }
    let kind = infer::get(bytes).map(|kind| kind.mime_type()).ok_or(LogoRefused::NotAPicture)?;
    let taken = matches!(kind, "image/png" | "image/jpeg" | "image/webp" | "image/gif");
    let format = ImageFormat::from_mime_type(kind).filter(|_| taken).ok_or(LogoRefused::NotAPicture)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_LOGO_SIDE);
    limits.max_image_height = Some(MAX_LOGO_SIDE);
    limits.max_alloc = Some(u64::from(MAX_LOGO_SIDE) * u64::from(MAX_LOGO_SIDE) * 8);
    let mut decoder = ImageReader::with_format(std::io::Cursor::new(bytes), format).into_decoder().map_err(|_| LogoRefused::Broken)?;
    let (width, height) = decoder.dimensions();
    if width.min(height) < MIN_LOGO_SIDE || width.max(height) > MAX_LOGO_SIDE {
        return Err(LogoRefused::BadSize);
    }
    decoder.set_limits(limits).map_err(|_| LogoRefused::Broken)?;
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| LogoRefused::Broken)?;
    picture.apply_orientation(orientation);
    let kept = within(&picture, KEPT);
    let small = within(&picture, ICON);
    let mut icon = RgbaImage::new(ICON, ICON);
    let (left, top) = ((ICON - small.width()) / 2, (ICON - small.height()) / 2);
    imageops::overlay(&mut icon, &small, i64::from(left), i64::from(top));
    let (width, height) = (i64::from(kept.width()), i64::from(kept.height()));
    let pictures = Pictures { logo: png(kept)?, icon: png(icon)? };
    let tag = Sha256::digest(&pictures.logo).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok((Logo { tag, width, height }, pictures))
}

/// As it is, or smaller; never larger, which would only blur it.
fn within(picture: &DynamicImage, side: u32) -> RgbaImage {
    if picture.width().max(picture.height()) <= side {
        return picture.to_rgba8();
    }
    picture.resize(side, side, imageops::FilterType::Lanczos3).to_rgba8()
}

fn png(picture: RgbaImage) -> Result<Vec<u8>, LogoRefused> {
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, ImageFormat::Png).map_err(|_| LogoRefused::Broken)?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, _| image::Rgba([x as u8, 40, 90, 255]));
        let mut out = std::io::Cursor::new(Vec::new());
        let picture = DynamicImage::from(picture);
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture };
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    fn draw(bytes: Vec<u8>) -> Result<(Logo, Pictures), LogoRefused> {
        draw_logo(&bytes.into())
    }

    /// Proves S16.
    #[test]
    fn only_what_is_a_picture_by_its_content_is_taken() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
            let (logo, pictures) = draw(file(64, 32, format)).unwrap();
            assert_eq!((logo.width, logo.height), (64, 32), "{format:?}");
            assert_eq!(infer::get(&pictures.logo).unwrap().mime_type(), "image/png");
            let icon = image::load_from_memory(&pictures.icon).unwrap();
            assert_eq!((icon.width(), icon.height()), (ICON, ICON));
        }
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
        for (bytes, why) in [
            (Vec::new(), LogoRefused::Empty),
            (svg.clone(), LogoRefused::NotAPicture),
            ([b"<?xml version='1.0'?>".as_slice(), &svg].concat(), LogoRefused::NotAPicture),
            (b"%PDF-1.7".to_vec(), LogoRefused::NotAPicture),
            (b"\x00\x00\x01\x00\x01\x00".to_vec(), LogoRefused::NotAPicture),
            (b"\x89PNG\r\n\x1a\nbroken".to_vec(), LogoRefused::Broken),
            (vec![0; MAX_LOGO_BYTES + 1], LogoRefused::TooBig),
        ] {
            assert_eq!(draw(bytes).unwrap_err(), why);
        }
    }

    /// Proves S17.
    #[test]
    fn sizes_are_judged_before_anything_is_decoded() {
        assert_eq!(draw(file(15, 200, ImageFormat::Png)).unwrap_err(), LogoRefused::BadSize);
        // A header that announces a picture of 100,000 by 100,000 pixels, and little behind it.
        let mut bomb = file(64, 64, ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
        let crc = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(draw(bomb).unwrap_err(), LogoRefused::BadSize);
        let (logo, _) = draw(file(1600, 400, ImageFormat::Png)).unwrap();
        assert_eq!((logo.width, logo.height), (512, 128));
    }

    /// Proves S16 and S17: what stands behind or inside the picture is not in what is served.
    #[test]
    fn nothing_of_the_file_is_served_but_what_it_shows() {
        let mut polyglot = file(64, 64, ImageFormat::Png);
        polyglot.extend(b"<script>alert(1)</script>");
        let (with, pictures) = draw(polyglot).unwrap();
        let (without, plain) = draw(file(64, 64, ImageFormat::Png)).unwrap();
        assert_eq!((with, &pictures), (without, &plain));
        assert!(!pictures.logo.windows(7).any(|part| part == b"<script"));
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }
}
