//! A mail as an event: who wrote, on which thread, what is new in it, and whether a machine did.

use std::collections::{BTreeMap, BTreeSet};

use mail_parser::decoders::html::html_to_text;
use mail_parser::{Address, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use model::inbound::Sender;
use model::{ChannelAccount, Extra, InboundEvent, InboundFile, InboundMessage, MessageState, Problem, Receipt, Timestamp};
use serde_json::json;

use super::{LOOP_HEADER, address_of, fold, html, signing_key, tnef, token};
use crate::contract::{AccountKey, Arrived, Batch, Received};
use crate::signature::sha256_hex;

/// More files than this of one mail are not taken; the mail itself stays in its mailbox.
const MOST_FILES: usize = 50;
/// The longest text kept, in bytes.
const MOST_TEXT: usize = 200_000;
/// Ids of earlier mails that are looked at.
const MOST_REFERENCES: usize = 50;

/// What a mail's bytes say.
pub fn received(account: &ChannelAccount, raw: &[u8], came_at: Option<Timestamp>, whole: bool) -> Received {
    let Some(mail) = MessageParser::default().parse(raw) else {
        return Received { unreadable: Some("no mail could be read in it".into()), ..Received::default() };
    };
    let ours = address_of(account);
    let from = people(mail.from());
    let looped = header(&mail, LOOP_HEADER).is_some_and(|value| value.trim() == account.id.to_string());
    if let Some(events) = bounce(account, &mail, raw) {
        return Received { batches: vec![Batch { account: AccountKey::This, events }], ..Received::default() };
    }
    if looped || from.first().is_some_and(|(_, address)| *address == ours) {
        // Our own mail come back: nothing new, and nothing to answer.
        return Received::default();
    }
    match from.as_slice() {
        [(name, address)] => one(event(account, &mail, raw, name, address, came_at, whole)),
        [] => Received { unreadable: Some("the mail names no sender".into()), ..Received::default() },
        _ => Received { unreadable: Some("the mail names several senders".into()), ..Received::default() },
    }
}

/// One file of a mail, by the number of its part; behind a dash, by its number in what Outlook packed.
pub fn piece(raw: &[u8], number: &str) -> Option<(Vec<u8>, String)> {
    let mail = MessageParser::default().parse(raw)?;
    let (number, within) = number.split_once('-').map_or((number, None), |(number, within)| (number, Some(within)));
    let part = mail.parts.get(number.parse::<usize>().ok()?)?;
    let Some(within) = within else { return Some((part.contents().to_vec(), media_type(part))) };
    let packet = tnef::open(part.contents())?;
    let file = packet.files.get(within.parse::<usize>().ok()?)?;
    Some((file.bytes.to_vec(), packed_type(file)))
}

/// What Outlook packed into a part, where it can be opened and something is in it.
fn packet<'a>(part: &'a MessagePart<'_>) -> Option<tnef::Packet<'a>> {
    let packed = matches!(media_type(part).as_str(), "application/ms-tnef" | "application/vnd.ms-tnef")
        || part.attachment_name().is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"));
    let packet = packed.then(|| tnef::open(part.contents())).flatten()?;
    (!packet.files.is_empty() || !packet.text.is_empty() || !packet.html.is_empty()).then_some(packet)
}

fn packed_type(file: &tnef::File) -> String {
    if file.media_type.is_empty() { "application/octet-stream".into() } else { file.media_type.clone() }
}

fn one(arrived: Arrived) -> Received {
    Received { batches: vec![Batch { account: AccountKey::This, events: vec![arrived] }], ..Received::default() }
}

fn event(
    account: &ChannelAccount,
    mail: &Message<'_>,
    raw: &[u8],
    name: &str,
    address: &str,
    came_at: Option<Timestamp>,
    whole: bool,
) -> Arrived {
    let key = signing_key(account);
    let id = message_id(mail, raw);
    let own = format!("mid:{id}");
    let sender = standing(account, mail, address);
    let references = references(mail);
    let automatic = is_automatic(mail, address);
    let proven = recipients(mail).iter().find_map(|to| thread_of(account, &key, to));
    let mut keys: Vec<String> = proven.iter().cloned().chain([own.clone()]).collect();
    if !key.is_empty() && proven.is_none() {
        keys.push(format!("plus:{}", token::of(&key, &own)));
    }
    let mut claims = Vec::new();
    if sender == "proven" {
        // Ids of ours name the thread, whatever else stands beside them; then the thread's beginning, then what it answers.
        claims.extend(references.iter().rev().filter_map(|id| ours_of(&key, id)).map(|token| format!("plus:{token}")));
        claims.extend(references.iter().map(|id| format!("mid:{id}")));
    }
    let subject = mail.subject().unwrap_or_default().trim().to_owned();
    let packets: BTreeMap<u32, tnef::Packet<'_>> =
        mail.attachments.iter().filter_map(|id| Some((*id, packet(mail.parts.get(*id as usize)?)?))).collect();
    let laid_out = mail.html_bodies().any(MessagePart::is_text_html);
    let layout = if laid_out { mail.body_html(0).map(|html| html::clean(&html)) } else { None };
    // Outlook's packet says what the letter says beside it. What it alone says is read from it.
    let packed = packets.values().find(|packet| !packet.html.is_empty()).filter(|_| layout.is_none());
    let layout = layout.or_else(|| packed.map(|packet| html::clean(&packet.html))).unwrap_or_default();
    let (text, quoted) = texts(mail, packets.values().next());
    // Of a letter whose head alone was fetched, the place of its content is no file.
    let (files, pictures) = if whole { files(mail, &layout, &packets) } else { Default::default() };
    let everybody = |addresses: Option<&Address<'_>>| people(addresses).into_iter().map(|(name, address)| shown(&name, &address)).collect();
    let reply_to = people(mail.reply_to()).into_iter().map(|(_, address)| address).find(|reply| *reply != address_of(account));
    let base = address_of(account);
    let copies: Vec<String> = people(mail.to())
        .into_iter()
        .chain(people(mail.cc()))
        .map(|(_, address)| address)
        .filter(|other| !is_same_mailbox(other, &base) && other != address && Some(other) != reply_to.as_ref())
        .collect();
    let mut extras = vec![Extra::Mail {
        subject: subject.clone(),
        to: everybody(mail.to()),
        cc: everybody(mail.cc()),
        sender: sender.into(),
        quoted,
        html: layout,
        pictures,
        automatic,
        others: copies.clone(),
    }];
    if !whole {
        extras.push(Extra::Unsupported { what: "mail_too_large".into() });
    }
    let mut known: Vec<String> = references.iter().take(1).cloned().collect();
    let rest: Vec<&String> = references.iter().skip(1).collect();
    known.extend(rest.iter().skip(rest.len().saturating_sub(17)).map(|id| (*id).clone()));
    known.push(id.clone());
    let context = json!({
        "subject": subject,
        "references": known,
        "answers": id,
        "reply_to": reply_to,
        "copies": copies,
        "automatic": automatic,
        "sender": sender,
    });
    let answered = references.iter().rev().find(|id| ours_of(&key, id).is_some()).cloned();
    let message = InboundMessage {
        from: Sender { external_id: address.to_owned(), scoped: false, name: name.to_owned(), verified: sender == "proven", facts: vec![] },
        provider_id: id.clone(),
        text,
        files,
        extras,
        claims,
        automatic,
        reply_to: answered,
        raw: json!({ "From": address, "To": base, "Subject": mail.subject().unwrap_or_default() }),
        context,
        ..InboundMessage::default()
    };
    let sent_at = mail.date().map(|date| Timestamp::from_secs(date.to_timestamp()));
    Arrived { external_id: own, keys, event: InboundEvent::Message(message), provider_at: came_at.or(sent_at) }
}

/// New words and what is folded away.
fn texts(mail: &Message<'_>, packet: Option<&tnef::Packet<'_>>) -> (String, String) {
    let bodies: Vec<String> = (0..mail.text_body_count()).filter_map(|at| mail.body_text(at)).map(|text| text.into_owned()).collect();
    let mut text = bodies.join("\n\n").replace('\0', "");
    if let Some(packet) = packet.filter(|_| text.trim().is_empty()) {
        text = if packet.text.is_empty() { html_to_text(&packet.html) } else { packet.text.clone() };
    }
    if text.len() > MOST_TEXT {
        let end = (0..=MOST_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    fold::fold(&text)
}

/// The files with their names, and which of them are pictures within the layout, by their content id.
fn files(mail: &Message<'_>, layout: &str, packets: &BTreeMap<u32, tnef::Packet<'_>>) -> (Vec<InboundFile>, BTreeMap<String, String>) {
    let (mut files, mut pictures, mut names) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
    let mut take = |piece: String, media_type: String, named: String, cid: Option<&str>| {
        // Two files of one name would be one picture.
        let name = if names.insert(named.clone()) { named } else { format!("{piece}-{named}") };
        if let Some(cid) = cid.filter(|cid| !cid.is_empty() && layout.contains(&format!("cid:{cid}"))) {
            pictures.insert(cid.to_owned(), name.clone());
        }
        if files.len() < MOST_FILES {
            files.push(InboundFile::Kept { piece, media_type, name });
        }
    };
    for id in mail.attachments.iter().take(MOST_FILES) {
        let Some(part) = mail.parts.get(*id as usize) else { continue };
        if let Some(packet) = packets.get(id) {
            for (no, file) in packet.files.iter().enumerate() {
                let named = if file.name.trim().is_empty() { format!("file-{id}-{no}.bin") } else { file.name.clone() };
                take(format!("{id}-{no}"), packed_type(file), named, Some(&file.content_id));
            }
            // What stays closed is handed on as it came, too.
            if !packet.closed {
                continue;
            }
        }
        let media_type = media_type(part);
        let given = part.attachment_name().map(|name| name.replace(|c: char| c.is_control() || c == '/' || c == '\\', "_"));
        let named = given.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| nameless(part, &media_type, *id));
        take(id.to_string(), media_type, named, part.content_id().map(|cid| cid.trim_matches(['<', '>'])));
    }
    (files, pictures)
}

fn nameless(part: &MessagePart<'_>, media_type: &str, id: u32) -> String {
    if let PartType::Message(inner) = &part.body {
        let subject = inner.subject().unwrap_or("mail").replace(|c: char| c.is_control() || c == '/' || c == '\\', "_");
        return format!("{}.eml", subject.chars().take(80).collect::<String>());
    }
    let ending = match media_type {
        "text/calendar" => "ics",
        "text/plain" => "txt",
        "image/jpeg" => "jpg",
        "application/ms-tnef" => "dat",
        other => other.split('/').nth(1).filter(|end| end.len() < 6 && end.chars().all(char::is_alphanumeric)).unwrap_or("bin"),
    };
    format!("file-{id}.{ending}")
}

fn media_type(part: &MessagePart<'_>) -> String {
    if matches!(part.body, PartType::Message(_)) {
        return "message/rfc822".into();
    }
    let known = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")).to_lowercase());
    known.unwrap_or_else(|| "application/octet-stream".into())
}

/// Whether the server that received it vouches for the sender: only the topmost verdict counts, and only our own server's.
fn standing(account: &ChannelAccount, mail: &Message<'_>, address: &str) -> &'static str {
    let ours = account.setting("authserv_id").trim().to_lowercase();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let Some(said) = mail.headers().iter().find(|header| header.name().eq_ignore_ascii_case("authentication-results")) else {
        return "unknown";
    };
    let said = mail.raw_message.get(said.offset_start() as usize..said.offset_end() as usize).unwrap_or_default();
    let said = uncommented(&String::from_utf8_lossy(said).to_lowercase());
    let mut parts = said.split(';').map(str::trim);
    let server = parts.next().and_then(|server| server.split_whitespace().next()).unwrap_or_default();
    if ours.is_empty() || server != ours {
        return "unknown";
    }
    let verdicts: Vec<&str> = parts.filter(|part| part.starts_with("dmarc=") || part.starts_with("dmarc =")).collect();
    let [verdict] = verdicts.as_slice() else { return "unknown" };
    let mut words = verdict.split_whitespace();
    let result = words.next().and_then(|word| word.split_once('=')).map_or("", |(_, result)| result);
    let about = words.find_map(|word| word.strip_prefix("header.from="));
    match result {
        "pass" if about == Some(domain) => "proven",
        "pass" => "unknown",
        "fail" => "refuted",
        _ => "unknown",
    }
}

/// Without what stands in round brackets.
fn uncommented(text: &str) -> String {
    let mut depth = 0usize;
    text.chars()
        .filter(|c| match c {
            '(' => {
                depth += 1;
                false
            }
            ')' if depth > 0 => {
                depth -= 1;
                false
            }
            _ => depth == 0,
        })
        .collect()
}

/// Whether a machine wrote it.
fn is_automatic(mail: &Message<'_>, address: &str) -> bool {
    let said = |name: &str| header(mail, name).map(|value| value.trim().to_lowercase()).filter(|value| !value.is_empty());
    let local = address.split(['@', '+']).next().unwrap_or_default();
    let report = mail.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart") && kind.subtype().is_some_and(|s| s.eq_ignore_ascii_case("report"))
    });
    said("Auto-Submitted").is_some_and(|value| !value.starts_with("no") || value.starts_with("notif"))
        || ["X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Autogenerated", LOOP_HEADER]
            .iter()
            .any(|name| said(name).is_some())
        || said("Precedence").is_some_and(|value| matches!(value.as_str(), "bulk" | "junk" | "list" | "auto_reply"))
        || ["List-Id", "List-Unsubscribe", "List-Post", "Feedback-ID"].iter().any(|name| said(name).is_some())
        || said("Return-Path").is_some_and(|value| value == "<>")
        || report
        || matches!(
            local,
            "mailer-daemon" | "postmaster" | "no-reply" | "noreply" | "bounce" | "bounces" | "do-not-reply" | "donotreply" | "no_reply"
        )
}

/// A report that a letter of ours did not arrive, or did: one receipt for each recipient it tells of.
fn bounce(account: &ChannelAccount, mail: &Message<'_>, raw: &[u8]) -> Option<Vec<Arrived>> {
    let status = mail.parts.iter().find(|part| part.is_content_type("message", "delivery-status"))?;
    let status = String::from_utf8_lossy(status.contents()).into_owned();
    let original = mail.parts.iter().find_map(|part| match &part.body {
        PartType::Message(inner) => inner.message_id().map(str::to_owned),
        _ if part.is_content_type("text", "rfc822-headers") => field(&String::from_utf8_lossy(part.contents()), "message-id"),
        _ => None,
    })?;
    let original = original.trim().trim_matches(['<', '>']).to_owned();
    let token = ours_of(&signing_key(account), &original)?;
    let status = status.replace("\r\n", "\n");
    // After a block about the whole there is one for each recipient it tells of.
    let told: Vec<&str> = status.split("\n\n").filter(|block| field(block, "action").is_some()).collect();
    let about = |(no, block): (usize, &&str)| {
        let (code, words) = (field(block, "status").unwrap_or_default(), field(block, "diagnostic-code").unwrap_or_default());
        let (state, problem) = match field(block, "action").unwrap_or_default().to_lowercase().as_str() {
            "failed" => {
                let detail = format!("{code} {words}").trim().into();
                (MessageState::Failed, Some(Problem { code: super::why(550, &code).into(), detail }))
            }
            "delivered" => (MessageState::Delivered, None),
            // Not final: it is still being tried, or somebody else's server took it.
            _ => (MessageState::Sent, None),
        };
        let recipient = ["original-recipient", "final-recipient"].iter().find_map(|name| field(block, name)).unwrap_or_default();
        let recipient = recipient.rsplit(';').next().unwrap_or_default().trim().trim_matches(['<', '>']).to_lowercase();
        let report = message_id(mail, raw);
        Arrived {
            external_id: if no == 0 { format!("report:{report}") } else { format!("report:{report}#{no}") },
            keys: vec![format!("plus:{token}")],
            event: InboundEvent::Receipt(Receipt {
                provider_id: original.clone(),
                state,
                problem,
                ours: None,
                part: None,
                through: false,
                recipient,
            }),
            provider_at: None,
        }
    };
    let reports: Vec<Arrived> = told.iter().enumerate().map(about).collect();
    (!reports.is_empty()).then_some(reports)
}

/// A field of a block of headers, unfolded.
fn field(block: &str, name: &str) -> Option<String> {
    let mut lines = block.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((key, value)) = line.split_once(':') else { continue };
        if key.trim().eq_ignore_ascii_case(name) {
            let mut value = value.trim().to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
                value = format!("{value} {}", more.trim());
            }
            return Some(value.chars().take(500).collect());
        }
    }
    None
}

