//! `docs/requirements.txt` lists the security and reliability rules that are kept; each of them has a test that names it.
//!
//! The file holds one id a line (`S13`, `I2.4`), then what it asks; `#` starts a comment.
//! A test names an id in its text (`S13`) or in its function's name (`s13_no_page_may_be_framed`, `i2_4_…`).

use super::{Faults, sources::Sources};

const LIST: &str = "docs/requirements.txt";
/// Its own tests speak of ids without proving any.
const GATE: &str = "crates/xtask/src/check/requirements.rs";

pub fn check(sources: &Sources) -> Faults {
    let Some(list) = sources.get(LIST) else {
        return vec![format!("{LIST} is missing: it lists the S- and I-ids that are done")];
    };
    let mut faults = Faults::new();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let id = line.split_whitespace().next().unwrap_or_default();
        if !is_id(id) {
            faults.push(format!("{LIST}: {id:?} is no S- or I-id"));
        } else if !sources.files.iter().any(|file| file.path != GATE && names(file.tests(), id)) {
            faults.push(format!("{LIST}: {id} is said to be done, but no test names it"));
        }
    }
    faults
}

fn is_id(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (word.strip_prefix('S'), word.strip_prefix('I')) {
        (Some(number), _) => digits(number),
        (_, Some(number)) => number.split_once('.').is_some_and(|(room, rule)| digits(room) && digits(rule)),
        _ => false,
    }
}

/// Whether the id stands in the text as a whole: `S1` is not in `S13`, nor `I1.2` in `I1.24`.
fn names(text: &str, id: &str) -> bool {
    let in_name = format!("{}_", id.to_lowercase().replace('.', "_"));
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    let whole = text.match_indices(id).any(|(at, _)| {
        let after = &text[at + id.len()..];
        let longer = after.starts_with(joins) || (after.starts_with('.') && after[1..].starts_with(|c: char| c.is_ascii_digit()));
        !text[..at].ends_with(joins) && !longer
    });
    whole || text.match_indices(&in_name).any(|(at, _)| text[..at].ends_with("fn ") || text[..at].ends_with("_for_"))
}

#[cfg(test)]
mod tests {
    use super::{super::sources::Source, *};

    #[test]
    fn ids_are_whole_words() {
        assert!(names("// S1: each row has a workspace", "S1"));
        assert!(names("fn i2_4_timers_fire_once() {", "I2.4"));
        assert!(!names("S13 I1.24 XS1 fn is13_x", "S1"));
        assert!(!names("I1.24", "I1.2"));
        assert!(names("keeps I1.2.", "I1.2"));
    }

    #[test]
    fn a_claim_without_a_test_is_found() {
        let file = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        let files = vec![
            file(LIST, "# done\nS1 every row belongs to a workspace\nS2\nnonsense\n"),
            file("crates/a/src/lib.rs", "// S2 as a remark in code without tests"),
            file("crates/a/tests/all.rs", "// S1\n#[test]"),
        ];
        let faults = check(&Sources { files });
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("S2") && faults[1].contains("nonsense"));
    }
}
