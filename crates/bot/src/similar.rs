//! How much two tokens are the same word.

use crate::fold::is_hangul;

/// 1 for the same, less for another ending, a compound or a slip of the finger, 0 for different words.
pub(crate) fn similar(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    // Whatever is alike below shares its first or its last letter.
    let (a_bytes, b_bytes) = (a.as_bytes(), b.as_bytes());
    if a_bytes.first() != b_bytes.first() && a_bytes.last() != b_bytes.last() {
        return 0.0;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let ending = long.strip_prefix(short).is_some_and(|ending| matches!(ending, "s" | "es" | "n" | "en" | "e"));
    if short.len() == 3 && ending {
        return 0.9;
    }
    let ascii = short.is_ascii() && long.is_ascii();
    if short.len() < 4 || !ascii && (short.chars().any(is_hangul) || long.chars().any(is_hangul)) {
        return 0.0;
    }
    let common = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    let rest = long.len() - common;
    if common == short.len() {
        return if rest <= 3 {
            0.9
        } else if common >= 5 {
            0.75
        } else {
            0.0
        };
    }
    if common >= 5 && common * 10 >= short.len() * 7 && rest <= 4 {
        return 0.8;
    }
    if short.len() >= 6 && long.ends_with(short) {
        return 0.75;
    }
    let slip = || match ascii {
        true => one_slip(short.as_bytes(), long.as_bytes()),
        false => one_slip(&short.chars().collect::<Vec<_>>(), &long.chars().collect::<Vec<_>>()),
    };
    if short.len() >= 5 && slip() { 0.75 } else { 0.0 }
}

/// One letter more, less, other, or two swapped.
fn one_slip<L: PartialEq>(a: &[L], b: &[L]) -> bool {
    if b.len().abs_diff(a.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    match (a, b) {
        ([_], [_]) | ([], [_]) | ([_], []) => true,
        ([x, y], [u, v]) => x == v && y == u,
        _ => false,
    }
}
