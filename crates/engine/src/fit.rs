//! A picture made to fit a channel: a type that it shows, within its bytes and pixels, the right way up.
//! The same file and the same limits give the same picture each time.

use std::io::Cursor;

use connectors::PictureLimit;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

/// Largest picture that is decoded, in pixels, and what decoding one may take, in bytes.
pub(crate) const MAX_PIXELS: u64 = 50_000_000;
const MAX_MEMORY: u64 = MAX_PIXELS * 4;
/// Tried one after the other before a picture is made smaller.
const QUALITIES: [u8; 3] = [88, 75, 60];
/// Each size is at most so much of the one before.
const SHRINK: f64 = 0.8;
/// Sizes that are tried.
const SIZES: usize = 16;
/// Nobody sees anything in less, in pixels.
const LEAST: u32 = 16;

/// The picture in a type the channel takes and within its limits; `None` where it moves, is none, or cannot be made small enough. Runs
/// long: call it on a blocking thread.
pub(crate) fn fit(bytes: &[u8], limit: &PictureLimit) -> Option<Vec<u8>> {
    let format = image::guess_format(bytes).ok()?;
    if crate::picture::moves(bytes) {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return None;
    }
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = eight_bits(DynamicImage::from_decoder(decoder).ok()?);
    picture.apply_orientation(orientation);
    let side = picture.width().max(picture.height());
    if limit.side > 0 && side > limit.side {
        picture = picture.thumbnail(limit.side, limit.side);
    }
    let png = limit.types.iter().any(|kind| kind == "image/png") && shows_through(&picture);
    for _ in 0..SIZES {
        let made = if png { as_png(&picture) } else { as_jpeg(&picture, limit.bytes) }?;
        if made.len() as u64 <= limit.bytes {
            return Some(made);
        }
        // Bytes grow about as the surface does.
        let by = (limit.bytes as f64 / made.len() as f64).sqrt().min(SHRINK);
        let scaled = |side: u32| (f64::from(side) * by) as u32;
        let (width, height) = (scaled(picture.width()), scaled(picture.height()));
        if width.max(height) < LEAST {
            return None;
        }
        // The other filters take sixteen bytes for each pixel meanwhile.
        picture = picture.thumbnail_exact(width.max(1), height.max(1));
    }
    None
}

/// Eight bits a colour are what every channel shows.
fn eight_bits(picture: DynamicImage) -> DynamicImage {
    if picture.color().has_alpha() { picture.into_rgba8().into() } else { picture.into_rgb8().into() }
}

/// Whether anything behind it would be seen; many a PNG could and does not.
fn shows_through(picture: &DynamicImage) -> bool {
    picture.as_rgba8().is_some_and(|drawn| drawn.pixels().any(|pixel| pixel.0[3] < 255))
}

fn as_png(picture: &DynamicImage) -> Option<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, ImageFormat::Png).ok()?;
    Some(out.into_inner())
}

/// In the best quality that fits, or else in the least.
fn as_jpeg(picture: &DynamicImage, most: u64) -> Option<Vec<u8>> {
    let flat = on_white(picture);
    let mut made = Vec::new();
    for quality in QUALITIES {
        made.clear();
        JpegEncoder::new_with_quality(&mut made, quality).encode_image(&flat).ok()?;
        if made.len() as u64 <= most {
            break;
        }
    }
    Some(made)
}

