//! Greetings, thanks, good-byes, and the wish for a person: what people say that is no question.

use crate::fold::{fold, tidy};
use crate::tokens::words;
use crate::word_list::WordList;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SmallTalk {
    Greeting,
    Thanks,
    Bye,
    /// "ok", "yes", "never mind".
    Nod,
}

static GREETING: WordList = WordList::new(
    "hello hi hey hiya good morning afternoon evening day there dear team all everyone hallo hi guten tag morgen abend moin \
    servus gruess gruss gott liebes zusammen 안녕하세요 안녕 안녕하십니까 여보세요 반갑습니다",
);
static THANKS: WordList = WordList::new(
    "thanks thank you thx ty very much so a lot many cheers great perfect danke dir ihnen euch vielen lieben dank schoen sehr \
    super prima 감사합니다 감사해요 고마워요 고맙습니다 고마워 정말 네",
);
static BYE: WordList = WordList::new(
    "bye goodbye see you later good night have a nice day tschuess ciao auf wiedersehen bis bald dann schoenen tag noch 안녕히 \
    계세요 수고하세요 잘 있어요",
);
static NOD: WordList = WordList::new(
    "ok okay k yes yep yeah no nope sure fine alright never mind great cool ja nein gut alles klar passt 네 예 아니요 아뇨 \
    알겠습니다 알겠어요 괜찮아요 좋아요",
);

/// The words that make small talk thanks, or a good-bye; without one of them it is neither.
static THANKS_ITSELF: WordList = WordList::new("thanks thank thx ty cheers danke dank 감사합니다 감사해요 고마워요 고맙습니다 고마워");
static BYE_ITSELF: WordList = WordList::new("bye goodbye night later tschuess ciao wiedersehen 안녕히 수고하세요");
static PERSON: WordList = WordList::new(
    "human person someone somebody agent representative operator mensch menschen mitarbeiter mitarbeiterin jemand jemanden jemandem berater",
);
static SPEAKING: WordList = WordList::new(
    "talk speak chat connect need want real live transfer sprechen reden verbinden verbinde echten echter moechte will brauche",
);

/// What a text is when every word of it is small talk.
pub(crate) fn small_talk(text: &str) -> Option<SmallTalk> {
    let said: Vec<String> = words(&tidy(text)).iter().map(|word| fold(word)).collect();
    if said.is_empty() || said.len() > 8 {
        return None;
    }
    let all = |lists: &[&WordList]| said.iter().all(|word| lists.iter().any(|list| list.has(word)));
    let some = |list: &WordList| said.iter().any(|word| list.has(word));
    if all(&[&GREETING]) {
        return Some(SmallTalk::Greeting);
    }
    if all(&[&NOD]) {
        return Some(SmallTalk::Nod);
    }
    if all(&[&THANKS, &GREETING, &NOD]) && some(&THANKS_ITSELF) {
        return Some(SmallTalk::Thanks);
    }
    if all(&[&BYE, &GREETING, &NOD]) && some(&BYE_ITSELF) {
        return Some(SmallTalk::Bye);
    }
    None
}

/// Whether a text asks for a person.
pub(crate) fn wants_a_person(text: &str) -> bool {
    let text = tidy(text).to_lowercase();
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let glued = ["liveagent", "라이브에이전트", "상담원", "상담사", "사람과통화", "사람이랑", "사람과대화", "직원연결", "담당자연결"];
    if glued.iter().any(|wish| plain.contains(wish)) {
        return true;
    }
    let said: Vec<String> = words(&text).iter().map(|word| fold(word)).collect();
    let has = |list: &WordList| said.iter().any(|word| list.has(word));
    let (person, speaking) = (has(&PERSON), has(&SPEAKING));
    person && (speaking || said.len() <= 2)
}
