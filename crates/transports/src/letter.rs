//! A letter as MIME.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use bytes::Bytes;
use connectors::{Letter, MailAddress};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

/// The bytes of a letter, header lines and all, as they go between DATA and the final dot.
///
/// # Errors
/// When the letter is no letter: an address of its head is none, or a file is missing.
pub fn render(letter: &Letter, files: &BTreeMap<String, Bytes>) -> Result<Vec<u8>> {
    let micros = u64::try_from(letter.at.micros()).unwrap_or_default();
    let mut builder = Message::builder()
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
        .from(mailbox(&letter.from)?)
        .subject(one_line(&letter.subject))
        .message_id(Some(format!("<{}>", letter.message_id)));
    for to in &letter.to {
        builder = builder.to(mailbox(to)?);
    }
    for cc in &letter.cc {
        builder = builder.cc(mailbox(cc)?);
    }
    if let Some(reply_to) = &letter.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    if let Some(id) = &letter.in_reply_to {
        builder = builder.in_reply_to(format!("<{}>", one_line(id)));
    }
    if !letter.references.is_empty() {
        let ids: Vec<String> = letter.references.iter().map(|id| format!("<{}>", one_line(id))).collect();
        builder = builder.references(ids.join(" "));
    }
    for (name, value) in &letter.headers {
        let name = HeaderName::new_from_ascii(name.clone()).ok().with_context(|| format!("{name} is no name of a header"))?;
        builder = builder.raw_header(HeaderValue::new(name, one_line(value)));
    }
    // Who gets it is said by the envelope; the library wants one of its own and does not write it.
    let own = letter.from.address.parse::<Address>().context("the sender's address")?;
    builder = builder.envelope(lettre::address::Envelope::new(None, vec![own])?);
    let text = SinglePart::plain(letter.text.clone());
    let html = (!letter.html.is_empty()).then(|| MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()));
    let message = match (html, letter.files.is_empty()) {
        (None, true) => builder.singlepart(text)?,
        (Some(both), true) => builder.multipart(both)?,
        (html, false) => {
            let mut mixed = match html {
                Some(both) => MultiPart::mixed().multipart(both),
                None => MultiPart::mixed().singlepart(text),
            };
            for file in &letter.files {
                let bytes = files.get(&file.key).with_context(|| format!("the bytes of {} are missing", file.name))?;
                let kind = ContentType::parse(&file.media_type).or_else(|_| ContentType::parse("application/octet-stream"));
                mixed = mixed.singlepart(Attachment::new(one_line(&file.name)).body(bytes.to_vec(), kind?));
            }
            builder.multipart(mixed)?
        }
    };
    Ok(message.formatted())
}

fn mailbox(address: &MailAddress) -> Result<Mailbox> {
    let parsed = address.address.parse::<Address>().with_context(|| format!("`{}` is no address", address.address))?;
    let name = one_line(&address.name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), parsed))
}

/// Nothing a person wrote ends a header line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use connectors::{FileRef, Login, MailServer, Security};
    use model::Timestamp;

    use super::*;

    fn letter() -> Letter {
        let server = MailServer { host: "h".into(), port: 25, security: Security::Plain, login: Login::Nobody };
        let person = |name: &str, address: &str| MailAddress { name: name.into(), address: address.into() };
        Letter {
            server,
            sender: "shop@tide.example".into(),
            recipients: vec!["kim@mail.example".into()],
            from: person("Ana, Tidewater", "shop@tide.example"),
            to: vec![person("김민지", "kim@mail.example")],
            cc: vec![],
            reply_to: Some(person("", "shop+abc@tide.example")),
            subject: "Re: Größe\r\nBcc: evil@example.com".into(),
            message_id: "m1@tide.example".into(),
            in_reply_to: Some("a@b".into()),
            references: vec!["x@y".into(), "a@b".into()],
            at: Timestamp::from_secs(1_763_769_600),
            headers: vec![("Auto-Submitted".into(), "auto-replied".into())],
            text: "Grüße\n.\nAna".into(),
            html: "<p>Grüße</p>".into(),
            files: vec![],
        }
    }

    fn read(letter: &Letter, files: &BTreeMap<String, Bytes>) -> String {
        String::from_utf8(render(letter, files).unwrap()).unwrap()
    }

    #[test]
    fn a_letter_has_both_bodies_and_no_header_that_somebody_smuggled_in() {
        let mail = read(&letter(), &BTreeMap::new());
        assert!(mail.contains("multipart/alternative") && mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
        assert!(!mail.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{mail}");
        assert!(mail.contains("In-Reply-To: <a@b>\r\n") && mail.contains("References: <x@y> <a@b>\r\n"), "{mail}");
        assert!(mail.contains("Message-ID: <m1@tide.example>\r\n") && mail.contains("Auto-Submitted: auto-replied\r\n"), "{mail}");
        assert!(mail.is_ascii() && mail.lines().all(|line| line.len() < 998));
    }

    #[test]
    fn files_stand_beside_the_text_under_their_names() {
        let file = FileRef {
            key: "k".into(),
            name: "Rechnung ü.pdf".into(),
            media_type: "application/pdf".into(),
            bytes: 4,
            ..FileRef::default()
        };
        let with = Letter { files: vec![file], html: String::new(), ..letter() };
        let mail = read(&with, &[("k".to_owned(), Bytes::from_static(b"%PDF\x00\xff"))].into());
        assert!(mail.contains("multipart/mixed") && mail.contains("application/pdf") && mail.contains("JVBERgD/"), "{mail}");
        assert!(render(&with, &BTreeMap::new()).is_err(), "a file that is missing is not left out in silence");
    }
}
