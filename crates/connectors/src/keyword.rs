//! Words that are no talk but a wish: to hear nothing more, to hear from us again, or to be told who we are.
//! Which words, where, and who says so stands in `keyword/words.tsv`; an account adds its own, or switches the list off.

use std::sync::LazyLock;

use model::{ChannelAccount, InboundEvent, InboundMessage};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::contract::{Setting, SettingKind, SettingProblem};

const WORDS: &str = include_str!("keyword/words.tsv");
/// Words of an account's own, per effect.
const MOST: usize = 50;
/// Characters of a word, and of the answer to a call for help.
const LONGEST_WORD: usize = 40;
const LONGEST_ANSWER: usize = 480;

/// The rule of a wish that the provider told, in its own way.
pub const PROVIDER: &str = "provider";

/// What a word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    Out,
    In,
    Help,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub effect: Effect,
    /// ISO 3166 codes; empty = everywhere.
    pub countries: Vec<&'static str>,
    pub language: &'static str,
    pub word: &'static str,
    /// An address, or `[U]` where none was found.
    pub source: &'static str,
    /// The word as messages are compared with it.
    folded: String,
}

/// Why a message was taken for a wish: `STOP`, `FR ARRET`, `account WEG`, `provider`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub effect: Effect,
    pub rule: String,
}

/// Every row of the list that is well formed; a test sees to it that all are.
pub static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| WORDS.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect());

fn row(line: &'static str) -> Option<Row> {
    let [effect, countries, language, word, source] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let effect = match effect {
        "out" => Effect::Out,
        "in" => Effect::In,
        "help" => Effect::Help,
        _ => return None,
    };
    let countries = if countries == "*" { Vec::new() } else { countries.split(',').collect() };
    Some(Row { effect, countries, language, word, source, folded: fold(word) })
}

/// The settings that an account of a channel with such words has.
pub const SETTINGS: [Setting; 4] = [
    Setting {
        key: "keywords",
        label: "Opt-out words of the country",
        help: "STOP, START, HELP and the words of the number's country are understood; sent alone, they are no talk.",
        kind: SettingKind::Toggle,
        required: false,
        default: Some("true"),
    },
    Setting {
        key: "opt_out_words",
        label: "More words to opt out",
        help: "One a line, beside those of the country.",
        kind: SettingKind::List,
        required: false,
        default: None,
    },
    Setting {
        key: "opt_in_words",
        label: "More words to come back",
        help: "One a line, beside those of the country.",
        kind: SettingKind::List,
        required: false,
        default: None,
    },
    Setting {
        key: "help_answer",
        label: "Answer to HELP",
        help: "Who you are and how to reach you. Empty = HELP is heard like any other message.",
        kind: SettingKind::Text,
        required: false,
        default: None,
    },
];

/// What is wrong with the words of an account.
pub fn problem(account: &ChannelAccount) -> Option<SettingProblem> {
    let wrong = |setting: &str, detail: String| SettingProblem { setting: setting.into(), code: "bad_keyword".into(), detail };
    for key in ["opt_out_words", "opt_in_words"] {
        let words = own(account, key);
        if words.len() > MOST {
            return Some(wrong(key, format!("at most {MOST} words")));
        }
        if let Some(word) = words.iter().find(|word| fold(word).is_empty() || word.chars().count() > LONGEST_WORD) {
            return Some(wrong(key, format!("{word:?} is no word of 1 to {LONGEST_WORD} characters")));
        }
    }
    let outs = own(account, "opt_out_words");
    if let Some(word) = own(account, "opt_in_words").into_iter().find(|word| outs.iter().any(|out| fold(out) == fold(word))) {
        return Some(wrong("opt_in_words", format!("{word} opts out as well")));
    }
    let long = account.setting("help_answer").chars().count() > LONGEST_ANSWER;
    long.then(|| wrong("help_answer", format!("the answer has at most {LONGEST_ANSWER} characters")))
}

