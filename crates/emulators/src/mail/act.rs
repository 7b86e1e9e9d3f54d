//! A person doing something in their mail app.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;

use super::{Mail, Person, Shown, letter};
use crate::platform::{Act, ActMedia, Refusal};

/// All files of one letter, in bytes.
const FILES_BYTES: usize = 16 << 20;

impl Mail {
    /// A person writes to a mailbox: a new mail, or an answer in a thread. The Message-ID; empty where nothing was written.
    ///
    /// # Errors
    /// 404 for a mailbox, person or thread that is not there, 400 for what mail cannot do.
    pub fn act(&mut self, mailbox: &str, person: &str, thread: Option<&str>, act: Act, now: Timestamp) -> Result<String, Refusal> {
        let missing = |what: &str| Refusal::new(404, format!("There is no such {what}"));
        let person = self.people.get(person).cloned().ok_or_else(|| missing("person"))?;
        if !self.mailboxes.contains_key(mailbox) {
            return Err(missing("mailbox"));
        }
        let answered = match thread.filter(|thread| !thread.is_empty()) {
            Some(thread) => Some(self.last_of(&person.key, thread).ok_or_else(|| missing("thread"))?),
            None => None,
        };
        match act {
            Act::Say { text, media, .. } => self.write(&person, mailbox, answered, "", &text, "", &media, now),
            Act::Mail { subject, text, html, media } => self.write(&person, mailbox, answered, &subject, &text, &html, &media, now),
            Act::Away { on } => {
                let app = self.apps.entry(person.key).or_default();
                app.away = on;
                app.told_away.clear();
                self.position += 1;
                Ok(String::new())
            }
            // Nobody is told that somebody looked, and letters wait for who is off.
            Act::Read | Act::Power { .. } | Act::Typing { .. } => Ok(String::new()),
            _ => Err(Refusal::new(400, "Mail has no such thing")),
        }
    }

    /// What an answer in a thread answers: the newest letter of the other side, or else the newest.
    fn last_of(&self, key: &str, thread: &str) -> Option<Shown> {
        let letters = &self.apps.get(key)?.letters;
        let of_thread = || letters.iter().rev().filter(|one| one.thread == thread);
        of_thread().find(|one| !one.mine).or_else(|| of_thread().next()).cloned()
    }

    #[allow(clippy::too_many_arguments)]
    fn write(
        &mut self,
        person: &Person,
        mailbox: &str,
        answered: Option<Shown>,
        subject: &str,
        text: &str,
        html: &str,
        media: &[ActMedia],
        now: Timestamp,
    ) -> Result<String, Refusal> {
        if text.is_empty() && html.is_empty() && media.is_empty() {
            return Err(Refusal::new(400, "There is nothing to send"));
        }
        let mut files = Vec::new();
        for file in media {
            let bytes = STANDARD.decode(&file.data).map_err(|_| Refusal::new(400, "A file is not in Base64"))?;
            files.push((file.content_type.clone(), file.name.clone(), Bytes::from(bytes)));
        }
        if files.iter().map(|(_, _, bytes)| bytes.len()).sum::<usize>() > FILES_BYTES {
            return Err(Refusal::new(413, "The files are larger than 16 MB"));
        }
        let domain = person.address.rsplit_once('@').map_or("mail.example", |(_, domain)| domain).to_owned();
        let id = self.fresh_id(&domain);
        let quote = answered.as_ref().map(|one| quoted(one, now)).unwrap_or_default();
        let plain_html = format!("<p>{}</p>", escaped(text).replace("\n\n", "</p><p>").replace('\n', "<br>"));
        let own_html = if html.is_empty() { plain_html } else { html.to_owned() };
        let quote_html =
            answered.as_ref().map(|one| format!("<blockquote type=\"cite\">{}</blockquote>", escaped(&one.text).replace('\n', "<br>")));
        let subject = match &answered {
            Some(one) if subject.is_empty() => format!("Re: {}", one.subject.trim_start_matches("Re: ")),
            _ => subject.to_owned(),
        };
        let draft = letter::Draft {
            message_id: id.clone(),
            from: (person.name.clone(), person.address.clone()),
            to: answered.as_ref().filter(|one| !one.mine).map_or(mailbox, |one| one.answer_to.as_str()).to_owned(),
            subject: subject.clone(),
            in_reply_to: answered.as_ref().map(|one| one.id.clone()).unwrap_or_default(),
            references: answered.as_ref().map(|one| one.references.clone()).unwrap_or_default(),
            text: format!("{text}{quote}"),
            html: format!("{own_html}{}", quote_html.unwrap_or_default()),
            files: files.clone(),
            headers: Vec::new(),
        };
        let shown = Shown {
            id: id.clone(),
            thread: answered.as_ref().map_or(id.clone(), |one| one.thread.clone()),
            mailbox: mailbox.to_owned(),
            mine: true,
            author: person.name.clone(),
            subject,
            text: text.to_owned(),
            answer_to: draft.to.clone(),
            references: format!("{} <{id}>", draft.references).trim().to_owned(),
            ..Shown::default()
        };
        let rendered = draft.render(now);
        self.show(&person.key, shown, files, now);
        self.deliver(&person.address, &draft.to, &rendered, now);
        Ok(id)
    }
}

/// What an app puts below an answer.
fn quoted(one: &Shown, now: Timestamp) -> String {
    let day = Timestamp::from_millisecond(one.at_ms).unwrap_or(now).strftime("%a, %d %b %Y at %H:%M");
    let lines: String = one.text.lines().map(|line| format!("> {line}\n")).collect();
    format!("\n\nOn {day}, {} <{}> wrote:\n{lines}", one.author, one.answer_to)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
