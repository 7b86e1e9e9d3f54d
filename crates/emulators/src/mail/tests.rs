use serde_json::json;

use super::*;
use crate::platform::Act;

const SHOP: &str = "hello@tidewater.example";
const MIA: &str = "mia@mail.example";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_735_984_800 + seconds).unwrap()
}

fn mail() -> Mail {
    let mailbox = MailboxConfig { address: SHOP.into(), password: "secret".into(), token: "ya29".into(), ..MailboxConfig::default() };
    let person = Person { key: "mia".into(), name: "Mia Müller".into(), address: MIA.into() };
    Mail::new(&MailConfig { mailboxes: vec![mailbox], people: vec![person], most_bytes: 10_000, ..MailConfig::default() }, 7)
}

fn write(mail: &mut Mail, thread: Option<&str>, subject: &str, text: &str, seconds: i64) -> String {
    let act = Act::Mail { subject: subject.into(), text: text.into(), html: String::new(), media: vec![] };
    mail.act(SHOP, "mia", thread, act, at(seconds)).unwrap()
}

/// What one connection of IMAP is told after signing in, line by line.
fn reader(mail: &mut Mail) -> imap::Session {
    let mut session = imap::Session::default();
    assert!(said(&mut session, mail, "a LOGIN hello@tidewater.example secret").ends_with("Signed in\r\n"));
    session
}

fn said(session: &mut imap::Session, mail: &mut Mail, line: &str) -> String {
    String::from_utf8(session.heard(mail, format!("{line}\r\n").as_bytes())).unwrap()
}

fn smtp(mail: &mut Mail, lines: &[&str]) -> (smtp::Session, String) {
    let mut session = smtp::Session::default();
    let mut out = session.greet(mail, at(0));
    for line in lines {
        out.extend(session.heard(mail, format!("{line}\r\n").as_bytes(), at(1)));
    }
    (session, String::from_utf8(out).unwrap())
}

/// `hello@tidewater.example` with its password, as PLAIN wants it.
const PLAIN: &str = "AUTH PLAIN AGhlbGxvQHRpZGV3YXRlci5leGFtcGxlAHNlY3JldA==";

#[test]
fn a_letter_is_found_fetched_and_marked_by_its_number() {
    let mut mail = mail();
    write(&mut mail, None, "Größe?", "Passt M?", 0);
    let mut session = reader(&mut mail);
    let selected = said(&mut session, &mut mail, "b SELECT INBOX");
    assert!(selected.contains("* 1 EXISTS") && selected.contains("[UIDNEXT 2]"), "{selected}");
    assert_eq!(said(&mut session, &mut mail, "c UID SEARCH UNSEEN SINCE 3-Jan-2025"), "* SEARCH 1\r\nc OK Searched\r\n");
    assert_eq!(said(&mut session, &mut mail, "d UID SEARCH UID 9:*"), "* SEARCH 1\r\nd OK Searched\r\n", "the last is always named");
    assert_eq!(said(&mut session, &mut mail, "e UID SEARCH SINCE 6-Jan-2025"), "* SEARCH\r\ne OK Searched\r\n");
    assert!(said(&mut session, &mut mail, "f UID SEARCH WHATEVER 1").starts_with("f BAD"));
    let head = said(&mut session, &mut mail, "g UID FETCH 1 (UID BODY.PEEK[HEADER])");
    assert!(
        head.contains("Authentication-Results: mail.localhost; spf=pass") && head.contains("dmarc=pass header.from=mail.example"),
        "{head}"
    );
    assert!(head.contains("Subject: =?utf-8?B?") && head.is_ascii(), "{head}");
    assert!(said(&mut session, &mut mail, "h UID SEARCH UNSEEN").starts_with("* SEARCH 1"), "looking left it unread");
    assert_eq!(said(&mut session, &mut mail, "i UID STORE 1 +FLAGS.SILENT (\\Seen)"), "i OK Stored\r\n");
    assert_eq!(said(&mut session, &mut mail, "j UID FETCH 1 FLAGS"), "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\nj OK Fetched\r\n");
    said(&mut session, &mut mail, "k CREATE Done");
    assert!(said(&mut session, &mut mail, "l UID MOVE 1 Done").starts_with("* 1 EXPUNGE"));
}

