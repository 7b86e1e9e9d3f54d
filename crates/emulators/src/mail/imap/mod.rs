//! One connection that reads a mailbox (IMAP4rev1 with IDLE, UIDPLUS' MOVE, SASL-IR and literals that do not wait): bytes in, bytes out.
//! ENVELOPE and BODYSTRUCTURE are not there: whoever reads through it takes whole letters or lines of their heads.

mod command;
mod fetch;
mod search;

use base64::{Engine, engine::general_purpose::STANDARD};
use command::{Came, Gathering, Piece};
use fetch::Item;

use super::{Faults, Folder, INBOX, Mail, bearer, plain};
use crate::carrier::keep;

#[derive(Debug, Default)]
pub struct Session {
    buffer: Vec<u8>,
    gathering: Gathering,
    /// Whose mailbox is open.
    owner: Option<String>,
    selected: Option<Selected>,
    awaits: Awaits,
    /// Nothing more is said after what was said last.
    pub over: bool,
    /// The connection ends without a word.
    pub cut: bool,
}

#[derive(Debug)]
struct Selected {
    folder: String,
    validity: u32,
    /// What the client knows of it: numbers in order.
    uids: Vec<u32>,
    read_only: bool,
}

#[derive(Debug, Default, PartialEq)]
enum Awaits {
    #[default]
    Command,
    /// The tag of AUTHENTICATE, and whether a token comes.
    SignIn(String, bool),
    /// The empty line after a token was refused.
    Sorry(String),
    /// The tag of IDLE.
    Done(String),
}

impl Session {
    pub fn greet(&self, mail: &Mail) -> Vec<u8> {
        format!("* OK [CAPABILITY {}] {} ready\r\n", capabilities(mail), mail.name).into_bytes()
    }

    /// Takes what came; what is said to it.
    pub fn heard(&mut self, mail: &mut Mail, bytes: &[u8]) -> Vec<u8> {
        self.buffer.extend_from_slice(bytes);
        let mut out = Vec::new();
        while !self.over && !self.cut {
            if self.awaits != Awaits::Command {
                let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else { break };
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                out.extend(self.line(mail, String::from_utf8_lossy(&line).trim()));
                continue;
            }
            match self.gathering.take(&mut self.buffer) {
                None => break,
                Some(Came::Literal { asks: true }) => out.extend(b"+ Go on\r\n"),
                Some(Came::Literal { asks: false }) => {}
                Some(Came::TooLarge) => {
                    out.extend(b"* BYE Too much at once\r\n");
                    self.over = true;
                }
                Some(Came::Whole(pieces)) => out.extend(self.command(mail, &pieces)),
            }
        }
        if self.cut { Vec::new() } else { out }
    }

    /// What is said without being asked: only while the client listens.
    pub fn news(&mut self, mail: &Mail) -> Vec<u8> {
        if matches!(self.awaits, Awaits::Done(_)) && !mail.faults.mute { self.untold(mail) } else { Vec::new() }
    }

    /// What changed in the open folder since the client was told.
    fn untold(&mut self, mail: &Mail) -> Vec<u8> {
        let (Some(owner), Some(selected)) = (&self.owner, &mut self.selected) else { return Vec::new() };
        let folder = mail.mailboxes.get(owner).and_then(|mailbox| mailbox.folders.get(&selected.folder));
        let Some(folder) = folder.filter(|folder| folder.validity == selected.validity) else {
            // A folder in another life cannot go on under its old numbers.
            self.over = true;
            return b"* BYE The mailbox was made anew\r\n".to_vec();
        };
        let mut out = Vec::new();
        for at in (0..selected.uids.len()).rev() {
            if !folder.letters.iter().any(|letter| Some(&letter.uid) == selected.uids.get(at)) {
                selected.uids.remove(at);
                out.extend(format!("* {} EXPUNGE\r\n", at + 1).bytes());
            }
        }
        let known = selected.uids.last().copied().unwrap_or(0);
        let fresh: Vec<u32> = folder.letters.iter().map(|letter| letter.uid).filter(|uid| *uid > known).collect();
        if !fresh.is_empty() {
            selected.uids.extend(&fresh);
            out.extend(format!("* {} EXISTS\r\n* {} RECENT\r\n", selected.uids.len(), fresh.len()).bytes());
        }
        out
    }

