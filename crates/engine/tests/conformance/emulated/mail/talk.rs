//! What is said to the mail server: SMTP to bring a letter, IMAP to fetch some, each on a connection that is a value.

use base64::{Engine, engine::general_purpose::STANDARD};
use connectors::{Letter, Login, MailServer, MailStage, Mailbox, Refused, Reply, Security};
use emulators::mail::{Mail, imap, smtp};
use jiff::Timestamp;

pub fn at(stage: MailStage, code: u16, said: &str) -> Reply {
    Reply::Mail { stage, code, said: said.trim().to_owned(), refused: vec![] }
}

/// One connection that brings letters, signed in.
pub struct Sender {
    session: smtp::Session,
}

impl Sender {
    pub fn open(mail: &mut Mail, server: &MailServer, now: Timestamp) -> Result<Self, Reply> {
        if server.security != Security::Plain {
            return Err(at(MailStage::Secure, 0, "the mail server offers no TLS"));
        }
        let mut sender = Self { session: smtp::Session::default() };
        let greeting = sender.session.greet(mail, now);
        judged(&greeting, MailStage::Greeting, 220)?;
        sender.says(mail, "EHLO localhost", MailStage::Greeting, 250, now)?;
        if let Login::Password { user, password } = &server.login {
            let word = STANDARD.encode(format!("\0{user}\0{password}"));
            sender.says(mail, &format!("AUTH PLAIN {word}"), MailStage::SignIn, 235, now)?;
        }
        if let Login::Bearer { user, token } = &server.login {
            sender.shows(mail, user, token, now)?;
        }
        Ok(sender)
    }

    /// A token that is refused is explained first; then an empty line brings the refusal.
    fn shows(&mut self, mail: &mut Mail, user: &str, token: &str, now: Timestamp) -> Result<(), Reply> {
        let line = format!("AUTH XOAUTH2 {}", bearer(user, token));
        match self.says(mail, &line, MailStage::SignIn, 235, now) {
            Err(Reply::Mail { code: 334, .. }) => self.says(mail, "", MailStage::SignIn, 235, now),
            other => other,
        }
    }

    /// Hands a letter over. Until its content leaves, a silence says that nothing was taken; from then on it says nothing.
    pub fn hand_over(&mut self, mail: &mut Mail, letter: &Letter, content: &[u8], now: Timestamp) -> Result<Reply, Reply> {
        self.says(mail, &format!("MAIL FROM:<{}> SIZE={}", letter.sender, content.len()), MailStage::Sender, 250, now)?;
        let mut refused = Vec::new();
        for address in &letter.recipients {
            match self.says(mail, &format!("RCPT TO:<{address}>"), MailStage::Recipients, 250, now) {
                Err(Reply::Mail { code, said, .. }) => refused.push(Refused { address: address.clone(), code, said }),
                other => other?,
            }
        }
        if let Some(first) = refused.first().filter(|_| refused.len() == letter.recipients.len()) {
            return Ok(Reply::Mail { stage: MailStage::Recipients, code: first.code, said: first.said.clone(), refused });
        }
        self.says(mail, "DATA", MailStage::Content, 354, now)?;
        let mut bytes = Vec::with_capacity(content.len() + 8);
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                bytes.push(b'.');
            }
            bytes.extend_from_slice(line);
        }
        if !bytes.ends_with(b"\r\n") {
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b".\r\n");
        let answer = self.session.heard(mail, &bytes, now);
        if answer.is_empty() {
            return Ok(Reply::Unknown("the mail server did not say whether it took the letter".into()));
        }
        judged(&answer, MailStage::Content, 250)?;
        Ok(Reply::Mail { stage: MailStage::Done, code: 250, said: String::new(), refused })
    }

    fn says(&mut self, mail: &mut Mail, line: &str, stage: MailStage, wanted: u16, now: Timestamp) -> Result<(), Reply> {
        let answer = self.session.heard(mail, format!("{line}\r\n").as_bytes(), now);
        judged(&answer, stage, wanted)
    }
}

