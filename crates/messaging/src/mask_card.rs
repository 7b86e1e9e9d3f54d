//! Card numbers in a text: 13 to 19 digits of any script that pass Luhn's check, written together or in groups.

use crate::mask::Hidden;

const LEAST: usize = 13;
const MOST: usize = 19;
/// A phone number has at most so many digits, country code included, and at least as many as `SHORTEST_PHONE`.
const LONGEST_PHONE: usize = 15;
const SHORTEST_PHONE: usize = 7;
/// Runs of more groups than this are no card with something beside it; it bounds the work.
const GROUPS: usize = 64;

/// Where zero stands in the scripts people write digits in; one to nine follow.
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0x1810,
    0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
];

/// Digits that are written together.
struct Group {
    from: usize,
    to: usize,
    digits: Vec<u32>,
}

/// Groups with at most a separator between, which may be one number or several.
#[derive(Default)]
struct Run {
    groups: Vec<Group>,
    /// A phone number as the first of them: `+` or `00` before it.
    phone: bool,
    /// Letters touch it: part of some other name.
    touched: bool,
}

pub(crate) fn cards(text: &str) -> Vec<Hidden> {
    runs(text).iter().flat_map(cards_of).collect()
}

fn digit(c: char) -> Option<u32> {
    ZEROS.iter().map(|zero| (c as u32).wrapping_sub(*zero)).find(|value| *value < 10)
}

fn separates(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '_' | '\u{a0}' | '\u{2007}'..='\u{2015}' | '\u{202f}' | '\u{2212}' | '\u{3000}' | '\u{ff0d}')
}

/// Seen by nobody, hence put between digits only to hide them.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Letters of scripts that write words without spaces between may stand beside a number.
fn touches(c: char) -> bool {
    c.is_alphanumeric() && digit(c).is_none() && (c as u32) < 0x2E80
}

/// A space, a hyphen or a full stop as it is written within an address.
fn is_escaped(rest: &str) -> bool {
    ["%20", "%2D", "%2d", "%2E", "%2e"].iter().any(|escape| rest.starts_with(escape))
}

fn runs(text: &str) -> Vec<Run> {
    let (mut found, mut run, mut gap, mut before, mut read) = (Vec::new(), Run::default(), 0, None, 0);
    for (at, c) in text.char_indices() {
        if at < read || invisible(c) {
            continue;
        }
        let (c, end) = if is_escaped(&text[at..]) { (' ', at + 3) } else { (c, at + c.len_utf8()) };
        read = end;
        if let Some(value) = digit(c) {
            match run.groups.last_mut() {
                Some(group) if gap == 0 => {
                    group.digits.push(value);
                    group.to = end;
                }
                _ => {
                    if run.groups.is_empty() {
                        run.phone = before == Some('+') || before == Some('\u{ff0b}');
                        run.touched = before.is_some_and(touches);
                    }
                    run.groups.push(Group { from: at, to: end, digits: vec![value] });
                }
            }
            gap = 0;
        } else if !run.groups.is_empty() && separates(c) && gap < 2 {
            gap += 1;
        } else {
            if !run.groups.is_empty() {
                run.touched |= gap == 0 && touches(c);
                found.push(std::mem::take(&mut run));
            }
            gap = 0;
        }
        before = Some(c);
    }
    if !run.groups.is_empty() {
        found.push(run);
    }
    found
}

fn cards_of(run: &Run) -> Vec<Hidden> {
    let total: usize = run.groups.iter().map(|group| group.digits.len()).sum();
    if run.touched || total < LEAST || run.groups.len() > GROUPS {
        return Vec::new();
    }
    let abroad = run.groups[0].digits.starts_with(&[0, 0]);
    let phone = run.phone || abroad;
    if phone && total <= LONGEST_PHONE + if abroad { 2 } else { 0 } {
        return Vec::new();
    }
    let (mut found, mut first, mut before) = (Vec::new(), 0, 0);
    while first < run.groups.len() {
        let may_begin = !phone || before >= SHORTEST_PHONE;
        match if may_begin { end_of_card(&run.groups[first..]) } else { None } {
            Some((groups, last_four)) => {
                let shown = format!("•••• {last_four}");
                found.push(Hidden { from: run.groups[first].from, to: run.groups[first + groups - 1].to, shown });
                first += groups;
            }
            None => {
                before += run.groups[first].digits.len();
                first += 1;
            }
        }
    }
    found
}

/// How many groups from the first on are a card number, the most there are, and its last four digits.
fn end_of_card(groups: &[Group]) -> Option<(usize, String)> {
    let (mut digits, mut found): (Vec<u32>, _) = (Vec::new(), None);
    for (at, group) in groups.iter().enumerate() {
        digits.extend(&group.digits);
        if digits.len() > MOST {
            break;
        }
        if digits.len() >= LEAST && issued(digits[0]) && grouped(&groups[..=at]) && luhn(&digits) {
            let last_four = digits[digits.len() - 4..].iter().map(|digit| char::from(b'0' + *digit as u8)).collect();
            found = Some((at + 1, last_four));
        }
    }
    found
}

/// The first digits that banks and card companies have.
fn issued(first: u32) -> bool {
    (2..=6).contains(&first)
}

/// Dates and prices are groups too: a card's are of three digits and more, save the last, or all alike.
fn grouped(groups: &[Group]) -> bool {
    let (last, others) = match groups.split_last() {
        Some(split) => split,
        None => return false,
    };
    let long = others.iter().all(|group| group.digits.len() >= 3) && (others.len() != 1 || last.digits.len() >= 3);
    let alike = others.iter().all(|group| group.digits.len() == groups[0].digits.len()) && last.digits.len() <= groups[0].digits.len();
    long || alike
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10)
}
