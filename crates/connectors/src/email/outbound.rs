//! An answer as a letter, and what the mail server made of it.

use model::message::Copies;
use model::{ChannelAccount, Problem, Timestamp};
use serde_json::Value;

use super::{LOOP_HEADER, address_of, html, signing_key, token, why};
use crate::contract::{Letter, MailAddress, MailServer, MailStage, Outbound, Outcome, Part, Reply, Step, Work};
use crate::wire::text;

/// Files of one letter together, in bytes: with base64 that stays below what most servers take.
const MOST_TOGETHER: i64 = 17 << 20;
/// The server says good-bye, whatever was asked of it.
const CLOSING: u16 = 421;
/// How long a person is left alone whose mailbox asks to wait, in milliseconds.
const RECIPIENT_MS: i64 = 120_000;
/// Ids of earlier mails that a letter names.
const MOST_REFERENCES: usize = 20;

/// One letter, or more where the files are too many for one.
pub fn split(message: &Outbound) -> Vec<Part> {
    let message = &crate::card::written_out(message);
    let mut body = message.text.clone();
    for (at, choice) in message.choices.iter().enumerate() {
        body.push_str(&format!("{}{}. {choice}", if at == 0 { "\n\n" } else { "\n" }, at + 1));
    }
    let part = |text: String| Part {
        text,
        reply_to: message.reply_to.clone(),
        copies: message.copies.clone(),
        speaker: message.speaker.clone(),
        ..Part::default()
    };
    let mut parts = vec![part(body)];
    let mut together = 0;
    for file in &message.files {
        let full = together > 0 && together + file.bytes > MOST_TOGETHER;
        if full {
            parts.push(part(String::new()));
            together = 0;
        }
        together += file.bytes;
        if let Some(last) = parts.last_mut() {
            last.files.push(file.clone());
        }
    }
    parts
}