/// What a message asks for, if it is one of the words and nothing else. `from` and `to` are the two numbers in E.164.
pub fn heard(account: &ChannelAccount, from: &str, to: &str, text: &str) -> Option<Heard> {
    // No word is this long; a message that is, is talk, and is not looked at further.
    if text.chars().filter(|c| c.is_alphanumeric()).nth(LONGEST_WORD * 3).is_some() {
        return None;
    }
    let said = fold(text);
    if said.is_empty() || said.chars().count() > LONGEST_WORD * 3 {
        return None;
    }
    for (key, effect) in [("opt_out_words", Effect::Out), ("opt_in_words", Effect::In)] {
        if let Some(word) = own(account, key).into_iter().find(|word| fold(word) == said) {
            return Some(Heard { effect, rule: format!("account {word}") });
        }
    }
    if account.setting("keywords") == "false" {
        return None;
    }
    let rows: Vec<&Row> = ROWS.iter().filter(|row| row.folded == said).collect();
    if rows.is_empty() {
        return None;
    }
    let countries: Vec<String> = [from, to].iter().flat_map(|number| countries(number)).collect();
    let fits = |row: &&Row| row.countries.is_empty() || row.countries.iter().any(|one| countries.iter().any(|c| c == one));
    // A word that means one thing here and another there stops us: nobody is written to by mistake.
    let row = rows.into_iter().filter(fits).min_by_key(|row| row.effect)?;
    let place = row.countries.iter().find(|one| countries.iter().any(|c| c == *one));
    Some(Heard { effect: row.effect, rule: place.map_or_else(|| row.word.to_owned(), |country| format!("{country} {}", row.word)) })
}

/// The event that a message is: talk, or a wish of its sender.
pub fn event(account: &ChannelAccount, heard: Option<Heard>, mut message: InboundMessage) -> InboundEvent {
    match heard {
        Some(Heard { effect: Effect::Out, rule }) => {
            InboundEvent::OptOut { from: message.from.clone(), text: message.text.clone(), rule, message: Some(message) }
        }
        Some(Heard { effect: Effect::In, rule }) => {
            InboundEvent::OptIn { from: message.from.clone(), text: message.text.clone(), rule, message: Some(message) }
        }
        Some(Heard { effect: Effect::Help, .. }) => {
            let answer = account.setting("help_answer").trim();
            message.answer = Some(answer.to_owned()).filter(|answer| !answer.is_empty());
            InboundEvent::Message(message)
        }
        None => InboundEvent::Message(message),
    }
}

fn own(account: &ChannelAccount, key: &str) -> Vec<String> {
    serde_json::from_str(account.setting(key)).unwrap_or_default()
}

