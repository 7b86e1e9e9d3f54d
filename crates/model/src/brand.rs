//! How a workspace shows itself: a name, a logo and an accent. Whatever accent is chosen, every pair of colours that is drawn
//! from it can be read (WCAG 2, AA), on light ground and on dark.

use serde::{Deserialize, Serialize};

/// What a workspace chose; nothing chosen is Seaway's own look.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Brand {
    /// Empty: the workspace's name.
    pub name: String,
    pub accent: Option<Accent>,
    pub logo: Option<Logo>,
    pub version: i64,
}

/// A picture that was taken; its bytes stand beside it in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logo {
    /// What the bytes are: the name under which they are served, so that another picture is another address.
    pub tag: String,
    /// Pixels.
    pub width: i64,
    pub height: i64,
}

/// A colour of red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Accent([u8; 3]);

/// Text on its surface; a little above the demanded 4.5, so that rounding never falls below.
const READABLE: f64 = 4.6;
/// A control beside its surface.
const VISIBLE: f64 = 3.05;
const WHITE: Accent = Accent([255, 255, 255]);
const BLACK: Accent = Accent([0, 0, 0]);
const INK: Accent = Accent([23, 31, 37]);

/// The grounds of the desk and the faintest text that stands on a tinted one; those of `web/kit/tokens.css`.
struct Ground {
    surfaces: &'static [Accent],
    /// What tints are mixed into.
    sheet: Accent,
    faint: Accent,
    strong: Accent,
    /// Where a colour goes that cannot be read.
    toward: Accent,
}

const LIGHT: Ground = Ground {
    surfaces: &[WHITE, Accent([238, 241, 242]), Accent([245, 247, 248])],
    sheet: WHITE,
    faint: Accent([95, 105, 111]),
    strong: INK,
    toward: BLACK,
};
const DARK: Ground = Ground {
    surfaces: &[Accent([11, 15, 18]), Accent([19, 24, 27]), Accent([15, 20, 23]), Accent([27, 33, 37])],
    sheet: Accent([19, 24, 27]),
    faint: Accent([147, 157, 163]),
    strong: Accent([236, 239, 240]),
    toward: WHITE,
};

/// The colours of one theme that an accent gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tones {
    /// Fill of the main button, the launcher and marks; `hover` and `pressed` while one does so.
    pub fill: Accent,
    pub hover: Accent,
    pub pressed: Accent,
    /// Text on those three.
    pub on: Accent,
    /// Links and selected labels.
    pub text: Accent,
    /// Ground of the selected row and of own words; `soft_2` the same hovered.
    pub soft: Accent,
    pub soft_2: Accent,
    pub focus: Accent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    pub light: Tones,
    pub dark: Tones,
}

impl Accent {
    /// `#rrggbb`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    pub fn palette(self) -> Palette {
        let tones = |ground: &Ground| {
            let text = self.until(ground.toward, |tone| ground.surfaces.iter().all(|surface| tone.contrast(*surface) >= READABLE));
            // A tint of its own colour darkens the ground of the text upon it: as much of it as every text there bears.
            let tint = |most: f64, reads: &dyn Fn(Accent) -> bool| {
                let shares = (0..=20).map(|step| most * (1.0 - f64::from(step) / 20.0));
                shares.map(|share| ground.sheet.mix(text, share)).find(|tint| reads(*tint)).unwrap_or(ground.sheet)
            };
            let soft = tint(0.14, &|tint| [ground.faint, ground.strong, text].iter().all(|text| text.contrast(tint) >= READABLE));
            let soft_2 = tint(0.24, &|tint| ground.strong.contrast(tint) >= READABLE);
            let fill = self.until(ground.toward, |fill| {
                let (hover, pressed) = fill.touched();
                let seen = ground.surfaces.iter().all(|surface| fill.contrast(*surface) >= VISIBLE);
                seen && [fill, hover, pressed].iter().all(|tone| tone.contrast(fill.text_on()) >= READABLE)
            });
            let (hover, pressed) = fill.touched();
            Tones { fill, hover, pressed, on: fill.text_on(), text, soft, soft_2, focus: text }
        };
        Palette { light: tones(&LIGHT), dark: tones(&DARK) }
    }

    /// White or ink, whichever reads better on it.
    fn text_on(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(INK) { WHITE } else { INK }
    }

    /// Hovered and pressed: away from the text upon it.
    fn touched(self) -> (Self, Self) {
        let away = if self.text_on() == WHITE { BLACK } else { WHITE };
        (self.mix(away, 0.10), self.mix(away, 0.20))
    }

    /// As little of `toward` in it as is enough.
    fn until(self, toward: Self, enough: impl Fn(Self) -> bool) -> Self {
        (0..=50).map(|step| self.mix(toward, f64::from(step) / 50.0)).find(|tone| enough(*tone)).unwrap_or(toward)
    }

    /// From 1 to 21, as WCAG 2 reckons it.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let share = f64::from(part) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn mix(self, other: Self, share: f64) -> Self {
        let [a, b] = [self.0, other.0];
        let part = |at: usize| {
            let (one, two) = (a.get(at).copied().unwrap_or_default(), b.get(at).copied().unwrap_or_default());
            (f64::from(one) * (1.0 - share) + f64::from(two) * share).round() as u8
        };
        Self([part(0), part(1), part(2)])
    }
}

