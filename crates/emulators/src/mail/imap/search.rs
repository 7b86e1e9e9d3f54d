//! What SEARCH looks for.

use jiff::Timestamp;

use super::command::Piece;
use crate::mail::{Folder, Kept, letter};

/// The places (from 1) of the letters that fit all keys; `None` when a key is unknown.
pub fn search(folder: &Folder, keys: &[Piece]) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for (at, letter) in folder.letters.iter().enumerate() {
        if fits_all(folder, at + 1, letter, keys)? {
            found.push(at + 1);
        }
    }
    if folder.letters.is_empty() {
        // An empty folder refuses an unknown key, too.
        let nobody = Kept { uid: 0, flags: Default::default(), at: Timestamp::UNIX_EPOCH, bytes: Default::default() };
        fits_all(folder, 0, &nobody, keys)?;
    }
    Some(found)
}

fn fits_all(folder: &Folder, place: usize, letter: &Kept, keys: &[Piece]) -> Option<bool> {
    let mut rest = keys.iter();
    let mut all = true;
    while rest.len() > 0 {
        all &= fits(folder, place, letter, &mut rest)?;
    }
    Some(all)
}

fn fits<'a>(folder: &Folder, place: usize, one: &Kept, rest: &mut impl Iterator<Item = &'a Piece>) -> Option<bool> {
    let key = rest.next()?;
    if let Piece::List(keys) = key {
        return fits_all(folder, place, one, keys);
    }
    let has = |flag: &str| one.flags.contains(flag);
    let mut word = || rest.next().map(Piece::text);
    let within = |text: String, wanted: String| text.to_lowercase().contains(&wanted.to_lowercase());
    let of_head = |name: &str| letter::header(&one.bytes, name);
    Some(match key.upper().as_str() {
        "ALL" => true,
        "SEEN" => has("\\Seen"),
        "UNSEEN" => !has("\\Seen"),
        "ANSWERED" => has("\\Answered"),
        "UNANSWERED" => !has("\\Answered"),
        "FLAGGED" => has("\\Flagged"),
        "UNFLAGGED" => !has("\\Flagged"),
        "DELETED" => has("\\Deleted"),
        "UNDELETED" => !has("\\Deleted"),
        "DRAFT" => has("\\Draft"),
        "UNDRAFT" => !has("\\Draft"),
        "KEYWORD" => has(&word()?),
        "UNKEYWORD" => !has(&word()?),
        "UID" => {
            numbers(&word()?, folder.letters.last().map_or(0, |last| last.uid))?.iter().any(|(from, to)| (*from..=*to).contains(&one.uid))
        }
        "SINCE" => day_of(one.at) >= date(&word()?)?,
        "BEFORE" => day_of(one.at) < date(&word()?)?,
        "ON" => day_of(one.at) == date(&word()?)?,
        "LARGER" => one.bytes.len() > word()?.parse().ok()?,
        "SMALLER" => one.bytes.len() < word()?.parse().ok()?,
        "FROM" => within(of_head("from"), word()?),
        "TO" => within(of_head("to"), word()?),
        "CC" => within(of_head("cc"), word()?),
        "SUBJECT" => within(of_head("subject"), word()?),
        "HEADER" => {
            let name = word()?;
            let value = of_head(&name);
            let wanted = word()?;
            within(value, wanted) && letter::headers(&one.bytes).iter().any(|(known, _)| known.eq_ignore_ascii_case(&name))
        }
        "BODY" => within(String::from_utf8_lossy(one.bytes.get(letter::head_end(&one.bytes)..).unwrap_or_default()).into_owned(), word()?),
        "TEXT" => within(String::from_utf8_lossy(&one.bytes).into_owned(), word()?),
        "CHARSET" => {
            word()?;
            true
        }
        "NOT" => !fits(folder, place, one, rest)?,
        "OR" => {
            let either = fits(folder, place, one, rest)?;
            fits(folder, place, one, rest)? || either
        }
        set => numbers(set, folder.letters.len() as u32)?.iter().any(|(from, to)| (*from..=*to).contains(&(place as u32))),
    })
}

/// Ranges of a set of numbers; `*` is the last there is, and a range may be written backwards. `None` for what is no set.
pub fn numbers(set: &str, last: u32) -> Option<Vec<(u32, u32)>> {
    let number = |text: &str| if text == "*" { Some(last) } else { text.parse::<u32>().ok().filter(|number| *number > 0) };
    let range = |text: &str| {
        let (from, to) = text.split_once(':').unwrap_or((text, text));
        let (from, to) = (number(from)?, number(to)?);
        Some((from.min(to), from.max(to)))
    };
    set.split(',').map(range).collect()
}

fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

/// Days since 1970 of `22-Nov-2026`.
fn date(text: &str) -> Option<i64> {
    let at = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", format!("{text} 00:00:00 +0000")).ok()?.to_timestamp().ok()?;
    Some(day_of(at))
}
