//! A mailbox at a mail server: our letters are brought by SMTP and what came is fetched by IMAP, both without a socket.

mod talk;

use bytes::Bytes;
use connectors::{Door, Line, Login, MailServer, MailStage, Mailbox, Reply, Security};
use emulators::carrier::{Callback, CallbackAnswer, HttpAnswer};
use emulators::mail::{self, Mail, MailboxConfig, Person, Refuse, Stage};
use emulators::platform::{Accepted, Act, By, Faults, Ledger, Media, Refusal, Refused, Request, Shown, WebhookKind, WebhookTry};
use engine::OutgoingLetter;
use jiff::Timestamp;
use serde_json::{Value, json};
use talk::{Reader, Sender, at};

use super::{Emulated, LETTER};
use crate::channel::MIA;

pub const HOST: &str = "mail.localhost";
pub const IMAP_PORT: u16 = 1143;
pub const SMTP_PORT: u16 = 1587;
/// What access tokens are drawn with, and how long they live.
pub const REFRESH_TOKEN: &str = "from-the-owner";
const TOKEN_S: i64 = 3_600;
const MIAS: &str = "mia@mail.example";
/// The patience of our transports for one answer before the letter itself is said, in milliseconds.
const COMMAND_MS: u64 = 20_000;
/// A line that broke is opened again so much later, in seconds.
const AGAIN_S: i64 = 60;

pub struct OnMail {
    mail: Mail,
    mailbox: Mailbox,
    reader: Option<Reader>,
    validity: u32,
    /// The number of the newest letter that was handed on.
    last: u32,
    /// The line is broken until then.
    again_at: Timestamp,
    /// Each letter that was handed on, and its number.
    told: Vec<(WebhookTry, u32)>,
    faults: Faults,
    blocked: bool,
    /// How often a token was drawn, and until when the newest one holds.
    drawn: u32,
    token_until: Timestamp,
}

impl OnMail {
    pub fn new(address: &'static str, password: &'static str, name: &str) -> Self {
        let mailbox = MailboxConfig { address: address.into(), password: password.into(), ..MailboxConfig::default() };
        let mia = Person { key: MIA.into(), name: name.into(), address: MIAS.into() };
        let config = mail::MailConfig { mailboxes: vec![mailbox], people: vec![mia], ..mail::MailConfig::default() };
        let login = Login::Password { user: address.into(), password: password.into() };
        let server = MailServer { host: HOST.into(), port: IMAP_PORT, security: Security::Plain, login };
        let mut on = Self {
            mail: Mail::new(&config, 7),
            mailbox: Mailbox { server, folder: "INBOX".into() },
            reader: None,
            validity: 0,
            last: 0,
            again_at: Timestamp::UNIX_EPOCH,
            told: vec![],
            faults: Faults::default(),
            blocked: false,
            drawn: 0,
            token_until: Timestamp::UNIX_EPOCH,
        };
        on.open();
        on
    }

    fn open(&mut self) {
        self.reader = Reader::open(&mut self.mail, &self.mailbox).ok();
        self.validity = self.reader.as_ref().map_or(self.validity, |reader| reader.validity);
    }

    /// From now on XOAUTH2 takes this token alone; empty: none.
    fn take_token(&mut self, token: &str) {
        let Login::Password { password, .. } = &self.mailbox.server.login else { return };
        let (address, password) = (self.address().to_owned(), password.clone());
        self.mail.put_mailbox(MailboxConfig { address, password, token: token.into(), ..MailboxConfig::default() });
    }

    /// The line broke while it was read: it is opened again after a while.
    fn broken(&mut self, due: Vec<Callback>, now: Timestamp) -> Vec<Callback> {
        self.again_at = now + jiff::SignedDuration::from_secs(AGAIN_S);
        self.reader = None;
        due
    }

    /// Ends the token whose time is over.
    fn keep_tokens(&mut self, now: Timestamp) {
        if self.drawn > 0 && now >= self.token_until {
            self.take_token("");
        }
    }

