//! One connection that brings letters (RFC 5321, with AUTH and SIZE): bytes in, bytes out.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use super::{Faults, Mail, Refused, Stage, bearer, letter, plain};
use crate::carrier::keep;

/// The longest line of a command, in bytes.
const LINE_BYTES: usize = 12 * 1024;
const RECIPIENTS: usize = 100;

/// How a connection ends, besides by a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// After what was said last.
    Close,
    /// Without a word, at once.
    Cut,
    /// Nothing is said any more, and the connection stays.
    Hang,
}

#[derive(Debug, Default)]
pub struct Session {
    buffer: Vec<u8>,
    greeted: bool,
    user: String,
    /// The address that may send.
    owner: String,
    sender: Option<String>,
    recipients: Vec<String>,
    awaits: Awaits,
    pub end: Option<End>,
}

#[derive(Debug, Default, PartialEq)]
enum Awaits {
    #[default]
    Command,
    Content,
    /// A word of the sign-in: of PLAIN or XOAUTH2, the user of LOGIN, then its password.
    Plain,
    Bearer,
    /// The empty line after a token was refused.
    Sorry,
    LoginUser,
    LoginPassword(String),
}

impl Session {
    /// What is said first.
    pub fn greet(&mut self, mail: &mut Mail, now: Timestamp) -> Vec<u8> {
        if let Some((code, said)) = mail.faults.refusal(Stage::Connect, "") {
            self.end = Some(End::Close);
            return refused(mail, "connect", code, &said, now);
        }
        format!("220 {} ESMTP\r\n", mail.name).into_bytes()
    }

    /// Takes what came; what is said to it.
    pub fn heard(&mut self, mail: &mut Mail, bytes: &[u8], now: Timestamp) -> Vec<u8> {
        self.buffer.extend_from_slice(bytes);
        let mut out = Vec::new();
        while self.end.is_none() {
            if self.awaits == Awaits::Content {
                let Some(content) = self.content() else {
                    // Far beyond what was allowed nobody listens any more.
                    if self.buffer.len() > mail.most_bytes * 2 {
                        self.end = Some(End::Cut);
                    }
                    break;
                };
                out.extend(self.taken(mail, &content, now));
                continue;
            }
            let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else {
                if self.buffer.len() > LINE_BYTES {
                    self.end = Some(End::Close);
                    out.extend(b"500 5.5.6 Line too long\r\n");
                }
                break;
            };
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            out.extend(self.line(mail, &line, now));
        }
        if self.end == Some(End::Cut) { Vec::new() } else { out }
    }

