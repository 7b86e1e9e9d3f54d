//! Moving pictures without their notes: what is drawn is kept byte for byte, what tells where and by whom it was taken is left out.

use image::ImageFormat;
use image::metadata::Orientation;

/// Chunks of a WebP that draw.
const DRAWN: [&[u8; 4]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
/// Application blocks of a GIF that tell how to draw it: loops and colours.
const DRAWING: [&[u8; 11]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

/// The same picture without notes; `None` for formats that are encoded anew anyway, and for what cannot be read.
pub(crate) fn without_notes(format: ImageFormat, bytes: &[u8], orientation: Orientation) -> Option<Vec<u8>> {
    match format {
        ImageFormat::WebP => webp(bytes, orientation),
        ImageFormat::Gif => gif(bytes),
        _ => None,
    }
}

/// Whether a picture has several frames: a WebP as its extended header says, a GIF by its blocks.
pub(crate) fn moves(bytes: &[u8]) -> bool {
    bytes.starts_with(b"GIF8") && frames(bytes).unwrap_or_default() > 1
        || bytes.starts_with(b"RIFF") && bytes.get(8..16) == Some(b"WEBPVP8X") && bytes.get(20).is_some_and(|flags| flags & 0x02 != 0)
}

/// A RIFF file: chunks of four letters, a length, and content of even length.
fn webp(bytes: &[u8], orientation: Orientation) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let turned = orientation != Orientation::NoTransforms;
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    while let Some((name, after)) = rest.split_first_chunk::<4>() {
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = after.get(..length)?;
        rest = after.get(length + length % 2..).unwrap_or_default();
        if !DRAWN.contains(&name) {
            continue;
        }
        let at = out.len() + 8;
        chunk(&mut out, name, content);
        if name == b"VP8X" {
            // Its flags say which notes follow: of those only which way is up is left.
            let flags = out.get_mut(at)?;
            *flags = *flags & !0x0c | if turned { 0x08 } else { 0 };
        }
    }
    // Without the extended header no reader looks for notes, so there was nothing to turn by.
    if turned && out.get(12..16) == Some(b"VP8X") {
        chunk(&mut out, b"EXIF", &exif(orientation));
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Some(out)
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    out.extend(name);
    out.extend((content.len() as u32).to_le_bytes());
    out.extend(content);
    out.extend(&[0][..content.len() % 2]);
}

/// A TIFF directory of one entry.
fn exif(orientation: Orientation) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    out.extend([orientation.to_exif(), 0, 0, 0, 0, 0, 0, 0]);
    out
}

/// A header, a table of colours, then blocks up to the trailer; whatever follows that is no part of the picture.
fn gif(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = 13 + colours(*bytes.get(10)?);
    let mut out = bytes.get(..head)?.to_vec();
    let mut at = head;
    // A picture that breaks off ends here; the frames before it are whole.
    while let Some((end, drawn)) = block(bytes, at) {
        if drawn {
            out.extend(&bytes[at..end]);
        }
        at = end;
    }
    out.push(0x3b);
    Some(out)
}

/// How many pictures a GIF draws.
fn frames(bytes: &[u8]) -> Option<usize> {
    let mut at = 13 + colours(*bytes.get(10)?);
    let mut count = 0;
    while let Some((end, _)) = block(bytes, at) {
        count += usize::from(bytes.get(at) == Some(&0x2c));
        at = end;
    }
    Some(count)
}

/// Where the block at `at` ends, and whether it draws; `None` at the trailer or where nothing whole is left.
fn block(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    match *bytes.get(at)? {
        0x2c => {
            let table = colours(*bytes.get(at + 9)?);
            Some((data_end(bytes, at + 10 + table + 1)?, true))
        }
        0x21 => {
            let label = *bytes.get(at + 1)?;
            let end = data_end(bytes, at + 2)?;
            let drawn = match label {
                0xff => bytes.get(at + 3..at + 14).is_some_and(|name| DRAWING.iter().any(|known| name == known.as_slice())),
                0xf9 | 0x01 => true,
                _ => false,
            };
            Some((end, drawn))
        }
        _ => None,
    }
}

/// Bytes of the table of colours that these flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 0x07) + 1) }
}

