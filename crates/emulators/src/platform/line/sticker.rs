//! The stickers of LINE's list, and a face for each: LINE's own drawings are LINE's.

use std::io::Cursor;
use std::ops::RangeInclusive;

use image::{ImageFormat, Rgba, RgbaImage};

/// Packages that accounts may send of, each with the numbers of its stickers, as LINE lists them.
const SENDABLE: [(u64, RangeInclusive<u64>); 15] = [
    (446, 1_988..=2_027),
    (789, 10_855..=10_894),
    (1_070, 17_839..=17_878),
    (6_136, 10_551_376..=10_551_399),
    (6_325, 10_979_904..=10_979_927),
    (6_359, 11_069_848..=11_069_871),
    (6_362, 11_087_920..=11_087_943),
    (6_370, 11_088_016..=11_088_039),
    (6_632, 11_825_374..=11_825_397),
    (8_515, 16_581_242..=16_581_265),
    (8_522, 16_581_266..=16_581_289),
    (8_525, 16_581_290..=16_581_313),
    (11_537, 52_002_734..=52_002_773),
    (11_538, 51_626_494..=51_626_533),
    (11_539, 52_114_110..=52_114_149),
];

pub(super) const CONTENT_TYPE: &str = "image/png";

/// Which package and which of its stickers a number names, counted from nothing.
fn place(id: u64) -> Option<(u64, u64)> {
    SENDABLE.iter().find(|(_, ids)| ids.contains(&id)).map(|(package, ids)| (*package, id - ids.start()))
}

/// Whether LINE lets accounts send this sticker of this package.
pub(super) fn sendable(package: &str, sticker: &str) -> bool {
    sticker.parse().ok().and_then(place).is_some_and(|(of, _)| of.to_string() == package)
}

const SIDE: u32 = 128;
const INK: [f32; 3] = [58.0, 44.0, 40.0];

/// The picture of a sticker on LINE's list, as PNG: a face in its package's shape and colour, whose look is its own.
pub(super) fn picture(id: u64) -> Option<Vec<u8>> {
    let (package, no) = place(id)?;
    let shape = SENDABLE.iter().position(|(of, _)| *of == package).unwrap_or_default();
    let drawn = RgbaImage::from_fn(SIDE, SIDE, |x, y| Rgba(smooth(x, y, shape, no as usize)));
    let mut bytes = Cursor::new(Vec::new());
    drawn.write_to(&mut bytes, ImageFormat::Png).ok()?;
    Some(bytes.into_inner())
}

/// A point of the picture, out of four within it.
fn smooth(x: u32, y: u32, shape: usize, no: usize) -> [u8; 4] {
    let mut sum = [0.0_f32; 4];
    for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
        // From -1 to 1, with y growing downwards.
        let at = |n: u32, d: f32| (n as f32 + d) / SIDE as f32 * 2.0 - 1.0;
        if let Some(colour) = colour(at(x, dx), at(y, dy), shape, no) {
            sum = [sum[0] + colour[0], sum[1] + colour[1], sum[2] + colour[2], sum[3] + 1.0];
        }
    }
    let of = |channel: f32| if sum[3] > 0.0 { (channel / sum[3]).round() as u8 } else { 0 };
    [of(sum[0]), of(sum[1]), of(sum[2]), (sum[3] * 63.75).round() as u8]
}

/// What is drawn at a point; nothing outside the head.
fn colour(x: f32, y: f32, shape: usize, no: usize) -> Option<[f32; 3]> {
    const SKINS: [[f32; 3]; 8] = [
        [245.0, 196.0, 94.0],
        [236.0, 150.0, 120.0],
        [158.0, 205.0, 158.0],
        [140.0, 190.0, 226.0],
        [205.0, 172.0, 226.0],
        [240.0, 226.0, 200.0],
        [190.0, 150.0, 118.0],
        [248.0, 178.0, 196.0],
    ];
    let round = |cx: f32, cy: f32, rx: f32, ry: f32| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2);
    let side = x.abs();
    // Ears: none, round, high, or drops.
    let (ear_x, ear_y, ear_w, ear_h) =
        [(0.0, 0.0, 0.01, 0.01), (0.58, -0.55, 0.27, 0.27), (0.34, -0.62, 0.16, 0.36), (0.8, 0.05, 0.17, 0.4)][shape % 4];
    let ear = ((side - ear_x) / ear_w).powi(2) + ((y - ear_y) / ear_h).powi(2) <= 1.0;
    let head = round(0.0, 0.14, 0.8, 0.72) <= 1.0;
    if !head && !ear {
        return None;
    }
    let skin = SKINS[(shape * 3 + no / 8) % SKINS.len()];
    if !head {
        return Some(skin.map(|channel| channel * 0.86));
    }
    let stroke = |value: f32, width: f32| value.abs() <= width;
    let (eye_x, eye_y) = (side - 0.3, y - 0.02);
    let eyes = match no % 5 {
        0 => eye_x.hypot(eye_y) <= 0.085,
        1 => stroke(eye_y + 0.6 * eye_x * eye_x * 8.0 - 0.06, 0.035) && eye_x.abs() <= 0.15,
        2 => stroke(eye_x, 0.15) && stroke(eye_y, 0.03),
        3 => (eye_x / 0.07).powi(2) + (eye_y / 0.13).powi(2) <= 1.0,
        // One of them winks.
        _ => {
            if x < 0.0 {
                eye_x.hypot(eye_y) <= 0.09
            } else {
                stroke(eye_x, 0.14) && stroke(eye_y, 0.03)
            }
        }
    };
    let (mouth_x, mouth_y) = (x, y - 0.42);
    let mouth = match no % 8 {
        0 | 5 => stroke(mouth_y + mouth_x * mouth_x * 1.6 - 0.1, 0.04) && side <= 0.3,
        1 => round(0.0, 0.46, 0.24, 0.18) <= 1.0 && mouth_y >= 0.0,
        2 => stroke(mouth_y - mouth_x * mouth_x * 1.6, 0.04) && side <= 0.26,
        3 => round(0.0, 0.45, 0.1, 0.12) <= 1.0,
        4 => stroke(mouth_y - 0.03 * (mouth_x * 18.0).sin(), 0.035) && side <= 0.3,
        6 => stroke(mouth_y, 0.035) && side <= 0.22,
        _ => stroke(mouth_y + (side - 0.14).powi(2) * 4.0 - 0.06, 0.035) && side <= 0.28,
    };
    if eyes || mouth {
        return Some(INK);
    }
    let cheek = no % 3 != 1 && ((side - 0.52) / 0.14).powi(2) + ((y - 0.3) / 0.09).powi(2) <= 1.0;
    Some(if cheek { [238.0, 130.0, 128.0] } else { skin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sticker_of_the_list_has_a_face_and_no_other() {
        assert!(sendable("446", "1988") && sendable("11539", "52114149"));
        assert!(!sendable("446", "2028") && !sendable("789", "1988") && !sendable("446", "") && !sendable("1", "1"));
        assert!(picture(1_987).is_none());
        let (one, other) = (picture(1_988).expect("a face"), picture(1_989).expect("a face"));
        assert!(one.starts_with(b"\x89PNG") && one != other);
    }
}
