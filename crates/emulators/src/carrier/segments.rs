//! How many segments a text costs, and in which alphabet.

/// The characters that cost one septet.
const BASIC: &str =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The characters that cost two: an escape and themselves.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// What a text costs on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// True when the whole text fits the seven-bit alphabet.
    pub gsm7: bool,
    /// At least 1, also for an empty text.
    pub segments: u32,
}

/// Counts a text's segments: 160 septets or 70 UTF-16 units alone, 153 or 67 in a row;
/// neither an escape nor a surrogate pair is ever cut.
pub fn cost(text: &str) -> Cost {
    let gsm7 = text.chars().all(|c| septets(c).is_some());
    let sizes = text.chars().map(|c| if gsm7 { septets(c).unwrap_or(1) } else { c.len_utf16() });
    let (alone, in_a_row) = if gsm7 { (160, 153) } else { (70, 67) };
    let segments = if sizes.clone().sum::<usize>() <= alone { 1 } else { pack(sizes, in_a_row) };
    Cost { gsm7, segments }
}

fn pack(sizes: impl Iterator<Item = usize>, room: usize) -> u32 {
    let (mut segments, mut used) = (1, 0);
    for size in sizes {
        if used + size > room {
            segments += 1;
            used = 0;
        }
        used += size;
    }
    segments
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENDED.contains(c) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, gsm7: bool, segments: u32) {
        let shown: String = text.chars().take(8).collect();
        assert_eq!(cost(text), Cost { gsm7, segments }, "{shown}");
    }

    #[test]
    fn seven_bits_hold_160_alone_and_153_in_a_row() {
        check("", true, 1);
        check(&"a".repeat(160), true, 1);
        check(&"a".repeat(161), true, 2);
        check(&"a".repeat(306), true, 2);
        check(&"a".repeat(307), true, 3);
        check(&"€".repeat(80), true, 1);
        check(&"€".repeat(81), true, 2);
    }

    #[test]
    fn an_escape_is_never_cut() {
        // 152 septets, then a pair that does not fit the last place of the first segment.
        check(&format!("{}€{}", "a".repeat(152), "a".repeat(152)), true, 3);
    }

    #[test]
    fn sixteen_bits_hold_70_alone_and_67_in_a_row() {
        check(&"가".repeat(70), false, 1);
        check(&"가".repeat(71), false, 2);
        check(&"🙂".repeat(35), false, 1);
        check(&"🙂".repeat(36), false, 2);
        // 33 pairs fit into 67 units, because a pair is never cut.
        check(&"🙂".repeat(67), false, 3);
    }
}
