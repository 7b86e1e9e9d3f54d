//! Names as a stranger may choose them: nothing of them turns the words around it about, breaks a line, or has no end.

/// The longest name that is kept, in characters.
const MOST: usize = 200;

/// A name in one line, without signs that are not seen and act on what stands beside them. What joins letters or emojis stays.
pub fn plain(name: &str) -> String {
    let hidden = |c: char| matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let seen: String = name.chars().filter(|c| !hidden(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(MOST).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_acts_on_nothing_beside_it() {
        assert_eq!(plain("Mia\u{202e}gpj.exe\r\n Admin\u{0}\u{200f}"), "Miagpj.exe Admin");
        assert_eq!(plain("\u{2066}\u{200b} "), "");
        assert_eq!(plain(&"x".repeat(5_000)).len(), 200);
        for whole in ["Ὀδυσσεύς <b>", "👩\u{200d}👧 Mütter", "می\u{200c}خواهم", "O'Neill; DROP TABLE"] {
            assert_eq!(plain(whole), whole);
        }
    }
}