    fn line(&mut self, mail: &mut Mail, line: &str) -> Vec<u8> {
        match std::mem::take(&mut self.awaits) {
            Awaits::Done(tag) if line.eq_ignore_ascii_case("DONE") => tagged(&tag, "OK", "Idle ended"),
            Awaits::Done(tag) => tagged(&tag, "BAD", "DONE was expected"),
            Awaits::Sorry(tag) => tagged(&tag, "NO", "[AUTHENTICATIONFAILED] Invalid credentials"),
            Awaits::SignIn(tag, token) => self.sign_in(mail, &tag, token, line),
            Awaits::Command => Vec::new(),
        }
    }

    fn sign_in(&mut self, mail: &mut Mail, tag: &str, token: bool, line: &str) -> Vec<u8> {
        let said = STANDARD.decode(line).unwrap_or_default();
        let (user, secret) = if token { bearer(&said) } else { plain(&said) }.unwrap_or_default();
        self.owner = mail.signed_in("imap", &user, &secret, token);
        match (&self.owner, token) {
            (Some(_), _) => tagged(tag, "OK", &format!("[CAPABILITY {}] Signed in", capabilities(mail))),
            (None, true) => {
                self.awaits = Awaits::Sorry(tag.to_owned());
                let why = STANDARD.encode(r#"{"status":"401","schemes":"bearer","scope":"https://mail.example/"}"#);
                format!("+ {why}\r\n").into_bytes()
            }
            (None, false) => tagged(tag, "NO", "[AUTHENTICATIONFAILED] Invalid credentials"),
        }
    }

    fn command(&mut self, mail: &mut Mail, pieces: &[Piece]) -> Vec<u8> {
        let word = |at: usize| pieces.get(at).map(Piece::text).unwrap_or_default();
        let (tag, verb) = (word(0), word(1).to_ascii_uppercase());
        if tag.is_empty() {
            return b"* BAD A command begins with a tag\r\n".to_vec();
        }
        if Faults::strike(&mut mail.faults.cut_imap) {
            self.cut = true;
            return Vec::new();
        }
        let by_uid = verb == "UID";
        let said = if by_uid { format!("UID {}", word(2).to_ascii_uppercase()) } else { verb.clone() };
        keep(&mut mail.ledger.imap, said.clone());
        let rest = pieces.get(if by_uid { 3 } else { 2 }..).unwrap_or_default();
        match said.as_str() {
            "CAPABILITY" => [format!("* CAPABILITY {}\r\n", capabilities(mail)).into_bytes(), tagged(&tag, "OK", "Done")].concat(),
            "ID" => [b"* ID (\"name\" \"emulator\")\r\n".to_vec(), tagged(&tag, "OK", "Done")].concat(),
            "NOOP" | "CHECK" => [self.untold(mail), tagged(&tag, "OK", "Done")].concat(),
            "LOGOUT" => {
                self.over = true;
                [b"* BYE See you\r\n".to_vec(), tagged(&tag, "OK", "Done")].concat()
            }
            "LOGIN" if self.owner.is_none() => {
                self.owner = mail.signed_in("imap", &word(2), &word(3), false);
                match &self.owner {
                    Some(_) => tagged(&tag, "OK", &format!("[CAPABILITY {}] Signed in", capabilities(mail))),
                    None => tagged(&tag, "NO", "[AUTHENTICATIONFAILED] Invalid credentials"),
                }
            }
            "AUTHENTICATE" if self.owner.is_none() => {
                let token = match word(2).to_ascii_uppercase().as_str() {
                    "XOAUTH2" => true,
                    "PLAIN" => false,
                    _ => return tagged(&tag, "NO", "There is no such way to sign in"),
                };
                match pieces.get(3) {
                    Some(initial) => self.sign_in(mail, &tag, token, &initial.text()),
                    None => {
                        self.awaits = Awaits::SignIn(tag, token);
                        b"+ \r\n".to_vec()
                    }
                }
            }
            _ if self.owner.is_none() => tagged(&tag, "BAD", "Sign in first"),
            "IDLE" if mail.faults.no_idle => tagged(&tag, "BAD", "Unknown command"),
            "IDLE" => {
                self.awaits = Awaits::Done(tag);
                [b"+ idling\r\n".to_vec(), self.untold(mail)].concat()
            }
            _ => self.in_mailbox(mail, &tag, &said, rest, by_uid),
        }
    }

    fn in_mailbox(&mut self, mail: &mut Mail, tag: &str, verb: &str, rest: &[Piece], by_uid: bool) -> Vec<u8> {
        let owner = self.owner.clone().unwrap_or_default();
        let name = rest.first().map(Piece::text).map(|name| if name.eq_ignore_ascii_case(INBOX) { INBOX.to_owned() } else { name });
        match verb {
            "SELECT" | "EXAMINE" => self.select(mail, tag, &name.unwrap_or_default(), verb == "EXAMINE"),
            "CREATE" => {
                let fresh = mail.fresh_folder();
                let Some(mailbox) = mail.mailboxes.get_mut(&owner) else { return tagged(tag, "NO", "The mailbox is gone") };
                let name = name.unwrap_or_default();
                if name.is_empty() || mailbox.folders.contains_key(&name) || mailbox.folders.len() > 50 {
                    return tagged(tag, "NO", "[ALREADYEXISTS] It is there");
                }
                mailbox.folders.insert(name, fresh);
                tagged(tag, "OK", "Created")
            }
            "LIST" | "LSUB" => {
                let names =
                    mail.mailboxes.get(&owner).map(|mailbox| mailbox.folders.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
                let lines: String = names.iter().map(|name| format!("* {verb} () \"/\" \"{name}\"\r\n")).collect();
                [lines.into_bytes(), tagged(tag, "OK", "Listed")].concat()
            }
            "STATUS" => {
                let found = mail.mailboxes.get(&owner).and_then(|mailbox| mailbox.folders.get(name.as_deref().unwrap_or_default()));
                let Some(folder) = found else { return tagged(tag, "NO", "[NONEXISTENT] There is no such folder") };
                let unseen = folder.letters.iter().filter(|letter| !letter.flags.contains("\\Seen")).count();
                let line = format!(
                    "* STATUS \"{}\" (MESSAGES {} UIDNEXT {} UIDVALIDITY {} UNSEEN {unseen})\r\n",
                    name.unwrap_or_default(),
                    folder.letters.len(),
                    folder.next,
                    folder.validity
                );
                [line.into_bytes(), tagged(tag, "OK", "Done")].concat()
            }
            _ if self.selected.is_none() => tagged(tag, "BAD", "Select a folder first"),
            "CLOSE" | "UNSELECT" => {
                self.selected = None;
                tagged(tag, "OK", "Closed")
            }
            "SEARCH" | "UID SEARCH" => {
                let told = self.untold(mail);
                let Some(folder) = self.folder(mail) else { return told };
                let Some(places) = search::search(folder, rest) else {
                    return [told, tagged(tag, "BAD", "That cannot be searched for")].concat();
                };
                let uid = |place: &usize| folder.letters.get(place - 1).map_or(0, |letter| letter.uid).to_string();
                let numbers = places.iter().map(|place| if by_uid { uid(place) } else { place.to_string() }).collect::<Vec<_>>();
                let line = format!("* SEARCH{}{}\r\n", if numbers.is_empty() { "" } else { " " }, numbers.join(" "));
                [told, line.into_bytes(), tagged(tag, "OK", "Searched")].concat()
            }
            "FETCH" | "UID FETCH" => self.fetch(mail, tag, rest, by_uid),
            "STORE" | "UID STORE" => self.store(mail, tag, rest, by_uid),
            "MOVE" | "UID MOVE" | "COPY" | "UID COPY" => self.copy(mail, tag, rest, by_uid, verb.ends_with("MOVE")),
            "EXPUNGE" => {
                if let Some(folder) = self.folder_mut(mail) {
                    folder.letters.retain(|letter| !letter.flags.contains("\\Deleted"));
                }
                mail.changes += 1;
                [self.untold(mail), tagged(tag, "OK", "Expunged")].concat()
            }
            _ => tagged(tag, "BAD", "Unknown command"),
        }
    }

    fn select(&mut self, mail: &Mail, tag: &str, name: &str, read_only: bool) -> Vec<u8> {
        self.selected = None;
        let owner = self.owner.clone().unwrap_or_default();
        let Some(folder) = mail.mailboxes.get(&owner).and_then(|mailbox| mailbox.folders.get(name)) else {
            return tagged(tag, "NO", "[NONEXISTENT] There is no such folder");
        };
        let flags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
        let lines = format!(
            "* FLAGS ({flags})\r\n* OK [PERMANENTFLAGS ({flags} \\*)] Kept\r\n* {} EXISTS\r\n* 0 RECENT\r\n\
             * OK [UIDVALIDITY {}] Valid\r\n* OK [UIDNEXT {}] Next\r\n",
            folder.letters.len(),
            folder.validity,
            folder.next
        );
        let uids = folder.letters.iter().map(|letter| letter.uid).collect();
        self.selected = Some(Selected { folder: name.to_owned(), validity: folder.validity, uids, read_only });
        [lines.into_bytes(), tagged(tag, "OK", if read_only { "[READ-ONLY] Open" } else { "[READ-WRITE] Open" })].concat()
    }

    fn folder<'a>(&self, mail: &'a Mail) -> Option<&'a Folder> {
        let (owner, selected) = (self.owner.as_ref()?, self.selected.as_ref()?);
        mail.mailboxes.get(owner)?.folders.get(&selected.folder)
    }

