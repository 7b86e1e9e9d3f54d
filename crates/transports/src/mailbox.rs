//! One mailbox, read by IMAP: what is new is handed on mail by mail, then the server is asked to say when more comes.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_imap::error::Error;
use async_imap::{Authenticator, Client, Session};
use connectors::{Incoming, Login, MailStage, Mailbox, Reply, Security};
use engine::{Engine, OpenLine, ReceiveError};
use futures::{FutureExt, TryStreamExt};
use model::Timestamp;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Carrier;
use crate::wire::{self, Wire};

/// For one command and its answer.
const COMMAND: Duration = Duration::from_secs(60);
/// For one mail.
const MAIL: Duration = Duration::from_secs(300);
/// How long the server is listened to before it is asked again: shorter than the patience of address translators.
const LISTEN: Duration = Duration::from_secs(5 * 60);
/// Between two looks where the server cannot say by itself that something came.
const POLL: Duration = Duration::from_secs(60);
/// A larger mail is not fetched; its head alone is handed on.
const MOST_BYTES: u32 = 36 << 20;
/// Mails of one look.
const MOST_AT_ONCE: usize = 200;
/// How far back the first look goes, and how far one into a mailbox that was made anew, in days.
const FIRST_DAYS: i64 = 1;
const ANEW_DAYS: i64 = 7;

/// Opens, selects the folder, and leaves again.
pub async fn knock(carrier: &Carrier, mailbox: &Mailbox) -> Reply {
    match selected(carrier, mailbox).await {
        Ok((mut session, _)) => {
            drop(timeout(COMMAND, session.logout()).await);
            Reply::Mail { stage: MailStage::Done, code: 0, said: String::new(), refused: vec![] }
        }
        Err(reply) => reply,
    }
}

/// Reads until told to stop.
///
/// # Errors
/// Why the line broke, or did not open.
pub async fn read(
    carrier: &Carrier,
    engine: &Engine,
    open: &OpenLine,
    mailbox: &Mailbox,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), Reply> {
    let (mut session, validity) = selected(carrier, mailbox).await?;
    let listens = within(session.capabilities()).await?.has_str("IDLE");
    engine.line_opened(open.ws, open.account.id).await.map_err(ours)?;
    tracing::info!(account = %open.account.id, listens, "a mailbox is open");
    let mut reader = Reader { engine, open, name: mailbox.name(), validity };
    loop {
        while reader.look(&mut session, &stopped).await? > 0 {}
        if *stopped.borrow() {
            break;
        }
        let mut told = false;
        while session.unsolicited_responses.try_recv().is_ok() {
            told = true;
        }
        if told {
            // Something came while we looked, and the server says so once.
            while reader.look(&mut session, &stopped).await? > 0 {}
        }
        if !listens {
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                _ = stopped.wait_for(|stopped| *stopped) => break,
            }
            within(session.noop()).await?;
            continue;
        }
        let mut idle = session.idle();
        within(idle.init()).await?;
        let (news, interrupt) = idle.wait_with_timeout(LISTEN);
        tokio::select! {
            news = news => drop(news.map_err(broken)?),
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        drop(interrupt);
        session = within(idle.done()).await?;
        if *stopped.borrow() {
            break;
        }
    }
    drop(timeout(Duration::from_secs(1), session.logout()).await);
    Ok(())
}

struct Reader<'a> {
    engine: &'a Engine,
    open: &'a OpenLine,
    name: String,
    validity: u32,
}

