//! What WhatsApp wants of a sticker's file.

const SIDE: u32 = 512;
const STILL_BYTES: usize = 100 * 1024;
const MOVING_BYTES: usize = 500 * 1024;

/// Why a WebP cannot be a sticker.
pub(super) fn no_sticker(bytes: &[u8]) -> Option<String> {
    let Some((width, height, moves)) = look(bytes) else { return Some("The sticker is no WebP".into()) };
    if (width, height) != (SIDE, SIDE) {
        return Some(format!("The sticker has {width}x{height} pixels and not {SIDE}x{SIDE}"));
    }
    let most = if moves { MOVING_BYTES } else { STILL_BYTES };
    (bytes.len() > most).then(|| format!("The sticker has {} bytes, more than {most}", bytes.len()))
}

/// Width and height in pixels, and whether there are several frames, by the first chunk.
fn look(bytes: &[u8]) -> Option<(u32, u32, bool)> {
    let rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let (name, body) = (rest.get(..4)?, rest.get(8..)?);
    let byte = |at: usize| body.get(at).map(|byte| u32::from(*byte));
    match name {
        b"VP8X" => {
            let three = |at: usize| Some(byte(at)? | byte(at + 1)? << 8 | byte(at + 2)? << 16);
            Some((three(4)? + 1, three(7)? + 1, byte(0)? & 0x02 != 0))
        }
        b"VP8L" => {
            let bits = byte(1)? | byte(2)? << 8 | byte(3)? << 16 | byte(4)? << 24;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, false))
        }
        // Three bytes of the frame and three that begin it stand before its size.
        b"VP8 " => {
            let two = |at: usize| Some((byte(at)? | byte(at + 1)? << 8) & 0x3fff);
            Some((two(6)?, two(8)?, false))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::stickers;

    #[test]
    fn the_drawers_stickers_are_fit_and_others_say_why_not() {
        for name in ["cup", "heart", "thumb", "wave", "party", "puzzled"] {
            let (_, bytes) = stickers::of(name).expect("a sticker");
            assert_eq!(look(bytes), Some((512, 512, false)), "{name}");
            assert_eq!(no_sticker(bytes), None, "{name}");
        }
        let extended = |side: u8, moves: u8, length: usize| {
            let mut bytes = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0".to_vec();
            bytes.extend([moves, 0, 0, 0, 255, side, 0, 255, side, 0]);
            bytes.resize(length, 0);
            bytes
        };
        assert_eq!(no_sticker(&extended(1, 2, MOVING_BYTES)), None);
        assert!(no_sticker(&extended(1, 0, MOVING_BYTES)).is_some_and(|why| why.contains("more than 102400")));
        assert!(no_sticker(&extended(0, 0, 99)).is_some_and(|why| why.contains("256x256")));
        assert!(no_sticker(b"GIF89a").is_some_and(|why| why.contains("no WebP")));
    }
}