#[test]
fn who_listens_is_told_of_what_comes_and_thrown_out_of_a_mailbox_made_anew() {
    let mut mail = mail();
    let mut session = reader(&mut mail);
    let validity = said(&mut session, &mut mail, "b SELECT INBOX");
    assert_eq!(said(&mut session, &mut mail, "c IDLE"), "+ idling\r\n");
    write(&mut mail, None, "Hello", "Hi", 0);
    assert_eq!(session.news(&mail), b"* 1 EXISTS\r\n* 1 RECENT\r\n");
    assert_eq!(session.news(&mail), b"", "once");
    assert_eq!(said(&mut session, &mut mail, "DONE"), "c OK Idle ended\r\n");
    mail.renew(SHOP);
    assert!(said(&mut session, &mut mail, "d NOOP").starts_with("* BYE") && session.over);
    let mut session = reader(&mut mail);
    let again = said(&mut session, &mut mail, "b SELECT INBOX");
    let number = |text: &str| text.split("UIDVALIDITY ").nth(1).unwrap().split(']').next().unwrap().parse::<u32>().unwrap();
    assert!(number(&again) > number(&validity), "{again}");
    mail.set_faults(Faults { no_idle: true, cut_imap: 1, ..Faults::default() });
    assert_eq!((session.heard(&mut mail, b"x NOOP\r\n"), session.cut), (vec![], true));
}

#[test]
fn a_token_opens_and_one_that_ended_is_refused_in_two_steps() {
    let mut mail = mail();
    // user=hello@tidewater.example^Aauth=Bearer ya29^A^A
    let bearer = "dXNlcj1oZWxsb0B0aWRld2F0ZXIuZXhhbXBsZQFhdXRoPUJlYXJlciB5YTI5AQE=";
    let mut session = imap::Session::default();
    assert!(said(&mut session, &mut mail, &format!("a AUTHENTICATE XOAUTH2 {bearer}")).starts_with("a OK"));
    mail.set_faults(Faults { expired_token: true, ..Faults::default() });
    let mut session = imap::Session::default();
    assert_eq!(said(&mut session, &mut mail, "a AUTHENTICATE XOAUTH2"), "+ \r\n");
    assert!(said(&mut session, &mut mail, bearer).starts_with("+ "));
    assert!(said(&mut session, &mut mail, "").starts_with("a NO [AUTHENTICATIONFAILED]"));
    assert!(said(&mut session, &mut mail, "b SELECT INBOX").starts_with("b BAD"));
    let (_, talk) = smtp(&mut mail, &["EHLO x", &format!("AUTH XOAUTH2 {bearer}"), ""]);
    assert!(talk.contains("\r\n334 ") && talk.ends_with("535 5.7.8 Authentication credentials invalid\r\n"), "{talk}");
}

