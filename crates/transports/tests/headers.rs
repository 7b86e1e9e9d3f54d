//! What people write into subjects, names and file names cannot become a line of a letter's head.

use std::collections::BTreeMap;

use connectors::{FileRef, Letter, Login, MailAddress, MailServer, Security};
use model::Timestamp;

const ROUNDS: u32 = 3_000;
const PIECES: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\u{2028}",
    "\u{85}",
    "\0",
    "\t",
    " ",
    "Bcc: evil@x.example",
    "X-Evil: 1",
    ":",
    "\"",
    "<",
    ">",
    "=?utf-8?q?",
    "?=",
    "é",
    "커피",
    "👩‍👩‍👧",
    "a",
    "Order 1042",
    "\\",
    ";",
    "--",
    ".",
];
const KNOWN: &[&str] = &[
    "Date",
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "X-Seaway-Loop",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
    fn text(&mut self) -> String {
        (0..self.below(9)).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }
}

fn letter(dice: &mut Dice) -> Letter {
    let server = MailServer { host: "smtp.example".into(), port: 25, security: Security::Plain, login: Login::Nobody };
    let mut address = |local: &str| MailAddress { name: dice.text(), address: format!("{local}@tide.example") };
    let (from, to, cc, reply_to) = (address("support"), address("kim"), address("boss"), address("reply"));
    Letter {
        server,
        sender: String::new(),
        recipients: vec!["kim@tide.example".into()],
        from,
        to: vec![to],
        cc: vec![cc],
        reply_to: Some(reply_to),
        subject: dice.text(),
        message_id: "one@tide.example".into(),
        in_reply_to: Some(dice.text()),
        references: vec![dice.text(), dice.text()],
        at: Timestamp::from_secs(1_800_000_000),
        headers: vec![("X-Seaway-Loop".into(), dice.text())],
        text: dice.text(),
        html: dice.text(),
        files: vec![FileRef { key: "k".into(), name: dice.text(), media_type: "text/plain".into(), bytes: 1, ..FileRef::default() }],
    }
}

/// Proves S21.
#[test]
fn nothing_that_is_written_becomes_a_line_of_the_head() {
    let mut dice = Dice(0x5eed);
    let files = BTreeMap::from([("k".to_owned(), bytes::Bytes::from_static(b"x"))]);
    for round in 0..ROUNDS {
        let letter = letter(&mut dice);
        let raw = transports::render(&letter, &files).unwrap_or_else(|error| panic!("round {round}: {error:#}\n{letter:#?}"));
        let raw = String::from_utf8_lossy(&raw).into_owned();
        let (head, _) = raw.split_once("\r\n\r\n").expect("a head and a body");
        for line in head.split("\r\n") {
            assert!(!line.contains(['\r', '\n', '\0']), "round {round}: {line:?} in {head}");
            let name = line.split(':').next().unwrap_or_default();
            let folded = line.starts_with([' ', '\t']);
            assert!(folded || KNOWN.contains(&name), "round {round}: {line:?} is a header that nobody wrote\n{letter:#?}");
        }
    }
}

/// Proves S21: an address with more than an address in it reaches neither head nor server.
#[test]
fn an_address_with_a_line_break_is_no_address() {
    for more in ["\r\nBcc: evil@x.example", "\nRCPT TO:<evil@x.example>", "\r", "> SIZE=1", "\0", " x@y.example"] {
        let broken = MailAddress { name: String::new(), address: format!("kim@tide.example{more}") };
        let good = letter(&mut Dice(1));
        for letter in [
            Letter { from: broken.clone(), ..good.clone() },
            Letter { to: vec![broken.clone()], ..good.clone() },
            Letter { cc: vec![broken.clone()], ..good.clone() },
            Letter { reply_to: Some(broken.clone()), ..good.clone() },
        ] {
            let files = BTreeMap::from([("k".to_owned(), bytes::Bytes::from_static(b"x"))]);
            assert!(transports::render(&letter, &files).is_err(), "{more:?}");
        }
    }
}