impl std::fmt::Display for Accent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl From<Accent> for String {
    fn from(accent: Accent) -> Self {
        accent.to_string()
    }
}

impl TryFrom<String> for Accent {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a colour is written #rrggbb")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(Accent::parse(" #0A84b3 ").unwrap().to_string(), "#0a84b3");
        for wrong in ["0a84b3", "#fff", "#0a84b", "#0a84b33", "#0g84b3", "red", "", "#+a84b3", "url(#000000)"] {
            assert_eq!(Accent::parse(wrong), None, "{wrong}");
        }
    }

    /// The numbers are those of the standard's own examples.
    #[test]
    fn contrast_is_reckoned_as_the_standard_does() {
        let of = |a: &str, b: &str| Accent::parse(a).unwrap().contrast(Accent::parse(b).unwrap());
        assert!((of("#000000", "#ffffff") - 21.0).abs() < 0.001);
        assert!((of("#777777", "#ffffff") - 4.48).abs() < 0.01);
        assert!((of("#ff0000", "#ffffff") - 4.00).abs() < 0.01);
    }

    #[test]
    fn whatever_is_chosen_can_be_read_in_both_themes() {
        let steps = || (0..=255u16).step_by(17).map(|part| part as u8);
        let all = steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| Accent([r, g, b]))));
        for accent in all {
            let palette = accent.palette();
            for (ground, tones) in [(LIGHT, palette.light), (DARK, palette.dark)] {
                for tone in [tones.fill, tones.hover, tones.pressed] {
                    assert!(tone.contrast(tones.on) >= 4.5, "{accent}: {} on {tone}", tones.on);
                }
                for surface in ground.surfaces {
                    assert!(tones.text.contrast(*surface) >= 4.5, "{accent}: {} on {surface}", tones.text);
                    assert!(tones.fill.contrast(*surface) >= 3.0, "{accent}: {} beside {surface}", tones.fill);
                    assert!(tones.focus.contrast(*surface) >= 3.0, "{accent}: focus");
                }
                for text in [ground.faint, ground.strong, tones.text] {
                    assert!(text.contrast(tones.soft) >= 4.5, "{accent}: {text} on {}", tones.soft);
                }
                assert!(ground.strong.contrast(tones.soft_2) >= 4.5, "{accent}: on {}", tones.soft_2);
            }
        }
    }

    #[test]
    fn a_colour_that_reads_stays_as_it_was_chosen() {
        let kept = |text: &str| Accent::parse(text).unwrap().palette();
        assert_eq!(kept("#076c92").light.fill.to_string(), "#076c92");
        assert_eq!(kept("#b3261e").light.fill.to_string(), "#b3261e");
        assert_eq!(kept("#61bee6").dark.fill.to_string(), "#61bee6");
        let yellow = kept("#ffe100");
        assert_ne!(yellow.light.fill.to_string(), "#ffe100", "no button in yellow is seen on white");
        assert_eq!(yellow.dark.fill.to_string(), "#ffe100");
        assert_eq!(yellow.dark.on, INK);
    }
}