#[test]
fn an_answer_comes_into_its_thread_and_the_next_one_back_to_it() {
    let mut mail = mail();
    let first = write(&mut mail, None, "Grinder", "Is it in stock?", 0);
    let letter = format!(
        "From: Tidewater <{SHOP}>\r\nReply-To: <hello+t1@tidewater.example>\r\nTo: <{MIA}>\r\nSubject: Re: Grinder\r\nMessage-ID: <answer@x>\r\n\
         In-Reply-To: <{first}>\r\nReferences: <{first}>\r\n\r\n..It is.\r\n."
    );
    let (_, talk) =
        smtp(&mut mail, &["EHLO x", PLAIN, &format!("MAIL FROM:<{SHOP}> SIZE=200"), &format!("RCPT TO:<{MIA}>"), "DATA", &letter, "QUIT"]);
    assert!(talk.contains("250 2.0.0 Ok: queued as") && talk.ends_with("221 2.0.0 Bye\r\n"), "{talk}");
    let screens = mail.screens_json(SHOP, "mia", 0);
    assert_eq!(
        (screens.len(), &screens[1]["name"], &screens[1]["messages"][1]["text"]),
        (2, &json!("Grinder"), &json!(".It is.")),
        "dots are single again"
    );
    write(&mut mail, Some(&first), "", "Two, please", 5);
    let mut session = reader(&mut mail);
    said(&mut session, &mut mail, "b SELECT INBOX");
    let last = said(&mut session, &mut mail, "c UID FETCH 2 BODY[]");
    assert!(last.contains("Delivered-To: hello+t1@tidewater.example") && last.contains("In-Reply-To: <answer@x>"), "{last}");
    assert!(last.contains(&format!("References: <{first}> <answer@x>")) && last.contains("Subject: Re: Grinder\r\n"), "{last}");
}

#[test]
fn letters_come_late_and_overtake_one_another_and_who_listens_may_hear_nothing() {
    let mut mail = mail();
    let faults = |mail: &mut Mail, faults| mail.set_faults(serde_json::from_value(faults).unwrap());
    faults(&mut mail, json!({ "delay_ms": 2_000 }));
    write(&mut mail, None, "late", "hi", 0);
    assert_eq!((mail.ledger().delivered.len(), mail.next_due()), (0, Some(at(2))));
    mail.due(at(1));
    assert_eq!(mail.ledger().delivered.len(), 0);
    mail.due(at(2));
    assert_eq!((mail.ledger().delivered.len(), mail.ledger().delivered[0].at, mail.next_due()), (1, at(2), None));
    faults(&mut mail, json!({ "shuffle": true, "shuffle_ms": 5_000 }));
    let ids: Vec<String> = ["a", "b", "c", "d", "e", "f"].iter().map(|text| write(&mut mail, None, text, text, 3)).collect();
    mail.due(at(9));
    let came: Vec<String> = mail.ledger().delivered[1..].iter().map(|one| one.message_id.clone()).collect();
    let uids: Vec<Option<u32>> = mail.ledger().delivered.iter().map(|one| one.uid).collect();
    assert_eq!(uids, (1..8).map(Some).collect::<Vec<_>>(), "numbered as they come");
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    assert!(came != ids && sorted(&came) == sorted(&ids), "{came:?} of {ids:?}");
    let mut session = reader(&mut mail);
    said(&mut session, &mut mail, "b SELECT INBOX");
    said(&mut session, &mut mail, "c IDLE");
    faults(&mut mail, json!({ "mute": true }));
    write(&mut mail, None, "quiet", "hi", 10);
    assert_eq!(session.news(&mail), b"");
    said(&mut session, &mut mail, "DONE");
    assert!(said(&mut session, &mut mail, "d NOOP").starts_with("* 8 EXISTS"), "whoever looks finds it");
}

