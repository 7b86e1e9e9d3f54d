//! Whether words of ours carry somebody else's: a machine that repeats what strangers write can be made to say it to anybody.

/// So many words in a row are no coincidence.
const RUN: usize = 4;
/// Characters in a row, where words are not set apart.
const UNSPACED: usize = 8;

/// How often a text is taken out of percent signs: whoever fills one address into another writes it so twice.
const UNESCAPED: usize = 3;

/// Whether `text` repeats something of `said` (whole messages) or one of `values` (names and facts that were read out of them): a value, a
/// run of four words, all of a message that has fewer but more than one, or any word that leads somewhere: a link, an address, a number of
/// four digits or more. Words are found in addresses, too, however they are escaped there.
pub fn repeats(text: &str, said: &[&str], values: &[&str]) -> bool {
    let ours = forms(text);
    let value = |value: &String| value.chars().count() > 2 && ours.iter().any(|ours| split(ours, value, holds));
    let message = |theirs: &String| {
        let runs = |ours: &[&str], theirs: &[&str]| theirs.len() > 1 && theirs.windows(RUN.min(theirs.len())).any(|run| holds(ours, run));
        let word = |ours: &str, word: &str| (leads_somewhere(word) && ours.contains(word)) || unspaced(word, ours);
        ours.iter().any(|ours| split(ours, theirs, runs) || words(theirs).into_iter().any(|theirs| word(ours, theirs)))
    };
    values.iter().flat_map(|text| forms(text)).any(|one| value(&one)) || said.iter().flat_map(|text| forms(text)).any(|one| message(&one))
}

/// A text in lower case, as it is and as it reads without percent signs.
fn forms(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_lowercase()];
    let mut last = text.to_owned();
    for _ in 0..UNESCAPED {
        let next = unescaped(&last);
        if next == last {
            break;
        }
        forms.push(next.to_lowercase());
        last = next;
    }
    forms
}

/// Without the escapes of addresses and forms; what is none stays as it is.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push(high << 4 | low);
                at += 3;
                continue;
            }
            (b'+', ..) => plain.push(b' '),
            _ => plain.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Compares words as people set them apart, and as the parts of an address are.
fn split(ours: &str, theirs: &str, same: impl Fn(&[&str], &[&str]) -> bool) -> bool {
    same(&words(ours), &words(theirs)) || same(&parts(ours), &parts(theirs))
}

fn holds(ours: &[&str], run: &[&str]) -> bool {
    !run.is_empty() && ours.windows(run.len()).any(|window| window == run)
}

fn words(text: &str) -> Vec<&str> {
    bare(text.split_whitespace())
}

fn parts(text: &str) -> Vec<&str> {
    bare(text.split(|c: char| c.is_whitespace() || "/?&=#;:,|".contains(c)))
}

fn bare<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).filter(|word| !word.is_empty()).collect()
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
            "https://shop.example/hello?name=Mia%20Kim",
            "https://shop.example/hello?name=mia+kim&x=1",
            "https://shop.example/?q=and%20my%20order%2010423%20broke",
            "https://shop.example/?q=and%20my%20ORDER%2010%3423%20broke",
            "https://shop.example/?next=https%3A%2F%2Fshop.example%2F%3Fname%3DMia%2520Kim",
            "https://shop.example/?to=www%2Eevil%2Eexample%2Fwin",
            "https://shop.example/%E4%BB%8A%E6%97%A5%E3%81%AF%E5%A4%A9%E6%B0%97%E3%81%8C%E3%81%A8%E3%81%A6%E3%82%82",
        ] {
            assert!(repeated(text), "{text}");
        }
        for text in [
            "Thank you, a person will answer.",
            "Hello! See our opening hours, it broke nothing.",
            "de",
            "天気が良い",
            "",
            "100% cotton, 50 % off, 5+5",
            "https://shop.example/hours?day=monday%20to%20friday%",
        ] {
            assert!(!repeated(text), "{text}");
        }
        assert!(!repeats("English, Deutsch or Korean?", &["English"], &[]), "one word chooses, and says nothing");
        assert!(repeats("Is it evil.example?", &["go to evil%2Eexample"], &[]), "they may write it so, too");
    }
}
