//! What somebody wrote apart from what they quote. The whole stays reachable: nothing is thrown away here.

/// The new words of a mail's text, and the rest: quotes of earlier mails and signatures. Where nothing new would be left, everything is new.
pub fn fold(text: &str) -> (String, String) {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.lines().collect();
    let end = (0..lines.len()).find(|at| begins_quote(&lines, *at)).unwrap_or(lines.len());
    // Quotes with answers between them are a talk of their own and stay as they are.
    let (new, rest) = lines.split_at(end);
    let answered = rest.iter().skip_while(|line| !is_quoted(line)).any(|line| !is_quoted(line) && !line.trim().is_empty());
    let inline =
        rest.first().is_some_and(|line| is_quoted(line) || introduces(&rest.join(" "))) && answered && rest.iter().any(|l| is_quoted(l));
    let visible = new.join("\n").trim().to_owned();
    if inline || visible.is_empty() {
        return (text.trim().to_owned(), String::new());
    }
    (visible, rest.join("\n").trim().to_owned())
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

fn begins_quote(lines: &[&str], at: usize) -> bool {
    let line = lines.get(at).copied().unwrap_or_default();
    let bare = line.trim();
    let next = lines.get(at + 1).map_or("", |line| line.trim());
    // The line that introduces a quote may be wrapped.
    let wrapped = format!("{bare} {next}");
    is_quoted(line)
        || matches!(line, "-- " | "--")
        || introduces(bare)
        || (!bare.is_empty() && !next.is_empty() && bare.len() < 120 && opens(bare) && introduces(&wrapped))
        || forwarded(bare)
        || (bare.len() >= 10 && bare.chars().all(|c| c == '_') && is_head(next))
        || (is_head(bare) && lines.iter().skip(at).take(6).filter(|line| is_head(line.trim())).count() >= 3)
        || SENT_FROM.iter().any(|start| bare.starts_with(start))
}

const SENT_FROM: &[&str] = &["Sent from my ", "Von meinem ", "Envoyé de mon ", "Enviado desde mi ", "Inviato da ", "나의 iPhone에서 보냄"];

fn opens(line: &str) -> bool {
    ["On ", "Am ", "Le ", "El ", "Il ", "Den ", "Op ", "在 ", "Em "].iter().any(|start| line.starts_with(start))
}

/// `On … wrote:` in the languages of those who write.
fn introduces(line: &str) -> bool {
    const PAIRS: &[(&str, &str)] = &[
        ("On ", "wrote:"),
        ("Am ", "schrieb"),
        ("Le ", "a écrit"),
        ("El ", "escribió"),
        ("Il ", "ha scritto"),
        ("Den ", "skrev"),
        ("Op ", "schreef"),
        ("Em ", "escreveu"),
        ("在 ", "写道"),
    ];
    let line = line.trim();
    let named = line.ends_with(':') || line.ends_with('：');
    named && line.len() < 300 && PAIRS.iter().any(|(start, end)| line.starts_with(start) && line.contains(end))
        || named && line.len() < 300 && (line.contains("님이 작성:") || line.ends_with("のメール:") || line.ends_with("wrote:"))
}

fn forwarded(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "original message",
        "ursprüngliche nachricht",
        "weitergeleitete nachricht",
        "message d'origine",
        "mensaje original",
        "messaggio originale",
        "forwarded message",
        "원본 메시지",
        "원본 메일",
    ];
    let inner = line.trim_matches('-').trim().to_lowercase();
    line.starts_with("---") && WORDS.iter().any(|word| inner == *word)
}

/// One line of the block that Outlook puts over what it quotes.
fn is_head(line: &str) -> bool {
    const HEADS: &[&str] = &[
        "From:",
        "Sent:",
        "To:",
        "Subject:",
        "Date:",
        "Cc:",
        "Von:",
        "Gesendet:",
        "An:",
        "Betreff:",
        "De :",
        "Envoyé :",
        "À :",
        "Objet :",
        "De:",
        "Enviado:",
        "Para:",
        "Asunto:",
        "보낸 사람:",
        "보낸 날짜:",
        "받는 사람:",
        "제목:",
        "发件人:",
        "发送时间:",
        "收件人:",
        "主题:",
    ];
    let line = line.trim_start_matches('*');
    HEADS.iter().any(|head| line.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::fold;

    fn new(text: &str) -> String {
        fold(text).0
    }

    #[test]
    fn quotes_and_signatures_are_folded() {
        assert_eq!(new("Yes please.\n\nOn Mon, 3 Nov 2026 at 10:00, Ana <a@b.example> wrote:\n> Shall I?\n"), "Yes please.");
        assert_eq!(new("Yes.\r\n\r\nOn Mon, 3 Nov 2026 at 10:00, Ana\r\n<a@b.example> wrote:\r\n> Shall I?"), "Yes.");
        assert_eq!(new("Ja.\n\nAm 03.11.26 um 10:00 schrieb Ana:\n> Soll ich?"), "Ja.");
        assert_eq!(new("네.\n\n2026년 11월 3일 (화) 오전 10:00, Ana님이 작성:\n> 할까요?"), "네.");
        assert_eq!(new("Fine\n\n-----Original Message-----\nFrom: Ana\n"), "Fine");
        assert_eq!(new("Fine\n\n________________________________\nFrom: Ana\nSent: Monday\nTo: Kim\nSubject: x\n"), "Fine");
        assert_eq!(new("Gut\n\nVon: Ana\nGesendet: Montag\nAn: Kim\nBetreff: x\n"), "Gut");
        assert_eq!(new("Fine\n-- \nKim\nShoes Ltd"), "Fine");
        assert_eq!(fold("Fine\n-- \nKim").1, "-- \nKim");
    }

    #[test]
    fn what_is_new_is_never_lost() {
        assert_eq!(new("> only a quote"), "> only a quote");
        assert_eq!(new("Hello\n> where is it?\nHere\n> and the bill?\nThere"), "Hello\n> where is it?\nHere\n> and the bill?\nThere");
        assert_eq!(new("From: the heart\nthank you"), "From: the heart\nthank you");
        assert_eq!(new("On time, as you wrote: thanks!"), "On time, as you wrote: thanks!");
        assert_eq!(new(""), "");
        for hostile in ["\n".repeat(5_000), ">".repeat(5_000), "On ".repeat(5_000), "-- \n".repeat(2_000)] {
            let (visible, rest) = fold(&hostile);
            assert!(visible.len() + rest.len() <= hostile.len());
        }
    }
}