/// Behind the empty block that ends a row of blocks.
fn data_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
    use image::{AnimationDecoder as _, DynamicImage, Frame, ImageDecoder as _, RgbaImage};

    use super::*;
    use crate::files::examine;

    const PLACE: &[u8] = b"<exif:GPSLatitude>52,31.2N</exif:GPSLatitude>";

    fn holds(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    fn picture() -> RgbaImage {
        RgbaImage::from_fn(3, 2, |x, y| image::Rgba([x as u8 * 80, y as u8 * 80, 7, 255]))
    }

    /// A WebP with every note, `turned` as EXIF says it.
    fn noted_webp(turned: u8) -> Vec<u8> {
        let mut plain = Cursor::new(Vec::new());
        DynamicImage::from(picture()).write_to(&mut plain, ImageFormat::WebP).unwrap();
        let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
        chunk(&mut out, b"VP8X", &[0x0c, 0, 0, 0, 2, 0, 0, 1, 0, 0]);
        out.extend(&plain.into_inner()[12..]);
        let mut place = exif(Orientation::from_exif(turned).unwrap());
        place.extend(PLACE);
        chunk(&mut out, b"EXIF", &place);
        chunk(&mut out, b"XMP ", PLACE);
        chunk(&mut out, b"note", PLACE);
        let length = out.len() as u32 - 8;
        out[4..8].copy_from_slice(&length.to_le_bytes());
        out
    }

    /// Proves S17.
    #[test]
    fn a_webp_loses_where_it_was_taken_and_keeps_which_way_is_up() {
        for turned in [1u8, 6] {
            let bytes = noted_webp(turned);
            assert!(holds(&bytes, PLACE));
            let kept = examine("photo.webp", bytes.into()).unwrap();
            assert!(!holds(&kept.bytes, PLACE) && !holds(&kept.bytes, b"XMP "), "{turned}");
            assert_eq!(kept.size, Some(if turned == 6 { (2, 3) } else { (3, 2) }));
            let mut decoder = image::ImageReader::with_format(Cursor::new(&kept.bytes), ImageFormat::WebP).into_decoder().unwrap();
            assert_eq!(decoder.orientation().unwrap().to_exif(), turned);
            assert_eq!(DynamicImage::from_decoder(decoder).unwrap().to_rgba8(), picture());
        }
    }

    /// Proves S17.
    #[test]
    fn a_gif_loses_its_notes_and_still_moves() {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        encoder.set_repeat(Repeat::Infinite).unwrap();
        encoder.encode_frames([Frame::new(picture()), Frame::new(picture())]).unwrap();
        drop(encoder);
        let head = 13 + colours(bytes[10]);
        let mut noted = bytes[..head].to_vec();
        noted.extend(b"\x21\xff\x0bXMP DataXMP");
        noted.extend(PLACE);
        // So that readers who know nothing of these notes find their end.
        noted.push(1);
        noted.extend((0..=255u8).rev());
        noted.push(0);
        noted.extend(b"\x21\xfe\x04here\0");
        noted.extend(&bytes[head..]);
        noted.extend(PLACE);
        let kept = examine("moving.gif", noted.into()).unwrap();
        assert!(!holds(&kept.bytes, PLACE) && !holds(&kept.bytes, b"here"));
        assert_eq!(kept.bytes, bytes, "nothing else is changed");
        let frames = GifDecoder::new(Cursor::new(&kept.bytes)).unwrap().into_frames().collect_frames().unwrap();
        assert_eq!(frames.len(), 2);
    }

    #[test]
    fn a_picture_that_breaks_off_ends_with_what_is_whole() {
        let mut bytes = Vec::new();
        GifEncoder::new(&mut bytes).encode_frames([Frame::new(picture())]).unwrap();
        let cut = gif(&bytes[..bytes.len() - 4]).unwrap();
        assert_eq!(cut.last(), Some(&0x3b));
        assert!(gif(b"GIF89a").is_none() && webp(b"RIFF", Orientation::NoTransforms).is_none());
        let broken = noted_webp(1);
        assert!(webp(&broken[..40], Orientation::NoTransforms).is_none());
    }
}