    fn line(&mut self, mail: &mut Mail, line: &str, now: Timestamp) -> Vec<u8> {
        match std::mem::take(&mut self.awaits) {
            Awaits::Command | Awaits::Content => {}
            Awaits::Sorry => return refused(mail, "AUTH", 535, "5.7.8 Authentication credentials invalid", now),
            awaits => return self.signing(mail, awaits, line, now),
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.greeted = true;
                self.forget();
                let size = mail.most_bytes;
                let most = ["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"].map(|word| format!("250-{word}\r\n")).concat();
                format!("250-{} at your service\r\n{most}250-SIZE {size}\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n", mail.name).into_bytes()
            }
            "HELO" => {
                self.greeted = true;
                self.forget();
                format!("250 {}\r\n", mail.name).into_bytes()
            }
            "NOOP" => b"250 2.0.0 Ok\r\n".to_vec(),
            "VRFY" => b"252 2.1.5 Send some mail, I'll try my best\r\n".to_vec(),
            "RSET" => {
                self.forget();
                b"250 2.0.0 Ok\r\n".to_vec()
            }
            "QUIT" => {
                self.end = Some(End::Close);
                b"221 2.0.0 Bye\r\n".to_vec()
            }
            _ if !self.greeted => refused(mail, verb, 503, "5.5.1 Say EHLO first", now),
            "AUTH" => self.sign_in(mail, rest, now),
            "MAIL" => self.mail(mail, rest, now),
            "RCPT" => self.recipient(mail, rest, now),
            "DATA" if self.recipients.is_empty() => refused(mail, verb, 503, "5.5.1 No valid recipients", now),
            "DATA" => match mail.faults.refusal(Stage::Data, self.sender.as_deref().unwrap_or_default()) {
                Some((code, said)) => refused(mail, verb, code, &said, now),
                None => {
                    self.awaits = Awaits::Content;
                    b"354 End data with <CR><LF>.<CR><LF>\r\n".to_vec()
                }
            },
            "STARTTLS" => refused(mail, verb, 502, "5.5.1 Not offered", now),
            _ => refused(mail, verb, 500, "5.5.2 Command unrecognized", now),
        }
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn sign_in(&mut self, mail: &mut Mail, rest: &str, now: Timestamp) -> Vec<u8> {
        if !self.owner.is_empty() {
            return refused(mail, "AUTH", 503, "5.5.1 Already signed in", now);
        }
        let (way, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let awaits = match way.to_ascii_uppercase().as_str() {
            "PLAIN" => Awaits::Plain,
            "XOAUTH2" => Awaits::Bearer,
            "LOGIN" => Awaits::LoginUser,
            _ => return refused(mail, "AUTH", 504, "5.5.4 Unrecognized authentication type", now),
        };
        if !initial.is_empty() {
            return self.signing(mail, awaits, initial, now);
        }
        let asks = if awaits == Awaits::LoginUser { "334 VXNlcm5hbWU6\r\n" } else { "334 \r\n" };
        self.awaits = awaits;
        asks.as_bytes().to_vec()
    }

    fn signing(&mut self, mail: &mut Mail, awaits: Awaits, line: &str, now: Timestamp) -> Vec<u8> {
        let said = STANDARD.decode(line.trim()).unwrap_or_default();
        if line == "*" {
            return refused(mail, "AUTH", 501, "5.7.0 Authentication cancelled", now);
        }
        let token = awaits == Awaits::Bearer;
        let known = match awaits {
            Awaits::LoginUser => {
                self.awaits = Awaits::LoginPassword(String::from_utf8_lossy(&said).into_owned());
                return b"334 UGFzc3dvcmQ6\r\n".to_vec();
            }
            Awaits::LoginPassword(user) => Some((user, String::from_utf8_lossy(&said).into_owned())),
            Awaits::Bearer => bearer(&said),
            _ => plain(&said),
        };
        let (user, secret) = known.unwrap_or_default();
        if let Some((code, said)) = mail.faults.refusal(Stage::SignIn, &user) {
            return refused(mail, "AUTH", code, &said, now);
        }
        match mail.signed_in("smtp", &user, &secret, token) {
            Some(owner) => {
                (self.user, self.owner) = (user, owner);
                b"235 2.7.0 Authentication successful\r\n".to_vec()
            }
            None if token => {
                self.awaits = Awaits::Sorry;
                let why = STANDARD.encode(r#"{"status":"401","schemes":"bearer","scope":"https://mail.example/"}"#);
                format!("334 {why}\r\n").into_bytes()
            }
            None => refused(mail, "AUTH", 535, "5.7.8 Authentication credentials invalid", now),
        }
    }

    fn mail(&mut self, mail: &mut Mail, rest: &str, now: Timestamp) -> Vec<u8> {
        let Some((address, options)) = path(rest, "FROM:") else {
            return refused(mail, "MAIL", 501, "5.5.4 Syntax: MAIL FROM:<address>", now);
        };
        if self.sender.is_some() {
            return refused(mail, "MAIL", 503, "5.5.1 Nested MAIL command", now);
        }
        let size = options
            .split(' ')
            .find_map(|option| option.to_ascii_uppercase().strip_prefix("SIZE=").and_then(|size| size.parse::<usize>().ok()));
        if size.is_some_and(|size| size > mail.most_bytes) {
            return refused(mail, "MAIL", 552, "5.3.4 Message size exceeds fixed limit", now);
        }
        if let Some((code, said)) = mail.faults.refusal(Stage::Sender, &address) {
            return refused(mail, "MAIL", code, &said, now);
        }
        // Who signed in writes for themselves, or for nobody; what a mailbox' owner is said to have written comes from who signed in.
        let ours = mail.mailboxes.contains_key(&letter::without_plus(&address));
        if ours && letter::without_plus(&address) != self.owner {
            let (code, said) = if self.owner.is_empty() {
                (530, "5.7.0 Authentication required")
            } else {
                (553, "5.7.1 Sender address rejected: not owned by user")
            };
            return refused(mail, "MAIL", code, said, now);
        }
        self.sender = Some(address);
        b"250 2.1.0 Ok\r\n".to_vec()
    }

    fn recipient(&mut self, mail: &mut Mail, rest: &str, now: Timestamp) -> Vec<u8> {
        let Some((address, _)) = path(rest, "TO:").filter(|(address, _)| address.contains('@')) else {
            return refused(mail, "RCPT", 501, "5.1.3 Bad recipient address syntax", now);
        };
        if self.sender.is_none() {
            return refused(mail, "RCPT", 503, "5.5.1 Need MAIL command", now);
        }
        if self.recipients.len() >= RECIPIENTS {
            return refused(mail, "RCPT", 452, "4.5.3 Too many recipients", now);
        }
        if let Some((code, said)) = mail.faults.refusal(Stage::Recipient, &address) {
            return refused(mail, "RCPT", code, &said, now);
        }
        if self.owner.is_empty() && !mail.knows(&address) {
            return refused(mail, "RCPT", 550, "5.7.1 Relaying denied", now);
        }
        self.recipients.push(address);
        b"250 2.1.5 Ok\r\n".to_vec()
    }

    /// The letter up to the final dot, with the dots that were doubled as one again.
    fn content(&mut self) -> Option<Vec<u8>> {
        let end = if self.buffer.starts_with(b".\r\n") { 0 } else { self.buffer.windows(5).position(|some| some == b"\r\n.\r\n")? + 2 };
        let raw: Vec<u8> = self.buffer.drain(..end + 3).take(end).collect();
        self.awaits = Awaits::Command;
        let mut content = Vec::with_capacity(raw.len());
        for line in raw.split_inclusive(|byte| *byte == b'\n') {
            content.extend_from_slice(if line.starts_with(b"..") { &line[1..] } else { line });
        }
        Some(content)
    }

    fn taken(&mut self, mail: &mut Mail, content: &[u8], now: Timestamp) -> Vec<u8> {
        let (sender, recipients) = (self.sender.take().unwrap_or_default(), std::mem::take(&mut self.recipients));
        if content.len() > mail.most_bytes {
            return refused(mail, "DATA", 552, "5.3.4 Message size exceeds fixed limit", now);
        }
        if let Some((code, said)) = mail.faults.refusal(Stage::Content, &sender) {
            return refused(mail, "content", code, &said, now);
        }
        mail.take(&self.user, &sender, &recipients, content, now);
        if Faults::strike(&mut mail.faults.drop_answer) {
            self.end = Some(End::Cut);
        } else if Faults::strike(&mut mail.faults.hang) {
            self.end = Some(End::Hang);
            return Vec::new();
        }
        format!("250 2.0.0 Ok: queued as {:08X}\r\n", mail.ledger.taken.len()).into_bytes()
    }
}

/// The address in angle brackets behind a word, and the options behind it.
fn path(rest: &str, word: &str) -> Option<(String, String)> {
    let head = rest.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
    let behind = rest[head.len()..].trim_start().strip_prefix('<')?;
    let (address, options) = behind.split_once('>')?;
    Some((address.to_owned(), options.trim().to_owned()))
}

fn refused(mail: &mut Mail, command: &str, code: u16, said: &str, now: Timestamp) -> Vec<u8> {
    keep(&mut mail.ledger.refused, Refused { at: now, command: command.to_owned(), code, said: said.to_owned() });
    format!("{code} {said}\r\n").into_bytes()
}