impl Reader<'_> {
    /// The cursor of this life of the mailbox: its numbers mean something only as long as its validity stays.
    fn key(&self) -> String {
        format!("mail:{}:{}", self.name.replace(' ', "_"), self.validity)
    }

    /// Fetches what is new; how many mails that were.
    async fn look(&mut self, session: &mut Session<Wire>, stopped: &watch::Receiver<bool>) -> Result<usize, Reply> {
        let (ws, id, key) = (self.open.ws, self.open.account.id, self.key());
        let seen_before = format!("mail:{}", self.name.replace(' ', "_"));
        let cursor = self.engine.cursor(ws, id, &key).await.map_err(ours)?;
        let last = cursor.as_deref().and_then(|value| value.parse::<u32>().ok());
        let query = match last {
            Some(last) => format!("UID {}:*", u64::from(last) + 1),
            None if self.engine.cursor(ws, id, &seen_before).await.map_err(ours)?.is_none() => {
                format!("UNSEEN SINCE {}", day(self.engine.now().plus_secs(-FIRST_DAYS * 86_400)))
            }
            None => format!("SINCE {}", day(self.engine.now().plus_secs(-ANEW_DAYS * 86_400))),
        };
        let found = within(session.uid_search(&query)).await?;
        // `n:*` names the last mail even where it is older than n.
        let mut uids: Vec<u32> = found.into_iter().filter(|uid| last.is_none_or(|last| *uid > last)).collect();
        uids.sort_unstable();
        let more = uids.len() > MOST_AT_ONCE;
        uids.truncate(MOST_AT_ONCE);
        for uid in &uids {
            if *stopped.borrow() {
                return Ok(0);
            }
            self.fetch(session, *uid).await?;
            self.engine.put_cursor(ws, id, &key, &place(*uid)).await.map_err(ours)?;
        }
        if last.is_none() && !more {
            // What is in the mailbox now and was not taken stays where it is; what comes later is all taken.
            let newest = within(session.uid_search("UID *")).await?.into_iter().max().unwrap_or(0);
            let begun = uids.last().copied().unwrap_or(0).max(if uids.is_empty() { newest } else { 0 });
            self.engine.put_cursor(ws, id, &key, &place(begun)).await.map_err(ours)?;
            self.engine.put_cursor(ws, id, &seen_before, "1").await.map_err(ours)?;
        }
        Ok(uids.len())
    }

    async fn fetch(&self, session: &mut Session<Wire>, uid: u32) -> Result<(), Reply> {
        let set = uid.to_string();
        let sizes: Vec<_> = timeout(COMMAND, collected(session, &set, "(UID RFC822.SIZE INTERNALDATE)")).await.map_err(|_| silent())??;
        // Somebody may have deleted or moved it meanwhile.
        let Some(about) = sizes.into_iter().find(|one| one.uid == Some(uid)) else { return Ok(()) };
        let whole = about.size.unwrap_or(0) <= MOST_BYTES;
        let came_at = about.internal_date().map(|at| Timestamp::from_micros(at.timestamp_micros()));
        let what = if whole { "(UID BODY.PEEK[])" } else { "(UID BODY.PEEK[HEADER])" };
        let mails = timeout(MAIL, collected(session, &set, what)).await.map_err(|_| silent())??;
        let Some(mail) = mails.into_iter().find(|one| one.uid == Some(uid)) else { return Ok(()) };
        let Some(body) = mail.body().or_else(|| mail.header()) else { return Ok(()) };
        let id = format!("{} {}", self.key(), place(uid));
        let incoming = Incoming::Mail { id: &id, body, came_at, whole };
        let received = AssertUnwindSafe(self.engine.receive(self.open.ws, self.open.account.id, incoming)).catch_unwind().await;
        match received {
            Ok(Ok(_)) => {
                // A mailbox that is only ours to read keeps it unread; nothing depends on it.
                let marked = timeout(COMMAND, async {
                    let marks = session.uid_store(&set, "+FLAGS.SILENT (\\Seen)").await?;
                    marks.try_collect::<Vec<_>>().await
                });
                match marked.await.map_err(|_| silent())? {
                    Ok(_) | Err(Error::No(_) | Error::Bad(_)) => Ok(()),
                    Err(error) => Err(broken(error)),
                }
            }
            Ok(Err(ReceiveError::Busy(error))) => Err(ours(error)),
            Ok(Err(ReceiveError::NotFound | ReceiveError::Disabled)) => Err(Reply::Unknown("the account was switched off".into())),
            Ok(Err(ReceiveError::Rejected(why))) => {
                tracing::warn!(account = %self.open.account.id, uid, why, "a mail was not taken; it stays in the mailbox");
                Ok(())
            }
            Err(_) => {
                tracing::error!(account = %self.open.account.id, uid, "a mail could not be read at all; it stays in the mailbox");
                Ok(())
            }
        }
    }
}

async fn collected(session: &mut Session<Wire>, set: &str, what: &str) -> Result<Vec<async_imap::types::Fetch>, Reply> {
    let fetched = session.uid_fetch(set, what).await.map_err(broken)?;
    fetched.try_collect().await.map_err(broken)
}

/// A session in the folder, and the folder's validity.
async fn selected(carrier: &Carrier, mailbox: &Mailbox) -> Result<(Session<Wire>, u32), Reply> {
    let server = &mailbox.server;
    let mut client = Client::new(wire::open(carrier, server).await?);
    if within_io(client.read_response()).await?.is_none() {
        return Err(Reply::NotSent("the mail server closed the connection before it greeted".into()));
    }
    if server.security == Security::StartTls {
        let started = timeout(COMMAND, client.run_command_and_check_ok("STARTTLS", None)).await.map_err(|_| silent())?;
        started.map_err(|error| match error {
            Error::No(_) | Error::Bad(_) => wire::insecure("the mail server offers no STARTTLS".into()),
            other => broken(other),
        })?;
        // What was sent ahead of TLS is thrown away with the buffer.
        let Wire::Plain(stream) = client.into_inner() else { return Err(wire::insecure("TLS within TLS".into())) };
        client = Client::new(carrier.tls().wrap(&server.host, stream).await?);
    }
    let mut session = signed_in(client, &server.login).await?;
    let selected = timeout(COMMAND, session.select(&utf7(&mailbox.folder))).await.map_err(|_| silent())?;
    let folder = selected.map_err(|error| stage(MailStage::Folder, error))?;
    Ok((session, folder.uid_validity.unwrap_or(0)))
}