    fn folder_mut<'a>(&self, mail: &'a mut Mail) -> Option<&'a mut Folder> {
        let (owner, selected) = (self.owner.as_ref()?, self.selected.as_ref()?);
        mail.mailboxes.get_mut(owner)?.folders.get_mut(&selected.folder)
    }

    /// The places (from 0) and letters' numbers that a set names, as the client counts them.
    fn named(&self, set: &str, by_uid: bool) -> Option<Vec<(usize, u32)>> {
        let uids = &self.selected.as_ref()?.uids;
        let last = if by_uid { uids.last().copied().unwrap_or(0) } else { uids.len() as u32 };
        let ranges = search::numbers(set, last)?;
        let fits = |(at, uid): &(usize, &u32)| {
            let number = if by_uid { **uid } else { *at as u32 + 1 };
            ranges.iter().any(|(from, to)| (*from..=*to).contains(&number))
        };
        Some(uids.iter().enumerate().filter(fits).map(|(at, uid)| (at, *uid)).collect())
    }

    fn fetch(&mut self, mail: &mut Mail, tag: &str, rest: &[Piece], by_uid: bool) -> Vec<u8> {
        let told = self.untold(mail);
        let (Some(set), Some(mut items)) = (rest.first().map(Piece::text), rest.get(1).and_then(fetch::items)) else {
            return tagged(tag, "BAD", "That cannot be fetched");
        };
        let Some(named) = self.named(&set, by_uid) else { return tagged(tag, "BAD", "That is no set of numbers") };
        if by_uid && !items.contains(&Item::Uid) {
            items.insert(0, Item::Uid);
        }
        let looks = items.iter().any(|item| matches!(item, Item::Body { peek: false, .. }))
            && !self.selected.as_ref().is_some_and(|one| one.read_only);
        let mut out = told;
        if let Some(folder) = self.folder_mut(mail) {
            for (at, uid) in named {
                let Some(letter) = folder.letters.iter_mut().find(|letter| letter.uid == uid) else { continue };
                if looks {
                    letter.flags.insert("\\Seen".into());
                }
                out.extend(format!("* {} FETCH (", at + 1).bytes());
                out.extend(fetch::shown(letter, &items));
                out.extend(b")\r\n");
            }
        }
        out.extend(tagged(tag, "OK", "Fetched"));
        out
    }

    fn store(&mut self, mail: &mut Mail, tag: &str, rest: &[Piece], by_uid: bool) -> Vec<u8> {
        if self.selected.as_ref().is_some_and(|one| one.read_only) {
            return tagged(tag, "NO", "[READ-ONLY] The folder is open for reading only");
        }
        let (set, how) = (rest.first().map(Piece::text).unwrap_or_default(), rest.get(1).map(Piece::upper).unwrap_or_default());
        let flags: Vec<String> = match rest.get(2..).unwrap_or_default() {
            [Piece::List(list)] => list.iter().map(Piece::text).collect(),
            plain => plain.iter().map(Piece::text).collect(),
        };
        let silent = how.ends_with(".SILENT");
        let sign = how.trim_end_matches(".SILENT");
        let Some(named) = self.named(&set, by_uid).filter(|_| matches!(sign, "FLAGS" | "+FLAGS" | "-FLAGS")) else {
            return tagged(tag, "BAD", "That cannot be stored");
        };
        let mut out = Vec::new();
        if let Some(folder) = self.folder_mut(mail) {
            for (at, uid) in named {
                let Some(letter) = folder.letters.iter_mut().find(|letter| letter.uid == uid) else { continue };
                match sign {
                    "+FLAGS" => letter.flags.extend(flags.iter().cloned()),
                    "-FLAGS" => letter.flags.retain(|flag| !flags.contains(flag)),
                    _ => letter.flags = flags.iter().cloned().collect(),
                }
                if !silent {
                    let uid = if by_uid { format!("UID {uid} ") } else { String::new() };
                    out.extend(format!("* {} FETCH ({uid}{})\r\n", at + 1, fetch::flags(letter)).bytes());
                }
            }
        }
        out.extend(tagged(tag, "OK", "Stored"));
        out
    }

    fn copy(&mut self, mail: &mut Mail, tag: &str, rest: &[Piece], by_uid: bool, gone: bool) -> Vec<u8> {
        let (set, to) = (rest.first().map(Piece::text).unwrap_or_default(), rest.get(1).map(Piece::text).unwrap_or_default());
        let Some(named) = self.named(&set, by_uid) else { return tagged(tag, "BAD", "That is no set of numbers") };
        let owner = self.owner.clone().unwrap_or_default();
        let uids: Vec<u32> = named.iter().map(|(_, uid)| *uid).collect();
        let letters: Vec<_> =
            self.folder(mail).into_iter().flat_map(|folder| &folder.letters).filter(|one| uids.contains(&one.uid)).cloned().collect();
        let Some(target) = mail.mailboxes.get_mut(&owner).and_then(|mailbox| mailbox.folders.get_mut(&to)) else {
            return tagged(tag, "NO", "[TRYCREATE] There is no such folder");
        };
        for mut letter in letters {
            letter.uid = target.next;
            target.next += 1;
            target.letters.push(letter);
        }
        if gone && let Some(folder) = self.folder_mut(mail) {
            folder.letters.retain(|letter| !uids.contains(&letter.uid));
        }
        mail.changes += 1;
        [self.untold(mail), tagged(tag, "OK", "Done")].concat()
    }
}

fn capabilities(mail: &Mail) -> String {
    let idle = if mail.faults.no_idle { "" } else { " IDLE" };
    format!("IMAP4rev1 SASL-IR LITERAL+ ID UNSELECT MOVE{idle} AUTH=PLAIN AUTH=XOAUTH2")
}

fn tagged(tag: &str, word: &str, said: &str) -> Vec<u8> {
    format!("{tag} {word} {said}\r\n").into_bytes()
}
