//! What servers and apps answer by themselves: that a letter came back, and that somebody is away.

use jiff::Timestamp;

use super::{Mail, letter};
use crate::carrier::keep;

impl Mail {
    /// Tells the sender that a letter came back (RFC 3464). A report of a report there is not.
    pub(super) fn come_back(&mut self, sender: &str, recipient: &str, status: &str, bytes: &[u8], now: Timestamp) {
        if sender.is_empty() {
            return;
        }
        let name = self.name.clone();
        let id = self.fresh_id(&name);
        let delayed = status.starts_with('4');
        let (action, words) = if delayed { ("delayed", "is still on its way") } else { ("failed", "could not be delivered") };
        let diagnosis = format!("smtp; {} {status} <{recipient}>", if delayed { "451" } else { "550" });
        let text = format!("Your letter to {recipient} {words}.\n");
        let fields = format!(
            "Reporting-MTA: dns; {name}\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: {diagnosis}\r\n"
        );
        let head: String = letter::headers(bytes).into_iter().map(|(_, line)| line).collect();
        let plain = |kind: &str, body: &str| format!("Content-Type: {kind}\r\n\r\n{body}");
        let parts = [
            letter::part("text/plain; charset=utf-8", "", text.as_bytes()),
            plain("message/delivery-status", &fields),
            plain("text/rfc822-headers", &head),
        ];
        let body =
            letter::several("report; report-type=delivery-status", &format!("rep_{}", id.split('@').next().unwrap_or_default()), &parts);
        let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let report = format!(
            "From: Mail Delivery System <mailer-daemon@{name}>\r\nTo: <{sender}>\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: {date}\r\n\
             Message-ID: <{id}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n{body}"
        );
        keep(&mut self.ledger.automatic, ("report".into(), sender.to_owned()));
        self.deliver("", sender, report.as_bytes(), now);
    }

    /// Answers for somebody who is away: each sender once, and no machine.
    pub(super) fn say_away(&mut self, key: &str, sender: &str, bytes: &[u8], now: Timestamp) {
        let by_machine =
            !matches!(letter::header(bytes, "auto-submitted").as_str(), "" | "no") || !letter::header(bytes, "list-id").is_empty();
        let Some(person) = self.people.get(key).cloned() else { return };
        let app = self.apps.entry(key.to_owned()).or_default();
        if !app.away || by_machine || sender.is_empty() || !app.told_away.insert(sender.to_lowercase()) {
            return;
        }
        let id = self.fresh_id("away.example");
        let about = letter::id_of(bytes, "message-id");
        let note = letter::Draft {
            message_id: id,
            from: (person.name.clone(), person.address.clone()),
            to: sender.to_owned(),
            subject: "Automatic reply: out of office".into(),
            in_reply_to: about.clone(),
            references: format!("<{about}>"),
            text: format!("I am away and will read your mail when I am back.\n{}", person.name),
            headers: vec![("Auto-Submitted".into(), "auto-replied".into()), ("X-Auto-Response-Suppress".into(), "All".into())],
            ..letter::Draft::default()
        };
        keep(&mut self.ledger.automatic, ("absence".into(), sender.to_owned()));
        let rendered = note.render(now);
        // Without a sender in the envelope, so that nothing answers it.
        self.deliver("", sender, &rendered, now);
    }
}
