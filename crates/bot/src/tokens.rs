//! Texts as tokens: folded words, and for Korean pairs of syllables without particles.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::fold::{fold, is_hangul, tidy};

/// Words that say little about a question.
const COMMON: &[&str] = &[
    "a an the is are was were be am do does did can could i you we it they my your our of to in on for with at and or me us",
    "how what when where which who why will would should have has had this that there any some please im ive id its just so if about much many long something anything thing because too like get need want",
    "der die das den dem des ein eine einen einem einer ist sind war wird werden kann koennen koennt koennte ich du sie wir ihr",
    "es mein meine meinen meiner dein euer eure ihre von zu in im an am auf fuer mit und oder wie was wann wo welche wer warum hat habe",
    "haben habt gibt bitte man mir mich uns denn mal auch noch so dass ob zum zur bei aus lange lang viel hoch gilt etwas weil zu moechte will brauche funktioniert",
];

/// Pairs of syllables that belong to polite endings and helpers.
const COMMON_PAIRS: &str = "나요 해요 어요 아요 에요 예요 습니 니다 니까 주세 세요 까요 있나 있어 있습 인가 가요 려요 하나 하고 합니 됩니 되나 \
    돼요 한가 은데 는데 싶어 수있 제가 저는 이거 그거 이게 그게 요즘 혹시 좀요";

/// Particles at a word's end, longest first.
const PARTICLES: &[&str] = &[
    "에서는",
    "으로는",
    "에서",
    "으로",
    "까지",
    "부터",
    "이랑",
    "하고",
    "에는",
    "에게",
    "한테",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "에",
    "로",
    "의",
    "도",
    "만",
    "과",
    "와",
];

/// The distinct tokens of a text in order; bare numbers are left out, they are facts and not topics.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for word in words(&tidy(text)) {
        let folded = fold(&word);
        if folded.chars().all(|c| c.is_numeric()) {
            continue;
        }
        let parts = if folded.chars().any(is_hangul) { pairs(&folded) } else { vec![folded] };
        found.extend(parts.into_iter().filter(|part| seen.insert(part.clone())));
    }
    found
}

/// Words as written: runs of letters and digits; an apostrophe inside a word is dropped.
pub(crate) fn words(text: &str) -> Vec<String> {
    let joined = text.replace('\'', "");
    let runs = joined.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
    // Hangul next to digits or letters ends a word: "1042번", "LED등".
    let mut words = Vec::new();
    for run in runs {
        let mut word = String::new();
        let mut hangul = None;
        for c in run.chars() {
            if hangul.is_some_and(|before| before != is_hangul(c)) {
                words.push(std::mem::take(&mut word));
            }
            hangul = Some(is_hangul(c));
            word.push(c);
        }
        words.push(word);
    }
    words
}

/// Whether a token says little.
pub(crate) fn is_common(token: &str) -> bool {
    static SET: OnceLock<BTreeSet<String>> = OnceLock::new();
    let set = SET.get_or_init(|| {
        let words = COMMON.iter().flat_map(|line| line.split(' ')).map(fold);
        words.chain(COMMON_PAIRS.split_whitespace().map(str::to_owned)).collect()
    });
    set.contains(token)
}

fn pairs(word: &str) -> Vec<String> {
    let stem = without_particle(word);
    let syllables: Vec<char> = stem.chars().collect();
    if syllables.len() < 2 {
        return vec![stem.to_owned()];
    }
    syllables.windows(2).map(|pair| pair.iter().collect()).collect()
}

/// A word needs two syllables after its particle is gone, else the particle may be part of it.
fn without_particle(word: &str) -> &str {
    for particle in PARTICLES {
        if let Some(stem) = word.strip_suffix(particle).filter(|stem| stem.chars().count() >= 2) {
            return stem;
        }
    }
    word
}
