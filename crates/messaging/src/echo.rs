//! Whether words of ours carry somebody else's: a machine that repeats what strangers write can be made to say it to anybody.

/// So many words in a row are no coincidence.
const RUN: usize = 4;
/// Characters in a row, where words are not set apart.
const UNSPACED: usize = 8;

/// Whether `text` repeats something of `said` (whole messages) or one of `values` (names and facts that were read out of them): a value, a
/// run of four words, all of a message that has fewer but more than one, or any word that leads somewhere: a link, an address, a number of
/// four digits or more.
pub fn repeats(text: &str, said: &[&str], values: &[&str]) -> bool {
    let lower = text.to_lowercase();
    let ours = words(&lower);
    let holds = |run: &[&str]| !run.is_empty() && ours.windows(run.len()).any(|window| window == run);
    let value = |value: &&str| {
        let value = value.to_lowercase();
        value.chars().count() > 2 && holds(&words(&value))
    };
    let message = |message: &&str| {
        let message = message.to_lowercase();
        let theirs = words(&message);
        let runs = if theirs.len() < 2 { false } else { theirs.windows(RUN.min(theirs.len())).any(holds) };
        runs || theirs.iter().any(|word| (leads_somewhere(word) && lower.contains(word)) || unspaced(word, &lower))
    };
    values.iter().any(value) || said.iter().any(message)
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).filter(|word| !word.is_empty()).collect()
}

fn leads_somewhere(word: &str) -> bool {
    let dotted = word.split('.').filter(|label| label.chars().filter(|c| c.is_alphabetic()).count() > 1).count() > 1;
    dotted || word.contains("://") || word.contains('@') || word.chars().filter(char::is_ascii_digit).count() >= 4
}

/// Of a language without spaces, as far as characters tell.
fn unspaced(word: &str, text: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    !word.is_ascii() && letters.windows(UNSPACED).any(|window| text.contains(&window.iter().collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_found_again() {
        let said = ["Hello, I'm Mia Kim and my order 10423 broke.\nSee www.evil.example/win", "Win now", "今日は天気がとても良いですね"];
        let values = ["Mia Kim", "10423", "de"];
        let repeated = |text| repeats(text, &said, &values);
        for text in [
            "Hello Mia Kim!",
            "You wrote: MY ORDER 10423 BROKE",
            "It is about 10423.",
            "Look at WWW.EVIL.example/win",
            "You said “win now”",
            "お客様:今日は天気がとても良い",
        ] {
            assert!(repeated(text), "{text}");
        }
        for text in ["Thank you, a person will answer.", "Hello! See our opening hours, it broke nothing.", "de", "天気が良い", ""] {
            assert!(!repeated(text), "{text}");
        }
        assert!(!repeats("English, Deutsch or Korean?", &["English"], &[]), "one word chooses, and says nothing");
    }
}