/// Without case, marks over letters, quotes and full stops; `ARRÊT.` and `arret` are one word.
fn fold(text: &str) -> String {
    let plain: String = text.trim().nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_uppercase();
    let bare = plain
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '!' | ',' | ';' | '"' | '\'' | '“' | '”' | '„' | '«' | '»' | '。'));
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The countries that a number may be of: those of North America share one code.
fn countries(number: &str) -> Vec<String> {
    let Ok(number) = phonenumber::parse(None, number) else { return Vec::new() };
    if number.code().value() == 1 {
        return vec!["US".into(), "CA".into()];
    }
    number.country().id().map(|id| id.as_ref().to_owned()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of each country of the list.
    const NUMBERS: &[(&str, &str)] = &[
        ("US", "+14155550100"),
        ("CA", "+15145550100"),
        ("FR", "+33612345678"),
        ("BE", "+32470123456"),
        ("CH", "+41791234567"),
        ("LU", "+352621123456"),
        ("DE", "+4915123456789"),
        ("AT", "+436641234567"),
        ("ES", "+34612345678"),
        ("MX", "+525512345678"),
        ("AR", "+5491123456789"),
        ("CL", "+56961234567"),
        ("CO", "+573211234567"),
        ("EC", "+593991234567"),
        ("PE", "+51912345678"),
        ("PT", "+351912345678"),
        ("BR", "+5511961234567"),
        ("IT", "+393123456789"),
        ("NL", "+31612345678"),
        ("SE", "+46701234567"),
        ("NO", "+4740612345"),
        ("DK", "+4532123456"),
        ("PL", "+48512345678"),
        ("KR", "+821012345678"),
        ("JP", "+819012345678"),
        ("TW", "+886912345678"),
        ("HK", "+85251234567"),
        ("CN", "+8613123456789"),
    ];
    /// Of a country that has no row.
    const ELSEWHERE: &str = "+6591234567";

    fn account(settings: &[(&str, &str)]) -> ChannelAccount {
        crate::samples::account("sms", settings, &[])
    }

    fn number(country: &str) -> &'static str {
        NUMBERS.iter().find(|(one, _)| *one == country).unwrap_or_else(|| panic!("no number of {country}")).1
    }

    #[test]
    fn every_row_is_heard_in_each_of_its_countries_and_nowhere_else() {
        let lines = WORDS.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(ROWS.len(), lines, "a row is not well formed");
        assert!(ROWS.len() > 50);
        let account = account(&[]);
        for row in ROWS.iter() {
            assert!(row.source == "[U]" || row.source.starts_with("https://") || row.source.starts_with("http://"), "{row:?}");
            let places: Vec<&str> =
                if row.countries.is_empty() { vec![ELSEWHERE] } else { row.countries.iter().map(|one| number(one)).collect() };
            for place in places {
                let sent = format!(" {}! ", row.word.to_lowercase());
                let here = heard(&account, place, ELSEWHERE, &sent).map(|heard| heard.effect);
                assert_eq!(here, Some(row.effect), "{} from {place}", row.word);
                assert_eq!(heard(&account, ELSEWHERE, place, &sent).map(|heard| heard.effect), Some(row.effect), "{} to {place}", row.word);
                assert_eq!(heard(&account, place, ELSEWHERE, &format!("{} please", row.word)), None, "only the whole message counts");
            }
            let known: bool = ROWS.iter().any(|other| other.countries.is_empty() && fold(other.word) == fold(row.word));
            if !known {
                assert_eq!(heard(&account, ELSEWHERE, ELSEWHERE, row.word), None, "{} means nothing there", row.word);
            }
        }
    }

    #[test]
    fn marks_and_case_do_not_matter_and_the_rule_is_named() {
        let account = account(&[]);
        let rule = |from: &str, text: &str| heard(&account, from, ELSEWHERE, text).map(|heard| heard.rule);
        assert_eq!(rule(number("FR"), "Arrêt.").as_deref(), Some("FR ARRET"));
        assert_eq!(rule(number("FR"), "désabonner").as_deref(), Some("FR DESABONNER"));
        assert_eq!(rule(number("KR"), "수신거부").as_deref(), Some("KR 수신거부"));
        assert_eq!(rule(number("DE"), "“Stop”").as_deref(), Some("STOP"));
        assert_eq!(rule(number("DE"), "stop  all").as_deref(), Some("STOP ALL"));
        assert_eq!(rule(number("DE"), "Nonstop"), None);
        assert_eq!(rule(number("DE"), ""), None);
        assert_eq!(rule(number("DE"), &"STOP ".repeat(100)), None);
        assert_eq!(rule("SHOP", "baja"), None, "a sender with a name is of no country");
    }

    #[test]
    fn an_account_adds_words_and_switches_the_list_off() {
        let more = account(&[("keywords", "false"), ("opt_out_words", r#"["Weg damit"]"#), ("opt_in_words", r#"["wieder"]"#)]);
        let said = |text: &str| heard(&more, number("DE"), number("DE"), text);
        assert_eq!(said("weg DAMIT"), Some(Heard { effect: Effect::Out, rule: "account Weg damit".into() }));
        assert_eq!(said("Wieder").map(|heard| heard.effect), Some(Effect::In));
        assert_eq!(said("STOP"), None);
        assert_eq!(problem(&more), None);
        let both = account(&[("opt_out_words", r#"["x"]"#), ("opt_in_words", r#"["X"]"#)]);
        assert_eq!(problem(&both).map(|problem| problem.setting), Some("opt_in_words".into()));
        assert!(problem(&account(&[("opt_out_words", r#"["..."]"#)])).is_some());
    }

    #[test]
    fn help_is_answered_where_there_is_an_answer() {
        let message = || InboundMessage { text: "HELP".into(), ..InboundMessage::default() };
        let hear = |account: &ChannelAccount| event(account, heard(account, ELSEWHERE, ELSEWHERE, "help"), message());
        let InboundEvent::Message(answered) = hear(&account(&[("help_answer", " Shop, call 1 ")])) else { panic!("not a message") };
        assert_eq!(answered.answer.as_deref(), Some("Shop, call 1"));
        assert_eq!(hear(&account(&[])), InboundEvent::Message(message()));
    }
}