/// The id, or one made of what does not change, so that the same mail is known again.
fn message_id(mail: &Message<'_>, raw: &[u8]) -> String {
    let said = header(mail, "Message-ID").map(|id| ids_in(&id)).and_then(|ids| ids.into_iter().next());
    said.unwrap_or_else(|| {
        let head = ["Date", "From", "To", "Subject"].map(|name| header(mail, name).unwrap_or_default()).join("\n");
        let body = mail.parts.first().map_or(0, |part| part.raw_body_offset() as usize);
        let made = sha256_hex([head.as_bytes(), b"\n", raw.get(body..).unwrap_or_default()].concat().as_slice());
        format!("{}@without-id", made.chars().take(32).collect::<String>())
    })
}

fn references(mail: &Message<'_>) -> Vec<String> {
    let mut ids = header(mail, "References").map(|said| ids_in(&said)).unwrap_or_default();
    for id in header(mail, "In-Reply-To").map(|said| ids_in(&said)).unwrap_or_default() {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let first = ids.first().cloned();
    let skip = ids.len().saturating_sub(MOST_REFERENCES);
    first.into_iter().chain(ids.into_iter().skip(skip.max(1))).collect()
}

/// Ids as they were written, good or bad: some have two `@` and some none.
fn ids_in(said: &str) -> Vec<String> {
    let bracketed: Vec<String> = said
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .map(|id| id.split_whitespace().collect::<String>())
        .filter(|id| !id.is_empty() && id.len() < 500)
        .collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    said.split_whitespace().filter(|id| id.contains('@') && id.len() < 500).map(str::to_owned).collect()
}

/// The token of a thread in an id that we made.
fn ours_of(key: &str, id: &str) -> Option<String> {
    let token = id.split('.').next()?.to_lowercase();
    token::is_ours(key, &token).then_some(token)
}

/// The thread that a reply address of ours names.
fn thread_of(account: &ChannelAccount, key: &str, to: &str) -> Option<String> {
    let (local, domain) = to.rsplit_once('@')?;
    let (base, token) = local.rsplit_once('+')?;
    let ours = address_of(account);
    (format!("{base}@{domain}") == ours && token::is_ours(key, token)).then(|| format!("plus:{token}"))
}

fn is_same_mailbox(address: &str, ours: &str) -> bool {
    let plain = address.rsplit_once('@').map(|(local, domain)| format!("{}@{domain}", local.split('+').next().unwrap_or(local)));
    address == ours || plain.as_deref() == Some(ours)
}

/// Everybody whom it was for, as the servers on the way wrote down and as its head says.
fn recipients(mail: &Message<'_>) -> Vec<String> {
    let noted = ["Delivered-To", "X-Original-To", "Envelope-To"].iter().filter_map(|name| header(mail, name));
    let noted = noted.map(|address| address.trim().trim_matches(['<', '>']).to_lowercase());
    noted.chain(people(mail.to()).into_iter().chain(people(mail.cc())).map(|(_, address)| address)).collect()
}

/// Names and addresses, in lower case.
fn people(addresses: Option<&Address<'_>>) -> Vec<(String, String)> {
    let listed = addresses.into_iter().flat_map(Address::iter);
    let named = listed.filter_map(|one| {
        let address = one.address()?.trim().to_lowercase();
        let whole = address.contains('@') && !address.contains(char::is_whitespace) && address.len() < 320;
        whole.then(|| (one.name().unwrap_or_default().trim().to_owned(), address))
    });
    named.take(100).collect()
}

fn shown(name: &str, address: &str) -> String {
    if name.is_empty() { address.to_owned() } else { format!("{name} <{address}>") }
}

/// A header as it was written, unfolded.
fn header(mail: &Message<'_>, name: &str) -> Option<String> {
    let header = mail.headers().iter().find(|header| header.name().eq_ignore_ascii_case(name))?;
    if let HeaderValue::Empty = header.value() {
        return None;
    }
    let raw = mail.raw_message.get(header.offset_start() as usize..header.offset_end() as usize)?;
    Some(String::from_utf8_lossy(raw).replace(['\r', '\n'], " ").trim().to_owned())
}