fn bearer(user: &str, token: &str) -> String {
    STANDARD.encode(format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"))
}

fn judged(answer: &[u8], stage: MailStage, wanted: u16) -> Result<(), Reply> {
    let said = String::from_utf8_lossy(answer).into_owned();
    match said.get(..3).and_then(|code| code.parse::<u16>().ok()) {
        Some(code) if code == wanted => Ok(()),
        Some(code) => Err(at(stage, code, said.get(4..).unwrap_or_default())),
        None => Err(Reply::NotSent("the connection was cut".into())),
    }
}

/// One connection that reads a folder, opened.
pub struct Reader {
    session: imap::Session,
    pub validity: u32,
}

/// A letter as the server hands it out.
pub struct Fetched {
    pub came_at: Option<Timestamp>,
    pub bytes: Vec<u8>,
}

impl Reader {
    pub fn open(mail: &mut Mail, mailbox: &Mailbox) -> Result<Self, Reply> {
        if mailbox.server.security != Security::Plain {
            return Err(at(MailStage::Secure, 0, "the mail server offers no TLS"));
        }
        let mut reader = Self { session: imap::Session::default(), validity: 0 };
        if let Login::Password { user, password } = &mailbox.server.login {
            reader.says(mail, &format!("LOGIN \"{user}\" \"{password}\""), MailStage::SignIn)?;
        }
        if let Login::Bearer { user, token } = &mailbox.server.login {
            let answer = reader.says(mail, &format!("AUTHENTICATE XOAUTH2 {}", bearer(user, token)), MailStage::SignIn);
            answer.map_err(|_| at(MailStage::SignIn, 0, "the token is not taken"))?;
        }
        let opened = reader.says(mail, &format!("SELECT \"{}\"", mailbox.folder), MailStage::Folder)?;
        let opened = String::from_utf8_lossy(&opened).into_owned();
        let validity = opened.split_once("UIDVALIDITY ").and_then(|(_, rest)| rest.split(']').next());
        reader.validity = validity.and_then(|number| number.parse().ok()).unwrap_or(0);
        Ok(reader)
    }

    /// The numbers of what came after one.
    pub fn after(&mut self, mail: &mut Mail, last: u32) -> Result<Vec<u32>, Reply> {
        let found = self.says(mail, &format!("UID SEARCH UID {}:*", u64::from(last) + 1), MailStage::Folder)?;
        let found = String::from_utf8_lossy(&found).into_owned();
        let line = found.lines().find_map(|line| line.strip_prefix("* SEARCH")).unwrap_or_default();
        // `n:*` names the last letter even where it is older than n.
        Ok(line.split_whitespace().filter_map(|number| number.parse().ok()).filter(|uid| *uid > last).collect())
    }

    pub fn fetch(&mut self, mail: &mut Mail, uid: u32) -> Result<Option<Fetched>, Reply> {
        let answer = self.says(mail, &format!("UID FETCH {uid} (UID INTERNALDATE BODY.PEEK[])"), MailStage::Folder)?;
        let Some(open) = answer.windows(7).position(|some| some == b"BODY[] ").map(|at| at + 7) else { return Ok(None) };
        let head = String::from_utf8_lossy(&answer[..open]).into_owned();
        let date = head.split_once("INTERNALDATE \"").and_then(|(_, rest)| rest.split('"').next());
        let came_at = date.and_then(|date| jiff::Zoned::strptime("%d-%b-%Y %H:%M:%S %z", date).ok()).map(|at| at.timestamp());
        let rest = &answer[open..];
        let Some(line) = rest.windows(3).position(|some| some == b"}\r\n") else { return Ok(None) };
        let bytes = String::from_utf8_lossy(&rest[1..line]).parse::<usize>().unwrap_or(0);
        Ok(Some(Fetched { came_at, bytes: rest[line + 3..].iter().take(bytes).copied().collect() }))
    }

    pub fn mark(&mut self, mail: &mut Mail, uid: u32) {
        let _ = self.says(mail, &format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)"), MailStage::Folder);
    }

    fn says(&mut self, mail: &mut Mail, line: &str, stage: MailStage) -> Result<Vec<u8>, Reply> {
        let answer = self.session.heard(mail, format!("a {line}\r\n").as_bytes());
        let last = answer.split(|byte| *byte == b'\n').rev().find(|line| !line.is_empty()).unwrap_or_default();
        let last = String::from_utf8_lossy(last).into_owned();
        match last.strip_prefix("a ") {
            Some(said) if said.starts_with("OK") => Ok(answer),
            Some(said) => Err(at(stage, 0, said.split_once(' ').map_or("", |(_, words)| words))),
            None => Err(Reply::NotSent("the connection was cut".into())),
        }
    }
}