    fn address(&self) -> &str {
        self.mailbox.server.login.user()
    }

    /// What stands in Mia's app, oldest first.
    fn letters(&self) -> Vec<Value> {
        let screens = self.mail.screens_json(self.address(), MIA, 0);
        let mut all: Vec<Value> = screens.iter().filter_map(|screen| screen["messages"].as_array()).flatten().cloned().collect();
        all.sort_by_key(|one| one["position"].as_u64());
        all
    }

    /// The thread of a letter, or the newest one.
    fn thread(&self, letter: Option<&str>) -> Option<String> {
        let screens = self.mail.screens_json(self.address(), MIA, 0);
        let newest = |screen: &Value| screen["messages"].as_array().and_then(|all| all.last()).and_then(|one| one["position"].as_u64());
        let has = |screen: &Value| match letter {
            Some(id) => screen["messages"].as_array().is_some_and(|all| all.iter().any(|one| one["id"] == id)),
            None => newest(screen).is_some(),
        };
        let found = screens.iter().filter(|screen| has(screen)).max_by_key(|screen| newest(screen));
        found.and_then(|screen| screen["place"].as_str()).map(str::to_owned)
    }

    /// A letter of no kind that anybody knows, as an answer in the newest thread.
    fn write_strangely(&mut self, json: &Value, now: Timestamp) -> String {
        let letters = self.letters();
        let about = letters.last().and_then(|one| one["id"].as_str()).unwrap_or_default();
        let id = format!("{}@mail.example", now.as_microsecond());
        let letter = format!(
            "From: <{MIAS}>\r\nTo: <{}>\r\nMessage-ID: <{id}>\r\nIn-Reply-To: <{about}>\r\nReferences: <{about}>\r\nMIME-Version: 9.0\r\n\
             Content-Type: multipart/brand-new; boundary=x\r\n\r\n--x\r\nContent-Type: brand/new\r\n\r\n{json}\r\n--x--\r\n",
            self.address()
        );
        let to = [self.address().to_owned()];
        self.mail.take("", MIAS, &to, letter.as_bytes(), now);
        id
    }

    /// In the words of a mail server.
    fn put_faults(&mut self) {
        let faults = &self.faults;
        let refuse = |at, code, said: &str, count| Refuse { at, code, said: said.into(), count, address: String::new() };
        let mut list = Vec::new();
        if faults.too_many > 0 {
            list.push(refuse(Stage::Recipient, 450, "4.7.1 Too many letters", faults.too_many));
        }
        if faults.server_error > 0 {
            list.push(refuse(Stage::Content, 451, "4.3.0 Local error in processing", faults.server_error));
        }
        if faults.expired_token {
            list.push(refuse(Stage::SignIn, 535, "5.7.8 Authentication credentials invalid", 0));
        }
        let unknown = faults.fail_code.map(|_| (MIAS.to_owned(), "5.1.1".to_owned()));
        let blocked = self.blocked.then(|| (MIAS.to_owned(), "5.7.1".to_owned()));
        self.mail.set_faults(mail::Faults {
            refuse: list,
            drop_answer: faults.drop_response,
            hang: faults.hang,
            duplicate: faults.duplicate,
            // Nothing is lost of a mailbox: the line breaks under who reads it.
            cut_imap: faults.drop_webhook,
            delay_ms: faults.delay_ms,
            jitter_ms: faults.jitter_ms,
            shuffle: faults.shuffle,
            shuffle_ms: faults.shuffle_ms,
            bounce: unknown.into_iter().chain(blocked).collect(),
            ..mail::Faults::default()
        });
    }

    /// Why nobody is met at this address; none: somebody is.
    fn away(&self, server: &MailServer, port: u16) -> Option<Reply> {
        match () {
            () if server.host != HOST => Some(Reply::NotSent("the name is unknown".into())),
            () if server.port != port => Some(Reply::NotSent("the connection was refused".into())),
            () if self.faults.answer_delay_ms >= COMMAND_MS => Some(Reply::NotSent("the mail server went silent".into())),
            () => None,
        }
    }
}