/// What shows through shows white, as it does on the pages it was drawn for.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let Some(drawn) = picture.as_rgba8() else { return picture.to_rgb8() };
    RgbImage::from_fn(drawn.width(), drawn.height(), |x, y| {
        let [r, g, b, a] = drawn.get_pixel(x, y).0;
        let over = |colour: u8| ((u32::from(colour) * u32::from(a) + 255 * (255 - u32::from(a))) / 255) as u8;
        Rgb([over(r), over(g), over(b)])
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn limit(types: &[&str], bytes: u64, side: u32) -> PictureLimit {
        PictureLimit { types: types.iter().map(|kind| (*kind).to_owned()).collect(), bytes, side }
    }

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    /// Noise, which no encoder makes small.
    fn noise(side: u32) -> DynamicImage {
        let mut seed = 1_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        RgbImage::from_fn(side, side, |_, _| Rgb([next(), next(), next()])).into()
    }

    const BOTH: &[&str] = &["image/jpeg", "image/png"];

    #[test]
    fn what_a_channel_does_not_show_becomes_what_it_shows() {
        let still = DynamicImage::from(RgbImage::from_pixel(20, 10, Rgb([200, 10, 10])));
        let through = DynamicImage::from(RgbaImage::from_fn(20, 10, |x, _| Rgba([0, 0, 200, if x < 10 { 0 } else { 255 }])));
        for format in [ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Png] {
            let made = fit(&file(&still, format), &limit(BOTH, 10_000, 0)).unwrap();
            assert_eq!(image::guess_format(&made).unwrap(), ImageFormat::Jpeg, "{format:?}");
            let kept = fit(&file(&through, format), &limit(BOTH, 10_000, 0)).unwrap();
            assert_eq!(image::guess_format(&kept).unwrap(), ImageFormat::Png, "{format:?} with transparency");
            let flat = fit(&file(&through, format), &limit(&["image/jpeg"], 10_000, 0)).unwrap();
            let flat = image::load_from_memory(&flat).unwrap().to_rgb8();
            assert!(flat.get_pixel(2, 5).0.iter().all(|colour| *colour > 230), "white where it shows through");
        }
    }

    #[test]
    fn it_is_made_smaller_until_it_fits_and_the_same_each_time() {
        let big = file(&noise(700), ImageFormat::Png);
        for (bytes, side) in [(100_000, 0), (20_000, 0), (1_000_000, 300), (2_000, 0)] {
            let wanted = limit(BOTH, bytes, side);
            let made = fit(&big, &wanted).unwrap();
            let drawn = image::load_from_memory(&made).unwrap();
            assert!(made.len() as u64 <= bytes && (side == 0 || drawn.width() <= side), "{bytes} {side}: {}", made.len());
            assert_eq!(drawn.width(), drawn.height());
            assert_eq!(fit(&big, &wanted), Some(made));
        }
        assert_eq!(fit(&big, &limit(BOTH, 50, 0)), None, "less than any picture takes");
    }

    /// A phone's picture: on its side, and a note says so.
    #[test]
    fn what_lies_on_its_side_is_put_upright() {
        let lying = file(&DynamicImage::from(RgbImage::new(40, 20)), ImageFormat::Jpeg);
        let mut noted = lying[..2].to_vec();
        let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        noted.extend([0xff, 0xe1]);
        noted.extend((exif.len() as u16 + 2).to_be_bytes());
        noted.extend(exif);
        noted.extend(&lying[2..]);
        let made = image::load_from_memory(&fit(&noted, &limit(BOTH, 100_000, 0)).unwrap()).unwrap();
        assert_eq!((made.width(), made.height()), (20, 40));
    }

    /// Proves S16.
    #[test]
    fn bombs_what_moves_and_what_is_no_picture_are_left_alone() {
        let mut bomb = file(&DynamicImage::from(RgbImage::new(1, 1)), ImageFormat::Png);
        // 100,000 pixels each way, with the sum that belongs to it.
        bomb[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
        assert_eq!(fit(&bomb, &limit(BOTH, 100_000, 0)), None);
        assert_eq!(fit(b"GIF89a, as they say", &limit(BOTH, 100_000, 0)), None);
        assert_eq!(fit(b"", &limit(BOTH, 100_000, 0)), None);
        let frames = [image::Frame::new(RgbaImage::new(4, 4)), image::Frame::new(RgbaImage::new(4, 4))];
        let mut moving = Vec::new();
        image::codecs::gif::GifEncoder::new(&mut moving).encode_frames(frames).unwrap();
        assert!(crate::picture::moves(&moving));
        assert_eq!(fit(&moving, &limit(BOTH, 100_000, 0)), None);
    }
}
