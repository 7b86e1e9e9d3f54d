//! One spelling for many: width, case, accents and umlauts.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Compatibility form with straight apostrophes; the text facts are read from.
pub(crate) fn tidy(text: &str) -> String {
    let plain = text.nfkc().map(|c| match c {
        '’' | '‘' | '´' | '`' => '\'',
        other => other,
    });
    plain.filter(|c| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}')).collect()
}

/// What words are compared by: lower case, no accents; `ä`, `ae` and `a` are one, `ß` is `ss`.
pub(crate) fn fold(word: &str) -> String {
    let lower = word.to_lowercase();
    // Hangul must stay composed, and decomposing would take it apart.
    let mut plain = String::with_capacity(lower.len());
    for c in lower.chars() {
        match c {
            'ß' => plain.push_str("ss"),
            c if is_hangul(c) => plain.push(c),
            c => plain.extend(c.nfkd().filter(|part| !is_combining_mark(*part))),
        }
    }
    plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

pub(crate) fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}')
}