/// The letter of a part.
pub fn letter(account: &ChannelAccount, server: MailServer, work: &Work, now: Timestamp) -> Step {
    let Work::Part { part, to, thread, context, message, no, .. } = work else { return Step::Nothing };
    let ours = address_of(account);
    let (local, domain) = ours.rsplit_once('@').unwrap_or((&ours, "localhost"));
    let key = signing_key(account);
    let token = token::of(&key, thread);
    let strings = |field: &str| -> Vec<String> {
        context[field].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let answers = Some(text(context, "answers").to_owned()).filter(|id| !id.is_empty());
    let to = Some(text(context, "reply_to")).filter(|reply| !reply.is_empty()).unwrap_or(to).to_owned();
    // A machine answers its own customer alone, and nobody who got a copy.
    let said = part.copies.clone().unwrap_or_else(|| Copies { cc: strings("copies"), bcc: vec![] });
    let Copies { cc, bcc } = if part.speaker.person { said } else { Copies::default() };
    let others = |all: Vec<String>| -> Vec<String> { all.into_iter().filter(|copy| !copy.eq_ignore_ascii_case(&to)).collect() };
    let (cc, bcc) = (others(cc), others(bcc));
    let mut references = strings("references");
    let excess = references.len().saturating_sub(MOST_REFERENCES);
    references.drain(1.min(references.len())..(1 + excess).min(references.len()));
    let mut headers = vec![(LOOP_HEADER.to_owned(), account.id.to_string())];
    if !part.speaker.person {
        headers.push(("Auto-Submitted".into(), "auto-replied".into()));
        headers.push(("X-Auto-Response-Suppress".into(), "All".into()));
    }
    let given = account.setting("display_name").trim();
    let name = if given.is_empty() { part.speaker.name.clone() } else { given.to_owned() };
    let plus = account.setting("plus_addressing") != "false" && !key.is_empty();
    let body = signed(account, part);
    let bare = |address: &String| MailAddress { name: String::new(), address: address.clone() };
    Step::Post(Box::new(Letter {
        server,
        // Nobody bounces to a machine that would answer.
        sender: if part.speaker.person { ours.clone() } else { String::new() },
        recipients: std::iter::once(&to).chain(&cc).chain(&bcc).cloned().collect(),
        from: MailAddress { name, address: ours.clone() },
        to: vec![bare(&to)],
        cc: cc.iter().map(bare).collect(),
        reply_to: plus.then(|| MailAddress { name: String::new(), address: format!("{local}+{token}@{domain}") }),
        subject: if part.speaker.person || text(context, "sender") == "proven" { subject(account, context) } else { account.name.clone() },
        message_id: message_id(&token, message.map(|id| id.0.as_simple().to_string()), *no, domain),
        in_reply_to: answers,
        references,
        at: now,
        headers,
        html: html::of_text(&body),
        text: body,
        files: part.files.clone(),
    }))
}

/// The same on each try, so that whoever has it already drops the copy.
fn message_id(token: &str, message: Option<String>, no: i64, domain: &str) -> String {
    format!("{token}.{}.{no}@{domain}", message.unwrap_or_else(|| "0".into()))
}

fn signed(account: &ChannelAccount, part: &Part) -> String {
    let own = Some(part.speaker.signature.as_str()).filter(|text| !text.trim().is_empty());
    let signature = own.unwrap_or_else(|| account.setting("signature")).replace("{{agent}}", &part.speaker.name);
    if signature.trim().is_empty() { part.text.clone() } else { format!("{}\n\n-- \n{}", part.text, signature.trim()) }
}

/// `Re:` once, whatever languages the marks before it are in. Who never wrote gets the subject chosen for them, or else our name.
fn subject(account: &ChannelAccount, context: &Value) -> String {
    let given = text(context, "subject");
    if given.is_empty() {
        return Some(text(context, "first_subject")).filter(|chosen| !chosen.is_empty()).unwrap_or(&account.name).to_owned();
    }
    match without_marks(given) {
        "" => "Re:".into(),
        rest => format!("Re: {rest}"),
    }
}

/// What a thread of letters is about: what they wrote last, else what we began with; `None` where neither says anything.
pub fn about(context: &Value) -> Option<String> {
    let given = without_marks(text(context, "subject"));
    let said = if given.is_empty() { text(context, "first_subject").trim() } else { given };
    (!said.is_empty()).then(|| said.to_owned())
}

/// A subject without the signs of an answer or a forwarded letter before it, in whatever languages and however many.
fn without_marks(given: &str) -> &str {
    const MARKS: &[&str] = &[
        "re", "aw", "sv", "vs", "antw", "odp", "ynt", "fwd", "fw", "wg", "tr", "rv", "ilt", "رد", "השב", "回复", "答复", "回覆", "转发",
        "회신", "전달",
    ];
    let mut rest = given.trim();
    while let Some((mark, after)) = rest.split_once([':', '：']) {
        let mark = mark.trim().trim_end_matches(|c: char| c == ']' || c == '[' || c.is_ascii_digit()).to_lowercase();
        if !MARKS.contains(&mark.as_str()) {
            break;
        }
        rest = after.trim();
    }
    rest
}

/// What the mail server made of it.
pub fn outcome(account: &ChannelAccount, work: &Work, reply: &Reply) -> Outcome {
    let Work::Part { thread, message, no, .. } = work else { return Outcome::Uncertain("no letter".into()) };
    let domain = address_of(account).rsplit_once('@').map_or("localhost".to_owned(), |(_, domain)| domain.to_owned());
    let id = message_id(&token::of(&signing_key(account), thread), message.map(|id| id.0.as_simple().to_string()), *no, &domain);
    match reply {
        Reply::Mail { stage: MailStage::Done, refused, .. } => match refused.iter().find(|one| is_main(work, &one.address)) {
            Some(main) => {
                Outcome::Failed(Problem { code: why(main.code, &main.said).into(), detail: format!("{} {}", main.code, main.said) })
            }
            None => Outcome::Sent(vec![id]),
        },
        Reply::Mail { stage: MailStage::SignIn, code, .. } if !(400..500).contains(code) => Outcome::NeedsRefresh,
        // One mailbox that is full, or a server that lets strangers wait, says nothing of the letters to others.
        Reply::Mail { stage: MailStage::Recipients, code, said, .. } if (400..500).contains(code) && *code != CLOSING => {
            Outcome::HoldThread { ms: RECIPIENT_MS, why: format!("the mail server asks to wait: {code} {said}") }
        }
        Reply::Mail { code, said, .. } if (400..500).contains(code) => {
            Outcome::RetryAfter { ms: 60_000, why: format!("the mail server asks to wait: {code} {said}") }
        }
        Reply::Mail { stage: MailStage::Secure | MailStage::Greeting, said, .. } => {
            Outcome::RetryAfter { ms: 60_000, why: format!("the mail server cannot be talked to: {said}") }
        }
        Reply::Mail { code, said, .. } => Outcome::Failed(Problem { code: why(*code, said).into(), detail: format!("{code} {said}") }),
        Reply::NotSent(why) => Outcome::RetryAfter { ms: 5_000, why: why.clone() },
        Reply::Unknown(why) => Outcome::Uncertain(why.clone()),
        Reply::Http { .. } => Outcome::Uncertain("no mail server answered".into()),
    }
}

/// Whether the letter was meant for this address, and not a copy of it.
fn is_main(work: &Work, address: &str) -> bool {
    let Work::Part { to, context, .. } = work else { return false };
    let reply_to = text(context, "reply_to");
    address == if reply_to.is_empty() { to } else { reply_to }
}
