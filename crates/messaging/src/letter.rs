//! What a short letter answers, apart from the manners around it.

/// Lines of a closing with the name below, and characters of one.
const CLOSING_LINES: usize = 5;
const CLOSING_WIDTH: usize = 60;

/// How letters close.
const CLOSINGS: &[&str] = &[
    "best",
    "kind regards",
    "warm regards",
    "regards",
    "many thanks",
    "thanks",
    "thank you",
    "cheers",
    "sincerely",
    "yours",
    "mit freundlichen gr",
    "mit besten gr",
    "freundliche gr",
    "beste gr",
    "viele gr",
    "liebe gr",
    "schöne gr",
    "herzliche gr",
    "gruß",
    "gruss",
    "grüße",
    "mfg",
    "vg",
    "lg",
    "danke",
    "vielen dank",
    "besten dank",
    "감사합니다",
    "감사드립니다",
    "고맙습니다",
    "수고하세요",
];

/// What stands behind an answer out of politeness.
const POLITE: &[&str] = &["please", "bitte", "부탁드립니다", "부탁드려요", "부탁합니다"];

/// The answer that a letter gives: its first line, where nothing but a closing follows, without what politeness adds. A letter that says
/// more is returned as it is.
pub fn answer(letter: &str) -> &str {
    let letter = letter.trim();
    let (first, rest) = letter.split_once('\n').unwrap_or((letter, ""));
    if !closes(rest) {
        return letter;
    }
    let bare = |text: &'_ str| -> usize { text.trim_end_matches(|c: char| c.is_whitespace() || ".!,;".contains(c)).len() };
    let first = &first[..bare(first)];
    let polite = POLITE.iter().find_map(|word| {
        let at = first.len().checked_sub(word.len())?;
        let ends = first.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(word));
        first.get(..at).filter(|before| ends && before.ends_with([' ', ',']))
    });
    polite.map_or(first, |before| &before[..bare(before)])
}

/// Whether lines are nothing but a closing and who wrote.
fn closes(rest: &str) -> bool {
    let mut lines = rest.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    let Some(greeting) = lines.peek().map(|line| line.to_lowercase()) else { return true };
    let word = |closing: &&str| {
        let after = greeting.strip_prefix(*closing);
        // A beginning of a word that goes on is written without its end.
        after.is_some_and(|after| closing.ends_with(" gr") || !after.starts_with(char::is_alphanumeric))
    };
    let lines: Vec<&str> = lines.collect();
    CLOSINGS.iter().any(word) && lines.len() <= CLOSING_LINES && lines.iter().all(|line| line.chars().count() <= CLOSING_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_answers_in_its_first_line() {
        for (letter, said) in [
            ("English", "English"),
            ("  English.\n", "English"),
            ("English, please!\n\nBest regards,\nKim Lee", "English"),
            ("Deutsch bitte\n\nMit freundlichen Grüßen\nKim Lee\nSeestraße 5", "Deutsch"),
            ("한국어 부탁드립니다.\n\n감사합니다.\n김미아 드림", "한국어"),
            ("2\n\nThanks", "2"),
            ("Please", "Please"),
            ("", ""),
        ] {
            assert_eq!(answer(letter), said, "{letter:?}");
        }
    }

    #[test]
    fn a_letter_that_says_more_stays_whole() {
        for letter in [
            "No\n\nI want my money back",
            "English\n\nBestimmt kommt noch etwas",
            "English\n\nThanks\nThe lamp that you sent me last week does not work at all, please send another one",
            "Thank you for your mail.\nI am out of office until Monday.",
            "English\n\nRegards\n1\n2\n3\n4\n5",
        ] {
            assert_eq!(answer(letter), letter);
        }
    }
}