async fn signed_in(client: Client<Wire>, login: &Login) -> Result<Session<Wire>, Reply> {
    let signing = async {
        match login {
            Login::Nobody => client.login("anonymous", "seaway").await,
            Login::Password { user, password } => client.login(user, password).await,
            Login::Bearer { user, token } => {
                let said = format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}");
                client.authenticate("XOAUTH2", Bearer { said: Some(said) }).await
            }
        }
    };
    let signed = timeout(COMMAND, signing).await.map_err(|_| silent())?;
    signed.map_err(|(error, _)| stage(MailStage::SignIn, error))
}

/// Says the token once; the error that a server sends as a second challenge is answered with an empty line, as it wants.
struct Bearer {
    said: Option<String>,
}

impl Authenticator for Bearer {
    type Response = String;
    fn process(&mut self, _challenge: &[u8]) -> String {
        self.said.take().unwrap_or_default()
    }
}

async fn within<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Reply> {
    timeout(COMMAND, work).await.map_err(|_| silent())?.map_err(broken)
}

async fn within_io<T>(work: impl Future<Output = std::io::Result<T>>) -> Result<T, Reply> {
    timeout(COMMAND, work).await.map_err(|_| silent())?.map_err(|error| Reply::NotSent(error.to_string()))
}

fn silent() -> Reply {
    Reply::NotSent("the mail server went silent".into())
}

fn broken(error: Error) -> Reply {
    Reply::NotSent(error.to_string())
}

/// Our own database is in the way: the line is opened again later.
fn ours(error: anyhow::Error) -> Reply {
    Reply::Unknown(format!("{error:#}"))
}

fn stage(stage: MailStage, error: Error) -> Reply {
    match error {
        Error::No(said) | Error::Bad(said) => Reply::Mail { stage, code: 0, said: words(&said).to_owned(), refused: vec![] },
        other => broken(other),
    }
}

/// The server's own words, out of what the library makes of them: `code: …, info: Some("…")`.
fn words(said: &str) -> &str {
    let own = said.split_once("info: Some(\"").and_then(|(_, rest)| rest.rsplit_once("\")"));
    own.map_or(said, |(own, _)| own)
}

/// Sortable.
fn place(uid: u32) -> String {
    format!("{uid:010}")
}

/// A day as IMAP writes it.
fn day(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = at.micros().div_euclid(86_400_000_000);
    // From days since 1970 to the calendar, with years that begin in March.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let index = (month + 2) % 12;
    let year = year_of_era + era * 400 + i64::from(index < 2);
    let name = usize::try_from(index).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"Jan");
    format!("{day}-{name}-{year}")
}

/// A folder's name in IMAP's own UTF-7.
fn utf7(name: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    let mut written = String::new();
    let mut wide: Vec<u16> = Vec::new();
    let flush = |wide: &mut Vec<u16>, written: &mut String| {
        if wide.is_empty() {
            return;
        }
        let bytes: Vec<u8> = wide.drain(..).flat_map(u16::to_be_bytes).collect();
        written.push('&');
        for group in bytes.chunks(3) {
            let bits = group.iter().enumerate().fold(0u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
            for at in 0..=group.len() {
                let index = (bits >> (18 - 6 * at)) & 63;
                written.push(char::from(ALPHABET.get(index as usize).copied().unwrap_or(b'A')));
            }
        }
        written.push('-');
    };
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut wide, &mut written);
            written.push(c);
            if c == '&' {
                written.push('-');
            }
        } else {
            wide.extend(c.encode_utf16(&mut [0; 2]).iter());
        }
    }
    flush(&mut wide, &mut written);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_folders_are_written_as_imap_does() {
        assert_eq!(day(Timestamp::from_secs(0)), "1-Jan-1970");
        assert_eq!(day(Timestamp::from_secs(951_782_400)), "29-Feb-2000");
        assert_eq!(day(Timestamp::from_secs(1_795_305_600)), "22-Nov-2026");
        assert_eq!(utf7("INBOX"), "INBOX");
        assert_eq!(utf7("Entwürfe & Co"), "Entw&APw-rfe &- Co");
        assert_eq!(utf7("台北"), "&U,BTFw-");
        assert!(place(9) < place(10));
        assert_eq!(
            words(r#"code: None, info: Some("[AUTHENTICATIONFAILED] Authentication failed.")"#),
            "[AUTHENTICATIONFAILED] Authentication failed."
        );
        assert_eq!(words("no such folder"), "no such folder");
    }
}
