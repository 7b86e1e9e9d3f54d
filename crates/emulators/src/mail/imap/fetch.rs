//! What FETCH answers of one letter.

use super::command::Piece;
use crate::mail::{Kept, letter};

/// What is wanted of each letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Uid,
    Flags,
    InternalDate,
    Size,
    /// A part of the letter under the name it was asked by; whether looking leaves it unread; from where and how much.
    Body {
        name: String,
        what: What,
        peek: bool,
        from: Option<(usize, usize)>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Whole,
    Head,
    Text,
    /// Only these lines of the head; or all but these.
    Fields(Vec<String>, bool),
}

/// The items that a piece names; `None` when one is unknown here.
pub fn items(piece: &Piece) -> Option<Vec<Item>> {
    let words = match piece {
        Piece::List(list) => list.iter().map(Piece::text).collect(),
        other => vec![other.text()],
    };
    let mut found = Vec::new();
    for word in words {
        let upper = word.to_ascii_uppercase();
        let body = |name: &str, what: What, peek: bool| Item::Body { name: name.into(), what, peek, from: None };
        match upper.as_str() {
            "UID" => found.push(Item::Uid),
            "FLAGS" => found.push(Item::Flags),
            "INTERNALDATE" => found.push(Item::InternalDate),
            "RFC822.SIZE" => found.push(Item::Size),
            "FAST" => found.extend([Item::Flags, Item::InternalDate, Item::Size]),
            "RFC822" => found.push(body("RFC822", What::Whole, false)),
            "RFC822.HEADER" => found.push(body("RFC822.HEADER", What::Head, true)),
            "RFC822.TEXT" => found.push(body("RFC822.TEXT", What::Text, false)),
            _ => found.push(section(&upper)?),
        }
    }
    Some(found)
}

/// `BODY[…]<from.count>`, with or without `.PEEK`.
fn section(upper: &str) -> Option<Item> {
    let (begun, rest) = upper.split_once('[')?;
    let (inner, behind) = rest.rsplit_once(']')?;
    let peek = match begun {
        "BODY" => false,
        "BODY.PEEK" => true,
        _ => return None,
    };
    let fields = |list: &str| list.trim().trim_matches(['(', ')']).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let what = match inner {
        "" => What::Whole,
        "HEADER" => What::Head,
        "TEXT" => What::Text,
        _ => match inner.strip_prefix("HEADER.FIELDS.NOT ") {
            Some(list) => What::Fields(fields(list), false),
            None => What::Fields(fields(inner.strip_prefix("HEADER.FIELDS ")?), true),
        },
    };
    let from = match behind.strip_prefix('<').and_then(|behind| behind.strip_suffix('>')) {
        Some(range) => {
            let (from, count) = range.split_once('.')?;
            Some((from.parse().ok()?, count.parse().ok()?))
        }
        None if behind.is_empty() => None,
        None => return None,
    };
    let origin = from.map_or(String::new(), |(from, _): (usize, usize)| format!("<{from}>"));
    Some(Item::Body { name: format!("BODY[{inner}]{origin}"), what, peek, from })
}

/// The answer's inner part: `UID 3 BODY[] {12}…`.
pub fn shown(one: &Kept, items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    for item in items {
        if !out.is_empty() {
            out.push(b' ');
        }
        match item {
            Item::Uid => out.extend(format!("UID {}", one.uid).bytes()),
            Item::Flags => out.extend(flags(one).bytes()),
            Item::InternalDate => out.extend(format!("INTERNALDATE \"{}\"", one.at.strftime("%d-%b-%Y %H:%M:%S +0000")).bytes()),
            Item::Size => out.extend(format!("RFC822.SIZE {}", one.bytes.len()).bytes()),
            Item::Body { name, what, from, .. } => {
                let all = bytes_of(&one.bytes, what);
                let piece = match from {
                    Some((from, count)) => all.get(*from..from.saturating_add(*count).min(all.len())).unwrap_or_default(),
                    None => &all,
                };
                out.extend(format!("{name} {{{}}}\r\n", piece.len()).bytes());
                out.extend(piece);
            }
        }
    }
    out
}

pub fn flags(one: &Kept) -> String {
    format!("FLAGS ({})", one.flags.iter().cloned().collect::<Vec<_>>().join(" "))
}

fn bytes_of(bytes: &[u8], what: &What) -> Vec<u8> {
    let end = letter::head_end(bytes);
    match what {
        What::Whole => bytes.to_vec(),
        What::Head => bytes.get(..end).unwrap_or_default().to_vec(),
        What::Text => bytes.get(end..).unwrap_or_default().to_vec(),
        What::Fields(names, wanted) => {
            let fits = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name)) == *wanted;
            let lines: String = letter::headers(bytes).into_iter().filter(|(name, _)| fits(name)).map(|(_, line)| line).collect();
            format!("{lines}\r\n").into_bytes()
        }
    }
}
