//! What customers photograph, drawn: enough to be looked at, small enough to be made in passing.

use anyhow::{Context, Result};
use image::{ImageFormat, Rgb, RgbImage};

const SIZE: u32 = 360;
const TABLE: Rgb<u8> = Rgb([214, 200, 182]);
const CERAMIC: Rgb<u8> = Rgb([246, 243, 236]);
const SHADE: Rgb<u8> = Rgb([224, 219, 208]);
const CRACK: Rgb<u8> = Rgb([92, 70, 58]);
const COFFEE: Rgb<u8> = Rgb([74, 48, 34]);
const PAPER: Rgb<u8> = Rgb([253, 253, 250]);
const INK: Rgb<u8> = Rgb([96, 104, 116]);

/// A PNG of the thing named.
///
/// # Errors
/// When nothing of this name can be drawn.
pub fn draw(name: &str) -> Result<Vec<u8>> {
    let paint: fn(i32, i32) -> Rgb<u8> = match name {
        "cracked-mug" => cracked_mug,
        "cracked-dripper" => cracked_dripper,
        "gasket" => gasket,
        "letter" => letter,
        other => anyhow::bail!("nobody can draw {other}"),
    };
    let picture = RgbImage::from_fn(SIZE, SIZE, |x, y| paint(x as i32 - 180, y as i32 - 180));
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).context("writing a picture")?;
    Ok(png.into_inner())
}

fn ring(x: i32, y: i32, inner: i32, outer: i32) -> bool {
    let distance = x * x + y * y;
    distance >= inner * inner && distance <= outer * outer
}

/// A zigzag from top to bottom around x = 0.
fn on_crack(x: i32, y: i32) -> bool {
    let zigzag = ((y.rem_euclid(48)) - 24).abs() - 12;
    (x - zigzag).abs() <= 2
}

fn cracked_mug(x: i32, y: i32) -> Rgb<u8> {
    let body = x.abs() <= 90 && y.abs() <= 105;
    if body && on_crack(x - 20, y) {
        return CRACK;
    }
    if body && y < -80 {
        return COFFEE;
    }
    if body {
        return if x > 50 { SHADE } else { CERAMIC };
    }
    if x > 60 && ring(x - 95, y, 34, 56) { SHADE } else { TABLE }
}

fn cracked_dripper(x: i32, y: i32) -> Rgb<u8> {
    let half = 130 - (y + 110) * 90 / 200;
    let cone = (-110..=90).contains(&y) && x.abs() <= half;
    if cone && on_crack(x + 30, y) {
        return CRACK;
    }
    if cone {
        return if (x + y / 3).rem_euclid(36) < 6 { SHADE } else { CERAMIC };
    }
    if (90..=112).contains(&y) && x.abs() <= 100 { SHADE } else { TABLE }
}

fn gasket(x: i32, y: i32) -> Rgb<u8> {
    if ring(x, y, 84, 120) {
        return if (x * 7 + y * 13).rem_euclid(29) < 4 { CRACK } else { COFFEE };
    }
    if ring(x, y, 0, 70) { SHADE } else { TABLE }
}

fn letter(x: i32, y: i32) -> Rgb<u8> {
    if x.abs() > 120 || y.abs() > 160 {
        return TABLE;
    }
    let line = (-110..=110).contains(&y) && y.rem_euclid(22) < 6 && x > -95 && x < 95 - (y * 37).rem_euclid(60);
    let stamp = ring(x - 62, y - 118, 22, 27);
    if stamp {
        Rgb([176, 58, 46])
    } else if line {
        INK
    } else {
        PAPER
    }
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn what_is_drawn_is_a_picture_and_no_two_are_alike() {
        let all: Vec<Vec<u8>> = ["cracked-mug", "cracked-dripper", "gasket", "letter"].map(|name| draw(name).expect("a picture")).into();
        for (place, one) in all.iter().enumerate() {
            assert!(one.starts_with(b"\x89PNG"));
            assert!(!all[..place].contains(one));
        }
        assert!(draw("a sea serpent").is_err());
    }
}