#[test]
fn refusals_are_said_where_they_are_wanted_and_are_used_up() {
    let mut mail = mail();
    let refuse = |at, code, said: &str| Refuse { at, code, said: said.into(), count: 1, address: String::new() };
    let list = vec![refuse(Stage::Recipient, 450, "4.2.1 Greylisted"), refuse(Stage::Content, 554, "5.7.1 Spam")];
    mail.set_faults(Faults { refuse: list, drop_answer: 1, ..Faults::default() });
    let from = format!("MAIL FROM:<{SHOP}>");
    let to = format!("RCPT TO:<{MIA}>");
    let sends = ["EHLO x", PLAIN, &from, &to, &to, "DATA", "Subject: x\r\n\r\nhi\r\n."];
    let (_, talk) = smtp(&mut mail, &sends);
    assert!(talk.contains("450 4.2.1 Greylisted") && talk.ends_with("554 5.7.1 Spam\r\n"), "{talk}");
    assert!(mail.ledger().taken.is_empty());
    let (session, talk) = smtp(&mut mail, &sends);
    assert!(session.end == Some(smtp::End::Cut) && talk.ends_with("<CR><LF>.<CR><LF>\r\n"), "taken without an answer: {talk}");
    assert_eq!(mail.ledger().taken.len(), 1);
    let (_, talk) = smtp(&mut mail, &["EHLO x", &from]);
    assert!(talk.ends_with("530 5.7.0 Authentication required\r\n"), "{talk}");
    let (_, talk) = smtp(&mut mail, &["EHLO x", PLAIN, &format!("{from} SIZE=10001")]);
    assert!(talk.ends_with("552 5.3.4 Message size exceeds fixed limit\r\n"), "{talk}");
    let (_, talk) = smtp(&mut mail, &["EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>"]);
    assert!(talk.ends_with("550 5.7.1 Relaying denied\r\n"), "{talk}");
}

#[test]
fn what_nobody_has_comes_back_and_who_is_away_says_so_once_and_to_no_machine() {
    let mut mail = mail();
    mail.take("hello", SHOP, &["nobody@mail.example".into()], b"Subject: x\r\nMessage-ID: <one@x>\r\n\r\nhi\r\n", at(0));
    let mut session = reader(&mut mail);
    said(&mut session, &mut mail, "b SELECT INBOX");
    let report = said(&mut session, &mut mail, "c UID FETCH 1 BODY[]");
    for part in [
        "Return-Path: <>",
        "report-type=delivery-status",
        "Final-Recipient: rfc822; nobody@mail.example",
        "Status: 5.1.1",
        "Message-ID: <one@x>",
    ] {
        assert!(report.contains(part), "{part} in {report}");
    }
    mail.take("", "", &["nobody@mail.example".into()], b"Subject: x\r\n\r\nhi\r\n", at(1));
    assert_eq!(mail.ledger().automatic.len(), 1, "no report of a report");
    mail.act(SHOP, "mia", None, Act::Away { on: true }, at(2)).unwrap();
    for id in ["two", "three"] {
        mail.take("hello", SHOP, &[MIA.into()], format!("From: <{SHOP}>\r\nMessage-ID: <{id}@x>\r\n\r\nhi\r\n").as_bytes(), at(3));
    }
    mail.take("hello", "hello+x@tidewater.example", &[MIA.into()], b"Auto-Submitted: auto-replied\r\n\r\nhi\r\n", at(4));
    assert_eq!(mail.ledger().automatic[1..], [("absence".to_owned(), SHOP.to_owned())]);
    let note = said(&mut session, &mut mail, "d UID FETCH 2 BODY[]");
    let note = if note.contains("Auto-Submitted") { note } else { said(&mut session, &mut mail, "e UID FETCH 2 BODY[]") };
    for part in ["Auto-Submitted: auto-replied", "In-Reply-To: <two@x>", "dmarc=pass header.from=mail.example", "Return-Path: <>"] {
        assert!(note.contains(part), "{part} in {note}");
    }
}

#[test]
fn a_forged_judgement_is_taken_out_and_ours_is_the_only_one() {
    let mut mail = mail();
    let forged = "From: <ceo@tidewater.example>\r\nAuthentication-Results: mail.localhost;\r\n dmarc=pass\r\nSubject: pay\r\n\r\nnow\r\n";
    mail.take("", "evil@elsewhere.example", &[SHOP.into()], forged.as_bytes(), at(0));
    let mut session = reader(&mut mail);
    said(&mut session, &mut mail, "b SELECT INBOX");
    let letter = said(&mut session, &mut mail, "c UID FETCH 1 BODY.PEEK[HEADER.FIELDS (AUTHENTICATION-RESULTS)]");
    assert!(letter.contains("dmarc=fail header.from=tidewater.example") && !letter.contains("dmarc=pass"), "{letter}");
}