impl Emulated for OnMail {
    /// The door where access tokens are drawn.
    fn asked(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        if request.method != "POST" || request.path != "/token" {
            return HttpAnswer::empty(404);
        }
        if request.field("refresh_token").as_deref() != Some(REFRESH_TOKEN) {
            return HttpAnswer::json(400, &json!({ "error": "invalid_grant" }));
        }
        self.drawn += 1;
        self.token_until = now + jiff::SignedDuration::from_secs(TOKEN_S);
        let token = format!("drawn-{}", self.drawn);
        self.take_token(&token);
        HttpAnswer::json(200, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": TOKEN_S }))
    }

    fn due(&mut self, now: Timestamp) -> Vec<Callback> {
        self.mail.due(now);
        if now < self.again_at {
            return vec![];
        }
        if self.reader.is_none() {
            self.open();
        }
        let Some(reader) = &mut self.reader else { return vec![] };
        let mut due = Vec::new();
        let Ok(came) = reader.after(&mut self.mail, self.last) else { return self.broken(due, now) };
        for uid in came {
            let Ok(fetched) = reader.fetch(&mut self.mail, uid) else { return self.broken(due, now) };
            let Some(fetched) = fetched else { continue };
            self.last = uid;
            let report = fetched.bytes.windows(16).any(|some| some == b"multipart/report");
            let kind = if report { WebhookKind::Status } else { WebhookKind::Inbound };
            let key = format!("mail:{}:{}", self.mailbox.name(), self.validity);
            let id = u64::MAX - self.told.len() as u64;
            let tried = WebhookTry { what: "letter".into(), ..WebhookTry::first(id, kind, key.clone(), now) };
            self.told.push((tried, uid));
            due.push(Callback {
                id,
                kind,
                method: LETTER,
                // Letters are counted in ten digits, so that a later one is a larger text.
                url: format!("{key} {uid:010}"),
                headers: fetched.came_at.map(|at| ("came-at".to_owned(), at.as_microsecond().to_string())).into_iter().collect(),
                form: vec![],
                json: Some(fetched.bytes.into()),
                connect_timeout_ms: 0,
                timeout_ms: 0,
            });
        }
        due
    }
    fn next_due(&self) -> Option<Timestamp> {
        self.mail.next_due()
    }
    /// What was not taken is fetched again over a new line.
    fn answered(&mut self, id: u64, answer: CallbackAnswer, now: Timestamp) {
        let Some((told, uid)) = self.told.iter_mut().find(|(told, _)| told.id == id) else { return };
        told.answered_at = Some(now);
        if let CallbackAnswer::Answered { status, .. } = answer {
            told.answer_status = Some(status);
        }
        match (told.answer_status, &mut self.reader) {
            (Some(200), Some(reader)) => reader.mark(&mut self.mail, *uid),
            _ => {
                self.last = self.last.min(*uid - 1);
                self.broken(vec![], now);
            }
        }
    }

    /// Whoever wrote once goes on in their newest thread; whoever blocks us has their server send our letters back.
    fn act(&mut self, act: Act, now: Timestamp) -> Result<String, Refusal> {
        let mailbox = self.address().to_owned();
        match act {
            Act::Block | Act::Unblock => {
                self.blocked = matches!(act, Act::Block);
                self.put_faults();
                Ok(String::new())
            }
            Act::Raw { json, .. } => Ok(self.write_strangely(&json, now)),
            Act::Say { text, media, reply_to, .. } => {
                let thread = self.thread(reply_to.as_deref());
                let subject = if thread.is_none() { "A question".to_owned() } else { String::new() };
                self.mail.act(&mailbox, MIA, thread.as_deref(), Act::Mail { subject, text, html: String::new(), media }, now)
            }
            other => self.mail.act(&mailbox, MIA, None, other, now),
        }
    }

    fn screen(&self) -> Vec<Shown> {
        let word = |json: &Value, name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let shown = self.letters().into_iter().map(|one| Shown {
            position: one["position"].as_u64().unwrap_or(0),
            person: MIA.into(),
            id: word(&one, "id"),
            by: if one["by"] == "person" { By::Person } else { By::Business },
            kind: "text".into(),
            text: word(&one, "text"),
            media: one["media"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|file| Media { file: word(file, "file"), content_type: word(file, "content_type"), ..Media::default() })
                .collect(),
            at_ms: one["at_ms"].as_i64().unwrap_or(0),
            delivered: true,
            arrived: true,
            ..Shown::default()
        });
        shown.collect()
    }

    fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
        self.put_faults();
    }

    /// A letter counts once under its id, however often it was brought: by it, mail knows a repeat.
    fn ledger(&self) -> Ledger {
        let told = self.mail.ledger();
        let screen = self.screen();
        let mut accepted: Vec<Accepted> = Vec::new();
        for taken in told.taken.iter().filter(|taken| !taken.user.is_empty()) {
            if accepted.iter().any(|one| one.id == taken.message_id) {
                continue;
            }
            let shown = screen.iter().find(|one| one.id == taken.message_id);
            accepted.push(Accepted {
                id: taken.message_id.clone(),
                at: taken.at,
                person: taken.recipients.join(", "),
                kind: "letter".into(),
                text: shown.map(|one| one.text.clone()).unwrap_or_default(),
                body: json!({ "subject": taken.subject, "bytes": taken.bytes }),
            });
        }
        let refused = told.refused.iter().map(|one| Refused {
            at: one.at,
            method: one.command.clone(),
            path: String::new(),
            status: one.code,
            code: u32::from(one.code),
            subcode: None,
        });
        Ledger {
            accepted,
            webhooks: self.told.iter().map(|(told, _)| told.clone()).collect(),
            refused: refused.collect(),
            ..Ledger::default()
        }
    }

    fn names_pauses(&self) -> Option<bool> {
        Some(false)
    }
    fn file(&self, id: &str) -> Option<Bytes> {
        self.mail.file_bytes_of(id).map(|(_, bytes)| bytes)
    }
    fn mistake(&mut self, what: &str, now: Timestamp) -> bool {
        if what == "over" {
            self.token_until = now;
        }
        what == "over"
    }

    fn cursor_key(&self) -> Option<String> {
        Some(format!("mail:{}:{}", self.mailbox.name(), self.validity))
    }
    fn dial(&mut self, cursor: Option<&str>, _now: Timestamp) {
        self.last = cursor.and_then(|value| value.parse().ok()).unwrap_or(0);
        self.open();
    }
    fn knocked(&mut self, door: &Door, now: Timestamp) -> Reply {
        self.keep_tokens(now);
        let done = match door {
            Door::Line(Line::Mailbox(mailbox)) => match self.away(&mailbox.server, IMAP_PORT) {
                Some(away) => Err(away),
                None => Reader::open(&mut self.mail, mailbox).map(drop),
            },
            Door::Post(server) => match self.away(server, SMTP_PORT) {
                Some(away) => Err(away),
                None => Sender::open(&mut self.mail, server, now).map(drop),
            },
            Door::Line(Line::Gateway(_)) => Err(Reply::NotSent("this is a mail server".into())),
        };
        done.err().unwrap_or_else(|| at(MailStage::Done, 0, ""))
    }
    fn posted(&mut self, out: &OutgoingLetter, now: Timestamp) -> Reply {
        self.keep_tokens(now);
        if let Some(away) = self.away(&out.letter.server, SMTP_PORT) {
            return away;
        }
        if Faults::strike(&mut self.faults.lose_request) {
            return Reply::Unknown("the connection was cut while the letter was said".into());
        }
        let content = match transports::render(&out.letter, &out.files) {
            Ok(content) => content,
            Err(error) => return at(MailStage::Content, 501, &format!("{error:#}")),
        };
        let sent = Sender::open(&mut self.mail, &out.letter.server, now)
            .and_then(|mut sender| sender.hand_over(&mut self.mail, &out.letter, &content, now));
        sent.unwrap_or_else(|reply| reply)
    }
}
